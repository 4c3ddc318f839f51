/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies the facts of trunks to skeletons, and what is asked to the trunks. */
#include "bus-trunk.h"

#include <string.h>

#include "../bus-reply.h"
#include "base/error.h"
#include "bus/names.h"

struct _KithdTrunks {
  KithdTree *tree;
  KithdGuard *guard;
  KithNode *node;
  KithTrunks *source; /* NULL: not attached */
  GHashTable *bound;  /* name → Bound */
};

/* One trunk on the bus. */
typedef struct {
  KithdTrunks *owner;
  gchar *name;
  gchar *path;
  KithBusTrunk *skeleton;
} Bound;

gchar *
kithd_trunk_path (const char *name)
{
  GString *path = g_string_new (KITH_BUS_TRUNK_PREFIX);

  for (const char *at = name; *at != '\0'; at++) {
    if (g_ascii_isalnum (*at)) {
      g_string_append_c (path, *at);
    } else {
      g_string_append_printf (path, "_%02x", (guint8)*at);
    }
  }
  return g_string_free (path, FALSE);
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

/* Facts */

/* "udp 192.0.2.7:5060", or "". (transfer full) */
static gchar *
registrar_text (const KithTrunkReport *report)
{
  g_autofree gchar *peer = report->peer.family != 0 ? kith_endpoint_to_text (&report->peer) : NULL;

  return peer != NULL ? g_strdup_printf ("%s %s", kith_sip_transport_word (report->transport), peer)
                      : g_strdup ("");
}

static GVariant *
list_settings (const KithTrunk *trunk)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  for (guint i = 0; kith_trunk_keys ()[i] != NULL; i++) {
    g_autofree gchar *value = kith_trunk_get (trunk, kith_trunk_keys ()[i]);
    g_autofree gchar *text = kithd_bus_text (value);
    g_variant_builder_add (&builder, "{ss}", kith_trunk_keys ()[i], text);
  }
  return g_variant_builder_end (&builder);
}

/* One property a key. */
static void
copy_settings (KithBusTrunk *skeleton, const KithTrunk *trunk)
{
  static const char *const keys[] = { "domain", "user",     "number",   "transport", "rings",
                                      "format", "identity", "prefixes", "allow",     "deny" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    g_autofree gchar *value = kith_trunk_get (trunk, keys[i]);
    g_autofree gchar *text = kithd_bus_text (value);
    g_object_set (skeleton, keys[i], text, NULL);
  }
  kith_bus_trunk_set_settings (skeleton, list_settings (trunk));
}

static void
copy_facts (Bound *bound, const KithTrunkEntry *entry)
{
  const KithTrunkReport *report = &entry->report;
  g_autofree gchar *detail = kithd_bus_text (report->text);
  g_autofree gchar *registrar = registrar_text (report);

  copy_settings (bound->skeleton, &entry->trunk);
  g_object_set (bound->skeleton,
                "name",
                entry->trunk.name,
                "enabled",
                entry->enabled,
                "state",
                kith_trunk_state_word (report->state),
                "state-reason",
                kith_trunk_reason_word (report->reason),
                "detail",
                detail,
                "state-since",
                entry->since_us,
                "registered-at",
                entry->registered_us,
                "expires-at",
                entry->expires_us,
                "retry-at",
                entry->retry_us,
                "last-status",
                (guint)report->status,
                "registrar",
                registrar,
                "targets",
                report->n_targets,
                "has-password",
                entry->has_password,
                "config-line",
                entry->line,
                NULL);
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (bound->skeleton));
}

/* Methods and writes */

static void
on_changed_for (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  GError *error = NULL;

  if (kith_trunks_change_finish (KITH_TRUNKS (source), result, &error)) {
    g_dbus_method_invocation_return_value (invocation, NULL);
  } else {
    kithd_reply_error (invocation, error);
  }
}

static gboolean
on_handle_remove (KithBusTrunk *skeleton, GDBusMethodInvocation *invocation, Bound *bound)
{
  kith_trunks_remove_async (bound->owner->source, bound->name, on_changed_for, invocation);
  return TRUE;
}

static gboolean
on_handle_set (KithBusTrunk *skeleton,
               GDBusMethodInvocation *invocation,
               GVariant *settings,
               Bound *bound)
{
  g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const KithTrunkWishes wishes = { .values = values };
  GVariantIter iter;
  gchar *key = NULL;
  gchar *value = NULL;

  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_next (&iter, "{ss}", &key, &value)) {
    g_hash_table_insert (values, key, value);
  }
  kith_trunks_set_async (bound->owner->source, bound->name, &wishes, on_changed_for, invocation);
  return TRUE;
}

