/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two legs joined: telephones on real sockets, nodes on links with SRTP; relayed, transcoded,
   joined anew, stopped. Time is the test's own. */
#include <arpa/inet.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/media-thread.h"
#include "common/own-time.h"
#include "media-pair.h"
#include "media/codec/voice-encoder.h"
#include "media/engine.h"
#include "media/playout/voice-decoder.h"
#include "media/relay/srtp-box.h"
#include "media/rtp/rtp-filter.h"

#define MAX_HEARD 600

typedef struct {
  KithRtpHeader header; /* without payload */
  guint8 payload[400];
  gsize len;
  gint64 at_us;
} Heard;

/* What is at the other end of a leg. */
typedef struct {
  KithBridge *bridge;
  KithMedia *leg;
  int fd; /* a telephone's socket; -1: a node on a link */
  guint16 port, to_port;
  KithSrtpBox *srtp; /* of a link */
  KithRtpHeader next;
  double phase;
  Heard *heard;
  guint n_heard, n_reports;
  guint8 report[KITH_RTP_MAX_PACKET];
  gsize report_len;
  guint flowing;
  GString *tones;
} End;

static const guint8 keys[2][KITH_SRTP_KEY_LEN] = { { 1, 2, 3 }, { 9, 8, 7 } };

static gboolean
on_time (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
run_for (guint ms)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  g_timeout_add (ms, on_time, loop);
  g_main_loop_run (loop);
}

static void
take (End *end, guint8 *packet, gsize len)
{
  gboolean is_rtcp = kith_rtp_is_rtcp (packet, len);
  KithRtpHeader header;

  if (end->srtp != NULL) {
    g_assert_cmpint (kith_srtp_box_open (end->srtp, packet, &len, is_rtcp), ==, KITH_SRTP_OPENED);
  }
  if (is_rtcp) {
    g_assert_true (kith_rtcp_check (packet, len));
    memcpy (end->report, packet, len);
    end->report_len = len;
    end->n_reports++;
    return;
  }
  g_assert_true (kith_rtp_parse (packet, len, TRUE, &header));
  g_assert_cmpuint (end->n_heard, <, MAX_HEARD);
  Heard *heard = &end->heard[end->n_heard++];
  heard->header = header;
  heard->len = header.payload_len;
  heard->at_us = g_get_monotonic_time ();
  g_assert_cmpuint (heard->len, <=, sizeof heard->payload);
  memcpy (heard->payload, header.payload, heard->len);
}

static gboolean
on_link (const guint8 *data, gsize len, gpointer user_data)
{
  guint8 packet[KITH_RTP_MAX_PACKET];

  memcpy (packet, data, len);
  take (user_data, packet, len);
  return TRUE;
}

/* What came to a telephone's socket. */
static void
collect (End *end)
{
  guint8 packet[KITH_RTP_MAX_PACKET];
  ssize_t len;

  while (end->fd >= 0 && (len = recv (end->fd, packet, sizeof packet, MSG_DONTWAIT)) > 0) {
    take (end, packet, (gsize)len);
  }
}

static void
on_flowing (KithMedia *media, gpointer user_data)
{
  ((End *)user_data)->flowing++;
}

static void
on_tone (KithMedia *media, const char *digit, gpointer user_data)
{
  g_string_append (((End *)user_data)->tones, digit);
}

static void
end_init (End *end, KithBridge *bridge, gboolean is_link)
{
  g_autoptr (GError) error = NULL;
  KithMediaTransport transport = { .send = is_link ? on_link : NULL,
                                   .send_data = end,
                                   .local_host = is_link ? NULL : "127.0.0.1",
                                   .has_keys = is_link };

  memset (end, 0, sizeof *end);
  end->bridge = bridge;
  end->fd = -1;
  end->heard = g_new (Heard, MAX_HEARD);
  end->tones = g_string_new (NULL);
  end->next = (KithRtpHeader){ .ssrc = g_random_int (), .seq = 100, .timestamp = 5000 };
  memcpy (transport.local_key, keys[0], KITH_SRTP_KEY_LEN);
  memcpy (transport.remote_key, keys[1], KITH_SRTP_KEY_LEN);
  end->leg = kith_bridge_create_leg (bridge, &transport, "call/1", &error);
  g_assert_no_error (error);
  g_signal_connect (end->leg, "flowing", G_CALLBACK (on_flowing), end);
  g_signal_connect (end->leg, "tone", G_CALLBACK (on_tone), end);
  if (is_link) {
    end->srtp = kith_srtp_box_new (keys[1], keys[0]);
    return;
  }
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t len = sizeof at;
  end->fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (end->fd, (struct sockaddr *)&at, len), ==, 0);
  g_assert_cmpint (getsockname (end->fd, (struct sockaddr *)&at, &len), ==, 0);
  end->port = ntohs (at.sin_port);
  kith_media_set_origin (end->leg, "127.0.0.1", 0);
}

