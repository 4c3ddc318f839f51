/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Holds the phones by their names, and their bindings by their ids. */
#include "node/phones/phones.h"

#include <string.h>

#include "base/log.h"
#include "model/phone/phone-import.h"
#include "node/phones/phones-private.h"

G_DEFINE_FINAL_TYPE (KithPhones, kith_phones, G_TYPE_OBJECT)

enum { SIGNAL_ADDED, SIGNAL_CHANGED, SIGNAL_REMOVED, SIGNAL_BOUND, SIGNAL_UNBOUND, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
entry_free (gpointer data)
{
  KithPhoneEntry *entry = data;

  g_ptr_array_unref (entry->bindings);
  explicit_bzero (&entry->phone.secret, sizeof entry->phone.secret);
  g_free (entry);
}

static void
kith_phones_finalize (GObject *object)
{
  KithPhones *phones = KITH_PHONES (object);

  if (phones->registrar != NULL) {
    g_signal_handlers_disconnect_by_data (phones->registrar, phones);
  }
  kith_timer_finish (&phones->flush_timer);
  g_clear_object (&phones->registrar);
  g_hash_table_unref (phones->late_ids);
  g_hash_table_unref (phones->late_pasts);
  g_hash_table_unref (phones->bindings);
  g_hash_table_unref (phones->numbers);
  g_tree_unref (phones->entries);
  g_clear_object (&phones->store);
  g_clear_object (&phones->clock);
  G_OBJECT_CLASS (kith_phones_parent_class)->finalize (object);
}

static guint
add_signal (const char *name)
{
  return g_signal_new (name,
                       KITH_TYPE_PHONES,
                       G_SIGNAL_RUN_LAST,
                       0,
                       NULL,
                       NULL,
                       NULL,
                       G_TYPE_NONE,
                       1,
                       G_TYPE_POINTER);
}

static void
kith_phones_class_init (KithPhonesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_phones_finalize;
  signals[SIGNAL_ADDED] = add_signal ("added");
  signals[SIGNAL_CHANGED] = add_signal ("changed");
  signals[SIGNAL_REMOVED] = add_signal ("removed");
  signals[SIGNAL_BOUND] = add_signal ("bound");
  signals[SIGNAL_UNBOUND] = add_signal ("unbound");
}

static gint
compare_names (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return strcmp (a, b);
}

static void
kith_phones_init (KithPhones *phones)
{
  phones->entries = g_tree_new_full (compare_names, NULL, NULL, entry_free);
  phones->numbers = g_hash_table_new (g_str_hash, g_str_equal);
  phones->bindings = g_hash_table_new (NULL, NULL);
  phones->late_ids = g_hash_table_new (NULL, NULL);
  phones->late_pasts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_queue_init (&phones->changes);
}

KithPhoneEntry *
kith_phones_find (KithPhones *phones, const char *name)
{
  return g_tree_lookup (phones->entries, name);
}

static KithPhoneEntry *
enter_new (KithPhones *phones, const KithPhone *phone, guint line)
{
  KithPhoneEntry *entry = g_new0 (KithPhoneEntry, 1);

  entry->phone = *phone;
  entry->line = line;
  entry->bindings = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_phone_binding_free);
  (void)g_strlcpy (entry->past.name, phone->name, sizeof entry->past.name);
  g_tree_insert (phones->entries, entry->phone.name, entry);
  g_hash_table_insert (phones->numbers, entry->phone.number, entry);
  return entry;
}

/* What stands in kith.conf counts, with its name and its number. */
static void
read_rows (KithPhones *phones, GPtrArray *rows)
{
  for (guint i = 0; phones->parts.lines != NULL && i < phones->parts.lines->len; i++) {
    const KithPhoneLine *line = phones->parts.lines->pdata[i];
    (void)enter_new (phones, &line->phone, line->line);
  }
  for (guint i = 0; i < rows->len; i++) {
    const KithPhone *phone = rows->pdata[i];
    if (kith_phones_find (phones, phone->name) != NULL
        || g_hash_table_contains (phones->numbers, phone->number)) {
      kith_warning ("phone",
                    "%s is passed over: its name or its number is another phone's, see kith.conf",
                    phone->name);
    } else {
      (void)enter_new (phones, phone, 0);
    }
  }
}

/* Bindings and what is remembered of phones that are not there any more are not wanted. */
static void
read_rest (KithPhones *phones, GPtrArray *pasts, GPtrArray *bindings)
{
  for (guint i = 0; i < pasts->len; i++) {
    const KithPhonePast *past = pasts->pdata[i];
    KithPhoneEntry *entry = kith_phones_find (phones, past->name);
    if (entry != NULL) {
      entry->past = *past;
      entry->state = past->registered_s > 0 ? KITH_PHONE_GONE : KITH_PHONE_NEVER;
    }
  }
  g_ptr_array_set_free_func (bindings, NULL);
  for (guint i = 0; i < bindings->len; i++) {
    KithPhoneBinding *binding = bindings->pdata[i];
    KithPhoneEntry *entry = kith_phones_find (phones, binding->phone);
    if (entry == NULL || entry->bindings->len >= KITH_PHONE_MAX_BINDINGS) {
      kith_phone_binding_free (binding);
      continue;
    }
    g_ptr_array_add (entry->bindings, binding);
    g_hash_table_insert (phones->bindings, GUINT_TO_POINTER (binding->id), binding);
    (void)kith_phone_state_next (&entry->state, KITH_PHONE_READ);
  }
}

