/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The REGISTER of a trunk as text, and what is read of its answers. */
#pragma once

#include "edge/trunk-frames.h"
#include "edge/worker/way.h"
#include "model/sip/sip-lines.h"

G_BEGIN_DECLS

#define KITH_TRUNK_CONTACT_MAX 512
#define KITH_TRUNK_ROUTE_MAX 2048 /* bytes of a Service-Route that are kept; a longer one is none */

/* What a REGISTER says. Texts are the caller's. */
typedef struct {
  const KithEdgeTrunk *trunk;
  KithEndpoint own; /* sent-by */
  KithSipTransport transport;
  const char *branch;
  const char *tag;
  const char *call_id;
  guint32 cseq;
  const char *contact;     /* the URI of Contact */
  gboolean ends;           /* that one is to go: without an instance, for 0 seconds */
  guint32 expires_s;       /* else for so long */
  const char *credentials; /* whole header lines, or "" */
} KithTrunkRequest;

/* Writes it to @out, which is emptied first. */
void kith_trunk_request_print (const KithTrunkRequest *request, GString *out);

/* Our Contact's URI: the account at @at. */
void kith_trunk_contact_print (const KithEdgeTrunk *trunk,
                               const KithEndpoint *at,
                               KithSipTransport transport,
                               gchar out[KITH_TRUNK_CONTACT_MAX]);

/* "sip:DOMAIN", the Request-URI. */
void kith_trunk_uri_print (const KithEdgeTrunk *trunk, gchar out[KITH_TRUNK_HOST_MAX + 8]);

/* Host and port of "HOST", "HOST:PORT", "[HOST]:PORT"; 0: it has none. */
guint16 kith_trunk_host_split (const char *text, gchar host[KITH_TRUNK_HOST_MAX + 1]);

/* What a 2xx to it says. */
typedef struct {
  gboolean ours;        /* @contact is among the contacts, or none is named at all */
  guint32 expires_s;    /* for how long */
  gboolean has_old;     /* @old is there still */
  gboolean outbound;    /* it speaks RFC 5626 */
  guint32 flow_timer_s; /* 0: none */
  KithEndpoint seen;    /* whence our request came, as the registrar sees it; family 0: unsaid */
  gchar route[KITH_TRUNK_ROUTE_MAX]; /* its Service-Route as one value of Route; "": none */
} KithTrunkAccepted;

/* @asked_s: that we asked for; @old: (nullable): a contact of before. */
void kith_trunk_accepted_read (const KithSipLines *response,
                               const char *contact,
                               const char *old,
                               guint32 asked_s,
                               KithTrunkAccepted *accepted);

/* A header's number; 0: none, or no number up to @most. */
guint64 kith_trunk_header_number (const KithSipLines *response, KithSipHeader header, guint64 most);

G_END_DECLS
