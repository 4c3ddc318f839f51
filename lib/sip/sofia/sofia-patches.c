/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Definitions that win over those of libsofia-sip-ua and libc for the calls the library makes
   through its PLT. */
#include "sip/sofia/sofia-patches.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sofia-resolv/sres.h>
#include <sofia-sip/su_uniqueid.h>

#include "base/clock.h"
#include "model/sip/sip-header.h"
#include "sip/sofia/sofia-next.h"
#include "sip/sofia/sofia.h"

static _Thread_local gboolean on_sip_thread = FALSE;
static _Thread_local gboolean watch_epoll = FALSE;
static _Thread_local int seen_epoll = -1;
static _Thread_local gboolean mute_listen = FALSE;
static _Thread_local int muted_listen = -1;

static gint64 base_us;
static su_time_t base_time;

/* At exit the library deletes the thread key that it made, or, when it made none, key 0: another
   library's, whose threads then abort the process. So it makes one before main(). */
static void __attribute__ ((constructor)) make_own_key (void) { (void)su_random64 (); }

/* A connection or link copies the Via of its listening transport when it is made, and the library
   frees that Via whenever a transport is added: so it is always asked of the listening one. */
EXPORT tp_magic_t *
tport_magic (tport_t const *self)
{
  const tport_t *parent = self != NULL && tport_is_secondary (self) ? tport_parent (self) : NULL;

  return NEXT (tport_magic) (parent != NULL ? parent : self);
}

/* The library serializes with an assertion that a single-instance header is there once: drop what
   comes after the first. */
EXPORT int
msg_serialize (msg_t *msg, msg_pub_t *pub)
{
  if (msg != NULL && pub != NULL) {
    msg_header_t **end = (msg_header_t **)(void *)((char *)pub + pub->msg_size);
    for (msg_header_t **h = pub->msg_headers; h < end; h++) {
      if (*h == NULL || (*h)->sh_class == NULL || (*h)->sh_class->hc_kind != msg_kind_single) {
        continue;
      }
      while ((*h)->sh_next != NULL) {
        if (msg_header_remove (msg, pub, (*h)->sh_next) < 0) {
          break;
        }
      }
    }
  }
  return NEXT (msg_serialize) (msg, pub);
}

/* The next message of a stream that lies in the buffer of the one before is made without its limit
   of size: a body of 4 GiB is then believed, and written behind the buffer. */
EXPORT msg_t *
msg_next (msg_t *msg)
{
  usize_t limit = msg_maxsize (msg, 0);
  msg_t *next = NEXT (msg_next) (msg);

  if (next != NULL && limit != 0) {
    (void)msg_maxsize (next, limit);
  }
  return next;
}

/* The library compares a method that begins like one it knows (PING, SERVICE) from the wrong
   character on, beyond its end too, and finds it invalid. */
EXPORT sip_method_t
sip_method_d (char **text, char const **name)
{
  char *method = *text;
  char *end = method;

  while (kith_sip_is_token ((guchar)*end)) {
    end++;
  }
  for (gsize i = 1; sip_method_names[i] != NULL; i++) {
    gsize len = strlen (sip_method_names[i]);
    if ((gsize)(end - method) == len && strncmp (method, sip_method_names[i], len) == 0) {
      return NEXT (sip_method_d) (text, name);
    }
  }
  if (end == method || (*end != '\0' && strchr (" \t\r\n", *end) == NULL)) {
    return sip_method_invalid;
  }
  if (name != NULL) {
    if (*end != '\0') {
      *end++ = '\0';
    }
    *name = method;
  }
  *text = end + strspn (end, " \t\r\n");
  return sip_method_unknown;
}

/* When a request ends, the library starts the next one of its kind only: an INVITE that waits
   behind an INFO or REFER was never sent. Requests of the kind that is started here may end at once
   and be taken off the list, others not: so not within itself. */
EXPORT int
nua_client_next_request (nua_client_request_t *request, int invite)
{
  static _Thread_local gboolean within = FALSE;

  if (request == NULL || within) {
    return NEXT (nua_client_next_request) (request, invite);
  }
  within = TRUE;
  (void)nua_client_request_ref (request);
  (void)NEXT (nua_client_next_request) (request, invite);
  int result = NEXT (nua_client_next_request) (request, !invite);
  (void)nua_client_request_unref (request);
  within = FALSE;
  return result;
}

