/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses the words for a call, and the values in them. */
#include "words/explain.h"

#include <string.h>

#include "model/call/who.h"
#include "words/explain-rows.h"
#include "words/obstacle-words.h"
#include "words/sip-status.h"
#include "words/word-table.h"

/* While it goes on, and somebody is heard. */
static const struct {
  KithCallState state;
  const char *code;
} running[] = {
  { KITH_CALL_NEW, "call-new" },
  { KITH_CALL_LOCATING, "call-locating" },
  { KITH_CALL_DIALING, "call-dialing" },
  { KITH_CALL_RINGING, "call-ringing" },
  { KITH_CALL_EARLY, "call-early" },
  { KITH_CALL_INCOMING, "call-incoming" },
  { KITH_CALL_CONNECTING, "call-connecting" },
  { KITH_CALL_ACTIVE, "call-active" },
  { KITH_CALL_HELD, "call-held" },
};

/* Values */

/* From @from_us, 0: it did not come to that. */
static gint64
between (gint64 from_us, gint64 to_us)
{
  return from_us != 0 ? MAX (to_us - from_us, 0) : 0;
}

/* The last moment that is known of the call. */
static gint64
last_moment (const KithCallFacts *facts)
{
  return facts->ended_at != 0 ? facts->ended_at : facts->told_at;
}

static gint64
talked (const KithCallFacts *facts)
{
  gint64 from = facts->flowing_at != 0 ? facts->flowing_at : facts->answered_at;

  return between (from, facts->lost_at != 0 ? facts->lost_at : last_moment (facts));
}

static gint64
silent_for (const KithCallFacts *facts)
{
  return between (facts->lost_at, last_moment (facts));
}

static gint64
rang_for (const KithCallFacts *facts)
{
  return between (facts->rang_at,
                  facts->answered_at != 0 ? facts->answered_at : last_moment (facts));
}

