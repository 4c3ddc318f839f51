/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Proves paths, prefers the best, and lets the others go after a while. */
#include "path/path-set.h"

#include <string.h>

#include "base/error.h"
#include "path/path-choice.h"

#define MAX_PATHS 14
#define MAX_FRIEND_PATHS 3
#define MAX_EARLY 8 /* packets of the handshake that are sent on each path that works */
#define TICK_US ((gint64)100 * 1000)
#define KEEP_US ((gint64)5 * G_USEC_PER_SEC) /* a path that is not used any more and silent */
#define TRY_US ((gint64)10 * G_USEC_PER_SEC) /* one that never worked */
/* Silence on ours while the peer is heard over another path, after which we go there; where our
   choice counts we first use both. */
#define FOLLOW_US ((gint64)400 * 1000)
#define DOUBT_US ((gint64)600 * 1000)
/* After which the patience that doubles each time (KITH_PATH_LEAD_US) starts anew */
#define CALM_US ((gint64)10 * G_USEC_PER_SEC)
#define ALIVE_US ((gint64)500 * 1000) /* a path that was heard not longer ago */
#define HINT_US ((gint64)250 * 1000)  /* between probes of one that only media is heard on */
#define MAX_PROBES 6

struct _KithPathSet {
  KithPathHub *hub;
  KithPathMedia *media;
  const KithPathSetEvents *events;
  gpointer user_data;
  gboolean leads;
  gboolean up;
  GPtrArray *paths; /* of KithPath (owned), oldest first */
  GPtrArray *gone;  /* of KithPath (owned), to be freed by the loop */
  KithPath *current;
  KithPath *probed; /* while a probe is being sent */
  gint64 followed;  /* when the peer was last followed to another path, 0: never */
  gint64 spread;    /* until then everything goes over all that is proved */
  guint n_followed; /* times in a row, without calm between */
  GQueue early;     /* of GBytes: what was sent last before the link was up */
  KithTimer timer;
  KithTrace *trace;
};

static void look (KithPathSet *set);

/* Where packets go */

/* While the peer is not heard, everything is said over everything. */
static gboolean
is_lost (KithPathSet *set)
{
  return set->current == NULL || kith_path_rank (set->current) > 0;
}

/* TRUE when the peer is heard over @path, and no more over the one that is used. */
static gboolean
is_heard_instead (KithPathSet *set, const KithPath *path, gint64 now)
{
  return path != set->current && set->current != NULL && now - path->heard < ALIVE_US
         && now - set->current->heard > (set->leads ? DOUBT_US : FOLLOW_US);
}

/* One side only says things twice: if both did, each would hear the other on its own path again,
   and neither would ever follow. */
static gboolean
is_said_there_too (KithPathSet *set, const KithPath *path, gint64 now)
{
  return is_lost (set) || (path->proved && now < set->spread)
         || (is_heard_instead (set, path, now) && (set->leads || !path->proved));
}

static gboolean
is_way (KithPathSet *set, const KithPath *path, gint64 now)
{
  return path == set->current || (path->works && is_said_there_too (set, path, now));
}

/* Media that a friend carries: his link is the main loop's. */
static void
on_media_late (const guint8 *data, gsize len, gpointer user_data)
{
  KithPathSet *set = user_data;
  gint64 now = kith_clock_now (set->hub->clock);

  for (guint i = 0; i < set->paths->len; i++) {
    KithPath *path = set->paths->pdata[i];
    if (path->ice == NULL && is_way (set, path, now)) {
      (void)kith_path_send (path, data, len);
    }
  }
}

/* Tells the threads of media where it goes from now on: after everything that may change it, and
   while several paths are there ten times a second. */
static void
aim (KithPathSet *set)
{
  gpointer ways[MAX_PATHS] = { NULL };
  gint64 now = kith_clock_now (set->hub->clock);
  gboolean by_friend = FALSE;
  guint n = 0;

  for (guint i = 0; i < set->paths->len; i++) {
    KithPath *path = set->paths->pdata[i];
    if (is_way (set, path, now)) {
      by_friend = by_friend || path->ice == NULL;
      if (path->ice != NULL) {
        ways[n++] = path->ice;
      }
    }
  }
  kith_path_media_aim (set->media, ways, n, by_friend ? on_media_late : NULL, set);
}

