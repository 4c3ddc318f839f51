/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nua is never without a stream to the edge: with none, the next request of a call would end it.
   What it says while no edge runs waits in the pair. */
#include "sip/sip-edge.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "sip/sip-limits.h"
#include "sip/sip-private.h"
#include "sip/sofia/sofia-inlet.h"

/* The library sees the end of a stream late: it is asked of the system. */
static gboolean
is_alive (const KithSipEdge *edge)
{
  struct pollfd end = { .fd = edge->fd, .events = POLLRDHUP };

  return edge->tport != NULL && !tport_is_closed (edge->tport)
         && (poll (&end, 1, 0) <= 0 || (end.revents & (POLLRDHUP | POLLHUP | POLLERR)) == 0);
}

gboolean
kith_sip_edge_renew (KithSipStack *stack, GError **error)
{
  KithSipEdge *edge = &stack->edge;
  tport_t *before = is_alive (edge) ? edge->tport : NULL;
  int fds[2] = { -1, -1 };

  int made = socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds);
  tport_t *tport
      = made == 0 ? kith_sip_links_make_tport (stack->links, fds[0], KITH_SIP_EDGE_SLOT) : NULL;
  if (tport == NULL) {
    if (made == 0) {
      (void)close (fds[1]);
    }
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_FAILED,
                         "There is no stream for kith-edge: are there free file descriptors?");
    return FALSE;
  }
  kith_inlet_trust (tport);
  kith_sip_edge_clear (edge);
  edge->tport = tport;
  edge->fd = fds[0];
  edge->end = fds[1];
  edge->made_us = kith_clock_now (kith_clock_get_default ());
  if (before != NULL) {
    (void)tport_shutdown (before, 2);
  }
  kith_sip_stack_poke (stack);
  return TRUE;
}

static gboolean
is_wanted (KithSipStack *stack)
{
  return stack->has_edge && stack->stopping == NULL && !stack->shut;
}

tport_t *
kith_sip_edge_tport (KithSipStack *stack)
{
  g_autoptr (GError) error = NULL;

  if (is_wanted (stack) && !is_alive (&stack->edge) && !kith_sip_edge_renew (stack, &error)) {
    kith_warning ("sip", "%s", error->message);
  }
  return stack->edge.tport;
}

gboolean
kith_sip_edge_is (KithSipStack *stack, const tport_t *tport)
{
  const struct sockaddr_in *in = stack->has_edge && tport_is_secondary (tport)
                                         && kith_sip_links_is_base (stack->links, tport)
                                     ? (const void *)tport_get_address (tport)->ai_addr
                                     : NULL;

  return in != NULL && ntohl (in->sin_addr.s_addr) == (KITH_PSEUDO_NET | KITH_SIP_EDGE_SLOT);
}

gboolean
kith_sip_edge_closed (KithSipStack *stack, const tport_t *tport)
{
  if (!kith_sip_edge_is (stack, tport)) {
    return FALSE;
  }
  if (stack->edge.tport == tport) {
    stack->edge.tport = NULL;
    (void)kith_sip_edge_tport (stack);
  }
  return TRUE;
}

void
kith_sip_edge_clear (KithSipEdge *edge)
{
  if (edge->end >= 0) {
    (void)close (edge->end);
    edge->end = -1;
  }
}

int
kith_sip_edge_take_end (KithSipStack *stack, GError **error)
{
  KithSipEdge *edge = &stack->edge;
  gint64 age_us = kith_clock_now (kith_clock_get_default ()) - edge->made_us;
  gboolean fresh = edge->end >= 0 && is_alive (edge)
                   && age_us < (gint64)KITH_SIP_EDGE_STALE_S * G_USEC_PER_SEC;

  if (!fresh && !kith_sip_edge_renew (stack, error)) {
    return -1;
  }
  int end = edge->end;
  edge->end = -1;
  return end;
}

const char *
kith_sip_edge_find (const sip_t *sip, const char *name)
{
  for (const sip_unknown_t *header = sip->sip_unknown; header != NULL; header = header->un_next) {
    if (header->un_name != NULL && g_ascii_strcasecmp (header->un_name, name) == 0) {
      return header->un_value;
    }
  }
  return NULL;
}

gboolean
kith_sip_edge_stamp (msg_t *msg, const char *way)
{
  if (way == NULL) {
    return FALSE;
  }
  g_autofree gchar *line = g_strdup_printf (KITH_SIP_VIA ": %s", way);
  sip_unknown_t *header = sip_unknown_make (msg_home (msg), line);
  return header != NULL
         && msg_header_insert (msg, (msg_pub_t *)sip_object (msg), (msg_header_t *)header) >= 0;
}
