/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of rules, and a cache of which user is behind which connection. */
#include "bouncer.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "bus/names.h"

#define MAX_SENDERS 128
#define MAX_WAITING 64
#define LOOKUP_TIMEOUT_MS 5000

typedef struct {
  KithdBouncerFunc func;
  gpointer user_data;
} Question;

typedef struct {
  gboolean known;
  guint32 uid;
  guint watch;
  GQueue waiting; /* of Question */
} Sender;

struct _KithdBouncer {
  GDBusConnection *connection;
  GCancellable *cancellable;
  GHashTable *senders; /* unique name → Sender */
  gboolean system_bus;
  guint32 own_uid;
};

typedef struct {
  KithdBouncer *bouncer;
  gchar *name;
} Lookup;

static const KithdBouncerRow rows[] = {
  { KITH_BUS_IFACE_MANAGER, "CreateIdentity", FALSE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_MANAGER, "Dial", FALSE, KITHD_RULE_CALL },
  { KITH_BUS_IFACE_MANAGER, "Resolve", FALSE, KITHD_RULE_OBSERVE },
  { KITH_BUS_IFACE_MANAGER, "AddContact", FALSE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_CONTACT, "Forget", FALSE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_CONTACT, "Name", TRUE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_CONTACT, "Number", TRUE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_CONTACT, "Relay", TRUE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_MANAGER, "AddPhone", FALSE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_MANAGER, "ImportPhones", FALSE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_MANAGER, "AddTrunk", FALSE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_TRUNK, "Test", FALSE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_TRUNK, "Set", FALSE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_TRUNK, "SetPassword", FALSE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_TRUNK, "Remove", FALSE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_TRUNK, "Enabled", TRUE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_PHONE, "SetPassword", FALSE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_PHONE, "OpenSetup", FALSE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_PHONE, "Find", FALSE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_PHONE, "GiveSetup", FALSE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_PHONE, "Remove", FALSE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_PHONE, "Number", TRUE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_PHONE, "Class", TRUE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_PHONE, "Digest", TRUE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_BINDING, "Remove", FALSE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_MANAGER, "GetCallHistory", FALSE, KITHD_RULE_OBSERVE },
  { KITH_BUS_IFACE_MANAGER, "ClearCallHistory", FALSE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_MANAGER, "Explain", FALSE, KITHD_RULE_OBSERVE },
  { KITH_BUS_IFACE_MANAGER, "GetMetrics", FALSE, KITHD_RULE_OBSERVE },
  { KITH_BUS_IFACE_MANAGER, "Diagnose", FALSE, KITHD_RULE_OBSERVE },
  { KITH_BUS_IFACE_MANAGER, "Examine", FALSE, KITHD_RULE_OBSERVE },
  { KITH_BUS_IFACE_MANAGER, "RegisterAgent", FALSE, KITHD_RULE_CALL },
  { KITH_BUS_IFACE_MANAGER, "UnregisterAgent", FALSE, KITHD_RULE_CALL },
  { KITH_BUS_IFACE_MANAGER, "Stop", FALSE, KITHD_RULE_MANAGE },
  { KITH_BUS_IFACE_CALL, "Accept", FALSE, KITHD_RULE_CALL },
  { KITH_BUS_IFACE_CALL, "Reject", FALSE, KITHD_RULE_CALL },
  { KITH_BUS_IFACE_CALL, "Hangup", FALSE, KITHD_RULE_CALL },
  { KITH_BUS_IFACE_CALL_MEDIA, "GetStatistics", FALSE, KITHD_RULE_OBSERVE },
  { KITH_BUS_IFACE_CALL_MEDIA, "Muted", TRUE, KITHD_RULE_CALL },
  { "org.freedesktop.DBus.Properties", "Get", FALSE, KITHD_RULE_OBSERVE },
  { "org.freedesktop.DBus.Properties", "GetAll", FALSE, KITHD_RULE_OBSERVE },
  { "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", FALSE, KITHD_RULE_OBSERVE },
};

