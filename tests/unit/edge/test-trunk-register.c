/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registration of a trunk, case by case, on a clock that the test moves and with a registrar
   that the test plays. */
#include <errno.h>
#include <string.h>

#include "edge/worker/traffic/branch.h"
#include "edge/worker/trunk/trunk-watch.h"

#define UUID "12345678-1234-8234-9234-123456789abc"

typedef struct {
  KithClock *clock;
  KithTrunkWatch *watch;
  guint8 key[KITH_EDGE_KEY];
  KithEndpoint own;
  int why; /* errno of the next sends */
  guint sent;
  GString *last;   /* what was sent last */
  KithWay to;      /* and whereto */
  GString *states; /* "resolving registering …" */
  KithTrunkReport report;
  KithTrunkQuestion question;
  KithEdgeResolve resolve;
  guint32 kept, dropped;
  guint32 connections; /* by TLS */
  gchar *domain;       /* whom the last one must reach */
  gboolean has_trust;  /* … and it believes others than the system's CAs */
} Line;

static int
on_send (gpointer data, KithWay *way, const char *text, gsize len)
{
  Line *line = data;

  if (line->why != 0) {
    return line->why;
  }
  if (way->to.tcp && way->stream == 0) {
    way->stream = 7;
  }
  line->sent++;
  line->to = *way;
  g_string_truncate (line->last, 0);
  g_string_append_len (line->last, text, (gssize)len);
  return 0;
}

static int
on_connect (gpointer data, KithWay *way, const KithTlsPeer *peer)
{
  Line *line = data;

  g_free (line->domain);
  line->domain = g_strdup (peer->domain);
  line->has_trust = peer->trust != NULL;
  way->stream = ++line->connections;
  return 0;
}

static gboolean
on_own (gpointer data, const KithWay *way, KithEndpoint *own)
{
  Line *line = data;

  *own = line->own;
  return own->family != 0;
}

static void
on_keep (gpointer data, guint32 stream)
{
  ((Line *)data)->kept = stream;
}

static void
on_drop (gpointer data, guint32 stream)
{
  ((Line *)data)->dropped = stream;
}

static void
on_tell (gpointer data, const KithEdgeFrame *frame)
{
  Line *line = data;

  switch ((int)frame->type) {
  case KITH_EDGE_TRUNK_STATE:
    line->report = frame->line;
    g_string_append_printf (line->states,
                            "%s%s",
                            line->states->len > 0 ? " " : "",
                            kith_trunk_state_word (frame->line.state));
    return;
  case KITH_EDGE_ASK_DIGEST:
    line->question = frame->challenge;
    return;
  case KITH_EDGE_RESOLVE:
    line->resolve = frame->resolve;
    return;
  default:
    g_assert_not_reached ();
  }
}

static KithEndpoint
place (const char *text)
{
  KithEndpoint endpoint;

  g_assert_true (kith_endpoint_parse (text, &endpoint));
  return endpoint;
}

static void
order_trunk (Line *line, KithSipTransport transport)
{
  static KithEdgeFrame frame;

  memset (&frame, 0, sizeof frame);
  frame.type = KITH_EDGE_TRUNK;
  (void)g_strlcpy (frame.trunk.name, "home", sizeof frame.trunk.name);
  (void)g_strlcpy (frame.trunk.domain, "example.org", sizeof frame.trunk.domain);
  (void)g_strlcpy (frame.trunk.user, "bob", sizeof frame.trunk.user);
  (void)g_strlcpy (frame.trunk.number, "+4930123456", sizeof frame.trunk.number);
  (void)g_strlcpy (frame.trunk.instance, UUID, sizeof frame.trunk.instance);
  frame.trunk.transport = transport;
  kith_trunk_watch_order (line->watch, &frame);
}

