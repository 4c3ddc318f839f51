/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the last calls and their time lines in the database. */
#include "store/history.h"

#include <string.h>

#include "base/error.h"
#include "store/schema.h"
#include "store/seen-keys.h"
#include "words/step-words.h"

#define MAX_VALUES 8192 /* bytes of an entry's values */

const char kith_schema_history_1[]
    = "CREATE TABLE calls ("
      " number INTEGER PRIMARY KEY,"
      " outgoing INTEGER NOT NULL, reason TEXT NOT NULL, sip_status INTEGER NOT NULL,"
      " peer_address TEXT NOT NULL, peer_name TEXT NOT NULL, peer_key TEXT NOT NULL, peer_tag TEXT "
      "NOT NULL,"
      " trust TEXT NOT NULL, encryption TEXT NOT NULL, located_by TEXT NOT NULL, codec TEXT NOT "
      "NULL,"
      " path TEXT NOT NULL, path_kind TEXT NOT NULL, detail TEXT NOT NULL,"
      " nat TEXT NOT NULL, peer_nat TEXT NOT NULL, marks INTEGER NOT NULL, dropped INTEGER NOT "
      "NULL,"
      " started_at INTEGER NOT NULL, located_at INTEGER NOT NULL, linked_at INTEGER NOT NULL,"
      " rang_at INTEGER NOT NULL, answered_at INTEGER NOT NULL, flowing_at INTEGER NOT NULL,"
      " ended_at INTEGER NOT NULL, has_figures INTEGER NOT NULL,"
      " packets_sent INTEGER NOT NULL, packets_received INTEGER NOT NULL, packets_lost INTEGER NOT "
      "NULL,"
      " jitter_us INTEGER NOT NULL, rtt_us INTEGER NOT NULL, buffer_ms INTEGER NOT NULL,"
      " remote_loss_ppm INTEGER NOT NULL, mos REAL NOT NULL) STRICT;"
      "CREATE TABLE call_entries ("
      " call INTEGER NOT NULL REFERENCES calls (number) ON DELETE CASCADE,"
      " at_us INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL) STRICT;"
      "CREATE INDEX call_entries_by_call ON call_entries (call)";

const char kith_schema_history_2[] = "ALTER TABLE calls ADD COLUMN hurdle TEXT NOT NULL DEFAULT '';"
                                     "ALTER TABLE calls ADD COLUMN friend TEXT NOT NULL DEFAULT ''";
const char kith_schema_history_3[]
    = "ALTER TABLE calls ADD COLUMN turn_failure TEXT NOT NULL DEFAULT '';"
      "ALTER TABLE calls ADD COLUMN lost_at INTEGER NOT NULL DEFAULT 0";

/* What was there before stays the user's, whoever called. */
const char kith_schema_history_4[]
    = "ALTER TABLE calls ADD COLUMN peer_own_name TEXT NOT NULL DEFAULT '';"
      "ALTER TABLE calls ADD COLUMN peer_source TEXT NOT NULL DEFAULT '';"
      "ALTER TABLE calls ADD COLUMN missed INTEGER NOT NULL DEFAULT 0;"
      "ALTER TABLE calls ADD COLUMN grp TEXT NOT NULL DEFAULT '';"
      "ALTER TABLE calls ADD COLUMN times INTEGER NOT NULL DEFAULT 1;"
      "ALTER TABLE calls ADD COLUMN times_before INTEGER NOT NULL DEFAULT 0;"
      "ALTER TABLE calls ADD COLUMN first_at INTEGER NOT NULL DEFAULT 0;"
      "ALTER TABLE calls ADD COLUMN seen_calls INTEGER NOT NULL DEFAULT 0;"
      "ALTER TABLE calls ADD COLUMN seen_since INTEGER NOT NULL DEFAULT 0;"
      "UPDATE calls SET missed = 1 WHERE outgoing = 0 AND answered_at = 0 AND reason NOT IN "
      "('none', 'rejected', 'busy', 'elsewhere', 'replaced');"
      "CREATE INDEX calls_by_group ON calls (grp)";

