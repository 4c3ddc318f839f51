/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole edge without sockets: datagrams, connections and what the user agent says, in any
   order, with its clock moved. */
/* link: kith-edge-core */
/* dict: sip */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "edge/edge-limits.h"
#include "edge/worker/front.h"
#include "model/phone/phone-password.h"
#include "model/sip/sip-lines.h"
#include "model/sip/sip-stream.h"
#include "model/sip/sip-token.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define END "\n~" /* between two steps: a letter, a digit, and what follows */
#define MOST_STEPS 64
#define KEPT 4096
#define PASSWORD "7k2f-9qxm-41tr-c8ne"

static KithClock *now;
static KithFront *edge;
static KithEdgeStart rules;
static gchar to_ua[KEPT];   /* the last message for the user agent, … */
static gchar to_peer[KEPT]; /* … and the last one of the network */
static guint32 opened;
static gboolean ua_rests;
static gboolean in_house; /* phones are there */

static void
keep (gchar *out, const char *text, gsize len)
{
  gsize n = MIN (len, KEPT - 1);

  memcpy (out, text, n);
  out[n] = '\0';
}

static int
on_send (gpointer data, const KithWay *way, const char *text, gsize len)
{
  keep (to_peer, text, len);
  return way->to.peer.port == 9 ? 111 : 0;
}

static guint32
on_connect (gpointer data, const KithWay *way, const KithTlsPeer *peer)
{
  return way->to.peer.port == 9 ? 0 : ++opened;
}

static void
on_write (gpointer data, guint32 stream, const char *text, gsize len)
{
  keep (to_peer, text, len);
}

static gsize
on_waiting (gpointer data, guint32 stream)
{
  return stream % 3 == 0 ? 100000 : 0;
}

static void
on_close (gpointer data, guint32 stream)
{
}

static gboolean
on_own_address (gpointer data, const KithWay *way, KithEndpoint *own)
{
  return way->to.peer.port != 8 && kith_endpoint_parse ("192.0.2.1:5060", own);
}

/* What the user agent gets is one message, and says who sent it, once, and in our words. */
static gboolean
on_to_ua (gpointer data, const char *text, gsize len)
{
  static KithSipLines lines;
  guint callers = 0;

  if (!kith_sip_lines_read (&lines, text, len)) {
    abort ();
  }
  for (guint i = 0; i < lines.n; i++) {
    callers += kith_sip_piece_is (lines.lines[i].name, KITH_SIP_CALLER)
               || kith_sip_piece_is (lines.lines[i].name, KITH_SIP_MADE);
    if (kith_sip_piece_is (lines.lines[i].name, KITH_SIP_VIA)) {
      abort ();
    }
  }
  if (callers != 1) {
    abort ();
  }
  keep (to_ua, text, len);
  return !ua_rests;
}

static void
on_log (gpointer data, KithEdgeLevel level, const KithEndpoint *who, const char *text)
{
}

static void
on_tell (gpointer data, const KithEdgeFrame *frame)
{
}

static const KithNetwork network = { on_send,        on_connect, on_write, on_waiting, on_close,
                                     on_own_address, on_to_ua,   on_tell,  on_log };

static KithWay
way_of (guint n)
{
  static const char *const addresses[] = { "198.51.100.7:5070",
                                           "203.0.113.9:5060",
                                           "[2001:db8::7]:5060",
                                           "10.0.0.9:9",
                                           "10.0.0.8:8" };
  KithWay way = { 0 };

  (void)kith_endpoint_parse (addresses[n % G_N_ELEMENTS (addresses)], &way.to.peer);
  return way;
}

static gchar *
md5 (const char *text)
{
  return g_compute_checksum_for_string (G_CHECKSUM_MD5, text, -1);
}

static void
send_register (guint n, const char *authorization)
{
  const KithWay way = way_of (0);
  g_autofree gchar *text = g_strdup_printf (
      "REGISTER sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7:5070;branch=z9hG4bKr%u\r\n"
      "From: <sip:desk@192.0.2.1>;tag=1\r\nTo: <sip:desk@192.0.2.1>\r\nCall-ID: r\r\n"
      "CSeq: %u REGISTER\r\nContact: <sip:desk@198.51.100.7:5070>\r\n%sContent-Length: 0\r\n\r\n",
      n,
      n + 1,
      authorization);

  kith_front_datagram (edge, &way, (const guint8 *)text, strlen (text));
}

