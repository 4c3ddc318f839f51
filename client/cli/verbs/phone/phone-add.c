/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Says what to type into the phone or where it fetches that, then what becomes of it. */
#include "cli/verbs/phone/phone-add.h"

#include <string.h>
#include <unistd.h>

#include "cli/text/phone-text.h"
#include "cli/verb.h"
#include "cli/verbs/phone/phone-find.h"
#include "common/qr-code.h"

#define SETUP_S 900 /* for which the settings can be fetched */

/* What was asked for. */
typedef struct {
  guint wait_s;  /* 0: not at all */
  guint setup_s; /* 0: over no network */
  gchar mac[13]; /* of the phone that is to be set up, "": whichever it is */
} Plan;

/* FALSE after having complained. On a terminal it waits unless that is declined. */
static gboolean
read_plan (KithCli *cli, Plan *plan)
{
  const gboolean is_watched = isatty (STDOUT_FILENO) && !cli->is_json;
  const char *mac = kith_cli_option (cli, "mac");

  if (!kith_cli_option_seconds (cli, "wait", &plan->wait_s)) {
    return FALSE;
  }
  plan->mac[0] = '\0';
  if (mac != NULL && !kith_phone_finder_read_mac (mac, plan->mac)) {
    (void)kith_cli_complain (
        cli,
        KITH_EXIT_USAGE,
        "--mac: a MAC address has 12 digits, as 80:5e:c0:aa:bb:01: it is on the "
        "phone's label");
    return FALSE;
  }
  plan->setup_s = kith_cli_option (cli, "no-http") != NULL ? 0 : SETUP_S;
  if (plan->wait_s == 0 && (is_watched || mac != NULL) && plan->setup_s > 0
      && kith_cli_option (cli, "no-wait") == NULL) {
    plan->wait_s = SETUP_S;
  }
  return TRUE;
}

/* Waiting */

static gboolean
on_late (gpointer is_over)
{
  *(gboolean *)is_over = TRUE;
  return G_SOURCE_REMOVE;
}

static void
on_fetched (KithBusPhone *phone, const char *agent, const char *mac, gpointer user_data)
{
  g_autofree gchar *who = kith_cli_safe (agent);
  g_autofree gchar *clock = kith_cli_clock_text (g_get_real_time ());

  kith_cli_say ("%s  %s%s%s%s fetched its settings\n",
                clock,
                *agent != '\0' ? who : "a program without a name",
                *mac != '\0' ? " (" : "",
                mac,
                *mac != '\0' ? ")" : "");
}

static gboolean
is_registered (KithBusPhone *phone, gint64 since_us)
{
  return g_strcmp0 (kith_bus_phone_get_state (phone), "ok") == 0
         && kith_bus_phone_get_registered_at (phone) >= since_us - since_us % G_USEC_PER_SEC;
}

/* Returns the exit code. */
static int
await_registered (KithCli *cli, KithBusPhone *phone, const Plan *plan, gint64 since_us)
{
  gboolean is_over = FALSE;
  const guint timer = g_timeout_add_seconds (plan->wait_s, on_late, &is_over);
  /* before the finder asks: what it finds may fetch at once */
  const gulong handler
      = cli->is_json ? 0 : g_signal_connect (phone, "fetched", G_CALLBACK (on_fetched), NULL);
  g_autoptr (KithPhoneFinder) finder
      = plan->setup_s > 0
            ? kith_phone_finder_new (cli, phone, plan->mac[0] != '\0' ? plan->mac : NULL)
            : NULL;

  while (!is_over && !kith_daemon_view_is_gone (cli->daemon) && !is_registered (phone, since_us)) {
    g_main_context_iteration (NULL, TRUE);
  }
  if (!is_over) {
    g_source_remove (timer);
  }
  if (handler != 0) {
    g_signal_handler_disconnect (phone, handler);
  }
  const gboolean ok = is_registered (phone, since_us);
  if (!cli->is_json) {
    g_autofree gchar *state = kith_phone_text_state (phone);
    g_autofree gchar *clock = kith_cli_clock_text (g_get_real_time ());
    kith_cli_say ("%s  %s: %s\n",
                  clock,
                  kith_bus_phone_get_name (phone),
                  ok ? state : "not registered yet; `kith phone list` tells when it is");
  }
  return ok ? KITH_EXIT_OK : KITH_EXIT_FAILED;
}

