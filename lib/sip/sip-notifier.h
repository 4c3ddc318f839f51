/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Subscriptions of phones (RFC 6665): nua's handles as a notifier. */
#pragma once

#include "ports/notifier.h"
#include "sip/sofia/sofia.h"

G_BEGIN_DECLS

typedef struct _KithSipWatches KithSipWatches;

KithSipWatches *kith_sip_watches_new (KithSipStack *stack);
void kith_sip_watches_free (KithSipWatches *watches);

/* Fills in the interface of the stack. */
void kith_sip_watches_iface_init (KithNotifierInterface *iface);

/* What would become of the SUBSCRIBE of @phone that begins one: 0: it goes on; else the status of
   its refusal. */
guint kith_sip_watches_judge (KithSipWatches *watches, const char *phone, const sip_t *sip);

/* An event of nua. FALSE: it is of no subscription. */
gboolean kith_sip_watches_event (KithSipWatches *watches,
                                 nua_event_t event,
                                 int status,
                                 nua_handle_t *handle,
                                 sip_t const *sip,
                                 tagi_t tags[]);

/* The stack stops: all are told, and forgotten. TRUE: there were some. */
gboolean kith_sip_watches_stop (KithSipWatches *watches);

/* The library is about to go: all are forgotten. */
void kith_sip_watches_clear (KithSipWatches *watches);

guint kith_sip_watches_count (KithSipWatches *watches);

G_END_DECLS
