/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words for why calls ended, in short. */
#include "words/reason-words.h"

#include "words/word-table.h"

/* clang-format off */
static const KithWords rows[] = {
  { "reason-none", ONE ("The call goes on"), NULL },
  { "reason-local", ONE ("You hung up"), NULL },
  { "reason-remote", ONE ("The other side hung up"), NULL },
  { "reason-rejected", ONE ("The call was declined"), NULL },
  { "reason-busy", ONE ("The line is busy"), NULL },
  { "reason-no-answer", ONE ("Nobody answered"), NULL },
  { "reason-not-found", ONE ("Nobody of that name was found"), NULL },
  { "reason-ambiguous", ONE ("Several people use that name: call one of them by its full address"), NULL },
  { "reason-unreachable", ONE ("The other side cannot be reached now"), NULL },
  { "reason-untrusted", ONE ("The other side could not prove who it is"), NULL },
  { "reason-not-acceptable", ONE ("The two sides have no codec or encryption in common"), NULL },
  { "reason-unauthorized", ONE ("The other side does not allow this call"), NULL },
  { "reason-media-failed", ONE ("The audio could not be set up"), NULL },
  { "reason-network-lost", ONE ("The connection was lost"), NULL },
  { "reason-elsewhere", ONE ("The call was answered on another device"), NULL },
  { "reason-replaced", ONE ("Another call took the place of this one"), NULL },
  { "reason-timeout", ONE ("The call took too long to set up"), NULL },
  { "reason-internal", ONE ("The call failed because of a fault in a program"), NULL },
  /* after “missed: ” */
  { "missed-remote", ONE ("they gave up"), NULL },
  { "missed-no-answer", ONE ("you did not answer"), NULL },
  { "missed-busy", ONE ("the line was busy"), NULL },
  { "missed-local", ONE ("kithd was stopped"), NULL },
  { "missed-not-acceptable", ONE ("no codec or encryption in common"), NULL },
  { "missed-media-failed", ONE ("no working microphone or speaker here"), NULL },
  { "missed-unreachable", ONE ("the connection was lost"), NULL },
  { "missed-network-lost", ONE ("the connection was lost"), NULL },
};
/* clang-format on */

const KithWords *
kith_end_words_at (guint index)
{
  return index < G_N_ELEMENTS (rows) ? &rows[index] : NULL;
}

static const KithWords *
find (const char *kind, KithReason reason)
{
  const char *word = kith_reason_word (reason);
  g_autofree gchar *code
      = g_strconcat (kind, word != NULL ? word : kith_reason_word (KITH_REASON_INTERNAL), NULL);

  return kith_words_find (code);
}

KithSaying *
kith_reason_saying (KithReason reason)
{
  return kith_saying_new (find ("reason-", reason)->code);
}

const char *
kith_reason_text (KithReason reason)
{
  return kith_words_translate (find ("reason-", reason)->text);
}

const char *
kith_reason_missed_text (KithReason reason)
{
  const KithWords *words = find ("missed-", reason);

  return words != NULL ? kith_words_translate (words->text) : kith_reason_text (reason);
}
