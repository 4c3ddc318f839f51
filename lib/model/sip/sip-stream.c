/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A buffer in front of the scan; what was given out leaves it with the next push. */
#include "model/sip/sip-stream.h"

#define KEPT 8192 /* bytes given out whose room is not given back yet */

struct _KithSipStream {
  KithSipScan scan;
  GByteArray *bytes;
  gsize at; /* of bytes: given out before it */
  gboolean broken;
};

KithSipStream *
kith_sip_stream_new (void)
{
  KithSipStream *stream = g_new0 (KithSipStream, 1);

  kith_sip_scan_init (&stream->scan, TRUE);
  stream->bytes = g_byte_array_new ();
  return stream;
}

void
kith_sip_stream_free (KithSipStream *stream)
{
  if (stream != NULL) {
    kith_sip_scan_clear (&stream->scan);
    g_byte_array_unref (stream->bytes);
    g_free (stream);
  }
}

void
kith_sip_stream_trust (KithSipStream *stream)
{
  stream->scan.trusted = TRUE;
}

void
kith_sip_stream_push (KithSipStream *stream, const guint8 *data, gsize len)
{
  if (stream->broken || len == 0) {
    return;
  }
  if (stream->at > 0) {
    g_byte_array_remove_range (stream->bytes, 0, (guint)stream->at);
    stream->at = 0;
  }
  g_byte_array_append (stream->bytes, data, (guint)len);
}

KithSipScanVerdict
kith_sip_stream_next (KithSipStream *stream)
{
  if (stream->broken) {
    return KITH_SIP_SCAN_BREAK;
  }
  gsize len = stream->bytes->len - stream->at;
  if (len == 0) {
    return KITH_SIP_SCAN_MORE;
  }
  KithSipScanVerdict verdict
      = kith_sip_scan_run (&stream->scan, stream->bytes->data + stream->at, len);
  if (verdict == KITH_SIP_SCAN_BREAK) {
    stream->broken = TRUE;
    stream->at = 0;
    g_byte_array_set_size (stream->bytes, 0);
  } else if (verdict != KITH_SIP_SCAN_MORE) {
    stream->at += stream->scan.used;
  } else {
    kith_sip_scan_rest (&stream->scan);
  }
  return verdict;
}

void
kith_sip_stream_rest (KithSipStream *stream)
{
  kith_sip_scan_rest (&stream->scan);
  if (stream->at > KEPT) {
    GByteArray *rest = g_byte_array_new ();
    g_byte_array_append (rest,
                         stream->bytes->data + stream->at,
                         stream->bytes->len - (guint)stream->at);
    g_byte_array_unref (stream->bytes);
    stream->bytes = rest;
    stream->at = 0;
  }
}

const KithSipScan *
kith_sip_stream_scan (const KithSipStream *stream)
{
  return &stream->scan;
}

gboolean
kith_sip_stream_is_partial (const KithSipStream *stream)
{
  return stream->bytes->len > stream->at;
}
