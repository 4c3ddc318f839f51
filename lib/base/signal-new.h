/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A signal of a class in the one form that the product uses. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* g_signal_new() of a signal that runs last, returns nothing and has no handler of its own; the
   GTypes of its @n_params parameters follow. In class_init. */
static inline guint
kith_signal_new (GType type, const char *name, guint n_params, ...)
{
  va_list types;

  va_start (types, n_params);
  guint id = g_signal_new_valist (name,
                                  type,
                                  G_SIGNAL_RUN_LAST,
                                  NULL,
                                  NULL,
                                  NULL,
                                  NULL,
                                  G_TYPE_NONE,
                                  n_params,
                                  types);
  va_end (types);
  return id;
}

G_END_DECLS
