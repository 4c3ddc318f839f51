/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A TURN client against a server of this test that follows a script: challenges, answers,
   datagrams, and what a server must not do. */
#include <gio/gio.h>
#include <string.h>

#include "common/own-time.h"
#include "turn/turn-client.h"
#include "turn/turn-gate.h"
#include "turn/turn-message.h"
#include "turn/turn-private.h"

#define REALM "test"
#define OLD_NONCE "nonce-1"
#define SHA256_NONCE "obMatJos2gAAAnonce"

/* What the server does otherwise than it should. */
typedef enum {
  WELL,
  WITH_SHA256,       /* offers it */
  TALKS_DOWN,        /* offers SHA-256 first, then MD5 only, with a stale nonce */
  STALE_ONCE,        /* the first authenticated request has a stale nonce */
  STALE_FOR_EVER,    /* all have */
  REFUSES,           /* a second 401: wrong password */
  QUOTA,             /* 486 */
  LOOPBACK_ADDRESS,  /* allocates 127.0.0.1 */
  GARBAGE,           /* what comes is no STUN */
  CLOSES,            /* the connection, at once */
  FORGES,            /* its success is not sealed with the password */
  SENDS_ON,          /* 300, to the other bed; the connection is closed after it */
  SENDS_TO_NAME,     /* the same, with the name in its certificate */
  SENDS_TO_NONSENSE, /* … that is none */
  SENDS_AROUND,      /* 300, to itself */
  SENDS_FAR          /* 300, to a multicast address */
} Manner;

typedef struct {
  GMainLoop *loop;
  Manner manner;
  GSocketService *service;
  GSocketConnection *connection;
  GByteArray *in;
  guint8 buffer[4096];
  guint n_requests, n_allocations, n_permissions, n_sent, n_released;
  KithTurnKey key;
  /* what the client told */
  KithEndpoint relayed, mapped, from;
  GByteArray *datagram;
  gchar *failure;
  guint n_ready;
  guint16 gate_port, port;
  guint16 other_port; /* of whom it sends to */
  guint8 gate_token[KITH_TURN_TOKEN_LEN];
} Bed;

static void
reply (Bed *bed, const guint8 *data, gsize len)
{
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (bed->connection));

  g_assert_true (g_output_stream_write_all (out, data, len, NULL, NULL, NULL));
}

/* What is @said, as an answer to @request; sealed unless @key is NULL. */
static void
reply_with (Bed *bed, const KithStun *request, KithStun *said, const KithTurnKey *key)
{
  guint8 data[KITH_STUN_MAX];

  said->method = request->method;
  memcpy (said->id, request->id, sizeof said->id);
  gsize len = kith_stun_encode (said, data, sizeof data);
  if (key != NULL) {
    len = kith_turn_message_seal (data, len, sizeof data, key);
  }
  reply (bed, data, len);
}

static KithStunBytes
bytes_of (const char *text)
{
  return (KithStunBytes){ (const guint8 *)text, strlen (text) };
}

static void
reply_error (Bed *bed, const KithStun *request, guint code, const char *nonce)
{
  KithStun said = { .kind = KITH_STUN_ERROR, .error_code = code };

  if (nonce != NULL) {
    said.realm = bytes_of (REALM);
    said.nonce = bytes_of (nonce);
    if (strcmp (nonce, SHA256_NONCE) == 0) {
      said.algorithms = (KithStunBytes){ (const guint8 *)"\0\2\0\0\0\1\0\0", 8 };
    }
  }
  reply_with (bed, request, &said, NULL);
}

/* Before it asks for credentials, as the busy ones do. */
static void
reply_alternate (Bed *bed, const KithStun *request)
{
  KithStun said = { .kind = KITH_STUN_ERROR, .error_code = 300 };

  said.alternate = (KithEndpoint){ .family = 4, .port = bed->other_port, .ip = { 127, 0, 0, 1 } };
  if (bed->manner == SENDS_AROUND) {
    said.alternate.port = bed->port;
  } else if (bed->manner == SENDS_FAR) {
    said.alternate.ip[0] = 224;
    said.alternate.port = 3478;
  } else if (bed->manner == SENDS_TO_NAME) {
    said.domain = bytes_of ("turn7.example");
  } else if (bed->manner == SENDS_TO_NONSENSE) {
    said.domain = bytes_of ("turn 7/example");
  }
  reply_with (bed, request, &said, NULL);
}

