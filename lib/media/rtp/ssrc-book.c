/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set of numbers, and a source of random ones. */
#include "media/rtp/ssrc-book.h"

#include "base/random.h"

struct _KithSsrcBook {
  guint32 (*draw) (void);
  GHashTable *live; /* SSRC → itself */
};

KithSsrcBook *
kith_ssrc_book_new (guint32 (*draw) (void))
{
  KithSsrcBook *book = g_new0 (KithSsrcBook, 1);

  book->draw = draw != NULL ? draw : kith_random_uint32;
  book->live = g_hash_table_new (NULL, NULL);
  return book;
}

void
kith_ssrc_book_free (KithSsrcBook *book)
{
  g_hash_table_unref (book->live);
  g_free (book);
}

guint32
kith_ssrc_book_take (KithSsrcBook *book, guint32 avoid)
{
  guint32 ssrc;

  do {
    ssrc = book->draw ();
  } while (ssrc == 0 || ssrc == avoid
           || g_hash_table_contains (book->live, GUINT_TO_POINTER (ssrc)));
  g_hash_table_add (book->live, GUINT_TO_POINTER (ssrc));
  return ssrc;
}

void
kith_ssrc_book_give_back (KithSsrcBook *book, guint32 ssrc)
{
  (void)g_hash_table_remove (book->live, GUINT_TO_POINTER (ssrc));
}
