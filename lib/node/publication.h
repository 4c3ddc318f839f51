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

/* TRUE when @id is what @locator gave for the value that is kept now. */
gboolean kith_publication_has (KithPublication *publication, KithLocator *locator, guint id);

/* Stops keeping; what is in the network expires by itself. */
void kith_publication_free (KithPublication *publication);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithPublication, kith_publication_free)

G_END_DECLS
