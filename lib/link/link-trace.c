/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells in plain words what a link does, for the time line of a call. */
#include "link/link-private.h"

#include "base/clock.h"

#define N_TYPES 4
#define LONG_LINE 150 /* bytes of addresses after which no further one is put into a line */

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
add_type (KithQuicLink *link, const char *whose, guint8 type, const char *addresses)
{
  if (*addresses != '\0') {
    kith_trace_add (link->trace,
                    KITH_TRACE_CANDIDATE,
                    "%s: %s (%s)",
                    whose,
                    addresses,
                    whose[0] == 'O' ? type_word (type) : their_type_word (type));
  }
}

/* One line for those of @type, or more if it would be a long one. */
static void
trace_type (KithQuicLink *link,
            const char *whose,
            guint8 type,
            const KithCandidate *candidates,
            guint n)
{
  g_autoptr (GString) line = g_string_new (NULL);

  for (guint i = 0; i < n; i++) {
    if (candidates[i].type != type || !take_new (link, &candidates[i])) {
      continue;
    }
    g_autofree gchar *text = kith_endpoint_to_text (&candidates[i].endpoint);
    if (line->len > LONG_LINE) {
      add_type (link, whose, type, line->str);
      g_string_truncate (line, 0);
    }
    g_string_append_printf (line, "%s%s", line->len > 0 ? ", " : "", text);
  }
  add_type (link, whose, type, line->str);
}

void
kith_quic_link_trace_candidates (KithQuicLink *link,
                                 const char *whose,
                                 const KithCandidate *candidates,
                                 guint n)
{
  for (guint8 type = 0; link->trace != NULL && type < N_TYPES; type++) {
    trace_type (link, whose, type, candidates, n);
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
      g_string_append_printf (text, "%s%s to %s", n > 1 ? ", " : "", here, there);
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
    kith_trace_add (link->trace,
                    KITH_TRACE_PAIR,
                    works                               ? "%u other %s tried, not used: %s"
                    : !missed                           ? "%u more %s tried, not needed: %s"
                    : link->phase == KITH_LINK_PHASE_UP ? "%u %s tried, none answered so far: %s"
                                                        : "%u %s tried, none answered: %s",
                    n,
                    n == 1 ? "pair was" : "pairs were",
                    text->str);
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
    kith_quic_link_trace_candidates (link, "Ours", list, kith_ice_get_candidates (ice, list));
    kith_quic_link_trace_candidates (link, "Theirs", list, kith_ice_get_remote (ice, list));
  }
  if (current != NULL && current->ice != NULL) {
    g_autofree gchar *text = kith_path_to_text (current);
    kith_trace_add (link->trace, KITH_TRACE_PAIR, "A pair works: %s", text);
  }
  kith_trace_add (link->trace,
                  KITH_TRACE_PATH,
                  "The link has been up for %d s, round trip %u ms",
                  (int)((kith_clock_wall (link->hub->clock) - link->up_us) / G_USEC_PER_SEC),
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
