/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several callers at once: whose call rings beside whose, and that no call of a contact is lost
   without a trace, whatever strangers do. */
#include <dlfcn.h>
#include <sqlite3.h>
#include <string.h>

#include "base/error.h"
#include "common/steps.h"
#include "node/call/call-private.h"
#include "node/call/leg/leg-private.h"
#include "node/node-fixture.h"
#include "store/history.h"

#define CONTACTS 5

/* bob, five of his contacts and one stranger with links to him, and two strangers by ordinary
   SIP. */
typedef struct {
  World world;
  Host *bob;
  Peer *contact[CONTACTS];
  Peer *stranger;
  Peer *phone, *other_phone;
  gchar *secure, *plain;
} Scene;

static guint commits;

/* In place of that of the library, which does the work: counts transactions. */
int
sqlite3_exec (sqlite3 *sqlite,
              const char *sql,
              int (*row) (void *, int, char **, char **),
              void *data,
              char **message)
{
  static int (
      *real) (sqlite3 *, const char *, int (*) (void *, int, char **, char **), void *, char **);

  if (real == NULL) {
    *(void **)&real = dlsym (RTLD_NEXT, "sqlite3_exec");
  }
  commits += strcmp (sql, "COMMIT") == 0;
  return real (sqlite, sql, row, data, message);
}

static void
befriend (Scene *scene, Peer *peer, const char *name)
{
  g_autoptr (KithFound) found = kith_found_new ();
  g_autoptr (GError) error = NULL;

  found->key = peer->cert.identity;
  (void)contact_add_now (scene->bob->contacts, found, name, FALSE, &error);
  g_assert_no_error (error);
}

static void
scene_set_up (Scene *scene, gconstpointer data)
{
  world_init (&scene->world, NOON_US);
  scene->bob = host_new_bare (&scene->world, "bob");
  scene->secure = make_sdp ("RTP/SAVP");
  scene->plain = make_sdp ("RTP/AVP");
  for (guint i = 0; i < CONTACTS; i++) {
    g_autofree gchar *name = g_strdup_printf ("friend%u", i);
    scene->contact[i] = peer_new (&scene->world, (guint8)(10 + 2 * i));
    befriend (scene, scene->contact[i], name);
    peer_link (scene->contact[i], scene->bob);
  }
  scene->stranger = peer_new (&scene->world, 40);
  peer_link (scene->stranger, scene->bob);
  scene->phone = peer_new (&scene->world, 50);
  scene->other_phone = peer_new (&scene->world, 60);
}

static void
scene_tear_down (Scene *scene, gconstpointer data)
{
  for (guint i = 0; i < CONTACTS; i++) {
    peer_free (scene->contact[i]);
  }
  peer_free (scene->stranger);
  peer_free (scene->phone);
  peer_free (scene->other_phone);
  host_assert_idle (scene->bob);
  host_free (scene->bob);
  world_clear (&scene->world);
  g_free (scene->secure);
  g_free (scene->plain);
}

static void
ring (Scene *scene, Peer *peer)
{
  g_string_truncate (peer->heard, 0);
  peer_invite (peer, scene->bob, "bob", peer->link != NULL ? scene->secure : scene->plain);
  settle ();
}

#define assert_heard(peer, expected)                                                               \
  G_STMT_START                                                                                     \
  {                                                                                                \
    settle ();                                                                                     \
    g_assert_cmpstr (g_strchomp ((peer)->heard->str), ==, expected);                               \
    g_string_truncate ((peer)->heard, 0);                                                          \
  }                                                                                                \
  G_STMT_END

static void
give_up (Peer *peer)
{
  kith_dialog_hang_up (peer->dialog, NULL);
  settle ();
}

static gboolean
is_missed (KithCall *call)
{
  gboolean missed = FALSE;

  g_object_get (call, "missed", &missed, NULL);
  return missed;
}

static GPtrArray *
history (Scene *scene)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *list = kith_history_list (scene->bob->database, 1000, &error);

  g_assert_no_error (error);
  return list;
}