static void
end_clear (End *end)
{
  g_clear_object (&end->leg);
  g_clear_pointer (&end->srtp, kith_srtp_box_free);
  g_clear_pointer (&end->heard, g_free);
  g_string_free (end->tones, TRUE);
  if (end->fd >= 0) {
    close (end->fd);
  }
}

#define NO_KEYS 128

/* It answers our offer with @codec under @pt, and key presses under @tone_pt. */
static void
agree (End *end, KithCodecId codec, guint8 pt, guint8 tone_pt)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithOffer) local = kith_media_get_local (end->leg, &error);
  g_assert_no_error (error);
  g_autoptr (KithOffer) remote = kith_offer_new ();
  KithStream *audio = kith_offer_audio (remote);

  end->to_port = kith_offer_audio (local)->port;
  audio->profile = end->srtp != NULL ? KITH_PROFILE_RTP_SAVP : KITH_PROFILE_RTP_AVP;
  audio->host = end->srtp != NULL ? NULL : g_strdup ("127.0.0.1");
  audio->port = end->srtp != NULL ? 9 : end->port;
  audio->rtcp_mux = TRUE;
  audio->rtcp_port = audio->port;
  audio->ssrc = end->srtp != NULL ? end->next.ssrc : 0;
  audio->codecs[audio->n_codecs++] = (KithOfferedCodec){ codec, pt };
  if (tone_pt != NO_KEYS) {
    audio->codecs[audio->n_codecs++] = (KithOfferedCodec){ KITH_CODEC_TELEPHONE_EVENT, tone_pt };
  }
  (void)kith_media_set_remote (end->leg, remote, TRUE, &error);
  g_assert_no_error (error);
  end->next.pt = pt;
}

static void
start (End *end)
{
  g_autoptr (GError) error = NULL;

  (void)kith_media_start (end->leg, &error);
  g_assert_no_error (error);
}

static void
send_packet (End *end, guint8 *packet, gsize len)
{
  struct sockaddr_in to = { .sin_family = AF_INET,
                            .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
                            .sin_port = htons (end->to_port) };

  if (end->srtp != NULL) {
    g_assert_true (kith_srtp_box_close (end->srtp, packet, &len, kith_rtp_is_rtcp (packet, len)));
    (void)kith_media_receive (end->leg, packet, len);
  } else {
    (void)sendto (end->fd, packet, len, 0, (struct sockaddr *)&to, sizeof to);
  }
}

static void
say (End *end, const guint8 *payload, gsize len, guint ticks)
{
  guint8 packet[KITH_RTP_MAX_PACKET + KITH_SRTP_BOX_TRAILER]
      = { 0x80, end->next.pt, (guint8)(end->next.seq >> 8), (guint8)end->next.seq };
  guint32 timestamp = htonl (end->next.timestamp), ssrc = htonl (end->next.ssrc);

  memcpy (packet + 4, &timestamp, 4);
  memcpy (packet + 8, &ssrc, 4);
  memcpy (packet + 12, payload, len);
  end->next.seq++;
  end->next.timestamp += ticks;
  send_packet (end, packet, 12 + len);
}

typedef struct {
  KithVoiceEncoder *encoder;
  KithCodecId codec;
  double hz;
} Voice;

static Voice
voice_new (KithCodecId codec, double hz)
{
  guint rate = kith_codec_get (codec)->audio_rate;

  return (Voice){ kith_voice_encoder_new (codec, rate, 20), codec, hz };
}

/* One packet of a tone. */
static void
speak (End *end, const Voice *voice)
{
  guint rate = kith_codec_get (voice->codec)->audio_rate;
  gint16 samples[KITH_VOICE_MAX_FRAME];
  guint8 payload[KITH_VOICE_MAX_PAYLOAD];

  for (gsize k = 0; k < kith_voice_encoder_get_frame (voice->encoder); k++) {
    samples[k] = (gint16)(8000 * sin (end->phase));
    end->phase += 2 * G_PI * voice->hz / rate;
  }
  gsize len = kith_voice_encoder_encode (voice->encoder, samples, payload);
  say (end, payload, len, kith_codec_get (voice->codec)->rtp_clock / 50);
}

