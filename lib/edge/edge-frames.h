/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frames that kithd and kith-edge exchange on a stream socket, as values and as bytes. */
#pragma once

#include "base/wire.h"
#include "edge/phone-frames.h"
#include "edge/proxy-frames.h"
#include "edge/setup-frames.h"
#include "edge/trunk-frames.h"
#include "model/net/ip-network.h"

G_BEGIN_DECLS

#define KITH_EDGE_FRAME_MAX (32 * 1024) /* bytes of a whole frame, with its length */
#define KITH_EDGE_CONTROL_FD 3          /* of kith-edge: the frames */
#define KITH_EDGE_UA_FD 4               /* SIP to and from nua: a stream, too */
#define KITH_EDGE_KEY_LEN 32
#define KITH_EDGE_BINDS_MAX 2
#define KITH_EDGE_ADDRESSES_MAX 1024 /* in a HOST or KNOWN frame */
#define KITH_EDGE_SOCKETS_MAX 8
#define KITH_EDGE_TRUSTED_MAX 32 /* networks */
#define KITH_EDGE_TEXT_MAX 200
#define KITH_EDGE_PEM_MAX 12288 /* bytes of a certificate with what signed it, or of a key */

/* The fields named here follow the type, in this order; an address is written as
   kith_endpoint_put() does. */
typedef enum {
  /* kithd to edge */
  /* port u16 (0: any), plain-in u8 (0, 1), strangers u8 (KithEdgeStrangers), connections u16,
     connections of one source u16, key (32), number u8 (1, 2), addresses to bind (port 0); the
     first frame, exactly once */
  KITH_EDGE_START = 1,
  KITH_EDGE_HOST,       /* number u16, addresses (port 0): this host's own, none twice */
  KITH_EDGE_KNOWN,      /* number u16, addresses (port 0): of hosts whose calls are no strangers' */
  KITH_EDGE_PING,       /* nothing; a STATUS comes back */
  KITH_EDGE_QUIT,       /* nothing; what waits to be sent is given 1.5 s, then the edge ends */
  KITH_EDGE_PHONE,      /* a phone, added or changed */
  KITH_EDGE_PHONE_GONE, /* name: it is forgotten, each of its bindings comes as UNBOUND */
  KITH_EDGE_BIND,       /* a binding of a phone, kept from before */
  KITH_EDGE_UNBIND,     /* id u32: this binding ends; it comes as UNBOUND */
  /* outside u8, longest registration in seconds u32: all phones and bindings are told, REGISTER is
     answered from now on */
  KITH_EDGE_OPEN,
  KITH_EDGE_ROLE,        /* u8 (KithEdgeRole): what becomes of what phones want of each other */
  KITH_EDGE_ROUTE,       /* where requests for a domain go; each route comes once, after START */
  KITH_EDGE_TRUNK = 18,  /* a trunk, added or changed: it registers from the beginning */
  KITH_EDGE_TRUNK_GONE,  /* name: it is registered no more; a TRUNK_STATE says that it is off */
  KITH_EDGE_TRUNK_RETRY, /* name: it registers now, whatever it waits for */
  KITH_EDGE_DIGEST,      /* the answer to an ASK_DIGEST */
  KITH_EDGE_TARGETS,     /* the answer to a RESOLVE */
  KITH_EDGE_SETUP = 28,  /* a token with which phones fetch their settings */
  KITH_EDGE_DOCUMENT,    /* what one of them gets */
  KITH_EDGE_SEEK,        /* for how long phones that look for their settings are told */
  KITH_EDGE_ADDRESS,     /* where one of these fetches them */
  /* number u8, for each: address (port 0), prefix u8: networks of which every host may send as much
     as it likes, in place of those before */
  KITH_EDGE_TRUSTED = 38,
  /* port u16 (of SIP over TLS), certificate and what signed it, key: PEM, each with its length u16;
     again when it is made anew */
  KITH_EDGE_TLS = 15,
  /* edge to kithd */
  /* number u8, for each socket: protocol u8 (KithEdgeProtocol), address with the port that was
     bound or wanted, errno u16 (0: it is bound); again whenever one of them changes */
  KITH_EDGE_READY = 65,
  KITH_EDGE_STATUS, /* memory in KiB u32, connections u32, number of counters u8, u64 each */
  /* level u8 (KithEdgeLevel), address of whom it is about (family 0: nobody), text (1 to 200 bytes,
     to the end): a line for the log */
  KITH_EDGE_LOG,
  KITH_EDGE_FAILED,           /* text (0 to 200 bytes, to the end); the edge ends */
  KITH_EDGE_BOUND,            /* a binding, new or refreshed under its id */
  KITH_EDGE_UNBOUND,          /* id u32: it is no more */
  KITH_EDGE_PHONE_STATE,      /* what is heard of a phone: at each change, and when it registers */
  KITH_EDGE_TRUNK_STATE = 79, /* how a trunk is: at each change, and when it registers */
  KITH_EDGE_ASK_DIGEST,       /* a challenge to the REGISTER of a trunk */
  KITH_EDGE_RESOLVE,          /* where a trunk's domain or proxy is */
  KITH_EDGE_TLS_READY = 76,   /* as READY, of the port of SIP over TLS */
  KITH_EDGE_REACHED
  = 95,                /* how a binding is to be reached: when it answered, and when it is silent */
  KITH_EDGE_CALL = 72, /* a call of two phones that goes by the edge alone: at each phase */
  KITH_EDGE_SETUP_STATE = 89, /* whether it listens for phones that fetch their settings */
  KITH_EDGE_QUESTION,         /* a phone asks for its document */
  KITH_EDGE_SEEKER,           /* a phone looks for where to do that */
} KithEdgeFrameType;

