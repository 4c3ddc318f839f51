/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells in plain words what a link does, for the time line of a call. */
#include "link/link-private.h"

#include "base/clock.h"

#define N_TYPES 4
#define LONG_LINE 150 /* bytes of addresses after which no further one is put into a line */

/* By KithCandidateType. */
static const char *const our_codes[N_TYPES]
    = { "step-ours-host", "step-ours-srflx", "step-ours-prflx", "step-ours-relay" };
static const char *const their_codes[N_TYPES]
    = { "step-theirs-host", "step-theirs-srflx", "step-theirs-prflx", "step-theirs-relay" };

/* TRUE when @candidate was not in the time line yet; it counts as told then. */
static gboolean
take_new (KithQuicLink *link, const KithCandidate *candidate)
{
  for (guint i = 0; i < link->told.n; i++) {
    if (kith_endpoint_is_same (&link->told.candidates[i].endpoint, &candidate->endpoint)) {
      return FALSE;
    }
  }
  if (link->told.n < G_N_ELEMENTS (link->told.candidates)) {
    link->told.candidates[link->told.n++] = *candidate;
  }
  return TRUE;
}

static void
add_type (KithQuicLink *link, const char *code, const char *addresses)
{
  if (*addresses != '\0') {
    kith_trace_tell_of (link->trace, KITH_TRACE_CANDIDATE, code, "addresses", addresses);
  }
}

/* One line for those of @type, or more if it would be a long one. */
static void
trace_type (KithQuicLink *link,
            gboolean theirs,
            guint8 type,
            const KithCandidate *candidates,
            guint n)
{
  const char *code = theirs ? their_codes[type] : our_codes[type];
  g_autoptr (GString) line = g_string_new (NULL);

  for (guint i = 0; i < n; i++) {
    if (candidates[i].type != type || !take_new (link, &candidates[i])) {
      continue;
    }
    g_autofree gchar *text = kith_endpoint_to_text (&candidates[i].endpoint);
    if (line->len > LONG_LINE) {
      add_type (link, code, line->str);
      g_string_truncate (line, 0);
    }
    g_string_append_printf (line, "%s%s", line->len > 0 ? ", " : "", text);
  }
  add_type (link, code, line->str);
}

void
kith_quic_link_trace_candidates (KithQuicLink *link,
                                 gboolean theirs,
                                 const KithCandidate *candidates,
                                 guint n)
{
  for (guint8 type = 0; link->trace != NULL && type < N_TYPES; type++) {
    trace_type (link, theirs, type, candidates, n);
  }
}

/* The agent that was made with the link, or the one in use. NULL: none is left. */
static KithIce *
get_agent (KithQuicLink *link)
{
  KithPath *path
      = link->paths != NULL ? kith_path_set_find (link->paths, KITH_PATH_FIRST, NULL) : NULL;

  if (path == NULL && link->paths != NULL) {
    path = kith_path_set_get_current (link->paths);
  }
  return path != NULL ? path->ice : NULL;
}

/* Checks go from each of our sockets and relays to each candidate of the peer (RFC 8445 section
   6.1.2.4). The pair of @from and @to is left out. */
static guint
list_tried (KithIce *ice, const KithEndpoint *from, const KithEndpoint *to, GString *text)
{
  KithCandidate ours[KITH_MAX_CANDIDATES];
  KithCandidate theirs[KITH_MAX_CANDIDATES];
  guint n_ours = kith_ice_get_candidates (ice, ours);
  guint n_theirs = kith_ice_get_remote (ice, theirs);
  guint n = 0;

  for (guint i = 0; i < n_ours * n_theirs; i++) {
    const KithCandidate *local = &ours[i / n_theirs];
    const KithCandidate *remote = &theirs[i % n_theirs];
    gboolean is_base = local->type == KITH_CANDIDATE_HOST || local->type == KITH_CANDIDATE_RELAY;
    if (!is_base || local->endpoint.family != remote->endpoint.family
        || (from != NULL && kith_endpoint_is_same (&local->endpoint, from)
            && kith_endpoint_is_same (&remote->endpoint, to))) {
      continue;
    }
    n++;
    if (text->len < LONG_LINE) {
      g_autofree gchar *here = kith_endpoint_to_text (&local->endpoint);
      g_autofree gchar *there = kith_endpoint_to_text (&remote->endpoint);
      g_string_append_printf (text, "%s%s → %s", n > 1 ? ", " : "", here, there);
    } else if (!g_str_has_suffix (text->str, " …")) {
      g_string_append (text, " …");
    }
  }
  return n;
}

