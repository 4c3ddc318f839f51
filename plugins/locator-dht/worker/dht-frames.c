/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encodes and decodes the frames between daemon and worker, with every bound checked on both
   sides. */
#include "dht-frames.h"

#include <string.h>

typedef struct {
  uint8_t *at;
  size_t room;
  bool ok;
} Writer;

typedef struct {
  const uint8_t *at;
  size_t left;
  bool ok;
} Reader;

static void
put_bytes (Writer *w, const void *data, size_t len)
{
  if (!w->ok || w->room < len) {
    w->ok = false;
    return;
  }
  if (len > 0) {
    memcpy (w->at, data, len);
  }
  w->at += len;
  w->room -= len;
}

static void
put_number (Writer *w, uint64_t value, size_t len)
{
  uint8_t bytes[8];

  for (size_t i = 0; i < len; i++) {
    bytes[i] = (uint8_t)(value >> (8 * (len - 1 - i)));
  }
  put_bytes (w, bytes, len);
}

static void
get_bytes (Reader *r, void *data, size_t len)
{
  if (!r->ok || r->left < len) {
    r->ok = false;
    return;
  }
  memcpy (data, r->at, len);
  r->at += len;
  r->left -= len;
}

static uint64_t
get_number (Reader *r, size_t len)
{
  uint8_t bytes[8] = { 0 };
  uint64_t value = 0;

  get_bytes (r, bytes, len);
  for (size_t i = 0; i < len; i++) {
    value = value << 8 | bytes[i];
  }
  return r->ok ? value : 0;
}

static bool
get_bool (Reader *r)
{
  uint64_t value = get_number (r, 1);

  if (value > 1) {
    r->ok = false;
  }
  return value == 1;
}

static void
put_address (Writer *w, const KithFrameAddress *address)
{
  if (address->family != 0 && address->family != 4 && address->family != 6) {
    w->ok = false;
    return;
  }
  put_number (w, address->family, 1);
  if (address->family != 0) {
    put_bytes (w, address->ip, address->family == 4 ? 4 : 16);
    put_number (w, address->port, 2);
  }
}

static void
get_address (Reader *r, KithFrameAddress *address)
{
  memset (address, 0, sizeof *address);
  address->family = (uint8_t)get_number (r, 1);
  switch (address->family) {
  case 0:
    return;
  case 4:
  case 6:
    get_bytes (r, address->ip, address->family == 4 ? 4 : 16);
    address->port = (uint16_t)get_number (r, 2);
    return;
  default:
    r->ok = false;
  }
}

static void
put_value (Writer *w, const KithDhtFrame *frame, size_t least, size_t most)
{
  if (frame->value_len < least || frame->value_len > most) {
    w->ok = false;
    return;
  }
  put_bytes (w, frame->value, frame->value_len);
}

static void
get_value (Reader *r, KithDhtFrame *frame, size_t least, size_t most)
{
  if (r->left < least || r->left > most) {
    r->ok = false;
    return;
  }
  frame->value_len = r->left;
  get_bytes (r, frame->value, frame->value_len);
}

static void
put_status (Writer *w, const KithFrameStatus *status)
{
  if (status->n_dropped > KITH_FRAME_REASONS_MAX || status->n_known > KITH_FRAME_KNOWN_MAX) {
    w->ok = false;
    return;
  }
  put_number (w, status->port4, 2);
  put_number (w, status->port6, 2);
  put_number (w, status->peers, 2);
  put_number (w, status->passed, 8);
  put_number (w, status->lost, 4);
  put_number (w, status->stun_answered, 4);
  put_number (w, status->stun_refused, 4);
  put_number (w, status->n_dropped, 1);
  for (unsigned i = 0; i < status->n_dropped; i++) {
    put_number (w, status->dropped[i], 4);
  }
  put_address (w, &status->public_address);
  put_number (w, status->n_known, 1);
  for (unsigned i = 0; i < status->n_known; i++) {
    put_address (w, &status->known[i]);
  }
}

