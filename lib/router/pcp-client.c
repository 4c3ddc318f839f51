/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One socket to the default gateway, one exchange for each port and one that asks whether the
   router is still the same. */
#include "router/pcp-client.h"

#include <errno.h>
#include <glib-unix.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "net/gateway.h"
#include "net/socket-name.h"
#include "router/pcp-message.h"

#define FIRST_REPEAT_MS 3000 /* section 8.1.1; each one takes twice as long */
#define MAX_SENDS 3
#define GLANCE_S 60 /* between two questions whether the router was started anew */
#define MAX_AT_ONCE 16

/* A request, sent until it is answered; the first one of a client is ANNOUNCE. */
typedef struct {
  guint16 port; /* 0: of nobody */
  guint8 nonce[KITH_PCP_NONCE_LEN];
  KithEndpoint outer; /* what it is, or should be */
  guint lifetime_s;
  gint64 next_us; /* when it is repeated or given up; 0: it is answered */
  gint64 wait_us; /* the last one */
  guint n_sent;
} Exchange;

struct _KithPcp {
  const KithMapperEvents *events;
  gpointer user_data;
  int fd; /* connected: nobody else is heard */
  KithEndpoint local;
  guint readable;
  guint timer;
  gboolean is_found, is_failed, is_lost;
  KithPcpEpoch epoch;
  gboolean has_epoch;
  Exchange announce;
  Exchange ports[KITH_PCP_MAX_PORTS];
};

static void plan (KithPcp *client);

static void
fail (KithPcp *client)
{
  if (client->is_failed) {
    return;
  }
  client->is_failed = TRUE;
  client->announce.next_us = 0;
  for (guint i = 0; i < KITH_PCP_MAX_PORTS; i++) {
    client->ports[i].next_us = 0;
  }
  client->events->failed (client->user_data);
}

/* Sending */

/* The one before doubled, ± 10 % (section 8.1.1), in µs. */
static gint64
get_wait (const Exchange *exchange)
{
  const gint64 base = exchange->wait_us != 0 ? 2 * exchange->wait_us : FIRST_REPEAT_MS * 1000;

  return base * kith_random_range (900, 1101) / 1000;
}

