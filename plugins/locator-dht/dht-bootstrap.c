/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resolves the configured hosts and remembers peers between runs. */
#include "dht-bootstrap.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/plain-file.h"

#define LOG "dht"
#define PEERS_FILE "dht-peers"
#define MAX_FILE 4096
#define MAX_ADDRESSES_OF_HOST 4
#define SAVE_US (300 * G_USEC_PER_SEC)
/* who was asked so long ago and has not answered is silent */
#define SILENT_US (10 * G_USEC_PER_SEC)

/* What became of a host that was named. */
typedef struct {
  KithEndpoint addresses[MAX_ADDRESSES_OF_HOST];
  guint n_addresses;
  gchar *error;       /* why it could not be resolved, or NULL */
  gint64 asked_us;    /* monotonic, when it was asked first; 0: not yet */
  gint64 answered_us; /* wall time of the last answer, 0: none */
} Fate;

struct _KithDhtBootstrap {
  GPtrArray *hosts;
  gchar *file; /* or NULL */
  KithDhtBootstrapFunc func;
  gpointer user_data;
  KithEndpoint known[KITH_FRAME_KNOWN_MAX];
  guint n_known;
  gint64 saved_us;
  GCancellable *resolving;
  Fate *fates; /* one for each host */
};

typedef struct {
  KithDhtBootstrap *bootstrap;
  guint number; /* of the host */
} Question;

static gboolean
address_from_inet (GInetAddress *inet, guint16 port, KithEndpoint *address)
{
  const gsize len = g_inet_address_get_native_size (inet);

  memset (address, 0, sizeof *address);
  if (len > sizeof address->ip || port == 0) {
    return FALSE;
  }
  address->family = g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV4 ? 4 : 6;
  address->port = port;
  memcpy (address->ip, g_inet_address_to_bytes (inet), len);
  return TRUE;
}

static gboolean
address_from_text (const char *text, KithEndpoint *address)
{
  g_autoptr (GSocketConnectable) parsed = g_network_address_parse (text, 0, NULL);

  if (parsed == NULL) {
    return FALSE;
  }
  g_autoptr (GInetAddress) inet = g_inet_address_new_from_string (
      g_network_address_get_hostname (G_NETWORK_ADDRESS (parsed)));
  return inet != NULL
         && address_from_inet (inet,
                               g_network_address_get_port (G_NETWORK_ADDRESS (parsed)),
                               address);
}

gchar *
kith_dht_address_to_text (const KithEndpoint *address)
{
  if (address->family == 0) {
    return g_strdup ("");
  }
  const gboolean is4 = address->family == 4;
  g_autoptr (GInetAddress) inet
      = g_inet_address_new_from_bytes (address->ip,
                                       is4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);
  g_autofree gchar *ip = g_inet_address_to_string (inet);

  if (address->port == 0) {
    return g_steal_pointer (&ip);
  }
  return g_strdup_printf (is4 ? "%s:%u" : "[%s]:%u", ip, address->port);
}

static void
load_known (KithDhtBootstrap *bootstrap)
{
  g_autofree gchar *text = NULL;
  gsize len = 0;

  if (bootstrap->file == NULL
      || !kith_plain_file_read (bootstrap->file, MAX_FILE, &text, &len, NULL)) {
    return;
  }
  g_auto (GStrv) lines = g_strsplit (text, "\n", KITH_FRAME_KNOWN_MAX + 1);
  for (guint i = 0; lines[i] != NULL && bootstrap->n_known < KITH_FRAME_KNOWN_MAX; i++) {
    if (address_from_text (lines[i], &bootstrap->known[bootstrap->n_known])) {
      bootstrap->n_known++;
    }
  }
}

static void
ask (KithDhtBootstrap *bootstrap, Fate *fate)
{
  for (guint i = 0; i < fate->n_addresses; i++) {
    bootstrap->func (&fate->addresses[i], bootstrap->user_data);
  }
  if (fate->asked_us == 0 && fate->n_addresses > 0) {
    fate->asked_us = kith_clock_now (kith_clock_get_default ());
  }
}