/* Choosing */

static void
tell_path (KithPathSet *set, const char *code, KithPath *path)
{
  if (set->trace != NULL) {
    kith_path_tell (set->trace, KITH_TRACE_PATH, code, path);
  }
}

static void
choose (KithPathSet *set)
{
  KithPath *best = NULL;

  for (guint i = 0; i < set->paths->len; i++) {
    KithPath *path = set->paths->pdata[i];
    if (path->works && (best == NULL || kith_path_is_better (path, best))) {
      best = path;
    }
  }
  if (best == set->current) {
    aim (set); /* its rank may be another one */
    return;
  }
  if (set->current != NULL) {
    set->current->left = kith_clock_now (set->hub->clock);
  }
  gboolean is_first = set->current == NULL;
  set->current = best;
  aim (set);
  if (best != NULL && set->up) {
    tell_path (set, is_first ? "step-path-first" : "step-path-changed", best);
    set->events->changed (set->user_data);
  }
}

/* Probing */

/* Media over a path that is not proved is a hint: where the peer may be, if we are deaf on ours. */
static gboolean
wants_probe (KithPathSet *set, KithPath *path, gint64 now)
{
  return set->up && path->works && !path->proved
         && (is_heard_instead (set, path, now)
             || (path->n_probes < MAX_PROBES && kith_path_could_be_better (path, set->current)));
}

static void
send_probe (KithPathSet *set, KithPath *path)
{
  set->probed = path;
  set->events->poke (set->user_data);
  set->probed = NULL;
}

static void
probe (KithPathSet *set, KithPath *path, gint64 now)
{
  static const guint wait_ms[MAX_PROBES] = { 120, 250, 500, 1000, 1500, 1500 };

  path->next_probe
      = now + (path->n_probes < MAX_PROBES ? (gint64)wait_ms[path->n_probes++] * 1000 : HINT_US);
  send_probe (set, path);
}

/* Letting go */

static gboolean
is_over (KithPathSet *set, const KithPath *path, gint64 now)
{
  if (path == set->current || path->purpose == KITH_PATH_STANDBY) {
    return path != set->current && path->works && now - MAX (path->heard, path->worked) > KEEP_US;
  }
  if (!path->works) {
    return now - path->made > TRY_US;
  }
  return set->current != NULL && kith_path_rank (set->current) == 0
         && now - MAX (MAX (path->heard, path->left), path->worked) > KEEP_US;
}

/* The proved path that was heard last, but the one in use. */
static KithPath *
find_alive (KithPathSet *set, gint64 now)
{
  KithPath *found = NULL;

  for (guint i = 0; i < set->paths->len; i++) {
    KithPath *path = set->paths->pdata[i];
    if (path != set->current && path->works && path->proved && now - path->heard < ALIVE_US
        && (found == NULL || path->heard > found->heard)) {
      found = path;
    }
  }
  return found;
}

/* What was not heard since @before is not preferred to what is heard. */
static void
mark_silent (KithPathSet *set, gint64 before)
{
  for (guint i = 0; i < set->paths->len; i++) {
    KithPath *path = set->paths->pdata[i];
    path->stale = path->stale || path->heard <= before;
  }
}

/* The peer speaks over another path than we do, and is heard on ours no more: it chose, or has lost
   what we use. The side that leads waits for the other to follow, and then does so itself: its own
   path may be dead one way. It waits longer each time, or both could change places for ever. */
