/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies the facts of phones and of their bindings to skeletons, and what is asked to the
   phones. */
#include "bus-phone.h"

#include <string.h>

#include "base/error.h"
#include "bus-phone-setup.h"
#include "bus-reply.h"
#include "bus/names.h"

struct _KithdPhones {
  KithdTree *tree;
  KithdGuard *guard;
  KithNode *node;
  KithPhones *source;    /* NULL: not attached */
  KithPhoneSetup *setup; /* as source */
  KithWatchers *watchers;
  GHashTable *bound;    /* name → Bound */
  GHashTable *bindings; /* id → BoundBinding */
};

/* One phone on the bus. */
typedef struct {
  KithdPhones *owner;
  gchar *name;
  gchar *path;
  KithBusPhone *skeleton;
} Bound;

/* One binding on the bus. */
typedef struct {
  KithdPhones *owner;
  guint id;
  gchar *path;
  KithBusBinding *skeleton;
} BoundBinding;

gchar *
kithd_phone_path (const char *name)
{
  GString *path = g_string_new (KITH_BUS_PHONE_PREFIX);

  for (const char *at = name; *at != '\0'; at++) {
    if (g_ascii_isalnum (*at)) {
      g_string_append_c (path, *at);
    } else {
      g_string_append_printf (path, "_%02x", (guint8)*at);
    }
  }
  return g_string_free (path, FALSE);
}

static gchar *
binding_path (const KithPhoneBinding *binding)
{
  g_autofree gchar *phone = kithd_phone_path (binding->phone);

  return g_strdup_printf ("%s/binding/%u", phone, binding->id);
}

static void
bound_free (gpointer data)
{
  Bound *bound = data;

  kithd_guard_set_writer (bound->skeleton, NULL, NULL);
  g_signal_handlers_disconnect_by_data (bound->skeleton, bound);
  kithd_tree_remove (bound->owner->tree, bound->path);
  g_object_unref (bound->skeleton);
  g_free (bound->path);
  g_free (bound->name);
  g_free (bound);
}

static void
bound_binding_free (gpointer data)
{
  BoundBinding *bound = data;

  g_signal_handlers_disconnect_by_data (bound->skeleton, bound);
  kithd_tree_remove (bound->owner->tree, bound->path);
  g_object_unref (bound->skeleton);
  g_free (bound->path);
  g_free (bound);
}

/* Facts */

/* What there is to say of its state beside the word. (transfer full) */
static gchar *
state_reason (const KithPhoneEntry *entry)
{
  if (entry->state == KITH_PHONE_WRONG_REALM) {
    return kithd_bus_text (entry->report.text);
  }
  return entry->state == KITH_PHONE_WRONG_PASSWORD && entry->report.source.family != 0
             ? kith_endpoint_to_text (&entry->report.source)
             : g_strdup ("");
}

static GStrv
list_bindings (const KithPhoneEntry *entry)
{
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();

  for (guint i = 0; i < entry->bindings->len; i++) {
    g_autofree gchar *path = binding_path (entry->bindings->pdata[i]);
    g_strv_builder_add (paths, path);
  }
  return g_strv_builder_end (paths);
}

static GStrv
list_watchers (KithdPhones *phones, const KithPhoneEntry *entry)
{
  return phones->watchers != NULL ? kith_watchers_list (phones->watchers, entry->phone.name)
                                  : g_new0 (gchar *, 1);
}

static void
copy_facts (Bound *bound, const KithPhoneEntry *entry)
{
  const gboolean is_heard = entry->report.event == KITH_PHONE_HEARD;
  g_autofree gchar *model = kithd_bus_text (entry->past.model);
  g_autofree gchar *reason = state_reason (entry);
  g_auto (GStrv) bindings = list_bindings (entry);
  g_auto (GStrv) watchers = list_watchers (bound->owner, entry);

  g_object_set (bound->skeleton,
                "name",
                entry->phone.name,
                "number",
                entry->phone.number,
                "class",
                kith_phone_class_word (entry->phone.rights),
                "digest",
                kith_phone_digest_word (entry->phone.digest),
                "digest-used",
                entry->past.learned != KITH_PHONE_DIGEST_AUTO
                    ? kith_phone_digest_word (entry->past.learned)
                    : "",
                "state",
                kith_phone_state_word (entry->state),
                "state-reason",
                reason,
                "state-since",
                entry->since_us,
                "round-trip",
                is_heard ? entry->report.round_trip_ms : 0,
                "transport",
                is_heard && entry->report.source.family != 0
                    ? kith_phone_transport_word (entry->report.transport)
                    : "",
                "model",
                model,
                "registered-at",
                entry->past.registered_s * G_USEC_PER_SEC,
                "added-at",
                entry->phone.since * G_USEC_PER_SEC,
                "config-line",
                entry->line,
                "bindings",
                bindings,
                "watchers",
                watchers,
                NULL);
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (bound->skeleton));
}

