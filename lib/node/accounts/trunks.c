/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Holds the trunks by their names, hears how each is, and answers for it. */
#include "node/accounts/trunks.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "model/sip/digest.h"
#include "node/accounts/trunks-private.h"

#define LOG "trunk"
#define TEST_MS 15000

G_DEFINE_FINAL_TYPE (KithTrunks, kith_trunks, G_TYPE_OBJECT)

enum { SIGNAL_ADDED, SIGNAL_CHANGED, SIGNAL_REMOVED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* Somebody who waits for what a test says. */
typedef struct {
  gchar *name;
  KithClock *clock; /* (unowned) */
  guint timer;
  KithTrunkReport report;
} Test;

static void
held_free (gpointer data)
{
  if (data != NULL) {
    explicit_bzero (data, sizeof (KithTrunkHeld));
    g_free (data);
  }
}

static void
test_free (gpointer data)
{
  Test *test = data;

  kith_clock_cancel (test->clock, &test->timer);
  g_free (test->name);
  g_free (test);
}

static void
kith_trunks_finalize (GObject *object)
{
  KithTrunks *trunks = KITH_TRUNKS (object);

  if (trunks->lines != NULL) {
    g_signal_handlers_disconnect_by_data (trunks->lines, trunks);
  }
  g_clear_object (&trunks->lines);
  g_ptr_array_unref (trunks->tests);
  g_tree_unref (trunks->all);
  held_free (trunks->left);
  g_clear_object (&trunks->store);
  g_clear_object (&trunks->clock);
  G_OBJECT_CLASS (kith_trunks_parent_class)->finalize (object);
}

static guint
add_signal (const char *name)
{
  return g_signal_new (name,
                       KITH_TYPE_TRUNKS,
                       G_SIGNAL_RUN_LAST,
                       0,
                       NULL,
                       NULL,
                       NULL,
                       G_TYPE_NONE,
                       1,
                       G_TYPE_POINTER);
}

static void
kith_trunks_class_init (KithTrunksClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_trunks_finalize;
  signals[SIGNAL_ADDED] = add_signal ("added");
  signals[SIGNAL_CHANGED] = add_signal ("changed");
  signals[SIGNAL_REMOVED] = add_signal ("removed");
}

static gint
compare_names (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return strcmp (a, b);
}

static void
kith_trunks_init (KithTrunks *trunks)
{
  trunks->all = g_tree_new_full (compare_names, NULL, NULL, held_free);
  trunks->tests = g_ptr_array_new_with_free_func (g_object_unref);
  g_queue_init (&trunks->changes);
}

KithTrunkHeld *
kith_trunks_find (KithTrunks *trunks, const char *name)
{
  return g_tree_lookup (trunks->all, name);
}

static KithTrunkHeld *
enter_new (KithTrunks *trunks, const KithTrunk *trunk, guint line)
{
  KithTrunkHeld *held = g_new0 (KithTrunkHeld, 1);

  held->entry.trunk = *trunk;
  held->entry.line = line;
  held->entry.enabled = TRUE;
  held->entry.since_us = kith_clock_wall (trunks->clock);
  (void)g_strlcpy (held->entry.report.trunk, trunk->name, sizeof held->entry.report.trunk);
  g_tree_insert (trunks->all, held->entry.trunk.name, held);
  return held;
}

static void
set_password (KithTrunkHeld *held, const char *password)
{
  explicit_bzero (held->password, sizeof held->password);
  (void)g_strlcpy (held->password, password, sizeof held->password);
  held->entry.has_password = *held->password != '\0';
}

static void
read_rows (KithTrunks *trunks, GPtrArray *lines, GPtrArray *rows)
{
  for (guint i = 0; lines != NULL && i < lines->len; i++) {
    const KithTrunkLine *line = lines->pdata[i];
    KithTrunkHeld *held = enter_new (trunks, &line->trunk, line->line);
    set_password (held, line->password != NULL ? line->password : "");
  }
  for (guint i = 0; i < rows->len; i++) {
    const KithTrunkRow *row = rows->pdata[i];
    if (kith_trunks_find (trunks, row->trunk.name) != NULL) {
      kith_warning (LOG, "%s is passed over: kith.conf has one of this name", row->trunk.name);
      continue;
    }
    KithTrunkHeld *held = enter_new (trunks, &row->trunk, 0);
    held->entry.enabled = row->enabled;
    set_password (held, row->password);
  }
}

KithTrunks *
kith_trunks_new (const KithTrunksParts *parts, GError **error)
{
  g_autoptr (GPtrArray) rows
      = kith_trunk_store_load (kith_store_get_database (parts->store), error);

  if (rows == NULL) {
    return NULL;
  }
  KithTrunks *trunks = g_object_new (KITH_TYPE_TRUNKS, NULL);
  trunks->clock = g_object_ref (parts->clock);
  trunks->store = g_object_ref (parts->store);
  read_rows (trunks, parts->lines, rows);
  return trunks;
}

/* What its line is told */

gchar *
kith_trunks_read_certificates (const KithTrunk *trunk, GError **error)
{
  g_autofree gchar *text = NULL;
  g_autoptr (GError) problem = NULL;
  gsize len = 0;

  if (*trunk->account.ca == '\0') {
    return g_strdup ("");
  }
  if (!g_path_is_absolute (trunk->account.ca)) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "The file of certificates needs its whole path, not “%s”",
                 trunk->account.ca);
    return NULL;
  }
  if (!g_file_get_contents (trunk->account.ca, &text, &len, &problem)
      || len > KITH_TRUNK_CERTIFICATES_MAX || strlen (text) != len) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "The certificates cannot be used: %s",
                 problem != NULL                     ? problem->message
                 : len > KITH_TRUNK_CERTIFICATES_MAX ? "the file has more than 16 KiB"
                                                     : "the file is no text (PEM)");
    return NULL;
  }
  return g_steal_pointer (&text);
}

