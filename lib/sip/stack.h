/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SIP stack on sofia-sip: the concrete KithSip. */
#pragma once

#include "ports/sip.h"

G_BEGIN_DECLS

#define KITH_TYPE_SIP_STACK (kith_sip_stack_get_type ())
G_DECLARE_FINAL_TYPE (KithSipStack, kith_sip_stack, KITH, SIP_STACK, GObject)

typedef struct {
  /* what the edge serves: "::" (IPv6 and IPv4), "0.0.0.0" (IPv4), or one address of this host;
     NULL: no ordinary SIP, links only */
  const char *bind;
  /* KITH_SIP_TOKEN_KEY bytes by which kith-edge tells our tags; NULL: links only, too */
  const guint8 *edge_key;
} KithSipStackConfig;

KithSip *kith_sip_stack_new (const KithSipStackConfig *config);

G_END_DECLS
