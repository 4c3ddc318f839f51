/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The DHT worker: a node of the DHT that takes orders from kithd on file descriptor 3 and sees
   neither names nor keys. */
#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/footprint.h"
#include "datagrams/client-mark.h"
#include "datagrams/net-guard.h"
#include "datagrams/tunnel.h"
#include "dht-ops.h"
#include "event-ring.h"
#include "peer-choice.h"
#include "stun-sockets.h"
#include "worker/sandbox.h"
#include "worker/worker-end.h"

#define MAX_BOOTSTRAPS 32
#define PING_MS 5000       /* between questions to the bootstrap hosts while there is no peer */
#define PING_SLOW_MS 15000 /* after the first two minutes of it */
#define DOUBT_MS 600       /* between questions to peers while nobody answers who did before */
#define DOUBT_TICK_MS 200
#define PING_OFTEN_FOR_MS 120000
#define GREETING_MS 200
#define QUIT_MS 1500
#define RANDOM_GETS 5
#define REST_SECONDS 10 /* so long after the start what only that needed is given back */
#define PEERS_MS 5000   /* between two lists of peers for the daemon */
#define MAX_PEERS 256
#define OUT_FOR_VALUES ((size_t)384 << 10)

static const KithSandboxLimit limits[] = {
  { RLIMIT_NOFILE, 256 }, /* DHT sockets must stay under 1,024 for select() */
  { RLIMIT_AS, (rlim_t)512 << 20 },
};
static const KithSandboxRules sandbox
    = { .limits = limits, .n_limits = 2, .threads = true, .oom_score = 500 };

static dht_runner *runner;
static uint32_t out_lost;
static uint16_t port4, port6;
static KithEndpoint bootstraps[MAX_BOOTSTRAPS];
static unsigned n_bootstraps;
static unsigned n_peers;
static int64_t alone_since_ms, next_ping_ms, next_doubt_ms, next_greeting_ms, next_second_ms,
    quit_ms;
static unsigned random_gets_left;
static unsigned n_seconds;   /* since the start, at least */
static KithFrameStatus told; /* the status last sent */
static KithDhtFrame told_peers;
static int64_t next_peers_ms;

static int64_t
now_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Ends at once: libopendht's own shutdown may take seconds, and nothing is to be saved. */
static void __attribute__ ((noreturn)) leave (int code) { _exit (code); }

static void
send_frame (const KithDhtFrame *frame)
{
  const size_t most = frame->type == KITH_FRAME_VALUE ? OUT_FOR_VALUES : KITH_WORKER_OUT_MAX;
  uint8_t bytes[KITH_FRAME_MAX];

  if (kith_worker_end_send (bytes, kith_dht_frame_encode (frame, bytes, sizeof bytes), most)) {
    return;
  }
  if (frame->type == KITH_FRAME_VALUE) {
    out_lost++;
  } else {
    /* the daemon has not read for a long time: a fresh worker is worth more than a wrong picture */
    leave (4);
  }
}

static void __attribute__ ((noreturn)) fail (const char *why)
{
  KithDhtFrame frame
      = { .type = KITH_FRAME_FAILED, .value_len = strnlen (why, KITH_FRAME_TEXT_MAX) };

  memcpy (frame.value, why, frame.value_len);
  send_frame (&frame);
  (void)kith_worker_end_flush ();
  leave (2);
}

static void
fill_public_address (KithEndpoint *address)
{
  struct sockaddr **list = dht_runner_get_public_address (runner);

  memset (address, 0, sizeof *address);
  for (unsigned i = 0; list != NULL && list[i] != NULL; i++) {
    if (list[i]->sa_family == AF_INET && address->family == 0) {
      struct sockaddr_in in4;
      memcpy (&in4, list[i], sizeof in4);
      address->family = 4;
      address->port = ntohs (in4.sin_port);
      memcpy (address->ip, &in4.sin_addr, 4);
    } else if (list[i]->sa_family == AF_INET6 && address->family == 0) {
      struct sockaddr_in6 in6;
      memcpy (&in6, list[i], sizeof in6);
      address->family = 6;
      address->port = ntohs (in6.sin6_port);
      memcpy (address->ip, &in6.sin6_addr, 16);
    }
    free (list[i]);
  }
  free (list);
}

