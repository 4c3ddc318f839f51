/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A registrar at which phones register when the test says so. */
#pragma once

#include "ports/edge/registrar.h"

G_BEGIN_DECLS

#define KITH_TYPE_FAKE_REGISTRAR (kith_fake_registrar_get_type ())
G_DECLARE_FINAL_TYPE (KithFakeRegistrar, kith_fake_registrar, KITH, FAKE_REGISTRAR, GObject)

/* It does not run yet. (transfer full) */
KithFakeRegistrar *kith_fake_registrar_new (void);

/* It runs, knows nothing, and says so; or its process ended, and all is forgotten. */
void kith_fake_registrar_start (KithFakeRegistrar *fake);
void kith_fake_registrar_die (KithFakeRegistrar *fake);

/* What it was told; NULL: nothing of that. (transfer none) */
const KithPhone *kith_fake_registrar_get_phone (KithFakeRegistrar *fake, const char *name);
const KithPhoneBinding *kith_fake_registrar_get_binding (KithFakeRegistrar *fake, guint id);
const KithPhoneRules *kith_fake_registrar_get_rules (KithFakeRegistrar *fake);
guint kith_fake_registrar_count_phones (KithFakeRegistrar *fake);
guint kith_fake_registrar_count_bindings (KithFakeRegistrar *fake);

/* The phone @name registers from @source until @expires_s (seconds since the epoch): emits "bound"
   and that it was heard. @id: of a binding to refresh, 0: a new one. Returns its id. */
guint kith_fake_registrar_register (KithFakeRegistrar *fake,
                                    const char *name,
                                    const char *source,
                                    gint64 expires_s,
                                    guint id);

/* That binding is over: emits "unbound". */
void kith_fake_registrar_unregister (KithFakeRegistrar *fake, guint id);

/* That binding answered after so many ms, or does not answer (0): emits "reached". */
void kith_fake_registrar_reach (KithFakeRegistrar *fake, guint id, guint round_trip_ms);

/* Emits what is heard of @name, from @source, with @text. */
void kith_fake_registrar_report (KithFakeRegistrar *fake,
                                 const char *name,
                                 KithPhoneEvent event,
                                 const char *source,
                                 const char *text);

G_END_DECLS
