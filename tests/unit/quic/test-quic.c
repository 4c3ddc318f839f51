/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests a QUIC connection without sockets: a bad wire between two ends, first bytes, and
   certificates with every byte bent. */
#include <gnutls/x509.h>
#include <string.h>

#include "common/own-time.h"
#include "link-fixture.h"
#include "quic/quic-conn.h"
#include "quic/quic-identity.h"

typedef struct End End;

struct End {
  KithQuic *quic;
  KithQuicCredentials *credentials;
  End *other;
  GRand *rand;
  double loss;
  guint packets;
  gboolean up;
  gboolean ended;
  gboolean down;
  KithReason reason;
  gchar *text;
  GByteArray *got;
  guint controls;
  guint heard;
  guint notes;
  guint authentic; /* packets that proved to be the peer's */
};

typedef struct {
  End *to;
  GBytes *packet;
} Flight;

static gboolean
arrive (gpointer user_data)
{
  Flight *flight = user_data;
  gsize len = 0;
  const guint8 *data = g_bytes_get_data (flight->packet, &len);

  flight->to->authentic += kith_quic_input (flight->to->quic, data, len) ? 1 : 0;
  g_bytes_unref (flight->packet);
  g_free (flight);
  return G_SOURCE_REMOVE;
}

static void
on_transmit (const guint8 *packet, gsize len, gpointer user_data)
{
  End *end = user_data;

  end->packets++;
  g_assert_cmpuint (len, <=, KITH_QUIC_MTU);
  /* RFC 9443: neither STUN (0 to 3), DTLS (20 to 63) nor RTP (128 to 191). */
  g_assert_true ((packet[0] >= 64 && packet[0] <= 127) || packet[0] >= 192);
  for (guint copies = g_rand_double (end->rand) < end->loss ? 2 : 1; copies > 0; copies--) {
    if (g_rand_double (end->rand) < end->loss) {
      continue;
    }
    Flight *flight = g_new0 (Flight, 1);
    flight->to = end->other;
    flight->packet = g_bytes_new (packet, len);
    g_timeout_add (end->loss > 0 ? (guint)g_rand_int_range (end->rand, 0, 8) : 0, arrive, flight);
  }
}

static void
on_up (gpointer user_data)
{
  ((End *)user_data)->up = TRUE;
}

static void
on_data (const guint8 *data, gsize len, gboolean end_of_stream, gpointer user_data)
{
  End *end = user_data;

  g_assert_true (end->up);
  g_byte_array_append (end->got, data, (guint)len);
  end->ended = end->ended || end_of_stream;
  kith_quic_consume (end->quic, len);
}

static void
on_writable (gpointer user_data)
{
}

static void
on_heard (gpointer user_data)
{
  ((End *)user_data)->heard++;
}

static void
on_control (const guint8 *data, gsize len, gpointer user_data)
{
  if (len != 1 || data[0] != 0) { /* a poke */
    g_assert_cmpmem (data, len, "\001\001", 2);
  }
  ((End *)user_data)->controls++;
}

/* The notes of the test come in this order with these lengths and this content. */
static gsize
note_len (guint i)
{
  return 1 + (gsize)i * 31 % KITH_QUIC_NOTE_MAX;
}

static void
on_note (const guint8 *data, gsize len, gpointer user_data)
{
  End *end = user_data;

  g_assert_true (end->up);
  g_assert_cmpuint (len, ==, note_len (end->notes));
  for (gsize k = 0; k < len; k++) {
    g_assert_cmpuint (data[k], ==, (guint8)(end->notes + k));
  }
  end->notes++;
}

static void
on_down (KithReason reason, const char *text, gpointer user_data)
{
  End *end = user_data;

  g_assert_false (end->down);
  end->down = TRUE;
  end->reason = reason;
  g_free (end->text);
  end->text = g_strdup (text);
}

static const KithQuicEvents events = {
  .transmit = on_transmit,
  .up = on_up,
  .data = on_data,
  .writable = on_writable,
  .heard = on_heard,
  .control = on_control,
  .note = on_note,
  .down = on_down,
};

static void
end_init (End *end, Person *person, Person *peer, gboolean client, KithClock *clock)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) cert = person_get_device_cert (person);
  g_autoptr (KithQuicIdentity) identity = kith_quic_identity_new (person->device_secret, &error);

  g_assert_no_error (error);
  end->credentials = kith_quic_identity_get_credentials (identity, cert, &error);
  g_assert_no_error (error);
  KithQuicConfig config = {
    .client = client,
    .credentials = end->credentials,
    .expects_peer = TRUE,
    .expected_identity = peer->identity,
    .expected_device = peer->device,
    .verify = person_verify_device_cert,
    .clock = clock,
  };
  end->notes = end->authentic = 0;
  end->quic = kith_quic_new (&config, &events, end);
  end->got = g_byte_array_new ();
}