static void
copy_binding (KithBusBinding *skeleton, const KithPhoneBinding *binding)
{
  g_autofree gchar *contact = kithd_bus_text (binding->contact);
  g_autofree gchar *source = kith_endpoint_to_text (&binding->source);
  g_autofree gchar *instance = kithd_bus_text (binding->instance);
  g_autofree gchar *agent = kithd_bus_text (binding->user_agent);

  g_object_set (skeleton,
                "contact",
                contact,
                "source",
                source,
                "transport",
                kith_phone_transport_word (binding->transport),
                "encrypted",
                binding->transport == KITH_PHONE_TLS,
                "instance",
                instance,
                "expires",
                binding->expires_s * G_USEC_PER_SEC,
                "silent",
                binding->silent,
                "round-trip",
                binding->round_trip_ms,
                "last-seen",
                binding->heard_us,
                "user-agent",
                agent,
                NULL);
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (skeleton));
}

/* Methods and writes */

static void
on_changed_for (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  GError *error = NULL;

  if (kith_phones_change_finish (KITH_PHONES (source), result, NULL, NULL, &error)) {
    g_dbus_method_invocation_return_value (invocation, NULL);
  } else {
    kithd_reply_error (invocation, error);
  }
}

static gboolean
on_handle_remove (KithBusPhone *skeleton, GDBusMethodInvocation *invocation, Bound *bound)
{
  kith_phones_remove_async (bound->owner->source, bound->name, on_changed_for, invocation);
  return TRUE;
}

static void
on_new_password (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  gchar *password = NULL;
  GError *error = NULL;

  if (!kith_phones_change_finish (KITH_PHONES (source), result, NULL, &password, &error)) {
    kithd_reply_error (invocation, error);
    return;
  }
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(s)", password));
  explicit_bzero (password, strlen (password));
  g_free (password);
}

static gboolean
on_handle_set_password (KithBusPhone *skeleton, GDBusMethodInvocation *invocation, Bound *bound)
{
  kith_phones_set_password_async (bound->owner->source, bound->name, on_new_password, invocation);
  return TRUE;
}

/* OpenSetup waits for its new password. */
typedef struct {
  KithNode *node; /* owned */
  GDBusMethodInvocation *invocation;
  guint seconds;
} Opening;

static void
reply_opened (GDBusMethodInvocation *invocation,
              const char *name,
              const char *password,
              GVariant *setup)
{
  g_autoptr (GVariant) told = g_variant_ref_sink (setup);
  GVariantDict dict;

  g_variant_dict_init (&dict, told);
  g_variant_dict_insert (&dict, "password", "s", password);
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)));
}

static void
on_password_to_fetch (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Opening *opening = user_data;
  g_autofree gchar *name = NULL;
  gchar *password = NULL;
  GError *error = NULL;

  if (kith_phones_change_finish (KITH_PHONES (source), result, &name, &password, &error)) {
    kithd_setup_answer (opening->node,
                        opening->invocation,
                        name,
                        password,
                        opening->seconds,
                        reply_opened);
  } else {
    kithd_reply_error (opening->invocation, error);
  }
  g_object_unref (opening->node);
  g_free (opening);
}

static gboolean
on_handle_open_setup (KithBusPhone *skeleton,
                      GDBusMethodInvocation *invocation,
                      guint seconds,
                      Bound *bound)
{
  GError *error = NULL;

  if (!kithd_setup_check_seconds (seconds, &error)) {
    kithd_reply_error (invocation, error);
    return TRUE;
  }
  Opening *opening = g_new0 (Opening, 1);
  opening->node = g_object_ref (bound->owner->node);
  opening->invocation = invocation;
  opening->seconds = seconds;
  kith_phones_set_password_async (bound->owner->source, bound->name, on_password_to_fetch, opening);
  return TRUE;
}

