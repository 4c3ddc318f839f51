/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fake stack: messages over links as counted bytes, and through the exchange as they are. */
#include "common/fake-sip.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "common/fake-dialog.h"
#include "model/sip/sip-uri.h"

#define MAX_MESSAGE 65536

struct _KithFakeExchange {
  GObject parent_instance;
  GHashTable *stacks; /* "host:port" → KithFakeSip, not owned */
};

typedef struct {
  KithFakeSip *sip;
  guint id;
  int fd;
  guint source;
  gchar *peer_user, *peer_host;
  GByteArray *in;
} AttachedLink;

struct _KithFakeSip {
  GObject parent_instance;
  KithFakeExchange *exchange;
  gchar *host, *own_key;
  guint16 port;
  gboolean running;
  GHashTable *dialogs; /* call id → KithFakeDialog */
  GHashTable *links;   /* id → AttachedLink */
  KithJudgeFunc judge;
  gpointer judge_data;
  guint word;       /* the last that the judge said */
  gchar *many_host; /* (nullable): a name with several addresses, and those left, best first */
  GPtrArray *many;
  GHashTable *phones; /* host → name of a phone of the house */
  guint16 edge_port;  /* what is told of kith-edge */
  gchar *edge_problem;
  int edge_errno;
};

/* A message on its way through the exchange. */
typedef struct {
  KithFakeExchange *exchange;
  gchar *from, *to;
  GVariant *message;
} Parcel;

static void kith_fake_sip_iface_init (KithSipInterface *iface);

G_DEFINE_FINAL_TYPE (KithFakeExchange, kith_fake_exchange, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE_WITH_CODE (KithFakeSip,
                               kith_fake_sip,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_SIP, kith_fake_sip_iface_init))

static void
kith_fake_exchange_finalize (GObject *object)
{
  g_hash_table_unref (KITH_FAKE_EXCHANGE (object)->stacks);
  G_OBJECT_CLASS (kith_fake_exchange_parent_class)->finalize (object);
}

static void
kith_fake_exchange_class_init (KithFakeExchangeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_fake_exchange_finalize;
}

