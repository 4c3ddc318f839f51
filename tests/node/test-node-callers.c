/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who calls is judged by the key: contacts, pins and keys that were met, whatever the caller says
   of himself. */
#include <string.h>

#include "node/call/call-private.h"
#include "node/call/leg/leg-private.h"
#include "node/node-fixture.h"

typedef struct {
  World world;
  Host *bob;
  Peer *peer; /* calls itself mallory */
  gchar *secure, *plain;
} Scene;

static void
scene_set_up (Scene *scene, gconstpointer data)
{
  world_init (&scene->world, NOON_US);
  scene->bob = host_new_bare (&scene->world, "bob");
  scene->peer = peer_new (&scene->world, 7);
  scene->secure = make_sdp ("RTP/SAVP");
  scene->plain = make_sdp ("RTP/AVP");
  if (data != NULL) {
    peer_link (scene->peer, scene->bob);
  }
}

static void
scene_tear_down (Scene *scene, gconstpointer data)
{
  peer_free (scene->peer);
  host_assert_idle (scene->bob);
  host_free (scene->bob);
  world_clear (&scene->world);
  g_free (scene->secure);
  g_free (scene->plain);
}

/* Rings, and ends. */
static KithCall *
call_once (Scene *scene)
{
  peer_invite (scene->peer, scene->bob, "bob", scene->secure);
  settle ();
  kith_dialog_hang_up (scene->peer->dialog, NULL);
  settle ();
  return host_call (scene->bob);
}

static void
talk_once (Scene *scene)
{
  peer_invite (scene->peer, scene->bob, "bob", scene->secure);
  settle ();
  g_assert_cmpint (host_accept (scene->bob, host_call (scene->bob)), ==, -1);
  kith_fake_media_flow (host_spy (scene->bob));
  kith_dialog_hang_up (scene->peer->dialog, NULL);
  settle ();
}

static guint
befriend (Scene *scene, const KithPeerKey *key, const char *own_name, const char *name)
{
  g_autoptr (KithFound) found = kith_found_new ();
  g_autoptr (GError) error = NULL;

  found->key = *key;
  found->name = g_strdup (own_name);
  found->has_tag = TRUE;
  memset (found->tag, 0x11, sizeof found->tag);
  const KithContact *person = contact_add_now (scene->bob->contacts, found, name, FALSE, &error);
  g_assert_no_error (error);
  return person->id;
}

/* A contact calls under the contact's name, with tag and trust, whatever they call themselves
   now. */
static void
test_contact (Scene *scene, gconstpointer data)
{
  guint id = befriend (scene, &scene->peer->cert.identity, "alice", "mum");
  KithCall *call = call_once (scene);

  assert_text (call, "peer-name", "mum");
  assert_text (call, "peer-own-name", "alice");
  assert_text (call, "peer-tag", "248h248h");
  assert_text (call, "trust", "seen");
  assert_text (call, "peer-address", "mum");
  g_assert_true (kith_trust_verify (scene->bob->trust, "mum", &scene->peer->cert.identity, NULL));
  assert_text (call_once (scene), "trust", "verified");
  g_assert_true (contact_set_name_now (scene->bob->contacts, id, "mallory", NULL));
  call = call_once (scene);
  assert_text (call, "peer-name", "mallory");
  assert_text (call, "trust", "verified");
  g_assert_true (contact_remove_now (scene->bob->contacts, id, NULL));
  call = call_once (scene);
  assert_text (call, "peer-name", "mallory"); /* what they say, and no more */
  assert_text (call, "peer-tag", "");
  assert_text (call, "trust", "unknown");
}

/* Who calls himself by a contact's name is told apart from the contact. */
static void
test_impostor (Scene *scene, gconstpointer data)
{
  KithPeerKey friend;

  memset (&friend, 0x55, sizeof friend);
  (void)befriend (scene, &friend, "alice", "mallory");
  KithCall *call = call_once (scene);
  assert_text (call, "peer-name", "mallory");
  assert_text (call, "trust", "mismatch");
  assert_text (call, "peer-tag", "");
  talk_once (scene);
  call = call_once (scene); /* a key that was met, under a name that is somebody else's */
  assert_text (call, "trust", "mismatch");
  g_assert_cmpint (call_number (call, "seen-calls"), ==, 1);
}

