/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reasons: total tables, exit codes that never change, and the way to SIP and back. */
#include <string.h>

#include "model/call/reason.h"

typedef struct {
  KithReason reason;
  const char *word;
  int exit_code;
  guint sip;
} Row;

static const Row rows[] = {
  { KITH_REASON_NONE, "none", 0, 480 },
  { KITH_REASON_LOCAL, "local", 0, 603 },
  { KITH_REASON_REMOTE, "remote", 0, 487 },
  { KITH_REASON_REJECTED, "rejected", 10, 603 },
  { KITH_REASON_BUSY, "busy", 11, 486 },
  { KITH_REASON_NO_ANSWER, "no-answer", 12, 480 },
  { KITH_REASON_NOT_FOUND, "not-found", 13, 404 },
  { KITH_REASON_AMBIGUOUS, "ambiguous", 14, 485 },
  { KITH_REASON_UNREACHABLE, "unreachable", 15, 480 },
  { KITH_REASON_UNTRUSTED, "untrusted", 16, 403 },
  { KITH_REASON_NOT_ACCEPTABLE, "not-acceptable", 17, 488 },
  { KITH_REASON_UNAUTHORIZED, "unauthorized", 18, 403 },
  { KITH_REASON_MEDIA_FAILED, "media-failed", 19, 480 },
  { KITH_REASON_NETWORK_LOST, "network-lost", 20, 503 },
  { KITH_REASON_ELSEWHERE, "elsewhere", 21, 487 },
  { KITH_REASON_REPLACED, "replaced", 22, 486 },
  { KITH_REASON_TIMEOUT, "timeout", 23, 408 },
  { KITH_REASON_INTERNAL, "internal", 24, 500 },
};

static void
test_rows (void)
{
  g_assert_cmpuint (G_N_ELEMENTS (rows), ==, KITH_N_REASONS);
  for (guint i = 0; i < KITH_N_REASONS; i++) {
    KithReason back = KITH_REASON_NONE;
    g_assert_cmpuint (rows[i].reason, ==, i);
    g_assert_cmpstr (kith_reason_word (rows[i].reason), ==, rows[i].word);
    g_assert_cmpint (kith_reason_exit_code (rows[i].reason), ==, rows[i].exit_code);
    g_assert_cmpuint (kith_reason_to_sip (rows[i].reason), ==, rows[i].sip);
    g_assert_true (kith_reason_from_word (rows[i].word, &back));
    g_assert_cmpuint (back, ==, i);
  }
}

static void
test_strangers (void)
{
  KithReason reason = KITH_REASON_BUSY;

  g_assert_null (kith_reason_word ((KithReason)KITH_N_REASONS));
  g_assert_null (kith_reason_word ((KithReason)-1));
  g_assert_cmpint (kith_reason_exit_code ((KithReason)KITH_N_REASONS), ==, 24);
  g_assert_cmpuint (kith_reason_to_sip ((KithReason)-1), ==, 500);
  g_assert_false (kith_reason_from_word ("Busy", &reason));
  g_assert_false (kith_reason_from_word ("", &reason));
  g_assert_false (kith_reason_from_word (NULL, &reason));
  g_assert_cmpuint (reason, ==, KITH_REASON_BUSY);
}

typedef struct {
  guint status;
  KithReason silent, rang;
} SipCase;

static const SipCase sip_cases[] = {
  { 0, KITH_REASON_REMOTE, KITH_REASON_REMOTE },
  { 180, KITH_REASON_NONE, KITH_REASON_NONE },
  { 200, KITH_REASON_NONE, KITH_REASON_NONE },
  { 302, KITH_REASON_UNREACHABLE, KITH_REASON_UNREACHABLE },
  { 400, KITH_REASON_INTERNAL, KITH_REASON_INTERNAL },
  { 401, KITH_REASON_UNAUTHORIZED, KITH_REASON_UNAUTHORIZED },
  { 403, KITH_REASON_UNAUTHORIZED, KITH_REASON_UNAUTHORIZED },
  { 404, KITH_REASON_NOT_FOUND, KITH_REASON_NOT_FOUND },
  { 406, KITH_REASON_NOT_ACCEPTABLE, KITH_REASON_NOT_ACCEPTABLE },
  { 407, KITH_REASON_UNAUTHORIZED, KITH_REASON_UNAUTHORIZED },
  { 408, KITH_REASON_UNREACHABLE, KITH_REASON_NO_ANSWER },
  { 410, KITH_REASON_NOT_FOUND, KITH_REASON_NOT_FOUND },
  { 415, KITH_REASON_NOT_ACCEPTABLE, KITH_REASON_NOT_ACCEPTABLE },
  { 433, KITH_REASON_REJECTED, KITH_REASON_REJECTED },
  { 480, KITH_REASON_UNREACHABLE, KITH_REASON_NO_ANSWER },
  { 481, KITH_REASON_INTERNAL, KITH_REASON_INTERNAL },
  { 483, KITH_REASON_UNREACHABLE, KITH_REASON_UNREACHABLE },
  { 485, KITH_REASON_AMBIGUOUS, KITH_REASON_AMBIGUOUS },
  { 486, KITH_REASON_BUSY, KITH_REASON_BUSY },
  { 487, KITH_REASON_NO_ANSWER, KITH_REASON_NO_ANSWER },
  { 488, KITH_REASON_NOT_ACCEPTABLE, KITH_REASON_NOT_ACCEPTABLE },
  { 500, KITH_REASON_INTERNAL, KITH_REASON_INTERNAL },
  { 503, KITH_REASON_UNREACHABLE, KITH_REASON_UNREACHABLE },
  { 600, KITH_REASON_BUSY, KITH_REASON_BUSY },
  { 603, KITH_REASON_REJECTED, KITH_REASON_REJECTED },
  { 604, KITH_REASON_NOT_FOUND, KITH_REASON_NOT_FOUND },
  { 606, KITH_REASON_NOT_ACCEPTABLE, KITH_REASON_NOT_ACCEPTABLE },
  { 607, KITH_REASON_REJECTED, KITH_REASON_REJECTED },
  { 700, KITH_REASON_INTERNAL, KITH_REASON_INTERNAL },
};

