/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of what is under way in libopendht, so that nothing waits for a call-back that may come
   late or never. */
#include "dht-ops.h"

#include <stdatomic.h>
#include <string.h>

#include "datagrams/net-guard.h"
#include "event-ring.h"

#define MAX_GETS 192
#define MAX_PUTS 512
#define MAX_LISTENS 512
/* the daemon stops at 64 different ones; copies of one value count here too */
#define VALUES_A_GET 192
#define CHECK_FIRST_MS 100    /* after a put */
#define CHECK_SLOWEST_MS 8000 /* while no other node shows it */
#define CHECK_DEADLINE_MS 3000
#define CHECKS_BEFORE_PUT 3 /* fruitless read-backs until it is put anew */
/* After a change of address each put is refused once, since tokens are bound to addresses, and
   after four refusals by a node libopendht drops for 30 s what that node tells of our watches: so
   three are put at a time, and of these two that are kept. What is not kept, such as a knock, goes
   first. */
#define PUTS_AT_ONCE 3
#define KEPT_AT_ONCE 2
#define SLOW_PUT_MS 1500 /* one that takes longer is waited for no more */
#define SLOT_BITS 10

_Static_assert(MAX_GETS < 1 << SLOT_BITS && MAX_PUTS < 1 << SLOT_BITS
                   && MAX_LISTENS < 1 << SLOT_BITS,
               "slots fit a handle");

typedef struct {
  bool used;
  uint32_t id;  /* the daemon's */
  int check_of; /* the put that is read back, -1: the daemon asked */
  int64_t deadline_ms;
} Get;

typedef struct {
  bool used;
  bool keep;
  bool cancelled; /* waits for its done call-back, which tells its value id */
  bool waiting;   /* for others that are under way */
  bool under_way; /* no done call-back yet */
  bool checking;  /* a read-back is under way */
  uint32_t id;
  dht_infohash location;
  size_t len;
  uint8_t data[KITH_FRAME_VALUE_MAX];
  dht_value *value;
  uint64_t value_id; /* 0 not known yet */
  int64_t started_ms;
  int64_t next_check_ms;
  unsigned check_delay_ms;
  unsigned fruitless;
  int reported; /* replicas last told, -1 none */
} Put;

typedef struct {
  bool used;
  uint32_t id;
  dht_infohash location;
  dht_op_token *token;
} Listen;

static dht_runner *runner;
static KithOpsSend send_frame;
static unsigned check_ms;
static Get all_gets[MAX_GETS];
static Put all_puts[MAX_PUTS];
static Listen listens[MAX_LISTENS];

/* A call-back gets a handle, slot and generation, and no pointer: one that comes late finds another
   generation and does nothing. */
static _Atomic uint32_t get_generation[MAX_GETS];
static _Atomic int get_left[MAX_GETS];
static uint32_t put_generation[MAX_PUTS];
static _Atomic uint32_t listen_generation[MAX_LISTENS];

static uint32_t
make_handle (uint32_t slot, uint32_t generation)
{
  return slot | generation << SLOT_BITS;
}

static uint32_t
slot_of (uint32_t handle)
{
  return handle & ((1u << SLOT_BITS) - 1);
}

static bool
is_current (uint32_t handle, uint32_t generation)
{
  return handle == make_handle (slot_of (handle), generation);
}

static void *
handle_to_pointer (uint32_t handle)
{
  return (void *)(uintptr_t)handle;
}

static uint32_t
pointer_to_handle (void *pointer)
{
  return (uint32_t)(uintptr_t)pointer;
}

/* Call-backs, on libopendht's thread with its lock held. */

static bool
on_get_value (const dht_value *value, void *user_data)
{
  const uint32_t handle = pointer_to_handle (user_data);
  const uint32_t slot = slot_of (handle);

  if (!is_current (handle, atomic_load (&get_generation[slot]))
      || atomic_fetch_sub (&get_left[slot], 1) <= 0) {
    return false;
  }
  const dht_data_view view = dht_value_get_data (value);
  kith_notes_post_value (KITH_NOTE_GET_VALUE, handle, view.data, view.size);
  return true;
}

static void
on_get_done (bool ok, void *user_data)
{
  kith_notes_post_done (KITH_NOTE_GET_DONE, pointer_to_handle (user_data), ok);
}

static void
on_put_done (bool ok, void *user_data)
{
  kith_notes_post_done (KITH_NOTE_PUT_DONE, pointer_to_handle (user_data), ok);
}

/* It never says false, not even of a listen that is over: libopendht would take it out of the list
   that it is walking through when a value of our own is withdrawn, and die. take_unlisten() has
   asked for that already. */
