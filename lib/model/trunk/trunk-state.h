/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the registration of a trunk is, what follows from what happens, and how long each failure is
   waited out. */
#pragma once

#include "model/net/endpoint.h"
#include "model/sip/sip-next-hop.h"
#include "model/trunk/trunk.h"

G_BEGIN_DECLS

typedef enum {
  KITH_TRUNK_OFF, /* nobody wants it */
  KITH_TRUNK_RESOLVING,
  KITH_TRUNK_REGISTERING,
  KITH_TRUNK_REGISTERED,
  KITH_TRUNK_REFRESHING, /* registered, and about to be so for longer */
  KITH_TRUNK_FAILED      /* it is tried again after a while */
} KithTrunkState;
#define KITH_N_TRUNK_STATES (KITH_TRUNK_FAILED + 1)

typedef enum {
  KITH_TRUNK_EVENT_WANTED,   /* it is there, or changed: from the beginning */
  KITH_TRUNK_EVENT_FOUND,    /* the DNS told where it is */
  KITH_TRUNK_EVENT_ACCEPTED, /* 200 with a contact of ours in it */
  KITH_TRUNK_EVENT_ASKED,   /* 401, 407, 423: once more at the same place with what was asked for */
  KITH_TRUNK_EVENT_SILENT,  /* this place does not serve, and there is another one */
  KITH_TRUNK_EVENT_REFUSED, /* that is final, or no place is left */
  KITH_TRUNK_EVENT_DUE,     /* the time came: to refresh, or to try again */
  KITH_TRUNK_EVENT_MOVED,   /* our own address changed, or the connection is gone */
  KITH_TRUNK_EVENT_STOPPED  /* it is wanted no more */
} KithTrunkEvent;
#define KITH_N_TRUNK_EVENTS (KITH_TRUNK_EVENT_STOPPED + 1)

/* Why it FAILED. */
typedef enum {
  KITH_TRUNK_FINE,
  KITH_TRUNK_NOT_FOUND,      /* the DNS knows no such domain */
  KITH_TRUNK_NO_ANSWER,      /* no place of it answers */
  KITH_TRUNK_WRONG_PASSWORD, /* it said no to our credentials */
  KITH_TRUNK_REFUSES_USER,   /* 403, 404 and the like */
  KITH_TRUNK_BUSY,           /* 480, 5xx, 6xx, also with Retry-After */
  KITH_TRUNK_CERTIFICATE,    /* TLS: it is not who it should be */
  KITH_TRUNK_PROTOCOL,       /* it speaks no SIP that we can follow */
  KITH_TRUNK_NO_PASSWORD     /* it asks for one, and we have none */
} KithTrunkReason;
#define KITH_N_TRUNK_REASONS (KITH_TRUNK_NO_PASSWORD + 1)

/* The one table of it: what becomes of @state. FALSE: @event means nothing in it. Pure. */
KITH_API gboolean kith_trunk_state_next (KithTrunkState state,
                                         KithTrunkEvent event,
                                         KithTrunkState *next);

/* "off", "resolving", "registering", "registered", "refreshing", "failed"; "none", "not-found",
   "no-answer", "wrong-password", "refuses-user", "busy", "certificate", "protocol", "no-password"
   (static). NULL for what is none. */
KITH_API const char *kith_trunk_state_word (KithTrunkState state);
KITH_API const char *kith_trunk_reason_word (KithTrunkReason reason);

/* TRUE while calls may go by it: registered, whether or not that is being refreshed. */
KITH_API gboolean kith_trunk_state_serves (KithTrunkState state);

/* Waits. All pure, all bounded. */

#define KITH_TRUNK_ASK_S 300          /* registered for so long, when nobody says otherwise */
#define KITH_TRUNK_LEAST_S 20         /* a shorter one is refreshed as if it were so long */
#define KITH_TRUNK_MOST_S 86400       /* what Min-Expires may ask for */
#define KITH_TRUNK_TARGET_MS 4000     /* without any answer: the next target */
#define KITH_TRUNK_REST_S 60          /* a target that did not serve comes last */
#define KITH_TRUNK_LOCKOUT_S 600      /* a wrong password is not tried again before */
#define KITH_TRUNK_WAIT_MOST_S 1800   /* the longest wait but for Retry-After … */
#define KITH_TRUNK_RETRY_MOST_S 86400 /* … whose longest is this */

/* For how long we ask after a 423: @asked seconds before, and what its Min-Expires says. FALSE:
   that is no more than we asked for, or more than a day: it is a refusal. */
KITH_API gboolean kith_trunk_take_minimum (guint32 asked_s, guint64 minimum_s, guint32 *ask_s);

/* After so many ms a registration for @expires_s seconds is refreshed: at max (half of it, 30 s
   before its end), and before its end in any case. */
KITH_API guint32 kith_trunk_refresh_ms (guint32 expires_s);

/**
 * kith_trunk_wait_ms:
 * @tries: that failed since it was registered, 1 for the first
 * @retry_after_s: what the registrar said, 0: nothing
 * @dice: any number, for the jitter
 * How long it stays FAILED: 2 s, 8 s, then 30 s doubled to 30 minutes, of which 50 to 100 % (RFC
 * 5626 section 4.5), a minute at first where the user is refused; never less than Retry-After; 10
 * minutes after a wrong password.
 */
KITH_API guint32 kith_trunk_wait_ms (KithTrunkReason reason,
                                     guint tries,
                                     guint32 retry_after_s,
                                     guint32 dice);

/* What a final response of @status other than 2xx, 401, 407 and 423 says. *@next: another target
   may serve (503, 408, 430 …). */
KITH_API KithTrunkReason kith_trunk_reason_of (guint status, gboolean *next);

/* What is told of a trunk, whenever something of it changes. */
typedef struct {
  gchar trunk[KITH_TRUNK_NAME_MAX + 1];
  KithTrunkState state;
  KithTrunkReason reason;     /* FAILED: why */
  guint16 status;             /* of its last final response; 0: none */
  guint32 retry_s;            /* FAILED: until it is tried again */
  guint32 expires_s;          /* REGISTERED: for how long from now */
  KithSipTransport transport; /* of @peer */
  KithEndpoint peer;          /* where it is, or was tried last; family 0: nowhere yet */
  guint n_targets;            /* that the DNS told */
  gchar text[201];            /* the registrar's words, or what the DNS or TLS says; "" */
} KithTrunkReport;

G_END_DECLS
