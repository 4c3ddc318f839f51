/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port to the SIP engine, which makes dialogs and takes those that come. */
#pragma once

#include "ports/dialog.h"

G_BEGIN_DECLS

#define KITH_TYPE_SIP (kith_sip_get_type ())
KITH_API
G_DECLARE_INTERFACE (KithSip, kith_sip, KITH, SIP, GObject)

/* How an outgoing call is to be made. */
typedef struct {
  /* "sip:bob@kith.alt" on a link, "sip:bob@192.0.2.7:5062;transport=tcp" otherwise */
  const char *request_uri;
  /* our identity: "sip:alice@7k2f9qxm.kith.alt"; on ordinary SIP the engine writes its own address
     as host */
  const char *from_uri;
  const char *display; /* (nullable) */
  guint link_id;       /* 0: ordinary SIP; the host is resolved by RFC 3263 */
  const char *phone;   /* (nullable): one of the house, wherever it is; request_uri is numeric */
} KithDialParams;

/* A request that would begin a call, before anything is kept of it. Borrowed for the time of the
   question. The link and the source are facts, all else is only what the request says of itself
   (bounded, and safe to be shown). */
typedef struct {
  guint link_id; /* 0: ordinary SIP */
  /* ordinary SIP: the IP address that it came from, IPv6 without brackets; NULL on a link */
  const char *source;
  guint16 source_port; /* and the port */
  const char *phone;   /* one of the house, which has proved itself; else NULL */
  gboolean is_probe;   /* an OPTIONS: nobody calls, somebody asks whether they might */
  const char *call_id; /* the same again: a repetition of what was refused, or of what rings */
  const char *remote_uri;
  const char *remote_display;
  const char *request_user; /* the user part of the Request-URI, unescaped, or "" */
} KithInvite;

#define KITH_JUDGE_GO_ON 0 /* a stranger, whose call may ring */
#define KITH_JUDGE_KNOWN 1 /* somebody whom the node knows: there is always room for their call */

/* What the node says to it: one of the two above ("incoming" follows an INVITE), or the status (300
   to 699) of a refusal that leaves no state behind. It is asked for every such request of the
   network: it must be quick and keep next to nothing. */
typedef guint (*KithJudgeFunc) (const KithInvite *invite, gpointer user_data);

/**
 * KithSipInterface: the SIP stack; main thread.
 *
 * Signals:
 * "incoming" (KithDialog): an INVITE with a checked body; the engine has sent 100. The receiver
 * keeps a reference and rings, answers or rejects; one without a reference is refused with 480.
 * "port-changed" (): kith_sip_get_port() or kith_sip_get_port_problem() has news.
 */
struct _KithSipInterface {
  GTypeInterface parent_interface;
  gboolean (*start) (KithSip *self, GError **error);
  void (*stop_async) (KithSip *self,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data);
  gboolean (*stop_finish) (KithSip *self, GAsyncResult *result, GError **error);
  gboolean (*attach_link) (KithSip *self,
                           guint link_id,
                           int fd,
                           const char *peer_user,
                           const char *peer_host,
                           GError **error);
  void (*detach_link) (KithSip *self, guint link_id);
  void (*resolve_async) (KithSip *self,
                         const char *uri,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
  gchar *(*resolve_finish) (KithSip *self,
                            GAsyncResult *result,
                            gchar **local_host,
                            GError **error);
  KithDialog *(*dial) (KithSip *self,
                       const KithDialParams *params,
                       const char *sdp,
                       GError **error);
  guint16 (*get_port) (KithSip *self);
  const char *(*get_port_problem) (KithSip *self);                           /* (nullable) */
  int (*get_port_errno) (KithSip *self);                                     /* (nullable) */
  gboolean (*give_up_hop) (KithSip *self, const char *uri, const char *hop); /* (nullable) */
  void (*set_judge) (KithSip *self, KithJudgeFunc judge, gpointer user_data);
  int (*open_edge) (KithSip *self, GError **error); /* (nullable) */
  void (*set_edge) (KithSip *self, guint16 port, guint16 tls, const char *why, int no);
};

/* Starts the stack, and binds UDP and TCP for ordinary SIP: a port that is taken is tried again
   until it is free, and links work meanwhile. KITH_ERROR_FAILED. */
KITH_API gboolean kith_sip_start (KithSip *self, GError **error);

/* Ends all dialogs (BYE, CANCEL, 480) and closes the stack, within 2 s. */
KITH_API void kith_sip_stop_async (KithSip *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
KITH_API gboolean kith_sip_stop_finish (KithSip *self, GAsyncResult *result, GError **error);

/* Gives the stack the byte stream of a link (@fd is its own now). Requests whose From does not say
   @peer_user (NULL: any) at @peer_host (of the key that was proved) are refused with 403. */
KITH_API gboolean kith_sip_attach_link (KithSip *self,
                                        guint link_id,
                                        int fd,
                                        const char *peer_user,
                                        const char *peer_host,
                                        GError **error);

/* Dialogs over it end with 503 at once. */
KITH_API void kith_sip_detach_link (KithSip *self, guint link_id);

/* RFC 3263 with GResolver: NAPTR is skipped, SRV then A/AAAA. _finish: (transfer full): a numeric
   URI to put into request_uri's place as next hop ("sip:192.0.2.7:5062;transport=udp") and our own
   address towards it; KITH_ERROR_NOT_FOUND when there is no such host. */
KITH_API void kith_sip_resolve_async (KithSip *self,
                                      const char *uri,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
KITH_API gchar *
kith_sip_resolve_finish (KithSip *self, GAsyncResult *result, gchar **local_host, GError **error);

/* Sends INVITE with @sdp. (transfer full). For ordinary SIP the host of request_uri is a name or
   number; the engine resolves it again from its cache of kith_sip_resolve_async().
   KITH_ERROR_UNREACHABLE when the link is gone. */
KITH_API KithDialog *
kith_sip_dial (KithSip *self, const KithDialParams *params, const char *sdp, GError **error);

/* The port for ordinary SIP that is bound; 0: none. */
KITH_API guint16 kith_sip_get_port (KithSip *self);

/* Why not, without a remedy: "port 5060 is taken by baresip (process 4711)"; NULL: it is. */
KITH_API const char *kith_sip_get_port_problem (KithSip *self);

/* The same as the errno of the system: EADDRINUSE, EACCES, EADDRNOTAVAIL …; 0: there is no
   problem. */
KITH_API int kith_sip_get_port_errno (KithSip *self);

/* The next hop @hop of kith_sip_resolve_async() for @uri was refused, said 503 or nothing at all
   (RFC 3263 section 4.3). TRUE: the next resolve has another one. */
KITH_API gboolean kith_sip_give_up_hop (KithSip *self, const char *uri, const char *hop);

/* The other end of the stream by which ordinary SIP comes and goes, for a kith-edge that is about
   to start: it speaks for all outside. Calls go on without it, and what is said meanwhile waits
   half a minute for the next. (transfer full) AF_UNIX, non-blocking; -1: NOT_READY, FAILED. */
KITH_API int kith_sip_open_edge (KithSip *self, GError **error);

/* The ports that the edge serves, without TLS and with it, 0: none; and why not the first. */
KITH_API void kith_sip_set_edge (KithSip *self, guint16 port, guint16 tls, const char *why, int no);

/* Who is asked about each INVITE that would be a new call, and each OPTIONS outside of calls; NULL:
   nobody, all go on. */
KITH_API void kith_sip_set_judge (KithSip *self, KithJudgeFunc judge, gpointer user_data);

G_END_DECLS
