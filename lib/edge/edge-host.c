/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells kith-edge what it has to know at each start, and keeps what it says of itself. */
#include "edge/edge-host-private.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "net/own-addresses.h"
#include "net/port-holder.h"
#include "worker/worker-host.h"

#define LOG "edge"
#define MAX_CONNECTIONS 256 /* accepted TCP connections */
#define MAX_CONNECTIONS_A_SOURCE 16
#define AGAIN_MS 100 /* before it is started again, when it does not die often */
#define ENDS_KEPT 8
#define LATELY_US (60 * G_USEC_PER_SEC) /* ends that are not longer ago are told */
#define LOG_LINES_A_SECOND 20

struct _KithEdgeHost {
  GObject parent_instance;
  KithClock *clock; /* (unowned) */
  KithWorkerHost *worker;
  KithEdgeOwner owner;
  KithEdgeStart start; /* as it is configured */
  KithEdgeRole role;
  GArray *routes; /* of KithEdgeRoute */
  KithEdgeTrusted trusted;
  gchar *program;
  gchar *bind;
  KithEdgeState state;
  gboolean is_up; /* there was a process since the last end */
  guint16 port;   /* the last one that was served */
  int error_number;
  gchar *problem;
  guint64 holder; /* the socket in the way of a port, see kith_port_holder() */
  gchar *last_end;
  gint64 ends_us[ENDS_KEPT]; /* the latest first; 0: none */
  KithEdgeStatus status;
  KithEdgeFrame *tls; /* the TLS frame, or NULL: none yet */
  guint16 tls_port;   /* that is served; 0: none */
  gchar *tls_problem;
  GBytes *known; /* the KNOWN frame that was sent last, or NULL */
  GNetworkMonitor *monitor;
  gint64 log_second; /* lines are counted in it */
  guint n_log_lines;
  gboolean may_end; /* it is about to be stopped */
  GTask *stopping;
};

