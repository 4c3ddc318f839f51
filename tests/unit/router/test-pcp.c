/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a PCP client writes, reads and does, also with a router that is slow, forgetful or lies. */
#include <arpa/inet.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/own-time.h"
#include "net/gateway.h"
#include "router/pcp-client.h"
#include "router/pcp-message.h"

/* RFC 6887 figures 2 and 9, by hand: 192.168.1.7 asks for UDP 40000 for an hour, and would like
   44000 outside. */
static const guint8 request_bytes[60] = { 2,
                                          1,
                                          0,
                                          0,
                                          0,
                                          0,
                                          0x0e,
                                          0x10,
                                          0,
                                          0,
                                          0,
                                          0,
                                          0,
                                          0,
                                          0,
                                          0,
                                          0,
                                          0,
                                          0xff,
                                          0xff,
                                          192,
                                          168,
                                          1,
                                          7,
                                          /* nonce */ 1,
                                          2,
                                          3,
                                          4,
                                          5,
                                          6,
                                          7,
                                          8,
                                          9,
                                          10,
                                          11,
                                          12,
                                          /* UDP, ports */ 17,
                                          0,
                                          0,
                                          0,
                                          0x9c,
                                          0x40,
                                          0xab,
                                          0xe0,
                                          /* 203.0.113.9 */ 0,
                                          0,
                                          0,
                                          0,
                                          0,
                                          0,
                                          0,
                                          0,
                                          0,
                                          0,
                                          0xff,
                                          0xff,
                                          203,
                                          0,
                                          113,
                                          9 };

/* Figures 3 and 10: granted for 7200 s, the server runs for 65537 s, the outer port is 44001. */
static const guint8 response_bytes[60]
    = { 2,    0x81, 0,    0,    0, 0, 0x1c, 0x20, 0, 1, 0, 1, 0, 0,  0,    0,    0,   0, 0,   0,
        0,    0,    0,    0,    1, 2, 3,    4,    5, 6, 7, 8, 9, 10, 11,   12,   17,  0, 0,   0,
        0x9c, 0x40, 0xab, 0xe1, 0, 0, 0,    0,    0, 0, 0, 0, 0, 0,  0xff, 0xff, 203, 0, 113, 9 };

static const guint8 nonce[KITH_PCP_NONCE_LEN] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };

static void
test_write (void)
{
  static const guint8 none[16] = { [10] = 0xff, [11] = 0xff };
  KithPcpMapRequest request = { .lifetime_s = 3600 };
  guint8 data[KITH_PCP_REQUEST_MAX];

  g_assert_true (kith_endpoint_parse ("192.168.1.7:40000", &request.client));
  g_assert_true (kith_endpoint_parse ("203.0.113.9:44000", &request.suggested));
  memcpy (request.nonce, nonce, sizeof nonce);
  g_assert_cmpuint (kith_pcp_write_map (&request, data), ==, sizeof request_bytes);
  g_assert_cmpmem (data, sizeof request_bytes, request_bytes, sizeof request_bytes);

  /* What is taken away suggests nothing; "nothing" of IPv4 is ::ffff:0.0.0.0. */
  request.lifetime_s = 0;
  (void)kith_pcp_write_map (&request, data);
  g_assert_cmpmem (data + 4, 4, "\0\0\0", 4);
  g_assert_cmpmem (data + 42, 2, "\0", 2);
  g_assert_cmpmem (data + 44, 16, none, 16);

  g_assert_true (kith_endpoint_parse ("[2001:db8::7]:4000", &request.client));
  (void)kith_pcp_write_map (&request, data);
  g_assert_cmpmem (data + 8, 16, request.client.ip, 16);
  g_assert_cmpuint (data[54] | data[55], ==, 0);

  g_assert_cmpuint (kith_pcp_write_announce (&request.client, data), ==, 24);
  g_assert_cmpmem (data, 4, "\2\0\0", 4);
  g_assert_cmpmem (data + 8, 16, request.client.ip, 16);
}

