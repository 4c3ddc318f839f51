/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What telephones write otherwise than the book rings; what is bad gets a number whenever it can be
   answered, over UDP and TCP. */
#include "sip-wire.h"
#include "sip/sip-limits.h"

static Party bob;
static Wire wire;

static void
set_up (gboolean stream)
{
  party_start (&bob, "127.0.0.1", TRUE);
  wire_open (&wire, "127.0.0.1", 0, kith_sip_get_port (bob.sip), stream);
}

static void
tear_down (void)
{
  wire_close (&wire);
  party_stop (&bob);
}

/* A request whose line that starts with @name is @line in its place; "" takes it away. @to_tag: or
   NULL. */
static void
send_tagged (const char *method,
             const char *id,
             const char *to_tag,
             const char *name,
             const char *line)
{
  g_autofree gchar *text = wire_request (&wire,
                                         method,
                                         id,
                                         id,
                                         to_tag,
                                         "",
                                         strcmp (method, "INVITE") == 0 ? SDP_A : NULL);
  g_autofree gchar *needle = g_strdup_printf ("\r\n%s: ", name);
  char *at = strstr (text, needle);

  g_assert_nonnull (at);
  const char *rest = at + 2 + strcspn (at + 2, "\r");
  g_autofree gchar *front = g_strndup (text, (gsize)(at - text));
  g_autofree gchar *whole = g_strconcat (front, *line != '\0' ? "\r\n" : "", line, rest, NULL);
  wire_send_raw (&wire, whole, strlen (whole));
}

static void
send_with (const char *method, const char *id, const char *name, const char *line)
{
  send_tagged (method, id, NULL, name, line);
}

/* Rings, with that name. */
static void
expect_ring (const char *display)
{
  WAIT_UNTIL (bob.calls == 1);
  if (display != NULL) {
    g_assert_cmpstr (kith_dialog_get_remote_display (bob.in.dialog), ==, display);
  }
  kith_dialog_reject (bob.in.dialog, 486, NULL);
  WAIT_UNTIL (bob.in.ended == 1);
}

static void
test_names (gconstpointer data)
{
  static const char *rows[][2] = {
    { "Türstation", "Türstation" },
    { "T\xfcrstation", "Türstation" },
    { "Müller, Jörg", "Müller, Jörg" },
    { "Door: front", "Door: front" },
    { "Door [1] (main)", "Door [1] (main)" },
    { "\"Carol, C.\"", "Carol, C." },
    { "Carol \"C\" Smith", "Carol \"C\" Smith" },
    { "+49 30 1234/56", "+49 30 1234/56" },
    { "a@b", "a@b" },
    { "门口机", "门口机" },
    { "x <b> y", "x <b> y" },
    { NULL, NULL }, /* as long as may be */
    { NULL, NULL },
  };
  g_autoptr (GString) name = g_string_new (NULL);

  for (guint i = 0; i < KITH_SIP_MAX_DISPLAY; i++) {
    g_string_append (name, "😀");
  }
  g_autofree gchar *quoted = g_strdup_printf ("\"%s\"", name->str);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    set_up (GPOINTER_TO_INT (data));
    const char *long_one = i % 2 == 0 ? name->str : quoted;
    g_autofree gchar *from = g_strdup_printf ("From: %s <sip:carol@127.0.0.1>;tag=carol1",
                                              rows[i][0] != NULL ? rows[i][0] : long_one);
    send_with ("INVITE", "name", "From", from);
    expect_ring (rows[i][0] != NULL ? rows[i][1] : name->str);
    tear_down ();
  }
}

