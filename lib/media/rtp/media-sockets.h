/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The UDP sockets of one ordinary SIP call: an even RTP port and the next one for RTCP, symmetric
   RTP. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _KithMediaSockets KithMediaSockets;

/* A datagram from a source that may be listened to; on the media thread (base/media-thread.h). May
   free the sockets where that is the main one. */
typedef void (*KithMediaSocketsFunc) (KithMediaSockets *sockets,
                                      const guint8 *data,
                                      gsize len,
                                      gpointer user_data);

/* Binds a random even port of 16384 to 32766 and the next one at @host (IP literal); @dscp:
   kith_socket_mark(). @destroy (or
   NULL) is called with @user_data, on the media thread, when @func is not called any more.
   KITH_ERROR_MEDIA, and @destroy is not called. Main thread, as are all but latch() and send().
   (transfer full) */
KithMediaSockets *kith_media_sockets_new (const char *host,
                                          guint dscp,
                                          KithMediaSocketsFunc func,
                                          gpointer user_data,
                                          GDestroyNotify destroy,
                                          GError **error);

/* The media thread closes them, soon. No other thread may be sending. */
void kith_media_sockets_free (KithMediaSockets *sockets);

guint16 kith_media_sockets_get_port (const KithMediaSockets *sockets);

/* The call's signalling comes from @host (IP literal, NULL: unknown); @sip_port is our own, 0:
   none. */
void kith_media_sockets_set_origin (KithMediaSockets *sockets, const char *host, guint16 sip_port);

/* Where to send: @host an IP literal, or NULL: nowhere, until somebody is latched onto. @mux: RTCP
   goes with RTP. Forgets what was latched when it changes. KITH_ERROR_UNSUPPORTED for a host to
   which nothing may be sent (kith_media_target_fault()). */
gboolean kith_media_sockets_set_remote (KithMediaSockets *sockets,
                                        const char *host,
                                        guint16 port,
                                        guint16 rtcp_port,
                                        gboolean mux,
                                        GError **error);

/* From now on what arrives is delivered; before, it is read and dropped. */
void kith_media_sockets_listen (KithMediaSockets *sockets);

/* Latches onto the source of the datagram that is being delivered (symmetric RTP). Only the
   described host and the one that signals can be the peer, each with any port: the likelier one
   (the described address itself, its host, the signalling host) at once, one that is as likely or
   less when the other has been silent for half a second. Only meaningful in KithMediaSocketsFunc.
   FALSE: the datagram is from elsewhere and must be dropped. Media thread. @now_us: monotonic. */
gboolean kith_media_sockets_latch (KithMediaSockets *sockets, gboolean is_rtcp, gint64 now_us);

/* Sends one datagram; FALSE if it was dropped: there is nowhere to send, or whoever is there was
   not heard in the 20 s that a call has for hosts that do not signal themselves. */
gboolean kith_media_sockets_send (KithMediaSockets *sockets,
                                  const guint8 *data,
                                  gsize len,
                                  gboolean is_rtcp,
                                  gint64 now_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithMediaSockets, kith_media_sockets_free)

G_END_DECLS
