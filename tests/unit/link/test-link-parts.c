/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests the small parts of the link: credentials from a seed, addresses, the STUN server's
   address. */
#include <string.h>

#include "base/error.h"
#include "link-fixture.h"
#include "link/repair/move-note.h"
#include "nat/stun-lookup.h"
#include "net/local-addresses.h"
#include "path/ice-agent.h"

/* Both versions of Kith on a path must derive the same: these values are the wire format. */
static void
test_credentials (void)
{
  guint8 seed[KITH_SEED_LEN];

  for (guint8 i = 0; i < sizeof seed; i++) {
    seed[i] = i;
  }
  g_autofree gchar *ufrag = kith_ice_derive (seed, "caller ufrag", 8);
  g_autofree gchar *password = kith_ice_derive (seed, "callee pwd", 32);
  g_assert_cmpstr (ufrag, ==, "de63ea0a");
  g_assert_cmpstr (password, ==, "fa31c5bac04b0652d9790f072849765a");
}

static void
test_addresses (void)
{
  KithEndpoint addresses[KITH_MAX_LOCAL];
  guint n = kith_local_addresses (addresses);

  g_assert_cmpuint (n, >=, 1);
  g_assert_cmpuint (n, <=, KITH_MAX_LOCAL);
  for (guint i = 0; i < n; i++) {
    g_assert_cmpuint (addresses[i].port, ==, 0);
    g_assert_true (!kith_endpoint_is_loopback (&addresses[i]) || n == 1);
    g_assert_false (addresses[i].family == 6 && addresses[i].ip[0] == 0xfe
                    && addresses[i].ip[1] == 0x80);
    g_assert_true (i == 0 || addresses[i].family >= addresses[i - 1].family);
  }
}

typedef struct {
  gboolean done;
  guint n;
  KithEndpoint servers[4];
} Found;

static void
on_found (const KithEndpoint *server, gpointer user_data)
{
  Found *found = user_data;

  found->servers[found->n++] = *server;
  found->done = found->n == 2;
}

/* All that have an address are found, those that have none are no hindrance; after the end nobody
   is told anything. */
static void
test_stun_lookup (void)
{
  const char *const servers[]
      = { "::::", "198.51.100.7:19302", ":", "[2001:db8::7]", "nobody.invalid", NULL };
  Found found = { 0 };
  KithStunLookup *lookup = kith_stun_lookup_new (servers, on_found, &found);

  g_assert_cmpuint (found.n, ==, 0);
  g_assert_true (run_until (&found.done, 2000));
  for (guint i = 0; i < found.n; i++) {
    g_autofree gchar *text = kith_endpoint_to_text (&found.servers[i]);
    g_assert_cmpstr (text,
                     ==,
                     found.servers[i].family == 4 ? "198.51.100.7:19302" : "[2001:db8::7]:3478");
  }
  g_assert_cmpuint (found.servers[0].family + found.servers[1].family, ==, 10);
  kith_stun_lookup_free (lookup);

  found = (Found){ 0 };
  kith_stun_lookup_free (kith_stun_lookup_new (servers, on_found, &found));
  g_assert_false (run_until (&found.done, 200));
  g_assert_cmpuint (found.n, ==, 0);
}

static void
test_move_notes (void)
{
  KithMoveNote note = { .kind = KITH_KNOCK_MOVE, .n_candidates = KITH_MAX_CANDIDATES };
  KithMoveNote back;

  memset (note.seed, 's', sizeof note.seed);
  for (guint i = 0; i < KITH_MAX_CANDIDATES; i++) {
    note.candidates[i] = (KithCandidate){ .endpoint = { .family = 6, .port = (guint16)(i + 1) } };
  }
  for (guint standby = 0; standby < 2; standby++) {
    note.is_standby = standby == 1;
    note.kind = standby == 1 ? 0 : KITH_KNOCK_MOVE;
    g_autoptr (GBytes) bytes = kith_move_note_encode (&note);
    gsize len = 0;
    const guint8 *data = g_bytes_get_data (bytes, &len);
    g_assert_cmpuint (len, <=, KITH_NOTE_MAX);
    g_assert_true (kith_move_note_decode (data, len, &back));
    g_assert_cmpmem (&back, sizeof back, &note, sizeof note);
    for (gsize cut = 0; cut < len; cut++) {
      g_autofree guint8 *exact = g_memdup2 (data, cut);
      g_assert_false (kith_move_note_decode (exact, cut, &back));
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link-parts/credentials", test_credentials);
  g_test_add_func ("/link-parts/addresses", test_addresses);
  g_test_add_func ("/link-parts/stun-lookup", test_stun_lookup);
  g_test_add_func ("/link/parts/move-notes", test_move_notes);
  return g_test_run ();
}