/* The DNS says where: "udp 192.0.2.1:5060"; "" is none. */
static void
find (Line *line, const char *first, const char *second)
{
  static KithEdgeFrame frame;
  const char *list[] = { first, second };

  memset (&frame, 0, sizeof frame);
  frame.type = KITH_EDGE_TARGETS;
  frame.targets.id = line->resolve.id;
  for (guint i = 0; i < 2 && list[i] != NULL; i++) {
    frame.targets.list[frame.targets.n++]
        = (KithEdgeTarget){ .transport = g_str_has_prefix (list[i], "udp") ? KITH_SIP_TRANSPORT_UDP
                                         : g_str_has_prefix (list[i], "tls")
                                             ? KITH_SIP_TRANSPORT_TLS
                                             : KITH_SIP_TRANSPORT_TCP,
                            .endpoint = place (list[i] + 4) };
  }
  (void)g_strlcpy (frame.targets.text, "nobody knows it", sizeof frame.targets.text);
  kith_trunk_watch_order (line->watch, &frame);
}

/* The registrar answers what was sent last. */
static void
answer (Line *line, guint status, const char *headers)
{
  g_autofree KithSipLines *request = g_new (KithSipLines, 1);
  g_autofree KithSipLines *response = g_new (KithSipLines, 1);
  g_autofree gchar *sent = g_strdup (line->last->str);
  KithSipPiece from, to, call_id, cseq, via, inner;
  KithSipVia parts;
  gchar mark[KITH_EDGE_MARK + 1];

  g_assert_true (kith_sip_lines_read (request, sent, strlen (sent)));
  (void)kith_sip_lines_get (request, KITH_HEADER_FROM, &from);
  (void)kith_sip_lines_get (request, KITH_HEADER_TO, &to);
  (void)kith_sip_lines_get (request, KITH_HEADER_CALL_ID, &call_id);
  (void)kith_sip_lines_get (request, KITH_HEADER_CSEQ, &cseq);
  (void)kith_sip_lines_get (request, KITH_HEADER_VIA, &via);
  g_autofree gchar *text = g_strdup_printf ("SIP/2.0 %u Because\r\nVia: %.*s\r\nFrom: %.*s\r\n"
                                            "To: %.*s;tag=x\r\nCall-ID: %.*s\r\nCSeq: %.*s\r\n"
                                            "%sContent-Length: 0\r\n\r\n",
                                            status,
                                            KITH_SIP_PIECE (via),
                                            KITH_SIP_PIECE (from),
                                            KITH_SIP_PIECE (to),
                                            KITH_SIP_PIECE (call_id),
                                            KITH_SIP_PIECE (cseq),
                                            headers);
  g_assert_true (kith_sip_lines_read (response, text, strlen (text)));
  g_assert_true (kith_sip_lines_via (response, 0, &parts));
  g_assert_true (kith_branch_read_outward (line->key, parts.branch, &inner, mark));
  g_assert_true (kith_trunk_watch_take (line->watch, response, inner));
}

/* kithd answers the challenge. */
static void
prove (Line *line)
{
  static KithEdgeFrame frame;

  memset (&frame, 0, sizeof frame);
  frame.type = KITH_EDGE_DIGEST;
  frame.answer.id = line->question.id;
  (void)g_strlcpy (frame.answer.cnonce, "00ff", sizeof frame.answer.cnonce);
  (void)g_strlcpy (frame.answer.response,
                   "0123456789abcdef0123456789abcdef",
                   sizeof frame.answer.response);
  kith_trunk_watch_order (line->watch, &frame);
}

#define CHALLENGE(nonce)                                                                           \
  "WWW-Authenticate: Digest realm=\"r\", nonce=\"" nonce "\", qop=\"auth\", algorithm=MD5\r\n"

static void
line_init (Line *line)
{
  const KithTrunkFuncs funcs = { on_send, on_connect, on_own, on_keep, on_drop, on_tell, line };

  memset (line, 0, sizeof *line);
  line->clock = kith_clock_new_manual (0);
  line->last = g_string_new (NULL);
  line->states = g_string_new (NULL);
  line->own = place ("10.0.0.2:5060");
  line->watch = kith_trunk_watch_new (line->clock, line->key, &funcs);
}

