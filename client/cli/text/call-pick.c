/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the call that a CALL argument, or its absence, means. */
#include "cli/text/call-pick.h"

#include "bus/names.h"
#include "cli/verb.h"

guint
kith_cli_call_number (const char *path)
{
  guint64 number = 0;

  if (!g_str_has_prefix (path, KITH_BUS_CALL_PREFIX)
      || !g_ascii_string_to_unsigned (path + sizeof KITH_BUS_CALL_PREFIX - 1,
                                      10,
                                      1,
                                      G_MAXUINT,
                                      &number,
                                      NULL)) {
    return 0;
  }
  return (guint)number;
}

guint
kith_cli_parse_call (const char *text)
{
  g_autofree gchar *path = NULL;

  if (g_str_has_prefix (text, "call/")) {
    text += sizeof "call/" - 1;
  }
  if (*text == '/') {
    return kith_cli_call_number (text);
  }
  path = g_strconcat (KITH_BUS_CALL_PREFIX, text, NULL);
  return kith_cli_call_number (path);
}

static gboolean
fits (KithBusObject *object, KithPick pick)
{
  const char *state = kith_bus_call_get_state (kith_bus_object_peek_call (object));

  switch (pick) {
  case KITH_PICK_RINGING:
    return g_strcmp0 (state, "incoming") == 0;
  case KITH_PICK_LIVE:
    return g_strcmp0 (state, "ended") != 0;
  case KITH_PICK_ANY:
    return TRUE;
  }
  return FALSE;
}

static const char *
what (KithPick pick)
{
  switch (pick) {
  case KITH_PICK_RINGING:
    return "incoming call";
  case KITH_PICK_LIVE:
    return "live call";
  case KITH_PICK_ANY:
    return "call";
  }
  return "call";
}

static KithBusObject *
pick_number (KithCli *cli, GPtrArray *calls, const char *text, KithPick pick, int *code)
{
  guint number = kith_cli_parse_call (text);
  guint i;

  if (number == 0) {
    *code = kith_cli_complain (cli,
                               KITH_EXIT_USAGE,
                               "CALL is a number such as 3; `kith calls` lists them");
    return NULL;
  }
  for (i = 0; i < calls->len; i++) {
    KithBusObject *object = g_ptr_array_index (calls, i);

    if (kith_cli_call_number (g_dbus_object_get_object_path (G_DBUS_OBJECT (object))) != number) {
      continue;
    }
    if (!fits (object, pick)) {
      *code = kith_cli_complain (cli,
                                 KITH_EXIT_NONE,
                                 "call %u is no %s: it is %s",
                                 number,
                                 what (pick),
                                 kith_bus_call_get_state (kith_bus_object_peek_call (object)));
      return NULL;
    }
    return g_object_ref (object);
  }
  *code = kith_cli_complain (cli,
                             KITH_EXIT_NONE,
                             "there is no call %u; `kith calls` lists them",
                             number);
  return NULL;
}

static void
append_number (GString *list, KithBusObject *object)
{
  guint number = kith_cli_call_number (g_dbus_object_get_object_path (G_DBUS_OBJECT (object)));

  g_string_append_printf (list, "%s%u", list->len > 0 ? ", " : "", number);
}

static KithBusObject *
pick_only (KithCli *cli, GPtrArray *calls, KithPick pick, int *code)
{
  g_autoptr (GString) list = g_string_new (NULL);
  KithBusObject *found = NULL;
  guint n_found = 0;
  guint i;

  for (i = 0; i < calls->len; i++) {
    KithBusObject *object = g_ptr_array_index (calls, i);

    if (fits (object, pick == KITH_PICK_ANY ? KITH_PICK_LIVE : pick)) {
      append_number (list, object);
      found = object;
      n_found++;
    }
  }
  if (pick == KITH_PICK_ANY && n_found == 0 && calls->len > 0) {
    found = g_ptr_array_index (calls, calls->len - 1);
    n_found = 1;
  }
  if (n_found == 1) {
    return g_object_ref (found);
  }
  if (n_found == 0) {
    *code = kith_cli_complain (cli, KITH_EXIT_NONE, "there is no %s", what (pick));
  } else {
    *code = kith_cli_complain (cli,
                               KITH_EXIT_SEVERAL,
                               "which %s: %s? Name one: kith %s CALL",
                               what (pick),
                               list->str,
                               cli->verb->name);
  }
  return NULL;
}

KithBusObject *
kith_cli_pick_call (KithCli *cli, const char *text, KithPick pick, int *code)
{
  g_autoptr (GPtrArray) calls = kith_daemon_view_list_calls (cli->daemon);

  if (text != NULL) {
    return pick_number (cli, calls, text, pick, code);
  }
  return pick_only (cli, calls, pick, code);
}

gboolean
kith_cli_has_call (KithCli *cli, const char *text, guint *number)
{
  g_autoptr (GPtrArray) calls = kith_daemon_view_list_calls (cli->daemon);

  *number = text != NULL ? kith_cli_parse_call (text) : 0;
  for (guint i = 0; i < calls->len; i++) {
    const char *path = g_dbus_object_get_object_path (g_ptr_array_index (calls, i));
    if (kith_cli_call_number (path) == *number) {
      return TRUE;
    }
  }
  return *number == 0;
}
