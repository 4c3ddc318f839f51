/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words for what keeps a friend from carrying a call. */
#include "model/call/relay-obstacle.h"

#include <string.h>

/* In the texts: {friend} {peer}. */
typedef struct {
  const char *word;
  const char *is;     /* before a call */
  const char *became; /* while it went on */
  const char *remedy;
} Words;

#define OTHER_WAY                                                                                  \
  " Another friend who relays, or a TURN server in kith.conf ([turn] server=turn:HOST), helps, "   \
  "too."

static const Words table[] = {
  [KITH_RELAY_OBSTACLE_NONE] = { "", "", "", "" },
  [KITH_RELAY_OBSTACLE_GONE]
  = { "gone",
      "{friend} lost a link that it needs to carry",
      "{friend} lost a link that it needs to carry the call",
      "Call again in a moment; a second friend who relays, or a TURN server, makes it safer." },
  [KITH_RELAY_OBSTACLE_BUSY]
  = { "busy",
      "{friend} carries as many calls as it may already",
      "{friend} carries as many calls as it may already",
      "Try again later, or ask {friend} to raise max-calls in [relay] of kith.conf." OTHER_WAY },
  [KITH_RELAY_OBSTACLE_NOT_LINKED]
  = { "not-linked",
      "{friend} has no link to {peer}, or does not relay for them",
      "{friend} does not relay for {peer} any more",
      "{friend} and {peer} have to set relay on for each other (“kith "
      "contact set NAME --relay on”), and both be online." OTHER_WAY },
  [KITH_RELAY_OBSTACLE_OFF]
  = { "relaying-off",
      "{friend} has relaying switched off",
      "{friend} has relaying switched off now",
      "Ask {friend} to set enabled=true in [relay] of kith.conf." OTHER_WAY },
  [KITH_RELAY_OBSTACLE_FRIEND]
  = { "friend-setting",
      "{friend} does not relay for you",
      "{friend} does not relay for you any more",
      "Ask {friend} to run “kith contact set NAME --relay on” with your name." OTHER_WAY },
  [KITH_RELAY_OBSTACLE_OURS]
  = { "own-setting",
      "you have relay off for {friend}, who would carry",
      "you do not want {friend} to carry calls any more",
      "Run “kith contact set {friend} --relay on” if {friend} may carry your calls." OTHER_WAY },
  [KITH_RELAY_OBSTACLE_QUOTA]
  = { "quota",
      "{friend} has relayed as much as it may today (until midnight UTC)",
      "{friend} has relayed as much as it may today (until midnight UTC)",
      "Ask {friend} to raise max-megabytes-per-day in [relay] of kith.conf." OTHER_WAY },
  [KITH_RELAY_OBSTACLE_PEER]
  = { "peer-setting",
      "{peer} does not want {friend} to carry",
      "{peer} does not want {friend} to carry calls any more",
      "Ask {peer} to run “kith contact set NAME --relay on” with the name of "
      "{friend}." OTHER_WAY },
};

const char *
kith_relay_obstacle_word (KithRelayObstacle hurdle)
{
  return table[hurdle].word;
}

KithRelayObstacle
kith_relay_obstacle_parse (const char *word)
{
  for (guint i = 0; word != NULL && i < G_N_ELEMENTS (table); i++) {
    if (strcmp (table[i].word, word) == 0) {
      return (KithRelayObstacle)i;
    }
  }
  return KITH_RELAY_OBSTACLE_NONE;
}

static gchar *
fill (const char *text, const char *friend_name, const char *peer_name)
{
  GString *filled = g_string_new (NULL);

  while (*text != '\0') {
    if (g_str_has_prefix (text, "{friend}")) {
      g_string_append (filled, friend_name);
      text += strlen ("{friend}");
    } else if (g_str_has_prefix (text, "{peer}")) {
      g_string_append (filled, peer_name);
      text += strlen ("{peer}");
    } else {
      g_string_append_c (filled, *text++);
    }
  }
  return g_string_free (filled, FALSE);
}

gchar *
kith_relay_obstacle_text (KithRelayObstacle hurdle,
                          const char *friend_name,
                          const char *peer_name,
                          gboolean ended)
{
  return fill (ended ? table[hurdle].became : table[hurdle].is, friend_name, peer_name);
}

gchar *
kith_relay_obstacle_remedy (KithRelayObstacle hurdle,
                            const char *friend_name,
                            const char *peer_name)
{
  return fill (table[hurdle].remedy, friend_name, peer_name);
}
