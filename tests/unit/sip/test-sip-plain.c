/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ordinary SIP over UDP and TCP against a live stack: calls, refusals, lies, gone peers. */

#include "sip-wire.h"
#include "sip/sip-private.h"

static Party bob;
static Ear ear;
static Wire wire;

static void
set_up (gboolean stream)
{
  party_start (&bob, "127.0.0.1", TRUE);
  g_assert_cmpuint (kith_sip_get_port (bob.sip), !=, 0);
  wire_open (&wire, "127.0.0.1", 0, kith_sip_get_port (bob.sip), stream);
}

static void
tear_down (void)
{
  wire_close (&wire);
  ear_clear (&ear);
  g_assert_cmpint (party_stop (&bob), <=, 2000);
}

/* Rings, answers and acknowledges the INVITE that was sent; the To tag is left in @tag. */
static void
answer_wire (const char *call_id, gchar **tag)
{
  WAIT_UNTIL (bob.calls == 1);
  VERB (&bob.in, kith_dialog_ring (bob.in.dialog));
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 180);
  VERB (&bob.in, kith_dialog_answer (bob.in.dialog, SDP_B));
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  g_assert_nonnull (strstr (wire.text, SDP_B));
  *tag = wire_to_tag (&wire);
  wire_send (&wire, "ACK", call_id, "ack", *tag, "", NULL);
  WAIT_UNTIL (bob.in.confirmed == 1);
}

static void
test_called (gconstpointer data)
{
  g_autofree gchar *tag = NULL;

  set_up (GPOINTER_TO_INT (data));
  wire_send (&wire, "INVITE", "called", "1", NULL, "", SDP_A);
  answer_wire ("called", &tag);
  g_assert_cmpstr (kith_dialog_get_remote_sdp (bob.in.dialog), ==, SDP_A);
  g_assert_cmpstr (kith_dialog_get_remote_display (bob.in.dialog), ==, "Carol");
  g_assert_cmpstr (kith_dialog_get_remote_uri (bob.in.dialog), ==, "sip:carol@127.0.0.1");
  g_assert_cmpstr (bob.asked, ==, "bob");
  g_assert_cmpstr (kith_dialog_get_local_host (bob.in.dialog), ==, "127.0.0.1");
  wire_send (&wire, "BYE", "called", "3", tag, "", NULL);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  WAIT_UNTIL (bob.in.ended == 1);
  g_assert_cmpuint (bob.in.status, ==, 0);
  tear_down ();
}

static void
test_hang_up (gconstpointer data)
{
  g_autofree gchar *tag = NULL;

  set_up (GPOINTER_TO_INT (data));
  wire_send (&wire, "INVITE", "hang-up", "1", NULL, "", SDP_A);
  answer_wire ("hang-up", &tag);
  VERB (&bob.in, kith_dialog_hang_up (bob.in.dialog, "local"));
  g_assert_true (wire_expect (&wire, "BYE sip:carol@127.0.0.1:"));
  g_assert_nonnull (strstr (wire.text, "Reason: SIP;text=\"local\""));
  wire_reply (&wire, "200 OK", "", NULL);
  WAIT_UNTIL (bob.in.ended == 1);
  g_assert_cmpuint (bob.in.status, ==, 200);
  tear_down ();
}

/* Another telephone of the same group has the call: the words that telephones know, so that they
   tell of no missed call. */
static void
test_hang_up_elsewhere (void)
{
  g_autofree gchar *tag = NULL;

  set_up (FALSE);
  wire_send (&wire, "INVITE", "hang-up", "1", NULL, "", SDP_A);
  answer_wire ("hang-up", &tag);
  VERB (&bob.in, kith_dialog_hang_up (bob.in.dialog, "elsewhere"));
  g_assert_true (wire_expect (&wire, "BYE sip:carol@127.0.0.1:"));
  g_assert_nonnull (strstr (wire.text, "Reason: SIP;cause=200;text=\"Call completed elsewhere\""));
  wire_reply (&wire, "200 OK", "", NULL);
  WAIT_UNTIL (bob.in.ended == 1);
  tear_down ();
}

static void
test_cancelled (void)
{
  set_up (FALSE);
  wire_send (&wire, "INVITE", "cancelled", "1", NULL, "", SDP_A);
  WAIT_UNTIL (bob.calls == 1);
  wire_send (&wire, "CANCEL", "cancelled", "1", NULL, "", NULL);
  WAIT_UNTIL (bob.in.ended == 1);
  g_assert_cmpuint (bob.in.status, ==, 0);
  tear_down ();
}

