/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What kithd and kith-edge say to each other inside of SIP: ways, and tags that tell whose they
   are. */
#include <string.h>

#include "model/sip/sip-stream.h"
#include "model/sip/sip-token.h"
#include "model/sip/sip-way.h"

static void
test_ways (void)
{
  static const char *const good[]
      = { "plain udp 192.0.2.7:5060", "plain tcp 192.0.2.7:1",     "plain udp [2001:db8::7]:65535",
          "plain tcp [::1]:5060",     "plain tls 192.0.2.7:40000", "plain tls [2001:db8::7]:5061" };
  static const char *const bad[] = { "",
                                     "plain",
                                     "plain udp",
                                     "plain udp ",
                                     "plain udp 192.0.2.7",
                                     "plain udp 192.0.2.7:0",
                                     "plain udp 192.0.2.7:65536",
                                     "plain udp 192.0.2.7:5060 ",
                                     "plain udp  192.0.2.7:5060",
                                     "plain dtls 192.0.2.7:5060",
                                     "plain tls",
                                     "plain UDP 192.0.2.7:5060",
                                     "trunk udp 192.0.2.7:5060",
                                     "plain udp host:5060",
                                     "plain udp 2001:db8::7:5060" };
  KithSipWay way;

  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_assert_true (kith_sip_way_parse (good[i], &way));
    g_assert_cmpint (way.tcp, ==, strstr (good[i], "udp") == NULL);
    g_assert_cmpint (way.tls, ==, strstr (good[i], "tls") != NULL);
    g_assert_cmpuint (strlen (kith_sip_way_protocol (&way)), ==, strlen ("SIP/2.0/TLS"));
    g_autofree gchar *text = kith_sip_way_print (&way);
    g_assert_cmpstr (text, ==, good[i]);
    g_autofree gchar *uri = kith_sip_way_to_uri (&way);
    KithSipWay again;
    g_assert_true (kith_sip_way_from_uri (uri, &again));
    g_assert_cmpint (again.tcp, ==, way.tcp);
    g_assert_cmpint (again.tls, ==, way.tls);
    g_assert_true (kith_endpoint_is_same (&again.peer, &way.peer));
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_test_message ("\"%s\"", bad[i]);
    g_assert_false (kith_sip_way_parse (bad[i], &way));
  }
}

/* A phone of the house, wherever it is, and where it spoke from. */
static void
test_phones (void)
{
  static const char *const good[]
      = { "phone desk", "phone desk-2.a udp 192.0.2.7:5060", "phone desk tls [2001:db8::7]:5061" };
  static const char *const bad[] = { "phone",
                                     "phone ",
                                     "phone desk ",
                                     "phone desk udp",
                                     "phone desk at x",
                                     "phone a/b",
                                     "Phone desk",
                                     "phone abcdefghijklmnopqrstuvwxy",
                                     "phone desk udp host:5060",
                                     "line desk" };
  KithSipWay way;

  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_assert_true (kith_sip_way_parse (good[i], &way));
    g_assert_cmpint (way.kind, ==, KITH_SIP_WAY_PHONE);
    g_assert_true (g_str_has_prefix (way.name, "desk"));
    g_assert_cmpint (way.peer.family != 0, ==, i > 0);
    g_autofree gchar *text = kith_sip_way_print (&way);
    g_assert_cmpstr (text, ==, good[i]);
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_test_message ("\"%s\"", bad[i]);
    g_assert_false (kith_sip_way_parse (bad[i], &way));
  }
}

static void
test_trunks (void)
{
  KithSipWay way;

  g_assert_true (kith_sip_way_parse ("trunk home", &way));
  g_assert_cmpint (way.kind, ==, KITH_SIP_WAY_TRUNK);
  g_assert_cmpstr (way.name, ==, "home");
  g_assert_cmpint (way.peer.family, ==, 0);
  g_assert_true (kith_sip_way_parse ("trunk home tcp 192.0.2.7:5060", &way));
  g_assert_true (way.tcp && way.peer.family == 4);
  g_autofree gchar *text = kith_sip_way_print (&way);
  g_assert_cmpstr (text, ==, "trunk home tcp 192.0.2.7:5060");
  g_assert_false (kith_sip_way_parse ("trunk", &way));
  g_assert_false (kith_sip_way_parse ("trunk ", &way));
}