static void
line_clear (Line *line)
{
  kith_trunk_watch_free (line->watch);
  g_string_free (line->last, TRUE);
  g_string_free (line->states, TRUE);
  g_free (line->domain);
  g_object_unref (line->clock);
}

/* From nothing to "registered" over UDP, for 300 s. */
static void
get_registered (Line *line)
{
  order_trunk (line, KITH_SIP_TRANSPORT_ANY);
  find (line, "udp 192.0.2.1:5060", "udp 192.0.2.2:5060");
  answer (line, 200, "Contact: <sip:bob@10.0.0.2:5060>;expires=300\r\n");
  g_assert_cmpstr (line->states->str, ==, "resolving registering registered");
  g_string_truncate (line->states, 0);
}

#define assert_has(line, text) g_assert_nonnull (strstr ((line)->last->str, text))
#define assert_not(line, text) g_assert_null (strstr ((line)->last->str, text))

static void
test_registers (void)
{
  Line line;

  line_init (&line);
  order_trunk (&line, KITH_SIP_TRANSPORT_ANY);
  g_assert_cmpstr (line.resolve.host, ==, "example.org");
  find (&line, "udp 192.0.2.1:5060", NULL);
  g_assert_true (g_str_has_prefix (line.last->str, "REGISTER sip:example.org SIP/2.0\r\n"));
  assert_has (&line, "\r\nFrom: <sip:bob@example.org>;tag=");
  assert_has (&line, "\r\nTo: <sip:bob@example.org>\r\n");
  assert_has (&line,
              "\r\nContact: <sip:bob@10.0.0.2:5060;ob>;+sip.instance=\"<urn:uuid:" UUID
              ">\";reg-id=1;expires=300\r\n");
  assert_has (&line, "\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK");
  answer (&line, 401, CHALLENGE ("n1"));
  g_assert_cmpstr (line.question.realm, ==, "r");
  g_assert_cmpstr (line.question.nonce, ==, "n1");
  g_assert_cmpstr (line.question.uri, ==, "sip:example.org");
  g_assert_true (line.question.has_qop && !line.question.sha256);
  prove (&line);
  assert_has (&line, "\r\nAuthorization: Digest username=\"bob\"");
  assert_has (&line, "response=\"0123456789abcdef0123456789abcdef\"");
  answer (&line,
          200,
          "Contact: <sip:bob@10.0.0.9:5060>;expires=60\r\n"
          "Contact: <sip:bob@10.0.0.2:5060;ob>;expires=90\r\n"
          "Service-Route: <sip:a.example.org;lr>\r\nService-Route: <sip:b.example.org;lr>\r\n");
  g_assert_cmpstr (line.states->str, ==, "resolving registering registered");
  g_assert_cmpuint (line.report.expires_s, ==, 90);
  KithTrunkRegister *one = kith_trunk_watch_find (line.watch, "home");
  g_assert_cmpstr (kith_trunk_register_route (one),
                   ==,
                   "<sip:a.example.org;lr>, <sip:b.example.org;lr>");
  g_assert_true (
      kith_endpoint_is_same (&kith_trunk_register_way (one)->to.peer,
                             &(KithEndpoint){ .family = 4, .port = 5060, .ip = { 192, 0, 2, 1 } }));
  const guint sent = line.sent;
  kith_clock_advance (line.clock, 59000); /* two pings */
  g_assert_cmpuint (line.sent, ==, sent + 2);
  g_assert_cmpstr (line.last->str, ==, "\r\n\r\n");
  kith_clock_advance (line.clock, 1000);
  g_assert_cmpstr (line.states->str, ==, "resolving registering registered refreshing");
  assert_not (&line, "Authorization");
  answer (&line, 200, "Expires: 300\r\n");
  g_assert_cmpstr (line.states->str, ==, "resolving registering registered refreshing registered");
  g_assert_cmpuint (line.report.expires_s, ==, 300);
  line_clear (&line);
}

