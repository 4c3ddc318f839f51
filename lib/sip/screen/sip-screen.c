/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every message of a link or of the edge must pass before the library keeps anything of it;
   refusals leave no state behind. What strangers outside may cost was the edge's to judge. */
#include <arpa/inet.h>
#include <string.h>

#include "base/log.h"
#include "sip/dialog/sip-words.h"
#include "sip/screen/sip-methods.h"
#include "sip/sip-body.h"
#include "sip/sip-limits.h"
#include "sip/sip-private.h"

#define PASS 0u
#define DROP 1u

typedef struct {
  KithSipStack *stack;
  tport_t *tport;
  msg_t *msg;
  sip_t *sip;
  KithSipLink *link;   /* NULL: ordinary SIP, by the edge's stream */
  gboolean has_caller; /* ordinary SIP: the edge said who speaks, … */
  KithSipWay caller;   /* … and it is this */
  guint64 source;
  KithCallId *entry;     /* of its Call-ID */
  KithCallIdShare share; /* of what it would become, when the node was asked */
  const char *phrase;    /* of a refusal; NULL: the usual one */
  gint64 now_us;
} Arrival;

static gboolean
may_log (Arrival *a, KithSipToldKind kind, guint *count)
{
  return kith_sip_told_now (&a->stack->told, kind, a->now_us, count);
}

static gboolean
has_essentials (const sip_t *sip)
{
  return sip->sip_via != NULL && sip->sip_from != NULL && sip->sip_to != NULL
         && sip->sip_call_id != NULL && sip->sip_call_id->i_id != NULL && sip->sip_cseq != NULL
         && sip->sip_via->v_host != NULL;
}

static void
refuse (Arrival *a, guint status)
{
  guint count = 0;

  if (a->sip->sip_request->rq_method == sip_method_ack || !has_essentials (a->sip)) {
    msg_destroy (a->msg);
    return;
  }
  if (status >= 300 && may_log (a, KITH_SIP_TOLD_REFUSED, &count)) {
    kith_info ("sip",
               "refused %u request(s) of strangers, the last with %u %s",
               count,
               status,
               a->phrase != NULL ? a->phrase : sip_status_phrase ((int)status));
  }
  kith_sip_stack_refuse (a->stack, a->tport, a->msg, status, a->phrase);
}

static gsize
uri_length (const url_t *url)
{
  return url != NULL ? (gsize)url_len (url) : 0;
}

static gboolean
is_short_line (const msg_header_t *header)
{
  char line[KITH_SIP_MAX_HEADER_LINE + KITH_SIP_OURS + 3]; /* with its line end */
  ssize_t n = sip_header_e (line, sizeof line, (const sip_header_t *)header, 0);

  return n >= 0 && (gsize)n < sizeof line;
}

/* The limits of one header's size and of their numbers. (Of names the scan saw to it.) */
static gboolean
is_within_limits (const sip_t *sip, msg_t *msg, gboolean edge)
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
    if (headers > KITH_SIP_MAX_HEADERS + (edge ? KITH_SIP_OURS_HEADERS : 0)
        || (large && !is_short_line (*h))) {
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
  return vias <= KITH_SIP_MAX_VIA + (edge ? 1u : 0) && routes <= KITH_SIP_MAX_ROUTE
         && contacts <= KITH_SIP_MAX_CONTACT
         && uri_length (sip->sip_request->rq_url) <= KITH_SIP_MAX_URI
         && uri_length (sip->sip_from->a_url) <= KITH_SIP_MAX_URI
         && uri_length (sip->sip_to->a_url) <= KITH_SIP_MAX_URI
         && strlen (sip->sip_call_id->i_id) <= KITH_SIP_MAX_CALL_ID;
}

/* Headers that decide something, of a request and of an answer: the Contact of an answer may be no
   URI, then what follows goes where the call went. */
static const char *const matters_in_request[]
    = { "Via",           "From",         "To",       "Call-ID", "CSeq",           "Contact",
        "Route",         "Record-Route", "Require",  "RAck",    "Content-Length", "Content-Type",
        "Proxy-Require", "Max-Forwards", "Replaces", NULL };
static const char *const matters_in_answer[]
    = { "Via",          "From",           "To",           "Call-ID", "CSeq",
        "Record-Route", "Content-Length", "Content-Type", NULL };

