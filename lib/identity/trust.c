/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the pins in a key file, one numbered group a name. */
#include "identity/trust.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "identity/state-file.h"

#define FILE_NAME "trust"
#define MAX_SHOWN 200
#define FILE_MAX (4 * 1024 * 1024)

typedef struct {
  KithPeerKey key;
  gint64 since;
  gboolean verified;
} Pin;

struct _KithTrust {
  GObject parent_instance;
  gchar *dir;
  GHashTable *pins; /* name → Pin, both owned */
};

G_DEFINE_FINAL_TYPE (KithTrust, kith_trust, G_TYPE_OBJECT)

static void
kith_trust_finalize (GObject *object)
{
  KithTrust *trust = KITH_TRUST (object);

  g_hash_table_unref (trust->pins);
  g_free (trust->dir);
  G_OBJECT_CLASS (kith_trust_parent_class)->finalize (object);
}

static void
kith_trust_class_init (KithTrustClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_trust_finalize;
}

static void
kith_trust_init (KithTrust *trust)
{
  trust->pins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

static gboolean
corrupt (KithTrust *trust, GError **error, const char *what)
{
  g_autofree gchar *safe = kith_text_safe (what, -1, MAX_SHOWN); /* it may quote the file */

  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_FAILED,
               "The list of known keys %s/%s is corrupt (%s); restore it from a copy, or move it "
               "away and verify everybody anew",
               trust->dir,
               FILE_NAME,
               safe);
  return FALSE;
}

static gboolean
is_normal_name (const char *name)
{
  g_autofree gchar *normal = kith_name_normalize (name, NULL);

  return normal != NULL && strcmp (normal, name) == 0;
}

static gboolean
load_pin (KithTrust *trust, GKeyFile *file, const char *group, GError **error)
{
  g_autofree gchar *name = g_key_file_get_string (file, group, "name", NULL);
  g_autofree gchar *key = g_key_file_get_string (file, group, "key", NULL);
  g_autoptr (GError) problem = NULL;
  Pin pin = { .since = g_key_file_get_int64 (file, group, "since", &problem) };

  if (problem == NULL) {
    pin.verified = g_key_file_get_boolean (file, group, "verified", &problem);
  }
  if (name == NULL || key == NULL || problem != NULL || !is_normal_name (name)
      || !kith_peer_key_parse (key, &pin.key, NULL)) {
    return corrupt (trust, error, group);
  }
  if (!g_hash_table_insert (trust->pins, g_strdup (name), g_memdup2 (&pin, sizeof pin))) {
    return corrupt (trust, error, "one name stands there twice");
  }
  return TRUE;
}

