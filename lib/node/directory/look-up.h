/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One question put to several locators and locations at once, with one end. */
#pragma once

#include "base/clock.h"
#include "ports/locator.h"

G_BEGIN_DECLS

/* Tells of one finding; @value or @contact is set, as in KithFoundFunc. */
typedef void (*KithLookUpFound) (KithLocator *locator,
                                 GBytes *value,
                                 const KithContact *contact,
                                 gpointer user_data);

/* Called once, when all locators are done; not after kith_look_up_free(). @asked: how many locators took the question. */
typedef void (*KithLookUpDone) (guint asked, gpointer user_data);

typedef struct _KithLookUp KithLookUp;

/* Prepares a question; free with kith_look_up_free(), also from within its own functions. */
KithLookUp *kith_look_up_new (KithLookUpFound found, KithLookUpDone done, gpointer user_data);

/* Asks @locator; may be called several times before kith_look_up_run(). @query is read during the call only. */
void kith_look_up_ask (KithLookUp *look_up, KithLocator *locator, const KithQuery *query);

/* No more locators are asked: the end is when the last one is done (from the loop, also if none was asked). */
void kith_look_up_run (KithLookUp *look_up);

/* When it is done: TRUE when networks were asked and no node of any of them answered, so that finding nothing says nothing. */
gboolean kith_look_up_was_unanswered (KithLookUp *look_up);

/* Cancels what is under way; no function is called any more. */
void kith_look_up_free (KithLookUp *look_up);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithLookUp, kith_look_up_free)

G_END_DECLS
