/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests when the DHT's datagrams go through a TURN server, and when not any more, with a small server of this test. */
#include <string.h>

#include "node/links/udp-tunnel.h"
#include "node/node-fixture.h"
#include "node/spy-locator.h"
#include "turn/turn-message.h"

#define REALM "test"

typedef struct {
  World world;
  GSocketService *service;
  GPtrArray *clients; /* of Client */
  guint n_connections;
  gboolean refuses;
  KithTurnPool *pool;
  GPtrArray *locators;
  SpyLocator *spy;
  KithUdpTunnel *tunnel;
  guint n_changes;
} Bed;

/* One connection to the server. */
typedef struct {
  Bed *bed;
  GSocketConnection *connection;
  guint8 buffer[4096];
} Client;

static void read_on (Client *client);

static void
reply (Client *client, const KithTurnMessage *request)
{
  const guint8 challenge[4] = { 0, 0, 4, 1 };
  KithCandidate relayed = { .family = 4, .port = 50000, .ip = { 192, 0, 2, 9 } };
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (client->connection));
  gboolean good = request->integrity_at != 0;
  KithTurnWriter writer;
  KithTurnKey key;

  kith_turn_writer_begin (&writer,
                          request->method,
                          good ? KITH_TURN_SUCCESS : KITH_TURN_ERROR,
                          request->id);
  if (good) {
    kith_turn_key_derive (&key, FALSE, "me", (const guint8 *)REALM, strlen (REALM), "secret");
    kith_turn_writer_put_address (&writer, KITH_TURN_ATTR_RELAYED, &relayed);
    kith_turn_writer_seal (&writer, &key);
  } else {
    kith_turn_writer_put (&writer, KITH_TURN_ATTR_ERROR_CODE, challenge, sizeof challenge);
    kith_turn_writer_put (&writer, KITH_TURN_ATTR_REALM, REALM, strlen (REALM));
    kith_turn_writer_put (&writer, KITH_TURN_ATTR_NONCE, "nonce", 5);
  }
  (void)g_output_stream_write_all (out, writer.data, writer.len, NULL, NULL, NULL);
}

static void
client_free (Client *client)
{
  g_ptr_array_remove_fast (client->bed->clients, client);
  g_object_unref (client->connection);
  g_free (client);
}

/* Each message comes whole: the other end waits for every answer. */
static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Client *client = user_data;
  KithTurnMessage message;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);

  if (n <= 0) {
    client_free (client);
    return;
  }
  if (kith_turn_message_decode (client->buffer, (gsize)n, &message)) {
    reply (client, &message);
  }
  read_on (client);
}

static void
read_on (Client *client)
{
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (client->connection)),
                             client->buffer,
                             sizeof client->buffer,
                             G_PRIORITY_DEFAULT,
                             NULL,
                             on_read,
                             client);
}

/* Ends all connections. */
static void
hang_up (Bed *bed)
{
  for (guint i = 0; i < bed->clients->len; i++) {
    const Client *client = bed->clients->pdata[i];
    GSocket *socket = g_socket_connection_get_socket (client->connection);
    (void)g_socket_shutdown (socket, TRUE, TRUE, NULL); /* the other end may have left */
  }
}

static gboolean
on_incoming (GSocketService *service, GSocketConnection *connection, GObject *source, Bed *bed)
{
  bed->n_connections++;
  if (!bed->refuses) {
    Client *client = g_new0 (Client, 1);
    client->bed = bed;
    client->connection = g_object_ref (connection);
    g_ptr_array_add (bed->clients, client);
    read_on (client);
  }
  return TRUE;
}

static void
on_changed (gpointer user_data)
{
  ((Bed *)user_data)->n_changes++;
}

static void
begin (Bed *bed, KithTunnelMode mode, KithLocatorState state)
{
  g_autoptr (GPtrArray) servers
      = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_turn_server_unref);

  memset (bed, 0, sizeof *bed);
  world_init (&bed->world, NOON_US);
  bed->service = g_socket_service_new ();
  bed->clients = g_ptr_array_new ();
  guint16 port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (bed->service), NULL, NULL);
  g_signal_connect (bed->service, "incoming", G_CALLBACK (on_incoming), bed);
  g_autofree gchar *uri = g_strdup_printf ("turn:127.0.0.1:%u?transport=tcp", port);
  g_ptr_array_add (servers, kith_turn_server_parse (uri, "me", "secret", NULL, NULL));
  bed->pool = kith_turn_pool_new (servers);
  bed->locators = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (bed->locators, spy_locator_new ("spy"));
  bed->spy = bed->locators->pdata[0];
  spy_locator_take_tunnel (bed->spy);
  spy_locator_set_state (bed->spy, state);
  bed->tunnel = kith_udp_tunnel_new (bed->world.clock, bed->pool, bed->locators, NULL, mode);
  kith_udp_tunnel_set_changed (bed->tunnel, on_changed, bed);
}

/* Lets the server and its client talk, in real time, while the clock stands still. */
static void
run_real (guint ms)
{
  gint64 end = g_get_monotonic_time () + (gint64)ms * 1000;

  while (g_get_monotonic_time () < end) {
    if (!g_main_context_iteration (NULL, FALSE)) {
      g_usleep (1000);
    }
  }
}

