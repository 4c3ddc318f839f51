/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sends STUN answers from the address and port that were asked for. */
#include "stun-sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "stun-answer.h"

#define MAX_ADDRESSES KITH_FRAME_KNOWN_MAX
#define MAX_AT_ONCE 64
#define MAX_FDS 256 /* as the sandbox allows */

/* The two sockets of a family. */
typedef struct {
  int second_fd;
  int first_fd; /* the DHT's, once it was asked */
  uint16_t first_port, second_port;
} Place;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static KithStunGate gate;
static Place places[2] = { { -1, -1, 0, 0 }, { -1, -1, 0, 0 } }; /* IPv4, IPv6 */
static KithEndpoint ours[MAX_ADDRESSES];
static unsigned n_ours;
static uint32_t n_answered, n_refused;

static int64_t
now_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + 1;
}

static Place *
place_of (unsigned family)
{
  return &places[family == 4 ? 0 : 1];
}

static void
to_endpoint (const struct sockaddr_storage *from, KithEndpoint *endpoint)
{
  struct sockaddr_in in4;
  struct sockaddr_in6 in6;

  memset (endpoint, 0, sizeof *endpoint);
  if (from->ss_family == AF_INET) {
    memcpy (&in4, from, sizeof in4);
    endpoint->family = 4;
    endpoint->port = ntohs (in4.sin_port);
    memcpy (endpoint->ip, &in4.sin_addr, 4);
  } else if (from->ss_family == AF_INET6) {
    memcpy (&in6, from, sizeof in6);
    endpoint->family = 6;
    endpoint->port = ntohs (in6.sin6_port);
    memcpy (endpoint->ip, &in6.sin6_addr, 16);
  }
}

/* From now on the kernel says to which address datagrams came. */
static void
want_local (int fd, int family)
{
  const int on = 1;

  if (family == AF_INET) {
    (void)setsockopt (fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
  } else {
    (void)setsockopt (fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
  }
}

/* The DHT's own sockets are the library's: they are known by their ports. */
static void
find_first (unsigned family, uint16_t port)
{
  for (int fd = 0; port != 0 && fd < MAX_FDS; fd++) {
    struct sockaddr_storage name = { 0 };
    socklen_t len = sizeof name;
    KithEndpoint bound;
    int type = 0;
    socklen_t type_len = sizeof type;
    if (getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &type_len) != 0 || type != SOCK_DGRAM
        || getsockname (fd, (struct sockaddr *)&name, &len) != 0) {
      continue;
    }
    to_endpoint (&name, &bound);
    if (bound.family == family && bound.port == port) {
      place_of (family)->first_fd = fd;
      want_local (fd, name.ss_family);
      return;
    }
  }
}

static void
open_second (unsigned family, uint16_t first_port)
{
  Place *place = place_of (family);
  struct sockaddr_in in4 = { .sin_family = AF_INET };
  struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
  struct sockaddr *name = family == 4 ? (struct sockaddr *)&in4 : (struct sockaddr *)&in6;
  socklen_t len = family == 4 ? sizeof in4 : sizeof in6;
  const int on = 1;

  place->first_port = first_port;
  if (first_port == 0 || place->second_fd >= 0) {
    return;
  }
  const int fd = socket (family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return;
  }
  if ((family == 6 && setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0)
      || bind (fd, name, len) != 0 || getsockname (fd, name, &len) != 0) {
    close (fd);
    return;
  }
  place->second_fd = fd;
  want_local (fd, family == 4 ? AF_INET : AF_INET6);
  place->second_port = ntohs (family == 4 ? in4.sin_port : in6.sin6_port);
}

void
kith_stun_open (uint16_t port4, uint16_t port6)
{
  pthread_mutex_lock (&mutex);
  open_second (4, port4);
  open_second (6, port6);
  find_first (4, port4);
  find_first (6, port6);
  pthread_mutex_unlock (&mutex);
}

int
kith_stun_get_fd (unsigned family)
{
  return place_of (family)->second_fd;
}

void
kith_stun_set_addresses (const KithEndpoint *addresses, unsigned n)
{
  pthread_mutex_lock (&mutex);
  n_ours = n < MAX_ADDRESSES ? n : MAX_ADDRESSES;
  memcpy (ours, addresses, n_ours * sizeof *addresses);
  pthread_mutex_unlock (&mutex);
}

/* Receiving */

static void
read_local (struct msghdr *message, KithEndpoint *local)
{
  for (struct cmsghdr *one = CMSG_FIRSTHDR (message); one != NULL;
       one = CMSG_NXTHDR (message, one)) {
    if (one->cmsg_level == IPPROTO_IP && one->cmsg_type == IP_PKTINFO) {
      struct in_pktinfo info;
      memcpy (&info, CMSG_DATA (one), sizeof info);
      local->family = 4;
      memcpy (local->ip, &info.ipi_addr, 4);
    } else if (one->cmsg_level == IPPROTO_IPV6 && one->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo info;
      memcpy (&info, CMSG_DATA (one), sizeof info);
      local->family = 6;
      memcpy (local->ip, &info.ipi6_addr, 16);
    }
  }
}

ssize_t
kith_stun_receive (int fd,
                   void *data,
                   size_t room,
                   int flags,
                   struct sockaddr_storage *from,
                   KithEndpoint *local)
{
  _Alignas(struct cmsghdr) char control[128];
  struct iovec part = { data, room };
  struct msghdr message = { .msg_name = from,
                            .msg_namelen = sizeof *from,
                            .msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = sizeof control };

  memset (from, 0, sizeof *from);
  memset (local, 0, sizeof *local);
  const ssize_t len = recvmsg (fd, &message, flags);
  if (len >= 0) {
    read_local (&message, local);
    if (local->family == 0) {
      want_local (fd, from->ss_family);
    }
  }
  return len;
}

/* Sending */

static socklen_t
to_name (const KithEndpoint *to, struct sockaddr_storage *name)
{
  struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons (to->port) };
  struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons (to->port) };

  if (to->family == 4) {
    memcpy (&in4.sin_addr, to->ip, 4);
    memcpy (name, &in4, sizeof in4);
    return sizeof in4;
  }
  memcpy (&in6.sin6_addr, to->ip, 16);
  memcpy (name, &in6, sizeof in6);
  return sizeof in6;
}

