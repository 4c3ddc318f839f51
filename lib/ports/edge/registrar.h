/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port to the registrar: where the phones of the house register, and by which way each is to be
   reached. */
#pragma once

#include <glib-object.h>

#include "base/export.h"
#include "model/phone/phone-binding.h"
#include "model/phone/phone-state.h"
#include "model/phone/phone.h"

G_BEGIN_DECLS

#define KITH_TYPE_REGISTRAR (kith_registrar_get_type ())
KITH_API
G_DECLARE_INTERFACE (KithRegistrar, kith_registrar, KITH, REGISTRAR, GObject)

/**
 * KithRegistrarInterface: main thread. It forgets all when its process ends, which nobody else
 * notices.
 *
 * Signals: "fresh" (): a registrar runs that knows nothing yet: its phones and their bindings are
 * told anew, then it is opened. "bound" (const KithPhoneBinding *): a new binding, or one of the
 * same id that was refreshed. "unbound" (guint id): one was removed by its phone, by another one of
 * the phone, or by time. "reported" (const KithPhoneReport *): how a phone is, whenever that
 * changes, and when it registers. "reached" (const KithPhoneReach *): how one of its bindings
 * is: whenever it answers, and when it does not any more. What they carry is theirs.
 */
struct _KithRegistrarInterface {
  GTypeInterface parent_interface;
  gboolean (*is_running) (KithRegistrar *self);
  void (*put_phone) (KithRegistrar *self, const KithPhone *phone);
  void (*remove_phone) (KithRegistrar *self, const char *name);
  void (*put_binding) (KithRegistrar *self, const KithPhoneBinding *binding);
  void (*remove_binding) (KithRegistrar *self, guint id);
  void (*open) (KithRegistrar *self, const KithPhoneRules *rules);
};

/* FALSE: there is none now, and what is told is lost: "fresh" follows. */
KITH_API gboolean kith_registrar_is_running (KithRegistrar *self);

/* Adds a phone, or changes the one of this name: what it registered with another secret stays until
   it runs out. */
KITH_API void kith_registrar_put_phone (KithRegistrar *self, const KithPhone *phone);

/* Forgets it with its bindings, each of which is told by "unbound". */
KITH_API void kith_registrar_remove_phone (KithRegistrar *self, const char *name);

/* A binding that was kept from before; of a phone that it knows, and before it is opened. */
KITH_API void kith_registrar_put_binding (KithRegistrar *self, const KithPhoneBinding *binding);

/* Ends one, which is told by "unbound". */
KITH_API void kith_registrar_remove_binding (KithRegistrar *self, guint id);

/* From now on phones may register and are asked whether they are there; again: other rules. */
KITH_API void kith_registrar_open (KithRegistrar *self, const KithPhoneRules *rules);

/* For those who are one: emit its signals. */
KITH_API void kith_registrar_tell_fresh (KithRegistrar *self);
KITH_API void kith_registrar_tell_bound (KithRegistrar *self, const KithPhoneBinding *binding);
KITH_API void kith_registrar_tell_unbound (KithRegistrar *self, guint id);
KITH_API void kith_registrar_tell_report (KithRegistrar *self, const KithPhoneReport *report);
KITH_API void kith_registrar_tell_reach (KithRegistrar *self, const KithPhoneReach *reach);

G_END_DECLS