static const char *
way (const KithCallFacts *facts)
{
  static const struct {
    const char *kind;
    const char *word;
  } ways[] = {
    { "host", "direct" }, { "srflx", "direct" },  { "prflx", "direct" },
    { "relay", "turn" },  { "friend", "friend" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++) {
    if (strcmp (ways[i].kind, facts->path_kind) == 0) {
      return ways[i].word;
    }
  }
  return *facts->peer_key == '\0' ? "sip" : NULL;
}

/* How people write it. */
static const char *
codec (const KithCallFacts *facts)
{
  static const struct {
    const char *name;
    const char *text;
  } codecs[] = {
    { "opus", "Opus" },
    { "G722", "G.722" },
    { "PCMA", "G.711 A-law" },
    { "PCMU", "G.711 µ-law" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++) {
    if (strcmp (codecs[i].name, facts->codec) == 0) {
      return codecs[i].text;
    }
  }
  return facts->codec;
}

/* "3 min 12 s, Opus, directly, MOS 4.3, 0.2 % lost" */
static KithSaying *
quality (const KithCallFacts *facts)
{
  KithSaying *saying = kith_saying_new ("call-quality");

  kith_saying_put_time (saying, "time-ms", talked (facts));
  kith_saying_put (saying, "codec", codec (facts));
  kith_saying_put (saying, "way", way (facts));
  if (facts->has_figures && facts->packets_received > 0) {
    kith_saying_put_figure (saying, "mos", facts->mos);
    kith_saying_put_figure (saying, "lost-percent", kith_call_facts_lost_percent (facts));
    if (facts->remote_loss_ppm >= 20000) {
      kith_saying_put_number (saying,
                              "remote-lost-percent",
                              (facts->remote_loss_ppm + 5000) / 10000);
    }
  }
  return saying;
}

/* As one calls them in a sentence: without tag; "" when nothing is known. (transfer full) */
static gchar *
peer (const KithCallFacts *facts)
{
  const KithWho who = {
    .name = facts->peer_name,
    .key = facts->peer_key,
    .address = facts->peer_address,
  };

  return kith_who_name (&who);
}

/* Why the friend does not carry; NULL: nothing is known. (transfer full) */
static KithSaying *
obstacle (const KithCallFacts *facts)
{
  g_autofree gchar *who = peer (facts);
  const char *friend_name = "";
  KithRelayObstacle kind = kith_trace_get_obstacle (facts->trace, &friend_name);

  return kith_obstacle_saying (kind, friend_name, who, facts->flowing_at != 0);
}

/* The detail up to where it says what to do. (transfer full) */
static gchar *
short_detail (const KithCallFacts *facts)
{
  const char *colon = strstr (facts->detail, ": ");

  return colon != NULL ? g_strndup (facts->detail, (gsize)(colon - facts->detail))
                       : g_strdup (facts->detail);
}

static void
put_part (KithSaying *saying, const char *name, KithSaying *part)
{
  if (part != NULL) {
    kith_saying_put_saying (saying, name, part);
  }
}

static void
put_text (KithSaying *saying, const KithCallFacts *facts, const char *name)
{
  g_autofree gchar *text = NULL;

  if (strcmp (name, "peer") == 0) {
    text = peer (facts);
  } else if (strcmp (name, "said") == 0) {
    text = kith_sip_status_said (facts->sip_status, facts->detail);
  } else if (strcmp (name, "short") == 0) {
    text = short_detail (facts);
  } else if (strcmp (name, "detail") == 0) {
    text = g_strdup (facts->detail);
  } else if (strcmp (name, "address") == 0) {
    text = g_strdup (facts->peer_address);
  } else if (strcmp (name, "turn") == 0) {
    text = g_strdup (facts->turn_failure);
  } else if (strcmp (name, "nat") == 0 || strcmp (name, "peer-nat") == 0) {
    KithNatKind kind = kith_trace_get_nat (facts->trace, strcmp (name, "peer-nat") == 0);
    text = g_strdup (kith_nat_kind_word (kind));
  }
  kith_saying_put (saying, name, text);
}

/* The value that the words call @name. */
static void
put_value (KithSaying *saying, const KithCallFacts *facts, const char *name)
{
  if (strcmp (name, "time-ms") == 0) {
    kith_saying_put_time (saying, name, talked (facts));
  } else if (strcmp (name, "silent-ms") == 0) {
    kith_saying_put_time (saying, name, silent_for (facts));
  } else if (strcmp (name, "ringing-ms") == 0) {
    kith_saying_put_time (saying, name, rang_for (facts));
  } else if (strcmp (name, "sip-status") == 0) {
    if (facts->sip_status != 0) {
      kith_saying_put_number (saying, name, facts->sip_status);
    }
  } else if (strcmp (name, "quality") == 0) {
    put_part (saying, name, quality (facts));
  } else if (strcmp (name, "obstacle") == 0) {
    put_part (saying, name, obstacle (facts));
  } else if (strcmp (name, "status") == 0) {
    put_part (saying, name, kith_sip_status_saying (facts->sip_status));
  } else {
    put_text (saying, facts, name);
  }
}

static void
put_values (KithSaying *saying, const KithCallFacts *facts, const char *text)
{
  for (const char *at = text; at != NULL && (at = strchr (at, '{')) != NULL; at++) {
    g_autofree gchar *name = g_strndup (at + 1, strcspn (at + 1, "?}"));
    put_value (saying, facts, name);
  }
}

static const char *
find_code (const KithCallFacts *facts)
{
  if (facts->reconnecting && facts->state != KITH_CALL_ENDED) {
    return facts->no_address ? "call-away" : "call-reconnecting";
  }
  if (facts->held_by_peer && facts->answered_at != 0) {
    return "call-held-by-peer";
  }
  if (facts->state == KITH_CALL_ACTIVE && facts->flowing_at == 0) {
    return "call-unheard";
  }
  if (facts->state == KITH_CALL_ACTIVE
      && (kith_trace_get_marks (facts->trace) & KITH_MARK_SILENCE) != 0) {
    return "call-interrupted";
  }
  for (guint i = 0; i < G_N_ELEMENTS (running); i++) {
    if (running[i].state == facts->state) {
      return running[i].code;
    }
  }
  return kith_explain_find (facts);
}

KithSaying *
kith_explain_say (const KithCallFacts *facts)
{
  const KithWords *words = kith_words_find (find_code (facts));
  KithSaying *saying = kith_saying_new (words->code);

  put_values (saying, facts, words->text);
  put_values (saying, facts, words->help);
  return saying;
}

KithExplain *
kith_explain_tell (const KithCallFacts *facts)
{
  g_autoptr (KithSaying) saying = kith_explain_say (facts);
  KithExplain *explain = g_new0 (KithExplain, 1);

  explain->cause = kith_saying_tell (saying);
  explain->remedy = kith_saying_help (saying);
  return explain;
}

void
kith_explain_free (KithExplain *explain)
{
  g_free (explain->cause);
  g_free (explain->remedy);
  g_free (explain);
}

gchar *
kith_explain_sentence (const KithExplain *explain)
{
  return g_strdup_printf ("%s%s%s",
                          explain->cause,
                          *explain->remedy != '\0' ? " " : "",
                          explain->remedy);
}
