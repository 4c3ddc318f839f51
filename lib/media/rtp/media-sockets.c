/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two UDP sockets that the media thread reads. */
#include "media/rtp/media-sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/media-thread.h"
#include "base/random.h"
#include "media/rtp/media-poll.h"
#include "media/rtp/rtp-filter.h"
#include "model/net/endpoint.h"
#include "net/socket-mark.h"

#define PORT_MIN 16384
#define PORT_PAIRS 8192
#define TRIES 64
#define SILENT_US (G_USEC_PER_SEC / 2) /* who was silent for so long may have got another port */
/* of sound in a call for hosts that neither signal nor were heard */
#define UNHEARD_US (20 * G_USEC_PER_SEC)
/* between two packets of it: longer ones do not count as sending */
#define PAUSE_US (10 * G_USEC_PER_SEC)

typedef struct {
  struct sockaddr_storage address;
  socklen_t len; /* 0: unknown */
} Peer;

/* Who a datagram comes from, from nobody of this call to the described address itself. */
typedef enum {
  FROM_STRANGER,
  FROM_ORIGIN,      /* the host that signals, which a NAT may have given any port */
  FROM_ORIGIN_PORT, /* … and the described port */
  FROM_HOST,        /* the described host */
  FROM_DESCRIBED
} Rank;

typedef struct {
  KithMediaSockets *owner;
  int fd;
  KithMediaPoll *poll;
  Peer signalled; /* as the description says; unknown on hold */
  Peer latched;
  Rank rank;       /* of latched */
  gint64 heard_us; /* the last of latched */
} Port;

struct _KithMediaSockets {
  pthread_mutex_t mutex; /* guards all below but the last block, and what Port says of peers */
  Port rtp, rtcp;
  Peer origin; /* where the signalling comes from; its port does not count */
  guint16 sip_port;
  gint64 unheard_us, last_us; /* sent for so long to who was not heard, and when last */
  guint16 port;
  gboolean mux;
  gboolean listening;
  /* The media thread's: */
  Peer from; /* of the datagram being delivered */
  KithMediaSocketsFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
  gboolean *freed; /* tells the reader that the function freed the sockets */
};

static gboolean
peer_from_text (Peer *peer, const char *host, guint16 port)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string (host, port);

  memset (peer, 0, sizeof *peer);
  if (address == NULL
      || !g_socket_address_to_native (address, &peer->address, sizeof peer->address, NULL)) {
    return FALSE;
  }
  peer->len = (socklen_t)g_socket_address_get_native_size (address);
  return TRUE;
}

/* The address in 16 bytes, IPv4 as mapped IPv6. */
static void
ip_of (const Peer *peer, guint8 ip[16])
{
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };

  if (peer->address.ss_family == AF_INET6) {
    memcpy (ip, &((const struct sockaddr_in6 *)&peer->address)->sin6_addr, 16);
  } else {
    memcpy (ip, mapped, sizeof mapped);
    memcpy (ip + 12, &((const struct sockaddr_in *)&peer->address)->sin_addr, 4);
  }
}

static guint16
port_of (const Peer *peer)
{
  return ntohs (peer->address.ss_family == AF_INET6
                    ? ((const struct sockaddr_in6 *)&peer->address)->sin6_port
                    : ((const struct sockaddr_in *)&peer->address)->sin_port);
}

static gboolean
is_same_host (const Peer *a, const Peer *b)
{
  guint8 x[16], y[16];

  if (a->len == 0 || b->len == 0) {
    return FALSE;
  }
  ip_of (a, x);
  ip_of (b, y);
  return memcmp (x, y, sizeof x) == 0;
}

static gboolean
peer_equal (const Peer *a, const Peer *b)
{
  return is_same_host (a, b) && port_of (a) == port_of (b);
}

static gboolean
is_listening (KithMediaSockets *sockets)
{
  pthread_mutex_lock (&sockets->mutex);
  gboolean listening = sockets->listening;
  pthread_mutex_unlock (&sockets->mutex);
  return listening;
}

