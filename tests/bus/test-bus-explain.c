/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the daemon explains over the bus: past calls, why they went so, and what ails it; also after
   a restart and with a damaged database. */
#include <signal.h>
#include <string.h>

#include "bus-fixture.h"
#include "words/saying.h"
#include "words/step-words.h"

#define MANAGER KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER

/* The facts of a call. (transfer full) */
static GVariant *
explain (Bus *bus, guint number)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
      = bus_call (bus, MANAGER, "Explain", g_variant_new ("(u)", number), &error);

  g_assert_no_error (error);
  return g_variant_get_child_value (reply, 0);
}

static gsize
count_history (Bus *bus, guint max)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
      = bus_call (bus, MANAGER, "GetCallHistory", g_variant_new ("(u)", max), &error);

  g_assert_no_error (error);
  g_autoptr (GVariant) calls = g_variant_get_child_value (reply, 0);
  return g_variant_n_children (calls);
}

static const char *
text_of (GVariant *facts, const char *key)
{
  const char *text = NULL;

  g_assert_true (g_variant_lookup (facts, key, "&s", &text));
  return text;
}

/* Each entry can be said by whoever has the words, and is said so in English beside it. */
static void
assert_time_line (GVariant *facts)
{
  g_autoptr (GVariant) entries
      = g_variant_lookup_value (facts, "entries", G_VARIANT_TYPE ("a(xss)"));
  g_autoptr (GVariant) steps
      = g_variant_lookup_value (facts, "steps", G_VARIANT_TYPE ("a(sa{sv})"));

  g_assert_cmpuint (g_variant_n_children (entries), >=, 2);
  g_assert_cmpuint (g_variant_n_children (steps), ==, g_variant_n_children (entries));
  for (gsize i = 0; i < g_variant_n_children (entries); i++) {
    g_autoptr (GVariant) values = NULL;
    const char *code = NULL;
    const char *text = NULL;
    g_variant_get_child (entries, i, "(xs&s)", NULL, NULL, &text);
    g_variant_get_child (steps, i, "(&s@a{sv})", &code, &values);
    g_autofree gchar *told = kith_step_text (code, values, NULL);
    g_test_message ("%s: %s", code, text);
    g_assert_cmpstr (told, ==, text);
    g_assert_cmpstr (told, !=, code);
  }
}

static void
restart (Bus *bus)
{
  g_subprocess_send_signal (bus->daemon, SIGTERM);
  g_assert_cmpint (bus_wait_exit (bus->daemon), ==, 0);
  g_clear_object (&bus->daemon);
  bus_start_daemon (bus, NULL);
}

static void
test_explain (void)
{
  Bus bus;

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  bus_call_fails (&bus, MANAGER, "Explain", g_variant_new ("(u)", 0), "NotFound");
  g_assert_cmpuint (count_history (&bus, 10), ==, 0);
  g_autofree gchar *words = bus_make_identity (&bus);
  g_autofree gchar *call = bus_dial (&bus, "nemo");
  bus_wait_call_state (&bus, call, "ended");
  g_autoptr (GVariant) facts = explain (&bus, 0);
  assert_time_line (facts);
  g_assert_cmpstr (text_of (facts, "state"), ==, "ended");
  g_assert_cmpstr (text_of (facts, "peer-name"), ==, "nemo");
  g_assert_cmpuint (strlen (text_of (facts, "sentence")), >, 20);
  g_assert_cmpuint (strlen (text_of (facts, "remedy")), >, 10);
  g_autoptr (GVariant) values = g_variant_lookup_value (facts, "values", G_VARIANT_TYPE_VARDICT);
  g_autoptr (KithSaying) saying = kith_saying_read (text_of (facts, "code"), values);
  g_assert_nonnull (saying);
  g_autofree gchar *cause = kith_saying_tell (saying);
  g_assert_cmpstr (cause, ==, text_of (facts, "cause"));
  g_autoptr (GVariant) code = bus_get (&bus, call, KITH_BUS_IFACE_CALL, "Code");
  g_assert_cmpstr (g_variant_get_string (code, NULL), ==, text_of (facts, "code"));
  bus_call_fails (&bus, MANAGER, "Explain", g_variant_new ("(u)", 77), "NotFound");
  g_assert_cmpuint (count_history (&bus, 10), ==, 1);
  g_assert_cmpuint (count_history (&bus, 0), ==, 0);

  restart (&bus);
  g_autoptr (GVariant) again = explain (&bus, 1);
  g_assert_true (g_variant_equal (facts, again));
  g_autofree gchar *second = bus_dial (&bus, "nemo");
  bus_wait_call_state (&bus, second, "ended");
  g_assert_cmpuint (count_history (&bus, 10), ==, 2);
  g_autoptr (GVariant) cleared = bus_call (&bus, MANAGER, "ClearCallHistory", NULL, NULL);
  guint32 n = 0;
  g_variant_get (cleared, "(u)", &n);
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpuint (count_history (&bus, 10), ==, 0);
  bus_call_fails (&bus, MANAGER, "Explain", g_variant_new ("(u)", 2), "NotFound");
  g_assert_cmpstr (second, ==, KITH_BUS_CALL_PREFIX "2"); /* no number is given twice */
  bus_down (&bus);
}

