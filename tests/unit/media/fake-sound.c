/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bins with a generator and with a sink that keeps real time, under the names of the real
   elements. */
#include "fake-sound.h"

#include <gst/app/gstappsink.h>
#include <sys/socket.h>
#include <sys/un.h>

FakeSound fake_sound;

typedef struct {
  GstBin parent;
  gboolean is_microphone;
} FakeDevice;
typedef GstBinClass FakeDeviceClass;

static GType fake_device_get_type (void);
G_DEFINE_TYPE (FakeDevice, fake_device, GST_TYPE_BIN)

typedef FakeDevice FakeMicrophone;
typedef FakeDeviceClass FakeMicrophoneClass;
static GType fake_microphone_get_type (void);
G_DEFINE_TYPE (FakeMicrophone, fake_microphone, fake_device_get_type ())

typedef FakeDevice FakeLoudspeaker;
typedef FakeDeviceClass FakeLoudspeakerClass;
static GType fake_loudspeaker_get_type (void);
G_DEFINE_TYPE (FakeLoudspeaker, fake_loudspeaker, fake_device_get_type ())

static GstElement *youngest; /* microphone that is open; not owned */

static GstStateChangeReturn
fake_device_change_state (GstElement *element, GstStateChange change)
{
  FakeDevice *device = (FakeDevice *)element;
  FakeSoundCount *count = device->is_microphone ? &fake_sound.microphone : &fake_sound.loudspeaker;

  if (change == GST_STATE_CHANGE_NULL_TO_READY) {
    while (g_atomic_int_get (&fake_sound.blocks)) {
      g_usleep (1000);
    }
    g_atomic_int_inc (&count->opened);
    youngest = device->is_microphone ? element : youngest;
  } else if (change == GST_STATE_CHANGE_READY_TO_NULL) {
    g_atomic_int_inc (&count->closed);
    youngest = youngest == element ? NULL : youngest;
  }
  return GST_ELEMENT_CLASS (fake_device_parent_class)->change_state (element, change);
}

enum { PROP_CLIENT_NAME = 1, PROP_BUFFER_TIME, PROP_LATENCY_TIME };

static void
fake_device_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  (void)object; /* a real one would do something about it */
}

static void
fake_device_class_init (FakeDeviceClass *klass)
{
  GObjectClass *object = G_OBJECT_CLASS (klass);

  object->set_property = fake_device_set_property;
  GST_ELEMENT_CLASS (klass)->change_state = fake_device_change_state;
  g_object_class_install_property (
      object,
      PROP_CLIENT_NAME,
      g_param_spec_string ("client-name", NULL, NULL, NULL, G_PARAM_WRITABLE));
  g_object_class_install_property (
      object,
      PROP_BUFFER_TIME,
      g_param_spec_int64 ("buffer-time", NULL, NULL, 0, G_MAXINT64, 0, G_PARAM_WRITABLE));
  g_object_class_install_property (
      object,
      PROP_LATENCY_TIME,
      g_param_spec_int64 ("latency-time", NULL, NULL, 0, G_MAXINT64, 0, G_PARAM_WRITABLE));
}

static void
fake_device_init (FakeDevice *device)
{
  (void)device;
}

static void
describe (GstElementClass *klass, const char *what)
{
  gst_element_class_set_static_metadata (klass, what, "Audio", what, "Kith");
}

static void
fake_microphone_class_init (FakeMicrophoneClass *klass)
{
  static GstStaticPadTemplate template
      = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

  gst_element_class_add_static_pad_template (GST_ELEMENT_CLASS (klass), &template);
  describe (GST_ELEMENT_CLASS (klass), "A microphone that hears a tone");
}

static void
fake_microphone_init (FakeMicrophone *device)
{
  GstElement *tone = gst_element_factory_make ("audiotestsrc", NULL);

  device->is_microphone = TRUE;
  g_object_set (tone,
                "is-live",
                TRUE,
                "samplesperbuffer",
                480,
                "freq",
                (double)FAKE_SOUND_HZ,
                "volume",
                0.3,
                NULL);
  gst_bin_add (GST_BIN (device), tone);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (tone, "src");
  gst_element_add_pad (GST_ELEMENT (device), gst_ghost_pad_new ("src", pad));
}

