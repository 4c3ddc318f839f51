/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses that come and go, more in a life than there are places: each that this host has is
   served, by UDP and TCP. */
#include <ifaddrs.h>
#include <net/if.h>

#include "sip-wire.h"

#define PLACES 64

/* The addresses that this host has: 127.0.2.first to 127.0.2.(first + n - 1). */
static guint first;
static guint n_own;

/* In place of libc's. */
int
getifaddrs (struct ifaddrs **list)
{
  *list = NULL;
  for (guint i = 0; i < n_own; i++) {
    g_autofree gchar *text = g_strdup_printf ("127.0.2.%u", first + i);
    struct sockaddr_in *in = g_new0 (struct sockaddr_in, 1);
    struct ifaddrs *one = g_new0 (struct ifaddrs, 1);
    *in = wire_address (text, 0);
    one->ifa_flags = IFF_UP;
    one->ifa_addr = (struct sockaddr *)in;
    one->ifa_next = *list;
    *list = one;
  }
  return 0;
}

void
freeifaddrs (struct ifaddrs *list)
{
  while (list != NULL) {
    struct ifaddrs *next = list->ifa_next;
    g_free (list->ifa_addr);
    g_free (list);
    list = next;
  }
}

static void
move_to (guint begin, guint n)
{
  first = begin;
  n_own = n;
  g_signal_emit_by_name (g_network_monitor_get_default (), "network-changed", TRUE);
}

static guint
count_fds (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL) {
    n++;
  }
  return n;
}

/* TRUE if 127.0.2.@last is served, and answers from there. */
static gboolean
is_served (const Party *bob, guint last, gboolean stream)
{
  static guint id = 0;
  g_autofree gchar *at = g_strdup_printf ("127.0.2.%u", last);
  g_autofree gchar *call_id = g_strdup_printf ("place%u", ++id);
  struct sockaddr_in to = wire_address (at, kith_sip_get_port (bob->sip));
  Wire wire;

  wire_open_at (&wire, "127.0.0.1", 0, at, kith_sip_get_port (bob->sip), stream);
  if (!stream) {
    g_assert_cmpint (connect (wire.fd, (struct sockaddr *)&to, sizeof to), ==, 0);
  }
  wire_send (&wire, "OPTIONS", call_id, call_id, NULL, "", NULL);
  gboolean served = wire_status (&wire, 1000) == 200;
  wire_close (&wire);
  return served;
}

static gboolean
is_free (const Party *bob, guint last, int type)
{
  g_autofree gchar *text = g_strdup_printf ("127.0.2.%u", last);
  struct sockaddr_in at = wire_address (text, kith_sip_get_port (bob->sip));
  int fd = socket (AF_INET, type | SOCK_CLOEXEC, 0);
  gboolean is = bind (fd, (struct sockaddr *)&at, sizeof at) == 0;

  (void)close (fd);
  return is;
}

static void
test_come_and_go (void)
{
  Party bob;

  first = 1;
  n_own = PLACES;
  party_start (&bob, "0.0.0.0", TRUE);
  g_assert_true (is_served (&bob, 1, FALSE));
  g_assert_true (is_served (&bob, PLACES, TRUE));
  guint fds = count_fds ();
  for (guint begin = 11; begin <= 111; begin += 20) { /* twenty each time: 120 in all */
    move_to (begin, PLACES);
    for (guint i = 0; i < PLACES; i += PLACES - 1) {
      g_assert_true (is_served (&bob, begin + i, FALSE));
      g_assert_true (is_served (&bob, begin + i, TRUE));
    }
  }
  g_assert_cmpuint (count_fds (), <=, fds);
  g_assert_true (is_free (&bob, 1, SOCK_DGRAM));
  g_assert_true (is_free (&bob, 1, SOCK_STREAM));
  move_to (1, PLACES); /* and back */
  g_assert_true (is_served (&bob, 1, FALSE));
  g_assert_true (is_served (&bob, 1, TRUE));
  party_stop (&bob);
}

/* A call is made and ended over a place that was another address's before: our Via lines and the
   socket agree. */
static void
test_call_at_new_place (void)
{
  Party bob;
  Wire wire;

  first = 1;
  n_own = PLACES;
  party_start (&bob, "0.0.0.0", TRUE);
  move_to (101, PLACES);
  wire_open_at (&wire, "127.0.0.1", 0, "127.0.2.101", kith_sip_get_port (bob.sip), FALSE);
  wire_send (&wire, "INVITE", "call", "call", NULL, "", SDP_A);
  WAIT_UNTIL (bob.calls == 1);
  kith_dialog_answer (bob.in.dialog, SDP_B);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  g_autofree gchar *tag = wire_to_tag (&wire);
  wire_send (&wire, "ACK", "call", "ack", tag, "", NULL);
  WAIT_UNTIL (bob.in.confirmed == 1);
  kith_dialog_hang_up (bob.in.dialog, NULL);
  g_assert_true (wire_expect (&wire, "BYE "));
  const char *via = strstr (wire.text, "Via: SIP/2.0/UDP 127.0.2.");
  g_assert_nonnull (via);
  g_assert_cmpuint (g_ascii_strtoull (via + strlen ("Via: SIP/2.0/UDP 127.0.2."), NULL, 10),
                    >,
                    100);
  wire_reply (&wire, "200 OK", "", NULL);
  wire_close (&wire);
  party_stop (&bob);
}

/* More at once than there are places: those that are served are served on, and one word is said of
   the others. */
static void
test_too_many (void)
{
  if (g_test_subprocess ()) {
    Party bob;
    kith_log_setup (G_LOG_LEVEL_WARNING, FALSE);
    first = 1;
    n_own = PLACES;
    party_start (&bob, "0.0.0.0", TRUE);
    move_to (1, PLACES + 1);
    move_to (1, PLACES + 2);
    g_assert_true (is_served (&bob, 1, FALSE));
    g_assert_true (is_free (&bob, PLACES + 1, SOCK_DGRAM));
    move_to (3, PLACES);
    g_assert_true (is_served (&bob, PLACES + 1, TRUE));
    g_assert_true (is_served (&bob, PLACES + 2, FALSE));
    party_stop (&bob);
    return;
  }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*more than 64 addresses*");
  g_test_trap_assert_stderr_unmatched ("*more than 64 addresses*more than 64 addresses*");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  kith_log_setup (g_getenv ("KITH_TEST_LOG") != NULL ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_CRITICAL,
                  TRUE);
  g_test_add_func ("/sip/places/come-and-go", test_come_and_go);
  g_test_add_func ("/sip/places/call-at-new-place", test_call_at_new_place);
  g_test_add_func ("/sip/places/too-many", test_too_many);
  return g_test_run ();
}
