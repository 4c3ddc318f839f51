/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fixture of the audio tests. */
#include "media-pair.h"

#include <glib/gstdio.h>
#include <string.h>

static void
on_flowing (KithMedia *media, gpointer user_data)
{
  ((Party *)user_data)->flowing++;
}

static void
on_failed (KithMedia *media, const char *why, gpointer user_data)
{
  Party *party = user_data;

  party->failures++;
  g_free (party->why);
  party->why = g_strdup (why);
}

static void
on_tone (KithMedia *media, const char *digit, gpointer user_data)
{
  g_string_append (((Party *)user_data)->tones, digit);
}

/* A thread of the audio's. */
static gboolean
on_send (const guint8 *data, gsize len, gpointer user_data)
{
  GBytes *packet = g_bytes_new (data, len);
  gboolean taken = kith_mailbox_post (((Party *)user_data)->box, packet);

  if (!taken) {
    g_bytes_unref (packet);
  }
  return taken;
}

/* On the main loop, where all of these tests are. */
static void
on_sent (gpointer message, gpointer user_data)
{
  g_autoptr (GBytes) packet = message;
  Party *party = user_data;
  gsize len = 0;
  const guint8 *data = g_bytes_get_data (packet, &len);

  party->sent++;
  party->sent_early += !party->started;
  if (party->spy != NULL) {
    party->spy (party, data, len);
  }
  if (party->carry != NULL) {
    party->carry (party, data, len);
    return;
  }
  if ((guint)g_random_int_range (0, 100) < party->lose_percent) {
    return;
  }
  if (party->peer->media != NULL) {
    party->peer->proved += kith_media_receive (party->peer->media, data, len) ? 1 : 0;
  }
}

static void
party_init (Party *party,
            Party *peer,
            const PairConfig *config,
            KithMediaMaker *maker,
            const char *audio_in,
            const char *name,
            const char *directory)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *pattern = g_strdup_printf ("%s/%s-%%c.wav", directory, name);
  KithMediaEngineConfig engine = { audio_in,
                                   audio_in != NULL ? pattern : NULL,
                                   config->buffer_ms != 0 ? config->buffer_ms : 20,
                                   config->frame_ms != 0 ? config->frame_ms : 20,
                                   0 };
  KithMediaTransport transport = { .send = config->sockets ? NULL : on_send,
                                   .send_data = party,
                                   .local_host = config->sockets ? "127.0.0.1" : NULL,
                                   .has_keys = !config->sockets };

  party->peer = peer;
  party->box = kith_mailbox_new (NULL, 1000, on_sent, (GDestroyNotify)g_bytes_unref, party);
  party->tones = g_string_new (NULL);
  party->recording = g_strdup_printf ("%s/%s-7.wav", directory, name);
  memcpy (transport.local_key, party->keys[0], KITH_SRTP_KEY_LEN);
  memcpy (transport.remote_key, party->keys[1], KITH_SRTP_KEY_LEN);
  party->maker = maker != NULL ? g_object_ref (maker) : kith_media_engine_new (&engine, &error);
  g_assert_no_error (error);
  party->media = kith_media_maker_create (party->maker, &transport, "call/7", &error);
  g_assert_no_error (error);
  kith_media_set_origin (party->media, "127.0.0.1", 0);
  g_signal_connect (party->media, "flowing", G_CALLBACK (on_flowing), party);
  g_signal_connect (party->media, "failed", G_CALLBACK (on_failed), party);
  g_signal_connect (party->media, "tone", G_CALLBACK (on_tone), party);
}

static void
party_clear (Party *party)
{
  g_clear_object (&party->media);
  g_clear_object (&party->maker);
  g_clear_pointer (&party->box, kith_mailbox_free);
  g_unlink (party->recording);
  g_clear_pointer (&party->recording, g_free);
  g_clear_pointer (&party->why, g_free);
  g_string_free (party->tones, TRUE);
}

void
pair_init (Pair *pair, const PairConfig *config)
{
  longest_stall = 0;
  memset (pair, 0, sizeof *pair);
  pair->directory = g_dir_make_tmp ("kith-media-XXXXXX", NULL);
  for (guint i = 0; i < KITH_SRTP_KEY_LEN; i++) {
    pair->alice.keys[0][i] = pair->bob.keys[1][i] = (guint8)(i + 1);
    pair->alice.keys[1][i] = pair->bob.keys[0][i] = (guint8)(200 - i);
  }
  pair->bob.keys[1][3] ^= config->wrong_key ? 1 : 0;
  party_init (&pair->alice,
              &pair->bob,
              config,
              NULL,
              config->alice_in != NULL ? config->alice_in : "tone:440",
              "alice",
              pair->directory);
  party_init (&pair->bob,
              &pair->alice,
              config,
              config->bob_maker,
              config->bob_device       ? NULL
              : config->bob_in != NULL ? config->bob_in
                                       : "tone:660",
              "bob",
              pair->directory);
}

