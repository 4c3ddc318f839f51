/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the address of a STUN server without anybody waiting for it. */
#pragma once

#include <gio/gio.h>

#include "model/stun.h"

G_BEGIN_DECLS

/* Resolves @servers ("host:port", "host", "[v6]:port") in order until one has an address; IPv4 is preferred. Completes from the loop. */
void kith_stun_lookup_async (const char *const *servers,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);

/* An IP literal (transfer full) and its port; NULL and an error when none could be resolved. */
gchar *kith_stun_lookup_finish (GAsyncResult *result, guint16 *port, GError **error);

G_END_DECLS
