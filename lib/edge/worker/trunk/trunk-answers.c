/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a registrar says to a REGISTER, and what follows from it. */
#include <string.h>

#include "edge/worker/trunk/trunk-register-private.h"

#define PROVISIONAL_S 32
#define ANSWER_MS 5000
#define MOST_CHALLENGES 4 /* in one attempt: of a proxy and of the registrar, each once stale */
#define PING_MS 25000
#define LEAST_PING_MS 5000

static KithSipPiece
phrase_of (const KithSipLines *response)
{
  /* "SIP/2.0 403 Forbidden" */
  const gsize at = strlen ("SIP/2.0 403 ");
  KithSipPiece phrase = response->start;

  while (phrase.len > 0 && g_ascii_isspace (phrase.at[phrase.len - 1])) {
    phrase.len--;
  }
  return phrase.len > at ? kith_sip_piece_from (phrase, at) : (KithSipPiece){ NULL, 0 };
}

static void
note (KithTrunkRegister *self, KithTrunkReason reason, const KithSipLines *response)
{
  const KithSipPiece phrase = phrase_of (response);

  kith_trunk_register_note (self, reason, response->status, phrase.at, phrase.len);
}

static void
note_text (KithTrunkRegister *self, KithTrunkReason reason, guint status, const char *text)
{
  kith_trunk_register_note (self, reason, status, text, strlen (text));
}

/* It cannot be answered: the attempt is over, unless it was only about an old contact. */
static void
give_up (KithTrunkRegister *self)
{
  if (self->request.ends) {
    self->request.ends = FALSE;
    *self->old = '\0';
  } else {
    kith_trunk_register_fail (self, 0);
  }
}

/* Accepted */

/* TRUE: the registrar sees us at a public address that is not ours, and shall know that one. */
static gboolean
is_elsewhere (KithTrunkRegister *self, const KithTrunkAccepted *accepted)
{
  const KithEndpoint *seen = &accepted->seen;

  return self->flow.may_tell && seen->family == self->own.family && kith_endpoint_is_public (seen)
         && !kith_endpoint_is_public (&self->own) && !kith_endpoint_is_same (seen, &self->seen)
         && !self->request.way.to.tcp;
}

static void
take_old_away (KithTrunkRegister *self)
{
  g_string_truncate (self->proof.lines, 0);
  self->proof.challenges = 0;
  self->request.ends = TRUE;
  kith_trunk_register_request (self);
}

static void
take_success (KithTrunkRegister *self, const KithSipLines *response)
{
  g_autofree KithTrunkAccepted *accepted = g_new (KithTrunkAccepted, 1);
  const gint64 now_us = kith_clock_now (self->clock);

  kith_trunk_accepted_read (response, self->contact, self->old, self->ask_s, accepted);
  if (!accepted->ours) {
    note_text (self, KITH_TRUNK_PROTOCOL, response->status, "it took another address than ours");
    kith_trunk_register_fail (self, 0);
    return;
  }
  const guint32 expires_s = CLAMP (accepted->expires_s, 1, KITH_TRUNK_MOST_S);
  note (self, KITH_TRUNK_FINE, response);
  self->news.tries = 0;
  self->until_us = now_us + expires_s * (gint64)G_USEC_PER_SEC;
  (void)g_strlcpy (self->route, accepted->route, sizeof self->route);
  self->flow.outbound = accepted->outbound;
  self->flow.owes_pong = FALSE;
  self->flow.ping_ms
      = accepted->flow_timer_s > 0 ? MAX (accepted->flow_timer_s * 800, LEAST_PING_MS) : PING_MS;
  self->places.known_us = now_us;
  self->funcs.keep (self->funcs.data, self->request.way.stream);
  kith_timer_set_ms (&self->ping, self->flow.ping_ms);
  kith_timer_set_ms (&self->timer, kith_trunk_refresh_ms (expires_s));
  (void)kith_trunk_register_step (self, KITH_TRUNK_EVENT_ACCEPTED);
  if (is_elsewhere (self, accepted)) {
    (void)g_strlcpy (self->old, self->contact, sizeof self->old);
    self->seen = accepted->seen;
    self->flow.may_tell = FALSE;
    g_string_truncate (self->proof.lines, 0);
    self->proof.challenges = 0;
    (void)kith_trunk_register_step (self, KITH_TRUNK_EVENT_MOVED);
    kith_timer_clear (&self->timer);
    kith_trunk_register_request (self);
  } else if (accepted->has_old) {
    take_old_away (self);
  } else {
    *self->old = '\0';
  }
}