static void
kith_fake_exchange_init (KithFakeExchange *exchange)
{
  exchange->stacks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

KithFakeExchange *
kith_fake_exchange_new (void)
{
  return g_object_new (KITH_TYPE_FAKE_EXCHANGE, NULL);
}

static gchar *
key_of (const char *host, guint16 port)
{
  return g_strdup_printf ("%s:%u", host, port != 0 ? port : 5060);
}

/* Receiving */

static void send_message (KithFakeSip *self, guint link_id, const char *target, GVariant *message);

static void
on_dialog_send (KithFakeDialog *dialog, GVariant *message, gpointer user_data)
{
  send_message (user_data,
                kith_dialog_get_link_id (KITH_DIALOG (dialog)),
                kith_fake_dialog_get_target (dialog),
                message);
}

static void
on_dialog_gone (KithFakeDialog *dialog, gpointer user_data)
{
  KithFakeSip *self = user_data;

  g_hash_table_remove (self->dialogs, kith_dialog_get_call_id (KITH_DIALOG (dialog)));
}

static gboolean
is_honest (const AttachedLink *link, const char *from)
{
  g_autoptr (KithSipUri) uri
      = g_str_has_prefix (from, "sip:") ? kith_sip_uri_parse (from + 4, NULL) : NULL;

  return uri != NULL && g_str_equal (uri->host, link->peer_host)
         && (link->peer_user == NULL || g_strcmp0 (uri->user, link->peer_user) == 0);
}

/* What the node says to an INVITE before there is a dialog. */
static guint
ask_judge (KithFakeSip *self, const KithFakeDialogInit *init, const char *source)
{
  const char *colon = source != NULL ? strchr (source, ':') : NULL; /* "host:port" */
  const KithInvite invite = {
    .link_id = init->link_id,
    .source = init->link_id == 0 ? init->source : NULL,
    .phone = init->phone,
    .source_port = (guint16)(colon != NULL ? atoi (colon + 1) : 0),
    .call_id = init->call_id,
    .remote_uri = init->remote_uri,
    .remote_display = init->remote_display != NULL ? init->remote_display : "",
    .request_user = init->request_user != NULL ? init->request_user : "",
  };

  self->word = self->judge != NULL ? self->judge (&invite, self->judge_data) : KITH_JUDGE_GO_ON;
  return self->word;
}

static void
refuse (KithFakeSip *self, guint link_id, const char *source, const char *call_id, guint status)
{
  g_autofree gchar *text = g_strdup_printf ("%u", status);

  send_message (self,
                link_id,
                source,
                kith_fake_message ("verb",
                                   "refuse",
                                   "call-id",
                                   call_id,
                                   "text",
                                   text,
                                   "phrase",
                                   "Refused",
                                   NULL));
}

static void
take_invite (KithFakeSip *self, guint link_id, const char *source, GVariant *message)
{
  AttachedLink *link = g_hash_table_lookup (self->links, GUINT_TO_POINTER (link_id));
  const char *call_id = kith_fake_message_get (message, "call-id");
  const char *from = kith_fake_message_get (message, "from");
  g_autofree gchar *host = g_strndup (source != NULL && link_id == 0 ? source : "",
                                      strcspn (source != NULL ? source : "", ":"));
  KithFakeDialogInit init = {
    .call_id = call_id,
    .remote_uri = from,
    .remote_display = kith_fake_message_get (message, "display"),
    .request_user = kith_fake_message_get (message, "user"),
    .local_host = self->host,
    .remote_sdp = kith_fake_message_get (message, "sdp"),
    .link_id = link_id,
    .source = host,
    .phone = link_id == 0 ? g_hash_table_lookup (self->phones, host) : NULL,
    .send = on_dialog_send,
    .gone = on_dialog_gone,
    .user_data = self,
  };

  if (link != NULL && !is_honest (link, from)) {
    refuse (self, link_id, source, call_id, 403);
    return;
  }
  guint status = ask_judge (self, &init, source);
  if (status > KITH_JUDGE_KNOWN) {
    refuse (self, link_id, source, call_id, status);
    return;
  }
  g_autoptr (KithFakeDialog) dialog = kith_fake_dialog_new (&init);
  kith_fake_dialog_set_target (dialog, source);
  g_hash_table_insert (self->dialogs, g_strdup (call_id), g_object_ref (dialog));
  g_signal_emit_by_name (self, "incoming", dialog);
  if (G_OBJECT (dialog)->ref_count == 2
      && g_hash_table_contains (self->dialogs, call_id)) { /* ours and the table's */
    kith_dialog_reject (KITH_DIALOG (dialog), 480, "Temporarily Unavailable");
  }
}

static void
take_message (KithFakeSip *self, guint link_id, const char *source, GVariant *message)
{
  const char *verb = kith_fake_message_get (message, "verb");
  const char *call_id = kith_fake_message_get (message, "call-id");

  if (verb == NULL || call_id == NULL || !self->running) {
    return;
  }
  KithFakeDialog *dialog = g_hash_table_lookup (self->dialogs, call_id);
  if (dialog != NULL) {
    kith_fake_dialog_take (dialog, message);
  } else if (g_str_equal (verb, "invite")) {
    take_invite (self, link_id, source, message);
  } else if (g_str_equal (verb, "answer")) {
    send_message (self,
                  link_id,
                  source,
                  kith_fake_message ("verb", "bye", "call-id", call_id, NULL));
  }
}

/* Sending */

static gboolean
on_parcel (gpointer user_data)
{
  Parcel *parcel = user_data;
  KithFakeSip *to = g_hash_table_lookup (parcel->exchange->stacks, parcel->to);

  if (to != NULL) {
    g_autoptr (KithFakeSip) kept = g_object_ref (to);
    take_message (kept, 0, parcel->from, parcel->message);
    return G_SOURCE_REMOVE;
  }
  KithFakeSip *from = g_hash_table_lookup (parcel->exchange->stacks, parcel->from);
  const char *call_id = kith_fake_message_get (parcel->message, "call-id");
  KithFakeDialog *dialog = from != NULL ? g_hash_table_lookup (from->dialogs, call_id) : NULL;
  if (dialog != NULL
      && g_strcmp0 (kith_fake_message_get (parcel->message, "verb"), "invite") == 0) {
    kith_fake_dialog_end (dialog, 408, KITH_PHRASE_SILENCE);
  }
  return G_SOURCE_REMOVE;
}

static void
parcel_free (gpointer data)
{
  Parcel *parcel = data;

  g_object_unref (parcel->exchange);
  g_free (parcel->from);
  g_free (parcel->to);
  g_variant_unref (parcel->message);
  g_free (parcel);
}

static void
send_on_link (AttachedLink *link, GVariant *message)
{
  guint32 len = (guint32)g_variant_get_size (message);

  g_assert_cmpuint (len, <, MAX_MESSAGE);
  if (send (link->fd, &len, sizeof len, MSG_NOSIGNAL) == (gssize)sizeof len) {
    /* a socket buffer holds what one test says */
    (void)!send (link->fd, g_variant_get_data (message), len, MSG_NOSIGNAL);
  }
}

static void
send_message (KithFakeSip *self, guint link_id, const char *target, GVariant *message)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (message);

  if (link_id != 0) {
    AttachedLink *link = g_hash_table_lookup (self->links, GUINT_TO_POINTER (link_id));
    if (link != NULL) {
      send_on_link (link, owned);
    }
    return;
  }
  Parcel *parcel = g_new0 (Parcel, 1);
  parcel->exchange = g_object_ref (self->exchange);
  parcel->from = g_strdup (self->own_key);
  parcel->to = g_strdup (target);
  parcel->message = g_steal_pointer (&owned);
  g_idle_add_full (G_PRIORITY_DEFAULT, on_parcel, parcel, parcel_free);
}

