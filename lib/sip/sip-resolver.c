/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One GTask a question; the answers are kept for a minute. */
#include "sip/sip-resolver.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "model/sip-uri.h"
#include "sip/sip-limits.h"

#define CACHE_MAX 64
#define CACHE_US (60 * G_USEC_PER_SEC)
#define DEFAULT_PORT 5060

typedef struct {
  gchar *next_hop;
  gint64 until_us;
} Cached;

struct _KithSipResolver {
  gchar *bind;
  GHashTable *cache; /* canonical URI → Cached */
  guint asking;
  gboolean closed;
};

typedef struct {
  KithSipResolver *resolver;
  KithSipUri *uri;
  gchar *canonical;
  GCancellable *cancel;     /* ours: deadline and the caller's */
  GCancellable *srv_cancel; /* ours: the patience with SRV */
  guint timer;
  guint srv_timer;
  guint srv_left;      /* SRV questions under way */
  gboolean plain_left; /* A and AAAA of the name itself under way, at the same time */
  gboolean settled;
  gchar *plain_host;
  GError *plain_error;
  GList *targets[2]; /* of UDP and TCP */
  const char *transport;
  guint16 port;
} Question;

static void
cached_free (gpointer data)
{
  Cached *cached = data;

  g_free (cached->next_hop);
  g_free (cached);
}

KithSipResolver *
kith_sip_resolver_new (const char *bind)
{
  KithSipResolver *resolver = g_new0 (KithSipResolver, 1);

  resolver->bind = g_strdup (bind);
  resolver->cache = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, cached_free);
  return resolver;
}

static void
resolver_unref (KithSipResolver *resolver)
{
  if (resolver->closed && resolver->asking == 0) {
    g_hash_table_unref (resolver->cache);
    g_free (resolver->bind);
    g_free (resolver);
  }
}

void
kith_sip_resolver_free (KithSipResolver *resolver)
{
  if (resolver != NULL) {
    resolver->closed = TRUE;
    resolver_unref (resolver);
  }
}

static void
question_free (gpointer data)
{
  Question *question = data;
  KithSipResolver *resolver = question->resolver;

  kith_clock_cancel (kith_clock_get_default (), &question->timer);
  kith_clock_cancel (kith_clock_get_default (), &question->srv_timer);
  g_clear_object (&question->cancel);
  g_clear_object (&question->srv_cancel);
  g_free (question->plain_host);
  g_clear_error (&question->plain_error);
  kith_sip_uri_free (question->uri);
  g_free (question->canonical);
  g_resolver_free_targets (question->targets[0]);
  g_resolver_free_targets (question->targets[1]);
  g_free (question);
  resolver->asking--;
  resolver_unref (resolver);
}

static KithSipUri *
parse (const char *uri, GError **error)
{
  if (uri == NULL || g_ascii_strncasecmp (uri, "sip:", 4) != 0) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ADDRESS,
                 "A SIP address starts with \"sip:\"");
    return NULL;
  }
  return kith_sip_uri_parse (uri + 4, error);
}

static gchar *
print_hop (const KithSipUri *uri, const char *host, guint16 port, const char *transport)
{
  gboolean ipv6 = strchr (host, ':') != NULL;

  return g_strdup_printf ("sip:%s%s%s%s%s:%u%s%s",
                          uri->user != NULL ? uri->user : "",
                          uri->user != NULL ? "@" : "",
                          ipv6 ? "[" : "",
                          host,
                          ipv6 ? "]" : "",
                          port,
                          transport != NULL ? ";transport=" : "",
                          transport != NULL ? transport : "");
}

static GSocketFamily
wanted_family (KithSipResolver *resolver)
{
  if (resolver->bind == NULL) {
    return G_SOCKET_FAMILY_INVALID;
  }
  return strchr (resolver->bind, ':') != NULL ? G_SOCKET_FAMILY_IPV6 : G_SOCKET_FAMILY_IPV4;
}

gchar *
kith_sip_resolver_local_host (KithSipResolver *resolver, const char *next_hop)
{
  struct sockaddr_storage address;
  socklen_t len = sizeof address;
  g_autoptr (KithSipUri) uri = parse (next_hop, NULL);
  gchar *host = NULL;

  if (uri == NULL) {
    return NULL;
  }
  g_autoptr (GInetAddress) inet = g_inet_address_new_from_string (uri->host);
  if (inet == NULL) {
    return NULL;
  }
  g_autoptr (GSocketAddress) target
      = g_inet_socket_address_new (inet, uri->port != 0 ? uri->port : DEFAULT_PORT);
  gssize size = g_socket_address_get_native_size (target);
  if (size > (gssize)sizeof address
      || !g_socket_address_to_native (target, &address, sizeof address, NULL)) {
    return NULL;
  }
  if (resolver->bind != NULL
      && (strchr (resolver->bind, ':') != NULL) != (address.ss_family == AF_INET6)) {
    return NULL; /* we are bound to the other family */
  }
  int fd = socket (address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    return NULL;
  }
  if (connect (fd, (struct sockaddr *)&address, (socklen_t)size) == 0
      && getsockname (fd, (struct sockaddr *)&address, &len) == 0) {
    g_autoptr (GSocketAddress) own = g_socket_address_new_from_native (&address, len);
    if (G_IS_INET_SOCKET_ADDRESS (own)) {
      host = g_inet_address_to_string (
          g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (own)));
    }
  }
  (void)close (fd);
  if (host != NULL && resolver->bind != NULL && strcmp (resolver->bind, "0.0.0.0") != 0
      && strcmp (resolver->bind, "::") != 0) {
    g_free (host);
    host = g_strdup (resolver->bind);
  }
  return host;
}

