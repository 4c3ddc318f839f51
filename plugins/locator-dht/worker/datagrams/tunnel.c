/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wraps and unwraps the datagrams of the tunnel, and notices when it is needed no more. */
#include "tunnel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRY_MS 10000
#define DATAGRAM_MAX 1500

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uint16_t gate_port; /* 0: off */
static uint8_t gate_token[KITH_FRAME_TOKEN_LEN];
static int64_t next_try_ms;
static bool has_direct;

/* This host, its networks (RFC 1918, RFC 3927), multicast: what no server elsewhere can reach for
   us. */
static bool
is_local (uint32_t ip)
{
  return ip >> 24 == 0 || ip >> 24 == 10 || ip >> 24 == 127 || ip >> 20 == 0xac1
         || ip >> 16 == 0xc0a8 || ip >> 16 == 0xa9fe || ip >> 28 >= 0xe;
}

static bool
read_ip4 (const struct sockaddr *address, struct sockaddr_in *in4)
{
  if (address->sa_family != AF_INET) {
    return false;
  }
  memcpy (in4, address, sizeof *in4);
  return true;
}

void
kith_tunnel_set (uint16_t port, const uint8_t token[KITH_FRAME_TOKEN_LEN])
{
  pthread_mutex_lock (&mutex);
  gate_port = port;
  memcpy (gate_token, token, sizeof gate_token);
  next_try_ms = 0;
  has_direct = false;
  pthread_mutex_unlock (&mutex);
}

bool
kith_tunnel_takes (const struct sockaddr *to)
{
  struct sockaddr_in in4;

  if (!read_ip4 (to, &in4) || is_local (ntohl (in4.sin_addr.s_addr))) {
    return false;
  }
  pthread_mutex_lock (&mutex);
  const bool on = gate_port != 0;
  pthread_mutex_unlock (&mutex);
  return on;
}

ssize_t
kith_tunnel_send (int fd, const void *data, size_t len, int flags, const struct sockaddr_in *to)
{
  uint8_t wrapped[KITH_TUNNEL_HEADER_LEN + DATAGRAM_MAX];
  struct sockaddr_in gate = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };

  if (len > DATAGRAM_MAX) {
    errno = EMSGSIZE;
    return -1;
  }
  pthread_mutex_lock (&mutex);
  gate.sin_port = htons (gate_port);
  memcpy (wrapped, gate_token, sizeof gate_token);
  pthread_mutex_unlock (&mutex);
  wrapped[KITH_FRAME_TOKEN_LEN] = 4;
  memcpy (wrapped + KITH_FRAME_TOKEN_LEN + 1, &to->sin_addr, 4);
  memcpy (wrapped + KITH_FRAME_TOKEN_LEN + 5, &to->sin_port, 2);
  memcpy (wrapped + KITH_TUNNEL_HEADER_LEN, data, len);
  const ssize_t n = syscall (SYS_sendto,
                             fd,
                             wrapped,
                             KITH_TUNNEL_HEADER_LEN + len,
                             flags,
                             (const struct sockaddr *)&gate,
                             sizeof gate);
  return n < 0 ? n : (ssize_t)len;
}

bool
kith_tunnel_should_try (int64_t now_ms)
{
  pthread_mutex_lock (&mutex);
  const bool due = gate_port != 0 && now_ms >= next_try_ms;
  if (due) {
    next_try_ms = now_ms + TRY_MS;
  }
  pthread_mutex_unlock (&mutex);
  return due;
}

KithTunnelKind
kith_tunnel_unwrap (uint8_t *data, size_t *len, struct sockaddr_storage *from)
{
  struct sockaddr_in in4;
  uint8_t difference = 0;

  if (!read_ip4 ((const struct sockaddr *)from, &in4)
      || in4.sin_addr.s_addr != htonl (INADDR_LOOPBACK)) {
    return KITH_TUNNEL_NOT;
  }
  pthread_mutex_lock (&mutex);
  const bool from_gate = gate_port != 0 && ntohs (in4.sin_port) == gate_port;
  for (size_t i = 0; from_gate && *len > KITH_TUNNEL_HEADER_LEN && i < KITH_FRAME_TOKEN_LEN; i++) {
    difference |= data[i] ^ gate_token[i];
  }
  pthread_mutex_unlock (&mutex);
  if (!from_gate) {
    return KITH_TUNNEL_NOT;
  }
  if (*len <= KITH_TUNNEL_HEADER_LEN || difference != 0 || data[KITH_FRAME_TOKEN_LEN] != 4) {
    return KITH_TUNNEL_BAD;
  }
  memcpy (&in4.sin_addr, data + KITH_FRAME_TOKEN_LEN + 1, 4);
  memcpy (&in4.sin_port, data + KITH_FRAME_TOKEN_LEN + 5, 2);
  memcpy (from, &in4, sizeof in4);
  *len -= KITH_TUNNEL_HEADER_LEN;
  memmove (data, data + KITH_TUNNEL_HEADER_LEN, *len);
  /* Nobody elsewhere may speak for a host of our own networks. */
  return is_local (ntohl (in4.sin_addr.s_addr)) ? KITH_TUNNEL_BAD : KITH_TUNNEL_FROM;
}

void
kith_tunnel_note_direct (const struct sockaddr *from)
{
  struct sockaddr_in in4;

  if (read_ip4 (from, &in4) && !is_local (ntohl (in4.sin_addr.s_addr))) {
    pthread_mutex_lock (&mutex);
    has_direct = has_direct || gate_port != 0;
    pthread_mutex_unlock (&mutex);
  }
}

bool
kith_tunnel_take_direct (void)
{
  pthread_mutex_lock (&mutex);
  const bool has = has_direct;
  has_direct = false;
  pthread_mutex_unlock (&mutex);
  return has;
}
