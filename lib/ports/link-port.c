/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interfaces of links and of what makes them: their signals and the checked way into an
   implementation. */
#include "ports/link-maker.h"

G_DEFINE_INTERFACE (KithLink, kith_link, G_TYPE_OBJECT)
G_DEFINE_INTERFACE (KithLinkMaker, kith_link_maker, G_TYPE_OBJECT)

static void
add_signal (GType type, const char *name, guint n_args, GType arg0, GType arg1)
{
  GType args[] = { arg0, arg1 };

  g_signal_newv (name, type, G_SIGNAL_RUN_LAST, NULL, NULL, NULL, NULL, G_TYPE_NONE, n_args, args);
}

static void
kith_link_default_init (KithLinkInterface *iface)
{
  GType type = G_TYPE_FROM_INTERFACE (iface);

  add_signal (type, "suspect", 1, G_TYPE_BOOLEAN, G_TYPE_NONE);
  add_signal (type, "closed", 1, G_TYPE_UINT, G_TYPE_NONE);
  add_signal (type, "path-changed", 0, G_TYPE_NONE, G_TYPE_NONE);
  add_signal (type, "moving", 1, G_TYPE_BOOLEAN, G_TYPE_NONE);
  add_signal (type, "note", 1, G_TYPE_BYTES, G_TYPE_NONE);
  add_signal (type, "media", 0, G_TYPE_NONE, G_TYPE_NONE);
}

static void
kith_link_maker_default_init (KithLinkMakerInterface *iface)
{
  GType type = G_TYPE_FROM_INTERFACE (iface);

  add_signal (type, "accepted", 1, KITH_TYPE_LINK, G_TYPE_NONE);
  add_signal (type, "slot-changed", 0, G_TYPE_NONE, G_TYPE_NONE);
  add_signal (type, "knock", 2, G_TYPE_POINTER, G_TYPE_POINTER);
}

guint
kith_link_get_id (KithLink *self)
{
  g_return_val_if_fail (KITH_IS_LINK (self), 0);
  return KITH_LINK_GET_IFACE (self)->get_id (self);
}

KithLinkState
kith_link_get_state (KithLink *self)
{
  g_return_val_if_fail (KITH_IS_LINK (self), KITH_LINK_CLOSED);
  return KITH_LINK_GET_IFACE (self)->get_state (self);
}

KithReason
kith_link_get_reason (KithLink *self)
{
  g_return_val_if_fail (KITH_IS_LINK (self), KITH_REASON_NONE);
  return KITH_LINK_GET_IFACE (self)->get_reason (self);
}

const KithDeviceCert *
kith_link_get_peer (KithLink *self)
{
  g_return_val_if_fail (KITH_IS_LINK (self), NULL);
  return KITH_LINK_GET_IFACE (self)->get_peer (self);
}

gboolean
kith_link_is_outgoing (KithLink *self)
{
  g_return_val_if_fail (KITH_IS_LINK (self), FALSE);
  return KITH_LINK_GET_IFACE (self)->is_outgoing (self);
}

int
kith_link_take_sip (KithLink *self)
{
  g_return_val_if_fail (KITH_IS_LINK (self), -1);
  return KITH_LINK_GET_IFACE (self)->take_sip (self);
}

gboolean
kith_link_send_media (KithLink *self, const guint8 *data, gsize len)
{
  g_return_val_if_fail (KITH_IS_LINK (self), FALSE);
  g_return_val_if_fail (data != NULL, FALSE);
  return KITH_LINK_GET_IFACE (self)->send_media (self, data, len);
}

gboolean
kith_link_claim_media (KithLink *self,
                       guint32 remote_ssrc,
                       KithLinkMediaFunc func,
                       gpointer user_data,
                       GError **error)
{
  g_return_val_if_fail (KITH_IS_LINK (self), FALSE);
  g_return_val_if_fail (func != NULL, FALSE);
  return KITH_LINK_GET_IFACE (self)->claim_media (self, remote_ssrc, func, user_data, error);
}

void
kith_link_release_media (KithLink *self, guint32 remote_ssrc, gpointer user_data)
{
  g_return_if_fail (KITH_IS_LINK (self));
  KITH_LINK_GET_IFACE (self)->release_media (self, remote_ssrc, user_data);
}

