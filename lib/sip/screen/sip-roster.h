/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Call-IDs that we know: live calls, and those that ended so recently that late messages may still come. */
#pragma once

#include "sip/screen/sip-purse.h"
#include "sip/sofia/sofia.h"

G_BEGIN_DECLS

#define KITH_ROSTER_PEERS 3

/* Whose room in the table an entry takes: nobody can take another one's. */
typedef enum {
  KITH_ROSTER_OWN,      /* we call */
  KITH_ROSTER_KNOWN,    /* the node knows who calls, over a link or from their host */
  KITH_ROSTER_LINKED,   /* a stranger over a link */
  KITH_ROSTER_STRANGER, /* anybody by ordinary SIP */
  KITH_ROSTER_SHARES
} KithRosterShare;

typedef struct {
  KithRosterShare share;
  guint link_id;                    /* 0: ordinary SIP */
  guint64 peers[KITH_ROSTER_PEERS]; /* sources that it speaks from; the first one began it */
  gboolean outgoing;
  gboolean ringing; /* incoming and not yet answered */
  gchar *from_tag;  /* of the INVITE that made it, … */
  guint32 cseq;     /* … and its number: the same on another way is the same request once more */
  gchar *next_hop;  /* ordinary SIP: the numeric URI of the peer, or where its INVITE came from */
  gchar *
      speaks_from; /* the same of its last request in the dialog, or NULL: it may name who it likes there, and so no sound follows */
  gchar *route; /* where its last request in the dialog of ours went, as the peer said; or NULL */
  gpointer way; /* the TCP connection over which the peer spoke last, or NULL; never followed */
  KithSipDialog *dialog; /* (unowned) NULL before nua tells of it and after the end */
  gint64
      forget_us; /* monotonic; 0: live. An incoming one that never becomes a dialog is forgotten, too */
  KithPurse purse; /* what may be sent to the caller */
  double messages; /* tokens … */
  double transactions;
  gint64 at_us; /* … as they were then */
} KithRosterEntry;

typedef struct _KithRoster KithRoster;

KithRoster *kith_roster_new (void);
void kith_roster_free (KithRoster *roster);

/* (transfer none) (nullable) */
KithRosterEntry *kith_roster_find (KithRoster *roster, const char *call_id);

/**
 * kith_roster_add:
 * @source: where the caller speaks from, or whom we call; 0: not known
 * Returns: (transfer none): a new entry, in the place of one whose call is over; NULL when the share is full, one source has too much of a
 * share of strangers, or the Call-ID is that of a live call.
 */
KithRosterEntry *kith_roster_add (KithRoster *roster,
                                  const char *call_id,
                                  KithRosterShare share,
                                  guint link_id,
                                  guint64 source,
                                  gint64 now_us);

/* An incoming entry got its dialog, which stays until kith_roster_retire(). */
void kith_roster_bind (KithRosterEntry *entry, KithSipDialog *dialog);

/* The call is over; its Call-ID stays known for a while. */
void kith_roster_retire (KithRoster *roster, const char *call_id, gint64 now_us);

/* Forgets what lingered long enough, and incoming INVITEs that never became a dialog. */
void kith_roster_sweep (KithRoster *roster, gint64 now_us);

/* Incoming calls of strangers, or of others, that wait for an answer: in all, and of @source. */
guint
kith_roster_ringing (KithRoster *roster, gboolean strangers, guint64 source, guint *of_source);
guint kith_roster_count (KithRoster *roster);

/* The ways of live calls, as a set. (transfer full) */
GHashTable *kith_roster_ways (KithRoster *roster);

/* @way is closed. */
void kith_roster_forget_way (KithRoster *roster, gconstpointer way);

/* TRUE if the call's peer speaks from @source. */
gboolean kith_roster_entry_knows (const KithRosterEntry *entry, guint64 source);

/* The call's peer proved that it speaks from @source now, too. */
void kith_roster_entry_learn (KithRosterEntry *entry, guint64 source);

/* Takes a token for a message from the entry's peer. FALSE: too many. */
gboolean kith_roster_entry_take (KithRosterEntry *entry, gint64 now_us);

/* Takes a token for a message of which the library keeps something for half a minute. FALSE: too many. */
gboolean kith_roster_entry_take_transaction (KithRosterEntry *entry, gint64 now_us);

G_END_DECLS
