/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every kind, state and event of SIP's transactions, over datagrams and over streams, against
   tables written by hand; and how often and how long something is repeated. */
#include <string.h>

#include "model/sip/transaction.h"

/* "STATE ACTIONS TIMER"; NULL: the event means nothing. */
typedef const char *Row[KITH_N_TRANSACTION_EVENTS];

#define NOTHING                                                                                    \
  {                                                                                                \
    NULL                                                                                           \
  }

/* One row a state: start, again, ack, cancel, 100, 1xx, 2xx, 3xx, repeat, timer, broken. */
static const Row invite_client[KITH_N_TRANSACTION_STATES] = {
  /* new */
  { "trying send repeat B", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
  /* trying */
  { NULL,
    NULL,
    NULL,
    "withdrawn",
    "proceeding stop C",
    "proceeding pass stop C",
    "accepted pass stop M",
    "completed pass ack stop D",
    "trying send repeat",
    "ended timeout",
    "ended broken" },
  /* withdrawn */
  { NULL,
    NULL,
    NULL,
    NULL,
    "cancelling cancel stop X",
    "cancelling pass cancel stop X",
    "accepted pass stop M",
    "completed pass ack stop D",
    "withdrawn send repeat",
    "ended timeout",
    "ended broken" },
  /* proceeding */
  { NULL,
    NULL,
    NULL,
    "cancelling cancel X",
    NULL,
    "proceeding pass C",
    "accepted pass stop M",
    "completed pass ack stop D",
    NULL,
    "cancelling cancel X",
    NULL },
  /* cancelling */
  { NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    "cancelling pass",
    "accepted pass stop M",
    "completed pass ack stop D",
    NULL,
    "ended timeout",
    NULL },
  /* accepted */
  { NULL, NULL, NULL, NULL, NULL, NULL, "accepted pass", NULL, NULL, "ended", NULL },
  /* completed */
  { NULL, NULL, NULL, NULL, NULL, NULL, NULL, "completed ack", NULL, "ended", "ended broken" },
  NOTHING,
  NOTHING,
};

static const Row client[KITH_N_TRANSACTION_STATES] = {
  /* new */
  { "trying send repeat F", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
  /* trying */
  { NULL,
    NULL,
    NULL,
    NULL,
    "proceeding",
    "proceeding pass",
    "completed pass stop K",
    "completed pass stop K",
    "trying send repeat",
    "ended timeout",
    "ended broken" },
  NOTHING,
  /* proceeding */
  { NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    "proceeding pass",
    "completed pass stop K",
    "completed pass stop K",
    "proceeding send repeat",
    "ended timeout",
    "ended broken" },
  NOTHING,
  NOTHING,
  /* completed */
  { NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "ended", NULL },
  NOTHING,
  NOTHING,
};

static const Row invite_server[KITH_N_TRANSACTION_STATES] = {
  /* new */
  { "proceeding pass 100", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
  NOTHING,
  NOTHING,
  /* proceeding */
  { NULL,
    "proceeding send",
    NULL,
    "proceeding pass",
    NULL,
    "proceeding send",
    "accepted send L",
    "completed send repeat H",
    NULL,
    NULL,
    "proceeding broken" },
  NOTHING,
  /* accepted */
  { NULL,
    NULL,
    "accepted pass",
    NULL,
    NULL,
    NULL,
    "accepted send",
    NULL,
    NULL,
    "ended",
    "accepted broken" },
  /* completed */
  { NULL,
    "completed send",
    "confirmed stop I",
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    "completed send repeat",
    "ended timeout",
    "completed broken" },
  /* confirmed */
  { NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "ended", NULL },
  NOTHING,
};

static const Row server[KITH_N_TRANSACTION_STATES] = {
  /* new */
  { "trying pass F", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
  /* trying */
  { NULL,
    NULL,
    NULL,
    NULL,
    "proceeding send",
    "proceeding send",
    "completed send J",
    "completed send J",
    NULL,
    "ended timeout",
    NULL },
  NOTHING,
  /* proceeding */
  { NULL,
    "proceeding send",
    NULL,
    NULL,
    "proceeding send",
    "proceeding send",
    "completed send J",
    "completed send J",
    NULL,
    "ended timeout",
    "ended broken" },
  NOTHING,
  NOTHING,
  /* completed */
  { NULL, "completed send", NULL, NULL, NULL, NULL, NULL, NULL, NULL, "ended", "ended broken" },
  NOTHING,
  NOTHING,
};

static const Row *const tables[KITH_N_TRANSACTION_KINDS]
    = { invite_client, client, invite_server, server };

static gchar *
told (const KithTransactionStep *step)
{
  static const char *const actions[]
      = { "pass", "send", "100", "ack", "cancel", "timeout", "broken", "repeat", "stop" };
  static const char timers[] = "-BCXDFHIJKLM";
  GString *out = g_string_new (kith_transaction_state_word (step->state));

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++) {
    if ((step->actions & (1u << i)) != 0) {
      g_string_append_printf (out, " %s", actions[i]);
    }
  }
  g_assert_cmpuint (step->actions >> G_N_ELEMENTS (actions), ==, 0);
  if (step->timer != KITH_TRANSACTION_TIMER_NONE) {
    g_string_append_printf (out, " %c", timers[step->timer]);
  }
  return g_string_free (out, FALSE);
}

static void
check_step (guint kind, guint state, guint event, const char *expected)
{
  KithTransactionStep step;
  gboolean means = kith_transaction_step ((KithTransactionKind)kind,
                                          FALSE,
                                          (KithTransactionState)state,
                                          (KithTransactionEvent)event,
                                          &step);
  g_autofree gchar *text = told (&step);

  g_test_message ("kind %u, %u + %u: %s", kind, state, event, text);
  g_assert_cmpint (means, ==, expected != NULL);
  g_assert_cmpstr (text,
                   ==,
                   means ? expected : kith_transaction_state_word ((KithTransactionState)state));
}

static void
test_datagrams (void)
{
  for (guint kind = 0; kind < KITH_N_TRANSACTION_KINDS; kind++) {
    for (guint state = 0; state < KITH_N_TRANSACTION_STATES; state++) {
      for (guint event = 0; event < KITH_N_TRANSACTION_EVENTS; event++) {
        check_step (kind, state, event, tables[kind][state][event]);
      }
    }
  }
}

/* What differs over a stream: no repeats, and an end in the place of D, I, J and K. */
static void
test_streams (void)
{
  guint ended = 0;

  for (guint kind = 0; kind < KITH_N_TRANSACTION_KINDS; kind++) {
    for (guint state = 0; state < KITH_N_TRANSACTION_STATES; state++) {
      for (guint event = 0; event < KITH_N_TRANSACTION_EVENTS; event++) {
        const char *expected = tables[kind][state][event];
        KithTransactionStep step;
        gboolean means = kith_transaction_step ((KithTransactionKind)kind,
                                                TRUE,
                                                (KithTransactionState)state,
                                                (KithTransactionEvent)event,
                                                &step);
        g_assert_cmpint (means, ==, expected != NULL);
        if (!means) {
          continue;
        }
        g_auto (GStrv) words = g_strsplit (expected, " ", -1);
        g_autoptr (GString) text = g_string_new (NULL);
        for (guint i = 0; words[i] != NULL; i++) {
          if (words[i][0] != '\0' && words[i][1] == '\0'
              && g_strv_contains ((const char *const[]){ "D", "I", "J", "K", NULL }, words[i])) {
            gchar *rest = g_strdup (strchr (text->str, ' '));
            g_string_printf (text, "ended%s", rest != NULL ? rest : "");
            g_free (rest);
            ended++;
          } else if (!g_str_equal (words[i], "repeat") && !g_str_equal (words[i], "stop")) {
            g_string_append_printf (text, "%s%s", i == 0 ? "" : " ", words[i]);
          }
        }
        g_autofree gchar *found = told (&step);
        g_assert_cmpstr (found, ==, text->str);
      }
    }
  }
  g_assert_cmpuint (ended, ==, 13); /* four of D, one of I, four of J and K each */
}

static void
test_out_of_range (void)
{
  KithTransactionStep step;

  g_assert_false (kith_transaction_step ((KithTransactionKind)KITH_N_TRANSACTION_KINDS,
                                         FALSE,
                                         KITH_TRANSACTION_NEW,
                                         KITH_TRANSACTION_EVENT_START,
                                         &step));
  g_assert_false (kith_transaction_step (KITH_TRANSACTION_CLIENT,
                                         FALSE,
                                         (KithTransactionState)KITH_N_TRANSACTION_STATES,
                                         KITH_TRANSACTION_EVENT_START,
                                         &step));
  g_assert_false (kith_transaction_step (KITH_TRANSACTION_CLIENT,
                                         FALSE,
                                         KITH_TRANSACTION_NEW,
                                         (KithTransactionEvent)KITH_N_TRANSACTION_EVENTS,
                                         &step));
  g_assert_null (kith_transaction_state_word ((KithTransactionState)KITH_N_TRANSACTION_STATES));
  g_assert_cmpuint (kith_transaction_timer_ms ((KithTransactionTimer)KITH_N_TRANSACTION_TIMERS),
                    ==,
                    0);
}

static void
test_statuses (void)
{
  g_assert_cmpint (kith_transaction_event_of (100), ==, KITH_TRANSACTION_EVENT_HUNDRED);
  g_assert_cmpint (kith_transaction_event_of (101), ==, KITH_TRANSACTION_EVENT_PROVISIONAL);
  g_assert_cmpint (kith_transaction_event_of (199), ==, KITH_TRANSACTION_EVENT_PROVISIONAL);
  g_assert_cmpint (kith_transaction_event_of (200), ==, KITH_TRANSACTION_EVENT_SUCCESS);
  g_assert_cmpint (kith_transaction_event_of (299), ==, KITH_TRANSACTION_EVENT_SUCCESS);
  g_assert_cmpint (kith_transaction_event_of (300), ==, KITH_TRANSACTION_EVENT_FAILURE);
  g_assert_cmpint (kith_transaction_event_of (699), ==, KITH_TRANSACTION_EVENT_FAILURE);
}

typedef struct {
  guint sent;
  guint end_ms;
} Course;

/* Runs the two timers of a transaction from @event in @state until it ends; after @provisional_ms a
   provisional response comes (0: none). */
static Course
run (KithTransactionKind kind,
     KithTransactionState state,
     KithTransactionEvent event,
     guint provisional_ms)
{
  Course course = { 0 };
  guint now = 0, repeat_at = 0, timer_at = 0, repeats = 0;

  while (state != KITH_TRANSACTION_ENDED) {
    KithTransactionStep step;
    g_assert_true (kith_transaction_step (kind, FALSE, state, event, &step));
    state = step.state;
    course.sent += (step.actions & KITH_TRANSACTION_SEND) != 0;
    if ((step.actions & KITH_TRANSACTION_REPEAT) != 0) {
      repeat_at = now + kith_transaction_repeat_ms (kind, state, repeats++);
    }
    if ((step.actions & KITH_TRANSACTION_STOP_REPEAT) != 0) {
      repeat_at = 0;
    }
    if (step.timer != KITH_TRANSACTION_TIMER_NONE) {
      timer_at = now + kith_transaction_timer_ms (step.timer);
    }
    event = repeat_at != 0 && repeat_at < timer_at ? KITH_TRANSACTION_EVENT_REPEAT_DUE
                                                   : KITH_TRANSACTION_EVENT_TIMER_DUE;
    guint next = event == KITH_TRANSACTION_EVENT_REPEAT_DUE ? repeat_at : timer_at;
    if (provisional_ms != 0 && provisional_ms <= next) {
      event = KITH_TRANSACTION_EVENT_PROVISIONAL;
      next = provisional_ms;
      provisional_ms = 0;
    }
    g_assert_cmpuint (next, >=, now);
    now = next;
  }
  course.end_ms = now;
  return course;
}

static void
check_course (Course course, guint sent, guint end_ms)
{
  g_assert_cmpuint (course.sent, ==, sent);
  g_assert_cmpuint (course.end_ms, ==, end_ms);
}

/* RFC 3261 sections 17.1.1.2, 17.1.2.2 and 17.2.1 tell how often. */
static void
test_courses (void)
{
  const KithTransactionEvent start = KITH_TRANSACTION_EVENT_START;
  const KithTransactionEvent failure = KITH_TRANSACTION_EVENT_FAILURE;

  check_course (run (KITH_TRANSACTION_INVITE_CLIENT, KITH_TRANSACTION_NEW, start, 0), 7, 32000);
  check_course (run (KITH_TRANSACTION_CLIENT, KITH_TRANSACTION_NEW, start, 0), 11, 32000);
  /* after 2 s each 4 s: 0, 0.5, 1.5, 3.5, then 7.5 to 31.5 */
  check_course (run (KITH_TRANSACTION_CLIENT, KITH_TRANSACTION_NEW, start, 2000), 11, 32000);
  check_course (run (KITH_TRANSACTION_CLIENT, KITH_TRANSACTION_NEW, start, 100), 9, 32000);
  check_course (run (KITH_TRANSACTION_INVITE_SERVER, KITH_TRANSACTION_PROCEEDING, failure, 0),
                11,
                32000);
  check_course (run (KITH_TRANSACTION_SERVER, KITH_TRANSACTION_TRYING, failure, 0), 1, 32000);
  /* rings, is given up after three minutes, and says nothing to CANCEL */
  check_course (run (KITH_TRANSACTION_INVITE_CLIENT, KITH_TRANSACTION_NEW, start, 1000),
                2,
                1000 + 181000 + 32000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/transaction/datagrams", test_datagrams);
  g_test_add_func ("/model/transaction/streams", test_streams);
  g_test_add_func ("/model/transaction/out-of-range", test_out_of_range);
  g_test_add_func ("/model/transaction/statuses", test_statuses);
  g_test_add_func ("/model/transaction/courses", test_courses);
  return g_test_run ();
}
