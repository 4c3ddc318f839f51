/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections to the desk where phones fetch their settings, as a sequence with the clock running:
   each byte begins an act (open, bytes, closed, answer, token, time), and no answer goes to a
   connection that has ended. */
/* link: kith-edge-core */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "edge/worker/setup/setup-http.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define STREAMS 24

typedef struct {
  gboolean listens;
  gboolean open[STREAMS];
  guint written[STREAMS];
  guint32 questions[STREAMS];
  guint n_questions;
} Desk;

static void
demand (gboolean condition)
{
  if (!condition) {
    abort ();
  }
}

static int
on_listen (gpointer data, guint16 port)
{
  Desk *desk = data;

  demand (!desk->listens && port > 0);
  desk->listens = port != 13;
  return desk->listens ? 0 : 98;
}

static void
on_unlisten (gpointer data)
{
  Desk *desk = data;

  demand (desk->listens);
  desk->listens = FALSE;
}

static void
on_write (gpointer data, guint32 stream, const char *text, gsize len)
{
  Desk *desk = data;

  demand (desk->open[stream] && ++desk->written[stream] <= 2);
  demand (desk->written[stream] != 1 || strncmp (text, "HTTP/1.1 ", 9) == 0);
}

static void
on_close (gpointer data, guint32 stream)
{
  Desk *desk = data;

  demand (desk->open[stream]);
  desk->open[stream] = FALSE;
}

static void
on_tell (gpointer data, const KithEdgeFrame *frame)
{
  static guint8 bytes[KITH_EDGE_FRAME_MAX];
  Desk *desk = data;

  demand (kith_edge_frame_encode (frame, bytes, sizeof bytes) > 0);
  if (frame->type == KITH_EDGE_QUESTION) {
    desk->questions[desk->n_questions++ % STREAMS] = frame->question.id;
  }
}

static const KithSetupFuncs funcs = { on_listen, on_unlisten, on_write, on_close, on_tell };

static const guint8 token[KITH_SETUP_TOKEN_LEN] = { 0 }; /* 26 times "0" in base 32 */

static void
put_token (KithSetupHttp *http, guint8 which, guint8 seconds)
{
  static KithEdgeFrame frame;

  memset (&frame, 0, sizeof frame);
  frame.type = KITH_EDGE_SETUP;
  memcpy (frame.setup.token, token, sizeof token);
  frame.setup.token[0] = which % 10;
  frame.setup.port = which == 13 ? 13 : 5080;
  frame.setup.seconds = seconds;
  kith_setup_http_order (http, &frame);
}

static void
answer (KithSetupHttp *http, const Desk *desk, guint8 which)
{
  static KithEdgeFrame frame;

  memset (&frame, 0, sizeof frame);
  frame.type = KITH_EDGE_DOCUMENT;
  frame.document.id = desk->questions[which % STREAMS];
  frame.document.status = which % 2 == 0 ? 200 : 404;
  if (frame.document.status == 200) {
    strcpy (frame.document.type, "text/plain");
    strcpy (frame.document.text, "settings");
  }
  kith_setup_http_order (http, &frame);
}

static void
act (KithSetupHttp *http, KithClock *clock, Desk *desk, const uint8_t **data, size_t *size)
{
  const guint8 what = (*data)[0];
  const guint8 value = (*data)[1];
  const guint32 stream = value % STREAMS;
  KithEndpoint source = { .family = 4, .ip = { 10, 0, 0, value % 5 }, .port = 9 };

  *data += 2;
  *size -= 2;
  switch (what % 8) {
  case 0:
    put_token (http, value, (guint8)(value * 7));
    break;
  case 1:
    answer (http, desk, value);
    break;
  case 2:
    kith_clock_advance (clock, value * 50);
    break;
  case 3:
    if (desk->open[stream]) {
      desk->open[stream] = FALSE;
      kith_setup_http_closed (http, stream);
    }
    break;
  case 4:
    source.ip[0] = value % 2 == 0 ? 10 : 8; /* a public one */
    if (!desk->open[stream]) {
      desk->open[stream] = TRUE;
      desk->written[stream] = 0;
      desk->open[stream] = kith_setup_http_accept (http, stream, &source, &source);
      demand (!desk->open[stream] || source.ip[0] == 10);
    }
    break;
  default: {
    const size_t len = MIN (*size, (size_t)what);
    if (desk->open[stream]) {
      kith_setup_http_bytes (http, stream, *data, len);
    }
    *data += len;
    *size -= len;
    break;
  }
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  KithClock *clock = kith_clock_new_manual (0);
  Desk desk = { FALSE };
  KithSetupHttp *http = kith_setup_http_new (clock, &funcs, &desk);

  put_token (http, 0, 200);
  while (size >= 2) {
    act (http, clock, &desk, &data, &size);
  }
  kith_setup_http_free (http);
  g_object_unref (clock);
  return 0;
}