static void
end_clear (End *end)
{
  kith_quic_free (end->quic);
  kith_quic_credentials_unref (end->credentials);
  g_byte_array_unref (end->got);
  g_clear_pointer (&end->text, g_free);
}

typedef struct {
  Person *alice;
  Person *bob;
  KithClock *clock;
  GRand *rand;
  End client;
  End server;
} Pair;

static void
pair_init (Pair *pair, double loss)
{
  *pair = (Pair){ .alice = person_new ("alice"), .bob = person_new ("bob") };
  pair->clock = g_object_ref (kith_clock_get_default ());
  pair->rand = g_rand_new_with_seed (42);
  pair->client.other = &pair->server;
  pair->server.other = &pair->client;
  pair->client.rand = pair->server.rand = pair->rand;
  pair->client.loss = pair->server.loss = loss;
}

static void
pair_connect (Pair *pair)
{
  end_init (&pair->client, pair->alice, pair->bob, TRUE, pair->clock);
  end_init (&pair->server, pair->bob, pair->alice, FALSE, pair->clock);
  kith_quic_start (pair->client.quic);
  for (guint i = 0; i < 400 && !(pair->client.up && pair->server.up); i++) {
    run_for (10);
  }
  g_assert_true (pair->client.up);
  g_assert_true (pair->server.up);
}

static void
pair_clear (Pair *pair)
{
  g_object_unref (pair->clock);
  g_rand_free (pair->rand);
  person_free (pair->alice);
  person_free (pair->bob);
}

/* Greasing would clear the fixed bit in every second connection. */
static void
test_first_bytes (void)
{
  Pair pair;

  pair_init (&pair, 0);
  for (guint i = 0; i < 60; i++) {
    pair.client.up = pair.server.up = pair.client.down = pair.server.down = FALSE;
    pair_connect (&pair);
    g_assert_true (kith_quic_write (pair.client.quic, (const guint8 *)"hello", 5));
    run_for (3);
    g_assert_cmpmem (pair.server.got->data, pair.server.got->len, "hello", 5);
    g_assert_true (kith_quic_write (pair.server.quic, (const guint8 *)"you", 3));
    run_for (3);
    g_assert_cmpmem (pair.client.got->data, pair.client.got->len, "you", 3);
    g_assert_true (kith_quic_close (pair.client.quic, KITH_REASON_LOCAL));
    g_assert_false (kith_quic_close (pair.client.quic, KITH_REASON_LOCAL));
    run_for (5);
    g_assert_true (pair.server.down);
    g_assert_cmpint (pair.server.reason, ==, KITH_REASON_REMOTE);
    g_assert_false (pair.client.down);
    end_clear (&pair.client);
    end_clear (&pair.server);
  }
  g_assert_cmpuint (pair.client.packets, >, 60 * 4);
  pair_clear (&pair);
}

/* A goodbye is a number; one of tomorrow is told as that. */
static void
test_reasons (void)
{
  static const struct {
    guint number;
    KithReason reason;
    const char *says;
  } cases[] = {
    { KITH_REASON_LOCAL, KITH_REASON_REMOTE, "the peer closed the link" },
    { KITH_REASON_BUSY, KITH_REASON_BUSY, "as many links" },
    { KITH_REASON_UNAUTHORIZED, KITH_REASON_UNAUTHORIZED, "do not know" },
    { KITH_REASON_INTERNAL, KITH_REASON_INTERNAL, "program" },
    { 77, KITH_REASON_REMOTE, "reason 77, which this version does not know" },
    { 0, KITH_REASON_REMOTE, "the peer closed the link" },
  };
  Pair pair;

  pair_init (&pair, 0);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    pair.client.up = pair.server.up = pair.client.down = pair.server.down = FALSE;
    pair_connect (&pair);
    g_assert_true (kith_quic_close (pair.server.quic, (KithReason)cases[i].number));
    run_for (5);
    g_assert_true (pair.client.down);
    g_assert_cmpint (pair.client.reason, ==, cases[i].reason);
    g_assert_nonnull (strstr (pair.client.text, cases[i].says));
    end_clear (&pair.client);
    end_clear (&pair.server);
  }
  pair_clear (&pair);
}

#define BULK 200000

