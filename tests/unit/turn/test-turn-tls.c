/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stream by TLS to a server of this test: whose certificate is believed, and that bytes pass both
   ways. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gnutls/x509.h>
#include <string.h>
#include <sys/stat.h>

#include "turn/turn-stream.h"

#define NAME "turn.example"
#define MUCH 300000 /* bytes: more than sockets and queues hold */

typedef struct {
  gchar *directory, *ca_file;
  GTlsCertificate *good, *name_only, *expired, *unsigned_one;
  /* the server */
  GSocketService *service;
  GTlsCertificate *certificate;
  guint16 port;
  GIOStream *io;
  guint8 buffer[16384];
  gsize n_echoed;
  gboolean is_rude; /* it goes without a word */
  /* the stream */
  GByteArray *received;
  guint n_up;
  gchar *why;
} Bed;

/* Certificates */

static gchar *
to_pem (gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key)
{
  gnutls_datum_t one = { NULL, 0 }, other = { NULL, 0 };

  g_assert_cmpint (gnutls_x509_crt_export2 (certificate, GNUTLS_X509_FMT_PEM, &one), ==, 0);
  g_assert_cmpint (gnutls_x509_privkey_export2 (key, GNUTLS_X509_FMT_PEM, &other), ==, 0);
  gchar *text = g_strconcat ((const char *)one.data, (const char *)other.data, NULL);
  gnutls_free (one.data);
  gnutls_free (other.data);
  return text;
}

/* Valid from a year ago for @days days; signed by @by, or by itself when that is NULL. */
static gnutls_x509_crt_t
make (gnutls_x509_privkey_t *key, gnutls_x509_crt_t by, gnutls_x509_privkey_t by_key, int days)
{
  const time_t from = time (NULL) - 365 * 86400;
  gnutls_x509_crt_t certificate;

  g_assert_cmpint (gnutls_x509_privkey_init (key), ==, 0);
  g_assert_cmpint (gnutls_x509_privkey_generate (*key,
                                                 GNUTLS_PK_ECDSA,
                                                 GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1),
                                                 0),
                   ==,
                   0);
  g_assert_cmpint (gnutls_x509_crt_init (&certificate), ==, 0);
  gnutls_x509_crt_set_version (certificate, 3);
  gnutls_x509_crt_set_serial (certificate, by == NULL ? "\1" : "\2", 1);
  gnutls_x509_crt_set_key (certificate, *key);
  gnutls_x509_crt_set_dn_by_oid (certificate,
                                 GNUTLS_OID_X520_COMMON_NAME,
                                 0,
                                 by == NULL ? "authority" : "server",
                                 by == NULL ? 9 : 6);
  gnutls_x509_crt_set_activation_time (certificate, from);
  gnutls_x509_crt_set_expiration_time (certificate, from + (time_t)days * 86400);
  gnutls_x509_crt_set_basic_constraints (certificate, by == NULL, -1);
  if (by == NULL) {
    g_assert_cmpint (gnutls_x509_crt_sign2 (certificate, certificate, *key, GNUTLS_DIG_SHA256, 0),
                     ==,
                     0);
  }
  return certificate;
}

static GTlsCertificate *
make_server (gnutls_x509_crt_t ca, gnutls_x509_privkey_t ca_key, const char *ip, int days)
{
  g_autoptr (GError) error = NULL;
  gnutls_x509_privkey_t key;
  gnutls_x509_crt_t certificate = make (&key, ca, ca_key, days);

  gnutls_x509_crt_set_subject_alt_name (certificate,
                                        GNUTLS_SAN_DNSNAME,
                                        NAME,
                                        strlen (NAME),
                                        GNUTLS_FSAN_SET);
  if (ip != NULL) {
    gnutls_x509_crt_set_subject_alt_name (certificate,
                                          GNUTLS_SAN_IPADDRESS,
                                          ip,
                                          4,
                                          GNUTLS_FSAN_APPEND);
  }
  g_assert_cmpint (gnutls_x509_crt_sign2 (certificate, ca, ca_key, GNUTLS_DIG_SHA256, 0), ==, 0);
  g_autofree gchar *pem = to_pem (certificate, key);
  GTlsCertificate *made = g_tls_certificate_new_from_pem (pem, -1, &error);
  g_assert_no_error (error);
  gnutls_x509_crt_deinit (certificate);
  gnutls_x509_privkey_deinit (key);
  return made;
}