/* A damaged database costs the history, not the telephone. */
static void
test_damaged (void)
{
  Bus bus;
  gchar junk[9000];

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  g_autofree gchar *words = bus_make_identity (&bus);
  g_autofree gchar *call = bus_dial (&bus, "nemo");
  bus_wait_call_state (&bus, call, "ended");
  g_subprocess_send_signal (bus.daemon, SIGTERM);
  g_assert_cmpint (bus_wait_exit (bus.daemon), ==, 0);
  g_clear_object (&bus.daemon);
  g_autofree gchar *file = g_build_filename (bus.state, "kith.db", NULL);
  g_autofree gchar *broken = g_strconcat (file, ".broken-1", NULL);
  memset (junk, 'j', sizeof junk);
  g_assert_true (g_file_set_contents (file, junk, sizeof junk, NULL));
  bus_start_daemon (&bus, NULL);
  g_assert_true (g_file_test (broken, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (count_history (&bus, 10), ==, 0);
  g_autofree gchar *next = bus_dial (&bus, "nemo");
  bus_wait_call_state (&bus, next, "ended");
  g_assert_cmpuint (count_history (&bus, 10), ==, 1);
  bus_down (&bus);
}

static gchar *
word_of (Bus *bus, const char *wanted)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = bus_call (bus, MANAGER, "Diagnose", NULL, &error);
  GVariantIter iter;
  const char *check, *word, *finding, *remedy;

  g_assert_no_error (error);
  g_autoptr (GVariant) findings = g_variant_get_child_value (reply, 0);
  g_variant_iter_init (&iter, findings);
  while (g_variant_iter_next (&iter, "(&s&s&s&s)", &check, &word, &finding, &remedy)) {
    g_assert_cmpstr (finding, !=, "");
    if (strcmp (check, wanted) == 0) {
      return g_strdup (word);
    }
  }
  return g_strdup ("missing");
}

/* Each row of Diagnose is there with code and values, of which the same sentence can be made. */
static void
assert_rows (Bus *bus)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = bus_call (bus, MANAGER, "Examine", NULL, &error);

  g_assert_no_error (error);
  g_autoptr (GVariant) findings = g_variant_get_child_value (reply, 0);
  g_assert_cmpuint (g_variant_n_children (findings), >, 15);
  for (gsize i = 0; i < g_variant_n_children (findings); i++) {
    g_autoptr (GVariant) row = g_variant_get_child_value (findings, i);
    g_autoptr (GVariant) values = g_variant_lookup_value (row, "values", G_VARIANT_TYPE_VARDICT);
    g_autoptr (KithSaying) saying = kith_saying_read (text_of (row, "code"), values);
    g_assert_nonnull (saying);
    g_autofree gchar *text = kith_saying_tell (saying);
    g_assert_cmpstr (text, ==, text_of (row, "finding"));
    g_autofree gchar *word = word_of (bus, text_of (row, "check"));
    g_assert_cmpstr (word, ==, text_of (row, "state"));
  }
}

#define assert_word(bus, check, expected)                                                          \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree gchar *word_ = word_of (bus, check);                                                \
    g_assert_cmpstr (word_, ==, expected);                                                         \
  }                                                                                                \
  G_STMT_END

static void
test_diagnose (void)
{
  Bus bus;

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  assert_word (&bus, "daemon", "ok");
  assert_word (&bus, "identity", "bad");
  g_autofree gchar *words = bus_make_identity (&bus);
  assert_word (&bus, "identity", "ok");
  assert_word (&bus, "microphone", "ok"); /* silence */
  assert_word (&bus, "sip", "ok");
  assert_word (&bus, "disk", "ok");
  assert_rows (&bus);
  bus_down (&bus);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bus/explain/explain", test_explain);
  g_test_add_func ("/bus/explain/damaged", test_damaged);
  g_test_add_func ("/bus/explain/diagnose", test_diagnose);
  return g_test_run ();
}
