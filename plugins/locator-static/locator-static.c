/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers names from a contact file and follows its changes; a broken file leaves the last good
   contacts in place. */
#include "locator-static.h"

#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/plain-file.h"
#include "model/sip/sip-uri.h"

#include "contact-file.h"

#define LOG "static"
#define SETTLE_MS 200 /* editors write a file in several steps */

struct _KithLocatorStatic {
  GObject parent_instance;
  KithClock *clock;
  gchar *path;
  GHashTable *contacts; /* name → KithFound */
  GFileMonitor *monitor;
  KithLocatorState state;
  guint settle_timer;
  gchar *last_error;
};

typedef struct {
  GTask *task; /* (owned) */
  gchar *name;
  KithFoundFunc found;
  gpointer user_data;
} LookUp;

static void kith_locator_static_locator_init (KithLocatorInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithLocatorStatic,
                               kith_locator_static,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_LOCATOR,
                                                      kith_locator_static_locator_init))

/* The contacts of the file as it is now; an empty table when there is no file. */
static GHashTable *
read_file (const char *path, GError **error)
{
  struct stat info;
  g_autofree gchar *text = NULL;
  g_autoptr (GError) problem = NULL;
  gsize len = 0;

  if (stat (path, &info) != 0) {
    return kith_contact_file_parse ("", 0, path, error);
  }
  if (!S_ISREG (info.st_mode) || info.st_size > KITH_CONTACT_FILE_MAX) {
    g_set_error (
        error,
        KITH_ERROR,
        KITH_ERROR_INVALID_ARGUMENTS,
        "%s is no file, or larger than %u KiB; set [static] file in kith.conf to a contact file",
        path,
        KITH_CONTACT_FILE_MAX / 1024);
    return NULL;
  }
  if (!kith_plain_file_read (path, KITH_CONTACT_FILE_MAX, &text, &len, &problem)) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_FAILED,
                 "%s cannot be read: %s",
                 path,
                 problem->message);
    return NULL;
  }
  return kith_contact_file_parse (text, len, path, error);
}

static void
load (KithLocatorStatic *self)
{
  g_autoptr (GError) error = NULL;
  GHashTable *contacts = read_file (self->path, &error);

  g_clear_pointer (&self->last_error, g_free);
  if (contacts == NULL) {
    self->last_error = g_strdup (error->message);
    kith_warning (LOG,
                  "%s (the %u contacts read before stay)",
                  error->message,
                  g_hash_table_size (self->contacts));
    return;
  }
  g_hash_table_unref (self->contacts);
  self->contacts = contacts;
  kith_info (LOG, "%u contacts in the file", g_hash_table_size (contacts));
}

static gboolean
on_settled (gpointer user_data)
{
  KithLocatorStatic *self = user_data;

  self->settle_timer = 0;
  load (self);
  return G_SOURCE_REMOVE;
}

static void
on_file_changed (GFileMonitor *monitor,
                 GFile *file,
                 GFile *other,
                 GFileMonitorEvent event,
                 KithLocatorStatic *self)
{
  kith_clock_cancel (self->clock, &self->settle_timer);
  self->settle_timer = kith_clock_add (self->clock, SETTLE_MS, on_settled, self);
}

static void
follow_file (KithLocatorStatic *self)
{
  g_autoptr (GFile) file = g_file_new_for_path (self->path);
  g_autoptr (GError) error = NULL;

  self->monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, &error);
  if (self->monitor == NULL) {
    kith_warning (LOG, "changes of %s are not noticed: %s", self->path, error->message);
    return;
  }
  g_signal_connect (self->monitor, "changed", G_CALLBACK (on_file_changed), self);
}

static const char *
kith_locator_static_get_name (KithLocator *locator)
{
  return "static";
}

static KithLocatorState
kith_locator_static_get_state (KithLocator *locator)
{
  return KITH_LOCATOR_STATIC (locator)->state;
}

static void
change_state (KithLocatorStatic *self, KithLocatorState state)
{
  if (self->state != state) {
    self->state = state;
    kith_locator_emit_state_changed (KITH_LOCATOR (self));
  }
}

static void
kith_locator_static_start (KithLocator *locator)
{
  KithLocatorStatic *self = KITH_LOCATOR_STATIC (locator);

  if (self->state == KITH_LOCATOR_OFFLINE) {
    load (self);
    follow_file (self);
    change_state (self, KITH_LOCATOR_ONLINE);
  }
}

static void
stop_following (KithLocatorStatic *self)
{
  kith_clock_cancel (self->clock, &self->settle_timer);
  if (self->monitor != NULL) {
    g_signal_handlers_disconnect_by_data (self->monitor, self);
    g_file_monitor_cancel (self->monitor);
    g_clear_object (&self->monitor);
  }
}

