/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The search for those who hold a name. */
#pragma once

#include "base/clock.h"
#include "model/names/address.h"
#include "ports/locator.h"

G_BEGIN_DECLS

#define KITH_TYPE_NAME_SEARCH (kith_name_search_get_type ())
G_DECLARE_FINAL_TYPE (KithNameSearch, kith_name_search, KITH, NAME_SEARCH, GObject)

/* Signal "seen" (gpointer const KithPeerKey *): a valid claim of this key came, once for each of
   the first keys. */

/* How long those are waited for who hold the same name as the first one that is found. */
typedef enum {
  KITH_SEARCH_TO_CALL, /* not long: somebody waits for the ringing */
  KITH_SEARCH_ALL      /* until all that were asked have answered, some seconds at most */
} KithSearchDepth;

/* @address: a name with or without a tag; @least_work: bits a tag must show. (transfer full) */
KithNameSearch *kith_name_search_new (KithClock *clock,
                                      const KithAddress *address,
                                      guint8 least_work,
                                      KithSearchDepth depth);

/* The secret of the name that is looked for: 32 bytes (transfer none); NULL when the address has no
   name. */
const guint8 *kith_name_search_get_secret (KithNameSearch *search);

/* Asks @locators in order; a contact from one that needs no record (the user's own file) ends the
   search. May be called once.
   _finish: (transfer full): GPtrArray of KithFound, never empty; KITH_ERROR_NOT_FOUND,
   KITH_ERROR_NOT_READY, KITH_ERROR_CANCELLED. */
void kith_name_search_run_async (KithNameSearch *search,
                                 GPtrArray *locators,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
GPtrArray *
kith_name_search_run_finish (KithNameSearch *search, GAsyncResult *result, GError **error);

G_END_DECLS
