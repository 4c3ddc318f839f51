/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells the registrar of the phones, hears from it how they are, and keeps that. */
#include <string.h>

#include "base/log.h"
#include "node/phones/phones-private.h"

#define KEEP_MS 5000

/* What is to be kept, as the store is told. */
typedef struct {
  GPtrArray *bindings; /* of KithPhoneBinding */
  GArray *ended;       /* of guint32: ids */
  GPtrArray *pasts;    /* of KithPhonePast */
} Late;

static void
late_free (gpointer data)
{
  Late *late = data;

  g_ptr_array_unref (late->bindings);
  g_array_unref (late->ended);
  g_ptr_array_unref (late->pasts);
  g_free (late);
}

static Late *
late_new (void)
{
  Late *late = g_new0 (Late, 1);

  late->bindings = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_phone_binding_free);
  late->ended = g_array_new (FALSE, FALSE, sizeof (guint32));
  late->pasts = g_ptr_array_new_with_free_func (g_free);
  return late;
}

/* On the store's thread. */
static gboolean
keep_rows (KithDatabase *database, const Late *late, GError **error)
{
  gboolean ok = TRUE;

  for (guint i = 0; ok && i < late->ended->len; i++) {
    ok = kith_phone_store_remove_binding (database, g_array_index (late->ended, guint32, i), error);
  }
  for (guint i = 0; ok && i < late->bindings->len; i++) {
    ok = kith_phone_store_put_binding (database, late->bindings->pdata[i], error);
  }
  for (guint i = 0; ok && i < late->pasts->len; i++) {
    ok = kith_phone_store_put_past (database, late->pasts->pdata[i], error);
  }
  return ok;
}

static gboolean
keep (KithDatabase *database, gpointer data, GError **error)
{
  if (!kith_database_begin (database, error)) {
    return FALSE;
  }
  if (keep_rows (database, data, error) && kith_database_commit (database, error)) {
    return TRUE;
  }
  kith_database_rollback (database);
  return FALSE;
}

static void
on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;

  if (!kith_store_run_finish (KITH_STORE (source), result, NULL, &error)) {
    kith_warning ("phone", "where phones are is not kept: %s", error->message);
  }
  if (task != NULL) {
    g_task_return_boolean (task, TRUE);
  }
}

static void
keep_late (KithPhones *phones, Late *late, GTask *task)
{
  kith_store_run_async (phones->store, keep, late, late_free, on_kept, task);
}

void
kith_phones_flush_async (KithPhones *phones, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = callback != NULL ? g_task_new (phones, NULL, callback, user_data) : NULL;
  Late *late = late_new ();
  GHashTableIter iter;
  gpointer key;

  kith_timer_clear (&phones->flush_timer);
  g_hash_table_iter_init (&iter, phones->late_ids);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    const KithPhoneBinding *binding = g_hash_table_lookup (phones->bindings, key);
    if (binding != NULL) {
      g_ptr_array_add (late->bindings, kith_phone_binding_copy (binding));
    }
  }
  g_hash_table_iter_init (&iter, phones->late_pasts);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    const KithPhoneEntry *entry = kith_phones_find (phones, key);
    if (entry != NULL) {
      g_ptr_array_add (late->pasts, g_memdup2 (&entry->past, sizeof entry->past));
    }
  }
  g_hash_table_remove_all (phones->late_ids);
  g_hash_table_remove_all (phones->late_pasts);
  keep_late (phones, late, task);
}

static void
keep_soon (KithPhones *phones)
{
  if (!kith_timer_is_set (&phones->flush_timer)) {
    kith_timer_set_ms (&phones->flush_timer, KEEP_MS);
  }
}

/* How it is */

void
kith_phones_put_event (KithPhones *phones, KithPhoneEntry *entry, KithPhoneEvent event)
{
  const KithPhoneState before = entry->state;

  if (kith_phone_state_next (&entry->state, event) && entry->state != before) {
    entry->since_us = kith_clock_wall (phones->clock);
    kith_info ("phone", "%s: %s", entry->phone.name, kith_phone_state_word (entry->state));
  }
}

/* What a phone that registered or answered tells is remembered. */
static void
remember (KithPhones *phones, KithPhoneEntry *entry, const KithPhoneReport *report)
{
  KithPhonePast *past = &entry->past;

  past->registered_s = kith_clock_wall (phones->clock) / G_USEC_PER_SEC;
  if (report->digest != KITH_PHONE_DIGEST_AUTO) {
    past->learned = report->digest;
  }
  if (report->text[0] != '\0') {
    (void)g_strlcpy (past->model, report->text, sizeof past->model);
  }
  (void)g_hash_table_add (phones->late_pasts, g_strdup (entry->phone.name));
  keep_soon (phones);
}

