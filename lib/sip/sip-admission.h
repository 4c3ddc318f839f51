/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may cost us how much: token buckets for each source and caps on TCP connections, in bounded tables. */
#pragma once

#include <glib.h>
#include <sys/socket.h>

G_BEGIN_DECLS

typedef struct _KithAdmission KithAdmission;

KithAdmission *kith_admission_new (void);
void kith_admission_free (KithAdmission *admission);

/* The key of a source: its IPv4 address or the /56 of its IPv6 address (a mapped one is IPv4); 0 for another family. Never 1 to 65535,
   which are the keys of links (their slots). */
guint64 kith_admission_source (const struct sockaddr *address);

/**
 * kith_admission_take:
 * @source: of kith_admission_source(), or a link's slot
 * @known: the message belongs to a call that we know
 * @now_us: monotonic
 * Takes a token. Returns: FALSE when the source has none left, or when all strangers together have none left (@known FALSE).
 */
gboolean
kith_admission_take (KithAdmission *admission, guint64 source, gboolean known, gint64 now_us);

/* How many sources are remembered: never more than KITH_SIP_MAX_SOURCES. */
guint kith_admission_count (KithAdmission *admission);

/* A connection from @source: FALSE when it is one too many; else it is @token's from now on. */
gboolean kith_admission_may_connect (KithAdmission *admission, guint64 source);
void
kith_admission_connected (KithAdmission *admission, gpointer token, guint64 source, gint64 now_us);

/* The connection has brought a whole message: it may stay. */
void kith_admission_useful (KithAdmission *admission, gpointer token);
void kith_admission_disconnected (KithAdmission *admission, gpointer token);

/* Connections that were opened before @before_us and never brought anything. (transfer container) (element-type gpointer) */
GPtrArray *kith_admission_useless (KithAdmission *admission, gint64 before_us);

/* TRUE at most once a second for each of a few reasons, with how often it was asked since: for log lines about strangers. */
gboolean
kith_admission_may_log (KithAdmission *admission, guint reason, gint64 now_us, guint *count);

G_END_DECLS