/* Whose key is pinned calls under that name. */
static void
test_pinned (Scene *scene, gconstpointer data)
{
  const KithPeerKey *key = &scene->peer->cert.identity;

  g_assert_true (kith_trust_pin (scene->bob->trust, "carol", key, 5, NULL));
  KithCall *call = call_once (scene);
  assert_text (call, "peer-name", "carol");
  assert_text (call, "trust", "seen");
  /* both: the one they say */
  g_assert_true (kith_trust_pin (scene->bob->trust, "mallory", key, 6, NULL));
  assert_text (call_once (scene), "peer-name", "mallory");
}

/* An answered call makes the key known, and binds no name. */
static void
test_seen (Scene *scene, gconstpointer data)
{
  KithCall *call = call_once (scene);

  assert_text (call, "trust", "unknown");
  g_assert_cmpint (call_number (call, "seen-calls"), ==, 0);
  for (guint i = 0; i < 14; i++) {
    talk_once (scene);
  }
  call = call_once (scene);
  assert_text (call, "trust", "seen");
  assert_text (call, "peer-name", "mallory");
  g_assert_cmpint (call_number (call, "seen-calls"), ==, 14);
  g_assert_cmpint (call_number (call, "seen-since"), ==, NOON_US / G_USEC_PER_SEC);
  g_assert_false (host_has_pins (scene->bob));
  g_assert_true (call->who.is_stranger); /* who was answered once is no contact */
}

/* Who keeps no history keeps no keys either. */
static void
test_nothing_kept (Scene *scene, gconstpointer data)
{
  scene->bob->config->history_keep = 0;
  talk_once (scene);
  assert_text (call_once (scene), "trust", "unknown");
}

/* Nobody proves anything by ordinary SIP: no tag, nor what looks like one, in any property. */
static void
test_plain (Scene *scene, gconstpointer data)
{
  static const struct {
    const char *uri, *display, *name, *address;
  } rows[] = {
    { "sip:bob@198.51.100.7", "bob~9f2vmg55", "bob", "sip:bob@198.51.100.7" },
    { "sip:bob@198.51.100.7",
      "bob\xef\xbd\x9e"
      "9f2vmg55",
      "bob",
      "sip:bob@198.51.100.7" },
    { "sip:bob~9f2vmg55@198.51.100.7", "", "bob", "sip:bob%7E9f2vmg55@198.51.100.7" },
    { "sip:bob%7e9f2vmg55@198.51.100.7", NULL, "bob", "sip:bob%7e9f2vmg55@198.51.100.7" },
    { "sip:100@198.51.100.7", "Door", "Door", "sip:100@198.51.100.7" },
    { "sip:100@198.51.100.7", "~9f2vmg55", "100", "sip:100@198.51.100.7" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *to = g_strdup_printf ("sip:%s", scene->bob->address);
    const KithDialParams params
        = { .request_uri = to, .from_uri = rows[i].uri, .display = rows[i].display };
    g_autoptr (GError) error = NULL;
    g_test_message ("%s %s", rows[i].uri, rows[i].display != NULL ? rows[i].display : "");
    g_autoptr (KithDialog) dialog = kith_sip_dial (scene->peer->sip, &params, scene->plain, &error);
    g_assert_no_error (error);
    settle ();
    KithCall *call = host_call (scene->bob);
    assert_text (call, "peer-name", rows[i].name);
    assert_text (call, "peer-address", rows[i].address);
    assert_text (call, "peer-tag", "");
    assert_text (call, "trust", "unknown");
    assert_text (call, "peer-source", "198.51.100.7");
    kith_dialog_hang_up (dialog, NULL);
    settle ();
  }
}

int
main (int argc, char **argv)
{
#define ADD(name, data, function)                                                                  \
  g_test_add ("/node/callers/" name, Scene, data, scene_set_up, function, scene_tear_down)
#define LINK "link"

  g_test_init (&argc, &argv, NULL);
  ADD ("contact", LINK, test_contact);
  ADD ("impostor", LINK, test_impostor);
  ADD ("pinned", LINK, test_pinned);
  ADD ("seen", LINK, test_seen);
  ADD ("nothing-kept", LINK, test_nothing_kept);
  ADD ("plain", NULL, test_plain);
  return g_test_run ();
}