static void
test_from_sip (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (sip_cases); i++) {
    g_test_message ("%u", sip_cases[i].status);
    g_assert_cmpuint (kith_reason_from_sip (sip_cases[i].status, FALSE), ==, sip_cases[i].silent);
    g_assert_cmpuint (kith_reason_from_sip (sip_cases[i].status, TRUE), ==, sip_cases[i].rang);
  }
  for (guint status = 300; status < 800; status++) {
    g_assert_cmpint (kith_reason_exit_code (kith_reason_from_sip (status, FALSE)), >=, 10);
  }
}

/* What a caller learns from our refusal is what we meant. */
static void
test_round_trip (void)
{
  static const KithReason kept[] = {
    KITH_REASON_REJECTED,     KITH_REASON_BUSY,      KITH_REASON_NO_ANSWER,
    KITH_REASON_NOT_FOUND,    KITH_REASON_AMBIGUOUS, KITH_REASON_NOT_ACCEPTABLE,
    KITH_REASON_UNAUTHORIZED, KITH_REASON_INTERNAL,
  };

  for (guint i = 0; i < G_N_ELEMENTS (kept); i++) {
    g_assert_cmpuint (kith_reason_from_sip (kith_reason_to_sip (kept[i]), TRUE), ==, kept[i]);
  }
  for (guint i = 0; i < KITH_N_REASONS; i++) {
    guint status = kith_reason_to_sip ((KithReason)i);
    g_assert_true (status >= 400 && status <= 699);
  }
}

/* What peers say when they close a link, which later versions may say in numbers of their own. */
static void
test_from_peer (void)
{
  static const struct {
    guint64 number;
    const char *word;
    KithReason reason;
    const char *says;
  } cases[] = {
    { KITH_REASON_LOCAL, "", KITH_REASON_REMOTE, "closed the link" },
    { KITH_REASON_REMOTE, "", KITH_REASON_REMOTE, "closed the link" },
    { KITH_REASON_TIMEOUT, "", KITH_REASON_REMOTE, "closed the link" },
    { KITH_REASON_BUSY, "", KITH_REASON_BUSY, "as many links as it takes" },
    { KITH_REASON_UNAUTHORIZED, "unauthorized", KITH_REASON_UNAUTHORIZED, "do not know" },
    { KITH_REASON_UNTRUSTED, "", KITH_REASON_UNTRUSTED, "identity" },
    { KITH_REASON_NETWORK_LOST, "", KITH_REASON_NETWORK_LOST, "heard nothing" },
    { KITH_REASON_INTERNAL, "", KITH_REASON_INTERNAL, "program" },
    { KITH_N_REASONS, "busy", KITH_REASON_REMOTE, "reason 18, which this version does not know" },
    { G_MAXUINT64, "", KITH_REASON_REMOTE, "18446744073709551615" },
    { 0, "unauthorized", KITH_REASON_UNAUTHORIZED, "do not know" }, /* 0.1.0 */
    { 0, "busy", KITH_REASON_BUSY, "as many links as it takes" },
    { 0, "internal", KITH_REASON_REMOTE, "closed the link" },
    { 0, "goodbye", KITH_REASON_REMOTE, "closed the link" },
    { 0, "", KITH_REASON_REMOTE, "closed the link" },
    { 0, NULL, KITH_REASON_REMOTE, "closed the link" },
    { KITH_REASON_LOCAL,
      "unauthorized",
      KITH_REASON_REMOTE,
      "closed the link" }, /* no text counts */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *text = NULL;
    g_test_message ("%" G_GUINT64_FORMAT, cases[i].number);
    KithReason reason = kith_reason_from_peer (cases[i].number, cases[i].word, &text);
    g_assert_cmpint (reason, ==, cases[i].reason);
    g_assert_nonnull (strstr (text, cases[i].says));
    g_assert_cmpint (kith_reason_from_peer (cases[i].number, cases[i].word, NULL), ==, reason);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/reason/rows", test_rows);
  g_test_add_func ("/model/reason/strangers", test_strangers);
  g_test_add_func ("/model/reason/from-sip", test_from_sip);
  g_test_add_func ("/model/reason/round-trip", test_round_trip);
  g_test_add_func ("/model/reason/from-peer", test_from_peer);
  return g_test_run ();
}
