/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who answers to an address, with the evidence for each. */
#include "cli/text/claimants.h"

#include "cli/text/call-text.h"

static const char *
text_of (GVariant *claimant, const char *key)
{
  const char *text = NULL;

  return g_variant_lookup (claimant, key, "&s", &text) ? text : "";
}

static gboolean
is_proved (GVariant *claimant)
{
  const char *proof = text_of (claimant, "proof");

  return *proof != '\0' && !g_str_equal (proof, "none");
}

/* TRUE when it is the user's own key. */
static gboolean
is_self (KithCli *cli, GVariant *claimant)
{
  g_autoptr (GPtrArray) accounts = kith_daemon_view_list_accounts (cli->daemon);
  const char *key = text_of (claimant, "key");

  for (guint i = 0; *key != '\0' && i < accounts->len; i++) {
    KithBusAccount *account = kith_bus_object_peek_account (accounts->pdata[i]);
    if (g_strcmp0 (kith_bus_account_get_key (account), key) == 0) {
      return TRUE;
    }
  }
  return FALSE;
}

static const char *
evidence (KithCli *cli, GVariant *claimant)
{
  const char *proof = text_of (claimant, "proof");

  if (is_self (cli, claimant)) {
    return "this is you: your own key";
  }

  if (g_str_equal (proof, "tag")) {
    return "proved: the tag belongs to this key";
  }
  if (g_str_equal (proof, "key")) {
    return "proved: this is the key itself";
  }
  if (g_str_equal (proof, "pinned")) {
    return "known: you keep this key under this name, or talked to it before";
  }
  if (g_str_equal (proof, "static")) {
    return "known: your own file says so";
  }
  return *text_of (claimant, "sip-uri") != '\0' && *text_of (claimant, "key") == '\0'
             ? "ordinary SIP, identity not proved"
             : "NOT PROVED: somebody claims this name";
}

static gchar *
age_text (GVariant *claimant)
{
  gint64 ms = -1;

  if (!g_variant_lookup (claimant, "age-ms", "x", &ms) || ms < 0) {
    return g_strdup ("");
  }
  if (ms < 120 * 1000) {
    return g_strdup_printf (", %" G_GINT64_FORMAT " s old", ms / 1000);
  }
  if (ms < 120 * 60 * 1000) {
    return g_strdup_printf (", %" G_GINT64_FORMAT " min old", ms / 60000);
  }
  return g_strdup_printf (", %" G_GINT64_FORMAT " h old", ms / 3600000);
}

static void
say_claimant (KithCli *cli, GVariant *claimant)
{
  const char *address = text_of (claimant, "address");
  g_autofree gchar *safe = kith_cli_safe (*address != '\0' ? address : text_of (claimant, "name"));
  g_autofree gchar *age = age_text (claimant);
  g_autofree gchar *source
      = g_strconcat (kith_call_text_source (text_of (claimant, "source")), age, NULL);

  kith_cli_say ("%s%s%s\n",
                kith_cli_colour (cli, KITH_COLOUR_STRONG),
                safe,
                kith_cli_colour (cli, KITH_COLOUR_PLAIN));
  kith_cli_field (cli, "evidence", evidence (cli, claimant));
  kith_cli_field (cli, "key", text_of (claimant, "key"));
  kith_cli_field (cli, "SIP", text_of (claimant, "sip-uri"));
  kith_cli_field (cli, "found by", source);
}

static int
judge (KithCli *cli, GVariant *claimants)
{
  gsize n = g_variant_n_children (claimants);
  g_autoptr (GVariant) first = NULL;

  if (n == 0) {
    return KITH_EXIT_NONE;
  }
  if (n > 1) {
    return KITH_EXIT_SEVERAL;
  }
  first = g_variant_get_child_value (claimants, 0);
  return is_proved (first) || is_self (cli, first) ? KITH_EXIT_OK : KITH_EXIT_UNPROVED;
}

static void
say_all (KithCli *cli, const char *address, GVariant *claimants)
{
  GVariantIter iter;
  GVariant *claimant;
  g_autofree gchar *safe = kith_cli_safe (address);

  g_variant_iter_init (&iter, claimants);
  while ((claimant = g_variant_iter_next_value (&iter)) != NULL) {
    say_claimant (cli, claimant);
    g_variant_unref (claimant);
  }
  if (g_variant_n_children (claimants) > 1) {
    g_printerr (
        "kith: several people go by %s: ask for the tag and call the full address shown above\n",
        safe);
  }
}

GVariant *
kith_cli_find_claimants (KithCli *cli, const char *address, GError **error)
{
  g_autoptr (GVariant) reply = kith_cli_invoke (cli,
                                                kith_daemon_view_get_manager (cli->daemon),
                                                "Resolve",
                                                g_variant_new ("(sa{sv})", address, NULL),
                                                error);

  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

int
kith_cli_show_claimants (KithCli *cli, const char *address, const char *event)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) claimants = kith_cli_find_claimants (cli, address, &error);

  if (claimants == NULL) {
    return kith_cli_fail (cli, error);
  }
  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    if (event != NULL) {
      kith_json_add_string (json, "event", event);
    }
    kith_json_add_string (json, "address", address);
    kith_json_add_variant (json, "candidates", claimants);
    kith_cli_put_json (json);
  } else {
    say_all (cli, address, claimants);
  }
  return judge (cli, claimants);
}
