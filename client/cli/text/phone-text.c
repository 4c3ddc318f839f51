/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phones in words and as JSON. */
#include "cli/text/phone-text.h"

#include <string.h>

#include "cli/text/wrap-text.h"

/* "192.168.1.40" of "192.168.1.40:5060", "2001:db8::7" of "[2001:db8::7]:5060". (transfer full) */
static gchar *
host_of (const char *source)
{
  const char *end = strrchr (source, ':');

  if (end == NULL) {
    return g_strdup (source);
  }
  return *source == '[' && end > source + 1 ? g_strndup (source + 1, (gsize)(end - source - 2))
                                            : g_strndup (source, (gsize)(end - source));
}

/* " since 14:20", or nothing when that is not known. (transfer full) */
static gchar *
since_text (KithBusPhone *phone)
{
  g_autofree gchar *clock = kith_cli_clock_text (kith_bus_phone_get_state_since (phone));

  return *clock != '\0' ? g_strconcat (" since ", clock, NULL) : g_strdup ("");
}

static gchar *
ok_text (KithBusPhone *phone)
{
  const guint ms = kith_bus_phone_get_round_trip (phone);
  const char *transport = kith_bus_phone_get_transport (phone);
  g_autofree gchar *time = ms > 0 ? g_strdup_printf (" %u ms", ms) : g_strdup ("");

  return g_strdup_printf ("ok%s%s%s", time, *transport != '\0' ? " " : "", transport);
}

gchar *
kith_phone_text_state (KithBusPhone *phone)
{
  const char *state = kith_bus_phone_get_state (phone);
  g_autofree gchar *since = since_text (phone);
  g_autofree gchar *reason = kith_cli_safe (kith_bus_phone_get_state_reason (phone));

  if (g_strcmp0 (state, "ok") == 0) {
    return ok_text (phone);
  }
  if (g_strcmp0 (state, "never") == 0) {
    return g_strdup ("never registered");
  }
  if (g_strcmp0 (state, "kept") == 0) {
    return g_strdup ("registered before the restart, not heard since");
  }
  if (g_strcmp0 (state, "gone") == 0) {
    return g_strconcat ("not registered", since, NULL);
  }
  if (g_strcmp0 (state, "wrong-password") == 0) {
    g_autofree gchar *host = host_of (reason);
    return g_strdup_printf ("wrong password%s (from %s)", since, host);
  }
  if (g_strcmp0 (state, "wrong-realm") == 0) {
    return g_strdup_printf ("wrong realm \"%s\"%s", reason, since);
  }
  return g_strconcat (state, since, NULL);
}

static guint
width_of (const char *text)
{
  return (guint)g_utf8_strlen (text, -1);
}

static KithColour
colour_of (KithBusPhone *phone)
{
  const char *state = kith_bus_phone_get_state (phone);

  return g_strcmp0 (state, "ok") == 0 ? KITH_COLOUR_GOOD
         : g_str_has_prefix (state, "wrong") || g_strcmp0 (state, "unreachable") == 0
             ? KITH_COLOUR_BAD
             : KITH_COLOUR_PLAIN;
}

void
kith_phone_text_list (KithCli *cli, GPtrArray *phones)
{
  guint name_width = 4;
  guint state_width = 0;

  for (guint i = 0; i < phones->len; i++) {
    KithBusPhone *phone = kith_bus_object_peek_phone (phones->pdata[i]);
    g_autofree gchar *state = kith_phone_text_state (phone);
    name_width = MAX (name_width, width_of (kith_bus_phone_get_name (phone)));
    state_width = MAX (state_width, width_of (state));
  }
  for (guint i = 0; i < phones->len; i++) {
    KithBusPhone *phone = kith_bus_object_peek_phone (phones->pdata[i]);
    g_autofree gchar *safe = kith_cli_safe (kith_bus_phone_get_name (phone));
    g_autofree gchar *name = kith_fit_text (safe, name_width);
    g_autofree gchar *words = kith_phone_text_state (phone);
    g_autofree gchar *state = kith_fit_text (words, state_width);
    const char *model = kith_bus_phone_get_model (phone);
    g_autofree gchar *shown = kith_cli_safe (model);

    kith_cli_say ("%s  %-6s  %-5s  %s%s%s%s%s\n",
                  name,
                  kith_bus_phone_get_number (phone),
                  kith_bus_phone_get_class (phone),
                  kith_cli_colour (cli, colour_of (phone)),
                  *model != '\0' ? state : words,
                  kith_cli_colour (cli, KITH_COLOUR_PLAIN),
                  *model != '\0' ? "  " : "",
                  *model != '\0' ? shown : "");
  }
}

