/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time line of one call or link: what happened when, in bounded memory. It only tells. */
#pragma once

#include <glib.h>

#include "base/clock.h"
#include "base/export.h"
#include "model/call/relay-obstacle.h"
#include "model/call/saying-value.h"
#include "model/net/nat-facts.h"

G_BEGIN_DECLS

#define KITH_TRACE_MAX 200      /* entries; further ones are counted, not kept */
#define KITH_TRACE_TEXT_MAX 240 /* bytes of a text, and of each among the values */

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

/* Facts about the way of a call, as bits. Their numbers are kept in databases. */
typedef enum {
  KITH_MARK_RECORD = 1 << 0, /* a record said where the peer is */
  KITH_MARK_PEER_ANSWERED
  = 1 << 1, /* the peer's node reacted: an answer to a knock, a check that came back */
  KITH_MARK_FRIEND_ASKED = 1 << 2,   /* a friend was asked to carry */
  KITH_MARK_FRIEND_REFUSED = 1 << 3, /* … and none did */
  KITH_MARK_FRIEND_CARRIED = 1 << 4, /* the packets went through a friend at some time */
  KITH_MARK_TURN = 1 << 5,           /* a relayed candidate of a TURN server was there */
  KITH_MARK_TURN_FAILED = 1 << 6,    /* a TURN server is configured, and gave none */
  KITH_MARK_MOVED = 1 << 7,          /* the path changed during the call */
  KITH_MARK_SILENCE = 1 << 8,        /* nothing was heard from the peer for some time */
  KITH_MARK_NO_NETWORK = 1 << 9,     /* this host had no address to send from */
  KITH_MARK_ALONE = 1 << 10,         /* no other node of the network was known */
  KITH_MARK_SELF = 1 << 11,          /* it was our own address */
  KITH_MARK_NO_AUDIO = 1 << 12,      /* answered, and no packet of theirs ever came */
  KITH_MARK_KNOWN_ONLY = 1 << 13,    /* the peer says that it answers only people it knows */
  KITH_MARK_TWICE = 1 << 14,         /* there is another call with the same peer */
  KITH_MARK_PHONE = 1 << 15,         /* it is with a phone of the house */
  KITH_MARK_NO_LINE = 1 << 16,       /* a phone dialled a number that is nobody's */
  KITH_MARK_NO_RIGHT = 1 << 17,      /* a phone dialled whom it may not call */
  KITH_MARKS_END                     /* always last: above all of them */
} KithTraceMark;

typedef struct {
  gint64 at_us; /* wall time */
  KithTraceKind kind;
  /* What happened, as a saying (lib/words/step-words.h has the words); no secret is in it. NULL:
     only the text is there, of a version that kept no code. */
  gchar *code;
  GVariant *values; /* a{sv}; NULL without a code */
  gchar *text;      /* as it was kept: one line of plain English, or NULL */
} KithTraceEntry;

/* Counted, one thread. */
typedef struct _KithTrace KithTrace;

/* @clock: (nullable): of which kith_trace_tell() takes the moments; NULL: for kith_trace_say_at()
   and kith_trace_keep() alone, the others are at 0. (transfer full) */
KITH_API KithTrace *kith_trace_new (KithClock *clock);
KITH_API KithTrace *kith_trace_ref (KithTrace *trace);
KITH_API void kith_trace_unref (KithTrace *trace);

/* One that keeps nothing: what is added to it, and the marks, go to all that follow it, as long as
   they do. For what several calls share. (transfer full) */
KITH_API KithTrace *kith_trace_new_shared (void);

/* @trace follows @shared from now on (a reference is taken; once is enough), or no longer. */
KITH_API void kith_trace_follow (KithTrace *trace, KithTrace *shared);
KITH_API void kith_trace_unfollow (KithTrace *trace, KithTrace *shared);

/* How many follow @shared. */
KITH_API guint kith_trace_count_followers (KithTrace *shared);

