/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures links between two hosts: `link-pair listen FILE` writes where it is, `link-pair call
   FILE N` opens N links to it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "link-fixture.h"

static void
write_target (Person *person, const char *file)
{
  KithLinkTarget target;
  g_autoptr (GError) error = NULL;

  person_get_target (person, TRUE, &target);
  for (guint i = 0; i < target.n_candidates; i++) {
    g_autofree char *text = kith_endpoint_to_text (&target.candidates[i].endpoint);
    printf ("candidate %s type %u\n", text, target.candidates[i].type);
  }
  g_assert_true (g_file_set_contents (file, (const char *)&target, sizeof target, &error));
}

/* Gives every byte back. */
static void
echo (GPtrArray *links, GArray *fds)
{
  char buffer[4096];

  for (guint i = 0; i < links->len; i++) {
    int fd = kith_link_take_sip (links->pdata[i]);
    if (fd >= 0) {
      g_array_append_val (fds, fd);
    }
  }
  g_ptr_array_set_size (links, 0);
  for (guint i = 0; i < fds->len; i++) {
    int fd = g_array_index (fds, int, i);
    ssize_t n = read (fd, buffer, sizeof buffer);
    if (n > 0) {
      g_assert_cmpint (write (fd, buffer, (gsize)n), ==, n);
    } else if (n == 0) {
      close (fd);
      g_array_remove_index_fast (fds, i--);
    }
  }
}

G_GNUC_NORETURN static void
serve (const char *file)
{
  Person *person = person_new ("listener");
  g_autoptr (GArray) fds = g_array_new (FALSE, FALSE, sizeof (int));
  guint written = 0;

  person_start (person);
  write_target (person, file);
  for (;;) {
    run_for (1);
    echo (person->accepted, fds);
    if (person->slot_changes != written) {
      written = person->slot_changes;
      write_target (person, file);
    }
  }
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *)a;
  double y = *(const double *)b;

  return (x > y) - (x < y);
}

static void
report (const char *what, double *ms, guint n)
{
  if (n > 0) {
    qsort (ms, n, sizeof *ms, compare);
    printf ("%s: n %u, least %.1f, median %.1f, worst %.1f ms\n",
            what,
            n,
            ms[0],
            ms[n / 2],
            ms[n - 1]);
  }
}

static int
call (const char *file, guint n)
{
  Person *person = person_new ("caller");
  g_autofree double *up = g_new0 (double, n);
  g_autofree double *answered = g_new0 (double, n);
  guint good = 0;

  person_start (person);
  for (guint i = 0; i < n; i++) {
    g_autofree char *content = NULL;
    g_autoptr (GError) error = NULL;
    gsize len = 0;
    char byte = 'x';
    g_autoptr (GString) message = sip_message (1);
    g_assert_true (g_file_get_contents (file, &content, &len, NULL));
    g_assert_cmpuint (len, ==, sizeof (KithLinkTarget));
    gint64 start = g_get_monotonic_time ();
    KithLink *link = person_open (person, (const KithLinkTarget *)(gconstpointer)content, &error);
    if (link == NULL) {
      printf ("%s\n", error->message);
      continue;
    }
    up[good] = (double)(g_get_monotonic_time () - start) / 1000;
    int fd = kith_link_take_sip (link);
    g_assert_cmpint (write (fd, message->str, message->len), ==, (gssize)message->len);
    while (read (fd, &byte, 1) != 1) {
      run_for (1);
    }
    answered[good++] = (double)(g_get_monotonic_time () - start) / 1000;
    if (i == 0) {
      KithLinkPath path;
      kith_link_get_path (link, &path);
      g_autofree char *remote = kith_endpoint_to_text (&path.remote.endpoint);
      printf ("path to %s (type %u), round trip %u ms\n", remote, path.remote.type, path.rtt_ms);
    }
    close (fd);
    kith_link_close (link, KITH_REASON_LOCAL);
    g_object_unref (link);
    run_for (800);
  }
  report ("start to up", up, good);
  report ("start to first byte back", answered, good);
  printf ("%u of %u opened\n", good, n);
  person_free (person);
  return good == n ? 0 : 1;
}

static gint64 began;

static void
on_suspect (KithLink *link, gboolean suspect)
{
  printf ("%.0f ms %s\n",
          (double)(g_get_monotonic_time () - began) / 1000,
          suspect ? "suspect" : "heard again");
}

static void
on_closed (KithLink *link, guint reason, gboolean *closed)
{
  printf ("%.0f ms closed (reason %u)\n", (double)(g_get_monotonic_time () - began) / 1000, reason);
  *closed = TRUE;
}

/* Holds one link as a call does and tells what becomes of it. */
static int
watch (const char *file)
{
  Person *person = person_new ("caller");
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  gboolean closed = FALSE;
  gsize len = 0;

  person_start (person);
  g_assert_true (g_file_get_contents (file, &content, &len, NULL));
  g_assert_cmpuint (len, ==, sizeof (KithLinkTarget));
  KithLink *link = person_open (person, (const KithLinkTarget *)(gconstpointer)content, &error);
  g_assert_no_error (error);
  kith_link_hold (link);
  g_signal_connect (link, "suspect", G_CALLBACK (on_suspect), NULL);
  g_signal_connect (link, "closed", G_CALLBACK (on_closed), &closed);
  began = g_get_monotonic_time ();
  printf ("up\n");
  (void)run_until (&closed, 600000);
  g_object_unref (link);
  person_free (person);
  return 0;
}

int
main (int argc, char **argv)
{
  const char *servers[] = { g_getenv ("STUN"), NULL };

  setvbuf (stdout, NULL, _IOLBF, 0);
  person_stun_servers = servers;
  if (argc == 3 && strcmp (argv[1], "listen") == 0) {
    serve (argv[2]);
  }
  if (argc == 4 && strcmp (argv[1], "call") == 0) {
    return call (argv[2], (guint)strtoul (argv[3], NULL, 10));
  }
  if (argc == 3 && strcmp (argv[1], "watch") == 0) {
    return watch (argv[2]);
  }
  fprintf (stderr, "usage: link-pair listen FILE | link-pair call FILE N | link-pair watch FILE\n");
  return 2;
}
