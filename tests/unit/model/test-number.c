/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as they are dialled in several countries, and as trunks want them. */
#include "model/call/number.h"

typedef struct {
  const char *dialled;
  KithNumberKind kind;
  const char *text;
} Row;

static const KithDialRules berlin = { .country = "49", .area = "30", .emergency = "112; 110" };
static const KithDialRules rome = { .country = "39", .national = "", .emergency = "112" };
static const KithDialRules boston = { .country = "1",
                                      .area = "617",
                                      .international = "011",
                                      .national = "1",
                                      .emergency = "911" };
static const KithDialRules nowhere = { 0 };

static void
check (const KithDialRules *rules, const Row *rows, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    KithNumber number;
    kith_number_read (rows[i].dialled, rules, &number);
    g_test_message ("%s: %d %s", rows[i].dialled, number.kind, number.text);
    g_assert_cmpint (number.kind, ==, rows[i].kind);
    g_assert_cmpstr (number.text, ==, rows[i].text);
  }
}

static void
test_berlin (void)
{
  static const Row rows[] = {
    { "+49 30 123456", KITH_NUMBER_GLOBAL, "+4930123456" },
    { "+49 (0)30 / 12 34-56", KITH_NUMBER_GLOBAL, "+4930123456" },
    { "+49\xc2\xa0(30) 123.456", KITH_NUMBER_GLOBAL, "+4930123456" },
    { "004930123456", KITH_NUMBER_GLOBAL, "+4930123456" },
    { "0043 1 1234567", KITH_NUMBER_GLOBAL, "+4311234567" },
    { "0301234567", KITH_NUMBER_GLOBAL, "+49301234567" },
    { "0171 1234567", KITH_NUMBER_GLOBAL, "+491711234567" },
    { "1234567", KITH_NUMBER_GLOBAL, "+49301234567" },
    { "(0)30 123456", KITH_NUMBER_GLOBAL, "+4930123456" },
    { "112", KITH_NUMBER_EMERGENCY, "112" },
    { " 1-1-0 ", KITH_NUMBER_EMERGENCY, "110" },
    { "tel:112", KITH_NUMBER_EMERGENCY, "112" },
    { "0112", KITH_NUMBER_GLOBAL, "+49112" },
    { "+112", KITH_NUMBER_NONE, "" }, /* no number, and no emergency */
    { "tel:+49-30-123456", KITH_NUMBER_GLOBAL, "+4930123456" },
    { "TEL:123456;phone-context=+44-20", KITH_NUMBER_GLOBAL, "+4420123456" },
    { "tel:123456;phone-context=example.org", KITH_NUMBER_GLOBAL, "+4930123456" },
    { "tel:+4930123456;ext=5;isub=7", KITH_NUMBER_GLOBAL, "+4930123456" },
    { "tel:", KITH_NUMBER_NONE, "" },
    { "*21#", KITH_NUMBER_KEYS, "*21#" },
    { "25423*7", KITH_NUMBER_KEYS, "25423*7" },
    { "+49*1", KITH_NUMBER_NONE, "" },
    { "+", KITH_NUMBER_NONE, "" },
    { "+1234", KITH_NUMBER_NONE, "" },
    { "+12345", KITH_NUMBER_GLOBAL, "+12345" },
    { "+123456789012345", KITH_NUMBER_GLOBAL, "+123456789012345" },
    { "+1234567890123456", KITH_NUMBER_NONE, "" },
    { "+04930123456", KITH_NUMBER_NONE, "" },
    { "000", KITH_NUMBER_LOCAL, "000" },
    { "12345678901234567890123456789012", KITH_NUMBER_LOCAL, "12345678901234567890123456789012" },
    { "123456789012345678901234567890123", KITH_NUMBER_NONE, "" },
    { "49+30", KITH_NUMBER_NONE, "" },
    { "bob", KITH_NUMBER_NONE, "" },
    { "0800-CALL", KITH_NUMBER_NONE, "" },
    { "", KITH_NUMBER_NONE, "" },
    { "( )", KITH_NUMBER_NONE, "" },
  };

  check (&berlin, rows, G_N_ELEMENTS (rows));
}

