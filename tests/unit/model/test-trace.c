/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests the time line: its bounds, its clean texts, its order, and the facts beside it. */
#include "model/call/trace.h"

#include <string.h>

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

  kith_trace_add (trace, KITH_TRACE_SIP, "one");
  kith_trace_set_obstacle (trace, KITH_RELAY_OBSTACLE_BUSY, "carol");
  g_autoptr (KithTrace) copy = kith_trace_copy (trace);
  kith_trace_add (trace, KITH_TRACE_SIP, "two");
  kith_trace_set_obstacle (trace, KITH_RELAY_OBSTACLE_BUSY, "dave");
  kith_trace_unref (trace);
  g_assert_cmpuint (kith_trace_get_entries (copy)->len, ==, 1);
  g_assert_cmpstr (entry (copy, 0)->text, ==, "One");
  g_assert_cmpint (kith_trace_get_obstacle (copy, &friend_name), ==, KITH_RELAY_OBSTACLE_BUSY);
  g_assert_cmpstr (friend_name, ==, "carol");
}

static void
test_texts (void)
{
  g_autoptr (KithTrace) trace = kith_trace_new (kith_clock_get_default ());
  g_autofree gchar *longer = g_strnfill (1000, 'x');
  g_autofree gchar *wide = g_strdup_printf ("%.*s%s", KITH_TRACE_TEXT_MAX - 1, longer, "ä");

  kith_trace_add (trace, KITH_TRACE_SIP, "line\none\t\033[31m%s", "\xff\xe2\x80\xae");
  g_assert_null (strpbrk (entry (trace, 0)->text, "\n\t\033"));
  g_assert_true (g_utf8_validate (entry (trace, 0)->text, -1, NULL));
  g_assert_null (strstr (entry (trace, 0)->text, "\xe2\x80\xae"));
  g_assert_true (g_str_has_prefix (entry (trace, 0)->text, "Line?one"));
  kith_trace_add (trace, KITH_TRACE_SIP, "%s", longer);
  g_assert_cmpuint (strlen (entry (trace, 1)->text), ==, KITH_TRACE_TEXT_MAX);
  kith_trace_add (trace, KITH_TRACE_SIP, "%s", wide);
  g_assert_cmpuint (strlen (entry (trace, 2)->text),
                    ==,
                    KITH_TRACE_TEXT_MAX - 1); /* no half letter */
  kith_trace_add (trace, KITH_TRACE_SIP, "\n");
  g_assert_cmpstr (entry (trace, 3)->text, ==, "?");
  kith_trace_add (trace, KITH_TRACE_SIP, "élan");
  g_assert_cmpstr (entry (trace, 4)->text, ==, "élan");
  kith_trace_add (NULL, KITH_TRACE_SIP, "nowhere");
}

static void
test_bounds (void)
{
  g_autoptr (KithTrace) trace = kith_trace_new (kith_clock_get_default ());

  kith_trace_add (trace, KITH_TRACE_STATE, "same");
  kith_trace_add (trace, KITH_TRACE_STATE, "same");
  kith_trace_add (trace, KITH_TRACE_END, "same");
  g_assert_cmpuint (kith_trace_get_entries (trace)->len, ==, 2);
  for (guint i = 0; i < 1000; i++) {
    kith_trace_add (trace, KITH_TRACE_MEDIA, "line %u", i);
  }
  g_assert_cmpuint (kith_trace_get_entries (trace)->len, ==, KITH_TRACE_MAX);
  g_assert_cmpuint (kith_trace_get_dropped (trace), ==, 1002 - KITH_TRACE_MAX);
}

/* Two parts that meet the same trouble make one line of it, whatever stands between. */
static void
test_trouble (void)
{
  g_autoptr (KithTrace) trace = kith_trace_new (kith_clock_get_default ());

  kith_trace_add_at (trace, 1000000, KITH_TRACE_TROUBLE, "cut");
  kith_trace_add_at (trace, 1100000, KITH_TRACE_PATH, "looking");
  kith_trace_add_at (trace, 1200000, KITH_TRACE_TROUBLE, "cut");
  kith_trace_add_at (trace, 1200000, KITH_TRACE_TROUBLE, "other");
  kith_trace_add_at (trace, 1300000, KITH_TRACE_PATH, "looking"); /* a step is made again */
  g_assert_cmpuint (kith_trace_get_entries (trace)->len, ==, 4);
  kith_trace_add_at (trace, 9000000, KITH_TRACE_TROUBLE, "cut"); /* another time */
  g_assert_cmpuint (kith_trace_get_entries (trace)->len, ==, 5);
}

