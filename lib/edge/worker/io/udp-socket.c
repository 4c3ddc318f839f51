/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One datagram alone while there is one, batches while more wait. */
#include "edge/worker/io/udp-socket.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge/edge-limits.h"

#define BATCH 32
#define MOST_BATCHES 4 /* of one turn of the loop */
#define ROOM (KITH_SIP_MAX_DATAGRAM + 1)
#define CONTROL 128
#define MOST_ERRORS 64 /* of one turn */

struct _KithUdpSocket {
  KithEdgeLoop *loop;
  KithWatch watch;
  int family;
  const KithUdpFuncs *funcs;
  gpointer data;
};

/* One thread reads, one socket at a time. */
static guint8 bytes[BATCH][ROOM];
static guint8 controls[BATCH][CONTROL];
static struct sockaddr_storage peers[BATCH];
static struct iovec pieces[BATCH];
static struct mmsghdr headers[BATCH];

static void
prepare (guint n)
{
  for (guint i = 0; i < n; i++) {
    pieces[i] = (struct iovec){ bytes[i], ROOM };
    headers[i].msg_hdr = (struct msghdr){ .msg_name = &peers[i],
                                          .msg_namelen = sizeof peers[i],
                                          .msg_iov = &pieces[i],
                                          .msg_iovlen = 1,
                                          .msg_control = controls[i],
                                          .msg_controllen = CONTROL };
  }
}

/* The address that the datagram was sent to. */
static void
read_own (struct msghdr *header, KithWay *way)
{
  for (struct cmsghdr *c = CMSG_FIRSTHDR (header); c != NULL; c = CMSG_NXTHDR (header, c)) {
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      struct in_pktinfo info;
      memcpy (&info, CMSG_DATA (c), sizeof info);
      memcpy (way->own, &info.ipi_spec_dst, 4);
    } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo info;
      memcpy (&info, CMSG_DATA (c), sizeof info);
      memcpy (way->own, &info.ipi6_addr, 16);
    }
  }
}

static void
take (KithUdpSocket *self, guint i)
{
  struct msghdr *header = &headers[i].msg_hdr;
  KithWay way;

  if (!kith_way_from_native (&way, (const struct sockaddr *)&peers[i]) || way.to.peer.port == 0) {
    return;
  }
  read_own (header, &way);
  if (self->funcs->may_read (self->data, &way)) {
    self->funcs->datagram (self->data, &way, bytes[i], headers[i].msg_len);
  }
}

/* What became of datagrams that were sent. */
static void
read_errors (KithUdpSocket *self)
{
  guint8 control[512];
  guint8 rest[64];
  struct sockaddr_storage to;
  KithWay way;

  for (guint i = 0; i < MOST_ERRORS; i++) {
    struct iovec piece = { rest, sizeof rest };
    struct msghdr header = { .msg_name = &to,
                             .msg_namelen = sizeof to,
                             .msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control };
    if (recvmsg (self->watch.fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
      return;
    }
    if (kith_way_from_native (&way, (const struct sockaddr *)&to)) {
      self->funcs->refused (self->data, &way.to.peer);
    }
  }
}

static void
on_ready (gpointer data, guint32 events)
{
  KithUdpSocket *self = data;
  guint want = 1;

  if ((events & EPOLLERR) != 0) {
    read_errors (self);
  }
  for (guint batch = 0; batch < MOST_BATCHES; batch++) {
    prepare (want);
    int n = recvmmsg (self->watch.fd, headers, want, MSG_DONTWAIT, NULL);
    for (int i = 0; i < n; i++) {
      take (self, (guint)i);
    }
    if (n < (int)want) {
      return;
    }
    want = BATCH;
  }
}

KithUdpSocket *
kith_udp_socket_new (KithEdgeLoop *loop,
                     int fd,
                     int family,
                     const KithUdpFuncs *funcs,
                     gpointer data)
{
  KithUdpSocket *self = g_new0 (KithUdpSocket, 1);
  int one = 1;
  int no = 0;
  int may_cut = IP_PMTUDISC_DONT;

  self->loop = loop;
  self->family = family;
  self->funcs = funcs;
  self->data = data;
  self->watch = (KithWatch){ .fd = fd, .ready = on_ready, .data = self };
  if (family == 4) {
    (void)setsockopt (fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one);
    /* not what a socket of this host beside it joined */
    (void)setsockopt (fd, IPPROTO_IP, IP_MULTICAST_ALL, &no, sizeof no);
    (void)setsockopt (fd, IPPROTO_IP, IP_RECVERR, &one, sizeof one);
    (void)setsockopt (fd, IPPROTO_IP, IP_MTU_DISCOVER, &may_cut, sizeof may_cut);
  } else {
    (void)setsockopt (fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof one);
    (void)setsockopt (fd, IPPROTO_IPV6, IPV6_RECVERR, &one, sizeof one);
  }
  kith_edge_loop_set (loop, &self->watch, EPOLLIN);
  return self;
}

void
kith_udp_socket_free (KithUdpSocket *self)
{
  if (self != NULL) {
    kith_edge_loop_set (self->loop, &self->watch, 0);
    (void)close (self->watch.fd);
    g_free (self);
  }
}

void
kith_udp_socket_share (KithUdpSocket *self, gboolean on)
{
  int value = on;

  (void)setsockopt (self->watch.fd, SOL_SOCKET, SO_REUSEADDR, &value, sizeof value);
}

/* Writes the address that it leaves from. */
static void
write_own (struct msghdr *header, const KithWay *way, guint8 *control)
{
  static const guint8 any[16];
  struct cmsghdr *c = (struct cmsghdr *)(void *)control;

  if (memcmp (way->own, any, sizeof any) == 0) {
    return;
  }
  header->msg_control = control;
  if (way->to.peer.family == 4) {
    struct in_pktinfo info = { 0 };
    memcpy (&info.ipi_spec_dst, way->own, 4);
    header->msg_controllen = CMSG_SPACE (sizeof info);
    c->cmsg_level = IPPROTO_IP;
    c->cmsg_type = IP_PKTINFO;
    c->cmsg_len = CMSG_LEN (sizeof info);
    memcpy (CMSG_DATA (c), &info, sizeof info);
  } else {
    struct in6_pktinfo info = { .ipi6_ifindex = way->scope };
    memcpy (&info.ipi6_addr, way->own, 16);
    header->msg_controllen = CMSG_SPACE (sizeof info);
    c->cmsg_level = IPPROTO_IPV6;
    c->cmsg_type = IPV6_PKTINFO;
    c->cmsg_len = CMSG_LEN (sizeof info);
    memcpy (CMSG_DATA (c), &info, sizeof info);
  }
}

int
kith_udp_socket_send (KithUdpSocket *self, const KithWay *way, const char *text, gsize len)
{
  union {
    struct cmsghdr align;
    guint8 room[CONTROL];
  } control = { .room = { 0 } };
  struct sockaddr_storage to;
  struct iovec piece = { (void *)(guintptr)text, len };
  struct msghdr header = { .msg_name = &to,
                           .msg_namelen = kith_way_to_native (way, &to),
                           .msg_iov = &piece,
                           .msg_iovlen = 1 };

  write_own (&header, way, control.room);
  for (guint i = 0; i < 3; i++) {
    if (sendmsg (self->watch.fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
      return 0;
    }
    if (errno == EAGAIN || errno == ENOBUFS) {
      return errno;
    }
    if (errno == EINVAL || errno == EADDRNOTAVAIL) {
      header.msg_control = NULL; /* that address is no more */
      header.msg_controllen = 0;
    } /* else it may be an error of another datagram, which is told once */
  }
  return errno;
}