/* Challenged */

static gboolean
copy (KithSipPiece piece, gchar *out, gsize room)
{
  if (piece.len >= room) {
    return FALSE;
  }
  if (piece.len > 0) {
    memcpy (out, piece.at, piece.len);
  }
  out[piece.len] = '\0';
  return strpbrk (out, "\"\\") == NULL;
}

/* FALSE: it cannot be answered. */
static gboolean
read_challenge (KithTrunkRegister *self, const KithDigestChallenge *challenge)
{
  KithTrunkQuestion *question = &self->proof.question;

  memset (question, 0, sizeof *question);
  (void)g_strlcpy (question->trunk, self->trunk.name, sizeof question->trunk);
  question->sha256 = challenge->algorithm == KITH_DIGEST_SHA256;
  question->session = challenge->session;
  question->has_qop = challenge->has_qop;
  self->proof.has_opaque = challenge->opaque.at != NULL;
  kith_trunk_uri_print (&self->trunk, question->uri);
  return copy (challenge->realm, question->realm, sizeof question->realm)
         && copy (challenge->nonce, question->nonce, sizeof question->nonce)
         && copy (challenge->opaque, self->proof.opaque, sizeof self->proof.opaque);
}

/* It knew our answer, and does not want it. */
static gboolean
is_wrong (const KithTrunkProof *proof, gboolean proxy, const KithDigestChallenge *challenge)
{
  return proof->challenges > 0 && proof->proxy == proxy && !challenge->stale
         && challenge->realm.len == strlen (proof->question.realm)
         && memcmp (challenge->realm.at, proof->question.realm, challenge->realm.len) == 0;
}

static void
be_challenged (KithTrunkRegister *self, const KithSipLines *response)
{
  KithTrunkProof *proof = &self->proof;
  const gboolean proxy = response->status == 407;
  KithDigestChallenge challenge;
  g_autofree KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  if (!kith_digest_choose (response,
                           proxy ? KITH_HEADER_PROXY_AUTHENTICATE : KITH_HEADER_WWW_AUTHENTICATE,
                           (KithSipPiece){ NULL, 0 },
                           &challenge)) {
    note_text (self, KITH_TRUNK_PROTOCOL, response->status, "it asks for no digest that we know");
    give_up (self);
    return;
  }
  if (is_wrong (proof, proxy, &challenge)) {
    note (self, KITH_TRUNK_WRONG_PASSWORD, response);
    give_up (self);
    return;
  }
  if (proof->challenges == MOST_CHALLENGES || !read_challenge (self, &challenge)) {
    note_text (self,
               KITH_TRUNK_PROTOCOL,
               response->status,
               proof->challenges == MOST_CHALLENGES ? "it asks again and again"
                                                    : "its challenge cannot be answered");
    give_up (self);
    return;
  }
  if (proof->challenges > 0 && proof->proxy == proxy) {
    g_string_truncate (proof->lines, 0); /* for another nonce */
  }
  proof->challenges++;
  proof->proxy = proxy;
  proof->asked_id = ++self->last_id;
  proof->question.id = proof->asked_id;
  frame->type = KITH_EDGE_ASK_DIGEST;
  frame->challenge = proof->question;
  self->news.status = (guint16)response->status;
  if (!self->request.ends) {
    (void)kith_trunk_register_step (self, KITH_TRUNK_EVENT_ASKED);
    kith_timer_set_ms (&self->timer, ANSWER_MS);
  }
  self->funcs.tell (self->funcs.data, frame);
}

