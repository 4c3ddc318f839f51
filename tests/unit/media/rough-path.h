/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bad network between two parties of one process: delay, jitter, losses, bursts, interruptions,
   the same in each run. */
#pragma once

#include "media-pair.h"

G_BEGIN_DECLS

typedef struct {
  guint delay_ms, jitter_ms;  /* delay ± jitter */
  double loss;                /* percent */
  double burst_in, burst_out; /* percent: Gilbert, as in tests/netns/bad-wire.c */
  gboolean overtakes;         /* later packets may come earlier */
  gboolean down;              /* nothing passes */
  gboolean holds;             /* while down, packets wait instead of being lost */
} Roughness;

typedef struct _RoughPath RoughPath;

/* What @from says goes this way from now on; @seed for its dice. Free it before the pair. */
RoughPath *rough_path_new (Party *from, const Roughness *roughness, guint32 seed);

/* Changes it from now on. */
void rough_path_set (RoughPath *path, const Roughness *roughness);
void rough_path_free (RoughPath *path);

G_END_DECLS
