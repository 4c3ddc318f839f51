/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every call that can be is explained: all reasons × directions × NATs × marks × how far it came,
   and the main stories word for word. */
#include "words/explain-rows.h"
#include "words/explain.h"

#include <string.h>

#define NOON G_GINT64_CONSTANT (1767268800000000)
#define SECOND G_GINT64_CONSTANT (1000000)

static KithCallFacts *
make_facts (KithReason reason, gboolean outgoing)
{
  KithCallFacts *facts = kith_call_facts_new ();

  facts->number = 1;
  facts->outgoing = outgoing;
  facts->state = KITH_CALL_ENDED;
  facts->reason = reason;
  facts->started_at = NOON;
  facts->located_at = NOON + SECOND;
  facts->ended_at = NOON + 200 * SECOND;
  kith_call_facts_set (&facts->peer_name, "bob");
  kith_call_facts_set (&facts->peer_address, "bob");
  kith_call_facts_set (&facts->peer_key, "k66gn1y0");
  return facts;
}

/* A failure that can be mended says how. */
static gboolean
needs_remedy (const KithCallFacts *facts)
{
  switch (facts->reason) {
  case KITH_REASON_LOCAL:
  case KITH_REASON_REMOTE:
  case KITH_REASON_REJECTED:
  case KITH_REASON_ELSEWHERE:
  case KITH_REASON_REPLACED:
    return FALSE;
  case KITH_REASON_NONE:
  case KITH_REASON_BUSY:
  case KITH_REASON_NO_ANSWER:
  case KITH_REASON_NOT_FOUND:
  case KITH_REASON_AMBIGUOUS:
  case KITH_REASON_UNREACHABLE:
  case KITH_REASON_UNTRUSTED:
  case KITH_REASON_NOT_ACCEPTABLE:
  case KITH_REASON_UNAUTHORIZED:
  case KITH_REASON_MEDIA_FAILED:
  case KITH_REASON_NETWORK_LOST:
  case KITH_REASON_TIMEOUT:
  case KITH_REASON_INTERNAL:
    return TRUE;
  }
  return TRUE;
}

static void
assert_sound (const KithCallFacts *facts)
{
  g_autoptr (KithSaying) saying = kith_explain_say (facts);
  g_autoptr (GVariant) values = kith_saying_get_values (saying);
  g_autoptr (KithSaying) read = kith_saying_read (kith_saying_get_code (saying), values);
  g_autoptr (KithExplain) explain = kith_explain_tell (facts);
  g_autofree gchar *sentence = kith_explain_sentence (explain);

  g_assert_nonnull (read); /* a client can make the same words of it */
  g_autofree gchar *cause = kith_saying_tell (read);
  g_assert_cmpstr (cause, ==, explain->cause);
  g_assert_cmpuint (strlen (explain->cause), >, 10);
  g_assert_true (g_str_has_suffix (explain->cause, "."));
  g_assert_true (*explain->remedy == '\0' || g_str_has_suffix (explain->remedy, "."));
  g_assert_null (strpbrk (sentence, "{}\n"));
  g_assert_true (g_utf8_validate (sentence, -1, NULL));
  g_assert_cmpuint (strlen (sentence), <, 600);
  if (facts->state == KITH_CALL_ENDED && needs_remedy (facts)) {
    g_assert_cmpstr (explain->remedy, !=, "");
  }
}

/* How far it came: 0 not located, 1 located, 2 linked, 3 rang, 4 answered, 5 flowed. */
static void
come_so_far (KithCallFacts *facts, guint steps)
{
  gint64 *const times[] = { &facts->located_at,
                            &facts->linked_at,
                            &facts->rang_at,
                            &facts->answered_at,
                            &facts->flowing_at };

  for (guint i = 0; i < G_N_ELEMENTS (times); i++) {
    *times[i] = i < steps ? NOON + (i + 1) * SECOND : 0;
  }
  facts->has_figures = steps >= 4;
  facts->packets_received = steps >= 5 ? 1000 : 0;
  facts->mos = 4.2;
}

#ifdef __SANITIZE_ADDRESS__ /* each step costs a hundred times as much */
#define PAIR_STEP 16
#else
#define PAIR_STEP 5
#endif

