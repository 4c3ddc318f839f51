/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes links with QUIC over ICE: the concrete KithLinkMaker. */
#pragma once

#include "link/link-config.h"

G_BEGIN_DECLS

#define KITH_TYPE_LINKER (kith_linker_get_type ())
G_DECLARE_FINAL_TYPE (KithLinker, kith_linker, KITH, LINKER, GObject)

/* The KithLinkMaker of @config (copied). Nothing is opened before kith_link_maker_start(). NULL and KITH_ERROR_FAILED when the device's
   key is refused. (transfer full) */
KithLinkMaker *kith_linker_new (const KithLinkerConfig *config, GError **error);

/* Other times than KITH_LINK_TIMES_DEFAULT, for links made from now on; for tests and slow networks. */
void kith_linker_set_times (KithLinker *self, const KithLinkTimes *times);

G_END_DECLS