static void
on_flush (gpointer user_data)
{
  kith_phones_flush_async (user_data, NULL, NULL);
}

KithPhones *
kith_phones_new (const KithPhonesParts *parts, GError **error)
{
  KithDatabase *database = kith_store_get_database (parts->store);
  const gint64 now = kith_clock_wall (parts->clock) / G_USEC_PER_SEC;
  g_autoptr (GPtrArray) rows = kith_phone_store_load (database, parts->max, error);
  g_autoptr (GPtrArray) pasts
      = rows != NULL ? kith_phone_store_load_pasts (database, parts->max, error) : NULL;
  g_autoptr (GPtrArray) bindings
      = pasts != NULL ? kith_phone_store_load_bindings (database,
                                                        now,
                                                        parts->max * KITH_PHONE_MAX_BINDINGS,
                                                        error)
                      : NULL;

  if (bindings == NULL) {
    return NULL;
  }
  KithPhones *phones = g_object_new (KITH_TYPE_PHONES, NULL);
  phones->parts = *parts;
  phones->clock = g_object_ref (parts->clock);
  phones->store = g_object_ref (parts->store);
  kith_timer_init (&phones->flush_timer, phones->clock, on_flush, phones);
  read_rows (phones, rows);
  read_rest (phones, pasts, bindings);
  phones->parts.lines = NULL;
  return phones;
}

void
kith_phones_attach (KithPhones *phones, KithRegistrar *registrar)
{
  g_return_if_fail (phones->registrar == NULL);
  phones->registrar = registrar != NULL ? g_object_ref (registrar) : NULL;
  kith_phones_hear (phones);
}

guint
kith_phones_get_max (KithPhones *phones)
{
  return phones->parts.max;
}

static gboolean
add_entry (gpointer name, gpointer entry, gpointer list)
{
  g_ptr_array_add (list, entry);
  return FALSE;
}

GPtrArray *
kith_phones_list (KithPhones *phones)
{
  GPtrArray *list = g_ptr_array_sized_new ((guint)g_tree_nnodes (phones->entries));

  g_tree_foreach (phones->entries, add_entry, list);
  return list;
}

const KithPhoneEntry *
kith_phones_get (KithPhones *phones, const char *name)
{
  return kith_phones_find (phones, name);
}

const KithPhoneEntry *
kith_phones_get_by_number (KithPhones *phones, const char *number)
{
  return g_hash_table_lookup (phones->numbers, number);
}

/* Changes */

void
kith_phones_signal_changed (KithPhones *phones, const KithPhoneEntry *entry)
{
  g_signal_emit (phones, signals[SIGNAL_CHANGED], 0, entry);
}

void
kith_phones_signal_bound (KithPhones *phones, const KithPhoneBinding *binding)
{
  g_signal_emit (phones, signals[SIGNAL_BOUND], 0, binding);
}

void
kith_phones_signal_unbound (KithPhones *phones, const KithPhoneBinding *binding)
{
  g_signal_emit (phones, signals[SIGNAL_UNBOUND], 0, binding);
}

/* The secret is another one: who knew the old one is not known any more. */
static void
change_secret (KithPhones *phones, KithPhoneEntry *entry)
{
  entry->past.learned = KITH_PHONE_DIGEST_AUTO;
  (void)g_hash_table_add (phones->late_pasts, g_strdup (entry->phone.name));
  kith_timer_set_ms (&phones->flush_timer, 0);
  while (entry->bindings->len > 0) {
    KithPhoneBinding *binding = g_ptr_array_steal_index (entry->bindings, 0);
    if (phones->registrar != NULL) {
      kith_registrar_remove_binding (phones->registrar, binding->id);
    }
    kith_phones_unbind (phones, binding);
  }
  kith_phones_put_event (phones, entry, KITH_PHONE_LEFT);
}

void
kith_phones_enter (KithPhones *phones, const KithPhone *phone)
{
  KithPhoneEntry *entry = kith_phones_find (phones, phone->name);

  if (entry == NULL) {
    entry = enter_new (phones, phone, 0);
    kith_phones_tell_phone (phones, entry);
    g_signal_emit (phones, signals[SIGNAL_ADDED], 0, entry);
    return;
  }
  const gboolean other = memcmp (&entry->phone.secret, &phone->secret, sizeof phone->secret) != 0;
  (void)g_hash_table_remove (phones->numbers, entry->phone.number);
  entry->phone = *phone;
  g_hash_table_insert (phones->numbers, entry->phone.number, entry);
  if (other) {
    change_secret (phones, entry);
  }
  kith_phones_tell_phone (phones, entry);
  kith_phones_signal_changed (phones, entry);
}

void
kith_phones_drop (KithPhones *phones, const char *name)
{
  KithPhoneEntry *entry = kith_phones_find (phones, name);

  while (entry->bindings->len > 0) {
    kith_phones_unbind (phones, g_ptr_array_steal_index (entry->bindings, 0));
  }
  if (phones->registrar != NULL) {
    kith_registrar_remove_phone (phones->registrar, entry->phone.name);
  }
  (void)g_hash_table_remove (phones->late_pasts, name);
  (void)g_hash_table_remove (phones->numbers, entry->phone.number);
  (void)g_tree_steal (phones->entries, name);
  g_signal_emit (phones, signals[SIGNAL_REMOVED], 0, entry);
  entry_free (entry);
}
