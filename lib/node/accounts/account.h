/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our identity in the network: its claim, its reach record, and whether they can be read there. */
#pragma once

#include <glib-object.h>

#include "base/clock.h"
#include "identity/vault.h"
#include "model/names/registration-state.h"
#include "ports/link-maker.h"
#include "ports/locator.h"
#include "ports/nat/nat.h"

G_BEGIN_DECLS

#define KITH_TYPE_ACCOUNT (kith_account_get_type ())
G_DECLARE_FINAL_TYPE (KithAccount, kith_account, KITH, ACCOUNT, GObject)

/* Signal "changed" (): a fact below changed. */

/* @work_bits: zero bits of the name's work, 0 on a private network. Nothing happens before
   kith_account_start(). (transfer full) */
KithAccount *kith_account_new (KithClock *clock,
                               KithVault *vault,
                               KithLinkMaker *maker,
                               KithNat *nat,
                               GPtrArray *locators,
                               guint8 work_bits);

/* @hidden: only people we know are to learn where we are. The reach record then carries no
   candidates, no slot and no kind of NAT, and says so (KITH_CAPABILITY_KNOWN_ONLY); whoever is
   known gets them in the answer to a knock. FALSE at first; what other records said before is
   forgotten by the network after 10 minutes. */
void kith_account_set_hidden (KithAccount *account, gboolean hidden);

/* @uri: our SIP contact for the record, or NULL. Publishes as soon as a locator runs; computes the
   name's work if it is not known. */
void kith_account_start (KithAccount *account, const char *uri);

/* Publishes the "gone" record and stops publishing; the locators must still flush it. */
void kith_account_withdraw (KithAccount *account);

KithRegistrationState kith_account_get_state (KithAccount *account);

/* A sentence for people (owned by the account). */
const char *kith_account_get_detail (KithAccount *account);

/* Wall time in µs of the last time the record was read back, 0 if not registered. */
gint64 kith_account_get_registered_at (KithAccount *account);

/* "alice~7k2f9qxm", or "alice" while the work is not done (owned by the account). */
const char *kith_account_get_full_address (KithAccount *account);

/* TRUE while this identity is in use elsewhere too: when that one wrote its record last (wall time
   in µs, by its clock), and whether it is a copy of our own keys, and no restored identity. */
gboolean kith_account_get_other (KithAccount *account, gint64 *written_us, gboolean *is_copy);

G_END_DECLS
