/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One function for each check. */
#include "node/doctor.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define EARLIEST_S G_GINT64_CONSTANT (1767225600) /* 2026-01-01: this program is not older */
#define LATEST_S G_GINT64_CONSTANT (4102444800)   /* 2100-01-01 */
#define AHEAD_S 30                                /* a record that seems to come from the future */
#define LOW_BYTES (50 * 1024 * 1024)
#define JOIN_S 60 /* until then it is ordinary that nobody answers */

typedef struct {
  const KithPatient *patient;
  GPtrArray *findings;
} Round;

static void
finding_free (gpointer data)
{
  KithFinding *finding = data;

  g_free (finding->finding);
  g_free (finding->remedy);
  g_free (finding);
}

/* Takes @finding. */
static void
note (Round *round, const char *id, KithHealth health, gchar *finding, const char *remedy)
{
  KithFinding *row = g_new0 (KithFinding, 1);

  row->id = id;
  row->health = health;
  row->finding = finding;
  row->remedy = g_strdup (health == KITH_HEALTH_OK ? "" : remedy);
  g_ptr_array_add (round->findings, row);
}

static gint64
wall (const KithPatient *patient)
{
  return kith_clock_wall (patient->clock);
}

/* "3 h 12 min", "4 min", "12 s" */
static gchar *
ago (gint64 us)
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
check_daemon (Round *round)
{
  const KithPatient *patient = round->patient;
  g_autofree gchar *time = ago (wall (patient) - patient->started_us);
  const char *how = g_getenv ("INVOCATION_ID") != NULL ? ", as a unit of systemd" : "";

  note (round,
        "daemon",
        KITH_HEALTH_OK,
        g_strdup_printf ("kithd " KITH_VERSION " has run for %s%s", time, how),
        "");
}

static void
check_identity (Round *round)
{
  const KithPatient *patient = round->patient;
  g_autofree gchar *path = g_build_filename (patient->config->state_dir, "identity.key", NULL);
  struct stat st;

  if (patient->vault == NULL) {
    note (round,
          "identity",
          KITH_HEALTH_BAD,
          g_strdup ("there is none yet"),
          "Make one: kith init NAME.");
  } else if (stat (path, &st) != 0) {
    note (round,
          "identity",
          KITH_HEALTH_BAD,
          g_strdup ("identity.key has gone from the disk"),
          "Put it back from a backup before kithd stops, or restore it: kith init NAME --restore.");
  } else if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0 || st.st_uid != geteuid ()) {
    note (round,
          "identity",
          KITH_HEALTH_BAD,
          g_strdup_printf ("%s can be read by others", path),
          "Forbid it: chmod 600 identity.key, in the state directory. If others had access, make a "
          "new identity.");
  } else {
    const char *address = patient->account != NULL
                              ? kith_account_get_full_address (patient->account)
                              : kith_vault_get_name (patient->vault);
    note (round,
          "identity",
          KITH_HEALTH_OK,
          g_strdup_printf ("%s, its key is readable by you alone", address),
          "");
  }
}

static void
check_clock (Round *round)
{
  const KithPatient *patient = round->patient;
  gint64 now_s = wall (patient) / G_USEC_PER_SEC;
  gint64 ahead_s = patient->links != NULL ? kith_link_pool_get_ahead (patient->links) : 0;
  static const char remedy[] = "Set the clock, best by NTP: timedatectl set-ntp true.";

  if (now_s < EARLIEST_S || now_s > LATEST_S) {
    note (round,
          "clock",
          KITH_HEALTH_BAD,
          g_strdup ("the date cannot be right: nobody will believe your records"),
          remedy);
  } else if (ahead_s > AHEAD_S) {
    note (round,
          "clock",
          KITH_HEALTH_WARNING,
          g_strdup_printf ("somebody’s record was %" G_GINT64_FORMAT
                           " s in the future: this clock may be slow",
                           ahead_s),
          remedy);
  } else {
    note (round,
          "clock",
          KITH_HEALTH_OK,
          g_strdup ("plausible, and no record came from the future"),
          "");
  }
}

