/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one look into a table of states and events. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @table: @n_states rows of @n_events cells; a cell is the next state + 1, or 0: the event means
   nothing in this state. TRUE and *@next; FALSE, and *@next stays, for such a cell and for what is
   out of range. Pure. */
static inline gboolean
kith_state_table_next (const guint8 *table,
                       guint n_states,
                       guint n_events,
                       guint state,
                       guint event,
                       guint *next)
{
  guint8 to = state < n_states && event < n_events ? table[state * n_events + event] : 0;

  *next = to != 0 ? to - 1u : *next;
  return to != 0;
}

G_END_DECLS