/* Two stacks, each at its own port. */
static void
test_both (gconstpointer data)
{
  const char *transport = data;
  Party alice;

  set_up (FALSE);
  party_start (&alice, "127.0.0.1", TRUE);
  for (guint i = 0; i < 2; i++) {
    g_autofree gchar *uri
        = g_strdup_printf ("sip:bob@127.0.0.1:%u%s", kith_sip_get_port (bob.sip), transport);
    KithDialParams params
        = { .request_uri = uri, .from_uri = "sip:alice@" ALICE_HOST, .display = "Älice" };
    ear_listen (&ear, kith_sip_dial (alice.sip, &params, SDP_A, NULL));
    WAIT_UNTIL (bob.calls == i + 1);
    g_assert_cmpstr (kith_dialog_get_remote_display (bob.in.dialog), ==, "Älice");
    g_autofree gchar *own
        = g_strdup_printf ("sip:alice@127.0.0.1:%u", kith_sip_get_port (alice.sip));
    g_assert_cmpstr (kith_dialog_get_remote_uri (bob.in.dialog), ==, own);
    g_assert_cmpuint (kith_dialog_get_link_id (bob.in.dialog), ==, 0);
    VERB (&bob.in, kith_dialog_ring (bob.in.dialog));
    WAIT_UNTIL (ear.ringing == 1);
    VERB (&bob.in, kith_dialog_answer (bob.in.dialog, SDP_B));
    WAIT_UNTIL (ear.answered == 1 && bob.in.confirmed == 1);
    Ear *by = i == 0 ? &ear : &bob.in;
    VERB (by, kith_dialog_hang_up (by->dialog, NULL));
    WAIT_UNTIL (ear.ended == 1 && bob.in.ended == 1);
  }
  ear_clear (&ear);
  g_assert_cmpint (party_stop (&alice), <=, 2000);
  tear_down ();
}

static void
test_options (void)
{
  set_up (FALSE);
  wire_send (&wire, "OPTIONS", "o1", "o1", NULL, "", NULL);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  g_assert_nonnull (strstr (wire.text, "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO"));
  gsize len = strlen (wire.text);
  g_autofree gchar *text = wire_request (&wire, "OPTIONS", "o2", "o2", NULL, "", NULL);
  g_autofree gchar *user = g_strdup_printf ("OPTIONS sip:nob%s", text + 15);
  wire_send_raw (&wire, user, strlen (user));
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  g_assert_cmpuint (strlen (wire.text), ==, len);
  tear_down ();
}

typedef struct {
  const char *method;
  const char *extra;
  const char *body;
  const char *to_tag;
  guint status;
  const char *says;
} Refusal;

static void
test_refused (gconstpointer data)
{
  static const Refusal rows[] = {
    { "REGISTER", "", NULL, NULL, 0, "" }, /* whether there are phones is not known yet */
    { "REFER", "Refer-To: <sip:toll@example.org>\r\n", NULL, NULL, 405, "Allow:" },
    { "MESSAGE", "", NULL, NULL, 405, "Allow:" },
    { "SUBSCRIBE", "Event: presence\r\n", NULL, NULL, 405, "Allow:" },
    { "NOTIFY", "Event: presence\r\n", NULL, NULL, 405, "Allow:" },
    { "PUBLISH", "Event: presence\r\n", NULL, NULL, 405, "Allow:" },
    { "INFO", "", NULL, NULL, 405, "Allow:" },
    { "PRACK", "RAck: 1 1 INVITE\r\n", NULL, NULL, 405, "Allow:" },
    { "FOO", "", NULL, NULL, 501, "Allow:" },
    { "BYE", "", NULL, NULL, 481, "" },
    { "UPDATE", "", NULL, NULL, 481, "" },
    { "CANCEL", "", NULL, NULL, 481, "" },
    { "BYE", "", NULL, "no-such-call", 481, "" },
    { "INVITE", "", SDP_A, "no-such-call", 481, "" },
    { "INVITE", "Require: 100rel\r\n", SDP_A, NULL, 420, "Unsupported: 100rel" },
    { "INVITE", "Require: replaces, x\r\n", SDP_A, NULL, 420, "Unsupported: replaces, x" },
    { "INVITE", "Replaces: a@b;to-tag=1;from-tag=2\r\n", SDP_A, NULL, 481, "" },
    { "INVITE", "Content-Type: text/plain\r\n", "hello", NULL, 415, "Accept: application/sdp" },
    { "INVITE",
      "Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n",
      SDP_A,
      NULL,
      415,
      "" },
    { "INVITE",
      "",
      "v=0\r\nm=audio 7000 UDP/TLS/RTP/SAVPF /\r\n",
      NULL,
      400,
      "Bad Session Description" },
    { "INVITE", "Max-Forwards: 1\r\nMax-Forwards: x\r\n", SDP_A, NULL, 400, "" },
    { "INVITE", "From: <sip:x@y>;tag=second\r\n", SDP_A, NULL, 400, "" },
  };

  set_up (GPOINTER_TO_INT (data));
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *id = g_strdup_printf ("refused%zu", i);
    wire_send (&wire, rows[i].method, id, id, rows[i].to_tag, rows[i].extra, rows[i].body);
    guint status = wire_status (&wire, rows[i].status != 0 ? 1000 : 200);
    g_test_message ("%s %s -> %u", rows[i].method, rows[i].extra, status);
    g_assert_cmpuint (status, ==, rows[i].status);
    g_assert_nonnull (strstr (wire.text, rows[i].says));
    if (strcmp (rows[i].method, "INVITE") == 0) {
      wire_send (&wire, "ACK", id, id, "x", "", NULL);
    }
  }
  g_assert_cmpuint (bob.calls, ==, 0);
  tear_down ();
}

