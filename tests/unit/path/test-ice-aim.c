/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts where checks go, how fast and how long, when a peer's offers are made by hand to aim them:
   time is the test's own, and nothing leaves. */
#include <string.h>

#include "link-fixture.h"
#include "path/ice-agent.h"
#include "sent-packets.h"

#define CHECKS 5           /* of one pair */
#define AGAIN (3 * CHECKS) /* more to four addresses of a callee that are public */
#define MAX_OF_ONE_IP 3
#define PACING_US 5000
#define END_US (10 * G_USEC_PER_SEC)

static const char *const home[] = { "44.128.2.11", "2a00:1:2:3::11", NULL };
static const char *const home_v4[] = { "44.128.2.11", NULL };
static const char *const nowhere[] = { NULL };

typedef struct {
  KithIce *ice;
  KithMailbox *box;
  gboolean is_connected;
} Agent;

static void
on_connected (gpointer user_data)
{
  ((Agent *)user_data)->is_connected = TRUE;
}

static void
on_nothing (gpointer user_data)
{
}

static void
on_datagram (const guint8 *data, gsize len, gpointer user_data)
{
}

static const KithIceEvents ice_events = { .connected = on_connected,
                                          .gathered = on_nothing,
                                          .moved = on_nothing,
                                          .failed = on_nothing,
                                          .datagram = on_datagram };

static void
agent_init (Agent *agent, KithIceRole role, const char *const *addresses)
{
  guint8 seed[KITH_SEED_LEN] = { 7 };

  memset (agent, 0, sizeof *agent);
  agent->box = kith_path_box_new ();
  KithIceConfig config = { .role = role, .seed = seed, .box = agent->box };
  sent_packets_set_addresses (addresses);
  agent->ice = kith_ice_new (&config, &ice_events, agent, NULL);
  g_assert_nonnull (agent->ice);
  sent_packets_pass (100);
  sent_packets_forget ();
}

static void
agent_clear (Agent *agent)
{
  g_assert_false (agent->is_connected);
  kith_ice_free (agent->ice);
  kith_mailbox_free (agent->box);
  sent_packets_pass (100);
  sent_packets_forget ();
}

static KithCandidate
candidate_of (const char *text)
{
  KithCandidate candidate = { .type = KITH_CANDIDATE_HOST };

  g_assert_true (kith_endpoint_parse (text, &candidate.endpoint));
  return candidate;
}

/* Place @i of a row of addresses, all different: 44.130.0.x, or ports of 44.130.0.1. */
static KithCandidate
place (guint i, gboolean ports)
{
  KithCandidate candidate
      = { .endpoint
          = { .family = 4,
              .ip = { 44, 130, ports ? 0 : (guint8)(i >> 8), ports ? 1 : (guint8)(1 + i) },
              .port = (guint16)(ports ? 2000 + i : 4000) },
          .type = KITH_CANDIDATE_SRFLX };

  return candidate;
}

static guint
fill (KithCandidate candidates[KITH_MAX_CANDIDATES], guint from, guint n, gboolean ports)
{
  for (guint i = 0; i < n; i++) {
    candidates[i] = place (from + i, ports);
  }
  return n;
}

/* Where nobody's check may go, and beside it an address where it may: the test sees that there are
   checks at all. */
