/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of a connection, given out as whole SIP messages that were scanned. */
#pragma once

#include "model/sip/sip-scan.h"

G_BEGIN_DECLS

typedef struct _KithSipStream KithSipStream;

KITH_API KithSipStream *kith_sip_stream_new (void);
KITH_API void kith_sip_stream_free (KithSipStream *stream);

/* The bytes come from a process of ours: its headers Kith-* pass. */
KITH_API void kith_sip_stream_trust (KithSipStream *stream);

/* More bytes came. After BREAK they are thrown away. */
KITH_API void kith_sip_stream_push (KithSipStream *stream, const guint8 *data, gsize len);

/**
 * kith_sip_stream_next:
 * Takes the next message, or what stands in its place, off the front. To be called until it says
 * MORE or BREAK; BREAK stays. What is kept never grows beyond KITH_SIP_MAX_STREAM and what was
 * pushed last.
 */
KITH_API KithSipScanVerdict kith_sip_stream_next (KithSipStream *stream);

/* What the last kith_sip_stream_next() found; valid until the next call. (transfer none) */
KITH_API const KithSipScan *kith_sip_stream_scan (const KithSipStream *stream);

/* What the last kith_sip_stream_next() found is not needed any more: gives large buffers back. */
KITH_API void kith_sip_stream_rest (KithSipStream *stream);

/* TRUE if a message has begun and is not whole. */
KITH_API gboolean kith_sip_stream_is_partial (const KithSipStream *stream);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithSipStream, kith_sip_stream_free)

G_END_DECLS