static void
fill_status (KithFrameStatus *status)
{
  memset (status, 0, sizeof *status);
  kith_guard_get_status (status);
  status->port4 = port4;
  status->port6 = port6;
  status->lost = kith_notes_lost () + out_lost;
  if (told.peers > 0) { /* this asks libopendht and may wait for its lock: not when it is urgent */
    fill_public_address (&status->public_address);
  }
}

static void
tell_status (bool always)
{
  KithDhtFrame frame = { .type = KITH_FRAME_STATUS };

  fill_status (&frame.status);
  if (always || memcmp (&frame.status, &told, sizeof told) != 0) {
    told = frame.status;
    send_frame (&frame);
  }
}

/* Tells the daemon which nodes it may ask; the first ones at once, other ones now and then. */
static void
tell_peers (int64_t now)
{
  static KithEndpoint live[MAX_PEERS];
  static KithDhtFrame frame;
  const unsigned n_live = kith_guard_get_peers (live, MAX_PEERS);
  const bool urgent = n_live > 0 && (told_peers.n_addresses == 0 || !told_peers.heard[0]);

  if ((urgent || now >= next_peers_ms)
      && kith_peer_choice (&told_peers, live, n_live, bootstraps, n_bootstraps, &frame)) {
    next_peers_ms = now + PEERS_MS;
    told_peers = frame;
    send_frame (&frame);
  }
}

static void
ping (const KithEndpoint *address)
{
  struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons (address->port) };
  struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons (address->port) };

  if (address->family == 4 && port4 != 0) {
    memcpy (&in4.sin_addr, address->ip, 4);
    dht_runner_ping (runner, (struct sockaddr *)&in4, sizeof in4, NULL, NULL);
  } else if (address->family == 6 && port6 != 0) {
    memcpy (&in6.sin6_addr, address->ip, 16);
    dht_runner_ping (runner, (struct sockaddr *)&in6, sizeof in6, NULL, NULL);
  }
}

static void
add_bootstrap (const KithEndpoint *address)
{
  for (unsigned i = 0; i < n_bootstraps; i++) {
    if (memcmp (&bootstraps[i], address, sizeof *address) == 0) {
      return;
    }
  }
  if (n_bootstraps < MAX_BOOTSTRAPS) {
    bootstraps[n_bootstraps++] = *address;
    ping (address);
  }
}

/* While nobody answers, the bootstrap hosts are asked; when all went quiet, the peers that were. */
static void
look_for_peers (int64_t now)
{
  KithEndpoint quiet[8]; /* those that answer are asked at once when the network is back */
  const unsigned n_quiet = kith_guard_get_quiet (quiet, 8);

  if (now < next_ping_ms) {
    return;
  }
  next_ping_ms
      = now + (n_peers == 0 && now - alone_since_ms > PING_OFTEN_FOR_MS ? PING_SLOW_MS : PING_MS);
  for (unsigned i = 0; i < n_quiet; i++) {
    ping (&quiet[i]);
  }
  for (unsigned i = 0; i < n_bootstraps && n_peers == 0; i++) {
    ping (&bootstraps[i]);
  }
}

/* Somebody who answers else did not: whether it is that one, or the way to all, others tell
   soon. */
static void
doubt_peers (int64_t now)
{
  KithEndpoint quiet[4];

  if (n_peers == 0 || now < next_doubt_ms || kith_guard_get_silence () < DOUBT_MS) {
    return;
  }
  next_doubt_ms = now + DOUBT_MS;
  const unsigned n_quiet = kith_guard_get_quiet (quiet, 4);
  for (unsigned i = 0; i < n_quiet; i++) {
    ping (&quiet[i]);
  }
}

/* Somebody asks us while we know nobody: asking back makes a first node useful at once. */
static void
greet_stranger (int64_t now)
{
  KithEndpoint stranger;

  if (n_peers == 0 && now >= next_greeting_ms && kith_guard_take_stranger (&stranger)) {
    next_greeting_ms = now + GREETING_MS;
    ping (&stranger);
  }
}

static bool
on_random_value (const dht_value *value, void *user_data)
{
  (void)value;
  (void)user_data;
  return true;
}

/* A fresh node that asked for a few places at random is known to, and knows, enough others. */
static void
look_around (void)
{
  if (n_peers > 0 && random_gets_left > 0) {
    dht_infohash place;
    random_gets_left--;
    dht_infohash_random (&place);
    dht_runner_get (runner, &place, on_random_value, NULL, NULL);
  }
}

