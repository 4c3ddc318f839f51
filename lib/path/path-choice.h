/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of two paths serves better. */
#pragma once

#include "path/path.h"

G_BEGIN_DECLS

/* Silence on ours while the peer is heard over another path, after which the side that leads goes
   there: doubled each time. */
#define KITH_PATH_LEAD_US ((gint64)1100 * 1000)

/* 0: heard; 1: silent, or its address is gone; 2: never heard. */
guint kith_path_rank (const KithPath *path);

/* TRUE when @a is to be used before @b; both work. */
gboolean kith_path_is_better (KithPath *a, KithPath *b);

/* TRUE when @path, once proved, could be better than @current (NULL: none is used): of a better
   class, or of the same if it was made later. */
gboolean kith_path_could_be_better (KithPath *path, KithPath *current);

G_END_DECLS
