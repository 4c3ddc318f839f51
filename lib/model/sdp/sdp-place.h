/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a session description sends its streams: the value of a c= line. */
#pragma once

#include "model/sdp/sdp-private.h"

G_BEGIN_DECLS

/* What "IN IP4 192.0.2.1" says, also with a time to live, brackets, a zone, figures filled up with
   zeros, or the wrong one of IP4 and IP6. @text: (out) (transfer full) (nullable): the host or
   name. */
KithSdpPlace kith_sdp_place_parse (const char *value, gchar **text);

G_END_DECLS
