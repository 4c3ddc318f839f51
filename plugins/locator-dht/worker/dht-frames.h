/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frames that the daemon and its DHT worker exchange on a stream socket, as values and as
   bytes. */
#pragma once

#include "base/wire.h"
#include "model/net/endpoint.h"

#define KITH_FRAME_MAX 1024      /* bytes of a whole frame, with its length */
#define KITH_FRAME_VALUE_MAX 512 /* bytes of a DHT value */
#define KITH_FRAME_TEXT_MAX 200  /* bytes of the text of a FAILED frame */
#define KITH_FRAME_LOCATION_LEN 20
#define KITH_FRAME_TOKEN_LEN 16
#define KITH_FRAME_KNOWN_MAX 8    /* addresses of peers in a STATUS frame */
#define KITH_FRAME_PEERS_MAX 16   /* addresses in a PEERS or HOST frame */
#define KITH_FRAME_REASONS_MAX 16 /* counters of dropped datagrams in a STATUS frame */

/* The fields named here follow the type, in this order; an address is written as
   kith_endpoint_put() does. */
typedef enum {
  /* daemon to worker */
  /* port u16, network u32, discovery u8 (0, 1), check_s u16, location (the node's own id, all zero:
     a new one); the first frame, exactly once */
  KITH_FRAME_START = 1,
  KITH_FRAME_BOOTSTRAP,  /* address */
  KITH_FRAME_GET,        /* id u32, location, deadline_ms u16 */
  KITH_FRAME_CANCEL_GET, /* id u32 */
  KITH_FRAME_PUT,        /* id u32, keep u8 (0, 1), location, value (1 to 512 bytes, to the end) */
  KITH_FRAME_CANCEL_PUT, /* id u32 */
  KITH_FRAME_LISTEN,     /* id u32, location */
  KITH_FRAME_UNLISTEN,   /* id u32 */
  KITH_FRAME_PING,       /* nothing; a STATUS comes back */
  KITH_FRAME_QUIT,       /* nothing; puts under way are given 1.5 s, then the worker ends */
  KITH_FRAME_HOST,       /* number u8, addresses (port 0): this host's own, none twice */
  /* port u16, token (16): datagrams go through this port on loopback; port 0: no more */
  KITH_FRAME_TUNNEL,
  /* worker to daemon */
  KITH_FRAME_READY = 65, /* port4 u16, port6 u16: what was bound, 0 none */
  KITH_FRAME_VALUE,      /* id u32 of a get or listen, value */
  KITH_FRAME_DONE,       /* id u32 of a get or put, ok u8 (0, 1) */
  KITH_FRAME_PUBLISHED,  /* id u32 of a put, replicas u16: other nodes that sent our value back */
  KITH_FRAME_STATUS,     /* see below */
  KITH_FRAME_FAILED,     /* text (0 to 200 bytes, to the end); the worker ends */
  KITH_FRAME_PEERS,      /* number u8, for each: heard u8 (0, 1), address; best first */
  KITH_FRAME_DIRECT,     /* nothing: while there is a tunnel, a node answered without it */
} KithFrameType;

/* What the worker says of itself: port4 u16, port6 u16, peers u16, passed u64, lost u32,
   stun_answered u32, stun_refused u32, number of reasons u8, dropped u32 each, public address,
   number of known u8, addresses. */
typedef struct {
  uint16_t port4;
  uint16_t port6;
  uint16_t peers;         /* sources that answered us lately */
  uint64_t passed;        /* datagrams that passed the filter */
  uint32_t lost;          /* values that were dropped because the daemon did not read fast enough */
  uint32_t stun_answered; /* STUN questions that got an answer */
  uint32_t stun_refused;  /* … that got none */
  uint8_t n_dropped;
  uint32_t dropped[KITH_FRAME_REASONS_MAX]; /* by KithDrop */
  KithEndpoint public_address;              /* as peers see us */
  uint8_t n_known;
  KithEndpoint known[KITH_FRAME_KNOWN_MAX]; /* peers that answered lately, the latest first */
} KithFrameStatus;

/* One frame; only the fields of its type count. */
typedef struct {
  KithFrameType type;
  uint32_t id;
  uint8_t location[KITH_FRAME_LOCATION_LEN];
  uint8_t token[KITH_FRAME_TOKEN_LEN];
  uint16_t port;
  uint32_t network;
  bool discovery;
  uint16_t check_s;
  uint16_t deadline_ms;
  bool keep;
  bool ok;
  uint16_t replicas;
  uint16_t port4;
  uint16_t port6;
  KithEndpoint address;
  uint8_t n_addresses;
  KithEndpoint addresses[KITH_FRAME_PEERS_MAX];
  /* PEERS: it answered us within 60 s, else we only heard of it */
  bool heard[KITH_FRAME_PEERS_MAX];
  KithFrameStatus status;
  size_t value_len; /* value or text */
  uint8_t value[KITH_FRAME_VALUE_MAX];
} KithDhtFrame;

typedef enum { KITH_FRAME_FROM_DAEMON, KITH_FRAME_FROM_WORKER } KithFrameOrigin;

/* Writes @frame with its length to @out, which has room for @room bytes. Returns the bytes written,
   or 0 when it does not fit or a field is out of bounds. Any thread. */
size_t kith_dht_frame_encode (const KithDhtFrame *frame, uint8_t *out, size_t room);

/* Reads the body of one frame, as kith_frame_split() gave it. False when it is no frame that
   @origin may send, a field is out of bounds, or bytes are missing or left over. Any thread. */
bool kith_dht_frame_decode (KithWireReader body, KithFrameOrigin origin, KithDhtFrame *frame);