static void kith_edge_host_edge_init (KithEdgeInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (
    KithEdgeHost,
    kith_edge_host,
    G_TYPE_OBJECT,
    G_IMPLEMENT_INTERFACE (KITH_TYPE_EDGE, kith_edge_host_edge_init)
        G_IMPLEMENT_INTERFACE (KITH_TYPE_REGISTRAR, kith_edge_host_registrar_init)
            G_IMPLEMENT_INTERFACE (KITH_TYPE_SETUP_DESK, kith_edge_host_setup_init)
                G_IMPLEMENT_INTERFACE (KITH_TYPE_TRUNK_LINES, kith_edge_host_trunks_init))

/* State: one door */

/* @port: 0: none is served; @problem: (transfer full) (nullable). */
static void
change_state (KithEdgeHost *self, KithEdgeEvent event, guint16 port, gchar *problem)
{
  g_autofree gchar *before = g_steal_pointer (&self->problem);
  const guint16 old_port = self->port;
  const KithEdgeState old = self->state;

  self->problem = problem;
  if (!kith_edge_state_next (old, event, &self->state)) {
    self->problem = g_steal_pointer (&before);
    g_free (problem);
    return;
  }
  self->port = port;
  if (self->state != old) {
    kith_info (LOG,
               "%s -> %s%s%s%s",
               kith_edge_state_word (old),
               kith_edge_state_word (self->state),
               problem != NULL ? " (" : "",
               problem != NULL ? problem : "",
               problem != NULL ? ")" : "");
  }
  if (self->state != old || port != old_port || g_strcmp0 (problem, before) != 0) {
    g_signal_emit_by_name (self, "changed");
  }
}

/* What it is told */

gboolean
kith_edge_host_is_up (KithEdgeHost *self)
{
  return self->is_up;
}

guint
kith_edge_host_run (KithEdgeHost *self)
{
  return kith_worker_host_get_restarts (self->worker);
}

void
kith_edge_host_send (KithEdgeHost *self, const KithEdgeFrame *frame)
{
  g_autofree guint8 *bytes = g_malloc (KITH_EDGE_FRAME_MAX);

  kith_worker_host_send (self->worker,
                         bytes,
                         kith_edge_frame_encode (frame, bytes, KITH_EDGE_FRAME_MAX));
  explicit_bzero (bytes, KITH_EDGE_FRAME_MAX); /* it may have had a secret */
}

static void
send_host (KithEdgeHost *self)
{
  g_autofree KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = KITH_EDGE_HOST;
  frame->addresses.n = (guint16)kith_own_addresses (frame->addresses.list, KITH_EDGE_ADDRESSES_MAX);
  kith_edge_host_send (self, frame);
}

/* @always: also what was told to this process, or to none yet. */
static void
send_known (KithEdgeHost *self, gboolean always)
{
  g_autofree KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = KITH_EDGE_KNOWN;
  frame->addresses.n = (guint16)self->owner.list_known (frame->addresses.list,
                                                        KITH_EDGE_ADDRESSES_MAX,
                                                        self->owner.user_data);
  g_autoptr (GBytes) known
      = g_bytes_new (frame->addresses.list, frame->addresses.n * sizeof *frame->addresses.list);
  if (always || self->known == NULL || !g_bytes_equal (known, self->known)) {
    g_clear_pointer (&self->known, g_bytes_unref);
    self->known = g_steal_pointer (&known);
    kith_edge_host_send (self, frame);
  }
}

static void
on_network_changed (GNetworkMonitor *monitor, gboolean available, KithEdgeHost *self)
{
  if (self->is_up) {
    send_host (self);
  }
}

static int
on_take_fd (gpointer owner)
{
  KithEdgeHost *self = owner;
  g_autoptr (GError) error = NULL;
  const int fd = self->owner.open_stream (self->owner.user_data, &error);

  if (fd < 0) {
    kith_warning (LOG, "no stream for kith-edge: %s", error != NULL ? error->message : "not now");
  }
  return fd;
}

/* What it is to do for phones, and for other domains. */
static void
send_roles (KithEdgeHost *self)
{
  g_autofree KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = KITH_EDGE_ROLE;
  frame->role = self->role;
  kith_edge_host_send (self, frame);
  for (guint i = 0; i < self->routes->len; i++) {
    frame->type = KITH_EDGE_ROUTE;
    frame->route = g_array_index (self->routes, KithEdgeRoute, i);
    kith_edge_host_send (self, frame);
  }
}

static void
on_started (gpointer owner)
{
  KithEdgeHost *self = owner;
  g_autofree KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  self->is_up = TRUE;
  memset (&self->status, 0, sizeof self->status);
  frame->type = KITH_EDGE_START;
  frame->start = self->start;
  frame->start.port = self->port != 0 ? self->port : self->start.port;
  kith_edge_host_send (self, frame);
  send_host (self);
  send_known (self, TRUE);
  send_roles (self);
  frame->type = KITH_EDGE_TRUSTED;
  frame->trusted = self->trusted;
  kith_edge_host_send (self, frame);
  if (self->tls != NULL) {
    kith_edge_host_send (self, self->tls);
  }
  change_state (self, KITH_EDGE_EVENT_START, self->port, NULL);
  kith_registrar_tell_fresh (KITH_REGISTRAR (self));
  kith_setup_desk_tell_ready (KITH_SETUP_DESK (self));
  kith_trunk_lines_tell_fresh (KITH_TRUNK_LINES (self));
}

/* What it says */

static gchar *
host_text (const KithEndpoint *endpoint)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_bytes (
      endpoint->ip,
      endpoint->family == 4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);

  return g_inet_address_to_string (address);
}

/* A kernel without this family, or with it switched off: of two families the other one is
   served. */
static gboolean
is_family_missing (int problem)
{
  return problem == EAFNOSUPPORT || problem == EADDRNOTAVAIL;
}

