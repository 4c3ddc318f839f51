/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makers of links inside one process, and the table that says which device is where. */
#include <string.h>

#include "base/error.h"
#include "common/fake-link.h"

#define PATIENCE_MS 3500
#define MAX_WAYS 3
#define MAX_PREPARED 4
#define LINK_ID_LABEL "EXPORTER-kith-link-id"

typedef struct {
  gboolean closed;          /* no way to the slot */
  gboolean unreachable;     /* no way at all */
  KithFakeLinkMaker *maker; /* not owned; NULL: not started */
} Place;

struct _KithFakeNet {
  GObject parent_instance;
  KithClock *clock;
  GHashTable *places; /* KithPeerKey → Place */
  GHashTable *apart;  /* set of "KEY KEY" */
};

struct _KithFakeLinkMaker {
  GObject parent_instance;
  gboolean without_network;
  KithFakeNet *net;
  KithDeviceCert own;
  gboolean running;
  GPtrArray *attempts; /* of GTask, owned; each has an Attempt */
  GPtrArray *links;    /* of GWeakRef */
  GPtrArray *ways;     /* of Way, owned: the friends' paths */
  GHashTable *offers;  /* set of GBytes: link ids of offers that were taken */
  guint last_way;
  GHashTable *prepared; /* set of ids */
  guint last_prepared;
  guint retargets;
};

/* One open_async() under way. */
typedef struct {
  KithLinkTarget target;
  guint8 link_id[KITH_SEED_LEN];
  gboolean done;
  gboolean is_answered;
  guint timer;
} Attempt;

/* A friend's path. */
typedef struct {
  guint id;
  guint8 link_id[KITH_SEED_LEN];
  KithFriendPath friend_path;
  KithFakeLink *link; /* not owned: that runs or may run over it; NULL: none yet */
  gboolean works;
} Way;

static void kith_fake_link_maker_iface_init (KithLinkMakerInterface *iface);

G_DEFINE_FINAL_TYPE (KithFakeNet, kith_fake_net, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE_WITH_CODE (KithFakeLinkMaker,
                               kith_fake_link_maker,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_LINK_MAKER,
                                                      kith_fake_link_maker_iface_init))

/* The table */

static Place *
place_of (KithFakeNet *net, const KithPeerKey *device)
{
  Place *place = g_hash_table_lookup (net->places, device);

  if (place == NULL) {
    place = g_new0 (Place, 1);
    g_hash_table_insert (net->places, g_memdup2 (device, sizeof *device), place);
  }
  return place;
}

static void
kith_fake_net_finalize (GObject *object)
{
  KithFakeNet *net = KITH_FAKE_NET (object);

  g_hash_table_unref (net->apart);
  g_hash_table_unref (net->places);
  g_clear_object (&net->clock);
  G_OBJECT_CLASS (kith_fake_net_parent_class)->finalize (object);
}

static void
kith_fake_net_class_init (KithFakeNetClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_fake_net_finalize;
}

