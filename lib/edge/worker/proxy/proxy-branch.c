/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One timer; the request is kept while it may be sent again, cancelled or acknowledged. */
#include "edge/worker/proxy/proxy-branch.h"

#include <errno.h>

#include "model/sip/sip-splice.h"

struct _KithProxyBranch {
  KithClock *clock;
  const KithProxyBranchFuncs *funcs; /* NULL: a CANCEL, which nobody asks about */
  KithProxyBranch *invite;           /* of a CANCEL */
  KithWay way;
  KithTransactionKind kind;
  KithTransactionState state;
  KithTimer timer;
  gint64 end_us;
  gint64 repeat_us; /* when it is sent again; 0: never */
  guint repeats;
  guint repeated;
  GString *text;           /* the request; later what acknowledges its refusal, or NULL */
  gchar *reason;           /* lines of the CANCEL that waits */
  KithProxyBranch *cancel; /* under way, or NULL */
};

static void on_timer (gpointer user_data);

KithProxyBranch *
kith_proxy_branch_new (KithClock *clock,
                       const KithProxyBranchFuncs *funcs,
                       gboolean invite,
                       const KithWay *way,
                       GString *text)
{
  KithProxyBranch *branch = g_new0 (KithProxyBranch, 1);

  branch->clock = clock;
  branch->funcs = funcs;
  branch->way = *way;
  branch->kind = invite ? KITH_TRANSACTION_INVITE_CLIENT : KITH_TRANSACTION_CLIENT;
  branch->text = text;
  kith_timer_init (&branch->timer, clock, on_timer, branch);
  return branch;
}

static void
drop_text (KithProxyBranch *branch)
{
  if (branch->text != NULL) {
    g_string_free (g_steal_pointer (&branch->text), TRUE);
  }
}

void
kith_proxy_branch_free (KithProxyBranch *branch)
{
  if (branch != NULL) {
    kith_timer_finish (&branch->timer);
    kith_proxy_branch_free (branch->cancel);
    drop_text (branch);
    g_free (branch->reason);
    g_free (branch);
  }
}

static const KithProxyBranchFuncs *
funcs_of (const KithProxyBranch *branch)
{
  return branch->invite != NULL ? branch->invite->funcs : branch->funcs;
}

gboolean
kith_proxy_branch_waits (const KithProxyBranch *branch)
{
  return branch->state == KITH_TRANSACTION_TRYING || branch->state == KITH_TRANSACTION_WITHDRAWN
         || branch->state == KITH_TRANSACTION_PROCEEDING
         || branch->state == KITH_TRANSACTION_CANCELLING;
}

gboolean
kith_proxy_branch_lives (const KithProxyBranch *branch)
{
  return kith_proxy_branch_waits (branch)
         || (branch->state == KITH_TRANSACTION_COMPLETED && branch->text != NULL);
}

guint
kith_proxy_branch_repeats (const KithProxyBranch *branch)
{
  return branch->repeated + (branch->cancel != NULL ? branch->cancel->repeated : 0);
}

/* What the table says; its state and timers are followed. FALSE: nothing. */
static gboolean
step (KithProxyBranch *branch, KithTransactionEvent event, KithTransactionStep *next)
{
  const gint64 now_us = kith_clock_now (branch->clock);

  if (!kith_transaction_step (branch->kind, branch->way.to.tcp, branch->state, event, next)) {
    return FALSE;
  }
  branch->state = next->state;
  if (next->timer != KITH_TRANSACTION_TIMER_NONE) {
    branch->end_us = now_us + (gint64)kith_transaction_timer_ms (next->timer) * 1000;
  }
  if ((next->actions & KITH_TRANSACTION_REPEAT) != 0) {
    const guint ms = kith_transaction_repeat_ms (branch->kind, branch->state, branch->repeats++);
    branch->repeat_us = now_us + (gint64)ms * 1000;
  } else if ((next->actions & KITH_TRANSACTION_STOP_REPEAT) != 0) {
    branch->repeat_us = 0;
  }
  if (branch->state == KITH_TRANSACTION_ENDED) {
    kith_timer_clear (&branch->timer);
  } else {
    kith_timer_set (&branch->timer,
                    branch->repeat_us > 0 ? MIN (branch->repeat_us, branch->end_us)
                                          : branch->end_us);
  }
  return TRUE;
}

/* It is over: whoever has it may free it in that call. */
static void
end (KithProxyBranch *branch, KithProxyBranchEnd how)
{
  branch->state = KITH_TRANSACTION_ENDED;
  kith_timer_clear (&branch->timer);
  if (branch->funcs != NULL) {
    branch->funcs->over (branch->funcs->data, branch, how);
  }
}

/* FALSE: it could not be sent, and is over: perhaps freed. */
static gboolean
transmit (KithProxyBranch *branch)
{
  const KithProxyBranchFuncs *funcs = funcs_of (branch);
  int why = 0;

  if (branch->text != NULL) {
    why = funcs->send (funcs->data, &branch->way, branch->text->str, branch->text->len);
  }
  if (why == 0 || why == EAGAIN || why == ENOBUFS) {
    return TRUE;
  }
  end (branch, KITH_PROXY_BRANCH_BROKEN);
  return FALSE;
}