static guint32
status_number (GVariant *status, const char *key)
{
  guint32 number = 0;

  (void)g_variant_lookup (status, key, "u", &number);
  return number;
}

/* Of the locator that has a network of its own. */
static KithLocator *
find_network (const KithPatient *patient)
{
  for (guint i = 0; patient->locators != NULL && i < patient->locators->len; i++) {
    if (g_str_equal (kith_locator_get_name (patient->locators->pdata[i]), "dht")) {
      return patient->locators->pdata[i];
    }
  }
  return NULL;
}

static void
check_network (Round *round)
{
  const KithPatient *patient = round->patient;
  KithLocator *locator = find_network (patient);
  gboolean young = wall (patient) - patient->started_us < (gint64)JOIN_S * G_USEC_PER_SEC;

  if (locator == NULL) {
    note (round,
          "network",
          KITH_HEALTH_WARNING,
          g_strdup ("the distributed hash table is not in use"),
          "If names are to be looked up: locators = static;dht in kith.conf.");
    return;
  }
  if (patient->links != NULL && !kith_link_pool_has_address (patient->links)) {
    note (round,
          "network",
          KITH_HEALTH_BAD,
          g_strdup ("this host has no network address"),
          "Connect to a network: a cable, Wi-Fi, or a modem.");
    return;
  }
  g_autoptr (GVariant) status = g_variant_take_ref (kith_locator_get_status (locator));
  guint32 peers = status_number (status, "peers");
  guint32 restarts = status_number (status, "restarts");
  switch (kith_locator_get_state (locator)) {
  case KITH_LOCATOR_OFFLINE:
    note (round,
          "network",
          KITH_HEALTH_BAD,
          g_strdup ("the worker of the hash table does not run"),
          "See the log for why: journalctl --user -u kithd.");
    break;
  case KITH_LOCATOR_JOINING:
  case KITH_LOCATOR_ALONE:
    note (round,
          "network",
          young ? KITH_HEALTH_WARNING : KITH_HEALTH_BAD,
          g_strdup ("no other node answered yet"),
          "Name a node that runs (bootstrap in kith.conf, or kithd --bootstrap HOST:PORT), and see "
          "that UDP may leave this network.");
    break;
  case KITH_LOCATOR_ONLINE:
    note (
        round,
        "network",
        restarts > 0 ? KITH_HEALTH_WARNING : KITH_HEALTH_OK,
        restarts > 0
            ? g_strdup_printf ("%u nodes are known, but the worker died %u times", peers, restarts)
            : g_strdup_printf ("%u %s known", peers, peers == 1 ? "node is" : "nodes are"),
        "Please report why it died: journalctl --user -u kithd.");
    break;
  }
}

static void
check_registration (Round *round)
{
  const KithPatient *patient = round->patient;
  KithAccount *account = patient->account;
  g_autofree gchar *since = NULL;

  if (account == NULL) {
    note (round,
          "registration",
          KITH_HEALTH_BAD,
          g_strdup ("without an identity nobody can find you"),
          "Make one: kith init NAME.");
    return;
  }
  const char *word = kith_registration_state_word (kith_account_get_state (account));
  switch (kith_account_get_state (account)) {
  case KITH_REGISTRATION_REGISTERED:
    since = ago (wall (patient) - kith_account_get_registered_at (account));
    note (round,
          "registration",
          KITH_HEALTH_OK,
          g_strdup_printf ("your record was read back from the network %s ago", since),
          "");
    break;
  case KITH_REGISTRATION_PUBLISHING:
  case KITH_REGISTRATION_JOINING:
    note (round,
          "registration",
          KITH_HEALTH_WARNING,
          g_strdup_printf ("%s: others may not find you yet", word),
          "Wait a moment: kith status --wait 30.");
    break;
  case KITH_REGISTRATION_OFFLINE:
  case KITH_REGISTRATION_ALONE:
  case KITH_REGISTRATION_WITHDRAWING:
    note (round,
          "registration",
          KITH_HEALTH_BAD,
          g_strdup_printf ("%s: others cannot find you", word),
          "Mend the network first, see above.");
    break;
  }
}

