/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encodes and decodes the frames between kithd and kith-edge, with every bound checked on both
   sides. */
#include "edge/edge-frames.h"

#include <string.h>

#include "model/net/endpoint-wire.h"
#include "net/socket-mark.h"

/* A list's number of @len bytes, @least to @most. */
static void
put_count (KithWireWriter *w, guint n, gsize len, guint least, guint most)
{
  w->ok = w->ok && n >= least && n <= most;
  kith_wire_put_number (w, n, len);
}

static guint
get_count (KithWireReader *r, gsize len, guint least, guint most)
{
  const guint n = (guint)kith_wire_get_number (r, len);

  r->ok = r->ok && n >= least && n <= most;
  return r->ok ? n : 0;
}

static void
put_list (KithWireWriter *w, const KithEndpoint *list, guint n)
{
  for (guint i = 0; i < n && w->ok; i++) {
    w->ok = list[i].family != 0;
    kith_endpoint_put (w, &list[i]);
  }
}

static void
get_list (KithWireReader *r, KithEndpoint *list, guint n)
{
  for (guint i = 0; i < n && r->ok; i++) {
    kith_endpoint_get (r, &list[i], FALSE);
  }
}

static void
put_start (KithWireWriter *w, const KithEdgeStart *start)
{
  kith_wire_put_number (w, start->port, 2);
  kith_wire_put_number (w, start->plain_in ? 1 : 0, 1);
  put_count (w, start->strangers, 1, 0, KITH_EDGE_STRANGERS_REFUSE);
  kith_wire_put_number (w, start->max_connections, 2);
  kith_wire_put_number (w, start->max_connections_a_source, 2);
  put_count (w, start->dscp, 1, 0, KITH_DSCP_MAX);
  kith_wire_put (w, start->key, sizeof start->key);
  put_count (w, start->n_binds, 1, 1, KITH_EDGE_BINDS_MAX);
  put_list (w, start->binds, start->n_binds);
}

static void
get_start (KithWireReader *r, KithEdgeStart *start)
{
  start->port = (guint16)kith_wire_get_number (r, 2);
  start->plain_in = kith_wire_get_bool (r);
  start->strangers = (KithEdgeStrangers)get_count (r, 1, 0, KITH_EDGE_STRANGERS_REFUSE);
  start->max_connections = (guint16)kith_wire_get_number (r, 2);
  start->max_connections_a_source = (guint16)kith_wire_get_number (r, 2);
  start->dscp = (guint8)get_count (r, 1, 0, KITH_DSCP_MAX);
  kith_wire_get (r, start->key, sizeof start->key);
  start->n_binds = (guint8)get_count (r, 1, 1, KITH_EDGE_BINDS_MAX);
  get_list (r, start->binds, start->n_binds);
}

static void
put_trusted (KithWireWriter *w, const KithEdgeTrusted *trusted)
{
  put_count (w, trusted->n, 1, 0, KITH_EDGE_TRUSTED_MAX);
  for (guint i = 0; i < trusted->n && w->ok; i++) {
    w->ok = kith_ip_network_is_valid (&trusted->list[i]);
    put_list (w, &trusted->list[i].address, 1);
    kith_wire_put_number (w, trusted->list[i].prefix, 1);
  }
}

static void
get_trusted (KithWireReader *r, KithEdgeTrusted *trusted)
{
  trusted->n = (guint8)get_count (r, 1, 0, KITH_EDGE_TRUSTED_MAX);
  for (guint i = 0; i < trusted->n && r->ok; i++) {
    kith_endpoint_get (r, &trusted->list[i].address, FALSE);
    trusted->list[i].prefix = (guint16)kith_wire_get_number (r, 1);
    r->ok = r->ok && kith_ip_network_is_valid (&trusted->list[i]);
  }
}

static void
put_sockets (KithWireWriter *w, const KithEdgeSockets *sockets)
{
  put_count (w, sockets->n, 1, 0, KITH_EDGE_SOCKETS_MAX);
  for (guint i = 0; i < sockets->n && w->ok; i++) {
    put_count (w, sockets->list[i].protocol, 1, 0, KITH_EDGE_TCP);
    put_list (w, &sockets->list[i].address, 1);
    kith_wire_put_number (w, sockets->list[i].problem, 2);
  }
}

