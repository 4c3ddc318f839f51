/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFC 3263 with a resolver of our own making, so that no network is asked. */
#include "sip-fixture.h"

/* Knows "pbx.example" (SRV for UDP and TCP), "tcp.example" (SRV for TCP) and "a.example" (an
   address). Never answers for "slow.example" and the services of "slowsrv.a.example". */
typedef struct {
  GResolver parent;
} FakeDns;
typedef struct {
  GResolverClass parent;
} FakeDnsClass;
GType fake_dns_get_type (void);
G_DEFINE_TYPE (FakeDns, fake_dns, G_TYPE_RESOLVER)

static guint asked = 0;

static void
never (GCancellable *cancellable, GTask *task)
{
  g_task_return_error_if_cancelled (task);
}

static GTask *
make_task (gpointer self,
           GCancellable *cancellable,
           GAsyncReadyCallback callback,
           gpointer data,
           const char *name)
{
  GTask *task = g_task_new (self, cancellable, callback, data);

  asked++;
  if (strstr (name, "slow.example") != NULL
      || (strstr (name, "slowsrv.") != NULL && name[0] == '_')) {
    g_assert_nonnull (cancellable);
    g_signal_connect_data (cancellable,
                           "cancelled",
                           G_CALLBACK (never),
                           task,
                           (GClosureNotify)(void (*) (void))g_object_unref,
                           0);
    return NULL;
  }
  return task;
}

static void
fake_lookup_name (GResolver *self,
                  const char *name,
                  GCancellable *cancellable,
                  GAsyncReadyCallback callback,
                  gpointer data)
{
  g_autoptr (GTask) task = make_task (self, cancellable, callback, data, name);
  GList *list = NULL;

  if (task == NULL) {
    return;
  }
  if (g_str_has_suffix (name, "a.example")) {
    list = g_list_append (list, g_inet_address_new_from_string ("::1"));
    list = g_list_append (list, g_inet_address_new_from_string ("127.0.0.5"));
    g_task_return_pointer (task, list, (GDestroyNotify)g_resolver_free_addresses);
  } else {
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "no such name");
  }
}

static GList *
fake_name_finish (GResolver *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
free_targets (gpointer list)
{
  g_resolver_free_targets (list);
}

static void
fake_lookup_service (GResolver *self,
                     const char *name,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer data)
{
  g_autoptr (GTask) task = make_task (self, cancellable, callback, data, name);
  gboolean udp = g_str_has_prefix (name, "_sip._udp.");

  if (task == NULL) {
    return;
  }
  if (g_str_has_suffix (name, ".pbx.example")
      || (!udp && g_str_has_suffix (name, ".tcp.example"))) {
    GList *list = g_list_append (NULL, g_srv_target_new ("far.a.example", udp ? 5070 : 5080, 2, 1));
    list = g_list_append (list, g_srv_target_new ("near.a.example", udp ? 5071 : 5081, 1, 1));
    g_task_return_pointer (task, g_srv_target_list_sort (list), free_targets);
  } else {
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "no such service");
  }
}

static GList *
fake_service_finish (GResolver *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
fake_dns_class_init (FakeDnsClass *klass)
{
  GResolverClass *resolver = G_RESOLVER_CLASS (klass);

  resolver->lookup_by_name_async = fake_lookup_name;
  resolver->lookup_by_name_finish = fake_name_finish;
  resolver->lookup_service_async = fake_lookup_service;
  resolver->lookup_service_finish = fake_service_finish;
}

static void
fake_dns_init (FakeDns *self)
{
}

typedef struct {
  gboolean done;
  gchar *hop;
  gchar *local;
  GError *error;
} Answer;

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;

  answer->hop = kith_sip_resolve_finish (KITH_SIP (g_object_get_data (G_OBJECT (result), "sip")),
                                         result,
                                         &answer->local,
                                         &answer->error);
  answer->done = TRUE;
}

static Party bob;

static void
on_resolved_by_bob (GObject *source, GAsyncResult *result, gpointer data)
{
  g_object_set_data (G_OBJECT (result), "sip", bob.sip);
  on_resolved (source, result, data);
}

static void
answer_clear (Answer *answer)
{
  g_free (answer->hop);
  g_free (answer->local);
  g_clear_error (&answer->error);
  memset (answer, 0, sizeof *answer);
}

