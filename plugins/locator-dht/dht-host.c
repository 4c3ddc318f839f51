/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the addresses of this host's interfaces. */
#include "dht-host.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "model/net/endpoint.h"

static void
add (KithDhtFrame *frame, const KithEndpoint *address)
{
  for (guint i = 0; i < frame->n_addresses; i++) {
    if (memcmp (&frame->addresses[i], address, sizeof *address) == 0) {
      return;
    }
  }
  frame->addresses[frame->n_addresses++] = *address;
}

static gboolean
read_address (const struct ifaddrs *one, int family, KithEndpoint *endpoint)
{
  struct sockaddr_in in4;
  struct sockaddr_in6 in6;

  *endpoint = (KithEndpoint){ .family = family == AF_INET ? 4 : 6 };
  if ((one->ifa_flags & IFF_UP) == 0 || one->ifa_addr == NULL
      || one->ifa_addr->sa_family != family) {
    return FALSE;
  }
  if (family == AF_INET) {
    memcpy (&in4, one->ifa_addr, sizeof in4);
    memcpy (endpoint->ip, &in4.sin_addr, 4);
  } else {
    memcpy (&in6, one->ifa_addr, sizeof in6);
    memcpy (endpoint->ip, &in6.sin6_addr, 16);
  }
  return kith_endpoint_is_public (endpoint);
}

void
kith_dht_host_fill (KithDhtFrame *frame)
{
  static const int families[] = { AF_INET, AF_INET6 };
  struct ifaddrs *list = NULL;
  KithEndpoint endpoint;

  memset (frame, 0, sizeof *frame);
  frame->type = KITH_FRAME_HOST;
  if (getifaddrs (&list) != 0) {
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS (families); i++) {
    for (const struct ifaddrs *one = list; one != NULL; one = one->ifa_next) {
      if (frame->n_addresses < KITH_FRAME_KNOWN_MAX && read_address (one, families[i], &endpoint)) {
        add (frame, &endpoint);
      }
    }
  }
  freeifaddrs (list);
}
