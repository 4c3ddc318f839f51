/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls on the bus: an ordinary SIP phone rings the daemon, agents hear of it, methods take effect,
   an ended call stays for 30 s. */
#include <string.h>

#include "bus-fixture.h"

#define AGENT_PATH "/org/example/agent"

typedef struct {
  Bus bus;
  GSocket *phone; /* UDP on 127.0.0.1 */
  guint16 phone_port;
  GString *heard;  /* every SIP message that came to the phone */
  GPtrArray *rung; /* "AGENT CALL" */
  guint released;
  /* "before>after:reason " of every StateChanged; "{…}" of every PropertiesChanged of Call */
  GString *changes;
} Story;

typedef struct {
  Story *story;
  const char *name;
  KithBusAgent *skeleton;
} TestAgent;

static gboolean
on_incoming (KithBusAgent *skeleton,
             GDBusMethodInvocation *invocation,
             const char *call,
             gpointer user_data)
{
  TestAgent *agent = user_data;

  g_ptr_array_add (agent->story->rung, g_strdup_printf ("%s %s", agent->name, call));
  kith_bus_agent_complete_incoming_call (skeleton, invocation);
  return TRUE;
}

static gboolean
on_release (KithBusAgent *skeleton, GDBusMethodInvocation *invocation, gpointer user_data)
{
  TestAgent *agent = user_data;

  agent->story->released++;
  kith_bus_agent_complete_release (skeleton, invocation);
  return TRUE;
}

static TestAgent *
agent_new (Story *story, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = g_strconcat (AGENT_PATH, "/", name, NULL);
  const char *const roles[] = { KITH_BUS_ROLE_RING, NULL };
  TestAgent *agent = g_new0 (TestAgent, 1);

  agent->story = story;
  agent->name = name;
  agent->skeleton = kith_bus_agent_skeleton_new ();
  g_signal_connect (agent->skeleton, "handle-incoming-call", G_CALLBACK (on_incoming), agent);
  g_signal_connect (agent->skeleton, "handle-release", G_CALLBACK (on_release), agent);
  g_assert_true (g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (agent->skeleton),
                                                   story->bus.connection,
                                                   path,
                                                   &error));
  g_autoptr (GVariant) reply = bus_call (&story->bus,
                                         KITH_BUS_ROOT,
                                         KITH_BUS_IFACE_MANAGER,
                                         "RegisterAgent",
                                         g_variant_new ("(o^as)", path, roles),
                                         &error);
  g_assert_no_error (error);
  return agent;
}

static void
agent_free (TestAgent *agent)
{
  g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (agent->skeleton));
  g_object_unref (agent->skeleton);
  g_free (agent);
}

static void
on_call_signal (GDBusConnection *connection,
                const gchar *sender,
                const gchar *path,
                const gchar *interface,
                const gchar *signal,
                GVariant *parameters,
                gpointer user_data)
{
  Story *story = user_data;

  if (strcmp (signal, "StateChanged") == 0) {
    const char *before, *after, *reason;
    g_variant_get (parameters, "(&s&s&s)", &before, &after, &reason);
    g_string_append_printf (story->changes, "%s>%s:%s ", before, after, reason);
    return;
  }
  const char *changed_interface;
  g_autoptr (GVariant) changed = NULL;
  g_variant_get (parameters, "(&s@a{sv}as)", &changed_interface, &changed, NULL);
  if (strcmp (changed_interface, KITH_BUS_IFACE_CALL) != 0) {
    return;
  }
  const char *state = NULL;
  const char *reason = NULL;
  gint64 ended = 0;
  (void)g_variant_lookup (changed, "State", "&s", &state);
  (void)g_variant_lookup (changed, "StateReason", "&s", &reason);
  (void)g_variant_lookup (changed, "EndedAt", "x", &ended);
  g_string_append_printf (story->changes,
                          "{%s,%s,%s} ",
                          state != NULL ? state : "-",
                          reason != NULL ? reason : "-",
                          ended != 0 ? "at" : "-");
}