static void
resolve (Answer *answer, const char *uri)
{
  answer_clear (answer);
  kith_sip_resolve_async (bob.sip, uri, NULL, on_resolved_by_bob, answer);
  g_assert_false (answer->done); /* never re-entrant */
  WAIT_UNTIL (answer->done);
}

static void
test_rows (void)
{
  static const struct {
    const char *uri;
    const char *hop;
    guint asked;
  } rows[] = {
    { "sip:u@127.0.0.1", "sip:u@127.0.0.1:5060", 0 },
    { "sip:u@127.0.0.1:5062;transport=tcp", "sip:u@127.0.0.1:5062;transport=tcp", 0 },
    { "sip:127.0.0.1", "sip:127.0.0.1:5060", 0 },
    { "sip:u@a.example:5090", "sip:u@127.0.0.5:5090", 1 },
    { "sip:u@a.example", "sip:u@127.0.0.5:5060", 3 },
    { "sip:u@pbx.example", "sip:u@127.0.0.5:5071;transport=udp", 7 },
    { "sip:u@pbx.example;transport=tcp", "sip:u@127.0.0.5:5081;transport=tcp", 4 },
    { "sip:u@tcp.example", "sip:u@127.0.0.5:5081;transport=tcp", 5 },
    { "sip:u@slowsrv.a.example", "sip:u@127.0.0.5:5060", 3 },
  };
  Answer answer = { 0 };

  party_start (&bob, "127.0.0.1", TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    asked = 0;
    resolve (&answer, rows[i].uri);
    g_assert_no_error (answer.error);
    g_assert_cmpstr (answer.hop, ==, rows[i].hop);
    g_assert_cmpstr (answer.local, ==, "127.0.0.1");
    g_assert_cmpuint (asked, ==, rows[i].asked);
  }
  answer_clear (&answer);
  party_stop (&bob);
}

/* All targets and addresses in order; what did not serve is passed over for a minute, in new calls
   too. */
static void
test_give_up (void)
{
  static const char *const hops[] = { "sip:u@127.0.0.5:5071;transport=udp",
                                      "sip:u@127.0.0.5:5070;transport=udp",
                                      "sip:u@127.0.0.5:5081;transport=tcp",
                                      "sip:u@127.0.0.5:5080;transport=tcp" };
  Answer answer = { 0 };

  party_start (&bob, "127.0.0.1", TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (hops); i++) {
    asked = 0;
    resolve (&answer, "sip:u@pbx.example");
    g_assert_cmpstr (answer.hop, ==, hops[i]);
    g_assert_cmpuint (asked, ==, i == 0 ? 7 : 0); /* it was asked once */
    gboolean more = kith_sip_give_up_hop (bob.sip, "sip:u@pbx.example", hops[i]);
    g_assert_cmpint (more, ==, i + 1 < G_N_ELEMENTS (hops));
  }
  resolve (&answer, "sip:u@pbx.example"); /* and begins anew */
  g_assert_cmpstr (answer.hop, ==, hops[0]);
  g_assert_true (kith_sip_give_up_hop (bob.sip, "sip:u@pbx.example", hops[0]));
  g_assert_true (kith_sip_give_up_hop (bob.sip, "sip:u@pbx.example", hops[0])); /* twice the same */
  resolve (&answer, "sip:u@pbx.example");
  g_assert_cmpstr (answer.hop, ==, hops[1]);
  g_assert_false (kith_sip_give_up_hop (bob.sip, "sip:u@127.0.0.1", "sip:u@127.0.0.1:5060"));
  answer_clear (&answer);
  party_stop (&bob);
}

/* Bound to both families, a host with an address of each is tried by both. */
static void
test_both_families (void)
{
  Answer answer = { 0 };

  party_start (&bob, "::", TRUE);
  resolve (&answer, "sip:u@a.example:5090");
  g_assert_cmpstr (answer.hop, ==, "sip:u@[::1]:5090");
  g_assert_cmpstr (answer.local, ==, "::1");
  g_assert_true (kith_sip_give_up_hop (bob.sip, "sip:u@a.example:5090", answer.hop));
  resolve (&answer, "sip:u@a.example:5090");
  g_assert_cmpstr (answer.hop, ==, "sip:u@127.0.0.5:5090");
  g_assert_cmpstr (answer.local, ==, "127.0.0.1");
  answer_clear (&answer);
  party_stop (&bob);
}

