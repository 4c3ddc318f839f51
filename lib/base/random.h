/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only source of randomness: the kernel's. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/* Fills @data with @len bytes that nobody can guess. FALSE when the system has no randomness (getrandom(2)). Any thread. */
KITH_API gboolean kith_random_bytes (gpointer data, gsize len);

G_END_DECLS
