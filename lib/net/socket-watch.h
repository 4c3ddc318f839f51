/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sources that tell when a socket is ready, set and dropped again and again. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Calls @func (a GSocketSourceFunc) from the loop when @socket is ready for @condition; nothing
   when *@source is set already. */
void kith_socket_watch (GSource **source,
                        GSocket *socket,
                        GIOCondition condition,
                        GSocketSourceFunc func,
                        gpointer user_data);

/* Ends it; NULL in *@source is fine. */
void kith_socket_unwatch (GSource **source);

G_END_DECLS