static void
test_forbidden (gconstpointer data)
{
  static const char *const forbidden[] = {
    "224.0.0.1:4000",
    "239.255.255.250:1900",
    "232.1.1.1:4000",
    "255.255.255.255:4000",
    "240.0.0.1:4000",
    "0.0.0.0:4000",
    "0.1.2.3:4000",
    "127.0.0.1:4000",
    "127.1.2.3:4000",
    "[::1]:4000",
    "[::]:4000",
    "[ff02::1]:4000",
    "[ff0e::fb]:5353",
    "[::ffff:127.0.0.1]:4000",
    "[::ffff:224.0.0.1]:4000",
    "[::ffff:255.255.255.255]:4000",
    "[::127.0.0.1]:4000",
  };
  const KithCandidate good = candidate_of ("44.130.1.1:4000");
  const KithCandidate good6 = candidate_of ("[2a00:9::1]:4000");

  for (guint i = 0; i <= G_N_ELEMENTS (forbidden); i++) {
    Agent agent;
    KithCandidate offer[3] = { good, good6, good };
    if (i < G_N_ELEMENTS (forbidden)) {
      offer[2] = candidate_of (forbidden[i]);
    } else {
      offer[2].endpoint.ip[3]++;
      offer[2].endpoint.port = 0;
    }
    agent_init (&agent, (KithIceRole)GPOINTER_TO_INT (data), home);
    kith_ice_add_remote (agent.ice, &offer[2], 1);
    kith_ice_add_remote (agent.ice, offer, 3);
    sent_packets_pass (3000);
    g_assert_cmpuint (sent_packets_count (&good.endpoint), >=, 2);
    g_assert_cmpuint (sent_packets_count (&good6.endpoint), >=, 2);
    g_test_message ("%s: %u of %u packets",
                    i < G_N_ELEMENTS (forbidden) ? forbidden[i] : "port 0",
                    sent_packets_count (&offer[2].endpoint),
                    sent_packets_count (NULL));
    g_assert_cmpuint (sent_packets_count (NULL),
                      ==,
                      sent_packets_count (&good.endpoint) + sent_packets_count (&good6.endpoint));
    agent_clear (&agent);
  }
}

/* On a host without network programs on it meet over loopback; multicast stays closed. */
static void
test_loopback_only (void)
{
  Agent agent;
  const KithCandidate offer[]
      = { candidate_of ("127.0.0.1:4000"), candidate_of ("224.0.0.1:4000") };

  agent_init (&agent, KITH_ICE_CALLER, nowhere);
  kith_ice_add_remote (agent.ice, offer, G_N_ELEMENTS (offer));
  sent_packets_pass (3000);
  g_assert_cmpuint (sent_packets_count (&offer[0].endpoint), >=, 2);
  g_assert_cmpuint (sent_packets_count (&offer[1].endpoint), ==, 0);
  agent_clear (&agent);
}

/* A host's ports cannot be scanned: three of them, in however many messages they come. */
static void
test_ports (gconstpointer data)
{
  Agent agent;
  KithCandidate offer[KITH_MAX_CANDIDATES];
  guint from = 0;

  agent_init (&agent, (KithIceRole)GPOINTER_TO_INT (data), home_v4);
  for (guint message = 0; message < 6; message++) {
    from += fill (offer, from, message == 0 ? 2 : 10, TRUE);
    kith_ice_add_remote (agent.ice, offer, message == 0 ? 2 : 10);
    sent_packets_pass (500);
  }
  sent_packets_pass (12000);
  g_assert_cmpuint (sent_packets_count_places (), ==, MAX_OF_ONE_IP);
  agent_clear (&agent);
}

/* The whole of what an agent may be brought to: twelve addresses in all, paced, a few packets each,
   an end within ten seconds. */