static void
kith_fake_net_init (KithFakeNet *net)
{
  net->places = g_hash_table_new_full (kith_peer_key_hash, kith_peer_key_equal, g_free, g_free);
  net->apart = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

KithFakeNet *
kith_fake_net_new (KithClock *clock)
{
  KithFakeNet *net = g_object_new (KITH_TYPE_FAKE_NET, NULL);

  g_set_object (&net->clock, clock);
  return net;
}

void
kith_fake_net_set_open (KithFakeNet *net, const KithPeerKey *device, gboolean open)
{
  place_of (net, device)->closed = !open;
}

void
kith_fake_net_set_reachable (KithFakeNet *net, const KithPeerKey *device, gboolean reachable)
{
  place_of (net, device)->unreachable = !reachable;
}

static gchar *
pair_name (const KithPeerKey *one, const KithPeerKey *other)
{
  g_autofree gchar *first = kith_peer_key_to_text (one);
  g_autofree gchar *second = kith_peer_key_to_text (other);

  return strcmp (first, second) < 0 ? g_strconcat (first, " ", second, NULL)
                                    : g_strconcat (second, " ", first, NULL);
}

void
kith_fake_net_set_apart (KithFakeNet *net,
                         const KithPeerKey *one,
                         const KithPeerKey *other,
                         gboolean apart)
{
  g_autofree gchar *name = pair_name (one, other);

  if (apart) {
    (void)g_hash_table_add (net->apart, g_steal_pointer (&name));
  } else {
    (void)g_hash_table_remove (net->apart, name);
  }
}

static gboolean
are_apart (KithFakeNet *net, const KithPeerKey *one, const KithPeerKey *other)
{
  g_autofree gchar *name = pair_name (one, other);

  return g_hash_table_contains (net->apart, name);
}

/* The maker */

static void
weak_free (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

static void
remember (KithFakeLinkMaker *self, KithFakeLink *link)
{
  GWeakRef *weak = g_new0 (GWeakRef, 1);

  g_weak_ref_init (weak, link);
  g_ptr_array_add (self->links, weak);
}

static void
finish (KithFakeLinkMaker *self, GTask *task, Attempt *attempt)
{
  attempt->done = TRUE;
  g_ptr_array_remove (self->attempts, task);
  if (self->net->clock != NULL) {
    kith_clock_cancel (self->net->clock, &attempt->timer);
  }
}

static void
fail (GTask *task, KithError code, const char *why)
{
  KithFakeLinkMaker *self = g_task_get_source_object (task);

  g_object_ref (task);
  finish (self, task, g_task_get_task_data (task));
  g_task_return_new_error (task, KITH_ERROR, (gint)code, "%s", why);
  g_object_unref (task);
}

static void bind_ways (KithFakeLinkMaker *self, const guint8 *link_id, KithFakeLink *link);
static void release_ways (KithFakeLinkMaker *self, const KithFakeLink *link);

static void
on_ended (KithFakeLink *link, guint reason, KithFakeLinkMaker *self)
{
  release_ways (self, link);
}

/* Both ends come to be: "accepted" there, then the callback here. @way: who carries it, or NULL. */
static void
succeed (GTask *task, KithFakeLinkMaker *there, const KithFriendPath *way)
{
  KithFakeLinkMaker *self = g_task_get_source_object (task);
  g_autoptr (GTask) kept = g_object_ref (task);
  g_autoptr (KithFakeLink) theirs = NULL;
  KithFakeLink *ours = NULL;

  kith_fake_link_new_pair (&self->own, &there->own, &ours, &theirs);
  remember (self, ours);
  remember (there, theirs);
  Attempt *attempt = g_task_get_task_data (task);
  finish (self, task, attempt);
  bind_ways (self, attempt->link_id, ours);
  bind_ways (there, attempt->link_id, theirs);
  g_signal_connect_object (ours, "closed", G_CALLBACK (on_ended), self, 0);
  g_signal_connect_object (theirs, "closed", G_CALLBACK (on_ended), there, 0);
  if (way != NULL) {
    kith_fake_link_set_friend (ours, &way->friend_key, way->delay_ms);
    kith_fake_link_set_friend (theirs, &way->friend_key, way->delay_ms);
  } else {
    release_ways (self, ours);
    release_ways (there, theirs);
  }
  g_signal_emit_by_name (there, "accepted", theirs);
  g_task_return_pointer (kept, ours, g_object_unref);
}

static gboolean
on_patience_ended (gpointer user_data)
{
  GTask *task = user_data;
  Attempt *attempt = g_task_get_task_data (task);

  attempt->timer = 0;
  fail (task, KITH_ERROR_UNREACHABLE, "No path to the device was found");
  return G_SOURCE_REMOVE;
}

static void
emit_knock (KithFakeLinkMaker *self,
            const KithPeerKey *identity,
            KithKnockKind kind,
            const guint8 *link_id)
{
  KithKnock knock = { .kind = kind, .n_candidates = 1 };

  memcpy (knock.link_id, link_id, KITH_SEED_LEN);
  memcpy (knock.seed, link_id, KITH_SEED_LEN);
  (void)kith_endpoint_parse ("192.0.2.1:4001", &knock.candidates[0].endpoint);
  g_signal_emit_by_name (self, "knock", identity, &knock);
}

static gboolean
on_open (gpointer user_data)
{
  GTask *task = user_data;
  KithFakeLinkMaker *self = g_task_get_source_object (task);
  Attempt *attempt = g_task_get_task_data (task);
  Place *place = place_of (self->net, &attempt->target.device);

  if (attempt->done) {
    return G_SOURCE_REMOVE; /* cancelled or stopped meanwhile */
  }
  emit_knock (self, &attempt->target.identity, KITH_KNOCK_OFFER, attempt->link_id);
  if (attempt->done) {
    return G_SOURCE_REMOVE;
  }
  if (place->maker != NULL
      && !kith_peer_key_equal (&place->maker->own.identity, &attempt->target.identity)) {
    fail (task, KITH_ERROR_UNTRUSTED, "The device belongs to somebody else");
  } else if (place->maker != NULL && !place->unreachable && !place->closed
             && !are_apart (self->net, &self->own.device, &attempt->target.device)
             && attempt->target.has_slot) {
    succeed (task, place->maker, NULL);
  } else if (self->net->clock != NULL) {
    attempt->timer = kith_clock_add (self->net->clock, PATIENCE_MS, on_patience_ended, task);
  } else if (place->maker == NULL || place->unreachable) {
    fail (task, KITH_ERROR_UNREACHABLE, "No path to the device was found");
  } /* else an answer to the knock may still come */
  return G_SOURCE_REMOVE;
}

static void
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  GTask *task = user_data;
  Attempt *attempt = g_task_get_task_data (task);

  if (!attempt->done) {
    fail (task, KITH_ERROR_CANCELLED, "Opening the link was cancelled");
  }
}

static void
fake_open_async (KithLinkMaker *maker,
                 const KithLinkTarget *target,
                 GCancellable *cancellable,
                 GAsyncReadyCallback callback,
                 gpointer user_data)
{
  KithFakeLinkMaker *self = KITH_FAKE_LINK_MAKER (maker);
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Attempt *attempt = g_new0 (Attempt, 1);

  attempt->target = *target;
  (void)g_hash_table_remove (self->prepared, GUINT_TO_POINTER (target->prepared));
  for (guint i = 0; i < KITH_SEED_LEN; i++) {
    attempt->link_id[i] = (guint8)g_random_int_range (0, 256);
  }
  g_task_set_check_cancellable (task, FALSE); /* the error's domain is ours */
  g_task_set_task_data (task, attempt, g_free);
  g_ptr_array_add (self->attempts, task);
  g_idle_add_full (G_PRIORITY_DEFAULT, on_open, g_object_ref (task), g_object_unref);
  if (cancellable != NULL) {
    g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (on_cancelled), task, 0);
    if (g_cancellable_is_cancelled (cancellable)) {
      on_cancelled (cancellable, task);
    }
  }
}

