/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Carries SIP between a socketpair and the stream of a connection, with back-pressure both ways,
   and scans what the peer sends. */
#pragma once

#include "quic/quic-conn.h"

G_BEGIN_DECLS

/* Main thread. */
typedef struct _KithSipPump KithSipPump;

/* Called whenever bytes go into or come out of the stream: the link is in use. */
typedef void (*KithSipPumpFunc) (gboolean sent, gpointer user_data);

/* Called once when the taken end was closed and the peer has all that came out of it. The pump may
   not be freed in it. */
typedef void (*KithSipPumpGoneFunc) (gpointer user_data);

/* Called once, from the loop, when the peer sent what no SIP peer sends: the link has to be closed.
   @why names the fault. */
typedef void (*KithSipPumpBadFunc) (const char *why, gpointer user_data);

typedef struct {
  KithSipPumpFunc used;
  KithSipPumpGoneFunc gone;
  KithSipPumpBadFunc bad;
} KithSipPumpEvents;

/* NULL and KITH_ERROR_FAILED when no socketpair can be had. @quic and @events outlive the pump.
   (transfer full) */
KithSipPump *kith_sip_pump_new (KithQuic *quic,
                                const KithSipPumpEvents *events,
                                gpointer user_data,
                                GError **error);

/* Closes our end; the taken end then reads EOF. */
void kith_sip_pump_free (KithSipPump *pump);

/* The outer end, non-blocking and close-on-exec; owned by the caller. -1 when it was taken
   before. */
int kith_sip_pump_take (KithSipPump *pump);

/* From the connection's events. Only whole messages that passed the scan reach the socket, written
   anew; the first bad one is the last. Bytes that do not fit the socket wait here, at most one
   flow-control window of them. */
void kith_sip_pump_data (KithSipPump *pump, const guint8 *data, gsize len, gboolean end);
void kith_sip_pump_writable (KithSipPump *pump);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithSipPump, kith_sip_pump_free)

G_END_DECLS
