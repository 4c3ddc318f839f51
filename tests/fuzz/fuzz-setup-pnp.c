/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phones that look for their settings, as a sequence with the clock running: each byte begins an
   act (datagram, address, time, closed and opened), and nothing goes to a host that did not ask. */
/* link: kith-edge-core */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "edge/worker/setup/setup-pnp.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

typedef struct {
  gboolean is_open;
  guint32 id;
  gboolean heard[256]; /* the last byte of who asked */
} House;

static void
demand (gboolean condition)
{
  if (!condition) {
    abort ();
  }
}

static gboolean
on_open (gpointer data)
{
  demand (!((House *)data)->is_open);
  ((House *)data)->is_open = TRUE;
  return TRUE;
}

static void
on_close (gpointer data)
{
  demand (((House *)data)->is_open);
  ((House *)data)->is_open = FALSE;
}

static void
on_send (gpointer data, const KithWay *way, const char *text, gsize len)
{
  const House *house = data;

  demand (house->is_open && house->heard[way->to.peer.ip[3]] && way->to.peer.ip[0] == 10);
  demand (len < 2 * KITH_PNP_DATAGRAM_MAX + 2048 && strlen (text) == len);
  demand (g_str_has_prefix (text, "SIP/2.0 200 OK\r\n") || g_str_has_prefix (text, "NOTIFY sip"));
}

static guint16
on_port (gpointer data)
{
  return 40000;
}

static void
on_tell (gpointer data, const KithEdgeFrame *frame)
{
  static guint8 bytes[KITH_EDGE_FRAME_MAX];
  House *house = data;

  demand (kith_edge_frame_encode (frame, bytes, sizeof bytes) > 0);
  house->id = frame->seeker.id;
  house->heard[frame->seeker.source.ip[3]] = TRUE;
}

static const KithSetupPnpFuncs funcs = { on_open, on_close, on_send, on_port, on_tell };

static void
order (KithSetupPnp *pnp, KithEdgeFrameType type, guint32 value)
{
  static KithEdgeFrame frame;

  memset (&frame, 0, sizeof frame);
  frame.type = type;
  if (type == KITH_EDGE_SEEK) {
    frame.seek_s = value;
  } else {
    frame.setup_address.id = value;
    strcpy (frame.setup_address.text, "http://10.0.0.1:5080/p/0/");
  }
  kith_setup_pnp_order (pnp, &frame);
}

static void
act (KithSetupPnp *pnp, KithClock *clock, const House *house, const uint8_t **data, size_t *size)
{
  const guint8 what = (*data)[0];
  const guint8 value = (*data)[1];
  KithWay way = { .to.peer = { .family = 4, .port = 5060 }, .own = { 10, 0, 0, 1 } };

  *data += 2;
  *size -= 2;
  switch (what % 8) {
  case 0:
    order (pnp, KITH_EDGE_SEEK, value);
    break;
  case 1:
    order (pnp, KITH_EDGE_ADDRESS, house->id - value % 4);
    break;
  case 2:
    kith_clock_advance (clock, value * 20);
    break;
  default: {
    const size_t len = MIN (*size, (size_t)value * 8);
    way.to.peer.ip[0] = what % 8 == 3 ? 8 : 10; /* a public one */
    way.to.peer.ip[3] = what;
    kith_setup_pnp_datagram (pnp, &way, *data, len);
    *data += len;
    *size -= len;
    break;
  }
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  KithClock *clock = kith_clock_new_manual (0);
  House house = { FALSE };
  KithSetupPnp *pnp = kith_setup_pnp_new (clock, &funcs, &house);

  order (pnp, KITH_EDGE_SEEK, 200);
  while (size >= 2) {
    act (pnp, clock, &house, &data, &size);
  }
  kith_setup_pnp_free (pnp);
  g_object_unref (clock);
  return 0;
}
