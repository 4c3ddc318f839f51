/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encodes and decodes the frames between daemon and worker, with every bound checked on both
   sides. */
#include "dht-frames.h"

#include <string.h>

#include "model/net/endpoint-wire.h"

static void
put_value (KithWireWriter *w, const KithDhtFrame *frame, size_t least, size_t most)
{
  if (frame->value_len < least || frame->value_len > most) {
    w->ok = false;
    return;
  }
  kith_wire_put (w, frame->value, frame->value_len);
}

static void
get_value (KithWireReader *r, KithDhtFrame *frame, size_t least, size_t most)
{
  if (r->left < least || r->left > most) {
    r->ok = false;
    return;
  }
  frame->value_len = r->left;
  kith_wire_get (r, frame->value, frame->value_len);
}

static void
put_status (KithWireWriter *w, const KithFrameStatus *status)
{
  if (status->n_dropped > KITH_FRAME_REASONS_MAX || status->n_known > KITH_FRAME_KNOWN_MAX) {
    w->ok = false;
    return;
  }
  kith_wire_put_number (w, status->port4, 2);
  kith_wire_put_number (w, status->port6, 2);
  kith_wire_put_number (w, status->peers, 2);
  kith_wire_put_number (w, status->passed, 8);
  kith_wire_put_number (w, status->lost, 4);
  kith_wire_put_number (w, status->stun_answered, 4);
  kith_wire_put_number (w, status->stun_refused, 4);
  kith_wire_put_number (w, status->n_dropped, 1);
  for (unsigned i = 0; i < status->n_dropped; i++) {
    kith_wire_put_number (w, status->dropped[i], 4);
  }
  kith_endpoint_put (w, &status->public_address);
  kith_wire_put_number (w, status->n_known, 1);
  for (unsigned i = 0; i < status->n_known; i++) {
    kith_endpoint_put (w, &status->known[i]);
  }
}

static void
get_status (KithWireReader *r, KithFrameStatus *status)
{
  status->port4 = (uint16_t)kith_wire_get_number (r, 2);
  status->port6 = (uint16_t)kith_wire_get_number (r, 2);
  status->peers = (uint16_t)kith_wire_get_number (r, 2);
  status->passed = kith_wire_get_number (r, 8);
  status->lost = (uint32_t)kith_wire_get_number (r, 4);
  status->stun_answered = (uint32_t)kith_wire_get_number (r, 4);
  status->stun_refused = (uint32_t)kith_wire_get_number (r, 4);
  status->n_dropped = (uint8_t)kith_wire_get_number (r, 1);
  if (status->n_dropped > KITH_FRAME_REASONS_MAX) {
    r->ok = false;
    return;
  }
  for (unsigned i = 0; i < status->n_dropped; i++) {
    status->dropped[i] = (uint32_t)kith_wire_get_number (r, 4);
  }
  kith_endpoint_get (r, &status->public_address, true);
  status->n_known = (uint8_t)kith_wire_get_number (r, 1);
  if (status->n_known > KITH_FRAME_KNOWN_MAX) {
    r->ok = false;
    return;
  }
  for (unsigned i = 0; i < status->n_known; i++) {
    kith_endpoint_get (r, &status->known[i], false);
  }
}

/* HOST and PEERS. */
static void
put_addresses (KithWireWriter *w, const KithDhtFrame *frame)
{
  if (frame->n_addresses > KITH_FRAME_PEERS_MAX) {
    w->ok = false;
    return;
  }
  kith_wire_put_number (w, frame->n_addresses, 1);
  for (unsigned i = 0; i < frame->n_addresses; i++) {
    w->ok = w->ok && frame->addresses[i].family != 0;
    if (frame->type == KITH_FRAME_PEERS) {
      kith_wire_put_number (w, frame->heard[i], 1);
    }
    kith_endpoint_put (w, &frame->addresses[i]);
  }
}

