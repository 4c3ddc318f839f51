/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests what others can do to links: a stranger's first packet at the slot, a stream that was
   closed, a timer that is always due. */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "common/own-time.h"
#include "link-fixture.h"
#include "quic/quic-conn.h"

typedef struct {
  int fd;
  struct sockaddr_in to;
  guint sent;
  guint answers;
} Stranger;

static void
on_transmit (const guint8 *packet, gsize len, gpointer user_data)
{
  Stranger *stranger = user_data;

  stranger->sent++;
  (void)
      sendto (stranger->fd, packet, len, 0, (struct sockaddr *)&stranger->to, sizeof stranger->to);
}

static void
on_nothing (gpointer user_data)
{
}

static void
on_data (const guint8 *data, gsize len, gboolean end, gpointer user_data)
{
}

static void
on_control (const guint8 *data, gsize len, gpointer user_data)
{
}

static void
on_down (KithReason reason, const char *text, gpointer user_data)
{
}

static const KithQuicEvents stranger_events = {
  .transmit = on_transmit,
  .up = on_nothing,
  .data = on_data,
  .writable = on_nothing,
  .heard = on_nothing,
  .control = on_control,
  .down = on_down,
};

/* A genuine first packet of QUIC from somebody who does not know the slot's seed: it neither gets
   an answer nor keeps the slot from the one who does. */
static void
test_first_packet (void)
{
  Person *alice = person_new ("alice");
  Person *bob = person_new ("bob");
  g_autoptr (GError) error = NULL;
  g_autoptr (KithClock) clock = g_object_ref (kith_clock_get_default ());
  g_autoptr (GBytes) cert = person_get_device_cert (alice);
  g_autoptr (KithQuicIdentity) identity = kith_quic_identity_new (alice->device_secret, &error);
  g_autoptr (KithQuicCredentials) credentials
      = kith_quic_identity_get_credentials (identity, cert, &error);
  KithQuicConfig config = { .client = TRUE,
                            .credentials = credentials,
                            .verify = person_verify_device_cert,
                            .clock = clock };
  Stranger stranger
      = { .fd = socket (AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), .to = { .sin_family = AF_INET } };
  KithLinkTarget target;
  guint8 packet[1500];
  KithLink *ours;
  KithLink *theirs;

  person_start (alice);
  person_start (bob);
  person_get_target (bob, TRUE, &target);
  memcpy (&stranger.to.sin_addr, target.candidates[0].endpoint.ip, 4);
  stranger.to.sin_port = htons (target.candidates[0].endpoint.port);
  KithQuic *quic = kith_quic_new (&config, &stranger_events, &stranger);
  kith_quic_start (quic);
  run_for (50);
  g_assert_cmpuint (stranger.sent, >, 0);
  while (recv (stranger.fd, packet, sizeof packet, 0) > 0) {
    stranger.answers++;
  }
  g_assert_cmpuint (stranger.answers, ==, 0);
  kith_quic_free (quic);
  gint64 start = g_get_monotonic_time ();
  connect_both (alice, bob, TRUE, &ours, &theirs);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 2 * G_USEC_PER_SEC);
  kith_link_close (ours, KITH_REASON_LOCAL);
  g_object_unref (ours);
  g_object_unref (theirs);
  close (stranger.fd);
  person_free (alice);
  person_free (bob);
  run_for (600);
  g_assert_cmpuint (links_alive, ==, 0);
}

static void
on_link_closed (KithLink *link, guint reason, gboolean *closed)
{
  *closed = TRUE;
}

/* Whoever had the SIP stream closed it: the link ends at both sides, after what was written has
   arrived. */
static void
test_stream_closed (void)
{
  Person *alice = person_new ("alice");
  Person *bob = person_new ("bob");
  KithLink *ours;
  KithLink *theirs;
  gboolean near = FALSE;
  gboolean far = FALSE;
  g_autoptr (GString) goodbye = sip_message (7);
  char last[400] = "";

  persons_wire (alice, bob);
  person_start (alice);
  person_start (bob);
  connect_both (alice, bob, TRUE, &ours, &theirs);
  g_signal_connect (ours, "closed", G_CALLBACK (on_link_closed), &near);
  g_signal_connect (theirs, "closed", G_CALLBACK (on_link_closed), &far);
  kith_link_hold (ours);
  int a = kith_link_take_sip (ours);
  int b = kith_link_take_sip (theirs);
  g_assert_cmpint (write (b, goodbye->str, goodbye->len), ==, (gssize)goodbye->len);
  close (b);
  g_assert_true (run_until (&far, 1000));
  g_assert_true (run_until (&near, 1000));
  g_assert_cmpint (read (a, last, sizeof last - 1), ==, (gssize)goodbye->len);
  g_assert_cmpstr (last, ==, goodbye->str);
  close (a);
  g_object_unref (ours);
  g_object_unref (theirs);
  person_free (alice);
  person_free (bob);
  run_for (600);
  g_assert_cmpuint (links_alive, ==, 0);
}

typedef struct {
  KithTimer deadline;
  guint calls;
} Eager;

static void
on_eager (gpointer user_data)
{
  Eager *eager = user_data;

  if (++eager->calls < 1000000) {
    kith_timer_set (&eager->deadline, 1);
  }
}

static gboolean
on_idle (gpointer user_data)
{
  *(gboolean *)user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* A deadline that is set to the past again and again leaves the loop to others of its priority. */
static void
test_always_due (void)
{
  g_autoptr (KithClock) clock = g_object_ref (kith_clock_get_default ());
  Eager eager = { .calls = 0 };
  gboolean reached = FALSE;

  kith_timer_init (&eager.deadline, clock, on_eager, &eager);
  kith_timer_set (&eager.deadline, 1);
  g_idle_add_full (G_PRIORITY_HIGH, on_idle, &reached, NULL);
  while (!reached) {
    g_main_context_iteration (NULL, TRUE);
  }
  g_assert_cmpuint (eager.calls, <=, 2);
  kith_timer_finish (&eager.deadline);
}

int
main (int argc, char **argv)
{
  own_time_begin ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link-strangers/first-packet", test_first_packet);
  g_test_add_func ("/link-strangers/stream-closed", test_stream_closed);
  g_test_add_func ("/link-strangers/always-due", test_always_due);
  return g_test_run ();
}