static void
test_policy (void)
{
  static const char *lies[]
      = { "sip:carol@" ALICE_HOST, "sip:carol@7k2f9qxm.KITH.alt.", "sip:carol@kith.alt" };

  set_up (FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (lies); i++) {
    g_autofree gchar *id = g_strdup_printf ("lie%zu", i);
    g_autofree gchar *text = wire_request (&wire, "INVITE", id, id, NULL, "", SDP_A);
    g_auto (GStrv) parts = g_strsplit (text, "sip:carol@127.0.0.1>;tag", 2);
    g_autofree gchar *lie = g_strconcat (parts[0], lies[i], ">;tag", parts[1], NULL);
    wire_send_raw (&wire, lie, strlen (lie));
    g_assert_cmpuint (wire_status (&wire, 1000), ==, 403);
  }
  tear_down ();

  party_start (&bob, "127.0.0.1", FALSE); /* ordinary calls are switched off */
  wire_open (&wire, "127.0.0.1", 0, kith_sip_get_port (bob.sip), FALSE);
  wire_send (&wire, "INVITE", "off", "off", NULL, "", SDP_A);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 403);
  g_assert_cmpuint (bob.calls, ==, 0);
  tear_down ();
}

static void
test_repeated (void)
{
  set_up (FALSE);
  wire_send (&wire, "INVITE", "again", "1", NULL, "", SDP_A);
  WAIT_UNTIL (bob.calls == 1);
  wire_send (&wire, "INVITE", "again", "1", NULL, "", SDP_A); /* a retransmission */
  wire_send (&wire, "INVITE", "again", "2", NULL, "", SDP_A); /* another branch of the same call */
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 482);
  g_assert_cmpuint (bob.calls, ==, 1);
  for (guint i = 0; i < 5; i++) { /* no more than a few may ring from one source */
    g_autofree gchar *id = g_strdup_printf ("more%u", i);
    wire_send (&wire, "INVITE", id, id, NULL, "", SDP_A);
    WAIT_FOR (50, FALSE);
  }
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 486);
  g_assert_cmpuint (bob.calls, ==, 4);
  tear_down ();
}

static void
test_no_offer (void)
{
  g_autofree gchar *tag = NULL;

  set_up (FALSE);
  wire_send (&wire, "INVITE", "no-offer", "1", NULL, "", NULL);
  WAIT_UNTIL (bob.calls == 1);
  g_assert_null (kith_dialog_get_remote_sdp (bob.in.dialog));
  VERB (&bob.in, kith_dialog_answer (bob.in.dialog, SDP_B));
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  tag = wire_to_tag (&wire);
  wire_send (&wire, "ACK", "no-offer", "ack", tag, "", SDP_A);
  WAIT_UNTIL (bob.in.confirmed == 1);
  g_assert_cmpstr (kith_dialog_get_remote_sdp (bob.in.dialog), ==, SDP_A);
  tear_down ();
}

