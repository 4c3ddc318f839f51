/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names have one normal form, and look-alikes, mixtures and hidden characters are refused with a
   remedy. */
#include <string.h>

#include "base/error.h"
#include "model/names/name.h"

static const char *const good[][2] = {
  { "alice", "alice" },
  { "Alice", "alice" },
  { "ALICE", "alice" },
  { "bob.b-c_d", "bob.b-c_d" },
  { "a", "a" },
  { "7", "7" },
  { "Zo\u00eb", "zo\u00eb" },
  { "Zoe\u0308", "zo\u00eb" },                   /* NFC */
  { "\uff21\uff4c\uff49\uff43\uff45", "alice" }, /* fullwidth */
  { "\u0130", "i" },                             /* the Turkish I does not depend on the locale */
  { "\u0410\u043b\u0438\u0441\u0430", "\u0430\u043b\u0438\u0441\u0430" }, /* Cyrillic */
  { "\u0391\u03bb\u03af\u03ba\u03b7", "\u03b1\u03bb\u03af\u03ba\u03b7" }, /* Greek */
  { "\u674e\u5c0f\u9f99", "\u674e\u5c0f\u9f99" },                         /* Han */
  { "\u5c71\u7530\u306f\u306a\u30a2",
    "\u5c71\u7530\u306f\u306a\u30a2" },                       /* Han, Hiragana, Katakana */
  { "\uff76\uff9e", "\u30ac" },                               /* halfwidth Katakana with its mark */
  { "\u91d1\uae40", "\u91d1\uae40" },                         /* Han, Hangul */
  { "\u05d3\u05d5\u05d32", "\u05d3\u05d5\u05d32" },           /* Hebrew with a digit at its end */
  { "\u0645\u0631\u064a\u0645", "\u0645\u0631\u064a\u0645" }, /* Arabic */
  { "\u0645\u0661\u0662", "\u0645\u0661\u0662" },             /* Arabic with Arabic digits */
  { "\u0905\u092e\u093f\u0924", "\u0905\u092e\u093f\u0924" }, /* Devanagari with a vowel sign */
  { "abcdefghijklmnopqrstuvwx", "abcdefghijklmnopqrstuvwx" }, /* 24 bytes */
};

static const char *const bad[] = {
  "",
  " ",
  "a b",
  "a~b",
  "a@b",
  "a:b",
  "a/b",
  "a*b",
  "a\tb",
  "a\nb",
  "a\x1b[1m",
  "a'b",
  "a%20b",
  ".",
  "..",
  ".a",
  "-a",
  "_a",
  "\u0301a",                                                /* begins with a mark */
  "abcdefghijklmnopqrstuvwxy",                              /* 25 bytes */
  "\u674e\u674e\u674e\u674e\u674e\u674e\u674e\u674e\u674e", /* 27 bytes */
  "\u0430lice",                                             /* Cyrillic a in Latin */
  "\u03bfmega",                                             /* Greek o in Latin */
  "a\u674e",                                                /* Latin and Han */
  "\u3042\uae40",                                           /* Hiragana and Hangul */
  "\u3105\u3042",                                           /* Bopomofo and Hiragana */
  "a\u200bb",                                               /* zero width space */
  "a\u200db",                                               /* zero width joiner */
  "a\u00adb",                                               /* soft hyphen */
  "a\u034fb",                                               /* combining grapheme joiner */
  "a\ufe0f",                                                /* variation selector */
  "\u3164",                                                 /* Hangul filler */
  "\uffa0",                                                 /* halfwidth Hangul filler */
  "\u115f",                                                 /* old jamo */
  "\u1100",                                                 /* old jamo */
  "\u202eabc",                                              /* override */
  "\ufb01n",                                                /* ligature fi */
  "a\u00b2",                                                /* superscript */
  "\u2126hm",                                               /* Ohm sign becomes Greek: mixed */
  "\U0001d41a",                                             /* mathematical a */
  "\u2460",                                                 /* circled digit */
  "\u2167",                                                 /* Roman numeral */
  "\U0001f600",                                             /* emoji */
  "a\u00b7b",                                               /* middle dot */
  "\u30fb",                                                 /* Katakana middle dot */
  "\u05d3\u05d5.",                                          /* Hebrew ends with a full stop */
  "2\u05d3",                                                /* Hebrew begins with a digit */
  "\u0645\u06611",                                          /* two systems of digits */
  "1\u0967",                                                /* two systems of digits */
  "\xff\xfe",
  "a\xc3",
  "\u0378",  /* unassigned */
  "\ue000",  /* private use */
  "a\u20dd", /* enclosing mark */
  "\u3000",  /* ideographic space */
};

static void
test_good (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree gchar *name = kith_name_normalize (good[i][0], &error);
    g_test_message ("case %u: %s", i, error != NULL ? error->message : "");
    g_assert_no_error (error);
    g_assert_cmpstr (name, ==, good[i][1]);
    g_autofree gchar *again = kith_name_normalize (name, &error);
    g_assert_cmpstr (again, ==, name);
  }
}

static void
test_bad (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree gchar *name = kith_name_normalize (bad[i], &error);
    g_test_message ("case %u: %s", i, error != NULL ? error->message : "no error");
    g_assert_null (name);
    g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ADDRESS);
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
    g_assert_null (strchr (error->message, '\x1b'));
  }
  g_autofree gchar *none = kith_name_normalize (NULL, NULL);
  g_assert_null (none);
}

/* a million characters cost a minute: all of the older scripts, some of the rest */
#ifdef __SANITIZE_ADDRESS__
#define STRIDE_ABOVE 0x3000
#define STRIDE 31
#else
#define STRIDE_ABOVE 0x110000
#define STRIDE 1
#endif

/* One character alone, all of them: what is accepted is its own normal form. */
static void
test_every_character (void)
{
  guint n_accepted = 0;

  for (gunichar c = 1; c < 0x110000; c += c < STRIDE_ABOVE ? 1 : STRIDE) {
    char text[8] = "";
    if (!g_unichar_validate (c)) {
      continue;
    }
    text[g_unichar_to_utf8 (c, text)] = '\0';
    g_autofree gchar *name = kith_name_normalize (text, NULL);
    if (name == NULL) {
      continue;
    }
    g_autofree gchar *again = kith_name_normalize (name, NULL);
    if (g_strcmp0 (again, name) != 0) {
      g_test_message ("U+%04X", c);
    }
    g_assert_cmpstr (again, ==, name);
    g_assert_false (g_unichar_isspace (g_utf8_get_char (name)));
    n_accepted++;
  }
  g_assert_cmpuint (n_accepted, >, 90000 / STRIDE); /* the letters of the world */
}

static void
test_long_input (void)
{
  g_autofree gchar *huge = g_strnfill (1000000, 'a');
  g_autoptr (GError) error = NULL;

  g_assert_null (kith_name_normalize (huge, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ADDRESS);
}

static void
test_with_tag (void)
{
  static const guint8 tag[KITH_TAG_LEN] = { 0x00, 0x44, 0x32, 0x14, 0xC7 };
  g_autofree gchar *text = kith_name_with_tag ("alice", tag);

  g_assert_cmpstr (text, ==, "alice~01234567");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/name/good", test_good);
  g_test_add_func ("/model/name/bad", test_bad);
  g_test_add_func ("/model/name/every-character", test_every_character);
  g_test_add_func ("/model/name/long-input", test_long_input);
  g_test_add_func ("/model/name/with-tag", test_with_tag);
  return g_test_run ();
}
