/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two token buckets and a count for each phone that asked lately. */
#include "edge/worker/proxy/phone-quota.h"

#include "edge/edge-limits.h"

/* Fills up to @most, one in @every_us. */
typedef struct {
  gint64 full_us; /* when it is full again */
} Bucket;

typedef struct {
  Bucket calls;
  Bucket texts;
  guint ringing;
} Use;

struct _KithPhoneQuota {
  KithClock *clock;
  GHashTable *uses; /* name (owned) → Use */
};

KithPhoneQuota *
kith_phone_quota_new (KithClock *clock)
{
  KithPhoneQuota *quota = g_new0 (KithPhoneQuota, 1);

  quota->clock = g_object_ref (clock);
  quota->uses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return quota;
}

void
kith_phone_quota_free (KithPhoneQuota *quota)
{
  if (quota != NULL) {
    g_hash_table_unref (quota->uses);
    g_object_unref (quota->clock);
    g_free (quota);
  }
}

/* TRUE, and one less, when there is one. */
static gboolean
take (Bucket *bucket, gint64 now_us, guint most, gint64 every_us)
{
  const gint64 start_us = MAX (bucket->full_us, now_us);

  if (start_us + every_us - now_us > (gint64)most * every_us) {
    return FALSE;
  }
  bucket->full_us = start_us + every_us;
  return TRUE;
}

/* Uses that say nothing any more go when there are many. */
static gboolean
is_idle (gpointer key, gpointer value, gpointer user_data)
{
  const Use *use = value;
  const gint64 now_us = *(const gint64 *)user_data;

  return use->ringing == 0 && use->calls.full_us <= now_us && use->texts.full_us <= now_us;
}

static Use *
use_of (KithPhoneQuota *quota, const char *phone)
{
  Use *use = g_hash_table_lookup (quota->uses, phone);
  gint64 now_us = kith_clock_now (quota->clock);

  if (use == NULL) {
    if (g_hash_table_size (quota->uses) >= KITH_EDGE_QUOTA_USES) {
      (void)g_hash_table_foreach_remove (quota->uses, is_idle, &now_us);
    }
    use = g_new0 (Use, 1);
    (void)g_hash_table_insert (quota->uses, g_strdup (phone), use);
  }
  return use;
}

guint
kith_phone_quota_call (KithPhoneQuota *quota, const char *phone)
{
  Use *use = use_of (quota, phone);

  if (use->ringing >= KITH_EDGE_PHONE_RINGING) {
    return 486;
  }
  if (!take (&use->calls,
             kith_clock_now (quota->clock),
             KITH_EDGE_PHONE_CALLS,
             (gint64)60 * G_USEC_PER_SEC / KITH_EDGE_PHONE_CALLS)) {
    return 480;
  }
  use->ringing++;
  return 0;
}

void
kith_phone_quota_end (KithPhoneQuota *quota, const char *phone)
{
  Use *use = g_hash_table_lookup (quota->uses, phone);

  if (use != NULL && use->ringing > 0) {
    use->ringing--;
  }
}

gboolean
kith_phone_quota_text (KithPhoneQuota *quota, const char *phone)
{
  return take (&use_of (quota, phone)->texts,
               kith_clock_now (quota->clock),
               KITH_EDGE_PHONE_TEXTS,
               G_USEC_PER_SEC);
}