static void
test_uris (void)
{
  static const struct {
    const char *uri;
    const char *way;
  } rows[] = {
    { "sip:192.0.2.7", "plain udp 192.0.2.7:5060" },
    { "sip:bob@192.0.2.7:5080", "plain udp 192.0.2.7:5080" },
    { "sip:bob@192.0.2.7;transport=tcp", "plain tcp 192.0.2.7:5060" },
    { "sip:bob@192.0.2.7;transport=tls", "plain tls 192.0.2.7:5061" },
    { "sip:[2001:db8::7]:5080;transport=udp", "plain udp [2001:db8::7]:5080" },
    { "sip:example.org", NULL },
    { "sips:192.0.2.7", NULL },
    { "sip:192.0.2.7;transport=sctp", NULL },
    { "192.0.2.7", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    KithSipWay way;
    gboolean ok = kith_sip_way_from_uri (rows[i].uri, &way);
    g_test_message ("%s", rows[i].uri);
    g_assert_cmpint (ok, ==, rows[i].way != NULL);
    g_autofree gchar *text = ok ? kith_sip_way_print (&way) : NULL;
    g_assert_cmpstr (text, ==, rows[i].way);
  }
}

static void
test_tokens (void)
{
  guint8 key[KITH_SIP_TOKEN_KEY] = { 1, 2, 3 };
  guint8 other[KITH_SIP_TOKEN_KEY] = { 1, 2, 4 };
  g_autofree gchar *tag = kith_sip_token_make (key, "a@b", 0xdeadbeef);
  g_autofree gchar *twin = kith_sip_token_make (key, "a@b", 1);
  g_autofree gchar *upper = g_ascii_strup (tag, -1);

  g_assert_cmpuint (strlen (tag), ==, KITH_SIP_TOKEN_CHARS);
  g_assert_true (g_str_has_prefix (tag, "deadbeef"));
  g_assert_cmpstr (tag, !=, twin);
  g_assert_true (kith_sip_token_check (key, "a@b", tag));
  g_assert_true (kith_sip_token_check (key, "a@b", twin));
  g_assert_true (kith_sip_token_check (key, "a@b", upper));
  g_assert_false (kith_sip_token_check (other, "a@b", tag));
  g_assert_false (kith_sip_token_check (key, "a@c", tag));
  for (guint i = 0; i < KITH_SIP_TOKEN_CHARS; i++) {
    gchar was = tag[i];
    tag[i] = was == '0' ? '1' : '0';
    g_assert_false (kith_sip_token_check (key, "a@b", tag));
    tag[i] = 'x';
    g_assert_false (kith_sip_token_check (key, "a@b", tag));
    tag[i] = was;
  }
  tag[KITH_SIP_TOKEN_CHARS - 1] = '\0';
  g_assert_false (kith_sip_token_check (key, "a@b", tag));
  g_assert_false (kith_sip_token_check (key, "a@b", ""));
}

/* Headers of ours pass where a process of ours writes, and nowhere else. */
static void
test_trusted (void)
{
  static const char text[]
      = "OPTIONS sip:bob@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/TCP edge.invalid;branch=z9hG4bK1\r\n"
        "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n"
        "Date: today\r\nKith-Caller: plain udp 192.0.2.7:5060\r\nContent-Length: 0\r\n\r\n";

  for (guint i = 0; i < 2; i++) {
    g_autoptr (KithSipStream) stream = kith_sip_stream_new ();
    if (i > 0) {
      kith_sip_stream_trust (stream);
    }
    kith_sip_stream_push (stream, (const guint8 *)text, strlen (text));
    g_assert_cmpint (kith_sip_stream_next (stream), ==, KITH_SIP_SCAN_PASS);
    const char *out = kith_sip_stream_scan (stream)->text->str;
    g_assert_cmpint (strstr (out, "Kith-Caller: plain udp 192.0.2.7:5060\r\n") != NULL, ==, i > 0);
    g_assert_null (strstr (out, "Date:"));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sip-way/ways", test_ways);
  g_test_add_func ("/sip-way/phones", test_phones);
  g_test_add_func ("/sip-way/trunks", test_trunks);
  g_test_add_func ("/sip-way/uris", test_uris);
  g_test_add_func ("/sip-way/tokens", test_tokens);
  g_test_add_func ("/sip-way/trusted", test_trusted);
  return g_test_run ();
}
