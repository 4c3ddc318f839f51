/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Examines the parts of the node: what works, what does not, and what mends it. */
#pragma once

#include "node/accounts/account.h"
#include "node/accounts/trunks.h"
#include "node/config/config.h"
#include "node/links/link-pool.h"
#include "node/people/contacts.h"
#include "node/phones/phones.h"
#include "ports/edge.h"
#include "ports/media/media-maker.h"
#include "ports/nat/nat.h"
#include "ports/turn.h"
#include "words/saying.h"

G_BEGIN_DECLS

typedef enum {
  KITH_HEALTH_OK,
  KITH_HEALTH_WARNING,
  KITH_HEALTH_BAD,
  KITH_HEALTH_UNKNOWN
} KithHealth;

typedef struct {
  const char *id; /* "identity", "clock" … (static) */
  KithHealth health;
  KithSaying *saying; /* what was found: its text is a sentence without a full stop */
} KithFinding;

/* What to do about it, "" when all is well or there is nothing to do. (transfer full) */
gchar *kith_finding_get_remedy (const KithFinding *finding);

/* What is examined, all borrowed; NULL: it is not there (yet). */
typedef struct {
  KithClock *clock;
  const KithConfig *config;
  KithVault *vault;
  KithAccount *account;
  GPtrArray *locators; /* of KithLocator */
  KithLinkPool *links;
  KithTurn *turn;
  KithNat *nat;
  KithContacts *contacts;
  KithPhones *phones;
  KithTrunks *trunks;
  KithMediaMaker *media;
  KithDatabase *database;
  const char *microphone; /* the default devices by name, "" there is none, NULL not known */
  const char *loudspeaker;
  gboolean sound_is_silent; /* the sound server was asked for them and did not answer in time */
  guint16 sip_port;         /* 0: none is served */
  const char *sip_problem;  /* why not, or NULL */
  int sip_errno;            /* … as the system's number, 0: not known */
  KithEdgeFacts edge;       /* OFF: there is none, or none is wanted */
  gint64 started_us;        /* wall time of the daemon's start */
} KithPatient;

/* Asks every part what it knows; nothing is sent and nothing blocks. (transfer full) (element-type
   KithFinding), in the order for people: the same ids each time, one row each. */
GPtrArray *kith_doctor_examine (const KithPatient *patient);

/* Of the same rows those that are a warning or bad and that people must hear of without asking:
   what does not last, a port that is taken, named nodes that do not answer, another device.
   (transfer full) (element-type KithFinding) */
GPtrArray *kith_doctor_notice (const KithPatient *patient);

/* Whether kithd could start with the identity in @state_dir: its own way of reading it. OK: @saying
   tells its name; UNKNOWN: there is none; BAD.
   @saying: (out) (transfer full). */
KithHealth kith_doctor_judge_identity (const char *state_dir, KithSaying **saying);

/* "ok", "warning", "bad", "unknown" (static). */
const char *kith_health_word (KithHealth health);

G_END_DECLS