static void
follow (KithPathSet *set, gint64 now)
{
  if (now - set->followed > CALM_US) {
    set->n_followed = 0;
  }
  gint64 patience = set->leads ? KITH_PATH_LEAD_US << MIN (set->n_followed, 3) : FOLLOW_US;

  if (set->current == NULL || now - set->current->heard < patience) {
    return;
  }
  KithPath *path = find_alive (set, now);
  if (path != NULL) {
    set->followed = now;
    set->n_followed++;
    /* or one that is as dead and of a better kind would be next */
    mark_silent (set, now - patience);
    path->stale = FALSE;
    path->proved_at = now;
    choose (set);
  }
}

static void
on_timer (gpointer user_data)
{
  KithPathSet *set = user_data;
  gint64 now = kith_clock_now (set->hub->clock);

  g_ptr_array_set_size (set->gone, 0);
  if (set->up) {
    follow (set, now);
  }
  for (guint i = 0; set->up && i < set->paths->len; i++) {
    KithPath *path = set->paths->pdata[i];
    if (is_over (set, path, now)) {
      kith_path_set_remove (set, path);
      i--;
    } else if (wants_probe (set, path, now) && path->next_probe <= now) {
      probe (set, path, now);
    }
  }
  look (set);
}

/* After every change: aims, and sets the timer to what is due next. */
static void
look (KithPathSet *set)
{
  gint64 now = kith_clock_now (set->hub->clock);
  gint64 at = set->gone->len > 0 ? now : G_MAXINT64;

  aim (set);
  for (guint i = 0; set->up && i < set->paths->len; i++) {
    KithPath *path = set->paths->pdata[i];
    if (wants_probe (set, path, now)) {
      at = MIN (at, path->next_probe);
    }
    if (path != set->current && (path->works || path->purpose != KITH_PATH_STANDBY)) {
      at = MIN (at, now + TICK_US);
    }
  }
  if (at == G_MAXINT64) {
    kith_timer_clear (&set->timer);
  } else {
    kith_timer_set (&set->timer, at);
  }
}

/* What paths tell */

/* @path can be used from now on. */
static void
start_using (KithPathSet *set, KithPath *path)
{
  for (GList *one = set->early.head; one != NULL; one = one->next) {
    gsize len = 0;
    const guint8 *data = g_bytes_get_data (one->data, &len);
    (void)kith_path_send (path, data, len);
  }
  if (set->up) {
    tell_path (set, "step-path-works", path);
  }
  choose (set);
  look (set);
}

static void
on_works (KithPath *path, gpointer user_data)
{
  KithPathSet *set = user_data;

  start_using (set, path);
  set->events->works (path, set->user_data);
}

static void
on_gathered (KithPath *path, gpointer user_data)
{
  KithPathSet *set = user_data;

  set->events->gathered (path, set->user_data);
}

static void
on_moved (KithPath *path, gpointer user_data)
{
  KithPathSet *set = user_data;

  if (path == set->current && set->up) {
    tell_path (set, "step-path-runs", path);
    set->events->changed (set->user_data);
  } else {
    choose (set); /* its class may be another one */
  }
}

static void
on_lost (KithPath *path, gpointer user_data)
{
  KithPathSet *set = user_data;

  tell_path (set, "step-path-gone", path);
  kith_path_set_remove (set, path);
  if (set->up && set->current == NULL) {
    set->events->lost (set->user_data);
  }
}

static void
on_heard (KithPath *path, gpointer user_data)
{
  KithPathSet *set = user_data;

  if (!path->gone) {
    set->events->heard (path, set->user_data);
  }
}

static gboolean
on_datagram (KithPath *path, const guint8 *data, gsize len, gpointer user_data)
{
  KithPathSet *set = user_data;

  return !path->gone && set->events->datagram (path, data, len, set->user_data);
}

static const KithPathEvents path_events = {
  .works = on_works,
  .gathered = on_gathered,
  .moved = on_moved,
  .lost = on_lost,
  .heard = on_heard,
  .datagram = on_datagram,
};

/* The set */

static gboolean
send_by_agent (gpointer way, const guint8 *data, gsize len)
{
  return kith_ice_send (way, data, len);
}

KithPathMedia *
kith_path_set_make_media (KithPathHub *hub)
{
  return kith_path_media_new (hub->clock, hub->box, send_by_agent);
}

