/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One thread a question, in which the C library's resolver may block. */
#include "net/sip-targets.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

#include "base/error.h"

#define NAPTR_S 1 /* and once more, which the system's resolver does at most */
#define MOST 16   /* targets */
#define MOST_SERVICES 6
#define MOST_ADDRESSES 4 /* of one host */
#define ANSWER_BYTES 8192
#define PORT 5060
#define TLS_PORT 5061

typedef struct {
  gchar *host;
  guint16 port;
  KithSipTransport transport;
  GArray *list; /* of KithSipTarget */
} Question;

/* What NAPTR names: a transport, and the name under which SRV is asked for. */
typedef struct {
  guint16 order, preference;
  KithSipTransport transport;
  gchar name[NS_MAXDNAME];
} Service;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_array_unref (question->list);
  g_free (question->host);
  g_free (question);
}

static guint16
usual_port (KithSipTransport transport)
{
  return transport == KITH_SIP_TRANSPORT_TLS ? TLS_PORT : PORT;
}

static void
add (Question *question, GInetAddress *address, guint16 port, KithSipTransport transport)
{
  KithSipTarget target = { .transport = transport };

  if (question->list->len < MOST) {
    target.endpoint.family = g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4 ? 4 : 6;
    target.endpoint.port = port;
    memcpy (target.endpoint.ip,
            g_inet_address_to_bytes (address),
            g_inet_address_get_native_size (address));
    g_array_append_val (question->list, target);
  }
}

static gboolean
add_host (Question *question,
          const char *host,
          guint16 port,
          KithSipTransport transport,
          GError **error)
{
  g_autoptr (GResolver) dns = g_resolver_get_default ();
  GList *list = g_resolver_lookup_by_name (dns, host, NULL, error);
  guint n = 0;

  for (GList *l = list; l != NULL && n < MOST_ADDRESSES; l = l->next, n++) {
    add (question, l->data, port, transport);
  }
  g_resolver_free_addresses (list);
  return n > 0;
}

/* SRV of "_sip._udp.DOMAIN" and its like, by priority and weight. FALSE: there is none. */
static gboolean
add_services (Question *question, const char *domain, KithSipTransport transport)
{
  static const char *const services[] = { "sip", "sip", "sip", "sips" };
  static const char *const protocols[] = { "udp", "udp", "tcp", "tcp" };
  g_autoptr (GResolver) dns = g_resolver_get_default ();
  GList *list = g_resolver_lookup_service (dns,
                                           services[transport],
                                           protocols[transport],
                                           domain,
                                           NULL,
                                           NULL);

  for (GList *l = list; l != NULL; l = l->next) {
    (void)add_host (question,
                    g_srv_target_get_hostname (l->data),
                    g_srv_target_get_port (l->data),
                    transport,
                    NULL);
  }
  g_resolver_free_targets (list);
  return list != NULL;
}

/* NAPTR */

/* A text of the DNS: its length and its bytes. */
static gboolean
take_text (const guint8 **at, const guint8 *end, gchar *out, gsize room)
{
  const gsize len = *at < end ? **at : 0;

  if (*at >= end || (gsize)(end - *at) < len + 1 || len >= room) {
    return FALSE;
  }
  memcpy (out, *at + 1, len);
  out[len] = '\0';
  *at += len + 1;
  return TRUE;
}

static gboolean
find_service (const char *word, KithSipTransport *transport)
{
  static const char *const words[] = { NULL, "SIP+D2U", "SIP+D2T", "SIPS+D2T" };

  for (guint i = 1; i < G_N_ELEMENTS (words); i++) {
    if (g_ascii_strcasecmp (words[i], word) == 0) {
      *transport = (KithSipTransport)i;
      return TRUE;
    }
  }
  return FALSE;
}

/* FALSE: it is of no use here. */
static gboolean
read_service (ns_msg *message, const ns_rr *record, Service *service)
{
  const guint8 *at = ns_rr_rdata (*record);
  const guint8 *end = at + ns_rr_rdlen (*record);
  gchar flags[256], services[256], expression[256];

  if (end - at < 4) {
    return FALSE;
  }
  service->order = (guint16)ns_get16 (at);
  service->preference = (guint16)ns_get16 (at + 2);
  at += 4;
  return take_text (&at, end, flags, sizeof flags)
         && take_text (&at, end, services, sizeof services)
         && take_text (&at, end, expression, sizeof expression)
         && g_ascii_strcasecmp (flags, "s") == 0 && find_service (services, &service->transport)
         && dn_expand (ns_msg_base (*message),
                       ns_msg_end (*message),
                       at,
                       service->name,
                       sizeof service->name)
                > 0;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  const Service *one = a;
  const Service *two = b;

  return one->order != two->order ? (gint)one->order - (gint)two->order
                                  : (gint)one->preference - (gint)two->preference;
}

