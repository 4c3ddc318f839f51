/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All forms of an address, good and bad, and the way back to text. */
#include <string.h>

#include "base/error.h"
#include "model/names/address.h"

#define KEY "0123456789abcdefghjkmnpqrstvwxyz0123456789abcdefghj0"
#define KEY_UP "0123456789ABCDEFGHJKMNPQRSTVWXYZ0123456789ABCDEFGHJ0"

typedef struct {
  const char *text;
  KithAddressKind kind;
  const char *canonical; /* what kith_address_to_text() gives */
} Good;

static const Good good[] = {
  { "alice", KITH_ADDRESS_NAME, "alice" },
  { " Alice\t", KITH_ADDRESS_NAME, "alice" },
  { "ALICE~7K2F9QXM", KITH_ADDRESS_TAGGED, "alice~7k2f9qxm" },
  { "zo\u00eb~7k2f9qxm", KITH_ADDRESS_TAGGED, "zo\u00eb~7k2f9qxm" },
  { "sip:alice@kith.alt", KITH_ADDRESS_NAME, "alice" },
  { "SIP:Alice@KITH.ALT", KITH_ADDRESS_NAME, "alice" },
  { "alice@kith.alt", KITH_ADDRESS_NAME, "alice" },
  { "sip:zo%C3%AB@kith.alt", KITH_ADDRESS_NAME, "zo\u00eb" },
  { "sip:zo\u00eb@kith.alt", KITH_ADDRESS_NAME, "zo\u00eb" },
  { "sip:alice@kith.alt:5060;transport=tcp", KITH_ADDRESS_NAME, "alice" },
  { "sip:alice@7k2f9qxm.kith.alt", KITH_ADDRESS_TAGGED, "alice~7k2f9qxm" },
  { "sip:alice@7K2F9QXM.kith.alt.", KITH_ADDRESS_TAGGED, "alice~7k2f9qxm" },
  { "sip:alice~7k2f9qxm@kith.alt", KITH_ADDRESS_TAGGED, "alice~7k2f9qxm" },
  { "sip:alice@" KEY ".kith.alt", KITH_ADDRESS_KEY, "kith:alice?k=" KEY },
  { "sip:" KEY ".kith.alt", KITH_ADDRESS_KEY, KEY },
  { KEY, KITH_ADDRESS_KEY, KEY },
  { KEY_UP, KITH_ADDRESS_KEY, KEY },
  { "kith:alice", KITH_ADDRESS_NAME, "alice" },
  { "KITH:alice~7k2f9qxm", KITH_ADDRESS_TAGGED, "alice~7k2f9qxm" },
  { "kith://alice~7k2f9qxm", KITH_ADDRESS_TAGGED, "alice~7k2f9qxm" },
  { "kith:" KEY, KITH_ADDRESS_KEY, KEY },
  { "kith:?k=" KEY, KITH_ADDRESS_KEY, KEY },
  { "kith:alice?k=" KEY, KITH_ADDRESS_KEY, "kith:alice?k=" KEY },
  { "kith:Alice~7k2f9qxm?k=" KEY_UP, KITH_ADDRESS_KEY, "kith:alice~7k2f9qxm?k=" KEY },
  { "kith:zo%C3%AB?k=" KEY, KITH_ADDRESS_KEY, "kith:zo%C3%AB?k=" KEY },
  { "kith:%61lice?%6B=1", KITH_ADDRESS_NAME, "alice" }, /* an unknown parameter is left aside */
  { "kith:alice?p=abc-DEF_1", KITH_ADDRESS_NAME, "kith:alice?p=abc-DEF_1" },
  { "kith:a?k=" KEY "&p=x&r=h.example:4222&r=%5B2001:DB8::1%5D:1&r=192.0.2.1:2&r=a:3",
    KITH_ADDRESS_KEY,
    "kith:a?k=" KEY "&p=x&r=h.example:4222&r=[2001:DB8::1]:1&r=192.0.2.1:2&r=a:3" },
  { "sip:bob@192.0.2.7", KITH_ADDRESS_SIP, "sip:bob@192.0.2.7" },
  { "sip:192.0.2.7", KITH_ADDRESS_SIP, "sip:192.0.2.7" },
  { "sip:192.0.2.7:5062", KITH_ADDRESS_SIP, "sip:192.0.2.7:5062" },
  { "bob@example.org", KITH_ADDRESS_SIP, "sip:bob@example.org" },
  { "Bob@EXAMPLE.org.",
    KITH_ADDRESS_SIP,
    "sip:Bob@example.org" }, /* the user part minds its case */
  { "sip:bob@[2001:DB8:0::1]:5062;transport=TCP",
    KITH_ADDRESS_SIP,
    "sip:bob@[2001:db8::1]:5062;transport=tcp" },
  { "sip:bob@h.example;user=phone;transport=udp;lr",
    KITH_ADDRESS_SIP,
    "sip:bob@h.example;transport=udp" },
  { "sip:+49-30;ext=1@h.example", KITH_ADDRESS_SIP, "sip:+49-30;ext=1@h.example" },
  { "sip:a%62%20c@h.example", KITH_ADDRESS_SIP, "sip:ab%20c@h.example" },
  { "sip:zo\u00eb@h.example", KITH_ADDRESS_SIP, "sip:zo%C3%AB@h.example" },
  { "bob@b\u00fccher.example", KITH_ADDRESS_SIP, "sip:bob@xn--bcher-kva.example" },
  { "sip:bob@localhost", KITH_ADDRESS_SIP, "sip:bob@localhost" },
  { "bob@notkith.alt", KITH_ADDRESS_SIP, "sip:bob@notkith.alt" },
};

