/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our own jitter buffer, that of libspeexdsp and that of GStreamer, on a clock that the caller
   moves. */
#include "receiver.h"

#include <stdlib.h>
#include <string.h>

#include <gst/check/gstharness.h>
#ifdef HAVE_SPEEXDSP
#include <speex/speex_jitter.h>
#endif

#include "media/playout/jitter-control.h"

#define RATE 48000
#define FRAME (RATE / 50)
#define FRAME_US 20000
#define PHASE_US 10000 /* a sound card asks when it likes: half a frame after the first packet */
#define POLL_US 5000   /* how often GStreamer's is looked at */
#define THREADS_US 200 /* its thread has done what it could by then */
#define PT 96
#define HEADER 12

typedef struct {
  void (*take) (Receiver *receiver, const KithPlayoutPacket *packets, guint n);
  gint64 (*get_due) (Receiver *receiver);
  void (*play) (Receiver *receiver, gint64 due_us);
  void (*free) (Receiver *receiver);
} Kind;

struct _Receiver {
  const Kind *kind;
  KithWavWriter *heard;
  KithPlayout *own;
  KithVoiceDecoder *decoder; /* of the others */
  KithPlayoutStats stats;
  gint64 due_us; /* of the others, G_MAXINT64 before the first packet */
  gint64 began_us;
  GHashTable *came; /* timestamps of frames that were put in */
#ifdef HAVE_SPEEXDSP
  JitterBuffer *speex;
#endif
  GstHarness *harness;
  GstTestClock *clock;
  GAsyncQueue *out; /* GstMiniObject: buffers and events in their order */
  guint latency_ms;
  gboolean is_led;
  KithJitterControl control;
  guint32 first_timestamp;
};

static void
say (Receiver *receiver, gint64 at_us, const gint16 *samples, gsize n)
{
  kith_wav_writer_put (receiver->heard, at_us * 1000, samples, n);
}

/* Our own */

static void
own_take (Receiver *receiver, const KithPlayoutPacket *packets, guint n)
{
  for (guint i = 0; i < n; i++) {
    (void)kith_playout_push (receiver->own, &packets[i]);
  }
}

static gint64
own_get_due (Receiver *receiver)
{
  return kith_playout_get_due (receiver->own);
}

static void
own_play (Receiver *receiver, gint64 due_us)
{
  static gint16 out[KITH_PLAYOUT_SAMPLES];

  gsize n = kith_playout_pull (receiver->own, due_us, out);
  g_assert_cmpuint (n, >, 0);
  say (receiver, due_us, out, n);
}

static void
own_free (Receiver *receiver)
{
  kith_playout_free (receiver->own);
}

static const Kind own = { own_take, own_get_due, own_play, own_free };

/* The others */

static gint64
other_get_due (Receiver *receiver)
{
  return receiver->due_us;
}

/* Frames that are new: the copies of a frame that came are of no use to a buffer that knows
   none. */
static gboolean
is_new (Receiver *receiver, const KithPlayoutPacket *packet)
{
  return g_hash_table_add (receiver->came, GUINT_TO_POINTER (packet->timestamp));
}

static void
play_frame (Receiver *receiver, gint64 at_us, const guint8 *data, gsize len, gboolean is_copy)
{
  gint16 samples[KITH_VOICE_MAX_SAMPLES];
  gsize n = data != NULL ? kith_voice_decoder_decode (receiver->decoder, data, len, samples) : 0;

  if (n == 0) {
    n = FRAME;
    kith_voice_decoder_conceal (receiver->decoder, n, samples);
    receiver->stats.concealed++;
  } else if (is_copy) {
    receiver->stats.recovered++;
  } else {
    receiver->stats.played++;
  }
  say (receiver, at_us, samples, n);
}

#ifdef HAVE_SPEEXDSP
static void
speex_take (Receiver *receiver, const KithPlayoutPacket *packets, guint n)
{
  for (guint i = 0; i < n; i++) {
    JitterBufferPacket packet = { .data = (char *)packets[i].payload,
                                  .len = (spx_uint32_t)packets[i].len,
                                  .timestamp = packets[i].timestamp,
                                  .span = FRAME,
                                  .user_data = packets[i].is_copy };
    if (receiver->due_us == G_MAXINT64) {
      receiver->due_us = packets[i].arrival_us + PHASE_US;
    }
    if (is_new (receiver, &packets[i])) {
      jitter_buffer_put (receiver->speex, &packet);
    }
  }
}

