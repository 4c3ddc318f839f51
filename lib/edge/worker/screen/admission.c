/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Buckets are filled when they are looked at; sources whose buckets are full are forgotten. */
#include "edge/worker/screen/admission.h"

#include "edge/edge-limits.h"
#include "edge/worker/way.h"

typedef struct {
  double tokens;
  gint64 at_us;
} Bucket;

typedef struct {
  guint64 source; /* the key */
  Bucket fresh;   /* for what bears no mark of ours */
  Bucket marked;
} Source;

struct _KithAdmission {
  GHashTable *sources; /* of Source */
  GHashTable *known;   /* of guint64 */
  Bucket strangers;    /* all of them together */
  Bucket known_hosts;  /* those, when the strangers had theirs */
  Bucket crowd;        /* sources for which there is no place, with marks */
  gint64 swept_us;
  KithEdgeTrusted trusted;
};

KithAdmission *
kith_admission_new (void)
{
  KithAdmission *admission = g_new0 (KithAdmission, 1);

  admission->sources = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  admission->known = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  admission->strangers.tokens = KITH_EDGE_ALL_BURST;
  admission->known_hosts.tokens = KITH_EDGE_KNOWN_BURST;
  admission->crowd.tokens = KITH_EDGE_ALL_BURST;
  return admission;
}

void
kith_admission_free (KithAdmission *admission)
{
  if (admission != NULL) {
    g_hash_table_unref (admission->sources);
    g_hash_table_unref (admission->known);
    g_free (admission);
  }
}

void
kith_admission_set_known (KithAdmission *admission, const guint64 *sources, guint n)
{
  g_hash_table_remove_all (admission->known);
  for (guint i = 0; i < MIN (n, KITH_EDGE_MAX_KNOWN); i++) {
    guint64 *key = g_new (guint64, 1);
    *key = sources[i];
    (void)g_hash_table_add (admission->known, key);
  }
}

void
kith_admission_set_trusted (KithAdmission *admission, const KithEdgeTrusted *trusted)
{
  admission->trusted = *trusted;
}

static gboolean
is_trusted (const KithAdmission *admission, const KithEndpoint *peer)
{
  for (guint i = 0; i < admission->trusted.n; i++) {
    if (kith_ip_network_has (&admission->trusted.list[i], peer)) {
      return TRUE;
    }
  }
  return FALSE;
}

static void
fill (Bucket *bucket, double rate, double most, gint64 now_us)
{
  double seconds = bucket->at_us > 0 ? (double)(now_us - bucket->at_us) / G_USEC_PER_SEC : 0;

  bucket->at_us = now_us;
  bucket->tokens = MIN (most, bucket->tokens + seconds * rate);
}

static gboolean
take (Bucket *bucket)
{
  if (bucket->tokens < 1) {
    return FALSE;
  }
  bucket->tokens -= 1;
  return TRUE;
}

static void
fill_source (Source *source, gint64 now_us)
{
  fill (&source->fresh, KITH_EDGE_NEW_RATE, KITH_EDGE_NEW_BURST, now_us);
  fill (&source->marked, KITH_EDGE_CALL_RATE, KITH_EDGE_CALL_BURST, now_us);
}

static gboolean
is_forgettable (gpointer key, gpointer value, gpointer user_data)
{
  Source *source = value;

  fill_source (source, *(gint64 *)user_data);
  return source->fresh.tokens >= KITH_EDGE_NEW_BURST
         && source->marked.tokens >= KITH_EDGE_CALL_BURST;
}

/* Filled; NULL when there are too many of them. */
static Source *
find (KithAdmission *admission, guint64 key, gint64 now_us)
{
  Source *source = g_hash_table_lookup (admission->sources, &key);

  if (source != NULL) {
    fill_source (source, now_us);
    return source;
  }
  if (g_hash_table_size (admission->sources) >= KITH_EDGE_MAX_SOURCES) {
    if (now_us - admission->swept_us >= G_USEC_PER_SEC) {
      admission->swept_us = now_us;
      (void)g_hash_table_foreach_remove (admission->sources, is_forgettable, &now_us);
    }
    if (g_hash_table_size (admission->sources) >= KITH_EDGE_MAX_SOURCES) {
      return NULL;
    }
  }
  source = g_new0 (Source, 1);
  source->source = key;
  source->fresh = (Bucket){ KITH_EDGE_NEW_BURST, now_us };
  source->marked = (Bucket){ KITH_EDGE_CALL_BURST, now_us };
  g_hash_table_insert (admission->sources, &source->source, source);
  return source;
}

gboolean
kith_admission_knows (KithAdmission *admission, guint64 source)
{
  return g_hash_table_contains (admission->known, &source);
}

gboolean
kith_admission_may_read (KithAdmission *admission, const KithEndpoint *peer, gint64 now_us)
{
  if (is_trusted (admission, peer)) {
    return TRUE;
  }
  const Source *source = find (admission, kith_way_source (peer), now_us);

  return source == NULL || source->fresh.tokens >= 1 || source->marked.tokens >= 1;
}

gboolean
kith_admission_take (KithAdmission *admission, const KithEndpoint *peer, gint64 now_us)
{
  if (is_trusted (admission, peer)) {
    return TRUE;
  }
  const guint64 key = kith_way_source (peer);
  Source *source = find (admission, key, now_us);

  if (source != NULL && !take (&source->fresh)) {
    return FALSE;
  }
  fill (&admission->strangers, KITH_EDGE_ALL_RATE, KITH_EDGE_ALL_BURST, now_us);
  if (source != NULL && take (&admission->strangers)) {
    return TRUE;
  }
  fill (&admission->known_hosts, KITH_EDGE_KNOWN_RATE, KITH_EDGE_KNOWN_BURST, now_us);
  return kith_admission_knows (admission, key) && take (&admission->known_hosts);
}

gboolean
kith_admission_take_marked (KithAdmission *admission, const KithEndpoint *peer, gint64 now_us)
{
  if (is_trusted (admission, peer)) {
    return TRUE;
  }
  Source *source = find (admission, kith_way_source (peer), now_us);

  if (source != NULL) {
    return take (&source->marked);
  }
  fill (&admission->crowd, KITH_EDGE_ALL_RATE, KITH_EDGE_ALL_BURST, now_us);
  return take (&admission->crowd);
}

guint
kith_admission_count (KithAdmission *admission)
{
  return g_hash_table_size (admission->sources);
}
