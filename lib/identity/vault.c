/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Holds the keys in guarded memory and signs with them. */
#include "identity/vault.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "identity/derive.h"
#include "identity/envelope.h"
#include "identity/key-file.h"
#include "identity/seal.h"
#include "identity/signing.h"
#include "identity/state-file.h"
#include "identity/words.h"

#define ENTROPY_LEN 16
#define RENEW_BEFORE (24 * 60 * 60) /* seconds left of a certificate when the next one is made */

#define WORK_FILE "claim"
#define WORK_FILE_MAX 4096
#define WORK_GROUP "work"

/* All secrets, in one guarded block that is made read-only. */
typedef struct {
  KithKeyFile file;
  guint8 identity[crypto_sign_SECRETKEYBYTES];
  guint8 device[crypto_sign_SECRETKEYBYTES];
  guint8 box[crypto_box_SECRETKEYBYTES];
} Secrets;

typedef struct {
  gboolean known;
  guint64 nonce;
  guint8 difficulty;
  guint8 tag[KITH_TAG_LEN];
} Work;

struct _KithVault {
  GObject parent_instance;
  gchar *dir;
  Secrets *secrets;
  KithPeerKey identity;
  KithPeerKey device;
  KithDeviceCert cert;
  gboolean has_cert;
  guint64 last_seq;
  Work work;
};

G_DEFINE_FINAL_TYPE (KithVault, kith_vault, G_TYPE_OBJECT)

static void
kith_vault_finalize (GObject *object)
{
  KithVault *vault = KITH_VAULT (object);

  sodium_free (vault->secrets); /* wipes; NULL is fine */
  g_free (vault->dir);
  G_OBJECT_CLASS (kith_vault_parent_class)->finalize (object);
}

static void
kith_vault_class_init (KithVaultClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_vault_finalize;
}

static void
kith_vault_init (KithVault *vault)
{
}

static KithVault *
vault_new (const char *dir, GError **error)
{
  g_autoptr (KithVault) vault = g_object_new (KITH_TYPE_VAULT, NULL);

  vault->dir = g_strdup (dir);
  vault->secrets = sodium_malloc (sizeof *vault->secrets);
  if (vault->secrets == NULL) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_FAILED,
                         "There is no guarded memory for keys; raise the limit of memory");
    return NULL;
  }
  sodium_memzero (vault->secrets, sizeof *vault->secrets);
  return g_steal_pointer (&vault);
}

/* Everything that follows from the content of the key file. */
static gboolean
derive_keys (KithVault *vault, GError **error)
{
  Secrets *secrets = vault->secrets;
  guint8 seed[crypto_sign_SEEDBYTES];

  kith_derive_from_root (secrets->file.root, KITH_LABEL_IDENTITY, seed);
  gboolean ok = crypto_sign_seed_keypair (vault->identity.bytes, secrets->identity, seed) == 0
                && crypto_sign_seed_keypair (vault->device.bytes,
                                             secrets->device,
                                             secrets->file.device_seed)
                       == 0
                && crypto_sign_ed25519_sk_to_curve25519 (secrets->box, secrets->identity) == 0;
  sodium_memzero (seed, sizeof seed);
  (void)sodium_mprotect_readonly (secrets);
  if (!ok) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_FAILED,
                         "The keys cannot be derived; restore the identity from its words");
  }
  return ok;
}

static gboolean
check_name (const char *name, GError **error)
{
  g_autofree gchar *normal = kith_name_normalize (name, error);

  if (normal == NULL) {
    return FALSE;
  }
  if (strcmp (normal, name) != 0) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "The name is not in normal form; write it as %s",
                 normal);
    return FALSE;
  }
  return TRUE;
}

/* The `claim` file */

static gboolean
parse_work (KithVault *vault, GKeyFile *file, Work *work)
{
  g_autofree gchar *key_text = g_key_file_get_string (file, WORK_GROUP, "identity", NULL);
  g_autofree gchar *name = g_key_file_get_string (file, WORK_GROUP, "name", NULL);
  g_autofree gchar *tag = g_key_file_get_string (file, WORK_GROUP, "tag", NULL);
  g_autoptr (GError) error = NULL;
  KithPeerKey key;

  if (key_text == NULL || name == NULL || tag == NULL || !kith_peer_key_parse (key_text, &key, NULL)
      || !kith_peer_key_equal (&key, &vault->identity)
      || strcmp (name, vault->secrets->file.name) != 0) {
    return FALSE;
  }
  work->nonce = g_key_file_get_uint64 (file, WORK_GROUP, "nonce", &error);
  gint difficulty
      = error == NULL ? g_key_file_get_integer (file, WORK_GROUP, "difficulty", &error) : -1;
  work->difficulty = (guint8)difficulty;
  work->known = error == NULL && difficulty >= 0 && difficulty <= G_MAXUINT8
                && kith_base32_decode (tag, work->tag, KITH_TAG_LEN);
  return work->known;
}

