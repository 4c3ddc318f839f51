/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two calls between the same two devices over one link, with real sound: each is heard in its own
   call, and in no other. */
#include <glib/gstdio.h>
#include <string.h>

#include "base/media-thread.h"
#include "link-fixture.h"
#include "media/engine.h"
#include "model/sdp/offer.h"
#include "tone-detect.h"

#define N_CALLS 2
#define SRTP_LABEL "EXPORTER-kith-srtp"
#define TALK_MS 1200
#define HELD_MS 300 /* how long the main loop stands still */
#define HELD_TIMES 5

/* One side of one call. */
typedef struct {
  KithLink *link;
  KithMediaMaker *maker;
  KithMedia *media;
  guint32 claimed; /* the peer's SSRC */
  double hz;       /* what it says */
  gchar *recording;
  guint proved, foreign; /* packets that were the peer's of this call, and others */
  /* the last of them, and the longest time between two; atomic, as is proved */
  gint64 came_us, gap_us;
} End;

typedef struct {
  Person *alice, *bob;
  KithLink *ours, *theirs;
  gchar *directory;
  End ends[N_CALLS][2]; /* alice's, who offers, and bob's */
} Calls;

static gboolean
on_send (const guint8 *data, gsize len, gpointer user_data)
{
  return kith_link_send_media (((End *)user_data)->link, data, len);
}

static gboolean
on_media (KithLink *link, const guint8 *data, gsize len, gpointer user_data)
{
  End *end = user_data;
  gboolean proved = kith_media_receive (end->media, data, len);
  gint64 now_us = g_get_monotonic_time ();
  gint64 before_us = __atomic_exchange_n (&end->came_us, now_us, __ATOMIC_RELAXED);

  if (before_us != 0 && now_us - before_us > __atomic_load_n (&end->gap_us, __ATOMIC_RELAXED)) {
    __atomic_store_n (&end->gap_us, now_us - before_us, __ATOMIC_RELAXED);
  }
  g_atomic_int_inc (proved ? &end->proved : &end->foreign);
  return proved;
}

static void
end_init (End *end, const Calls *calls, guint call, gboolean is_bob)
{
  static const double tones[N_CALLS][2] = { { 440, 660 }, { 880, 1320 } };
  g_autoptr (GError) error = NULL;
  g_autofree gchar *call_id = g_strdup_printf ("call-%u@example", call);
  g_autofree gchar *in = g_strdup_printf ("tone:%.0f", tones[call][is_bob]);
  g_autofree gchar *out
      = g_strdup_printf ("%s/%s-%%c.wav", calls->directory, is_bob ? "bob" : "alice");
  g_autofree gchar *id = g_strdup_printf ("call/%u", call);
  KithMediaEngineConfig config = { in, out, 40, 20, 0 };
  KithMediaTransport transport = { .send = on_send, .send_data = end };
  guint8 keys[2 * KITH_SRTP_KEY_LEN];

  end->link = is_bob ? calls->theirs : calls->ours;
  end->hz = tones[call][is_bob];
  end->recording
      = g_strdup_printf ("%s/%s-%u.wav", calls->directory, is_bob ? "bob" : "alice", call);
  end->maker = kith_media_engine_new (&config, &error);
  g_assert_no_error (error);
  end->media = kith_media_maker_create (end->maker, &transport, id, &error);
  g_assert_no_error (error);
  g_assert_true (kith_link_export_key (end->link,
                                       SRTP_LABEL,
                                       (const guint8 *)call_id,
                                       strlen (call_id),
                                       keys,
                                       sizeof keys));
  kith_media_set_keys (end->media,
                       keys + (is_bob ? KITH_SRTP_KEY_LEN : 0),
                       keys + (is_bob ? 0 : KITH_SRTP_KEY_LEN));
}

static void
end_clear (End *end)
{
  kith_link_release_media (end->link, end->claimed, end);
  g_clear_object (&end->media);
  g_clear_object (&end->maker);
  g_unlink (end->recording);
  g_free (end->recording);
}

