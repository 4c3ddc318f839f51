/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where others may find this host when only the location network has said how it sees us. */
#pragma once

#include "model/names/record.h"

G_BEGIN_DECLS

/* Adds to @slot, at the end of its candidates, the address @hint with the port of the first IPv4
   host candidate, as server-reflexive: right for the many NATs that keep ports (RFC 4787, 4.2.1:
   port preservation). TRUE when it did; FALSE when @hint is not a public IPv4 address, is this
   host's own, or the slot has a reflexive IPv4 candidate, which knows better, or is full. Pure. */
gboolean kith_nat_hint_add (const KithEndpoint *hint, KithReach *slot);

G_END_DECLS
