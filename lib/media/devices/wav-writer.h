/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a WAV file (mono, 16 bits) whose header is right at almost any time. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _KithWavWriter KithWavWriter;

/* Creates or empties @path (mode 0600). KITH_ERROR_MEDIA naming the file and the cause. (transfer
   full) */
KithWavWriter *kith_wav_writer_new (const char *path, guint rate, GError **error);

/**
 * kith_wav_writer_put:
 * @at_ns: when the first sample is heard, counted from the beginning of the recording
 * Silence fills a gap; samples that come more than 10 ms too early for the file's end are cut, so
 * that the file keeps real time. The header is brought up to date every second of sound. At most 1
 * hour of silence at a time, 4 GiB in all. Any one thread at a time.
 */
void kith_wav_writer_put (KithWavWriter *writer, gint64 at_ns, const gint16 *samples, gsize n);

/* Silence up to @at_ns, final header, close, free. NULL is ignored. */
void kith_wav_writer_finish (KithWavWriter *writer, gint64 at_ns);

G_END_DECLS
