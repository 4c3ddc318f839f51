/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bounded look at every SIP message before anything parses it: cut out of its stream, checked,
   and written anew. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/**
 * KithSipScanVerdict:
 * @KITH_SIP_SCAN_MORE: a stream: the message is not whole yet
 * @KITH_SIP_SCAN_IDLE: nothing but line ends, or a datagram that is no SIP at all: nothing to do
 * @KITH_SIP_SCAN_PASS: a message that may be parsed
 * @KITH_SIP_SCAN_REFUSE: a bad message; what follows it in a stream can still be read
 * @KITH_SIP_SCAN_BREAK: a stream that cannot be followed any more: close it
 */
typedef enum {
  KITH_SIP_SCAN_MORE,
  KITH_SIP_SCAN_IDLE,
  KITH_SIP_SCAN_PASS,
  KITH_SIP_SCAN_REFUSE,
  KITH_SIP_SCAN_BREAK,
} KithSipScanVerdict;

/**
 * KithSipScan:
 * @text: after PASS the message written anew: one line a header, the first of those that may come
 * once, no header of ours (Kith-Caller, Kith-Via and all others of that name), odd display names in
 * quotes, numbers that are none left out, one Content-Length
 * @echo: after REFUSE, BREAK and PASS what an answer repeats (Via, From, To, Call-ID, CSeq); empty:
 * nothing may be answered
 * @used: bytes that the message, or what was passed over, took from the front
 * @status: after REFUSE and BREAK the SIP status
 * @reason: its phrase, which names the header
 * @ping: IDLE: at least two line ends, which on a connection want one back (RFC 5626 section 3.5.1)
 * @request: PASS: it is a request
 * @trusted: to be set by who reads from a process of ours: its headers Kith-* pass
 * The rest is the scan's own.
 */
typedef struct {
  GString *text;
  GString *echo;
  gsize used;
  guint status;
  gchar reason[64];
  gboolean ping;
  gboolean request;
  gboolean trusted;
  gboolean tagged; /* To has a tag */
  gsize tag_at;    /* of echo: the end of its To, 0: it has none */
  gboolean stream;
  gsize searched; /* of a head that is not whole: no end up to here */
  gsize wanted;   /* of a message whose head is whole: all of its bytes */
  GString *value; /* of the header at hand */
} KithSipScan;

/* @stream: bytes of a connection; else each run sees one datagram. */
KITH_API void kith_sip_scan_init (KithSipScan *scan, gboolean stream);
KITH_API void kith_sip_scan_clear (KithSipScan *scan);

/**
 * kith_sip_scan_run:
 * @data: a datagram, or all bytes of a stream from the end of the last message on; after MORE the
 * same ones and at least one more Time grows with @len alone, also for bytes that come one by one;
 * nothing longer than KITH_SIP_MAX_STREAM is ever asked for.
 */
KITH_API KithSipScanVerdict kith_sip_scan_run (KithSipScan *scan, const guint8 *data, gsize len);

/* The texts of the last run are not needed any more: they become empty, and large ones are given
   back. */
KITH_API void kith_sip_scan_rest (KithSipScan *scan);

/**
 * kith_sip_scan_answer:
 * @to_tag: a token for To, which is used if it has none
 * Writes a response to the message that was scanned last to @out; at most 64 bytes longer than the
 * message with a phrase of that scan.
 * Returns: FALSE when it must not be answered: an ACK, a response, or no message with all that an
 * answer needs.
 */
KITH_API gboolean kith_sip_scan_answer (const KithSipScan *scan,
                                        guint status,
                                        const char *phrase,
                                        const char *to_tag,
                                        GString *out);

G_END_DECLS
