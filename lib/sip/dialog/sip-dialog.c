/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of a dialog object; its verbs have files of their own. */
#include "sip/dialog/sip-dialog.h"

#include "base/log.h"
#include "base/text.h"
#include "model/sip/sip-uri.h"
#include "sip/sip-body.h"
#include "sip/sip-private.h"

static void kith_sip_dialog_iface_init (KithDialogInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithSipDialog,
                               kith_sip_dialog,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_DIALOG, kith_sip_dialog_iface_init))

static void
kith_sip_dialog_dispose (GObject *object)
{
  KithSipDialog *self = KITH_SIP_DIALOG (object);

  kith_clock_cancel (kith_clock_get_default (), &self->silence_timer);
  kith_sip_dialog_drop_offer (self);
  G_OBJECT_CLASS (kith_sip_dialog_parent_class)->dispose (object);
}

static void
kith_sip_dialog_finalize (GObject *object)
{
  KithSipDialog *self = KITH_SIP_DIALOG (object);

  g_free (self->object);
  g_free (self->call_id);
  g_free (self->remote_uri);
  g_free (self->remote_display);
  g_free (self->local_host);
  g_free (self->remote_host);
  g_free (self->phone);
  g_free (self->request_user);
  g_free (self->contact);
  g_free (self->remote_sdp);
  g_free (self->local_sdp);
  g_free (self->offered_sdp);
  g_free (self->end_phrase);
  g_free (self->moved_to);
  g_clear_pointer (&self->early, g_hash_table_unref);
  G_OBJECT_CLASS (kith_sip_dialog_parent_class)->finalize (object);
}

static void
kith_sip_dialog_class_init (KithSipDialogClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kith_sip_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = kith_sip_dialog_finalize;
}

static void
kith_sip_dialog_init (KithSipDialog *self)
{
  static guint last = 0;

  self->object = g_strdup_printf ("sip/%u", ++last);
}

static gboolean
say_ended (gpointer data)
{
  KithSipDialog *self = data;

  kith_info (self->object, "ended (%u %s)", self->end_status, self->end_phrase);
  g_signal_emit_by_name (self, "ended", self->end_status, self->end_phrase);
  return G_SOURCE_REMOVE;
}

static const char *
get_call_id (KithDialog *dialog)
{
  return KITH_SIP_DIALOG (dialog)->call_id;
}

static gboolean
is_outgoing (KithDialog *dialog)
{
  return KITH_SIP_DIALOG (dialog)->outgoing;
}

static guint
get_link_id (KithDialog *dialog)
{
  return KITH_SIP_DIALOG (dialog)->link_id;
}

static const char *
get_remote_uri (KithDialog *dialog)
{
  return KITH_SIP_DIALOG (dialog)->remote_uri;
}

static const char *
get_remote_display (KithDialog *dialog)
{
  return KITH_SIP_DIALOG (dialog)->remote_display;
}

static const char *
get_local_host (KithDialog *dialog)
{
  return KITH_SIP_DIALOG (dialog)->local_host;
}

static const char *
get_remote_host (KithDialog *dialog)
{
  KithSipDialog *self = KITH_SIP_DIALOG (dialog);
  const KithCallId *entry
      = self->stack != NULL ? kith_call_ids_find (self->stack->call_ids, self->call_id) : NULL;

  if (entry != NULL && entry->next_hop != NULL && g_str_has_prefix (entry->next_hop, "sip:")) {
    g_autoptr (KithSipUri) uri = kith_sip_uri_parse (entry->next_hop + 4, NULL);
    const char *host = uri != NULL ? uri->host : NULL;
    if (g_strcmp0 (host, self->remote_host) != 0) { /* who asked before may still read it */
      g_free (self->remote_host);
      self->remote_host = g_strdup (host);
    }
  }
  return self->remote_host;
}

static const char *
get_phone (KithDialog *dialog)
{
  return KITH_SIP_DIALOG (dialog)->phone;
}

static const char *
get_request_user (KithDialog *dialog)
{
  const KithSipDialog *self = KITH_SIP_DIALOG (dialog);

  return self->request_user != NULL ? self->request_user : "";
}

static const char *
get_moved_to (KithDialog *dialog)
{
  return KITH_SIP_DIALOG (dialog)->moved_to;
}

static guint
get_peer_reason (KithDialog *dialog)
{
  return KITH_SIP_DIALOG (dialog)->peer_reason;
}

static gboolean
is_elsewhere (KithDialog *dialog)
{
  return KITH_SIP_DIALOG (dialog)->elsewhere;
}

static const char *
get_remote_sdp (KithDialog *dialog)
{
  return KITH_SIP_DIALOG (dialog)->remote_sdp;
}

