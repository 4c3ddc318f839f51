/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ordinary telephones hold calls, send nothing or say nothing: the call lasts, and what is so is
   told. */
#include <string.h>

#include "common/steps.h"
#include "node/call/call-private.h"
#include "node/call/leg/leg-private.h"
#include "node/node-fixture.h"

/* A resolver of our own, so that no network is asked: it counts, and answers when it is let. */
typedef struct {
  GResolver parent;
} FakeDns;
typedef GResolverClass FakeDnsClass;

static GType fake_dns_get_type (void);
G_DEFINE_TYPE (FakeDns, fake_dns, G_TYPE_RESOLVER)

static GPtrArray *asked; /* of GTask that wait for their answer */

static void
fake_lookup (GResolver *self,
             const char *name,
             GCancellable *cancellable,
             GAsyncReadyCallback callback,
             gpointer data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);

  g_task_set_task_data (task, g_strdup (name), g_free);
  g_ptr_array_add (asked, task);
}

static GList *
fake_finish (GResolver *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
fake_dns_class_init (FakeDnsClass *klass)
{
  klass->lookup_by_name_async = fake_lookup;
  klass->lookup_by_name_finish = fake_finish;
}

static void
fake_dns_init (FakeDns *self)
{
  (void)self;
}

/* Answers the oldest question: with addresses, or that there are none. */
static void
answer_name (gboolean found)
{
  g_autoptr (GTask) task = g_ptr_array_steal_index (asked, 0);

  if (found) {
    GList *list = g_list_append (NULL, g_inet_address_new_from_string ("2001:db8::7"));
    list = g_list_append (list, g_inet_address_new_from_string ("198.51.100.7"));
    g_task_return_pointer (task, list, (GDestroyNotify)g_resolver_free_addresses);
  } else {
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "no such name");
  }
  settle ();
}

typedef struct {
  World world;
  Host *bob;
  Peer *peer;
} Scene;

static void
scene_set_up (Scene *scene, gconstpointer data)
{
  world_init (&scene->world, NOON_US);
  scene->bob = host_new_bare (&scene->world, "bob");
  scene->peer = peer_new (&scene->world, 7);
}

static void
scene_tear_down (Scene *scene, gconstpointer data)
{
  host_assert_idle (scene->bob);
  peer_free (scene->peer);
  host_free (scene->bob);
  world_clear (&scene->world);
}

/* @host of c=, @attribute "a=sendonly\r\n" or "". (transfer full) */
static gchar *
describe (const char *host, const char *attribute, guint version)
{
  return g_strdup_printf ("v=0\r\no=- 1 %u IN IP4 198.51.100.7\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n"
                          "m=audio 4000 RTP/AVP 0\r\n%s",
                          version,
                          strchr (host, ':') != NULL ? "IP6" : "IP4",
                          host,
                          attribute);
}

static gboolean
is_held (KithCall *call)
{
  gboolean held = FALSE;

  g_object_get (call, "held-by-peer", &held, NULL);
  return held;
}

static gboolean
has_line (KithCall *call, const char *words)
{
  return steps_count (call->findings->trace, words) > 0;
}

/* bob hears one second of the peer. */
static void
hear (Scene *scene, guint seconds)
{
  static const guint8 packet[13] = { 0x80, 0 };

  for (guint i = 0; i < seconds; i++) {
    (void)kith_media_receive (KITH_MEDIA (host_spy (scene->bob)), packet, sizeof packet);
    pass (&scene->world, 1000);
  }
}

static KithCall *
talk_to (Scene *scene, const char *sdp)
{
  peer_invite (scene->peer, scene->bob, "bob", sdp);
  settle ();
  KithCall *call = host_call (scene->bob);
  g_assert_cmpint (host_accept (scene->bob, call), ==, -1);
  return call;
}

static guint
packets (Scene *scene)
{
  guint before = kith_fake_media_get_packets (host_spy (scene->bob))->len;

  speak (scene->bob);
  return kith_fake_media_get_packets (host_spy (scene->bob))->len - before;
}

typedef struct {
  const char *host, *attribute, *answer;
  gboolean held;
} Form;

static const Form forms[] = {
  { "198.51.100.7", "a=sendonly\r\n", "a=recvonly\r\n", TRUE },
  { "198.51.100.7", "", "a=sendrecv\r\n", FALSE },
  { "198.51.100.7", "a=inactive\r\n", "a=inactive\r\n", TRUE },
  { "198.51.100.7", "a=recvonly\r\n", "a=sendonly\r\n", FALSE },
  { "0.0.0.0", "", "a=recvonly\r\n", TRUE },
  { "198.51.100.7", "a=sendrecv\r\n", "a=sendrecv\r\n", FALSE },
  { "::", "a=sendrecv\r\n", "a=recvonly\r\n", TRUE },
  { "0.0.0.0", "a=recvonly\r\n", "a=inactive\r\n", TRUE },
};

