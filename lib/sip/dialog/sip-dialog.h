/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One INVITE dialog of the stack: the concrete KithDialog. */
#pragma once

#include "ports/sip.h"
#include "sip/sofia/sofia.h"

G_BEGIN_DECLS

#define KITH_TYPE_SIP_DIALOG (kith_sip_dialog_get_type ())
G_DECLARE_FINAL_TYPE (KithSipDialog, kith_sip_dialog, KITH, SIP_DIALOG, GObject)

typedef enum {
  KITH_SIP_DIALOG_CALLING,   /* outgoing, INVITE sent */
  KITH_SIP_DIALOG_INCOMING,  /* incoming, not answered */
  KITH_SIP_DIALOG_ANSWERING, /* incoming, 200 sent, no ACK yet */
  KITH_SIP_DIALOG_UP,
  KITH_SIP_DIALOG_OVER,
} KithSipDialogPhase;

/* The one new offer within a dialog that may be under way (RFC 3261 section 14). */
typedef enum {
  KITH_SIP_OFFER_NONE,
  /* a re-INVITE or UPDATE of theirs waits for our answer (dialog-reanswer.c) */
  KITH_SIP_OFFER_THEIRS,
  KITH_SIP_OFFER_WANTED, /* theirs had no offer: ours is being made */
  KITH_SIP_OFFER_IN_200, /* … and went out in the 200: the ACK brings the answer */
  KITH_SIP_OFFER_OURS,   /* our re-INVITE is out (dialog-reoffer.c) */
} KithSipOfferState;

struct _KithSipDialog {
  GObject parent;
  KithSipStack *stack;  /* (unowned) NULL once over */
  nua_handle_t *handle; /* NULL once over */
  KithSipDialogPhase phase;
  gboolean outgoing;
  gboolean rang;
  gboolean takes_info; /* the peer's Allow says so */
  guint link_id;
  gchar *object; /* name in the log */
  gchar *call_id;
  gchar *remote_uri;
  gchar *remote_display;
  gchar *local_host;
  gchar *remote_host;  /* of the next hop, when it was asked for last */
  gchar *phone;        /* of the house, or NULL */
  gchar *request_user; /* incoming: what was dialled */
  gchar *contact;
  gchar *remote_sdp;
  gchar *local_sdp;    /* the last that we sent */
  guint silence_timer; /* outgoing: until some response comes (dialog-dial.c) */
  GHashTable *early; /* outgoing: To tag → description in a 1xx; NULL: none came (dialog-early.c) */
  guint n_early;     /* times that one of them came or changed */
  gchar *moved_to;
  gboolean elsewhere;
  guint peer_reason; /* over a link: the number of the peer's Reason; 0: none */
  KithSipOfferState offer;
  gchar *offered_sdp;                 /* OURS */
  nua_saved_event_t reoffer_event[1]; /* THEIRS, WANTED: the request that waits for its answer */
  guint offer_timer;                  /* … and until when; OURS: until they must have answered */
  guint end_status;
  gchar *end_phrase;
};

/* A dialog of @stack, which must be given to kith_sip_dialog_adopt() next. (transfer full) */
KithSipDialog *
kith_sip_dialog_new (KithSipStack *stack, const char *call_id, guint link_id, gboolean outgoing);

/* Binds @handle: from now on the stack owns a reference until the end. */
void kith_sip_dialog_adopt (KithSipDialog *self, nua_handle_t *handle);

/**
 * kith_sip_dialog_finish:
 * The end: forgets the handle, retires the Call-ID and says "ended" once, at once or, with @later,
 * from the loop. BYE, CANCEL or a refusal have been sent before if they are due: what is still open
 * then ends as nua sees fit.
 */
void kith_sip_dialog_finish (KithSipDialog *self, guint status, const char *phrase, gboolean later);

/* The verbs (dialog-answer.c, dialog-hang-up.c, dialog-reanswer.c, dialog-reoffer.c). */
void kith_sip_dialog_ring (KithDialog *dialog);
void kith_sip_dialog_progress (KithDialog *dialog, const char *sdp);
void kith_sip_dialog_answer (KithDialog *dialog, const char *sdp);
void kith_sip_dialog_reject (KithDialog *dialog, guint status, const char *phrase);
void kith_sip_dialog_refuse (KithDialog *dialog, KithReason why);
void kith_sip_dialog_hang_up (KithDialog *dialog, const char *reason_word);
void kith_sip_dialog_reanswer (KithDialog *dialog, guint status, const char *sdp);
gboolean kith_sip_dialog_reoffer (KithDialog *dialog, const char *sdp, GError **error);

/* A response to our re-INVITE came (dialog-reoffer.c). */
void kith_sip_dialog_on_reoffer_response (KithSipDialog *self,
                                          int status,
                                          char const *phrase,
                                          sip_t const *sip);

/* A re-INVITE or UPDATE came; @sdp may be NULL. Within nua's call-back (dialog-reanswer.c). */
void kith_sip_dialog_take_reoffer (KithSipDialog *self, gboolean is_update, const char *sdp);

/* The ACK of a re-INVITE came (dialog-reanswer.c). */
void kith_sip_dialog_reacked (KithSipDialog *self, sip_t const *sip);

/* A provisional response came that may describe early media: TRUE if it does; what the peer of
   @sip's To tag described so far, or NULL (dialog-early.c). */
gboolean kith_sip_dialog_take_early (KithSipDialog *self, sip_t const *sip);
const char *kith_sip_dialog_find_early (const KithSipDialog *self, sip_t const *sip);

/* Notes where a 3xx says that the peer is (dialog-early.c). */
void kith_sip_dialog_take_moved (KithSipDialog *self, sip_t const *sip);

/* Keys by INFO (dialog-keys.c): what the peer says that it takes, and one that it told of. */
void kith_sip_dialog_take_allow (KithSipDialog *self, sip_t const *sip);
void kith_sip_dialog_take_info (KithSipDialog *self, sip_t const *sip);
gboolean kith_sip_dialog_press (KithDialog *dialog, char key);

/* Outgoing: some response came, the peer is there. */
void kith_sip_dialog_heard (KithSipDialog *self);

/* Whatever new offer is under way, nothing will come of it (dialog-reanswer.c). */
void kith_sip_dialog_drop_offer (KithSipDialog *self);

/* The Reason (RFC 3326) for @why: between nodes its number, which a text goes with for 0.1.0.
   (transfer full) (dialog-hang-up.c) */
gchar *kith_sip_dialog_make_reason (const KithSipDialog *self, KithReason why);

/* Tells what nua told (dialog-events.c). */
void
kith_sip_dialog_on_response (KithSipDialog *self, int status, char const *phrase, sip_t const *sip);
void kith_sip_dialog_on_event (KithSipDialog *self,
                               nua_event_t event,
                               int status,
                               char const *phrase,
                               sip_t const *sip,
                               tagi_t tags[]);

/* (transfer full): text of the network made safe, at most @max characters; "" for NULL. */
gchar *kith_sip_safe (const char *text, guint max);

/* The checked SDP of @sip; NULL if there is none. FALSE if there is one that we do not take.
   (transfer full) */
gboolean kith_sip_dialog_take_sdp (const sip_t *sip, gchar **sdp);

G_END_DECLS
