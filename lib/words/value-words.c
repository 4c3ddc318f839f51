/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of all values, and the words for each kind of them. */
#include "words/value-words.h"

#include <libintl.h>
#include <string.h>

#include "model/net/nat-facts.h"

typedef struct {
  const char *name;
  KithValueKind kind;
  const char *otherwise;
} NameRow;

/* clang-format off */
static const NameRow names[] = {
  { "added-ms", KITH_VALUE_MS, NULL },
  { "address", KITH_VALUE_TEXT, PHRASE ("that address") },
  { "addresses", KITH_VALUE_TEXT, NULL },
  { "after", KITH_VALUE_FIGURE, NULL },
  { "age-s", KITH_VALUE_NUMBER, NULL },
  { "ahead-s", KITH_VALUE_NUMBER, NULL },
  { "buffer-ms", KITH_VALUE_MS, NULL },
  { "candidates", KITH_VALUE_NUMBER, NULL },
  { "claims", KITH_VALUE_NUMBER, NULL },
  { "codec", KITH_VALUE_TEXT, NULL },
  { "contacts", KITH_VALUE_NUMBER, NULL },
  { "copy", KITH_VALUE_FLAG, NULL },
  { "delay-ms", KITH_VALUE_MS, NULL },
  { "detail", KITH_VALUE_TEXT, PHRASE ("no more is known") },
  { "device", KITH_VALUE_TEXT, NULL },
  { "dir", KITH_VALUE_TEXT, NULL },
  { "domain", KITH_VALUE_TEXT, NULL },
  { "doubts", KITH_VALUE_SAYINGS, NULL },
  { "error", KITH_VALUE_TEXT, PHRASE ("no more is known") },
  { "file", KITH_VALUE_TEXT, NULL },
  { "free-megabytes", KITH_VALUE_NUMBER, NULL },
  { "friend", KITH_VALUE_TEXT, PHRASE ("a friend") },
  { "friends", KITH_VALUE_NUMBER, NULL },
  { "from", KITH_VALUE_TEXT, NULL },
  { "group", KITH_VALUE_TEXT, NULL },
  { "groups", KITH_VALUE_NUMBER, NULL },
  { "help", KITH_VALUE_TEXT, NULL },
  { "host", KITH_VALUE_TEXT, NULL },
  { "ipv6", KITH_VALUE_FLAG, NULL },
  { "jitter", KITH_VALUE_FIGURE, NULL },
  { "key", KITH_VALUE_TEXT, NULL },
  { "left-ms", KITH_VALUE_AGO, NULL },
  { "leg", KITH_VALUE_TEXT, NULL },
  { "lost-percent", KITH_VALUE_FIGURE, NULL },
  { "mapped-address", KITH_VALUE_TEXT, NULL },
  { "mapped-by", KITH_VALUE_TEXT, NULL },
  { "max", KITH_VALUE_NUMBER, NULL },
  { "meant", KITH_VALUE_TEXT, NULL },
  { "megabytes", KITH_VALUE_NUMBER, NULL },
  { "mos", KITH_VALUE_FIGURE, NULL },
  { "name", KITH_VALUE_TEXT, NULL },
  { "nat", KITH_VALUE_NAT, NULL },
  { "node", KITH_VALUE_TEXT, NULL },
  { "nodes", KITH_VALUE_SAYINGS, NULL },
  { "obstacle", KITH_VALUE_SAYING, NULL },
  { "offered", KITH_VALUE_NUMBER, NULL },
  { "offers", KITH_VALUE_LIST, NULL },
  { "online", KITH_VALUE_NUMBER, NULL },
  { "others", KITH_VALUE_NUMBER, NULL },
  { "own-version", KITH_VALUE_TEXT, NULL },
  { "pairs", KITH_VALUE_NUMBER, NULL },
  { "path", KITH_VALUE_TEXT, NULL },
  { "peer", KITH_VALUE_TEXT, PHRASE ("the other side") },
  { "peer-nat", KITH_VALUE_NAT, NULL },
  { "peer-reason", KITH_VALUE_NUMBER, NULL },
  { "peers", KITH_VALUE_NUMBER, NULL },
  { "phone", KITH_VALUE_TEXT, NULL },
  { "phones", KITH_VALUE_NUMBER, NULL },
  { "phrase", KITH_VALUE_TEXT, NULL },
  { "pinhole", KITH_VALUE_FLAG, NULL },
  { "port", KITH_VALUE_NUMBER, NULL },
  { "proof", KITH_VALUE_TEXT, NULL },
  { "quality", KITH_VALUE_SAYING, NULL },
  { "quiet-ms", KITH_VALUE_MS, NULL },
  { "ran-ms", KITH_VALUE_AGO, NULL },
  { "realm", KITH_VALUE_TEXT, NULL },
  { "reason", KITH_VALUE_SAYING, NULL },
  { "received", KITH_VALUE_NUMBER, NULL },
  { "refusal", KITH_VALUE_SAYING, NULL },
  { "remote-lost-percent", KITH_VALUE_NUMBER, NULL },
  { "restarts", KITH_VALUE_NUMBER, NULL },
  { "ringing-ms", KITH_VALUE_TIME, NULL },
  { "route", KITH_VALUE_SAYING, NULL },
  { "rtt-ms", KITH_VALUE_MS, NULL },
  { "said", KITH_VALUE_TEXT, NULL },
  { "seen-as", KITH_VALUE_TEXT, NULL },
  { "sent", KITH_VALUE_NUMBER, NULL },
  { "server", KITH_VALUE_TEXT, NULL },
  { "servers", KITH_VALUE_NUMBER, NULL },
  { "short", KITH_VALUE_TEXT, PHRASE ("no more is known") },
  { "silent-ms", KITH_VALUE_TIME, NULL },
  { "silent-s", KITH_VALUE_NUMBER, NULL },
  { "since-ms", KITH_VALUE_AGO, NULL },
  { "sip-code", KITH_VALUE_NUMBER, NULL },
  { "sip-status", KITH_VALUE_STATUS, PHRASE ("no status") },
  { "slot", KITH_VALUE_FLAG, NULL },
  { "source", KITH_VALUE_TEXT, NULL },
  { "spent", KITH_VALUE_LIST, NULL },
  { "standby", KITH_VALUE_FLAG, NULL },
  { "state", KITH_VALUE_TEXT, NULL },
  { "status", KITH_VALUE_SAYING, NULL },
  { "systemd", KITH_VALUE_FLAG, NULL },
  { "takes-ms", KITH_VALUE_MS, NULL },
  { "things", KITH_VALUE_NUMBER, NULL },
  { "time-ms", KITH_VALUE_TIME, NULL },
  { "tls-port", KITH_VALUE_NUMBER, NULL },
  { "to", KITH_VALUE_TEXT, NULL },
  { "took-ms", KITH_VALUE_MS, NULL },
  { "tried", KITH_VALUE_TEXT, NULL },
  { "tries", KITH_VALUE_NUMBER, NULL },
  { "trunk", KITH_VALUE_TEXT, NULL },
  { "trunks", KITH_VALUE_NUMBER, NULL },
  { "try", KITH_VALUE_NUMBER, NULL },
  { "turn", KITH_VALUE_TEXT, PHRASE ("it did not answer or refused the password") },
  { "unwilling", KITH_VALUE_LIST, NULL },
  { "up-s", KITH_VALUE_NUMBER, NULL },
  { "version", KITH_VALUE_TEXT, NULL },
  { "wanted-port", KITH_VALUE_NUMBER, NULL },
  { "warnings", KITH_VALUE_FLAG, NULL },
  { "way", KITH_VALUE_WAY, NULL },
  { "willing", KITH_VALUE_LIST, NULL },
  { "without-ms", KITH_VALUE_MS, NULL },
  { "witnesses", KITH_VALUE_NUMBER, NULL },
  { "works", KITH_VALUE_NUMBER, NULL },
};

