/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests the time line: its bounds, its clean texts, its order, and the facts beside it. */
#include "model/call/trace.h"

#include <string.h>

#include "common/steps.h"

static const KithTraceEntry *
entry (KithTrace *trace, guint i)
{
  GPtrArray *entries = kith_trace_get_entries (trace);

  g_assert_cmpuint (i, <, entries->len);
  return entries->pdata[i];
}

/* What was copied is nobody else's: it stays as it was, and outlives the other one. */
static void
test_copy (void)
{
  KithTrace *trace = kith_trace_new (kith_clock_get_default ());
  const char *friend_name = NULL;

  kith_trace_tell (trace, KITH_TRACE_SIP, "one");
  kith_trace_set_obstacle (trace, KITH_RELAY_OBSTACLE_BUSY, "carol");
  g_autoptr (KithTrace) copy = kith_trace_copy (trace);
  kith_trace_tell (trace, KITH_TRACE_SIP, "two");
  kith_trace_set_obstacle (trace, KITH_RELAY_OBSTACLE_BUSY, "dave");
  kith_trace_unref (trace);
  g_assert_cmpuint (kith_trace_get_entries (copy)->len, ==, 1);
  g_assert_cmpstr (entry (copy, 0)->code, ==, "one");
  g_assert_cmpint (kith_trace_get_obstacle (copy, &friend_name), ==, KITH_RELAY_OBSTACLE_BUSY);
  g_assert_cmpstr (friend_name, ==, "carol");
}

static void
keep (KithTrace *trace, const char *text)
{
  kith_trace_keep (trace, 1, KITH_TRACE_SIP, "", NULL, text);
}

/* As a version kept them that had no codes. */
static void
test_texts (void)
{
  g_autoptr (KithTrace) trace = kith_trace_new (kith_clock_get_default ());
  g_autofree gchar *longer = g_strnfill (1000, 'x');
  g_autofree gchar *wide = g_strdup_printf ("%.*s%s", KITH_TRACE_TEXT_MAX - 1, longer, "ä");

  keep (trace, "line\none\t\033[31m\xff\xe2\x80\xae");
  g_assert_null (strpbrk (entry (trace, 0)->text, "\n\t\033"));
  g_assert_true (g_utf8_validate (entry (trace, 0)->text, -1, NULL));
  g_assert_null (strstr (entry (trace, 0)->text, "\xe2\x80\xae"));
  g_assert_true (g_str_has_prefix (entry (trace, 0)->text, "Line?one"));
  keep (trace, longer);
  g_assert_cmpuint (strlen (entry (trace, 1)->text), ==, KITH_TRACE_TEXT_MAX);
  keep (trace, wide);
  g_assert_cmpuint (strlen (entry (trace, 2)->text),
                    ==,
                    KITH_TRACE_TEXT_MAX - 1); /* no half letter */
  keep (trace, "\n");
  g_assert_cmpstr (entry (trace, 3)->text, ==, "?");
  keep (trace, "élan");
  g_assert_cmpstr (entry (trace, 4)->text, ==, "élan");
  g_assert_null (entry (trace, 4)->code);
  kith_trace_tell (NULL, KITH_TRACE_SIP, "nowhere");
  kith_trace_say (NULL, KITH_TRACE_SIP, kith_saying_new ("nowhere"));
}

