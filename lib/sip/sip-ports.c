/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port of ordinary SIP: taken at once if it is free, else as soon as it is. */
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "model/net/endpoint.h"
#include "net/port-holder.h"
#include "sip/sip-limits.h"
#include "sip/sip-private.h"
#include "sip/sofia/sofia-patches.h"

#define MAX_ADDRESSES 64 /* transports: so many addresses have a transport each */
#define BACKLOG 64       /* connections that wait to be accepted, as the library has it */
#define ANY_TRIES 16     /* ports of the kernel's choice, until one is free for all */

/* The addresses that are asked for: what is configured, and IPv4 beside "::". */
static const char *const *
list_addresses (const KithSipStack *stack, const char *room[3])
{
  gboolean both = strcmp (stack->bind, "::") == 0;

  room[0] = both ? "0.0.0.0" : stack->bind;
  room[1] = both ? "::" : NULL;
  room[2] = NULL;
  return room;
}

/* Binds one socket: its descriptor, or -1 and errno. *@port 0 becomes the kernel's choice. */
static int
bind_one (const char *address, int type, guint16 *port)
{
  struct sockaddr_storage at = { 0 };
  socklen_t len = 0;
  int one = 1;
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new_from_string (address, *port);

  if (wanted == NULL || !g_socket_address_to_native (wanted, &at, sizeof at, NULL)) {
    errno = EINVAL;
    return -1;
  }
  len = (socklen_t)g_socket_address_get_native_size (wanted);
  int fd = socket (at.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    return -1;
  }
  if (at.ss_family == AF_INET6) {
    (void)setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
  }
  if (type == SOCK_STREAM) {
    (void)setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  }
  if (bind (fd, (struct sockaddr *)&at, len) < 0
      || (type == SOCK_STREAM && listen (fd, BACKLOG) < 0)
      || getsockname (fd, (struct sockaddr *)&at, &len) < 0) {
    int why = errno;
    (void)close (fd);
    errno = why;
    return -1;
  }
  in_port_t bound = at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&at)->sin6_port
                                             : ((struct sockaddr_in *)(void *)&at)->sin_port;
  *port = ntohs (bound);
  return fd;
}

/* A kernel without this family, or with it switched off: of two families the other one is
   served. */
static gboolean
is_family_missing (int why)
{
  return why == EAFNOSUPPORT || why == EADDRNOTAVAIL;
}

/* Looks whether UDP and TCP are free at all @addresses with *@port, before the library is asked: it
   does not tell why not. Addresses of a family that is not there become NULL. 0, or errno, with the
   address in the way in *@where. */
static int
look (const char *addresses[3], guint16 *port, const char **where)
{
  static const int types[] = { SOCK_DGRAM, SOCK_STREAM };
  guint n = addresses[1] != NULL ? 2 : 1;
  int fds[4];
  guint n_fds = 0;
  guint missing = 0;
  int why = 0;

  for (guint i = 0; i < n && why == 0; i++) {
    for (guint k = 0; k < G_N_ELEMENTS (types) && why == 0 && addresses[i] != NULL; k++) {
      int fd = bind_one (addresses[i], types[k], port);
      if (fd >= 0) {
        fds[n_fds++] = fd;
      } else if (n > 1 && is_family_missing (errno) && missing < n - 1) {
        addresses[i] = NULL;
        missing++;
      } else {
        why = errno;
        *where = addresses[i];
      }
    }
  }
  while (n_fds > 0) {
    (void)close (fds[--n_fds]);
  }
  return why;
}

/* The addresses of this host of the family that @any stands for, those of loopback last. (transfer
   full) (element-type utf8) */
