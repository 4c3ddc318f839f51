/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every message must pass before the library keeps anything of it; refusals leave no state behind. */
#include <arpa/inet.h>
#include <string.h>

#include "base/log.h"
#include "sip/sip-body.h"
#include "sip/sip-limits.h"
#include "sip/sip-private.h"
#include "sip/sip-words.h"

#define PASS 0u
#define DROP 1u
#define ALLOWED "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE"

/* The default of nta_agent_create(): faults in other headers do not spoil a request. */
#define TOLERATED                                                                                  \
  (sip_mask_response | sip_mask_proxy | sip_mask_registrar | sip_mask_pref | sip_mask_privacy)

#define TOLERATED_IN_RESPONSES                                                                     \
  (sip_mask_request | sip_mask_proxy | sip_mask_registrar | sip_mask_pref | sip_mask_privacy)

enum { LOG_RATE, LOG_PSEUDO, LOG_LINK, LOG_REFUSED };

typedef struct {
  KithSipStack *stack;
  tport_t *tport;
  msg_t *msg;
  sip_t *sip;
  const KithSipLink *link; /* NULL: ordinary SIP */
  guint64 source;
  KithRosterEntry *entry; /* of its Call-ID */
  const char *phrase;     /* of a refusal; NULL: the usual one */
  gint64 now_us;
} Arrival;

static gboolean
may_log (Arrival *a, guint reason, guint *count)
{
  return kith_admission_may_log (a->stack->admission, reason, a->now_us, count);
}

static gboolean
has_essentials (const sip_t *sip)
{
  return sip->sip_via != NULL && sip->sip_from != NULL && sip->sip_to != NULL
         && sip->sip_call_id != NULL && sip->sip_call_id->i_id != NULL && sip->sip_cseq != NULL
         && sip->sip_via->v_host != NULL;
}

/* Never answer to a maddr, which could name anyone. */
static void
strip_maddr (Arrival *a)
{
  sip_via_t *via = a->sip->sip_via;

  if (via->v_maddr != NULL) {
    (void)msg_header_remove_param (via->v_common, "maddr");
    via->v_maddr = NULL;
  }
}

/* A refusal goes back to where the request came from, whatever its Via says (RFC 3261 section 18.2.1, RFC 3581). The library does the
   same for what passes. */
static void
pin_via (Arrival *a)
{
  sip_via_t *via = a->sip->sip_via;
  su_home_t *home = msg_home (a->msg);
  const su_sockaddr_t *from = msg_addr (a->msg);
  char host[INET6_ADDRSTRLEN] = "";

  if (su_inet_ntop (from->su_family, SU_ADDR (from), host, sizeof host) == NULL) {
    return;
  }
  (void)msg_header_replace_param (home, via->v_common, su_sprintf (home, "received=%s", host));
  if (via->v_rport != NULL || tport_is_stream (a->tport)) {
    (void)msg_header_replace_param (home,
                                    via->v_common,
                                    su_sprintf (home, "rport=%u", ntohs (from->su_port)));
  }
}

static void
refuse (Arrival *a, guint status)
{
  const char *phrase = a->phrase != NULL ? a->phrase : sip_status_phrase ((int)status);
  gboolean allow = status == 405 || status == 501 || status == 200;
  g_autofree gchar *unsupported = NULL;
  guint count = 0;

  if (a->sip->sip_request->rq_method == sip_method_ack || !has_essentials (a->sip)) {
    msg_destroy (a->msg);
    return;
  }
  pin_via (a);
  if (status >= 300 && may_log (a, LOG_REFUSED, &count)) {
    kith_info ("sip",
               "refused %u request(s) of strangers, the last with %u %s",
               count,
               status,
               phrase);
  }
  if (status == 420 && a->sip->sip_require != NULL && a->sip->sip_require->k_items != NULL) {
    GString *names = g_string_new (NULL);
    for (msg_param_t const *item = a->sip->sip_require->k_items; *item != NULL && names->len < 256;
         item++) {
      g_string_append_printf (names, "%s%.64s", names->len > 0 ? ", " : "", *item);
    }
    unsupported = g_string_free (names, FALSE);
  }
  (void)nta_msg_treply (
      a->stack->doors.agent,
      a->msg,
      (int)status,
      phrase,
      TAG_IF (allow, SIPTAG_ALLOW_STR (ALLOWED)),
      TAG_IF (status == 415 || status == 200, SIPTAG_ACCEPT_STR ("application/sdp")),
      TAG_IF (unsupported != NULL, SIPTAG_UNSUPPORTED_STR (unsupported)),
      TAG_IF (status == 503, SIPTAG_RETRY_AFTER_STR ("5")),
      TAG_END ());
}

