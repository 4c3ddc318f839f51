/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be read of a call: its properties, and the text that each one has. */
#include "model/call/call-facts.h"
#include "node/call/call-private.h"

enum {
  PROP_ID = 1,
  PROP_STATE,
  PROP_REASON,
  PROP_SIP_STATUS,
  PROP_OUTGOING,
  PROP_PEER_ADDRESS,
  PROP_PEER_NAME,
  PROP_PEER_OWN_NAME,
  PROP_PEER_SOURCE,
  PROP_PEER_KEY,
  PROP_PEER_TAG,
  PROP_TRUST,
  PROP_SEEN_CALLS,
  PROP_SEEN_SINCE,
  PROP_MISSED,
  PROP_CALLS,
  PROP_ENCRYPTION,
  PROP_LOCATED_BY,
  PROP_CODEC,
  PROP_PATH_KIND,
  PROP_LOCAL_CANDIDATE,
  PROP_REMOTE_CANDIDATE,
  PROP_VIA,
  PROP_LISTEN_ONLY,
  PROP_RECONNECTING,
  PROP_RECONNECTED_AFTER,
  PROP_HELD_BY_PEER,
  PROP_DETAIL,
  PROP_NAMESAKES,
  PROP_MOVED_TO,
  PROP_MUTED,
  PROP_STARTED_AT,
  PROP_LOCATED_AT,
  PROP_LINKED_AT,
  PROP_RANG_AT,
  PROP_ANSWERED_AT,
  PROP_FLOWING_AT,
  PROP_ENDED_AT,
  N_PROPS
};

static const struct {
  const char *name;
  GType type;
} property_rows[N_PROPS] = {
  [PROP_ID] = { "id", G_TYPE_UINT },
  [PROP_STATE] = { "state", G_TYPE_UINT },
  [PROP_REASON] = { "reason", G_TYPE_UINT },
  [PROP_SIP_STATUS] = { "sip-status", G_TYPE_UINT },
  [PROP_OUTGOING] = { "outgoing", G_TYPE_BOOLEAN },
  [PROP_PEER_ADDRESS] = { "peer-address", G_TYPE_STRING },
  [PROP_PEER_NAME] = { "peer-name", G_TYPE_STRING },
  [PROP_PEER_OWN_NAME] = { "peer-own-name", G_TYPE_STRING },
  [PROP_PEER_SOURCE] = { "peer-source", G_TYPE_STRING },
  [PROP_PEER_KEY] = { "peer-key", G_TYPE_STRING },
  [PROP_PEER_TAG] = { "peer-tag", G_TYPE_STRING },
  [PROP_TRUST] = { "trust", G_TYPE_STRING },
  [PROP_SEEN_CALLS] = { "seen-calls", G_TYPE_UINT },
  [PROP_SEEN_SINCE] = { "seen-since", G_TYPE_INT64 },
  [PROP_MISSED] = { "missed", G_TYPE_BOOLEAN },
  [PROP_CALLS] = { "calls", G_TYPE_UINT },
  [PROP_ENCRYPTION] = { "encryption", G_TYPE_STRING },
  [PROP_LOCATED_BY] = { "located-by", G_TYPE_STRING },
  [PROP_CODEC] = { "codec", G_TYPE_STRING },
  [PROP_PATH_KIND] = { "path-kind", G_TYPE_STRING },
  [PROP_LOCAL_CANDIDATE] = { "local-candidate", G_TYPE_STRING },
  [PROP_REMOTE_CANDIDATE] = { "remote-candidate", G_TYPE_STRING },
  [PROP_VIA] = { "via", G_TYPE_STRING },
  [PROP_LISTEN_ONLY] = { "listen-only", G_TYPE_BOOLEAN },
  [PROP_RECONNECTING] = { "reconnecting", G_TYPE_BOOLEAN },
  [PROP_RECONNECTED_AFTER] = { "reconnected-after", G_TYPE_UINT },
  [PROP_HELD_BY_PEER] = { "held-by-peer", G_TYPE_BOOLEAN },
  [PROP_DETAIL] = { "detail", G_TYPE_STRING },
  [PROP_NAMESAKES] = { "namesakes", G_TYPE_UINT },
  [PROP_MOVED_TO] = { "moved-to", G_TYPE_STRING },
  [PROP_MUTED] = { "muted", G_TYPE_BOOLEAN },
  [PROP_STARTED_AT] = { "started-at", G_TYPE_INT64 },
  [PROP_LOCATED_AT] = { "located-at", G_TYPE_INT64 },
  [PROP_LINKED_AT] = { "linked-at", G_TYPE_INT64 },
  [PROP_RANG_AT] = { "rang-at", G_TYPE_INT64 },
  [PROP_ANSWERED_AT] = { "answered-at", G_TYPE_INT64 },
  [PROP_FLOWING_AT] = { "flowing-at", G_TYPE_INT64 },
  [PROP_ENDED_AT] = { "ended-at", G_TYPE_INT64 },
};

static const char *
path_kind (KithCall *call)
{
  if (!call->have_path) {
    return "";
  }
  if (call->path.is_relayed_by_friend) {
    return "friend";
  }
  /* A peer-reflexive end of a host-to-host path is still direct: what matters is the worse of the two. */
  return kith_candidate_type_word (MAX (call->path.local.type, call->path.remote.type));
}

static void
set_key_text (const KithPeerKey *key, GValue *value)
{
  if (kith_peer_key_is_zero (key)) {
    g_value_set_string (value, "");
  } else {
    g_value_take_string (value, kith_peer_key_to_text (key));
  }
}

