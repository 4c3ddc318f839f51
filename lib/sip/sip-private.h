/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the SIP stack share. */
#pragma once

#include "base/clock.h"
#include "model/sip/sip-token.h"
#include "net/sip-resolver.h"
#include "sip/dialog/sip-dialog.h"
#include "sip/screen/call-ids.h"
#include "sip/screen/sip-admission.h"
#include "sip/sip-edge.h"
#include "sip/sip-links.h"
#include "sip/sofia/sofia-hooks.h"
#include "sip/stack.h"

G_BEGIN_DECLS

struct _KithSipStack {
  GObject parent;
  gchar *bind; /* NULL: links only */
  guint16 wanted_port;
  guint16 port;        /* 0: not bound (yet) */
  gchar *port_problem; /* why not, NULL: it is, or there is none to bind */
  int port_errno;      /* the same as a number of the system, 0: it is, or it was not tried */
  guint64 port_socket; /* that is in the way, 0: not known */
  guint port_timer;    /* until it is tried again */
  guint port_wait_ms;
  GHashTable *bound;        /* addresses that have a transport */
  gboolean full;            /* it was said that there are too many of them */
  GNetworkMonitor *monitor; /* while the port is wanted */
  gboolean plain_in;

  su_root_t *root;
  GSource *source;
  nua_t *nua;
  KithHooks doors;

  KithSipLinks *links;
  gboolean has_edge; /* ordinary SIP goes by its stream, and we have no port */
  KithSipEdge edge;
  guint16 edge_port; /* the last one that an edge served: a new one serves it, too; 0: none did */
  guint8 token_key[KITH_SIP_TOKEN_KEY]; /* of our tags */
  KithCallIds *call_ids;
  KithAdmission *admission;
  KithSipResolver *resolver;
  guint8 tag_key[16];  /* of the To tags of refusals */
  gsize refusal_most;  /* while one is being sent: how long it may be; 0: as long as it is */
  KithJudgeFunc judge; /* (nullable) asked about what would be a new call */
  gpointer judge_data;
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

/* Takes the port of ordinary SIP, or arranges to do so when it is free (sip-ports.c); and gives
   that up. */
void kith_sip_ports_open (KithSipStack *stack);
void kith_sip_ports_close (KithSipStack *stack);

/* Asks for every message that comes in (sip-screen.c, sip-unread.c) and goes out (sip-route.c). */
gboolean kith_sip_stack_arrive (gpointer stack, tport_t *tport, msg_t *msg);
gboolean kith_sip_stack_refused (gpointer stack,
                                 tport_t *tport,
                                 const struct sockaddr *from,
                                 guint status,
                                 const char *reason);

/* The library could not read @msg, which is destroyed: 400 if it can be answered (sip-unread.c). */
void kith_sip_stack_unread (KithSipStack *stack, tport_t *tport, msg_t *msg);
tport_t *kith_sip_stack_by_name (gpointer stack, const char *host, msg_t *msg);
gchar *kith_sip_stack_tag (gpointer stack, const char *call_id);
gboolean kith_sip_stack_leave (gpointer stack, msg_t *msg, const char **route, tport_t **tport);

/**
 * kith_sip_stack_refuse: (sip-refusal.c)
 * @phrase: NULL: the usual one
 * @link: it came over a link
 * Answers the request @msg with @status (200 for OPTIONS), once and without keeping anything; @msg
 * is consumed. To an address that may be somebody else's, no more than KITH_SIP_MOST_MORE bytes
 * more go back than came from there: nothing, when that cannot be.
 */
void kith_sip_stack_refuse (KithSipStack *stack,
                            tport_t *tport,
                            msg_t *msg,
                            guint status,
                            const char *phrase,
                            gboolean link);

/* Asked for all that goes out but over links (sip-echo.c). */
gboolean kith_sip_stack_say (gpointer stack, tport_t *tport, msg_t *msg);

/* Makes an outgoing call (dialog-dial.c). */
KithDialog *
kith_sip_stack_dial (KithSip *sip, const KithDialParams *params, const char *sdp, GError **error);

/* Ends all dialogs over a link with 503, from the loop. */
void kith_sip_stack_drop_link (KithSipStack *stack, guint link_id);

/* The library must be stepped soon. */
void kith_sip_stack_poke (KithSipStack *stack);

G_END_DECLS
