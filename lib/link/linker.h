/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes links with QUIC over ICE: the concrete KithLinkMaker. */
#pragma once

#include "ports/link.h"

G_BEGIN_DECLS

#define KITH_TYPE_LINKER (kith_linker_get_type ())
G_DECLARE_FINAL_TYPE (KithLinker, kith_linker, KITH, LINKER, GObject)

/* How the linker learns who we are; functions so that lib/link needs no lib/identity. */
typedef struct {
  const guint8 *device_secret;                          /* 64 bytes, libsodium's form; read during new() only */
  GBytes *(*get_device_cert) (gpointer user_data);      /* encoded KithDeviceCert, valid now (transfer full) */
  /* Decodes, and verifies signature and validity of a peer's certificate. */
  gboolean (*verify_device_cert) (const guint8 *data, gsize len, KithDeviceCert *cert, gpointer user_data);
  gpointer user_data;
  const char *const *stun_servers; /* NULL or "host:port" literals or names */
  gboolean lan_only;
} KithLinkerConfig;

KithLinkMaker *kith_linker_new (const KithLinkerConfig *config, GError **error);

G_END_DECLS
