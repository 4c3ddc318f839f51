/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where phones fetch their settings, on a clock that the test moves: who gets something, for how
   long, and how many may ask. */
#include <string.h>

#include "edge/worker/setup/setup-http.h"

#define ZEROS "00000000000000000000000000"

typedef struct {
  KithClock *clock;
  KithSetupHttp *http;
  GString *said; /* what was asked of the network and of kithd */
  guint32 question;
  int problem;
} Desk;

static int
on_listen (gpointer data, guint16 port)
{
  Desk *desk = data;

  g_string_append_printf (desk->said, "listen %u\n", port);
  return desk->problem;
}

static void
on_unlisten (gpointer data)
{
  g_string_append (((Desk *)data)->said, "unlisten\n");
}

/* The first line of an answer, or its document. */
static void
on_write (gpointer data, guint32 stream, const char *text, gsize len)
{
  if (len > 0) {
    g_string_append_printf (((Desk *)data)->said,
                            "%u %.*s\n",
                            stream,
                            (int)MIN (len, strcspn (text, "\r")),
                            text);
  }
}

static void
on_close (gpointer data, guint32 stream)
{
  g_string_append_printf (((Desk *)data)->said, "close %u\n", stream);
}

static void
on_tell (gpointer data, const KithEdgeFrame *frame)
{
  Desk *desk = data;

  if (frame->type == KITH_EDGE_SETUP_STATE) {
    g_string_append_printf (desk->said,
                            "state %u %u\n",
                            frame->setup_state.port,
                            frame->setup_state.problem);
  } else {
    desk->question = frame->question.id;
    g_string_append_printf (desk->said, "ask %s|%s\n", frame->question.file, frame->question.agent);
  }
}

static const KithSetupFuncs funcs = { on_listen, on_unlisten, on_write, on_close, on_tell };

static void
order (Desk *desk, guint8 token, guint16 seconds)
{
  g_autofree KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = KITH_EDGE_SETUP;
  frame->setup = (KithEdgeSetup){ { token }, 5080, seconds };
  kith_setup_http_order (desk->http, frame);
}

static void
answer (Desk *desk, const char *text)
{
  g_autofree KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = KITH_EDGE_DOCUMENT;
  frame->document.id = desk->question;
  frame->document.status = text != NULL ? 200 : 404;
  (void)g_strlcpy (frame->document.type, text != NULL ? "text/plain" : "", 20);
  (void)g_strlcpy (frame->document.text, text != NULL ? text : "", 99);
  kith_setup_http_order (desk->http, frame);
}

static gboolean
connect_from (Desk *desk, guint32 stream, const char *from)
{
  KithEndpoint source;

  g_assert_true (kith_endpoint_parse (from, &source));
  return kith_setup_http_accept (desk->http, stream, &source, &source);
}

static void
say (Desk *desk, guint32 stream, const char *text)
{
  kith_setup_http_bytes (desk->http, stream, (const guint8 *)text, strlen (text));
}

static void
assert_said (Desk *desk, const char *said)
{
  g_assert_cmpstr (desk->said->str, ==, said);
  g_string_truncate (desk->said, 0);
}

static void
set_up (Desk *desk, gconstpointer data)
{
  desk->clock = kith_clock_new_manual (0);
  desk->said = g_string_new (NULL);
  desk->http = kith_setup_http_new (desk->clock, &funcs, desk);
}

static void
tear_down (Desk *desk, gconstpointer data)
{
  kith_setup_http_free (desk->http);
  g_string_free (desk->said, TRUE);
  g_object_unref (desk->clock);
}

