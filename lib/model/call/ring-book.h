/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who let the phone ring in vain lately: more than so often, and it is quiet for them. */
#pragma once

#include "base/export.h"
#include "model/names/peer-key.h"

G_BEGIN_DECLS

/* Who calls, as far as it counts here. */
typedef struct {
  KithPeerKey key;    /* zero: ordinary SIP */
  const char *source; /* ordinary SIP: the IP address, else NULL */
  gboolean is_known;
} KithRinger;

typedef struct _KithRingBook KithRingBook;

/* (transfer full) */
KITH_API KithRingBook *kith_ring_book_new (void);
KITH_API void kith_ring_book_free (KithRingBook *book);

/* At @now (monotonic, µs) the call number @call rings for @ringer, or would have if the line were
   free. */
KITH_API void
kith_ring_book_add (KithRingBook *book, const KithRinger *ringer, guint call, gint64 now);

/* It was answered: not in vain. */
KITH_API void kith_ring_book_forget (KithRingBook *book, guint call);

/* TRUE when @ringer has let the phone ring in vain too often within a minute: 12 times with one
   key; 30 times by ordinary SIP from one contact's host, or from all strangers together; 60 times
   all strangers over links together. What strangers do never counts against somebody who is
   known. */
KITH_API gboolean kith_ring_book_is_too_often (KithRingBook *book,
                                               const KithRinger *ringer,
                                               gint64 now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithRingBook, kith_ring_book_free)

G_END_DECLS
