/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The library comes up and goes down. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "sip/screen/sip-methods.h"
#include "sip/sip-limits.h"
#include "sip/sip-private.h"
#include "sip/sofia/sofia-patches.h"
#include "sip/sofia/sofia-source.h"

#define SWEEP_MS 5000
#define USER_AGENT "Kith/" KITH_VERSION
#define NO_HEADERS (1u << 31) /* a bit that no header has; the library takes 0 for all of them */

extern su_log_t nua_log[];
extern su_log_t nta_log[];
extern su_log_t tport_log[];

/* The library's own log lines, at most one a second; they are about broken messages of
   strangers. */
static void
on_library_log (void *stream, char const *format, va_list args)
{
  static gint64 last_us = 0;
  gint64 now_us = kith_clock_now (kith_clock_get_default ());

  if (now_us - last_us >= G_USEC_PER_SEC) {
    last_us = now_us;
    g_autofree gchar *line = g_strdup_vprintf (format, args);
    kith_debug ("sofia", "%s", g_strchomp (line));
  }
}

static void
tame_logs (void)
{
  su_log_t *logs[] = { su_log_default, nua_log, nta_log, tport_log };

  for (gsize i = 0; i < G_N_ELEMENTS (logs); i++) {
    su_log_redirect (logs[i], on_library_log, NULL);
    su_log_set_level (logs[i], 1);
  }
}

static void
on_closed (gpointer user_data, tport_t *tport)
{
  KithSipStack *stack = user_data;
  const KithSipLink *link = kith_sip_links_closed (stack->links, tport);

  if (kith_sip_edge_closed (stack, tport)) {
    return;
  }
  if (link != NULL) {
    kith_info ("sip", "the stream of link/%u ended", link->id);
    kith_sip_stack_drop_link (stack, link->id);
  }
}

static gboolean
on_sweep (gpointer data)
{
  KithSipStack *stack = data;

  kith_call_ids_sweep (stack->call_ids, kith_clock_now (kith_clock_get_default ()));
  return G_SOURCE_CONTINUE;
}

static nua_t *
make_nua (KithSipStack *stack)
{
  return nua_create (
      stack->root,
      kith_sip_stack_event,
      stack,
      NUTAG_URL ("sip:127.0.0.1:0;transport=tcp"), /* for links; nobody can connect to it */
      NUTAG_MEDIA_ENABLE (0),
      NUTAG_AUTOANSWER (0),
      NUTAG_AUTOALERT (0),
      NUTAG_AUTOACK (1),
      NUTAG_ENABLEMESSAGE (0),
      NUTAG_ENABLEMESSENGER (0),
      NUTAG_SESSION_TIMER (0),
      NUTAG_MIN_SE (90), /* the least that RFC 4028 allows; nua refuses below 120 */
      NUTAG_RETRY_COUNT (0),
      NUTAG_AUTO302 (0),
      NUTAG_AUTO305 (0),
      NUTAG_MAX_RETRY_AFTER (0),
      NUTAG_ALLOW (NULL),
      SIPTAG_ALLOW_STR (kith_sip_methods_allow ()),
      NUTAG_APPL_METHOD (NULL),
      NUTAG_APPL_METHOD (kith_sip_methods_ours ()),
      SIPTAG_SUPPORTED (NULL),
      SIPTAG_SUPPORTED_STR (""), /* that there is nothing more is said, too */
      NUTAG_ALLOW_EVENTS (NULL),
      NUTAG_ALLOW_EVENTS (kith_watch_event_word (KITH_WATCH_DIALOG)),
      NUTAG_ALLOW_EVENTS (kith_watch_event_word (KITH_WATCH_PRESENCE)),
      NUTAG_ALLOW_EVENTS (kith_watch_event_word (KITH_WATCH_MESSAGES)),
      SIPTAG_USER_AGENT_STR (USER_AGENT),
      NTATAG_SERVER_RPORT (1),
      NTATAG_CLIENT_RPORT (1),
      NTATAG_TCP_RPORT (1),
      NTATAG_USE_NAPTR (0),
      NTATAG_USE_SRV (0),
      NTATAG_MAXSIZE (KITH_SIP_MAX_STREAM + 2 * KITH_SIP_MAX_REWRITE + KITH_SIP_OURS),
      NTATAG_BAD_REQ_MASK (0), /* the door judges */
      NTATAG_BAD_RESP_MASK (NO_HEADERS),
      NTATAG_MAX_PROCEEDING (4 * KITH_SIP_MAX_RINGING),
      TAG_END ());
}

