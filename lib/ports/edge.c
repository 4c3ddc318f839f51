/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interface of kith-edge: its signal and wrappers. */
#include "ports/edge.h"

#include "base/signal-new.h"

G_DEFINE_INTERFACE (KithEdge, kith_edge, G_TYPE_OBJECT)

static void
kith_edge_default_init (KithEdgeInterface *iface)
{
  kith_signal_new (G_TYPE_FROM_INTERFACE (iface), "changed", 0);
  kith_signal_new (G_TYPE_FROM_INTERFACE (iface), "proxied-call", 1, G_TYPE_POINTER);
}

void
kith_edge_start (KithEdge *self, const KithEdgeOwner *owner)
{
  g_return_if_fail (KITH_IS_EDGE (self) && owner != NULL);
  KITH_EDGE_GET_IFACE (self)->start (self, owner);
}

void
kith_edge_let_end (KithEdge *self)
{
  g_return_if_fail (KITH_IS_EDGE (self));
  KITH_EDGE_GET_IFACE (self)->let_end (self);
}

void
kith_edge_stop_async (KithEdge *self,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_return_if_fail (KITH_IS_EDGE (self));
  KITH_EDGE_GET_IFACE (self)->stop_async (self, cancellable, callback, user_data);
}

gboolean
kith_edge_stop_finish (KithEdge *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (KITH_IS_EDGE (self), FALSE);
  return KITH_EDGE_GET_IFACE (self)->stop_finish (self, result, error);
}

void
kith_edge_get_facts (KithEdge *self, KithEdgeFacts *facts)
{
  g_return_if_fail (KITH_IS_EDGE (self) && facts != NULL);
  *facts = (KithEdgeFacts){ 0 };
  KITH_EDGE_GET_IFACE (self)->get_facts (self, facts);
}

void
kith_edge_set_tls (KithEdge *self, guint16 port, const char *chain, const char *key)
{
  KITH_EDGE_GET_IFACE (self)->set_tls (self, port, chain, key);
}

GVariant *
kith_edge_get_status (KithEdge *self)
{
  g_return_val_if_fail (KITH_IS_EDGE (self), NULL);
  return KITH_EDGE_GET_IFACE (self)->get_status (self);
}

void
kith_edge_tell_call (KithEdge *self, const KithProxiedCall *call)
{
  g_return_if_fail (KITH_IS_EDGE (self) && call != NULL);
  g_signal_emit_by_name (self, "proxied-call", call);
}
