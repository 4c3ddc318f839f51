/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One function for each check of the state directory and of the port for telephones. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "node/doctor-private.h"

#define LOW_BYTES (50 * 1024 * 1024)

void
kith_doctor_identity (KithRound *round)
{
  const KithPatient *patient = round->patient;
  g_autofree gchar *path = g_build_filename (patient->config->state_dir, "identity.key", NULL);
  struct stat st;

  if (patient->vault == NULL) {
    kith_doctor_note (round,
                      "identity",
                      KITH_HEALTH_BAD,
                      g_strdup ("there is none yet"),
                      "Make one: kith init NAME.");
  } else if (stat (path, &st) != 0) {
    kith_doctor_note (
        round,
        "identity",
        KITH_HEALTH_BAD,
        g_strdup ("identity.key has gone from the disk"),
        "Put it back from a backup before kithd stops, or restore it: kith init NAME --restore.");
  } else if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0 || st.st_uid != geteuid ()) {
    kith_doctor_note (
        round,
        "identity",
        KITH_HEALTH_BAD,
        g_strdup_printf ("%s can be read by others", path),
        "Forbid it: chmod 600 identity.key, in the state directory. If others had access, make a "
        "new identity.");
  } else {
    const char *address = patient->account != NULL
                              ? kith_account_get_full_address (patient->account)
                              : kith_vault_get_name (patient->vault);
    kith_doctor_note (round,
                      "identity",
                      KITH_HEALTH_OK,
                      g_strdup_printf ("%s, its key is readable by you alone", address),
                      "");
  }
}

void
kith_doctor_sip (KithRound *round)
{
  const KithPatient *patient = round->patient;

  if (!patient->config->sip_enabled) {
    kith_doctor_note (round, "sip", KITH_HEALTH_OK, g_strdup ("ordinary SIP is off"), "");
  } else if (patient->sip_port == 0 && patient->sip_problem != NULL) {
    kith_doctor_note (round,
                      "sip",
                      KITH_HEALTH_BAD,
                      g_strdup_printf ("ordinary SIP calls do not work: %s", patient->sip_problem),
                      "End that program, or choose another port: [sip] port in kith.conf. The port "
                      "is taken within 30 s when it is free; calls by name work without it.");
  } else if (patient->sip_port == 0) {
    kith_doctor_note (round,
                      "sip",
                      patient->vault != NULL ? KITH_HEALTH_BAD : KITH_HEALTH_UNKNOWN,
                      g_strdup ("no port is served"),
                      patient->vault != NULL ? "See the log for why: journalctl --user -u kithd."
                                             : "Make an identity: kith init NAME.");
  } else if (patient->config->sip_port != 0 && patient->sip_port != patient->config->sip_port) {
    kith_doctor_note (round,
                      "sip",
                      KITH_HEALTH_WARNING,
                      g_strdup_printf ("port %u is taken by another program, %u is used",
                                       patient->config->sip_port,
                                       patient->sip_port),
                      "SIP phones must name the port, or stop the other program.");
  } else {
    kith_doctor_note (round,
                      "sip",
                      KITH_HEALTH_OK,
                      g_strdup_printf ("port %u, UDP and TCP", patient->sip_port),
                      "");
  }
}

void
kith_doctor_disk (KithRound *round)
{
  const KithPatient *patient = round->patient;
  const char *dir = patient->config->state_dir;
  g_autofree gchar *aside
      = patient->database != NULL ? kith_database_get_put_aside (patient->database) : NULL;
  struct statvfs space;

  if (access (dir, W_OK) != 0) {
    kith_doctor_note (round,
                      "disk",
                      KITH_HEALTH_BAD,
                      g_strdup_printf ("%s cannot be written to", dir),
                      "Make it writable for you, or choose another with --state-dir.");
  } else if (statvfs (dir, &space) == 0 && (guint64)space.f_bavail * space.f_frsize < LOW_BYTES) {
    kith_doctor_note (
        round,
        "disk",
        KITH_HEALTH_WARNING,
        g_strdup_printf ("less than %d MB are free for %s", LOW_BYTES / 1024 / 1024, dir),
        "Free some space: what cannot be written is forgotten.");
  } else if (patient->database != NULL && !kith_database_is_lasting (patient->database)) {
    kith_doctor_note (
        round,
        "disk",
        KITH_HEALTH_WARNING,
        g_strdup ("the database cannot be used: calls and contacts are forgotten when kithd stops"),
        "See the log for why: journalctl --user -u kithd.");
  } else if (aside != NULL) {
    kith_doctor_note (
        round,
        "disk",
        KITH_HEALTH_WARNING,
        g_strdup_printf ("the database was damaged and put aside as %s: the contacts, "
                         "their consent to relay and the calls in it are forgotten",
                         aside),
        "Add the contacts anew (kith contact add), or stop kithd and put a backup in "
        "the place of kith.db; then remove the damaged file.");
  } else {
    kith_doctor_note (round, "disk", KITH_HEALTH_OK, g_strdup_printf ("%s is writable", dir), "");
  }
}
