/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the sockets and the library: what it reads was scanned, and is one whole message at a
   time. */
#pragma once

#include "sip/sofia/sofia.h"

G_BEGIN_DECLS

/* The connection @tport is gone: forgets what is kept of it. Any other pointer is ignored. */
void kith_inlet_forget (const tport_t *tport);

/* What comes over the connection @tport is from a process of ours: its headers Kith-* pass. */
void kith_inlet_trust (tport_t *tport);

/* The message that came over @tport last has been dealt with: what it took is given back. */
void kith_inlet_delivered (const tport_t *tport);

/**
 * kith_inlet_refuse:
 * Answers the message that the library read last, over @tport, without its help: for one that it
 * could not read.
 * A request with all that an answer needs gets one, once and stateless; nothing else does.
 */
void kith_inlet_refuse (tport_t *tport, guint status, const char *phrase);

G_END_DECLS
