/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies the facts of contacts to their skeletons, and what is asked to the contacts. */
#include "bus-contact.h"

#include <string.h>

#include "base/error.h"
#include "bus-reply.h"
#include "bus/names.h"

struct _KithdContacts {
  KithdTree *tree;
  KithdGuard *guard;
  KithNode *node;
  KithContacts *source; /* NULL: not attached */
  GHashTable *bound;    /* id → Bound */
};

/* One contact on the bus. */
typedef struct {
  KithdContacts *owner;
  guint id;
  gchar *path;
  KithBusContact *skeleton;
} Bound;

static void
bound_free (gpointer data)
{
  Bound *bound = data;

  kithd_guard_set_writer (bound->skeleton, NULL, NULL);
  g_signal_handlers_disconnect_by_data (bound->skeleton, bound);
  kithd_tree_remove (bound->owner->tree, bound->path);
  g_object_unref (bound->skeleton);
  g_free (bound->path);
  g_free (bound);
}

static void
copy_facts (Bound *bound, const KithContact *person)
{
  g_autofree gchar *name = kithd_bus_text (person->name);
  g_autofree gchar *key = kith_peer_key_to_text (&person->key);
  g_autofree gchar *full = kith_contact_full_address (person);
  g_autofree gchar *address = kithd_bus_text (full);

  g_object_set (bound->skeleton,
                "name",
                name,
                "number",
                person->number != NULL ? person->number : "",
                "key",
                key,
                "full-address",
                address,
                "relay",
                person->relay,
                "online",
                person->online,
                "relays-for-us",
                kith_relays_word (person->relays_for_us),
                "added-at",
                person->since * G_USEC_PER_SEC,
                "relayed-bytes",
                person->relayed,
                "relayed-today",
                kith_contacts_get_relayed_today (bound->owner->source, person),
                NULL);
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (bound->skeleton));
}

/* The contact, and what was bound to it, is gone by now. */
static void
on_forgotten (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  GError *error = NULL;

  if (kith_contacts_change_finish (KITH_CONTACTS (source), result, &error) != 0) {
    g_dbus_method_invocation_return_value (invocation, NULL);
  } else {
    kithd_reply_error (invocation, error);
  }
}

static gboolean
on_handle_forget (KithBusContact *skeleton, GDBusMethodInvocation *invocation, Bound *bound)
{
  kith_contacts_remove_async (bound->owner->source, bound->id, on_forgotten, invocation);
  return TRUE;
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  (void)kith_contacts_change_finish (KITH_CONTACTS (source), result, &error);
  kithd_write_answer (user_data, error);
}

static void
on_write (const char *property, GVariant *value, gpointer user_data, KithdWrite *write)
{
  Bound *bound = user_data;
  KithContacts *source = bound->owner->source;

  if (strcmp (property, "Relay") == 0) {
    kith_contacts_set_relay_async (source,
                                   bound->id,
                                   g_variant_get_boolean (value),
                                   on_written,
                                   write);
    return;
  }
  const char *name = g_variant_get_string (value, NULL); /* or number */
  if (strlen (name) > KITH_BUS_MAX_TEXT) {
    kithd_write_answer (write,
                        g_error_new_literal (KITH_ERROR,
                                             KITH_ERROR_INVALID_ADDRESS,
                                             "a name has at most 24 bytes"));
    return;
  }
  if (strcmp (property, "Number") == 0) {
    kith_contacts_set_number_async (source, bound->id, name, on_written, write);
    return;
  }
  kith_contacts_set_name_async (source, bound->id, name, on_written, write);
}

static void
on_added (KithContacts *source, const KithContact *person, KithdContacts *contacts)
{
  Bound *bound = g_new0 (Bound, 1);

  bound->owner = contacts;
  bound->id = person->id;
  bound->path = g_strdup_printf (KITH_BUS_CONTACT_PREFIX "%u", person->id);
  bound->skeleton = kithd_guard_contact_new (contacts->guard);
  kithd_guard_set_writer (bound->skeleton, on_write, bound);
  g_signal_connect (bound->skeleton, "handle-forget", G_CALLBACK (on_handle_forget), bound);
  copy_facts (bound, person);
  kithd_tree_add (contacts->tree, bound->path, bound->skeleton, NULL);
  g_hash_table_insert (contacts->bound, GUINT_TO_POINTER (person->id), bound);
}

static void
on_changed (KithContacts *source, const KithContact *person, KithdContacts *contacts)
{
  Bound *bound = g_hash_table_lookup (contacts->bound, GUINT_TO_POINTER (person->id));

  if (bound != NULL) {
    copy_facts (bound, person);
  }
}

static void
on_removed (KithContacts *source, const KithContact *person, KithdContacts *contacts)
{
  (void)g_hash_table_remove (contacts->bound, GUINT_TO_POINTER (person->id));
}

KithdContacts *
kithd_contacts_new (KithdTree *tree, KithdGuard *guard, KithNode *node)
{
  KithdContacts *contacts = g_new0 (KithdContacts, 1);

  contacts->tree = tree;
  contacts->guard = guard;
  contacts->node = node;
  contacts->bound = g_hash_table_new_full (NULL, NULL, NULL, bound_free);
  return contacts;
}

void
kithd_contacts_free (KithdContacts *contacts)
{
  if (contacts->source != NULL) {
    g_signal_handlers_disconnect_by_data (contacts->source, contacts);
  }
  g_hash_table_unref (contacts->bound);
  g_clear_object (&contacts->source);
  g_free (contacts);
}

void
kithd_contacts_attach (KithdContacts *contacts)
{
  KithContacts *source = kith_node_get_contacts (contacts->node);

  if (contacts->source != NULL || source == NULL) {
    return;
  }
  contacts->source = g_object_ref (source);
  g_autoptr (GPtrArray) people = kith_contacts_list (source);
  for (guint i = 0; i < people->len; i++) {
    on_added (source, people->pdata[i], contacts);
  }
  g_signal_connect (source, "added", G_CALLBACK (on_added), contacts);
  g_signal_connect (source, "changed", G_CALLBACK (on_changed), contacts);
  g_signal_connect (source, "removed", G_CALLBACK (on_removed), contacts);
}

const char *
kithd_contacts_get_path (KithdContacts *contacts, guint id)
{
  Bound *bound = g_hash_table_lookup (contacts->bound, GUINT_TO_POINTER (id));

  return bound != NULL ? bound->path : NULL;
}