static gsize
uri_length (const url_t *url)
{
  return url != NULL ? (gsize)url_len (url) : 0;
}

static gboolean
is_short_line (const msg_header_t *header)
{
  char line[KITH_SIP_MAX_HEADER_LINE + 3]; /* with its line end */
  ssize_t n = sip_header_e (line, sizeof line, (const sip_header_t *)header, 0);

  return n >= 0 && n <= KITH_SIP_MAX_HEADER_LINE + 2;
}

/* The limits of one header's size and of their numbers. */
static gboolean
is_within_limits (const sip_t *sip, msg_t *msg)
{
  gboolean large = msg_size (msg) > KITH_SIP_MAX_HEADER_LINE;
  guint headers = 0;
  guint vias = 0;
  guint routes = 0;
  guint contacts = 0;

  for (msg_header_t **h = msg_chain_head (msg); h != NULL && *h != NULL; h = &(*h)->sh_succ) {
    if ((sip_payload_t *)*h == sip->sip_payload || (sip_separator_t *)*h == sip->sip_separator) {
      continue;
    }
    headers += (sip_request_t *)*h != sip->sip_request;
    if (headers > KITH_SIP_MAX_HEADERS || (large && !is_short_line (*h))) {
      return FALSE;
    }
  }
  for (const sip_via_t *via = sip->sip_via; via != NULL; via = via->v_next) {
    vias++;
  }
  for (const sip_route_t *route = sip->sip_route; route != NULL; route = route->r_next) {
    routes++;
  }
  for (const sip_record_route_t *route = sip->sip_record_route; route != NULL;
       route = route->r_next) {
    routes++;
  }
  for (const sip_contact_t *contact = sip->sip_contact; contact != NULL;
       contact = contact->m_next) {
    contacts++;
    if (uri_length (contact->m_url) > KITH_SIP_MAX_URI) {
      return FALSE;
    }
  }
  return vias <= KITH_SIP_MAX_VIA && routes <= KITH_SIP_MAX_ROUTE
         && contacts <= KITH_SIP_MAX_CONTACT
         && uri_length (sip->sip_request->rq_url) <= KITH_SIP_MAX_URI
         && uri_length (sip->sip_from->a_url) <= KITH_SIP_MAX_URI
         && uri_length (sip->sip_to->a_url) <= KITH_SIP_MAX_URI
         && strlen (sip->sip_call_id->i_id) <= KITH_SIP_MAX_CALL_ID
         && (sip->sip_from->a_display == NULL
             || strlen (sip->sip_from->a_display) <= 4 * KITH_SIP_MAX_DISPLAY);
}

/* A header that may come once came twice: who reads which of them is how requests are smuggled. The parser puts the second among the
   errors under its own class. */
static gboolean
has_doubles (const sip_t *sip)
{
  for (const sip_header_t *h = (const sip_header_t *)sip->sip_error; h != NULL; h = h->sh_next) {
    if (h->sh_class != sip_error_class && h->sh_class->hc_kind == msg_kind_single) {
      return TRUE;
    }
  }
  return FALSE;
}

