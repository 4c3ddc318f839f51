/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of verbs, the help, the completion, the manual page and D-Bus tell the same story. */
#include <string.h>

#include "bus/kith-bus.h"
#include "cli/text/help-text.h"
#include "model/call/reason.h"

static gchar *
read_manual (void)
{
  g_autoptr (GError) error = NULL;
  gchar *text = NULL;

  g_file_get_contents (KITH_MANUAL, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

/* The manual has a line that starts so and goes on with a space or ends. */
static gboolean
has_line (const char *manual, const char *start)
{
  g_autofree gchar *wanted = g_strconcat ("\n", start, NULL);
  const char *at;

  for (at = strstr (manual, wanted); at != NULL; at = strstr (at + 1, wanted)) {
    if (strchr (" \n", at[strlen (wanted)]) != NULL) {
      return TRUE;
    }
  }
  return FALSE;
}

static void
assert_line (const char *manual, const char *start)
{
  if (!has_line (manual, start)) {
    g_test_message ("kith.1 has no line \"%s\"", start);
    g_test_fail ();
  }
}

static void
assert_options (const char *manual, const KithOption *options)
{
  for (; options != NULL && options->name != NULL; options++) {
    g_autofree gchar *with_item = g_strconcat (".It Fl \\-", options->name, NULL);

    g_assert_nonnull (options->help);
    assert_line (manual, with_item);
  }
}

static void
test_manual_verbs (void)
{
  g_autofree gchar *manual = read_manual ();
  const KithVerb *const *verb;

  for (verb = kith_verb_table (); *verb != NULL; verb++) {
    g_autofree gchar *item = g_strconcat (".It Cm ", (*verb)->name, NULL);

    assert_line (manual, item);
    assert_options (manual, (*verb)->options);
  }
  assert_options (manual, kith_verb_common_options ());
}

static void
test_manual_exits (void)
{
  g_autofree gchar *manual = read_manual ();
  const KithExit *row;
  guint i;

  for (row = kith_verb_exits (); row->text != NULL; row++) {
    g_autofree gchar *item = g_strdup_printf (".It %d", row->code);

    assert_line (manual, item);
  }
  for (i = 0; i < KITH_N_REASONS; i++) {
    g_autofree gchar *item = g_strdup_printf (".It %d", kith_reason_exit_code ((KithReason)i));

    if (i != KITH_REASON_AMBIGUOUS) {
      assert_line (manual, item);
    }
  }
}

/* The other direction: the manual names no verb or option that is not there. */
static void
test_manual_names_nothing_else (void)
{
  g_autofree gchar *manual = read_manual ();
  g_auto (GStrv) lines = g_strsplit (manual, "\n", -1);
  guint i;

  for (i = 0; lines[i] != NULL; i++) {
    g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);
    gboolean is_known = FALSE;
    const KithVerb *const *verb;

    if (g_str_has_prefix (lines[i], ".It Cm ")) {
      is_known = kith_verb_find (words[2]) != NULL;
    } else if (g_str_has_prefix (lines[i], ".It Fl \\-")) {
      for (verb = kith_verb_table (); *verb != NULL; verb++) {
        is_known = is_known || kith_verb_option (*verb, words[2] + 2) != NULL;
      }
    } else {
      continue;
    }
    if (!is_known) {
      g_test_message ("kith.1 names what is not there: %s", lines[i]);
      g_test_fail ();
    }
  }
}

/* Wherever the lines end. */
static gboolean
holds_words (const char *text, const char *words)
{
  g_autofree gchar *line = g_strdelimit (g_strdup (text), "\n", ' ');
  g_autofree gchar *wanted = g_strdelimit (g_strdup (words), "\n", ' ');

  return strstr (line, wanted) != NULL;
}

/* What a help text says fits an ordinary terminal. */
static void
assert_narrow (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++) {
    g_assert_cmpint (g_utf8_strlen (lines[i], -1), <=, 80);
  }
}

static void
test_help_is_total (void)
{
  g_autofree gchar *overview = kith_help_overview ();
  const KithVerb *const *verb;

  for (verb = kith_verb_table (); *verb != NULL; verb++) {
    g_autofree gchar *row = g_strdup_printf ("\n  %s ", (*verb)->name);
    g_autofree gchar *text = kith_help_verb (*verb);
    const KithOption *option;

    g_assert_nonnull (strstr (overview, row));
    assert_narrow (overview);
    assert_narrow (text);
    g_assert_nonnull (strstr (text, (*verb)->summary));
    g_assert_true (holds_words (text, (*verb)->details));
    g_assert_nonnull ((*verb)->run);
    g_assert_cmpuint ((*verb)->min_args, <=, (*verb)->max_args);
    for (option = (*verb)->options; option != NULL && option->name != NULL; option++) {
      g_autofree gchar *written = g_strconcat ("  --", option->name, NULL);

      g_assert_nonnull (strstr (text, written));
    }
  }
}