/* What becomes of an INVITE of a host that is not KNOWN. With plain-in 0 all get 403. */
typedef enum { KITH_EDGE_STRANGERS_RING, KITH_EDGE_STRANGERS_REFUSE } KithEdgeStrangers;
typedef enum { KITH_EDGE_UDP, KITH_EDGE_TCP } KithEdgeProtocol;
typedef enum { KITH_EDGE_DEBUG, KITH_EDGE_INFO, KITH_EDGE_WARNING } KithEdgeLevel;

/* The counters of a STATUS frame, since the edge was started. New ones go before the last: an index
   means one thing within one version only, and both programs are of one version. */
typedef enum {
  KITH_EDGE_N_TO_UA,         /* messages that were handed to the user agent */
  KITH_EDGE_N_FROM_UA,       /* … and taken from it */
  KITH_EDGE_N_REPEATED,      /* repetitions that were answered or absorbed here */
  KITH_EDGE_N_RETRANSMITTED, /* what was sent again because no answer came */
  KITH_EDGE_N_FLOOD,         /* dropped: one source, or all strangers together, had their part */
  KITH_EDGE_N_UNREAD,        /* dropped or refused by the scan: no SIP, or not well-formed */
  KITH_EDGE_N_METHOD,        /* refused: 405 or 501 */
  KITH_EDGE_N_STRANGER,      /* … 403 */
  KITH_EDGE_N_NO_DIALOG,     /* … 481, or a response that nobody waits for */
  KITH_EDGE_N_OTHER,         /* … 416, 420, 482, 483 and others */
  KITH_EDGE_N_BUSY,          /* … 503: the user agent does not read */
  KITH_EDGE_N_CONNECTIONS,   /* connections that were refused or closed to make room */
  KITH_EDGE_N_TLS,           /* hands that were shaken */
  KITH_EDGE_N_TLS_FAILED,    /* … that were not, and sessions that broke */
  KITH_EDGE_N_COUNTS,
} KithEdgeCount;

typedef struct {
  guint16 port;
  gboolean plain_in;
  KithEdgeStrangers strangers;
  guint16 max_connections;
  guint16 max_connections_a_source;
  guint8 dscp;                   /* of all that is sent (kith_socket_mark()), 0: none */
  guint8 key[KITH_EDGE_KEY_LEN]; /* of branches and tokens; outlives the edge */
  guint8 n_binds;
  KithEndpoint binds[KITH_EDGE_BINDS_MAX];
} KithEdgeStart;

