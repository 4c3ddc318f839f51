/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words for what keeps a friend from carrying, and for two NATs between which there is no
   direct path. */
#include "words/obstacle-words.h"

#include "words/word-table.h"

/* clang-format off */
static const KithWords rows[] = {
  /* before a call, and while it went on */
  { "obstacle-gone", ONE ("{friend} lost a link that it needs to carry"),
    HELP ("Call again in a moment; a second friend who relays, or a TURN server, makes it safer.") },
  { "obstacle-gone-ended", ONE ("{friend} lost a link that it needs to carry the call"),
    HELP ("Call again in a moment; a second friend who relays, or a TURN server, makes it safer.") },
  { "obstacle-busy", ONE ("{friend} carries as many calls as it may already"),
    HELP ("Try again later, or ask {friend} to raise max-calls in [relay] of kith.conf. Another friend who relays, or a TURN server in kith.conf "
          "([turn] server=turn:HOST), helps, too.") },
  { "obstacle-busy-ended", ONE ("{friend} carries as many calls as it may already"),
    HELP ("Try again later, or ask {friend} to raise max-calls in [relay] of kith.conf. Another friend who relays, or a TURN server in kith.conf "
          "([turn] server=turn:HOST), helps, too.") },
  { "obstacle-not-linked", ONE ("{friend} has no link to {peer}, or does not relay for them"),
    HELP ("{friend} and {peer} have to set relay on for each other (“kith contact set NAME --relay on”), and both be online. Another friend who "
          "relays, or a TURN server in kith.conf ([turn] server=turn:HOST), helps, too.") },
  { "obstacle-not-linked-ended", ONE ("{friend} does not relay for {peer} any more"),
    HELP ("{friend} and {peer} have to set relay on for each other (“kith contact set NAME --relay on”), and both be online. Another friend who "
          "relays, or a TURN server in kith.conf ([turn] server=turn:HOST), helps, too.") },
  { "obstacle-relaying-off", ONE ("{friend} has relaying switched off"),
    HELP ("Ask {friend} to set enabled=true in [relay] of kith.conf. Another friend who relays, or a TURN server in kith.conf ([turn] "
          "server=turn:HOST), helps, too.") },
  { "obstacle-relaying-off-ended", ONE ("{friend} has relaying switched off now"),
    HELP ("Ask {friend} to set enabled=true in [relay] of kith.conf. Another friend who relays, or a TURN server in kith.conf ([turn] "
          "server=turn:HOST), helps, too.") },
  { "obstacle-friend-setting", ONE ("{friend} does not relay for you"),
    HELP ("Ask {friend} to run “kith contact set NAME --relay on” with your name. Another friend who relays, or a TURN server in kith.conf ([turn] "
          "server=turn:HOST), helps, too.") },
  { "obstacle-friend-setting-ended", ONE ("{friend} does not relay for you any more"),
    HELP ("Ask {friend} to run “kith contact set NAME --relay on” with your name. Another friend who relays, or a TURN server in kith.conf ([turn] "
          "server=turn:HOST), helps, too.") },
  { "obstacle-own-setting", ONE ("you have relay off for {friend}, who would carry"),
    HELP ("Run “kith contact set {friend} --relay on” if {friend} may carry your calls. Another friend who relays, or a TURN server in kith.conf "
          "([turn] server=turn:HOST), helps, too.") },
  { "obstacle-own-setting-ended", ONE ("you do not want {friend} to carry calls any more"),
    HELP ("Run “kith contact set {friend} --relay on” if {friend} may carry your calls. Another friend who relays, or a TURN server in kith.conf "
          "([turn] server=turn:HOST), helps, too.") },
  { "obstacle-quota", ONE ("{friend} has relayed as much as it may today (until midnight UTC)"),
    HELP ("Ask {friend} to raise max-megabytes-per-day in [relay] of kith.conf. Another friend who relays, or a TURN server in kith.conf ([turn] "
          "server=turn:HOST), helps, too.") },
  { "obstacle-quota-ended", ONE ("{friend} has relayed as much as it may today (until midnight UTC)"),
    HELP ("Ask {friend} to raise max-megabytes-per-day in [relay] of kith.conf. Another friend who relays, or a TURN server in kith.conf ([turn] "
          "server=turn:HOST), helps, too.") },
  { "obstacle-peer-setting", ONE ("{peer} does not want {friend} to carry"),
    HELP ("Ask {peer} to run “kith contact set NAME --relay on” with the name of {friend}. Another friend who relays, or a TURN server in kith.conf "
          "([turn] server=turn:HOST), helps, too.") },
  { "obstacle-peer-setting-ended", ONE ("{peer} does not want {friend} to carry calls any more"),
    HELP ("Ask {peer} to run “kith contact set NAME --relay on” with the name of {friend}. Another friend who relays, or a TURN server in kith.conf "
          "([turn] server=turn:HOST), helps, too.") },
  /* two NATs */
  { "no-path-symmetric",
    ONE ("both sides are behind a symmetric NAT, between which there is no direct path: a TURN server or a friend of both who relays is needed"), NULL },
  { "no-path-blocked", ONE ("you are in a network that blocks UDP: a TURN server by TCP or TLS, or a friend of both who relays, is needed"), NULL },
  { "no-path-peer-blocked", ONE ("{peer} is in a network that blocks UDP: a TURN server by TCP or TLS, or a friend of both who relays, is needed"), NULL },
  { "no-path-nats",
    ONE ("you are behind a {nat} and {peer} is behind a {peer-nat}, between which there is no direct path: a TURN server or a friend of both who relays is "
         "needed"), NULL },
};
/* clang-format on */

const KithWords *
kith_obstacle_words_at (guint index)
{
  return index < G_N_ELEMENTS (rows) ? &rows[index] : NULL;
}

KithSaying *
kith_obstacle_saying (KithRelayObstacle obstacle,
                      const char *friend_name,
                      const char *peer_name,
                      gboolean ended)
{
  if (obstacle == KITH_RELAY_OBSTACLE_NONE) {
    return NULL;
  }
  g_autofree gchar *code = g_strdup_printf ("obstacle-%s%s",
                                            kith_relay_obstacle_word (obstacle),
                                            ended ? "-ended" : "");
  KithSaying *saying = kith_saying_new (code);
  kith_saying_put (saying, "friend", friend_name);
  kith_saying_put (saying, "peer", peer_name);
  return saying;
}

KithSaying *
kith_no_path_saying (KithNatKind ours, KithNatKind theirs, const char *peer_name)
{
  if (kith_nat_can_meet (ours, theirs)) {
    return NULL;
  }
  KithSaying *saying = kith_saying_new (ours == KITH_NAT_BLOCKED     ? "no-path-blocked"
                                        : theirs == KITH_NAT_BLOCKED ? "no-path-peer-blocked"
                                        : ours == KITH_NAT_SYMMETRIC && theirs == KITH_NAT_SYMMETRIC
                                            ? "no-path-symmetric"
                                            : "no-path-nats");
  kith_saying_put (saying, "nat", kith_nat_kind_word (ours));
  kith_saying_put (saying, "peer-nat", kith_nat_kind_word (theirs));
  kith_saying_put (saying, "peer", peer_name);
  return saying;
}
