/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Call-IDs that we know: live calls, and those that ended so recently that late messages may
   still come. */
#pragma once

#include "model/net/endpoint.h"
#include "sip/sofia/sofia.h"

G_BEGIN_DECLS

#define KITH_CALL_IDS_PEERS 3

/* Whose room in the table an entry takes: nobody can take another one's. */
typedef enum {
  KITH_CALL_IDS_OWN,      /* we call */
  KITH_CALL_IDS_KNOWN,    /* the node knows who calls, over a link or from their host */
  KITH_CALL_IDS_LINKED,   /* a stranger over a link */
  KITH_CALL_IDS_STRANGER, /* anybody by ordinary SIP */
  KITH_CALL_IDS_WATCHING, /* a phone's subscription */
  KITH_CALL_IDS_SHARES
} KithCallIdShare;

typedef struct {
  KithCallIdShare share;
  guint link_id;                      /* 0: ordinary SIP */
  guint64 peers[KITH_CALL_IDS_PEERS]; /* sources that it speaks from; the first one began it */
  gboolean outgoing;
  gboolean ringing; /* incoming and not yet answered; a subscription: nua has not told of it yet */
  gchar *from_tag;  /* of the INVITE that made it, … */
  guint32 cseq;     /* … and its number: the same on another way is the same request once more */
  gchar *next_hop;  /* ordinary SIP: the numeric URI of the peer, or where its INVITE came from */
  /* the same of its last request in the dialog, or NULL: it may name who it likes there, and so no
     sound follows */
  gchar *speaks_from;
  gchar *route;   /* where its last request in the dialog of ours went, as the peer said; or NULL */
  gchar *invited; /* Kith-Via of our last INVITE, which its CANCEL and ACK follow; or NULL */
  gchar *phone;   /* the phone of the house that calls or is called, or NULL */
  gpointer way;   /* the TCP connection over which the peer spoke last, or NULL; never followed */
  KithSipDialog *dialog; /* (unowned) NULL before nua tells of it and after the end */
  /* monotonic; 0: live. An incoming one that never becomes a dialog is forgotten, too */
  gint64 forget_us;
  double messages; /* tokens … */
  double transactions;
  gint64 at_us; /* … as they were then */
} KithCallId;

typedef struct _KithCallIds KithCallIds;

KithCallIds *kith_call_ids_new (void);
void kith_call_ids_free (KithCallIds *ids);

/* (transfer none) (nullable) */
KithCallId *kith_call_ids_find (KithCallIds *ids, const char *call_id);

/**
 * kith_call_ids_add:
 * @source: where the caller speaks from, or whom we call; 0: not known
 * Returns: (transfer none): a new entry, in the place of one whose call is over; NULL when the
 * share is full, one source has too much of a share of strangers, or the Call-ID is that of a live
 * call.
 */
KithCallId *kith_call_ids_add (KithCallIds *ids,
                               const char *call_id,
                               KithCallIdShare share,
                               guint link_id,
                               guint64 source,
                               gint64 now_us);

/* An incoming entry got its dialog, which stays until kith_call_ids_retire(). */
void kith_call_ids_bind (KithCallId *entry, KithSipDialog *dialog);

/* The call is over; its Call-ID stays known for a while. */
void kith_call_ids_retire (KithCallIds *ids, const char *call_id, gint64 now_us);

/* Forgets what lingered long enough, and incoming INVITEs that never became a dialog. */
void kith_call_ids_sweep (KithCallIds *ids, gint64 now_us);

/* Incoming calls of strangers, or of others, that wait for an answer: in all, and of @source. */
guint
kith_call_ids_ringing (KithCallIds *ids, gboolean strangers, guint64 source, guint *of_source);
guint kith_call_ids_count (KithCallIds *ids);

/* Subscriptions that live or begin: in all, and of @phone. */
guint kith_call_ids_watching (KithCallIds *ids, const char *phone, guint *of_phone);

/* The key of a source in the table: an IPv4 address or the /56 of an IPv6 address (a mapped one is
   IPv4). Never 1 to 65535, which are the keys of links (their slots). */
guint64 kith_call_id_source (const KithEndpoint *peer);

/* TRUE if the call's peer speaks from @source. */
gboolean kith_call_id_knows (const KithCallId *entry, guint64 source);

/* The call's peer proved that it speaks from @source now, too. */
void kith_call_id_learn (KithCallId *entry, guint64 source);

/* Takes a token for a message from the entry's peer. FALSE: too many. */
gboolean kith_call_id_take (KithCallId *entry, gint64 now_us);

/* Takes a token for a message of which the library keeps something for half a minute. FALSE: too
   many. */
gboolean kith_call_id_take_transaction (KithCallId *entry, gint64 now_us);

G_END_DECLS