/* The first of what may come once, and no number where none can be read. */
static void
test_odd_headers (gconstpointer data)
{
  static const char *rows[] = { "User-Agent: a\r\nUser-Agent: b",
                                "Subject: a\r\ns: b",
                                "Date: x\r\nDate: y",
                                "Session-Expires: 90\r\nx: 91",
                                "Timestamp: soon",
                                "Expires: never",
                                "Min-SE: x",
                                "Session-Expires: x",
                                "Date: someday",
                                "Organization: \xff\xfe",
                                "User-Agent: (((",
                                "Server: @@@",
                                "Accept: ;;;",
                                "Supported: ,,,",
                                "Allow: {}",
                                "Call-Info: x",
                                "Alert-Info: x",
                                "Priority: \"",
                                "In-Reply-To: <<",
                                "Warning: x",
                                "P-Asserted-Identity: Müller <sip:x@y>",
                                "Remote-Party-ID: x",
                                "Privacy: ;;",
                                "Accept-Language: ===",
                                "Content-Language: ===",
                                "MIME-Version: x",
                                "Reply-To: nobody",
                                "Referred-By: x",
                                "Refer-To: x",
                                "Content-Disposition: ;;",
                                "Proxy-Authorization: x",
                                "Authorization: x",
                                "Identity: x\r\ny: z",
                                "Error-Info: x",
                                "Event: ;",
                                "Kith-Tomorrow: 2;(\"x",
                                "X-Anything: \x01\x7f" };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    set_up (GPOINTER_TO_INT (data));
    g_autofree gchar *extra = g_strconcat (rows[i], "\r\n", NULL);
    g_test_message ("%s", rows[i]);
    wire_send (&wire, "INVITE", "odd", "odd", NULL, extra, SDP_A);
    expect_ring ("Carol");
    tear_down ();
  }
}

/* A call that names another transport than it came over is told so, and however many of them take
   nobody's place. */
static void
test_other_transport (gconstpointer data)
{
  gboolean stream = GPOINTER_TO_INT (data);

  set_up (stream);
  for (guint i = 0; i < 6; i++) {
    g_autofree gchar *id = g_strdup_printf ("other%u", i);
    g_autofree gchar *via = g_strdup_printf ("Via: SIP/2.0/%s 127.0.0.1:%u;rport;branch=z9hG4bK%u",
                                             stream ? "UDP" : "TCP",
                                             wire.port,
                                             i);
    send_with ("INVITE", id, "Via", via);
    g_assert_cmpuint (wire_status (&wire, 1000), ==, 400);
  }
  send_with ("INVITE", "good", "Max-Forwards", "Max-Forwards: 7");
  expect_ring ("Carol");
  tear_down ();
}

/* So is who gives up a call, or ends it: what is right after that counts. */
static void
test_other_transport_later (gconstpointer data)
{
  gboolean stream = GPOINTER_TO_INT (data);
  g_autofree gchar *tag = NULL;

  set_up (stream);
  g_autofree gchar *via = g_strdup_printf ("Via: SIP/2.0/%s 127.0.0.1:%u;rport;branch=z9hG4bKlater",
                                           stream ? "UDP" : "TCP",
                                           wire.port);
  wire_send (&wire, "INVITE", "later", "later", NULL, "", SDP_A);
  WAIT_UNTIL (bob.calls == 1);
  send_with ("CANCEL", "later", "Via", via);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 400);
  g_assert_nonnull (strstr (wire.text, "Via Names Another Transport"));
  g_assert_cmpuint (bob.in.ended, ==, 0);
  wire_send (&wire, "CANCEL", "later", "later", NULL, "", NULL);
  WAIT_UNTIL (bob.in.ended == 1);
  tear_down ();

  set_up (stream);
  g_autofree gchar *next = g_strdup_printf ("Via: SIP/2.0/%s 127.0.0.1:%u;rport;branch=z9hG4bKnext",
                                            stream ? "UDP" : "TCP",
                                            wire.port);
  wire_send (&wire, "INVITE", "next", "invite", NULL, "", SDP_A);
  WAIT_UNTIL (bob.calls == 1);
  kith_dialog_answer (bob.in.dialog, SDP_B);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  tag = wire_to_tag (&wire);
  wire_send (&wire, "ACK", "next", "ack", tag, "", NULL);
  WAIT_UNTIL (bob.in.confirmed == 1);
  send_tagged ("BYE", "next", tag, "Via", next);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 400);
  g_assert_cmpuint (bob.in.ended, ==, 0);
  wire_send (&wire, "BYE", "next", "bye", tag, "", NULL);
  WAIT_UNTIL (bob.in.ended == 1);
  tear_down ();
}