static void
get_addresses (KithWireReader *r, KithDhtFrame *frame)
{
  frame->n_addresses = (uint8_t)kith_wire_get_number (r, 1);
  if (frame->n_addresses > KITH_FRAME_PEERS_MAX) {
    r->ok = false;
    return;
  }
  for (unsigned i = 0; i < frame->n_addresses; i++) {
    frame->heard[i] = frame->type == KITH_FRAME_PEERS && kith_wire_get_bool (r);
    kith_endpoint_get (r, &frame->addresses[i], false);
  }
}

static void
put_request (KithWireWriter *w, const KithDhtFrame *frame)
{
  kith_wire_put_number (w, frame->id, 4);
  switch ((int)frame->type) {
  case KITH_FRAME_GET:
    kith_wire_put (w, frame->location, KITH_FRAME_LOCATION_LEN);
    kith_wire_put_number (w, frame->deadline_ms, 2);
    return;
  case KITH_FRAME_PUT:
    kith_wire_put_number (w, frame->keep, 1);
    kith_wire_put (w, frame->location, KITH_FRAME_LOCATION_LEN);
    put_value (w, frame, 1, KITH_FRAME_VALUE_MAX);
    return;
  case KITH_FRAME_LISTEN:
    kith_wire_put (w, frame->location, KITH_FRAME_LOCATION_LEN);
    return;
  default:
    return; /* the id is all */
  }
}

static bool
is_known (KithFrameType type)
{
  return (type >= KITH_FRAME_START && type <= KITH_FRAME_TUNNEL)
         || (type >= KITH_FRAME_READY && type <= KITH_FRAME_DIRECT);
}

size_t
kith_dht_frame_encode (const KithDhtFrame *frame, uint8_t *out, size_t room)
{
  KithWireWriter w
      = kith_frame_begin (out, room < KITH_FRAME_MAX ? room : KITH_FRAME_MAX, (uint8_t)frame->type);

  w.ok = w.ok && is_known (frame->type);
  switch (frame->type) {
  case KITH_FRAME_START:
    kith_wire_put_number (&w, frame->port, 2);
    kith_wire_put_number (&w, frame->network, 4);
    kith_wire_put_number (&w, frame->discovery, 1);
    kith_wire_put_number (&w, frame->check_s, 2);
    kith_wire_put (&w, frame->location, sizeof frame->location);
    break;
  case KITH_FRAME_BOOTSTRAP:
    w.ok = w.ok && frame->address.family != 0;
    kith_endpoint_put (&w, &frame->address);
    break;
  case KITH_FRAME_GET:
  case KITH_FRAME_CANCEL_GET:
  case KITH_FRAME_PUT:
  case KITH_FRAME_CANCEL_PUT:
  case KITH_FRAME_LISTEN:
  case KITH_FRAME_UNLISTEN:
    put_request (&w, frame);
    break;
  case KITH_FRAME_PING:
  case KITH_FRAME_QUIT:
  case KITH_FRAME_DIRECT:
    break;
  case KITH_FRAME_HOST:
  case KITH_FRAME_PEERS:
    put_addresses (&w, frame);
    break;
  case KITH_FRAME_TUNNEL:
    kith_wire_put_number (&w, frame->port, 2);
    kith_wire_put (&w, frame->token, sizeof frame->token);
    break;
  case KITH_FRAME_READY:
    kith_wire_put_number (&w, frame->port4, 2);
    kith_wire_put_number (&w, frame->port6, 2);
    break;
  case KITH_FRAME_VALUE:
    kith_wire_put_number (&w, frame->id, 4);
    put_value (&w, frame, 1, KITH_FRAME_VALUE_MAX);
    break;
  case KITH_FRAME_DONE:
    kith_wire_put_number (&w, frame->id, 4);
    kith_wire_put_number (&w, frame->ok, 1);
    break;
  case KITH_FRAME_PUBLISHED:
    kith_wire_put_number (&w, frame->id, 4);
    kith_wire_put_number (&w, frame->replicas, 2);
    break;
  case KITH_FRAME_STATUS:
    put_status (&w, &frame->status);
    break;
  case KITH_FRAME_FAILED:
    put_value (&w, frame, 0, KITH_FRAME_TEXT_MAX);
    break;
  }
  return kith_frame_end (&w, out);
}

