/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The small values: keys, codecs, contacts and transport addresses. */
#include <string.h>

#include "base/error.h"
#include "model/names/found.h"
#include "model/names/peer-key.h"
#include "model/net/endpoint.h"
#include "model/sdp/codec.h"

static void
test_key (void)
{
  KithPeerKey key = { { 1, 2, 3 } }, other = { { 0 } };
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = kith_peer_key_to_text (&key);
  g_autofree gchar *upper = g_ascii_strup (text, -1);

  g_assert_cmpuint (strlen (text), ==, KITH_KEY_TEXT_LEN);
  g_assert_true (kith_peer_key_is_zero (&other));
  g_assert_false (kith_peer_key_is_zero (&key));
  g_assert_false (kith_peer_key_equal (&key, &other));
  g_assert_true (kith_peer_key_parse (upper, &other, &error));
  g_assert_no_error (error);
  g_assert_true (kith_peer_key_equal (&key, &other));
  g_assert_cmpuint (kith_peer_key_hash (&key), ==, kith_peer_key_hash (&other));
  key.bytes[31] = 9;
  g_assert_false (kith_peer_key_equal (&key, &other));
}

static void
test_key_bad (void)
{
  KithPeerKey key = { { 7 } };
  g_autofree gchar *text = kith_peer_key_to_text (&key);
  g_autofree gchar *longer = g_strconcat (text, "0", NULL);
  g_autofree gchar *shorter = g_strndup (text, 51);
  g_autofree gchar *padded = g_strdup (text);
  padded[51] = '1'; /* padding bits that are not zero */
  g_autofree gchar *strange = g_strdup (text);
  strange[3] = 'u';
  g_autofree gchar *none = g_strnfill (KITH_KEY_TEXT_LEN, '0');
  const char *bad[] = { "", longer, shorter, padded, strange, none, NULL };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (kith_peer_key_parse (bad[i], &key, &error));
    g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
    g_assert_cmpuint (key.bytes[0], ==, 7); /* untouched */
  }
}

static void
test_codecs (void)
{
  for (guint i = 0; i < KITH_N_CODECS; i++) {
    const KithCodec *codec = kith_codec_get ((KithCodecId)i);
    g_assert_cmpuint (codec->id, ==, i);
    g_assert_true (kith_codec_find (codec->name, codec->rtp_clock, -1) == codec);
    g_assert_true (codec->default_pt >= 0 && codec->default_pt < 128);
    g_assert_true (codec->is_static_pt == (codec->default_pt < 96));
    g_assert_true (kith_codec_find (NULL, 0, codec->default_pt)
                   == (codec->is_static_pt ? codec : NULL));
  }
  g_assert_cmpuint (kith_codec_find ("OPUS", 48000, -1)->id, ==, KITH_CODEC_OPUS);
  g_assert_cmpuint (kith_codec_find ("g722", 8000, -1)->audio_rate, ==, 16000);
  g_assert_null (kith_codec_find ("G722", 16000, -1));
  g_assert_null (kith_codec_find ("speex", 8000, -1));
  g_assert_null (kith_codec_find (NULL, 0, 18));
  g_assert_null (kith_codec_find (NULL, 0, -1));
}

static void
test_contact (void)
{
  static const char *const words[] = { "none", "tag", "key", "pinned", "static" };
  g_autoptr (KithFound) contact = kith_found_new ();

  g_assert_cmpint (contact->age_ms, ==, -1);
  g_assert_true (kith_peer_key_is_zero (&contact->key));
  contact->name = g_strdup ("alice");
  contact->source = g_strdup ("dht");
  contact->key.bytes[0] = 1;
  contact->tag[4] = 5;
  contact->has_tag = TRUE;
  contact->proof = KITH_PROOF_TAG;
  contact->age_ms = 42;
  g_autoptr (KithFound) copy = kith_found_copy (contact);
  g_assert_true (copy->name != contact->name && copy->source != contact->source);
  g_assert_cmpstr (copy->name, ==, "alice");
  g_assert_cmpstr (copy->source, ==, "dht");
  g_assert_null (copy->sip_uri);
  g_assert_true (kith_peer_key_equal (&copy->key, &contact->key));
  g_assert_cmpuint (copy->tag[4], ==, 5);
  g_assert_cmpint (copy->age_ms, ==, 42);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    g_assert_cmpstr (kith_proof_word ((KithProof)i), ==, words[i]);
  }
  g_assert_null (kith_proof_word ((KithProof)G_N_ELEMENTS (words)));
  kith_found_free (NULL);
}

