/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every limit of the SIP engine in one place. */
#pragma once

#include "model/sip/sip-bounds.h"

#define KITH_SIP_MAX_LINKS 1024
#define KITH_SIP_LINK_QUEUE 1000  /* messages that wait for a link; the library knows no more */
#define KITH_SIP_EDGE_SLOT 0xffff /* 127.77.255.255 is the edge's stream, and no link's */
#define KITH_SIP_EDGE_STALE_S 30  /* older messages are kept for no edge */
/* Bytes of answers that wait for a peer who brings requests and does not read; what such an answer
   takes beside its text. */
#define KITH_SIP_MAX_WAITING (1280 * 1024)
#define KITH_SIP_ANSWER_SIZE 3072
/* Call-IDs remembered, live and lingering: shares that cannot take each other's room. */
#define KITH_SIP_MAX_OWN_CALLS 1024
#define KITH_SIP_MAX_CALLS_KNOWN 1024 /* of people whom the node knows */
#define KITH_SIP_MAX_CALLS_LINKED 512 /* of strangers over links */
#define KITH_SIP_MAX_CALLS_STRANGERS 256
#define KITH_SIP_MAX_WATCHES 1024       /* subscriptions, of which 512 live */
#define KITH_SIP_MAX_CALLS_A_SOURCE 128 /* of one stranger's address or link */
#define KITH_SIP_MAX_RINGING 16         /* incoming calls that wait for an answer, in all */
#define KITH_SIP_MAX_RINGING_A_SOURCE 4 /* of one source or link */
#define KITH_SIP_MAX_EARLY 8            /* phones of one call that are heard before the answer */
#define KITH_SIP_MAX_EARLY_CHANGES 32   /* of what they say about it */
#define KITH_SIP_LINGER_S 34            /* a Call-ID is known after its end: 64 × T1 and a bit */

/* Messages of a link that belong to no call: tokens a second and the most that are saved up. */
#define KITH_SIP_LINK_NEW_RATE 100
#define KITH_SIP_LINK_NEW_BURST 400

/* Messages of one call that we know, from where we know it; and those that make the library keep
   something for half a minute. */
#define KITH_SIP_DIALOG_RATE 60
#define KITH_SIP_DIALOG_BURST 180
#define KITH_SIP_LINK_DIALOG_RATE 500
#define KITH_SIP_LINK_DIALOG_BURST 2000
#define KITH_SIP_LINGER_RATE 4 /* once it is over, or before it is one */
#define KITH_SIP_LINGER_BURST 40
#define KITH_SIP_TRANSACTION_RATE 2
#define KITH_SIP_TRANSACTION_BURST 20

#define KITH_SIP_LINK_PATIENCE_MS 1500     /* no response at all over a link */
#define KITH_SIP_PLAIN_PATIENCE_MS 4000    /* no response at all from an ordinary peer */
#define KITH_SIP_HOP_PATIENCE_MS 2000      /* the same while another target or address is left */
#define KITH_SIP_REANSWER_PATIENCE_MS 8000 /* the node must have answered a "reoffered" */
#define KITH_SIP_REOFFER_PATIENCE_MS 32000 /* and the peer our new offer: then it is cancelled */
#define KITH_SIP_CANCEL_PATIENCE_MS 4000   /* and that */
#define KITH_SIP_MAX_RETRY_AFTER_S 10      /* a new offer is not made again later than that */
#define KITH_SIP_STOP_PATIENCE_MS 1800
#define KITH_SIP_GOODBYE_MS 250 /* BYE and CANCEL get their answers before the stack closes */
