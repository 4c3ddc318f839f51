/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every code has words, and all of them print whole with whatever values they take. */
#include "words/obstacle-words.h"
#include "words/reason-words.h"
#include "words/saying.h"
#include "words/word-table.h"

#include <string.h>

static gboolean
is_kebab (const char *text)
{
  return *text != '\0' && text[strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static void
put_sample (KithSaying *saying, const char *name, guint number)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();

  switch (kith_words_kind (name, NULL)) {
  case KITH_VALUE_TEXT:
    kith_saying_put (saying, name, "something");
    break;
  case KITH_VALUE_NAT:
    kith_saying_put (saying, name, "symmetric");
    break;
  case KITH_VALUE_WAY:
    kith_saying_put (saying, name, "turn");
    break;
  case KITH_VALUE_NUMBER:
  case KITH_VALUE_STATUS:
    kith_saying_put_number (saying, name, number);
    break;
  case KITH_VALUE_FIGURE:
    kith_saying_put_figure (saying, name, 4.25);
    break;
  case KITH_VALUE_FLAG:
    kith_saying_put_flag (saying, name, TRUE);
    break;
  case KITH_VALUE_AGO:
  case KITH_VALUE_TIME:
  case KITH_VALUE_MS:
    kith_saying_put_time (saying, name, (gint64)number * 61 * G_USEC_PER_SEC);
    break;
  case KITH_VALUE_LIST:
    g_ptr_array_add (list, (gpointer) "carol");
    g_ptr_array_add (list, (gpointer) "dave");
    kith_saying_put_list (saying, name, list);
    break;
  case KITH_VALUE_SAYING:
    kith_saying_put_saying (saying, name, kith_saying_new ("identity-none"));
    break;
  case KITH_VALUE_SAYINGS:
    kith_saying_add_saying (saying, name, kith_saying_new ("identity-none"));
    kith_saying_add_saying (saying, name, kith_saying_new ("identity-missing"));
    break;
  case KITH_VALUE_UNKNOWN:
    g_error ("“%s” in the words of %s is no value", name, kith_saying_get_code (saying));
  }
}

/* Puts each value that is named in @text; those that may be left out too if @all. */
static void
put_samples (KithSaying *saying, const char *text, gboolean all, guint number)
{
  gboolean has_only_maybe;

  for (const char *at = text; at != NULL && (at = strchr (at, '{')) != NULL; at++) {
    g_autofree gchar *name = g_strndup (at + 1, strcspn (at + 1, "?}"));
    has_only_maybe = at[1 + strlen (name)] == '?';
    if (has_only_maybe && !all) {
      guint depth = 0; /* passes over the whole piece */
      for (; *at != '\0'; at++) {
        depth += *at == '{';
        if (*at == '}' && --depth == 0) {
          break;
        }
      }
      continue;
    }
    put_sample (saying, name, number);
  }
}

static KithSaying *
make_sample (const KithWords *words, gboolean all, guint number)
{
  KithSaying *saying = kith_saying_new (words->code);

  put_samples (saying, words->text, all, number);
  put_samples (saying, words->many, all, number);
  put_samples (saying, words->help, all, number);
  return saying;
}

static void
assert_prints (const KithWords *words, gboolean all, guint number)
{
  g_autoptr (KithSaying) saying = make_sample (words, all, number);
  g_autoptr (GVariant) values = kith_saying_get_values (saying);
  g_autoptr (KithSaying) read = kith_saying_read (words->code, values);

  g_test_message ("%s", words->code);
  g_assert_nonnull (read);
  g_autofree gchar *text = kith_saying_tell (read);
  g_autofree gchar *help = kith_saying_help (read);
  g_assert_cmpstr (text, !=, "");
  g_assert_null (strpbrk (text, "{}\n"));
  g_assert_null (strpbrk (help, "{}\n"));
  g_assert_null (strstr (text, "%s"));
  g_assert_null (strstr (text, "  "));
  g_assert_null (strstr (help, "  "));
  g_assert_false (g_str_has_suffix (text, " "));
  if (words->help != NULL && words->help[0] != '{') {
    g_assert_true (g_str_has_suffix (help, "."));
  }
}

static void
test_all (void)
{
  g_autoptr (GHashTable) codes = g_hash_table_new (g_str_hash, g_str_equal);
  guint n = 0;
  const KithWords *words;

  for (; (words = kith_words_at (n)) != NULL; n++) {
    g_assert_true (is_kebab (words->code));
    g_assert_true (g_hash_table_add (codes, (gpointer)words->code));
    g_assert_true (kith_words_find (words->code) == words);
    for (guint i = 0; i < 6; i++) {
      assert_prints (words, i % 2 == 0, i / 2);
    }
  }
  g_assert_cmpuint (n, >, 280);
}

/* A value that the words need, and is not there or of another type: a newer program means something
   else by the code. */
static void
test_read (void)
{
  g_autoptr (GVariant) none = g_variant_ref_sink (g_variant_new_parsed ("@a{sv} {}"));
  g_autoptr (GVariant) wrong
      = g_variant_ref_sink (g_variant_new_parsed ("{'peers': <'many'>, 'restarts': <@u 2>}"));
  g_autoptr (GVariant) right = g_variant_ref_sink (
      g_variant_new_parsed ("{'peers': <@u 3>, 'restarts': <@u 2>, 'more': <true>}"));
  g_autoptr (GVariant) within
      = g_variant_ref_sink (g_variant_new_parsed ("{'nodes': <[('no-such', @a{sv} {})]>}"));
  g_autoptr (GVariant) text_alone = g_variant_ref_sink (g_variant_new_string (""));
  g_autoptr (KithSaying) saying = kith_saying_read ("network-worker-died", right);

  g_assert_null (kith_saying_read ("no-such-code", none));
  g_assert_null (kith_saying_read (NULL, none));
  g_assert_null (kith_saying_read ("network-alone", NULL));
  g_assert_null (kith_saying_read ("network-alone", text_alone));
  g_assert_null (kith_saying_read ("network-worker-died", none));
  g_assert_null (kith_saying_read ("network-worker-died", wrong));
  g_assert_null (kith_saying_read ("bootstrap-nodes", within));
  g_assert_nonnull (saying);
  g_autofree gchar *text = kith_saying_tell (saying);
  g_assert_cmpstr (text, ==, "3 nodes are known, but the worker died 2 times");
}

static void
assert_tells (KithSaying *saying, const char *wanted)
{
  g_autofree gchar *text = kith_saying_tell (saying);

  g_assert_cmpstr (text, ==, wanted);
}

static void
test_plural (void)
{
  g_autoptr (KithSaying) saying = kith_saying_new ("network-online");

  kith_saying_put_number (saying, "peers", 1);
  assert_tells (saying, "1 node is known");
  kith_saying_put_number (saying, "peers", 0);
  assert_tells (saying, "0 nodes are known");
  kith_saying_put_number (saying, "peers", 21);
  assert_tells (saying, "21 nodes are known");
}

static void
test_times (void)
{
  static const struct {
    gint64 s;
    const char *ago;
  } cases[] = { { -3, "0 s" },      { 59, "59 s" },         { 60, "1 min" },
                { 3599, "59 min" }, { 3600, "1 h 0 min" },  { 86399, "23 h 59 min" },
                { 86400, "1 day" }, { 3 * 86400, "3 days" } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (KithSaying) saying = kith_saying_new ("registration-registered");
    g_autofree gchar *wanted
        = g_strdup_printf ("your record was read back from the network %s ago", cases[i].ago);
    kith_saying_put_time (saying, "since-ms", cases[i].s * G_USEC_PER_SEC);
    assert_tells (saying, wanted);
  }
}

/* Pieces that are there or not, and sayings within one. */
static void
test_pieces (void)
{
  g_autoptr (KithSaying) mapping = kith_saying_new ("mapping-none");
  g_autoptr (KithSaying) bootstrap = kith_saying_new ("bootstrap-nodes");
  const char *const names[] = { "a:1", "b:2" };

  assert_tells (mapping, "no port is mapped in the router");
  kith_saying_put_flag (mapping, "pinhole", TRUE);
  assert_tells (mapping,
                "no port is mapped in the router, but one is open in its IPv6 firewall (PCP)");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    KithSaying *node = kith_saying_new ("node-silent");
    kith_saying_put (node, "node", names[i]);
    kith_saying_add_saying (bootstrap, "nodes", node);
  }
  assert_tells (bootstrap, "a:1 does not answer; b:2 does not answer");
  g_autofree gchar *help = kith_saying_help (bootstrap);
  g_assert_true (g_str_has_prefix (help, "See that the node that does not answer runs"));
  g_assert_null (strstr (help + 10, "See that")); /* once is enough */
}