/* As a call does it: what the peer describes is claimed, and what it had before is given back. */
static void
take (End *end, const KithOffer *described, gboolean we_offered)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = kith_sdp_print (described);
  g_autoptr (KithOffer) remote = kith_sdp_parse (text, strlen (text), KITH_SDP_LINK, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (kith_offer_audio (remote)->ssrc, !=, 0);
  if (kith_offer_audio (remote)->ssrc != end->claimed) {
    kith_link_claim_media (end->link, kith_offer_audio (remote)->ssrc, on_media, end, &error);
    g_assert_no_error (error);
  }
  kith_media_set_remote (end->media, remote, we_offered, &error);
  g_assert_no_error (error);
  if (end->claimed != 0 && kith_offer_audio (remote)->ssrc != end->claimed) {
    kith_link_release_media (end->link, end->claimed, end);
  }
  end->claimed = kith_offer_audio (remote)->ssrc;
}

static KithOffer *
get_local (End *end)
{
  g_autoptr (GError) error = NULL;
  KithOffer *local = kith_media_get_local (end->media, &error);

  g_assert_no_error (error);
  return local;
}

/* Offer and answer with @codec alone, or with all when KITH_N_CODECS. */
static void
agree (End ends[2], KithCodecId codec)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithOffer) offer = get_local (&ends[0]);
  g_autoptr (KithOffer) able = get_local (&ends[1]);

  for (guint i = 0; i < kith_offer_audio (offer)->n_codecs && codec < KITH_N_CODECS; i++) {
    if (kith_offer_audio (offer)->codecs[i].id == codec) {
      kith_offer_audio (offer)->codecs[0] = kith_offer_audio (offer)->codecs[i];
      kith_offer_audio (offer)->n_codecs = 1;
    }
  }
  g_autoptr (KithOffer) answer = kith_offer_answer (offer, able, &error);
  g_assert_no_error (error);
  take (&ends[1], offer, FALSE);
  g_autoptr (KithOffer) now = get_local (&ends[1]);
  kith_offer_audio (answer)->ssrc = kith_offer_audio (now)->ssrc;
  take (&ends[0], answer, TRUE);
}

static void
setup (Calls *calls, gconstpointer data)
{
  if (data != NULL) {
    kith_media_thread_start ();
  }
  calls->directory = g_dir_make_tmp ("kith-calls-XXXXXX", NULL);
  calls->alice = person_new ("alice");
  calls->bob = person_new ("bob");
  persons_wire (calls->alice, calls->bob);
  person_start (calls->alice);
  person_start (calls->bob);
  run_for (50);
  connect_both (calls->alice, calls->bob, TRUE, &calls->ours, &calls->theirs);
  for (guint i = 0; i < N_CALLS; i++) {
    for (guint side = 0; side < 2; side++) {
      end_init (&calls->ends[i][side], calls, i, side == 1);
    }
    agree (calls->ends[i], KITH_N_CODECS);
  }
  for (guint i = 0; i < N_CALLS; i++) {
    for (guint side = 0; side < 2; side++) {
      g_autoptr (GError) error = NULL;
      kith_media_start (calls->ends[i][side].media, &error);
      g_assert_no_error (error);
    }
  }
}

static void
stop (Calls *calls)
{
  for (guint i = 0; i < N_CALLS; i++) {
    for (guint side = 0; side < 2; side++) {
      kith_media_stop (calls->ends[i][side].media);
    }
  }
}

static void
teardown (Calls *calls, gconstpointer data)
{
  for (guint i = 0; i < N_CALLS; i++) {
    for (guint side = 0; side < 2; side++) {
      end_clear (&calls->ends[i][side]);
    }
  }
  kith_link_close (calls->ours, KITH_REASON_LOCAL);
  run_for (100);
  g_clear_object (&calls->ours);
  g_clear_object (&calls->theirs);
  person_free (calls->alice);
  person_free (calls->bob);
  run_for (600);
  g_assert_cmpuint (links_alive, ==, 0);
  kith_media_thread_stop ();
  g_rmdir (calls->directory);
  g_free (calls->directory);
}

