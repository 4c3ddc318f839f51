/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interface's functions. */
#include "ports/media/bridge.h"

G_DEFINE_INTERFACE (KithBridge, kith_bridge, G_TYPE_OBJECT)

static void
kith_bridge_default_init (KithBridgeInterface *iface)
{
  (void)iface;
}

KithMedia *
kith_bridge_create_leg (KithBridge *self,
                        const KithMediaTransport *transport,
                        const char *id,
                        GError **error)
{
  g_return_val_if_fail (KITH_IS_BRIDGE (self), NULL);
  return KITH_BRIDGE_GET_IFACE (self)->create_leg (self, transport, id, error);
}

void
kith_bridge_join (KithBridge *self, KithMedia *one, KithMedia *other)
{
  g_return_if_fail (KITH_IS_BRIDGE (self) && KITH_IS_MEDIA (one));
  KITH_BRIDGE_GET_IFACE (self)->join (self, one, other);
}

KithBridgeManner
kith_bridge_get_manner (KithBridge *self, KithMedia *leg)
{
  g_return_val_if_fail (KITH_IS_BRIDGE (self) && KITH_IS_MEDIA (leg), KITH_BRIDGE_APART);
  return KITH_BRIDGE_GET_IFACE (self)->get_manner (self, leg);
}

void
kith_bridge_play (KithBridge *self, KithMedia *leg, KithTone tone)
{
  g_return_if_fail (KITH_IS_BRIDGE (self) && KITH_IS_MEDIA (leg));
  KITH_BRIDGE_GET_IFACE (self)->play (self, leg, tone);
}

void
kith_bridge_press (KithBridge *self, KithMedia *leg, char key)
{
  g_return_if_fail (KITH_IS_BRIDGE (self) && KITH_IS_MEDIA (leg));
  KITH_BRIDGE_GET_IFACE (self)->press (self, leg, key);
}
