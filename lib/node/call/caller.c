/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names a peer by contacts, pins and earlier calls with its key. */
#include "node/call/caller.h"

#include <string.h>

#include "base/text.h"
#include "model/call/who.h"

static void
set_text (gchar **field, const char *text)
{
  gchar *copy = g_strdup (text);

  g_free (*field);
  *field = copy;
}

void
kith_call_who_clear (KithCallWho *who)
{
  g_free (who->address);
  g_free (who->name);
  g_free (who->tag);
  g_free (who->own_name);
  g_free (who->pin_name);
  g_free (who->source);
  g_free (who->phone);
  g_free (who->located_by);
}

gboolean
kith_caller_is_known (const KithCallContext *context, const KithPeerKey *key)
{
  return (context->contacts != NULL && kith_contacts_find (context->contacts, key) != NULL)
         || kith_trust_find_name (context->trust, key, NULL) != NULL;
}

static void
take_person (KithCallWho *who, const KithCallContext *context, const KithContact *person)
{
  KithTrustLevel level = kith_trust_judge (context->trust, person->name, &who->key);

  set_text (&who->name, person->name);
  set_text (&who->own_name,
            g_strcmp0 (person->own_name, person->name) != 0 ? person->own_name : NULL);
  g_free (who->tag);
  who->tag = person->has_tag ? kith_base32_encode (person->tag, KITH_TAG_LEN) : NULL;
  /* That they are a contact is kept apart from the pins: one without the other still says who they
     are. */
  who->trust = level == KITH_TRUST_VERIFIED ? level : KITH_TRUST_SEEN;
}

static void
judge_key (KithCallWho *who, const KithCallContext *context, const char *claimed)
{
  const KithContact *person
      = context->contacts != NULL ? kith_contacts_find (context->contacts, &who->key) : NULL;
  const char *pinned = kith_trust_find_name (context->trust, &who->key, claimed);

  if (person != NULL) {
    take_person (who, context, person);
  } else {
    set_text (&who->name, pinned != NULL ? pinned : claimed);
    who->trust = kith_trust_judge (context->trust, who->name, &who->key);
  }
  if (context->met != NULL) {
    who->seen_calls = kith_met_keys_get (context->met, &who->key, &who->seen_since);
  }
  if (who->trust == KITH_TRUST_UNKNOWN && who->seen_calls > 0) {
    who->trust = KITH_TRUST_SEEN;
  }
}

void
kith_caller_name (KithCallWho *who,
                  const KithCallContext *context,
                  const char *uri,
                  const char *display)
{
  g_free (who->address);
  if (kith_peer_key_is_zero (&who->key)) {
    g_autofree gchar *claimed = kith_who_claimed_by_sip (uri, display);
    set_text (&who->name, claimed);
    who->address = kith_who_unproved_uri (uri);
    return;
  }
  g_autofree gchar *claimed = kith_who_claimed_on_link (uri);
  judge_key (who, context, claimed);
  who->address = who->name != NULL ? g_strdup (who->name) : kith_peer_key_to_text (&who->key);
}

void
kith_caller_is_phone (KithCallWho *who, const char *name)
{
  if (name != NULL) {
    set_text (&who->phone, name);
    set_text (&who->name, name);
    set_text (&who->address, name);
  }
}

void
kith_caller_name_callee (KithCallWho *who, const KithCallContext *context)
{
  const KithContact *person
      = context->contacts != NULL ? kith_contacts_find (context->contacts, &who->key) : NULL;

  if (person != NULL) {
    take_person (who, context, person);
  }
  if (context->met != NULL) {
    who->seen_calls = kith_met_keys_get (context->met, &who->key, &who->seen_since);
  }
}

void
kith_caller_met (const KithCallWho *who, const KithCallContext *context, const char *log_id)
{
  gint64 now = kith_clock_wall (context->clock) / G_USEC_PER_SEC;

  if (kith_peer_key_is_zero (&who->key) || context->met == NULL
      || context->config->history_keep == 0) {
    return; /* who keeps no calls keeps nothing of them */
  }
  kith_met_keys_add (context->met, &who->key, now, log_id);
}
