/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whom a probe of the NAT asks, what it believes, and which STUN server it recommends. */
#include "nat/nat-targets.h"

static KithEndpoint
parse (const char *text)
{
  KithEndpoint endpoint;

  g_assert_true (kith_endpoint_parse (text, &endpoint));
  return endpoint;
}

/* NULL: refused. */
static KithNatTarget *
add (KithNatTargets *targets, const char *address, gboolean is_server)
{
  const KithEndpoint there = parse (address);

  if (!kith_nat_targets_offer (targets, &there, is_server, 4)) {
    return NULL;
  }
  return &targets->all[targets->n++];
}

static gboolean
answer (KithNatTarget *target, const char *mapped, const char *other, guint rtt_ms)
{
  KithStun stun = { .kind = KITH_STUN_SUCCESS, .mapped = parse (mapped) };
  const KithEndpoint from = target->address;

  if (other != NULL) {
    stun.other = parse (other);
  }
  return kith_nat_target_take (target, &stun, &from, rtt_ms);
}

static void
test_asking (void)
{
  KithNatTargets targets = { 0 };
  const KithEndpoint known = parse ("203.0.113.1:4222");

  g_assert_nonnull (add (&targets, "203.0.113.1:4222", FALSE));
  g_assert_null (add (&targets, "203.0.113.1:4222", TRUE)); /* already there */
  g_assert_nonnull (add (&targets, "203.0.113.1:4223", FALSE));
  /* a node there says nothing of the NAT */
  g_assert_null (add (&targets, "192.168.1.5:4222", FALSE));
  g_assert_nonnull (add (&targets, "192.168.1.5:3478", TRUE)); /* somebody configured it */
  g_assert_null (add (&targets, "127.0.0.1:3478", TRUE));
  g_assert_null (add (&targets, "[2001:db8::1]:4222", FALSE)); /* of the other family */
  g_assert_false (kith_nat_targets_is_new (&targets, &known));
  g_assert_cmpuint (kith_nat_targets_count_hosts (&targets, FALSE), ==, 2);
  for (guint i = 0; i < 2 * KITH_MAX_TARGETS; i++) {
    g_autofree gchar *text = g_strdup_printf ("203.0.113.7:%u", 1000 + i);
    (void)add (&targets, text, FALSE);
  }
  g_assert_cmpuint (targets.n, ==, KITH_MAX_TARGETS);
}

static void
test_answers (void)
{
  KithNatTargets targets = { 0 };
  KithNatAnswer answers[KITH_MAX_TARGETS + 1];
  KithStun stun = { .kind = KITH_STUN_SUCCESS, .mapped = parse ("198.51.100.7:1000") };
  const KithEndpoint elsewhere = parse ("203.0.113.9:4222");
  KithNatTarget *node = add (&targets, "203.0.113.1:4222", FALSE);
  KithNatTarget *server = add (&targets, "203.0.113.2:3478", TRUE);

  g_assert_false (kith_nat_target_take (node, &stun, &elsewhere, 5));
  g_assert_false (answer (node, "10.0.0.7:1000", NULL, 5)); /* a node cannot know that */
  g_assert_false (answer (node, "[2001:db8::1]:1000", NULL, 5));
  stun.kind = KITH_STUN_ERROR;
  g_assert_false (kith_nat_target_take (node, &stun, &node->address, 5));
  g_assert_cmpuint (kith_nat_targets_get_answers (&targets, answers), ==, 0);

  g_assert_true (answer (node, "198.51.100.7:1000", "10.0.0.1:5", 5));
  g_assert_false (answer (node, "198.51.100.8:1000", NULL, 5)); /* only the first one counts */
  g_assert_true (answer (server, "10.0.0.7:1000", "203.0.113.2:3479", 50));
  g_assert_cmpuint (kith_nat_target_worth (node), ==, 0); /* nobody is sent to a private address */
  g_assert_cmpuint (kith_nat_target_worth (server), ==, 1);
  g_assert_cmpuint (kith_nat_targets_get_answers (&targets, answers), ==, 2);
  g_assert_cmpuint (kith_nat_targets_count_hosts (&targets, TRUE), ==, 2);
}

static void
test_choice (void)
{
  KithNatTargets targets = { 0 };
  const KithEndpoint ours = parse ("198.51.100.7:1000");
  const KithNatTarget *best, *stranger;
  KithNatTarget *slow = add (&targets, "203.0.113.1:4222", FALSE);
  KithNatTarget *quick = add (&targets, "203.0.113.2:4222", FALSE);
  KithNatTarget *liar = add (&targets, "203.0.113.3:4222", FALSE);

  g_assert_null (kith_nat_targets_choose_server (&targets, &ours, NULL));
  g_assert_true (answer (slow, "198.51.100.7:1000", "203.0.113.9:4222", 80));
  g_assert_true (answer (quick, "198.51.100.7:1000", NULL, 20));
  g_assert_true (answer (liar, "198.51.100.99:1000", NULL, 1));
  g_assert_true (kith_nat_targets_choose_server (&targets, &ours, NULL) == quick);
  g_assert_true (kith_nat_targets_choose_server (&targets, &ours, &slow->address) == slow);
  g_assert_null (kith_nat_targets_choose_server (&targets, NULL, NULL));

  KithNatTarget *server = add (&targets, "203.0.113.4:3478", TRUE);
  g_assert_true (answer (server, "198.51.100.7:1000", NULL, 200));
  g_assert_true (kith_nat_targets_choose_server (&targets, &ours, &slow->address) == server);

  /* Who has a second host is asked more; another one, the quickest, is not asked. */
  kith_nat_targets_choose_pair (&targets, &best, &stranger);
  g_assert_true (best == slow && stranger == liar);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nat-targets/asking", test_asking);
  g_test_add_func ("/nat-targets/answers", test_answers);
  g_test_add_func ("/nat-targets/choice", test_choice);
  return g_test_run ();
}