/* The server: it gives back what it is sent. */

static void serve (Bed *bed);

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gsize n = 0;

  if (g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, &n, NULL)) {
    Bed *bed = user_data;
    bed->n_echoed += n;
    serve (bed);
  }
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);

  if (n > 0) {
    Bed *bed = user_data;
    g_output_stream_write_all_async (g_io_stream_get_output_stream (bed->io),
                                     bed->buffer,
                                     (gsize)n,
                                     G_PRIORITY_DEFAULT,
                                     NULL,
                                     on_written,
                                     bed);
  }
}

static void
serve (Bed *bed)
{
  g_input_stream_read_async (g_io_stream_get_input_stream (bed->io),
                             bed->buffer,
                             sizeof bed->buffer,
                             G_PRIORITY_DEFAULT,
                             NULL,
                             on_read,
                             bed);
}

static void
on_shaken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GSocketConnection) base = NULL;

  if (g_tls_connection_handshake_finish (G_TLS_CONNECTION (source), result, NULL)) {
    Bed *bed = user_data;
    g_object_get (source, "base-io-stream", &base, NULL);
    if (bed->is_rude) {
      g_assert_true (g_socket_close (g_socket_connection_get_socket (base), NULL));
    } else {
      serve (bed);
    }
  }
}

static gboolean
on_incoming (GSocketService *service, GSocketConnection *connection, GObject *source, Bed *bed)
{
  g_clear_object (&bed->io);
  bed->io = g_tls_server_connection_new (G_IO_STREAM (connection), bed->certificate, NULL);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (bed->io),
                                    G_PRIORITY_DEFAULT,
                                    NULL,
                                    on_shaken,
                                    bed);
  return TRUE;
}

static void
bed_set_up (Bed *bed, gconstpointer data)
{
  static const char local[] = { 127, 0, 0, 1 };
  gnutls_x509_privkey_t ca_key, other_key;
  gnutls_x509_crt_t ca = make (&ca_key, NULL, NULL, 36500);
  gnutls_x509_crt_t other = make (&other_key, NULL, NULL, 36500);
  gnutls_datum_t pem = { NULL, 0 };

  bed->good = make_server (ca, ca_key, local, 36500);
  bed->name_only = make_server (ca, ca_key, NULL, 36500);
  bed->expired = make_server (ca, ca_key, local, 300);
  bed->unsigned_one = make_server (other, other_key, local, 36500);
  bed->directory = g_dir_make_tmp ("kith-tls-XXXXXX", NULL);
  bed->ca_file = g_build_filename (bed->directory, "ca.pem", NULL);
  g_assert_cmpint (gnutls_x509_crt_export2 (ca, GNUTLS_X509_FMT_PEM, &pem), ==, 0);
  g_assert_true (
      g_file_set_contents (bed->ca_file, (const char *)pem.data, (gssize)pem.size, NULL));
  gnutls_free (pem.data);
  gnutls_x509_crt_deinit (ca);
  gnutls_x509_crt_deinit (other);
  gnutls_x509_privkey_deinit (ca_key);
  gnutls_x509_privkey_deinit (other_key);
  bed->received = g_byte_array_new ();
  bed->service = g_socket_service_new ();
  bed->port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (bed->service), NULL, NULL);
  g_signal_connect (bed->service, "incoming", G_CALLBACK (on_incoming), bed);
}

