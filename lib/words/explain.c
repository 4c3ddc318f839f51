/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fills the words of a call into the row that fits it. */
#include "words/explain.h"

#include <string.h>

#include "base/text.h"
#include "model/call/who.h"
#include "model/sip/sip-status.h"
#include "words/explain-rows.h"

/* While it goes on. */
static const struct {
  KithCallState state;
  const char *cause;
} running[] = {
  { KITH_CALL_NEW, "The call begins." },
  { KITH_CALL_LOCATING, "{peer} is being looked up." },
  { KITH_CALL_DIALING, "{peer} was found, and a path is being made." },
  { KITH_CALL_RINGING, "{peer}’s phone is ringing." },
  { KITH_CALL_EARLY, "{peer} has not answered yet: what is heard comes from the network." },
  { KITH_CALL_INCOMING, "{peer} is calling, and waits for your answer." },
  { KITH_CALL_CONNECTING, "The call was answered, and their first audio is on its way." },
  { KITH_CALL_ACTIVE, "The call goes on: {quality}." },
  { KITH_CALL_HELD, "The call is held: {quality}." },
};

/* … while nothing is heard. */
static const char moving[]
    = "Nothing has been heard of {peer} for {silent}: the path was lost, and "
      "another one is being looked for.";
static const char away[]
    = "Your network is away, and nothing has been heard of {peer} for {silent}.";
static const char again[]
    = "The call goes on, but at times nothing was heard of {peer}: {quality}.";
static const char held[] = "You are connected to {peer}, who has put the call on hold: they do not "
                           "hear you until they take it back.";
static const char unheard[]
    = "You are connected to {peer}, but nothing has been heard of them so far.";
static const char patience[] = "The call goes on by itself as soon as a path is found, and ends "
                               "when nothing is heard for 30 s.";
static const char connect[] = "Connect to a network: the call then goes on by itself. It ends when "
                              "nothing is heard for 30 s.";

/* Words */

static gchar *
duration (gint64 from_us, gint64 to_us)
{
  gint64 seconds = MAX (to_us - from_us, 0) / G_USEC_PER_SEC;

  if (from_us == 0) {
    return g_strdup ("0 s");
  }
  if (seconds < 60) {
    return g_strdup_printf ("%d s", (int)seconds);
  }
  if (seconds < 3600) {
    return g_strdup_printf ("%d min %d s", (int)(seconds / 60), (int)(seconds % 60));
  }
  return g_strdup_printf ("%d h %d min", (int)(seconds / 3600), (int)(seconds / 60 % 60));
}

/* The last moment that is known of the call. */
static gint64
last_moment (const KithCallFacts *facts)
{
  return facts->ended_at != 0 ? facts->ended_at : facts->told_at;
}

static gchar *
talked (const KithCallFacts *facts)
{
  gint64 from = facts->flowing_at != 0 ? facts->flowing_at : facts->answered_at;

  return duration (from, facts->lost_at != 0 ? facts->lost_at : last_moment (facts));
}

static gchar *
silent_for (const KithCallFacts *facts)
{
  return duration (facts->lost_at, last_moment (facts));
}

static gchar *
rang_for (const KithCallFacts *facts)
{
  return duration (facts->rang_at,
                   facts->answered_at != 0 ? facts->answered_at : last_moment (facts));
}

