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
  const gboolean blocked = facts.kind == KITH_NAT_BLOCKED;
  kith_doctor_note (round,
                    "network",
                    young ? KITH_HEALTH_WARNING : KITH_HEALTH_BAD,
                    g_strdup (blocked ? "nobody answers: this network lets no UDP through"
                              : has_named
                                  ? "nobody answers: the nodes that are named do not run, or "
                                    "this network blocks UDP"
                                  : "no other node answered yet"),
                    blocked || has_named
                        ? "Let UDP leave this network, use another one, or name a TURN server that "
                          "is reached by TCP or TLS in kith.conf ([turn] server=turns:HOST)."
                        : "Name a node that runs (bootstrap in kith.conf, or kithd --bootstrap "
                          "HOST:PORT), and see that UDP may leave this network.");
}

void
kith_doctor_network (KithRound *round)
{
  const KithPatient *patient = round->patient;
  KithLocator *locator = find_network (patient);
  gboolean young
      = kith_doctor_wall (patient) - patient->started_us < (gint64)JOIN_S * G_USEC_PER_SEC;

  if (locator == NULL) {
    kith_doctor_note (round,
                      "network",
                      KITH_HEALTH_WARNING,
                      g_strdup ("the distributed hash table is not in use"),
                      "If names are to be looked up: locators = static;dht in kith.conf.");
    return;
  }
  if (patient->links != NULL && !kith_link_pool_has_address (patient->links)) {
    kith_doctor_note (round,
                      "network",
                      KITH_HEALTH_BAD,
                      g_strdup ("this host has no network address"),
                      "Connect to a network: a cable, Wi-Fi, or a modem.");
    return;
  }
  g_autoptr (GVariant) status = g_variant_take_ref (kith_locator_get_status (locator));
  guint32 peers = status_number (status, "peers");
  guint32 restarts = status_number (status, "restarts");
  gboolean has_named = FALSE;
  (void)g_variant_lookup (status, "has-bootstrap", "b", &has_named);
  switch (kith_locator_get_state (locator)) {
  case KITH_LOCATOR_OFFLINE:
    kith_doctor_note (round,
                      "network",
                      KITH_HEALTH_BAD,
                      g_strdup ("the worker of the hash table does not run"),
                      "See the log for why: journalctl --user -u kithd.");
    break;
  case KITH_LOCATOR_JOINING:
  case KITH_LOCATOR_ALONE:
    note_alone (round, young, has_named);
    break;
  case KITH_LOCATOR_ONLINE:
    kith_doctor_note (
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

void
kith_doctor_registration (KithRound *round)
{
  const KithPatient *patient = round->patient;
  KithAccount *account = patient->account;
  g_autofree gchar *since = NULL;

  if (account == NULL) {
    kith_doctor_note (round,
                      "registration",
                      KITH_HEALTH_BAD,
                      g_strdup ("without an identity nobody can find you"),
                      "Make one: kith init NAME.");
    return;
  }
  const char *word = kith_registration_state_word (kith_account_get_state (account));
  switch (kith_account_get_state (account)) {
  case KITH_REGISTRATION_REGISTERED:
    since = kith_doctor_ago (kith_doctor_wall (patient) - kith_account_get_registered_at (account));
    kith_doctor_note (round,
                      "registration",
                      KITH_HEALTH_OK,
                      g_strdup_printf ("your record was read back from the network %s ago", since),
                      "");
    break;
  case KITH_REGISTRATION_PUBLISHING:
  case KITH_REGISTRATION_JOINING:
    kith_doctor_note (round,
                      "registration",
                      KITH_HEALTH_WARNING,
                      g_strdup_printf ("%s: others may not find you yet", word),
                      "Wait a moment: kith status --wait 30.");
    break;
  case KITH_REGISTRATION_OFFLINE:
  case KITH_REGISTRATION_ALONE:
  case KITH_REGISTRATION_WITHDRAWING:
    kith_doctor_note (round,
                      "registration",
                      KITH_HEALTH_BAD,
                      g_strdup_printf ("%s: others cannot find you", word),
                      "Mend the network first, see above.");
    break;
  }
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
  gchar *finding = g_strdup_printf ("%s%s%s%s",
                                    kith_nat_kind_text (facts.kind),
                                    seen != NULL ? ", seen as " : "",
                                    seen != NULL ? seen : "",
                                    facts.has_ipv6 ? ", and IPv6 without one" : "");
  gboolean relays = patient->turn != NULL && kith_turn_get_n (patient->turn) > 0;
  switch (facts.kind) {
  case KITH_NAT_UNKNOWN:
    kith_doctor_note (round,
                      "nat",
                      KITH_HEALTH_UNKNOWN,
                      finding,
                      "It is found out when other nodes or STUN servers answer.");
    break;
  case KITH_NAT_SYMMETRIC:
    kith_doctor_note (
        round,
        "nat",
        relays || facts.has_mapping ? KITH_HEALTH_OK : KITH_HEALTH_WARNING,
        finding,
        "People behind such NATs cannot reach you directly: let a friend relay (kith contact set "
        "NAME --relay on), switch on port "
        "mapping in the router, or name a TURN server in kith.conf.");
    break;
  case KITH_NAT_BLOCKED:
    kith_doctor_note (
        round,
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
    kith_doctor_note (round, "nat", KITH_HEALTH_OK, finding, "");
    break;
  }
}

void
kith_doctor_mapping (KithRound *round)
{
  const KithPatient *patient = round->patient;
  KithNatFacts facts = { 0 };

  if (patient->nat != NULL) {
    kith_nat_get_facts (patient->nat, &facts);
  }
  const char *also = facts.has_pinhole ? ", but one is open in its IPv6 firewall (PCP)" : "";
  if (facts.has_mapping) {
    g_autofree gchar *outer = kith_endpoint_to_text (&facts.mapped);
    kith_doctor_note (round,
                      "port-mapping",
                      KITH_HEALTH_OK,
                      g_strdup_printf ("the router keeps a port open (%s, %s)%s",
                                       facts.mapped_by,
                                       outer,
                                       facts.has_pinhole ? ", and one in its IPv6 firewall" : ""),
                      "");
  } else if (facts.kind == KITH_NAT_NONE || facts.kind == KITH_NAT_FULL_CONE) {
    kith_doctor_note (round,
                      "port-mapping",
                      KITH_HEALTH_OK,
                      g_strdup ("none, and none is needed"),
                      "");
  } else if (facts.kind == KITH_NAT_UNKNOWN) {
    kith_doctor_note (round,
                      "port-mapping",
                      KITH_HEALTH_UNKNOWN,
                      g_strdup ("none; whether one is needed is not known yet"),
                      "");
  } else {
    kith_doctor_note (
        round,
        "port-mapping",
        facts.kind == KITH_NAT_SYMMETRIC ? KITH_HEALTH_WARNING : KITH_HEALTH_OK,
        g_strdup_printf ("no port is mapped in the router%s%s",
                         facts.has_outer_nat ? ": another NAT is before it" : "",
                         also),
        facts.has_outer_nat
            ? "Switch the first router to bridge mode, or ask your provider for a public address: "
              "calls then find a direct path more often."
            : "Switch on PCP, NAT-PMP or UPnP in the router: calls then find a direct path more "
              "often.");
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
    kith_doctor_note (
        round,
        "stun",
        KITH_HEALTH_OK,
        g_strdup_printf ("%u %s us how we are seen",
                         facts.n_witnesses,
                         facts.n_witnesses == 1 ? "node or server tells" : "nodes or servers tell"),
        "");
  } else if (patient->config->lan_only) {
    kith_doctor_note (round, "stun", KITH_HEALTH_OK, g_strdup ("not asked: lan-only is set"), "");
  } else if (n > 0) {
    kith_doctor_note (round,
                      "stun",
                      KITH_HEALTH_WARNING,
                      g_strdup_printf ("none of %u STUN servers and no node answered", n),
                      "Check [link] stun in kith.conf, and that UDP may leave this network.");
  } else {
    kith_doctor_note (
        round,
        "stun",
        KITH_HEALTH_UNKNOWN,
        g_strdup ("no node told us yet how we are seen"),
        "It takes a node outside of this network; a STUN server in kith.conf does it too.");
  }
}

void
kith_doctor_turn (KithRound *round)
{
  const KithPatient *patient = round->patient;
  guint n = patient->turn != NULL ? kith_turn_get_n (patient->turn) : 0;
  guint works = 0;
  g_autofree gchar *why = NULL;

  for (guint i = 0; i < n; i++) {
    KithTurnFacts facts = { 0 };
    kith_turn_get_facts (patient->turn, i, &facts);
    works += facts.state == KITH_TURN_WORKS;
    if (facts.state == KITH_TURN_FAILED && why == NULL) {
      why = g_strdup_printf ("%s: %s", facts.label, facts.why != NULL ? facts.why : "failed");
    }
  }
  if (n == 0) {
    kith_doctor_note (round, "turn", KITH_HEALTH_OK, g_strdup ("no TURN server is configured"), "");
  } else if (works > 0) {
    kith_doctor_note (round,
                      "turn",
                      why != NULL ? KITH_HEALTH_WARNING : KITH_HEALTH_OK,
                      g_strdup_printf ("%u of %u TURN servers work%s%s",
                                       works,
                                       n,
                                       why != NULL ? "; " : "",
                                       why != NULL ? why : ""),
                      "Check server, user and password in kith.conf.");
  } else if (why != NULL) {
    kith_doctor_note (round,
                      "turn",
                      KITH_HEALTH_BAD,
                      g_steal_pointer (&why),
                      "Check server, user and password in kith.conf.");
  } else {
    kith_doctor_note (round,
                      "turn",
                      KITH_HEALTH_UNKNOWN,
                      g_strdup_printf ("none of %u TURN servers answered yet", n),
                      "");
  }
}

/* "carol, dave" of linked friends that do what @relays says; NULL without any. (transfer full) */
static gchar *
list_friends (GPtrArray *people, KithRelaysForUs relays)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; people != NULL && i < people->len; i++) {
    const KithContact *person = people->pdata[i];
    if (person->relay && person->online && person->relays_for_us == relays) {
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", person->name);
    }
  }
  return names->len > 0 ? g_strdup (names->str) : NULL;
}

void
kith_doctor_friends (KithRound *round)
{
  const KithPatient *patient = round->patient;
  g_autoptr (GPtrArray) people
      = patient->contacts != NULL ? kith_contacts_list (patient->contacts) : NULL;
  g_autofree gchar *willing = list_friends (people, KITH_RELAYS_YES);
  g_autofree gchar *unwilling = list_friends (people, KITH_RELAYS_NO);
  g_autofree gchar *offers = list_friends (people, KITH_RELAYS_OFFERS);
  g_autofree gchar *remedy
      = g_strdup_printf ("Ask them to run: kith contact set %s --relay on.",
                         patient->vault != NULL ? kith_vault_get_name (patient->vault) : "NAME");
  guint friends = 0;
  guint online = 0;

  for (guint i = 0; people != NULL && i < people->len; i++) {
    const KithContact *person = people->pdata[i];
    friends += person->relay;
    online += person->relay && person->online;
  }
  if (friends == 0) {
    kith_doctor_note (round, "friends", KITH_HEALTH_OK, g_strdup ("no contact has relay on"), "");
  } else if (online == 0) {
    kith_doctor_note (round,
                      "friends",
                      KITH_HEALTH_WARNING,
                      g_strdup_printf ("none of %u contacts with relay on is linked", friends),
                      "They help when their Kith runs: ask one of them to leave it running.");
  } else if (unwilling != NULL) {
    kith_doctor_note (round,
                      "friends",
                      KITH_HEALTH_WARNING,
                      g_strdup_printf ("linked, but no relay for you: %s%s%s",
                                       unwilling,
                                       willing != NULL ? "; they relay: " : "",
                                       willing != NULL ? willing : ""),
                      remedy);
  } else if (offers != NULL && willing == NULL) {
    kith_doctor_note (
        round,
        "friends",
        KITH_HEALTH_WARNING,
        g_strdup_printf ("linked, but passing on no more than offers of calls: %s", offers),
        "Relaying is switched off in their kith.conf: [relay] enabled.");
  } else {
    kith_doctor_note (round,
                      "friends",
                      KITH_HEALTH_OK,
                      g_strdup_printf ("%u of %u contacts with relay on are linked%s%s",
                                       online,
                                       friends,
                                       willing != NULL ? "; they relay for you: " : "",
                                       willing != NULL ? willing : ""),
                      "");
  }
}

void
kith_doctor_relay (KithRound *round)
{
  const KithPatient *patient = round->patient;
  const KithConfig *config = patient->config;
  const KithRelayLimits limits = { .max_megabytes = config->relay_max_megabytes };
  g_autoptr (GPtrArray) people
      = patient->contacts != NULL ? kith_contacts_list (patient->contacts) : NULL;
  g_autoptr (GString) spent = g_string_new (NULL);

  for (guint i = 0; people != NULL && i < people->len; i++) {
    const KithContact *person = people->pdata[i];
    if (person->relay && kith_relay_server_is_spent (&limits, patient->contacts, person)) {
      g_string_append_printf (spent, "%s%s", spent->len > 0 ? ", " : "", person->name);
    }
  }
  if (!config->relay_enabled) {
    kith_doctor_note (round,
                      "relay",
                      KITH_HEALTH_OK,
                      g_strdup ("no packets are relayed for friends, as configured"),
                      "");
  } else if (spent->len > 0) {
    gint64 left = kith_epoch_end_us (kith_doctor_wall (patient)) - kith_doctor_wall (patient);
    g_autofree gchar *wait = kith_doctor_ago (left);
    kith_doctor_note (
        round,
        "relay",
        KITH_HEALTH_WARNING,
        g_strdup_printf ("today’s %u MB are used up for %s, until midnight UTC (in %s)",
                         config->relay_max_megabytes,
                         spent->str,
                         wait),
        "If you can spare more: raise max-megabytes-per-day in [relay] of kith.conf.");
  } else {
    kith_doctor_note (round,
                      "relay",
                      KITH_HEALTH_OK,
                      g_strdup_printf ("friends may relay %u MB a day each through you",
                                       config->relay_max_megabytes),
                      "");
  }
}
