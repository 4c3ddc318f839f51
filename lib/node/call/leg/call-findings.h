/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a call and its legs write down: the time line, and what was found of this host's network,
   NAT and TURN servers. */
#pragma once

#include "model/call/link-report.h"
#include "model/call/trace.h"
#include "node/call/leg/call-context.h"

G_BEGIN_DECLS

#define KITH_NO_ADDRESS_TEXT "this host has no network address"

/* Counted, one thread. */
typedef struct {
  grefcount refs;
  KithTrace *trace;
  KithNatKind our_nat, their_nat; /* as far as they are known */
  gchar *turn_failure;            /* what the first TURN server said that cannot be used, or NULL */
  KithLinkReport link;            /* of the last attempt to make one */
  KithRelayObstacle obstacle;     /* why no friend carries; NONE: nothing is in the way */
  gchar *friend_name;             /* whose it is, or NULL */
  gboolean was_carried;           /* the packets went through a friend at some time */
} KithCallFindings;

/* (transfer full) */
KithCallFindings *kith_call_findings_new (KithClock *clock);
KithCallFindings *kith_call_findings_ref (KithCallFindings *findings);
void kith_call_findings_unref (KithCallFindings *findings);

/* Whether this host could find or reach anybody at all now. @needs_others: who is called is found
   through other nodes. */
void kith_call_findings_note_network (KithCallFindings *findings,
                                      const KithCallContext *context,
                                      gboolean needs_others);

/* Whether a TURN server is there to help; the pool of servers adds the lines. */
void kith_call_findings_note_turn (KithCallFindings *findings, const KithCallContext *context);

/* What is known of our own NAT; update: only if another kind is known by now. */
void kith_call_findings_note_nat (KithCallFindings *findings, const KithCallContext *context);
void kith_call_findings_update_nat (KithCallFindings *findings, const KithCallContext *context);

/* What was found out while a link was made, or not. */
void kith_call_findings_take_report (KithCallFindings *findings, const KithLinkReport *report);

/* A friend could not carry; the gravest counts, until NONE: one does. @friend_name is copied
   (nullable). */
void kith_call_findings_note_obstacle (KithCallFindings *findings,
                                       KithRelayObstacle obstacle,
                                       const char *friend_name);

/* The packets go through a friend now. */
void kith_call_findings_note_carried (KithCallFindings *findings);

/* What is known of theirs. */
void kith_call_findings_note_their_nat (KithCallFindings *findings, KithNatKind kind);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithCallFindings, kith_call_findings_unref)

G_END_DECLS
