/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the lines of a SIP message lie that the scan has written anew. */
#pragma once

#include "model/sip/sip-bounds.h"
#include "model/sip/sip-header.h"
#include "model/sip/sip-piece.h"

G_BEGIN_DECLS

/* Those of a scanned message, and what Kith adds to it. */
#define KITH_SIP_MAX_LINES (KITH_SIP_MAX_HEADERS + 32)

typedef struct {
  KithSipHeader header;
  KithSipPiece name;
  KithSipPiece value; /* without blanks around it and without its line end */
  KithSipPiece whole; /* with its line end */
} KithSipLine;

/**
 * KithSipLines:
 * @status: of a response; 0: it is a request
 * @method: of a request; of a response that of its CSeq
 * @uri: of a request
 * @start: the whole start line, with its end
 * @n: how many lines there are; each lies in @lines
 * @body: what follows the empty line
 * All pieces lie in the text that was read.
 */
typedef struct {
  guint status;
  KithSipPiece method;
  KithSipPiece uri;
  KithSipPiece start;
  KithSipPiece body;
  guint n;
  KithSipLine lines[KITH_SIP_MAX_LINES];
} KithSipLines;

/**
 * kith_sip_lines_read:
 * @text: one message as kith_sip_scan_run() writes it (one line a header, each ended by CR LF)
 * Copies nothing: @text must stay while @lines is used. Limits and single headers were the scan's
 * to check; other text is read without harm, and cut where it makes no sense.
 * Returns: FALSE when it is no message: no start line or no empty line, no Via, From, To, Call-ID
 * or CSeq, or more lines than there may be.
 */
KITH_API gboolean kith_sip_lines_read (KithSipLines *lines, const char *text, gsize len);

/* The value of the first header of that kind; FALSE and empty: there is none. Not for
   KITH_HEADER_OTHER. */
KITH_API gboolean kith_sip_lines_get (const KithSipLines *lines,
                                      KithSipHeader header,
                                      KithSipPiece *value);

/* The same for any header, by its long name. */
KITH_API gboolean kith_sip_lines_find (const KithSipLines *lines,
                                       const char *name,
                                       KithSipPiece *value);

/* The @nth element, from 0, of all headers of that kind, which are lists. FALSE: there are less. */
KITH_API gboolean kith_sip_lines_element (const KithSipLines *lines,
                                          KithSipHeader header,
                                          guint nth,
                                          KithSipPiece *element);

/* The topmost Via, or with @nth 1 the one below it. FALSE: there is none that can be read. */
KITH_API gboolean kith_sip_lines_via (const KithSipLines *lines, guint nth, KithSipVia *via);

/* The tag of From or To; empty: none. */
KITH_API KithSipPiece kith_sip_lines_tag (const KithSipLines *lines, KithSipHeader header);

/* The number of CSeq. */
KITH_API guint32 kith_sip_lines_cseq (const KithSipLines *lines);

/* Max-Forwards; -1: there is none. */
KITH_API gint kith_sip_lines_hops (const KithSipLines *lines);

G_END_DECLS