/* What is wrong with @socket, for people; what was said before stays while the same socket is in
   the way. (transfer full) */
static gchar *
tell_why (KithEdgeHost *self, const KithEdgeSocket *socket)
{
  g_autofree gchar *text = host_text (&socket->address);
  const guint port = socket->address.port;

  if (socket->problem == EADDRINUSE) {
    g_autofree gchar *holder = kith_port_holder (text, (guint16)port, &self->holder);
    return holder != NULL || self->problem == NULL
               ? g_strdup_printf ("port %u is taken by %s",
                                  port,
                                  holder != NULL ? holder : "another program")
               : g_strdup (self->problem);
  }
  self->holder = 0;
  if (socket->problem == EADDRNOTAVAIL) {
    return g_strdup_printf ("port %u cannot be served at %s, which is no address of this host now",
                            port,
                            text);
  }
  return g_strdup_printf ("port %u cannot be served at %s: %s",
                          port,
                          text,
                          g_strerror (socket->problem));
}

/* (transfer full) */
static gchar *
tell_tls_problem (const KithEdgeSocket *socket)
{
  g_autofree gchar *text = host_text (&socket->address);
  const guint port = socket->address.port;
  guint64 holder = 0;

  if (socket->problem == EADDRINUSE) {
    g_autofree gchar *name = kith_port_holder (text, (guint16)port, &holder);
    return g_strdup_printf ("port %u is taken by %s",
                            port,
                            name != NULL ? name : "another program");
  }
  return g_strdup_printf ("port %u cannot be served at %s: %s",
                          port,
                          text,
                          g_strerror (socket->problem));
}

static void
on_ready (KithEdgeHost *self, const KithEdgeSockets *sockets)
{
  const KithEdgeSocket *bad = NULL;
  const KithEdgeSocket *good = NULL;

  for (guint i = 0; i < sockets->n; i++) {
    const KithEdgeSocket *socket = &sockets->list[i];
    if (socket->problem == 0) {
      good = socket;
    } else if (bad == NULL || is_family_missing (bad->problem)) {
      bad = socket;
    }
  }
  if (good != NULL && (bad == NULL || is_family_missing (bad->problem))) {
    if (self->state != KITH_EDGE_SERVING) {
      kith_info ("sip", "serving %s port %u", self->bind, good->address.port);
    }
    self->error_number = 0;
    self->holder = 0;
    change_state (self, KITH_EDGE_EVENT_OPEN, good->address.port, NULL);
    return;
  }
  g_autofree gchar *why
      = bad != NULL ? tell_why (self, bad) : g_strdup ("there is no address to serve");
  if (g_strcmp0 (why, self->problem) != 0) {
    kith_warning ("sip",
                  "%s: ordinary SIP does not work, calls by name do. It is tried again, at the "
                  "latest every 30 s; or choose another port or address in [sip]",
                  why);
  }
  self->error_number = bad != NULL ? bad->problem : EADDRNOTAVAIL;
  change_state (self, KITH_EDGE_EVENT_TAKEN, 0, g_steal_pointer (&why));
}

/* The port of SIP over TLS: what is in its way is no reason not to serve the other one. */
static void
on_tls_ready (KithEdgeHost *self, const KithEdgeSockets *sockets)
{
  const KithEdgeSocket *bad = NULL;
  guint16 port = 0;

  for (guint i = 0; i < sockets->n; i++) {
    const KithEdgeSocket *socket = &sockets->list[i];
    port = socket->problem == 0 ? socket->address.port : port;
    bad = socket->problem != 0 && !is_family_missing (socket->problem) ? socket : bad;
  }
  g_autofree gchar *why = bad != NULL ? tell_tls_problem (bad) : NULL;
  if (why != NULL && g_strcmp0 (why, self->tls_problem) != 0) {
    kith_warning ("sip",
                  "%s: phones cannot use TLS, all else works. It is tried again, at the latest "
                  "every 30 s; or choose another port with tls-port in [sip]",
                  why);
  } else if (port != 0 && port != self->tls_port) {
    kith_info ("sip", "serving TLS at port %u", port);
  }
  const gboolean is_news = port != self->tls_port || g_strcmp0 (why, self->tls_problem) != 0;
  self->tls_port = port;
  g_free (self->tls_problem);
  self->tls_problem = g_steal_pointer (&why);
  if (is_news) {
    g_signal_emit_by_name (self, "changed");
  }
}