/* One datagram: what more there is comes with the next waking, which costs less than to ask each
   time. */
static void
on_port_readable (gpointer user_data)
{
  Port *port = user_data;
  KithMediaSockets *sockets = port->owner;
  guint8 data[KITH_RTP_MAX_PACKET + 1];
  gboolean freed = FALSE;

  sockets->freed = &freed;
  sockets->from.len = sizeof sockets->from.address;
  ssize_t len = recvfrom (port->fd,
                          data,
                          sizeof data,
                          0,
                          (struct sockaddr *)&sockets->from.address,
                          &sockets->from.len);
  if (len > 0 && len <= KITH_RTP_MAX_PACKET && is_listening (sockets)) {
    sockets->func (sockets, data, (gsize)len, sockets->user_data);
  }
  if (!freed) {
    sockets->freed = NULL;
    sockets->from.len = 0;
  }
}

static int
bind_port (const Peer *at, guint dscp)
{
  int fd = socket (at->address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  if (fd >= 0 && bind (fd, (const struct sockaddr *)&at->address, at->len) < 0) {
    int why = errno;
    close (fd);
    errno = why;
    return -1;
  }
  if (fd >= 0) {
    kith_socket_mark (fd, dscp);
  }
  return fd;
}

static gboolean
bind_pair (KithMediaSockets *sockets, const char *host, guint16 port, guint dscp)
{
  Peer at;

  if (!peer_from_text (&at, host, port)) {
    errno = EADDRNOTAVAIL;
    return FALSE;
  }
  sockets->rtp.fd = bind_port (&at, dscp);
  if (sockets->rtp.fd < 0 || !peer_from_text (&at, host, port + 1)) {
    return FALSE;
  }
  sockets->rtcp.fd = bind_port (&at, dscp);
  if (sockets->rtcp.fd < 0) {
    int why = errno;
    close (sockets->rtp.fd);
    sockets->rtp.fd = -1;
    errno = why;
    return FALSE;
  }
  sockets->port = port;
  return TRUE;
}

static gboolean
watch (KithMediaSockets *sockets, Port *port)
{
  port->owner = sockets;
  port->poll = kith_media_poll_new (port->fd, on_port_readable, port);
  return port->poll != NULL;
}

static void
unwatch (Port *port)
{
  kith_media_poll_free (port->poll);
  if (port->fd >= 0) {
    close (port->fd);
  }
}

KithMediaSockets *
kith_media_sockets_new (const char *host,
                        guint dscp,
                        KithMediaSocketsFunc func,
                        gpointer user_data,
                        GDestroyNotify destroy,
                        GError **error)
{
  g_autoptr (KithMediaSockets) sockets = g_new0 (KithMediaSockets, 1);
  gboolean bound = FALSE;

  pthread_mutex_init (&sockets->mutex, NULL);
  sockets->rtp.fd = sockets->rtcp.fd = -1;
  sockets->func = func;
  sockets->user_data = user_data;
  for (guint i = 0; i < TRIES && !bound; i++) {
    guint16 port = (guint16)(PORT_MIN + 2 * kith_random_range (0, PORT_PAIRS));
    bound = bind_pair (sockets, host, port, dscp);
    if (!bound && errno != EADDRINUSE) {
      break;
    }
  }
  if (!bound) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_MEDIA,
                 "cannot open a pair of UDP ports of %d to %d at %s for the sound: %s",
                 PORT_MIN,
                 PORT_MIN + 2 * PORT_PAIRS - 1,
                 host,
                 g_strerror (errno));
    return NULL;
  }
  if (!watch (sockets, &sockets->rtp) || !watch (sockets, &sockets->rtcp)) {
    g_set_error_literal (
        error,
        KITH_ERROR,
        KITH_ERROR_MEDIA,
        "the sockets of the sound cannot be read: are there free file descriptors?");
    return NULL;
  }
  sockets->destroy = destroy;
  return g_steal_pointer (&sockets);
}