/* Of what an entry is made, the values in GVariant's text form; '': only the text was kept. */
const char kith_schema_history_5[]
    = "ALTER TABLE call_entries ADD COLUMN code TEXT NOT NULL DEFAULT '';"
      "ALTER TABLE call_entries ADD COLUMN vals TEXT NOT NULL DEFAULT ''";

/* The columns in the order of the statements below. */
#define COLUMNS                                                                                    \
  "number, outgoing, reason, sip_status, peer_address, peer_name, peer_key, peer_tag, trust, "     \
  "encryption, located_by, codec, path, path_kind, detail, turn_failure, nat, peer_nat, marks, "   \
  "dropped, "                                                                                      \
  "started_at, located_at, linked_at, rang_at, answered_at, flowing_at, ended_at, lost_at, "       \
  "has_figures, "                                                                                  \
  "packets_sent, packets_received, packets_lost, jitter_us, rtt_us, buffer_ms, remote_loss_ppm, "  \
  "mos, hurdle, friend, peer_own_name, peer_source, missed, grp, times, times_before, first_at, "  \
  "seen_calls, seen_since"

enum {
  COLUMN_NUMBER,
  COLUMN_OUTGOING,
  COLUMN_REASON,
  COLUMN_SIP_STATUS,
  COLUMN_TEXTS,
  COLUMN_NAT = COLUMN_TEXTS + 12,
  COLUMN_PEER_NAT,
  COLUMN_MARKS,
  COLUMN_DROPPED,
  COLUMN_TIMES,
  COLUMN_HAS_FIGURES = COLUMN_TIMES + 8,
  COLUMN_PACKETS,
  COLUMN_NUMBERS = COLUMN_PACKETS + 3,
  COLUMN_MOS = COLUMN_NUMBERS + 4,
  COLUMN_OBSTACLE, /* "hurdle" */
  COLUMN_FRIEND,
  COLUMN_OWN_NAME,
  COLUMN_SOURCE,
  COLUMN_MISSED,
  COLUMN_GROUP,
  COLUMN_TIMES_NOW,    /* calls of this row itself … */
  COLUMN_TIMES_BEFORE, /* … and of those of its group that it took the place of */
  COLUMN_FIRST_AT,
  COLUMN_SEEN_CALLS,
  COLUMN_SEEN_SINCE
};

/* a day: older rows of a group stay rows of their own */
#define SAME_GROUP_US G_GINT64_CONSTANT (86400000000)

/* What a row takes over of older ones of its group. */
typedef struct {
  gint64 times;
  gint64 first_at; /* 0: there was none */
} Before;

#define LIST_TEXTS(facts)                                                                          \
  {                                                                                                \
    &(facts)->peer_address, &(facts)->peer_name, &(facts)->peer_key, &(facts)->peer_tag,           \
        &(facts)->trust, &(facts)->encryption, &(facts)->located_by, &(facts)->codec,              \
        &(facts)->path, &(facts)->path_kind, &(facts)->detail, &(facts)->turn_failure              \
  }
#define LIST_TIMES(facts)                                                                          \
  {                                                                                                \
    &(facts)->started_at, &(facts)->located_at, &(facts)->linked_at, &(facts)->rang_at,            \
        &(facts)->answered_at, &(facts)->flowing_at, &(facts)->ended_at, &(facts)->lost_at         \
  }
#define LIST_PACKETS(facts)                                                                        \
  {                                                                                                \
    &(facts)->packets_sent, &(facts)->packets_received, &(facts)->packets_lost                     \
  }
#define LIST_NUMBERS(facts)                                                                        \
  {                                                                                                \
    &(facts)->jitter_us, &(facts)->rtt_us, &(facts)->buffer_ms, &(facts)->remote_loss_ppm          \
  }

/* Writing */

static void
bind_group (KithStatement *insert, const KithCallFacts *facts, const Before *before)
{
  gint64 first_at = facts->first_at != 0 ? facts->first_at : facts->started_at;

  if (before->first_at != 0 && before->first_at < first_at) {
    first_at = before->first_at;
  }
  kith_statement_bind_text (insert, COLUMN_OWN_NAME + 1, facts->peer_own_name);
  kith_statement_bind_text (insert, COLUMN_SOURCE + 1, facts->peer_source);
  kith_statement_bind_int (insert, COLUMN_MISSED + 1, facts->missed);
  kith_statement_bind_text (insert, COLUMN_GROUP + 1, facts->group);
  kith_statement_bind_int (insert, COLUMN_TIMES_NOW + 1, facts->times);
  kith_statement_bind_int (insert, COLUMN_TIMES_BEFORE + 1, before->times);
  kith_statement_bind_int (insert, COLUMN_FIRST_AT + 1, first_at);
  kith_statement_bind_int (insert, COLUMN_SEEN_CALLS + 1, facts->seen_calls);
  kith_statement_bind_int (insert, COLUMN_SEEN_SINCE + 1, facts->seen_since);
}