static const struct {
  const char *word;
  const char *text;
} ways[] = {
  { "direct", PHRASE ("directly") },
  { "turn", PHRASE ("through a TURN server") },
  { "friend", PHRASE ("through a friend") },
  { "sip", PHRASE ("by ordinary SIP") },
};

/* clang-format on */

const char *
kith_words_translate (const char *text)
{
  return text != NULL && *text != '\0' ? dgettext (KITH_TEXT_DOMAIN, text) : text;
}

const char *
kith_words_translate_many (const char *one, const char *many, guint n)
{
  return dngettext (KITH_TEXT_DOMAIN, one, many, n);
}

KithValueKind
kith_words_kind (const char *name, const char **otherwise)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (strcmp (names[i].name, name) == 0) {
      if (otherwise != NULL) {
        *otherwise = kith_words_translate (names[i].otherwise);
      }
      return names[i].kind;
    }
  }
  if (otherwise != NULL) {
    *otherwise = NULL;
  }
  return KITH_VALUE_UNKNOWN;
}

const char *
kith_value_type (KithValueKind kind)
{
  switch (kind) {
  case KITH_VALUE_TEXT:
  case KITH_VALUE_NAT:
  case KITH_VALUE_WAY:
    return "s";
  case KITH_VALUE_NUMBER:
  case KITH_VALUE_STATUS:
    return "u";
  case KITH_VALUE_FIGURE:
    return "d";
  case KITH_VALUE_FLAG:
    return "b";
  case KITH_VALUE_AGO:
  case KITH_VALUE_TIME:
  case KITH_VALUE_MS:
    return "x";
  case KITH_VALUE_LIST:
    return "as";
  case KITH_VALUE_SAYING:
    return "(sa{sv})";
  case KITH_VALUE_SAYINGS:
    return "a(sa{sv})";
  case KITH_VALUE_UNKNOWN:
    return NULL;
  }
  return NULL;
}