static guint
fake_prepare (KithLinkMaker *maker)
{
  KithFakeLinkMaker *self = KITH_FAKE_LINK_MAKER (maker);

  if (!self->running || g_hash_table_size (self->prepared) >= MAX_PREPARED) {
    return 0;
  }
  self->last_prepared++;
  (void)g_hash_table_add (self->prepared, GUINT_TO_POINTER (self->last_prepared));
  return self->last_prepared;
}

static void
fake_unprepare (KithLinkMaker *maker, guint id)
{
  (void)g_hash_table_remove (KITH_FAKE_LINK_MAKER (maker)->prepared, GUINT_TO_POINTER (id));
}

/* Only counted. */
static void
fake_retarget (KithLinkMaker *maker, const KithLinkTarget *target)
{
  KithFakeLinkMaker *self = KITH_FAKE_LINK_MAKER (maker);

  for (guint i = 0; i < self->attempts->len; i++) {
    Attempt *attempt = g_task_get_task_data (self->attempts->pdata[i]);
    if (kith_peer_key_equal (&attempt->target.device, &target->device)) {
      self->retargets++;
    }
  }
}

static KithLink *
fake_open_finish (KithLinkMaker *maker,
                  GAsyncResult *result,
                  KithLinkReport *report,
                  GError **error)
{
  Attempt *attempt = g_task_get_task_data (G_TASK (result));

  if (report != NULL) {
    report->peer_answered = report->peer_answered || attempt->is_answered;
  }
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* An answer to a knock of ours: which attempt waits for it. */
static GTask *
find_attempt (KithFakeLinkMaker *self, const guint8 *link_id)
{
  for (guint i = 0; i < self->attempts->len; i++) {
    GTask *task = self->attempts->pdata[i];
    Attempt *attempt = g_task_get_task_data (task);
    if (memcmp (attempt->link_id, link_id, KITH_SEED_LEN) == 0) {
      return task;
    }
  }
  return NULL;
}

static void
fake_take_knock (KithLinkMaker *maker, const KithKnock *knock)
{
  KithFakeLinkMaker *self = KITH_FAKE_LINK_MAKER (maker);

  if (!self->running) {
    return;
  }
  if (knock->kind == KITH_KNOCK_CHECK) {
    return;
  }
  if (knock->kind == KITH_KNOCK_OFFER || knock->kind == KITH_KNOCK_MOVE) {
    (void)g_hash_table_add (self->offers, g_bytes_new (knock->link_id, KITH_SEED_LEN));
    emit_knock (self, &knock->device.identity, KITH_KNOCK_ANSWER, knock->link_id);
    return;
  }
  GTask *task = find_attempt (self, knock->link_id);
  if (task == NULL) {
    return;
  }
  Attempt *attempt = g_task_get_task_data (task);
  attempt->is_answered = TRUE;
  Place *place = place_of (self->net, &attempt->target.device);
  if (place->maker != NULL && !place->unreachable
      && !are_apart (self->net, &self->own.device, &attempt->target.device)) {
    succeed (task, place->maker, NULL);
  }
}

/* Friends' paths */

static void
bind_ways (KithFakeLinkMaker *self, const guint8 *link_id, KithFakeLink *link)
{
  for (guint i = 0; i < self->ways->len; i++) {
    Way *way = self->ways->pdata[i];
    if (memcmp (way->link_id, link_id, KITH_SEED_LEN) == 0) {
      way->link = link;
    }
  }
}

/* The link that is up and has this exported id. */
static KithFakeLink *
find_link (KithFakeLinkMaker *self, const guint8 *link_id)
{
  for (guint i = 0; i < self->links->len; i++) {
    g_autoptr (KithFakeLink) link = g_weak_ref_get (self->links->pdata[i]);
    guint8 id[KITH_SEED_LEN];
    if (link != NULL
        && kith_link_export_key (KITH_LINK (link), LINK_ID_LABEL, NULL, 0, id, sizeof id)
        && memcmp (id, link_id, sizeof id) == 0) {
      return link; /* somebody else holds it */
    }
  }
  return NULL;
}

static Way *
find_way (KithFakeLinkMaker *self, guint id)
{
  for (guint i = 0; i < self->ways->len; i++) {
    Way *way = self->ways->pdata[i];
    if (way->id == id) {
      return way;
    }
  }
  return NULL;
}

/* 'H' hello of an attempt, 'A' its answer, 'P' a probe of a link that is up, 'Q' its answer; then
   the link id. */
static void
say (Way *way, guint8 word)
{
  guint8 packet[1 + KITH_SEED_LEN] = { word };

  memcpy (packet + 1, way->link_id, KITH_SEED_LEN);
  (void)way->friend_path.send (packet, sizeof packet, way->friend_path.user_data);
}

static guint
fake_add_friend_path (KithLinkMaker *maker,
                      const guint8 link_id[KITH_SEED_LEN],
                      const KithFriendPath *friend_path)
{
  KithFakeLinkMaker *self = KITH_FAKE_LINK_MAKER (maker);
  g_autoptr (GBytes) key = g_bytes_new (link_id, KITH_SEED_LEN);
  GTask *attempt = find_attempt (self, link_id);
  KithFakeLink *link = find_link (self, link_id);
  guint n = 0;

  for (guint i = 0; i < self->ways->len; i++) {
    n += memcmp (((Way *)self->ways->pdata[i])->link_id, link_id, KITH_SEED_LEN) == 0;
  }
  if (!self->running || n >= MAX_WAYS
      || (attempt == NULL && link == NULL && !g_hash_table_contains (self->offers, key))) {
    return 0;
  }
  Way *way = g_new0 (Way, 1);
  way->id = ++self->last_way;
  way->friend_path = *friend_path;
  way->link = link;
  memcpy (way->link_id, link_id, KITH_SEED_LEN);
  g_ptr_array_add (self->ways, way);
  if (attempt != NULL) {
    say (way, 'H');
  } else if (link != NULL) {
    say (way, 'P');
  }
  return way->id;
}

static gboolean
is_used (const Way *way)
{
  KithLinkPath path = { 0 };

  if (way->link == NULL) {
    return FALSE;
  }
  kith_link_get_path (KITH_LINK (way->link), &path);
  return path.is_relayed_by_friend
         && kith_peer_key_equal (&path.friend_key, &way->friend_path.friend_key);
}

/* A probe came through: it is used if nothing else is, or the other one is slower. */
static void
adopt (Way *way)
{
  KithLinkPath path = { 0 };

  if (way->link == NULL) {
    return;
  }
  kith_link_get_path (KITH_LINK (way->link), &path);
  way->works = TRUE;
  if (!path.is_relayed_by_friend || path.friend_delay_ms > way->friend_path.delay_ms) {
    kith_fake_link_set_friend (way->link, &way->friend_path.friend_key, way->friend_path.delay_ms);
    kith_fake_link_set_moving (way->link, FALSE);
  }
}

static gboolean
fake_friend_path_input (KithLinkMaker *maker, guint id, const guint8 *packet, gsize len)
{
  KithFakeLinkMaker *self = KITH_FAKE_LINK_MAKER (maker);
  Way *way = find_way (self, id);

  if (way == NULL || len != 1 + KITH_SEED_LEN) {
    return FALSE;
  }
  GTask *task = find_attempt (self, way->link_id);
  if (packet[0] == 'H') {
    way->works = TRUE;
    say (way, 'A');
  } else if (packet[0] == 'A' && task != NULL) {
    const Attempt *attempt = g_task_get_task_data (task);
    Place *place = place_of (self->net, &attempt->target.device);
    const KithFriendPath friend_path = way->friend_path;
    way->works = TRUE;
    if (place->maker != NULL) {
      succeed (task, place->maker, &friend_path);
    }
  } else if (packet[0] == 'P') {
    say (way, 'Q');
    adopt (way);
  } else if (packet[0] == 'Q') {
    adopt (way);
  }
  return TRUE;
}

static void
fake_remove_friend_path (KithLinkMaker *maker, guint id)
{
  KithFakeLinkMaker *self = KITH_FAKE_LINK_MAKER (maker);
  Way *way = find_way (self, id);

  if (way == NULL) {
    return;
  }
  gboolean used = is_used (way);
  KithFakeLink *link = way->link;
  (void)g_ptr_array_remove (self->ways, way);
  if (!used || kith_link_get_state (KITH_LINK (link)) == KITH_LINK_CLOSED) {
    return;
  }
  kith_fake_link_set_friend (link, NULL, 0);
  for (guint i = 0; i < self->ways->len; i++) {
    Way *next = self->ways->pdata[i];
    if (next->link == link && next->works) {
      adopt (next);
      return;
    }
  }
  guint8 link_id[KITH_SEED_LEN];
  kith_fake_link_set_moving (link, TRUE);
  if (kith_link_export_key (KITH_LINK (link), LINK_ID_LABEL, NULL, 0, link_id, sizeof link_id)) {
    emit_knock (self, &kith_link_get_peer (KITH_LINK (link))->identity, KITH_KNOCK_MOVE, link_id);
  }
}

/* Lets go of those of @link; NULL: of all. */
static void
release_ways (KithFakeLinkMaker *self, const KithFakeLink *link)
{
  for (guint i = self->ways->len; i > 0; i--) {
    Way *way = self->ways->pdata[i - 1];
    if (link == NULL || way->link == link) {
      const KithFriendPath friend_path = way->friend_path;
      g_ptr_array_remove_index (self->ways, i - 1);
      friend_path.released (friend_path.user_data);
    }
  }
}

guint
kith_fake_link_maker_count_prepared (KithFakeLinkMaker *maker)
{
  return g_hash_table_size (maker->prepared);
}

guint
kith_fake_link_maker_get_prepares (KithFakeLinkMaker *maker)
{
  return maker->last_prepared;
}

guint
kith_fake_link_maker_get_retargets (KithFakeLinkMaker *maker)
{
  return maker->retargets;
}

guint
kith_fake_link_maker_count_friend_paths (KithFakeLinkMaker *maker)
{
  return maker->ways->len;
}

void
kith_fake_link_maker_go_direct (KithFakeLinkMaker *maker, KithFakeLink *link)
{
  KithFakeLink *other = kith_fake_link_get_other (link);
  Place *place = place_of (maker->net, &kith_link_get_peer (KITH_LINK (link))->device);

  release_ways (maker, link);
  kith_fake_link_set_friend (link, NULL, 0);
  if (other != NULL && place->maker != NULL) {
    release_ways (place->maker, other);
    kith_fake_link_set_friend (other, NULL, 0);
  }
}

static gboolean
fake_start (KithLinkMaker *maker, GError **error)
{
  KithFakeLinkMaker *self = KITH_FAKE_LINK_MAKER (maker);
  Place *place = place_of (self->net, &self->own.device);

  if (place->maker != NULL && place->maker != self) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_FAILED, "The device is in use");
    return FALSE;
  }
  place->maker = self;
  self->running = TRUE;
  return TRUE;
}

