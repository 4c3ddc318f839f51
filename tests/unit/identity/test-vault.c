/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The key file: made once, private, restored from words, refused when something is wrong with
   it. */
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "common/absent.h"
#include "identity/seal.h"
#include "identity/vault.h"
#include "temporary-dir.h"

#define NOW 1800000000
#define DAY 86400
#define KEY_FILE_SIZE 131

static mode_t
mode_of (const char *dir, const char *name)
{
  g_autofree gchar *path = g_build_filename (dir, name, NULL);
  struct stat st;

  g_assert_cmpint (stat (path, &st), ==, 0);
  return st.st_mode & 07777;
}

static KithVault *
create (const char *dir)
{
  g_autoptr (GError) error = NULL;
  KithVault *vault = kith_vault_create (dir, "alice", NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (vault);
  return vault;
}

static void
test_create_and_open (void)
{
  TemporaryDir *dir = temporary_dir_new ();
  g_autofree gchar *state = g_build_filename (dir, "state", NULL);
  g_autofree gchar *words = NULL;
  g_autoptr (GError) error = NULL;
  mode_t before = umask (0);
  gint64 start = g_get_monotonic_time ();
  g_autoptr (KithVault) made = kith_vault_create (state, "alice", NULL, &words, &error);
  gint64 took_us = g_get_monotonic_time () - start;

  umask (before);
  g_assert_no_error (error);
  g_test_message ("made in %" G_GINT64_FORMAT " µs", took_us);
  g_assert_cmpint (took_us, <, G_USEC_PER_SEC);
  g_assert_cmpuint (mode_of (dir, "state"), ==, 0700);
  g_assert_cmpuint (mode_of (state, "identity.key"), ==, 0600);
  g_assert_cmpuint (temporary_dir_count (state), ==, 1);
  g_auto (GStrv) split = g_strsplit (words, " ", -1);
  g_assert_cmpuint (g_strv_length (split), ==, KITH_VAULT_WORDS);

  g_autoptr (KithVault) opened = kith_vault_open (state, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (kith_vault_get_name (opened), ==, "alice");
  g_assert_true (
      kith_peer_key_equal (kith_vault_get_identity (made), kith_vault_get_identity (opened)));
  g_assert_true (
      kith_peer_key_equal (kith_vault_get_device (made), kith_vault_get_device (opened)));
  g_assert_false (
      kith_peer_key_equal (kith_vault_get_identity (made), kith_vault_get_device (made)));
  g_assert_cmpmem (kith_vault_get_device_secret (made),
                   64,
                   kith_vault_get_device_secret (opened),
                   64);
  g_assert_cmpmem (kith_vault_get_device_secret (made) + 32,
                   32,
                   kith_vault_get_device (made)->bytes,
                   32);
  temporary_dir_free (g_steal_pointer (&state));
  temporary_dir_free (dir);
}

/* The key file holds neither the words nor the entropy. */
static void
test_no_words_at_rest (void)
{
  TemporaryDir *dir = temporary_dir_new ();
  g_autofree gchar *words = NULL;
  g_autofree gchar *path = g_build_filename (dir, "identity.key", NULL);
  g_autofree gchar *content = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (KithVault) vault = kith_vault_create (dir, "alice", NULL, &words, &error);
  guint8 entropy[16];
  gsize len;

  g_assert_no_error (error);
  g_assert_true (kith_vault_words_to_entropy (words, entropy, &error));
  g_assert_true (g_file_get_contents (path, &content, &len, &error));
  g_assert_cmpuint (len, ==, KEY_FILE_SIZE);
  g_assert_null (memmem (content, len, entropy, sizeof entropy));
  g_assert_null (memmem (content, len, words, 8));
  temporary_dir_free (dir);
}

static void
test_restore (void)
{
  TemporaryDir *first_dir = temporary_dir_new ();
  TemporaryDir *second_dir = temporary_dir_new ();
  g_autofree gchar *words = NULL;
  g_autofree gchar *again = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (KithVault) first = kith_vault_create (first_dir, "alice", NULL, &words, &error);
  guint8 entropy[16];

  g_assert_true (kith_vault_words_to_entropy (words, entropy, &error));
  g_autoptr (KithVault) second = kith_vault_create (second_dir, "alice", entropy, &again, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (words, ==, again);
  g_assert_true (
      kith_peer_key_equal (kith_vault_get_identity (first), kith_vault_get_identity (second)));
  /* a device is not restored: it is another one */
  g_assert_false (
      kith_peer_key_equal (kith_vault_get_device (first), kith_vault_get_device (second)));
  temporary_dir_free (first_dir);
  temporary_dir_free (second_dir);
}

static void
test_known_identity (void)
{
  TemporaryDir *dir = temporary_dir_new ();
  guint8 entropy[16];
  guint8 seed[32];
  guint8 public_key[32];
  guint8 secret_key[64];
  g_autoptr (GError) error = NULL;

  /* the seed comes from another program's BLAKE2b, see tests/data/identity/seedphrase.json */
  g_assert_true (kith_hex_decode ("07268806a1c56258bf7f0800721f480f", entropy, sizeof entropy));
  g_assert_true (
      kith_hex_decode ("4aaa54f923ecf2c65a21202b8eb9e0756c0c0b7c04bfb1ad8087c07ee31e8212",
                       seed,
                       sizeof seed));
  crypto_sign_seed_keypair (public_key, secret_key, seed);
  g_autoptr (KithVault) vault = kith_vault_create (dir, "alice", entropy, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (kith_vault_get_identity (vault)->bytes, 32, public_key, 32);
  temporary_dir_free (dir);
}

static void
test_never_overwritten (void)
{
  TemporaryDir *dir = temporary_dir_new ();
  g_autoptr (KithVault) first = create (dir);
  g_autoptr (GError) error = NULL;
  gchar *words = (gchar *)"";

  g_assert_null (kith_vault_create (dir, "bob", NULL, &words, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_EXISTS);
  g_assert_null (words);
  g_autoptr (KithVault) opened = kith_vault_open (dir, NULL);
  g_assert_true (
      kith_peer_key_equal (kith_vault_get_identity (first), kith_vault_get_identity (opened)));
  g_assert_cmpuint (temporary_dir_count (dir), ==, 1);
  temporary_dir_free (dir);
}

/* Exit code of the child: 0 made it, 1 was told that there is one, 2 anything else. */
static int
race_child (const char *dir, gint gate)
{
  g_autoptr (GError) error = NULL;
  gchar byte;

  (void)!read (gate, &byte, 1); /* returns when the parent closes its end */
  g_autoptr (KithVault) vault = kith_vault_create (dir, "alice", NULL, NULL, &error);
  if (vault != NULL) {
    g_autoptr (KithVault) opened = kith_vault_open (dir, NULL);
    return opened != NULL
                   && kith_peer_key_equal (kith_vault_get_identity (vault),
                                           kith_vault_get_identity (opened))
               ? 0
               : 2;
  }
  return g_error_matches (error, KITH_ERROR, KITH_ERROR_EXISTS) ? 1 : 2;
}

static void
race_once (guint n_children)
{
  TemporaryDir *dir = temporary_dir_new ();
  gint gate[2];
  guint results[3] = { 0 };

  g_assert_cmpint (pipe (gate), ==, 0);
  for (guint i = 0; i < n_children; i++) {
    pid_t pid = fork ();
    g_assert_cmpint (pid, >=, 0);
    if (pid == 0) {
      close (gate[1]);
      _exit (race_child (dir, gate[0]));
    }
  }
  close (gate[0]);
  close (gate[1]);
  for (guint i = 0; i < n_children; i++) {
    int status = 0;
    g_assert_cmpint (wait (&status), >, 0);
    g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) < 3);
    results[WEXITSTATUS (status)]++;
  }
  g_assert_cmpuint (results[0], ==, 1);
  g_assert_cmpuint (results[1], ==, n_children - 1);
  g_assert_cmpuint (temporary_dir_count (dir), ==, 1);
  temporary_dir_free (dir);
}

static void
test_race (void)
{
  for (guint round = 0; round < 20; round++) {
    race_once (4);
  }
}

static void
refused_open (const char *dir, gint code, const char *pattern)
{
  g_autoptr (GError) error = NULL;
  KithVault *vault = kith_vault_open (dir, &error);

  g_assert_null (vault);
  g_assert_error (error, KITH_ERROR, code);
  g_test_message ("%s", error->message);
  g_assert_true (g_pattern_match_simple (pattern, error->message));
}

static void
test_missing (void)
{
  TemporaryDir *dir = temporary_dir_new ();

  refused_open (dir, KITH_ERROR_NOT_FOUND, "*kith init NAME*");
  refused_open (absent_path ("kith"), KITH_ERROR_NOT_FOUND, "*kith init NAME*");
  temporary_dir_free (dir);
}

static void
test_modes (void)
{
  static const mode_t bad_file[] = { 0640, 0604, 0620, 0602, 0610, 0644, 0666 };
  TemporaryDir *dir = temporary_dir_new ();
  g_autofree gchar *path = g_build_filename (dir, "identity.key", NULL);
  g_autofree gchar *elsewhere = g_build_filename (dir, "elsewhere", NULL);
  g_autoptr (KithVault) made = create (dir);

  for (guint i = 0; i < G_N_ELEMENTS (bad_file); i++) {
    g_assert_cmpint (chmod (path, bad_file[i]), ==, 0);
    refused_open (dir, KITH_ERROR_FAILED, "*open to others*chmod 600*");
  }
  g_assert_cmpint (chmod (path, 0400), ==, 0);
  g_autoptr (KithVault) read_only = kith_vault_open (dir, NULL);
  g_assert_nonnull (read_only);
  g_assert_cmpint (chmod (dir, 0770), ==, 0);
  refused_open (dir, KITH_ERROR_FAILED, "*can be changed by others*chmod 700*");
  g_assert_cmpint (chmod (dir, 0700), ==, 0);
  g_assert_cmpint (rename (path, elsewhere), ==, 0);
  g_assert_cmpint (symlink (elsewhere, path), ==, 0);
  refused_open (dir, KITH_ERROR_FAILED, "*symbolic link*");
  g_assert_cmpint (unlink (path), ==, 0);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  refused_open (dir, KITH_ERROR_FAILED, "*not a plain file*");
  temporary_dir_free (dir);
}

static void
test_create_in_open_dir (void)
{
  TemporaryDir *dir = temporary_dir_new ();
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (chmod (dir, 0777), ==, 0);
  g_assert_null (kith_vault_create (dir, "alice", NULL, NULL, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_FAILED);
  g_assert_cmpuint (temporary_dir_count (dir), ==, 0);
  temporary_dir_free (dir);
}

static void
test_bad_names (void)
{
  static const char *const names[]
      = { "", "Alice", "al ice", "a~b", "aaaaaaaaaaaaaaaaaaaaaaaaa", "\xff" };
  TemporaryDir *dir = temporary_dir_new ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (kith_vault_create (dir, names[i], NULL, NULL, &error));
    g_assert_nonnull (error);
    g_assert_true (error->domain == KITH_ERROR);
  }
  g_assert_cmpuint (temporary_dir_count (dir), ==, 0);
  temporary_dir_free (dir);
}

static void
write_key (const char *path, const gchar *content, gsize len)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (path,
                            content,
                            (gssize)len,
                            G_FILE_SET_CONTENTS_CONSISTENT,
                            0600,
                            &error);
  g_assert_no_error (error);
  g_assert_cmpint (chmod (path, 0600), ==, 0);
}

static void
assert_content (const char *path, const gchar *expected, gsize len)
{
  g_autofree gchar *now = NULL;
  gsize now_len;

  g_assert_true (g_file_get_contents (path, &now, &now_len, NULL));
  g_assert_cmpmem (now, now_len, expected, len);
}

/* Every byte changed, every length cut, and bytes added: an error each time, and the file left as
   it is. */
static void
test_corrupt (void)
{
  TemporaryDir *dir = temporary_dir_new ();
  g_autofree gchar *path = g_build_filename (dir, "identity.key", NULL);
  g_autoptr (KithVault) made = create (dir);
  g_autofree gchar *good = NULL;
  gsize len;

  g_assert_true (g_file_get_contents (path, &good, &len, NULL));
  for (gsize i = 0; i < len; i++) {
    g_autofree gchar *bad = g_memdup2 (good, len);
    bad[i] ^= (gchar)(1 << (i % 8));
    write_key (path, bad, len);
    refused_open (dir, KITH_ERROR_FAILED, "*identity.key*;*");
    assert_content (path, bad, len);
  }
  for (gsize cut = 0; cut < len; cut++) {
    write_key (path, good, cut);
    refused_open (dir, KITH_ERROR_FAILED, "*identity.key*;*");
    assert_content (path, good, cut);
  }
  g_autofree gchar *longer = g_malloc0 (len + 1);
  memcpy (longer, good, len);
  write_key (path, longer, len + 1);
  refused_open (dir, KITH_ERROR_FAILED, "*too long*");
  /* and nobody makes a new one over it */
  g_autoptr (GError) error = NULL;
  g_assert_null (kith_vault_create (dir, "alice", NULL, NULL, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_EXISTS);
  write_key (path, good, len);
  g_autoptr (KithVault) opened = kith_vault_open (dir, NULL);
  g_assert_nonnull (opened);
  temporary_dir_free (dir);
}

static void
test_certificate (void)
{
  TemporaryDir *dir = temporary_dir_new ();
  g_autoptr (KithVault) vault = create (dir);
  g_autoptr (GError) error = NULL;
  KithDeviceCert first = *kith_vault_get_device_cert (vault, NOW);

  g_assert_true (kith_device_cert_verify (&first, NOW, &error));
  g_assert_no_error (error);
  g_assert_cmpint (first.not_after - first.not_before, <=, 7 * DAY);
  g_assert_true (kith_peer_key_equal (&first.identity, kith_vault_get_identity (vault)));
  g_assert_true (kith_peer_key_equal (&first.device, kith_vault_get_device (vault)));
  /* kept while more than a day is left, renewed after, renewed when the clock went back */
  g_assert_cmpint (kith_vault_get_device_cert (vault, NOW + 5 * DAY)->not_before,
                   ==,
                   first.not_before);
  gint64 late = first.not_after - DAY + 1;
  KithDeviceCert second = *kith_vault_get_device_cert (vault, late);
  g_assert_cmpint (second.not_before, >, first.not_before);
  g_assert_true (kith_device_cert_verify (&second, late + 5 * DAY, &error));
  KithDeviceCert third = *kith_vault_get_device_cert (vault, NOW - 30 * DAY);
  g_assert_true (kith_device_cert_verify (&third, NOW - 30 * DAY, &error));
  g_assert_no_error (error);
  /* clocks out of all bounds give something that can be written */
  gint64 wild[] = { G_MININT64, -1, 0, G_MAXUINT32, G_MAXINT64 };
  for (guint i = 0; i < G_N_ELEMENTS (wild); i++) {
    g_autoptr (GBytes) encoded
        = kith_device_cert_encode (kith_vault_get_device_cert (vault, wild[i]), NULL);
    g_assert_nonnull (encoded);
  }
  temporary_dir_free (dir);
}

static void
test_sequence (void)
{
  TemporaryDir *dir = temporary_dir_new ();
  g_autoptr (KithVault) vault = create (dir);
  gint64 start = g_get_real_time ();
  guint64 last = 0;

  for (guint i = 0; i < 100000; i++) {
    guint64 next = kith_vault_next_seq (vault);
    g_assert_cmpuint (next, >, last);
    last = next;
  }
  g_assert_cmpuint (last, >=, (guint64)start);
  /* a restart needs no file: a later start gives greater numbers than those of a second ago */
  g_autoptr (KithVault) opened = kith_vault_open (dir, NULL);
  g_assert_cmpuint (kith_vault_next_seq (opened) + G_USEC_PER_SEC, >, last);
  temporary_dir_free (dir);
}

static void
test_work_is_kept (void)
{
  static const guint8 tag[KITH_TAG_LEN] = { 1, 2, 3, 0xfe, 0xff };
  TemporaryDir *dir = temporary_dir_new ();
  g_autofree gchar *path = g_build_filename (dir, "claim", NULL);
  g_autofree gchar *key_path = g_build_filename (dir, "identity.key", NULL);
  g_autoptr (KithVault) vault = create (dir);
  g_autoptr (GError) error = NULL;
  guint64 nonce = 0;
  guint8 difficulty = 0;
  guint8 found[KITH_TAG_LEN];

  g_assert_false (kith_vault_get_work (vault, &nonce, &difficulty, found));
  g_assert_true (kith_vault_set_work (vault, G_MAXUINT64 - 1, 10, tag, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (mode_of (dir, "claim"), ==, 0600);
  g_assert_cmpuint (temporary_dir_count (dir), ==, 2);
  g_autoptr (KithVault) opened = kith_vault_open (dir, &error);
  g_assert_true (kith_vault_get_work (opened, &nonce, &difficulty, found));
  g_assert_cmpuint (nonce, ==, G_MAXUINT64 - 1);
  g_assert_cmpuint (difficulty, ==, 10);
  g_assert_cmpmem (found, KITH_TAG_LEN, tag, KITH_TAG_LEN);
  /* another identity in the same directory does not take it over */
  g_assert_cmpint (unlink (key_path), ==, 0);
  g_autoptr (KithVault) other = create (dir);
  g_assert_false (kith_vault_get_work (other, &nonce, &difficulty, found));
  /* corrupt: unknown, but no reason to refuse the identity */
  write_key (path, "[work\n", 6);
  g_autoptr (KithVault) again = kith_vault_open (dir, &error);
  g_assert_nonnull (again);
  g_assert_false (kith_vault_get_work (again, &nonce, &difficulty, found));
  temporary_dir_free (dir);
}

/* The guarded memory: no write into the secrets, wiped and unmapped with the vault. */
static void
test_secret_is_guarded (void)
{
  if (g_test_subprocess ()) {
    TemporaryDir *dir = temporary_dir_new ();
    KithVault *vault = create (dir);
    volatile guint8 *secret = (volatile guint8 *)kith_vault_get_device_secret (vault);
    temporary_dir_free (dir);
    secret[0] = 1; /* must end this process */
    return;
  }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_true (kith_identity_init ());
  g_test_add_func ("/vault/create-and-open", test_create_and_open);
  g_test_add_func ("/vault/no-words-at-rest", test_no_words_at_rest);
  g_test_add_func ("/vault/restore", test_restore);
  g_test_add_func ("/vault/known-identity", test_known_identity);
  g_test_add_func ("/vault/never-overwritten", test_never_overwritten);
  g_test_add_func ("/vault/race", test_race);
  g_test_add_func ("/vault/missing", test_missing);
  g_test_add_func ("/vault/modes", test_modes);
  g_test_add_func ("/vault/create-in-open-dir", test_create_in_open_dir);
  g_test_add_func ("/vault/bad-names", test_bad_names);
  g_test_add_func ("/vault/corrupt", test_corrupt);
  g_test_add_func ("/vault/certificate", test_certificate);
  g_test_add_func ("/vault/sequence", test_sequence);
  g_test_add_func ("/vault/work-is-kept", test_work_is_kept);
  g_test_add_func ("/vault/secret-is-guarded", test_secret_is_guarded);
  return g_test_run ();
}
