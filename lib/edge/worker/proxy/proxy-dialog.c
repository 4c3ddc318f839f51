/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests within dialogs of two phones: by the token in their Route, with nothing kept (RFC 3261
   section 16.11). */
#include <string.h>

#include "edge/edge-limits.h"
#include "edge/worker/front-private.h"
#include "model/sip/sip-splice.h"

/* TRUE if @uri is a Record-Route of ours for the dialog of @lines. */
static gboolean
read_token (KithFront *front, KithSipPiece uri, KithFrontRoute *route)
{
  const KithSipLines *lines = front->lines;
  KithSipUriParts parts;
  KithSipPiece call_id;

  if (!kith_sip_uri_split (uri, &parts) || !kith_flow_token_looks (parts.user)) {
    return FALSE;
  }
  (void)kith_sip_lines_get (lines, KITH_HEADER_CALL_ID, &call_id);
  const KithSipPiece from = kith_sip_lines_tag (lines, KITH_HEADER_FROM);
  const KithSipPiece to = kith_sip_lines_tag (lines, KITH_HEADER_TO);
  route->from_caller
      = kith_flow_token_parse (front->rules.key, parts.user, call_id, from, &route->token);
  return route->from_caller
         || (to.len > 0
             && kith_flow_token_parse (front->rules.key, parts.user, call_id, to, &route->token));
}

static gboolean
route_uri (KithFront *front, guint nth, KithSipPiece *uri)
{
  KithSipPiece element, params;

  return kith_sip_lines_element (front->lines, KITH_HEADER_ROUTE, nth, &element)
         && kith_sip_piece_name (element, uri, &params);
}

gboolean
kith_front_read_route (KithFront *front, KithFrontRoute *route)
{
  KithSipPiece uri;
  KithFrontRoute other;

  *route = (KithFrontRoute){ 0 };
  if (kith_sip_lines_tag (front->lines, KITH_HEADER_TO).len == 0) {
    return FALSE; /* nothing begins with a token */
  }
  route->strict = read_token (front, front->lines->uri, route);
  if (!route->strict && (!route_uri (front, 0, &uri) || !read_token (front, uri, route))) {
    return FALSE;
  }
  route->pop_routes = route->strict ? 0 : 1;
  /* the other side's, where there are two */
  if (route_uri (front, route->pop_routes, &uri) && read_token (front, uri, &other)) {
    route->pop_routes++;
  }
  return TRUE;
}

/* Where that end of the dialog is now. FALSE: its connection is gone, and it has made no other. */
static gboolean
find_end (KithFront *front, const KithFlowEnd *end, KithWay *way)
{
  const KithBinding *binding
      = end->binding != 0 ? kith_edge_registrar_binding (front->registrar, end->binding) : NULL;

  memset (way, 0, sizeof *way);
  if (binding != NULL) {
    kith_front_way_of (front, binding, way, NULL);
    return TRUE;
  }
  way->to.peer = end->peer;
  kith_way_set_transport (way, end->transport);
  return !way->to.tcp || kith_flows_find (front->flows, &way->to) != NULL;
}

/* TRUE if the message came from that end's host. */
static gboolean
is_from (KithFront *front, const KithArrival *arrival, const KithFlowEnd *end)
{
  const KithBinding *binding
      = end->binding != 0 ? kith_edge_registrar_binding (front->registrar, end->binding) : NULL;

  return kith_endpoint_is_same_host (&end->peer, &arrival->way->to.peer)
         || (binding != NULL
             && kith_endpoint_is_same_host (&binding->source, &arrival->way->to.peer));
}

static void
refuse (KithFront *front, const KithArrival *arrival, guint status, const char *phrase)
{
  kith_front_note (front, KITH_EDGE_N_NO_DIALOG, NULL, 0, NULL);
  kith_front_reply (front,
                    arrival,
                    status,
                    phrase,
                    NULL,
                    arrival->way->to.tcp ? 0 : arrival->bytes + KITH_EDGE_MOST_MORE);
}

/* Header lines of all Routes that stay when the last one becomes the Request-URI (section 16.4),
   and that one. */
static void
unfold_strict (KithFront *front, const KithFrontRoute *route, KithSipPiece *uri, GString *lines)
{
  KithSipPiece element, next, params;

  *uri = (KithSipPiece){ NULL, 0 };
  for (guint i = route->pop_routes;
       kith_sip_lines_element (front->lines, KITH_HEADER_ROUTE, i, &element);
       i++) {
    if (kith_sip_lines_element (front->lines, KITH_HEADER_ROUTE, i + 1, &next)) {
      g_string_append_printf (lines, "Route: %.*s\r\n", KITH_SIP_PIECE (element));
    } else if (!kith_sip_piece_name (element, uri, &params)) {
      *uri = (KithSipPiece){ NULL, 0 };
    }
  }
}