static void
try_marks (KithReason reason, gboolean outgoing, guint steps, gboolean sip)
{
  static guint first = 0; /* so that each mark meets all pairs in some round */

  for (guint mark = 1; mark != 0; mark = mark < KITH_MARKS_END ? mark << 1 : 0) {
    for (guint pair = first++ % PAIR_STEP; pair < 81; pair += PAIR_STEP) {
      g_autoptr (KithCallFacts) facts = make_facts (reason, outgoing);
      come_so_far (facts, steps);
      if (sip) {
        kith_call_facts_set (&facts->peer_key, "");
      }
      if (mark < KITH_MARKS_END) { /* the last round is without one */
        kith_trace_mark (facts->trace, (KithTraceMark)mark);
      }
      kith_trace_set_nat (facts->trace, FALSE, (KithNatKind)(pair % 9));
      kith_trace_set_nat (facts->trace, TRUE, (KithNatKind)(pair / 9));
      assert_sound (facts);
    }
  }
}

static void
test_total (void)
{
  for (guint reason = 0; reason < KITH_N_REASONS; reason++) {
    for (guint steps = 0; steps <= 5; steps++) {
      try_marks ((KithReason)reason, TRUE, steps, FALSE);
      try_marks ((KithReason)reason, FALSE, steps, FALSE);
      try_marks ((KithReason)reason, TRUE, steps, TRUE);
      try_marks ((KithReason)reason, FALSE, steps, TRUE);
    }
  }
}

static void
test_nothing_known (void)
{
  for (guint reason = 0; reason < KITH_N_REASONS; reason++) {
    g_autoptr (KithCallFacts) facts = kith_call_facts_new ();
    facts->reason = (KithReason)reason;
    facts->state = KITH_CALL_ENDED;
    assert_sound (facts);
  }
  for (guint state = 0; state < KITH_N_CALL_STATES; state++) {
    g_autoptr (KithCallFacts) facts = make_facts (KITH_REASON_NONE, TRUE);
    facts->state = (KithCallState)state;
    assert_sound (facts);
  }
}

static void
assert_says (const KithCallFacts *facts, const char *cause, const char *remedy)
{
  g_autoptr (KithExplain) explain = kith_explain_tell (facts);

  if (strstr (explain->cause, cause) == NULL || strstr (explain->remedy, remedy) == NULL) {
    g_test_message ("“%s %s” does not say “%s” and “%s”",
                    explain->cause,
                    explain->remedy,
                    cause,
                    remedy);
    g_test_fail ();
  }
}

static void
set_nats (KithCallFacts *facts, KithNatKind ours, KithNatKind theirs)
{
  kith_trace_set_nat (facts->trace, FALSE, ours);
  kith_trace_set_nat (facts->trace, TRUE, theirs);
}

