/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fast SRTP stream: the roll-over counter is kept over gaps and new graphs, each packet is
   decrypted once, and that tells whose it is. */
#include <dlfcn.h>
#include <gst/gst.h>
#include <string.h>

#include "media/engine.h"
#include "media/stream/call-wire.h"
#include "media/stream/graph.h"

#define SSRC 0x12345678u
#define PACKET (12 + 160)
/* each packet costs twenty times as much: others are lost between, and the count has to be right
   all the same */
#ifdef __SANITIZE_ADDRESS__
#define STRIDE 20
#else
#define STRIDE 1
#endif

static const guint8 key[KITH_SRTP_KEY_LEN] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
static gint n_opened; /* packets that libsrtp was given */

/* Hides that of libsrtp for the plugin that uses it. */
__attribute__ ((visibility ("default"))) int
srtp_unprotect_mki (void *session, void *packet, int *len, unsigned use_mki);

int
srtp_unprotect_mki (void *session, void *packet, int *len, unsigned use_mki)
{
  static int (*real) (void *session, void *packet, int *len, unsigned use_mki);

  if (real == NULL) {
    void *library = dlopen ("libsrtp2.so.1", RTLD_NOW);
    g_assert_nonnull (library);
    *(void **)&real = dlsym (library, "srtp_unprotect_mki");
    g_assert_true (real != NULL);
  }
  g_atomic_int_inc (&n_opened);
  return real (session, packet, len, use_mki);
}

/* The sender: srtpenc as in a call, with a pad of ours on either side. */
typedef struct {
  GstElement *encoder;
  GstPad *in, *out;
  GstBuffer *made; /* the packet that came out last */
} Sender;

typedef struct {
  KithMicrophone *microphone;
  KithLoudspeaker *loudspeaker;
  KithAudioInlet inlet;
  KithAudioOutlet outlet;
  KithGraph *graph;
} Receiver;

static GstFlowReturn
on_made (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  Sender *sender = pad->chaindata;

  g_clear_pointer (&sender->made, gst_buffer_unref);
  sender->made = buffer;
  return GST_FLOW_OK;
}

static gboolean
on_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  gst_event_unref (event);
  return TRUE;
}

static void
sender_init (Sender *sender)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (
      "application/x-rtp, media=audio, clock-rate=8000, payload=0, encoding-name=PCMU");
  GstSegment segment;

  memset (sender, 0, sizeof *sender);
  sender->encoder = gst_object_ref_sink (gst_element_factory_make ("srtpenc", NULL));
  g_autoptr (GstBuffer) secret = gst_buffer_new_allocate (NULL, sizeof key, NULL);
  gst_buffer_fill (secret, 0, key, sizeof key);
  g_object_set (sender->encoder, "key", secret, NULL);
  g_autoptr (GstPad) sink = gst_element_request_pad_simple (sender->encoder, "rtp_sink_0");
  g_autoptr (GstPad) src = gst_element_get_static_pad (sender->encoder, "rtp_src_0");
  sender->in = gst_object_ref_sink (gst_pad_new (NULL, GST_PAD_SRC));
  sender->out = gst_object_ref_sink (gst_pad_new (NULL, GST_PAD_SINK));
  gst_pad_set_chain_function_full (sender->out, on_made, sender, NULL);
  gst_pad_set_event_function (sender->out, on_event);
  g_assert_cmpint (gst_pad_link (sender->in, sink), ==, GST_PAD_LINK_OK);
  g_assert_cmpint (gst_pad_link (src, sender->out), ==, GST_PAD_LINK_OK);
  gst_pad_set_active (sender->in, TRUE);
  gst_pad_set_active (sender->out, TRUE);
  g_assert_cmpint (gst_element_set_state (sender->encoder, GST_STATE_PLAYING),
                   !=,
                   GST_STATE_CHANGE_FAILURE);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (sender->in, gst_event_new_stream_start ("s"));
  gst_pad_push_event (sender->in, gst_event_new_caps (caps));
  gst_pad_push_event (sender->in, gst_event_new_segment (&segment));
}

static void
sender_clear (Sender *sender)
{
  gst_element_set_state (sender->encoder, GST_STATE_NULL);
  g_clear_pointer (&sender->made, gst_buffer_unref);
  gst_object_unref (sender->in);
  gst_object_unref (sender->out);
  gst_object_unref (sender->encoder);
}

/* Protects packet @number; (transfer none), until the next one. */
static GstBuffer *
protect (Sender *sender, guint number)
{
  guint8 packet[PACKET] = { 0x80, 0, (guint8)(number >> 8), (guint8)number };
  guint32 timestamp = number * 160;

  for (guint i = 0; i < 4; i++) {
    packet[4 + i] = (guint8)(timestamp >> (24 - 8 * i));
    packet[8 + i] = (guint8)(SSRC >> (24 - 8 * i));
  }
  g_assert_cmpint (gst_pad_push (sender->in, gst_buffer_new_memdup (packet, sizeof packet)),
                   ==,
                   GST_FLOW_OK);
  g_assert_nonnull (sender->made);
  return sender->made;
}

