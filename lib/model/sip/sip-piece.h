/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of a SIP message where they lie, and the small grammars that cut one into smaller ones. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/* Bytes of a text that somebody else owns, not ended by NUL. An empty one may have @at NULL. */
typedef struct {
  const char *at;
  gsize len;
} KithSipPiece;

/* For printf ("%.*s"). */
#define KITH_SIP_PIECE(piece) (int)(piece).len, (piece).len > 0 ? (piece).at : ""

/* All of @text, which may be NULL. */
KITH_API KithSipPiece kith_sip_piece (const char *text);

/* What follows the first @at bytes, which it must have. */
KITH_API KithSipPiece kith_sip_piece_from (KithSipPiece piece, gsize at);

/* Without the blanks around it. */
KITH_API KithSipPiece kith_sip_piece_trim (KithSipPiece piece);

/* TRUE for the same letters, in any case. */
KITH_API gboolean kith_sip_piece_is (KithSipPiece piece, const char *text);

/* TRUE for the same bytes. */
KITH_API gboolean kith_sip_piece_same (KithSipPiece a, KithSipPiece b);

/* Digits alone, at most @most; *@number is 0 else. */
KITH_API gboolean kith_sip_piece_number (KithSipPiece piece, guint64 most, guint64 *number);

/**
 * kith_sip_piece_next:
 * @rest: a list; loses what was taken
 * @separator: ',' or ';'
 * @item: (out): the next element, trimmed; separators inside of quotes and <> are none. Empty ones
 * are passed over.
 * Returns: FALSE when there is none left.
 */
KITH_API gboolean kith_sip_piece_next (KithSipPiece *rest, char separator, KithSipPiece *item);

/* Cuts "NAME = VALUE" in two; a value in quotes loses them, escapes in it stay. No "=": @value is
   empty, with @at NULL. */
KITH_API void kith_sip_piece_pair (KithSipPiece item, KithSipPiece *name, KithSipPiece *value);

/* Looks for the parameter @name, in any case, in "a=b;c;…". FALSE: it is not there. @value:
   (nullable): as kith_sip_piece_pair(). */
KITH_API gboolean kith_sip_piece_param (KithSipPiece params, const char *name, KithSipPiece *value);

/* One element of From, To, Contact, Route and their like: the URI, and the parameters behind it
   without the first ";". FALSE when there is no URI, or a bracket or quote stays open. */
KITH_API gboolean kith_sip_piece_name (KithSipPiece element,
                                       KithSipPiece *uri,
                                       KithSipPiece *params);

/* A SIP URI where it lies: sip:USER[:PASSWORD]@HOST:PORT;PARAMS?HEADERS. */
typedef struct {
  gboolean secure;      /* sips: */
  KithSipPiece user;    /* as it is written, with its password; empty with @at NULL: none */
  KithSipPiece host;    /* without the brackets of IPv6 */
  guint16 port;         /* 0: none was given */
  KithSipPiece params;  /* without the first ";" */
  KithSipPiece headers; /* without the "?" */
} KithSipUriParts;

/* FALSE: no sip: or sips: URI, or without a host, or with a port that is none. The host may be any
   text without blanks and brackets. */
KITH_API gboolean kith_sip_uri_split (KithSipPiece uri, KithSipUriParts *parts);

/* The top element of a Via header where it lies (RFC 3261 section 20.42). */
typedef struct {
  KithSipPiece transport; /* "UDP" */
  KithSipPiece host;      /* of sent-by, without the brackets of IPv6 */
  guint16 port;           /* 0: none was given */
  KithSipPiece params;
  KithSipPiece branch;   /* empty: none */
  KithSipPiece received; /* without brackets; empty: none */
  guint16 rport;         /* 0: none, or without a value */
  gboolean wants_rport;  /* the parameter is there (RFC 3581) */
} KithSipVia;

/* @element: one element. FALSE: it is no Via. */
KITH_API gboolean kith_sip_via_split (KithSipPiece element, KithSipVia *via);

G_END_DECLS