static GPtrArray *
list_own (const char *any)
{
  GPtrArray *own = g_ptr_array_new_with_free_func (g_free);
  int family = strchr (any, ':') != NULL ? AF_INET6 : AF_INET;
  struct ifaddrs *list = NULL;

  (void)getifaddrs (&list);
  for (guint loopback = 0; loopback < 2; loopback++) {
    for (const struct ifaddrs *one = list; one != NULL; one = one->ifa_next) {
      if (one->ifa_addr == NULL || one->ifa_addr->sa_family != family
          || (one->ifa_flags & IFF_UP) == 0
          || ((one->ifa_flags & IFF_LOOPBACK) != 0) != (loopback == 1)) {
        continue;
      }
      gsize len = family == AF_INET6 ? sizeof (struct sockaddr_in6) : sizeof (struct sockaddr_in);
      g_autoptr (GSocketAddress) address = g_socket_address_new_from_native (one->ifa_addr, len);
      GInetAddress *inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
      if (!g_inet_address_get_is_link_local (inet)) {
        g_ptr_array_add (own, g_inet_address_to_string (inet));
      }
    }
  }
  freeifaddrs (list);
  return own;
}

/* The address of a transport. (transfer full), or NULL. */
static gchar *
address_of (const tport_t *primary)
{
  su_addrinfo_t const *ai = tport_get_address (primary);
  g_autoptr (GSocketAddress) address
      = ai != NULL && ai->ai_addr != NULL
            ? g_socket_address_new_from_native (ai->ai_addr, ai->ai_addrlen)
            : NULL;

  return G_IS_INET_SOCKET_ADDRESS (address) ? g_inet_address_to_string (
             g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)))
                                            : NULL;
}

/* What the library sets for its own: datagrams may be cut on their way, and what became of them is
   told. */
static void
set_datagram_options (int fd, gboolean ipv6)
{
  int may_cut = IP_PMTUDISC_DONT;
  int one = 1;

  (void)setsockopt (fd, IPPROTO_IP, IP_MTU_DISCOVER, &may_cut, sizeof may_cut);
  (void)setsockopt (fd, IPPROTO_IP, IP_RECVERR, &one, sizeof one);
  if (ipv6) {
    (void)setsockopt (fd, IPPROTO_IPV6, IPV6_RECVERR, &one, sizeof one);
  }
}

/* Gives the transport @primary the socket @fd, and its name; @host: as it stands in a URI. */
static gboolean
move_transport (tport_t *primary, int fd, const char *host)
{
  gboolean datagrams = tport_is_dgram (primary);
  su_addrinfo_t name = *tport_get_address (primary);
  su_sockaddr_t at;
  socklen_t len = sizeof at;

  memset (&at, 0, sizeof at);
  if (getsockname (fd, &at.su_sa, &len) < 0) {
    return FALSE;
  }
  if (datagrams) {
    set_datagram_options (fd, at.su_family == AF_INET6);
  }
  name.ai_family = at.su_family;
  name.ai_addr = &at.su_sa;
  name.ai_addrlen = len;
  return kith_patches_swap_socket (primary, fd)
         && tport_setname (primary, datagrams ? "udp" : "tcp", &name, host) >= 0;
}

/* The transports of the address @from serve @to from now on: the library has no way to close
   any. */
static gboolean
move_transports (KithSipStack *stack,
                 const char *from,
                 const char *to,
                 const char *host,
                 guint16 port)
{
  int fds[2] = { bind_one (to, SOCK_DGRAM, &port), bind_one (to, SOCK_STREAM, &port) };
  gboolean ok = fds[0] >= 0 && fds[1] >= 0;
  tport_t *moved = NULL;

  for (tport_t *p = tport_primaries (nta_agent_tports (stack->doors.agent)); ok && p != NULL;
       p = tport_next (p)) {
    g_autofree gchar *own = p != stack->doors.private_primary ? address_of (p) : NULL;
    if (g_strcmp0 (own, from) == 0) {
      ok = move_transport (p, fds[tport_is_dgram (p) ? 0 : 1], host);
      moved = p;
    }
  }
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++) {
    if (fds[i] >= 0) {
      (void)close (fds[i]);
    }
  }
  if (moved != NULL) {
    (void)tport_has_been_updated (moved); /* our Via lines are made anew */
  }
  return ok && moved != NULL;
}