/* What @end recorded: @hz for more than @least_ms, or not at all. */
static void
check_tone (const End *end, double hz, double least_ms)
{
  g_auto (KithToneSound) sound = { 0 };
  g_autofree gchar *wrong = kith_tone_sound_read (&sound, end->recording);
  KithToneReport report;

  g_assert_cmpstr (wrong, ==, NULL);
  kith_tone_measure (&sound, hz, &kith_tone_rule_default, &report);
  g_test_message ("%s: %.0f Hz for %.0f ms, %.1f dBFS",
                  end->recording,
                  hz,
                  report.total_ms,
                  report.level_db);
  if (least_ms > 0) {
    g_assert_cmpfloat (report.total_ms, >, least_ms);
  } else {
    g_assert_cmpfloat (report.total_ms, ==, 0);
  }
}

/* In each recording there is the tone of the other side of the same call, and none of the other
   three. */
static void
check_sound (Calls *calls, double least_ms)
{
  for (guint i = 0; i < N_CALLS; i++) {
    for (guint side = 0; side < 2; side++) {
      for (guint j = 0; j < N_CALLS * 2; j++) {
        gboolean is_peers = j == 2 * i + (1 - side);
        check_tone (&calls->ends[i][side], calls->ends[j / 2][j % 2].hz, is_peers ? least_ms : 0);
      }
      g_assert_cmpuint (calls->ends[i][side].proved, >, 0);
      g_assert_cmpuint (calls->ends[i][side].foreign, ==, 0);
    }
  }
}

/* Then one call ends: the other goes on, and what still comes of the first is nobody's. */
static void
test_tones (Calls *calls, gconstpointer data)
{
  End *gone = &calls->ends[0][1];

  run_for (TALK_MS);
  g_assert_cmpuint (kith_link_get_unclaimed (calls->ours), ==, 0);
  g_assert_cmpuint (kith_link_get_unclaimed (calls->theirs), ==, 0);
  kith_link_release_media (gone->link, gone->claimed, gone);
  kith_media_stop (gone->media);
  guint proved = gone->proved;
  run_for (TALK_MS / 2);
  g_assert_cmpuint (gone->proved, ==, proved);
  g_assert_cmpuint (kith_link_get_unclaimed (calls->theirs), >, 15);
  stop (calls);
  check_sound (calls, TALK_MS - 600);
  check_tone (&calls->ends[1][1], calls->ends[1][0].hz, TALK_MS);
}

static gboolean
has_end (KithTrace *trace)
{
  GPtrArray *entries = kith_trace_get_entries (trace);

  return entries->len > 0
         && ((KithTraceEntry *)entries->pdata[entries->len - 1])->kind == KITH_TRACE_END;
}

/* Each call has its own time line of the link: that of one which ended stays as it is, the other
   one is told to the end. */
static void
test_time_lines (Calls *calls, gconstpointer data)
{
  g_autoptr (KithTrace) first = kith_trace_new (kith_clock_get_default ());
  g_autoptr (KithTrace) second = kith_trace_new (kith_clock_get_default ());

  kith_link_add_trace (calls->ours, first);
  guint told = kith_trace_get_entries (first)->len;
  g_assert_cmpuint (told, >, 3);
  kith_link_add_trace (calls->ours, second);
  g_assert_cmpuint (kith_trace_get_entries (second)->len, ==, told); /* as it is by now */
  g_assert_cmpuint (kith_trace_get_entries (first)->len, ==, told);
  kith_link_remove_trace (calls->ours, first);
  stop (calls);
  kith_link_close (calls->ours, KITH_REASON_LOCAL);
  run_for (50);
  g_assert_cmpuint (kith_trace_get_entries (first)->len, ==, told);
  g_assert_true (has_end (second));
}

/* The second call changes its codec, and so its SSRCs: it goes on, and the first one does not
   notice. */
