/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decides frame by frame: play, recover, make up, wait; and stretches or shortens to keep the delay
   at its target. */
#include "media/playout/playout.h"

#include <math.h>
#include <string.h>

#include "media/playout/time-stretch.h"

#define FRAMES_PER_S_MAX 400 /* Opus knows no shorter ones; G.711 might come sample by sample */
#define STEP_MS 10           /* of waiting for a packet that is late */
#define WAIT_MAX_MS 160      /* then it is taken for lost */
#define ADAPT_US 5000        /* smaller differences are left alone */
#define LOUD_EXCESS_US 40000 /* from here on shortened also while the peer speaks */
#define SKIP_US 400000       /* more than this is not worth hearing */
#define REWIND_US 600000     /* how far playing goes back for packets that are all late */
#define INTERRUPTION_US G_USEC_PER_SEC /* after it the network may be another one */
#define JUMP_US (2 * G_USEC_PER_SEC)
#define SLEPT_US 100000 /* the player was not called for so long: its clock goes on from now */
#define SPARE_SEEN_FRAMES 500 /* how long FEC is expected after it was seen */
#define LOSS_SHARE (1.0 / 256)
#define LOSS_ON 0.003     /* one lost frame */
#define LOSS_OFF 0.001    /* 7 s after it */
#define SILENT_SHARE 0.03 /* of the loudest lately: nobody speaks */
#define SILENT_RMS 20.0
#define LEVEL_DECAY 0.998
#define DTX_BYTES 2 /* RFC 7587 section 3.1.3 */

typedef struct {
  gint64 at; /* its first sample */
  gsize len;
  const guint8 *payload;
  gboolean is_copy;
  gpointer owner; /* of the payload; NULL: it is ours */
} Frame;

struct _KithPlayout {
  gpointer (*keep) (gpointer owner);
  GDestroyNotify let_go;
  KithJitterControl jitter;
  KithVoiceDecoder *decoder; /* NULL: nothing came yet */
  KithCodecId codec;
  guint32 ssrc;
  guint rate, clock;   /* Hz of the samples, and of the RTP timestamps */
  guint only_rate;     /* the rate of all decoders; 0: each its own */
  gint64 newest_ticks; /* extended timestamp of the newest packet */
  guint32 rival_ssrc;  /* another stream wants to take over */
  guint rival_n;
  gint64 newest; /* the first sample of the newest packet, counted from timestamp 0 */
  gint64 next;   /* of the sample that is played next */
  gint64 heard;  /* after the last sample that was really the peer's */
  gint64 due_us; /* when next is played */
  gint64 last_arrival_us, last_sent_us;
  gsize frame; /* usual samples of a packet */
  guint waited_ms;
  /* samples made up while waiting, to be left out when the packet turns out to be lost */
  gsize owed;
  double loudest, loss;
  gboolean is_lossy, is_quiet;    /* quiet: the peer sends nothing on purpose (DTX) */
  guint spare_frames, spare_seen; /* how far back FEC reaches, and for how long that is believed */
  Frame frames[KITH_PLAYOUT_PACKETS];
  guint n;
  KithPlayoutStats stats;
};

KithPlayout *
kith_playout_new (guint start_ms)
{
  KithPlayout *playout = g_new0 (KithPlayout, 1);

  kith_jitter_control_init (&playout->jitter, start_ms);
  playout->rate = playout->clock = 48000;
  return playout;
}

void
kith_playout_set_rate (KithPlayout *playout, guint rate)
{
  playout->only_rate = playout->rate = rate;
}

void
kith_playout_set_owning (KithPlayout *playout,
                         gpointer (*keep) (gpointer owner),
                         GDestroyNotify let_go)
{
  playout->keep = keep;
  playout->let_go = let_go;
}

static Frame
make_frame (const KithPlayout *playout, const KithPlayoutPacket *packet, gint64 at)
{
  Frame frame = { .at = at, .len = packet->len, .is_copy = packet->is_copy };

  if (packet->owner != NULL) {
    frame.owner = playout->keep (packet->owner);
    frame.payload = packet->payload;
  } else {
    frame.payload = g_memdup2 (packet->payload, packet->len);
  }
  return frame;
}