static void
test_multipart (void)
{
  static const char type[] = "Content-Type: multipart/mixed;boundary=\"b 1\"\r\n";
  static const char body[] = "--b 1\r\nContent-Type: application/sdp\r\n\r\n" SDP_A
                             "\r\n--b 1\r\nContent-Type: image/png\r\nContent-Disposition: "
                             "icon;handling=optional\r\n\r\nxx\r\n--b 1--\r\n";

  set_up (FALSE);
  wire_send (&wire, "INVITE", "parts", "1", NULL, type, body);
  WAIT_UNTIL (bob.calls == 1);
  g_assert_cmpstr (kith_dialog_get_remote_sdp (bob.in.dialog), ==, SDP_A);
  tear_down ();
}

static void
on_reoffered (KithDialog *dialog, const char *sdp, Ear *told)
{
  told->reoffered++;
}

static void
test_reoffered (void)
{
  g_autofree gchar *tag = NULL;

  set_up (FALSE);
  wire_send (&wire, "INVITE", "re", "1", NULL, "", SDP_A);
  answer_wire ("re", &tag);
  wire.cseq = 3;
  wire_send (&wire, "INVITE", "re", "re", tag, "", SDP_A); /* nothing new: the same answer again */
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  g_assert_nonnull (strstr (wire.text, SDP_B));
  wire_send (&wire, "ACK", "re", "re", tag, "", NULL);
  WAIT_FOR (50, FALSE);
  wire.cseq = 4;
  wire_send (&wire, "UPDATE", "re", "u1", tag, "", SDP_OF ("7004")); /* nobody listens */
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 488);
  wire_send (&wire, "UPDATE", "re", "u2", tag, "", "v=0\r\nm=broken\r\n");
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 488);
  g_signal_connect (bob.in.dialog, "reoffered", G_CALLBACK (on_reoffered), &bob.in);
  wire.cseq = 5;
  wire_send (&wire, "UPDATE", "re", "u3", tag, "", SDP_OF ("7004"));
  WAIT_UNTIL (bob.in.reoffered == 1);
  VERB (&bob.in, kith_dialog_reanswer (bob.in.dialog, 200, SDP_OF ("7006")));
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  g_assert_nonnull (strstr (wire.text, "m=audio 7006"));
  for (guint i = 0; i < 2;
       i++) { /* too soon, by either method: with a word when to come again, and the call goes on */
    wire.cseq = 6 + i;
    wire_send (&wire,
               i == 0 ? "UPDATE" : "INVITE",
               "re",
               i == 0 ? "u4" : "i4",
               tag,
               "",
               SDP_OF ("7008"));
    WAIT_UNTIL (bob.in.reoffered == 2 + i);
    VERB (&bob.in, kith_dialog_reanswer (bob.in.dialog, 500, NULL));
    g_assert_cmpuint (wire_status (&wire, 1000), ==, 500);
    const char *retry = strstr (wire.text, "Retry-After: ");
    g_assert_nonnull (retry);
    guint64 seconds = g_ascii_strtoull (retry + strlen ("Retry-After: "), NULL, 10);
    g_assert_cmpuint (seconds, >=, 1);
    g_assert_cmpuint (seconds, <=, 10);
  }
  WAIT_FOR (100, FALSE);
  g_assert_cmpuint (bob.in.ended, ==, 0);
  tear_down ();
}

typedef struct {
  const char *reply;
  const char *extra;
  guint status;
} Reply;

