/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks the locators who and where somebody is, and believes only what is signed. */
#pragma once

#include <gio/gio.h>

#include "base/clock.h"
#include "identity/trust.h"
#include "model/names/address.h"
#include "model/names/found.h"
#include "node/directory/name-search.h"
#include "node/directory/reach-watch.h"
#include "ports/locator.h"

G_BEGIN_DECLS

#define KITH_TYPE_DIRECTORY (kith_directory_get_type ())
G_DECLARE_FINAL_TYPE (KithDirectory, kith_directory, KITH, DIRECTORY, GObject)

/* @trust: pins; @least_work: difficulty a tag must show at least. Both clock and trust are kept
   with a reference. (transfer full) */
KithDirectory *kith_directory_new (KithClock *clock, KithTrust *trust, guint8 least_work);

/* Adds a locator, to be asked after those added before. */
void kith_directory_add (KithDirectory *directory, KithLocator *locator);

/* All locators, in order. (transfer none) (element-type KithLocator) */
GPtrArray *kith_directory_get_locators (KithDirectory *directory);

/**
 * kith_directory_resolve_async:
 * Who is @address? A pin is final and answered without asking anyone; then the locators in order.
 * The tag of an address is compared and then proved by work; claims are opened, verified and
 * counted once for each key. What is kept beside the claims (copies of reach records) is asked for
 * at the same time. A claim that holds also starts the look-up of where that key is, and the copies
 * for that key count for it, so that kith_directory_reach_async() often has its answer at once.
 * @depth: whether all who hold a bare name are wanted, or a call must not wait for a node that is
 * slow.
 *
 * _finish: (transfer full): GPtrArray of KithFound, best proof first; never empty.
 * KITH_ERROR_NOT_FOUND, KITH_ERROR_NOT_READY (no locator runs), KITH_ERROR_CANCELLED; of an address
 * with a tag and a key that is not pinned: KITH_ERROR_UNTRUSTED (they do not belong together),
 * KITH_ERROR_UNREACHABLE (nobody shows the tag). Main thread.
 */
void kith_directory_resolve_async (KithDirectory *directory,
                                   const KithAddress *address,
                                   KithSearchDepth depth,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
GPtrArray *
kith_directory_resolve_finish (KithDirectory *directory, GAsyncResult *result, GError **error);

/* TRUE when it is known without asking anyone who @address is. */
gboolean kith_directory_knows (KithDirectory *directory, const KithAddress *address);

/**
 * kith_directory_reach_async:
 * Where is @identity? Answers with the newest valid record soon after the first one came.
 * _finish: (transfer full): g_free(). KITH_ERROR_NOT_FOUND: no record, or the newest says that the
 * device left; KITH_ERROR_CANCELLED.
 */
void kith_directory_reach_async (KithDirectory *directory,
                                 const KithPeerKey *identity,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
KithReach *
kith_directory_reach_finish (KithDirectory *directory, GAsyncResult *result, GError **error);

/* Tells of newer records of @identity than were found so far, for somebody who is trying the one
   that was: from @delay_ms on. As kith_reach_watch_new(). (transfer full) */
KithReachWatch *kith_directory_watch (KithDirectory *directory,
                                      const KithPeerKey *identity,
                                      guint delay_ms,
                                      KithReachWatchFunc func,
                                      gpointer user_data);

/* TRUE and the name's secret when @identity was found by a name in the last minute: then a knock
   goes to the inbox of that name too, whose nodes were asked with the name and are known
   already. */
gboolean kith_directory_get_name_secret (KithDirectory *directory,
                                         const KithPeerKey *identity,
                                         guint8 secret[32]);

/* What was found of @identity's place may be old now: the next question is put anew. */
void kith_directory_forget (KithDirectory *directory, const KithPeerKey *identity);

G_END_DECLS
