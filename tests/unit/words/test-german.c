/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The German words: all are there, take the same values, and are said only to whom they are meant
   for. */
#include <libintl.h>
#include <locale.h>
#include <string.h>

#include "words/saying.h"
#include "words/word-table.h"

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* "peer quality? time-ms" of "{time-ms} {peer}{quality?: {quality}}". */
static gchar *
names_in (const char *text)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (const char *at = text; (at = strchr (at, '{')) != NULL; at++) {
    const gsize len = strcspn (at + 1, "?}");
    g_ptr_array_add (names, g_strndup (at + 1, len + (at[1 + len] == '?')));
  }
  g_ptr_array_sort (names, compare);
  g_ptr_array_add (names, NULL);
  return g_strjoinv (" ", (gchar **)names->pdata);
}

static void
assert_same_names (const char *text, const char *translation)
{
  g_autofree gchar *before = names_in (text);
  g_autofree gchar *after = names_in (translation);

  g_test_message ("%s", text);
  g_assert_cmpstr (before, ==, after);
}

/* Words, not only values and marks. */
static gboolean
has_words (const char *text)
{
  guint depth = 0;

  for (; text != NULL && *text != '\0'; text++) {
    depth += *text == '{';
    depth -= *text == '}';
    if (depth == 0 && g_ascii_isalpha (*text) && g_ascii_isalpha (text[1])) {
      return TRUE;
    }
  }
  return FALSE;
}

static void
assert_translated (const char *text)
{
  const char *translation = kith_words_translate (text);

  if (text != NULL) {
    assert_same_names (text, translation);
    g_assert_true (!has_words (text) || strcmp (text, translation) != 0);
  }
}

static void
test_all (void)
{
  const KithWords *words;

  for (guint i = 0; (words = kith_words_at (i)) != NULL; i++) {
    if (words->many == NULL) {
      assert_translated (words->text);
    } else {
      const char *one = dngettext (KITH_TEXT_DOMAIN, words->text, words->many, 1);
      const char *many = dngettext (KITH_TEXT_DOMAIN, words->text, words->many, 2);
      assert_same_names (words->text, one);
      assert_same_names (words->many, many);
      g_assert_cmpstr (one, !=, words->text);
    }
    assert_translated (words->help);
  }
}

static void
assert_tells (KithSaying *saying, const char *wanted)
{
  g_autofree gchar *text = kith_saying_tell (saying);

  g_assert_cmpstr (text, ==, wanted);
}

static void
test_says (void)
{
  g_autoptr (KithSaying) nodes = kith_saying_new ("network-online");
  g_autoptr (KithSaying) nat = kith_saying_new ("nat-symmetric");
  g_autoptr (KithSaying) other = kith_saying_new ("device-other");
  g_autoptr (KithSaying) gone = kith_saying_new ("call-declined-remote");

  kith_saying_put_number (nodes, "peers", 1);
  assert_tells (nodes, "1 Knoten ist bekannt");
  kith_saying_put_number (nodes, "peers", 7);
  assert_tells (nodes, "7 Knoten sind bekannt");
  kith_saying_put (nat, "nat", "symmetric");
  kith_saying_put (nat, "seen-as", "192.0.2.1:5000");
  assert_tells (nat, "symmetrisches NAT, gesehen als 192.0.2.1:5000");
  kith_saying_put_time (other, "since-ms", G_GINT64_CONSTANT (259200) * G_USEC_PER_SEC);
  assert_tells (other,
                "diese Identität wird auch auf einem anderen Rechner benutzt, zuletzt gesehen vor "
                "3 Tagen: Anrufe klingeln nur an einem von beiden");
  assert_tells (gone, "Unbekannt hat den Anruf abgelehnt.");
}

/* A program that says English things, such as kithd, is not made German by its environment. */
static void
test_neutral (void)
{
  g_autoptr (KithSaying) saying = kith_saying_new ("network-alone");

  assert_tells (saying, "bisher antwortete kein anderer Knoten");
  g_assert_nonnull (setlocale (LC_MESSAGES, "C"));
  assert_tells (saying, "no other node answered yet");
  g_assert_nonnull (setlocale (LC_MESSAGES, "C.UTF-8"));
  g_setenv ("LANGUAGE", "xx", TRUE);
  (void)textdomain ("messages"); /* so that gettext looks anew */
  assert_tells (saying, "no other node answered yet");
}

int
main (int argc, char **argv)
{
  g_autofree gchar *folder
      = g_build_filename (KITH_BUILD_DIR, "lib", "words", "po", "locale", NULL);
  g_autofree gchar *file = g_build_filename (folder, "de", "LC_MESSAGES", "kith.mo", NULL);

  g_test_init (&argc, &argv, NULL);
  /* LANGUAGE counts with every locale but "C", so that no German one need be there. */
  g_setenv ("LANGUAGE", "de", TRUE);
  if (setlocale (LC_ALL, "C.UTF-8") == NULL || !g_file_test (file, G_FILE_TEST_EXISTS)) {
    g_print ("SKIPPED: there is no locale C.UTF-8, or no msgfmt when it was built\n");
    return 77;
  }
  (void)bindtextdomain (KITH_TEXT_DOMAIN, folder);
  (void)bind_textdomain_codeset (KITH_TEXT_DOMAIN, "UTF-8");
  g_test_add_func ("/words/german/all", test_all);
  g_test_add_func ("/words/german/says", test_says);
  g_test_add_func ("/words/german/neutral", test_neutral);
  return g_test_run ();
}