void
kith_link_give_early (KithLink *self)
{
  g_return_if_fail (KITH_IS_LINK (self));
  if (KITH_LINK_GET_IFACE (self)->give_early != NULL) {
    KITH_LINK_GET_IFACE (self)->give_early (self);
  }
}

guint64
kith_link_get_unclaimed (KithLink *self)
{
  g_return_val_if_fail (KITH_IS_LINK (self), 0);
  return KITH_LINK_GET_IFACE (self)->get_unclaimed (self);
}

gboolean
kith_link_export_key (KithLink *self,
                      const char *label,
                      const guint8 *context,
                      gsize context_len,
                      guint8 *key,
                      gsize key_len)
{
  g_return_val_if_fail (KITH_IS_LINK (self), FALSE);
  g_return_val_if_fail (label != NULL && key != NULL, FALSE);
  g_return_val_if_fail (context != NULL || context_len == 0, FALSE);
  return KITH_LINK_GET_IFACE (self)->export_key (self, label, context, context_len, key, key_len);
}

void
kith_link_get_path (KithLink *self, KithLinkPath *path)
{
  g_return_if_fail (KITH_IS_LINK (self));
  g_return_if_fail (path != NULL);
  *path = (KithLinkPath){ 0 };
  KITH_LINK_GET_IFACE (self)->get_path (self, path);
}

void
kith_link_hold (KithLink *self)
{
  g_return_if_fail (KITH_IS_LINK (self));
  KITH_LINK_GET_IFACE (self)->hold (self);
}

void
kith_link_unhold (KithLink *self)
{
  g_return_if_fail (KITH_IS_LINK (self));
  KITH_LINK_GET_IFACE (self)->unhold (self);
}

void
kith_link_close (KithLink *self, KithReason why)
{
  g_return_if_fail (KITH_IS_LINK (self));
  KITH_LINK_GET_IFACE (self)->close (self, why);
}

const char *
kith_link_get_why (KithLink *self)
{
  g_return_val_if_fail (KITH_IS_LINK (self), NULL);
  return KITH_LINK_GET_IFACE (self)->get_why (self);
}

gboolean
kith_link_send_note (KithLink *self, const guint8 *data, gsize len)
{
  g_return_val_if_fail (KITH_IS_LINK (self), FALSE);
  g_return_val_if_fail (data != NULL, FALSE);
  KithLinkInterface *iface = KITH_LINK_GET_IFACE (self);
  return len > 0 && len <= KITH_NOTE_MAX && iface->send_note != NULL
         && iface->send_note (self, data, len);
}

gboolean
kith_link_send_frame (KithLink *self, const guint8 *data, gsize len)
{
  g_return_val_if_fail (KITH_IS_LINK (self), FALSE);
  g_return_val_if_fail (data != NULL, FALSE);
  KithLinkInterface *iface = KITH_LINK_GET_IFACE (self);
  return len > 0 && len <= KITH_FRAME_MAX && iface->send_frame != NULL
         && iface->send_frame (self, data, len);
}

void
kith_link_set_frame_func (KithLink *self, KithLinkFrameFunc func, gpointer user_data)
{
  g_return_if_fail (KITH_IS_LINK (self));
  KithLinkInterface *iface = KITH_LINK_GET_IFACE (self);
  if (iface->set_frame_func != NULL) {
    iface->set_frame_func (self, func, user_data);
  }
}

void
kith_link_add_trace (KithLink *self, KithTrace *trace)
{
  g_return_if_fail (KITH_IS_LINK (self) && trace != NULL);
  KithLinkInterface *iface = KITH_LINK_GET_IFACE (self);
  if (iface->add_trace != NULL) {
    iface->add_trace (self, trace);
  }
}

void
kith_link_remove_trace (KithLink *self, KithTrace *trace)
{
  g_return_if_fail (KITH_IS_LINK (self) && trace != NULL);
  KithLinkInterface *iface = KITH_LINK_GET_IFACE (self);
  if (iface->remove_trace != NULL) {
    iface->remove_trace (self, trace);
  }
}

gboolean
kith_link_maker_start (KithLinkMaker *self, GError **error)
{
  g_return_val_if_fail (KITH_IS_LINK_MAKER (self), FALSE);
  return KITH_LINK_MAKER_GET_IFACE (self)->start (self, error);
}

