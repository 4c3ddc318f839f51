/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sip-load KIND HOST PORT N WINDOW USERS REALM: N operations of SIP over UDP with WINDOW of them
   under way, by little CPU of its own, against any server. KIND: register, refresh, digest,
   redirect, call, options, junk. */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH 64
#define ROOM 4096
#define CALLER_PORT 5070
#define CALLEE_PORT 5090
#define AGAIN_US 500000 /* an answer that did not come: the request is sent again */
#define MOST_TRIES 6
#define MOST_S 90
#define SDP                                                                                        \
  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP " \
  "0\r\na=rtpmap:0 PCMU/8000\r\n"

typedef struct {
  int fd;
  guint n;
  struct mmsghdr headers[BATCH];
  struct iovec pieces[BATCH];
  struct sockaddr_in to[BATCH];
  gchar texts[BATCH][ROOM];
} Out;

/* One operation under way. */
typedef struct {
  gboolean busy;
  guint number, user, cseq, tries;
  gboolean hangs_up; /* of a call: BYE is out */
  gint64 sent_us;
  gchar nonce[128];
  guint nonce_count;
  gchar tag[64], route[512], target[128];
} Slot;

static Out caller, callee;
static struct sockaddr_in server;
static const char *kind, *host, *realm;
static Slot *slots;
static guint n_slots, n_users, begun, done, failed, again;
static guint wanted;
static guint run; /* tells runs apart */

static void
flush (Out *out)
{
  for (guint i = 0; i < out->n;) {
    int sent = sendmmsg (out->fd, out->headers + i, out->n - i, 0);
    if (sent <= 0 && errno != EAGAIN && errno != EINTR) {
      break;
    }
    i += (guint)MAX (sent, 0);
  }
  out->n = 0;
}

static gchar *
room_of (Out *out)
{
  if (out->n == BATCH) {
    flush (out);
  }
  return out->texts[out->n];
}

static void
push (Out *out, int len, const struct sockaddr_in *to)
{
  guint i = out->n++;

  out->to[i] = *to;
  out->pieces[i] = (struct iovec){ out->texts[i], (gsize)MIN (len, ROOM - 1) };
  out->headers[i].msg_hdr = (struct msghdr){ .msg_name = &out->to[i],
                                             .msg_namelen = sizeof out->to[i],
                                             .msg_iov = &out->pieces[i],
                                             .msg_iovlen = 1 };
}

static gchar *
md5 (const gchar *text)
{
  return g_compute_checksum_for_string (G_CHECKSUM_MD5, text, -1);
}

/* The Authorization of @slot, "" when it has no challenge yet. (transfer full) */
static gchar *
authorization (const Slot *slot)
{
  if (slot->nonce[0] == '\0') {
    return g_strdup ("");
  }
  g_autofree gchar *a1 = g_strdup_printf ("u%u:%s:secret-of-phones", slot->user, realm);
  g_autofree gchar *a2 = g_strdup_printf ("REGISTER:sip:%s", host);
  g_autofree gchar *ha1 = md5 (a1);
  g_autofree gchar *ha2 = md5 (a2);
  g_autofree gchar *all
      = g_strdup_printf ("%s:%s:%08x:abcd:auth:%s", ha1, slot->nonce, slot->nonce_count, ha2);
  g_autofree gchar *response = md5 (all);
  return g_strdup_printf ("Authorization: Digest username=\"u%u\", realm=\"%s\", nonce=\"%s\", "
                          "uri=\"sip:%s\", response=\"%s\", algorithm=MD5, cnonce=\"abcd\", "
                          "qop=auth, nc=%08x\r\n",
                          slot->user,
                          realm,
                          slot->nonce,
                          host,
                          response,
                          slot->nonce_count);
}

static const char *
method_of (const Slot *slot)
{
  if (strcmp (kind, "options") == 0) {
    return "OPTIONS";
  }
  if (strcmp (kind, "call") == 0 || strcmp (kind, "redirect") == 0) {
    return slot->hangs_up ? "BYE" : "INVITE";
  }
  return "REGISTER";
}

