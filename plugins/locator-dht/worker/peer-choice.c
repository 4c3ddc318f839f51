/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses few nodes out of many, and sticks to them. */
#include "peer-choice.h"

#include <string.h>

static bool
is_same (const KithEndpoint *a, const KithEndpoint *b)
{
  return memcmp (a, b, sizeof *a) == 0;
}

static bool
has (const KithEndpoint *list, unsigned n, const KithEndpoint *address)
{
  for (unsigned i = 0; i < n; i++) {
    if (is_same (&list[i], address)) {
      return true;
    }
  }
  return false;
}

static bool
has_host (const KithDhtFrame *frame, const KithEndpoint *endpoint)
{
  for (unsigned i = 0; i < frame->n_addresses; i++) {
    if (kith_endpoint_is_same_host (&frame->addresses[i], endpoint)) {
      return true;
    }
  }
  return false;
}

/* Adds those of @list that are public, or not, and that are in @only, unless it is NULL. */
static void
add (KithDhtFrame *frame,
     const KithEndpoint *list,
     unsigned n,
     bool public_ones,
     bool new_hosts_only,
     const KithDhtFrame *only)
{
  for (unsigned i = 0; i < n && frame->n_addresses < KITH_FRAME_PEERS_MAX; i++) {
    if (kith_endpoint_is_public (&list[i]) == public_ones
        && !has (frame->addresses, frame->n_addresses, &list[i])
        && !(new_hosts_only && has_host (frame, &list[i]))
        && (only == NULL || has (only->addresses, only->n_addresses, &list[i]))) {
      frame->addresses[frame->n_addresses++] = list[i];
    }
  }
}

static bool
differs (const KithDhtFrame *a, const KithDhtFrame *b)
{
  if (a->n_addresses != b->n_addresses
      || (a->n_addresses > 0 && a->heard[0] != b->heard[0])) { /* all are heard, or none */
    return true;
  }
  for (unsigned i = 0; i < a->n_addresses; i++) {
    if (!has (b->addresses, b->n_addresses, &a->addresses[i])) {
      return true;
    }
  }
  return false;
}

bool
kith_peer_choice (const KithDhtFrame *told,
                  const KithEndpoint *live,
                  unsigned n_live,
                  const KithEndpoint *tried,
                  unsigned n_tried,
                  KithDhtFrame *frame)
{
  const KithEndpoint *list = n_live > 0 ? live : tried;
  const unsigned n = n_live > 0 ? n_live : n_tried;

  memset (frame, 0, sizeof *frame);
  frame->type = KITH_FRAME_PEERS;
  for (unsigned i = 0; i < 2; i++) {
    const bool public_ones = i == 0;
    add (frame, list, n, public_ones, true, told);
    add (frame, list, n, public_ones, true, NULL);
    add (frame, list, n, public_ones, false, told);
    add (frame, list, n, public_ones, false, NULL);
  }
  for (unsigned i = 0; i < frame->n_addresses; i++) {
    frame->heard[i] = n_live > 0;
  }
  return differs (frame, told);
}