static void
finish (Bed *bed)
{
  guint n;

  kith_udp_tunnel_free (bed->tunnel);
  g_assert_cmpuint (spy_locator_get_tunnel (bed->spy, &n), ==, 0);
  kith_turn_pool_unref (bed->pool);
  g_ptr_array_unref (bed->locators);
  g_socket_service_stop (bed->service);
  g_socket_listener_close (G_SOCKET_LISTENER (bed->service));
  g_object_unref (bed->service);
  hang_up (bed);
  for (guint i = 0; i < 100 && bed->clients->len > 0; i++) {
    run_real (10);
  }
  g_assert_cmpuint (bed->clients->len, ==, 0);
  g_ptr_array_unref (bed->clients);
  world_clear (&bed->world);
}

/* TRUE when the locator has come to use its @count-th tunnel within a second. */
static gboolean
is_led (Bed *bed, guint count)
{
  guint n = 0;

  for (guint i = 0; i < 100 && (spy_locator_get_tunnel (bed->spy, &n) == 0 || n < count); i++) {
    run_real (10);
  }
  return spy_locator_get_tunnel (bed->spy, &n) != 0 && n == count;
}

static void
test_online (void)
{
  Bed bed;
  guint n;

  begin (&bed, KITH_TUNNEL_AUTO, KITH_LOCATOR_ONLINE);
  pass (&bed.world, 60000);
  run_real (50);
  g_assert_cmpuint (spy_locator_get_tunnel (bed.spy, &n), ==, 0);
  g_assert_cmpuint (bed.n_connections, ==, 0);
  finish (&bed);
}

static void
test_never (void)
{
  Bed bed;

  begin (&bed, KITH_TUNNEL_NEVER, KITH_LOCATOR_ALONE);
  pass (&bed.world, 60000);
  run_real (50);
  g_assert_cmpuint (bed.n_connections, ==, 0);
  finish (&bed);
}

/* Nobody answers for two seconds: the tunnel; a node answers without it: no tunnel any more. */
static void
test_blocked (void)
{
  Bed bed;
  guint n;

  begin (&bed, KITH_TUNNEL_AUTO, KITH_LOCATOR_ALONE);
  pass (&bed.world, 1500);
  run_real (50);
  g_assert_cmpuint (bed.n_connections, ==, 0);
  pass (&bed.world, 1600);
  g_assert_true (is_led (&bed, 1));
  g_assert_cmpuint (bed.n_connections, ==, 1);
  g_assert_cmpuint (bed.n_changes, ==, 1);
  spy_locator_set_state (bed.spy, KITH_LOCATOR_ONLINE);
  pass (&bed.world, 120 * 1000);
  g_assert_cmpuint (spy_locator_get_tunnel (bed.spy, &n), !=, 0);
  g_signal_emit_by_name (bed.spy, "direct-heard");
  g_assert_cmpuint (spy_locator_get_tunnel (bed.spy, &n), ==, 0);
  g_assert_cmpuint (bed.n_changes, ==, 2);
  pass (&bed.world, 60000);
  run_real (50);
  g_assert_cmpuint (bed.n_connections, ==, 1);
  finish (&bed);
}

/* The connection breaks: a new one is made at once, though the locator still counts as online. */
static void
test_broken (void)
{
  Bed bed;

  begin (&bed, KITH_TUNNEL_AUTO, KITH_LOCATOR_ALONE);
  pass (&bed.world, 3100);
  g_assert_true (is_led (&bed, 1));
  spy_locator_set_state (bed.spy, KITH_LOCATOR_ONLINE);
  hang_up (&bed);
  g_assert_true (is_led (&bed, 2));
  g_assert_cmpuint (bed.n_changes, ==, 3); /* directly for a moment */
  finish (&bed);
}

/* Nobody answers through it either: it ends, and the next attempt waits. */
static void
test_useless (void)
{
  Bed bed;
  guint n;

  begin (&bed, KITH_TUNNEL_AUTO, KITH_LOCATOR_ALONE);
  pass (&bed.world, 3100);
  g_assert_true (is_led (&bed, 1));
  pass (&bed.world, 27000);
  g_assert_cmpuint (spy_locator_get_tunnel (bed.spy, &n), !=, 0);
  pass (&bed.world, 4000);
  g_assert_cmpuint (spy_locator_get_tunnel (bed.spy, &n), ==, 0);
  pass (&bed.world, 5000);
  g_assert_true (is_led (&bed, 2));
  finish (&bed);
}

/* A server that hangs up is asked ever more seldom. */
static void
test_refused (void)
{
  Bed bed;
  guint n;

  begin (&bed, KITH_TUNNEL_ALWAYS, KITH_LOCATOR_ALONE);
  bed.refuses = TRUE;
  for (guint second = 0; second < 60; second++) {
    pass (&bed.world, 1000);
    run_real (20);
  }
  g_assert_cmpuint (bed.n_connections, >=, 2);
  g_assert_cmpuint (bed.n_connections, <=, 12); /* of the pool's own, too */
  g_assert_cmpuint (spy_locator_get_tunnel (bed.spy, &n), ==, 0);
  g_assert_cmpuint (n, ==, 0);
  finish (&bed);
}

static void
test_always (void)
{
  Bed bed;

  begin (&bed, KITH_TUNNEL_ALWAYS, KITH_LOCATOR_ONLINE);
  g_assert_true (is_led (&bed, 1));
  g_signal_emit_by_name (bed.spy, "direct-heard");
  g_assert_true (is_led (&bed, 1));
  finish (&bed);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/node/tunnel/online", test_online);
  g_test_add_func ("/node/tunnel/never", test_never);
  g_test_add_func ("/node/tunnel/blocked", test_blocked);
  g_test_add_func ("/node/tunnel/broken", test_broken);
  g_test_add_func ("/node/tunnel/useless", test_useless);
  g_test_add_func ("/node/tunnel/refused", test_refused);
  g_test_add_func ("/node/tunnel/always", test_always);
  return g_test_run ();
}
