/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calls that want microphone and loudspeaker, the last one first: it has them. */
#include "node/call/foreground.h"

#include "node/call/call-private.h"

struct _KithForeground {
  GQueue calls; /* of KithCall (not owned) */
};

KithForeground *
kith_foreground_new (void)
{
  KithForeground *foreground = g_new0 (KithForeground, 1);

  g_queue_init (&foreground->calls);
  return foreground;
}

void
kith_foreground_free (KithForeground *foreground)
{
  g_queue_clear (&foreground->calls);
  g_free (foreground);
}

void
kith_foreground_take (KithForeground *foreground, KithCall *call)
{
  KithCall *before = g_queue_peek_head (&foreground->calls);

  g_queue_remove (&foreground->calls, call);
  g_queue_push_head (&foreground->calls, call);
  if (before != NULL && before != call) {
    kith_call_set_foreground (before, FALSE);
  }
  kith_call_set_foreground (call, TRUE);
}

void
kith_foreground_leave (KithForeground *foreground, KithCall *call)
{
  g_queue_remove (&foreground->calls, call);
  kith_call_set_foreground (call, FALSE);
  KithCall *next = g_queue_peek_head (&foreground->calls);
  if (next != NULL) {
    kith_call_set_foreground (next, TRUE);
  }
}