/* Such headers in what a telephone answers. */
static void
test_odd_answers (void)
{
  static const char *rows[]
      = { "Warning: x",    "Server: (((",  "Accept: ;;;",    "Allow: {}",          "Supported: ,,,",
          "Error-Info: x", "Timestamp: x", "Retry-After: x", "WWW-Authenticate: x" };
  Ear ear = { 0 };

  set_up (FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *uri = g_strdup_printf ("sip:carol@127.0.0.1:%u", wire.port);
    g_autofree gchar *extra = g_strconcat (rows[i], "\r\n", NULL);
    KithDialParams params = { .request_uri = uri, .from_uri = "sip:bob@" BOB_HOST };
    g_test_message ("%s", rows[i]);
    ear_listen (&ear, kith_sip_dial (bob.sip, &params, SDP_B, NULL));
    g_assert_true (wire_expect (&wire, "INVITE "));
    wire_reply (&wire, "180 Ringing", extra, NULL);
    WAIT_UNTIL (ear.ringing == 1);
    wire_reply (&wire, "486 Busy Here", extra, NULL);
    WAIT_UNTIL (ear.ended == 1);
    g_assert_cmpuint (ear.status, ==, 486);
    g_assert_true (wire_expect (&wire, "ACK "));
  }
  ear_clear (&ear);
  tear_down ();
}

typedef struct {
  const char *name; /* of the line that is another */
  const char *line;
  guint status;
} Bad;

static void
test_bad (gconstpointer data)
{
  static const Bad rows[] = {
    { "From", "From: <sip:carol@127.0.0.1>;tag=1\r\nFrom: <sip:eve@127.0.0.1>;tag=2", 400 },
    { "To", "To: <sip:bob@127.0.0.1>\r\nt: <sip:bob@127.0.0.1>", 400 },
    { "Call-ID", "Call-ID: a\r\nCall-ID: a", 400 },
    { "Max-Forwards", "Max-Forwards: 70\r\nMax-Forwards: 70", 400 },
    { "Max-Forwards", "Max-Forwards: many", 400 },
    { "Content-Length", "Content-Length: 0\r\nContent-Length: 0", 400 },
    { "Content-Length", "Content-Length: 99999999999", 400 },
    { "CSeq", "CSeq: 2 INVITE", 400 },
    { "CSeq", "CSeq: two OPTIONS", 400 },
    { "From", "From: carol", 400 },
    { "From", "From: <sip:carol@127.0.0.1;tag=1", 400 },
    { "From", "From: <>;tag=1", 400 },
    { "From", "From: <sip:@@@:x>;tag=1", 400 },
    { "From", "From: \"Carol <sip:carol@127.0.0.1>;tag=1", 400 },
    { "From", "From: <sip:carol@127.0.0.1>;;;===", 400 },
    { "To", "To: <sip:bob@127.0.0.1>>", 400 },
    { "To", "To: \xff\xff", 400 },
    { "Call-ID", "Call-ID: a b c", 400 },
    { "Via", "Via: nonsense", 400 },
    { "Via", "Via: SIP/2.0/UDP ;branch=z9hG4bK1", 400 },
    { "Contact", "Contact: nobody", 400 },
    { "Contact", "Contact: <sip:[:::x>", 400 },
    { "Contact", "Contact: <sip:a@h>\r\nRoute: <<", 400 },
    { "Contact", "Contact: <sip:a@h>\r\nRecord-Route: \"", 400 },
    { "Contact", "Contact: <sip:a@h>\r\nno header", 400 },
    { "Contact", "Contact: <sip:a@h>\r\nX: a\rb", 400 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    set_up (GPOINTER_TO_INT (data));
    g_test_message ("%s", rows[i].line);
    send_with ("OPTIONS", "bad", rows[i].name, rows[i].line);
    g_assert_cmpuint (wire_status (&wire, 1000), ==, rows[i].status);
    g_assert_nonnull (strstr (wire.text, "\r\nCall-ID: "));
    g_assert_false (wire_receive (&wire, 20)); /* once */
    tear_down ();
  }
}

static void
test_methods (gconstpointer data)
{
  static const char *methods[]
      = { "PING", "SERVICE",  "P",    "S", "PRACKX",  "PUBLISHED", "SUBSCRIBES", "STATUS",
          "POST", "DOORBELL", "ping", "I", "INVITED", "OPTIONSX",  "A-B.c!d" };

  set_up (GPOINTER_TO_INT (data));
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++) {
    g_autofree gchar *id = g_strdup_printf ("method%zu", i);
    g_test_message ("%s", methods[i]);
    wire_send (&wire, methods[i], id, id, NULL, "", NULL);
    g_assert_cmpuint (wire_status (&wire, 1000), ==, 501);
    g_assert_nonnull (strstr (wire.text, "\r\nAllow: "));
  }
  tear_down ();
}

