/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rounds of fresh agents while nothing is heard; answers to the peer's; the standby. */
#include "link/repair/path-repair.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "link/repair/move-note.h"
#include "model/net/link-states.h"
#include "net/local-addresses.h"

#define ROUND_MS 2000     /* first pause between rounds … */
#define ROUND_MAX_MS 4000 /* … and the last */
#define MAX_NOTE_ROUNDS 2 /* in which knocks go by the silent link, too */
#define MAX_LISTENERS 2
#define DOOM_MS 1000 /* a path that is heard so long after its address went is alive all the same */
#define STANDBY_MS 25000 /* a NAT forgets the standby's mapping: a fresh one in time */
/* how long the standby is kept after the last hold: the peer may need it to hear that the call
   ended */
#define LET_GO_MS 5000
#define CHECKED_MS 9000 /* a standby that checks and is not found by then is replaced */
#define SPREAD_MS 2500  /* as long as one of the peer's tries may take */
#define SHOW_MS 300     /* people are told of what takes longer */
#define IMPROVE_MS 1500 /* a friend carries: look for a direct path, then ever more seldom */
#define MAX_IMPROVE_MS 60000
/* What a peer's moves may cost: each new one is an agent that checks at twelve addresses of its
   choice, each answer travels by every way. */
#define LISTENS_AT_ONCE 6
#define LISTEN_MS 1000
#define ANSWERS_AT_ONCE 24
#define ANSWER_MS 250

/* So many at once, then one each while. */
typedef struct {
  guint left;
  gint64 filled; /* monotonic, 0: full */
} Allowance;

struct _KithPathRepair {
  KithLinkHub *hub;
  KithPathRepairConfig config;
  const KithPathRepairEvents *events;
  gpointer user_data;
  KithTrace *trace;      /* (not owned) */
  KithRepairState state; /* by change() alone */
  KithTimer show;
  gint64 since;   /* of the silence or change, monotonic */
  gint64 changed; /* when this host's addresses did last */
  guint round;
  gboolean asking; /* an agent waits for an answer to the move with the seed asked */
  guint8 asked[KITH_SEED_LEN];
  KithTimer next;
  KithStandbyState standby; /* by change_standby() alone */
  KithTimer renew;
  gboolean has_standby; /* the peer's standby is known */
  KithMoveNote their_standby;
  Allowance listens; /* the peer's moves */
  Allowance answers;
  KithTimer improve;
  guint improve_ms;
};

static gboolean
change (KithPathRepair *repair, KithRepairEvent event)
{
  return kith_repair_state_step (&repair->state, event);
}

static gboolean
change_standby (KithPathRepair *repair, KithStandbyEvent event)
{
  return kith_standby_state_step (&repair->standby, event);
}

static gboolean
is_held (const KithPathRepair *repair)
{
  return kith_standby_state_is_held (repair->standby);
}

/* TRUE while nothing is heard. */
static gboolean
is_moving (const KithPathRepair *repair)
{
  return repair->state != KITH_REPAIR_QUIET;
}

static KithPath *
get_current (KithPathRepair *repair)
{
  return kith_path_set_get_current (repair->config.paths);
}

/* Knocks */

/* Sends a knock of @kind about @path by the link, and, if @everywhere, by every other way, too. */
static void
send_knock (KithPathRepair *repair, KithKnockKind kind, KithPath *path, gboolean everywhere)
{
  KithMoveNote note = { .kind = kind };
  KithKnock knock
      = { .kind = kind, .issued = kith_clock_wall (repair->hub->clock) / G_USEC_PER_SEC };

  note.n_candidates = kith_ice_get_candidates (path->ice, note.candidates);
  if (note.n_candidates <= path->n_told) {
    return;
  }
  path->n_told = note.n_candidates;
  memcpy (note.seed, path->seed, sizeof note.seed);
  if (repair->round <= MAX_NOTE_ROUNDS) {
    g_autoptr (GBytes) bytes = kith_move_note_encode (&note);
    gsize len = 0;
    const guint8 *data = g_bytes_get_data (bytes, &len);
    (void)repair->events->send_note (data, len, repair->user_data);
  }
  if (everywhere && repair->hub->knock != NULL) {
    memcpy (knock.link_id, repair->config.link_id, sizeof knock.link_id);
    memcpy (knock.seed, note.seed, sizeof knock.seed);
    knock.n_candidates = note.n_candidates;
    memcpy (knock.candidates, note.candidates, sizeof knock.candidates);
    repair->hub->knock (&repair->config.identity, &knock, repair->hub->knock_data);
  }
}

