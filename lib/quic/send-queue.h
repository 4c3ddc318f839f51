/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stream bytes on their way out, kept where they are until the peer acknowledged them. */
#pragma once

#include <glib.h>
#include <ngtcp2/ngtcp2.h>

G_BEGIN_DECLS

/* Immutable chunks in order, since ngtcp2 points into sent data until it is acknowledged. All zero
   is an empty queue. */
typedef struct {
  GQueue chunks;
  GList *current; /* first chunk with unsent bytes, or NULL */
  guint64 end;    /* offset behind the last byte queued */
  guint64 sent;   /* offset of the first byte not handed to ngtcp2 */
  guint64 acked;
} KithSendQueue;

/* Copies @len bytes to the tail. */
void kith_send_queue_push (KithSendQueue *queue, const guint8 *data, gsize len);

/* Fills @vectors with unsent bytes; returns how many vectors were used. */
gsize kith_send_queue_peek (KithSendQueue *queue, ngtcp2_vec *vectors, gsize n_vectors);

/* @len more bytes were handed over. */
void kith_send_queue_advance (KithSendQueue *queue, gsize len);

/* Everything before @offset is acknowledged and freed. */
void kith_send_queue_acknowledge (KithSendQueue *queue, guint64 offset);

void kith_send_queue_clear (KithSendQueue *queue);

G_END_DECLS