static void
kith_sip_dialog_iface_init (KithDialogInterface *iface)
{
  iface->get_call_id = get_call_id;
  iface->is_outgoing = is_outgoing;
  iface->get_link_id = get_link_id;
  iface->get_remote_uri = get_remote_uri;
  iface->get_remote_display = get_remote_display;
  iface->get_local_host = get_local_host;
  iface->get_remote_host = get_remote_host;
  iface->get_phone = get_phone;
  iface->get_request_user = get_request_user;
  iface->get_remote_sdp = get_remote_sdp;
  iface->ring = kith_sip_dialog_ring;
  iface->progress = kith_sip_dialog_progress;
  iface->press = kith_sip_dialog_press;
  iface->answer = kith_sip_dialog_answer;
  iface->reject = kith_sip_dialog_reject;
  iface->hang_up = kith_sip_dialog_hang_up;
  iface->reanswer = kith_sip_dialog_reanswer;
  iface->reoffer = kith_sip_dialog_reoffer;
  iface->refuse = kith_sip_dialog_refuse;
  iface->get_peer_reason = get_peer_reason;
  iface->get_moved_to = get_moved_to;
  iface->is_elsewhere = is_elsewhere;
}

KithSipDialog *
kith_sip_dialog_new (KithSipStack *stack, const char *call_id, guint link_id, gboolean outgoing)
{
  KithSipDialog *self = g_object_new (KITH_TYPE_SIP_DIALOG, NULL);

  self->stack = stack;
  self->call_id = g_strdup (call_id);
  self->link_id = link_id;
  self->outgoing = outgoing;
  self->phase = outgoing ? KITH_SIP_DIALOG_CALLING : KITH_SIP_DIALOG_INCOMING;
  self->remote_uri = g_strdup ("");
  self->remote_display = g_strdup ("");
  self->local_host = g_strdup ("");
  return self;
}

void
kith_sip_dialog_adopt (KithSipDialog *self, nua_handle_t *handle)
{
  KithCallId *entry = kith_call_ids_find (self->stack->call_ids, self->call_id);

  self->handle = handle;
  nua_handle_bind (handle, self);
  g_hash_table_add (self->stack->dialogs, g_object_ref (self));
  if (entry != NULL) {
    kith_call_ids_bind (entry, self);
  }
}

void
kith_sip_dialog_finish (KithSipDialog *self, guint status, const char *phrase, gboolean later)
{
  if (self->phase == KITH_SIP_DIALOG_OVER) {
    return;
  }
  g_object_ref (self);
  self->phase = KITH_SIP_DIALOG_OVER;
  self->end_status = status;
  self->end_phrase = kith_sip_safe (phrase, 128);
  kith_clock_cancel (kith_clock_get_default (), &self->silence_timer);
  kith_sip_dialog_drop_offer (self);
  KithSipStack *stack = g_steal_pointer (&self->stack);
  nua_handle_t *handle = g_steal_pointer (&self->handle);
  kith_call_ids_retire (stack->call_ids, self->call_id, kith_clock_now (kith_clock_get_default ()));
  if (handle != NULL) {
    nua_handle_bind (handle, NULL);
    nua_handle_destroy (handle);
  }
  kith_sip_stack_poke (stack);
  g_hash_table_remove (stack->dialogs, self);
  if (later) {
    g_idle_add_full (G_PRIORITY_DEFAULT, say_ended, g_object_ref (self), g_object_unref);
  } else {
    (void)say_ended (self);
  }
  g_object_unref (self);
}

void
kith_sip_dialog_heard (KithSipDialog *self)
{
  if (self->phase == KITH_SIP_DIALOG_CALLING) {
    kith_clock_cancel (kith_clock_get_default (), &self->silence_timer);
  }
}

gchar *
kith_sip_safe (const char *text, guint max)
{
  return kith_text_safe (text != NULL ? text : "", -1, max);
}

gboolean
kith_sip_dialog_take_sdp (const sip_t *sip, gchar **sdp)
{
  const sip_payload_t *payload = sip != NULL ? sip->sip_payload : NULL;

  *sdp = NULL;
  if (payload == NULL || payload->pl_len == 0) {
    return TRUE;
  }
  if (sip->sip_content_encoding != NULL || sip->sip_content_type == NULL) {
    return FALSE;
  }
  char type[512] = "";
  ssize_t n
      = sip_header_field_e (type, sizeof type, (sip_header_t const *)sip->sip_content_type, 0);
  return n > 0 && (gsize)n < sizeof type
         && kith_sip_body_sdp (type, payload->pl_data, payload->pl_len, sdp) == 0;
}
