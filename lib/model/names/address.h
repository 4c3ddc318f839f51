/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person types to call someone: a name, a tagged name, a key, an invitation or a SIP URI. */
#pragma once

#include <glib.h>

#include "base/export.h"
#include "model/names/name.h"
#include "model/names/peer-key.h"

G_BEGIN_DECLS

typedef enum {
  KITH_ADDRESS_NAME,   /* "alice", "sip:alice@kith.alt": a search term */
  KITH_ADDRESS_TAGGED, /* "alice~7k2f9qxm", "sip:alice@7k2f9qxm.kith.alt": proves itself */
  KITH_ADDRESS_KEY,    /* 52 characters of base 32, or "kith:NAME?k=KEY…": the identity itself */
  KITH_ADDRESS_SIP,    /* "sip:bob@192.0.2.7", "bob@example.org": ordinary SIP (RFC 3261) */
} KithAddressKind;

typedef struct {
  KithAddressKind kind;
  gchar *name;              /* normal form; NULL for a bare key or SIP */
  guint8 tag[KITH_TAG_LEN]; /* with has_tag */
  gboolean has_tag;
  KithPeerKey key; /* with has_key */
  gboolean has_key;
  gchar *sip_uri;       /* KITH_ADDRESS_SIP: canonical "sip:user@host[:port][;transport=udp|tcp]" */
  gchar *sip_user;      /* as it stands in sip_uri (escaped), or NULL */
  gchar *sip_host;      /* name or IP literal, IPv6 without brackets */
  guint16 sip_port;     /* 0: not given */
  gchar *sip_transport; /* "udp", "tcp" or NULL */
  gchar *permit;        /* invitation's one-use right to ring, or NULL */
  GStrv hints;          /* invitation's hints "host:port", or NULL; at most 4 */
} KithAddress;

/* Parses at most 512 bytes. (transfer full), or NULL and KITH_ERROR_INVALID_ADDRESS naming cause
   and remedy. sips: is refused with KITH_ERROR_UNSUPPORTED. User parts are checked (RFC 3261
   section 25.1), no control characters, no headers ("?" in sip:). */
KITH_API KithAddress *kith_address_parse (const char *text, GError **error);
KITH_API void kith_address_free (KithAddress *address);

/* The text that kith_address_parse() turns into the same address. (transfer full) */
KITH_API gchar *kith_address_to_text (const KithAddress *address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithAddress, kith_address_free)

G_END_DECLS
