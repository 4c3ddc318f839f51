/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests the table from nodes to addresses of ours: what it keeps, for how long, and that it never
   takes one node for another. */
#include <glib.h>
#include <string.h>

#include "datagrams/local-source.h"

static void
make_source (guint number, guint8 source[KITH_LOCAL_SOURCE_LEN])
{
  memset (source, 0, KITH_LOCAL_SOURCE_LEN);
  source[0] = 0x20;
  source[1] = 0x01;
  memcpy (source + 12, &number, sizeof number);
  source[17] = 7;
}

static KithEndpoint
ours (guint8 last)
{
  return (KithEndpoint){ .family = 6, .ip = { 0x20, 0x01, [15] = last } };
}

static void
test_kept (void)
{
  const KithEndpoint ten = ours (10), eleven = ours (11);
  const KithEndpoint none[] = { { .family = 0 },
                                { .family = 4, .ip = { 239, 192, 0, 1 } },
                                { .family = 6, .ip = { 0xff, 8 } },
                                { .family = 6, .ip = { 0xfe, 0x80, [15] = 1 } } };
  guint8 source[KITH_LOCAL_SOURCE_LEN];
  KithEndpoint found;

  make_source (1, source);
  g_assert_false (kith_local_find (source, 1000, &found));
  kith_local_note (source, &ten, 1000);
  g_assert_true (kith_local_find (source, 1000 + KITH_LOCAL_LIFE_MS, &found));
  g_assert_cmpmem (&found, sizeof found, &ten, sizeof ten);
  g_assert_false (kith_local_find (source, 1001 + KITH_LOCAL_LIFE_MS, &found));
  kith_local_note (source, &eleven, 2000); /* it asks at the other one now */
  g_assert_true (kith_local_find (source, 2000, &found));
  g_assert_cmpmem (&found, sizeof found, &eleven, sizeof eleven);
  for (guint i = 0; i < G_N_ELEMENTS (none); i++) {
    kith_local_note (source, &none[i], 2000);
    g_assert_true (kith_local_find (source, 2000, &found));
    g_assert_cmpmem (&found, sizeof found, &eleven, sizeof eleven);
  }
  kith_local_forget (source);
  g_assert_false (kith_local_find (source, 2000, &found));
}

/* More nodes than there are places: some are forgotten, none is taken for another. */
static void
test_many (void)
{
  guint8 source[KITH_LOCAL_SOURCE_LEN];
  guint known = 0;

  for (guint i = 0; i < 5000; i++) {
    const KithEndpoint local = ours ((guint8)i);
    make_source (i, source);
    kith_local_note (source, &local, 5000);
  }
  for (guint i = 0; i < 5000; i++) {
    const KithEndpoint local = ours ((guint8)i);
    KithEndpoint found;
    make_source (i, source);
    if (kith_local_find (source, 5000, &found)) {
      g_assert_cmpmem (&found, sizeof found, &local, sizeof local);
      known++;
    }
  }
  g_assert_cmpuint (known, >, 256);
  g_assert_cmpuint (known, <=, 512);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dht/local-source/kept", test_kept);
  g_test_add_func ("/dht/local-source/many", test_many);
  return g_test_run ();
}
