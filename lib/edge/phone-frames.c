/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes and reads phones, their bindings and what is told of them. */
#include "edge/phone-frames.h"

#include <string.h>

#include "model/net/endpoint-wire.h"

/* @bytes: of its length. */
static void
put_text (KithWireWriter *w, const char *text, gsize room, gsize bytes)
{
  const gsize len = strnlen (text, room);

  w->ok = w->ok && len < room;
  kith_wire_put_number (w, len, bytes);
  kith_wire_put (w, text, len);
}

/* @room is that of a whole text with its end; no control character is in it. */
static void
get_text (KithWireReader *r, gchar *text, gsize room, gsize bytes)
{
  const gsize len = (gsize)kith_wire_get_number (r, bytes);

  r->ok = r->ok && len < room && len <= r->left;
  if (!r->ok) {
    return;
  }
  kith_wire_get (r, text, len);
  text[len] = '\0';
  for (gsize i = 0; i < len; i++) {
    r->ok = r->ok && !g_ascii_iscntrl (text[i]) && text[i] != '\0';
  }
}

#define PUT_TEXT(w, text) put_text ((w), (text), sizeof (text), sizeof (text) > 256 ? 2 : 1)
#define GET_TEXT(r, text) get_text ((r), (text), sizeof (text), sizeof (text) > 256 ? 2 : 1)

/* A value of an enum, up to @most. */
static void
put_choice (KithWireWriter *w, guint value, guint most)
{
  w->ok = w->ok && value <= most;
  kith_wire_put_number (w, value, 1);
}

static guint
get_choice (KithWireReader *r, guint most)
{
  const guint value = (guint)kith_wire_get_number (r, 1);

  r->ok = r->ok && value <= most;
  return r->ok ? value : 0;
}

static void
put_flag (KithWireWriter *w, gboolean flag)
{
  kith_wire_put_number (w, flag ? 1 : 0, 1);
}

/* Looks for the end of @text first. */
static gboolean
is_name (const char *text)
{
  gchar name[KITH_PHONE_NAME_MAX + 1];

  return memchr (text, '\0', sizeof name) != NULL && kith_phone_name_normalize (text, name, NULL)
         && strcmp (name, text) == 0;
}

static gboolean
is_number (const gchar number[KITH_PHONE_NUMBER_MAX + 1])
{
  return memchr (number, '\0', KITH_PHONE_NUMBER_MAX + 1) != NULL
         && kith_phone_number_check (number, NULL);
}

void
kith_edge_put_name (KithWireWriter *w, const char *name)
{
  w->ok = w->ok && is_name (name);
  put_text (w, name, KITH_PHONE_NAME_MAX + 1, 1);
}

void
kith_edge_get_name (KithWireReader *r, gchar name[KITH_PHONE_NAME_MAX + 1])
{
  get_text (r, name, KITH_PHONE_NAME_MAX + 1, 1);
  r->ok = r->ok && is_name (name);
}

void
kith_edge_put_phone (KithWireWriter *w, const KithPhone *phone)
{
  w->ok = w->ok && is_number (phone->number) && (phone->secret.has_md5 || phone->secret.has_sha256);
  kith_edge_put_name (w, phone->name);
  PUT_TEXT (w, phone->number);
  put_choice (w, phone->rights, KITH_PHONE_DOOR);
  put_choice (w, phone->digest, KITH_PHONE_DIGEST_SHA256);
  put_flag (w, phone->secret.has_md5);
  put_flag (w, phone->secret.has_sha256);
  kith_wire_put (w, phone->secret.md5, sizeof phone->secret.md5);
  kith_wire_put (w, phone->secret.sha256, sizeof phone->secret.sha256);
}

void
kith_edge_get_phone (KithWireReader *r, KithPhone *phone)
{
  kith_edge_get_name (r, phone->name);
  GET_TEXT (r, phone->number);
  phone->rights = (KithPhoneClass)get_choice (r, KITH_PHONE_DOOR);
  phone->digest = (KithPhoneDigest)get_choice (r, KITH_PHONE_DIGEST_SHA256);
  phone->secret.has_md5 = kith_wire_get_bool (r);
  phone->secret.has_sha256 = kith_wire_get_bool (r);
  kith_wire_get (r, phone->secret.md5, sizeof phone->secret.md5);
  kith_wire_get (r, phone->secret.sha256, sizeof phone->secret.sha256);
  r->ok = r->ok && is_number (phone->number) && (phone->secret.has_md5 || phone->secret.has_sha256);
}

/* Bindings */

static gboolean
copy_text (const char *from, gchar *to, gsize room)
{
  return g_strlcpy (to, from != NULL ? from : "", room) < room;
}

gboolean
kith_edge_binding_from (const KithPhoneBinding *value, KithEdgeBinding *binding)
{
  memset (binding, 0, sizeof *binding);
  binding->id = value->id;
  binding->reg_id = value->reg_id;
  binding->q = value->q;
  binding->cseq = value->cseq;
  binding->expires_s = value->expires_s;
  binding->transport = value->transport;
  binding->source = value->source;
  binding->natted = value->natted;
  return kith_phone_binding_is_sound (value)
         && copy_text (value->phone, binding->phone, sizeof binding->phone)
         && copy_text (value->contact, binding->contact, sizeof binding->contact)
         && copy_text (value->instance, binding->instance, sizeof binding->instance)
         && copy_text (value->call_id, binding->call_id, sizeof binding->call_id)
         && copy_text (value->path, binding->path, sizeof binding->path)
         && copy_text (value->user_agent, binding->user_agent, sizeof binding->user_agent);
}

static gchar *
text_or_null (const char *text)
{
  return *text != '\0' ? g_strdup (text) : NULL;
}

