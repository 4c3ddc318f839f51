/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts are made and wired; bytes become messages. */
#include "edge/worker/front.h"

#include <errno.h>
#include <string.h>

#include "edge/edge-limits.h"
#include "edge/worker/front-private.h"
#include "model/sip/sip-splice.h"

/* The way of the user agent's request @lines. */
static gboolean
read_way (const KithSipLines *lines, KithWay *way)
{
  KithSipPiece value;

  memset (way, 0, sizeof *way);
  if (!kith_sip_lines_find (lines, KITH_SIP_VIA, &value)) {
    return FALSE;
  }
  g_autofree gchar *text = g_strndup (value.at, value.len);
  return kith_sip_way_parse (text, &way->to);
}

/* By which way the trunk is registered that @way names. What begins something goes by its
   Service-Route (RFC 3608). FALSE: by none now. */
static gboolean
find_trunk (KithFront *front, KithWay *way, KithClientsTarget *target)
{
  KithTrunkRegister *trunk = kith_trunk_watch_find (front->trunks, way->to.name);
  const KithWay *there = trunk != NULL ? kith_trunk_register_way (trunk) : NULL;

  if (there == NULL) {
    return FALSE;
  }
  if (way->to.peer.family == 0) {
    way->to.tcp = there->to.tcp;
    way->to.tls = there->to.tls;
    way->to.peer = there->to.peer;
    way->stream = there->stream;
    memcpy (way->own, there->own, sizeof way->own);
  }
  if (kith_sip_lines_tag (front->lines, KITH_HEADER_TO).len == 0) {
    target->route = kith_trunk_register_route (trunk);
  }
  return TRUE;
}

void
kith_front_note (KithFront *front,
                 KithEdgeCount which,
                 const KithEndpoint *who,
                 guint status,
                 const char *phrase)
{
  KithFrontTold *told = &front->told[which];
  gint64 now_us = kith_clock_now (front->clock);
  gchar text[KITH_EDGE_TEXT_MAX];

  front->counts[which]++;
  told->n++;
  if (who == NULL || (told->told_us > 0 && now_us - told->told_us < G_USEC_PER_SEC)) {
    return;
  }
  if (which == KITH_EDGE_N_FLOOD) {
    (void)g_snprintf (text, sizeof text, "too many requests: %u dropped", told->n);
  } else if (which == KITH_EDGE_N_TLS_FAILED) {
    (void)g_snprintf (text,
                      sizeof text,
                      "%u TLS connection(s) failed, the last: %s",
                      told->n,
                      phrase);
  } else {
    (void)g_snprintf (text,
                      sizeof text,
                      which == KITH_EDGE_N_UNREAD
                          ? "%u message(s) that are no SIP, the last with %u %s"
                          : "refused %u request(s) of strangers, the last with %u %s",
                      told->n,
                      status,
                      phrase);
  }
  told->told_us = now_us;
  told->n = 0;
  front->network->log (front->data,
                       which == KITH_EDGE_N_FLOOD ? KITH_EDGE_WARNING : KITH_EDGE_INFO,
                       who,
                       text);
}

int
kith_front_send (KithFront *front, KithWay *way, const char *text, gsize len)
{
  KithFlow *flow = NULL;

  if (!way->to.tcp) {
    return front->network->send (front->data, way, text, len);
  }
  flow = way->stream != 0 ? kith_flows_get (front->flows, way->stream)
                          : kith_flows_find (front->flows, &way->to);
  if (flow == NULL && way->stream == 0 && !way->to.tls) { /* whom would it believe? */
    guint32 stream = front->network->connect (front->data, way, NULL);
    if (stream != 0) {
      kith_flows_add (front->flows, stream, way);
      flow = kith_flows_get (front->flows, stream);
    }
  }
  if (flow == NULL) {
    return ECONNREFUSED;
  }
  way->stream = flow->stream;
  if (front->network->waiting (front->data, flow->stream) + len > KITH_EDGE_MAX_WAITING) {
    return ENOBUFS;
  }
  kith_flows_active (front->flows, flow);
  front->network->write (front->data, flow->stream, text, len);
  return 0;
}