static void
remember (KithSipResolver *resolver, const char *canonical, const char *next_hop)
{
  if (g_hash_table_size (resolver->cache) >= CACHE_MAX) {
    g_hash_table_remove_all (resolver->cache);
  }
  Cached *cached = g_new0 (Cached, 1);
  cached->next_hop = g_strdup (next_hop);
  cached->until_us = g_get_monotonic_time () + CACHE_US;
  g_hash_table_replace (resolver->cache, g_strdup (canonical), cached);
}

static void
answer (GTask *task, const char *host)
{
  Question *question = g_task_get_task_data (task);
  g_autofree gchar *hop = print_hop (question->uri, host, question->port, question->transport);

  remember (question->resolver, question->canonical, hop);
  g_task_return_pointer (task, g_steal_pointer (&hop), g_free);
}

static void
fail (GTask *task, const GError *cause)
{
  Question *question = g_task_get_task_data (task);

  if (g_cancellable_is_cancelled (g_task_get_cancellable (task))) {
    g_task_return_new_error (task, KITH_ERROR, KITH_ERROR_CANCELLED, "The look-up was cancelled");
  } else {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_NOT_FOUND,
                             "No host \"%s\" was found (%s): check its spelling and the network",
                             question->uri->host,
                             cause == NULL ? "no address of our family"
                             : g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED)
                                 ? "no answer within 3 s"
                                 : cause->message);
  }
}

/* The first address that we can reach from where we are bound. (transfer full) (nullable) */
static gchar *
pick_address (const Question *question, GList *addresses)
{
  GSocketFamily family = wanted_family (question->resolver);

  for (GList *l = addresses; l != NULL; l = l->next) {
    if (family == G_SOCKET_FAMILY_INVALID || g_inet_address_get_family (l->data) == family) {
      return g_inet_address_to_string (l->data);
    }
  }
  return NULL;
}

static void
on_addresses (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Question *question = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  GList *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);
  g_autofree gchar *host = pick_address (question, addresses);

  g_resolver_free_addresses (addresses);
  if (host != NULL) {
    answer (task, host);
  } else {
    fail (task, error);
  }
}

static void
ask_addresses (GTask *task, const char *host)
{
  Question *question = g_task_get_task_data (task);
  g_autoptr (GResolver) dns = g_resolver_get_default ();
  g_autoptr (GInetAddress) number = g_inet_address_new_from_string (host);

  if (number != NULL) {
    answer (task, host);
    return;
  }
  g_resolver_lookup_by_name_async (dns, host, question->cancel, on_addresses, g_object_ref (task));
}

/* Goes on with the best target of SRV, or else with the address of the name itself, as soon as that is decided. */
static void
settle (GTask *task)
{
  Question *question = g_task_get_task_data (task);
  guint tcp = question->targets[0] == NULL ? 1 : 0;
  GList *best = question->targets[tcp];

  if (question->settled || question->srv_left > 0 || (best == NULL && question->plain_left)) {
    return;
  }
  question->settled = TRUE;
  if (best != NULL) {
    question->transport = tcp ? "tcp" : "udp";
    question->port = g_srv_target_get_port (best->data);
    g_autofree gchar *host = g_strdup (g_srv_target_get_hostname (best->data));
    ask_addresses (task, host);
    return;
  }
  question->port = DEFAULT_PORT;
  if (question->plain_host != NULL) {
    answer (task, question->plain_host);
  } else {
    fail (task, question->plain_error);
  }
}

static void
on_plain_addresses (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Question *question = g_task_get_task_data (task);
  GList *addresses
      = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &question->plain_error);

  question->plain_left = FALSE;
  question->plain_host = pick_address (question, addresses);
  g_resolver_free_addresses (addresses);
  settle (task);
}

static void
take_targets (GObject *source, GAsyncResult *result, GTask *task, guint slot)
{
  Question *question = g_task_get_task_data (task);

  question->targets[slot] = g_resolver_lookup_service_finish (G_RESOLVER (source), result, NULL);
  question->srv_left--;
  settle (task);
  g_object_unref (task);
}

static void
on_udp_targets (GObject *source, GAsyncResult *result, gpointer user_data)
{
  take_targets (source, result, user_data, 0);
}