/* Whatever is in the way has words, and whatever ends a call. */
static void
test_reasons (void)
{
  for (guint i = 0; i <= KITH_N_REASONS; i++) {
    const char *text = kith_reason_text ((KithReason)i);
    g_assert_cmpuint (strlen (text), >, 5);
    g_assert_false (g_str_has_suffix (text, "."));
    g_assert_cmpuint (strlen (kith_reason_missed_text ((KithReason)i)), >, 5);
  }
  for (guint i = 0; i <= KITH_RELAY_OBSTACLE_PEER; i++) {
    for (guint ended = 0; ended < 2; ended++) {
      g_autoptr (KithSaying) saying
          = kith_obstacle_saying ((KithRelayObstacle)i, "fred", "bob", ended == 1);
      g_assert_true ((saying != NULL) == (i != KITH_RELAY_OBSTACLE_NONE));
      g_assert_true (saying == NULL || kith_words_find (kith_saying_get_code (saying)) != NULL);
    }
  }
}

static void
test_no_path (void)
{
  for (guint ours = KITH_NAT_UNKNOWN; ours <= KITH_NAT_BLOCKED; ours++) {
    for (guint theirs = KITH_NAT_UNKNOWN; theirs <= KITH_NAT_BLOCKED; theirs++) {
      g_autoptr (KithSaying) saying
          = kith_no_path_saying ((KithNatKind)ours, (KithNatKind)theirs, NULL);
      g_assert_true ((saying == NULL)
                     == kith_nat_can_meet ((KithNatKind)ours, (KithNatKind)theirs));
      g_assert_true (saying == NULL || kith_words_find (kith_saying_get_code (saying)) != NULL);
    }
  }
  g_autoptr (KithSaying) nats
      = kith_no_path_saying (KITH_NAT_PORT_RESTRICTED, KITH_NAT_SYMMETRIC, "bob");
  assert_tells (nats,
                "you are behind a port-restricted NAT and bob is behind a symmetric NAT, between "
                "which there is no direct path: a TURN server or a friend of both who relays is "
                "needed");
}

/* Text of others stays one line, and is not read as words of ours. */
static void
test_hostile (void)
{
  g_autoptr (KithSaying) saying = kith_saying_new ("disk-unlasting");

  kith_saying_put (saying, "error", "\033[2J\n{dir}\xff%s");
  g_autofree gchar *text = kith_saying_tell (saying);
  g_assert_null (strpbrk (text, "\033\n"));
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_nonnull (strstr (text, "{dir}"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/words/all", test_all);
  g_test_add_func ("/words/read", test_read);
  g_test_add_func ("/words/plural", test_plural);
  g_test_add_func ("/words/times", test_times);
  g_test_add_func ("/words/pieces", test_pieces);
  g_test_add_func ("/words/reasons", test_reasons);
  g_test_add_func ("/words/no-path", test_no_path);
  g_test_add_func ("/words/hostile", test_hostile);
  return g_test_run ();
}
