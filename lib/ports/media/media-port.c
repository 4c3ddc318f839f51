/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interfaces of a call's audio and of what makes it: their signals and the checked way into an
   implementation. */
#include "ports/media/media-maker.h"

G_DEFINE_INTERFACE (KithMedia, kith_media, G_TYPE_OBJECT)
G_DEFINE_INTERFACE (KithMediaMaker, kith_media_maker, G_TYPE_OBJECT)

static void
kith_media_default_init (KithMediaInterface *iface)
{
  GType type = G_TYPE_FROM_INTERFACE (iface);

  g_signal_new ("flowing", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("redescribed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("failed",
                type,
                G_SIGNAL_RUN_LAST,
                0,
                NULL,
                NULL,
                NULL,
                G_TYPE_NONE,
                1,
                G_TYPE_STRING);
  g_signal_new ("tone",
                type,
                G_SIGNAL_RUN_LAST,
                0,
                NULL,
                NULL,
                NULL,
                G_TYPE_NONE,
                1,
                G_TYPE_STRING);
}

static void
kith_media_maker_default_init (KithMediaMakerInterface *iface)
{
  (void)iface; /* no signals */
}

KithOffer *
kith_media_get_local (KithMedia *self, GError **error)
{
  g_return_val_if_fail (KITH_IS_MEDIA (self), NULL);
  return KITH_MEDIA_GET_IFACE (self)->get_local (self, error);
}

gboolean
kith_media_set_remote (KithMedia *self,
                       const KithOffer *remote,
                       gboolean we_offered,
                       GError **error)
{
  g_return_val_if_fail (KITH_IS_MEDIA (self), FALSE);
  g_return_val_if_fail (remote != NULL, FALSE);
  return KITH_MEDIA_GET_IFACE (self)->set_remote (self, remote, we_offered, error);
}

void
kith_media_set_origin (KithMedia *self, const char *host, guint16 sip_port)
{
  g_return_if_fail (KITH_IS_MEDIA (self));
  if (KITH_MEDIA_GET_IFACE (self)->set_origin != NULL) {
    KITH_MEDIA_GET_IFACE (self)->set_origin (self, host, sip_port);
  }
}

void
kith_media_expect (KithMedia *self)
{
  g_return_if_fail (KITH_IS_MEDIA (self));
  if (KITH_MEDIA_GET_IFACE (self)->expect != NULL) {
    KITH_MEDIA_GET_IFACE (self)->expect (self);
  }
}

void
kith_media_set_keys (KithMedia *self, const guint8 *local_key, const guint8 *remote_key)
{
  g_return_if_fail (KITH_IS_MEDIA (self));
  g_return_if_fail (local_key != NULL && remote_key != NULL);
  KITH_MEDIA_GET_IFACE (self)->set_keys (self, local_key, remote_key);
}

gboolean
kith_media_start (KithMedia *self, GError **error)
{
  g_return_val_if_fail (KITH_IS_MEDIA (self), FALSE);
  return KITH_MEDIA_GET_IFACE (self)->start (self, error);
}

gboolean
kith_media_listen (KithMedia *self, GError **error)
{
  g_return_val_if_fail (KITH_IS_MEDIA (self), FALSE);
  return KITH_MEDIA_GET_IFACE (self)->listen (self, error);
}

gboolean
kith_media_receive (KithMedia *self, const guint8 *data, gsize len)
{
  g_return_val_if_fail (KITH_IS_MEDIA (self), FALSE);
  g_return_val_if_fail (data != NULL, FALSE);
  return KITH_MEDIA_GET_IFACE (self)->receive (self, data, len);
}

void
kith_media_set_muted (KithMedia *self, gboolean muted)
{
  g_return_if_fail (KITH_IS_MEDIA (self));
  KITH_MEDIA_GET_IFACE (self)->set_muted (self, muted);
}

void
kith_media_set_flow (KithMedia *self, gboolean send, gboolean play)
{
  g_return_if_fail (KITH_IS_MEDIA (self));
  KITH_MEDIA_GET_IFACE (self)->set_flow (self, send, play);
}

void
kith_media_get_stats (KithMedia *self, KithMediaStats *stats)
{
  g_return_if_fail (KITH_IS_MEDIA (self));
  g_return_if_fail (stats != NULL);
  *stats = (KithMediaStats){ 0 };
  KITH_MEDIA_GET_IFACE (self)->get_stats (self, stats);
}

const KithCodec *
kith_media_get_codec (KithMedia *self)
{
  g_return_val_if_fail (KITH_IS_MEDIA (self), NULL);
  return KITH_MEDIA_GET_IFACE (self)->get_codec (self);
}

void
kith_media_stop (KithMedia *self)
{
  g_return_if_fail (KITH_IS_MEDIA (self));
  KITH_MEDIA_GET_IFACE (self)->stop (self);
}

KithMedia *
kith_media_maker_create (KithMediaMaker *self,
                         const KithMediaTransport *transport,
                         const char *id,
                         GError **error)
{
  g_return_val_if_fail (KITH_IS_MEDIA_MAKER (self), NULL);
  g_return_val_if_fail (transport != NULL && id != NULL, NULL);
  return KITH_MEDIA_MAKER_GET_IFACE (self)->create (self, transport, id, error);
}

gboolean
kith_media_maker_check (KithMediaMaker *self, gboolean microphone, GError **error)
{
  g_return_val_if_fail (KITH_IS_MEDIA_MAKER (self), FALSE);
  KithMediaMakerInterface *iface = KITH_MEDIA_MAKER_GET_IFACE (self);
  return iface->check == NULL || iface->check (self, microphone, error);
}

gboolean
kith_media_maker_look_async (KithMediaMaker *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_val_if_fail (KITH_IS_MEDIA_MAKER (self), FALSE);
  KithMediaMakerInterface *iface = KITH_MEDIA_MAKER_GET_IFACE (self);

  if (iface->look_async == NULL) {
    return FALSE;
  }
  iface->look_async (self, callback, user_data);
  return TRUE;
}

gboolean
kith_media_maker_look_finish (KithMediaMaker *self,
                              GAsyncResult *result,
                              gchar **microphone,
                              gchar **loudspeaker,
                              GError **error)
{
  g_return_val_if_fail (KITH_IS_MEDIA_MAKER (self), FALSE);
  return KITH_MEDIA_MAKER_GET_IFACE (self)->look_finish (self,
                                                         result,
                                                         microphone,
                                                         loudspeaker,
                                                         error);
}

KithPriority
kith_media_maker_get_priority (KithMediaMaker *self)
{
  g_return_val_if_fail (KITH_IS_MEDIA_MAKER (self), KITH_PRIORITY_UNKNOWN);
  KithMediaMakerInterface *iface = KITH_MEDIA_MAKER_GET_IFACE (self);
  return iface->get_priority != NULL ? iface->get_priority (self) : KITH_PRIORITY_UNKNOWN;
}
