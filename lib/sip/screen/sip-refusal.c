/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers that leave no state behind: the same again for the same request. */
#include "sip/screen/sip-methods.h"
#include "sip/sip-limits.h"
#include "sip/sip-private.h"

#define TAG_CHARS 8

/* RFC 3261 section 8.2.7: who keeps no state gives the same tag to the same request, and nobody can
   guess it. (transfer full) */
#define EVENTS "dialog, presence, message-summary" /* as kith_watch_event_word() has them */

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
has_room (const tport_t *tport, const msg_t *msg)
{
  gsize one = 2 * (gsize)msg_size (msg) + KITH_SIP_ANSWER_SIZE;

  return (gsize)tport_queuelen (tport) * one <= KITH_SIP_MAX_WAITING;
}

void
kith_sip_stack_refuse (KithSipStack *stack,
                       tport_t *tport,
                       msg_t *msg,
                       guint status,
                       const char *phrase)
{
  const sip_t *sip = sip_object (msg);
  msg_t *reply = has_room (tport, msg) ? nta_msg_create (stack->doors.agent, 0) : NULL;
  gboolean allow = status == 405 || status == 501 || status == 200;

  if (reply == NULL) {
    msg_destroy (msg);
    return;
  }
  sip_to_t *to = tagged_to (stack, msg_home (reply), sip);
  g_autofree gchar *unsupported = status == 420 ? list_required (sip) : NULL;
  const char *words = phrase != NULL ? phrase : sip_status_phrase ((int)status);
  const char *wait = status == 503 ? "5" : status == 500 ? "2" : NULL;
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
      SIPTAG_SUPPORTED_STR (""),
      TAG_IF (status == 423, SIPTAG_MIN_EXPIRES_STR (G_STRINGIFY (KITH_WATCH_LEAST_S))),
      TAG_IF (status == 489, SIPTAG_ALLOW_EVENTS_STR (EVENTS)),
      TAG_IF (unsupported != NULL, SIPTAG_UNSUPPORTED_STR (unsupported)),
      TAG_IF (wait != NULL, SIPTAG_RETRY_AFTER_STR (wait)),
      TAG_END ());
}
