/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A subscription is told its whole state anew whenever that is another one than it was told
   last. */
#include "node/phones/watchers.h"

#include <string.h>

#include "base/log.h"

#define ME "me"
#define PHONE "phone/"

/* One subscription. */
typedef struct {
  guint id;
  KithWatchEvent event;
  gchar *phone, *entity, *key;
  guint version;  /* of the next body */
  gchar *told;    /* the last body, as version 0 */
  gint64 next_us; /* not before that */
  gboolean is_due;
} Record;

struct _KithWatchers {
  GObject parent_instance;
  KithWatchersParts parts;
  GHashTable *records; /* id → Record (owned) */
  GPtrArray *order;    /* of Record: as they came */
  GHashTable *sources; /* name → GPtrArray of KithWatchedEntry */
  KithTimer timer;
};

G_DEFINE_FINAL_TYPE (KithWatchers, kith_watchers, G_TYPE_OBJECT)

static guint signal_changed;

void
kith_watched_entry_free (KithWatchedEntry *entry)
{
  g_free (entry->key);
  g_free (entry->id);
  g_free (entry->remote_uri);
  g_free (entry->remote_name);
  g_free (entry);
}

static void
record_free (gpointer data)
{
  Record *record = data;

  g_free (record->phone);
  g_free (record->entity);
  g_free (record->key);
  g_free (record->told);
  g_free (record);
}

/* Whom @user means. (transfer full), or NULL. */
static gchar *
find_key (KithWatchers *watchers, const char *user)
{
  const KithPhoneEntry *entry = kith_phones_get (watchers->parts.phones, user);

  if (entry == NULL) {
    entry = kith_phones_get_by_number (watchers->parts.phones, user);
  }
  if (entry != NULL) {
    return g_strconcat (PHONE, entry->phone.name, NULL);
  }
  return watchers->parts.find != NULL ? watchers->parts.find (user, watchers->parts.user_data)
                                      : NULL;
}

/* What is told */

/* The calls of @key in all sources, at most KITH_WATCH_DIALOGS_MAX. */
static guint
list_calls (KithWatchers *watchers, const char *key, KithWatchedCall *calls)
{
  GHashTableIter iter;
  gpointer value = NULL;
  guint n = 0;

  g_hash_table_iter_init (&iter, watchers->sources);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const GPtrArray *entries = value;
    for (guint i = 0; i < entries->len && n < KITH_WATCH_DIALOGS_MAX; i++) {
      const KithWatchedEntry *entry = entries->pdata[i];
      if (strcmp (entry->key, key) == 0) {
        calls[n++] = (KithWatchedCall){ entry->id,
                                        entry->state,
                                        entry->outgoing,
                                        entry->remote_uri,
                                        entry->remote_name };
      }
    }
  }
  return n;
}

static KithWatchedPresence
presence_of (KithWatchers *watchers, const char *key, const KithWatchedCall *calls, guint n)
{
  const KithPhoneEntry *entry = g_str_has_prefix (key, PHONE)
                                    ? kith_phones_get (watchers->parts.phones, key + strlen (PHONE))
                                    : NULL;
  KithWatchedPresence presence = { .open = strcmp (key, ME) == 0 };

  if (entry != NULL) {
    presence.open = entry->bindings->len > 0 && entry->state != KITH_PHONE_UNREACHABLE;
  }
  for (guint i = 0; i < n; i++) {
    presence.busy = presence.busy || calls[i].state == KITH_WATCHED_CONFIRMED;
  }
  presence.note = presence.busy                               ? "in a call"
                  : presence.open                             ? NULL
                  : entry != NULL && entry->bindings->len > 0 ? "does not answer"
                                                              : "not registered";
  return presence;
}

/* (transfer full) */
static gchar *
make_body (KithWatchers *watchers, const Record *record, guint version)
{
  static const KithWatchedMessages none;
  KithWatchedCall calls[KITH_WATCH_DIALOGS_MAX];
  const guint n = list_calls (watchers, record->key, calls);

  switch (record->event) {
  case KITH_WATCH_DIALOG:
    return kith_dialog_info_print (record->entity, version, calls, n);
  case KITH_WATCH_PRESENCE: {
    const KithWatchedPresence presence = presence_of (watchers, record->key, calls, n);
    return kith_pidf_print (record->entity, &presence);
  }
  case KITH_WATCH_MESSAGES:
    return kith_message_summary_print (record->entity, &none);
  }
  return NULL;
}

