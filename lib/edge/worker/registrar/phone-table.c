/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phones in an array, and an index by their names. */
#include "edge/worker/registrar/phone-table.h"

#include <string.h>

struct _KithPhoneTable {
  GPtrArray *all;        /* of KithTabled (owned) */
  GHashTable *by_name;   /* name in the phone → its index in @all, plus 1 */
  GHashTable *by_number; /* number (owned) → its name (owned) */
};

static void
tabled_free (gpointer data)
{
  KithTabled *tabled = data;

  kith_bindings_clear (&tabled->set);
  g_free (tabled->lately);
  explicit_bzero (&tabled->phone.secret, sizeof tabled->phone.secret);
  g_free (tabled);
}

KithLately *
kith_tabled_lately (KithTabled *tabled, gint64 now_us)
{
  if (tabled->lately == NULL) {
    tabled->lately = g_new0 (KithLately, 1);
  }
  tabled->lately->until_us = now_us + (KITH_NONCE_LIFE_S + 1) * G_USEC_PER_SEC;
  return tabled->lately;
}

void
kith_tabled_rest (KithTabled *tabled, gint64 now_us)
{
  if (tabled->lately != NULL && now_us >= tabled->lately->until_us) {
    g_clear_pointer (&tabled->lately, g_free);
  }
}

KithPhoneTable *
kith_phone_table_new (void)
{
  KithPhoneTable *table = g_new0 (KithPhoneTable, 1);

  table->all = g_ptr_array_new_with_free_func (tabled_free);
  table->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  table->by_number = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return table;
}

void
kith_phone_table_free (KithPhoneTable *table)
{
  if (table != NULL) {
    g_hash_table_unref (table->by_name);
    g_hash_table_unref (table->by_number);
    g_ptr_array_unref (table->all);
    g_free (table);
  }
}

KithTabled *
kith_phone_table_get (KithPhoneTable *table, const char *name)
{
  const guint index = GPOINTER_TO_UINT (g_hash_table_lookup (table->by_name, name));

  return index > 0 ? table->all->pdata[index - 1] : NULL;
}

KithTabled *
kith_phone_table_find (KithPhoneTable *table, KithSipPiece user)
{
  gchar name[KITH_PHONE_NAME_MAX + 1];

  if (user.len == 0 || user.len > KITH_PHONE_NAME_MAX) {
    return NULL;
  }
  memcpy (name, user.at, user.len);
  name[user.len] = '\0';
  return strlen (name) == user.len ? kith_phone_table_get (table, name) : NULL;
}

KithTabled *
kith_phone_table_dial (KithPhoneTable *table, KithSipPiece user)
{
  gchar name[KITH_PHONE_NAME_MAX + 1] = "";

  if (user.len == 0 || user.len > KITH_PHONE_NAME_MAX) {
    return NULL;
  }
  for (gsize i = 0; i < user.len; i++) {
    name[i] = g_ascii_tolower (user.at[i]);
  }
  const char *numbered = g_hash_table_lookup (table->by_number, name);
  return strlen (name) == user.len
             ? kith_phone_table_get (table, numbered != NULL ? numbered : name)
             : NULL;
}

/* The number of @phone leads to nobody any more. */
static void
forget_number (KithPhoneTable *table, const KithPhone *phone)
{
  if (g_strcmp0 (g_hash_table_lookup (table->by_number, phone->number), phone->name) == 0) {
    (void)g_hash_table_remove (table->by_number, phone->number);
  }
}

void
kith_phone_table_put (KithPhoneTable *table, const KithPhone *phone)
{
  KithTabled *tabled = kith_phone_table_get (table, phone->name);

  if (tabled == NULL) {
    tabled = g_new0 (KithTabled, 1);
    tabled->phone = *phone;
    g_ptr_array_add (table->all, tabled);
    g_hash_table_insert (table->by_name, tabled->phone.name, GUINT_TO_POINTER (table->all->len));
  }
  if (memcmp (&tabled->phone.secret, &phone->secret, sizeof phone->secret) != 0) {
    tabled->md5_only = FALSE;
    tabled->bare = 0;
    g_clear_pointer (&tabled->lately, g_free);
  }
  forget_number (table, &tabled->phone);
  tabled->phone = *phone;
  if (*phone->number != '\0') {
    (void)g_hash_table_replace (table->by_number, g_strdup (phone->number), g_strdup (phone->name));
  }
}

