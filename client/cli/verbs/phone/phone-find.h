/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phones that look for their settings while one is waited for: which of them it is. */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

typedef struct _KithPhoneFinder KithPhoneFinder;

/**
 * kith_phone_finder_new:
 * @phone: whose settings can be fetched now; must outlive it
 * @mac: (nullable): 12 digits in lower case: that phone gets the settings, and no other one
 * Without @mac the only one that looks gets them, on a terminal, where it is asked which one when
 * there are more; elsewhere none does, and it is said how.
 */
KithPhoneFinder *kith_phone_finder_new (KithCli *cli, KithBusPhone *phone, const char *mac);
void kith_phone_finder_free (KithPhoneFinder *finder);

/* "805ec0aabb01" of "80:5E:C0:aa:bb:01" and the like; FALSE: that is no MAC address. */
gboolean kith_phone_finder_read_mac (const char *text, gchar mac[13]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithPhoneFinder, kith_phone_finder_free)

G_END_DECLS