static void
clear_frame (const KithPlayout *playout, Frame *frame)
{
  if (frame->owner != NULL) {
    playout->let_go (frame->owner);
  } else {
    g_free ((guint8 *)frame->payload);
  }
}

static void
drop_frames (KithPlayout *playout, guint n)
{
  for (guint i = 0; i < n; i++) {
    clear_frame (playout, &playout->frames[i]);
  }
  playout->n -= n;
  memmove (playout->frames, playout->frames + n, playout->n * sizeof (Frame));
}

void
kith_playout_free (KithPlayout *playout)
{
  if (playout != NULL) {
    drop_frames (playout, playout->n);
    g_clear_pointer (&playout->decoder, kith_voice_decoder_free);
    g_free (playout);
  }
}

static gint64
to_us (const KithPlayout *playout, gint64 samples)
{
  return samples * G_USEC_PER_SEC / playout->rate;
}

static gint64
to_samples (const KithPlayout *playout, gint64 us)
{
  return us * playout->rate / G_USEC_PER_SEC;
}

static gint64
sample_at (const KithPlayout *playout, gint64 ticks)
{
  return ticks * playout->rate / playout->clock;
}

/* How much later than at the earliest the next sample is played. */
static gint64
get_delay (const KithPlayout *playout)
{
  return playout->due_us - to_us (playout, playout->next) - playout->jitter.base_us;
}

static gint64
get_target (const KithPlayout *playout)
{
  gint64 spare = playout->is_lossy && playout->spare_seen > 0
                     ? to_us (playout, (gint64)(playout->spare_frames * playout->frame))
                     : 0;

  return playout->jitter.target_us + spare;
}

/* A stream begins, or begins anew; @at: the first sample of its first packet. */
static void
begin (KithPlayout *playout, gint64 at, gint64 arrival_us)
{
  drop_frames (playout, playout->n);
  kith_jitter_control_restart (&playout->jitter);
  playout->newest = playout->next = playout->heard = at;
  playout->due_us = MAX (playout->due_us, arrival_us + playout->jitter.target_us);
  playout->waited_ms = 0;
  playout->owed = 0;
}

static gboolean
choose_stream (KithPlayout *playout, const KithPlayoutPacket *packet)
{
  if (playout->decoder != NULL && packet->ssrc == playout->ssrc
      && packet->codec == playout->codec) {
    playout->rival_n = 0;
    return TRUE;
  }
  if (playout->decoder != NULL && packet->ssrc != playout->ssrc) {
    playout->rival_n = packet->ssrc == playout->rival_ssrc ? playout->rival_n + 1 : 1;
    playout->rival_ssrc = packet->ssrc;
    if (playout->rival_n < 2) { /* two in a row, or two streams at once would chop each other */
      return FALSE;
    }
  }
  g_autoptr (KithVoiceDecoder) decoder = kith_voice_decoder_new (packet->codec, playout->only_rate);
  if (decoder == NULL) {
    return FALSE;
  }
  kith_voice_decoder_free (playout->decoder);
  playout->decoder = g_steal_pointer (&decoder);
  playout->codec = packet->codec;
  playout->ssrc = packet->ssrc;
  playout->rival_n = 0;
  playout->rate = kith_voice_decoder_get_rate (playout->decoder);
  playout->clock = kith_codec_get (packet->codec)->rtp_clock;
  playout->frame = playout->rate / 50;
  playout->newest_ticks = packet->timestamp;
  begin (playout, sample_at (playout, packet->timestamp), packet->arrival_us);
  playout->last_sent_us = to_us (playout, playout->newest);
  playout->last_arrival_us = packet->arrival_us;
  return TRUE;
}

