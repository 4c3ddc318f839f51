/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A call's audio over its own UDP sockets: the codecs of ordinary SIP, latching, hostile phones and
   key presses. */
#include <arpa/inet.h>
#include <math.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "media-pair.h"
#include "media/rtp/media-sockets.h"

static void
talk_with (KithCodecId codec)
{
  Pair pair;

  pair_init (&pair, &(PairConfig){ .sockets = TRUE });
  pair_talk (&pair, codec, 2000);
  g_assert_cmpint (kith_media_get_codec (pair.alice.media)->id, ==, codec);
  g_assert_cmpuint (pair.alice.flowing, ==, 1);
  g_assert_cmpuint (pair.bob.flowing, ==, 1);
  KithToneReport bob = party_hears (&pair.bob, 440), alice = party_hears (&pair.alice, 660);
  g_assert_true (bob.present);
  g_assert_true (alice.present);
  g_assert_cmpfloat (bob.longest_gap_ms, <=, 100);
  g_assert_cmpfloat (alice.longest_gap_ms, <=, 100);
  g_assert_cmpfloat (bob.total_ms, >, 1700);
  g_assert_false (party_hears (&pair.bob, 660).present);
  g_assert_false (party_hears (&pair.alice, 440).present);
  pair_clear (&pair);
}

static void
test_pcmu (void)
{
  talk_with (KITH_CODEC_PCMU);
}

static void
test_pcma (void)
{
  talk_with (KITH_CODEC_PCMA);
}

static void
test_opus (void)
{
  talk_with (KITH_CODEC_OPUS);
}

/* A phone made by hand: one UDP socket. */
typedef struct {
  int fd;
  guint16 port, to_port;
  guint16 seq;
  guint32 timestamp, ssrc;
  guint phase;
} Phone;

static void
phone_init (Phone *phone, const char *host)
{
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = inet_addr (host) };
  socklen_t len = sizeof at;

  memset (phone, 0, sizeof *phone);
  phone->fd = socket (AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  g_assert_cmpint (phone->fd, >=, 0);
  g_assert_cmpint (bind (phone->fd, (struct sockaddr *)&at, sizeof at), ==, 0);
  g_assert_cmpint (getsockname (phone->fd, (struct sockaddr *)&at, &len), ==, 0);
  phone->port = ntohs (at.sin_port);
  phone->ssrc = 0x51000000u + phone->port;
}

static void
phone_send (Phone *phone, const guint8 *data, gsize len)
{
  struct sockaddr_in to = { .sin_family = AF_INET,
                            .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
                            .sin_port = htons (phone->to_port) };

  (void)sendto (phone->fd, data, len, 0, (struct sockaddr *)&to, sizeof to);
}

static void
phone_send_rtp (Phone *phone, guint8 pt, const guint8 *payload, gsize len)
{
  guint8 packet[1500] = { 0x80, pt, (guint8)(phone->seq >> 8), (guint8)phone->seq };
  guint32 timestamp = htonl (phone->timestamp), ssrc = htonl (phone->ssrc);

  memcpy (packet + 4, &timestamp, 4);
  memcpy (packet + 8, &ssrc, 4);
  memcpy (packet + 12, payload, len);
  phone->seq++;
  phone_send (phone, packet, 12 + len);
}

static guint8
mulaw (gint sample)
{
  gint sign = sample < 0 ? 0x80 : 0, exponent = 7;

  sample = MIN (ABS (sample), 32635) + 132;
  for (gint mask = 0x4000; exponent > 0 && (sample & mask) == 0; mask >>= 1) {
    exponent--;
  }
  return (guint8) ~(sign | exponent << 4 | ((sample >> (exponent + 3)) & 0x0f));
}

static void
phone_send_tone (Phone *phone, double hz)
{
  guint8 payload[160];

  for (guint i = 0; i < sizeof payload; i++) {
    payload[i] = mulaw ((gint)(10000 * sin (2 * G_PI * hz * phone->phase++ / 8000)));
  }
  phone_send_rtp (phone, 0, payload, sizeof payload);
  phone->timestamp += 160;
}

static guint
phone_count (Phone *phone)
{
  guint8 data[2000];
  guint n = 0;

  while (recv (phone->fd, data, sizeof data, 0) > 0) {
    n++;
  }
  return n;
}

