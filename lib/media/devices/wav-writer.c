/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain write(2) for samples, pwrite(2) for the header. */
#include "media/devices/wav-writer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"

#define HEADER 44
#define TOLERANCE_MS 10
#define MAX_SAMPLES (G_MAXUINT32 / 2 - HEADER)
#define MAX_GAP_S 3600

struct _KithWavWriter {
  GMutex mutex; /* the sink's thread puts, the main thread finishes */
  int fd;
  guint rate;
  guint64 written; /* samples */
  guint64 patched; /* samples that the header tells of */
  gboolean broken;
};

static void
write32 (guint8 *p, guint32 value)
{
  guint32 little = GUINT32_TO_LE (value);

  memcpy (p, &little, sizeof little);
}

static gboolean
patch_header (KithWavWriter *writer)
{
  guint8 head[HEADER] = "RIFF....WAVEfmt ";
  guint32 bytes = (guint32)(writer->written * 2);

  write32 (head + 4, bytes + HEADER - 8);
  write32 (head + 16, 16);
  write32 (head + 20, 1u << 16 | 1); /* PCM, one channel */
  write32 (head + 24, writer->rate);
  write32 (head + 28, writer->rate * 2);
  write32 (head + 32, 16u << 16 | 2); /* bytes of a frame, bits */
  memcpy (head + 36, "data", 4);
  write32 (head + 40, bytes);
  writer->patched = writer->written;
  return pwrite (writer->fd, head, HEADER, 0) == HEADER;
}

static gboolean
write_all (KithWavWriter *writer, const void *data, gsize len)
{
  const guint8 *at = data;

  while (len > 0) {
    ssize_t done = write (writer->fd, at, len);
    if (done < 0 && errno == EINTR) {
      continue;
    }
    if (done <= 0) {
      return FALSE;
    }
    at += done;
    len -= (gsize)done;
  }
  return TRUE;
}

static void
append (KithWavWriter *writer, const gint16 *samples, gsize n)
{
  if (writer->broken || writer->written + n > MAX_SAMPLES) {
    return;
  }
  if (!write_all (writer, samples, n * sizeof *samples)) {
    kith_warning ("media", "recording stops: %s", g_strerror (errno));
    writer->broken = TRUE;
    return;
  }
  writer->written += n;
}

static void
append_silence (KithWavWriter *writer, guint64 n)
{
  static const gint16 silence[4096];

  n = MIN (n, (guint64)MAX_GAP_S * writer->rate);
  while (n > 0 && !writer->broken) {
    gsize part = (gsize)MIN (n, G_N_ELEMENTS (silence));
    append (writer, silence, part);
    n -= part;
  }
}

KithWavWriter *
kith_wav_writer_new (const char *path, guint rate, GError **error)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0600);

  if (fd < 0) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_MEDIA,
                 "cannot record to %s: %s; choose another file with --audio-out",
                 path,
                 g_strerror (errno));
    return NULL;
  }
  KithWavWriter *writer = g_new0 (KithWavWriter, 1);
  g_mutex_init (&writer->mutex);
  writer->fd = fd;
  writer->rate = rate;
  if (!patch_header (writer) || lseek (fd, HEADER, SEEK_SET) != HEADER) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_MEDIA,
                 "cannot record to %s: it is not a regular file",
                 path);
    writer->broken = TRUE;
    kith_wav_writer_finish (writer, 0);
    return NULL;
  }
  return writer;
}

void
kith_wav_writer_put (KithWavWriter *writer, gint64 at_ns, const gint16 *samples, gsize n)
{
  g_mutex_lock (&writer->mutex);
  gint64 tolerance = (gint64)writer->rate * TOLERANCE_MS / 1000;
  gint64 at = at_ns / 1000 * writer->rate / 1000000;
  gint64 ahead = at - (gint64)writer->written;
  if (ahead > tolerance) {
    append_silence (writer, (guint64)ahead);
  } else if (ahead < -tolerance) {
    gsize cut = (gsize)MIN ((guint64)-ahead, n);
    samples += cut;
    n -= cut;
  }
  append (writer, samples, n);
  if (writer->written - writer->patched >= writer->rate) {
    patch_header (writer);
  }
  g_mutex_unlock (&writer->mutex);
}

void
kith_wav_writer_finish (KithWavWriter *writer, gint64 at_ns)
{
  if (writer == NULL) {
    return;
  }
  gint64 at = at_ns / 1000 * writer->rate / 1000000;
  if (at > (gint64)writer->written) {
    append_silence (writer, (guint64)at - writer->written);
  }
  if (!writer->broken) {
    patch_header (writer);
  }
  close (writer->fd);
  g_mutex_clear (&writer->mutex);
  g_free (writer);
}
