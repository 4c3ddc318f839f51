/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port to whatever answers "where is this address?" and publishes our own record. */
#pragma once

#include <gio/gio.h>

#include "base/export.h"
#include "model/names/found.h"
#include "model/names/record.h"
#include "model/net/nat-facts.h"
#include "ports/locator-query.h"

G_BEGIN_DECLS

#define KITH_LOCATOR_TOKEN_LEN 16

#define KITH_TYPE_LOCATOR (kith_locator_get_type ())
KITH_API
G_DECLARE_INTERFACE (KithLocator, kith_locator, KITH, LOCATOR, GObject)

/* One finding: exactly one of @value (opaque sealed record, at most KITH_RECORD_MAX bytes) and
   @contact is set (transfer none). Return G_SOURCE_REMOVE to say "enough". Main thread. */
typedef gboolean (*KithFoundFunc) (KithLocator *locator,
                                   GBytes *value,
                                   const KithFound *contact,
                                   gpointer user_data);

/**
 * KithLocatorInterface: all on the main thread; every _async ends in exactly one call-back, never
 * before the call returned; cancelling ends it with KITH_ERROR_CANCELLED. A locator that cannot
 * publish or watch leaves these vfuncs NULL: the wrappers then fail with KITH_ERROR_UNSUPPORTED.
 *
 * Signals:
 * "state-changed" (KithLocatorState): the new state; emitted once for each change.
 * "published" (guint id, guint replicas): how many other nodes sent our own value of
 * kith_locator_publish() back when they were asked for
 * it: read back from the network, never from a local store. Emitted when the number changes, and
 * again after the node was alone; 0 means that it is held nowhere else any more. Only for values
 * published with keep. A locator without a network of its own never emits it. "peers-changed":
 * kith_locator_get_peers() has others, or kith_locator_get_outer() another address.
 * "direct-heard": while there is a tunnel, a node of the internet answered without it: UDP is not
 * blocked (any more).
 */
struct _KithLocatorInterface {
  GTypeInterface parent_interface;
  const char *(*get_name) (KithLocator *self);
  KithLocatorState (*get_state) (KithLocator *self);
  void (*start) (KithLocator *self);
  void (*stop_async) (KithLocator *self,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data);
  gboolean (*stop_finish) (KithLocator *self, GAsyncResult *result, GError **error);
  void (*look_up_async) (KithLocator *self,
                         const KithQuery *query,
                         KithFoundFunc found,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
  gboolean (*look_up_finish) (KithLocator *self, GAsyncResult *result, GError **error);
  guint (*publish) (KithLocator *self, const guint8 *location, GBytes *value, gboolean keep);
  void (*unpublish) (KithLocator *self, guint id);
  guint (*watch) (KithLocator *self,
                  const guint8 *location,
                  KithFoundFunc found,
                  gpointer user_data);
  void (*unwatch) (KithLocator *self, guint id);
  GVariant *(*get_status) (KithLocator *self);
  guint (*get_peers) (KithLocator *self, KithWitness *peers, guint room);
  gboolean (*get_outer) (KithLocator *self, KithEndpoint *outer);
  gboolean (*set_tunnel) (KithLocator *self,
                          guint16 port,
                          const guint8 token[KITH_LOCATOR_TOKEN_LEN]);
  GStrv (*get_sip_hosts) (KithLocator *self);
};

/* A short word: "dht", "static" (static string). */
KITH_API const char *kith_locator_get_name (KithLocator *self);
KITH_API KithLocatorState kith_locator_get_state (KithLocator *self);

/* "offline", "joining", "alone", "online" (static string). */
KITH_API const char *kith_locator_state_word (KithLocatorState state);

/* Begins to work; state-changed tells how it goes. */
KITH_API void kith_locator_start (KithLocator *self);

/* Leaves cleanly, pending puts flushed, within 2 s; no call-back of a watch or look-up comes after
   it. */
KITH_API void kith_locator_stop_async (KithLocator *self,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
KITH_API gboolean kith_locator_stop_finish (KithLocator *self,
                                            GAsyncResult *result,
                                            GError **error);

/* Asks. @found may be called any number of times (bounded: 64 values, 64 KiB) before the call-back,
   not after. The locator itself ends it after 3 s at most (TRUE: what was found was found). FALSE:
   KITH_ERROR_NOT_READY (also when no node of its network answered: that is no "no"),
   KITH_ERROR_CANCELLED. */
KITH_API void kith_locator_look_up_async (KithLocator *self,
                                          const KithQuery *query,
                                          KithFoundFunc found,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
KITH_API gboolean kith_locator_look_up_finish (KithLocator *self,
                                               GAsyncResult *result,
                                               GError **error);

/* Puts @value at @location now and, with @keep, again before it expires, after a restart of the
   worker and when a first peer comes, until kith_locator_unpublish(). One shot without @keep.
   Saying so proves nothing: "published" does. Returns an id > 0, or 0 if it cannot. */
KITH_API guint kith_locator_publish (KithLocator *self,
                                     const guint8 *location,
                                     GBytes *value,
                                     gboolean keep);
KITH_API void kith_locator_unpublish (KithLocator *self, guint id);

/* Tells of every value that is or comes at @location, also across restarts of the worker; the same
   value may come again. Returns an id > 0, or 0 if it cannot. */
KITH_API guint kith_locator_watch (KithLocator *self,
                                   const guint8 *location,
                                   KithFoundFunc found,
                                   gpointer user_data);
KITH_API void kith_locator_unwatch (KithLocator *self, guint id);

/* (transfer full): a{sv} for people: "peers" u, "port" q, "worker-pid" u, "restarts" u, "dropped" t
   … */
KITH_API GVariant *kith_locator_get_status (KithLocator *self);

/* Addresses of other nodes of the locator's network that may tell how we are seen, best first:
   those that are heard; while nobody answers, those that were asked in vain. Returns how many (at
   most @room); 0 for a locator without a network of its own. */
KITH_API guint kith_locator_get_peers (KithLocator *self, KithWitness *peers, guint room);

/* How other nodes of the locator's network see this host, by what they tell unasked: the port is
   the locator's own. Anybody may have said
   it: a hint. FALSE while nobody did, while there is a tunnel, and for a locator without a network
   of its own. */
KITH_API gboolean kith_locator_get_outer (KithLocator *self, KithEndpoint *outer);

/* The hosts of ordinary SIP (names or IP addresses) of the contacts that the locator knows of
   itself, as they are now. (transfer full): never NULL. */
KITH_API GStrv kith_locator_get_sip_hosts (KithLocator *self);

/* From now on all datagrams to and from the internet go through UDP port @port on 127.0.0.1, with
   the header of lib/turn/turn-gate.h before each, also after a restart of the worker; @port 0: no
   more (@token does not count). FALSE when the locator sends no datagrams of its own. */
KITH_API gboolean kith_locator_set_tunnel (KithLocator *self,
                                           guint16 port,
                                           const guint8 token[KITH_LOCATOR_TOKEN_LEN]);

/* For implementations: emit the signal of that name. */
KITH_API void kith_locator_emit_state_changed (KithLocator *self);
KITH_API void kith_locator_emit_published (KithLocator *self, guint id, guint replicas);
KITH_API void kith_locator_emit_direct_heard (KithLocator *self);
KITH_API void kith_locator_emit_peers_changed (KithLocator *self);

G_END_DECLS
