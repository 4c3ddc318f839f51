/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be read of a call: its properties, and the field or the text that each one shows. */
#include "node/call/call-private.h"

/* Where the value of a property is. */
typedef enum {
  IN_CALL, /* in the call, at the offset */
  IN_LEG,  /* in the facts of the leg that counts, at the offset */
  MADE     /* by the function */
} Source;

typedef void (*MakeFunc) (KithCall *call, const KithLegFacts *leg, GValue *value);

typedef struct {
  const char *name;
  GType type;
  Source source;
  gsize offset;
  MakeFunc make;
} Row;

void
kith_call_get_leg_facts (KithCall *call, KithLegFacts *facts)
{
  KithLeg *leg = kith_call_get_leg (call);

  *facts = (KithLegFacts){ 0 };
  if (leg != NULL) {
    kith_leg_get_facts (leg, facts);
  }
}

static void
set_endpoint (const KithCandidate *candidate, GValue *value)
{
  if (candidate != NULL && candidate->endpoint.family != 0) {
    g_value_take_string (value, kith_endpoint_to_text (&candidate->endpoint));
  } else {
    g_value_set_string (value, "");
  }
}

static void
make_path_kind (KithCall *call, const KithLegFacts *leg, GValue *value)
{
  const KithLinkPath *path = leg->path;

  if (path == NULL || path->is_relayed_by_friend) {
    g_value_set_string (value, path == NULL ? "" : "friend");
    return;
  }
  /* A peer-reflexive end of a host-to-host path is still direct: what matters is the worse of the
     two. */
  g_value_set_string (value, kith_candidate_type_word (MAX (path->local.type, path->remote.type)));
}

static void
make_local (KithCall *call, const KithLegFacts *leg, GValue *value)
{
  set_endpoint (leg->path != NULL ? &leg->path->local : NULL, value);
}

static void
make_remote (KithCall *call, const KithLegFacts *leg, GValue *value)
{
  set_endpoint (leg->path != NULL ? &leg->path->remote : NULL, value);
}

/* What is not there is not encrypted: an outgoing call says nothing of it before it has a link, or
   goes to an ordinary telephone. A phone's part of the way counts as well. */
static void
make_encryption (KithCall *call, const KithLegFacts *leg, GValue *value)
{
  gboolean plain = kith_peer_key_is_zero (&call->who.key) || kith_call_is_bridged (call);
  gint64 since = kith_peer_key_is_zero (&call->who.key) ? call->at.located : leg->linked_at;

  g_value_set_string (value, call->outgoing && since == 0 ? "" : plain ? "none" : "srtp-link");
}

static void
make_key (KithCall *call, const KithLegFacts *leg, GValue *value)
{
  g_value_take_string (value,
                       kith_peer_key_is_zero (&call->who.key)
                           ? g_strdup ("")
                           : kith_peer_key_to_text (&call->who.key));
}

static void
make_trust (KithCall *call, const KithLegFacts *leg, GValue *value)
{
  g_value_set_string (value, kith_trust_level_word (call->who.trust));
}

static void
make_missed (KithCall *call, const KithLegFacts *leg, GValue *value)
{
  g_value_set_boolean (value, kith_call_was_missed (call));
}

static void
make_bridged (KithCall *call, const KithLegFacts *leg, GValue *value)
{
  g_value_set_boolean (value, kith_call_is_bridged (call));
}

#define CALL(field) IN_CALL, G_STRUCT_OFFSET (KithCall, field), NULL
#define LEG(field) IN_LEG, G_STRUCT_OFFSET (KithLegFacts, field), NULL
#define BY(function) MADE, 0, function

