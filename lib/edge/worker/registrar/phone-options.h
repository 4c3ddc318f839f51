/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The OPTIONS by which a phone is asked whether it is there: as text, and what its answer is
   known by. */
#pragma once

#include "model/sip/binding.h"

G_BEGIN_DECLS

/**
 * kith_phone_options_write:
 * @key: of branches
 * @own: our host and port towards it: "192.168.1.5:5060"
 * The request to @binding, for its mark (KithBinding.asked): the same each time it is written.
 */
void kith_phone_options_write (const guint8 *key,
                               const KithBinding *binding,
                               const char *own,
                               GString *out);

/* @inner: a branch of ours without its mark (kith_branch_read_outward()). FALSE: it is of no such
   request. */
gboolean kith_phone_options_read (KithSipPiece inner, guint32 *id, guint32 *asked);

G_END_DECLS
