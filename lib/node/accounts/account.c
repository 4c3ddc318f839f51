/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Publishes what others need to find us, and checks that they can. */
#include <string.h>

#include "base/log.h"
#include "identity/proof.h"
#include "identity/seal.h"
#include "node/accounts/account-private.h"

#define REACH_EVERY_MS (480 * 1000) /* before the network forgets it after 10 minutes */
#define READ_BACK_MS 10000
#define NO_NETWORK "no network: this computer has no address besides loopback"
#define GATHER_MS 60      /* changes of addresses that come together are published together */
#define NAT_GATHER_MS 200 /* the kind of NAT is good to know, no more */

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

/* Says what the network said last about our records. By name we are found once the claim is there
   too; that a better one replaces it later takes nothing away, since the first one stays. */
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
  gboolean claim_old = now_s (account) - account->claim_issued > KITH_CLAIM_LIFE_S / 2;

  if (claim_old) {
    kith_account_publish_claim (account);
  }
  kith_account_publish_reach (account, FALSE);
  expect_read_back (account);
}

static gboolean
on_republish (gpointer user_data)
{
  publish (user_data);
  return G_SOURCE_CONTINUE;
}

/* A value stays in the network for ten minutes and cannot be taken back: what is there already is
   not put again. */
static void
publish_news (KithAccount *account)
{
  KithReach reach;

  kith_account_fill_reach (account, FALSE, &reach);
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

static void explain_alone (KithAccount *account);

/* A kind that is worth telling: callers say by it why no path was found. */
static void
on_nat_changed (KithNat *nat, KithAccount *account)
{
  KithNatFacts facts;

  explain_alone (account);
  kith_nat_get_facts (nat, &facts);
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
    kith_account_publish_claim (account);
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

/* TRUE while this host has an address that is not loopback, or it is not known. */
static gboolean
has_address (KithAccount *account)
{
  KithReach slot = { 0 };

  return !kith_link_maker_get_slot (account->maker, &slot)
         || kith_candidates_any_sendable (slot.candidates, slot.n_candidates);
}

/* A host that lost its network is not reached, whatever the locators still believe. One that never
   had any may still have company on itself. */
static gboolean
look_for_network (KithAccount *account)
{
  gboolean has = has_address (account);

  account->had_address = account->had_address || has;
  if (account->had_address && !has && !account->lost_network) {
    for (guint i = 0; i < account->locators->len; i++) {
      kith_publication_forget (account->reach, account->locators->pdata[i]);
    }
  }
  account->lost_network = account->had_address && !has;
  return has;
}

static gboolean
has_bootstrap (KithAccount *account)
{
  gboolean has = FALSE;

  for (guint i = 0; i < account->locators->len && !has; i++) {
    KithLocator *locator = account->locators->pdata[i];
    g_autoptr (GVariant) status = KITH_LOCATOR_GET_IFACE (locator)->publish != NULL
                                      ? kith_locator_get_status (locator)
                                      : NULL;
    has = status != NULL && g_variant_lookup (status, "has-bootstrap", "b", &has) && has;
  }
  return has;
}

/* TRUE when nodes are named, and the name of none of them can be resolved. */
static gboolean
has_lost_bootstraps (KithAccount *account)
{
  guint named = 0;
  guint lost = 0;

  for (guint i = 0; i < account->locators->len; i++) {
    KithLocator *locator = account->locators->pdata[i];
    g_autoptr (GVariant) status = g_variant_take_ref (kith_locator_get_status (locator));
    g_autoptr (GVariantIter) list = NULL;
    GVariant *one = NULL;
    const char *state = "";
    if (!g_variant_lookup (status, "bootstrap", "aa{sv}", &list)) {
      continue;
    }
    while (g_variant_iter_loop (list, "@a{sv}", &one)) {
      named++;
      lost += g_variant_lookup (one, "state", "&s", &state) && g_str_equal (state, "unresolved");
    }
  }
  return named > 0 && lost == named;
}

/* Why nobody answers, as far as is known. */
static const char *
why_alone (KithAccount *account)
{
  KithNatFacts facts = { 0 };

  kith_nat_get_facts (account->nat, &facts);
  if (facts.kind == KITH_NAT_BLOCKED) {
    return "nobody answers: this network lets no UDP through";
  }
  if (account->had_company) {
    return "no node answers any more: this network is cut off, or blocks UDP now";
  }
  if (has_lost_bootstraps (account)) {
    return "nobody answers: no node that is named can be found, see kith doctor";
  }
  return has_bootstrap (account)
             ? "nobody answers: the nodes that are named do not run, or this network blocks UDP"
             : "no other node was found yet";
}

static void
explain_alone (KithAccount *account)
{
  const char *why = why_alone (account);

  if (account->state == KITH_REGISTRATION_ALONE && strcmp (account->detail, why) != 0) {
    g_free (account->detail);
    account->detail = g_strdup (why);
    g_signal_emit (account, signals[SIGNAL_CHANGED], 0);
  }
}

/* Offline and alone, in the words of the cause. */
static void
explain_no_network (KithAccount *account)
{
  if (strcmp (account->detail, NO_NETWORK) != 0
      && (account->state == KITH_REGISTRATION_OFFLINE || account->state == KITH_REGISTRATION_JOINING
          || account->state == KITH_REGISTRATION_ALONE)) {
    g_free (account->detail);
    account->detail = g_strdup (NO_NETWORK);
    g_signal_emit (account, signals[SIGNAL_CHANGED], 0);
  }
}

static void
follow_locators (KithAccount *account)
{
  if (!account->started) {
    return;
  }
  gboolean has_network = look_for_network (account);
  if (account->lost_network) {
    kith_clock_cancel (account->clock, &account->miss_timer);
    change_state (account, KITH_REGISTRATION_EVENT_LOST, NO_NETWORK);
    explain_no_network (account);
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
    change_state (account, KITH_REGISTRATION_EVENT_PEERLESS, why_alone (account));
    explain_alone (account);
    break;
  case KITH_LOCATOR_ONLINE:
    account->had_company = TRUE;
    if (account->state != KITH_REGISTRATION_REGISTERED
        && account->state != KITH_REGISTRATION_PUBLISHING) {
      change_state (account, KITH_REGISTRATION_EVENT_START, "looking for other nodes");
      change_state (account, KITH_REGISTRATION_EVENT_JOINED, "publishing your record");
      take_confirmation (account);
    }
    break;
  }
  if (!has_network) {
    explain_no_network (account);
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
on_slot_changed (KithLinkMaker *maker, KithAccount *account)
{
  if (account->started && account->slot_timer == 0) {
    account->slot_timer = kith_clock_add (account->clock, GATHER_MS, on_slot_time, account);
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
  g_clear_pointer (&account->other, kith_other_device_free);
  g_clear_pointer (&account->claim, kith_publication_free);
  g_clear_pointer (&account->reach, kith_publication_free);
  g_clear_pointer (&account->copy, kith_publication_free);
  g_clear_pointer (&account->locators, g_ptr_array_unref);
  g_clear_object (&account->maker);
  g_clear_object (&account->nat);
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
                  KithNat *nat,
                  GPtrArray *locators,
                  guint8 work_bits)
{
  KithAccount *account = g_object_new (KITH_TYPE_ACCOUNT, NULL);

  account->clock = g_object_ref (clock);
  account->vault = g_object_ref (vault);
  account->maker = g_object_ref (maker);
  account->nat = g_object_ref (nat);
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
kith_account_set_hidden (KithAccount *account, gboolean hidden)
{
  account->hidden = hidden;
  if (account->started) {
    publish_news (account);
  }
}

/* Another one uses our identity, or does not any more. */
static void
on_other_device (gpointer user_data)
{
  KithAccount *account = user_data;
  gint64 written_us = 0;
  gboolean is_copy = FALSE;

  if (kith_other_device_get (account->other, &written_us, &is_copy)) {
    kith_warning ("account",
                  "this identity is in use on another machine too%s: calls ring at only one of "
                  "the two",
                  is_copy ? ", which has a copy of this one's state directory" : "");
  } else {
    kith_info ("account", "this identity is in use here alone again");
  }
  g_signal_emit (account, signals[SIGNAL_CHANGED], 0);
}

gboolean
kith_account_get_other (KithAccount *account, gint64 *written_us, gboolean *is_copy)
{
  return account->other != NULL && kith_other_device_get (account->other, written_us, is_copy);
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
  g_signal_connect_object (account->nat,
                           "changed",
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
  account->other = kith_other_device_new (account->clock,
                                          account->locators,
                                          kith_vault_get_identity (account->vault),
                                          kith_vault_get_device (account->vault),
                                          kith_vault_next_seq (account->vault),
                                          on_other_device,
                                          account);
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
  kith_account_publish_reach (account, TRUE);
  g_clear_pointer (&account->other, kith_other_device_free);
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