static void
get_status (Reader *r, KithFrameStatus *status)
{
  status->port4 = (uint16_t)get_number (r, 2);
  status->port6 = (uint16_t)get_number (r, 2);
  status->peers = (uint16_t)get_number (r, 2);
  status->passed = get_number (r, 8);
  status->lost = (uint32_t)get_number (r, 4);
  status->stun_answered = (uint32_t)get_number (r, 4);
  status->stun_refused = (uint32_t)get_number (r, 4);
  status->n_dropped = (uint8_t)get_number (r, 1);
  if (status->n_dropped > KITH_FRAME_REASONS_MAX) {
    r->ok = false;
    return;
  }
  for (unsigned i = 0; i < status->n_dropped; i++) {
    status->dropped[i] = (uint32_t)get_number (r, 4);
  }
  get_address (r, &status->public_address);
  status->n_known = (uint8_t)get_number (r, 1);
  if (status->n_known > KITH_FRAME_KNOWN_MAX) {
    r->ok = false;
    return;
  }
  for (unsigned i = 0; i < status->n_known; i++) {
    get_address (r, &status->known[i]);
    r->ok = r->ok && status->known[i].family != 0;
  }
}

/* HOST and PEERS. */
static void
put_addresses (Writer *w, const KithDhtFrame *frame)
{
  if (frame->n_addresses > KITH_FRAME_PEERS_MAX) {
    w->ok = false;
    return;
  }
  put_number (w, frame->n_addresses, 1);
  for (unsigned i = 0; i < frame->n_addresses; i++) {
    w->ok = w->ok && frame->addresses[i].family != 0;
    if (frame->type == KITH_FRAME_PEERS) {
      put_number (w, frame->heard[i], 1);
    }
    put_address (w, &frame->addresses[i]);
  }
}

static void
get_addresses (Reader *r, KithDhtFrame *frame)
{
  frame->n_addresses = (uint8_t)get_number (r, 1);
  if (frame->n_addresses > KITH_FRAME_PEERS_MAX) {
    r->ok = false;
    return;
  }
  for (unsigned i = 0; i < frame->n_addresses; i++) {
    frame->heard[i] = frame->type == KITH_FRAME_PEERS && get_bool (r);
    get_address (r, &frame->addresses[i]);
    r->ok = r->ok && frame->addresses[i].family != 0;
  }
}

