/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages that the library is not shown, or could not read: who may have an answer to one. */
#include "base/log.h"
#include "sip/sip-private.h"
#include "sip/sofia/sofia-inlet.h"

/* It costs a token like any other message. */
gboolean
kith_sip_stack_refused (gpointer user_data, tport_t *tport, guint status, const char *reason)
{
  KithSipStack *stack = user_data;
  KithSipLink *link = kith_sip_links_of_tport (stack->links, tport);
  gint64 now_us = kith_clock_now (kith_clock_get_default ());
  guint count = 0;

  if (link != NULL ? !kith_sip_link_take (link, now_us) : !kith_sip_edge_is (stack, tport)) {
    return FALSE;
  }
  if (kith_sip_told_now (&stack->told, KITH_SIP_TOLD_UNREAD, now_us, &count)) {
    kith_info ("sip",
               "%s: %u message(s) that are no SIP, the last with %u %s",
               link != NULL ? "a link" : "kith-edge",
               count,
               status,
               reason);
  }
  return TRUE;
}

void
kith_sip_stack_unread (KithSipStack *stack, tport_t *tport, msg_t *msg)
{
  if (kith_sip_stack_refused (stack, tport, 400, "Bad Request")) {
    kith_inlet_refuse (tport, 400, "Bad Request");
  }
  msg_destroy (msg);
}
