/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hosts of one process: real vaults, trust and node parts, with fakes in the place of network, SIP
   and audio. */
#pragma once

#include "common/fake-dialog.h"
#include "common/fake-link.h"
#include "common/fake-locator.h"
#include "common/fake-media.h"
#include "common/fake-nat.h"
#include "common/fake-registrar.h"
#include "common/fake-sip.h"
#include "contact-now.h"
#include "identity/seal.h"
#include "identity/vault.h"
#include "node/accounts/account.h"
#include "node/call/call-list.h"
#include "node/relay/friends.h"

G_BEGIN_DECLS

#define NOON_US (G_GINT64_CONSTANT (1767268800) * G_USEC_PER_SEC) /* 2026-01-01 12:00 UTC */

/* What all hosts share. */
typedef struct {
  KithClock *clock;
  KithFakeDht *dht;
  KithFakeNet *net;
  KithFakeExchange *exchange;
  guint n_hosts;
} World;

/* One node. Calls are kept, in the order in which they were made, until the host is freed. */
typedef struct {
  World *world;
  gchar *dir;
  gchar *address; /* "192.0.2.1": of its ordinary SIP */
  KithConfig *config;
  KithVault *vault;
  gchar *words; /* of its identity */
  KithTrust *trust;
  KithLocator *locator;
  KithDirectory *directory;
  KithLinkMaker *maker;
  KithNat *nat;
  KithSip *sip;
  KithMediaMaker *media;
  KithLinkPool *links;
  KithInbox *inbox;
  KithDatabase *database; /* in memory … */
  KithStore *store;       /* … so that it has no thread */
  KithMetKeys *met;
  KithContacts *contacts;
  KithFriends *friends; /* NULL: a bare one */
  KithAccount *account;
  KithPhones *phones; /* NULL: it has none; with them their registrar */
  KithFakeRegistrar *registrar;
  KithCallContext context;
  KithCallList *list;
  GPtrArray *calls; /* of KithCall */
  GString *story;   /* "1:locating 1:dialing 1:ended(unreachable) " */
  guint n_removed;
} Host;

void world_init (World *world, gint64 wall_us);
void world_clear (World *world);

/* Runs the loop until nothing is left to do. */
void settle (void);

/* Lets @ms pass in steps in which the loop runs. */
void pass (World *world, guint ms);

/* A node with a new identity; its locator joins and its records are published in the next turns of
   the loop. */
Host *host_new (World *world, const char *name);

/* The same without inbox, account and locator: nothing but calls, and nothing to do when time
   passes. */
Host *host_new_bare (World *world, const char *name);
void host_free (Host *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Host, host_free)

const KithPeerKey *host_key (Host *host);
const KithPeerKey *host_device (Host *host);

/* Dials and lets the loop run. */
KithCall *host_dial (Host *host, const char *address);

/* The youngest call, or NULL. */
KithCall *host_call (Host *host);

/* Whether people are told that it looks for a path. */
gboolean call_is_reconnecting (KithCall *call);
KithFakeMedia *host_spy (Host *host);

/* Accepts and lets the loop run; the error's code, or -1. */
int host_accept (Host *host, KithCall *call);

/* The story since the last time; g_free(). */
gchar *host_tell (Host *host);
void host_skip (Host *host);

/* @friend becomes a contact of @host, by its key, under its own name. Returns its id. */
guint host_befriend (Host *host, Host *friend, gboolean relay);

/* The youngest link of @host to @peer that is up, or NULL (transfer none). */
KithFakeLink *host_link (Host *host, Host *peer);

/* TRUE when any name is pinned. */
gboolean host_has_pins (Host *host);

/* Checks that nothing of a call is left: media, dialogs, holds of links. */
void host_assert_idle (Host *host);

/* Breaks all its links. */
void host_break_links (Host *host);

/* Ends the story of both sides at "active": dials, accepts, and lets one packet go each way. */
void talk (Host *caller, Host *callee, const char *address);

/* The microphones of both give 20 ms. */
void speak (Host *host);

/* The inside of the call's leg. */
#define leg_of(call) (kith_call_get_leg (call))

/* A text or number property of a call. */
gchar *call_text (KithCall *call, const char *property);
gint64 call_number (KithCall *call, const char *property);

#define assert_story(host, expected)                                                               \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree gchar *told_ = host_tell (host);                                                    \
    g_assert_cmpstr (told_, ==, expected);                                                         \
  }                                                                                                \
  G_STMT_END

#define assert_text(call, property, expected)                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree gchar *text_ = call_text (call, property);                                          \
    g_assert_cmpstr (text_, ==, expected);                                                         \
  }                                                                                                \
  G_STMT_END

#define assert_state(call, expected)                                                               \
  g_assert_cmpstr (kith_call_state_word (kith_call_get_state (call)), ==, expected)
#define assert_reason(call, expected)                                                              \
  g_assert_cmpstr (kith_reason_word (kith_call_get_reason (call)), ==, expected)

/* A peer by hand: one end of a link to a host and a stack on it, or a stack of ordinary SIP. */
typedef struct {
  World *world;
  KithDeviceCert cert;
  KithSip *sip;
  KithFakeLink *link; /* NULL: ordinary SIP */
  gchar *identity;    /* "sip:mallory@KEY.kith.alt" */
  KithDialog *dialog; /* the last, either direction */
  GString *heard;     /* "ringing answered ended(486) …" */
} Peer;

/* Keys are filled with @mark; a peer of the same mark is the same person. */
Peer *peer_new (World *world, guint8 mark);

/* Opens a link to @host: "accepted" there. */
void peer_link (Peer *peer, Host *host);

/* INVITE over the link, or to sip:user@HOST when there is none. @sdp NULL: without an offer. */
void peer_invite (Peer *peer, Host *host, const char *user, const char *sdp);
void peer_free (Peer *peer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Peer, peer_free)

/* A phone of @host's house that has registered, as a peer of ordinary SIP: 198.51.100.@mark.
   @rights (nullable): its class. */
Peer *host_add_phone (Host *host, const char *name, const char *rights, guint8 mark);

/* An offer of audio with @profile ("RTP/SAVP"). */
gchar *make_sdp (const char *profile);

G_END_DECLS
