/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Buckets are filled when they are looked at; full ones are forgotten first. Connections have
   places, and the idle ones make room. */
#include "sip/screen/sip-admission.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "model/sip/sip-uri.h"
#include "sip/sip-limits.h"

#define IPV4_MARK (G_GUINT64_CONSTANT (1) << 63)

typedef struct {
  double tokens;
  gint64 at_us;
} Bucket;

typedef struct {
  guint64 source;
  gint64 last_us; /* when it was opened, or something went over it */
  gboolean useful;
  gboolean leaving; /* somebody else has its place */
} Connection;

typedef struct {
  gint64 at_us;
  guint count;
} LogGate;

struct _KithAdmission {
  GHashTable *buckets;     /* guint64 → Bucket */
  GHashTable *connections; /* token → Connection */
  Bucket strangers;        /* all of them together */
  Bucket known_hosts;      /* hosts that the node knows, when the strangers have had theirs */
  gint64 swept_us;
  LogGate gates[KITH_ADMISSION_N_LOGS];
};

KithAdmission *
kith_admission_new (void)
{
  KithAdmission *admission = g_new0 (KithAdmission, 1);

  admission->buckets = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  admission->connections = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  admission->strangers.tokens = KITH_SIP_ALL_NEW_BURST;
  admission->known_hosts.tokens = KITH_SIP_KNOWN_HOSTS_BURST;
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

guint64
kith_admission_host (const char *uri)
{
  g_autoptr (KithSipUri) parsed = uri != NULL && g_str_has_prefix (uri, "sip:")
                                      ? kith_sip_uri_parse (uri + strlen ("sip:"), NULL)
                                      : NULL;
  struct sockaddr_in in = { .sin_family = AF_INET };
  struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

  if (parsed != NULL && inet_pton (AF_INET, parsed->host, &in.sin_addr) == 1) {
    return kith_admission_source ((struct sockaddr *)&in);
  }
  if (parsed != NULL && inet_pton (AF_INET6, parsed->host, &in6.sin6_addr) == 1) {
    return kith_admission_source ((struct sockaddr *)&in6);
  }
  return 0;
}

static gboolean
is_link (guint64 source)
{
  return source > 0 && source <= G_MAXUINT16;
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
fill_source (Bucket *bucket, guint64 source, gint64 now_us)
{
  gboolean link = is_link (source);

  fill (bucket,
        link ? KITH_SIP_LINK_NEW_RATE : KITH_SIP_NEW_RATE,
        link ? KITH_SIP_LINK_NEW_BURST : KITH_SIP_NEW_BURST,
        now_us);
}

static gboolean
is_forgettable (gpointer key, gpointer value, gpointer user_data)
{
  guint64 source = *(guint64 *)key;
  Bucket *bucket = value;

  fill_source (bucket, source, *(gint64 *)user_data);
  return bucket->tokens >= KITH_SIP_NEW_BURST;
}

/* NULL when there are too many sources. A link always has one. */
static Bucket *
find_bucket (KithAdmission *admission, guint64 source, gint64 now_us)
{
  Bucket *bucket = g_hash_table_lookup (admission->buckets, &source);

  if (bucket != NULL) {
    return bucket;
  }
  if (g_hash_table_size (admission->buckets) >= KITH_SIP_MAX_SOURCES) {
    if (now_us - admission->swept_us >= G_USEC_PER_SEC) {
      admission->swept_us = now_us;
      (void)g_hash_table_foreach_remove (admission->buckets, is_forgettable, &now_us);
    }
    if (g_hash_table_size (admission->buckets) >= KITH_SIP_MAX_SOURCES && !is_link (source)) {
      return NULL;
    }
  }
  bucket = g_new0 (Bucket, 1);
  bucket->tokens = is_link (source) ? KITH_SIP_LINK_NEW_BURST : KITH_SIP_NEW_BURST;
  bucket->at_us = now_us;
  guint64 *key = g_new (guint64, 1);
  *key = source;
  g_hash_table_insert (admission->buckets, key, bucket);
  return bucket;
}

KithAdmissionVerdict
kith_admission_take (KithAdmission *admission, guint64 source, gint64 now_us)
{
  Bucket *bucket = find_bucket (admission, source, now_us);

  if (bucket != NULL) {
    fill_source (bucket, source, now_us);
    if (!take (bucket)) {
      return KITH_ADMISSION_SOURCE;
    }
  }
  if (is_link (source)) {
    return KITH_ADMISSION_OK;
  }
  fill (&admission->strangers, KITH_SIP_ALL_NEW_RATE, KITH_SIP_ALL_NEW_BURST, now_us);
  return bucket != NULL && take (&admission->strangers) ? KITH_ADMISSION_OK
                                                        : KITH_ADMISSION_STRANGERS;
}

gboolean
kith_admission_take_known_host (KithAdmission *admission, gint64 now_us)
{
  fill (&admission->known_hosts, KITH_SIP_KNOWN_HOSTS_RATE, KITH_SIP_KNOWN_HOSTS_BURST, now_us);
  return take (&admission->known_hosts);
}

guint
kith_admission_count (KithAdmission *admission)
{
  return g_hash_table_size (admission->buckets);
}

/* source → how many connections it has, those that leave not counted; and how many there are in
   all. */
static GHashTable *
count_connections (KithAdmission *admission, guint *all)
{
  GHashTable *counts = g_hash_table_new (g_int64_hash, g_int64_equal);
  GHashTableIter iter;
  gpointer value = NULL;

  *all = 0;
  g_hash_table_iter_init (&iter, admission->connections);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Connection *connection = value;
    if (!connection->leaving) {
      guint same = GPOINTER_TO_UINT (g_hash_table_lookup (counts, &connection->source));
      g_hash_table_insert (counts, &connection->source, GUINT_TO_POINTER (same + 1));
      ++*all;
    }
  }
  return counts;
}

/* Who makes room: of the source that has most, what was idle for longest. */
static gpointer
choose_leaver (KithAdmission *admission, GHashTable *counts, GHashTable *used)
{
  GHashTableIter iter;
  gpointer token = NULL;
  gpointer value = NULL;
  gpointer best = NULL;
  guint most = 0;
  gint64 oldest_us = 0;

  g_hash_table_iter_init (&iter, admission->connections);
  while (g_hash_table_iter_next (&iter, &token, &value)) {
    const Connection *connection = value;
    guint same = GPOINTER_TO_UINT (g_hash_table_lookup (counts, &connection->source));
    if (!connection->leaving && !g_hash_table_contains (used, token)
        && (same > most || (same == most && connection->last_us < oldest_us))) {
      best = token;
      most = same;
      oldest_us = connection->last_us;
    }
  }
  return best;
}

gboolean
kith_admission_may_connect (KithAdmission *admission,
                            guint64 source,
                            GHashTable *used,
                            gpointer *room)
{
  guint all = 0;
  g_autoptr (GHashTable) counts = count_connections (admission, &all);
  guint same = GPOINTER_TO_UINT (g_hash_table_lookup (counts, &source));

  *room = NULL;
  if (same >= KITH_SIP_MAX_CONNECTIONS_A_SOURCE || all < KITH_SIP_MAX_CONNECTIONS) {
    return same < KITH_SIP_MAX_CONNECTIONS_A_SOURCE;
  }
  *room = choose_leaver (admission, counts, used);
  if (*room != NULL) {
    ((Connection *)g_hash_table_lookup (admission->connections, *room))->leaving = TRUE;
  }
  return *room != NULL;
}

void
kith_admission_connected (KithAdmission *admission, gpointer token, guint64 source, gint64 now_us)
{
  Connection *connection = g_new0 (Connection, 1);

  connection->source = source;
  connection->last_us = now_us;
  g_hash_table_insert (admission->connections, token, connection);
}

void
kith_admission_active (KithAdmission *admission, gpointer token, gint64 now_us)
{
  Connection *connection = g_hash_table_lookup (admission->connections, token);

  if (connection != NULL) {
    connection->useful = TRUE;
    connection->last_us = now_us;
  }
}

void
kith_admission_disconnected (KithAdmission *admission, gpointer token)
{
  g_hash_table_remove (admission->connections, token);
}

GPtrArray *
kith_admission_idle (KithAdmission *admission, GHashTable *used, gint64 now_us)
{
  GPtrArray *idle = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer token = NULL;
  gpointer value = NULL;

  g_hash_table_iter_init (&iter, admission->connections);
  while (g_hash_table_iter_next (&iter, &token, &value)) {
    const Connection *connection = value;
    gint64 most_s = connection->useful ? KITH_SIP_IDLE_S : KITH_SIP_FIRST_REQUEST_S;
    if (now_us - connection->last_us > most_s * G_USEC_PER_SEC
        && !g_hash_table_contains (used, token)) {
      g_ptr_array_add (idle, token);
    }
  }
  return idle;
}

gboolean
kith_admission_may_log (KithAdmission *admission,
                        KithAdmissionLog reason,
                        gint64 now_us,
                        guint *count)
{
  LogGate *gate = &admission->gates[reason];

  gate->count++;
  if (gate->at_us > 0 && now_us - gate->at_us < G_USEC_PER_SEC) {
    return FALSE;
  }
  *count = gate->count;
  gate->count = 0;
  gate->at_us = now_us;
  return TRUE;
}
