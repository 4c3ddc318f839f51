/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who a call is with and how it ended, in the same words for calls that are there and for those
   that are kept. */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

/* What the words are made of: read from an object on the bus, or from the facts of a call that is
   kept. Borrowed from these. */
typedef struct {
  const char *name, *own_name, *tag, *key, *address, *source, *encryption, *trust, *reason;
  gboolean is_outgoing, is_missed;
  guint calls;      /* how many it stands for */
  guint sip_status; /* of the peer, 0: none */
  guint seen_calls; /* answered calls with the key before it … */
  gint64 seen_since;
  gint64 started_at, first_at, answered_at, ended_at;
} KithCallWho;

void kith_call_who_read (KithCallWho *who, KithBusCall *call);
void kith_call_who_read_facts (KithCallWho *who, GVariant *facts);

/* See kith_who_name() and kith_who_text(). Safe to show. (transfer full) */
gchar *kith_call_who_name (const KithCallWho *who);
gchar *kith_call_who_text (const KithCallWho *who);

/* "from bob~7k2f9qxm", or "23 calls from 198.51.100.7" of one that stands for more. Safe to show.
   (transfer full) */
gchar *kith_call_who_line (const KithCallWho *who);

/* "known, the same key as in 14 calls since 2026-11-21", "new, unverified"… (transfer full) */
gchar *kith_call_who_trust (const KithCallWho *who);

/* How it ended, for a list: "missed: they gave up", "3 min 12 s, you hung up", "The line is busy";
   "" while it goes on. (transfer full) */
gchar *kith_call_who_outcome (const KithCallWho *who);

G_END_DECLS
