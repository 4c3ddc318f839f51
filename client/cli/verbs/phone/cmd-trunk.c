/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith trunk`: our accounts at conventional SIP registrars. */
#include <string.h>
#include <unistd.h>

#include "cli/text/trunk-text.h"
#include "cli/verb.h"

#define FIRST_S 15

/* Options that are keys of [trunk NAME] in kith.conf. */
static const char *const keys[]
    = { "domain",      "user",  "number", "proxy",     "transport", "ca",      "pin",
        "accept-from", "hold",  "rings",  "format",    "identity",  "country", "area",
        "prefixes",    "allow", "deny",   "max-calls", NULL };

/* The trunk called @name. (transfer full), or NULL after having complained, with *@code. */
static KithBusObject *
pick (KithCli *cli, const char *name, int *code)
{
  g_autoptr (GPtrArray) trunks = kith_daemon_view_list_trunks (cli->daemon);
  g_autofree gchar *safe = kith_cli_safe (name);

  for (guint i = 0; i < trunks->len; i++) {
    KithBusTrunk *trunk = kith_bus_object_peek_trunk (trunks->pdata[i]);

    if (g_strcmp0 (kith_bus_trunk_get_name (trunk), name) == 0) {
      return g_object_ref (trunks->pdata[i]);
    }
  }
  *code = kith_cli_complain (cli,
                             KITH_EXIT_NONE,
                             "There is no trunk %s: `kith trunk list` shows all",
                             safe);
  return NULL;
}

/* Showing */

static void
put_trunk (KithJson *json, const char *key, KithBusObject *object)
{
  kith_json_open_object (json, key);
  kith_json_add_string (json, "path", g_dbus_object_get_object_path (G_DBUS_OBJECT (object)));
  kith_cli_json_properties (json, kith_bus_object_peek_trunk (object));
  kith_json_close (json);
}

static int
list (KithCli *cli)
{
  g_autoptr (GPtrArray) trunks = kith_daemon_view_list_trunks (cli->daemon);

  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_json_open_array (json, "trunks");
    for (guint i = 0; i < trunks->len; i++) {
      put_trunk (json, NULL, trunks->pdata[i]);
    }
    kith_json_close (json);
    kith_cli_put_json (json);
    return KITH_EXIT_OK;
  }
  kith_trunk_text_list (cli, trunks);
  if (trunks->len == 0) {
    kith_cli_say ("No trunks: `kith trunk add home --domain D --user U` adds one.\n");
  }
  return KITH_EXIT_OK;
}

static int
show (KithCli *cli, KithBusObject *object)
{
  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    put_trunk (json, NULL, object);
    kith_cli_put_json (json);
  } else {
    kith_trunk_text_say (cli, kith_bus_object_peek_trunk (object));
  }
  return KITH_EXIT_OK;
}

/* Testing */

/* What a test found, line by line. Returns the exit code. */
static int
say_test (KithCli *cli, KithBusTrunk *trunk, GVariant *facts)
{
  const char *state = "", *reason = "", *registrar = "", *detail = "";
  guint32 status = 0, targets = 0;

  (void)g_variant_lookup (facts, "state", "&s", &state);
  (void)g_variant_lookup (facts, "reason", "&s", &reason);
  (void)g_variant_lookup (facts, "registrar", "&s", &registrar);
  (void)g_variant_lookup (facts, "detail", "&s", &detail);
  (void)g_variant_lookup (facts, "status", "u", &status);
  (void)g_variant_lookup (facts, "targets", "u", &targets);
  const gboolean is_good = g_str_equal (state, "registered");
  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_json_add_string (json, "trunk", kith_bus_trunk_get_name (trunk));
    kith_json_add_variant (json, "facts", facts);
    kith_cli_put_json (json);
    return is_good ? KITH_EXIT_OK : KITH_EXIT_FAILED;
  }
  g_autofree gchar *remedy = kith_trunk_text_remedy (kith_bus_trunk_get_name (trunk),
                                                     reason,
                                                     kith_bus_trunk_get_domain (trunk),
                                                     status,
                                                     detail);
  g_autofree gchar *safe = kith_cli_safe (remedy);
  g_autofree gchar *where = kith_cli_safe (registrar);
  if (targets > 0) {
    kith_cli_say ("DNS: ok (%u %s)\n", targets, targets == 1 ? "target" : "targets");
    kith_cli_say ("registrar: %s\n", where);
  }
  if (is_good) {
    kith_cli_say ("registered\n");
    return KITH_EXIT_OK;
  }
  if (*remedy != '\0') {
    kith_cli_say ("%s\n", safe);
  } else {
    kith_cli_say ("still %s: it is tried on\n", state);
  }
  return KITH_EXIT_FAILED;
}

static int
test (KithCli *cli, KithBusObject *object)
{
  KithBusTrunk *trunk = kith_bus_object_peek_trunk (object);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) facts = NULL;
  g_autoptr (GVariant) reply = kith_cli_invoke (cli, trunk, "Test", NULL, &error);

  if (reply == NULL) {
    return kith_cli_fail (cli, error);
  }
  g_variant_get (reply, "(@a{sv})", &facts);
  return say_test (cli, trunk, facts);
}

/* The value of an option that is a key; a file is named from here, kithd is elsewhere. (transfer
   full), NULL: it was not given. */
static gchar *
value_of (KithCli *cli, const char *key)
{
  const char *value = kith_cli_option (cli, key);

  return value != NULL && *value != '\0' && strcmp (key, "ca") == 0
             ? g_canonicalize_filename (value, NULL)
             : g_strdup (value);
}

/* Adding */

static gboolean
on_late (gpointer is_over)
{
  *(gboolean *)is_over = TRUE;
  return G_SOURCE_REMOVE;
}

/* Waits for what becomes of its first registration, which nobody has to ask for: a password that is
   wrong is sent once. Returns the exit code. */
static int
await_first (KithCli *cli, KithBusTrunk *trunk)
{
  static const char *const ends[] = { "registered", "failed", NULL };
  gboolean is_over = FALSE;
  const guint timer = g_timeout_add_seconds (FIRST_S, on_late, &is_over);
  GVariantDict facts;

  while (!is_over && !kith_daemon_view_is_gone (cli->daemon)
         && !g_strv_contains (ends, kith_bus_trunk_get_state (trunk))) {
    g_main_context_iteration (NULL, TRUE);
  }
  if (!is_over) {
    g_source_remove (timer);
  }
  g_variant_dict_init (&facts, NULL);
  g_variant_dict_insert (&facts, "state", "s", kith_bus_trunk_get_state (trunk));
  g_variant_dict_insert (&facts, "reason", "s", kith_bus_trunk_get_state_reason (trunk));
  g_variant_dict_insert (&facts, "status", "u", kith_bus_trunk_get_last_status (trunk));
  g_variant_dict_insert (&facts, "registrar", "s", kith_bus_trunk_get_registrar (trunk));
  g_variant_dict_insert (&facts, "targets", "u", kith_bus_trunk_get_targets (trunk));
  g_variant_dict_insert (&facts, "detail", "s", kith_bus_trunk_get_detail (trunk));
  g_autoptr (GVariant) found = g_variant_ref_sink (g_variant_dict_end (&facts));
  return say_test (cli, trunk, found);
}

/* @fd: of the password; -2: none. */
static GVariant *
add_options (KithCli *cli, int fd)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  for (guint i = 0; keys[i] != NULL; i++) {
    g_autofree gchar *value = value_of (cli, keys[i]);
    if (value != NULL) {
      g_variant_dict_insert (&dict, keys[i], "s", value);
    }
  }
  if (fd >= 0) {
    g_variant_dict_insert (&dict, "password", "h", 0);
  }
  return g_variant_dict_end (&dict);
}

static int
add (KithCli *cli, const char *name)
{
  g_autoptr (GError) error = NULL;
  const char *path = NULL;
  int code = KITH_EXIT_OK;
  const int fd = kith_trunk_text_password (cli, TRUE, &code);

  if (fd == -1) {
    return code;
  }
  KithBusManager *manager = kith_daemon_view_get_manager (cli->daemon);
  GVariant *parameters = g_variant_new ("(s@a{sv})", name, add_options (cli, fd));
  g_autoptr (GVariant) reply = fd >= 0
                                   ? kith_daemon_view_invoke_file (cli->daemon,
                                                                   manager,
                                                                   "AddTrunk",
                                                                   parameters,
                                                                   fd,
                                                                   &error)
                                   : kith_cli_invoke (cli, manager, "AddTrunk", parameters, &error);
  if (fd >= 0) {
    (void)close (fd);
  }
  if (reply == NULL) {
    return kith_cli_fail (cli, error);
  }
  g_variant_get (reply, "(&o)", &path);
  g_autoptr (KithBusObject) object = kith_daemon_view_wait_object (cli->daemon, path, &error);
  if (object == NULL) {
    return kith_cli_fail (cli, error);
  }
  if (!cli->is_json) {
    g_autofree gchar *safe = kith_cli_safe (name);
    kith_cli_say ("%s is kept.\n", safe);
  }
  return await_first (cli, kith_bus_object_peek_trunk (object));
}

/* Changing */

static gboolean
set_values (KithCli *cli, KithBusTrunk *trunk, gboolean *is_any, GError **error)
{
  GVariantBuilder builder;
  guint n = 0;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  for (guint i = 0; keys[i] != NULL; i++) {
    g_autofree gchar *value = value_of (cli, keys[i]);
    if (value != NULL) {
      g_variant_builder_add (&builder, "{ss}", keys[i], value);
      n++;
    }
  }
  g_autoptr (GVariant) settings = g_variant_ref_sink (g_variant_builder_end (&builder));
  *is_any = n > 0;
  if (n == 0) {
    return TRUE;
  }
  g_autoptr (GVariant) reply
      = kith_cli_invoke (cli, trunk, "Set", g_variant_new ("(@a{ss})", settings), error);
  return reply != NULL;
}

static int
set_password (KithCli *cli, KithBusTrunk *trunk)
{
  g_autoptr (GError) error = NULL;
  int code = KITH_EXIT_OK;
  const int fd = kith_trunk_text_password (cli, FALSE, &code);

  if (fd < 0) {
    return fd == -1 ? code
                    : kith_cli_complain (cli, KITH_EXIT_FAILED, "there is no password on stdin");
  }
  g_autoptr (GVariant) reply = kith_daemon_view_invoke_file (cli->daemon,
                                                             trunk,
                                                             "SetPassword",
                                                             g_variant_new ("(h)", 0),
                                                             fd,
                                                             &error);
  (void)close (fd);
  return reply != NULL ? KITH_EXIT_OK : kith_cli_fail (cli, error);
}

static int
set (KithCli *cli, KithBusObject *object)
{
  KithBusTrunk *trunk = kith_bus_object_peek_trunk (object);
  const gboolean on = kith_cli_option (cli, "on") != NULL;
  const gboolean off = kith_cli_option (cli, "off") != NULL;
  const gboolean password = kith_cli_option (cli, "password-file") != NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_any = FALSE;

  if (!set_values (cli, trunk, &is_any, &error)) {
    return kith_cli_fail (cli, error);
  }
  if (password) {
    const int code = set_password (cli, trunk);
    if (code != KITH_EXIT_OK) {
      return code;
    }
  }
  if ((on || off)
      && !kith_daemon_view_set_property (cli->daemon,
                                         trunk,
                                         "Enabled",
                                         g_variant_new_boolean (on),
                                         &error)) {
    return kith_cli_fail (cli, error);
  }
  return is_any || password || on || off
             ? show (cli, object)
             : kith_cli_complain (cli,
                                  KITH_EXIT_USAGE,
                                  "what is to be set? See `kith help trunk` for the options");
}

static int
remove_one (KithCli *cli, KithBusObject *object)
{
  KithBusTrunk *trunk = kith_bus_object_peek_trunk (object);
  g_autofree gchar *name = kith_cli_safe (kith_bus_trunk_get_name (trunk));
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = kith_cli_invoke (cli, trunk, "Remove", NULL, &error);

  if (reply == NULL) {
    return kith_cli_fail (cli, error);
  }
  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_json_add_string (json, "removed", name);
    kith_cli_put_json (json);
  } else {
    kith_cli_say ("%s is no trunk of yours any more.\n", name);
  }
  return KITH_EXIT_OK;
}

typedef struct {
  const char *word;
  int (*act) (KithCli *cli, KithBusObject *trunk); /* NULL: see run() */
} Act;

static const Act acts[] = {
  { "list", NULL }, { "add", NULL },          { "show", show },
  { "set", set },   { "remove", remove_one }, { "test", test },
};

static const Act *
parse_act (const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (acts); i++) {
    if (word == NULL || g_str_equal (acts[i].word, word)) {
      return &acts[i];
    }
  }
  return NULL;
}

static int
run (KithCli *cli)
{
  const Act *act = parse_act (kith_cli_argument (cli, 0));
  const char *which = kith_cli_argument (cli, 1);
  int code = KITH_EXIT_OK;

  if (act == NULL || (act == acts) != (which == NULL)) {
    return kith_cli_complain (cli,
                              KITH_EXIT_USAGE,
                              act == acts ? "kith trunk list takes no name: it shows all"
                                          : "one of: kith trunk list, add NAME --domain D --user "
                                            "U, show NAME, set NAME, test NAME, remove NAME");
  }
  if (!kith_cli_connect (cli, TRUE)) {
    return KITH_EXIT_NO_DAEMON;
  }
  if (act == acts) {
    return list (cli);
  }
  if (act->act == NULL) {
    return add (cli, which);
  }
  g_autoptr (KithBusObject) trunk = pick (cli, which, &code);
  return trunk != NULL ? act->act (cli, trunk) : code;
}

static const KithOption options[] = {
  { "domain", "DOMAIN", "add, set: the provider's domain, with or without a port" },
  { "user", "USER", "add, set: the account there" },
  { "password-file", "FILE", "add, set: a file with the password as its first line, - for stdin" },
  { "number", "NUMBER", "add, set: our number there, with its country: +4930123456" },
  { "proxy", "HOST", "add, set: the outbound proxy, if there is one" },
  { "transport", "WORD", "add, set: auto, udp, tcp or tls" },
  { "ca", "FILE", "add, set: certificates to trust in the place of the system's" },
  { "pin", "SHA256", "add, set: the SHA-256 of the one certificate to trust, or of its key" },
  { "accept-from", "LIST", "add, set: addresses that its calls come from, too" },
  { "hold", "WORD", "add, set: who makes the music of a hold: local or pass" },
  { "rings", "LIST", "add, set: what rings when it is called: me, phone/desk, contact/bob@10" },
  { "format", "WORD", "add, set: how numbers are dialled there: e164, 00 or national" },
  { "identity", "WORD", "add, set: how our number is told: from, ppi, pai or rpid" },
  { "country", "DIGITS", "add, set: its country's code" },
  { "area", "DIGITS", "add, set: its area's code, without the leading 0" },
  { "prefixes", "LIST", "add, set: beginnings of the numbers that go by it: +49;+43" },
  { "allow", "LIST", "add, set: beginnings of numbers that are allowed, too" },
  { "deny", "LIST", "add, set: beginnings of numbers that are not" },
  { "max-calls", "N", "add, set: so many calls at once, 1 to 32" },
  { "on", NULL, "set: it registers and carries calls" },
  { "off", NULL, "set: it does neither" },
  { NULL, NULL, NULL },
};

#define ADD_SET "add set"
static const KithPairing pairings[] = {
  { "domain", ADD_SET, NULL },    { "user", ADD_SET, NULL },    { "password-file", ADD_SET, NULL },
  { "number", ADD_SET, NULL },    { "proxy", ADD_SET, NULL },   { "transport", ADD_SET, NULL },
  { "ca", ADD_SET, NULL },        { "pin", ADD_SET, NULL },     { "accept-from", ADD_SET, NULL },
  { "hold", ADD_SET, NULL },      { "rings", ADD_SET, NULL },   { "format", ADD_SET, NULL },
  { "identity", ADD_SET, NULL },  { "country", ADD_SET, NULL }, { "area", ADD_SET, NULL },
  { "prefixes", ADD_SET, NULL },  { "allow", ADD_SET, NULL },   { "deny", ADD_SET, NULL },
  { "max-calls", ADD_SET, NULL }, { "on", "set", "off" },       { "off", "set", "on" },
  { NULL, NULL, NULL },
};

static const char *const members[] = { "Manager.AddTrunk",
                                       "Trunk.Test",
                                       "Trunk.Set",
                                       "Trunk.SetPassword",
                                       "Trunk.Remove",
                                       "Trunk.Enabled",
                                       "Trunk.Name",
                                       "Trunk.Domain",
                                       "Trunk.User",
                                       "Trunk.Number",
                                       "Trunk.Transport",
                                       "Trunk.Rings",
                                       "Trunk.Format",
                                       "Trunk.Identity",
                                       "Trunk.Prefixes",
                                       "Trunk.Allow",
                                       "Trunk.Deny",
                                       "Trunk.Settings",
                                       "Trunk.State",
                                       "Trunk.StateReason",
                                       "Trunk.Detail",
                                       "Trunk.StateSince",
                                       "Trunk.RegisteredAt",
                                       "Trunk.ExpiresAt",
                                       "Trunk.RetryAt",
                                       "Trunk.LastStatus",
                                       "Trunk.Registrar",
                                       "Trunk.Targets",
                                       "Trunk.HasPassword",
                                       "Trunk.ConfigLine",
                                       NULL };

const KithVerb kith_verb_trunk = {
  .name = "trunk",
  .arguments = "[list|add|show|set|remove|test] [NAME]",
  .summary = "Register at a telephone provider or another SIP server",
  .details
  = "add NAME keeps an account, registers, and says line by line how that went; the password is "
    "asked\nfor, or read from stdin or --password-file, and never stands in an argument. list says "
    "how each\nis. set NAME changes one (an empty value is the default again), test NAME registers "
    "now and says\nwhat is wrong, remove NAME ends the registration and forgets the account.",
  .max_args = 2,
  .options = options,
  .pairings = pairings,
  .members = members,
  .exits = "5",
  .run = run,
};
