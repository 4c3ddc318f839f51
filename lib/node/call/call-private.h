/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a call, shared by the files that are its verbs. */
#pragma once

#include "model/names/address.h"
#include "node/call/call.h"
#include "node/call/caller.h"
#include "node/call/leg-fork.h"
#include "node/call/leg/call-context.h"
#include "node/call/leg/call-findings.h"
#include "node/call/leg/leg.h"

G_BEGIN_DECLS

/* What a call asks the list of calls, which knows the others. */
typedef struct {
  /* Our user answers it: it comes to the foreground. */
  void (*take_foreground) (KithCall *call, gpointer user_data);
  /* Our call knows whom it goes to: why it must not, or NULL. (transfer full) */
  gchar *(*find_hindrance) (KithCall *call, gpointer user_data);
} KithCallGate;

/* What our user did about it. */
typedef enum {
  KITH_CALL_UNDECIDED,
  KITH_CALL_WANTED, /* outgoing from the start, incoming by accept */
  KITH_CALL_DECLINED
} KithCallWish;

/* When it came to what, wall time in µs; 0: not yet. */
typedef struct {
  gint64 started, located, rang, answered, ended;
} KithCallTimes;

/* Calls that were refused at the door. */
typedef struct {
  gchar *id;   /* the Call-ID of the last; NULL: it is another call */
  guint times; /* how many calls it stands for: 1, or more that were refused at the door … */
  guint kept;  /* … as of which it is in the history */
} KithCallRefused;

/* The look-up of an outgoing call. */
typedef struct {
  KithAddress *address; /* NULL: incoming */
  GCancellable *cancellable;
  guint prepared;  /* for the link, while it is looked for whom; 0: nothing */
  guint namesakes; /* who go by the name that was dialled with a tag of nobody */
} KithCallLookUp;

/* The phones of the house that have a part in it, besides whom the call is with. */
typedef struct {
  gchar *caller;   /* the one that dialled it, or NULL */
  GPtrArray *legs; /* of KithLeg: theirs, in the order in which they were made */
  KithLeg
      *joined; /* (unowned) the one whose sound is the call's, as soon as there is any; or NULL */
  KithLegFork *fork;   /* leg-fork.c: who is still to ring; or NULL */
  gboolean rings_here; /* this node's own clients are to ring */
  guint silence_timer; /* of sound before the answer: until the caller hears a tone of ours; or 0 */
} KithCallHouse;

struct _KithCall {
  GObject parent_instance;
  const KithCallContext *context;
  guint id;
  gchar *log_id; /* "call/3" */
  gboolean outgoing;
  KithCallStep step;
  KithCallState state; /* follows from step and legs */
  KithReason reason;
  gchar *detail;
  KithCallWish wish;
  gboolean listen_only; /* outgoing: our microphone is not wanted */
  gboolean muted;
  gboolean foreground; /* our user hears it, and is heard */
  KithCallWho who;
  KithCallTimes at;
  KithCallRefused refused;
  KithCallLookUp look_up;
  KithCallFindings *findings;
  GPtrArray *legs; /* of KithLeg, to whom it is with, in the order in which they were made */
  KithCallHouse house;
  guint ring_timer;
  const KithCallGate *gate; /* (nullable) */
  gpointer gate_data;
};

/* call.c: takes @leg (transfer full): the state follows from it from now on. */
void kith_call_add_leg (KithCall *call, KithLeg *leg);

/* call.c: the leg that counts: the one that is furthest, after the end the last. (transfer none),
   NULL: there is none yet. */
KithLeg *kith_call_get_leg (KithCall *call);

/* call.c: a leg of this side for whom it is about, not yet added. (transfer full) */
KithLeg *kith_call_make_leg (KithCall *call, KithLegSide side);

/* call.c: what follows from the legs, as they are now. @why: for logs. */
void kith_call_update (KithCall *call, const char *why);

/* call-join.c: TRUE when a phone of the house has it, or dialled it: microphone and loudspeaker
   have no part in it. */
gboolean kith_call_is_bridged (const KithCall *call);

