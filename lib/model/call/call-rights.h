/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may call whom at this node: one table. Whether it then rings is the ring policy's. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

typedef enum {
  KITH_CALLER_ME,       /* the command line, agents */
  KITH_CALLER_HOME,     /* a phone of class "home" */
  KITH_CALLER_GUEST,    /* a phone of class "guest" */
  KITH_CALLER_DOOR,     /* a phone of class "door" */
  KITH_CALLER_CONTACT,  /* over a link */
  KITH_CALLER_STRANGER, /* over a link */
  KITH_CALLER_TRUNK,
  KITH_CALLER_PLAIN, /* ordinary SIP that is none of those */
} KithCallerKind;

#define KITH_N_CALLER_KINDS (KITH_CALLER_PLAIN + 1)

typedef enum {
  KITH_CALLEE_ME,        /* all that rings for the owner */
  KITH_CALLEE_PHONE,     /* a phone of the house */
  KITH_CALLEE_PERSON,    /* somebody by his name */
  KITH_CALLEE_NUMBER,    /* over a trunk */
  KITH_CALLEE_EMERGENCY, /* a number of the emergency list */
  KITH_CALLEE_ELSEWHERE, /* "sip:" at another host */
} KithCalleeKind;

#define KITH_N_CALLEE_KINDS (KITH_CALLEE_ELSEWHERE + 1)

typedef enum {
  KITH_RIGHT_NO,     /* 403 */
  KITH_RIGHT_NOBODY, /* 404: as if there were nobody */
  KITH_RIGHT_YES,
  KITH_RIGHT_RINGS,     /* those that its "rings" names */
  KITH_RIGHT_PERMIT,    /* with a permit; else as NOBODY */
  KITH_RIGHT_STRANGERS, /* as the setting for strangers says */
  KITH_RIGHT_PLAIN_IN,  /* as the setting for ordinary SIP says */
  KITH_RIGHT_TOLL,      /* as far as the quota goes */
  KITH_RIGHT_GRANT,     /* with a grant of mine, as far as its quota goes; else as NO */
} KithRight;

/* NO for what is out of range. Pure. */
KITH_API KithRight kith_call_right (KithCallerKind caller, KithCalleeKind callee);

G_END_DECLS