static void
talk_to_phone (Pair *pair, Phone *phone)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithOffer) local = kith_media_get_local (pair->alice.media, &error);
  g_assert_no_error (error);
  g_autoptr (KithOffer) remote = kith_offer_copy (local);

  g_assert_cmpint (kith_offer_audio (local)->profile, ==, KITH_PROFILE_RTP_AVP);
  g_assert_cmpuint (kith_offer_audio (local)->port % 2, ==, 0);
  g_assert_cmpuint (kith_offer_audio (local)->port, >=, 16384);
  g_assert_cmpstr (kith_offer_audio (local)->host, ==, "127.0.0.1");
  phone->to_port = kith_offer_audio (local)->port;
  kith_offer_audio (remote)->port = phone->port;
  kith_offer_audio (remote)->rtcp_port = 0;
  kith_media_set_remote (pair->alice.media, remote, TRUE, &error);
  g_assert_no_error (error);
}

static void
test_gate (void)
{
  Pair pair;
  Phone phone;

  pair_init (&pair, &(PairConfig){ .sockets = TRUE });
  phone_init (&phone, "127.0.0.1");
  talk_to_phone (&pair, &phone);
  for (guint i = 0; i < 20; i++) {
    phone_send_tone (&phone, 1000);
    run_ms (20);
  }
  g_assert_cmpuint (phone_count (&phone), ==, 0);
  g_assert_cmpuint (pair.alice.flowing, ==, 0);
  party_start (&pair.alice);
  guint n = 0;
  for (guint wait = 0; wait < 250 && n <= 5; wait++) {
    run_ms (20);
    n += phone_count (&phone);
  }
  g_assert_cmpuint (n, >, 5);
  g_assert_cmpuint (pair.alice.flowing, ==, 0); /* what came before start is gone */
  phone_send_tone (&phone, 1000);
  for (guint wait = 0; wait < 250 && pair.alice.flowing == 0; wait++) {
    run_ms (20);
  }
  g_assert_cmpuint (pair.alice.flowing, ==, 1);
  close (phone.fd);
  pair_clear (&pair);
}

/* A stranger is first: it gets nothing and is not heard, before the phone speaks, while it does and
   after. */
static void
test_latch (void)
{
  Pair pair;
  Phone phone, stranger;

  pair_init (&pair, &(PairConfig){ .sockets = TRUE });
  phone_init (&phone, "127.0.0.1");
  phone_init (&stranger, "127.0.0.3");
  talk_to_phone (&pair, &phone);
  stranger.to_port = phone.to_port;
  party_start (&pair.alice);
  run_ms (100);
  g_assert_cmpuint (phone_count (&phone), >, 2);
  for (guint i = 0; i < 10; i++) {
    phone_send (&stranger, (const guint8 *)"not RTP at all, no latching", 27);
    phone_send_tone (&stranger, 500);
    run_ms (20);
  }
  g_assert_cmpuint (pair.alice.flowing, ==, 0);
  for (guint i = 0; i < 60; i++) {
    phone_send_tone (&phone, 1000);
    phone_send_tone (&stranger, 500);
    run_ms (20);
  }
  g_assert_cmpuint (phone_count (&stranger), ==, 0);
  g_assert_cmpuint (phone_count (&phone), >, 50);
  kith_media_stop (pair.alice.media);
  g_assert_true (party_hears (&pair.alice, 1000).present);
  g_assert_false (party_hears (&pair.alice, 500).present);
  close (phone.fd);
  close (stranger.fd);
  pair_clear (&pair);
}

/* Sockets with a clock of their own, and hosts around them. */
typedef struct {
  KithMediaSockets *sockets;
  gint64 now_us;
  gboolean is_rtcp;
  guint latched, refused;
} Door;

static void
on_door (KithMediaSockets *sockets, const guint8 *data, gsize len, gpointer user_data)
{
  Door *door = user_data;
  gboolean taken = kith_media_sockets_latch (sockets, door->is_rtcp, door->now_us);

  door->latched += taken ? 1 : 0;
  door->refused += taken ? 0 : 1;
}