static void
story_up (Story *story)
{
  g_autoptr (GError) error = NULL;

  memset (story, 0, sizeof *story);
  bus_up (&story->bus);
  bus_start_daemon (&story->bus, NULL);
  g_autofree gchar *words = bus_make_identity (&story->bus);
  story->heard = g_string_new (NULL);
  story->changes = g_string_new (NULL);
  story->rung = g_ptr_array_new_with_free_func (g_free);
  story->phone
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, &error);
  g_assert_no_error (error);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_assert_true (g_socket_bind (story->phone, any, FALSE, &error));
  g_socket_set_blocking (story->phone, FALSE);
  g_autoptr (GSocketAddress) local = g_socket_get_local_address (story->phone, &error);
  story->phone_port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local));
  const char *const signals[] = { "StateChanged", "PropertiesChanged" };
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++) {
    (void)g_dbus_connection_signal_subscribe (story->bus.connection,
                                              KITH_BUS_NAME,
                                              NULL,
                                              signals[i],
                                              NULL,
                                              NULL,
                                              G_DBUS_SIGNAL_FLAGS_NONE,
                                              on_call_signal,
                                              story,
                                              NULL);
  }
}

static void
story_down (Story *story)
{
  bus_down (&story->bus);
  g_object_unref (story->phone);
  g_string_free (story->heard, TRUE);
  g_string_free (story->changes, TRUE);
  g_ptr_array_unref (story->rung);
}

/* An INVITE of a phone that speaks PCMU; @n tells the calls apart. */
static void
phone_invites (Story *story, guint n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) port
      = bus_get (&story->bus, KITH_BUS_DEFAULT_ACCOUNT, KITH_BUS_IFACE_ACCOUNT, "SipPort");
  guint16 to = g_variant_get_uint16 (port);
  g_autoptr (GSocketAddress) daemon = g_inet_socket_address_new_from_string ("127.0.0.1", to);
  g_autofree gchar *sdp = g_strdup_printf (
      "v=0\r\no=phone 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
      "m=audio %u RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n",
      40000 + 2 * n);
  g_autofree gchar *invite
      = g_strdup_printf ("INVITE sip:alice@127.0.0.1:%u SIP/2.0\r\n"
                         "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK-test-%u;rport\r\n"
                         "Max-Forwards: 70\r\nFrom: \"Phone\" <sip:phone@127.0.0.1:%u>;tag=t%u\r\n"
                         "To: <sip:alice@127.0.0.1:%u>\r\nCall-ID: bus-test-%u@127.0.0.1\r\n"
                         "CSeq: 1 INVITE\r\nContact: <sip:phone@127.0.0.1:%u>\r\n"
                         "Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
                         to,
                         story->phone_port,
                         n,
                         story->phone_port,
                         n,
                         to,
                         n,
                         story->phone_port,
                         strlen (sdp),
                         sdp);
  g_assert_cmpint (g_socket_send_to (story->phone, daemon, invite, strlen (invite), NULL, &error),
                   >,
                   0);
}

typedef struct {
  Story *story;
  const char *text;
} Wanted;

static gboolean
phone_has_heard (gpointer user_data)
{
  Wanted *wanted = user_data;
  gchar buffer[8192];
  gssize n;

  while ((n = g_socket_receive (wanted->story->phone, buffer, sizeof buffer, NULL, NULL)) > 0) {
    g_string_append_len (wanted->story->heard, buffer, n);
  }
  return strstr (wanted->story->heard->str, wanted->text) != NULL;
}

static void
phone_hears (Story *story, const char *text)
{
  Wanted wanted = { story, text };

  if (!bus_wait (10000, phone_has_heard, &wanted)) {
    g_test_message ("the phone heard: %s", story->heard->str);
    g_assert_not_reached ();
  }
}

static gboolean
has_rung (gpointer user_data)
{
  Wanted *wanted = user_data;

  for (guint i = 0; i < wanted->story->rung->len; i++) {
    if (g_str_has_prefix (g_ptr_array_index (wanted->story->rung, i), wanted->text)) {
      return TRUE;
    }
  }
  return FALSE;
}

/* (transfer full): the call of which the agent @name was told last. */
static gchar *
await_ring (Story *story, const char *name)
{
  g_autofree gchar *prefix = g_strconcat (name, " ", NULL);
  Wanted wanted = { story, prefix };

  g_assert_true (bus_wait (10000, has_rung, &wanted));
  const char *last = g_ptr_array_index (story->rung, story->rung->len - 1);
  return g_strdup (strchr (last, ' ') + 1);
}

static gboolean
has_changed (gpointer user_data)
{
  Wanted *wanted = user_data;

  return strstr (wanted->story->changes->str, wanted->text) != NULL;
}

static gboolean
two_released (gpointer user_data)
{
  return ((Story *)user_data)->released == 2;
}