/* TRUE if the library could not read a header that decides something. What is of no use to us may
   be as odd as it likes: the parser keeps it among the errors, by its name. (What may come once
   does: the scan saw to it.) */
static gboolean
has_bad_header (const sip_t *sip, const char *const *matter)
{
  for (const sip_error_t *error = sip->sip_error; error != NULL; error = error->er_next) {
    if (((const msg_header_t *)error)->sh_class != sip_error_class || error->er_name == NULL) {
      return TRUE;
    }
    for (gsize i = 0; matter[i] != NULL; i++) {
      if (g_ascii_strcasecmp (error->er_name, matter[i]) == 0) {
        return TRUE;
      }
    }
  }
  return FALSE;
}

static guint
check_form (Arrival *a)
{
  if ((a->sip->sip_flags & MSG_FLG_TOOLARGE) != 0
      || msg_size (a->msg) > KITH_SIP_MAX_STREAM + 2 * KITH_SIP_MAX_REWRITE + KITH_SIP_OURS
      || (a->sip->sip_payload != NULL && a->sip->sip_payload->pl_len > KITH_SIP_MAX_BODY)) {
    return 413;
  }
  if ((a->sip->sip_flags & MSG_FLG_ERROR) != 0 || has_bad_header (a->sip, matters_in_request)
      || sip_sanity_check (a->sip) < 0 || !is_within_limits (a->sip, a->msg, a->link == NULL)) {
    return 400;
  }
  if (!su_casematch (a->sip->sip_request->rq_version, sip_version_2_0)) {
    return 505;
  }
  return PASS;
}

/* What the table says of its method, here. */
static KithSipMethodRule
rule_of (const Arrival *a)
{
  return kith_sip_method_rule (a->sip->sip_request->rq_method,
                               a->link != NULL ? KITH_SIP_OVER_LINK : KITH_SIP_OVER_PLAIN,
                               a->sip->sip_to->a_tag != NULL ? KITH_SIP_IN_DIALOG
                                                             : KITH_SIP_OUTSIDE);
}

static guint
link_id_of (const Arrival *a)
{
  return a->link != NULL ? a->link->id : 0;
}

/* The library's transaction that this request repeats or, with @as_invite, the INVITE that it
   acknowledges or cancels. */
static nta_incoming_t *
find_transaction (const Arrival *a, gboolean as_invite)
{
  sip_t sip = *a->sip;
  sip_cseq_t cseq = *a->sip->sip_cseq;

  if (as_invite) {
    cseq.cs_method = sip_method_invite;
    cseq.cs_method_name = sip_method_name_invite;
    sip.sip_cseq = &cseq;
  }
  return nta_incoming_find (a->stack->doors.agent, &sip, a->sip->sip_via);
}

/* TRUE when the request names the tags of a dialog that lives: whoever knows ours has had our
   messages. */
static gboolean
has_tags (const Arrival *a)
{
  const sip_t *sip = a->sip;
  const char *from = sip->sip_from->a_tag;
  const char *to = sip->sip_to->a_tag;

  if (from == NULL || *from == '\0' || to == NULL || *to == '\0') {
    return FALSE; /* the library takes an empty tag for any */
  }
  return nta_leg_by_dialog (a->stack->doors.agent, NULL, sip->sip_call_id, from, NULL, to, NULL)
         != NULL;
}

/* The library says nothing at all to who names another transport than the one used: a call would
   wait to ring, a CANCEL or BYE be sent in vain. */
static gboolean
came_as_it_says (Arrival *a)
{
  const sip_via_t *via = a->link == NULL ? a->sip->sip_via->v_next : a->sip->sip_via;
  const char *transport = a->link != NULL ? "SIP/2.0/TCP" : kith_sip_way_protocol (&a->caller);
  gboolean same = via != NULL && g_strcmp0 (via->v_protocol, transport) == 0;

  a->phrase = same ? a->phrase : "Via Names Another Transport";
  return same;
}

/* The peer of this call speaks from here now: whoever sent this knows our tag, which no stranger
   was told. Who is behind a NAT is reached where they speak from; but a connection that they made
   says nothing of where they listen, unless the call came by one. */
