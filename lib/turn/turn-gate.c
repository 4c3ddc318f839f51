/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moves datagrams between a loopback socket and a TURN client. */
#include "turn/turn-gate.h"

#include <gio/gio.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "model/net/stun.h"
#include "net/socket-watch.h"
#include "turn/turn-client.h"

#define READS_AT_ONCE 64

struct _KithTurnGate {
  const KithTurnGateEvents *events;
  gpointer user_data;
  KithClock *clock;
  KithTurnClient *client;
  GSocket *socket;
  GSource *source;
  GSocketAddress *user; /* who sent the latest good datagram, or NULL */
  guint8 token[KITH_TURN_TOKEN_LEN];
  guint64 n_out, n_in;
};

static guint16
get_port (KithTurnGate *gate)
{
  g_autoptr (GSocketAddress) here = g_socket_get_local_address (gate->socket, NULL);

  return here != NULL ? g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (here)) : 0;
}

static gboolean
is_token (KithTurnGate *gate, const guint8 *data)
{
  guint8 difference = 0;

  for (guint i = 0; i < KITH_TURN_TOKEN_LEN; i++) {
    difference |= data[i] ^ gate->token[i];
  }
  return difference == 0;
}

static gboolean
on_readable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  KithTurnGate *gate = user_data;
  guint8 data[KITH_TURN_GATE_HEADER_LEN + KITH_STUN_DATA_MAX];

  for (guint i = 0; i < READS_AT_ONCE; i++) {
    g_autoptr (GSocketAddress) from = NULL;
    KithEndpoint to = { .family = 4 };
    gssize n = g_socket_receive_from (gate->socket, &from, (gchar *)data, sizeof data, NULL, NULL);
    if (n < 0) {
      break;
    }
    const guint8 *at = data + KITH_TURN_TOKEN_LEN;
    if (n <= KITH_TURN_GATE_HEADER_LEN || !is_token (gate, data) || at[0] != 4) {
      continue;
    }
    g_set_object (&gate->user, from);
    memcpy (to.ip, at + 1, 4);
    to.port = (guint16)(at[5] << 8 | at[6]);
    if (kith_turn_client_send (gate->client,
                               &to,
                               data + KITH_TURN_GATE_HEADER_LEN,
                               (gsize)n - KITH_TURN_GATE_HEADER_LEN)) {
      gate->n_out++;
    }
  }
  return G_SOURCE_CONTINUE;
}

static void
on_ready (const KithEndpoint *server,
          const KithEndpoint *relayed,
          const KithEndpoint *mapped,
          gpointer user_data)
{
  KithTurnGate *gate = user_data;

  kith_socket_watch (&gate->source, gate->socket, G_IO_IN, on_readable, gate);
  gate->events->ready (get_port (gate), gate->token, gate->user_data);
}

static void
on_datagram (const KithEndpoint *from, const guint8 *payload, gsize len, gpointer user_data)
{
  KithTurnGate *gate = user_data;
  guint8 data[KITH_TURN_GATE_HEADER_LEN + KITH_STUN_DATA_MAX];
  guint8 *at = data + KITH_TURN_TOKEN_LEN;

  if (gate->user == NULL || len > KITH_STUN_DATA_MAX) {
    return;
  }
  memcpy (data, gate->token, sizeof gate->token);
  at[0] = 4;
  memcpy (at + 1, from->ip, 4);
  at[5] = (guint8)(from->port >> 8);
  at[6] = (guint8)from->port;
  memcpy (data + KITH_TURN_GATE_HEADER_LEN, payload, len);
  gate->n_in++;
  (void)g_socket_send_to (gate->socket,
                          gate->user,
                          (const gchar *)data,
                          KITH_TURN_GATE_HEADER_LEN + len,
                          NULL,
                          NULL);
}

static void
on_failed (const char *why, gpointer user_data)
{
  KithTurnGate *gate = user_data;

  gate->events->failed (why, gate->user_data);
}

static const KithTurnClientEvents client_events = { on_ready, on_datagram, on_failed };

KithTurnGate *
kith_turn_gate_new (KithTurnServer *server,
                    const KithTurnGateEvents *events,
                    gpointer user_data,
                    GError **error)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocket) socket
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, error);

  if (socket == NULL || !g_socket_bind (socket, address, FALSE, error)) {
    return NULL;
  }
  g_socket_set_blocking (socket, FALSE);
  KithTurnGate *gate = g_new0 (KithTurnGate, 1);
  gate->events = events;
  gate->user_data = user_data;
  gate->socket = g_steal_pointer (&socket);
  if (!kith_random_bytes (gate->token, sizeof gate->token)) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_FAILED, "The system has no randomness");
    kith_turn_gate_free (gate);
    return NULL;
  }
  gate->clock = g_object_ref (kith_clock_get_default ());
  gate->client = kith_turn_client_new (server, gate->clock, &client_events, gate);
  return gate;
}

void
kith_turn_gate_free (KithTurnGate *gate)
{
  if (gate == NULL) {
    return;
  }
  kith_turn_client_free (gate->client);
  kith_socket_unwatch (&gate->source);
  g_clear_pointer (&gate->clock, g_object_unref);
  g_clear_object (&gate->user);
  g_object_unref (gate->socket);
  explicit_bzero (gate->token, sizeof gate->token);
  g_free (gate);
}

void
kith_turn_gate_get_counts (KithTurnGate *gate, guint64 *n_out, guint64 *n_in)
{
  *n_out = gate->n_out;
  *n_in = gate->n_in;
}
