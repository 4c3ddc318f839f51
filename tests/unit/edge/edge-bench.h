/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An edge without sockets on a clock that the test moves, and what it sent. */
#pragma once

#include "edge/edge-limits.h"
#include "edge/worker/front.h"

typedef struct {
  KithWay way;
  gchar *text;
} Sent;

typedef struct {
  KithClock *clock;
  KithFront *edge;
  KithEdgeStart start;
  GPtrArray *sent;   /* Sent: datagrams, and what was written to connections */
  GPtrArray *to_ua;  /* gchar */
  GArray *closed;    /* guint32 */
  guint32 last;      /* connection that was opened */
  gsize waiting;     /* in every connection */
  gboolean ua_rests; /* it does not read */
  int send_problem;
  guint lines;          /* for the log */
  KithProxiedCall call; /* that kithd was told of last */
  guint n_calls;        /* how often it was told of one */
} Bench;

Bench *bench_new (void);
void bench_free (Bench *bench);

/* A new edge with the same key, as after the old one died. */
void bench_restart (Bench *bench);

KithWay bench_way (const char *address); /* "192.0.2.7:5060" */

/* @text has "\n" for line ends. */
void bench_datagram (Bench *bench, const char *from, const char *text);
void bench_stream (Bench *bench, guint32 stream, const char *text);
void bench_from_ua (Bench *bench, const char *text);

/* What was sent last, or the last message for the user agent; NULL: none. */
const char *bench_last (Bench *bench);
const char *bench_last_to_ua (Bench *bench);

/* The value of the first header @name ("Via"), or NULL. (transfer full) */
gchar *bench_header (const char *text, const char *name);

/* A tag of ours for @call_id. (transfer full) */
gchar *bench_tag (Bench *bench, const char *call_id);