static void
get_sockets (KithWireReader *r, KithEdgeSockets *sockets)
{
  sockets->n = (guint8)get_count (r, 1, 0, KITH_EDGE_SOCKETS_MAX);
  for (guint i = 0; i < sockets->n && r->ok; i++) {
    sockets->list[i].protocol = (KithEdgeProtocol)get_count (r, 1, 0, KITH_EDGE_TCP);
    kith_endpoint_get (r, &sockets->list[i].address, FALSE);
    sockets->list[i].problem = (guint16)kith_wire_get_number (r, 2);
  }
}

static void
put_status (KithWireWriter *w, const KithEdgeStatus *status)
{
  kith_wire_put_number (w, status->memory_kib, 4);
  kith_wire_put_number (w, status->connections, 4);
  kith_wire_put_number (w, KITH_EDGE_N_COUNTS, 1);
  for (guint i = 0; i < KITH_EDGE_N_COUNTS; i++) {
    kith_wire_put_number (w, status->counts[i], 8);
  }
}

static void
get_status (KithWireReader *r, KithEdgeStatus *status)
{
  status->memory_kib = (guint32)kith_wire_get_number (r, 4);
  status->connections = (guint32)kith_wire_get_number (r, 4);
  (void)get_count (r, 1, KITH_EDGE_N_COUNTS, KITH_EDGE_N_COUNTS);
  for (guint i = 0; i < KITH_EDGE_N_COUNTS; i++) {
    status->counts[i] = kith_wire_get_number (r, 8);
  }
}

/* One of TLS's two texts. */
static void
put_pem (KithWireWriter *w, const gchar *text)
{
  const gsize len = strnlen (text, KITH_EDGE_PEM_MAX + 1);

  put_count (w, (guint)len, 2, 1, KITH_EDGE_PEM_MAX);
  kith_wire_put (w, text, len);
}

static void
get_pem (KithWireReader *r, gchar *text)
{
  const guint len = get_count (r, 2, 1, KITH_EDGE_PEM_MAX);

  kith_wire_get (r, text, len);
  text[len] = '\0';
  r->ok = r->ok && strlen (text) == len;
}

static void
put_tls (KithWireWriter *w, const KithEdgeTls *tls)
{
  put_count (w, tls->port, 2, 1, G_MAXUINT16);
  put_pem (w, tls->chain);
  put_pem (w, tls->key);
}

static void
get_tls (KithWireReader *r, KithEdgeTls *tls)
{
  tls->port = (guint16)get_count (r, 2, 1, G_MAXUINT16);
  get_pem (r, tls->chain);
  get_pem (r, tls->key);
}

static void
put_text (KithWireWriter *w, const KithEdgeText *text, gsize least)
{
  const gsize len = strnlen (text->text, sizeof text->text);

  w->ok = w->ok && len >= least && len <= KITH_EDGE_TEXT_MAX;
  kith_wire_put (w, text->text, len);
}

static void
get_text (KithWireReader *r, KithEdgeText *text, gsize least)
{
  r->ok = r->ok && r->left >= least && r->left <= KITH_EDGE_TEXT_MAX
          && memchr (r->at, '\0', r->left) == NULL;
  if (r->ok) {
    text->text[r->left] = '\0';
    kith_wire_get (r, text->text, r->left);
  }
}

/* LOG and FAILED. */
static void
put_said (KithWireWriter *w, const KithEdgeFrame *frame)
{
  if (frame->type == KITH_EDGE_LOG) {
    put_count (w, frame->text.level, 1, 0, KITH_EDGE_WARNING);
    kith_endpoint_put (w, &frame->text.who);
  }
  put_text (w, &frame->text, frame->type == KITH_EDGE_LOG ? 1 : 0);
}

