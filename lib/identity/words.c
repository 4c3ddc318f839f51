/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BIP39 without its PBKDF2: eleven bits a word, the last ones a checksum. */
#include "identity/words.h"

#include <sodium.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "identity/wordlist.h"

#define WORDS_MAX 24
#define BITS_PER_WORD 11
#define TYPED_MAX 16   /* longest wrong word that is compared and shown */
#define ABBREVIATION 4 /* so many letters tell the words of the list apart */
#define BETWEEN " \t\r\n\v\f,;"
#define NEAR_ENOUGH 7 /* cost of the mistakes in a word that is still suggested */

/* A letter left out, doubled or swapped is the commoner mistake. */
enum { COST_REPLACE = 3, COST_OTHER = 2 };

/* Entropy and its checksum, as one row of bits. */
typedef struct {
  guint8 bytes[KITH_ENTROPY_MAX + 1];
} Bits;

static gboolean
is_length (gsize len)
{
  return len >= 16 && len <= KITH_ENTROPY_MAX && len % 4 == 0;
}

/* One checksum bit for each 32 bits, so 3 words for each 4 bytes. */
static guint
count_words (gsize len)
{
  return (guint)(len * 3 / 4);
}

static guint8
checksum (const guint8 *entropy, gsize len)
{
  guint8 hash[crypto_hash_sha256_BYTES];

  crypto_hash_sha256 (hash, entropy, len);
  guint8 bits = hash[0] & (guint8)(0xff << (8 - len / 4));
  sodium_memzero (hash, sizeof hash);
  return bits;
}

static guint
take_word (const Bits *bits, guint n)
{
  guint index = 0;

  for (guint bit = n * BITS_PER_WORD; bit < (n + 1) * BITS_PER_WORD; bit++) {
    index = index << 1 | (bits->bytes[bit / 8] >> (7 - bit % 8) & 1u);
  }
  return index;
}

static void
put_word (Bits *bits, guint n, guint index)
{
  for (guint i = 0; i < BITS_PER_WORD; i++) {
    guint bit = n * BITS_PER_WORD + i;
    bits->bytes[bit / 8] |= (guint8)((index >> (BITS_PER_WORD - 1 - i) & 1u) << (7 - bit % 8));
  }
}

/* Compares what was typed (@len bytes, any case) with a word of the list. */
static gint
compare (const char *typed, gsize len, const char *word)
{
  gint order = g_ascii_strncasecmp (typed, word, len);

  return order != 0 ? order : -(gint)(strlen (word) > len);
}

/* TRUE when so much was typed that it can only mean @word. */
static gboolean
is_abbreviation (const char *typed, gsize len, const char *word)
{
  return len >= ABBREVIATION && strlen (word) > len && g_ascii_strncasecmp (typed, word, len) == 0;
}

static gint
find_word (const char *typed, gsize len)
{
  gint low = 0;
  gint high = KITH_WORDLIST_LEN - 1;

  while (low <= high) {
    gint middle = (low + high) / 2;
    gint order = compare (typed, len, kith_wordlist[middle]);
    if (order == 0 || is_abbreviation (typed, len, kith_wordlist[middle])) {
      return middle;
    }
    if (order < 0) {
      high = middle - 1;
    } else {
      low = middle + 1;
    }
  }
  return -1;
}

/* Cost of inserting, removing, replacing and swapping letters until @a is @b. */
static guint
distance (const char *a, gsize a_len, const char *b)
{
  guint rows[TYPED_MAX + 1][KITH_WORDLIST_WORD_MAX + 1];
  gsize b_len = strlen (b);

  for (gsize i = 0; i <= a_len; i++) {
    for (gsize j = 0; j <= b_len; j++) {
      if (i == 0 || j == 0) {
        rows[i][j] = (guint)(i + j) * COST_OTHER;
        continue;
      }
      guint change = g_ascii_tolower (a[i - 1]) != b[j - 1] ? COST_REPLACE : 0;
      rows[i][j]
          = MIN (rows[i - 1][j - 1] + change, MIN (rows[i - 1][j], rows[i][j - 1]) + COST_OTHER);
      if (i > 1 && j > 1 && g_ascii_tolower (a[i - 1]) == b[j - 2]
          && g_ascii_tolower (a[i - 2]) == b[j - 1]) {
        rows[i][j] = MIN (rows[i][j], rows[i - 2][j - 2] + COST_OTHER);
      }
    }
  }
  guint result = rows[a_len][b_len];
  sodium_memzero (rows, sizeof rows);
  return result;
}