/* Puts the packet to its place. FALSE when it is there already. */
static gboolean
insert (KithPlayout *playout, const KithPlayoutPacket *packet, gint64 at)
{
  guint place = playout->n;

  while (place > 0 && playout->frames[place - 1].at > at) {
    place--;
  }
  if (place > 0 && playout->frames[place - 1].at == at) {
    Frame *there = &playout->frames[place - 1];
    if (!there->is_copy || packet->is_copy) {
      return FALSE;
    }
    clear_frame (playout, there); /* the packet itself, after a copy of it */
    *there = make_frame (playout, packet, at);
    return TRUE;
  }
  if (playout->n == KITH_PLAYOUT_PACKETS) {
    if (place == 0) {
      return FALSE;
    }
    drop_frames (playout, 1);
    place--;
  }
  memmove (playout->frames + place + 1,
           playout->frames + place,
           (playout->n - place) * sizeof (Frame));
  playout->frames[place] = make_frame (playout, packet, at);
  playout->n++;
  return TRUE;
}

/* Its time is over. When nothing of the peer was heard since, playing goes back to it: the network
   has become slower. */
static gboolean
is_too_late (KithPlayout *playout, const KithPlayoutPacket *packet, gint64 at)
{
  if (at >= playout->next) {
    return FALSE;
  }
  gint64 delay_us = playout->due_us - to_us (playout, at) - playout->jitter.base_us;
  if (at < playout->heard || packet->is_copy || delay_us > REWIND_US) {
    return TRUE;
  }
  playout->next = at;
  playout->owed = 0;
  return FALSE;
}

/* FEC that was seen: when packets are being lost it is worth waiting for. */
static void
note_spare (KithPlayout *playout, const KithPlayoutPacket *packet, gint64 at)
{
  guint reach = 0;

  if (packet->is_copy) {
    reach = (guint)CLAMP ((playout->newest - at) / (gint64)playout->frame, 0, 3);
  } else if (kith_voice_decoder_has_fec (playout->decoder, packet->payload, packet->len)) {
    reach = 1;
  }
  if (reach >= playout->spare_frames || playout->spare_seen == 0) {
    playout->spare_frames = reach;
    playout->spare_seen = reach > 0 ? SPARE_SEEN_FRAMES : 0;
  }
}

gboolean
kith_playout_push (KithPlayout *playout, const KithPlayoutPacket *packet)
{
  if (packet->len == 0 || packet->len > KITH_PLAYOUT_PAYLOAD_MAX
      || (packet->is_copy
          && (playout->decoder == NULL || packet->ssrc != playout->ssrc
              || packet->codec != playout->codec))
      || !choose_stream (playout, packet)
      || kith_voice_decoder_count (playout->decoder, packet->payload, packet->len) == 0) {
    return FALSE;
  }
  gint64 ticks
      = playout->newest_ticks + (gint32)(packet->timestamp - (guint32)playout->newest_ticks);
  gint64 at = sample_at (playout, ticks);
  if (!packet->is_copy) {
    gint64 sent_us = to_us (playout, at);
    gint64 jump_us
        = sent_us - playout->last_sent_us - (packet->arrival_us - playout->last_arrival_us);
    if (ABS (jump_us) > JUMP_US) {
      ticks = packet->timestamp; /* counted anew: jump after jump, it would grow without bound */
      at = sample_at (playout, ticks);
      sent_us = to_us (playout, at);
      begin (playout, at, packet->arrival_us);
      playout->newest_ticks = ticks;
    } else if (packet->arrival_us - playout->last_arrival_us > INTERRUPTION_US) {
      kith_jitter_control_restart (&playout->jitter);
    }
    playout->last_arrival_us = packet->arrival_us;
    playout->last_sent_us = sent_us;
    kith_jitter_control_add (&playout->jitter, sent_us, packet->arrival_us);
    playout->stats.reordered += at < playout->newest ? 1 : 0;
    playout->newest = MAX (playout->newest, at);
    playout->newest_ticks = MAX (playout->newest_ticks, ticks);
  }
  note_spare (playout, packet, at);
  if (is_too_late (playout, packet, at)) {
    playout->stats.late += packet->is_copy ? 0 : 1;
    return FALSE;
  }
  gboolean fresh = insert (playout, packet, at);
  playout->stats.duplicates += fresh || packet->is_copy ? 0 : 1;
  return fresh;
}

