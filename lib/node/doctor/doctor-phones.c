/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One function for the check of the phones of the house. */
#include "node/doctor/doctor-private.h"

/* What is wrong with a phone, the worst first. */
static const struct {
  KithPhoneState state;
  const char *code;
} troubles[] = {
  { KITH_PHONE_WRONG_PASSWORD, "phones-wrong-password" },
  { KITH_PHONE_WRONG_REALM, "phones-wrong-realm" },
  { KITH_PHONE_UNREACHABLE, "phones-unreachable" },
};

static const KithPhoneEntry *
find_first (GPtrArray *list, KithPhoneState state, guint *n)
{
  const KithPhoneEntry *first = NULL;

  *n = 0;
  for (guint i = 0; i < list->len; i++) {
    const KithPhoneEntry *entry = list->pdata[i];
    if (entry->state == state) {
      first = first == NULL ? entry : first;
      (*n)++;
    }
  }
  return first;
}

static void
note_trouble (KithRound *round, const char *code, const KithPhoneEntry *entry, guint others)
{
  KithSaying *saying = kith_doctor_note (round, "phones", KITH_HEALTH_WARNING, code);
  g_autofree gchar *host
      = entry->report.source.family != 0 ? kith_endpoint_to_text (&entry->report.source) : NULL;

  kith_saying_put (saying, "phone", entry->phone.name);
  kith_saying_put_time (saying, "since-ms", kith_doctor_wall (round->patient) - entry->since_us);
  if (host != NULL) {
    kith_saying_put (saying, "address", host);
  }
  if (entry->state == KITH_PHONE_WRONG_REALM) {
    kith_saying_put (saying, "realm", entry->report.text);
  }
  if (others > 0) {
    kith_saying_put_number (saying, "others", others);
  }
}

void
kith_doctor_phones (KithRound *round)
{
  KithPhones *phones = round->patient->phones;
  g_autoptr (GPtrArray) list = phones != NULL ? kith_phones_list (phones) : g_ptr_array_new ();
  const KithPhoneEntry *first = NULL;
  const char *code = NULL;
  guint troubled = 0;

  for (guint i = 0; i < G_N_ELEMENTS (troubles); i++) {
    guint n = 0;
    const KithPhoneEntry *entry = find_first (list, troubles[i].state, &n);
    troubled += n;
    code = first == NULL ? troubles[i].code : code;
    first = first == NULL ? entry : first;
  }
  if (first != NULL) {
    note_trouble (round, code, first, troubled - 1);
  } else if (list->len == 0) {
    (void)kith_doctor_note (round, "phones", KITH_HEALTH_OK, "phones-none");
  } else {
    kith_saying_put_number (kith_doctor_note (round, "phones", KITH_HEALTH_OK, "phones-fine"),
                            "phones",
                            list->len);
  }
}
