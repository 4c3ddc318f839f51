/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One function for each check of the state directory and of the port for telephones. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/error.h"
#include "node/doctor/doctor-private.h"

#define LOW_BYTES (50 * 1024 * 1024)

KithHealth
kith_doctor_judge_identity (const char *state_dir, gchar **finding, gchar **remedy)
{
  g_autofree gchar *path = g_build_filename (state_dir, "identity.key", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (KithVault) vault = kith_identity_init () ? kith_vault_open (state_dir, &error) : NULL;
  struct stat st;

  if (vault != NULL) {
    *finding = g_strdup (kith_vault_get_name (vault));
    *remedy = g_strdup ("");
    return KITH_HEALTH_OK;
  }
  if (g_error_matches (error, KITH_ERROR, KITH_ERROR_NOT_FOUND)) {
    *finding = g_strdup ("identity.key is not on the disk");
    *remedy = g_strdup ("Put it back from a backup, or bring the identity back with its 12 words: "
                        "kith init NAME --restore.");
    return KITH_HEALTH_UNKNOWN;
  }
  *finding = g_strdup (error != NULL ? error->message : "the system gives no random numbers");
  if (stat (path, &st) == 0
      && ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0 || st.st_uid != geteuid ())) {
    g_free (*finding);
    *finding = g_strdup_printf ("%s can be read by others, and kithd refuses it", path);
    *remedy = g_strdup ("Forbid it: chmod 600 identity.key, in the state directory. If others had "
                        "access, make a new identity.");
  } else {
    *remedy = g_strdup_printf ("Move %s away, then bring the identity back with its 12 words: kith "
                               "init NAME --restore.",
                               path);
  }
  return KITH_HEALTH_BAD;
}

void
kith_doctor_identity (KithRound *round)
{
  const KithPatient *patient = round->patient;
  g_autofree gchar *finding = NULL;
  g_autofree gchar *remedy = NULL;
  KithHealth health = kith_doctor_judge_identity (patient->config->state_dir, &finding, &remedy);

  if (patient->vault == NULL && health != KITH_HEALTH_BAD) {
    kith_doctor_note (round,
                      "identity",
                      KITH_HEALTH_BAD,
                      g_strdup ("there is none yet"),
                      "Make one: kith init NAME.");
  } else if (health != KITH_HEALTH_OK) {
    kith_doctor_note (round, "identity", KITH_HEALTH_BAD, g_steal_pointer (&finding), remedy);
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

/* What makes the port be served whose binding failed with @why. */
static const char *
sip_remedy (int why)
{
  switch (why) {
  case EADDRINUSE:
    return "End that program, or choose another port: [sip] port in kith.conf. The port is taken "
           "within 30 s when it is free; calls by name work without it.";
  case EACCES:
  case EPERM:
    return "This host lets only privileged programs serve that port: choose one of 1024 or above, "
           "[sip] port in kith.conf, and start kithd anew. Calls by name work without it.";
  case EADDRNOTAVAIL:
  case EAFNOSUPPORT:
    return "Choose an address that this host has: [sip] bind in kith.conf. When it gets this one, "
           "it is served within 30 s; calls by name work without it.";
  default:
    return "Choose another port or address: [sip] port and bind in kith.conf. It is tried again "
           "every 30 s; calls by name work without it.";
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
                      sip_remedy (patient->sip_errno));
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

/* @why: cause and remedy, with a semicolon between. */
static void
note_unlasting (KithRound *round, const char *why)
{
  const char *half = strstr (why, "; ");
  g_autofree gchar *cause = half != NULL ? g_strndup (why, (gsize)(half - why)) : g_strdup (why);
  g_autofree gchar *remedy = g_strdup (half != NULL ? half + 2 : "see the log for why");

  *remedy = g_ascii_toupper (*remedy);
  g_autofree gchar *sentence = g_strdup_printf ("%s. Then start kithd anew.", remedy);
  kith_doctor_note (round,
                    "disk",
                    KITH_HEALTH_BAD,
                    g_strdup_printf ("the database: %s", cause),
                    sentence);
}

void
kith_doctor_disk (KithRound *round)
{
  const KithPatient *patient = round->patient;
  const char *dir = patient->config->state_dir;
  g_autoptr (GError) why = NULL;
  struct statvfs space;

  if (access (dir, W_OK) != 0) {
    kith_doctor_note (
        round,
        "disk",
        KITH_HEALTH_BAD,
        g_strdup_printf ("%s cannot be written to (%s): contacts, calls and keys of others that "
                         "come now are forgotten when kithd stops",
                         dir,
                         g_strerror (errno)),
        "Make it writable for you, or choose another with --state-dir; then start kithd anew.");
  } else if (statvfs (dir, &space) == 0 && (guint64)space.f_bavail * space.f_frsize < LOW_BYTES) {
    kith_doctor_note (
        round,
        "disk",
        KITH_HEALTH_WARNING,
        g_strdup_printf ("less than %d MB are free for %s", LOW_BYTES / 1024 / 1024, dir),
        "Free some space: what cannot be written is forgotten.");
  } else if (patient->database != NULL && !kith_database_check_lasting (patient->database, &why)) {
    note_unlasting (round, why->message);
  } else {
    kith_doctor_note (round, "disk", KITH_HEALTH_OK, g_strdup_printf ("%s is writable", dir), "");
  }
}

void
kith_doctor_database (KithRound *round)
{
  const KithPatient *patient = round->patient;
  g_autofree gchar *aside
      = patient->database != NULL ? kith_database_get_put_aside (patient->database) : NULL;

  if (aside != NULL) {
    kith_doctor_note (
        round,
        "database",
        KITH_HEALTH_WARNING,
        g_strdup_printf ("the database was damaged and put aside as %s: the contacts, "
                         "their consent to relay and the calls in it are forgotten",
                         aside),
        "Add the contacts anew (kith contact add), or stop kithd and put a backup in "
        "the place of kith.db; then remove the damaged file.");
  } else if (patient->database == NULL) {
    kith_doctor_note (round, "database", KITH_HEALTH_UNKNOWN, g_strdup ("there is none"), "");
  } else {
    kith_doctor_note (round,
                      "database",
                      KITH_HEALTH_OK,
                      g_strdup ("none was put aside as damaged"),
                      "");
  }
}
