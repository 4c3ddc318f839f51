/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies the facts of a call to its skeletons, and the methods to the call. */
#include "bus-call.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "bus-reply.h"
#include "bus/names.h"
#include "node/call/call-report.h"
#include "words/explain.h"

struct _KithdCall {
  KithdTree *tree;
  KithCall *call;
  KithBusCall *skeleton;
  KithBusCallMedia *media;
  gchar *path;
  KithdRingFunc on_ring;
  gpointer ring_data;
  guint tie; /* of who dialled it, or 0 */
};

/* How a property of the call becomes one of the skeleton. */
typedef enum { COPY_TEXT, COPY_VALUE, COPY_STATE, COPY_REASON, COPY_DIRECTION } Copy;

typedef struct {
  const char *from;
  const char *to;
  gboolean media;
  Copy how;
} CopyRow;

static const CopyRow copies[] = {
  { "state", "state", FALSE, COPY_STATE },
  { "reason", "state-reason", FALSE, COPY_REASON },
  { "sip-status", "sip-status", FALSE, COPY_VALUE },
  { "outgoing", "direction", FALSE, COPY_DIRECTION },
  { "peer-address", "peer-address", FALSE, COPY_TEXT },
  { "peer-name", "peer-name", FALSE, COPY_TEXT },
  { "peer-tag", "peer-tag", FALSE, COPY_TEXT },
  { "peer-own-name", "peer-own-name", FALSE, COPY_TEXT },
  { "peer-source", "peer-source", FALSE, COPY_TEXT },
  { "peer-key", "peer-key", FALSE, COPY_TEXT },
  { "trust", "trust", FALSE, COPY_TEXT },
  { "seen-calls", "seen-calls", FALSE, COPY_VALUE },
  { "seen-since", "seen-since", FALSE, COPY_VALUE },
  { "missed", "missed", FALSE, COPY_VALUE },
  { "calls", "calls", FALSE, COPY_VALUE },
  { "encryption", "encryption", FALSE, COPY_TEXT },
  { "located-by", "located-by", FALSE, COPY_TEXT },
  { "detail", "detail", FALSE, COPY_TEXT },
  { "namesakes", "namesakes", FALSE, COPY_VALUE },
  { "moved-to", "moved-to", FALSE, COPY_TEXT },
  { "reconnecting", "reconnecting", FALSE, COPY_VALUE },
  { "reconnected-after", "reconnected-after", FALSE, COPY_VALUE },
  { "held-by-peer", "held-by-peer", FALSE, COPY_VALUE },
  { "foreground", "foreground", FALSE, COPY_VALUE },
  { "started-at", "started-at", FALSE, COPY_VALUE },
  { "located-at", "located-at", FALSE, COPY_VALUE },
  { "linked-at", "linked-at", FALSE, COPY_VALUE },
  { "rang-at", "rang-at", FALSE, COPY_VALUE },
  { "answered-at", "answered-at", FALSE, COPY_VALUE },
  { "flowing-at", "flowing-at", FALSE, COPY_VALUE },
  { "ended-at", "ended-at", FALSE, COPY_VALUE },
  { "bridged", "bridged", FALSE, COPY_VALUE },
  { "muted", "muted", TRUE, COPY_VALUE },
  { "listen-only", "listen-only", TRUE, COPY_VALUE },
  { "codec", "codec", TRUE, COPY_TEXT },
  { "local-candidate", "local-candidate", TRUE, COPY_TEXT },
  { "remote-candidate", "remote-candidate", TRUE, COPY_TEXT },
  { "path-kind", "path-kind", TRUE, COPY_TEXT },
  { "via", "via", TRUE, COPY_TEXT },
};

static const char *
state_word (guint state)
{
  const char *word = kith_call_state_word ((KithCallState)state);

  return word != NULL ? word : "";
}

static const char *
reason_word (guint reason)
{
  const char *word = kith_reason_word ((KithReason)reason);

  return word != NULL ? word : "";
}

