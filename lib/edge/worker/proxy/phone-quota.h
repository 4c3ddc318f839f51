/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much of each kind a phone may ask for at a time. */
#pragma once

#include "base/clock.h"

G_BEGIN_DECLS

typedef struct _KithPhoneQuota KithPhoneQuota;

KithPhoneQuota *kith_phone_quota_new (KithClock *clock);
void kith_phone_quota_free (KithPhoneQuota *quota);

/* The phone calls. Returns: 0 when it may, and then kith_phone_quota_end() is due when it rings no
   more; 486 when as many ring as may; 480 when it called too often. */
guint kith_phone_quota_call (KithPhoneQuota *quota, const char *phone);
void kith_phone_quota_end (KithPhoneQuota *quota, const char *phone);

/* The phone sends a text: TRUE when it may. */
gboolean kith_phone_quota_text (KithPhoneQuota *quota, const char *phone);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithPhoneQuota, kith_phone_quota_free)

G_END_DECLS