void
kith_link_maker_stop (KithLinkMaker *self)
{
  g_return_if_fail (KITH_IS_LINK_MAKER (self));
  KITH_LINK_MAKER_GET_IFACE (self)->stop (self);
}

gboolean
kith_link_maker_get_slot (KithLinkMaker *self, KithReach *reach)
{
  g_return_val_if_fail (KITH_IS_LINK_MAKER (self), FALSE);
  g_return_val_if_fail (reach != NULL, FALSE);
  return KITH_LINK_MAKER_GET_IFACE (self)->get_slot (self, reach);
}

void
kith_link_maker_open_async (KithLinkMaker *self,
                            const KithLinkTarget *target,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_return_if_fail (KITH_IS_LINK_MAKER (self));
  g_return_if_fail (target != NULL);
  KITH_LINK_MAKER_GET_IFACE (self)->open_async (self, target, cancellable, callback, user_data);
}

KithLink *
kith_link_maker_open_finish (KithLinkMaker *self,
                             GAsyncResult *result,
                             KithLinkReport *report,
                             GError **error)
{
  g_return_val_if_fail (KITH_IS_LINK_MAKER (self), NULL);
  return KITH_LINK_MAKER_GET_IFACE (self)->open_finish (self, result, report, error);
}

guint
kith_link_maker_prepare (KithLinkMaker *self)
{
  g_return_val_if_fail (KITH_IS_LINK_MAKER (self), 0);
  KithLinkMakerInterface *iface = KITH_LINK_MAKER_GET_IFACE (self);
  return iface->prepare != NULL ? iface->prepare (self) : 0;
}

void
kith_link_maker_unprepare (KithLinkMaker *self, guint id)
{
  g_return_if_fail (KITH_IS_LINK_MAKER (self));
  KithLinkMakerInterface *iface = KITH_LINK_MAKER_GET_IFACE (self);
  if (id != 0 && iface->unprepare != NULL) {
    iface->unprepare (self, id);
  }
}

void
kith_link_maker_retarget (KithLinkMaker *self, const KithLinkTarget *target)
{
  g_return_if_fail (KITH_IS_LINK_MAKER (self));
  g_return_if_fail (target != NULL);
  KithLinkMakerInterface *iface = KITH_LINK_MAKER_GET_IFACE (self);
  if (iface->retarget != NULL) {
    iface->retarget (self, target);
  }
}

void
kith_link_maker_take_knock (KithLinkMaker *self, const KithKnock *knock)
{
  g_return_if_fail (KITH_IS_LINK_MAKER (self));
  g_return_if_fail (knock != NULL);
  KITH_LINK_MAKER_GET_IFACE (self)->take_knock (self, knock);
}

guint
kith_link_maker_add_friend_path (KithLinkMaker *self,
                                 const guint8 link_id[KITH_SEED_LEN],
                                 const KithFriendPath *friend_path)
{
  g_return_val_if_fail (KITH_IS_LINK_MAKER (self), 0);
  g_return_val_if_fail (link_id != NULL && friend_path != NULL && friend_path->send != NULL, 0);
  KithLinkMakerInterface *iface = KITH_LINK_MAKER_GET_IFACE (self);
  return iface->add_friend_path != NULL ? iface->add_friend_path (self, link_id, friend_path) : 0;
}

gboolean
kith_link_maker_friend_path_input (KithLinkMaker *self, guint id, const guint8 *packet, gsize len)
{
  g_return_val_if_fail (KITH_IS_LINK_MAKER (self), FALSE);
  g_return_val_if_fail (packet != NULL, FALSE);
  KithLinkMakerInterface *iface = KITH_LINK_MAKER_GET_IFACE (self);
  return len > 0 && iface->friend_path_input != NULL
         && iface->friend_path_input (self, id, packet, len);
}

void
kith_link_maker_remove_friend_path (KithLinkMaker *self, guint id)
{
  g_return_if_fail (KITH_IS_LINK_MAKER (self));
  KithLinkMakerInterface *iface = KITH_LINK_MAKER_GET_IFACE (self);
  if (iface->remove_friend_path != NULL) {
    iface->remove_friend_path (self, id);
  }
}
