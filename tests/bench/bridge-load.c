/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a bridged call costs the thread that carries it, and how much later it is heard:
   bridge-load plain|srtp|transcode CALLS SECONDS [burst]. */
#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/media-thread.h"
#include "media/codec/voice-encoder.h"
#include "media/engine.h"
#include "media/playout/voice-decoder.h"
#include "media/relay/srtp-box.h"
#include "media/rtp/rtp-filter.h"

#define MAX_CALLS 2000
#define PER_SECOND 50
#define VARIANTS 50 /* packets of a tone that are said over and over */

typedef struct {
  KithMedia *leg;
  guint16 to_port;
  guint32 ssrc;
  guint16 seq;
  guint32 timestamp;
  KithSrtpBox *srtp; /* NULL: plain */
} Side;

typedef struct {
  KithBridge *bridge;
  gboolean is_srtp, is_transcode;
  guint n_calls;
  Side sides[MAX_CALLS][2];
  int fds[2]; /* of all telephones of a side */
  guint16 ports[2];
  guint8 payloads[2][VARIANTS][400];
  gsize lens[2][VARIANTS];
  guint64 sent, came;
} Load;

static Load load;

static gint64
now_us (void)
{
  return g_get_monotonic_time ();
}

static void
pause_until (gint64 us)
{
  struct timespec at = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };

  (void)clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

/* Seconds that the media thread has computed. */
static double
media_cpu (void)
{
  g_autofree gchar *path
      = g_strdup_printf ("/proc/self/task/%d/schedstat", kith_media_thread_get_tid ());
  g_autofree gchar *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? g_ascii_strtod (text, NULL) / 1e9 : 0;
}

static KithCodecId
codec_of (guint side)
{
  return load.is_transcode && side == 1 ? KITH_CODEC_OPUS : KITH_CODEC_PCMA;
}

static guint8
pt_of (guint side)
{
  return codec_of (side) == KITH_CODEC_OPUS ? 96 : 8;
}

static void
make_payloads (guint side)
{
  KithCodecId id = codec_of (side);
  guint rate = kith_codec_get (id)->audio_rate;
  KithVoiceEncoder *encoder = kith_voice_encoder_new (id, rate, 20);
  gint16 samples[KITH_VOICE_MAX_FRAME];
  guint8 out[KITH_VOICE_MAX_PAYLOAD];

  for (guint i = 0; i < VARIANTS; i++) {
    for (guint k = 0; k < rate / 50; k++) {
      samples[k] = (gint16)(6000 * sin (2 * G_PI * 300 * (i * (rate / 50) + k) / rate)
                            + 3000 * sin (2 * G_PI * 1170 * k / rate) + rand () % 500);
    }
    load.lens[side][i] = MIN (kith_voice_encoder_encode (encoder, samples, out), 400);
    memcpy (load.payloads[side][i], out, load.lens[side][i]);
  }
  kith_voice_encoder_free (encoder);
}

