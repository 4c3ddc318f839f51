/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interposes recvfrom() and sendto(), keeps the list of peers and the counts of what was
   dropped. */
#include "net-guard.h"

#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "client-mark.h"
#include "datagram-join.h"
#include "local-source.h"
#include "other-family.h"
#include "stun-sockets.h"
#include "tunnel.h"

#define MAX_PEERS 256
#define MAX_EXPECTED 1024
#define MAX_HOLDERS 16
#define ANSWER_WITHIN_MS 10000
#define PEER_LIFE_MS 60000
#define LATEST_LIFE_MS 30000
#define SILENT_MS 2500 /* nobody answers for so long who did before: nobody is there */
#define DOUBT_MS 600   /* … and for so long: others are asked, too */
#define QUIET_MS 4000
#define MAX_DROPS_AT_ONCE 64
#define MARKED_MAX 2048
#define MAX_LATEST 32

typedef struct {
  uint8_t source[KITH_JOIN_SOURCE_LEN]; /* IPv4 as mapped IPv6, then the port */
  int64_t asked_ms;
  int64_t answered_ms; /* 0 never */
} Peer;

typedef struct {
  uint64_t id; /* 0: free */
  uint16_t len;
  uint8_t data[KITH_DHT_DATA_MAX];
  unsigned n_holders;
  uint8_t holders[MAX_HOLDERS][KITH_JOIN_SOURCE_LEN];
} Expected;

typedef enum { SOCKET_OTHER, SOCKET_DHT, SOCKET_DISCOVERY } SocketKind;

/* From where a datagram came, and to which address of ours. */
typedef struct {
  struct sockaddr_storage *source;
  const KithEndpoint *local;
} Arrival;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uint32_t our_network;
static void (*peer_came) (void);
static Peer peers[MAX_PEERS];
static int64_t last_answer_ms;
/* when somebody was asked who answers else, nobody having answered since; 0: nobody was */
static int64_t unanswered_ms;
static uint8_t stranger_source[KITH_JOIN_SOURCE_LEN];
static bool has_stranger;
static Expected expected[MAX_EXPECTED];
static bool was_answer; /* what was judged last: an answer of somebody who was asked */
static uint64_t n_passed;
static uint32_t n_dropped[KITH_N_DROPS];
static KithJoin join;
#ifdef KITH_DHT_UNFILTERED
static bool switched_off;
#endif

ssize_t guard_recvfrom (int fd,
                        void *data,
                        size_t room,
                        int flags,
                        struct sockaddr *from,
                        socklen_t *from_len) __asm__("recvfrom")
    __attribute__ ((visibility ("default"), used));
ssize_t guard_sendto (int fd,
                      const void *data,
                      size_t len,
                      int flags,
                      const struct sockaddr *to,
                      socklen_t to_len) __asm__("sendto")
    __attribute__ ((visibility ("default"), used));

static int64_t
now_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool
source_of (const struct sockaddr *address, uint8_t *source)
{
  static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

  if (address->sa_family == AF_INET) {
    struct sockaddr_in in4;
    memcpy (&in4, address, sizeof in4);
    memcpy (source, mapped, 12);
    memcpy (source + 12, &in4.sin_addr, 4);
    memcpy (source + 16, &in4.sin_port, 2);
    return true;
  }
  if (address->sa_family == AF_INET6) {
    struct sockaddr_in6 in6;
    memcpy (&in6, address, sizeof in6);
    memcpy (source, &in6.sin6_addr, 16);
    memcpy (source + 16, &in6.sin6_port, 2);
    return true;
  }
  return false;
}

static void
source_to_address (const uint8_t *source, KithEndpoint *address)
{
  static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
  const bool is4 = memcmp (source, mapped, 12) == 0;

  memset (address, 0, sizeof *address);
  address->family = is4 ? 4 : 6;
  memcpy (address->ip, is4 ? source + 12 : source, is4 ? 4 : 16);
  address->port = (uint16_t)(source[16] << 8 | source[17]);
}

