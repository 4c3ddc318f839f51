/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One function for each check of what is on this host. */
#include "node/doctor/doctor-private.h"

#include <string.h>

#include "node/config/config-doubts.h"

#define EARLIEST_S G_GINT64_CONSTANT (1767225600) /* 2026-01-01: this program is not older */
#define LATEST_S G_GINT64_CONSTANT (4102444800)   /* 2100-01-01 */
#define AHEAD_S 30                                /* a record that seems to come from the future */

static void
finding_free (gpointer data)
{
  KithFinding *finding = data;

  kith_saying_free (finding->saying);
  g_free (finding);
}

void
kith_doctor_note_saying (KithRound *round, const char *id, KithHealth health, KithSaying *saying)
{
  KithFinding *row = g_new0 (KithFinding, 1);

  row->id = id;
  row->health = health;
  row->saying = saying;
  g_ptr_array_add (round->findings, row);
}

KithSaying *
kith_doctor_note (KithRound *round, const char *id, KithHealth health, const char *code)
{
  KithSaying *saying = kith_saying_new (code);

  kith_doctor_note_saying (round, id, health, saying);
  return saying;
}

gchar *
kith_finding_get_remedy (const KithFinding *finding)
{
  return finding->health == KITH_HEALTH_OK ? g_strdup ("") : kith_saying_help (finding->saying);
}

gint64
kith_doctor_wall (const KithPatient *patient)
{
  return kith_clock_wall (patient->clock);
}

static void
check_daemon (KithRound *round)
{
  const KithPatient *patient = round->patient;
  KithSaying *saying = kith_doctor_note (round, "daemon", KITH_HEALTH_OK, "daemon-runs");

  kith_saying_put (saying, "version", KITH_VERSION);
  kith_saying_put_time (saying, "ran-ms", kith_doctor_wall (patient) - patient->started_us);
  kith_saying_put_flag (saying, "systemd", g_getenv ("INVOCATION_ID") != NULL);
}

static void
check_configuration (KithRound *round)
{
  static const char id[] = "configuration";
  const KithConfig *config = round->patient->config;
  g_autoptr (GPtrArray) doubts = NULL;
  g_autoptr (GError) error = NULL;

  if (!kith_config_look_again (config, &doubts, &error)) {
    kith_saying_put (kith_doctor_note (round, id, KITH_HEALTH_BAD, "config-fault"),
                     "error",
                     error->message);
    return;
  }
  if (doubts->len == 0) {
    kith_saying_put (kith_doctor_note (round,
                                       id,
                                       KITH_HEALTH_OK,
                                       config->read_size >= 0 ? "config-fine" : "config-absent"),
                     "file",
                     config->path);
    return;
  }
  KithSaying *saying = kith_doctor_note (round, id, KITH_HEALTH_WARNING, "config-doubts");
  while (doubts->len > 0) {
    kith_saying_add_saying (saying, "doubts", g_ptr_array_steal_index (doubts, 0));
  }
}

static void
check_clock (KithRound *round)
{
  const KithPatient *patient = round->patient;
  gint64 now_s = kith_doctor_wall (patient) / G_USEC_PER_SEC;
  gint64 ahead_s = patient->links != NULL ? kith_link_pool_get_ahead (patient->links) : 0;

  if (now_s < EARLIEST_S || now_s > LATEST_S) {
    (void)kith_doctor_note (round, "clock", KITH_HEALTH_BAD, "clock-impossible");
  } else if (ahead_s > AHEAD_S) {
    kith_saying_put_number (kith_doctor_note (round, "clock", KITH_HEALTH_WARNING, "clock-slow"),
                            "ahead-s",
                            (guint)MIN (ahead_s, G_MAXINT));
  } else {
    (void)kith_doctor_note (round, "clock", KITH_HEALTH_OK, "clock-plausible");
  }
}

/* The cause without the remedy, which stands in a place of its own. */
static gchar *
before_colon (const char *message)
{
  const char *colon = strstr (message, ": ");

  return colon != NULL ? g_strndup (message, (gsize)(colon - message)) : g_strdup (message);
}

