/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hosts of those contacts who have an ordinary SIP telephone: whose calls are no strangers'
   calls. */
#pragma once

#include <gio/gio.h>

#include "base/clock.h"
#include "model/net/endpoint.h"

G_BEGIN_DECLS

typedef struct _KithKnownHosts KithKnownHosts;

/* The hosts as they are named now. (transfer full) */
typedef GStrv (*KithKnownHostsFunc) (gpointer user_data);

/* @list tells whose hosts count; all must outlive it. Names are looked up in the background, anew
   each ten minutes. */
KithKnownHosts *
kith_known_hosts_new (KithClock *clock, KithKnownHostsFunc list, gpointer user_data);
void kith_known_hosts_free (KithKnownHosts *hosts);

/* TRUE if @address (an IP address) is that of a contact's host. The list is asked for every few
   seconds at most; one whose name is not looked up yet is not known. */
gboolean kith_known_hosts_has (KithKnownHosts *hosts, const char *address);

/* All that kith_known_hosts_has() knows, each once, port 0: at most @room. Returns their number. */
guint kith_known_hosts_list (KithKnownHosts *hosts, KithEndpoint *list, guint room);

G_END_DECLS