gint64
kith_playout_get_due (const KithPlayout *playout)
{
  return playout->decoder != NULL ? playout->due_us : G_MAXINT64;
}

guint
kith_playout_get_rate (const KithPlayout *playout)
{
  return playout->rate;
}

static void
note_loss (KithPlayout *playout, gboolean lost)
{
  playout->loss += ((lost ? 1.0 : 0.0) - playout->loss) * LOSS_SHARE;
  playout->is_lossy = playout->loss > (playout->is_lossy ? LOSS_OFF : LOSS_ON);
  playout->spare_seen -= playout->spare_seen > 0 ? 1 : 0;
}

static gboolean
is_silent (KithPlayout *playout, const gint16 *x, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++) {
    sum += (double)x[i] * x[i];
  }
  double rms = n > 0 ? sqrt (sum / (double)n) : 0;
  playout->loudest = MAX (playout->loudest * LEVEL_DECAY, rms);
  return rms < MAX (SILENT_RMS, playout->loudest * SILENT_SHARE);
}

/* Makes the piece longer when the delay is too short, shorter when it is too long. */
static gsize
adapt (KithPlayout *playout, gint16 *x, gsize n)
{
  gboolean silent = is_silent (playout, x, n);
  gint64 excess_us = get_delay (playout) - get_target (playout);
  gint64 least_us = MAX (ADAPT_US, playout->jitter.target_us / 8);
  gsize made = n;

  /* The delay is that of the sample after this piece only when the piece keeps its length. */
  if (excess_us > (silent ? least_us : MAX (LOUD_EXCESS_US, least_us))) {
    made = kith_stretch_shorten (x,
                                 n,
                                 playout->rate,
                                 (gsize)to_samples (playout, excess_us),
                                 silent);
    playout->stats.cut_ms += (guint64)(n - made) * 1000 / playout->rate;
  } else if (excess_us < -least_us) {
    made
        = kith_stretch_lengthen (x,
                                 n,
                                 playout->rate,
                                 (gsize)MIN (to_samples (playout, -excess_us), playout->rate / 100),
                                 silent);
    playout->stats.stretched_ms += (guint64)(made - n) * 1000 / playout->rate;
  }
  return made;
}

static gsize
play (KithPlayout *playout, gint16 *out)
{
  Frame frame = playout->frames[0];
  gsize n = kith_voice_decoder_decode (playout->decoder, frame.payload, frame.len, out);

  playout->next = frame.at;
  playout->waited_ms = 0;
  playout->owed = 0;
  playout->is_quiet = playout->codec == KITH_CODEC_OPUS && frame.len <= DTX_BYTES;
  note_loss (playout, frame.is_copy);
  if (n == 0) {
    n = playout->frame;
    kith_voice_decoder_conceal (playout->decoder, n, out);
    playout->stats.concealed++;
  } else {
    playout->frame = MAX (n, playout->rate / FRAMES_PER_S_MAX);
    playout->stats.played += frame.is_copy ? 0 : 1;
    playout->stats.recovered += frame.is_copy ? 1 : 0;
    playout->heard = frame.at + (gint64)n;
  }
  drop_frames (playout, 1);
  gsize made = adapt (playout, out, n);
  playout->next += (gint64)n;
  return made;
}

/* A packet is missing and the one after the hole of @gap samples is there. */
static gsize
bridge (KithPlayout *playout, gint64 gap, gint16 *out)
{
  const Frame *after = &playout->frames[0];
  gsize n = (gsize)MIN (gap, (gint64)playout->frame);
  gsize made
      = n == (gsize)gap
            ? kith_voice_decoder_recover (playout->decoder, after->payload, after->len, n, out)
            : 0;

  note_loss (playout, !playout->is_quiet);
  playout->waited_ms = 0;
  if (made > 0) {
    playout->owed = 0;
    playout->stats.recovered++;
    playout->heard = playout->next + (gint64)n;
  } else {
    kith_voice_decoder_conceal (playout->decoder, n, out);
    playout->stats.concealed += playout->is_quiet ? 0 : 1;
    made = n;
  }
  made = adapt (playout, out, made);
  playout->next += (gint64)n;
  return made;
}

