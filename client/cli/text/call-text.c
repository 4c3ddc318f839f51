/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A call in words. */
#include "cli/text/call-text.h"

#include <string.h>

#include "cli/text/call-pick.h"
#include "cli/text/call-who.h"
#include "model/call/reason.h"
#include "words/reason-words.h"
#include "words/saying.h"
#include "words/sip-status.h"

static gboolean
is_set (const char *text)
{
  return text != NULL && *text != '\0';
}

gchar *
kith_call_text_peer (KithBusCall *call)
{
  KithCallWho who;

  kith_call_who_read (&who, call);
  return kith_call_who_name (&who);
}

gchar *
kith_call_text_trust (KithBusCall *call)
{
  KithCallWho who;

  kith_call_who_read (&who, call);
  return kith_call_who_trust (&who);
}

gboolean
kith_call_text_had_peer (KithBusCall *call)
{
  return g_strcmp0 (kith_bus_call_get_direction (call), "outgoing") != 0
         || kith_bus_call_get_located_at (call) > 0 || kith_bus_call_get_linked_at (call) > 0
         || kith_bus_call_get_rang_at (call) > 0 || kith_bus_call_get_answered_at (call) > 0;
}

const char *
kith_call_text_encryption_of (const char *word)
{
  if (g_strcmp0 (word, "srtp-link") == 0) {
    return "encrypted, SRTP keyed through the link";
  }
  return g_strcmp0 (word, "none") == 0 ? "NOT ENCRYPTED: ordinary SIP" : "";
}

const char *
kith_call_text_encryption (KithBusCall *call)
{
  const char *encryption = kith_bus_call_get_encryption (call);
  const char *key = kith_bus_call_get_peer_key (call);

  if (kith_bus_call_get_bridged (call) && key != NULL && *key != '\0') {
    return "encrypted to their node, NOT ENCRYPTED from here to the phone";
  }
  return g_strcmp0 (encryption, "none") != 0 || kith_call_text_had_peer (call)
             ? kith_call_text_encryption_of (encryption)
             : "";
}

const char *
kith_call_text_reason (KithBusCall *call)
{
  KithReason reason;

  if (!kith_reason_from_word (kith_bus_call_get_state_reason (call), &reason)) {
    reason = KITH_REASON_INTERNAL;
  }
  return kith_reason_text (reason);
}

/* What `kith why` says of it, in the words of our user; where this version has none for the code:
   the reason, and kithd's detail, which is English. (transfer full) */
static gchar *
cause_text (KithBusCall *call, gboolean with_help)
{
  g_autoptr (KithSaying) saying
      = kith_saying_read (kith_bus_call_get_code (call), kith_bus_call_get_values (call));

  if (saying == NULL) {
    g_autofree gchar *detail = kith_cli_safe (kith_bus_call_get_detail (call));
    return g_strdup_printf ("%s: %s", kith_call_text_reason (call), detail);
  }
  g_autofree gchar *cause = kith_saying_tell (saying);
  g_autofree gchar *help = with_help ? kith_saying_help (saying) : g_strdup ("");
  g_autofree gchar *text = g_strconcat (cause, *help != '\0' ? " " : "", help, NULL);
  return kith_cli_safe (text);
}

/* TRUE when the cause matters to people, whatever the SIP status was. */
static gboolean
explains_itself (KithBusCall *call)
{
  const char *reason = kith_bus_call_get_state_reason (call);

  return g_strcmp0 (reason, kith_reason_word (KITH_REASON_NETWORK_LOST)) == 0
         || g_strcmp0 (reason, kith_reason_word (KITH_REASON_MEDIA_FAILED)) == 0;
}

/* What the peer said, in its own words too; an ordinary telephone's status says more than the
   reason. */