/* A fifth of all packets is lost, a fifth comes twice, all come out of order. */
static void
test_bad_wire (void)
{
  Pair pair;
  g_autofree guint8 *bulk = g_malloc (BULK);
  gint64 end = g_get_monotonic_time () + 40 * G_USEC_PER_SEC;

  for (guint i = 0; i < BULK; i++) {
    bulk[i] = (guint8)(i ^ (i >> 8));
  }
  pair_init (&pair, 0.2);
  pair_connect (&pair);
  for (guint at = 0; at < BULK; at += 1000) {
    g_assert_true (kith_quic_write (pair.client.quic, bulk + at, 1000));
  }
  kith_quic_end (pair.client.quic);
  g_assert_false (kith_quic_write (pair.client.quic, bulk, 1));
  while (!pair.server.ended && g_get_monotonic_time () < end) {
    run_for (20);
  }
  g_assert_true (pair.server.ended);
  g_assert_cmpmem (pair.server.got->data, pair.server.got->len, bulk, BULK);
  g_assert_true (kith_quic_write (pair.server.quic, bulk, 50000));
  while (pair.client.got->len < 50000 && g_get_monotonic_time () < end) {
    run_for (20);
  }
  g_assert_cmpmem (pair.client.got->data, pair.client.got->len, bulk, 50000);
  guint heard = pair.client.heard;
  for (guint i = 0; i < 20; i++) {
    kith_quic_send_control (pair.client.quic, (const guint8 *)"\001\001", 2);
    run_for (20);
  }
  g_assert_cmpuint (pair.server.controls, >, 5);
  g_assert_cmpuint (pair.client.heard, >, heard);
  g_assert_false (pair.client.down);
  g_assert_false (pair.server.down);
  run_for (50);
  pair.client.loss = pair.server.loss = 0;
  (void)kith_quic_close (pair.server.quic, KITH_REASON_LOCAL);
  run_for (30);
  g_assert_true (pair.client.down);
  end_clear (&pair.client);
  end_clear (&pair.server);
  pair_clear (&pair);
}

#define NOTES 300

static void
send_notes (End *end)
{
  guint8 note[KITH_QUIC_NOTE_MAX];

  for (guint i = 0; i < NOTES; i++) {
    for (gsize k = 0; k < note_len (i); k++) {
      note[k] = (guint8)(i + k);
    }
    while (!kith_quic_send_note (end->quic, note, note_len (i))) {
      run_for (5); /* the queue is full */
    }
  }
}

/* Notes of all lengths, both ways at once with the stream, over a bad wire; ids of packets are
   always known ones. */
static void
test_notes (void)
{
  Pair pair;
  guint8 note[KITH_QUIC_NOTE_MAX + 1] = { 0 };
  gint64 end = g_get_monotonic_time () + 40 * G_USEC_PER_SEC;

  pair_init (&pair, 0.15);
  pair_connect (&pair);
  g_assert_false (kith_quic_send_note (pair.client.quic, note, 0));
  g_assert_false (kith_quic_send_note (pair.client.quic, note, sizeof note));
  g_assert_true (kith_quic_write (pair.client.quic, note, sizeof note));
  send_notes (&pair.client);
  send_notes (&pair.server);
  while ((pair.server.notes < NOTES || pair.client.notes < NOTES
          || kith_quic_owes_notes (pair.client.quic))
         && g_get_monotonic_time () < end) {
    run_for (20);
  }
  g_assert_cmpuint (pair.server.notes, ==, NOTES);
  g_assert_cmpuint (pair.client.notes, ==, NOTES);
  g_assert_cmpuint (pair.server.got->len, ==, sizeof note);
  g_assert_cmpuint (pair.client.authentic, >, NOTES / 10);
  /* Nobody answers any more: the queue stays within its bound. */
  pair.client.loss = pair.server.loss = 1;
  guint taken = 0;
  while (taken < 1000 && kith_quic_send_note (pair.client.quic, note, KITH_QUIC_NOTE_MAX)) {
    taken++;
  }
  g_assert_cmpuint (taken, ==, KITH_QUIC_MAX_NOTES / (KITH_QUIC_NOTE_MAX + 2));
  g_assert_true (kith_quic_owes_notes (pair.client.quic));
  run_for (30); /* what is still in flight */
  end_clear (&pair.client);
  end_clear (&pair.server);
  pair_clear (&pair);
}

/* After a black hole a poke is answered as soon as packets pass again, whatever the timers say. */
static void
test_poke (void)
{
  Pair pair;

  pair_init (&pair, 0);
  pair_connect (&pair);
  run_for (50);
  pair.client.loss = pair.server.loss = 1;
  g_assert_true (kith_quic_write (pair.client.quic, (const guint8 *)"late", 4));
  run_for (2500);
  pair.client.loss = pair.server.loss = 0;
  guint before = pair.client.authentic;
  kith_quic_poke (pair.client.quic);
  run_for (60);
  g_assert_cmpuint (pair.client.authentic, >, before);
  run_for (200);
  g_assert_cmpmem (pair.server.got->data, pair.server.got->len, "late", 4);
  run_for (30);
  end_clear (&pair.client);
  end_clear (&pair.server);
  pair_clear (&pair);
}