static void
set_candidate_text (KithCall *call, const KithCandidate *candidate, GValue *value)
{
  if (call->have_path && candidate->family != 0) {
    g_value_take_string (value, kith_candidate_to_text (candidate));
  } else {
    g_value_set_string (value, "");
  }
}

static void
set_string (GValue *value, const char *text)
{
  g_value_set_string (value, text != NULL ? text : "");
}

static const char *
codec_name (KithCall *call)
{
  const KithCodec *codec = call->media != NULL ? kith_media_get_codec (call->media) : call->codec;
  return codec != NULL ? codec->name : "";
}

static gint64
time_property (KithCall *call, guint id)
{
  const gint64 times[] = { call->started_at,  call->located_at, call->linked_at, call->rang_at,
                           call->answered_at, call->flowing_at, call->ended_at };
  return times[id - PROP_STARTED_AT];
}

/* What is not there is not encrypted: an outgoing call says nothing of it before it has a link, or goes to an ordinary telephone. */
static const char *
encryption_word (const KithCall *call)
{
  if (kith_peer_key_is_zero (&call->peer_key)) {
    return call->outgoing && call->located_at == 0 ? "" : "none";
  }
  return call->outgoing && call->linked_at == 0 ? "" : "srtp-link";
}

/* What counts, whom it was with and whether it was missed. FALSE: another property. */
static gboolean
get_count (KithCall *call, guint id, GValue *value)
{
  switch (id) {
  case PROP_SEEN_CALLS:
    g_value_set_uint (value, call->seen_calls);
    return TRUE;
  case PROP_SEEN_SINCE:
    g_value_set_int64 (value, call->seen_since);
    return TRUE;
  case PROP_MISSED:
    g_value_set_boolean (
        value,
        kith_call_is_missed (call->outgoing, call->accepted || call->is_declined, call->reason));
    return TRUE;
  case PROP_CALLS:
    g_value_set_uint (value, call->times);
    return TRUE;
  default:
    return FALSE;
  }
}

void
kith_call_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  KithCall *call = KITH_CALL (object);

  if (get_count (call, id, value)) {
    return;
  }
  switch (id) {
  case PROP_ID:
    g_value_set_uint (value, call->id);
    break;
  case PROP_STATE:
    g_value_set_uint (value, call->state);
    break;
  case PROP_REASON:
    g_value_set_uint (value, call->reason);
    break;
  case PROP_SIP_STATUS:
    g_value_set_uint (value, call->sip_status);
    break;
  case PROP_OUTGOING:
    g_value_set_boolean (value, call->outgoing);
    break;
  case PROP_PEER_ADDRESS:
    set_string (value, call->peer_address);
    break;
  case PROP_PEER_NAME:
    set_string (value, call->peer_name);
    break;
  case PROP_PEER_OWN_NAME:
    set_string (value, call->own_name);
    break;
  case PROP_PEER_SOURCE:
    set_string (value, call->peer_source);
    break;
  case PROP_PEER_KEY:
    set_key_text (&call->peer_key, value);
    break;
  case PROP_PEER_TAG:
    set_string (value, call->peer_tag);
    break;
  case PROP_TRUST:
    g_value_set_string (value, kith_trust_level_word (call->trust));
    break;
  case PROP_ENCRYPTION:
    g_value_set_string (value, encryption_word (call));
    break;
  case PROP_LOCATED_BY:
    set_string (value, call->located_by);
    break;
  case PROP_CODEC:
    g_value_set_string (value, codec_name (call));
    break;
  case PROP_PATH_KIND:
    g_value_set_string (value, path_kind (call));
    break;
  case PROP_LOCAL_CANDIDATE:
    set_candidate_text (call, &call->path.local, value);
    break;
  case PROP_REMOTE_CANDIDATE:
    set_candidate_text (call, &call->path.remote, value);
    break;
  case PROP_VIA:
    set_string (value, call->via);
    break;
  case PROP_LISTEN_ONLY:
    g_value_set_boolean (value, call->listen_only);
    break;
  case PROP_RECONNECTING:
    g_value_set_boolean (value, call->reconnecting);
    break;
  case PROP_RECONNECTED_AFTER:
    g_value_set_uint (value, call->reconnected_after_ms);
    break;
  case PROP_HELD_BY_PEER:
    g_value_set_boolean (value,
                         call->held_by_peer && call->answered && call->state != KITH_CALL_ENDED);
    break;
  case PROP_DETAIL:
    set_string (value, call->detail);
    break;
  case PROP_NAMESAKES:
    g_value_set_uint (value, call->namesakes);
    break;
  case PROP_MOVED_TO:
    set_string (value, call->moved_to);
    break;
  case PROP_MUTED:
    g_value_set_boolean (value, call->muted);
    break;
  default:
    if (id >= PROP_STARTED_AT && id <= PROP_ENDED_AT) {
      g_value_set_int64 (value, time_property (call, id));
    } else {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
    break;
  }
}

static GParamSpec *
make_spec (guint id)
{
  const char *name = property_rows[id].name;
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  if (property_rows[id].type == G_TYPE_UINT) {
    return g_param_spec_uint (name, NULL, NULL, 0, G_MAXUINT, 0, flags);
  }
  if (property_rows[id].type == G_TYPE_BOOLEAN) {
    return g_param_spec_boolean (name, NULL, NULL, FALSE, flags);
  }
  if (property_rows[id].type == G_TYPE_INT64) {
    return g_param_spec_int64 (name, NULL, NULL, 0, G_MAXINT64, 0, flags);
  }
  return g_param_spec_string (name, NULL, NULL, "", flags);
}

void
kith_call_install_properties (GObjectClass *klass)
{
  for (guint id = 1; id < N_PROPS; id++) {
    g_object_class_install_property (klass, id, make_spec (id));
  }
}
