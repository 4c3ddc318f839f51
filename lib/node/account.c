/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Publishes what others need to find us, and checks that they can. */
#include "node/account.h"

#include <string.h>

#include "base/log.h"
#include "identity/proof.h"
#include "identity/seal.h"
#include "node/epoch.h"
#include "node/publication.h"
#include "node/reach-finder.h"

#define REACH_LIFE_S 1500           /* three times the time between two publications */
#define REACH_EVERY_MS (480 * 1000) /* before the network forgets it after 10 minutes */
#define CLAIM_LIFE_S 86400
#define READ_BACK_MS 10000
#define GATHER_MS 60      /* changes of addresses that come together are published together */
#define NAT_GATHER_MS 200 /* the kind of NAT is good to know, no more */

struct _KithAccount {
  GObject parent_instance;
  KithClock *clock;
  KithVault *vault;
  KithLinkMaker *maker;
  GPtrArray *locators;
  guint8 work_bits;
  gchar *uri;
  KithRegistrationState state;
  gchar *detail;
  gchar *full_address;
  gint64 registered_at;
  KithPublication *claim;
  KithPublication *reach;
  KithPublication *copy;  /* of reach, beside the claim */
  guint8 name_secret[32]; /* of our own name */
  guint64 reach_seq;
  KithReach told;      /* what the record says, without sequence, times and signature */
  gint64 claim_issued; /* seconds */
  GCancellable *working;
  gboolean started;
  guint republish_timer;
  guint slot_timer; /* until changed addresses are published */
  guint nat_timer;  /* until another kind of NAT is */
  guint miss_timer; /* until the record must have been read back */
};

G_DEFINE_FINAL_TYPE (KithAccount, kith_account, G_TYPE_OBJECT)

enum { SIGNAL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* The one door of the state. */
static void
change_state (KithAccount *account, KithRegistrationEvent event, const char *detail)
{
  KithRegistrationState next;

  if (!kith_registration_state_next (account->state, event, &next)) {
    return;
  }
  gboolean same = next == account->state && g_strcmp0 (detail, account->detail) == 0;
  if (next != account->state) {
    kith_info ("account",
               "%s -> %s (%s)",
               kith_registration_state_word (account->state),
               kith_registration_state_word (next),
               kith_registration_event_word (event));
  }
  account->state = next;
  if (next != KITH_REGISTRATION_REGISTERED) {
    account->registered_at = 0;
  }
  if (!same) {
    g_free (account->detail);
    account->detail = g_strdup (detail);
    g_signal_emit (account, signals[SIGNAL_CHANGED], 0);
  }
}

static gint64
now_s (KithAccount *account)
{
  return kith_clock_wall (account->clock) / G_USEC_PER_SEC;
}

static void
update_full_address (KithAccount *account)
{
  guint64 nonce;
  guint8 difficulty;
  guint8 tag[KITH_TAG_LEN];
  const char *name = kith_vault_get_name (account->vault);

  g_free (account->full_address);
  account->full_address = kith_vault_get_work (account->vault, &nonce, &difficulty, tag)
                              ? kith_name_with_tag (name, tag)
                              : g_strdup (name);
}

/* Publishing */

static void
publish_claim (KithAccount *account)
{
  KithClaim claim = { .identity = *kith_vault_get_identity (account->vault),
                      .seq = kith_vault_next_seq (account->vault) };
  guint8 location[1][KITH_LOCATION_LEN];
  g_autoptr (GError) error = NULL;

  g_strlcpy (claim.name, kith_vault_get_name (account->vault), sizeof claim.name);
  claim.has_work = kith_vault_get_work (account->vault, &claim.nonce, &claim.difficulty, claim.tag);
  claim.issued = now_s (account);
  claim.expires = claim.issued + CLAIM_LIFE_S;
  g_autoptr (GBytes) sealed = kith_vault_sign_claim (account->vault, &claim, &error)
                                  ? kith_claim_seal (&claim, account->name_secret, &error)
                                  : NULL;
  if (sealed == NULL) {
    kith_warning ("account", "cannot make the claim: %s", error->message);
    return;
  }
  kith_claim_location (account->name_secret, location[0]);
  kith_publication_set (account->claim, (const guint8 (*)[KITH_LOCATION_LEN])location, 1, sealed);
  account->claim_issued = claim.issued;
}

static guint
reach_locations (KithAccount *account, guint8 locations[][KITH_LOCATION_LEN])
{
  gint64 wall = kith_clock_wall (account->clock);
  const gint64 days[2] = { kith_epoch_at (wall), kith_epoch_neighbour (wall) };
  const KithPeerKey *identity = kith_vault_get_identity (account->vault);
  guint n = 0;

  for (guint i = 0; i < (days[0] == days[1] ? 1 : 2); i++) {
    for (guint replica = 0; replica < KITH_REACH_REPLICAS; replica++) {
      kith_reach_location (identity, days[i], replica, locations[n++]);
    }
  }
  return n;
}

/* Beside the claim, so that whoever knows nothing but the name needs one look-up for both. */
static void
publish_copy (KithAccount *account, const KithReach *reach)
{
  guint8 location[1][KITH_LOCATION_LEN];
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) sealed = kith_reach_seal_for_name (reach, account->name_secret, &error);

