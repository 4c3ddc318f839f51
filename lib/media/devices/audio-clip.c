/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parses WAV and converts it with GstAudioConverter. */
#include "media/devices/audio-clip.h"

#include <gst/audio/audio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/plain-file.h"

#define MASTER_RATE 48000
#define CHUNK 4096 /* frames converted at a time */
#define WAVE_PCM 1
#define WAVE_FLOAT 3
#define WAVE_EXTENSIBLE 0xfffe

typedef struct {
  guint rate;
  GArray *samples; /* gint16 */
} Version;

struct _KithAudioClip {
  GObject parent_instance;
  GArray *versions; /* Version; the first is the master */
};

G_DEFINE_FINAL_TYPE (KithAudioClip, kith_audio_clip, G_TYPE_OBJECT)

typedef struct {
  GstAudioFormat format;
  guint rate, channels;
  const guint8 *data;
  gsize len;
} Sound;

static void
version_clear (gpointer data)
{
  g_array_unref (((Version *)data)->samples);
}

static void
kith_audio_clip_finalize (GObject *object)
{
  g_array_unref (KITH_AUDIO_CLIP (object)->versions);
  G_OBJECT_CLASS (kith_audio_clip_parent_class)->finalize (object);
}

static void
kith_audio_clip_class_init (KithAudioClipClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_audio_clip_finalize;
}

static void
kith_audio_clip_init (KithAudioClip *clip)
{
  clip->versions = g_array_new (FALSE, FALSE, sizeof (Version));
  g_array_set_clear_func (clip->versions, version_clear);
}

static guint32
little (const guint8 *p, guint bytes)
{
  guint32 value = 0;

  for (guint i = bytes; i > 0; i--) {
    value = value << 8 | p[i - 1];
  }
  return value;
}

static GstAudioFormat
format_of (guint tag, guint bits)
{
  if (tag == WAVE_FLOAT) {
    return bits == 32 ? GST_AUDIO_FORMAT_F32LE : GST_AUDIO_FORMAT_UNKNOWN;
  }
  if (tag != WAVE_PCM) {
    return GST_AUDIO_FORMAT_UNKNOWN;
  }
  return bits == 8    ? GST_AUDIO_FORMAT_U8
         : bits == 16 ? GST_AUDIO_FORMAT_S16LE
         : bits == 24 ? GST_AUDIO_FORMAT_S24LE
         : bits == 32 ? GST_AUDIO_FORMAT_S32LE
                      : GST_AUDIO_FORMAT_UNKNOWN;
}

static void
read_format (const guint8 *chunk, gsize size, Sound *sound)
{
  guint tag = little (chunk, 2);

  if (tag == WAVE_EXTENSIBLE && size >= 26) {
    tag = little (chunk + 24, 2);
  }
  sound->channels = little (chunk + 2, 2);
  sound->rate = little (chunk + 4, 4);
  sound->format = format_of (tag, little (chunk + 14, 2));
}

/* NULL when @sound is filled, else what is wrong. */
static const char *
read_wave (const guint8 *data, gsize len, Sound *sound)
{
  gsize at = 12;

  while (at + 8 <= len && sound->data == NULL) {
    gsize size = little (data + at + 4, 4);
    gsize here = MIN (size, len - at - 8);
    if (memcmp (data + at, "fmt ", 4) == 0 && here >= 16) {
      read_format (data + at + 8, here, sound);
    } else if (memcmp (data + at, "data", 4) == 0) {
      sound->data = data + at + 8;
      sound->len = here; /* a recording that was cut off tells more than there is */
    }
    at += 8 + here + (here & 1);
  }
  if (sound->data == NULL) {
    return "it has no data chunk";
  }
  if (sound->format == GST_AUDIO_FORMAT_UNKNOWN) {
    return "its encoding is not PCM of 8, 16, 24 or 32 bits or 32-bit float";
  }
  if (sound->channels < 1 || sound->channels > 2) {
    return "it has neither one nor two channels";
  }
  if (sound->rate < 4000 || sound->rate > 192000) {
    return "its sample rate is not between 4 and 192 kHz";
  }
  return NULL;
}

