/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks the kernel for all interfaces, and leaves out what is there twice. */
#include "net/own-addresses.h"

#include <ifaddrs.h>
#include <net/if.h>

#include "net/socket-name.h"

static gboolean
has (const KithEndpoint *list, guint n, const KithEndpoint *address)
{
  for (guint i = 0; i < n; i++) {
    if (kith_endpoint_is_same_host (&list[i], address)) {
      return TRUE;
    }
  }
  return FALSE;
}

guint
kith_own_addresses (KithEndpoint *list, guint room)
{
  struct ifaddrs *all = NULL;
  guint n = 0;

  if (getifaddrs (&all) != 0) {
    return 0;
  }
  for (const struct ifaddrs *one = all; one != NULL && n < room; one = one->ifa_next) {
    KithEndpoint address;
    if ((one->ifa_flags & IFF_UP) != 0 && kith_socket_name_get (one->ifa_addr, &address)) {
      address.port = 0;
      if (!has (list, n, &address)) {
        list[n++] = address;
      }
    }
  }
  freeifaddrs (all);
  return n;
}
