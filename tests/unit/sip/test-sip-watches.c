/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Subscriptions of phones by the stream of an edge, which this test is: who may, limits, refreshes,
   NOTIFYs that are refused or not answered, storms, and an edge that ends. */
#include "base/clock.h"
#include "ports/notifier.h"
#include "sip-wire.h"
#include "sip/sip-limits.h"
#include "sip/sip-private.h"

#define STEP_MS 250
#define BODY "<x/>"

static const guint8 key[KITH_SIP_TOKEN_KEY] = { 7, 1, 1 };
static KithClock *test_clock;
static KithSip *sip;
static int edge = -1;
static GString *heard;
static GString *told; /* signals, a line each */
static guint asked, judged, wanted, last_id;
static gboolean says_nothing; /* nobody answers "wanted" */
static char text[65536];      /* the message at hand */

static guint
judge (const KithWatch *watch, gpointer user_data)
{
  asked++;
  g_assert_cmpuint (watch->id, ==, 0);
  return judged;
}

static void
on_wanted (KithNotifier *notifier, const KithWatch *watch, gpointer user_data)
{
  wanted++;
  last_id = watch->id;
  g_string_append_printf (told,
                          "%s wants %s of %s (%s)\n",
                          watch->phone,
                          kith_watch_event_word (watch->event),
                          watch->user,
                          watch->entity);
  if (!says_nothing) {
    kith_notifier_notify (notifier, watch->id, BODY);
  }
}

static void
on_watch_ended (KithNotifier *notifier, guint id, gpointer user_data)
{
  g_string_append_printf (told, "%u ended\n", id);
}

static void
turn (guint ms)
{
  for (guint i = 0; i < ms; i += STEP_MS) {
    kith_clock_advance (test_clock, STEP_MS);
    kith_sip_stack_poke (KITH_SIP_STACK (sip));
    while (g_main_context_iteration (NULL, FALSE)) {
    }
  }
}

static void
open_edge (void)
{
  g_autoptr (GError) error = NULL;

  edge = kith_sip_open_edge (sip, &error);
  g_assert_no_error (error);
  g_string_truncate (heard, 0);
}

static void
set_up (void)
{
  const KithSipStackConfig config = { .bind = "::", .edge_key = key };

  heard = g_string_new (NULL);
  told = g_string_new (NULL);
  asked = judged = wanted = last_id = 0;
  says_nothing = FALSE;
  sip = kith_sip_stack_new (&config);
  kith_notifier_set_judge (KITH_NOTIFIER (sip), judge, NULL);
  g_signal_connect (sip, "wanted", G_CALLBACK (on_wanted), NULL);
  g_signal_connect (sip, "ended", G_CALLBACK (on_watch_ended), NULL);
  g_assert_true (kith_sip_start (sip, NULL));
  open_edge ();
  kith_sip_set_edge (sip, 5080, 0, NULL, 0);
}

static void
tear_down (void)
{
  gboolean stopped = FALSE;

  (void)close (edge);
  kith_sip_stop_async (sip, NULL, on_stopped, &stopped);
  for (guint i = 0; i < 100 && !stopped; i++) {
    turn (STEP_MS);
    WAIT_FOR (5, stopped);
  }
  g_assert_true (stopped);
  g_clear_object (&sip);
  g_string_free (heard, TRUE);
  g_string_free (told, TRUE);
}

/* The next message of the stack, but provisional answers. FALSE: there is none. */
static gboolean
take (guint ms)
{
  static char chunk[65536];

  for (;;) {
    const char *end = strstr (heard->str, "\r\n\r\n");
    const char *length = end != NULL ? strstr (heard->str, "\r\nContent-Length: ") : NULL;
    const gsize len = length != NULL ? (gsize)(end + 4 - heard->str)
                                           + (gsize)g_ascii_strtoull (length + 18, NULL, 10)
                                     : 0;
    if (len > 0 && heard->len >= len) {
      g_assert_cmpuint (len, <, sizeof text);
      memcpy (text, heard->str, len);
      text[len] = '\0';
      g_string_erase (heard, 0, (gssize)len);
      return TRUE;
    }
    ssize_t n = -1;
    WAIT_FOR (ms, (n = recv (edge, chunk, sizeof chunk, MSG_DONTWAIT)) > 0);
    if (n <= 0) {
      return FALSE;
    }
    g_string_append_len (heard, chunk, n);
  }
}

