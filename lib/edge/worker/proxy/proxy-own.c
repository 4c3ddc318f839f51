/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests of the user agent to a phone of the house: all places where that is are asked. */
#include "edge/edge-limits.h"
#include "edge/worker/front-private.h"
#include "edge/worker/proxy/cancel-reason.h"
#include "model/sip/sip-splice.h"

static void
answer (KithFront *front, guint status, const char *phrase)
{
  const KithSipReply reply = { .status = status,
                               .phrase = phrase,
                               .to_tag = "kith-edge",
                               .lines = KITH_SIP_MADE ": edge\r\n" };

  if (kith_sip_reply (front->lines, &reply, front->out)) {
    (void)front->network->to_user_agent (front->data, front->out->str, front->out->len);
  }
}

/* ACK and CANCEL of a request that was forked. */
static gboolean
take_followers (KithFront *front, const gchar *mark)
{
  KithProxyFork *fork = NULL;

  if (kith_sip_piece_is (front->lines->method, "ACK")) {
    return kith_proxy_find (front->proxy, mark, front->lines->method) != NULL;
  }
  if (!kith_sip_piece_is (front->lines->method, "CANCEL")) {
    return FALSE;
  }
  fork = kith_proxy_find (front->proxy, mark, front->lines->method);
  if (fork == NULL) {
    return FALSE;
  }
  g_autofree gchar *reason = kith_cancel_reason (front->lines);
  answer (front, 200, "OK");
  kith_proxy_fork_cancel (fork, reason);
  return TRUE;
}

static void
fork_it (KithFront *front, const KithWay *way, const KithProxyMark *mark)
{
  const KithTabled *tabled
      = kith_edge_registrar_find (front->registrar, kith_sip_piece (way->to.name));
  KithProxyTargets targets = { 0 };
  KithProxyOrder order = { .key = front->rules.key, .mark = *mark, .breadth = KITH_EDGE_BREADTH };

  if (tabled != NULL) {
    kith_front_targets (front, tabled, NULL, &targets);
  }
  if (targets.n == 0) {
    answer (front, 480, "Not Registered");
  } else if (!kith_proxy_has_room (front->proxy)) {
    kith_proxy_targets_clear (&targets);
    answer (front, 503, "Service Unavailable");
  } else {
    kith_proxy_fork_start (kith_proxy_add (front->proxy, &order, front->lines, &targets));
  }
}

gboolean
kith_front_proxy_own (KithFront *front, const KithWay *way)
{
  KithProxyMark mark = { .kind = KITH_PROXY_MARK_UA };
  KithSipVia via;

  if (!kith_sip_lines_via (front->lines, 0, &via) || via.branch.len == 0) {
    return FALSE;
  }
  mark.own = via.branch;
  g_free (kith_branch_outward (front->rules.key, via.branch, mark.mark));
  if (take_followers (front, mark.mark)) {
    return TRUE;
  }
  if (way->to.peer.family != 0) {
    return FALSE;
  }
  if (kith_sip_piece_is (front->lines->method, "ACK")) {
    return TRUE; /* of what is over */
  }
  if (kith_sip_piece_is (front->lines->method, "CANCEL")) {
    answer (front, 481, "Call/Transaction Does Not Exist");
    return TRUE;
  }
  if (kith_proxy_find (front->proxy, mark.mark, front->lines->method) == NULL) {
    fork_it (front, way, &mark);
  }
  return TRUE;
}