static void
test_bounds (gconstpointer data)
{
  KithIceRole role = (KithIceRole)GPOINTER_TO_INT (data);
  Agent agent;
  KithCandidate offer[KITH_MAX_CANDIDATES];
  guint from = 0;

  agent_init (&agent, role, home_v4);
  for (guint message = 0; message < 5; message++) { /* 7, 14, … */
    from += fill (offer, from, 7, FALSE);
    kith_ice_add_remote (agent.ice, offer, 7);
  }
  sent_packets_pass (30000);
  guint n = sent_packets_count (NULL);
  g_test_message ("%u packets to %u places in %.1f s",
                  n,
                  sent_packets_count_places (),
                  (double)(sent_packets_last () - sent_packets_first ()) / G_USEC_PER_SEC);
  g_assert_cmpuint (sent_packets_count_places (), ==, KITH_MAX_CANDIDATES);
  g_assert_cmpint (sent_packets_last () - sent_packets_first (), <=, END_US);
  g_assert_cmpuint (n,
                    <=,
                    KITH_MAX_CANDIDATES * CHECKS + (role == KITH_ICE_CALLER ? 4 * AGAIN : 0));
  for (guint i = 0; i < KITH_MAX_CANDIDATES; i++) {
    const KithCandidate one = place (i, FALSE);
    guint to_one = sent_packets_count (&one.endpoint);
    g_assert_cmpuint (to_one, >=, 2);
    g_assert_cmpuint (to_one, <=, CHECKS + (role == KITH_ICE_CALLER && i < 4 ? AGAIN : 0));
  }
  for (guint i = 1; i < n; i++) { /* RFC 8445 section 14 */
    g_assert_cmpint (sent_packets[i].at_us - sent_packets[i - 1].at_us, >=, 0);
  }
  for (guint i = KITH_MAX_CANDIDATES; i < n; i++) {
    g_assert_cmpint (sent_packets[i].at_us - sent_packets[i - KITH_MAX_CANDIDATES].at_us,
                     >=,
                     (KITH_MAX_CANDIDATES / 2) * PACING_US);
  }
  g_assert_cmpint (sent_packets[KITH_MAX_CANDIDATES - 1].at_us - sent_packets[0].at_us,
                   >=,
                   (KITH_MAX_CANDIDATES - 1) * PACING_US);
  agent_clear (&agent);
}

static Person *
make_person (void)
{
  sent_packets_set_addresses (home_v4);
  Person *person = person_new ("bob");
  person_start (person);
  sent_packets_pass (500);
  sent_packets_forget ();
  return person;
}

static void
drop_person (Person *person)
{
  person_free (person);
  sent_packets_pass (100);
  sent_packets_forget ();
}

/* A knock of a stranger with @n places from @from on. */
static void
knock (Person *person, KithKnock *one, guint from, guint n)
{
  one->issued = g_get_real_time () / G_USEC_PER_SEC;
  one->n_candidates = fill (one->candidates, from, n, FALSE);
  kith_link_maker_take_knock (person->maker, one);
}

/* The listening agent is told to check, again and again: twelve places, an end, and another slot
   where nobody came. */
static void
test_check (void)
{
  Person *person = make_person ();
  KithReach before, after;
  KithKnock one = { .kind = KITH_KNOCK_CHECK, .link_id = { 1 }, .device.identity.bytes = { 9 } };

  g_assert_true (kith_link_maker_get_slot (person->maker, &before));
  memcpy (one.seed, before.slot_seed, sizeof one.seed);
  for (guint i = 0; i < 6; i++) {
    one.link_id[0]++;
    knock (person, &one, 10 * i, 10);
    sent_packets_pass (100);
  }
  g_assert_true (kith_link_maker_get_slot (person->maker, &after));
  g_assert_cmpmem (before.slot_seed, KITH_SEED_LEN, after.slot_seed, KITH_SEED_LEN);
  sent_packets_pass (10000);
  g_assert_true (kith_link_maker_get_slot (person->maker, &after));
  g_assert_cmpint (memcmp (before.slot_seed, after.slot_seed, KITH_SEED_LEN), !=, 0);
  for (guint i = 0; i < 6; i++) { /* the former seed opens nothing any more */
    knock (person, &one, 100 + 10 * i, 10);
    sent_packets_pass (1000);
  }
  g_assert_cmpuint (sent_packets_count_places (), ==, KITH_MAX_CANDIDATES);
  g_assert_cmpint (sent_packets_last () - sent_packets_first (), <=, END_US);
  g_assert_cmpuint (sent_packets_count (NULL), <=, KITH_MAX_CANDIDATES * CHECKS);
  drop_person (person);
}