/* Rounds */

/* FALSE while this host has no address by which the peer could be reached. */
static gboolean
has_network (KithPathRepair *repair)
{
  KithEndpoint addresses[KITH_MAX_LOCAL];
  KithLinkPath path = { 0 };
  KithPath *current = get_current (repair);

  if (current != NULL) {
    kith_path_describe (current, &path);
  }
  return kith_local_addresses (addresses) > 1 || !kith_endpoint_is_loopback (&addresses[0])
         || (path.remote.endpoint.port != 0 && kith_endpoint_is_loopback (&path.remote.endpoint));
}

/* Takes away @purpose's oldest agents that did not come to work, until @keep of that purpose are
   left. */
static void
thin_out (KithPathRepair *repair, KithPathPurpose purpose, guint keep)
{
  KithPath *oldest;

  while (kith_path_set_count (repair->config.paths, purpose) > keep
         && (oldest = kith_path_set_find_idle (repair->config.paths, purpose)) != NULL) {
    kith_path_set_remove (repair->config.paths, oldest);
  }
}

static KithPath *
add_agent (KithPathRepair *repair, KithPathPurpose purpose, KithIceRole role, const guint8 *seed)
{
  g_autoptr (GError) error = NULL;
  KithPath *path = kith_path_set_add_ice (repair->config.paths, purpose, role, seed, &error);

  if (path == NULL) {
    kith_debug ("link", "no agent for a new path: %s", error->message);
  }
  return path;
}

/* Takes away repairs that did not come to work, except @kept. */
static void
remove_repairs (KithPathRepair *repair, KithPath *kept)
{
  KithPath *path;

  if (kept != NULL && !kept->works) {
    kept->purpose = KITH_PATH_LISTENER; /* not found for a moment */
  }
  while ((path = kith_path_set_find_idle (repair->config.paths, KITH_PATH_REPAIR)) != NULL) {
    kith_path_set_remove (repair->config.paths, path);
  }
  if (kept != NULL) {
    kept->purpose = KITH_PATH_REPAIR;
  }
}

/* One agent checks at the peer's standby, one asks it for a new one. */
static void
run_round (KithPathRepair *repair)
{
  guint8 seed[KITH_SEED_LEN];

  repair->round++;
  /* An answer may take longer than a round: that agent stays for two. */
  KithPath *asking
      = repair->asking && repair->round % 2 == 0
            ? kith_path_set_find (repair->config.paths, KITH_PATH_REPAIR, repair->asked)
            : NULL;
  remove_repairs (repair, asking);
  if (repair->has_standby) {
    KithPath *path
        = add_agent (repair, KITH_PATH_REPAIR, KITH_ICE_CALLER, repair->their_standby.seed);
    if (path != NULL) {
      kith_ice_add_remote (path->ice,
                           repair->their_standby.candidates,
                           repair->their_standby.n_candidates);
      send_knock (repair, KITH_KNOCK_CHECK, path, is_moving (repair));
    }
  }
  if (asking != NULL) {
    asking->n_told = 0; /* the knock or the answer may be lost */
    send_knock (repair, KITH_KNOCK_MOVE, asking, is_moving (repair));
  } else if (kith_random_bytes (seed, sizeof seed)) {
    asking = add_agent (repair, KITH_PATH_REPAIR, KITH_ICE_CALLER, seed);
    repair->asking = asking != NULL;
    memcpy (repair->asked, seed, sizeof repair->asked);
    if (asking != NULL) {
      send_knock (repair, KITH_KNOCK_MOVE, asking, is_moving (repair));
    }
  }
  KithSaying *saying = kith_saying_new ("step-path-search");
  kith_saying_put_number (saying, "try", repair->round);
  kith_saying_put_flag (saying, "standby", repair->has_standby);
  kith_trace_say (repair->trace, KITH_TRACE_PATH, saying);
}