static void
door_init (Door *door, const char *origin, const char *host, guint16 port)
{
  g_autoptr (GError) error = NULL;

  memset (door, 0, sizeof *door);
  door->now_us = G_USEC_PER_SEC;
  door->sockets = kith_media_sockets_new ("127.0.0.1", 46, on_door, door, NULL, &error);
  g_assert_no_error (error);
  kith_media_sockets_set_origin (door->sockets, origin, 0);
  g_assert_true (
      kith_media_sockets_set_remote (door->sockets, host, port, port + 1, FALSE, &error));
  kith_media_sockets_listen (door->sockets);
}

/* TRUE when a datagram of @phone is let in, and what is sent then comes to it. */
static gboolean
door_lets_in (Door *door, Phone *phone)
{
  guint before = door->latched;

  phone->to_port = (guint16)(kith_media_sockets_get_port (door->sockets) + (door->is_rtcp ? 1 : 0));
  phone_send (phone, (const guint8 *)"x", 1);
  run_ms (10);
  (void)phone_count (phone);
  gboolean sent = kith_media_sockets_send (door->sockets,
                                           (const guint8 *)"y",
                                           1,
                                           door->is_rtcp,
                                           door->now_us);
  run_ms (10);
  g_assert_true (door->latched > before ? sent && phone_count (phone) == 1
                                        : phone_count (phone) == 0);
  return door->latched > before;
}

/* RTP bleed: packets of a third host, before the phone speaks, whatever the phone's description
   says; for RTP and for RTCP. */
static void
test_third_host (void)
{
  static const char *const described[]
      = { "198.51.100.7", "192.168.1.9", "10.0.0.7",   "100.64.3.2", "172.31.255.1",
          "2001:db8::7",  "fd00::7",     "127.0.0.77", NULL };
  Phone phone, thief;

  phone_init (&phone, "127.0.0.2");
  phone_init (&thief, "127.0.0.3");
  for (guint i = 0; i < 2 * G_N_ELEMENTS (described); i++) {
    Door door;
    door_init (&door, "127.0.0.2", described[i / 2], 4000);
    door.is_rtcp = i % 2 == 1;
    g_assert_false (door_lets_in (&door, &thief));
    g_assert_true (door_lets_in (&door, &phone)); /* behind its NAT, with any port */
    for (guint k = 0; k < 40; k++) {
      g_assert_false (door_lets_in (&door, &thief));
      door.now_us += G_USEC_PER_SEC;
    }
    g_assert_true (door_lets_in (&door, &phone));
    kith_media_sockets_free (door.sockets);
  }
  close (phone.fd);
  close (thief.fd);
}

/* Whoever is likelier takes over at once, others when the one that was heard is silent for half a
   second. */
static void
test_change_of_port (void)
{
  Phone phone, moved, signalling, again;
  Door door;

  phone_init (&phone, "127.0.0.2");
  phone_init (&moved, "127.0.0.2");
  phone_init (&signalling, "127.0.0.4");
  phone_init (&again, "127.0.0.4");
  door_init (&door, "127.0.0.4", "127.0.0.2", phone.port);
  g_assert_true (door_lets_in (&door, &signalling));
  g_assert_false (door_lets_in (&door, &again)); /* a second one of that host */
  g_assert_true (door_lets_in (&door, &moved));  /* the described host */
  g_assert_false (door_lets_in (&door, &signalling));
  g_assert_true (door_lets_in (&door, &phone)); /* the described address */
  g_assert_false (door_lets_in (&door, &moved));
  door.now_us += G_USEC_PER_SEC / 2 - 1;
  g_assert_false (door_lets_in (&door, &moved));
  door.now_us++;
  g_assert_true (door_lets_in (&door, &moved)); /* the same phone, another port */
  g_assert_true (door_lets_in (&door, &phone)); /* and back */
  kith_media_sockets_free (door.sockets);
  close (phone.fd);
  close (moved.fd);
  close (signalling.fd);
  close (again.fd);
}

static guint
send_for (Door *door, guint seconds)
{
  guint n = 0;

  for (guint i = 0; i < seconds * 50; i++) {
    n += kith_media_sockets_send (door->sockets, (const guint8 *)"y", 1, FALSE, door->now_us);
    door->now_us += 20000;
  }
  return n;
}

/* A host that is only named gets 20 s of sound in a call, however often it is named anew; one that
   signals or speaks gets all. */