static void
send_exchange (KithPcp *client, Exchange *exchange)
{
  guint8 data[KITH_PCP_REQUEST_MAX];
  KithPcpMapRequest request = { .client = client->local,
                                .suggested = exchange->outer,
                                .lifetime_s = exchange->lifetime_s };
  gsize len;

  if (exchange == &client->announce) {
    len = kith_pcp_write_announce (&client->local, data);
  } else {
    request.client.port = exchange->port;
    memcpy (request.nonce, exchange->nonce, sizeof request.nonce);
    len = kith_pcp_write_map (&request, data);
  }
  /* What cannot be sent now is repeated. */
  (void)send (client->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
  exchange->n_sent++;
  exchange->wait_us = get_wait (exchange);
  exchange->next_us = kith_clock_now (kith_clock_get_default ()) + exchange->wait_us;
}

static void
begin (KithPcp *client, Exchange *exchange)
{
  exchange->n_sent = 0;
  exchange->wait_us = 0;
  send_exchange (client, exchange);
  plan (client);
}

/* The next time it is sent is the first one of a new question. */
static void
rest (Exchange *exchange)
{
  exchange->n_sent = 0;
  exchange->wait_us = 0;
  exchange->next_us = kith_clock_now (kith_clock_get_default ()) + GLANCE_S * G_USEC_PER_SEC;
}

/* It was repeated often enough. */
static void
give_up (KithPcp *client, Exchange *exchange)
{
  exchange->next_us = 0;
  if (exchange != &client->announce) {
    client->events->mapped (exchange->port, NULL, 0, client->user_data);
  } else if (!client->is_found) {
    fail (client);
  } else {
    rest (exchange);
  }
}

static void
go_on (KithPcp *client, Exchange *exchange, gint64 now)
{
  if (exchange->next_us == 0 || exchange->next_us > now) {
    return;
  }
  if (exchange->n_sent >= MAX_SENDS) {
    give_up (client, exchange);
  } else {
    send_exchange (client, exchange);
  }
}

static gboolean
on_time (gpointer user_data)
{
  KithPcp *client = user_data;
  const gint64 now = kith_clock_now (kith_clock_get_default ());

  client->timer = 0;
  go_on (client, &client->announce, now);
  for (guint i = 0; i < KITH_PCP_MAX_PORTS; i++) {
    go_on (client, &client->ports[i], now);
  }
  plan (client);
  return G_SOURCE_REMOVE;
}

/* Sets the timer to what is due next. */
static void
plan (KithPcp *client)
{
  gint64 next = client->announce.next_us;

  for (guint i = 0; i < KITH_PCP_MAX_PORTS; i++) {
    const gint64 one = client->ports[i].next_us;
    next = one != 0 && (next == 0 || one < next) ? one : next;
  }
  kith_clock_cancel (kith_clock_get_default (), &client->timer);
  if (next != 0) {
    const gint64 ms = (next - kith_clock_now (kith_clock_get_default ())) / 1000 + 1;
    client->timer = kith_clock_add (kith_clock_get_default (),
                                    (guint)CLAMP (ms, 1, GLANCE_S * 1000),
                                    on_time,
                                    client);
  }
}

/* Answers */

/* Any answer tells the epoch. */
static void
check_epoch (KithPcp *client, const KithPcpResponse *response)
{
  const KithPcpEpoch now
      = { .server_s = response->epoch_s,
          .client_s = kith_clock_now (kith_clock_get_default ()) / G_USEC_PER_SEC };

  client->is_lost = client->has_epoch && !kith_pcp_epoch_goes_on (&client->epoch, &now);
  client->epoch = now;
  client->has_epoch = TRUE;
}

static void
take_announce (KithPcp *client, const KithPcpResponse *response)
{
  const KithEndpoint outer = { 0 };
  Exchange *exchange = &client->announce;

  if (exchange->next_us == 0) {
    return;
  }
  rest (exchange);
  if (client->is_found) {
    return;
  }
  /* One that speaks PCP but does not announce is as good. */
  if (response->result != KITH_PCP_SUCCESS && response->result != KITH_PCP_UNSUPP_OPCODE) {
    kith_debug ("link",
                "no PCP: the router answers that %s",
                kith_pcp_result_text (response->result));
    fail (client);
    return;
  }
  client->is_found = TRUE;
  client->events->found (&client->local, &outer, client->user_data);
}

static Exchange *
find (KithPcp *client, guint16 port)
{
  for (guint i = 0; i < KITH_PCP_MAX_PORTS; i++) {
    if (client->ports[i].port == port) {
      return &client->ports[i];
    }
  }
  return NULL;
}

/* Such a router maps nothing at all. */
static gboolean
is_useless (guint8 result)
{
  return result == KITH_PCP_UNSUPP_VERSION || result == KITH_PCP_UNSUPP_OPCODE
         || result == KITH_PCP_UNSUPP_PROTOCOL;
}

static void
take_map (KithPcp *client, const KithPcpResponse *response)
{
  Exchange *exchange
      = response->has_map && response->port != 0 && response->protocol == KITH_PCP_UDP
            ? find (client, response->port)
            : NULL;

  if (exchange == NULL || memcmp (exchange->nonce, response->nonce, KITH_PCP_NONCE_LEN) != 0) {
    return; /* not ours, or of a mapping that is not wanted any more */
  }
  exchange->next_us = 0;
  if (response->result == KITH_PCP_SUCCESS && response->lifetime_s != 0
      && response->external.family == client->local.family && response->external.port != 0) {
    exchange->outer = response->external;
    client->events->mapped (exchange->port,
                            &exchange->outer,
                            response->lifetime_s,
                            client->user_data);
    return;
  }
  kith_info ("link",
             "the router does not map port %u by PCP: %s",
             exchange->port,
             response->result != KITH_PCP_SUCCESS ? kith_pcp_result_text (response->result)
                                                  : "its answer makes no sense");
  if (is_useless (response->result)) {
    fail (client);
  } else {
    const KithEndpoint none = { .family = client->local.family };
    const gboolean has_no_outer = response->result == KITH_PCP_NETWORK_FAILURE;
    client->events->mapped (exchange->port,
                            has_no_outer ? &none : NULL,
                            MAX (response->lifetime_s, 1),
                            client->user_data);
  }
}

static void
take (KithPcp *client, const guint8 *data, gsize len)
{
  KithPcpResponse response;

  if (client->is_failed || !kith_pcp_read (data, len, &response)) {
    return;
  }
  if (response.result == KITH_PCP_UNSUPP_VERSION) {
    if (!client->is_found) {
      kith_debug ("link", "no PCP: the router answers that it speaks another version");
      fail (client);
    }
    return;
  }
  check_epoch (client, &response);
  if (response.opcode == KITH_PCP_MAP) {
    take_map (client, &response);
  } else if (response.opcode == KITH_PCP_ANNOUNCE) {
    take_announce (client, &response);
  }
  if (client->is_lost && client->is_found && !client->is_failed && client->events->lost != NULL) {
    client->events->lost (client->user_data);
  }
  client->is_lost = FALSE;
}

static gboolean
on_readable (gint fd, GIOCondition condition, gpointer user_data)
{
  KithPcp *client = user_data;

  for (guint i = 0; i < MAX_AT_ONCE && !client->is_failed; i++) {
    guint8 data[KITH_PCP_MAX + 1];
    const gssize len = recv (fd, data, sizeof data, MSG_DONTWAIT);
    if (len < 0 && errno == ECONNREFUSED && !client->is_found) {
      fail (client); /* the router says that nothing listens there */
    }
    if (len < 0) {
      break;
    }
    take (client, data, (gsize)len);
  }
  if (client->is_failed) {
    client->readable = 0;
    return G_SOURCE_REMOVE;
  }
  plan (client);
  return G_SOURCE_CONTINUE;
}

/* The socket */

static gboolean
read_local (KithPcp *client)
{
  struct sockaddr_storage name = { 0 };
  socklen_t len = sizeof name;

  if (getsockname (client->fd, (struct sockaddr *)&name, &len) != 0
      || !kith_socket_name_get ((const struct sockaddr *)&name, &client->local)) {
    return FALSE;
  }
  client->local.port = 0;
  return TRUE;
}

static gboolean
open_socket (KithPcp *client, const KithEndpoint *from, const KithGateway *gateway)
{
  const guint scope = gateway->interface[0] != '\0' ? if_nametoindex (gateway->interface) : 0;
  struct sockaddr_storage name = { 0 };
  socklen_t len;

  client->fd = socket (gateway->address.family == 4 ? AF_INET : AF_INET6,
                       SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                       0);
  if (client->fd < 0) {
    return FALSE;
  }
  if (from != NULL) {
    KithEndpoint address = *from;
    address.port = 0;
    len = kith_socket_name_set (&address, 0, &name);
    if (bind (client->fd, (const struct sockaddr *)&name, len) != 0) {
      return FALSE;
    }
  }
  len = kith_socket_name_set (&gateway->address, scope, &name);
  return connect (client->fd, (const struct sockaddr *)&name, len) == 0 && read_local (client);
}

static gboolean
on_no_gateway (gpointer user_data)
{
  KithPcp *client = user_data;

  client->timer = 0;
  fail (client);
  return G_SOURCE_REMOVE;
}

static KithPcp *
make (const KithEndpoint *from,
      const KithGateway *gateway,
      const KithMapperEvents *events,
      gpointer user_data)
{
  KithPcp *client = g_new0 (KithPcp, 1);

  client->events = events;
  client->user_data = user_data;
  client->fd = -1;
  if (gateway == NULL || !open_socket (client, from, gateway)) {
    client->timer = kith_clock_add (kith_clock_get_default (), 0, on_no_gateway, client);
    return client;
  }
  client->readable = g_unix_fd_add (client->fd, G_IO_IN, on_readable, client);
  begin (client, &client->announce);
  return client;
}

KithPcp *
kith_pcp_new (const KithEndpoint *from, const KithMapperEvents *events, gpointer user_data)
{
  KithGateway gateway;
  const gboolean is_found = kith_gateway_find (from != NULL ? from->family : 4, &gateway);

  gateway.address.port = KITH_PCP_PORT;
  return make (from, is_found ? &gateway : NULL, events, user_data);
}

KithPcp *
kith_pcp_new_at (const KithEndpoint *gateway, const KithMapperEvents *events, gpointer user_data)
{
  const KithGateway there = { .address = *gateway };

  return make (NULL, &there, events, user_data);
}

static gboolean
is_open (const KithPcp *client)
{
  return client->fd >= 0 && !client->is_failed;
}

void
kith_pcp_map (KithPcp *client, guint16 port, guint lifetime_s)
{
  Exchange *exchange = port != 0 && is_open (client) ? find (client, port) : NULL;

  if (exchange == NULL && port != 0 && is_open (client)) {
    exchange = find (client, 0);
    if (exchange == NULL || !kith_random_bytes (exchange->nonce, sizeof exchange->nonce)) {
      return;
    }
    exchange->port = port;
    exchange->outer = (KithEndpoint){ .family = client->local.family, .port = port };
  }
  if (exchange != NULL) {
    exchange->lifetime_s = lifetime_s;
    begin (client, exchange);
  }
}

void
kith_pcp_unmap (KithPcp *client, guint16 port)
{
  Exchange *exchange = port != 0 && is_open (client) ? find (client, port) : NULL;

  if (exchange == NULL) {
    return;
  }
  exchange->lifetime_s = 0;
  send_exchange (client, exchange);
  /* nobody waits for an answer: the second one is for the case that the first got lost */
  send_exchange (client, exchange);
  *exchange = (Exchange){ 0 };
  plan (client);
}

void
kith_pcp_free (KithPcp *client)
{
  if (client == NULL) {
    return;
  }
  if (client->readable != 0) {
    g_source_remove (client->readable);
  }
  kith_clock_cancel (kith_clock_get_default (), &client->timer);
  if (client->fd >= 0) {
    close (client->fd);
  }
  g_free (client);
}
