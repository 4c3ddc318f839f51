/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One function for each check of the way to others. */
#include <string.h>

#include "model/names/epoch.h"
#include "node/doctor/doctor-private.h"
#include "node/relay/relay-server.h"

#define JOIN_S 60 /* until then it is ordinary that nobody answers */

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

/* Nobody answers: why that may be. */
static void
note_alone (KithRound *round, gboolean young, gboolean has_named)
{
  KithNatFacts facts = { 0 };

  if (round->patient->nat != NULL) {
    kith_nat_get_facts (round->patient->nat, &facts);
  }
  (void)kith_doctor_note (round,
                          "network",
                          young ? KITH_HEALTH_WARNING : KITH_HEALTH_BAD,
                          facts.kind == KITH_NAT_BLOCKED ? "network-blocked"
                          : has_named                    ? "network-silent"
                                                         : "network-alone");
}

static void
note_online (KithRound *round, guint peers, guint restarts)
{
  KithSaying *saying = kith_doctor_note (round,
                                         "network",
                                         restarts > 0 ? KITH_HEALTH_WARNING : KITH_HEALTH_OK,
                                         restarts > 0 ? "network-worker-died" : "network-online");

  kith_saying_put_number (saying, "peers", peers);
  kith_saying_put_number (saying, "restarts", restarts);
}

void
kith_doctor_network (KithRound *round)
{
  const KithPatient *patient = round->patient;
  KithLocator *locator = find_network (patient);
  gboolean young
      = kith_doctor_wall (patient) - patient->started_us < (gint64)JOIN_S * G_USEC_PER_SEC;

  if (locator == NULL) {
    (void)kith_doctor_note (round, "network", KITH_HEALTH_WARNING, "network-unused");
    return;
  }
  if (patient->links != NULL && !kith_link_pool_has_address (patient->links)) {
    (void)kith_doctor_note (round, "network", KITH_HEALTH_BAD, "network-no-address");
    return;
  }
  g_autoptr (GVariant) status = g_variant_take_ref (kith_locator_get_status (locator));
  gboolean has_named = FALSE;
  (void)g_variant_lookup (status, "has-bootstrap", "b", &has_named);
  switch (kith_locator_get_state (locator)) {
  case KITH_LOCATOR_OFFLINE:
    (void)kith_doctor_note (round, "network", KITH_HEALTH_BAD, "network-no-worker");
    break;
  case KITH_LOCATOR_JOINING:
  case KITH_LOCATOR_ALONE:
    note_alone (round, young, has_named);
    break;
  case KITH_LOCATOR_ONLINE:
    note_online (round, status_number (status, "peers"), status_number (status, "restarts"));
    break;
  }
}

void
kith_doctor_registration (KithRound *round)
{
  const KithPatient *patient = round->patient;
  KithAccount *account = patient->account;
  KithSaying *saying = NULL;

  if (account == NULL) {
    (void)kith_doctor_note (round, "registration", KITH_HEALTH_BAD, "registration-no-identity");
    return;
  }
  switch (kith_account_get_state (account)) {
  case KITH_REGISTRATION_REGISTERED:
    saying = kith_doctor_note (round, "registration", KITH_HEALTH_OK, "registration-registered");
    kith_saying_put_time (saying,
                          "since-ms",
                          kith_doctor_wall (patient) - kith_account_get_registered_at (account));
    break;
  case KITH_REGISTRATION_PUBLISHING:
  case KITH_REGISTRATION_JOINING:
    saying = kith_doctor_note (round, "registration", KITH_HEALTH_WARNING, "registration-pending");
    break;
  case KITH_REGISTRATION_OFFLINE:
  case KITH_REGISTRATION_ALONE:
  case KITH_REGISTRATION_WITHDRAWING:
    saying = kith_doctor_note (round, "registration", KITH_HEALTH_BAD, "registration-off");
    break;
  }
  if (saying != NULL) {
    kith_saying_put (saying,
                     "state",
                     kith_registration_state_word (kith_account_get_state (account)));
  }
}