typedef struct {
  const char *text;
  const char *canonical; /* NULL: no address */
  gboolean sendable;
} Endpoint;

static const Endpoint endpoints[] = {
  { "192.0.2.7:4000", "192.0.2.7:4000", TRUE },
  { "10.0.0.1:1", "10.0.0.1:1", TRUE },
  { "169.254.3.4:65535", "169.254.3.4:65535", TRUE },
  { "[2001:DB8:0:0::1]:4000", "[2001:db8::1]:4000", TRUE },
  { "[fe80::1]:4000", "[fe80::1]:4000", TRUE },
  { "[::ffff:192.0.2.7]:4000", "[::ffff:192.0.2.7]:4000", TRUE },
  { "192.0.2.7:0", "192.0.2.7:0", FALSE },
  { "127.0.0.1:4000", "127.0.0.1:4000", FALSE },
  { "127.9.9.9:4000", "127.9.9.9:4000", FALSE },
  { "0.0.0.0:4000", "0.0.0.0:4000", FALSE },
  { "0.1.2.3:4000", "0.1.2.3:4000", FALSE },
  { "224.0.0.1:4000", "224.0.0.1:4000", FALSE },
  { "239.255.255.255:4000", "239.255.255.255:4000", FALSE },
  { "255.255.255.255:4000", "255.255.255.255:4000", FALSE },
  { "[::]:4000", "[::]:4000", FALSE },
  { "[::1]:4000", "[::1]:4000", FALSE },
  { "[ff02::1]:4000", "[ff02::1]:4000", FALSE },
  { "[::ffff:127.0.0.1]:4000", "[::ffff:127.0.0.1]:4000", FALSE },
  { "[::ffff:224.0.0.1]:4000", "[::ffff:224.0.0.1]:4000", FALSE },
  { "192.0.2.7", NULL, FALSE },
  { "192.0.2.7:", NULL, FALSE },
  { "192.0.2.7:65536", NULL, FALSE },
  { "192.0.2.7:040000", NULL, FALSE },
  { "192.0.2.7:-1", NULL, FALSE },
  { "192.0.2.7: 1", NULL, FALSE },
  { "192.0.2:1", NULL, FALSE },
  { "example.org:1", NULL, FALSE },
  { "2001:db8::1:4000", NULL, FALSE },
  { "[2001:db8::1]", NULL, FALSE },
  { "[2001:db8::1:4000", NULL, FALSE },
  { "[192.0.2.7]:1", NULL, FALSE },
  { "[fe80::1%eth0]:1", NULL, FALSE },
  { "[:1", NULL, FALSE },
  { ":1", NULL, FALSE },
  { "", NULL, FALSE },
  { NULL, NULL, FALSE },
};

static void
test_endpoints (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (endpoints); i++) {
    KithEndpoint endpoint = { .port = 7 };
    gboolean parsed = kith_endpoint_parse (endpoints[i].text, &endpoint);
    g_test_message ("%s", endpoints[i].text);
    g_assert_true (parsed == (endpoints[i].canonical != NULL));
    if (parsed) {
      g_autofree gchar *text = kith_endpoint_to_text (&endpoint);
      g_assert_cmpstr (text, ==, endpoints[i].canonical);
      g_assert_true (kith_endpoint_is_sendable (&endpoint) == endpoints[i].sendable);
    } else {
      g_assert_cmpuint (endpoint.port, ==, 7); /* untouched */
    }
  }
  KithEndpoint strange = { .ip = { 192, 0, 2, 1 }, .port = 1, .family = 5 };
  g_assert_false (kith_endpoint_is_sendable (&strange));
}

/* Where sound may go: what is named, where the signalling comes from, whether they are ours (t, o),
   and whether it may. Our SIP port is 5060. */