static gboolean
is (const char *prefix)
{
  return take (1000) && g_str_has_prefix (text, prefix);
}

static gboolean
says (const char *part)
{
  return strstr (text, part) != NULL;
}

static void G_GNUC_PRINTF (1, 2) say (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree gchar *bytes = g_strdup_vprintf (format, args);
  va_end (args);
  const gsize len = strlen (bytes);
  for (gsize at = 0; at < len;) {
    const ssize_t n = send (edge, bytes + at, len - at, MSG_DONTWAIT | MSG_NOSIGNAL);
    at += n > 0 ? (gsize)n : 0;
    while (g_main_context_iteration (NULL, FALSE)) {
    }
  }
}

/* @to_tag: of a refresh, else "". @more: header lines. */
static void
subscribe_as (const char *caller,
              const char *call_id,
              guint cseq,
              const char *to_tag,
              const char *more)
{
  say ("SUBSCRIBE sip:attic@192.168.1.5 SIP/2.0\r\n"
       "Via: SIP/2.0/TCP edge.invalid;branch=z9hG4bKs%s%u\r\n"
       "Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKp%s%u;received=127.0.0.2;rport=5062\r\n"
       "Kith-Caller: %s\r\nFrom: <sip:desk@192.168.1.5>;tag=%s\r\nTo: "
       "<sip:attic@192.168.1.5>%s%s\r\n"
       "Call-ID: %s\r\nCSeq: %u SUBSCRIBE\r\nContact: <sip:desk@127.0.0.2:5062>\r\n%s"
       "Content-Length: 0\r\n\r\n",
       call_id,
       cseq,
       call_id,
       cseq,
       caller,
       call_id,
       *to_tag != '\0' ? ";tag=" : "",
       to_tag,
       call_id,
       cseq,
       more);
}

#define DIALOG "Event: dialog\r\nExpires: 600\r\n"

static void
subscribe (const char *call_id, const char *more)
{
  subscribe_as ("phone desk udp 127.0.0.2:5062", call_id, 1, "", more);
}

/* Answers the request at hand. */
static void
answer (const char *status)
{
  GString *out = g_string_new (NULL);
  g_auto (GStrv) lines = g_strsplit (text, "\r\n", -1);

  for (guint i = 1; lines[i] != NULL && *lines[i] != '\0'; i++) {
    if (g_str_has_prefix (lines[i], "Via: ") || g_str_has_prefix (lines[i], "From: ")
        || g_str_has_prefix (lines[i], "To: ") || g_str_has_prefix (lines[i], "Call-ID: ")
        || g_str_has_prefix (lines[i], "CSeq: ")) {
      g_string_append_printf (out, "%s\r\n", lines[i]);
    }
  }
  say ("SIP/2.0 %s\r\nKith-Caller: plain udp 127.0.0.2:5062\r\n%sContent-Length: 0\r\n\r\n",
       status,
       out->str);
  g_string_free (out, TRUE);
}

static gchar *
to_tag_here (void)
{
  const char *at = strstr (text, "\r\nTo: ");

  at = at != NULL ? strstr (at, ";tag=") : NULL;
  g_assert_nonnull (at);
  return g_strndup (at + 5, strcspn (at + 5, "\r;"));
}

/* A subscription with its first NOTIFY, which is answered; its tag. (transfer full) */
static gchar *
begin_watch (const char *call_id)
{
  subscribe (call_id, DIALOG);
  g_assert_true (is ("SIP/2.0 200"));
  gchar *tag = to_tag_here ();
  g_assert_true (is ("NOTIFY sip:desk@127.0.0.2:5062 "));
  answer ("200 OK");
  turn (STEP_MS);
  return tag;
}