static void
check_nat (Round *round)
{
  const KithPatient *patient = round->patient;
  KithNatFacts facts = { 0 };

  if (patient->links != NULL) {
    kith_link_pool_get_nat (patient->links, &facts);
  }
  g_autofree gchar *seen = facts.has_reflexive ? kith_candidate_to_text (&facts.reflexive) : NULL;
  gchar *finding = g_strdup_printf ("%s%s%s%s",
                                    kith_nat_kind_text (facts.kind),
                                    seen != NULL ? ", seen as " : "",
                                    seen != NULL ? seen : "",
                                    facts.has_ipv6 ? ", and IPv6 without one" : "");
  gboolean relays = patient->turn != NULL && kith_turn_pool_get_n (patient->turn) > 0;
  switch (facts.kind) {
  case KITH_NAT_UNKNOWN:
    note (round,
          "nat",
          KITH_HEALTH_UNKNOWN,
          finding,
          "It is found out when other nodes or STUN servers answer.");
    break;
  case KITH_NAT_SYMMETRIC:
    note (round,
          "nat",
          relays || facts.has_mapping ? KITH_HEALTH_OK : KITH_HEALTH_WARNING,
          finding,
          "People behind such NATs cannot reach you directly: let a friend relay (kith contact set "
          "NAME --relay on), switch on port "
          "mapping in the router, or name a TURN server in kith.conf.");
    break;
  case KITH_NAT_BLOCKED:
    note (round,
          "nat",
          relays ? KITH_HEALTH_WARNING : KITH_HEALTH_BAD,
          finding,
          "Let UDP leave this network, or name a TURN server that is reached by TCP or TLS in "
          "kith.conf ([turn] server=turns:HOST).");
    break;
  case KITH_NAT_NONE:
  case KITH_NAT_FIREWALL:
  case KITH_NAT_FULL_CONE:
  case KITH_NAT_ADDRESS_RESTRICTED:
  case KITH_NAT_PORT_RESTRICTED:
  case KITH_NAT_CONE:
    note (round, "nat", KITH_HEALTH_OK, finding, "");
    break;
  }
}

static void
check_mapping (Round *round)
{
  const KithPatient *patient = round->patient;
  KithNatFacts facts = { 0 };

  if (patient->links != NULL) {
    kith_link_pool_get_nat (patient->links, &facts);
  }
  if (facts.has_mapping) {
    note (round,
          "port-mapping",
          KITH_HEALTH_OK,
          g_strdup_printf ("the router keeps a port open (%s)", facts.mapped_by),
          "");
  } else if (facts.kind == KITH_NAT_NONE || facts.kind == KITH_NAT_FULL_CONE) {
    note (round, "port-mapping", KITH_HEALTH_OK, g_strdup ("none, and none is needed"), "");
  } else if (facts.kind == KITH_NAT_UNKNOWN) {
    note (round,
          "port-mapping",
          KITH_HEALTH_UNKNOWN,
          g_strdup ("none; whether one is needed is not known yet"),
          "");
  } else {
    note (
        round,
        "port-mapping",
        facts.kind == KITH_NAT_SYMMETRIC ? KITH_HEALTH_WARNING : KITH_HEALTH_OK,
        g_strdup ("no port is mapped in the router"),
        "Switch on NAT-PMP, PCP or UPnP in the router: calls then find a direct path more often.");
  }
}