static void
on_graph_event (const KithGraphEvent *event, gpointer user_data)
{
  g_assert_cmpint (event->kind, !=, KITH_GRAPH_FAILED);
  g_assert_cmpint (event->kind, !=, KITH_GRAPH_BROKEN);
}

static void
on_device_failed (const char *why, gpointer user_data)
{
  g_assert_not_reached ();
}

static void
receiver_init (Receiver *receiver, guint32 roc)
{
  g_autoptr (GError) error = NULL;
  KithGraphConfig config = { .codec = kith_codec_get (KITH_CODEC_PCMU),
                             .red_pt = -1,
                             .frame_ms = 20,
                             .buffer_ms = 40,
                             .ssrc = 99,
                             .has_keys = TRUE,
                             .local_key = key,
                             .remote_key = key,
                             .remote_ssrc = SSRC,
                             .remote_roc = roc };

  memset (config.pt_map, KITH_GRAPH_NO_CODEC, sizeof config.pt_map);
  config.pt_map[0] = KITH_CODEC_PCMU;
  KithAudioSource *source = kith_audio_source_new ("silence", &error);
  g_assert_no_error (error);
  receiver->microphone = kith_microphone_new (source, 20);
  receiver->loudspeaker = kith_loudspeaker_new (kith_audio_sink_new ("null"));
  kith_audio_inlet_init (&receiver->inlet, receiver->microphone, on_device_failed, NULL);
  kith_audio_outlet_init (&receiver->outlet, receiver->loudspeaker, on_device_failed, NULL);
  config.inlet = &receiver->inlet;
  config.outlet = &receiver->outlet;
  receiver->graph = kith_graph_new (&config, on_graph_event, NULL, &error);
  g_assert_no_error (error);
}

static void
receiver_clear (Receiver *receiver)
{
  kith_graph_free (receiver->graph);
  kith_microphone_unref (receiver->microphone);
  kith_loudspeaker_unref (receiver->loudspeaker);
}

/* Returns how many packets went out. */
static guint
deliver (Sender *sender, Receiver *receiver, guint from, guint to, gboolean lost)
{
  guint n = 0;

  for (guint number = from; number < to; number += STRIDE, n++) {
    GstBuffer *packet = protect (sender, number);
    GstMapInfo map;
    g_assert_true (gst_buffer_map (packet, &map, GST_MAP_READ));
    g_assert_cmpuint (map.size, ==, PACKET + 10);
    if (!lost) {
      kith_graph_push (receiver->graph, map.data, map.size, FALSE);
    }
    gst_buffer_unmap (packet, &map);
  }
  return n;
}

static guint64
received (Receiver *receiver)
{
  KithGraphStats stats;

  kith_graph_get_stats (receiver->graph, FALSE, &stats);
  return stats.received;
}

static void
test_wrap (void)
{
  Sender sender;
  Receiver receiver;
  KithGraphStats stats;
  guint n = 0;

  sender_init (&sender);
  receiver_init (&receiver, 0);
  n += deliver (&sender, &receiver, 30000, 65300, FALSE);
  deliver (&sender, &receiver, 65300, 65800, TRUE); /* ten seconds without network, over the wrap */
  n += deliver (&sender, &receiver, 65800, 65536 * 2 - 10, FALSE);
  /* a minute, over the next */
  deliver (&sender, &receiver, 65536 * 2 - 10, 65536 * 2 + 2990, TRUE);
  n += deliver (&sender, &receiver, 65536 * 2 + 2990, 65536 * 2 + 4000, FALSE);
  kith_graph_get_stats (receiver.graph, FALSE, &stats);
  g_assert_cmpuint (stats.received, ==, n);
  g_assert_cmpuint (stats.roc, ==, 2);
  receiver_clear (&receiver);

  /* a new graph in the same call: no new keys, the count is handed on */
  receiver_init (&receiver, stats.roc);
  n = deliver (&sender, &receiver, 65536 * 2 + 4000, 65536 * 2 + 4100, FALSE);
  kith_graph_get_stats (receiver.graph, FALSE, &stats);
  g_assert_cmpuint (stats.received, ==, n);
  g_assert_cmpuint (stats.roc, ==, 2); /* and on to the next one */
  receiver_clear (&receiver);

  receiver_init (&receiver, 0); /* one that was not told can read nothing: the test can fail */
  deliver (&sender, &receiver, 65536 * 2 + 4100, 65536 * 2 + 4200, FALSE);
  g_assert_cmpuint (received (&receiver), ==, 0);
  receiver_clear (&receiver);
  sender_clear (&sender);
}