/* @n packets, one each 20 ms. */
static void
say_tone (End *end, KithCodecId codec, double hz, guint n)
{
  Voice voice = voice_new (codec, hz);

  for (guint i = 0; i < n; i++) {
    speak (end, &voice);
    run_for (20);
  }
  kith_voice_encoder_free (voice.encoder);
}

/* The share of the energy of what was heard from packet @from on that is at @hz. */
static double
share_of (const End *end, KithCodecId codec, guint from, double hz)
{
  g_autoptr (KithVoiceDecoder) decoder = kith_voice_decoder_new (codec, 0);
  guint rate = kith_voice_decoder_get_rate (decoder);
  double energy = 0, re = 0, im = 0;
  guint t = 0;

  for (guint i = 0; i < end->n_heard; i++) {
    gint16 samples[KITH_VOICE_MAX_SAMPLES];
    gsize n
        = kith_voice_decoder_decode (decoder, end->heard[i].payload, end->heard[i].len, samples);
    for (gsize k = 0; i >= from && k < n; k++, t++) {
      energy += (double)samples[k] * samples[k];
      re += samples[k] * cos (2 * G_PI * hz * t / rate);
      im += samples[k] * sin (2 * G_PI * hz * t / rate);
    }
  }
  return energy > 0 ? 2 * (re * re + im * im) / (t * energy) : 0;
}

/* From packet @from on: one SSRC, one payload type, numbers one after the other. */
static void
check_stream (const End *end, guint from, guint8 pt)
{
  for (guint i = from; i < end->n_heard; i++) {
    g_assert_cmpuint (end->heard[i].header.pt, ==, pt);
    g_assert_cmpuint (end->heard[i].header.ssrc, ==, end->heard[0].header.ssrc);
    if (i > 0) {
      g_assert_cmpuint ((guint16)(end->heard[i].header.seq - end->heard[i - 1].header.seq), ==, 1);
    }
  }
}

static KithBridge *
bridge_new (void)
{
  g_autoptr (GError) error = NULL;
  const KithMediaEngineConfig config
      = { .audio_in = "silence", .audio_out = "null", .buffer_ms = 20, .frame_ms = 20 };
  KithMediaMaker *maker = kith_media_engine_new (&config, &error);

  g_assert_no_error (error);
  return KITH_BRIDGE (maker);
}

typedef struct {
  KithBridge *bridge;
  End a, b;
} Legs;

static void
legs_init (Legs *pair, gboolean a_is_link, gboolean b_is_link)
{
  pair->bridge = bridge_new ();
  end_init (&pair->a, pair->bridge, a_is_link);
  end_init (&pair->b, pair->bridge, b_is_link);
}

static void
legs_clear (Legs *pair)
{
  end_clear (&pair->a);
  end_clear (&pair->b);
  run_for (10);
  g_object_unref (pair->bridge);
}

static void
legs_go (Legs *pair)
{
  kith_bridge_join (pair->bridge, pair->a.leg, pair->b.leg);
  start (&pair->a);
  start (&pair->b);
  run_for (100);
  collect (&pair->a);
  collect (&pair->b);
}