/* While a stranger rings, by whichever way, a contact's call rings beside it, and no second
   stranger does. */
static void
test_stranger_rings (Scene *scene, gconstpointer data)
{
  Peer *const strangers[] = { scene->phone, scene->stranger };

  for (guint i = 0; i < G_N_ELEMENTS (strangers); i++) {
    ring (scene, strangers[i]);
    assert_heard (strangers[i], "ringing");
    ring (scene, scene->contact[0]);
    assert_heard (scene->contact[0], "ringing");
    ring (scene, strangers[1 - i]);
    assert_heard (strangers[1 - i], "ended(486)");
    ring (scene, scene->other_phone);
    assert_heard (scene->other_phone, "ended(486)");
    give_up (strangers[i]);
    ring (scene, scene->other_phone); /* now it is free for another one */
    assert_heard (scene->other_phone, "ringing");
    give_up (scene->other_phone);
    give_up (scene->contact[0]);
    pass (&scene->world, 31 * 1000);
  }
}

/* Four ring; a fifth contact takes a stranger's place, and is missed when there is none to take. */
static void
test_four (Scene *scene, gconstpointer data)
{
  ring (scene, scene->stranger);
  for (guint i = 0; i < 3; i++) {
    ring (scene, scene->contact[i]);
    assert_heard (scene->contact[i], "ringing");
  }
  assert_heard (scene->stranger, "ringing");
  ring (scene, scene->contact[3]);
  assert_heard (scene->contact[3], "ringing");
  assert_heard (scene->stranger, "ended(486)");
  g_assert_true (is_missed (scene->bob->calls->pdata[0]));
  ring (scene, scene->contact[4]);
  assert_heard (scene->contact[4], "ended(486)");
  assert_text (host_call (scene->bob), "peer-name", "friend4");
  assert_reason (host_call (scene->bob), "busy");
  g_assert_true (is_missed (host_call (scene->bob)));
  ring (scene, scene->contact[0]); /* one of the four, anew */
  assert_heard (scene->contact[0], "ringing");
  for (guint i = 0; i < 4; i++) {
    give_up (scene->contact[i]);
  }
}

/* One of several is answered: the others go on ringing, can be answered, too, and are missed when
   their callers give up. */
static void
test_answer_one (Scene *scene, gconstpointer data)
{
  for (guint i = 0; i < 3; i++) {
    ring (scene, scene->contact[i]);
    assert_heard (scene->contact[i], "ringing");
  }
  KithCall *first = scene->bob->calls->pdata[0];
  KithCall *second = scene->bob->calls->pdata[1];
  KithCall *third = scene->bob->calls->pdata[2];
  g_assert_cmpint (host_accept (scene->bob, second), ==, -1);
  assert_heard (scene->contact[1], "answered");
  assert_state (first, "incoming");
  assert_heard (scene->contact[0], "");
  ring (scene, scene->contact[3]); /* beside the call */
  assert_heard (scene->contact[3], "ringing");
  give_up (scene->contact[3]);
  g_assert_true (is_missed (host_call (scene->bob)));
  g_assert_cmpint (host_accept (scene->bob, first), ==, -1);
  assert_state (second, "connecting");
  g_assert_true (kith_call_hang_up (second, NULL));
  assert_heard (scene->contact[0], "answered");
  give_up (scene->contact[2]);
  g_assert_true (is_missed (third));
  g_assert_false (is_missed (first));
  g_assert_false (is_missed (second));
  give_up (scene->contact[0]);
}

/* TRUE when our user hears this call and no other, and is heard. */
static gboolean
has_sound (Scene *scene, KithCall *call)
{
  gboolean others = FALSE;

  for (guint i = 0; i < scene->bob->calls->len; i++) {
    KithCall *other = scene->bob->calls->pdata[i];
    KithLeg *leg = leg_of (other);
    KithFakeMedia *media = leg != NULL && leg->media != NULL ? KITH_FAKE_MEDIA (leg->media) : NULL;
    gboolean on = media != NULL && kith_fake_media_sends (media) && kith_fake_media_plays (media);
    if (other != call) {
      others = others || on || call_number (other, "foreground") != 0;
    } else if (!on || call_number (other, "foreground") == 0) {
      return FALSE;
    }
  }
  return !others;
}

