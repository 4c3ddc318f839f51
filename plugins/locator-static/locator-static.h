/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The smallest locator: contacts that the user wrote into a file. */
#pragma once

#include "ports/locator.h"

G_BEGIN_DECLS

#define KITH_TYPE_LOCATOR_STATIC (kith_locator_static_get_type ())
G_DECLARE_FINAL_TYPE (KithLocatorStatic, kith_locator_static, KITH, LOCATOR_STATIC, GObject)

/* @path: the contact file; it need not exist yet, and its changes are noticed. Main thread.
   (transfer full) */
KithLocatorStatic *kith_locator_static_new (const char *path);

G_END_DECLS
