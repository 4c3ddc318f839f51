/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a peer on a link may say of itself and of its call, and what of it is believed. */
#include <string.h>

#include "node-fixture.h"

#define OFFER                                                                                      \
  "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"                          \
  "m=audio 9 RTP/SAVP 96\r\na=rtpmap:96 opus/48000/2\r\na=rtcp-mux\r\na=ssrc:7 cname:x\r\n"

typedef struct {
  World world;
  Host *host;
  Peer *peer;
} Stage;

static void
set_up (Stage *stage, gconstpointer data)
{
  world_init (&stage->world, NOON_US);
  stage->host = host_new_bare (&stage->world, "alice");
  stage->peer = peer_new (&stage->world, 7);
  peer_link (stage->peer, stage->host);
  settle ();
}

static void
tear_down (Stage *stage, gconstpointer data)
{
  peer_free (stage->peer);
  host_free (stage->host);
  world_clear (&stage->world);
}

static void
send_nothing (KithFakeDialog *dialog, GVariant *message, gpointer user_data)
{
  g_variant_unref (g_variant_ref_sink (message));
}

static void
on_gone (KithFakeDialog *dialog, gpointer user_data)
{
}

/* An INVITE of the peer, over its link, with every header as it likes; returns the call. */
static KithCall *
invite (Stage *stage, const char *from, const char *display, const char *call_id)
{
  KithFakeLink *theirs = kith_fake_link_get_other (stage->peer->link);
  KithFakeDialogInit init = {
    .call_id = call_id,
    .remote_uri = from,
    .remote_display = display,
    .request_user = "alice",
    .local_host = "",
    .remote_sdp = OFFER,
    .link_id = kith_link_get_id (KITH_LINK (theirs)),
    .send = send_nothing,
    .gone = on_gone,
  };
  g_autoptr (KithFakeDialog) dialog = kith_fake_dialog_new (&init);

  g_signal_emit_by_name (stage->host->sip, "incoming", dialog);
  settle ();
  return host_call (stage->host);
}

/* Nobody becomes "alice~7k2f9qxm" by a display name, whatever the From leaves out. */
static void
test_display (Stage *stage, gconstpointer data)
{
  g_autofree gchar *key = kith_peer_key_to_text (&stage->peer->cert.identity);
  g_autofree gchar *nameless = g_strdup_printf ("sip:%s.kith.alt", key);
  g_autofree gchar *named = g_strdup_printf ("sip:Mallory@%s.kith.alt", key);
  KithCall *call = invite (stage, nameless, "bob~7k2f9qxm, verified", "one");

  assert_state (call, "incoming");
  assert_text (call, "peer-name", "");
  assert_text (call, "peer-address", key);
  assert_text (call, "peer-key", key);
  g_assert_true (kith_call_reject (call, KITH_REASON_REJECTED, NULL));
  call = invite (stage, named, "bob~7k2f9qxm", "two");
  assert_text (call, "peer-name", "mallory");
  assert_text (call, "peer-tag", "");
}

/* SRTP keys follow from link and Call-ID: one that was used is not used again. */
static void
test_call_id_twice (Stage *stage, gconstpointer data)
{
  KithCall *call = invite (stage, stage->peer->identity, NULL, "the-same");

  assert_state (call, "incoming");
  g_assert_true (kith_call_reject (call, KITH_REASON_REJECTED, NULL));
  call = invite (stage, stage->peer->identity, NULL, "the-same");
  assert_state (call, "ended");
  assert_reason (call, "not-acceptable");
  call = invite (stage, stage->peer->identity, NULL, "another");
  assert_state (call, "incoming");
  g_assert_true (kith_call_reject (call, KITH_REASON_REJECTED, NULL));
  peer_link (stage->peer, stage->host); /* a new link has new keys */
  call = invite (stage, stage->peer->identity, NULL, "the-same");
  assert_state (call, "incoming");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/caller/display", Stage, NULL, set_up, test_display, tear_down);
  g_test_add ("/caller/call-id-twice", Stage, NULL, set_up, test_call_id_twice, tear_down);
  return g_test_run ();
}