static void
on_next (gpointer user_data)
{
  KithPathRepair *repair = user_data;

  if (!is_moving (repair)) {
    thin_out (repair, KITH_PATH_REPAIR, 0);
    return;
  }
  guint pause = MIN (ROUND_MS + repair->round * 500, ROUND_MAX_MS);
  if (has_network (repair)) {
    run_round (repair);
  } else {
    kith_trace_tell (repair->trace, KITH_TRACE_TROUBLE, "step-no-network");
    thin_out (repair, KITH_PATH_REPAIR, 0);
  }
  kith_timer_set_ms (&repair->next, pause);
}

static void
start (KithPathRepair *repair, gint64 since)
{
  (void)change (repair, KITH_REPAIR_EVENT_LOSE);
  repair->since = since;
  repair->round = 0;
  kith_timer_set (&repair->next, kith_clock_now (repair->hub->clock));
  kith_timer_set (&repair->show, since + (gint64)SHOW_MS * 1000);
}

static void
on_show (gpointer user_data)
{
  KithPathRepair *repair = user_data;

  if (change (repair, KITH_REPAIR_EVENT_SHOW)) {
    repair->events->moving (TRUE, repair->user_data);
  }
}

gboolean
kith_path_repair_is_moving (KithPathRepair *repair)
{
  return is_moving (repair);
}

static void
tell_quiet (KithPathRepair *repair, KithTraceKind kind, const char *code, guint ms)
{
  KithSaying *saying = kith_saying_new (code);

  kith_saying_put_time (saying, "quiet-ms", (gint64)ms * 1000);
  kith_trace_say (repair->trace, kind, saying);
}

void
kith_path_repair_alarm (KithPathRepair *repair, guint silent_ms)
{
  if (is_moving (repair)) {
    return;
  }
  tell_quiet (repair, KITH_TRACE_TROUBLE, "step-silence", silent_ms);
  KithPath *current = get_current (repair);
  if (current != NULL && repair->hub->paths->turn != NULL
      && kith_path_get_class (current) == KITH_PATH_RELAYED) {
    kith_turn_suspect (repair->hub->paths->turn); /* its server may be what is gone */
  }
  kith_path_set_doubt (repair->config.paths, NULL, silent_ms / 2);
  start (repair, kith_clock_now (repair->hub->clock) - (gint64)silent_ms * 1000);
}

void
kith_path_repair_lost (KithPathRepair *repair)
{
  if (!is_moving (repair)) {
    kith_trace_tell (repair->trace, KITH_TRACE_TROUBLE, "step-path-last-gone");
    start (repair, kith_clock_now (repair->hub->clock));
  }
}

void
kith_path_repair_heard (KithPathRepair *repair, KithPath *path)
{
  if (path->doomed
      && kith_clock_now (repair->hub->clock) - repair->changed > (gint64)DOOM_MS * 1000) {
    path->doomed = FALSE;
  }
  gboolean was_shown = repair->state == KITH_REPAIR_SHOWN;
  if (path->doomed || !change (repair, KITH_REPAIR_EVENT_HEAR)) {
    return;
  }
  guint ms = (guint)((kith_clock_now (repair->hub->clock) - repair->since) / 1000);
  if (!was_shown) { /* else who was told of it says when it is over, by the voice */
    tell_quiet (repair, KITH_TRACE_PATH, "step-heard-again", ms);
  }
  kith_info ("link", "the peer is heard again after %u ms", ms);
  kith_timer_set_ms (&repair->next, ROUND_MS); /* what does not work by then is taken away */
  kith_timer_clear (&repair->show);
  if (was_shown) {
    repair->events->moving (FALSE, repair->user_data);
  }
}

