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
#define EDGE_ENDED_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC) /* so long its end is told */
#define EDGE_ENDS_OFTEN 3                                         /* within a minute */

KithHealth
kith_doctor_judge_identity (const char *state_dir, KithSaying **saying)
{
  g_autofree gchar *path = g_build_filename (state_dir, "identity.key", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (KithVault) vault = kith_identity_init () ? kith_vault_open (state_dir, &error) : NULL;
  KithHealth health = KITH_HEALTH_BAD;
  struct stat st;

  if (vault != NULL) {
    health = KITH_HEALTH_OK;
    *saying = kith_saying_new ("identity-there");
    kith_saying_put (*saying, "name", kith_vault_get_name (vault));
  } else if (g_error_matches (error, KITH_ERROR, KITH_ERROR_NOT_FOUND)) {
    health = KITH_HEALTH_UNKNOWN;
    *saying = kith_saying_new ("identity-missing");
  } else if (stat (path, &st) == 0
             && ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0 || st.st_uid != geteuid ())) {
    *saying = kith_saying_new ("identity-readable");
  } else {
    *saying = kith_saying_new (error != NULL ? "identity-broken" : "identity-no-random");
    kith_saying_put (*saying, "error", error != NULL ? error->message : NULL);
  }
  kith_saying_put (*saying, "file", path);
  return health;
}

void
kith_doctor_identity (KithRound *round)
{
  const KithPatient *patient = round->patient;
  g_autoptr (KithSaying) saying = NULL;
  KithHealth health = kith_doctor_judge_identity (patient->config->state_dir, &saying);

  if (patient->vault == NULL && health != KITH_HEALTH_BAD) {
    (void)kith_doctor_note (round, "identity", KITH_HEALTH_BAD, "identity-none");
  } else if (health != KITH_HEALTH_OK) {
    kith_doctor_note_saying (round, "identity", KITH_HEALTH_BAD, g_steal_pointer (&saying));
  } else {
    kith_saying_put (kith_doctor_note (round, "identity", KITH_HEALTH_OK, "identity-fine"),
                     "address",
                     patient->account != NULL ? kith_account_get_full_address (patient->account)
                                              : kith_vault_get_name (patient->vault));
  }
}

/* What is wrong with the port whose binding failed with @why. */
static const char *
port_code (int why)
{
  switch (why) {
  case EADDRINUSE:
    return "sip-port-taken";
  case EACCES:
  case EPERM:
    return "sip-port-privileged";
  case EADDRNOTAVAIL:
  case EAFNOSUPPORT:
    return "sip-address-foreign";
  default:
    return "sip-port-failed";
  }
}

/* How the worker of ordinary SIP is when it is not well. FALSE: all that is to be said is whether a
   port is served. */
static gboolean
note_edge (KithRound *round)
{
  const KithEdgeFacts *edge = &round->patient->edge;
  const gint64 ago_us = kith_clock_now (round->patient->clock) - edge->ended_us;
  KithSaying *saying = NULL;

  if (edge->state == KITH_EDGE_ABSENT) {
    saying = kith_doctor_note (round, "sip", KITH_HEALTH_BAD, "sip-edge-absent");
    kith_saying_put (saying, "error", edge->problem);
    return TRUE;
  }
  if (edge->state == KITH_EDGE_OFF || edge->state == KITH_EDGE_BLOCKED || edge->last_end == NULL
      || ago_us > EDGE_ENDED_US) {
    return FALSE;
  }
  if (edge->n_ends_lately >= EDGE_ENDS_OFTEN) {
    saying = kith_doctor_note (round, "sip", KITH_HEALTH_BAD, "sip-edge-dies");
    kith_saying_put_number (saying, "restarts", edge->n_ends_lately);
  } else {
    saying
        = kith_doctor_note (round,
                            "sip",
                            KITH_HEALTH_WARNING,
                            edge->state == KITH_EDGE_SERVING ? "sip-edge-back" : "sip-edge-ended");
    kith_saying_put_time (saying, "since-ms", ago_us);
  }
  kith_saying_put (saying, "error", edge->last_end);
  kith_saying_put_number (saying, "port", edge->port);
  return TRUE;
}

