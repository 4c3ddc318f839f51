/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why no path can have been found, by the NATs of both sides. */
#include "words/nat-words.h"

static gchar *
side_text (const char *who, KithNatKind kind)
{
  return kind == KITH_NAT_BLOCKED
             ? g_strdup_printf ("%s in a network that blocks UDP", who)
             : g_strdup_printf ("%s behind a %s", who, kith_nat_kind_text (kind));
}

gchar *
kith_nat_words_no_path (KithNatKind ours, KithNatKind theirs, const char *peer_name)
{
  if (kith_nat_can_meet (ours, theirs)) {
    return NULL;
  }
  if (ours == KITH_NAT_SYMMETRIC && theirs == KITH_NAT_SYMMETRIC) {
    return g_strdup ("both sides are behind a symmetric NAT, between which there is no direct "
                     "path: a TURN server or a friend of both who relays is needed");
  }
  g_autofree gchar *they = g_strconcat (peer_name != NULL ? peer_name : "their node", " is", NULL);
  g_autofree gchar *us = side_text ("you are", ours);
  g_autofree gchar *them = side_text (they, theirs);
  return ours == KITH_NAT_BLOCKED || theirs == KITH_NAT_BLOCKED
             ? g_strdup_printf ("%s: a TURN server by TCP or TLS, or a friend of both who relays, "
                                "is needed",
                                ours == KITH_NAT_BLOCKED ? us : them)
             : g_strdup_printf ("%s and %s, between which there is no direct path: a TURN server "
                                "or a friend of both who relays is needed",
                                us,
                                them);
}
