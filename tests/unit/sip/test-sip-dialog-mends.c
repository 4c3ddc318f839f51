/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the library would lose or end in a call: messages to a reader that rests, a call whose new
   offer was refused, requests that wait. */
#include "sip-wire.h"
#include "sip/sip-private.h"

#define MANY 1000
#define LONG_VIAS 12
#define ANSWERS 380 /* a link may bring 400 requests at once */

static Party bob;
static Wire wire;

/* How often @needle stands in what comes over @fd until nothing more does for 300 ms. */
static guint
count_all (int fd, const char *needle)
{
  g_autoptr (GString) all = g_string_new (NULL);
  char chunk[16384];
  guint count = 0;
  ssize_t n = 0;

  do {
    WAIT_FOR (300, (n = recv (fd, chunk, sizeof chunk, MSG_DONTWAIT)) > 0);
    if (n > 0) {
      g_string_append_len (all, chunk, n);
    }
  } while (n > 0);
  for (const char *p = all->str; (p = strstr (p, needle)) != NULL; p += strlen (needle)) {
    count++;
  }
  return count;
}

/* A thousand INVITEs leave while nobody reads the link: all of them come when somebody does. */
static void
test_resting_reader (void)
{
  KithDialParams params
      = { .request_uri = "sip:alice@" ALICE_HOST, .from_uri = "sip:bob@" BOB_HOST, .link_id = 1 };
  g_autoptr (GPtrArray) dialogs = g_ptr_array_new_with_free_func (g_object_unref);
  int fds[2];

  party_start (&bob, NULL, FALSE);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), ==, 0);
  g_assert_true (kith_sip_attach_link (bob.sip, 1, fds[0], NULL, ALICE_HOST, NULL));
  for (guint i = 0; i < MANY; i++) {
    KithDialog *dialog = kith_sip_dial (bob.sip, &params, SDP_A, NULL);
    g_assert_nonnull (dialog);
    g_ptr_array_add (dialogs, dialog);
    g_main_context_iteration (NULL, FALSE);
  }
  WAIT_FOR (50, FALSE);
  g_assert_cmpuint (count_all (fds[1], "INVITE sip:alice@"), ==, MANY);
  kith_sip_detach_link (bob.sip, 1);
  WAIT_FOR (20, FALSE);
  close (fds[1]);
  party_stop (&bob);
}

/* The same for answers. */
static void
test_resting_asker (void)
{
  int fds[2];

  party_start (&bob, NULL, FALSE);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), ==, 0);
  g_assert_true (kith_sip_attach_link (bob.sip, 1, fds[0], NULL, ALICE_HOST, NULL));
  for (guint i = 0; i < ANSWERS; i++) {
    g_autofree gchar *text
        = g_strdup_printf ("OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK%u\r\n"
                           "From: <sip:a@" ALICE_HOST ">;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: %u\r\n"
                           "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
                           i,
                           i);
    g_assert_cmpint (send (fds[1], text, strlen (text), MSG_NOSIGNAL), ==, (ssize_t)strlen (text));
    g_main_context_iteration (NULL, FALSE);
  }
  WAIT_FOR (50, FALSE);
  g_assert_cmpuint (count_all (fds[1], "SIP/2.0 200 OK"), ==, ANSWERS);
  kith_sip_detach_link (bob.sip, 1);
  WAIT_FOR (20, FALSE);
  close (fds[1]);
  party_stop (&bob);
}

/* An OPTIONS whose answer is as long as itself. (transfer full) */
static gchar *
long_options (guint number)
{
  GString *text = g_string_new ("OPTIONS sip:b@h SIP/2.0\r\n");
  g_autofree gchar *filler = g_strnfill (4000, 'x');

  for (guint i = 0; i < LONG_VIAS; i++) {
    g_string_append_printf (text,
                            "Via: SIP/2.0/TCP h;branch=z9hG4bK%u-%u;x=%s\r\n",
                            number,
                            i,
                            filler);
  }
  g_string_append_printf (text,
                          "From: <sip:a@" ALICE_HOST ">;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: %u\r\n"
                          "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
                          number);
  return g_string_free (text, FALSE);
}

/* Whoever asks and does not read the answers gets no more of them than take little room, and later
   ones again when he reads. */