void
kith_doctor_sip (KithRound *round)
{
  const KithPatient *patient = round->patient;
  const gboolean has_identity = patient->vault != NULL;
  KithSaying *saying = NULL;

  if (!patient->config->sip_enabled) {
    saying = kith_doctor_note (round, "sip", KITH_HEALTH_OK, "sip-off");
  } else if (note_edge (round)) {
    return;
  } else if (patient->sip_port == 0 && patient->sip_problem != NULL) {
    saying = kith_doctor_note (round, "sip", KITH_HEALTH_BAD, port_code (patient->sip_errno));
    kith_saying_put (saying, "error", patient->sip_problem);
  } else if (patient->sip_port == 0) {
    saying = kith_doctor_note (round,
                               "sip",
                               has_identity ? KITH_HEALTH_BAD : KITH_HEALTH_UNKNOWN,
                               has_identity ? "sip-no-port" : "sip-no-identity");
  } else if (patient->config->sip_port != 0 && patient->sip_port != patient->config->sip_port) {
    saying = kith_doctor_note (round, "sip", KITH_HEALTH_WARNING, "sip-other-port");
    kith_saying_put_number (saying, "wanted-port", patient->config->sip_port);
  } else if (patient->edge.tls_problem != NULL) {
    saying = kith_doctor_note (round, "sip", KITH_HEALTH_WARNING, "sip-tls-failed");
    kith_saying_put (saying, "error", patient->edge.tls_problem);
  } else if (patient->edge.tls_port != 0) {
    saying = kith_doctor_note (round, "sip", KITH_HEALTH_OK, "sip-port-tls");
    kith_saying_put_number (saying, "tls-port", patient->edge.tls_port);
  } else {
    saying = kith_doctor_note (round, "sip", KITH_HEALTH_OK, "sip-port");
  }
  kith_saying_put_number (saying, "port", patient->sip_port);
}

/* @why: cause and remedy, with a semicolon between. */
static void
note_unlasting (KithRound *round, const char *why)
{
  const char *half = strstr (why, "; ");
  g_autofree gchar *cause = half != NULL ? g_strndup (why, (gsize)(half - why)) : g_strdup (why);
  g_autofree gchar *help = g_strdup (half != NULL ? half + 2 : "see the log for why");
  KithSaying *saying = kith_doctor_note (round, "disk", KITH_HEALTH_BAD, "disk-unlasting");

  *help = g_ascii_toupper (*help);
  kith_saying_put (saying, "error", cause);
  kith_saying_put (saying, "help", help);
}

void
kith_doctor_disk (KithRound *round)
{
  const KithPatient *patient = round->patient;
  const char *dir = patient->config->state_dir;
  g_autoptr (GError) why = NULL;
  KithSaying *saying = NULL;
  struct statvfs space;

  if (access (dir, W_OK) != 0) {
    const char *error = g_strerror (errno);
    saying = kith_doctor_note (round, "disk", KITH_HEALTH_BAD, "disk-unwritable");
    kith_saying_put (saying, "error", error);
  } else if (statvfs (dir, &space) == 0 && (guint64)space.f_bavail * space.f_frsize < LOW_BYTES) {
    saying = kith_doctor_note (round, "disk", KITH_HEALTH_WARNING, "disk-low");
    kith_saying_put_number (saying, "free-megabytes", LOW_BYTES / 1024 / 1024);
  } else if (patient->database != NULL && !kith_database_check_lasting (patient->database, &why)) {
    note_unlasting (round, why->message);
    return;
  } else {
    saying = kith_doctor_note (round, "disk", KITH_HEALTH_OK, "disk-writable");
  }
  kith_saying_put (saying, "dir", dir);
}

void
kith_doctor_database (KithRound *round)
{
  const KithPatient *patient = round->patient;
  g_autofree gchar *aside
      = patient->database != NULL ? kith_database_get_put_aside (patient->database) : NULL;

  if (aside != NULL) {
    kith_saying_put (
        kith_doctor_note (round, "database", KITH_HEALTH_WARNING, "database-put-aside"),
        "file",
        aside);
  } else if (patient->database == NULL) {
    (void)kith_doctor_note (round, "database", KITH_HEALTH_UNKNOWN, "database-none");
  } else {
    (void)kith_doctor_note (round, "database", KITH_HEALTH_OK, "database-fine");
  }
}