  if (sealed == NULL) {
    kith_warning ("account", "cannot make the copy of the reach record: %s", error->message);
    return;
  }
  kith_name_reach_location (account->name_secret, location[0]);
  kith_publication_set (account->copy, (const guint8 (*)[KITH_LOCATION_LEN])location, 1, sealed);
}

/* What there is to say of this device now. */
static void
fill_reach (KithAccount *account, gboolean gone, KithReach *reach)
{
  KithNatFacts facts;

  memset (reach, 0, sizeof *reach);
  reach->gone = gone;
  reach->capabilities = 1;
  if (gone) {
    return;
  }
  (void)kith_link_maker_get_slot (account->maker, reach);
  kith_link_maker_get_nat (account->maker, &facts);
  reach->nat = facts.kind;
  if (account->uri != NULL) {
    g_strlcpy (reach->uris[0], account->uri, sizeof reach->uris[0]);
    reach->n_uris = 1;
  }
}

static void
publish_reach (KithAccount *account, gboolean gone)
{
  KithReach reach;
  guint8 locations[2 * KITH_REACH_REPLICAS][KITH_LOCATION_LEN];
  g_autoptr (GError) error = NULL;

  fill_reach (account, gone, &reach);
  account->told = reach;
  reach.seq = kith_vault_next_seq (account->vault);
  reach.issued = now_s (account);
  reach.expires = reach.issued + REACH_LIFE_S;
  g_autoptr (GBytes) sealed = kith_vault_sign_reach (account->vault, &reach, reach.issued, &error)
                                  ? kith_reach_seal (&reach, &error)
                                  : NULL;
  if (sealed == NULL) {
    kith_warning ("account", "cannot make the reach record: %s", error->message);
    return;
  }
  account->reach_seq = reach.seq;
  kith_debug ("account",
              "a reach record of %" G_GUINT64_FORMAT " goes out: %u candidates, %s%s",
              reach.seq,
              reach.n_candidates,
              kith_nat_kind_word (reach.nat),
              gone ? ", gone" : "");
  guint n = reach_locations (account, locations);
  kith_publication_set (account->reach, (const guint8 (*)[KITH_LOCATION_LEN])locations, n, sealed);
  publish_copy (account, &reach);
}

/* Reading back */

static gboolean
on_missed (gpointer user_data)
{
  KithAccount *account = user_data;

  account->miss_timer = 0;
  change_state (account,
                KITH_REGISTRATION_EVENT_MISSED,
                "your record cannot be read back from the network yet");
  return G_SOURCE_REMOVE;
}

static void
expect_read_back (KithAccount *account)
{
  kith_clock_cancel (account->clock, &account->miss_timer);
  account->miss_timer = kith_clock_add (account->clock, READ_BACK_MS, on_missed, account);
}

/* Says what the network said last about our records. By name we are found once the claim is there too; that a better one replaces it
   later takes nothing away, since the first one stays. */
static void
take_confirmation (KithAccount *account)
{
  gboolean claimed
      = account->state == KITH_REGISTRATION_REGISTERED || kith_publication_is_held (account->claim);

  if (!claimed || !kith_publication_is_held (account->reach)) {
    expect_read_back (account);
    return;
  }
  if (account->state == KITH_REGISTRATION_PUBLISHING
      || account->state == KITH_REGISTRATION_REGISTERED) {
    kith_clock_cancel (account->clock, &account->miss_timer);
    if (account->registered_at == 0) {
      account->registered_at = kith_clock_wall (account->clock);
    }
    change_state (account,
                  KITH_REGISTRATION_EVENT_READ_BACK,
                  "your record was read back from the network");
  }
}

/* Other nodes sent our record back when they were asked for it, or no longer do. */
static void
on_published (KithLocator *locator, guint id, guint replicas, KithAccount *account)
{
  if (account->started
      && (kith_publication_note (account->reach, locator, id, replicas)
          || kith_publication_note (account->claim, locator, id, replicas))) {
    take_confirmation (account);
  }
}

/* Puts everything anew and sees whether it arrived. */
static void
publish (KithAccount *account)
{
  gboolean claim_old = now_s (account) - account->claim_issued > CLAIM_LIFE_S / 2;

  if (claim_old) {
    publish_claim (account);
  }
  publish_reach (account, FALSE);
  expect_read_back (account);
}