static void
fake_stop (KithLinkMaker *maker)
{
  KithFakeLinkMaker *self = KITH_FAKE_LINK_MAKER (maker);

  if (!self->running) {
    return;
  }
  self->running = FALSE;
  place_of (self->net, &self->own.device)->maker = NULL;
  while (self->attempts->len > 0) {
    fail (self->attempts->pdata[0], KITH_ERROR_CANCELLED, "The links are being closed");
  }
  for (guint i = 0; i < self->links->len; i++) {
    g_autoptr (KithFakeLink) link = g_weak_ref_get (self->links->pdata[i]);
    if (link != NULL) {
      kith_link_close (KITH_LINK (link), KITH_REASON_LOCAL);
    }
  }
  g_ptr_array_set_size (self->links, 0);
  g_hash_table_remove_all (self->prepared);
  release_ways (self, NULL);
}

static gboolean
fake_get_slot (KithLinkMaker *maker, KithReach *reach)
{
  KithFakeLinkMaker *self = KITH_FAKE_LINK_MAKER (maker);

  if (!self->running) {
    return FALSE;
  }
  reach->has_slot = TRUE;
  memcpy (reach->slot_seed, self->own.device.bytes, KITH_SEED_LEN);
  reach->n_candidates = 1;
  (void)kith_endpoint_parse (self->without_network ? "127.0.0.1:4002" : "192.0.2.2:4002",
                             &reach->candidates[0].endpoint);
  return TRUE;
}

