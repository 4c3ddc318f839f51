/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A SIP peer made of a socket and text, for the tests of the SIP room. */
#pragma once

#include "sip-fixture.h"

typedef struct {
  int fd;
  gboolean stream;
  guint16 port;        /* our own */
  guint16 to;          /* the stack's */
  const char *at;      /* the stack's address */
  const char *contact; /* host and port that are said in Contact; NULL: our own */
  guint cseq;          /* of the next requests; 0: 1 for INVITE, CANCEL and ACK, else 2 */
  char text[65536];    /* the last message */
} Wire;

static struct sockaddr_in
wire_address (const char *host, guint16 port)
{
  struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons (port) };

  g_assert_cmpint (inet_pton (AF_INET, host, &in.sin_addr), ==, 1);
  return in;
}

/* A socket bound to @host (and @port, 0: any); TCP is connected to the stack at @at and port
   @to. */
static void
wire_open_at (Wire *wire,
              const char *host,
              guint16 port,
              const char *at,
              guint16 to,
              gboolean stream)
{
  struct sockaddr_in own = wire_address (host, port);
  struct sockaddr_in peer = wire_address (at, to);
  socklen_t len = sizeof own;
  int one = 1;

  wire->stream = stream;
  wire->cseq = 0;
  wire->to = to;
  wire->at = at;
  wire->contact = NULL;
  wire->fd = socket (AF_INET, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
  g_assert_cmpint (wire->fd, >=, 0);
  g_assert_cmpint (setsockopt (wire->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), ==, 0);
  g_assert_cmpint (bind (wire->fd, (struct sockaddr *)&own, sizeof own), ==, 0);
  if (stream) {
    g_assert_cmpint (connect (wire->fd, (struct sockaddr *)&peer, sizeof peer), ==, 0);
  }
  g_assert_cmpint (getsockname (wire->fd, (struct sockaddr *)&own, &len), ==, 0);
  wire->port = ntohs (own.sin_port);
}

static void
wire_open (Wire *wire, const char *host, guint16 port, guint16 to, gboolean stream)
{
  wire_open_at (wire, host, port, "127.0.0.1", to, stream);
}

static void
wire_close (Wire *wire)
{
  close (wire->fd);
  wire->fd = -1;
}

static void
wire_send_raw (Wire *wire, const void *data, gsize len)
{
  if (wire->stream) {
    (void)!send (wire->fd, data, len, MSG_NOSIGNAL);
  } else {
    struct sockaddr_in peer = wire_address (wire->at, wire->to);
    (void)!sendto (wire->fd, data, len, 0, (struct sockaddr *)&peer, sizeof peer);
  }
}

/* Receives one message or what a stream has. FALSE when nothing came within @ms; the main context
   runs meanwhile. */
static gboolean
wire_receive (Wire *wire, guint ms)
{
  ssize_t n = -1;

  WAIT_FOR (ms, (n = recv (wire->fd, wire->text, sizeof wire->text - 1, MSG_DONTWAIT)) > 0);
  wire->text[n > 0 ? n : 0] = '\0';
  return n > 0;
}

/* TRUE when the next message starts with @prefix; other ones are passed over, also those that a
   stream brought at once with it. */
static gboolean
wire_expect (Wire *wire, const char *prefix)
{
  while (wire_receive (wire, 1000)) {
    const char *found = wire->stream ? strstr (wire->text, prefix) : wire->text;
    if (found != NULL && g_str_has_prefix (found, prefix)) {
      memmove (wire->text, found, strlen (found) + 1);
      return TRUE;
    }
  }
  return FALSE;
}

/* The status of the next final or provisional response above 100; 0 when nothing came within
   @ms. */
static guint
wire_status (Wire *wire, guint ms)
{
  guint status = 0;

  while (wire_receive (wire, ms)) {
    for (const char *p = wire->text; (p = strstr (p, "SIP/2.0 ")) != NULL; p += 8) {
      guint found = (guint)g_ascii_strtoull (p + 8, NULL, 10);
      if (found > 100 && found < 700) {
        status = found;
      }
    }
    if (status != 0) {
      return status;
    }
  }
  return 0;
}

/* A whole request; @extra: header lines with their line ends, or ""; @to_tag or NULL; @branch names
   the transaction. */
static gchar *
wire_request (const Wire *wire,
              const char *method,
              const char *call_id,
              const char *branch,
              const char *to_tag,
              const char *extra,
              const char *body)
{
  gboolean first = strcmp (method, "INVITE") == 0 || strcmp (method, "ACK") == 0
                   || strcmp (method, "CANCEL") == 0;
  guint cseq = wire->cseq != 0 ? wire->cseq : first ? 1 : 2;
  g_autofree gchar *own = g_strdup_printf ("127.0.0.1:%u", wire->port);

  return g_strdup_printf (
      "%s sip:bob@127.0.0.1:%u SIP/2.0\r\nVia: SIP/2.0/%s 127.0.0.1:%u;rport;branch=z9hG4bK%s\r\n"
      "Max-Forwards: 70\r\nFrom: \"Carol\" <sip:carol@127.0.0.1>;tag=carol1\r\nTo: "
      "<sip:bob@127.0.0.1>%s%s\r\n"
      "Call-ID: %s\r\nCSeq: %u %s\r\nContact: <sip:carol@%s%s>\r\n%s%sContent-Length: "
      "%zu\r\n\r\n%s",
      method,
      wire->to,
      wire->stream ? "TCP" : "UDP",
      wire->port,
      branch,
      to_tag != NULL ? ";tag=" : "",
      to_tag != NULL ? to_tag : "",
      call_id,
      cseq,
      method,
      wire->contact != NULL ? wire->contact : own,
      wire->stream ? ";transport=tcp" : "",
      extra,
      body != NULL && strstr (extra, "Content-Type") == NULL ? "Content-Type: application/sdp\r\n"
                                                             : "",
      body != NULL ? strlen (body) : 0,
      body != NULL ? body : "");
}

static void
wire_send (Wire *wire,
           const char *method,
           const char *call_id,
           const char *branch,
           const char *to_tag,
           const char *extra,
           const char *body)
{
  g_autofree gchar *text = wire_request (wire, method, call_id, branch, to_tag, extra, body);

  wire_send_raw (wire, text, strlen (text));
}

/* The To tag of the last response. (transfer full) */
static gchar *
wire_to_tag (const Wire *wire)
{
  const char *last = wire->text;

  for (const char *p = last; (p = strstr (p, "SIP/2.0 ")) != NULL; p++) {
    last = p; /* of a stream several may have come at once */
  }
  const char *to = strstr (last, "\r\nTo:");
  const char *tag = to != NULL ? strstr (to, "tag=") : NULL;

  g_assert_nonnull (tag);
  return g_strndup (tag + 4, strcspn (tag + 4, ";\r\n> "));
}

/* Answers the request that came last with @status, with a tag if its To has none; @extra: header
   lines. */
static void
wire_reply (Wire *wire, const char *status, const char *extra, const char *body)
{
  static const char *copied[] = { "Via:", "From:", "To:", "Call-ID:", "CSeq:" };
  GString *out = g_string_new (NULL);

  g_string_printf (out, "SIP/2.0 %s\r\n", status);
  for (gsize i = 0; i < G_N_ELEMENTS (copied); i++) {
    g_autofree gchar *needle = g_strdup_printf ("\r\n%s", copied[i]);
    const char *line = strstr (wire->text, needle);
    g_assert_nonnull (line);
    gsize len = strcspn (line + 2, "\r");
    g_string_append_len (out, line + 2, (gssize)len);
    gboolean tag = i == 2 && strstr (status, "100 ") == NULL
                   && g_strstr_len (line, (gssize)len, ";tag=") == NULL;
    g_string_append (out, tag ? ";tag=wire\r\n" : "\r\n");
  }
  g_string_append_printf (out,
                          "%s%sContent-Length: %zu\r\n\r\n%s",
                          extra,
                          body != NULL ? "Content-Type: application/sdp\r\n" : "",
                          body != NULL ? strlen (body) : 0,
                          body != NULL ? body : "");
  wire_send_raw (wire, out->str, out->len);
  g_string_free (out, TRUE);
}