static void
request (guint i, const char *method)
{
  Slot *slot = &slots[i];
  gchar *out = room_of (&caller);
  gboolean registers = strcmp (method, "REGISTER") == 0;
  gboolean invites = strcmp (method, "INVITE") == 0;
  gboolean within = slot->target[0] != '\0';
  g_autofree gchar *auth = registers ? authorization (slot) : g_strdup ("");
  g_autofree gchar *uri = within      ? g_strdup (slot->target)
                          : registers ? g_strdup_printf ("sip:%s", host)
                                      : g_strdup_printf ("sip:u%u@%s", slot->user, host);
  g_autofree gchar *contact
      = registers ? g_strdup_printf ("Contact: <sip:u%u@127.0.0.1:%d>\r\nExpires: 3600\r\n",
                                     slot->user,
                                     CALLEE_PORT)
                  : g_strdup_printf ("Contact: <sip:caller@127.0.0.1:%d>\r\n", CALLER_PORT);
  int len = g_snprintf (
      out,
      ROOM,
      "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK%x-%u-%u-%u%s\r\n"
      "Max-Forwards: 70\r\n%s%s%sFrom: <sip:%s%u@%s>;tag=f%x%u\r\nTo: <sip:u%u@%s>%s%s\r\n"
      "Call-ID: %u-%u-%x@bench\r\nCSeq: %u %s\r\n%s%s%sContent-Length: %u\r\n\r\n%s",
      method,
      uri,
      CALLER_PORT,
      run,
      i,
      slot->number,
      slot->cseq,
      strcmp (method, "ACK") == 0 && strcmp (kind, "call") == 0 ? "a" : "",
      slot->route[0] != '\0' ? "Route: " : "",
      slot->route,
      slot->route[0] != '\0' ? "\r\n" : "",
      "u",
      registers ? slot->user : (slot->user + 1) % n_users,
      host,
      run,
      i,
      slot->user,
      host,
      slot->tag[0] != '\0' ? ";tag=" : "",
      slot->tag,
      i,
      slot->number,
      run,
      slot->cseq,
      method,
      contact,
      auth,
      invites ? "Content-Type: application/sdp\r\n" : "",
      invites ? (guint)strlen (SDP) : 0,
      invites ? SDP : "");
  push (&caller, len, &server);
  slot->sent_us = g_get_monotonic_time ();
}

static void
begin (guint i)
{
  Slot *slot = &slots[i];
  const Slot before = *slot;

  memset (slot, 0, sizeof *slot);
  slot->busy = TRUE;
  slot->number = before.number + 1;
  slot->cseq = 1;
  slot->user = begun % n_users;
  if (strcmp (kind, "refresh") == 0) { /* each slot is one phone that keeps its nonce */
    slot->user = i % n_users;
    slot->cseq = before.cseq + 1;
    slot->number = 1;
    memcpy (slot->nonce, before.nonce, sizeof slot->nonce);
    slot->nonce_count = before.nonce_count + 1;
  }
  begun++;
  request (i, method_of (slot));
}

static void
finish (guint i, gboolean ok)
{
  done++;
  failed += !ok;
  slots[i].busy = FALSE;
  if (begun < wanted) {
    begin (i);
  }
}

/* The value of a header; NULL: it is not there. */
static const gchar *
header (const gchar *message, const char *name, gsize *len)
{
  gsize n = strlen (name);

  for (const gchar *at = strstr (message, "\r\n"); at != NULL && at[2] != '\r';
       at = strstr (at + 2, "\r\n")) {
    if (g_ascii_strncasecmp (at + 2, name, n) == 0 && at[2 + n] == ':') {
      at += 3 + n;
      at += strspn (at, " ");
      *len = strcspn (at, "\r\n");
      return at;
    }
  }
  return NULL;
}

static void
keep (gchar *out, gsize room, const gchar *text, gsize len)
{
  len = MIN (len, room - 1);
  memcpy (out, text, len);
  out[len] = '\0';
}

static void
keep_tag (Slot *slot, const gchar *message)
{
  gsize len;
  const gchar *to = header (message, "To", &len);
  const gchar *tag = to != NULL ? g_strstr_len (to, (gssize)len, "tag=") : NULL;

  if (tag != NULL) {
    keep (slot->tag, sizeof slot->tag, tag + 4, strcspn (tag + 4, ";\r\n"));
  }
}

/* A nonce for MD5 out of a 401. FALSE: there is none. */
static gboolean
keep_nonce (Slot *slot, const gchar *message)
{
  const gchar *nonce = NULL;

  for (const gchar *at = strstr (message, "WWW-Authenticate:"); at != NULL;
       at = strstr (at + 1, "WWW-Authenticate:")) {
    gssize len = (gssize)strcspn (at, "\r\n");
    if (g_strstr_len (at, len, "SHA-256") == NULL) {
      nonce = g_strstr_len (at, len, "nonce=\"");
    }
  }
  if (nonce != NULL) {
    keep (slot->nonce, sizeof slot->nonce, nonce + 7, strcspn (nonce + 7, "\""));
  }
  slot->nonce_count = 1;
  return nonce != NULL;
}

