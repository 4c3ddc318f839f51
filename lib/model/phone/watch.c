/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of packages. */
#include "model/phone/watch.h"

static const struct {
  const char *word, *type;
} packages[KITH_N_WATCH_EVENTS] = {
  [KITH_WATCH_DIALOG] = { "dialog", "application/dialog-info+xml" },
  [KITH_WATCH_PRESENCE] = { "presence", "application/pidf+xml" },
  [KITH_WATCH_MESSAGES] = { "message-summary", "application/simple-message-summary" },
};

const char *
kith_watch_event_word (KithWatchEvent event)
{
  return packages[event].word;
}

const char *
kith_watch_event_type (KithWatchEvent event)
{
  return packages[event].type;
}

gboolean
kith_watch_event_find (const char *word, KithWatchEvent *event)
{
  for (guint i = 0; word != NULL && i < KITH_N_WATCH_EVENTS; i++) {
    if (g_ascii_strcasecmp (word, packages[i].word) == 0) {
      *event = (KithWatchEvent)i;
      return TRUE;
    }
  }
  return FALSE;
}
