/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stream between the edge and the user agent in kithd: whole messages both ways. */
#pragma once

#include "edge/worker/io/edge-loop.h"

G_BEGIN_DECLS

typedef struct _KithUaStream KithUaStream;

typedef struct {
  void (*message) (gpointer data, const char *text, gsize len);
  void (*closed) (gpointer data);
} KithUaStreamFuncs;

/* On the socket @fd, which becomes its own. */
KithUaStream *
kith_ua_stream_new (KithEdgeLoop *loop, int fd, const KithUaStreamFuncs *funcs, gpointer data);
void kith_ua_stream_free (KithUaStream *stream);

/* One whole message. FALSE: the user agent does not read, and the message is not kept. */
gboolean kith_ua_stream_send (KithUaStream *stream, const char *text, gsize len);

G_END_DECLS
