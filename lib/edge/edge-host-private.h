/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the edge's host share. */
#pragma once

#include "edge/edge-host.h"
#include "ports/edge/registrar.h"
#include "ports/edge/trunk-lines.h"

G_BEGIN_DECLS

/* TRUE while there is a process that was told all. */
gboolean kith_edge_host_is_up (KithEdgeHost *self);

/* A number that each process has for itself. */
guint kith_edge_host_run (KithEdgeHost *self);

/* Without a process it is dropped. */
void kith_edge_host_send (KithEdgeHost *self, const KithEdgeFrame *frame);

/* host-phones.c: its KithRegistrar. */
void kith_edge_host_registrar_init (KithRegistrarInterface *iface);

/* host-setup.c: its KithSetupDesk. */
void kith_edge_host_setup_init (KithSetupDeskInterface *iface);

/* SETUP_STATE, QUESTION or SEEKER. */
void kith_edge_host_hear_setup (KithEdgeHost *self, const KithEdgeFrame *frame);

/* BOUND, UNBOUND, PHONE_STATE or REACHED. FALSE: no sound one. */
gboolean kith_edge_host_hear (KithEdgeHost *self, const KithEdgeFrame *frame);

/* host-trunks.c: its KithTrunkLines. */
void kith_edge_host_trunks_init (KithTrunkLinesInterface *iface);

/* TRUNK_STATE, ASK_DIGEST or RESOLVE. FALSE: no sound one. */
gboolean kith_edge_host_hear_trunk (KithEdgeHost *self, const KithEdgeFrame *frame);

G_END_DECLS
