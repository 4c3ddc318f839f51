/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small table from nodes to addresses of ours, and sending from these. */
#include "local-source.h"

#include <netinet/in.h>
#include <string.h>

#define N_PLACES 512

typedef struct {
  uint8_t source[KITH_LOCAL_SOURCE_LEN];
  uint8_t family; /* 0: free */
  uint8_t ip[16];
  int64_t at_ms;
} Place;

static Place places[N_PLACES];

static Place *
place_of (const uint8_t source[KITH_LOCAL_SOURCE_LEN])
{
  uint32_t hash = 2166136261u;

  for (unsigned i = 0; i < KITH_LOCAL_SOURCE_LEN; i++) {
    hash = (hash ^ source[i]) * 16777619u;
  }
  return &places[hash % N_PLACES];
}

static bool
is_of_one_host (const KithEndpoint *address)
{
  if (address->family == 4) {
    return address->ip[0] != 0 && address->ip[0] < 224;
  }
  return address->family == 6 && address->ip[0] != 0xff
         && !(address->ip[0] == 0xfe && (address->ip[1] & 0xc0) == 0x80);
}

void
kith_local_note (const uint8_t source[KITH_LOCAL_SOURCE_LEN],
                 const KithEndpoint *local,
                 int64_t now_ms)
{
  Place *place = place_of (source);

  if (!is_of_one_host (local)) {
    return;
  }
  memcpy (place->source, source, sizeof place->source);
  memcpy (place->ip, local->ip, sizeof place->ip);
  place->family = local->family;
  place->at_ms = now_ms;
}

bool
kith_local_find (const uint8_t source[KITH_LOCAL_SOURCE_LEN], int64_t now_ms, KithEndpoint *local)
{
  const Place *place = place_of (source);

  if (place->family == 0 || now_ms - place->at_ms > KITH_LOCAL_LIFE_MS
      || memcmp (place->source, source, sizeof place->source) != 0) {
    return false;
  }
  memset (local, 0, sizeof *local);
  local->family = place->family;
  memcpy (local->ip, place->ip, sizeof local->ip);
  return true;
}

void
kith_local_forget (const uint8_t source[KITH_LOCAL_SOURCE_LEN])
{
  Place *place = place_of (source);

  if (memcmp (place->source, source, sizeof place->source) == 0) {
    place->family = 0;
  }
}

ssize_t
kith_local_send (int fd,
                 const void *data,
                 size_t len,
                 int flags,
                 const struct sockaddr *to,
                 socklen_t to_len,
                 const KithEndpoint *local)
{
  _Alignas(struct cmsghdr) char control[CMSG_SPACE (sizeof (struct in6_pktinfo))] = { 0 };
  struct iovec part = { (void *)(uintptr_t)data, len };
  struct msghdr message = { .msg_name = (void *)(uintptr_t)to,
                            .msg_namelen = to_len,
                            .msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control };
  struct in_pktinfo info4 = { 0 };
  struct in6_pktinfo info6 = { 0 };
  const bool is4 = local->family == 4;

  memcpy (&info4.ipi_spec_dst, local->ip, 4);
  memcpy (&info6.ipi6_addr, local->ip, 16);
  message.msg_controllen = is4 ? CMSG_SPACE (sizeof info4) : CMSG_SPACE (sizeof info6);
  struct cmsghdr *head = CMSG_FIRSTHDR (&message);
  head->cmsg_level = is4 ? IPPROTO_IP : IPPROTO_IPV6;
  head->cmsg_type = is4 ? IP_PKTINFO : IPV6_PKTINFO;
  head->cmsg_len = is4 ? CMSG_LEN (sizeof info4) : CMSG_LEN (sizeof info6);
  memcpy (CMSG_DATA (head),
          is4 ? (void *)&info4 : (void *)&info6,
          is4 ? sizeof info4 : sizeof info6);
  return sendmsg (fd, &message, flags | MSG_NOSIGNAL);
}