static void
on_reported (KithRegistrar *registrar, const KithPhoneReport *report, KithPhones *phones)
{
  KithPhoneEntry *entry = kith_phones_find (phones, report->phone);
  KithPhoneState state = entry != NULL ? entry->state : KITH_PHONE_NEVER;

  if (entry == NULL || report->event > KITH_PHONE_MISTAKEN
      || !kith_phone_state_next (&state, report->event)) {
    return;
  }
  kith_phones_put_event (phones, entry, report->event);
  if (report->event == KITH_PHONE_HEARD) {
    const guint32 before = entry->report.round_trip_ms;
    remember (phones, entry, report);
    entry->report = *report;
    entry->report.round_trip_ms = report->round_trip_ms > 0 ? report->round_trip_ms : before;
  } else {
    entry->report = *report;
  }
  kith_phones_signal_changed (phones, entry);
}

/* TRUE: none of its bindings answers. */
static gboolean
is_silent (const KithPhoneEntry *entry)
{
  for (guint i = 0; i < entry->bindings->len; i++) {
    const KithPhoneBinding *binding = entry->bindings->pdata[i];
    if (!binding->silent) {
      return FALSE;
    }
  }
  return TRUE;
}

/* It answered over @binding. */
static void
note_answer (KithPhones *phones, KithPhoneEntry *entry, KithPhoneBinding *binding)
{
  binding->heard_us = kith_clock_wall (phones->clock);
  entry->report.event = KITH_PHONE_HEARD;
  entry->report.transport = binding->transport;
  entry->report.source = binding->source;
  entry->report.round_trip_ms = binding->round_trip_ms;
  kith_phones_put_event (phones, entry, KITH_PHONE_HEARD);
}

static void
on_reached (KithRegistrar *registrar, const KithPhoneReach *reach, KithPhones *phones)
{
  KithPhoneBinding *binding = g_hash_table_lookup (phones->bindings, GUINT_TO_POINTER (reach->id));
  KithPhoneEntry *entry = binding != NULL ? kith_phones_find (phones, binding->phone) : NULL;

  if (entry == NULL) {
    return;
  }
  binding->silent = reach->silent;
  binding->round_trip_ms = reach->round_trip_ms;
  if (!binding->silent) {
    note_answer (phones, entry, binding);
  } else if (is_silent (entry)) {
    kith_phones_put_event (phones, entry, KITH_PHONE_SILENT);
  }
  kith_phones_signal_bound (phones, binding);
  kith_phones_signal_changed (phones, entry);
}

/* Where it is */

void
kith_phones_unbind (KithPhones *phones, KithPhoneBinding *binding)
{
  Late *late = late_new ();
  const guint32 id = binding->id;

  g_array_append_val (late->ended, id);
  keep_late (phones, late, NULL);
  (void)g_hash_table_remove (phones->bindings, GUINT_TO_POINTER (binding->id));
  (void)g_hash_table_remove (phones->late_ids, GUINT_TO_POINTER (binding->id));
  kith_phones_signal_unbound (phones, binding);
  kith_phone_binding_free (binding);
}

static void
on_unbound (KithRegistrar *registrar, guint id, KithPhones *phones)
{
  KithPhoneBinding *binding = g_hash_table_lookup (phones->bindings, GUINT_TO_POINTER (id));
  KithPhoneEntry *entry = binding != NULL ? kith_phones_find (phones, binding->phone) : NULL;
  guint index = 0;

  if (entry == NULL || !g_ptr_array_find (entry->bindings, binding, &index)) {
    return;
  }
  (void)g_ptr_array_steal_index (entry->bindings, index);
  kith_phones_unbind (phones, binding);
  if (entry->bindings->len == 0) {
    kith_phones_put_event (phones, entry, KITH_PHONE_LEFT);
  } else if (is_silent (entry)) { /* what is left */
    kith_phones_put_event (phones, entry, KITH_PHONE_SILENT);
  }
  kith_phones_signal_changed (phones, entry);
}