static void
bind_facts (KithStatement *insert, const KithCallFacts *facts)
{
  gchar *const *const texts[] = LIST_TEXTS (facts);
  const gint64 *const times[] = LIST_TIMES (facts);
  const guint64 *const packets[] = LIST_PACKETS (facts);
  const guint *const numbers[] = LIST_NUMBERS (facts);
  KithTrace *trace = facts->trace;
  const char *friend_name = "";
  KithRelayObstacle obstacle = kith_trace_get_obstacle (trace, &friend_name);

  kith_statement_bind_int (insert, COLUMN_NUMBER + 1, facts->number);
  kith_statement_bind_int (insert, COLUMN_OUTGOING + 1, facts->outgoing);
  kith_statement_bind_text (insert, COLUMN_REASON + 1, kith_reason_word (facts->reason));
  kith_statement_bind_int (insert, COLUMN_SIP_STATUS + 1, facts->sip_status);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    kith_statement_bind_text (insert, COLUMN_TEXTS + (int)i + 1, *texts[i]);
  }
  kith_statement_bind_text (insert,
                            COLUMN_NAT + 1,
                            kith_nat_kind_word (kith_trace_get_nat (trace, FALSE)));
  kith_statement_bind_text (insert,
                            COLUMN_PEER_NAT + 1,
                            kith_nat_kind_word (kith_trace_get_nat (trace, TRUE)));
  kith_statement_bind_int (insert, COLUMN_MARKS + 1, kith_trace_get_marks (trace));
  kith_statement_bind_int (insert, COLUMN_DROPPED + 1, kith_trace_get_dropped (trace));
  for (guint i = 0; i < G_N_ELEMENTS (times); i++) {
    kith_statement_bind_int (insert, COLUMN_TIMES + (int)i + 1, *times[i]);
  }
  kith_statement_bind_int (insert, COLUMN_HAS_FIGURES + 1, facts->has_figures);
  for (guint i = 0; i < G_N_ELEMENTS (packets); i++) {
    kith_statement_bind_int (insert, COLUMN_PACKETS + (int)i + 1, (gint64)*packets[i]);
  }
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    kith_statement_bind_int (insert, COLUMN_NUMBERS + (int)i + 1, *numbers[i]);
  }
  kith_statement_bind_real (insert, COLUMN_MOS + 1, facts->mos);
  kith_statement_bind_text (insert, COLUMN_OBSTACLE + 1, kith_relay_obstacle_word (obstacle));
  kith_statement_bind_text (insert, COLUMN_FRIEND + 1, friend_name);
}

/* Takes the place of the other rows of its group: how many calls they stood for, and since when. */
static gboolean
take_group (KithDatabase *database, const KithCallFacts *facts, Before *before, GError **error)
{
  gboolean row = FALSE;

  *before = (Before){ 0, 0 };
  if (*facts->group == '\0') {
    return TRUE;
  }
  /* The row of this very call may be there already: then only what it took over counts. */
  g_autoptr (KithStatement) sum = kith_database_prepare (
      database,
      "SELECT total (times_before + CASE WHEN number = ?2 THEN 0 ELSE times END), "
      "ifnull (min (first_at), 0) FROM calls WHERE grp = ?1 AND ended_at >= ?3",
      error);
  g_autoptr (KithStatement) others = kith_database_prepare (
      database,
      "DELETE FROM calls WHERE grp = ?1 AND number <> ?2 AND ended_at >= ?3",
      error);
  if (sum == NULL || others == NULL) {
    return FALSE;
  }
  for (guint i = 0; i < 2; i++) {
    KithStatement *statement = i == 0 ? sum : others;
    kith_statement_bind_text (statement, 1, facts->group);
    kith_statement_bind_int (statement, 2, facts->number);
    kith_statement_bind_int (statement, 3, facts->ended_at - SAME_GROUP_US);
  }
  if (!kith_statement_step (sum, &row, error)) {
    return FALSE;
  }
  if (row) {
    before->times = (gint64)CLAMP (kith_statement_get_real (sum, 0), 0, G_MAXINT32);
    before->first_at = kith_statement_get_int (sum, 1);
  }
  return kith_statement_run (others, error);
}