static void
test_read (void)
{
  KithPcpResponse response;
  KithEndpoint outer;
  guint8 data[sizeof response_bytes];

  g_assert_true (kith_pcp_read (response_bytes, sizeof response_bytes, &response));
  g_assert_true (kith_endpoint_parse ("203.0.113.9:44001", &outer));
  g_assert_cmpuint (response.opcode, ==, KITH_PCP_MAP);
  g_assert_cmpuint (response.result, ==, KITH_PCP_SUCCESS);
  g_assert_cmpuint (response.lifetime_s, ==, 7200);
  g_assert_cmpuint (response.epoch_s, ==, 65537);
  g_assert_true (response.has_map);
  g_assert_cmpmem (response.nonce, sizeof response.nonce, nonce, sizeof nonce);
  g_assert_cmpuint (response.protocol, ==, KITH_PCP_UDP);
  g_assert_cmpuint (response.port, ==, 40000);
  g_assert_true (kith_endpoint_is_same (&response.external, &outer));

  /* Nothing shorter is one, no request is, no other version is, unless to say so. */
  for (gsize len = 0; len < sizeof response_bytes; len++) {
    g_assert_false (kith_pcp_read (response_bytes, len, &response));
  }
  g_assert_false (kith_pcp_read (request_bytes, sizeof request_bytes, &response));
  memcpy (data, response_bytes, sizeof data);
  data[0] = 1;
  g_assert_false (kith_pcp_read (data, sizeof data, &response));
  data[3] = KITH_PCP_UNSUPP_VERSION;
  g_assert_true (kith_pcp_read (data, sizeof data, &response));
  g_assert_cmpuint (response.result, ==, KITH_PCP_UNSUPP_VERSION);
  g_assert_true (kith_pcp_read ((const guint8 *)"\0\x80\0\1\0\0\0\7", 8, &response));
  g_assert_cmpuint (response.result, ==, KITH_PCP_UNSUPP_VERSION);

  /* An error may come without the data of the opcode. */
  data[0] = 2;
  data[3] = KITH_PCP_NO_RESOURCES;
  g_assert_true (kith_pcp_read (data, 24, &response));
  g_assert_false (response.has_map);
}

static void
test_announcements (void)
{
  static const guint8 pcp[24] = { 2, 0x80, [11] = 1 };
  static const guint8 nat_pmp[12] = { 0, 0x80, 0, 0, 0, 0, 0, 1, 203, 0, 113, 9 };
  guint8 data[24];

  g_assert_true (kith_pcp_is_announcement (pcp, sizeof pcp));
  g_assert_true (kith_pcp_is_announcement (nat_pmp, sizeof nat_pmp));
  g_assert_false (kith_pcp_is_announcement (nat_pmp, 11));
  g_assert_false (kith_pcp_is_announcement (response_bytes, sizeof response_bytes));
  memcpy (data, pcp, sizeof data);
  data[1] = 0; /* a question */
  g_assert_false (kith_pcp_is_announcement (data, sizeof data));
}