static SocketKind
socket_kind (int fd)
{
  struct sockaddr_storage name;
  socklen_t len = sizeof name;
  int type = 0;
  socklen_t type_len = sizeof type;
  uint8_t source[KITH_JOIN_SOURCE_LEN];

  if (getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &type_len) != 0 || type != SOCK_DGRAM
      || getsockname (fd, (struct sockaddr *)&name, &len) != 0
      || !source_of ((const struct sockaddr *)&name, source)) {
    return SOCKET_OTHER;
  }
  return (source[16] << 8 | source[17]) == KITH_GUARD_DISCOVERY_PORT ? SOCKET_DISCOVERY
                                                                     : SOCKET_DHT;
}

static Peer *
find_peer (const uint8_t *source)
{
  for (unsigned i = 0; i < MAX_PEERS; i++) {
    if (memcmp (peers[i].source, source, KITH_JOIN_SOURCE_LEN) == 0) {
      return &peers[i];
    }
  }
  return NULL;
}

/* The entry that is missed least: one that never answered before one that did, then the oldest. */
static Peer *
make_peer (const uint8_t *source)
{
  Peer *oldest = &peers[0];

  for (unsigned i = 1; i < MAX_PEERS; i++) {
    const bool worse
        = (peers[i].answered_ms == 0) == (oldest->answered_ms == 0)
              ? peers[i].answered_ms + peers[i].asked_ms < oldest->answered_ms + oldest->asked_ms
              : peers[i].answered_ms == 0;
    if (worse) {
      oldest = &peers[i];
    }
  }
  memset (oldest, 0, sizeof *oldest);
  memcpy (oldest->source, source, KITH_JOIN_SOURCE_LEN);
  return oldest;
}

static bool
is_alone (int64_t now)
{
  return last_answer_ms == 0 || now - last_answer_ms > LATEST_LIFE_MS
         || (unanswered_ms != 0 && now - unanswered_ms > SILENT_MS);
}

/* Counts it as an answer if the source was asked lately. */
static void
note_answer (const uint8_t *source, bool *first)
{
  const int64_t now = now_ms ();
  Peer *peer = find_peer (source);

  if (peer == NULL || peer->asked_ms == 0 || now - peer->asked_ms > ANSWER_WITHIN_MS) {
    return;
  }
  *first = is_alone (now);
  peer->answered_ms = now;
  last_answer_ms = now;
  unanswered_ms = 0;
  was_answer = true;
}

static Expected *
find_expected (uint64_t id)
{
  for (unsigned i = 0; i < MAX_EXPECTED; i++) {
    if (expected[i].id == id) {
      return &expected[i];
    }
  }
  return NULL;
}

static void
note_values (const uint8_t *source, const KithDatagram *info)
{
  for (unsigned i = 0; i < info->n_values; i++) {
    const KithDatagramValue *value = &info->values[i];
    Expected *entry = find_expected (value->id);
    bool known = false;
    if (entry == NULL || entry->len != value->len
        || memcmp (entry->data, value->data, value->len) != 0) {
      continue;
    }
    for (unsigned k = 0; k < entry->n_holders; k++) {
      known = known || memcmp (entry->holders[k], source, KITH_JOIN_SOURCE_LEN) == 0;
    }
    if (!known && entry->n_holders < MAX_HOLDERS) {
      memcpy (entry->holders[entry->n_holders++], source, KITH_JOIN_SOURCE_LEN);
    }
  }
}

/* A stranger's source, whom it is worth to ask as long as there are no peers. Called with the mutex
   held. */
static bool
note_stranger (const uint8_t *source, uint16_t port)
{
  if (!is_alone (now_ms ()) || port == 0) {
    return false;
  }
  memcpy (stranger_source, source, sizeof stranger_source);
  stranger_source[16] = (uint8_t)(port >> 8);
  stranger_source[17] = (uint8_t)port;
  has_stranger = true;
  return true;
}

/* Returns the bytes to hand on, 0 when there is nothing (yet). *@data may be replaced by a joined
   message. Called with the mutex held. */
