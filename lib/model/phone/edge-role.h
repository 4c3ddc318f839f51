/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What kith-edge does with what one phone wants of another, and where it sends what is for other
   domains. */
#pragma once

#include "model/net/endpoint.h"

G_BEGIN_DECLS

typedef enum {
  KITH_EDGE_ROLE_PROXY,     /* it asks for them, and keeps what is under way */
  KITH_EDGE_ROLE_REDIRECT,  /* it tells them where the other one is (302) */
  KITH_EDGE_ROLE_STATELESS, /* it passes on, and keeps nothing */
} KithEdgeRole;

#define KITH_EDGE_ROUTES_MAX 32
#define KITH_EDGE_ROUTE_NAME_MAX 24
#define KITH_EDGE_ROUTE_DOMAIN_MAX 253
#define KITH_EDGE_ROUTE_FROM_MAX 8

/* Addresses that have the first @bits bits of @net. */
typedef struct {
  KithEndpoint net; /* port 0 */
  guint8 bits;
} KithEdgeNet;

/* Where requests for a domain go. Without pointers: copied by assignment. */
typedef struct {
  gchar name[KITH_EDGE_ROUTE_NAME_MAX + 1];
  gchar domain[KITH_EDGE_ROUTE_DOMAIN_MAX + 1];
  KithEndpoint next;
  gboolean tcp;  /* else UDP */
  guint8 n_from; /* who may, beside the phones of class "home" */
  KithEdgeNet from[KITH_EDGE_ROUTE_FROM_MAX];
} KithEdgeRoute;

/* "proxy", "redirect", "stateless" (static), and back. FALSE: another word. */
KITH_API const char *kith_edge_role_word (KithEdgeRole role);
KITH_API gboolean kith_edge_role_parse (const char *word, KithEdgeRole *role);

/* They read what kith.conf says of a route. FALSE: it is none: not 1 to 24 letters, digits, "-" and
   "."; no name of a domain; not "udp:" or "tcp:" (or neither, for UDP), an address and a port; not
   a list of addresses and networks, at most eight. */
KITH_API gboolean kith_edge_route_set_name (KithEdgeRoute *route, const char *text);
KITH_API gboolean kith_edge_route_set_domain (KithEdgeRoute *route, const char *text);
KITH_API gboolean kith_edge_route_set_next (KithEdgeRoute *route, const char *text);
KITH_API gboolean kith_edge_route_set_from (KithEdgeRoute *route, const char *text);

/* TRUE if all parts are such. */
KITH_API gboolean kith_edge_route_is_sound (const KithEdgeRoute *route);

/* TRUE if a host may use it without being a phone. */
KITH_API gboolean kith_edge_route_allows (const KithEdgeRoute *route, const KithEndpoint *peer);

G_END_DECLS