static void
test_failures (void)
{
  Answer answer = { 0 };
  KithDialParams params = { .request_uri = "sip:u@never.example", .from_uri = "sip:bob@" BOB_HOST };
  g_autoptr (GError) error = NULL;

  party_start (&bob, "127.0.0.1", TRUE);
  resolve (&answer, "sip:u@nobody.example");
  g_assert_error (answer.error, KITH_ERROR, KITH_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (answer.error->message, "nobody.example"));
  resolve (&answer, "mailto:u@a.example");
  g_assert_error (answer.error, KITH_ERROR, KITH_ERROR_INVALID_ADDRESS);
  resolve (&answer, "sip:u@a.example;transport=tls");
  g_assert_error (answer.error, KITH_ERROR, KITH_ERROR_UNSUPPORTED);
  gint64 start = g_get_monotonic_time ();
  resolve (&answer, "sip:u@slow.example");
  g_assert_error (answer.error, KITH_ERROR, KITH_ERROR_NOT_FOUND);
  g_assert_cmpint (g_get_monotonic_time () - start, >, 2900000);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 3500000);
  resolve (&answer, "sip:u@[::1]:5060"); /* of the family that we are not bound to */
  g_assert_error (answer.error, KITH_ERROR, KITH_ERROR_UNREACHABLE);
  answer_clear (&answer);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  kith_sip_resolve_async (bob.sip, "sip:u@slow.example", cancellable, on_resolved_by_bob, &answer);
  WAIT_FOR (50, FALSE);
  g_cancellable_cancel (cancellable);
  WAIT_UNTIL (answer.done);
  g_assert_error (answer.error, KITH_ERROR, KITH_ERROR_CANCELLED);
  g_assert_null (kith_sip_dial (bob.sip, &params, SDP_A, &error)); /* was never looked up */
  g_assert_error (error, KITH_ERROR, KITH_ERROR_NOT_FOUND);
  answer_clear (&answer);
  party_stop (&bob);
}

/* By the name that was looked up, to a stack at the address that was found. */
static void
test_dial_by_name (void)
{
  Answer answer = { 0 };
  Ear ear = { 0 };
  Party peer;
  g_autoptr (GError) error = NULL;

  party_start (&bob, "127.0.0.1", TRUE);
  party_start (&peer, "127.0.0.5", TRUE);
  g_autofree gchar *uri = g_strdup_printf ("sip:peer@a.example:%u", kith_sip_get_port (peer.sip));
  KithDialParams params = { .request_uri = uri, .from_uri = "sip:bob@" BOB_HOST };
  resolve (&answer, uri);
  g_assert_no_error (answer.error);
  ear_listen (&ear, kith_sip_dial (bob.sip, &params, SDP_A, &error));
  g_assert_no_error (error);
  WAIT_UNTIL (peer.calls == 1);
  kith_dialog_reject (peer.in.dialog, 486, NULL);
  WAIT_UNTIL (ear.ended == 1);
  g_assert_cmpuint (ear.status, ==, 486);
  answer_clear (&answer);
  ear_clear (&ear);
  party_stop (&peer);
  party_stop (&bob);
}

/* The real resolver knows this one from its files. */
static void
test_localhost (void)
{
  g_autoptr (GResolver) fake = g_resolver_get_default ();
  Answer answer = { 0 };

  g_resolver_set_default (g_object_get_data (G_OBJECT (fake), "real"));
  party_start (&bob, "127.0.0.1", TRUE);
  resolve (&answer, "sip:u@localhost:5090");
  g_assert_no_error (answer.error);
  g_assert_cmpstr (answer.hop, ==, "sip:u@127.0.0.1:5090");
  answer_clear (&answer);
  party_stop (&bob);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  kith_log_setup (g_getenv ("KITH_TEST_LOG") != NULL ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_CRITICAL,
                  TRUE);
  g_autoptr (GResolver) real = g_resolver_get_default ();
  g_autoptr (GResolver) fake = g_object_new (fake_dns_get_type (), NULL);
  g_object_set_data_full (G_OBJECT (fake), "real", g_object_ref (real), g_object_unref);
  g_resolver_set_default (fake);
  g_test_add_func ("/sip/resolver/rows", test_rows);
  g_test_add_func ("/sip/resolver/give-up", test_give_up);
  g_test_add_func ("/sip/resolver/both-families", test_both_families);
  g_test_add_func ("/sip/resolver/failures", test_failures);
  g_test_add_func ("/sip/resolver/dial-by-name", test_dial_by_name);
  g_test_add_func ("/sip/resolver/localhost", test_localhost);
  return g_test_run ();
}