static void
turn_loop (void)
{
  for (guint i = 0; i < 20; i++) {
    while (g_main_context_iteration (NULL, FALSE)) {
    }
    g_usleep (1000);
  }
}

static void
bed_tear_down (Bed *bed, gconstpointer data)
{
  g_socket_service_stop (bed->service);
  g_socket_listener_close (G_SOCKET_LISTENER (bed->service));
  turn_loop ();
  g_object_unref (bed->service);
  g_clear_object (&bed->io);
  g_object_unref (bed->good);
  g_object_unref (bed->name_only);
  g_object_unref (bed->expired);
  g_object_unref (bed->unsigned_one);
  g_unlink (bed->ca_file);
  g_rmdir (bed->directory);
  g_free (bed->ca_file);
  g_free (bed->directory);
  g_free (bed->why);
  g_byte_array_unref (bed->received);
}

/* The stream's events */

static void
on_up (gpointer user_data)
{
  ((Bed *)user_data)->n_up++;
}

static void
on_data (const guint8 *data, gsize len, gpointer user_data)
{
  g_byte_array_append (((Bed *)user_data)->received, data, (guint)len);
}

static void
on_writable_again (gpointer user_data)
{
}

static void
on_down (const char *why, gpointer user_data)
{
  Bed *bed = user_data;

  g_assert_null (bed->why);
  bed->why = g_strdup (why);
}

static const KithTurnStreamEvents events = { on_up, on_data, on_writable_again, on_down };

/* To the server as @name (NULL: by its address), trusting @ca_file. (transfer full) */
static KithTurnStream *
open_stream (Bed *bed, const char *name, const char *ca_file)
{
  const KithEndpoint place = { .family = 4, .port = bed->port, .ip = { 127, 0, 0, 1 } };
  g_autofree gchar *uri = g_strdup_printf ("turns:127.0.0.1:%u", bed->port);
  g_autoptr (KithTurnServer) plain = kith_turn_server_parse (uri, "u", "p", ca_file, NULL);
  g_autoptr (KithTurnServer) server = kith_turn_server_sent_to (plain, &place, name);

  return kith_turn_stream_new (server, &events, bed);
}

/* Until the stream is up or down. */
static void
await (Bed *bed)
{
  gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  while (bed->n_up == 0 && bed->why == NULL) {
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    (void)g_main_context_iteration (NULL, FALSE);
  }
}

static void
assert_refused (Bed *bed,
                GTlsCertificate *certificate,
                const char *name,
                const char *ca_file,
                const char *words)
{
  bed->certificate = certificate;
  KithTurnStream *stream = open_stream (bed, name, ca_file);

  await (bed);
  g_assert_cmpuint (bed->n_up, ==, 0);
  g_test_message ("%s", bed->why);
  g_assert_nonnull (strstr (bed->why, words));
  g_clear_pointer (&bed->why, g_free);
  kith_turn_stream_free (stream);
  turn_loop ();
}

static void
test_refused (Bed *bed, gconstpointer data)
{
  g_autofree gchar *pipe = g_build_filename (bed->directory, "pipe", NULL);
  g_autofree gchar *empty = g_build_filename (bed->directory, "empty", NULL);

  assert_refused (bed, bed->good, "turn7.example", bed->ca_file, "not to be trusted");
  assert_refused (bed, bed->name_only, NULL, bed->ca_file, "not to be trusted");
  assert_refused (bed, bed->expired, NAME, bed->ca_file, "expired");
  assert_refused (bed, bed->unsigned_one, NAME, bed->ca_file, "not to be trusted");
  assert_refused (bed, bed->good, NAME, NULL, "not to be trusted"); /* the system's authorities */
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  assert_refused (bed, bed->good, NAME, pipe, "holds no certificate"); /* and nobody waits */
  g_assert_true (g_file_set_contents (empty, "no certificate\n", -1, NULL));
  assert_refused (bed, bed->good, NAME, empty, "holds no certificate");
  g_unlink (pipe);
  g_unlink (empty);
}

