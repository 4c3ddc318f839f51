/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that is kept of one call, as values: for its history, and for the sentence that explains
   it. */
#pragma once

#include "base/export.h"
#include "model/call/call-state.h"
#include "model/call/reason.h"
#include "model/call/trace.h"
#include "model/net/nat-facts.h"

G_BEGIN_DECLS

/* Texts are never NULL. Times are wall time in µs, 0: it did not come to that. */
typedef struct {
  guint number; /* as on the bus: /org/kith/Kith1/call/NUMBER */
  gboolean outgoing;
  KithCallState state;
  KithReason reason;
  guint sip_status;
  gchar *peer_address; /* what was dialled, or the peer's URI */
  gchar *peer_name;
  /* of a contact who has another name here: what they call themselves, else "" */
  gchar *peer_own_name;
  gchar *peer_source; /* incoming by ordinary SIP: the IP address that it came from, else "" */
  gchar *peer_key;    /* 52 characters, or "": ordinary SIP, or nobody was found */
  gchar *peer_tag;
  gchar *trust;
  gchar *encryption;
  gchar *located_by;
  gchar *codec;
  gchar *path;      /* "192.0.2.1:4000 192.0.2.7:4000", or "" */
  gchar *path_kind; /* "host", "srflx", "prflx", "relay", "friend" or "" */
  gchar *detail;
  gchar *turn_failure; /* with KITH_MARK_TURN_FAILED: "turn.example.org:3478 (TCP): it …", or "" */
  gboolean reconnecting; /* it goes on, and nothing is heard of them since lost_at; not kept */
  gboolean held_by_peer; /* it goes on, and they say that they hear nothing of us; not kept */
  gboolean no_address;   /* … since this host has no network address; not kept */
  /* reconnecting, or ended by KITH_REASON_NETWORK_LOST: when they were heard last */
  gint64 lost_at;
  gboolean missed; /* see kith_call_is_missed() */
  gchar *group; /* a stranger's call that was not answered: whose calls it is kept with, else "" */
  guint times;  /* how many calls this one stands for: of the same group, this one is the last */
  gint64 first_at;  /* … and when the first of them began */
  guint seen_calls; /* answered calls with this key before this one … */
  /* … and when the first of them was, in seconds since the epoch; 0: there was none */
  gint64 seen_since;
  gint64 started_at, located_at, linked_at, rang_at, answered_at, flowing_at, ended_at;
  gint64 told_at;       /* when these facts were put together; not kept */
  gboolean has_figures; /* the fields below count */
  guint64 packets_sent, packets_received, packets_lost;
  guint jitter_us, rtt_us, buffer_ms, remote_loss_ppm;
  double mos;
  KithTrace *trace; /* never NULL */
} KithCallFacts;

/* With empty texts and an empty time line. (transfer full) */
KITH_API KithCallFacts *kith_call_facts_new (void);
KITH_API void kith_call_facts_free (KithCallFacts *facts);

/* Whether our user has missed a call: it came in, nobody answered it here or anywhere, and our user
   did not decline it. That the line was busy, that the daemon stopped or that the two sides have no
   codec in common is no answer either. @is_taken: our user accepted or declined it. */
KITH_API gboolean kith_call_is_missed (gboolean outgoing, gboolean is_taken, KithReason reason);

/* Puts a copy of @text, at most 256 characters of it and safe to show, in place of *@field; NULL:
   "". */
KITH_API void kith_call_facts_set (gchar **field, const char *text);

/* What was lost of what they sent, in percent. */
KITH_API double kith_call_facts_lost_percent (const KithCallFacts *facts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithCallFacts, kith_call_facts_free)

G_END_DECLS
