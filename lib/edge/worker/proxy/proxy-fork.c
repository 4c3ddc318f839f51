/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The request is kept as it came until the last branch has its final response; of the responses the
   best so far. */
#include "edge/worker/proxy/proxy-fork.h"

#include <stdlib.h>
#include <string.h>

#include "edge/worker/proxy/proxy-record.h"
#include "model/phone/sip-best.h"
#include "model/sip/sip-splice.h"

#define GROUP_MS 15000 /* before the next q is asked */
#define CANCELLED 487

#define ELSEWHERE                                                                                  \
  "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n"                                    \
  "Reason: Q.850;cause=26;text=\"Non-selected user clearing\"\r\n"

#define GONE "Reason: SIP;cause=487;text=\"Request Terminated\"\r\n"

struct _KithProxyFork {
  KithClock *clock;
  const KithProxyForkFuncs *funcs;
  const guint8 *key;
  KithProxyBranchFuncs branch_funcs;
  KithProxyMark mark;
  gchar *own; /* of a UA's mark */
  gchar loop[KITH_PROXY_LOOP + 1];
  KithFlowEnd caller;
  GString *request;
  KithProxyTargets targets;
  KithProxyBranch *branches[KITH_PROXY_TARGETS]; /* as many as were asked */
  guint asked;
  guint pop_routes;
  guint breadth;
  guint busy; /* calls that are on the way through it: it must not go */
  gboolean invite;
  gboolean record;
  gboolean given_up;  /* no more groups: cancelled, answered, or refused for all */
  gboolean cancelled; /* by who asked */
  guint32 stream;     /* of who asked */
  guint final;        /* what was handed back; 0: nothing yet */
  guint best;         /* of the final responses so far; 0: none … */
  GString *best_text; /* … which it was, or NULL: it is made */
  KithWay best_way;
  GString *challenges; /* header lines of the others' */
  guint repeats;       /* of branches that are gone */
  KithTimer group_timer;
  gpointer data;
};

void
kith_proxy_targets_clear (KithProxyTargets *targets)
{
  for (guint i = 0; i < targets->n; i++) {
    g_free (targets->list[i].uri);
    g_free (targets->list[i].route);
  }
  targets->n = 0;
}

gboolean
kith_proxy_targets_add (KithProxyTargets *targets, const KithProxyTarget *target)
{
  if (targets->n == KITH_PROXY_TARGETS) {
    return FALSE;
  }
  KithProxyTarget *own = &targets->list[targets->n++];
  *own = *target;
  own->uri = g_strdup (target->uri);
  own->route = g_strdup (target->route);
  return TRUE;
}

static int
on_branch_send (gpointer data, KithWay *way, const char *text, gsize len)
{
  const KithProxyFork *fork = data;

  return fork->funcs->send (fork->funcs->data, way, text, len);
}

static void on_group_timer (gpointer user_data);
static void on_branch_over (gpointer data, KithProxyBranch *branch, KithProxyBranchEnd end);

static int
by_q (gconstpointer a, gconstpointer b)
{
  return (int)((const KithProxyTarget *)b)->q - (int)((const KithProxyTarget *)a)->q;
}

KithProxyFork *
kith_proxy_fork_new (KithClock *clock,
                     const KithProxyForkFuncs *funcs,
                     const KithProxyOrder *order,
                     const KithSipLines *request,
                     KithProxyTargets *targets)
{
  KithProxyFork *fork = g_new0 (KithProxyFork, 1);
  const gsize len = (gsize)(request->body.at - request->start.at) + request->body.len;

  fork->clock = clock;
  fork->funcs = funcs;
  fork->key = order->key;
  fork->branch_funcs = (KithProxyBranchFuncs){ on_branch_send, on_branch_over, fork };
  fork->mark = order->mark;
  fork->own = g_strndup (order->mark.own.at, order->mark.own.len);
  fork->mark.own = kith_sip_piece (fork->own);
  fork->caller = order->caller;
  fork->record = order->record;
  fork->pop_routes = order->pop_routes;
  fork->breadth = order->breadth;
  fork->stream = order->stream;
  fork->invite = kith_sip_piece_is (request->method, "INVITE");
  if (order->received != NULL) { /* as it is answered, and as all others see it */
    const KithSipEdit edit = { .received = order->received, .rport = order->rport };
    fork->request = g_string_sized_new (len + 64);
    (void)kith_sip_splice (request, &edit, fork->request);
  } else {
    fork->request = g_string_new_len (request->start.at, (gssize)len);
  }
  fork->targets = *targets;
  memset (targets, 0, sizeof *targets);
  qsort (fork->targets.list, fork->targets.n, sizeof fork->targets.list[0], by_q);
  kith_proxy_loop (order->key, request, fork->loop);
  kith_timer_init (&fork->group_timer, clock, on_group_timer, fork);
  return fork;
}