static void
reply_success (Bed *bed, const KithStun *request)
{
  KithStun said = { .kind = KITH_STUN_SUCCESS };
  KithTurnKey key = bed->key;

  key.bytes[0] ^= bed->manner == FORGES ? 1 : 0;
  if (request->method == KITH_STUN_ALLOCATE) {
    said.relayed = (KithEndpoint){ .family = 4, .port = 50000, .ip = { 192, 0, 2, 9 } };
    said.relayed.ip[0] = bed->manner == LOOPBACK_ADDRESS ? 127 : 192;
    said.mapped = (KithEndpoint){ .family = 4, .port = 40000, .ip = { 192, 0, 2, 1 } };
    said.has_lifetime = TRUE;
    said.lifetime_s = 600;
  }
  reply_with (bed, request, &said, &key);
}

/* A peer's datagram for each that was sent: its bytes, turned around. */
static void
echo (Bed *bed, const KithStun *message)
{
  KithStun request = *message;
  KithStun said = { .kind = KITH_STUN_INDICATION, .peer = message->peer };
  guint8 data[KITH_STUN_DATA_MAX];

  for (gsize i = 0; i < message->data.len; i++) {
    data[i] = message->data.data[message->data.len - 1 - i];
  }
  request.method = KITH_STUN_DATA;
  said.data = (KithStunBytes){ data, message->data.len };
  reply_with (bed, &request, &said, NULL);
}

static void
serve_authenticated (Bed *bed, const KithStun *message)
{
  guint n = bed->n_requests;

  if (bed->manner == STALE_FOR_EVER || (bed->manner == STALE_ONCE && n == 2)) {
    reply_error (bed, message, 438, OLD_NONCE);
  } else if (bed->manner == TALKS_DOWN && n == 2) {
    reply_error (bed, message, 438, OLD_NONCE);
  } else if (bed->manner == REFUSES) {
    reply_error (bed, message, 401, OLD_NONCE);
  } else if (bed->manner == QUOTA) {
    reply_error (bed, message, 486, NULL);
  } else {
    bed->n_allocations += message->method == KITH_STUN_ALLOCATE;
    bed->n_permissions += message->method == KITH_STUN_CREATE_PERMISSION;
    bed->n_released += message->method == KITH_STUN_REFRESH && message->has_lifetime
                       && message->lifetime_s == 0;
    reply_success (bed, message);
  }
}

static void
serve (Bed *bed, const guint8 *data, gsize len)
{
  gboolean sha256 = bed->manner == WITH_SHA256 || bed->manner == TALKS_DOWN;
  KithStun message;

  g_assert_true (kith_stun_decode (data, len, &message));
  if (message.kind == KITH_STUN_INDICATION) {
    g_assert_cmpuint (message.method, ==, KITH_STUN_SEND);
    bed->n_sent++;
    echo (bed, &message);
    return;
  }
  bed->n_requests++;
  if (bed->manner >= SENDS_ON) {
    reply_alternate (bed, &message);
    return;
  }
  if (message.integrity_at == 0) {
    g_assert_cmpuint (message.method, ==, KITH_STUN_ALLOCATE);
    g_assert_cmpuint (bed->n_requests, ==, 1);
    reply_error (bed, &message, 401, sha256 ? SHA256_NONCE : OLD_NONCE);
    return;
  }
  const KithStunBytes realm = bytes_of (REALM);
  kith_turn_key_derive (&bed->key, sha256, "me", &realm, "secret");
  g_assert_true (kith_turn_message_is_authentic (data, &message, &bed->key));
  g_assert_cmpuint (message.realm.len, ==, strlen (REALM));
  serve_authenticated (bed, &message);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);

  if (n <= 0) {
    return; /* the client has gone, or the bed */
  }
  Bed *bed = user_data;
  gsize whole;
  g_byte_array_append (bed->in, bed->buffer, (guint)n);
  if (bed->manner == GARBAGE) {
    reply (bed, (const guint8 *)"\xff\xff\xff\xff no", 7);
  }
  while (bed->manner != GARBAGE
         && (whole = kith_turn_message_frame (bed->in->data, bed->in->len)) > 0
         && whole <= bed->in->len) {
    serve (bed, bed->in->data, whole);
    g_byte_array_remove_range (bed->in, 0, (guint)whole);
  }
  g_input_stream_read_async (G_INPUT_STREAM (source),
                             bed->buffer,
                             sizeof bed->buffer,
                             G_PRIORITY_DEFAULT,
                             NULL,
                             on_read,
                             bed);
}