/* Saying */

/* "  server    192.168.1.5 or …, UDP or TCP port 5060" */
static void
say_server (GVariant *setup)
{
  g_autofree const char **servers = NULL;
  guint32 port = 0;

  (void)g_variant_lookup (setup, "servers", "^a&s", &servers);
  (void)g_variant_lookup (setup, "port", "u", &port);
  g_autofree gchar *list = servers != NULL && servers[0] != NULL
                               ? g_strjoinv (" or ", (gchar **)servers)
                               : g_strdup ("(this host has no network now)");
  kith_cli_say ("  server    %s", list);
  if (port == 0) {
    kith_cli_say (" (SIP has no port now: see `kith doctor`)\n");
  } else {
    kith_cli_say (", UDP or TCP port %u\n", port);
  }
}

void
kith_phone_say_tls (GVariant *from, const char *port_key, const char *fingerprint_key)
{
  const char *fingerprint = NULL;
  guint32 port = 0;

  if (from != NULL && g_variant_lookup (from, port_key, "u", &port) && port != 0
      && g_variant_lookup (from, fingerprint_key, "&s", &fingerprint)) {
    kith_cli_say ("  TLS       port %u; the phone is to trust the CA of `kith phone ca`\n"
                  "            SHA-256 %s\n",
                  port,
                  fingerprint);
  }
}

/* Where it fetches its settings, or why it cannot. */
static void
say_address (KithCli *cli, GVariant *setup)
{
  const char *url = NULL;
  const char *problem = NULL;
  gint64 until = 0;

  (void)g_variant_lookup (setup, "url", "&s", &url);
  (void)g_variant_lookup (setup, "until", "x", &until);
  (void)g_variant_lookup (setup, "problem", "&s", &problem);
  if (problem != NULL) {
    g_autofree gchar *safe = kith_cli_safe (problem);
    kith_cli_say ("It cannot fetch this by itself: %s\n", safe);
  }
  if (url == NULL) {
    return;
  }
  g_autofree gchar *clock = kith_cli_clock_text (until);
  g_autofree gchar *safe = kith_cli_safe (url);
  g_autofree gchar *code
      = cli->has_colour || kith_cli_option (cli, "qr") != NULL ? kith_qr_text (url) : NULL;
  kith_cli_say ("Or open this as its address for settings (“auto provision”), until %s:\n  %s\n",
                clock,
                safe);
  if (code != NULL) {
    kith_cli_say ("Linphone takes it as a QR code:\n%s", code);
  }
}

static void
say_setup (KithCli *cli, const char *password, GVariant *setup)
{
  const char *user = "";

  (void)g_variant_lookup (setup, "user", "&s", &user);
  kith_cli_say ("  user      %s\n  password  %s\n", user, password);
  say_server (setup);
  kith_phone_say_tls (setup, "tls-port", "tls-fingerprint");
  say_address (cli, setup);
}

static void
say_plug_in (const Plan *plan)
{
  if (plan->wait_s > 0 && plan->setup_s > 0) {
    kith_cli_say ("Plug the phone in now: those of Yealink, Snom, Grandstream, Fanvil and Gigaset "
                  "find their settings by themselves.\n");
  }
}

/* No address, nothing to be found. */
static void
trim_plan (Plan *plan, GVariant *setup)
{
  const char *url = NULL;

  if (!g_variant_lookup (setup, "url", "&s", &url)) {
    plan->setup_s = 0;
  }
}

/* Says as JSON what AddPhone, OpenSetup or SetPassword made. */
static void
put_secret (const char *path, const char *password, GVariant *setup)
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

/* The verbs */

static GVariant *
add_options (KithCli *cli, const Plan *plan)
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
  if (plan->setup_s > 0) {
    g_variant_dict_insert (&dict, "setup", "u", plan->setup_s);
  }
  return g_variant_dict_end (&dict);
}

