/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One queue for each time that something takes; an id that is in one of them and means nothing any
   more is passed over. */
#include "edge/worker/registrar/phone-keeper.h"

#include "edge/worker/registrar/due-queue.h"

#define MARK_US 1000

typedef enum {
  QUEUE_SOON,  /* to be asked the first time */
  QUEUE_AGAIN, /* to be asked the next time */
  QUEUE_REPEAT_1,
  QUEUE_REPEAT_2,
  QUEUE_REPEAT_3,
  QUEUE_MISSED, /* did not answer */
  QUEUE_PING,
  N_QUEUES
} Queue;

static const gint64 delays_ms[N_QUEUES] = {
  KITH_KEEPER_SOON_MS, KITH_KEEPER_AGAIN_MS, 500, 1000, 2000, 4000, KITH_KEEPER_PING_MS,
};

struct _KithPhoneKeeper {
  KithClock *clock;
  KithKeeperFuncs funcs;
  KithDueQueue queues[N_QUEUES];
  KithTimer timer;
};

/* The time as a mark of the request: never 0. */
static guint32
mark_now (KithPhoneKeeper *keeper)
{
  return MAX ((guint32)(kith_clock_now (keeper->clock) / MARK_US), 1);
}

static void
put (KithPhoneKeeper *keeper, Queue queue, guint32 id, guint32 mark)
{
  const gint64 now_us = kith_clock_now (keeper->clock);

  kith_due_queue_put (&keeper->queues[queue], id, mark, now_us);
  if (!kith_timer_is_set (&keeper->timer)
      || keeper->timer.at_us > now_us + delays_ms[queue] * G_TIME_SPAN_MILLISECOND) {
    kith_timer_set_ms (&keeper->timer, (guint)delays_ms[queue]);
  }
}

/* So many are asked in one tick. */
static guint
part_of (const KithPhoneKeeper *keeper)
{
  const guint n = keeper->queues[QUEUE_SOON].n + keeper->queues[QUEUE_AGAIN].n;
  const guint ticks = KITH_KEEPER_ROUND_S * 1000 / KITH_KEEPER_TICK_MS;

  return MAX (KITH_KEEPER_PART, n / ticks);
}

static void
ask (KithPhoneKeeper *keeper, guint32 id)
{
  KithBinding *binding = keeper->funcs.find (keeper->funcs.data, id);

  if (binding == NULL) {
    return;
  }
  binding->asked = mark_now (keeper);
  put (keeper, QUEUE_AGAIN, id, 0);
  put (keeper, QUEUE_REPEAT_1, id, binding->asked);
  keeper->funcs.ask (keeper->funcs.data, binding);
}

/* Over UDP what was not answered is said again. */
static void
repeat (KithPhoneKeeper *keeper, Queue queue, guint32 id, guint32 mark)
{
  KithBinding *binding = keeper->funcs.find (keeper->funcs.data, id);

  if (binding == NULL || binding->asked != mark) {
    return;
  }
  put (keeper, queue + 1, id, mark);
  if (binding->transport == KITH_SIP_TRANSPORT_UDP) {
    keeper->funcs.ask (keeper->funcs.data, binding);
  }
}

static void
miss (KithPhoneKeeper *keeper, guint32 id, guint32 mark)
{
  KithBinding *binding = keeper->funcs.find (keeper->funcs.data, id);

  if (binding != NULL && binding->asked == mark && kith_binding_missed (binding)) {
    keeper->funcs.tell (keeper->funcs.data, binding, TRUE);
  }
}

static gboolean
needs_ping (const KithBinding *binding)
{
  return binding->transport == KITH_SIP_TRANSPORT_UDP && kith_binding_is_natted (binding);
}

static void
ping (KithPhoneKeeper *keeper, guint32 id)
{
  KithBinding *binding = keeper->funcs.find (keeper->funcs.data, id);

  if (binding == NULL) {
    return;
  }
  binding->pinged = needs_ping (binding);
  if (binding->pinged) {
    put (keeper, QUEUE_PING, id, 0);
    keeper->funcs.ping (keeper->funcs.data, binding);
  }
}