static const char *const bad[] = {
  "",
  " ",
  "a b",
  "~7k2f9qxm",
  "alice~",
  "alice~7k2f9qx",
  "alice~7k2f9qxmm",
  "alice~7k2f9qxu",
  "alice~7k2f~qxm",
  "alice~7k2-f9qxm",
  "http://example.org",
  "tel:+123",
  "h.example:5060",
  "alice\x01",
  "alice\x1b[1m",
  "al\xC2\x85"
  "ice",
  "\xff",
  "sip:",
  "sip:@h.example",
  "sip:bob@",
  "sip:bob@@h",
  "sip:bob:secret@h.example",
  "sip:bob@h.example?subject=x",
  "sip:a?b@h.example",
  "sip:b%00b@h.example",
  "sip:b%0Ab@h.example",
  "sip:b%7fb@h.example",
  "sip:b%4@h.example",
  "sip:b%zz@h.example",
  "sip:b\"b@h.example",
  "sip:b b@h.example",
  "sip:b<b@h.example",
  "sip:bob@h_x.example",
  "sip:bob@-h.example",
  "sip:bob@h-.example",
  "sip:bob@h..example",
  "sip:bob@.example",
  "sip:bob@256.0.0.1",
  "sip:bob@1.2.3",
  "sip:bob@[::1",
  "sip:bob@[::g]",
  "sip:bob@[fe80::1%eth0]",
  "sip:bob@::1",
  "sip:bob@h.example:0",
  "sip:bob@h.example:65536",
  "sip:bob@h.example:",
  "sip:bob@h.example:5o",
  "sip:bob@h.example;",
  "sip:bob@h.example;=x",
  "sip:bob@h.example;maddr=10.0.0.1",
  "sip:bob@h.example;method=BYE",
  "sip:bob@h.example;a b",
  "sip:bob@h.example;transport=udp;transport=tcp",
  "sip:kith.alt",
  "sip:@kith.alt",
  "sip:7k2f9qxm.kith.alt",
  "sip:alice@x.kith.alt",
  "sip:a~7k2f9qxm@7k2f9qxm.kith.alt",
  "sip:a%0a@kith.alt",
  "sip:al ice@kith.alt",
  "sip:alice@a.b.kith.alt",
  "<alice>",
  "kith:bob <sip:bob@192.0.2.7>", /* an invitation is never another address */
  "sip:bob@192.0.2.7 <kith:alice>",
  "kith:",
  "kith:?",
  "kith:?p=x",
  "kith:alice?k=",
  "kith:alice?k=123",
  "kith:alice?k=0000000000000000000000000000000000000000000000000000",
  "kith:alice?k=" KEY "&k=" KEY,
  "kith:alice?p=",
  "kith:alice?p=a b",
  "kith:alice?p=x&p=y",
  "kith:alice?r=",
  "kith:alice?r=h.example",
  "kith:alice?r=h.example:0",
  "kith:alice?r=u@h.example:1",
  "kith:alice?r=h.example:1;transport=tcp",
  "kith:alice?r=a:1&r=b:1&r=c:1&r=d:1&r=e:1",
  "kith:al%00ice",
  "kith:al%zzice",
  "kith:%FF",
  "kith:alice?k=%zz",
  "kith:a/b",
  "kith:alice#x",
};