static gboolean
add_facts (KithDatabase *database, const KithCallFacts *facts, const Before *before, GError **error)
{
  g_autoptr (KithStatement) insert
      = kith_database_prepare (database,
                               "INSERT OR REPLACE INTO calls (" COLUMNS ") VALUES "
                               "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
                               "?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, "
                               "?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39, ?40, "
                               "?41, ?42, ?43, ?44, ?45, ?46, ?47, ?48)",
                               error);

  if (insert == NULL) {
    return FALSE;
  }
  bind_facts (insert, facts);
  bind_group (insert, facts, before);
  return kith_statement_run (insert, error);
}

static gboolean
add_entries (KithDatabase *database, const KithCallFacts *facts, GError **error)
{
  GPtrArray *entries = kith_trace_get_entries (facts->trace);
  g_autoptr (KithStatement) insert
      = kith_database_prepare (database,
                               "INSERT INTO call_entries (call, at_us, kind, text, code, vals) "
                               "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                               error);

  for (guint i = 0; insert != NULL && i < entries->len; i++) {
    const KithTraceEntry *entry = entries->pdata[i];
    kith_statement_bind_int (insert, 1, facts->number);
    kith_statement_bind_int (insert, 2, entry->at_us);
    kith_statement_bind_text (insert, 3, kith_trace_kind_word (entry->kind));
    g_autofree gchar *text = kith_step_tell (entry);
    g_autofree gchar *values
        = entry->code != NULL ? g_variant_print (entry->values, TRUE) : g_strdup ("");
    kith_statement_bind_text (insert, 4, text);
    kith_statement_bind_text (insert, 5, entry->code != NULL ? entry->code : "");
    kith_statement_bind_text (insert, 6, values);
    if (!kith_statement_run (insert, error)) {
      return FALSE;
    }
  }
  return insert != NULL;
}

/* The user's calls and those of strangers have a share each: none pushes the others out. */
static gboolean
forget_oldest (KithDatabase *database, guint keep, GError **error)
{
  g_autoptr (KithStatement) statement = kith_database_prepare (
      database,
      "DELETE FROM calls WHERE number NOT IN "
      "(SELECT number FROM calls WHERE grp = '' ORDER BY number DESC LIMIT ?1) "
      "AND number NOT IN "
      "(SELECT number FROM calls WHERE grp <> '' ORDER BY number DESC LIMIT ?2)",
      error);

  if (statement == NULL) {
    return FALSE;
  }
  kith_statement_bind_int (statement, 1, MIN (keep, KITH_HISTORY_MAX));
  kith_statement_bind_int (statement, 2, MIN (keep, KITH_HISTORY_STRANGERS));
  return kith_statement_run (statement, error);
}

gboolean
kith_history_trim (KithDatabase *database, guint keep, guint *n, GError **error)
{
  guint removed = 0;

  if (!forget_oldest (database, keep, error)) {
    return FALSE;
  }
  removed = kith_database_get_changes (database);
  if (n != NULL) {
    *n = removed;
  }
  if (keep == 0) {
    if (!kith_seen_keys_clear (database, error)) {
      return FALSE;
    }
    removed += kith_database_get_changes (database);
  }
  /* The write-ahead log has the old pages; that it cannot be cut now, as when somebody reads, is no
     failure. */
  g_autoptr (KithStatement) cut
      = removed > 0 ? kith_database_prepare (database, "PRAGMA wal_checkpoint(TRUNCATE)", NULL)
                    : NULL;
  if (cut != NULL) {
    (void)kith_statement_run (cut, NULL);
  }
  return TRUE;
}

/* Inside of a transaction. */
static gboolean
add_one (KithDatabase *database, const KithCallFacts *facts, GError **error)
{
  Before before;

  return take_group (database, facts, &before, error) && add_facts (database, facts, &before, error)
         && add_entries (database, facts, error);
}

gboolean
kith_history_add_all (KithDatabase *database, GPtrArray *facts, guint keep, GError **error)
{
  gboolean ok = TRUE;

  if (!kith_database_begin (database, error)) {
    return FALSE;
  }
  for (guint i = 0; ok && i < facts->len; i++) {
    ok = add_one (database, facts->pdata[i], error);
  }
  if (!ok || !forget_oldest (database, keep, error) || !kith_database_commit (database, error)) {
    kith_database_rollback (database);
    return FALSE;
  }
  return TRUE;
}

/* Reading: whoever can write the file may have put anything there. */

static void
read_group (KithStatement *row, KithCallFacts *facts)
{
  gint64 times = CLAMP (kith_statement_get_int (row, COLUMN_TIMES_NOW), 1, G_MAXINT32)
                 + CLAMP (kith_statement_get_int (row, COLUMN_TIMES_BEFORE), 0, G_MAXINT32);

  kith_call_facts_set (&facts->peer_own_name, kith_statement_get_text (row, COLUMN_OWN_NAME));
  kith_call_facts_set (&facts->peer_source, kith_statement_get_text (row, COLUMN_SOURCE));
  facts->missed = kith_statement_get_int (row, COLUMN_MISSED) != 0;
  kith_call_facts_set (&facts->group, kith_statement_get_text (row, COLUMN_GROUP));
  facts->times = (guint)times;
  facts->first_at = MAX (kith_statement_get_int (row, COLUMN_FIRST_AT), 0);
  facts->seen_calls = (guint)CLAMP (kith_statement_get_int (row, COLUMN_SEEN_CALLS), 0, G_MAXINT32);
  facts->seen_since = CLAMP (kith_statement_get_int (row, COLUMN_SEEN_SINCE), 0, G_MAXUINT32);
}

static KithCallFacts *
read_facts (KithStatement *row)
{
  KithCallFacts *facts = kith_call_facts_new ();
  gchar **const texts[] = LIST_TEXTS (facts);
  gint64 *const times[] = LIST_TIMES (facts);
  guint64 *const packets[] = LIST_PACKETS (facts);
  guint *const numbers[] = LIST_NUMBERS (facts);
  KithTrace *trace = facts->trace;

  facts->number = (guint)kith_statement_get_int (row, COLUMN_NUMBER);
  facts->outgoing = kith_statement_get_int (row, COLUMN_OUTGOING) != 0;
  facts->state = KITH_CALL_ENDED;
  if (!kith_reason_from_word (kith_statement_get_text (row, COLUMN_REASON), &facts->reason)) {
    facts->reason = KITH_REASON_INTERNAL;
  }
  facts->sip_status = (guint)kith_statement_get_int (row, COLUMN_SIP_STATUS);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    kith_call_facts_set (texts[i], kith_statement_get_text (row, COLUMN_TEXTS + (int)i));
  }
  kith_trace_set_nat (trace,
                      FALSE,
                      kith_nat_kind_parse (kith_statement_get_text (row, COLUMN_NAT)));
  kith_trace_set_nat (trace,
                      TRUE,
                      kith_nat_kind_parse (kith_statement_get_text (row, COLUMN_PEER_NAT)));
  kith_trace_mark (trace, (KithTraceMark)kith_statement_get_int (row, COLUMN_MARKS));
  kith_trace_set_dropped (trace, (guint)kith_statement_get_int (row, COLUMN_DROPPED));
  for (guint i = 0; i < G_N_ELEMENTS (times); i++) {
    *times[i] = MAX (kith_statement_get_int (row, COLUMN_TIMES + (int)i), 0);
  }
  facts->has_figures = kith_statement_get_int (row, COLUMN_HAS_FIGURES) != 0;
  for (guint i = 0; i < G_N_ELEMENTS (packets); i++) {
    *packets[i] = (guint64)MAX (kith_statement_get_int (row, COLUMN_PACKETS + (int)i), 0);
  }
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    *numbers[i] = (guint)kith_statement_get_int (row, COLUMN_NUMBERS + (int)i);
  }
  kith_trace_set_obstacle (
      trace,
      kith_relay_obstacle_parse (kith_statement_get_text (row, COLUMN_OBSTACLE)),
      kith_statement_get_text (row, COLUMN_FRIEND));
  read_group (row, facts);
  facts->mos = CLAMP (kith_statement_get_real (row, COLUMN_MOS), 0, 5);
  return facts;
}

