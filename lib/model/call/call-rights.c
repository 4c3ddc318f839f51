/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table: what is not in it is refused. */
#include "model/call/call-rights.h"

#define MAY(right) KITH_RIGHT_##right

static const guint8 rights[KITH_N_CALLER_KINDS][KITH_N_CALLEE_KINDS] = {
  [KITH_CALLER_ME] = {
    [KITH_CALLEE_PHONE] = MAY (YES),
    [KITH_CALLEE_PERSON] = MAY (YES),
    [KITH_CALLEE_NUMBER] = MAY (TOLL),
    [KITH_CALLEE_EMERGENCY] = MAY (YES),
    [KITH_CALLEE_ELSEWHERE] = MAY (YES),
  },
  [KITH_CALLER_HOME] = {
    [KITH_CALLEE_ME] = MAY (YES),
    [KITH_CALLEE_PHONE] = MAY (YES),
    [KITH_CALLEE_PERSON] = MAY (YES),
    [KITH_CALLEE_NUMBER] = MAY (TOLL),
    [KITH_CALLEE_EMERGENCY] = MAY (YES),
    [KITH_CALLEE_ELSEWHERE] = MAY (YES),
  },
  [KITH_CALLER_GUEST] = {
    [KITH_CALLEE_ME] = MAY (YES),
    [KITH_CALLEE_PHONE] = MAY (YES),
    [KITH_CALLEE_NUMBER] = MAY (GRANT),
    [KITH_CALLEE_EMERGENCY] = MAY (YES),
  },
  [KITH_CALLER_DOOR] = {
    [KITH_CALLEE_ME] = MAY (RINGS),
    [KITH_CALLEE_NUMBER] = MAY (GRANT),
    [KITH_CALLEE_EMERGENCY] = MAY (YES),
  },
  [KITH_CALLER_CONTACT] = {
    [KITH_CALLEE_ME] = MAY (YES),
    [KITH_CALLEE_PHONE] = MAY (YES),
    [KITH_CALLEE_NUMBER] = MAY (GRANT),
  },
  [KITH_CALLER_STRANGER] = {
    [KITH_CALLEE_ME] = MAY (STRANGERS),
    [KITH_CALLEE_PHONE] = MAY (PERMIT),
    [KITH_CALLEE_PERSON] = MAY (NOBODY),
  },
  [KITH_CALLER_TRUNK] = {
    [KITH_CALLEE_ME] = MAY (RINGS),
    [KITH_CALLEE_PHONE] = MAY (RINGS),
    [KITH_CALLEE_PERSON] = MAY (RINGS),
  },
  [KITH_CALLER_PLAIN] = {
    [KITH_CALLEE_ME] = MAY (PLAIN_IN),
  },
};

KithRight
kith_call_right (KithCallerKind caller, KithCalleeKind callee)
{
  if ((guint)caller >= KITH_N_CALLER_KINDS || (guint)callee >= KITH_N_CALLEE_KINDS) {
    return KITH_RIGHT_NO;
  }
  return (KithRight)rights[caller][callee];
}
