/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages of the Port Control Protocol as a client writes and reads them (RFC 6887), strict and
   bounded. */
#pragma once

#include "model/net/endpoint.h"

G_BEGIN_DECLS

#define KITH_PCP_PORT 5351        /* of the server */
#define KITH_PCP_LISTEN_PORT 5350 /* where announcements by multicast come in */
#define KITH_PCP_MAX 1100         /* bytes of a message (section 7) */
#define KITH_PCP_REQUEST_MAX 60   /* … of those that we write */
#define KITH_PCP_NONCE_LEN 12
#define KITH_PCP_UDP 17 /* the protocol of a mapping */

/* The opcodes that we speak (section 19.2). */
typedef enum { KITH_PCP_ANNOUNCE = 0, KITH_PCP_MAP = 1 } KithPcpOpcode;

/* Result codes (section 7.4); others may come. */
typedef enum {
  KITH_PCP_SUCCESS = 0,
  KITH_PCP_UNSUPP_VERSION = 1,
  KITH_PCP_NOT_AUTHORIZED = 2,
  KITH_PCP_MALFORMED_REQUEST = 3,
  KITH_PCP_UNSUPP_OPCODE = 4,
  KITH_PCP_UNSUPP_OPTION = 5,
  KITH_PCP_MALFORMED_OPTION = 6,
  KITH_PCP_NETWORK_FAILURE = 7,
  KITH_PCP_NO_RESOURCES = 8,
  KITH_PCP_UNSUPP_PROTOCOL = 9,
  KITH_PCP_USER_EX_QUOTA = 10,
  KITH_PCP_CANNOT_PROVIDE_EXTERNAL = 11,
  KITH_PCP_ADDRESS_MISMATCH = 12,
  KITH_PCP_EXCESSIVE_REMOTE_PEERS = 13
} KithPcpResult;

/* What a MAP request asks for (section 11.1): UDP @port of the client. */
typedef struct {
  /* this host's address, as the server sees it; the port is the one to be mapped */
  KithEndpoint client;
  /* the outer address and port that are wished; family 0: any; its port 0: any */
  KithEndpoint suggested;
  guint8 nonce[KITH_PCP_NONCE_LEN];
  guint32 lifetime_s; /* 0: take it away; nothing is suggested then */
} KithPcpMapRequest;

/* What was read. */
typedef struct {
  guint8 opcode; /* KithPcpOpcode, or another number */
  guint8 result; /* KithPcpResult, or another number */
  guint32 lifetime_s;
  guint32 epoch_s;  /* since the server lost its mappings, or began */
  gboolean has_map; /* the rest is there */
  guint8 nonce[KITH_PCP_NONCE_LEN];
  guint8 protocol;
  guint16 port;          /* of the client */
  KithEndpoint external; /* of family 4 or 6, port included; reflexive */
} KithPcpResponse;

/* Write a request and return its length, at most KITH_PCP_REQUEST_MAX. @client: this host's
   address; its port is not looked at. Any thread. */
gsize kith_pcp_write_announce (const KithEndpoint *client, guint8 data[KITH_PCP_REQUEST_MAX]);
gsize kith_pcp_write_map (const KithPcpMapRequest *request, guint8 data[KITH_PCP_REQUEST_MAX]);

/* FALSE when @data is no response: length, version 2, the bit for responses, a MAP with its data. A
   router that speaks another version, also NAT-PMP (RFC 6886 section 3.5), is read as the result
   KITH_PCP_UNSUPP_VERSION. Options are skipped. Any thread. */
gboolean kith_pcp_read (const guint8 *data, gsize len, KithPcpResponse *response);

/* TRUE when @data is an announcement that a router sends to everybody after it lost its mappings or
   got another address: by PCP (section 14.1), or by NAT-PMP (RFC 6886 section 3.2.1). Any
   thread. */
gboolean kith_pcp_is_announcement (const guint8 *data, gsize len);

/* A few words on what a result means, such as "its policy forbids it" (static string). */
const char *kith_pcp_result_text (guint8 result);

/* When a server said its epoch, on its clock and on ours, in seconds. */
typedef struct {
  gint64 server_s;
  gint64 client_s; /* monotonic */
} KithPcpEpoch;

/* TRUE when the server kept its mappings between @before and @now; FALSE when the clocks went apart
   too far, so that it was started anew (section 8.5). Pure. */
gboolean kith_pcp_epoch_goes_on (const KithPcpEpoch *before, const KithPcpEpoch *now);

G_END_DECLS
