/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passes streams one way and facts the other. */
#include "node/edge-tie.h"

struct _KithEdgeTie {
  KithEdge *edge;
  KithSip *sip;
  KithKnownHosts *hosts;
};

static int
open_stream (gpointer user_data, GError **error)
{
  return kith_sip_open_edge (((KithEdgeTie *)user_data)->sip, error);
}

static guint
list_known (KithEndpoint *hosts, guint room, gpointer user_data)
{
  return kith_known_hosts_list (((KithEdgeTie *)user_data)->hosts, hosts, room);
}

static void
on_changed (KithEdge *edge, KithEdgeTie *tie)
{
  KithEdgeFacts facts;

  kith_edge_get_facts (edge, &facts);
  kith_sip_set_edge (tie->sip, facts.port, facts.tls_port, facts.problem, facts.error_number);
}

KithEdgeTie *
kith_edge_tie_new (KithEdge *edge, KithSip *sip, KithKnownHosts *hosts)
{
  KithEdgeTie *tie = g_new (KithEdgeTie, 1);
  const KithEdgeOwner owner = { open_stream, list_known, tie };

  *tie = (KithEdgeTie){ edge, sip, hosts };
  g_signal_connect (edge, "changed", G_CALLBACK (on_changed), tie);
  kith_edge_start (edge, &owner);
  return tie;
}

void
kith_edge_tie_free (KithEdgeTie *tie)
{
  if (tie != NULL) {
    g_signal_handlers_disconnect_by_data (tie->edge, tie);
    g_free (tie);
  }
}
