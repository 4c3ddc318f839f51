/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every key of kith.conf with good and bad values, and what is nobody's key. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/text.h"
#include "common/absent.h"
#include "node/config/config-doubts.h"

static KithConfig *
load (const char *text, GError **error)
{
  g_autofree gchar *dir = g_dir_make_tmp ("kith-conf-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (dir, "kith.conf", NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  KithConfig *config = kith_config_load (path, error);
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
  g_assert_true (config == NULL || g_str_equal (config->config_dir, dir));
  return config;
}

static KithConfig *
load_key (const char *group, const char *key, const char *value, GError **error)
{
  g_autofree gchar *text = g_strdup_printf ("[%s]\n%s=%s\n", group, key, value);

  return load (text, error);
}

static void
test_defaults (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithConfig) config = load ("", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (config->locators), ==, 2);
  g_assert_cmpstr (config->locators[0], ==, "static");
  g_assert_cmpstr (config->locators[1], ==, "dht");
  g_assert_cmpuint (config->work_bits, ==, 10);
  g_assert_true (config->strangers_ring);
  g_assert_cmpuint (config->ring_timeout_s, ==, 60);
  g_assert_true (config->sip_enabled);
  g_assert_cmpstr (config->sip_bind, ==, "::");
  g_assert_cmpuint (config->sip_port, ==, 5060);
  g_assert_true (config->sip_plain_in);
  g_assert_null (config->stun_servers);
  g_assert_false (config->lan_only);
  g_assert_true (config->port_mapping);
  g_assert_cmpint (config->turn_tunnel, ==, KITH_TUNNEL_AUTO);
  g_assert_cmpuint (config->turn_servers->len, ==, 0);
  g_assert_null (config->audio_in);
  g_assert_null (config->audio_out);
  g_assert_cmpuint (config->buffer_ms, ==, 20);
  g_assert_cmpuint (config->frame_ms, ==, 20);
  g_assert_nonnull (config->state_dir);
  g_assert_nonnull (config->libexec_dir);
}

typedef enum { IS_BOOL, IS_U8, IS_U16, IS_UINT, IS_STRING, IS_LIST } Type;

#define AT(field) G_STRUCT_OFFSET (KithConfig, field)