static guint
count (void)
{
  return kith_sip_watches_count (KITH_SIP_STACK (sip)->watches);
}

static void
test_life (void)
{
  set_up ();
  subscribe ("one", DIALOG);
  g_assert_true (is ("SIP/2.0 200"));
  g_assert_true (says ("\r\nExpires: 600\r\n"));
  g_assert_true (says (":5080"));
  g_autofree gchar *tag = to_tag_here ();
  g_assert_cmpstr (told->str, ==, "desk wants dialog of attic (sip:attic@192.168.1.5)\n");
  g_assert_true (is ("NOTIFY sip:desk@127.0.0.2:5062 "));
  g_assert_true (says ("\r\nKith-Via: plain udp 127.0.0.2:5062\r\n"));
  g_assert_true (says ("\r\nSubscription-State: active;expires="));
  g_assert_true (says ("\r\nEvent: dialog\r\n"));
  g_assert_true (says ("\r\nContent-Type: application/dialog-info+xml\r\n"));
  g_assert_true (g_str_has_suffix (text, BODY));
  answer ("200 OK");
  turn (STEP_MS);

  /* the same again (which the edge absorbs) is not another one; of that Call-ID one lives */
  subscribe ("one", DIALOG);
  g_assert_true (is ("SIP/2.0 482"));
  g_assert_cmpuint (wanted, ==, 1);
  subscribe_as ("phone desk udp 127.0.0.2:5062", "one", 2, "", DIALOG);
  g_assert_true (is ("SIP/2.0 482"));
  g_assert_cmpuint (count (), ==, 1);

  /* a change */
  kith_notifier_notify (KITH_NOTIFIER (sip), last_id, "<y/>");
  g_assert_true (is ("NOTIFY "));
  g_assert_true (g_str_has_suffix (text, "<y/>"));
  answer ("200 OK");
  turn (STEP_MS);

  /* a refresh from another port: from now on it is there */
  subscribe_as ("plain udp 127.0.0.2:40000", "one", 3, tag, DIALOG);
  g_assert_true (is ("SIP/2.0 200"));
  turn (STEP_MS);
  g_assert_cmpuint (wanted, ==, 2);
  while (take (200)) {
    g_assert_true (g_str_has_prefix (text, "NOTIFY "));
    g_assert_true (says ("\r\nKith-Via: plain udp 127.0.0.2:40000\r\n"));
    answer ("200 OK");
  }

  /* its end */
  subscribe_as ("plain udp 127.0.0.2:40000", "one", 4, tag, "Event: dialog\r\nExpires: 0\r\n");
  g_assert_true (is ("SIP/2.0 200"));
  gboolean is_over = FALSE;
  for (guint i = 0; i < 4 && take (300); i++) {
    g_assert_true (g_str_has_prefix (text, "NOTIFY "));
    is_over = is_over || says ("Subscription-State: terminated");
    answer ("200 OK");
    turn (STEP_MS);
  }
  g_assert_true (is_over);
  g_assert_cmpuint (count (), ==, 0);
  g_assert_nonnull (strstr (told->str, "1 ended\n"));
  tear_down ();
}

