/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Listens at 224.0.0.1 or ff02::1, groups that every host is in, so that nothing is said to the
   network. */
#include "router/router-announcements.h"

#include <arpa/inet.h>
#include <glib-unix.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/gateway.h"
#include "net/socket-name.h"
#include "router/pcp-message.h"

#define MAX_AT_ONCE 16

struct _KithRouterAnnouncements {
  int fd;
  guint readable;
  KithGateway gateway;
  void (*heard) (gpointer user_data);
  gpointer user_data;
};

static gboolean
is_gateway (const KithRouterAnnouncements *ear, const struct sockaddr_storage *name)
{
  KithEndpoint from;

  return kith_socket_name_get ((const struct sockaddr *)name, &from)
         && kith_endpoint_is_same_host (&from, &ear->gateway.address);
}

static gboolean
on_readable (gint fd, GIOCondition condition, gpointer user_data)
{
  KithRouterAnnouncements *ear = user_data;
  gboolean is_heard = FALSE;

  for (guint i = 0; i < MAX_AT_ONCE; i++) {
    guint8 data[KITH_PCP_MAX + 1];
    struct sockaddr_storage name = { 0 };
    socklen_t len = sizeof name;
    const gssize n = recvfrom (fd, data, sizeof data, MSG_DONTWAIT, (struct sockaddr *)&name, &len);
    if (n < 0) {
      break;
    }
    is_heard = is_heard || (is_gateway (ear, &name) && kith_pcp_is_announcement (data, (gsize)n));
  }
  if (is_heard) {
    ear->heard (ear->user_data);
  }
  return G_SOURCE_CONTINUE;
}

static int
open_socket (const KithGateway *gateway)
{
  struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons (KITH_PCP_LISTEN_PORT) };
  struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons (KITH_PCP_LISTEN_PORT) };
  const gboolean is_v4 = gateway->address.family == 4;
  const int on = 1;
  int fd = socket (is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  in4.sin_addr.s_addr = htonl (INADDR_ALLHOSTS_GROUP);
  in6.sin6_scope_id = if_nametoindex (gateway->interface);
  (void)inet_pton (AF_INET6, "ff02::1", &in6.sin6_addr);
  if (fd < 0) {
    return -1;
  }
  /* Other programs of this host listen there too. */
  if (setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0
      || bind (fd,
               is_v4 ? (const struct sockaddr *)&in4 : (const struct sockaddr *)&in6,
               is_v4 ? sizeof in4 : sizeof in6)
             != 0) {
    close (fd);
    return -1;
  }
  return fd;
}

KithRouterAnnouncements *
kith_router_announcements_new (guint family, void (*heard) (gpointer user_data), gpointer user_data)
{
  KithGateway gateway;
  const int fd = kith_gateway_find (family, &gateway) ? open_socket (&gateway) : -1;

  if (fd < 0) {
    return NULL;
  }
  KithRouterAnnouncements *ear = g_new0 (KithRouterAnnouncements, 1);
  ear->fd = fd;
  ear->gateway = gateway;
  ear->heard = heard;
  ear->user_data = user_data;
  ear->readable = g_unix_fd_add (fd, G_IO_IN, on_readable, ear);
  return ear;
}

void
kith_router_announcements_free (KithRouterAnnouncements *ear)
{
  if (ear == NULL) {
    return;
  }
  g_source_remove (ear->readable);
  close (ear->fd);
  g_free (ear);
}
