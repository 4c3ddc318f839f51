/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network of arrays. */
#include "edge-bench.h"

#include <string.h>

#include "model/sip/sip-token.h"

static void
sent_free (gpointer data)
{
  Sent *sent = data;

  g_free (sent->text);
  g_free (sent);
}

static void
keep (Bench *bench, const KithWay *way, const char *text, gsize len)
{
  Sent *sent = g_new0 (Sent, 1);

  sent->way = *way;
  sent->text = g_malloc0 (len + 1); /* it may have zeroes in it */
  memcpy (sent->text, text, len);
  g_ptr_array_add (bench->sent, sent);
}

static int
on_send (gpointer data, const KithWay *way, const char *text, gsize len)
{
  Bench *bench = data;

  keep (bench, way, text, len);
  return bench->send_problem;
}

static guint32
on_connect (gpointer data, const KithWay *way, const KithTlsPeer *peer)
{
  Bench *bench = data;

  return ++bench->last;
}

static void
on_write (gpointer data, guint32 stream, const char *text, gsize len)
{
  const KithWay way = { .stream = stream };

  keep (data, &way, text, len);
}

static gsize
on_waiting (gpointer data, guint32 stream)
{
  return ((Bench *)data)->waiting;
}

static void
on_close (gpointer data, guint32 stream)
{
  g_array_append_val (((Bench *)data)->closed, stream);
}

static gboolean
on_own_address (gpointer data, const KithWay *way, KithEndpoint *own)
{
  return kith_endpoint_parse (way->to.peer.family == 6 ? "[2001:db8::1]:5060" : "192.0.2.1:5060",
                              own);
}

static gboolean
on_to_ua (gpointer data, const char *text, gsize len)
{
  Bench *bench = data;

  if (!bench->ua_rests) {
    g_ptr_array_add (bench->to_ua, g_strndup (text, len));
  }
  return !bench->ua_rests;
}

static void
on_log (gpointer data, KithEdgeLevel level, const KithEndpoint *who, const char *text)
{
  ((Bench *)data)->lines++;
}

static void
on_tell (gpointer data, const KithEdgeFrame *frame)
{
  Bench *bench = data;

  if (frame->type == KITH_EDGE_CALL) {
    bench->call = frame->call;
    bench->n_calls++;
  }
}

static const KithNetwork network = { on_send,        on_connect, on_write, on_waiting, on_close,
                                     on_own_address, on_to_ua,   on_tell,  on_log };

Bench *
bench_new (void)
{
  Bench *bench = g_new0 (Bench, 1);

  bench->clock = kith_clock_new_manual (0);
  bench->start.plain_in = TRUE;
  memset (bench->start.key, 7, sizeof bench->start.key);
  bench->sent = g_ptr_array_new_with_free_func (sent_free);
  bench->to_ua = g_ptr_array_new_with_free_func (g_free);
  bench->closed = g_array_new (FALSE, FALSE, sizeof (guint32));
  bench->last = 1000;
  bench_restart (bench);
  return bench;
}

void
bench_restart (Bench *bench)
{
  kith_front_free (bench->edge);
  bench->edge = kith_front_new (bench->clock, &bench->start, &network, bench);
}

void
bench_free (Bench *bench)
{
  kith_front_free (bench->edge);
  g_assert_cmpint (kith_clock_next_due (bench->clock), ==, -1);
  g_object_unref (bench->clock);
  g_ptr_array_unref (bench->sent);
  g_ptr_array_unref (bench->to_ua);
  g_array_unref (bench->closed);
  g_free (bench);
}

KithWay
bench_way (const char *address)
{
  KithWay way = { 0 };

  g_assert_true (kith_endpoint_parse (address, &way.to.peer));
  return way;
}

static gchar *
with_ends (const char *text)
{
  GString *out = g_string_new (text);

  g_string_replace (out, "\n", "\r\n", 0);
  return g_string_free (out, FALSE);
}

void
bench_datagram (Bench *bench, const char *from, const char *text)
{
  KithWay way = bench_way (from);
  g_autofree gchar *bytes = with_ends (text);

  if (kith_front_may_read (bench->edge, &way)) {
    kith_front_datagram (bench->edge, &way, (const guint8 *)bytes, strlen (bytes));
  }
}

void
bench_stream (Bench *bench, guint32 stream, const char *text)
{
  g_autofree gchar *bytes = with_ends (text);

  kith_front_bytes (bench->edge, stream, (const guint8 *)bytes, strlen (bytes));
}

void
bench_from_ua (Bench *bench, const char *text)
{
  g_autofree gchar *bytes = with_ends (text);

  kith_front_from_user_agent (bench->edge, bytes, strlen (bytes));
}

const char *
bench_last (Bench *bench)
{
  return bench->sent->len > 0 ? ((Sent *)bench->sent->pdata[bench->sent->len - 1])->text : NULL;
}

const char *
bench_last_to_ua (Bench *bench)
{
  return bench->to_ua->len > 0 ? bench->to_ua->pdata[bench->to_ua->len - 1] : NULL;
}

gchar *
bench_header (const char *text, const char *name)
{
  g_autofree gchar *start = g_strdup_printf ("\r\n%s: ", name);
  const char *at = strstr (text, start);

  return at != NULL ? g_strndup (at + strlen (start), strcspn (at + strlen (start), "\r")) : NULL;
}

gchar *
bench_tag (Bench *bench, const char *call_id)
{
  return kith_sip_token_make (bench->start.key, call_id, 1);
}
