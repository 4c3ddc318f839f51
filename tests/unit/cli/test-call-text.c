/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words for how a call ended, made of what the bus tells. */
#include "cli/text/call-text.h"

#include <string.h>

#include "cli/text/call-who.h"

static KithBusCall *
ended_call (const char *reason, guint status)
{
  KithBusCall *call = kith_bus_call_skeleton_new ();

  kith_bus_call_set_state (call, "ended");
  kith_bus_call_set_direction (call, "outgoing");
  kith_bus_call_set_state_reason (call, reason);
  kith_bus_call_set_sip_status (call, status);
  kith_bus_call_set_ended_at (call, 5);
  return call;
}

/* An address that the other side chose is a word of the shell, whatever it has in it. */
static void
test_moved (void)
{
  static const char *const addresses[] = { "sip:home@192.0.2.7:5070", "sip:a';reboot;'@192.0.2.7" };

  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++) {
    g_autoptr (KithBusCall) call = ended_call ("unreachable", 302);
    g_autoptr (GError) error = NULL;
    g_auto (GStrv) words = NULL;
    kith_bus_call_set_moved_to (call, addresses[i]);
    g_autofree gchar *text = kith_call_text_end (call);
    const char *command = strstr (text, "kith call ");
    g_assert_nonnull (command);
    g_assert_true (g_shell_parse_argv (command, NULL, &words, &error));
    g_assert_cmpuint (g_strv_length (words), ==, 3);
    g_assert_cmpstr (words[2], ==, addresses[i]);
  }
}

/* A status of a telephone that did not understand is no fault of a program, in lists either. */
static void
test_status (void)
{
  static const struct {
    guint status;
    const char *key, *text;
  } rows[] = {
    { 491, "", "Both sides wanted something at the same moment" },
    { 481, "", "It does not know this call, or knows it no more" },
    { 0, "", "The call failed because of a fault in a program" },
    { 500, "k", "The call failed because of a fault in a program" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (KithBusCall) call = ended_call ("internal", rows[i].status);
    KithCallWho who;
    kith_bus_call_set_peer_key (call, rows[i].key);
    kith_call_who_read (&who, call);
    g_autofree gchar *text = kith_call_who_outcome (&who);
    g_assert_cmpstr (text, ==, rows[i].text);
  }
}

/* Why it failed is said in our words, by its code; where there are none for that: in kithd's. */
static void
test_cause (void)
{
  static const struct {
    const char *reason, *code, *values, *text;
  } rows[] = {
    { "unreachable",
      "call-unreachable-offline",
      "{'peer': <'bob'>}",
      "bob is offline: nobody in the network knows where they are now." },
    { "unreachable",
      "call-of-next-year",
      "{'peer': <'bob'>}",
      "The other side cannot be reached now: so it is" },
    { "unreachable",
      "call-unreachable-offline",
      "{'peer': <7>}",
      "the other side is offline: nobody in the network knows where they are now." },
    { "unreachable", "", "@a{sv} {}", "The other side cannot be reached now: so it is" },
    { "busy",
      "call-busy-second",
      "{'detail': <'you are talking'>}",
      "Nobody was rung, since you are talking." },
    { "media-failed",
      "call-no-audio",
      "{'peer': <'bob'>}",
      "The call was answered, but no audio came from bob, although the path works: their "
      "microphone or "
      "sound server gives none. Ask bob to run “kith doctor”." },
    { "local", "call-given-up-early", "{'peer': <'bob'>}", "You hung up" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (KithBusCall) call = ended_call (rows[i].reason, 0);
    kith_bus_call_set_detail (call, g_str_equal (rows[i].reason, "local") ? "" : "so it is");
    kith_bus_call_set_code (call, rows[i].code);
    kith_bus_call_set_values (call, g_variant_new_parsed (rows[i].values));
    g_autofree gchar *text = kith_call_text_end (call);
    g_assert_cmpstr (text, ==, rows[i].text);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/call-text/moved", test_moved);
  g_test_add_func ("/call-text/status", test_status);
  g_test_add_func ("/call-text/cause", test_cause);
  return g_test_run ();
}