static GArray *
convert (const Sound *sound, guint rate)
{
  GstAudioInfo in, out;
  gint16 buffer[CHUNK * 12 + 256]; /* 4 to 48 kHz makes twelve of one */
  GArray *samples = g_array_new (FALSE, TRUE, sizeof (gint16));

  gst_audio_info_set_format (&in, sound->format, (gint)sound->rate, (gint)sound->channels, NULL);
  gst_audio_info_set_format (&out, GST_AUDIO_FORMAT_S16LE, (gint)rate, 1, NULL);
  GstAudioConverter *converter
      = gst_audio_converter_new (GST_AUDIO_CONVERTER_FLAG_NONE, &in, &out, NULL);
  gsize frame = (gsize)GST_AUDIO_INFO_BPF (&in);
  gsize left = MIN (sound->len / frame, (gsize)sound->rate * KITH_AUDIO_CLIP_MAX_S);
  const guint8 *from = sound->data;
  while (converter != NULL && left > 0) {
    gsize part = MIN (left, CHUNK);
    gsize n = MIN (gst_audio_converter_get_out_frames (converter, part), G_N_ELEMENTS (buffer));
    gpointer ins[] = { (gpointer)from };
    gpointer outs[] = { buffer };
    if (!gst_audio_converter_samples (converter, 0, ins, part, outs, n)) {
      break;
    }
    g_array_append_vals (samples, buffer, (guint)n);
    from += part * frame;
    left -= part;
  }
  g_clear_pointer (&converter, gst_audio_converter_free);
  return samples;
}

static const Version *
add_version (KithAudioClip *clip, const Sound *sound, guint rate)
{
  Version version = { rate, convert (sound, rate) };

  g_array_append_val (clip->versions, version);
  return &g_array_index (clip->versions, Version, clip->versions->len - 1);
}

static KithAudioClip *
refuse (const char *path, const char *why, GError **error)
{
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_MEDIA,
               "cannot play %s: %s; give a WAV file (PCM) with --audio-in",
               path,
               why);
  return NULL;
}

KithAudioClip *
kith_audio_clip_load (const char *path, GError **error)
{
  g_autoptr (GError) why = NULL;
  gsize size = 0;
  int fd = kith_plain_file_open (path, &size, &why);
  g_autoptr (GMappedFile) file = fd >= 0 ? g_mapped_file_new_from_fd (fd, FALSE, &why) : NULL;
  Sound sound = { GST_AUDIO_FORMAT_S16LE, MASTER_RATE, 1, NULL, 0 };

  if (fd >= 0) {
    (void)close (fd); /* the map stays */
  }
  if (file == NULL) {
    return refuse (path, why->message, error);
  }
  const guint8 *data = (const guint8 *)g_mapped_file_get_contents (file);
  gsize len = g_mapped_file_get_length (file);
  if (len >= 12 && memcmp (data, "RIFF", 4) == 0 && memcmp (data + 8, "WAVE", 4) == 0) {
    sound.format = GST_AUDIO_FORMAT_UNKNOWN;
    const char *wrong = read_wave (data, len, &sound);
    if (wrong != NULL) {
      return refuse (path, wrong, error);
    }
  } else {
    sound.data = data;
    sound.len = len;
  }
  g_autoptr (KithAudioClip) clip = g_object_new (KITH_TYPE_AUDIO_CLIP, NULL);
  if (sound.len < 2 || add_version (clip, &sound, MASTER_RATE)->samples->len == 0) {
    return refuse (path, "it is empty", error);
  }
  return g_steal_pointer (&clip);
}

const gint16 *
kith_audio_clip_get_samples (KithAudioClip *clip, guint rate, gsize *n)
{
  const Version *found = NULL;

  for (guint i = 0; found == NULL && i < clip->versions->len; i++) {
    const Version *version = &g_array_index (clip->versions, Version, i);
    found = version->rate == rate ? version : NULL;
  }
  if (found == NULL) {
    const GArray *master = g_array_index (clip->versions, Version, 0).samples;
    Sound sound
        = { GST_AUDIO_FORMAT_S16LE, MASTER_RATE, 1, (const guint8 *)master->data, master->len * 2 };
    found = add_version (clip, &sound, rate);
  }
  if (found->samples->len == 0) {
    g_array_set_size (found->samples, 1);
  }
  *n = found->samples->len;
  return (const gint16 *)(gpointer)found->samples->data;
}
