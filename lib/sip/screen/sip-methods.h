/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one table of SIP methods: which are taken where, and what each costs. */
#pragma once

#include "sip/sofia/sofia.h"

G_BEGIN_DECLS

typedef enum {
  KITH_SIP_COST_NONE, /* a message like any other */
  /* the library keeps something for half a minute: KITH_SIP_TRANSACTION_RATE a call */
  KITH_SIP_COST_TRANSACTION,
  KITH_SIP_COST_CALL, /* a call begins: the shares of new calls */
} KithSipCost;

/* What becomes of a method at one place. */
typedef struct {
  guint status; /* 0: it goes on to the other checks; else how it is refused */
  KithSipCost cost;
} KithSipMethodRule;

typedef enum { KITH_SIP_OVER_PLAIN, KITH_SIP_OVER_LINK, KITH_SIP_N_SIDES } KithSipSide;
typedef enum { KITH_SIP_OUTSIDE, KITH_SIP_IN_DIALOG, KITH_SIP_N_PLACES } KithSipPlace;

typedef struct {
  sip_method_t method;
  const char *name;
  gboolean is_ours; /* nua leaves the answer to us */
  KithSipMethodRule rules[KITH_SIP_N_SIDES][KITH_SIP_N_PLACES];
} KithSipMethod;

/* The rows, each method once. */
const KithSipMethod *kith_sip_methods (guint *n);

/* What becomes of @method: of one that is not in the table 405, or 501 when the library does not
   know it either. */
KithSipMethodRule kith_sip_method_rule (sip_method_t method, KithSipSide side, KithSipPlace place);

/* What an Allow says: the methods that are taken somewhere, "INVITE, ACK". Lives for ever. */
const char *kith_sip_methods_allow (void);

/* The same, of those that are ours, for NUTAG_APPL_METHOD(). */
const char *kith_sip_methods_ours (void);

G_END_DECLS
