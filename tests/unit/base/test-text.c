/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Foreign text becomes harmless, and the encodings of keys are exact. */
#include <string.h>

#include "base/text.h"

#define R "\xEF\xBF\xBD" /* U+FFFD */

typedef struct {
  const char *in;
  gssize len;
  guint max;
  const char *out;
} SafeCase;

static const SafeCase safe_cases[] = {
  { "alice", -1, 80, "alice" },
  { "", -1, 80, "" },
  { NULL, -1, 80, "" },
  { NULL, 5, 80, "" },
  { "Zo\xC3\xAB \xE6\x9D\x8E \xF0\x9F\x98\x80",
    -1,
    80,
    "Zo\xC3\xAB \xE6\x9D\x8E \xF0\x9F\x98\x80" },
  { "a\x1b[31mb", -1, 80, "a" R "[31mb" },          /* escape sequence */
  { "a\x1b]0;t\x07z", -1, 80, "a" R "]0;t" R "z" }, /* title of the terminal */
  { "a\xC2\x9B"
    "31m",
    -1,
    80,
    "a" R "31m" },                            /* C1 CSI */
  { "a\nb\r\tc", -1, 80, "a" R "b" R R "c" }, /* new lines in a log */
  { "a\xE2\x80\xAE"
    "fdp.exe",
    -1,
    80,
    "a" R "fdp.exe" },                              /* right-to-left override */
  { "\xE2\x81\xA6x\xE2\x81\xA9", -1, 80, R "x" R }, /* isolates */
  { "a\xE2\x80\x8B"
    "b\xEF\xBB\xBF",
    -1,
    80,
    "a" R "b" R }, /* zero width */
  { "a\xE2\x80\xA8"
    "b",
    -1,
    80,
    "a" R "b" },                      /* line separator */
  { "\xEE\x80\x80", -1, 80, R },      /* private use */
  { "\xF3\xA0\x81\x81", -1, 80, R },  /* tag characters */
  { "<b>&amp;", -1, 80, "<b>&amp;" }, /* markup stays plain text */
  { "a\xFF\xFE"
    "b",
    -1,
    80,
    "a" R R "b" },                   /* no UTF-8 */
  { "a\xC3", -1, 80, "a" R },        /* cut in the middle */
  { "\xC0\xAF", -1, 80, R R },       /* overlong */
  { "\xED\xA0\x80", -1, 80, R R R }, /* surrogate */
  { "a\0b", 3, 80, "a" R "b" },
  { "abcdef", 3, 80, "abc" },
  { "abcdef", -1, 6, "abcdef" },
  { "abcdefg", -1, 6, "abcdef\xE2\x80\xA6" },
  { "abc", -1, 0, "\xE2\x80\xA6" },
};

static void
test_safe (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (safe_cases); i++) {
    const SafeCase *c = &safe_cases[i];
    g_autofree gchar *out = kith_text_safe (c->in, c->len, c->max);
    g_test_message ("case %u", i);
    g_assert_cmpstr (out, ==, c->out);
  }
}

/* Whatever comes in: valid UTF-8 of bounded length, and safe text is not changed again. */
static void
test_safe_random (void)
{
  for (guint round = 0; round < 20000; round++) {
    char noise[48];
    for (guint i = 0; i < sizeof noise; i++) {
      noise[i] = (char)g_test_rand_int_range (0, 256);
    }
    g_autofree gchar *once = kith_text_safe (noise, sizeof noise, 20);
    g_assert_true (g_utf8_validate (once, -1, NULL));
    g_assert_cmpint (g_utf8_strlen (once, -1), <=, 21);
    for (const char *p = once; *p != '\0'; p = g_utf8_next_char (p)) {
      GUnicodeType type = g_unichar_type (g_utf8_get_char (p));
      g_assert_true (type != G_UNICODE_CONTROL && type != G_UNICODE_FORMAT
                     && type != G_UNICODE_LINE_SEPARATOR);
    }
    g_autofree gchar *twice = kith_text_safe (once, -1, 21);
    g_assert_cmpstr (twice, ==, once);
  }
}

static void
test_base32 (void)
{
  guint8 out[5];
  static const guint8 ordered[] = { 0x00, 0x44, 0x32, 0x14, 0xC7 };
  g_autofree gchar *ordered_text = kith_base32_encode (ordered, sizeof ordered);
  g_assert_cmpstr (ordered_text, ==, "01234567");
  g_assert_true (kith_base32_decode ("oI2-34-567", out, sizeof out));
  g_assert_cmpmem (out, sizeof out, ordered, sizeof ordered);
  g_assert_false (kith_base32_decode ("0123456", out, sizeof out));
  g_assert_false (kith_base32_decode ("012345678", out, sizeof out));
  g_assert_false (kith_base32_decode ("0123456u", out, sizeof out));
  g_assert_false (kith_base32_decode ("0123 567", out, sizeof out));
  g_assert_false (kith_base32_decode ("", out, sizeof out));
  g_assert_true (kith_base32_decode ("zw", out, 1));
  g_assert_cmpuint (out[0], ==, 0xFF);
  /* padding bits must be zero: one text for one value */
  g_assert_false (kith_base32_decode ("zz", out, 1));
}

static void
test_base32_round_trip (void)
{
  for (guint len = 0; len <= 40; len++) {
    for (guint round = 0; round < 50; round++) {
      guint8 bytes[40], out[40];
      for (guint i = 0; i < len; i++) {
        bytes[i] = (guint8)g_test_rand_int_range (0, 256);
      }
      g_autofree gchar *text = kith_base32_encode (bytes, len);
      g_autofree gchar *upper = g_ascii_strup (text, -1);
      g_assert_cmpuint (strlen (text), ==, (len * 8 + 4) / 5);
      g_assert_true (kith_base32_decode (text, out, len));
      g_assert_cmpmem (out, len, bytes, len);
      g_assert_true (kith_base32_decode (upper, out, len));
      g_assert_cmpmem (out, len, bytes, len);
    }
  }
}

static void
test_hex (void)
{
  static const guint8 bytes[] = { 0x00, 0x7f, 0xAB, 0xff };
  guint8 out[4];
  g_autofree gchar *text = kith_hex_encode (bytes, sizeof bytes);

  g_assert_cmpstr (text, ==, "007fabff");
  g_assert_true (kith_hex_decode ("007FabFF", out, sizeof out));
  g_assert_cmpmem (out, sizeof out, bytes, sizeof bytes);
  g_assert_false (kith_hex_decode ("007fabf", out, sizeof out));
  g_assert_false (kith_hex_decode ("007fabff0", out, sizeof out));
  g_assert_false (kith_hex_decode ("007fabfg", out, sizeof out));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/text/safe", test_safe);
  g_test_add_func ("/base/text/safe-random", test_safe_random);
  g_test_add_func ("/base/text/base32", test_base32);
  g_test_add_func ("/base/text/base32-round-trip", test_base32_round_trip);
  g_test_add_func ("/base/text/hex", test_hex);
  return g_test_run ();
}
