/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes a piece of speech a little shorter or longer without changing its pitch, pure. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * kith_stretch_shorten:
 * @x: @n samples, mono, at @rate Hz; changed in place
 * @most: how many samples may go, at most
 * @silent: nobody would hear it, so that it need not fit
 * Takes out one period of the voice (WSOLA). Begins and ends as before, so that it fits to its
 * neighbours.
 * Returns: how many samples are left; @n when no period of 2.5 to 10 ms was found.
 */
gsize kith_stretch_shorten (gint16 *x, gsize n, guint rate, gsize most, gboolean silent);

/* The same the other way round; @x has room for @n + @most samples. */
gsize kith_stretch_lengthen (gint16 *x, gsize n, guint rate, gsize most, gboolean silent);

/* The period in samples (2.5 to @longest_ms ms) at which @x repeats itself best, and how well (-1
   to 1). */
gsize
kith_stretch_find_period (const gint16 *x, gsize n, guint rate, guint longest_ms, double *likeness);

G_END_DECLS