/* An offer whose candidates trickle in over many messages. */
static void
test_offer (void)
{
  Person *person = make_person ();
  KithKnock one = { .kind = KITH_KNOCK_OFFER, .link_id = { 1 }, .seed = { 2 } };

  one.device.identity.bytes[0] = 9;
  for (guint i = 0; i < 20; i++) {
    knock (person, &one, 5 * i, 5);
    sent_packets_pass (1000);
  }
  g_assert_cmpuint (sent_packets_count_places (), ==, KITH_MAX_CANDIDATES);
  g_assert_cmpint (sent_packets_last () - sent_packets_first (), <=, END_US);
  g_assert_cmpuint (sent_packets_count (NULL), <=, KITH_MAX_CANDIDATES * CHECKS);
  drop_person (person);
}

typedef struct {
  KithKnock offer;
  gboolean is_done;
} Call;

static void
on_offer (KithLinkMaker *maker, const KithPeerKey *identity, const KithKnock *sent, Call *call)
{
  if (sent->kind == KITH_KNOCK_OFFER) {
    call->offer = *sent;
  }
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KithLink) link
      = kith_link_maker_open_finish (KITH_LINK_MAKER (source), result, NULL, NULL);

  g_assert_null (link);
  ((Call *)user_data)->is_done = TRUE;
}

/* The callee's record and its answers name other places each time: twelve for each of the two
   agents, of the record and of the offer. */
static void
test_answers (void)
{
  Person *person = make_person ();
  KithLinkTarget target = { .identity.bytes = { 9 }, .device.bytes = { 8 }, .has_slot = TRUE };
  KithKnock one = { .kind = KITH_KNOCK_ANSWER };
  Call call = { .is_done = FALSE };

  target.n_candidates = fill (target.candidates, 0, KITH_MAX_CANDIDATES, FALSE);
  target.slot_seed[0] = 3;
  g_signal_connect (person->maker, "knock", G_CALLBACK (on_offer), &call);
  kith_link_maker_open_async (person->maker, &target, NULL, on_opened, &call);
  sent_packets_pass (100);
  g_assert_cmpint (call.offer.kind, ==, KITH_KNOCK_OFFER);
  memcpy (one.link_id, call.offer.link_id, sizeof one.link_id);
  memcpy (one.seed, call.offer.seed, sizeof one.seed);
  one.device.identity = target.identity;
  one.device.device = target.device;
  for (guint i = 0; i < 30; i++) {
    knock (person, &one, 200 + 5 * i, 5);
    sent_packets_pass (500);
  }
  g_assert_true (call.is_done);
  g_test_message ("%u packets to %u places",
                  sent_packets_count (NULL),
                  sent_packets_count_places ());
  g_assert_cmpuint (sent_packets_count_places (), ==, 2 * KITH_MAX_CANDIDATES);
  g_assert_cmpint (sent_packets_last () - sent_packets_first (), <=, END_US);
  g_assert_cmpuint (sent_packets_count (NULL), <=, 2 * (KITH_MAX_CANDIDATES * CHECKS + 4 * AGAIN));
  g_signal_handlers_disconnect_by_data (person->maker, &call);
  drop_person (person);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sent_packets_begin ();
#define ADD(name, role, function)                                                                  \
  g_test_add_data_func ("/link/ice-aim/" name, GINT_TO_POINTER (role), function)
  ADD ("forbidden/caller", KITH_ICE_CALLER, test_forbidden);
  ADD ("forbidden/callee", KITH_ICE_CALLEE, test_forbidden);
  ADD ("ports/caller", KITH_ICE_CALLER, test_ports);
  ADD ("ports/callee", KITH_ICE_CALLEE, test_ports);
  ADD ("bounds/caller", KITH_ICE_CALLER, test_bounds);
  ADD ("bounds/callee", KITH_ICE_CALLEE, test_bounds);
  g_test_add_func ("/link/ice-aim/loopback-only", test_loopback_only);
  g_test_add_func ("/link/ice-aim/check", test_check);
  g_test_add_func ("/link/ice-aim/offer", test_offer);
  g_test_add_func ("/link/ice-aim/answers", test_answers);
  return g_test_run ();
}
