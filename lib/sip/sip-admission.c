/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Buckets are filled when they are looked at; full ones are forgotten first. */
#include "sip/sip-admission.h"

#include <netinet/in.h>
#include <string.h>

#include "sip/sip-limits.h"

#define LOG_REASONS 8
#define IPV4_MARK (G_GUINT64_CONSTANT (1) << 63)

typedef struct {
  double fresh; /* tokens for what is new */
  double known; /* tokens for calls we know */
  gint64 at_us;
} Bucket;

typedef struct {
  guint64 source;
  gint64 since_us;
  gboolean useful;
} Connection;

typedef struct {
  gint64 at_us;
  guint count;
} LogGate;

struct _KithAdmission {
  GHashTable *buckets;     /* guint64 → Bucket */
  GHashTable *connections; /* token → Connection */
  Bucket strangers;        /* all new ones together */
  Bucket overflow;         /* the one bucket of all sources that the table has no room for */
  LogGate gates[LOG_REASONS];
};

KithAdmission *
kith_admission_new (void)
{
  KithAdmission *admission = g_new0 (KithAdmission, 1);

  admission->buckets = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  admission->connections = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  admission->strangers.fresh = KITH_SIP_ALL_NEW_BURST;
  return admission;
}

void
kith_admission_free (KithAdmission *admission)
{
  if (admission != NULL) {
    g_hash_table_unref (admission->buckets);
    g_hash_table_unref (admission->connections);
    g_free (admission);
  }
}

guint64
kith_admission_source (const struct sockaddr *address)
{
  static const guint8 mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
  guint64 source = 0;

  if (address->sa_family == AF_INET) {
    struct sockaddr_in in;
    memcpy (&in, address, sizeof in);
    source = IPV4_MARK | g_ntohl (in.sin_addr.s_addr);
  } else if (address->sa_family == AF_INET6) {
    struct sockaddr_in6 in6;
    memcpy (&in6, address, sizeof in6);
    const guint8 *bytes = in6.sin6_addr.s6_addr;
    if (memcmp (bytes, mapped, sizeof mapped) == 0) {
      guint32 ipv4 = 0;
      memcpy (&ipv4, bytes + 12, sizeof ipv4);
      return IPV4_MARK | g_ntohl (ipv4);
    }
    for (guint i = 0; i < 7; i++) {
      source = source << 8 | bytes[i];
    }
    source |= G_GUINT64_CONSTANT (1) << 62;
  }
  return source;
}

static gboolean
is_link (guint64 source)
{
  return source > 0 && source <= G_MAXUINT16;
}

static void
fill (Bucket *bucket, guint64 source, gint64 now_us)
{
  double seconds = (double)(now_us - bucket->at_us) / G_USEC_PER_SEC;
  double fresh_rate = is_link (source) ? KITH_SIP_LINK_NEW_RATE : KITH_SIP_NEW_RATE;
  double fresh_most = is_link (source) ? KITH_SIP_LINK_NEW_BURST : KITH_SIP_NEW_BURST;
  double known_rate = is_link (source) ? KITH_SIP_LINK_DIALOG_RATE : KITH_SIP_DIALOG_RATE;
  double known_most = is_link (source) ? KITH_SIP_LINK_DIALOG_BURST : KITH_SIP_DIALOG_BURST;

  bucket->at_us = now_us;
  bucket->fresh = MIN (fresh_most, bucket->fresh + seconds * fresh_rate);
  bucket->known = MIN (known_most, bucket->known + seconds * known_rate);
}

static gboolean
is_forgettable (gpointer key, gpointer value, gpointer user_data)
{
  guint64 source = *(guint64 *)key;
  Bucket *bucket = value;

  fill (bucket, source, *(gint64 *)user_data);
  return bucket->fresh >= KITH_SIP_NEW_BURST && bucket->known >= KITH_SIP_DIALOG_BURST;
}

