/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A nonce is the second in which it was made, a number of its own, and a mark of the key. */
#include "edge/worker/registrar/authenticator.h"

#include <string.h>

#include "base/text.h"
#include "model/phone/phone-password.h"
#include "model/sip/edge-mark.h"

#define NONCE_TIME 12 /* digits before the mark: second and number */
#define NONCE_LEN (NONCE_TIME + KITH_EDGE_MARK)
#define WINDOW 32
#define MINUTE_US (60 * G_USEC_PER_SEC)

/* A source that gave wrong passwords. */
typedef struct {
  guint guesses;
  gint64 first_us; /* of them */
  gint64 silent_until_us;
  guint silence_s; /* the next one */
} Guesser;

struct _KithAuthenticator {
  guint8 key[KITH_EDGE_KEY];
  guint16 made;         /* nonces; of one second each is another */
  GHashTable *guessers; /* source → Guesser */
};

KithAuthenticator *
kith_authenticator_new (const guint8 *key)
{
  KithAuthenticator *authenticator = g_new0 (KithAuthenticator, 1);

  memcpy (authenticator->key, key, sizeof authenticator->key);
  authenticator->guessers = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  return authenticator;
}

void
kith_authenticator_free (KithAuthenticator *authenticator)
{
  if (authenticator != NULL) {
    g_hash_table_unref (authenticator->guessers);
    explicit_bzero (authenticator->key, sizeof authenticator->key);
    g_free (authenticator);
  }
}

/* Nonces */

static void
make_nonce (const KithAuthenticator *authenticator,
            guint32 second,
            guint16 number,
            gchar nonce[NONCE_LEN + 1])
{
  gchar mark[KITH_EDGE_MARK + 1];

  g_snprintf (nonce, NONCE_LEN + 1, "%08x%04x", second, number);
  kith_edge_mark (authenticator->key, "nonce", nonce, NONCE_TIME, mark);
  (void)g_strlcat (nonce, mark, NONCE_LEN + 1);
}

/* The second in which a nonce of ours was made, and @number; 0: it is none, or older than it may
   be. */
static guint32
read_nonce (const KithAuthenticator *authenticator,
            KithSipPiece nonce,
            gint64 now_s,
            guint16 *number)
{
  gchar digits[NONCE_TIME + 1], right[NONCE_LEN + 1];
  guint64 time = 0;

  if (nonce.len != NONCE_LEN) {
    return 0;
  }
  memcpy (digits, nonce.at, NONCE_TIME);
  digits[NONCE_TIME] = '\0';
  if (!g_ascii_string_to_unsigned (digits,
                                   16,
                                   1,
                                   (G_GUINT64_CONSTANT (1) << 48) - 1,
                                   &time,
                                   NULL)) {
    return 0;
  }
  const guint64 second = time >> 16;
  *number = (guint16)time;
  make_nonce (authenticator, (guint32)second, *number, right);
  return memcmp (right, nonce.at, NONCE_LEN) == 0 && (gint64)second <= now_s + 1
                 && (gint64)second + KITH_NONCE_LIFE_S >= now_s
             ? (guint32)second
             : 0;
}

/* TRUE: @count of the nonce @number of @second was not used before, and is now. */
static gboolean
use_count (KithNonceBook *book, guint32 second, guint16 number, guint32 count)
{
  guint slot = 0;

  for (guint i = 0; i < KITH_NONCE_USES; i++) {
    if (book->uses[i].second == second && book->uses[i].number == number) {
      slot = i;
      break;
    }
    slot = book->uses[i].second < book->uses[slot].second ? i : slot;
  }
  if (book->uses[slot].second != second || book->uses[slot].number != number) {
    if (second <= book->floor) {
      return FALSE;
    }
    book->floor = MAX (book->floor, book->uses[slot].second);
    memset (&book->uses[slot], 0, sizeof book->uses[slot]);
    book->uses[slot].second = second;
    book->uses[slot].number = number;
  }
  guint32 *top = &book->uses[slot].top, *seen = &book->uses[slot].seen;
  if (count > *top) {
    *seen = count - *top < WINDOW ? (*seen << (count - *top)) | 1 : 1;
    *top = count;
    return TRUE;
  }
  if (*top - count >= WINDOW || (*seen >> (*top - count) & 1) != 0) {
    return FALSE;
  }
  *seen |= 1u << (*top - count);
  return TRUE;
}

/* Credentials */

/* What the right ones are made of; of nobody: something that no password gives. */
static void
fill_ha1 (const KithPhone *phone, KithDigestAlgorithm algorithm, KithDigestHash *ha1)
{
  static const KithPhoneSecret nothing;
  const KithPhoneSecret *secret = phone != NULL ? &phone->secret : &nothing;
  const gboolean is_md5 = algorithm == KITH_DIGEST_MD5;
  g_autofree gchar *hex = is_md5 ? kith_hex_encode (secret->md5, sizeof secret->md5)
                                 : kith_hex_encode (secret->sha256, sizeof secret->sha256);

  (void)g_strlcpy (ha1->hex, hex, sizeof ha1->hex);
  explicit_bzero (hex, strlen (hex));
}