/* The call that is answered or dialled last has microphone and loudspeaker; those before come back
   one by one. */
static void
test_foreground (Scene *scene, gconstpointer data)
{
  for (guint i = 0; i < 2; i++) {
    ring (scene, scene->contact[i]);
  }
  KithCall *first = scene->bob->calls->pdata[0];
  KithCall *second = scene->bob->calls->pdata[1];
  g_assert_false (has_sound (scene, first)); /* it rings */
  g_assert_cmpint (host_accept (scene->bob, first), ==, -1);
  kith_fake_media_flow (KITH_FAKE_MEDIA (leg_of (first)->media));
  g_assert_true (has_sound (scene, first));
  g_assert_cmpint (host_accept (scene->bob, second), ==, -1);
  kith_fake_media_flow (KITH_FAKE_MEDIA (leg_of (second)->media));
  g_assert_true (has_sound (scene, second));
  assert_state (first, "active"); /* it goes on in silence */
  KithCall *third = host_dial (scene->bob, "sip:phone@198.51.100.50");
  assert_state (third, "dialing");
  g_assert_true (has_sound (scene, third));
  assert_state (second, "active");
  g_assert_true (kith_call_set_muted (second, TRUE, NULL)); /* which changes nothing of it */
  g_assert_true (has_sound (scene, third));
  g_assert_true (kith_call_hang_up (first, NULL)); /* not the one that was heard last */
  g_assert_true (has_sound (scene, third));
  g_assert_true (kith_call_hang_up (third, NULL));
  g_assert_true (has_sound (scene, second));
  g_assert_true (kith_fake_media_is_muted (KITH_FAKE_MEDIA (leg_of (second)->media)));
  give_up (scene->contact[1]);
  g_assert_cmpint (call_number (second, "foreground"), ==, 0);
}

/* TRUE when the time line of @call has @text. */
static gboolean
has_line (KithCall *call, const char *text)
{
  return steps_count (kith_call_get_trace (call), text) > 0;
}

/* A call that is answered while our user talks in another one: its time line does not say that the
   microphone is open. */
static void
test_background_line (Scene *scene, gconstpointer data)
{
  g_autofree gchar *plain = make_sdp ("RTP/AVP");

  KithCall *dialled = host_dial (scene->bob, "sip:phone@198.51.100.50");
  ring (scene, scene->contact[0]);
  KithCall *taken = host_call (scene->bob);
  g_assert_cmpint (host_accept (scene->bob, taken), ==, -1);
  kith_dialog_answer (scene->phone->dialog, plain);
  settle ();
  assert_state (dialled, "connecting");
  g_assert_true (has_line (taken, "The microphone is open, codec opus"));
  g_assert_false (has_line (dialled, "The microphone is open, codec opus"));
  g_assert_true (has_line (dialled, "You talk in another call: silence both ways, codec opus"));
  g_assert_true (kith_call_hang_up (dialled, NULL));
  give_up (scene->contact[0]);
}

/* It ends twice, as an object may be told to. */
static void
test_dispose_twice (Scene *scene, gconstpointer data)
{
  ring (scene, scene->contact[0]);
  g_object_run_dispose (G_OBJECT (scene->bob->list));
  assert_reason (host_call (scene->bob), "no-answer");
  settle ();
}