static size_t
judge (uint8_t *data, size_t len, size_t room, const uint8_t *source, KithDrop *drop, bool *first)
{
  static uint8_t whole[KITH_JOIN_WHOLE_MAX];
  static KithDatagram info;
  size_t whole_len = 0;

  *drop = kith_datagram_check (data, len, our_network, &info);
  if (*drop == KITH_DROP_NOT && info.kind == KITH_DATAGRAM_PART) {
    *drop = kith_join_part (&join, now_ms (), source, &info, whole, &whole_len);
    if (*drop != KITH_DROP_NOT || whole_len == 0) {
      return 0;
    }
    *drop = whole_len > room ? KITH_DROP_OVERSIZED
                             : kith_datagram_check (whole, whole_len, our_network, &info);
    if (*drop == KITH_DROP_NOT && info.n_sizes > 0) {
      *drop = KITH_DROP_STRUCTURE;
    }
    memcpy (data, whole, *drop == KITH_DROP_NOT ? whole_len : 0);
    len = whole_len;
  } else if (*drop == KITH_DROP_NOT && info.n_sizes > 0) {
    *drop = kith_join_head (&join, now_ms (), source, data, len, &info);
    return 0;
  }
  if (*drop != KITH_DROP_NOT) {
    return 0;
  }
  if (info.kind == KITH_DATAGRAM_REPLY) {
    note_answer (source, first);
    if (was_answer && info.other != NULL) { /* of nobody who was not asked */
      kith_other_note (info.other);
    }
  } else {
    KithEndpoint from;
    source_to_address (source, &from);
    kith_client_note_came (&from);
    *first = note_stranger (source, (uint16_t)(source[16] << 8 | source[17]));
  }
  Peer *peer = find_peer (source);
  if (peer != NULL && peer->answered_ms != 0) {
    note_values (source, &info);
  }
  return len;
}

/* LAN discovery. Returns as judge() does. */
static size_t
judge_discovery (const uint8_t *data,
                 size_t len,
                 const uint8_t *source,
                 KithDrop *drop,
                 bool *first)
{
  uint16_t port;
  uint32_t network;

  *drop = kith_discovery_check (data, len, &port, &network);
  if (*drop != KITH_DROP_NOT) {
    return 0;
  }
  *first = network == our_network && note_stranger (source, port);
  return len;
}

/* The same for a socket of kind @kind, with counting. *@answer: it answers a request of ours. */
static size_t
admit (SocketKind kind,
       uint8_t *data,
       size_t len,
       size_t room,
       const struct sockaddr *from,
       bool *answer)
{
  uint8_t source[KITH_JOIN_SOURCE_LEN];
  KithDrop drop = KITH_DROP_NOT;
  bool first = false;

#ifdef KITH_DHT_UNFILTERED
  if (switched_off) {
    return len;
  }
#endif
  if (!source_of (from, source)) {
    return 0;
  }
  pthread_mutex_lock (&mutex);
  was_answer = false;
  if (kind == SOCKET_DISCOVERY) {
    len = judge_discovery (data, len, source, &drop, &first);
  } else {
    len = judge (data, len, room, source, &drop, &first);
  }
  n_passed += drop == KITH_DROP_NOT;
  n_dropped[drop] += drop != KITH_DROP_NOT;
  *answer = was_answer;
  pthread_mutex_unlock (&mutex);
  if (first && peer_came != NULL) {
    peer_came ();
  }
  return len;
}

/* By which of our addresses a node knows us. */
static void
note_local (const Arrival *arrival)
{
  uint8_t source[KITH_LOCAL_SOURCE_LEN];

  if (source_of ((const struct sockaddr *)arrival->source, source)) {
    pthread_mutex_lock (&mutex);
    kith_local_note (source, arrival->local, now_ms ());
    pthread_mutex_unlock (&mutex);
  }
}

/* Judges what came on a socket of kind @kind, maybe through the tunnel, in which case *@source
   becomes who sent it. Returns as judge() does. */
