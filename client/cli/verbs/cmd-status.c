/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith status`: what is true right now. */
#include <string.h>

#include "cli/text/contact-text.h"
#include "cli/text/trunk-text.h"
#include "cli/verb.h"
#include "words/saying.h"

static const char *
state_text (const char *state)
{
  if (g_strcmp0 (state, "registered") == 0) {
    return "registered: the record was read back from the network";
  }
  if (g_strcmp0 (state, "alone") == 0) {
    return "alone: no other node answers, others cannot find you";
  }
  if (g_strcmp0 (state, "publishing") == 0) {
    return "publishing: the record is out, but was not read back yet";
  }
  if (g_strcmp0 (state, "joining") == 0) {
    return "joining: no node of the network answered yet";
  }
  if (g_strcmp0 (state, "offline") == 0) {
    return "offline: others cannot find you";
  }
  return state;
}

static gboolean
has_notice (KithCli *cli, const char *wanted)
{
  GVariant *notices = kith_bus_manager_get_notices (kith_daemon_view_get_manager (cli->daemon));
  GVariantIter iter;
  const char *check;

  if (notices != NULL) {
    g_variant_iter_init (&iter, notices);
    while (g_variant_iter_next (&iter, "(&s&s&s&s)", &check, NULL, NULL, NULL)) {
      if (strcmp (check, wanted) == 0) {
        return TRUE;
      }
    }
  }
  return FALSE;
}

/* "; TLS at port 5061", or "". (transfer full) */
static gchar *
tls_text (KithCli *cli)
{
  GVariant *tls = kith_bus_manager_get_sip_tls (kith_daemon_view_get_manager (cli->daemon));
  guint32 port = 0;

  return tls != NULL && g_variant_lookup (tls, "port", "u", &port) && port != 0
             ? g_strdup_printf ("; TLS at port %u", port)
             : g_strdup ("");
}

static void
say_account (KithCli *cli, KithBusAccount *account)
{
  const char *state = kith_bus_account_get_state (account);
  g_autofree gchar *address = kith_cli_safe (kith_bus_account_get_full_address (account));
  g_autofree gchar *safe_state = kith_cli_safe (state_text (state));
  g_autofree gchar *since = kith_cli_clock_text (kith_bus_account_get_registered_at (account));
  g_autofree gchar *tls = tls_text (cli);
  g_autofree gchar *port
      = g_strdup_printf ("port %u, UDP and TCP%s", kith_bus_account_get_sip_port (account), tls);

  kith_cli_say (
      "%s%s%s  %s%s%s\n",
      kith_cli_colour (cli, KITH_COLOUR_STRONG),
      address,
      kith_cli_colour (cli, KITH_COLOUR_PLAIN),
      kith_cli_colour (cli,
                       g_strcmp0 (state, "registered") == 0 ? KITH_COLOUR_GOOD : KITH_COLOUR_BAD),
      safe_state,
      kith_cli_colour (cli, KITH_COLOUR_PLAIN));
  kith_cli_field (cli, "since", since);
  if (g_strcmp0 (state, "registered") != 0) {
    kith_cli_field (cli, "because", kith_bus_account_get_state_reason (account));
  }
  if (g_str_has_prefix (kith_bus_account_get_state_reason (account), "no network")) {
    kith_cli_field (cli, "remedy", "connect to a network: a cable, Wi-Fi, or a modem");
  } else if (g_strcmp0 (state, "alone") == 0
             && strstr (kith_bus_account_get_state_reason (account), "UDP") != NULL) {
    kith_cli_field (cli,
                    "remedy",
                    "let UDP out, use another network, or name a TURN server by TCP or TLS");
    kith_cli_field (cli, "", "in kith.conf ([turn] server=turns:HOST); kith doctor says more");
  } else if (g_strcmp0 (state, "alone") == 0) {
    kith_cli_field (cli,
                    "remedy",
                    "name a running node: kithd --bootstrap HOST:PORT, or bootstrap in kith.conf");
  }
  if (strchr (address, '~') == NULL) {
    kith_cli_field (cli, "tag", "being computed; until then nothing proves the name to strangers");
  }
  kith_cli_field (cli, "key", kith_bus_account_get_key (account));
  if (kith_bus_account_get_sip_port (account) != 0 || !has_notice (cli, "sip")) {
    kith_cli_field (cli, "SIP", kith_bus_account_get_sip_port (account) != 0 ? port : "off");
  }
}

static void
say_plugin (KithCli *cli, KithBusPlugin *plugin)
{
  g_autoptr (GVariant) peers = NULL;
  GVariant *status = kith_bus_plugin_get_status (plugin);
  g_autofree gchar *text = NULL;

  peers = status != NULL ? g_variant_lookup_value (status, "peers", G_VARIANT_TYPE_UINT32) : NULL;
  if (peers != NULL) {
    text = g_strdup_printf ("%s, %u %s",
                            kith_bus_plugin_get_state (plugin),
                            g_variant_get_uint32 (peers),
                            g_variant_get_uint32 (peers) == 1 ? "peer" : "peers");
  }
  kith_cli_field (cli,
                  kith_bus_plugin_get_name (plugin),
                  text != NULL ? text : kith_bus_plugin_get_state (plugin));
}

/* "serving, 2 connections, mode redirect, 1 route; 12431 messages of strangers refused" */
static void
say_edge (KithCli *cli, KithBusManager *manager)
{
  static const char *const refusals[]
      = { "flood", "unreadable", "method", "stranger", "no-dialog", "other" };
  GVariant *workers = kith_bus_manager_get_workers (manager); /* NULL: an older daemon */

  for (gsize i = 0; workers != NULL && i < g_variant_n_children (workers); i++) {
    g_autoptr (GVariant) row = g_variant_get_child_value (workers, i);
    g_autoptr (GVariant) counts = g_variant_lookup_value (row, "counts", G_VARIANT_TYPE ("a{st}"));
    g_autoptr (GString) text = g_string_new (NULL);
    const char *name = "";
    const char *state = "";
    const char *mode = "";
    guint32 connections = 0;
    guint32 routes = 0;
    guint64 refused = 0;
    (void)g_variant_lookup (row, "name", "&s", &name);
    (void)g_variant_lookup (row, "state", "&s", &state);
    (void)g_variant_lookup (row, "connections", "u", &connections);
    (void)g_variant_lookup (row, "mode", "&s", &mode);
    (void)g_variant_lookup (row, "routes", "u", &routes);
    for (guint k = 0; counts != NULL && k < G_N_ELEMENTS (refusals); k++) {
      guint64 n = 0;
      (void)g_variant_lookup (counts, refusals[k], "t", &n);
      refused += n;
    }
    g_string_append (text, state);
    if (connections > 0) {
      g_string_append_printf (text,
                              ", %u %s",
                              connections,
                              connections == 1 ? "connection" : "connections");
    }
    if (*mode != '\0' && strcmp (mode, "proxy") != 0) {
      g_string_append_printf (text, ", mode %s", mode);
    }
    if (routes > 0) {
      g_string_append_printf (text, ", %u %s", routes, routes == 1 ? "route" : "routes");
    }
    if (refused > 0) {
      g_string_append_printf (text,
                              "; %" G_GUINT64_FORMAT " %s refused",
                              refused,
                              refused == 1 ? "message of a stranger" : "messages of strangers");
    }
    if (strcmp (name, "kith-edge") == 0) {
      kith_cli_field (cli, "edge", text->str);
    }
  }
}

static const char *
get_text (GVariant *facts, const char *key)
{
  const char *text = "";

  (void)g_variant_lookup (facts, key, "&s", &text);
  return text;
}

static const char *
nat_remedy (GVariant *facts)
{
  const char *kind = get_text (facts, "kind");

  if (strcmp (kind, "blocked") == 0) {
    return "calls need a TURN server by TCP or TLS (kith.conf)";
  }
  if (strcmp (kind, "symmetric") == 0 && *get_text (facts, "mapping") == '\0') {
    return "calls to other strict networks need a friend who relays, a TURN server, or port "
           "mapping in the router";
  }
  return NULL;
}

/* What is said of IPv6 beside IPv4, if anything is known. */
static void
add_ipv6 (GString *text, GVariant *facts)
{
  if (*get_text (facts, "pinhole") != '\0') {
    g_string_append_printf (text, "; IPv6 firewall opened by PCP, %s", get_text (facts, "pinhole"));
  } else if (strcmp (get_text (facts, "ipv6-kind"), "firewall") == 0) {
    g_string_append (text, "; IPv6 behind a firewall");
  } else if (strcmp (get_text (facts, "ipv6-kind"), "none") == 0) {
    g_string_append (text, "; IPv6 open");
  } else if (strcmp (get_text (facts, "ipv6-kind"), "blocked") == 0) {
    g_string_append (text, "; IPv6 goes nowhere");
  }
}

/* "port-restricted NAT, seen as 203.0.113.7:4321 by 3 others; port mapping by UPnP" */
static void
say_nat (KithCli *cli, KithBusManager *manager)
{
  GVariant *facts = kith_bus_manager_get_nat (manager);
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean has_outer_nat = FALSE;
  guint32 n = 0;

  if (facts == NULL || *get_text (facts, "kind") == '\0') {
    return; /* an older daemon */
  }
  (void)g_variant_lookup (facts, "witnesses", "u", &n);
  (void)g_variant_lookup (facts, "outer-nat", "b", &has_outer_nat);
  g_string_append (text, get_text (facts, "text"));
  if (*get_text (facts, "seen-as") != '\0') {
    g_string_append_printf (text,
                            ", seen as %s by %u %s",
                            get_text (facts, "seen-as"),
                            n,
                            n == 1 ? "other" : "others");
  }
  if (*get_text (facts, "mapping") != '\0') {
    g_string_append_printf (text,
                            "; port mapping by %s, %s",
                            get_text (facts, "mapping"),
                            get_text (facts, "mapped-address"));
  } else if (has_outer_nat) {
    g_string_append (text, "; the router would map ports, but another NAT is before it");
  }
  add_ipv6 (text, facts);
  kith_cli_field (cli, "NAT", text->str);
  kith_cli_field (cli, "remedy", nat_remedy (facts));
}

static gboolean
is_idle (GVariant *relay, const char *first, const char *second)
{
  g_autoptr (GVariantIter) idle = NULL;
  const char *a = NULL;
  const char *b = NULL;

  if (g_variant_lookup (relay, "idle", "a(ss)", &idle)) {
    while (g_variant_iter_loop (idle, "(&s&s)", &a, &b)) {
      if (g_str_equal (a, first) && g_str_equal (b, second)) {
        return TRUE;
      }
    }
  }
  return FALSE;
}

/* "alice and bob, carol and dave" of the pairs that talk, or of those that do not any more; how
   many: @n */
static gchar *
list_pairs (GVariant *relay, gboolean wants_idle, guint *n)
{
  g_autoptr (GVariantIter) pairs = NULL;
  GString *text = g_string_new (NULL);
  const char *first = NULL;
  const char *second = NULL;

  *n = 0;
  if (g_variant_lookup (relay, "pairs", "a(ssxt)", &pairs)) {
    while (g_variant_iter_loop (pairs, "(&s&sxt)", &first, &second, NULL, NULL)) {
      if (is_idle (relay, first, second) == wants_idle) {
        g_string_append_printf (text, "%s%s and %s", (*n)++ > 0 ? ", " : "", first, second);
      }
    }
  }
  return g_string_free (text, FALSE);
}

/* "; today's 500 MB are used up for alice, until 00:00 UTC (in 3 h 5 min)" */
static void
add_spent (GString *text, GVariant *relay)
{
  g_autoptr (GVariantIter) spent = NULL;
  const char *name = NULL;
  gint64 ends_at = 0;
  guint32 megabytes = 0;
  guint n = 0;

  if (!g_variant_lookup (relay, "spent", "as", &spent)) {
    return;
  }
  (void)g_variant_lookup (relay, "max-megabytes-per-day", "u", &megabytes);
  while (g_variant_iter_loop (spent, "&s", &name)) {
    if (n++ == 0) {
      g_string_append_printf (text, "; today’s %u MB are used up for %s", megabytes, name);
    } else {
      g_string_append_printf (text, ", %s", name);
    }
  }
  if (n > 0 && g_variant_lookup (relay, "day-ends-at", "x", &ends_at)) {
    gint64 minutes = MAX (ends_at - g_get_real_time (), 0) / (60 * G_USEC_PER_SEC);
    g_string_append_printf (text,
                            ", until midnight UTC (in %d h %d min)",
                            (int)(minutes / 60),
                            (int)(minutes % 60));
  }
}

/* "1 call for alice and bob, 1.2 MB today", "0 calls (over: alice and bob), 1.2 MB today" */
static void
say_relay (KithCli *cli)
{
  GVariant *relay = kith_bus_manager_get_relay (kith_daemon_view_get_manager (cli->daemon));
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean is_enabled = FALSE;
  guint64 today = 0;
  guint n_busy = 0;
  guint n_idle = 0;

  if (relay == NULL || !g_variant_lookup (relay, "enabled", "b", &is_enabled)) {
    return;
  }
  g_autofree gchar *busy = list_pairs (relay, FALSE, &n_busy);
  g_autofree gchar *idle = list_pairs (relay, TRUE, &n_idle);
  (void)g_variant_lookup (relay, "bytes-today", "t", &today);
  if (!is_enabled) {
    g_string_append (text, "off");
  } else {
    g_string_append_printf (text, "%u %s", n_busy, n_busy == 1 ? "call" : "calls");
  }
  if (n_busy > 0) {
    g_string_append_printf (text, " for %s", busy);
  }
  if (n_idle > 0) {
    g_string_append_printf (text, " (over, and closed soon: %s)", idle);
  }
  if (today > 0) {
    g_autofree gchar *bytes = kith_contact_text_bytes (today);
    g_string_append_printf (text, ", %s today", bytes);
  }
  add_spent (text, relay);
  kith_cli_field (cli, "relays", text->str);
}

/* Who is linked and could help, if they wanted to. */
static void
say_unwilling (KithCli *cli, const char *names)
{
  g_autoptr (GPtrArray) accounts = kith_daemon_view_list_accounts (cli->daemon);
  const char *own = "NAME";

  if (accounts->len > 0) {
    own = kith_bus_account_get_name (kith_bus_object_peek_account (accounts->pdata[0]));
  }
  g_autofree gchar *text = g_strdup_printf (
      "%s: linked, but no relay for you; ask for `kith contact set %s --relay on` there",
      names,
      own);
  kith_cli_field (cli, "remedy", text);
}

/* "2 of 3 linked: bob, carol" */
static void
say_friends (KithCli *cli)
{
  g_autoptr (GPtrArray) people = kith_daemon_view_list_contacts (cli->daemon);
  g_autoptr (GString) names = g_string_new (NULL);
  g_autoptr (GString) unwilling = g_string_new (NULL);
  g_autofree gchar *text = NULL;
  guint n = 0;
  guint n_online = 0;

  for (guint i = 0; i < people->len; i++) {
    KithBusContact *contact = kith_bus_object_peek_contact (g_ptr_array_index (people, i));
    if (kith_bus_contact_get_relay (contact)) {
      n++;
      if (kith_bus_contact_get_online (contact)) {
        n_online++;
        g_string_append_printf (names,
                                "%s%s",
                                n_online > 1 ? ", " : ": ",
                                kith_bus_contact_get_name (contact));
        if (g_strcmp0 (kith_bus_contact_get_relays_for_us (contact), "no") == 0) {
          g_string_append_printf (unwilling,
                                  "%s%s",
                                  unwilling->len > 0 ? ", " : "",
                                  kith_bus_contact_get_name (contact));
        }
      }
    }
  }
  if (n > 0) {
    text = g_strdup_printf ("%u of %u linked%s", n_online, n, names->str);
    kith_cli_field (cli, "friends", text);
    if (unwilling->len > 0) {
      say_unwilling (cli, unwilling->str);
    }
  }
}

static guint
count_live_calls (KithCli *cli)
{
  g_autoptr (GPtrArray) calls = kith_daemon_view_list_calls (cli->daemon);
  guint n = 0;
  guint i;

  for (i = 0; i < calls->len; i++) {
    KithBusCall *call = kith_bus_object_peek_call (g_ptr_array_index (calls, i));

    n += g_strcmp0 (kith_bus_call_get_state (call), "ended") != 0;
  }
  return n;
}

/* The notice of that index as a value; NULL: the daemon gives none that this version has words for.
   (transfer full) (nullable) */
static KithSaying *
read_notice (GVariant *findings, gsize index)
{
  const char *code = NULL;

  if (findings == NULL || index >= g_variant_n_children (findings)) {
    return NULL;
  }
  g_autoptr (GVariant) finding = g_variant_get_child_value (findings, index);
  g_autoptr (GVariant) values = g_variant_lookup_value (finding, "values", G_VARIANT_TYPE_VARDICT);
  return g_variant_lookup (finding, "code", "&s", &code) ? kith_saying_read (code, values) : NULL;
}

/* What does not work or will not last, with what mends it. */
static void
say_notices (KithCli *cli, KithBusManager *manager)
{
  GVariant *notices = kith_bus_manager_get_notices (manager);
  GVariant *findings = kith_bus_manager_get_notice_findings (manager); /* the same rows */
  gsize n = notices != NULL ? g_variant_n_children (notices) : 0;      /* NULL: an older daemon */

  for (gsize i = 0; i < n; i++) {
    const char *check;
    const char *finding;
    const char *remedy;
    g_variant_get_child (notices, i, "(&s&s&s&s)", &check, NULL, &finding, &remedy);
    g_autoptr (KithSaying) saying = read_notice (findings, i);
    g_autofree gchar *text = saying != NULL ? kith_saying_tell (saying) : g_strdup (finding);
    g_autofree gchar *help = saying != NULL ? kith_saying_help (saying) : g_strdup (remedy);
    if (strcmp (check, "database") != 0) { /* told below */
      kith_cli_field (cli, check, text);
      kith_cli_field (cli, "remedy", help);
    }
  }
}

static void
say_put_aside (KithCli *cli, KithBusManager *manager)
{
  const char *file = kith_bus_manager_get_database_put_aside (manager);

  if (file != NULL && *file != '\0') {
    g_autofree gchar *safe = kith_cli_safe (file);
    g_autofree gchar *text
        = g_strdup_printf ("was damaged: its contacts, their consents and calls are forgotten; %s",
                           safe);
    kith_cli_field (cli, "database", text);
    kith_cli_field (cli, "remedy", "add your contacts anew, then remove that file");
  }
}

static void
say_trunks (KithCli *cli)
{
  g_autoptr (GPtrArray) trunks = kith_daemon_view_list_trunks (cli->daemon);

  for (guint i = 0; i < trunks->len; i++) {
    KithBusTrunk *trunk = kith_bus_object_peek_trunk (trunks->pdata[i]);
    g_autofree gchar *name = kith_cli_safe (kith_bus_trunk_get_name (trunk));
    g_autofree gchar *state = kith_trunk_text_state (trunk);
    g_autofree gchar *text = g_strdup_printf ("%s, %s", name, state);

    kith_cli_field (cli, "trunk", text);
  }
}

static void
say_status (KithCli *cli)
{
  KithBusManager *manager = kith_daemon_view_get_manager (cli->daemon);
  g_autoptr (GPtrArray) accounts = kith_daemon_view_list_accounts (cli->daemon);
  g_autoptr (GPtrArray) plugins = kith_daemon_view_list_plugins (cli->daemon);
  g_autofree gchar *calls = g_strdup_printf ("%u", count_live_calls (cli));
  g_autofree gchar *version = NULL;
  guint i;

  for (i = 0; i < accounts->len; i++) {
    say_account (cli, kith_bus_object_peek_account (g_ptr_array_index (accounts, i)));
  }
  if (accounts->len == 0) {
    kith_cli_say ("There is no identity yet: `kith init NAME` makes one.\n");
  }
  version = g_strdup_printf ("%s, %s",
                             kith_bus_manager_get_version (manager),
                             kith_bus_manager_get_state (manager));
  kith_cli_field (cli, "kithd", version);
  say_nat (cli, manager);
  say_trunks (cli);
  for (i = 0; i < plugins->len; i++) {
    say_plugin (cli, kith_bus_object_peek_plugin (g_ptr_array_index (plugins, i)));
  }
  say_edge (cli, manager);
  kith_cli_field (cli, "calls", calls);
  say_friends (cli);
  say_relay (cli);
  say_notices (cli, manager);
  say_put_aside (cli, manager);
}

/* Contacts with relay on. */
static void
put_friends (KithCli *cli, KithJson *json)
{
  g_autoptr (GPtrArray) people = kith_daemon_view_list_contacts (cli->daemon);

  kith_json_open_array (json, "friends");
  for (guint i = 0; i < people->len; i++) {
    KithBusContact *contact = kith_bus_object_peek_contact (people->pdata[i]);
    if (kith_bus_contact_get_relay (contact)) {
      kith_json_open_object (json, NULL);
      kith_json_add_string (json, "name", kith_bus_contact_get_name (contact));
      kith_json_add_bool (json, "online", kith_bus_contact_get_online (contact));
      kith_json_add_string (json, "relays-for-us", kith_bus_contact_get_relays_for_us (contact));
      kith_json_close (json);
    }
  }
  kith_json_close (json);
}

static void
put_status (KithCli *cli)
{
  g_autoptr (GPtrArray) accounts = kith_daemon_view_list_accounts (cli->daemon);
  g_autoptr (GPtrArray) plugins = kith_daemon_view_list_plugins (cli->daemon);
  g_autoptr (GPtrArray) trunks = kith_daemon_view_list_trunks (cli->daemon);
  KithJson *json = kith_json_new ();
  guint i;

  kith_json_open_object (json, NULL);
  kith_json_open_object (json, "daemon");
  kith_cli_json_properties (json, kith_daemon_view_get_manager (cli->daemon));
  kith_json_close (json);
  kith_json_open_array (json, "accounts");
  for (i = 0; i < accounts->len; i++) {
    kith_json_open_object (json, NULL);
    kith_cli_json_properties (json, kith_bus_object_peek_account (g_ptr_array_index (accounts, i)));
    kith_json_close (json);
  }
  kith_json_close (json);
  kith_json_open_array (json, "plugins");
  for (i = 0; i < plugins->len; i++) {
    kith_json_open_object (json, NULL);
    kith_cli_json_properties (json, kith_bus_object_peek_plugin (g_ptr_array_index (plugins, i)));
    kith_json_close (json);
  }
  kith_json_close (json);
  kith_json_open_array (json, "trunks");
  for (i = 0; i < trunks->len; i++) {
    kith_json_open_object (json, NULL);
    kith_cli_json_properties (json, kith_bus_object_peek_trunk (g_ptr_array_index (trunks, i)));
    kith_json_close (json);
  }
  kith_json_close (json);
  put_friends (cli, json);
  kith_json_add_int (json, "calls", count_live_calls (cli));
  kith_cli_put_json (json);
}

static gboolean
is_registered (KithCli *cli)
{
  g_autoptr (GPtrArray) accounts = kith_daemon_view_list_accounts (cli->daemon);
  guint i;

  for (i = 0; i < accounts->len; i++) {
    KithBusAccount *account = kith_bus_object_peek_account (g_ptr_array_index (accounts, i));

    if (g_strcmp0 (kith_bus_account_get_state (account), "registered") == 0) {
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
on_wait_over (gpointer is_over)
{
  *(gboolean *)is_over = TRUE;
  return G_SOURCE_REMOVE;
}

/* TRUE if it is registered within @seconds. */
static gboolean
wait_registered (KithCli *cli, guint seconds)
{
  gboolean is_over = FALSE;
  guint timer = g_timeout_add_seconds (seconds, on_wait_over, &is_over);

  while (!is_over && !is_registered (cli) && !kith_daemon_view_is_gone (cli->daemon)) {
    g_main_context_iteration (NULL, TRUE);
  }
  if (!is_over) {
    g_source_remove (timer);
  }
  return is_registered (cli);
}

static int
run (KithCli *cli)
{
  gboolean is_late = FALSE;
  guint seconds;

  if (!kith_cli_option_seconds (cli, "wait", &seconds)) {
    return KITH_EXIT_USAGE;
  }
  if (!kith_cli_connect (cli, TRUE)) {
    return KITH_EXIT_NO_DAEMON;
  }
  if (seconds > 0) {
    is_late = !wait_registered (cli, seconds);
  }
  if (cli->is_json) {
    put_status (cli);
  } else {
    say_status (cli);
  }
  return is_late ? KITH_EXIT_FAILED : KITH_EXIT_OK;
}

static const KithOption options[] = {
  { "wait", "SECONDS", "first wait until registered, at most so long; exit code 1 if it was not" },
  { NULL, NULL, NULL },
};

static const char *const members[] = { "Manager.Version",
                                       "Manager.State",
                                       "Manager.Nat",
                                       "Manager.Relay",
                                       "Manager.DatabasePutAside",
                                       "Manager.Notices",
                                       "Manager.NoticeFindings",
                                       "Manager.Workers",
                                       "Manager.SipTls",
                                       "Contact.RelaysForUs",
                                       "Contact.Online",
                                       "Account.FullAddress",
                                       "Account.Key",
                                       "Account.State",
                                       "Account.StateReason",
                                       "Account.SipPort",
                                       "Account.RegisteredAt",
                                       "Plugin.State",
                                       "Plugin.Status",
                                       NULL };

const KithVerb kith_verb_status = {
  .name = "status",
  .arguments = "",
  .summary = "Show who you are and whether others can find you",
  .details = "\"registered\" means that your record was read back from the network, not just sent. "
             "The full address,\n"
             "with the tag, is what strangers need to reach you and nobody else.",
  .options = options,
  .members = members,
  .exits = "",
  .run = run,
};
