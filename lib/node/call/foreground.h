/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which one of the calls has microphone and loudspeaker. */
#pragma once

#include "node/call/call.h"

G_BEGIN_DECLS

typedef struct _KithForeground KithForeground;

/* (transfer full) */
KithForeground *kith_foreground_new (void);
void kith_foreground_free (KithForeground *foreground);

/* @call is answered or dialled: it has both from now on, and the one that had them goes on in
   silence both ways. */
void kith_foreground_take (KithForeground *foreground, KithCall *call);

/* @call ended, or rings no longer: if it had both, the one that had them before has them again. */
void kith_foreground_leave (KithForeground *foreground, KithCall *call);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithForeground, kith_foreground_free)

G_END_DECLS
