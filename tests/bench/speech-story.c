/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Speech through Kith's encoder, redundancy, a bad network and the jitter buffer on a clock of its
   own, so that load cannot change what comes out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gst/gst.h>

#include "media/codec/codec-chain.h"
#include "media/codec/red-payload.h"
#include "media/devices/audio-clip.h"
#include "media/devices/wav-writer.h"
#include "media/rtp/rtp-filter.h"
#include "media/stream/media-stats.h"
#include "receiver.h"

#define RATE 48000
#define FRAME (RATE / 50)
#define FRAME_US 20000
#define SECOND_FRAMES 50
#define PT 96
#define SSRC 7
#define START_MS 20

/* The network from @from_s on, the same for each of its hops. */
typedef struct {
  guint from_s, delay_ms, jitter_ms, hops, overtakes;
  double loss; /* percent */
} Phase;

/* A packet that is under way. */
typedef struct {
  gint64 due_us;
  gsize len;
  guint8 data[4 + KITH_RED_MAX_PACKET];
} Packet;

typedef struct {
  const gint16 *clip;
  gsize clip_len;
  GstElement *encoder;
  GstPad *in, *out;
  GRand *dice;
  GQueue wire;      /* of Packet, by when they come */
  gint64 hop_us[4]; /* when the last one left each hop */
  KithRedWriter red;
  KithFecRule fec;
  guint sent, lost; /* in this second */
  guint64 bytes;
  Phase phase;
  gint64 now_us;
  Receiver *receiver;
  KithWavWriter *heard;
} Story;

/* One hop after the other; FALSE when the packet is lost. */
static gboolean
pass_hops (Story *story, gint64 *at_us)
{
  const Phase *phase = &story->phase;

  for (guint hop = 0; hop < phase->hops; hop++) {
    double jitter_ms = g_rand_double_range (story->dice, -1, 1) * phase->jitter_ms;
    if (g_rand_double (story->dice) * 100 < phase->loss) {
      return FALSE;
    }
    *at_us += (gint64)(MAX (phase->delay_ms + jitter_ms, 0) * 1000);
    if (!phase->overtakes) {
      *at_us = MAX (*at_us, story->hop_us[hop] + 1);
    }
    story->hop_us[hop] = MAX (*at_us, story->hop_us[hop]);
  }
  return TRUE;
}

static gint
by_due (gconstpointer a, gconstpointer b, gpointer user_data)
{
  gint64 x = ((const Packet *)a)->due_us, y = ((const Packet *)b)->due_us;

  return x < y ? -1 : x > y;
}

/* A packet of the encoder goes out, with copies of earlier ones while the receiver tells of
   losses. */
static GstFlowReturn
on_made (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  Story *story = pad->chaindata;
  g_autofree Packet *packet = g_new0 (Packet, 1);
  KithRtpHeader header;
  GstMapInfo map;

  g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
  g_assert_true (kith_rtp_parse (map.data, map.size, TRUE, &header));
  KithRedBlock block = { PT, header.timestamp, header.payload, header.payload_len };
  packet->len = kith_red_write (&story->red,
                                &block,
                                kith_fec_rule_get_copies (&story->fec),
                                packet->data + 4);
  memcpy (packet->data, &header.timestamp, 4);
  packet->len += 4;
  gst_buffer_unmap (buffer, &map);
  gst_buffer_unref (buffer);
  packet->due_us = story->now_us;
  story->sent++;
  story->bytes += packet->len;
  if (pass_hops (story, &packet->due_us)) {
    g_queue_insert_sorted (&story->wire, g_steal_pointer (&packet), by_due, NULL);
  } else {
    story->lost++;
  }
  return GST_FLOW_OK;
}

static gboolean
on_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  gst_event_unref (event);
  return TRUE;
}