void
kith_fake_link_maker_set_network (KithFakeLinkMaker *maker, gboolean network)
{
  maker->without_network = !network;
  g_signal_emit_by_name (maker, "slot-changed");
}

static void
kith_fake_link_maker_iface_init (KithLinkMakerInterface *iface)
{
  iface->start = fake_start;
  iface->stop = fake_stop;
  iface->get_slot = fake_get_slot;
  iface->open_async = fake_open_async;
  iface->open_finish = fake_open_finish;
  iface->prepare = fake_prepare;
  iface->unprepare = fake_unprepare;
  iface->retarget = fake_retarget;
  iface->take_knock = fake_take_knock;
  iface->add_friend_path = fake_add_friend_path;
  iface->friend_path_input = fake_friend_path_input;
  iface->remove_friend_path = fake_remove_friend_path;
}

static void
kith_fake_link_maker_finalize (GObject *object)
{
  KithFakeLinkMaker *self = KITH_FAKE_LINK_MAKER (object);

  fake_stop (KITH_LINK_MAKER (self));
  g_ptr_array_unref (self->ways);
  g_hash_table_unref (self->offers);
  g_hash_table_unref (self->prepared);
  g_ptr_array_unref (self->attempts);
  g_ptr_array_unref (self->links);
  g_object_unref (self->net);
  G_OBJECT_CLASS (kith_fake_link_maker_parent_class)->finalize (object);
}

static void
kith_fake_link_maker_class_init (KithFakeLinkMakerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_fake_link_maker_finalize;
}

static void
kith_fake_link_maker_init (KithFakeLinkMaker *self)
{
  self->attempts = g_ptr_array_new_with_free_func (g_object_unref);
  self->links = g_ptr_array_new_with_free_func (weak_free);
  self->ways = g_ptr_array_new_with_free_func (g_free);
  self->prepared = g_hash_table_new (NULL, NULL);
  self->offers
      = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
}

KithLinkMaker *
kith_fake_link_maker_new (KithFakeNet *net, const KithDeviceCert *own)
{
  KithFakeLinkMaker *self = g_object_new (KITH_TYPE_FAKE_LINK_MAKER, NULL);

  self->net = g_object_ref (net);
  self->own = *own;
  return KITH_LINK_MAKER (self);
}