KithPathSet *
kith_path_set_new (KithPathHub *hub,
                   KithPathMedia *media,
                   gboolean leads,
                   const KithPathSetEvents *events,
                   gpointer user_data)
{
  KithPathSet *set = g_new0 (KithPathSet, 1);

  set->hub = kith_path_hub_ref (hub);
  set->media = kith_path_media_ref (media);
  set->leads = leads;
  set->events = events;
  set->user_data = user_data;
  set->paths = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_path_free);
  set->gone = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_path_free);
  kith_timer_init (&set->timer, hub->clock, on_timer, set);
  return set;
}

void
kith_path_set_free (KithPathSet *set)
{
  if (set == NULL) {
    return;
  }
  kith_timer_finish (&set->timer);
  gpointer none[] = { NULL };
  kith_path_media_aim (set->media, none, 0, NULL, NULL);
  for (guint i = 0; i < set->paths->len; i++) {
    kith_path_set_events (set->paths->pdata[i], NULL, NULL);
  }
  g_clear_pointer (&set->paths, g_ptr_array_unref);
  g_clear_pointer (&set->gone, g_ptr_array_unref);
  g_queue_clear_full (&set->early, (GDestroyNotify)g_bytes_unref);
  g_clear_pointer (&set->trace, kith_trace_unref);
  kith_path_media_unref (set->media);
  kith_path_hub_unref (set->hub);
  g_free (set);
}

static void
take (KithPathSet *set, KithPath *path)
{
  g_ptr_array_add (set->paths, path);
  kith_path_set_events (path, &path_events, set);
  kith_path_set_media (path, set->media);
}

KithPath *
kith_path_set_add_ice (KithPathSet *set,
                       KithPathPurpose purpose,
                       KithIceRole role,
                       const guint8 *seed,
                       GError **error)
{
  if (set->paths->len >= MAX_PATHS) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_LIMIT_REACHED,
                         "The link tries paths enough already");
    return NULL;
  }
  /* What replaces a TURN server's path is to work when that server is what is gone. */
  gboolean two_relays
      = set->current != NULL && kith_path_get_class (set->current) == KITH_PATH_RELAYED;
  KithPath *path = kith_path_new_ice (set->hub, purpose, role, seed, two_relays, error);
  if (path != NULL) {
    take (set, path);
    look (set);
  }
  return path;
}

void
kith_path_set_adopt (KithPathSet *set, KithPath *path)
{
  path->made = kith_clock_now (set->hub->clock); /* its time to come to work begins */
  take (set, path);
  look (set);
}

guint
kith_path_set_add_friend_path (KithPathSet *set, const KithFriendPath *friend_path)
{
  if (kith_path_set_count (set, KITH_PATH_CARRIED) >= MAX_FRIEND_PATHS
      || set->paths->len >= MAX_PATHS) {
    return 0;
  }
  KithPath *path = kith_path_new_friend_path (set->hub, friend_path);
  guint id = path->id;
  take (set, path);
  start_using (set, path);
  return id;
}

/* Takes @path out of the list; whoever is next is used. */
static void
drop (KithPathSet *set, KithPath *path)
{
  guint index = 0;

  if (g_ptr_array_find (set->paths, path, &index)) {
    (void)g_ptr_array_steal_index (set->paths, index);
  }
  if (set->probed == path) {
    set->probed = NULL;
  }
  if (set->current == path) {
    set->current = NULL;
    choose (set);
  } else {
    aim (set);
  }
}

void
kith_path_set_remove (KithPathSet *set, KithPath *path)
{
  if (path->gone) {
    return;
  }
  path->gone = TRUE;
  drop (set, path);
  kith_path_set_events (path, NULL, NULL);
  g_ptr_array_add (set->gone, path);
  look (set);
}