static Bucket *
find_bucket (KithAdmission *admission, guint64 source, gint64 now_us)
{
  Bucket *bucket = g_hash_table_lookup (admission->buckets, &source);

  if (bucket != NULL) {
    return bucket;
  }
  if (g_hash_table_size (admission->buckets) >= KITH_SIP_MAX_SOURCES) {
    if (now_us - admission->overflow.at_us < G_USEC_PER_SEC && !is_link (source)) {
      return &admission->overflow; /* swept less than a second ago */
    }
    (void)g_hash_table_foreach_remove (admission->buckets, is_forgettable, &now_us);
    if (g_hash_table_size (admission->buckets) >= KITH_SIP_MAX_SOURCES && !is_link (source)) {
      return &admission->overflow;
    }
  }
  bucket = g_new0 (Bucket, 1);
  bucket->fresh = KITH_SIP_LINK_NEW_BURST;
  bucket->known = KITH_SIP_LINK_DIALOG_BURST;
  bucket->at_us = now_us;
  guint64 *key = g_new (guint64, 1);
  *key = source;
  g_hash_table_insert (admission->buckets, key, bucket);
  return bucket;
}

static gboolean
take_of_strangers (KithAdmission *admission, gint64 now_us)
{
  Bucket *all = &admission->strangers;
  double seconds = all->at_us > 0 ? (double)(now_us - all->at_us) / G_USEC_PER_SEC : 0;

  all->at_us = now_us;
  all->fresh = MIN (KITH_SIP_ALL_NEW_BURST, all->fresh + seconds * KITH_SIP_ALL_NEW_RATE);
  if (all->fresh < 1) {
    return FALSE;
  }
  all->fresh -= 1;
  return TRUE;
}

gboolean
kith_admission_take (KithAdmission *admission, guint64 source, gboolean known, gint64 now_us)
{
  Bucket *bucket = find_bucket (admission, source, now_us);

  fill (bucket, source, now_us);
  double *tokens = known ? &bucket->known : &bucket->fresh;
  if (*tokens < 1) {
    return FALSE;
  }
  *tokens -= 1;
  return known || is_link (source) || take_of_strangers (admission, now_us);
}

guint
kith_admission_count (KithAdmission *admission)
{
  return g_hash_table_size (admission->buckets);
}

gboolean
kith_admission_may_connect (KithAdmission *admission, guint64 source)
{
  GHashTableIter iter;
  gpointer value = NULL;
  guint same = 0;

  if (g_hash_table_size (admission->connections) >= KITH_SIP_MAX_CONNECTIONS) {
    return FALSE;
  }
  g_hash_table_iter_init (&iter, admission->connections);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    same += ((Connection *)value)->source == source;
  }
  return same < KITH_SIP_MAX_CONNECTIONS_A_SOURCE;
}

void
kith_admission_connected (KithAdmission *admission, gpointer token, guint64 source, gint64 now_us)
{
  Connection *connection = g_new0 (Connection, 1);

  connection->source = source;
  connection->since_us = now_us;
  g_hash_table_insert (admission->connections, token, connection);
}

void
kith_admission_useful (KithAdmission *admission, gpointer token)
{
  Connection *connection = g_hash_table_lookup (admission->connections, token);

  if (connection != NULL) {
    connection->useful = TRUE;
  }
}

void
kith_admission_disconnected (KithAdmission *admission, gpointer token)
{
  g_hash_table_remove (admission->connections, token);
}

GPtrArray *
kith_admission_useless (KithAdmission *admission, gint64 before_us)
{
  GPtrArray *useless = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer token = NULL;
  gpointer value = NULL;

  g_hash_table_iter_init (&iter, admission->connections);
  while (g_hash_table_iter_next (&iter, &token, &value)) {
    Connection *connection = value;
    if (!connection->useful && connection->since_us < before_us) {
      g_ptr_array_add (useless, token);
    }
  }
  return useless;
}

gboolean
kith_admission_may_log (KithAdmission *admission, guint reason, gint64 now_us, guint *count)
{
  LogGate *gate = &admission->gates[reason % LOG_REASONS];

  gate->count++;
  if (gate->at_us > 0 && now_us - gate->at_us < G_USEC_PER_SEC) {
    return FALSE;
  }
  *count = gate->count;
  gate->count = 0;
  gate->at_us = now_us;
  return TRUE;
}
