/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes links with QUIC over ICE: the concrete KithLinkMaker. */
#pragma once

#include "link/link-config.h"

G_BEGIN_DECLS

#define KITH_TYPE_QUIC_LINK_MAKER (kith_quic_link_maker_get_type ())
G_DECLARE_FINAL_TYPE (KithQuicLinkMaker, kith_quic_link_maker, KITH, QUIC_LINK_MAKER, GObject)

/* The KithLinkMaker of @config (copied). Nothing is opened before kith_link_maker_start(). NULL and
   KITH_ERROR_FAILED when the device's key is refused. (transfer full) */
KithLinkMaker *kith_quic_link_maker_new (const KithLinkConfig *config, GError **error);

/* Other times than KITH_LINK_TIMES_DEFAULT, for links made from now on; for tests and slow
   networks. */
void kith_quic_link_maker_set_times (KithQuicLinkMaker *self, const KithLinkTimes *times);

G_END_DECLS