/* Links */

static void
attached_link_free (gpointer data)
{
  AttachedLink *link = data;

  g_clear_handle_id (&link->source, g_source_remove);
  close (link->fd);
  g_free (link->peer_user);
  g_free (link->peer_host);
  g_byte_array_unref (link->in);
  g_free (link);
}

/* One whole message off the front of what came in, or NULL. */
static GVariant *
next_message (GByteArray *in)
{
  guint32 len;

  if (in->len < sizeof len) {
    return NULL;
  }
  memcpy (&len, in->data, sizeof len);
  if (in->len < sizeof len + len) {
    return NULL;
  }
  g_autoptr (GBytes) bytes = g_bytes_new (in->data + sizeof len, len);
  g_byte_array_remove_range (in, 0, (guint)(sizeof len + len));
  return g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE ("a{ss}"), bytes, FALSE));
}

static gboolean
on_link_readable (gint fd, GIOCondition condition, gpointer user_data)
{
  AttachedLink *link = user_data;
  g_autoptr (KithFakeSip) self = g_object_ref (link->sip);
  guint id = link->id;
  guint8 buffer[4096];
  gssize n = read (fd, buffer, sizeof buffer);

  if (n < 0 && errno == EAGAIN) {
    return G_SOURCE_CONTINUE;
  }
  if (n <= 0) {
    link->source = 0; /* the end of the stream: the node detaches it */
    return G_SOURCE_REMOVE;
  }
  g_byte_array_append (link->in, buffer, (guint)n);
  while ((link = g_hash_table_lookup (self->links, GUINT_TO_POINTER (id))) != NULL) {
    g_autoptr (GVariant) message = next_message (link->in);
    if (message == NULL) {
      return G_SOURCE_CONTINUE;
    }
    take_message (self, id, NULL, message);
  }
  return G_SOURCE_REMOVE; /* detached while its messages were handled */
}