/* A worker may say what it likes, and as often: not all of it stands in the log. */
static void
on_log (KithEdgeHost *self, const KithEdgeText *said)
{
  static const GLogLevelFlags levels[] = { [KITH_EDGE_DEBUG] = G_LOG_LEVEL_DEBUG,
                                           [KITH_EDGE_INFO] = G_LOG_LEVEL_INFO,
                                           [KITH_EDGE_WARNING] = G_LOG_LEVEL_WARNING };
  const gint64 second = kith_clock_now (self->clock) / G_USEC_PER_SEC;
  g_autofree gchar *who
      = said->who.family != 0 ? kith_endpoint_to_text (&said->who) : g_strdup ("");

  self->n_log_lines = second == self->log_second ? self->n_log_lines + 1 : 1;
  self->log_second = second;
  if (self->n_log_lines <= LOG_LINES_A_SECOND) {
    kith_log (levels[said->level],
              "sip",
              "%s%s%s",
              said->text,
              *who != '\0' ? ": " : "",
              *who != '\0' ? kith_personal (who) : "");
  }
}

static gboolean
on_frame (KithWireReader body, gpointer owner)
{
  g_autoptr (KithEdgeHost) self = g_object_ref (owner);
  g_autofree KithEdgeFrame *frame = g_new (KithEdgeFrame, 1);

  if (!kith_edge_frame_decode (body, KITH_EDGE_FROM_EDGE, frame)) {
    return FALSE;
  }
  switch (frame->type) {
  case KITH_EDGE_READY:
    on_ready (self, &frame->sockets);
    return TRUE;
  case KITH_EDGE_TLS_READY:
    on_tls_ready (self, &frame->sockets);
    return TRUE;
  case KITH_EDGE_STATUS:
    self->status = frame->status;
    send_known (self, FALSE);
    return TRUE;
  case KITH_EDGE_LOG:
    on_log (self, &frame->text);
    return TRUE;
  case KITH_EDGE_FAILED: {
    g_autofree gchar *why = g_strdup_printf ("gave up: %s", frame->text.text);
    kith_worker_host_set_why (self->worker, why);
    return TRUE;
  }
  case KITH_EDGE_CALL:
    kith_edge_tell_call (KITH_EDGE (self), &frame->call);
    return TRUE;
  case KITH_EDGE_BOUND:
  case KITH_EDGE_UNBOUND:
  case KITH_EDGE_PHONE_STATE:
  case KITH_EDGE_REACHED:
    return kith_edge_host_hear (self, frame);
  case KITH_EDGE_SETUP_STATE:
  case KITH_EDGE_QUESTION:
  case KITH_EDGE_SEEKER:
    kith_edge_host_hear_setup (self, frame);
    return TRUE;
  case KITH_EDGE_TRUNK_STATE:
  case KITH_EDGE_ASK_DIGEST:
  case KITH_EDGE_RESOLVE:
    return kith_edge_host_hear_trunk (self, frame);
  case KITH_EDGE_START:
  case KITH_EDGE_HOST:
  case KITH_EDGE_KNOWN:
  case KITH_EDGE_PING:
  case KITH_EDGE_QUIT:
  case KITH_EDGE_PHONE:
  case KITH_EDGE_PHONE_GONE:
  case KITH_EDGE_BIND:
  case KITH_EDGE_UNBIND:
  case KITH_EDGE_OPEN:
  case KITH_EDGE_ROLE:
  case KITH_EDGE_ROUTE:
  case KITH_EDGE_SETUP:
  case KITH_EDGE_DOCUMENT:
  case KITH_EDGE_SEEK:
  case KITH_EDGE_ADDRESS:
  case KITH_EDGE_TRUSTED:
  case KITH_EDGE_TRUNK:
  case KITH_EDGE_TRUNK_GONE:
  case KITH_EDGE_TRUNK_RETRY:
  case KITH_EDGE_DIGEST:
  case KITH_EDGE_TARGETS:
  case KITH_EDGE_TLS:
    return FALSE; /* the decoder lets none of these through */
  }
  return FALSE;
}

