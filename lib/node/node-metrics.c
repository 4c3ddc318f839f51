/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a node counts, as text for monitoring programs. */
#include "node/node-private.h"

#include <string.h>
#include <unistd.h>

#include "base/open-metrics.h"

#define LABEL_WORKER "process"

/* The names are documented in docs/metrics.md: they stay. */
static const KithMetric build = { "kith_build", KITH_METRIC_INFO, NULL, "The version of kithd." };
static const KithMetric started = { "kith_start_time_seconds",
                                    KITH_METRIC_GAUGE,
                                    "seconds",
                                    "When kithd started, since 1970." };
static const KithMetric resident = { "kith_resident_memory_bytes",
                                     KITH_METRIC_GAUGE,
                                     "bytes",
                                     "Memory of kithd and its workers that is not swapped out." };
static const KithMetric cpu = { "kith_cpu_seconds",
                                KITH_METRIC_COUNTER,
                                "seconds",
                                "Processor time of kithd and its workers since their start." };
static const KithMetric up
    = { "kith_worker_up", KITH_METRIC_GAUGE, NULL, "1 while there is a process of the worker." };
static const KithMetric restarts
    = { "kith_worker_restarts", KITH_METRIC_COUNTER, NULL, "How often a worker was started anew." };
static const KithMetric registered
    = { "kith_registration", KITH_METRIC_GAUGE, NULL, "1 for the state of our own registration." };
static const KithMetric calls = { "kith_calls", KITH_METRIC_GAUGE, NULL, "Calls by their state." };
static const KithMetric legs
    = { "kith_call_legs", KITH_METRIC_GAUGE, NULL, "Legs of these calls." };
static const KithMetric begun
    = { "kith_calls_begun", KITH_METRIC_COUNTER, NULL, "Calls that began since kithd started." };
static const KithMetric ended
    = { "kith_calls_ended", KITH_METRIC_COUNTER, NULL, "Calls that ended, by the reason." };
static const KithMetric links
    = { "kith_links", KITH_METRIC_GAUGE, NULL, "Authenticated links to other nodes." };
static const KithMetric phones
    = { "kith_phones", KITH_METRIC_GAUGE, NULL, "Phones of the house by their state." };
static const KithMetric bindings
    = { "kith_phone_bindings", KITH_METRIC_GAUGE, NULL, "Places where phones are registered." };
static const KithMetric connections
    = { "kith_edge_connections", KITH_METRIC_GAUGE, NULL, "TCP connections of ordinary SIP." };
static const KithMetric messages = { "kith_edge_events",
                                     KITH_METRIC_COUNTER,
                                     NULL,
                                     "Messages and refusals of kith-edge since its own start." };
static const KithMetric relayed = { "kith_relay_calls",
                                    KITH_METRIC_GAUGE,
                                    NULL,
                                    "Pairs of contacts for whom packets are relayed." };
static const KithMetric relayed_bytes
    = { "kith_relay_bytes", KITH_METRIC_COUNTER, "bytes", "Bytes that were relayed for contacts." };

/* Counting */

static void
on_call_state (KithCall *call, guint before, guint after, guint reason, KithNode *node)
{
  if (after == KITH_CALL_ENDED && reason < KITH_N_REASONS) {
    node->counts.ended[reason]++;
  }
}

static void
on_call_added (KithNode *node, KithCall *call, gpointer user_data)
{
  gboolean outgoing = FALSE;

  g_object_get (call, "outgoing", &outgoing, NULL);
  node->counts.begun[outgoing ? 1 : 0]++;
  g_signal_connect_object (call, "state-changed", G_CALLBACK (on_call_state), node, 0);
  if (kith_call_get_state (call) == KITH_CALL_ENDED) {
    node->counts.ended[kith_call_get_reason (call)]++;
  }
}

void
kith_node_count_calls (KithNode *node)
{
  g_signal_connect (node, "call-added", G_CALLBACK (on_call_added), NULL);
}

/* Processes */