gboolean
kith_front_pass_on (KithFront *front,
                    const KithArrival *arrival,
                    KithWay *to,
                    const KithSipEdit *more)
{
  const KithWay back = kith_front_answer_way (front, arrival->way);
  KithProxyMark mark = { .kind = KITH_PROXY_MARK_STATELESS };
  gchar loop[KITH_PROXY_LOOP + 1], host[64], from[64];
  KithEndpoint own;

  if (kith_sip_lines_hops (front->lines) == 0) {
    refuse (front, arrival, 483, "Too Many Hops");
    return FALSE;
  }
  kith_proxy_loop (front->rules.key, front->lines, loop);
  if (kith_proxy_loops (front->rules.key, front->lines, loop)) {
    refuse (front, arrival, 482, "Loop Detected");
    return FALSE;
  }
  if (!kith_branch_of_request (front->rules.key, front->lines, mark.mark)
      || !front->network->own_address (front->data, to, &own)) {
    refuse (front, arrival, 430, "Flow Failed");
    return FALSE;
  }
  kith_way_host (&own, TRUE, host, sizeof host);
  kith_way_host (&back.to.peer, FALSE, from, sizeof from);
  g_autofree gchar *branch = kith_proxy_mark_print (front->rules.key, &mark, loop);
  g_autofree gchar *via = g_strdup_printf ("%s %s:%u;branch=%s;rport",
                                           kith_sip_way_protocol (&to->to),
                                           host,
                                           own.port,
                                           branch);
  KithSipEdit edit = *more;
  edit.via = via;
  edit.received = from;
  edit.rport = back.to.peer.port;
  edit.hop = TRUE;
  if (!kith_sip_splice (front->lines, &edit, front->out)
      || kith_front_send (front, to, front->out->str, front->out->len) != 0) {
    refuse (front, arrival, 430, "Flow Failed");
    return FALSE;
  }
  return TRUE;
}

/* The request at hand goes to the other end. */
static gboolean
pass_along (KithFront *front, const KithArrival *arrival, const KithFrontRoute *route, KithWay *to)
{
  static const char *const strip[] = { "Route", NULL };
  g_autoptr (GString) lines = g_string_new (NULL);
  KithSipEdit edit = { .pop_routes = route->pop_routes };

  if (route->strict) {
    unfold_strict (front, route, &edit.uri, lines);
    edit.strip = strip;
    edit.lines = lines->str;
  }
  return kith_front_pass_on (front, arrival, to, &edit);
}

guint64
kith_front_call_id (KithFront *front)
{
  KithSipPiece call_id;
  gchar mark[KITH_EDGE_MARK + 1];

  (void)kith_sip_lines_get (front->lines, KITH_HEADER_CALL_ID, &call_id);
  kith_edge_mark (front->rules.key, "call", call_id.at, call_id.len, mark);
  return g_ascii_strtoull (mark, NULL, 16);
}

/* The call of who began it ends, so its connection need not stay for that. */
static void
note_end (KithFront *front, const KithFrontRoute *route)
{
  KithWay way = { .to = { .peer = route->token.caller.peer } };

  kith_way_set_transport (&way, route->token.caller.transport);
  KithFlow *flow = way.to.tcp ? kith_flows_find (front->flows, &way.to) : NULL;

  if (flow != NULL && flow->calls > 0) {
    flow->calls--;
  }
  kith_proxy_calls_end (front->calls, kith_front_call_id (front));
}

void
kith_front_forward (KithFront *front, const KithArrival *arrival, const KithFrontRoute *route)
{
  const KithFlowEnd *there = route->from_caller ? &route->token.callee : &route->token.caller;
  const KithFlowEnd *here = route->from_caller ? &route->token.caller : &route->token.callee;
  KithWay to;

  if (!is_from (front, arrival, here)) {
    refuse (front, arrival, 481, "Call/Transaction Does Not Exist");
  } else if (!find_end (front, there, &to)) {
    refuse (front, arrival, 430, "Flow Failed");
  } else if (pass_along (front, arrival, route, &to)
             && kith_sip_piece_is (front->lines->method, "BYE")) {
    note_end (front, route);
  }
}