static void
get_request (KithWireReader *r, KithDhtFrame *frame)
{
  switch ((int)frame->type) {
  case KITH_FRAME_START:
    frame->port = (uint16_t)kith_wire_get_number (r, 2);
    frame->network = (uint32_t)kith_wire_get_number (r, 4);
    frame->discovery = kith_wire_get_bool (r);
    frame->check_s = (uint16_t)kith_wire_get_number (r, 2);
    kith_wire_get (r, frame->location, sizeof frame->location);
    return;
  case KITH_FRAME_BOOTSTRAP:
    kith_endpoint_get (r, &frame->address, false);
    r->ok = r->ok && frame->address.port != 0;
    return;
  case KITH_FRAME_GET:
  case KITH_FRAME_LISTEN:
    frame->id = (uint32_t)kith_wire_get_number (r, 4);
    kith_wire_get (r, frame->location, KITH_FRAME_LOCATION_LEN);
    if (frame->type == KITH_FRAME_GET) {
      frame->deadline_ms = (uint16_t)kith_wire_get_number (r, 2);
    }
    return;
  case KITH_FRAME_PUT:
    frame->id = (uint32_t)kith_wire_get_number (r, 4);
    frame->keep = kith_wire_get_bool (r);
    kith_wire_get (r, frame->location, KITH_FRAME_LOCATION_LEN);
    get_value (r, frame, 1, KITH_FRAME_VALUE_MAX);
    return;
  case KITH_FRAME_CANCEL_GET:
  case KITH_FRAME_CANCEL_PUT:
  case KITH_FRAME_UNLISTEN:
    frame->id = (uint32_t)kith_wire_get_number (r, 4);
    return;
  case KITH_FRAME_PING:
  case KITH_FRAME_QUIT:
    return;
  case KITH_FRAME_HOST:
    get_addresses (r, frame);
    return;
  case KITH_FRAME_TUNNEL:
    frame->port = (uint16_t)kith_wire_get_number (r, 2);
    kith_wire_get (r, frame->token, sizeof frame->token);
    return;
  default:
    r->ok = false;
  }
}

static void
get_event (KithWireReader *r, KithDhtFrame *frame)
{
  switch ((int)frame->type) {
  case KITH_FRAME_READY:
    frame->port4 = (uint16_t)kith_wire_get_number (r, 2);
    frame->port6 = (uint16_t)kith_wire_get_number (r, 2);
    return;
  case KITH_FRAME_VALUE:
    frame->id = (uint32_t)kith_wire_get_number (r, 4);
    get_value (r, frame, 1, KITH_FRAME_VALUE_MAX);
    return;
  case KITH_FRAME_DONE:
    frame->id = (uint32_t)kith_wire_get_number (r, 4);
    frame->ok = kith_wire_get_bool (r);
    return;
  case KITH_FRAME_PUBLISHED:
    frame->id = (uint32_t)kith_wire_get_number (r, 4);
    frame->replicas = (uint16_t)kith_wire_get_number (r, 2);
    return;
  case KITH_FRAME_STATUS:
    get_status (r, &frame->status);
    return;
  case KITH_FRAME_FAILED:
    get_value (r, frame, 0, KITH_FRAME_TEXT_MAX);
    return;
  case KITH_FRAME_PEERS:
    get_addresses (r, frame);
    return;
  case KITH_FRAME_DIRECT:
    return;
  default:
    r->ok = false;
  }
}

bool
kith_dht_frame_decode (KithWireReader body, KithFrameOrigin origin, KithDhtFrame *frame)
{
  memset (frame, 0, sizeof *frame);
  frame->type = (KithFrameType)kith_wire_get_number (&body, 1);
  if (origin == KITH_FRAME_FROM_DAEMON) {
    get_request (&body, frame);
  } else {
    get_event (&body, frame);
  }
  return body.ok && body.left == 0;
}
