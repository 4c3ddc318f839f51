/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The door of lines: their life, what the main thread sets, and when they tick. */
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/media-thread.h"
#include "base/random.h"
#include "media/relay/relay-line-private.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all lines */

/* Time */

static void
tick (KithRelayLine *line, gint64 now_us)
{
  if (line->transcoder != NULL) {
    kith_relay_line_play_on (line, now_us);
  }
  if (line->player != NULL) {
    kith_relay_line_play_tone (line, now_us);
  }
  if (line->speaks && now_us >= line->reports.due_us) {
    kith_relay_line_report (line, now_us);
  }
  line->ticks_us = -2; /* it is over */
  kith_relay_line_set_ticker (line);
}

static gboolean
on_tick (gpointer user_data)
{
  KithRelayLine *line = user_data;

  pthread_mutex_lock (&lock);
  if (line->ticker != NULL) {
    tick (line, kith_clock_thread_now ());
  }
  pthread_mutex_unlock (&lock);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch (GSource *source, GSourceFunc func, gpointer user_data)
{
  (void)source;
  return func (user_data);
}

static GSourceFuncs ticker_funcs = { .dispatch = dispatch };

static void
make_ticker (KithRelayLine *line)
{
  g_autoptr (GMainContext) context = kith_media_thread_get_context ();

  line->ticker = g_source_new (&ticker_funcs, sizeof (GSource));
  line->ticks_us = -1;
  g_source_set_priority (line->ticker, G_PRIORITY_HIGH);
  g_source_set_callback (line->ticker,
                         on_tick,
                         kith_relay_line_ref (line),
                         (GDestroyNotify)kith_relay_line_unref);
  g_source_attach (line->ticker, context);
}

static void
drop_ticker (gpointer data)
{
  g_source_destroy (data);
  g_source_unref (data);
}

void
kith_relay_line_set_ticker (KithRelayLine *line)
{
  gint64 due_us = line->speaks ? line->reports.due_us : -1;
  gint64 sound_us
      = line->transcoder != NULL ? kith_transcoder_get_due (line->transcoder) : G_MAXINT64;

  if (line->player != NULL) {
    sound_us = MIN (sound_us, kith_tone_player_get_due (line->player));
  }
  if (sound_us != G_MAXINT64 && (due_us < 0 || sound_us < due_us)) {
    due_us = sound_us;
  }
  if (line->ticker != NULL && due_us != line->ticks_us) {
    line->ticks_us = due_us;
    g_source_set_ready_time (line->ticker, due_us);
  }
}

/* Life */

KithRelayLine *
kith_relay_line_new (KithMediaSendFunc send, gpointer send_data, guint32 ssrc)
{
  KithRelayLine *line = g_new0 (KithRelayLine, 1);

  g_atomic_ref_count_init (&line->refs);
  line->send = send;
  line->send_data = send_data;
  line->ssrcs.own = ssrc;
  memset (line->terms.pt_map, KITH_MEDIA_NO_CODEC, sizeof line->terms.pt_map);
  memset (line->out_pt, -1, sizeof line->out_pt);
  /* in the lower half, for the first roll-over counter of SRTP (RFC 3711 section 3.3.1) */
  kith_rtp_rewriter_init (&line->out,
                          ssrc,
                          (guint16)kith_random_range (0, 32768),
                          kith_random_uint32 ());
  g_snprintf (line->cname,
              sizeof line->cname,
              "%08x%08x",
              kith_random_uint32 (),
              kith_random_uint32 ());
  make_ticker (line);
  return line;
}

KithRelayLine *
kith_relay_line_ref (KithRelayLine *line)
{
  g_atomic_ref_count_inc (&line->refs);
  return line;
}

void
kith_relay_line_unref (KithRelayLine *line)
{
  if (g_atomic_ref_count_dec (&line->refs)) {
    kith_srtp_box_free (line->srtp);
    kith_transcoder_free (line->transcoder);
    kith_tone_player_free (line->player);
    explicit_bzero (line->keys, sizeof line->keys);
    g_free (line);
  }
}

/* Locked: in which form the peer is to have what is to be played; FALSE: nothing may leave. */
static gboolean
find_form (const KithRelayLine *line, KithToneWish *wish, KithCodecId *codec)
{
  gboolean events = line->tone == KITH_TONE_NONE && line->out_pt[KITH_CODEC_TELEPHONE_EVENT] >= 0;

  *wish = (KithToneWish){ .tone = line->tone, .key = line->pressed[0] };
  if ((wish->tone == KITH_TONE_NONE && wish->key == '\0') || !line->speaks || !line->sounds
      || line->terms.codec == NULL) {
    return FALSE;
  }
  *codec = events ? KITH_CODEC_TELEPHONE_EVENT : line->terms.codec->id;
  return TRUE;
}

/* Locked: a player is there when, and only when, something is to be heard and may leave. */
static void
set_player (KithRelayLine *line)
{
  KithToneWish wish;
  KithCodecId codec = KITH_CODEC_OPUS;
  gboolean plays = find_form (line, &wish, &codec);

  if (line->player != NULL
      && (!plays || !kith_tone_player_is (line->player, codec, line->terms.frame_ms))) {
    g_clear_pointer (&line->player, kith_tone_player_free);
    kith_rtp_rewriter_part (&line->out);
  }
  if (plays && line->player == NULL) {
    line->player
        = kith_tone_player_new (&wish, codec, line->terms.frame_ms, kith_clock_thread_now ());
    if (line->other != NULL) { /* what it says goes nowhere meanwhile */
      g_clear_pointer (&line->other->transcoder, kith_transcoder_free);
    }
    kith_rtp_rewriter_part (&line->out);
  }
  kith_relay_line_set_ticker (line);
}

void
kith_relay_line_next_key (KithRelayLine *line)
{
  memmove (line->pressed, line->pressed + 1, strlen (line->pressed));
  g_clear_pointer (&line->player, kith_tone_player_free);
  kith_rtp_rewriter_part (&line->out);
  set_player (line);
}

/* Locked. */
static void
part (KithRelayLine *line)
{
  KithRelayLine *other = line->other;

  for (KithRelayLine *one = line; one != NULL; one = one == line ? other : NULL) {
    g_clear_pointer (&one->transcoder, kith_transcoder_free);
    kith_rtp_rewriter_part (&one->out);
    one->other = NULL;
  }
}

void
kith_relay_line_close (KithRelayLine *line)
{
  pthread_mutex_lock (&lock);
  GSource *ticker = g_steal_pointer (&line->ticker);
  part (line);
  g_clear_pointer (&line->player, kith_tone_player_free);
  line->tone = KITH_TONE_NONE;
  memset (line->pressed, 0, sizeof line->pressed);
  line->hears = line->speaks = line->sounds = FALSE;
  line->sockets = NULL;
  line->box = NULL;
  pthread_mutex_unlock (&lock);
  if (ticker != NULL) {
    kith_media_thread_run (drop_ticker, ticker);
  }
}

/* What the main thread sets */

void
kith_relay_line_set_box (KithRelayLine *line, KithMailbox *box)
{
  pthread_mutex_lock (&lock);
  line->box = box;
  pthread_mutex_unlock (&lock);
}

void
kith_relay_line_set_sockets (KithRelayLine *line, KithMediaSockets *sockets)
{
  pthread_mutex_lock (&lock);
  line->sockets = sockets;
  pthread_mutex_unlock (&lock);
}

gboolean
kith_relay_line_set_keys (KithRelayLine *line, const guint8 *local_key, const guint8 *remote_key)
{
  guint8 keys[2 * KITH_SRTP_KEY_LEN];

  memcpy (keys, local_key, KITH_SRTP_KEY_LEN);
  memcpy (keys + KITH_SRTP_KEY_LEN, remote_key, KITH_SRTP_KEY_LEN);
  pthread_mutex_lock (&lock);
  if (line->srtp == NULL || memcmp (keys, line->keys, sizeof keys) != 0) {
    kith_srtp_box_free (line->srtp);
    line->srtp = kith_srtp_box_new (local_key, remote_key);
    memcpy (line->keys, keys, sizeof keys);
  }
  gboolean good = line->srtp != NULL;
  pthread_mutex_unlock (&lock);
  explicit_bzero (keys, sizeof keys);
  return good;
}

void
kith_relay_line_set_terms (KithRelayLine *line,
                           const KithMediaTerms *terms,
                           const KithStream *remote,
                           guint32 announced_ssrc)
{
  pthread_mutex_lock (&lock);
  line->terms = *terms;
  line->ssrcs.announced = announced_ssrc;
  memset (line->out_pt, -1, sizeof line->out_pt);
  for (guint i = 0; i < remote->n_codecs; i++) {
    const KithOfferedCodec *codec = &remote->codecs[i];
    if (codec->pt < 128 && terms->pt_map[codec->pt] == (gint8)codec->id
        && line->out_pt[codec->id] < 0) {
      line->out_pt[codec->id] = codec->pt;
    }
  }
  set_player (line);
  pthread_mutex_unlock (&lock);
}

void
kith_relay_line_set_flow (KithRelayLine *line, gboolean hears, gboolean speaks, gboolean sounds)
{
  pthread_mutex_lock (&lock);
  if ((speaks && !line->speaks) || (sounds && !line->sounds)) {
    line->reports.due_us = kith_clock_thread_now (); /* at once: it opens the way through routers */
  }
  line->hears = hears;
  line->speaks = speaks;
  line->sounds = sounds;
  set_player (line);
  pthread_mutex_unlock (&lock);
}

void
kith_relay_line_flow_again (KithRelayLine *line)
{
  pthread_mutex_lock (&lock);
  line->has_flowed = FALSE;
  pthread_mutex_unlock (&lock);
}

void
kith_relay_line_join (KithRelayLine *line, KithRelayLine *other)
{
  pthread_mutex_lock (&lock);
  if (line->other != other || other == NULL) {
    part (line);
    if (other != NULL && other != line) {
      part (other);
      line->other = other;
      other->other = line;
    }
    kith_relay_line_set_ticker (line);
  }
  pthread_mutex_unlock (&lock);
}

void
kith_relay_line_play (KithRelayLine *line, KithTone tone)
{
  pthread_mutex_lock (&lock);
  if (line->tone != tone) {
    line->tone = tone;
    g_clear_pointer (&line->player, kith_tone_player_free);
    kith_rtp_rewriter_part (&line->out);
    set_player (line);
  }
  pthread_mutex_unlock (&lock);
}

void
kith_relay_line_press (KithRelayLine *line, char key)
{
  pthread_mutex_lock (&lock);
  gsize n = strlen (line->pressed);
  if (n < KITH_RELAY_KEYS && line->speaks && line->sounds) {
    line->pressed[n] = key;
    set_player (line);
  }
  pthread_mutex_unlock (&lock);
}

static gboolean
goes_as_it_is (const KithRelayLine *from, const KithRelayLine *to)
{
  return from->terms.codec != NULL && to->out_pt[from->terms.codec->id] >= 0;
}

KithBridgeManner
kith_relay_line_manner (const KithRelayLine *line)
{
  if (line->other == NULL) {
    return KITH_BRIDGE_APART;
  }
  return goes_as_it_is (line, line->other) && goes_as_it_is (line->other, line)
             ? KITH_BRIDGE_RELAYED
             : KITH_BRIDGE_TRANSCODED;
}

KithBridgeManner
kith_relay_line_get_manner (KithRelayLine *line)
{
  pthread_mutex_lock (&lock);
  KithBridgeManner manner = kith_relay_line_manner (line);
  pthread_mutex_unlock (&lock);
  return manner;
}

/* Packets */

static gboolean
take_in (KithRelayLine *line, KithMediaSockets *sockets, const guint8 *data, gsize len)
{
  gint64 now_us = kith_clock_thread_now ();

  pthread_mutex_lock (&lock);
  gboolean proved = kith_relay_line_take (line, sockets, data, len, now_us);
  pthread_mutex_unlock (&lock);
  return proved;
}

gboolean
kith_relay_line_receive (KithRelayLine *line, const guint8 *data, gsize len)
{
  return take_in (line, NULL, data, len);
}

void
kith_relay_line_on_socket (KithMediaSockets *sockets,
                           const guint8 *data,
                           gsize len,
                           gpointer user_data)
{
  (void)take_in (user_data, sockets, data, len);
}

/* What is known */

static void
add_playout (const KithRelayLine *line, KithMediaStats *stats)
{
  KithPlayoutStats playout;

  if (line->transcoder == NULL) {
    return;
  }
  kith_transcoder_get_stats (line->transcoder, &playout);
  stats->buffer_ms = playout.target_ms;
  stats->delay_ms = playout.delay_ms;
  stats->frames_played = playout.played;
  stats->frames_recovered = playout.recovered;
  stats->frames_concealed = playout.concealed;
  stats->packets_late = playout.late;
  stats->packets_reordered = playout.reordered;
}

void
kith_relay_line_get_stats (KithRelayLine *line, KithMediaStats *stats)
{
  pthread_mutex_lock (&lock);
  stats->packets_sent = line->sent.packets;
  stats->bytes_sent = line->sent.bytes;
  stats->first_sent_us = line->sent.first_us;
  stats->packets_received = line->counter.received;
  stats->packets_lost = kith_rtp_counter_lost (&line->counter);
  stats->bytes_received = line->counter.bytes;
  stats->reports_received = line->sent.reports;
  stats->jitter_us = (guint)line->counter.jitter_us;
  stats->rtt_us = line->reports.rtt_us;
  stats->remote_loss_ppm = line->reports.remote_loss_ppm;
  stats->fec_percent = line->reports.fec_percent;
  add_playout (line, stats);
  if (line->terms.codec != NULL && line->counter.received > 0) {
    stats->mos = kith_media_mos (line->terms.codec->id,
                                 line->reports.loss.percent,
                                 stats->rtt_us / 2000.0 + stats->delay_ms + line->terms.frame_ms);
  }
  pthread_mutex_unlock (&lock);
}