KithPhoneBinding *
kith_edge_binding_to (const KithEdgeBinding *binding)
{
  g_autoptr (KithPhoneBinding) value = g_new0 (KithPhoneBinding, 1);

  value->id = binding->id;
  (void)copy_text (binding->phone, value->phone, sizeof value->phone);
  value->contact = text_or_null (binding->contact);
  value->instance = text_or_null (binding->instance);
  value->call_id = text_or_null (binding->call_id);
  value->path = text_or_null (binding->path);
  value->user_agent = text_or_null (binding->user_agent);
  value->reg_id = binding->reg_id;
  value->q = binding->q;
  value->cseq = binding->cseq;
  value->expires_s = binding->expires_s;
  value->transport = binding->transport;
  value->source = binding->source;
  value->natted = binding->natted;
  return kith_phone_binding_is_sound (value) ? g_steal_pointer (&value) : NULL;
}

void
kith_edge_put_binding (KithWireWriter *w, const KithEdgeBinding *binding)
{
  w->ok = w->ok && binding->id > 0 && binding->q <= 1000 && binding->expires_s >= 0
          && binding->source.family != 0;
  kith_wire_put_number (w, binding->id, 4);
  kith_edge_put_name (w, binding->phone);
  PUT_TEXT (w, binding->contact);
  PUT_TEXT (w, binding->instance);
  PUT_TEXT (w, binding->call_id);
  PUT_TEXT (w, binding->path);
  PUT_TEXT (w, binding->user_agent);
  kith_wire_put_number (w, binding->reg_id, 1);
  kith_wire_put_number (w, binding->q, 2);
  kith_wire_put_number (w, binding->cseq, 4);
  kith_wire_put_number (w, (guint64)binding->expires_s, 8);
  put_choice (w, binding->transport, KITH_PHONE_TLS);
  kith_endpoint_put (w, &binding->source);
  put_flag (w, binding->natted);
}

void
kith_edge_get_binding (KithWireReader *r, KithEdgeBinding *binding)
{
  binding->id = (guint32)kith_wire_get_number (r, 4);
  kith_edge_get_name (r, binding->phone);
  GET_TEXT (r, binding->contact);
  GET_TEXT (r, binding->instance);
  GET_TEXT (r, binding->call_id);
  GET_TEXT (r, binding->path);
  GET_TEXT (r, binding->user_agent);
  binding->reg_id = (guint8)kith_wire_get_number (r, 1);
  binding->q = (guint16)kith_wire_get_number (r, 2);
  binding->cseq = (guint32)kith_wire_get_number (r, 4);
  binding->expires_s = (gint64)kith_wire_get_number (r, 8);
  binding->transport = (KithPhoneTransport)get_choice (r, KITH_PHONE_TLS);
  kith_endpoint_get (r, &binding->source, FALSE);
  binding->natted = kith_wire_get_bool (r);
  r->ok = r->ok && binding->id > 0 && binding->q <= 1000 && binding->expires_s >= 0;
}

/* The registrar as a whole, and what it tells */

static gboolean
is_longest (guint32 seconds)
{
  return seconds >= KITH_PHONE_LEAST_EXPIRES_S && seconds <= KITH_PHONE_MOST_EXPIRES_S;
}

void
kith_edge_put_rules (KithWireWriter *w, const KithPhoneRules *rules)
{
  w->ok = w->ok && is_longest (rules->max_expires_s);
  put_flag (w, rules->outside);
  kith_wire_put_number (w, rules->max_expires_s, 4);
}

void
kith_edge_get_rules (KithWireReader *r, KithPhoneRules *rules)
{
  rules->outside = kith_wire_get_bool (r);
  rules->max_expires_s = (guint32)kith_wire_get_number (r, 4);
  r->ok = r->ok && is_longest (rules->max_expires_s);
}

void
kith_edge_put_report (KithWireWriter *w, const KithPhoneReport *report)
{
  kith_edge_put_name (w, report->phone);
  put_choice (w, report->event, KITH_PHONE_MISTAKEN);
  put_choice (w, report->transport, KITH_PHONE_TLS);
  kith_endpoint_put (w, &report->source);
  kith_wire_put_number (w, report->round_trip_ms, 4);
  put_choice (w, report->digest, KITH_PHONE_DIGEST_SHA256);
  PUT_TEXT (w, report->text);
}

void
kith_edge_get_report (KithWireReader *r, KithPhoneReport *report)
{
  kith_edge_get_name (r, report->phone);
  report->event = (KithPhoneEvent)get_choice (r, KITH_PHONE_MISTAKEN);
  report->transport = (KithPhoneTransport)get_choice (r, KITH_PHONE_TLS);
  kith_endpoint_get (r, &report->source, TRUE);
  report->round_trip_ms = (guint32)kith_wire_get_number (r, 4);
  report->digest = (KithPhoneDigest)get_choice (r, KITH_PHONE_DIGEST_SHA256);
  GET_TEXT (r, report->text);
}

void
kith_edge_put_reach (KithWireWriter *w, const KithPhoneReach *reach)
{
  w->ok = w->ok && reach->id > 0;
  kith_wire_put_number (w, reach->id, 4);
  put_flag (w, reach->silent);
  kith_wire_put_number (w, reach->round_trip_ms, 4);
}

void
kith_edge_get_reach (KithWireReader *r, KithPhoneReach *reach)
{
  reach->id = (guint32)kith_wire_get_number (r, 4);
  reach->silent = kith_wire_get_bool (r);
  reach->round_trip_ms = (guint32)kith_wire_get_number (r, 4);
  r->ok = r->ok && reach->id > 0;
}
