/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages made to hurt, over UDP and TCP against a live stack: refused or dropped in no time, and
   the next call works. */
#include <signal.h>

#include "sip-wire.h"

#ifdef __SANITIZE_ADDRESS__
#define FLOOD 5000
#else
#define FLOOD 20000
#endif

static Party bob;

/* Ends the program when the main loop does not come back: the library can be made to loop for
   ever. */
static void
on_hang (int signal)
{
  static const char text[] = "Bail out! The stack hangs.\n";

  (void)!write (STDERR_FILENO, text, sizeof text - 1);
  _exit (1);
}

static void
check_call (const char *host)
{
  Wire wire;
  guint before = bob.calls;
  g_autofree gchar *id = g_strdup_printf ("after-%u-%u", before, g_random_int ());

  wire_open (&wire, host, 0, kith_sip_get_port (bob.sip), FALSE);
  wire_send (&wire, "INVITE", id, id, NULL, "", SDP_A);
  WAIT_UNTIL (bob.calls == before + 1);
  VERB (&bob.in, kith_dialog_answer (bob.in.dialog, SDP_B));
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  g_autofree gchar *tag = wire_to_tag (&wire);
  wire_send (&wire, "ACK", id, "ack", tag, "", NULL);
  WAIT_UNTIL (bob.in.confirmed == 1);
  wire_send (&wire, "BYE", id, "bye", tag, "", NULL);
  WAIT_UNTIL (bob.in.ended == 1);
  wire_close (&wire);
}

/* Sends one file from an address of its own and measures the CPU time that it costs. */
static void
replay (const char *path, gboolean stream, guint number, gint64 *worst)
{
  g_autofree gchar *data = NULL;
  gsize len = 0;
  Wire wire;
  g_autofree gchar *host = g_strdup_printf ("127.0.%u.%u", 1 + number / 200, 2 + number % 200);

  g_assert_true (g_file_get_contents (path, &data, &len, NULL));
  wire_open (&wire, host, 0, kith_sip_get_port (bob.sip), stream);
  guint before = bob.calls;
  WAIT_FOR (5, FALSE);
  wire_send_raw (&wire, data, MIN (len, stream ? len : 65000));
  gint64 took = 0;
  gboolean tick = FALSE;
  guint timer = g_timeout_add (40, on_tick, &tick);
  while (!tick) {
    clock_t start = clock ();
    g_main_context_iteration (NULL, TRUE);
    took = MAX (took, (gint64)(clock () - start) * G_USEC_PER_SEC / CLOCKS_PER_SEC);
  }
  g_source_remove (timer);
  guint status = wire_status (&wire, 1);
  g_autofree gchar *name = g_path_get_basename (path);
  g_test_message ("%s %-32s -> %u%s, %d us",
                  stream ? "TCP" : "UDP",
                  name,
                  status,
                  bob.calls > before ? " (rings)" : "",
                  (int)took);
  *worst = MAX (*worst, took);
  if (bob.calls > before && bob.in.ended == 0) {
    kith_dialog_reject (bob.in.dialog, 486, NULL);
    WAIT_UNTIL (bob.in.ended == 1);
  }
  wire_close (&wire);
}

static void
test_replay (gconstpointer data)
{
  static const char *folders[] = { KITH_TEST_DATA "/hostile-sip", KITH_TEST_DATA "/rfc4475" };
  gint64 worst = 0;
  guint number = 0;

  party_start (&bob, "127.0.0.1", TRUE);
  check_call ("127.0.0.1");
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++) {
    g_autoptr (GDir) dir = g_dir_open (folders[i], 0, NULL);
    g_assert_nonnull (dir);
    for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir)) {
      g_autofree gchar *path = g_build_filename (folders[i], name, NULL);
      (void)alarm (20);
      replay (path, GPOINTER_TO_INT (data), number++, &worst);
    }
  }
  g_assert_cmpuint (number, >, 60);
  (void)alarm (20);
  check_call ("127.0.0.1");
  (void)alarm (0);
  g_test_message ("worst %d us", (int)worst);
#ifndef __SANITIZE_ADDRESS__
  g_assert_cmpint (worst, <, 5000);
#endif
  party_stop (&bob);
}

static gsize
resident_kib (void)
{
  g_autofree gchar *text = NULL;
  unsigned long size = 0;
  unsigned long pages = 0;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%lu %lu", &size, &pages), ==, 2);
  return pages * (gsize)sysconf (_SC_PAGESIZE) / 1024;
}

/* INVITEs of one source, and as many from spread ones: memory stays, an established call goes on,
   others can call. */