static const struct {
  const char *group, *key;
  Type type;
  gsize at;
  const char *good[4]; /* value as written… */
  const char *read[4]; /* …and as read */
  const char *bad[8];
} keys[] = {
  { "node",
    "locators",
    IS_LIST,
    AT (locators),
    { "dht", "mdns;static" },
    { "dht", "mdns;static" },
    { NULL } },
  { "node",
    "work-bits",
    IS_U8,
    AT (work_bits),
    { "0", "24" },
    { "0", "24" },
    { "25", "-1", "256", "ten", "", "1.5", "0x5" } },
  { "node",
    "strangers",
    IS_BOOL,
    AT (strangers_ring),
    { "ring", "refuse" },
    { "1", "0" },
    { "true", "knock", "Ring", "" } },
  { "node",
    "ring-timeout",
    IS_UINT,
    AT (ring_timeout_s),
    { "5", "600", " 30 " },
    { "5", "600", "30" },
    { "4", "601", "", "4294967301", "60s" } },
  { "calls",
    "max-calls",
    IS_UINT,
    AT (max_calls),
    { "1", "32" },
    { "1", "32" },
    { "0", "33", "-1", "many", "" } },
  { "sip",
    "enabled",
    IS_BOOL,
    AT (sip_enabled),
    { "true", "false" },
    { "1", "0" },
    { "yes", "1", "TRUE", "" } },
  { "sip",
    "bind",
    IS_STRING,
    AT (sip_bind),
    { "127.0.0.1", "::" },
    { "127.0.0.1", "::" },
    { "localhost", "" } },
  { "sip",
    "port",
    IS_U16,
    AT (sip_port),
    { "0", "65535" },
    { "0", "65535" },
    { "65536", "-5", "sip", "" } },
  { "sip",
    "plain-in",
    IS_BOOL,
    AT (sip_plain_in),
    { "false", "true" },
    { "0", "1" },
    { "no", "" } },
  { "sip",
    "trusted",
    IS_LIST,
    AT (sip_trusted),
    { "127.0.0.0/8", "192.0.2.0/24 ;2001:db8::/32;::1" },
    { "127.0.0.0/8", "192.0.2.0/24;2001:db8::/32;::1" },
    { "192.0.2.1/24", "a.example", "10.0.0.0/33", "all" } },
  { "sip", "dscp", IS_U8, AT (sip_dscp), { "0", "63" }, { "0", "63" }, { "64", "-1", "CS3", "" } },
  { "audio", "dscp", IS_U8, AT (audio_dscp), { "0", "46" }, { "0", "46" }, { "64", "EF", "" } },
  { "phones",
    "enabled",
    IS_BOOL,
    AT (phones_enabled),
    { "false", "true" },
    { "0", "1" },
    { "no" } },
  { "phones",
    "outside",
    IS_BOOL,
    AT (phones_rules.outside),
    { "true", "false" },
    { "1", "0" },
    { "maybe", "" } },
  { "phones",
    "max",
    IS_UINT,
    AT (phones_max),
    { "0", "100000" },
    { "0", "100000" },
    { "100001", "-1", "all" } },
  { "phones",
    "max-expires",
    IS_UINT,
    AT (phones_rules.max_expires_s),
    { "60", "86400" },
    { "60", "86400" },
    { "59", "86401", "1h" } },
  { "phones",
    "digest",
    IS_UINT,
    AT (phones_digest),
    { "auto", "md5", "sha-256" },
    { "0", "1", "2" },
    { "sha256", "MD5", "" } },
  { "link",
    "stun",
    IS_LIST,
    AT (stun_servers),
    { "a.example:3478;b.example:3478", "192.0.2.1; [2001:db8::1]:80 ;[::1]" },
    { "a.example:3478;b.example:3478", "192.0.2.1;[2001:db8::1]:80;[::1]" },
    { "stun:a.example:3478",
      "a.example:0",
      "a.example:",
      "2001:db8::1",
      "[a.example]:1",
      "http://a",
      "a b" } },
  { "link",
    "port-mapping",
    IS_BOOL,
    AT (port_mapping),
    { "true", "false" },
    { "1", "0" },
    { "on" } },
  { "link", "lan-only", IS_BOOL, AT (lan_only), { "true", "false" }, { "1", "0" }, { "on" } },
  { "history",
    "keep",
    IS_UINT,
    AT (history_keep),
    { "0", "100" },
    { "0", "100" },
    { "101", "all", "" } },
  { "audio", "in", IS_STRING, AT (audio_in), { "/a/b.wav" }, { "/a/b.wav" }, { NULL } },
  { "audio", "out", IS_STRING, AT (audio_out), { "call-%c.wav" }, { "call-%c.wav" }, { NULL } },
  { "audio",
    "buffer",
    IS_UINT,
    AT (buffer_ms),
    { "10", "200" },
    { "10", "200" },
    { "9", "201", "many" } },
  { "audio",
    "frame",
    IS_UINT,
    AT (frame_ms),
    { "10", "20" },
    { "10", "20" },
    { "15", "11", "5", "40", "" } },
};

