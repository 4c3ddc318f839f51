/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Structured logging with an object id, and the switch for personal data. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/**
 * kith_log:
 * @level: G_LOG_LEVEL_DEBUG, _INFO, _MESSAGE, _WARNING or _CRITICAL (never _ERROR, which would
 * abort)
 * @object: (nullable): the id of the object that speaks, such as "call/3", "link/7", "dht"
 *
 * Writes one line to the journal if stderr is connected to it, else to stderr as `LEVEL object:
 * text`. Control characters in the text are escaped. Any thread. Names, addresses and URIs of
 * people go through kith_personal() first.
 */
KITH_API void kith_log (GLogLevelFlags level, const char *object, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

#define kith_debug(object, ...) kith_log (G_LOG_LEVEL_DEBUG, object, __VA_ARGS__)
#define kith_info(object, ...) kith_log (G_LOG_LEVEL_INFO, object, __VA_ARGS__)
#define kith_warning(object, ...) kith_log (G_LOG_LEVEL_WARNING, object, __VA_ARGS__)

/* Least important level that is written (default G_LOG_LEVEL_INFO); @personal lets kith_personal()
   pass text through. */
KITH_API void kith_log_setup (GLogLevelFlags least, gboolean personal);

/* @text itself if personal data may be logged, else a static "(personal)". Never NULL. The result
   lives as long as @text. */
KITH_API const char *kith_personal (const char *text);

G_END_DECLS
