/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The worker's side of the tunnel: what goes through it, what comes out of it, and what does
   not. */
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "datagrams/tunnel.h"

static const guint8 token[KITH_FRAME_TOKEN_LEN] = "0123456789abcdef";

static struct sockaddr_storage
address (const char *ip, guint16 port)
{
  struct sockaddr_storage storage = { 0 };
  struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons (port) };

  g_assert_cmpint (inet_pton (AF_INET, ip, &in4.sin_addr), ==, 1);
  memcpy (&storage, &in4, sizeof in4);
  return storage;
}

static gboolean
takes (const char *ip)
{
  struct sockaddr_storage to = address (ip, 4222);

  return kith_tunnel_takes ((struct sockaddr *)&to);
}

static void
test_what_goes (void)
{
  static const char *const local[]
      = { "127.0.0.1",   "10.1.2.3",  "172.16.0.1",      "172.31.255.1", "192.168.1.1",
          "169.254.9.9", "224.0.0.1", "255.255.255.255", "0.0.0.0" };
  struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

  g_assert_false (takes ("192.0.2.1")); /* off */
  kith_tunnel_set (9999, token);
  g_assert_true (takes ("192.0.2.1"));
  g_assert_true (takes ("172.32.0.1"));
  g_assert_true (takes ("100.64.0.1"));
  for (guint i = 0; i < G_N_ELEMENTS (local); i++) {
    g_assert_false (takes (local[i]));
  }
  g_assert_false (kith_tunnel_takes ((struct sockaddr *)&in6));
  kith_tunnel_set (0, token);
  g_assert_false (takes ("192.0.2.1"));
}

static void
fill (guint8 *data, const char *ip, guint16 port)
{
  struct sockaddr_storage peer = address (ip, port);
  struct sockaddr_in in4;

  memcpy (&in4, &peer, sizeof in4);
  memcpy (data, token, sizeof token);
  data[16] = 4;
  memcpy (data + 17, &in4.sin_addr, 4);
  memcpy (data + 21, &in4.sin_port, 2);
  memcpy (data + 23, "hello", 5);
}

static void
test_what_comes (void)
{
  struct sockaddr_storage gate = address ("127.0.0.1", 9999);
  struct sockaddr_storage from = gate;
  struct sockaddr_in in4;
  guint8 data[64];
  size_t len = 28;

  fill (data, "192.0.2.7", 4222);
  g_assert_cmpint (kith_tunnel_unwrap (data, &len, &from), ==, KITH_TUNNEL_NOT); /* off */
  kith_tunnel_set (9999, token);
  g_assert_cmpint (kith_tunnel_unwrap (data, &len, &from), ==, KITH_TUNNEL_FROM);
  g_assert_cmpmem (data, len, "hello", 5);
  memcpy (&in4, &from, sizeof in4);
  g_assert_cmpint (ntohs (in4.sin_port), ==, 4222);
  g_assert_cmpstr (inet_ntoa (in4.sin_addr), ==, "192.0.2.7");

  from = address ("127.0.0.1", 9998); /* another port */
  fill (data, "192.0.2.7", 4222);
  len = 28;
  g_assert_cmpint (kith_tunnel_unwrap (data, &len, &from), ==, KITH_TUNNEL_NOT);
  from = address ("192.0.2.1", 9999); /* another host */
  g_assert_cmpint (kith_tunnel_unwrap (data, &len, &from), ==, KITH_TUNNEL_NOT);
  for (guint i = 0; i < sizeof token; i++) { /* another token */
    from = gate;
    data[i] ^= 1;
    g_assert_cmpint (kith_tunnel_unwrap (data, &len, &from), ==, KITH_TUNNEL_BAD);
    data[i] ^= 1;
  }
  for (len = 0; len <= KITH_TUNNEL_HEADER_LEN; len++) { /* nothing in it */
    size_t short_len = len;
    from = gate;
    g_assert_cmpint (kith_tunnel_unwrap (data, &short_len, &from), ==, KITH_TUNNEL_BAD);
  }
  from = gate;
  len = 28;
  data[16] = 6;
  g_assert_cmpint (kith_tunnel_unwrap (data, &len, &from), ==, KITH_TUNNEL_BAD);
  fill (data, "192.168.1.1", 4222); /* nobody elsewhere speaks for the local network */
  g_assert_cmpint (kith_tunnel_unwrap (data, &len, &from), ==, KITH_TUNNEL_BAD);
  kith_tunnel_set (0, token);
}

static void
test_sent (void)
{
  struct sockaddr_storage here = address ("127.0.0.1", 0);
  struct sockaddr_storage to = address ("192.0.2.7", 4222);
  struct sockaddr_in in4, name;
  socklen_t name_len = sizeof name;
  guint8 big[2000] = { 0 }, data[64], expected[64];
  int gate = socket (AF_INET, SOCK_DGRAM, 0), fd = socket (AF_INET, SOCK_DGRAM, 0);

  g_assert_cmpint (bind (gate, (struct sockaddr *)&here, sizeof name), ==, 0);
  g_assert_cmpint (getsockname (gate, (struct sockaddr *)&name, &name_len), ==, 0);
  kith_tunnel_set (ntohs (name.sin_port), token);
  memcpy (&in4, &to, sizeof in4);
  g_assert_cmpint (kith_tunnel_send (fd, "hello", 5, 0, &in4), ==, 5);
  g_assert_cmpint (recv (gate, data, sizeof data, MSG_DONTWAIT), ==, 28);
  fill (expected, "192.0.2.7", 4222);
  g_assert_cmpmem (data, 28, expected, 28);
  g_assert_cmpint (kith_tunnel_send (fd, big, sizeof big, 0, &in4), ==, -1);
  kith_tunnel_set (0, token);
  close (gate);
  close (fd);
}

static void
test_direct (void)
{
  struct sockaddr_storage peer = address ("192.0.2.7", 4222), local = address ("192.168.1.2", 4222);

  kith_tunnel_note_direct ((struct sockaddr *)&peer);
  g_assert_false (kith_tunnel_take_direct ()); /* off */
  g_assert_false (kith_tunnel_should_try (1000));
  kith_tunnel_set (9999, token);
  g_assert_true (kith_tunnel_should_try (1000));
  g_assert_false (kith_tunnel_should_try (5000));
  g_assert_true (kith_tunnel_should_try (11000));
  kith_tunnel_note_direct ((struct sockaddr *)&local);
  g_assert_false (kith_tunnel_take_direct ());
  kith_tunnel_note_direct ((struct sockaddr *)&peer);
  g_assert_true (kith_tunnel_take_direct ());
  g_assert_false (kith_tunnel_take_direct ()); /* once */
  kith_tunnel_set (0, token);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/locator-dht/tunnel/what-goes", test_what_goes);
  g_test_add_func ("/locator-dht/tunnel/what-comes", test_what_comes);
  g_test_add_func ("/locator-dht/tunnel/sent", test_sent);
  g_test_add_func ("/locator-dht/tunnel/direct", test_direct);
  return g_test_run ();
}
