/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only source of randomness: the kernel's. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/* Fills @data with @len bytes that nobody can guess. FALSE when the system has no randomness
   (getrandom(2)). Any thread. */
KITH_API gboolean kith_random_bytes (gpointer data, gsize len);

/* 32 bits for numbers that must differ but hide nothing: SSRCs, tags, times of day. Never fails:
   without the kernel's randomness it is made of the time. What must not be guessed uses
   kith_random_bytes(). Any thread. */
KITH_API guint32 kith_random_uint32 (void);

/* As kith_random_uint32(), 64 bits. Any thread. */
KITH_API guint64 kith_random_uint64 (void);

/* A number from @low up to and without @high, each equally likely; @low when @high is not above it.
   As kith_random_uint32(). */
KITH_API gint kith_random_range (gint low, gint high);

/* For tests: from now on all functions above give the same sequence for the same @seed; 0 goes back
   to the kernel. Not while other threads ask. */
KITH_API void kith_random_set_seed (guint64 seed);

G_END_DECLS