static void
set_error (Fate *fate, const KithDhtHost *host, const char *error)
{
  if (g_strcmp0 (fate->error, error) != 0 && error != NULL) {
    kith_warning (LOG, "[dht] bootstrap %s:%u cannot be found: %s", host->host, host->port, error);
  } else if (fate->error != NULL && error == NULL) {
    kith_info (LOG, "[dht] bootstrap %s:%u is found now", host->host, host->port);
  }
  g_free (fate->error);
  fate->error = g_strdup (error);
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Question *question = user_data;
  g_autoptr (GError) error = NULL;
  GList *list = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);
  KithEndpoint address;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    return;
  }
  KithDhtBootstrap *bootstrap = question->bootstrap;
  const KithDhtHost *host = bootstrap->hosts->pdata[question->number];
  Fate *fate = &bootstrap->fates[question->number];
  set_error (fate, host, error != NULL ? error->message : NULL);
  if (list != NULL) {
    fate->n_addresses = 0;
  }
  for (GList *l = list; l != NULL && fate->n_addresses < MAX_ADDRESSES_OF_HOST; l = l->next) {
    if (address_from_inet (l->data, host->port, &address)) {
      fate->addresses[fate->n_addresses++] = address;
    }
  }
  g_resolver_free_addresses (list);
  if (error == NULL) {
    ask (bootstrap, fate);
  }
}

KithDhtBootstrap *
kith_dht_bootstrap_new (GPtrArray *hosts,
                        const char *state_dir,
                        KithDhtBootstrapFunc func,
                        gpointer user_data)
{
  KithDhtBootstrap *bootstrap = g_new0 (KithDhtBootstrap, 1);

  bootstrap->hosts = hosts;
  bootstrap->file = state_dir != NULL ? g_build_filename (state_dir, PEERS_FILE, NULL) : NULL;
  bootstrap->func = func;
  bootstrap->user_data = user_data;
  bootstrap->resolving = g_cancellable_new ();
  bootstrap->fates = g_new0 (Fate, MAX (hosts->len, 1));
  load_known (bootstrap);
  return bootstrap;
}

static void
run_host (KithDhtBootstrap *bootstrap, guint number)
{
  const KithDhtHost *host = bootstrap->hosts->pdata[number];
  Fate *fate = &bootstrap->fates[number];
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  g_autoptr (GInetAddress) inet = g_inet_address_new_from_string (host->host);

  if (inet != NULL) {
    fate->n_addresses = address_from_inet (inet, host->port, &fate->addresses[0]) ? 1 : 0;
    ask (bootstrap, fate);
    return;
  }
  Question *question = g_new0 (Question, 1);
  question->bootstrap = bootstrap;
  question->number = number;
  g_resolver_lookup_by_name_async (resolver,
                                   host->host,
                                   bootstrap->resolving,
                                   on_resolved,
                                   question);
}

void
kith_dht_bootstrap_run (KithDhtBootstrap *bootstrap)
{
  for (guint i = 0; i < bootstrap->n_known; i++) {
    bootstrap->func (&bootstrap->known[i], bootstrap->user_data);
  }
  for (guint i = 0; i < bootstrap->hosts->len; i++) {
    run_host (bootstrap, i);
  }
}

void
kith_dht_bootstrap_ask_missing (KithDhtBootstrap *bootstrap)
{
  for (guint i = 0; i < bootstrap->hosts->len; i++) {
    if (bootstrap->fates[i].answered_us == 0) {
      run_host (bootstrap, i);
    }
  }
}

/* Field by field: there is room between them that nobody fills. */
static gboolean
is_same (const KithEndpoint *a, const KithEndpoint *b)
{
  return a->family == b->family && a->port == b->port && memcmp (a->ip, b->ip, sizeof a->ip) == 0;
}

void
kith_dht_bootstrap_heard (KithDhtBootstrap *bootstrap, const KithEndpoint *address, gint64 now_us)
{
  for (guint i = 0; i < bootstrap->hosts->len; i++) {
    Fate *fate = &bootstrap->fates[i];
    for (guint k = 0; k < fate->n_addresses; k++) {
      if (is_same (&fate->addresses[k], address)) {
        fate->answered_us = now_us;
      }
    }
  }
}