static void
finish_stop (KithEdgeHost *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->stopping);

  g_task_return_boolean (task, TRUE);
}

static void
on_ended (const char *why, gpointer owner)
{
  g_autoptr (KithEdgeHost) self = g_object_ref (owner);

  if (self->stopping != NULL) {
    self->is_up = FALSE;
    finish_stop (self);
    return;
  }
  if (self->may_end) {
    self->is_up = FALSE;
    return;
  }
  if (!self->is_up) {
    change_state (self,
                  KITH_EDGE_EVENT_MISSING,
                  0,
                  g_file_test (self->program, G_FILE_TEST_EXISTS)
                      ? g_strdup_printf ("kith-edge %s", why)
                      : g_strdup_printf ("there is no %s", self->program));
    return;
  }
  self->is_up = FALSE;
  memmove (self->ends_us + 1, self->ends_us, sizeof self->ends_us - sizeof *self->ends_us);
  self->ends_us[0] = kith_clock_now (self->clock);
  g_free (self->last_end);
  self->last_end = g_strdup (why);
  /* it is back at once: who calls meanwhile waits for it in the stream */
  change_state (self,
                KITH_EDGE_EVENT_END,
                self->port,
                g_strdup_printf ("kith-edge %s, and is started again", why));
}

static const KithWorkerKind kind = {
  .log = LOG,
  .name = "kith-edge",
  .remedy = "ordinary SIP does not work, calls by name do: install Kith completely, kith-edge "
            "belongs beside kith-dht",
  .again_ms = AGAIN_MS,
  .frame_max = KITH_EDGE_FRAME_MAX,
  .ping = KITH_EDGE_PING,
  .quit = KITH_EDGE_QUIT,
  .take_fd = on_take_fd,
  .started = on_started,
  .frame = on_frame,
  .ended = on_ended,
};

/* The interface */

static void
kith_edge_host_start (KithEdge *edge, const KithEdgeOwner *owner)
{
  KithEdgeHost *self = KITH_HOSTED_EDGE (edge);

  if (self->state != KITH_EDGE_OFF || self->stopping != NULL) {
    return;
  }
  self->owner = *owner;
  self->monitor = g_object_ref (g_network_monitor_get_default ());
  g_signal_connect (self->monitor, "network-changed", G_CALLBACK (on_network_changed), self);
  change_state (self, KITH_EDGE_EVENT_START, self->port, NULL);
  kith_worker_host_start (self->worker);
}

static void
kith_edge_host_let_end (KithEdge *edge)
{
  KithEdgeHost *self = KITH_HOSTED_EDGE (edge);

  self->may_end = TRUE;
  kith_worker_host_let_end (self->worker);
}

static void
forget_monitor (KithEdgeHost *self)
{
  if (self->monitor != NULL) {
    g_signal_handlers_disconnect_by_data (self->monitor, self);
    g_clear_object (&self->monitor);
  }
}

