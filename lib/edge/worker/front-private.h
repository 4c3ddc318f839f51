/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the edge's files share. */
#pragma once

#include "edge/worker/front.h"
#include "edge/worker/proxy/phone-quota.h"
#include "edge/worker/proxy/proxy-calls.h"
#include "edge/worker/proxy/proxy.h"
#include "edge/worker/registrar/edge-registrar.h"
#include "edge/worker/screen/admission.h"
#include "edge/worker/traffic/clients.h"
#include "edge/worker/traffic/flows.h"
#include "edge/worker/traffic/servers.h"
#include "edge/worker/trunk/trunk-watch.h"
#include "model/sip/sip-scan.h"
#include "model/sip/sip-splice.h"

G_BEGIN_DECLS

/* How often something happened since it was told. */
typedef struct {
  gint64 told_us;
  guint n;
} KithFrontTold;

struct _KithFront {
  KithClock *clock;
  KithEdgeStart rules;
  const KithNetwork *network;
  gpointer data; /* of the network */
  KithAdmission *admission;
  KithFlows *flows;
  KithServers *servers;
  KithClients *clients;
  KithEdgeRegistrar *registrar;
  gint64 started_us;
  KithProxy *proxy;
  KithPhoneQuota *quota;
  KithProxyCalls *calls;
  KithEdgeAddresses *own; /* this host's */
  KithEdgeRole role;
  GArray *routes; /* of KithEdgeRoute */
  KithTrunkWatch *trunks;
  KithEdgeAddresses *known; /* as kithd said it last: without the sources of trunks */
  KithSipScan datagram;
  KithSipLines *lines; /* of the message at hand */
  GString *out;
  guint64 counts[KITH_EDGE_N_COUNTS];
  KithFrontTold told[KITH_EDGE_N_COUNTS];
};

/* A message of the network: how it came. */
typedef struct {
  const KithWay *way;
  const KithSipScan *scan;
  gsize bytes; /* of a datagram */
} KithArrival;

/* Passes a message that was scanned well on, or refuses it (screen/front-gate.c). */
void kith_front_arrive (KithFront *front, const KithArrival *arrival);

/* The scan refused it. */
void kith_front_unread (KithFront *front, const KithArrival *arrival);

/**
 * kith_front_note:
 * @which: counted
 * @who: (nullable): of a message that was not taken: told in the log, at most once a second
 * @status, @phrase: of the answer; 0: there is none
 */
void kith_front_note (KithFront *front,
                      KithEdgeCount which,
                      const KithEndpoint *who,
                      guint status,
                      const char *phrase);

/* Answers the request at hand and keeps nothing of it. @most: bytes that the answer may have; 0: as
   many as it takes. */
void kith_front_reply (KithFront *front,
                       const KithArrival *arrival,
                       guint status,
                       const char *phrase,
                       const char *lines,
                       gsize most);

/* Where the answer to the request at hand goes. */
KithWay kith_front_answer_way (KithFront *front, const KithWay *way);

/* Where the message came from, as the registrar wants to know it. */
KithRegisterFrom kith_front_from (const KithWay *way);

/* Sends to the network: an errno, 0: it is on its way. @way gets its connection's number. */
int kith_front_send (KithFront *front, KithWay *way, const char *text, gsize len);

/* What the edge answers by itself. */
typedef struct {
  guint status; /* 0: nothing */
  const char *phrase;
  GString *lines;      /* whole header lines; the caller's */
  KithEdgeCount count; /* under which it counts; KITH_EDGE_N_COUNTS: under none */
} KithFrontAnswer;

/* screen/front-answers.c: what becomes of a request that begins something: the same for all users,
   and for all sources that are no @is_phone. */
void
kith_front_answer_outside (const KithSipLines *lines, gboolean is_phone, KithFrontAnswer *answer);

/* phone-ways.c: by which way a phone of the house is reached, and what the edge itself asks it. */

/* Where @binding was heard last: its connection, or where it listens when that is gone. @target:
   (nullable): gets its URI and its path, of @binding. */
void kith_front_way_of (KithFront *front,
                        const KithBinding *binding,
                        KithWay *way,
                        KithClientsTarget *target);