static void
test_epochs (void)
{
  static const struct {
    gint64 server_s, client_s; /* that went by */
    gboolean goes_on;
  } cases[] = {
    { 0, 0, TRUE },        { 60, 60, TRUE },      { -1, 0, TRUE },    { -2, 0, FALSE },
    { 62, 60, TRUE },      { 60, 62, TRUE },      { 10, 60, FALSE },  { 3600, 3500, TRUE },
    { 3600, 3000, FALSE }, { 3000, 3600, FALSE }, { 0, 1800, FALSE }, { 1800, 0, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const KithPcpEpoch before = { .server_s = 5000, .client_s = 100 };
    const KithPcpEpoch now
        = { .server_s = 5000 + cases[i].server_s, .client_s = 100 + cases[i].client_s };
    g_test_message ("case %u", i);
    g_assert_cmpint (kith_pcp_epoch_goes_on (&before, &now), ==, cases[i].goes_on);
  }
}

static void
test_gateways (void)
{
  KithGateway gateway;
  KithEndpoint via;
  guint32 metric;
  guint32 bytes;

  g_assert_true (kith_endpoint_parse ("192.168.1.1:0", &via));
  memcpy (&bytes, via.ip, 4);
  g_autofree gchar *line
      = g_strdup_printf ("wlan0\t00000000\t%08X\t0003\t0\t0\t600\t00000000\t0\t0\t0\n", bytes);
  g_assert_true (kith_gateway_parse_line (4, line, &gateway, &metric));
  g_assert_true (kith_endpoint_is_same (&gateway.address, &via));
  g_assert_cmpstr (gateway.interface, ==, "wlan0");
  g_assert_cmpuint (metric, ==, 600);

  static const char *const others4[] = {
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n",
    "eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n",
    "eth0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n",
    "eth0\t00000000\t0101A8C0\t0002\t0\t0\t0\t00000000\t0\t0\t0\n",
    "eth0\t00000000\t0101A8C0\t0203\t0\t0\t0\t00000000\t0\t0\t0\n",
    "eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000080\t0\t0\t0\n",
    "",
  };
  for (guint i = 0; i < G_N_ELEMENTS (others4); i++) {
    g_assert_false (kith_gateway_parse_line (4, others4[i], &gateway, &metric));
  }
#define ANY "00000000000000000000000000000000"
#define VIA "fe800000000000000000000000000001"
  g_assert_true (kith_gateway_parse_line (6,
                                          ANY " 00 " ANY " 00 " VIA
                                              " 00000400 00000001 00000000 00450003    eth0\n",
                                          &gateway,
                                          &metric));
  g_assert_true (kith_endpoint_parse ("[fe80::1]:0", &via));
  g_assert_true (kith_endpoint_is_same (&gateway.address, &via));
  g_assert_cmpuint (metric, ==, 1024);
  static const char *const others6[] = {
    ANY " 00 " ANY " 00 " ANY " ffffffff 00000001 00000000 00200200       lo\n",
    ANY " 40 " ANY " 00 " VIA " 00000400 00000001 00000000 00450003    eth0\n",
    VIA " 00 " ANY " 00 " VIA " 00000400 00000001 00000000 00450003    eth0\n",
    ANY " 00 " ANY " 00 fe80 00000400 00000001 00000000 00450003    eth0\n",
    "",
  };
  for (guint i = 0; i < G_N_ELEMENTS (others6); i++) {
    g_assert_false (kith_gateway_parse_line (6, others6[i], &gateway, &metric));
  }
}

/* A router on this host that does as it is told. */

typedef struct {
  int fd;
  guint16 port;
  guint source;
  guint8 version, result;
  guint32 epoch_s;
  guint n_ignored; /* so many questions get no answer yet */
  gboolean with_other_nonce;
  guint32 lifetime_s;
  guint n_asked, n_mapped, n_unmapped;
  guint8 first_nonce[KITH_PCP_NONCE_LEN];
  gboolean nonce_changed;
} Router;

static gboolean
on_question (gint fd, GIOCondition condition, gpointer user_data)
{
  Router *router = user_data;
  guint8 data[128];
  struct sockaddr_in from;
  socklen_t from_len = sizeof from;
  const gssize len = recvfrom (fd, data, sizeof data, 0, (struct sockaddr *)&from, &from_len);

  g_assert_cmpint (len, ==, data[1] == KITH_PCP_MAP ? 60 : 24);
  g_assert_cmpmem (data + 20, 4, &from.sin_addr, 4);
  router->n_asked++;
  if (router->n_ignored > 0) {
    router->n_ignored--;
    return G_SOURCE_CONTINUE;
  }
  if (data[1] == KITH_PCP_MAP) {
    if (router->n_mapped == 0) {
      memcpy (router->first_nonce, data + 24, KITH_PCP_NONCE_LEN);
    }
    router->nonce_changed = memcmp (router->first_nonce, data + 24, KITH_PCP_NONCE_LEN) != 0;
    router->n_mapped += data[6] != 0;
    router->n_unmapped += data[6] == 0 && data[7] == 0;
    data[4] = data[5] = 0;
    data[6] = (guint8)(router->lifetime_s >> 8);
    data[7] = (guint8)router->lifetime_s;
    memcpy (data + 44, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xcb\0\x71\x09", 16);
    data[42] ^= 1;
    data[24] ^= router->with_other_nonce;
  }
  data[0] = router->version;
  data[1] |= 0x80;
  data[2] = 0;
  data[3] = router->result;
  memset (data + 8, 0, 16);
  data[10] = (guint8)(router->epoch_s >> 8);
  data[11] = (guint8)router->epoch_s;
  g_assert_cmpint (sendto (fd, data, (gsize)len, 0, (struct sockaddr *)&from, from_len), ==, len);
  return G_SOURCE_CONTINUE;
}

static KithEndpoint
start_router (Router *router)
{
  struct sockaddr_in name = { .sin_family = AF_INET };
  socklen_t len = sizeof name;
  KithEndpoint there = { .ip = { 127, 0, 0, 1 }, .family = 4 };

  memcpy (&name.sin_addr, there.ip, 4);
  router->fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (router->fd, (struct sockaddr *)&name, len), ==, 0);
  g_assert_cmpint (getsockname (router->fd, (struct sockaddr *)&name, &len), ==, 0);
  router->source = g_unix_fd_add (router->fd, G_IO_IN, on_question, router);
  there.port = ntohs (name.sin_port);
  return there;
}

static void
stop_router (Router *router)
{
  g_source_remove (router->source);
  close (router->fd);
}

typedef struct {
  guint n_found, n_failed, n_mapped, n_refused, n_lost;
  KithEndpoint lan, outer;
  guint lifetime_s;
} Seen;

static void
on_found (const KithEndpoint *lan, const KithEndpoint *outer, gpointer user_data)
{
  Seen *seen = user_data;

  seen->n_found++;
  seen->lan = *lan;
  g_assert_cmpuint (outer->family, ==, 0);
}

static void
on_failed (gpointer user_data)
{
  ((Seen *)user_data)->n_failed++;
}

static void
on_mapped (guint16 port, const KithEndpoint *outer, guint lifetime_s, gpointer user_data)
{
  Seen *seen = user_data;

  seen->n_mapped += outer != NULL;
  seen->n_refused += outer == NULL;
  seen->lifetime_s = lifetime_s;
  if (outer != NULL) {
    seen->outer = *outer;
  }
}

static void
on_lost (gpointer user_data)
{
  ((Seen *)user_data)->n_lost++;
}

static const KithMapperEvents events
    = { .found = on_found, .failed = on_failed, .mapped = on_mapped, .lost = on_lost };

static gboolean
on_time (gpointer user_data)
{
  *(gboolean *)user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Until @count is @wanted, or @ms are over. */
static void
run (const guint *count, guint wanted, guint ms)
{
  gboolean is_over = FALSE;
  const guint timer = g_timeout_add (ms, on_time, &is_over);

  while (!is_over && (count == NULL || *count < wanted)) {
    g_main_context_iteration (NULL, TRUE);
  }
  if (!is_over) {
    g_source_remove (timer);
  }
  if (count != NULL) {
    g_assert_cmpuint (*count, >=, wanted);
  }
}

static void
test_mapping (void)
{
  Router router = { .version = 2, .epoch_s = 1000, .lifetime_s = 3600 };
  const KithEndpoint there = start_router (&router);
  Seen seen = { 0 };
  g_autoptr (KithPcp) client = kith_pcp_new_at (&there, &events, &seen);
  KithEndpoint outer;

  run (&seen.n_found, 1, 2000);
  g_assert_true (kith_endpoint_is_same_host (&seen.lan, &there));
  kith_pcp_map (client, 40000, 3600);
  run (&seen.n_mapped, 1, 2000);
  g_assert_true (kith_endpoint_parse ("203.0.113.9:40256", &outer));
  g_assert_true (kith_endpoint_is_same (&seen.outer, &outer));
  g_assert_cmpuint (seen.lifetime_s, ==, 3600);

  /* Renewed with the same nonce. */
  kith_pcp_map (client, 40000, 3600);
  run (&seen.n_mapped, 2, 2000);
  g_assert_false (router.nonce_changed);
  g_assert_cmpuint (seen.n_lost, ==, 0);

  /* The router was started anew meanwhile. */
  router.epoch_s = 3;
  kith_pcp_map (client, 40000, 3600);
  run (&seen.n_lost, 1, 2000);
  kith_pcp_map (client, 40000, 3600);
  run (&seen.n_mapped, 4, 2000);
  g_assert_cmpuint (seen.n_lost, ==, 1);

  kith_pcp_unmap (client, 40000);
  run (&router.n_unmapped, 2, 2000);
  g_assert_false (router.nonce_changed);
  g_assert_cmpuint (seen.n_failed + seen.n_refused, ==, 0);
  stop_router (&router);
}

/* Refused; lied to; not answered at first. */
static void
test_trouble (void)
{
  Router router = { .version = 2, .n_ignored = 1, .epoch_s = 1, .lifetime_s = 0x700 };
  const KithEndpoint there = start_router (&router);
  Seen seen = { 0 };
  g_autoptr (KithPcp) client = kith_pcp_new_at (&there, &events, &seen);
  const gint64 begin_us = g_get_monotonic_time ();

  kith_pcp_map (client, 0, 3600); /* no port */
  run (&seen.n_found, 1, 6000);
  g_assert_cmpint (g_get_monotonic_time () - begin_us, >=, 2600 * 1000); /* RFC 6887: 3 s ± 10 % */

  router.result = KITH_PCP_USER_EX_QUOTA;
  kith_pcp_map (client, 40000, 3600);
  run (&seen.n_refused, 1, 2000);
  g_assert_cmpuint (seen.lifetime_s, ==, 0x700);

  router.result = KITH_PCP_SUCCESS;
  router.with_other_nonce = TRUE;
  kith_pcp_map (client, 40001, 3600);
  run (NULL, 0, 300);
  g_assert_cmpuint (seen.n_mapped, ==, 0);

  router.with_other_nonce = FALSE;
  router.result = KITH_PCP_UNSUPP_OPCODE;
  kith_pcp_map (client, 40002, 3600);
  run (&seen.n_failed, 1, 2000);
  kith_pcp_map (client, 40003, 3600); /* too late */
  run (NULL, 0, 100);
  g_assert_cmpuint (seen.n_mapped, ==, 0);
  g_assert_cmpuint (seen.n_failed, ==, 1);
  stop_router (&router);
}

static void
test_no_pcp (void)
{
  Router router = { .version = 0, .result = KITH_PCP_UNSUPP_VERSION };
  KithEndpoint there = start_router (&router);
  Seen seen = { 0 };
  KithPcp *client = kith_pcp_new_at (&there, &events, &seen);

  run (&seen.n_failed, 1, 2000);
  kith_pcp_free (client);
  stop_router (&router);

  /* Nobody listens there any more, and the kernel says so. */
  client = kith_pcp_new_at (&there, &events, &seen);
  run (&seen.n_failed, 2, 2000);
  g_assert_cmpuint (seen.n_found, ==, 0);
  kith_pcp_free (client);
}

int
main (int argc, char **argv)
{
  own_time_begin ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pcp/write", test_write);
  g_test_add_func ("/pcp/read", test_read);
  g_test_add_func ("/pcp/announcements", test_announcements);
  g_test_add_func ("/pcp/epochs", test_epochs);
  g_test_add_func ("/pcp/gateways", test_gateways);
  g_test_add_func ("/pcp/mapping", test_mapping);
  g_test_add_func ("/pcp/trouble", test_trouble);
  g_test_add_func ("/pcp/no-pcp", test_no_pcp);
  return g_test_run ();
}
