/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of a trunk's registration share. */
#pragma once

#include "edge/worker/trunk/trunk-message.h"
#include "edge/worker/trunk/trunk-register.h"
#include "model/sip/digest.h"
#include "model/sip/edge-mark.h"

G_BEGIN_DECLS

/* Where it is, as the DNS said last. */
typedef struct {
  guint n;
  guint at;      /* the one that is tried, or serves */
  guint32 tried; /* bits of those that were in this attempt */
  KithEdgeTarget list[KITH_EDGE_TARGETS_MAX];
  gint64 rest_until_us[KITH_EDGE_TARGETS_MAX]; /* they did not serve */
  gint64 known_us;                             /* since when */
} KithTrunkPlaces;

/* The REGISTER under way. */
typedef struct {
  gboolean is_pending;
  gboolean ends; /* it takes an old contact away */
  gchar branch[32];
  GString *text;
  KithWay way;
  guint repeats;
  gint64 silent_us; /* then it is given up */
} KithTrunkSent;

/* What it asked for. */
typedef struct {
  GString *lines;   /* credentials of this transaction's place alone */
  guint challenges; /* that were answered in this attempt */
  KithTrunkQuestion question;
  gboolean proxy; /* it was a 407 */
  gboolean has_opaque;
  gchar opaque[KITH_TRUNK_REALM_MAX + 1];
  guint32 asked_id; /* of the question that waits; 0: none */
} KithTrunkProof;

/* What is told of it. */
typedef struct {
  KithTrunkReason reason;
  guint16 status;
  gchar text[201];
  guint tries; /* that failed since it was registered */
  guint32 wait_ms;
} KithTrunkNews;

/* How it is kept open. */
typedef struct {
  gboolean outbound;
  guint32 ping_ms;
  gboolean owes_pong;
  gboolean may_tell; /* how the registrar sees us it may hear once in an attempt */
} KithTrunkFlow;

struct _KithTrunkRegister {
  KithClock *clock;
  const guint8 *key;
  KithTrunkFuncs funcs;
  KithEdgeTrunk trunk;
  KithTlsTrust *trust; /* of its ca= or pin=, when it was needed; NULL: the system's CAs */
  KithTrunkState state;
  KithTrunkNews news;
  KithTrunkPlaces places;
  KithTrunkSent request;
  KithTrunkProof proof;
  KithTrunkFlow flow;
  KithTimer timer;  /* of the state: to refresh, to try again, an answer of kithd */
  KithTimer repeat; /* of the request */
  KithTimer ping;
  guint32 resolve_id; /* of the question that waits; 0: none */
  guint32 last_id;
  guint32 cseq;
  guint32 ask_s;
  gint64 until_us; /* registered until then; 0: not */
  gchar tag[17];
  gchar call_id[33];
  KithEndpoint own;  /* ours in the last request */
  KithEndpoint seen; /* ours as the registrar sees it, where that is what counts; family 0 */
  gchar contact[KITH_TRUNK_CONTACT_MAX];
  gchar old[KITH_TRUNK_CONTACT_MAX]; /* one that may still be there; "": none */
  gchar route[KITH_TRUNK_ROUTE_MAX];
};

/* FALSE: the event means nothing now. What is new of it is told. */
gboolean kith_trunk_register_step (KithTrunkRegister *self, KithTrunkEvent event);

/* Why it is about to fail, or how it is. @text: @len bytes of a stranger. */
void kith_trunk_register_note (KithTrunkRegister *self,
                               KithTrunkReason reason,
                               guint status,
                               const char *text,
                               gsize len);

/* The attempt is over, and it waits. */
void kith_trunk_register_fail (KithTrunkRegister *self, guint32 retry_after_s);

/* This place does not serve, for what was noted: the next one, or it fails. */
void kith_trunk_register_next (KithTrunkRegister *self, guint32 retry_after_s);

/* Sends one to the place at hand. */
void kith_trunk_register_request (KithTrunkRegister *self);

/* From the DNS on. */
void kith_trunk_register_begin (KithTrunkRegister *self);

G_END_DECLS
