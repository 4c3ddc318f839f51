/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of both families: a socket of IPv6 may send IPv4 as well. */
#include "net/socket-mark.h"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

guint8
kith_dscp_byte (guint dscp)
{
  return (guint8)(MIN (dscp, KITH_DSCP_MAX) << 2);
}

void
kith_socket_mark (int fd, guint dscp)
{
  int tos = kith_dscp_byte (dscp);

  if (dscp != 0) {
    (void)setsockopt (fd, IPPROTO_IP, IP_TOS, &tos, sizeof tos);
    (void)setsockopt (fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof tos);
  }
}
