/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scan of SIP messages reads anything, as datagram and as stream in pieces; what passes once
   passes again and is the same. */
/* link: */
/* dict: sip */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/sip/sip-bounds.h"
#include "model/sip/sip-stream.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
demand (gboolean condition)
{
  if (!condition) {
    abort ();
  }
}

/* What was written anew stays as it is, and an answer is no larger than what a flood may gain. */
static void
check (const KithSipScan *scan, KithSipScanVerdict verdict, gboolean stream)
{
  g_autoptr (GString) out = g_string_new (NULL);
  KithSipScan again;

  if (verdict == KITH_SIP_SCAN_PASS || verdict == KITH_SIP_SCAN_REFUSE
      || verdict == KITH_SIP_SCAN_BREAK) {
    gboolean answered = kith_sip_scan_answer (scan, 400, scan->reason, "0123abcd", out);
    demand (!answered || verdict == KITH_SIP_SCAN_BREAK || out->len <= scan->used + 64);
  }
  if (verdict != KITH_SIP_SCAN_PASS) {
    return;
  }
  demand (scan->status == 0 && strlen (scan->text->str) <= scan->text->len);
  demand (memmem (scan->text->str, scan->text->len, "\r\n\r\n", 4) != NULL);
  kith_sip_scan_init (&again, stream);
  KithSipScanVerdict second
      = kith_sip_scan_run (&again, (const guint8 *)scan->text->str, scan->text->len);
  if (second == KITH_SIP_SCAN_PASS) {
    demand (again.text->len == scan->text->len
            && memcmp (again.text->str, scan->text->str, again.text->len) == 0);
  } else { /* quotes that were put around a name may take it over a limit, nothing else */
    demand (second == KITH_SIP_SCAN_REFUSE || second == KITH_SIP_SCAN_BREAK);
  }
  kith_sip_scan_clear (&again);
}

/* The first byte: the length of a piece, 0 for a datagram. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size == 0) {
    return 0;
  }
  gsize piece = data[0];
  data++;
  size--;
  if (piece == 0) {
    KithSipScan scan;
    kith_sip_scan_init (&scan, FALSE);
    check (&scan, kith_sip_scan_run (&scan, data, size), FALSE);
    kith_sip_scan_clear (&scan);
    return 0;
  }
  piece = piece == 255 ? size : piece;
  g_autoptr (KithSipStream) stream = kith_sip_stream_new ();
  for (size_t at = 0; at < size; at += piece) {
    kith_sip_stream_push (stream, data + at, MIN (piece, size - at));
    KithSipScanVerdict verdict = KITH_SIP_SCAN_IDLE;
    while (verdict != KITH_SIP_SCAN_MORE && verdict != KITH_SIP_SCAN_BREAK) {
      verdict = kith_sip_stream_next (stream);
      check (kith_sip_stream_scan (stream), verdict, TRUE);
    }
  }
  return 0;
}
