/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith phone`: the SIP telephones of the house. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bus/names.h"
#include "cli/text/phone-text.h"
#include "cli/verb.h"
#include "cli/verbs/phone/phone-add.h"

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
    kith_phone_say_tls (kith_bus_manager_get_sip_tls (kith_daemon_view_get_manager (cli->daemon)),
                        "port",
                        "fingerprint");
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
  { "show", show },         { "set", set },  { "password", kith_phone_new_password },
  { "remove", remove_one }, { "end", end },  { "ca", NULL },
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
  const gboolean is_ca = act != NULL && g_str_equal (act->word, "ca");
  int code = KITH_EXIT_OK;

  if (act == NULL || (act == acts || is_ca) != (which == NULL)) {
    return kith_cli_complain (cli,
                              KITH_EXIT_USAGE,
                              act == acts ? "kith phone list takes no name: it shows all"
                              : is_ca     ? "kith phone ca takes no name: all phones trust the same"
                                          : "one of: kith phone list, add NAME, show NAME, set "
                                            "NAME --number N, password NAME, remove NAME, end "
                                            "NAME, import FILE, ca");
  }
  if (!kith_cli_connect (cli, TRUE)) {
    return KITH_EXIT_NO_DAEMON;
  }
  if (act == acts || is_ca) {
    return is_ca ? kith_phone_say_ca (cli) : list (cli);
  }
  if (act->act == NULL) {
    return g_str_equal (act->word, "add") ? kith_phone_add (cli, which) : import (cli, which);
  }
  g_autoptr (KithBusObject) phone = pick (cli, which, &code);
  return phone != NULL ? act->act (cli, phone) : code;
}

static const KithOption options[] = {
  { "number", "NUMBER", "add, set: what others of the house dial, 2 to 6 digits" },
  { "class", "CLASS", "add, set: whom it may call: home, guest or door" },
  { "digest", "DIGEST", "add, set: the challenge that it gets: auto, md5 or sha-256" },
  { "wait", "SECONDS", "add, password: wait until the phone is registered, at most so long" },
  { "no-wait", NULL, "add, password: do not wait, on a terminal either" },
  { "mac", "ADDRESS", "add, password: of all phones that are plugged in now, it is this one" },
  { "no-http", NULL, "add, password: the phone cannot fetch its settings over the network" },
  { "qr",
    NULL,
    "add, password: show the address as a QR code, which is done on a terminal anyway" },
  { NULL, NULL, NULL },
};

static const KithPairing pairings[] = {
  { "number", "add set", NULL },
  { "class", "add set", NULL },
  { "digest", "add set", NULL },
  { "wait", "add password", NULL },
  { "no-wait", "add password", NULL },
  { "no-http", "add password", NULL },
  { "mac", "add password", "no-http" },
  { "qr", "add password", NULL },
  { NULL, NULL, NULL },
};

static const char *const members[] = { "Manager.AddPhone",   "Manager.ImportPhones",
                                       "Phone.SetPassword",  "Phone.OpenSetup",
                                       "Phone.Fetched",      "Phone.Find",
                                       "Phone.GiveSetup",    "Phone.Found",
                                       "Phone.Remove",       "Phone.Name",
                                       "Phone.Number",       "Phone.Class",
                                       "Phone.Digest",       "Phone.DigestUsed",
                                       "Phone.State",        "Phone.StateReason",
                                       "Phone.StateSince",   "Phone.RoundTrip",
                                       "Phone.Transport",    "Phone.Model",
                                       "Phone.RegisteredAt", "Phone.AddedAt",
                                       "Phone.ConfigLine",   "Phone.Bindings",
                                       "Binding.Remove",     "Binding.Contact",
                                       "Binding.Source",     "Binding.Transport",
                                       "Binding.Encrypted",  "Binding.Instance",
                                       "Binding.Expires",    "Binding.UserAgent",
                                       "Manager.SipTls",     NULL };

const KithVerb kith_verb_phone = {
  .name = "phone",
  .arguments = "[add|show|set|password|remove|end|import|ca] [WHO]",
  .summary = "Let SIP telephones register here",
  .details
  = "add NAME prints what to type into the phone: a user name, a password that is made for it\nand "
    "shown this once, and this host's address; or an\naddress where the phone fetches all of that "
    "for 15 minutes. While it waits (on a terminal, or with\n--wait), a phone that is plugged in "
    "and looks for its settings by itself is found. list says how each is, or what is wrong with "
    "it.\nset NAME changes one, password NAME makes a new password, remove NAME forgets one, end "
    "NAME\nends its registrations. import FILE adds all phones of a file or none, one on each "
    "line:\nNAME NUMBER PASSWORD [CLASS]. A phone is named by its name or its number.\nca prints "
    "the certificate that "
    "phones need to trust for TLS: kith phone ca > kith-ca.pem",
  .max_args = 2,
  .options = options,
  .pairings = pairings,
  .members = members,
  .exits = "5",
  .run = run,
};
