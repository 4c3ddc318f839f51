/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A GstDeviceMonitor that lives for one look, in a thread that may be kept waiting. */
#include "media/devices/sound-devices.h"

#include <gst/gst.h>

#include "base/clock.h"
#include "base/error.h"

typedef struct {
  gchar *names[2]; /* microphone, loudspeaker */
} Found;

#define PATIENCE_US (2 * G_USEC_PER_SEC) /* a server that works answers in a tenth of it */

static gint busy;       /* a thread is asking */
static gint64 since_us; /* … since then, monotonic; main thread */

static void
found_free (gpointer data)
{
  Found *found = data;

  g_free (found->names[0]);
  g_free (found->names[1]);
  g_free (found);
}

/* Neither the dummy that a server makes up without hardware, nor what an output plays. */
static gboolean
is_real (GstDevice *device, const GstStructure *properties)
{
  g_autofree gchar *name = g_strdup (gst_structure_get_string (properties, "node.name"));

  if (name == NULL
      && g_object_class_find_property (G_OBJECT_GET_CLASS (device), "internal-name") != NULL) {
    g_object_get (device, "internal-name", &name, NULL); /* PulseAudio's */
  }
  return g_strcmp0 (gst_structure_get_string (properties, "device.class"), "monitor") != 0
         && g_strcmp0 (name, "auto_null") != 0;
}

/* The default one, else the first: without a choice of the user that is the one that is used. */
static gchar *
name_default (GList *devices, const char *class)
{
  g_autofree gchar *name = NULL;
  gboolean has_default = FALSE;

  for (GList *l = devices; l != NULL && !has_default; l = l->next) {
    g_autoptr (GstStructure) properties = gst_device_get_properties (l->data);
    gboolean is_default = FALSE;
    if (properties == NULL || !gst_device_has_classes (l->data, class)) {
      continue;
    }
    (void)gst_structure_get_boolean (properties, "is-default", &is_default);
    if (is_default || (name == NULL && is_real (l->data, properties))) {
      g_free (name);
      name = is_real (l->data, properties) ? gst_device_get_display_name (l->data) : g_strdup ("");
      has_default = is_default;
    }
  }
  return name != NULL ? g_steal_pointer (&name) : g_strdup ("");
}

static gpointer
look (gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GstDeviceMonitor) monitor = gst_device_monitor_new ();

  (void)gst_device_monitor_add_filter (monitor, "Audio/Source", NULL);
  (void)gst_device_monitor_add_filter (monitor, "Audio/Sink", NULL);
  if (gst_device_monitor_start (monitor)) {
    GList *devices = gst_device_monitor_get_devices (monitor);
    Found *found = g_new0 (Found, 1);
    found->names[0] = name_default (devices, "Audio/Source");
    found->names[1] = name_default (devices, "Audio/Sink");
    g_list_free_full (devices, gst_object_unref);
    gst_device_monitor_stop (monitor);
    g_task_return_pointer (task, found, found_free);
  } else {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_MEDIA,
                             "the sound server tells nothing of its devices");
  }
  g_atomic_int_set (&busy, 0);
  return NULL;
}

void
kith_sound_devices_look_async (GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  if (!g_atomic_int_compare_and_exchange (&busy, 0, 1)) {
    gboolean is_silent = kith_clock_thread_now () - since_us > PATIENCE_US;
    g_task_return_new_error (task,
                             KITH_ERROR,
                             is_silent ? KITH_ERROR_IN_PROGRESS : KITH_ERROR_MEDIA,
                             "the sound server has not answered yet");
    return;
  }
  since_us = kith_clock_thread_now ();
  GThread *thread = g_thread_try_new ("kith-devices", look, g_object_ref (task), NULL);
  if (thread == NULL) {
    g_object_unref (task);
    g_atomic_int_set (&busy, 0);
    g_task_return_new_error (task, KITH_ERROR, KITH_ERROR_MEDIA, "there is no thread to be had");
    return;
  }
  g_thread_unref (thread);
}

gboolean
kith_sound_devices_look_finish (GAsyncResult *result,
                                gchar **microphone,
                                gchar **loudspeaker,
                                GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);
  Found *found = g_task_propagate_pointer (G_TASK (result), error);

  if (found == NULL) {
    return FALSE;
  }
  *microphone = g_steal_pointer (&found->names[0]);
  *loudspeaker = g_steal_pointer (&found->names[1]);
  found_free (found);
  return TRUE;
}
