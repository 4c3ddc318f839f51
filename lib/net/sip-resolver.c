/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One GTask a question; the answers are kept for a minute, all of them, since the first one may not
   serve. */
#include "net/sip-resolver.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "model/sip/sip-uri.h"
#include "net/sip-hops.h"

#define SRV_MS 1200 /* for SRV; then the name's own address will do */
#define RESOLVE_MS 3000

#define DEFAULT_PORT 5060
#define MAX_TARGETS 4   /* of SRV, that are asked for */
#define MAX_ADDRESSES 4 /* of one host */
#define OTHERS_MS 300   /* the best target is known: how long the others are waited for */

/* Where a service is: a host whose addresses are asked for. */
typedef struct {
  gchar *host;
  guint16 port;
  const char *transport; /* (static) (nullable) */
  GPtrArray *addresses;  /* (nullable): not known yet; texts */
} Target;

struct _KithSipResolver {
  gchar *bind;
  KithHops *hops; /* by canonical URI */
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
  GPtrArray *plain_addresses;
  GError *error;      /* the last one of a host that was asked for */
  GList *services[2]; /* of UDP and TCP */
  GPtrArray *targets; /* of Target, best first */
  guint others_timer;
  gboolean answered;
} Question;

/* What an asked host is told by. */
typedef struct {
  GTask *task;
  guint target;
} Asked;

static void
target_free (gpointer data)
{
  Target *target = data;

  g_clear_pointer (&target->addresses, g_ptr_array_unref);
  g_free (target->host);
  g_free (target);
}

static gint64
now_us (void)
{
  return kith_clock_now (kith_clock_get_default ());
}

KithSipResolver *
kith_sip_resolver_new (const char *bind)
{
  KithSipResolver *resolver = g_new0 (KithSipResolver, 1);

  resolver->bind = g_strdup (bind);
  resolver->hops = kith_hops_new ();
  return resolver;
}

