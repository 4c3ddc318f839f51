/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phones that registered are asked whether they are there, on a clock that the test moves. */
#include "registrar-house.h"

/* What the phones were asked since, and what kithd heard of it. */
static void
assert_said (House *house, const char *said, const char *told)
{
  g_assert_cmpstr (house->said->str, ==, said);
  g_string_truncate (house->said, 0);
  assert_told (house, told);
}

/* It is asked soon, then each minute; three that have no answer, and it is not to be reached; one
   answer, and it is. */
static void
test_keeper (House *house, gconstpointer data)
{
  g_assert_cmpuint (enter (house, LONG_CONTACT), ==, 200);
  g_string_truncate (house->told, 0);
  kith_clock_advance (house->clock, KITH_KEEPER_SOON_MS - 1);
  assert_said (house, "", "");
  kith_clock_advance (house->clock, 1);
  assert_said (house, "ask 1\n", "");
  kith_clock_advance (house->clock, 7);
  kith_edge_registrar_hear (house->registrar, 1, house->asked - 2); /* another one's */
  kith_edge_registrar_hear (house->registrar, 2, house->asked);
  assert_told (house, "");
  kith_edge_registrar_hear (house->registrar, 1, house->asked);
  assert_told (house, "reach 1 there 7 ms\n");
  kith_edge_registrar_hear (house->registrar, 1, house->asked); /* said once */
  kith_clock_advance (house->clock, KITH_KEEPER_AGAIN_MS - 8);
  assert_said (house, "", "");
  for (guint i = 0; i < KITH_BINDING_MISSES; i++) { /* silent: over UDP each is said four times */
    kith_clock_advance (house->clock, KITH_KEEPER_PATIENCE_MS + 1);
    assert_said (house,
                 "ask 1\nask 1\nask 1\nask 1\n",
                 i == KITH_BINDING_MISSES - 1 ? "reach 1 silent 7 ms\n" : "");
    kith_clock_advance (house->clock, KITH_KEEPER_AGAIN_MS - KITH_KEEPER_PATIENCE_MS - 1);
  }
  kith_clock_advance (house->clock, 1);
  kith_edge_registrar_hear (house->registrar, 1, house->asked);
  assert_told (house, "reach 1 there 1 ms\n");
  /* two misses do not make it flap */
  for (guint i = 0; i < 4; i++) {
    kith_clock_advance (house->clock, 2 * KITH_KEEPER_AGAIN_MS);
    assert_told (house, "");
    kith_clock_advance (house->clock, KITH_KEEPER_AGAIN_MS);
    kith_edge_registrar_hear (house->registrar, 1, house->asked);
    g_string_truncate (house->told, 0);
  }
}

/* A REGISTER is an answer, too; a binding that is gone is not asked; over TCP nothing is said
   twice. */
static void
test_keeper_register (House *house, gconstpointer data)
{
  g_assert_cmpuint (enter (house, LONG_CONTACT), ==, 200);
  kith_clock_advance (house->clock, 2 * KITH_KEEPER_AGAIN_MS + 10000);
  g_string_truncate (house->told, 0);
  g_assert_cmpuint (enter (house, LONG_CONTACT), ==, 200);
  kith_clock_advance (house->clock, KITH_KEEPER_AGAIN_MS);
  assert_told (house, "bound desk 1 sip:desk@192.168.1.7:5062\ndesk is 0 Yealink SIP-T31P\n");
  g_assert_cmpuint (enter (house, "Contact: *\r\nExpires: 0\r\n"), ==, 200);
  g_string_truncate (house->said, 0);
  kith_clock_advance (house->clock, KITH_KEEPER_AGAIN_MS);
  g_assert_cmpstr (house->said->str, ==, "");

  house->from.transport = KITH_SIP_TRANSPORT_TCP;
  house->from.flow = 5;
  g_assert_cmpuint (enter (house, "Contact: <sip:desk@192.168.9.7:5070;transport=tcp>\r\n"),
                    ==,
                    200);
  kith_clock_advance (house->clock, KITH_KEEPER_AGAIN_MS);
  g_assert_cmpstr (house->said->str, ==, "ask 2\n");
}

/* Behind a NAT the way is kept open each 25 s, over UDP, as long as it is behind one. */
static void
test_keeper_nat (House *house, gconstpointer data)
{
  static const char contact[]
      = "Contact: <sip:desk@10.0.0.7:5062>;reg-id=1;+sip.instance=\"<urn:x:1>\"\r\n";
  static const char direct[]
      = "Contact: <sip:desk@192.168.1.7:5062>;reg-id=1;+sip.instance=\"<urn:x:1>\";expires=600\r\n";

  g_assert_cmpuint (enter (house, contact), ==, 200);
  g_assert_true (says (house, ";expires=120;"));
  kith_clock_advance (house->clock, KITH_KEEPER_PING_MS - 1);
  g_assert_null (strstr (house->said->str, "ping"));
  g_assert_cmpuint (enter (house, contact), ==, 200); /* that changes nothing */
  g_string_truncate (house->said, 0);
  kith_clock_advance (house->clock, 1);
  g_assert_cmpstr (house->said->str, ==, "ping 1\n");
  kith_clock_advance (house->clock, KITH_KEEPER_PING_MS - 1);
  g_assert_cmpstr (house->said->str, ==, "ping 1\n");
  kith_clock_advance (house->clock, 1);
  g_assert_cmpstr (house->said->str, ==, "ping 1\nping 1\n");
  g_assert_cmpuint (enter (house, direct), ==, 200);
  g_string_truncate (house->said, 0);
  kith_clock_advance (house->clock, 2 * KITH_KEEPER_PING_MS);
  g_assert_null (strstr (house->said->str, "ping"));
}

/* When all are due at once, they are asked one after the other, and all within the round. */
static void
test_keeper_many (House *house, gconstpointer data)
{
  KithEdgeFrame bind = { .type = KITH_EDGE_BIND };

  bind.binding = (KithEdgeBinding){ .contact = "sip:d@192.168.1.9",
                                    .call_id = "c",
                                    .cseq = 1,
                                    .q = 1000,
                                    .expires_s = NOON_S + 3600,
                                    .source = house->from.source };
  for (guint i = 1; i <= 20000; i++) {
    bind.binding.id = i;
    (void)g_snprintf (bind.binding.phone, sizeof bind.binding.phone, "p%u", i);
    order_phone (house, bind.binding.phone, KITH_PHONE_DIGEST_MD5);
    kith_edge_registrar_order (house->registrar, &bind);
  }
  kith_clock_advance (house->clock, KITH_KEEPER_SOON_MS);
  const gsize line = strlen ("ask 1\n");
  g_assert_cmpuint (house->said->len / line, <=, 40);
  kith_clock_advance (house->clock, (KITH_KEEPER_ROUND_S + 1) * 1000);
  g_assert_nonnull (strstr (house->said->str, "ask 20000\n"));
  g_assert_cmpstr (house->told->str, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/phone-keeper/" name, House, NULL, house_up, func, house_down)
  ADD ("asked", test_keeper);
  ADD ("register", test_keeper_register);
  ADD ("nat", test_keeper_nat);
  ADD ("many", test_keeper_many);
  return g_test_run ();
}