static gboolean
on_incoming (GSocketService *service, GSocketConnection *connection, GObject *source, Bed *bed)
{
  GSocket *socket = g_socket_connection_get_socket (connection);

  /* Else the system puts off what we send, by a timer of its own. */
  g_assert_true (g_socket_set_option (socket, 6 /* IPPROTO_TCP */, 1 /* TCP_NODELAY */, 1, NULL));
  g_set_object (&bed->connection, connection);
  if (bed->manner == CLOSES) {
    g_assert_true (g_io_stream_close (G_IO_STREAM (connection), NULL, NULL));
    g_clear_object (&bed->connection);
    return TRUE;
  }
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (connection)),
                             bed->buffer,
                             sizeof bed->buffer,
                             G_PRIORITY_DEFAULT,
                             NULL,
                             on_read,
                             bed);
  return TRUE;
}

static void
on_ready (const KithEndpoint *server,
          const KithEndpoint *relayed,
          const KithEndpoint *mapped,
          gpointer user_data)
{
  Bed *bed = user_data;

  bed->n_ready++;
  bed->relayed = *relayed;
  bed->mapped = *mapped;
  g_main_loop_quit (bed->loop);
}

static void
on_datagram (const KithEndpoint *from, const guint8 *data, gsize len, gpointer user_data)
{
  Bed *bed = user_data;

  bed->from = *from;
  g_byte_array_set_size (bed->datagram, 0);
  g_byte_array_append (bed->datagram, data, (guint)len);
  g_main_loop_quit (bed->loop);
}

static void
on_failed (const char *why, gpointer user_data)
{
  Bed *bed = user_data;

  g_assert_null (bed->failure);
  bed->failure = g_strdup (why);
  g_assert_null (strstr (why, "secret"));
  g_main_loop_quit (bed->loop);
}

static const KithTurnClientEvents events = { on_ready, on_datagram, on_failed };

static Bed *
bed_new (Manner manner, KithTurnServer **server)
{
  Bed *bed = g_new0 (Bed, 1);
  guint16 port;

  bed->loop = g_main_loop_new (NULL, FALSE);
  bed->manner = manner;
  bed->in = g_byte_array_new ();
  bed->datagram = g_byte_array_new ();
  bed->service = g_socket_service_new ();
  port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (bed->service), NULL, NULL);
  g_assert_cmpint (port, >, 0);
  g_signal_connect (bed->service, "incoming", G_CALLBACK (on_incoming), bed);
  bed->port = port;
  g_autofree gchar *uri = g_strdup_printf ("turn:127.0.0.1:%u?transport=tcp", port);
  *server = kith_turn_server_parse (uri, "me", "secret", NULL, NULL);
  g_assert_nonnull (*server);
  return bed;
}

static gboolean
on_quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
run_for (Bed *bed, guint ms)
{
  guint id = g_timeout_add (ms, on_quit, bed->loop);
  GSource *source = g_main_context_find_source_by_id (NULL, id);

  g_source_ref (source);
  g_main_loop_run (bed->loop);
  g_source_destroy (source);
  g_source_unref (source);
}

static void
bed_free (Bed *bed)
{
  g_socket_service_stop (bed->service);
  g_socket_listener_close (G_SOCKET_LISTENER (bed->service));
  g_object_unref (bed->service);
  if (bed->connection != NULL) {
    (void)g_io_stream_close (G_IO_STREAM (bed->connection), NULL, NULL);
    g_object_unref (bed->connection);
  }
  while (g_main_context_iteration (NULL, FALSE)) { /* what is pending ends */
  }
  g_byte_array_unref (bed->in);
  g_byte_array_unref (bed->datagram);
  g_free (bed->failure);
  g_main_loop_unref (bed->loop);
  g_free (bed);
}

