/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith contact`: the people whom you keep, and who of them relays. */
#include <string.h>

#include "base/error.h"
#include "bus/names.h"
#include "cli/text/claimants.h"
#include "cli/text/contact-text.h"
#include "cli/verb.h"

/* The contact called @name, or whose full address or key it is. (transfer full), or NULL after
   having complained, with *@code. */
static KithBusObject *
pick (KithCli *cli, const char *name, int *code)
{
  g_autoptr (GPtrArray) people = kith_daemon_view_list_contacts (cli->daemon);
  g_autofree gchar *lower = g_utf8_validate (name, -1, NULL) ? g_utf8_strdown (name, -1) : NULL;
  g_autofree gchar *safe = kith_cli_safe (name);

  for (guint i = 0; i < people->len; i++) {
    KithBusContact *contact = kith_bus_object_peek_contact (people->pdata[i]);

    if (g_strcmp0 (kith_bus_contact_get_name (contact), name) == 0
        || g_strcmp0 (kith_bus_contact_get_name (contact), lower) == 0
        || g_strcmp0 (kith_bus_contact_get_full_address (contact), lower) == 0
        || g_strcmp0 (kith_bus_contact_get_key (contact), lower) == 0) {
      return g_object_ref (people->pdata[i]);
    }
  }
  *code = kith_cli_complain (cli,
                             KITH_EXIT_NONE,
                             "%s is no contact; `kith contact list` shows all",
                             safe);
  return NULL;
}

/* The result as JSON or as text. */
static void
show (KithCli *cli, KithBusObject *object)
{
  KithBusContact *contact = kith_bus_object_peek_contact (object);

  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_contact_text_json (json, NULL, object);
    kith_cli_put_json (json);
  } else {
    kith_contact_text_say (cli, contact);
  }
}

/* on: 1, off: 0, not given: -1; FALSE after having complained. */
static gboolean
read_relay (KithCli *cli, const char *text, int *relay)
{
  *relay = text == NULL ? -1 : g_str_equal (text, "on") || *text == '\0';
  if (text != NULL && !*relay && !g_str_equal (text, "off")) {
    kith_cli_complain (cli, KITH_EXIT_USAGE, "--relay takes on or off");
    return FALSE;
  }
  return TRUE;
}

static GVariant *
add_options (const char *name, int relay)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (name != NULL) {
    g_variant_dict_insert (&dict, "name", "s", name);
  }
  if (relay == 1) {
    g_variant_dict_insert (&dict, "relay", "b", TRUE);
  }
  return g_variant_dict_end (&dict);
}

/* Who it could be is shown with the evidence for each, so that the full address can be chosen. */
static int
explain (KithCli *cli, const char *address, const GError *error)
{
  gboolean is_untrusted = g_error_matches (error, KITH_ERROR, KITH_ERROR_UNTRUSTED);
  gboolean is_ambiguous = g_error_matches (error, KITH_ERROR, KITH_ERROR_AMBIGUOUS);
  g_autoptr (GVariant) found = cli->is_json && (is_untrusted || is_ambiguous)
                                   ? kith_cli_find_claimants (cli, address, NULL)
                                   : NULL;
  int code = kith_cli_fail_with (cli, error, "candidates", found);

  if (!cli->is_json && (is_untrusted || is_ambiguous)) {
    (void)kith_cli_show_claimants (cli, address, NULL);
  }
  return is_untrusted ? KITH_EXIT_UNPROVED : code;
}

static int
add (KithCli *cli, const char *address, int relay)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (KithBusObject) object = NULL;
  const char *path = NULL;

  reply = kith_cli_invoke (
      cli,
      kith_daemon_view_get_manager (cli->daemon),
      "AddContact",
      g_variant_new ("(s@a{sv})", address, add_options (kith_cli_option (cli, "name"), relay)),
      &error);
  if (reply == NULL) {
    return explain (cli, address, error);
  }
  g_variant_get (reply, "(&o)", &path);
  object = kith_daemon_view_wait_object (cli->daemon, path, &error);
  if (object == NULL) {
    return kith_cli_fail (cli, error);
  }
  show (cli, object);
  return KITH_EXIT_OK;
}

static int
list (KithCli *cli)
{
  g_autoptr (GPtrArray) people = kith_daemon_view_list_contacts (cli->daemon);

  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_json_open_array (json, "contacts");
    for (guint i = 0; i < people->len; i++) {
      kith_contact_text_json (json, NULL, people->pdata[i]);
    }
    kith_json_close (json);
    kith_cli_put_json (json);
    return KITH_EXIT_OK;
  }
  kith_contact_text_list (cli, people);
  if (people->len == 0) {
    kith_cli_say ("No contacts: `kith contact add ADDRESS` adds one.\n");
  }
  return KITH_EXIT_OK;
}

/* Returns the exit code. */
static int
write_property (KithCli *cli, KithBusContact *contact, const char *property, GVariant *value)
{
  g_autoptr (GError) error = NULL;

  return kith_daemon_view_set_property (cli->daemon, contact, property, value, &error)
             ? KITH_EXIT_OK
             : kith_cli_fail (cli, error);
}

static int
set (KithCli *cli, const char *name, int relay)
{
  int code = KITH_EXIT_OK;
  const char *new_name = kith_cli_option (cli, "name");
  const char *number = kith_cli_option (cli, "number");
  g_autoptr (KithBusObject) object = NULL;

  if (relay < 0 && new_name == NULL && number == NULL) {
    return kith_cli_complain (cli,
                              KITH_EXIT_USAGE,
                              "what is to be set? --relay on|off, --name NAME, or --number NUMBER");
  }
  object = pick (cli, name, &code);
  if (object == NULL) {
    return code;
  }
  KithBusContact *contact = kith_bus_object_peek_contact (object);
  if (new_name != NULL) {
    code = write_property (cli, contact, "Name", g_variant_new_string (new_name));
  }
  if (code == KITH_EXIT_OK && number != NULL) {
    gboolean none = g_str_equal (number, "none");
    code = write_property (cli, contact, "Number", g_variant_new_string (none ? "" : number));
  }
  if (code == KITH_EXIT_OK && relay >= 0) {
    code = write_property (cli, contact, "Relay", g_variant_new_boolean (relay == 1));
  }
  if (code != KITH_EXIT_OK) {
    return code;
  }
  kith_contact_text_await (cli, contact, relay);
  show (cli, object);
  return KITH_EXIT_OK;
}

static int
remove_one (KithCli *cli, const char *name)
{
  int code = KITH_EXIT_OK;
  g_autoptr (KithBusObject) object = pick (cli, name, &code);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;

  if (object == NULL) {
    return code;
  }
  g_autofree gchar *safe
      = kith_cli_safe (kith_bus_contact_get_name (kith_bus_object_peek_contact (object)));
  reply = kith_cli_invoke (cli, kith_bus_object_peek_contact (object), "Forget", NULL, &error);
  if (reply == NULL) {
    return kith_cli_fail (cli, error);
  }
  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_json_add_string (json, "removed", safe);
    kith_cli_put_json (json);
  } else {
    kith_cli_say ("%s is no contact any more.\n", safe);
  }
  return KITH_EXIT_OK;
}

typedef enum { ACT_ADD, ACT_LIST, ACT_SET, ACT_REMOVE, ACT_NONE } Act;

static Act
parse_act (const char *word)
{
  static const char *const words[]
      = { [ACT_ADD] = "add", [ACT_LIST] = "list", [ACT_SET] = "set", [ACT_REMOVE] = "remove" };

  for (guint i = 0; word != NULL && i < G_N_ELEMENTS (words); i++) {
    if (g_str_equal (words[i], word)) {
      return (Act)i;
    }
  }
  return word == NULL ? ACT_LIST : ACT_NONE;
}

static int
run (KithCli *cli)
{
  Act act = parse_act (kith_cli_argument (cli, 0));
  const char *who = kith_cli_argument (cli, 1);
  int relay = -1;

  if (act == ACT_LIST && who != NULL) {
    return kith_cli_complain (cli,
                              KITH_EXIT_USAGE,
                              "kith contact list takes no name: it shows all");
  }
  if (act == ACT_NONE || (act != ACT_LIST && who == NULL)) {
    return kith_cli_complain (
        cli,
        KITH_EXIT_USAGE,
        "one of: kith contact add ADDRESS, list, set NAME --relay on|off, remove NAME");
  }
  if (!read_relay (cli, kith_cli_option (cli, "relay"), &relay)) {
    return KITH_EXIT_USAGE;
  }
  if (!kith_cli_connect (cli, TRUE)) {
    return KITH_EXIT_NO_DAEMON;
  }
  switch (act) {
  case ACT_ADD:
    return add (cli, who, relay);
  case ACT_SET:
    return set (cli, who, relay);
  case ACT_REMOVE:
    return remove_one (cli, who);
  case ACT_LIST:
  case ACT_NONE:
    break;
  }
  return list (cli);
}

static const KithOption options[] = {
  { "relay",
    "[on|off]",
    "add, set: whether they may relay for you and you relay for them (off unless given)" },
  { "name", "NAME", "add, set: what you call them" },
  { "number", "NUMBER", "set: by which your phones dial them (2 to 6 digits; none: no more)" },
  { NULL, NULL, NULL },
};

static const KithPairing pairings[] = {
  { "relay", "add set", NULL },
  { "name", "add set", NULL },
  { "number", "set", NULL },
  { NULL, NULL, NULL },
};

static const char *const members[] = { "Manager.AddContact",
                                       "Contact.Forget",
                                       "Contact.Name",
                                       "Contact.Key",
                                       "Contact.FullAddress",
                                       "Contact.Relay",
                                       "Contact.Online",
                                       "Contact.RelaysForUs",
                                       "Contact.AddedAt",
                                       "Contact.RelayedBytes",
                                       "Contact.RelayedToday",
                                       "Contact.Number",
                                       NULL };

const KithVerb kith_verb_contact = {
  .name = "contact",
  .arguments = "[add|list|set|remove] [WHO]",
  .summary = "Keep people under a name, and choose who of them relays",
  .details
  = "add ADDRESS looks it up and keeps who it is; it must mean exactly one person who is proved or "
    "known,\nelse the exit code is that of `kith resolve`. From then on the name means this "
    "person and nobody else.\nWith --relay on they are a friend: you keep a link to each "
    "other, carry calls between common friends\nthat find no other way, and need no server for "
    "it. What is carried cannot be listened to.\nlist shows all, set NAME changes one, remove "
    "NAME forgets one.",
  .max_args = 2,
  .options = options,
  .pairings = pairings,
  .members = members,
  .exits = "3 4 5",
  .run = run,
};
