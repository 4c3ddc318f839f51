/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many bytes we may send to an address that has not proved that it is there: a small multiple
   of what it sent. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  /* it is there: a connection, or it told us a tag that only who gets our answers knows */
  gboolean proved;
  gsize heard;   /* bytes of it */
  gsize said;    /* bytes to it */
  guint answers; /* how often the user's yes was sent */
} KithPurse;

/* So many bytes came from the address. */
void kith_purse_heard (KithPurse *purse, gsize bytes);

/**
 * kith_purse_may_say:
 * @status: of a response to the address's own request
 * @is_yes: the response to a call that the user answered
 * @bytes: how long it is
 * All together is never more than KITH_EDGE_MOST_BACK times what was heard. What is not final
 * leaves room for a final response of the same length, 100 for another one before that, too. The
 * user's yes is repeated KITH_EDGE_MOST_ANSWERS times at most, however long it is.
 * Returns: TRUE, and counts it; FALSE: it must not be sent.
 */
gboolean kith_purse_may_say (KithPurse *purse, guint status, gboolean is_yes, gsize bytes);

/* What kith_purse_may_say() would say, without counting. */
gboolean kith_purse_has_room (const KithPurse *purse, guint status, gboolean is_yes, gsize bytes);

G_END_DECLS
