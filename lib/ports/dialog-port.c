/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interfaces of the SIP stack and its dialogs: their signals and the checked way into an
   implementation. */
#include "base/error.h"
#include "ports/sip.h"

G_DEFINE_INTERFACE (KithDialog, kith_dialog, G_TYPE_OBJECT)
G_DEFINE_INTERFACE (KithSip, kith_sip, G_TYPE_OBJECT)

static void
add_signal (GType type, const char *name, guint n_args, GType arg0, GType arg1)
{
  GType args[] = { arg0, arg1 };

  g_signal_newv (name, type, G_SIGNAL_RUN_LAST, NULL, NULL, NULL, NULL, G_TYPE_NONE, n_args, args);
}

static void
kith_dialog_default_init (KithDialogInterface *iface)
{
  GType type = G_TYPE_FROM_INTERFACE (iface);

  add_signal (type, "ringing", 0, G_TYPE_NONE, G_TYPE_NONE);
  add_signal (type, "early", 1, G_TYPE_STRING, G_TYPE_NONE);
  add_signal (type, "answered", 1, G_TYPE_STRING, G_TYPE_NONE);
  add_signal (type, "confirmed", 0, G_TYPE_NONE, G_TYPE_NONE);
  add_signal (type, "ended", 2, G_TYPE_UINT, G_TYPE_STRING);
  add_signal (type, "pressed", 1, G_TYPE_UINT, G_TYPE_NONE);
  add_signal (type, "reoffered", 1, G_TYPE_STRING, G_TYPE_NONE);
  add_signal (type, "offer-wanted", 0, G_TYPE_NONE, G_TYPE_NONE);
  add_signal (type, "reanswered", 1, G_TYPE_STRING, G_TYPE_NONE);
  add_signal (type, "reoffer-answered", 1, G_TYPE_STRING, G_TYPE_NONE);
  add_signal (type, "reoffer-failed", 2, G_TYPE_UINT, G_TYPE_UINT);
}

static void
kith_sip_default_init (KithSipInterface *iface)
{
  add_signal (G_TYPE_FROM_INTERFACE (iface), "incoming", 1, KITH_TYPE_DIALOG, G_TYPE_NONE);
  add_signal (G_TYPE_FROM_INTERFACE (iface), "port-changed", 0, G_TYPE_NONE, G_TYPE_NONE);
}

const char *
kith_dialog_get_call_id (KithDialog *self)
{
  g_return_val_if_fail (KITH_IS_DIALOG (self), NULL);
  return KITH_DIALOG_GET_IFACE (self)->get_call_id (self);
}

gboolean
kith_dialog_is_outgoing (KithDialog *self)
{
  g_return_val_if_fail (KITH_IS_DIALOG (self), FALSE);
  return KITH_DIALOG_GET_IFACE (self)->is_outgoing (self);
}

guint
kith_dialog_get_link_id (KithDialog *self)
{
  g_return_val_if_fail (KITH_IS_DIALOG (self), 0);
  return KITH_DIALOG_GET_IFACE (self)->get_link_id (self);
}

const char *
kith_dialog_get_remote_uri (KithDialog *self)
{
  g_return_val_if_fail (KITH_IS_DIALOG (self), NULL);
  return KITH_DIALOG_GET_IFACE (self)->get_remote_uri (self);
}

const char *
kith_dialog_get_remote_display (KithDialog *self)
{
  g_return_val_if_fail (KITH_IS_DIALOG (self), NULL);
  return KITH_DIALOG_GET_IFACE (self)->get_remote_display (self);
}

const char *
kith_dialog_get_local_host (KithDialog *self)
{
  g_return_val_if_fail (KITH_IS_DIALOG (self), NULL);
  return KITH_DIALOG_GET_IFACE (self)->get_local_host (self);
}

const char *
kith_dialog_get_remote_host (KithDialog *self)
{
  g_return_val_if_fail (KITH_IS_DIALOG (self), NULL);
  return KITH_DIALOG_GET_IFACE (self)->get_remote_host != NULL
             ? KITH_DIALOG_GET_IFACE (self)->get_remote_host (self)
             : NULL;
}

