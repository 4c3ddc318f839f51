/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of reasons, and both ways between them and SIP statuses. */
#include "model/call/reason.h"

#include "base/error.h"

typedef struct {
  const char *word;
  int exit_code; /* once given, never changed: scripts depend on it */
  guint sip;     /* how an incoming call is refused */
} ReasonRow;

static const ReasonRow rows[KITH_N_REASONS] = {
  [KITH_REASON_NONE] = { "none", 0, 480 },
  [KITH_REASON_LOCAL] = { "local", 0, 603 },
  [KITH_REASON_REMOTE] = { "remote", 0, 487 },
  [KITH_REASON_REJECTED] = { "rejected", 10, 603 },
  [KITH_REASON_BUSY] = { "busy", 11, 486 },
  [KITH_REASON_NO_ANSWER] = { "no-answer", 12, 480 },
  [KITH_REASON_NOT_FOUND] = { "not-found", 13, 404 },
  [KITH_REASON_AMBIGUOUS] = { "ambiguous", 14, 485 },
  [KITH_REASON_UNREACHABLE] = { "unreachable", 15, 480 },
  [KITH_REASON_UNTRUSTED] = { "untrusted", 16, 403 },
  [KITH_REASON_NOT_ACCEPTABLE] = { "not-acceptable", 17, 488 },
  [KITH_REASON_UNAUTHORIZED] = { "unauthorized", 18, 403 },
  [KITH_REASON_MEDIA_FAILED] = { "media-failed", 19, 480 },
  [KITH_REASON_NETWORK_LOST] = { "network-lost", 20, 503 },
  [KITH_REASON_ELSEWHERE] = { "elsewhere", 21, 487 },
  [KITH_REASON_REPLACED] = { "replaced", 22, 486 },
  [KITH_REASON_TIMEOUT] = { "timeout", 23, 408 },
  [KITH_REASON_INTERNAL] = { "internal", 24, 500 },
};

const char *
kith_reason_word (KithReason reason)
{
  return (guint)reason < KITH_N_REASONS ? rows[reason].word : NULL;
}

gboolean
kith_reason_from_word (const char *word, KithReason *reason)
{
  for (guint i = 0; word != NULL && i < KITH_N_REASONS; i++) {
    if (g_str_equal (word, rows[i].word)) {
      *reason = (KithReason)i;
      return TRUE;
    }
  }
  return FALSE;
}

int
kith_reason_exit_code (KithReason reason)
{
  return rows[(guint)reason < KITH_N_REASONS ? reason : KITH_REASON_INTERNAL].exit_code;
}

static KithReason
from_client_error (guint status, gboolean ringing)
{
  switch (status) {
  case 401:
  case 403:
  case 407:
    return KITH_REASON_UNAUTHORIZED;
  case 404:
  case 410:
  case 484:
    return KITH_REASON_NOT_FOUND;
  case 485:
    return KITH_REASON_AMBIGUOUS;
  case 408:
  case 480:
    return ringing ? KITH_REASON_NO_ANSWER : KITH_REASON_UNREACHABLE;
  case 487:
    return KITH_REASON_NO_ANSWER;
  case 486:
    return KITH_REASON_BUSY;
  case 406:
  case 415:
  case 488:
    return KITH_REASON_NOT_ACCEPTABLE;
  case 482:
  case 483:
    return KITH_REASON_UNREACHABLE;
  case 400:
  case 405:
  case 413:
  case 414:
  case 416:
  case 420:
  case 421:
  case 422:
  case 423:
  case 481:
  case 491:
  case 493:
    return KITH_REASON_INTERNAL; /* two programs do not understand each other; no human said no */
  default:
    return KITH_REASON_REJECTED;
  }
}

KithReason
kith_reason_from_sip (guint status, gboolean ringing)
{
  if (status == 0) {
    return KITH_REASON_REMOTE; /* BYE or CANCEL */
  }
  if (status < 300) {
    return KITH_REASON_NONE;
  }
  if (status < 400) {
    return KITH_REASON_UNREACHABLE; /* moved, and redirections are not followed */
  }
  if (status < 500) {
    return from_client_error (status, ringing);
  }
  switch (status) {
  case 502:
  case 503:
  case 504:
    return KITH_REASON_UNREACHABLE;
  case 600:
    return KITH_REASON_BUSY;
  case 604:
    return KITH_REASON_NOT_FOUND;
  case 606:
    return KITH_REASON_NOT_ACCEPTABLE;
  default:
    return status < 600 || status > 699 ? KITH_REASON_INTERNAL : KITH_REASON_REJECTED;
  }
}