/* The numbers of a file of /proc, from the @skip-th word on: how many. */
static guint
read_numbers (guint pid, const char *file, guint skip, guint64 *numbers, guint n)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%u/%s", pid, file);
  g_autofree gchar *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL)) {
    return 0;
  }
  const char *after = strrchr (text, ')'); /* the name of a program may have blanks */
  g_auto (GStrv) words = g_strsplit (after != NULL ? after + 2 : text, " ", -1);
  guint found = 0;
  for (guint i = 0; words[i] != NULL && found < n; i++) {
    if (i >= skip) {
      numbers[found++] = g_ascii_strtoull (words[i], NULL, 10);
    }
  }
  return found;
}

typedef struct {
  const char *name;
  guint pid;
  guint restarts;
} Process;

/* kithd first. The names live as long as @workers. */
static guint
list_processes (GVariant *workers, Process *list, guint room)
{
  guint n = 0;
  GVariantIter rows;
  GVariant *row;

  list[n++] = (Process){ "kithd", (guint)getpid (), 0 };
  g_variant_iter_init (&rows, workers);
  while ((row = g_variant_iter_next_value (&rows)) != NULL) {
    if (n < room) {
      list[n] = (Process){ "", 0, 0 };
      (void)g_variant_lookup (row, "name", "&s", &list[n].name);
      (void)g_variant_lookup (row, "pid", "u", &list[n].pid);
      (void)g_variant_lookup (row, "restarts", "u", &list[n].restarts);
      n++;
    }
    g_variant_unref (row);
  }
  return n;
}

#define MOST_PROCESSES 8
#define STAT_UTIME 11 /* the words of /proc/PID/stat after the name: state, … utime, stime */

static void
add_processes (GString *out, GVariant *workers)
{
  Process list[MOST_PROCESSES];
  const guint n = list_processes (workers, list, MOST_PROCESSES);
  guint64 numbers[2];

  kith_metrics_begin (out, &resident);
  for (guint i = 0; i < n; i++) {
    if (list[i].pid != 0 && read_numbers (list[i].pid, "statm", 1, numbers, 1) == 1) {
      kith_metrics_add (out,
                        &resident,
                        LABEL_WORKER,
                        list[i].name,
                        (double)numbers[0] * (double)sysconf (_SC_PAGESIZE));
    }
  }
  kith_metrics_begin (out, &cpu);
  for (guint i = 0; i < n; i++) {
    if (list[i].pid != 0 && read_numbers (list[i].pid, "stat", STAT_UTIME, numbers, 2) == 2) {
      kith_metrics_add (out,
                        &cpu,
                        LABEL_WORKER,
                        list[i].name,
                        (double)(numbers[0] + numbers[1]) / (double)sysconf (_SC_CLK_TCK));
    }
  }
  kith_metrics_begin (out, &up);
  for (guint i = 1; i < n; i++) {
    kith_metrics_add (out, &up, LABEL_WORKER, list[i].name, list[i].pid != 0);
  }
  kith_metrics_begin (out, &restarts);
  for (guint i = 1; i < n; i++) {
    kith_metrics_add (out, &restarts, LABEL_WORKER, list[i].name, list[i].restarts);
  }
}

static void
add_edge (GString *out, GVariant *workers)
{
  GVariantIter rows;
  GVariant *row;

  g_variant_iter_init (&rows, workers);
  while ((row = g_variant_iter_next_value (&rows)) != NULL) {
    g_autoptr (GVariant) counts = g_variant_lookup_value (row, "counts", G_VARIANT_TYPE ("a{st}"));
    guint open = 0;
    GVariantIter each;
    const char *what;
    guint64 n;
    if (counts != NULL) {
      (void)g_variant_lookup (row, "connections", "u", &open);
      kith_metrics_begin (out, &connections);
      kith_metrics_add (out, &connections, NULL, NULL, open);
      kith_metrics_begin (out, &messages);
      g_variant_iter_init (&each, counts);
      while (g_variant_iter_next (&each, "{&st}", &what, &n)) {
        kith_metrics_add (out, &messages, "what", what, (double)n);
      }
    }
    g_variant_unref (row);
  }
}

/* Calls, links, phones */

