/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Log lines about what strangers do: one a second of each kind, with how many it stands for. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  KITH_SIP_TOLD_RATE,    /* too many requests */
  KITH_SIP_TOLD_LINK,    /* From is not the link's peer */
  KITH_SIP_TOLD_REFUSED, /* refused by the door */
  KITH_SIP_TOLD_UNREAD,  /* refused by the scan */
  KITH_SIP_N_TOLD,
} KithSipToldKind;

typedef struct {
  struct {
    gint64 at_us; /* when it was told last; 0: never */
    guint count;  /* since then */
  } kinds[KITH_SIP_N_TOLD];
} KithSipTold;

/* TRUE if it is to be told now, for @count cases. @now_us: monotonic. */
gboolean kith_sip_told_now (KithSipTold *told, KithSipToldKind kind, gint64 now_us, guint *count);

G_END_DECLS