/* A verb tells what its exit codes mean for it, and nothing of other verbs. */
static void
test_exits (void)
{
  static const int codes[]
      = { KITH_EXIT_OK,      KITH_EXIT_FAILED, KITH_EXIT_USAGE,    KITH_EXIT_UNPROVED,
          KITH_EXIT_SEVERAL, KITH_EXIT_NONE,   KITH_EXIT_NO_DAEMON };
  const KithVerb *const *verb;

  for (verb = kith_verb_table (); *verb != NULL; verb++) {
    for (guint i = 0; i < G_N_ELEMENTS (codes); i++) {
      g_autofree gchar *text = kith_verb_exit_text (*verb, codes[i]);
      g_assert_cmpstr (text, !=, "");
      g_assert_null (strchr (text, ';'));
      g_assert_null (strchr (text, ':'));
    }
  }
  g_autofree gchar *status = kith_verb_exit_text (kith_verb_find ("status"), KITH_EXIT_OK);
  g_autofree gchar *contact = kith_verb_exit_text (kith_verb_find ("contact"), KITH_EXIT_NONE);
  g_assert_cmpstr (status, ==, "done");
  g_assert_nonnull (strstr (contact, "contact"));
}

static GDBusInterfaceInfo *const *
interfaces (void)
{
  static GDBusInterfaceInfo *all[11];

  all[0] = kith_bus_manager_interface_info ();
  all[1] = kith_bus_account_interface_info ();
  all[2] = kith_bus_call_interface_info ();
  all[3] = kith_bus_call_media_interface_info ();
  all[4] = kith_bus_plugin_interface_info ();
  all[5] = kith_bus_agent_interface_info ();
  all[6] = kith_bus_contact_interface_info ();
  all[7] = kith_bus_phone_interface_info ();
  all[8] = kith_bus_binding_interface_info ();
  all[9] = kith_bus_trunk_interface_info ();
  return all;
}

static gboolean
is_used (const char *member)
{
  const KithVerb *const *verb;

  for (verb = kith_verb_table (); *verb != NULL; verb++) {
    if ((*verb)->members != NULL && g_strv_contains ((*verb)->members, member)) {
      return TRUE;
    }
  }
  return FALSE;
}

/* Every method and every property that can be written has a verb. */
static void
test_bus_is_covered (void)
{
  GDBusInterfaceInfo *const *info;
  guint i;

  for (info = interfaces (); *info != NULL; info++) {
    const char *name = (*info)->name + strlen ("org.kith.Kith1.");

    for (i = 0; (*info)->methods != NULL && (*info)->methods[i] != NULL; i++) {
      g_autofree gchar *member = g_strconcat (name, ".", (*info)->methods[i]->name, NULL);

      g_test_message ("%s", member);
      g_assert_true (is_used (member));
    }
    for (i = 0; (*info)->properties != NULL && (*info)->properties[i] != NULL; i++) {
      g_autofree gchar *member = g_strconcat (name, ".", (*info)->properties[i]->name, NULL);

      if (((*info)->properties[i]->flags & G_DBUS_PROPERTY_INFO_FLAGS_WRITABLE) != 0) {
        g_assert_true (is_used (member));
      }
    }
  }
}

static gboolean
is_on_bus (const char *member)
{
  GDBusInterfaceInfo *const *info;
  const char *dot = strrchr (member, '.');

  for (info = interfaces (); *info != NULL; info++) {
    const char *name = (*info)->name + strlen ("org.kith.Kith1.");

    if (strlen (name) == (gsize)(dot - member) && strncmp (name, member, strlen (name)) == 0) {
      return g_dbus_interface_info_lookup_method (*info, dot + 1) != NULL
             || g_dbus_interface_info_lookup_signal (*info, dot + 1) != NULL
             || g_dbus_interface_info_lookup_property (*info, dot + 1) != NULL;
    }
  }
  return FALSE;
}

/* The table names nothing that is not on the bus. */
static void
test_members_exist (void)
{
  const KithVerb *const *verb;
  guint i;

  for (verb = kith_verb_table (); *verb != NULL; verb++) {
    for (i = 0; (*verb)->members != NULL && (*verb)->members[i] != NULL; i++) {
      g_test_message ("%s: %s", (*verb)->name, (*verb)->members[i]);
      g_assert_true (is_on_bus ((*verb)->members[i]));
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/verb-table/manual-verbs", test_manual_verbs);
  g_test_add_func ("/verb-table/manual-exits", test_manual_exits);
  g_test_add_func ("/verb-table/manual-names-nothing-else", test_manual_names_nothing_else);
  g_test_add_func ("/verb-table/help-is-total", test_help_is_total);
  g_test_add_func ("/cli/verb-table/exits", test_exits);
  g_test_add_func ("/verb-table/bus-is-covered", test_bus_is_covered);
  g_test_add_func ("/verb-table/members-exist", test_members_exist);
  return g_test_run ();
}
