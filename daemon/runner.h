/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemon's run from the bus connection to the way out. */
#pragma once

#include "kithd-options.h"

G_BEGIN_DECLS

/* The exit status of kithd, fixed for ever. */
enum {
  KITHD_EXIT_CLEAN = 0,
  KITHD_EXIT_FAILED = 1,
  KITHD_EXIT_USAGE = 2,      /* wrong options or a wrong configuration */
  KITHD_EXIT_NAME_TAKEN = 3, /* kithd is running already */
};

/* Serves on the bus at @address until a signal, a client or a failure ends it. Returns the exit
   status. */
int kithd_run (const KithdOptions *options, KithConfig *config, const char *address);

/* What helps when there is no bus: one sentence (static). */
const char *kithd_bus_remedy (gboolean system_bus);

G_END_DECLS
