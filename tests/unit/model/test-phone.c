/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phones as values: names, numbers, passwords and their hashes, every state × event, imports. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "model/phone/phone-binding.h"
#include "model/phone/phone-import.h"
#include "model/phone/phone-password.h"
#include "model/phone/phone-state.h"

static void
test_names (void)
{
  static const struct {
    const char *text;
    const char *name; /* NULL: it is none … */
    const char *hint; /* … and this is proposed */
  } rows[] = {
    { "desk", "desk", NULL },
    { "Desk", "desk", NULL },
    { "dect-2.og", "dect-2.og", NULL },
    { "2nd", "2nd", NULL },
    { "abcdefghijklmnopqrstuvwx", "abcdefghijklmnopqrstuvwx", NULL },
    { "abcdefghijklmnopqrstuvwxy", NULL, "try abcdefghijklmnopqrstuvwx" },
    { "my desk", NULL, "try my-desk" },
    { "-desk", NULL, "try desk" },
    { "desk.", NULL, "try desk" },
    { "a--b", NULL, "try a-b" },
    { "Küche", NULL, "try k-che" },
    { "11", NULL, "with a letter among them: try desk" },
    { "", NULL, "try desk" },
    { "sip:desk@host", NULL, "try sip-desk-host" },
    { "me", NULL, "me-phone" },
    { "Agent", NULL, "agent-phone" },
    { "a\nb", NULL, "try a-b" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar name[KITH_PHONE_NAME_MAX + 1];
    g_autoptr (GError) error = NULL;
    gboolean ok = kith_phone_name_normalize (rows[i].text, name, &error);

    g_test_message ("%s", rows[i].text);
    g_assert_cmpint (ok, ==, rows[i].name != NULL);
    if (ok) {
      g_assert_cmpstr (name, ==, rows[i].name);
      g_assert_no_error (error);
    } else {
      g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
      g_assert_nonnull (strstr (error->message, rows[i].hint));
    }
  }
}

static void
test_numbers (void)
{
  static const char *const good[] = { "11", "300", "999999", "20" };
  static const char *const bad[]
      = { "", "1", "011", "1234567", "11a", "112", "911", "999", "110", "-1", "١١" };
  g_autoptr (GHashTable) taken = g_hash_table_new (g_str_hash, g_str_equal);
  gchar number[KITH_PHONE_NUMBER_MAX + 1];
  guint from = 0;

  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_assert_true (kith_phone_number_check (good[i], NULL));
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (kith_phone_number_check (bad[i], &error));
    g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  }
  (void)g_hash_table_add (taken, (gpointer) "11");
  (void)g_hash_table_add (taken, (gpointer) "13");
  g_assert_true (kith_phone_number_next (taken, &from, number));
  g_assert_cmpstr (number, ==, "12");
  g_assert_true (kith_phone_number_next (taken, &from, number));
  g_assert_cmpstr (number, ==, "14");
  from = 110; /* no emergency number is given to anybody */
  g_assert_true (kith_phone_number_next (taken, &from, number));
  g_assert_cmpstr (number, ==, "116");
  from = 1000000;
  g_assert_false (kith_phone_number_next (taken, &from, number));
}

