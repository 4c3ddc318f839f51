/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times behind a mutex: the main loop may read them late. */
#include "node/call/leg/leg-ear.h"

#include <pthread.h>

#include "base/error.h"

#define MAX_CLAIMS 2
#define RTCP_FIRST 192 /* second byte of RTCP beside RTP (RFC 5761 section 4) */
#define RTCP_LAST 223

struct _KithLegEar {
  KithLink *link;
  guint32 claims[MAX_CLAIMS]; /* 0: free */
  KithMedia *media;
  KithClock *clock;
  pthread_mutex_t mutex; /* guards all below; monotonic times in µs */
  gint64 heard_us;       /* the last packet; 0: none */
  gint64 silent_us;      /* the longest silence that ended since it was asked for */
  gboolean is_new;       /* something came since then */
};

KithLegEar *
kith_leg_ear_new (KithLink *link, KithMedia *media, KithClock *clock)
{
  KithLegEar *ear = g_new0 (KithLegEar, 1);

  ear->link = g_object_ref (link);
  ear->media = g_object_ref (media);
  ear->clock = g_object_ref (clock);
  pthread_mutex_init (&ear->mutex, NULL);
  return ear;
}

void
kith_leg_ear_free (KithLegEar *ear)
{
  if (ear == NULL) {
    return;
  }
  for (guint i = 0; i < MAX_CLAIMS; i++) {
    kith_leg_ear_release (ear, ear->claims[i]);
  }
  g_object_unref (ear->link);
  g_object_unref (ear->media);
  g_object_unref (ear->clock);
  pthread_mutex_destroy (&ear->mutex);
  g_free (ear);
}

void
kith_leg_ear_note (KithLegEar *ear, const guint8 *data, gsize len)
{
  if (len < 2 || (data[1] >= RTCP_FIRST && data[1] <= RTCP_LAST)) {
    return;
  }
  gint64 now_us = kith_clock_now (ear->clock);
  pthread_mutex_lock (&ear->mutex);
  if (ear->heard_us != 0) {
    ear->silent_us = MAX (ear->silent_us, now_us - ear->heard_us);
  }
  ear->heard_us = now_us;
  ear->is_new = TRUE;
  pthread_mutex_unlock (&ear->mutex);
}

/* On the thread that brings it (KithLinkMediaFunc). */
static gboolean
on_media (KithLink *link, const guint8 *data, gsize len, gpointer user_data)
{
  KithLegEar *ear = user_data;

  if (!kith_media_receive (ear->media, data, len)) {
    return FALSE;
  }
  kith_leg_ear_note (ear, data, len);
  return TRUE;
}

/* The place of @ssrc among the claims, 0: a free one. MAX_CLAIMS: there is none. */
static guint
find (const KithLegEar *ear, guint32 ssrc)
{
  guint place = 0;

  while (place < MAX_CLAIMS && ear->claims[place] != ssrc) {
    place++;
  }
  return place;
}

gboolean
kith_leg_ear_claim (KithLegEar *ear, guint32 ssrc, GError **error)
{
  guint place = find (ear, 0);

  if (ssrc != 0 && find (ear, ssrc) < MAX_CLAIMS) {
    return TRUE;
  }
  if (place == MAX_CLAIMS) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_LIMIT_REACHED,
                         "two streams are one too many");
    return FALSE;
  }
  if (!kith_link_claim_media (ear->link, ssrc, on_media, ear, error)) {
    return FALSE;
  }
  ear->claims[place] = ssrc;
  return TRUE;
}

void
kith_leg_ear_release (KithLegEar *ear, guint32 ssrc)
{
  guint place = find (ear, ssrc);

  if (ssrc != 0 && place < MAX_CLAIMS) {
    ear->claims[place] = 0;
    kith_link_release_media (ear->link, ssrc, ear);
  }
}

gboolean
kith_leg_ear_take (KithLegEar *ear, gint64 *heard_us, guint *silent_ms)
{
  pthread_mutex_lock (&ear->mutex);
  gboolean is_new = ear->is_new;
  *heard_us = ear->heard_us;
  *silent_ms = (guint)MIN (ear->silent_us / 1000, G_MAXINT);
  ear->silent_us = 0;
  ear->is_new = FALSE;
  pthread_mutex_unlock (&ear->mutex);
  return is_new;
}
