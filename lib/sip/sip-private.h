/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the SIP stack share. */
#pragma once

#include "base/clock.h"
#include "model/sip/sip-token.h"
#include "net/sip-resolver.h"
#include "sip/dialog/sip-dialog.h"
#include "sip/screen/call-ids.h"
#include "sip/screen/sip-told.h"
#include "sip/sip-edge.h"
#include "sip/sip-links.h"
#include "sip/sip-notifier.h"
#include "sip/sofia/sofia-hooks.h"
#include "sip/stack.h"

G_BEGIN_DECLS

struct _KithSipStack {
  GObject parent;
  gchar *bind;         /* NULL: links only */
  guint16 port;        /* the edge's; 0: it has none */
  gchar *port_problem; /* why not, NULL: it has, or none is wanted */
  int port_errno;      /* the same as a number of the system, or 0 */

  su_root_t *root;
  GSource *source;
  nua_t *nua;
  KithHooks doors;

  KithSipLinks *links;
  gboolean has_edge; /* else links only */
  KithSipEdge edge;
  guint16 edge_tls_port; /* as below, with TLS */
  guint16 edge_port; /* the last one that an edge served: a new one serves it, too; 0: none did */
  guint8 token_key[KITH_SIP_TOKEN_KEY]; /* of our tags */
  KithCallIds *call_ids;
  KithSipTold told;
  KithSipResolver *resolver;
  guint8 tag_key[16];  /* of the To tags of refusals */
  KithJudgeFunc judge; /* (nullable) asked about what would be a new call */
  gpointer judge_data;
  KithSipWatches *watches;
  GHashTable *dialogs; /* KithSipDialog that live (owned) → itself */
  guint sweep_timer;

  GTask *stopping;
  guint stop_timer;
  guint goodbye_timer;
  gboolean shut; /* nua said that its shutdown is over */
};

/* nua's call-back (sip-events.c). */
void kith_sip_stack_event (nua_event_t event,
                           int status,
                           char const *phrase,
                           nua_t *nua,
                           KithSipStack *stack,
                           nua_handle_t *handle,
                           KithSipDialog *dialog,
                           sip_t const *sip,
                           tagi_t tags[]);

/* Starts and stops the library (sip-life.c). */
gboolean kith_sip_stack_open (KithSipStack *stack, GError **error);
void kith_sip_stack_close (KithSipStack *stack);
void kith_sip_stack_stop_async (KithSip *sip,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean kith_sip_stack_stop_finish (KithSip *sip, GAsyncResult *result, GError **error);
void kith_sip_stack_shutdown_event (KithSipStack *stack, int status);

/* Asks for every message that comes in (sip-screen.c, sip-unread.c) and goes out (sip-route.c). */
gboolean kith_sip_stack_arrive (gpointer stack, tport_t *tport, msg_t *msg);
gboolean kith_sip_stack_refused (gpointer stack, tport_t *tport, guint status, const char *reason);

/* The library could not read @msg, which is destroyed: 400 if it can be answered (sip-unread.c). */
void kith_sip_stack_unread (KithSipStack *stack, tport_t *tport, msg_t *msg);
tport_t *kith_sip_stack_by_name (gpointer stack, const char *host, msg_t *msg);
gchar *kith_sip_stack_tag (gpointer stack, const char *call_id);
gboolean kith_sip_stack_leave (gpointer stack, msg_t *msg, tport_t **tport);

/**
 * kith_sip_stack_refuse: (sip-refusal.c)
 * @phrase: NULL: the usual one
 * Answers the request @msg with @status (200 for OPTIONS), once and without keeping anything; @msg
 * is consumed.
 */
void kith_sip_stack_refuse (KithSipStack *stack,
                            tport_t *tport,
                            msg_t *msg,
                            guint status,
                            const char *phrase);

/* Makes an outgoing call (dialog-dial.c). */
KithDialog *
kith_sip_stack_dial (KithSip *sip, const KithDialParams *params, const char *sdp, GError **error);

/* Ends all dialogs over a link with 503, from the loop. */
void kith_sip_stack_drop_link (KithSipStack *stack, guint link_id);

/* The library must be stepped soon. */
void kith_sip_stack_poke (KithSipStack *stack);

G_END_DECLS
