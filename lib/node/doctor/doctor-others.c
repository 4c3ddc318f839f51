/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One function for each check of what was named by hand: nodes to begin with, and the file of
   contacts. */
#include <string.h>

#include "node/doctor/doctor-private.h"

/* Of the locator @name; NULL: it is not in use. (transfer full) */
static GVariant *
locator_status (const KithPatient *patient, const char *name)
{
  for (guint i = 0; patient->locators != NULL && i < patient->locators->len; i++) {
    KithLocator *locator = patient->locators->pdata[i];
    if (g_str_equal (kith_locator_get_name (locator), name)) {
      return g_variant_take_ref (kith_locator_get_status (locator));
    }
  }
  return NULL;
}

/* What became of a named node. (transfer full) */
static KithSaying *
node_saying (GVariant *one, gint64 now_us)
{
  const char *node = "";
  const char *state = "";
  const char *error = "";
  gint64 answered_us = 0;

  (void)g_variant_lookup (one, "node", "&s", &node);
  (void)g_variant_lookup (one, "state", "&s", &state);
  (void)g_variant_lookup (one, "error", "&s", &error);
  (void)g_variant_lookup (one, "answered-at", "x", &answered_us);
  KithSaying *saying = kith_saying_new (strcmp (state, "unresolved") == 0 ? "node-unresolved"
                                        : strcmp (state, "silent") == 0   ? "node-silent"
                                        : strcmp (state, "answers") == 0  ? "node-answers"
                                                                          : "node-asked");
  kith_saying_put (saying, "node", node);
  kith_saying_put (saying, "error", error);
  if (answered_us != 0) {
    kith_saying_put_time (saying, "since-ms", now_us - answered_us);
  }
  return saying;
}

static gboolean
is_mute (KithSaying *node)
{
  const char *code = kith_saying_get_code (node);

  return strcmp (code, "node-unresolved") == 0 || strcmp (code, "node-silent") == 0;
}

void
kith_doctor_bootstrap (KithRound *round)
{
  const KithPatient *patient = round->patient;
  g_autoptr (GVariant) status = locator_status (patient, "dht");
  g_autoptr (GVariant) list
      = status != NULL ? g_variant_lookup_value (status, "bootstrap", G_VARIANT_TYPE ("aa{sv}"))
                       : NULL;
  const gsize n = list != NULL ? g_variant_n_children (list) : 0;
  g_autoptr (KithSaying) saying = kith_saying_new (n > 0 ? "bootstrap-nodes" : "bootstrap-none");
  guint32 peers = 0;
  gboolean is_well = TRUE;

  for (gsize i = 0; i < n; i++) {
    g_autoptr (GVariant) one = g_variant_get_child_value (list, i);
    KithSaying *node = node_saying (one, kith_doctor_wall (patient));
    is_well = is_well && !is_mute (node);
    kith_saying_add_saying (saying, "nodes", node);
  }
  if (status != NULL) {
    (void)g_variant_lookup (status, "peers", "u", &peers);
  }
  kith_doctor_note_saying (round,
                           "bootstrap",
                           is_well     ? KITH_HEALTH_OK
                           : peers > 0 ? KITH_HEALTH_WARNING
                                       : KITH_HEALTH_BAD,
                           g_steal_pointer (&saying));
}

void
kith_doctor_device (KithRound *round)
{
  const KithPatient *patient = round->patient;
  gint64 written_us = 0;
  gboolean is_copy = FALSE;

  if (patient->account == NULL
      || !kith_account_get_other (patient->account, &written_us, &is_copy)) {
    (void)kith_doctor_note (round, "device", KITH_HEALTH_OK, "device-only");
    return;
  }
  KithSaying *saying = kith_doctor_note (round, "device", KITH_HEALTH_WARNING, "device-other");
  kith_saying_put_time (saying, "since-ms", kith_doctor_wall (patient) - written_us);
  kith_saying_put_flag (saying, "copy", is_copy);
}

void
kith_doctor_contacts_file (KithRound *round)
{
  static const char id[] = "contacts-file";
  g_autoptr (GVariant) status = locator_status (round->patient, "static");
  const char *error = NULL;
  guint32 n = 0;

  if (status == NULL) {
    (void)kith_doctor_note (round, id, KITH_HEALTH_OK, "contacts-file-unused");
  } else if (g_variant_lookup (status, "last-error", "&s", &error)) {
    kith_saying_put (kith_doctor_note (round, id, KITH_HEALTH_WARNING, "contacts-file-fault"),
                     "error",
                     error);
  } else {
    (void)g_variant_lookup (status, "contacts", "u", &n);
    kith_saying_put_number (kith_doctor_note (round, id, KITH_HEALTH_OK, "contacts-file-read"),
                            "contacts",
                            n);
  }
}