/* Two telephones with different numbers for the same: each packet goes on as it is. */
static void
test_relay (void)
{
  Legs pair;
  KithMediaStats stats;
  guint8 payload[160];

  legs_init (&pair, FALSE, FALSE);
  agree (&pair.a, KITH_CODEC_OPUS, 111, 101);
  agree (&pair.b, KITH_CODEC_OPUS, 96, 97);
  g_assert_cmpint (kith_bridge_get_manner (pair.bridge, pair.a.leg), ==, KITH_BRIDGE_APART);
  legs_go (&pair);
  g_assert_cmpint (kith_bridge_get_manner (pair.bridge, pair.b.leg), ==, KITH_BRIDGE_RELAYED);
  guint before = pair.b.n_heard; /* silence, which opened the way */
  g_assert_cmpuint (before, ==, 1);
  for (guint i = 0; i < 100; i++) {
    memset (payload, (int)i, sizeof payload);
    say (&pair.a, payload, 40 + i, 960);
    run_for (20);
  }
  collect (&pair.b);
  g_assert_cmpuint (pair.b.n_heard - before, ==, 100);
  check_stream (&pair.b, before, 96);
  for (guint i = 0; i < 100; i++) {
    const Heard *heard = &pair.b.heard[before + i];
    g_assert_cmpuint (heard->len, ==, 40 + i);
    g_assert_cmpuint (heard->payload[0], ==, i);
    g_assert_cmpuint (heard->header.ssrc, !=, pair.a.next.ssrc);
    g_assert_true (heard->header.marker == (i == 0));
    if (i > 0) {
      g_assert_cmpuint (heard->header.timestamp - heard[-1].header.timestamp, ==, 960);
    }
  }
  g_assert_cmpuint (pair.a.n_heard, <=, 4); /* b says nothing: silence once a second */
  kith_media_get_stats (pair.a.leg, &stats);
  g_assert_cmpuint (stats.packets_received, ==, 100);
  g_assert_cmpuint (stats.packets_lost, ==, 0);
  kith_media_get_stats (pair.b.leg, &stats);
  g_assert_cmpuint (stats.packets_sent, ==, 101);
  g_assert_cmpuint (pair.a.flowing, ==, 1);
  g_assert_cmpuint (pair.b.flowing, ==, 0);
  legs_clear (&pair);
}

/* A node with SRTP, and a telephone without. */
static void
test_srtp (void)
{
  Legs pair;
  KithMediaStats stats;
  guint8 payload[160] = { 0 };

  legs_init (&pair, TRUE, FALSE);
  agree (&pair.a, KITH_CODEC_G722, 9, 101);
  agree (&pair.b, KITH_CODEC_G722, 9, 101);
  say (&pair.a, payload, sizeof payload, 160); /* too early: it does not count */
  kith_media_get_stats (pair.a.leg, &stats);
  g_assert_cmpuint (stats.packets_received, ==, 0);
  legs_go (&pair);
  guint of_a = pair.a.n_heard, of_b = pair.b.n_heard;
  for (guint i = 0; i < 50; i++) {
    memset (payload, (int)i, sizeof payload);
    say (&pair.a, payload, 160, 160);
    memset (payload, 100 + (int)i, sizeof payload);
    say (&pair.b, payload, 160, 160);
    run_for (20);
  }
  collect (&pair.b);
  g_assert_cmpuint (pair.b.n_heard - of_b, ==, 50);
  g_assert_cmpuint (pair.a.n_heard - of_a, ==, 50);
  g_assert_cmpuint (pair.b.heard[of_b + 49].payload[159], ==, 49);
  g_assert_cmpuint (pair.a.heard[of_a + 49].payload[159], ==, 149);
  check_stream (&pair.a, of_a, 9);
  check_stream (&pair.b, of_b, 9);
  /* one who does not know the key, and one who says the same once more */
  guint8 forged[200] = { 0x80, 9, 0, 1 };
  memcpy (forged + 8, &(guint32){ htonl (pair.a.next.ssrc) }, 4);
  g_assert_false (kith_media_receive (pair.a.leg, forged, sizeof forged));
  run_for (10);
  collect (&pair.b);
  g_assert_cmpuint (pair.b.n_heard - of_b, ==, 50);
  legs_clear (&pair);
}

/* Nothing goes to or from a leg that is not started; early sound goes one way. */
static void
test_consent (void)
{
  Legs pair;
  g_autoptr (GError) error = NULL;

  legs_init (&pair, FALSE, FALSE);
  agree (&pair.a, KITH_CODEC_PCMA, 8, 101);
  agree (&pair.b, KITH_CODEC_PCMA, 8, 101);
  kith_bridge_join (pair.bridge, pair.a.leg, pair.b.leg);
  say_tone (&pair.a, KITH_CODEC_PCMA, 400, 10);
  say_tone (&pair.b, KITH_CODEC_PCMA, 600, 10);
  collect (&pair.a);
  collect (&pair.b);
  g_assert_cmpuint (pair.a.n_heard + pair.b.n_heard + pair.a.n_reports + pair.b.n_reports, ==, 0);
  start (&pair.a); /* the caller, who hears the other side's tone */
  (void)kith_media_listen (pair.b.leg, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 20; i++) {
    say_tone (&pair.a, KITH_CODEC_PCMA, 400, 1);
    say_tone (&pair.b, KITH_CODEC_PCMA, 600, 1);
  }
  collect (&pair.a);
  collect (&pair.b);
  g_assert_cmpuint (pair.a.n_heard, >=, 20);
  g_assert_cmpuint (pair.b.n_heard + pair.b.n_reports, ==, 0);
  start (&pair.b);
  say_tone (&pair.a, KITH_CODEC_PCMA, 400, 20);
  collect (&pair.b);
  g_assert_cmpuint (pair.b.n_heard, >=, 20);
  kith_media_stop (pair.b.leg);
  g_assert_cmpint (kith_bridge_get_manner (pair.bridge, pair.a.leg), ==, KITH_BRIDGE_APART);
  guint before = pair.b.n_heard + pair.b.n_reports;
  say_tone (&pair.a, KITH_CODEC_PCMA, 400, 20);
  run_for (2000);
  collect (&pair.b);
  g_assert_cmpuint (pair.b.n_heard + pair.b.n_reports, ==, before);
  legs_clear (&pair);
}

