/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sends STUN questions with their repetitions from one socket, and reads what comes back. */
#include "nat/stun-socket.h"

#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"
#include "net/socket-name.h"

#define FIRST_REPEAT_MS 100
#define MAX_SENDS 4
#define MAX_AT_ONCE 64
/* so long that an answer with two IPv6 addresses is no more than twice as large */
#define SOFTWARE "kith-nat"

typedef struct {
  KithStunQuestion question;
  guint8 transaction[KITH_STUN_ID_LEN];
  gint64 asked_us;
  gint64 next_us; /* 0: not repeated */
  guint n_sent;
} Asked;

struct _KithStunSocket {
  int fd;
  guint family;
  guint16 port;
  guint readable;
  guint timer;
  const KithStunEvents *events;
  gpointer user_data;
  KithStunSocket *other;
  Asked asked[KITH_STUN_MAX_QUESTIONS];
  guint n_asked;
  gboolean is_reading; /* events may come */
  gboolean is_closed;  /* freed by an event: the memory goes when it is over */
};

/* Asking */

/* The question with a few bytes more: an answer may be twice as large, and then everything fits
   into it. */
static gsize
encode (const Asked *asked, guint8 *data, gsize room)
{
  const KithStunQuestion *question = &asked->question;
  KithStun stun = { .method = KITH_STUN_BINDING, .kind = KITH_STUN_REQUEST };

  stun.change = (question->change_ip ? KITH_STUN_CHANGE_IP : 0U)
                | (question->change_port ? KITH_STUN_CHANGE_PORT : 0U);
  stun.response_port = question->response_port;
  stun.software = (KithStunBytes){ (const guint8 *)SOFTWARE, strlen (SOFTWARE) };
  memcpy (stun.id, asked->transaction, sizeof stun.id);
  return kith_stun_encode (&stun, data, room);
}

static gboolean
send_question (KithStunSocket *asker, Asked *asked)
{
  struct sockaddr_storage name = { 0 };
  socklen_t name_len = kith_socket_name_set (&asked->question.to, 0, &name);
  guint8 data[128];
  gsize len = encode (asked, data, sizeof data);

  asked->next_us = kith_clock_now (kith_clock_get_default ())
                   + ((gint64)FIRST_REPEAT_MS * 1000 << asked->n_sent);
  asked->n_sent++;
  if (asked->n_sent >= MAX_SENDS) {
    asked->next_us = 0;
  }
  return sendto (asker->fd,
                 data,
                 len,
                 MSG_DONTWAIT | MSG_NOSIGNAL,
                 (const struct sockaddr *)&name,
                 name_len)
         == (gssize)len;
}

static void plan (KithStunSocket *asker);

static gboolean
on_time (gpointer user_data)
{
  KithStunSocket *asker = user_data;
  gint64 now = kith_clock_now (kith_clock_get_default ());

  asker->timer = 0;
  for (guint i = 0; i < asker->n_asked; i++) {
    if (asker->asked[i].next_us != 0 && asker->asked[i].next_us <= now) {
      (void)send_question (asker, &asker->asked[i]);
    }
  }
  plan (asker);
  return G_SOURCE_REMOVE;
}

/* Sets the timer to the next repetition. */
static void
plan (KithStunSocket *asker)
{
  gint64 next = 0;

  for (guint i = 0; i < asker->n_asked; i++) {
    gint64 one = asker->asked[i].next_us;
    next = one != 0 && (next == 0 || one < next) ? one : next;
  }
  kith_clock_cancel (kith_clock_get_default (), &asker->timer);
  if (next != 0) {
    gint64 wait_ms = (next - kith_clock_now (kith_clock_get_default ())) / 1000 + 1;
    asker->timer = kith_clock_add (kith_clock_get_default (),
                                   (guint)CLAMP (wait_ms, 1, 1000),
                                   on_time,
                                   asker);
  }
}

/* Answers */

static Asked *
find (KithStunSocket *asker, const guint8 *transaction)
{
  for (guint i = 0; asker != NULL && i < asker->n_asked; i++) {
    if (memcmp (asker->asked[i].transaction, transaction, KITH_STUN_ID_LEN) == 0) {
      return &asker->asked[i];
    }
  }
  return NULL;
}