/* For KithRegistrarFuncs; @user_data: the front. */
void kith_front_ask_phone (const KithBinding *binding, gpointer user_data);
void kith_front_ping_phone (const KithBinding *binding, gpointer user_data);

/* A response with a branch of ours came. TRUE: it is a phone's answer to what the edge asked. */
gboolean kith_front_phone_answers (KithFront *front, KithSipPiece inner);

/* screen/keep-alive.c: by what peers keep their way to us open (RFC 5626 section 3.5). */

/* TRUE: @data is a message of STUN, not of SIP; a binding request was answered. */
gboolean kith_front_stun (KithFront *front, const KithWay *way, const guint8 *data, gsize len);

/* A datagram of nothing but line ends came, at least two: it gets one back. */
void kith_front_pong (KithFront *front, const KithWay *way);

/* The proxy's part (proxy/) */

/* What is known of a call of two phones while it is forked: the fork's data. */
typedef struct {
  KithProxiedCall told; /* what kithd hears of it */
  gboolean rings;       /* it counts among those of its caller that are not answered */
} KithFrontCall;

/* A request within a dialog of two phones, by its Route. */
typedef struct {
  KithFlowToken token;
  gboolean from_caller;
  gboolean strict;  /* the Request-URI is ours, and the last Route is the target (section 16.4) */
  guint pop_routes; /* so many of Route are ours */
} KithFrontRoute;

/* TRUE if the request at hand came by a Record-Route of ours. Proves it, and takes nothing. */
gboolean kith_front_read_route (KithFront *front, KithFrontRoute *route);

/* Passes it on, and keeps nothing of it (proxy/proxy-dialog.c). */
void kith_front_forward (KithFront *front, const KithArrival *arrival, const KithFrontRoute *route);

/* Passes the request at hand on to @to with nothing kept, and refuses it when that cannot be.
   @edit: (nullable): what else changes; FALSE: it was refused. */
gboolean kith_front_pass_on (KithFront *front,
                             const KithArrival *arrival,
                             KithWay *to,
                             const KithSipEdit *edit);

/* A request for the domain of a route, of somebody who may use it, or in the role "stateless" one
   of a phone for a phone. TRUE: it is taken care of (proxy/proxy-stateless.c). */
gboolean kith_front_route (KithFront *front, const KithArrival *arrival);

/* The phone that the Request-URI names; NULL: nobody. */
const KithTabled *kith_front_callee (KithFront *front, const KithArrival *arrival);

/* TRUE if the phone of @caller may reach one of the house. */
gboolean kith_front_may_call (const KithTabled *caller);

/* The number under which kithd hears of the call of the request at hand. */
guint64 kith_front_call_id (KithFront *front);

/* Where the phone @caller is that sent the request at hand, for Record-Route. */
KithFlowEnd kith_front_caller_end (const KithTabled *caller, const KithArrival *arrival);

/* TRUE if the request at hand is for a phone of the house, and of a kind that begins something:
   who sends it has to prove that he is one, too (proxy/proxy-request.c). */
gboolean kith_front_is_for_phone (KithFront *front, const KithArrival *arrival);

/* A request of the phone @phone, for which there is a transaction with @mark. TRUE: it is taken
   care of; FALSE: it is the user agent's. */
gboolean kith_front_proxy (KithFront *front,
                           const KithArrival *arrival,
                           const gchar *mark,
                           const char *phone);

/* A CANCEL for a request that was answered or forwarded here. */
void kith_front_cancel (KithFront *front, const KithArrival *arrival, const gchar *mark);

/* A response to what was forwarded (proxy/proxy-answer.c). */
void
kith_front_proxy_response (KithFront *front, const KithArrival *arrival, const KithProxyMark *mark);

/* What a fork asks for. */
KithProxyForkFuncs kith_front_fork_funcs (KithFront *front);

/* A request of the user agent to the phone that @way names; or an ACK or CANCEL for one. TRUE: it
   is taken care of (proxy/proxy-own.c). */
gboolean kith_front_proxy_own (KithFront *front, const KithWay *way);

/* The places where @tabled is, for a request that came by @arrival (nullable). */
void kith_front_targets (KithFront *front,
                         const KithTabled *tabled,
                         const KithArrival *arrival,
                         KithProxyTargets *targets);

G_END_DECLS