guint
kith_reason_to_sip (KithReason reason)
{
  return rows[(guint)reason < KITH_N_REASONS ? reason : KITH_REASON_INTERNAL].sip;
}

KithReason
kith_reason_from_error (const GError *error)
{
  if (error->domain != KITH_ERROR) {
    return KITH_REASON_INTERNAL;
  }
  switch ((KithError)error->code) {
  case KITH_ERROR_NOT_FOUND:
  case KITH_ERROR_UNREACHABLE:
  case KITH_ERROR_NOT_READY:
  case KITH_ERROR_TIMED_OUT:
    return KITH_REASON_UNREACHABLE;
  case KITH_ERROR_AMBIGUOUS:
    return KITH_REASON_AMBIGUOUS;
  case KITH_ERROR_UNTRUSTED:
    return KITH_REASON_UNTRUSTED;
  case KITH_ERROR_NOT_AUTHORIZED:
    return KITH_REASON_UNAUTHORIZED;
  case KITH_ERROR_UNSUPPORTED:
    return KITH_REASON_NOT_ACCEPTABLE;
  case KITH_ERROR_LIMIT_REACHED:
    return KITH_REASON_BUSY;
  case KITH_ERROR_MEDIA:
    return KITH_REASON_MEDIA_FAILED;
  case KITH_ERROR_CANCELLED:
    return KITH_REASON_LOCAL;
  case KITH_ERROR_FAILED:
  case KITH_ERROR_INVALID_ARGUMENTS:
  case KITH_ERROR_INVALID_ADDRESS:
  case KITH_ERROR_WRONG_STATE:
  case KITH_ERROR_IN_PROGRESS:
  case KITH_ERROR_EXISTS:
  case KITH_ERROR_PROTOCOL:
    return KITH_REASON_INTERNAL;
  }
  return KITH_REASON_INTERNAL;
}

/* What a peer says about a link that it closes, and not about a call: NULL: nothing but that it
   did. */
static const char *
closing_text (KithReason reason)
{
  switch (reason) {
  case KITH_REASON_BUSY:
    return "their node has as many links as it takes now";
  case KITH_REASON_UNTRUSTED:
    return "the peer refused our identity";
  case KITH_REASON_UNAUTHORIZED:
    return "they take no calls from people they do not know";
  case KITH_REASON_NETWORK_LOST:
    return "the peer heard nothing of us";
  case KITH_REASON_INTERNAL:
    return "the peer's program could not go on with the link";
  case KITH_REASON_NONE:
  case KITH_REASON_LOCAL:
  case KITH_REASON_REMOTE:
  case KITH_REASON_REJECTED:
  case KITH_REASON_NO_ANSWER:
  case KITH_REASON_NOT_FOUND:
  case KITH_REASON_AMBIGUOUS:
  case KITH_REASON_UNREACHABLE:
  case KITH_REASON_NOT_ACCEPTABLE:
  case KITH_REASON_MEDIA_FAILED:
  case KITH_REASON_ELSEWHERE:
  case KITH_REASON_REPLACED:
  case KITH_REASON_TIMEOUT:
    return NULL;
  }
  return NULL;
}

KithReason
kith_reason_from_peer (guint64 number, const char *word, gchar **text)
{
  KithReason said = KITH_REASON_LOCAL;

  if (number == KITH_REASON_NONE && kith_reason_from_word (word, &said)
      && (said == KITH_REASON_UNAUTHORIZED || said == KITH_REASON_BUSY)) {
    number = said;
  }
  const gboolean known = number < KITH_N_REASONS;
  const char *words = known ? closing_text ((KithReason)number) : NULL;

  if (text != NULL) {
    *text = known ? g_strdup (words != NULL ? words : "the peer closed the link")
                  : g_strdup_printf ("the peer gave reason %" G_GUINT64_FORMAT
                                     ", which this version does not know",
                                     number);
  }
  return words != NULL ? (KithReason)number : KITH_REASON_REMOTE;
}