static void
on_answer (gpointer data, const KithWay *way, const char *text, gsize len)
{
  KithWay to = *way;

  (void)kith_front_send (data, &to, text, len);
}

static int
on_request (gpointer data, KithWay *way, const char *text, gsize len)
{
  return kith_front_send (data, way, text, len);
}

static int
on_connect (gpointer data, KithWay *way, const KithTlsPeer *peer)
{
  KithFront *front = data;

  way->stream = front->network->connect (front->data, way, peer);
  if (way->stream == 0) {
    return ECONNREFUSED;
  }
  kith_flows_add (front->flows, way->stream, way);
  return 0;
}

static gboolean
on_own_address (gpointer data, const KithWay *way, KithEndpoint *own)
{
  KithFront *front = data;

  return front->network->own_address (front->data, way, own);
}

static void
on_made (gpointer data, const char *text, gsize len)
{
  KithFront *front = data;

  (void)front->network->to_user_agent (front->data, text, len);
}

static void
on_call (gpointer data, const KithWay *way, gboolean begins, guint status)
{
  KithFront *front = data;

  kith_flows_call (front->flows, way->stream, begins, status);
}

/* A connection that had its time, or makes room. */
static void
on_flow_over (gpointer data, guint32 stream)
{
  KithFront *front = data;

  front->network->close (front->data, stream);
  kith_servers_lost (front->servers, stream);
  kith_clients_lost (front->clients, stream, 503);
  kith_proxy_lost (front->proxy, stream);
  kith_edge_registrar_lost (front->registrar, stream);
  kith_trunk_watch_lost (front->trunks, stream);
}

static void
on_keep (gpointer data, guint32 stream)
{
  KithFront *front = data;
  KithFlow *flow = kith_flows_get (front->flows, stream);

  if (flow != NULL) {
    flow->registered = TRUE;
  }
}

static void
on_drop (gpointer data, guint32 stream)
{
  KithFront *front = data;

  if (kith_flows_get (front->flows, stream) != NULL) {
    kith_flows_remove (front->flows, stream);
    on_flow_over (front, stream);
  }
}

/* Trunks are no strangers. */
static void
tell_known (KithFront *front)
{
  KithEndpoint trunks[KITH_TRUNKS_MAX * (KITH_EDGE_TARGETS_MAX + KITH_TRUNK_SOURCES_MAX)];
  const guint n = kith_trunk_watch_sources (front->trunks, trunks, G_N_ELEMENTS (trunks));
  g_autofree guint64 *sources = g_new (guint64, front->known->n + n + 1);

  for (guint i = 0; i < n; i++) {
    sources[i] = kith_way_source (&trunks[i]);
  }
  for (guint i = 0; i < front->known->n; i++) {
    sources[n + i] = kith_way_source (&front->known->list[i]);
  }
  kith_admission_set_known (front->admission, sources, n + front->known->n);
}

static void
on_trunk_news (gpointer data, const KithEdgeFrame *frame)
{
  KithFront *front = data;

  front->network->tell (front->data, frame);
  if (frame->type == KITH_EDGE_TRUNK_STATE && front->trunks != NULL) {
    tell_known (front);
  }
}

static void
on_phone_news (const KithEdgeFrame *frame, gpointer user_data)
{
  KithFront *front = user_data;

  front->network->tell (front->data, frame);
}

static void
on_proxied_call (gpointer data, const KithProxiedCall *call)
{
  KithFront *front = data;
  g_autofree KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = KITH_EDGE_CALL;
  frame->call = *call;
  front->network->tell (front->data, frame);
}

