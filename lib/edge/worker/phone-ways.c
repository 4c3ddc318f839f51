/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests go to the flow that a phone registered on, never to the host in its Contact. */
#include "edge/worker/front-private.h"

#include <string.h>

#include "edge/worker/registrar/phone-options.h"

void
kith_front_way_of (KithFront *front,
                   const KithBinding *binding,
                   KithWay *way,
                   KithClientsTarget *target)
{
  const guint32 stream = (guint32)binding->flow;
  KithSipHop hop;

  kith_way_set_transport (way, binding->transport);
  way->to.peer = binding->source;
  way->stream = kith_flows_get (front->flows, stream) != NULL ? stream : 0;
  if (way->to.tcp && way->stream == 0 && kith_sip_hop_of_uri (kith_sip_piece (binding->uri), &hop)
      && hop.endpoint.family != 0) {
    way->to.peer = hop.endpoint; /* where it listens: its connection is gone */
  }
  if (target != NULL) {
    target->uri = kith_sip_piece (binding->uri);
    target->route = binding->path;
  }
}

void
kith_front_ask_phone (const KithBinding *binding, gpointer user_data)
{
  KithFront *front = user_data;
  KithWay way = { 0 };
  KithEndpoint own;
  gchar host[64];

  kith_front_way_of (front, binding, &way, NULL);
  if (!front->network->own_address (front->data, &way, &own)) {
    return;
  }
  kith_way_host (&own, TRUE, host, sizeof host);
  g_autofree gchar *place = g_strdup_printf ("%s:%u", host, own.port);
  kith_phone_options_write (front->rules.key, binding, place, front->out);
  (void)kith_front_send (front, &way, front->out->str, front->out->len);
}

void
kith_front_ping_phone (const KithBinding *binding, gpointer user_data)
{
  KithFront *front = user_data;
  KithWay way = { 0 };

  kith_front_way_of (front, binding, &way, NULL);
  (void)kith_front_send (front, &way, "\r\n\r\n", 4);
}

gboolean
kith_front_phone_answers (KithFront *front, KithSipPiece inner)
{
  guint32 id = 0, asked = 0;

  if (!kith_phone_options_read (inner, &id, &asked)) {
    return FALSE;
  }
  if (front->lines->status >= 200) {
    kith_edge_registrar_hear (front->registrar, id, asked);
  }
  return TRUE;
}
