/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's tables of sockets as text (/proc/net/udp and its like): who holds a port? */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/* A socket that stands in the way. */
typedef struct {
  guint64 inode;
  guint32 uid;
} KithSocketHolder;

/* Finds in @table the socket that keeps others from binding @port at @ip (network order, @ip_len 4
   or 16 bytes; NULL: any address). @is_tcp: only sockets that listen. FALSE: there is none, or the
   text cannot be read. */
KITH_API gboolean kith_socket_table_find (const char *table,
                                          gboolean is_tcp,
                                          const guint8 *ip,
                                          gsize ip_len,
                                          guint16 port,
                                          KithSocketHolder *holder);

G_END_DECLS