static void
test_unreachable (void)
{
  static const struct {
    guint marks;
    KithNatKind ours, theirs;
    const char *cause, *remedy;
  } cases[] = {
    { KITH_MARK_RECORD,
      KITH_NAT_UNKNOWN,
      KITH_NAT_UNKNOWN,
      "found but did not answer",
      "Try again in a minute" },
    { 0, KITH_NAT_UNKNOWN, KITH_NAT_UNKNOWN, "bob is offline", "Try again later" },
    { KITH_MARK_ALONE,
      KITH_NAT_UNKNOWN,
      KITH_NAT_UNKNOWN,
      "No other node of the network answers",
      "--bootstrap" },
    { KITH_MARK_NO_NETWORK,
      KITH_NAT_UNKNOWN,
      KITH_NAT_UNKNOWN,
      "no network address",
      "Connect to a network" },
    { KITH_MARK_SELF, KITH_NAT_NONE, KITH_NAT_NONE, "your own address", "somebody else" },
    { KITH_MARK_RECORD, KITH_NAT_BLOCKED, KITH_NAT_UNKNOWN, "no UDP", "TURN" },
    { KITH_MARK_RECORD | KITH_MARK_TURN_FAILED,
      KITH_NAT_BLOCKED,
      KITH_NAT_UNKNOWN,
      "did not help",
      "password" },
    { KITH_MARK_RECORD, KITH_NAT_NONE, KITH_NAT_BLOCKED, "bob’s network lets no UDP", "TURN" },
    { KITH_MARK_RECORD,
      KITH_NAT_SYMMETRIC,
      KITH_NAT_SYMMETRIC,
      "Both of you are behind symmetric NATs",
      "--relay on" },
    { KITH_MARK_RECORD,
      KITH_NAT_SYMMETRIC,
      KITH_NAT_PORT_RESTRICTED,
      "symmetric NAT and bob behind a port-restricted NAT",
      "TURN" },
    { KITH_MARK_RECORD | KITH_MARK_TURN_FAILED,
      KITH_NAT_SYMMETRIC,
      KITH_NAT_SYMMETRIC,
      "the TURN server in kith.conf did not help: turn.example.org:3478 (TCP): it refuses the "
      "user.",
      "Check [turn] in kith.conf" },
    { KITH_MARK_RECORD | KITH_MARK_TURN_FAILED | KITH_MARK_FRIEND_REFUSED,
      KITH_NAT_PORT_RESTRICTED,
      KITH_NAT_SYMMETRIC,
      "turn.example.org:3478 (TCP): it refuses the user",
      "Check [turn] in kith.conf" },
    { KITH_MARK_RECORD | KITH_MARK_FRIEND_REFUSED,
      KITH_NAT_SYMMETRIC,
      KITH_NAT_SYMMETRIC,
      "no friend agreed",
      "--relay on" },
    { KITH_MARK_RECORD | KITH_MARK_PEER_ANSWERED,
      KITH_NAT_SYMMETRIC,
      KITH_NAT_UNKNOWN,
      "your symmetric NAT",
      "--relay on" },
    { KITH_MARK_RECORD | KITH_MARK_PEER_ANSWERED,
      KITH_NAT_CONE,
      KITH_NAT_UNKNOWN,
      "no packets came through",
      "TURN" },
    { KITH_MARK_RECORD | KITH_MARK_TURN_FAILED,
      KITH_NAT_CONE,
      KITH_NAT_CONE,
      "TURN server",
      "kith.conf" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (KithCallFacts) facts = make_facts (KITH_REASON_UNREACHABLE, TRUE);
    kith_trace_mark (facts->trace, (KithTraceMark)cases[i].marks);
    kith_call_facts_set (&facts->turn_failure, "turn.example.org:3478 (TCP): it refuses the user");
    set_nats (facts, cases[i].ours, cases[i].theirs);
    assert_says (facts, cases[i].cause, cases[i].remedy);
  }
}

/* Whose will or quota it is that a friend does not carry, and who can change it. */
static void
test_obstacle (void)
{
  static const struct {
    KithRelayObstacle obstacle;
    const char *before, *in_call, *remedy;
  } cases[] = {
    { KITH_RELAY_OBSTACLE_GONE, "fred lost a link", "fred lost a link", "Call again" },
    { KITH_RELAY_OBSTACLE_BUSY,
      "as many calls as it may",
      "as many calls as it may",
      "ask fred to raise" },
    { KITH_RELAY_OBSTACLE_NOT_LINKED,
      "fred has no link to bob",
      "fred does not relay for bob any more",
      "fred and bob have to set" },
    { KITH_RELAY_OBSTACLE_OFF,
      "fred has relaying switched off",
      "switched off now",
      "enabled=true" },
    { KITH_RELAY_OBSTACLE_FRIEND,
      "fred does not relay for you.",
      "fred does not relay for you any more",
      "Ask fred to run" },
    { KITH_RELAY_OBSTACLE_OURS,
      "you have relay off for fred",
      "you do not want fred to carry calls any more",
      "Run “kith contact set fred --relay on”" },
    { KITH_RELAY_OBSTACLE_QUOTA,
      "fred has relayed as much as it may today",
      "fred has relayed as much as it may today",
      "Ask fred to raise max-megabytes-per-day" },
    { KITH_RELAY_OBSTACLE_PEER,
      "bob does not want fred to carry.",
      "bob does not want fred to carry calls any more",
      "Ask bob to run" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (KithCallFacts) lost = make_facts (KITH_REASON_NETWORK_LOST, i % 2 == 0);
    come_so_far (lost, 5);
    kith_trace_set_obstacle (lost->trace, cases[i].obstacle, "fred");
    assert_says (lost,
                 "was lost after",
                 "Call again in a moment."); /* fred did not carry this one */
    kith_trace_mark (lost->trace, KITH_MARK_FRIEND_CARRIED);
    assert_says (lost, cases[i].in_call, cases[i].remedy);
    assert_sound (lost);
    g_autoptr (KithCallFacts) facts = make_facts (KITH_REASON_UNREACHABLE, TRUE);
    kith_trace_mark (facts->trace, KITH_MARK_RECORD);
    kith_trace_mark (facts->trace, KITH_MARK_FRIEND_REFUSED);
    kith_trace_set_obstacle (facts->trace, cases[i].obstacle, "fred");
    set_nats (facts, KITH_NAT_SYMMETRIC, KITH_NAT_SYMMETRIC);
    assert_says (facts, cases[i].before, cases[i].remedy);
    assert_says (facts, "Both of you are behind symmetric NATs", "");
    set_nats (facts, KITH_NAT_SYMMETRIC, KITH_NAT_PORT_RESTRICTED);
    assert_says (facts, cases[i].before, cases[i].remedy);
    assert_says (facts, "bob behind a port-restricted NAT", "");
    kith_trace_mark (facts->trace, KITH_MARK_PEER_ANSWERED);
    set_nats (facts, KITH_NAT_CONE, KITH_NAT_CONE);
    assert_says (facts, cases[i].before, cases[i].remedy);
    assert_sound (facts);
    g_assert_cmpint (kith_relay_obstacle_parse (kith_relay_obstacle_word (cases[i].obstacle)),
                     ==,
                     cases[i].obstacle);
  }
  g_assert_cmpint (kith_relay_obstacle_parse ("no such word"), ==, KITH_RELAY_OBSTACLE_NONE);
  g_assert_cmpint (kith_relay_obstacle_parse (NULL), ==, KITH_RELAY_OBSTACLE_NONE);
}

static void
test_talked (void)
{
  g_autoptr (KithCallFacts) facts = make_facts (KITH_REASON_REMOTE, TRUE);

  come_so_far (facts, 5);
  facts->flowing_at = NOON + 8 * SECOND;
  facts->packets_received = 9980;
  facts->packets_lost = 20;
  facts->mos = 4.3;
  kith_call_facts_set (&facts->codec, "opus");
  kith_call_facts_set (&facts->path_kind, "srflx");
  assert_says (facts,
               "The call was fine: 3 min 12 s, Opus, directly, MOS 4.3, 0.2 % lost. bob hung up.",
               "");
  kith_call_facts_set (&facts->path_kind, "relay");
  assert_says (facts, "through a TURN server", "");
  facts->packets_lost = 1000;
  facts->mos = 2.9;
  assert_says (facts, "many packets from bob were lost", "a cable");
  facts->packets_lost = 0;
  assert_says (facts, "its quality was poor", "another network");
  kith_trace_mark (facts->trace,
                   KITH_MARK_SILENCE); /* what never came may not be counted as lost */
  assert_says (facts, "at times nothing was heard of bob", "The time line tells when");
  facts->packets_lost = 1000;
  assert_says (facts, "at times nothing was heard of bob", "The time line tells when");
  facts->remote_loss_ppm = 400000;
  assert_says (facts, "Much of your audio did not reach them", "upload");
}

/* While nothing is heard, and when that was the end: what counts is the time in which they were
   heard. */
static void
test_cut_off (void)
{
  g_autoptr (KithCallFacts) facts = make_facts (KITH_REASON_NETWORK_LOST, TRUE);

  come_so_far (facts, 5);
  facts->flowing_at = NOON + 5 * SECOND;
  facts->lost_at = facts->flowing_at + 4 * SECOND;
  facts->ended_at = facts->lost_at + 30 * SECOND;
  assert_says (facts, "The path to bob was lost after 4 s", "Call again");
  kith_trace_mark (facts->trace, KITH_MARK_NO_NETWORK);
  assert_says (facts,
               "Your network went away after 4 s, and did not come back for 30 s.",
               "Connect to a network");
  facts->state = KITH_CALL_ACTIVE;
  facts->reason = KITH_REASON_NONE;
  facts->reconnecting = TRUE;
  assert_says (
      facts,
      "Nothing has been heard of bob for 30 s: the path was lost, and another one is being "
      "looked for.",
      "goes on by itself");
  facts->no_address = TRUE;
  assert_says (facts, "Your network is away, and nothing has been heard of bob", "Connect");
  facts->state = KITH_CALL_HELD;
  assert_says (facts, "Your network is away", "Connect");
  facts->reconnecting = facts->no_address = FALSE;
  facts->state = KITH_CALL_ACTIVE;
  facts->lost_at = 0;
  assert_says (facts, "The call goes on: ", "");
  kith_trace_mark (facts->trace, KITH_MARK_SILENCE);
  assert_says (facts, "The call goes on, but at times nothing was heard of bob: ", "");
  facts->state = KITH_CALL_ENDED;
  facts->reason = KITH_REASON_LOCAL;
  facts->packets_received = 700;
  facts->packets_lost = 300;
  facts->mos = 4.2; /* it is good again since */
  assert_says (facts,
               "The call went, but at times nothing was heard of bob",
               "time line tells when");
}

static void
test_others (void)
{
  g_autoptr (KithCallFacts) facts = make_facts (KITH_REASON_UNTRUSTED, TRUE);

  kith_call_facts_set (&facts->trust, "mismatch");
  assert_says (facts, "another key than the one you know", "by other means");
  facts->reason = KITH_REASON_MEDIA_FAILED;
  kith_call_facts_set (&facts->detail, "no sound server runs: start one");
  facts->rang_at = NOON + 2 * SECOND;
  assert_says (facts, "no sound server runs", "PipeWire");
  facts->rang_at = facts->located_at = 0;
  assert_says (facts, "Nobody was called", "--listen-only");
  facts->outgoing = FALSE;
  assert_says (facts, "bob called, but your phone did not ring", "call bob back");
  facts->outgoing = TRUE;
  facts->sip_status = 480;
  assert_says (facts, "bob’s phone has no working microphone", "kith doctor");
  facts->sip_status = 0;
  kith_trace_mark (facts->trace, KITH_MARK_NO_AUDIO);
  assert_says (facts, "no audio came from bob", "kith doctor");
  facts->reason = KITH_REASON_NETWORK_LOST;
  come_so_far (facts, 5);
  assert_says (facts, "was lost after 3 min 15 s", "Call again");
  kith_trace_mark (facts->trace, KITH_MARK_NO_NETWORK);
  assert_says (facts, "Your network went away", "Connect to a network");
  facts->reason = KITH_REASON_NOT_FOUND;
  kith_call_facts_set (&facts->detail, KITH_OTHER_TAG ": bob~9f2vmg55");
  assert_says (facts, "with another key than this tag: bob~9f2vmg55.", "kith resolve");
  kith_call_facts_set (&facts->detail, "");
  kith_trace_mark (facts->trace, KITH_MARK_ALONE);
  assert_says (facts, "no network address", "Connect");
  g_autoptr (KithCallFacts) moved = make_facts (KITH_REASON_UNREACHABLE, TRUE);
  moved->sip_status = 302;
  kith_call_facts_set (&moved->peer_key, "");
  kith_call_facts_set (&moved->detail, "they are at sip:bob@192.0.2.9 now");
  assert_says (moved, "they are at sip:bob@192.0.2.9 now.", "Call that address");
}

/* Text of strangers cannot reach the terminal through the sentence. */
static void
test_hostile (void)
{
  g_autoptr (KithCallFacts) facts = make_facts (KITH_REASON_REJECTED, TRUE);

  g_free (facts->peer_name);
  facts->peer_name = g_strdup ("\033[2J\n{detail}\xff{peer}");
  g_autoptr (KithExplain) explain = kith_explain_tell (facts);
  g_assert_null (strpbrk (explain->cause, "\033\n"));
  g_assert_true (g_utf8_validate (explain->cause, -1, NULL));
  g_assert_nonnull (strstr (explain->cause, "{detail}")); /* not filled a second time */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/words/explain/total", test_total);
  g_test_add_func ("/words/explain/nothing-known", test_nothing_known);
  g_test_add_func ("/words/explain/unreachable", test_unreachable);
  g_test_add_func ("/words/explain/talked", test_talked);
  g_test_add_func ("/words/explain/obstacles", test_obstacle);
  g_test_add_func ("/words/explain/cut-off", test_cut_off);
  g_test_add_func ("/words/explain/others", test_others);
  g_test_add_func ("/words/explain/hostile", test_hostile);
  return g_test_run ();
}
