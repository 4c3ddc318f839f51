/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The doors of a sofia-sip agent: every message that comes in, every request that goes out, every
   connection. */
#pragma once

#include "sip/sofia/sofia.h"

G_BEGIN_DECLS

/* 127.77.0.0/16: the names of links inside the library, never on a wire */
#define KITH_PSEUDO_NET 0x7f4d0000u
#define KITH_PSEUDO_MASK 0xffff0000u
#define KITH_PSEUDO_PORT 5061

/**
 * KithHooks:
 * What an agent asks before it acts; the functions are called on the main thread from within the
 * library.
 * arrive: a parsed message @msg came over @tport. TRUE: the library goes on with it; FALSE: it was
 * consumed.
 * refused: what came over @tport is no message that the library may see, for @status and @reason.
 * TRUE: it is answered so.
 * leave: the request @msg is about to go out. TRUE, with *@tport (a link, the edge) filled in;
 * FALSE: it must not go, and fails from the loop as if the way were closed.
 * by_name: the transport whose pseudo address is @host, to which @msg is about to be sent, or NULL:
 * the library looks it up by name for what it makes itself (CANCEL, the ACK of a refusal), and for
 * answers when the one of their request is gone.
 * tag: a tag of ours for a call of @call_id; (transfer full).
 * closed: a connection lost its transport object.
 */
typedef struct {
  gboolean (*arrive) (gpointer user_data, tport_t *tport, msg_t *msg);
  gboolean (*refused) (gpointer user_data, tport_t *tport, guint status, const char *reason);
  gboolean (*leave) (gpointer user_data, msg_t *msg, tport_t **tport);
  tport_t *(*by_name) (gpointer user_data, const char *host, msg_t *msg);
  gchar *(*tag) (gpointer user_data, const char *call_id);
  void (*closed) (gpointer user_data, tport_t *tport);
  gpointer user_data;
  nta_agent_t *agent; /* filled in by the next nta_agent_create() */
} KithHooks;

/* Hangs @doors on the next agent that the library makes; the struct must stay until
   kith_hooks_remove(). */
void kith_hooks_expect (KithHooks *doors);

/* Nothing is asked any more. */
void kith_hooks_remove (KithHooks *doors);

/* The doors of the agent that has @tport, or NULL. (transfer none) */
KithHooks *kith_hooks_find (const tport_t *tport);

/* TRUE for 127.77.0.0/16. */
gboolean kith_hooks_is_pseudo (const struct sockaddr *address);

G_END_DECLS