gboolean
kith_trunk_register_answer (KithTrunkRegister *self, const KithTrunkAnswer *answer)
{
  KithTrunkProof *proof = &self->proof;
  const KithTrunkQuestion *question = &proof->question;

  if (proof->asked_id == 0 || answer->id != proof->asked_id) {
    return FALSE;
  }
  proof->asked_id = 0;
  if (*answer->response == '\0') {
    note_text (self, KITH_TRUNK_NO_PASSWORD, self->news.status, "");
    give_up (self);
    return TRUE;
  }
  const KithDigestCredentials credentials
      = { .algorithm = question->sha256 ? KITH_DIGEST_SHA256 : KITH_DIGEST_MD5,
          .named = TRUE,
          .session = question->session,
          .has_qop = question->has_qop,
          .user = kith_sip_piece (self->trunk.user),
          .realm = kith_sip_piece (question->realm),
          .nonce = kith_sip_piece (question->nonce),
          .uri = kith_sip_piece (question->uri),
          .response = kith_sip_piece (answer->response),
          .cnonce = kith_sip_piece (answer->cnonce),
          .nc = kith_sip_piece ("00000001"),
          .count = 1,
          .opaque
          = proof->has_opaque ? kith_sip_piece (proof->opaque) : (KithSipPiece){ NULL, 0 } };
  kith_digest_credentials_print (&credentials,
                                 proof->proxy ? "Proxy-Authorization" : "Authorization",
                                 proof->lines);
  if (!self->request.ends) {
    kith_timer_clear (&self->timer);
  }
  kith_trunk_register_request (self);
  return TRUE;
}

/* All that it may say */

static void
take_too_brief (KithTrunkRegister *self, const KithSipLines *response)
{
  const guint64 minimum
      = kith_trunk_header_number (response, KITH_HEADER_MIN_EXPIRES, G_MAXUINT64 / 16);

  if (kith_trunk_take_minimum (self->ask_s, minimum, &self->ask_s)) {
    (void)kith_trunk_register_step (self, KITH_TRUNK_EVENT_ASKED);
    kith_trunk_register_request (self);
    return;
  }
  note_text (self,
             KITH_TRUNK_PROTOCOL,
             423,
             minimum > KITH_TRUNK_MOST_S
                 ? "it wants a registration for more than a day"
                 : "it wants a longer registration, and does not say which");
  kith_trunk_register_fail (self, 0);
}

static void
be_refused (KithTrunkRegister *self, const KithSipLines *response)
{
  gboolean next = FALSE;
  const KithTrunkReason reason = kith_trunk_reason_of (response->status, &next);
  const guint32 after_s
      = (guint32)kith_trunk_header_number (response, KITH_HEADER_RETRY_AFTER, G_MAXUINT32);

  note (self, reason, response);
  if (next) {
    kith_trunk_register_next (self, after_s);
  } else {
    kith_trunk_register_fail (self, after_s);
  }
}

/* The answer to a REGISTER that takes an old contact away: whatever it is. */
static void
take_goodbye (KithTrunkRegister *self, const KithSipLines *response)
{
  if ((response->status == 401 || response->status == 407) && self->proof.challenges == 0) {
    be_challenged (self, response);
    return;
  }
  self->request.ends = FALSE;
  *self->old = '\0';
}

gboolean
kith_trunk_register_take (KithTrunkRegister *self,
                          const KithSipLines *response,
                          KithSipPiece branch)
{
  KithTrunkSent *sent = &self->request;

  if (!kith_sip_piece_is (branch, sent->branch)) {
    return FALSE;
  }
  if (!sent->is_pending) {
    return TRUE; /* once more */
  }
  if (response->status < 200) {
    sent->silent_us = kith_clock_now (self->clock) + PROVISIONAL_S * (gint64)G_USEC_PER_SEC;
    return TRUE;
  }
  sent->is_pending = FALSE;
  kith_timer_clear (&self->repeat);
  if (sent->ends) {
    take_goodbye (self, response);
  } else if (response->status < 300) {
    take_success (self, response);
  } else if (response->status == 401 || response->status == 407) {
    be_challenged (self, response);
  } else if (response->status == 423) {
    take_too_brief (self, response);
  } else {
    be_refused (self, response);
  }
  return TRUE;
}
