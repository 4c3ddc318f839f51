/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the records by which others find us. */
#include <string.h>

#include "base/log.h"
#include "identity/proof.h"
#include "identity/seal.h"
#include "model/names/epoch.h"
#include "node/accounts/account-private.h"
#include "node/directory/reach-search.h"

#define REACH_LIFE_S 1500 /* three times the time between two publications */

static gint64
now_s (KithAccount *account)
{
  return kith_clock_wall (account->clock) / G_USEC_PER_SEC;
}

void
kith_account_publish_claim (KithAccount *account)
{
  KithClaim claim = { .identity = *kith_vault_get_identity (account->vault),
                      .seq = kith_vault_next_seq (account->vault) };
  guint8 location[1][KITH_LOCATION_LEN];
  g_autoptr (GError) error = NULL;

  g_strlcpy (claim.name, kith_vault_get_name (account->vault), sizeof claim.name);
  claim.has_work = kith_vault_get_work (account->vault, &claim.nonce, &claim.difficulty, claim.tag);
  claim.issued = now_s (account);
  claim.expires = claim.issued + KITH_CLAIM_LIFE_S;
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
void
kith_account_fill_reach (KithAccount *account, gboolean gone, KithReach *reach)
{
  KithNatFacts facts;

  memset (reach, 0, sizeof *reach);
  reach->gone = gone;
  reach->capabilities = KITH_CAPABILITY_VOICE;
  if (gone) {
    return;
  }
  if (account->hidden) { /* anybody can read the record */
    reach->capabilities |= KITH_CAPABILITY_KNOWN_ONLY;
  } else {
    (void)kith_link_maker_get_slot (account->maker, reach);
    kith_nat_get_facts (account->nat, &facts);
    reach->nat = facts.kind;
  }
  if (account->uri != NULL) {
    g_strlcpy (reach->uris[0], account->uri, sizeof reach->uris[0]);
    reach->n_uris = 1;
  }
}

void
kith_account_publish_reach (KithAccount *account, gboolean gone)
{
  KithReach reach;
  guint8 locations[2 * KITH_REACH_REPLICAS][KITH_LOCATION_LEN];
  g_autoptr (GError) error = NULL;

  kith_account_fill_reach (account, gone, &reach);
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
  if (account->other != NULL) {
    kith_other_device_note_own (account->other, reach.seq);
  }
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