/* As many calls as [calls] max-calls says, those that ring among them. */
static void
test_max_calls (Scene *scene, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  scene->bob->config->max_calls = 3;
  for (guint i = 0; i < 3; i++) {
    ring (scene, scene->contact[i]);
    assert_heard (scene->contact[i], "ringing");
    g_assert_cmpint (host_accept (scene->bob, host_call (scene->bob)), ==, -1);
    assert_heard (scene->contact[i], "answered");
  }
  ring (scene, scene->contact[3]);
  assert_heard (scene->contact[3], "ended(486)");
  g_assert_true (is_missed (host_call (scene->bob)));
  g_assert_null (kith_call_list_dial (scene->bob->list, "sip:phone@198.51.100.50", &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_LIMIT_REACHED);
  give_up (scene->contact[0]);
  ring (scene, scene->stranger);
  assert_heard (scene->stranger, "ringing");
  ring (scene, scene->contact[3]); /* a stranger does not keep a contact out */
  assert_heard (scene->contact[3], "ringing");
  assert_heard (scene->stranger, "ended(486)");
  for (guint i = 1; i < 4; i++) {
    give_up (scene->contact[i]);
  }
}

/* With one call at most, whoever our user talks with or dials: others are busy, and told. */
static void
test_in_use (Scene *scene, gconstpointer data)
{
  scene->bob->config->max_calls = 1;
  ring (scene, scene->phone);
  KithCall *answered = host_call (scene->bob);
  g_assert_cmpint (host_accept (scene->bob, answered), ==, -1);
  ring (scene, scene->contact[0]);
  assert_heard (scene->contact[0], "ended(486)");
  assert_text (host_call (scene->bob), "peer-name", "friend0");
  g_assert_true (is_missed (host_call (scene->bob)));
  g_assert_true (kith_call_hang_up (answered, NULL));
  g_assert_false (is_missed (answered));
  KithCall *dialled = host_dial (scene->bob, "sip:phone@198.51.100.50");
  assert_state (dialled, "dialing");
  ring (scene, scene->contact[1]);
  assert_heard (scene->contact[1], "ended(486)");
  g_assert_true (is_missed (host_call (scene->bob)));
  g_assert_true (kith_call_hang_up (dialled, NULL));
  settle ();
}

/* What is missed, and what is not. */
static void
test_missed (Scene *scene, gconstpointer data)
{
  ring (scene, scene->contact[0]);
  give_up (scene->contact[0]);
  g_assert_true (is_missed (host_call (scene->bob)));
  ring (scene, scene->contact[0]);
  pass (&scene->world, 60 * 1000);
  assert_reason (host_call (scene->bob), "no-answer");
  g_assert_true (is_missed (host_call (scene->bob)));
  ring (scene, scene->contact[0]);
  g_assert_true (kith_call_reject (host_call (scene->bob), KITH_REASON_BUSY, NULL));
  g_assert_false (is_missed (host_call (scene->bob)));
  ring (scene, scene->contact[0]);
  g_assert_true (kith_call_hang_up (host_call (scene->bob), NULL));
  g_assert_false (is_missed (host_call (scene->bob)));
  ring (scene, scene->contact[0]);
  kith_call_list_end_all (scene->bob->list); /* the daemon leaves while it rings */
  settle ();
  g_assert_true (is_missed (host_call (scene->bob)));
  g_autoptr (GPtrArray) kept = history (scene);
  static const gboolean right[] = { TRUE, FALSE, FALSE, TRUE, TRUE }; /* newest first */
  g_assert_cmpuint (kept->len, ==, 5);
  for (guint i = 0; i < kept->len; i++) {
    g_assert_cmpint (((KithCallFacts *)kept->pdata[i])->missed, ==, right[i]);
  }
}

static guint
count_listed (Scene *scene)
{
  g_autoptr (GList) calls = kith_call_list_get (scene->bob->list);

  return g_list_length (calls);
}

/* A stranger who tries again and again while the line is busy: one object that counts, one row; a
   repeated INVITE counts once. */
static void
test_collapsed (Scene *scene, gconstpointer data)
{
  scene->bob->config->max_calls = 1;
  ring (scene, scene->contact[0]);
  g_assert_cmpint (host_accept (scene->bob, host_call (scene->bob)), ==, -1);
  kith_fake_media_flow (host_spy (scene->bob));
  guint before = scene->bob->calls->len;
  for (guint i = 0; i < 23; i++) {
    ring (scene, scene->phone);
    assert_heard (scene->phone, "ended(486)");
  }
  for (guint i = 0; i < 2; i++) {
    ring (scene, scene->stranger);
    assert_heard (scene->stranger, "ended(486)");
  }
  g_assert_cmpuint (scene->bob->calls->len, ==, before + 2);
  KithCall *many = scene->bob->calls->pdata[before];
  assert_state (many, "ended");
  assert_text (many, "peer-source", "198.51.100.50");
  commits = 0;
  pass (&scene->world, 1000);
  g_assert_cmpuint (commits, ==, 1); /* of both */
  g_assert_cmpint (call_number (many, "calls"), ==, 23);
  g_assert_true (is_missed (many));
  ring (scene, scene->phone);
  pass (&scene->world, 31 * 1000); /* it is gone; the next one goes into the same row */
  ring (scene, scene->phone);
  give_up (scene->contact[0]);
  g_autoptr (GPtrArray) kept = history (scene);
  guint rows = 0;
  for (guint i = 0; i < kept->len; i++) {
    const KithCallFacts *facts = kept->pdata[i];
    if (g_str_equal (facts->peer_source, "198.51.100.50")) {
      rows++;
      g_assert_cmpuint (facts->times, ==, 25);
      g_assert_true (facts->missed);
      g_assert_cmpint (facts->first_at, <, facts->started_at);
    }
  }
  g_assert_cmpuint (rows, ==, 1);
}

/* What was counted since the last second is kept when kithd ends in order. */
static void
test_counted_at_the_end (Scene *scene, gconstpointer data)
{
  scene->bob->config->max_calls = 1;
  ring (scene, scene->contact[0]);
  g_assert_cmpint (host_accept (scene->bob, host_call (scene->bob)), ==, -1);
  for (guint i = 0; i < 5; i++) {
    ring (scene, scene->phone);
    assert_heard (scene->phone, "ended(486)");
  }
  kith_call_list_end_all (scene->bob->list);
  settle ();
  g_autoptr (GPtrArray) kept = history (scene);
  guint times = 0;
  for (guint i = 0; i < kept->len; i++) {
    const KithCallFacts *facts = kept->pdata[i];
    times += g_str_equal (facts->peer_source, "198.51.100.50") ? facts->times : 0;
  }
  g_assert_cmpuint (times, ==, 5);
}

/* A flood from ever new addresses makes neither objects nor rows without end. */
static void
test_flood (Scene *scene, gconstpointer data)
{
  ring (scene, scene->contact[0]);
  for (guint i = 0; i < 60; i++) {
    g_autoptr (Peer) one = peer_new (&scene->world, (guint8)(100 + i));
    ring (scene, one);
    (void)give_up (one);
  }
  g_assert_cmpuint (scene->bob->calls->len, <=, 1 + 60);
  g_assert_cmpuint (count_listed (scene), <=, 1 + 60);
  pass (&scene->world, 1000);
  g_assert_cmpuint (count_listed (scene), <=, 1 + 8);
  g_autoptr (GPtrArray) kept = history (scene);
  g_assert_cmpuint (kept->len, <=, KITH_HISTORY_STRANGERS);
  ring (scene, scene->contact[1]);
  assert_heard (scene->contact[1], "ringing"); /* and a contact rings all the same */
  give_up (scene->contact[1]);
  give_up (scene->contact[0]);
}

/* A phone that rings and gives up, again and again, pushes none of the user's calls out, neither
   from the list nor from the history. */
static void
test_history_stays (Scene *scene, gconstpointer data)
{
  for (guint i = 0; i < KITH_HISTORY_MAX; i++) {
    ring (scene, scene->contact[i % CONTACTS]);
    g_assert_cmpint (host_accept (scene->bob, host_call (scene->bob)), ==, -1);
    give_up (scene->contact[i % CONTACTS]);
  }
  for (guint i = 0; i < 115; i++) {
    ring (scene, i % 2 == 0 ? scene->phone : scene->stranger);
    give_up (i % 2 == 0 ? scene->phone : scene->stranger);
    pass (&scene->world, 3000);
  }
  g_autoptr (GPtrArray) kept = history (scene);
  guint own = 0;
  guint of_strangers = 0;
  for (guint i = 0; i < kept->len; i++) {
    const KithCallFacts *facts = kept->pdata[i];
    own += *facts->group == '\0';
    of_strangers += *facts->group != '\0' ? facts->times : 0;
  }
  g_assert_cmpuint (own, ==, KITH_HISTORY_MAX);
  g_assert_cmpuint (of_strangers, ==, 115);
  g_assert_cmpuint (kept->len, ==, KITH_HISTORY_MAX + 2);
}

/* strangers=refuse means ordinary SIP, too, and leaves no trace; contacts ring. */
static void
test_refused (Scene *scene, gconstpointer data)
{
  scene->bob->config->strangers_ring = FALSE;
  ring (scene, scene->phone);
  assert_heard (scene->phone, "ended(403)");
  ring (scene, scene->stranger);
  assert_heard (scene->stranger, "ended(403)");
  g_assert_null (host_call (scene->bob));
  ring (scene, scene->contact[0]);
  assert_heard (scene->contact[0], "ringing");
  give_up (scene->contact[0]);
}

static gboolean
knows_door (const char *host, gpointer user_data)
{
  return g_str_equal (host, "198.51.100.50");
}

/* The host of a contact with an ordinary phone, such as a door station, is no stranger. */
static void
test_known_host (Scene *scene, gconstpointer data)
{
  scene->bob->context.knows_host = knows_door;
  scene->bob->config->strangers_ring = FALSE;
  ring (scene, scene->phone);
  assert_heard (scene->phone, "ringing");
  ring (scene, scene->other_phone);
  assert_heard (scene->other_phone, "ended(403)");
  scene->bob->config->strangers_ring = TRUE;
  ring (scene, scene->other_phone);
  assert_heard (scene->other_phone, "ringing"); /* the one stranger beside it */
  give_up (scene->other_phone);
  give_up (scene->phone);
  for (guint i = 0; i < 30; i++) { /* strangers use their share up */
    ring (scene, scene->other_phone);
    give_up (scene->other_phone);
  }
  ring (scene, scene->other_phone);
  assert_heard (scene->other_phone, "ended(486)");
  ring (scene, scene->phone); /* which is not the door's */
  assert_heard (scene->phone, "ringing");
  give_up (scene->phone);
}

/* Who rings here, or is being called, is not called a second time. */
static void
test_twice (Scene *scene, gconstpointer data)
{
  ring (scene, scene->contact[0]);
  KithCall *theirs = host_call (scene->bob);
  KithCall *ours = host_dial (scene->bob, "friend0");
  assert_reason (ours, "busy");
  assert_text (ours, "detail", "friend0 is calling you: kith answer 1");
  assert_state (theirs, "incoming");
  give_up (scene->contact[0]);
  ours = host_dial (scene->bob, "friend0");
  assert_state (ours, "dialing");
  KithCall *again = host_dial (scene->bob, "friend0");
  assert_reason (again, "busy");
  assert_text (again, "detail", "you are calling friend0 already in call 3: kith hangup 3");
  assert_state (ours, "dialing");
  g_assert_true (kith_call_hang_up (ours, NULL));
  settle ();
}

int
main (int argc, char **argv)
{
#define ADD(name, function)                                                                        \
  g_test_add ("/node/ring/" name, Scene, NULL, scene_set_up, function, scene_tear_down)

  g_test_init (&argc, &argv, NULL);
  ADD ("stranger-rings", test_stranger_rings);
  ADD ("four", test_four);
  ADD ("answer-one", test_answer_one);
  ADD ("in-use", test_in_use);
  ADD ("foreground", test_foreground);
  ADD ("background-line", test_background_line);
  ADD ("dispose-twice", test_dispose_twice);
  ADD ("max-calls", test_max_calls);
  ADD ("missed", test_missed);
  ADD ("collapsed", test_collapsed);
  ADD ("flood", test_flood);
  ADD ("counted-at-the-end", test_counted_at_the_end);
  ADD ("history-stays", test_history_stays);
  ADD ("refused", test_refused);
  ADD ("known-host", test_known_host);
  ADD ("twice", test_twice);
  return g_test_run ();
}
