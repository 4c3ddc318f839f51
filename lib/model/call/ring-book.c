/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A list of the rings of the last minute. */
#include "model/call/ring-book.h"

#define MINUTE_US (60 * G_USEC_PER_SEC)
#define MAX_OF_KEY 12
#define MAX_PLAIN 30
#define MAX_STRANGERS 60

typedef struct {
  KithPeerKey key;
  gchar *source;
  gboolean is_known;
  guint call;
  gint64 at_us;
} Ring;

struct _KithRingBook {
  GArray *rings; /* of Ring, oldest first */
};

static void
ring_clear (gpointer ring)
{
  g_free (((Ring *)ring)->source);
}

KithRingBook *
kith_ring_book_new (void)
{
  KithRingBook *book = g_new0 (KithRingBook, 1);

  book->rings = g_array_new (FALSE, FALSE, sizeof (Ring));
  g_array_set_clear_func (book->rings, ring_clear);
  return book;
}

void
kith_ring_book_free (KithRingBook *book)
{
  g_array_unref (book->rings);
  g_free (book);
}

void
kith_ring_book_add (KithRingBook *book, const KithRinger *ringer, guint call, gint64 now)
{
  Ring ring = { .key = ringer->key,
                .source = g_strdup (ringer->source),
                .is_known = ringer->is_known,
                .call = call,
                .at_us = now };

  g_array_append_val (book->rings, ring);
}

void
kith_ring_book_forget (KithRingBook *book, guint call)
{
  for (guint i = 0; i < book->rings->len; i++) {
    if (g_array_index (book->rings, Ring, i).call == call) {
      g_array_remove_index (book->rings, i);
      return;
    }
  }
}

gboolean
kith_ring_book_is_too_often (KithRingBook *book, const KithRinger *ringer, gint64 now)
{
  gint64 oldest = now - MINUTE_US;
  gboolean plain = kith_peer_key_is_zero (&ringer->key);
  guint own = 0;
  guint strangers = 0; /* of the same kind */

  while (book->rings->len > 0 && g_array_index (book->rings, Ring, 0).at_us < oldest) {
    g_array_remove_index (book->rings, 0);
  }
  for (guint i = 0; i < book->rings->len; i++) {
    const Ring *ring = &g_array_index (book->rings, Ring, i);
    gboolean same_kind = kith_peer_key_is_zero (&ring->key) == plain;
    own += plain ? same_kind && g_strcmp0 (ring->source, ringer->source) == 0
                 : kith_peer_key_equal (&ring->key, &ringer->key);
    strangers += same_kind && !ring->is_known;
  }
  if (!ringer->is_known && strangers >= (plain ? MAX_PLAIN : MAX_STRANGERS)) {
    return TRUE;
  }
  return own >= (plain ? MAX_PLAIN : MAX_OF_KEY);
}
