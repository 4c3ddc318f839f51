/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pool of TURN servers against one by UDP that has no second address to lend for a while. */
#include <gio/gio.h>
#include <string.h>

#include "base/error.h"
#include "common/own-time.h"
#include "link-fixture.h"
#include "turn/turn-message.h"
#include "turn/turn-pool.h"

#define REALM "test"
#define NONCE "nonce"

typedef struct {
  GSocket *socket;
  GSource *source;
  guint16 port;
  guint n_lent, n_refused; /* allocations */
  guint quota;
} Server;

static void
answer (Server *server, GSocketAddress *to, const KithStun *request)
{
  const KithStunBytes realm = { (const guint8 *)REALM, strlen (REALM) };
  gboolean is_known = request->integrity_at != 0;
  gboolean is_wanted = request->method == KITH_STUN_ALLOCATE;
  gboolean is_good = is_known && (!is_wanted || server->n_lent < server->quota);
  KithStun said = { .method = request->method, .kind = KITH_STUN_ERROR };
  guint8 data[KITH_STUN_MAX];
  KithTurnKey key;

  kith_turn_key_derive (&key, FALSE, "me", &realm, "secret");
  memcpy (said.id, request->id, sizeof said.id);
  if (is_good) {
    server->n_lent += is_wanted ? 1 : 0;
    said.kind = KITH_STUN_SUCCESS;
    said.relayed = (KithEndpoint){ .family = 4, .port = 50000, .ip = { 192, 0, 2, 9 } };
    said.lifetime_s = 600;
  } else if (is_known) {
    server->n_refused++;
    said.error_code = 486;
  } else {
    said.error_code = 401;
    said.realm = realm;
    said.nonce = (KithStunBytes){ (const guint8 *)NONCE, strlen (NONCE) };
  }
  gsize len = kith_stun_encode (&said, data, sizeof data);
  len = is_good ? kith_turn_message_seal (data, len, sizeof data, &key) : len;
  (void)g_socket_send_to (server->socket, to, (const gchar *)data, len, NULL, NULL);
}

static gboolean
on_request (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  g_autoptr (GSocketAddress) from = NULL;
  KithStun request;
  gchar data[2048];
  gssize n = g_socket_receive_from (socket, &from, data, sizeof data, NULL, NULL);

  if (n > 0 && kith_stun_decode ((const guint8 *)data, (gsize)n, &request)) {
    answer (user_data, from, &request);
  }
  return G_SOURCE_CONTINUE;
}

static void
server_start (Server *server)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);

  server->socket
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
  g_assert_true (g_socket_bind (server->socket, any, FALSE, NULL));
  g_autoptr (GSocketAddress) here = g_socket_get_local_address (server->socket, NULL);
  server->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (here));
  server->source = g_socket_create_source (server->socket, G_IO_IN, NULL);
  g_source_set_callback (server->source, G_SOURCE_FUNC (on_request), server, NULL);
  g_source_attach (server->source, NULL);
}

static void
server_stop (Server *server)
{
  g_source_destroy (server->source);
  g_source_unref (server->source);
  g_object_unref (server->socket);
}

/* The address that watches the server is refused, and had later all the same. */
static void
test_guard_comes_late (void)
{
  Server server = { .quota = 1 };
  g_autoptr (GPtrArray) servers
      = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_turn_server_unref);
  KithTurnRelay relay;

  server_start (&server);
  g_autofree gchar *uri = g_strdup_printf ("turn:127.0.0.1:%u", server.port);
  g_ptr_array_add (servers, kith_turn_server_parse (uri, "me", "secret", NULL, NULL));
  g_autoptr (KithTurn) pool = kith_turn_pool_new (servers);
  kith_turn_check (pool);
  run_for (700);
  g_assert_true (kith_turn_get_relay (pool, &relay));
  g_assert_cmpuint (server.n_lent, ==, 1);
  g_assert_cmpuint (server.n_refused, ==, 1);
  server.quota = 2;
  run_for (4500);
  g_assert_cmpuint (server.n_lent, ==, 2);
  g_assert_cmpuint (server.n_refused, ==, 1);
  g_assert_cmpuint (kith_turn_get_losses (pool), ==, 0);
  g_clear_object (&pool);
  run_for (50);
  server_stop (&server);
}

static void
on_gate_ready (guint16 port, const guint8 token[KITH_TURN_TOKEN_LEN], gpointer user_data)
{
  *(guint16 *)user_data = port;
}

static void
on_gate_failed (const char *why, gpointer user_data)
{
  g_error ("%s", why);
}

/* A gate goes through a server by TCP or TLS only; without one it is said that there is none. */
static void
test_gates (void)
{
  static const KithTurnGateEvents events = { on_gate_ready, on_gate_failed };
  g_autoptr (GPtrArray) servers
      = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_turn_server_unref);
  g_autoptr (GError) error = NULL;
  guint16 port = 0;

  g_ptr_array_add (servers,
                   kith_turn_server_parse ("turn:127.0.0.1:9", "me", "secret", NULL, NULL));
  g_autoptr (KithTurn) datagrams = kith_turn_pool_new (servers);
  g_assert_null (kith_turn_open_gate (datagrams, &events, &port, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_ptr_array_add (
      servers,
      kith_turn_server_parse ("turn:127.0.0.1:9?transport=tcp", "me", "secret", NULL, NULL));
  g_autoptr (KithTurn) both = kith_turn_pool_new (servers);
  KithTurnGate *gate = kith_turn_open_gate (both, &events, &port, &error);
  g_assert_no_error (error);
  kith_turn_close_gate (both, gate);
  g_assert_cmpuint (port, ==, 0);
}

/* Nothing was found out yet. */
static void
test_unknown (void)
{
  g_autoptr (GPtrArray) servers
      = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_turn_server_unref);
  KithTurnFacts facts = { 0 };
  KithTurnRelay relay;

  g_ptr_array_add (servers,
                   kith_turn_server_parse ("turn:127.0.0.1:9", "me", "secret", NULL, NULL));
  g_autoptr (KithTurn) turn = kith_turn_pool_new (servers);
  g_assert_false (kith_turn_get_relay (turn, &relay));
  g_assert_false (kith_turn_get_second (turn, &relay));
  g_assert_false (kith_turn_is_udp_open (turn));
  g_assert_cmpuint (kith_turn_get_n (turn), ==, 1);
  kith_turn_get_facts (turn, 0, &facts);
  g_assert_cmpstr (facts.label, ==, "127.0.0.1:9 (UDP)");
  g_assert_cmpint (facts.state, ==, KITH_TURN_UNKNOWN);
  g_assert_false (facts.is_used);
}

int
main (int argc, char **argv)
{
  own_time_begin ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/turn-pool/guard-comes-late", test_guard_comes_late);
  g_test_add_func ("/link/turn-pool/gates", test_gates);
  g_test_add_func ("/link/turn-pool/unknown", test_unknown);
  return g_test_run ();
}
