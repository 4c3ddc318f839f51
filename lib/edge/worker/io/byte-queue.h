/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes that wait to be written to a descriptor. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  GByteArray *bytes; /* NULL: none */
  gsize at;          /* of bytes: written before it */
} KithByteQueue;

gsize kith_byte_queue_length (const KithByteQueue *queue);
void kith_byte_queue_add (KithByteQueue *queue, const char *text, gsize len);
void kith_byte_queue_clear (KithByteQueue *queue);

/* Writes to the socket @fd what it takes. FALSE: it cannot be written to any more. */
gboolean kith_byte_queue_flush (KithByteQueue *queue, int fd);

G_END_DECLS
