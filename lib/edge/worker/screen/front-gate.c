/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every message of the network must pass, the cheapest first; a refusal leaves no state. */
#include <string.h>

#include "edge/edge-limits.h"
#include "edge/worker/front-private.h"
#include "model/sip/sip-splice.h"
#include "model/sip/sip-token.h"

#define UA_VIA "SIP/2.0/TCP edge.invalid;branch="
#define SIP_PORT 5060

/* Where the answer to the request at hand goes (RFC 3261 section 18.2.2, RFC 3581): always to the
   host that it came from. */
static KithWay
answer_way (const KithSipLines *lines, const KithWay *way)
{
  KithWay to = *way;
  KithSipVia via;

  if (!way->to.tcp && kith_sip_lines_via (lines, 0, &via) && !via.wants_rport) {
    to.to.peer.port = via.port != 0 ? via.port : SIP_PORT;
  }
  return to;
}

/* @most: bytes that it may have; 0: as many as it takes. */
static void
reply (KithFront *front,
       const KithArrival *arrival,
       guint status,
       const char *phrase,
       const char *lines,
       gsize most)
{
  KithWay to = answer_way (front->lines, arrival->way);
  gchar host[64];
  gchar tag[KITH_EDGE_MARK + 1];
  KithSipPiece call_id;

  (void)kith_sip_lines_get (front->lines, KITH_HEADER_CALL_ID, &call_id);
  kith_edge_mark (front->rules.key, "tag", call_id.at, call_id.len, tag);
  kith_way_host (&to.to.peer, FALSE, host, sizeof host);
  const KithSipReply answer = {
    .status = status,
    .phrase = phrase,
    .to_tag = tag,
    .received = host,
    .rport = to.to.peer.port,
    .lines = lines,
    .most = most,
  };
  if (kith_sip_reply (front->lines, &answer, front->out)) {
    (void)kith_front_send (front, &to, front->out->str, front->out->len);
  }
}

static void
refuse (KithFront *front,
        const KithArrival *arrival,
        guint status,
        const char *phrase,
        const char *lines)
{
  reply (front,
         arrival,
         status,
         phrase,
         lines,
         arrival->way->to.tcp ? 0 : arrival->bytes + KITH_EDGE_MOST_MORE);
}

void
kith_front_unread (KithFront *front, const KithArrival *arrival)
{
  const KithSipScan *scan = arrival->scan;
  gboolean tcp = arrival->way->to.tcp;
  KithWay to = *arrival->way;
  gchar tag[KITH_EDGE_MARK + 1];

  kith_front_note (front, KITH_EDGE_N_UNREAD, &arrival->way->to.peer, scan->status, scan->reason);
  kith_edge_mark (front->rules.key, "tag", scan->echo->str, scan->echo->len, tag);
  if (scan->echo->len > 0
      && kith_admission_take (front->admission,
                              &arrival->way->to.peer,
                              kith_clock_now (front->clock))
      && kith_sip_scan_answer (scan, scan->status, scan->reason, tag, front->out)
      && (tcp || front->out->len <= arrival->bytes + KITH_EDGE_MOST_MORE)) {
    (void)kith_front_send (front, &to, front->out->str, front->out->len);
  }
}

void
kith_front_reply (KithFront *front,
                  const KithArrival *arrival,
                  guint status,
                  const char *phrase,
                  const char *lines,
                  gsize most)
{
  reply (front, arrival, status, phrase, lines, most);
}

KithWay
kith_front_answer_way (KithFront *front, const KithWay *way)
{
  return answer_way (front->lines, way);
}

static void
hand_response_on (KithFront *front, const KithArrival *arrival, KithSipPiece inner)
{
  g_autofree gchar *via
      = g_strdup_printf ("SIP/2.0/TCP 127.0.0.1;branch=%.*s", KITH_SIP_PIECE (inner));
  g_autofree gchar *caller = kith_sip_way_print (&arrival->way->to);
  g_autofree gchar *lines = g_strdup_printf (KITH_SIP_CALLER ": %s\r\n", caller);
  const KithSipEdit edit = { .pop_via = TRUE, .via = via, .lines = lines };

  (void)kith_sip_splice (front->lines, &edit, front->out);
  front->counts[KITH_EDGE_N_TO_UA]++;
  (void)front->network->to_user_agent (front->data, front->out->str, front->out->len);
}