static void
take (KithStunSocket *asker, const guint8 *data, gsize len, const KithEndpoint *from)
{
  KithStun answer;

  if (!kith_stun_decode (data, len, &answer) || answer.method != KITH_STUN_BINDING
      || (answer.kind != KITH_STUN_SUCCESS && answer.kind != KITH_STUN_ERROR)) {
    return;
  }
  Asked *asked = find (asker, answer.id);
  asked = asked != NULL ? asked : find (asker->other, answer.id);
  if (asked == NULL) {
    return;
  }
  asked->next_us = 0;
  gint64 rtt_us = kith_clock_now (kith_clock_get_default ()) - asked->asked_us;
  asker->events->answered (asker,
                           asked->question.id,
                           &answer,
                           from,
                           (guint)(rtt_us / 1000),
                           asker->user_data);
}

static gboolean
on_readable (gint fd, GIOCondition condition, gpointer user_data)
{
  KithStunSocket *asker = user_data;

  asker->is_reading = TRUE;
  for (guint i = 0; i < MAX_AT_ONCE && !asker->is_closed; i++) {
    guint8 data[KITH_STUN_MAX + 1];
    struct sockaddr_storage name = { 0 };
    socklen_t name_len = sizeof name;
    KithEndpoint from;
    gssize len
        = recvfrom (fd, data, sizeof data, MSG_DONTWAIT, (struct sockaddr *)&name, &name_len);
    if (len < 0 && errno == EAGAIN) {
      break;
    }
    if (len > 0) {
      (void)kith_socket_name_get ((const struct sockaddr *)&name, &from);
      take (asker, data, (gsize)len, &from);
    }
  }
  asker->is_reading = FALSE;
  if (asker->is_closed) {
    g_free (asker);
    return G_SOURCE_REMOVE;
  }
  return G_SOURCE_CONTINUE;
}

/* The socket */

static int
open_socket (guint family, guint16 *port)
{
  struct sockaddr_storage name = { 0 };
  KithEndpoint any = { .family = (guint8)family };
  socklen_t len = kith_socket_name_set (&any, 0, &name);
  const int on = 1;
  int fd = socket (family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (fd < 0) {
    return -1;
  }
  if ((family == 6 && setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0)
      || bind (fd, (struct sockaddr *)&name, len) != 0
      || getsockname (fd, (struct sockaddr *)&name, &len) != 0) {
    close (fd);
    return -1;
  }
  (void)kith_socket_name_get ((const struct sockaddr *)&name, &any);
  *port = any.port;
  return fd;
}

KithStunSocket *
kith_stun_socket_new (guint family, const KithStunEvents *events, gpointer user_data)
{
  guint16 port = 0;
  int fd = open_socket (family, &port);

  if (fd < 0) {
    return NULL;
  }
  KithStunSocket *asker = g_new0 (KithStunSocket, 1);
  asker->fd = fd;
  asker->family = family;
  asker->port = port;
  asker->events = events;
  asker->user_data = user_data;
  asker->readable = g_unix_fd_add (fd, G_IO_IN, on_readable, asker);
  return asker;
}

void
kith_stun_socket_free (KithStunSocket *asker)
{
  if (asker == NULL) {
    return;
  }
  if (!asker->is_reading) {
    g_source_remove (asker->readable);
  }
  kith_clock_cancel (kith_clock_get_default (), &asker->timer);
  if (asker->other != NULL) {
    asker->other->other = NULL;
  }
  close (asker->fd);
  asker->is_closed = TRUE;
  if (!asker->is_reading) {
    g_free (asker);
  }
}

void
kith_stun_socket_join (KithStunSocket *asker, KithStunSocket *other)
{
  asker->other = other;
  other->other = asker;
}

guint16
kith_stun_socket_get_port (KithStunSocket *asker)
{
  return asker->port;
}

gboolean
kith_stun_socket_ask (KithStunSocket *asker, const KithStunQuestion *question)
{
  guint8 random[12];

  if (asker->n_asked >= KITH_STUN_MAX_QUESTIONS || question->to.family != asker->family
      || !kith_random_bytes (random, sizeof random)) {
    return FALSE;
  }
  Asked *asked = &asker->asked[asker->n_asked];
  *asked = (Asked){ .question = *question, .asked_us = kith_clock_now (kith_clock_get_default ()) };
  kith_stun_make_id (asked->transaction, random);
  if (!send_question (asker, asked)) {
    return FALSE;
  }
  asker->n_asked++;
  plan (asker);
  return TRUE;
}