/* FALSE: it is none that this phone may have. */
static gboolean
put_binding (KithPhones *phones, KithPhoneEntry *entry, const KithPhoneBinding *binding)
{
  KithPhoneBinding *known = g_hash_table_lookup (phones->bindings, GUINT_TO_POINTER (binding->id));
  guint index = entry->bindings->len;

  if (known != NULL && !g_ptr_array_find (entry->bindings, known, &index)) {
    return FALSE; /* that number is another phone's */
  }
  if (known == NULL && entry->bindings->len >= KITH_PHONE_MAX_BINDINGS) {
    return FALSE;
  }
  KithPhoneBinding *copy = kith_phone_binding_copy (binding);
  copy->silent = FALSE;
  copy->round_trip_ms = known != NULL ? known->round_trip_ms : 0;
  copy->heard_us = kith_clock_wall (phones->clock);
  if (known != NULL) {
    entry->bindings->pdata[index] = copy;
    kith_phone_binding_free (known);
  } else {
    g_ptr_array_add (entry->bindings, copy);
  }
  g_hash_table_insert (phones->bindings, GUINT_TO_POINTER (copy->id), copy);
  (void)g_hash_table_add (phones->late_ids, GUINT_TO_POINTER (copy->id));
  keep_soon (phones);
  kith_phones_signal_bound (phones, copy);
  return TRUE;
}

static void
on_bound (KithRegistrar *registrar, const KithPhoneBinding *binding, KithPhones *phones)
{
  KithPhoneEntry *entry = kith_phones_find (phones, binding->phone);

  if (entry != NULL && kith_phone_binding_is_sound (binding)
      && put_binding (phones, entry, binding)) {
    kith_phones_signal_changed (phones, entry);
  } else if (phones->registrar != NULL) {
    kith_registrar_remove_binding (phones->registrar, binding->id);
  }
}

/* What the registrar is told */

void
kith_phones_tell_phone (KithPhones *phones, const KithPhoneEntry *entry)
{
  KithPhone phone = entry->phone;

  if (phones->registrar == NULL) {
    return;
  }
  if (phone.digest == KITH_PHONE_DIGEST_AUTO) {
    phone.digest = phones->parts.digest;
  }
  /* one that once was at a loss with two challenges is spared them; and nobody gets one to which
     there is no answer */
  if (!phone.secret.has_sha256
      || (phone.digest == KITH_PHONE_DIGEST_AUTO && entry->past.learned == KITH_PHONE_DIGEST_MD5)) {
    phone.digest = KITH_PHONE_DIGEST_MD5;
  }
  if (!phone.secret.has_md5) {
    phone.digest = KITH_PHONE_DIGEST_SHA256;
  }
  kith_registrar_put_phone (phones->registrar, &phone);
  explicit_bzero (&phone.secret, sizeof phone.secret);
}

static void
on_fresh (KithRegistrar *registrar, KithPhones *phones)
{
  const gint64 now = kith_clock_wall (phones->clock) / G_USEC_PER_SEC;
  g_autoptr (GPtrArray) list = kith_phones_list (phones);
  g_autoptr (GArray) over = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < list->len; i++) {
    const KithPhoneEntry *entry = list->pdata[i];
    kith_phones_tell_phone (phones, entry);
    for (guint k = 0; k < entry->bindings->len; k++) {
      const KithPhoneBinding *binding = entry->bindings->pdata[k];
      const guint id = binding->id;
      if (binding->expires_s > now) {
        kith_registrar_put_binding (registrar, binding);
      } else {
        g_array_append_val (over, id);
      }
    }
  }
  kith_registrar_open (registrar, &phones->parts.rules);
  for (guint i = 0; i < over->len; i++) {
    on_unbound (registrar, g_array_index (over, guint, i), phones);
  }
}

void
kith_phones_hear (KithPhones *phones)
{
  if (phones->registrar == NULL) {
    return;
  }
  g_object_connect (phones->registrar,
                    "signal::fresh",
                    on_fresh,
                    phones,
                    "signal::bound",
                    on_bound,
                    phones,
                    "signal::unbound",
                    on_unbound,
                    phones,
                    "signal::reported",
                    on_reported,
                    phones,
                    "signal::reached",
                    on_reached,
                    phones,
                    NULL);
  if (kith_registrar_is_running (phones->registrar)) {
    on_fresh (phones->registrar, phones);
  }
}

void
kith_phones_end_binding (KithPhones *phones, guint id)
{
  const gboolean is_running
      = phones->registrar != NULL && kith_registrar_is_running (phones->registrar);

  if (is_running && g_hash_table_contains (phones->bindings, GUINT_TO_POINTER (id))) {
    kith_registrar_remove_binding (phones->registrar, id);
  } else {
    on_unbound (phones->registrar, id, phones);
  }
}