/* The standby */

static void
tell_standby (KithPathRepair *repair, KithPath *path)
{
  KithMoveNote note = { .is_standby = TRUE };

  note.n_candidates = kith_ice_get_candidates (path->ice, note.candidates);
  if (note.n_candidates <= path->n_told) {
    return;
  }
  memcpy (note.seed, path->seed, sizeof note.seed);
  g_autoptr (GBytes) bytes = kith_move_note_encode (&note);
  gsize len = 0;
  const guint8 *data = g_bytes_get_data (bytes, &len);
  if (repair->events->send_note (data, len, repair->user_data)) {
    path->n_told = note.n_candidates;
  }
}

static void
renew_standby (KithPathRepair *repair)
{
  guint8 seed[KITH_SEED_LEN];

  kith_timer_clear (&repair->renew);
  (void)change_standby (repair, KITH_STANDBY_EVENT_RENEW);
  if (!is_held (repair)) {
    thin_out (repair, KITH_PATH_STANDBY, 0);
    return;
  }
  thin_out (repair, KITH_PATH_STANDBY, 1); /* the peer may just be trying the last one */
  kith_timer_set_ms (&repair->renew, STANDBY_MS);
  if (!has_network (repair) || !kith_random_bytes (seed, sizeof seed)) {
    return;
  }
  KithPath *path = add_agent (repair, KITH_PATH_STANDBY, KITH_ICE_CALLEE, seed);
  if (path != NULL) {
    tell_standby (repair, path);
  }
}

/* The standby's place in a NAT is forgotten in time; one that only has this host's own addresses
   stays. */
static void
on_renew (gpointer user_data)
{
  KithPathRepair *repair = user_data;
  KithPath *standby = kith_path_set_find (repair->config.paths, KITH_PATH_STANDBY, NULL);
  KithCandidate candidates[KITH_MAX_CANDIDATES];
  guint n = standby != NULL ? kith_ice_get_candidates (standby->ice, candidates) : 0;
  gboolean is_lasting = repair->standby == KITH_STANDBY_KEPT && n > 0;

  if (!is_held (repair) && is_moving (repair)) { /* the goodbye of the last call may need it */
    kith_timer_set_ms (&repair->renew, LET_GO_MS);
    return;
  }

  for (guint i = 0; i < n; i++) {
    is_lasting = is_lasting && candidates[i].type == KITH_CANDIDATE_HOST;
  }
  if (is_lasting) {
    kith_timer_set_ms (&repair->renew, STANDBY_MS);
  } else {
    renew_standby (repair);
  }
}

void
kith_path_repair_hold (KithPathRepair *repair, gboolean held)
{
  if (!change_standby (repair, held ? KITH_STANDBY_EVENT_HOLD : KITH_STANDBY_EVENT_LET_GO)) {
    return;
  }
  if (held) {
    renew_standby (repair);
  } else {
    kith_timer_set_ms (&repair->renew, LET_GO_MS);
  }
}

/* Addresses */

typedef struct {
  const KithEndpoint *addresses;
  guint n;
} Addresses;

static void
mark (KithPath *path, gpointer user_data)
{
  const Addresses *now = user_data;
  KithEndpoint base;
  gboolean found = FALSE;

  if (path->ice == NULL || !kith_ice_get_base (path->ice, &base)) {
    return;
  }
  for (guint i = 0; i < now->n; i++) {
    const KithEndpoint *one = &now->addresses[i];
    found = found
            || (one->family == base.family
                && memcmp (one->ip, base.ip, base.family == 4 ? 4 : 16) == 0);
  }
  path->doomed = !found;
}

