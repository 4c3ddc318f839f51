/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes and reads an endpoint with its bounds checked. */
#include "model/net/endpoint-wire.h"

void
kith_endpoint_put (KithWireWriter *writer, const KithEndpoint *endpoint)
{
  kith_wire_put_number (writer, endpoint->family, 1);
  switch (endpoint->family) {
  case 0:
    return;
  case 4:
  case 6:
    kith_wire_put (writer, endpoint->ip, endpoint->family == 4 ? 4 : 16);
    kith_wire_put_number (writer, endpoint->port, 2);
    return;
  default:
    writer->ok = false;
  }
}

void
kith_endpoint_get (KithWireReader *reader, KithEndpoint *endpoint, gboolean may_be_none)
{
  *endpoint = (KithEndpoint){ .family = (guint16)kith_wire_get_number (reader, 1) };
  switch (endpoint->family) {
  case 0:
    reader->ok = reader->ok && may_be_none;
    return;
  case 4:
  case 6:
    kith_wire_get (reader, endpoint->ip, endpoint->family == 4 ? 4 : 16);
    endpoint->port = (guint16)kith_wire_get_number (reader, 2);
    return;
  default:
    reader->ok = false;
  }
}