static void
arrive_response (KithFront *front, const KithArrival *arrival)
{
  gchar mark[KITH_EDGE_MARK + 1];
  KithSipPiece inner;
  KithSipVia via;

  if (!kith_sip_lines_via (front->lines, 0, &via)
      || !kith_branch_read_outward (front->rules.key, via.branch, &inner, mark)) {
    front->counts[KITH_EDGE_N_NO_DIALOG]++;
    return;
  }
  if (!kith_admission_take_marked (front->admission,
                                   &arrival->way->to.peer,
                                   kith_clock_now (front->clock))) {
    kith_front_note (front, KITH_EDGE_N_FLOOD, &arrival->way->to.peer, 0, NULL);
    return;
  }
  KithFlow *flow = kith_flows_get (front->flows, arrival->way->stream);
  if (flow != NULL) {
    kith_flows_active (front->flows, flow);
  }
  if (kith_front_phone_answers (front, inner)
      || kith_trunk_watch_take (front->trunks, front->lines, inner)) {
    return;
  }
  KithProxyMark forwarded;
  kith_proxy_mark_read (front->rules.key, inner, &forwarded);
  if (forwarded.kind != KITH_PROXY_MARK_NONE) {
    kith_front_proxy_response (front, arrival, &forwarded);
  } else if (kith_clients_take (front->clients, front->lines, mark) == KITH_CLIENTS_FORWARD) {
    hand_response_on (front, arrival, inner);
  }
}

/* TRUE if To has a tag of a dialog of ours. */
static gboolean
has_token (KithFront *front, KithSipPiece to_tag)
{
  KithSipPiece value;

  (void)kith_sip_lines_get (front->lines, KITH_HEADER_CALL_ID, &value);
  g_autofree gchar *call_id = g_strndup (value.at, value.len);
  g_autofree gchar *tag = g_strndup (to_tag.at, to_tag.len);
  return kith_sip_token_check (front->rules.key, call_id, tag);
}

/* @who: whose it is. */
static void
hand_request_on (KithFront *front,
                 const KithArrival *arrival,
                 const gchar *mark,
                 const KithSipWay *who)
{
  KithWay to = answer_way (front->lines, arrival->way);
  gchar branch[KITH_EDGE_MARK + 16];
  gchar host[64];
  gboolean ack = kith_sip_piece_is (front->lines->method, "ACK");

  kith_branch_inward (mark, branch, sizeof branch);
  kith_way_host (&to.to.peer, FALSE, host, sizeof host);
  g_autofree gchar *via = g_strconcat (UA_VIA, branch, NULL);
  g_autofree gchar *caller = kith_sip_way_print (who);
  g_autofree gchar *lines = g_strdup_printf (KITH_SIP_CALLER ": %s\r\n", caller);
  const KithSipEdit edit
      = { .via = via, .received = host, .rport = to.to.peer.port, .lines = lines };
  (void)kith_sip_splice (front->lines, &edit, front->out);
  front->counts[KITH_EDGE_N_TO_UA]++;
  if (!front->network->to_user_agent (front->data, front->out->str, front->out->len)) {
    front->counts[KITH_EDGE_N_BUSY]++;
    if (!ack) {
      kith_servers_drop (front->servers, front->lines, mark);
      refuse (front, arrival, 503, "Service Unavailable", "Retry-After: 5\r\n");
    }
  }
}

/* A new request's status: 0: it goes on; else how it is refused. */
static guint
judge (KithFront *front,
       const KithArrival *arrival,
       gboolean marked,
       KithSipPiece to_tag,
       const KithSipWay *who)
{
  if (marked || who->kind == KITH_SIP_WAY_PHONE) {
    return 0;
  }
  if (to_tag.len > 0 && !kith_sip_piece_is (front->lines->method, "CANCEL")) {
    return 481;
  }
  if (who->kind == KITH_SIP_WAY_TRUNK) {
    return 0;
  }
  gboolean stranger
      = !kith_admission_knows (front->admission, kith_way_source (&arrival->way->to.peer));
  if (kith_sip_piece_is (front->lines->method, "INVITE")
      && (!front->rules.plain_in
          || (stranger && front->rules.strangers == KITH_EDGE_STRANGERS_REFUSE))) {
    return 403;
  }
  return 0;
}

/* A message of a peer on a connection: it is of use; a call of his may have come or gone with
   it. */
static void
note_flow (KithFront *front, const KithArrival *arrival, gboolean token)
{
  KithFlow *flow = kith_flows_get (front->flows, arrival->way->stream);

  if (flow == NULL) {
    return;
  }
  kith_flows_active (front->flows, flow);
  if (token && kith_sip_piece_is (front->lines->method, "BYE")) {
    flow->calls -= flow->calls > 0;
  } else if (token && flow->calls == 0) {
    flow->calls = 1;
  }
}

