/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where each outgoing request goes: over its link, or by the edge to a numeric address that was
   chosen for it. */
#include <arpa/inet.h>
#include <string.h>

#include "base/log.h"
#include "base/random.h"
#include "model/net/endpoint.h"
#include "model/sip/sip-uri.h"
#include "sip/sip-limits.h"
#include "sip/sip-private.h"

/* TRUE for an IP literal that is no pseudo address. */
static gboolean
is_number (const char *host)
{
  struct sockaddr_in in = { .sin_family = AF_INET };
  guint8 ipv6[16];

  if (inet_pton (AF_INET, host, &in.sin_addr) == 1) {
    return !kith_hooks_is_pseudo ((const struct sockaddr *)&in);
  }
  g_autofree gchar *bare = *host == '[' && strlen (host) > 2
                               ? g_strndup (host + 1, strlen (host) - 2)
                               : g_strdup (host);
  return inet_pton (AF_INET6, bare, ipv6) == 1;
}

static gboolean
parse_host (const char *host, KithEndpoint *endpoint)
{
  gboolean bare = strchr (host, ':') != NULL && *host != '[';
  g_autofree gchar *text = g_strdup_printf (bare ? "[%s]:1" : "%s:1", host);

  return kith_endpoint_parse (text, endpoint);
}

/* TRUE for a Contact behind a NAT: a private address that is not where the peer speaks from (@hop).
   What is sent there is lost, or meets a stranger. */
static gboolean
is_behind_nat (const char *contact, const char *hop)
{
  g_autoptr (KithSipUri) uri
      = hop != NULL && g_str_has_prefix (hop, "sip:") ? kith_sip_uri_parse (hop + 4, NULL) : NULL;
  KithEndpoint target;
  KithEndpoint source;

  if (uri == NULL || !parse_host (contact, &target) || !parse_host (uri->host, &source)) {
    return FALSE;
  }
  return !kith_endpoint_is_public (&target)
         && (target.family != source.family
             || memcmp (target.ip, source.ip, sizeof target.ip) != 0);
}

/* The library made this request itself, of one that went by the edge. */
static void
follow_invite (KithSipStack *stack, msg_t *msg)
{
  sip_t *sip = sip_object (msg);

  if (sip == NULL || sip->sip_request == NULL || sip->sip_call_id == NULL
      || kith_sip_edge_find (sip, KITH_SIP_VIA) != NULL) {
    return;
  }
  const KithCallId *entry = kith_call_ids_find (stack->call_ids, sip->sip_call_id->i_id);
  if (entry != NULL && kith_sip_edge_stamp (msg, entry->invited)) {
    (void)msg_serialize (msg, (msg_pub_t *)sip);
  }
}

gchar *
kith_sip_stack_tag (gpointer user_data, const char *call_id)
{
  KithSipStack *stack = user_data;

  return kith_sip_token_make (stack->token_key, call_id, kith_random_uint32 ());
}

tport_t *
kith_sip_stack_by_name (gpointer user_data, const char *host, msg_t *msg)
{
  KithSipStack *stack = user_data;
  struct sockaddr_in in = { .sin_family = AF_INET };

  if (inet_pton (AF_INET, host, &in.sin_addr) != 1) {
    return NULL;
  }
  if (ntohl (in.sin_addr.s_addr) == (KITH_PSEUDO_NET | KITH_SIP_EDGE_SLOT)) {
    follow_invite (stack, msg);
    return kith_sip_edge_tport (stack);
  }
  const KithSipLink *link = kith_sip_links_of_address (stack->links, (const struct sockaddr *)&in);
  return link != NULL ? link->tport : NULL;
}

/* The URI by which the library goes: the first Route if it is a loose one, else the request's own
   (RFC 3261 12.2.1.1). NULL: it has none. */
static const url_t *
target_of (const sip_t *sip)
{
  if (sip->sip_route != NULL && url_has_param (sip->sip_route->r_url, "lr")) {
    return sip->sip_route->r_url;
  }
  return sip->sip_request != NULL ? sip->sip_request->rq_url : NULL;
}