/* The number of a property is its place here, from 1. */
static const Row rows[] = {
  { "id", G_TYPE_UINT, CALL (id) },
  { "state", G_TYPE_UINT, CALL (state) },
  { "reason", G_TYPE_UINT, CALL (reason) },
  { "sip-status", G_TYPE_UINT, LEG (sip_status) },
  { "outgoing", G_TYPE_BOOLEAN, CALL (outgoing) },
  { "peer-address", G_TYPE_STRING, CALL (who.address) },
  { "peer-name", G_TYPE_STRING, CALL (who.name) },
  { "peer-own-name", G_TYPE_STRING, CALL (who.own_name) },
  { "peer-source", G_TYPE_STRING, CALL (who.source) },
  { "peer-key", G_TYPE_STRING, BY (make_key) },
  { "peer-tag", G_TYPE_STRING, CALL (who.tag) },
  { "trust", G_TYPE_STRING, BY (make_trust) },
  { "seen-calls", G_TYPE_UINT, CALL (who.seen_calls) },
  { "seen-since", G_TYPE_INT64, CALL (who.seen_since) },
  { "missed", G_TYPE_BOOLEAN, BY (make_missed) },
  { "calls", G_TYPE_UINT, CALL (refused.times) },
  { "encryption", G_TYPE_STRING, BY (make_encryption) },
  { "located-by", G_TYPE_STRING, CALL (who.located_by) },
  { "codec", G_TYPE_STRING, LEG (codec) },
  { "path-kind", G_TYPE_STRING, BY (make_path_kind) },
  { "local-candidate", G_TYPE_STRING, BY (make_local) },
  { "remote-candidate", G_TYPE_STRING, BY (make_remote) },
  { "via", G_TYPE_STRING, LEG (via) },
  { "listen-only", G_TYPE_BOOLEAN, CALL (listen_only) },
  { "reconnecting", G_TYPE_BOOLEAN, LEG (reconnecting) },
  { "reconnected-after", G_TYPE_UINT, LEG (reconnected_after_ms) },
  { "held-by-peer", G_TYPE_BOOLEAN, LEG (held_by_peer) },
  { "detail", G_TYPE_STRING, CALL (detail) },
  { "namesakes", G_TYPE_UINT, CALL (look_up.namesakes) },
  { "moved-to", G_TYPE_STRING, LEG (moved_to) },
  { "bridged", G_TYPE_BOOLEAN, BY (make_bridged) },
  { "muted", G_TYPE_BOOLEAN, CALL (muted) },
  { "foreground", G_TYPE_BOOLEAN, CALL (foreground) },
  { "started-at", G_TYPE_INT64, CALL (at.started) },
  { "located-at", G_TYPE_INT64, CALL (at.located) },
  { "linked-at", G_TYPE_INT64, LEG (linked_at) },
  { "rang-at", G_TYPE_INT64, CALL (at.rang) },
  { "answered-at", G_TYPE_INT64, CALL (at.answered) },
  { "flowing-at", G_TYPE_INT64, LEG (flowing_at) },
  { "ended-at", G_TYPE_INT64, CALL (at.ended) },
};

static void
set_field (GValue *value, GType type, gconstpointer field)
{
  if (type == G_TYPE_UINT) {
    g_value_set_uint (value, *(const guint *)field);
  } else if (type == G_TYPE_BOOLEAN) {
    g_value_set_boolean (value, *(const gboolean *)field);
  } else if (type == G_TYPE_INT64) {
    g_value_set_int64 (value, *(const gint64 *)field);
  } else {
    const char *text = *(const char *const *)field;
    g_value_set_string (value, text != NULL ? text : "");
  }
}

void
kith_call_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  KithCall *call = KITH_CALL (object);
  const Row *row = &rows[id - 1];
  KithLegFacts leg;

  kith_call_get_leg_facts (call, &leg);
  switch (row->source) {
  case IN_CALL:
    set_field (value, row->type, (const char *)call + row->offset);
    break;
  case IN_LEG:
    set_field (value, row->type, (const char *)&leg + row->offset);
    break;
  case MADE:
    row->make (call, &leg, value);
    break;
  }
}

static GParamSpec *
make_spec (const Row *row)
{
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  if (row->type == G_TYPE_UINT) {
    return g_param_spec_uint (row->name, NULL, NULL, 0, G_MAXUINT, 0, flags);
  }
  if (row->type == G_TYPE_BOOLEAN) {
    return g_param_spec_boolean (row->name, NULL, NULL, FALSE, flags);
  }
  if (row->type == G_TYPE_INT64) {
    return g_param_spec_int64 (row->name, NULL, NULL, 0, G_MAXINT64, 0, flags);
  }
  return g_param_spec_string (row->name, NULL, NULL, "", flags);
}

void
kith_call_install_properties (GObjectClass *klass)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_object_class_install_property (klass, i + 1, make_spec (&rows[i]));
  }
}