static void
test_flood (gconstpointer data)
{
  gboolean spread = GPOINTER_TO_INT (data);
  Wire wire;

  party_start (&bob, "127.0.0.1", TRUE);
  wire_open (&wire, "127.0.0.9", 0, kith_sip_get_port (bob.sip), FALSE);
  wire_send (&wire, "INVITE", "standing", "s", NULL, "", SDP_A);
  WAIT_UNTIL (bob.calls == 1);
  kith_dialog_answer (bob.in.dialog, SDP_B);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  g_autofree gchar *tag = wire_to_tag (&wire);
  wire_send (&wire, "ACK", "standing", "ack", tag, "", NULL);
  WAIT_UNTIL (bob.in.confirmed == 1);
  Ear standing = bob.in;
  g_signal_handlers_disconnect_by_data (standing.dialog, &bob.in);
  memset (&bob.in, 0, sizeof bob.in);
  standing.ended = 0;
  ear_listen (&bob.in, g_object_ref (standing.dialog));

  bob.keep = FALSE;
  gsize before = resident_kib ();
  clock_t start = clock ();
  for (guint i = 0; i < FLOOD; i++) {
    Wire flood;
    g_autofree gchar *host = spread ? g_strdup_printf ("127.0.%u.%u", 10 + i / 250, 1 + i % 250)
                                    : g_strdup ("127.0.0.66");
    g_autofree gchar *id = g_strdup_printf ("flood%u", i);
    wire_open (&flood, host, 0, wire.to, FALSE);
    wire_send (&flood, "INVITE", id, id, NULL, "", SDP_A);
    g_main_context_iteration (NULL, FALSE);
    wire_close (&flood);
  }
  WAIT_FOR (300, FALSE);
  double us = (double)(clock () - start) * 1e6 / CLOCKS_PER_SEC / FLOOD;
  g_test_message ("%zu -> %zu KiB, %.0f us of CPU each, sender included; %u rang",
                  before,
                  resident_kib (),
                  us,
                  bob.calls - 1);
#ifndef __SANITIZE_ADDRESS__ /* its quarantine keeps what was freed */
  g_assert_cmpuint (resident_kib (), <, before + 24 * 1024);
#endif
  g_assert_cmpuint (bob.in.ended, ==, 0);
  wire.cseq = 7;
  /* the established call has its own tokens */
  wire_send (&wire, "BYE", "standing", "bye", tag, "", NULL);
  WAIT_UNTIL (bob.in.ended == 1);
  bob.keep = TRUE;
  WAIT_FOR (1100, FALSE);
  check_call ("127.0.0.200");
  g_free (standing.phrase);
  g_free (standing.sdp);
  g_object_unref (standing.dialog);
  wire_close (&wire);
  party_stop (&bob);
}

/* Requests within a call in any order, with any body: nothing of it aborts the library. */
static void
test_in_dialog (void)
{
  static const char *methods[]
      = { "INVITE", "UPDATE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO", "PRACK", "INVITE", "ACK" };
  static const char *bodies[] = { NULL, SDP_A, SDP_OF ("7010"), "v=0\r\nm=broken\r\n" };
  static const char *extras[] = { "",
                                  "",
                                  "Session-Expires: 90;refresher=uac\r\nSupported: timer\r\n",
                                  "Supported: 100rel\r\n",
                                  "RAck: 1 1 INVITE\r\n" };
  Wire wire;

  party_start (&bob, "127.0.0.1", TRUE);
  for (guint round = 0; round < 150; round++) {
    g_autofree gchar *id = g_strdup_printf ("order%u", round);
    g_autofree gchar *host = g_strdup_printf ("127.0.3.%u", 1 + round % 250);
    g_autofree gchar *tag = NULL;
    guint before = bob.calls;
    (void)alarm (30);
    wire_open (&wire, host, 0, kith_sip_get_port (bob.sip), round % 3 == 0);
    wire_send (&wire, "INVITE", id, "first", NULL, "", bodies[g_random_int_range (0, 3)]);
    WAIT_UNTIL (bob.calls == before + 1);
    kith_dialog_ring (bob.in.dialog);
    g_assert_cmpuint (wire_status (&wire, 1000), ==, 180);
    tag = wire_to_tag (&wire);
    for (guint i = 0; i < 14; i++) {
      g_autofree gchar *branch
          = g_random_boolean () ? g_strdup_printf ("b%u", i) : g_strdup ("first");
      const char *method = methods[g_random_int_range (0, G_N_ELEMENTS (methods))];
      wire.cseq = (guint)g_random_int_range (0, 5);
      wire_send (&wire,
                 method,
                 id,
                 branch,
                 tag,
                 extras[g_random_int_range (0, G_N_ELEMENTS (extras))],
                 bodies[g_random_int_range (0, G_N_ELEMENTS (bodies))]);
      if (i == round % 14) {
        kith_dialog_answer (bob.in.dialog, SDP_B);
      }
      if (i == 13 && g_random_boolean ()) {
        kith_dialog_hang_up (bob.in.dialog, NULL);
      }
      if (g_random_boolean ()) {
        WAIT_FOR (2, FALSE);
      }
    }
    WAIT_FOR (10, FALSE);
    kith_dialog_hang_up (bob.in.dialog, NULL);
    WAIT_UNTIL (bob.in.ended == 1);
    wire_close (&wire);
  }
  check_call ("127.0.0.1");
  (void)alarm (0);
  party_stop (&bob);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  kith_log_setup (g_getenv ("KITH_TEST_LOG") != NULL ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_CRITICAL,
                  TRUE);
  (void)signal (SIGALRM, on_hang);
  g_test_add_data_func ("/sip/hostile/udp", GINT_TO_POINTER (FALSE), test_replay);
  g_test_add_data_func ("/sip/hostile/tcp", GINT_TO_POINTER (TRUE), test_replay);
  g_test_add_data_func ("/sip/hostile/flood", GINT_TO_POINTER (FALSE), test_flood);
  g_test_add_data_func ("/sip/hostile/flood-spread", GINT_TO_POINTER (TRUE), test_flood);
  g_test_add_func ("/sip/hostile/in-dialog", test_in_dialog);
  return g_test_run ();
}