static void
copy_property (KithdCall *bound, const CopyRow *row)
{
  gpointer target = row->media ? (gpointer)bound->media : (gpointer)bound->skeleton;
  g_auto (GValue) value = G_VALUE_INIT;

  g_object_get_property (G_OBJECT (bound->call), row->from, &value);
  switch (row->how) {
  case COPY_TEXT: {
    g_autofree gchar *text = kithd_bus_text (g_value_get_string (&value));
    g_object_set (target, row->to, text, NULL);
    break;
  }
  case COPY_VALUE:
    g_object_set_property (target, row->to, &value);
    break;
  case COPY_STATE:
    g_object_set (target, row->to, state_word (g_value_get_uint (&value)), NULL);
    break;
  case COPY_REASON:
    g_object_set (target, row->to, reason_word (g_value_get_uint (&value)), NULL);
    break;
  case COPY_DIRECTION:
    g_object_set (target, row->to, g_value_get_boolean (&value) ? "outgoing" : "incoming", NULL);
    break;
  }
}

/* What is to be said of its end. */
static void
copy_saying (KithdCall *bound)
{
  if (kith_call_get_state (bound->call) != KITH_CALL_ENDED) {
    return;
  }
  g_autoptr (KithCallFacts) facts = kith_call_report (bound->call);
  g_autoptr (KithSaying) saying = kith_explain_say (facts);
  g_autoptr (GVariant) values = kith_saying_get_values (saying);

  kith_bus_call_set_code (bound->skeleton, kith_saying_get_code (saying));
  kith_bus_call_set_values (bound->skeleton, values);
}

/* The skeletons gather what changes until the main loop is idle, or until they are flushed. */
static void
copy_all (KithdCall *bound)
{
  for (gsize i = 0; i < G_N_ELEMENTS (copies); i++) {
    copy_property (bound, &copies[i]);
  }
  kith_bus_call_set_legs (bound->skeleton, kith_call_pack_legs (bound->call));
  copy_saying (bound);
}

static void
tell_if_ringing (KithdCall *bound)
{
  if (bound->on_ring != NULL && kithd_call_is_ringing (bound)) {
    KithdRingFunc on_ring = g_steal_pointer (&bound->on_ring);
    on_ring (bound, bound->ring_data);
  }
}

static void
on_call_changed (KithCall *call, gpointer user_data)
{
  copy_all (user_data);
  tell_if_ringing (user_data);
}

static void
on_call_state_changed (KithCall *call, guint before, guint after, guint reason, gpointer user_data)
{
  KithdCall *bound = user_data;

  copy_all (bound);
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (bound->skeleton));
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (bound->media));
  kith_bus_call_emit_state_changed (bound->skeleton,
                                    state_word (before),
                                    state_word (after),
                                    reason_word (reason));
  tell_if_ringing (bound);
}

static void
on_accepted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  GError *error = NULL;

  if (kith_call_accept_finish (KITH_CALL (source), result, &error)) {
    g_dbus_method_invocation_return_value (invocation, NULL);
  } else {
    kithd_reply_error (invocation, error);
  }
}

static gboolean
on_handle_accept (KithBusCall *skeleton, GDBusMethodInvocation *invocation, gpointer user_data)
{
  KithdCall *bound = user_data;

  kith_call_accept_async (bound->call, NULL, on_accepted, invocation);
  return TRUE;
}

static gboolean
on_handle_reject (KithBusCall *skeleton,
                  GDBusMethodInvocation *invocation,
                  const char *word,
                  gpointer user_data)
{
  KithdCall *bound = user_data;
  KithReason reason = KITH_REASON_REJECTED;
  GError *error = NULL;

  if (word[0] != '\0'
      && (!kith_reason_from_word (word, &reason)
          || (reason != KITH_REASON_REJECTED && reason != KITH_REASON_BUSY))) {
    kithd_reply_code (invocation,
                      KITH_ERROR_INVALID_ARGUMENTS,
                      "The reason must be “rejected”, “busy” or empty");
  } else if (kith_call_reject (bound->call, reason, &error)) {
    kith_bus_call_complete_reject (skeleton, invocation);
  } else {
    kithd_reply_error (invocation, error);
  }
  return TRUE;
}

