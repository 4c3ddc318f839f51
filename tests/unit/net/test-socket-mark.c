/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mark of a socket, as whoever receives its packets sees it. */
#include <netinet/in.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/socket-mark.h"

/* The byte in the header of a datagram that a socket with @dscp sends over loopback; -1: there is
   no such family. */
static int
byte_seen (int family, guint dscp)
{
  struct sockaddr_storage at = { .ss_family = (sa_family_t)family };
  socklen_t len = family == AF_INET ? sizeof (struct sockaddr_in) : sizeof (struct sockaddr_in6);
  int ear = socket (family, SOCK_DGRAM, 0), mouth = socket (family, SOCK_DGRAM, 0), one = 1;
  char byte, room[256];
  struct iovec piece = { &byte, 1 };
  struct msghdr message
      = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room };
  int seen = -1;

  if (family == AF_INET) {
    ((struct sockaddr_in *)&at)->sin_addr.s_addr = htonl (INADDR_LOOPBACK);
    g_assert_cmpint (setsockopt (ear, IPPROTO_IP, IP_RECVTOS, &one, sizeof one), ==, 0);
  } else {
    ((struct sockaddr_in6 *)&at)->sin6_addr = in6addr_loopback;
    (void)setsockopt (ear, IPPROTO_IPV6, IPV6_RECVTCLASS, &one, sizeof one);
  }
  kith_socket_mark (mouth, dscp);
  if (bind (ear, (struct sockaddr *)&at, len) == 0
      && getsockname (ear, (struct sockaddr *)&at, &len) == 0
      && sendto (mouth, "x", 1, 0, (struct sockaddr *)&at, len) == 1) {
    g_assert_cmpint (recvmsg (ear, &message, 0), ==, 1);
    for (struct cmsghdr *c = CMSG_FIRSTHDR (&message); c != NULL; c = CMSG_NXTHDR (&message, c)) {
      if (c->cmsg_type == IP_TOS || c->cmsg_type == IPV6_TCLASS) {
        seen = *(guint8 *)CMSG_DATA (c);
      }
    }
  }
  close (ear);
  close (mouth);
  return seen;
}

static void
test_seen (void)
{
  g_assert_cmpint (byte_seen (AF_INET, KITH_DSCP_VOICE), ==, 0xb8);
  g_assert_cmpint (byte_seen (AF_INET, KITH_DSCP_SIGNALLING), ==, 0x60);
  g_assert_cmpint (byte_seen (AF_INET, 0), ==, 0);
  if (byte_seen (AF_INET6, 0) < 0) {
    g_test_skip ("no IPv6 here");
    return;
  }
  g_assert_cmpint (byte_seen (AF_INET6, KITH_DSCP_VOICE), ==, 0xb8);
  g_assert_cmpint (byte_seen (AF_INET6, KITH_DSCP_MAX), ==, 0xfc);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/socket-mark/seen", test_seen);
  return g_test_run ();
}
