/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever passed the scan can be edited, answered and followed, and what is made of it passes the
   scan again unless it grew over a limit; whatever did not is read without harm. */
/* link: */
/* dict: sip */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/sip/sip-scan.h"
#include "model/sip/sip-splice.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
demand (gboolean condition)
{
  if (!condition) {
    abort ();
  }
}

static guint
count (const KithSipLines *lines, KithSipHeader header)
{
  KithSipPiece element;
  guint n = 0;

  while (kith_sip_lines_element (lines, header, n, &element)) {
    n++;
  }
  return n;
}

/* What was made is a message, or passed a limit. */
static void
check (const GString *out)
{
  KithSipScan scan;

  kith_sip_scan_init (&scan, TRUE);
  KithSipScanVerdict verdict = kith_sip_scan_run (&scan, (const guint8 *)out->str, out->len);
  demand (verdict == KITH_SIP_SCAN_PASS || verdict == KITH_SIP_SCAN_REFUSE
          || verdict == KITH_SIP_SCAN_BREAK);
  kith_sip_scan_clear (&scan);
}

/* Edits by the bits of @bits. */
static void
edit (const KithSipLines *lines, guint bits, GString *out)
{
  static const char *const strip[] = { "Supported", "Contact", "Subject", NULL };
  KithSipLines again;
  KithSipEdit change = {
    .uri = kith_sip_piece ((bits & 1) != 0 ? "sip:new@192.0.2.1" : NULL),
    .pop_via = (bits & 2) != 0,
    .via = (bits & 4) != 0 ? "SIP/2.0/UDP e;branch=z9hG4bKx" : NULL,
    .received = (bits & 8) != 0 ? "192.0.2.1" : NULL,
    .rport = 5060,
    .pop_routes = (bits & 16) != 0 ? 2 : 0,
    .hop = (bits & 32) != 0,
    .strip = (bits & 64) != 0 ? strip : NULL,
    .lines = (bits & 128) != 0 ? "X-New: y\r\n" : NULL,
  };
  guint vias = count (lines, KITH_HEADER_VIA);
  guint routes = count (lines, KITH_HEADER_ROUTE);

  if (!kith_sip_splice (lines, &change, out)) {
    demand (change.hop && kith_sip_lines_hops (lines) == 0);
    return;
  }
  gboolean read = kith_sip_lines_read (&again, out->str, out->len);
  guint left = vias - MIN (vias, change.pop_via ? 1 : 0) + (change.via != NULL ? 1 : 0);
  demand (read == (left > 0));
  if (!read) {
    return;
  }
  demand (count (&again, KITH_HEADER_VIA) == left);
  demand (count (&again, KITH_HEADER_ROUTE) == routes - MIN (routes, change.pop_routes));
  demand (count (&again, KITH_HEADER_CONTENT_LENGTH) == 1);
  demand (count (&again, KITH_HEADER_KITH) == 0);
  demand (kith_sip_piece_same (again.body, lines->body));
  check (out);
}

/* The first byte: which edits. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static KithSipLines lines;
  g_autoptr (GString) out = g_string_new (NULL);
  KithSipScan scan;

  if (size == 0) {
    return 0;
  }
  guint bits = data[0];
  data++;
  size--;
  if (kith_sip_lines_read (&lines, (const char *)data, size)) {
    const KithSipEdit none = { 0 };
    demand (kith_sip_splice (&lines, &none, out));
  }
  kith_sip_scan_init (&scan, FALSE);
  if (kith_sip_scan_run (&scan, data, size) == KITH_SIP_SCAN_PASS) {
    demand (kith_sip_lines_read (&lines, scan.text->str, scan.text->len));
    edit (&lines, bits, out);
    KithSipReply reply = { .status = 400,
                           .phrase = "Bad",
                           .to_tag = "0123",
                           .received = "192.0.2.1",
                           .rport = 1,
                           .lines = "X: y\r\n",
                           .most = size + 64 };
    demand (!kith_sip_reply (&lines, &reply, out) || out->len <= size + 64);
    reply.most = 0;
    gboolean ack = lines.status != 0 || kith_sip_piece_is (lines.method, "ACK");
    demand (kith_sip_reply (&lines, &reply, out) != ack);
    if (!ack) {
      check (out);
    }
    if (lines.status == 0) {
      kith_sip_follow (&lines, "CANCEL", kith_sip_piece (NULL), NULL, out);
      check (out);
    }
  }
  kith_sip_scan_clear (&scan);
  return 0;
}
