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

  g_free (finding->finding);
  g_free (finding->remedy);
  g_free (finding);
}

void
kith_doctor_note (KithRound *round,
                  const char *id,
                  KithHealth health,
                  gchar *finding,
                  const char *remedy)
{
  KithFinding *row = g_new0 (KithFinding, 1);

  row->id = id;
  row->health = health;
  row->finding = finding;
  row->remedy = g_strdup (health == KITH_HEALTH_OK ? "" : remedy);
  g_ptr_array_add (round->findings, row);
}

gint64
kith_doctor_wall (const KithPatient *patient)
{
  return kith_clock_wall (patient->clock);
}

gchar *
kith_doctor_ago (gint64 us)
{
  gint64 seconds = MAX (us, 0) / G_USEC_PER_SEC;

  if (seconds < 60) {
    return g_strdup_printf ("%d s", (int)seconds);
  }
  if (seconds < 3600) {
    return g_strdup_printf ("%d min", (int)(seconds / 60));
  }
  if (seconds < 86400) {
    return g_strdup_printf ("%d h %d min", (int)(seconds / 3600), (int)(seconds / 60 % 60));
  }
  return g_strdup_printf ("%d days", (int)(seconds / 86400));
}

static void
check_daemon (KithRound *round)
{
  const KithPatient *patient = round->patient;
  g_autofree gchar *time = kith_doctor_ago (kith_doctor_wall (patient) - patient->started_us);
  const char *how = g_getenv ("INVOCATION_ID") != NULL ? ", as a unit of systemd" : "";

  kith_doctor_note (round,
                    "daemon",
                    KITH_HEALTH_OK,
                    g_strdup_printf ("kithd " KITH_VERSION " has run for %s%s", time, how),
                    "");
}

static void
check_configuration (KithRound *round)
{
  const KithConfig *config = round->patient->config;
  g_autoptr (GPtrArray) doubts = NULL;
  g_autoptr (GError) error = NULL;

  if (!kith_config_look_again (config, &doubts, &error)) {
    kith_doctor_note (round,
                      "configuration",
                      KITH_HEALTH_BAD,
                      g_strdup (error->message),
                      "Correct it: kithd goes on with what it read at its start, and would not "
                      "start again.");
    return;
  }
  g_autoptr (GString) finding = g_string_new (NULL);
  g_autoptr (GString) remedy = g_string_new (NULL);
  for (guint i = 0; i < doubts->len; i++) {
    const KithConfigDoubt *doubt = doubts->pdata[i];
    g_string_append_printf (finding, "%s%s", i > 0 ? "; " : "", doubt->finding);
    g_string_append_printf (remedy, "%s%s", i > 0 ? " " : "", doubt->remedy);
  }
  if (doubts->len > 0) {
    kith_doctor_note (round,
                      "configuration",
                      KITH_HEALTH_WARNING,
                      g_string_free (g_steal_pointer (&finding), FALSE),
                      remedy->str);
  } else {
    kith_doctor_note (round,
                      "configuration",
                      KITH_HEALTH_OK,
                      config->read_size >= 0
                          ? g_strdup_printf ("%s has no fault", config->path)
                          : g_strdup_printf ("there is no %s: all has its default", config->path),
                      "");
  }
}

static void
check_clock (KithRound *round)
{
  const KithPatient *patient = round->patient;
  gint64 now_s = kith_doctor_wall (patient) / G_USEC_PER_SEC;
  gint64 ahead_s = patient->links != NULL ? kith_link_pool_get_ahead (patient->links) : 0;
  static const char remedy[] = "Set the clock, best by NTP: timedatectl set-ntp true.";

  if (now_s < EARLIEST_S || now_s > LATEST_S) {
    kith_doctor_note (round,
                      "clock",
                      KITH_HEALTH_BAD,
                      g_strdup ("the date cannot be right: nobody will believe your records"),
                      remedy);
  } else if (ahead_s > AHEAD_S) {
    kith_doctor_note (round,
                      "clock",
                      KITH_HEALTH_WARNING,
                      g_strdup_printf ("somebody’s record was %" G_GINT64_FORMAT
                                       " s in the future: this clock may be slow",
                                       ahead_s),
                      remedy);
  } else {
    kith_doctor_note (round,
                      "clock",
                      KITH_HEALTH_OK,
                      g_strdup ("plausible, and no record came from the future"),
                      "");
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
    kith_doctor_note (round,
                      "priority",
                      KITH_HEALTH_OK,
                      g_strdup ("sound runs before everything else, as the limits allow"),
                      "");
    return;
  case KITH_PRIORITY_RTKIT:
    kith_doctor_note (round,
                      "priority",
                      KITH_HEALTH_OK,
                      g_strdup ("sound runs before everything else, by rtkit"),
                      "");
    return;
  case KITH_PRIORITY_NONE:
    kith_doctor_note (round,
                      "priority",
                      KITH_HEALTH_WARNING,
                      g_strdup ("sound gets no priority: voice may stop while the machine is busy"),
                      "Install rtkit, or allow it by limits: LimitRTPRIO=10 and LimitNICE=-11, or "
                      "rtprio and nice in /etc/security/limits.d.");
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
    kith_doctor_note (round,
                      id,
                      KITH_HEALTH_UNKNOWN,
                      g_strdup ("not examined: there is no identity yet"),
                      "Make one: kith init NAME.");
  } else if (!kith_media_maker_check (round->patient->media, microphone, &error)) {
    kith_doctor_note (
        round,
        id,
        KITH_HEALTH_BAD,
        before_colon (error->message),
        "Start PipeWire or PulseAudio (systemctl --user start pipewire-pulse), or set in and out "
        "of "
        "[audio] in kith.conf.");
  } else if (file != NULL) {
    kith_doctor_note (round,
                      id,
                      KITH_HEALTH_OK,
                      g_strdup_printf ("%s “%s”, as configured", microphone ? "from" : "to", file),
                      "");
  } else if (name == NULL && round->patient->sound_is_silent) {
    kith_doctor_note (
        round,
        id,
        KITH_HEALTH_WARNING,
        g_strdup ("the sound server runs, but does not answer"),
        "Start it anew: systemctl --user restart pipewire-pulse, or pulseaudio --kill.");
  } else if (name == NULL) {
    kith_doctor_note (round,
                      id,
                      KITH_HEALTH_OK,
                      g_strdup ("the default device of the sound server, which does not tell its "
                                "name"),
                      "");
  } else if (*name == '\0') {
    kith_doctor_note (round,
                      id,
                      KITH_HEALTH_BAD,
                      g_strdup_printf ("the sound server runs, but has no %s", id),
                      "Plug one in, or choose the right one in the settings of the desktop (or by "
                      "pavucontrol, or wpctl set-default).");
  } else {
    kith_doctor_note (round, id, KITH_HEALTH_OK, g_strdup_printf ("“%s”, the default", name), "");
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
