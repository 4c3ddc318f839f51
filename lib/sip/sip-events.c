/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nua's events find their dialog; a new INVITE becomes one. */
#include <arpa/inet.h>
#include <string.h>

#include "base/log.h"
#include "sip/dialog/sip-words.h"
#include "sip/sip-limits.h"
#include "sip/sip-private.h"

static gchar *
make_contact (KithSipStack *stack,
              const KithSipDialog *dialog,
              const KithCallId *entry,
              const url_t *request)
{
  g_autofree gchar *user = g_strdup (request->url_user != NULL ? request->url_user : "");
  const char *at = *user != '\0' ? "@" : "";

  if (dialog->link_id != 0) {
    return g_strdup_printf ("<sip:%s%s%s;transport=tcp>", user, at, request->url_host);
  }
  gboolean tcp = g_str_has_suffix (entry->next_hop, ";transport=tcp");
  gboolean tls = g_str_has_suffix (entry->next_hop, ";transport=tls");
  gboolean ipv6 = strchr (dialog->local_host, ':') != NULL;
  return g_strdup_printf ("<sip:%s%s%s%s%s:%u%s>",
                          user,
                          at,
                          ipv6 ? "[" : "",
                          dialog->local_host,
                          ipv6 ? "]" : "",
                          tls ? stack->edge_tls_port : stack->edge_port,
                          tls   ? ";transport=tls"
                          : tcp ? ";transport=tcp"
                                : "");
}

static KithSipDialog *
make_incoming (KithSipStack *stack, const KithCallId *entry, sip_t const *sip)
{
  KithSipDialog *self = kith_sip_dialog_new (stack, sip->sip_call_id->i_id, entry->link_id, FALSE);

  g_free (self->remote_uri);
  self->remote_uri = kith_sip_words_uri (sip->sip_from->a_url);
  g_free (self->remote_display);
  self->remote_display = kith_sip_words_display (sip->sip_from->a_display);
  g_free (self->local_host);
  self->local_host = entry->link_id != 0
                         ? g_strdup ("0.0.0.0")
                         : kith_sip_resolver_local_host (stack->resolver, entry->next_hop);
  if (self->local_host == NULL) {
    self->local_host = g_strdup ("127.0.0.1");
  }
  self->phone = g_strdup (entry->phone);
  self->request_user = kith_sip_words_user (sip->sip_request->rq_url);
  (void)kith_sip_dialog_take_sdp (sip, &self->remote_sdp); /* the door has checked it */
  kith_sip_dialog_take_allow (self, sip);
  self->contact = make_contact (stack, self, entry, sip->sip_request->rq_url);
  return self;
}

static void
on_invite (KithSipStack *stack, int status, nua_handle_t *handle, sip_t const *sip)
{
  KithCallId *entry
      = sip != NULL ? kith_call_ids_find (stack->call_ids, sip->sip_call_id->i_id) : NULL;

  if (status >= 200 || entry == NULL || entry->dialog != NULL || stack->stopping != NULL) {
    if (status < 200) {
      nua_respond (handle, SIP_480_TEMPORARILY_UNAVAILABLE, TAG_END ());
    }
    nua_handle_destroy (handle);
    if (entry != NULL && entry->dialog == NULL) {
      entry->ringing = FALSE;
    }
    kith_sip_stack_poke (stack);
    return;
  }
  g_autoptr (KithSipDialog) dialog = make_incoming (stack, entry, sip);
  kith_sip_dialog_adopt (dialog, handle);
  kith_info (dialog->object,
             "called by %s%s",
             kith_personal (dialog->remote_uri),
             entry->link_id != 0 ? " over a link" : "");
  guint before = G_OBJECT (dialog)->ref_count;
  g_signal_emit_by_name (stack, "incoming", dialog);
  if (G_OBJECT (dialog)->ref_count <= before) {
    kith_sip_dialog_reject (KITH_DIALOG (dialog), 480, NULL); /* nobody wants it */
  }
}

void
kith_sip_stack_event (nua_event_t event,
                      int status,
                      char const *phrase,
                      nua_t *nua,
                      KithSipStack *stack,
                      nua_handle_t *handle,
                      KithSipDialog *dialog,
                      sip_t const *sip,
                      tagi_t tags[])
{
  if (event == nua_r_shutdown) {
    kith_sip_stack_shutdown_event (stack, status);
  } else if (kith_sip_watches_event (stack->watches, event, status, handle, sip, tags)) {
    return;
  } else if (dialog != NULL) {
    kith_sip_dialog_on_event (dialog, event, status, phrase, sip, tags);
  } else if (event == nua_i_invite && handle != NULL) {
    on_invite (stack, status, handle, sip);
  } else {
    kith_debug ("sip", "late event %s %d", nua_event_name (event), status);
  }
}