static void
test_replies (void)
{
  static const Reply rows[] = {
    { "302 Moved Temporarily", "Contact: <sip:toll@127.0.0.1:9>\r\n", 302 },
    { "305 Use Proxy", "Contact: <sip:toll@127.0.0.1:9>\r\n", 305 },
    { "401 Unauthorized", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n", 401 },
    { "407 Proxy Authentication Required",
      "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n",
      407 },
    { "486 Busy Here", "", 486 },
    { "503 Service Unavailable", "Retry-After: 1\r\n", 503 },
    { "603 Decline", "", 603 },
  };

  set_up (FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *uri = g_strdup_printf ("sip:carol@127.0.0.1:%u", wire.port);
    KithDialParams params = { .request_uri = uri, .from_uri = "sip:bob@" BOB_HOST };
    ear_listen (&ear, kith_sip_dial (bob.sip, &params, SDP_B, NULL));
    g_assert_true (wire_expect (&wire, "INVITE sip:carol@127.0.0.1:"));
    g_assert_nonnull (strstr (wire.text, "User-Agent: Kith/"));
    g_assert_null (strstr (wire.text, ".kith.alt"));
    g_assert_null (strstr (wire.text, "100rel"));
    wire_reply (&wire, rows[i].reply, rows[i].extra, NULL);
    WAIT_UNTIL (ear.ended == 1);
    g_assert_cmpuint (ear.status, ==, rows[i].status);
    g_assert_true (wire_expect (&wire, "ACK "));
    g_assert_false (wire_receive (&wire, 100)); /* neither follows nor answers the challenge */
  }
  tear_down ();
}

static void
test_bad_answer (void)
{
  set_up (FALSE);
  g_autofree gchar *uri = g_strdup_printf ("sip:carol@127.0.0.1:%u", wire.port);
  g_autofree gchar *contact = g_strdup_printf ("Contact: <sip:carol@127.0.0.1:%u>\r\n", wire.port);
  KithDialParams params = { .request_uri = uri, .from_uri = "sip:bob@" BOB_HOST };

  ear_listen (&ear, kith_sip_dial (bob.sip, &params, SDP_B, NULL));
  g_assert_true (wire_receive (&wire, 1000));
  wire_reply (&wire, "200 OK", contact, "v=0\r\nm=audio 7000 UDP/TLS/RTP/SAVPF /\r\n");
  WAIT_UNTIL (ear.ended == 1);
  g_assert_cmpuint (ear.status, ==, 488);
  g_assert_true (wire_expect (&wire, "ACK "));
  g_assert_true (wire_expect (&wire, "BYE "));
  tear_down ();
}

/* The Contact of an answer is no target that could be reached: requests go where the INVITE went,
   and nothing aborts. */
static void
test_odd_contacts (void)
{
  static const char *contacts[] = { "<sip:carol@name.invalid>",
                                    "<tel:+1234>",
                                    "<sip:127.77.0.1:5061;transport=tcp>",
                                    "<sip:@:0>",
                                    "<http://x/>" };

  set_up (FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (contacts); i++) {
    g_autofree gchar *uri = g_strdup_printf ("sip:carol@127.0.0.1:%u", wire.port);
    g_autofree gchar *contact = g_strdup_printf ("Contact: %s\r\n", contacts[i]);
    KithDialParams params = { .request_uri = uri, .from_uri = "sip:bob@" BOB_HOST };
    ear_listen (&ear, kith_sip_dial (bob.sip, &params, SDP_B, NULL));
    g_assert_true (wire_receive (&wire, 1000));
    wire_reply (&wire, "200 OK", contact, SDP_A);
    WAIT_UNTIL (ear.answered == 1 || ear.ended == 1);
    if (ear.ended == 0) {
      g_assert_true (wire_expect (&wire, "ACK "));
      VERB (&ear, kith_dialog_hang_up (ear.dialog, NULL));
      g_assert_true (wire_expect (&wire, "BYE "));
      wire_reply (&wire, "200 OK", "", NULL);
    }
    WAIT_UNTIL (ear.ended == 1);
    while (wire_receive (&wire, 20)) {
    }
  }
  tear_down ();
}

static void
test_gone_peer (void)
{
  set_up (FALSE);
  /* is there, says nothing */
  g_autofree gchar *uri = g_strdup_printf ("sip:carol@127.0.0.1:%u", wire.port);
  KithDialParams params = { .request_uri = uri, .from_uri = "sip:bob@" BOB_HOST };
  gint64 start = g_get_monotonic_time ();
  ear_listen (&ear, kith_sip_dial (bob.sip, &params, SDP_B, NULL));
  WAIT_UNTIL (ear.ended == 1);
  g_assert_cmpuint (ear.status, ==, 408);
  g_assert_cmpint (ear.ended_us - start, >, 3900000);
  g_assert_cmpint (ear.ended_us - start, <, 4300000);

  while (wire_receive (&wire, 20)) {
  }
  start = g_get_monotonic_time (); /* a 100 is a sign of life: it may take longer */
  ear_listen (&ear, kith_sip_dial (bob.sip, &params, SDP_B, NULL));
  g_assert_true (wire_expect (&wire, "INVITE "));
  wire_reply (&wire, "100 Trying", "", NULL);
  WAIT_FOR (4500, ear.ended == 1);
  g_assert_cmpuint (ear.ended, ==, 0);
  VERB (&ear, kith_dialog_hang_up (ear.dialog, NULL));
  g_assert_true (wire_expect (&wire, "CANCEL "));
  WAIT_UNTIL (ear.ended == 1);

  params.request_uri = "sip:carol@127.0.0.1:9;transport=tcp"; /* nobody listens there */
  start = g_get_monotonic_time ();
  ear_listen (&ear, kith_sip_dial (bob.sip, &params, SDP_B, NULL));
  WAIT_UNTIL (ear.ended == 1);
  g_assert_true (ear.status == 503 || ear.status == 408);
  g_assert_cmpint (ear.ended_us - start, <, 4300000);
  tear_down ();
}

/* A local program sends from what is the pseudo address of a link inside of the library: it is a
   caller like any other, and believed no name of ours. */
static void
test_forged_link (void)
{
  Party alice;

  set_up (FALSE);
  party_start (&alice, NULL, FALSE);
  join (&alice, &bob, 1);
  for (guint stream = 0; stream < 2; stream++) {
    Wire forged;
    wire_open (&forged, "127.77.0.1", 5061, kith_sip_get_port (bob.sip), stream == 1);
    g_autofree gchar *text = wire_request (&forged,
                                           "INVITE",
                                           stream ? "forged-t" : "forged-u",
                                           "forged",
                                           NULL,
                                           "",
                                           SDP_A);
    g_auto (GStrv) parts = g_strsplit (text, "sip:carol@127.0.0.1>;tag", 2);
    g_autofree gchar *lie = g_strconcat (parts[0], "sip:alice@" ALICE_HOST ">;tag", parts[1], NULL);
    wire_send_raw (&forged, lie, strlen (lie));
    g_assert_cmpuint (wire_status (&forged, 1000), ==, 403);
    g_assert_cmpuint (bob.calls, ==, 0);
    wire_close (&forged);
  }
  dial_link (&alice, &ear, 1, TRUE); /* the link itself is as good as before */
  WAIT_UNTIL (bob.calls == 1);
  /* in-dialog requests of that call from elsewhere do not reach it */
  wire_send (&wire, "BYE", kith_dialog_get_call_id (ear.dialog), "x", "guessed", "", NULL);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 481);
  g_assert_cmpuint (bob.in.ended, ==, 0);
  ear_clear (&ear);
  party_stop (&alice);
  tear_down ();
}