static guint
check_form (Arrival *a)
{
  guint most = tport_is_stream (a->tport) ? KITH_SIP_MAX_STREAM : KITH_SIP_MAX_DATAGRAM;

  if ((a->sip->sip_flags & MSG_FLG_TOOLARGE) != 0 || msg_size (a->msg) > most
      || (a->sip->sip_payload != NULL && a->sip->sip_payload->pl_len > KITH_SIP_MAX_BODY)) {
    return 413;
  }
  if ((a->sip->sip_flags & MSG_FLG_ERROR) != 0
      || (msg_extract_errors (a->msg) & ~(unsigned)TOLERATED) != 0 || sip_sanity_check (a->sip) < 0
      || has_doubles (a->sip) || !is_within_limits (a->sip, a->msg)) {
    return 400;
  }
  if (!su_casematch (a->sip->sip_request->rq_version, sip_version_2_0)) {
    return 505;
  }
  return PASS;
}

static guint
check_method (Arrival *a)
{
  sip_method_t method = a->sip->sip_request->rq_method;

  if (method == sip_method_invite || method == sip_method_ack || method == sip_method_cancel
      || method == sip_method_bye || method == sip_method_options || method == sip_method_update) {
    return PASS;
  }
  return method == sip_method_unknown ? 501 : 405;
}

/* Requests of a call that we know, over the way that we know it. */
static guint
check_known (Arrival *a)
{
  sip_method_t method = a->sip->sip_request->rq_method;
  g_autofree gchar *sdp = NULL;

  if (a->entry == NULL || a->entry->link_id != (a->link != NULL ? a->link->id : 0)) {
    return method == sip_method_ack ? DROP : 481;
  }
  if (method == sip_method_ack || method == sip_method_cancel || method == sip_method_bye
      || method == sip_method_options) {
    return PASS;
  }
  if (a->sip->sip_require != NULL) {
    return 420;
  }
  return kith_sip_dialog_take_sdp (a->sip, &sdp) ? PASS : 488;
}

static gboolean
ends_with_kith_alt (const char *host)
{
  gsize len = host != NULL ? strlen (host) : 0;

  if (len > 0 && host[len - 1] == '.') {
    len--;
  }
  return (len >= 9 && g_ascii_strncasecmp (host + len - 9, ".kith.alt", 9) == 0)
         || (len == 8 && g_ascii_strncasecmp (host, "kith.alt", 8) == 0);
}

static gboolean
is_user (const char *in_uri, const char *wanted)
{
  gsize len = in_uri != NULL ? strlen (in_uri) : 0;

  if (len == 0 || len > KITH_SIP_MAX_URI) {
    return FALSE;
  }
  g_autofree gchar *plain = g_malloc (len + 1);
  (void)url_unescape (plain, in_uri);
  return strcmp (plain, wanted) == 0;
}

/* Who may call: on a link exactly its peer, on ordinary SIP everyone if the configuration says so, but nobody under a name of ours. */
static guint
check_caller (Arrival *a)
{
  const url_t *from = a->sip->sip_from->a_url;

  if (a->link == NULL) {
    if (!a->stack->plain_in) {
      return 403;
    }
    return ends_with_kith_alt (from->url_host) ? 403 : PASS;
  }
  gboolean honest = from->url_type == url_sip && from->url_host != NULL
                    && g_ascii_strcasecmp (from->url_host, a->link->peer_host) == 0
                    && from->url_port == NULL && from->url_password == NULL
                    && (a->link->peer_user == NULL || is_user (from->url_user, a->link->peer_user));
  guint count = 0;
  if (!honest && may_log (a, LOG_LINK, &count)) {
    kith_warning ("sip",
                  "link/%u: From is not the link's peer: refused (%u since last told)",
                  a->link->id,
                  count);
  }
  return honest ? PASS : 403;
}

static guint
check_content (Arrival *a)
{
  const sip_content_type_t *type = a->sip->sip_content_type;
  const sip_payload_t *payload = a->sip->sip_payload;
  g_autofree gchar *sdp = NULL;
  char text[512] = "";

  if (payload == NULL || payload->pl_len == 0) {
    return PASS;
  }
  if (type == NULL || a->sip->sip_content_encoding != NULL) {
    return 415;
  }
  ssize_t n = sip_header_field_e (text, sizeof text, (sip_header_t const *)type, 0);
  if (n <= 0 || (gsize)n >= sizeof text) {
    return 415;
  }
  guint status = kith_sip_body_sdp (text, payload->pl_data, payload->pl_len, &sdp);
  a->phrase = status == 400 ? "Bad Session Description" : NULL;
  return status;
}

