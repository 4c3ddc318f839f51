/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of sockets as the kernel writes them (on a host of little-endian order), and text that is
   none. */
#include "model/net/socket-table.h"

static const char udp[]
    = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
      "inode ref pointer drops\n"
      "  123: 0100007F:13C4 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 "
      "4711 2 0000000000000000 0\n"
      "  124: 00000000:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000   108        0 "
      "815 2 0000000000000000 0\n";
static const char tcp6[]
    = "  sl  local_address                         remote_address                        st "
      "tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 00000000000000000000000000000000:13C4 00000000000000000000000000000000:0000 01 "
      "00000000:00000000 00:00000000 00000000     0        0 1 1 0000000000000000 100 0 0 10 0\n"
      "   1: 00000000000000000000000001000000:13C4 00000000000000000000000000000000:0000 0A "
      "00000000:00000000 00:00000000 00000000     0        0 99 1 0000000000000000 100 0 0 10 0\n";

static void
test_rows (void)
{
  static const guint8 loopback[] = { 127, 0, 0, 1 };
  static const guint8 other[] = { 192, 0, 2, 1 };
  static const guint8 any[4] = { 0 };
  static const guint8 loopback6[16] = { [15] = 1 };
  KithSocketHolder holder = { 0 };

  if (G_BYTE_ORDER != G_LITTLE_ENDIAN) {
    g_test_skip ("the rows are of a little-endian host");
    return;
  }
  g_assert_true (kith_socket_table_find (udp, FALSE, loopback, 4, 5060, &holder));
  g_assert_cmpuint (holder.inode, ==, 4711);
  g_assert_cmpuint (holder.uid, ==, 1000);
  g_assert_true (kith_socket_table_find (udp, FALSE, any, 4, 5060, &holder)); /* we want all */
  g_assert_false (kith_socket_table_find (udp, FALSE, other, 4, 5060, &holder));
  g_assert_true (kith_socket_table_find (udp, FALSE, other, 4, 5353, &holder)); /* it has all */
  g_assert_cmpuint (holder.inode, ==, 815);
  g_assert_false (kith_socket_table_find (udp, FALSE, NULL, 0, 5061, &holder));
  /* A connection does not stand in the way, a listening socket does. */
  g_assert_true (kith_socket_table_find (tcp6, TRUE, loopback6, 16, 5060, &holder));
  g_assert_cmpuint (holder.inode, ==, 99);
  g_assert_false (kith_socket_table_find (tcp6, TRUE, loopback, 4, 5060, &holder));
}

static void
test_odd (void)
{
  static const char *const odd[] = {
    "",
    "\n\n",
    "1 2 3 4 5 6 7 8 9 10\n",
    "  1: 0100007F:13C4",
    "  1: 0100007F:XXXX 0:0 07 0 0 0 1000 0 4711\n",
    "  1: 010000:13C4 0:0 07 0 0 0 1000 0 4711\n",
    "  1: ZZZZZZZZ:13C4 0:0 07 0 0 0 1000 0 4711\n",
    "  1: 0100007F:13C4 0:0 07 0 0 0 -1 0 4711\n",
    "  1: 0100007F:13C4 0:0 07 0 0 0 1000 0 0\n",
  };
  KithSocketHolder holder;

  for (gsize i = 0; i < G_N_ELEMENTS (odd); i++) {
    g_assert_false (kith_socket_table_find (odd[i], FALSE, NULL, 0, 5060, &holder));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/socket-table/rows", test_rows);
  g_test_add_func ("/model/socket-table/odd", test_odd);
  return g_test_run ();
}
