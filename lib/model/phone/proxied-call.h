/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A call of two phones of the house that goes by kith-edge alone, as the node hears of it. */
#pragma once

#include "model/phone/phone.h"

G_BEGIN_DECLS

typedef enum {
  KITH_PROXIED_EARLY,      /* it rings there */
  KITH_PROXIED_CONFIRMED,  /* somebody answered */
  KITH_PROXIED_TERMINATED, /* it was refused, given up, or hung up */
} KithProxiedPhase;

/**
 * KithProxiedCall:
 * @id: of this call alone
 * @status: of the response that ended it before anybody answered; else 0
 * @caller, @callee: names of phones
 */
typedef struct {
  guint64 id;
  KithProxiedPhase phase;
  guint16 status;
  gchar caller[KITH_PHONE_NAME_MAX + 1];
  gchar callee[KITH_PHONE_NAME_MAX + 1];
} KithProxiedCall;

/* "early", "confirmed", "terminated" (static). */
KITH_API const char *kith_proxied_phase_word (KithProxiedPhase phase);

/* TRUE if @next may follow @phase: none comes back, and nothing follows the end. Pure. */
KITH_API gboolean kith_proxied_phase_may (KithProxiedPhase phase, KithProxiedPhase next);

G_END_DECLS