/* NULL: they are none, or of no use. (transfer full) */
static GVariant *
read_values (const char *text)
{
  return strlen (text) <= MAX_VALUES
             ? g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL)
             : NULL;
}

static gboolean
read_entries (KithDatabase *database, KithCallFacts *facts, GError **error)
{
  g_autoptr (KithStatement) statement = kith_database_prepare (
      database,
      "SELECT at_us, kind, text, code, vals FROM call_entries WHERE call = ?1 "
      "ORDER BY at_us, rowid LIMIT ?2",
      error);
  gboolean row = TRUE;

  if (statement == NULL) {
    return FALSE;
  }
  kith_statement_bind_int (statement, 1, facts->number);
  kith_statement_bind_int (statement, 2, KITH_TRACE_MAX);
  while (TRUE) {
    if (!kith_statement_step (statement, &row, error)) {
      return FALSE;
    }
    if (!row) {
      return TRUE;
    }
    int kind = kith_trace_kind_parse (kith_statement_get_text (statement, 1));
    g_autoptr (GVariant) values = read_values (kith_statement_get_text (statement, 4));
    kith_trace_keep (facts->trace,
                     kith_statement_get_int (statement, 0),
                     kind >= 0 ? (KithTraceKind)kind : KITH_TRACE_STATE,
                     kith_statement_get_text (statement, 3),
                     values,
                     kith_statement_get_text (statement, 2));
  }
}