/* Values are what makes two entries of one code two, and others cannot make them long. */
static void
test_values (void)
{
  g_autoptr (KithTrace) trace = kith_trace_new (kith_clock_get_default ());
  g_autofree gchar *longer = g_strnfill (1000, 'x');
  const char *text = NULL;

  kith_trace_tell_of (trace, KITH_TRACE_PATH, "code", "name", "carol");
  kith_trace_tell_of (trace, KITH_TRACE_PATH, "code", "name", "carol");
  kith_trace_tell_of (trace, KITH_TRACE_PATH, "code", "name", "dave");
  kith_trace_tell_of (trace, KITH_TRACE_PATH, "code", "name", longer);
  kith_trace_tell_of (trace, KITH_TRACE_PATH, "code", "name", "a\nb\033[31m");
  KithSaying *saying = kith_saying_new ("code");
  kith_saying_put_number (saying, "n", 7);
  kith_saying_put_saying (saying, "part", kith_saying_new ("other"));
  kith_trace_say (trace, KITH_TRACE_PATH, saying);
  g_assert_cmpuint (kith_trace_get_entries (trace)->len, ==, 5);
  g_assert_cmpstr (entry (trace, 0)->code, ==, "code");
  g_assert_null (entry (trace, 0)->text);
  g_assert_true (g_variant_lookup (entry (trace, 1)->values, "name", "&s", &text));
  g_assert_cmpstr (text, ==, "dave");
  g_assert_true (g_variant_lookup (entry (trace, 2)->values, "name", "&s", &text));
  g_assert_cmpint (g_utf8_strlen (text, -1), ==, KITH_TRACE_TEXT_MAX + 1); /* "…" */
  g_assert_true (g_variant_lookup (entry (trace, 3)->values, "name", "&s", &text));
  g_assert_null (strpbrk (text, "\n\033"));
  g_autofree gchar *all = g_variant_print (entry (trace, 4)->values, FALSE);
  g_assert_nonnull (strstr (all, "'n': <uint32 7>"));
  g_assert_nonnull (strstr (all, "'part': <('other', @a{sv} {})>"));
}

static void
test_bounds (void)
{
  g_autoptr (KithTrace) trace = kith_trace_new (kith_clock_get_default ());

  kith_trace_tell (trace, KITH_TRACE_STATE, "same");
  kith_trace_tell (trace, KITH_TRACE_STATE, "same");
  kith_trace_tell (trace, KITH_TRACE_END, "same");
  g_assert_cmpuint (kith_trace_get_entries (trace)->len, ==, 2);
  for (guint i = 0; i < 1000; i++) {
    g_autofree gchar *code = g_strdup_printf ("line-%u", i);
    kith_trace_tell (trace, KITH_TRACE_MEDIA, code);
  }
  g_assert_cmpuint (kith_trace_get_entries (trace)->len, ==, KITH_TRACE_MAX);
  g_assert_cmpuint (kith_trace_get_dropped (trace), ==, 1002 - KITH_TRACE_MAX);
}

/* Two parts that meet the same trouble make one line of it, whatever stands between. */
static void
test_trouble (void)
{
  g_autoptr (KithTrace) trace = kith_trace_new (kith_clock_get_default ());

  kith_trace_say_at (trace, 1000000, KITH_TRACE_TROUBLE, kith_saying_new ("cut"));
  kith_trace_say_at (trace, 1100000, KITH_TRACE_PATH, kith_saying_new ("looking"));
  kith_trace_say_at (trace, 1200000, KITH_TRACE_TROUBLE, kith_saying_new ("cut"));
  kith_trace_say_at (trace, 1200000, KITH_TRACE_TROUBLE, kith_saying_new ("other"));
  kith_trace_say_at (trace,
                     1300000,
                     KITH_TRACE_PATH,
                     kith_saying_new ("looking")); /* a step is made again */
  g_assert_cmpuint (kith_trace_get_entries (trace)->len, ==, 4);
  kith_trace_say_at (trace,
                     9000000,
                     KITH_TRACE_TROUBLE,
                     kith_saying_new ("cut")); /* another time */
  g_assert_cmpuint (kith_trace_get_entries (trace)->len, ==, 5);
}

static void
test_order (void)
{
  g_autoptr (KithTrace) trace = kith_trace_new (kith_clock_get_default ());
  gint64 now = g_get_real_time ();

  kith_trace_say_at (trace, now - 1000, KITH_TRACE_PATH, kith_saying_new ("second"));
  kith_trace_tell (trace, KITH_TRACE_END, "last");
  kith_trace_say_at (trace, now - 2000, KITH_TRACE_KEYS, kith_saying_new ("first"));
  kith_trace_say_at (trace, now - 1000, KITH_TRACE_PAIR, kith_saying_new ("third"));
  g_assert_cmpstr (entry (trace, 0)->code, ==, "first");
  g_assert_cmpstr (entry (trace, 1)->code, ==, "second");
  g_assert_cmpstr (entry (trace, 2)->code, ==, "third");
  g_assert_cmpstr (entry (trace, 3)->code, ==, "last");
  g_assert_cmpint (ABS (entry (trace, 3)->at_us - now), <, 5 * G_USEC_PER_SEC);
}