static gchar *
status_text (KithBusCall *call, guint status, const char *detail)
{
  g_autofree gchar *said = kith_sip_status_said (status, detail);
  g_autofree gchar *own = NULL;
  const char *what
      = is_set (kith_bus_call_get_peer_key (call)) || kith_bus_call_get_answered_at (call) > 0
            ? NULL
            : kith_sip_status_what (status);

  if (what == NULL) {
    return g_strdup_printf ("%s (SIP %u)", kith_call_text_reason (call), status);
  }
  own = g_strdup (what);
  own[0] = g_ascii_toupper (own[0]);
  return g_strdup_printf ("%s: %s", own, said);
}

gchar *
kith_call_text_end (KithBusCall *call)
{
  const char *detail = kith_bus_call_get_detail (call);
  guint status = kith_bus_call_get_sip_status (call);
  const char *moved_to = kith_bus_call_get_moved_to (call);
  g_autofree gchar *safe = NULL;
  KithCallWho who;

  kith_call_who_read (&who, call);
  if (is_set (moved_to)) {
    safe = kith_cli_safe (moved_to);
    g_autofree gchar *quoted = g_shell_quote (safe); /* theirs, and meant to be copied */
    return g_strdup_printf ("They say that they can be reached at another address (SIP %u): "
                            "kith call %s",
                            status,
                            quoted);
  }
  if (who.is_missed) {
    return kith_call_who_outcome (&who);
  }
  if (who.is_outgoing && status == 0 && is_set (detail)
      && g_strcmp0 (who.reason, kith_reason_word (KITH_REASON_BUSY)) == 0) {
    return cause_text (call, FALSE); /* it is we who have another call with them */
  }
  if (explains_itself (call) && is_set (detail)) {
    return cause_text (call, TRUE);
  }
  if (status >= 300) {
    return status_text (call, status, detail);
  }
  if (kith_bus_call_get_answered_at (call) > 0 || !is_set (detail)) {
    return g_strdup (kith_call_text_reason (call));
  }
  return cause_text (call, FALSE);
}

const char *
kith_call_text_source (const char *source)
{
  if (g_strcmp0 (source, "petname") == 0) {
    return "your contacts and earlier calls";
  }
  return g_strcmp0 (source, "address") == 0 ? "the address itself" : source;
}

/* As `kith why` says it. */
static const char *
way (const char *kind)
{
  if (g_str_equal (kind, "host") || g_str_equal (kind, "srflx") || g_str_equal (kind, "prflx")) {
    return "direct";
  }
  return g_str_equal (kind, "relay") ? "through a TURN server" : kind;
}

gchar *
kith_call_text_path (KithBusCallMedia *media)
{
  const char *kind = kith_bus_call_media_get_path_kind (media);
  const char *via = kith_bus_call_media_get_via (media);

  if (is_set (via)) {
    return g_strdup_printf ("through the friend %s", via);
  }

  return is_set (kind) ? g_strdup_printf ("%s, %s → %s",
                                          way (kind),
                                          kith_bus_call_media_get_local_candidate (media),
                                          kith_bus_call_media_get_remote_candidate (media))
                       : NULL;
}

static guint64
number_of (GVariant *statistics, const char *key)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (statistics, key, NULL);

  if (value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64)) {
    return g_variant_get_uint64 (value);
  }
  return value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32)
             ? g_variant_get_uint32 (value)
             : 0;
}

gchar *
kith_call_text_quality (GVariant *statistics)
{
  guint64 received = number_of (statistics, "packets-received");
  guint64 lost = number_of (statistics, "packets-lost");
  guint64 rtt = number_of (statistics, "rtt-us");
  double share = received + lost > 0 ? 100.0 * (double)lost / (double)(received + lost) : 0;
  double mos = 0;
  GString *text = g_string_new (NULL);

  if (received + lost == 0) {
    g_string_append (text, "no sound was received");
    return g_string_free (text, FALSE);
  }
  g_string_append_printf (text,
                          "lost %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " packets (%.1f %%)",
                          lost,
                          received + lost,
                          share);
  if (g_variant_lookup (statistics, "mos", "d", &mos) && mos > 0) {
    g_string_append_printf (text, ", MOS %.1f", mos);
  }
  g_string_append_printf (text,
                          ", jitter %.1f ms",
                          (double)number_of (statistics, "jitter-us") / 1000);
  if (number_of (statistics, "interruptions") > 0) {
    guint64 times = number_of (statistics, "interruptions");
    g_string_append_printf (text,
                            ", interrupted %" G_GUINT64_FORMAT " %s, for %.1f s%s",
                            times,
                            times == 1 ? "time" : "times",
                            (double)number_of (statistics, "longest-gap-ms") / 1000,
                            times == 1 ? "" : " at most");
  }
  if (rtt > 0) {
    g_string_append_printf (text, ", round trip %.1f ms", (double)rtt / 1000);
  }
  return g_string_free (text, FALSE);
}