static void
make_encoder (Story *story)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstCaps) caps = gst_caps_from_string (
      "audio/x-raw, format=S16LE, layout=interleaved, channels=1, rate=48000");
  GstSegment segment;

  story->encoder
      = kith_codec_chain_make_encoder (kith_codec_get (KITH_CODEC_OPUS), PT, 20, SSRC, &error);
  g_assert_no_error (error);
  gst_object_ref_sink (story->encoder);
  g_autoptr (GstPad) sink = gst_element_get_static_pad (story->encoder, "sink");
  g_autoptr (GstPad) src = gst_element_get_static_pad (story->encoder, "src");
  story->in = gst_object_ref_sink (gst_pad_new (NULL, GST_PAD_SRC));
  story->out = gst_object_ref_sink (gst_pad_new (NULL, GST_PAD_SINK));
  gst_pad_set_chain_function_full (story->out, on_made, story, NULL);
  gst_pad_set_event_function (story->out, on_event);
  g_assert_cmpint (gst_pad_link (story->in, sink), ==, GST_PAD_LINK_OK);
  g_assert_cmpint (gst_pad_link (src, story->out), ==, GST_PAD_LINK_OK);
  gst_pad_set_active (story->in, TRUE);
  gst_pad_set_active (story->out, TRUE);
  g_assert_cmpint (gst_element_set_state (story->encoder, GST_STATE_PLAYING),
                   !=,
                   GST_STATE_CHANGE_FAILURE);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (story->in, gst_event_new_stream_start ("s"));
  gst_pad_push_event (story->in, gst_event_new_caps (caps));
  gst_pad_push_event (story->in, gst_event_new_segment (&segment));
}

static void
say (Story *story, guint frame)
{
  gint16 samples[FRAME];

  for (guint i = 0; i < FRAME; i++) {
    samples[i] = story->clip[((gsize)frame * FRAME + i) % story->clip_len];
  }
  GstBuffer *buffer = gst_buffer_new_memdup (samples, sizeof samples);
  GST_BUFFER_PTS (buffer) = frame * 20 * GST_MSECOND;
  GST_BUFFER_DURATION (buffer) = 20 * GST_MSECOND;
  g_assert_cmpint (gst_pad_push (story->in, buffer), ==, GST_FLOW_OK);
}

static void
take (Story *story, const Packet *packet)
{
  KithRedBlock blocks[KITH_RED_MAX_COPIES + 1];
  KithPlayoutPacket packets[G_N_ELEMENTS (blocks)];
  guint32 timestamp;

  memcpy (&timestamp, packet->data, 4);
  guint n = kith_red_read (packet->data + 4, packet->len - 4, timestamp, blocks);
  g_assert_cmpuint (n, >, 0);
  for (guint i = 0; i < n; i++) {
    packets[i] = (KithPlayoutPacket){ .codec = KITH_CODEC_OPUS,
                                      .ssrc = SSRC,
                                      .timestamp = blocks[i].timestamp,
                                      .payload = blocks[i].data,
                                      .len = blocks[i].len,
                                      .is_copy = i > 0,
                                      .arrival_us = packet->due_us };
  }
  receiver_take (story->receiver, packets, n);
}

/* Packets come and samples are played, each at its time, until @until_us. */
static void
listen_until (Story *story, gint64 until_us)
{
  for (;;) {
    Packet *first = g_queue_peek_head (&story->wire);
    gint64 due_us = receiver_get_due (story->receiver);
    if (first != NULL && first->due_us <= MIN (until_us, due_us)) {
      take (story, first);
      g_free (g_queue_pop_head (&story->wire));
    } else if (due_us <= until_us) {
      receiver_play (story->receiver, due_us);
    } else {
      return;
    }
  }
}

/* Once a second the receiver tells what it lost, and the sender acts on it: as call-media.c
   does. */