KithRegisterFrom
kith_front_from (const KithWay *way)
{
  return (KithRegisterFrom){ .transport = kith_way_transport (way),
                             .source = way->to.peer,
                             .flow = way->stream,
                             .source_key = kith_way_source (&way->to.peer) };
}

/* A call of a phone of the house: FALSE when it has to prove that it is one, which it is told.
   @phone: (out): its name, NULL: anybody's call. */
static gboolean
find_phone (KithFront *front, const KithArrival *arrival, const char **phone)
{
  const KithRegisterFrom from = kith_front_from (arrival->way);
  g_autoptr (GString) lines = g_string_new (NULL);
  KithRegisterReply answer = { .lines = lines };

  if (!kith_edge_registrar_has_phones (front->registrar)
      || kith_edge_registrar_who (front->registrar, front->lines, &from, phone, &answer)
             != KITH_EDGE_WHO_ASKED) {
    return TRUE;
  }
  reply (front, arrival, answer.status, answer.phrase, lines->str, 0);
  return FALSE;
}

/* A trunk's request; no challenge is sent to one. FALSE: it is none. */
static gboolean
find_trunk (KithFront *front, const KithArrival *arrival, KithSipWay *who)
{
  KithTrunkRegister *trunk = kith_trunk_watch_who (front->trunks, front->lines, arrival->way);

  if (trunk == NULL) {
    return FALSE;
  }
  who->kind = KITH_SIP_WAY_TRUNK;
  (void)g_strlcpy (who->name, kith_trunk_register_get (trunk)->name, sizeof who->name);
  return TRUE;
}

/* A REGISTER, where there are phones: it is answered here, or by nothing. */
static void
take_register (KithFront *front, const KithArrival *arrival)
{
  const KithWay *way = arrival->way;
  const KithRegisterFrom from = kith_front_from (way);
  g_autoptr (GString) lines = g_string_new (NULL);
  KithRegisterReply answer = { .lines = lines };
  KithFlow *flow = kith_flows_get (front->flows, way->stream);

  kith_edge_registrar_take (front->registrar, front->lines, &from, &answer);
  if (answer.status == 0) {
    front->counts[KITH_EDGE_N_STRANGER]++;
    return;
  }
  if (flow != NULL && answer.status == 200) {
    flow->registered = TRUE;
  }
  reply (front, arrival, answer.status, answer.phrase, lines->str, 0);
}

/* The edge began just now, and kithd has not told of the phones yet: no phone must hear that there
   is no registrar. */
static gboolean
is_beginning (KithFront *front)
{
  return !kith_edge_registrar_is_open (front->registrar)
         && kith_clock_now (front->clock) - front->started_us
                < KITH_EDGE_BEGINNING_S * G_USEC_PER_SEC;
}

/* TRUE when nobody else is to be asked. @phone: (nullable): it is one that begins something. */
static gboolean
answer_alone (KithFront *front, const KithArrival *arrival, KithSipPiece to_tag, const char *phone)
{
  const KithEndpoint *peer = &arrival->way->to.peer;
  g_autoptr (GString) lines = g_string_new (NULL);
  KithFrontAnswer answer = { .lines = lines };

  if (kith_sip_piece_is (front->lines->method, "REGISTER")
      && (kith_edge_registrar_has_phones (front->registrar) || kith_endpoint_is_public (peer)
          || is_beginning (front))) {
    take_register (front, arrival);
    return TRUE;
  }
  if (to_tag.len > 0) {
    return FALSE;
  }
  kith_front_answer_outside (front->lines, phone != NULL, &answer);
  if (answer.status == 0) {
    return FALSE;
  }
  if (answer.count < KITH_EDGE_N_COUNTS) {
    kith_front_note (front, answer.count, peer, answer.status, answer.phrase);
  }
  refuse (front, arrival, answer.status, answer.phrase, lines->str);
  return TRUE;
}

/* What begins something. TRUE: it was answered. @phone: (out): of the house, that sent it. @who:
   becomes its way. */
static gboolean
is_answered (KithFront *front,
             const KithArrival *arrival,
             KithSipPiece to_tag,
             const char **phone,
             KithSipWay *who)
{
  const gboolean for_phone = to_tag.len == 0 && kith_front_is_for_phone (front, arrival);
  const gboolean subscribes = kith_sip_piece_is (front->lines->method, "SUBSCRIBE");

  if (who->kind == KITH_SIP_WAY_TRUNK) {
    return answer_alone (front, arrival, to_tag, NULL);
  }

  if (!for_phone && !subscribes && answer_alone (front, arrival, to_tag, NULL)) {
    return TRUE;
  }
  if (to_tag.len > 0
      || (!for_phone && !subscribes && !kith_sip_piece_is (front->lines->method, "INVITE"))) {
    return FALSE;
  }
  if (!find_phone (front, arrival, phone)) {
    return TRUE;
  }
  if (*phone != NULL) {
    who->kind = KITH_SIP_WAY_PHONE;
    (void)g_strlcpy (who->name, *phone, sizeof who->name);
  }
  return (subscribes || (for_phone && *phone == NULL))
         && answer_alone (front, arrival, to_tag, *phone);
}