void
kith_path_repair_addresses_changed (KithPathRepair *repair, const KithEndpoint *addresses, guint n)
{
  Addresses now = { addresses, n };
  KithPath *current = get_current (repair);

  repair->changed = kith_clock_now (repair->hub->clock);
  kith_path_set_foreach (repair->config.paths, mark, &now);
  kith_trace_tell (repair->trace, KITH_TRACE_TROUBLE, "step-addresses-changed");
  if (is_held (repair)) {
    renew_standby (repair);
  }
  if (is_moving (repair)) {
    repair->round = 0;
    repair->asking = FALSE;
    kith_timer_set (&repair->next, kith_clock_now (repair->hub->clock));
  } else if (current == NULL || current->doomed) {
    kith_path_set_doubt (repair->config.paths, current, 0);
    start (repair, kith_clock_now (repair->hub->clock));
  } else if (has_network (repair)) { /* something came: it may be better */
    repair->round = 0;
    run_round (repair);
    kith_timer_set_ms (&repair->next, ROUND_MAX_MS);
  }
}

/* The peer's side of it */

static void
add_remote (KithPath *path, const KithMoveNote *note)
{
  kith_ice_add_remote (path->ice, note->candidates, note->n_candidates);
}

static gboolean
spend (Allowance *allowance, gint64 now, guint at_once, guint each_ms)
{
  gint64 each = (gint64)each_ms * 1000;
  gint64 fresh = (now - allowance->filled) / each;

  if (allowance->filled == 0 || fresh >= at_once - allowance->left) {
    allowance->left = at_once;
    allowance->filled = now;
  } else {
    allowance->left += (guint)fresh;
    allowance->filled += fresh * each;
  }
  if (allowance->left == 0) {
    return FALSE;
  }
  allowance->left--;
  return TRUE;
}

/* The peer moves: listen for it and tell where. */
static void
take_move (KithPathRepair *repair, const KithMoveNote *note)
{
  KithPath *path = kith_path_set_find (repair->config.paths, KITH_PATH_LISTENER, note->seed);

  if (path == NULL) {
    if (!spend (&repair->listens,
                kith_clock_now (repair->hub->clock),
                LISTENS_AT_ONCE,
                LISTEN_MS)) {
      return; /* nobody moves that often */
    }
    thin_out (repair, KITH_PATH_LISTENER, MAX_LISTENERS - 1);
    path = add_agent (repair, KITH_PATH_LISTENER, KITH_ICE_CALLEE, note->seed);
    kith_trace_tell (repair->trace, KITH_TRACE_KNOCK, "step-peer-search");
  }
  if (path != NULL) {
    add_remote (path, note);
    if (spend (&repair->answers, kith_clock_now (repair->hub->clock), ANSWERS_AT_ONCE, ANSWER_MS)) {
      path->n_told = 0; /* asked again: the last answer may be lost */
      send_knock (repair, KITH_KNOCK_ANSWER, path, TRUE);
    }
  }
}

static gboolean
take (KithPathRepair *repair, const KithMoveNote *note)
{
  KithPath *path = NULL;

  switch (note->kind) {
  case KITH_KNOCK_OFFER:
    break;
  case KITH_KNOCK_MOVE:
    kith_path_set_spread (repair->config.paths, SPREAD_MS);
    take_move (repair, note);
    return TRUE;
  case KITH_KNOCK_ANSWER:
    path = kith_path_set_find (repair->config.paths, KITH_PATH_REPAIR, note->seed);
    break;
  case KITH_KNOCK_CHECK:
    path = kith_path_set_find (repair->config.paths, KITH_PATH_STANDBY, note->seed);
    break;
  }
  if (path != NULL) {
    add_remote (path, note);
  }
  if (path != NULL && path->purpose == KITH_PATH_STANDBY
      && change_standby (repair, KITH_STANDBY_EVENT_TRY)) {
    /* It checks now: if nothing comes of it, it shall end. */
    kith_timer_set_ms (&repair->renew, CHECKED_MS);
  }
  return path != NULL;
}

void
kith_path_repair_take_note (KithPathRepair *repair, const guint8 *data, gsize len)
{
  KithMoveNote note;

  if (!kith_move_note_decode (data, len, &note)) {
    return; /* of a later version */
  }
  if (note.is_standby) {
    repair->has_standby = note.n_candidates > 0;
    repair->their_standby = note;
  } else {
    (void)take (repair, &note);
  }
}

