/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people type that looks like an address and is none: why, and what to type instead. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/**
 * kith_address_advice:
 * @text: valid UTF-8 without blanks around it
 *
 * An IP address, a telephone number, a scheme that is not ours, the number of an emergency call, a
 * key with a mistake: text that must not be taken for a name.
 * Returns: (transfer full) (nullable): the sentence, or NULL when there is nothing to say against
 * it.
 */
KITH_API gchar *kith_address_advice (const char *text);

/* TRUE for a name that nobody could be called by: an IP address or the number of an emergency call.
   @why: (out) (transfer full). */
KITH_API gboolean kith_address_is_no_name (const char *name, gchar **why);

/**
 * kith_address_strip:
 * @text: valid UTF-8
 *
 * Takes what stands in "Bob <sip:bob@192.0.2.7>" or "<sip:bob@192.0.2.7>" out of its brackets;
 * blanks around it go too. What begins with a scheme (kith:, sip:, sips:, tel:) is an address as a
 * whole, and a mere name does not stand in brackets.
 * Returns: (transfer full)
 */
KITH_API gchar *kith_address_strip (const char *text);

G_END_DECLS