static void
answer (GDBusMethodInvocation *invocation, gboolean ok, GError *error)
{
  if (ok) {
    g_dbus_method_invocation_return_value (invocation, NULL);
  } else {
    kithd_reply_error (invocation, error);
  }
}

static gboolean
on_handle_find (KithBusPhone *skeleton,
                GDBusMethodInvocation *invocation,
                guint seconds,
                Bound *bound)
{
  GError *error = NULL;
  const gboolean ok = kith_phone_setup_find (bound->owner->setup, bound->name, seconds, &error);

  answer (invocation, ok, error);
  return TRUE;
}

static gboolean
on_handle_give_setup (KithBusPhone *skeleton,
                      GDBusMethodInvocation *invocation,
                      guint id,
                      Bound *bound)
{
  GError *error = NULL;
  const gboolean ok = kith_phone_setup_give (bound->owner->setup, bound->name, id, &error);

  answer (invocation, ok, error);
  return TRUE;
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  (void)kith_phones_change_finish (KITH_PHONES (source), result, NULL, NULL, &error);
  kithd_write_answer (user_data, error);
}

static void
on_write (const char *property, GVariant *value, gpointer user_data, KithdWrite *write)
{
  Bound *bound = user_data;
  const char *text = g_variant_get_string (value, NULL);
  const KithPhoneWishes wishes = {
    .number = strcmp (property, "Number") == 0 ? text : NULL,
    .rights = strcmp (property, "Class") == 0 ? text : NULL,
    .digest = strcmp (property, "Digest") == 0 ? text : NULL,
  };

  kith_phones_set_async (bound->owner->source, bound->name, &wishes, on_written, write);
}

static gboolean
on_handle_end_binding (KithBusBinding *skeleton,
                       GDBusMethodInvocation *invocation,
                       BoundBinding *bound)
{
  kith_phones_end_binding (bound->owner->source, bound->id); /* @bound may be gone now */
  g_dbus_method_invocation_return_value (invocation, NULL);
  return TRUE;
}

/* What the phones tell */

static void
on_bound (KithPhones *source, const KithPhoneBinding *binding, KithdPhones *phones)
{
  BoundBinding *bound = g_hash_table_lookup (phones->bindings, GUINT_TO_POINTER (binding->id));

  if (bound != NULL) {
    copy_binding (bound->skeleton, binding);
    return;
  }
  bound = g_new0 (BoundBinding, 1);
  bound->owner = phones;
  bound->id = binding->id;
  bound->path = binding_path (binding);
  bound->skeleton = kithd_guard_binding_new (phones->guard);
  g_signal_connect (bound->skeleton, "handle-remove", G_CALLBACK (on_handle_end_binding), bound);
  copy_binding (bound->skeleton, binding);
  kithd_tree_add (phones->tree, bound->path, bound->skeleton, NULL);
  g_hash_table_insert (phones->bindings, GUINT_TO_POINTER (binding->id), bound);
}

static void
on_unbound (KithPhones *source, const KithPhoneBinding *binding, KithdPhones *phones)
{
  (void)g_hash_table_remove (phones->bindings, GUINT_TO_POINTER (binding->id));
}

static void
on_added (KithPhones *source, const KithPhoneEntry *entry, KithdPhones *phones)
{
  Bound *bound = g_new0 (Bound, 1);

  bound->owner = phones;
  bound->name = g_strdup (entry->phone.name);
  bound->path = kithd_phone_path (entry->phone.name);
  bound->skeleton = kithd_guard_phone_new (phones->guard);
  kithd_guard_set_writer (bound->skeleton, on_write, bound);
  g_object_connect (bound->skeleton,
                    "signal::handle-remove",
                    on_handle_remove,
                    bound,
                    "signal::handle-set-password",
                    on_handle_set_password,
                    bound,
                    "signal::handle-open-setup",
                    on_handle_open_setup,
                    bound,
                    "signal::handle-find",
                    on_handle_find,
                    bound,
                    "signal::handle-give-setup",
                    on_handle_give_setup,
                    bound,
                    NULL);
  copy_facts (bound, entry);
  kithd_tree_add (phones->tree, bound->path, bound->skeleton, NULL);
  g_hash_table_insert (phones->bound, bound->name, bound);
  for (guint i = 0; i < entry->bindings->len; i++) {
    on_bound (source, entry->bindings->pdata[i], phones);
  }
}

