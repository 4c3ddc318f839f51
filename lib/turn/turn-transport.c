/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a TURN client's bytes travel: a UDP socket, or a stream that is cut into messages. */
#include <string.h>

#include "net/socket-watch.h"
#include "turn/turn-private.h"

#define UDP_READS_AT_ONCE 32

void
kith_turn_transport_close (KithTurnClient *client)
{
  if (client->resolving != NULL) {
    g_cancellable_cancel (client->resolving);
    g_clear_object (&client->resolving);
  }
  kith_socket_unwatch (&client->udp_source);
  g_clear_object (&client->udp);
  g_clear_pointer (&client->stream, kith_turn_stream_free);
  kith_timer_clear (&client->timer);
}

gboolean
kith_turn_transport_send (KithTurnClient *client, const guint8 *data, gsize len)
{
  if (client->stream != NULL) {
    return kith_turn_stream_send (client->stream, data, len);
  }
  return client->udp != NULL
         && g_socket_send_with_blocking (client->udp, (const gchar *)data, len, FALSE, NULL, NULL)
                == (gssize)len;
}

/* The stream */

static void
on_stream_up (gpointer user_data)
{
  KithTurnClient *client = user_data;

  (void)kith_turn_stream_get_remote (client->stream, &client->address);
  (void)kith_turn_client_begin (client, KITH_STUN_ALLOCATE, NULL, KITH_TURN_LIFETIME_S);
  kith_turn_client_run_timer (client);
}

static void
on_stream_data (const guint8 *data, gsize len, gpointer user_data)
{
  KithTurnClient *client = user_data;
  gboolean freed = FALSE;
  gsize at = 0;
  gsize whole = 0;

  g_byte_array_append (client->in, data, (guint)len);
  client->freed = &freed;
  while (!client->failed && at < client->in->len
         && (whole = kith_turn_message_frame (client->in->data + at, client->in->len - at)) > 0
         && whole <= client->in->len - at) {
    kith_turn_client_answer (client, client->in->data + at, whole);
    if (freed) {
      return;
    }
    at += whole;
  }
  client->freed = NULL;
  if (client->failed) {
    return;
  }
  g_byte_array_remove_range (client->in, 0, (guint)at);
  if (whole == G_MAXSIZE) {
    kith_turn_client_fail (client, "it does not speak TURN");
  }
}

static void
on_stream_writable (gpointer user_data)
{
}

static void
on_stream_down (const char *why, gpointer user_data)
{
  KithTurnClient *client = user_data;

  if (client->alternate.family == 0) { /* else it has sent us away */
    kith_turn_client_fail (client, why);
  }
}

static const KithTurnStreamEvents stream_events
    = { on_stream_up, on_stream_data, on_stream_writable, on_stream_down };

/* UDP */

static gboolean
on_udp_readable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  KithTurnClient *client = user_data;
  guint8 buffer[KITH_STUN_MAX];
  gboolean freed = FALSE;

  for (guint i = 0; i < UDP_READS_AT_ONCE; i++) {
    gssize n = g_socket_receive_with_blocking (client->udp,
                                               (gchar *)buffer,
                                               sizeof buffer,
                                               FALSE,
                                               NULL,
                                               NULL);
    if (n <= 0) {
      break; /* refused by ICMP counts as silence: somebody else may have sent that */
    }
    client->freed = &freed;
    kith_turn_client_answer (client, buffer, (gsize)n);
    if (freed) {
      return G_SOURCE_REMOVE;
    }
    client->freed = NULL;
    if (client->failed) {
      return G_SOURCE_REMOVE;
    }
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
open_udp (KithTurnClient *client, GInetAddress *ip)
{
  g_autoptr (GSocketAddress) to = g_inet_socket_address_new (ip, client->server->port);

  client->address
      = (KithEndpoint){ .family = g_inet_address_get_family (ip) == G_SOCKET_FAMILY_IPV4 ? 4 : 6,
                        .port = client->server->port };
  memcpy (client->address.ip, g_inet_address_to_bytes (ip), client->address.family == 4 ? 4 : 16);
  client->udp = g_socket_new (g_inet_address_get_family (ip),
                              G_SOCKET_TYPE_DATAGRAM,
                              G_SOCKET_PROTOCOL_UDP,
                              NULL);
  if (client->udp == NULL || !g_socket_connect (client->udp, to, NULL, NULL)) {
    return FALSE;
  }
  g_socket_set_blocking (client->udp, FALSE);
  kith_socket_watch (&client->udp_source, client->udp, G_IO_IN, on_udp_readable, client);
  return TRUE;
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  GList *list = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);
  gboolean open = FALSE;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    return;
  }
  KithTurnClient *client = user_data;
  g_clear_object (&client->resolving);
  /* IPv4 first: it is what everybody has; then what comes. */
  for (guint round = 0; round < 2; round++) {
    for (GList *one = list; one != NULL && !open; one = one->next) {
      if ((g_inet_address_get_family (one->data) == G_SOCKET_FAMILY_IPV4) == (round == 0)) {
        open = open_udp (client, one->data);
      }
    }
  }
  g_resolver_free_addresses (list);
  if (!open) {
    kith_turn_client_fail (client,
                           error != NULL ? error->message
                                         : "no address of it can be reached from here");
    return;
  }
  (void)kith_turn_client_begin (client, KITH_STUN_ALLOCATE, NULL, KITH_TURN_LIFETIME_S);
  kith_turn_client_run_timer (client);
}

void
kith_turn_transport_open (KithTurnClient *client)
{
  if (kith_turn_is_datagram (client)) {
    g_autoptr (GResolver) resolver = g_resolver_get_default ();
    client->resolving = g_cancellable_new ();
    g_resolver_lookup_by_name_async (resolver,
                                     client->server->host,
                                     client->resolving,
                                     on_resolved,
                                     client);
  } else {
    client->stream = kith_turn_stream_new (client->server, &stream_events, client);
  }
}