static void
test_agents_and_reject (void)
{
  Story story;
  g_autoptr (GError) error = NULL;

  story_up (&story);
  TestAgent *first = agent_new (&story, "first");
  phone_invites (&story, 1);
  g_autofree gchar *call = await_ring (&story, "first");
  g_autofree gchar *state = bus_get_text (&story.bus, call, KITH_BUS_IFACE_CALL, "State");
  g_autofree gchar *direction = bus_get_text (&story.bus, call, KITH_BUS_IFACE_CALL, "Direction");
  g_autofree gchar *encryption = bus_get_text (&story.bus, call, KITH_BUS_IFACE_CALL, "Encryption");
  g_autofree gchar *peer = bus_get_text (&story.bus, call, KITH_BUS_IFACE_CALL, "PeerAddress");
  g_assert_cmpstr (state, ==, "incoming");
  g_assert_cmpstr (direction, ==, "incoming");
  g_assert_cmpstr (encryption, ==, "none");
  g_assert_nonnull (strstr (peer, "phone"));
  phone_hears (&story, "SIP/2.0 180 ");

  /* One that comes late hears of what rings already. */
  TestAgent *second = agent_new (&story, "second");
  g_autofree gchar *late = await_ring (&story, "second");
  g_assert_cmpstr (late, ==, call);
  g_assert_cmpuint (story.rung->len, ==, 2);

  bus_call_fails (&story.bus,
                  call,
                  KITH_BUS_IFACE_CALL,
                  "Reject",
                  g_variant_new ("(s)", "none"),
                  "InvalidArguments");
  g_autoptr (GVariant) reply = bus_call (&story.bus,
                                         call,
                                         KITH_BUS_IFACE_CALL,
                                         "Reject",
                                         g_variant_new ("(s)", "busy"),
                                         &error);
  g_assert_no_error (error);
  /* The reply came when the effect was reached: no waiting here. */
  g_autofree gchar *after = bus_get_text (&story.bus, call, KITH_BUS_IFACE_CALL, "State");
  g_autofree gchar *reason = bus_get_text (&story.bus, call, KITH_BUS_IFACE_CALL, "StateReason");
  g_assert_cmpstr (after, ==, "ended");
  g_assert_cmpstr (reason, ==, "busy");
  phone_hears (&story, "SIP/2.0 486 ");
  /* What changed together came in one PropertiesChanged, before the signal. */
  Wanted changes = { &story, "{ended,busy,at} incoming>ended:busy " };
  g_assert_true (bus_wait (5000, has_changed, &changes));
  bus_call_fails (&story.bus, call, KITH_BUS_IFACE_CALL, "Accept", NULL, "WrongState");

  g_subprocess_send_signal (story.bus.daemon, SIGTERM);
  g_assert_true (bus_wait (10000, two_released, &story));
  g_assert_cmpint (bus_wait_exit (story.bus.daemon), ==, 0);
  g_clear_object (&story.bus.daemon);
  agent_free (first);
  agent_free (second);
  story_down (&story);
}

static gboolean
counts_three (gpointer user_data)
{
  Story *story = user_data;
  g_autoptr (GVariant) calls
      = bus_get (&story->bus, KITH_BUS_CALL_PREFIX "2", KITH_BUS_IFACE_CALL, "Calls");

  return g_variant_get_uint32 (calls) == 3;
}

/* A stranger rings; others are busy, which is told as one call that is missed, and kept as one. */
static void
test_strangers (void)
{
  Story story;
  g_autoptr (GError) error = NULL;
  guint32 calls = 0;
  gboolean missed = FALSE;
  const char *source = NULL;

  story_up (&story);
  TestAgent *agent = agent_new (&story, "agent");
  phone_invites (&story, 1);
  g_autofree gchar *call = await_ring (&story, "agent");
  for (guint i = 2; i <= 4; i++) {
    phone_invites (&story, i);
  }
  phone_hears (&story, "SIP/2.0 486 ");
  g_assert_true (bus_wait (10000, counts_three, &story));
  g_autofree gchar *state
      = bus_get_text (&story.bus, KITH_BUS_CALL_PREFIX "2", KITH_BUS_IFACE_CALL, "State");
  g_assert_cmpstr (state, ==, "ended");
  g_assert_cmpuint (story.rung->len, ==, 1);
  g_autoptr (GVariant) reply = bus_call (&story.bus,
                                         KITH_BUS_ROOT,
                                         KITH_BUS_IFACE_MANAGER,
                                         "GetCallHistory",
                                         g_variant_new ("(u)", 10),
                                         &error);
  g_assert_no_error (error);
  g_autoptr (GVariant) rows = g_variant_get_child_value (reply, 0);
  g_assert_cmpuint (g_variant_n_children (rows), ==, 1);
  g_autoptr (GVariant) row = g_variant_get_child_value (rows, 0);
  g_assert_true (g_variant_lookup (row, "calls", "u", &calls));
  g_assert_true (g_variant_lookup (row, "missed", "b", &missed));
  g_assert_true (g_variant_lookup (row, "peer-source", "&s", &source));
  g_assert_cmpuint (calls, ==, 3);
  g_assert_true (missed);
  g_assert_cmpstr (source, ==, "127.0.0.1");
  agent_free (agent);
  story_down (&story);
}