/* Both speak at once, 4 s. */
static void
transcode (KithCodecId a, guint8 a_pt, KithCodecId b, guint8 b_pt)
{
  Voice voices[] = { voice_new (a, 400), voice_new (b, 700) };
  Legs pair;
  KithMediaStats stats;

  legs_init (&pair, a == KITH_CODEC_OPUS, FALSE);
  agree (&pair.a, a, a_pt, 101);
  agree (&pair.b, b, b_pt, 101);
  legs_go (&pair);
  g_assert_cmpint (kith_bridge_get_manner (pair.bridge, pair.a.leg), ==, KITH_BRIDGE_TRANSCODED);
  guint of_a = pair.a.n_heard, of_b = pair.b.n_heard;
  for (guint i = 0; i < 200; i++) {
    speak (&pair.a, &voices[0]);
    speak (&pair.b, &voices[1]);
    run_for (20);
  }
  collect (&pair.a);
  collect (&pair.b);
  g_assert_cmpuint (pair.a.n_heard - of_a, >=, 196);
  g_assert_cmpuint (pair.b.n_heard - of_b, >=, 196);
  check_stream (&pair.a, of_a, a_pt);
  check_stream (&pair.b, of_b, b_pt);
  for (guint i = of_b + 1; i < pair.b.n_heard; i++) {
    g_assert_cmpuint (pair.b.heard[i].header.timestamp - pair.b.heard[i - 1].header.timestamp,
                      ==,
                      kith_codec_get (b)->rtp_clock / 50);
  }
  kith_media_get_stats (pair.a.leg, &stats);
  double ab = share_of (&pair.b, b, of_b + 10, 400), ba = share_of (&pair.a, a, of_a + 10, 700);
  g_test_message ("%s and %s: 400 Hz %.3f, 700 Hz %.3f, buffer %u ms, %" G_GUINT64_FORMAT
                  " frames made up",
                  kith_codec_get (a)->name,
                  kith_codec_get (b)->name,
                  ab,
                  ba,
                  stats.buffer_ms,
                  stats.frames_concealed);
  g_assert_cmpfloat (ab, >, 0.8);
  g_assert_cmpfloat (ba, >, 0.8);
  g_assert_cmpuint (stats.frames_played, >, 190);
  g_assert_cmpuint (stats.buffer_ms, <=, 40);
  legs_clear (&pair);
  kith_voice_encoder_free (voices[0].encoder);
  kith_voice_encoder_free (voices[1].encoder);
}

static void
test_transcode (void)
{
  transcode (KITH_CODEC_OPUS, 96, KITH_CODEC_PCMA, 8);
  transcode (KITH_CODEC_OPUS, 111, KITH_CODEC_G722, 9);
  transcode (KITH_CODEC_G722, 9, KITH_CODEC_PCMU, 0);
  transcode (KITH_CODEC_PCMA, 8, KITH_CODEC_PCMU, 0);
}

static void
press (End *end, guint8 tone_pt)
{
  guint8 voice_pt = end->next.pt;

  end->next.pt = tone_pt;
  for (guint i = 0; i < 5; i++) {
    guint8 event[] = { 5, (guint8)(10 | (i >= 3 ? 0x80 : 0)), 1, (guint8)(i * 20) };
    say (end, event, sizeof event, 0);
    run_for (20);
  }
  end->next.pt = voice_pt;
  end->next.timestamp += 800;
}

/* Key presses are told here, and go on under the other one's payload type, whether sound is relayed
   or not. */