static bool
on_listen_value (const dht_value *value, bool expired, void *user_data)
{
  const uint32_t handle = pointer_to_handle (user_data);

  if (!expired && is_current (handle, atomic_load (&listen_generation[slot_of (handle)]))) {
    const dht_data_view view = dht_value_get_data (value);
    kith_notes_post_value (KITH_NOTE_LISTEN_VALUE, handle, view.data, view.size);
  }
  return true;
}

/* Frames to the daemon */

static void
tell_done (uint32_t id, bool ok)
{
  const KithDhtFrame frame = { .type = KITH_FRAME_DONE, .id = id, .ok = ok };

  send_frame (&frame);
}

static void
tell_value (uint32_t id, const KithNote *note)
{
  KithDhtFrame frame = { .type = KITH_FRAME_VALUE, .id = id, .value_len = note->len };

  memcpy (frame.value, note->data, note->len);
  send_frame (&frame);
}

static void
tell_published (Put *put, unsigned replicas)
{
  const KithDhtFrame frame
      = { .type = KITH_FRAME_PUBLISHED, .id = put->id, .replicas = (uint16_t)replicas };

  if (put->reported != (int)replicas && (replicas > 0 || put->reported > 0)) {
    put->reported = (int)replicas;
    send_frame (&frame);
  }
}

/* Gets */

static Get *
start_get (const dht_infohash *location, uint32_t id, int check_of, int64_t deadline_ms)
{
  for (unsigned i = 0; i < MAX_GETS; i++) {
    Get *get = &all_gets[i];
    if (get->used) {
      continue;
    }
    *get = (Get){ .used = true, .id = id, .check_of = check_of, .deadline_ms = deadline_ms };
    const uint32_t generation = atomic_fetch_add (&get_generation[i], 1) + 1;
    atomic_store (&get_left[i], VALUES_A_GET);
    dht_runner_get (runner,
                    location,
                    on_get_value,
                    on_get_done,
                    handle_to_pointer (make_handle (i, generation)));
    return get;
  }
  return NULL;
}

static void
free_get (Get *get)
{
  atomic_fetch_add (&get_generation[get - all_gets], 1);
  get->used = false;
}

/* Puts */

static void
start_put (unsigned slot, int64_t now_ms)
{
  Put *put = &all_puts[slot];

  put->value = dht_value_new (put->data, put->len);
  put->value_id = 0;
  put->started_ms = now_ms;
  put->waiting = false;
  put->under_way = true;
  put->checking = false;
  put->fruitless = 0;
  put->check_delay_ms = CHECK_FIRST_MS;
  put->next_check_ms = now_ms + CHECK_FIRST_MS;
  put_generation[slot]++;
  dht_runner_put (runner,
                  &put->location,
                  put->value,
                  on_put_done,
                  handle_to_pointer (make_handle (slot, put_generation[slot])),
                  put->keep);
}

/* Takes it out of libopendht; only when its id is known. */
static void
withdraw_put (Put *put)
{
  kith_guard_forget (put->value_id);
  dht_runner_cancel_put (runner, &put->location, put->value_id);
  dht_value_unref (put->value);
  put->value = NULL;
}

static unsigned
count_under_way (bool keep, int64_t now_ms)
{
  unsigned n = 0;

  for (unsigned i = 0; i < MAX_PUTS; i++) {
    const Put *put = &all_puts[i];
    n += put->used && put->keep == keep && put->under_way && now_ms - put->started_ms < SLOW_PUT_MS;
  }
  return n;
}

/* Starts what waits, while there is room, what is not kept first. Returns true when something waits
   on. */
static bool
start_waiting (int64_t now_ms)
{
  unsigned kept = count_under_way (true, now_ms);
  unsigned all = kept + count_under_way (false, now_ms);
  bool left = false;

  for (unsigned i = 0; i < 2 * MAX_PUTS; i++) {
    const bool keep = i >= MAX_PUTS;
    const Put *put = &all_puts[i % MAX_PUTS];
    if (!put->used || !put->waiting || put->keep != keep) {
      continue;
    }
    if (all >= PUTS_AT_ONCE || (keep && kept >= KEPT_AT_ONCE)) {
      left = true;
      continue;
    }
    start_put (i % MAX_PUTS, now_ms);
    all++;
    kept += keep;
  }
  return left;
}

static void
put_again (Put *put, int64_t now_ms)
{
  if (put->used && put->keep && !put->cancelled && !put->under_way && !put->waiting) {
    withdraw_put (put);
    start_put ((unsigned)(put - all_puts), now_ms);
  }
}

/* The id is set by libopendht when it carries the put out, before it calls anybody back about this
   location. */
static void
learn_value_id (Put *put)
{
  if (put->value_id == 0 && put->value != NULL) {
    put->value_id = dht_value_get_id (put->value);
    (void)kith_guard_expect (put->value_id, put->data, put->len);
  }
}