static void
take_answer_of_call (guint i, Slot *slot, const gchar *message, guint status)
{
  gsize len;
  const gchar *route = header (message, "Record-Route", &len);

  if (slot->hangs_up || status != 200) {
    finish (i, slot->hangs_up && status == 200);
    return;
  }
  if (route != NULL) {
    keep (slot->route, sizeof slot->route, route, len);
  }
  keep_tag (slot, message);
  const gchar *contact = header (message, "Contact", &len);
  const gchar *uri = contact != NULL ? memchr (contact, '<', len) : NULL;
  if (uri != NULL) {
    keep (slot->target, sizeof slot->target, uri + 1, strcspn (uri + 1, ">"));
  }
  request (i, "ACK");
  slot->hangs_up = TRUE;
  slot->cseq = 2;
  slot->tries = 0;
  request (i, "BYE");
}

static void
on_answer (const gchar *message)
{
  guint status = (guint)g_ascii_strtoull (message + 8, NULL, 10);
  gsize len;
  const gchar *call_id = header (message, "Call-ID", &len);
  const gchar *cseq = header (message, "CSeq", &len);
  guint i = 0;
  guint number = 0;

  if (!g_str_has_prefix (message, "SIP/2.0 ") || status < 200 || call_id == NULL || cseq == NULL
      || sscanf (call_id, "%u-%u-", &i, &number) != 2 || i >= n_slots || !slots[i].busy
      || slots[i].number != number || g_ascii_strtoull (cseq, NULL, 10) != slots[i].cseq) {
    return;
  }
  Slot *slot = &slots[i];
  if (strcmp (kind, "call") == 0) {
    take_answer_of_call (i, slot, message, status);
  } else if (strcmp (kind, "redirect") == 0) {
    keep_tag (slot, message);
    request (i, "ACK");
    finish (i, status == 302);
  } else if (status == 401 && slot->tries < 2 && keep_nonce (slot, message)) {
    slot->tries++;
    slot->cseq++;
    request (i, "REGISTER");
  } else {
    finish (i, status == 200);
  }
}

/* The one who is called says 180 and 200 at once. */
static void
on_request (const gchar *message, const struct sockaddr_in *from)
{
  gboolean invite = g_str_has_prefix (message, "INVITE ");

  if (!invite && !g_str_has_prefix (message, "BYE ") && !g_str_has_prefix (message, "OPTIONS ")) {
    return;
  }
  for (guint k = invite ? 0 : 1; k < 2; k++) {
    gchar *out = room_of (&callee);
    int n = g_snprintf (out, ROOM, "SIP/2.0 %s\r\n", k == 0 ? "180 Ringing" : "200 OK");
    for (const gchar *at = strstr (message, "\r\n"); at != NULL && at[2] != '\r';
         at = strstr (at + 2, "\r\n")) {
      gsize len = strcspn (at + 2, "\r\n");
      gboolean to = g_ascii_strncasecmp (at + 2, "To:", 3) == 0;
      if (to || g_ascii_strncasecmp (at + 2, "Via:", 4) == 0
          || g_ascii_strncasecmp (at + 2, "From:", 5) == 0
          || g_ascii_strncasecmp (at + 2, "Call-ID:", 8) == 0
          || g_ascii_strncasecmp (at + 2, "CSeq:", 5) == 0
          || (invite && g_ascii_strncasecmp (at + 2, "Record-Route:", 13) == 0)) {
        gboolean tagged = g_strstr_len (at + 2, (gssize)len, "tag=") != NULL;
        n += g_snprintf (out + n,
                         (gulong)(ROOM - n),
                         "%.*s%s\r\n",
                         (int)len,
                         at + 2,
                         to && !tagged ? ";tag=callee" : "");
      }
    }
    gboolean body = invite && k == 1;
    n += g_snprintf (out + n,
                     (gulong)(ROOM - n),
                     "%s%sContent-Length: %u\r\n\r\n%s",
                     invite ? "Contact: <sip:callee@127.0.0.1:5090>\r\n" : "",
                     body ? "Content-Type: application/sdp\r\n" : "",
                     body ? (guint)strlen (SDP) : 0,
                     body ? SDP : "");
    push (&callee, n, from);
  }
}