static void
test_good (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (KithAddress) address = kith_address_parse (good[i].text, &error);
    g_test_message ("\"%s\": %s", good[i].text, error != NULL ? error->message : "good");
    g_assert_no_error (error);
    g_assert_cmpuint (address->kind, ==, good[i].kind);
    g_autofree gchar *text = kith_address_to_text (address);
    g_assert_cmpstr (text, ==, good[i].canonical);
    g_autoptr (KithAddress) again = kith_address_parse (text, &error);
    g_assert_no_error (error);
    g_autofree gchar *text_again = kith_address_to_text (again);
    g_assert_cmpstr (text_again, ==, text);
    g_assert_cmpuint (again->kind, ==, address->kind);
  }
}

static void
test_bad (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (KithAddress) address = kith_address_parse (bad[i], &error);
    g_test_message ("case %u \"%s\": %s", i, bad[i], error != NULL ? error->message : "accepted");
    g_assert_null (address);
    g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ADDRESS);
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
  }
  g_assert_null (kith_address_parse (NULL, NULL));
}

static void
test_unsupported (void)
{
  static const char *const texts[] = { "sips:bob@h.example",
                                       "SIPS:bob@h.example",
                                       "sip:bob@h.example;transport=tls",
                                       "sip:bob@h.example;transport=ws" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (kith_address_parse (texts[i], &error));
    g_assert_error (error, KITH_ERROR, KITH_ERROR_UNSUPPORTED);
  }
}

static void
test_fields (void)
{
  g_autoptr (KithAddress) sip
      = kith_address_parse ("sip:bob@[2001:db8::1]:5062;transport=tcp", NULL);
  g_assert_cmpstr (sip->sip_user, ==, "bob");
  g_assert_cmpstr (sip->sip_host, ==, "2001:db8::1");
  g_assert_cmpuint (sip->sip_port, ==, 5062);
  g_assert_cmpstr (sip->sip_transport, ==, "tcp");
  g_assert_null (sip->name);

  g_autoptr (KithAddress) plain = kith_address_parse ("sip:192.0.2.7", NULL);
  g_assert_null (plain->sip_user);
  g_assert_cmpuint (plain->sip_port, ==, 0);
  g_assert_null (plain->sip_transport);

  g_autoptr (KithAddress) invitation
      = kith_address_parse ("kith:a~01234567?k=" KEY "&p=xyz&r=h.example:4222&r=b:2", NULL);
  static const guint8 tag[KITH_TAG_LEN] = { 0x00, 0x44, 0x32, 0x14, 0xC7 };
  KithPeerKey key;
  g_assert_true (kith_peer_key_parse (KEY, &key, NULL));
  g_assert_true (invitation->has_key && kith_peer_key_equal (&key, &invitation->key));
  g_assert_true (invitation->has_tag);
  g_assert_cmpmem (invitation->tag, KITH_TAG_LEN, tag, KITH_TAG_LEN);
  g_assert_cmpstr (invitation->name, ==, "a");
  g_assert_cmpstr (invitation->permit, ==, "xyz");
  g_assert_cmpuint (g_strv_length (invitation->hints), ==, 2);
  g_assert_cmpstr (invitation->hints[0], ==, "h.example:4222");
}

static void
test_bounds (void)
{
  g_autofree gchar *user = g_strnfill (512 - strlen ("sip:@h.example"), 'u');
  g_autofree gchar *at_limit = g_strconcat ("sip:", user, "@h.example", NULL);
  g_autofree gchar *above = g_strconcat ("sip:u", user, "@h.example", NULL);
  g_autofree gchar *permit64 = g_strnfill (64, 'p');
  g_autofree gchar *with64 = g_strconcat ("kith:a?p=", permit64, NULL);
  g_autofree gchar *with65 = g_strconcat ("kith:a?p=p", permit64, NULL);
  g_autofree gchar *label63 = g_strnfill (63, 'h');
  g_autofree gchar *host63 = g_strconcat ("sip:u@", label63, ".example", NULL);
  g_autofree gchar *host64 = g_strconcat ("sip:u@h", label63, ".example", NULL);
  const char *good_ones[] = { at_limit, with64, host63 };
  const char *bad_ones[] = { above, with65, host64 };

  g_assert_cmpuint (strlen (at_limit), ==, 512);
  for (guint i = 0; i < 3; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (KithAddress) address = kith_address_parse (good_ones[i], &error);
    g_assert_no_error (error);
    g_assert_nonnull (address);
    g_assert_null (kith_address_parse (bad_ones[i], &error));
    g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ADDRESS);
  }
}

