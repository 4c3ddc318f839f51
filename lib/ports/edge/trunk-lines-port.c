/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interface of the trunks' lines: its signals and wrappers. */
#include "ports/edge/trunk-lines.h"

G_DEFINE_INTERFACE (KithTrunkLines, kith_trunk_lines, G_TYPE_OBJECT)

static void
add_signal (KithTrunkLinesInterface *iface, const char *name, GType argument)
{
  g_signal_new (name,
                G_TYPE_FROM_INTERFACE (iface),
                G_SIGNAL_RUN_LAST,
                0,
                NULL,
                NULL,
                NULL,
                G_TYPE_NONE,
                argument != G_TYPE_NONE ? 1 : 0,
                argument);
}

static void
kith_trunk_lines_default_init (KithTrunkLinesInterface *iface)
{
  add_signal (iface, "lines-fresh", G_TYPE_NONE);
  add_signal (iface, "line-reported", G_TYPE_POINTER);
  add_signal (iface, "line-asks", G_TYPE_POINTER);
}

gboolean
kith_trunk_lines_is_running (KithTrunkLines *self)
{
  g_return_val_if_fail (KITH_IS_TRUNK_LINES (self), FALSE);
  return KITH_TRUNK_LINES_GET_IFACE (self)->is_running (self);
}

void
kith_trunk_lines_put (KithTrunkLines *self, const KithTrunk *trunk, const char *certificates)
{
  g_return_if_fail (KITH_IS_TRUNK_LINES (self));
  KITH_TRUNK_LINES_GET_IFACE (self)->put (self, trunk, certificates);
}

void
kith_trunk_lines_remove (KithTrunkLines *self, const char *name)
{
  g_return_if_fail (KITH_IS_TRUNK_LINES (self));
  KITH_TRUNK_LINES_GET_IFACE (self)->remove (self, name);
}

void
kith_trunk_lines_retry (KithTrunkLines *self, const char *name)
{
  g_return_if_fail (KITH_IS_TRUNK_LINES (self));
  KITH_TRUNK_LINES_GET_IFACE (self)->retry (self, name);
}

void
kith_trunk_lines_answer (KithTrunkLines *self, const KithTrunkAnswer *answer)
{
  g_return_if_fail (KITH_IS_TRUNK_LINES (self));
  KITH_TRUNK_LINES_GET_IFACE (self)->answer (self, answer);
}

void
kith_trunk_lines_tell_fresh (KithTrunkLines *self)
{
  g_signal_emit_by_name (self, "lines-fresh");
}

void
kith_trunk_lines_tell_report (KithTrunkLines *self, const KithTrunkReport *report)
{
  g_signal_emit_by_name (self, "line-reported", report);
}

void
kith_trunk_lines_tell_question (KithTrunkLines *self, const KithTrunkQuestion *question)
{
  g_signal_emit_by_name (self, "line-asks", question);
}