static void
make_socket (guint side)
{
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t len = sizeof at;
  int room = 8 << 20;

  load.fds[side] = socket (AF_INET, SOCK_DGRAM, 0);
  (void)setsockopt (load.fds[side], SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  if (bind (load.fds[side], (struct sockaddr *)&at, len) != 0
      || getsockname (load.fds[side], (struct sockaddr *)&at, &len) != 0) {
    perror ("bridge-load: bind");
    exit (1);
  }
  load.ports[side] = ntohs (at.sin_port);
}

static void
make_side (Side *side, guint which, guint number)
{
  guint8 keys[2][KITH_SRTP_KEY_LEN] = { { 1, (guint8)number }, { 2, (guint8)number } };
  KithMediaTransport transport
      = { .local_host = "127.0.0.1", .has_keys = load.is_srtp && which == 1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (KithOffer) remote = kith_offer_new ();
  KithStream *audio = kith_offer_audio (remote);

  memcpy (transport.local_key, keys[0], KITH_SRTP_KEY_LEN);
  memcpy (transport.remote_key, keys[1], KITH_SRTP_KEY_LEN);
  side->leg = kith_bridge_create_leg (load.bridge, &transport, "call/1", &error);
  g_autoptr (KithOffer) local = side->leg != NULL ? kith_media_get_local (side->leg, &error) : NULL;
  audio->host = g_strdup ("127.0.0.1");
  audio->port = audio->rtcp_port = load.ports[which];
  audio->rtcp_mux = TRUE;
  audio->profile = transport.has_keys ? KITH_PROFILE_RTP_SAVP : KITH_PROFILE_RTP_AVP;
  audio->codecs[audio->n_codecs++] = (KithOfferedCodec){ codec_of (which), pt_of (which) };
  if (local == NULL) {
    (void)fprintf (stderr, "bridge-load: %s\n", error->message);
    exit (1);
  }
  kith_media_set_origin (side->leg, "127.0.0.1", 0);
  if (!kith_media_set_remote (side->leg, remote, TRUE, &error)
      || !kith_media_start (side->leg, &error)) {
    (void)fprintf (stderr, "bridge-load: %s\n", error->message);
    exit (1);
  }
  side->to_port = kith_offer_audio (local)->port;
  side->ssrc = 1000 + number * 2 + which;
  side->srtp = transport.has_keys ? kith_srtp_box_new (keys[1], keys[0]) : NULL;
}

static void
say (Side *side, guint which, const guint8 *payload, gsize len)
{
  _Alignas(8) guint8 packet[KITH_RTP_MAX_PACKET + KITH_SRTP_BOX_TRAILER]
      = { 0x80, pt_of (which), (guint8)(side->seq >> 8), (guint8)side->seq };
  struct sockaddr_in to = { .sin_family = AF_INET,
                            .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
                            .sin_port = htons (side->to_port) };
  guint32 words[2] = { htonl (side->timestamp), htonl (side->ssrc) };

  memcpy (packet + 4, words, sizeof words);
  memcpy (packet + 12, payload, len);
  len += 12;
  side->seq++;
  side->timestamp += kith_codec_get (codec_of (which))->rtp_clock / PER_SECOND;
  if (side->srtp == NULL || kith_srtp_box_close (side->srtp, packet, &len, FALSE)) {
    (void)sendto (load.fds[which], packet, len, 0, (struct sockaddr *)&to, sizeof to);
    load.sent++;
  }
}

static void
drain (void)
{
  guint8 packet[2048];
  ssize_t len;

  for (guint side = 0; side < 2; side++) {
    while ((len = recv (load.fds[side], packet, sizeof packet, MSG_DONTWAIT)) > 0) {
      load.came += kith_rtp_is_rtcp (packet, (gsize)len) ? 0 : 1;
    }
  }
}

/* All calls, both ways, for @seconds: at once every 20 ms, or spread over them. */
static void
run (guint seconds, gboolean burst)
{
  gint64 next_us = now_us ();
  guint n = load.n_calls * 2;

  for (guint i = 0; i < seconds * PER_SECOND; i++) {
    for (guint k = 0; k < n; k++) {
      guint which = k % 2, variant = i % VARIANTS;
      say (&load.sides[k / 2][which],
           which,
           load.payloads[which][variant],
           load.lens[which][variant]);
      if (!burst && now_us () < next_us + (gint64)(k + 1) * 20000 / n - 60) {
        pause_until (next_us + (gint64)(k + 1) * 20000 / n);
      }
    }
    drain ();
    next_us += 20000;
    pause_until (next_us);
    (void)g_main_context_iteration (NULL, FALSE);
  }
}

static int
compare (const void *a, const void *b)
{
  gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;

  return x < y ? -1 : x > y;
}

/* The median of 400 ways of one packet in µs: to @to_port, out at the other side's socket. */
static gint64
way_of_one (gboolean through)
{
  gint64 took[400];
  guint8 packet[2048];
  struct sockaddr_in direct = { .sin_family = AF_INET,
                                .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
                                .sin_port = htons (load.ports[1]) };

  for (guint i = 0; i < G_N_ELEMENTS (took); i++) {
    drain ();
    gint64 began = now_us ();
    if (through) {
      say (&load.sides[0][0], 0, load.payloads[0][0], load.lens[0][0]);
    } else {
      (void)sendto (load.fds[0], packet, 172, 0, (struct sockaddr *)&direct, sizeof direct);
    }
    (void)recv (load.fds[1], packet, sizeof packet, 0);
    took[i] = now_us () - began;
    pause_until (now_us () + 2000);
  }
  qsort (took, G_N_ELEMENTS (took), sizeof *took, compare);
  return took[G_N_ELEMENTS (took) / 2];
}

/* How much later a sudden sound is heard than without us: from when its packet was sent, to when
   the packet that has it came and where it is in that. */
static double
onset_ms (void)
{
  g_autoptr (KithVoiceDecoder) decoder = kith_voice_decoder_new (KITH_CODEC_OPUS, 0);
  Side *side = &load.sides[0][0];
  guint8 silence[160], packet[2048];
  gint64 next_us = now_us (), loud_us = 0;

  memset (silence, 0xd5, sizeof silence);
  for (guint i = 0; i < 200; i++) {
    gboolean loud = i >= 150;
    if (i == 150) {
      loud_us = now_us ();
    }
    say (side, 0, loud ? load.payloads[0][i % VARIANTS] : silence, 160);
    next_us += 20000;
    while (now_us () < next_us) {
      ssize_t len = recv (load.fds[1], packet, sizeof packet, MSG_DONTWAIT);
      gint16 samples[KITH_VOICE_MAX_SAMPLES];
      KithRtpHeader header;
      if (len <= 0) {
        pause_until (now_us () + 200);
        continue;
      }
      if (kith_rtp_is_rtcp (packet, (gsize)len)
          || !kith_rtp_parse (packet, (gsize)len, TRUE, &header)) {
        continue;
      }
      gsize n = kith_voice_decoder_decode (decoder, header.payload, header.payload_len, samples);
      for (gsize k = 0; loud_us != 0 && k < n; k++) {
        if (ABS (samples[k]) > 1500) {
          return (double)(now_us () - loud_us) / 1000 + (double)k / 48;
        }
      }
    }
  }
  return -1;
}

int
main (int argc, char **argv)
{
  static const KithMediaEngineConfig config
      = { .audio_in = "silence", .audio_out = "null", .buffer_ms = 20, .frame_ms = 20 };
  struct rlimit files = { 65536, 65536 };
  g_autoptr (GError) error = NULL;

  if (argc < 4) {
    (void)fprintf (stderr, "usage: bridge-load plain|srtp|transcode CALLS SECONDS [burst]\n");
    return 2;
  }
  (void)setrlimit (RLIMIT_NOFILE, &files);
  load.is_srtp = g_str_equal (argv[1], "srtp");
  load.is_transcode = g_str_equal (argv[1], "transcode");
  load.n_calls = (guint)CLAMP (atoi (argv[2]), 1, MAX_CALLS);
  guint seconds = (guint)atoi (argv[3]);
  kith_media_thread_start ();
  KithMediaMaker *maker = kith_media_engine_new (&config, &error);
  if (maker == NULL) {
    (void)fprintf (stderr, "bridge-load: %s\n", error->message);
    return 1;
  }
  load.bridge = KITH_BRIDGE (maker);
  for (guint side = 0; side < 2; side++) {
    make_payloads (side);
    make_socket (side);
  }
  for (guint i = 0; i < load.n_calls; i++) {
    make_side (&load.sides[i][0], 0, i);
    make_side (&load.sides[i][1], 1, i);
    kith_bridge_join (load.bridge, load.sides[i][0].leg, load.sides[i][1].leg);
  }
  run (1, TRUE);
  load.sent = load.came = 0;
  double cpu = media_cpu ();
  gint64 began = now_us ();
  run (seconds, argc > 4);
  double took = (double)(now_us () - began) / 1e6;
  cpu = media_cpu () - cpu;
  (void)printf (
      "{\"kind\": \"%s\", \"calls\": %u, \"burst\": %s, \"sent\": %" G_GUINT64_FORMAT
      ", \"came\": %" G_GUINT64_FORMAT
      ", \"percent_of_a_core_a_call\": %.3f, \"calls_a_core\": %.0f, \"us_a_packet\": %.2f",
      argv[1],
      load.n_calls,
      argc > 4 ? "true" : "false",
      load.sent,
      load.came,
      100 * cpu / took / load.n_calls,
      load.n_calls * took / cpu,
      1e6 * cpu / (double)MAX (load.sent, 1));
  if (load.is_transcode) {
    (void)printf (", \"onset_later_ms\": %.1f}\n", onset_ms ());
  } else {
    gint64 direct = way_of_one (FALSE), through = way_of_one (TRUE);
    (void)printf (", \"direct_us\": %" G_GINT64_FORMAT ", \"added_us\": %" G_GINT64_FORMAT "}\n",
                  direct,
                  through - direct);
  }
  return 0;
}
