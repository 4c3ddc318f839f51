/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port to subscriptions (RFC 6665): phones of the house ask to be told of something. */
#pragma once

#include <glib-object.h>

#include "base/export.h"
#include "model/phone/watch.h"

G_BEGIN_DECLS

#define KITH_TYPE_NOTIFIER (kith_notifier_get_type ())
KITH_API
G_DECLARE_INTERFACE (KithNotifier, kith_notifier, KITH, NOTIFIER, GObject)

#define KITH_WATCHES_MAX 512     /* subscriptions in all … */
#define KITH_WATCHES_OF_PHONE 16 /* … and of one phone */
#define KITH_WATCH_LEAST_S 60    /* how long one lasts */
#define KITH_WATCH_MOST_S 3600

/* A subscription. Texts are borrowed for the time of the call. */
typedef struct {
  guint id; /* never 0, never used again */
  KithWatchEvent event;
  const char *phone;  /* the phone of the house that subscribed */
  const char *user;   /* whom it means: the user part of the Request-URI, unescaped */
  const char *entity; /* that URI as it was written */
} KithWatch;

/* Why one ends: the reasons of RFC 6665 section 4.1.3. */
typedef enum {
  KITH_WATCH_NO_RESOURCE,
  KITH_WATCH_DEACTIVATED, /* we stop; the phone may subscribe again at once */
} KithWatchEnd;

/* 0: it may, "wanted" follows; or the status of the refusal. Nothing is kept yet; the id is 0. */
typedef guint (*KithWatchJudge) (const KithWatch *watch, gpointer user_data);

/**
 * KithNotifierInterface: main thread.
 *
 * Signals: "wanted" (const KithWatch *): a subscription began or was refreshed: its whole state is
 * to be told now. "ended" (guint id): by its phone, by time, because a NOTIFY was refused or not
 * answered; not for kith_notifier_end().
 */
struct _KithNotifierInterface {
  GTypeInterface parent_interface;
  void (*set_judge) (KithNotifier *self, KithWatchJudge judge, gpointer user_data);
  void (*notify) (KithNotifier *self, guint id, const char *body);
  void (*end) (KithNotifier *self, guint id, KithWatchEnd why);
};

/* Who is asked; NULL: nobody, all get 404. */
KITH_API void
kith_notifier_set_judge (KithNotifier *self, KithWatchJudge judge, gpointer user_data);

/* Sends a NOTIFY with @body, of the type of its event. An id that is over is passed over. */
KITH_API void kith_notifier_notify (KithNotifier *self, guint id, const char *body);

/* Ends it, with a last NOTIFY that says why. */
KITH_API void kith_notifier_end (KithNotifier *self, guint id, KithWatchEnd why);

/* For those who are one: emit its signals. */
KITH_API void kith_notifier_tell_wanted (KithNotifier *self, const KithWatch *watch);
KITH_API void kith_notifier_tell_ended (KithNotifier *self, guint id);

G_END_DECLS
