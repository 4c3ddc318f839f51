/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of claims and a list of agents behind one gate. */
#include "path/path-media.h"

#include <string.h>

#include "base/gate.h"
#include "model/net/ssrc-claims.h"

#define MAX_LATE 32     /* packets that wait for the main loop */
#define STALE_US 400000 /* when it was held up nobody wants to hear what was said meanwhile */
#define MAX_EARLY 8     /* packets that came before anybody claimed them */

typedef struct {
  GBytes *bytes;
  gint64 made_us;
} Late;

struct _KithPathMedia {
  gatomicrefcount refs;
  KithClock *clock; /* (not owned) */
  KithMailbox *box;
  KithPathMediaWayFunc send;
  KithGate gate;         /* guards all below */
  KithLink *link;        /* NULL: shut */
  KithSsrcClaims claims; /* of KithLinkMediaFunc */
  gpointer ways[KITH_PATH_MEDIA_WAYS];
  guint n_ways;
  KithPathMediaLateFunc late_func; /* NULL: no packet goes over the main loop */
  gpointer late_data;
  GQueue late;  /* of Late (owned) */
  GQueue early; /* of Late (owned), the oldest first */
};

static void
late_free (gpointer data)
{
  Late *late = data;

  g_bytes_unref (late->bytes);
  g_free (late);
}

KithPathMedia *
kith_path_media_new (KithClock *clock, KithMailbox *box, KithPathMediaWayFunc send)
{
  KithPathMedia *media = g_new0 (KithPathMedia, 1);

  g_atomic_ref_count_init (&media->refs);
  media->clock = clock;
  media->box = kith_mailbox_ref (box);
  media->send = send;
  kith_gate_init (&media->gate);
  return media;
}

KithPathMedia *
kith_path_media_ref (KithPathMedia *media)
{
  g_atomic_ref_count_inc (&media->refs);
  return media;
}

void
kith_path_media_unref (KithPathMedia *media)
{
  if (g_atomic_ref_count_dec (&media->refs)) {
    g_queue_clear_full (&media->late, late_free);
    g_queue_clear_full (&media->early, late_free);
    kith_mailbox_unref (media->box);
    kith_gate_clear (&media->gate);
    g_free (media);
  }
}

void
kith_path_media_open (KithPathMedia *media, KithLink *link)
{
  kith_gate_lock (&media->gate);
  media->link = link;
  kith_gate_unlock (&media->gate);
}

void
kith_path_media_shut (KithPathMedia *media)
{
  kith_gate_lock (&media->gate);
  media->link = NULL;
  media->claims.n = 0;
  g_queue_clear_full (&media->early, late_free);
  kith_gate_wait (&media->gate);
  kith_gate_unlock (&media->gate);
}

gboolean
kith_path_media_claim (KithPathMedia *media,
                       guint32 ssrc,
                       KithLinkMediaFunc func,
                       gpointer user_data,
                       GError **error)
{
  kith_gate_lock (&media->gate);
  gboolean ok = kith_ssrc_claims_add (&media->claims, ssrc, G_CALLBACK (func), user_data, error);
  kith_gate_unlock (&media->gate);
  return ok;
}

void
kith_path_media_release (KithPathMedia *media, guint32 ssrc, gpointer user_data)
{
  kith_gate_lock (&media->gate);
  if (kith_ssrc_claims_remove (&media->claims, ssrc, user_data)) {
    kith_gate_wait (&media->gate);
  }
  kith_gate_unlock (&media->gate);
}

guint64
kith_path_media_get_unclaimed (KithPathMedia *media)
{
  kith_gate_lock (&media->gate);
  guint64 n = media->claims.unclaimed;
  kith_gate_unlock (&media->gate);
  return n;
}

/* Locked: an answer may be on its way that says whose it is. */
static void
keep_early (KithPathMedia *media, const guint8 *data, gsize len)
{
  if (media->early.length >= MAX_EARLY) {
    late_free (g_queue_pop_head (&media->early));
  }
  Late *early = g_new (Late, 1);
  *early = (Late){ g_bytes_new (data, len), kith_clock_now (media->clock) };
  g_queue_push_tail (&media->early, early);
}

