/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a way of mapping ports in the router tells its owner. */
#pragma once

#include "model/endpoint.h"

G_BEGIN_DECLS

/* All come from the loop; the mapper that tells may not be freed there. @lan: this host's address as the router sees it, @outer: the router's
   own, 0.0.0.0 when it has none that it tells (ports 0). */
typedef struct {
  void (*found) (const KithCandidate *lan, const KithCandidate *outer, gpointer user_data);
  void (*failed) (gpointer user_data); /* once: there is no such router */
  /* @outer_port 0: refused. */
  void (*mapped) (guint16 port, guint16 outer_port, guint lifetime_s, gpointer user_data);
} KithMapperEvents;

G_END_DECLS