/* "attic (dialog, presence), dect (dialog)". (transfer full) */
static gchar *
watchers_text (KithBusPhone *phone)
{
  const char *const *watchers = kith_bus_phone_get_watchers (phone);
  g_autoptr (GHashTable) told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GString *text = g_string_new (NULL);

  for (guint i = 0; watchers != NULL && watchers[i] != NULL; i++) {
    g_auto (GStrv) words = g_strsplit (watchers[i], " ", 2);
    if (g_strv_length (words) != 2 || !g_hash_table_add (told, g_strdup (words[0]))) {
      continue;
    }
    g_autofree gchar *name = kith_cli_safe (words[0]);
    g_string_append_printf (text, "%s%s (", text->len > 0 ? ", " : "", name);
    for (guint k = i, n = 0; watchers[k] != NULL; k++) {
      if (g_str_has_prefix (watchers[k], words[0]) && watchers[k][strlen (words[0])] == ' ') {
        g_autofree gchar *event = kith_cli_safe (watchers[k] + strlen (words[0]) + 1);
        g_string_append_printf (text, "%s%s", n++ > 0 ? ", " : "", event);
      }
    }
    g_string_append_c (text, ')');
  }
  return g_string_free (text, FALSE);
}

/* One place where it is registered. */
static void
say_binding (KithCli *cli, KithBusBinding *binding)
{
  g_autofree gchar *until = kith_cli_clock_text (kith_bus_binding_get_expires (binding));
  const guint ms = kith_bus_binding_get_round_trip (binding);
  g_autofree gchar *answer = kith_bus_binding_get_silent (binding) ? g_strdup (", no answer")
                             : ms > 0                              ? g_strdup_printf (", %u ms", ms)
                                                                   : g_strdup ("");
  g_autofree gchar *text = g_strdup_printf ("%s %s until %s%s, %s",
                                            kith_bus_binding_get_transport (binding),
                                            kith_bus_binding_get_source (binding),
                                            until,
                                            answer,
                                            kith_bus_binding_get_contact (binding));

  kith_cli_field (cli, "at", text);
}

/* The interface of the binding at @path, or NULL: it is gone. (transfer full) */
static KithBusBinding *
find_binding (KithCli *cli, const char *path)
{
  g_autoptr (GDBusInterface)
      interface = g_dbus_object_manager_get_interface (kith_daemon_view_get_objects (cli->daemon),
                                                       path,
                                                       "org.kith.Kith1.Binding");

  return interface != NULL ? KITH_BUS_BINDING (g_steal_pointer (&interface)) : NULL;
}

void
kith_phone_text_say (KithCli *cli, KithBusObject *object)
{
  KithBusPhone *phone = kith_bus_object_peek_phone (object);
  const char *const *bindings = kith_bus_phone_get_bindings (phone);
  const guint line = kith_bus_phone_get_config_line (phone);
  g_autofree gchar *name = kith_cli_safe (kith_bus_phone_get_name (phone));
  g_autofree gchar *state = kith_phone_text_state (phone);
  g_autofree gchar *registered = kith_cli_clock_text (kith_bus_phone_get_registered_at (phone));
  g_autofree gchar *added = kith_cli_clock_text (kith_bus_phone_get_added_at (phone));
  g_autofree gchar *place = line > 0 ? g_strdup_printf ("kith.conf, line %u", line) : NULL;

  kith_cli_say ("%s%s%s\n",
                kith_cli_colour (cli, KITH_COLOUR_STRONG),
                name,
                kith_cli_colour (cli, KITH_COLOUR_PLAIN));
  kith_cli_field (cli, "number", kith_bus_phone_get_number (phone));
  kith_cli_field (cli, "class", kith_bus_phone_get_class (phone));
  kith_cli_field (cli, "state", state);
  kith_cli_field (cli, "model", kith_bus_phone_get_model (phone));
  kith_cli_field (cli, "registered", registered);
  kith_cli_field (cli, "digest", kith_bus_phone_get_digest_used (phone));
  for (guint i = 0; bindings != NULL && bindings[i] != NULL; i++) {
    g_autoptr (KithBusBinding) binding = find_binding (cli, bindings[i]);
    if (binding != NULL) {
      say_binding (cli, binding);
    }
  }
  g_autofree gchar *watchers = watchers_text (phone);
  kith_cli_field (cli, "watched by", watchers);
  kith_cli_field (cli, "added", added);
  kith_cli_field (cli, "set in", place);
}

void
kith_phone_text_json (KithCli *cli, KithJson *json, const char *key, KithBusObject *object)
{
  KithBusPhone *phone = kith_bus_object_peek_phone (object);
  const char *const *bindings = kith_bus_phone_get_bindings (phone);

  kith_json_open_object (json, key);
  kith_json_add_string (json, "path", g_dbus_object_get_object_path (G_DBUS_OBJECT (object)));
  kith_cli_json_properties (json, phone);
  kith_json_open_array (json, "registrations");
  for (guint i = 0; bindings != NULL && bindings[i] != NULL; i++) {
    g_autoptr (KithBusBinding) binding = find_binding (cli, bindings[i]);
    if (binding != NULL) {
      kith_json_open_object (json, NULL);
      kith_cli_json_properties (json, binding);
      kith_json_close (json);
    }
  }
  kith_json_close (json);
  kith_json_close (json);
}