void
kith_path_media_give_early (KithPathMedia *media)
{
  kith_gate_lock (&media->gate);
  GQueue all = media->early;
  g_queue_init (&media->early);
  kith_gate_unlock (&media->gate);
  for (Late *early = g_queue_pop_head (&all); early != NULL; early = g_queue_pop_head (&all)) {
    gsize len = 0;
    const guint8 *packet = g_bytes_get_data (early->bytes, &len);
    if (kith_clock_now (media->clock) - early->made_us < STALE_US) {
      (void)kith_path_media_take (media, packet, len);
    }
    late_free (early);
  }
}

gboolean
kith_path_media_take (KithPathMedia *media, const guint8 *data, gsize len)
{
  KithSsrcClaim claim;

  kith_gate_lock (&media->gate);
  KithLink *link = media->link;
  if (link == NULL || !kith_ssrc_claims_find (&media->claims, data, len, &claim)) {
    if (link != NULL) {
      keep_early (media, data, len);
    }
    kith_gate_unlock (&media->gate);
    return FALSE;
  }
  kith_gate_enter (&media->gate);
  gboolean proved = ((KithLinkMediaFunc)claim.func) (link, data, len, claim.data);
  kith_gate_leave (&media->gate);
  return proved;
}

void
kith_path_media_aim (KithPathMedia *media,
                     gpointer const *ways,
                     guint n,
                     KithPathMediaLateFunc late,
                     gpointer user_data)
{
  n = MIN (n, KITH_PATH_MEDIA_WAYS);
  kith_gate_lock (&media->gate);
  gboolean is_other = n != media->n_ways || memcmp (media->ways, ways, n * sizeof *ways) != 0;
  memcpy (media->ways, ways, n * sizeof *ways);
  media->n_ways = n;
  media->late_func = late;
  media->late_data = user_data;
  if (is_other) { /* one that is no more in the list may be freed next */
    kith_gate_wait (&media->gate);
  }
  kith_gate_unlock (&media->gate);
}

/* On the main loop, with a reference of its own. */
static void
on_late (gpointer data)
{
  KithPathMedia *media = data;
  GQueue all = G_QUEUE_INIT;

  kith_gate_lock (&media->gate);
  all = media->late;
  g_queue_init (&media->late);
  kith_gate_unlock (&media->gate);
  for (Late *late = g_queue_pop_head (&all); late != NULL; late = g_queue_pop_head (&all)) {
    gsize len = 0;
    const guint8 *packet = g_bytes_get_data (late->bytes, &len);
    if (media->link != NULL && media->late_func != NULL
        && kith_clock_now (media->clock) - late->made_us < STALE_US) {
      media->late_func (packet, len, media->late_data);
    }
    late_free (late);
  }
  kith_path_media_unref (media);
}

/* Locked: one more for the main loop. TRUE when it is to be woken. */
static gboolean
keep_late (KithPathMedia *media, const guint8 *data, gsize len)
{
  if (media->late.length >= MAX_LATE) {
    return FALSE;
  }
  Late *late = g_new (Late, 1);
  *late = (Late){ g_bytes_new (data, len), kith_clock_now (media->clock) };
  g_queue_push_tail (&media->late, late);
  return media->late.length == 1;
}

gboolean
kith_path_media_send (KithPathMedia *media, const guint8 *data, gsize len)
{
  gpointer ways[KITH_PATH_MEDIA_WAYS];

  kith_gate_lock (&media->gate);
  guint n = media->n_ways;
  gboolean sent = media->link != NULL && media->late_func != NULL;
  gboolean wakes = sent && keep_late (media, data, len);
  if (media->link == NULL || (n == 0 && !sent)) {
    kith_gate_unlock (&media->gate);
    return FALSE;
  }
  memcpy (ways, media->ways, n * sizeof *ways);
  kith_gate_enter (&media->gate);
  for (guint i = 0; i < n; i++) {
    sent = media->send (ways[i], data, len) || sent;
  }
  kith_gate_leave (&media->gate);
  if (wakes) {
    kith_path_box_post (media->box,
                        on_late,
                        (GDestroyNotify)kith_path_media_unref,
                        kith_path_media_ref (media));
  }
  return sent;
}
