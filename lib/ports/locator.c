/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interface of locators: its signals, and wrappers that stand in for what a locator leaves
   out. */
#include "ports/locator.h"

#include "base/error.h"

G_DEFINE_INTERFACE (KithLocator, kith_locator, G_TYPE_OBJECT)

static guint signal_state_changed;
static guint signal_published;
static guint signal_peers_changed;
static guint signal_direct_heard;

static void
kith_locator_default_init (KithLocatorInterface *iface)
{
  GType type = G_TYPE_FROM_INTERFACE (iface);

  signal_state_changed = g_signal_new ("state-changed",
                                       type,
                                       G_SIGNAL_RUN_LAST,
                                       0,
                                       NULL,
                                       NULL,
                                       NULL,
                                       G_TYPE_NONE,
                                       1,
                                       G_TYPE_UINT);
  signal_published = g_signal_new ("published",
                                   type,
                                   G_SIGNAL_RUN_LAST,
                                   0,
                                   NULL,
                                   NULL,
                                   NULL,
                                   G_TYPE_NONE,
                                   2,
                                   G_TYPE_UINT,
                                   G_TYPE_UINT);
  signal_peers_changed = g_signal_new ("peers-changed",
                                       type,
                                       G_SIGNAL_RUN_LAST,
                                       0,
                                       NULL,
                                       NULL,
                                       NULL,
                                       G_TYPE_NONE,
                                       0);
  signal_direct_heard
      = g_signal_new ("direct-heard", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

const char *
kith_locator_get_name (KithLocator *self)
{
  g_return_val_if_fail (KITH_IS_LOCATOR (self), NULL);
  return KITH_LOCATOR_GET_IFACE (self)->get_name (self);
}

const char *
kith_locator_state_word (KithLocatorState state)
{
  static const char *const words[] = {
    [KITH_LOCATOR_OFFLINE] = "offline",
    [KITH_LOCATOR_JOINING] = "joining",
    [KITH_LOCATOR_ALONE] = "alone",
    [KITH_LOCATOR_ONLINE] = "online",
  };

  g_return_val_if_fail ((guint)state < G_N_ELEMENTS (words), words[KITH_LOCATOR_OFFLINE]);
  return words[state];
}

KithLocatorState
kith_locator_get_state (KithLocator *self)
{
  g_return_val_if_fail (KITH_IS_LOCATOR (self), KITH_LOCATOR_OFFLINE);
  return KITH_LOCATOR_GET_IFACE (self)->get_state (self);
}

void
kith_locator_start (KithLocator *self)
{
  g_return_if_fail (KITH_IS_LOCATOR (self));
  KithLocatorInterface *iface = KITH_LOCATOR_GET_IFACE (self);

  if (iface->start != NULL) {
    iface->start (self);
  }
}

void
kith_locator_stop_async (KithLocator *self,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_return_if_fail (KITH_IS_LOCATOR (self));
  KithLocatorInterface *iface = KITH_LOCATOR_GET_IFACE (self);

  if (iface->stop_async != NULL) {
    iface->stop_async (self, cancellable, callback, user_data);
    return;
  }
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_task_return_boolean (task, TRUE); /* nothing runs, so nothing has to end */
}

gboolean
kith_locator_stop_finish (KithLocator *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (KITH_IS_LOCATOR (self), FALSE);
  KithLocatorInterface *iface = KITH_LOCATOR_GET_IFACE (self);

  if (iface->stop_async != NULL) {
    return iface->stop_finish (self, result, error);
  }
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
kith_locator_look_up_async (KithLocator *self,
                            const KithQuery *query,
                            KithFoundFunc found,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_return_if_fail (KITH_IS_LOCATOR (self));
  g_return_if_fail (query != NULL && found != NULL);
  KithLocatorInterface *iface = KITH_LOCATOR_GET_IFACE (self);

  if (iface->look_up_async != NULL) {
    iface->look_up_async (self, query, found, cancellable, callback, user_data);
    return;
  }
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_task_return_new_error (task,
                           KITH_ERROR,
                           KITH_ERROR_UNSUPPORTED,
                           "The locator \"%s\" cannot look anything up; ask another one",
                           kith_locator_get_name (self));
}

gboolean
kith_locator_look_up_finish (KithLocator *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (KITH_IS_LOCATOR (self), FALSE);
  KithLocatorInterface *iface = KITH_LOCATOR_GET_IFACE (self);

  if (iface->look_up_async != NULL) {
    return iface->look_up_finish (self, result, error);
  }
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

guint
kith_locator_publish (KithLocator *self, const guint8 *location, GBytes *value, gboolean keep)
{
  g_return_val_if_fail (KITH_IS_LOCATOR (self), 0);
  g_return_val_if_fail (location != NULL && value != NULL, 0);
  KithLocatorInterface *iface = KITH_LOCATOR_GET_IFACE (self);

  return iface->publish != NULL ? iface->publish (self, location, value, keep) : 0;
}

void
kith_locator_unpublish (KithLocator *self, guint id)
{
  g_return_if_fail (KITH_IS_LOCATOR (self));
  KithLocatorInterface *iface = KITH_LOCATOR_GET_IFACE (self);

  if (iface->unpublish != NULL && id != 0) {
    iface->unpublish (self, id);
  }
}

guint
kith_locator_watch (KithLocator *self,
                    const guint8 *location,
                    KithFoundFunc found,
                    gpointer user_data)
{
  g_return_val_if_fail (KITH_IS_LOCATOR (self), 0);
  g_return_val_if_fail (location != NULL && found != NULL, 0);
  KithLocatorInterface *iface = KITH_LOCATOR_GET_IFACE (self);

  return iface->watch != NULL ? iface->watch (self, location, found, user_data) : 0;
}

void
kith_locator_unwatch (KithLocator *self, guint id)
{
  g_return_if_fail (KITH_IS_LOCATOR (self));
  KithLocatorInterface *iface = KITH_LOCATOR_GET_IFACE (self);

  if (iface->unwatch != NULL && id != 0) {
    iface->unwatch (self, id);
  }
}

GVariant *
kith_locator_get_status (KithLocator *self)
{
  g_return_val_if_fail (KITH_IS_LOCATOR (self), NULL);
  KithLocatorInterface *iface = KITH_LOCATOR_GET_IFACE (self);

  if (iface->get_status != NULL) {
    return iface->get_status (self);
  }
  return g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
}

void
kith_locator_emit_state_changed (KithLocator *self)
{
  g_return_if_fail (KITH_IS_LOCATOR (self));
  g_signal_emit (self, signal_state_changed, 0, (guint)kith_locator_get_state (self));
}

void
kith_locator_emit_published (KithLocator *self, guint id, guint replicas)
{
  g_return_if_fail (KITH_IS_LOCATOR (self));
  g_signal_emit (self, signal_published, 0, id, replicas);
}

guint
kith_locator_get_peers (KithLocator *self, KithWitness *peers, guint room)
{
  g_return_val_if_fail (KITH_IS_LOCATOR (self), 0);
  g_return_val_if_fail (peers != NULL || room == 0, 0);
  KithLocatorInterface *iface = KITH_LOCATOR_GET_IFACE (self);

  return iface->get_peers != NULL ? iface->get_peers (self, peers, room) : 0;
}

gboolean
kith_locator_get_outer (KithLocator *self, KithEndpoint *outer)
{
  g_return_val_if_fail (KITH_IS_LOCATOR (self), FALSE);
  g_return_val_if_fail (outer != NULL, FALSE);
  KithLocatorInterface *iface = KITH_LOCATOR_GET_IFACE (self);

  return iface->get_outer != NULL && iface->get_outer (self, outer);
}

void
kith_locator_emit_peers_changed (KithLocator *self)
{
  g_return_if_fail (KITH_IS_LOCATOR (self));
  g_signal_emit (self, signal_peers_changed, 0);
}

gboolean
kith_locator_set_tunnel (KithLocator *self,
                         guint16 port,
                         const guint8 token[KITH_LOCATOR_TOKEN_LEN])
{
  g_return_val_if_fail (KITH_IS_LOCATOR (self), FALSE);
  g_return_val_if_fail (token != NULL || port == 0, FALSE);
  KithLocatorInterface *iface = KITH_LOCATOR_GET_IFACE (self);

  return iface->set_tunnel != NULL && iface->set_tunnel (self, port, token);
}

void
kith_locator_emit_direct_heard (KithLocator *self)
{
  g_return_if_fail (KITH_IS_LOCATOR (self));
  g_signal_emit (self, signal_direct_heard, 0);
}

GStrv
kith_locator_get_sip_hosts (KithLocator *self)
{
  g_return_val_if_fail (KITH_IS_LOCATOR (self), NULL);
  KithLocatorInterface *iface = KITH_LOCATOR_GET_IFACE (self);

  return iface->get_sip_hosts != NULL ? iface->get_sip_hosts (self) : g_new0 (gchar *, 1);
}
