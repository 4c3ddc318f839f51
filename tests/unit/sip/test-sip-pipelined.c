/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several messages in one write, the later ones with lengths that are lies, over TCP and over a
   link: the limits hold for each of them. */
#include "sip-wire.h"
#include "sip/sip-private.h"

typedef struct {
  Party bob;
  Wire wire; /* TCP, or our end of a link */
  gboolean link;
} Stream;

static void
stream_open (Stream *stream, gboolean link)
{
  g_autoptr (GError) error = NULL;
  int fds[2];

  party_start (&stream->bob, link ? NULL : "127.0.0.1", TRUE);
  stream->link = link;
  if (!link) {
    wire_open (&stream->wire, "127.0.0.1", 0, kith_sip_get_port (stream->bob.sip), TRUE);
    return;
  }
  memset (&stream->wire, 0, sizeof stream->wire);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), ==, 0);
  gboolean ok = kith_sip_attach_link (stream->bob.sip, 1, fds[0], NULL, ALICE_HOST, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  stream->wire.fd = fds[1];
  stream->wire.stream = TRUE;
}

static void
stream_close (Stream *stream)
{
  wire_close (&stream->wire);
  WAIT_FOR (20, FALSE);
  party_stop (&stream->bob);
}

static gchar *
options (guint n, const char *length)
{
  return g_strdup_printf ("OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK%u\r\n"
                          "From: <sip:a@" ALICE_HOST ">;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: %u\r\n"
                          "CSeq: 1 OPTIONS\r\nContent-Length: %s\r\n\r\n",
                          n,
                          n,
                          length);
}

static gsize
resident_kib (void)
{
  g_autofree gchar *text = NULL;
  unsigned long size = 0;
  unsigned long pages = 0;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%lu %lu", &size, &pages), ==, 2);
  return pages * (gsize)sysconf (_SC_PAGESIZE) / 1024;
}

/* Sends @text in one write or in two that part at @cut, and hears what comes until nothing more
   does. */
static gboolean
was_refused (Stream *stream, const char *text, gsize cut)
{
  gsize len = strlen (text);
  gboolean refused = FALSE;

  wire_send_raw (&stream->wire, text, MIN (cut, len));
  if (cut < len) {
    WAIT_FOR (10, FALSE);
    wire_send_raw (&stream->wire, text + cut, len - cut);
  }
  for (guint i = 0; i < 8 && !refused; i++) {
    ssize_t n = -1;
    WAIT_FOR (
        500,
        (n = recv (stream->wire.fd, stream->wire.text, sizeof stream->wire.text - 1, MSG_DONTWAIT))
            >= 0);
    stream->wire.text[n > 0 ? n : 0] = '\0';
    refused = n == 0 || strstr (stream->wire.text, "SIP/2.0 400 ") != NULL
              || strstr (stream->wire.text, "SIP/2.0 413 ") != NULL;
  }
  return refused;
}

static const char *lengths[]
    = { "4294967295",           "4294967294",          "4294967290", "4294967000", "4294901760",
        "2147483648",           "2147483647",          "300000000",  "65536",      "65535000",
        "18446744073709551615", "9223372036854775807", "4294967296" };

static void
test_lies (gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++) {
    for (guint before = 1; before <= 3; before += 2) {
      Stream stream;
      GString *text = g_string_new (NULL);
      stream_open (&stream, GPOINTER_TO_INT (data));
      for (guint n = 0; n < before; n++) {
        g_autofree gchar *whole = options (n, "0");
        g_string_append (text, whole);
      }
      g_autofree gchar *lie = options (99, lengths[i]);
      g_string_append_printf (text, "%sw", lie);
      g_test_message ("%u before, Content-Length %s", before, lengths[i]);
      g_assert_true (was_refused (&stream, text->str, i % 2 == 0 ? text->len : text->len - 3));
      g_string_free (text, TRUE);
      stream_close (&stream);
    }
  }
}