static void
on_tcp_targets (GObject *source, GAsyncResult *result, gpointer user_data)
{
  take_targets (source, result, user_data, 1);
}

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  g_cancellable_cancel (data);
}

static gboolean
on_srv_deadline (gpointer data)
{
  Question *question = data;

  question->srv_timer = 0;
  g_cancellable_cancel (question->srv_cancel);
  return G_SOURCE_REMOVE;
}

static void
ask_services (GTask *task)
{
  Question *question = g_task_get_task_data (task);
  const char *host = question->uri->host;
  const char *only = question->uri->transport;
  g_autoptr (GResolver) dns = g_resolver_get_default ();
  gboolean udp = only == NULL || strcmp (only, "udp") == 0;
  gboolean tcp = only == NULL || strcmp (only, "tcp") == 0;

  question->srv_left = (udp ? 1 : 0) + (tcp ? 1 : 0);
  question->plain_left = TRUE;
  question->srv_cancel = g_cancellable_new ();
  g_signal_connect_object (question->cancel,
                           "cancelled",
                           G_CALLBACK (on_cancelled),
                           question->srv_cancel,
                           0);
  question->srv_timer
      = kith_clock_add (kith_clock_get_default (), KITH_SIP_SRV_MS, on_srv_deadline, question);
  if (udp) {
    g_resolver_lookup_service_async (dns,
                                     "sip",
                                     "udp",
                                     host,
                                     question->srv_cancel,
                                     on_udp_targets,
                                     g_object_ref (task));
  }
  if (tcp) {
    g_resolver_lookup_service_async (dns,
                                     "sip",
                                     "tcp",
                                     host,
                                     question->srv_cancel,
                                     on_tcp_targets,
                                     g_object_ref (task));
  }
  g_resolver_lookup_by_name_async (dns,
                                   host,
                                   question->cancel,
                                   on_plain_addresses,
                                   g_object_ref (task));
}

static gboolean
on_deadline (gpointer data)
{
  Question *question = data;

  question->timer = 0;
  g_cancellable_cancel (question->cancel);
  return G_SOURCE_REMOVE;
}

void
kith_sip_resolver_resolve_async (KithSipResolver *resolver,
                                 const char *uri,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (GError) error = NULL;
  KithSipUri *parsed = parse (uri, &error);

  g_task_set_check_cancellable (task, FALSE);
  if (parsed == NULL) {
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }
  Question *question = g_new0 (Question, 1);
  question->resolver = resolver;
  resolver->asking++;
  question->uri = parsed;
  question->canonical = kith_sip_uri_print (parsed);
  question->cancel = g_cancellable_new ();
  question->transport = parsed->transport;
  g_task_set_task_data (task, question, question_free);
  g_autoptr (GInetAddress) number = g_inet_address_new_from_string (parsed->host);
  if (number != NULL) {
    question->port = parsed->port != 0 ? parsed->port : DEFAULT_PORT;
    answer (task, parsed->host);
    return;
  }
  if (cancellable != NULL) {
    g_signal_connect_object (cancellable,
                             "cancelled",
                             G_CALLBACK (on_cancelled),
                             question->cancel,
                             0);
  }
  question->timer
      = kith_clock_add (kith_clock_get_default (), KITH_SIP_RESOLVE_MS, on_deadline, question);
  if (parsed->port != 0) {
    question->port = parsed->port;
    ask_addresses (task, parsed->host);
  } else {
    ask_services (task);
  }
}

gchar *
kith_sip_resolver_resolve_finish (KithSipResolver *resolver,
                                  GAsyncResult *result,
                                  gchar **local_host,
                                  GError **error)
{
  g_autofree gchar *hop = g_task_propagate_pointer (G_TASK (result), error);

  if (hop == NULL) {
    return NULL;
  }
  g_autofree gchar *local = kith_sip_resolver_local_host (resolver, hop);
  if (local == NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_UNREACHABLE,
                 "There is no route to this host: check the network");
    return NULL;
  }
  if (local_host != NULL) {
    *local_host = g_steal_pointer (&local);
  }
  return g_steal_pointer (&hop);
}

gchar *
kith_sip_resolver_next_hop (KithSipResolver *resolver, const char *uri, GError **error)
{
  g_autoptr (KithSipUri) parsed = parse (uri, error);

  if (parsed == NULL) {
    return NULL;
  }
  g_autoptr (GInetAddress) number = g_inet_address_new_from_string (parsed->host);
  if (number != NULL) {
    return print_hop (parsed,
                      parsed->host,
                      parsed->port != 0 ? parsed->port : DEFAULT_PORT,
                      parsed->transport);
  }
  g_autofree gchar *canonical = kith_sip_uri_print (parsed);
  const Cached *cached = g_hash_table_lookup (resolver->cache, canonical);
  if (cached == NULL || cached->until_us < g_get_monotonic_time ()) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_NOT_FOUND,
                 "The host \"%s\" has not been looked up",
                 parsed->host);
    return NULL;
  }
  return g_strdup (cached->next_hop);
}