const char *
kith_dialog_get_phone (KithDialog *self)
{
  g_return_val_if_fail (KITH_IS_DIALOG (self), NULL);
  return KITH_DIALOG_GET_IFACE (self)->get_phone != NULL
             ? KITH_DIALOG_GET_IFACE (self)->get_phone (self)
             : NULL;
}

const char *
kith_dialog_get_request_user (KithDialog *self)
{
  g_return_val_if_fail (KITH_IS_DIALOG (self), NULL);
  return KITH_DIALOG_GET_IFACE (self)->get_request_user != NULL
             ? KITH_DIALOG_GET_IFACE (self)->get_request_user (self)
             : "";
}

const char *
kith_dialog_get_moved_to (KithDialog *self)
{
  g_return_val_if_fail (KITH_IS_DIALOG (self), NULL);
  return KITH_DIALOG_GET_IFACE (self)->get_moved_to (self);
}

gboolean
kith_dialog_is_elsewhere (KithDialog *self)
{
  g_return_val_if_fail (KITH_IS_DIALOG (self), FALSE);
  return KITH_DIALOG_GET_IFACE (self)->is_elsewhere (self);
}

const char *
kith_dialog_get_remote_sdp (KithDialog *self)
{
  g_return_val_if_fail (KITH_IS_DIALOG (self), NULL);
  return KITH_DIALOG_GET_IFACE (self)->get_remote_sdp (self);
}

void
kith_dialog_ring (KithDialog *self)
{
  g_return_if_fail (KITH_IS_DIALOG (self));
  KITH_DIALOG_GET_IFACE (self)->ring (self);
}

void
kith_dialog_progress (KithDialog *self, const char *sdp)
{
  g_return_if_fail (KITH_IS_DIALOG (self));
  if (KITH_DIALOG_GET_IFACE (self)->progress != NULL) {
    KITH_DIALOG_GET_IFACE (self)->progress (self, sdp);
  }
}

gboolean
kith_dialog_press (KithDialog *self, char key)
{
  g_return_val_if_fail (KITH_IS_DIALOG (self), FALSE);
  return KITH_DIALOG_GET_IFACE (self)->press != NULL
         && KITH_DIALOG_GET_IFACE (self)->press (self, key);
}

void
kith_dialog_answer (KithDialog *self, const char *sdp)
{
  g_return_if_fail (KITH_IS_DIALOG (self));
  g_return_if_fail (sdp != NULL);
  KITH_DIALOG_GET_IFACE (self)->answer (self, sdp);
}

void
kith_dialog_reject (KithDialog *self, guint status, const char *phrase)
{
  g_return_if_fail (KITH_IS_DIALOG (self));
  g_return_if_fail (status >= 300 && status <= 699);
  KITH_DIALOG_GET_IFACE (self)->reject (self, status, phrase);
}

void
kith_dialog_refuse (KithDialog *self, KithReason why)
{
  g_return_if_fail (KITH_IS_DIALOG (self));
  KITH_DIALOG_GET_IFACE (self)->refuse (self, why);
}

guint
kith_dialog_get_peer_reason (KithDialog *self)
{
  g_return_val_if_fail (KITH_IS_DIALOG (self), 0);
  return KITH_DIALOG_GET_IFACE (self)->get_peer_reason (self);
}

void
kith_dialog_hang_up (KithDialog *self, const char *reason_word)
{
  g_return_if_fail (KITH_IS_DIALOG (self));
  KITH_DIALOG_GET_IFACE (self)->hang_up (self, reason_word);
}

void
kith_dialog_reanswer (KithDialog *self, guint status, const char *sdp)
{
  g_return_if_fail (KITH_IS_DIALOG (self));
  KITH_DIALOG_GET_IFACE (self)->reanswer (self, status, sdp);
}

gboolean
kith_dialog_reoffer (KithDialog *self, const char *sdp, GError **error)
{
  g_return_val_if_fail (KITH_IS_DIALOG (self), FALSE);
  g_return_val_if_fail (sdp != NULL, FALSE);
  return KITH_DIALOG_GET_IFACE (self)->reoffer (self, sdp, error);
}

gboolean
kith_sip_start (KithSip *self, GError **error)
{
  g_return_val_if_fail (KITH_IS_SIP (self), FALSE);
  return KITH_SIP_GET_IFACE (self)->start (self, error);
}

