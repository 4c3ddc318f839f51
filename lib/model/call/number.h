/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Telephone numbers as people dial them, made into one form (E.164), and that form as a trunk wants
   it. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

#define KITH_NUMBER_MAX 32 /* characters of what is dialled, without separators; E.164 has 15 */

/**
 * KithDialRules:
 * @country: (nullable): our country's code, "49"
 * @area: (nullable): our area's code without the national prefix, "30"
 * @international: (nullable): what is dialled before a country's code, "00"
 * @national: (nullable): what is dialled before an area's code, "0"; empty: nothing is
 * @emergency: (nullable): "112;110"
 */
typedef struct {
  const char *country;
  const char *area;
  const char *international;
  const char *national;
  const char *emergency;
} KithDialRules;

typedef enum {
  KITH_NUMBER_NONE,      /* not a telephone number */
  KITH_NUMBER_EMERGENCY, /* one of the list, as it was dialled */
  KITH_NUMBER_GLOBAL,    /* "+4930123456" */
  KITH_NUMBER_LOCAL,     /* digits that the rules do not tell the place of */
  KITH_NUMBER_KEYS,      /* digits with "*" or "#" */
} KithNumberKind;

typedef struct {
  KithNumberKind kind;
  gchar text[KITH_NUMBER_MAX + 1];
} KithNumber;

/**
 * kith_number_read:
 * @dialled: with separators (blanks, "-", ".", "/", brackets, and "(0)" behind a country's code),
 * or as a URI "tel:…" (RFC 3966; ";phone-context=+49" says of what a local number is part)
 * @number: (out): its kind and its digits; empty for NONE
 * Emergency numbers are those of the list alone, and before all else.
 */
KITH_API void
kith_number_read (const char *dialled, const KithDialRules *rules, KithNumber *number);

typedef enum {
  KITH_NUMBER_AS_E164,          /* "+4930123456" */
  KITH_NUMBER_AS_INTERNATIONAL, /* "004930123456" */
  KITH_NUMBER_AS_NATIONAL,      /* "030123456" in our country, else as INTERNATIONAL */
} KithNumberFormat;

/* "e164", "00" and "national"; FALSE for another word. */
KITH_API gboolean kith_number_format_parse (const char *word, KithNumberFormat *format);

/* How @number is dialled at a trunk. Only GLOBAL ones are written anew. (transfer full) */
KITH_API gchar *
kith_number_format (const KithNumber *number, KithNumberFormat format, const KithDialRules *rules);

/* How many characters of @number the longest of @prefixes ("+49;+4179", "*" is any) has that it
   begins with, and one; 0: none. */
KITH_API gsize kith_number_match (const char *number, const char *prefixes);

G_END_DECLS
