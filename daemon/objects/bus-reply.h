/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every method needs at the door: errors as replies, strings that fit the bus, checked
   options. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Answers with @error (transfer full) under its name on the bus; a foreign domain becomes Failed,
   Cancelled or TimedOut. The text is made safe for the bus. */
void kithd_reply_error (GDBusMethodInvocation *invocation, GError *error);

/* Answers with a KITH_ERROR @code and @text. */
void kithd_reply_code (GDBusMethodInvocation *invocation, gint code, const char *text);

/* Valid, bounded UTF-8 without control characters for a property. (transfer full) */
gchar *kithd_bus_text (const char *text);

/* TRUE if @options holds nothing but the string @key (NULL: nothing at all). @value: (out)
   (nullable) (transfer none): it or NULL. KITH_ERROR_INVALID_ARGUMENTS. */
gboolean
kithd_check_options (GVariant *options, const char *key, const char **value, GError **error);

G_END_DECLS
