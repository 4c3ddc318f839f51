/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies, since the structures of the kernel are aligned otherwise. */
#include "net/socket-name.h"

#include <netinet/in.h>
#include <string.h>

socklen_t
kith_socket_name_set (const KithEndpoint *address, guint scope, struct sockaddr_storage *name)
{
  struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons (address->port) };
  struct sockaddr_in6 in6
      = { .sin6_family = AF_INET6, .sin6_port = htons (address->port), .sin6_scope_id = scope };

  if (address->family == 4) {
    memcpy (&in4.sin_addr, address->ip, 4);
    memcpy (name, &in4, sizeof in4);
    return sizeof in4;
  }
  memcpy (&in6.sin6_addr, address->ip, 16);
  memcpy (name, &in6, sizeof in6);
  return sizeof in6;
}

gboolean
kith_socket_name_get (const struct sockaddr *name, KithEndpoint *address)
{
  struct sockaddr_in in4;
  struct sockaddr_in6 in6;

  *address = (KithEndpoint){ 0 };
  if (name == NULL) {
    return FALSE;
  }
  if (name->sa_family == AF_INET) {
    memcpy (&in4, name, sizeof in4);
    address->family = 4;
    address->port = ntohs (in4.sin_port);
    memcpy (address->ip, &in4.sin_addr, 4);
  } else if (name->sa_family == AF_INET6) {
    memcpy (&in6, name, sizeof in6);
    address->family = 6;
    address->port = ntohs (in6.sin6_port);
    memcpy (address->ip, &in6.sin6_addr, 16);
  }
  return address->family != 0;
}