KithPath *
kith_path_set_find (KithPathSet *set, KithPathPurpose purpose, const guint8 *seed)
{
  for (guint i = set->paths->len; i > 0; i--) {
    KithPath *path = set->paths->pdata[i - 1];
    if (path->purpose == purpose
        && (seed == NULL || memcmp (path->seed, seed, sizeof path->seed) == 0)) {
      return path;
    }
  }
  return NULL;
}

KithPath *
kith_path_set_find_idle (KithPathSet *set, KithPathPurpose purpose)
{
  for (guint i = 0; i < set->paths->len; i++) {
    KithPath *path = set->paths->pdata[i];
    if (path->purpose == purpose && !path->works) {
      return path;
    }
  }
  return NULL;
}

guint
kith_path_set_count (KithPathSet *set, KithPathPurpose purpose)
{
  guint n = 0;

  for (guint i = 0; i < set->paths->len; i++) {
    n += ((KithPath *)set->paths->pdata[i])->purpose == purpose ? 1 : 0;
  }
  return n;
}

KithPath *
kith_path_set_get_current (KithPathSet *set)
{
  return set->current;
}

/* Sending and hearing */

gboolean
kith_path_set_send (KithPathSet *set, const guint8 *data, gsize len)
{
  gboolean sent = FALSE;
  gint64 now = kith_clock_now (set->hub->clock);

  for (guint i = 0; i < set->paths->len; i++) {
    KithPath *path = set->paths->pdata[i];
    if (is_way (set, path, now)) {
      sent = kith_path_send (path, data, len) || sent;
    }
  }
  return sent;
}

void
kith_path_set_transmit (KithPathSet *set, const guint8 *packet, gsize len)
{
  if (set->probed != NULL) {
    (void)kith_path_send (set->probed, packet, len);
    return;
  }
  if (!set->up) {
    g_queue_push_tail (&set->early, g_bytes_new (packet, len));
    if (set->early.length > MAX_EARLY) {
      g_bytes_unref (g_queue_pop_head (&set->early));
    }
  }
  (void)kith_path_set_send (set, packet, len);
}

void
kith_path_set_heard (KithPathSet *set, KithPath *path, gboolean authentic)
{
  gboolean was_stale = path->stale;

  if (path->gone || !set->up) {
    return;
  }
  path->heard = kith_clock_now (set->hub->clock);
  if (path->proved || authentic) {
    path->stale = FALSE;
  }
  if (authentic && !path->proved) {
    path->proved = TRUE;
    path->proved_at = path->heard;
    choose (set);
    if (path->works) {
      send_probe (set, path); /* the peer shall know, too, and over this path alone */
    }
    look (set);
  } else if (was_stale && !path->stale) {
    choose (set);
  }
}

void
kith_path_set_rise (KithPathSet *set)
{
  set->up = TRUE;
  g_queue_clear_full (&set->early, (GDestroyNotify)g_bytes_unref);
  look (set);
}

void
kith_path_set_doubt (KithPathSet *set, KithPath *only, guint quiet_ms)
{
  gint64 now = kith_clock_now (set->hub->clock);

  for (guint i = 0; i < set->paths->len; i++) {
    KithPath *path = set->paths->pdata[i];
    if ((only == NULL || only == path) && now - path->heard >= (gint64)quiet_ms * 1000) {
      path->stale = TRUE;
    }
    path->n_probes = 0;
    path->next_probe = now;
  }
  choose (set);
  look (set);
}

void
kith_path_set_spread (KithPathSet *set, guint ms)
{
  set->spread = kith_clock_now (set->hub->clock) + (gint64)ms * 1000;
  aim (set);
}

void
kith_path_set_set_trace (KithPathSet *set, KithTrace *trace)
{
  if (trace != NULL) {
    kith_trace_ref (trace);
  }
  g_clear_pointer (&set->trace, kith_trace_unref);
  set->trace = trace;
}

void
kith_path_set_foreach (KithPathSet *set,
                       void (*func) (KithPath *path, gpointer user_data),
                       gpointer user_data)
{
  for (guint i = set->paths->len; i > 0; i--) {
    func (set->paths->pdata[i - 1], user_data);
  }
}
