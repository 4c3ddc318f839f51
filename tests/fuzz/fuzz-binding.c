/* SPDX-License-Identifier: GPL-3.0-or-later */
/* REGISTERs one after the other: a set never holds too many, a refused one changes nothing, and
   what is printed of it can be registered again. */
/* link: */
/* dict: sip */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/sip/binding.h"
#include "model/sip/sip-scan.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
demand (gboolean condition)
{
  if (!condition) {
    abort ();
  }
}

static void
count (KithBindingEvent event, const KithBinding *binding, gpointer user_data)
{
  guint *counts = user_data;

  demand (binding->uri != NULL && binding->call_id != NULL);
  counts[event]++;
}

static void
check (const KithBindingSet *set, gint64 now)
{
  g_autoptr (GString) text = g_string_new ("REGISTER sip:k SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nFrom: "
                                           "<sip:a>\r\nTo: <sip:a>\r\nCall-ID: again\r\n"
                                           "CSeq: 1 REGISTER\r\n");
  static KithSipLines lines;
  KithRegistration again;

  kith_bindings_print (set, now, "sip:a@k", text);
  g_string_append (text, "\r\n");
  demand (kith_sip_lines_read (&lines, text->str, text->len));
  guint status = kith_registration_read (&lines, &again);
  demand (status == 0 || (again.outbound && set->n > 1)); /* those come one by one */
  demand (status != 0 || again.n == set->n);
}

/* Each message is one line of the input: its headers, with "|" in the place of line ends. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const KithBindingRules rules = { 60, 300, 3600, 120 };
  static KithSipLines lines;
  guint32 last_id = 0;
  KithBindingOrigin origin
      = { .transport = KITH_SIP_TRANSPORT_UDP, .now = G_USEC_PER_SEC, .last_id = &last_id };
  KithBindingSet set = { 0 };
  guint nth = 0;

  demand (kith_endpoint_parse ("192.0.2.7:5060", &origin.source));
  while (size > 0 && nth++ < 32) {
    const uint8_t *end = memchr (data, '\n', size);
    size_t len = end != NULL ? (size_t)(end - data) : size;
    g_autoptr (GString) text = g_string_new ("REGISTER sip:k SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n"
                                             "From: <sip:a>\r\nTo: <sip:a>\r\n");
    KithRegistration registration;
    KithSipScan scan;
    guint counts[3] = { 0 };
    for (size_t i = 0; i < len; i++) {
      g_string_append_len (text,
                           data[i] == '|' ? "\r\n" : (const char *)&data[i],
                           data[i] == '|' ? 2 : 1);
    }
    g_string_append_printf (text, "\r\nCall-ID: c%u\r\nCSeq: %u REGISTER\r\n\r\n", nth % 2, nth);
    data += MIN (len + 1, size);
    size -= MIN (len + 1, size);
    kith_sip_scan_init (&scan, FALSE);
    if (kith_sip_scan_run (&scan, (const guint8 *)text->str, text->len) == KITH_SIP_SCAN_PASS
        && kith_sip_lines_read (&lines, scan.text->str, scan.text->len)
        && kith_registration_read (&lines, &registration) == 0) {
      kith_bindings_expire (&set, origin.now, 0, NULL, NULL);
      guint before = set.n;
      guint status = kith_bindings_change (&set, &registration, &rules, &origin, count, counts);
      demand (set.n <= KITH_BINDINGS_MAX);
      demand (status == 200 || counts[0] + counts[1] + counts[2] == 0);
      demand (set.n == before + counts[KITH_BINDING_PUT] - counts[KITH_BINDING_REMOVED]);
      check (&set, origin.now);
    }
    kith_sip_scan_clear (&scan);
    for (guint i = 0; i < set.n; i++) {
      set.items[i]->unreachable = (nth + i) % 3 == 0;
    }
    origin.now += 20 * G_USEC_PER_SEC;
    origin.flow = nth;
  }
  kith_bindings_clear (&set);
  return 0;
}