gboolean
kith_sip_stack_open (KithSipStack *stack, GError **error)
{
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    (void)su_init ();
    tame_logs ();
    g_once_init_leave (&once, 1);
  }
  kith_patches_install ();
  stack->root = kith_sofia_root_new (&stack->source);
  if (stack->root == NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_FAILED,
                 "The SIP stack has no event loop: are there free file descriptors?");
    return FALSE;
  }
  stack->doors = (KithHooks){ .arrive = kith_sip_stack_arrive,
                              .refused = kith_sip_stack_refused,
                              .leave = kith_sip_stack_leave,
                              .by_name = kith_sip_stack_by_name,
                              .tag = kith_sip_stack_tag,
                              .closed = on_closed,
                              .user_data = stack };
  kith_hooks_expect (&stack->doors);
  kith_patches_mute_listen ();
  stack->nua = make_nua (stack);
  int muted = kith_patches_take_listen ();
  gboolean ok = stack->nua != NULL && stack->doors.agent != NULL;
  if (stack->nua != NULL && !ok) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_FAILED,
                 "This program was linked without the mends of sofia-sip: build it anew");
  } else if (!ok) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_FAILED,
                 "The SIP stack does not start: are there free file descriptors?");
  } else {
    ok = kith_sip_links_take_base (stack->links, stack->doors.agent, muted, error);
  }
  if (!ok || (stack->has_edge && !kith_sip_edge_renew (stack, error))) {
    return FALSE;
  }
  stack->sweep_timer = kith_clock_add (kith_clock_get_default (), SWEEP_MS, on_sweep, stack);
  if (!stack->has_edge) {
    kith_info ("sip", "serving links only");
  }
  return TRUE;
}

/* Everything of the library is freed; from the loop, never from within its call-backs. */
void
kith_sip_stack_close (KithSipStack *stack)
{
  KithClock *clock = kith_clock_get_default ();
  /* else the library still holds on to its loop */
  gboolean clean = stack->nua == NULL || stack->shut;

  kith_sip_watches_clear (stack->watches);
  kith_clock_cancel (clock, &stack->sweep_timer);
  kith_clock_cancel (clock, &stack->stop_timer);
  kith_clock_cancel (clock, &stack->goodbye_timer);
  if (stack->nua != NULL && clean) {
    nua_destroy (stack->nua);
  }
  stack->nua = NULL;
  stack->edge.tport = NULL;
  kith_sip_edge_clear (&stack->edge);
  kith_hooks_remove (&stack->doors);
  if (stack->source != NULL) {
    g_source_destroy (stack->source);
    g_clear_pointer (&stack->source, g_source_unref);
  }
  if (stack->root != NULL) {
    if (clean) {
      su_root_destroy (stack->root);
    }
    stack->root = NULL;
  }
  stack->doors.agent = NULL;
}

static gboolean
finish_stop (gpointer data)
{
  KithSipStack *stack = data;
  GTask *task = g_steal_pointer (&stack->stopping);

  if (task != NULL) {
    if (!stack->shut) {
      kith_warning ("sip", "the stack did not close in time");
    }
    kith_sip_stack_close (stack);
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
  }
  return G_SOURCE_REMOVE;
}

static gboolean
on_stop_deadline (gpointer data)
{
  KithSipStack *stack = data;

  stack->stop_timer = 0;
  return finish_stop (data);
}

static gboolean
on_goodbye_over (gpointer data)
{
  KithSipStack *stack = data;

  stack->goodbye_timer = 0;
  kith_sip_watches_clear (stack->watches); /* whoever has not answered by now will not */
  nua_shutdown (stack->nua);
  kith_sip_stack_poke (stack);
  return G_SOURCE_REMOVE;
}

void
kith_sip_stack_shutdown_event (KithSipStack *stack, int status)
{
  if (status >= 200 && !stack->shut) {
    stack->shut = TRUE;
    g_idle_add_full (G_PRIORITY_DEFAULT, finish_stop, g_object_ref (stack), g_object_unref);
  }
}

void
kith_sip_stack_stop_async (KithSip *sip,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  KithSipStack *stack = KITH_SIP_STACK (sip);
  KithClock *clock = kith_clock_get_default ();
  GTask *task = g_task_new (stack, cancellable, callback, user_data);

  g_task_set_check_cancellable (task, FALSE);
  if (stack->nua == NULL || stack->stopping != NULL) {
    if (stack->stopping == NULL) {
      kith_sip_stack_close (stack);
    }
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
    return;
  }
  stack->stopping = task;
  g_autoptr (GList) dialogs = g_hash_table_get_keys (stack->dialogs);
  const gboolean are_watched = kith_sip_watches_stop (stack->watches);
  guint wait = dialogs != NULL || are_watched ? KITH_SIP_GOODBYE_MS : 0;
  for (GList *l = dialogs; l != NULL; l = l->next) {
    kith_sip_dialog_hang_up (l->data, NULL);
  }
  stack->goodbye_timer = kith_clock_add (clock, wait, on_goodbye_over, stack);
  stack->stop_timer = kith_clock_add (clock, KITH_SIP_STOP_PATIENCE_MS, on_stop_deadline, stack);
}

gboolean
kith_sip_stack_stop_finish (KithSip *sip, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