void
kith_proxy_fork_free (KithProxyFork *fork)
{
  if (fork == NULL) {
    return;
  }
  kith_timer_finish (&fork->group_timer);
  for (guint i = 0; i < fork->asked; i++) {
    kith_proxy_branch_free (fork->branches[i]);
  }
  kith_proxy_targets_clear (&fork->targets);
  g_string_free (fork->request, TRUE);
  if (fork->best_text != NULL) {
    g_string_free (fork->best_text, TRUE);
  }
  if (fork->challenges != NULL) {
    g_string_free (fork->challenges, TRUE);
  }
  g_free (fork->data);
  g_free (fork->own);
  g_free (fork);
}

gboolean
kith_proxy_fork_waits (const KithProxyFork *fork)
{
  return fork->final == 0;
}

gboolean
kith_proxy_fork_is_invite (const KithProxyFork *fork)
{
  return fork->invite;
}

const KithProxyMark *
kith_proxy_fork_mark (const KithProxyFork *fork)
{
  return &fork->mark;
}

guint
kith_proxy_fork_repeats (KithProxyFork *fork)
{
  guint sum = fork->repeats;

  for (guint i = 0; i < fork->asked; i++) {
    sum += fork->branches[i] != NULL ? kith_proxy_branch_repeats (fork->branches[i]) : 0;
  }
  return sum;
}

void
kith_proxy_fork_set_data (KithProxyFork *fork, gpointer data)
{
  g_free (fork->data);
  fork->data = data;
}

gpointer
kith_proxy_fork_data (const KithProxyFork *fork)
{
  return fork->data;
}

/* Writing */

/* "100rel" must not be in a request of the user agent that is forked: it follows the first reliable
   answer alone. */
static void
append_supported (const KithSipLines *request, GString *lines)
{
  KithSipPiece option;
  gboolean any = FALSE;

  for (guint i = 0; kith_sip_lines_element (request, KITH_HEADER_SUPPORTED, i, &option); i++) {
    if (!kith_sip_piece_is (option, "100rel")) {
      g_string_append_printf (lines, "%s%.*s", any ? ", " : "Supported: ", KITH_SIP_PIECE (option));
      any = TRUE;
    }
  }
  g_string_append (lines, any ? "\r\n" : "");
}

/* The request as @target gets it. NULL: there is no way. (transfer full) */
static GString *
write_request (KithProxyFork *fork, const KithSipLines *request, guint index, guint breadth)
{
  static const char *const strip_ours[] = { "Max-Breadth", NULL };
  static const char *const strip_ua[] = { "Max-Breadth", "Supported", NULL };
  const KithProxyTarget *target = &fork->targets.list[index];
  const gboolean ua = fork->mark.kind == KITH_PROXY_MARK_UA;
  const gboolean strip_rel = ua && fork->targets.n > 1;
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autoptr (GString) record = g_string_new (NULL);
  KithEndpoint own;
  gchar host[64];

  if (!fork->funcs->own_address (fork->funcs->data, &target->way, &own)) {
    return NULL;
  }
  KithProxyMark mark = fork->mark;
  mark.index = index;
  g_autofree gchar *branch = kith_proxy_mark_print (fork->key, &mark, fork->loop);
  kith_way_host (&own, TRUE, host, sizeof host);
  g_autofree gchar *via = g_strdup_printf ("%s %s:%u;branch=%s;rport",
                                           kith_sip_way_protocol (&target->way.to),
                                           host,
                                           own.port,
                                           branch);
  if (fork->record) {
    const KithFlowToken token = {
      .caller = fork->caller,
      .callee = { .transport = kith_way_transport (&target->way),
                  .peer = target->way.to.peer,
                  .binding = target->binding },
    };
    const KithProxyRecord what
        = { .key = fork->key, .own_address = fork->funcs->own_address, .data = fork->funcs->data };
    kith_proxy_record (&what, request, &token, &target->way, record);
  }
  if (!ua) {
    g_string_append_printf (lines, "Max-Breadth: %u\r\n", breadth);
  } else if (strip_rel) {
    append_supported (request, lines);
  }
  const KithSipEdit edit = { .uri = kith_sip_piece (target->uri),
                             .pop_via = ua,
                             .via = via,
                             .pop_routes = fork->pop_routes,
                             .route = target->route,
                             .record_route = record->len > 0 ? record->str : NULL,
                             .hop = !ua,
                             .strip = strip_rel ? strip_ua : strip_ours,
                             .lines = lines->str };
  GString *text = g_string_sized_new (fork->request->len + 256);
  if (!kith_sip_splice (request, &edit, text)) {
    g_string_free (text, TRUE);
    return NULL;
  }
  return text;
}