static void
kith_edge_host_stop_async (KithEdge *edge,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  KithEdgeHost *self = KITH_HOSTED_EDGE (edge);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_check_cancellable (task, FALSE);
  if (self->stopping != NULL) {
    g_task_return_new_error (task, KITH_ERROR, KITH_ERROR_IN_PROGRESS, "The edge is stopping");
    return;
  }
  self->stopping = g_steal_pointer (&task);
  forget_monitor (self);
  kith_worker_host_stop (self->worker);
  change_state (self, KITH_EDGE_EVENT_STOP, 0, NULL);
  if (!kith_worker_host_is_running (self->worker)) {
    finish_stop (self);
  }
}

static gboolean
kith_edge_host_stop_finish (KithEdge *edge, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, edge), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
kith_edge_host_get_facts (KithEdge *edge, KithEdgeFacts *facts)
{
  KithEdgeHost *self = KITH_HOSTED_EDGE (edge);
  const gint64 since_us = kith_clock_now (self->clock) - LATELY_US;

  *facts = (KithEdgeFacts){
    .state = self->state,
    .port = self->port,
    .error_number = self->state == KITH_EDGE_BLOCKED ? self->error_number : 0,
    .problem = self->problem,
    .tls_port = self->is_up ? self->tls_port : 0,
    .tls_problem = self->tls_problem,
    .last_end = self->last_end,
    .ended_us = self->ends_us[0],
    .restarts = kith_worker_host_get_restarts (self->worker),
    .pid = kith_worker_host_get_pid (self->worker),
  };
  for (guint i = 0; i < ENDS_KEPT; i++) {
    facts->n_ends_lately += self->ends_us[i] != 0 && self->ends_us[i] >= since_us;
  }
}

/* (transfer full) */
static KithEdgeFrame *
make_tls (guint16 port, const char *chain, const char *key)
{
  KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = KITH_EDGE_TLS;
  frame->tls.port = port;
  (void)g_strlcpy (frame->tls.chain, chain, sizeof frame->tls.chain);
  (void)g_strlcpy (frame->tls.key, key, sizeof frame->tls.key);
  return frame;
}

static void
forget_tls (KithEdgeHost *self)
{
  if (self->tls != NULL) {
    explicit_bzero (self->tls, sizeof *self->tls);
    g_clear_pointer (&self->tls, g_free);
  }
}

static void
kith_edge_host_set_tls (KithEdge *edge, guint16 port, const char *chain, const char *key)
{
  KithEdgeHost *self = KITH_HOSTED_EDGE (edge);

  forget_tls (self);
  self->tls = make_tls (port, chain, key);
  if (self->is_up) {
    kith_edge_host_send (self, self->tls);
  }
}

static GVariant *
kith_edge_host_get_status (KithEdge *edge)
{
  KithEdgeHost *self = KITH_HOSTED_EDGE (edge);
  const KithEdgeStatus *status = &self->status;
  g_auto (GVariantDict) row = G_VARIANT_DICT_INIT (NULL);
  g_auto (GVariantBuilder) counts = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{st}"));

  for (guint i = 0; i < KITH_EDGE_N_COUNTS; i++) {
    g_variant_builder_add (&counts,
                           "{st}",
                           kith_edge_count_word ((KithEdgeCount)i),
                           status->counts[i]);
  }
  g_variant_dict_insert (&row, "name", "s", "kith-edge");
  g_variant_dict_insert (&row, "state", "s", kith_edge_state_word (self->state));
  g_variant_dict_insert (&row, "pid", "u", kith_worker_host_get_pid (self->worker));
  g_variant_dict_insert (&row, "restarts", "u", kith_worker_host_get_restarts (self->worker));
  g_variant_dict_insert (&row, "memory", "u", status->memory_kib);
  g_variant_dict_insert (&row, "connections", "u", status->connections);
  g_variant_dict_insert (&row, "mode", "s", kith_edge_role_word (self->role));
  g_variant_dict_insert (&row, "routes", "u", self->routes->len);
  g_variant_dict_insert (&row, "tls-port", "u", self->is_up ? self->tls_port : 0u);
  if (self->tls_problem != NULL) {
    g_variant_dict_insert (&row, "tls-problem", "s", self->tls_problem);
  }
  g_variant_dict_insert_value (&row, "counts", g_variant_builder_end (&counts));
  if (self->last_end != NULL) {
    g_variant_dict_insert (&row, "last-end", "s", self->last_end);
  }
  return g_variant_ref_sink (g_variant_dict_end (&row));
}