static void
tell (KithWatchers *watchers, Record *record)
{
  g_autofree gchar *body = make_body (watchers, record, record->version++);

  g_free (record->told);
  record->told = make_body (watchers, record, 0);
  record->is_due = FALSE;
  record->next_us = kith_clock_now (watchers->parts.clock) + KITH_WATCH_APART_MS * 1000;
  kith_notifier_notify (watchers->parts.notifier, record->id, body);
}

/* Tells what is due now, and sets the timer for the rest. */
static void
tell_due (KithWatchers *watchers)
{
  const gint64 now_us = kith_clock_now (watchers->parts.clock);
  gint64 next_us = -1;

  for (guint i = 0; i < watchers->order->len; i++) {
    Record *record = watchers->order->pdata[i];
    if (record->is_due && record->next_us <= now_us) {
      tell (watchers, record);
    } else if (record->is_due && (next_us < 0 || record->next_us < next_us)) {
      next_us = record->next_us;
    }
  }
  if (next_us >= 0) {
    kith_timer_set (&watchers->timer, next_us);
  }
}

/* Something changed: whose state is another one than was told is told. */
static void
look (KithWatchers *watchers)
{
  for (guint i = 0; i < watchers->order->len; i++) {
    Record *record = watchers->order->pdata[i];
    if (record->told != NULL) {
      g_autofree gchar *body = make_body (watchers, record, 0);
      record->is_due = strcmp (body, record->told) != 0;
    }
  }
  tell_due (watchers);
}

static void
on_timer (gpointer user_data)
{
  look (user_data);
}

static void
signal_watched (KithWatchers *watchers, const Record *record)
{
  if (g_str_has_prefix (record->key, PHONE)) {
    g_signal_emit (watchers, signal_changed, 0, record->key + strlen (PHONE));
  }
}

static void
forget (KithWatchers *watchers, guint id)
{
  Record *record = g_hash_table_lookup (watchers->records, GUINT_TO_POINTER (id));

  if (record == NULL) {
    return;
  }
  (void)g_ptr_array_remove (watchers->order, record);
  (void)g_hash_table_steal (watchers->records, GUINT_TO_POINTER (id));
  signal_watched (watchers, record);
  record_free (record);
}

/* What the notifier asks and tells */

static guint
judge (const KithWatch *watch, gpointer user_data)
{
  KithWatchers *watchers = user_data;
  g_autofree gchar *key = find_key (watchers, watch->user);
  const gboolean is_phone = key != NULL && g_str_has_prefix (key, PHONE);

  if (key == NULL) {
    return 404;
  }
  switch (watch->event) {
  case KITH_WATCH_DIALOG:
    return 0;
  case KITH_WATCH_PRESENCE: /* of contacts nothing is known, and nothing is guessed */
    return is_phone || strcmp (key, ME) == 0 ? 0 : 404;
  case KITH_WATCH_MESSAGES:
    return (is_phone && strcmp (key + strlen (PHONE), watch->phone) == 0) || strcmp (key, ME) == 0
               ? 0
               : 403;
  }
  return 404;
}

static void
on_wanted (KithNotifier *notifier, const KithWatch *watch, KithWatchers *watchers)
{
  Record *record = g_hash_table_lookup (watchers->records, GUINT_TO_POINTER (watch->id));
  g_autofree gchar *key = find_key (watchers, watch->user);

  if (record == NULL && key == NULL) { /* gone between question and answer */
    kith_notifier_end (notifier, watch->id, KITH_WATCH_NO_RESOURCE);
    return;
  }
  if (record == NULL) {
    record = g_new0 (Record, 1);
    record->id = watch->id;
    record->event = watch->event;
    record->phone = g_strdup (watch->phone);
    record->entity = g_strdup (watch->entity);
    record->key = g_steal_pointer (&key);
    g_hash_table_insert (watchers->records, GUINT_TO_POINTER (record->id), record);
    g_ptr_array_add (watchers->order, record);
    signal_watched (watchers, record);
  }
  tell (watchers, record);
}