static void
load_work (KithVault *vault)
{
  g_autofree guint8 *data = g_malloc (WORK_FILE_MAX);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  gssize len = kith_state_file_read (vault->dir, WORK_FILE, data, WORK_FILE_MAX, &error);
  Work work = { 0 };

  if (len >= 0
      && g_key_file_load_from_data (file, (const char *)data, (gsize)len, G_KEY_FILE_NONE, &error)
      && parse_work (vault, file, &work)) {
    vault->work = work;
    return;
  }
  if (!g_error_matches (error, KITH_ERROR, KITH_ERROR_NOT_FOUND)) {
    kith_info ("identity",
               "the kept tag is not of use and will be computed again: %s",
               error != NULL ? error->message : "it belongs to another identity or is corrupt");
  }
}

/* Certificate */

static gboolean
is_cert_fresh (KithVault *vault, gint64 now)
{
  return vault->has_cert && now >= vault->cert.not_before
         && vault->cert.not_after - now >= RENEW_BEFORE;
}

/* Signs @cert as it stands. */
static gboolean
sign_cert (KithVault *vault, KithDeviceCert *cert)
{
  g_autoptr (GBytes) encoded = kith_device_cert_encode (cert, NULL);
  KithSigned what = { .domain = KITH_DOMAIN_DEVICE };

  if (encoded == NULL) {
    return FALSE;
  }
  what.encoded = g_bytes_get_data (encoded, &what.len);
  return kith_signing_sign (&what, vault->secrets->identity, cert->signature);
}

static gboolean
sign_by_device (KithVault *vault,
                KithSigned *what,
                GBytes *encoded,
                guint8 signature[KITH_SIGNATURE_LEN])
{
  what->encoded = g_bytes_get_data (encoded, &what->len);
  return kith_signing_sign (what, vault->secrets->device, signature);
}

/* Public functions */

gboolean
kith_identity_init (void)
{
  return sodium_init () >= 0;
}

KithVault *
kith_vault_create (const char *dir,
                   const char *name,
                   const guint8 *entropy,
                   gchar **words,
                   GError **error)
{
  g_return_val_if_fail (dir != NULL && name != NULL, NULL);
  guint8 fresh[ENTROPY_LEN];

  if (words != NULL) {
    *words = NULL;
  }
  if (!check_name (name, error) || !kith_state_dir_prepare (dir, error)) {
    return NULL;
  }
  g_autoptr (KithVault) vault = vault_new (dir, error);
  if (vault == NULL) {
    return NULL;
  }
  KithKeyFile *file = &vault->secrets->file;
  g_strlcpy (file->name, name, sizeof file->name);
  if (entropy != NULL) {
    memcpy (fresh, entropy, sizeof fresh);
  } else {
    randombytes_buf (fresh, sizeof fresh);
  }
  kith_derive_root (fresh, sizeof fresh, file->root);
  randombytes_buf (file->device_seed, sizeof file->device_seed);
  gboolean ok = kith_key_file_write (dir, file, error) && derive_keys (vault, error);
  if (ok && words != NULL) {
    *words = kith_words_encode (fresh, sizeof fresh);
  }
  sodium_memzero (fresh, sizeof fresh);
  if (!ok) {
    return NULL;
  }
  load_work (vault); /* restored: it may be there from before */
  return g_steal_pointer (&vault);
}

gboolean
kith_vault_words_to_entropy (const char *words, guint8 entropy[16], GError **error)
{
  return kith_words_decode (words, entropy, ENTROPY_LEN, error);
}

KithVault *
kith_vault_open (const char *dir, GError **error)
{
  g_return_val_if_fail (dir != NULL, NULL);
  g_autoptr (KithVault) vault = vault_new (dir, error);
  g_autoptr (GError) problem = NULL;

  if (vault == NULL) {
    return NULL;
  }
  if (!kith_key_file_read (dir, &vault->secrets->file, &problem)) {
    if (g_error_matches (problem, KITH_ERROR, KITH_ERROR_NOT_FOUND)) {
      g_set_error (error,
                   KITH_ERROR,
                   KITH_ERROR_NOT_FOUND,
                   "There is no identity in %s yet; make one with `kith init NAME`",
                   dir);
    } else {
      g_propagate_error (error, g_steal_pointer (&problem));
    }
    return NULL;
  }
  if (!derive_keys (vault, error)) {
    return NULL;
  }
  load_work (vault);
  return g_steal_pointer (&vault);
}

const char *
kith_vault_get_name (KithVault *vault)
{
  return vault->secrets->file.name;
}

const KithPeerKey *
kith_vault_get_identity (KithVault *vault)
{
  return &vault->identity;
}

const KithPeerKey *
kith_vault_get_device (KithVault *vault)
{
  return &vault->device;
}

const guint8 *
kith_vault_get_device_secret (KithVault *vault)
{
  return vault->secrets->device;
}

