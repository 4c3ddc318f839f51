/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Seed words against vectors, and against what people type. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "identity/derive.h"
#include "identity/vault.h"
#include "identity/wordlist.h"
#include "identity/words.h"

#define FIRST "already crowd accuse drum file clump worth three about movie spirit burst"

static const char *
field (GVariant *vector, const char *name)
{
  const char *value = NULL;

  g_assert_true (g_variant_lookup (vector, name, "&s", &value));
  return value;
}

static void
check_hex (const guint8 *bytes, gsize len, const char *expected)
{
  g_autofree gchar *hex = kith_hex_encode (bytes, len);

  g_assert_cmpstr (hex, ==, expected);
}

static void
check_vector (GVariant *vector)
{
  guint8 entropy[KITH_ENTROPY_MAX];
  guint8 found[KITH_ENTROPY_MAX];
  guint8 root[KITH_ROOT_LEN];
  guint8 derived[32];
  const char *hex = field (vector, "entropy");
  gsize len = strlen (hex) / 2;
  g_autoptr (GError) error = NULL;

  g_assert_true (kith_hex_decode (hex, entropy, len));
  g_autofree gchar *words = kith_words_encode (entropy, len);
  g_assert_cmpstr (words, ==, field (vector, "words"));
  g_assert_true (kith_words_decode (words, found, len, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (found, len, entropy, len);
  kith_derive_root (entropy, len, root);
  check_hex (root, sizeof root, field (vector, "root"));
  kith_derive_from_root (root, KITH_LABEL_IDENTITY, derived);
  check_hex (derived, sizeof derived, field (vector, "identity_seed"));
  kith_derive_from_root (root, KITH_LABEL_DISCOVERY, derived);
  check_hex (derived, sizeof derived, field (vector, "discovery"));
}

static void
test_vectors (void)
{
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (KITH_TEST_DATA "/identity/seedphrase.json", &text, NULL, &error);
  g_assert_no_error (error);
  /* this JSON happens to be GVariant text too */
  g_autoptr (GVariant) vectors
      = g_variant_parse (G_VARIANT_TYPE ("aa{ss}"), text, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (vectors), ==, 8);
  for (gsize i = 0; i < g_variant_n_children (vectors); i++) {
    g_autoptr (GVariant) vector = g_variant_get_child_value (vectors, i);
    check_vector (vector);
  }
}

static void
test_list (void)
{
  for (guint i = 1; i < KITH_WORDLIST_LEN; i++) {
    g_assert_cmpstr (kith_wordlist[i - 1], <, kith_wordlist[i]);
    g_assert_cmpuint (strlen (kith_wordlist[i]), >=, 3);
    /* BIP39: four letters tell all words apart */
    g_assert_cmpint (strncmp (kith_wordlist[i - 1], kith_wordlist[i], 4), !=, 0);
  }
  g_assert_cmpstr (kith_wordlist[0], ==, "abandon");
  g_assert_cmpstr (kith_wordlist[KITH_WORDLIST_LEN - 1], ==, "zoo");
}

static void
test_forgiving (void)
{
  guint8 plain[16];
  guint8 typed[16];
  g_autoptr (GError) error = NULL;

  g_assert_true (kith_vault_words_to_entropy (FIRST, plain, &error));
  g_assert_true (kith_vault_words_to_entropy (
      "  Already CROWD\taccuse drum\nfile clump   worth three\r\nabout movie spirit burst \n",
      typed,
      &error));
  g_assert_no_error (error);
  g_assert_cmpmem (plain, 16, typed, 16);
  check_hex (plain, 16, "07268806a1c56258bf7f0800721f480f");
}

static void
refused (const char *words, const char *pattern)
{
  static const guint8 zero[16];
  guint8 entropy[16];
  g_autoptr (GError) error = NULL;

  memset (entropy, 0xaa, sizeof entropy);
  g_assert_false (kith_vault_words_to_entropy (words, entropy, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  g_test_message ("%s", error->message);
  g_assert_true (g_pattern_match_simple (pattern, error->message));
  g_assert_cmpmem (entropy, 16, zero, 16);
}

/* Many write down four letters of each word, or put commas between them. */
static void
test_abbreviated (void)
{
  static const char *const forms[]
      = { "alre crow accu drum file clum wort three abou movi spir burs",
          "already, crowd, accuse, drum, file, clump, worth, three, about, movie, spirit, burst",
          "ALREA;CROWD;ACCUS;DRUM;FILE;CLUMP;WORT;THREE;ABOUT;MOVIE;SPIRIT;BURST," };
  guint8 plain[16];
  guint8 typed[16];
  g_autoptr (GError) error = NULL;

  g_assert_true (kith_vault_words_to_entropy (FIRST, plain, &error));
  for (guint i = 0; i < G_N_ELEMENTS (forms); i++) {
    g_assert_true (kith_vault_words_to_entropy (forms[i], typed, &error));
    g_assert_no_error (error);
    g_assert_cmpmem (plain, 16, typed, 16);
  }
  refused ("alr crowd", "*Word 1, \"alr\"*");
}

static void
test_refused (void)
{
  refused ("", "*12 words, but there are 0*");
  refused ("already crowd", "*12 words, but there are 2*");
  refused (FIRST " burst", "*12 words, but there are 13*");
  /* a letter missing, changed, swapped, and too many */
  refused ("already crowd acuse drum file clump worth three about movie spirit burst",
           "*Word 3, \"acuse\"*did you mean \"accuse\"*");
  refused ("already crowd accuse drum file clump worth three about movie spirut burst",
           "*Word 11*did you mean \"spirit\"*");
  refused ("alraedy crowd accuse drum file clump worth three about movie spirit burst",
           "*Word 1,*did you mean \"already\"*");
  refused ("already crowd accuse drum file clump worth three about movvie spirit burst",
           "*Word 10*did you mean \"movie\"*");
  refused (
      "already crowd accuse drum file clump worth three about qqqqqqqqqqqqqqqqqqqqqq spirit burst",
      "*Word 10*wrote down*");
  refused ("already crwd", "*Word 2*did you mean \"crowd\"*");
  refused ("already \x1b[31mred", "*Word 2*");
  refused ("\xff\xfe", "*Word 1*");
  /* words of the list in the wrong order, or one for another */
  refused ("crowd already accuse drum file clump worth three about movie spirit burst",
           "*do not belong together*");
  refused ("already crowd accuse drum file clump worth three about movie spirit bus",
           "*do not belong together*");
}

/* An error text is shown on a terminal. */
static void
test_error_is_safe (void)
{
  guint8 entropy[16];
  g_autoptr (GError) error = NULL;

  g_assert_false (kith_vault_words_to_entropy ("\x1b]0;title\x07", entropy, &error));
  g_assert_null (strchr (error->message, '\x1b'));
  g_assert_null (strchr (error->message, '\x07'));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_true (kith_identity_init ());
  g_test_add_func ("/words/vectors", test_vectors);
  g_test_add_func ("/words/list", test_list);
  g_test_add_func ("/words/forgiving", test_forgiving);
  g_test_add_func ("/words/abbreviated", test_abbreviated);
  g_test_add_func ("/words/refused", test_refused);
  g_test_add_func ("/words/error-is-safe", test_error_is_safe);
  return g_test_run ();
}
