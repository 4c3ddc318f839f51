/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time line of one call or link: what happened when, in bounded memory. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

#define KITH_TRACE_MAX 200      /* entries; further ones are counted, not kept */
#define KITH_TRACE_TEXT_MAX 240 /* bytes of a text */

/* What an entry is about. */
typedef enum {
  KITH_TRACE_LOOK_UP,   /* who the name is, by whom it was found */
  KITH_TRACE_REACH,     /* where the peer can be reached */
  KITH_TRACE_NAT,       /* what is known of a side's NAT and port mapping */
  KITH_TRACE_CANDIDATE, /* one of ours or of the peer's */
  KITH_TRACE_KNOCK,     /* an offer or answer, and the way it went */
  KITH_TRACE_PAIR,      /* a pair was tried, worked or failed */
  KITH_TRACE_PATH,      /* the path that is used now */
  KITH_TRACE_KEYS,      /* handshake, identity, keys of the audio */
  KITH_TRACE_SIP,       /* INVITE, 180, 200, BYE … */
  KITH_TRACE_MEDIA,     /* codec, first packet, first sound, loss, buffer */
  KITH_TRACE_TROUBLE,   /* silence, suspicion, a failed step */
  KITH_TRACE_STATE,     /* the call's state */
  KITH_TRACE_END        /* who ended it, and why */
} KithTraceKind;

typedef struct {
  gint64 at_us; /* wall time */
  KithTraceKind kind;
  gchar *text; /* one line of plain English without control characters; no secret in it */
} KithTraceEntry;

/* Counted, one thread. */
typedef struct _KithTrace KithTrace;

/* (transfer full) */
KITH_API KithTrace *kith_trace_new (void);
KITH_API KithTrace *kith_trace_ref (KithTrace *trace);
KITH_API void kith_trace_unref (KithTrace *trace);

/* Adds an entry of this moment (wall clock of the system); control characters and bytes that are no UTF-8 become '?', what is too long is
   cut. @trace NULL: nothing. The same kind and text twice in a row is kept once. */
KITH_API void kith_trace_add (KithTrace *trace, KithTraceKind kind, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* The entries in order: element-type KithTraceEntry (transfer none), valid until the next call on @trace. */
KITH_API GPtrArray *kith_trace_get_entries (KithTrace *trace);

/* How many did not fit. */
KITH_API guint kith_trace_get_dropped (KithTrace *trace);

/* "look-up", "candidate" … and back; -1 when @word is none. */
KITH_API const char *kith_trace_kind_word (KithTraceKind kind);
KITH_API int kith_trace_kind_parse (const char *word);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithTrace, kith_trace_unref)

G_END_DECLS