static void
test_wrong_password (void)
{
  Line line;

  line_init (&line);
  order_trunk (&line, KITH_SIP_TRANSPORT_ANY);
  find (&line, "udp 192.0.2.1:5060", "udp 192.0.2.2:5060");
  answer (&line, 401, CHALLENGE ("n1"));
  prove (&line);
  answer (&line, 401, CHALLENGE ("n2"));
  g_assert_cmpstr (line.states->str, ==, "resolving registering failed");
  g_assert_cmpint (line.report.reason, ==, KITH_TRUNK_WRONG_PASSWORD);
  g_assert_cmpuint (line.report.status, ==, 401);
  g_assert_cmpuint (line.report.retry_s, ==, 600);
  const guint sent = line.sent;
  kith_clock_advance (line.clock, 599000);
  kith_trunk_watch_moved (line.watch); /* another network has no other password */
  g_assert_cmpuint (line.sent, ==, sent);
  g_assert_cmpstr (line.states->str, ==, "resolving registering failed");
  kith_clock_advance (line.clock, 1000);
  g_assert_cmpstr (line.states->str, ==, "resolving registering failed resolving");
  line_clear (&line);
}

/* An old nonce is no wrong password; but nobody asks forever. */
static void
test_stale (void)
{
  Line line;

  line_init (&line);
  order_trunk (&line, KITH_SIP_TRANSPORT_ANY);
  find (&line, "udp 192.0.2.1:5060", NULL);
  answer (&line, 401, CHALLENGE ("n1"));
  prove (&line);
  for (guint i = 0; i < 3; i++) {
    answer (&line,
            401,
            "WWW-Authenticate: Digest realm=\"r\", nonce=\"n2\", stale=true, qop=\"auth\"\r\n");
    g_assert_cmpstr (line.states->str, ==, "resolving registering");
    prove (&line);
    g_assert_cmpuint (strlen (line.last->str), <, 1200); /* one Authorization */
  }
  answer (&line,
          401,
          "WWW-Authenticate: Digest realm=\"r\", nonce=\"n2\", stale=true, qop=\"auth\"\r\n");
  g_assert_cmpint (line.report.reason, ==, KITH_TRUNK_PROTOCOL);
  line_clear (&line);
}

static void
test_proxy_and_registrar (void)
{
  Line line;

  line_init (&line);
  order_trunk (&line, KITH_SIP_TRANSPORT_ANY);
  find (&line, "udp 192.0.2.1:5060", NULL);
  answer (&line, 407, "Proxy-Authenticate: Digest realm=\"p\", nonce=\"n1\"\r\n");
  prove (&line);
  assert_has (&line, "\r\nProxy-Authorization: Digest ");
  answer (
      &line,
      401,
      "WWW-Authenticate: Digest realm=\"r\", nonce=\"n2\", qop=\"auth\", algorithm=MD5\r\n"
      "WWW-Authenticate: Digest realm=\"r\", nonce=\"n3\", qop=\"auth\", algorithm=SHA-256\r\n");
  g_assert_true (line.question.sha256);
  g_assert_cmpstr (line.question.nonce, ==, "n3");
  prove (&line);
  assert_has (&line, "\r\nProxy-Authorization: Digest ");
  assert_has (&line, "\r\nAuthorization: Digest ");
  answer (&line, 200, "");
  g_assert_cmpint (line.report.state, ==, KITH_TRUNK_REGISTERED);
  line_clear (&line);
}

static void
test_challenges_that_are_none (void)
{
  g_autofree gchar *huge = g_strnfill (3000, 'n');
  g_autofree gchar *long_nonce
      = g_strdup_printf ("WWW-Authenticate: Digest realm=\"r\", nonce=\"%s\"\r\n", huge);
  const char *const bad[] = { "",
                              "WWW-Authenticate: Basic realm=\"r\"\r\n",
                              "WWW-Authenticate: Digest realm=\"r\"\r\n",
                              "WWW-Authenticate: Digest realm=\"a\\\"b\", nonce=\"n\"\r\n",
                              long_nonce };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    Line line;
    line_init (&line);
    order_trunk (&line, KITH_SIP_TRANSPORT_ANY);
    find (&line, "udp 192.0.2.1:5060", NULL);
    answer (&line, 401, bad[i]);
    g_assert_cmpint (line.report.state, ==, KITH_TRUNK_FAILED);
    g_assert_cmpint (line.report.reason, ==, KITH_TRUNK_PROTOCOL);
    line_clear (&line);
  }
}

