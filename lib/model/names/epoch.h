/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The day that is part of a location, and its neighbour close to midnight. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KITH_EPOCH_SECONDS 86400
/* seconds before and after midnight (UTC) in which a publisher serves both days */
#define KITH_EPOCH_OVERLAP 3600

/* Days since 1970 at @wall_us. */
static inline gint64
kith_epoch_at (gint64 wall_us)
{
  return wall_us / G_USEC_PER_SEC / KITH_EPOCH_SECONDS;
}

/* When the day of @wall_us ends: wall time in µs. */
static inline gint64
kith_epoch_end_us (gint64 wall_us)
{
  return (kith_epoch_at (wall_us) + 1) * KITH_EPOCH_SECONDS * G_USEC_PER_SEC;
}

/* The other day that a publisher serves at @wall_us, or the same day when midnight is far. */
static inline gint64
kith_epoch_neighbour (gint64 wall_us)
{
  gint64 second = wall_us / G_USEC_PER_SEC % KITH_EPOCH_SECONDS;
  gint64 day = kith_epoch_at (wall_us);

  if (second < KITH_EPOCH_OVERLAP) {
    return day - 1;
  }
  return second >= KITH_EPOCH_SECONDS - KITH_EPOCH_OVERLAP ? day + 1 : day;
}

G_END_DECLS
