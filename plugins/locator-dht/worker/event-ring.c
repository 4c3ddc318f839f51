/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ring of notes: one mutex, held for a copy at most. */
#include "event-ring.h"

#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define RING 4096
#define RING_FOR_VALUES (RING / 4 * 3)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static KithNote ring[RING];
static unsigned first, count;
static uint32_t lost;
static int wake_fd = -1;

int
kith_notes_open (void)
{
  wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  return wake_fd;
}

void
kith_notes_wake (void)
{
  const uint64_t one = 1;

  if (write (wake_fd, &one, sizeof one) < 0) {
    return; /* the counter is full: the main thread is awake anyway */
  }
}

/* The next free note, or NULL. Called with the mutex held. */
static KithNote *
next_note (unsigned limit)
{
  return count < limit ? &ring[(first + count++) % RING] : NULL;
}

void
kith_notes_post_value (KithNoteKind kind, uint32_t handle, const uint8_t *data, size_t len)
{
  if (len == 0 || len > KITH_DHT_DATA_MAX) {
    return;
  }
  pthread_mutex_lock (&mutex);
  KithNote *note = next_note (RING_FOR_VALUES);
  if (note != NULL) {
    note->kind = kind;
    note->handle = handle;
    note->ok = true;
    note->len = (uint16_t)len;
    memcpy (note->data, data, len);
  } else {
    lost++;
  }
  pthread_mutex_unlock (&mutex);
  kith_notes_wake ();
}

void
kith_notes_post_done (KithNoteKind kind, uint32_t handle, bool ok)
{
  pthread_mutex_lock (&mutex);
  KithNote *note = next_note (RING);
  if (note != NULL) {
    note->kind = kind;
    note->handle = handle;
    note->ok = ok;
    note->len = 0;
  }
  pthread_mutex_unlock (&mutex);
  kith_notes_wake ();
}

bool
kith_notes_take (KithNote *note)
{
  pthread_mutex_lock (&mutex);
  const bool any = count > 0;
  if (any) {
    const KithNote *oldest = &ring[first];
    note->kind = oldest->kind;
    note->handle = oldest->handle;
    note->ok = oldest->ok;
    note->len = oldest->len;
    memcpy (note->data, oldest->data, oldest->len);
    count--;
    /* an idle worker uses, and holds, but the first pages */
    first = count > 0 ? (first + 1) % RING : 0;
  }
  pthread_mutex_unlock (&mutex);
  return any;
}

uint32_t
kith_notes_lost (void)
{
  pthread_mutex_lock (&mutex);
  const uint32_t n = lost;
  pthread_mutex_unlock (&mutex);
  return n;
}