static void
test_too_brief (void)
{
  Line line;

  line_init (&line);
  order_trunk (&line, KITH_SIP_TRANSPORT_ANY);
  find (&line, "udp 192.0.2.1:5060", NULL);
  answer (&line, 423, "Min-Expires: 1800\r\n");
  assert_has (&line, ";expires=1800\r\nExpires: 1800\r\n");
  answer (&line, 200, "");
  g_assert_cmpuint (line.report.expires_s, ==, 1800);
  kith_clock_advance (line.clock, 1770000);
  assert_has (&line, "\r\nExpires: 1800\r\n"); /* it is kept */
  answer (&line, 423, "Min-Expires: 4000000000\r\n");
  g_assert_cmpint (line.report.reason, ==, KITH_TRUNK_PROTOCOL);
  line_clear (&line);
}

static void
test_next_target (void)
{
  Line line;

  line_init (&line);
  order_trunk (&line, KITH_SIP_TRANSPORT_ANY);
  find (&line, "udp 192.0.2.1:5060", "udp 192.0.2.2:5060");
  kith_clock_advance (line.clock, 3999);
  g_assert_cmpuint (line.sent, ==, 4); /* 0, 0.5, 1.5, 3.5 s */
  g_assert_cmpuint (line.to.to.peer.ip[3], ==, 1);
  kith_clock_advance (line.clock, 1);
  g_assert_cmpuint (line.to.to.peer.ip[3], ==, 2);
  answer (&line, 401, CHALLENGE ("n1"));
  prove (&line);
  kith_clock_advance (line.clock, 4000); /* and that one, too */
  g_assert_cmpint (line.report.state, ==, KITH_TRUNK_FAILED);
  g_assert_cmpint (line.report.reason, ==, KITH_TRUNK_NO_ANSWER);
  g_assert_cmpuint (line.report.retry_s, ==, 2);
  kith_clock_advance (line.clock, 2000);
  find (&line, "udp 192.0.2.1:5060", "udp 192.0.2.3:5060"); /* the first one rests */
  g_assert_cmpuint (line.to.to.peer.ip[3], ==, 3);
  assert_not (&line, "Authorization");
  answer (&line, 503, "Retry-After: 120\r\n");
  g_assert_cmpuint (line.to.to.peer.ip[3], ==, 1);
  answer (&line, 503, "Retry-After: 120 (busy)\r\n");
  g_assert_cmpint (line.report.reason, ==, KITH_TRUNK_BUSY);
  g_assert_cmpuint (line.report.retry_s, ==, 120);
  line_clear (&line);
}

static void
test_refused_there (void)
{
  Line line;
  const KithEndpoint first = place ("192.0.2.1:5060");
  const KithEndpoint other = place ("192.0.2.1:5070");

  line_init (&line);
  order_trunk (&line, KITH_SIP_TRANSPORT_ANY);
  find (&line, "udp 192.0.2.1:5060", "udp 192.0.2.2:5060");
  kith_trunk_watch_refused (line.watch, &other);
  g_assert_cmpuint (line.to.to.peer.ip[3], ==, 1);
  kith_trunk_watch_refused (line.watch, &first);
  g_assert_cmpuint (line.to.to.peer.ip[3], ==, 2);
  answer (&line, 403, "");
  g_assert_cmpint (line.report.reason, ==, KITH_TRUNK_REFUSES_USER);
  g_assert_cmpstr (line.report.text, ==, "Because");
  g_assert_cmpuint (line.report.retry_s, >=, 30);
  line_clear (&line);
}

