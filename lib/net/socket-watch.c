/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wraps GSocket's sources. */
#include "net/socket-watch.h"

void
kith_socket_watch (GSource **source,
                   GSocket *socket,
                   GIOCondition condition,
                   GSocketSourceFunc func,
                   gpointer user_data)
{
  if (*source == NULL) {
    *source = g_socket_create_source (socket, condition, NULL);
    g_source_set_callback (*source, G_SOURCE_FUNC (func), user_data, NULL);
    g_source_attach (*source, g_main_context_get_thread_default ());
  }
}

void
kith_socket_unwatch (GSource **source)
{
  if (*source != NULL) {
    g_source_destroy (*source);
    g_clear_pointer (source, g_source_unref);
  }
}
