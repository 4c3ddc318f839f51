/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith phone`: the SIP telephones of the house. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bus/names.h"
#include "cli/text/phone-text.h"
#include "cli/verb.h"

/* The phone called @name. (transfer full), or NULL after having complained, with *@code. */
static KithBusObject *
pick (KithCli *cli, const char *name, int *code)
{
  g_autoptr (GPtrArray) phones = kith_daemon_view_list_phones (cli->daemon);
  g_autofree gchar *lower = g_ascii_strdown (name, -1);
  g_autofree gchar *safe = kith_cli_safe (name);

  for (guint i = 0; i < phones->len; i++) {
    KithBusPhone *phone = kith_bus_object_peek_phone (phones->pdata[i]);

    if (g_strcmp0 (kith_bus_phone_get_name (phone), lower) == 0
        || g_strcmp0 (kith_bus_phone_get_number (phone), name) == 0) {
      return g_object_ref (phones->pdata[i]);
    }
  }
  *code = kith_cli_complain (cli,
                             KITH_EXIT_NONE,
                             "There is no phone %s: `kith phone list` shows all",
                             safe);
  return NULL;
}

/* Waits until the phone is registered, or the time is over. */
static gboolean
on_late (gpointer is_over)
{
  *(gboolean *)is_over = TRUE;
  return G_SOURCE_REMOVE;
}

/* Returns the exit code. */
static int
await_registered (KithCli *cli, const char *path, guint seconds)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithBusObject) object = kith_daemon_view_wait_object (cli->daemon, path, &error);
  gboolean is_over = FALSE;

  if (object == NULL) {
    return kith_cli_fail (cli, error);
  }
  KithBusPhone *phone = kith_bus_object_peek_phone (object);
  const guint timer = g_timeout_add_seconds (seconds, on_late, &is_over);
  while (!is_over && !kith_daemon_view_is_gone (cli->daemon)
         && g_strcmp0 (kith_bus_phone_get_state (phone), "ok") != 0) {
    g_main_context_iteration (NULL, TRUE);
  }
  if (!is_over) {
    g_source_remove (timer);
  }
  g_autofree gchar *state = kith_phone_text_state (phone);
  if (!cli->is_json) {
    kith_cli_say ("  state     %s\n", state);
  }
  return g_strcmp0 (kith_bus_phone_get_state (phone), "ok") == 0 ? KITH_EXIT_OK : KITH_EXIT_FAILED;
}

/* Adding */

/* What is to be typed into the phone, as text. */
static void
say_setup (const char *password, GVariant *setup)
{
  g_autofree const char **servers = NULL;
  const char *user = "";
  guint32 port = 0;

  (void)g_variant_lookup (setup, "user", "&s", &user);
  (void)g_variant_lookup (setup, "servers", "^a&s", &servers);
  (void)g_variant_lookup (setup, "port", "u", &port);
  g_autofree gchar *list = servers != NULL && servers[0] != NULL
                               ? g_strjoinv (" or ", (gchar **)servers)
                               : g_strdup ("(this host has no network now)");
  kith_cli_say ("  user      %s\n  password  %s\n  server    %s", user, password, list);
  if (port == 0) {
    kith_cli_say (" (SIP has no port now: see `kith doctor`)\n");
  } else {
    kith_cli_say (", UDP or TCP port %u\n", port);
  }
}

/* Says what AddPhone or SetPassword made. */
static void
put_secret (KithCli *cli, const char *path, const char *password, GVariant *setup)
{
  KithJson *json = kith_json_new ();

  kith_json_open_object (json, NULL);
  kith_json_add_string (json, "path", path);
  kith_json_add_string (json, "password", password);
  if (setup != NULL) {
    kith_json_add_variant (json, "setup", setup);
  }
  kith_cli_put_json (json);
}

static GVariant *
add_options (KithCli *cli)
{
  static const char *const names[] = { "number", "class", "digest" };
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    const char *value = kith_cli_option (cli, names[i]);
    if (value != NULL) {
      g_variant_dict_insert (&dict, names[i], "s", value);
    }
  }
  return g_variant_dict_end (&dict);
}

static int
add (KithCli *cli, const char *name, guint seconds)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) setup = NULL;
  g_autoptr (KithBusObject) object = NULL;
  const char *path = NULL, *password = NULL;
  g_autoptr (GVariant) reply
      = kith_cli_invoke (cli,
                         kith_daemon_view_get_manager (cli->daemon),
                         "AddPhone",
                         g_variant_new ("(s@a{sv})", name, add_options (cli)),
                         &error);

  if (reply == NULL) {
    return kith_cli_fail (cli, error);
  }
  g_variant_get (reply, "(&o&s@a{sv})", &path, &password, &setup);
  if (cli->is_json) {
    put_secret (cli, path, password, setup);
  } else {
    object = kith_daemon_view_wait_object (cli->daemon, path, &error);
    KithBusPhone *phone = object != NULL ? kith_bus_object_peek_phone (object) : NULL;
    kith_cli_say ("%s is ready, number %s. Type this into the phone:\n",
                  phone != NULL ? kith_bus_phone_get_name (phone) : name,
                  phone != NULL ? kith_bus_phone_get_number (phone) : "");
    say_setup (password, setup);
    kith_cli_say ("The password is shown this once; `kith phone password` makes a new one.\n");
  }
  return seconds > 0 ? await_registered (cli, path, seconds) : KITH_EXIT_OK;
}

/* Showing */

static int
list (KithCli *cli)
{
  g_autoptr (GPtrArray) phones = kith_daemon_view_list_phones (cli->daemon);

  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_json_open_array (json, "phones");
    for (guint i = 0; i < phones->len; i++) {
      kith_phone_text_json (cli, json, NULL, phones->pdata[i]);
    }
    kith_json_close (json);
    kith_cli_put_json (json);
    return KITH_EXIT_OK;
  }
  kith_phone_text_list (cli, phones);
  if (phones->len == 0) {
    kith_cli_say ("No phones: `kith phone add desk` adds one.\n");
  }
  return KITH_EXIT_OK;
}

static int
show (KithCli *cli, KithBusObject *object)
{
  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_phone_text_json (cli, json, NULL, object);
    kith_cli_put_json (json);
  } else {
    kith_phone_text_say (cli, object);
  }
  return KITH_EXIT_OK;
}

/* Changing */

static int
set (KithCli *cli, KithBusObject *object)
{
  static const struct {
    const char *option;
    const char *property;
  } rows[] = { { "number", "Number" }, { "class", "Class" }, { "digest", "Digest" } };
  KithBusPhone *phone = kith_bus_object_peek_phone (object);
  gboolean is_any = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const char *value = kith_cli_option (cli, rows[i].option);
    g_autoptr (GError) error = NULL;

    is_any = is_any || value != NULL;
    if (value != NULL
        && !kith_daemon_view_set_property (cli->daemon,
                                           phone,
                                           rows[i].property,
                                           g_variant_new_string (value),
                                           &error)) {
      return kith_cli_fail (cli, error);
    }
  }
  return is_any ? show (cli, object)
                : kith_cli_complain (cli,
                                     KITH_EXIT_USAGE,
                                     "what is to be set? --number, --class or --digest");
}

static int
set_password (KithCli *cli, KithBusObject *object)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
      = kith_cli_invoke (cli, kith_bus_object_peek_phone (object), "SetPassword", NULL, &error);
  const char *password = NULL;

  if (reply == NULL) {
    return kith_cli_fail (cli, error);
  }
  g_variant_get (reply, "(&s)", &password);
  if (cli->is_json) {
    put_secret (cli, g_dbus_object_get_object_path (G_DBUS_OBJECT (object)), password, NULL);
  } else {
    kith_cli_say ("  user      %s\n  password  %s\n",
                  kith_bus_phone_get_name (kith_bus_object_peek_phone (object)),
                  password);
    kith_cli_say ("The old one opens nothing any more. This one is shown this once.\n");
  }
  return KITH_EXIT_OK;
}

static int
remove_one (KithCli *cli, KithBusObject *object)
{
  KithBusPhone *phone = kith_bus_object_peek_phone (object);
  g_autofree gchar *name = kith_cli_safe (kith_bus_phone_get_name (phone));
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = kith_cli_invoke (cli, phone, "Remove", NULL, &error);

  if (reply == NULL) {
    return kith_cli_fail (cli, error);
  }
  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_json_add_string (json, "removed", name);
    kith_cli_put_json (json);
  } else {
    kith_cli_say ("%s is no phone of yours any more.\n", name);
  }
  return KITH_EXIT_OK;
}

/* Ends its registrations, each by itself: it may register again. */
static int
end (KithCli *cli, KithBusObject *object)
{
  KithBusPhone *phone = kith_bus_object_peek_phone (object);
  g_auto (GStrv) paths = kith_bus_phone_dup_bindings (phone);
  guint n = 0;

  for (guint i = 0; paths != NULL && paths[i] != NULL; i++) {
    g_autoptr (GDBusInterface) binding
        = g_dbus_object_manager_get_interface (kith_daemon_view_get_objects (cli->daemon),
                                               paths[i],
                                               KITH_BUS_IFACE_BINDING);
    g_autoptr (GVariant) reply
        = binding != NULL ? kith_cli_invoke (cli, binding, "Remove", NULL, NULL) : NULL;
    n += reply != NULL ? 1 : 0;
  }
  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_json_add_int (json, "ended", n);
    kith_cli_put_json (json);
  } else {
    kith_cli_say ("%u registrations of %s ended.\n", n, kith_bus_phone_get_name (phone));
  }
  return KITH_EXIT_OK;
}

/* The daemon's words begin with the line: "17: number 300 is twice". */
static int
explain_import (KithCli *cli, const char *file, const GError *error)
{
  g_autofree gchar *safe = kith_cli_safe (file);
  g_autoptr (GError) full = g_error_new (error->domain,
                                         error->code,
                                         "%s:%s%s",
                                         safe,
                                         g_ascii_isdigit (error->message[0]) ? "" : " ",
                                         error->message);

  return kith_cli_fail (cli, full);
}

static int
import (KithCli *cli, const char *file)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *safe = kith_cli_safe (file);
  const int fd = open (file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  guint32 n = 0;

  if (fd < 0) {
    return kith_cli_complain (cli, KITH_EXIT_FAILED, "%s: %s", safe, g_strerror (errno));
  }
  g_autoptr (GVariant) reply
      = kith_daemon_view_invoke_file (cli->daemon,
                                      kith_daemon_view_get_manager (cli->daemon),
                                      "ImportPhones",
                                      g_variant_new ("(h)", 0),
                                      fd,
                                      &error);
  (void)close (fd);
  if (reply == NULL) {
    return explain_import (cli, file, error);
  }
  g_variant_get (reply, "(u)", &n);
  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_json_add_int (json, "imported", n);
    kith_cli_put_json (json);
  } else {
    kith_cli_say ("%u phones imported.\n", n);
  }
  return KITH_EXIT_OK;
}

typedef struct {
  const char *word;
  int (*act) (KithCli *cli, KithBusObject *phone); /* NULL: see run() */
} Act;

static const Act acts[] = {
  { "list", NULL },         { "add", NULL }, { "import", NULL },
  { "show", show },         { "set", set },  { "password", set_password },
  { "remove", remove_one }, { "end", end },
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
  guint seconds = 0;
  int code = KITH_EXIT_OK;

  if (act == NULL || (act == acts) != (which == NULL)) {
    return kith_cli_complain (cli,
                              KITH_EXIT_USAGE,
                              act == acts ? "kith phone list takes no name: it shows all"
                                          : "one of: kith phone list, add NAME, show NAME, set "
                                            "NAME --number N, password NAME, remove NAME, end "
                                            "NAME, import FILE");
  }
  if (!kith_cli_option_seconds (cli, "wait", &seconds)) {
    return KITH_EXIT_USAGE;
  }
  if (!kith_cli_connect (cli, TRUE)) {
    return KITH_EXIT_NO_DAEMON;
  }
  if (act == acts) {
    return list (cli);
  }
  if (act->act == NULL) {
    return g_str_equal (act->word, "add") ? add (cli, which, seconds) : import (cli, which);
  }
  g_autoptr (KithBusObject) phone = pick (cli, which, &code);
  return phone != NULL ? act->act (cli, phone) : code;
}

static const KithOption options[] = {
  { "number", "NUMBER", "add, set: what others of the house dial, 2 to 6 digits" },
  { "class", "CLASS", "add, set: whom it may call: home, guest or door" },
  { "digest", "DIGEST", "add, set: the challenge that it gets: auto, md5 or sha-256" },
  { "wait", "SECONDS", "add: wait until the phone is registered, at most so long" },
  { NULL, NULL, NULL },
};

static const KithPairing pairings[] = {
  { "number", "add set", NULL }, { "class", "add set", NULL }, { "digest", "add set", NULL },
  { "wait", "add", NULL },       { NULL, NULL, NULL },
};

static const char *const members[]
    = { "Manager.AddPhone", "Manager.ImportPhones", "Phone.SetPassword", "Phone.Remove",
        "Phone.Name",       "Phone.Number",         "Phone.Class",       "Phone.Digest",
        "Phone.DigestUsed", "Phone.State",          "Phone.StateReason", "Phone.StateSince",
        "Phone.RoundTrip",  "Phone.Transport",      "Phone.Model",       "Phone.RegisteredAt",
        "Phone.AddedAt",    "Phone.ConfigLine",     "Phone.Bindings",    "Binding.Remove",
        "Binding.Contact",  "Binding.Source",       "Binding.Transport", "Binding.Encrypted",
        "Binding.Instance", "Binding.Expires",      "Binding.UserAgent", NULL };

const KithVerb kith_verb_phone = {
  .name = "phone",
  .arguments = "[list|add|show|set|password|remove|end|import] [WHO]",
  .summary = "Let SIP telephones register here",
  .details
  = "add NAME prints what to type into the phone: a user name, a password that is made for it\nand "
    "shown this once, and this host's address. list says how each is, or what is wrong with "
    "it.\nset NAME changes one, password NAME makes a new password, remove NAME forgets one, end "
    "NAME\nends its registrations. import FILE adds all phones of a file or none, one on each "
    "line:\nNAME NUMBER PASSWORD [CLASS]. A phone is named by its name or its number.",
  .max_args = 2,
  .options = options,
  .pairings = pairings,
  .members = members,
  .exits = "5",
  .run = run,
};
