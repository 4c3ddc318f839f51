/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a way of mapping ports in the router tells its owner. */
#pragma once

#include "model/net/endpoint.h"

G_BEGIN_DECLS

/* All come from the loop; the mapper that tells may not be freed there. @lan: this host's address
   as the router sees it, @outer: the router's own, 0.0.0.0 when it has none that it tells, family 0
   when only the first mapping will tell (ports 0). It comes again when @outer is another
   one: then all is to be mapped anew. */
typedef struct {
  void (*found) (const KithEndpoint *lan, const KithEndpoint *outer, gpointer user_data);
  /* There is no such router, or it turned out that it maps nothing. Once, the last event. */
  void (*failed) (gpointer user_data);
  /* @outer: from where others reach it now, its family 0 when the address is that of "found"; NULL:
     it is not mapped, @lifetime_s: for how long it makes no sense to ask again, or 0 when the
     router did not answer. */
  void (*mapped) (guint16 port, const KithEndpoint *outer, guint lifetime_s, gpointer user_data);
  /* the router was started anew, it has forgotten all mappings; NULL: not wanted */
  void (*lost) (gpointer user_data);
} KithMapperEvents;

G_END_DECLS