static void
speex_play (Receiver *receiver, gint64 due_us)
{
  char data[KITH_PLAYOUT_PAYLOAD_MAX];
  JitterBufferPacket packet = { .data = data, .len = sizeof data };
  spx_int32_t offset = 0;

  int result = jitter_buffer_get (receiver->speex, &packet, FRAME, &offset);
  play_frame (receiver,
              due_us,
              result == JITTER_BUFFER_OK ? (const guint8 *)data : NULL,
              packet.len,
              packet.user_data != 0);
  jitter_buffer_tick (receiver->speex);
  receiver->due_us = due_us + FRAME_US;
}

static void
speex_free (Receiver *receiver)
{
  jitter_buffer_destroy (receiver->speex);
}

static const Kind speex = { speex_take, other_get_due, speex_play, speex_free };
#endif

static GstPadProbeReturn
on_out (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Receiver *receiver = user_data;

  if ((GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    g_async_queue_push (receiver->out, gst_buffer_ref (GST_PAD_PROBE_INFO_BUFFER (info)));
    return GST_PAD_PROBE_DROP;
  }
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  if (gst_event_has_name (event, "GstRTPPacketLost")) {
    g_async_queue_push (receiver->out, gst_event_ref (event));
    return GST_PAD_PROBE_DROP;
  }
  return GST_PAD_PROBE_OK;
}

/* Sinks play what they get when its time and the latency are over. */
static void
play_out (Receiver *receiver, gpointer thing)
{
  gint64 late_us = (gint64)receiver->latency_ms * 1000 + receiver->began_us;
  GstClockTime at = 0;

  if (GST_IS_EVENT (thing)) {
    gst_structure_get_clock_time (gst_event_get_structure (thing), "timestamp", &at);
    play_frame (receiver, (gint64)at / 1000 + late_us, NULL, 0, FALSE);
    gst_event_unref (thing);
    return;
  }
  GstMapInfo map;
  g_assert_true (gst_buffer_map (thing, &map, GST_MAP_READ));
  at = GST_BUFFER_PTS (thing);
  play_frame (receiver,
              (gint64)at / 1000 + late_us,
              map.data + HEADER,
              map.size - HEADER,
              (map.data[1] & 0x80) != 0);
  gst_buffer_unmap (thing, &map);
  gst_buffer_unref (thing);
}

/* Moves its clock on to @now_us, one alarm after the other, and plays what comes out. */
static void
gst_advance (Receiver *receiver, gint64 now_us)
{
  GstClockTime now = (GstClockTime)(now_us - receiver->began_us) * 1000;
  GstClockID id;
  gpointer thing;

  for (;;) {
    g_usleep (THREADS_US);
    if (!gst_test_clock_peek_next_pending_id (receiver->clock, &id)) {
      break;
    }
    GstClockTime at = gst_clock_id_get_time (id);
    gst_clock_id_unref (id);
    if (at > now) {
      break;
    }
    gst_test_clock_set_time (receiver->clock,
                             MAX (at, gst_clock_get_time (GST_CLOCK (receiver->clock))));
    id = gst_test_clock_process_next_clock_id (receiver->clock);
    g_clear_pointer (&id, gst_clock_id_unref);
  }
  gst_test_clock_set_time (receiver->clock, now);
  g_usleep (THREADS_US);
  while ((thing = g_async_queue_try_pop (receiver->out)) != NULL) {
    play_out (receiver, thing);
  }
}

static void
lead (Receiver *receiver, const KithPlayoutPacket *packet)
{
  gint32 gone = (gint32)(packet->timestamp - receiver->first_timestamp);

  kith_jitter_control_add (&receiver->control,
                           (gint64)gone * G_USEC_PER_SEC / RATE,
                           packet->arrival_us);
  guint target_ms = receiver->control.target_us / 1000;
  if (receiver->is_led && target_ms != receiver->latency_ms) {
    receiver->latency_ms = target_ms;
    g_object_set (receiver->harness->element, "latency", target_ms, NULL);
  }
}

static void
gst_take (Receiver *receiver, const KithPlayoutPacket *packets, guint n)
{
  if (receiver->due_us == G_MAXINT64) {
    receiver->began_us = packets[0].arrival_us;
    receiver->due_us = packets[0].arrival_us + POLL_US;
    receiver->first_timestamp = packets[0].timestamp;
  }
  gst_advance (receiver, packets[0].arrival_us);
  lead (receiver, &packets[0]);
  for (guint i = n; i-- > 0;) {
    guint8 data[HEADER + KITH_PLAYOUT_PAYLOAD_MAX] = { 0x80, PT };
    guint32 timestamp = GUINT32_TO_BE (packets[i].timestamp),
            ssrc = GUINT32_TO_BE (packets[i].ssrc);
    guint16 seq
        = GUINT16_TO_BE ((guint16)((packets[i].timestamp - receiver->first_timestamp) / FRAME));
    if (!is_new (receiver, &packets[i])) {
      continue;
    }
    data[1] |= packets[i].is_copy ? 0x80 : 0;
    memcpy (data + 2, &seq, sizeof seq);
    memcpy (data + 4, &timestamp, sizeof timestamp);
    memcpy (data + 8, &ssrc, sizeof ssrc);
    memcpy (data + HEADER, packets[i].payload, packets[i].len);
    GstBuffer *buffer = gst_buffer_new_memdup (data, HEADER + packets[i].len);
    GST_BUFFER_DTS (buffer) = GST_BUFFER_PTS (buffer)
        = (GstClockTime)(packets[i].arrival_us - receiver->began_us) * 1000;
    g_assert_cmpint (gst_harness_push (receiver->harness, buffer), ==, GST_FLOW_OK);
  }
}

static void
gst_play (Receiver *receiver, gint64 due_us)
{
  gst_advance (receiver, due_us);
  receiver->due_us = due_us + POLL_US;
}

static void
gst_free (Receiver *receiver)
{
  gst_harness_teardown (receiver->harness);
  g_object_unref (receiver->clock);
  g_async_queue_unref (receiver->out);
}

static const Kind gst = { gst_take, other_get_due, gst_play, gst_free };

static void
gst_start (Receiver *receiver, const char *words, guint start_ms)
{
  receiver->is_led = g_str_equal (words, "auto");
  receiver->latency_ms = receiver->is_led ? start_ms : (guint)atoi (words);
  kith_jitter_control_init (&receiver->control, start_ms);
  receiver->out = g_async_queue_new ();
  receiver->harness = gst_harness_new ("rtpjitterbuffer");
  gst_harness_use_testclock (receiver->harness);
  receiver->clock = gst_harness_get_testclock (receiver->harness);
  g_object_set (receiver->harness->element, "latency", receiver->latency_ms, "do-lost", TRUE, NULL);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (receiver->harness->element, "src");
  gst_pad_add_probe (pad,
                     GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
                     on_out,
                     receiver,
                     NULL);
  gst_harness_set_src_caps_str (receiver->harness,
                                "application/x-rtp, media=audio, clock-rate=48000, "
                                "encoding-name=OPUS, payload=96");
}

Receiver *
receiver_new (const char *kind, guint start_ms, KithWavWriter *heard)
{
  Receiver *receiver = g_new0 (Receiver, 1);

  receiver->heard = heard;
  receiver->due_us = G_MAXINT64;
  if (g_str_equal (kind, "own")) {
    receiver->kind = &own;
    receiver->own = kith_playout_new (start_ms);
    return receiver;
  }
  receiver->decoder = kith_voice_decoder_new (KITH_CODEC_OPUS, 0);
  receiver->came = g_hash_table_new (NULL, NULL);
  if (g_str_has_prefix (kind, "gst:")) {
    receiver->kind = &gst;
    gst_start (receiver, kind + strlen ("gst:"), start_ms);
  }
#ifdef HAVE_SPEEXDSP
  if (g_str_equal (kind, "speex")) {
    receiver->kind = &speex;
    receiver->speex = jitter_buffer_init (FRAME);
  }
#endif
  if (receiver->kind == NULL) {
    g_clear_pointer (&receiver, receiver_free);
  }
  return receiver;
}

void
receiver_free (Receiver *receiver)
{
  if (receiver->kind != NULL) {
    receiver->kind->free (receiver);
  }
  g_clear_pointer (&receiver->decoder, kith_voice_decoder_free);
  g_clear_pointer (&receiver->came, g_hash_table_unref);
  g_free (receiver);
}

void
receiver_take (Receiver *receiver, const KithPlayoutPacket *packets, guint n)
{
  receiver->kind->take (receiver, packets, n);
}

gint64
receiver_get_due (Receiver *receiver)
{
  return receiver->kind->get_due (receiver);
}

void
receiver_play (Receiver *receiver, gint64 due_us)
{
  receiver->kind->play (receiver, due_us);
}

void
receiver_get_stats (Receiver *receiver, KithPlayoutStats *stats)
{
  *stats = receiver->stats;
  if (receiver->own != NULL) {
    kith_playout_get_stats (receiver->own, stats);
  }
}
