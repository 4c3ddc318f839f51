/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notices that our identity is in use elsewhere too: a reach record of ours that we did not
   write. */
#pragma once

#include "base/clock.h"
#include "ports/locator.h"

G_BEGIN_DECLS

typedef struct _KithOtherDevice KithOtherDevice;

/* Something changed: another one was seen for the first time, or is gone. */
typedef void (*KithOtherDeviceFunc) (gpointer user_data);

/* Listens where the records of @identity are kept. @device: our own key. @seq: sequence numbers of
   earlier runs are below it, unless the clock was set
   meanwhile: a copy of this device is noticed by what it writes KITH_TIME_TOLERANCE after our start
   or later. (transfer full) */
KithOtherDevice *kith_other_device_new (KithClock *clock,
                                        GPtrArray *locators,
                                        const KithPeerKey *identity,
                                        const KithPeerKey *device,
                                        guint64 seq,
                                        KithOtherDeviceFunc func,
                                        gpointer user_data);
void kith_other_device_free (KithOtherDevice *other);

/* We write a record with this sequence number. */
void kith_other_device_note_own (KithOtherDevice *other, guint64 seq);

/* TRUE while a record of another one is valid: when it was written, by its own clock (wall time in
   µs), and whether it has our device's own key, as a copy of the state directory has. */
gboolean kith_other_device_get (KithOtherDevice *other, gint64 *written_us, gboolean *is_copy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithOtherDevice, kith_other_device_free)

G_END_DECLS