static void
kith_edge_host_edge_init (KithEdgeInterface *iface)
{
  iface->start = kith_edge_host_start;
  iface->let_end = kith_edge_host_let_end;
  iface->stop_async = kith_edge_host_stop_async;
  iface->stop_finish = kith_edge_host_stop_finish;
  iface->get_facts = kith_edge_host_get_facts;
  iface->get_status = kith_edge_host_get_status;
  iface->set_tls = kith_edge_host_set_tls;
}

static void
kith_edge_host_finalize (GObject *object)
{
  KithEdgeHost *self = KITH_HOSTED_EDGE (object);

  forget_monitor (self);
  kith_worker_host_free (self->worker);
  g_clear_pointer (&self->known, g_bytes_unref);
  g_free (self->program);
  g_free (self->bind);
  forget_tls (self);
  g_free (self->problem);
  g_free (self->tls_problem);
  g_free (self->last_end);
  g_clear_pointer (&self->routes, g_array_unref);
  explicit_bzero (self->start.key, sizeof self->start.key);
  G_OBJECT_CLASS (kith_edge_host_parent_class)->finalize (object);
}

static void
kith_edge_host_class_init (KithEdgeHostClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_edge_host_finalize;
}

static void
kith_edge_host_init (KithEdgeHost *self)
{
  self->clock = kith_clock_get_default ();
}

/* "::" stands for IPv4, too; each family has a socket of its own. */
static void
set_binds (KithEdgeStart *start, const char *text)
{
  static const KithEndpoint any4 = { .family = 4 };
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);
  const gboolean is_v6
      = address == NULL || g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6;
  KithEndpoint bind = { .family = is_v6 ? 6 : 4 };

  if (address != NULL) {
    memcpy (bind.ip, g_inet_address_to_bytes (address), g_inet_address_get_native_size (address));
  }
  if (is_v6 && (address == NULL || g_inet_address_get_is_any (address))) {
    start->binds[start->n_binds++] = any4;
  }
  start->binds[start->n_binds++] = bind;
}

KithEdge *
kith_edge_host_new (const KithEdgeHostConfig *config)
{
  KithEdgeHost *self = g_object_new (KITH_TYPE_HOSTED_EDGE, NULL);

  self->program = g_strdup (config->program);
  self->bind = g_strdup (config->bind);
  self->worker = kith_worker_host_new (&kind, config->program, self);
  self->start = (KithEdgeStart){ .port = config->port,
                                 .plain_in = config->plain_in,
                                 .strangers = config->strangers_ring ? KITH_EDGE_STRANGERS_RING
                                                                     : KITH_EDGE_STRANGERS_REFUSE,
                                 .max_connections = MAX_CONNECTIONS,
                                 .max_connections_a_source = MAX_CONNECTIONS_A_SOURCE,
                                 .dscp = config->dscp };
  memcpy (self->start.key, config->key, sizeof self->start.key);
  self->role = config->role;
  self->routes = g_array_new (FALSE, FALSE, sizeof (KithEdgeRoute));
  if (config->n_routes > 0) {
    g_array_append_vals (self->routes, config->routes, config->n_routes);
  }
  set_binds (&self->start, config->bind);
  for (guint i = 0; config->trusted != NULL && config->trusted[i] != NULL; i++) {
    if (self->trusted.n < KITH_EDGE_TRUSTED_MAX
        && kith_ip_network_parse (config->trusted[i], &self->trusted.list[self->trusted.n])) {
      self->trusted.n++;
    }
  }
  return KITH_EDGE (self);
}
