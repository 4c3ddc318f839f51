/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Content-Type (the first line) and a body: what comes out is a session description that passed
   the check, or nothing. */
/* link: kith-sip */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/sdp/offer.h"
#include "sip/sip-body.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *line = size > 0 ? memchr (data, '\n', size) : NULL;
  gsize len = line != NULL ? (gsize)(line - (const char *)data) : 0;
  g_autofree gchar *type = g_strndup ((const char *)data, len);
  g_autofree gchar *sdp = NULL;
  gsize rest = line != NULL ? size - len - 1 : size;
  g_autofree gchar *body = g_memdup2 (size > 0 ? data + (size - rest) : NULL, rest);

  guint status = kith_sip_body_sdp (line != NULL ? type : NULL, body, rest, &sdp);
  if ((status != 0 && sdp != NULL) || (sdp != NULL && !kith_sdp_check (sdp, strlen (sdp), NULL))) {
    abort ();
  }
  return 0;
}