int
kith_phone_add (KithCli *cli, const char *name)
{
  const gint64 since_us = g_get_real_time ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) setup = NULL;
  const char *path = NULL, *password = NULL;
  Plan plan;

  if (!read_plan (cli, &plan)) {
    return KITH_EXIT_USAGE;
  }
  g_autoptr (GVariant) reply
      = kith_cli_invoke (cli,
                         kith_daemon_view_get_manager (cli->daemon),
                         "AddPhone",
                         g_variant_new ("(s@a{sv})", name, add_options (cli, &plan)),
                         &error);
  if (reply == NULL) {
    return kith_cli_fail (cli, error);
  }
  g_variant_get (reply, "(&o&s@a{sv})", &path, &password, &setup);
  trim_plan (&plan, setup);
  g_autoptr (KithBusObject) object = kith_daemon_view_wait_object (cli->daemon, path, &error);
  KithBusPhone *phone = object != NULL ? kith_bus_object_peek_phone (object) : NULL;
  if (cli->is_json) {
    put_secret (path, password, setup);
  } else {
    kith_cli_say ("%s is ready, number %s. Type this into the phone:\n",
                  phone != NULL ? kith_bus_phone_get_name (phone) : name,
                  phone != NULL ? kith_bus_phone_get_number (phone) : "");
    say_setup (cli, password, setup);
    kith_cli_say ("The password is shown this once; `kith phone password` makes a new one.\n");
    say_plug_in (&plan);
  }
  return plan.wait_s > 0 && phone != NULL ? await_registered (cli, phone, &plan, since_us)
                                          : KITH_EXIT_OK;
}

/* Without the network: the password alone. */
static int
set_password (KithCli *cli, KithBusObject *object)
{
  KithBusPhone *phone = kith_bus_object_peek_phone (object);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = kith_cli_invoke (cli, phone, "SetPassword", NULL, &error);
  const char *password = NULL;

  if (reply == NULL) {
    return kith_cli_fail (cli, error);
  }
  g_variant_get (reply, "(&s)", &password);
  if (cli->is_json) {
    put_secret (g_dbus_object_get_object_path (G_DBUS_OBJECT (object)), password, NULL);
  } else {
    kith_cli_say ("  user      %s\n  password  %s\n", kith_bus_phone_get_name (phone), password);
    kith_cli_say ("The old one opens nothing any more. This one is shown this once.\n");
  }
  return KITH_EXIT_OK;
}

int
kith_phone_new_password (KithCli *cli, KithBusObject *object)
{
  KithBusPhone *phone = kith_bus_object_peek_phone (object);
  const gint64 since_us = g_get_real_time ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) setup = NULL;
  const char *password = "";
  Plan plan;

  if (!read_plan (cli, &plan)) {
    return KITH_EXIT_USAGE;
  }
  if (plan.setup_s == 0) {
    const int code = set_password (cli, object);
    return code == KITH_EXIT_OK && plan.wait_s > 0 ? await_registered (cli, phone, &plan, since_us)
                                                   : code;
  }
  g_autoptr (GVariant) reply
      = kith_cli_invoke (cli, phone, "OpenSetup", g_variant_new ("(u)", plan.setup_s), &error);
  if (reply == NULL) {
    return kith_cli_fail (cli, error);
  }
  g_variant_get (reply, "(@a{sv})", &setup);
  trim_plan (&plan, setup);
  (void)g_variant_lookup (setup, "password", "&s", &password);
  if (cli->is_json) {
    put_secret (g_dbus_object_get_object_path (G_DBUS_OBJECT (object)), password, setup);
  } else {
    say_setup (cli, password, setup);
    kith_cli_say ("The old one opens nothing any more. This one is shown this once.\n");
    say_plug_in (&plan);
  }
  return plan.wait_s > 0 ? await_registered (cli, phone, &plan, since_us) : KITH_EXIT_OK;
}

int
kith_phone_say_ca (KithCli *cli)
{
  GVariant *tls = kith_bus_manager_get_sip_tls (kith_daemon_view_get_manager (cli->daemon));
  const char *ca = NULL;
  const char *problem = NULL;

  if (tls != NULL) {
    (void)g_variant_lookup (tls, "problem", "&s", &problem);
  }
  if (tls == NULL || !g_variant_lookup (tls, "ca", "&s", &ca)) {
    g_autofree gchar *why = kith_cli_safe (problem != NULL ? problem : "tls-port=0 in kith.conf");
    return kith_cli_complain (cli, KITH_EXIT_NONE, "There is no SIP over TLS here: %s", why);
  }
  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_json_add_variant (json, "sip-tls", tls);
    kith_cli_put_json (json);
  } else {
    kith_cli_say ("%s", ca);
  }
  return KITH_EXIT_OK;
}