/* On the media thread, so that it is not reading them. */
static void
close_sockets (gpointer data)
{
  KithMediaSockets *sockets = data;

  if (sockets->freed != NULL) {
    *sockets->freed = TRUE;
  }
  unwatch (&sockets->rtp);
  unwatch (&sockets->rtcp);
  if (sockets->destroy != NULL) {
    sockets->destroy (sockets->user_data);
  }
  pthread_mutex_destroy (&sockets->mutex);
  g_free (sockets);
}

void
kith_media_sockets_free (KithMediaSockets *sockets)
{
  if (sockets != NULL) {
    kith_media_thread_run (close_sockets, sockets);
  }
}

guint16
kith_media_sockets_get_port (const KithMediaSockets *sockets)
{
  return sockets->port;
}

/* TRUE when @peer is an address of this host: what we would send from to get there is that
   itself. */
static gboolean
is_ours (const Peer *peer)
{
  struct sockaddr_storage from = { 0 };
  socklen_t len = sizeof from;
  int fd = socket (peer->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  gboolean known = fd >= 0 && connect (fd, (const struct sockaddr *)&peer->address, peer->len) == 0
                   && getsockname (fd, (struct sockaddr *)&from, &len) == 0;

  if (fd >= 0) {
    close (fd);
  }
  return known && is_same_host (&(Peer){ .address = from, .len = len }, peer);
}

static KithEndpoint
endpoint_of (const Peer *peer)
{
  KithEndpoint endpoint = { 0 };

  if (peer->len == 0) {
    return endpoint;
  }
  endpoint.family = 6;
  ip_of (peer, endpoint.ip);
  endpoint.port = port_of (peer);
  return endpoint;
}

/* NULL when @rtp and @rtcp are addresses to which this call may send. *@elsewhere: they are in
   another network, where we cannot send. */
static const char *
fault_of (const KithMediaSockets *sockets, const Peer *rtp, const Peer *rtcp, gboolean *elsewhere)
{
  KithMediaTarget target
      = { .target = endpoint_of (rtp),
          .origin = endpoint_of (&sockets->origin),
          .target_is_ours = is_ours (rtp),
          .origin_is_ours = sockets->origin.len != 0 && is_ours (&sockets->origin),
          .sip_port = sockets->sip_port };
  const char *fault = kith_media_target_fault (&target);

  *elsewhere = kith_media_target_is_elsewhere (&target);
  if (fault != NULL || *elsewhere) {
    return *elsewhere ? NULL : fault;
  }
  target.target = endpoint_of (rtcp);
  return target.target.port == 0 ? NULL : kith_media_target_fault (&target); /* 0: no RTCP */
}

void
kith_media_sockets_set_origin (KithMediaSockets *sockets, const char *host, guint16 sip_port)
{
  Peer origin = { 0 };

  if (host == NULL || !peer_from_text (&origin, host, 0)) {
    origin.len = 0;
  }
  pthread_mutex_lock (&sockets->mutex);
  sockets->origin = origin;
  sockets->sip_port = sip_port;
  pthread_mutex_unlock (&sockets->mutex);
}

static void
point (Port *port, const Peer *to)
{
  if (!peer_equal (to, &port->signalled)) {
    port->latched.len = 0;
  }
  port->signalled = *to;
}

gboolean
kith_media_sockets_set_remote (KithMediaSockets *sockets,
                               const char *host,
                               guint16 port,
                               guint16 rtcp_port,
                               gboolean mux,
                               GError **error)
{
  Peer rtp = { 0 }, rtcp = { 0 };
  const char *fault = NULL;
  gboolean elsewhere = FALSE;

  if (host != NULL
      && (!peer_from_text (&rtp, host, port)
          || !peer_from_text (&rtcp, host, mux ? port : rtcp_port))) {
    fault = "the peer's media address is not an IP address";
  } else if (host != NULL) {
    fault = fault_of (sockets, &rtp, &rtcp, &elsewhere);
  }
  if (fault != NULL) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_UNSUPPORTED, fault);
    return FALSE;
  }
  if (elsewhere) {
    rtp.len = rtcp.len = 0; /* who signals will be heard */
  }
  pthread_mutex_lock (&sockets->mutex);
  point (&sockets->rtp, &rtp);
  point (&sockets->rtcp, &rtcp);
  sockets->mux = mux;
  pthread_mutex_unlock (&sockets->mutex);
  return TRUE;
}

