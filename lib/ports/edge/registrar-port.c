/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interface of a registrar: its signals and wrappers. */
#include "ports/edge/registrar.h"

G_DEFINE_INTERFACE (KithRegistrar, kith_registrar, G_TYPE_OBJECT)

static void
add_signal (KithRegistrarInterface *iface, const char *name, GType argument)
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
kith_registrar_default_init (KithRegistrarInterface *iface)
{
  add_signal (iface, "fresh", G_TYPE_NONE);
  add_signal (iface, "bound", G_TYPE_POINTER);
  add_signal (iface, "unbound", G_TYPE_UINT);
  add_signal (iface, "reported", G_TYPE_POINTER);
  add_signal (iface, "reached", G_TYPE_POINTER);
}

gboolean
kith_registrar_is_running (KithRegistrar *self)
{
  g_return_val_if_fail (KITH_IS_REGISTRAR (self), FALSE);
  return KITH_REGISTRAR_GET_IFACE (self)->is_running (self);
}

void
kith_registrar_put_phone (KithRegistrar *self, const KithPhone *phone)
{
  g_return_if_fail (KITH_IS_REGISTRAR (self));
  KITH_REGISTRAR_GET_IFACE (self)->put_phone (self, phone);
}

void
kith_registrar_remove_phone (KithRegistrar *self, const char *name)
{
  g_return_if_fail (KITH_IS_REGISTRAR (self));
  KITH_REGISTRAR_GET_IFACE (self)->remove_phone (self, name);
}

void
kith_registrar_put_binding (KithRegistrar *self, const KithPhoneBinding *binding)
{
  g_return_if_fail (KITH_IS_REGISTRAR (self));
  KITH_REGISTRAR_GET_IFACE (self)->put_binding (self, binding);
}

void
kith_registrar_remove_binding (KithRegistrar *self, guint id)
{
  g_return_if_fail (KITH_IS_REGISTRAR (self));
  KITH_REGISTRAR_GET_IFACE (self)->remove_binding (self, id);
}

void
kith_registrar_open (KithRegistrar *self, const KithPhoneRules *rules)
{
  g_return_if_fail (KITH_IS_REGISTRAR (self));
  KITH_REGISTRAR_GET_IFACE (self)->open (self, rules);
}

void
kith_registrar_tell_fresh (KithRegistrar *self)
{
  g_signal_emit_by_name (self, "fresh");
}

void
kith_registrar_tell_bound (KithRegistrar *self, const KithPhoneBinding *binding)
{
  g_signal_emit_by_name (self, "bound", binding);
}

void
kith_registrar_tell_unbound (KithRegistrar *self, guint id)
{
  g_signal_emit_by_name (self, "unbound", id);
}

void
kith_registrar_tell_report (KithRegistrar *self, const KithPhoneReport *report)
{
  g_signal_emit_by_name (self, "reported", report);
}

void
kith_registrar_tell_reach (KithRegistrar *self, const KithPhoneReach *reach)
{
  g_signal_emit_by_name (self, "reached", reach);
}