/* By name and by address; more bytes than fit anywhere go out and come back, and nothing comes
   while the stream is paused. */
static void
test_echo (Bed *bed, gconstpointer data)
{
  const char *name = data;
  guint8 piece[4096];
  gsize n_sent = 0;
  gint64 end = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;

  bed->certificate = bed->good;
  KithTurnStream *stream = open_stream (bed, name, bed->ca_file);
  await (bed);
  g_assert_cmpstr (bed->why, ==, NULL);
  while (bed->received->len < MUCH && g_get_monotonic_time () < end) {
    for (guint i = 0; i < sizeof piece; i++) {
      piece[i] = (guint8)((n_sent + i) * 7 >> 3);
    }
    if (n_sent < MUCH && kith_turn_stream_send (stream, piece, sizeof piece)) {
      n_sent += sizeof piece;
    }
    if (bed->received->len > MUCH / 2 && data == NULL) {
      guint before = bed->received->len;
      kith_turn_stream_pause (stream, TRUE);
      turn_loop ();
      g_assert_cmpuint (bed->received->len, ==, before);
      kith_turn_stream_pause (stream, FALSE);
      data = "once";
    }
    (void)g_main_context_iteration (NULL, FALSE);
  }
  g_assert_cmpuint (bed->received->len, >=, MUCH);
  for (guint i = 0; i < bed->received->len; i++) {
    g_assert_cmpuint (bed->received->data[i], ==, (guint8)(i * 7 >> 3));
  }
  kith_turn_stream_free (stream);
}

/* What is queued is out when the stream is freed: the word that gives an address back. */
static void
test_last_word (Bed *bed, gconstpointer data)
{
  bed->certificate = bed->good;
  KithTurnStream *stream = open_stream (bed, NAME, bed->ca_file);

  await (bed);
  g_assert_true (kith_turn_stream_send (stream, (const guint8 *)"bye", 3));
  kith_turn_stream_free (stream);
  turn_loop ();
  g_assert_cmpuint (bed->n_echoed, ==, 3);
}

static void
test_rude_end (Bed *bed, gconstpointer data)
{
  bed->certificate = bed->good;
  bed->is_rude = TRUE;
  KithTurnStream *stream = open_stream (bed, NAME, bed->ca_file);

  await (bed);
  bed->n_up = 0;
  await (bed);
  g_assert_cmpstr (bed->why, ==, "it closed the connection");
  kith_turn_stream_free (stream);
}

/* Freed at any moment of connecting: no event comes, and nothing is touched that is gone. */
static void
test_freed_early (Bed *bed, gconstpointer data)
{
  bed->certificate = bed->good;
  for (guint i = 0; i < 12 && bed->n_up == 0; i++) {
    KithTurnStream *stream = open_stream (bed, NAME, bed->ca_file);
    for (guint k = 0; k < i; k++) {
      (void)g_main_context_iteration (NULL, FALSE);
    }
    kith_turn_stream_free (stream);
    bed->n_up = 0;
    turn_loop ();
    g_assert_cmpuint (bed->n_up, ==, 0);
    g_assert_null (bed->why);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/turn-tls/refused", Bed, NULL, bed_set_up, test_refused, bed_tear_down);
  g_test_add ("/turn-tls/by-name", Bed, NAME, bed_set_up, test_echo, bed_tear_down);
  g_test_add ("/turn-tls/by-address", Bed, NULL, bed_set_up, test_echo, bed_tear_down);
  g_test_add ("/turn-tls/last-word", Bed, NULL, bed_set_up, test_last_word, bed_tear_down);
  g_test_add ("/turn-tls/rude-end", Bed, NULL, bed_set_up, test_rude_end, bed_tear_down);
  g_test_add ("/turn-tls/freed-early", Bed, NULL, bed_set_up, test_freed_early, bed_tear_down);
  return g_test_run ();
}
