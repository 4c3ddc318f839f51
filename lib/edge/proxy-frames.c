/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Field by field; what is out of bounds is no frame. */
#include "edge/proxy-frames.h"

#include <string.h>

#include "model/net/endpoint-wire.h"

static void
put_short (KithWireWriter *w, const char *text, gsize most)
{
  const gsize len = strnlen (text, most + 1);

  w->ok = w->ok && len > 0 && len <= most;
  kith_wire_put_number (w, len, 1);
  kith_wire_put (w, text, len);
}

static void
get_short (KithWireReader *r, gchar *text, gsize most)
{
  const gsize len = (gsize)kith_wire_get_number (r, 1);

  r->ok = r->ok && len > 0 && len <= most;
  if (r->ok) {
    kith_wire_get (r, text, len);
    text[len] = '\0';
    for (gsize i = 0; i < len; i++) {
      r->ok = r->ok && g_ascii_isgraph (text[i]);
    }
  }
}

void
kith_edge_put_role (KithWireWriter *w, KithEdgeRole role)
{
  w->ok = w->ok && (guint)role <= KITH_EDGE_ROLE_STATELESS;
  kith_wire_put_number (w, role, 1);
}

KithEdgeRole
kith_edge_get_role (KithWireReader *r)
{
  const guint role = (guint)kith_wire_get_number (r, 1);

  r->ok = r->ok && role <= KITH_EDGE_ROLE_STATELESS;
  return (KithEdgeRole)(r->ok ? role : KITH_EDGE_ROLE_PROXY);
}

void
kith_edge_put_route (KithWireWriter *w, const KithEdgeRoute *route)
{
  w->ok = w->ok && kith_edge_route_is_sound (route);
  put_short (w, route->name, KITH_EDGE_ROUTE_NAME_MAX);
  put_short (w, route->domain, KITH_EDGE_ROUTE_DOMAIN_MAX);
  kith_endpoint_put (w, &route->next);
  kith_wire_put_number (w, route->tcp ? 1 : 0, 1);
  kith_wire_put_number (w, route->n_from, 1);
  for (guint i = 0; i < route->n_from && w->ok; i++) {
    kith_endpoint_put (w, &route->from[i].net);
    kith_wire_put_number (w, route->from[i].bits, 1);
  }
}

void
kith_edge_get_route (KithWireReader *r, KithEdgeRoute *route)
{
  get_short (r, route->name, KITH_EDGE_ROUTE_NAME_MAX);
  get_short (r, route->domain, KITH_EDGE_ROUTE_DOMAIN_MAX);
  kith_endpoint_get (r, &route->next, FALSE);
  route->tcp = kith_wire_get_bool (r);
  const guint n = (guint)kith_wire_get_number (r, 1);
  r->ok = r->ok && n <= KITH_EDGE_ROUTE_FROM_MAX;
  for (guint i = 0; i < n && r->ok; i++) {
    kith_endpoint_get (r, &route->from[i].net, FALSE);
    route->from[i].bits = (guint8)kith_wire_get_number (r, 1);
    route->n_from = (guint8)(i + 1);
  }
  r->ok = r->ok && kith_edge_route_is_sound (route);
}

void
kith_edge_put_call (KithWireWriter *w, const KithProxiedCall *call)
{
  w->ok = w->ok && (guint)call->phase <= KITH_PROXIED_TERMINATED && call->status <= 699;
  kith_wire_put_number (w, call->id, 8);
  kith_wire_put_number (w, call->phase, 1);
  kith_wire_put_number (w, call->status, 2);
  put_short (w, call->caller, KITH_PHONE_NAME_MAX);
  put_short (w, call->callee, KITH_PHONE_NAME_MAX);
}

void
kith_edge_get_call (KithWireReader *r, KithProxiedCall *call)
{
  call->id = kith_wire_get_number (r, 8);
  const guint phase = (guint)kith_wire_get_number (r, 1);
  call->status = (guint16)kith_wire_get_number (r, 2);
  r->ok = r->ok && phase <= KITH_PROXIED_TERMINATED && call->status <= 699;
  call->phase = (KithProxiedPhase)(r->ok ? phase : KITH_PROXIED_TERMINATED);
  get_short (r, call->caller, KITH_PHONE_NAME_MAX);
  get_short (r, call->callee, KITH_PHONE_NAME_MAX);
}
