/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the interfaces' addresses and listens to the kernel's notices about them. */
#include "net/local-addresses.h"

#include <errno.h>
#include <glib-unix.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/socket-name.h"

#define SETTLE_MS 300

typedef enum { CLASS_NONE, CLASS_NORMAL, CLASS_CONTAINER } AddressClass;

struct _KithAddressWatch {
  int fd;
  guint source;
  guint settle;
  void (*func) (gpointer user_data);
  gpointer user_data;
};

static gboolean
is_container_name (const char *name)
{
  static const char *const prefixes[]
      = { "docker", "br-", "virbr", "veth", "lxc", "cni", "podman" };

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++) {
    if (g_str_has_prefix (name, prefixes[i])) {
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
is_link_local (const KithEndpoint *address)
{
  if (address->family == 4) {
    return address->ip[0] == 169 && address->ip[1] == 254;
  }
  return address->ip[0] == 0xfe && (address->ip[1] & 0xc0) == 0x80;
}

static AddressClass
classify (const struct ifaddrs *one, KithEndpoint *address)
{
  if ((one->ifa_flags & IFF_UP) == 0 || (one->ifa_flags & IFF_LOOPBACK) != 0
      || !kith_socket_name_get (one->ifa_addr, address) || is_link_local (address)
      || kith_endpoint_is_loopback (address)) {
    return CLASS_NONE;
  }
  return is_container_name (one->ifa_name) ? CLASS_CONTAINER : CLASS_NORMAL;
}

static guint
collect (const struct ifaddrs *list, AddressClass wanted, KithEndpoint addresses[KITH_MAX_LOCAL])
{
  static const guint8 families[] = { 4, 6 };
  guint n = 0;

  for (guint f = 0; f < G_N_ELEMENTS (families); f++) {
    guint most = families[f] == 4 ? KITH_MAX_LOCAL - 2 : KITH_MAX_LOCAL;
    for (const struct ifaddrs *one = list; one != NULL && n < most; one = one->ifa_next) {
      KithEndpoint address;
      if (classify (one, &address) == wanted && address.family == families[f]) {
        addresses[n++] = address;
      }
    }
  }
  return n;
}

guint
kith_local_addresses (KithEndpoint addresses[KITH_MAX_LOCAL])
{
  struct ifaddrs *list = NULL;
  guint n = 0;

  if (getifaddrs (&list) == 0) {
    n = collect (list, CLASS_NORMAL, addresses);
    if (n == 0) {
      n = collect (list, CLASS_CONTAINER, addresses);
    }
    freeifaddrs (list);
  }
  if (n == 0) {
    addresses[n++] = (KithEndpoint){ .ip = { 127, 0, 0, 1 }, .family = 4 };
  }
  return n;
}

static gboolean
on_settled (gpointer user_data)
{
  KithAddressWatch *watch = user_data;

  watch->settle = 0;
  watch->func (watch->user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
on_notice (gint fd, GIOCondition condition, gpointer user_data)
{
  KithAddressWatch *watch = user_data;
  guint8 drop[4096];
  ssize_t n;

  do {
    n = recv (fd, drop, sizeof drop, MSG_DONTWAIT);
  } while (n > 0 || (n < 0 && (errno == EINTR || errno == ENOBUFS)));
  kith_clock_cancel (kith_clock_get_default (), &watch->settle);
  watch->settle = kith_clock_add (kith_clock_get_default (), SETTLE_MS, on_settled, watch);
  return G_SOURCE_CONTINUE;
}

KithAddressWatch *
kith_address_watch_new (void (*func) (gpointer user_data), gpointer user_data)
{
  struct sockaddr_nl groups
      = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR };
  int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

  if (fd < 0) {
    return NULL;
  }
  if (bind (fd, (struct sockaddr *)&groups, sizeof groups) != 0) {
    close (fd);
    return NULL;
  }
  KithAddressWatch *watch = g_new0 (KithAddressWatch, 1);
  watch->fd = fd;
  watch->func = func;
  watch->user_data = user_data;
  watch->source = g_unix_fd_add (fd, G_IO_IN, on_notice, watch);
  return watch;
}

void
kith_address_watch_free (KithAddressWatch *watch)
{
  if (watch == NULL) {
    return;
  }
  g_source_remove (watch->source);
  kith_clock_cancel (kith_clock_get_default (), &watch->settle);
  close (watch->fd);
  g_free (watch);
}
