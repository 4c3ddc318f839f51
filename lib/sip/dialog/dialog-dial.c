/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verb that makes an outgoing call. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "model/sip/sip-uri.h"
#include "sip/sip-limits.h"
#include "sip/sip-private.h"

/* What an INVITE says about us and its target. */
typedef struct {
  gchar *next_hop; /* ordinary SIP */
  gchar *local_host;
  gchar *from;
  gchar *to;
  gchar *contact;
} Address;

static void
address_clear (Address *address)
{
  g_free (address->next_hop);
  g_free (address->local_host);
  g_free (address->from);
  g_free (address->to);
  g_free (address->contact);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Address, address_clear)

/* A name-addr's display name: a quoted string (RFC 3261 section 25.1) and a space, or "". */
static gchar *
quote_display (const char *display)
{
  if (display == NULL || *display == '\0') {
    return g_strdup ("");
  }
  g_autofree gchar *safe = kith_sip_safe (display, KITH_SIP_MAX_DISPLAY);
  GString *out = g_string_new ("\"");
  for (const char *p = safe; *p != '\0'; p++) {
    if (*p == '"' || *p == '\\') {
      g_string_append_c (out, '\\');
    }
    g_string_append_c (out, *p);
  }
  g_string_append (out, "\" ");
  return g_string_free (out, FALSE);
}

static KithSipUri *
parse (const char *uri, GError **error)
{
  if (uri == NULL || g_ascii_strncasecmp (uri, "sip:", 4) != 0) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ADDRESS,
                 "A SIP address starts with \"sip:\"");
    return NULL;
  }
  return kith_sip_uri_parse (uri + 4, error);
}

static gboolean
address_link (KithSipStack *stack,
              const KithDialParams *params,
              const KithSipUri *from,
              Address *address,
              GError **error)
{
  const KithSipLink *link = kith_sip_links_find (stack->links, params->link_id);
  g_autofree gchar *display = quote_display (params->display);

  if (link == NULL || link->tport == NULL) {
    g_set_error (error, KITH_ERROR, KITH_ERROR_UNREACHABLE, "Link %u is gone", params->link_id);
    return FALSE;
  }
  g_autofree gchar *identity = kith_sip_uri_print (from);
  address->local_host = g_strdup ("0.0.0.0");
  address->from = g_strdup_printf ("%s<%s>", display, identity);
  address->contact = g_strdup_printf ("<%s;transport=tcp>", identity);
  return TRUE;
}

static gboolean
address_plain (KithSipStack *stack,
               const KithDialParams *params,
               const KithSipUri *from,
               Address *address,
               GError **error)
{
  g_autofree gchar *display = quote_display (params->display);

  if (!stack->has_edge) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_UNSUPPORTED,
                 "Ordinary SIP is switched off in the configuration");
    return FALSE;
  }
  if (stack->port == 0) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_UNREACHABLE,
                 "Ordinary SIP does not work now: %s",
                 stack->port_problem != NULL ? stack->port_problem : "it has no port");
    return FALSE;
  }
  address->next_hop = kith_sip_resolver_next_hop (stack->resolver, params->request_uri, error);
  if (address->next_hop == NULL) {
    return FALSE;
  }
  address->local_host = kith_sip_resolver_local_host (stack->resolver, address->next_hop);
  if (address->local_host == NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_UNREACHABLE,
                 "There is no route to this host: check the network");
    return FALSE;
  }
  gboolean ipv6 = strchr (address->local_host, ':') != NULL;
  gboolean tls = g_str_has_suffix (address->next_hop, ";transport=tls");
  g_autofree gchar *own = g_strdup_printf ("sip:%s%s%s%s%s:%u",
                                           from->user != NULL ? from->user : "",
                                           from->user != NULL ? "@" : "",
                                           ipv6 ? "[" : "",
                                           address->local_host,
                                           ipv6 ? "]" : "",
                                           tls ? stack->edge_tls_port : stack->port);
  gboolean tcp = g_str_has_suffix (address->next_hop, ";transport=tcp");
  address->from = g_strdup_printf ("%s<%s>", display, own);
  address->contact = g_strdup_printf ("<%s%s>",
                                      own,
                                      tls   ? ";transport=tls"
                                      : tcp ? ";transport=tcp"
                                            : "");
  return TRUE;
}

static gchar *
make_call_id (void)
{
  guint8 random[16];

  for (gsize i = 0; i < sizeof random; i += 4) {
    guint32 word = kith_random_uint32 ();
    memcpy (random + i, &word, sizeof word);
  }
  return kith_hex_encode (random, sizeof random);
}

