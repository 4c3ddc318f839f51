/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Skeletons whose every request passes the bouncer first, without a thread for each. */
#pragma once

#include "bouncer.h"
#include "bus/kith-bus.h"

G_BEGIN_DECLS

/* What the guarded objects of one connection share. */
typedef struct {
  KithdBouncer *bouncer;
  /* (nullable): refreshes what is read from elsewhere, before properties are read */
  void (*before_read) (gpointer user_data);
  gpointer before_read_data;
} KithdGuard;

/* A write of a property that waits for its answer. */
typedef struct _KithdWrite KithdWrite;

/* Writes a property, and answers @write (transfer full) once, now or later. @value has the type
   that the interface says. */
typedef void (*KithdWriteFunc) (const char *property,
                                GVariant *value,
                                gpointer user_data,
                                KithdWrite *write);

/* The answer: with @error (nullable) (transfer full) nothing was written. */
void kithd_write_answer (KithdWrite *write, GError *error);

/* Guarded skeletons; @guard must outlive their export. (transfer full) */
KithBusManager *kithd_guard_manager_new (KithdGuard *guard);
KithBusAccount *kithd_guard_account_new (KithdGuard *guard);
KithBusCall *kithd_guard_call_new (KithdGuard *guard);
KithBusCallMedia *kithd_guard_call_media_new (KithdGuard *guard);
KithBusContact *kithd_guard_contact_new (KithdGuard *guard);
KithBusPhone *kithd_guard_phone_new (KithdGuard *guard);
KithBusBinding *kithd_guard_binding_new (KithdGuard *guard);
KithBusTrunk *kithd_guard_trunk_new (KithdGuard *guard);
KithBusPlugin *kithd_guard_plugin_new (KithdGuard *guard);

/* Who writes the properties of @skeleton; without it (or with @func NULL) writing is refused. */
void kithd_guard_set_writer (gpointer skeleton, KithdWriteFunc func, gpointer user_data);

G_END_DECLS
