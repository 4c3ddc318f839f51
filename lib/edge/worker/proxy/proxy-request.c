/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests by which a phone of the house begins something with another one (RFC 3261 section
   16.3 to 16.6). */
#include <string.h>

#include "edge/edge-limits.h"
#include "edge/worker/front-private.h"
#include "edge/worker/proxy/cancel-reason.h"
#include "model/call/call-rights.h"
#include "model/sip/sip-splice.h"

#define OUR_REALM "kith"
#define TLS_PORT 5061
#define RETRY_SOON "Retry-After: 5\r\n"

/* The request at hand, as far as it was looked at. */
typedef struct {
  KithFront *front;
  const KithArrival *arrival;
  const gchar *mark;
  const KithTabled *callee;
  const KithTabled *caller;
  guint breadth;
} Asked;

static KithSipPiece
host_of_from (const KithSipLines *lines)
{
  KithSipPiece value, uri, params;
  KithSipUriParts parts;

  (void)kith_sip_lines_get (lines, KITH_HEADER_FROM, &value);
  return kith_sip_piece_name (value, &uri, &params) && kith_sip_uri_split (uri, &parts)
             ? parts.host
             : (KithSipPiece){ NULL, 0 };
}

/* TRUE if @parts names a user of ours: any address of this host, or what the phone itself takes for
   its registrar's name. */
static gboolean
is_ours (KithFront *front, const KithArrival *arrival, const KithSipUriParts *parts)
{
  const KithSipPiece domain = host_of_from (front->lines);
  KithEndpoint host = { 0 }, own = { 0 };
  const gboolean known = front->network->own_address (front->data, arrival->way, &own);

  if (parts->port != 0 && parts->port != own.port && parts->port != TLS_PORT) {
    return FALSE; /* another program there */
  }
  if (kith_sip_piece_is (parts->host, OUR_REALM)
      || (domain.len > 0 && domain.len == parts->host.len
          && g_ascii_strncasecmp (domain.at, parts->host.at, domain.len) == 0)) {
    return TRUE;
  }
  if (!kith_sip_host_is_number (parts->host, &host)) {
    return FALSE;
  }
  if (known && kith_endpoint_is_same_host (&host, &own)) {
    return TRUE;
  }
  for (guint i = 0; i < front->own->n; i++) {
    if (kith_endpoint_is_same_host (&host, &front->own->list[i])) {
      return TRUE;
    }
  }
  return FALSE;
}

const KithTabled *
kith_front_callee (KithFront *front, const KithArrival *arrival)
{
  KithSipUriParts parts;

  return kith_sip_uri_split (front->lines->uri, &parts) && is_ours (front, arrival, &parts)
             ? kith_edge_registrar_dial (front->registrar, parts.user)
             : NULL;
}

/* What the user agent answers, or what belongs to something. */
static gboolean
is_of_no_phone (KithSipPiece method)
{
  static const char *const methods[]
      = { "REGISTER", "SUBSCRIBE", "PUBLISH", "NOTIFY", "ACK", "CANCEL", "BYE", "PRACK", "UPDATE" };

  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++) {
    if (kith_sip_piece_is (method, methods[i])) {
      return TRUE;
    }
  }
  return FALSE;
}

gboolean
kith_front_is_for_phone (KithFront *front, const KithArrival *arrival)
{
  KithSipPiece value, uri, params;
  KithSipUriParts parts = { 0 };

  if (is_of_no_phone (front->lines->method)) {
    return FALSE;
  }
  const KithTabled *callee = kith_front_callee (front, arrival);
  (void)kith_sip_lines_get (front->lines, KITH_HEADER_FROM, &value);
  /* who asks for himself looks whether the registrar is there */
  return callee != NULL && kith_sip_piece_name (value, &uri, &params)
         && kith_sip_uri_split (uri, &parts) && !kith_sip_piece_is (parts.user, callee->phone.name);
}

/* Targets */

static gboolean
came_by (const KithBinding *binding, const KithArrival *arrival)
{
  return arrival->way->stream != 0
             ? binding->flow == arrival->way->stream
             : kith_endpoint_is_same (&binding->source, &arrival->way->to.peer);
}

