/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of the relay server, shared by the files that make it up. */
#pragma once

#include "node/relay/relay-server.h"

G_BEGIN_DECLS

#define KITH_RELAY_RECENT_S 3 /* in which a call has … */

typedef struct _KithRelayServerChannel KithRelayServerChannel;

/* One end of a channel. */
typedef struct {
  guint64 number; /* the eight bytes of its id; key of the table */
  KithRelayServerChannel *channel;
  KithLink *link; /* (owned), held */
  KithPeerKey identity;
  guint person;
  gint64 tokens; /* bytes that may come in now */
  gint64 refilled_us;
} KithRelayLeg;

struct _KithRelayServerChannel {
  KithRelayLeg legs[2]; /* 0: who asked */
  guint8 link_id[KITH_SEED_LEN];
  gint64 since_us;                    /* wall */
  gint64 used_us;                     /* monotonic */
  gint64 made_us;                     /* monotonic */
  gint64 second;                      /* monotonic, the last of these: */
  guint packets[KITH_RELAY_RECENT_S]; /* … carried in each of the last seconds, that one first */
  gboolean was_busy;                  /* a call was heard */
  gboolean told_idle;                 /* as the last "changed" had it */
  gboolean is_secret;                 /* who asked was not answered yet, and hears nothing of it */
  guint64 bytes;
  guint64 counted; /* of them told to the contacts */
};

/* What somebody who asked will be told. */
typedef struct {
  KithChannelOp op;
  KithRelayReason reason;
  guint64 number;       /* OPENED: the first leg's */
  guint16 other_rtt_ms; /* OPENED */
} KithRelayAnswer;

struct _KithRelayServer {
  GObject parent_instance;
  KithClock *clock;
  KithContacts *contacts;
  KithFriendLinks *linked;
  KithRelayLimits limits;
  gint64 bytes_per_second;
  gint64 burst;
  GPtrArray *channels; /* of KithRelayServerChannel (owned) */
  GHashTable *legs;    /* number in the leg → KithRelayLeg */
  GQueue held;         /* of Held, oldest first: answers that wait (relay-server-answer.c) */
  guint held_timer;
  guint64 bytes; /* in all, since the start */
  gint64 day;
  guint64 today;
  guint timer;
  guint n_sweeps;
};

/* Charges both contacts, and the day, with what passed @channel since it was called last.
   (relay-server.c) */
void kith_relay_server_count_bytes (KithRelayServer *relay, KithRelayServerChannel *channel);

/* Tells the link of @from the answer to its @request. (relay-server-answer.c) */
void
kith_relay_server_answer (KithFriendLink *from, guint32 request, const KithRelayAnswer *answer);

/* The same once @to has said that it takes what comes from @from; if it does not in time, or is
   NULL: that it is not linked. (relay-server-answer.c) */
void kith_relay_server_hold_answer (KithRelayServer *relay,
                                    KithFriendLink *from,
                                    KithFriendLink *to,
                                    guint32 request,
                                    const KithRelayAnswer *answer);

/* Forgets what waits for @link (NULL: all). (relay-server-answer.c) */
void kith_relay_server_forget_answers (KithRelayServer *relay, KithLink *link);

/* Who asked for the channel of this leg's number never hears of it; the other end does.
   (relay-server.c) */
void kith_relay_server_close_secret (KithRelayServer *relay, guint64 number);

/* From now on who asked is told what becomes of it. FALSE: there is no such channel any more.
   (relay-server.c) */
gboolean kith_relay_server_reveal (KithRelayServer *relay, guint64 number);

/* TRUE when the call over @channel is over, or never came. (relay-server.c) */
gboolean kith_relay_server_is_idle (KithRelayServer *relay, KithRelayServerChannel *channel);

/* How many pairs of contacts have channels. (relay-server.c) */
guint kith_relay_server_count_pairs (KithRelayServer *relay);

G_END_DECLS