/* Looks whether peers came or went; a first peer gets what is kept. */
static void
follow_peers (int64_t now)
{
  KithFrameStatus status;

  kith_guard_get_status (&status);
  if (status.peers > 0 && n_peers == 0) {
    n_peers = status.peers;
    tell_status (true);
    tell_peers (now);
    kith_ops_put_all_again (now);
  } else if (status.peers == 0 && n_peers > 0) {
    alone_since_ms = now;
    next_ping_ms = now;
    n_peers = 0;
    tell_status (true);
  }
  n_peers = status.peers;
}

static void
start_node (const KithDhtFrame *frame)
{
  dht_runner_config config;
  const uint16_t ports[] = { frame->port, 0 };

  kith_guard_setup (frame->network, kith_notes_wake);
  for (unsigned i = 0; i < 2 && port4 == 0; i++) {
    if (runner != NULL) {
      dht_runner_delete (runner);
    }
    dht_runner_config_default (&config);
    config.dht_config.node_config.network = frame->network;
    memcpy (config.dht_config.node_config.node_id.d, frame->location, sizeof frame->location);
    config.peer_discovery = frame->discovery;
    config.peer_publish = frame->discovery;
    runner = dht_runner_new ();
    const int problem = dht_runner_run_config (runner, ports[i], &config);
    port4 = problem == 0 ? dht_runner_get_bound_port (runner, AF_INET) : 0;
    port6 = problem == 0 ? dht_runner_get_bound_port (runner, AF_INET6) : 0;
    if (port4 == 0 && port6 != 0 && ports[i] == 0) {
      break; /* a machine without IPv4 */
    }
  }
  if (port4 == 0 && port6 == 0) {
    fail (
        "no UDP port can be had: another program may hold them all, or the machine has no network");
  }
  const KithDhtFrame ready = { .type = KITH_FRAME_READY, .port4 = port4, .port6 = port6 };
  send_frame (&ready);
  kith_stun_open (port4, port6);
  kith_ops_init (runner, send_frame, frame->check_s);
  alone_since_ms = now_ms ();
  next_ping_ms = alone_since_ms + PING_MS;
  next_peers_ms = alone_since_ms + PEERS_MS;
  random_gets_left = RANDOM_GETS;
}

static void
take_frame (const KithDhtFrame *frame)
{
  if ((frame->type == KITH_FRAME_START) != (runner == NULL)) {
    fail ("the first frame, and only the first, must be START");
  }
  switch (frame->type) {
  case KITH_FRAME_START:
    start_node (frame);
    return;
  case KITH_FRAME_BOOTSTRAP:
    add_bootstrap (&frame->address);
    return;
  case KITH_FRAME_GET:
    if (n_peers == 0) {
      /* perhaps the network is back: whoever is asked for must not wait for the next ping */
      next_ping_ms = now_ms ();
    }
    kith_ops_take (frame, now_ms ());
    return;
  case KITH_FRAME_CANCEL_GET:
  case KITH_FRAME_PUT:
  case KITH_FRAME_CANCEL_PUT:
  case KITH_FRAME_LISTEN:
  case KITH_FRAME_UNLISTEN:
    kith_ops_take (frame, now_ms ());
    return;
  case KITH_FRAME_PING:
    tell_status (true);
    return;
  case KITH_FRAME_HOST:
    kith_stun_set_addresses (frame->addresses, frame->n_addresses);
    kith_client_set_host (frame->addresses, frame->n_addresses);
    kith_guard_set_host (frame->addresses, frame->n_addresses, port6);
    return;
  case KITH_FRAME_TUNNEL:
    kith_tunnel_set (frame->port, frame->token);
    next_ping_ms = now_ms (); /* who did not answer before may do so now */
    return;
  case KITH_FRAME_QUIT:
    quit_ms = now_ms () + QUIT_MS;
    return;
  case KITH_FRAME_READY:
  case KITH_FRAME_VALUE:
  case KITH_FRAME_DONE:
  case KITH_FRAME_PUBLISHED:
  case KITH_FRAME_STATUS:
  case KITH_FRAME_FAILED:
  case KITH_FRAME_PEERS:
  case KITH_FRAME_DIRECT:
    return; /* the decoder lets none of these through */
  }
}