static void
check_stun (Round *round)
{
  const KithPatient *patient = round->patient;
  guint n
      = patient->config->stun_servers != NULL ? g_strv_length (patient->config->stun_servers) : 0;
  KithNatFacts facts = { 0 };

  if (patient->links != NULL) {
    kith_link_pool_get_nat (patient->links, &facts);
  }
  if (facts.n_witnesses > 0) {
    note (
        round,
        "stun",
        KITH_HEALTH_OK,
        g_strdup_printf ("%u %s us how we are seen",
                         facts.n_witnesses,
                         facts.n_witnesses == 1 ? "node or server tells" : "nodes or servers tell"),
        "");
  } else if (patient->config->lan_only) {
    note (round, "stun", KITH_HEALTH_OK, g_strdup ("not asked: lan-only is set"), "");
  } else if (n > 0) {
    note (round,
          "stun",
          KITH_HEALTH_WARNING,
          g_strdup_printf ("none of %u STUN servers and no node answered", n),
          "Check [link] stun in kith.conf, and that UDP may leave this network.");
  } else {
    note (round,
          "stun",
          KITH_HEALTH_UNKNOWN,
          g_strdup ("no node told us yet how we are seen"),
          "It takes a node outside of this network; a STUN server in kith.conf does it too.");
  }
}

static void
check_turn (Round *round)
{
  const KithPatient *patient = round->patient;
  guint n = patient->turn != NULL ? kith_turn_pool_get_n (patient->turn) : 0;
  guint works = 0;
  g_autofree gchar *why = NULL;

  for (guint i = 0; i < n; i++) {
    KithTurnFacts facts = { 0 };
    kith_turn_pool_get_facts (patient->turn, i, &facts);
    works += facts.state == KITH_TURN_WORKS;
    if (facts.state == KITH_TURN_FAILED && why == NULL) {
      why = g_strdup_printf ("%s: %s", facts.label, facts.why != NULL ? facts.why : "failed");
    }
  }
  if (n == 0) {
    note (round, "turn", KITH_HEALTH_OK, g_strdup ("no TURN server is configured"), "");
  } else if (works > 0) {
    note (round,
          "turn",
          why != NULL ? KITH_HEALTH_WARNING : KITH_HEALTH_OK,
          g_strdup_printf ("%u of %u TURN servers work%s%s",
                           works,
                           n,
                           why != NULL ? "; " : "",
                           why != NULL ? why : ""),
          "Check server, user and password in kith.conf.");
  } else if (why != NULL) {
    note (round,
          "turn",
          KITH_HEALTH_BAD,
          g_steal_pointer (&why),
          "Check server, user and password in kith.conf.");
  } else {
    note (round,
          "turn",
          KITH_HEALTH_UNKNOWN,
          g_strdup_printf ("none of %u TURN servers answered yet", n),
          "");
  }
}