/* Handing back */

static void
hand_back_final (KithProxyFork *fork, const KithSipLines *request)
{
  g_autofree KithSipLines *best = g_new (KithSipLines, 1);

  fork->given_up = TRUE;
  if (fork->cancelled && fork->best_text == NULL) {
    fork->best = CANCELLED;
  }
  fork->final = fork->best;
  if (fork->best_text != NULL
      && kith_sip_lines_read (best, fork->best_text->str, fork->best_text->len)) {
    fork->funcs->pass (fork->funcs->data,
                       fork,
                       best,
                       &fork->best_way,
                       kith_sip_best_is_challenge (fork->best) && fork->challenges != NULL
                           ? fork->challenges->str
                           : NULL);
  } else {
    fork->funcs->made (fork->funcs->data, fork, request, fork->best);
  }
}

/* TRUE while a branch may bring what counts. */
static gboolean
any_waits (const KithProxyFork *fork)
{
  for (guint i = 0; i < fork->asked; i++) {
    if (fork->branches[i] != NULL && kith_proxy_branch_waits (fork->branches[i])) {
      return TRUE;
    }
  }
  return FALSE;
}

static void
cancel_all (KithProxyFork *fork, const char *lines)
{
  for (guint i = 0; i < fork->asked; i++) {
    if (fork->branches[i] != NULL) {
      kith_proxy_branch_cancel (fork->branches[i], lines);
    }
  }
}

/* Header lines of another branch's challenge. */
static void
keep_challenges (KithProxyFork *fork, const KithSipLines *response)
{
  fork->challenges = fork->challenges != NULL ? fork->challenges : g_string_new (NULL);
  for (guint i = 0; i < response->n && fork->challenges->len < KITH_SIP_OURS; i++) {
    const KithSipLine *line = &response->lines[i];
    if (line->header == KITH_HEADER_WWW_AUTHENTICATE
        || line->header == KITH_HEADER_PROXY_AUTHENTICATE) {
      g_string_append_len (fork->challenges, line->whole.at, (gssize)line->whole.len);
    }
  }
}

/* A final response, or @response NULL: none, which counts as @status. */
static void
judge (KithProxyFork *fork, guint status, const KithSipLines *response, const KithWay *way)
{
  const gboolean both = response != NULL && kith_sip_best_is_challenge (status)
                        && kith_sip_best_is_challenge (fork->best);

  if (both) {
    keep_challenges (fork, response);
  }
  if (!kith_sip_best_is_better (status, fork->best)) {
    return;
  }
  if (fork->best_text != NULL) {
    g_string_free (g_steal_pointer (&fork->best_text), TRUE);
  }
  fork->best = status;
  if (response != NULL) {
    const gsize len = (gsize)(response->body.at - response->start.at) + response->body.len;
    fork->best_text = g_string_new_len (response->start.at, (gssize)len);
    fork->best_way = *way;
  }
}

static void ask_group (KithProxyFork *fork);

/* What is next, after something changed. May free the fork when nothing else is on its way through
   it. */
static void
go_on (KithProxyFork *fork)
{
  g_autofree KithSipLines *request = NULL;

  if (fork->busy > 0) {
    return;
  }
  if (fork->final == 0 && !any_waits (fork)) {
    if (!fork->given_up && fork->asked < fork->targets.n) {
      ask_group (fork);
      return;
    }
    request = g_new (KithSipLines, 1);
    if (kith_sip_lines_read (request, fork->request->str, fork->request->len)) {
      fork->busy++;
      hand_back_final (fork, request);
      fork->busy--;
    }
  }
  if (any_waits (fork)) {
    return;
  }
  kith_timer_clear (&fork->group_timer);
  for (guint i = 0; i < fork->asked; i++) {
    if (fork->branches[i] != NULL && kith_proxy_branch_lives (fork->branches[i])) {
      return;
    }
  }
  fork->funcs->over (fork->funcs->data, fork);
}

static guint
index_of (const KithProxyFork *fork, const KithProxyBranch *branch)
{
  guint i = 0;

  while (i < fork->asked && fork->branches[i] != branch) {
    i++;
  }
  return i;
}

static void
on_branch_over (gpointer data, KithProxyBranch *branch, KithProxyBranchEnd end)
{
  KithProxyFork *fork = data;
  const guint index = index_of (fork, branch);

  if (index < fork->asked) {
    fork->repeats += kith_proxy_branch_repeats (branch);
    fork->branches[index] = NULL;
    kith_proxy_branch_free (branch);
  }
  if (end != KITH_PROXY_BRANCH_DONE) {
    judge (fork, end == KITH_PROXY_BRANCH_SILENT ? KITH_SIP_BEST_SILENCE : 430, NULL, NULL);
  }
  go_on (fork);
}

