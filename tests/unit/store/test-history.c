/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests the history of calls: everything comes back, only the last ones stay, a full or damaged
   file is no end. */
#include "store/history.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/error.h"
#include "store/seen-keys.h"
#include "words/step-words.h"

#define NOON G_GINT64_CONSTANT (1767268800000000)

static KithCallFacts *
make_facts (guint number)
{
  KithCallFacts *facts = kith_call_facts_new ();

  facts->number = number;
  facts->outgoing = number % 2 == 0;
  facts->state = KITH_CALL_ENDED;
  facts->reason = KITH_REASON_NETWORK_LOST;
  facts->sip_status = 503;
  kith_call_facts_set (&facts->peer_name, "bob");
  kith_call_facts_set (&facts->peer_address, "bob~7k2f9qxm");
  kith_call_facts_set (&facts->codec, "opus");
  kith_call_facts_set (&facts->detail, "it's \"gone\"\n; DROP TABLE calls");
  facts->started_at = NOON + number;
  facts->ended_at = NOON + number + 5000000;
  facts->lost_at = NOON + number + 4000000;
  kith_call_facts_set (&facts->turn_failure, "turn.example.org:3478: it refuses the user");
  facts->has_figures = TRUE;
  facts->packets_received = G_GUINT64_CONSTANT (5000000000);
  facts->packets_lost = 17;
  facts->remote_loss_ppm = 4000000000u;
  facts->mos = 4.25;
  kith_trace_set_nat (facts->trace, FALSE, KITH_NAT_SYMMETRIC);
  kith_trace_set_nat (facts->trace, TRUE, KITH_NAT_PORT_RESTRICTED);
  kith_trace_mark (facts->trace, KITH_MARK_RECORD);
  kith_trace_mark (facts->trace, KITH_MARK_SILENCE);
  kith_trace_set_obstacle (facts->trace, KITH_RELAY_OBSTACLE_QUOTA, "fred\n");
  kith_trace_set_dropped (facts->trace, 3);
  KithSaying *saying = kith_saying_new ("step-through");
  kith_saying_put (saying, "friend", "carol'}\"<");
  kith_saying_put_time (saying, "delay-ms", 40000);
  kith_trace_say_at (facts->trace, NOON + 2000, KITH_TRACE_PATH, saying);
  kith_trace_keep (facts->trace, NOON + 1000, KITH_TRACE_LOOK_UP, "", NULL, "Found");
  return facts;
}

static gboolean
add_facts (KithDatabase *database, KithCallFacts *facts, guint keep, GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();

  g_ptr_array_add (all, facts);
  return kith_history_add_all (database, all, keep, error);
}

static void
add (KithDatabase *database, guint number)
{
  g_autoptr (KithCallFacts) facts = make_facts (number);
  g_autoptr (GError) error = NULL;

  g_assert_true (add_facts (database, facts, KITH_HISTORY_MAX, &error));
  g_assert_no_error (error);
}

static void
assert_entry (GPtrArray *entries, guint i, gint64 at, KithTraceKind kind, const char *text)
{
  const KithTraceEntry *entry = entries->pdata[i];

  g_assert_cmpint (entry->at_us, ==, at);
  g_assert_cmpint (entry->kind, ==, kind);
  g_autofree gchar *told = kith_step_tell (entry);
  g_assert_cmpstr (told, ==, text);
}

