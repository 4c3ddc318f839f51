/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls with SIPp, another implementation of SIP, both ways over UDP and TCP. */
#include "sip-wire.h"

static guint16
free_port (void)
{
  Wire wire;

  wire_open (&wire, "127.0.0.1", 0, 5060, FALSE);
  wire_close (&wire);
  return wire.port;
}

static GSubprocess *
run_sipp (const char *const *args)
{
  g_autofree gchar *folder = g_dir_make_tmp ("kith-sipp-XXXXXX", NULL);
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GError) error = NULL;

  g_subprocess_launcher_set_cwd (launcher, folder);
  g_subprocess_launcher_setenv (launcher, "TERM", "dumb", TRUE);
  GSubprocess *sipp = g_subprocess_launcher_spawnv (launcher, args, &error);
  g_assert_no_error (error);
  return sipp;
}

static void
on_exit_status (GObject *source, GAsyncResult *result, gpointer data)
{
  (void)g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  *(gboolean *)data = TRUE;
}

static void
answer_at_once (KithSip *sip, KithDialog *dialog, gpointer data)
{
  kith_dialog_ring (dialog);
  kith_dialog_answer (dialog, SDP_B);
  g_object_set_data_full (G_OBJECT (sip), "last", g_object_ref (dialog), g_object_unref);
}

static void
test_sipp_calls (gconstpointer data)
{
  const char *transport = data;
  Party bob;
  gboolean done = FALSE;

  party_start (&bob, "127.0.0.1", TRUE);
  bob.keep = FALSE;
  kith_sip_set_judge (bob.sip, NULL, NULL);
  g_signal_connect (bob.sip, "incoming", G_CALLBACK (answer_at_once), NULL);
  g_autofree gchar *target = g_strdup_printf ("127.0.0.1:%u", kith_sip_get_port (bob.sip));
  const char *args[] = { "sipp", "-sn", "uac", "-i",  "127.0.0.1", "-t", transport,  "-m",   "10",
                         "-r",   "5",   "-d",  "100", "-timeout",  "20", "-nostdin", target, NULL };
  g_autoptr (GSubprocess) sipp = run_sipp (args);
  g_subprocess_wait_async (sipp, NULL, on_exit_status, &done);
  WAIT_FOR (25000, done);
  g_assert_true (done);
  g_assert_cmpint (g_subprocess_get_exit_status (sipp), ==, 0);
  g_assert_cmpuint (bob.calls, ==, 10);
  g_object_set_data (G_OBJECT (bob.sip), "last", NULL);
  party_stop (&bob);
}

static void
test_calls_sipp (gconstpointer data)
{
  const char *transport = data;
  gboolean tcp = transport[0] == 't';
  g_autofree gchar *port = g_strdup_printf ("%u", free_port ());
  g_autofree gchar *uri
      = g_strdup_printf ("sip:service@127.0.0.1:%s%s", port, tcp ? ";transport=tcp" : "");
  const char *args[] = { "sipp",    "-sn", "uas", "-i",       "127.0.0.1", "-p",       port, "-t",
                         transport, "-m",  "3",   "-timeout", "20",        "-nostdin", NULL };
  KithDialParams params = { .request_uri = uri, .from_uri = "sip:bob@" BOB_HOST };
  Ear ear = { 0 };
  Party bob;
  gboolean done = FALSE;

  party_start (&bob, "127.0.0.1", TRUE);
  g_autoptr (GSubprocess) sipp = run_sipp (args);
  g_subprocess_wait_async (sipp, NULL, on_exit_status, &done);
  WAIT_FOR (700, FALSE);
  for (guint i = 0; i < 3; i++) {
    ear_listen (&ear, kith_sip_dial (bob.sip, &params, SDP_B, NULL));
    WAIT_UNTIL (ear.ringing == 1);
    WAIT_UNTIL (ear.answered == 1);
    g_assert_nonnull (strstr (ear.sdp, "m=audio"));
    VERB (&ear, kith_dialog_hang_up (ear.dialog, NULL));
    WAIT_UNTIL (ear.ended == 1);
  }
  WAIT_FOR (10000, done);
  g_assert_true (done);
  g_assert_cmpint (g_subprocess_get_exit_status (sipp), ==, 0);
  ear_clear (&ear);
  party_stop (&bob);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  kith_log_setup (g_getenv ("KITH_TEST_LOG") != NULL ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_CRITICAL,
                  TRUE);
  g_autofree gchar *sipp = g_find_program_in_path ("sipp");
  if (sipp == NULL) {
    g_test_message ("sipp (Debian: sip-tester) is not installed: skipped");
    return 77;
  }
  g_test_add_data_func ("/sip/sipp/calls-us-udp", "u1", test_sipp_calls);
  g_test_add_data_func ("/sip/sipp/calls-us-tcp", "t1", test_sipp_calls);
  g_test_add_data_func ("/sip/sipp/is-called-udp", "u1", test_calls_sipp);
  g_test_add_data_func ("/sip/sipp/is-called-tcp", "t1", test_calls_sipp);
  return g_test_run ();
}
