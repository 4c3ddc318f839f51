/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each look at the files is one task on a thread; its result is compared with what was shown. */
#include "node/phones/tls-keeper.h"

#include <gio/gio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "identity/state-file.h"
#include "net/local-addresses.h"
#include "net/own-addresses.h"
#include "tls/certificate.h"

#define LOG "tls"
#define DAY_MS (24u * 3600 * 1000)
#define CA_FILE "sip-ca.pem"
#define CA_KEY_FILE "sip-ca.key"
#define CHAIN_FILE "sip-tls.pem"
#define KEY_FILE "sip-tls.key"

struct _KithTlsKeeper {
  KithClock *clock;
  gchar *state_dir;
  KithTlsKeeperFresh fresh;
  gpointer user_data;
  GCancellable *cancel;
  KithAddressWatch *watch;
  KithTimer timer;
  gboolean is_busy;  /* a task runs */
  gboolean is_again; /* … and another one is to follow */
  gchar *ca, *chain, *fingerprint, *problem;
};

/* One look: what it is told, then what it found. */
typedef struct {
  gchar *dir;
  gint64 now_s;
  gchar *ca_key, *ca, *key, *chain;
  gboolean is_new_ca, had_ca;
} Look;

static void
wipe (gchar *secret)
{
  if (secret != NULL) {
    explicit_bzero (secret, strlen (secret));
    g_free (secret);
  }
}

static void
look_free (gpointer data)
{
  Look *look = data;

  wipe (look->ca_key);
  wipe (look->key);
  g_free (look->ca);
  g_free (look->chain);
  g_free (look->dir);
  g_free (look);
}

/* On the thread */

/* NULL: it is not there, or cannot be read. */
static gchar *
read_file (const char *dir, const char *name)
{
  gchar *text = g_malloc0 (KITH_TLS_PEM_MAX + 1);
  const gssize len = kith_state_file_read (dir, name, (guint8 *)text, KITH_TLS_PEM_MAX, NULL);

  if (len <= 0 || strlen (text) != (gsize)len) {
    wipe (text);
    return NULL;
  }
  return text;
}

static gboolean
write_file (const char *dir, const char *name, const char *text, GError **error)
{
  return kith_state_file_write (dir,
                                name,
                                (const guint8 *)text,
                                strlen (text),
                                KITH_STATE_FILE_REPLACE,
                                error);
}

/* The key of @name as it is kept, or a new one. */
static gchar *
take_key (const char *dir, const char *name, GError **error)
{
  gchar *key = read_file (dir, name);

  if (key == NULL) {
    key = kith_tls_key_new (error);
    if (key != NULL && !write_file (dir, name, key, error)) {
      wipe (g_steal_pointer (&key));
    }
  }
  return key;
}

static gboolean
take_ca (Look *look, GError **error)
{
  g_autofree gchar *name = g_strdup_printf ("Kith on %s", g_get_host_name ());

  look->ca = read_file (look->dir, CA_FILE);
  look->had_ca = look->ca != NULL;
  look->ca_key = take_key (look->dir, CA_KEY_FILE, error);
  if (look->ca_key == NULL
      || (look->ca != NULL && kith_tls_ca_fits (look->ca, look->ca_key, look->now_s))) {
    return look->ca_key != NULL;
  }
  g_free (look->ca);
  look->ca = kith_tls_ca_new (look->ca_key, name, look->now_s, error);
  look->is_new_ca = TRUE;
  return look->ca != NULL && write_file (look->dir, CA_FILE, look->ca, error);
}

/* The names by which phones may know this host. (transfer full) */
static GStrv
list_names (void)
{
  g_autofree gchar *host = g_ascii_strdown (g_get_host_name (), -1);
  GPtrArray *names = g_ptr_array_new ();

  if (*host != '\0' && host[strspn (host, "abcdefghijklmnopqrstuvwxyz0123456789-.")] == '\0'
      && strcmp (host, "localhost") != 0) {
    g_ptr_array_add (names, g_strdup (host));
    if (strchr (host, '.') == NULL) {
      g_ptr_array_add (names, g_strconcat (host, ".local", NULL));
    }
  }
  g_ptr_array_add (names, g_strdup ("localhost"));
  g_ptr_array_add (names, NULL);
  return (GStrv)g_ptr_array_free (names, FALSE);
}

static gboolean
take_chain (Look *look, GError **error)
{
  g_autofree KithEndpoint *addresses = g_new0 (KithEndpoint, KITH_TLS_ADDRESSES_MAX);
  g_auto (GStrv) names = list_names ();
  const KithTlsWanted wanted = {
    .ca = look->ca,
    .ca_key = look->ca_key,
    .key = look->key,
    .names = (const char *const *)names,
    .addresses = addresses,
    .n_addresses = kith_own_addresses (addresses, KITH_TLS_ADDRESSES_MAX),
    .now_s = look->now_s,
  };

  look->chain = read_file (look->dir, CHAIN_FILE);
  if (look->chain != NULL && kith_tls_certificate_fits (look->chain, &wanted)) {
    return TRUE;
  }
  g_free (look->chain);
  look->chain = kith_tls_certificate_new (&wanted, error);
  return look->chain != NULL && write_file (look->dir, CHAIN_FILE, look->chain, error);
}