static void
drain (int fd)
{
  static gchar texts[BATCH][ROOM];
  static struct sockaddr_in from[BATCH];
  struct mmsghdr headers[BATCH] = { 0 };
  struct iovec pieces[BATCH];

  for (guint i = 0; i < BATCH; i++) {
    pieces[i] = (struct iovec){ texts[i], ROOM - 1 };
    headers[i].msg_hdr = (struct msghdr){ .msg_name = &from[i],
                                          .msg_namelen = sizeof from[i],
                                          .msg_iov = &pieces[i],
                                          .msg_iovlen = 1 };
  }
  int n = recvmmsg (fd, headers, BATCH, MSG_DONTWAIT, NULL);
  for (int i = 0; i < n; i++) {
    texts[i][headers[i].msg_len] = '\0';
    if (g_str_has_prefix (texts[i], "SIP/2.0 ")) {
      on_answer (texts[i]);
    } else {
      on_request (texts[i], &from[i]);
    }
  }
}

static void
send_again (gint64 now_us)
{
  for (guint i = 0; i < n_slots; i++) {
    Slot *slot = &slots[i];
    if (slot->busy && now_us - slot->sent_us > AGAIN_US) {
      if (++slot->tries > MOST_TRIES) {
        finish (i, FALSE);
      } else {
        again++;
        request (i, method_of (slot));
      }
    }
  }
}

static int
open_socket (guint16 port)
{
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  int room = 16 << 20;
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons (port) };

  (void)setsockopt (fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  (void)setsockopt (fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  at.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (bind (fd, (const struct sockaddr *)&at, sizeof at) != 0) {
    perror ("bind");
    exit (2);
  }
  return fd;
}

/* N datagrams that are no SIP, as fast as the server takes them. */
static void
send_junk (void)
{
  while (done < wanted) {
    for (guint i = 0; i < BATCH && done < wanted; i++, done++) {
      gchar *out = room_of (&caller);
      push (&caller,
            g_snprintf (out, ROOM, "\x01\x02 this is no SIP at all %u\r\n\r\n", done),
            &server);
    }
    flush (&caller);
    g_usleep (300);
  }
}

static void
operate (void)
{
  gint64 begun_us = g_get_monotonic_time ();
  gint64 looked_us = begun_us;

  for (guint i = 0; i < n_slots && begun < wanted; i++) {
    begin (i);
  }
  while (done < wanted) {
    struct pollfd fds[2] = { { caller.fd, POLLIN, 0 }, { callee.fd, POLLIN, 0 } };
    flush (&caller);
    flush (&callee);
    (void)poll (fds, 2, 50);
    drain (caller.fd);
    drain (callee.fd);
    gint64 now_us = g_get_monotonic_time ();
    if (now_us - looked_us > AGAIN_US / 5) {
      looked_us = now_us;
      send_again (now_us);
    }
    if (now_us - begun_us > MOST_S * G_USEC_PER_SEC) {
      break;
    }
  }
  flush (&caller);
  flush (&callee);
}

int
main (int argc, char **argv)
{
  if (argc != 8) {
    return 2;
  }
  kind = argv[1];
  host = argv[2];
  server
      = (struct sockaddr_in){ .sin_family = AF_INET,
                              .sin_port = htons ((guint16)g_ascii_strtoull (argv[3], NULL, 10)) };
  server.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  wanted = (guint)g_ascii_strtoull (argv[4], NULL, 10);
  n_slots = (guint)CLAMP (g_ascii_strtoull (argv[5], NULL, 10), 1, 4096);
  n_users = (guint)MAX (g_ascii_strtoull (argv[6], NULL, 10), 1);
  realm = argv[7];
  run = g_random_int ();
  slots = g_new0 (Slot, n_slots);
  caller.fd = open_socket (CALLER_PORT);
  callee.fd = open_socket (CALLEE_PORT);
  gint64 begun_us = g_get_monotonic_time ();
  if (strcmp (kind, "junk") == 0) {
    send_junk ();
  } else {
    operate ();
  }
  printf ("ok=%u failed=%u again=%u seconds=%.3f\n",
          done - failed,
          failed + (wanted - done),
          again,
          (double)(g_get_monotonic_time () - begun_us) / G_USEC_PER_SEC);
  g_free (slots);
  return 0;
}