GPtrArray *
kith_history_list (KithDatabase *database, guint max, GError **error)
{
  g_autoptr (GPtrArray) list
      = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_call_facts_free);
  g_autoptr (KithStatement) statement
      = kith_database_prepare (database,
                               "SELECT " COLUMNS " FROM calls ORDER BY number DESC LIMIT ?1",
                               error);
  gboolean row = TRUE;

  if (statement == NULL) {
    return NULL;
  }
  kith_statement_bind_int (statement, 1, MIN (max, KITH_HISTORY_MAX + KITH_HISTORY_STRANGERS));
  while (row) {
    if (!kith_statement_step (statement, &row, error)) {
      return NULL;
    }
    if (row) {
      g_ptr_array_add (list, read_facts (statement));
    }
  }
  return g_steal_pointer (&list);
}

KithCallFacts *
kith_history_get (KithDatabase *database, guint number, GError **error)
{
  g_autoptr (KithStatement) statement
      = kith_database_prepare (database,
                               "SELECT " COLUMNS " FROM calls WHERE ?1 = 0 OR number = ?1 "
                               "ORDER BY number DESC LIMIT 1",
                               error);
  gboolean row = FALSE;

  if (statement == NULL) {
    return NULL;
  }
  kith_statement_bind_int (statement, 1, number);
  if (!kith_statement_step (statement, &row, error)) {
    return NULL;
  }
  if (!row) {
    if (number == 0) {
      g_set_error_literal (error,
                           KITH_ERROR,
                           KITH_ERROR_NOT_FOUND,
                           "no call is kept: there was none yet, or they were forgotten");
    } else {
      g_set_error (error,
                   KITH_ERROR,
                   KITH_ERROR_NOT_FOUND,
                   "there is no call %u, or it was forgotten: `kith calls --all` shows those "
                   "that are kept",
                   number);
    }
    return NULL;
  }
  g_autoptr (KithCallFacts) facts = read_facts (statement);
  return read_entries (database, facts, error) ? g_steal_pointer (&facts) : NULL;
}

guint
kith_history_last_number (KithDatabase *database)
{
  g_autoptr (KithStatement) statement
      = kith_database_prepare (database, "SELECT max (number) FROM calls", NULL);
  gboolean row = FALSE;

  if (statement == NULL || !kith_statement_step (statement, &row, NULL) || !row) {
    return 0;
  }
  return (guint)CLAMP (kith_statement_get_int (statement, 0), 0, G_MAXINT32);
}
