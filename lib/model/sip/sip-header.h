/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of SIP headers by name, and the small grammars of their values. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/* What becomes of a header. */
typedef enum {
  KITH_SIP_RULE_PASS,    /* as it came */
  KITH_SIP_RULE_VIA,     /* counted, and there must be one */
  KITH_SIP_RULE_FROM,    /* once */
  KITH_SIP_RULE_TO,      /* once */
  KITH_SIP_RULE_CALL_ID, /* once */
  KITH_SIP_RULE_CSEQ,    /* once */
  KITH_SIP_RULE_LENGTH,  /* once */
  KITH_SIP_RULE_TYPE,    /* once */
  KITH_SIP_RULE_HOPS,    /* once: Max-Forwards */
  KITH_SIP_RULE_CONTACT, /* counted, without display names */
  KITH_SIP_RULE_ROUTE,   /* counted */
  KITH_SIP_RULE_FIRST,   /* the first counts */
  KITH_SIP_RULE_NUMBER,  /* the first that is a number counts */
  /* left out: of no use to us, and often wrong; our own are only ours to write */
  KITH_SIP_RULE_DROP,
} KithSipRule;

/* The rule of the header whose name is the @len bytes at @name, long or compact, in any case;
   @index: its number below 64 or G_MAXUINT. */
KithSipRule kith_sip_rule_find (const char *name, gsize len, guint *index);

/* TRUE for the characters of a token (RFC 3261 section 25.1). */
KITH_API gboolean kith_sip_is_token (guchar c);

/* Digits alone, at most @most. */
gboolean kith_sip_read_number (const char *text, guint64 most, guint64 *number);

/* A number that may be followed by a fraction, a blank, a comment or parameters: Expires, Timestamp
   and their like. */
gboolean kith_sip_is_number (const char *value);

/* How many elements a list has: commas outside of quotes and brackets, and one. */
guint kith_sip_count (const char *value);

/**
 * kith_sip_name_rewrite:
 * @value: of From or To: a display name, a URI, parameters; as telephones write them
 * @out: gets, unless FALSE is returned, it written anew: what is no token, and no quoted string, in
 * quotes, and as UTF-8
 * @tagged: (out): it has a tag
 * Returns: FALSE if no URI can be found in it, or quotes or brackets stay open, or a limit is
 * passed.
 */
gboolean kith_sip_name_rewrite (const char *value, GString *out, gboolean *tagged);

/* Contact without its display names; @count: of its elements. FALSE as above. */
gboolean kith_sip_contact_rewrite (const char *value, GString *out, guint *count);

G_END_DECLS