static void
test_keys (void)
{
  static const KithCodecId codecs[] = { KITH_CODEC_PCMA, KITH_CODEC_PCMU };

  for (guint k = 0; k < G_N_ELEMENTS (codecs); k++) {
    Legs pair;
    guint events = 0;
    legs_init (&pair, FALSE, FALSE);
    agree (&pair.a, KITH_CODEC_PCMA, 8, 101);
    agree (&pair.b, codecs[k], codecs[k] == KITH_CODEC_PCMA ? 8 : 0, 120);
    legs_go (&pair);
    say_tone (&pair.a, KITH_CODEC_PCMA, 400, 20);
    press (&pair.a, 101);
    say_tone (&pair.a, KITH_CODEC_PCMA, 400, 20);
    collect (&pair.b);
    guint32 stamp = 0;
    for (guint i = 1; i < pair.b.n_heard; i++) {
      const Heard *heard = &pair.b.heard[i];
      g_assert_cmpuint ((guint16)(heard->header.seq - heard[-1].header.seq), ==, 1);
      if (heard->header.pt == 120) {
        g_assert_cmpuint (heard->payload[0], ==, 5);
        g_assert_true (events == 0 || heard->header.timestamp == stamp);
        stamp = heard->header.timestamp;
        events++;
      }
    }
    g_assert_cmpuint (events, ==, 5);
    g_assert_cmpstr (pair.a.tones->str, ==, "5");
    legs_clear (&pair);
  }
}

/* Transfer: b's place is taken by c, who speaks another codec; a's stream goes on. */
static void
test_join_anew (void)
{
  Legs pair;
  End c;

  legs_init (&pair, FALSE, FALSE);
  end_init (&c, pair.bridge, TRUE);
  agree (&pair.a, KITH_CODEC_PCMA, 8, 101);
  agree (&pair.b, KITH_CODEC_PCMA, 8, 101);
  agree (&c, KITH_CODEC_OPUS, 96, 101);
  legs_go (&pair);
  say_tone (&pair.b, KITH_CODEC_PCMA, 400, 50);
  collect (&pair.a);
  guint32 stamp = pair.a.heard[pair.a.n_heard - 1].header.timestamp;
  gint64 stamp_us = pair.a.heard[pair.a.n_heard - 1].at_us;
  kith_bridge_join (pair.bridge, pair.a.leg, c.leg);
  start (&c);
  g_assert_cmpint (kith_bridge_get_manner (pair.bridge, pair.b.leg), ==, KITH_BRIDGE_APART);
  g_assert_cmpint (kith_bridge_get_manner (pair.bridge, c.leg), ==, KITH_BRIDGE_TRANSCODED);
  say_tone (&pair.b, KITH_CODEC_PCMA, 400, 10); /* whom nobody hears any more */
  collect (&pair.a);
  guint before = pair.a.n_heard;
  say_tone (&c, KITH_CODEC_OPUS, 600, 60);
  collect (&pair.a);
  g_assert_cmpuint (pair.a.n_heard - before, >=, 55);
  check_stream (&pair.a, 1, 8);
  /* time did not stand still for a */
  guint32 later = pair.a.heard[pair.a.n_heard - 1].header.timestamp - stamp;
  gint64 should = (g_get_monotonic_time () - stamp_us) * 8 / 1000;
  g_test_message ("%u ticks, %" G_GINT64_FORMAT " gone by", later, should);
  g_assert_cmpint (ABS ((gint64)later - should), <, 500);
  g_assert_cmpfloat (share_of (&pair.a, KITH_CODEC_PCMA, before + 10, 600), >, 0.8);
  end_clear (&c);
  legs_clear (&pair);
}

/* Keys of our own: as packets where they are known, else in the sound; one after the other, in one
   stream with what is relayed. */
