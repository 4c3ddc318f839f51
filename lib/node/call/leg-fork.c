/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One timer for each who rings later; and what a call does with it. */
#include "node/call/leg-fork.h"

#include "node/call/call-private.h"

struct _KithLegFork {
  KithClock *clock;
  KithLegForkFunc func;
  gpointer user_data;
  GPtrArray *turns; /* of Turn */
};

typedef struct {
  KithLegFork *fork;
  gchar *target; /* NULL: here */
  guint timer;   /* 0: it has come */
} Turn;

static void
turn_free (gpointer data)
{
  Turn *turn = data;

  kith_clock_cancel (turn->fork->clock, &turn->timer);
  g_free (turn->target);
  g_free (turn);
}

static gboolean
on_turn (gpointer user_data)
{
  Turn *turn = user_data;

  KithLegFork *fork = turn->fork;
  g_autofree gchar *target = g_strdup (turn->target);
  turn->timer = 0;
  fork->func (target, fork->user_data); /* which may free it */
  return G_SOURCE_REMOVE;
}

KithLegFork *
kith_leg_fork_new (KithClock *clock, KithLegForkFunc func, gpointer user_data)
{
  KithLegFork *fork = g_new0 (KithLegFork, 1);

  fork->clock = clock;
  fork->func = func;
  fork->user_data = user_data;
  fork->turns = g_ptr_array_new_with_free_func (turn_free);
  return fork;
}

void
kith_leg_fork_free (KithLegFork *fork)
{
  g_ptr_array_unref (fork->turns);
  g_free (fork);
}

void
kith_leg_fork_add (KithLegFork *fork, const char *target, guint after_s)
{
  if (after_s == 0) {
    fork->func (target, fork->user_data);
    return;
  }
  Turn *turn = g_new0 (Turn, 1);
  turn->fork = fork;
  turn->target = g_strdup (target);
  g_ptr_array_add (fork->turns, turn);
  turn->timer = kith_clock_add (fork->clock, after_s * 1000, on_turn, turn);
}

gboolean
kith_leg_fork_waits (const KithLegFork *fork)
{
  for (guint i = 0; i < fork->turns->len; i++) {
    if (((const Turn *)fork->turns->pdata[i])->timer != 0) {
      return TRUE;
    }
  }
  return FALSE;
}

/* Of a call */

static void
ring_here (KithCall *call)
{
  call->house.rings_here = TRUE;
  kith_leg_tell_ringing (kith_call_get_leg (call));
  kith_call_notify (call);
}

static void
on_target (const char *target, gpointer user_data)
{
  KithCall *call = user_data;

  if (target == NULL) {
    ring_here (call);
  } else if (call->house.legs->len < KITH_RING_PLAN_MAX
             && kith_call_ring_phone (call, target) == NULL) {
    kith_call_phone_gave_up (call, KITH_REASON_UNREACHABLE);
  }
}

/* The phones of @row that may ring: not the one that calls. (transfer full) (element-type utf8) */
static GPtrArray *
list_phones (KithCall *call, const KithRingRow *row)
{
  KithPhones *phones = call->context->phones;
  g_autoptr (GPtrArray) entries = phones != NULL ? kith_phones_list (phones) : NULL;
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; entries != NULL && i < entries->len; i++) {
    const KithPhoneEntry *entry = entries->pdata[i];
    const char *name = entry->phone.name;
    gboolean is_meant = row->target == KITH_RING_PHONES
                        || (row->target == KITH_RING_PHONE && g_str_equal (row->name, name));
    if (is_meant && entry->bindings->len > 0 && g_strcmp0 (call->who.phone, name) != 0) {
      g_ptr_array_add (names, g_strdup (name));
    }
  }
  return names;
}

static gboolean
has_phones (KithCall *call, const KithRingPlan *plan)
{
  for (guint i = 0; i < plan->n; i++) {
    g_autoptr (GPtrArray) names = list_phones (call, &plan->rows[i]);
    if (names->len > 0) {
      return TRUE;
    }
  }
  return FALSE;
}

static void
ring_row (KithCall *call, const KithRingRow *row, gboolean here)
{
  KithLegFork *fork = call->house.fork;

  if (row->target == KITH_RING_AGENT) {
    if (here) {
      kith_leg_fork_add (fork, NULL, row->after_s);
    }
    return;
  }
  g_autoptr (GPtrArray) names = list_phones (call, row);
  for (guint i = 0; i < names->len && call->house.fork == fork; i++) {
    kith_leg_fork_add (fork, names->pdata[i], row->after_s);
  }
}

void
kith_call_ring (KithCall *call)
{
  const KithRingPlan *plan = &call->context->config->ring_me;
  gboolean here = kith_ring_plan_find (plan, KITH_RING_AGENT) != NULL
                  && kith_leg_check_sound (call->context, FALSE, NULL);
  KithLeg *leg = kith_call_get_leg (call);

  if (!has_phones (call, plan)) { /* if there is no sound, it says so */
    call->house.rings_here = TRUE;
    kith_leg_ring_us (leg);
    return;
  }
  if (!here) {
    (void)kith_leg_bridge (leg, NULL);
  }
  kith_leg_get_ready (leg);
  if (call->state == KITH_CALL_ENDED) {
    return;
  }
  call->house.fork = kith_leg_fork_new (call->context->clock, on_target, call);
  for (guint i = 0; i < plan->n && call->house.fork != NULL; i++) {
    ring_row (call, &plan->rows[i], here);
  }
}

/* The best of what the phones said: busy, then not answered, then not reached. */
static KithReason
best_reason (KithCall *call)
{
  KithReason best = KITH_REASON_UNREACHABLE;

  for (guint i = 0; i < call->house.legs->len; i++) {
    KithReason reason = kith_leg_get_reason (call->house.legs->pdata[i]);
    if (reason == KITH_REASON_BUSY
        || (reason == KITH_REASON_NO_ANSWER && best != KITH_REASON_BUSY)) {
      best = reason;
    }
  }
  return best;
}

static gboolean
rings_anywhere (KithCall *call)
{
  if (call->house.rings_here
      || (call->house.fork != NULL && kith_leg_fork_waits (call->house.fork))) {
    return TRUE;
  }
  for (guint i = 0; i < call->house.legs->len; i++) {
    if (kith_leg_get_state (call->house.legs->pdata[i]) != KITH_LEG_ENDED) {
      return TRUE;
    }
  }
  return FALSE;
}

void
kith_call_phone_gave_up (KithCall *call, KithReason reason)
{
  if (reason == KITH_REASON_REJECTED) { /* somebody said no */
    call->wish = KITH_CALL_DECLINED;
    kith_call_end (call, reason, NULL);
  } else if (!rings_anywhere (call)) {
    kith_call_end (call, best_reason (call), NULL);
  }
}
