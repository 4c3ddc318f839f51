/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes and reads trunks, what is asked for them and what is told of them. */
#include "edge/trunk-frames.h"

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

/* @room is that of a whole text with its end; @lines: it may have line ends. */
static void
get_text (KithWireReader *r, gchar *text, gsize room, gsize bytes, gboolean lines)
{
  const gsize len = (gsize)kith_wire_get_number (r, bytes);

  r->ok = r->ok && len < room && len <= r->left;
  if (!r->ok) {
    return;
  }
  kith_wire_get (r, text, len);
  text[len] = '\0';
  for (gsize i = 0; i < len; i++) {
    const gboolean end = lines && (text[i] == '\n' || text[i] == '\r');
    r->ok = r->ok && (end || (!g_ascii_iscntrl (text[i]) && text[i] != '\0'));
  }
}

#define BYTES(text) (sizeof (text) > 256 ? 2 : 1)
#define PUT_TEXT(w, text) put_text ((w), (text), sizeof (text), BYTES (text))
#define GET_TEXT(r, text) get_text ((r), (text), sizeof (text), BYTES (text), FALSE)

/* A value of an enum, @least to @most. */
static void
put_choice (KithWireWriter *w, guint value, guint least, guint most)
{
  w->ok = w->ok && value >= least && value <= most;
  kith_wire_put_number (w, value, 1);
}

static guint
get_choice (KithWireReader *r, guint least, guint most)
{
  const guint value = (guint)kith_wire_get_number (r, 1);

  r->ok = r->ok && value >= least && value <= most;
  return r->ok ? value : least;
}

static void
put_flag (KithWireWriter *w, gboolean flag)
{
  kith_wire_put_number (w, flag ? 1 : 0, 1);
}

static void
put_id (KithWireWriter *w, guint32 id)
{
  w->ok = w->ok && id > 0;
  kith_wire_put_number (w, id, 4);
}

static guint32
get_id (KithWireReader *r)
{
  const guint32 id = (guint32)kith_wire_get_number (r, 4);

  r->ok = r->ok && id > 0;
  return id;
}

static gboolean
is_name (const char *name)
{
  return memchr (name, '\0', KITH_TRUNK_NAME_MAX + 1) != NULL && kith_trunk_name_check (name, NULL);
}

void
kith_edge_put_trunk_name (KithWireWriter *w, const char *name)
{
  w->ok = w->ok && is_name (name);
  put_text (w, name, KITH_TRUNK_NAME_MAX + 1, 1);
}

void
kith_edge_get_trunk_name (KithWireReader *r, gchar name[KITH_TRUNK_NAME_MAX + 1])
{
  get_text (r, name, KITH_TRUNK_NAME_MAX + 1, 1, FALSE);
  r->ok = r->ok && is_name (name);
}

/* What is written into requests: it passes the checks of a trunk, or there is none. */
static gboolean
is_sound (const KithEdgeTrunk *trunk)
{
  KithTrunk whole = kith_trunk_default (trunk->name);

  return kith_trunk_set (&whole, "domain", trunk->domain, NULL)
         && kith_trunk_set (&whole, "user", trunk->user, NULL)
         && kith_trunk_set (&whole, "number", trunk->number, NULL)
         && kith_trunk_set (&whole, "proxy", trunk->proxy, NULL)
         && kith_trunk_set (&whole, "pin", trunk->pin, NULL) && kith_trunk_check (&whole, NULL)
         && g_uuid_string_is_valid (trunk->instance);
}

void
kith_edge_put_trunk (KithWireWriter *w, const KithEdgeTrunk *trunk)
{
  kith_edge_put_trunk_name (w, trunk->name);
  PUT_TEXT (w, trunk->domain);
  PUT_TEXT (w, trunk->user);
  PUT_TEXT (w, trunk->number);
  PUT_TEXT (w, trunk->proxy);
  PUT_TEXT (w, trunk->pin);
  PUT_TEXT (w, trunk->instance);
  put_choice (w, trunk->transport, KITH_SIP_TRANSPORT_ANY, KITH_SIP_TRANSPORT_TLS);
  put_choice (w, trunk->n_sources, 0, KITH_TRUNK_SOURCES_MAX);
  for (guint i = 0; i < trunk->n_sources && w->ok; i++) {
    w->ok = trunk->sources[i].family != 0;
    kith_endpoint_put (w, &trunk->sources[i]);
  }
  PUT_TEXT (w, trunk->certificates);
  w->ok = w->ok && is_sound (trunk);
}

void
kith_edge_get_trunk (KithWireReader *r, KithEdgeTrunk *trunk)
{
  kith_edge_get_trunk_name (r, trunk->name);
  GET_TEXT (r, trunk->domain);
  GET_TEXT (r, trunk->user);
  GET_TEXT (r, trunk->number);
  GET_TEXT (r, trunk->proxy);
  GET_TEXT (r, trunk->pin);
  GET_TEXT (r, trunk->instance);
  trunk->transport
      = (KithSipTransport)get_choice (r, KITH_SIP_TRANSPORT_ANY, KITH_SIP_TRANSPORT_TLS);
  trunk->n_sources = get_choice (r, 0, KITH_TRUNK_SOURCES_MAX);
  for (guint i = 0; i < trunk->n_sources && r->ok; i++) {
    kith_endpoint_get (r, &trunk->sources[i], FALSE);
  }
  get_text (r, trunk->certificates, sizeof trunk->certificates, 2, TRUE);
  r->ok = r->ok && is_sound (trunk);
}

static gboolean
is_hex (const char *text)
{
  return strspn (text, "0123456789abcdef") == strlen (text);
}