static void
on_ended (KithNotifier *notifier, guint id, KithWatchers *watchers)
{
  forget (watchers, id);
}

/* What the phones tell */

static void
on_phone (KithPhones *phones, const KithPhoneEntry *entry, KithWatchers *watchers)
{
  look (watchers);
}

/* Nobody watches it any more, nor does it. */
static void
on_removed (KithPhones *phones, const KithPhoneEntry *entry, KithWatchers *watchers)
{
  g_autofree gchar *key = g_strconcat (PHONE, entry->phone.name, NULL);

  for (guint i = watchers->order->len; i > 0; i--) {
    const Record *record = watchers->order->pdata[i - 1];
    if (strcmp (record->key, key) == 0 || strcmp (record->phone, entry->phone.name) == 0) {
      const guint id = record->id;
      forget (watchers, id);
      kith_notifier_end (watchers->parts.notifier, id, KITH_WATCH_NO_RESOURCE);
    }
  }
}

/* Life */

static void
kith_watchers_finalize (GObject *object)
{
  KithWatchers *watchers = KITH_WATCHERS (object);

  kith_timer_finish (&watchers->timer);
  kith_notifier_set_judge (watchers->parts.notifier, NULL, NULL);
  g_signal_handlers_disconnect_by_data (watchers->parts.notifier, watchers);
  g_signal_handlers_disconnect_by_data (watchers->parts.phones, watchers);
  g_ptr_array_unref (watchers->order);
  g_hash_table_unref (watchers->records);
  g_hash_table_unref (watchers->sources);
  g_object_unref (watchers->parts.notifier);
  g_object_unref (watchers->parts.phones);
  g_object_unref (watchers->parts.clock);
  G_OBJECT_CLASS (kith_watchers_parent_class)->finalize (object);
}

static void
kith_watchers_class_init (KithWatchersClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_watchers_finalize;
  signal_changed = g_signal_new ("changed",
                                 KITH_TYPE_WATCHERS,
                                 G_SIGNAL_RUN_LAST,
                                 0,
                                 NULL,
                                 NULL,
                                 NULL,
                                 G_TYPE_NONE,
                                 1,
                                 G_TYPE_STRING);
}

static void
kith_watchers_init (KithWatchers *watchers)
{
  watchers->records = g_hash_table_new_full (NULL, NULL, NULL, record_free);
  watchers->order = g_ptr_array_new ();
  watchers->sources
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
}

KithWatchers *
kith_watchers_new (const KithWatchersParts *parts)
{
  KithWatchers *watchers = g_object_new (KITH_TYPE_WATCHERS, NULL);

  watchers->parts = *parts;
  g_object_ref (parts->clock);
  g_object_ref (parts->phones);
  g_object_ref (parts->notifier);
  kith_timer_init (&watchers->timer, parts->clock, on_timer, watchers);
  kith_notifier_set_judge (parts->notifier, judge, watchers);
  g_signal_connect (parts->notifier, "wanted", G_CALLBACK (on_wanted), watchers);
  g_signal_connect (parts->notifier, "ended", G_CALLBACK (on_ended), watchers);
  g_signal_connect (parts->phones, "changed", G_CALLBACK (on_phone), watchers);
  g_signal_connect (parts->phones, "removed", G_CALLBACK (on_removed), watchers);
  return watchers;
}

void
kith_watchers_set_calls (KithWatchers *watchers, const char *source, GPtrArray *entries)
{
  g_hash_table_replace (watchers->sources, g_strdup (source), entries);
  look (watchers);
}

GStrv
kith_watchers_list (KithWatchers *watchers, const char *name)
{
  g_autofree gchar *key = g_strconcat (PHONE, name, NULL);
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();

  for (guint i = 0; i < watchers->order->len; i++) {
    const Record *record = watchers->order->pdata[i];
    if (strcmp (record->key, key) == 0) {
      g_autofree gchar *text
          = g_strdup_printf ("%s %s", record->phone, kith_watch_event_word (record->event));
      g_strv_builder_add (list, text);
    }
  }
  return g_strv_builder_end (list);
}

guint
kith_watchers_count (KithWatchers *watchers)
{
  return watchers->order->len;
}