static void
test_unknown_domain (void)
{
  Line line;

  line_init (&line);
  order_trunk (&line, KITH_SIP_TRANSPORT_ANY);
  find (&line, NULL, NULL);
  g_assert_cmpint (line.report.reason, ==, KITH_TRUNK_NOT_FOUND);
  g_assert_cmpstr (line.report.text, ==, "nobody knows it");
  kith_clock_advance (line.clock, 2000);
  g_assert_cmpint (line.report.state, ==, KITH_TRUNK_RESOLVING);
  kith_clock_advance (line.clock, 10000); /* kithd says nothing */
  g_assert_cmpint (line.report.state, ==, KITH_TRUNK_FAILED);
  line_clear (&line);
}

static void
test_moves (void)
{
  Line line;

  line_init (&line);
  get_registered (&line);
  const guint sent = line.sent;
  kith_trunk_watch_moved (line.watch); /* it did not */
  g_assert_cmpuint (line.sent, ==, sent);
  line.own = place ("10.0.0.3:5060");
  kith_trunk_watch_moved (line.watch);
  g_assert_cmpstr (line.states->str, ==, "refreshing");
  assert_has (&line, "Contact: <sip:bob@10.0.0.3:5060;ob>");
  answer (&line,
          200,
          "Contact: <sip:bob@10.0.0.2:5060;ob>;expires=250, "
          "<sip:bob@10.0.0.3:5060;ob>;expires=300\r\n");
  g_assert_cmpstr (line.states->str, ==, "refreshing registered");
  assert_has (&line, "\r\nContact: <sip:bob@10.0.0.2:5060;ob>;expires=0\r\nExpires: 0\r\n");
  answer (&line, 401, CHALLENGE ("n1"));
  prove (&line);
  assert_has (&line, "\r\nAuthorization: ");
  assert_has (&line, "\r\nExpires: 0\r\n");
  answer (&line, 200, "Contact: <sip:bob@10.0.0.3:5060;ob>;expires=300\r\n");
  g_assert_cmpstr (line.states->str, ==, "refreshing registered");
  kith_clock_advance (line.clock, 269000);
  g_assert_cmpstr (line.states->str, ==, "refreshing registered");
  kith_clock_advance (line.clock, 1000);
  g_assert_cmpstr (line.states->str, ==, "refreshing registered refreshing");
  assert_has (&line, "\r\nExpires: 300\r\n");
  line_clear (&line);
}

/* Behind a NAT: once more with the address that the registrar sees, and not forever. */
static void
test_nat (void)
{
  Line line;
  g_autofree KithSipLines *lines = g_new (KithSipLines, 1);

  line_init (&line);
  order_trunk (&line, KITH_SIP_TRANSPORT_ANY);
  find (&line, "udp 192.0.2.1:5060", NULL);
  for (guint i = 0; i < 2; i++) {
    gchar *via = strstr (line.last->str, ";rport");
    g_autofree gchar *seen = g_strdup_printf (";received=203.0.113.7;rport=%u", 6000 + i);
    g_string_insert (line.last, via - line.last->str, seen);
    g_string_erase (line.last, (gssize)(via - line.last->str) + (gssize)strlen (seen), 6);
    answer (&line, 200, "");
  }
  g_assert_cmpstr (line.states->str, ==, "resolving registering registered refreshing registered");
  assert_has (&line, "Contact: <sip:bob@203.0.113.7:6000;ob>");
  g_assert_cmpuint (line.sent, ==, 2);
  line_clear (&line);
}