void
kith_proxy_branch_start (KithProxyBranch *branch)
{
  KithTransactionStep next;

  (void)step (branch, KITH_TRANSACTION_EVENT_START, &next);
  (void)transmit (branch);
}

/* CANCEL has the branch of its INVITE, and a transaction of its own. */
static void
send_cancel (KithProxyBranch *branch)
{
  g_autofree KithSipLines *sent = g_new (KithSipLines, 1);

  if (branch->cancel == NULL && branch->text != NULL
      && kith_sip_lines_read (sent, branch->text->str, branch->text->len)) {
    GString *text = g_string_new (NULL);
    kith_sip_follow (sent, "CANCEL", (KithSipPiece){ NULL, 0 }, branch->reason, text);
    branch->cancel = kith_proxy_branch_new (branch->clock, NULL, FALSE, &branch->way, text);
    branch->cancel->invite = branch;
    kith_proxy_branch_start (branch->cancel);
  }
}

void
kith_proxy_branch_cancel (KithProxyBranch *branch, const char *lines)
{
  KithTransactionStep next;

  if (branch->reason == NULL) {
    branch->reason = g_strdup (lines);
  }
  if (step (branch, KITH_TRANSACTION_EVENT_CANCEL, &next)
      && (next.actions & KITH_TRANSACTION_SEND_CANCEL) != 0) {
    send_cancel (branch);
  }
}

/* The refusal gets its ACK, here (RFC 3261 section 17.1.1.3); that is what is kept from then on. */
static void
acknowledge (KithProxyBranch *branch, const KithSipLines *response)
{
  const KithProxyBranchFuncs *funcs = branch->funcs;
  g_autofree KithSipLines *sent = g_new (KithSipLines, 1);
  KithSipPiece to;

  if (branch->text != NULL && kith_sip_lines_read (sent, branch->text->str, branch->text->len)
      && !kith_sip_piece_is (sent->method, "ACK")) {
    GString *ack = g_string_new (NULL);
    (void)kith_sip_lines_get (response, KITH_HEADER_TO, &to);
    kith_sip_follow (sent, "ACK", to, NULL, ack);
    drop_text (branch);
    branch->text = ack;
  }
  if (branch->text != NULL) {
    (void)funcs->send (funcs->data, &branch->way, branch->text->str, branch->text->len);
  }
}

gboolean
kith_proxy_branch_take (KithProxyBranch *branch, const KithSipLines *response)
{
  KithTransactionStep next;

  if (!step (branch, kith_transaction_event_of (response->status), &next)) {
    return FALSE;
  }
  if ((next.actions & KITH_TRANSACTION_SEND_ACK) != 0) {
    acknowledge (branch, response);
  }
  if ((next.actions & KITH_TRANSACTION_SEND_CANCEL) != 0) {
    send_cancel (branch);
  }
  if (response->status >= 200) {
    kith_proxy_branch_free (g_steal_pointer (&branch->cancel));
    if ((next.actions & KITH_TRANSACTION_SEND_ACK) == 0 || branch->way.to.tcp) {
      drop_text (branch);
    }
    if (branch->text == NULL) { /* nothing to repeat: late ones are found by their branch alone */
      kith_timer_clear (&branch->timer);
    }
  }
  return (next.actions & KITH_TRANSACTION_PASS) != 0;
}

void
kith_proxy_branch_cancelled (KithProxyBranch *branch)
{
  kith_proxy_branch_free (g_steal_pointer (&branch->cancel));
}

static void
on_timer (gpointer user_data)
{
  KithProxyBranch *branch = user_data;
  KithTransactionStep next;
  const gboolean is_over = kith_clock_now (branch->clock) >= branch->end_us;

  if (!step (branch,
             is_over ? KITH_TRANSACTION_EVENT_TIMER_DUE : KITH_TRANSACTION_EVENT_REPEAT_DUE,
             &next)) {
    return;
  }
  if ((next.actions & KITH_TRANSACTION_SEND_CANCEL) != 0) { /* it rang for three minutes */
    send_cancel (branch);
  } else if ((next.actions & KITH_TRANSACTION_SEND) != 0) {
    branch->repeated++;
    (void)transmit (branch);
  } else if (branch->state == KITH_TRANSACTION_ENDED) {
    end (branch,
         (next.actions & KITH_TRANSACTION_TELL_TIMEOUT) != 0 ? KITH_PROXY_BRANCH_SILENT
                                                             : KITH_PROXY_BRANCH_DONE);
  }
}

void
kith_proxy_branch_lost (KithProxyBranch *branch, guint32 stream)
{
  if (branch->way.stream == stream && kith_proxy_branch_waits (branch)) {
    end (branch, KITH_PROXY_BRANCH_BROKEN);
  }
}

void
kith_proxy_branch_refused (KithProxyBranch *branch, const KithEndpoint *peer)
{
  if (branch->state == KITH_TRANSACTION_TRYING && !branch->way.to.tcp
      && kith_endpoint_is_same (&branch->way.to.peer, peer)) {
    end (branch, KITH_PROXY_BRANCH_BROKEN);
  }
}