static gboolean
on_silence (gpointer data)
{
  KithSipDialog *self = data;

  self->silence_timer = 0;
  kith_info (self->object, "no response");
  kith_sip_dialog_finish (self,
                          408,
                          self->link_id == 0 ? KITH_PHRASE_SILENCE : "No response",
                          FALSE);
  return G_SOURCE_REMOVE;
}

static KithSipDialog *
send_invite (KithSipStack *stack,
             const KithDialParams *params,
             const char *call_id,
             const Address *address,
             const char *sdp)
{
  g_autofree gchar *to = g_strdup_printf ("<%s>", params->request_uri);
  g_autofree gchar *tag = kith_sip_stack_tag (stack, call_id);
  g_autofree gchar *tagged = g_strdup_printf ("%s;tag=%s", address->from, tag);
  nua_handle_t *handle = nua_handle (stack->nua,
                                     NULL,
                                     NUTAG_URL (params->request_uri),
                                     SIPTAG_TO_STR (to),
                                     SIPTAG_FROM_STR (address->from),
                                     TAG_END ());

  if (handle == NULL) {
    return NULL;
  }
  KithSipDialog *self = kith_sip_dialog_new (stack, call_id, params->link_id, TRUE);
  g_free (self->remote_uri);
  self->remote_uri = kith_sip_safe (params->request_uri, KITH_SIP_MAX_URI);
  g_free (self->local_host);
  self->local_host = g_strdup (address->local_host);
  self->phone = g_strdup (params->phone);
  self->contact = g_strdup (address->contact);
  self->local_sdp = g_strdup (sdp);
  kith_sip_dialog_adopt (self, handle);
  nua_invite (handle,
              SIPTAG_CALL_ID_STR (call_id),
              SIPTAG_FROM_STR (tagged), /* the handle takes none with a tag */
              SIPTAG_CONTACT_STR (self->contact),
              TAG_IF (sdp != NULL, SIPTAG_CONTENT_TYPE_STR ("application/sdp")),
              TAG_IF (sdp != NULL, SIPTAG_PAYLOAD_STR (sdp)),
              TAG_END ());
  guint patience = params->link_id != 0 ? KITH_SIP_LINK_PATIENCE_MS
                   : kith_sip_resolver_has_other (stack->resolver, params->request_uri)
                       ? KITH_SIP_HOP_PATIENCE_MS
                       : KITH_SIP_PLAIN_PATIENCE_MS;
  self->silence_timer = kith_clock_add (kith_clock_get_default (), patience, on_silence, self);
  kith_sip_stack_poke (stack);
  return self;
}

static guint64
source_of (const char *next_hop)
{
  KithSipWay way;

  return kith_sip_way_from_uri (next_hop, &way) ? kith_call_id_source (&way.peer) : 0;
}

KithDialog *
kith_sip_stack_dial (KithSip *sip, const KithDialParams *params, const char *sdp, GError **error)
{
  KithSipStack *stack = KITH_SIP_STACK (sip);
  g_auto (Address) address = { 0 };

  if (stack->nua == NULL || stack->stopping != NULL) {
    g_set_error (error, KITH_ERROR, KITH_ERROR_NOT_READY, "The SIP stack does not run");
    return NULL;
  }
  g_autoptr (KithSipUri) target = parse (params->request_uri, error);
  g_autoptr (KithSipUri) from = target != NULL ? parse (params->from_uri, error) : NULL;
  if (from == NULL) {
    return NULL;
  }
  gboolean ok = params->link_id != 0 ? address_link (stack, params, from, &address, error)
                                     : address_plain (stack, params, from, &address, error);
  if (!ok) {
    return NULL;
  }
  const KithSipLink *link
      = params->link_id != 0 ? kith_sip_links_find (stack->links, params->link_id) : NULL;
  g_autofree gchar *call_id = make_call_id ();
  KithCallId *entry = kith_call_ids_add (stack->call_ids,
                                         call_id,
                                         KITH_CALL_IDS_OWN,
                                         params->link_id,
                                         link != NULL ? link->slot : source_of (address.next_hop),
                                         kith_clock_now (kith_clock_get_default ()));
  if (entry == NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_LIMIT_REACHED,
                 "There are too many calls: wait half a minute");
    return NULL;
  }
  entry->next_hop = g_strdup (address.next_hop);
  entry->phone = g_strdup (params->phone);
  KithSipDialog *dialog = send_invite (stack, params, call_id, &address, sdp);
  if (dialog == NULL) {
    kith_call_ids_retire (stack->call_ids, call_id, kith_clock_now (kith_clock_get_default ()));
    g_set_error (error, KITH_ERROR, KITH_ERROR_FAILED, "The SIP stack does not take this address");
    return NULL;
  }
  kith_info (dialog->object,
             "calling %s%s",
             kith_personal (params->request_uri),
             params->link_id != 0 ? " over a link" : "");
  return KITH_DIALOG (dialog);
}