static gboolean
fake_attach_link (KithSip *sip,
                  guint link_id,
                  int fd,
                  const char *peer_user,
                  const char *peer_host,
                  GError **error)
{
  KithFakeSip *self = KITH_FAKE_SIP (sip);

  if (!self->running || g_hash_table_contains (self->links, GUINT_TO_POINTER (link_id))) {
    close (fd);
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_FAILED,
                         "The stack does not run, or has this link already");
    return FALSE;
  }
  AttachedLink *link = g_new0 (AttachedLink, 1);
  link->sip = self;
  link->id = link_id;
  link->fd = fd;
  link->peer_user = g_strdup (peer_user);
  link->peer_host = g_strdup (peer_host);
  link->in = g_byte_array_new ();
  link->source = g_unix_fd_add (fd, G_IO_IN | G_IO_HUP, on_link_readable, link);
  g_hash_table_insert (self->links, GUINT_TO_POINTER (link_id), link);
  return TRUE;
}

/* The dialogs on a link, or all of them; each is kept while it ends. */
static GPtrArray *
dialogs_on (KithFakeSip *self, guint link_id, gboolean all)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->dialogs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (all || kith_dialog_get_link_id (value) == link_id) {
      g_ptr_array_add (found, g_object_ref (value));
    }
  }
  return found;
}

static void
fake_detach_link (KithSip *sip, guint link_id)
{
  KithFakeSip *self = KITH_FAKE_SIP (sip);
  g_autoptr (GPtrArray) dialogs = dialogs_on (self, link_id, FALSE);

  if (g_hash_table_remove (self->links, GUINT_TO_POINTER (link_id))) {
    for (guint i = 0; i < dialogs->len; i++) {
      kith_fake_dialog_end (dialogs->pdata[i], 503, "Service Unavailable");
    }
  }
}

/* The stack */

static gboolean
fake_start (KithSip *sip, GError **error)
{
  KithFakeSip *self = KITH_FAKE_SIP (sip);

  if (g_hash_table_contains (self->exchange->stacks, self->own_key)) {
    g_set_error (error, KITH_ERROR, KITH_ERROR_FAILED, "The port %u is taken", self->port);
    return FALSE;
  }
  g_hash_table_insert (self->exchange->stacks, g_strdup (self->own_key), self);
  self->running = TRUE;
  return TRUE;
}

static void
stop (KithFakeSip *self)
{
  g_autoptr (GPtrArray) dialogs = dialogs_on (self, 0, TRUE);

  for (guint i = 0; i < dialogs->len; i++) {
    kith_dialog_hang_up (dialogs->pdata[i], NULL);
    kith_fake_dialog_end (dialogs->pdata[i], 200, "OK");
  }
  if (self->running) {
    g_hash_table_remove (self->exchange->stacks, self->own_key);
  }
  self->running = FALSE;
  g_hash_table_remove_all (self->links);
}

static void
fake_stop_async (KithSip *sip,
                 GCancellable *cancellable,
                 GAsyncReadyCallback callback,
                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (sip, cancellable, callback, user_data);

  stop (KITH_FAKE_SIP (sip));
  g_task_return_boolean (task, TRUE);
}

static gboolean
fake_stop_finish (KithSip *sip, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static gchar *
target_of (KithFakeSip *self, const char *uri, GError **error)
{
  const char *rest = g_ascii_strncasecmp (uri, "sip:", 4) == 0 ? uri + 4 : uri;
  g_autoptr (KithSipUri) parsed = kith_sip_uri_parse (rest, error);

  if (parsed != NULL && g_strcmp0 (parsed->host, self->many_host) == 0) {
    return key_of (self->many->pdata[0], parsed->port);
  }
  return parsed != NULL ? key_of (parsed->host, parsed->port) : NULL;
}

void
kith_fake_sip_set_addresses (KithFakeSip *sip, const char *host, const char *const *addresses)
{
  sip->many_host = g_strdup (host);
  sip->many = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; addresses[i] != NULL; i++) {
    g_ptr_array_add (sip->many, g_strdup (addresses[i]));
  }
}

