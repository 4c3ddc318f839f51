/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps what a test says of the edge, and asks its owner. */
#include "fake-edge-port.h"

struct _KithFakeEdge {
  GObject parent_instance;
  KithEdgeOwner owner;
  KithEdgeFacts facts;
};

static void fake_edge_iface_init (KithEdgeInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithFakeEdge,
                               kith_fake_edge,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_EDGE, fake_edge_iface_init))

static void
fake_start (KithEdge *edge, const KithEdgeOwner *owner)
{
  KITH_FAKE_EDGE (edge)->owner = *owner;
}

static void
fake_let_end (KithEdge *edge)
{
  (void)edge;
}

static void
fake_stop_async (KithEdge *edge,
                 GCancellable *cancellable,
                 GAsyncReadyCallback callback,
                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (edge, cancellable, callback, user_data);

  g_task_return_boolean (task, TRUE);
}

static gboolean
fake_stop_finish (KithEdge *edge, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
fake_get_facts (KithEdge *edge, KithEdgeFacts *facts)
{
  *facts = KITH_FAKE_EDGE (edge)->facts;
}

static GVariant *
fake_get_status (KithEdge *edge)
{
  return g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
}

static void
fake_edge_iface_init (KithEdgeInterface *iface)
{
  iface->start = fake_start;
  iface->let_end = fake_let_end;
  iface->stop_async = fake_stop_async;
  iface->stop_finish = fake_stop_finish;
  iface->get_facts = fake_get_facts;
  iface->get_status = fake_get_status;
}

static void
kith_fake_edge_class_init (KithFakeEdgeClass *klass)
{
  (void)klass;
}

static void
kith_fake_edge_init (KithFakeEdge *self)
{
  (void)self;
}

KithEdge *
kith_fake_edge_new (void)
{
  return g_object_new (KITH_TYPE_FAKE_EDGE, NULL);
}

void
kith_fake_edge_set_facts (KithFakeEdge *fake, const KithEdgeFacts *facts)
{
  fake->facts = *facts;
  g_signal_emit_by_name (fake, "changed");
}

int
kith_fake_edge_spawn (KithFakeEdge *fake)
{
  return fake->owner.open_stream (fake->owner.user_data, NULL);
}

guint
kith_fake_edge_list_known (KithFakeEdge *fake, KithEndpoint *hosts, guint room)
{
  return fake->owner.list_known (hosts, room, fake->owner.user_data);
}