static void
prove (Arrival *a)
{
  KithCallId *entry = a->entry;
  kith_call_id_learn (entry, a->source);
  if (entry->share == KITH_CALL_IDS_WATCHING) {
    g_free (entry->next_hop);
    entry->next_hop = kith_sip_way_to_uri (&a->caller);
  }
  if (a->link != NULL || entry->dialog == NULL) {
    return;
  }
  if (!a->caller.tcp
      || (!entry->outgoing
          && (g_str_has_suffix (entry->next_hop, ";transport=tcp")
              || g_str_has_suffix (entry->next_hop, ";transport=tls")))) {
    g_free (entry->speaks_from);
    entry->speaks_from = kith_sip_way_to_uri (&a->caller);
  }
}

/* An ACK that ends an INVITE's refusal, or begins a call. */
static guint
check_ack (Arrival *a)
{
  nta_incoming_t *invite = find_transaction (a, TRUE);
  const char *tag = a->sip->sip_to->a_tag;

  if (invite != NULL && tag != NULL && g_strcmp0 (nta_incoming_gettag (invite), tag) == 0) {
    prove (a);
  }
  if (invite != NULL) { /* before the final response the library would keep it */
    return nta_incoming_status (invite) >= 200 ? PASS : DROP;
  }
  if (!has_tags (a)) {
    return DROP;
  }
  prove (a);
  return kith_call_id_take_transaction (a->entry, a->now_us) ? PASS : DROP;
}

/* A request within a dialog. What passes costs memory for half a minute, but for repetitions. */
static guint
check_in_dialog (Arrival *a)
{
  sip_method_t method = a->sip->sip_request->rq_method;
  g_autofree gchar *sdp = NULL;

  if (find_transaction (a, FALSE) != NULL) {
    return PASS;
  }
  if (!has_tags (a)) {
    return 481;
  }
  prove (a);
  if (method == sip_method_options) {
    return 200;
  }
  if (rule_of (a).cost != KITH_SIP_COST_TRANSACTION) {
    return PASS;
  }
  if (!kith_call_id_take_transaction (a->entry, a->now_us)) {
    /* with a Retry-After, as RFC 3261 section 14.2 says for offers that come too fast */
    return 500;
  }
  if (a->sip->sip_require != NULL) {
    return 420;
  }
  return method == sip_method_info || kith_sip_dialog_take_sdp (a->sip, &sdp) ? PASS : 488;
}

