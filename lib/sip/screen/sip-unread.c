/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages that the library is not shown, or could not read: who may have an answer to one. */
#include "base/log.h"
#include "sip/sip-private.h"
#include "sip/sofia/sofia-inlet.h"

/* It costs a token like any other message; what comes from a forged address costs and gets
   nothing. */
gboolean
kith_sip_stack_refused (gpointer user_data,
                        tport_t *tport,
                        const struct sockaddr *from,
                        guint status,
                        const char *reason)
{
  KithSipStack *stack = user_data;
  const KithSipLink *link = kith_sip_links_of_tport (stack->links, tport);
  gint64 now_us = kith_clock_now (kith_clock_get_default ());
  guint count = 0;

  if (kith_sip_edge_is (stack, tport)) {
    kith_warning ("sip", "kith-edge said what is no SIP: %u %s", status, reason);
    return TRUE;
  }
  if (link == NULL
      && (kith_hooks_is_pseudo (from) || kith_sip_links_is_base (stack->links, tport))) {
    return FALSE;
  }
  guint64 source = link != NULL ? link->slot : kith_admission_source (from);
  if (kith_admission_take (stack->admission, source, now_us) != KITH_ADMISSION_OK) {
    return FALSE;
  }
  if (kith_admission_may_log (stack->admission, KITH_ADMISSION_LOG_UNREAD, now_us, &count)) {
    kith_info ("sip", "%u message(s) that are no SIP, the last with %u %s", count, status, reason);
  }
  return TRUE;
}

void
kith_sip_stack_unread (KithSipStack *stack, tport_t *tport, msg_t *msg)
{
  if (kith_sip_stack_refused (stack, tport, &msg_addr (msg)->su_sa, 400, "Bad Request")) {
    kith_inlet_refuse (tport, 400, "Bad Request");
  }
  msg_destroy (msg);
}