/* Those about the set-up of phones. */
static void
put_about_setup (KithWireWriter *w, const KithEdgeFrame *frame)
{
  switch ((int)frame->type) {
  case KITH_EDGE_SETUP:
    kith_edge_put_setup (w, &frame->setup);
    return;
  case KITH_EDGE_DOCUMENT:
    kith_edge_put_document (w, &frame->document);
    return;
  case KITH_EDGE_SETUP_STATE:
    kith_edge_put_setup_state (w, &frame->setup_state);
    return;
  case KITH_EDGE_QUESTION:
    kith_edge_put_question (w, &frame->question);
    return;
  case KITH_EDGE_SEEK:
    kith_edge_put_seek (w, frame->seek_s);
    return;
  case KITH_EDGE_ADDRESS:
    kith_edge_put_setup_address (w, &frame->setup_address);
    return;
  case KITH_EDGE_SEEKER:
    kith_edge_put_seeker (w, &frame->seeker);
    return;
  default:
    w->ok = false;
  }
}

gsize
kith_edge_frame_encode (const KithEdgeFrame *frame, guint8 *out, gsize room)
{
  KithWireWriter w = kith_frame_begin (out, MIN (room, KITH_EDGE_FRAME_MAX), (guint8)frame->type);

  switch (frame->type) {
  case KITH_EDGE_START:
    put_start (&w, &frame->start);
    return kith_frame_end (&w, out);
  case KITH_EDGE_HOST:
  case KITH_EDGE_KNOWN:
    put_count (&w, frame->addresses.n, 2, 0, KITH_EDGE_ADDRESSES_MAX);
    put_list (&w, frame->addresses.list, frame->addresses.n);
    return kith_frame_end (&w, out);
  case KITH_EDGE_PING:
  case KITH_EDGE_QUIT:
    return kith_frame_end (&w, out);
  case KITH_EDGE_TLS:
    put_tls (&w, &frame->tls);
    return kith_frame_end (&w, out);
  case KITH_EDGE_READY:
  case KITH_EDGE_TLS_READY:
    put_sockets (&w, &frame->sockets);
    return kith_frame_end (&w, out);
  case KITH_EDGE_STATUS:
    put_status (&w, &frame->status);
    return kith_frame_end (&w, out);
  case KITH_EDGE_LOG:
  case KITH_EDGE_FAILED:
    put_said (&w, frame);
    return kith_frame_end (&w, out);
  case KITH_EDGE_PHONE:
    kith_edge_put_phone (&w, &frame->phone);
    return kith_frame_end (&w, out);
  case KITH_EDGE_PHONE_GONE:
    kith_edge_put_name (&w, frame->phone.name);
    return kith_frame_end (&w, out);
  case KITH_EDGE_BIND:
  case KITH_EDGE_BOUND:
    kith_edge_put_binding (&w, &frame->binding);
    return kith_frame_end (&w, out);
  case KITH_EDGE_UNBIND:
  case KITH_EDGE_UNBOUND:
    w.ok = w.ok && frame->binding.id > 0;
    kith_wire_put_number (&w, frame->binding.id, 4);
    return kith_frame_end (&w, out);
  case KITH_EDGE_OPEN:
    kith_edge_put_rules (&w, &frame->rules);
    return kith_frame_end (&w, out);
  case KITH_EDGE_ROLE:
    kith_edge_put_role (&w, frame->role);
    return kith_frame_end (&w, out);
  case KITH_EDGE_ROUTE:
    kith_edge_put_route (&w, &frame->route);
    return kith_frame_end (&w, out);
  case KITH_EDGE_CALL:
    kith_edge_put_call (&w, &frame->call);
    return kith_frame_end (&w, out);
  case KITH_EDGE_TRUSTED:
    put_trusted (&w, &frame->trusted);
    return kith_frame_end (&w, out);
  case KITH_EDGE_PHONE_STATE:
    kith_edge_put_report (&w, &frame->report);
    return kith_frame_end (&w, out);
  case KITH_EDGE_REACHED:
    kith_edge_put_reach (&w, &frame->reach);
    return kith_frame_end (&w, out);
  case KITH_EDGE_TRUNK:
    kith_edge_put_trunk (&w, &frame->trunk);
    return kith_frame_end (&w, out);
  case KITH_EDGE_TRUNK_GONE:
  case KITH_EDGE_TRUNK_RETRY:
    kith_edge_put_trunk_name (&w, frame->trunk.name);
    return kith_frame_end (&w, out);
  case KITH_EDGE_DIGEST:
    kith_edge_put_answer (&w, &frame->answer);
    return kith_frame_end (&w, out);
  case KITH_EDGE_TARGETS:
    kith_edge_put_targets (&w, &frame->targets);
    return kith_frame_end (&w, out);
  case KITH_EDGE_TRUNK_STATE:
    kith_edge_put_trunk_report (&w, &frame->line);
    return kith_frame_end (&w, out);
  case KITH_EDGE_ASK_DIGEST:
    kith_edge_put_challenge (&w, &frame->challenge);
    return kith_frame_end (&w, out);
  case KITH_EDGE_RESOLVE:
    kith_edge_put_resolve (&w, &frame->resolve);
    return kith_frame_end (&w, out);
  case KITH_EDGE_SETUP:
  case KITH_EDGE_DOCUMENT:
  case KITH_EDGE_SETUP_STATE:
  case KITH_EDGE_QUESTION:
  case KITH_EDGE_SEEK:
  case KITH_EDGE_ADDRESS:
  case KITH_EDGE_SEEKER:
    put_about_setup (&w, frame);
    return kith_frame_end (&w, out);
  }
  return 0;
}