static void
tell_line (KithTrunks *trunks, const KithTrunkHeld *held)
{
  const KithTrunk *trunk = &held->entry.trunk;
  g_autoptr (GError) error = NULL;

  if (trunks->lines == NULL || !kith_trunk_lines_is_running (trunks->lines)) {
    return;
  }
  if (!held->entry.enabled) {
    kith_trunk_lines_remove (trunks->lines, trunk->name);
    return;
  }
  g_autofree gchar *certificates = kith_trunks_read_certificates (trunk, &error);
  if (certificates != NULL) {
    kith_trunk_lines_put (trunks->lines, trunk, certificates);
    return;
  }
  KithTrunkReport report = { .state = KITH_TRUNK_FAILED, .reason = KITH_TRUNK_CERTIFICATE };
  (void)g_strlcpy (report.trunk, trunk->name, sizeof report.trunk);
  g_autofree gchar *text
      = g_utf8_substring (error->message, 0, MIN (g_utf8_strlen (error->message, -1), 50));
  (void)g_strlcpy (report.text, text, sizeof report.text);
  kith_trunk_lines_tell_report (trunks->lines, &report);
}

static gboolean
tell_each (gpointer name, gpointer held, gpointer trunks)
{
  tell_line (trunks, held);
  return FALSE;
}

static void
on_fresh (KithTrunkLines *lines, KithTrunks *trunks)
{
  g_tree_foreach (trunks->all, tell_each, trunks);
}

/* What is heard of it */

static void
end_tests (KithTrunks *trunks, const KithTrunkReport *report)
{
  for (guint i = trunks->tests->len; i > 0; i--) {
    GTask *task = trunks->tests->pdata[i - 1];
    Test *test = g_task_get_task_data (task);
    if (strcmp (test->name, report->trunk) == 0) {
      task = g_ptr_array_steal_index (trunks->tests, i - 1);
      test->report = *report;
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
    }
  }
}