static void
test_press (void)
{
  static const guint8 tone_pts[] = { 101, NO_KEYS };

  for (guint k = 0; k < G_N_ELEMENTS (tone_pts); k++) {
    Legs pair;
    guint events = 0, ends = 0, stamps = 0;
    guint32 stamp = 0;
    legs_init (&pair, FALSE, FALSE);
    agree (&pair.a, KITH_CODEC_PCMA, 8, tone_pts[k]);
    agree (&pair.b, KITH_CODEC_PCMA, 8, 101);
    kith_bridge_press (pair.bridge, pair.a.leg, '9'); /* nobody hears it yet */
    legs_go (&pair);
    say_tone (&pair.b, KITH_CODEC_PCMA, 1000, 10);
    collect (&pair.a);
    guint before = pair.a.n_heard;
    kith_bridge_press (pair.bridge, pair.a.leg, '1');
    kith_bridge_press (pair.bridge, pair.a.leg, '#');
    say_tone (&pair.b, KITH_CODEC_PCMA, 1000, 7);
    collect (&pair.a);
    if (k == 1) { /* 697 and 1209 Hz */
      g_assert_cmpfloat (share_of (&pair.a, KITH_CODEC_PCMA, before + 1, 697), >, 0.3);
      g_assert_cmpfloat (share_of (&pair.a, KITH_CODEC_PCMA, before + 1, 1209), >, 0.3);
    }
    say_tone (&pair.b, KITH_CODEC_PCMA, 1000, 40);
    collect (&pair.a);
    for (guint i = before; i < pair.a.n_heard; i++) {
      const Heard *heard = &pair.a.heard[i];
      g_assert_cmpuint ((guint16)(heard->header.seq - heard[-1].header.seq), ==, 1);
      if (heard->header.pt == 101) {
        g_assert_cmpuint (heard->payload[0], ==, stamps <= 1 && events < 10 ? 1 : 11);
        stamps += events == 0 || heard->header.timestamp != stamp;
        stamp = heard->header.timestamp;
        ends += heard->payload[1] >> 7;
        events++;
      }
    }
    g_assert_cmpuint (events, ==, k == 0 ? 20 : 0);
    g_assert_cmpuint (ends, ==, k == 0 ? 6 : 0);
    g_assert_cmpuint (stamps, ==, k == 0 ? 2 : 0);
    before = pair.a.n_heard;
    say_tone (&pair.b, KITH_CODEC_PCMA, 1000, 20);
    collect (&pair.a);
    g_assert_cmpuint (pair.a.n_heard - before, ==, 20);
    g_assert_cmpfloat (share_of (&pair.a, KITH_CODEC_PCMA, before, 1000), >, 0.9);
    legs_clear (&pair);
  }
}

/* A tone in place of whom it is joined with, in one stream with what comes before and after. */
static void
test_tone (void)
{
  static const struct {
    KithCodecId codec;
    guint8 pt;
  } codecs[] = { { KITH_CODEC_PCMA, 8 }, { KITH_CODEC_G722, 9 }, { KITH_CODEC_OPUS, 96 } };

  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++) {
    Legs pair;
    legs_init (&pair, FALSE, TRUE);
    agree (&pair.a, codecs[i].codec, codecs[i].pt, 101);
    agree (&pair.b, KITH_CODEC_PCMA, 8, 101);
    kith_bridge_play (pair.bridge, pair.a.leg, KITH_TONE_RING_BACK); /* before it is started */
    run_for (100);
    collect (&pair.a);
    g_assert_cmpuint (pair.a.n_heard, ==, 0);
    legs_go (&pair);
    guint before = pair.a.n_heard;
    say_tone (&pair.b, KITH_CODEC_PCMA, 1000, 30);
    collect (&pair.a);
    g_assert_cmpuint (pair.a.n_heard - before, >=, 28);
    g_assert_cmpuint (pair.a.n_heard - before, <=, 33);
    check_stream (&pair.a, before, codecs[i].pt);
    g_assert_cmpfloat (share_of (&pair.a, codecs[i].codec, before, 425), >, 0.9);
    kith_bridge_play (pair.bridge, pair.a.leg, KITH_TONE_NONE);
    before = pair.a.n_heard;
    say_tone (&pair.b, KITH_CODEC_PCMA, 1000, 40);
    collect (&pair.a);
    g_assert_cmpuint (pair.a.n_heard - before, >=, 30);
    check_stream (&pair.a, before, codecs[i].pt);
    g_assert_cmpfloat (share_of (&pair.a, codecs[i].codec, before + 10, 1000), >, 0.8);
    legs_clear (&pair);
  }
}

/* Our reports: who sends what, how much of the peer's is lost, and what the other peer loses of it.
   */
