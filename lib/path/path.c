/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hides from a link whether its packets go through ICE or through a friend. */
#include "path/path.h"

#include <string.h>

static void
on_connected (gpointer user_data)
{
  KithPath *path = user_data;

  path->works = TRUE;
  path->worked = kith_clock_now (path->hub->clock);
  if (path->events != NULL) {
    path->events->works (path, path->user_data);
  }
}

static void
on_gathered (gpointer user_data)
{
  KithPath *path = user_data;

  if (path->events != NULL) {
    path->events->gathered (path, path->user_data);
  }
}

static void
on_moved (gpointer user_data)
{
  KithPath *path = user_data;

  if (path->events != NULL) {
    path->events->moved (path, path->user_data);
  }
}

static void
on_failed (gpointer user_data)
{
  KithPath *path = user_data;

  path->works = FALSE;
  if (path->events != NULL) {
    path->events->lost (path, path->user_data);
  }
}

static void
on_heard (gpointer user_data)
{
  KithPath *path = user_data;

  if (path->events != NULL) {
    path->events->heard (path, path->user_data);
  }
}

static void
on_datagram (const guint8 *data, gsize len, gpointer user_data)
{
  (void)kith_path_input (user_data, data, len);
}

static const KithIceEvents ice_events = {
  .connected = on_connected,
  .gathered = on_gathered,
  .moved = on_moved,
  .failed = on_failed,
  .heard = on_heard,
  .datagram = on_datagram,
};

KithPath *
kith_path_new_ice (KithPathHub *hub,
                   KithPathPurpose purpose,
                   KithIceRole role,
                   const guint8 *seed,
                   gboolean two_relays,
                   GError **error)
{
  KithPath *path = g_new0 (KithPath, 1);
  KithIceConfig config = { .role = role,
                           .seed = seed,
                           .stun_host = hub->stun_host,
                           .stun_port = hub->stun_port,
                           .dscp = hub->dscp,
                           .turn = hub->turn,
                           .box = hub->box,
                           .two_relays = two_relays };

  path->purpose = purpose;
  path->role = role;
  path->hub = kith_path_hub_ref (hub);
  path->made = kith_clock_now (path->hub->clock);
  memcpy (path->seed, seed, sizeof path->seed);
  path->ice = kith_ice_new (&config, &ice_events, path, error);
  if (path->ice == NULL) {
    kith_path_free (path);
    return NULL;
  }
  return path;
}

void
kith_path_set_seed (KithPath *path, const guint8 *seed)
{
  memcpy (path->seed, seed, sizeof path->seed);
  kith_ice_set_seed (path->ice, path->role, seed);
}

KithPath *
kith_path_new_friend_path (KithPathHub *hub, const KithFriendPath *friend_path)
{
  KithPath *path = g_new0 (KithPath, 1);

  path->purpose = KITH_PATH_CARRIED;
  path->hub = kith_path_hub_ref (hub);
  path->made = path->worked = kith_clock_now (path->hub->clock);
  path->friend_path = *friend_path;
  path->works = TRUE;
  path->id = kith_path_hub_add_friend_path (hub, path);
  return path;
}

void
kith_path_set_events (KithPath *path, const KithPathEvents *events, gpointer user_data)
{
  path->events = events;
  path->user_data = user_data;
}

void
kith_path_set_media (KithPath *path, KithPathMedia *media)
{
  if (path->ice != NULL) {
    kith_ice_set_media (path->ice, media);
  }
}

void
kith_path_free (KithPath *path)
{
  if (path == NULL) {
    return;
  }
  path->events = NULL;
  if (path->id != 0) {
    kith_path_hub_remove_friend_path (path->hub, path->id);
  }
  g_clear_pointer (&path->ice, kith_ice_free);
  if (path->friend_path.released != NULL) {
    path->friend_path.released (path->friend_path.user_data);
  }
  kith_path_hub_unref (path->hub);
  g_free (path);
}

void
kith_path_lose (KithPath *path)
{
  path->friend_path.released = NULL;
  path->works = FALSE;
  if (path->events != NULL) {
    path->events->lost (path, path->user_data);
  }
}

gboolean
kith_path_send (KithPath *path, const guint8 *data, gsize len)
{
  if (path->ice != NULL) {
    return kith_ice_send (path->ice, data, len);
  }
  return path->works && path->friend_path.send (data, len, path->friend_path.user_data);
}

gboolean
kith_path_input (KithPath *path, const guint8 *data, gsize len)
{
  return path->events != NULL && len > 0
         && path->events->datagram (path, data, len, path->user_data);
}

KithPathClass
kith_path_get_class (KithPath *path)
{
  KithCandidate local;
  KithCandidate remote;

  if (path->ice == NULL) {
    return KITH_PATH_FRIEND;
  }
  return kith_ice_get_pair (path->ice, &local, &remote)
                 && (local.type == KITH_CANDIDATE_RELAY || remote.type == KITH_CANDIDATE_RELAY)
             ? KITH_PATH_RELAYED
             : KITH_PATH_DIRECT;
}

void
kith_path_describe (KithPath *path, KithLinkPath *description)
{
  if (path->ice != NULL) {
    (void)kith_ice_get_pair (path->ice, &description->local, &description->remote);
    return;
  }
  description->is_relayed_by_friend = TRUE;
  description->friend_key = path->friend_path.friend_key;
  description->friend_delay_ms = path->friend_path.delay_ms;
}

KithSaying *
kith_path_say (KithPath *path)
{
  KithCandidate local = { 0 };
  KithCandidate remote = { 0 };

  if (path->ice == NULL) {
    KithSaying *carried = kith_saying_new ("route-friend");
    kith_saying_put_time (carried, "delay-ms", (gint64)path->friend_path.delay_ms * 1000);
    return carried;
  }
  if (!kith_ice_get_pair (path->ice, &local, &remote)) {
    return kith_saying_new ("route-none");
  }
  g_autofree gchar *from = kith_endpoint_to_text (&local.endpoint);
  g_autofree gchar *to = kith_endpoint_to_text (&remote.endpoint);
  gboolean relayed = kith_path_get_class (path) == KITH_PATH_RELAYED;
  KithSaying *saying = kith_saying_new (relayed ? "route-turn" : "route-direct");
  kith_saying_put (saying, "from", from);
  kith_saying_put (saying, "to", to);
  return saying;
}

void
kith_path_tell (KithTrace *trace, KithTraceKind kind, const char *code, KithPath *path)
{
  KithSaying *saying = kith_saying_new (code);

  kith_saying_put_saying (saying, "route", kith_path_say (path));
  kith_trace_say (trace, kind, saying);
}