static void
test_refused (void)
{
  static const struct {
    const char *caller, *more, *status, *says;
  } cases[] = {
    { "plain udp 127.0.0.2:5062", DIALOG, "SIP/2.0 405", "\r\nAllow: INVITE" },
    { "phone desk udp 127.0.0.2:5062",
      "Event: dialog\r\nExpires: 59\r\n",
      "SIP/2.0 423",
      "\r\nMin-Expires: 60\r\n" },
    { "phone desk udp 127.0.0.2:5062",
      "Event: conference\r\nExpires: 600\r\n",
      "SIP/2.0 489",
      "\r\nAllow-Events: dialog" },
    { "phone desk udp 127.0.0.2:5062", "Expires: 600\r\n", "SIP/2.0 489", "" },
    { "phone desk udp 127.0.0.2:5062",
      DIALOG "Require: eventlist\r\n",
      "SIP/2.0 420",
      "\r\nUnsupported: eventlist" },
  };

  set_up ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *id = g_strdup_printf ("refused%u", i);
    subscribe_as (cases[i].caller, id, 1, "", cases[i].more);
    g_assert_true (is (cases[i].status));
    g_assert_true (says (cases[i].says));
  }
  judged = 404;
  subscribe ("nobody", DIALOG);
  g_assert_true (is ("SIP/2.0 404"));
  g_assert_cmpuint (asked, ==, 1);
  subscribe_as ("phone desk udp 127.0.0.2:5062", "foreign", 1, "none-of-ours", DIALOG);
  g_assert_true (is ("SIP/2.0 481"));
  g_assert_cmpuint (count (), ==, 0);
  g_assert_cmpstr (told->str, ==, "");
  tear_down ();
}

/* An end of time, and ends by us. */
static void
test_ends (void)
{
  set_up ();
  g_autofree gchar *one = begin_watch ("one");
  kith_notifier_end (KITH_NOTIFIER (sip), last_id, KITH_WATCH_NO_RESOURCE);
  g_assert_true (is ("NOTIFY "));
  g_assert_true (says ("\r\nSubscription-State: terminated;reason=noresource\r\n"));
  answer ("200 OK");
  turn (STEP_MS);
  g_assert_cmpuint (count (), ==, 0);
  g_assert_null (strstr (told->str, "ended")); /* we know */
  kith_notifier_notify (KITH_NOTIFIER (sip), last_id, BODY);
  g_assert_false (take (100));
  subscribe_as ("phone desk udp 127.0.0.2:5062", "one", 7, one, DIALOG); /* it is no more */
  g_assert_true (is ("SIP/2.0 481"));
  tear_down ();
}

/* Who does not know it any more, or does not answer, is not told again. */
static void
test_notify_refused (void)
{
  static const char *const answers[]
      = { "481 Call/Transaction Does Not Exist", "500 Oops", "503 Busy", "603 Decline" };

  set_up ();
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_autofree gchar *id = g_strdup_printf ("refuses%u", i);
    g_autofree gchar *tag = begin_watch (id);
    g_assert_cmpuint (count (), ==, 1);
    kith_notifier_notify (KITH_NOTIFIER (sip), last_id, BODY);
    g_assert_true (is ("NOTIFY "));
    answer (answers[i]);
    turn (STEP_MS);
    WAIT_UNTIL (count () == 0);
    while (take (100)) { /* nua may say goodbye */
    }
  }
  tear_down ();
}

/* Sixteen of one phone, 512 of all; what ended makes room. */
static void
test_storm (void)
{
  guint accepted = 0;

  set_up ();
  says_nothing = TRUE;
  for (guint i = 0; i < 40; i++) {
    g_autofree gchar *id = g_strdup_printf ("mine%u", i);
    subscribe (id, DIALOG);
    g_assert_true (take (1000));
    accepted += g_str_has_prefix (text, "SIP/2.0 200");
    g_assert_true (
        g_str_has_prefix (text, i < KITH_WATCHES_OF_PHONE ? "SIP/2.0 200" : "SIP/2.0 503"));
  }
  for (guint i = 0; i < 600; i++) {
    g_autofree gchar *id = g_strdup_printf ("theirs%u", i);
    g_autofree gchar *caller = g_strdup_printf ("phone p%u udp 127.0.0.2:5062", i / 4);
    subscribe_as (caller, id, 1, "", DIALOG);
    g_assert_true (take (1000));
    accepted += g_str_has_prefix (text, "SIP/2.0 200");
  }
  g_assert_cmpuint (accepted, ==, KITH_WATCHES_MAX);
  g_assert_cmpuint (count (), ==, KITH_WATCHES_MAX);
  for (guint id = 1; id <= KITH_WATCHES_MAX; id++) { /* all at once */
    kith_notifier_notify (KITH_NOTIFIER (sip), id, BODY);
  }
  for (guint i = 0; i < KITH_WATCHES_MAX; i++) {
    g_assert_true (is ("NOTIFY "));
    answer (i % 2 == 0 ? "200 OK" : "481 Gone");
  }
  WAIT_UNTIL (count () == KITH_WATCHES_MAX / 2);
  g_autofree gchar *more = g_strdup ("more");
  subscribe_as ("phone fresh udp 127.0.0.2:5062", more, 1, "", DIALOG);
  gboolean ok = FALSE;
  while (!ok && take (1000)) {
    ok = g_str_has_prefix (text, "SIP/2.0 200");
  }
  g_assert_true (ok);
  tear_down ();
}

