/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links as transports of sofia-sip: streams that are no sockets of any network, each under a pseudo
   address. */
#pragma once

#include "sip/sofia/sofia.h"

G_BEGIN_DECLS

typedef struct {
  guint id;         /* the node's number */
  guint16 slot;     /* 127.77.(slot / 256).(slot % 256) */
  tport_t *tport;   /* (unowned) NULL once its stream has ended */
  gchar *peer_user; /* or NULL: any */
  gchar *peer_host;
  double tokens; /* of messages that belong to no call, … */
  gint64 at_us;  /* … as they were then */
} KithSipLink;

typedef struct _KithSipLinks KithSipLinks;

KithSipLinks *kith_sip_links_new (void);
void kith_sip_links_free (KithSipLinks *links);

/* Takes the first transport of @agent, a TCP primary with the descriptor @fd that was made with
   kith_patches_mute_listen(): under it the links live, and nobody can connect to it. FALSE and
   KITH_ERROR_FAILED if there is none. */
gboolean kith_sip_links_take_base (KithSipLinks *links, nta_agent_t *agent, int fd, GError **error);

/* Makes the stream @fd (ownership passes, also on failure) a transport under the pseudo address of
   @slot, and no link. NULL: the library does not take it. (transfer none) */
tport_t *kith_sip_links_make_tport (KithSipLinks *links, int fd, guint16 slot);

/* Makes the stream @fd (ownership passes, also on failure) a transport. KITH_ERROR_EXISTS,
   KITH_ERROR_LIMIT_REACHED, KITH_ERROR_FAILED. */
gboolean kith_sip_links_attach (KithSipLinks *links,
                                guint id,
                                int fd,
                                const char *peer_user,
                                const char *peer_host,
                                GError **error);

/* Closes the stream and forgets the link. FALSE if there is none of that id. */
gboolean kith_sip_links_detach (KithSipLinks *links, guint id);

/* (transfer none) (nullable) */
KithSipLink *kith_sip_links_find (KithSipLinks *links, guint id);
KithSipLink *kith_sip_links_of_tport (KithSipLinks *links, const tport_t *tport);
KithSipLink *kith_sip_links_of_address (KithSipLinks *links, const struct sockaddr *address);

/* TRUE if @tport is the silent primary. */
gboolean kith_sip_links_is_base (KithSipLinks *links, const tport_t *tport);

/* Takes a token for a message that belongs to no call. FALSE: too many. @now_us: monotonic. */
gboolean kith_sip_link_take (KithSipLink *link, gint64 now_us);

/* The transport is gone: its link (transfer none), or NULL if it was none of ours. */
KithSipLink *kith_sip_links_closed (KithSipLinks *links, const tport_t *tport);

G_END_DECLS
