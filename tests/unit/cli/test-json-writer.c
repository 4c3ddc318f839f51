/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON writer: escapes, commas, numbers and D-Bus values. */
#include <math.h>

#include "common/json-writer.h"

static void
assert_string (const char *value, const char *expected)
{
  KithJson *json = kith_json_new ();
  g_autofree gchar *text = NULL;

  kith_json_add_string (json, NULL, value);
  text = kith_json_finish (json);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_escapes (void)
{
  assert_string ("", "\"\"");
  assert_string ("plain /", "\"plain /\"");
  assert_string ("\"\\", "\"\\\"\\\\\"");
  assert_string ("a\nb\tc\x01\x1b[31m\x7f", "\"a\\nb\\tc\\u0001\\u001b[31m\\u007f\"");
  assert_string ("\xc2\x9b", "\"\\u009b\"");     /* C1: another escape of terminals */
  assert_string ("\xe2\x80\xae", "\"\\u202e\""); /* right-to-left override */
  assert_string ("\xe2\x80\xa8", "\"\\u2028\""); /* line separator */
  assert_string ("\xf3\xa0\x81\x81",
                 "\"\\udb40\\udc41\""); /* a tag character, as a surrogate pair */
  assert_string ("ü世😀", "\"ü世😀\"");
  assert_string ("a\xff"
                 "b",
                 "\"a\xef\xbf\xbd"
                 "b\"");
  assert_string ("\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
  assert_string (NULL, "null");
}

static void
test_structure (void)
{
  KithJson *json = kith_json_new ();
  g_autofree gchar *text = NULL;

  kith_json_open_object (json, NULL);
  kith_json_add_int (json, "a", G_MININT64);
  kith_json_open_array (json, "b");
  kith_json_add_bool (json, NULL, TRUE);
  kith_json_open_object (json, NULL);
  kith_json_close (json);
  kith_json_open_array (json, NULL);
  kith_json_close (json);
  kith_json_close (json);
  kith_json_add_variant (json, "c\"", g_variant_new_double (1.5));
  kith_json_add_variant (json, "d", g_variant_new_double (NAN));
  kith_json_add_variant (json, "e", g_variant_new_parsed ("[%d, 2]", INFINITY));
  kith_json_add_string (json, "f", "a,b:\"c,\\\\");
  text = kith_json_finish (json);
  g_assert_cmpstr (text,
                   ==,
                   "{\"a\": -9223372036854775808, \"b\": [true, {}, []], \"c\\\"\": 1.5, \"d\": "
                   "null, \"e\": [null, 2.0], \"f\": \"a,b:\\\"c,\\\\\\\\\"}");
}

static void
test_variant (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = NULL;
  g_autofree gchar *text = NULL;
  KithJson *json = kith_json_new ();

  value = g_variant_parse (
      NULL,
      "({'s': <'x\\ny'>, 'u': <uint32 4294967295>, 't': <uint64 9223372036854775807>,"
      " 'y': <byte 0x07>, 'o': <objectpath '/a'>, 'as': <['p', 'q']>, 'v': <<true>>},"
      " {uint32 1: 'one'}, @as [], @a{sv} {}, {'z': <{'y': 1, 'x': 2}>, 'a': <3>})",
      NULL,
      NULL,
      &error);
  g_assert_no_error (error);
  kith_json_add_variant (json, NULL, value);
  text = kith_json_finish (json);
  g_assert_cmpstr (
      text,
      ==,
      "[{\"as\": [\"p\", \"q\"], \"o\": \"/a\", \"s\": \"x\\ny\","
      " \"t\": 9223372036854775807, \"u\": 4294967295, \"v\": true, \"y\": 7}, {\"1\": "
      "\"one\"}, [], {}, {\"a\": 3, \"z\": {\"x\": 2, \"y\": 1}}]");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-writer/escapes", test_escapes);
  g_test_add_func ("/json-writer/structure", test_structure);
  g_test_add_func ("/json-writer/variant", test_variant);
  return g_test_run ();
}