/* A wire in front of the receiver's pipeline, as a call has it. */
static KithCallWire *
wire_new (const Receiver *receiver)
{
  KithCallWire *wire = kith_call_wire_new (NULL, NULL);
  KithCallWireFlow flow = { .hears = TRUE };
  gint8 pt_map[128];

  memset (pt_map, KITH_GRAPH_NO_CODEC, sizeof pt_map);
  pt_map[0] = KITH_CODEC_PCMU;
  kith_call_wire_set_peer (wire, pt_map, 99, SSRC, TRUE);
  kith_call_wire_set_graph (wire, receiver->graph);
  kith_call_wire_set_flow (wire, &flow);
  return wire;
}

static gboolean
receive (KithCallWire *wire, GBytes *packet)
{
  gsize len = 0;
  const guint8 *data = g_bytes_get_data (packet, &len);

  return kith_call_wire_receive (wire, data, len);
}

/* A copy of @packet with its byte @at changed. */
static GBytes *
change (GBytes *packet, gsize at)
{
  guint8 data[PACKET + 10];
  gsize len = 0;
  const guint8 *good = g_bytes_get_data (packet, &len);

  g_assert_cmpuint (len, ==, sizeof data);
  g_assert_cmpuint (at, <, sizeof data);
  memcpy (data, good, sizeof data);
  data[at] ^= 0x10;
  return g_bytes_new (data, sizeof data);
}

static GBytes *
protected_bytes (Sender *sender, guint number)
{
  g_autoptr (GBytes) bytes = NULL;
  GstMapInfo map;
  GstBuffer *packet = protect (sender, number);

  g_assert_true (gst_buffer_map (packet, &map, GST_MAP_READ));
  bytes = g_bytes_new (map.data, map.size);
  gst_buffer_unmap (packet, &map);
  return g_steal_pointer (&bytes);
}

/* Each packet is given to libsrtp once, and what that says tells whose it is; a second one by
   another path is the peer's as well, for half a second. */
static void
test_once (void)
{
  Sender sender;
  Receiver receiver;
  g_autoptr (GPtrArray) packets = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);

  sender_init (&sender);
  receiver_init (&receiver, 0);
  KithCallWire *wire = wire_new (&receiver);
  g_atomic_int_set (&n_opened, 0);
  for (guint i = 0; i < 40; i++) {
    g_ptr_array_add (packets, protected_bytes (&sender, 100 + i));
    g_assert_true (receive (wire, packets->pdata[i]));
  }
  g_assert_cmpint (g_atomic_int_get (&n_opened), ==, 40);
  g_assert_cmpuint (received (&receiver), ==, 40);
  for (guint i = 0; i < 40; i++) {
    g_assert_true (receive (wire, packets->pdata[i]));
  }
  g_assert_cmpuint (received (&receiver), ==, 40);
  g_usleep (550 * 1000);
  g_assert_false (receive (wire, packets->pdata[39])); /* recorded and played again */
  kith_call_wire_set_graph (wire, NULL);
  g_assert_false (receive (wire, packets->pdata[39]));
  kith_call_wire_unref (wire);
  receiver_clear (&receiver);
  sender_clear (&sender);
}

/* Whatever byte somebody changes, it is not the peer's any more, and the packet itself still is. */
static void
test_forged (void)
{
  Sender sender;
  Receiver receiver;
  KithCallWireFlow shut = { .hears = FALSE };

  sender_init (&sender);
  receiver_init (&receiver, 0);
  KithCallWire *wire = wire_new (&receiver);
  g_autoptr (GBytes) packet = protected_bytes (&sender, 7);
  for (gsize at = 0; at < g_bytes_get_size (packet); at++) {
    g_autoptr (GBytes) bad = change (packet, at);
    g_autoptr (GBytes) cut = g_bytes_new_from_bytes (packet, 0, at);
    g_assert_false (receive (wire, bad));
    g_assert_false (receive (wire, cut));
  }
  g_assert_cmpuint (received (&receiver), ==, 0);
  g_assert_true (receive (wire, packet));
  g_autoptr (GBytes) next = protected_bytes (&sender, 8);
  kith_call_wire_set_flow (wire, &shut);
  g_assert_false (receive (wire, next));
  kith_call_wire_set_graph (wire, NULL);
  kith_call_wire_unref (wire);
  receiver_clear (&receiver);
  sender_clear (&sender);
}

int
main (int argc, char **argv)
{
  KithMediaEngineConfig engine = { "silence", "null", 40, 20, 0 };
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  g_autoptr (KithMediaMaker) maker = kith_media_engine_new (&engine, &error);
  g_assert_no_error (error);
  g_test_add_func ("/srtp/wrap", test_wrap);
  g_test_add_func ("/srtp/once", test_once);
  g_test_add_func ("/srtp/forged", test_forged);
  return g_test_run ();
}