/* Groups of TURN servers, which are lists of whole servers. */
static void
test_turn (void)
{
  static const char *const bad[] = {
    "[turn]\nuser=u\npassword=sesame\n",
    "[turn]\nserver=turn:a.example\npassword=sesame\n",
    "[turn]\nserver=turn:a.example\nuser=u\n",
    "[turn]\nserver=a.example\nuser=u\npassword=sesame\n",
    "[turn]\nserver=turn:a.example;turns:b.example?transport=udp\nuser=u\npassword=sesame\n",
    "[turn]\nserver=turn:u:sesame@a.example\nuser=u\npassword=sesame\n",
    "[turn]\nserver=turn:a.example\nuser=u\npassword=sesame\ncolour=blue\n",
    "[turn "
    "x]\nserver=turn:1;turn:2;turn:3;turn:4;turn:5;turn:6;turn:7;turn:8;turn:9\nuser=u\npassword="
    "sesame\n",
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (KithConfig) config
      = load ("[turn]\nserver=turn:A.example;turns:[2001:db8::1]:443\nuser=al:ice\npassword=\\sa;b="
              "c#\\\\d\n"
              "[link]\nturn-tunnel=always\n[turn "
              "work]\nserver=turn:b.example:80?transport=tcp\nuser=u\npassword=p\n"
              "ca=/x.pem\n",
              &error);

  g_assert_no_error (error);
  g_assert_cmpint (config->turn_tunnel, ==, KITH_TUNNEL_ALWAYS);
  g_assert_cmpuint (config->turn_servers->len, ==, 3);
  const KithTurnServer *first = config->turn_servers->pdata[0];
  const KithTurnServer *second = config->turn_servers->pdata[1];
  const KithTurnServer *third = config->turn_servers->pdata[2];
  g_assert_cmpstr (first->host, ==, "a.example");
  g_assert_cmpstr (first->user, ==, "al:ice");
  g_assert_cmpstr (first->password, ==, " a;b=c#\\d");
  g_assert_cmpint (second->transport, ==, KITH_TURN_TLS);
  g_assert_cmpint (second->port, ==, 443);
  g_assert_cmpstr (third->ca_file, ==, "/x.pem");
  g_assert_cmpint (third->transport, ==, KITH_TURN_TCP);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_test_message ("%s", bad[i]);
    g_assert_null (load (bad[i], &error));
    g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
    g_assert_nonnull (strstr (error->message, "[turn"));
    g_assert_null (strstr (error->message, "sesame")); /* a secret is not shown */
    g_clear_error (&error);
  }
}

#define MD5 "password-md5=00112233445566778899aabbccddeeff\n"
#define SHA256 "password-sha256=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"

