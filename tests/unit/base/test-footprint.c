/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that is given back: pages of files go, nothing that was written is lost, and all goes
   on. */
#include "base/footprint.h"

#include <gio/gio.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096

/* The KiB that stand after @name in /proc/self/status. */
static guint64
status_kib (const char *name)
{
  g_autofree gchar *text = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/status", &text, NULL, NULL));
  const char *at = strstr (text, name);
  g_assert_nonnull (at);
  return g_ascii_strtoull (at + strlen (name), NULL, 10);
}

/* Whole parts are read, also what lies between the variables. */
#ifdef __SANITIZE_ADDRESS__
__attribute__ ((no_sanitize ("address")))
#endif
static int
touch (struct dl_phdr_info *object, gsize size, gpointer data)
{
  guint *sum = data;

  for (guint i = 0; i < object->dlpi_phnum; i++) {
    const ElfW (Phdr) *part = &object->dlpi_phdr[i];
    for (gsize at = 0; part->p_type == PT_LOAD && at < part->p_filesz; at += PAGE) {
      *sum += *(const volatile guint8 *)(object->dlpi_addr + part->p_vaddr + at);
    }
  }
  return 0;
}

/* Relocated by the loader, and then read-only. */
static const char *const words[] = { "one", "two", "three" };
static guint written = 7;

static void
test_release (void)
{
  const char *const none[] = { "gio-", "libnone.", NULL };
  const char *const some[] = { "libnone.", "libgio-", NULL };
  g_autofree gchar *own = g_strnfill (100000, 'x');
  guint before = 0;
  guint after = 0;

  written = 11;
  (void)dl_iterate_phdr (touch, &before);
  guint64 most = status_kib ("RssFile:");
  kith_footprint_release (none);
  g_assert_cmpuint (status_kib ("RssFile:") + 500, >, most);
  kith_footprint_release (some);
  guint64 middle = status_kib ("RssFile:");
  g_assert_cmpuint (middle + 500, <, most);
  kith_footprint_release (NULL);
  guint64 least = status_kib ("RssFile:");
  g_test_message ("pages of files: %u KiB, then %u KiB", (guint)most, (guint)least);
  g_assert_cmpuint (least + 500, <, middle);
  g_assert_cmpuint (least, <, most / 2);
  (void)dl_iterate_phdr (touch, &after);
  g_assert_cmpuint (after, ==, before);
  g_assert_cmpuint (written, ==, 11);
  g_assert_cmpuint (strlen (own), ==, 100000);
  g_assert_cmpstr (words[written % G_N_ELEMENTS (words)], ==, "three");
  g_autoptr (GFile) file = g_file_new_for_path ("/proc/self/status");
  g_assert_true (g_file_query_exists (file, NULL));
}

/* What the heap has free at its end and in its middle goes, too. */
static void
test_heap (void)
{
#ifdef __SANITIZE_ADDRESS__
  g_test_skip ("the sanitizer has a heap of its own");
#else
  const guint n = 4000;
  g_autoptr (GPtrArray) blocks = g_ptr_array_new ();

  for (guint i = 0; i < n; i++) {
    gpointer block = malloc (10000);
    memset (block, 1, 10000);
    g_ptr_array_add (blocks, block);
  }
  for (guint i = 0; i < n - 1; i++) { /* the last one keeps all before it from going by itself */
    free (blocks->pdata[i]);
  }
  guint64 most = status_kib ("RssAnon:");
  kith_footprint_release (NULL);
  guint64 least = status_kib ("RssAnon:");
  g_assert_cmpuint (least + 30000, <, most);
  free (blocks->pdata[n - 1]);
#endif
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/footprint/release", test_release);
  g_test_add_func ("/base/footprint/heap", test_heap);
  return g_test_run ();
}