static void
get_id (KithWireReader *r, KithEdgeBinding *binding)
{
  binding->id = (guint32)kith_wire_get_number (r, 4);
  r->ok = r->ok && binding->id > 0;
}

static void
get_order (KithWireReader *r, KithEdgeFrame *frame)
{
  switch ((int)frame->type) {
  case KITH_EDGE_START:
    get_start (r, &frame->start);
    return;
  case KITH_EDGE_HOST:
  case KITH_EDGE_KNOWN:
    frame->addresses.n = (guint16)get_count (r, 2, 0, KITH_EDGE_ADDRESSES_MAX);
    get_list (r, frame->addresses.list, frame->addresses.n);
    return;
  case KITH_EDGE_PING:
  case KITH_EDGE_QUIT:
    return;
  case KITH_EDGE_PHONE:
    kith_edge_get_phone (r, &frame->phone);
    return;
  case KITH_EDGE_PHONE_GONE:
    kith_edge_get_name (r, frame->phone.name);
    return;
  case KITH_EDGE_BIND:
    kith_edge_get_binding (r, &frame->binding);
    return;
  case KITH_EDGE_UNBIND:
    get_id (r, &frame->binding);
    return;
  case KITH_EDGE_OPEN:
    kith_edge_get_rules (r, &frame->rules);
    return;
  case KITH_EDGE_ROLE:
    frame->role = kith_edge_get_role (r);
    return;
  case KITH_EDGE_ROUTE:
    kith_edge_get_route (r, &frame->route);
    return;
  case KITH_EDGE_SETUP:
    kith_edge_get_setup (r, &frame->setup);
    return;
  case KITH_EDGE_DOCUMENT:
    kith_edge_get_document (r, &frame->document);
    return;
  case KITH_EDGE_SEEK:
    frame->seek_s = kith_edge_get_seek (r);
    return;
  case KITH_EDGE_ADDRESS:
    kith_edge_get_setup_address (r, &frame->setup_address);
    return;
  case KITH_EDGE_TRUSTED:
    get_trusted (r, &frame->trusted);
    return;
  case KITH_EDGE_TRUNK:
    kith_edge_get_trunk (r, &frame->trunk);
    return;
  case KITH_EDGE_TRUNK_GONE:
  case KITH_EDGE_TRUNK_RETRY:
    kith_edge_get_trunk_name (r, frame->trunk.name);
    return;
  case KITH_EDGE_DIGEST:
    kith_edge_get_answer (r, &frame->answer);
    return;
  case KITH_EDGE_TARGETS:
    kith_edge_get_targets (r, &frame->targets);
    return;
  case KITH_EDGE_TLS:
    get_tls (r, &frame->tls);
    return;
  default:
    r->ok = false;
  }
}

