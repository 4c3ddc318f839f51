/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A configured TURN server as a value: where it is, how it is spoken to, who we are there. */
#pragma once

#include "base/export.h"
#include "model/net/endpoint.h"

G_BEGIN_DECLS

#define KITH_TURN_PORT 3478                /* RFC 8656 */
#define KITH_TURN_TLS_PORT 5349            /* the same */
#define KITH_TURN_MAX_SERVERS 8            /* kept of a configuration */
#define KITH_TURN_MAX_CA (4 * 1024 * 1024) /* bytes of a file of certificates */
#define KITH_TURN_MAX_USER 500 /* bytes of a user name (RFC 8489 section 14.3: under 509) */
#define KITH_TURN_MAX_PASSWORD 512

/* In the order in which they are preferred. */
typedef enum { KITH_TURN_UDP, KITH_TURN_TCP, KITH_TURN_TLS } KithTurnTransport;

/* Counted; does not change once it is made. Main thread. */
typedef struct {
  grefcount refs;
  gchar *host; /* a name or an IP literal, without brackets */
  gchar *name; /* TLS: whom its certificate must name; host, unless another server sent us there */
  guint16 port;
  KithTurnTransport transport;
  gchar *user;
  gchar *password; /* never shown */
  gchar *ca_file;  /* certificates (PEM) that may sign the server's; NULL: the system's */
  gchar *label;    /* "turn.example.org:3478 (TCP)": for people, without a secret */
  gpointer trust;  /* of lib/turn/turn-stream.c: the loaded certificates */
  GDestroyNotify free_trust;
} KithTurnServer;

/**
 * kith_turn_server_parse:
 * @uri: "turn:HOST", "turn:HOST:PORT", each with "?transport=udp" or "?transport=tcp" after it, or
 * "turns:HOST[:PORT]" (TLS over TCP), the form
 *   of RFC 7065; an IPv6 literal stands in brackets
 * @user: 1 to KITH_TURN_MAX_USER bytes
 * @password: 1 to KITH_TURN_MAX_PASSWORD bytes
 * @ca_file: (nullable)
 *
 * Returns: (transfer full): NULL and KITH_ERROR_INVALID_ARGUMENTS, whose text says what is allowed
 * and shows no password.
 */
KITH_API KithTurnServer *kith_turn_server_parse (const char *uri,
                                                 const char *user,
                                                 const char *password,
                                                 const char *ca_file,
                                                 GError **error);

/* The server at @place, to which @server sends us (RFC 8489 section 10): the same transport and
   credentials, and in its certificate @name, or the same when that is NULL or no name of a host.
   (transfer full) */
KITH_API KithTurnServer *kith_turn_server_sent_to (const KithTurnServer *server,
                                                   const KithEndpoint *place,
                                                   const char *name);
KITH_API KithTurnServer *kith_turn_server_ref (KithTurnServer *server);
KITH_API void kith_turn_server_unref (KithTurnServer *server);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithTurnServer, kith_turn_server_unref)

G_END_DECLS
