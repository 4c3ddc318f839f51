/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two UDP sockets on the main context. */
#include "media/media-sockets.h"

#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "media/rtp-filter.h"

#define PORT_MIN 16384
#define PORT_PAIRS 8192
#define TRIES 64
#define BURST 64          /* datagrams read in one turn of the loop */
#define DSCP_EF (46 << 2) /* RFC 4594: telephony */

typedef struct {
  struct sockaddr_storage address;
  socklen_t len; /* 0: unknown */
} Peer;

typedef struct {
  KithMediaSockets *owner;
  int fd;
  GSource *source;
  Peer signalled;
  Peer latched;
} Port;

struct _KithMediaSockets {
  Port rtp, rtcp;
  guint16 port;
  gboolean mux;
  gboolean listening;
  Peer from; /* of the datagram being delivered */
  KithMediaSocketsFunc func;
  gpointer user_data;
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

static gboolean
peer_equal (const Peer *a, const Peer *b)
{
  if (a->len == 0 || b->len == 0 || a->address.ss_family != b->address.ss_family) {
    return FALSE;
  }
  if (a->address.ss_family == AF_INET6) {
    const struct sockaddr_in6 *x = (const void *)&a->address, *y = (const void *)&b->address;
    return x->sin6_port == y->sin6_port
           && memcmp (&x->sin6_addr, &y->sin6_addr, sizeof x->sin6_addr) == 0;
  }
  const struct sockaddr_in *x = (const void *)&a->address, *y = (const void *)&b->address;
  return x->sin_port == y->sin_port && x->sin_addr.s_addr == y->sin_addr.s_addr;
}

static gboolean
on_port_readable (gint fd, GIOCondition condition, gpointer user_data)
{
  Port *port = user_data;
  KithMediaSockets *sockets = port->owner;
  guint8 data[KITH_RTP_MAX_PACKET + 1];
  gboolean freed = FALSE;

  sockets->freed = &freed;
  for (guint i = 0; i < BURST && !freed; i++) {
    sockets->from.len = sizeof sockets->from.address;
    ssize_t len = recvfrom (fd,
                            data,
                            sizeof data,
                            0,
                            (struct sockaddr *)&sockets->from.address,
                            &sockets->from.len);
    if (len < 0) {
      break;
    }
    if (sockets->listening && len > 0 && len <= KITH_RTP_MAX_PACKET) {
      sockets->func (data, (gsize)len, sockets->user_data);
    }
  }
  if (!freed) {
    sockets->freed = NULL;
    sockets->from.len = 0;
  }
  return freed ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static int
bind_port (const Peer *at)
{
  const int tos = DSCP_EF;
  gboolean is_v6 = at->address.ss_family == AF_INET6;
  int fd = socket (at->address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  if (fd >= 0 && bind (fd, (const struct sockaddr *)&at->address, at->len) < 0) {
    int why = errno;
    close (fd);
    errno = why;
    return -1;
  }
  if (fd >= 0) {
    (void)setsockopt (fd,
                      is_v6 ? IPPROTO_IPV6 : IPPROTO_IP,
                      is_v6 ? IPV6_TCLASS : IP_TOS,
                      &tos,
                      sizeof tos);
  }
  return fd;
}

static gboolean
bind_pair (KithMediaSockets *sockets, const char *host, guint16 port)
{
  Peer at;

  if (!peer_from_text (&at, host, port)) {
    errno = EADDRNOTAVAIL;
    return FALSE;
  }
  sockets->rtp.fd = bind_port (&at);
  if (sockets->rtp.fd < 0 || !peer_from_text (&at, host, port + 1)) {
    return FALSE;
  }
  sockets->rtcp.fd = bind_port (&at);
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

static void
watch (KithMediaSockets *sockets, Port *port)
{
  port->owner = sockets;
  port->source = g_unix_fd_source_new (port->fd, G_IO_IN);
  g_source_set_priority (port->source, G_PRIORITY_HIGH);
  g_source_set_callback (port->source, G_SOURCE_FUNC (on_port_readable), port, NULL);
  g_source_attach (port->source, g_main_context_get_thread_default ());
}

static void
unwatch (Port *port)
{
  if (port->source != NULL) {
    g_source_destroy (port->source);
    g_source_unref (port->source);
  }
  if (port->fd >= 0) {
    close (port->fd);
  }
}

KithMediaSockets *
kith_media_sockets_new (const char *host,
                        KithMediaSocketsFunc func,
                        gpointer user_data,
                        GError **error)
{
  g_autoptr (KithMediaSockets) sockets = g_new0 (KithMediaSockets, 1);
  gboolean bound = FALSE;

  sockets->rtp.fd = sockets->rtcp.fd = -1;
  sockets->func = func;
  sockets->user_data = user_data;
  for (guint i = 0; i < TRIES && !bound; i++) {
    bound = bind_pair (sockets, host, (guint16)(PORT_MIN + 2 * g_random_int_range (0, PORT_PAIRS)));
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
  watch (sockets, &sockets->rtp);
  watch (sockets, &sockets->rtcp);
  return g_steal_pointer (&sockets);
}

void
kith_media_sockets_free (KithMediaSockets *sockets)
{
  if (sockets == NULL) {
    return;
  }
  if (sockets->freed != NULL) {
    *sockets->freed = TRUE;
  }
  unwatch (&sockets->rtp);
  unwatch (&sockets->rtcp);
  g_free (sockets);
}

guint16
kith_media_sockets_get_port (const KithMediaSockets *sockets)
{
  return sockets->port;
}

gboolean
kith_media_sockets_set_remote (KithMediaSockets *sockets,
                               const char *host,
                               guint16 port,
                               guint16 rtcp_port,
                               gboolean mux,
                               GError **error)
{
  Peer rtp, rtcp;

  if (!peer_from_text (&rtp, host, port) || !peer_from_text (&rtcp, host, mux ? port : rtcp_port)) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_UNSUPPORTED,
                 "the peer's media address is not an IP address");
    return FALSE;
  }
  if (!peer_equal (&rtp, &sockets->rtp.signalled)) {
    sockets->rtp.latched.len = sockets->rtcp.latched.len = 0;
  }
  sockets->rtp.signalled = rtp;
  sockets->rtcp.signalled = rtcp;
  sockets->mux = mux;
  return TRUE;
}

void
kith_media_sockets_listen (KithMediaSockets *sockets)
{
  sockets->listening = TRUE;
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

/* TRUE for addresses that a NAT may hide behind another one: RFC 1918, 6598, 3927 and 4193, link-local and loopback. */
static gboolean
is_private (const guint8 ip[16])
{
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };
  static const guint8 loopback[16] = { [15] = 1 };

  if (memcmp (ip, mapped, sizeof mapped) != 0) {
    return (ip[0] & 0xfe) == 0xfc || (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80)
           || memcmp (ip, loopback, sizeof loopback) == 0;
  }
  const guint8 *v4 = ip + 12;
  return v4[0] == 10 || v4[0] == 127 || (v4[0] == 172 && (v4[1] & 0xf0) == 16)
         || (v4[0] == 192 && v4[1] == 168) || (v4[0] == 100 && (v4[1] & 0xc0) == 64)
         || (v4[0] == 169 && v4[1] == 254);
}

/* A stranger who sends first must not get the call's audio: another host than the signalled one may be the peer only when that one's
   address is private, and the peer thus behind a NAT. */
static gboolean
may_be_peer (const Peer *from, const Peer *signalled)
{
  guint8 its[16], told[16];

  ip_of (from, its);
  ip_of (signalled, told);
  return signalled->len == 0 || memcmp (its, told, sizeof told) == 0 || is_private (told);
}

gboolean
kith_media_sockets_latch (KithMediaSockets *sockets, gboolean is_rtcp)
{
  Port *port = is_rtcp && !sockets->mux ? &sockets->rtcp : &sockets->rtp;

  if ((port->latched.len == 0 && may_be_peer (&sockets->from, &port->signalled))
      || peer_equal (&sockets->from, &port->signalled)) {
    port->latched = sockets->from;
  }
  return peer_equal (&sockets->from, &port->latched);
}

gboolean
kith_media_sockets_send (KithMediaSockets *sockets, const guint8 *data, gsize len, gboolean is_rtcp)
{
  const Port *port = is_rtcp && !sockets->mux ? &sockets->rtcp : &sockets->rtp;
  const Peer *to = port->latched.len != 0 ? &port->latched : &port->signalled;

  return to->len != 0
         && sendto (port->fd, data, len, 0, (const struct sockaddr *)&to->address, to->len)
                == (ssize_t)len;
}
