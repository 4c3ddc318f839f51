/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a phone is, and what follows from what is heard of it. */
#pragma once

#include "model/net/endpoint.h"
#include "model/phone/phone-binding.h"

G_BEGIN_DECLS

typedef enum {
  KITH_PHONE_NEVER,          /* it never registered */
  KITH_PHONE_KEPT,           /* its registration is kept from before a restart; not heard since */
  KITH_PHONE_OK,             /* it registered, or answered */
  KITH_PHONE_UNREACHABLE,    /* registered, and silent */
  KITH_PHONE_GONE,           /* it was registered, and is not any more */
  KITH_PHONE_WRONG_PASSWORD, /* not registered: what it said last was a wrong password … */
  KITH_PHONE_WRONG_REALM     /* … or one for another realm */
} KithPhoneState;
#define KITH_N_PHONE_STATES (KITH_PHONE_WRONG_REALM + 1)

typedef enum {
  KITH_PHONE_HEARD,    /* it registered, or answered */
  KITH_PHONE_SILENT,   /* three requests in a row had no answer */
  KITH_PHONE_REFUSED,  /* somebody gave a wrong password for it */
  KITH_PHONE_MISTAKEN, /* somebody answered to another realm than ours for it */
  KITH_PHONE_LEFT,     /* its last binding was removed, or ran out */
  KITH_PHONE_READ      /* a binding of it was read from the database */
} KithPhoneEvent;
#define KITH_N_PHONE_EVENTS (KITH_PHONE_READ + 1)

/* What the registrar tells of one phone. Texts are "" where nothing was said. */
typedef struct {
  gchar phone[KITH_PHONE_NAME_MAX + 1];
  KithPhoneEvent event; /* HEARD to MISTAKEN: the rest follows from bindings */
  KithPhoneTransport transport;
  KithEndpoint source;    /* family 0: of nobody */
  guint32 round_trip_ms;  /* HEARD: of its last answer; 0: it registered */
  KithPhoneDigest digest; /* HEARD: with which it registered; AUTO: it did not now */
  gchar text[KITH_BINDING_AGENT_MAX + 1]; /* HEARD: what it calls itself; MISTAKEN: the realm */
} KithPhoneReport;

/* The one table of it. FALSE, and @state stays: the event changes nothing. Somebody else's wrong
   password tells nothing of a phone that is registered. Pure. */
KITH_API gboolean kith_phone_state_next (KithPhoneState *state, KithPhoneEvent event);

/* "never", "kept", "ok", "unreachable", "gone", "wrong-password", "wrong-realm" (static). */
KITH_API const char *kith_phone_state_word (KithPhoneState state);

G_END_DECLS