static gboolean
on_handle_hangup (KithBusCall *skeleton,
                  GDBusMethodInvocation *invocation,
                  const char *word,
                  gpointer user_data)
{
  KithdCall *bound = user_data;
  GError *error = NULL;

  if (word[0] != '\0' && strcmp (word, kith_reason_word (KITH_REASON_LOCAL)) != 0) {
    kithd_reply_code (invocation,
                      KITH_ERROR_INVALID_ARGUMENTS,
                      "The reason must be “local” or empty");
  } else if (kith_call_hang_up (bound->call, &error)) {
    kith_bus_call_complete_hangup (skeleton, invocation);
  } else {
    kithd_reply_error (invocation, error);
  }
  return TRUE;
}

static GVariant *
pack_stats (const KithMediaStats *stats)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "packets-sent", "t", stats->packets_sent);
  g_variant_dict_insert (&dict, "packets-received", "t", stats->packets_received);
  g_variant_dict_insert (&dict, "packets-lost", "t", stats->packets_lost);
  g_variant_dict_insert (&dict, "bytes-sent", "t", stats->bytes_sent);
  g_variant_dict_insert (&dict, "bytes-received", "t", stats->bytes_received);
  g_variant_dict_insert (&dict, "jitter-us", "u", stats->jitter_us);
  g_variant_dict_insert (&dict, "rtt-us", "u", stats->rtt_us);
  g_variant_dict_insert (&dict, "buffer-ms", "u", stats->buffer_ms);
  g_variant_dict_insert (&dict, "delay-ms", "u", stats->delay_ms);
  g_variant_dict_insert (&dict, "remote-loss-ppm", "u", stats->remote_loss_ppm);
  g_variant_dict_insert (&dict, "fec-percent", "u", stats->fec_percent);
  g_variant_dict_insert (&dict, "frames-played", "t", stats->frames_played);
  g_variant_dict_insert (&dict, "frames-recovered", "t", stats->frames_recovered);
  g_variant_dict_insert (&dict, "frames-concealed", "t", stats->frames_concealed);
  g_variant_dict_insert (&dict, "packets-late", "t", stats->packets_late);
  g_variant_dict_insert (&dict, "packets-reordered", "t", stats->packets_reordered);
  g_variant_dict_insert (&dict, "mos", "d", stats->mos);
  g_variant_dict_insert (&dict, "level-in-db", "d", stats->level_in_db);
  g_variant_dict_insert (&dict, "level-out-db", "d", stats->level_out_db);
  g_variant_dict_insert (&dict, "longest-gap-ms", "u", stats->longest_gap_ms);
  g_variant_dict_insert (&dict, "interruptions", "u", stats->interruptions);
  g_variant_dict_insert (&dict, "first-sent-us", "x", stats->first_sent_us);
  g_variant_dict_insert (&dict, "first-received-us", "x", stats->first_received_us);
  g_variant_dict_insert (&dict, "first-heard-us", "x", stats->first_heard_us);
  return g_variant_dict_end (&dict);
}

static gboolean
on_handle_get_statistics (KithBusCallMedia *media,
                          GDBusMethodInvocation *invocation,
                          gpointer user_data)
{
  KithdCall *bound = user_data;
  KithMediaStats stats = { 0 };

  if (kith_call_get_stats (bound->call, &stats)) {
    kith_bus_call_media_complete_get_statistics (media, invocation, pack_stats (&stats));
  } else {
    kithd_reply_code (invocation, KITH_ERROR_WRONG_STATE, "The call has had no audio yet");
  }
  return TRUE;
}

static void
on_write (const char *property, GVariant *value, gpointer user_data, KithdWrite *write)
{
  KithdCall *bound = user_data;
  GError *error = NULL;

  if (strcmp (property, "Muted") != 0) {
    g_set_error_literal (&error,
                         KITH_ERROR,
                         KITH_ERROR_INVALID_ARGUMENTS,
                         "This property cannot be written");
  } else {
    (void)kith_call_set_muted (bound->call, g_variant_get_boolean (value), &error);
  }
  kithd_write_answer (write, error);
}

