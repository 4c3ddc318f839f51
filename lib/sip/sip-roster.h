/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Call-IDs that we know: live calls, and those that ended so recently that late messages may still come. */
#pragma once

#include "sip/sofia.h"

G_BEGIN_DECLS

typedef struct {
  guint link_id;  /* 0: ordinary SIP */
  guint64 source; /* of kith_admission_source(), or the link's slot */
  gboolean outgoing;
  gboolean ringing; /* incoming and not yet answered */
  gchar *
      branch; /* incoming: the Via branch of its INVITE, that tells a retransmission from a second one */
  gchar *next_hop; /* ordinary SIP: the numeric URI of the peer, or where its INVITE came from */
  KithSipDialog *dialog; /* (unowned) NULL before nua tells of it and after the end */
  gint64
      forget_us; /* monotonic; 0: live. An incoming one that never becomes a dialog is forgotten, too */
} KithRosterEntry;

typedef struct _KithRoster KithRoster;

KithRoster *kith_roster_new (void);
void kith_roster_free (KithRoster *roster);

/* (transfer none) (nullable) */
KithRosterEntry *kith_roster_find (KithRoster *roster, const char *call_id);

/* A new entry with link, source and direction; NULL when the roster is full or knows the Call-ID. (transfer none) */
KithRosterEntry *kith_roster_add (KithRoster *roster,
                                  const char *call_id,
                                  guint link_id,
                                  guint64 source,
                                  gboolean outgoing);

/* An incoming entry got its dialog, which stays until kith_roster_retire(). */
void kith_roster_bind (KithRosterEntry *entry, KithSipDialog *dialog);

/* The call is over; its Call-ID stays known for a while. */
void kith_roster_retire (KithRoster *roster, const char *call_id, gint64 now_us);

/* Forgets what lingered long enough, and incoming INVITEs that never became a dialog. */
void kith_roster_sweep (KithRoster *roster, gint64 now_us);

/* Incoming calls that wait for an answer: in all, and of @source. */
guint kith_roster_ringing (KithRoster *roster, guint64 source, guint *of_source);
guint kith_roster_count (KithRoster *roster);

G_END_DECLS
