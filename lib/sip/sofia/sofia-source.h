/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sofia-sip's own epoll loop as one source of a GLib main context. */
#pragma once

#include "sip/sofia/sofia.h"

G_BEGIN_DECLS

/* A native root with its source attached to the thread-default context. NULL when no epoll
   descriptor could be had.
   @source: (out) (transfer full): g_source_destroy() and unref before su_root_destroy(). */
su_root_t *kith_sofia_root_new (GSource **source);

/* Steps the root soon: to be called after every call into the library from outside its own
   call-backs. */
void kith_sofia_source_poke (GSource *source);

G_END_DECLS