/* There is nothing to play: the next packet is late, or lost, or the network is down. */
static gsize
starve (KithPlayout *playout, gint16 *out)
{
  gsize n = playout->rate * STEP_MS / 1000;

  kith_voice_decoder_conceal (playout->decoder, n, out);
  playout->waited_ms += STEP_MS;
  if (playout->waited_ms <= WAIT_MAX_MS && get_delay (playout) < SKIP_US) {
    playout->owed += n;
    playout->stats.stretched_ms += STEP_MS;
    return n;
  }
  playout->next += (gint64)(playout->owed + n); /* time goes on without the peer */
  playout->owed = 0;
  playout->stats.concealed += playout->is_quiet || playout->waited_ms % (2 * STEP_MS) != 0 ? 0 : 1;
  return n;
}

/* Lets go of sound that is too old to be worth hearing: after an interruption a whole queue may
   come at once. */
static void
skip (KithPlayout *playout)
{
  gint64 excess_us = get_delay (playout) - get_target (playout);

  if (excess_us <= SKIP_US) {
    return;
  }
  gint64 to = playout->next + to_samples (playout, excess_us);
  guint old = 0;
  while (old < playout->n && playout->frames[old].at < to) {
    old++;
  }
  old -= old > 0 && old == playout->n ? 1 : 0; /* the last one is heard in any case */
  drop_frames (playout, old);
  if (playout->n > 0 && playout->frames[0].at < to) {
    to = playout->frames[0].at;
  }
  playout->stats.cut_ms += (guint64)MAX (to_us (playout, to - playout->next), 0) / 1000;
  playout->next = to;
  playout->heard = MAX (playout->heard, to);
  playout->owed = 0;
}

/* Packets that were lost after sound had been made up for them: that much of the hole is filled
   already. */
static gint64
find_gap (KithPlayout *playout)
{
  gint64 gap = playout->frames[0].at - playout->next;
  gint64 done = CLAMP ((gint64)playout->owed, 0, MAX (gap, 0));

  if (gap >= (gint64)playout->frame / 2 && done > 0
      && !kith_voice_decoder_has_fec (playout->decoder,
                                      playout->frames[0].payload,
                                      playout->frames[0].len)) {
    playout->next += done;
    playout->owed -= (gsize)done;
    gap -= done;
    if (gap < (gint64)playout->frame / 2) { /* nothing is left to be made up */
      playout->stats.concealed++;
      note_loss (playout, TRUE);
    }
  }
  return gap;
}

gsize
kith_playout_pull (KithPlayout *playout, gint64 now_us, gint16 *out)
{
  if (playout->decoder == NULL) {
    return 0;
  }
  if (now_us - playout->due_us > SLEPT_US) {
    playout->due_us = now_us;
  }
  skip (playout);
  while (playout->n > 0 && playout->frames[0].at < playout->next - (gint64)playout->frame / 2) {
    drop_frames (playout, 1);
  }
  gsize n;
  gint64 gap = playout->n > 0 ? find_gap (playout) : 0;
  if (playout->n == 0) {
    n = starve (playout, out);
  } else if (gap < (gint64)playout->frame / 2) {
    n = play (playout, out);
  } else {
    n = bridge (playout, gap, out);
  }
  playout->due_us += to_us (playout, (gint64)n);
  return n;
}

void
kith_playout_get_stats (const KithPlayout *playout, KithPlayoutStats *stats)
{
  *stats = playout->stats;
  stats->target_ms = (guint)(get_target (playout) / 1000);
  if (playout->decoder != NULL) {
    stats->delay_ms = (guint)(CLAMP (get_delay (playout), 0, 10 * G_USEC_PER_SEC) / 1000);
  }
}
