/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes the place of the C library's functions that send, list addresses and bind, for all of the
   process. */
#include "sent-packets.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "common/own-time.h"

#define MAX_ADDRESSES 4
#define HIDES __attribute__ ((visibility ("default")))

SentPacket sent_packets[SENT_MAX];
guint n_sent_packets;

static gboolean active;
static const char *const *own;

static struct {
  struct ifaddrs entry;
  struct sockaddr_storage address;
} interfaces[MAX_ADDRESSES];

/* The function of the C library that ours hides. */
static gpointer
real (const char *name)
{
  gpointer function = dlsym (RTLD_NEXT, name);

  g_assert_nonnull (function);
  return function;
}

static gboolean
to_endpoint (const struct sockaddr *address, KithEndpoint *to)
{
  struct sockaddr_in in;
  struct sockaddr_in6 in6;

  memset (to, 0, sizeof *to);
  if (address == NULL) {
    return FALSE;
  }
  if (address->sa_family == AF_INET) {
    memcpy (&in, address, sizeof in);
    memcpy (to->ip, &in.sin_addr, 4);
    to->family = 4;
    to->port = ntohs (in.sin_port);
    return TRUE;
  }
  if (address->sa_family == AF_INET6) {
    memcpy (&in6, address, sizeof in6);
    memcpy (to->ip, &in6.sin6_addr, 16);
    to->family = 6;
    to->port = ntohs (in6.sin6_port);
    return TRUE;
  }
  return FALSE;
}

/* TRUE when it was a datagram to the network, and is written down now. */
static gboolean
take (const struct sockaddr *address)
{
  KithEndpoint to;

  if (!active || !to_endpoint (address, &to)) {
    return FALSE;
  }
  g_assert_cmpuint (n_sent_packets, <, SENT_MAX);
  sent_packets[n_sent_packets].at_us = g_get_monotonic_time ();
  sent_packets[n_sent_packets++].to = to;
  return TRUE;
}

static ssize_t
length_of (const struct msghdr *message)
{
  gsize len = 0;

  for (gsize i = 0; i < message->msg_iovlen; i++) {
    len += message->msg_iov[i].iov_len;
  }
  return (ssize_t)len;
}

HIDES ssize_t
sendmsg (int fd, const struct msghdr *message, int flags)
{
  ssize_t (*call) (int, const struct msghdr *, int) = real ("sendmsg");

  return take (message->msg_name) ? length_of (message) : call (fd, message, flags);
}

HIDES int
sendmmsg (int fd, struct mmsghdr *messages, unsigned int n, int flags)
{
  int (*call) (int, struct mmsghdr *, unsigned int, int) = real ("sendmmsg");
  unsigned int taken = 0;

  while (taken < n && take (messages[taken].msg_hdr.msg_name)) {
    messages[taken].msg_len = (unsigned int)length_of (&messages[taken].msg_hdr);
    taken++;
  }
  return taken > 0 ? (int)taken : call (fd, messages, n, flags);
}

HIDES ssize_t
sendto (int fd, const void *data, size_t len, int flags, const struct sockaddr *to, socklen_t size)
{
  ssize_t (*call) (int, const void *, size_t, int, const struct sockaddr *, socklen_t)
      = real ("sendto");

  return take (to) ? (ssize_t)len : call (fd, data, len, flags, to, size);
}

/* The host's addresses are not really there. */
HIDES int
bind (int fd, const struct sockaddr *address, socklen_t size)
{
  int (*call) (int, const struct sockaddr *, socklen_t) = real ("bind");
  int on = 1;

  if (active && address->sa_family == AF_INET) {
    (void)setsockopt (fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof on);
  } else if (active && address->sa_family == AF_INET6) {
    (void)setsockopt (fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof on);
  }
  return call (fd, address, size);
}

HIDES int
getifaddrs (struct ifaddrs **list)
{
  *list = NULL;
  for (guint i = 0; own != NULL && own[i] != NULL; i++) {
    struct sockaddr_in in = { .sin_family = AF_INET };
    struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
    g_assert_cmpuint (i, <, MAX_ADDRESSES);
    memset (&interfaces[i], 0, sizeof interfaces[i]);
    if (inet_pton (AF_INET, own[i], &in.sin_addr) == 1) {
      memcpy (&interfaces[i].address, &in, sizeof in);
    } else {
      g_assert_cmpint (inet_pton (AF_INET6, own[i], &in6.sin6_addr), ==, 1);
      memcpy (&interfaces[i].address, &in6, sizeof in6);
    }
    interfaces[i].entry.ifa_name = (char *)"eth0";
    interfaces[i].entry.ifa_flags = IFF_UP;
    interfaces[i].entry.ifa_addr = (struct sockaddr *)&interfaces[i].address;
    interfaces[i].entry.ifa_next = *list;
    *list = &interfaces[i].entry;
  }
  return 0;
}

HIDES void
freeifaddrs (struct ifaddrs *list)
{
}

void
sent_packets_begin (void)
{
  own_time_begin ();
  active = TRUE;
}

void
sent_packets_set_addresses (const char *const *addresses)
{
  own = addresses;
}

void
sent_packets_forget (void)
{
  n_sent_packets = 0;
}

static gboolean
on_passed (gpointer user_data)
{
  *(gboolean *)user_data = TRUE;
  return G_SOURCE_REMOVE;
}

void
sent_packets_pass (guint ms)
{
  gboolean passed = FALSE;

  g_timeout_add (ms, on_passed, &passed);
  while (!passed) {
    g_main_context_iteration (NULL, TRUE);
  }
}

guint
sent_packets_count (const KithEndpoint *to)
{
  guint n = 0;

  for (guint i = 0; i < n_sent_packets; i++) {
    n += to == NULL || kith_endpoint_is_same (&sent_packets[i].to, to);
  }
  return n;
}

guint
sent_packets_count_places (void)
{
  guint n = 0;

  for (guint i = 0; i < n_sent_packets; i++) {
    guint before = 0;
    while (!kith_endpoint_is_same (&sent_packets[before].to, &sent_packets[i].to)) {
      before++;
    }
    n += before == i;
  }
  return n;
}

gint64
sent_packets_first (void)
{
  return n_sent_packets > 0 ? sent_packets[0].at_us : 0;
}

gint64
sent_packets_last (void)
{
  return n_sent_packets > 0 ? sent_packets[n_sent_packets - 1].at_us : 0;
}