/* Where the answer goes is not for the sender to say. */
static void
test_reflection (void)
{
  Wire victim;

  set_up (FALSE);
  wire_open (&victim, "127.0.0.3", 0, wire.to, FALSE);
  g_autofree gchar *text = wire_request (&wire, "OPTIONS", "reflect", "r", NULL, "", NULL);
  g_auto (GStrv) parts = g_strsplit (text, "127.0.0.1:", 3);
  g_autofree gchar *via
      = g_strdup_printf ("%s127.0.0.1:%u SIP/2.0\r\nVia: SIP/2.0/UDP "
                         "127.0.0.3:%u;maddr=127.0.0.3;received=127.0.0.3;rport=%u;"
                         "branch=z9hG4bKr\r\nMax-Forwards: 70\r\n%s",
                         parts[0],
                         wire.to,
                         victim.port,
                         victim.port,
                         strstr (text, "From:"));
  wire_send_raw (&wire, via, strlen (via));
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  g_assert_false (wire_receive (&victim, 100));
  wire_close (&victim);
  tear_down ();
}

static void
test_connections (void)
{
  Wire wires[20];
  guint open = 0;

  set_up (FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (wires); i++) {
    wire_open (&wires[i], "127.0.0.1", 0, wire.to, TRUE);
    WAIT_FOR (10, FALSE);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (wires); i++) {
    g_autofree gchar *id = g_strdup_printf ("tcp%zu", i);
    wire_send (&wires[i], "OPTIONS", id, id, NULL, "", NULL);
    open += wire_status (&wires[i], 200) == 200;
  }
  g_assert_cmpuint (open, ==, 16);
  Wire other;
  wire_open (&other, "127.0.0.2", 0, wire.to, TRUE);
  wire_send (&other, "OPTIONS", "other", "other", NULL, "", NULL);
  g_assert_cmpuint (wire_status (&other, 1000), ==, 200);
  wire_close (&other);
  for (gsize i = 0; i < G_N_ELEMENTS (wires); i++) {
    wire_close (&wires[i]);
  }
  WAIT_FOR (700, FALSE);
  wire_open (&other, "127.0.0.1", 0, wire.to, TRUE); /* there is room again */
  wire_send (&other, "OPTIONS", "later", "later", NULL, "", NULL);
  g_assert_cmpuint (wire_status (&other, 1000), ==, 200);
  wire_close (&other);
  tear_down ();
}