static void
test_new_codec (Calls *calls, gconstpointer data)
{
  guint32 before[2] = { calls->ends[1][0].claimed, calls->ends[1][1].claimed };

  run_for (TALK_MS);
  agree (calls->ends[1], KITH_CODEC_PCMU);
  agree (calls->ends[1],
         KITH_CODEC_PCMU); /* who offered has a new SSRC only since the answer came */
  g_assert_cmpuint (calls->ends[1][0].claimed, !=, before[0]);
  g_assert_cmpuint (calls->ends[1][1].claimed, !=, before[1]);
  run_for (TALK_MS);
  stop (calls);
  check_sound (calls, 2 * TALK_MS - 1200);
}

#define ADD(path, func) g_test_add ("/two-calls/" path, Calls, NULL, setup, func, teardown)

/* … with a media thread of its own, as in kithd. */
#define ADD_THREADED(name, func)                                                                   \
  g_test_add ("/two-calls/" name, Calls, "thread", setup, func, teardown)

/* The main loop stands still again and again: the packets of both calls come and go all the while,
   and nobody hears it. Once of HELD_TIMES is enough, since the machine may be busy, too; were RTP
   the main loop's, it would be none. */
static void
test_held_up (Calls *calls, gconstpointer data)
{
  gint64 least_gap_us = G_MAXINT64;
  guint most = 0;

  run_for (TALK_MS);
  for (guint i = 0; i < HELD_TIMES; i++) {
    End *end = &calls->ends[0][1];
    guint before = (guint)g_atomic_int_get (&end->proved);
    __atomic_store_n (&end->gap_us, 0, __ATOMIC_RELAXED);
    g_usleep (HELD_MS * 1000);
    guint came = (guint)g_atomic_int_get (&end->proved) - before;
    gint64 gap_us = __atomic_load_n (&end->gap_us, __ATOMIC_RELAXED);
    g_test_message ("held up for %d ms: %u packets, the longest gap %" G_GINT64_FORMAT " us",
                    HELD_MS,
                    came,
                    gap_us);
    least_gap_us = MIN (least_gap_us, gap_us);
    most = MAX (most, came);
    run_for (100);
  }
  g_assert_cmpint (kith_link_get_state (calls->ours), ==, KITH_LINK_UP);
  g_assert_cmpint (least_gap_us, <, 100 * 1000);
  g_assert_cmpuint (most, >, HELD_MS / 20 / 2);
  for (guint i = 0; i < N_CALLS; i++) {
    for (guint side = 0; side < 2; side++) {
      KithMediaStats stats;
      kith_media_get_stats (calls->ends[i][side].media, &stats);
      g_test_message ("%" G_GUINT64_FORMAT " frames played, %" G_GUINT64_FORMAT " made up",
                      stats.frames_played,
                      stats.frames_concealed);
      g_assert_cmpuint (stats.frames_played, >, 4 * stats.frames_concealed);
    }
  }
  stop (calls);
  check_tone (&calls->ends[0][1], calls->ends[0][0].hz, TALK_MS);
}

/* Calls and links end while packets are under way on all threads. */
static void
test_ends_in_flight (Calls *calls, gconstpointer data)
{
  run_for (TALK_MS / 4);
  for (guint i = 0; i < N_CALLS; i++) {
    for (guint side = 0; side < 2; side++) {
      End *end = &calls->ends[i][side];
      kith_link_release_media (end->link, end->claimed, end);
      guint proved = (guint)g_atomic_int_get (&end->proved);
      g_usleep (30 * 1000);
      g_assert_cmpuint (g_atomic_int_get (&end->proved), ==, proved);
      kith_media_stop (end->media);
      g_clear_object (&end->media);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("tones", test_tones);
  ADD ("time-lines", test_time_lines);
  ADD ("new-codec", test_new_codec);
  ADD_THREADED ("held-up", test_held_up);
  ADD_THREADED ("in-flight", test_ends_in_flight);
  return g_test_run ();
}