static void
start_check (Put *put, int64_t now_ms)
{
  put->checking
      = start_get (&put->location, 0, (int)(put - all_puts), now_ms + CHECK_DEADLINE_MS) != NULL;
  put->next_check_ms = now_ms + put->check_delay_ms;
}

/* A read-back ended: tell what it showed and plan the next. */
static void
finish_check (Put *put, int64_t now_ms, bool has_peers)
{
  const unsigned replicas = kith_guard_replicas (put->value_id);

  put->checking = false;
  if (replicas > 0) {
    put->fruitless = 0;
    put->check_delay_ms = check_ms;
    put->next_check_ms = now_ms + check_ms;
    tell_published (put, replicas);
    return;
  }
  put->fruitless++;
  put->check_delay_ms
      = put->check_delay_ms * 2 < CHECK_SLOWEST_MS ? put->check_delay_ms * 2 : CHECK_SLOWEST_MS;
  put->next_check_ms = now_ms + put->check_delay_ms;
  if (put->fruitless >= CHECKS_BEFORE_PUT && !put->under_way) {
    tell_published (put, 0);
    if (has_peers) {
      const unsigned delay_ms = put->check_delay_ms;
      put_again (put, now_ms);
      put->check_delay_ms = delay_ms;
    }
  }
}

static void
finish_put (uint32_t handle, bool ok, int64_t now_ms, bool has_peers)
{
  Put *put = &all_puts[slot_of (handle)];

  if (!put->used || put->waiting || !is_current (handle, put_generation[slot_of (handle)])) {
    return;
  }
  put->under_way = false;
  put->value_id = dht_value_get_id (put->value);
  if (put->cancelled) {
    withdraw_put (put);
    put->used = false;
    return;
  }
  tell_done (put->id, ok);
  if (!put->keep) {
    dht_value_unref (put->value);
    put->used = false;
    return;
  }
  (void)kith_guard_expect (put->value_id, put->data, put->len);
  if (has_peers && !put->checking) {
    start_check (put, now_ms);
  }
}

static void
take_put (const KithDhtFrame *frame, int64_t now_ms)
{
  for (unsigned i = 0; i < MAX_PUTS; i++) {
    Put *put = &all_puts[i];
    if (put->used) {
      continue;
    }
    *put = (Put){ .used = true,
                  .keep = frame->keep,
                  .id = frame->id,
                  .len = frame->value_len,
                  .reported = -1 };
    memcpy (put->location.d, frame->location, sizeof put->location.d);
    memcpy (put->data, frame->value, frame->value_len);
    put->waiting = true;
    (void)start_waiting (now_ms);
    return;
  }
  tell_done (frame->id, false);
}

static void
take_cancel_put (uint32_t id)
{
  for (unsigned i = 0; i < MAX_PUTS; i++) {
    Put *put = &all_puts[i];
    if (!put->used || put->cancelled || put->id != id) {
      continue;
    }
    put->cancelled = true;
    if (put->waiting) {
      put->used = false;
      return;
    }
    learn_value_id (put);
    if (!put->under_way || put->value_id != 0) {
      withdraw_put (put);
      put->used = false;
    }
    return;
  }
}

/* Listens */

static void
take_listen (const KithDhtFrame *frame)
{
  for (unsigned i = 0; i < MAX_LISTENS; i++) {
    Listen *listen = &listens[i];
    if (listen->used) {
      continue;
    }
    *listen = (Listen){ .used = true, .id = frame->id };
    memcpy (listen->location.d, frame->location, sizeof listen->location.d);
    const uint32_t generation = atomic_fetch_add (&listen_generation[i], 1) + 1;
    listen->token = dht_runner_listen (runner,
                                       &listen->location,
                                       on_listen_value,
                                       NULL,
                                       handle_to_pointer (make_handle (i, generation)));
    return;
  }
}

static void
take_unlisten (uint32_t id)
{
  for (unsigned i = 0; i < MAX_LISTENS; i++) {
    Listen *listen = &listens[i];
    if (listen->used && listen->id == id) {
      atomic_fetch_add (&listen_generation[i], 1);
      dht_runner_cancel_listen (runner, &listen->location, listen->token);
      dht_op_token_delete (listen->token);
      listen->used = false;
      return;
    }
  }
}