static gboolean
on_republish (gpointer user_data)
{
  publish (user_data);
  return G_SOURCE_CONTINUE;
}

/* A value stays in the network for ten minutes and cannot be taken back: what is there already is not put again. */
static void
publish_news (KithAccount *account)
{
  KithReach reach;

  fill_reach (account, FALSE, &reach);
  kith_clock_cancel (account->clock, &account->slot_timer);
  kith_clock_cancel (account->clock, &account->nat_timer);
  if (memcmp (&reach, &account->told, sizeof reach) != 0) {
    publish (account);
  }
}

static gboolean
on_slot_time (gpointer user_data)
{
  KithAccount *account = user_data;

  account->slot_timer = 0;
  publish_news (account);
  return G_SOURCE_REMOVE;
}

static gboolean
on_nat_time (gpointer user_data)
{
  KithAccount *account = user_data;

  account->nat_timer = 0;
  publish_news (account);
  return G_SOURCE_REMOVE;
}

static void
on_slot_changed (KithLinkMaker *maker, KithAccount *account)
{
  if (account->started && account->slot_timer == 0) {
    account->slot_timer = kith_clock_add (account->clock, GATHER_MS, on_slot_time, account);
  }
}

/* A kind that is worth telling: callers say by it why no path was found. */
static void
on_nat_changed (KithLinkMaker *maker, KithAccount *account)
{
  KithNatFacts facts;

  kith_link_maker_get_nat (maker, &facts);
  if (account->started && facts.kind != KITH_NAT_UNKNOWN && facts.kind != account->told.nat
      && account->nat_timer == 0) {
    account->nat_timer = kith_clock_add (account->clock, NAT_GATHER_MS, on_nat_time, account);
  }
}

/* Work */

static void
on_work_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KithAccount) account = user_data;
  guint64 nonce;
  guint8 tag[KITH_TAG_LEN];
  g_autoptr (GError) error = NULL;

  if (!kith_work_find_finish (result, &nonce, tag, &error)) {
    kith_debug ("account", "the name's tag was not computed: %s", error->message);
    return;
  }
  if (!kith_vault_set_work (account->vault, nonce, account->work_bits, tag, &error)) {
    kith_warning ("account",
                  "the name's tag could not be saved and will be computed again: %s",
                  error->message);
  }
  update_full_address (account);
  kith_info ("account", "the name's tag is computed");
  if (account->started) {
    publish_claim (account);
  }
  g_signal_emit (account, signals[SIGNAL_CHANGED], 0);
}

static void
find_work (KithAccount *account)
{
  guint64 nonce;
  guint8 difficulty;
  guint8 tag[KITH_TAG_LEN];

  if (kith_vault_get_work (account->vault, &nonce, &difficulty, tag)
      && difficulty >= account->work_bits) {
    return;
  }
  kith_work_find_async (kith_vault_get_name (account->vault),
                        kith_vault_get_identity (account->vault),
                        account->work_bits,
                        account->working,
                        on_work_found,
                        g_object_ref (account));
}

/* Locators */

static KithLocatorState
best_locator_state (KithAccount *account)
{
  KithLocatorState best = KITH_LOCATOR_OFFLINE;

  for (guint i = 0; i < account->locators->len; i++) {
    KithLocator *locator = account->locators->pdata[i];
    if (KITH_LOCATOR_GET_IFACE (locator)->publish != NULL) {
      best = MAX (best, kith_locator_get_state (locator));
    }
  }
  return best;
}

static void
follow_locators (KithAccount *account)
{
  if (!account->started) {
    return;
  }
  switch (best_locator_state (account)) {
  case KITH_LOCATOR_OFFLINE:
    change_state (account, KITH_REGISTRATION_EVENT_LOST, "the network is not running");
    break;
  case KITH_LOCATOR_JOINING:
    change_state (account, KITH_REGISTRATION_EVENT_LOST, "the network is not running");
    change_state (account, KITH_REGISTRATION_EVENT_START, "looking for other nodes");
    break;
  case KITH_LOCATOR_ALONE:
    change_state (account, KITH_REGISTRATION_EVENT_START, "looking for other nodes");
    change_state (account, KITH_REGISTRATION_EVENT_PEERLESS, "no other node was found yet");
    break;
  case KITH_LOCATOR_ONLINE:
    if (account->state != KITH_REGISTRATION_REGISTERED
        && account->state != KITH_REGISTRATION_PUBLISHING) {
      change_state (account, KITH_REGISTRATION_EVENT_START, "looking for other nodes");
      change_state (account, KITH_REGISTRATION_EVENT_JOINED, "publishing your record");
      take_confirmation (account);
    }
    break;
  }
}