/* desk proves who it is: from its place it is believed for a while. */
static void
enter_desk (void)
{
  send_register (1, "");
  const char *at = strstr (to_peer, "nonce=\"");
  if (at == NULL) {
    return;
  }
  at += strlen ("nonce=\"");
  g_autofree gchar *nonce = g_strndup (at, strcspn (at, "\""));
  g_autofree gchar *ha1 = md5 ("desk:kith:" PASSWORD);
  g_autofree gchar *ha2 = md5 ("REGISTER:sip:192.0.2.1");
  g_autofree gchar *all = g_strdup_printf ("%s:%s:00000001:0a4f:auth:%s", ha1, nonce, ha2);
  g_autofree gchar *response = md5 (all);
  g_autofree gchar *line = g_strdup_printf (
      "Authorization: Digest username=\"desk\", realm=\"kith\", nonce=\"%s\", "
      "uri=\"sip:192.0.2.1\", response=\"%s\", algorithm=MD5, cnonce=\"0a4f\", qop=auth, "
      "nc=00000001\r\n",
      nonce,
      response);
  send_register (2, line);
}

/* desk is where datagrams of the first address come from, and believed there as connection 1; dect
   is at two other places. */
static void
add_phones (void)
{
  static const char *const names[] = { "desk", "dect" };
  static const char *const places[] = { "198.51.100.7:5070", "203.0.113.9:5060", "10.0.0.9:9" };
  static KithEdgeFrame frame;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    memset (&frame, 0, sizeof frame);
    frame.type = KITH_EDGE_PHONE;
    (void)g_strlcpy (frame.phone.name, names[i], sizeof frame.phone.name);
    kith_phone_secret_make (names[i], PASSWORD, &frame.phone.secret);
    kith_front_order (edge, &frame);
  }
  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    memset (&frame, 0, sizeof frame);
    frame.type = KITH_EDGE_BIND;
    frame.binding.id = i + 1;
    (void)g_strlcpy (frame.binding.phone, names[MIN (i, 1)], sizeof frame.binding.phone);
    (void)g_snprintf (frame.binding.contact,
                      sizeof frame.binding.contact,
                      "sip:%s@%s",
                      names[MIN (i, 1)],
                      places[i]);
    (void)g_strlcpy (frame.binding.call_id, "r", sizeof frame.binding.call_id);
    frame.binding.q = (guint16)(1000 - i / 2 * 500);
    frame.binding.expires_s = kith_clock_wall (now) / G_USEC_PER_SEC + 3600;
    (void)kith_endpoint_parse (places[i], &frame.binding.source);
    kith_front_order (edge, &frame);
  }
  memset (&frame, 0, sizeof frame);
  frame.type = KITH_EDGE_OPEN;
  frame.rules.max_expires_s = 3600;
  frame.rules.outside = TRUE;
  kith_front_order (edge, &frame);
  enter_desk ();
}

static void
restart (void)
{
  kith_front_free (edge);
  edge = kith_front_new (now, &rules, &network, NULL);
  if (in_house) {
    add_phones ();
  }
}

/* Another role, and a route. */
static void
set_role (guint n)
{
  static KithEdgeFrame frame;

  memset (&frame, 0, sizeof frame);
  frame.type = KITH_EDGE_ROLE;
  frame.role = (KithEdgeRole)(n % 3);
  kith_front_order (edge, &frame);
  memset (&frame, 0, sizeof frame);
  frame.type = KITH_EDGE_ROUTE;
  if (n > 3 && kith_edge_route_set_name (&frame.route, "b")
      && kith_edge_route_set_domain (&frame.route, "b.example")
      && kith_edge_route_set_next (&frame.route, "203.0.113.9:5070")
      && kith_edge_route_set_from (&frame.route, "198.51.100.0/24")) {
    kith_front_order (edge, &frame);
  }
}

static const char *
status_of (guint n)
{
  static const char *const all[] = { "100 Trying", "180 Ringing", "200 OK",        "302 Moved",
                                     "404 No",     "486 Busy",    "503 Not Today", "603 Decline" };

  return all[n % G_N_ELEMENTS (all)];
}

