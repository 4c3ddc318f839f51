/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bounded table from Call-ID to entry, in shares. */
#include "sip/screen/call-ids.h"

#include <string.h>

#include "sip/sip-limits.h"

#define IPV4_MARK (G_GUINT64_CONSTANT (1) << 63)
#define IPV6_MARK (G_GUINT64_CONSTANT (1) << 62)

struct _KithCallIds {
  GHashTable *entries; /* Call-ID → KithCallId */
  guint counts[KITH_CALL_IDS_SHARES];
};

static const guint limits[KITH_CALL_IDS_SHARES] = {
  [KITH_CALL_IDS_OWN] = KITH_SIP_MAX_OWN_CALLS,
  [KITH_CALL_IDS_KNOWN] = KITH_SIP_MAX_CALLS_KNOWN,
  [KITH_CALL_IDS_LINKED] = KITH_SIP_MAX_CALLS_LINKED,
  [KITH_CALL_IDS_STRANGER] = KITH_SIP_MAX_CALLS_STRANGERS,
  [KITH_CALL_IDS_WATCHING] = KITH_SIP_MAX_WATCHES,
};

static void
entry_free (gpointer data)
{
  KithCallId *entry = data;

  g_free (entry->from_tag);
  g_free (entry->next_hop);
  g_free (entry->speaks_from);
  g_free (entry->invited);
  g_free (entry->phone);
  g_free (entry);
}

KithCallIds *
kith_call_ids_new (void)
{
  KithCallIds *ids = g_new0 (KithCallIds, 1);

  ids->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, entry_free);
  return ids;
}

void
kith_call_ids_free (KithCallIds *ids)
{
  if (ids != NULL) {
    g_hash_table_unref (ids->entries);
    g_free (ids);
  }
}

KithCallId *
kith_call_ids_find (KithCallIds *ids, const char *call_id)
{
  return g_hash_table_lookup (ids->entries, call_id);
}

static gboolean
is_of_strangers (KithCallIdShare share)
{
  return share == KITH_CALL_IDS_LINKED || share == KITH_CALL_IDS_STRANGER;
}

/* One stranger must not take the room of all. */
static gboolean
has_too_much (KithCallIds *ids, KithCallIdShare share, guint64 source)
{
  GHashTableIter iter;
  gpointer value = NULL;
  guint same = 0;

  if (!is_of_strangers (share) || ids->counts[share] < KITH_SIP_MAX_CALLS_A_SOURCE) {
    return FALSE;
  }
  g_hash_table_iter_init (&iter, ids->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const KithCallId *entry = value;
    same += entry->share == share && entry->peers[0] == source;
  }
  return same >= KITH_SIP_MAX_CALLS_A_SOURCE;
}

static void
drop (KithCallIds *ids, const char *call_id, const KithCallId *entry)
{
  ids->counts[entry->share]--;
  g_hash_table_remove (ids->entries, call_id);
}

KithCallId *
kith_call_ids_add (KithCallIds *ids,
                   const char *call_id,
                   KithCallIdShare share,
                   guint link_id,
                   guint64 source,
                   gint64 now_us)
{
  KithCallId *before = kith_call_ids_find (ids, call_id);

  if (ids->counts[share] >= limits[share] || has_too_much (ids, share, source)
      || (before != NULL && (before->dialog != NULL || before->forget_us == 0))) {
    return NULL;
  }
  if (before != NULL) {
    drop (ids, call_id, before);
  }
  KithCallId *entry = g_new0 (KithCallId, 1);
  entry->share = share;
  entry->link_id = link_id;
  entry->peers[0] = source;
  entry->outgoing = share == KITH_CALL_IDS_OWN;
  entry->ringing = !entry->outgoing;
  entry->forget_us = entry->outgoing ? 0 : now_us + (gint64)KITH_SIP_LINGER_S * G_USEC_PER_SEC;
  entry->messages = KITH_SIP_LINGER_BURST;
  entry->transactions = KITH_SIP_TRANSACTION_BURST;
  entry->at_us = now_us;
  ids->counts[share]++;
  g_hash_table_insert (ids->entries, g_strdup (call_id), entry);
  return entry;
}

void
kith_call_ids_bind (KithCallId *entry, KithSipDialog *dialog)
{
  entry->dialog = dialog;
  entry->forget_us = 0;
  entry->messages = entry->link_id != 0 ? KITH_SIP_LINK_DIALOG_BURST : KITH_SIP_DIALOG_BURST;
}