static KithSaying *
note_nat (KithRound *round, const KithNatFacts *facts)
{
  const KithPatient *patient = round->patient;
  const gboolean relays = patient->turn != NULL && kith_turn_get_n (patient->turn) > 0;

  switch (facts->kind) {
  case KITH_NAT_UNKNOWN:
    return kith_doctor_note (round, "nat", KITH_HEALTH_UNKNOWN, "nat-unknown");
  case KITH_NAT_SYMMETRIC:
    return kith_doctor_note (round,
                             "nat",
                             relays || facts->has_mapping ? KITH_HEALTH_OK : KITH_HEALTH_WARNING,
                             "nat-symmetric");
  case KITH_NAT_BLOCKED:
    return kith_doctor_note (round,
                             "nat",
                             relays ? KITH_HEALTH_WARNING : KITH_HEALTH_BAD,
                             "nat-blocked");
  case KITH_NAT_NONE:
  case KITH_NAT_FIREWALL:
  case KITH_NAT_FULL_CONE:
  case KITH_NAT_ADDRESS_RESTRICTED:
  case KITH_NAT_PORT_RESTRICTED:
  case KITH_NAT_CONE:
    break;
  }
  return kith_doctor_note (round, "nat", KITH_HEALTH_OK, "nat-easy");
}

void
kith_doctor_nat (KithRound *round)
{
  const KithPatient *patient = round->patient;
  KithNatFacts facts = { 0 };

  if (patient->nat != NULL) {
    kith_nat_get_facts (patient->nat, &facts);
  }
  g_autofree gchar *seen = facts.has_reflexive ? kith_endpoint_to_text (&facts.reflexive) : NULL;
  KithSaying *saying = note_nat (round, &facts);
  kith_saying_put (saying, "nat", kith_nat_kind_word (facts.kind));
  kith_saying_put (saying, "seen-as", seen);
  kith_saying_put_flag (saying, "ipv6", facts.has_ipv6);
}

static KithSaying *
note_mapping (KithRound *round, const KithNatFacts *facts)
{
  static const char id[] = "port-mapping";

  if (facts->has_mapping) {
    return kith_doctor_note (round, id, KITH_HEALTH_OK, "mapping-open");
  }
  if (facts->kind == KITH_NAT_NONE || facts->kind == KITH_NAT_FULL_CONE) {
    return kith_doctor_note (round, id, KITH_HEALTH_OK, "mapping-needless");
  }
  if (facts->kind == KITH_NAT_UNKNOWN) {
    return kith_doctor_note (round, id, KITH_HEALTH_UNKNOWN, "mapping-unknown");
  }
  return kith_doctor_note (round,
                           id,
                           facts->kind == KITH_NAT_SYMMETRIC ? KITH_HEALTH_WARNING : KITH_HEALTH_OK,
                           facts->has_outer_nat ? "mapping-behind-nat" : "mapping-none");
}

void
kith_doctor_mapping (KithRound *round)
{
  const KithPatient *patient = round->patient;
  KithNatFacts facts = { 0 };

  if (patient->nat != NULL) {
    kith_nat_get_facts (patient->nat, &facts);
  }
  KithSaying *saying = note_mapping (round, &facts);
  kith_saying_put_flag (saying, "pinhole", facts.has_pinhole);
  if (facts.has_mapping) {
    g_autofree gchar *outer = kith_endpoint_to_text (&facts.mapped);
    kith_saying_put (saying, "mapped-by", facts.mapped_by);
    kith_saying_put (saying, "mapped-address", outer);
  }
}

void
kith_doctor_stun (KithRound *round)
{
  const KithPatient *patient = round->patient;
  guint n
      = patient->config->stun_servers != NULL ? g_strv_length (patient->config->stun_servers) : 0;
  KithNatFacts facts = { 0 };

  if (patient->nat != NULL) {
    kith_nat_get_facts (patient->nat, &facts);
  }
  if (facts.n_witnesses > 0) {
    kith_saying_put_number (kith_doctor_note (round, "stun", KITH_HEALTH_OK, "stun-told"),
                            "witnesses",
                            facts.n_witnesses);
  } else if (patient->config->lan_only) {
    (void)kith_doctor_note (round, "stun", KITH_HEALTH_OK, "stun-lan-only");
  } else if (n > 0) {
    kith_saying_put_number (kith_doctor_note (round, "stun", KITH_HEALTH_WARNING, "stun-silent"),
                            "servers",
                            n);
  } else {
    (void)kith_doctor_note (round, "stun", KITH_HEALTH_UNKNOWN, "stun-unknown");
  }
}