static void
test_media_targets (void)
{
  static const struct {
    const char *target, *origin, *ours;
    gboolean good;
  } rows[] = {
    { "192.0.2.7:4000", "192.0.2.7:1", "", TRUE },
    { "198.51.100.1:4000", "192.0.2.7:1", "", TRUE }, /* a gateway's media */
    { "192.168.1.2:4000", "192.0.2.7:1", "", TRUE },  /* behind a NAT */
    { "[2001:db8::7]:4000", "192.0.2.7:1", "", TRUE },
    { "192.0.2.7:5060", "192.0.2.7:1", "", TRUE }, /* their own SIP port is theirs */
    { "192.0.2.7:0", "192.0.2.7:1", "", FALSE },
    { "0.0.0.1:4000", "192.0.2.7:1", "", FALSE },
    { "224.0.0.1:4000", "192.0.2.7:1", "", FALSE },
    { "255.255.255.255:4000", "192.0.2.7:1", "", FALSE },
    { "[ff02::1]:4000", "192.0.2.7:1", "", FALSE },
    { "127.0.0.1:4000", "192.0.2.7:1", "", FALSE },
    { "127.0.0.1:4000", NULL, "", FALSE },
    { "127.0.0.1:4000", "127.0.0.2:1", "", TRUE },
    { "127.0.0.1:4000", "192.0.2.1:1", "o", TRUE }, /* a softphone beside us */
    { "[::1]:4000", "192.0.2.7:1", "", FALSE },
    { "[::1]:4000", "[::1]:1", "", TRUE },
    { "[::ffff:127.0.0.1]:4000", "192.0.2.7:1", "", FALSE },
    { "192.0.2.1:4000", "192.0.2.7:1", "t", FALSE },
    { "192.0.2.1:5060", "192.0.2.7:1", "t", FALSE },
    { "192.0.2.1:4000", "192.0.2.1:1", "to", TRUE },
    { "192.0.2.1:5060", "192.0.2.1:1", "to", FALSE },
    { "127.0.0.1:5060", "127.0.0.1:1", "to", FALSE },
    { "127.0.0.9:5060", "127.0.0.2:1", "", FALSE },
    { "169.254.169.254:4000", "192.0.2.7:1", "", FALSE },
    { "169.254.1.1:4000", "169.254.1.1:1", "", TRUE },
    { "169.254.1.1:4000", NULL, "", FALSE },
    { "[fe80::1]:4000", "192.0.2.7:1", "", FALSE },
    { "[fe80::1]:4000", "[fe80::1]:1", "", TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    KithMediaTarget media = { .sip_port = 5060 };
    g_assert_true (kith_endpoint_parse (rows[i].target, &media.target));
    g_assert_true (rows[i].origin == NULL || kith_endpoint_parse (rows[i].origin, &media.origin));
    media.target_is_ours = strchr (rows[i].ours, 't') != NULL;
    media.origin_is_ours = strchr (rows[i].ours, 'o') != NULL;
    const char *fault = kith_media_target_fault (&media);
    g_test_message ("%s: %s", rows[i].target, fault != NULL ? fault : "good");
    g_assert_true ((fault == NULL) == rows[i].good);
  }
}

/* Homes number their hosts alike: 192.168.1.2 of a caller on the Internet is not ours, though we
   have that address, too. */
static void
test_media_elsewhere (void)
{
  static const struct {
    const char *target, *origin, *ours;
    gboolean elsewhere;
  } rows[] = {
    { "192.168.1.2:4000", "192.0.2.7:1", "t", TRUE },
    { "10.0.0.2:5060", "192.0.2.7:1", "t", TRUE },
    { "192.168.1.2:4000", "192.0.2.7:1", "", FALSE },    /* no address of ours */
    { "192.168.1.2:4000", "192.168.1.9:1", "t", FALSE }, /* from our own network */
    { "192.168.1.2:4000", "192.0.2.7:1", "to", FALSE },
    { "192.0.2.1:4000", "192.0.2.7:1", "t", FALSE }, /* there is but one */
    { "127.0.0.1:4000", "192.0.2.7:1", "t", FALSE },
    { "169.254.1.1:4000", "192.0.2.7:1", "t", FALSE },
    { "192.168.1.2:4000", NULL, "t", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    KithMediaTarget media = { .sip_port = 5060 };
    g_assert_true (kith_endpoint_parse (rows[i].target, &media.target));
    g_assert_true (rows[i].origin == NULL || kith_endpoint_parse (rows[i].origin, &media.origin));
    media.target_is_ours = strchr (rows[i].ours, 't') != NULL;
    media.origin_is_ours = strchr (rows[i].ours, 'o') != NULL;
    g_test_message ("%s", rows[i].target);
    g_assert_true (kith_media_target_is_elsewhere (&media) == rows[i].elsewhere);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/values/key", test_key);
  g_test_add_func ("/model/values/key-bad", test_key_bad);
  g_test_add_func ("/model/values/codecs", test_codecs);
  g_test_add_func ("/model/values/contact", test_contact);
  g_test_add_func ("/model/values/endpoints", test_endpoints);
  g_test_add_func ("/model/values/media-targets", test_media_targets);
  g_test_add_func ("/model/values/media-elsewhere", test_media_elsewhere);
  return g_test_run ();
}