/* A call-leg that we know already, or one too many. */
static guint
check_room (Arrival *a)
{
  const char *branch = a->sip->sip_via->v_branch;
  guint of_source = 0;

  if (a->entry != NULL) {
    gboolean again = !a->entry->outgoing && a->entry->link_id == (a->link != NULL ? a->link->id : 0)
                     && g_strcmp0 (a->entry->branch, branch) == 0;
    a->phrase = a->entry->outgoing ? "Loop Detected" : "Merged Request";
    return again ? PASS : 482;
  }
  guint all = kith_roster_ringing (a->stack->roster, a->source, &of_source);
  if (of_source >= KITH_SIP_MAX_RINGING_A_SOURCE || all >= KITH_SIP_MAX_RINGING) {
    return 486;
  }
  return a->stack->stopping != NULL ? 480 : PASS;
}

static guint
check_invite (Arrival *a)
{
  guint status = check_caller (a);

  if (status != PASS) {
    return status;
  }
  if (a->sip->sip_request->rq_url->url_type != url_sip) {
    return 416;
  }
  if (a->sip->sip_require != NULL) {
    return 420;
  }
  if (a->sip->sip_replaces != NULL) {
    return 481;
  }
  status = check_content (a);
  return status != PASS ? status : check_room (a);
}

static gchar *
source_uri (Arrival *a)
{
  const su_sockaddr_t *from = msg_addr (a->msg);
  char host[INET6_ADDRSTRLEN] = "";
  gboolean ipv6 = from->su_family == AF_INET6;

  (void)su_inet_ntop (from->su_family, SU_ADDR (from), host, sizeof host);
  return g_strdup_printf ("sip:%s%s%s:%u;transport=%s",
                          ipv6 ? "[" : "",
                          host,
                          ipv6 ? "]" : "",
                          ntohs (from->su_port),
                          tport_is_stream (a->tport) ? "tcp" : "udp");
}

/* What the node says to a call, or to a question whether one would be taken. */
static guint
ask_node (Arrival *a, gboolean is_probe)
{
  const su_sockaddr_t *from = msg_addr (a->msg);
  char host[INET6_ADDRSTRLEN] = "";

  if (a->stack->judge == NULL) {
    return PASS;
  }
  (void)su_inet_ntop (from->su_family, SU_ADDR (from), host, sizeof host);
  g_autofree gchar *uri = kith_sip_words_uri (a->sip->sip_from->a_url);
  g_autofree gchar *display = kith_sip_words_display (a->sip->sip_from->a_display);
  g_autofree gchar *user = kith_sip_words_user (a->sip->sip_request->rq_url);
  const KithInvite invite = {
    .link_id = a->link != NULL ? a->link->id : 0,
    .source = a->link == NULL ? host : NULL,
    .source_port = a->link == NULL ? ntohs (from->su_port) : 0,
    .is_probe = is_probe,
    .call_id = a->sip->sip_call_id->i_id,
    .remote_uri = uri,
    .remote_display = display,
    .request_user = user,
  };
  return a->stack->judge (&invite, a->stack->judge_data);
}

static guint
admit_invite (Arrival *a)
{
  guint status = check_invite (a);

  if (status == PASS && a->entry == NULL) {
    status = ask_node (a, FALSE);
  }
  if (status != PASS || a->entry != NULL) {
    return status;
  }
  a->entry = kith_roster_add (a->stack->roster,
                              a->sip->sip_call_id->i_id,
                              a->link != NULL ? a->link->id : 0,
                              a->source,
                              FALSE);
  if (a->entry == NULL) {
    return 503;
  }
  a->entry->branch = g_strdup (a->sip->sip_via->v_branch);
  a->entry->next_hop = a->link == NULL ? source_uri (a) : NULL;
  return PASS;
}