static void
test_garbage (void)
{
  Pair pair;
  guint8 junk[1200];

  pair_init (&pair, 0);
  end_init (&pair.client, pair.alice, pair.bob, TRUE, pair.clock);
  end_init (&pair.server, pair.bob, pair.alice, FALSE, pair.clock);
  for (guint i = 0; i < 20000; i++) {
    guint len = (guint)g_rand_int_range (pair.rand, 0, sizeof junk);
    for (guint k = 0; k < len; k++) {
      junk[k] = (guint8)g_rand_int (pair.rand);
    }
    if (i % 2 == 0 && len > 40) {
      const guint8 head[] = { 0xc0, 0, 0, 0, 1, 8 };
      memcpy (junk, head, sizeof head);
    }
    kith_quic_input (pair.server.quic, junk, len);
    if (i % 1000 == 0) {
      run_for (1);
    }
  }
  g_assert_false (pair.server.up);
  end_clear (&pair.client);
  end_clear (&pair.server);
  pair.server.down = FALSE;
  pair_connect (&pair);
  for (guint i = 0; i < 2000; i++) {
    for (guint k = 0; k < sizeof junk; k++) {
      junk[k] = (guint8)g_rand_int (pair.rand);
    }
    kith_quic_input (pair.server.quic, junk, sizeof junk);
    kith_quic_input (pair.client.quic, junk, sizeof junk);
  }
  g_assert_false (pair.server.down);
  g_assert_false (pair.client.down);
  end_clear (&pair.client);
  end_clear (&pair.server);
  pair_clear (&pair);
}

static void
get_der (Person *person, gnutls_datum_t *der)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) cert = person_get_device_cert (person);
  g_autoptr (KithQuicIdentity) identity = kith_quic_identity_new (person->device_secret, &error);
  g_autoptr (KithQuicCredentials) credentials
      = kith_quic_identity_get_credentials (identity, cert, &error);
  g_autoptr (KithQuicCredentials) again
      = kith_quic_identity_get_credentials (identity, cert, &error);
  gnutls_datum_t raw;

  g_assert_no_error (error);
  g_assert_true (credentials == again);
  g_assert_cmpint (
      gnutls_certificate_get_crt_raw (kith_quic_credentials_get (credentials), 0, 0, &raw),
      >=,
      0);
  der->data = g_memdup2 (raw.data, raw.size);
  der->size = raw.size;
}

/* With any one byte bent, the certificate is refused or speaks of the same device. */
static void
test_bent_certificate (void)
{
  Person *alice = person_new ("alice");
  gnutls_datum_t der;
  KithDeviceCert cert;
  const KithQuicExpected anybody = { NULL, NULL };
  const KithQuicExpected alone = { &alice->identity, &alice->device };
  const KithQuicExpected other = { &alice->device, NULL };
  guint refused = 0;

  get_der (alice, &der);
  g_assert_null (kith_quic_check_peer (&der, &alone, person_verify_device_cert, NULL, &cert));
  g_assert_nonnull (kith_quic_check_peer (&der, &other, person_verify_device_cert, NULL, &cert));
  for (guint i = 0; i < der.size; i++) {
    for (guint bit = 0; bit < 8; bit++) {
      der.data[i] ^= (guint8)(1U << bit);
      if (kith_quic_check_peer (&der, &anybody, person_verify_device_cert, NULL, &cert) != NULL) {
        refused++;
      } else {
        g_assert_true (kith_peer_key_equal (&cert.identity, &alice->identity));
        g_assert_true (kith_peer_key_equal (&cert.device, &alice->device));
      }
      der.data[i] ^= (guint8)(1U << bit);
    }
  }
  g_test_message ("%u of %u bent certificates refused", refused, der.size * 8);
  g_assert_cmpuint (refused, >, 300 * 8 / 2);
  for (guint len = 0; len < der.size; len++) {
    const gnutls_datum_t shorter = { der.data, len };
    g_assert_nonnull (
        kith_quic_check_peer (&shorter, &anybody, person_verify_device_cert, NULL, &cert));
  }
  g_free (der.data);
  person_free (alice);
}

int
main (int argc, char **argv)
{
  own_time_begin ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quic/first-bytes", test_first_bytes);
  g_test_add_func ("/quic/reasons", test_reasons);
  g_test_add_func ("/quic/bad-wire", test_bad_wire);
  g_test_add_func ("/quic/notes", test_notes);
  g_test_add_func ("/quic/poke", test_poke);
  g_test_add_func ("/quic/garbage", test_garbage);
  g_test_add_func ("/quic/bent-certificate", test_bent_certificate);
  return g_test_run ();
}