static gboolean
on_handle_set_password (KithBusTrunk *skeleton,
                        GDBusMethodInvocation *invocation,
                        GUnixFDList *files,
                        GVariant *file,
                        Bound *bound)
{
  GError *error = NULL;
  gchar *password = kithd_trunk_read_password (files, g_variant_get_handle (file), &error);
  const KithTrunkWishes wishes = { .password = password };

  if (password == NULL) {
    kithd_reply_error (invocation, error);
    return TRUE;
  }
  kith_trunks_set_async (bound->owner->source, bound->name, &wishes, on_changed_for, invocation);
  explicit_bzero (password, strlen (password));
  g_free (password);
  return TRUE;
}

static void
on_tested (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  KithTrunkReport report;
  GError *error = NULL;
  GVariantDict facts;

  if (!kith_trunks_test_finish (KITH_TRUNKS (source), result, &report, &error)) {
    kithd_reply_error (invocation, error);
    return;
  }
  g_autofree gchar *detail = kithd_bus_text (report.text);
  g_autofree gchar *registrar = registrar_text (&report);
  g_variant_dict_init (&facts, NULL);
  g_variant_dict_insert (&facts, "state", "s", kith_trunk_state_word (report.state));
  g_variant_dict_insert (&facts, "reason", "s", kith_trunk_reason_word (report.reason));
  g_variant_dict_insert (&facts, "status", "u", (guint)report.status);
  g_variant_dict_insert (&facts, "registrar", "s", registrar);
  g_variant_dict_insert (&facts, "targets", "u", report.n_targets);
  g_variant_dict_insert (&facts, "detail", "s", detail);
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(@a{sv})", g_variant_dict_end (&facts)));
}

static gboolean
on_handle_test (KithBusTrunk *skeleton, GDBusMethodInvocation *invocation, Bound *bound)
{
  kith_trunks_test_async (bound->owner->source, bound->name, on_tested, invocation);
  return TRUE;
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  (void)kith_trunks_change_finish (KITH_TRUNKS (source), result, &error);
  kithd_write_answer (user_data, error);
}

/* Of "Enabled", which is the only one. */
static void
on_write (const char *property, GVariant *value, gpointer user_data, KithdWrite *write)
{
  Bound *bound = user_data;

  kith_trunks_enable_async (bound->owner->source,
                            bound->name,
                            g_variant_get_boolean (value),
                            on_written,
                            write);
}

/* What the trunks tell */

static void
on_added (KithTrunks *source, const KithTrunkEntry *entry, KithdTrunks *trunks)
{
  Bound *bound = g_new0 (Bound, 1);

  bound->owner = trunks;
  bound->name = g_strdup (entry->trunk.name);
  bound->path = kithd_trunk_path (entry->trunk.name);
  bound->skeleton = kithd_guard_trunk_new (trunks->guard);
  kithd_guard_set_writer (bound->skeleton, on_write, bound);
  g_object_connect (bound->skeleton,
                    "signal::handle-remove",
                    on_handle_remove,
                    bound,
                    "signal::handle-set",
                    on_handle_set,
                    bound,
                    "signal::handle-set-password",
                    on_handle_set_password,
                    bound,
                    "signal::handle-test",
                    on_handle_test,
                    bound,
                    NULL);
  copy_facts (bound, entry);
  kithd_tree_add (trunks->tree, bound->path, bound->skeleton, NULL);
  g_hash_table_insert (trunks->bound, bound->name, bound);
}

static void
on_changed (KithTrunks *source, const KithTrunkEntry *entry, KithdTrunks *trunks)
{
  Bound *bound = g_hash_table_lookup (trunks->bound, entry->trunk.name);

  if (bound != NULL) {
    copy_facts (bound, entry);
  }
}

static void
on_removed (KithTrunks *source, const KithTrunkEntry *entry, KithdTrunks *trunks)
{
  (void)g_hash_table_remove (trunks->bound, entry->trunk.name);
}

KithdTrunks *
kithd_trunks_new (KithdTree *tree, KithdGuard *guard, KithNode *node)
{
  KithdTrunks *trunks = g_new0 (KithdTrunks, 1);

  trunks->tree = tree;
  trunks->guard = guard;
  trunks->node = node;
  trunks->bound = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, bound_free);
  return trunks;
}

void
kithd_trunks_free (KithdTrunks *trunks)
{
  if (trunks->source != NULL) {
    g_signal_handlers_disconnect_by_data (trunks->source, trunks);
  }
  g_hash_table_unref (trunks->bound);
  g_clear_object (&trunks->source);
  g_free (trunks);
}

void
kithd_trunks_attach (KithdTrunks *trunks)
{
  KithTrunks *source = kith_node_get_trunks (trunks->node);

  if (trunks->source != NULL || source == NULL) {
    return;
  }
  trunks->source = g_object_ref (source);
  g_autoptr (GPtrArray) list = kith_trunks_list (source);
  for (guint i = 0; i < list->len; i++) {
    on_added (source, list->pdata[i], trunks);
  }
  g_object_connect (source,
                    "signal::added",
                    on_added,
                    trunks,
                    "signal::changed",
                    on_changed,
                    trunks,
                    "signal::removed",
                    on_removed,
                    trunks,
                    NULL);
}
