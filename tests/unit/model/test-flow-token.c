/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the tokens in our Record-Route: there and back, and none that is not ours. */
#include "model/phone/flow-token.h"

#include <string.h>

static const guint8 key[KITH_EDGE_KEY] = { 1, 2, 3 };

static KithFlowToken
token_of (const char *caller, const char *callee)
{
  KithFlowToken token = { .caller = { .transport = KITH_SIP_TRANSPORT_UDP, .binding = 7 },
                          .callee = { .transport = KITH_SIP_TRANSPORT_TLS } };

  g_assert_true (kith_endpoint_parse (caller, &token.caller.peer));
  g_assert_true (kith_endpoint_parse (callee, &token.callee.peer));
  return token;
}

static void
check (const char *caller, const char *callee)
{
  const KithFlowToken token = token_of (caller, callee);
  const KithSipPiece call_id = kith_sip_piece ("call-1"), tag = kith_sip_piece ("a");
  gchar text[KITH_FLOW_TOKEN_MAX];
  KithFlowToken back;

  kith_flow_token_print (key, &token, call_id, tag, text);
  g_assert_true (kith_flow_token_looks (kith_sip_piece (text)));
  g_assert_true (kith_flow_token_parse (key, kith_sip_piece (text), call_id, tag, &back));
  g_assert_cmpmem (&back, sizeof back, &token, sizeof token);
  g_assert_false (
      kith_flow_token_parse (key, kith_sip_piece (text), kith_sip_piece ("call-2"), tag, &back));
  g_assert_false (
      kith_flow_token_parse (key, kith_sip_piece (text), call_id, kith_sip_piece ("b"), &back));
  for (gsize i = 0; i < strlen (text); i++) { /* any character changed, any length cut */
    const gchar was = text[i];
    text[i] = was == '0' ? '1' : '0';
    g_assert_false (kith_flow_token_parse (key, kith_sip_piece (text), call_id, tag, &back));
    text[i] = was;
    g_assert_false (kith_flow_token_parse (key, (KithSipPiece){ text, i }, call_id, tag, &back));
  }
}

static void
test_tokens (void)
{
  check ("192.0.2.1:5060", "192.0.2.2:40000");
  check ("[2001:db8::1]:5060", "[2001:db8::2]:5061");
  check ("192.0.2.1:5060", "[2001:db8::2]:5061");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/flow-token/tokens", test_tokens);
  return g_test_run ();
}
