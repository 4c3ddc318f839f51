/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The NAT-PMP client with a router of this test in place of libnatpmp's, which finds its own by the
   routing table. */
#include <natpmp.h>
#include <string.h>

#include "common/own-time.h"
#include "link-fixture.h"
#include "router/natpmp-client.h"

#define GLANCE_MS (61 * 1000) /* it asks again by then */

static guint8 address[4] = { 192, 0, 2, 1 };
static int refusal; /* what the router says instead */

/* The library: every question is answered at once. */

int
initnatpmp (natpmp_t *p, int forcegw, in_addr_t forcedgw)
{
  const struct sockaddr_in here
      = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };

  p->s = socket (AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  return bind (p->s, (const struct sockaddr *)&here, sizeof here);
}

int
closenatpmp (natpmp_t *p)
{
  return close (p->s);
}

int
sendpublicaddressrequest (natpmp_t *p)
{
  return 2;
}

int
sendnewportmappingrequest (natpmp_t *p,
                           int protocol,
                           uint16_t privateport,
                           uint16_t publicport,
                           uint32_t lifetime)
{
  g_assert_not_reached ();
}

int
getnatpmprequesttimeout (natpmp_t *p, struct timeval *timeout)
{
  *timeout = (struct timeval){ 0 };
  return 0;
}

int
readnatpmpresponseorretry (natpmp_t *p, natpmpresp_t *response)
{
  *response = (natpmpresp_t){ .type = NATPMP_RESPTYPE_PUBLICADDRESS };
  response->epoch = (uint32_t)(g_get_monotonic_time () / G_USEC_PER_SEC);
  memcpy (&response->pnu.publicaddress.addr, address, 4);
  return refusal;
}

static guint n_found, n_failed;
static KithEndpoint found;

static void
on_found (const KithEndpoint *lan, const KithEndpoint *outer, gpointer user_data)
{
  n_found++;
  found = *outer;
}

static void
on_failed (gpointer user_data)
{
  n_failed++;
}

static void
on_mapped (guint16 port, const KithEndpoint *outer, guint lifetime_s, gpointer user_data)
{
}

static const KithMapperEvents events
    = { .found = on_found, .failed = on_failed, .mapped = on_mapped, .lost = on_failed };

static void
look (void)
{
  run_for (GLANCE_MS);
}

/* A router that dials in anew has another address, and answers as before. */
static void
test_other_address (void)
{
  KithNatPmp *client = kith_nat_pmp_new (&events, NULL);

  run_for (30);
  g_assert_cmpuint (n_found, ==, 1);
  g_assert_cmpmem (found.ip, 4, address, 4);
  look ();
  g_assert_cmpuint (n_found, ==, 1);
  refusal = NATPMP_ERR_NETWORKFAILURE; /* for a moment it has none */
  look ();
  g_assert_cmpuint (n_found, ==, 1);
  refusal = 0;
  address[3] = 99;
  look ();
  g_assert_cmpuint (n_found, ==, 2);
  g_assert_cmpmem (found.ip, 4, address, 4);
  g_assert_cmpuint (n_failed, ==, 0);
  kith_nat_pmp_free (client);
}

int
main (int argc, char **argv)
{
  own_time_begin ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/natpmp/other-address", test_other_address);
  return g_test_run ();
}
