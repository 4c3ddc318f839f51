/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions of the library that our program defines itself in order to be asked first. */
#include "sip/sofia/sofia-hooks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sip/sofia/sofia-inlet.h"
#include "sip/sofia/sofia-next.h"

/* A pseudo address that no link ever has: connecting there is refused below. */
#define DEAD_END "sip:127.77.0.0:5061;transport=tcp"

static GSList *all_doors = NULL;
static KithHooks *expecting = NULL;

static KithHooks *
doors_of_agent (nta_agent_t *agent)
{
  for (GSList *l = all_doors; l != NULL; l = l->next) {
    KithHooks *doors = l->data;
    if (doors->agent != NULL && doors->agent == agent) {
      return doors;
    }
  }
  return NULL;
}

KithHooks *
kith_hooks_find (const tport_t *tport)
{
  tport_t *primary = tport != NULL ? tport_parent (tport) : NULL;

  for (GSList *l = all_doors; l != NULL && primary != NULL; l = l->next) {
    KithHooks *doors = l->data;
    if (doors->agent == NULL) {
      continue;
    }
    for (tport_t *p = tport_primaries (nta_agent_tports (doors->agent)); p != NULL;
         p = tport_next (p)) {
      if (p == primary) {
        return doors;
      }
    }
  }
  return NULL;
}

gboolean
kith_hooks_is_pseudo (const struct sockaddr *address)
{
  struct sockaddr_in in;

  if (address == NULL || address->sa_family != AF_INET) {
    return FALSE;
  }
  memcpy (&in, address, sizeof in);
  return (ntohl (in.sin_addr.s_addr) & KITH_PSEUDO_MASK) == KITH_PSEUDO_NET;
}

/* nua hides its agent: this is where it gets it from. */
EXPORT nta_agent_t *
nta_agent_create (su_root_t *root,
                  url_string_t const *name,
                  nta_message_f *callback,
                  nta_agent_magic_t *magic,
                  tag_type_t tag,
                  tag_value_t value,
                  ...)
{
  ta_list ta;

  ta_start (ta, tag, value);
  nta_agent_t *agent = NEXT (nta_agent_create) (root, name, callback, magic, ta_tags (ta));
  ta_end (ta);
  if (expecting != NULL) {
    expecting->agent = agent;
    expecting = NULL;
  }
  return agent;
}

/* nua destroys its agent when it has shut down, before it says so: nobody may ask for its
   transports after that. */
EXPORT void
nta_agent_destroy (nta_agent_t *agent)
{
  KithHooks *doors = agent != NULL ? doors_of_agent (agent) : NULL;

  NEXT (nta_agent_destroy) (agent);
  if (doors != NULL) {
    doors->agent = NULL;
  }
}

EXPORT void
tport_base_deliver (tport_t *self, msg_t *msg, su_time_t now)
{
  KithHooks *doors = kith_hooks_find (self);

  if (doors == NULL || doors->arrive (doors->user_data, self, msg)) {
    NEXT (tport_base_deliver) (self, msg, now);
  }
  kith_inlet_delivered (self);
}

/* The library tags its answers with a number of chance. */
EXPORT char const *
nta_incoming_tag (nta_incoming_t *request, char const *tag)
{
  if (tag != NULL || request == NULL || nta_incoming_gettag (request) != NULL) {
    return NEXT (nta_incoming_tag) (request, tag);
  }
  tport_t *tport = nta_incoming_transport (NULL, request, NULL);
  msg_t *msg = nta_incoming_getrequest (request);
  const sip_t *sip = msg != NULL ? sip_object (msg) : NULL;
  KithHooks *doors = sip != NULL && sip->sip_call_id != NULL ? kith_hooks_find (tport) : NULL;
  g_autofree gchar *own
      = doors != NULL ? doors->tag (doors->user_data, sip->sip_call_id->i_id) : NULL;
  if (msg != NULL) {
    msg_destroy (msg);
  }
  tport_unref (tport);
  return NEXT (nta_incoming_tag) (request, own);
}

EXPORT nta_outgoing_t *
nta_outgoing_mcreate (nta_agent_t *agent,
                      nta_response_f *callback,
                      nta_outgoing_magic_t *magic,
                      url_string_t const *route_url,
                      msg_t *msg,
                      tag_type_t tag,
                      tag_value_t value,
                      ...)
{
  KithHooks *doors = doors_of_agent (agent);
  gboolean goes = TRUE;
  tport_t *tport = NULL;
  nta_outgoing_t *outgoing = NULL;
  ta_list ta;

  if (doors != NULL && msg != NULL && msg != (msg_t *)-1) {
    goes = doors->leave (doors->user_data, msg, &tport);
  }
  /* not NULL at once, on which nua asserts, but a failure that comes from the loop */
  ta_start (ta, tag, value);
  outgoing = NEXT (nta_outgoing_mcreate) (agent,
                                          callback,
                                          magic,
                                          goes ? route_url : URL_STRING_MAKE (DEAD_END),
                                          msg,
                                          TAG_IF (goes && tport != NULL, NTATAG_TPORT (tport)),
                                          TAG_NEXT (ta_args (ta)));
  ta_end (ta);
  return outgoing;
}

EXPORT tport_t *
tport_tsend (tport_t *self,
             msg_t *msg,
             tp_name_t const *name,
             tag_type_t tag,
             tag_value_t value,
             ...)
{
  KithHooks *doors = kith_hooks_find (self);
  gboolean pseudo = doors != NULL && name != NULL && name->tpn_host != NULL
                    && g_str_has_prefix (name->tpn_host, "127.77.");
  tport_t *link = pseudo ? doors->by_name (doors->user_data, name->tpn_host, msg) : NULL;
  ta_list ta;

  ta_start (ta, tag, value);
  tport_t *sent = NEXT (tport_tsend) (link != NULL ? link : self, msg, name, ta_tags (ta));
  ta_end (ta);
  return sent;
}

/* A stream cannot be opened anew, and we go nowhere ourselves. */
EXPORT tport_t *
tport_base_connect (tport_t *primary,
                    su_addrinfo_t *ai,
                    su_addrinfo_t *real_ai,
                    tp_name_t const *tpn)
{
  if (kith_hooks_find (primary) != NULL) {
    errno = EHOSTUNREACH;
    return NULL;
  }
  return NEXT (tport_base_connect) (primary, ai, real_ai, tpn);
}

EXPORT tport_t *
tport_alloc_secondary (tport_t *primary, int socket, int accepted, char const **return_reason)
{
  tport_t *tport = NEXT (tport_alloc_secondary) (primary, socket, accepted, return_reason);

  kith_inlet_forget (tport); /* of another one that was at this place */
  return tport;
}

EXPORT void
tport_zap_secondary (tport_t *self)
{
  KithHooks *doors = kith_hooks_find (self);

  if (doors != NULL) {
    doors->closed (doors->user_data, self);
  }
  kith_inlet_forget (self);
  NEXT (tport_zap_secondary) (self);
}

void
kith_hooks_expect (KithHooks *doors)
{
  expecting = doors;
  all_doors = g_slist_prepend (all_doors, doors);
}

void
kith_hooks_remove (KithHooks *doors)
{
  if (expecting == doors) {
    expecting = NULL;
  }
  all_doors = g_slist_remove (all_doors, doors);
}