/* An address that is served and that this host has no more, or NULL. (transfer none) */
static const char *
find_gone (KithSipStack *stack)
{
  g_autoptr (GPtrArray) ipv4 = list_own ("0.0.0.0");
  g_autoptr (GPtrArray) ipv6 = list_own ("::");
  GHashTableIter iter;
  gpointer address = NULL;

  g_hash_table_iter_init (&iter, stack->bound);
  while (g_hash_table_iter_next (&iter, &address, NULL)) {
    GPtrArray *own = strchr (address, ':') != NULL ? ipv6 : ipv4;
    if (!g_ptr_array_find_with_equal_func (own, address, g_str_equal, NULL)) {
      return address;
    }
  }
  return NULL;
}

/* All places are taken: @address gets that of one that is gone. */
static gboolean
take_place (KithSipStack *stack, const char *address, const char *host, guint16 port)
{
  const char *gone = find_gone (stack);

  if (gone != NULL && move_transports (stack, gone, address, host, port)) {
    (void)g_hash_table_remove (stack->bound, gone);
    (void)g_hash_table_add (stack->bound, g_strdup (address));
    return TRUE;
  }
  if (gone == NULL && !stack->full) {
    stack->full = TRUE;
    kith_warning ("sip",
                  "this host has more than %d addresses: ordinary SIP is not served at %s and "
                  "those that come after it",
                  MAX_ADDRESSES,
                  address);
  }
  return FALSE;
}

/* A transport for each address: the library would make them so itself of an address that stands for
   all, but only of those that there are at that moment. Each peer is seen in its own family then,
   and never IPv4 inside of IPv6. */
static gboolean
add_transport (KithSipStack *stack, const char *address, guint16 port)
{
  gboolean ipv6 = strchr (address, ':') != NULL;
  g_autofree gchar *host = g_strdup_printf (ipv6 ? "[%s]" : "%s", address);
  /* without transport=: UDP and TCP */
  g_autofree gchar *url = g_strdup_printf ("sip:%s:%u", host, port);

  if (g_hash_table_contains (stack->bound, address)) {
    return FALSE;
  }
  if (g_hash_table_size (stack->bound) >= MAX_ADDRESSES) {
    return take_place (stack, address, host, port);
  }
  kith_patches_bind_v6_only (TRUE);
  int result = nta_agent_add_tport (stack->doors.agent,
                                    URL_STRING_MAKE (url),
                                    TPTAG_STUN_SERVER (0),
                                    TPTAG_TIMEOUT (KITH_SIP_FIRST_REQUEST_S * 1000),
                                    TAG_END ());
  kith_patches_bind_v6_only (FALSE);
  if (result >= 0) {
    (void)g_hash_table_add (stack->bound, g_strdup (address));
  }
  return result >= 0;
}

/* Serves @address, or with one that stands for all each that this host has now. Returns how many
   are new. */
static guint
add_transports (KithSipStack *stack, const char *address, guint16 port)
{
  gboolean any = strcmp (address, "0.0.0.0") == 0 || strcmp (address, "::") == 0;
  g_autoptr (GPtrArray) own = any ? list_own (address) : NULL;
  guint n = 0;

  for (guint i = 0; own != NULL && i < own->len; i++) {
    n += (guint)add_transport (stack, own->pdata[i], port);
  }
  return own != NULL ? n : (guint)add_transport (stack, address, port);
}

/* What is wrong, for people; @before: what was told of the try before (nullable). (transfer
   full) */
static gchar *
tell_why (KithSipStack *stack, const char *before, const char *where, guint16 port)
{
  int why = stack->port_errno;

  if (why == EADDRINUSE) {
    g_autofree gchar *holder = kith_port_holder (where, port, &stack->port_socket);
    return holder != NULL ? g_strdup_printf ("port %u is taken by %s", port, holder)
                          : g_strdup (before);
  }
  stack->port_socket = 0;
  if (why == EADDRNOTAVAIL) {
    return g_strdup_printf ("port %u cannot be served at %s, which is no address of this host now",
                            port,
                            where);
  }
  return g_strdup_printf ("port %u cannot be served at %s: %s", port, where, g_strerror (why));
}

