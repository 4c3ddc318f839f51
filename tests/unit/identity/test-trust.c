/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pins stay where they are, survive a restart, and a broken list is refused. */
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "identity/trust.h"
#include "temporary-dir.h"

#define NOW 1800000000

static KithPeerKey
key_of (guint8 fill)
{
  KithPeerKey key;

  memset (key.bytes, fill, sizeof key.bytes);
  return key;
}

static KithTrust *
open_trust (const char *dir)
{
  g_autoptr (GError) error = NULL;
  KithTrust *trust = kith_trust_open (dir, &error);

  g_assert_no_error (error);
  return trust;
}

static gboolean
keep (KithTrust *trust, GError **error)
{
  g_autoptr (KithTrustCopy) copy = kith_trust_copy (trust);

  return kith_trust_copy_write (copy, error);
}

static void
test_pins (void)
{
  TemporaryDir *dir = temporary_dir_new ();
  g_autoptr (KithTrust) trust = open_trust (dir);
  g_autoptr (GError) error = NULL;
  KithPeerKey bob = key_of (1);
  KithPeerKey mallory = key_of (2);
  KithPeerKey found;

  g_assert_cmpint (kith_trust_judge (trust, "bob", &bob), ==, KITH_TRUST_UNKNOWN);
  g_assert_cmpint (kith_trust_judge (trust, NULL, &bob), ==, KITH_TRUST_UNKNOWN);
  g_assert_false (kith_trust_get_pin (trust, "bob", &found));
  g_assert_true (kith_trust_pin (trust, "bob", &bob, NOW, &error));
  g_assert_cmpint (kith_trust_judge (trust, "bob", &bob), ==, KITH_TRUST_SEEN);
  g_assert_cmpint (kith_trust_judge (trust, "bob", &mallory), ==, KITH_TRUST_MISMATCH);
  g_assert_cmpint (kith_trust_judge (trust, "robert", &bob), ==, KITH_TRUST_UNKNOWN);
  /* the same again keeps the first time; another key does not move the pin */
  g_assert_true (kith_trust_pin (trust, "bob", &bob, NOW + 5, &error));
  g_assert_no_error (error);
  g_assert_cmpint (kith_trust_get_since (trust, "bob"), ==, NOW);
  g_assert_false (kith_trust_pin (trust, "bob", &mallory, NOW, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_EXISTS);
  g_assert_true (kith_trust_get_pin (trust, "bob", &found));
  g_assert_true (kith_peer_key_equal (&found, &bob));
  temporary_dir_free (dir);
}

static void
test_restart (void)
{
  TemporaryDir *dir = temporary_dir_new ();
  g_autofree gchar *path = g_build_filename (dir, "trust", NULL);
  KithPeerKey bob = key_of (1);
  KithPeerKey zoe = key_of (3);
  KithPeerKey mallory = key_of (2);
  g_autoptr (GError) error = NULL;
  struct stat st;
  mode_t before = umask (0);
  g_autoptr (KithTrust) trust = open_trust (dir);

  g_assert_true (kith_trust_pin (trust, "zoë", &zoe, NOW, &error));
  g_assert_true (kith_trust_pin (trust, "bob", &bob, NOW, &error));
  g_assert_false (kith_trust_verify (trust, "bob", &mallory, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_true (kith_trust_verify (trust, "bob", &bob, &error));
  g_assert_cmpuint (temporary_dir_count (dir), ==, 0); /* whoever pins has it kept */
  g_assert_true (keep (trust, &error));
  umask (before);
  g_assert_cmpint (stat (path, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 07777, ==, 0600);
  g_assert_cmpuint (temporary_dir_count (dir), ==, 1);

  g_autoptr (KithTrust) again = open_trust (dir);
  g_assert_cmpint (kith_trust_judge (again, "bob", &bob), ==, KITH_TRUST_VERIFIED);
  g_assert_cmpint (kith_trust_judge (again, "zoë", &zoe), ==, KITH_TRUST_SEEN);
  g_assert_cmpint (kith_trust_get_since (again, "zoë"), ==, NOW);
  g_auto (GStrv) names = kith_trust_list (again);
  g_assert_cmpuint (g_strv_length (names), ==, 2);
  g_assert_cmpstr (names[0], ==, "bob");
  g_assert_cmpstr (names[1], ==, "zoë");
  g_assert_true (kith_trust_forget (again, "bob", &error));
  g_assert_true (keep (again, &error));
  g_assert_false (kith_trust_forget (again, "bob", &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_NOT_FOUND);
  g_autoptr (KithTrust) third = open_trust (dir);
  g_assert_cmpint (kith_trust_judge (third, "bob", &mallory), ==, KITH_TRUST_UNKNOWN);
  g_assert_cmpint (kith_trust_judge (third, "zoë", &mallory), ==, KITH_TRUST_MISMATCH);
  temporary_dir_free (dir);
}

static void
test_refused_pins (void)
{
  static const char *const names[] = { "", "Bob", "a b", "[x]", "a\nname=b" };
  TemporaryDir *dir = temporary_dir_new ();
  g_autoptr (KithTrust) trust = open_trust (dir);
  KithPeerKey bob = key_of (1);
  KithPeerKey zero = key_of (0);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (kith_trust_pin (trust, names[i], &bob, NOW, &error));
    g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  }
  g_assert_false (kith_trust_pin (trust, "bob", &zero, NOW, NULL));
  g_assert_cmpuint (temporary_dir_count (dir), ==, 0);
  temporary_dir_free (dir);
}

/* A list that cannot be written is told, and the old one stays; a copy is what it was, whatever is
   pinned after it. */
static void
test_unwritable (void)
{
  TemporaryDir *dir = temporary_dir_new ();
  g_autoptr (KithTrust) trust = open_trust (dir);
  KithPeerKey bob = key_of (1);
  g_autoptr (GError) error = NULL;

  g_assert_true (kith_trust_pin (trust, "bob", &bob, NOW, &error));
  g_assert_true (keep (trust, &error));
  g_autoptr (KithTrustCopy) copy = kith_trust_copy (trust);
  g_assert_true (kith_trust_verify (trust, "bob", &bob, NULL));
  g_assert_cmpint (chmod (dir, 0777), ==, 0);
  g_assert_false (keep (trust, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_FAILED);
  g_assert_cmpint (chmod (dir, 0700), ==, 0);
  g_autoptr (KithTrust) second = open_trust (dir);
  g_assert_cmpint (kith_trust_judge (second, "bob", &bob), ==, KITH_TRUST_SEEN);
  g_assert_true (keep (trust, NULL));
  g_autoptr (KithTrust) third = open_trust (dir);
  g_assert_cmpint (kith_trust_judge (third, "bob", &bob), ==, KITH_TRUST_VERIFIED);
  g_assert_true (kith_trust_copy_write (copy, NULL));
  g_autoptr (KithTrust) fourth = open_trust (dir);
  g_assert_cmpint (kith_trust_judge (fourth, "bob", &bob), ==, KITH_TRUST_SEEN);
  temporary_dir_free (dir);
}

static void
write_trust (const char *dir, const char *text, gssize len, mode_t mode)
{
  g_autofree gchar *path = g_build_filename (dir, "trust", NULL);

  g_assert_true (g_file_set_contents (path, text, len, NULL));
  g_assert_cmpint (chmod (path, mode), ==, 0);
}

#define KEY "040g2081040g2081040g2081040g2081040g2081040g2081040g"

static void
test_corrupt (void)
{
  static const char *const texts[] = {
    "[pin 1\n",
    "name=bob\n",
    "[pin 1]\nname=bob\n",
    "[pin 1]\nname=Bob\nkey=" KEY "\nsince=1\nverified=false\n",
    "[pin 1]\nname=bob\nkey=" KEY "x\nsince=1\nverified=false\n",
    "[pin 1]\nname=bob\nkey=" KEY "\nsince=yesterday\nverified=false\n",
    "[pin 1]\nname=bob\nkey=" KEY "\nsince=1\nverified=perhaps\n",
    "[pin 1]\nname=bob\nkey=" KEY "\nsince=1\nverified=false\n[pin 2]\nname=bob\nkey=" KEY
    "\nsince=1\nverified=true\n",
    "\xff\xff\xff",
  };
  TemporaryDir *dir = temporary_dir_new ();
  KithPeerKey bob = key_of (1);

  write_trust (dir, "[pin 1]\nname=bob\nkey=" KEY "\nsince=1\nverified=true\n", -1, 0600);
  g_autoptr (KithTrust) good = open_trust (dir);
  g_assert_cmpint (kith_trust_judge (good, "bob", &bob), ==, KITH_TRUST_VERIFIED);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;
    write_trust (dir, texts[i], -1, 0600);
    g_assert_null (kith_trust_open (dir, &error));
    g_assert_error (error, KITH_ERROR, KITH_ERROR_FAILED);
    g_assert_nonnull (strstr (error->message, "restore it"));
  }
  temporary_dir_free (dir);
}

static void
test_bounds (void)
{
  TemporaryDir *dir = temporary_dir_new ();
  g_autoptr (GError) error = NULL;
  KithPeerKey bob = key_of (1);
  g_autofree gchar *bob_text = kith_peer_key_to_text (&bob);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < KITH_TRUST_PINS_MAX; i++) {
    g_string_append_printf (text,
                            "[pin %u]\nname=bob%u\nkey=%s\nsince=1\nverified=false\n",
                            i,
                            i,
                            bob_text);
  }
  write_trust (dir, text->str, (gssize)text->len, 0600);
  g_autoptr (KithTrust) full = open_trust (dir);
  g_assert_cmpint (kith_trust_judge (full, "bob7", &bob), ==, KITH_TRUST_SEEN);
  g_assert_false (kith_trust_pin (full, "carol", &bob, NOW, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_LIMIT_REACHED);
  g_clear_error (&error);

  g_string_append_printf (text,
                          "[pin more]\nname=carol\nkey=%s\nsince=1\nverified=false\n",
                          bob_text);
  write_trust (dir, text->str, (gssize)text->len, 0600);
  g_assert_null (kith_trust_open (dir, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_FAILED);
  g_clear_error (&error);

  g_autofree gchar *huge = g_strnfill (5 * 1024 * 1024, '#');
  write_trust (dir, huge, -1, 0600);
  g_assert_null (kith_trust_open (dir, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_FAILED);
  g_clear_error (&error);

  write_trust (dir, "", 0, 0644);
  g_assert_null (kith_trust_open (dir, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_FAILED);
  temporary_dir_free (dir);
}

static void
test_words (void)
{
  g_assert_cmpstr (kith_trust_level_word (KITH_TRUST_UNKNOWN), ==, "unknown");
  g_assert_cmpstr (kith_trust_level_word (KITH_TRUST_SEEN), ==, "seen");
  g_assert_cmpstr (kith_trust_level_word (KITH_TRUST_VERIFIED), ==, "verified");
  g_assert_cmpstr (kith_trust_level_word (KITH_TRUST_MISMATCH), ==, "mismatch");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trust/pins", test_pins);
  g_test_add_func ("/trust/restart", test_restart);
  g_test_add_func ("/trust/refused-pins", test_refused_pins);
  g_test_add_func ("/trust/unwritable", test_unwritable);
  g_test_add_func ("/trust/corrupt", test_corrupt);
  g_test_add_func ("/trust/bounds", test_bounds);
  g_test_add_func ("/trust/words", test_words);
  return g_test_run ();
}