void
kith_front_targets (KithFront *front,
                    const KithTabled *tabled,
                    const KithArrival *arrival,
                    KithProxyTargets *targets)
{
  const gint64 now_us = kith_clock_now (front->clock);

  for (guint i = 0; i < tabled->set.n; i++) {
    const KithBinding *binding = tabled->set.items[i];
    /* a phone with several places that dials its own name means the others */
    if (binding->until <= now_us
        || (arrival != NULL && tabled->set.n > 1 && came_by (binding, arrival))) {
      continue;
    }
    KithProxyTarget target = { .uri = (gchar *)binding->uri,
                               .route = (gchar *)binding->path,
                               .q = binding->q,
                               .binding = binding->id };
    kith_front_way_of (front, binding, &target.way, NULL);
    (void)kith_proxy_targets_add (targets, &target);
  }
}

/* TRUE if one of them is behind a NAT: its sound has to come by this node. */
static gboolean
is_natted (const KithTabled *tabled, const KithArrival *arrival)
{
  for (guint i = 0; i < tabled->set.n; i++) {
    if (kith_binding_is_natted (tabled->set.items[i])
        && (arrival == NULL || came_by (tabled->set.items[i], arrival))) {
      return TRUE;
    }
  }
  return FALSE;
}

/* Answers */

static void
answer (const Asked *asked, guint status, const char *phrase, const char *lines)
{
  KithFront *front = asked->front;
  const KithWay to = kith_front_answer_way (front, asked->arrival->way);
  gchar host[64], tag[KITH_EDGE_MARK + 1];

  kith_edge_mark (front->rules.key, "made", asked->mark, KITH_EDGE_MARK, tag);
  kith_way_host (&to.to.peer, FALSE, host, sizeof host);
  const KithSipReply reply = { .status = status,
                               .phrase = phrase,
                               .to_tag = tag,
                               .received = host,
                               .rport = to.to.peer.port,
                               .lines = lines };
  if (kith_sip_reply (front->lines, &reply, front->out)) {
    (void)
        kith_servers_answer (front->servers, front->lines->method, asked->mark, status, front->out);
  }
}

static void
refuse (const Asked *asked, guint status, const char *phrase, const char *lines)
{
  asked->front->counts[KITH_EDGE_N_OTHER]++;
  answer (asked, status, phrase, lines);
}

/* What RFC 3261 section 16.3 and RFC 5393 ask of a request before it goes on. FALSE: it was
   refused. */
static gboolean
is_sound (Asked *asked)
{
  KithFront *front = asked->front;
  KithSipPiece value;
  gchar loop[KITH_PROXY_LOOP + 1];
  guint64 breadth = KITH_EDGE_BREADTH;

  if (kith_sip_lines_hops (front->lines) == 0) {
    refuse (asked, 483, "Too Many Hops", NULL);
    return FALSE;
  }
  kith_proxy_loop (front->rules.key, front->lines, loop);
  if (kith_proxy_loops (front->rules.key, front->lines, loop)) {
    refuse (asked, 482, "Loop Detected", NULL);
    return FALSE;
  }
  if (kith_sip_lines_get (front->lines, KITH_HEADER_PROXY_REQUIRE, &value)) {
    g_autofree gchar *unsupported
        = g_strdup_printf ("Unsupported: %.*s\r\n", KITH_SIP_PIECE (value));
    refuse (asked, 420, "Bad Extension", unsupported);
    return FALSE;
  }
  if (kith_sip_lines_find (front->lines, "Max-Breadth", &value)
      && !kith_sip_piece_number (value, G_MAXUINT16, &breadth)) {
    refuse (asked, 400, "Bad Max-Breadth", NULL);
    return FALSE;
  }
  asked->breadth = (guint)MIN (breadth, KITH_EDGE_BREADTH);
  return TRUE;
}