/* What grows when it is escaped may not grow beyond what can be read again. */
static void
test_escaped_bounds (void)
{
  g_autoptr (GString) text = g_string_new ("sip:");
  g_autoptr (GError) error = NULL;

  while (text->len < 400) {
    g_string_append (text, "\u00eb");
  }
  g_string_append (text, "@h.example");
  g_assert_null (kith_address_parse (text->str, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ADDRESS);
}

/* What people type that is no address: the sentence says what it is, and what to type. */
static void
test_advice (void)
{
  static const struct {
    const char *text;
    const char *pattern;
  } rows[] = {
    { "127.0.0.1", "*IP address*sip:127.0.0.1" },
    { "192.0.2.7:5062", "*IP address*sip:192.0.2.7:5062" },
    { "::1", "*IP address*sip:?::1]" },
    { "2001:db8::7", "*IP address*sip:?2001:db8::7]" },
    { "[2001:db8::7]:5062", "*IP address*sip:?2001:db8::7]:5062" },
    { "<192.0.2.7>", "*IP address*" },
    { "tel:+4930123456", "*in no telephone network*" },
    { "TEL:112", "*no emergency call here*" },
    { "tel:911;phone-context=x", "*no emergency call here*" },
    { "+49 30 123456", "*in no telephone network*" },
    { "(030) 123456", "*in no telephone network*" },
    { "112", "*no emergency call here*" },
    { "911", "*no emergency call here*" },
    { " 999 ", "*no emergency call here*" },
    { "kith:112", "*no emergency call here*" },
    { "0123456789abcdefghjkmnpqrstvwxyz0123456789abcdefghju", "*looks like a key*" },
    { "0123456789abcdefghjkmnpqrstvwxyz0123456789abcdefghj", "*looks like a key*" },
    { "0123456789abcdefghjkmnpqrstvwxyz0123456789abcdefghj1", "*looks like a key*" },
    { "sip:", "There is no host*" },
    { "sip:@", "There is no host*" },
    { "sips:bob@example.org", "*TLS*" },
    { "sip:bob@example.org;transport=tls", "*transport=tls*" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (KithAddress) address = kith_address_parse (rows[i].text, &error);

    g_assert_null (address);
    g_test_message ("%s: %s", rows[i].text, error->message);
    g_assert_true (g_pattern_match_simple (rows[i].pattern, error->message));
  }
}

/* Names and numbers that are allowed all the same, and what a mail program puts around an
   address. */
static void
test_no_advice (void)
{
  static const struct {
    const char *text;
    const char *canonical;
  } rows[] = {
    { "100", "100" },
    { "1234567", "1234567" },
    { "100-200", "100-200" },
    { "112~7k2f9qxm", "112~7k2f9qxm" },
    { "sip:112@192.0.2.7", "sip:112@192.0.2.7" },
    { "1.2.3", "1.2.3" },
    { "<sip:bob@192.0.2.7>", "sip:bob@192.0.2.7" },
    { "\"Bob, the\" <sip:bob@192.0.2.7> ", "sip:bob@192.0.2.7" },
    { "Bob <bob@192.0.2.7>", "sip:bob@192.0.2.7" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (KithAddress) address = kith_address_parse (rows[i].text, &error);

    g_assert_no_error (error);
    g_autofree gchar *text = kith_address_to_text (address);
    g_assert_cmpstr (text, ==, rows[i].canonical);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/address/good", test_good);
  g_test_add_func ("/model/address/bad", test_bad);
  g_test_add_func ("/model/address/unsupported", test_unsupported);
  g_test_add_func ("/model/address/fields", test_fields);
  g_test_add_func ("/model/address/bounds", test_bounds);
  g_test_add_func ("/model/address/escaped-bounds", test_escaped_bounds);
  g_test_add_func ("/address/advice", test_advice);
  g_test_add_func ("/address/no-advice", test_no_advice);
  return g_test_run ();
}
