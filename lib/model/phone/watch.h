/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What phones subscribe to, as values: whom they watch, and what is told them. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

#define KITH_WATCH_DIALOGS_MAX 8 /* of one resource that are told */
#define KITH_WATCH_URI_MAX 256   /* bytes of a URI that is told … */
#define KITH_WATCH_NAME_MAX 128  /* … and of a name; longer ones are left out, or cut */

/* Event packages. */
typedef enum {
  KITH_WATCH_DIALOG,   /* RFC 4235: calls */
  KITH_WATCH_PRESENCE, /* RFC 3856: there, or in a call */
  KITH_WATCH_MESSAGES  /* RFC 3842: what waits for it */
} KithWatchEvent;
#define KITH_N_WATCH_EVENTS (KITH_WATCH_MESSAGES + 1)

/* "dialog", "presence", "message-summary"; and the MIME type of its body (static). */
KITH_API const char *kith_watch_event_word (KithWatchEvent event);
KITH_API const char *kith_watch_event_type (KithWatchEvent event);

/* The same back, without parameters. FALSE: another package. */
KITH_API gboolean kith_watch_event_find (const char *word, KithWatchEvent *event);

typedef enum {
  KITH_WATCHED_TRYING, /* somebody is dialled, who does not ring yet */
  KITH_WATCHED_EARLY,  /* it rings */
  KITH_WATCHED_CONFIRMED,
  KITH_WATCHED_TERMINATED
} KithWatchedState;

/* One call of whom is watched. Texts may be a stranger's. */
typedef struct {
  const char *id; /* the same as long as it lasts */
  KithWatchedState state;
  gboolean outgoing;
  const char *remote_uri;  /* (nullable) */
  const char *remote_name; /* (nullable) */
} KithWatchedCall;

/**
 * kith_dialog_info_print:
 * @entity: whom it is about, as it was subscribed to
 * @version: one more each time in one subscription
 *
 * The whole state (RFC 4235): no calls: idle. (transfer full)
 */
KITH_API gchar *
kith_dialog_info_print (const char *entity, guint version, const KithWatchedCall *calls, guint n);

/* What PIDF tells (RFC 3863, 4480). */
typedef struct {
  gboolean open;    /* it is to be reached */
  gboolean busy;    /* in a call */
  const char *note; /* (nullable) */
} KithWatchedPresence;

/* (transfer full) */
KITH_API gchar *kith_pidf_print (const char *entity, const KithWatchedPresence *presence);

/* What waits: new and old. */
typedef struct {
  guint fresh, old;
} KithWatchedMessages;

/* @account: a SIP URI. (transfer full) */
KITH_API gchar *kith_message_summary_print (const char *account,
                                            const KithWatchedMessages *messages);

G_END_DECLS