void
kith_phone_table_remove (KithPhoneTable *table, const char *name)
{
  const guint index = GPOINTER_TO_UINT (g_hash_table_lookup (table->by_name, name));

  if (index == 0) {
    return;
  }
  forget_number (table, &((KithTabled *)table->all->pdata[index - 1])->phone);
  (void)g_hash_table_remove (table->by_name, name);
  (void)g_ptr_array_remove_index_fast (table->all, index - 1);
  if (index - 1 < table->all->len) { /* the last one has its place now */
    KithTabled *moved = table->all->pdata[index - 1];
    g_hash_table_insert (table->by_name, moved->phone.name, GUINT_TO_POINTER (index));
  }
}

guint
kith_phone_table_count (KithPhoneTable *table)
{
  return table->all->len;
}

KithTabled *
kith_phone_table_nth (KithPhoneTable *table, guint nth)
{
  return nth < table->all->len ? table->all->pdata[nth] : NULL;
}

/* Bindings as frames have them */

static const char *
text_or_null (const char *text)
{
  return *text != '\0' ? text : NULL;
}

gboolean
kith_phone_table_bind (KithPhoneTable *table,
                       const KithEdgeBinding *binding,
                       gint64 now_us,
                       gint64 until_us)
{
  KithTabled *tabled = kith_phone_table_get (table, binding->phone);
  const KithBinding value = {
    .id = binding->id,
    .uri = binding->contact,
    .instance = text_or_null (binding->instance),
    .path = text_or_null (binding->path),
    .user_agent = text_or_null (binding->user_agent),
    .call_id = binding->call_id,
    .cseq = binding->cseq,
    .reg_id = binding->reg_id,
    .q = binding->q,
    .transport = binding->transport == KITH_PHONE_UDP   ? KITH_SIP_TRANSPORT_UDP
                 : binding->transport == KITH_PHONE_TCP ? KITH_SIP_TRANSPORT_TCP
                                                        : KITH_SIP_TRANSPORT_TLS,
    .source = binding->source,
    .since = now_us,
    .until = until_us,
  };

  if (tabled == NULL || tabled->set.n >= KITH_BINDINGS_MAX) {
    return FALSE;
  }
  tabled->set.items[tabled->set.n++] = kith_binding_copy (&value);
  return TRUE;
}

/* A stranger's text, of which only what can be seen is told. */
static void
copy_seen (const char *from, gchar *to, gsize room)
{
  (void)g_strlcpy (to, from != NULL ? from : "", room);
  for (gchar *at = to; *at != '\0'; at++) {
    *at = g_ascii_isprint (*at) ? *at : '?';
  }
}

void
kith_phone_table_describe (const KithTabled *tabled,
                           const KithBinding *binding,
                           gint64 expires_s,
                           KithEdgeBinding *out)
{
  memset (out, 0, sizeof *out);
  out->id = binding->id;
  (void)g_strlcpy (out->phone, tabled->phone.name, sizeof out->phone);
  copy_seen (binding->uri, out->contact, sizeof out->contact);
  copy_seen (binding->instance, out->instance, sizeof out->instance);
  copy_seen (binding->call_id, out->call_id, sizeof out->call_id);
  copy_seen (binding->path, out->path, sizeof out->path);
  copy_seen (binding->user_agent, out->user_agent, sizeof out->user_agent);
  out->reg_id = (guint8)MIN (binding->reg_id, G_MAXUINT8);
  out->q = binding->q;
  out->cseq = binding->cseq;
  out->expires_s = expires_s;
  out->transport = binding->transport == KITH_SIP_TRANSPORT_TLS   ? KITH_PHONE_TLS
                   : binding->transport == KITH_SIP_TRANSPORT_TCP ? KITH_PHONE_TCP
                                                                  : KITH_PHONE_UDP;
  out->source = binding->source;
  out->natted = kith_binding_is_natted (binding);
}
