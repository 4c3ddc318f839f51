/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "<sip:TOKEN@HOST:PORT;lr>", the callee's side on top. */
#include "edge/worker/proxy/proxy-record.h"

static void
append_side (const KithProxyRecord *what, const KithWay *way, const gchar *token, GString *out)
{
  KithEndpoint own;
  gchar host[64];

  if (!what->own_address (what->data, way, &own)) {
    return;
  }
  kith_way_host (&own, TRUE, host, sizeof host);
  g_string_append_printf (out,
                          "%s<sip:%s@%s:%u%s;lr>",
                          out->len > 0 ? ", " : "",
                          token,
                          host,
                          own.port,
                          way->to.tls   ? ";transport=tls"
                          : way->to.tcp ? ";transport=tcp"
                                        : "");
}

void
kith_proxy_record (const KithProxyRecord *what,
                   const KithSipLines *request,
                   const KithFlowToken *token,
                   const KithWay *to,
                   GString *out)
{
  KithWay back = { .to = { .peer = token->caller.peer } };
  KithSipPiece call_id;
  gchar text[KITH_FLOW_TOKEN_MAX];

  kith_way_set_transport (&back, token->caller.transport);
  (void)kith_sip_lines_get (request, KITH_HEADER_CALL_ID, &call_id);
  kith_flow_token_print (what->key,
                         token,
                         call_id,
                         kith_sip_lines_tag (request, KITH_HEADER_FROM),
                         text);
  append_side (what, to, text, out);
  if (kith_way_transport (&back) != kith_way_transport (to)
      || back.to.peer.family != to->to.peer.family) {
    append_side (what, &back, text, out);
  }
}
