/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interface of a notifier: its signals and wrappers. */
#include "ports/notifier.h"

G_DEFINE_INTERFACE (KithNotifier, kith_notifier, G_TYPE_OBJECT)

static void
kith_notifier_default_init (KithNotifierInterface *iface)
{
  g_signal_new ("wanted",
                G_TYPE_FROM_INTERFACE (iface),
                G_SIGNAL_RUN_LAST,
                0,
                NULL,
                NULL,
                NULL,
                G_TYPE_NONE,
                1,
                G_TYPE_POINTER);
  g_signal_new ("ended",
                G_TYPE_FROM_INTERFACE (iface),
                G_SIGNAL_RUN_LAST,
                0,
                NULL,
                NULL,
                NULL,
                G_TYPE_NONE,
                1,
                G_TYPE_UINT);
}

void
kith_notifier_set_judge (KithNotifier *self, KithWatchJudge judge, gpointer user_data)
{
  g_return_if_fail (KITH_IS_NOTIFIER (self));
  KITH_NOTIFIER_GET_IFACE (self)->set_judge (self, judge, user_data);
}

void
kith_notifier_notify (KithNotifier *self, guint id, const char *body)
{
  g_return_if_fail (KITH_IS_NOTIFIER (self));
  KITH_NOTIFIER_GET_IFACE (self)->notify (self, id, body);
}

void
kith_notifier_end (KithNotifier *self, guint id, KithWatchEnd why)
{
  g_return_if_fail (KITH_IS_NOTIFIER (self));
  KITH_NOTIFIER_GET_IFACE (self)->end (self, id, why);
}

void
kith_notifier_tell_wanted (KithNotifier *self, const KithWatch *watch)
{
  g_signal_emit_by_name (self, "wanted", watch);
}

void
kith_notifier_tell_ended (KithNotifier *self, guint id)
{
  g_signal_emit_by_name (self, "ended", id);
}