static const char *
way (const KithCallFacts *facts)
{
  static const struct {
    const char *kind;
    const char *text;
  } ways[] = {
    { "host", "directly" },           { "srflx", "directly" },
    { "prflx", "directly" },          { "relay", "through a TURN server" },
    { "friend", "through a friend" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++) {
    if (strcmp (ways[i].kind, facts->path_kind) == 0) {
      return ways[i].text;
    }
  }
  return *facts->peer_key == '\0' ? "by ordinary SIP" : NULL;
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
static gchar *
quality (const KithCallFacts *facts)
{
  g_autofree gchar *time = talked (facts);
  GString *text = g_string_new (time);

  if (*facts->codec != '\0') {
    g_string_append_printf (text, ", %s", codec (facts));
  }
  if (way (facts) != NULL) {
    g_string_append_printf (text, ", %s", way (facts));
  }
  if (facts->has_figures && facts->packets_received > 0) {
    g_string_append_printf (text,
                            ", MOS %.1f, %.1f %% lost",
                            facts->mos,
                            kith_call_facts_lost_percent (facts));
    if (facts->remote_loss_ppm >= 20000) {
      g_string_append_printf (text, " (of yours %.0f %%)", facts->remote_loss_ppm / 10000.0);
    }
  }
  return g_string_free (text, FALSE);
}

static gchar *
peer (const KithCallFacts *facts)
{
  const KithWho who = {
    .name = facts->peer_name, /* as one calls them in a sentence: without tag */
    .key = facts->peer_key,
    .address = facts->peer_address,
  };
  gchar *name = kith_who_name (&who);

  if (*name == '\0') {
    g_free (name);
    return g_strdup ("the other side");
  }
  return name;
}

static gchar *
or_else (const char *text, const char *otherwise)
{
  return g_strdup (*text != '\0' ? text : otherwise);
}

/* Why the friend does not carry, or what to do about it. (transfer full) */
static gchar *
hurdle_word (const KithCallFacts *facts, gboolean helps)
{
  g_autofree gchar *who = peer (facts);
  const char *friend_name = "";
  KithRelayObstacle hurdle = kith_trace_get_hurdle (facts->trace, &friend_name);

  return helps ? kith_relay_obstacle_remedy (hurdle, friend_name, who)
               : kith_relay_obstacle_text (hurdle, friend_name, who, facts->flowing_at != 0);
}

/* The value of the word @name of @len bytes. (transfer full) */
static gchar *
word_of (const KithCallFacts *facts, const char *name, gsize len)
{
  g_autofree gchar *word = g_strndup (name, len);

  if (strcmp (word, "peer") == 0) {
    return peer (facts);
  }
  if (strcmp (word, "time") == 0) {
    return talked (facts);
  }
  if (strcmp (word, "silent") == 0) {
    return silent_for (facts);
  }
  if (strcmp (word, "turn") == 0) {
    return or_else (facts->turn_failure, "it did not answer or refused the password");
  }
  if (strcmp (word, "ringing") == 0) {
    return rang_for (facts);
  }
  if (strcmp (word, "quality") == 0) {
    return quality (facts);
  }
  if (strcmp (word, "status") == 0) {
    return facts->sip_status != 0 ? g_strdup_printf ("SIP %u", facts->sip_status)
                                  : g_strdup ("no status");
  }
  if (strcmp (word, "said") == 0) {
    return kith_sip_status_said (facts->sip_status, facts->detail);
  }
  if (strcmp (word, "what") == 0) {
    return g_strdup (kith_sip_status_what (facts->sip_status));
  }
  if (strcmp (word, "ours") == 0) {
    return g_strdup (kith_nat_kind_text (kith_trace_get_nat (facts->trace, FALSE)));
  }
  if (strcmp (word, "theirs") == 0) {
    return g_strdup (kith_nat_kind_text (kith_trace_get_nat (facts->trace, TRUE)));
  }
  if (strcmp (word, "address") == 0) {
    return or_else (facts->peer_address, "that address");
  }
  if (strcmp (word, "hurdle") == 0 || strcmp (word, "help") == 0) {
    return hurdle_word (facts, strcmp (word, "help") == 0);
  }
  if (strcmp (word, "short") == 0 && strstr (facts->detail, ": ") != NULL) {
    return g_strndup (facts->detail, (gsize)(strstr (facts->detail, ": ") - facts->detail));
  }
  return or_else (facts->detail, "no more is known"); /* "detail" */
}

static gchar *
fill (const KithCallFacts *facts, const char *text)
{
  GString *filled = g_string_new (NULL);

  for (const char *at = text; *at != '\0';) {
    const char *end = *at == '{' ? strchr (at, '}') : NULL;
    if (end == NULL) {
      g_string_append_c (filled, *at++);
      continue;
    }
    g_autofree gchar *word = word_of (facts, at + 1, (gsize)(end - at - 1));
    g_string_append (filled, word);
    at = end + 1;
  }
  g_autofree gchar *raw = g_string_free (filled, FALSE);
  return kith_text_safe (raw, -1, 1024);
}

static KithExplain *
make_story (const KithCallFacts *facts, const char *cause, const char *remedy)
{
  KithExplain *story = g_new0 (KithExplain, 1);

  story->cause = fill (facts, cause);
  story->remedy = fill (facts, remedy);
  return story;
}

KithExplain *
kith_explain_tell (const KithCallFacts *facts)
{
  if (facts->reconnecting && facts->state != KITH_CALL_ENDED) {
    return facts->no_address ? make_story (facts, away, connect)
                             : make_story (facts, moving, patience);
  }
  if (facts->held_by_peer && facts->answered_at != 0) {
    return make_story (facts, held, "");
  }
  if (facts->state == KITH_CALL_ACTIVE && facts->flowing_at == 0) {
    return make_story (facts, unheard, "");
  }
  if (facts->state == KITH_CALL_ACTIVE
      && (kith_trace_get_marks (facts->trace) & KITH_MARK_SILENCE) != 0) {
    return make_story (facts, again, "");
  }
  if (facts->state != KITH_CALL_ENDED) {
    for (guint i = 0; i < G_N_ELEMENTS (running); i++) {
      if (running[i].state == facts->state) {
        return make_story (facts, running[i].cause, "");
      }
    }
  }
  const char *remedy = "";
  const char *cause = kith_explain_find (facts, &remedy);
  return make_story (facts, cause, remedy);
}

void
kith_explain_free (KithExplain *story)
{
  g_free (story->cause);
  g_free (story->remedy);
  g_free (story);
}

gchar *
kith_explain_sentence (const KithExplain *story)
{
  return g_strdup_printf ("%s%s%s", story->cause, *story->remedy != '\0' ? " " : "", story->remedy);
}
