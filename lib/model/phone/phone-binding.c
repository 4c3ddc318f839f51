/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies a binding, and tells one that can be from one that cannot. */
#include "model/phone/phone-binding.h"

#include <string.h>

KithPhoneBinding *
kith_phone_binding_copy (const KithPhoneBinding *binding)
{
  KithPhoneBinding *copy = g_memdup2 (binding, sizeof *binding);

  copy->contact = g_strdup (binding->contact);
  copy->instance = g_strdup (binding->instance);
  copy->call_id = g_strdup (binding->call_id);
  copy->path = g_strdup (binding->path);
  copy->user_agent = g_strdup (binding->user_agent);
  return copy;
}

void
kith_phone_binding_free (KithPhoneBinding *binding)
{
  if (binding != NULL) {
    g_free (binding->contact);
    g_free (binding->instance);
    g_free (binding->call_id);
    g_free (binding->path);
    g_free (binding->user_agent);
    g_free (binding);
  }
}

const char *
kith_phone_transport_word (KithPhoneTransport transport)
{
  switch (transport) {
  case KITH_PHONE_UDP:
    return "udp";
  case KITH_PHONE_TCP:
    return "tcp";
  case KITH_PHONE_TLS:
    return "tls";
  }
  return "";
}

/* 1 to @most bytes of UTF-8 without control characters; NULL where it may be missing. */
static gboolean
is_text (const char *text, gsize most, gboolean may_miss)
{
  if (text == NULL) {
    return may_miss;
  }
  const gsize len = strlen (text);

  for (const char *at = text; *at != '\0'; at++) {
    if (g_ascii_iscntrl (*at)) {
      return FALSE;
    }
  }
  return len > 0 && len <= most && g_utf8_validate (text, (gssize)len, NULL);
}

gboolean
kith_phone_binding_is_sound (const KithPhoneBinding *binding)
{
  gchar name[KITH_PHONE_NAME_MAX + 1];

  return binding->id > 0 && binding->q <= 1000 && binding->transport <= KITH_PHONE_TLS
         && binding->expires_s >= 0 && (binding->source.family == 4 || binding->source.family == 6)
         && memchr (binding->phone, '\0', sizeof binding->phone) != NULL
         && kith_phone_name_normalize (binding->phone, name, NULL)
         && strcmp (name, binding->phone) == 0
         && is_text (binding->contact, KITH_BINDING_CONTACT_MAX, FALSE)
         && strpbrk (binding->contact, "<>\" ") == NULL
         && is_text (binding->instance, KITH_BINDING_INSTANCE_MAX, TRUE)
         && is_text (binding->call_id, KITH_BINDING_CALL_ID_MAX, FALSE)
         && is_text (binding->path, KITH_BINDING_PATH_MAX, TRUE)
         && is_text (binding->user_agent, KITH_BINDING_AGENT_MAX, TRUE);
}