/* "_sip._udp.example.org": what stands behind the two labels; NULL: it is no such name. */
static const char *
domain_of (const char *name)
{
  const char *dot = *name == '_' ? strchr (name, '.') : NULL;

  dot = dot != NULL && dot[1] == '_' ? strchr (dot + 1, '.') : NULL;
  return dot != NULL && dot[1] != '\0' ? dot + 1 : NULL;
}

typedef enum { NAMES_FOUND, NAMES_NONE, NAMES_SILENT } Names;

/* What NAPTR says of the host; SILENT: no name server answers anything. */
static Names
ask_names (const Question *question, GArray *services)
{
  struct __res_state state = { 0 };
  g_autofree guint8 *answer = g_malloc (ANSWER_BYTES);
  ns_msg message;

  if (res_ninit (&state) != 0) {
    return NAMES_NONE;
  }
  state.retrans = NAPTR_S;
  state.retry = 1;
  const int len = res_nquery (&state, question->host, ns_c_in, ns_t_naptr, answer, ANSWER_BYTES);
  const gboolean is_silent = len < 0 && state.res_h_errno == TRY_AGAIN;
  res_nclose (&state);
  if (len <= 0 || ns_initparse (answer, MIN (len, ANSWER_BYTES), &message) != 0) {
    return is_silent ? NAMES_SILENT : NAMES_NONE;
  }
  for (int i = 0; i < ns_msg_count (message, ns_s_an) && services->len < MOST_SERVICES; i++) {
    ns_rr record;
    Service service = { 0 };
    if (ns_parserr (&message, ns_s_an, i, &record) == 0 && ns_rr_type (record) == ns_t_naptr
        && read_service (&message, &record, &service)) {
      g_array_append_val (services, service);
    }
  }
  g_array_sort (services, compare);
  return services->len > 0 ? NAMES_FOUND : NAMES_NONE;
}

/* FALSE: none of them leads anywhere. */
static gboolean
add_named (Question *question, GArray *services)
{
  for (guint i = 0; i < services->len; i++) {
    const Service *service = &g_array_index (services, Service, i);
    const char *domain = domain_of (service->name);
    if (domain != NULL) {
      (void)add_services (question, domain, service->transport);
    }
  }
  return question->list->len > 0;
}

/* All of it */

static void
look (Question *question, GError **error)
{
  static const KithSipTransport all[]
      = { KITH_SIP_TRANSPORT_UDP, KITH_SIP_TRANSPORT_TCP, KITH_SIP_TRANSPORT_TLS };
  const gboolean any = question->transport == KITH_SIP_TRANSPORT_ANY;
  const KithSipTransport usual = any ? KITH_SIP_TRANSPORT_UDP : question->transport;
  g_autoptr (GInetAddress) number = g_inet_address_new_from_string (question->host);

  if (number != NULL) {
    add (question, number, question->port != 0 ? question->port : usual_port (usual), usual);
    return;
  }
  if (question->port != 0) {
    (void)add_host (question, question->host, question->port, usual, error);
    return;
  }
  g_autoptr (GArray) services = g_array_new (FALSE, FALSE, sizeof (Service));
  const Names names = ask_names (question, services);
  if (any && names == NAMES_FOUND && add_named (question, services)) {
    return;
  }
  gboolean found = FALSE;
  for (guint i = 0; names != NAMES_SILENT && i < G_N_ELEMENTS (all); i++) {
    if (any || all[i] == question->transport) {
      found = add_services (question, question->host, all[i]) || found;
    }
  }
  if (!found) {
    (void)add_host (question, question->host, usual_port (usual), usual, error);
  }
}

static void
run (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Question *question = data;
  g_autoptr (GError) error = NULL;

  look (question, &error);
  if (question->list->len > 0) {
    g_task_return_pointer (task, g_array_ref (question->list), (GDestroyNotify)g_array_unref);
    return;
  }
  g_task_return_new_error (task,
                           KITH_ERROR,
                           KITH_ERROR_NOT_FOUND,
                           "No host %s was found (%s): check its spelling and the network",
                           question->host,
                           error != NULL ? error->message : "its services have no address");
}

void
kith_sip_targets_async (const char *host,
                        guint16 port,
                        KithSipTransport transport,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Question *question = g_new0 (Question, 1);
  const gsize len = strlen (host);
  const gboolean brackets = len > 1 && host[0] == '[' && host[len - 1] == ']';

  question->host = brackets ? g_strndup (host + 1, len - 2) : g_strdup (host);
  question->port = port;
  question->transport = transport;
  question->list = g_array_new (FALSE, FALSE, sizeof (KithSipTarget));
  g_task_set_task_data (task, question, question_free);
  g_task_run_in_thread (task, run);
}

guint
kith_sip_targets_finish (GAsyncResult *result, KithSipTarget *list, guint room, GError **error)
{
  g_autoptr (GArray) found = g_task_propagate_pointer (G_TASK (result), error);
  const guint n = found != NULL ? MIN (found->len, room) : 0;

  if (n > 0) {
    memcpy (list, found->data, n * sizeof *list);
  }
  return n;
}