static void
test_reports (void)
{
  Legs pair;
  KithMediaStats stats;
  guint8 payload[160] = { 0 };

  legs_init (&pair, FALSE, TRUE);
  agree (&pair.a, KITH_CODEC_PCMU, 0, 101);
  agree (&pair.b, KITH_CODEC_PCMU, 0, 101);
  legs_go (&pair);
  for (guint i = 0; i < 200; i++) {
    if (i % 4 == 3) { /* lost on its way to us */
      pair.a.next.seq++;
      pair.a.next.timestamp += 160;
    } else {
      say (&pair.a, payload, sizeof payload, 160);
    }
    run_for (20);
  }
  collect (&pair.a);
  collect (&pair.b);
  g_assert_cmpuint (pair.a.n_reports, >=, 4);
  g_assert_cmpuint (pair.b.n_reports, >=, 4);
  /* to b, whom we send to: SR with the packets sent */
  g_assert_cmpuint (pair.b.report[1], ==, 200);
  guint32 packets = (guint32)pair.b.report[20] << 24 | (guint32)pair.b.report[21] << 16
                    | (guint32)pair.b.report[22] << 8 | pair.b.report[23];
  g_assert_cmpuint (packets, >, 100);
  /* to a: a quarter is lost; its block comes after the header of an SR or RR */
  gsize at = pair.a.report[1] == 200 ? 28 : 8;
  g_assert_cmpuint (pair.a.report[0] & 0x1f, ==, 1);
  g_test_message ("loss told to a: %u of 256", pair.a.report[at + 4]);
  g_assert_cmpuint (pair.a.report[at + 4], >=, 55);
  g_assert_cmpuint (pair.a.report[at + 4], <=, 75);
  /* b says that it lost half of ours */
  guint8 rr[KITH_RTP_MAX_PACKET] = { 0x81, 201, 0, 7 };
  memcpy (rr + 4, &(guint32){ htonl (pair.b.next.ssrc) }, 4);
  memcpy (rr + 8, &(guint32){ htonl (pair.b.heard[0].header.ssrc) }, 4);
  rr[12] = 128;
  send_packet (&pair.b, rr, 32);
  for (guint i = 0; i < 60; i++) {
    say (&pair.a, payload, sizeof payload, 160);
    run_for (20);
  }
  collect (&pair.a);
  at = pair.a.report[1] == 200 ? 28 : 8;
  g_assert_cmpuint (pair.a.report[at + 4], ==, 128);
  kith_media_get_stats (pair.b.leg, &stats);
  g_assert_cmpuint (stats.remote_loss_ppm, ==, 500000);
  g_assert_cmpuint (stats.reports_received, ==, 1);
  kith_media_get_stats (pair.a.leg, &stats);
  g_assert_cmpuint (stats.packets_lost, ==, 50);
  legs_clear (&pair);
}

/* A and B hear each other while the media thread carries, and the main thread joins, parts and
   stops. */
static void
test_thread (void)
{
  Legs pair;
  guint8 payload[160] = { 0 };
  guint heard = 0, fds = count_fds ();

  kith_media_thread_start ();
  legs_init (&pair, FALSE, FALSE);
  agree (&pair.a, KITH_CODEC_PCMA, 8, 101);
  agree (&pair.b, KITH_CODEC_PCMA, 8, 101);
  kith_bridge_join (pair.bridge, pair.a.leg, pair.b.leg);
  start (&pair.a);
  start (&pair.b);
  for (guint i = 0; i < 2000; i++) {
    struct pollfd wait = { .fd = pair.b.fd, .events = POLLIN };
    say (&pair.a, payload, sizeof payload, 160);
    if (i % 50 == 49) {
      kith_bridge_join (pair.bridge, pair.a.leg, i % 100 == 99 ? pair.b.leg : NULL);
    } else if (i % 10 == 0) {
      (void)poll (&wait, 1, 20);
    }
    collect (&pair.b);
    heard += pair.b.n_heard;
    pair.b.n_heard = 0;
  }
  g_test_message ("%u of 2000 packets, half of which had somebody to go to", heard);
  g_assert_cmpuint (heard, >, 300);
  kith_media_stop (pair.a.leg);
  kith_media_stop (pair.b.leg);
  legs_clear (&pair);
  kith_media_thread_stop ();
  g_assert_cmpuint (count_fds (), ==, fds);
}

int
main (int argc, char **argv)
{
  own_time_begin ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bridge/relay", test_relay);
  g_test_add_func ("/bridge/srtp", test_srtp);
  g_test_add_func ("/bridge/consent", test_consent);
  g_test_add_func ("/bridge/transcode", test_transcode);
  g_test_add_func ("/bridge/keys", test_keys);
  g_test_add_func ("/bridge/join-anew", test_join_anew);
  g_test_add_func ("/bridge/press", test_press);
  g_test_add_func ("/bridge/tone", test_tone);
  g_test_add_func ("/bridge/reports", test_reports);
  g_test_add_func ("/bridge/thread", test_thread);
  return g_test_run ();
}