static void
test_silent_victim (void)
{
  Phone victim, other;
  Door door;

  phone_init (&victim, "127.0.0.5");
  phone_init (&other, "127.0.0.6");
  door_init (&door, "127.0.0.2", "127.0.0.5", victim.port);
  g_assert_cmpuint (send_for (&door, 60), ==, 20 * 50 + 1);
  g_assert_true (
      kith_media_sockets_set_remote (door.sockets, "127.0.0.6", other.port, 0, FALSE, NULL));
  g_assert_cmpuint (send_for (&door, 5), ==, 0);
  g_assert_true (door_lets_in (&door, &other)); /* it takes part after all */
  g_assert_cmpuint (send_for (&door, 30), ==, 30 * 50);
  kith_media_sockets_free (door.sockets);
  door_init (&door, "127.0.0.5", "127.0.0.5", victim.port); /* a loudspeaker that says nothing */
  g_assert_cmpuint (send_for (&door, 60), ==, 60 * 50);
  kith_media_sockets_free (door.sockets);
  close (victim.fd);
  close (other.fd);
}

/* What kith_media_target_fault() refuses, as far as a test can reach it: loopback from elsewhere,
   our SIP port, also for RTCP. */
static void
test_targets (void)
{
  static const struct {
    const char *origin, *host;
    guint16 port, rtcp_port;
    gboolean good;
  } rows[] = {
    { "192.0.2.7", "127.0.0.1", 4000, 4001, FALSE },
    { "127.0.0.2", "127.0.0.1", 4000, 4001, TRUE },
    { "127.0.0.2", "127.0.0.1", 5060, 5061, FALSE },
    { "127.0.0.2", "127.0.0.1", 4000, 5060, FALSE },
    { "192.0.2.7", "192.0.2.7", 5060, 5061, TRUE },
    { "192.0.2.7", "224.0.0.1", 4000, 4001, FALSE },
    { NULL, "127.0.0.1", 4000, 4001, FALSE },
    { "192.0.2.7", "169.254.1.1", 4000, 0, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (KithMediaSockets) sockets
        = kith_media_sockets_new ("127.0.0.1", 46, on_door, NULL, NULL, &error);
    kith_media_sockets_set_origin (sockets, rows[i].origin, 5060);
    g_assert_true (kith_media_sockets_set_remote (sockets,
                                                  rows[i].host,
                                                  rows[i].port,
                                                  rows[i].rtcp_port,
                                                  FALSE,
                                                  &error)
                   == rows[i].good);
    g_assert_true (rows[i].good || g_error_matches (error, KITH_ERROR, KITH_ERROR_UNSUPPORTED));
  }
}

static void
send_nonsense (Phone *phone, guint i)
{
  static const guint8 pts[] = { 96, 0, 8, 101, 13, 72, 96 | 0x80, 127, 200 & 0x7f };
  guint8 data[1400];

  for (guint k = 0; k < sizeof data; k++) {
    data[k] = (guint8)g_random_int ();
  }
  phone_send_rtp (phone,
                  pts[i % G_N_ELEMENTS (pts)],
                  data,
                  (gsize)g_random_int_range (1, sizeof data));
  phone->timestamp += (guint32)g_random_int_range (0, 2000);
  data[0] = (guint8)(0x80 | (data[0] & 0x3f)); /* any padding, extension and count bits */
  data[1] = g_random_boolean () ? 96 : (guint8)g_random_int_range (200, 208);
  phone_send (phone, data, (gsize)g_random_int_range (1, sizeof data));
  phone->ssrc += i % 7 == 0; /* and a new SSRC again and again */
}

/* The phone itself, on the right address and with the right payload types, sends nonsense in all
   codecs; then it speaks. */
static void
test_hostile_phone (void)
{
  Pair pair;
  Phone phone;
  KithMediaStats stats;
  guint threads = 0;

  pair_init (&pair, &(PairConfig){ .sockets = TRUE });
  phone_init (&phone, "127.0.0.1");
  talk_to_phone (&pair, &phone);
  party_start (&pair.alice);
  for (guint i = 0; i < 400; i++) {
    send_nonsense (&phone, i);
    run_ms (2);
    threads = MAX (threads, count_threads ());
  }
  g_test_message ("at most %u threads", threads);
  g_assert_cmpuint (threads, <, 40);
  /* its first SSRC, which was let in, with a jump in the numbers */
  phone.ssrc = 0x51000000u + phone.port;
  phone.seq += 5000;
  for (guint i = 0; i < 150; i++) {
    phone_send_tone (&phone, 1000);
    run_ms (20);
  }
  kith_media_get_stats (pair.alice.media, &stats);
  g_assert_cmpuint (pair.alice.failures, ==, 0);
  g_assert_cmpuint (stats.packets_received, >, 150);
  kith_media_stop (pair.alice.media);
  g_assert_cmpfloat (party_hears (&pair.alice, 1000).total_ms, >, 1500);
  close (phone.fd);
  pair_clear (&pair);
}

/* PCMU was agreed after Opus: the phone uses it without telling, presses keys in between, and goes
   on. */
static void
test_keys_and_other_codec (void)
{
  Pair pair;
  Phone phone;

  pair_init (&pair, &(PairConfig){ .sockets = TRUE });
  phone_init (&phone, "127.0.0.1");
  talk_to_phone (&pair, &phone);
  party_start (&pair.alice);
  for (guint i = 0; i < 50; i++) {
    phone_send_tone (&phone, 1000);
    run_ms (20);
  }
  for (guint key = 0; key < 3; key++) {
    static const guint8 codes[] = { 4, 2, 11 };
    for (guint i = 0; i < 6; i++) {
      guint8 event[] = { codes[key], (guint8)(10 | (i >= 3 ? 0x80 : 0)), 1, (guint8)(i * 20) };
      phone_send_rtp (&phone, 101, event, sizeof event);
      run_ms (20);
    }
    phone.timestamp += 960;
  }
  for (guint i = 0; i < 50; i++) {
    phone_send_tone (&phone, 1000);
    run_ms (20);
  }
  kith_media_stop (pair.alice.media);
  g_assert_cmpstr (pair.alice.tones->str, ==, "42#");
  g_assert_cmpuint (pair.alice.failures, ==, 0);
  KithToneReport report = party_hears (&pair.alice, 1000);
  g_assert_true (report.present);
  g_assert_cmpfloat (report.total_ms, >, 1700);
  g_assert_cmpfloat (report.longest_gap_ms, <, 500);
  close (phone.fd);
  pair_clear (&pair);
}

static void
test_bad_hosts (void)
{
  Pair pair;
  g_autoptr (GError) error = NULL;

  pair_init (&pair, &(PairConfig){ .sockets = TRUE });
  g_autoptr (KithOffer) remote = kith_media_get_local (pair.alice.media, &error);
  g_assert_no_error (error);
  g_free (kith_offer_audio (remote)->host);
  kith_offer_audio (remote)->host = g_strdup ("host.example");
  g_assert_false (kith_media_set_remote (pair.bob.media, remote, FALSE, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  KithMediaTransport transport = { .local_host = "192.0.2.1" };
  g_autoptr (KithMedia) media
      = kith_media_maker_create (pair.alice.maker, &transport, "call/1", &error);
  g_assert_no_error (error);
  g_autoptr (KithOffer) none = kith_media_get_local (media, &error);
  g_assert_null (none);
  g_assert_error (error, KITH_ERROR, KITH_ERROR_MEDIA);
  pair_clear (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/media-sockets/pcmu", test_pcmu);
  g_test_add_func ("/media-sockets/pcma", test_pcma);
  g_test_add_func ("/media-sockets/opus", test_opus);
  g_test_add_func ("/media-sockets/gate", test_gate);
  g_test_add_func ("/media-sockets/latch", test_latch);
  g_test_add_func ("/media-sockets/third-host", test_third_host);
  g_test_add_func ("/media-sockets/change-of-port", test_change_of_port);
  g_test_add_func ("/media-sockets/silent-victim", test_silent_victim);
  g_test_add_func ("/media-sockets/targets", test_targets);
  g_test_add_func ("/media-sockets/hostile-phone", test_hostile_phone);
  g_test_add_func ("/media-sockets/keys-and-other-codec", test_keys_and_other_codec);
  g_test_add_func ("/media-sockets/bad-hosts", test_bad_hosts);
  return g_test_run ();
}