/* Sends from the address @local, whichever the kernel would take otherwise. */
static bool
send_from (int fd, const KithEndpoint *local, const KithStunReply *reply)
{
  _Alignas(struct cmsghdr) char control[CMSG_SPACE (sizeof (struct in6_pktinfo))] = { 0 };
  struct sockaddr_storage name = { 0 };
  struct iovec part = { (void *)(uintptr_t)reply->data, reply->len };
  struct msghdr message = { .msg_name = &name,
                            .msg_namelen = to_name (&reply->to, &name),
                            .msg_iov = &part,
                            .msg_iovlen = 1 };
  struct in_pktinfo info4 = { 0 };
  struct in6_pktinfo info6 = { 0 };

  if (local->family == reply->to.family) {
    const bool is4 = local->family == 4;
    memcpy (&info4.ipi_spec_dst, local->ip, 4);
    memcpy (&info6.ipi6_addr, local->ip, 16);
    message.msg_control = control;
    message.msg_controllen = is4 ? CMSG_SPACE (sizeof info4) : CMSG_SPACE (sizeof info6);
    struct cmsghdr *head = CMSG_FIRSTHDR (&message);
    head->cmsg_level = is4 ? IPPROTO_IP : IPPROTO_IPV6;
    head->cmsg_type = is4 ? IP_PKTINFO : IPV6_PKTINFO;
    head->cmsg_len = is4 ? CMSG_LEN (sizeof info4) : CMSG_LEN (sizeof info6);
    memcpy (CMSG_DATA (head),
            is4 ? (void *)&info4 : (void *)&info6,
            is4 ? sizeof info4 : sizeof info6);
  }
  return sendmsg (fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)reply->len;
}

/* Questions */

/* Another address of ours than @local, if that is one of them: a host behind a NAT has none. */
static void
find_other (const KithEndpoint *local, KithEndpoint *other)
{
  bool is_ours = false;

  for (unsigned i = 0; i < n_ours; i++) {
    if (kith_endpoint_is_same_host (&ours[i], local)) {
      is_ours = true;
    } else if (ours[i].family == local->family && other->family == 0
               && kith_endpoint_is_public (&ours[i])) {
      *other = ours[i];
    }
  }
  if (!is_ours) {
    other->family = 0;
  }
}

/* Judges and answers with the mutex held. */
static bool
answer (int fd, const uint8_t *data, size_t len, const KithStunPlace *place, bool on_second)
{
  const Place *sockets = place_of (place->source.family);
  KithStunReply reply;

  switch (kith_stun_judge (&gate, now_ms (), data, len, place, &reply)) {
  case KITH_STUN_NO_QUESTION:
    return false;
  case KITH_STUN_REFUSED:
    n_refused++;
    return true;
  case KITH_STUN_ANSWERED:
    break;
  }
  if (reply.from_other_port) {
    fd = on_second ? sockets->first_fd : sockets->second_fd;
  }
  if (fd >= 0 && send_from (fd, reply.from_other_ip ? &place->other : &place->local, &reply)) {
    n_answered++;
  } else {
    n_refused++;
  }
  return true;
}

static bool
take (int fd,
      const uint8_t *data,
      size_t len,
      const struct sockaddr_storage *from,
      const KithEndpoint *local)
{
  KithStunPlace place = { .local = { .family = local->family } };

  to_endpoint (from, &place.source);
  if (place.source.family == 0) {
    return false;
  }
  pthread_mutex_lock (&mutex);
  Place *sockets = place_of (place.source.family);
  const bool on_second = fd == sockets->second_fd;
  if (!on_second) {
    sockets->first_fd = fd;
  }
  memcpy (place.local.ip, local->ip, sizeof place.local.ip);
  place.local.port = on_second ? sockets->second_port : sockets->first_port;
  if (on_second) {
    place.other_port = sockets->first_fd >= 0 ? sockets->first_port : 0;
  } else {
    place.other_port = sockets->second_port;
  }
  find_other (&place.local, &place.other);
  const bool taken = answer (fd, data, len, &place, on_second);
  pthread_mutex_unlock (&mutex);
  return taken;
}

bool
kith_stun_take (int fd,
                const uint8_t *data,
                size_t len,
                const struct sockaddr_storage *from,
                const KithEndpoint *local)
{
  return len >= KITH_STUN_HEADER_LEN && data[0] == 0 && data[1] == 1
         && take (fd, data, len, from, local);
}

void
kith_stun_serve (int fd)
{
  uint8_t data[KITH_STUN_MAX + 1];
  struct sockaddr_storage from;
  KithEndpoint local;

  for (unsigned i = 0; i < MAX_AT_ONCE; i++) {
    const ssize_t len = kith_stun_receive (fd, data, sizeof data, MSG_DONTWAIT, &from, &local);
    if (len < 0 && errno != EINTR) {
      return;
    }
    if (len > 0) {
      (void)take (fd, data, (size_t)len, &from, &local);
    }
  }
}

void
kith_stun_count (KithFrameStatus *status)
{
  pthread_mutex_lock (&mutex);
  status->stun_answered = n_answered;
  status->stun_refused = n_refused;
  pthread_mutex_unlock (&mutex);
}