static const char *
fate_word (const Fate *fate)
{
  if (fate->answered_us != 0) {
    return "answers";
  }
  if (fate->error != NULL) {
    return "unresolved";
  }
  return fate->asked_us != 0
                 && kith_clock_now (kith_clock_get_default ()) - fate->asked_us > SILENT_US
             ? "silent"
             : "asking";
}

GVariant *
kith_dht_bootstrap_get_status (KithDhtBootstrap *bootstrap)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < bootstrap->hosts->len; i++) {
    const KithDhtHost *host = bootstrap->hosts->pdata[i];
    const Fate *fate = &bootstrap->fates[i];
    gboolean ipv6 = strchr (host->host, ':') != NULL;
    GVariantBuilder addresses;
    GVariantDict dict;
    g_variant_builder_init (&addresses, G_VARIANT_TYPE ("as"));
    for (guint k = 0; k < fate->n_addresses; k++) {
      g_autofree gchar *text = kith_dht_address_to_text (&fate->addresses[k]);
      g_variant_builder_add (&addresses, "s", text);
    }
    g_autofree gchar *node = g_strdup_printf (ipv6 ? "[%s]:%u" : "%s:%u", host->host, host->port);
    g_variant_dict_init (&dict, NULL);
    g_variant_dict_insert (&dict, "node", "s", node);
    g_variant_dict_insert (&dict, "state", "s", fate_word (fate));
    g_variant_dict_insert (&dict, "error", "s", fate->error != NULL ? fate->error : "");
    g_variant_dict_insert_value (&dict, "addresses", g_variant_builder_end (&addresses));
    g_variant_dict_insert (&dict, "answered-at", "x", fate->answered_us);
    g_variant_builder_add_value (&list, g_variant_dict_end (&dict));
  }
  return g_variant_builder_end (&list);
}

void
kith_dht_bootstrap_remember (KithDhtBootstrap *bootstrap, const KithEndpoint *known, guint n)
{
  if (n == 0) {
    return; /* nobody answers now: those of better days are all we have */
  }
  bootstrap->n_known = MIN (n, KITH_FRAME_KNOWN_MAX);
  memcpy (bootstrap->known, known, bootstrap->n_known * sizeof *known);
  if (kith_clock_now (kith_clock_get_default ()) - bootstrap->saved_us > SAVE_US) {
    kith_dht_bootstrap_save (bootstrap);
  }
}

void
kith_dht_bootstrap_save (KithDhtBootstrap *bootstrap)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  bootstrap->saved_us = kith_clock_now (kith_clock_get_default ());
  if (bootstrap->file == NULL || bootstrap->n_known == 0) {
    return;
  }
  for (guint i = 0; i < bootstrap->n_known; i++) {
    g_autofree gchar *line = kith_dht_address_to_text (&bootstrap->known[i]);
    g_string_append_printf (text, "%s\n", line);
  }
  if (!g_file_test (bootstrap->file, G_FILE_TEST_IS_REGULAR)) {
    (void)g_unlink (bootstrap->file); /* a pipe in its place would be waited for */
  }
  if (!g_file_set_contents_full (bootstrap->file,
                                 text->str,
                                 (gssize)text->len,
                                 G_FILE_SET_CONTENTS_NONE,
                                 0600,
                                 &error)) {
    kith_warning (LOG, "the addresses of peers cannot be kept: %s", error->message);
  }
}

gboolean
kith_dht_bootstrap_has_any (KithDhtBootstrap *bootstrap)
{
  return bootstrap->hosts->len > 0 || bootstrap->n_known > 0;
}

void
kith_dht_bootstrap_free (KithDhtBootstrap *bootstrap)
{
  if (bootstrap == NULL) {
    return;
  }
  g_cancellable_cancel (bootstrap->resolving);
  g_object_unref (bootstrap->resolving);
  for (guint i = 0; i < bootstrap->hosts->len; i++) {
    g_free (bootstrap->fates[i].error);
  }
  g_free (bootstrap->fates);
  g_free (bootstrap->file);
  g_free (bootstrap);
}
