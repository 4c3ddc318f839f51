/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A mutex, and a count of who is inside. */
#include "base/gate.h"

void
kith_gate_init (KithGate *gate)
{
  *gate = (KithGate){ .owner = pthread_self () };
  pthread_mutex_init (&gate->mutex, NULL);
  pthread_cond_init (&gate->left, NULL);
}

void
kith_gate_clear (KithGate *gate)
{
  pthread_cond_destroy (&gate->left);
  pthread_mutex_destroy (&gate->mutex);
}

void
kith_gate_lock (KithGate *gate)
{
  pthread_mutex_lock (&gate->mutex);
}

void
kith_gate_unlock (KithGate *gate)
{
  pthread_mutex_unlock (&gate->mutex);
}

static gboolean
is_owner (const KithGate *gate)
{
  return pthread_equal (gate->owner, pthread_self ()) != 0;
}

void
kith_gate_enter (KithGate *gate)
{
  gate->inside++;
  gate->inside_of_owner += is_owner (gate) ? 1 : 0;
  pthread_mutex_unlock (&gate->mutex);
}

void
kith_gate_leave (KithGate *gate)
{
  pthread_mutex_lock (&gate->mutex);
  gate->inside--;
  gate->inside_of_owner -= is_owner (gate) ? 1 : 0;
  pthread_cond_broadcast (&gate->left);
  pthread_mutex_unlock (&gate->mutex);
}

void
kith_gate_wait (KithGate *gate)
{
  while (gate->inside > gate->inside_of_owner) {
    pthread_cond_wait (&gate->left, &gate->mutex);
  }
}
