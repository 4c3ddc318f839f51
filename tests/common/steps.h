/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a time line says, for tests; whoever asks also sees that each step is in the tables. */
#pragma once

#include "model/call/trace.h"

G_BEGIN_DECLS

/* How many entries have @part in their text. Each entry's code has words, and all values that these
   need, else the test fails. */
guint steps_count (KithTrace *trace, const char *part);

/* Writes all of them as messages of the test, and checks them the same way. */
void steps_show (KithTrace *trace);

G_END_DECLS
