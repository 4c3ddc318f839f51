/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers that leave no state behind: the same again for the same request, and hardly longer than
   it. */
#include <arpa/inet.h>

#include "sip/screen/sip-methods.h"
#include "sip/sip-limits.h"
#include "sip/sip-private.h"
#include "sip/sofia/sofia-inlet.h"

#define TAG_CHARS 8

/* A refusal goes back to where the request came from, whatever its Via says (RFC 3261 section
   18.2.1, RFC 3581). The library does the same for what passes. */
static void
pin_via (tport_t *tport, msg_t *msg, sip_via_t *via)
{
  su_home_t *home = msg_home (msg);
  const su_sockaddr_t *from = msg_addr (msg);
  char host[INET6_ADDRSTRLEN] = "";

  if (su_inet_ntop (from->su_family, SU_ADDR (from), host, sizeof host) == NULL) {
    return;
  }
  (void)msg_header_replace_param (home, via->v_common, su_sprintf (home, "received=%s", host));
  if (via->v_rport != NULL || tport_is_stream (tport)) {
    (void)msg_header_replace_param (home,
                                    via->v_common,
                                    su_sprintf (home, "rport=%u", ntohs (from->su_port)));
  }
}

/* RFC 3261 section 8.2.7: who keeps no state gives the same tag to the same request, and nobody can
   guess it. (transfer full) */
static sip_to_t *
tagged_to (KithSipStack *stack, su_home_t *home, const sip_t *sip)
{
  sip_to_t *to = sip_to_dup (home, sip->sip_to);

  if (to == NULL || to->a_tag != NULL) {
    return to;
  }
  g_autofree gchar *seed
      = g_strdup_printf ("%s\n%s\n%u\n%s",
                         sip->sip_call_id->i_id,
                         sip->sip_from->a_tag != NULL ? sip->sip_from->a_tag : "",
                         sip->sip_cseq->cs_seq,
                         sip->sip_via->v_branch != NULL ? sip->sip_via->v_branch : "");
  g_autofree gchar *hash = g_compute_hmac_for_string (G_CHECKSUM_SHA256,
                                                      stack->tag_key,
                                                      sizeof stack->tag_key,
                                                      seed,
                                                      -1);
  hash[TAG_CHARS] = '\0';
  (void)sip_to_tag (home, to, hash);
  return to;
}

/* The extensions of a Require that we do not know, which are all. (transfer full) */
static gchar *
list_required (const sip_t *sip)
{
  if (sip->sip_require == NULL || sip->sip_require->k_items == NULL) {
    return NULL;
  }
  GString *names = g_string_new (NULL);
  for (msg_param_t const *item = sip->sip_require->k_items; *item != NULL && names->len < 256;
       item++) {
    g_string_append_printf (names, "%s%.64s", names->len > 0 ? ", " : "", *item);
  }
  return g_string_free (names, FALSE);
}

/* Whoever brings more requests than he reads answers gets no more of them: each waits in memory,
   parsed and written. */
static gboolean
has_room (const tport_t *tport, const msg_t *msg, gboolean link)
{
  gsize most = link ? KITH_SIP_MAX_WAITING_LINK : KITH_SIP_MAX_WAITING_PLAIN;
  gsize one = 2 * (gsize)msg_size (msg) + KITH_SIP_ANSWER_SIZE;

  return !tport_is_stream (tport) || (gsize)tport_queuelen (tport) * one <= most;
}

void
kith_sip_stack_refuse (KithSipStack *stack,
                       tport_t *tport,
                       msg_t *msg,
                       guint status,
                       const char *phrase,
                       gboolean link)
{
  const sip_t *sip = sip_object (msg);
  msg_t *reply = has_room (tport, msg, link) ? nta_msg_create (stack->doors.agent, 0) : NULL;
  gboolean allow = status == 405 || status == 501 || status == 200;
  gboolean proved = link || tport_is_stream (tport);

  if (reply == NULL) {
    msg_destroy (msg);
    return;
  }
  pin_via (tport, msg, sip->sip_via);
  sip_to_t *to = tagged_to (stack, msg_home (reply), sip);
  g_autofree gchar *unsupported = status == 420 ? list_required (sip) : NULL;
  const char *words = phrase != NULL ? phrase : sip_status_phrase ((int)status);
  const char *wait = status == 503 ? "5" : status == 500 ? "2" : NULL;
  stack->refusal_most = proved ? G_MAXSIZE : kith_inlet_came (tport) + KITH_SIP_MOST_MORE;
  (void)nta_msg_mreply (
      stack->doors.agent,
      reply,
      sip_object (reply),
      (int)status,
      words != NULL ? words : "Refused",
      msg,
      TAG_IF (to != NULL, SIPTAG_TO (to)),
      TAG_IF (allow, SIPTAG_ALLOW_STR (kith_sip_methods_allow ())),
      TAG_IF (status == 415 || status == 200, SIPTAG_ACCEPT_STR ("application/sdp")),
      TAG_IF (proved || status == 200, SIPTAG_SUPPORTED_STR ("")),
      TAG_IF (unsupported != NULL, SIPTAG_UNSUPPORTED_STR (unsupported)),
      TAG_IF (wait != NULL, SIPTAG_RETRY_AFTER_STR (wait)),
      TAG_END ());
  stack->refusal_most = 0;
}
