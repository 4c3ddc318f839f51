/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Templates of settings: what they fit to, what is filled in and how it is escaped, and what is no
   template. */
#include <string.h>

#include "base/error.h"
#include "model/phone/setup-template.h"

static KithSetupTemplate *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  KithSetupTemplate *template = kith_setup_template_parse (text, strlen (text), &error);

  g_assert_no_error (error);
  return template;
}

static void
assert_refused (const char *text, gsize len, const char *where)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (kith_setup_template_parse (text, len, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  g_assert_true (g_str_has_prefix (error->message, where));
}

static const KithSetupValues values = { .user = "desk",
                                        .number = "11",
                                        .password = "a<b&c\"",
                                        .server = "2001:db8::7",
                                        .port = 5060,
                                        .mac = "0013aabbccdd" };

static void
test_fits (void)
{
  g_autoptr (KithSetupTemplate) one = parse ("# a comment\nagent: Yealink\nfile: *.cfg\n"
                                             "file: y0000?.boot\ntype: text/plain\n\nx");
  g_autoptr (KithSetupTemplate) any = parse ("file: *\ntype: text/html\n\nx");

  g_assert_cmpuint (kith_setup_template_fits (one, "", "YEALINK SIP-T31P"), ==, 3);
  g_assert_cmpuint (kith_setup_template_fits (one, "805EC0.CFG", "other"), ==, 2);
  g_assert_cmpuint (kith_setup_template_fits (one, "y00001.boot", ""), ==, 2);
  g_assert_cmpuint (kith_setup_template_fits (one, "x.xml", ""), ==, 0);
  g_assert_cmpuint (kith_setup_template_fits (any, "x.xml", ""), ==, 1);
  g_assert_cmpuint (kith_setup_template_fits (any, "", ""), ==, 1);
  g_assert_cmpstr (kith_setup_template_get_media_type (any), ==, "text/html");
}

static void
test_fill (void)
{
  g_autoptr (KithSetupTemplate) plain
      = parse ("type: text/plain\n\n@USER@@@HOST@:@PORT@ @SERVER@ @PASSWORD@ a@b @ @@ @x@ @MAC@\n"
               "@NUMBER@ @NAME@ @TRANSPORT@ @REALM@");
  g_autoptr (KithSetupTemplate) xml = parse ("type: text/xml\n\n<p>@PASSWORD@</p>@HA1@");
  g_autofree gchar *text = kith_setup_template_fill (plain, &values);
  g_autofree gchar *escaped = kith_setup_template_fill (xml, &values);

  g_assert_cmpstr (text,
                   ==,
                   "desk@[2001:db8::7]:5060 2001:db8::7 a<b&c\" a@b @ @@ @x@ 0013aabbccdd\n"
                   "11 desk udp kith");
  g_assert_true (g_str_has_prefix (escaped, "<p>a&lt;b&amp;c&quot;</p>"));
  g_autofree gchar *ha1 = g_compute_checksum_for_string (G_CHECKSUM_MD5, "desk:kith:a<b&c\"", -1);
  g_assert_true (g_str_has_suffix (escaped, ha1));
}

/* What a template may be as a file can still be too long when it is filled in. */
static void
test_too_long (void)
{
  GString *text = g_string_new ("type: text/xml\n\n");

  while (text->len + strlen ("@PASSWORD@") <= KITH_SETUP_TEMPLATE_MAX) {
    g_string_append (text, "@PASSWORD@");
  }
  g_autoptr (KithSetupTemplate) template = parse (text->str);
  g_assert_null (kith_setup_template_fill (template, &values));
  g_string_free (text, TRUE);
}

static void
test_refused (void)
{
  g_autofree gchar *big = g_strnfill (KITH_SETUP_TEMPLATE_MAX + 1, 'x');

  assert_refused ("", 0, "line 1: no type");
  assert_refused ("type: text/plain\n", 17, "line 2: no type");
  assert_refused ("type: a\ntype: b\n\nx", 18, "line 2: wanted");
  assert_refused ("type: a\r\n\r\nx", 12, "line 2: wanted"); /* an empty line has nothing in it */
  assert_refused ("file:\n\nx", 8, "line 1: wanted");
  assert_refused ("colour: red\n\nx", 14, "line 1: wanted");
  assert_refused ("type: a\n\nx\n@SECRET@", 19, "line 4: no such value");
  assert_refused ("type: a\n\nx\0y", 12, "line 1: not at most");
  assert_refused ("type: a\n\n\xff", 10, "line 1: not at most");
  assert_refused (big, strlen (big), "line 1: not at most");
}

static void
test_mac (void)
{
  gchar mac[13];

  g_assert_true (kith_setup_find_mac ("cfg000B82aabbCC.xml", mac));
  g_assert_cmpstr (mac, ==, "000b82aabbcc");
  g_assert_true (kith_setup_find_mac ("Yealink SIP-T31P 124.86.0.40 80:5e:c0:aa:bb:01", mac));
  g_assert_cmpstr (mac, ==, "805ec0aabb01");
  g_assert_false (kith_setup_find_mac ("", mac));
  g_assert_cmpstr (mac, ==, "");
  g_assert_false (kith_setup_find_mac ("y000000000.cfg", mac));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/setup-template/fits", test_fits);
  g_test_add_func ("/setup-template/fill", test_fill);
  g_test_add_func ("/setup-template/too-long", test_too_long);
  g_test_add_func ("/setup-template/refused", test_refused);
  g_test_add_func ("/setup-template/mac", test_mac);
  return g_test_run ();
}