/* Groups of routes, and what the edge is to phones. */
static void
test_routes (void)
{
  static const struct {
    const char *text;
    const char *problem; /* NULL: it is right */
  } cases[] = {
    { "[sip]\nmode=redirect\n", NULL },
    { "[sip]\nmode=loose\n", "[sip] mode=loose: proxy, redirect or stateless" },
    { "[route b]\ndomain=b.example\nnext=tcp:192.0.2.7:5060\nfrom=10.0.0.0/8; fd00::/8\n", NULL },
    { "[route b]\nnext=192.0.2.7:5060\n", "[route b] domain: the name of a domain" },
    { "[route b]\ndomain=b.example\n", "[route b] next: an IP address and a port" },
    { "[route b]\ndomain=b.example\nnext=b.example:5060\n",
      "[route b] next=b.example:5060: an IP" },
    { "[route b]\ndomain=b.example\nnext=192.0.2.7:1\nfrom=10.0.0.0/33\n",
      "[route b] from=10.0.0.0/33: a list" },
    { "[route b]\ndomain=b.example\nnext=192.0.2.7:1\nport=1\n", "[route b] has no key port" },
    { "[route b]\ndomain=b.example\nnext=192.0.2.7:1\n"
      "[route c]\ndomain=B.example\nnext=192.0.2.8:1\n",
      "[route c] domain=B.example: a domain that no other route has" },
    { "[route my route]\ndomain=b.example\nnext=192.0.2.7:1\n",
      "[route my route]: a route's name" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree gchar *path = NULL;
    const int fd = g_file_open_tmp ("kith-XXXXXX.conf", &path, NULL);
    g_assert_cmpint (fd, >=, 0);
    close (fd);
    g_assert_true (g_file_set_contents (path, cases[i].text, -1, NULL));
    g_autoptr (KithConfig) config = kith_config_load (path, &error);
    (void)g_unlink (path);
    if (cases[i].problem == NULL) {
      g_assert_no_error (error);
      g_assert_true (config->routes->len == 1 || config->sip_role == KITH_EDGE_ROLE_REDIRECT);
    } else {
      g_assert_nonnull (error);
      g_assert_cmpstr (strstr (error->message, cases[i].problem) != NULL ? "" : error->message,
                       ==,
                       "");
    }
  }
}

/* Groups of phones. */
static void
test_phones (void)
{
  static const struct {
    const char *text;
    const char *told;
  } bad[] = {
    { "[phone my desk]\n"
      "number=11\n" MD5,
      "[phone my desk]: A phone's name is" },
    { "[phone desk]\n" MD5, "[phone desk] number: a number of 2 to 6 digits" },
    { "[phone desk]\n"
      "number=112\n" MD5,
      "[phone desk] number: 112 calls for help" },
    { "[phone desk]\n"
      "number=11\n",
      "password-sha256 or password-md5: the hash of" },
    { "[phone desk]\n"
      "number=11\npassword-md5=sesame\n",
      "password-md5: the hash of" },
    { "[phone desk]\n"
      "number=11\npassword-md5=00sesame\n" SHA256,
      "in 32 hexadecimal digits" },
    { "[phone desk]\n"
      "number=11\npassword=sesame\n",
      "has no key password" },
    { "[phone desk]\n"
      "number=11\nclass=king\n" MD5,
      "class: “king” is no class" },
    { "[phone desk]\n"
      "number=11\ndigest=sha-256\n" MD5,
      "digest=sha-256: one whose hash" },
    { "[phones]\ndigest=md5\n[phone desk]\n"
      "number=11\n" SHA256,
      "digest=md5: one whose hash" },
    { "[phone a]\n"
      "number=11\n" MD5 "[phone b]\n"
      "number=11\n" MD5,
      "[phone b] number=11: a number that no other phone has" },
    { "[phone a]\n"
      "number=11\n" MD5 "[phone A]\n"
      "number=12\n" MD5,
      "[phone A] stands there twice" },
    { "[phones]\nmax=0\n[phone a]\n"
      "number=11\n" MD5,
      "[phones] max=0: as many as there are" },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (KithConfig) config = load ("# the house\n[phones]\nmax=2\n\n[phone Desk]\n"
                                        "number= 11\n" MD5 "[phone gate]\n"
                                        "number=12\nclass=door\ndigest=sha-256\n" SHA256,
                                        &error);

  g_assert_no_error (error);
  g_assert_cmpuint (config->phones->len, ==, 2);
  const KithPhoneLine *desk = config->phones->pdata[0];
  const KithPhoneLine *gate = config->phones->pdata[1];
  g_assert_cmpstr (desk->phone.name, ==, "desk");
  g_assert_cmpstr (desk->phone.number, ==, "11");
  g_assert_cmpuint (desk->line, ==, 5);
  g_assert_cmpint (desk->phone.rights, ==, KITH_PHONE_HOME);
  g_assert_true (desk->phone.secret.has_md5 && !desk->phone.secret.has_sha256);
  g_assert_cmpuint (desk->phone.secret.md5[15], ==, 0xff);
  g_assert_cmpuint (gate->line, ==, 8);
  g_assert_cmpint (gate->phone.rights, ==, KITH_PHONE_DOOR);
  g_assert_cmpint (gate->phone.digest, ==, KITH_PHONE_DIGEST_SHA256);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_null (load (bad[i].text, &error));
    g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
    g_test_message ("%s", error->message);
    g_assert_nonnull (strstr (error->message, bad[i].told));
    g_assert_null (strstr (error->message, "sesame"));
    g_clear_error (&error);
  }
}

static gchar *
field_text (KithConfig *config, guint row)
{
  const void *field = G_STRUCT_MEMBER_P (config, keys[row].at);

  switch (keys[row].type) {
  case IS_BOOL:
    return g_strdup_printf ("%d", *(const gboolean *)field);
  case IS_U8:
    return g_strdup_printf ("%u", *(const guint8 *)field);
  case IS_U16:
    return g_strdup_printf ("%u", *(const guint16 *)field);
  case IS_UINT:
    return g_strdup_printf ("%u", *(const guint *)field);
  case IS_STRING:
    return g_strdup (*(gchar *const *)field);
  case IS_LIST:
    return g_strjoinv (";", *(const GStrv *)field);
  }
  return NULL;
}

static void
test_keys (void)
{
  for (guint row = 0; row < G_N_ELEMENTS (keys); row++) {
    for (guint i = 0; i < G_N_ELEMENTS (keys[row].good) && keys[row].good[i] != NULL; i++) {
      g_autoptr (GError) error = NULL;
      g_autoptr (KithConfig) config
          = load_key (keys[row].group, keys[row].key, keys[row].good[i], &error);
      g_assert_no_error (error);
      g_autofree gchar *text = field_text (config, row);
      g_assert_cmpstr (text, ==, keys[row].read[i]);
    }
    for (guint i = 0; i < G_N_ELEMENTS (keys[row].bad) && keys[row].bad[i] != NULL; i++) {
      g_autoptr (GError) error = NULL;
      g_autofree gchar *group = g_strdup_printf ("[%s]", keys[row].group);
      g_test_message ("%s %s=%s", group, keys[row].key, keys[row].bad[i]);
      g_assert_null (load_key (keys[row].group, keys[row].key, keys[row].bad[i], &error));
      g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
      g_assert_nonnull (strstr (error->message, group)); /* where, and what is needed */
      g_assert_nonnull (strstr (error->message, keys[row].key));
      g_assert_nonnull (strstr (error->message, "needed"));
    }
  }
}

/* A file with every key of 0.1.0 means what it meant then. */
static void
test_of_0_1_0 (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithConfig) config = kith_config_load (KITH_TEST_DATA "/kith-0.1.0.conf", &error);

  g_assert_no_error (error);
  g_autofree gchar *locators = g_strjoinv (";", config->locators);
  g_autofree gchar *stun = g_strjoinv (";", config->stun_servers);
  g_assert_cmpstr (locators, ==, "dht;static");
  g_assert_cmpuint (config->work_bits, ==, 4);
  g_assert_false (config->strangers_ring);
  g_assert_cmpuint (config->ring_timeout_s, ==, 45);
  g_assert_true (config->sip_enabled);
  g_assert_cmpstr (config->sip_bind, ==, "192.0.2.9");
  g_assert_cmpuint (config->sip_port, ==, 5070);
  g_assert_false (config->sip_plain_in);
  g_assert_cmpstr (stun, ==, "stun.example.org:3479;[2001:db8::5]:3478");
  g_assert_false (config->port_mapping);
  g_assert_true (config->lan_only);
  g_assert_cmpint (config->turn_tunnel, ==, KITH_TUNNEL_NEVER);
  g_assert_cmpuint (config->turn_servers->len, ==, 3);
  const KithTurnServer *second = config->turn_servers->pdata[1];
  g_assert_cmpstr (second->host, ==, "turn.example.org");
  g_assert_cmpint (second->transport, ==, KITH_TURN_TLS);
  g_assert_cmpstr (second->password, ==, "two\\words and more");
  g_assert_cmpstr (second->ca_file, ==, "/etc/ssl/certs/ca.pem");
  g_assert_false (config->relay_enabled);
  g_assert_cmpuint (config->relay_max_calls, ==, 2);
  g_assert_cmpuint (config->relay_max_kbit, ==, 100);
  g_assert_cmpuint (config->relay_max_megabytes, ==, 50);
  g_assert_cmpuint (config->history_keep, ==, 20);
  g_assert_cmpstr (config->audio_in, ==, "/tmp/in.wav");
  g_assert_cmpstr (config->audio_out, ==, "/tmp/out-%c.wav");
  g_assert_cmpuint (config->buffer_ms, ==, 60);
  g_assert_cmpuint (config->frame_ms, ==, 10);
  g_assert_cmpint (g_key_file_get_integer (config->file, "dht", "network", NULL), ==, 7);
}

