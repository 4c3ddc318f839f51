/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One question put to several locators and locations at once, with one end. */
#pragma once

#include "base/clock.h"
#include "ports/locator.h"

G_BEGIN_DECLS

/* Tells of one finding; @value or @contact is set, as in KithFoundFunc. */
typedef void (*KithDirectoryQueryFound) (KithLocator *locator,
                                         GBytes *value,
                                         const KithFound *contact,
                                         gpointer user_data);

/* Called once, when all locators are done; not after kith_directory_query_free(). @asked: how many
   locators took the question. */
typedef void (*KithDirectoryQueryDone) (guint asked, gpointer user_data);

typedef struct _KithDirectoryQuery KithDirectoryQuery;

/* Prepares a question; free with kith_directory_query_free(), also from within its own
   functions. */
KithDirectoryQuery *kith_directory_query_new (KithDirectoryQueryFound found,
                                              KithDirectoryQueryDone done,
                                              gpointer user_data);

/* Asks @locator; may be called several times before kith_directory_query_run(). @question is read
   during the call only. A locator that has no network yet is asked once more when it has one, so
   that what was found may come twice. */
void kith_directory_query_ask (KithDirectoryQuery *query,
                               KithLocator *locator,
                               const KithQuery *question);

/* No more locators are asked: the end is when the last one is done (from the loop, also if none was
   asked). */
void kith_directory_query_run (KithDirectoryQuery *query);

/* When it is done: TRUE when networks were asked and no node of any of them answered, so that
   finding nothing says nothing. */
gboolean kith_directory_query_was_unanswered (KithDirectoryQuery *query);

/* Cancels what is under way; no function is called any more. */
void kith_directory_query_free (KithDirectoryQuery *query);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithDirectoryQuery, kith_directory_query_free)

G_END_DECLS