gchar *
kith_words_time (gint64 ms)
{
  const gint64 seconds = MAX (ms, 0) / 1000;

  if (seconds < 60) {
    return g_strdup_printf ("%d s", (int)seconds);
  }
  if (seconds < 3600) {
    return g_strdup_printf ("%d min %d s", (int)(seconds / 60), (int)(seconds % 60));
  }
  return g_strdup_printf ("%d h %d min", (int)(seconds / 3600), (int)(seconds / 60 % 60));
}

static gchar *
ago_text (gint64 ms)
{
  const gint64 minutes = MAX (ms, 0) / 60000;

  if (minutes < 1 || (minutes >= 60 && minutes < 24 * 60)) {
    return kith_words_time (ms);
  }
  if (minutes < 60) {
    return g_strdup_printf ("%d min", (int)minutes);
  }
  const guint days = (guint)MIN (minutes / (24 * 60), G_MAXINT);
  const char *form = kith_words_translate_many (ONE_OR_MANY ("# day", "# days"), days);
  g_autofree gchar *number = g_strdup_printf ("%u", days);
  g_auto (GStrv) halves = g_strsplit (form, "#", 2);
  return g_strjoinv (number, halves);
}

static gchar *
way_text (const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++) {
    if (strcmp (ways[i].word, word) == 0) {
      return g_strdup (kith_words_translate (ways[i].text));
    }
  }
  return g_strdup (word);
}

gchar *
kith_value_text (KithValueKind kind, GVariant *value)
{
  g_auto (GStrv) list = NULL;

  switch (kind) {
  case KITH_VALUE_TEXT:
    return g_variant_dup_string (value, NULL);
  case KITH_VALUE_NAT:
    return g_strdup (kith_words_translate (
        kith_nat_kind_text (kith_nat_kind_parse (g_variant_get_string (value, NULL)))));
  case KITH_VALUE_WAY:
    return way_text (g_variant_get_string (value, NULL));
  case KITH_VALUE_NUMBER:
    return g_strdup_printf ("%u", g_variant_get_uint32 (value));
  case KITH_VALUE_STATUS:
    return g_strdup_printf ("SIP %u", g_variant_get_uint32 (value));
  case KITH_VALUE_FIGURE:
    return g_strdup_printf ("%.1f", g_variant_get_double (value));
  case KITH_VALUE_AGO:
    return ago_text (g_variant_get_int64 (value));
  case KITH_VALUE_TIME:
    return kith_words_time (g_variant_get_int64 (value));
  case KITH_VALUE_MS:
    return g_strdup_printf ("%" G_GINT64_FORMAT " ms", g_variant_get_int64 (value));
  case KITH_VALUE_LIST:
    list = g_variant_dup_strv (value, NULL);
    return g_strjoinv (", ", list);
  case KITH_VALUE_FLAG:
  case KITH_VALUE_SAYING:
  case KITH_VALUE_SAYINGS:
  case KITH_VALUE_UNKNOWN:
    break;
  }
  return g_strdup ("");
}
