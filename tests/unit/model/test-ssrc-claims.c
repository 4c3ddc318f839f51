/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets of several streams on one link: each goes to its own, and nobody's are counted. */
#include <string.h>

#include "base/error.h"
#include "model/net/ssrc-claims.h"

static void
put (guint8 *at, guint32 ssrc)
{
  at[0] = (guint8)(ssrc >> 24);
  at[1] = (guint8)(ssrc >> 16);
  at[2] = (guint8)(ssrc >> 8);
  at[3] = (guint8)ssrc;
}

static void
make_rtp (guint8 packet[12], guint32 ssrc)
{
  memset (packet, 0, 12);
  packet[0] = 0x80;
  packet[1] = 96;
  put (packet + 8, ssrc);
}

static void
make_rtcp (guint8 packet[8], guint8 type, guint32 ssrc)
{
  memset (packet, 0, 8);
  packet[0] = 0x80;
  packet[1] = type;
  put (packet + 4, ssrc);
}

static void
test_ssrc_of_packet (void)
{
  guint8 packet[12];
  guint32 ssrc = 0;

  make_rtp (packet, 0xdeadbeef);
  g_assert_true (kith_ssrc_of_packet (packet, 12, &ssrc));
  g_assert_cmphex (ssrc, ==, 0xdeadbeef);
  g_assert_false (kith_ssrc_of_packet (packet, 11, &ssrc));
  packet[1] |= 0x80; /* a marker is no RTCP */
  g_assert_true (kith_ssrc_of_packet (packet, 12, &ssrc));
  g_assert_cmphex (ssrc, ==, 0xdeadbeef);
  packet[0] = 0x40;
  g_assert_false (kith_ssrc_of_packet (packet, 12, &ssrc));

  make_rtcp (packet, 200, 7);
  g_assert_true (kith_ssrc_of_packet (packet, 8, &ssrc));
  g_assert_cmphex (ssrc, ==, 7);
  make_rtcp (packet, 201, 8);
  g_assert_true (kith_ssrc_of_packet (packet, 8, &ssrc));
  g_assert_cmphex (ssrc, ==, 8);
  g_assert_false (kith_ssrc_of_packet (packet, 7, &ssrc));
  g_assert_false (kith_ssrc_of_packet (packet, 0, &ssrc));
}

static void
test_claims (void)
{
  KithSsrcClaims claims = { 0 };
  KithSsrcClaim claim;
  g_autoptr (GError) twice = NULL;
  g_autoptr (GError) none = NULL;
  g_autoptr (GError) error = NULL;
  guint8 packet[12];
  int one, two;

  g_assert_true (kith_ssrc_claims_add (&claims, 1, G_CALLBACK (test_claims), &one, &error));
  g_assert_true (kith_ssrc_claims_add (&claims, 2, G_CALLBACK (test_claims), &two, &error));
  g_assert_false (kith_ssrc_claims_add (&claims, 1, G_CALLBACK (test_claims), &two, &twice));
  g_assert_error (twice, KITH_ERROR, KITH_ERROR_EXISTS);
  g_assert_false (kith_ssrc_claims_add (&claims, 0, G_CALLBACK (test_claims), &two, &none));
  g_assert_error (none, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);

  make_rtp (packet, 2);
  g_assert_true (kith_ssrc_claims_find (&claims, packet, 12, &claim));
  g_assert_true (claim.data == &two);
  make_rtcp (packet, 200, 1);
  g_assert_true (kith_ssrc_claims_find (&claims, packet, 8, &claim));
  g_assert_true (claim.data == &one);
  g_assert_cmpuint (claims.unclaimed, ==, 0);
  make_rtp (packet, 3);
  g_assert_false (kith_ssrc_claims_find (&claims, packet, 12, &claim));
  g_assert_false (kith_ssrc_claims_find (&claims, packet, 4, &claim));
  g_assert_cmpuint (claims.unclaimed, ==, 2);

  g_assert_false (kith_ssrc_claims_remove (&claims, 1, &two)); /* another's */
  g_assert_false (kith_ssrc_claims_remove (&claims, 9, &two));
  g_assert_true (kith_ssrc_claims_remove (&claims, 1, &one));
  make_rtp (packet, 1);
  g_assert_false (kith_ssrc_claims_find (&claims, packet, 12, &claim));
  make_rtp (packet, 2);
  g_assert_true (kith_ssrc_claims_find (&claims, packet, 12, &claim));
  g_assert_true (claim.data == &two);
}

static void
test_limit (void)
{
  KithSsrcClaims claims = { 0 };
  KithSsrcClaim claim;
  g_autoptr (GError) error = NULL;
  guint8 packet[12];

  for (guint i = 1; i <= KITH_MAX_SSRC_CLAIMS; i++) {
    g_assert_true (
        kith_ssrc_claims_add (&claims, i, G_CALLBACK (test_limit), GUINT_TO_POINTER (i), NULL));
  }
  g_assert_false (kith_ssrc_claims_add (&claims, 99, G_CALLBACK (test_limit), NULL, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_LIMIT_REACHED);
  for (guint i = 1; i <= KITH_MAX_SSRC_CLAIMS; i += 2) {
    g_assert_true (kith_ssrc_claims_remove (&claims, i, GUINT_TO_POINTER (i)));
  }
  for (guint i = 1; i <= KITH_MAX_SSRC_CLAIMS; i++) {
    make_rtp (packet, i);
    g_assert_true (kith_ssrc_claims_find (&claims, packet, 12, &claim) == (i % 2 == 0));
    g_assert_true (i % 2 != 0 || claim.data == GUINT_TO_POINTER (i));
  }
  g_assert_true (kith_ssrc_claims_add (&claims, 99, G_CALLBACK (test_limit), NULL, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ssrc-claims/of-packet", test_ssrc_of_packet);
  g_test_add_func ("/ssrc-claims/claims", test_claims);
  g_test_add_func ("/ssrc-claims/limit", test_limit);
  return g_test_run ();
}
