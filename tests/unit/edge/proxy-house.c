/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts with everything that a phone would write. */
#include "proxy-house.h"

#include <string.h>

#include "model/phone/phone-password.h"

#define PASSWORD "7k2f-9qxm-41tr-c8ne"

void
house_phone (Bench *bench, const char *name, const char *number, KithPhoneClass rights)
{
  g_autofree KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = KITH_EDGE_PHONE;
  (void)g_strlcpy (frame->phone.name, name, sizeof frame->phone.name);
  (void)g_strlcpy (frame->phone.number, number, sizeof frame->phone.number);
  frame->phone.rights = rights;
  kith_phone_secret_make (name, PASSWORD, &frame->phone.secret);
  kith_front_order (bench->edge, frame);
}

static gchar *
md5 (const char *text)
{
  return g_compute_checksum_for_string (G_CHECKSUM_MD5, text, -1);
}

static gchar *
authorize (const char *challenge, const char *name)
{
  const char *at = strstr (challenge, "nonce=\"");

  g_assert_nonnull (at);
  at += strlen ("nonce=\"");
  g_autofree gchar *nonce = g_strndup (at, strcspn (at, "\""));
  g_autofree gchar *a1 = g_strdup_printf ("%s:kith:%s", name, PASSWORD);
  g_autofree gchar *ha1 = md5 (a1);
  g_autofree gchar *ha2 = md5 ("REGISTER:sip:192.0.2.1");
  g_autofree gchar *all = g_strdup_printf ("%s:%s:00000001:0a4f:auth:%s", ha1, nonce, ha2);
  g_autofree gchar *response = md5 (all);
  return g_strdup_printf ("Authorization: Digest username=\"%s\", realm=\"kith\", nonce=\"%s\", "
                          "uri=\"sip:192.0.2.1\", response=\"%s\", algorithm=MD5, "
                          "cnonce=\"0a4f\", qop=auth, nc=00000001\n",
                          name,
                          nonce,
                          response);
}

static void
send_register (Bench *bench,
               const char *name,
               const char *from,
               guint32 stream,
               const char *params,
               const char *authorization)
{
  static guint n;

  n++;
  g_autofree gchar *text = g_strdup_printf (
      "REGISTER sip:192.0.2.1 SIP/2.0\nVia: SIP/2.0/%s %s;branch=z9hG4bKr%u;rport\n"
      "From: <sip:%s@192.0.2.1>;tag=1\nTo: <sip:%s@192.0.2.1>\nCall-ID: r-%s-%s\n"
      "CSeq: %u REGISTER\nContact: <sip:%s@%s%s>%s\n%sContent-Length: 0\n\n",
      stream != 0 ? "TCP" : "UDP",
      from,
      n,
      name,
      name,
      name,
      from,
      n,
      name,
      from,
      stream != 0 ? ";transport=tcp" : "",
      params,
      authorization);

  if (stream != 0) {
    bench_stream (bench, stream, text);
  } else {
    bench_datagram (bench, from, text);
  }
}

static void
enter (Bench *bench, const char *name, const char *from, guint32 stream, const char *params)
{
  kith_clock_advance (bench->clock, 2000); /* another nonce */
  send_register (bench, name, from, stream, params, "");
  g_assert_true (g_str_has_prefix (bench_last (bench), "SIP/2.0 401 "));
  g_autofree gchar *authorization = authorize (strstr (bench_last (bench), "algorithm=MD5") != NULL
                                                   ? strstr (bench_last (bench), "nonce=")
                                                   : bench_last (bench),
                                               name);
  send_register (bench, name, from, stream, params, authorization);
  g_assert_true (g_str_has_prefix (bench_last (bench), "SIP/2.0 200 "));
}

void
house_enter (Bench *bench, const char *name, const char *from, const char *params)
{
  enter (bench, name, from, 0, params);
}

void
house_enter_tcp (Bench *bench, const char *name, const char *from, guint32 stream)
{
  KithWay way = bench_way (from);

  way.to.tcp = TRUE;
  way.stream = stream;
  g_assert_true (kith_front_accept (bench->edge, stream, &way));
  enter (bench, name, from, stream, "");
}

Bench *
house_new (void)
{
  Bench *bench = bench_new ();
  g_autofree KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  kith_clock_advance (bench->clock, 1000000); /* a nonce of second 0 is none */
  house_phone (bench, "desk", "11", KITH_PHONE_HOME);
  house_phone (bench, "dect", "12", KITH_PHONE_GUEST);
  frame->type = KITH_EDGE_OPEN;
  frame->rules.max_expires_s = 3600;
  kith_front_order (bench->edge, frame);
  house_enter (bench, "desk", DESK, "");
  house_enter (bench, "dect", DECT, "");
  kith_clock_advance (bench->clock, 10000);
  g_ptr_array_set_size (bench->sent, 0);
  return bench;
}