static void
act (KithPhoneKeeper *keeper, Queue queue, guint32 id, guint32 mark)
{
  switch (queue) {
  case QUEUE_SOON:
  case QUEUE_AGAIN:
    ask (keeper, id);
    return;
  case QUEUE_REPEAT_1:
  case QUEUE_REPEAT_2:
  case QUEUE_REPEAT_3:
    repeat (keeper, queue, id, mark);
    return;
  case QUEUE_MISSED:
    miss (keeper, id, mark);
    return;
  case QUEUE_PING:
    ping (keeper, id);
    return;
  case N_QUEUES:
    return;
  }
}

/* When the next one of any queue is due. */
static void
set_timer (KithPhoneKeeper *keeper, gint64 earliest_us)
{
  gint64 next_us = -1;

  for (guint i = 0; i < N_QUEUES; i++) {
    const gint64 at_us = kith_due_queue_next (&keeper->queues[i]);
    if (at_us >= 0 && (next_us < 0 || at_us < next_us)) {
      next_us = at_us;
    }
  }
  if (next_us >= 0) {
    kith_timer_set (&keeper->timer, MAX (next_us, earliest_us));
  }
}

static void
on_timer (gpointer user_data)
{
  KithPhoneKeeper *keeper = user_data;
  const gint64 now_us = kith_clock_now (keeper->clock);
  const guint part = part_of (keeper);
  gboolean is_full = FALSE;
  guint32 id = 0, mark = 0;

  for (guint i = 0; i < N_QUEUES; i++) {
    const gboolean is_paced = i == QUEUE_SOON || i == QUEUE_AGAIN || i == QUEUE_PING;
    guint n = 0;
    while ((!is_paced || n < part)
           && kith_due_queue_take (&keeper->queues[i], now_us, &id, &mark)) {
      act (keeper, i, id, mark);
      n++;
    }
    is_full = is_full || (is_paced && n == part);
  }
  set_timer (keeper, is_full ? now_us + KITH_KEEPER_TICK_MS * G_TIME_SPAN_MILLISECOND : 0);
}

KithPhoneKeeper *
kith_phone_keeper_new (KithClock *clock, const KithKeeperFuncs *funcs)
{
  KithPhoneKeeper *keeper = g_new0 (KithPhoneKeeper, 1);

  keeper->clock = g_object_ref (clock);
  keeper->funcs = *funcs;
  for (guint i = 0; i < N_QUEUES; i++) {
    keeper->queues[i].delay_us = delays_ms[i] * G_TIME_SPAN_MILLISECOND;
  }
  kith_timer_init (&keeper->timer, clock, on_timer, keeper);
  return keeper;
}

void
kith_phone_keeper_free (KithPhoneKeeper *keeper)
{
  if (keeper == NULL) {
    return;
  }
  kith_timer_finish (&keeper->timer);
  for (guint i = 0; i < N_QUEUES; i++) {
    kith_due_queue_clear (&keeper->queues[i]);
  }
  g_object_unref (keeper->clock);
  g_free (keeper);
}

void
kith_phone_keeper_note (KithPhoneKeeper *keeper, KithBinding *binding, gboolean is_new)
{
  if (is_new) {
    put (keeper, QUEUE_SOON, binding->id, 0);
  }
  if (!binding->pinged && needs_ping (binding)) {
    binding->pinged = TRUE;
    put (keeper, QUEUE_PING, binding->id, 0);
  }
}

void
kith_phone_keeper_hear (KithPhoneKeeper *keeper, guint32 id, guint32 mark)
{
  KithBinding *binding = keeper->funcs.find (keeper->funcs.data, id);

  if (binding != NULL && binding->asked != 0 && binding->asked == mark) {
    const guint32 now = (guint32)(kith_clock_now (keeper->clock) / MARK_US);
    const gboolean is_news = kith_binding_answered (binding, now > mark ? now - mark : 1);
    keeper->funcs.tell (keeper->funcs.data, binding, is_news);
  }
}