static gboolean
fake_give_up_hop (KithSip *sip, const char *uri, const char *hop)
{
  KithFakeSip *self = KITH_FAKE_SIP (sip);

  if (self->many == NULL || self->many->len < 2 || strstr (uri, self->many_host) == NULL
      || strstr (hop, self->many->pdata[0]) == NULL) {
    return FALSE;
  }
  g_ptr_array_remove_index (self->many, 0);
  return TRUE;
}

static void
fake_resolve_async (KithSip *sip,
                    const char *uri,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  KithFakeSip *self = KITH_FAKE_SIP (sip);
  g_autoptr (GTask) task = g_task_new (sip, cancellable, callback, user_data);
  GError *error = NULL;
  g_autofree gchar *target = target_of (self, uri, &error);

  if (target == NULL) {
    g_task_return_error (task, error);
  } else if (g_str_has_prefix (target, "nowhere.invalid:")) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_NOT_FOUND,
                             "There is no host of this name");
  } else {
    g_task_return_pointer (task, g_strdup_printf ("sip:%s;transport=udp", target), g_free);
  }
}

static gchar *
fake_resolve_finish (KithSip *sip, GAsyncResult *result, gchar **local_host, GError **error)
{
  gchar *uri = g_task_propagate_pointer (G_TASK (result), error);

  if (uri != NULL && local_host != NULL) {
    *local_host = g_strdup (KITH_FAKE_SIP (sip)->host);
  }
  return uri;
}

static gchar *
user_of (const char *uri)
{
  g_autoptr (KithSipUri) parsed
      = kith_sip_uri_parse (g_str_has_prefix (uri, "sip:") ? uri + 4 : uri, NULL);

  return parsed != NULL && parsed->user != NULL ? g_uri_unescape_string (parsed->user, NULL)
                                                : g_strdup ("");
}

static KithDialog *
fake_dial (KithSip *sip, const KithDialParams *params, const char *sdp, GError **error)
{
  static guint last_call;
  KithFakeSip *self = KITH_FAKE_SIP (sip);
  g_autofree gchar *call_id = g_strdup_printf ("fake-%u@%s", ++last_call, self->host);
  g_autofree gchar *target
      = params->link_id == 0 ? target_of (self, params->request_uri, error) : NULL;
  g_autofree gchar *user = user_of (params->request_uri);

  if (params->link_id == 0 && target == NULL) {
    return NULL;
  }
  if (!self->running
      || (params->link_id != 0
          && !g_hash_table_contains (self->links, GUINT_TO_POINTER (params->link_id)))) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_UNREACHABLE, "The link is gone");
    return NULL;
  }
  KithFakeDialogInit init = {
    .call_id = call_id,
    .remote_uri = params->request_uri,
    .local_host = self->host,
    .request_user = "",
    .phone = params->phone,
    .local_sdp = sdp,
    .outgoing = TRUE,
    .link_id = params->link_id,
    .send = on_dialog_send,
    .gone = on_dialog_gone,
    .user_data = self,
  };
  KithFakeDialog *dialog = kith_fake_dialog_new (&init);
  kith_fake_dialog_set_target (dialog, target);
  g_hash_table_insert (self->dialogs, g_strdup (call_id), g_object_ref (dialog));
  send_message (self,
                params->link_id,
                target,
                kith_fake_message ("verb",
                                   "invite",
                                   "call-id",
                                   call_id,
                                   "user",
                                   user,
                                   "from",
                                   params->from_uri,
                                   "display",
                                   params->display,
                                   "sdp",
                                   sdp,
                                   NULL));
  return KITH_DIALOG (dialog);
}

static guint16
fake_get_port (KithSip *sip)
{
  KithFakeSip *self = KITH_FAKE_SIP (sip);

  return self->running ? self->port : 0;
}

