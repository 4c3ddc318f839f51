/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may do what over the bus: one table of rules, and the look-up of who is asking. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a row protects. In this version every rule asks the same: on the session bus the daemon's
   own user, on the system bus that user or root. */
typedef enum { KITHD_RULE_OBSERVE, KITHD_RULE_CALL, KITHD_RULE_MANAGE } KithdRule;

typedef struct {
  const char *interface;
  const char *member; /* a method, or with write a property */
  gboolean write;
  KithdRule rule;
} KithdBouncerRow;

typedef struct _KithdBouncer KithdBouncer;

/* The verdict: @refused is NULL, or a KITH_ERROR (transfer none). */
typedef void (*KithdBouncerFunc) (const GError *refused, gpointer user_data);

/* The row of a method or (@write) of writing a property; NULL: not listed, which is refused. */
const KithdBouncerRow *
kithd_bouncer_find (const char *interface, const char *member, gboolean write);

/* @connection must be to a message bus. (transfer full) */
KithdBouncer *kithd_bouncer_new (GDBusConnection *connection, gboolean system_bus);

/* Refuses what waits. */
void kithd_bouncer_free (KithdBouncer *bouncer);

/**
 * kithd_bouncer_check:
 * @sender: the unique name of the caller
 * @row: (nullable): what it wants; NULL is refused
 *
 * Calls @func exactly once: at once when @sender is known, else when the bus has told its user. The
 * verdicts of one sender come in the order of its questions. At most 64 questions of one sender
 * wait; more are refused with KITH_ERROR_LIMIT_REACHED.
 */
void kithd_bouncer_check (KithdBouncer *bouncer,
                          const char *sender,
                          const KithdBouncerRow *row,
                          KithdBouncerFunc func,
                          gpointer user_data);

/* TRUE if a caller with user id @uid passes; pure. */
gboolean kithd_bouncer_uid_passes (gboolean system_bus, guint32 own_uid, guint32 uid);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithdBouncer, kithd_bouncer_free)

G_END_DECLS