static void
test_elsewhere (void)
{
  static const Row italian[] = {
    { "06 1234567", KITH_NUMBER_GLOBAL, "+39061234567" },
    { "0049301234567", KITH_NUMBER_GLOBAL, "+49301234567" },
    { "333 1234567", KITH_NUMBER_GLOBAL, "+393331234567" },
    { "112", KITH_NUMBER_EMERGENCY, "112" },
  };
  static const Row american[] = {
    { "555-0123", KITH_NUMBER_GLOBAL, "+16175550123" },
    { "1 (212) 555-0123", KITH_NUMBER_GLOBAL, "+12125550123" },
    { "011 49 30 123456", KITH_NUMBER_GLOBAL, "+4930123456" },
    { "911", KITH_NUMBER_EMERGENCY, "911" },
  };
  static const Row unknown[] = {
    { "+4930123456", KITH_NUMBER_GLOBAL, "+4930123456" },
    { "004930123456", KITH_NUMBER_GLOBAL, "+4930123456" },
    { "030123456", KITH_NUMBER_LOCAL, "030123456" },
    { "11", KITH_NUMBER_LOCAL, "11" },
    { "112", KITH_NUMBER_LOCAL, "112" },
  };

  check (&rome, italian, G_N_ELEMENTS (italian));
  check (&boston, american, G_N_ELEMENTS (american));
  check (&nowhere, unknown, G_N_ELEMENTS (unknown));
}

static void
check_format (const char *dialled,
              const KithDialRules *rules,
              const char *word,
              const char *expected)
{
  KithNumberFormat format = KITH_NUMBER_AS_E164;
  KithNumber number;

  g_assert_true (kith_number_format_parse (word, &format));
  kith_number_read (dialled, rules, &number);
  g_autofree gchar *text = kith_number_format (&number, format, rules);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_formats (void)
{
  KithNumberFormat format = KITH_NUMBER_AS_E164;

  check_format ("030 123456", &berlin, "e164", "+4930123456");
  check_format ("030 123456", &berlin, "00", "004930123456");
  check_format ("030 123456", &berlin, "national", "030123456");
  check_format ("+43 1 123456", &berlin, "national", "00431123456");
  check_format ("06 123456", &rome, "national", "06123456");
  check_format ("212 555 0123", &boston, "00", "01116172125550123");
  check_format ("112", &berlin, "00", "112");
  check_format ("*21#", &berlin, "00", "*21#");
  check_format ("+4930123456", &nowhere, "national", "004930123456");
  g_assert_false (kith_number_format_parse ("", &format));
  g_assert_false (kith_number_format_parse ("E164", &format));
}

static void
test_prefixes (void)
{
  g_assert_cmpuint (kith_number_match ("+4930123", "+49;+4930"), ==, 6);
  g_assert_cmpuint (kith_number_match ("+4940123", "+49; +4930"), ==, 4);
  g_assert_cmpuint (kith_number_match ("+4940123", "*;+4930"), ==, 1);
  g_assert_cmpuint (kith_number_match ("+4940123", "+43;;+"), ==, 2);
  g_assert_cmpuint (kith_number_match ("+4940123", "+43; ;"), ==, 0);
  g_assert_cmpuint (kith_number_match ("+49", "+4930"), ==, 0);
  g_assert_cmpuint (kith_number_match ("+49", NULL), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/number/berlin", test_berlin);
  g_test_add_func ("/model/number/elsewhere", test_elsewhere);
  g_test_add_func ("/model/number/formats", test_formats);
  g_test_add_func ("/model/number/prefixes", test_prefixes);
  return g_test_run ();
}
