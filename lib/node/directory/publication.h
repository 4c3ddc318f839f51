/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sealed values that are kept at certain locations on our behalf. */
#pragma once

#include <glib.h>

#include "ports/locator.h"

G_BEGIN_DECLS

typedef struct _KithPublication KithPublication;

/* @locators (element-type KithLocator); those that cannot publish are passed over. */
KithPublication *kith_publication_new (GPtrArray *locators);

/* Keeps @value at each of @n locations from now on, in place of what was kept before. */
void kith_publication_set (KithPublication *publication,
                           const guint8 (*locations)[KITH_LOCATION_LEN],
                           guint n,
                           GBytes *value);

/* @locator says that @replicas other nodes hold the value of @id. FALSE when @id is not of the
   value that is kept now. */
gboolean kith_publication_note (KithPublication *publication,
                                KithLocator *locator,
                                guint id,
                                guint replicas);

/* What @locator said so far counts no more: its worker died, and the next one has to ask anew. */
void kith_publication_forget (KithPublication *publication, KithLocator *locator);

/* TRUE when the value that is kept now is held by other nodes at one location at least: whoever
   asks asks at all of them. */
gboolean kith_publication_is_held (KithPublication *publication);

/* Stops keeping; what is in the network expires by itself. */
void kith_publication_free (KithPublication *publication);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithPublication, kith_publication_free)

G_END_DECLS
