/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One function for each check of what was named by hand: nodes to begin with, and the file of contacts. */
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

/* What became of the named nodes, in words. */
typedef struct {
  GString *text;
  guint n;
  guint n_lost;   /* cannot be resolved */
  guint n_silent; /* do not answer */
} Nodes;

static void
add_node (Nodes *nodes, GVariant *one, gint64 now_us)
{
  const char *node = "";
  const char *state = "";
  const char *error = "";
  gint64 answered_us = 0;

  (void)g_variant_lookup (one, "node", "&s", &node);
  (void)g_variant_lookup (one, "state", "&s", &state);
  (void)g_variant_lookup (one, "error", "&s", &error);
  (void)g_variant_lookup (one, "answered-at", "x", &answered_us);
  g_string_append_printf (nodes->text, "%s%s ", nodes->n++ > 0 ? "; " : "", node);
  if (strcmp (state, "unresolved") == 0) {
    nodes->n_lost++;
    g_string_append_printf (nodes->text, "is not known by this name (%s)", error);
  } else if (strcmp (state, "silent") == 0) {
    nodes->n_silent++;
    g_string_append (nodes->text, "does not answer");
  } else if (strcmp (state, "answers") == 0) {
    g_autofree gchar *ago = kith_doctor_ago (now_us - answered_us);
    g_string_append_printf (nodes->text, "answered, the last time %s ago", ago);
  } else {
    g_string_append (nodes->text, "is being asked");
  }
}

void
kith_doctor_bootstrap (KithRound *round)
{
  const KithPatient *patient = round->patient;
  g_autoptr (GVariant) status = locator_status (patient, "dht");
  g_autoptr (GVariant) list
      = status != NULL ? g_variant_lookup_value (status, "bootstrap", G_VARIANT_TYPE ("aa{sv}"))
                       : NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  Nodes nodes = { .text = text };
  guint32 peers = 0;

  for (gsize i = 0; list != NULL && i < g_variant_n_children (list); i++) {
    g_autoptr (GVariant) one = g_variant_get_child_value (list, i);
    add_node (&nodes, one, kith_doctor_wall (patient));
  }
  if (nodes.n == 0) {
    kith_doctor_note (round,
                      "bootstrap",
                      KITH_HEALTH_OK,
                      g_strdup ("no node to begin with is named in kith.conf"),
                      "");
    return;
  }
  (void)g_variant_lookup (status, "peers", "u", &peers);
  KithHealth health = nodes.n_lost + nodes.n_silent == 0 ? KITH_HEALTH_OK
                      : peers > 0                        ? KITH_HEALTH_WARNING
                                                         : KITH_HEALTH_BAD;
  g_autofree gchar *remedy = g_strconcat (
      nodes.n_lost > 0 ? "Check the spelling of the name in kith.conf ([dht] bootstrap), and that "
                         "this computer can resolve names."
                       : "",
      nodes.n_lost > 0 && nodes.n_silent > 0 ? " " : "",
      nodes.n_silent > 0 ? "See that the node that does not answer runs, that its UDP port can be "
                           "reached from here, and that UDP may leave this network."
                         : "",
      NULL);
  kith_doctor_note (round, "bootstrap", health, g_strdup (text->str), remedy);
}

void
kith_doctor_device (KithRound *round)
{
  const KithPatient *patient = round->patient;
  gint64 written_us = 0;
  gboolean is_copy = FALSE;

  if (patient->account == NULL
      || !kith_account_get_other (patient->account, &written_us, &is_copy)) {
    kith_doctor_note (round,
                      "device",
                      KITH_HEALTH_OK,
                      g_strdup ("this identity is not seen on any other machine"),
                      "");
    return;
  }
  g_autofree gchar *ago = kith_doctor_ago (kith_doctor_wall (patient) - written_us);
  kith_doctor_note (round,
                    "device",
                    KITH_HEALTH_WARNING,
                    g_strdup_printf ("this identity is in use on another machine too, last seen %s "
                                     "ago%s: calls ring at only one of the two",
                                     ago,
                                     is_copy ? " (it has a copy of this state directory)" : ""),
                    "Stop kithd on one of them. If the other one is not yours, somebody has your "
                    "key: make a new identity and tell your friends.");
}

void
kith_doctor_contacts_file (KithRound *round)
{
  g_autoptr (GVariant) status = locator_status (round->patient, "static");
  const char *error = NULL;
  guint32 n = 0;

  if (status == NULL) {
    kith_doctor_note (round,
                      "contacts-file",
                      KITH_HEALTH_OK,
                      g_strdup ("the file of contacts is not in use"),
                      "");
  } else if (g_variant_lookup (status, "last-error", "&s", &error)) {
    kith_doctor_note (round,
                      "contacts-file",
                      KITH_HEALTH_WARNING,
                      g_strdup (error),
                      "Correct that line of the file; until then the last good one counts.");
  } else {
    (void)g_variant_lookup (status, "contacts", "u", &n);
    kith_doctor_note (round,
                      "contacts-file",
                      KITH_HEALTH_OK,
                      g_strdup_printf ("%u %s in it", n, n == 1 ? "contact is" : "contacts are"),
                      "");
  }
}