void
house_ask (Bench *bench, const char *start, const char *branch, const char *more)
{
  const gsize method = strcspn (start, " ");
  g_autofree gchar *text = g_strdup_printf (
      "%s SIP/2.0\nVia: SIP/2.0/UDP " DESK ";branch=z9hG4bK%s;rport\n"
      "From: <sip:desk@192.0.2.1>;tag=d1\nTo: <sip:x@192.0.2.1>\nCall-ID: call-%s\n"
      "CSeq: 1 %.*s\nContact: <sip:desk@" DESK ">\n%s%s",
      start,
      branch,
      branch,
      (int)method,
      start,
      more,
      strstr (more, "Content-Length") != NULL ? "" : "Content-Length: 0\n\n");

  bench_datagram (bench, DESK, text);
}

static gboolean
is_to (const Sent *sent, const char *address)
{
  if (sent->way.stream != 0 && !g_ascii_isdigit (*address)) {
    return (guint)g_ascii_strtoull (address + 1, NULL, 10) == sent->way.stream;
  }
  g_autofree gchar *to = kith_endpoint_to_text (&sent->way.to.peer);
  return strcmp (to, address) == 0;
}

const char *
house_to (Bench *bench, const char *address, const char *start)
{
  for (guint i = bench->sent->len; i > 0; i--) {
    const Sent *sent = bench->sent->pdata[i - 1];
    if (is_to (sent, address) && g_str_has_prefix (sent->text, start)) {
      return sent->text;
    }
  }
  return NULL;
}

guint
house_count (Bench *bench, const char *address, const char *start)
{
  guint n = 0;

  for (guint i = 0; i < bench->sent->len; i++) {
    const Sent *sent = bench->sent->pdata[i];
    n += is_to (sent, address) && g_str_has_prefix (sent->text, start);
  }
  return n;
}

static gchar *
reply (const char *request, const char *status, const char *tag, const char *more)
{
  g_auto (GStrv) lines = g_strsplit (request, "\r\n", -1);
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "SIP/2.0 %s\n", status);
  for (guint i = 1; lines[i] != NULL && *lines[i] != '\0'; i++) {
    const gboolean to = g_str_has_prefix (lines[i], "To: ");
    if (to || g_str_has_prefix (lines[i], "Via: ") || g_str_has_prefix (lines[i], "From: ")
        || g_str_has_prefix (lines[i], "Call-ID: ") || g_str_has_prefix (lines[i], "CSeq: ")
        || g_str_has_prefix (lines[i], "Record-Route: ")) {
      g_string_append_printf (out,
                              to && strstr (lines[i], "tag=") == NULL ? "%s;tag=%s\n" : "%s\n",
                              lines[i],
                              tag);
    }
  }
  g_string_append_printf (out, "%sContent-Length: 0\n\n", more);
  return g_string_free (out, FALSE);
}

void
house_reply (Bench *bench,
             const char *from,
             const char *request,
             const char *status,
             const char *tag,
             const char *more)
{
  g_autofree gchar *text = reply (request, status, tag, more);

  bench_datagram (bench, from, text);
}

void
house_reply_tcp (Bench *bench,
                 guint32 stream,
                 const char *request,
                 const char *status,
                 const char *tag)
{
  g_autofree gchar *text = reply (request, status, tag, "");

  bench_stream (bench, stream, text);
}

gchar *
house_within (const char *response, const char *method, guint n, gboolean back)
{
  g_autofree gchar *from = bench_header (response, back ? "To" : "From");
  g_autofree gchar *to = bench_header (response, back ? "From" : "To");
  g_autofree gchar *call_id = bench_header (response, "Call-ID");
  g_autofree gchar *record = bench_header (response, "Record-Route");
  g_auto (GStrv) routes = g_strsplit (record, ", ", -1);
  g_autoptr (GString) route = g_string_new (NULL);

  for (guint i = 0; routes[i] != NULL; i++) { /* the caller's route set is the other way round */
    if (back) {
      g_string_append_printf (route, "Route: %s\n", routes[i]);
    } else {
      g_autofree gchar *line = g_strdup_printf ("Route: %s\n", routes[i]);
      g_string_prepend (route, line);
    }
  }
  return g_strdup_printf ("%s sip:%s SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bKw%u;rport\n"
                          "From: %s\nTo: %s\nCall-ID: %s\nCSeq: %u %s\n%sMax-Forwards: 70\n"
                          "Content-Length: 0\n\n",
                          method,
                          back ? "desk@" DESK : "dect@" DECT,
                          back ? DECT : DESK,
                          n,
                          from,
                          to,
                          call_id,
                          strcmp (method, "ACK") == 0 ? 1 : n,
                          method,
                          route->str);
}