KithFront *
kith_front_new (KithClock *clock,
                const KithEdgeStart *start,
                const KithNetwork *network,
                gpointer data)
{
  KithFront *front = g_new0 (KithFront, 1);
  const KithServersFuncs servers = { on_answer, on_call, front };
  const KithRegistrarFuncs phones = { on_phone_news, kith_front_ask_phone, kith_front_ping_phone };
  const KithClientsFuncs clients = { on_request, on_own_address, on_made, on_call, front };
  const KithProxyForkFuncs forks = kith_front_fork_funcs (front);
  const KithTrunkFuncs trunks
      = { on_request, on_connect, on_own_address, on_keep, on_drop, on_trunk_news, front };

  front->clock = g_object_ref (clock);
  front->started_us = kith_clock_now (clock);
  front->rules = *start;
  front->network = network;
  front->data = data;
  front->admission = kith_admission_new ();
  front->flows = kith_flows_new (clock, on_flow_over, front);
  if (start->max_connections > 0) {
    kith_flows_set_limits (front->flows, start->max_connections, start->max_connections_a_source);
  }
  front->servers = kith_servers_new (clock, front->rules.key, &servers);
  front->clients = kith_clients_new (clock, front->rules.key, &clients);
  front->proxy = kith_proxy_new (clock, &forks);
  front->quota = kith_phone_quota_new (clock);
  front->calls = kith_proxy_calls_new (clock, on_proxied_call, front);
  front->own = g_new0 (KithEdgeAddresses, 1);
  front->routes = g_array_new (FALSE, FALSE, sizeof (KithEdgeRoute));
  front->registrar = kith_edge_registrar_new (clock, front->rules.key, &phones, front);
  front->trunks = kith_trunk_watch_new (clock, front->rules.key, &trunks);
  front->known = g_new0 (KithEdgeAddresses, 1);
  kith_sip_scan_init (&front->datagram, FALSE);
  front->lines = g_new0 (KithSipLines, 1);
  front->out = g_string_new (NULL);
  return front;
}

void
kith_front_free (KithFront *front)
{
  if (front == NULL) {
    return;
  }
  kith_servers_free (front->servers);
  kith_clients_free (front->clients);
  kith_proxy_free (front->proxy);
  kith_phone_quota_free (front->quota);
  kith_proxy_calls_free (front->calls);
  g_free (front->own);
  g_array_unref (front->routes);
  kith_edge_registrar_free (front->registrar);
  kith_trunk_watch_free (front->trunks);
  g_free (front->known);
  kith_flows_free (front->flows);
  kith_admission_free (front->admission);
  kith_sip_scan_clear (&front->datagram);
  g_string_free (front->out, TRUE);
  g_free (front->lines);
  g_object_unref (front->clock);
  g_free (front);
}

void
kith_front_set_known (KithFront *front, const KithEdgeAddresses *known)
{
  *front->known = *known;
  tell_known (front);
}

void
kith_front_moved (KithFront *front)
{
  kith_trunk_watch_moved (front->trunks);
}

void
kith_front_quit (KithFront *front)
{
  kith_trunk_watch_stop (front->trunks);
}

void
kith_front_set_own (KithFront *front, const KithEdgeAddresses *own)
{
  *front->own = *own;
}

void
kith_front_set_trusted (KithFront *front, const KithEdgeTrusted *trusted)
{
  kith_admission_set_trusted (front->admission, trusted);
}

void
kith_front_order (KithFront *front, const KithEdgeFrame *frame)
{
  if (frame->type == KITH_EDGE_ROLE) {
    front->role = frame->role;
  } else if (frame->type != KITH_EDGE_ROUTE) {
    kith_edge_registrar_order (front->registrar, frame);
  } else if (front->routes->len < KITH_EDGE_ROUTES_MAX) {
    g_array_append_val (front->routes, frame->route);
  }
  kith_trunk_watch_order (front->trunks, frame);
}

gboolean
kith_front_may_read (KithFront *front, const KithWay *way)
{
  gboolean may
      = kith_admission_may_read (front->admission, &way->to.peer, kith_clock_now (front->clock));

  if (!may) {
    kith_front_note (front, KITH_EDGE_N_FLOOD, &way->to.peer, 0, NULL);
  }
  return may;
}