static void
fake_set_judge (KithSip *sip, KithJudgeFunc judge, gpointer user_data)
{
  KITH_FAKE_SIP (sip)->judge = judge;
  KITH_FAKE_SIP (sip)->judge_data = user_data;
}

/* Nobody speaks there. */
static int
fake_open_edge (KithSip *sip, GError **error)
{
  return open ("/dev/null", O_RDWR | O_CLOEXEC);
}

static void
fake_set_edge (KithSip *sip, guint16 port, guint16 tls, const char *problem, int error_number)
{
  KithFakeSip *self = KITH_FAKE_SIP (sip);

  self->edge_port = port;
  g_free (self->edge_problem);
  self->edge_problem = g_strdup (problem);
  self->edge_errno = error_number;
}

guint16
kith_fake_sip_get_edge (KithFakeSip *sip, const char **problem, int *error_number)
{
  *problem = sip->edge_problem;
  *error_number = sip->edge_errno;
  return sip->edge_port;
}

static void
kith_fake_sip_iface_init (KithSipInterface *iface)
{
  iface->start = fake_start;
  iface->stop_async = fake_stop_async;
  iface->stop_finish = fake_stop_finish;
  iface->attach_link = fake_attach_link;
  iface->detach_link = fake_detach_link;
  iface->resolve_async = fake_resolve_async;
  iface->resolve_finish = fake_resolve_finish;
  iface->dial = fake_dial;
  iface->get_port = fake_get_port;
  iface->set_judge = fake_set_judge;
  iface->give_up_hop = fake_give_up_hop;
  iface->open_edge = fake_open_edge;
  iface->set_edge = fake_set_edge;
}

static void
kith_fake_sip_dispose (GObject *object)
{
  stop (KITH_FAKE_SIP (object));
  G_OBJECT_CLASS (kith_fake_sip_parent_class)->dispose (object);
}

static void
kith_fake_sip_finalize (GObject *object)
{
  KithFakeSip *self = KITH_FAKE_SIP (object);

  g_free (self->edge_problem);
  g_hash_table_unref (self->dialogs);
  g_hash_table_unref (self->links);
  g_hash_table_unref (self->phones);
  g_object_unref (self->exchange);
  g_free (self->host);
  g_free (self->own_key);
  g_clear_pointer (&KITH_FAKE_SIP (object)->many, g_ptr_array_unref);
  g_free (KITH_FAKE_SIP (object)->many_host);
  G_OBJECT_CLASS (kith_fake_sip_parent_class)->finalize (object);
}

static void
kith_fake_sip_class_init (KithFakeSipClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kith_fake_sip_dispose;
  G_OBJECT_CLASS (klass)->finalize = kith_fake_sip_finalize;
}

static void
kith_fake_sip_init (KithFakeSip *self)
{
  self->dialogs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->phones = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->links = g_hash_table_new_full (NULL, NULL, NULL, attached_link_free);
}

KithSip *
kith_fake_sip_new (KithFakeExchange *exchange, const char *host, guint16 port)
{
  KithFakeSip *self = g_object_new (KITH_TYPE_FAKE_SIP, NULL);

  self->exchange = g_object_ref (exchange);
  self->host = g_strdup (host);
  self->port = port;
  self->own_key = key_of (host, port);
  return KITH_SIP (self);
}

void
kith_fake_sip_set_phone (KithFakeSip *sip, const char *host, const char *name)
{
  g_hash_table_replace (sip->phones, g_strdup (host), g_strdup (name));
}

guint
kith_fake_sip_get_word (KithFakeSip *sip)
{
  return sip->word;
}

guint
kith_fake_sip_count_dialogs (KithFakeSip *sip)
{
  return g_hash_table_size (sip->dialogs);
}

guint
kith_fake_sip_count_links (KithFakeSip *sip)
{
  return g_hash_table_size (sip->links);
}
