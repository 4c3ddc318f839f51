/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells in plain words what a link does, for the time line of a call. */
#include "link/link-private.h"

static const char *
type_word (guint8 type)
{
  static const char *const words[]
      = { "this host's own", "as others see us", "as the peer sees us", "a relay's" };

  return type < G_N_ELEMENTS (words) ? words[type] : "unknown";
}

static const char *
their_type_word (guint8 type)
{
  static const char *const words[]
      = { "its host's own", "as others see it", "as we see it", "a relay's" };

  return type < G_N_ELEMENTS (words) ? words[type] : "unknown";
}

void
kith_quic_link_trace_candidates (KithQuicLink *link,
                                 const char *whose,
                                 const KithCandidate *candidates,
                                 guint n)
{
  gboolean ours = whose[0] == 'O';

  for (guint i = 0; link->trace != NULL && i < n; i++) {
    g_autofree gchar *text = kith_candidate_to_text (&candidates[i]);
    kith_trace_add (link->trace,
                    KITH_TRACE_CANDIDATE,
                    "%s: %s (%s)",
                    whose,
                    text,
                    ours ? type_word (candidates[i].type) : their_type_word (candidates[i].type));
  }
}

void
kith_quic_link_trace_pair (KithQuicLink *link, KithPath *path)
{
  if (link->trace != NULL) {
    g_autofree gchar *text = kith_path_to_text (path);
    kith_trace_add (link->trace,
                    KITH_TRACE_PAIR,
                    "A pair works after %d ms: %s",
                    (int)((path->worked - path->made) / 1000),
                    text);
  }
}

void
kith_quic_link_trace_up (KithQuicLink *link)
{
  KithPath *current = kith_path_set_get_current (link->paths);

  if (link->trace == NULL) {
    return;
  }
  g_autofree gchar *key = kith_peer_key_to_text (&link->peer.identity);
  gboolean has_label = link->peer.label[0] != '\0';
  kith_trace_add (link->trace,
                  KITH_TRACE_KEYS,
                  "Handshake done (TLS 1.3), identity %.8s… proved%s%s%s",
                  key,
                  has_label ? ", device \"" : "",
                  link->peer.label,
                  has_label ? "\"" : "");
  if (current != NULL) {
    g_autofree gchar *path = kith_path_to_text (current);
    kith_trace_add (link->trace, KITH_TRACE_PATH, "Using the path: %s", path);
  }
}

void
kith_quic_link_trace_now (KithQuicLink *link)
{
  KithCandidate ours[KITH_MAX_CANDIDATES];

  if (link->hub->turn != NULL) {
    kith_turn_pool_trace (link->hub->turn, link->trace);
  }
  kith_quic_link_trace_candidates (link, "Ours", ours, kith_quic_link_get_candidates (link, ours));
  kith_trace_add (link->trace,
                  KITH_TRACE_PATH,
                  "The link has been up for %d s, round trip %u ms",
                  (int)((g_get_real_time () - link->up_us) / G_USEC_PER_SEC),
                  kith_quic_get_rtt_ms (link->quic));
  kith_quic_link_trace_up (link);
}

void
kith_quic_link_use_trace (KithQuicLink *link, KithTrace *trace)
{
  if (trace != NULL) {
    kith_trace_ref (trace);
  }
  g_clear_pointer (&link->trace, kith_trace_unref);
  link->trace = trace;
  if (link->paths != NULL) {
    kith_path_set_set_trace (link->paths, trace);
  }
  if (link->mover != NULL) {
    kith_mover_set_trace (link->mover, trace);
  }
}

void
kith_quic_link_end_opening (KithQuicLink *link)
{
  link->opening_trace = link->trace;
  kith_quic_link_use_trace (link, NULL);
}
