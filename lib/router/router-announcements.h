/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hears a router say to everybody that it was started anew, or has another address (RFC 6887
   section 14.1, RFC 6886 section 3.2.1). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Main thread. */
typedef struct _KithRouterAnnouncements KithRouterAnnouncements;

/* @heard is called from the loop for each announcement that came from the address of the default
   gateway; who lives on the same network can forge that, so it is a hint. @family: 4 or 6. NULL
   when there is no gateway or no socket: then nothing is heard. (transfer full) */
KithRouterAnnouncements *kith_router_announcements_new (guint family,
                                                        void (*heard) (gpointer user_data),
                                                        gpointer user_data);
void kith_router_announcements_free (KithRouterAnnouncements *ear);

G_END_DECLS
