/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is answered to requests outside of calls without asking kithd: one answer each, which keeps
   nothing. */
#include <string.h>

#include "edge/worker/front-private.h"
#include "edge/worker/screen/request-form.h"
#include "model/sip/sip-bounds.h"

#define ALLOW "Allow: " KITH_SIP_ALLOW "\r\n"

/* What becomes of a method outside of a call. */
static const struct {
  const char *method;
  guint status; /* 0: the user agent is asked */
} methods[] = {
  { "INVITE", 0 },    { "ACK", 0 },         { "CANCEL", 0 },   { "OPTIONS", 200 },
  { "BYE", 481 },     { "UPDATE", 481 },    { "PRACK", 405 },  { "INFO", 405 },
  { "MESSAGE", 405 }, { "SUBSCRIBE", 405 }, { "NOTIFY", 405 }, { "REFER", 405 },
  { "PUBLISH", 405 }, { "REGISTER", 405 },
};

static guint
status_of (KithSipPiece method, gboolean is_phone)
{
  if (is_phone && kith_sip_piece_is (method, "SUBSCRIBE")) {
    return 0;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++) {
    if (kith_sip_piece_is (method, methods[i].method)) {
      return methods[i].status;
    }
  }
  return 501;
}

static gboolean
has_scheme (KithSipPiece uri, const char *scheme)
{
  const gsize len = strlen (scheme);

  return uri.len > len && g_ascii_strncasecmp (uri.at, scheme, len) == 0;
}

/* The value of the header that nobody here can do, or empty: of a proxy always, and of what is
   answered here. */
static KithSipPiece
unsupported (const KithSipLines *lines, guint status)
{
  KithSipPiece value = { NULL, 0 };

  if (!kith_sip_lines_get (lines, KITH_HEADER_PROXY_REQUIRE, &value) && status == 200) {
    (void)kith_sip_lines_get (lines, KITH_HEADER_REQUIRE, &value);
  }
  return value;
}

static void
fill (KithFrontAnswer *answer, guint status, const char *phrase, KithEdgeCount count)
{
  answer->status = status;
  answer->phrase = phrase;
  answer->count = count;
}

void
kith_front_answer_outside (const KithSipLines *lines, gboolean is_phone, KithFrontAnswer *answer)
{
  const guint status = status_of (lines->method, is_phone);
  const KithSipPiece needs = unsupported (lines, status);

  const char *fault = status == 200 ? kith_sip_form_fault (lines) : NULL;

  answer->status = 0;
  g_string_truncate (answer->lines, 0);
  if (kith_sip_piece_is (lines->method, "ACK") || kith_sip_piece_is (lines->method, "CANCEL")) {
    return;
  }
  if (needs.len > 0) {
    g_string_append_printf (answer->lines, "Unsupported: %.*s\r\n", KITH_SIP_PIECE (needs));
    fill (answer, 420, "Bad Extension", KITH_EDGE_N_OTHER);
  } else if (!has_scheme (lines->uri, "sip:") && !has_scheme (lines->uri, "sips:")
             && !has_scheme (lines->uri, "tel:")) {
    fill (answer, 416, "Unsupported URI Scheme", KITH_EDGE_N_OTHER);
  } else if (status == 200 && fault != NULL) {
    g_string_append_printf (answer->lines, "Warning: 399 kith \"Bad %s\"\r\n", fault);
    fill (answer, 400, "Bad Request", KITH_EDGE_N_OTHER);
  } else if (status == 200) {
    g_string_append (answer->lines, ALLOW "Accept: application/sdp\r\nSupported: \r\n");
    fill (answer, 200, "OK", KITH_EDGE_N_COUNTS);
  } else if (status == 481) {
    fill (answer, 481, "Call/Transaction Does Not Exist", KITH_EDGE_N_NO_DIALOG);
  } else if (status != 0) {
    g_string_append (answer->lines, ALLOW);
    fill (answer,
          status,
          status == 405 ? "Method Not Allowed" : "Not Implemented",
          KITH_EDGE_N_METHOD);
  }
}
