/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A door between what the main thread owns and the threads that use it: whoever is inside is waited
   for before it is changed. */
#pragma once

#include <glib.h>
#include <pthread.h>

#include "base/export.h"

G_BEGIN_DECLS

/* The lock guards values of its owner for a moment and is never held while anybody calls out: for
   that a thread goes inside, which takes no lock. To be kept in what outlives the threads. */
typedef struct {
  pthread_mutex_t mutex;
  pthread_cond_t left;
  pthread_t owner;
  guint inside, inside_of_owner;
} KithGate;

/* The thread that calls this is the one that may wait. */
KITH_API void kith_gate_init (KithGate *gate);
KITH_API void kith_gate_clear (KithGate *gate);

/* Any thread. */
KITH_API void kith_gate_lock (KithGate *gate);
KITH_API void kith_gate_unlock (KithGate *gate);

/* From locked to inside, unlocked: what was read under the lock stays there until
   kith_gate_leave(). Any thread, not for long: the owner may wait. */
KITH_API void kith_gate_enter (KithGate *gate);

/* From inside to outside, unlocked. */
KITH_API void kith_gate_leave (KithGate *gate);

/* Locked before and after: waits until no other thread is inside. What was taken away under the
   same lock is used by nobody any more. Owner only. */
KITH_API void kith_gate_wait (KithGate *gate);

G_END_DECLS