static size_t
take_in (int fd, SocketKind kind, uint8_t *data, size_t len, size_t room, const Arrival *arrival)
{
  KithTunnelKind tunnel
      = kind == SOCKET_DHT ? kith_tunnel_unwrap (data, &len, arrival->source) : KITH_TUNNEL_NOT;
  bool answer = false;

  if (len == 0 || tunnel == KITH_TUNNEL_BAD
      || (kind == SOCKET_DHT && tunnel == KITH_TUNNEL_NOT
          && kith_stun_take (fd, data, len, arrival->source, arrival->local))) {
    return 0;
  }
  len = admit (kind, data, len, room, (const struct sockaddr *)arrival->source, &answer);
  if (len > 0 && kind == SOCKET_DHT && tunnel == KITH_TUNNEL_NOT) {
    note_local (arrival);
  }
  if (answer && tunnel == KITH_TUNNEL_NOT) {
    kith_tunnel_note_direct ((const struct sockaddr *)arrival->source);
  }
  return len;
}

ssize_t
guard_recvfrom (int fd,
                void *data,
                size_t room,
                int flags,
                struct sockaddr *from,
                socklen_t *from_len)
{
  const SocketKind kind = socket_kind (fd);

  if (kind == SOCKET_OTHER) {
    return syscall (SYS_recvfrom, fd, data, room, flags, from, from_len);
  }
  for (unsigned i = 0; i < MAX_DROPS_AT_ONCE; i++) {
    struct sockaddr_storage source;
    KithEndpoint local;
    const Arrival arrival = { &source, &local };
    const ssize_t len = kith_stun_receive (fd, data, room, flags, &source, &local);
    if (len < 0) {
      return len;
    }
    const size_t admitted = take_in (fd, kind, data, (size_t)len, room, &arrival);
    if (admitted == 0) {
      continue;
    }
    const socklen_t source_len
        = source.ss_family == AF_INET6 ? sizeof (struct sockaddr_in6) : sizeof (struct sockaddr_in);
    if (from != NULL && from_len != NULL) {
      memcpy (from, &source, *from_len < source_len ? *from_len : source_len);
      *from_len = source_len;
    }
    return (ssize_t)admitted;
  }
  errno = EAGAIN;
  return -1;
}

/* Notes what goes out. *@len bytes of *@data may be replaced by others in @marked. Returns TRUE for
   a request. */
static bool
take_out (const uint8_t *source, const void **data, size_t *len, uint8_t marked[MARKED_MAX])
{
  static KithDatagram info;
  KithEndpoint to;

  source_to_address (source, &to);
  pthread_mutex_lock (&mutex);
  const bool known = kith_datagram_check (*data, *len, our_network, &info) == KITH_DROP_NOT;
  const bool request = known && info.kind == KITH_DATAGRAM_REQUEST;
  if (request) {
    Peer *peer = find_peer (source);
    peer = peer != NULL ? peer : make_peer (source);
    peer->asked_ms = now_ms ();
    if (unanswered_ms == 0 && peer->answered_ms != 0
        && peer->asked_ms - peer->answered_ms <= PEER_LIFE_MS) {
      unanswered_ms = peer->asked_ms;
    }
    kith_client_note_sent (&to);
  }
  if (known && info.kind != KITH_DATAGRAM_PART && kith_client_is_due (&to)) {
    const size_t n = kith_client_mark (*data, *len, marked, MARKED_MAX);
    *data = n > 0 ? marked : *data;
    *len = n > 0 ? n : *len;
  }
  if (known && info.kind != KITH_DATAGRAM_PART && kith_other_is_due (&to, now_ms ())) {
    const size_t n = kith_other_add (*data, *len, marked, MARKED_MAX);
    *data = n > 0 ? marked : *data;
    *len = n > 0 ? n : *len;
  }
  pthread_mutex_unlock (&mutex);
  return request;
}