/* A response to @request, with a tag of ours where @tagged. (transfer full) */
static gchar *
answer (const char *request, const char *status, gboolean tagged)
{
  g_auto (GStrv) lines = g_strsplit (request, "\r\n", -1);
  GString *out = g_string_new (NULL);
  g_autofree gchar *tag = kith_sip_token_make (rules.key, "call-1", 1);

  g_string_append_printf (out, "SIP/2.0 %s\r\n", status);
  for (guint i = 1; lines[0] != NULL && lines[i] != NULL && *lines[i] != '\0'; i++) {
    gboolean to = g_str_has_prefix (lines[i], "To:");
    if (to || g_str_has_prefix (lines[i], "Via:") || g_str_has_prefix (lines[i], "From:")
        || g_str_has_prefix (lines[i], "Call-ID:") || g_str_has_prefix (lines[i], "CSeq:")) {
      g_string_append (out, lines[i]);
      if (to && strstr (lines[i], "tag=") == NULL) {
        g_string_append_printf (out, ";tag=%s", tagged ? tag : "z");
      }
      g_string_append (out, "\r\n");
    }
  }
  g_string_append (out, "Content-Length: 0\r\n\r\n");
  return g_string_free (out, FALSE);
}

/* What the user agent says comes scanned, as ua-stream.c reads it. */
static void
say_as_user_agent (const guint8 *bytes, gsize len)
{
  g_autoptr (KithSipStream) stream = kith_sip_stream_new ();

  kith_sip_stream_trust (stream);
  kith_sip_stream_push (stream, bytes, len);
  for (KithSipScanVerdict verdict = kith_sip_stream_next (stream);
       verdict != KITH_SIP_SCAN_MORE && verdict != KITH_SIP_SCAN_BREAK;
       verdict = kith_sip_stream_next (stream)) {
    if (verdict == KITH_SIP_SCAN_PASS) {
      const GString *text = kith_sip_stream_scan (stream)->text;
      kith_front_from_user_agent (edge, text->str, text->len);
    }
  }
}

static void
step (gchar what, guint n, const guint8 *bytes, gsize len)
{
  KithWay way = way_of (n);
  g_autofree gchar *text = NULL;

  switch (what) {
  case 'd':
    if (kith_front_may_read (edge, &way)) {
      kith_front_datagram (edge, &way, bytes, len);
    }
    break;
  case 'u':
    say_as_user_agent (bytes, len);
    break;
  case 'o':
    way.to.tcp = TRUE;
    (void)kith_front_accept (edge, n + 1, &way);
    break;
  case 's':
    kith_front_bytes (edge, n + 1, bytes, len);
    break;
  case 'e':
    (void)kith_front_ended (edge, n + 1);
    break;
  case 'c':
    kith_front_closed (edge, n + 1);
    break;
  case 'w':
    kith_clock_advance (now, 500 + n * 4000);
    break;
  case 'x':
    kith_front_refused (edge, &way.to.peer);
    break;
  case 'a':
    text = answer (to_ua, status_of (n), TRUE);
    kith_front_from_user_agent (edge, text, strlen (text));
    break;
  case 'p':
    text = answer (to_peer, status_of (n), FALSE);
    way = way_of (in_house ? len % 2 : 0);
    kith_front_datagram (edge, &way, (const guint8 *)text, strlen (text));
    break;
  case 'b':
    ua_rests = !ua_rests;
    break;
  case 'r':
    restart ();
    break;
  case 'h':
    in_house = TRUE;
    restart ();
    set_role (n);
    break;
  default:
    break;
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const uint8_t *end = data + size;

  now = kith_clock_new_manual (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC);
  opened = 100;
  ua_rests = FALSE;
  in_house = FALSE;
  to_ua[0] = to_peer[0] = '\0';
  rules.plain_in = TRUE;
  restart ();
  for (guint i = 0; i < MOST_STEPS && end - data >= 2; i++) {
    const uint8_t *stop = memmem (data, (size_t)(end - data), END, strlen (END));
    stop = stop != NULL ? stop : end;
    if (stop - data >= 2) {
      step ((gchar)data[0], data[1] % 10, data + 2, (gsize)(stop - data) - 2);
    }
    data = MIN (stop + strlen (END), end);
  }
  kith_front_free (edge);
  edge = NULL;
  if (kith_clock_next_due (now) != -1) {
    abort (); /* a timer outlived it */
  }
  g_object_unref (now);
  return 0;
}