gboolean
kith_front_may_call (const KithTabled *caller)
{
  static const KithCallerKind kinds[] = { [KITH_PHONE_HOME] = KITH_CALLER_HOME,
                                          [KITH_PHONE_GUEST] = KITH_CALLER_GUEST,
                                          [KITH_PHONE_DOOR] = KITH_CALLER_DOOR };

  return caller != NULL && (gsize)caller->phone.rights < G_N_ELEMENTS (kinds)
         && kith_call_right (kinds[caller->phone.rights], KITH_CALLEE_PHONE) == KITH_RIGHT_YES;
}

/* How often it may. FALSE: it was refused. */
static gboolean
is_in_quota (const Asked *asked)
{
  KithFront *front = asked->front;
  const KithSipPiece method = front->lines->method;
  const char *name = asked->caller->phone.name;

  if (kith_sip_piece_is (method, "MESSAGE")) {
    if (front->lines->body.len > KITH_EDGE_TEXT_BYTES) {
      refuse (asked, 413, "Message Too Long", NULL);
      return FALSE;
    }
    if (!kith_phone_quota_text (front->quota, name)) {
      refuse (asked, 503, "Too Many Messages", "Retry-After: 1\r\n");
      return FALSE;
    }
  } else if (kith_sip_piece_is (method, "INVITE")) {
    const guint status = kith_phone_quota_call (front->quota, name);
    if (status != 0) {
      refuse (asked, status, status == 486 ? "Too Many Calls" : "Too Many Calls A Minute", NULL);
      return FALSE;
    }
  }
  return TRUE;
}

/* How many targets are asked at once, at most. */
static guint
widest (const KithProxyTargets *targets)
{
  guint most = 0;

  for (guint i = 0; i < targets->n; i++) {
    guint n = 0;
    for (guint k = 0; k < targets->n; k++) {
      n += targets->list[k].q == targets->list[i].q;
    }
    most = MAX (most, n);
  }
  return most;
}

KithFlowEnd
kith_front_caller_end (const KithTabled *caller, const KithArrival *arrival)
{
  const KithWay *way = arrival->way;
  KithFlowEnd end = { .transport = kith_way_transport (way), .peer = way->to.peer };

  for (guint i = 0; i < caller->set.n; i++) {
    if (came_by (caller->set.items[i], arrival)) {
      end.binding = caller->set.items[i]->id;
    }
  }
  return end;
}

/* Route elements on top that mean this edge: an outbound proxy that the phone was given. */
static guint
own_routes (KithFront *front, const KithArrival *arrival)
{
  KithSipPiece element, uri, params;
  KithSipUriParts parts;
  guint n = 0;

  while (kith_sip_lines_element (front->lines, KITH_HEADER_ROUTE, n, &element)
         && kith_sip_piece_name (element, &uri, &params) && kith_sip_uri_split (uri, &parts)
         && is_ours (front, arrival, &parts)) {
    n++;
  }
  return n;
}

static void
fork_it (const Asked *asked, KithProxyTargets *targets)
{
  KithFront *front = asked->front;
  const KithWay *way = asked->arrival->way;
  const gboolean invite = kith_sip_piece_is (front->lines->method, "INVITE");
  KithProxyOrder order = {
    .key = front->rules.key,
    .mark = { .kind = KITH_PROXY_MARK_FORK },
    .caller = kith_front_caller_end (asked->caller, asked->arrival),
    .record = invite,
    .pop_routes = own_routes (front, asked->arrival),
    .breadth = asked->breadth,
    .stream = way->stream,
  };
  KithFrontCall *call = g_new0 (KithFrontCall, 1);

  (void)g_strlcpy (order.mark.mark, asked->mark, sizeof order.mark.mark);
  call->told.id = kith_front_call_id (front);
  (void)g_strlcpy (call->told.caller, asked->caller->phone.name, sizeof call->told.caller);
  (void)g_strlcpy (call->told.callee, asked->callee->phone.name, sizeof call->told.callee);
  call->rings = invite;
  if (invite) {
    answer (asked, 100, "Trying", NULL);
  }
  const KithWay to = kith_front_answer_way (front, way);
  gchar host[64];
  kith_way_host (&to.to.peer, FALSE, host, sizeof host);
  order.received = host;
  order.rport = to.to.peer.port;
  KithProxyFork *fork = kith_proxy_add (front->proxy, &order, front->lines, targets);
  kith_proxy_fork_set_data (fork, call);
  kith_proxy_fork_start (fork);
}