void
kith_sip_stop_async (KithSip *self,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  g_return_if_fail (KITH_IS_SIP (self));
  KITH_SIP_GET_IFACE (self)->stop_async (self, cancellable, callback, user_data);
}

gboolean
kith_sip_stop_finish (KithSip *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (KITH_IS_SIP (self), FALSE);
  return KITH_SIP_GET_IFACE (self)->stop_finish (self, result, error);
}

gboolean
kith_sip_attach_link (KithSip *self,
                      guint link_id,
                      int fd,
                      const char *peer_user,
                      const char *peer_host,
                      GError **error)
{
  g_return_val_if_fail (KITH_IS_SIP (self), FALSE);
  g_return_val_if_fail (link_id != 0 && fd >= 0 && peer_host != NULL, FALSE);
  return KITH_SIP_GET_IFACE (self)->attach_link (self, link_id, fd, peer_user, peer_host, error);
}

void
kith_sip_detach_link (KithSip *self, guint link_id)
{
  g_return_if_fail (KITH_IS_SIP (self));
  KITH_SIP_GET_IFACE (self)->detach_link (self, link_id);
}

void
kith_sip_resolve_async (KithSip *self,
                        const char *uri,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_return_if_fail (KITH_IS_SIP (self));
  g_return_if_fail (uri != NULL);
  KITH_SIP_GET_IFACE (self)->resolve_async (self, uri, cancellable, callback, user_data);
}

gchar *
kith_sip_resolve_finish (KithSip *self, GAsyncResult *result, gchar **local_host, GError **error)
{
  g_return_val_if_fail (KITH_IS_SIP (self), NULL);
  return KITH_SIP_GET_IFACE (self)->resolve_finish (self, result, local_host, error);
}

KithDialog *
kith_sip_dial (KithSip *self, const KithDialParams *params, const char *sdp, GError **error)
{
  g_return_val_if_fail (KITH_IS_SIP (self), NULL);
  g_return_val_if_fail (params != NULL && params->request_uri != NULL && sdp != NULL, NULL);
  return KITH_SIP_GET_IFACE (self)->dial (self, params, sdp, error);
}

guint16
kith_sip_get_port (KithSip *self)
{
  g_return_val_if_fail (KITH_IS_SIP (self), 0);
  return KITH_SIP_GET_IFACE (self)->get_port (self);
}

void
kith_sip_set_judge (KithSip *self, KithJudgeFunc judge, gpointer user_data)
{
  g_return_if_fail (KITH_IS_SIP (self));
  KITH_SIP_GET_IFACE (self)->set_judge (self, judge, user_data);
}

const char *
kith_sip_get_port_problem (KithSip *self)
{
  g_return_val_if_fail (KITH_IS_SIP (self), NULL);
  KithSipInterface *iface = KITH_SIP_GET_IFACE (self);

  return iface->get_port_problem != NULL ? iface->get_port_problem (self) : NULL;
}

int
kith_sip_get_port_errno (KithSip *self)
{
  g_return_val_if_fail (KITH_IS_SIP (self), 0);
  KithSipInterface *iface = KITH_SIP_GET_IFACE (self);

  return iface->get_port_errno != NULL ? iface->get_port_errno (self) : 0;
}

int
kith_sip_open_edge (KithSip *self, GError **error)
{
  g_return_val_if_fail (KITH_IS_SIP (self), -1);
  KithSipInterface *iface = KITH_SIP_GET_IFACE (self);

  if (iface->open_edge == NULL) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_UNSUPPORTED, "This SIP stack knows no edge");
    return -1;
  }
  return iface->open_edge (self, error);
}

void
kith_sip_set_edge (KithSip *self, guint16 port, guint16 tls, const char *problem, int why)
{
  g_return_if_fail (KITH_IS_SIP (self));
  KithSipInterface *iface = KITH_SIP_GET_IFACE (self);

  if (iface->set_edge != NULL) {
    iface->set_edge (self, port, tls, problem, why);
  }
}

gboolean
kith_sip_give_up_hop (KithSip *self, const char *uri, const char *hop)
{
  g_return_val_if_fail (KITH_IS_SIP (self) && uri != NULL && hop != NULL, FALSE);
  KithSipInterface *iface = KITH_SIP_GET_IFACE (self);

  return iface->give_up_hop != NULL && iface->give_up_hop (self, uri, hop);
}