static void
test_facts (void)
{
  g_autoptr (KithTrace) trace = kith_trace_new (kith_clock_get_default ());

  g_assert_cmpuint (kith_trace_get_marks (trace), ==, 0);
  kith_trace_mark (trace, KITH_MARK_RECORD);
  kith_trace_mark (trace, KITH_MARK_SELF);
  kith_trace_mark (NULL, KITH_MARK_SELF);
  g_assert_cmpuint (kith_trace_get_marks (trace), ==, KITH_MARK_RECORD | KITH_MARK_SELF);
  g_assert_cmpint (kith_trace_get_nat (trace, TRUE), ==, KITH_NAT_UNKNOWN);
  kith_trace_set_nat (trace, TRUE, KITH_NAT_SYMMETRIC);
  kith_trace_set_nat (trace, TRUE, KITH_NAT_UNKNOWN); /* changes nothing */
  kith_trace_set_nat (NULL, TRUE, KITH_NAT_NONE);
  g_assert_cmpint (kith_trace_get_nat (trace, TRUE), ==, KITH_NAT_SYMMETRIC);
  g_assert_cmpint (kith_trace_get_nat (trace, FALSE), ==, KITH_NAT_UNKNOWN);
  g_assert_cmpint (kith_trace_get_nat (NULL, TRUE), ==, KITH_NAT_UNKNOWN);
}

static void
test_words (void)
{
  for (guint kind = 0; kind <= KITH_TRACE_END; kind++) {
    g_assert_cmpint (kith_trace_kind_parse (kith_trace_kind_word ((KithTraceKind)kind)), ==, kind);
  }
  g_assert_cmpint (kith_trace_kind_parse ("nonsense"), ==, -1);
  for (guint kind = 0; kind <= KITH_NAT_BLOCKED; kind++) {
    g_assert_cmpint (kith_nat_kind_parse (kith_nat_kind_word ((KithNatKind)kind)), ==, kind);
  }
  g_assert_cmpint (kith_nat_kind_parse ("nonsense"), ==, KITH_NAT_UNKNOWN);
}

static void
test_guess (void)
{
  static const struct {
    const char *address;
    guint8 type;
    KithNatKind kind;
  } cases[] = {
    { "10.1.2.3:4000", KITH_CANDIDATE_HOST, KITH_NAT_UNKNOWN },
    { "172.31.0.1:4000", KITH_CANDIDATE_HOST, KITH_NAT_UNKNOWN },
    { "192.168.1.1:4000", KITH_CANDIDATE_HOST, KITH_NAT_UNKNOWN },
    { "100.64.0.1:4000", KITH_CANDIDATE_HOST, KITH_NAT_UNKNOWN },
    { "169.254.0.1:4000", KITH_CANDIDATE_HOST, KITH_NAT_UNKNOWN },
    { "[2001:db8::1]:4000", KITH_CANDIDATE_HOST, KITH_NAT_UNKNOWN },
    { "172.32.0.1:4000", KITH_CANDIDATE_HOST, KITH_NAT_NONE },
    { "203.0.113.7:4000", KITH_CANDIDATE_HOST, KITH_NAT_NONE },
    { "203.0.113.7:4000", KITH_CANDIDATE_SRFLX, KITH_NAT_UNKNOWN },
    { "203.0.113.7:4000", KITH_CANDIDATE_RELAY, KITH_NAT_BLOCKED },
  };

  g_assert_cmpint (kith_nat_guess (NULL, 0), ==, KITH_NAT_UNKNOWN);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    KithCandidate candidate = { .type = cases[i].type };
    g_assert_true (kith_endpoint_parse (cases[i].address, &candidate.endpoint));
    g_assert_cmpint (kith_nat_guess (&candidate, 1), ==, cases[i].kind);
  }
}