gboolean
kith_path_repair_take_knock (KithPathRepair *repair, const KithKnock *knock)
{
  KithMoveNote note
      = { .kind = knock->kind, .n_candidates = MIN (knock->n_candidates, KITH_MAX_CANDIDATES) };

  if (memcmp (knock->link_id, repair->config.link_id, sizeof knock->link_id) != 0) {
    return FALSE;
  }
  memcpy (note.seed, knock->seed, sizeof note.seed);
  memcpy (note.candidates, knock->candidates, sizeof note.candidates);
  return take (repair, &note);
}

/* What paths tell */

void
kith_path_repair_path_works (KithPathRepair *repair, KithPath *path)
{
  if (path->purpose == KITH_PATH_STANDBY) { /* used up */
    path->purpose = KITH_PATH_LISTENER;
    renew_standby (repair);
  }
}

void
kith_path_repair_path_gathered (KithPathRepair *repair, KithPath *path)
{
  switch (path->purpose) {
  case KITH_PATH_FIRST:
  case KITH_PATH_CARRIED:
    break;
  case KITH_PATH_STANDBY:
    tell_standby (repair, path);
    break;
  case KITH_PATH_REPAIR:
    send_knock (repair,
                repair->has_standby
                        && memcmp (path->seed, repair->their_standby.seed, KITH_SEED_LEN) == 0
                    ? KITH_KNOCK_CHECK
                    : KITH_KNOCK_MOVE,
                path,
                is_moving (repair));
    break;
  case KITH_PATH_LISTENER:
    send_knock (repair, KITH_KNOCK_ANSWER, path, TRUE);
    break;
  }
}

/* A friend carries the packets, or once, soon after the start, a TURN server does: see whether
   there is a direct path by now. */
static gboolean
wants_better (KithPathRepair *repair)
{
  KithPath *current = get_current (repair);

  if (is_moving (repair) || current == NULL) {
    return FALSE;
  }
  switch (kith_path_get_class (current)) {
  case KITH_PATH_DIRECT:
    return FALSE;
  case KITH_PATH_RELAYED:
    return repair->improve_ms == IMPROVE_MS;
  case KITH_PATH_FRIEND:
    return TRUE;
  }
  return FALSE;
}

static void
on_improve (gpointer user_data)
{
  KithPathRepair *repair = user_data;

  if (wants_better (repair) && has_network (repair)) {
    repair->round = 0;
    run_round (repair);
    kith_timer_set_ms (&repair->next, ROUND_MAX_MS);
  }
  repair->improve_ms = MIN (repair->improve_ms * 3, MAX_IMPROVE_MS);
  kith_timer_set_ms (&repair->improve, repair->improve_ms);
}

KithPathRepair *
kith_path_repair_new (KithLinkHub *hub,
                      const KithPathRepairConfig *config,
                      const KithPathRepairEvents *events,
                      gpointer user_data)
{
  KithPathRepair *repair = g_new0 (KithPathRepair, 1);

  repair->hub = kith_link_hub_ref (hub);
  repair->config = *config;
  repair->events = events;
  repair->user_data = user_data;
  kith_timer_init (&repair->next, hub->clock, on_next, repair);
  kith_timer_init (&repair->show, hub->clock, on_show, repair);
  kith_timer_init (&repair->renew, hub->clock, on_renew, repair);
  kith_timer_init (&repair->improve, hub->clock, on_improve, repair);
  repair->improve_ms = IMPROVE_MS;
  kith_timer_set_ms (&repair->improve, repair->improve_ms);
  return repair;
}

void
kith_path_repair_free (KithPathRepair *repair)
{
  if (repair == NULL) {
    return;
  }
  kith_timer_finish (&repair->next);
  kith_timer_finish (&repair->show);
  kith_timer_finish (&repair->renew);
  kith_timer_finish (&repair->improve);
  kith_link_hub_unref (repair->hub);
  g_free (repair);
}

void
kith_path_repair_set_trace (KithPathRepair *repair, KithTrace *trace)
{
  repair->trace = trace;
}
