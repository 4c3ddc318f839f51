/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Short marks that only an edge of this kithd can make: who sends one back had it from us. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

#define KITH_EDGE_KEY 32  /* bytes of the key, made once a run of kithd */
#define KITH_EDGE_MARK 16 /* characters of a mark */

/**
 * kith_edge_mark:
 * @label: what it is for: marks of one kind are none of another
 * @text: @len bytes that it stands for
 * The same for the same text and key, and not to be guessed (HMAC-SHA-256, cut).
 */
KITH_API void kith_edge_mark (const guint8 key[KITH_EDGE_KEY],
                              const char *label,
                              const char *text,
                              gsize len,
                              gchar out[KITH_EDGE_MARK + 1]);

G_END_DECLS