/* What is told of a NAT stands there once for each thing that is said. */
static void
test_nat_entries (void)
{
  g_autoptr (KithTrace) trace = kith_trace_new (kith_clock_get_default ());

  kith_trace_add_nat (trace, TRUE, KITH_NAT_UNKNOWN, NULL, NULL);
  kith_trace_add_nat (trace, TRUE, KITH_NAT_UNKNOWN, NULL, NULL);
  g_assert_cmpuint (kith_trace_get_entries (trace)->len, ==, 1);
  kith_trace_guess_nat (trace, TRUE, KITH_NAT_SYMMETRIC);
  kith_trace_guess_nat (trace, TRUE, KITH_NAT_PORT_RESTRICTED); /* it is guessed already */
  g_assert_cmpint (kith_trace_get_nat (trace, TRUE), ==, KITH_NAT_SYMMETRIC);
  g_assert_cmpuint (kith_trace_get_entries (trace)->len, ==, 1);
  kith_trace_add_nat (trace, TRUE, KITH_NAT_PORT_RESTRICTED, NULL, NULL);
  kith_trace_add_nat (trace, TRUE, KITH_NAT_UNKNOWN, NULL, NULL); /* changes nothing */
  kith_trace_add_nat (trace, FALSE, KITH_NAT_PORT_RESTRICTED, "192.0.2.1:9", NULL);
  kith_trace_add_nat (NULL, FALSE, KITH_NAT_NONE, NULL, NULL);
  kith_trace_guess_nat (NULL, FALSE, KITH_NAT_NONE);
  GPtrArray *entries = kith_trace_get_entries (trace);
  g_assert_cmpuint (entries->len, ==, 3);
  g_assert_cmpuint (steps_count (trace, "Ours: port-restricted NAT, seen as 192.0.2.1:9"), ==, 1);
  g_assert_cmpuint (steps_count (trace, "Theirs: not known yet"), ==, 1);
  g_assert_cmpint (kith_trace_get_nat (trace, TRUE), ==, KITH_NAT_PORT_RESTRICTED);
}

/* What two share goes to both, each at its own time; who no longer follows hears no more. */
static void
test_shared (void)
{
  g_autoptr (KithTrace) shared = kith_trace_new_shared ();
  g_autoptr (KithTrace) first = kith_trace_new (NULL);
  g_autoptr (KithTrace) second = kith_trace_new (NULL);

  kith_trace_tell (shared, KITH_TRACE_PATH, "to-nobody");
  kith_trace_follow (first, shared);
  kith_trace_follow (first, shared);
  kith_trace_tell_of (shared, KITH_TRACE_PATH, "one", "name", "1");
  kith_trace_follow (second, shared);
  g_assert_cmpuint (kith_trace_count_followers (shared), ==, 2);
  kith_trace_say_at (shared, 5, KITH_TRACE_TROUBLE, kith_saying_new ("both"));
  kith_trace_mark (shared, KITH_MARK_MOVED);
  kith_trace_unfollow (first, shared);
  kith_trace_tell (shared, KITH_TRACE_END, "second-alone");
  g_assert_cmpuint (kith_trace_get_entries (first)->len, ==, 2);
  g_assert_cmpuint (kith_trace_get_entries (second)->len, ==, 2);
  g_assert_cmpuint (kith_trace_get_marks (first), ==, KITH_MARK_MOVED);
  g_assert_cmpuint (kith_trace_get_marks (second), ==, KITH_MARK_MOVED);
  g_assert_cmpuint (kith_trace_get_entries (shared)->len, ==, 0);
  kith_trace_unfollow (second, shared);
  g_assert_cmpuint (kith_trace_count_followers (shared), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/trace/copy", test_copy);
  g_test_add_func ("/model/trace/texts", test_texts);
  g_test_add_func ("/model/trace/values", test_values);
  g_test_add_func ("/model/trace/shared", test_shared);
  g_test_add_func ("/model/trace/bounds", test_bounds);
  g_test_add_func ("/model/trace/order", test_order);
  g_test_add_func ("/model/trace/trouble", test_trouble);
  g_test_add_func ("/model/trace/facts", test_facts);
  g_test_add_func ("/model/trace/words", test_words);
  g_test_add_func ("/model/trace/guess", test_guess);
  g_test_add_func ("/model/trace/nat-entries", test_nat_entries);
  return g_test_run ();
}
