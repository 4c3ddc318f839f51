/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps the root when its epoll descriptor is readable, when its next timer is due, or when
   poked. */
#include "sip/sofia/sofia-source.h"

#include <glib-unix.h>

#include "base/clock.h"
#include "sip/sofia/sofia-patches.h"

#define MAX_STEPS 64 /* in one dispatch, … */
#define MAX_US 5000  /* … or for so long; then the other sources have their turn */

typedef struct {
  GSource base;
  su_root_t *root;
  gpointer tag;
  gint64 due_us; /* of the next timer; 0: poked; NEVER */
  gboolean stepping;
} SofiaSource;

#define NEVER G_MAXINT64

/* As in base/clock: a ready time would wake the loop each time it is set. */
static gboolean
sofia_prepare (GSource *base, gint *wait_ms)
{
  SofiaSource *source = (SofiaSource *)base;

  *wait_ms = -1;
  if (source->due_us != NEVER) {
    gint64 wait_us = MAX (source->due_us - kith_clock_thread_now (), 0);
    *wait_ms = (gint)MIN ((wait_us + 999) / 1000, G_MAXINT);
  }
  return *wait_ms == 0 && !source->stepping;
}

/* GLib looks at the descriptor. */
static gboolean
sofia_check (GSource *base)
{
  SofiaSource *source = (SofiaSource *)base;

  return source->due_us <= kith_clock_thread_now () && !source->stepping;
}

static gboolean
sofia_dispatch (GSource *base, GSourceFunc func, gpointer user_data)
{
  SofiaSource *source = (SofiaSource *)base;
  gint64 end_us = kith_clock_thread_now () + MAX_US;
  su_duration_t wait = 0;

  if (source->stepping) {
    return G_SOURCE_CONTINUE;
  }
  source->stepping = TRUE;
  for (guint i = 0; i < MAX_STEPS && wait == 0 && !g_source_is_destroyed (base)
                    && (i == 0 || kith_clock_thread_now () < end_us);
       i++) {
    wait = su_root_step (source->root, 0);
  }
  source->stepping = FALSE;
  if (g_source_is_destroyed (base)) {
    return G_SOURCE_REMOVE;
  }
  source->due_us = wait < 0 || wait == SU_WAIT_FOREVER
                       ? NEVER
                       : kith_clock_thread_now () + (gint64)wait * 1000;
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs sofia_funcs
    = { .prepare = sofia_prepare, .check = sofia_check, .dispatch = sofia_dispatch };

su_root_t *
kith_sofia_root_new (GSource **source)
{
  kith_patches_watch_epoll ();
  su_root_t *root = su_root_create (NULL);
  int fd = kith_patches_take_epoll ();

  if (root == NULL || fd < 0) {
    if (root != NULL) {
      su_root_destroy (root);
    }
    return NULL;
  }
  su_root_threading (root, 0);
  SofiaSource *self = (SofiaSource *)g_source_new (&sofia_funcs, sizeof *self);
  self->root = root;
  self->tag = g_source_add_unix_fd (&self->base, fd, G_IO_IN);
  g_source_set_name (&self->base, "sofia-sip");
  g_source_set_can_recurse (&self->base, TRUE); /* see base/mailbox */
  g_source_attach (&self->base, g_main_context_get_thread_default ());
  *source = &self->base;
  return root;
}

void
kith_sofia_source_poke (GSource *source)
{
  if (source != NULL && !g_source_is_destroyed (source)) {
    ((SofiaSource *)source)->due_us = 0;
  }
}
