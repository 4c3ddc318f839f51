/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The UDP sockets of one ordinary SIP call: an even RTP port and the next one for RTCP, symmetric RTP. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _KithMediaSockets KithMediaSockets;

/* A datagram from a source that may be listened to; main thread. May free the sockets. */
typedef void (*KithMediaSocketsFunc) (const guint8 *data, gsize len, gpointer user_data);

/* Binds a random even port of 16384 to 32766 and the next one at @host (IP literal). KITH_ERROR_MEDIA. (transfer full) */
KithMediaSockets *kith_media_sockets_new (const char *host,
                                          KithMediaSocketsFunc func,
                                          gpointer user_data,
                                          GError **error);
void kith_media_sockets_free (KithMediaSockets *sockets);

guint16 kith_media_sockets_get_port (const KithMediaSockets *sockets);

/* Where to send: @host an IP literal. @mux: RTCP goes with RTP. Forgets what was latched. KITH_ERROR_UNSUPPORTED for a bad host. */
gboolean kith_media_sockets_set_remote (KithMediaSockets *sockets,
                                        const char *host,
                                        guint16 port,
                                        guint16 rtcp_port,
                                        gboolean mux,
                                        GError **error);

/* From now on what arrives is delivered; before, it is read and dropped. */
void kith_media_sockets_listen (KithMediaSockets *sockets);

/* Latches onto the source of the datagram that is being delivered (symmetric RTP): the first one, until the signalled address itself
   is heard, which then stays. Another host than the signalled one is let in only when the signalled address is a private one.
   Only meaningful in KithMediaSocketsFunc. FALSE: the datagram is from elsewhere and must be dropped. */
gboolean kith_media_sockets_latch (KithMediaSockets *sockets, gboolean is_rtcp);

/* Sends one datagram; FALSE if it was dropped. */
gboolean kith_media_sockets_send (KithMediaSockets *sockets,
                                  const guint8 *data,
                                  gsize len,
                                  gboolean is_rtcp);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithMediaSockets, kith_media_sockets_free)

G_END_DECLS