static void
on_report (KithTrunkLines *lines, const KithTrunkReport *report, KithTrunks *trunks)
{
  KithTrunkHeld *held = kith_trunks_find (trunks, report->trunk);
  const gint64 now_us = kith_clock_wall (trunks->clock);

  if (held == NULL) {
    return;
  }
  KithTrunkEntry *entry = &held->entry;
  const KithTrunkState old = entry->report.state;
  entry->report = *report;
  entry->retry_us = report->retry_s > 0 ? now_us + report->retry_s * (gint64)G_USEC_PER_SEC : 0;
  entry->expires_us
      = report->expires_s > 0 ? now_us + report->expires_s * (gint64)G_USEC_PER_SEC : 0;
  if (report->state == KITH_TRUNK_REGISTERED) {
    entry->registered_us = now_us;
  }
  if (old != report->state) {
    entry->since_us = now_us;
    kith_info (LOG,
               "%s: %s -> %s%s%s%s",
               report->trunk,
               kith_trunk_state_word (old),
               kith_trunk_state_word (report->state),
               report->reason != KITH_TRUNK_FINE ? " (" : "",
               report->reason != KITH_TRUNK_FINE ? kith_trunk_reason_word (report->reason) : "",
               report->reason != KITH_TRUNK_FINE ? ")" : "");
  }
  g_signal_emit (trunks, signals[SIGNAL_CHANGED], 0, entry);
  if (report->state == KITH_TRUNK_REGISTERED || report->state == KITH_TRUNK_FAILED) {
    end_tests (trunks, report);
  }
}

/* Digests */

static const KithTrunkHeld *
find_secret (KithTrunks *trunks, const char *name)
{
  const KithTrunkHeld *held = kith_trunks_find (trunks, name);

  if (held == NULL && trunks->left != NULL && strcmp (trunks->left->entry.trunk.name, name) == 0) {
    held = trunks->left;
  }
  return held != NULL && *held->password != '\0' ? held : NULL;
}

gboolean
kith_trunks_digest (KithTrunks *trunks,
                    const KithTrunkQuestion *question,
                    const char *method,
                    KithTrunkAnswer *answer)
{
  const KithTrunkHeld *held = find_secret (trunks, question->trunk);
  const KithDigestAlgorithm algorithm = question->sha256 ? KITH_DIGEST_SHA256 : KITH_DIGEST_MD5;
  KithDigestHash ha1, response;
  guint8 random[8];

  memset (answer, 0, sizeof *answer);
  answer->id = question->id;
  if (held == NULL || !kith_random_bytes (random, sizeof random)) {
    return FALSE;
  }
  for (guint i = 0; i < sizeof random; i++) {
    g_snprintf (answer->cnonce + 2 * i, 3, "%02x", random[i]);
  }
  const KithSipPiece user = kith_sip_piece (held->entry.trunk.account.user);
  const KithDigestCredentials credentials = { .algorithm = algorithm,
                                              .named = TRUE,
                                              .session = question->session,
                                              .has_qop = question->has_qop,
                                              .user = user,
                                              .realm = kith_sip_piece (question->realm),
                                              .nonce = kith_sip_piece (question->nonce),
                                              .uri = kith_sip_piece (question->uri),
                                              .cnonce = kith_sip_piece (answer->cnonce),
                                              .nc = kith_sip_piece ("00000001"),
                                              .count = 1 };
  kith_digest_ha1 (algorithm, user, credentials.realm, kith_sip_piece (held->password), &ha1);
  kith_digest_respond (&credentials, &ha1, kith_sip_piece (method), &response);
  (void)g_strlcpy (answer->response, response.hex, sizeof answer->response);
  explicit_bzero (&ha1, sizeof ha1);
  return TRUE;
}

static void
on_question (KithTrunkLines *lines, const KithTrunkQuestion *question, KithTrunks *trunks)
{
  KithTrunkAnswer answer;

  (void)kith_trunks_digest (trunks, question, "REGISTER", &answer);
  kith_trunk_lines_answer (lines, &answer);
}

