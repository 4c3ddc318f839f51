/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may cost us how much: token buckets for each source and caps on TCP connections, in bounded
   tables. */
#pragma once

#include <glib.h>
#include <sys/socket.h>

G_BEGIN_DECLS

typedef struct _KithAdmission KithAdmission;

KithAdmission *kith_admission_new (void);
void kith_admission_free (KithAdmission *admission);

/* The key of a source: its IPv4 address or the /56 of its IPv6 address (a mapped one is IPv4); 0
   for another family. Never 1 to 65535, which are the keys of links (their slots). */
guint64 kith_admission_source (const struct sockaddr *address);

/* The same of the numeric SIP URI @uri; 0 for anything else. */
guint64 kith_admission_host (const char *uri);

/* What kith_admission_may_log() counts apart from one another. */
typedef enum {
  KITH_ADMISSION_LOG_RATE,    /* too many requests */
  KITH_ADMISSION_LOG_PSEUDO,  /* from an address that only links have */
  KITH_ADMISSION_LOG_LINK,    /* From is not the link's peer */
  KITH_ADMISSION_LOG_REFUSED, /* refused by the door */
  KITH_ADMISSION_LOG_UNREAD,  /* refused by the scan */
  KITH_ADMISSION_N_LOGS,
} KithAdmissionLog;

typedef enum {
  KITH_ADMISSION_OK,
  KITH_ADMISSION_SOURCE, /* this source has had its part */
  /* all strangers together have, or there are too many of them to tell them apart */
  KITH_ADMISSION_STRANGERS
} KithAdmissionVerdict;

/**
 * kith_admission_take:
 * @source: of kith_admission_source(), or a link's slot
 * @now_us: monotonic
 * Takes a token for a message that belongs to no call of its sender.
 */
KithAdmissionVerdict kith_admission_take (KithAdmission *admission, guint64 source, gint64 now_us);

/* After KITH_ADMISSION_STRANGERS, when the node knows the host: takes a token from those that are
   kept for such hosts. */
gboolean kith_admission_take_known_host (KithAdmission *admission, gint64 now_us);

/* How many sources are remembered: never more than KITH_SIP_MAX_SOURCES. */
guint kith_admission_count (KithAdmission *admission);

/**
 * kith_admission_may_connect:
 * @used: (element-type gpointer gpointer): tokens of connections that must stay, however idle they
 * are
 * @room: (out): when all places are taken, the connection that must be closed first: the longest
 * idle one of the source that has most; it has given up its place already
 * Returns: FALSE when another connection from @source is one too many.
 */
gboolean kith_admission_may_connect (KithAdmission *admission,
                                     guint64 source,
                                     GHashTable *used,
                                     gpointer *room);

/* It is @token's from now on. */
void
kith_admission_connected (KithAdmission *admission, gpointer token, guint64 source, gint64 now_us);

/* The connection brought a whole message, or one went out over it. An unknown token is ignored. */
void kith_admission_active (KithAdmission *admission, gpointer token, gint64 now_us);
void kith_admission_disconnected (KithAdmission *admission, gpointer token);

/* Connections that never brought anything for KITH_SIP_FIRST_REQUEST_S, or nothing for
   KITH_SIP_IDLE_S: to be closed. (transfer container) (element-type gpointer) */
GPtrArray *kith_admission_idle (KithAdmission *admission, GHashTable *used, gint64 now_us);

/* TRUE at most once a second for each of a few reasons, with how often it was asked since: for log
   lines about strangers. */
gboolean kith_admission_may_log (KithAdmission *admission,
                                 KithAdmissionLog reason,
                                 gint64 now_us,
                                 guint *count);

G_END_DECLS
