/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frames between daemon and worker: round trips, every truncation, every bound. */
#include <glib.h>
#include <string.h>

#include "dht-frames.h"

static const KithFrameType from_daemon[]
    = { KITH_FRAME_START, KITH_FRAME_BOOTSTRAP,  KITH_FRAME_GET,    KITH_FRAME_CANCEL_GET,
        KITH_FRAME_PUT,   KITH_FRAME_CANCEL_PUT, KITH_FRAME_LISTEN, KITH_FRAME_UNLISTEN,
        KITH_FRAME_PING,  KITH_FRAME_QUIT,       KITH_FRAME_HOST,   KITH_FRAME_TUNNEL };
static const KithFrameType from_worker[]
    = { KITH_FRAME_READY,  KITH_FRAME_VALUE,  KITH_FRAME_DONE,  KITH_FRAME_PUBLISHED,
        KITH_FRAME_STATUS, KITH_FRAME_FAILED, KITH_FRAME_PEERS, KITH_FRAME_DIRECT };

static void
fill (KithDhtFrame *frame, KithFrameType type)
{
  memset (frame, 0, sizeof *frame);
  frame->type = type;
  frame->id = 0x01020304;
  memset (frame->location, 0xab, sizeof frame->location);
  memset (frame->token, 0xcd, sizeof frame->token);
  frame->port = 4222;
  frame->network = 77;
  frame->discovery = true;
  frame->check_s = 240;
  frame->deadline_ms = 3000;
  frame->keep = true;
  frame->ok = true;
  frame->replicas = 8;
  frame->port4 = 20001;
  frame->port6 = 20002;
  frame->address = (KithEndpoint){ .family = 6, .ip = { 0x20, 1 }, .port = 9 };
  frame->n_addresses = KITH_FRAME_PEERS_MAX;
  for (guint i = 0; i < KITH_FRAME_PEERS_MAX; i++) {
    frame->heard[i] = i % 2 == 0;
    frame->addresses[i]
        = (KithEndpoint){ .family = i % 3 == 0 ? 4 : 6, .ip = { 1 }, .port = (uint16_t)i };
  }
  frame->status = (KithFrameStatus){ .port4 = 1,
                                     .port6 = 2,
                                     .peers = 3,
                                     .passed = 1ull << 40,
                                     .lost = 5,
                                     .stun_answered = 6,
                                     .stun_refused = 7,
                                     .n_dropped = 16,
                                     .public_address = { .family = 4, .ip = { 192, 0, 2, 7 } },
                                     .n_known = 8 };
  for (guint i = 0; i < 8; i++) {
    frame->status.dropped[i] = i;
    frame->status.known[i]
        = (KithEndpoint){ .family = 6, .ip = { 0x20, 1 }, .port = (uint16_t)(i + 1) };
  }
  frame->value_len = type == KITH_FRAME_FAILED ? 200 : 512;
  memset (frame->value, 'v', frame->value_len);
}

static void
check_frame (KithFrameType type, KithFrameOrigin origin)
{
  KithDhtFrame frame, back, again;
  guint8 bytes[KITH_FRAME_MAX], second[KITH_FRAME_MAX];
  KithWireReader body;
  gsize used = 0;

  fill (&frame, type);
  const gsize len = kith_dht_frame_encode (&frame, bytes, sizeof bytes);
  g_assert_cmpuint (len, >=, 3);
  g_assert_cmpint (kith_frame_split (bytes, len, KITH_FRAME_MAX, &body, &used),
                   ==,
                   KITH_SPLIT_FRAME);
  g_assert_true (kith_dht_frame_decode (body, origin, &back));
  g_assert_cmpuint (used, ==, len);
  g_assert_cmpuint (kith_dht_frame_encode (&back, second, sizeof second), ==, len);
  g_assert_cmpmem (bytes, len, second, len);

  /* The other side may not send it; no byte may be missing or left over; no room may be overrun. */
  g_assert_false (kith_dht_frame_decode (body, 1 - origin, &again));
  for (gsize cut = 0; cut < len; cut++) {
    g_assert_cmpuint (kith_dht_frame_encode (&frame, second, cut), ==, 0);
  }
  for (gsize cut = 0; cut + 2 < len; cut++) {
    const gboolean has_value
        = type == KITH_FRAME_PUT || type == KITH_FRAME_VALUE || type == KITH_FRAME_FAILED;
    if (!has_value) {
      g_assert_false (
          kith_dht_frame_decode ((KithWireReader){ bytes + 2, cut, true }, origin, &again));
    }
  }
  if (len < sizeof bytes) {
    bytes[len] = 0;
    g_assert_false (
        kith_dht_frame_decode ((KithWireReader){ bytes + 2, len - 1, true }, origin, &again));
  }
}

static void
test_round_trip (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (from_daemon); i++) {
    check_frame (from_daemon[i], KITH_FRAME_FROM_DAEMON);
  }
  for (guint i = 0; i < G_N_ELEMENTS (from_worker); i++) {
    check_frame (from_worker[i], KITH_FRAME_FROM_WORKER);
  }
}

static void
test_bounds (void)
{
  KithDhtFrame frame;
  guint8 bytes[KITH_FRAME_MAX];

  fill (&frame, KITH_FRAME_PUT);
  frame.value_len = 513;
  g_assert_cmpuint (kith_dht_frame_encode (&frame, bytes, sizeof bytes), ==, 0);
  frame.value_len = 0;
  g_assert_cmpuint (kith_dht_frame_encode (&frame, bytes, sizeof bytes), ==, 0);
  fill (&frame, KITH_FRAME_FAILED);
  frame.value_len = 201;
  g_assert_cmpuint (kith_dht_frame_encode (&frame, bytes, sizeof bytes), ==, 0);
  fill (&frame, KITH_FRAME_STATUS);
  frame.status.n_known = 9;
  g_assert_cmpuint (kith_dht_frame_encode (&frame, bytes, sizeof bytes), ==, 0);
  fill (&frame, KITH_FRAME_BOOTSTRAP);
  frame.address.family = 5;
  g_assert_cmpuint (kith_dht_frame_encode (&frame, bytes, sizeof bytes), ==, 0);
  fill (&frame, KITH_FRAME_PEERS);
  frame.n_addresses = KITH_FRAME_PEERS_MAX + 1;
  g_assert_cmpuint (kith_dht_frame_encode (&frame, bytes, sizeof bytes), ==, 0);
  fill (&frame, KITH_FRAME_HOST);
  frame.addresses[15].family = 0;
  g_assert_cmpuint (kith_dht_frame_encode (&frame, bytes, sizeof bytes), ==, 0);
  fill (&frame, (KithFrameType)(KITH_FRAME_TUNNEL + 1));
  g_assert_cmpuint (kith_dht_frame_encode (&frame, bytes, sizeof bytes), ==, 0);
}

static void
test_garbage (void)
{
  KithDhtFrame frame;
  const guint8 unknown[] = { 99 }, no_bool[] = { 1, 0, 0, 0, 0, 0, 0, 2, 0, 60, [29] = 0 };

  g_assert_false (kith_dht_frame_decode ((KithWireReader){ unknown, sizeof unknown, true },
                                         KITH_FRAME_FROM_DAEMON,
                                         &frame));
  g_assert_false (kith_dht_frame_decode ((KithWireReader){ no_bool, sizeof no_bool, true },
                                         KITH_FRAME_FROM_DAEMON,
                                         &frame));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker-frames/round-trip", test_round_trip);
  g_test_add_func ("/worker-frames/bounds", test_bounds);
  g_test_add_func ("/worker-frames/garbage", test_garbage);
  return g_test_run ();
}