/* call-join.c: the phone @dialog is from dialled this call (outgoing, not begun yet). */
void kith_call_take_phone (KithCall *call, KithDialog *dialog);

/* call-join.c: a leg to the phone @name, which rings for this call that came in; NULL: it cannot be
   reached. (transfer none) */
KithLeg *kith_call_ring_phone (KithCall *call, const char *name);

/* call-join.c: a leg to whom it is with came to @after: the phones follow. */
void kith_call_house_follow (KithCall *call, KithLeg *leg, KithLegState after);

/* call-join.c: other facts of a leg to whom it is with changed: it rings there, or is heard. */
void kith_call_house_hear (KithCall *call, KithLeg *leg);

/* call-join.c: the call ended: so do all phones' legs; one that waits for an answer hears why
   first. */
void kith_call_house_end (KithCall *call, KithReason reason, const char *detail);

/* call-join.c: forgets them all. */
void kith_call_house_clear (KithCall *call);

/* call-join.c: where the phone of @name is to be called: a numeric SIP URI. (transfer full), NULL:
   it is not registered. */
gchar *kith_call_find_phone (const KithCallContext *context, const char *name);

/* leg-fork.c: it rings: here, and at the phones of the house, each when it is its turn. */
void kith_call_ring (KithCall *call);

/* leg-fork.c: a phone does not ring any more: @reason. Nobody is left: the call ends. */
void kith_call_phone_gave_up (KithCall *call, KithReason reason);

/* call.c: our own side has come to @step. */
void kith_call_set_step (KithCall *call, KithCallStep step, const char *why);

/* call.c: ends the call, whatever it is doing; @detail for people who debug (nullable). Nothing
   happens when it has ended. */
void kith_call_end (KithCall *call, KithReason reason, const char *detail);

/* call.c: whether our user hears it, and is heard. */
void kith_call_set_foreground (KithCall *call, gboolean foreground);

/* TRUE from the answer to the end. */
gboolean kith_call_is_answered (const KithCall *call);

/* call.c: TRUE while nothing comes from them, or the link looks for another path. */
gboolean kith_call_is_cut_off (KithCall *call);

/* call.c: the first leg that goes over @link, NULL: none does. */
KithLeg *kith_call_find_leg (KithCall *call, KithLink *link);

/* call.c: @link was closed: all legs end that went over it. */
void kith_call_on_link_closed (KithCall *call, KithLink *link, KithReason reason);

/* call-properties.c: the properties of the class, and how they are read. */
void kith_call_install_properties (GObjectClass *klass);
void kith_call_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec);

/* call-properties.c: the facts of the leg that counts, zeros without one. */
void kith_call_get_leg_facts (KithCall *call, KithLegFacts *facts);

/* call.c: says that properties changed. */
void kith_call_notify (KithCall *call);

/* call-dial.c: begins the outgoing steps. */
void kith_call_dial (KithCall *call);

/* call.c: makes a call object. */
KithCall *kith_call_new_outgoing (const KithCallContext *context,
                                  guint id,
                                  KithAddress *address,
                                  const char *text);
KithCall *kith_call_new_incoming (const KithCallContext *context, guint id, KithDialog *dialog);

/* call.c: one that the door refused as busy: it has no leg, and ends with kith_call_refuse().
   @link: NULL by ordinary SIP. */
KithCall *kith_call_new_refused (const KithCallContext *context,
                                 guint id,
                                 KithLink *link,
                                 const KithInvite *invite);

/* call.c: one more of the same that was refused. */
void kith_call_refuse_again (KithCall *call, const KithInvite *invite);

/* call.c: an incoming call that does not ring: it ends as busy at once. */
void kith_call_refuse (KithCall *call);

/* call-report.c: which calls of strangers it is kept with, NULL: it is one of the user's own.
   (transfer full) */
gchar *kith_call_get_group (KithCall *call);

/* call.c: whether our user missed it, should it have ended. */
gboolean kith_call_was_missed (const KithCall *call);

G_END_DECLS