static void
test_words (void)
{
  for (guint i = 0; i <= KITH_PHONE_DOOR; i++) {
    KithPhoneClass rights = KITH_PHONE_HOME;
    g_assert_true (kith_phone_class_parse (kith_phone_class_word (i), &rights, NULL));
    g_assert_cmpuint (rights, ==, i);
  }
  for (guint i = 0; i <= KITH_PHONE_DIGEST_SHA256; i++) {
    KithPhoneDigest digest = KITH_PHONE_DIGEST_AUTO;
    g_assert_true (kith_phone_digest_parse (kith_phone_digest_word (i), &digest, NULL));
    g_assert_cmpuint (digest, ==, i);
  }
  g_autoptr (GError) error = NULL;
  KithPhoneClass rights = KITH_PHONE_HOME;
  g_assert_false (kith_phone_class_parse ("admin", &rights, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  g_assert_nonnull (strstr (error->message, "home, guest and door"));
}

/* Made ones differ and are of Crockford's letters; hashes are those of other programs (printf
   'desk:kith:7k2f-9qxm-41tr-c8ne' | md5sum). */
static void
test_passwords (void)
{
  gchar first[KITH_PHONE_PASSWORD_LEN + 1];
  gchar second[KITH_PHONE_PASSWORD_LEN + 1];
  KithPhoneSecret secret = { 0 };

  g_assert_true (kith_phone_password_make (first));
  g_assert_true (kith_phone_password_make (second));
  g_assert_cmpstr (first, !=, second);
  g_assert_cmpuint (strlen (first), ==, KITH_PHONE_PASSWORD_LEN);
  for (guint i = 0; i < KITH_PHONE_PASSWORD_LEN; i++) {
    g_assert_nonnull (strchr (i % 5 == 4 ? "-" : "0123456789abcdefghjkmnpqrstvwxyz", first[i]));
  }
  g_assert_true (kith_phone_password_check (first, NULL));

  kith_phone_secret_make ("desk", "7k2f-9qxm-41tr-c8ne", &secret);
  g_autofree gchar *md5 = kith_hex_encode (secret.md5, sizeof secret.md5);
  g_autofree gchar *sha256 = kith_hex_encode (secret.sha256, sizeof secret.sha256);
  g_assert_true (secret.has_md5 && secret.has_sha256);
  g_assert_cmpstr (md5, ==, "e8b3f50b72518c0380b0cc5cbc586c47");
  g_assert_cmpstr (sha256, ==, "dcfdadbfc8ab511a3176837ccfc423a11101be7a28da8d699d93b5402d2bfe4c");

  g_assert_false (kith_phone_password_check ("short", NULL));
  g_assert_false (kith_phone_password_check ("with a blank", NULL));
  g_assert_false (kith_phone_password_check ("contraseña-larga", NULL));
  g_assert_true (kith_phone_password_check ("pass1234", NULL));
}

static void
test_states (void)
{
  /* of each state (row), after each event (column): n never, k kept, o ok, u unreachable, g gone, p
     wrong password, r wrong realm, . nothing follows */
  static const char letters[] = "nkougpr";
  static const char *const rows[KITH_N_PHONE_STATES] = {
    /* heard silent refused mistaken left read */
    "oupr.k", "ou..g.", "ou..g.", "ouprg.", "oupr.k", "o.pr.k", "o.pr.k",
  };

  for (guint state = 0; state < KITH_N_PHONE_STATES; state++) {
    for (guint event = 0; event < KITH_N_PHONE_EVENTS; event++) {
      KithPhoneState now = state;
      gboolean follows = kith_phone_state_next (&now, event);
      g_test_message ("%u %u", state, event);
      g_assert_cmpint (follows ? letters[now] : '.', ==, rows[state][event]);
      g_assert_true (follows || now == state);
    }
    g_assert_cmpstr (kith_phone_state_word (state), !=, "");
  }
}

static GPtrArray *
import (const char *text, GError **error)
{
  return kith_phone_import_read (text, strlen (text), 5, error);
}

static void
test_import (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) lines
      = import ("# phones of the shop\n"
                "\n"
                "counter 300 pass1234\r\n"
                "  Office\t-\tother5678 guest\n"
                "gate,301,md5:00112233445566778899aabbccddeeff,door\n"
                "both;302;md5:00112233445566778899aabbccddeeff+sha-256:"
                "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
                &error);
  KithPhoneSecret secret = { 0 };

  g_assert_no_error (error);
  g_assert_cmpuint (lines->len, ==, 4);
  const KithPhoneLine *counter = lines->pdata[0];
  const KithPhoneLine *office = lines->pdata[1];
  const KithPhoneLine *gate = lines->pdata[2];
  const KithPhoneLine *both = lines->pdata[3];
  g_assert_cmpuint (counter->line, ==, 3);
  g_assert_cmpstr (counter->phone.number, ==, "300");
  kith_phone_secret_make ("counter", "pass1234", &secret);
  g_assert_cmpmem (&counter->phone.secret, sizeof secret, &secret, sizeof secret);
  g_assert_cmpstr (office->phone.name, ==, "office");
  g_assert_cmpstr (office->phone.number, ==, "");
  g_assert_cmpint (office->phone.rights, ==, KITH_PHONE_GUEST);
  g_assert_cmpint (gate->phone.rights, ==, KITH_PHONE_DOOR);
  g_assert_true (gate->phone.secret.has_md5 && !gate->phone.secret.has_sha256);
  g_assert_cmpuint (gate->phone.secret.md5[15], ==, 0xff);
  g_assert_true (both->phone.secret.has_md5 && both->phone.secret.has_sha256);
}

static void
test_bad_imports (void)
{
  static const struct {
    const char *text;
    const char *told;
  } rows[] = {
    { "a 300 pass1234\nb 300 pass1234", "2: number 300 is twice" },
    { "a 300 pass1234\n\nA 301 pass1234", "3: the name a is twice" },
    { "my_desk 300 pass1234", "1: A phone's name is" },
    { "desk 112 pass1234", "1: 112 calls for help" },
    { "desk 300 short", "1: a password is 8 to 64" },
    { "desk 300", "1: 2 words where" },
    { "desk", "1: 1 words where" },
    { "desk 300 pass1234 door more", "1: 5 words where" },
    { "desk 300 pass1234 admin", "1: “admin” is no class" },
    { "desk 300 md5:0011", "1: “md5:” is followed by" },
    { "desk 300 md5:00112233445566778899aabbccddeeff+x", "1: “md5:” is followed by" },
    { "desk\xff 300 pass1234", "1: this is no text" },
    { "a - pass1234\nb - pass1234\nc - pass1234\nd - pass1234\ne - pass1234\nf - pass1234",
      "6: no more than 5 phones" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (import (rows[i].text, &error));
    g_assert_nonnull (error);
    g_test_message ("%s", error->message);
    g_assert_true (g_str_has_prefix (error->message, rows[i].told));
    g_assert_null (strstr (error->message, "pass1234"));
    g_assert_null (strstr (error->message, "short"));
  }
  g_autoptr (GPtrArray) none = import ("# nothing\n", NULL);
  g_assert_cmpuint (none->len, ==, 0);
}

static void
test_sound_bindings (void)
{
  KithPhoneBinding good = { .id = 1,
                            .phone = "desk",
                            .contact = (gchar *)"sip:desk@192.0.2.7:5062",
                            .call_id = (gchar *)"1@desk",
                            .q = 1000,
                            .expires_s = 1,
                            .source = { .family = 4, .ip = { 192, 0, 2, 7 }, .port = 5062 } };
  g_autofree gchar *much = g_strnfill (KITH_BINDING_CONTACT_MAX + 1, 'a');

  g_assert_true (kith_phone_binding_is_sound (&good));
  g_autoptr (KithPhoneBinding) copy = kith_phone_binding_copy (&good);
  g_assert_true (kith_phone_binding_is_sound (copy));
  g_assert_cmpstr (copy->contact, ==, good.contact);
#define BAD(field, value)                                                                          \
  {                                                                                                \
    KithPhoneBinding bad = good;                                                                   \
    bad.field = value;                                                                             \
    g_assert_false (kith_phone_binding_is_sound (&bad));                                           \
  }
  BAD (id, 0)
  BAD (phone[0], 'D')
  BAD (phone[0], '\0')
  BAD (contact, NULL)
  BAD (contact, (gchar *)"")
  BAD (contact, (gchar *)"sip:desk@host>")
  BAD (contact, (gchar *)"sip:desk@host\r\nVia: x")
  BAD (contact, much)
  BAD (call_id, NULL)
  BAD (path, (gchar *)"")
  BAD (path, (gchar *)"<sip:a>\n")
  BAD (user_agent, (gchar *)"\xff\xfe")
  BAD (q, 1001)
  BAD (expires_s, -1)
  BAD (source.family, 0)
  BAD (transport, 3)
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/phone/names", test_names);
  g_test_add_func ("/phone/numbers", test_numbers);
  g_test_add_func ("/phone/words", test_words);
  g_test_add_func ("/phone/passwords", test_passwords);
  g_test_add_func ("/phone/states", test_states);
  g_test_add_func ("/phone/import", test_import);
  g_test_add_func ("/phone/bad-imports", test_bad_imports);
  g_test_add_func ("/phone/sound-bindings", test_sound_bindings);
  return g_test_run ();
}