/* More than a phone may have, in one go: nua has told of none when the last comes. */
static void
test_burst (void)
{
  guint accepted = 0, refused = 0;
  GString *burst = g_string_new (NULL);

  set_up ();
  says_nothing = TRUE;
  for (guint i = 0; i < 40; i++) {
    g_string_append_printf (
        burst,
        "SUBSCRIBE sip:attic@192.168.1.5 SIP/2.0\r\n"
        "Via: SIP/2.0/TCP edge.invalid;branch=z9hG4bKb%u\r\n"
        "Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKq%u;received=127.0.0.2\r\n"
        "Kith-Caller: phone desk udp 127.0.0.2:5062\r\n"
        "From: <sip:desk@192.168.1.5>;tag=b%u\r\nTo: <sip:attic@192.168.1.5>\r\n"
        "Call-ID: burst%u\r\nCSeq: 1 SUBSCRIBE\r\n"
        "Contact: <sip:desk@127.0.0.2:5062>\r\n" DIALOG "Content-Length: 0\r\n\r\n",
        i,
        i,
        i,
        i);
  }
  g_assert_cmpint (send (edge, burst->str, burst->len, 0), ==, (gssize)burst->len);
  for (guint i = 0; i < 40; i++) {
    g_assert_true (take (1000));
    accepted += g_str_has_prefix (text, "SIP/2.0 200");
    refused += g_str_has_prefix (text, "SIP/2.0 503");
  }
  g_assert_cmpuint (accepted, ==, KITH_WATCHES_OF_PHONE);
  g_assert_cmpuint (refused, ==, 40 - KITH_WATCHES_OF_PHONE);
  g_assert_cmpuint (count (), ==, KITH_WATCHES_OF_PHONE);
  g_string_free (burst, TRUE);
  tear_down ();
}

/* The edge ends, and another one comes: who watches notices nothing. */
static void
test_another_edge (void)
{
  set_up ();
  g_autofree gchar *tag = begin_watch ("one");
  (void)close (edge);
  turn (STEP_MS);
  open_edge ();
  kith_notifier_notify (KITH_NOTIFIER (sip), last_id, "<after/>");
  g_assert_true (is ("NOTIFY "));
  g_assert_true (g_str_has_suffix (text, "<after/>"));
  answer ("200 OK");
  turn (STEP_MS);
  g_assert_cmpuint (count (), ==, 1);
  subscribe_as ("plain udp 127.0.0.2:5062", "one", 5, tag, DIALOG);
  g_assert_true (is ("SIP/2.0 200"));
  tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_clock = kith_clock_new_manual (G_GINT64_CONSTANT (1767268800) * G_USEC_PER_SEC);
  kith_clock_set_default (test_clock);
  g_test_add_func ("/sip/watches/life", test_life);
  g_test_add_func ("/sip/watches/refused", test_refused);
  g_test_add_func ("/sip/watches/ends", test_ends);
  g_test_add_func ("/sip/watches/notify-refused", test_notify_refused);
  g_test_add_func ("/sip/watches/storm", test_storm);
  g_test_add_func ("/sip/watches/burst", test_burst);
  g_test_add_func ("/sip/watches/another-edge", test_another_edge);
  return g_test_run ();
}
