/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A SIP message made of pieces of another: what a proxy does to those that it hands on, and what
   it says itself. */
#pragma once

#include "model/sip/sip-lines.h"

G_BEGIN_DECLS

/**
 * KithSipEdit:
 * @uri: a new Request-URI; empty: as it is
 * @pop_via: the topmost Via goes
 * @via: (nullable): the value of a Via that becomes the topmost
 * @received: (nullable): the host, without brackets, that the topmost Via of the message (after
 * @pop_via, and below @via) gets as "received", and @rport as "rport"; what it had of them goes
 * @pop_routes: so many elements of Route go, from the top
 * @route: (nullable): the value of a Route on top of those that stay
 * @record_route: (nullable): the same for Record-Route
 * @hop: Max-Forwards becomes one less, or 70 where there was none
 * @strip: (nullable): names of headers that go, long ones (compact forms go with them); ends with
 * NULL
 * @lines: (nullable): whole header lines to add, each with its end
 * All zero changes nothing but two things: Kith-… headers go always, and Content-Length is written
 * anew, once, and true.
 */
typedef struct {
  KithSipPiece uri;
  gboolean pop_via;
  const char *via;
  const char *received;
  guint16 rport;
  guint pop_routes;
  const char *route;
  const char *record_route;
  gboolean hop;
  const char *const *strip;
  const char *lines;
} KithSipEdit;

/* Writes @lines with the changes of @edit to @out, which is emptied first. What @edit brings must
   have no line ends but those of whole lines. FALSE, and @out stays empty: Max-Forwards was 0 and
   @edit wanted a hop (RFC 3261 section 16.3). Pure. */
KITH_API gboolean kith_sip_splice (const KithSipLines *lines,
                                   const KithSipEdit *edit,
                                   GString *out);

/**
 * KithSipReply:
 * @phrase: of the status line
 * @to_tag: (nullable): a token for To, which is used if To has none; not with status 100
 * @received, @rport: as in KithSipEdit
 * @lines: (nullable): whole header lines to add
 * @most: bytes that the response may have; 0: no limit
 */
typedef struct {
  guint status;
  const char *phrase;
  const char *to_tag;
  const char *received;
  guint16 rport;
  const char *lines;
  gsize most;
} KithSipReply;

/**
 * kith_sip_reply:
 * Writes the response of a server that keeps nothing (RFC 3261 section 8.2.6): Via, From, To,
 * Call-ID and CSeq of the request (and Timestamp, for status 100), without a body. One that is
 * longer than @most loses, in this order and only as far as needed: the phrase, Content-Length,
 * @lines, received and rport.
 * Returns: FALSE, and @out is empty, when @request is a response or ACK, or @most is too little.
 */
KITH_API gboolean kith_sip_reply (const KithSipLines *request,
                                  const KithSipReply *reply,
                                  GString *out);

/**
 * kith_sip_follow:
 * @invite: the INVITE as it was sent
 * @method: "ACK" for a response of 300 and more (RFC 3261 section 17.1.1.3), or "CANCEL" (section
 * 9.1)
 * @to: of ACK the value of To in the response; empty: that of the INVITE
 * @lines: (nullable): whole header lines to add
 * Writes the request that belongs to the INVITE's transaction: its Request-URI, topmost Via, Route,
 * From, Call-ID and number.
 */
KITH_API void kith_sip_follow (const KithSipLines *invite,
                               const char *method,
                               KithSipPiece to,
                               const char *lines,
                               GString *out);

G_END_DECLS