/* It listens while there is a token, and no longer. */
static void
test_time (Desk *desk, gconstpointer data)
{
  g_assert_false (connect_from (desk, 1, "10.0.0.7:1000"));
  order (desk, 0, 100);
  assert_said (desk, "listen 5080\nstate 5080 0\n");
  order (desk, 1, 200);
  assert_said (desk, "state 5080 0\n");
  kith_clock_advance (desk->clock, 100001);
  assert_said (desk, "");
  g_assert_true (connect_from (desk, 1, "10.0.0.7:1000"));
  say (desk, 1, "GET /p/" ZEROS "/x.cfg HTTP/1.1\r\n\r\n"); /* its time is over */
  assert_said (desk, "1 HTTP/1.1 404 Not Found\nclose 1\n");
  g_assert_true (connect_from (desk, 2, "10.0.0.7:1000"));
  kith_clock_advance (desk->clock, 5000);
  order (desk, 1, 0);
  assert_said (desk, "unlisten\nclose 2\n");
  desk->problem = 98;
  order (desk, 3, 100);
  assert_said (desk, "listen 5080\nstate 5080 98\n");
  desk->problem = 0;
  order (desk, 3, 100);
  assert_said (desk, "listen 5080\nstate 5080 0\n");
}

static void
test_fetch (Desk *desk, gconstpointer data)
{
  order (desk, 0, 100);
  g_string_truncate (desk->said, 0);
  g_assert_true (connect_from (desk, 1, "[fd00::7]:1000"));
  say (desk, 1, "GET /p/" ZEROS "/a/b/00ab.cfg?x=1 HTTP/1.1\r\nHost: x\r\nUSER-AGENT:  Yealink");
  say (desk, 1, " T31\x1b[31m\r\n");
  assert_said (desk, "");
  say (desk, 1, "\r\nGET / HTTP/1.1\r\n\r\n");
  assert_said (desk, "ask 00ab.cfg|Yealink T31\n");
  say (desk, 1, "GET / HTTP/1.1\r\n\r\n"); /* one request alone */
  answer (desk, "settings");
  assert_said (desk, "1 HTTP/1.1 200 OK\n1 settings\nclose 1\n");
  answer (desk, "settings"); /* nobody waits any more */
  assert_said (desk, "");

  g_assert_true (connect_from (desk, 2, "10.0.0.7:1000"));
  say (desk, 2, "GET /p/" ZEROS " HTTP/1.0\r\n\r\n");
  assert_said (desk, "ask |\n");
  answer (desk, NULL);
  assert_said (desk, "2 HTTP/1.1 404 Not Found\nclose 2\n");
  for (guint i = 2; i < KITH_SETUP_FETCHES; i++) {
    g_assert_true (connect_from (desk, 3, "10.0.0.7:1000"));
    say (desk, 3, "GET /p/" ZEROS "/ HTTP/1.0\r\n\r\n");
    kith_setup_http_closed (desk->http, 3);
  }
  g_string_truncate (desk->said, 0);
  kith_clock_advance (desk->clock, 1000);
  g_assert_true (connect_from (desk, 3, "10.0.0.7:1000"));
  say (desk, 3, "GET /p/" ZEROS "/ HTTP/1.0\r\n\r\n"); /* once too often */
  assert_said (desk, "3 HTTP/1.1 404 Not Found\nclose 3\n");
}

static void
test_refused (Desk *desk, gconstpointer data)
{
  g_autofree gchar *long_line = g_strnfill (KITH_SETUP_REQUEST_MAX, 'x');
  const struct {
    const char *request;
    const char *status;
  } rows[] = {
    { "POST /p/" ZEROS " HTTP/1.1\r\n\r\n", "405 Method Not Allowed" },
    { "GETTY /p/" ZEROS " HTTP/1.1\r\n\r\n", "405 Method Not Allowed" },
    { "\r\n\r\n", "405 Method Not Allowed" },
    { "GET /p/" ZEROS "\r\n\r\n", "400 Bad Request" },
    { "GET /p/" ZEROS " HTTP/2\r\n\r\n", "400 Bad Request" },
    { "GET / HTTP/1.1\r\n\r\n", "404 Not Found" },
    { "GET /p/1" ZEROS " HTTP/1.1\r\n\r\n", "404 Not Found" },
    { "GET /p/10000000000000000000000000 HTTP/1.1\r\n\r\n", "404 Not Found" },
    { "GET /p/" ZEROS "0 HTTP/1.1\r\n\r\n", "404 Not Found" },
    { "GET /p/" ZEROS "/%2e%2e HTTP/1.1\r\n\r\n", "404 Not Found" },
    { long_line, "431 Request Header Fields Too Large" },
  };

  order (desk, 0, 1000);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *said = g_strdup_printf ("1 HTTP/1.1 %s\nclose 1\n", rows[i].status);
    g_string_truncate (desk->said, 0);
    g_assert_true (connect_from (desk, 1, "10.0.0.7:1000"));
    say (desk, 1, rows[i].request);
    assert_said (desk, said);
  }
  kith_clock_advance (desk->clock, 1000);
  g_assert_true (connect_from (desk, 1, "10.0.0.7:1000"));
  kith_setup_http_bytes (desk->http, 1, (const guint8 *)"GET /\0", 6);
  assert_said (desk, "1 HTTP/1.1 400 Bad Request\nclose 1\n");
}

