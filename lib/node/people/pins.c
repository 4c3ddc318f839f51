/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a copy of the pins as a job of the store. */
#include "node/people/pins.h"

#include "base/log.h"

static gboolean
write_copy (KithDatabase *database, gpointer data, GError **error)
{
  return kith_trust_copy_write (data, error);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree gchar *log_id = user_data;
  g_autoptr (GError) error = NULL;

  if (!kith_store_run_finish (KITH_STORE (source), result, NULL, &error)) {
    kith_warning (log_id, "the keys of others were not remembered: %s", error->message);
  }
}

void
kith_pins_keep (KithTrust *trust, KithStore *store, const char *log_id)
{
  kith_store_run_async (store,
                        write_copy,
                        kith_trust_copy (trust),
                        (GDestroyNotify)kith_trust_copy_free,
                        on_written,
                        g_strdup (log_id));
}
