/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks phones whether they are there, and keeps ways through NATs open: what is due when. */
#pragma once

#include "base/clock.h"
#include "model/sip/binding.h"

G_BEGIN_DECLS

#define KITH_KEEPER_SOON_MS 500      /* after it registered the first time … */
#define KITH_KEEPER_AGAIN_MS 60000   /* … and then each */
#define KITH_KEEPER_PING_MS 25000    /* over UDP, through a NAT */
#define KITH_KEEPER_PATIENCE_MS 7500 /* for so long an answer is waited for: 0.5 + 1 + 2 + 4 s */
#define KITH_KEEPER_TICK_MS 50       /* when many are due at once: that much later the next … */
#define KITH_KEEPER_PART 16          /* … so many, or more where all would take longer … */
#define KITH_KEEPER_ROUND_S 30       /* … than this */

typedef struct _KithPhoneKeeper KithPhoneKeeper;

typedef struct {
  /* (transfer none) NULL: it is no more */
  KithBinding *(*find) (gpointer data, guint32 id);
  /* An OPTIONS to it; again: the same once more. */
  void (*ask) (gpointer data, const KithBinding *binding);
  /* An empty line to it, twice. */
  void (*ping) (gpointer data, const KithBinding *binding);
  /* How it is: after each answer, and when three had none. @is_news: it was not so before. */
  void (*tell) (gpointer data, const KithBinding *binding, gboolean is_news);
  gpointer data;
} KithKeeperFuncs;

/* One thread, that of the edge. */
KithPhoneKeeper *kith_phone_keeper_new (KithClock *clock, const KithKeeperFuncs *funcs);
void kith_phone_keeper_free (KithPhoneKeeper *keeper);

/* A binding that is new, or was refreshed. @is_new: as its id is. */
void kith_phone_keeper_note (KithPhoneKeeper *keeper, KithBinding *binding, gboolean is_new);

/* An answer to the OPTIONS with this mark (KithBinding.asked) came. */
void kith_phone_keeper_hear (KithPhoneKeeper *keeper, guint32 id, guint32 mark);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithPhoneKeeper, kith_phone_keeper_free)

G_END_DECLS
