/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes back to an address that has not proved that it is there: little more than came from
   there, or somebody could have us flood others. */
#include "sip/sip-limits.h"
#include "sip/sip-private.h"

/* TRUE for what nobody needs to go on with a call. */
static gboolean
is_spare (const sip_header_t *h, const sip_t *sip)
{
  return h == (const sip_header_t *)sip->sip_user_agent
         || h == (const sip_header_t *)sip->sip_server || h == (const sip_header_t *)sip->sip_allow
         || h == (const sip_header_t *)sip->sip_accept
         || h == (const sip_header_t *)sip->sip_supported
         || h == (const sip_header_t *)sip->sip_timestamp;
}

/* Takes out what can be spared; with @is_short also the long names of headers. */
static void
shrink (msg_t *msg, sip_t *sip, gboolean is_short)
{
  msg_header_t **head = msg_chain_head (msg);
  msg_header_t *next = NULL;

  for (msg_header_t *h = *head; h != NULL; h = next) {
    next = h->sh_succ;
    if (is_spare ((sip_header_t *)h, sip)) {
      (void)msg_header_remove (msg, (msg_pub_t *)sip, h);
    } else if (is_short) {
      msg_fragment_clear (h->sh_common);
    }
  }
  if (is_short) {
    sip->sip_flags |= MSG_FLG_COMPACT;
  }
}

/* Makes the message ready to be sent. Returns how long it is. */
static gsize
measure (msg_t *msg)
{
  msg_header_t **head = msg_chain_head (msg);
  int size = head != NULL && *head != NULL ? msg_prepare (msg) : -1;

  return size > 0 ? (gsize)size : G_MAXSIZE;
}

/* A refusal is short enough, or is made so. */
static gboolean
fit_refusal (msg_t *msg, sip_t *sip, gsize most)
{
  for (guint i = 0; i < 2; i++) {
    if (measure (msg) <= most) {
      return TRUE;
    }
    shrink (msg, sip, i > 0);
  }
  if (measure (msg) <= most) {
    return TRUE;
  }
  sip->sip_status->st_phrase = "";
  msg_fragment_clear (sip->sip_status->st_common);
  return measure (msg) <= most;
}

static gboolean
fit_response (KithPurse *purse, msg_t *msg, sip_t *sip)
{
  guint status = (guint)sip->sip_status->st_status;
  gboolean is_yes = status >= 200 && status < 300 && sip->sip_cseq->cs_method != sip_method_cancel;
  gsize size = measure (msg);

  for (guint i = 0; i < 2 && size != G_MAXSIZE && status > 100
                    && !kith_purse_has_room (purse, status, is_yes, size);
       i++) {
    shrink (msg, sip, i > 0);
    size = measure (msg);
  }
  return size != G_MAXSIZE && kith_purse_may_say (purse, status, is_yes, size);
}

gboolean
kith_sip_stack_say (gpointer user_data, tport_t *tport, msg_t *msg)
{
  KithSipStack *stack = user_data;
  sip_t *sip = sip_object (msg);
  gint64 now_us = kith_clock_now (kith_clock_get_default ());

  kith_admission_active (stack->admission, tport, now_us);
  if (sip == NULL || sip->sip_status == NULL || sip->sip_call_id == NULL || sip->sip_cseq == NULL
      || sip->sip_call_id->i_id == NULL) {
    return TRUE;
  }
  if (stack->refusal_most != 0) {
    return stack->refusal_most == G_MAXSIZE || fit_refusal (msg, sip, stack->refusal_most);
  }
  KithCallId *entry = kith_call_ids_find (stack->call_ids, sip->sip_call_id->i_id);
  return entry == NULL || entry->purse.proved || fit_response (&entry->purse, msg, sip);
}