/* sendto() from the address by which @source, the receiver, knows us. */
static ssize_t
send_as_known (int fd,
               const void *data,
               size_t len,
               int flags,
               const struct sockaddr *to,
               const uint8_t *source)
{
  const socklen_t to_len
      = to->sa_family == AF_INET6 ? sizeof (struct sockaddr_in6) : sizeof (struct sockaddr_in);
  KithEndpoint local;

  pthread_mutex_lock (&mutex);
  const bool known = kith_local_find (source, now_ms (), &local)
                     && (local.family == 4) == (to->sa_family == AF_INET);
  pthread_mutex_unlock (&mutex);
  if (known) {
    const ssize_t n = kith_local_send (fd, data, len, flags, to, to_len, &local);
    if (n >= 0 || errno == EAGAIN) {
      return n;
    }
    pthread_mutex_lock (&mutex); /* the address has gone */
    kith_local_forget (source);
    pthread_mutex_unlock (&mutex);
  }
  return syscall (SYS_sendto, fd, data, len, flags, to, to_len);
}

ssize_t
guard_sendto (int fd,
              const void *data,
              size_t len,
              int flags,
              const struct sockaddr *to,
              socklen_t to_len)
{
  uint8_t source[KITH_JOIN_SOURCE_LEN];
  uint8_t marked[MARKED_MAX];
  const size_t whole = len;

  if (to == NULL || !source_of (to, source) || socket_kind (fd) != SOCKET_DHT) {
    return syscall (SYS_sendto, fd, data, len, flags, to, to_len);
  }
  const bool request = take_out (source, &data, &len, marked);
  if (kith_tunnel_takes (to)) {
    struct sockaddr_in in4;
    memcpy (&in4, to, sizeof in4);
    if (request && kith_tunnel_should_try (now_ms ())) {
      (void)syscall (SYS_sendto, fd, data, len, flags, to, to_len);
    }
    const ssize_t n = kith_tunnel_send (fd, data, len, flags, &in4);
    return n < 0 ? n : (ssize_t)whole;
  }
  const ssize_t n = send_as_known (fd, data, len, flags, to, source);
  return n < 0 ? n : (ssize_t)whole; /* of what we were given */
}

void
kith_guard_setup (uint32_t network, void (*on_peer) (void))
{
  pthread_mutex_lock (&mutex);
  our_network = network;
  peer_came = on_peer;
  pthread_mutex_unlock (&mutex);
}

bool
kith_guard_is_in_place (void)
{
  void *recv_symbol = dlsym (RTLD_DEFAULT, "recvfrom");
  void *send_symbol = dlsym (RTLD_DEFAULT, "sendto");
  ssize_t (*recv_ours) (int, void *, size_t, int, struct sockaddr *, socklen_t *) = guard_recvfrom;
  ssize_t (*send_ours) (int, const void *, size_t, int, const struct sockaddr *, socklen_t)
      = guard_sendto;

  return memcmp (&recv_symbol, &recv_ours, sizeof recv_symbol) == 0
         && memcmp (&send_symbol, &send_ours, sizeof send_symbol) == 0;
}

/* The latest peers within @life_ms, best first. Called with the mutex held. */
static unsigned
latest_peers (int64_t life_ms, KithEndpoint *list, unsigned room)
{
  const int64_t now = now_ms ();
  int64_t before = INT64_MAX;
  unsigned n = 0;

  while (n < room) {
    const Peer *best = NULL;
    for (unsigned i = 0; i < MAX_PEERS; i++) {
      const Peer *peer = &peers[i];
      if (peer->answered_ms != 0 && now - peer->answered_ms <= life_ms && peer->answered_ms < before
          && (best == NULL || peer->answered_ms > best->answered_ms)) {
        best = peer;
      }
    }
    if (best == NULL) {
      break;
    }
    before = best->answered_ms;
    source_to_address (best->source, &list[n++]);
  }
  return n;
}

void
kith_guard_get_status (KithFrameStatus *status)
{
  const int64_t now = now_ms ();

  pthread_mutex_lock (&mutex);
  status->peers = 0;
  for (unsigned i = 0; i < MAX_PEERS && !is_alone (now); i++) {
    status->peers += peers[i].answered_ms != 0 && now - peers[i].answered_ms <= PEER_LIFE_MS;
  }
  status->passed = n_passed;
  status->n_dropped = KITH_N_DROPS;
  memcpy (status->dropped, n_dropped, sizeof n_dropped);
  status->n_known = (uint8_t)latest_peers (10 * PEER_LIFE_MS, status->known, KITH_FRAME_KNOWN_MAX);
  pthread_mutex_unlock (&mutex);
  kith_stun_count (status);
}