/* TRUE when one can go there without asking anybody, and goes where the URI says: a name of the
   peer's is never looked up for it, and a maddr would lead elsewhere. */
static gboolean
is_plain_number (const url_t *target)
{
  return target != NULL && target->url_type == url_sip && target->url_host != NULL
         && is_number (target->url_host) && !url_has_param (target, "maddr");
}

/* @target as a numeric URI; NULL: no transport of ours. (transfer full) */
static gchar *
make_route (const url_t *target)
{
  char transport[8] = "";

  if (url_has_param (target, "transport")
      && ((gsize)url_param (target->url_params, "transport", transport, sizeof transport)
              > sizeof transport
          || (!su_casematch (transport, "udp") && !su_casematch (transport, "tcp")
              && !su_casematch (transport, "tls")))) {
    return NULL;
  }
  return g_strconcat ("sip:",
                      target->url_host,
                      target->url_port != NULL ? ":" : "",
                      target->url_port != NULL ? target->url_port : "",
                      *transport != '\0' ? ";transport=" : "",
                      transport,
                      NULL);
}

/* Where a request of ordinary SIP goes, as a numeric URI: as the peer's Contact or route set says,
   where that can be reached, else where the peer is known to be. A phone is always where it
   answered from. (transfer full) (nullable) */
static gchar *
choose_route (const KithCallId *entry, const sip_t *sip, gboolean in_dialog)
{
  const url_t *target = target_of (sip);
  const char *hop = entry->speaks_from != NULL ? entry->speaks_from : entry->next_hop;
  gboolean is_routed = sip->sip_request == NULL || target != sip->sip_request->rq_url;
  gchar *route = NULL;

  if (in_dialog && entry->phone == NULL && is_plain_number (target)
      && (is_routed || !is_behind_nat (target->url_host, hop))) {
    route = make_route (target);
  }
  return route != NULL ? route : g_strdup (hop);
}

/* The same for the edge; a call to a phone goes wherever the edge knows it to be. (transfer full)
   (nullable) */
static gchar *
choose_way (const KithCallId *entry, const sip_t *sip)
{
  gboolean in_dialog = sip->sip_to != NULL && sip->sip_to->a_tag != NULL;
  KithSipWay way = { 0 };

  if (entry->phone != NULL && entry->outgoing && !in_dialog) {
    return g_strdup_printf (KITH_SIP_PHONE "%s", entry->phone);
  }
  g_autofree gchar *route = choose_route (entry, sip, in_dialog);
  return kith_sip_way_from_uri (route, &way) ? kith_sip_way_print (&way) : NULL;
}

gboolean
kith_sip_stack_leave (gpointer user_data, msg_t *msg, tport_t **tport)
{
  KithSipStack *stack = user_data;
  const sip_t *sip = sip_object (msg);
  const char *call_id = sip != NULL && sip->sip_call_id != NULL ? sip->sip_call_id->i_id : NULL;
  KithCallId *entry = call_id != NULL ? kith_call_ids_find (stack->call_ids, call_id) : NULL;

  if (entry == NULL) {
    kith_debug ("sip", "a request that belongs to no call was not sent");
    return FALSE;
  }
  if (entry->from_tag == NULL && sip->sip_from != NULL && sip->sip_cseq != NULL) {
    entry->from_tag = g_strdup (sip->sip_from->a_tag);
    entry->cseq = sip->sip_cseq->cs_seq;
  }
  if (entry->link_id != 0) {
    const KithSipLink *link = kith_sip_links_find (stack->links, entry->link_id);
    *tport = link != NULL ? link->tport : NULL;
    return *tport != NULL;
  }
  g_autofree gchar *way = choose_way (entry, sip);
  if (sip->sip_request->rq_method == sip_method_invite) {
    g_free (entry->invited);
    entry->invited = g_strdup (way);
  }
  *tport = kith_sip_edge_tport (stack);
  return *tport != NULL && kith_sip_edge_stamp (msg, way);
}