static guint
judge (Arrival *a)
{
  sip_method_t method = a->sip->sip_request->rq_method;
  guint status = check_form (a);

  if (status != PASS) {
    return status;
  }
  status = check_method (a);
  if (status != PASS) {
    return status;
  }
  if (a->sip->sip_to->a_tag != NULL || method == sip_method_ack || method == sip_method_cancel) {
    return check_known (a);
  }
  if (method == sip_method_options) {
    status = ask_node (a, TRUE);
    return status != PASS ? status : 200; /* the same for every user, known or not */
  }
  return method == sip_method_invite ? admit_invite (a) : 481;
}

static gboolean
arrive_request (Arrival *a)
{
  guint count = 0;

  if (!has_essentials (a->sip)) {
    msg_destroy (a->msg);
    return FALSE;
  }
  a->entry = kith_roster_find (a->stack->roster, a->sip->sip_call_id->i_id);
  if (!kith_admission_take (a->stack->admission, a->source, a->entry != NULL, a->now_us)) {
    if (may_log (a, LOG_RATE, &count)) {
      kith_warning ("sip", "too many requests: %u dropped", count);
    }
    msg_destroy (a->msg);
    return FALSE;
  }
  kith_admission_useful (a->stack->admission, a->tport);
  strip_maddr (a);
  guint status = judge (a);
  if (status == PASS) {
    return TRUE;
  }
  if (status == DROP) {
    msg_destroy (a->msg);
  } else {
    refuse (a, status);
  }
  return FALSE;
}

/* Answers are matched by an unguessable branch; they only have to come over the way the question went. */
static gboolean
arrive_response (Arrival *a)
{
  const char *call_id = a->sip->sip_call_id != NULL ? a->sip->sip_call_id->i_id : NULL;
  const KithRosterEntry *entry
      = call_id != NULL ? kith_roster_find (a->stack->roster, call_id) : NULL;
  guint link_id = a->link != NULL ? a->link->id : 0;

  if (entry == NULL || entry->link_id != link_id
      || (a->sip->sip_flags & (MSG_FLG_TOOLARGE | MSG_FLG_ERROR)) != 0
      || (msg_extract_errors (a->msg) & ~(unsigned)TOLERATED_IN_RESPONSES) != 0
      || !has_essentials (a->sip)
      || !kith_admission_take (a->stack->admission, a->source, TRUE, a->now_us)) {
    msg_destroy (a->msg);
    return FALSE;
  }
  kith_admission_useful (a->stack->admission, a->tport);
  if (entry->dialog != NULL) {
    kith_sip_dialog_heard (
        entry->dialog); /* nua is not told of 100: it leaks one that it is told of */
  }
  return TRUE;
}

gboolean
kith_sip_stack_arrive (gpointer user_data, tport_t *tport, msg_t *msg)
{
  KithSipStack *stack = user_data;
  const su_sockaddr_t *from = msg_addr (msg);
  Arrival a = { .stack = stack,
                .tport = tport,
                .msg = msg,
                .sip = sip_object (msg),
                .now_us = kith_clock_now (kith_clock_get_default ()) };
  guint count = 0;

  a.link = kith_sip_links_of_tport (stack->links, tport);
  if (a.link == NULL
      && (kith_doors_is_pseudo (&from->su_sa) || kith_sip_links_is_base (stack->links, tport))) {
    if (may_log (&a, LOG_PSEUDO, &count)) {
      kith_warning ("sip", "%u message(s) from a forged address dropped", count);
    }
    msg_destroy (msg);
    return FALSE;
  }
  a.source = a.link != NULL ? a.link->slot : kith_admission_source (&from->su_sa);
  if (a.sip != NULL && a.sip->sip_request != NULL) {
    return arrive_request (&a);
  }
  if (a.sip != NULL && a.sip->sip_status != NULL) {
    return arrive_response (&a);
  }
  msg_destroy (msg);
  return FALSE;
}
