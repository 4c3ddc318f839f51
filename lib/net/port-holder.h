/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which program holds a port of this host. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "baresip (process 4711)", "a program of root", "a program of user 1001"; "another program" when
   it cannot be found. @address: an IP address of ours, or the one that stands for all. @seen: the
   number of the socket that stood in the way the last time, 0: none. While it is the same one the
   answer is NULL, and the processes of this host, up to 20,000 looks, are not gone through again.
   (transfer full) (nullable) */
gchar *kith_port_holder (const char *address, guint16 port, guint64 *seen);

G_END_DECLS
