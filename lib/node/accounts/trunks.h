/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trunks: which there are, how each is, and what proves that we are who we say we are there. */
#pragma once

#include "base/clock.h"
#include "model/trunk/trunk-state.h"
#include "model/trunk/trunk.h"
#include "ports/edge/trunk-lines.h"
#include "store/store.h"

G_BEGIN_DECLS

/* Main thread. Changes are done one after the other. Each is on the disk before it is known and its
   callback comes; if it cannot be kept, nothing changes and KITH_ERROR_FAILED says why. */
#define KITH_TYPE_TRUNKS (kith_trunks_get_type ())
G_DECLARE_FINAL_TYPE (KithTrunks, kith_trunks, KITH, TRUNKS, GObject)

/* A trunk and what is known of it. */
typedef struct {
  KithTrunk trunk;
  guint line;       /* of kith.conf, where it stands; 0: it is in the database */
  gboolean enabled; /* else it is off because somebody wants it so */
  gboolean has_password;
  KithTrunkReport report; /* the last one: its state */
  gint64 since_us;        /* since when it is in this state, wall time */
  gint64 registered_us;   /* when it was registered the last time, wall time; 0: never */
  gint64 retry_us;        /* FAILED: when it is tried again, wall time */
  gint64 expires_us;      /* REGISTERED: until when, wall time */
} KithTrunkEntry;

/**
 * KithTrunks signals: "added", "changed", "removed" (gpointer const KithTrunkEntry *: of one that
 * is removed for the last time).
 */

typedef struct {
  KithClock *clock;
  KithStore *store; /* which has not started yet */
  /* (element-type KithTrunkLine): those of kith.conf, in place of those of their names in the
     database */
  GPtrArray *lines;
} KithTrunksParts;

/* (transfer full), or NULL and the error of the database. */
KithTrunks *kith_trunks_new (const KithTrunksParts *parts, GError **error);

/* From now on @lines has them. (nullable): nobody has; once. */
void kith_trunks_attach (KithTrunks *trunks, KithTrunkLines *lines);

/* In the order of their names; (transfer container) (element-type KithTrunkEntry). */
GPtrArray *kith_trunks_list (KithTrunks *trunks);

/* (transfer none), until it is removed; NULL: there is none of this name. */
const KithTrunkEntry *kith_trunks_get (KithTrunks *trunks, const char *name);

/**
 * kith_trunks_digest:
 * @question: a challenge: id and trunk, algorithm, realm, nonce, @question->uri
 * @method: of the request that is signed
 * @answer: (out): a cnonce of its own and the response, for nc 00000001
 * Also for what a user agent of ours sends to a trunk.
 * Returns: FALSE: there is no such trunk, or no password of it.
 */
gboolean kith_trunks_digest (KithTrunks *trunks,
                             const KithTrunkQuestion *question,
                             const char *method,
                             KithTrunkAnswer *answer);

/* What may be asked for a trunk. */
typedef struct {
  GHashTable *values;   /* of kith_trunk_set(): key → value */
  const char *password; /* NULL: as it is; "": none */
} KithTrunkWishes;

/* KITH_ERROR_INVALID_ARGUMENTS, KITH_ERROR_EXISTS (the name is taken, or it stands in kith.conf),
   KITH_ERROR_LIMIT_REACHED, KITH_ERROR_NOT_FOUND. */
void kith_trunks_add_async (KithTrunks *trunks,
                            const char *name,
                            const KithTrunkWishes *wishes,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
void kith_trunks_set_async (KithTrunks *trunks,
                            const char *name,
                            const KithTrunkWishes *wishes,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
void kith_trunks_remove_async (KithTrunks *trunks,
                               const char *name,
                               GAsyncReadyCallback callback,
                               gpointer user_data);

/* It registers, or it does so no more and takes no calls, until this is said again. */
void kith_trunks_enable_async (KithTrunks *trunks,
                               const char *name,
                               gboolean enabled,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean kith_trunks_change_finish (KithTrunks *trunks, GAsyncResult *result, GError **error);

/* It registers now, whatever it waits for. _finish: it is registered, or failed, or neither within
   15 s: the last report of it says which. */
void kith_trunks_test_async (KithTrunks *trunks,
                             const char *name,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean kith_trunks_test_finish (KithTrunks *trunks,
                                  GAsyncResult *result,
                                  KithTrunkReport *report,
                                  GError **error);

G_END_DECLS
