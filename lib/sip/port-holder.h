/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which program holds a port of this host. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "baresip (process 4711)", "a program of root", "a program of user 1001"; "another program" when it cannot be found. @address: an IP address
   of ours, or the one that stands for all. Reads /proc, a few ms. (transfer full) */
gchar *kith_port_holder (const char *address, guint16 port);

G_END_DECLS