static void
add_calls (GString *out, KithNode *node)
{
  guint by_state[KITH_N_CALL_STATES] = { 0 };
  gsize n_legs = 0;
  GList *all = kith_node_get_calls (node);

  for (GList *at = all; at != NULL; at = at->next) {
    by_state[kith_call_get_state (at->data)]++;
    if (kith_call_get_state (at->data) != KITH_CALL_ENDED) {
      g_autoptr (GVariant) packed = g_variant_take_ref (kith_call_pack_legs (at->data));
      n_legs += g_variant_n_children (packed);
    }
  }
  g_list_free (all);
  kith_metrics_begin (out, &calls);
  for (guint i = 0; i < KITH_CALL_ENDED; i++) {
    kith_metrics_add (out, &calls, "state", kith_call_state_word (i), by_state[i]);
  }
  kith_metrics_begin (out, &legs);
  kith_metrics_add (out, &legs, NULL, NULL, (double)n_legs);
  kith_metrics_begin (out, &begun);
  kith_metrics_add (out, &begun, "direction", "in", (double)node->counts.begun[0]);
  kith_metrics_add (out, &begun, "direction", "out", (double)node->counts.begun[1]);
  kith_metrics_begin (out, &ended);
  for (guint i = 1; i < KITH_N_REASONS; i++) {
    kith_metrics_add (out, &ended, "reason", kith_reason_word (i), (double)node->counts.ended[i]);
  }
}

static void
add_phones (GString *out, KithNode *node)
{
  guint by_state[KITH_N_PHONE_STATES] = { 0 };
  guint n_bindings = 0;
  g_autoptr (GPtrArray) all = node->phones != NULL ? kith_phones_list (node->phones) : NULL;

  for (guint i = 0; all != NULL && i < all->len; i++) {
    const KithPhoneEntry *entry = all->pdata[i];
    by_state[entry->state]++;
    n_bindings += entry->bindings->len;
  }
  kith_metrics_begin (out, &phones);
  for (guint i = 0; i < KITH_N_PHONE_STATES; i++) {
    kith_metrics_add (out, &phones, "state", kith_phone_state_word (i), by_state[i]);
  }
  kith_metrics_begin (out, &bindings);
  kith_metrics_add (out, &bindings, NULL, NULL, n_bindings);
}

static void
add_relay (GString *out, KithNode *node)
{
  g_autoptr (GVariant) status = kith_node_get_relay (node);
  guint pairs = 0;
  guint64 bytes = 0;

  (void)g_variant_lookup (status, "calls", "u", &pairs);
  (void)g_variant_lookup (status, "bytes", "t", &bytes);
  kith_metrics_begin (out, &relayed);
  kith_metrics_add (out, &relayed, NULL, NULL, pairs);
  kith_metrics_begin (out, &relayed_bytes);
  kith_metrics_add (out, &relayed_bytes, NULL, NULL, (double)bytes);
}

gchar *
kith_node_get_metrics (KithNode *node)
{
  GString *out = g_string_new (NULL);
  g_autoptr (GVariant) workers = kith_node_get_workers (node);
  const KithRegistrationState state = kith_node_get_registration (node);

  kith_metrics_begin (out, &build);
  kith_metrics_add (out, &build, "version", KITH_VERSION, 1);
  kith_metrics_begin (out, &started);
  kith_metrics_add (out, &started, NULL, NULL, (double)node->started_us / G_USEC_PER_SEC);
  add_processes (out, workers);
  kith_metrics_begin (out, &registered);
  for (guint i = 0; i < KITH_N_REGISTRATION_STATES; i++) {
    kith_metrics_add (out, &registered, "state", kith_registration_state_word (i), i == state);
  }
  add_calls (out, node);
  kith_metrics_begin (out, &links);
  kith_metrics_add (out,
                    &links,
                    NULL,
                    NULL,
                    node->links != NULL ? kith_link_pool_count (node->links) : 0);
  add_phones (out, node);
  add_edge (out, workers);
  add_relay (out, node);
  kith_metrics_end (out);
  return g_string_free (out, FALSE);
}
