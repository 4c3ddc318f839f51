/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fakes keep the promises of the ports, so that what passes on them says something. */
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "common/fake-link.h"
#include "common/fake-locator.h"
#include "common/fake-media.h"
#include "common/fake-sip.h"

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE)) {
  }
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **kept = user_data;

  g_assert_null (*kept); /* exactly once */
  *kept = g_object_ref (result);
}

/* Locators */

typedef struct {
  GAsyncResult *result;
  GString *seen;
  gboolean enough;
} Ask;

static gboolean
on_found (KithLocator *locator, GBytes *value, const KithFound *contact, gpointer user_data)
{
  Ask *ask = user_data;

  g_assert_nonnull (value);
  g_assert_null (contact);
  g_assert_null (ask->result); /* never after the callback */
  g_string_append_len (ask->seen, g_bytes_get_data (value, NULL), (gssize)g_bytes_get_size (value));
  return ask->enough ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static void
on_asked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Ask *ask = user_data;

  g_assert_null (ask->result);
  ask->result = g_object_ref (result);
}

static void
ask_clear (Ask *ask)
{
  g_clear_object (&ask->result);
  g_string_truncate (ask->seen, 0);
}

static void
test_locator (void)
{
  static const guint8 here[KITH_LOCATION_LEN] = { 1 }, there[KITH_LOCATION_LEN] = { 2 };
  g_autoptr (KithClock) clock = kith_clock_new_manual (0);
  g_autoptr (KithFakeDht) dht = kith_fake_dht_new (clock);
  g_autoptr (KithLocator) a = kith_fake_locator_new (dht, "a");
  g_autoptr (KithLocator) b = kith_fake_locator_new (dht, "b");
  g_autoptr (GBytes) x = g_bytes_new_static ("x", 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (GString) watched = g_string_new (NULL);
  KithQuery query = { .location = here };
  Ask ask = { .seen = seen }, watch = { .seen = watched };

  kith_locator_look_up_async (b, &query, on_found, NULL, on_asked, &ask);
  settle ();
  g_assert_false (kith_locator_look_up_finish (b, ask.result, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_NOT_READY);
  g_clear_error (&error);
  ask_clear (&ask);

  kith_locator_start (a);
  kith_locator_start (b);
  g_assert_cmpuint (kith_locator_get_state (a), ==, KITH_LOCATOR_JOINING);
  settle ();
  g_assert_cmpuint (kith_locator_get_state (a), ==, KITH_LOCATOR_ONLINE);
  guint watch_id = kith_locator_watch (b, here, on_found, &watch);
  guint id = kith_locator_publish (a, here, x, TRUE);
  g_assert_cmpuint (id, >, 0);
  g_assert_cmpstr (watched->str, ==, ""); /* from the loop only */
  settle ();
  g_assert_cmpstr (watched->str, ==, "x");

  kith_fake_dht_set_delay (dht, 100);
  kith_locator_look_up_async (b, &query, on_found, NULL, on_asked, &ask);
  settle ();
  g_assert_null (ask.result);
  kith_clock_advance (clock, 100);
  settle ();
  g_assert_true (kith_locator_look_up_finish (b, ask.result, &error));
  g_assert_cmpstr (seen->str, ==, "x");
  ask_clear (&ask);
  kith_fake_dht_set_delay (dht, 0);

  query.location = there;
  kith_locator_look_up_async (b, &query, on_found, NULL, on_asked, &ask);
  g_assert_null (ask.result);
  settle ();
  g_assert_true (kith_locator_look_up_finish (b, ask.result, &error));
  g_assert_cmpstr (seen->str, ==, "");
  ask_clear (&ask);

  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  kith_locator_look_up_async (b, &query, on_found, cancellable, on_asked, &ask);
  g_cancellable_cancel (cancellable);
  settle ();
  g_assert_false (kith_locator_look_up_finish (b, ask.result, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_CANCELLED);
  ask_clear (&ask);

  kith_fake_locator_die (KITH_FAKE_LOCATOR (a)); /* what it keeps is put anew when it is back */
  kith_fake_dht_forget (dht, here);
  kith_locator_start (a);
  settle ();
  g_assert_cmpuint (kith_fake_dht_count (dht, here), ==, 1);
  g_assert_cmpstr (watched->str, ==, "xx");
  kith_clock_advance (clock, 600 * 1000);
  g_assert_cmpuint (kith_fake_dht_count_all (dht), ==, 0);

  kith_locator_unwatch (b, watch_id);
  kith_locator_unpublish (a, id);
  g_assert_cmpuint (kith_fake_locator_count_open (KITH_FAKE_LOCATOR (a)), ==, 0);
  GAsyncResult *stopped = NULL;
  kith_locator_stop_async (a, NULL, on_result, &stopped);
  g_assert_null (stopped);
  settle ();
  g_assert_true (kith_locator_stop_finish (a, stopped, NULL));
  g_object_unref (stopped);
  g_assert_cmpuint (kith_locator_get_state (a), ==, KITH_LOCATOR_OFFLINE);
}

/* Links */

static KithDeviceCert
make_cert (guint8 identity, guint8 device)
{
  KithDeviceCert cert = { .identity = { { identity } }, .device = { { device } } };

  return cert;
}

static void
on_accepted (KithLinkMaker *maker, KithLink *link, gpointer user_data)
{
  KithLink **kept = user_data;

  g_assert_null (*kept);
  *kept = g_object_ref (link);
}

static void
on_closed (KithLink *link, guint reason, gpointer user_data)
{
  guint *seen = user_data;

  g_assert_cmpuint (*seen, ==, 0); /* once */
  *seen = reason;
}

static gboolean
on_media (KithLink *link, const guint8 *data, gsize len, gpointer user_data)
{
  g_string_append_len (user_data, (const char *)data, (gssize)len);
  return TRUE;
}

typedef struct {
  KithFakeNet *net;
  KithDeviceCert cert_a, cert_b;
  KithLinkMaker *a, *b;
  KithLink *opened, *accepted;
} Pair;

static KithLink *
open_link (KithLinkMaker *maker, const KithDeviceCert *to, KithClock *clock, GError **error)
{
  KithLinkTarget target = { .identity = to->identity, .device = to->device, .has_slot = TRUE };
  GAsyncResult *result = NULL;

  kith_link_maker_open_async (maker, &target, NULL, on_result, &result);
  g_assert_null (result);
  settle ();
  if (result == NULL && clock != NULL) {
    kith_clock_advance (clock, 3500);
    settle ();
  }
  g_assert_nonnull (result);
  KithLink *link = kith_link_maker_open_finish (maker, result, NULL, error);
  g_object_unref (result);
  return link;
}

static void
pair_up (Pair *pair, gconstpointer data)
{
  pair->net = kith_fake_net_new (NULL);
  pair->cert_a = make_cert (1, 11);
  pair->cert_b = make_cert (2, 22);
  pair->a = kith_fake_link_maker_new (pair->net, &pair->cert_a);
  pair->b = kith_fake_link_maker_new (pair->net, &pair->cert_b);
  g_assert_true (kith_link_maker_start (pair->a, NULL));
  g_assert_true (kith_link_maker_start (pair->b, NULL));
  g_signal_connect (pair->b, "accepted", G_CALLBACK (on_accepted), &pair->accepted);
  pair->opened = open_link (pair->a, &pair->cert_b, NULL, NULL);
  g_assert_true (pair->opened != NULL && pair->accepted != NULL);
}

static void
pair_down (Pair *pair, gconstpointer data)
{
  g_clear_object (&pair->opened);
  g_clear_object (&pair->accepted);
  settle ();
  g_assert_finalize_object (pair->a);
  g_assert_finalize_object (pair->b);
  g_assert_finalize_object (pair->net);
}

static void
test_link (Pair *pair, gconstpointer data)
{
  guint8 one[60], two[60];
  guint closed_a = 0, closed_b = 0;
  char buffer[8];
  guint8 rtp[13] = { 0x80, 96, [11] = 7, 'x' };
  g_autoptr (GString) media = g_string_new (NULL);

  g_assert_true (kith_link_is_outgoing (pair->opened));
  g_assert_false (kith_link_is_outgoing (pair->accepted));
  g_assert_cmpuint (kith_link_get_id (pair->opened), !=, kith_link_get_id (pair->accepted));
  g_assert_cmpuint (kith_link_get_peer (pair->opened)->identity.bytes[0], ==, 2);
  g_assert_cmpuint (kith_link_get_peer (pair->accepted)->device.bytes[0], ==, 11);

  g_assert_true (kith_link_export_key (pair->opened, "l", (const guint8 *)"c", 1, one, sizeof one));
  g_assert_true (
      kith_link_export_key (pair->accepted, "l", (const guint8 *)"c", 1, two, sizeof two));
  g_assert_cmpmem (one, sizeof one, two, sizeof two);
  g_assert_true (
      kith_link_export_key (pair->accepted, "l", (const guint8 *)"d", 1, two, sizeof two));
  g_assert_true (memcmp (one, two, sizeof one) != 0);

  g_assert_true (kith_link_claim_media (pair->accepted, 7, on_media, media, NULL));
  g_assert_false (kith_link_claim_media (pair->accepted, 7, on_media, buffer, NULL));
  g_assert_true (kith_link_send_media (pair->opened, rtp, sizeof rtp));
  g_assert_cmpuint (media->len, ==, 0);
  settle ();
  g_assert_cmpmem (media->str, media->len, rtp, sizeof rtp);
  rtp[11] = 8;
  g_assert_true (kith_link_send_media (pair->opened, rtp, sizeof rtp));
  settle ();
  g_assert_cmpuint (media->len, ==, sizeof rtp);
  g_assert_cmpuint (kith_link_get_unclaimed (pair->accepted), ==, 1);
  kith_link_release_media (pair->accepted, 7, media);

  int fd_a = kith_link_take_sip (pair->opened), fd_b = kith_link_take_sip (pair->accepted);
  g_assert_cmpint (kith_link_take_sip (pair->opened), ==, -1);
  g_assert_cmpint (write (fd_a, "hello", 5), ==, 5);
  g_assert_cmpint (read (fd_b, buffer, sizeof buffer), ==, 5);
  g_signal_connect (pair->opened, "closed", G_CALLBACK (on_closed), &closed_a);
  g_signal_connect (pair->accepted, "closed", G_CALLBACK (on_closed), &closed_b);
  kith_link_close (pair->opened, KITH_REASON_LOCAL);
  g_assert_cmpuint (closed_a, ==, 0);
  settle ();
  g_assert_cmpuint (closed_a, ==, KITH_REASON_LOCAL);
  g_assert_cmpuint (closed_b, ==, KITH_REASON_REMOTE);
  g_assert_cmpint (read (fd_b, buffer, sizeof buffer), ==, 0); /* the end of the stream */
  g_assert_false (kith_link_send_media (pair->accepted, (const guint8 *)"x", 1));
  g_assert_false (kith_link_export_key (pair->accepted, "l", NULL, 0, two, sizeof two));
  close (fd_a);
  close (fd_b);
}

static void
on_knock (KithLinkMaker *maker, gpointer identity, gpointer knock, gpointer user_data)
{
  KithKnock delivered = *(KithKnock *)knock;
  Pair *pair = user_data;

  delivered.device = maker == pair->a ? pair->cert_a : pair->cert_b; /* as the inbox fills it in */
  kith_link_maker_take_knock (maker == pair->a ? pair->b : pair->a, &delivered);
}

static void
test_link_failures (Pair *pair, gconstpointer data)
{
  g_autoptr (GError) untrusted = NULL;
  g_autoptr (GError) gone = NULL;
  KithDeviceCert liar = make_cert (9, 22);

  g_assert_null (open_link (pair->a, &liar, NULL, &untrusted));
  g_assert_error (untrusted, KITH_ERROR, KITH_ERROR_UNTRUSTED);
  kith_fake_net_set_reachable (pair->net, &pair->cert_b.device, FALSE);
  g_assert_null (open_link (pair->a, &pair->cert_b, NULL, &gone));
  g_assert_error (gone, KITH_ERROR, KITH_ERROR_UNREACHABLE);
  kith_fake_net_set_reachable (pair->net, &pair->cert_b.device, TRUE);

  /* Behind a hard NAT only the knock brings the link up. */
  kith_fake_net_set_open (pair->net, &pair->cert_b.device, FALSE);
  g_clear_object (&pair->accepted);
  g_signal_connect (pair->a, "knock", G_CALLBACK (on_knock), pair);
  g_signal_connect (pair->b, "knock", G_CALLBACK (on_knock), pair);
  g_autoptr (KithLink) knocked = open_link (pair->a, &pair->cert_b, NULL, NULL);
  g_assert_nonnull (knocked);
  g_assert_nonnull (pair->accepted);
}

/* SIP */

typedef struct {
  Pair pair;
  KithFakeExchange *exchange;
  KithSip *a, *b;
  KithDialog *incoming;
  GString *log; /* of both ends, in order */
} Calls;

static void
on_incoming (KithSip *sip, KithDialog *dialog, gpointer user_data)
{
  Calls *calls = user_data;

  calls->incoming = g_object_ref (dialog);
}

static void
on_ringing (KithDialog *dialog, gpointer user_data)
{
  g_string_append (user_data, "ringing ");
}

static void
on_answered (KithDialog *dialog, const char *sdp, gpointer user_data)
{
  g_string_append_printf (user_data, "answered:%s ", sdp);
}

static void
on_confirmed (KithDialog *dialog, gpointer user_data)
{
  g_string_append (user_data, "confirmed ");
}

static void
on_ended (KithDialog *dialog, guint status, const char *phrase, gpointer user_data)
{
  g_string_append_printf (user_data,
                          "%s-ended:%u ",
                          kith_dialog_is_outgoing (dialog) ? "out" : "in",
                          status);
}

static void
on_reoffered (KithDialog *dialog, const char *sdp, gpointer user_data)
{
  g_string_append_printf (user_data, "reoffered:%s ", sdp);
}

static void
on_reoffer_answered (KithDialog *dialog, const char *sdp, gpointer user_data)
{
  g_string_append_printf (user_data, "reoffer-answered:%s ", sdp);
}

static void
on_reoffer_failed (KithDialog *dialog, guint status, guint retry_ms, gpointer user_data)
{
  g_string_append_printf (user_data, "reoffer-failed:%u,%u ", status, retry_ms);
}

static void
listen_to (KithDialog *dialog, Calls *calls)
{
  g_signal_connect (dialog, "reoffer-answered", G_CALLBACK (on_reoffer_answered), calls->log);
  g_signal_connect (dialog, "reoffer-failed", G_CALLBACK (on_reoffer_failed), calls->log);
  g_signal_connect (dialog, "ringing", G_CALLBACK (on_ringing), calls->log);
  g_signal_connect (dialog, "answered", G_CALLBACK (on_answered), calls->log);
  g_signal_connect (dialog, "confirmed", G_CALLBACK (on_confirmed), calls->log);
  g_signal_connect (dialog, "ended", G_CALLBACK (on_ended), calls->log);
  g_signal_connect (dialog, "reoffered", G_CALLBACK (on_reoffered), calls->log);
}

static void
calls_up (Calls *calls, gconstpointer data)
{
  pair_up (&calls->pair, NULL);
  calls->exchange = kith_fake_exchange_new ();
  calls->a = kith_fake_sip_new (calls->exchange, "192.0.2.1", 5060);
  calls->b = kith_fake_sip_new (calls->exchange, "192.0.2.2", 5062);
  calls->log = g_string_new (NULL);
  g_assert_true (kith_sip_start (calls->a, NULL));
  g_assert_true (kith_sip_start (calls->b, NULL));
  g_signal_connect (calls->b, "incoming", G_CALLBACK (on_incoming), calls);
  KithLink *ours = calls->pair.opened, *theirs = calls->pair.accepted;
  g_assert_true (kith_sip_attach_link (calls->a,
                                       kith_link_get_id (ours),
                                       kith_link_take_sip (ours),
                                       NULL,
                                       "bbb.kith.alt",
                                       NULL));
  g_assert_true (kith_sip_attach_link (calls->b,
                                       kith_link_get_id (theirs),
                                       kith_link_take_sip (theirs),
                                       NULL,
                                       "aaa.kith.alt",
                                       NULL));
}

static void
calls_down (Calls *calls, gconstpointer data)
{
  settle ();
  g_clear_object (&calls->incoming);
  g_assert_cmpuint (kith_fake_sip_count_dialogs (KITH_FAKE_SIP (calls->a)), ==, 0);
  g_assert_cmpuint (kith_fake_sip_count_dialogs (KITH_FAKE_SIP (calls->b)), ==, 0);
  g_assert_finalize_object (calls->a);
  g_assert_finalize_object (calls->b);
  settle ();
  g_assert_finalize_object (calls->exchange);
  g_string_free (calls->log, TRUE);
  pair_down (&calls->pair, NULL);
}

static KithDialog *
dial (Calls *calls, gboolean on_link, const char *from)
{
  KithDialParams params
      = { .request_uri = on_link ? "sip:bob@bbb.kith.alt" : "sip:bob@192.0.2.2:5062",
          .from_uri = from,
          .display = "Alice",
          .link_id = on_link ? kith_link_get_id (calls->pair.opened) : 0 };
  KithDialog *dialog = kith_sip_dial (calls->a, &params, "offer", NULL);

  g_assert_nonnull (dialog);
  listen_to (dialog, calls);
  settle ();
  if (calls->incoming != NULL) {
    listen_to (calls->incoming, calls);
  }
  return dialog;
}

static void
test_sip_call (Calls *calls, gconstpointer on_link)
{
  g_autoptr (KithDialog) out = dial (calls, on_link != NULL, "sip:alice@aaa.kith.alt");

  g_assert_nonnull (calls->incoming);
  g_assert_cmpstr (kith_dialog_get_call_id (calls->incoming), ==, kith_dialog_get_call_id (out));
  g_assert_cmpstr (kith_fake_dialog_get_request_user (KITH_FAKE_DIALOG (calls->incoming)),
                   ==,
                   "bob");
  g_assert_cmpstr (kith_dialog_get_remote_display (calls->incoming), ==, "Alice");
  g_assert_cmpstr (kith_dialog_get_remote_sdp (calls->incoming), ==, "offer");
  kith_dialog_ring (calls->incoming);
  kith_dialog_ring (calls->incoming);
  settle ();
  kith_dialog_answer (calls->incoming, "answer");
  g_assert_cmpstr (calls->log->str, ==, "ringing ");
  settle ();
  g_assert_cmpstr (calls->log->str, ==, "ringing answered:answer confirmed ");
  g_assert_cmpstr (kith_dialog_get_remote_sdp (out), ==, "answer");
  g_string_truncate (calls->log, 0);
  kith_fake_dialog_reoffer (KITH_FAKE_DIALOG (out), "hold");
  settle ();
  kith_dialog_reanswer (calls->incoming, 488, NULL);
  settle ();
  g_assert_cmpuint (kith_fake_dialog_get_reoffer_status (KITH_FAKE_DIALOG (out)), ==, 488);

  /* Our own new offers: taken, refused, and both at once. */
  g_assert_true (kith_dialog_reoffer (out, "resume", NULL));
  g_assert_false (kith_dialog_reoffer (out, "resume", NULL));
  settle ();
  kith_dialog_reanswer (calls->incoming, 200, "resumed");
  settle ();
  g_assert_nonnull (strstr (calls->log->str, "reoffered:resume reoffer-answered:resumed "));
  g_assert_true (kith_dialog_reoffer (calls->incoming, "more", NULL));
  settle ();
  kith_dialog_reanswer (out, 500, NULL);
  settle ();
  g_assert_nonnull (strstr (calls->log->str, "reoffered:more reoffer-failed:500,2000 "));
  g_assert_true (kith_dialog_reoffer (calls->incoming, "more", NULL));
  g_assert_true (kith_dialog_reoffer (out, "less", NULL));
  settle ();
  g_assert_nonnull (strstr (calls->log->str, "reoffer-failed:491,10 "));
  g_assert_nonnull (strstr (calls->log->str, "reoffer-failed:491,2100 "));

  kith_dialog_hang_up (calls->incoming, "local");
  kith_dialog_hang_up (calls->incoming, "local");
  settle ();
  g_assert_nonnull (strstr (calls->log->str, "reoffered:hold "));
  g_assert_nonnull (strstr (calls->log->str, "in-ended:200 "));
  g_assert_nonnull (strstr (calls->log->str, "out-ended:0 "));
  g_assert_cmpstr (kith_fake_dialog_get_reason (KITH_FAKE_DIALOG (out)), ==, "local");
}

static void
test_sip_refusals (Calls *calls, gconstpointer data)
{
  g_autoptr (KithDialog) lie = dial (calls, TRUE, "sip:alice@somebody.else");
  g_assert_null (calls->incoming);
  g_assert_cmpstr (calls->log->str, ==, "out-ended:403 ");

  g_string_truncate (calls->log, 0);
  g_autoptr (KithDialog) busy = dial (calls, TRUE, "sip:alice@aaa.kith.alt");
  kith_dialog_reject (calls->incoming, 486, "Busy Here");
  g_assert_cmpstr (calls->log->str, ==, "");
  settle ();
  g_assert_nonnull (strstr (calls->log->str, "out-ended:486 "));
  g_assert_nonnull (strstr (calls->log->str, "in-ended:200 "));
  g_clear_object (&calls->incoming);

  g_string_truncate (calls->log, 0);
  g_autoptr (KithDialog) cancelled = dial (calls, FALSE, "sip:alice@192.0.2.1");
  kith_dialog_hang_up (cancelled, NULL);
  settle ();
  g_assert_nonnull (strstr (calls->log->str, "out-ended:200 "));
  g_assert_nonnull (strstr (calls->log->str, "in-ended:0 "));
  g_clear_object (&calls->incoming);

  g_string_truncate (calls->log, 0);
  g_signal_handlers_disconnect_by_data (calls->b, calls);
  g_autoptr (KithDialog) ignored = dial (calls, FALSE, "sip:alice@192.0.2.1");
  settle ();
  g_assert_cmpstr (calls->log->str, ==, "out-ended:480 ");

  g_string_truncate (calls->log, 0);
  KithDialParams params = { .request_uri = "sip:x@192.0.2.99", .from_uri = "sip:alice@192.0.2.1" };
  g_autoptr (KithDialog) nobody = kith_sip_dial (calls->a, &params, "offer", NULL);
  listen_to (nobody, calls);
  settle ();
  g_assert_cmpstr (calls->log->str, ==, "out-ended:408 ");
}

static void
test_sip_detach (Calls *calls, gconstpointer data)
{
  g_autoptr (KithDialog) out = dial (calls, TRUE, "sip:alice@aaa.kith.alt");
  g_autoptr (GError) error = NULL;
  KithDialParams params = { .request_uri = "sip:b@c",
                            .from_uri = "sip:a@b",
                            .link_id = kith_link_get_id (calls->pair.opened) };

  kith_sip_detach_link (calls->a, kith_link_get_id (calls->pair.opened));
  g_assert_cmpstr (calls->log->str, ==, "out-ended:503 ");
  g_assert_null (kith_sip_dial (calls->a, &params, "offer", &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_UNREACHABLE);
  kith_sip_detach_link (calls->b, kith_link_get_id (calls->pair.accepted));
  settle ();
  g_assert_cmpstr (calls->log->str, ==, "out-ended:503 in-ended:503 ");
}

/* Media */

static gboolean
count_sent (const guint8 *data, gsize len, gpointer user_data)
{
  ++*(guint *)user_data;
  return TRUE;
}

static void
on_flowing (KithMedia *media, gpointer user_data)
{
  ++*(guint *)user_data;
}

static void
test_media (void)
{
  guint n_sent = 0, n_flowing = 0;
  g_autoptr (KithMediaMaker) maker = kith_fake_media_maker_new ();
  KithMediaTransport transport = { .send = count_sent, .send_data = &n_sent };
  g_autoptr (KithMedia) media = kith_media_maker_create (maker, &transport, "call/1", NULL);
  KithFakeMedia *spy = KITH_FAKE_MEDIA (media);
  g_autoptr (KithOffer) local = kith_media_get_local (media, NULL);
  g_autoptr (GError) error = NULL;

  kith_fake_media_maker_set_auto_flow (KITH_FAKE_MEDIA_MAKER (maker), TRUE);
  g_signal_connect (media, "flowing", G_CALLBACK (on_flowing), &n_flowing);
  g_assert_true (spy == kith_fake_media_maker_get_last (KITH_FAKE_MEDIA_MAKER (maker)));
  g_assert_false (kith_media_start (media, &error)); /* not prepared */
  g_assert_error (error, KITH_ERROR, KITH_ERROR_MEDIA);
  g_assert_true (kith_media_set_remote (media, local, FALSE, NULL));
  g_assert_cmpuint (kith_media_get_codec (media)->id, ==, KITH_CODEC_OPUS);
  kith_fake_media_tick (spy);
  kith_media_receive (media, (const guint8 *)"x", 1);
  g_assert_cmpuint (n_sent + n_flowing, ==, 0);
  g_assert_cmpuint (kith_fake_media_get_dropped (spy), ==, 1);
  g_assert_true (kith_media_start (media, NULL));
  kith_fake_media_tick (spy);
  kith_media_receive (media, (const guint8 *)"x", 1);
  kith_media_receive (media, (const guint8 *)"x", 1);
  g_assert_cmpuint (n_sent, ==, 1);
  g_assert_cmpuint (n_flowing, ==, 1);
  kith_media_stop (media);
  kith_fake_media_tick (spy);
  g_assert_cmpuint (n_sent, ==, 1);
  GArray *packets = kith_fake_media_get_packets (spy);
  g_assert_cmpuint (packets->len, ==, 1);
  g_assert_cmpuint (g_array_index (packets, KithFakePacket, 0).state, ==, KITH_FAKE_MEDIA_STARTED);
  g_clear_object (&media);
  g_assert_cmpuint (kith_fake_media_maker_count_live (KITH_FAKE_MEDIA_MAKER (maker)), ==, 0);
}

static void
test_bridge (void)
{
  guint n_sent = 0;
  g_autoptr (KithMediaMaker) maker = kith_fake_media_maker_new ();
  KithBridge *bridge = KITH_BRIDGE (maker);
  KithMediaTransport transport = { .send = count_sent, .send_data = &n_sent };
  g_autoptr (KithMedia) own = kith_media_maker_create (maker, &transport, "call/1", NULL);
  KithMedia *legs[3];

  g_assert_false (kith_fake_media_is_leg (KITH_FAKE_MEDIA (own)));
  for (guint i = 0; i < 3; i++) {
    legs[i] = kith_bridge_create_leg (bridge, &transport, "call/2", NULL);
    g_autoptr (KithOffer) local = kith_media_get_local (legs[i], NULL);
    g_assert_true (kith_fake_media_is_leg (KITH_FAKE_MEDIA (legs[i])));
    g_assert_true (kith_media_set_remote (legs[i], local, TRUE, NULL));
  }
  kith_bridge_join (bridge, legs[0], legs[1]);
  g_assert_true (kith_fake_media_get_joined (KITH_FAKE_MEDIA (legs[1]))
                 == KITH_FAKE_MEDIA (legs[0]));
  g_assert_cmpint (kith_bridge_get_manner (bridge, legs[0]), ==, KITH_BRIDGE_RELAYED);
  kith_bridge_join (bridge, legs[2], legs[1]);
  g_assert_cmpint (kith_bridge_get_manner (bridge, legs[0]), ==, KITH_BRIDGE_APART);
  kith_media_stop (legs[1]);
  g_assert_null (kith_fake_media_get_joined (KITH_FAKE_MEDIA (legs[2])));
  for (guint i = 0; i < 3; i++) {
    g_object_unref (legs[i]);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/common/fakes/locator", test_locator);
  g_test_add ("/common/fakes/link", Pair, NULL, pair_up, test_link, pair_down);
  g_test_add ("/common/fakes/link-failures", Pair, NULL, pair_up, test_link_failures, pair_down);
  g_test_add ("/common/fakes/sip-call-on-link", Calls, "link", calls_up, test_sip_call, calls_down);
  g_test_add ("/common/fakes/sip-call-by-uri", Calls, NULL, calls_up, test_sip_call, calls_down);
  g_test_add ("/common/fakes/sip-refusals", Calls, NULL, calls_up, test_sip_refusals, calls_down);
  g_test_add ("/common/fakes/sip-detach", Calls, NULL, calls_up, test_sip_detach, calls_down);
  g_test_add_func ("/common/fakes/media", test_media);
  g_test_add_func ("/common/fakes/bridge", test_bridge);
  return g_test_run ();
}