static void
test_resting_waster (void)
{
  int fds[2];

  party_start (&bob, NULL, FALSE);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), ==, 0);
  g_assert_true (kith_sip_attach_link (bob.sip, 1, fds[0], NULL, ALICE_HOST, NULL));
  for (guint i = 0; i < ANSWERS; i++) {
    g_autofree gchar *text = long_options (i);
    gsize at = 0;
    while (at < strlen (text)) {
      ssize_t n = send (fds[1], text + at, strlen (text + at), MSG_NOSIGNAL);
      at += n > 0 ? (gsize)n : 0;
      g_main_context_iteration (NULL, FALSE);
    }
  }
  WAIT_FOR (50, FALSE);
  guint count = count_all (fds[1], "SIP/2.0 200 OK");
  g_assert_cmpuint (count, >, 0);
  g_assert_cmpuint (count, <, ANSWERS / 8);
  g_autofree gchar *last = long_options (ANSWERS);
  g_assert_cmpint (send (fds[1], last, strlen (last), MSG_NOSIGNAL), ==, (ssize_t)strlen (last));
  g_assert_cmpuint (count_all (fds[1], "SIP/2.0 200 OK"), ==, 1);
  kith_sip_detach_link (bob.sip, 1);
  WAIT_FOR (20, FALSE);
  close (fds[1]);
  party_stop (&bob);
}

/* A call of the wire's that is up. */
static gchar *
call_up (const char *call_id)
{
  party_start (&bob, "127.0.0.1", TRUE);
  wire_open (&wire, "127.0.0.1", 0, kith_sip_get_port (bob.sip), FALSE);
  wire_send (&wire, "INVITE", call_id, "1", NULL, "", SDP_A);
  WAIT_UNTIL (bob.calls == 1);
  VERB (&bob.in, kith_dialog_answer (bob.in.dialog, SDP_B));
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  gchar *tag = wire_to_tag (&wire);
  wire_send (&wire, "ACK", call_id, "ack", tag, "", NULL);
  WAIT_UNTIL (bob.in.confirmed == 1);
  return tag;
}

static void
hang_down (void)
{
  wire_close (&wire);
  party_stop (&bob);
}

/* The library is asked itself: the product has no verb for a new offer of its own yet. */
static void
offer_anew (gboolean update)
{
  KithSipDialog *dialog = KITH_SIP_DIALOG (bob.in.dialog);

  if (update) {
    nua_update (dialog->handle,
                SIPTAG_CONTACT_STR (dialog->contact),
                SIPTAG_CONTENT_TYPE_STR ("application/sdp"),
                SIPTAG_PAYLOAD_STR (SDP_B),
                TAG_END ());
  } else {
    nua_invite (dialog->handle,
                SIPTAG_CONTACT_STR (dialog->contact),
                SIPTAG_CONTENT_TYPE_STR ("application/sdp"),
                SIPTAG_PAYLOAD_STR (SDP_B),
                TAG_END ());
  }
  kith_sip_stack_poke (dialog->stack);
}

/* Every refusal of a new offer but the two that say that the call is gone: it goes on as it was. */
static void
test_refused_offers (gconstpointer data)
{
  static const guint statuses[]
      = { 400, 401, 402, 403, 404, 405, 406, 407, 410, 413, 415, 416, 420, 421,
          422, 480, 482, 483, 484, 485, 486, 487, 488, 489, 491, 493, 494, 500,
          501, 502, 503, 504, 505, 513, 580, 599, 600, 603, 604, 606 };
  gboolean update = GPOINTER_TO_INT (data);
  g_autofree gchar *tag = call_up ("refused");

  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++) {
    g_autofree gchar *reply = g_strdup_printf ("%u No", statuses[i]);
    g_test_message ("%s", reply);
    offer_anew (update);
    g_assert_true (wire_expect (&wire, update ? "UPDATE " : "INVITE "));
    wire_reply (&wire, reply, "", NULL);
    if (!update) {
      g_assert_true (wire_expect (&wire, "ACK "));
    }
    WAIT_FOR (15, bob.in.ended == 1);
    g_assert_cmpuint (bob.in.ended, ==, 0);
  }
  g_assert_false (wire_receive (&wire, 30)); /* no BYE either */
  wire.cseq = 50;
  wire_send (&wire, "BYE", "refused", "bye", tag, "", NULL);
  WAIT_UNTIL (bob.in.ended == 1);
  hang_down ();
}