void
kith_edge_put_answer (KithWireWriter *w, const KithTrunkAnswer *answer)
{
  put_id (w, answer->id);
  PUT_TEXT (w, answer->cnonce);
  PUT_TEXT (w, answer->response);
}

void
kith_edge_get_answer (KithWireReader *r, KithTrunkAnswer *answer)
{
  answer->id = get_id (r);
  GET_TEXT (r, answer->cnonce);
  GET_TEXT (r, answer->response);
  r->ok = r->ok && is_hex (answer->cnonce) && is_hex (answer->response);
}

void
kith_edge_put_targets (KithWireWriter *w, const KithEdgeTargets *targets)
{
  put_id (w, targets->id);
  put_choice (w, targets->n, 0, KITH_EDGE_TARGETS_MAX);
  for (guint i = 0; i < targets->n && w->ok; i++) {
    put_choice (w, targets->list[i].transport, KITH_SIP_TRANSPORT_UDP, KITH_SIP_TRANSPORT_TLS);
    w->ok = w->ok && targets->list[i].endpoint.family != 0 && targets->list[i].endpoint.port != 0;
    kith_endpoint_put (w, &targets->list[i].endpoint);
  }
  PUT_TEXT (w, targets->text);
}

void
kith_edge_get_targets (KithWireReader *r, KithEdgeTargets *targets)
{
  targets->id = get_id (r);
  targets->n = get_choice (r, 0, KITH_EDGE_TARGETS_MAX);
  for (guint i = 0; i < targets->n && r->ok; i++) {
    targets->list[i].transport
        = (KithSipTransport)get_choice (r, KITH_SIP_TRANSPORT_UDP, KITH_SIP_TRANSPORT_TLS);
    kith_endpoint_get (r, &targets->list[i].endpoint, FALSE);
    r->ok = r->ok && targets->list[i].endpoint.port != 0;
  }
  GET_TEXT (r, targets->text);
}

void
kith_edge_put_trunk_report (KithWireWriter *w, const KithTrunkReport *report)
{
  kith_edge_put_trunk_name (w, report->trunk);
  put_choice (w, report->state, 0, KITH_N_TRUNK_STATES - 1);
  put_choice (w, report->reason, 0, KITH_N_TRUNK_REASONS - 1);
  kith_wire_put_number (w, report->status, 2);
  kith_wire_put_number (w, report->retry_s, 4);
  kith_wire_put_number (w, report->expires_s, 4);
  put_choice (w, report->transport, 0, KITH_SIP_TRANSPORT_TLS);
  kith_endpoint_put (w, &report->peer);
  put_choice (w, report->n_targets, 0, KITH_EDGE_TARGETS_MAX);
  PUT_TEXT (w, report->text);
}

void
kith_edge_get_trunk_report (KithWireReader *r, KithTrunkReport *report)
{
  kith_edge_get_trunk_name (r, report->trunk);
  report->state = (KithTrunkState)get_choice (r, 0, KITH_N_TRUNK_STATES - 1);
  report->reason = (KithTrunkReason)get_choice (r, 0, KITH_N_TRUNK_REASONS - 1);
  report->status = (guint16)kith_wire_get_number (r, 2);
  report->retry_s = (guint32)kith_wire_get_number (r, 4);
  report->expires_s = (guint32)kith_wire_get_number (r, 4);
  report->transport = (KithSipTransport)get_choice (r, 0, KITH_SIP_TRANSPORT_TLS);
  kith_endpoint_get (r, &report->peer, TRUE);
  report->n_targets = get_choice (r, 0, KITH_EDGE_TARGETS_MAX);
  GET_TEXT (r, report->text);
}

void
kith_edge_put_challenge (KithWireWriter *w, const KithTrunkQuestion *question)
{
  put_id (w, question->id);
  kith_edge_put_trunk_name (w, question->trunk);
  put_flag (w, question->sha256);
  put_flag (w, question->session);
  put_flag (w, question->has_qop);
  PUT_TEXT (w, question->realm);
  PUT_TEXT (w, question->nonce);
  PUT_TEXT (w, question->uri);
}

void
kith_edge_get_challenge (KithWireReader *r, KithTrunkQuestion *question)
{
  question->id = get_id (r);
  kith_edge_get_trunk_name (r, question->trunk);
  question->sha256 = kith_wire_get_bool (r);
  question->session = kith_wire_get_bool (r);
  question->has_qop = kith_wire_get_bool (r);
  GET_TEXT (r, question->realm);
  GET_TEXT (r, question->nonce);
  GET_TEXT (r, question->uri);
  r->ok = r->ok && strchr (question->realm, '"') == NULL && strchr (question->nonce, '"') == NULL;
}

/* Nothing but what a host can be: it goes to a DNS. */
static gboolean
is_host (const char *host)
{
  KithTrunk trunk = kith_trunk_default ("a");

  return *host != '\0' && kith_trunk_set (&trunk, "domain", host, NULL);
}

void
kith_edge_put_resolve (KithWireWriter *w, const KithEdgeResolve *resolve)
{
  w->ok = w->ok && is_host (resolve->host);
  put_id (w, resolve->id);
  PUT_TEXT (w, resolve->host);
  kith_wire_put_number (w, resolve->port, 2);
  put_choice (w, resolve->transport, 0, KITH_SIP_TRANSPORT_TLS);
}

void
kith_edge_get_resolve (KithWireReader *r, KithEdgeResolve *resolve)
{
  resolve->id = get_id (r);
  GET_TEXT (r, resolve->host);
  resolve->port = (guint16)kith_wire_get_number (r, 2);
  resolve->transport = (KithSipTransport)get_choice (r, 0, KITH_SIP_TRANSPORT_TLS);
  r->ok = r->ok && is_host (resolve->host);
}
