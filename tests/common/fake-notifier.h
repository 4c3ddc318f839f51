/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A notifier whose phones subscribe when the test says so. */
#pragma once

#include "ports/notifier.h"

G_BEGIN_DECLS

#define KITH_TYPE_FAKE_NOTIFIER (kith_fake_notifier_get_type ())
G_DECLARE_FINAL_TYPE (KithFakeNotifier, kith_fake_notifier, KITH, FAKE_NOTIFIER, GObject)

/* (transfer full) */
KithFakeNotifier *kith_fake_notifier_new (void);

/* @phone subscribes to @event of @user: the status of a refusal, or 0 and *@id (nullable). */
guint kith_fake_notifier_subscribe (KithFakeNotifier *fake,
                                    const char *phone,
                                    const char *user,
                                    KithWatchEvent event,
                                    guint *id);

/* It refreshes, or is over. */
void kith_fake_notifier_refresh (KithFakeNotifier *fake, guint id);
void kith_fake_notifier_end (KithFakeNotifier *fake, guint id);

/* How many NOTIFYs it had, and the body of the last one (transfer none), NULL: none. */
guint kith_fake_notifier_count (KithFakeNotifier *fake, guint id);
const char *kith_fake_notifier_body (KithFakeNotifier *fake, guint id);

/* TRUE when we ended it, for *@why (nullable). */
gboolean kith_fake_notifier_was_ended (KithFakeNotifier *fake, guint id, KithWatchEnd *why);

G_END_DECLS