/* What must not be answered is not, and the stack goes on. */
static void
test_silent (gconstpointer data)
{
  gboolean stream = GPOINTER_TO_INT (data);

  set_up (stream);
  send_with ("ACK", "silent", "From", "From: carol");
  send_with ("ACK", "silent", "Call-ID", "");
  send_with ("OPTIONS", "silent", "To", "");
  send_with ("OPTIONS", "silent", "Via", "");
  if (!stream) {
    static const char *noise[] = {
      "\r\n", "jaK", "PING", " ", "SIP/2.0 200 OK\r\n\r\n", "\xf8\x01", "GET / HTTP/1.1\r\n\r\n"
    };
    for (gsize i = 0; i < G_N_ELEMENTS (noise); i++) {
      wire_send_raw (&wire, noise[i], strlen (noise[i]));
    }
    wire_send_raw (&wire, "\0\0\0\0", 4);
    wire_send_raw (&wire, "", 0);
  }
  g_assert_false (wire_receive (&wire, 100));
  wire_send (&wire, "OPTIONS", "after", "after", NULL, "", NULL);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  tear_down ();
}

/* RFC 5626 section 3.5.1: two line ends get one back, in any pieces; then requests go on, several
   in a write and one in several. */
static void
test_connection (void)
{
  set_up (TRUE);
  wire_send_raw (&wire, "\r\n\r\n", 4);
  g_assert_true (wire_receive (&wire, 1000));
  g_assert_cmpstr (wire.text, ==, "\r\n");
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < 5; i++) {
    g_autofree gchar *id = g_strdup_printf ("many%u", i);
    g_autofree gchar *one
        = wire_request (&wire, "OPTIONS", id, id, NULL, "", i == 3 ? "body" : NULL);
    g_string_append (text, one);
  }
  wire_send_raw (&wire, text->str, text->len);
  guint heard = 0;
  gsize len = 0;
  g_autoptr (GString) all = g_string_new (NULL);
  WAIT_FOR (1000,
            (len = wire_receive (&wire, 50) ? strlen (wire.text) : 0,
             g_string_append_len (all, wire.text, (gssize)len),
             strstr (all->str, "many4") != NULL));
  for (const char *p = all->str; (p = strstr (p, "SIP/2.0 200 ")) != NULL; p++) {
    heard++;
  }
  g_assert_cmpuint (heard, ==, 5);
  for (gsize at = 0; at < text->len; at += 7) {
    wire_send_raw (&wire, text->str + at, MIN (7, text->len - at));
    g_main_context_iteration (NULL, FALSE);
  }
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  g_string_free (text, TRUE);
  tear_down ();
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*run) (gconstpointer data);
  } tests[] = { { "names", test_names },
                { "odd-headers", test_odd_headers },
                { "bad", test_bad },
                { "methods", test_methods },
                { "other-transport", test_other_transport },
                { "other-transport-later", test_other_transport_later },
                { "silent", test_silent } };

  g_test_init (&argc, &argv, NULL);
  kith_log_setup (g_getenv ("KITH_TEST_LOG") != NULL ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_CRITICAL,
                  TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree gchar *udp = g_strdup_printf ("/sip/scanned/%s-udp", tests[i].name);
    g_autofree gchar *tcp = g_strdup_printf ("/sip/scanned/%s-tcp", tests[i].name);
    g_test_add_data_func (udp, GINT_TO_POINTER (FALSE), tests[i].run);
    g_test_add_data_func (tcp, GINT_TO_POINTER (TRUE), tests[i].run);
  }
  g_test_add_func ("/sip/scanned/odd-answers", test_odd_answers);
  g_test_add_func ("/sip/scanned/connection", test_connection);
  return g_test_run ();
}
