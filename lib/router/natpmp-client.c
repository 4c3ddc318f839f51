/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drives libnatpmp, which never blocks, one request after the other. */
#include "router/natpmp-client.h"

#include <glib-unix.h>
#include <natpmp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "net/socket-name.h"
#include "router/pcp-message.h"

#define GIVE_UP_US (2 * G_USEC_PER_SEC)
#define MAX_WAITING 16
/* between two questions whether the router was started anew, or has another address */
#define GLANCE_S 60

typedef struct {
  guint16 port; /* 0: the outer address */
  guint16 outer_port;
  guint lifetime_s; /* 0: take it away */
  gint64 until_us;  /* while it is under way */
} Request;

struct _KithNatPmp {
  const KithMapperEvents *events;
  gpointer user_data;
  natpmp_t library;
  gboolean is_open;
  guint readable;
  guint timer;
  Request waiting[MAX_WAITING]; /* the first one is under way */
  guint n_waiting;
  gboolean is_found;
  gboolean is_failed;
  KithEndpoint outer; /* once it is found */
  guint glance;
  KithPcpEpoch epoch;
  gboolean has_epoch;
};

static void next (KithNatPmp *client);
static void add (KithNatPmp *client, guint16 port, guint16 outer_port, guint lifetime_s);

static gboolean
get_lan (KithNatPmp *client, KithEndpoint *lan)
{
  struct sockaddr_storage name = { 0 };
  socklen_t len = sizeof name;

  if (getsockname (client->library.s, (struct sockaddr *)&name, &len) != 0
      || !kith_socket_name_get ((const struct sockaddr *)&name, lan) || lan->family != 4) {
    return FALSE;
  }
  lan->port = 0;
  return TRUE;
}

static void
fail (KithNatPmp *client)
{
  if (!client->is_failed) {
    client->is_failed = TRUE;
    client->n_waiting = 0;
    client->events->failed (client->user_data);
  }
}

/* Any answer tells how long the router has kept its mappings (RFC 6886 section 3.6). */
static void
check_epoch (KithNatPmp *client, const natpmpresp_t *response)
{
  const KithPcpEpoch now
      = { .server_s = response->epoch,
          .client_s = kith_clock_now (kith_clock_get_default ()) / G_USEC_PER_SEC };
  const gboolean is_lost = client->has_epoch && !kith_pcp_epoch_goes_on (&client->epoch, &now);

  client->epoch = now;
  client->has_epoch = TRUE;
  if (is_lost) {
    client->events->lost (client->user_data);
  }
}

static gboolean
on_glance (gpointer user_data)
{
  KithNatPmp *client = user_data;

  if (client->n_waiting == 0) {
    add (client, 0, 0, 0);
  }
  return G_SOURCE_CONTINUE;
}

/* 1 when the router answered, if not what we wanted, else 0. */
static guint
is_refusal (int result)
{
  return result != 0 && result != NATPMP_TRYAGAIN && result != NATPMP_ERR_NOGATEWAYSUPPORT;
}

/* The router's outer address is known, or that there is none; or it is another one than before. */
static void
take_address (KithNatPmp *client, const natpmpresp_t *response, int result)
{
  const gboolean ok = response != NULL && response->type == NATPMP_RESPTYPE_PUBLICADDRESS;
  const gboolean has_no_outer = result == NATPMP_ERR_NETWORKFAILURE;
  KithEndpoint lan;
  KithEndpoint outer = { .family = 4 };

  if (ok) {
    memcpy (outer.ip, &response->pnu.publicaddress.addr, 4);
  }
  if (client->is_found && (!ok || kith_endpoint_is_same_host (&outer, &client->outer))) {
    return; /* only the epoch was asked for */
  }
  if ((!ok && !has_no_outer) || !get_lan (client, &lan)) {
    if (!client->is_found) {
      fail (client);
    }
    return;
  }
  client->outer = outer;
  if (!client->is_found) {
    client->is_found = TRUE;
    client->glance = kith_clock_add (kith_clock_get_default (), GLANCE_S * 1000, on_glance, client);
  }
  client->events->found (&lan, &outer, client->user_data);
}

/* The first request is over with @result of the library; @response NULL: without an answer that
   helps. */
static void
end_first (KithNatPmp *client, const natpmpresp_t *response, int result)
{
  const Request request = client->waiting[0];

  client->n_waiting--;
  memmove (client->waiting, client->waiting + 1, client->n_waiting * sizeof *client->waiting);
  next (client);
  if (response != NULL) {
    check_epoch (client, response);
  }
  if (request.port == 0) {
    take_address (client, response, result);
  } else if (request.lifetime_s != 0) {
    const gboolean ok = response != NULL && response->type == NATPMP_RESPTYPE_UDPPORTMAPPING
                        && response->pnu.newportmapping.privateport == request.port;
    const KithEndpoint there = { .port = ok ? response->pnu.newportmapping.mappedpublicport : 0 };
    client->events->mapped (request.port,
                            there.port != 0 ? &there : NULL,
                            ok ? response->pnu.newportmapping.lifetime : is_refusal (result),
                            client->user_data);
  }
}