/* The phone may use this digest. */
static gboolean
may_use (const KithPhone *phone, KithDigestAlgorithm algorithm)
{
  const gboolean is_md5 = algorithm == KITH_DIGEST_MD5;

  if (phone == NULL) {
    return TRUE;
  }
  return is_md5 ? phone->secret.has_md5 && phone->digest != KITH_PHONE_DIGEST_SHA256
                : phone->secret.has_sha256;
}

KithAuthVerdict
kith_authenticator_judge (KithAuthenticator *authenticator,
                          const KithSipLines *request,
                          KithSipHeader header,
                          const KithPhone *phone,
                          KithNonceBook *book,
                          gint64 now_s,
                          KithDigestCredentials *credentials)
{
  const KithDigestFinding finding
      = kith_digest_find (request, header, KITH_PHONE_REALM, credentials);
  KithDigestHash ha1;

  if (finding == KITH_DIGEST_OTHER_REALM) {
    return KITH_AUTH_OTHER_REALM;
  }
  if (finding != KITH_DIGEST_FOUND || !may_use (phone, credentials->algorithm)) {
    return KITH_AUTH_NONE;
  }
  fill_ha1 (phone, credentials->algorithm, &ha1);
  const gboolean is_right = kith_digest_is_right (credentials, &ha1, request->method);
  const gboolean is_his
      = phone != NULL && kith_sip_piece_same (credentials->user, kith_sip_piece (phone->name));
  explicit_bzero (&ha1, sizeof ha1);
  if (!is_right || !is_his) {
    return KITH_AUTH_WRONG;
  }
  guint16 number = 0;
  const guint32 second = read_nonce (authenticator, credentials->nonce, now_s, &number);
  const guint32 count = credentials->has_qop ? credentials->count : 1;
  return second != 0 && use_count (book, second, number, count) ? KITH_AUTH_RIGHT : KITH_AUTH_STALE;
}

void
kith_authenticator_challenge (KithAuthenticator *authenticator,
                              const char *header,
                              KithPhoneDigest which,
                              gboolean stale,
                              gint64 now_s,
                              GString *lines)
{
  gchar nonce[NONCE_LEN + 1];
  KithDigestChallenge challenge = { .named = TRUE,
                                    .has_qop = TRUE,
                                    .stale = stale,
                                    .realm = kith_sip_piece (KITH_PHONE_REALM) };

  make_nonce (authenticator, (guint32)now_s, authenticator->made++, nonce);
  challenge.nonce = kith_sip_piece (nonce);
  if (which != KITH_PHONE_DIGEST_MD5) {
    challenge.algorithm = KITH_DIGEST_SHA256;
    kith_digest_challenge_print (&challenge, header, lines);
  }
  if (which != KITH_PHONE_DIGEST_SHA256) {
    challenge.algorithm = KITH_DIGEST_MD5;
    kith_digest_challenge_print (&challenge, header, lines);
  }
}

/* Guessers */

/* One more may be remembered: those who are over go first, then all. */
static void
make_room (KithAuthenticator *authenticator, gint64 now_us)
{
  GHashTableIter iter;
  gpointer guesser;

  if (g_hash_table_size (authenticator->guessers) < KITH_GUESSERS_MAX) {
    return;
  }
  g_hash_table_iter_init (&iter, authenticator->guessers);
  while (g_hash_table_iter_next (&iter, NULL, &guesser)) {
    const Guesser *old = guesser;
    if (now_us - old->silent_until_us >= (gint64)KITH_SILENCE_MOST_S * G_USEC_PER_SEC
        && now_us - old->first_us >= MINUTE_US) {
      g_hash_table_iter_remove (&iter);
    }
  }
  if (g_hash_table_size (authenticator->guessers) >= KITH_GUESSERS_MAX) {
    g_hash_table_remove_all (authenticator->guessers);
  }
}

gboolean
kith_authenticator_is_silent (KithAuthenticator *authenticator, guint64 source, gint64 now_us)
{
  const gint64 key = (gint64)source;
  const Guesser *guesser = g_hash_table_lookup (authenticator->guessers, &key);

  return guesser != NULL && now_us < guesser->silent_until_us;
}

guint
kith_authenticator_fail (KithAuthenticator *authenticator, guint64 source, gint64 now_us)
{
  const gint64 key = (gint64)source;
  Guesser *guesser = g_hash_table_lookup (authenticator->guessers, &key);

  if (guesser == NULL) {
    make_room (authenticator, now_us);
    guesser = g_new0 (Guesser, 1);
    guesser->silence_s = KITH_SILENCE_S;
    g_hash_table_insert (authenticator->guessers, g_memdup2 (&key, sizeof key), guesser);
  }
  if (now_us - guesser->silent_until_us >= (gint64)KITH_SILENCE_MOST_S * G_USEC_PER_SEC) {
    guesser->silence_s = KITH_SILENCE_S; /* that is long ago */
  }
  if (guesser->guesses == 0 || now_us - guesser->first_us >= MINUTE_US) {
    guesser->guesses = 0;
    guesser->first_us = now_us;
  }
  if (++guesser->guesses < KITH_GUESSES) {
    return 0;
  }
  const guint silence_s = guesser->silence_s;
  guesser->guesses = 0;
  guesser->silent_until_us = now_us + (gint64)silence_s * G_USEC_PER_SEC;
  guesser->silence_s = MIN (2 * silence_s, KITH_SILENCE_MOST_S);
  return silence_s;
}