/* What a refusal within a dialog ends: by RFC 3261 sections 12.2.1.2 and 14.1 only 481 and 408 end
   a call, while the library hangs up for 500, 503 and a dozen others. Asked with @graceful for what
   we sent; subscriptions go by RFC 6665 as before. */
EXPORT int
sip_response_terminates_dialog (int status, sip_method_t method, int *graceful)
{
  int result = NEXT (sip_response_terminates_dialog) (status, method, graceful);

  if (graceful == NULL || status == 481 || status == 408 || method == sip_method_subscribe
      || method == sip_method_notify) {
    return result;
  }
  *graceful = 0;
  return 0;
}

void
kith_patches_orient (tport_t *tport)
{
  unsigned *bits = (unsigned *)(void *)((char *)tport + sizeof (su_home_t));

  if ((*bits & 1) != 0) {
    *bits |= 2;
  }
}

/* A name from a Via must never block the loop, nor send our answers where a stranger says. */
EXPORT int
getaddrinfo (const char *node,
             const char *service,
             const struct addrinfo *hints,
             struct addrinfo **result)
{
  struct addrinfo numeric;

  if (!on_sip_thread) {
    return NEXT (getaddrinfo) (node, service, hints, result);
  }
  if (hints != NULL) {
    numeric = *hints;
  } else {
    memset (&numeric, 0, sizeof numeric);
  }
  numeric.ai_flags |= AI_NUMERICHOST;
  return NEXT (getaddrinfo) (node, service, &numeric, result);
}

/* The library's own resolver asks from within its call, and never returns when no name server can
   be reached: it asks nobody. */
EXPORT sres_query_t *
sres_query (sres_resolver_t *res,
            sres_answer_f *done,
            sres_context_t *context,
            uint16_t type,
            char const *name)
{
  errno = EACCES;
  return NULL;
}

EXPORT sres_query_t *
sres_query_sockaddr (sres_resolver_t *res,
                     sres_answer_f *done,
                     sres_context_t *context,
                     uint16_t type,
                     struct sockaddr const *address)
{
  errno = EACCES;
  return NULL;
}

/* A link is an AF_UNIX stream that the library takes for TCP. */
EXPORT int
setsockopt (int fd, int level, int option, const void *value, socklen_t len)
{
  int result = NEXT (setsockopt) (fd, level, option, value, len);

  if (result < 0 && level == IPPROTO_TCP) {
    int error = errno;
    struct sockaddr_storage name;
    socklen_t name_len = sizeof name;
    if (getsockname (fd, (struct sockaddr *)&name, &name_len) == 0 && name.ss_family == AF_UNIX) {
      return 0;
    }
    errno = error;
  }
  return result;
}

EXPORT int
epoll_create (int size)
{
  int fd = NEXT (epoll_create) (size);

  if (watch_epoll) {
    watch_epoll = FALSE;
    seen_epoll = fd;
  }
  return fd;
}

EXPORT int
listen (int fd, int backlog)
{
  if (mute_listen) {
    mute_listen = FALSE;
    muted_listen = fd;
    return 0;
  }
  return NEXT (listen) (fd, backlog);
}

/* The library's timers follow our clock, which never jumps, and which a test can move. */
static void
monotonic_time (su_time_t *tv)
{
  gint64 us = kith_clock_now (kith_clock_get_default ()) - base_us + (gint64)base_time.tv_usec;

  if (tv != NULL) {
    tv->tv_sec = base_time.tv_sec + (unsigned long)(us / G_USEC_PER_SEC);
    tv->tv_usec = (unsigned long)(us % G_USEC_PER_SEC);
  }
}

void
kith_patches_install (void)
{
  static gboolean installed = FALSE;

  on_sip_thread = TRUE;
  if (installed) {
    return;
  }
  installed = TRUE;
  su_time (&base_time);
  base_us = kith_clock_now (kith_clock_get_default ());
  _su_time = monotonic_time;
}

void
kith_patches_watch_epoll (void)
{
  watch_epoll = TRUE;
  seen_epoll = -1;
}

int
kith_patches_take_epoll (void)
{
  int fd = seen_epoll;

  watch_epoll = FALSE;
  seen_epoll = -1;
  return fd;
}

void
kith_patches_mute_listen (void)
{
  mute_listen = TRUE;
  muted_listen = -1;
}

int
kith_patches_take_listen (void)
{
  int fd = muted_listen;

  mute_listen = FALSE;
  muted_listen = -1;
  return fd;
}