static void
test_works (gconstpointer data)
{
  g_autoptr (KithTurnServer) server = NULL;
  g_autoptr (KithClock) clock = g_object_ref (kith_clock_get_default ());
  Bed *bed = bed_new (*(const Manner *)data, &server);
  KithTurnClient *client = kith_turn_client_new (server, clock, &events, bed);
  KithEndpoint peer = { .family = 4, .port = 4222, .ip = { 192, 0, 2, 50 } };
  KithEndpoint local = { .family = 4, .port = 4222, .ip = { 127, 0, 0, 1 } };
  guint8 big[KITH_STUN_DATA_MAX + 1] = { 1, 2, 3 };

  g_assert_false (kith_turn_client_send (client, &peer, big, 3)); /* not ready */
  run_for (bed, 3000);
  g_assert_cmpstr (bed->failure, ==, NULL);
  g_assert_cmpuint (bed->n_ready, ==, 1);
  g_autofree gchar *relayed = kith_endpoint_to_text (&bed->relayed);
  g_assert_cmpstr (relayed, ==, "192.0.2.9:50000");
  g_assert_cmpint (bed->mapped.port, ==, 40000);

  g_assert_true (kith_turn_client_send (client, &peer, big, 3));
  run_for (bed, 3000);
  g_assert_cmpmem (bed->datagram->data, bed->datagram->len, "\3\2\1", 3);
  g_assert_cmpmem (bed->from.ip, 4, peer.ip, 4);
  g_assert_true (kith_turn_client_send (client, &peer, big, KITH_STUN_DATA_MAX));
  run_for (bed, 3000);
  g_assert_cmpuint (bed->datagram->len, ==, KITH_STUN_DATA_MAX);
  g_assert_cmpuint (bed->n_permissions, ==, 1); /* once for both */
  g_assert_false (kith_turn_client_send (client, &peer, big, KITH_STUN_DATA_MAX + 1));
  g_assert_false (kith_turn_client_send (client, &peer, big, 0));
  g_assert_false (kith_turn_client_send (client, &local, big, 3));
  kith_turn_client_free (client);
  run_for (bed, 200);
  g_assert_cmpuint (bed->n_released, ==, 1);
  bed_free (bed);
}

