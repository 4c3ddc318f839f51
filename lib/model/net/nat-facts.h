/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of the NAT between this host and the others, as values. */
#pragma once

#include "model/net/endpoint.h"

G_BEGIN_DECLS

/* Mapping and filtering behaviour (RFC 4787, RFC 5780) by the names people use. */
typedef enum {
  KITH_NAT_UNKNOWN, /* nobody answered yet */
  KITH_NAT_NONE,    /* our own address is what others see, and they may send first */
  /* our own address is what others see, but unsolicited packets do not come through */
  KITH_NAT_FIREWALL,
  KITH_NAT_FULL_CONE,          /* endpoint-independent mapping and filtering */
  KITH_NAT_ADDRESS_RESTRICTED, /* endpoint-independent mapping, address-dependent filtering */
  /* endpoint-independent mapping, address- and port-dependent filtering */
  KITH_NAT_PORT_RESTRICTED,
  KITH_NAT_CONE,      /* endpoint-independent mapping, filtering unknown */
  KITH_NAT_SYMMETRIC, /* another mapping for each destination */
  KITH_NAT_BLOCKED    /* UDP goes nowhere */
} KithNatKind;

/* Another node that may tell how we are seen. */
typedef struct {
  KithEndpoint endpoint;
  gboolean is_heard; /* UDP came from there lately */
} KithWitness;

/* IPv4 unless said otherwise. */
typedef struct {
  KithNatKind kind;
  gboolean has_reflexive;
  KithEndpoint reflexive; /* how others see us, port of the socket that asked */
  guint n_witnesses;      /* peers or servers that answered */
  gboolean has_mapping;   /* a port mapping is in force */
  KithEndpoint mapped;    /* while has_mapping: the outer address and port of the first */
  /* the router maps ports, but its own outer address is private: another NAT is before it, and
     mappings are useless */
  gboolean has_outer_nat;
  gchar mapped_by[16];  /* "NAT-PMP", "PCP", "UPnP" or "" */
  KithNatKind kind6;    /* of IPv6 on a host that has IPv4 too: mostly none or firewall */
  gboolean has_ipv6;    /* a global IPv6 address */
  gboolean has_pinhole; /* the router's IPv6 firewall lets others in to a port of ours (PCP) */
  KithEndpoint pinhole; /* while has_pinhole: that address and port */
  gint64 checked_us;    /* wall time of the last finding, 0 never */
} KithNatFacts;

/* "none", "full-cone" … for machines, and a few words for people such as "port-restricted NAT". */
KITH_API const char *kith_nat_kind_word (KithNatKind kind);
KITH_API const char *kith_nat_kind_text (KithNatKind kind);

/* The kind of a word of kith_nat_kind_word(); KITH_NAT_UNKNOWN when it is none. */
KITH_API KithNatKind kith_nat_kind_parse (const char *word);

/* What a peer's candidates betray of its NAT: KITH_NAT_NONE when one of them is a public address of
   its own, KITH_NAT_BLOCKED when all are relayed, else KITH_NAT_UNKNOWN. */
KITH_API KithNatKind kith_nat_guess (const KithCandidate *candidates, guint n);

/* FALSE when two nodes of these kinds cannot reach each other directly however they try (symmetric
   × symmetric, symmetric × port restricted, blocked × anything); TRUE when they can, or when it is
   not known. */
KITH_API gboolean kith_nat_can_meet (KithNatKind ours, KithNatKind theirs);

G_END_DECLS