/* Dials the phone, from a connection of its own. (transfer full): the call's path */
static gchar *
dial_as (Story *story, GDBusConnection *dialler, GVariant *options)
{
  g_autofree gchar *address = g_strdup_printf ("sip:phone@127.0.0.1:%u", story->phone_port);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_sync (dialler,
                                     KITH_BUS_NAME,
                                     KITH_BUS_ROOT,
                                     KITH_BUS_IFACE_MANAGER,
                                     "Dial",
                                     g_variant_new ("(s@a{sv})", address, options),
                                     NULL,
                                     G_DBUS_CALL_FLAGS_NONE,
                                     10000,
                                     NULL,
                                     &error);
  gchar *path = NULL;

  g_assert_no_error (error);
  g_variant_get (reply, "(o)", &path);
  return path;
}

static GVariant *
wish (GVariant *value)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "hangup-with-caller", value);
  return g_variant_dict_end (&dict);
}

/* A call that was dialled so ends when the one who dialled it leaves the bus, by whatever way;
   others go on. */
static void
test_hangup_with_caller (void)
{
  Story story;
  g_autoptr (GError) error = NULL;

  story_up (&story);
  bus_call_fails (&story.bus,
                  KITH_BUS_ROOT,
                  KITH_BUS_IFACE_MANAGER,
                  "Dial",
                  g_variant_new ("(s@a{sv})", "nobody", wish (g_variant_new_string ("yes"))),
                  "InvalidArguments");
  g_autoptr (GDBusConnection) dialler = g_dbus_connection_new_for_address_sync (
      story.bus.address,
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
          | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL,
      NULL,
      &error);
  g_assert_no_error (error);
  g_autofree gchar *tied = dial_as (&story, dialler, wish (g_variant_new_boolean (TRUE)));
  g_autofree gchar *free = dial_as (&story, dialler, wish (g_variant_new_boolean (FALSE)));
  phone_hears (&story, "INVITE sip:phone@");
  g_assert_true (g_dbus_connection_close_sync (dialler, NULL, &error));
  bus_wait_call_state (&story.bus, tied, "ended");
  g_autofree gchar *reason = bus_get_text (&story.bus, tied, KITH_BUS_IFACE_CALL, "StateReason");
  g_assert_cmpstr (reason, ==, "local");
  g_autofree gchar *state = bus_get_text (&story.bus, free, KITH_BUS_IFACE_CALL, "State");
  g_assert_cmpstr (state, ==, "dialing");
  story_down (&story);
}

static GVariant *
set_muted (Story *story, const char *call, GVariant *value, GError **error)
{
  return bus_call (&story->bus,
                   call,
                   "org.freedesktop.DBus.Properties",
                   "Set",
                   g_variant_new ("(ssv)", KITH_BUS_IFACE_CALL_MEDIA, "Muted", value),
                   error);
}