static void
on_changed (KithPhones *source, const KithPhoneEntry *entry, KithdPhones *phones)
{
  Bound *bound = g_hash_table_lookup (phones->bound, entry->phone.name);

  if (bound != NULL) {
    copy_facts (bound, entry);
  }
}

static void
on_watched (KithWatchers *watchers, const char *name, KithdPhones *phones)
{
  const KithPhoneEntry *entry = kith_phones_get (phones->source, name);

  if (entry != NULL) {
    on_changed (phones->source, entry, phones);
  }
}

static void
on_removed (KithPhones *source, const KithPhoneEntry *entry, KithdPhones *phones)
{
  (void)g_hash_table_remove (phones->bound, entry->phone.name);
}

static void
on_fetched (KithPhoneSetup *setup,
            const char *name,
            const char *agent,
            const char *mac,
            KithdPhones *phones)
{
  const Bound *bound = g_hash_table_lookup (phones->bound, name);

  if (bound != NULL) {
    kith_bus_phone_emit_fetched (bound->skeleton, agent, mac);
  }
}

static void
on_found (KithPhoneSetup *setup,
          const char *name,
          const KithSetupSeeker *seeker,
          KithdPhones *phones)
{
  const Bound *bound = g_hash_table_lookup (phones->bound, name);
  g_autofree gchar *source = kith_endpoint_to_text (&seeker->source);

  if (bound != NULL) {
    kith_bus_phone_emit_found (bound->skeleton,
                               seeker->id,
                               seeker->vendor,
                               seeker->model,
                               seeker->mac,
                               source);
  }
}

KithdPhones *
kithd_phones_new (KithdTree *tree, KithdGuard *guard, KithNode *node)
{
  KithdPhones *phones = g_new0 (KithdPhones, 1);

  phones->tree = tree;
  phones->guard = guard;
  phones->node = node;
  phones->bound = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, bound_free);
  phones->bindings = g_hash_table_new_full (NULL, NULL, NULL, bound_binding_free);
  return phones;
}

void
kithd_phones_free (KithdPhones *phones)
{
  if (phones->source != NULL) {
    g_signal_handlers_disconnect_by_data (phones->source, phones);
    g_signal_handlers_disconnect_by_data (phones->setup, phones);
  }
  if (phones->watchers != NULL) {
    g_signal_handlers_disconnect_by_data (phones->watchers, phones);
  }
  g_clear_object (&phones->watchers);
  g_hash_table_unref (phones->bindings);
  g_hash_table_unref (phones->bound);
  g_clear_object (&phones->source);
  g_clear_object (&phones->setup);
  g_free (phones);
}

void
kithd_phones_attach (KithdPhones *phones)
{
  KithPhones *source = kith_node_get_phones (phones->node);

  if (phones->source != NULL || source == NULL) {
    return;
  }
  phones->source = g_object_ref (source);
  if (kith_node_get_watchers (phones->node) != NULL) {
    phones->watchers = g_object_ref (kith_node_get_watchers (phones->node));
    g_signal_connect (phones->watchers, "changed", G_CALLBACK (on_watched), phones);
  }
  g_autoptr (GPtrArray) list = kith_phones_list (source);
  for (guint i = 0; i < list->len; i++) {
    on_added (source, list->pdata[i], phones);
  }
  g_object_connect (source,
                    "signal::added",
                    on_added,
                    phones,
                    "signal::changed",
                    on_changed,
                    phones,
                    "signal::removed",
                    on_removed,
                    phones,
                    "signal::bound",
                    on_bound,
                    phones,
                    "signal::unbound",
                    on_unbound,
                    phones,
                    NULL);
  phones->setup = g_object_ref (kith_node_get_phone_setup (phones->node));
  g_signal_connect (phones->setup, "fetched", G_CALLBACK (on_fetched), phones);
  g_signal_connect (phones->setup, "found", G_CALLBACK (on_found), phones);
}