static void
test_order (void)
{
  g_autoptr (KithTrace) trace = kith_trace_new (kith_clock_get_default ());
  gint64 now = g_get_real_time ();

  kith_trace_add_at (trace, now - 1000, KITH_TRACE_PATH, "second");
  kith_trace_add (trace, KITH_TRACE_END, "last");
  kith_trace_add_at (trace, now - 2000, KITH_TRACE_KEYS, "first");
  kith_trace_add_at (trace, now - 1000, KITH_TRACE_PAIR, "third");
  g_assert_cmpstr (entry (trace, 0)->text, ==, "First");
  g_assert_cmpstr (entry (trace, 1)->text, ==, "Second");
  g_assert_cmpstr (entry (trace, 2)->text, ==, "Third");
  g_assert_cmpstr (entry (trace, 3)->text, ==, "Last");
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

  kith_trace_add_nat (trace, TRUE, KITH_NAT_UNKNOWN, NULL);
  kith_trace_add_nat (trace, TRUE, KITH_NAT_UNKNOWN, NULL);
  g_assert_cmpuint (kith_trace_get_entries (trace)->len, ==, 1);
  kith_trace_guess_nat (trace, TRUE, KITH_NAT_SYMMETRIC);
  kith_trace_guess_nat (trace, TRUE, KITH_NAT_PORT_RESTRICTED); /* it is guessed already */
  g_assert_cmpint (kith_trace_get_nat (trace, TRUE), ==, KITH_NAT_SYMMETRIC);
  g_assert_cmpuint (kith_trace_get_entries (trace)->len, ==, 1);
  kith_trace_add_nat (trace, TRUE, KITH_NAT_PORT_RESTRICTED, NULL);
  kith_trace_add_nat (trace, TRUE, KITH_NAT_UNKNOWN, NULL); /* changes nothing */
  kith_trace_add_nat (trace, FALSE, KITH_NAT_PORT_RESTRICTED, ", seen as 192.0.2.1:9");
  kith_trace_add_nat (NULL, FALSE, KITH_NAT_NONE, NULL);
  kith_trace_guess_nat (NULL, FALSE, KITH_NAT_NONE);
  GPtrArray *entries = kith_trace_get_entries (trace);
  g_assert_cmpuint (entries->len, ==, 3);
  const KithTraceEntry *last = entries->pdata[2];
  g_assert_true (g_str_has_prefix (last->text, "Ours: "));
  g_assert_true (g_str_has_suffix (last->text, ", seen as 192.0.2.1:9"));
  g_assert_cmpint (kith_trace_get_nat (trace, TRUE), ==, KITH_NAT_PORT_RESTRICTED);
}

/* What two share goes to both, each at its own time; who no longer follows hears no more. */
static void
test_shared (void)
{
  g_autoptr (KithTrace) shared = kith_trace_new_shared ();
  g_autoptr (KithTrace) first = kith_trace_new (NULL);
  g_autoptr (KithTrace) second = kith_trace_new (NULL);

  kith_trace_add (shared, KITH_TRACE_PATH, "to nobody");
  kith_trace_follow (first, shared);
  kith_trace_follow (first, shared);
  kith_trace_add (shared, KITH_TRACE_PATH, "one %d", 1);
  kith_trace_follow (second, shared);
  g_assert_cmpuint (kith_trace_count_followers (shared), ==, 2);
  kith_trace_add_at (shared, 5, KITH_TRACE_TROUBLE, "both");
  kith_trace_mark (shared, KITH_MARK_MOVED);
  kith_trace_unfollow (first, shared);
  kith_trace_add (shared, KITH_TRACE_END, "second alone");
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
