/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One result of a look-up: who it is, how that is proved, and where it was learnt. */
#pragma once

#include <glib.h>

#include "base/export.h"
#include "model/names/name.h"
#include "model/names/peer-key.h"

G_BEGIN_DECLS

typedef enum {
  KITH_PROOF_NONE,   /* somebody claims the name, no more */
  KITH_PROOF_TAG,    /* the tag given matches the key */
  KITH_PROOF_KEY,    /* the address was the key itself */
  KITH_PROOF_PINNED, /* seen before under this name */
  KITH_PROOF_STATIC, /* the user's own key file says so */
} KithProof;

typedef struct {
  gchar *name;
  KithPeerKey key; /* zero: a plain SIP contact */
  guint8 tag[KITH_TAG_LEN];
  gboolean has_tag;
  KithProof proof;
  gchar *source;  /* "petname", "static", "dht" … the locator's name */
  gint64 age_ms;  /* since it was issued, -1 unknown */
  gchar *sip_uri; /* plain SIP contact, or NULL */
} KithFound;

KITH_API KithFound *kith_found_new (void);
KITH_API KithFound *kith_found_copy (const KithFound *contact);
KITH_API void kith_found_free (KithFound *contact);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithFound, kith_found_free)

/* "none", "tag", "key", "pinned", "static" (static string). */
KITH_API const char *kith_proof_word (KithProof proof);

G_END_DECLS
