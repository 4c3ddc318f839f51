/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SSRCs of our own streams: no two that live have the same, so that a peer of several can tell
   them apart. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _KithSsrcBook KithSsrcBook;

/* @draw gives 32 bits that nobody can guess; NULL: the kernel's. (transfer full) */
KithSsrcBook *kith_ssrc_book_new (guint32 (*draw) (void));
void kith_ssrc_book_free (KithSsrcBook *book);

/* An SSRC for a new stream: not 0, none that lives, and not @avoid. It lives until it is given
   back. */
guint32 kith_ssrc_book_take (KithSsrcBook *book, guint32 avoid);

/* The stream of @ssrc is over; 0 is ignored. */
void kith_ssrc_book_give_back (KithSsrcBook *book, guint32 ssrc);

G_END_DECLS