static void
get_fact (KithWireReader *r, KithEdgeFrame *frame)
{
  switch ((int)frame->type) {
  case KITH_EDGE_READY:
  case KITH_EDGE_TLS_READY:
    get_sockets (r, &frame->sockets);
    return;
  case KITH_EDGE_STATUS:
    get_status (r, &frame->status);
    return;
  case KITH_EDGE_LOG:
    frame->text.level = (KithEdgeLevel)get_count (r, 1, 0, KITH_EDGE_WARNING);
    kith_endpoint_get (r, &frame->text.who, TRUE);
    get_text (r, &frame->text, 1);
    return;
  case KITH_EDGE_FAILED:
    get_text (r, &frame->text, 0);
    return;
  case KITH_EDGE_BOUND:
    kith_edge_get_binding (r, &frame->binding);
    return;
  case KITH_EDGE_UNBOUND:
    get_id (r, &frame->binding);
    return;
  case KITH_EDGE_CALL:
    kith_edge_get_call (r, &frame->call);
    return;
  case KITH_EDGE_PHONE_STATE:
    kith_edge_get_report (r, &frame->report);
    return;
  case KITH_EDGE_REACHED:
    kith_edge_get_reach (r, &frame->reach);
    return;
  case KITH_EDGE_SETUP_STATE:
    kith_edge_get_setup_state (r, &frame->setup_state);
    return;
  case KITH_EDGE_QUESTION:
    kith_edge_get_question (r, &frame->question);
    return;
  case KITH_EDGE_TRUNK_STATE:
    kith_edge_get_trunk_report (r, &frame->line);
    return;
  case KITH_EDGE_ASK_DIGEST:
    kith_edge_get_challenge (r, &frame->challenge);
    return;
  case KITH_EDGE_RESOLVE:
    kith_edge_get_resolve (r, &frame->resolve);
    return;
  case KITH_EDGE_SEEKER:
    kith_edge_get_seeker (r, &frame->seeker);
    return;
  default:
    r->ok = false;
  }
}

gboolean
kith_edge_frame_decode (KithWireReader body, KithEdgeOrigin origin, KithEdgeFrame *frame)
{
  memset (frame, 0, sizeof *frame);
  frame->type = (KithEdgeFrameType)kith_wire_get_number (&body, 1);
  switch (origin) {
  case KITH_EDGE_FROM_KITHD:
    get_order (&body, frame);
    break;
  case KITH_EDGE_FROM_EDGE:
    get_fact (&body, frame);
    break;
  }
  return body.ok && body.left == 0;
}

const char *
kith_edge_count_word (KithEdgeCount count)
{
  switch (count) {
  case KITH_EDGE_N_TO_UA:
    return "to-user-agent";
  case KITH_EDGE_N_FROM_UA:
    return "from-user-agent";
  case KITH_EDGE_N_REPEATED:
    return "repeated";
  case KITH_EDGE_N_RETRANSMITTED:
    return "retransmitted";
  case KITH_EDGE_N_FLOOD:
    return "flood";
  case KITH_EDGE_N_UNREAD:
    return "unreadable";
  case KITH_EDGE_N_METHOD:
    return "method";
  case KITH_EDGE_N_STRANGER:
    return "stranger";
  case KITH_EDGE_N_NO_DIALOG:
    return "no-dialog";
  case KITH_EDGE_N_OTHER:
    return "other";
  case KITH_EDGE_N_BUSY:
    return "busy";
  case KITH_EDGE_N_TLS:
    return "tls";
  case KITH_EDGE_N_TLS_FAILED:
    return "tls-failed";
  case KITH_EDGE_N_CONNECTIONS:
    return "connections";
  case KITH_EDGE_N_COUNTS:
    break;
  }
  return "unknown";
}
