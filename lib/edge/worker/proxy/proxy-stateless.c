/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests that are passed on with nothing kept (RFC 3261 section 16.11): for the domains of
   routes, and in the role "stateless" those for phones. */
#include <string.h>

#include "edge/edge-limits.h"
#include "edge/worker/front-private.h"
#include "edge/worker/proxy/proxy-record.h"

static const KithEdgeRoute *
find_route (KithFront *front)
{
  KithSipUriParts parts;

  if (!kith_sip_uri_split (front->lines->uri, &parts)) {
    return NULL;
  }
  for (guint i = 0; i < front->routes->len; i++) {
    const KithEdgeRoute *route = &g_array_index (front->routes, KithEdgeRoute, i);
    if (kith_sip_piece_is (parts.host, route->domain)) {
      return route;
    }
  }
  return NULL;
}

/* TRUE for what follows a request and cannot be asked for a password. */
static gboolean
is_follower (KithFront *front)
{
  return kith_sip_piece_is (front->lines->method, "ACK")
         || kith_sip_piece_is (front->lines->method, "CANCEL");
}

/* The phone that sent the request at hand. @asked: (out): it was asked for its password. NULL: no
   phone. */
static const KithTabled *
find_caller (KithFront *front, const KithArrival *arrival, gboolean *asked)
{
  const KithRegisterFrom from = kith_front_from (arrival->way);
  g_autoptr (GString) lines = g_string_new (NULL);
  KithRegisterReply answer = { .lines = lines };
  const char *name = NULL;

  *asked = FALSE;
  if (!kith_edge_registrar_has_phones (front->registrar)) {
    return NULL;
  }
  if (is_follower (front)) {
    return kith_edge_registrar_at_home (front->registrar, front->lines, &from);
  }
  switch (kith_edge_registrar_who (front->registrar, front->lines, &from, &name, &answer)) {
  case KITH_EDGE_WHO_PHONE:
    return kith_edge_registrar_find (front->registrar, kith_sip_piece (name));
  case KITH_EDGE_WHO_ASKED:
    kith_front_reply (front, arrival, answer.status, answer.phrase, lines->str, 0);
    *asked = TRUE;
    return NULL;
  case KITH_EDGE_WHO_OTHER:
    return NULL;
  }
  return NULL;
}

/* To the next server of a domain. TRUE: taken care of. */
static gboolean
take_route (KithFront *front, const KithArrival *arrival, const KithEdgeRoute *route)
{
  const KithSipEdit edit = { 0 };
  KithWay to = { .to = { .tcp = route->tcp, .peer = route->next } };
  gboolean asked = FALSE;

  if (!kith_edge_route_allows (route, &arrival->way->to.peer)) {
    const KithTabled *caller = find_caller (front, arrival, &asked);
    if (asked) {
      return TRUE;
    }
    if (caller == NULL) {
      return FALSE; /* as if there were no such route */
    }
    if (caller->phone.rights != KITH_PHONE_HOME) {
      kith_front_reply (front, arrival, 403, "Forbidden", NULL, 0);
      return TRUE;
    }
  }
  (void)kith_front_pass_on (front, arrival, &to, &edit);
  return TRUE;
}

/* Of all places the one that wants it most, and of those the one that registered last: the same for
   all that belongs to one request. */
static const KithBinding *
choose (const KithTabled *callee)
{
  const KithBinding *best = NULL;

  for (guint i = 0; i < callee->set.n; i++) {
    const KithBinding *binding = callee->set.items[i];
    if (best == NULL || binding->q > best->q || (binding->q == best->q && binding->id > best->id)) {
      best = binding;
    }
  }
  return best;
}

static void
pass_to_phone (KithFront *front,
               const KithArrival *arrival,
               const KithTabled *caller,
               const KithBinding *binding)
{
  KithSipEdit edit = { .uri = kith_sip_piece (binding->uri), .route = binding->path };
  KithWay to = { 0 };
  KithFlowToken token = { .caller = kith_front_caller_end (caller, arrival) };
  const KithProxyForkFuncs funcs = kith_front_fork_funcs (front);
  const KithProxyRecord what
      = { .key = front->rules.key, .own_address = funcs.own_address, .data = front };
  g_autoptr (GString) record = g_string_new (NULL);

  kith_front_way_of (front, binding, &to, NULL);
  token.callee = (KithFlowEnd){ .transport = binding->transport,
                                .peer = binding->source,
                                .binding = binding->id };
  if (kith_sip_piece_is (front->lines->method, "INVITE")) {
    kith_proxy_record (&what, front->lines, &token, &to, record);
  }
  edit.record_route = record->len > 0 ? record->str : NULL;
  (void)kith_front_pass_on (front, arrival, &to, &edit);
}

static gboolean
take_phone (KithFront *front, const KithArrival *arrival, const KithTabled *callee)
{
  gboolean asked = FALSE;
  const KithTabled *caller = find_caller (front, arrival, &asked);

  if (asked || caller == NULL) {
    return asked;
  }
  const KithBinding *binding = choose (callee);
  if (!kith_front_may_call (caller)) {
    kith_front_reply (front, arrival, 403, "Forbidden", NULL, 0);
  } else if (binding == NULL) {
    kith_front_reply (front, arrival, 480, "Not Registered", NULL, 0);
  } else {
    pass_to_phone (front, arrival, caller, binding);
  }
  return TRUE;
}

gboolean
kith_front_route (KithFront *front, const KithArrival *arrival)
{
  const KithEdgeRoute *route = front->routes->len > 0 ? find_route (front) : NULL;
  const KithTabled *callee = NULL;

  if (route != NULL) {
    return take_route (front, arrival, route);
  }
  if (front->role != KITH_EDGE_ROLE_STATELESS
      || !(kith_front_is_for_phone (front, arrival) || is_follower (front))) {
    return FALSE;
  }
  callee = kith_front_callee (front, arrival);
  return callee != NULL && take_phone (front, arrival, callee);
}