static void
test_connection (void)
{
  Line line;

  line_init (&line);
  order_trunk (&line, KITH_SIP_TRANSPORT_TCP);
  find (&line, "tcp 192.0.2.1:5060", NULL);
  assert_has (&line, "\r\nVia: SIP/2.0/TCP ");
  assert_has (&line, ";transport=tcp;ob>");
  answer (&line, 200, "Require: outbound\r\nFlow-Timer: 100\r\n");
  g_assert_cmpuint (line.kept, ==, 7);
  g_string_truncate (line.states, 0);
  kith_clock_advance (line.clock, 80000);
  g_assert_cmpstr (line.last->str, ==, "\r\n\r\n");
  kith_trunk_watch_pong (line.watch, 7);
  kith_clock_advance (line.clock, 79000);
  g_assert_cmpstr (line.states->str, ==, "");
  kith_clock_advance (line.clock, 1000);
  kith_clock_advance (line.clock, 10000); /* no pong */
  g_assert_cmpstr (line.states->str, ==, "refreshing");
  g_assert_cmpuint (line.dropped, ==, 7);
  answer (&line, 200, "");
  kith_trunk_watch_lost (line.watch, 8);
  g_assert_cmpstr (line.states->str, ==, "refreshing registered");
  kith_trunk_watch_lost (line.watch, 7);
  g_assert_cmpstr (line.states->str, ==, "refreshing registered refreshing");
  kith_trunk_watch_lost (line.watch, 7); /* and cannot be made again */
  g_assert_cmpstr (line.states->str, ==, "refreshing registered refreshing failed");
  line_clear (&line);
}

static void
test_leaves (void)
{
  Line line;
  static KithEdgeFrame gone = { .type = KITH_EDGE_TRUNK_GONE };

  line_init (&line);
  get_registered (&line);
  (void)g_strlcpy (gone.trunk.name, "home", sizeof gone.trunk.name);
  kith_trunk_watch_order (line.watch, &gone);
  g_assert_cmpstr (line.states->str, ==, "off");
  g_assert_null (kith_trunk_watch_find (line.watch, "home"));
  g_assert_true (kith_trunk_watch_waits (line.watch));
  assert_has (&line, "Contact: <sip:bob@10.0.0.2:5060;ob>;expires=0\r\n");
  answer (&line, 401, CHALLENGE ("n1"));
  g_assert_true (kith_trunk_watch_waits (line.watch));
  prove (&line);
  assert_has (&line, "\r\nAuthorization: ");
  answer (&line, 200, "");
  g_assert_false (kith_trunk_watch_waits (line.watch));
  g_assert_cmpstr (line.states->str, ==, "off");
  line_clear (&line);
}

static KithTrunkRegister *
who (Line *line, const char *uri, const char *from, const char *tag)
{
  g_autofree KithSipLines *request = g_new (KithSipLines, 1);
  g_autofree gchar *text = g_strdup_printf ("INVITE %s SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=x\r\n"
                                            "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>%s\r\n"
                                            "Call-ID: a\r\nCSeq: 1 INVITE\r\n\r\n",
                                            uri,
                                            tag);
  KithWay way = { .to.peer = place (from) };

  g_assert_true (kith_sip_lines_read (request, text, strlen (text)));
  return kith_trunk_watch_who (line->watch, request, &way);
}

static void
test_sources (void)
{
  Line line;

  line_init (&line);
  get_registered (&line);
  g_assert_nonnull (who (&line, "sip:bob@10.0.0.2", "192.0.2.1:5060", ""));
  g_assert_nonnull (who (&line, "sip:bob@10.0.0.2", "192.0.2.2:7000", ""));
  g_assert_null (who (&line, "sip:bob@10.0.0.2", "192.0.2.3:5060", ""));
  g_assert_null (who (&line, "sip:eve@10.0.0.2", "192.0.2.1:5060", ""));
  g_assert_nonnull (who (&line, "sip:eve@10.0.0.2", "192.0.2.1:5060", ";tag=2"));
  g_assert_nonnull (who (&line, "sip:+4930123456@10.0.0.2", "192.0.2.1:5060", ""));
  g_assert_nonnull (who (&line, "sip:4930123456@10.0.0.2", "192.0.2.1:5060", ""));
  g_assert_nonnull (who (&line, "sip:x@10.0.0.2;kd=abc", "192.0.2.1:5060", ""));
  g_assert_null (who (&line, "tel:+4930123456", "192.0.2.1:5060", ""));
  line_clear (&line);
}