unsigned
kith_guard_get_peers (KithEndpoint *list, unsigned room)
{
  unsigned n = 0;

  pthread_mutex_lock (&mutex);
  if (!is_alone (now_ms ())) {
    n = latest_peers (PEER_LIFE_MS, list, room);
  }
  pthread_mutex_unlock (&mutex);
  return n;
}

unsigned
kith_guard_get_quiet (KithEndpoint *list, unsigned room)
{
  KithEndpoint latest[MAX_LATEST];
  unsigned n_latest = 0, n = 0;

  pthread_mutex_lock (&mutex);
  if (last_answer_ms != 0
      && (now_ms () - last_answer_ms > QUIET_MS
          || (unanswered_ms != 0 && now_ms () - unanswered_ms >= DOUBT_MS))) {
    n_latest = latest_peers (INT64_MAX / 2, latest, MAX_LATEST);
  }
  pthread_mutex_unlock (&mutex);
  for (unsigned family = 4; family <= 6; family += 2) { /* one family may be gone */
    for (unsigned i = 0, taken = 0; i < n_latest && n < room && taken < (room + 1) / 2; i++) {
      if (latest[i].family == family) {
        list[n++] = latest[i];
        taken++;
      }
    }
  }
  return n;
}

void
kith_guard_set_host (const KithEndpoint *addresses, unsigned n, uint16_t port6)
{
  pthread_mutex_lock (&mutex);
  kith_other_set_host (addresses, n, port6);
  pthread_mutex_unlock (&mutex);
}

bool
kith_guard_take_other (KithEndpoint *address)
{
  pthread_mutex_lock (&mutex);
  const bool has = kith_other_take (address);
  pthread_mutex_unlock (&mutex);
  return has;
}

int64_t
kith_guard_get_silence (void)
{
  pthread_mutex_lock (&mutex);
  const int64_t silence = unanswered_ms != 0 ? now_ms () - unanswered_ms + 1 : 0;
  pthread_mutex_unlock (&mutex);
  return silence;
}

bool
kith_guard_take_stranger (KithEndpoint *stranger)
{
  pthread_mutex_lock (&mutex);
  const bool has = has_stranger;
  has_stranger = false;
  if (has) {
    source_to_address (stranger_source, stranger);
  }
  pthread_mutex_unlock (&mutex);
  return has;
}

bool
kith_guard_expect (uint64_t id, const uint8_t *data, size_t len)
{
  bool ok = false;

  if (id == 0 || len > KITH_DHT_DATA_MAX) {
    return false;
  }
  pthread_mutex_lock (&mutex);
  Expected *entry = find_expected (id);
  ok = entry != NULL;
  if (!ok && (entry = find_expected (0)) != NULL) {
    memset (entry, 0, sizeof *entry);
    entry->id = id;
    entry->len = (uint16_t)len;
    memcpy (entry->data, data, len);
    ok = true;
  }
  pthread_mutex_unlock (&mutex);
  return ok;
}

unsigned
kith_guard_replicas (uint64_t id)
{
  pthread_mutex_lock (&mutex);
  const Expected *entry = id != 0 ? find_expected (id) : NULL;
  const unsigned n = entry != NULL ? entry->n_holders : 0;
  pthread_mutex_unlock (&mutex);
  return n;
}

void
kith_guard_count_anew (uint64_t id)
{
  pthread_mutex_lock (&mutex);
  Expected *entry = id != 0 ? find_expected (id) : NULL;
  if (entry != NULL) {
    entry->n_holders = 0;
  }
  pthread_mutex_unlock (&mutex);
}

void
kith_guard_forget (uint64_t id)
{
  pthread_mutex_lock (&mutex);
  Expected *entry = id != 0 ? find_expected (id) : NULL;
  if (entry != NULL) {
    memset (entry, 0, sizeof *entry);
  }
  pthread_mutex_unlock (&mutex);
}

#ifdef KITH_DHT_UNFILTERED
void
kith_guard_switch_off (void)
{
  switched_off = true;
}
#endif