static void
on_locator_state (KithLocator *locator, guint state, KithAccount *account)
{
  if (account->started && state == KITH_LOCATOR_OFFLINE) {
    kith_publication_forget (account->reach, locator);
    kith_publication_forget (account->claim, locator);
    take_confirmation (account);
  }
  follow_locators (account);
}

static void
kith_account_dispose (GObject *object)
{
  KithAccount *account = KITH_ACCOUNT (object);

  account->started = FALSE;
  g_cancellable_cancel (account->working);
  if (account->clock != NULL) {
    kith_clock_cancel (account->clock, &account->republish_timer);
    kith_clock_cancel (account->clock, &account->slot_timer);
    kith_clock_cancel (account->clock, &account->nat_timer);
    kith_clock_cancel (account->clock, &account->miss_timer);
  }
  g_clear_pointer (&account->claim, kith_publication_free);
  g_clear_pointer (&account->reach, kith_publication_free);
  g_clear_pointer (&account->copy, kith_publication_free);
  g_clear_pointer (&account->locators, g_ptr_array_unref);
  g_clear_object (&account->maker);
  g_clear_object (&account->vault);
  g_clear_object (&account->clock);
  G_OBJECT_CLASS (kith_account_parent_class)->dispose (object);
}

static void
kith_account_finalize (GObject *object)
{
  KithAccount *account = KITH_ACCOUNT (object);

  g_object_unref (account->working);
  g_free (account->uri);
  g_free (account->detail);
  g_free (account->full_address);
  G_OBJECT_CLASS (kith_account_parent_class)->finalize (object);
}

static void
kith_account_class_init (KithAccountClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kith_account_dispose;
  G_OBJECT_CLASS (klass)->finalize = kith_account_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed",
                                          KITH_TYPE_ACCOUNT,
                                          G_SIGNAL_RUN_LAST,
                                          0,
                                          NULL,
                                          NULL,
                                          NULL,
                                          G_TYPE_NONE,
                                          0);
}

static void
kith_account_init (KithAccount *account)
{
  account->working = g_cancellable_new ();
  account->detail = g_strdup ("not started");
}

KithAccount *
kith_account_new (KithClock *clock,
                  KithVault *vault,
                  KithLinkMaker *maker,
                  GPtrArray *locators,
                  guint8 work_bits)
{
  KithAccount *account = g_object_new (KITH_TYPE_ACCOUNT, NULL);

  account->clock = g_object_ref (clock);
  account->vault = g_object_ref (vault);
  account->maker = g_object_ref (maker);
  account->locators = g_ptr_array_ref (locators);
  account->work_bits = work_bits;
  account->claim = kith_publication_new (locators);
  account->reach = kith_publication_new (locators);
  account->copy = kith_publication_new (locators);
  kith_name_secret (kith_vault_get_name (vault), account->name_secret);
  update_full_address (account);
  return account;
}

void
kith_account_start (KithAccount *account, const char *uri)
{
  account->uri = g_strdup (uri);
  account->started = TRUE;
  find_work (account);
  g_signal_connect_object (account->maker,
                           "slot-changed",
                           G_CALLBACK (on_slot_changed),
                           account,
                           G_CONNECT_DEFAULT);
  g_signal_connect_object (account->maker,
                           "nat-changed",
                           G_CALLBACK (on_nat_changed),
                           account,
                           G_CONNECT_DEFAULT);
  for (guint i = 0; i < account->locators->len; i++) {
    g_signal_connect_object (account->locators->pdata[i],
                             "state-changed",
                             G_CALLBACK (on_locator_state),
                             account,
                             G_CONNECT_DEFAULT);
    g_signal_connect_object (account->locators->pdata[i],
                             "published",
                             G_CALLBACK (on_published),
                             account,
                             G_CONNECT_DEFAULT);
  }
  publish (account);
  account->republish_timer = kith_clock_add (account->clock, REACH_EVERY_MS, on_republish, account);
  follow_locators (account);
}

void
kith_account_withdraw (KithAccount *account)
{
  if (!account->started) {
    return;
  }
  account->started = FALSE;
  g_cancellable_cancel (account->working);
  kith_clock_cancel (account->clock, &account->republish_timer);
  kith_clock_cancel (account->clock, &account->slot_timer);
  kith_clock_cancel (account->clock, &account->nat_timer);
  kith_clock_cancel (account->clock, &account->miss_timer);
  publish_reach (account, TRUE);
  change_state (account, KITH_REGISTRATION_EVENT_WITHDRAW, "leaving the network");
}

KithRegistrationState
kith_account_get_state (KithAccount *account)
{
  return account->state;
}

const char *
kith_account_get_detail (KithAccount *account)
{
  return account->detail;
}

gint64
kith_account_get_registered_at (KithAccount *account)
{
  return account->registered_at;
}

const char *
kith_account_get_full_address (KithAccount *account)
{
  return account->full_address;
}