/* Whoever says nothing, and kithd that does not answer. */
static void
test_late (Desk *desk, gconstpointer data)
{
  order (desk, 0, 1000);
  g_string_truncate (desk->said, 0);
  g_assert_true (connect_from (desk, 1, "10.0.0.7:1000"));
  g_assert_true (connect_from (desk, 2, "10.0.0.7:1000"));
  kith_clock_advance (desk->clock, KITH_SETUP_PATIENCE_MS - 1);
  say (desk, 1, "GET /p/" ZEROS "/f HTTP/1.0\r\n\r\n");
  assert_said (desk, "ask f|\n");
  kith_clock_advance (desk->clock, 1);
  assert_said (desk, "2 HTTP/1.1 408 Request Timeout\nclose 2\n");
  kith_clock_advance (desk->clock, KITH_SETUP_PATIENCE_MS);
  assert_said (desk, "1 HTTP/1.1 503 Service Unavailable\nclose 1\n");
}

static void
test_bounds (Desk *desk, gconstpointer data)
{
  guint n = 0;

  order (desk, 0, 1000);
  g_assert_false (connect_from (desk, 99, "8.8.8.8:1000"));
  for (guint i = 0; i < 20; i++) {
    n += connect_from (desk, i + 1, "10.0.0.7:1000") ? 1 : 0;
  }
  g_assert_cmpuint (n, ==, KITH_SETUP_CONNECTIONS_A_SOURCE);
  kith_clock_advance (desk->clock, 1000);
  for (guint i = 0; i < 30; i++) {
    g_autofree gchar *from = g_strdup_printf ("10.0.0.%u:1000", 20 + i / 3);
    n += connect_from (desk, 100 + i, from) ? 1 : 0;
  }
  g_assert_cmpuint (n, ==, KITH_SETUP_CONNECTIONS);
  /* as often as somebody likes: no */
  kith_clock_advance (desk->clock, 60000);
  n = 0;
  for (guint i = 0; i < 100; i++) {
    if (connect_from (desk, 200 + i, "10.0.0.9:1000")) {
      kith_setup_http_closed (desk->http, 200 + i);
      n++;
    }
  }
  g_assert_cmpuint (n, ==, KITH_SETUP_CONNECTIONS_A_SECOND);
  for (guint i = 1; i <= 2 * KITH_SETUP_TOKENS_MAX; i++) {
    order (desk, (guint8)i, 100);
  }
  kith_clock_advance (desk->clock, 1000);
  g_assert_true (connect_from (desk, 1, "10.0.0.7:1000"));
  g_string_truncate (desk->said, 0);
  say (desk, 1, "GET /p/" ZEROS " HTTP/1.1\r\n\r\n"); /* the first one is still there */
  assert_said (desk, "ask |\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/setup-http/" name, Desk, NULL, set_up, func, tear_down)
  ADD ("time", test_time);
  ADD ("fetch", test_fetch);
  ADD ("refused", test_refused);
  ADD ("late", test_late);
  ADD ("bounds", test_bounds);
  return g_test_run ();
}