static void
check_friends (Round *round)
{
  const KithPatient *patient = round->patient;
  g_autoptr (GPtrArray) people
      = patient->contacts != NULL ? kith_contacts_list (patient->contacts) : NULL;
  guint friends = 0;
  guint online = 0;

  for (guint i = 0; people != NULL && i < people->len; i++) {
    const KithPerson *person = people->pdata[i];
    friends += person->relay;
    online += person->relay && person->online;
  }
  if (friends == 0) {
    note (round, "friends", KITH_HEALTH_OK, g_strdup ("no contact relays for you"), "");
  } else if (online == 0) {
    note (round,
          "friends",
          KITH_HEALTH_WARNING,
          g_strdup_printf ("none of %u contacts that may relay is online", friends),
          "They help when their Kith runs: ask one of them to leave it running.");
  } else {
    note (round,
          "friends",
          KITH_HEALTH_OK,
          g_strdup_printf ("%u of %u contacts that may relay are online; they carry if they have "
                           "relay on for you, too",
                           online,
                           friends),
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

static void
check_audio (Round *round, const char *id, gboolean microphone, const char *file)
{
  g_autoptr (GError) error = NULL;

  if (round->patient->media == NULL) {
    note (round,
          id,
          KITH_HEALTH_UNKNOWN,
          g_strdup ("not examined: there is no identity yet"),
          "Make one: kith init NAME.");
  } else if (!kith_media_maker_check (round->patient->media, microphone, &error)) {
    note (round,
          id,
          KITH_HEALTH_BAD,
          before_colon (error->message),
          "Start PipeWire or PulseAudio (systemctl --user start pipewire-pulse), or set in and out "
          "of "
          "[audio] in kith.conf.");
  } else if (file != NULL) {
    note (round,
          id,
          KITH_HEALTH_OK,
          g_strdup_printf ("%s “%s”, as configured", microphone ? "from" : "to", file),
          "");
  } else {
    note (round, id, KITH_HEALTH_OK, g_strdup ("the default device of the sound server"), "");
  }
}

static void
check_sip (Round *round)
{
  const KithPatient *patient = round->patient;

  if (!patient->config->sip_enabled) {
    note (round, "sip", KITH_HEALTH_OK, g_strdup ("ordinary SIP is off"), "");
  } else if (patient->sip_port == 0) {
    note (round,
          "sip",
          patient->vault != NULL ? KITH_HEALTH_BAD : KITH_HEALTH_UNKNOWN,
          g_strdup ("no port is served"),
          patient->vault != NULL ? "See the log for why: journalctl --user -u kithd."
                                 : "Make an identity: kith init NAME.");
  } else if (patient->config->sip_port != 0 && patient->sip_port != patient->config->sip_port) {
    note (round,
          "sip",
          KITH_HEALTH_WARNING,
          g_strdup_printf ("port %u is taken by another program, %u is used",
                           patient->config->sip_port,
                           patient->sip_port),
          "SIP phones must name the port, or stop the other program.");
  } else {
    note (round,
          "sip",
          KITH_HEALTH_OK,
          g_strdup_printf ("port %u, UDP and TCP", patient->sip_port),
          "");
  }
}

static void
check_disk (Round *round)
{
  const KithPatient *patient = round->patient;
  const char *dir = patient->config->state_dir;
  struct statvfs space;

  if (access (dir, W_OK) != 0) {
    note (round,
          "disk",
          KITH_HEALTH_BAD,
          g_strdup_printf ("%s cannot be written to", dir),
          "Make it writable for you, or choose another with --state-dir.");
  } else if (statvfs (dir, &space) == 0 && (guint64)space.f_bavail * space.f_frsize < LOW_BYTES) {
    note (round,
          "disk",
          KITH_HEALTH_WARNING,
          g_strdup_printf ("less than %d MB are free for %s", LOW_BYTES / 1024 / 1024, dir),
          "Free some space: what cannot be written is forgotten.");
  } else if (patient->database != NULL && !kith_database_is_lasting (patient->database)) {
    note (
        round,
        "disk",
        KITH_HEALTH_WARNING,
        g_strdup ("the database cannot be used: calls and contacts are forgotten when kithd stops"),
        "See the log for why: journalctl --user -u kithd.");
  } else {
    note (round, "disk", KITH_HEALTH_OK, g_strdup_printf ("%s is writable", dir), "");
  }
}

GPtrArray *
kith_doctor_examine (const KithPatient *patient)
{
  Round round = { patient, g_ptr_array_new_with_free_func (finding_free) };

  check_daemon (&round);
  check_identity (&round);
  check_clock (&round);
  check_network (&round);
  check_registration (&round);
  check_nat (&round);
  check_mapping (&round);
  check_stun (&round);
  check_turn (&round);
  check_friends (&round);
  check_audio (&round, "microphone", TRUE, patient->config->audio_in);
  check_audio (&round, "loudspeaker", FALSE, patient->config->audio_out);
  check_sip (&round);
  check_disk (&round);
  return round.findings;
}

const char *
kith_health_word (KithHealth health)
{
  static const char *const words[] = { "ok", "warning", "bad", "unknown" };

  return words[MIN ((guint)health, (guint)KITH_HEALTH_UNKNOWN)];
}