static void
report (Story *story, guint second)
{
  KithPlayoutStats stats;

  guint percent
      = kith_fec_rule_step (&story->fec,
                            story->sent > 0 ? (guint)(story->lost * 1000000ull / story->sent) : 0);
  guint copies = kith_fec_rule_get_copies (&story->fec);
  kith_codec_chain_set_copies (story->encoder, copies);
  receiver_get_stats (story->receiver, &stats);
  (void)printf ("{\"second\": %u, \"delay\": %u, \"target\": %u, \"played\": %" G_GUINT64_FORMAT
                ", \"recovered\": %" G_GUINT64_FORMAT ", \"concealed\": %" G_GUINT64_FORMAT
                ", \"lost\": %u, \"fec\": %u, \"copies\": %u, \"bytes\": %" G_GUINT64_FORMAT "}\n",
                second,
                stats.delay_ms,
                stats.target_ms,
                stats.played,
                stats.recovered,
                stats.concealed,
                story->lost,
                percent,
                copies,
                story->bytes);
  story->sent = story->lost = 0;
}

static gboolean
read_phase (const char *text, Phase *phase)
{
  return sscanf (text,
                 "%u:%u,%u,%u,%u,%lf",
                 &phase->from_s,
                 &phase->delay_ms,
                 &phase->jitter_ms,
                 &phase->hops,
                 &phase->overtakes,
                 &phase->loss)
             == 6
         && phase->hops <= 4;
}

static void
tell (Story *story, guint seconds, Phase *phases, guint n_phases)
{
  for (guint frame = 0; frame < seconds * SECOND_FRAMES; frame++) {
    for (guint i = 0; i < n_phases; i++) {
      story->phase = frame == phases[i].from_s * SECOND_FRAMES ? phases[i] : story->phase;
    }
    story->now_us = (gint64)(frame + 1) * FRAME_US;
    listen_until (story, story->now_us);
    say (story, frame);
    if ((frame + 1) % SECOND_FRAMES == 0) {
      report (story, (frame + 1) / SECOND_FRAMES);
    }
  }
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  Phase phases[8];
  Story story = { 0 };
  guint n_phases = 0;

  for (int i = 5;
       i < argc && n_phases < G_N_ELEMENTS (phases) && read_phase (argv[i], &phases[n_phases]);
       i++) {
    n_phases++;
  }
  if (n_phases == 0 || (int)n_phases != argc - 5) {
    (void)fprintf (stderr,
                   "usage: speech-story CLIP.wav HEARD.wav SECONDS SEED[,START_MS[,BUFFER]] "
                   "SECOND:DELAY_MS,JITTER_MS,HOPS,OVERTAKES,LOSS_PERCENT…\n"
                   "BUFFER is own, speex, gst:MS or gst:auto, see receiver.h\n");
    return 2;
  }
  gst_init (NULL, NULL);
  g_autoptr (KithAudioClip) clip = kith_audio_clip_load (argv[1], &error);
  story.heard = clip != NULL ? kith_wav_writer_new (argv[2], RATE, &error) : NULL;
  if (story.heard == NULL) {
    (void)fprintf (stderr, "speech-story: %s\n", error->message);
    return 1;
  }
  story.clip = kith_audio_clip_get_samples (clip, RATE, &story.clip_len);
  g_auto (GStrv) words = g_strsplit (argv[4], ",", 3);
  guint n_words = g_strv_length (words);
  story.dice = g_rand_new_with_seed ((guint32)atoi (words[0]));
  story.receiver = receiver_new (n_words > 2 ? words[2] : "own",
                                 n_words > 1 ? (guint)atoi (words[1]) : START_MS,
                                 story.heard);
  if (story.receiver == NULL) {
    (void)fprintf (stderr, "speech-story: this build has no jitter buffer %s\n", words[2]);
    return 77;
  }
  make_encoder (&story);
  guint seconds = (guint)atoi (argv[3]);
  tell (&story, seconds, phases, n_phases);
  kith_wav_writer_finish (story.heard, (gint64)seconds * G_USEC_PER_SEC * 1000);
  gst_element_set_state (story.encoder, GST_STATE_NULL);
  gst_object_unref (story.in);
  gst_object_unref (story.out);
  gst_object_unref (story.encoder);
  g_queue_clear_full (&story.wire, g_free);
  receiver_free (story.receiver);
  g_rand_free (story.dice);
  return 0;
}
