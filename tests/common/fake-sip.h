/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SIP stacks that understand each other without SIP: over the byte stream of a link, or by URI
   inside one exchange. */
#pragma once

#include "ports/sip.h"

G_BEGIN_DECLS

#define KITH_TYPE_FAKE_EXCHANGE (kith_fake_exchange_get_type ())
G_DECLARE_FINAL_TYPE (KithFakeExchange, kith_fake_exchange, KITH, FAKE_EXCHANGE, GObject)
#define KITH_TYPE_FAKE_SIP (kith_fake_sip_get_type ())
G_DECLARE_FINAL_TYPE (KithFakeSip, kith_fake_sip, KITH, FAKE_SIP, GObject)
#define KITH_TYPE_FAKE_DIALOG (kith_fake_dialog_get_type ())
G_DECLARE_FINAL_TYPE (KithFakeDialog, kith_fake_dialog, KITH, FAKE_DIALOG, GObject)

/* The world of ordinary SIP: stacks by "host:port". Every host name resolves, except
   nowhere.invalid. */
KithFakeExchange *kith_fake_exchange_new (void);

/**
 * kith_fake_sip_new:
 * A stack that others in @exchange reach as "sip:anybody@HOST:PORT" once it is started, and over
 * links that are attached to it. All signals come from the loop, never from inside a verb. A
 * message is lost only with its link.
 */
KithSip *kith_fake_sip_new (KithFakeExchange *exchange, const char *host, guint16 port);

/* From now on the host name @host has these addresses, best first (once a stack). */
void kith_fake_sip_set_addresses (KithFakeSip *sip, const char *host, const char *const *addresses);

/* From now on what comes from @host is the phone's of that name, as kith-edge would tell. */
void kith_fake_sip_set_phone (KithFakeSip *sip, const char *host, const char *name);

/* Dialogs that have not ended, and links that are attached. */
guint kith_fake_sip_count_dialogs (KithFakeSip *sip);

/* What the node said to the last INVITE that came (KithJudgeFunc). */
guint kith_fake_sip_get_word (KithFakeSip *sip);
guint kith_fake_sip_count_links (KithFakeSip *sip);

/* What kith_sip_set_edge() said the last time; @problem (borrowed) (nullable). */
guint16 kith_fake_sip_get_edge (KithFakeSip *sip, const char **problem, int *error_number);

/* Incoming: describes sound before the answer: "early" at the other end. */
void kith_fake_dialog_early (KithFakeDialog *dialog, const char *sdp);

/* Whether its peer takes kith_dialog_press(); at first FALSE. */
void kith_fake_dialog_set_takes_info (KithFakeDialog *dialog, gboolean takes);

/* Incoming: refuses with 302, and says to have moved to @uri. */
void kith_fake_dialog_move (KithFakeDialog *dialog, const char *uri);

/* Outgoing: cancels, since another telephone took the call. */
void kith_fake_dialog_cancel_elsewhere (KithFakeDialog *dialog);

/* Acknowledges the answer to an INVITE without an offer, or to a re-INVITE without one, with @sdp
   (nullable). */
void kith_fake_dialog_ack (KithFakeDialog *dialog, const char *sdp);

/* What the other end described last, or NULL. */
const char *kith_fake_dialog_get_heard_sdp (KithFakeDialog *dialog);

/* Sends a re-INVITE with @sdp: "reoffered" at the other end; NULL: "offer-wanted". */
void kith_fake_dialog_reoffer (KithFakeDialog *dialog, const char *sdp);

/* The status with which the other end answered the last re-INVITE; 0: not yet. */
guint kith_fake_dialog_get_reoffer_status (KithFakeDialog *dialog);

/* Incoming: the user that the caller asked for. */
const char *kith_fake_dialog_get_request_user (KithFakeDialog *dialog);

/* The reason word of the last BYE or CANCEL that came in, or NULL. */
const char *kith_fake_dialog_get_reason (KithFakeDialog *dialog);

G_END_DECLS