/* Each form of a hold inside the call is answered with what mirrors it, and no packet goes to who
   hears nothing. */
static void
test_forms (Scene *scene, gconstpointer data)
{
  g_autofree gchar *first = describe ("198.51.100.7", "", 1);
  KithCall *call = talk_to (scene, first);
  KithFakeDialog *far = KITH_FAKE_DIALOG (scene->peer->dialog);

  kith_fake_media_flow (host_spy (scene->bob));
  for (guint i = 0; i < G_N_ELEMENTS (forms); i++) {
    g_autofree gchar *sdp = describe (forms[i].host, forms[i].attribute, 2 + i);
    pass (&scene->world, 2000);
    kith_fake_dialog_reoffer (far, sdp);
    settle ();
    g_test_message ("%s %s", forms[i].host, forms[i].attribute);
    g_assert_cmpuint (kith_fake_dialog_get_reoffer_status (far), ==, 200);
    g_assert_nonnull (strstr (kith_dialog_get_remote_sdp (scene->peer->dialog), forms[i].answer));
    g_assert_true (is_held (call) == forms[i].held);
    g_assert_cmpuint (packets (scene), ==, forms[i].held ? 0 : 1);
    assert_state (call, "active");
  }
  g_assert_true (has_line (call, "put the call on hold"));
  g_assert_true (has_line (call, "took the call off hold"));
  g_assert_true (kith_call_hang_up (call, NULL));
  g_assert_false (is_held (call));
  settle ();
}

/* The version in o= of what we answer rises with each change, and is the same for the same. */
static void
test_version (Scene *scene, gconstpointer data)
{
  static const struct {
    const char *attribute;
    guint more; /* than the first */
  } rows[] = { { "a=sendrecv\r\n", 0 },
               { "a=sendonly\r\n", 1 },
               { "a=sendrecv\r\n", 2 },
               { "a=ptime:20\r\n", 2 }, /* another offer, but the same answer */
               { "a=inactive\r\n", 3 } };
  g_autofree gchar *first = describe ("198.51.100.7", rows[0].attribute, 1);
  KithCall *call = talk_to (scene, first);
  guint64 id = 0, version = 0;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *sdp = describe ("198.51.100.7", rows[i].attribute, 1 + i);
    if (i > 0) {
      pass (&scene->world, 2000);
      kith_fake_dialog_reoffer (KITH_FAKE_DIALOG (scene->peer->dialog), sdp);
      settle ();
    }
    const char *answer = kith_dialog_get_remote_sdp (scene->peer->dialog);
    g_autoptr (KithOffer) ours = kith_sdp_parse (answer, strlen (answer), KITH_SDP_PLAIN, NULL);
    id = i == 0 ? ours->session_id : id;
    version = i == 0 ? ours->session_version : version;
    g_assert_cmpuint (ours->session_id, ==, id);
    g_assert_cmpuint (ours->session_version, ==, version + rows[i].more);
  }
  g_assert_true (kith_call_hang_up (call, NULL));
  settle ();
}

/* Six seconds of silence that they announced are no trouble and no bad quality; the same without a
   word are told. */
static void
test_no_outage (Scene *scene, gconstpointer data)
{
  g_autofree gchar *first = describe ("198.51.100.7", "", 1);
  g_autofree gchar *hold = describe ("198.51.100.7", "a=sendonly\r\n", 2);
  g_autofree gchar *back = describe ("198.51.100.7", "", 3);
  KithCall *call = talk_to (scene, first);
  KithFakeDialog *far = KITH_FAKE_DIALOG (scene->peer->dialog);

  hear (scene, 3);
  kith_fake_dialog_reoffer (far, hold);
  pass (&scene->world, 60000);
  assert_state (call, "active");
  kith_fake_dialog_reoffer (far, back);
  hear (scene, 3);
  g_assert_cmpuint (kith_trace_get_marks (call->findings->trace) & KITH_MARK_SILENCE, ==, 0);
  g_assert_false (has_line (call, "o audio came"));
  pass (&scene->world, 4000);
  g_assert_true (has_line (call, "o audio came from them for 2 s"));
  g_assert_true (kith_call_hang_up (call, NULL));
  settle ();
}

/* Who says from the beginning that it sends nothing is waited for by no timer: a loudspeaker, a
   call that was answered on hold. */