/* What a registrar may say that means harm. */
static void
test_hostile (void)
{
  g_autoptr (GString) many = g_string_new (NULL);
  Line line;

  for (guint i = 0; i < 100; i++) {
    g_string_append_printf (many, "Contact: <sip:x%u@192.0.2.9>;expires=4294967295\r\n", i);
  }
  line_init (&line);
  order_trunk (&line, KITH_SIP_TRANSPORT_ANY);
  find (&line, "udp 192.0.2.1:5060", NULL);
  answer (&line, 200, many->str); /* all but ours */
  g_assert_cmpint (line.report.reason, ==, KITH_TRUNK_PROTOCOL);
  kith_clock_advance (line.clock, 2000);
  find (&line, "udp 192.0.2.1:5060", NULL);
  answer (&line, 200, "Expires: 4294967295\r\n");
  g_assert_cmpuint (line.report.expires_s, ==, KITH_TRUNK_MOST_S);
  kith_clock_advance (line.clock, KITH_TRUNK_MOST_S * 1000u - 30000);
  answer (&line,
          200,
          "Contact: <sip:bob@10.0.0.2:5060>;expires=0\r\n"); /* registered for nothing */
  const guint sent = line.sent;
  kith_clock_advance (line.clock, 9999);
  g_assert_cmpuint (line.sent, ==, sent); /* no storm */
  line_clear (&line);
}

/* By TLS the domain has to be there, whatever host it is at; who is not it gets no REGISTER. */
static void
test_tls (void)
{
  Line line;

  line_init (&line);
  order_trunk (&line, KITH_SIP_TRANSPORT_TLS);
  find (&line, "tls 192.0.2.1:5061", "tls 192.0.2.2:5061");
  g_assert_cmpuint (line.connections, ==, 1);
  g_assert_cmpstr (line.domain, ==, "example.org");
  g_assert_false (line.has_trust);
  g_assert_true (line.to.to.tls && line.to.stream == 1);
  assert_has (&line, "\r\nVia: SIP/2.0/TLS 10.0.0.2:5060;branch=z9hG4bK");
  assert_has (&line, "\r\nContact: <sip:bob@10.0.0.2:5060;transport=tls;ob>");
  kith_trunk_watch_distrusted (line.watch, 7, "another one's");
  g_assert_cmpuint (line.connections, ==, 1);
  kith_trunk_watch_distrusted (line.watch, 1, "its certificate has expired");
  kith_trunk_watch_lost (line.watch, 1);
  g_assert_cmpuint (line.connections, ==, 2); /* the other place */
  g_assert_cmpstr (line.states->str, ==, "resolving registering");
  kith_trunk_watch_distrusted (line.watch,
                               2,
                               "its certificate is for b.example, not for example.org");
  g_assert_true (g_str_has_suffix (line.states->str, " failed"));
  g_assert_cmpint (line.report.reason, ==, KITH_TRUNK_CERTIFICATE);
  g_assert_cmpstr (line.report.text, ==, "its certificate is for b.example, not for example.org");
  g_assert_cmpuint (line.connections, ==, 2);
  line_clear (&line);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trunk-register/registers", test_registers);
  g_test_add_func ("/trunk-register/wrong-password", test_wrong_password);
  g_test_add_func ("/trunk-register/stale", test_stale);
  g_test_add_func ("/trunk-register/proxy-and-registrar", test_proxy_and_registrar);
  g_test_add_func ("/trunk-register/no-challenges", test_challenges_that_are_none);
  g_test_add_func ("/trunk-register/too-brief", test_too_brief);
  g_test_add_func ("/trunk-register/next-target", test_next_target);
  g_test_add_func ("/trunk-register/refused-there", test_refused_there);
  g_test_add_func ("/trunk-register/unknown-domain", test_unknown_domain);
  g_test_add_func ("/trunk-register/moves", test_moves);
  g_test_add_func ("/trunk-register/nat", test_nat);
  g_test_add_func ("/trunk-register/connection", test_connection);
  g_test_add_func ("/trunk-register/leaves", test_leaves);
  g_test_add_func ("/trunk-register/sources", test_sources);
  g_test_add_func ("/trunk-register/hostile", test_hostile);
  g_test_add_func ("/trunk-register/tls", test_tls);
  return g_test_run ();
}
