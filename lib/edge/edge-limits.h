/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every limit of the edge in one place. */
#pragma once

#include "model/sip/sip-bounds.h"

#define KITH_EDGE_BEGINNING_S 10 /* within which kithd tells of its phones, if it has any */

/* TCP */
#define KITH_EDGE_MAX_STREAMS 256 /* accepted connections */
#define KITH_EDGE_MAX_STREAMS_A_SOURCE 16
#define KITH_EDGE_MAX_CALLS_A_STREAM 64 /* that keep it open */
#define KITH_EDGE_FIRST_MESSAGE_S 30    /* until a connection must have brought a whole message */
#define KITH_EDGE_IDLE_S 32             /* after its last one, a connection without a call ends */
#define KITH_EDGE_MAX_WAITING 131072    /* bytes that wait for a peer who does not read: no more */

/* token buckets: tokens a second, and the most that are saved up */
#define KITH_EDGE_NEW_RATE 10 /* of one source, for what belongs to no call */
#define KITH_EDGE_NEW_BURST 40
#define KITH_EDGE_CALL_RATE 60 /* of one source, for what comes back with our mark */
#define KITH_EDGE_CALL_BURST 180
#define KITH_EDGE_ALL_RATE 200 /* of all strangers together */
#define KITH_EDGE_ALL_BURST 400
#define KITH_EDGE_KNOWN_RATE 60 /* of hosts that the node knows, when strangers took all */
#define KITH_EDGE_KNOWN_BURST 180
#define KITH_EDGE_MAX_SOURCES 4096
#define KITH_EDGE_MAX_KNOWN 256 /* addresses of such hosts */

/* transactions */
#define KITH_EDGE_MAX_SERVERS 32768
#define KITH_EDGE_MAX_STRANGERS 8192 /* of these, of who has proved nothing */
#define KITH_EDGE_MAX_CLIENTS 32768
#define KITH_EDGE_RING_MS 900000 /* an INVITE that never gets a final response */

/* requests that phones send each other */
#define KITH_EDGE_MAX_FORKS 512   /* under way at once */
#define KITH_EDGE_PHONE_RINGING 4 /* INVITEs of one phone that are not answered yet */
#define KITH_EDGE_PHONE_CALLS 20  /* INVITEs of one phone a minute */
#define KITH_EDGE_PHONE_TEXTS 5   /* MESSAGEs of one phone at once; one a second */
#define KITH_EDGE_TEXT_BYTES 1300 /* of a MESSAGE as it came (RFC 3428 section 8) */
#define KITH_EDGE_BREADTH 60      /* of a request without Max-Breadth (RFC 5393) */
#define KITH_EDGE_MAX_TOLD 4096   /* calls of which kithd hears; more go on untold */
#define KITH_EDGE_QUOTA_USES 4096 /* phones whose counts are kept; more only while they count */

/* what goes to an address that has not proved that it is there */
#define KITH_EDGE_MOST_BACK 3     /* times the bytes that it sent */
#define KITH_EDGE_MOST_MORE 64    /* bytes that a refusal may be longer than what it refuses */
#define KITH_EDGE_MOST_ANSWERS 12 /* repetitions of the user's yes */

/* towards the user agent */
#define KITH_EDGE_MAX_QUEUE 262144 /* bytes that wait for it */
#define KITH_EDGE_PATIENCE_MS 2000 /* for so long it need not read */