static void
test_silent_by_word (Scene *scene, gconstpointer data)
{
  static const struct {
    const char *host, *attribute;
    gboolean held;
  } rows[] = { { "198.51.100.7", "a=recvonly\r\n", FALSE },
               { "198.51.100.7", "a=inactive\r\n", TRUE },
               { "0.0.0.0", "a=recvonly\r\n", TRUE } };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *sdp = describe (rows[i / 2].host, rows[i / 2].attribute, 1);
    KithCall *call = NULL;
    if (i % 2 == 0) {
      call = talk_to (scene, sdp);
    } else {
      call = host_dial (scene->bob, data);
      kith_dialog_answer (scene->peer->dialog, sdp);
      settle ();
    }
    pass (&scene->world, 10);
    assert_state (call, "active");
    g_assert_cmpint (call_number (call, "flowing-at"), ==, 0); /* nothing was heard */
    g_assert_true (is_held (call) == rows[i / 2].held);
    pass (&scene->world, 120000);
    assert_state (call, "active");
    g_assert_false (has_line (call, "o audio came"));
    kith_fake_media_flow (host_spy (scene->bob));
    g_assert_cmpint (call_number (call, "flowing-at"), !=, 0);
    g_assert_true (kith_call_hang_up (call, NULL));
    settle ();
  }
}

/* Silence of who could speak is told after 20 s, and ends nothing; reports are a sign of life. */
static void
test_silent_without_a_word (Scene *scene, gconstpointer data)
{
  g_autofree gchar *sdp = describe ("198.51.100.7", "", 1);

  for (guint i = 0; i < 2; i++) {
    KithCall *call = talk_to (scene, sdp);
    if (i == 1) {
      kith_fake_media_add_report (host_spy (scene->bob));
    }
    pass (&scene->world, 19900);
    assert_state (call, "connecting");
    pass (&scene->world, 200);
    assert_state (call, "active");
    g_assert_true (has_line (call, "o audio came from them for 20 s"));
    g_assert_true (has_line (call, "but their reports do") == (i == 1));
    pass (&scene->world, 120000);
    assert_state (call, "active");
    g_assert_true (kith_call_hang_up (call, NULL));
    settle ();
  }
}

/* A hold that is taken back before anything was heard: from then on sound is waited for. */
static void
test_hold_while_connecting (Scene *scene, gconstpointer data)
{
  g_autofree gchar *first = describe ("198.51.100.7", "", 1);
  g_autofree gchar *hold = describe ("198.51.100.7", "a=inactive\r\n", 2);
  KithCall *call = talk_to (scene, first);

  pass (&scene->world, 19000);
  kith_fake_dialog_reoffer (KITH_FAKE_DIALOG (scene->peer->dialog), hold);
  pass (&scene->world, 10);
  assert_state (call, "active");
  g_assert_true (is_held (call));
  pass (&scene->world, 60000);
  g_assert_false (has_line (call, "o audio came"));
  g_assert_true (kith_call_hang_up (call, NULL));
  settle ();
}

/* RTP/AVPF is answered as that; of lines with SRTP and without the plain one is taken. */
static void
test_profiles (Scene *scene, gconstpointer data)
{
  g_autofree gchar *feedback = make_sdp ("RTP/AVPF");
  g_autofree gchar *secure = make_sdp ("RTP/SAVP");
  g_autofree gchar *both = g_strconcat (secure, "m=audio 4000 RTP/AVP 0\r\n", NULL);

  KithCall *call = talk_to (scene, feedback);
  g_assert_nonnull (strstr (kith_dialog_get_remote_sdp (scene->peer->dialog), " RTP/AVPF 96\r\n"));
  g_assert_true (kith_call_hang_up (call, NULL));
  settle ();
  call = talk_to (scene, both);
  const char *answer = kith_dialog_get_remote_sdp (scene->peer->dialog);
  const char *refused = strstr (answer, "m=audio 0 RTP/SAVP 96 0\r\n");
  g_assert_true (refused != NULL && strstr (refused, " RTP/AVP 0\r\n") > refused);
  g_assert_true (kith_call_hang_up (call, NULL));
  settle ();
}

