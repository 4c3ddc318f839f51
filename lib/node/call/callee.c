/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order in which a word that is dialled is looked up in the house. */
#include "node/call/callee.h"

#include <string.h>

#include "base/error.h"
#include "model/call/number.h"

/* A phone by its name or its number. */
static const KithPhoneEntry *
find_phone (const KithCallContext *context, const char *dialled)
{
  const KithPhoneEntry *entry
      = context->phones != NULL ? kith_phones_get_by_number (context->phones, dialled) : NULL;
  gchar name[KITH_PHONE_NAME_MAX + 1];

  if (entry == NULL && context->phones != NULL && kith_phone_name_normalize (dialled, name, NULL)) {
    entry = kith_phones_get (context->phones, name);
  }
  return entry;
}

gboolean
kith_callee_find_near (const KithCallContext *context, const char *dialled, KithCallee *callee)
{
  const KithPhoneEntry *entry = find_phone (context, dialled);
  const KithContact *person = entry == NULL && context->contacts != NULL
                                  ? kith_contacts_find_number (context->contacts, dialled)
                                  : NULL;

  *callee = (KithCallee){ 0 };
  if (entry != NULL) {
    callee->kind = KITH_CALLEE_PHONE;
    callee->phone = entry->phone.name;
  } else if (person != NULL) { /* his name is pinned: it means nobody else */
    callee->kind = KITH_CALLEE_PERSON;
    callee->address = kith_address_parse (person->name, NULL);
  }
  return callee->phone != NULL || callee->address != NULL;
}

/* (transfer full), or NULL and an error. */
static KithAddress *
find_address (const char *dialled, GError **error)
{
  const KithDialRules rules = { 0 };
  KithNumber number;

  kith_number_read (dialled, &rules, &number);
  if (number.kind != KITH_NUMBER_NONE) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ADDRESS,
                 "%s is nobody's number in this house, and no line leads out",
                 number.text);
    return NULL;
  }
  return kith_address_parse (dialled, error);
}

gboolean
kith_callee_find (const KithCallContext *context,
                  const char *dialled,
                  KithCallee *callee,
                  GError **error)
{
  *callee = (KithCallee){ 0 };
  if (*dialled == '\0' || strcmp (dialled, "me") == 0) {
    callee->kind = KITH_CALLEE_ME;
    return TRUE;
  }
  if (kith_callee_find_near (context, dialled, callee)) {
    return TRUE;
  }
  callee->address = find_address (dialled, error);
  if (callee->address == NULL) {
    return FALSE;
  }
  gboolean is_me = callee->address->kind == KITH_ADDRESS_NAME
                   && g_strcmp0 (callee->address->name, context->name) == 0;
  callee->kind = is_me                                       ? KITH_CALLEE_ME
                 : callee->address->kind == KITH_ADDRESS_SIP ? KITH_CALLEE_ELSEWHERE
                                                             : KITH_CALLEE_PERSON;
  return TRUE;
}

void
kith_callee_clear (KithCallee *callee)
{
  g_clear_pointer (&callee->address, kith_address_free);
}

KithAddress *
kith_callee_take_address (KithCallee *callee)
{
  KithAddress *address = g_steal_pointer (&callee->address);

  if (address == NULL) {
    address = g_new0 (KithAddress, 1);
    address->kind = KITH_ADDRESS_NAME;
    address->name = g_strdup (callee->phone);
  }
  return address;
}