/* 302: where they are, and for how long (RFC 3261 section 8.3). */
static void
redirect (const Asked *asked, const KithProxyTargets *targets)
{
  g_autoptr (GString) lines = g_string_new (NULL);
  const gint64 now_us = kith_clock_now (asked->front->clock);

  for (guint i = 0; i < targets->n; i++) {
    const KithProxyTarget *target = &targets->list[i];
    const KithBinding *binding
        = kith_edge_registrar_binding (asked->front->registrar, target->binding);
    const gint64 left_s = binding != NULL ? (binding->until - now_us) / G_USEC_PER_SEC : 0;
    g_string_append_printf (lines,
                            "Contact: <%s>;q=%u.%03u;expires=%" G_GINT64_FORMAT "\r\n",
                            target->uri,
                            target->q / 1000u,
                            target->q % 1000u,
                            left_s);
  }
  answer (asked, 302, "Moved Temporarily", lines->str);
}

/* Between two phones of the house. */
static void
take (Asked *asked)
{
  KithFront *front = asked->front;
  KithProxyTargets targets = { 0 };

  kith_servers_keep (front->servers, asked->mark, front->lines->method);
  if (!kith_front_may_call (asked->caller)) {
    refuse (asked, 403, "Forbidden", NULL);
    return;
  }
  if (kith_sip_piece_is (front->lines->method, "REFER")) {
    refuse (asked, 405, "Method Not Allowed", "Allow: INVITE, ACK, CANCEL, BYE, MESSAGE, INFO\r\n");
    return;
  }
  if (!is_sound (asked)) {
    return;
  }
  kith_front_targets (front, asked->callee, asked->arrival, &targets);
  if (targets.n == 0) {
    answer (asked, 480, "Not Registered", NULL);
  } else if (front->role == KITH_EDGE_ROLE_REDIRECT) {
    redirect (asked, &targets);
  } else if (widest (&targets) > asked->breadth) {
    refuse (asked, 440, "Max-Breadth Exceeded", NULL);
  } else if (!kith_proxy_has_room (front->proxy)) {
    refuse (asked, 503, "Service Unavailable", RETRY_SOON);
  } else if (is_in_quota (asked)) {
    fork_it (asked, &targets);
  }
  kith_proxy_targets_clear (&targets);
}

gboolean
kith_front_proxy (KithFront *front,
                  const KithArrival *arrival,
                  const gchar *mark,
                  const char *phone)
{
  Asked asked = { .front = front, .arrival = arrival, .mark = mark };

  if (is_of_no_phone (front->lines->method)) {
    return FALSE;
  }
  asked.callee = kith_front_callee (front, arrival);
  asked.caller = kith_edge_registrar_find (front->registrar, kith_sip_piece (phone));
  if (asked.callee == NULL || asked.caller == NULL) {
    return FALSE;
  }
  if (front->role != KITH_EDGE_ROLE_REDIRECT && kith_sip_piece_is (front->lines->method, "INVITE")
      && (is_natted (asked.callee, NULL) || is_natted (asked.caller, arrival))) {
    return FALSE;
  }
  take (&asked);
  return TRUE;
}

void
kith_front_cancel (KithFront *front, const KithArrival *arrival, const gchar *mark)
{
  const Asked asked = { .front = front, .arrival = arrival, .mark = mark };
  const KithWay to = kith_front_answer_way (front, arrival->way);
  KithProxyFork *fork = NULL;

  if (kith_servers_take (front->servers, front->lines, mark, &to, arrival->bytes, TRUE)
      != KITH_SERVERS_NEW) {
    return;
  }
  g_autofree gchar *reason = kith_cancel_reason (front->lines);
  answer (&asked, 200, "OK", NULL);
  fork = kith_proxy_find (front->proxy, mark, front->lines->method);
  if (fork != NULL) {
    kith_proxy_fork_cancel (fork, reason);
  }
}