static void
test_fails (gconstpointer data)
{
  static const struct {
    Manner manner;
    const char *why;
  } cases[] = {
    { TALKS_DOWN, "nonce" }, { STALE_FOR_EVER, "nonce" },        { REFUSES, "password" },
    { QUOTA, "quota" },      { LOOPBACK_ADDRESS, "IPv4" },       { GARBAGE, "does not speak TURN" },
    { CLOSES, "closed" },    { SENDS_AROUND, "another server" }, { SENDS_FAR, "another server" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (KithTurnServer) server = NULL;
    g_autoptr (KithClock) clock = g_object_ref (kith_clock_get_default ());
    Bed *bed = bed_new (cases[i].manner, &server);
    KithTurnClient *client = kith_turn_client_new (server, clock, &events, bed);
    run_for (bed, 3000);
    g_assert_cmpuint (bed->n_ready, ==, 0);
    g_assert_nonnull (bed->failure);
    g_test_message ("%s", bed->failure);
    g_assert_nonnull (strstr (bed->failure, cases[i].why));
    kith_turn_client_free (client);
    bed_free (bed);
  }
}

/* By UDP anybody can send in the server's name: that puts off no question whether it knows us
   still. */
static void
test_spoofed_life (void)
{
  g_autoptr (KithTurnServer) server
      = kith_turn_server_parse ("turn:127.0.0.1:9", "me", "secret", NULL, NULL);
  g_autoptr (KithClock) clock = g_object_ref (kith_clock_get_default ());
  g_autoptr (KithTurnServer) nobody = NULL;
  Bed *bed = bed_new (WELL, &nobody);
  KithTurnClient *client = kith_turn_client_new (server, clock, &events, bed);
  const KithEndpoint peer = { .family = 4, .port = 9, .ip = { 192, 0, 2, 50 } };
  KithStun said = { .method = KITH_STUN_DATA, .kind = KITH_STUN_INDICATION, .peer = peer };
  guint8 bytes[128];

  client->ready = TRUE;
  client->alive_us = 77;
  kith_stun_make_id (said.id, (const guint8 *)"somebody who");
  said.data = bytes_of ("abc");
  kith_turn_client_answer (client, bytes, kith_stun_encode (&said, bytes, sizeof bytes));
  g_assert_cmpuint (bed->datagram->len, ==, 3);
  g_assert_cmpint (client->alive_us, ==, 77);
  said = (KithStun){ .method = KITH_STUN_REFRESH, .kind = KITH_STUN_SUCCESS };
  kith_stun_make_id (said.id, (const guint8 *)"somebody who");
  kith_turn_client_answer (client, bytes, kith_stun_encode (&said, bytes, sizeof bytes));
  g_assert_cmpint (client->alive_us, ==, 77);
  client->ready = FALSE;
  kith_turn_client_free (client);
  bed_free (bed);
}

/* 300 Try Alternate (RFC 8489 section 10): the other one is asked in the same way. */
static void
test_sent_on (gconstpointer data)
{
  Manner manner = *(const Manner *)data;
  g_autoptr (KithTurnServer) server = NULL;
  g_autoptr (KithTurnServer) other = NULL;
  g_autoptr (KithClock) clock = g_object_ref (kith_clock_get_default ());
  Bed *full = bed_new (manner, &server);
  Bed *bed = bed_new (WELL, &other);

  full->other_port = bed->port;
  g_main_loop_unref (full->loop);
  full->loop = g_main_loop_ref (bed->loop);
  KithTurnClient *client = kith_turn_client_new (server, clock, &events, bed);
  run_for (bed, 3000);
  g_assert_cmpstr (bed->failure, ==, NULL);
  g_assert_cmpuint (bed->n_ready, ==, 1);
  g_assert_cmpuint (full->n_requests, ==, 1);
  g_assert_cmpuint (bed->n_allocations, ==, 1);
  g_assert_cmpint (kith_turn_client_get_server (client)->port, ==, bed->port);
  g_assert_cmpstr (kith_turn_client_get_server (client)->name,
                   ==,
                   manner == SENDS_TO_NAME ? "turn7.example" : server->name);
  kith_turn_client_free (client);
  run_for (bed, 200);
  g_assert_cmpuint (bed->n_released, ==, 1);
  bed_free (full);
  bed_free (bed);
}

/* What is not sealed with the password is as if it had not come. */
static void
test_forged (void)
{
  g_autoptr (KithTurnServer) server = NULL;
  g_autoptr (KithClock) clock = g_object_ref (kith_clock_get_default ());
  Bed *bed = bed_new (FORGES, &server);
  KithTurnClient *client = kith_turn_client_new (server, clock, &events, bed);

  run_for (bed, 300);
  g_assert_cmpuint (bed->n_allocations, ==, 1);
  g_assert_cmpuint (bed->n_ready, ==, 0);
  kith_turn_client_free (client);
  bed_free (bed);
}

/* No more than 64 peers at a time, whatever is sent to. */
static void
test_many_peers (void)
{
  g_autoptr (KithTurnServer) server = NULL;
  g_autoptr (KithClock) clock = g_object_ref (kith_clock_get_default ());
  Bed *bed = bed_new (WELL, &server);
  KithTurnClient *client = kith_turn_client_new (server, clock, &events, bed);
  KithEndpoint peer = { .family = 4, .port = 4222, .ip = { 198, 51, 100, 0 } };

  run_for (bed, 3000);
  for (guint8 i = 1; i <= KITH_TURN_MAX_PEERS + 16; i++) {
    peer.ip[3] = i;
    g_assert_true (kith_turn_client_send (client, &peer, &i, 1));
    run_for (bed, 1000);
    g_assert_cmpuint (bed->datagram->data[0], ==, i);
  }
  g_assert_cmpuint (kith_turn_client_count_peers (client), ==, KITH_TURN_MAX_PEERS);
  g_assert_cmpuint (bed->n_permissions, ==, KITH_TURN_MAX_PEERS + 16);
  peer.ip[3] = 1; /* it had to make room */
  g_assert_true (kith_turn_client_send (client, &peer, peer.ip, 1));
  run_for (bed, 1000);
  g_assert_cmpuint (bed->n_permissions, ==, KITH_TURN_MAX_PEERS + 17);
  kith_turn_client_free (client);
  bed_free (bed);
}

/* The gate on loopback */

static void
on_gate_ready (guint16 port, const guint8 token[KITH_TURN_TOKEN_LEN], gpointer user_data)
{
  Bed *bed = user_data;

  bed->gate_port = port;
  memcpy (bed->gate_token, token, sizeof bed->gate_token);
  g_main_loop_quit (bed->loop);
}

static const KithTurnGateEvents gate_events = { on_gate_ready, on_failed };

static void
test_gate (void)
{
  g_autoptr (KithTurnServer) server = NULL;
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocket) worker
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
  Bed *bed = bed_new (WELL, &server);
  KithTurnGate *gate = kith_turn_gate_new (server, &gate_events, bed, NULL);
  guint8 data[64] = { [16] = 4, 192, 0, 2, 7, 0x10, 0x7e, 'a', 'b' };
  const gsize len = KITH_TURN_GATE_HEADER_LEN + 2;
  guint64 n_out, n_in;

  run_for (bed, 3000);
  g_assert_cmpint (bed->gate_port, >, 0);
  g_autoptr (GSocketAddress) place = g_inet_socket_address_new (loopback, bed->gate_port);
  g_assert_true (g_socket_connect (worker, place, NULL, NULL));
  g_socket_set_timeout (worker, 2);
  /* no token */
  g_assert_cmpint (g_socket_send (worker, (gchar *)data, len, NULL, NULL), ==, (gssize)len);
  run_for (bed, 100);
  g_assert_cmpuint (bed->n_sent, ==, 0);
  memcpy (data, bed->gate_token, sizeof bed->gate_token);
  /* nothing in it */
  g_assert_cmpint (g_socket_send (worker, (gchar *)data, len - 2, NULL, NULL), >, 0);
  g_assert_cmpint (g_socket_send (worker, (gchar *)data, len, NULL, NULL), ==, (gssize)len);
  run_for (bed, 300);
  g_assert_cmpuint (bed->n_sent, ==, 1);
  memset (data, 0, sizeof data);
  g_assert_cmpint (g_socket_receive (worker, (gchar *)data, sizeof data, NULL, NULL),
                   ==,
                   (gssize)len);
  g_assert_cmpmem (data, 16, bed->gate_token, 16);
  g_assert_cmpmem (data + 16,
                   9,
                   "\4\300\0\2\7\x10\x7e"
                   "ba",
                   9);
  kith_turn_gate_get_counts (gate, &n_out, &n_in);
  g_assert_cmpuint (n_out, ==, 1);
  g_assert_cmpuint (n_in, ==, 1);
  kith_turn_gate_free (gate);
  bed_free (bed);
}

int
main (int argc, char **argv)
{
  static const Manner good[] = { WELL, WITH_SHA256, STALE_ONCE };
  static const Manner sends[] = { SENDS_ON, SENDS_TO_NAME, SENDS_TO_NONSENSE };

  own_time_begin ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/link/turn-client/md5", &good[0], test_works);
  g_test_add_data_func ("/link/turn-client/sha256", &good[1], test_works);
  g_test_add_data_func ("/link/turn-client/stale-nonce", &good[2], test_works);
  g_test_add_data_func ("/link/turn-client/fails", NULL, test_fails);
  g_test_add_func ("/link/turn-client/spoofed-life", test_spoofed_life);
  g_test_add_data_func ("/link/turn-client/sent-on", &sends[0], test_sent_on);
  g_test_add_data_func ("/link/turn-client/sent-on-by-name", &sends[1], test_sent_on);
  g_test_add_data_func ("/link/turn-client/sent-on-nonsense", &sends[2], test_sent_on);
  g_test_add_func ("/link/turn-client/forged", test_forged);
  g_test_add_func ("/link/turn-client/many-peers", test_many_peers);
  g_test_add_func ("/link/turn-client/gate", test_gate);
  return g_test_run ();
}