/* NULL when nothing is near. */
static const char *
nearest (const char *typed, gsize len)
{
  const char *best = NULL;
  guint best_distance = NEAR_ENOUGH + 1;

  if (len > TYPED_MAX) {
    return NULL;
  }
  for (guint i = 0; i < KITH_WORDLIST_LEN; i++) {
    guint d = distance (typed, len, kith_wordlist[i]);
    if (d < best_distance && d < len * COST_OTHER) {
      best = kith_wordlist[i];
      best_distance = d;
    }
  }
  return best;
}

static gboolean
refuse_word (const char *typed, gsize len, guint n, GError **error)
{
  const char *near = nearest (typed, len);
  g_autofree gchar *shown = kith_text_safe (typed, (gssize)len, TYPED_MAX);

  if (near != NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "Word %u, \"%s\", is not in the list of words; did you mean \"%s\"?",
                 n,
                 shown,
                 near);
  } else {
    g_set_error (
        error,
        KITH_ERROR,
        KITH_ERROR_INVALID_ARGUMENTS,
        "Word %u, \"%s\", is not in the list of words; compare it with what you wrote down",
        n,
        shown);
  }
  return FALSE;
}

/* Fills @bits with as many words as there are, up to @n_words. Counts on, so that the error can say
   how many there were. */
static gboolean
read_words (const char *text, Bits *bits, guint n_words, GError **error)
{
  guint n = 0;

  for (const char *p = text + strspn (text, BETWEEN); *p != '\0'; p += strspn (p, BETWEEN)) {
    gsize len = strcspn (p, BETWEEN);
    gint index = find_word (p, len);
    if (index < 0) {
      return refuse_word (p, len, n + 1, error);
    }
    if (n < n_words) {
      put_word (bits, n, (guint)index);
    }
    n = MIN (n + 1, 1000);
    p += len;
  }
  if (n != n_words) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "An identity has %u words, but there are %u; give all of them in order",
                 n_words,
                 n);
    return FALSE;
  }
  return TRUE;
}

gchar *
kith_words_encode (const guint8 *entropy, gsize len)
{
  g_return_val_if_fail (entropy != NULL && is_length (len), NULL);
  guint n_words = count_words (len);
  Bits bits = { { 0 } };
  gchar *text = g_malloc0 (n_words * (KITH_WORDLIST_WORD_MAX + 1) + 1);
  gchar *at = text;

  memcpy (bits.bytes, entropy, len);
  bits.bytes[len] = checksum (entropy, len);
  for (guint n = 0; n < n_words; n++) {
    if (n > 0) {
      *at++ = ' ';
    }
    at = g_stpcpy (at, kith_wordlist[take_word (&bits, n)]);
  }
  sodium_memzero (&bits, sizeof bits);
  return text;
}

gboolean
kith_words_decode (const char *text, guint8 *entropy, gsize len, GError **error)
{
  g_return_val_if_fail (text != NULL && entropy != NULL && is_length (len), FALSE);
  Bits bits = { { 0 } };
  gboolean ok = read_words (text, &bits, count_words (len), error);

  if (ok && bits.bytes[len] != checksum (bits.bytes, len)) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_INVALID_ARGUMENTS,
                         "These words do not belong together: one is wrong or two are swapped; "
                         "compare them with what you wrote down");
    ok = FALSE;
  }
  memset (entropy, 0, len);
  if (ok) {
    memcpy (entropy, bits.bytes, len);
  }
  sodium_memzero (&bits, sizeof bits);
  return ok;
}