void
kith_call_ids_retire (KithCallIds *ids, const char *call_id, gint64 now_us)
{
  KithCallId *entry = kith_call_ids_find (ids, call_id);

  if (entry != NULL && entry->forget_us == 0) {
    entry->dialog = NULL;
    entry->ringing = FALSE;
    entry->forget_us = now_us + (gint64)KITH_SIP_LINGER_S * G_USEC_PER_SEC;
  }
}

void
kith_call_ids_sweep (KithCallIds *ids, gint64 now_us)
{
  GHashTableIter iter;
  gpointer value = NULL;

  g_hash_table_iter_init (&iter, ids->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const KithCallId *entry = value;
    if (entry->forget_us != 0 && entry->forget_us <= now_us) {
      ids->counts[entry->share]--;
      g_hash_table_iter_remove (&iter);
    }
  }
}

guint
kith_call_ids_watching (KithCallIds *ids, const char *phone, guint *of_phone)
{
  GHashTableIter iter;
  gpointer value = NULL;
  guint all = 0;

  *of_phone = 0;
  g_hash_table_iter_init (&iter, ids->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const KithCallId *entry = value;
    if (entry->share == KITH_CALL_IDS_WATCHING && (entry->ringing || entry->forget_us == 0)) {
      all++;
      *of_phone += g_strcmp0 (entry->phone, phone) == 0;
    }
  }
  return all;
}

guint
kith_call_ids_ringing (KithCallIds *ids, gboolean strangers, guint64 source, guint *of_source)
{
  GHashTableIter iter;
  gpointer value = NULL;
  guint all = 0;

  *of_source = 0;
  g_hash_table_iter_init (&iter, ids->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const KithCallId *entry = value;
    if (entry->ringing && entry->share != KITH_CALL_IDS_WATCHING
        && is_of_strangers (entry->share) == strangers) {
      all++;
      *of_source += entry->peers[0] == source;
    }
  }
  return all;
}

guint
kith_call_ids_count (KithCallIds *ids)
{
  return g_hash_table_size (ids->entries);
}

guint64
kith_call_id_source (const KithEndpoint *peer)
{
  static const guint8 mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
  gboolean ipv4 = peer->family == 4 || memcmp (peer->ip, mapped, sizeof mapped) == 0;
  const guint8 *bytes = peer->ip + (ipv4 && peer->family != 4 ? sizeof mapped : 0);
  guint64 source = 0;

  for (guint i = 0; i < (ipv4 ? 4 : 7); i++) {
    source = source << 8 | bytes[i];
  }
  return source | (ipv4 ? IPV4_MARK : IPV6_MARK);
}

gboolean
kith_call_id_knows (const KithCallId *entry, guint64 source)
{
  for (guint i = 0; i < KITH_CALL_IDS_PEERS; i++) {
    if (source != 0 && entry->peers[i] == source) {
      return TRUE;
    }
  }
  return FALSE;
}

void
kith_call_id_learn (KithCallId *entry, guint64 source)
{
  if (source == 0 || kith_call_id_knows (entry, source)) {
    return;
  }
  for (guint i = KITH_CALL_IDS_PEERS - 1; i > 1; i--) {
    entry->peers[i] = entry->peers[i - 1];
  }
  entry->peers[entry->peers[0] == 0 ? 0 : 1] = source;
}

/* What was saved up since the last time. */
static void
fill (KithCallId *entry, gint64 now_us)
{
  double seconds = (double)(now_us - entry->at_us) / G_USEC_PER_SEC;
  gboolean live = entry->dialog != NULL;
  gboolean link = entry->link_id != 0;
  double rate = !live  ? KITH_SIP_LINGER_RATE
                : link ? KITH_SIP_LINK_DIALOG_RATE
                       : KITH_SIP_DIALOG_RATE;
  double most = !live  ? KITH_SIP_LINGER_BURST
                : link ? KITH_SIP_LINK_DIALOG_BURST
                       : KITH_SIP_DIALOG_BURST;

  entry->at_us = now_us;
  entry->messages = MIN (most, entry->messages + seconds * rate);
  entry->transactions
      = MIN (KITH_SIP_TRANSACTION_BURST, entry->transactions + seconds * KITH_SIP_TRANSACTION_RATE);
}

static gboolean
take (double *tokens)
{
  if (*tokens < 1) {
    return FALSE;
  }
  *tokens -= 1;
  return TRUE;
}

gboolean
kith_call_id_take (KithCallId *entry, gint64 now_us)
{
  fill (entry, now_us);
  return take (&entry->messages);
}

gboolean
kith_call_id_take_transaction (KithCallId *entry, gint64 now_us)
{
  fill (entry, now_us);
  return take (&entry->transactions);
}