/* Reads, or lets the library repeat the request. */
static void
go_on (KithNatPmp *client)
{
  natpmpresp_t response;

  if (client->n_waiting == 0) {
    return;
  }
  const int result = readnatpmpresponseorretry (&client->library, &response);
  if (result == NATPMP_TRYAGAIN
      && kith_clock_now (kith_clock_get_default ()) < client->waiting[0].until_us) {
    return;
  }
  end_first (client, result == 0 ? &response : NULL, result);
}

static gboolean on_time (gpointer user_data);

static void
plan (KithNatPmp *client)
{
  struct timeval wait = { 0 };

  kith_clock_cancel (kith_clock_get_default (), &client->timer);
  if (client->n_waiting > 0 && getnatpmprequesttimeout (&client->library, &wait) == 0) {
    const gint64 ms = (gint64)wait.tv_sec * 1000 + wait.tv_usec / 1000 + 1;
    client->timer
        = kith_clock_add (kith_clock_get_default (), (guint)CLAMP (ms, 1, 500), on_time, client);
  }
}

static gboolean
on_time (gpointer user_data)
{
  KithNatPmp *client = user_data;

  client->timer = kith_clock_add (kith_clock_get_default (), 250, on_time, client);
  go_on (client);
  return G_SOURCE_REMOVE;
}

static gboolean
on_readable (gint fd, GIOCondition condition, gpointer user_data)
{
  KithNatPmp *client = user_data;

  if (client->n_waiting == 0) { /* late: read it away */
    guint8 drop[64];
    (void)recv (fd, drop, sizeof drop, MSG_DONTWAIT);
    return G_SOURCE_CONTINUE;
  }
  go_on (client);
  return G_SOURCE_CONTINUE;
}

/* Sends the first of those that wait. */
static void
next (KithNatPmp *client)
{
  while (client->n_waiting > 0) {
    Request *request = &client->waiting[0];
    int sent;
    if (request->port == 0) {
      sent = sendpublicaddressrequest (&client->library);
    } else {
      sent = sendnewportmappingrequest (&client->library,
                                        NATPMP_PROTOCOL_UDP,
                                        request->port,
                                        request->outer_port,
                                        request->lifetime_s);
    }
    request->until_us = kith_clock_now (kith_clock_get_default ()) + GIVE_UP_US;
    if (sent > 0 || request->lifetime_s != 0 || request->port == 0) {
      break; /* what could not be sent is repeated, and runs out */
    }
    client->n_waiting--;
    memmove (client->waiting, client->waiting + 1, client->n_waiting * sizeof *client->waiting);
  }
  plan (client);
}

static void
add (KithNatPmp *client, guint16 port, guint16 outer_port, guint lifetime_s)
{
  if (!client->is_open || client->is_failed || client->n_waiting == MAX_WAITING) {
    return;
  }
  client->waiting[client->n_waiting++]
      = (Request){ .port = port, .outer_port = outer_port, .lifetime_s = lifetime_s };
  if (client->n_waiting == 1) {
    next (client);
  }
}

static gboolean
on_no_gateway (gpointer user_data)
{
  KithNatPmp *client = user_data;

  client->timer = 0;
  fail (client);
  return G_SOURCE_REMOVE;
}

KithNatPmp *
kith_nat_pmp_new (const KithMapperEvents *events, gpointer user_data)
{
  KithNatPmp *client = g_new0 (KithNatPmp, 1);

  client->events = events;
  client->user_data = user_data;
  client->is_open = initnatpmp (&client->library, 0, 0) == 0;
  if (client->is_open) {
    client->readable = g_unix_fd_add (client->library.s, G_IO_IN, on_readable, client);
    add (client, 0, 0, 0);
  } else {
    client->timer = kith_clock_add (kith_clock_get_default (), 0, on_no_gateway, client);
  }
  return client;
}

void
kith_nat_pmp_map (KithNatPmp *client, guint16 port, guint16 outer_port, guint lifetime_s)
{
  add (client, port, outer_port != 0 ? outer_port : port, lifetime_s);
}

void
kith_nat_pmp_unmap (KithNatPmp *client, guint16 port)
{
  natpmp_t other;

  /* With a socket of its own: it does not disturb the request that is under way, and needs no
     answer. */
  if (client->is_open && initnatpmp (&other, 0, 0) == 0) {
    (void)sendnewportmappingrequest (&other, NATPMP_PROTOCOL_UDP, port, 0, 0);
    (void)sendnewportmappingrequest (&other, NATPMP_PROTOCOL_UDP, port, 0, 0);
    (void)closenatpmp (&other);
  }
}

void
kith_nat_pmp_free (KithNatPmp *client)
{
  if (client == NULL) {
    return;
  }
  if (client->readable != 0) {
    g_source_remove (client->readable);
  }
  kith_clock_cancel (kith_clock_get_default (), &client->timer);
  kith_clock_cancel (kith_clock_get_default (), &client->glance);
  if (client->is_open) {
    (void)closenatpmp (&client->library);
  }
  g_free (client);
}