static gboolean
load (KithTrust *trust, GError **error)
{
  g_autofree guint8 *data = g_malloc (FILE_MAX);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) problem = NULL;
  gssize len = kith_state_file_read (trust->dir, FILE_NAME, data, FILE_MAX, &problem);

  if (len < 0 && g_error_matches (problem, KITH_ERROR, KITH_ERROR_NOT_FOUND)) {
    return TRUE;
  }
  if (len < 0) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  if (!g_key_file_load_from_data (file,
                                  (const char *)data,
                                  (gsize)len,
                                  G_KEY_FILE_NONE,
                                  &problem)) {
    return corrupt (trust, error, problem->message);
  }
  gsize n_groups;
  g_auto (GStrv) groups = g_key_file_get_groups (file, &n_groups);
  if (n_groups > KITH_TRUST_PINS_MAX) {
    return corrupt (trust, error, "it is too long");
  }
  for (gsize i = 0; i < n_groups; i++) {
    if (!load_pin (trust, file, groups[i], error)) {
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
not_found (const char *name, GError **error)
{
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_NOT_FOUND,
               "No such key is pinned under the name %s",
               name);
  return FALSE;
}

KithTrust *
kith_trust_open (const char *dir, GError **error)
{
  g_return_val_if_fail (dir != NULL, NULL);
  g_autoptr (KithTrust) trust = g_object_new (KITH_TYPE_TRUST, NULL);

  trust->dir = g_strdup (dir);
  return load (trust, error) ? g_steal_pointer (&trust) : NULL;
}

gboolean
kith_trust_get_pin (KithTrust *trust, const char *name, KithPeerKey *key)
{
  g_return_val_if_fail (KITH_IS_TRUST (trust) && name != NULL && key != NULL, FALSE);
  const Pin *pin = g_hash_table_lookup (trust->pins, name);

  if (pin == NULL) {
    return FALSE;
  }
  *key = pin->key;
  return TRUE;
}

gint64
kith_trust_get_since (KithTrust *trust, const char *name)
{
  g_return_val_if_fail (KITH_IS_TRUST (trust) && name != NULL, 0);
  const Pin *pin = g_hash_table_lookup (trust->pins, name);

  return pin != NULL ? pin->since : 0;
}

KithTrustLevel
kith_trust_judge (KithTrust *trust, const char *name, const KithPeerKey *key)
{
  g_return_val_if_fail (KITH_IS_TRUST (trust) && key != NULL, KITH_TRUST_UNKNOWN);
  const Pin *pin = name != NULL ? g_hash_table_lookup (trust->pins, name) : NULL;

  if (pin == NULL) {
    return KITH_TRUST_UNKNOWN;
  }
  if (!kith_peer_key_equal (&pin->key, key)) {
    return KITH_TRUST_MISMATCH;
  }
  return pin->verified ? KITH_TRUST_VERIFIED : KITH_TRUST_SEEN;
}

gboolean
kith_trust_pin (KithTrust *trust,
                const char *name,
                const KithPeerKey *key,
                gint64 now,
                GError **error)
{
  g_return_val_if_fail (KITH_IS_TRUST (trust) && name != NULL && key != NULL, FALSE);
  const Pin *pin = g_hash_table_lookup (trust->pins, name);
  Pin fresh = { .key = *key, .since = now };

  if (pin != NULL && kith_peer_key_equal (&pin->key, key)) {
    return TRUE;
  }
  if (pin != NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_EXISTS,
                 "The name %s is pinned to another key; if this is really the same person, forget "
                 "the old key first",
                 name);
    return FALSE;
  }
  if (!is_normal_name (name) || kith_peer_key_is_zero (key)) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_INVALID_ARGUMENTS,
                         "Only a name in normal form and a real key can be pinned");
    return FALSE;
  }
  if (g_hash_table_size (trust->pins) >= KITH_TRUST_PINS_MAX) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_LIMIT_REACHED,
                 "%d keys are pinned already; forget some",
                 KITH_TRUST_PINS_MAX);
    return FALSE;
  }
  g_hash_table_insert (trust->pins, g_strdup (name), g_memdup2 (&fresh, sizeof fresh));
  return TRUE;
}

gboolean
kith_trust_verify (KithTrust *trust, const char *name, const KithPeerKey *key, GError **error)
{
  g_return_val_if_fail (KITH_IS_TRUST (trust) && name != NULL && key != NULL, FALSE);
  Pin *pin = g_hash_table_lookup (trust->pins, name);

  if (pin == NULL || !kith_peer_key_equal (&pin->key, key)) {
    return not_found (name, error);
  }
  pin->verified = TRUE;
  return TRUE;
}

const char *
kith_trust_find_name (KithTrust *trust, const KithPeerKey *key, const char *preferred)
{
  g_return_val_if_fail (KITH_IS_TRUST (trust) && key != NULL, NULL);
  const char *found = NULL;
  gint64 found_since = 0;
  GHashTableIter iter;
  gpointer name;
  gpointer value;

  g_hash_table_iter_init (&iter, trust->pins);
  while (g_hash_table_iter_next (&iter, &name, &value)) {
    const Pin *pin = value;
    if (!kith_peer_key_equal (&pin->key, key)) {
      continue;
    }
    if (g_strcmp0 (name, preferred) == 0) {
      return name;
    }
    if (found == NULL || pin->since < found_since
        || (pin->since == found_since && strcmp (name, found) < 0)) {
      found = name;
      found_since = pin->since;
    }
  }
  return found;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

GStrv
kith_trust_list (KithTrust *trust)
{
  g_return_val_if_fail (KITH_IS_TRUST (trust), NULL);
  GPtrArray *names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, trust->pins);
  while (g_hash_table_iter_next (&iter, &name, NULL)) {
    g_ptr_array_add (names, g_strdup (name));
  }
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (GStrv)g_ptr_array_free (names, FALSE);
}