void
pair_clear (Pair *pair)
{
  party_clear (&pair->alice);
  party_clear (&pair->bob);
  g_rmdir (pair->directory);
  g_clear_pointer (&pair->directory, g_free);
}

static void
keep_codec (KithOffer *offer, KithCodecId codec)
{
  for (guint i = 0; i < kith_offer_audio (offer)->n_codecs && codec < KITH_N_CODECS; i++) {
    if (kith_offer_audio (offer)->codecs[i].id == codec) {
      kith_offer_audio (offer)->codecs[0] = kith_offer_audio (offer)->codecs[i];
      kith_offer_audio (offer)->codecs[1] = (KithOfferedCodec){ KITH_CODEC_TELEPHONE_EVENT, 101 };
      kith_offer_audio (offer)->n_codecs = 2;
    }
  }
}

void
pair_agree (Pair *pair, KithCodecId codec)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithOffer) offer = kith_media_get_local (pair->alice.media, &error);
  g_assert_no_error (error);
  g_autoptr (KithOffer) able = kith_media_get_local (pair->bob.media, &error);
  g_assert_no_error (error);
  keep_codec (offer, codec);
  g_autoptr (KithOffer) answer = kith_offer_answer (offer, able, &error);
  g_assert_no_error (error);
  kith_media_set_remote (pair->bob.media, offer, FALSE, &error);
  g_assert_no_error (error);
  kith_media_set_remote (pair->alice.media, answer, TRUE, &error);
  g_assert_no_error (error);
}

void
party_start (Party *party)
{
  g_autoptr (GError) error = NULL;

  party->started = TRUE;
  kith_media_start (party->media, &error);
  g_assert_no_error (error);
}

static gboolean
on_time (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

void
run_ms (guint ms)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  StallWatch watch;

  g_timeout_add (ms, on_time, loop);
  stall_watch_start (&watch);
  g_main_loop_run (loop);
  stall_watch_stop (&watch);
}

KithToneReport
party_hears (Party *party, double hz)
{
  g_auto (KithToneSound) sound = { 0 };
  g_autofree gchar *wrong = kith_tone_sound_read (&sound, party->recording);
  KithToneReport report;

  g_assert_cmpstr (wrong, ==, NULL);
  kith_tone_measure (&sound, hz, &kith_tone_rule_default, &report);
  g_test_message ("%s: %.0f Hz %s, %.1f dBFS, %.0f ms, %.2f to %.2f s, gap %.0f ms, file %.2f s",
                  party->recording,
                  hz,
                  report.present ? "present" : "absent",
                  report.level_db,
                  report.total_ms,
                  report.first_s,
                  report.last_s,
                  report.longest_gap_ms,
                  (double)sound.n / sound.rate);
  return report;
}

void
pair_talk (Pair *pair, KithCodecId codec, guint ms)
{
  pair_agree (pair, codec);
  party_start (&pair->bob);
  party_start (&pair->alice);
  run_ms (ms);
  kith_media_get_stats (pair->bob.media, &pair->talking);
  kith_media_stop (pair->alice.media);
  kith_media_stop (pair->bob.media);
}

static guint
count_entries (const char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (directory != NULL && g_dir_read_name (directory) != NULL) {
    n++;
  }
  return n;
}

guint
count_threads (void)
{
  return count_entries ("/proc/self/task");
}

guint
count_fds (void)
{
  return count_entries ("/proc/self/fd");
}

guint
rss_kb (void)
{
  g_autofree gchar *status = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  const char *at = strstr (status, "VmRSS:");
  return at != NULL ? (guint)g_ascii_strtoull (at + strlen ("VmRSS:"), NULL, 10) : 0;
}

#ifdef __SANITIZE_ADDRESS__
/* GLib drops its first table of quarks on purpose when GStreamer's many names need a larger one; to
   name its place the unwinder must see through frames without frame pointers. The same line is in
   tests/lsan.supp, for programs. */
__attribute__ ((visibility ("default"))) const char *__asan_default_options (void);
__attribute__ ((visibility ("default"))) const char *__lsan_default_suppressions (void);

const char *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0";
}

const char *
__lsan_default_suppressions (void)
{
  return "leak:call_init\n";
}
#endif