void
kith_front_datagram (KithFront *front, const KithWay *way, const guint8 *data, gsize len)
{
  const KithArrival arrival = { .way = way, .scan = &front->datagram, .bytes = len };

  if (kith_front_stun (front, way, data, len)) {
    return;
  }
  switch (kith_sip_scan_run (&front->datagram, data, len)) {
  case KITH_SIP_SCAN_PASS:
    kith_front_arrive (front, &arrival);
    break;
  case KITH_SIP_SCAN_REFUSE:
    kith_front_unread (front, &arrival);
    break;
  case KITH_SIP_SCAN_IDLE:
    if (arrival.scan->ping) {
      kith_front_pong (front, way);
    }
    break;
  case KITH_SIP_SCAN_MORE:
  case KITH_SIP_SCAN_BREAK:
    break;
  }
}

gboolean
kith_front_accept (KithFront *front, guint32 stream, const KithWay *way)
{
  return kith_flows_accept (front->flows, stream, way);
}

/* The next message of the stream. FALSE: there is none, or none any more. */
static gboolean
take_message (KithFront *front, KithFlow *flow)
{
  const KithArrival arrival = { .way = &flow->way, .scan = kith_sip_stream_scan (flow->in) };
  guint32 stream = flow->stream;

  switch (kith_sip_stream_next (flow->in)) {
  case KITH_SIP_SCAN_PASS:
    kith_front_arrive (front, &arrival);
    break;
  case KITH_SIP_SCAN_IDLE:
    if (arrival.scan->ping) {
      front->network->write (front->data, stream, "\r\n", 2);
    } else {
      kith_trunk_watch_pong (front->trunks, stream);
    }
    break;
  case KITH_SIP_SCAN_REFUSE:
    kith_front_unread (front, &arrival);
    break;
  case KITH_SIP_SCAN_BREAK:
    kith_front_unread (front, &arrival);
    kith_flows_remove (front->flows, stream);
    on_flow_over (front, stream);
    return FALSE;
  case KITH_SIP_SCAN_MORE:
    return FALSE;
  }
  return kith_flows_get (front->flows, stream) == flow;
}

void
kith_front_bytes (KithFront *front, guint32 stream, const guint8 *data, gsize len)
{
  KithFlow *flow = kith_flows_get (front->flows, stream);

  if (flow == NULL) {
    return;
  }
  kith_sip_stream_push (flow->in, data, len);
  while (take_message (front, flow)) {
  }
  flow = kith_flows_get (front->flows, stream);
  if (flow != NULL) {
    kith_sip_stream_rest (flow->in);
  }
}

gboolean
kith_front_ended (KithFront *front, guint32 stream)
{
  return kith_servers_owe (front->servers, stream);
}

void
kith_front_closed (KithFront *front, guint32 stream)
{
  const KithFlow *flow = kith_flows_get (front->flows, stream);
  /* a phone's (RFC 5626 section 5.3), or one that could not be made */
  const guint status = flow != NULL && flow->registered ? 430 : 503;

  kith_flows_remove (front->flows, stream);
  kith_servers_lost (front->servers, stream);
  kith_clients_lost (front->clients, stream, status);
  kith_proxy_lost (front->proxy, stream);
  kith_edge_registrar_lost (front->registrar, stream);
  kith_trunk_watch_lost (front->trunks, stream);
}

void
kith_front_shaken (KithFront *front)
{
  front->counts[KITH_EDGE_N_TLS]++;
}

void
kith_front_distrusted (KithFront *front, guint32 stream, const KithEndpoint *peer, const char *why)
{
  kith_front_note (front, KITH_EDGE_N_TLS_FAILED, peer, 0, why);
  kith_trunk_watch_distrusted (front->trunks, stream, why);
}

void
kith_front_refused (KithFront *front, const KithEndpoint *peer)
{
  kith_clients_refused (front->clients, peer);
  kith_proxy_refused (front->proxy, peer);
  kith_trunk_watch_refused (front->trunks, peer);
}