static void
test_round_trip (void)
{
  g_autoptr (KithDatabase) database = kith_database_open_in_memory (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (kith_history_get (database, 0, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_cmpuint (kith_history_last_number (database), ==, 0);
  add (database, 7);
  add (database, 8);
  add (database, 7); /* replaced */
  g_autoptr (KithCallFacts) facts = kith_history_get (database, 7, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (facts->number, ==, 7);
  g_assert_false (facts->outgoing);
  g_assert_cmpint (facts->state, ==, KITH_CALL_ENDED);
  g_assert_cmpint (facts->reason, ==, KITH_REASON_NETWORK_LOST);
  g_assert_cmpuint (facts->sip_status, ==, 503);
  g_assert_cmpstr (facts->peer_name, ==, "bob");
  g_assert_cmpstr (facts->peer_address, ==, "bob~7k2f9qxm");
  g_assert_cmpstr (facts->peer_key, ==, "");
  g_assert_null (strchr (facts->detail, '\n'));
  g_assert_cmpint (facts->started_at, ==, NOON + 7);
  g_assert_cmpint (facts->located_at, ==, 0);
  g_assert_cmpint (facts->ended_at, ==, NOON + 5000007);
  g_assert_cmpint (facts->lost_at, ==, NOON + 4000007);
  g_assert_cmpstr (facts->turn_failure, ==, "turn.example.org:3478: it refuses the user");
  g_assert_cmpuint (facts->packets_received, ==, G_GUINT64_CONSTANT (5000000000));
  g_assert_cmpuint (facts->remote_loss_ppm, ==, 4000000000u);
  g_assert_cmpfloat (facts->mos, ==, 4.25);
  g_assert_cmpint (kith_trace_get_nat (facts->trace, FALSE), ==, KITH_NAT_SYMMETRIC);
  g_assert_cmpint (kith_trace_get_nat (facts->trace, TRUE), ==, KITH_NAT_PORT_RESTRICTED);
  g_assert_cmpuint (kith_trace_get_marks (facts->trace), ==, KITH_MARK_RECORD | KITH_MARK_SILENCE);
  g_assert_cmpuint (kith_trace_get_dropped (facts->trace), ==, 3);
  const char *friend_name = NULL;
  g_assert_cmpint (kith_trace_get_obstacle (facts->trace, &friend_name),
                   ==,
                   KITH_RELAY_OBSTACLE_QUOTA);
  g_assert_true (g_str_has_prefix (friend_name, "fred") && strchr (friend_name, '\n') == NULL);
  GPtrArray *entries = kith_trace_get_entries (facts->trace);
  g_assert_cmpuint (entries->len, ==, 2);
  assert_entry (entries, 0, NOON + 1000, KITH_TRACE_LOOK_UP, "Found");
  assert_entry (entries,
                1,
                NOON + 2000,
                KITH_TRACE_PATH,
                "Through carol'}\"<, about 40 ms one way");
  g_assert_cmpstr (((KithTraceEntry *)entries->pdata[1])->code, ==, "step-through");
  g_assert_null (((KithTraceEntry *)entries->pdata[0])->code);
  g_autoptr (KithCallFacts) last = kith_history_get (database, 0, &error);
  g_assert_cmpuint (last->number, ==, 8);
  g_assert_null (kith_history_get (database, 9, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_NOT_FOUND);
}

static gint64
count_rows (KithDatabase *database, const char *table)
{
  g_autofree gchar *sql = g_strdup_printf ("SELECT count(*) FROM %s", table);
  g_autoptr (KithStatement) statement = kith_database_prepare (database, sql, NULL);
  gboolean row = FALSE;

  g_assert_true (kith_statement_step (statement, &row, NULL));
  return kith_statement_get_int (statement, 0);
}

static void
test_bounded (void)
{
  g_autoptr (KithDatabase) database = kith_database_open_in_memory (NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 1; i <= 150; i++) {
    add (database, i);
  }
  g_assert_cmpint (count_rows (database, "calls"), ==, KITH_HISTORY_MAX);
  g_assert_cmpint (count_rows (database, "call_entries"), ==, 2 * KITH_HISTORY_MAX);
  g_autoptr (GPtrArray) all = kith_history_list (database, 1000, &error);
  g_assert_cmpuint (all->len, ==, KITH_HISTORY_MAX);
  g_assert_cmpuint (((KithCallFacts *)all->pdata[0])->number, ==, 150);
  g_assert_cmpuint (((KithCallFacts *)all->pdata[99])->number, ==, 51);
  g_autoptr (GPtrArray) three = kith_history_list (database, 3, &error);
  g_assert_cmpuint (three->len, ==, 3);
  g_assert_cmpuint (kith_history_last_number (database), ==, 150);
  g_assert_null (kith_history_get (database, 50, NULL));
}

static void
add_of_group (KithDatabase *database, guint number, const char *group, gint64 at, guint times)
{
  g_autoptr (KithCallFacts) facts = make_facts (number);
  g_autoptr (GError) error = NULL;

  facts->outgoing = FALSE;
  facts->missed = TRUE;
  facts->started_at = at;
  facts->ended_at = at + 1;
  facts->times = times;
  kith_call_facts_set (&facts->group, group);
  kith_call_facts_set (&facts->peer_source, group);
  g_assert_true (add_facts (database, facts, KITH_HISTORY_MAX, &error));
  g_assert_no_error (error);
}

/* Calls of strangers push out no others, nor the others them; those of one stranger within a day
   are one row. */
static void
test_shares (void)
{
  g_autoptr (KithDatabase) database = kith_database_open_in_memory (NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 1; i <= KITH_HISTORY_MAX; i++) {
    add (database, i);
  }
  for (guint i = 0; i < 60; i++) {
    g_autofree gchar *group = g_strdup_printf ("198.51.100.%u", i);
    add_of_group (database, 101 + i, group, NOON + i, 1);
  }
  g_autoptr (GPtrArray) all = kith_history_list (database, 1000, &error);
  g_assert_cmpuint (all->len, ==, KITH_HISTORY_MAX + KITH_HISTORY_STRANGERS);
  g_assert_cmpuint (((KithCallFacts *)all->pdata[all->len - 1])->number, ==, 1);
  for (guint i = 200; i < 300; i++) {
    add (database, i);
  }
  g_assert_cmpint (count_rows (database, "calls WHERE grp <> ''"), ==, KITH_HISTORY_STRANGERS);
  g_assert_true (kith_history_trim (database, 0, NULL, &error));
  g_assert_cmpint (count_rows (database, "calls"), ==, 0);
}

static void
test_group (void)
{
  static const gint64 hour = G_GINT64_CONSTANT (3600000000);
  g_autoptr (KithDatabase) database = kith_database_open_in_memory (NULL);
  g_autoptr (GError) error = NULL;

  add_of_group (database, 1, "198.51.100.7", NOON, 1);
  add_of_group (database, 2, "198.51.100.8", NOON, 1);
  add_of_group (database, 3, "198.51.100.7", NOON + hour, 1);
  add_of_group (database, 3, "198.51.100.7", NOON + hour, 20); /* the same call: twenty by now */
  add_of_group (database, 3, "198.51.100.7", NOON + hour, 21);
  add_of_group (database, 4, "198.51.100.7", NOON + 2 * hour, 1);
  g_autoptr (KithCallFacts) facts = kith_history_get (database, 4, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (facts->times, ==, 23);
  g_assert_cmpint (facts->first_at, ==, NOON);
  g_assert_cmpint (facts->started_at, ==, NOON + 2 * hour);
  g_assert_true (facts->missed);
  g_assert_cmpstr (facts->peer_source, ==, "198.51.100.7");
  g_assert_cmpint (count_rows (database, "calls"), ==, 2);
  g_assert_cmpint (count_rows (database, "call_entries"), ==, 4);
  add_of_group (database, 5, "198.51.100.7", NOON + 30 * hour, 1); /* another day */
  g_assert_cmpint (count_rows (database, "calls"), ==, 3);
  g_autoptr (KithCallFacts) later = kith_history_get (database, 5, &error);
  g_assert_cmpuint (later->times, ==, 1);
}

/* The database of 0.1.0: all its calls stay, in the user's share, and what was missed then is
   known. */
static void
test_upgrade (void)
{
  static const gboolean missed[] = { FALSE, FALSE, TRUE, FALSE, FALSE, FALSE };
  g_autofree gchar *dir = g_dir_make_tmp ("kith-history-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (dir, KITH_DATABASE_FILE, NULL);
  g_autofree gchar *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize len = 0;

  g_assert_true (g_file_get_contents (KITH_TEST_DATA "/kith-0.1.0.db", &bytes, &len, &error));
  g_assert_true (g_file_set_contents (path, bytes, (gssize)len, &error));
  g_autoptr (KithDatabase) database = kith_database_open (dir, &error);
  g_assert_no_error (error);
  g_autofree gchar *put_aside = kith_database_get_put_aside (database);
  g_assert_null (put_aside);
  for (guint i = 200; i < 300; i++) { /* strangers do not push the old ones out */
    add_of_group (database, i, "198.51.100.7", NOON, 1);
  }
  g_autoptr (GPtrArray) all = kith_history_list (database, 1000, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (all->len, ==, 6 + 1);
  for (guint i = 0; i < 6; i++) {
    const KithCallFacts *facts = all->pdata[6 - i];
    g_assert_cmpuint (facts->number, ==, i + 1);
    g_assert_cmpint (facts->missed, ==, missed[i]);
    g_assert_cmpuint (facts->times, ==, 1);
    g_assert_cmpstr (facts->group, ==, "");
    g_assert_cmpstr (facts->peer_name, ==, i == 0 ? "nemo" : "bob");
    g_assert_cmpint (facts->started_at, >, 0);
  }
  g_autoptr (KithCallFacts) second = kith_history_get (database, 2, &error);
  GPtrArray *entries = kith_trace_get_entries (second->trace);
  g_assert_cmpuint (entries->len, >, 3);
  for (guint i = 0; i < entries->len; i++) { /* 0.1.0 kept texts alone: they are shown */
    const KithTraceEntry *entry = entries->pdata[i];
    g_autofree gchar *told = kith_step_tell (entry);
    g_assert_null (entry->code);
    g_assert_cmpstr (told, ==, entry->text);
    g_assert_cmpuint (strlen (told), >, 3);
  }
  g_assert_cmpstr (second->codec, !=, "");
  g_clear_object (&database);
  g_autofree gchar *copy = g_strconcat (path, ".bak-4", NULL); /* of the form of 0.1.0 */
  g_assert_cmpint (g_remove (copy), ==, 0);
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

static guint
count_calls (KithDatabase *database, const KithPeerKey *key, gint64 *since)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = kith_seen_keys_load (database, &error);

  g_assert_no_error (error);
  *since = 0;
  for (guint i = 0; i < list->len; i++) {
    const KithSeenKey *seen = list->pdata[i];
    if (kith_peer_key_equal (&seen->key, key)) {
      *since = seen->since;
      return seen->calls;
    }
  }
  return 0;
}

/* How often a key was met is counted, bounded, and forgotten when the user says so. */
static void
test_seen_keys (void)
{
  g_autoptr (KithDatabase) database = kith_database_open_in_memory (NULL);
  g_autoptr (GError) error = NULL;
  KithPeerKey key = { { 1 } };
  gint64 since = 7;

  g_assert_cmpuint (count_calls (database, &key, &since), ==, 0);
  g_assert_cmpint (since, ==, 0);
  for (guint i = 0; i < 14; i++) {
    g_assert_true (kith_seen_keys_add (database, &key, 1000 + i, &error));
  }
  g_assert_cmpuint (count_calls (database, &key, &since), ==, 14);
  g_assert_cmpint (since, ==, 1000);
  for (guint i = 0; i < KITH_SEEN_KEYS_MAX; i++) {
    KithPeerKey other = { { 2, (guint8)(i >> 8), (guint8)i } };
    g_assert_true (kith_seen_keys_add (database, &other, 2000 + i, &error));
  }
  g_assert_cmpint (count_rows (database, "seen_keys"), ==, KITH_SEEN_KEYS_MAX);
  g_assert_cmpuint (count_calls (database, &key, &since), ==, 0); /* the oldest */
  g_assert_true (kith_history_trim (database, 1, NULL, &error));
  g_assert_cmpint (count_rows (database, "seen_keys"), ==, KITH_SEEN_KEYS_MAX);
  /* who keeps no calls keeps no keys */
  g_assert_true (kith_history_trim (database, 0, NULL, &error));
  g_assert_cmpint (count_rows (database, "seen_keys"), ==, 0);
}

static void
test_trim (void)
{
  g_autoptr (KithDatabase) database = kith_database_open_in_memory (NULL);
  g_autoptr (GError) error = NULL;
  guint n = 99;

  for (guint i = 1; i <= 5; i++) {
    add (database, i);
  }
  g_assert_true (kith_history_trim (database, 2, &n, &error));
  g_assert_cmpuint (n, ==, 3);
  g_assert_cmpint (count_rows (database, "calls"), ==, 2);
  g_assert_cmpint (count_rows (database, "call_entries"), ==, 4);
  g_assert_cmpuint (kith_history_last_number (database), ==, 5);
  g_assert_true (kith_history_trim (database, 0, &n, &error));
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpint (count_rows (database, "call_entries"), ==, 0);
  g_assert_true (kith_history_trim (database, 0, &n, &error));
  g_assert_cmpuint (n, ==, 0);
}

/* A file from which calls were removed holds nothing of them any more. */
static void
test_wiped (void)
{
  g_autofree gchar *dir = g_dir_make_tmp ("kith-history-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (dir, KITH_DATABASE_FILE, NULL);
  g_autoptr (KithDatabase) database = kith_database_open (dir, NULL);
  g_autoptr (KithCallFacts) facts = kith_call_facts_new ();

  facts->number = 1;
  kith_call_facts_set (&facts->peer_name, "unforgettable");
  g_assert_true (add_facts (database, facts, KITH_HISTORY_MAX, NULL));
  g_assert_true (kith_history_trim (database, 0, NULL, NULL));
  static const char *const tails[] = { "", "-wal" };
  for (guint i = 0; i < G_N_ELEMENTS (tails); i++) {
    g_autofree gchar *file = g_strconcat (path, tails[i], NULL);
    g_autofree gchar *bytes = NULL;
    gsize len = 0;
    g_assert_true (g_file_get_contents (file, &bytes, &len, NULL));
    g_assert_null (memmem (bytes, len, "unforgettable", 13));
  }
  g_clear_object (&database);
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

/* What somebody else wrote into the file is read with suspicion. */
static void
test_hostile_rows (void)
{
  g_autoptr (KithDatabase) database = kith_database_open_in_memory (NULL);
  g_autoptr (GError) error = NULL;

  add (database, 1);
  g_assert_true (kith_database_run (
      database,
      "DELETE FROM call_entries; UPDATE calls SET reason = 'nonsense', nat = "
      "'x', times = -3, times_before = 9223372036854775807, started_at = -5, mos = 9e999, "
      "number = 9223372036854775807, peer_name = 'a' || char (27) || '[31m', "
      "detail = hex (zeroblob (100000))",
      &error));
  g_assert_no_error (error);
  g_autoptr (KithCallFacts) facts = kith_history_get (database, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (facts->reason, ==, KITH_REASON_INTERNAL);
  g_assert_cmpint (facts->started_at, ==, 0);
  g_assert_cmpfloat (facts->mos, ==, 5);
  g_assert_cmpint (kith_trace_get_nat (facts->trace, FALSE), ==, KITH_NAT_UNKNOWN);
  g_assert_null (strchr (facts->peer_name, 27));
  g_assert_cmpint (g_utf8_strlen (facts->detail, -1), <=, 257);
  g_assert_cmpuint (kith_history_last_number (database), ==, G_MAXINT32);
}

/* What is no code, or no values for it, is shown as the text beside it. */
static void
test_hostile_entries (void)
{
  g_autoptr (KithDatabase) database = kith_database_open_in_memory (NULL);
  g_autoptr (GError) error = NULL;

  add (database, 1);
  g_assert_true (kith_database_run (
      database,
      "DELETE FROM call_entries;"
      "INSERT INTO call_entries (call, at_us, kind, text, code, vals) SELECT number, 1, 'sip', "
      "'one', 'step-through', '{''friend'': <[[[' FROM calls UNION ALL "
      "SELECT number, 2, 'sip', 'two', 'no' || char (27), '@a{sv} {}' FROM calls UNION ALL "
      "SELECT number, 3, 'sip', 'three', 'step-through', '[1, 2]' FROM calls UNION ALL "
      "SELECT number, 4, 'sip', 'four', 'step-through', '{''friend'': <''' || "
      "hex (zeroblob (100000)) || '''>}' FROM calls UNION ALL "
      "SELECT number, 5, 'sip', 'five', 'step-friend-quiet', '{''friend'': <''' || char (27) || "
      "'[31m''>}' FROM calls",
      &error));
  g_assert_no_error (error);
  g_autoptr (KithCallFacts) facts = kith_history_get (database, 1, &error);
  g_assert_no_error (error);
  GPtrArray *entries = kith_trace_get_entries (facts->trace);
  static const char *const told[] = { "One",
                                      "Two",
                                      "Three",
                                      "Four",
                                      "\uFFFD[31m is not heard any more: another friend is asked" };
  g_assert_cmpuint (entries->len, ==, G_N_ELEMENTS (told));
  for (guint i = 0; i < entries->len; i++) {
    assert_entry (entries, i, (gint64)i + 1, KITH_TRACE_SIP, told[i]);
  }
}

/* No room: the call is not kept, those before are, and the next one is again when there is room. */
static void
test_full (void)
{
  g_autofree gchar *dir = g_dir_make_tmp ("kith-history-XXXXXX", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (KithDatabase) database = kith_database_open (dir, &error);
  struct rlimit old, tight;

  g_assert_no_error (error);
  add (database, 1);
  (void)signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &old), ==, 0);
  tight = old;
  tight.rlim_cur = 4096;
  g_autoptr (KithCallFacts) facts = make_facts (2);
  for (guint i = 0; i < 150; i++) {
    g_autofree gchar *name = g_strdup_printf ("a long line that takes room, number %u", i);
    kith_trace_tell_of (facts->trace, KITH_TRACE_MEDIA, "step-aim-not-found", "host", name);
  }
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &tight), ==, 0);
  gboolean added = add_facts (database, facts, KITH_HISTORY_MAX, &error);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &old), ==, 0);
  g_assert_false (added);
  g_assert_error (error, KITH_ERROR, KITH_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_cmpuint (kith_history_last_number (database), ==, 1);
  add (database, 3);
  g_clear_object (&database);
  database = kith_database_open (dir, &error);
  g_assert_no_error (error);
  g_assert_cmpint (count_rows (database, "calls"), ==, 2);
  g_clear_object (&database);
  g_autofree gchar *file = g_build_filename (dir, KITH_DATABASE_FILE, NULL);
  g_assert_cmpint (g_unlink (file), ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/history/round-trip", test_round_trip);
  g_test_add_func ("/store/history/bounded", test_bounded);
  g_test_add_func ("/store/history/shares", test_shares);
  g_test_add_func ("/store/history/group", test_group);
  g_test_add_func ("/store/history/upgrade", test_upgrade);
  g_test_add_func ("/store/history/seen-keys", test_seen_keys);
  g_test_add_func ("/store/history/trim", test_trim);
  g_test_add_func ("/store/history/wiped", test_wiped);
  g_test_add_func ("/store/history/hostile-rows", test_hostile_rows);
  g_test_add_func ("/store/history/hostile-entries", test_hostile_entries);
  g_test_add_func ("/store/history/full", test_full);
  return g_test_run ();
}
