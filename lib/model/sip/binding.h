/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a phone is, as a value, and the rules by which a REGISTER changes a set of them (RFC 3261
   section 10.3, RFC 5626, RFC 3327). */
#pragma once

#include "model/sip/sip-lines.h"
#include "model/sip/sip-next-hop.h"

G_BEGIN_DECLS

#define KITH_BINDINGS_MAX 6 /* of one phone */
#define KITH_BINDING_MAX_PATH 4
#define KITH_BINDING_MAX_REG_IDS 2 /* of one instance */
#define KITH_BINDING_MAX_TEXT 2048 /* of an instance, or of all Paths */
#define KITH_BINDING_MAX_AGENT 128 /* bytes that are kept of a User-Agent */

/**
 * KithBinding:
 * @id: its own number as long as it lives, whatever a refresh changes
 * @uri: of the Contact, without brackets
 * @instance: (nullable): "+sip.instance" without its quotes
 * @reg_id: of RFC 5626, 0: none; with an instance it is the key, else the URI is
 * @path: (nullable): the value of a Route header that leads to it
 * @user_agent: (nullable): bytes of a stranger, cut
 * @call_id, @cseq: of the REGISTER that put it there
 * @q: thousandths
 * @unreachable: it does not answer (kith_binding_missed())
 * @misses: requests in a row that had no answer
 * @round_trip_ms: of its last answer, 0: it had none yet
 * @asked: the owner's mark of the request that it has not answered yet, 0: there is none
 * @pinged: the owner keeps the way through its NAT open
 * @transport, @source, @flow: how it came; the flow is the owner's number, 0: none
 * @since, @until: in µs of one clock, the caller's
 */
typedef struct {
  guint32 id;
  const char *uri;
  const char *instance;
  const char *path;
  const char *user_agent;
  const char *call_id;
  guint32 cseq;
  guint32 reg_id;
  guint16 q;
  guint8 unreachable;
  guint8 misses;
  guint8 pinged;
  guint32 round_trip_ms;
  guint32 asked;
  KithSipTransport transport;
  KithEndpoint source;
  guint64 flow;
  gint64 since;
  gint64 until;
} KithBinding;

/* A copy in one block, to be freed with g_free(). */
KITH_API KithBinding *kith_binding_copy (const KithBinding *binding);

/* TRUE when it came from another host than its URI names: there is a NAT, or it names a host. */
KITH_API gboolean kith_binding_is_natted (const KithBinding *binding);

#define KITH_BINDING_MISSES 3 /* requests in a row without an answer: it is not to be reached */

/* A request to it had no answer. TRUE: it is not to be reached, from now on. */
KITH_API gboolean kith_binding_missed (KithBinding *binding);

/* It answered, after so many ms. TRUE: it was not to be reached, or never answered before. */
KITH_API gboolean kith_binding_answered (KithBinding *binding, guint32 round_trip_ms);

/* All of one phone, in the order in which they came. Zero: none. */
typedef struct {
  guint n;
  KithBinding *items[KITH_BINDINGS_MAX];
} KithBindingSet;

KITH_API void kith_bindings_clear (KithBindingSet *set);

/* One Contact of a REGISTER. */
typedef struct {
  KithSipPiece uri;
  KithSipPiece instance; /* empty: none */
  guint32 reg_id;        /* 0: none */
  guint16 q;
  gboolean timed; /* it has a time of its own: @expires, in seconds */
  guint32 expires;
} KithSipContact;

/**
 * KithRegistration:
 * @all: "Contact: *"
 * @timed: it has an Expires: @expires, in seconds
 * @outbound: some Contact has an instance and a reg-id: the answer requires "outbound"
 * What a REGISTER wants. All pieces lie in the request.
 */
typedef struct {
  gboolean all;
  gboolean timed;
  gboolean outbound;
  guint32 expires;
  guint32 cseq;
  KithSipPiece call_id;
  guint n;
  KithSipContact contacts[KITH_SIP_MAX_CONTACT];
  guint n_paths;
  KithSipPiece paths[KITH_BINDING_MAX_PATH];
} KithRegistration;

/* Reads a REGISTER. Returns: 0, or 400: "*" that is not alone or not at time 0, a Contact that is
   no SIP URI or too long or has bad parameters, several of which one has a reg-id, or too many. */
KITH_API guint kith_registration_read (const KithSipLines *request, KithRegistration *registration);

/* The owner's part of the rules. Times in seconds: a shorter one than @least (but 0) is refused,
   a longer one than @most is cut; @usual where none is given; @most_natted over UDP from behind a
   NAT. */
typedef struct {
  guint least;
  guint usual;
  guint most;
  guint most_natted;
} KithBindingRules;

/* Where the REGISTER came from, and when. @user_agent: empty: unknown. @last_id: the number of the
   latest binding of all; the next one has one more. */
typedef struct {
  KithSipTransport transport;
  KithEndpoint source;
  guint64 flow;
  KithSipPiece user_agent;
  guint32 *last_id;
  gint64 now;
} KithBindingOrigin;

typedef enum {
  KITH_BINDING_PUT,
  KITH_BINDING_REFRESHED,
  KITH_BINDING_REMOVED,
} KithBindingEvent;

/* What became of @binding, which is valid within the call alone. */
typedef void (*KithBindingFunc) (KithBindingEvent event,
                                 const KithBinding *binding,
                                 gpointer user_data);

/**
 * kith_bindings_change:
 * @func: (nullable): told of each change, after all checks
 * All Contacts, or none: what is past its time goes in any case.
 * Returns: 200; 423 for too short a time; 439 for more reg-ids than there may be; 500 for a Call-ID
 * that is known with a CSeq that is not higher; 503 when there would be more than KITH_BINDINGS_MAX
 * and all of them answer.
 */
KITH_API guint kith_bindings_change (KithBindingSet *set,
                                     const KithRegistration *registration,
                                     const KithBindingRules *rules,
                                     const KithBindingOrigin *origin,
                                     KithBindingFunc func,
                                     gpointer user_data);

/* Takes away what is past its time at @now, or, with @flow, what came by that one. */
KITH_API void kith_bindings_expire (KithBindingSet *set,
                                    gint64 now,
                                    guint64 flow,
                                    KithBindingFunc func,
                                    gpointer user_data);

/* Appends a Contact line for each; @gruu: (nullable): "sip:USER@HOST", to give instances their
   public GRUU (RFC 5627). */
KITH_API void
kith_bindings_print (const KithBindingSet *set, gint64 now, const char *gruu, GString *out);

G_END_DECLS