/* A binding request is answered by the edge (RFC 5626 section 3.5.2), and SIP goes on. */
static void
test_stun (void)
{
  static const guint8 binding[20] = { 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1 };

  set_up (FALSE);
  wire_send_raw (&wire, binding, sizeof binding);
  g_assert_true (wire_receive (&wire, 1000));
  g_assert_cmpmem (wire.text, 2, "\1\1", 2);
  wire_send (&wire, "OPTIONS", "after-stun", "s", NULL, "", NULL);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  tear_down ();
}

/* "sip:carol@[::1]:PORT" calls the stack from ::1; the texts of our address in what comes back. */
static void
call_from_v6 (guint16 port)
{
  struct sockaddr_in6 peer = { .sin6_family = AF_INET6, .sin6_port = htons (port) };
  struct sockaddr_in6 own = { .sin6_family = AF_INET6 };
  char text[4096];
  ssize_t n = -1;

  peer.sin6_addr = own.sin6_addr = in6addr_loopback;
  int fd = socket (AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (fd, (struct sockaddr *)&own, sizeof own), ==, 0);
  g_autofree gchar *invite = g_strdup_printf (
      "INVITE sip:bob@[::1]:%u SIP/2.0\r\nVia: SIP/2.0/UDP [::1]:9;rport;branch=z9hG4bKsix\r\n"
      "Max-Forwards: 70\r\nFrom: <sip:carol@[::1]>;tag=c\r\nTo: <sip:bob@[::1]>\r\nCall-ID: six\r\n"
      "CSeq: 1 INVITE\r\nContact: <sip:carol@[::1]:9>\r\nContent-Type: application/sdp\r\n"
      "Content-Length: %zu\r\n\r\n%s",
      port,
      strlen (SDP_A),
      SDP_A);
  guint calls = bob.calls;
  g_assert_cmpint (sendto (fd, invite, strlen (invite), 0, (struct sockaddr *)&peer, sizeof peer),
                   ==,
                   (ssize_t)strlen (invite));
  WAIT_UNTIL (bob.calls == calls + 1);
  g_assert_cmpstr (kith_dialog_get_local_host (bob.in.dialog), ==, "::1");
  kith_dialog_ring (bob.in.dialog);
  do {
    WAIT_FOR (1000, (n = recv (fd, text, sizeof text - 1, MSG_DONTWAIT)) > 0);
    text[MAX (n, 0)] = '\0';
  } while (n > 0 && strstr (text, "SIP/2.0 180") == NULL);
  g_autofree gchar *contact = g_strdup_printf ("@[::1]:%u>", port);
  g_assert_nonnull (strstr (text, contact));
  kith_dialog_reject (bob.in.dialog, 486, NULL);
  (void)close (fd);
}

/* "::" serves both families on one port; each peer is seen in its own, and so are we by it. */
static void
test_both_families (void)
{
  g_autoptr (GError) error = NULL;
  Party six;

  party_start (&bob, "::", TRUE);
  for (guint stream = 0; stream < 2; stream++) {
    wire_open (&wire, "127.0.0.1", 0, kith_sip_get_port (bob.sip), stream == 1);
    wire_send (&wire, "INVITE", stream ? "four-t" : "four-u", "four", NULL, "", SDP_A);
    WAIT_UNTIL (bob.calls == stream + 1);
    g_assert_cmpstr (kith_dialog_get_local_host (bob.in.dialog), ==, "127.0.0.1");
    kith_dialog_ring (bob.in.dialog);
    g_assert_true (wire_expect (&wire, "SIP/2.0 180"));
    g_assert_null (strstr (wire.text, "ffff"));
    g_assert_nonnull (strstr (wire.text, "@127.0.0.1:"));
    kith_dialog_reject (bob.in.dialog, 486, NULL);
    g_assert_cmpuint (wire_status (&wire, 1000), ==, 486);
    wire_close (&wire);
  }
  call_from_v6 (kith_sip_get_port (bob.sip));
  /* And it calls both: a peer that has IPv6 alone, by UDP and TCP. */
  party_start (&six, "::1", TRUE);
  for (guint stream = 0; stream < 2; stream++) {
    g_autofree gchar *uri = g_strdup_printf ("sip:six@[::1]:%u%s",
                                             kith_sip_get_port (six.sip),
                                             stream == 1 ? ";transport=tcp" : "");
    KithDialParams params = { .request_uri = uri, .from_uri = "sip:bob@" BOB_HOST };
    ear_listen (&ear, kith_sip_dial (bob.sip, &params, SDP_A, &error));
    g_assert_no_error (error);
    g_assert_cmpstr (kith_dialog_get_local_host (ear.dialog), ==, "::1");
    WAIT_UNTIL (six.calls == stream + 1);
    kith_dialog_answer (six.in.dialog, SDP_B);
    WAIT_UNTIL (ear.answered == 1 && six.in.confirmed == 1);
    kith_dialog_hang_up (six.in.dialog, NULL);
    WAIT_UNTIL (ear.ended == 1);
    ear_clear (&ear);
  }
  (void)party_stop (&six);
  (void)party_stop (&bob);
}

