/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The phones that kithd told of, with where they are. */
#pragma once

#include "edge/phone-frames.h"
#include "edge/worker/registrar/authenticator.h"
#include "model/sip/binding.h"

G_BEGIN_DECLS

#define KITH_ANSWERED 4 /* REGISTERs of a phone whose repetition is known */
#define KITH_PROOFS 4   /* places from which it proved who it is lately */

/* What a phone did lately: most are at rest, and have none. */
typedef struct {
  gint64 until_us; /* after that nothing of it counts */
  KithNonceBook book;
  struct {
    guint64 mark; /* of a REGISTER that was answered by 200 … */
    gint64 at_us; /* … then */
  } answered[KITH_ANSWERED];
  struct {
    KithEndpoint source;
    gint64 until_us; /* so long it is believed there; 0: never */
  } proofs[KITH_PROOFS];
} KithLately;

/* One phone. */
typedef struct {
  KithPhone phone;
  KithBindingSet set;
  KithLately *lately; /* (owned) (nullable) */
  gint64 bare_us;     /* the last of … */
  guint16 bare;       /* … its requests without credentials since it registered */
  guint16 md5_only;   /* it does not understand two challenges */
} KithTabled;

/* The same, which lives for KITH_NONCE_LIFE_S from now on. */
KithLately *kith_tabled_lately (KithTabled *tabled, gint64 now_us);

/* Gives up what is over. */
void kith_tabled_rest (KithTabled *tabled, gint64 now_us);

typedef struct _KithPhoneTable KithPhoneTable;

/* @func: told of each change of a binding, with the phone's @func_data from
   kith_phone_table_each(). */
KithPhoneTable *kith_phone_table_new (void);
void kith_phone_table_free (KithPhoneTable *table);

/* Adds or changes the phone of this name; bindings stay. */
void kith_phone_table_put (KithPhoneTable *table, const KithPhone *phone);

/* Takes it out; the caller has told of its bindings. */
void kith_phone_table_remove (KithPhoneTable *table, const char *name);

/* (transfer none), NULL: there is none. */
KithTabled *kith_phone_table_get (KithPhoneTable *table, const char *name);
KithTabled *kith_phone_table_find (KithPhoneTable *table, KithSipPiece user);

/* The one that somebody dials so: its name in any case, or its number. (transfer none), NULL. */
KithTabled *kith_phone_table_dial (KithPhoneTable *table, KithSipPiece user);
guint kith_phone_table_count (KithPhoneTable *table);

/* The @nth of them, in no order that means something. */
KithTabled *kith_phone_table_nth (KithPhoneTable *table, guint nth);

/* A binding of kithd's database, valid until @until_us (monotonic). FALSE: the phone has too many,
   or there is none. */
gboolean kith_phone_table_bind (KithPhoneTable *table,
                                const KithEdgeBinding *binding,
                                gint64 now_us,
                                gint64 until_us);

/* @binding of @tabled as kithd is told, valid until @expires_s (seconds since the epoch). */
void kith_phone_table_describe (const KithTabled *tabled,
                                const KithBinding *binding,
                                gint64 expires_s,
                                KithEdgeBinding *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithPhoneTable, kith_phone_table_free)

G_END_DECLS