/* Answers to our own RTP/AVP: feedback is as good, SRTP and a refusal end the call. */
static void
test_answers (Scene *scene, gconstpointer data)
{
  static const struct {
    const char *profile;
    gboolean good;
  } rows[] = { { "RTP/AVP", TRUE },
               { "RTP/AVPF", TRUE },
               { "RTP/SAVP", FALSE },
               { "RTP/SAVPF", FALSE },
               { "UDP/TLS/RTP/SAVP", FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *sdp = make_sdp (rows[i].profile);
    KithCall *call = host_dial (scene->bob, data);
    kith_dialog_answer (scene->peer->dialog, sdp);
    settle ();
    assert_state (call, rows[i].good ? "connecting" : "ended");
    if (rows[i].good) {
      g_assert_true (kith_call_hang_up (call, NULL));
    } else {
      assert_reason (call, "not-acceptable");
    }
    settle ();
  }
}

static const char *
sound_goes_to (Scene *scene)
{
  return kith_offer_audio (kith_fake_media_get_remote (host_spy (scene->bob)))->host;
}

/* A name in c= is looked up once, when the call is answered or was dialled, and nobody waits for
   it. */
static void
test_names (Scene *scene, gconstpointer data)
{
  g_autofree gchar *first = describe ("phone.example", "", 1);
  g_autofree gchar *hold = describe ("0.0.0.0", "", 2);
  g_autofree gchar *back = describe ("phone.example", "", 3);
  g_autofree gchar *other = describe ("other.example", "", 4);

  peer_invite (scene->peer, scene->bob, "bob", first);
  settle ();
  g_assert_cmpuint (asked->len, ==, 0); /* it rings: nobody is asked on a stranger's word */
  KithCall *call = host_call (scene->bob);
  g_assert_cmpint (host_accept (scene->bob, call), ==, -1);
  g_assert_cmpuint (asked->len, ==, 1);
  g_assert_null (sound_goes_to (scene));
  answer_name (TRUE);
  g_assert_cmpstr (sound_goes_to (scene), ==, "198.51.100.7"); /* of our family */
  pass (&scene->world, 2000);
  kith_fake_dialog_reoffer (KITH_FAKE_DIALOG (scene->peer->dialog), hold);
  settle ();
  g_assert_null (sound_goes_to (scene));
  pass (&scene->world, 2000);
  kith_fake_dialog_reoffer (KITH_FAKE_DIALOG (scene->peer->dialog), back);
  settle ();
  g_assert_cmpuint (asked->len, ==, 0); /* once */
  g_assert_cmpstr (sound_goes_to (scene), ==, "198.51.100.7");
  pass (&scene->world, 2000);
  kith_fake_dialog_reoffer (KITH_FAKE_DIALOG (scene->peer->dialog), other);
  settle ();
  answer_name (FALSE);
  g_assert_null (sound_goes_to (scene));
  g_assert_true (has_line (call, "other.example, which they name: it is not found"));
  g_assert_true (kith_call_hang_up (call, NULL));
  settle ();

  call = host_dial (scene->bob, data);
  kith_dialog_answer (scene->peer->dialog, first);
  settle ();
  answer_name (TRUE);
  g_assert_cmpstr (sound_goes_to (scene), ==, "198.51.100.7");
  g_assert_true (kith_call_hang_up (call, NULL));
  settle ();
}

/* An answer that comes too late, after the call or after another description, changes nothing. */
static void
test_late_names (Scene *scene, gconstpointer data)
{
  g_autofree gchar *first = describe ("phone.example", "", 1);
  g_autofree gchar *second = describe ("198.51.100.9", "", 2);
  KithCall *call = talk_to (scene, first);

  pass (&scene->world, 2000);
  kith_fake_dialog_reoffer (KITH_FAKE_DIALOG (scene->peer->dialog), second);
  settle ();
  answer_name (TRUE);
  g_assert_cmpstr (sound_goes_to (scene), ==, "198.51.100.9");
  g_assert_true (kith_call_hang_up (call, NULL));
  settle ();
  call = talk_to (scene, first);
  g_assert_true (kith_call_hang_up (call, NULL));
  settle ();
  answer_name (TRUE);
  g_assert_cmpuint (asked->len, ==, 0);
}

int
main (int argc, char **argv)
{
#define ADD(name, func)                                                                            \
  g_test_add ("/node/hold/" name, Scene, DIAL, scene_set_up, func, scene_tear_down)
#define DIAL "sip:phone@198.51.100.7"
  g_test_init (&argc, &argv, NULL);
  g_autoptr (GResolver) real = g_resolver_get_default ();
  GResolver *dns = g_object_new (fake_dns_get_type (), NULL);
  g_resolver_set_default (dns);
  asked = g_ptr_array_new ();
  ADD ("forms", test_forms);
  ADD ("version", test_version);
  ADD ("no-outage", test_no_outage);
  ADD ("silent-by-word", test_silent_by_word);
  ADD ("silent-without-a-word", test_silent_without_a_word);
  ADD ("while-connecting", test_hold_while_connecting);
  ADD ("profiles", test_profiles);
  ADD ("answers", test_answers);
  ADD ("names", test_names);
  ADD ("late-names", test_late_names);
  int result = g_test_run ();
  g_resolver_set_default (real);
  g_object_unref (dns);
  g_ptr_array_unref (asked);
  return result;
}
