/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Remembers which ids the locators gave for a value. */
#include "node/directory/publication.h"

typedef struct {
  KithLocator *locator; /* (owned) */
  guint id;
  guint replicas; /* other nodes that hold it, as far as was said */
} Kept;

struct _KithPublication {
  GPtrArray *locators;
  GArray *kept; /* of Kept */
};

static void
unpublish_all (GArray *kept)
{
  for (guint i = 0; i < kept->len; i++) {
    Kept *one = &g_array_index (kept, Kept, i);
    kith_locator_unpublish (one->locator, one->id);
    g_object_unref (one->locator);
  }
  g_array_unref (kept);
}

KithPublication *
kith_publication_new (GPtrArray *locators)
{
  KithPublication *publication = g_new0 (KithPublication, 1);

  publication->locators = g_ptr_array_ref (locators);
  publication->kept = g_array_new (FALSE, FALSE, sizeof (Kept));
  return publication;
}

void
kith_publication_set (KithPublication *publication,
                      const guint8 (*locations)[KITH_LOCATION_LEN],
                      guint n,
                      GBytes *value)
{
  GArray *before = publication->kept;

  publication->kept = g_array_new (FALSE, FALSE, sizeof (Kept));
  for (guint i = 0; i < publication->locators->len; i++) {
    KithLocator *locator = publication->locators->pdata[i];
    for (guint k = 0; k < n; k++) {
      guint id = kith_locator_publish (locator, locations[k], value, TRUE);
      if (id != 0) {
        Kept one = { g_object_ref (locator), id, 0 };
        g_array_append_val (publication->kept, one);
      }
    }
  }
  unpublish_all (before);
}

gboolean
kith_publication_note (KithPublication *publication, KithLocator *locator, guint id, guint replicas)
{
  for (guint i = 0; i < publication->kept->len; i++) {
    Kept *one = &g_array_index (publication->kept, Kept, i);
    if (one->locator == locator && one->id == id) {
      one->replicas = replicas;
      return TRUE;
    }
  }
  return FALSE;
}

void
kith_publication_forget (KithPublication *publication, KithLocator *locator)
{
  for (guint i = 0; i < publication->kept->len; i++) {
    Kept *one = &g_array_index (publication->kept, Kept, i);
    if (one->locator == locator) {
      one->replicas = 0;
    }
  }
}

gboolean
kith_publication_is_held (KithPublication *publication)
{
  for (guint i = 0; i < publication->kept->len; i++) {
    if (g_array_index (publication->kept, Kept, i).replicas > 0) {
      return TRUE;
    }
  }
  return FALSE;
}

void
kith_publication_free (KithPublication *publication)
{
  if (publication == NULL) {
    return;
  }
  unpublish_all (publication->kept);
  g_ptr_array_unref (publication->locators);
  g_free (publication);
}