void
kith_media_sockets_listen (KithMediaSockets *sockets)
{
  pthread_mutex_lock (&sockets->mutex);
  sockets->listening = TRUE;
  pthread_mutex_unlock (&sockets->mutex);
}

/* Who first sends must not get the call's audio: only the described host and the one that signals
   are believed. */
static Rank
rank_of (const KithMediaSockets *sockets, const Peer *from, const Peer *signalled)
{
  gboolean same_port = signalled->len != 0 && port_of (from) == port_of (signalled);

  if (is_same_host (from, signalled)) {
    return same_port ? FROM_DESCRIBED : FROM_HOST;
  }
  if (is_same_host (from, &sockets->origin)) {
    return same_port ? FROM_ORIGIN_PORT : FROM_ORIGIN;
  }
  return FROM_STRANGER;
}

static gboolean
latch (KithMediaSockets *sockets, gboolean is_rtcp, gint64 now_us)
{
  Port *port = is_rtcp && !sockets->mux ? &sockets->rtcp : &sockets->rtp;
  Rank rank = rank_of (sockets, &sockets->from, &port->signalled);
  gboolean is_same = peer_equal (&sockets->from, &port->latched);

  if (rank == FROM_STRANGER) {
    return FALSE;
  }
  if (!is_same && port->latched.len != 0 && rank <= port->rank
      && now_us - port->heard_us < SILENT_US) {
    return FALSE; /* the one that is heard is as likely */
  }
  port->latched = sockets->from;
  port->rank = rank;
  port->heard_us = now_us;
  return TRUE;
}

gboolean
kith_media_sockets_latch (KithMediaSockets *sockets, gboolean is_rtcp, gint64 now_us)
{
  pthread_mutex_lock (&sockets->mutex);
  gboolean latched = latch (sockets, is_rtcp, now_us);
  pthread_mutex_unlock (&sockets->mutex);
  return latched;
}

/* TRUE while it may be sent to: a host that takes part in the call may always, one that was only
   named for a while. */
static gboolean
may_send (KithMediaSockets *sockets, const Peer *to, gint64 now_us)
{
  if (is_same_host (to, &sockets->origin) || is_same_host (to, &sockets->rtp.latched)
      || is_same_host (to, &sockets->rtcp.latched)) {
    sockets->last_us = 0;
    return TRUE;
  }
  if (sockets->unheard_us >= UNHEARD_US) {
    return FALSE;
  }
  gint64 since = sockets->last_us != 0 ? now_us - sockets->last_us : 0;
  sockets->unheard_us += since < PAUSE_US ? since : 0;
  sockets->last_us = now_us;
  return TRUE;
}

gboolean
kith_media_sockets_send (KithMediaSockets *sockets,
                         const guint8 *data,
                         gsize len,
                         gboolean is_rtcp,
                         gint64 now_us)
{
  pthread_mutex_lock (&sockets->mutex);
  const Port *port = is_rtcp && !sockets->mux ? &sockets->rtcp : &sockets->rtp;
  Peer to = port->latched.len != 0 ? port->latched : port->signalled;
  gboolean may = to.len != 0 && may_send (sockets, &to, now_us);
  pthread_mutex_unlock (&sockets->mutex);
  return may
         && sendto (port->fd, data, len, 0, (const struct sockaddr *)&to.address, to.len)
                == (ssize_t)len;
}
