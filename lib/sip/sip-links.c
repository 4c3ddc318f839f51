/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hands socketpair ends to the library as accepted connections of 127.77.x.y:5061. */
#include "sip/sip-links.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "sip/sip-limits.h"
#include "sip/sofia/sofia-hooks.h"
#include "sip/sofia/sofia-patches.h"

struct _KithSipLinks {
  GHashTable *by_id;   /* id → KithSipLink */
  GHashTable *by_slot; /* slot → KithSipLink (unowned) */
  tport_t *base;
  guint16 next_slot;
};

static void
link_free (gpointer data)
{
  KithSipLink *link = data;

  g_free (link->peer_user);
  g_free (link->peer_host);
  g_free (link);
}

KithSipLinks *
kith_sip_links_new (void)
{
  KithSipLinks *links = g_new0 (KithSipLinks, 1);

  links->by_id = g_hash_table_new_full (NULL, NULL, NULL, link_free);
  links->by_slot = g_hash_table_new (NULL, NULL);
  links->next_slot = 1;
  return links;
}

void
kith_sip_links_free (KithSipLinks *links)
{
  if (links != NULL) {
    g_hash_table_unref (links->by_slot);
    g_hash_table_unref (links->by_id);
    g_free (links);
  }
}

/* Puts a quiet descriptor in the place of the socket @fd, that was bound but never listened: nobody
   can connect to it. */
static gboolean
set_base (KithSipLinks *links, tport_t *base, int fd, GError **error)
{
  int quiet = fd >= 0 ? eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
  gboolean ok = base != NULL && quiet >= 0 && dup3 (quiet, fd, O_CLOEXEC) >= 0;

  if (ok) {
    links->base = base;
  } else {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_FAILED,
                 "The SIP stack cannot make its transport for links");
  }
  if (quiet >= 0) {
    (void)close (quiet);
  }
  return ok;
}

gboolean
kith_sip_links_take_base (KithSipLinks *links, nta_agent_t *agent, int fd, GError **error)
{
  return set_base (links, tport_primaries (nta_agent_tports (agent)), fd, error);
}

static guint16
free_slot (KithSipLinks *links)
{
  guint16 slot = links->next_slot;

  while (slot == 0 || slot == KITH_SIP_EDGE_SLOT
         || g_hash_table_contains (links->by_slot, GUINT_TO_POINTER (slot))) {
    slot++;
  }
  links->next_slot = slot + 1;
  return slot;
}

tport_t *
kith_sip_links_make_tport (KithSipLinks *links, int fd, guint16 slot)
{
  struct sockaddr_in in = { .sin_family = AF_INET };
  su_addrinfo_t ai
      = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP };
  const char *why = NULL;

  in.sin_port = htons (KITH_PSEUDO_PORT);
  in.sin_addr.s_addr = htonl (KITH_PSEUDO_NET | slot);
  ai.ai_addr = (struct sockaddr *)&in;
  ai.ai_addrlen = sizeof in;
  tport_t *tport = tport_alloc_secondary (links->base, fd, 1, &why);
  if (tport == NULL) {
    return NULL;
  }
  kith_patches_orient (tport);
  if (tport_setname (tport, "tcp", &ai, NULL) < 0
      || tport_register_secondary (tport, tport_wakeup, SU_WAIT_IN | SU_WAIT_ERR | SU_WAIT_HUP)
             < 0) {
    tport_zap_secondary (tport);
    return NULL;
  }
  (void)tport_set_params (tport,
                          TPTAG_IDLE (UINT_MAX),
                          TPTAG_TIMEOUT (INT_MAX),
                          TPTAG_QUEUESIZE (KITH_SIP_LINK_QUEUE),
                          TAG_END ());
  return tport;
}

gboolean
kith_sip_links_attach (KithSipLinks *links,
                       guint id,
                       int fd,
                       const char *peer_user,
                       const char *peer_host,
                       GError **error)
{
  if (kith_sip_links_find (links, id) != NULL) {
    (void)close (fd);
    g_set_error (error, KITH_ERROR, KITH_ERROR_EXISTS, "Link %u has a SIP stream already", id);
    return FALSE;
  }
  if (g_hash_table_size (links->by_id) >= KITH_SIP_MAX_LINKS) {
    (void)close (fd);
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_LIMIT_REACHED,
                 "There are %d links already",
                 KITH_SIP_MAX_LINKS);
    return FALSE;
  }
  guint16 slot = free_slot (links);
  tport_t *tport = kith_sip_links_make_tport (links, fd, slot);
  if (tport == NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_FAILED,
                 "The SIP stack does not take the stream of link %u",
                 id);
    return FALSE;
  }
  KithSipLink *link = g_new0 (KithSipLink, 1);
  link->id = id;
  link->slot = slot;
  link->tport = tport;
  link->peer_user = g_strdup (peer_user);
  link->peer_host = g_strdup (peer_host);
  link->tokens = KITH_SIP_LINK_NEW_BURST;
  g_hash_table_insert (links->by_id, GUINT_TO_POINTER (id), link);
  g_hash_table_insert (links->by_slot, GUINT_TO_POINTER (slot), link);
  return TRUE;
}

gboolean
kith_sip_links_detach (KithSipLinks *links, guint id)
{
  KithSipLink *link = kith_sip_links_find (links, id);

  if (link == NULL) {
    return FALSE;
  }
  tport_t *tport = link->tport;
  g_hash_table_remove (links->by_slot, GUINT_TO_POINTER (link->slot));
  g_hash_table_remove (links->by_id, GUINT_TO_POINTER (id));
  if (tport != NULL) {
    (void)tport_shutdown (tport, 2);
  }
  return TRUE;
}

KithSipLink *
kith_sip_links_find (KithSipLinks *links, guint id)
{
  return g_hash_table_lookup (links->by_id, GUINT_TO_POINTER (id));
}

KithSipLink *
kith_sip_links_of_address (KithSipLinks *links, const struct sockaddr *address)
{
  struct sockaddr_in in;

  if (!kith_hooks_is_pseudo (address)) {
    return NULL;
  }
  memcpy (&in, address, sizeof in);
  return g_hash_table_lookup (links->by_slot,
                              GUINT_TO_POINTER (ntohl (in.sin_addr.s_addr) & ~KITH_PSEUDO_MASK));
}

KithSipLink *
kith_sip_links_of_tport (KithSipLinks *links, const tport_t *tport)
{
  su_addrinfo_t const *ai = tport_is_secondary (tport) ? tport_get_address (tport) : NULL;
  KithSipLink *link = ai != NULL ? kith_sip_links_of_address (links, ai->ai_addr) : NULL;

  return link != NULL && link->tport == tport ? link : NULL;
}

gboolean
kith_sip_links_is_base (KithSipLinks *links, const tport_t *tport)
{
  return links->base != NULL && tport_parent (tport) == links->base;
}

gboolean
kith_sip_link_take (KithSipLink *link, gint64 now_us)
{
  double seconds = link->at_us > 0 ? (double)(now_us - link->at_us) / G_USEC_PER_SEC : 0;

  link->at_us = now_us;
  link->tokens = MIN (KITH_SIP_LINK_NEW_BURST, link->tokens + seconds * KITH_SIP_LINK_NEW_RATE);
  if (link->tokens < 1) {
    return FALSE;
  }
  link->tokens -= 1;
  return TRUE;
}

KithSipLink *
kith_sip_links_closed (KithSipLinks *links, const tport_t *tport)
{
  KithSipLink *link = kith_sip_links_of_tport (links, tport);

  if (link != NULL) {
    link->tport = NULL;
  }
  return link;
}
