/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of the trunks, shared by the files that hold them and change them. */
#pragma once

#include "node/accounts/trunks.h"
#include "store/trunk-store.h"

G_BEGIN_DECLS

/* An entry with what only we know. */
typedef struct {
  KithTrunkEntry entry; /* first */
  gchar password[KITH_TRUNK_PASSWORD_MAX + 1];
} KithTrunkHeld;

struct _KithTrunks {
  GObject parent_instance;
  KithClock *clock;
  KithStore *store;
  KithTrunkLines *lines; /* NULL: nobody has them */
  GTree *all;            /* name → KithTrunkHeld (owned) */
  KithTrunkHeld *left;   /* the one that was removed last: it says good-bye; NULL: none */
  GPtrArray *tests;      /* of GTask: who waits for what a test says */
  GQueue changes;        /* of GTask: those that wait for their turn */
  gboolean is_changing;
};

KithTrunkHeld *kith_trunks_find (KithTrunks *trunks, const char *name);

/* What stands in its file "ca"; "" without one. (transfer full) NULL and
   KITH_ERROR_INVALID_ARGUMENTS: it cannot be used. */
gchar *kith_trunks_read_certificates (const KithTrunk *trunk, GError **error);

/* It is kept: now it is so. @row: wiped by the caller. */
void kith_trunks_enter (KithTrunks *trunks, const KithTrunkRow *row);
void kith_trunks_drop (KithTrunks *trunks, const char *name);

G_END_DECLS