static GstPadProbeReturn
on_event (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_CAPS) {
    g_atomic_int_inc (&fake_sound.streams);
  }
  return GST_PAD_PROBE_OK;
}

static void
count_gap (GstBuffer *buffer)
{
  static GstClockTime end = GST_CLOCK_TIME_NONE;
  GstClockTime at = GST_BUFFER_PTS (buffer);

  if (GST_CLOCK_TIME_IS_VALID (end) && ABS (GST_CLOCK_DIFF (end, at)) > 5 * GST_MSECOND) {
    g_atomic_int_inc (&fake_sound.gaps);
  }
  end = at
        + gst_util_uint64_scale (gst_buffer_get_size (buffer) / sizeof (gint16), GST_SECOND, 48000);
}

static GstFlowReturn
on_sound (GstAppSink *sink, gpointer user_data)
{
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  GstBuffer *buffer = sample != NULL ? gst_sample_get_buffer (sample) : NULL;
  GstMapInfo map;

  while (g_atomic_int_get (&fake_sound.stalls)) {
    g_usleep (1000);
  }
  if (buffer != NULL && gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    count_gap (buffer);
    g_mutex_lock (&fake_sound.mutex);
    g_array_append_vals (fake_sound.played, map.data, map.size / sizeof (gint16));
    g_mutex_unlock (&fake_sound.mutex);
    gst_buffer_unmap (buffer, &map);
  }
  return GST_FLOW_OK;
}

static void
fake_loudspeaker_class_init (FakeLoudspeakerClass *klass)
{
  static GstStaticPadTemplate template
      = GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

  gst_element_class_add_static_pad_template (GST_ELEMENT_CLASS (klass), &template);
  describe (GST_ELEMENT_CLASS (klass), "A loudspeaker that is recorded");
}

static void
fake_loudspeaker_init (FakeLoudspeaker *device)
{
  GstAppSinkCallbacks callbacks = { .new_sample = on_sound };
  GstElement *sink = gst_element_factory_make ("appsink", NULL);
  g_autoptr (GstCaps) caps
      = gst_caps_from_string ("audio/x-raw, format=S16LE, rate=48000, channels=1");

  g_object_set (sink, "async", FALSE, "qos", FALSE, "caps", caps, NULL);
  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, NULL, NULL);
  gst_bin_add (GST_BIN (device), sink);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event, NULL, NULL);
  gst_element_add_pad (GST_ELEMENT (device), gst_ghost_pad_new ("sink", pad));
}

/* What kith_sound_server_find() looks for. */
static void
listen_as_server (void)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree gchar *directory = g_dir_make_tmp ("kith-sound-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (directory, "native", NULL);
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, 64), ==, 0);
  g_assert_true (g_setenv ("PULSE_SERVER", path, TRUE));
}

void
fake_sound_install (void)
{
  g_mutex_init (&fake_sound.mutex);
  fake_sound.played = g_array_new (FALSE, FALSE, sizeof (gint16));
  g_assert_true (
      gst_element_register (NULL, "pulsesrc", GST_RANK_NONE, fake_microphone_get_type ()));
  g_assert_true (
      gst_element_register (NULL, "pulsesink", GST_RANK_NONE, fake_loudspeaker_get_type ()));
  listen_as_server ();
}

GArray *
fake_sound_take_played (void)
{
  g_mutex_lock (&fake_sound.mutex);
  GArray *played = g_steal_pointer (&fake_sound.played);
  fake_sound.played = g_array_new (FALSE, FALSE, sizeof (gint16));
  g_mutex_unlock (&fake_sound.mutex);
  return played;
}

void
fake_sound_break (void)
{
  g_assert_nonnull (youngest);
  GST_ELEMENT_ERROR (youngest, RESOURCE, READ, ("Disconnected: Connection terminated"), (NULL));
}
