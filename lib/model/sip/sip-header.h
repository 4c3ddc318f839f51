/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of SIP headers by name, and the small grammars of their values. */
#pragma once

#include <glib.h>
#include <string.h>

#include "base/export.h"

G_BEGIN_DECLS

/* The headers that are known by name, long and compact. The first five are those without which a
   message cannot be answered. */
typedef enum {
  KITH_HEADER_VIA,
  KITH_HEADER_FROM,
  KITH_HEADER_TO,
  KITH_HEADER_CALL_ID,
  KITH_HEADER_CSEQ,
  KITH_HEADER_CONTENT_LENGTH,
  KITH_HEADER_CONTENT_TYPE,
  KITH_HEADER_MAX_FORWARDS,
  KITH_HEADER_CONTACT,
  KITH_HEADER_ROUTE,
  KITH_HEADER_RECORD_ROUTE,
  KITH_HEADER_EXPIRES,
  KITH_HEADER_MIN_EXPIRES,
  KITH_HEADER_SESSION_EXPIRES,
  KITH_HEADER_MIN_SE,
  KITH_HEADER_RETRY_AFTER,
  KITH_HEADER_TIMESTAMP,
  KITH_HEADER_RSEQ,
  KITH_HEADER_DATE,
  KITH_HEADER_MIME_VERSION,
  KITH_HEADER_USER_AGENT,
  KITH_HEADER_SERVER,
  KITH_HEADER_SUBJECT,
  KITH_HEADER_ORGANIZATION,
  KITH_HEADER_PRIORITY,
  KITH_HEADER_CONTENT_DISPOSITION,
  KITH_HEADER_REPLY_TO,
  KITH_HEADER_RACK,
  KITH_HEADER_REFER_TO,
  KITH_HEADER_REFERRED_BY,
  KITH_HEADER_REPLACES,
  KITH_HEADER_JOIN,
  KITH_HEADER_EVENT,
  KITH_HEADER_SUBSCRIPTION_STATE,
  KITH_HEADER_SIP_ETAG,
  KITH_HEADER_SIP_IF_MATCH,
  KITH_HEADER_REQUEST_DISPOSITION,
  KITH_HEADER_IDENTITY,
  KITH_HEADER_IDENTITY_INFO,
  KITH_HEADER_REFER_SUB,
  KITH_HEADER_SUPPRESS_BODY_IF_MATCH,
  KITH_HEADER_SUPPORTED,
  KITH_HEADER_CONTENT_ENCODING,
  KITH_HEADER_ALLOW_EVENTS,
  KITH_HEADER_REQUIRE,
  KITH_HEADER_PROXY_REQUIRE,
  KITH_HEADER_AUTHORIZATION,
  KITH_HEADER_PROXY_AUTHORIZATION,
  KITH_HEADER_WWW_AUTHENTICATE,
  KITH_HEADER_PROXY_AUTHENTICATE,
  KITH_HEADER_PATH,
  KITH_HEADER_SERVICE_ROUTE,
  KITH_HEADER_ALLOW,
  KITH_HEADER_REASON,
  KITH_HEADER_KITH,  /* Kith-…: ours alone */
  KITH_HEADER_OTHER, /* any other */
} KithSipHeader;

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

/* The header whose name is the @len bytes at @name, long or compact, in any case. */
KITH_API KithSipHeader kith_sip_header_find (const char *name, gsize len);

/* What becomes of it. */
KithSipRule kith_sip_header_rule (KithSipHeader header);

/* g_string_append_len() for the many short pieces of a message: mostly a copy. */
static inline void
kith_sip_append (GString *out, const char *text, gsize len)
{
  if (out->len + len < out->allocated_len) {
    memcpy (out->str + out->len, text, len);
    out->len += len;
    out->str[out->len] = '\0';
  } else {
    g_string_append_len (out, text, (gssize)len);
  }
}

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