/* Whether sound goes on while the machine is busy with something else. */
static void
check_priority (KithRound *round)
{
  KithMediaMaker *media = round->patient->media;

  switch (media != NULL ? kith_media_maker_get_priority (media) : KITH_PRIORITY_UNKNOWN) {
  case KITH_PRIORITY_LIMITS:
    (void)kith_doctor_note (round, "priority", KITH_HEALTH_OK, "priority-limits");
    return;
  case KITH_PRIORITY_RTKIT:
    (void)kith_doctor_note (round, "priority", KITH_HEALTH_OK, "priority-rtkit");
    return;
  case KITH_PRIORITY_NONE:
    (void)kith_doctor_note (round, "priority", KITH_HEALTH_WARNING, "priority-none");
    return;
  case KITH_PRIORITY_UNKNOWN:
    return;
  }
}

static void
check_audio (KithRound *round, const char *id, gboolean microphone, const char *file)
{
  const char *name = microphone ? round->patient->microphone : round->patient->loudspeaker;
  g_autoptr (GError) error = NULL;

  if (round->patient->media == NULL) {
    (void)kith_doctor_note (round, id, KITH_HEALTH_UNKNOWN, "sound-unexamined");
  } else if (!kith_media_maker_check (round->patient->media, microphone, &error)) {
    g_autofree gchar *cause = before_colon (error->message);
    kith_saying_put (kith_doctor_note (round, id, KITH_HEALTH_BAD, "sound-unusable"),
                     "error",
                     cause);
  } else if (file != NULL) {
    kith_saying_put (kith_doctor_note (round,
                                       id,
                                       KITH_HEALTH_OK,
                                       microphone ? "microphone-file" : "loudspeaker-file"),
                     "file",
                     file);
  } else if (name == NULL && round->patient->sound_is_silent) {
    (void)kith_doctor_note (round, id, KITH_HEALTH_WARNING, "sound-silent");
  } else if (name == NULL) {
    (void)kith_doctor_note (round, id, KITH_HEALTH_OK, "sound-default");
  } else if (*name == '\0') {
    (void)kith_doctor_note (round,
                            id,
                            KITH_HEALTH_BAD,
                            microphone ? "microphone-none" : "loudspeaker-none");
  } else {
    kith_saying_put (kith_doctor_note (round, id, KITH_HEALTH_OK, "sound-device"), "device", name);
  }
}

GPtrArray *
kith_doctor_examine (const KithPatient *patient)
{
  KithRound round = { patient, g_ptr_array_new_with_free_func (finding_free) };

  check_daemon (&round);
  check_configuration (&round);
  kith_doctor_identity (&round);
  check_clock (&round);
  kith_doctor_network (&round);
  kith_doctor_bootstrap (&round);
  kith_doctor_registration (&round);
  kith_doctor_device (&round);
  kith_doctor_nat (&round);
  kith_doctor_mapping (&round);
  kith_doctor_stun (&round);
  kith_doctor_turn (&round);
  kith_doctor_friends (&round);
  kith_doctor_relay (&round);
  check_audio (&round, "microphone", TRUE, patient->config->audio_in);
  check_audio (&round, "loudspeaker", FALSE, patient->config->audio_out);
  check_priority (&round);
  kith_doctor_sip (&round);
  kith_doctor_phones (&round);
  kith_doctor_trunks (&round);
  kith_doctor_disk (&round);
  kith_doctor_database (&round);
  kith_doctor_contacts_file (&round);
  return round.findings;
}

static gboolean
is_well (const KithFinding *row)
{
  return row->health != KITH_HEALTH_BAD && row->health != KITH_HEALTH_WARNING;
}

GPtrArray *
kith_doctor_notice (const KithPatient *patient)
{
  KithRound round = { patient, g_ptr_array_new_with_free_func (finding_free) };

  kith_doctor_bootstrap (&round);
  kith_doctor_device (&round);
  kith_doctor_contacts_file (&round);
  kith_doctor_sip (&round);
  kith_doctor_disk (&round);
  kith_doctor_database (&round);
  for (guint i = round.findings->len; i-- > 0;) {
    if (is_well (round.findings->pdata[i])) {
      (void)g_ptr_array_remove_index (round.findings, i);
    }
  }
  return round.findings;
}

const char *
kith_health_word (KithHealth health)
{
  static const char *const words[] = { "ok", "warning", "bad", "unknown" };

  return words[MIN ((guint)health, (guint)KITH_HEALTH_UNKNOWN)];
}