/* TRUE: it is ours now. Else *@problem (transfer full); @before: that of the last try. */
static gboolean
take_port (KithSipStack *stack, const char *before, gchar **problem)
{
  const char *addresses[3];
  const char *where = stack->bind;
  guint16 port = stack->wanted_port;
  int why = EADDRINUSE;

  for (guint i = 0; i < ANY_TRIES && why == EADDRINUSE; i++) {
    (void)list_addresses (stack, addresses);
    port = stack->wanted_port;
    why = look (addresses, &port, &where);
    if (stack->wanted_port != 0) {
      break;
    }
  }
  stack->port_errno = why;
  if (why != 0) {
    *problem = tell_why (stack, before, where, port);
    return FALSE;
  }
  for (guint i = 0; i < 2; i++) {
    if (addresses[i] != NULL && add_transports (stack, addresses[i], port) > 0) {
      stack->port = port;
    } else {
      addresses[i] = NULL;
    }
  }
  if (stack->port == 0) { /* somebody was quicker */
    stack->port_errno = EADDRINUSE;
    *problem = tell_why (stack, before, where, port);
    return FALSE;
  }
  kith_info ("sip",
             "serving %s%s port %u",
             stack->bind,
             addresses[0] == NULL              ? " (IPv6 only)"
             : strcmp (stack->bind, "::") != 0 ? ""
             : addresses[1] != NULL            ? " and IPv4"
                                               : " (IPv4 only)",
             port);
  return TRUE;
}

/* This host may have got an address that it had not: what stands for all stands for it too. */
static void
on_network_changed (GNetworkMonitor *monitor, gboolean available, KithSipStack *stack)
{
  const char *addresses[3];
  guint n = 0;

  if (stack->port == 0) {
    return;
  }
  (void)list_addresses (stack, addresses);
  for (guint i = 0; addresses[i] != NULL; i++) {
    n += add_transports (stack, addresses[i], stack->port);
  }
  if (n > 0) {
    kith_info ("sip", "serving %u more %s", n, n == 1 ? "address" : "addresses");
    kith_sip_stack_poke (stack);
  }
}

static gboolean
on_retry (gpointer data)
{
  KithSipStack *stack = data;

  stack->port_timer = 0;
  kith_sip_ports_open (stack);
  kith_sip_stack_poke (stack);
  return G_SOURCE_REMOVE;
}

void
kith_sip_ports_open (KithSipStack *stack)
{
  g_autofree gchar *problem = NULL;
  g_autofree gchar *before = g_steal_pointer (&stack->port_problem);

  kith_clock_cancel (kith_clock_get_default (), &stack->port_timer);
  if (stack->bind == NULL || stack->has_edge || stack->port != 0) {
    return;
  }
  if (stack->monitor == NULL) {
    stack->monitor = g_object_ref (g_network_monitor_get_default ());
    g_signal_connect (stack->monitor, "network-changed", G_CALLBACK (on_network_changed), stack);
  }
  if (!take_port (stack, before, &problem)) {
    if (g_strcmp0 (problem, before) != 0) {
      kith_warning ("sip",
                    "%s: ordinary SIP does not work, calls by name do. It is tried again, at the "
                    "latest every %d s; or choose another port or address in [sip]",
                    problem,
                    KITH_SIP_PORT_MAX_MS / 1000);
    }
    stack->port_problem = g_steal_pointer (&problem);
    stack->port_wait_ms = CLAMP (2 * stack->port_wait_ms, KITH_SIP_PORT_MS, KITH_SIP_PORT_MAX_MS);
    stack->port_timer
        = kith_clock_add (kith_clock_get_default (), stack->port_wait_ms, on_retry, stack);
  } else if (before != NULL) {
    kith_info ("sip", "the port is free now, and served");
  }
  if (g_strcmp0 (before, stack->port_problem) != 0) {
    g_signal_emit_by_name (stack, "port-changed");
  }
}

void
kith_sip_ports_close (KithSipStack *stack)
{
  kith_clock_cancel (kith_clock_get_default (), &stack->port_timer);
  if (stack->monitor != NULL) {
    g_signal_handlers_disconnect_by_data (stack->monitor, stack);
    g_clear_object (&stack->monitor);
  }
}