/* What is told so far, as one that nobody goes on writing: another thread may read it. (transfer
   full) */
KITH_API KithTrace *kith_trace_copy (KithTrace *trace);

/* Adds an entry of this moment (wall clock when the time line began, and what has passed since).
   @code: a step of lib/words/step-words.c. @trace NULL: nothing. The same kind, code and values
   twice in a row are kept once, and the same trouble within 5 s. */
KITH_API void kith_trace_tell (KithTrace *trace, KithTraceKind kind, const char *code);

/* The same with one value: @text as in kith_saying_put(). */
KITH_API void kith_trace_tell_of (KithTrace *trace,
                                  KithTraceKind kind,
                                  const char *code,
                                  const char *name,
                                  const char *text);

/* The same with whatever values it has; texts among them are cut. @saying (transfer full). */
KITH_API void kith_trace_say (KithTrace *trace, KithTraceKind kind, KithSaying *saying);

/* The same for what happened at @at_us: it goes before the entries of later moments. */
KITH_API void
kith_trace_say_at (KithTrace *trace, gint64 at_us, KithTraceKind kind, KithSaying *saying);

/* One that is read back: @code, a{sv} @values (nullable) and the @text that was kept beside them.
   Without code and values: the text alone, made clean: control characters and bytes that are no
   UTF-8 become '?', what is too long is cut, and the first letter is made a capital. */
KITH_API void kith_trace_keep (KithTrace *trace,
                               gint64 at_us,
                               KithTraceKind kind,
                               const char *code,
                               GVariant *values,
                               const char *text);

/* Says that one of the facts below is so; @trace NULL: nothing. They let a sentence be made of a
   time line without reading its texts. */
KITH_API void kith_trace_mark (KithTrace *trace, KithTraceMark mark);
KITH_API guint kith_trace_get_marks (KithTrace *trace);

/* What is known or guessed of the NATs of both sides; @trace NULL: nothing, and unknown. The last
   word counts, KITH_NAT_UNKNOWN changes nothing. */
KITH_API void kith_trace_set_nat (KithTrace *trace, gboolean theirs, KithNatKind kind);
/* The same while nothing better is known. */
KITH_API void kith_trace_guess_nat (KithTrace *trace, gboolean theirs, KithNatKind kind);

/* The same, with an entry of it, unless just that was the last one. @seen_as, @mapped_by:
   (nullable): our address as others see it, and who opened a port. */
KITH_API void kith_trace_add_nat (KithTrace *trace,
                                  gboolean theirs,
                                  KithNatKind kind,
                                  const char *seen_as,
                                  const char *mapped_by);

/* For those who explain: nothing is decided by what a time line says (a test sees to it). */
KITH_API KithNatKind kith_trace_get_nat (KithTrace *trace, gboolean theirs);

/* Which friend could not carry, and why; @trace NULL: nothing. @friend_name is copied. The last
   word counts, NONE: nothing is in the way (any more). */
KITH_API void
kith_trace_set_obstacle (KithTrace *trace, KithRelayObstacle obstacle, const char *friend_name);

/* *@friend_name (nullable): their name, "" without one; valid until it is set again. @trace NULL:
   NONE. */
KITH_API KithRelayObstacle kith_trace_get_obstacle (KithTrace *trace, const char **friend_name);

/* Entries that did not fit into the time line that is read back. */
KITH_API void kith_trace_set_dropped (KithTrace *trace, guint dropped);

/* The entries in order: element-type KithTraceEntry (transfer none), valid until the next call on
   @trace. */
KITH_API GPtrArray *kith_trace_get_entries (KithTrace *trace);

/* How many did not fit. */
KITH_API guint kith_trace_get_dropped (KithTrace *trace);

/* "look-up", "candidate" … and back; -1 when @word is none. */
KITH_API const char *kith_trace_kind_word (KithTraceKind kind);
KITH_API int kith_trace_kind_parse (const char *word);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithTrace, kith_trace_unref)

G_END_DECLS
