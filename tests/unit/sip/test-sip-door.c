/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The door of ordinary SIP against a live stack: who is asked about, what a refusal costs, what passes. */
#include "sip-wire.h"

static Party bob;
static Wire wire;

/* The node's part: what it was asked last, and what it says. */
static struct {
  guint asked, status;
  gboolean is_probe;
  guint16 port;
  gchar *source, *call_id, *uri, *display, *user;
} node;

static void
keep (gchar **place, const char *text)
{
  g_free (*place);
  *place = g_strdup (text);
}

static guint
on_question (const KithInvite *invite, gpointer user_data)
{
  g_assert_true (user_data == &node);
  node.asked++;
  node.is_probe = invite->is_probe;
  node.port = invite->source_port;
  g_assert_cmpuint (invite->link_id, ==, 0);
  keep (&node.source, invite->source);
  keep (&node.call_id, invite->call_id);
  keep (&node.uri, invite->remote_uri);
  keep (&node.display, invite->remote_display);
  keep (&node.user, invite->request_user);
  return node.status;
}

static void
set_up (gboolean stream)
{
  party_start (&bob, "127.0.0.1", TRUE);
  wire_open (&wire, "127.0.0.1", 0, kith_sip_get_port (bob.sip), stream);
  node.asked = node.status = 0;
  kith_sip_set_judge (bob.sip, on_question, &node);
}

static void
tear_down (void)
{
  wire_close (&wire);
  g_assert_cmpint (party_stop (&bob), <=, 2000);
}

/* The node's word is sent at once and only once: no state is left that would repeat it. */
static void
test_judge (gconstpointer data)
{
  set_up (GPOINTER_TO_INT (data));
  node.status = 486;
  wire_send (&wire, "INVITE", "asked", "1", NULL, "", SDP_A);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 486);
  g_assert_cmpuint (node.asked, ==, 1);
  g_assert_false (node.is_probe);
  g_assert_cmpuint (node.port, ==, wire.port);
  g_assert_cmpstr (node.source, ==, "127.0.0.1");
  g_assert_cmpstr (node.call_id, ==, "asked");
  g_assert_cmpstr (node.uri, ==, "sip:carol@127.0.0.1");
  g_assert_cmpstr (node.display, ==, "Carol");
  g_assert_cmpstr (node.user, ==, "bob");
  g_assert_false (wire_receive (&wire, 700)); /* a transaction would say it again after 500 ms */
  node.status = 403;
  wire_send (&wire, "OPTIONS", "probe", "2", NULL, "", NULL);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 403);
  g_assert_true (node.is_probe);
  node.status = 0;
  wire_send (&wire, "INVITE", "asked", "3", NULL, "", SDP_A); /* refused before: a new request */
  WAIT_UNTIL (bob.calls == 1);
  g_assert_cmpuint (node.asked, ==, 3);
  wire_send (&wire, "INVITE", "asked", "3", NULL, "", SDP_A); /* the same again */
  WAIT_FOR (50, FALSE);
  g_assert_cmpuint (node.asked, ==, 3);
  g_assert_cmpuint (bob.calls, ==, 1);
  kith_sip_set_judge (bob.sip, NULL, NULL);
  tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  kith_log_setup (g_getenv ("KITH_TEST_LOG") != NULL ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_CRITICAL,
                  TRUE);
  g_test_add_data_func ("/sip/door/judge-udp", GINT_TO_POINTER (FALSE), test_judge);
  g_test_add_data_func ("/sip/door/judge-tcp", GINT_TO_POINTER (TRUE), test_judge);
  return g_test_run ();
}