/* Where a response goes whose request came before this edge was started: as its Via says, in which
   the edge before wrote from where it came. */
static gboolean
read_via (const KithSipLines *lines, KithWay *way)
{
  KithSipVia via;
  gchar host[64];

  memset (way, 0, sizeof *way);
  if (!kith_sip_lines_via (lines, 1, &via) || via.received.len == 0
      || via.received.len >= sizeof host) {
    return FALSE;
  }
  (void)g_snprintf (host,
                    sizeof host,
                    memchr (via.received.at, ':', via.received.len) != NULL ? "[%.*s]:%u"
                                                                            : "%.*s:%u",
                    KITH_SIP_PIECE (via.received),
                    via.rport != 0 ? via.rport : 5060);
  way->to.tls = kith_sip_piece_is (via.transport, "TLS");
  way->to.tcp = way->to.tls || kith_sip_piece_is (via.transport, "TCP");
  return kith_endpoint_parse (host, &way->to.peer);
}

static void
answer (KithFront *front)
{
  const KithSipEdit edit = { .pop_via = TRUE };
  gchar mark[KITH_EDGE_MARK + 1];
  KithSipVia via;
  KithWay way;

  if (!kith_sip_lines_via (front->lines, 0, &via) || !kith_branch_read_inward (via.branch, mark)) {
    return;
  }
  (void)kith_sip_splice (front->lines, &edit, front->out);
  if (!kith_servers_answer (front->servers,
                            front->lines->method,
                            mark,
                            front->lines->status,
                            front->out)
      && read_via (front->lines, &way)
      && (!way.to.tcp || kith_flows_find (front->flows, &way.to) != NULL)) {
    (void)kith_front_send (front, &way, front->out->str, front->out->len);
  }
}

/* The user agent hangs up: the connection that brought the call need not stay for it. */
static void
note_end (KithFront *front, const KithWay *way)
{
  KithFlow *flow = way->to.tcp && kith_sip_piece_is (front->lines->method, "BYE")
                       ? kith_flows_find (front->flows, &way->to)
                       : NULL;

  if (flow != NULL && flow->calls > 0) {
    flow->calls--;
  }
}

void
kith_front_from_user_agent (KithFront *front, const char *text, gsize len)
{
  KithClientsTarget target = { 0 };
  KithWay way;

  front->counts[KITH_EDGE_N_FROM_UA]++;
  if (!kith_sip_lines_read (front->lines, text, len)) {
    return;
  }
  if (front->lines->status != 0) {
    answer (front);
  } else if (read_way (front->lines, &way)) {
    if (way.to.kind == KITH_SIP_WAY_TRUNK && !find_trunk (front, &way, &target)) {
      kith_clients_refuse (front->clients, front->lines, 480);
      return;
    }
    if (way.to.kind != KITH_SIP_WAY_TRUNK && kith_front_proxy_own (front, &way)) {
      return;
    }
    note_end (front, &way);
    kith_clients_send (front->clients, front->lines, &way, &target);
  } else {
    kith_clients_refuse (front->clients, front->lines, 503);
  }
}

gboolean
kith_front_waits (KithFront *front)
{
  return kith_clients_wait (front->clients) || kith_proxy_waits (front->proxy)
         || kith_trunk_watch_waits (front->trunks);
}

void
kith_front_get_status (KithFront *front, KithEdgeStatus *status)
{
  memset (status, 0, sizeof *status);
  front->counts[KITH_EDGE_N_REPEATED] = kith_servers_repeated (front->servers);
  front->counts[KITH_EDGE_N_RETRANSMITTED]
      = kith_clients_repeated (front->clients) + kith_proxy_repeated (front->proxy);
  front->counts[KITH_EDGE_N_CONNECTIONS] = kith_flows_refused (front->flows);
  status->connections = kith_flows_count (front->flows);
  memcpy (status->counts, front->counts, sizeof status->counts);
}