static void
arrive_request (KithFront *front, const KithArrival *arrival)
{
  gchar mark[KITH_EDGE_MARK + 1];
  gint64 now_us = kith_clock_now (front->clock);
  KithSipPiece to_tag = kith_sip_lines_tag (front->lines, KITH_HEADER_TO);
  gboolean ack = kith_sip_piece_is (front->lines->method, "ACK");
  gboolean token = to_tag.len > 0 && has_token (front, to_tag);
  KithFrontRoute route;
  gboolean routed = !token && kith_front_read_route (front, &route);

  if (!kith_branch_of_request (front->rules.key, front->lines, mark)) {
    if (kith_admission_take (front->admission, &arrival->way->to.peer, now_us)) {
      kith_front_note (front, KITH_EDGE_N_UNREAD, &arrival->way->to.peer, 400, "Bad Via");
      refuse (front, arrival, 400, "Bad Via", NULL);
    }
    return;
  }
  gboolean known = kith_servers_knows (front->servers, front->lines, mark, arrival->way);
  gboolean stateless = front->role == KITH_EDGE_ROLE_STATELESS || front->routes->len > 0;
  if (ack && !token && !known && !routed && !stateless) {
    front->counts[KITH_EDGE_N_NO_DIALOG]++;
    return;
  }
  if (token || known || routed
          ? !kith_admission_take_marked (front->admission, &arrival->way->to.peer, now_us)
          : !kith_admission_take (front->admission, &arrival->way->to.peer, now_us)) {
    kith_front_note (front, KITH_EDGE_N_FLOOD, &arrival->way->to.peer, 0, NULL);
    return;
  }
  note_flow (front, arrival, token || routed);
  gboolean kept = known && kith_servers_is_kept (front->servers, mark);
  if (!known && routed) {
    kith_front_forward (front, arrival, &route);
    return;
  }
  if (kept && kith_sip_piece_is (front->lines->method, "CANCEL")) {
    kith_front_cancel (front, arrival, mark);
    return;
  }
  if (stateless && !known && !token && kith_front_route (front, arrival)) {
    return;
  }
  if (ack && !token && !known) {
    return;
  }
  const char *phone = NULL;
  KithSipWay who = arrival->way->to;
  gboolean trunk = find_trunk (front, arrival, &who);
  if (!known && !token && is_answered (front, arrival, to_tag, &phone, &who)) {
    return;
  }
  guint status = judge (front, arrival, token || known, to_tag, &who);
  if (status != 0) {
    const char *phrase = status == 403 ? "Forbidden" : "Call/Transaction Does Not Exist";
    kith_front_note (front,
                     status == 403 ? KITH_EDGE_N_STRANGER : KITH_EDGE_N_NO_DIALOG,
                     &arrival->way->to.peer,
                     status,
                     phrase);
    refuse (front, arrival, status, phrase, NULL);
    return;
  }
  KithWay to = answer_way (front->lines, arrival->way);
  gboolean proved = token || phone != NULL || (trunk && arrival->way->stream != 0);
  switch (kith_servers_take (front->servers, front->lines, mark, &to, arrival->bytes, proved)) {
  case KITH_SERVERS_NEW:
    if (phone != NULL && kith_front_proxy (front, arrival, mark, phone)) {
      break;
    }
    hand_request_on (front, arrival, mark, &who);
    break;
  case KITH_SERVERS_PASS:
    if (!kept) {
      hand_request_on (front, arrival, mark, &who);
    }
    break;
  case KITH_SERVERS_ABSORBED:
    break;
  case KITH_SERVERS_FULL:
    kith_front_note (front, KITH_EDGE_N_FLOOD, &arrival->way->to.peer, 0, NULL);
    break;
  }
}

void
kith_front_arrive (KithFront *front, const KithArrival *arrival)
{
  const GString *text = arrival->scan->text;

  if (!kith_sip_lines_read (front->lines, text->str, text->len)) {
    front->counts[KITH_EDGE_N_UNREAD]++;
  } else if (front->lines->status != 0) {
    arrive_response (front, arrival);
  } else {
    arrive_request (front, arrival);
  }
}