static void
handle_note (const KithNote *note, int64_t now_ms, bool has_peers)
{
  const uint32_t slot = slot_of (note->handle);
  Get *get = slot < MAX_GETS ? &all_gets[slot] : NULL;
  const bool get_lives
      = get != NULL && get->used && is_current (note->handle, atomic_load (&get_generation[slot]));

  switch (note->kind) {
  case KITH_NOTE_GET_VALUE:
    if (get_lives && get->check_of < 0) {
      tell_value (get->id, note);
    } else if (get_lives) {
      learn_value_id (&all_puts[get->check_of]);
    }
    return;
  case KITH_NOTE_GET_DONE:
    if (get_lives) {
      const int check_of = get->check_of;
      free_get (get);
      if (check_of < 0) {
        tell_done (get->id, note->ok);
      } else if (all_puts[check_of].used && all_puts[check_of].checking) {
        finish_check (&all_puts[check_of], now_ms, has_peers);
      }
    }
    return;
  case KITH_NOTE_PUT_DONE:
    finish_put (note->handle, note->ok, now_ms, has_peers);
    (void)start_waiting (now_ms);
    return;
  case KITH_NOTE_LISTEN_VALUE:
    if (slot < MAX_LISTENS && listens[slot].used
        && is_current (note->handle, atomic_load (&listen_generation[slot]))) {
      tell_value (listens[slot].id, note);
    }
    return;
  }
}

static void
expire_gets (int64_t now_ms, bool has_peers)
{
  for (unsigned i = 0; i < MAX_GETS; i++) {
    Get *get = &all_gets[i];
    if (!get->used || now_ms < get->deadline_ms) {
      continue;
    }
    const int check_of = get->check_of;
    free_get (get);
    if (check_of < 0) {
      tell_done (get->id, false);
    } else if (all_puts[check_of].used && all_puts[check_of].checking) {
      finish_check (&all_puts[check_of], now_ms, has_peers);
    }
  }
}

void
kith_ops_init (dht_runner *the_runner, KithOpsSend send, unsigned check_s)
{
  runner = the_runner;
  send_frame = send;
  check_ms = check_s * 1000;
}

void
kith_ops_take (const KithDhtFrame *frame, int64_t now_ms)
{
  dht_infohash location;

  switch ((int)frame->type) {
  case KITH_FRAME_GET:
    memcpy (location.d, frame->location, sizeof location.d);
    if (start_get (&location, frame->id, -1, now_ms + frame->deadline_ms) == NULL) {
      tell_done (frame->id, false);
    }
    return;
  case KITH_FRAME_CANCEL_GET:
    for (unsigned i = 0; i < MAX_GETS; i++) {
      if (all_gets[i].used && all_gets[i].check_of < 0 && all_gets[i].id == frame->id) {
        free_get (&all_gets[i]);
      }
    }
    return;
  case KITH_FRAME_PUT:
    take_put (frame, now_ms);
    return;
  case KITH_FRAME_CANCEL_PUT:
    take_cancel_put (frame->id);
    return;
  case KITH_FRAME_LISTEN:
    take_listen (frame);
    return;
  case KITH_FRAME_UNLISTEN:
    take_unlisten (frame->id);
    return;
  default:
    return;
  }
}

void
kith_ops_handle_notes (int64_t now_ms, bool has_peers)
{
  static KithNote note;

  while (kith_notes_take (&note)) {
    handle_note (&note, now_ms, has_peers);
  }
}

int
kith_ops_tick (int64_t now_ms, bool has_peers)
{
  int64_t next_ms = now_ms + (start_waiting (now_ms) ? 200 : 1000);

  expire_gets (now_ms, has_peers);
  for (unsigned i = 0; i < MAX_GETS; i++) {
    if (all_gets[i].used && all_gets[i].deadline_ms < next_ms) {
      next_ms = all_gets[i].deadline_ms;
    }
  }
  for (unsigned i = 0; i < MAX_PUTS && has_peers; i++) {
    Put *put = &all_puts[i];
    if (!put->used || !put->keep || put->cancelled || put->waiting || put->checking) {
      continue;
    }
    if (now_ms >= put->next_check_ms) {
      if (put->fruitless == 0 && put->reported > 0) {
        kith_guard_count_anew (put->value_id);
      }
      start_check (put, now_ms);
    }
    if (put->next_check_ms < next_ms) {
      next_ms = put->next_check_ms;
    }
  }
  return next_ms > now_ms ? (int)(next_ms - now_ms) : 0;
}

void
kith_ops_put_all_again (int64_t now_ms)
{
  for (unsigned i = 0; i < MAX_PUTS; i++) {
    Put *put = &all_puts[i];
    put->reported = -1; /* what is told next is news */
    if (put->used && put->keep && !put->cancelled && !put->under_way && !put->waiting) {
      withdraw_put (put);
      put->checking = false;
      put->waiting = true;
    }
  }
  (void)start_waiting (now_ms);
}

bool
kith_ops_is_putting (void)
{
  for (unsigned i = 0; i < MAX_PUTS; i++) {
    if (all_puts[i].used && !all_puts[i].cancelled
        && (all_puts[i].under_way || all_puts[i].waiting)) {
      return true;
    }
  }
  return false;
}
