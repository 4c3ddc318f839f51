/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whom somebody of the house dials: a phone, a contact by his number, the owner, or an address. */
#pragma once

#include "model/call/call-rights.h"
#include "model/names/address.h"
#include "node/call/leg/call-context.h"

G_BEGIN_DECLS

typedef struct {
  KithCalleeKind kind;
  KithAddress *address; /* a person's or one elsewhere, else NULL */
  const char *phone;    /* a phone's name, as long as there is that phone; else NULL */
} KithCallee;

/* The house alone: a phone by its name or number, a contact by his number. FALSE: none. */
gboolean
kith_callee_find_near (const KithCallContext *context, const char *dialled, KithCallee *callee);

/* Phones come first, by name and by number, then contacts by number. FALSE: nobody whom one could
   dial, and @callee is empty: a telephone number to which no line leads
   (KITH_ERROR_INVALID_ADDRESS), or what kith_address_parse() says of it. */
gboolean kith_callee_find (const KithCallContext *context,
                           const char *dialled,
                           KithCallee *callee,
                           GError **error);

/* Frees what it holds. */
void kith_callee_clear (KithCallee *callee);

/* Whom a call is made to: its address, which is taken out of @callee. (transfer full) */
KithAddress *kith_callee_take_address (KithCallee *callee);

G_END_DECLS