typedef struct {
  guint16 n;
  KithEndpoint list[KITH_EDGE_ADDRESSES_MAX];
} KithEdgeAddresses;

typedef struct {
  KithEdgeProtocol protocol;
  KithEndpoint address;
  guint16 problem; /* errno; 0: it is bound */
} KithEdgeSocket;

typedef struct {
  guint8 n;
  KithEdgeSocket list[KITH_EDGE_SOCKETS_MAX];
} KithEdgeSockets;

typedef struct {
  guint8 n;
  KithIpNetwork list[KITH_EDGE_TRUSTED_MAX];
} KithEdgeTrusted;

typedef struct {
  guint32 memory_kib; /* private and proportional share */
  guint32 connections;
  guint64 counts[KITH_EDGE_N_COUNTS];
} KithEdgeStatus;

typedef struct {
  guint16 port;
  gchar chain[KITH_EDGE_PEM_MAX + 1];
  gchar key[KITH_EDGE_PEM_MAX + 1];
} KithEdgeTls;

/* LOG and FAILED (which has only the text). */
typedef struct {
  KithEdgeLevel level;
  KithEndpoint who;
  gchar text[KITH_EDGE_TEXT_MAX + 1];
} KithEdgeText;

/* One frame; only the member of its type counts. */
typedef struct {
  KithEdgeFrameType type;
  union {
    KithEdgeStart start;
    KithEdgeAddresses addresses; /* HOST, KNOWN */
    KithEdgeTrusted trusted;     /* TRUSTED */
    KithEdgeSockets sockets;     /* READY, TLS_READY */
    KithEdgeTls tls;
    KithEdgeStatus status;
    KithEdgeText text;       /* LOG, FAILED */
    KithPhone phone;         /* PHONE, without since; PHONE_GONE: the name alone */
    KithEdgeBinding binding; /* BIND, BOUND; UNBIND, UNBOUND: the id alone */
    KithPhoneRules rules;    /* OPEN */
    KithPhoneReport report;  /* PHONE_STATE */
    KithEdgeRole role;       /* ROLE */
    KithEdgeRoute route;     /* ROUTE */
    KithProxiedCall call;    /* CALL */
    KithPhoneReach reach;    /* REACHED */
    KithEdgeSetup setup;     /* SETUP */
    KithEdgeDocument document;
    KithEdgeSetupState setup_state; /* SETUP_STATE */
    KithSetupQuestion question;
    KithEdgeTrunk trunk;    /* TRUNK; TRUNK_GONE, TRUNK_RETRY: the name alone */
    KithTrunkAnswer answer; /* DIGEST */
    KithEdgeTargets targets;
    KithTrunkReport line; /* TRUNK_STATE */
    KithTrunkQuestion challenge;
    KithEdgeResolve resolve;
    guint seek_s;                       /* SEEK */
    KithEdgeSetupAddress setup_address; /* ADDRESS */
    KithSetupSeeker seeker;
  };
} KithEdgeFrame;

typedef enum { KITH_EDGE_FROM_KITHD, KITH_EDGE_FROM_EDGE } KithEdgeOrigin;

/* Writes @frame with its length to @out, which has room for @room bytes. Returns the bytes written,
   or 0 when it does not fit or a field is out of bounds. Any thread. */
gsize kith_edge_frame_encode (const KithEdgeFrame *frame, guint8 *out, gsize room);

/* Reads the body of one frame, as kith_frame_split() gave it. FALSE when it is no frame that
   @origin may send, a field is out of bounds, or bytes are missing or left over. Any thread. */
gboolean kith_edge_frame_decode (KithWireReader body, KithEdgeOrigin origin, KithEdgeFrame *frame);

/* "to-user-agent", "flood": a counter's name in status. Static. */
const char *kith_edge_count_word (KithEdgeCount count);

G_END_DECLS