GVariant *
kith_call_text_statistics (KithCli *cli, KithBusObject *object)
{
  KithBusCallMedia *media = kith_bus_object_peek_call_media (object);
  g_autoptr (GVariant) reply = NULL;

  if (media == NULL || kith_daemon_view_is_gone (cli->daemon)) {
    return NULL;
  }
  reply = kith_cli_invoke (cli, media, "GetStatistics", NULL, NULL);
  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

void
kith_call_text_json (KithJson *json, KithBusObject *object, GVariant *statistics)
{
  kith_json_add_int (json,
                     "call",
                     kith_cli_call_number (g_dbus_object_get_object_path (G_DBUS_OBJECT (object))));
  kith_cli_json_properties (json, kith_bus_object_peek_call (object));
  kith_cli_json_properties (json, kith_bus_object_peek_call_media (object));
  if (statistics != NULL) {
    kith_json_add_variant (json, "statistics", statistics);
  }
}

gboolean
kith_call_text_is_in_background (KithBusCall *call)
{
  const char *state = kith_bus_call_get_state (call);
  gboolean is_answered = g_strcmp0 (state, "connecting") == 0 || g_strcmp0 (state, "active") == 0
                         || g_strcmp0 (state, "held") == 0;

  return is_answered && !kith_bus_call_get_foreground (call) && !kith_bus_call_get_bridged (call);
}

/* The text at @key of one of the Legs, or "". (transfer none) */
static const char *
leg_text (GVariant *leg, const char *key)
{
  const char *text = NULL;

  return g_variant_lookup (leg, key, "&s", &text) ? text : "";
}

gchar *
kith_call_text_phone (KithBusCall *call)
{
  GVariant *legs = kith_bus_call_get_legs (call);

  for (gsize i = 0; legs != NULL && i < g_variant_n_children (legs); i++) {
    g_autoptr (GVariant) leg = g_variant_get_child_value (legs, i);
    const char *how = leg_text (leg, "how");
    gboolean dialled = g_strcmp0 (leg_text (leg, "side"), "caller") == 0;
    if (i > 0 && g_strcmp0 (leg_text (leg, "kind"), "phone") == 0 && (*how != '\0' || dialled)) {
      return kith_cli_safe (leg_text (leg, "label"));
    }
  }
  return NULL;
}

gchar *
kith_call_text_leg (GVariant *leg)
{
  const char *kind = leg_text (leg, "kind");
  const char *codec = leg_text (leg, "codec");
  const char *how = leg_text (leg, "how");
  gboolean is_link = g_strcmp0 (kind, "link") == 0;

  return g_strdup_printf (
      "%s%s, %s, %s%s%s%s",
      is_link                          ? "over the link to "
      : g_strcmp0 (kind, "phone") == 0 ? "the phone "
                                       : "ordinary SIP, ",
      leg_text (leg, "label"),
      leg_text (leg, "state"),
      g_strcmp0 (leg_text (leg, "encryption"), "srtp-link") == 0 ? "encrypted" : "not encrypted",
      *codec != '\0' ? ", " : "",
      codec,
      g_strcmp0 (how, "transcode") == 0 ? ", transcoded"
      : g_strcmp0 (how, "relay") == 0   ? ", packets relayed"
                                        : "");
}