static void
resolver_unref (KithSipResolver *resolver)
{
  if (resolver->closed && resolver->asking == 0) {
    kith_hops_free (resolver->hops);
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
  kith_clock_cancel (kith_clock_get_default (), &question->others_timer);
  g_clear_object (&question->cancel);
  g_clear_object (&question->srv_cancel);
  g_clear_pointer (&question->plain_addresses, g_ptr_array_unref);
  g_clear_error (&question->error);
  g_ptr_array_unref (question->targets);
  kith_sip_uri_free (question->uri);
  g_free (question->canonical);
  g_resolver_free_targets (question->services[0]);
  g_resolver_free_targets (question->services[1]);
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

/* INVALID: both can be reached. */
static GSocketFamily
wanted_family (KithSipResolver *resolver)
{
  if (resolver->bind == NULL || strcmp (resolver->bind, "::") == 0) {
    return G_SOCKET_FAMILY_INVALID;
  }
  return strchr (resolver->bind, ':') != NULL ? G_SOCKET_FAMILY_IPV6 : G_SOCKET_FAMILY_IPV4;
}

static gboolean
is_our_family (KithSipResolver *resolver, GInetAddress *inet)
{
  GSocketFamily family = wanted_family (resolver);

  return family == G_SOCKET_FAMILY_INVALID || g_inet_address_get_family (inet) == family;
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
  if (!is_our_family (resolver, inet)) {
    return NULL;
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

/* The answer */

/* Those that there is a way to from here come first: with an address of each family the host may
   lack one. */
static GStrv
list_hops (const Question *question)
{
  g_autoptr (GPtrArray) reachable = g_ptr_array_new ();
  g_autoptr (GPtrArray) others = g_ptr_array_new ();

  for (guint i = 0; i < question->targets->len; i++) {
    const Target *target = question->targets->pdata[i];
    for (guint k = 0; target->addresses != NULL && k < target->addresses->len; k++) {
      gchar *hop
          = print_hop (question->uri, target->addresses->pdata[k], target->port, target->transport);
      g_autofree gchar *local = kith_sip_resolver_local_host (question->resolver, hop);
      g_ptr_array_add (local != NULL ? reachable : others, hop);
    }
  }
  g_ptr_array_extend (reachable, others, NULL, NULL);
  g_ptr_array_add (reachable, NULL);
  return (GStrv)g_ptr_array_steal (reachable, NULL);
}

static void
fail (GTask *task)
{
  Question *question = g_task_get_task_data (task);
  const GError *cause = question->error;

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

/* Says what is known now, once. */
static void
answer (GTask *task)
{
  Question *question = g_task_get_task_data (task);
  g_auto (GStrv) hops = list_hops (question);

  if (question->answered) {
    return;
  }
  question->answered = TRUE;
  kith_clock_cancel (kith_clock_get_default (), &question->others_timer);
  if (hops[0] == NULL) {
    fail (task);
    return;
  }
  kith_hops_set (question->resolver->hops,
                 question->canonical,
                 (const char *const *)hops,
                 now_us ());
  g_task_return_pointer (task, g_strdup (hops[0]), g_free);
}

/* Hosts */

/* The addresses that we can reach from where we are bound, in the resolver's order. (transfer
   full) */
static GPtrArray *
pick_addresses (const Question *question, GList *list)
{
  GPtrArray *addresses = g_ptr_array_new_with_free_func (g_free);

  for (GList *l = list; l != NULL && addresses->len < MAX_ADDRESSES; l = l->next) {
    if (is_our_family (question->resolver, l->data)) {
      g_ptr_array_add (addresses, g_inet_address_to_string (l->data));
    }
  }
  return addresses;
}

static gboolean
on_others_over (gpointer data)
{
  GTask *task = data;
  Question *question = g_task_get_task_data (task);

  question->others_timer = 0;
  answer (task);
  return G_SOURCE_REMOVE;
}

/* Answers when all hosts are known, or the first of them for some time. */
static void
look_at_targets (GTask *task)
{
  Question *question = g_task_get_task_data (task);
  gboolean first = FALSE;
  guint left = 0;

  for (guint i = 0; i < question->targets->len; i++) {
    const Target *target = question->targets->pdata[i];
    left += target->addresses == NULL;
    first = first || (target->addresses != NULL && target->addresses->len > 0);
  }
  if (left == 0) {
    answer (task);
  } else if (first && question->others_timer == 0 && !question->answered) {
    question->others_timer
        = kith_clock_add (kith_clock_get_default (), OTHERS_MS, on_others_over, task);
  }
}

static void
on_addresses (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Asked *asked = user_data;
  g_autoptr (GTask) task = asked->task;
  Question *question = g_task_get_task_data (task);
  Target *target = question->targets->pdata[asked->target];
  g_autoptr (GError) error = NULL;
  GList *list = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);

  target->addresses = pick_addresses (question, list);
  g_resolver_free_addresses (list);
  if (error != NULL) {
    g_clear_error (&question->error);
    question->error = g_steal_pointer (&error);
  }
  look_at_targets (task);
}

static Target *
add_target (Question *question, const char *host, guint16 port, const char *transport)
{
  Target *target = g_new0 (Target, 1);

  target->host = g_strdup (host);
  target->port = port;
  target->transport = transport;
  g_ptr_array_add (question->targets, target);
  return target;
}

static void
ask_targets (GTask *task)
{
  Question *question = g_task_get_task_data (task);
  g_autoptr (GResolver) dns = g_resolver_get_default ();

  for (guint i = 0; i < question->targets->len; i++) {
    Target *target = question->targets->pdata[i];
    g_autoptr (GInetAddress) number = g_inet_address_new_from_string (target->host);
    if (number != NULL) {
      g_autoptr (GList) one = g_list_append (NULL, number);
      target->addresses = pick_addresses (question, one);
      continue;
    }
    Asked *asked = g_new0 (Asked, 1);
    asked->task = g_object_ref (task);
    asked->target = i;
    g_resolver_lookup_by_name_async (dns, target->host, question->cancel, on_addresses, asked);
  }
  look_at_targets (task);
}

/* Services */

static void
add_services (Question *question)
{
  static const char *const transports[] = { "udp", "tcp" };

  for (guint i = 0; i < G_N_ELEMENTS (transports); i++) {
    for (GList *l = question->services[i]; l != NULL && question->targets->len < MAX_TARGETS;
         l = l->next) {
      (void)add_target (question,
                        g_srv_target_get_hostname (l->data),
                        g_srv_target_get_port (l->data),
                        transports[i]);
    }
  }
}

/* Goes on with the targets of SRV, or else with the addresses of the name itself, as soon as that
   is decided. */
static void
settle (GTask *task)
{
  Question *question = g_task_get_task_data (task);
  gboolean has_services = question->services[0] != NULL || question->services[1] != NULL;

  if (question->settled || question->srv_left > 0 || (!has_services && question->plain_left)) {
    return;
  }
  question->settled = TRUE;
  if (has_services) {
    add_services (question);
    ask_targets (task);
    return;
  }
  Target *target
      = add_target (question, question->uri->host, DEFAULT_PORT, question->uri->transport);
  target->addresses = g_steal_pointer (&question->plain_addresses);
  answer (task);
}

static void
on_plain_addresses (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Question *question = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  GList *list = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);

  question->plain_left = FALSE;
  question->plain_addresses = pick_addresses (question, list);
  g_resolver_free_addresses (list);
  if (error != NULL && question->error == NULL) {
    question->error = g_steal_pointer (&error);
  }
  settle (task);
}

static void
take_targets (GObject *source, GAsyncResult *result, GTask *task, guint slot)
{
  Question *question = g_task_get_task_data (task);

  question->services[slot] = g_resolver_lookup_service_finish (G_RESOLVER (source), result, NULL);
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
      = kith_clock_add (kith_clock_get_default (), SRV_MS, on_srv_deadline, question);
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
  g_autoptr (KithSipUri) parsed = parse (uri, &error);

  g_task_set_check_cancellable (task, FALSE);
  /* a phone that is connected has a number; for whom a certificate must be there is a name */
  if (parsed != NULL && g_strcmp0 (parsed->transport, "tls") == 0
      && !g_hostname_is_ip_address (parsed->host)) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_UNSUPPORTED,
                             "Calls over TLS to telephones elsewhere are not supported");
    return;
  }
  if (parsed == NULL) {
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }
  Question *question = g_new0 (Question, 1);
  question->resolver = resolver;
  resolver->asking++;
  question->canonical = kith_sip_uri_print (parsed);
  question->uri = g_steal_pointer (&parsed);
  question->cancel = g_cancellable_new ();
  question->targets = g_ptr_array_new_with_free_func (target_free);
  g_task_set_task_data (task, question, question_free);
  g_autofree gchar *known = kith_sip_resolver_next_hop (resolver, uri, NULL);
  if (known != NULL
      && (g_hostname_is_ip_address (question->uri->host)
          || kith_hops_is_second_choice (resolver->hops, question->canonical, now_us ()))) {
    g_task_return_pointer (task, g_steal_pointer (&known), g_free);
    return;
  }
  if (cancellable != NULL) {
    g_signal_connect_object (cancellable,
                             "cancelled",
                             G_CALLBACK (on_cancelled),
                             question->cancel,
                             0);
  }
  question->timer = kith_clock_add (kith_clock_get_default (), RESOLVE_MS, on_deadline, question);
  if (question->uri->port != 0) {
    (void)add_target (question, question->uri->host, question->uri->port, question->uri->transport);
    ask_targets (task);
  } else {
    ask_services (task);
  }
}

/* Why @hop cannot be reached: the truth that helps. */
static void
set_no_route (KithSipResolver *resolver, const char *hop, GError **error)
{
  g_autoptr (KithSipUri) uri = parse (hop, NULL);
  g_autoptr (GInetAddress) inet = uri != NULL ? g_inet_address_new_from_string (uri->host) : NULL;

  if (inet != NULL && !is_our_family (resolver, inet)) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_UNREACHABLE,
                 "%s is an %s address, and [sip] bind=%s in kith.conf serves the other kind only",
                 uri->host,
                 strchr (uri->host, ':') != NULL ? "IPv6" : "IPv4",
                 resolver->bind);
    return;
  }
  g_set_error_literal (error,
                       KITH_ERROR,
                       KITH_ERROR_UNREACHABLE,
                       "There is no route to this host: check the network");
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
    set_no_route (resolver, hop, error);
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
  const char *hop = kith_hops_get (resolver->hops, canonical, now_us ());
  if (hop == NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_NOT_FOUND,
                 "The host \"%s\" has not been looked up",
                 parsed->host);
  }
  return g_strdup (hop);
}

gboolean
kith_sip_resolver_has_other (KithSipResolver *resolver, const char *uri)
{
  g_autoptr (KithSipUri) parsed = parse (uri, NULL);
  g_autofree gchar *canonical = parsed != NULL ? kith_sip_uri_print (parsed) : NULL;

  return canonical != NULL && kith_hops_has_other (resolver->hops, canonical, now_us ());
}

gboolean
kith_sip_resolver_give_up (KithSipResolver *resolver, const char *uri, const char *hop)
{
  g_autoptr (KithSipUri) parsed = parse (uri, NULL);
  g_autofree gchar *canonical = parsed != NULL ? kith_sip_uri_print (parsed) : NULL;

  return canonical != NULL && kith_hops_give_up (resolver->hops, canonical, hop, now_us ());
}