/* What the library would take for the body of the second message is never kept. */
static void
test_memory (gconstpointer data)
{
  Stream stream;
  g_autofree gchar *first = options (1, "0");
  g_autofree gchar *second = options (2, "300000000");
  g_autofree gchar *text = g_strconcat (first, second, "w", NULL);
  static char filler[65536];

  stream_open (&stream, GPOINTER_TO_INT (data));
  gsize before = resident_kib ();
  g_assert_true (was_refused (&stream, text, strlen (text)));
  for (guint i = 0; i < 600; i++) {
    (void)!send (stream.wire.fd, filler, sizeof filler, MSG_NOSIGNAL | MSG_DONTWAIT);
    g_main_context_iteration (NULL, FALSE);
  }
#ifndef __SANITIZE_ADDRESS__ /* its quarantine keeps what was freed */
  g_assert_cmpuint (resident_kib (), <, before + 4096);
#else
  (void)before;
#endif
  stream_close (&stream);
}

#define MANY 200

/* How many answers are there to be read now. */
static guint
count_answers (int fd)
{
  g_autoptr (GString) all = g_string_new (NULL);
  char chunk[16384];
  ssize_t n = 0;
  guint count = 0;

  while ((n = recv (fd, chunk, sizeof chunk, MSG_DONTWAIT)) > 0) {
    g_string_append_len (all, chunk, n);
  }
  for (const char *p = all->str; (p = strstr (p, "SIP/2.0 200 ")) != NULL; p++) {
    count++;
  }
  return count;
}

/* However much waits on one connection, a turn of the library's loop reads a piece of it: then the
   others have theirs. */
static void
test_turns (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  Stream stream;
  guint all = 0;
  guint most = 0;

  stream_open (&stream, TRUE);
  for (guint i = 0; i < MANY; i++) {
    g_autofree gchar *one = options (i, "0");
    g_string_append (text, one);
  }
  g_assert_cmpint (send (stream.wire.fd, text->str, text->len, MSG_NOSIGNAL),
                   ==,
                   (ssize_t)text->len);
  for (guint i = 0; i < 100 && all < MANY; i++) {
    (void)su_root_step (KITH_SIP_STACK (stream.bob.sip)->root, 0);
    guint answers = count_answers (stream.wire.fd);
    most = MAX (most, answers);
    all += answers;
  }
  g_assert_cmpuint (all, ==, MANY);
  g_assert_cmpuint (most, <=, MANY / 2);
  stream_close (&stream);
}

/* Who writes much and closes has all of it read: the last message, behind what asks for no
   answer. */
static void
test_read_to_the_end (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree gchar *last = options (1, "0");
  g_autofree gchar *filler = g_strnfill (1000, 'x');
  Stream stream;

  stream_open (&stream, TRUE);
  for (guint i = 0; i < 60; i++) {
    g_string_append_printf (text,
                            "ACK sip:b@h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKa%u\r\n"
                            "From: <sip:a@" ALICE_HOST ">;tag=1\r\nTo: <sip:b@h>;tag=2\r\n"
                            "Call-ID: a%u\r\nCSeq: 1 ACK\r\nX: %s\r\nContent-Length: 0\r\n\r\n",
                            i,
                            i,
                            filler);
  }
  g_string_append (text, last);
  g_assert_cmpint (send (stream.wire.fd, text->str, text->len, MSG_NOSIGNAL),
                   ==,
                   (ssize_t)text->len);
  wire_close (&stream.wire);
  WAIT_UNTIL (kith_sip_links_find (KITH_SIP_STACK (stream.bob.sip)->links, 1)->tport == NULL);
  g_assert_cmpstr (stream.bob.asked, ==, "b");
  party_stop (&stream.bob);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  kith_log_setup (G_LOG_LEVEL_CRITICAL, FALSE);
  g_test_add_data_func ("/sip/pipelined/lies-tcp", GINT_TO_POINTER (FALSE), test_lies);
  g_test_add_data_func ("/sip/pipelined/lies-link", GINT_TO_POINTER (TRUE), test_lies);
  g_test_add_data_func ("/sip/pipelined/memory-tcp", GINT_TO_POINTER (FALSE), test_memory);
  g_test_add_data_func ("/sip/pipelined/memory-link", GINT_TO_POINTER (TRUE), test_memory);
  g_test_add_func ("/sip/pipelined/turns", test_turns);
  g_test_add_func ("/sip/pipelined/read-to-the-end", test_read_to_the_end);
  return g_test_run ();
}