void
kith_trunks_attach (KithTrunks *trunks, KithTrunkLines *lines)
{
  g_return_if_fail (trunks->lines == NULL);
  if (lines == NULL) {
    return;
  }
  trunks->lines = g_object_ref (lines);
  g_signal_connect (lines, "lines-fresh", G_CALLBACK (on_fresh), trunks);
  g_signal_connect (lines, "line-reported", G_CALLBACK (on_report), trunks);
  g_signal_connect (lines, "line-asks", G_CALLBACK (on_question), trunks);
  on_fresh (lines, trunks);
}

/* Changes */

void
kith_trunks_enter (KithTrunks *trunks, const KithTrunkRow *row)
{
  KithTrunkHeld *held = kith_trunks_find (trunks, row->trunk.name);
  const gboolean is_new = held == NULL;

  if (is_new) {
    held = enter_new (trunks, &row->trunk, 0);
  }
  held->entry.trunk = row->trunk;
  held->entry.enabled = row->enabled;
  set_password (held, row->password);
  g_signal_emit (trunks, signals[is_new ? SIGNAL_ADDED : SIGNAL_CHANGED], 0, &held->entry);
  tell_line (trunks, held);
}

void
kith_trunks_drop (KithTrunks *trunks, const char *name)
{
  KithTrunkHeld *held = kith_trunks_find (trunks, name);

  (void)g_tree_steal (trunks->all, name);
  if (trunks->lines != NULL && kith_trunk_lines_is_running (trunks->lines)) {
    kith_trunk_lines_remove (trunks->lines, name);
  }
  g_signal_emit (trunks, signals[SIGNAL_REMOVED], 0, &held->entry);
  held_free (trunks->left);
  trunks->left = held; /* its registrar may ask for a proof that it goes */
}

/* What is asked of them */

static gboolean
add_entry (gpointer name, gpointer held, gpointer list)
{
  g_ptr_array_add (list, held);
  return FALSE;
}

GPtrArray *
kith_trunks_list (KithTrunks *trunks)
{
  GPtrArray *list = g_ptr_array_new ();

  g_tree_foreach (trunks->all, add_entry, list);
  return list;
}

const KithTrunkEntry *
kith_trunks_get (KithTrunks *trunks, const char *name)
{
  const KithTrunkHeld *held = kith_trunks_find (trunks, name);

  return held != NULL ? &held->entry : NULL;
}

static gboolean
on_test_over (gpointer user_data)
{
  GTask *task = user_data;
  KithTrunks *trunks = g_task_get_source_object (task);
  Test *test = g_task_get_task_data (task);
  const KithTrunkEntry *entry = kith_trunks_get (trunks, test->name);

  test->timer = 0;
  if (entry != NULL) {
    test->report = entry->report;
  }
  g_object_ref (task);
  (void)g_ptr_array_remove (trunks->tests, task);
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
  return G_SOURCE_REMOVE;
}

void
kith_trunks_test_async (KithTrunks *trunks,
                        const char *name,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (trunks, NULL, callback, user_data);
  const KithTrunkEntry *entry = kith_trunks_get (trunks, name);

  if (entry == NULL) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_NOT_FOUND,
                             "There is no such trunk: `kith trunk list` shows all");
    return;
  }
  if (!entry->enabled) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_WRONG_STATE,
                             "%s is switched off: `kith trunk set %s --enable` switches it on",
                             name,
                             name);
    return;
  }
  if (trunks->lines == NULL || !kith_trunk_lines_is_running (trunks->lines)) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_NOT_READY,
                             "Ordinary SIP does not work now: `kith doctor` says why");
    return;
  }
  Test *test = g_new0 (Test, 1);
  test->name = g_strdup (name);
  test->clock = trunks->clock;
  test->timer = kith_clock_add (trunks->clock, TEST_MS, on_test_over, task);
  g_task_set_task_data (task, test, test_free);
  g_ptr_array_add (trunks->tests, g_steal_pointer (&task));
  kith_trunk_lines_retry (trunks->lines, name);
}

gboolean
kith_trunks_test_finish (KithTrunks *trunks,
                         GAsyncResult *result,
                         KithTrunkReport *report,
                         GError **error)
{
  const Test *test = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error)) {
    return FALSE;
  }
  *report = test->report;
  return TRUE;
}