/* A given address is that one alone. */
static void
test_one_family (void)
{
  g_autoptr (GError) error = NULL;
  KithDialParams params = { .request_uri = "sip:six@[::1]:5060", .from_uri = "sip:bob@" BOB_HOST };

  party_start (&bob, "0.0.0.0", TRUE);
  struct sockaddr_in6 own = { .sin6_family = AF_INET6,
                              .sin6_port = htons (kith_sip_get_port (bob.sip)),
                              .sin6_addr = in6addr_loopback };
  int fd = socket (AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (fd, (struct sockaddr *)&own, sizeof own), ==, 0); /* it is free */
  (void)close (fd);
  g_assert_null (kith_sip_dial (bob.sip, &params, SDP_A, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_UNREACHABLE);
  (void)party_stop (&bob);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  kith_log_setup (g_getenv ("KITH_TEST_LOG") != NULL ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_CRITICAL,
                  TRUE);
  g_test_add_data_func ("/sip/plain/called-udp", GINT_TO_POINTER (FALSE), test_called);
  g_test_add_data_func ("/sip/plain/called-tcp", GINT_TO_POINTER (TRUE), test_called);
  g_test_add_data_func ("/sip/plain/hang-up-udp", GINT_TO_POINTER (FALSE), test_hang_up);
  g_test_add_data_func ("/sip/plain/hang-up-tcp", GINT_TO_POINTER (TRUE), test_hang_up);
  g_test_add_func ("/sip/plain/cancelled", test_cancelled);
  g_test_add_func ("/sip/plain/hang-up-elsewhere", test_hang_up_elsewhere);
  g_test_add_data_func ("/sip/plain/both-udp", "", test_both);
  g_test_add_data_func ("/sip/plain/both-tcp", ";transport=tcp", test_both);
  g_test_add_func ("/sip/plain/options", test_options);
  g_test_add_data_func ("/sip/plain/refused-udp", GINT_TO_POINTER (FALSE), test_refused);
  g_test_add_data_func ("/sip/plain/refused-tcp", GINT_TO_POINTER (TRUE), test_refused);
  g_test_add_func ("/sip/plain/policy", test_policy);
  g_test_add_func ("/sip/plain/repeated", test_repeated);
  g_test_add_func ("/sip/plain/no-offer", test_no_offer);
  g_test_add_func ("/sip/plain/multipart", test_multipart);
  g_test_add_func ("/sip/plain/reoffered", test_reoffered);
  g_test_add_func ("/sip/plain/replies", test_replies);
  g_test_add_func ("/sip/plain/bad-answer", test_bad_answer);
  g_test_add_func ("/sip/plain/odd-contacts", test_odd_contacts);
  g_test_add_func ("/sip/plain/gone-peer", test_gone_peer);
  g_test_add_func ("/sip/plain/forged-link", test_forged_link);
  g_test_add_func ("/sip/plain/reflection", test_reflection);
  g_test_add_func ("/sip/plain/connections", test_connections);
  g_test_add_func ("/sip/plain/stun", test_stun);
  g_test_add_func ("/sip/plain/both-families", test_both_families);
  g_test_add_func ("/sip/plain/one-family", test_one_family);
  return g_test_run ();
}
