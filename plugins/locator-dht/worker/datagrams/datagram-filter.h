/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decides which datagrams may reach libopendht: only what a node of our own network sends, checked
   to the last byte. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KITH_DHT_DATA_MAX 512    /* bytes that a value may carry */
#define KITH_DHT_VALUE_MAX 600   /* bytes of a packed value (id, body and data) */
#define KITH_DHT_VALUES_MAX 1024 /* values that one message may announce */
#define KITH_DHT_SEEN_MAX 64     /* values of one message that are handed on */

/* Why a datagram was dropped. */
typedef enum {
  KITH_DROP_NOT,        /* it was not: it passed */
  KITH_DROP_MALFORMED,  /* no msgpack, too deep, cut off, or bytes behind it */
  KITH_DROP_STRUCTURE,  /* a part that must be there is not, or one that must not be there is */
  KITH_DROP_TYPE,       /* a field has another type or size than the protocol says */
  KITH_DROP_METHOD,     /* no method of this protocol */
  KITH_DROP_NETWORK,    /* of another network */
  KITH_DROP_SIGNED,     /* carries a value with an owner or a signature of OpenDHT */
  KITH_DROP_ENCRYPTED,  /* carries a value encrypted by OpenDHT */
  KITH_DROP_VALUE_TYPE, /* carries a value of a type that we never send */
  KITH_DROP_OVERSIZED,  /* carries a value larger than ours ever are */
  KITH_DROP_PART,       /* a part of a message in parts that belongs to nothing */
  KITH_DROP_DISCOVERY,  /* no LAN announcement of a DHT node */
  KITH_N_DROPS
} KithDrop;

/* A word for status and log (static string). */
const char *kith_drop_word (KithDrop drop);

typedef enum {
  KITH_DATAGRAM_REQUEST,
  KITH_DATAGRAM_REPLY, /* a reply or an error: an answer to something that we sent */
  KITH_DATAGRAM_PART,  /* the data of one value of a message in parts */
} KithDatagramKind;

/* A value inside a datagram (pointers into it). */
typedef struct {
  uint64_t id;
  const uint8_t *data;
  size_t len;
} KithDatagramValue;

/* What a datagram that passed is. */
typedef struct {
  KithDatagramKind kind;
  uint32_t tid;
  unsigned n_values; /* complete values in it */
  KithDatagramValue values[KITH_DHT_SEEN_MAX];
  /* A message in parts: its values are only announced by their sizes; where that array lies in the
     datagram. */
  unsigned n_sizes;
  uint16_t sizes[KITH_DHT_SEEN_MAX];
  size_t sizes_start, sizes_end;
  const uint8_t *other; /* 18 bytes, or NULL: the sender's IPv6 address and port (other-family.h) */
  /* A part. */
  unsigned part_index;
  const uint8_t *part;
  size_t part_len;
} KithDatagram;

/* Checks a datagram for a DHT socket of the network @network. Fills @info (never NULL) when it
   passes. Pure. */
KithDrop
kith_datagram_check (const uint8_t *data, size_t len, uint32_t network, KithDatagram *info);

/* Checks one packed value, all of @len bytes, such as a part carries. */
KithDrop kith_datagram_check_value (const uint8_t *data, size_t len, KithDatagramValue *value);

/* Checks a datagram for the socket of LAN discovery: the question "q" (*@port becomes 0), or the
   announcement of a node (*@port and *@network are its own). Pure. */
KithDrop kith_discovery_check (const uint8_t *data, size_t len, uint16_t *port, uint32_t *network);