/* Requests of a call that we know, over the way that we know it. */
static guint
check_known (Arrival *a)
{
  sip_method_t method = a->sip->sip_request->rq_method;

  if (a->entry == NULL || a->entry->link_id != link_id_of (a)) {
    return method == sip_method_ack ? DROP : 481;
  }
  if (!came_as_it_says (a)) {
    return method == sip_method_ack ? DROP : 400;
  }
  if (method == sip_method_ack) {
    return check_ack (a);
  }
  if (method == sip_method_cancel) {
    return find_transaction (a, TRUE) != NULL ? PASS : 481;
  }
  return check_in_dialog (a);
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

/* The phone of the house that speaks, or NULL. */
static const char *
phone_of (const Arrival *a)
{
  return a->has_caller && a->caller.kind == KITH_SIP_WAY_PHONE ? a->caller.name : NULL;
}

/* Who may call: on a link exactly its peer, on ordinary SIP everyone whom the edge lets in, but
   nobody under a name of ours. */
static guint
check_caller (Arrival *a)
{
  const url_t *from = a->sip->sip_from->a_url;

  if (a->link == NULL) {
    return ends_with_kith_alt (from->url_host) ? 403 : PASS;
  }
  gboolean honest = from->url_type == url_sip && from->url_host != NULL
                    && g_ascii_strcasecmp (from->url_host, a->link->peer_host) == 0
                    && from->url_port == NULL && from->url_password == NULL
                    && (a->link->peer_user == NULL || is_user (from->url_user, a->link->peer_user));
  guint count = 0;
  if (!honest && may_log (a, KITH_SIP_TOLD_LINK, &count)) {
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

/* A Call-ID that we know already. RFC 3261 section 8.2.2.2: the same request that came by another
   way is not taken once more; another one, as the next try after a refusal, is a call like any
   other. */
static guint
check_again (Arrival *a)
{
  const KithCallId *entry = a->entry;

  if (entry->cseq == a->sip->sip_cseq->cs_seq
      && g_strcmp0 (entry->from_tag, a->sip->sip_from->a_tag) == 0) {
    a->phrase = entry->outgoing ? "Loop Detected" : "Merged Request";
    return 482;
  }
  return entry->forget_us == 0 ? 486 : PASS;
}

/* One call too many? */
static guint
check_room (Arrival *a)
{
  gboolean strangers = a->share != KITH_CALL_IDS_KNOWN;
  guint of_source = 0;
  guint all = kith_call_ids_ringing (a->stack->call_ids, strangers, a->source, &of_source);

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
  if (!came_as_it_says (a)) {
    return 400;
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
  if (a->link == NULL && a->stack->edge_port == 0) { /* it has not been told yet, for a Contact */
    return 503;
  }
  return check_content (a);
}

/* What the node says to a call, or to a question whether one would be taken; and whether it knows
   who asks. */
static guint
ask_node (Arrival *a, gboolean is_probe)
{
  const KithEndpoint *from = &a->caller.peer;
  char host[INET6_ADDRSTRLEN] = "";

  a->share = a->link != NULL ? KITH_CALL_IDS_LINKED : KITH_CALL_IDS_STRANGER;
  if (a->stack->judge == NULL) {
    return PASS;
  }
  if (a->link == NULL) {
    (void)inet_ntop (from->family == 6 ? AF_INET6 : AF_INET, from->ip, host, sizeof host);
  }
  g_autofree gchar *uri = kith_sip_words_uri (a->sip->sip_from->a_url);
  g_autofree gchar *display = kith_sip_words_display (a->sip->sip_from->a_display);
  g_autofree gchar *user = kith_sip_words_user (a->sip->sip_request->rq_url);
  const KithInvite invite = {
    .link_id = link_id_of (a),
    .source = a->link == NULL ? host : NULL,
    .source_port = a->link == NULL ? from->port : 0,
    .phone = phone_of (a),
    .is_probe = is_probe,
    .call_id = a->sip->sip_call_id->i_id,
    .remote_uri = uri,
    .remote_display = display,
    .request_user = user,
  };
  guint word = a->stack->judge (&invite, a->stack->judge_data);
  if (word == KITH_JUDGE_KNOWN) {
    a->share = KITH_CALL_IDS_KNOWN;
  }
  return word >= 300 ? word : PASS;
}

static void
fill_entry (Arrival *a)
{
  a->entry->from_tag = g_strdup (a->sip->sip_from->a_tag);
  a->entry->cseq = a->sip->sip_cseq->cs_seq;
  a->entry->next_hop = a->link == NULL ? kith_sip_way_to_uri (&a->caller) : NULL;
  a->entry->phone = g_strdup (phone_of (a));
}

static guint
admit_invite (Arrival *a)
{
  if (a->entry != NULL && a->entry->link_id == link_id_of (a)
      && find_transaction (a, FALSE) != NULL) {
    return PASS; /* the same once more */
  }
  guint status = check_invite (a);
  if (status == PASS && a->entry != NULL) {
    status = check_again (a);
  }
  if (status == PASS) {
    status = ask_node (a, FALSE);
  }
  if (status == PASS) {
    status = check_room (a);
  }
  if (status != PASS) {
    return status;
  }
  a->entry = kith_call_ids_add (a->stack->call_ids,
                                a->sip->sip_call_id->i_id,
                                a->share,
                                link_id_of (a),
                                a->source,
                                a->now_us);
  if (a->entry == NULL) {
    return 503;
  }
  fill_entry (a);
  return PASS;
}

/* A phone of the house wants to be told of something. */
static guint
admit_subscribe (Arrival *a)
{
  const char *phone = a->link == NULL ? phone_of (a) : NULL;

  if (find_transaction (a, FALSE) != NULL) {
    return PASS; /* the same once more */
  }
  if (phone == NULL) {
    return 405;
  }
  if (!came_as_it_says (a)) {
    return 400;
  }
  if (a->sip->sip_require != NULL) {
    return 420;
  }
  if (a->entry != NULL && a->entry->forget_us == 0) {
    return 482; /* of that Call-ID one lives, and it has a tag */
  }
  if (a->stack->stopping != NULL || a->stack->edge_port == 0) {
    return 503;
  }
  guint status = kith_sip_watches_judge (a->stack->watches, phone, a->sip);
  if (status != PASS) {
    return status;
  }
  a->entry = kith_call_ids_add (a->stack->call_ids,
                                a->sip->sip_call_id->i_id,
                                KITH_CALL_IDS_WATCHING,
                                0,
                                a->source,
                                a->now_us);
  if (a->entry == NULL) {
    return 503;
  }
  fill_entry (a);
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
  status = rule_of (a).status;
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
  if (method == sip_method_subscribe) {
    return admit_subscribe (a);
  }
  return rule_of (a).cost == KITH_SIP_COST_CALL ? admit_invite (a) : 481;
}

/* A message of a call counts against that call, if it comes from where the call's peer is; all else
   against its link. What the edge hands on it has counted. */
static gboolean
take_token (Arrival *a)
{
  if (a->entry != NULL && a->entry->link_id == link_id_of (a)
      && kith_call_id_knows (a->entry, a->source)) {
    return kith_call_id_take (a->entry, a->now_us);
  }
  return a->link == NULL || kith_sip_link_take (a->link, a->now_us);
}

static gboolean
arrive_request (Arrival *a)
{
  guint count = 0;

  if (!has_essentials (a->sip)) {
    kith_sip_stack_unread (a->stack, a->tport, a->msg);
    return FALSE;
  }
  if (a->link == NULL && !a->has_caller) {
    a->phrase = "Nobody Calls";
    refuse (a, 400);
    return FALSE;
  }
  a->entry = kith_call_ids_find (a->stack->call_ids, a->sip->sip_call_id->i_id);
  if (!take_token (a)) {
    if (may_log (a, KITH_SIP_TOLD_RATE, &count)) {
      kith_warning ("sip", "too many requests: %u dropped", count);
    }
    msg_destroy (a->msg);
    return FALSE;
  }
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

/* Answers are matched by an unguessable branch; they only have to come over the way the question
   went. */
static gboolean
arrive_response (Arrival *a)
{
  const char *call_id = a->sip->sip_call_id != NULL ? a->sip->sip_call_id->i_id : NULL;

  a->entry = call_id != NULL ? kith_call_ids_find (a->stack->call_ids, call_id) : NULL;
  if (a->entry == NULL || a->entry->link_id != link_id_of (a)
      || (a->sip->sip_flags & (MSG_FLG_TOOLARGE | MSG_FLG_ERROR)) != 0
      || has_bad_header (a->sip, matters_in_answer) || !has_essentials (a->sip)
      || !take_token (a)) {
    msg_destroy (a->msg);
    return FALSE;
  }
  if (nta_outgoing_find (a->stack->doors.agent, a->msg, a->sip, a->sip->sip_via) == NULL) {
    return TRUE; /* late or forged; the library acknowledges a late 200 */
  }
  kith_call_id_learn (a->entry, a->source);
  if (a->entry->phone != NULL && a->entry->outgoing && a->caller.peer.family != 0) {
    g_free (a->entry->next_hop); /* one of the places where it is */
    a->entry->next_hop = kith_sip_way_to_uri (&a->caller);
  }
  if (a->entry->dialog != NULL) {
    /* nua is not told of 100: it leaks one that it is told of */
    kith_sip_dialog_heard (a->entry->dialog);
  }
  return TRUE;
}

/* Who speaks: the link's peer, or whom the edge names. */
static void
find_caller (Arrival *a)
{
  const char *named
      = a->link == NULL && a->sip != NULL ? kith_sip_edge_find (a->sip, KITH_SIP_CALLER) : NULL;

  a->has_caller = named != NULL && kith_sip_way_parse (named, &a->caller);
  a->source = a->link != NULL ? a->link->slot
              : a->has_caller ? kith_call_id_source (&a->caller.peer)
                              : 0;
}

gboolean
kith_sip_stack_arrive (gpointer user_data, tport_t *tport, msg_t *msg)
{
  KithSipStack *stack = user_data;
  Arrival a = { .stack = stack,
                .tport = tport,
                .msg = msg,
                .sip = sip_object (msg),
                .now_us = kith_clock_now (kith_clock_get_default ()) };

  a.link = kith_sip_links_of_tport (stack->links, tport);
  if (a.link == NULL && !kith_sip_edge_is (stack, tport)) { /* of a link that is gone */
    msg_destroy (msg);
    return FALSE;
  }
  find_caller (&a);
  if (a.sip != NULL && a.sip->sip_request != NULL) {
    return arrive_request (&a);
  }
  if (a.sip != NULL && a.sip->sip_status != NULL) {
    return arrive_response (&a);
  }
  kith_sip_stack_unread (stack, tport, msg);
  return FALSE;
}
