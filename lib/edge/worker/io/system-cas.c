/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file is mapped: it costs no memory as long as nobody asks. */
#include "edge/worker/io/system-cas.h"

static GMappedFile *file;
static KithTlsTrust *trust;

void
kith_system_cas_open (void)
{
  static const char *const places[] = { "/etc/ssl/certs/ca-certificates.crt",
                                        "/etc/pki/tls/certs/ca-bundle.crt",
                                        "/etc/ssl/cert.pem" };

  for (gsize i = 0; i < G_N_ELEMENTS (places) && file == NULL; i++) {
    file = g_mapped_file_new (places[i], FALSE, NULL);
  }
}

KithTlsTrust *
kith_system_cas_get (void)
{
  if (trust == NULL && file != NULL && g_mapped_file_get_length (file) > 0) {
    trust = kith_tls_trust_new_cas (g_mapped_file_get_contents (file),
                                    g_mapped_file_get_length (file),
                                    NULL);
    g_clear_pointer (&file, g_mapped_file_unref);
  }
  return trust;
}
