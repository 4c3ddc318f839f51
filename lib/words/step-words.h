/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a time line says, in words. */
#pragma once

#include "base/export.h"
#include "model/call/trace.h"
#include "words/saying.h"

G_BEGIN_DECLS

/* The value that says of which leg of a call a step is told, where it is not the one to the peer:
   the phone of the house, whose name goes before the words. */
#define KITH_STEP_PHONE "leg"

/* One line, in the language of the process's locale, that begins with a capital; what there are no
   words for is said by the text that was kept. (transfer full) */
KITH_API gchar *kith_step_tell (const KithTraceEntry *entry);

/* The same as it came over the bus. @code, @values (a{sv}), @text: (nullable). (transfer full) */
KITH_API gchar *kith_step_text (const char *code, GVariant *values, const char *text);

G_END_DECLS