static void
sender_free (gpointer data)
{
  Sender *sender = data;

  g_queue_clear_full (&sender->waiting, g_free);
  g_free (sender);
}

static void
lookup_free (Lookup *lookup)
{
  g_free (lookup->name);
  g_free (lookup);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Lookup, lookup_free)

KithdBouncer *
kithd_bouncer_new (GDBusConnection *connection, gboolean system_bus)
{
  KithdBouncer *bouncer = g_new0 (KithdBouncer, 1);

  bouncer->connection = g_object_ref (connection);
  bouncer->cancellable = g_cancellable_new ();
  bouncer->senders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, sender_free);
  bouncer->system_bus = system_bus;
  bouncer->own_uid = getuid ();
  return bouncer;
}

/* Bounds the cache: whoever is known can be looked up again. */
static void
make_room (KithdBouncer *bouncer)
{
  GHashTableIter iter;
  gpointer data;

  if (g_hash_table_size (bouncer->senders) < MAX_SENDERS) {
    return;
  }
  g_hash_table_iter_init (&iter, bouncer->senders);
  while (g_hash_table_iter_next (&iter, NULL, &data)) {
    Sender *sender = data;
    if (sender->known) {
      g_dbus_connection_signal_unsubscribe (bouncer->connection, sender->watch);
      g_hash_table_iter_remove (&iter);
    }
  }
}

static void
refuse (KithError code, const char *why, KithdBouncerFunc func, gpointer user_data)
{
  g_autoptr (GError) error = g_error_new_literal (KITH_ERROR, (gint)code, why);

  func (error, user_data);
}

static void
answer (KithdBouncer *bouncer, guint32 uid, KithdBouncerFunc func, gpointer user_data)
{
  if (kithd_bouncer_uid_passes (bouncer->system_bus, bouncer->own_uid, uid)) {
    func (NULL, user_data);
    return;
  }
  kith_warning ("bus", "refused a request of user %u", uid);
  refuse (KITH_ERROR_NOT_AUTHORIZED,
          "This daemon serves the user who runs it, and you are another",
          func,
          user_data);
}

/* Takes the sender out of the table, so that verdicts may ask new questions. */
static void
drop_sender (KithdBouncer *bouncer, const char *name, const char *why)
{
  gpointer key = NULL;
  gpointer data = NULL;

  if (!g_hash_table_steal_extended (bouncer->senders, name, &key, &data)) {
    return;
  }
  g_autofree gchar *owned = key; /* @name may be this one */
  Sender *sender = data;
  g_dbus_connection_signal_unsubscribe (bouncer->connection, sender->watch);
  for (Question *q = g_queue_pop_head (&sender->waiting); q != NULL;
       q = g_queue_pop_head (&sender->waiting)) {
    refuse (KITH_ERROR_NOT_AUTHORIZED, why, q->func, q->user_data);
    g_free (q);
  }
  sender_free (sender);
}

static void
on_name_owner_changed (GDBusConnection *connection,
                       const gchar *from,
                       const gchar *path,
                       const gchar *interface,
                       const gchar *signal,
                       GVariant *parameters,
                       gpointer user_data)
{
  const char *name = NULL;
  const char *after = NULL;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sss)"))) {
    return;
  }
  g_variant_get (parameters, "(&s&s&s)", &name, NULL, &after);
  if (after[0] == '\0') {
    drop_sender (user_data, name, "The caller has left the bus");
  }
}

static void
on_user_told (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Lookup) lookup = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    return; /* the bouncer is gone */
  }
  KithdBouncer *bouncer = lookup->bouncer;
  Sender *sender = g_hash_table_lookup (bouncer->senders, lookup->name);
  if (sender == NULL) {
    return;
  }
  if (reply == NULL) {
    drop_sender (bouncer, lookup->name, "The bus does not say who you are");
    return;
  }
  g_variant_get (reply, "(u)", &sender->uid);
  guint32 uid = sender->uid;
  /* Known only when nobody waits any more, so that the order of one sender's requests stays. */
  while (sender != NULL && !g_queue_is_empty (&sender->waiting)) {
    g_autofree Question *q = g_queue_pop_head (&sender->waiting);
    answer (bouncer, uid, q->func, q->user_data);
    sender = g_hash_table_lookup (bouncer->senders, lookup->name);
  }
  if (sender != NULL) {
    sender->known = TRUE;
  }
}

