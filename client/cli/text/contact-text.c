/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contacts in words and as JSON. */
#include "cli/text/contact-text.h"

#include "cli/text/wrap-text.h"

#define AWAIT_MS 2000

gchar *
kith_contact_text_bytes (guint64 bytes)
{
  if (bytes < 1000) {
    return g_strdup_printf ("%" G_GUINT64_FORMAT " B", bytes);
  }
  if (bytes < 1000 * 1000) {
    return g_strdup_printf ("%.1f kB", (double)bytes / 1e3);
  }
  if (bytes < G_GUINT64_CONSTANT (1000000000)) {
    return g_strdup_printf ("%.1f MB", (double)bytes / 1e6);
  }
  return g_strdup_printf ("%.2f GB", (double)bytes / 1e9);
}

const char *
kith_contact_text_relays (KithBusContact *contact)
{
  const char *relays = kith_bus_contact_get_relays_for_us (contact);

  if (g_strcmp0 (relays, "yes") == 0) {
    return "relays for you";
  }
  if (g_strcmp0 (relays, "offers") == 0) {
    return "relays offers only";
  }
  return g_strcmp0 (relays, "no") == 0 ? "does not relay for you" : "";
}

static const char *
online_text (KithBusContact *contact)
{
  if (kith_bus_contact_get_online (contact)) {
    return "online";
  }
  return kith_bus_contact_get_relay (contact) ? "not linked" : "";
}

/* What they do beside our own relay on or off: it takes both. */
static const char *
in_turn_text (KithBusContact *contact)
{
  if (kith_bus_contact_get_relay (contact)) {
    return kith_contact_text_relays (contact);
  }
  return g_strcmp0 (kith_bus_contact_get_relays_for_us (contact), "yes") == 0
             ? "would relay for you, once you set relay on too"
             : "";
}

/* What is worth telling of a link and of relaying in a few words. */
static const char *
state_text (KithBusContact *contact)
{
  const char *relays = kith_contact_text_relays (contact);
  gboolean tells = kith_bus_contact_get_relay (contact) && kith_bus_contact_get_online (contact);

  return tells && *relays != '\0' ? relays : online_text (contact);
}

void
kith_contact_text_say (KithCli *cli, KithBusContact *contact)
{
  g_autofree gchar *name = kith_cli_safe (kith_bus_contact_get_name (contact));
  g_autofree gchar *since = kith_cli_clock_text (kith_bus_contact_get_added_at (contact));
  guint64 bytes = kith_bus_contact_get_relayed_bytes (contact);
  g_autofree gchar *all = kith_contact_text_bytes (bytes);
  g_autofree gchar *today = kith_contact_text_bytes (kith_bus_contact_get_relayed_today (contact));
  g_autofree gchar *relayed = g_strdup_printf ("%s, today %s", all, today);

  kith_cli_say ("%s%s%s  %s\n",
                kith_cli_colour (cli, KITH_COLOUR_STRONG),
                name,
                kith_cli_colour (cli, KITH_COLOUR_PLAIN),
                online_text (contact));
  kith_cli_field (cli, "number", kith_bus_contact_get_number (contact));
  kith_cli_field (cli, "address", kith_bus_contact_get_full_address (contact));
  kith_cli_field (cli, "key", kith_bus_contact_get_key (contact));
  kith_cli_field (cli,
                  "relay",
                  kith_bus_contact_get_relay (contact)
                      ? "on: you carry calls for each other, if they have set it too"
                      : "off");
  kith_cli_field (cli, "in turn", in_turn_text (contact));
  kith_cli_field (cli, "since", since);
  kith_cli_field (cli, "relayed", bytes > 0 ? relayed : "");
}

static guint
width_of (const char *text)
{
  return (guint)g_utf8_strlen (text, -1);
}

static void
say_line (KithCli *cli, KithBusContact *contact, guint name_width, guint state_width)
{
  g_autofree gchar *safe = kith_cli_safe (kith_bus_contact_get_name (contact));
  g_autofree gchar *name = kith_fit_text (safe, name_width);
  g_autofree gchar *state = kith_fit_text (state_text (contact), state_width);
  g_autofree gchar *address = kith_cli_safe (kith_bus_contact_get_full_address (contact));
  guint used = name_width + state_width + 9 + 3 * 2;
  guint columns = kith_terminal_columns ();
  g_autofree gchar *fitted
      = kith_fit_text (address, MIN (width_of (address), MAX (columns, used + 12) - used));

  kith_cli_say ("%s  %-9s  %s  %s\n",
                name,
                kith_bus_contact_get_relay (contact) ? "relay on" : "relay off",
                state,
                fitted);
}

void
kith_contact_text_list (KithCli *cli, GPtrArray *people)
{
  guint name_width = 4;
  guint state_width = 0;

  for (guint i = 0; i < people->len; i++) {
    KithBusContact *contact = kith_bus_object_peek_contact (people->pdata[i]);
    g_autofree gchar *name = kith_cli_safe (kith_bus_contact_get_name (contact));
    name_width = MAX (name_width, width_of (name));
    state_width = MAX (state_width, width_of (state_text (contact)));
  }
  for (guint i = 0; i < people->len; i++) {
    say_line (cli,
              kith_bus_object_peek_contact (people->pdata[i]),
              MIN (name_width, 24),
              state_width);
  }
}

void
kith_contact_text_json (KithJson *json, const char *key, KithBusObject *object)
{
  kith_json_open_object (json, key);
  kith_json_add_string (json, "path", g_dbus_object_get_object_path (G_DBUS_OBJECT (object)));
  kith_cli_json_properties (json, kith_bus_object_peek_contact (object));
  kith_json_close (json);
}

static gboolean
on_late (gpointer is_over)
{
  *(gboolean *)is_over = TRUE;
  return G_SOURCE_REMOVE;
}

void
kith_contact_text_await (KithCli *cli, KithBusContact *contact, int relay)
{
  gboolean is_over = FALSE;
  guint timer = g_timeout_add (AWAIT_MS, on_late, &is_over);

  while (!is_over && !kith_daemon_view_is_gone (cli->daemon) && relay >= 0
         && kith_bus_contact_get_relay (contact) != (relay == 1)) {
    g_main_context_iteration (NULL, TRUE);
  }
  if (!is_over) {
    g_source_remove (timer);
  }
}