static void
test_accept_and_hang_up (void)
{
  Story story;
  g_autoptr (GError) error = NULL;

  story_up (&story);
  TestAgent *agent = agent_new (&story, "only");
  phone_invites (&story, 2);
  g_autofree gchar *call = await_ring (&story, "only");
  g_autoptr (GVariant) accepted
      = bus_call (&story.bus, call, KITH_BUS_IFACE_CALL, "Accept", NULL, &error);
  g_assert_no_error (error);
  g_autofree gchar *state = bus_get_text (&story.bus, call, KITH_BUS_IFACE_CALL, "State");
  g_assert_cmpstr (state, ==, "connecting"); /* the phone sends no audio */
  phone_hears (&story, "SIP/2.0 200 ");
  phone_hears (&story, "m=audio ");

  g_autoptr (GVariant) muted = set_muted (&story, call, g_variant_new_boolean (TRUE), &error);
  g_assert_no_error (error);
  g_autoptr (GVariant) value = bus_get (&story.bus, call, KITH_BUS_IFACE_CALL_MEDIA, "Muted");
  g_assert_true (g_variant_get_boolean (value));
  g_autoptr (GVariant) wrong = set_muted (&story, call, g_variant_new_string ("yes"), &error);
  g_assert_null (wrong);
  g_clear_error (&error);

  g_autoptr (GVariant) stats
      = bus_call (&story.bus, call, KITH_BUS_IFACE_CALL_MEDIA, "GetStatistics", NULL, &error);
  g_assert_no_error (error);
  g_autoptr (GVariant) dict = g_variant_get_child_value (stats, 0);
  g_autoptr (GVariant) mos = g_variant_lookup_value (dict, "mos", G_VARIANT_TYPE_DOUBLE);
  g_autoptr (GVariant) sent = g_variant_lookup_value (dict, "packets-sent", G_VARIANT_TYPE_UINT64);
  g_assert_nonnull (mos);
  g_assert_nonnull (sent);
  g_assert_cmpuint (g_variant_n_children (dict), ==, 24);
  g_autoptr (GVariant) gaps = g_variant_lookup_value (dict, "interruptions", G_VARIANT_TYPE_UINT32);
  g_autoptr (GVariant) longest
      = g_variant_lookup_value (dict, "longest-gap-ms", G_VARIANT_TYPE_UINT32);
  g_assert_nonnull (gaps);
  g_assert_nonnull (longest);
  g_autoptr (GVariant) away = bus_get (&story.bus, call, KITH_BUS_IFACE_CALL, "Reconnecting");
  g_autoptr (GVariant) after = bus_get (&story.bus, call, KITH_BUS_IFACE_CALL, "ReconnectedAfter");
  /* a phone has no link that could look for another path */
  g_assert_false (g_variant_get_boolean (away));
  g_assert_cmpuint (g_variant_get_uint32 (after), ==, 0);
  g_autofree gchar *via = bus_get_text (&story.bus, call, KITH_BUS_IFACE_CALL_MEDIA, "Via");
  g_assert_cmpstr (via, ==, "");

  bus_call_fails (&story.bus,
                  call,
                  KITH_BUS_IFACE_CALL,
                  "Hangup",
                  g_variant_new ("(s)", "remote"),
                  "InvalidArguments");
  g_autoptr (GVariant) gone = bus_call (&story.bus,
                                        call,
                                        KITH_BUS_IFACE_CALL,
                                        "Hangup",
                                        g_variant_new ("(s)", ""),
                                        &error);
  g_assert_no_error (error);
  g_autofree gchar *reason = bus_get_text (&story.bus, call, KITH_BUS_IFACE_CALL, "StateReason");
  g_assert_cmpstr (reason, ==, "local");
  g_autoptr (GVariant) late = set_muted (&story, call, g_variant_new_boolean (FALSE), &error);
  g_autofree gchar *name = g_dbus_error_get_remote_error (error);
  g_assert_cmpstr (name, ==, KITH_BUS_ERROR_PREFIX "WrongState");
  agent_free (agent);
  story_down (&story);
}

static gboolean
is_listed (Bus *bus, const char *path)
{
  g_autoptr (GVariant) objects = bus_get_objects (bus);
  g_autoptr (GVariant) object = g_variant_lookup_value (objects, path, NULL);

  return object != NULL;
}

typedef struct {
  Bus *bus;
  const char *path;
} Object;

static gboolean
is_gone (gpointer user_data)
{
  Object *object = user_data;

  return !is_listed (object->bus, object->path);
}

static void
test_ended_call_stays (void)
{
  Story story;

  story_up (&story);
  g_autofree gchar *call = bus_dial (&story.bus, "nobody");
  bus_wait_call_state (&story.bus, call, "ended");
  gint64 ended = g_get_monotonic_time ();
  Object object = { &story.bus, call };
  g_assert_false (bus_wait (28000, is_gone, &object));
  g_assert_true (bus_wait (6000, is_gone, &object));
  g_assert_cmpint (g_get_monotonic_time () - ended, >=, 29 * G_USEC_PER_SEC);
  story_down (&story);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bus/call/agents-and-reject", test_agents_and_reject);
  g_test_add_func ("/bus/call/accept-and-hang-up", test_accept_and_hang_up);
  g_test_add_func ("/bus/call/ended-call-stays", test_ended_call_stays);
  g_test_add_func ("/bus/call/strangers", test_strangers);
  g_test_add_func ("/bus/call/hangup-with-caller", test_hangup_with_caller);
  return g_test_run ();
}