void
kith_doctor_turn (KithRound *round)
{
  const KithPatient *patient = round->patient;
  guint n = patient->turn != NULL ? kith_turn_get_n (patient->turn) : 0;
  guint works = 0;
  g_autofree gchar *why = NULL;
  KithSaying *saying = NULL;

  for (guint i = 0; i < n; i++) {
    KithTurnFacts facts = { 0 };
    kith_turn_get_facts (patient->turn, i, &facts);
    works += facts.state == KITH_TURN_WORKS;
    if (facts.state == KITH_TURN_FAILED && why == NULL) {
      why = g_strdup_printf ("%s: %s", facts.label, facts.why != NULL ? facts.why : "failed");
    }
  }
  if (n == 0) {
    saying = kith_doctor_note (round, "turn", KITH_HEALTH_OK, "turn-none");
  } else if (works > 0) {
    saying = kith_doctor_note (round,
                               "turn",
                               why != NULL ? KITH_HEALTH_WARNING : KITH_HEALTH_OK,
                               "turn-works");
  } else if (why != NULL) {
    saying = kith_doctor_note (round, "turn", KITH_HEALTH_BAD, "turn-failed");
  } else {
    saying = kith_doctor_note (round, "turn", KITH_HEALTH_UNKNOWN, "turn-pending");
  }
  kith_saying_put_number (saying, "works", works);
  kith_saying_put_number (saying, "servers", n);
  kith_saying_put (saying, "turn", why);
}

/* The names of linked friends that do what @relays says. (transfer container) (element-type
   utf8) */
static GPtrArray *
list_friends (GPtrArray *people, KithRelaysForUs relays)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; people != NULL && i < people->len; i++) {
    const KithContact *person = people->pdata[i];
    if (person->relay && person->online && person->relays_for_us == relays) {
      g_ptr_array_add (names, person->name);
    }
  }
  return names;
}

void
kith_doctor_friends (KithRound *round)
{
  const KithPatient *patient = round->patient;
  g_autoptr (GPtrArray) people
      = patient->contacts != NULL ? kith_contacts_list (patient->contacts) : NULL;
  g_autoptr (GPtrArray) willing = list_friends (people, KITH_RELAYS_YES);
  g_autoptr (GPtrArray) unwilling = list_friends (people, KITH_RELAYS_NO);
  g_autoptr (GPtrArray) offers = list_friends (people, KITH_RELAYS_OFFERS);
  KithSaying *saying = NULL;
  guint friends = 0;
  guint online = 0;

  for (guint i = 0; people != NULL && i < people->len; i++) {
    const KithContact *person = people->pdata[i];
    friends += person->relay;
    online += person->relay && person->online;
  }
  if (friends == 0) {
    saying = kith_doctor_note (round, "friends", KITH_HEALTH_OK, "friends-none");
  } else if (online == 0) {
    saying = kith_doctor_note (round, "friends", KITH_HEALTH_WARNING, "friends-offline");
  } else if (unwilling->len > 0) {
    saying = kith_doctor_note (round, "friends", KITH_HEALTH_WARNING, "friends-unwilling");
  } else if (offers->len > 0 && willing->len == 0) {
    saying = kith_doctor_note (round, "friends", KITH_HEALTH_WARNING, "friends-offers");
  } else {
    saying = kith_doctor_note (round, "friends", KITH_HEALTH_OK, "friends-linked");
  }
  kith_saying_put_number (saying, "friends", friends);
  kith_saying_put_number (saying, "online", online);
  kith_saying_put_list (saying, "willing", willing);
  kith_saying_put_list (saying, "unwilling", unwilling);
  kith_saying_put_list (saying, "offers", offers);
  kith_saying_put (saying,
                   "name",
                   patient->vault != NULL ? kith_vault_get_name (patient->vault) : "NAME");
}

void
kith_doctor_relay (KithRound *round)
{
  const KithPatient *patient = round->patient;
  const KithConfig *config = patient->config;
  const KithRelayLimits limits = { .max_megabytes = config->relay_max_megabytes };
  g_autoptr (GPtrArray) people
      = patient->contacts != NULL ? kith_contacts_list (patient->contacts) : NULL;
  g_autoptr (GPtrArray) spent = g_ptr_array_new ();
  KithSaying *saying = NULL;

  for (guint i = 0; people != NULL && i < people->len; i++) {
    const KithContact *person = people->pdata[i];
    if (person->relay && kith_relay_server_is_spent (&limits, patient->contacts, person)) {
      g_ptr_array_add (spent, person->name);
    }
  }
  if (!config->relay_enabled) {
    saying = kith_doctor_note (round, "relay", KITH_HEALTH_OK, "relay-off");
  } else if (spent->len > 0) {
    gint64 now_us = kith_doctor_wall (patient);
    saying = kith_doctor_note (round, "relay", KITH_HEALTH_WARNING, "relay-spent");
    kith_saying_put_list (saying, "spent", spent);
    kith_saying_put_time (saying, "left-ms", kith_epoch_end_us (now_us) - now_us);
  } else {
    saying = kith_doctor_note (round, "relay", KITH_HEALTH_OK, "relay-on");
  }
  kith_saying_put_number (saying, "megabytes", config->relay_max_megabytes);
}