static void
put_request (Writer *w, const KithDhtFrame *frame)
{
  put_number (w, frame->id, 4);
  switch ((int)frame->type) {
  case KITH_FRAME_GET:
    put_bytes (w, frame->location, KITH_FRAME_LOCATION_LEN);
    put_number (w, frame->deadline_ms, 2);
    return;
  case KITH_FRAME_PUT:
    put_number (w, frame->keep, 1);
    put_bytes (w, frame->location, KITH_FRAME_LOCATION_LEN);
    put_value (w, frame, 1, KITH_FRAME_VALUE_MAX);
    return;
  case KITH_FRAME_LISTEN:
    put_bytes (w, frame->location, KITH_FRAME_LOCATION_LEN);
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
  Writer w = { out, room < KITH_FRAME_MAX ? room : KITH_FRAME_MAX, is_known (frame->type) };

  put_number (&w, 0, 2);
  put_number (&w, frame->type, 1);
  switch (frame->type) {
  case KITH_FRAME_START:
    put_number (&w, frame->port, 2);
    put_number (&w, frame->network, 4);
    put_number (&w, frame->discovery, 1);
    put_number (&w, frame->check_s, 2);
    put_bytes (&w, frame->location, sizeof frame->location);
    break;
  case KITH_FRAME_BOOTSTRAP:
    w.ok = w.ok && frame->address.family != 0;
    put_address (&w, &frame->address);
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
    put_number (&w, frame->port, 2);
    put_bytes (&w, frame->token, sizeof frame->token);
    break;
  case KITH_FRAME_READY:
    put_number (&w, frame->port4, 2);
    put_number (&w, frame->port6, 2);
    break;
  case KITH_FRAME_VALUE:
    put_number (&w, frame->id, 4);
    put_value (&w, frame, 1, KITH_FRAME_VALUE_MAX);
    break;
  case KITH_FRAME_DONE:
    put_number (&w, frame->id, 4);
    put_number (&w, frame->ok, 1);
    break;
  case KITH_FRAME_PUBLISHED:
    put_number (&w, frame->id, 4);
    put_number (&w, frame->replicas, 2);
    break;
  case KITH_FRAME_STATUS:
    put_status (&w, &frame->status);
    break;
  case KITH_FRAME_FAILED:
    put_value (&w, frame, 0, KITH_FRAME_TEXT_MAX);
    break;
  }
  if (!w.ok) {
    return 0;
  }
  const size_t len = (size_t)(w.at - out);
  out[0] = (uint8_t)((len - 2) >> 8);
  out[1] = (uint8_t)(len - 2);
  return len;
}

static void
get_request (Reader *r, KithDhtFrame *frame)
{
  switch ((int)frame->type) {
  case KITH_FRAME_START:
    frame->port = (uint16_t)get_number (r, 2);
    frame->network = (uint32_t)get_number (r, 4);
    frame->discovery = get_bool (r);
    frame->check_s = (uint16_t)get_number (r, 2);
    get_bytes (r, frame->location, sizeof frame->location);
    return;
  case KITH_FRAME_BOOTSTRAP:
    get_address (r, &frame->address);
    r->ok = r->ok && frame->address.family != 0 && frame->address.port != 0;
    return;
  case KITH_FRAME_GET:
  case KITH_FRAME_LISTEN:
    frame->id = (uint32_t)get_number (r, 4);
    get_bytes (r, frame->location, KITH_FRAME_LOCATION_LEN);
    if (frame->type == KITH_FRAME_GET) {
      frame->deadline_ms = (uint16_t)get_number (r, 2);
    }
    return;
  case KITH_FRAME_PUT:
    frame->id = (uint32_t)get_number (r, 4);
    frame->keep = get_bool (r);
    get_bytes (r, frame->location, KITH_FRAME_LOCATION_LEN);
    get_value (r, frame, 1, KITH_FRAME_VALUE_MAX);
    return;
  case KITH_FRAME_CANCEL_GET:
  case KITH_FRAME_CANCEL_PUT:
  case KITH_FRAME_UNLISTEN:
    frame->id = (uint32_t)get_number (r, 4);
    return;
  case KITH_FRAME_PING:
  case KITH_FRAME_QUIT:
    return;
  case KITH_FRAME_HOST:
    get_addresses (r, frame);
    return;
  case KITH_FRAME_TUNNEL:
    frame->port = (uint16_t)get_number (r, 2);
    get_bytes (r, frame->token, sizeof frame->token);
    return;
  default:
    r->ok = false;
  }
}

static void
get_event (Reader *r, KithDhtFrame *frame)
{
  switch ((int)frame->type) {
  case KITH_FRAME_READY:
    frame->port4 = (uint16_t)get_number (r, 2);
    frame->port6 = (uint16_t)get_number (r, 2);
    return;
  case KITH_FRAME_VALUE:
    frame->id = (uint32_t)get_number (r, 4);
    get_value (r, frame, 1, KITH_FRAME_VALUE_MAX);
    return;
  case KITH_FRAME_DONE:
    frame->id = (uint32_t)get_number (r, 4);
    frame->ok = get_bool (r);
    return;
  case KITH_FRAME_PUBLISHED:
    frame->id = (uint32_t)get_number (r, 4);
    frame->replicas = (uint16_t)get_number (r, 2);
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
kith_dht_frame_decode (const uint8_t *body, size_t len, KithFrameOrigin origin, KithDhtFrame *frame)
{
  Reader r = { body, len, true };

  memset (frame, 0, sizeof *frame);
  frame->type = (KithFrameType)get_number (&r, 1);
  if (origin == KITH_FRAME_FROM_DAEMON) {
    get_request (&r, frame);
  } else {
    get_event (&r, frame);
  }
  return r.ok && r.left == 0;
}

KithSplit
kith_dht_frame_split (const uint8_t *data,
                      size_t len,
                      KithFrameOrigin origin,
                      KithDhtFrame *frame,
                      size_t *used)
{
  *used = 0;
  if (len < 2) {
    return KITH_SPLIT_MORE;
  }
  const size_t body = (size_t)data[0] << 8 | data[1];
  if (body == 0 || body > KITH_FRAME_MAX - 2) {
    return KITH_SPLIT_BROKEN;
  }
  if (len - 2 < body) {
    return KITH_SPLIT_MORE;
  }
  if (!kith_dht_frame_decode (data + 2, body, origin, frame)) {
    return KITH_SPLIT_BROKEN;
  }
  *used = 2 + body;
  return KITH_SPLIT_FRAME;
}
