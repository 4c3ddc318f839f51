/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A contact binding of a phone: where it said that it is to be reached (RFC 3261 section 10, 5626),
   as a value. */
#pragma once

#include "model/net/endpoint.h"
#include "model/phone/phone.h"

G_BEGIN_DECLS

#define KITH_PHONE_MAX_BINDINGS 6 /* of one phone */
#define KITH_BINDING_CONTACT_MAX 512
#define KITH_BINDING_INSTANCE_MAX 256
#define KITH_BINDING_CALL_ID_MAX 256
#define KITH_BINDING_PATH_MAX 2048
#define KITH_BINDING_AGENT_MAX 80

typedef enum { KITH_PHONE_UDP, KITH_PHONE_TCP, KITH_PHONE_TLS } KithPhoneTransport;

/* Texts are without control characters; NULL where nothing was said. */
typedef struct {
  guint32 id; /* from 1; of one binding only, given by the registrar */
  gchar phone[KITH_PHONE_NAME_MAX + 1];
  gchar *contact;    /* the URI, as the phone wrote it; never NULL */
  gchar *instance;   /* +sip.instance, such as "<urn:uuid:…>" */
  gchar *call_id;    /* of the REGISTER; never NULL */
  gchar *path;       /* values of Path (RFC 3327) in their order, with ", " between */
  gchar *user_agent; /* as it calls itself */
  guint8 reg_id;     /* 0: none */
  guint16 q;         /* thousandths */
  guint32 cseq;
  gint64 expires_s; /* seconds since the epoch */
  KithPhoneTransport transport;
  KithEndpoint source; /* where the REGISTER came from */
  gboolean natted;     /* which is not the host in @contact */
  /* how it was heard of since kithd began; not kept */
  gboolean silent;       /* three requests in a row had no answer */
  guint32 round_trip_ms; /* of its last answer, 0: there was none */
  gint64 heard_us;       /* when it registered or answered last, wall time; 0: not since */
} KithPhoneBinding;

/* How a binding is to be reached, as the registrar tells. */
typedef struct {
  guint32 id;
  gboolean silent;       /* three requests in a row had no answer */
  guint32 round_trip_ms; /* of its last answer, 0: there was none */
} KithPhoneReach;

KITH_API KithPhoneBinding *kith_phone_binding_copy (const KithPhoneBinding *binding);
KITH_API void kith_phone_binding_free (KithPhoneBinding *binding);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithPhoneBinding, kith_phone_binding_free)

/* "udp", "tcp", "tls" (static). */
KITH_API const char *kith_phone_transport_word (KithPhoneTransport transport);

/* TRUE when every field is within its bounds, and texts are such that may be written into SIP: what
   comes from a database or a process that may be another's is asked. */
KITH_API gboolean kith_phone_binding_is_sound (const KithPhoneBinding *binding);

G_END_DECLS