/* A typing error in a key of ours is told; the groups of plugins are theirs. */
static void
test_unknown (void)
{
  static const char *const groups[] = { "node", "sip", "link", "audio" };

  for (guint i = 0; i < G_N_ELEMENTS (groups); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (load_key (groups[i], "colour", "blue", &error));
    g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
    g_assert_nonnull (strstr (error->message, "colour"));
    g_assert_nonnull (strstr (error->message, groups[i]));
  }
  g_autoptr (GError) error = NULL;
  g_autoptr (KithConfig) config = load_key ("weather", "colour", "blue", &error);
  g_assert_no_error (error);
  g_autofree gchar *value = g_key_file_get_string (config->file, "weather", "colour", &error);
  g_assert_cmpstr (value, ==, "blue");
}

static void
test_files (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (kith_config_load (absent_path ("kith.conf"), &error)); /* it was asked for */
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  g_clear_error (&error);
  g_assert_null (load ("this is no key file", &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  g_clear_error (&error);
  g_assert_null (load ("[node]\nwork-bits\n", &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  g_clear_error (&error);
  /* the user's, which is not there */
  g_autoptr (KithConfig) config = kith_config_load (NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (config->ring_timeout_s, ==, 60);
}

/* Escapes that mean nothing do not make the key disappear. */
static void
test_escapes (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (load ("[audio]\n"
                       "in=C:\\q.wav\n",
                       &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  g_assert_nonnull (strstr (error->message, "[audio] in"));
  g_clear_error (&error);
  g_assert_null (load ("[turn]\nserver=turn:a.example\nuser=u\npassword=sesame\\c\n", &error));
  g_assert_nonnull (strstr (error->message, "[turn] password"));
  g_assert_nonnull (strstr (error->message, "backslash"));
  g_assert_null (strstr (error->message, "sesame"));
}

/* Each message says where: file, group, key and value. */
static void
test_messages (void)
{
  static const struct {
    const char *text, *says[3];
  } cases[] = {
    { "[node]\nring-timout=30\n", { "kith.conf: [node]", "ring-timout", "may mean ring-timeout" } },
    { "[turn]\nuri=turn:a.example\nuser=u\npassword=p\n",
      { "[turn] has no key uri", "server", "ca" } },
    { "[turn]\nuser=u\npassword=p\n",
      { "kith.conf: [turn] server", "turn:turn.example.org", "needed" } },
    { "[turn a]\nserver=stun:x\nuser=u\npassword=p\n",
      { "kith.conf: [turn a] server=stun:x", "no URI", "turn:HOST" } },
    { "# mine\n[turn]\nuser=u\npassword: sesame\n",
      { "kith.conf: line 4", "[group]", "key=value" } },
    { "[turn\npassword=sesame\n", { "kith.conf: line 1", "[group]", "kith.conf(5)" } },
    { "\npassword=sesame\n[turn]\n", { "kith.conf: line 2", "before any [group]", "" } },
    { "[]\npassword=sesame\n", { "kith.conf: line 1", "[group]", "" } },
    { "[link]\nstun=stun:x:1\n", { "kith.conf: [link] stun=stun:x:1", "HOST:PORT", "needed" } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (load (cases[i].text, &error));
    g_test_message ("%s", error->message);
    for (guint k = 0; k < G_N_ELEMENTS (cases[i].says); k++) {
      g_assert_nonnull (strstr (error->message, cases[i].says[k]));
    }
    g_assert_null (strstr (error->message, "sesame")); /* a secret may stand where it should not */
  }
}

/* What is no file of a bearable size is not waited for, nor read. */
static void
test_no_file (void)
{
  g_autofree gchar *dir = g_dir_make_tmp ("kith-conf-XXXXXX", NULL);
  g_autofree gchar *pipe = g_build_filename (dir, "pipe", NULL);
  g_autofree gchar *large = g_build_filename (dir, "large", NULL);
  g_autofree gchar *much = g_strnfill (1024 * 1024 + 1, '#');
  const char *paths[] = { dir, pipe, large, absent_path ("kith.conf") };
  const char *says[] = { "no file", "no file", "megabyte", "no such file" };

  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  g_assert_true (g_file_set_contents (large, much, -1, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (kith_config_load (paths[i], &error));
    g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
    g_assert_nonnull (strstr (error->message, paths[i]));
    g_assert_nonnull (strstr (error->message, says[i]));
  }
  g_assert_cmpint (g_remove (pipe), ==, 0);
  g_assert_cmpint (g_remove (large), ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

/* What is allowed and hardly meant. */
static void
assert_doubt (const char *text, int mode, const char *finding, const char *remedy)
{
  g_autofree gchar *dir = g_dir_make_tmp ("kith-conf-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (dir, "kith.conf", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (g_chmod (path, mode), ==, 0);
  g_autoptr (KithConfig) config = kith_config_load (path, &error);
  g_assert_no_error (error);
  g_autoptr (GPtrArray) doubts = kith_config_find_doubts (config);
  g_assert_cmpuint (doubts->len, ==, finding != NULL ? 1 : 0);
  if (finding != NULL) {
    g_autofree gchar *told = kith_saying_tell (doubts->pdata[0]);
    g_autofree gchar *help = kith_saying_help (doubts->pdata[0]);
    g_test_message ("%s → %s", told, help);
    g_assert_nonnull (strstr (told, path));
    g_assert_nonnull (strstr (told, finding));
    g_assert_nonnull (strstr (help, remedy));
  }
  g_autoptr (GPtrArray) again = NULL;
  g_assert_true (kith_config_look_again (config, &again, &error));
  g_assert_cmpuint (again->len, ==, doubts->len);
  g_assert_true (g_file_set_contents (path, "[node]\nwork-bits=99\n", -1, NULL));
  g_assert_false (kith_config_look_again (config, &again, &error));
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (path, "", -1, NULL));
  g_autoptr (GPtrArray) changed = NULL;
  g_assert_true (kith_config_look_again (config, &changed, &error));
  g_assert_cmpuint (changed->len, ==, *text != '\0' ? 1 : 0);
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

static void
test_doubts (void)
{
  static const char turn[] = "[turn]\nserver=turn:a.example\nuser=u\npassword=p\n";
  g_autofree gchar *with_ca = g_strconcat (turn, "ca=", absent_path ("ca.pem"), "\n", NULL);
  g_autofree gchar *no_ca
      = g_strdup_printf ("[turn] ca=%s: there is no such file", absent_path ("ca.pem"));
  g_autofree gchar *with_dir = g_strconcat (turn, "ca=/tmp\n", NULL);
  g_autofree gchar *with_other = g_strconcat (turn, "ca=/dev/null\n", NULL);

  assert_doubt ("[node]\n[dht]\n[static]\n[turn]\nserver=turn:a\nuser=u\npassword=p\n",
                0600,
                NULL,
                NULL);
  assert_doubt ("[node]\nlocators=mdns\n[mdns]\nx=y\n", 0644, NULL, NULL);
  assert_doubt ("[turm]\nserver=turn:a\n", 0644, "[turm]", "[turn]");
  assert_doubt ("[Turn work]\nserver=turn:a\n", 0644, "[Turn work]", "[turn work]");
  assert_doubt ("[turn]\nserver=turn:a\n [turn] \nserver=turn:b\nuser=u\npassword=p\n",
                0600,
                "[turn] stands there more",
                "[turn home]");
  assert_doubt ("[node]\n#[node]\n[sip]\n[node]\n", 0644, "[node] stands there more", "one group");
  assert_doubt ("[weather]\n", 0644, "[weather]", "kith.conf(5)");
  assert_doubt (turn, 0640, "others can read", "chmod 600");
  assert_doubt (turn, 0600, NULL, NULL);
  assert_doubt (with_ca, 0600, no_ca, "PEM");
  assert_doubt (with_dir, 0600, "no file", "PEM");
  assert_doubt (with_other, 0600, "no file", "PEM");
}

/* Lists with names that are there again, and with more names than anybody means: those that count
   are used, the others told. */
static void
test_lists (void)
{
  g_autoptr (GString) text = g_string_new ("[node]\nlocators= static ;dht;static");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 5000; i++) {
    g_string_append (text, ";static");
  }
  g_autoptr (KithConfig) again = load (text->str, &error);
  g_assert_no_error (error);
  g_autofree gchar *used = g_strjoinv (";", again->locators);
  g_assert_cmpstr (used, ==, "static;dht");
  g_string_append (text, "\n");
  assert_doubt (text->str, 0644, "[node] locators names “static” again", "16");
  g_string_assign (text, "[node]\nlocators=dht");
  for (guint i = 0; i < 100; i++) {
    g_string_append_printf (text, ";a%u", i);
  }
  g_string_append (text, "\n");
  assert_doubt (text->str, 0644, "[node] locators names 85 more than the 16", "16");
  g_string_assign (text, "[link]\nstun=a:1");
  for (guint i = 0; i < 100; i++) {
    g_string_append_printf (text, "; a%u", i);
  }
  g_string_append (text, "\n");
  g_autoptr (KithConfig) many = load (text->str, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (many->stun_servers), ==, KITH_CONFIG_MAX_LIST);
  g_assert_cmpstr (many->stun_servers[15], ==, "a14");
  assert_doubt (text->str, 0644, "[link] stun names 85 more than the 16", "16");
}

/* A doubt for each of many groups would help nobody. */
static void
test_many_groups (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 5000; i++) {
    g_string_append_printf (text, "[weather %u]\n", i);
  }
  g_autoptr (KithConfig) config = load (text->str, &error);
  g_assert_no_error (error);
  g_autoptr (GPtrArray) doubts = kith_config_find_doubts (config);
  g_assert_cmpuint (doubts->len, ==, 17);
}

/* What stands in the file is quoted without its control characters, by GLib's words, too. */
static void
test_control_characters (void)
{
  static const char *const texts[] = {
    "[\033[31m]\nx=1\n",
    "[a\033]\nx=1\n",
    "[node]\na\033[31m=1\n",
    "[node]\nstrangers=\033[31m\n",
    "[turn \302\233\342\200\256]\nserver=turn:a\n",
    "[turn \302\233\342\200\256]\nx=1\n",
    "[turn \302\233\342\200\256]\nuser=u\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (load (texts[i], &error));
    g_autofree gchar *safe = kith_text_safe (error->message, -1, 1000);
    g_assert_cmpstr (error->message, ==, safe);
  }
  g_autoptr (GError) error = NULL;
  g_autoptr (KithConfig) doubtful = load ("[turn \302\233]\nserver=turn:a\nuser=u\npassword=p\n"
                                          "ca=\302\233\342\200\256\n[turn \302\233]\n",
                                          &error);
  g_assert_no_error (error);
  g_autoptr (GPtrArray) doubts = kith_config_find_doubts (doubtful);
  g_assert_cmpuint (doubts->len, ==, 2);
  for (guint i = 0; i < doubts->len; i++) {
    g_autofree gchar *told = kith_saying_tell (doubts->pdata[i]);
    g_autofree gchar *safe = kith_text_safe (told, -1, 1000);
    g_assert_cmpstr (told, ==, safe);
  }
}

/* Options of the command line are laid over the file and checked in the same way. */
static void
test_over (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithConfig) config = load ("[node]\nring-timeout=30\n[audio]\n"
                                        "in=a.wav\n",
                                        &error);

  g_key_file_set_string (config->file, "node", "ring-timeout", "45");
  g_key_file_set_string (config->file, "audio", "in", "b.wav");
  g_assert_true (kith_config_apply (config, &error));
  g_assert_cmpuint (config->ring_timeout_s, ==, 45);
  g_assert_cmpstr (config->audio_in, ==, "b.wav");
  g_key_file_set_string (config->file, "audio", "in", "");
  g_assert_true (kith_config_apply (config, &error));
  g_assert_null (config->audio_in);
  g_key_file_set_string (config->file, "node", "ring-timeout", "1");
  g_assert_false (kith_config_apply (config, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
}

int
main (int argc, char **argv)
{
  g_autofree gchar *home = g_dir_make_tmp ("kith-home-XXXXXX", NULL);

  g_setenv ("XDG_CONFIG_HOME", home, TRUE);
  g_setenv ("XDG_STATE_HOME", home, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/node/config/defaults", test_defaults);
  g_test_add_func ("/node/config/keys", test_keys);
  g_test_add_func ("/node/config/of-0.1.0", test_of_0_1_0);
  g_test_add_func ("/node/config/unknown", test_unknown);
  g_test_add_func ("/node/config/turn", test_turn);
  g_test_add_func ("/node/config/phones", test_phones);
  g_test_add_func ("/node/config/routes", test_routes);
  g_test_add_func ("/node/config/escapes", test_escapes);
  g_test_add_func ("/node/config/messages", test_messages);
  g_test_add_func ("/node/config/no-file", test_no_file);
  g_test_add_func ("/node/config/doubts", test_doubts);
  g_test_add_func ("/node/config/files", test_files);
  g_test_add_func ("/node/config/lists", test_lists);
  g_test_add_func ("/node/config/many-groups", test_many_groups);
  g_test_add_func ("/node/config/control-characters", test_control_characters);
  g_test_add_func ("/node/config/over", test_over);
  int result = g_test_run ();
  g_assert_cmpint (g_rmdir (home), ==, 0);
  return result;
}