gboolean
kith_trust_forget (KithTrust *trust, const char *name, GError **error)
{
  g_return_val_if_fail (KITH_IS_TRUST (trust) && name != NULL, FALSE);
  return g_hash_table_remove (trust->pins, name) || not_found (name, error);
}

struct _KithTrustMove {
  KithPeerKey key;
  gchar *fresh; /* name that was not pinned before, or NULL */
  gchar *gone;  /* name that is pinned no more, or NULL … */
  Pin pin;      /* … as it was */
};

KithTrustMove *
kith_trust_move (KithTrust *trust,
                 const char *from,
                 const char *to,
                 const KithPeerKey *key,
                 gint64 now,
                 GError **error)
{
  g_return_val_if_fail (KITH_IS_TRUST (trust) && key != NULL, NULL);
  const Pin *old = from != NULL ? g_hash_table_lookup (trust->pins, from) : NULL;
  gboolean fresh = to != NULL && g_hash_table_lookup (trust->pins, to) == NULL;

  if (to != NULL && !kith_trust_pin (trust, to, key, now, error)) {
    return NULL;
  }
  KithTrustMove *move = g_new0 (KithTrustMove, 1);
  move->key = *key;
  move->fresh = fresh ? g_strdup (to) : NULL;
  if (old != NULL && kith_peer_key_equal (&old->key, key)) {
    move->gone = g_strdup (from);
    move->pin = *old;
    if (to != NULL && old->verified) {
      (void)kith_trust_verify (trust, to, key, NULL);
    }
    (void)kith_trust_forget (trust, from, NULL);
  }
  return move;
}

void
kith_trust_move_back (KithTrust *trust, const KithTrustMove *move)
{
  g_return_if_fail (KITH_IS_TRUST (trust) && move != NULL);

  if (move->fresh != NULL) {
    (void)kith_trust_forget (trust, move->fresh, NULL);
  }
  if (move->gone != NULL && kith_trust_pin (trust, move->gone, &move->key, move->pin.since, NULL)
      && move->pin.verified) {
    (void)kith_trust_verify (trust, move->gone, &move->key, NULL);
  }
}

void
kith_trust_move_free (KithTrustMove *move)
{
  if (move != NULL) {
    g_free (move->fresh);
    g_free (move->gone);
    g_free (move);
  }
}

struct _KithTrustCopy {
  gchar *dir;
  GKeyFile *file;
};

KithTrustCopy *
kith_trust_copy (KithTrust *trust)
{
  g_return_val_if_fail (KITH_IS_TRUST (trust), NULL);
  KithTrustCopy *copy = g_new0 (KithTrustCopy, 1);
  g_auto (GStrv) names = kith_trust_list (trust);

  copy->dir = g_strdup (trust->dir);
  copy->file = g_key_file_new ();
  for (guint i = 0; names[i] != NULL; i++) {
    const Pin *pin = g_hash_table_lookup (trust->pins, names[i]);
    g_autofree gchar *group = g_strdup_printf ("pin %u", i + 1);
    g_autofree gchar *key = kith_peer_key_to_text (&pin->key);
    g_key_file_set_string (copy->file, group, "name", names[i]);
    g_key_file_set_string (copy->file, group, "key", key);
    g_key_file_set_int64 (copy->file, group, "since", pin->since);
    g_key_file_set_boolean (copy->file, group, "verified", pin->verified);
  }
  return copy;
}

void
kith_trust_copy_free (KithTrustCopy *copy)
{
  if (copy != NULL) {
    g_key_file_unref (copy->file);
    g_free (copy->dir);
    g_free (copy);
  }
}

gboolean
kith_trust_copy_write (const KithTrustCopy *copy, GError **error)
{
  g_return_val_if_fail (copy != NULL, FALSE);
  gsize len;
  g_autofree gchar *text = g_key_file_to_data (copy->file, &len, NULL);

  return kith_state_file_write (copy->dir,
                                FILE_NAME,
                                (const guint8 *)text,
                                len,
                                KITH_STATE_FILE_REPLACE,
                                error);
}

const char *
kith_trust_level_word (KithTrustLevel level)
{
  switch (level) {
  case KITH_TRUST_UNKNOWN:
    return "unknown";
  case KITH_TRUST_SEEN:
    return "seen";
  case KITH_TRUST_VERIFIED:
    return "verified";
  case KITH_TRUST_MISMATCH:
    return "mismatch";
  }
  return "unknown";
}
