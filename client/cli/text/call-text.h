/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A call in words: who it is, how far to believe it, how well it is heard. */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

/* "bob~7k2f9qxm", the name, or the address that was dialled; of ordinary SIP: "\"Bob\"
   <sip:bob@192.0.2.7>", since that name is only said. Safe to show. (transfer full) */
gchar *kith_call_text_peer (KithBusCall *call);

/* See kith_call_who_trust(). (transfer full) */
gchar *kith_call_text_trust (KithBusCall *call);

/* "encrypted, SRTP keyed through the link" or "NOT ENCRYPTED: ordinary SIP", and both parts of a
   call that a phone has (static); "" while it is not known and if nobody was there to be called. */
const char *kith_call_text_encryption (KithBusCall *call);

/* The same for the word "none" or "srtp-link" alone. (static) */
const char *kith_call_text_encryption_of (const char *word);

/* The sentence about the end of the call. (static) */
const char *kith_call_text_reason (KithBusCall *call);

/* How it ended, in the language of the user: that sentence, or what made a call fail. Safe to show.
   (transfer full) */
gchar *kith_call_text_end (KithBusCall *call);

/* FALSE of a call of ours that ended before anybody was found. */
gboolean kith_call_text_had_peer (KithBusCall *call);

/* TRUE of a call that was answered while another one has microphone and loudspeaker. */
gboolean kith_call_text_is_in_background (KithBusCall *call);

/* The phone of the house that has the call, safe to show, or NULL. (transfer full) */
gchar *kith_call_text_phone (KithBusCall *call);

/* "the phone desk, flowing, not encrypted, PCMA, packets relayed": one of the property Legs.
   (transfer full, not safe to show) */
gchar *kith_call_text_leg (GVariant *leg);

/* What found the peer, for "found by …". (not safe to show) */
const char *kith_call_text_source (const char *source);

/* "direct, 192.0.2.1:5000 → 192.0.2.7:5000", or NULL of a call without a link. (transfer full, not
   safe to show) */
gchar *kith_call_text_path (KithBusCallMedia *media);

/* "lost 0 of 300 (0.0 %), MOS 4.4, jitter 0.3 ms, round trip 0.2 ms". (transfer full) */
gchar *kith_call_text_quality (GVariant *statistics);

/* GetStatistics, (transfer full), or NULL when there is no audio. */
GVariant *kith_call_text_statistics (KithCli *cli, KithBusObject *object);

/* Adds "call", all properties and, if @statistics is not NULL, "statistics" to the open object. */
void kith_call_text_json (KithJson *json, KithBusObject *object, GVariant *statistics);

G_END_DECLS