KithdCall *
kithd_call_new (KithdTree *tree, KithdGuard *guard, KithCall *call)
{
  KithdCall *bound = g_new0 (KithdCall, 1);

  bound->tree = tree;
  bound->call = g_object_ref (call);
  bound->skeleton = kithd_guard_call_new (guard);
  bound->media = kithd_guard_call_media_new (guard);
  bound->path = g_strdup_printf (KITH_BUS_CALL_PREFIX "%u", kith_call_get_id (call));
  kith_bus_call_set_account (bound->skeleton, KITH_BUS_DEFAULT_ACCOUNT);
  kith_bus_call_set_code (bound->skeleton, "");
  kith_bus_call_set_values (bound->skeleton, g_variant_new ("a{sv}", NULL));
  copy_all (bound);
  g_signal_connect (call, "changed", G_CALLBACK (on_call_changed), bound);
  g_signal_connect (call, "state-changed", G_CALLBACK (on_call_state_changed), bound);
  g_signal_connect (bound->skeleton, "handle-accept", G_CALLBACK (on_handle_accept), bound);
  g_signal_connect (bound->skeleton, "handle-reject", G_CALLBACK (on_handle_reject), bound);
  g_signal_connect (bound->skeleton, "handle-hangup", G_CALLBACK (on_handle_hangup), bound);
  g_signal_connect (bound->media,
                    "handle-get-statistics",
                    G_CALLBACK (on_handle_get_statistics),
                    bound);
  kithd_guard_set_writer (bound->media, on_write, bound);
  kithd_tree_add (tree, bound->path, bound->skeleton, bound->media);
  return bound;
}

static void
untie (KithdCall *bound)
{
  g_clear_handle_id (&bound->tie, g_bus_unwatch_name);
}

/* @connection: NULL when it is the bus that is gone. */
static void
on_owner_left (GDBusConnection *connection, const char *name, gpointer user_data)
{
  KithdCall *bound = user_data;

  if (connection != NULL && !g_dbus_connection_is_closed (connection)
      && kith_call_get_state (bound->call) != KITH_CALL_ENDED) {
    kith_info ("bus",
               "call %u ends with the program that dialled it",
               kith_call_get_id (bound->call));
    (void)kith_call_hang_up (bound->call, NULL);
  }
  /* The watch cannot be given up from within itself: it goes with the call. */
}

void
kithd_call_tie (KithdCall *bound, GDBusConnection *connection, const char *owner)
{
  untie (bound);
  bound->tie = g_bus_watch_name_on_connection (connection,
                                               owner,
                                               G_BUS_NAME_WATCHER_FLAGS_NONE,
                                               NULL,
                                               on_owner_left,
                                               bound,
                                               NULL);
}

void
kithd_call_watch (KithdCall *bound, KithdRingFunc on_ring, gpointer user_data)
{
  bound->on_ring = on_ring;
  bound->ring_data = user_data;
  tell_if_ringing (bound);
}

void
kithd_call_free (KithdCall *bound)
{
  untie (bound);
  kithd_tree_remove (bound->tree, bound->path);
  kithd_guard_set_writer (bound->media, NULL, NULL);
  g_signal_handlers_disconnect_by_data (bound->call, bound);
  g_signal_handlers_disconnect_by_data (bound->skeleton, bound);
  g_signal_handlers_disconnect_by_data (bound->media, bound);
  g_object_unref (bound->skeleton);
  g_object_unref (bound->media);
  g_object_unref (bound->call);
  g_free (bound->path);
  g_free (bound);
}

const char *
kithd_call_get_path (KithdCall *bound)
{
  return bound->path;
}

gboolean
kithd_call_is_ringing (KithdCall *bound)
{
  return kith_call_rings_here (bound->call);
}