static bool
take_body (KithWireReader body)
{
  static KithDhtFrame frame;
  const bool is_frame = kith_dht_frame_decode (body, KITH_FRAME_FROM_DAEMON, &frame);

  if (is_frame) {
    take_frame (&frame);
  }
  return is_frame;
}

/* Everything that time brings. Returns how long to wait. */
static int
tick (void)
{
  const int64_t now = now_ms ();
  KithEndpoint other;

  if (runner == NULL) {
    return -1;
  }
  kith_ops_handle_notes (now, n_peers > 0);
  follow_peers (now);
  if (quit_ms != 0 && (now >= quit_ms || n_peers == 0 || !kith_ops_is_putting ())) {
    (void)kith_worker_end_flush ();
    leave (0);
  }
  look_for_peers (now);
  doubt_peers (now);
  greet_stranger (now);
  if (now >= next_second_ms) {
    next_second_ms = now + 1000;
    if (++n_seconds == REST_SECONDS) {
      kith_footprint_release (NULL);
    }
    look_around ();
    tell_status (false);
    tell_peers (now);
    if (kith_guard_take_other (
            &other)) { /* one a second at most: nobody can be flooded through us */
      ping (&other);
    }
    if (kith_tunnel_take_direct ()) {
      const KithDhtFrame direct = { .type = KITH_FRAME_DIRECT };
      send_frame (&direct);
    }
  }
  const int wait = kith_ops_tick (now, n_peers > 0);
  const int next
      = n_peers > 0 && kith_guard_get_silence () > 0 ? DOUBT_TICK_MS : (int)(next_second_ms - now);
  return quit_ms != 0 ? 10 : wait < next ? wait : next;
}

static void
run (int wake_fd)
{
  struct pollfd fds[4] = { { .fd = KITH_WORKER_CONTROL_FD },
                           { .fd = wake_fd, .events = POLLIN },
                           { .fd = -1, .events = POLLIN },
                           { .fd = -1, .events = POLLIN } };
  uint64_t count;

  for (;;) {
    const int wait = tick ();
    fds[0].events = (short)(POLLIN | (kith_worker_end_flush () ? POLLOUT : 0));
    fds[2].fd = kith_stun_get_fd (4);
    fds[3].fd = kith_stun_get_fd (6);
    if (poll (fds, 4, wait) < 0 && errno != EINTR) {
      leave (3);
    }
    for (unsigned i = 2; i < 4; i++) {
      if (fds[i].fd >= 0 && fds[i].revents != 0) {
        kith_stun_serve (fds[i].fd);
      }
    }
    if ((fds[1].revents & POLLIN) != 0 && read (wake_fd, &count, sizeof count) < 0
        && errno != EAGAIN) {
      leave (3);
    }
    if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0
        && !kith_worker_end_read (KITH_FRAME_MAX, take_body)) {
      fail ("what came on the control socket is no frame");
    }
  }
}

static void __attribute__ ((noreturn)) refuse_to_start (const char *why)
{
  fprintf (stderr, "kith-dht: %s\n", why);
  exit (64);
}

int
main (int argc, char **argv)
{
  const char *attempt = NULL;
  const char *problem = NULL;

#ifdef KITH_DHT_UNFILTERED
  for (; argc > 1 && strncmp (argv[1], "--", 2) == 0; argc--, argv++) {
    if (strcmp (argv[1], "--no-filter") == 0) {
      kith_guard_switch_off ();
    } else if (strncmp (argv[1], "--try=", 6) == 0) {
      attempt = argv[1] + 6;
    }
  }
#endif
  (void)argv;
  if (attempt == NULL) {
    problem = kith_worker_end_open (1);
  }
  if (argc != 1 || problem != NULL) {
    refuse_to_start (problem != NULL ? problem : "this program is started by kithd, alone");
  }
  if (!kith_guard_is_in_place ()) {
    refuse_to_start ("libopendht would receive past the filter: this build must not be used");
  }
  (void)mallopt (M_ARENA_MAX, 2); /* an arena reserves 64 MiB of address space */
  const int wake_fd = kith_notes_open ();
  problem = kith_sandbox_enter (&sandbox);
  if (wake_fd < 0 || problem != NULL) {
    refuse_to_start (problem != NULL ? problem : "no eventfd");
  }
#ifdef KITH_DHT_UNFILTERED
  if (attempt != NULL) {
    puts (kith_sandbox_try (attempt));
    return 0;
  }
#endif
  run (wake_fd);
}