static void
on_group_timer (gpointer user_data)
{
  KithProxyFork *fork = user_data;

  if (fork->given_up || fork->asked == fork->targets.n) {
    return;
  }
  cancel_all (fork, NULL);
  ask_group (fork);
}

/* Asks all that have the highest q of those that were not asked. */
static void
ask_group (KithProxyFork *fork)
{
  g_autofree KithSipLines *request = g_new (KithSipLines, 1);
  const guint first = fork->asked;
  guint last = first + 1;

  while (last < fork->targets.n && fork->targets.list[last].q == fork->targets.list[first].q) {
    last++;
  }
  if (!kith_sip_lines_read (request, fork->request->str, fork->request->len)) {
    return;
  }
  fork->busy++;
  for (guint i = first; i < last; i++) {
    /* the breadth is shared among those that are asked at once */
    const guint share
        = fork->breadth / (last - first) + (i - first < fork->breadth % (last - first));
    GString *text = write_request (fork, request, i, share);
    fork->asked = i + 1;
    if (text == NULL) {
      judge (fork, 430, NULL, NULL);
      continue;
    }
    fork->branches[i] = kith_proxy_branch_new (fork->clock,
                                               &fork->branch_funcs,
                                               fork->invite,
                                               &fork->targets.list[i].way,
                                               text);
    kith_proxy_branch_start (fork->branches[i]);
  }
  fork->busy--;
  if (fork->asked < fork->targets.n) {
    kith_timer_set_ms (&fork->group_timer, GROUP_MS);
  }
  go_on (fork);
}

void
kith_proxy_fork_start (KithProxyFork *fork)
{
  ask_group (fork);
}

void
kith_proxy_fork_take (KithProxyFork *fork,
                      guint index,
                      const KithSipLines *response,
                      const KithWay *way)
{
  KithProxyBranch *branch = index < fork->asked ? fork->branches[index] : NULL;
  const guint status = response->status;

  if (branch == NULL
      || (fork->invite && status >= 200 && status < 300
          && !kith_endpoint_is_same_host (&way->to.peer, &fork->targets.list[index].way.to.peer))) {
    return;
  }
  if (fork->invite && kith_sip_piece_is (response->method, "CANCEL")) {
    if (status >= 200) {
      kith_proxy_branch_cancelled (branch);
    }
    return;
  }
  fork->busy++;
  if (kith_proxy_branch_take (branch, response)) {
    if (status < 200) {
      if (fork->final == 0) {
        fork->funcs->pass (fork->funcs->data, fork, response, way, NULL);
      }
    } else if (status < 300) { /* the others are not needed; of an INVITE all that come count */
      fork->given_up = TRUE;
      if (fork->invite || fork->final == 0) {
        fork->final = status;
        fork->funcs->pass (fork->funcs->data, fork, response, way, NULL);
      }
      cancel_all (fork, ELSEWHERE);
    } else {
      /* what was cancelled here, and not by who asked, rang in vain */
      const gboolean in_vain = status == CANCELLED && !fork->cancelled;
      judge (fork, in_vain ? KITH_SIP_BEST_SILENCE : status, in_vain ? NULL : response, way);
      if (status >= 600 && !fork->given_up) {
        fork->given_up = TRUE;
        cancel_all (fork, NULL);
      }
    }
  }
  fork->busy--;
  go_on (fork);
}

void
kith_proxy_fork_cancel (KithProxyFork *fork, const char *lines)
{
  fork->given_up = TRUE;
  fork->cancelled = TRUE;
  fork->busy++;
  cancel_all (fork, lines);
  fork->busy--;
  go_on (fork);
}

void
kith_proxy_fork_lost (KithProxyFork *fork, guint32 stream)
{
  fork->busy++;
  if (fork->stream == stream && fork->final == 0) { /* there is nobody to be answered any more */
    fork->given_up = TRUE;
    fork->cancelled = TRUE;
    cancel_all (fork, GONE);
  }
  for (guint i = 0; i < fork->asked; i++) {
    if (fork->branches[i] != NULL) {
      kith_proxy_branch_lost (fork->branches[i], stream);
    }
  }
  fork->busy--;
  go_on (fork);
}

void
kith_proxy_fork_refused (KithProxyFork *fork, const KithEndpoint *peer)
{
  fork->busy++;
  for (guint i = 0; i < fork->asked; i++) {
    if (fork->branches[i] != NULL) {
      kith_proxy_branch_refused (fork->branches[i], peer);
    }
  }
  fork->busy--;
  go_on (fork);
}
