/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of an account's presence in the network: state × event → state. */
#pragma once

#include <glib-object.h>

#include "base/export.h"

G_BEGIN_DECLS

typedef enum {
  KITH_REGISTRATION_OFFLINE,     /* disabled, or the worker is down */
  KITH_REGISTRATION_JOINING,     /* no peer of the DHT answered yet */
  KITH_REGISTRATION_PUBLISHING,  /* put, not read back yet */
  KITH_REGISTRATION_REGISTERED,  /* the record was read back from the network */
  KITH_REGISTRATION_ALONE,       /* running, but no other node is known: only stored here */
  KITH_REGISTRATION_WITHDRAWING, /* leaving: the "gone" record is on its way */
} KithRegistrationState;

#define KITH_N_REGISTRATION_STATES (KITH_REGISTRATION_WITHDRAWING + 1)

typedef enum {
  KITH_REGISTRATION_EVENT_START,     /* the locator runs */
  KITH_REGISTRATION_EVENT_JOINED,    /* a peer answered */
  KITH_REGISTRATION_EVENT_PEERLESS,  /* the last peer is gone, or none came within the deadline */
  KITH_REGISTRATION_EVENT_READ_BACK, /* our record was read back from the network */
  /* it could not be read back in time, or changed and is put anew */
  KITH_REGISTRATION_EVENT_MISSED,
  KITH_REGISTRATION_EVENT_WITHDRAW,
  KITH_REGISTRATION_EVENT_LOST, /* the locator stopped or died */
} KithRegistrationEvent;

#define KITH_N_REGISTRATION_EVENTS (KITH_REGISTRATION_EVENT_LOST + 1)

KITH_API gboolean kith_registration_state_next (KithRegistrationState state,
                                                KithRegistrationEvent event,
                                                KithRegistrationState *next);
KITH_API const char *kith_registration_state_word (KithRegistrationState state);
KITH_API const char *kith_registration_event_word (KithRegistrationEvent event);

G_END_DECLS