void
kith_quic_link_trace_tried (KithQuicLink *link, gboolean missed)
{
  g_autoptr (GString) text = g_string_new (NULL);
  KithIce *ice = get_agent (link);
  KithCandidate local;
  KithCandidate remote;

  if (link->trace == NULL || ice == NULL) {
    return;
  }
  gboolean works = kith_ice_get_pair (ice, &local, &remote);
  KithEndpoint base = { 0 };
  gboolean is_direct = works && kith_ice_get_base (ice, &base);
  guint n = list_tried (ice,
                        is_direct ? &base
                        : works   ? &local.endpoint
                                  : NULL,
                        &remote.endpoint,
                        text);
  if (n > 0) {
    KithSaying *saying
        = kith_saying_new (works                               ? "step-pairs-unused"
                           : !missed                           ? "step-pairs-unneeded"
                           : link->phase == KITH_LINK_PHASE_UP ? "step-pairs-waiting"
                                                               : "step-pairs-unanswered");
    kith_saying_put_number (saying, "pairs", n);
    kith_saying_put (saying, "tried", text->str);
    kith_trace_say (link->trace, KITH_TRACE_PAIR, saying);
  }
}

void
kith_quic_link_trace_pair (KithQuicLink *link, KithPath *path)
{
  if (link->trace != NULL) {
    KithSaying *saying = kith_saying_new ("step-pair-works-after");
    kith_saying_put_time (saying, "took-ms", path->worked - path->made);
    kith_saying_put_saying (saying, "route", kith_path_say (path));
    kith_trace_say (link->trace, KITH_TRACE_PAIR, saying);
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
  g_autofree gchar *start = g_strndup (key, 8);
  KithSaying *saying = kith_saying_new ("step-handshake");
  kith_saying_put (saying, "key", start);
  kith_saying_put (saying, "device", link->peer.label);
  kith_trace_say (link->trace, KITH_TRACE_KEYS, saying);
  if (current != NULL) {
    kith_path_tell (link->trace, KITH_TRACE_PATH, "step-path-first", current);
  }
  kith_quic_link_trace_tried (link, TRUE);
}

void
kith_quic_link_trace_now (KithQuicLink *link)
{
  KithPath *current = kith_path_set_get_current (link->paths);
  KithCandidate list[KITH_MAX_CANDIDATES];
  KithIce *ice = get_agent (link);

  link->told.n = 0;
  if (link->hub->paths->turn != NULL) {
    kith_turn_trace (link->hub->paths->turn, link->trace);
  }
  if (ice != NULL) {
    kith_quic_link_trace_candidates (link, FALSE, list, kith_ice_get_candidates (ice, list));
    kith_quic_link_trace_candidates (link, TRUE, list, kith_ice_get_remote (ice, list));
  }
  if (current != NULL && current->ice != NULL) {
    kith_path_tell (link->trace, KITH_TRACE_PAIR, "step-pair-works", current);
  }
  gint64 up_us = MAX (kith_clock_wall (link->hub->clock) - link->up_us, 0);
  KithSaying *saying = kith_saying_new ("step-link-up");
  kith_saying_put_number (saying, "up-s", (guint)MIN (up_us / G_USEC_PER_SEC, G_MAXUINT));
  kith_saying_put_time (saying, "rtt-ms", (gint64)kith_quic_get_rtt_ms (link->quic) * 1000);
  kith_trace_say (link->trace, KITH_TRACE_PATH, saying);
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
  if (link->repair != NULL) {
    kith_path_repair_set_trace (link->repair, trace);
  }
}

void
kith_quic_link_end_attempt (KithQuicLink *link)
{
  link->told.attempt = link->trace;
  kith_quic_link_use_trace (link, NULL);
}