const KithDeviceCert *
kith_vault_get_device_cert (KithVault *vault, gint64 now)
{
  /* a clock that is out of all bounds still gives a certificate that can be written */
  gint64 from = CLAMP (now - KITH_TIME_TOLERANCE, 0, (gint64)G_MAXUINT32 - KITH_DEVICE_CERT_LIFE);
  KithDeviceCert cert
      = { .identity = vault->identity, .device = vault->device, .not_before = from };

  if (is_cert_fresh (vault, now)) {
    return &vault->cert;
  }
  cert.not_after = from + KITH_DEVICE_CERT_LIFE;
  vault->has_cert = sign_cert (vault, &cert);
  vault->cert = cert;
  return &vault->cert;
}

gboolean
kith_vault_sign_claim (KithVault *vault, KithClaim *claim, GError **error)
{
  g_return_val_if_fail (KITH_IS_VAULT (vault) && claim != NULL, FALSE);
  KithSigned what = { .domain = KITH_DOMAIN_CLAIM };

  if (strcmp (claim->name, vault->secrets->file.name) != 0
      || !kith_peer_key_equal (&claim->identity, &vault->identity)) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_INVALID_ARGUMENTS,
                         "The claim is of another name or identity than the vault's");
    return FALSE;
  }
  g_autoptr (GBytes) encoded = kith_claim_encode (claim, error);
  if (encoded == NULL) {
    return FALSE;
  }
  what.encoded = g_bytes_get_data (encoded, &what.len);
  return kith_signing_sign (&what, vault->secrets->identity, claim->signature);
}

gboolean
kith_vault_sign_reach (KithVault *vault, KithReach *reach, gint64 now, GError **error)
{
  g_return_val_if_fail (KITH_IS_VAULT (vault) && reach != NULL, FALSE);
  KithSigned what = { .domain = KITH_DOMAIN_REACH };

  reach->device = *kith_vault_get_device_cert (vault, now);
  g_autoptr (GBytes) encoded = kith_reach_encode (reach, error);
  return encoded != NULL && sign_by_device (vault, &what, encoded, reach->signature);
}

gboolean
kith_vault_sign_knock (KithVault *vault,
                       KithKnock *knock,
                       const KithPeerKey *to,
                       gint64 now,
                       GError **error)
{
  g_return_val_if_fail (KITH_IS_VAULT (vault) && knock != NULL && to != NULL, FALSE);
  KithSigned what = { .domain = KITH_DOMAIN_KNOCK, .addressee = to };

  knock->device = *kith_vault_get_device_cert (vault, now);
  g_autoptr (GBytes) encoded = kith_knock_encode (knock, error);
  return encoded != NULL && sign_by_device (vault, &what, encoded, knock->signature);
}

gboolean
kith_vault_unseal (KithVault *vault, GBytes *sealed, GBytes **inner)
{
  g_return_val_if_fail (KITH_IS_VAULT (vault) && sealed != NULL && inner != NULL, FALSE);
  guint8 plain[KITH_RECORD_MAX];
  gssize len = kith_envelope_receive (&vault->identity, vault->secrets->box, sealed, plain);

  *inner = len >= 0 ? g_bytes_new (plain, (gsize)len) : NULL;
  return len >= 0;
}

guint64
kith_vault_next_seq (KithVault *vault)
{
  gint64 wall = kith_clock_wall (kith_clock_get_default ());

  vault->last_seq = MAX (vault->last_seq + 1, (guint64)MAX (wall, 1));
  return vault->last_seq;
}

gboolean
kith_vault_get_work (KithVault *vault, guint64 *nonce, guint8 *difficulty, guint8 tag[KITH_TAG_LEN])
{
  if (!vault->work.known) {
    return FALSE;
  }
  *nonce = vault->work.nonce;
  *difficulty = vault->work.difficulty;
  memcpy (tag, vault->work.tag, KITH_TAG_LEN);
  return TRUE;
}

gboolean
kith_vault_set_work (KithVault *vault,
                     guint64 nonce,
                     guint8 difficulty,
                     const guint8 tag[KITH_TAG_LEN],
                     GError **error)
{
  g_return_val_if_fail (KITH_IS_VAULT (vault) && tag != NULL, FALSE);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree gchar *key_text = kith_peer_key_to_text (&vault->identity);
  g_autofree gchar *tag_text = kith_base32_encode (tag, KITH_TAG_LEN);
  gsize len;

  vault->work = (Work){ .known = TRUE, .nonce = nonce, .difficulty = difficulty };
  memcpy (vault->work.tag, tag, KITH_TAG_LEN);
  g_key_file_set_string (file, WORK_GROUP, "name", vault->secrets->file.name);
  g_key_file_set_string (file, WORK_GROUP, "identity", key_text);
  g_key_file_set_uint64 (file, WORK_GROUP, "nonce", nonce);
  g_key_file_set_integer (file, WORK_GROUP, "difficulty", difficulty);
  g_key_file_set_string (file, WORK_GROUP, "tag", tag_text);
  g_autofree gchar *text = g_key_file_to_data (file, &len, NULL);
  return kith_state_file_write (vault->dir,
                                WORK_FILE,
                                (const guint8 *)text,
                                len,
                                KITH_STATE_FILE_REPLACE,
                                error);
}
