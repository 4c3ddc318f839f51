/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of words by their codes, and what the names in their braces mean. */
#pragma once

#include <glib.h>

#include "base/export.h"
#include "base/phrase.h"

G_BEGIN_DECLS

/* The domain of the translations (gettext). */
#define KITH_TEXT_DOMAIN "kith"

/* Marks like PHRASE(). */
#define ONE(text) text, NULL
#define ONE_OR_MANY(one, many) one, many
#define HELP(text) text

/* In the texts: {name} is the value of that name, {name?text} is the text if the value is there. In
   a help, the name of a saying is its help. */
typedef struct {
  const char *code;
  /* what is so: with a plural, the first name in it is a number, and this is the form for 1 … */
  const char *text;
  const char *many; /* … and this for others; NULL: no plural */
  const char *help; /* what to do about it; NULL: nothing */
} KithWords;

/* What a value is, and how it is written. */
typedef enum {
  KITH_VALUE_TEXT,    /* s: as it is */
  KITH_VALUE_NUMBER,  /* u */
  KITH_VALUE_FIGURE,  /* d: with one digit after the point */
  KITH_VALUE_FLAG,    /* b: for {name?text} alone */
  KITH_VALUE_AGO,     /* x, ms: "3 h 12 min", "4 min", "12 s", "3 days" */
  KITH_VALUE_TIME,    /* x, ms: "3 min 12 s", "1 h 4 min" */
  KITH_VALUE_MS,      /* x, ms: "160 ms" */
  KITH_VALUE_LIST,    /* as: "carol, dave" */
  KITH_VALUE_NAT,     /* s: a word of kith_nat_kind_parse(): "symmetric NAT" */
  KITH_VALUE_WAY,     /* s: "direct", "turn", "friend", "sip" */
  KITH_VALUE_STATUS,  /* u: "SIP 404" */
  KITH_VALUE_SAYING,  /* (sa{sv}): code and values of another saying */
  KITH_VALUE_SAYINGS, /* a(sa{sv}): with semicolons between them */
  KITH_VALUE_UNKNOWN  /* there is no such name */
} KithValueKind;

/* *@otherwise: (out) (optional) (nullable): what is said without the value, translated; NULL: it
   must be there. */
KITH_API KithValueKind kith_words_kind (const char *name, const char **otherwise);

/* The words of @code; NULL: there are none. */
KITH_API const KithWords *kith_words_find (const char *code);

/* All words, one after the other, for tests and lists; NULL after the last one. */
KITH_API const KithWords *kith_words_at (guint index);

/* The tables; NULL after their last rows. */
const KithWords *kith_doctor_words_at (guint index);
const KithWords *kith_config_words_at (guint index);
const KithWords *kith_call_words_at (guint index);
const KithWords *kith_end_words_at (guint index);
const KithWords *kith_status_words_at (guint index);
const KithWords *kith_obstacle_words_at (guint index);
const KithWords *kith_step_words_at (guint index);

/* @text in the language of the locale; NULL and "" stay what they are. */
KITH_API const char *kith_words_translate (const char *text);

G_END_DECLS