static Sender *
ask_bus (KithdBouncer *bouncer, const char *name)
{
  make_room (bouncer);
  if (g_hash_table_size (bouncer->senders) >= MAX_SENDERS) {
    return NULL;
  }
  Sender *sender = g_new0 (Sender, 1);
  g_queue_init (&sender->waiting);
  sender->watch = g_dbus_connection_signal_subscribe (bouncer->connection,
                                                      "org.freedesktop.DBus",
                                                      "org.freedesktop.DBus",
                                                      "NameOwnerChanged",
                                                      "/org/freedesktop/DBus",
                                                      name,
                                                      G_DBUS_SIGNAL_FLAGS_NONE,
                                                      on_name_owner_changed,
                                                      bouncer,
                                                      NULL);
  g_hash_table_insert (bouncer->senders, g_strdup (name), sender);

  Lookup *lookup = g_new0 (Lookup, 1);
  lookup->bouncer = bouncer;
  lookup->name = g_strdup (name);
  g_dbus_connection_call (bouncer->connection,
                          "org.freedesktop.DBus",
                          "/org/freedesktop/DBus",
                          "org.freedesktop.DBus",
                          "GetConnectionUnixUser",
                          g_variant_new ("(s)", name),
                          G_VARIANT_TYPE ("(u)"),
                          G_DBUS_CALL_FLAGS_NONE,
                          LOOKUP_TIMEOUT_MS,
                          bouncer->cancellable,
                          on_user_told,
                          lookup);
  return sender;
}

void
kithd_bouncer_free (KithdBouncer *bouncer)
{
  g_autoptr (GList) names = NULL;

  g_cancellable_cancel (bouncer->cancellable);
  names = g_hash_table_get_keys (bouncer->senders);
  for (GList *l = names; l != NULL; l = l->next) {
    drop_sender (bouncer, l->data, "The daemon is leaving");
  }
  g_hash_table_unref (bouncer->senders);
  g_object_unref (bouncer->cancellable);
  g_object_unref (bouncer->connection);
  g_free (bouncer);
}

const KithdBouncerRow *
kithd_bouncer_find (const char *interface, const char *member, gboolean write)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (rows[i].write == write && strcmp (rows[i].interface, interface) == 0
        && strcmp (rows[i].member, member) == 0) {
      return &rows[i];
    }
  }
  return NULL;
}

gboolean
kithd_bouncer_uid_passes (gboolean system_bus, guint32 own_uid, guint32 uid)
{
  return uid == own_uid || (system_bus && uid == 0);
}

void
kithd_bouncer_check (KithdBouncer *bouncer,
                     const char *sender_name,
                     const KithdBouncerRow *row,
                     KithdBouncerFunc func,
                     gpointer user_data)
{
  if (row == NULL) {
    refuse (KITH_ERROR_NOT_AUTHORIZED, "No rule allows this request", func, user_data);
    return;
  }
  if (sender_name == NULL) {
    refuse (KITH_ERROR_NOT_AUTHORIZED,
            "Requests are taken over a message bus alone",
            func,
            user_data);
    return;
  }
  Sender *sender = g_hash_table_lookup (bouncer->senders, sender_name);
  if (sender != NULL && sender->known) {
    answer (bouncer, sender->uid, func, user_data);
    return;
  }
  if (sender == NULL) {
    sender = ask_bus (bouncer, sender_name);
  }
  if (sender == NULL || g_queue_get_length (&sender->waiting) >= MAX_WAITING) {
    refuse (KITH_ERROR_LIMIT_REACHED,
            "Too many requests wait: try again in a moment",
            func,
            user_data);
    return;
  }
  Question *question = g_new0 (Question, 1);
  question->func = func;
  question->user_data = user_data;
  g_queue_push_tail (&sender->waiting, question);
}