static void
kith_locator_static_stop_async (KithLocator *locator,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (locator, cancellable, callback, user_data);

  stop_following (KITH_LOCATOR_STATIC (locator));
  change_state (KITH_LOCATOR_STATIC (locator), KITH_LOCATOR_OFFLINE);
  g_task_return_boolean (task, TRUE);
}

static gboolean
kith_locator_static_finish (KithLocator *locator, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, locator), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
look_up_free (LookUp *look_up)
{
  g_object_unref (look_up->task);
  g_free (look_up->name);
  g_free (look_up);
}

static gboolean
on_look_up_time (gpointer user_data)
{
  LookUp *look_up = user_data;
  g_autoptr (KithLocatorStatic) self = g_object_ref (g_task_get_source_object (look_up->task));
  const KithFound *contact = g_hash_table_lookup (self->contacts, look_up->name);

  if (g_cancellable_is_cancelled (g_task_get_cancellable (look_up->task))) {
    g_task_return_new_error (look_up->task,
                             KITH_ERROR,
                             KITH_ERROR_CANCELLED,
                             "%s",
                             kith_error_text (KITH_ERROR_CANCELLED));
  } else if (self->state == KITH_LOCATOR_OFFLINE) {
    g_task_return_new_error (look_up->task,
                             KITH_ERROR,
                             KITH_ERROR_NOT_READY,
                             "The contact file is not in use");
  } else {
    if (contact != NULL) {
      g_autoptr (KithFound) copy = kith_found_copy (contact);
      (void)look_up->found (KITH_LOCATOR (self), NULL, copy, look_up->user_data);
    }
    g_task_return_boolean (look_up->task, TRUE);
  }
  look_up_free (look_up);
  return G_SOURCE_REMOVE;
}

static void
kith_locator_static_look_up_async (KithLocator *locator,
                                   const KithQuery *query,
                                   KithFoundFunc found,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  LookUp *look_up = g_new0 (LookUp, 1);

  look_up->task = g_task_new (locator, cancellable, callback, user_data);
  g_task_set_check_cancellable (look_up->task, FALSE);
  look_up->name = g_strdup (query->name != NULL ? query->name : "");
  look_up->found = found;
  look_up->user_data = user_data;
  (void)kith_clock_add (KITH_LOCATOR_STATIC (locator)->clock, 0, on_look_up_time, look_up);
}

static GVariant *
kith_locator_static_get_status (KithLocator *locator)
{
  KithLocatorStatic *self = KITH_LOCATOR_STATIC (locator);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  g_variant_builder_add (&builder, "{sv}", "file", g_variant_new_string (self->path));
  g_variant_builder_add (&builder,
                         "{sv}",
                         "contacts",
                         g_variant_new_uint32 (g_hash_table_size (self->contacts)));
  if (self->last_error != NULL) {
    g_variant_builder_add (&builder, "{sv}", "last-error", g_variant_new_string (self->last_error));
  }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static GStrv
kith_locator_static_get_sip_hosts (KithLocator *locator)
{
  g_autoptr (GStrvBuilder) hosts = g_strv_builder_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, KITH_LOCATOR_STATIC (locator)->contacts);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const char *uri = ((const KithFound *)value)->sip_uri;
    g_autoptr (KithSipUri) parsed = uri != NULL && g_str_has_prefix (uri, "sip:")
                                        ? kith_sip_uri_parse (uri + strlen ("sip:"), NULL)
                                        : NULL;
    if (parsed != NULL) {
      g_strv_builder_add (hosts, parsed->host);
    }
  }
  return g_strv_builder_end (hosts);
}

static void
kith_locator_static_locator_init (KithLocatorInterface *iface)
{
  iface->get_name = kith_locator_static_get_name;
  iface->get_state = kith_locator_static_get_state;
  iface->start = kith_locator_static_start;
  iface->stop_async = kith_locator_static_stop_async;
  iface->stop_finish = kith_locator_static_finish;
  iface->look_up_async = kith_locator_static_look_up_async;
  iface->look_up_finish = kith_locator_static_finish;
  iface->get_status = kith_locator_static_get_status;
  iface->get_sip_hosts = kith_locator_static_get_sip_hosts;
}

static void
kith_locator_static_finalize (GObject *object)
{
  KithLocatorStatic *self = KITH_LOCATOR_STATIC (object);

  stop_following (self);
  g_hash_table_unref (self->contacts);
  g_free (self->path);
  g_free (self->last_error);
  g_object_unref (self->clock);
  G_OBJECT_CLASS (kith_locator_static_parent_class)->finalize (object);
}

static void
kith_locator_static_class_init (KithLocatorStaticClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_locator_static_finalize;
}

static void
kith_locator_static_init (KithLocatorStatic *self)
{
  self->clock = g_object_ref (kith_clock_get_default ());
  self->contacts
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)kith_found_free);
}

KithLocatorStatic *
kith_locator_static_new (const char *path)
{
  KithLocatorStatic *self = g_object_new (KITH_TYPE_LOCATOR_STATIC, NULL);

  self->path = g_strdup (path);
  return self;
}
