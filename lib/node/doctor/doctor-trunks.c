/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One function for the check of the trunks. */
#include "node/doctor/doctor-private.h"

/* What is to be said of each reason. */
static const char *const codes[KITH_N_TRUNK_REASONS] = {
  [KITH_TRUNK_FINE] = "trunk-no-answer",
  [KITH_TRUNK_NOT_FOUND] = "trunk-not-found",
  [KITH_TRUNK_NO_ANSWER] = "trunk-no-answer",
  [KITH_TRUNK_WRONG_PASSWORD] = "trunk-wrong-password",
  [KITH_TRUNK_REFUSES_USER] = "trunk-refuses-user",
  [KITH_TRUNK_BUSY] = "trunk-busy",
  [KITH_TRUNK_CERTIFICATE] = "trunk-certificate",
  [KITH_TRUNK_PROTOCOL] = "trunk-protocol",
  [KITH_TRUNK_NO_PASSWORD] = "trunk-no-password",
};

static void
note_trouble (KithRound *round, const KithTrunkEntry *entry, guint others)
{
  KithSaying *saying
      = kith_doctor_note (round, "trunks", KITH_HEALTH_BAD, codes[entry->report.reason]);

  kith_saying_put (saying, "trunk", entry->trunk.name);
  kith_saying_put (saying, "domain", entry->trunk.account.domain);
  kith_saying_put_time (saying, "since-ms", kith_doctor_wall (round->patient) - entry->since_us);
  if (*entry->report.text != '\0') {
    kith_saying_put (saying, "said", entry->report.text);
  }
  if (others > 0) {
    kith_saying_put_number (saying, "others", others);
  }
}

void
kith_doctor_trunks (KithRound *round)
{
  KithTrunks *trunks = round->patient->trunks;
  g_autoptr (GPtrArray) list = trunks != NULL ? kith_trunks_list (trunks) : g_ptr_array_new ();
  const KithTrunkEntry *first = NULL;
  guint troubled = 0;

  for (guint i = 0; i < list->len; i++) {
    const KithTrunkEntry *entry = list->pdata[i];
    if (entry->enabled && entry->report.state == KITH_TRUNK_FAILED) {
      first = first == NULL ? entry : first;
      troubled++;
    }
  }
  if (first != NULL) {
    note_trouble (round, first, troubled - 1);
  } else if (list->len > 0) { /* who has none need not hear of them */
    kith_saying_put_number (kith_doctor_note (round, "trunks", KITH_HEALTH_OK, "trunks-fine"),
                            "trunks",
                            list->len);
  }
}