static void
test_gone_calls (gconstpointer data)
{
  static const char *replies[] = { "481 Gone", "408 Silent" };
  gboolean update = GPOINTER_TO_INT (data);

  for (gsize i = 0; i < G_N_ELEMENTS (replies); i++) {
    g_autofree gchar *tag = call_up ("gone");
    offer_anew (update);
    g_assert_true (wire_expect (&wire, update ? "UPDATE " : "INVITE "));
    wire_reply (&wire, replies[i], "", NULL);
    WAIT_UNTIL (bob.in.ended == 1);
    hang_down ();
  }
}

/* A new offer that is made while an INFO or a REFER waits for its answer leaves when that came,
   whatever it is. */
static void
test_waiting_offer (gconstpointer data)
{
  static const char *replies[] = { "200 OK", "405 No", "500 No" };
  gboolean refer = GPOINTER_TO_INT (data);
  g_autofree gchar *tag = call_up ("waiting");
  KithSipDialog *dialog = KITH_SIP_DIALOG (bob.in.dialog);

  for (gsize i = 0; i < G_N_ELEMENTS (replies); i++) {
    if (refer) {
      nua_refer (dialog->handle, SIPTAG_REFER_TO_STR ("<sip:x@127.0.0.1>"), TAG_END ());
    } else {
      nua_info (dialog->handle,
                SIPTAG_CONTENT_TYPE_STR ("text/plain"),
                SIPTAG_PAYLOAD_STR ("x"),
                TAG_END ());
    }
    offer_anew (FALSE);
    g_assert_true (wire_expect (&wire, refer ? "REFER " : "INFO "));
    wire_reply (&wire, refer && i == 0 ? "202 Accepted" : replies[i], "", NULL);
    g_assert_true (wire_expect (&wire, "INVITE "));
    wire_reply (&wire, "488 No", "", NULL);
    g_assert_true (wire_expect (&wire, "ACK "));
  }
  g_assert_cmpuint (bob.in.ended, ==, 0);
  hang_down ();
}

/* Ninety seconds are the least that a session timer may be, and 89 are too few. Asked of a stack
   that says that it knows timers. */
static void
test_least_timer (void)
{
  static const char line[] = "Supported: timer\r\nSession-Expires: %u\r\n";
  g_autofree gchar *least = g_strdup_printf (line, 90);
  g_autofree gchar *less = g_strdup_printf (line, 89);

  party_start (&bob, "127.0.0.1", TRUE);
  nua_set_params (KITH_SIP_STACK (bob.sip)->nua, SIPTAG_SUPPORTED_STR ("timer"), TAG_END ());
  kith_sip_stack_poke (KITH_SIP_STACK (bob.sip));
  WAIT_FOR (20, FALSE);
  wire_open (&wire, "127.0.0.1", 0, kith_sip_get_port (bob.sip), FALSE);
  wire_send (&wire, "INVITE", "timer90", "90", NULL, least, SDP_A);
  WAIT_UNTIL (bob.calls == 1);
  wire_send (&wire, "INVITE", "timer89", "89", NULL, less, SDP_A);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 422);
  hang_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  kith_log_setup (g_getenv ("KITH_TEST_LOG") != NULL ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_CRITICAL,
                  TRUE);
  g_test_add_func ("/sip/dialog-mends/resting-reader", test_resting_reader);
  g_test_add_func ("/sip/dialog-mends/resting-asker", test_resting_asker);
  g_test_add_func ("/sip/dialog-mends/resting-waster", test_resting_waster);
  g_test_add_data_func ("/sip/dialog-mends/refused-invite",
                        GINT_TO_POINTER (FALSE),
                        test_refused_offers);
  g_test_add_data_func ("/sip/dialog-mends/refused-update",
                        GINT_TO_POINTER (TRUE),
                        test_refused_offers);
  g_test_add_data_func ("/sip/dialog-mends/gone-invite", GINT_TO_POINTER (FALSE), test_gone_calls);
  g_test_add_data_func ("/sip/dialog-mends/gone-update", GINT_TO_POINTER (TRUE), test_gone_calls);
  g_test_add_data_func ("/sip/dialog-mends/behind-info",
                        GINT_TO_POINTER (FALSE),
                        test_waiting_offer);
  g_test_add_data_func ("/sip/dialog-mends/behind-refer",
                        GINT_TO_POINTER (TRUE),
                        test_waiting_offer);
  g_test_add_func ("/sip/dialog-mends/least-timer", test_least_timer);
  return g_test_run ();
}
