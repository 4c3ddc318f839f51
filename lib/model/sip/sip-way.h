/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a message of ordinary SIP came from or goes to, as the headers Kith-Caller and Kith-Via say
   it between kithd and kith-edge. */
#pragma once

#include "model/net/endpoint.h"

G_BEGIN_DECLS

#define KITH_SIP_CALLER "Kith-Caller" /* of all that the edge hands on: who sent it */
#define KITH_SIP_VIA "Kith-Via"       /* of requests of ours: where the edge sends them */
/* of responses that the edge made itself to requests of ours: "edge" */
#define KITH_SIP_MADE "Kith-Made"

#define KITH_SIP_PHONE "phone "
#define KITH_SIP_TRUNK "trunk "

typedef enum { KITH_SIP_WAY_PLAIN, KITH_SIP_WAY_PHONE, KITH_SIP_WAY_TRUNK } KithSipWayKind;

typedef struct {
  gboolean tcp;      /* else UDP */
  gboolean tls;      /* … and TLS over it */
  KithEndpoint peer; /* family 0: a phone or a trunk, wherever it is */
  KithSipWayKind kind;
  gchar name[25]; /* the phone's or the trunk's, or "" */
} KithSipWay;

/* "plain udp 192.0.2.7:5060", "plain tls [2001:db8::7]:5061", "phone desk", "phone desk udp
   192.0.2.7:5060", and "trunk home" likewise: exactly so, literals with a port alone. FALSE for
   anything else. */
KITH_API gboolean kith_sip_way_parse (const char *text, KithSipWay *way);

/* (transfer full) */
KITH_API gchar *kith_sip_way_print (const KithSipWay *way);

/* The numeric URI "sip:[USER@]HOST[:PORT][;transport=udp|tcp|tls]" as a way; without a port 5060,
   or 5061 with TLS. FALSE for names, other schemes and transports. */
KITH_API gboolean kith_sip_way_from_uri (const char *uri, KithSipWay *way);

/* "udp", "tcp" or "tls" (static). */
KITH_API const char *kith_sip_way_transport (const KithSipWay *way);

/* "SIP/2.0/UDP" and so on: what a Via of it begins with (static). */
KITH_API const char *kith_sip_way_protocol (const KithSipWay *way);

/* "sip:192.0.2.7:5060;transport=udp". (transfer full) */
KITH_API gchar *kith_sip_way_to_uri (const KithSipWay *way);

G_END_DECLS