static void
do_look (GTask *task, gpointer source, gpointer data, GCancellable *cancel)
{
  Look *look = data;
  GError *error = NULL;

  if (!take_ca (look, &error)) {
    g_task_return_error (task, error);
    return;
  }
  look->key = take_key (look->dir, KEY_FILE, &error);
  if (look->key == NULL || !take_chain (look, &error)) {
    g_task_return_error (task, error);
    return;
  }
  g_task_return_boolean (task, TRUE);
}

/* On the main thread */

static void look_now (KithTlsKeeper *keeper);

static void
take_look (KithTlsKeeper *keeper, const Look *look)
{
  if (look->is_new_ca && look->had_ca) {
    kith_warning (LOG,
                  "the CA of SIP over TLS was made anew, as the old one is damaged or too old: "
                  "phones that trust it need the new one (kith phone ca)");
  }
  g_free (keeper->ca);
  keeper->ca = g_strdup (look->ca);
  g_free (keeper->fingerprint);
  keeper->fingerprint = kith_tls_fingerprint (look->ca);
  if (g_strcmp0 (look->chain, keeper->chain) != 0) {
    kith_info (LOG, "%s certificate for phones", keeper->chain != NULL ? "a new" : "there is a");
    g_free (keeper->chain);
    keeper->chain = g_strdup (look->chain);
    keeper->fresh (look->chain, look->key, keeper->user_data);
  }
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  KithTlsKeeper *keeper = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
      return; /* the keeper is gone */
    }
    kith_warning (LOG, "no certificates for phones, which cannot use TLS: %s", error->message);
    g_free (keeper->problem);
    keeper->problem = g_strdup (error->message);
  } else {
    g_clear_pointer (&keeper->problem, g_free);
    take_look (keeper, g_task_get_task_data (G_TASK (result)));
  }
  keeper->is_busy = FALSE;
  kith_timer_set_ms (&keeper->timer, DAY_MS);
  if (keeper->is_again) {
    look_now (keeper);
  }
}

static void
look_now (KithTlsKeeper *keeper)
{
  keeper->is_again = keeper->is_busy;
  if (keeper->is_busy) {
    return;
  }
  g_autoptr (GTask) task = g_task_new (NULL, keeper->cancel, on_looked, keeper);
  Look *look = g_new0 (Look, 1);
  look->dir = g_strdup (keeper->state_dir);
  look->now_s = kith_clock_wall (keeper->clock) / G_USEC_PER_SEC;
  keeper->is_busy = TRUE;
  g_task_set_task_data (task, look, look_free);
  g_task_run_in_thread (task, do_look);
}

static void
on_changed (gpointer user_data)
{
  look_now (user_data);
}

KithTlsKeeper *
kith_tls_keeper_new (KithClock *clock,
                     const char *state_dir,
                     KithTlsKeeperFresh fresh,
                     gpointer user_data)
{
  KithTlsKeeper *keeper = g_new0 (KithTlsKeeper, 1);

  keeper->clock = g_object_ref (clock);
  keeper->state_dir = g_strdup (state_dir);
  keeper->fresh = fresh;
  keeper->user_data = user_data;
  keeper->cancel = g_cancellable_new ();
  keeper->watch = kith_address_watch_new (on_changed, keeper);
  kith_timer_init (&keeper->timer, clock, on_changed, keeper);
  look_now (keeper);
  return keeper;
}

void
kith_tls_keeper_free (KithTlsKeeper *keeper)
{
  if (keeper == NULL) {
    return;
  }
  g_cancellable_cancel (keeper->cancel); /* a task that runs tells nobody any more */
  g_object_unref (keeper->cancel);
  if (keeper->watch != NULL) {
    kith_address_watch_free (keeper->watch);
  }
  kith_timer_finish (&keeper->timer);
  g_object_unref (keeper->clock);
  g_free (keeper->state_dir);
  g_free (keeper->ca);
  g_free (keeper->chain);
  g_free (keeper->fingerprint);
  g_free (keeper->problem);
  g_free (keeper);
}

const char *
kith_tls_keeper_get_ca (KithTlsKeeper *keeper)
{
  return keeper->ca;
}

const char *
kith_tls_keeper_get_fingerprint (KithTlsKeeper *keeper)
{
  return keeper->fingerprint;
}

const char *
kith_tls_keeper_get_problem (KithTlsKeeper *keeper)
{
  return keeper->problem;
}
