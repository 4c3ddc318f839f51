/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comes back for requests that were forwarded, and whom it is for. */
#include <string.h>

#include "edge/worker/front-private.h"
#include "model/phone/sip-best.h"
#include "model/sip/sip-splice.h"

#define OWN_VIA "SIP/2.0/TCP 127.0.0.1;branch="
#define STATUS_AT 8 /* behind "SIP/2.0 " */

static int
on_send (gpointer data, KithWay *way, const char *text, gsize len)
{
  return kith_front_send (data, way, text, len);
}

static gboolean
on_own_address (gpointer data, const KithWay *way, KithEndpoint *own)
{
  KithFront *front = data;

  return front->network->own_address (front->data, way, own);
}

/* Hands @response to the user agent, with the branch that it knows. */
static void
pass_to_user_agent (KithFront *front,
                    KithSipPiece own,
                    const KithSipLines *response,
                    const KithWay *way,
                    const char *lines)
{
  g_autofree gchar *via = g_strdup_printf (OWN_VIA "%.*s", KITH_SIP_PIECE (own));
  g_autofree gchar *caller = kith_sip_way_print (&way->to);
  g_autofree gchar *more
      = g_strdup_printf (KITH_SIP_CALLER ": %s\r\n%s", caller, lines != NULL ? lines : "");
  const KithSipEdit edit = { .pop_via = TRUE, .via = via, .lines = more };

  (void)kith_sip_splice (response, &edit, front->out);
  front->counts[KITH_EDGE_N_TO_UA]++;
  (void)front->network->to_user_agent (front->data, front->out->str, front->out->len);
}

/* Hands @response to the phone whose request has @mark. */
static void
pass_to_phone (KithFront *front, const gchar *mark, const KithSipLines *response, const char *lines)
{
  const KithSipEdit edit = { .pop_via = TRUE, .lines = lines };
  const guint status = kith_sip_best_status (response->status);
  gchar digits[4];

  (void)kith_sip_splice (response, &edit, front->out);
  if (status != response->status && front->out->len > STATUS_AT + 3) {
    (void)g_snprintf (digits, sizeof digits, "%u", status);
    memcpy (front->out->str + STATUS_AT, digits, 3);
  }
  (void)kith_servers_answer (front->servers, response->method, mark, status, front->out);
}

static void
note_status (KithFront *front, KithProxyFork *fork, guint status)
{
  KithFrontCall *call = kith_proxy_fork_data (fork);

  if (call != NULL && status >= 200 && call->rings) {
    call->rings = FALSE;
    kith_phone_quota_end (front->quota, call->told.caller);
  }
  if (call != NULL && kith_proxy_fork_is_invite (fork) && status > 100) {
    call->told.phase = status >= 300   ? KITH_PROXIED_TERMINATED
                       : status >= 200 ? KITH_PROXIED_CONFIRMED
                                       : KITH_PROXIED_EARLY;
    call->told.status = (guint16)(status >= 300 ? status : 0);
    kith_proxy_calls_put (front->calls, &call->told);
  }
}

/* RFC 4320: that a request other than INVITE had no answer in time its sender knows himself. */
static gboolean
is_late (const KithProxyFork *fork, guint status)
{
  return status == KITH_SIP_BEST_SILENCE && !kith_proxy_fork_is_invite (fork);
}

static void
on_pass (gpointer data,
         KithProxyFork *fork,
         const KithSipLines *response,
         const KithWay *way,
         const char *lines)
{
  KithFront *front = data;
  const KithProxyMark *mark = kith_proxy_fork_mark (fork);

  note_status (front, fork, response->status);
  if (is_late (fork, response->status)) {
    return;
  }
  if (mark->kind == KITH_PROXY_MARK_UA) {
    pass_to_user_agent (front, mark->own, response, way, lines);
  } else {
    pass_to_phone (front, mark->mark, response, lines);
  }
}

static const char *
phrase_of (guint status)
{
  switch (status) {
  case 408:
    return "Request Timeout";
  case 480:
    return "Not Reachable";
  case 487:
    return "Request Terminated";
  default:
    return "Server Error";
  }
}

static void
on_made (gpointer data, KithProxyFork *fork, const KithSipLines *request, guint status)
{
  KithFront *front = data;
  const KithProxyMark *mark = kith_proxy_fork_mark (fork);
  const guint told = status == 430 ? 480 : status; /* that is between us and the phone */
  gchar tag[KITH_EDGE_MARK + 1];

  note_status (front, fork, told);
  if (is_late (fork, told)) {
    return;
  }
  kith_edge_mark (front->rules.key, "made", mark->mark, KITH_EDGE_MARK, tag);
  const gboolean ua = mark->kind == KITH_PROXY_MARK_UA;
  const KithSipReply reply = { .status = told,
                               .phrase = phrase_of (told),
                               .to_tag = tag,
                               .lines = ua ? KITH_SIP_MADE ": edge\r\n" : NULL };
  if (!kith_sip_reply (request, &reply, front->out)) {
    return;
  }
  if (ua) {
    (void)front->network->to_user_agent (front->data, front->out->str, front->out->len);
  } else {
    (void)kith_servers_answer (front->servers, request->method, mark->mark, told, front->out);
  }
}

static void
on_over (gpointer data, KithProxyFork *fork)
{
  KithFront *front = data;

  if (kith_proxy_fork_waits (fork)) {
    note_status (front, fork, 487); /* it never had another */
  }
  kith_proxy_forget (front->proxy, fork);
}

KithProxyForkFuncs
kith_front_fork_funcs (KithFront *front)
{
  return (KithProxyForkFuncs){ on_send, on_own_address, on_pass, on_made, on_over, front };
}

/* To a request that was forwarded without keeping anything: as the next Via says, in which it was
   written where that came from. */
static void
pass_back (KithFront *front)
{
  const KithSipEdit edit = { .pop_via = TRUE };
  KithSipVia via;
  KithSipHop hop;
  KithWay to = { 0 };

  if (!kith_sip_lines_via (front->lines, 1, &via) || via.received.len == 0
      || !kith_sip_hop_of_via (&via, &hop) || hop.endpoint.family == 0) {
    return;
  }
  to.to.peer = hop.endpoint;
  to.to.peer.port = via.rport != 0 ? via.rport : hop.endpoint.port;
  kith_way_set_transport (&to, hop.transport);
  if (to.to.tcp && kith_flows_find (front->flows, &to.to) == NULL) {
    front->counts[KITH_EDGE_N_NO_DIALOG]++;
    return;
  }
  (void)kith_sip_splice (front->lines, &edit, front->out);
  (void)kith_front_send (front, &to, front->out->str, front->out->len);
}

void
kith_front_proxy_response (KithFront *front, const KithArrival *arrival, const KithProxyMark *mark)
{
  const KithSipLines *lines = front->lines;
  KithProxyFork *fork = NULL;

  if (mark->kind == KITH_PROXY_MARK_STATELESS) {
    pass_back (front);
    return;
  }
  fork = kith_proxy_find (front->proxy, mark->mark, lines->method);
  if (fork != NULL) {
    kith_proxy_fork_take (fork, mark->index, lines, arrival->way);
    return;
  }
  /* a late yes, of an INVITE that has nothing else under way */
  if (lines->status < 200 || lines->status > 299 || !kith_sip_piece_is (lines->method, "INVITE")) {
    front->counts[KITH_EDGE_N_NO_DIALOG]++;
  } else if (mark->kind == KITH_PROXY_MARK_UA) {
    pass_to_user_agent (front, mark->own, lines, arrival->way, NULL);
  } else {
    pass_to_phone (front, mark->mark, lines, NULL);
  }
}
