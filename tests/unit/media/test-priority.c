/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Threads of audio and the loop get their priority from limits or from rtkit, give it back, and do
   without when there is neither. */
#include <gio/gio.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "media/priority.h"

/* Each case runs in a process of its own: what is allowed is found out once. */

typedef struct {
  gint policy; /* of a thread of the pipeline while it ran */
  gint tid;
  gint seen;
} Probe;

static GstPadProbeReturn
on_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Probe *probe = user_data;

  probe->tid = (gint)syscall (SYS_gettid);
  g_atomic_int_set (&probe->policy, sched_getscheduler (0));
  g_atomic_int_inc (&probe->seen);
  return GST_PAD_PROBE_OK;
}

static void
turn (gint *value, gint least)
{
  gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  while (g_atomic_int_get (value) < least && g_get_monotonic_time () < end) {
    if (!g_main_context_iteration (NULL, FALSE)) {
      g_usleep (1000);
    }
  }
  g_assert_cmpint (g_atomic_int_get (value), >=, least);
}

/* Runs a pipeline as a call does, and says how its thread was scheduled. */
static void
run_sound (Probe *probe)
{
  GstElement *pipeline = gst_parse_launch ("audiotestsrc is-live=true ! fakesink name=end", NULL);
  g_autoptr (GstElement) end = gst_bin_get_by_name (GST_BIN (pipeline), "end");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (end, "sink");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer, probe, NULL);
  kith_priority_watch (bus);
  kith_priority_begin ();
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  turn (&probe->seen, 3);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

static int
own_nice (void)
{
  return getpriority (PRIO_PROCESS, (id_t)syscall (SYS_gettid));
}

static void
as_any_other (void)
{
  const struct sched_param none = { 0 };

  (void)sched_setscheduler (0, SCHED_OTHER, &none);
  (void)setpriority (PRIO_PROCESS, 0, 0);
}

/* What root may do ends here, and the limits are nought. */
static void
lose_rights (void)
{
  const struct rlimit none = { 0, 0 };

  as_any_other ();
  g_assert_cmpint (setrlimit (RLIMIT_RTPRIO, &none), ==, 0);
  g_assert_cmpint (setrlimit (RLIMIT_NICE, &none), ==, 0);
  if (geteuid () == 0) {
    g_assert_cmpint (setresuid (65534, 65534, 65534), ==, 0);
  }
}

static void
test_limits (void)
{
  Probe probe = { 0 };
  struct rlimit limit = { 0 };

  if (!g_test_subprocess ()) {
    if (geteuid () != 0) {
      g_test_skip ("without root, nobody can say what the limits are");
      return;
    }
    g_test_trap_subprocess (NULL, 20 * G_USEC_PER_SEC, 0);
    g_test_trap_assert_passed ();
    return;
  }
  as_any_other ();
  kith_priority_find ();
  g_assert_cmpint (kith_priority_get (), ==, KITH_PRIORITY_LIMITS);
  g_assert_cmpint (sched_getscheduler (0) & ~SCHED_RESET_ON_FORK, ==, SCHED_OTHER);
  g_assert_cmpint (getrlimit (RLIMIT_RTTIME, &limit), ==, 0);
  g_assert_cmpuint (limit.rlim_max, ==, KITH_PRIORITY_RUN_US);
  g_assert_cmpint (own_nice (), ==, 0);
  run_sound (&probe);
  g_assert_cmpint (probe.policy, ==, SCHED_RR | SCHED_RESET_ON_FORK);
  g_assert_cmpint (own_nice (), ==, KITH_PRIORITY_NICE);
  kith_priority_begin (); /* a second call */
  kith_priority_end ();
  g_assert_cmpint (own_nice (), ==, KITH_PRIORITY_NICE);
  kith_priority_end ();
  g_assert_cmpint (own_nice (), ==, 0);
}

/* A thread that never pauses is lowered by the kernel's signal, and nothing ends. */
static GstPadProbeReturn
on_endless (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  gint *lowered = user_data;
  gint64 end = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;

  while ((sched_getscheduler (0) & ~SCHED_RESET_ON_FORK) != SCHED_OTHER
         && g_get_monotonic_time () < end) {
  }
  g_atomic_int_set (lowered, (sched_getscheduler (0) & ~SCHED_RESET_ON_FORK) == SCHED_OTHER);
  return GST_PAD_PROBE_REMOVE;
}

static void
test_run_away (void)
{
  gint lowered = 0;

  if (!g_test_subprocess ()) {
    if (geteuid () != 0) {
      g_test_skip ("without root, nobody can say what the limits are");
      return;
    }
    g_test_trap_subprocess (NULL, 20 * G_USEC_PER_SEC, 0);
    g_test_trap_assert_passed ();
    return;
  }
  as_any_other ();
  kith_priority_find ();
  GstElement *pipeline = gst_parse_launch ("audiotestsrc is-live=true ! fakesink name=end", NULL);
  g_autoptr (GstElement) end = gst_bin_get_by_name (GST_BIN (pipeline), "end");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (end, "sink");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_endless, &lowered, NULL);
  kith_priority_watch (bus);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  turn (&lowered, 1);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

/* rtkit, played by this process on a bus of its own. */

typedef struct {
  GString *asked;
  gint n;
} Giver;

static void
on_method (GDBusConnection *bus,
           const char *sender,
           const char *path,
           const char *interface,
           const char *method,
           GVariant *arguments,
           GDBusMethodInvocation *invocation,
           gpointer user_data)
{
  Giver *giver = user_data;
  g_autofree gchar *text = g_variant_print (arguments, FALSE);

  g_string_append_printf (giver->asked, "%s%s ", method, text);
  giver->n++;
  g_dbus_method_invocation_return_value (invocation, NULL);
}

static GVariant *
on_get (GDBusConnection *bus,
        const char *sender,
        const char *path,
        const char *interface,
        const char *name,
        GError **error,
        gpointer user_data)
{
  return g_variant_new_int32 (20);
}

static const char interface_xml[]
    = "<node><interface name='org.freedesktop.RealtimeKit1'>"
      "<method name='MakeThreadRealtime'><arg type='t' direction='in'/><arg type='u' "
      "direction='in'/></method>"
      "<method name='MakeThreadHighPriority'><arg type='t' direction='in'/><arg type='i' "
      "direction='in'/></method>"
      "<property name='MaxRealtimePriority' type='i' access='read'/></interface></node>";

static void
on_owned (GDBusConnection *bus, const char *name, gpointer user_data)
{
  *(gint *)user_data = 1;
}

static void
test_rtkit (void)
{
  static const GDBusInterfaceVTable table = { on_method, on_get, NULL, { 0 } };
  Giver giver = { NULL, 0 };
  Probe probe = { 0 };
  gint owned = 0, known = 0;

  if (!g_test_subprocess ()) {
    g_autoptr (GTestDBus) test_bus = g_test_dbus_new (G_TEST_DBUS_NONE);
    g_test_dbus_up (test_bus);
    g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", g_test_dbus_get_bus_address (test_bus), TRUE);
    g_test_trap_subprocess (NULL, 20 * G_USEC_PER_SEC, 0);
    g_test_trap_assert_passed ();
    g_test_dbus_down (test_bus);
    return;
  }
  giver.asked = g_string_new (NULL);
  g_autoptr (GDBusConnection) bus = g_dbus_connection_new_for_address_sync (
      g_getenv ("DBUS_SYSTEM_BUS_ADDRESS"),
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
          | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL,
      NULL,
      NULL);
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (interface_xml, NULL);
  g_dbus_connection_register_object (bus,
                                     "/org/freedesktop/RealtimeKit1",
                                     node->interfaces[0],
                                     &table,
                                     &giver,
                                     NULL,
                                     NULL);
  g_bus_own_name_on_connection (bus,
                                "org.freedesktop.RealtimeKit1",
                                G_BUS_NAME_OWNER_FLAGS_NONE,
                                on_owned,
                                NULL,
                                &owned,
                                NULL);
  turn (&owned, 1);
  g_autoptr (GDBusConnection) ours = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, NULL);
  g_assert_nonnull (ours); /* the same that will be used: it is connected before the rights go */
  lose_rights ();
  kith_priority_find ();
  for (guint i = 0; i < 5000 && kith_priority_get () == KITH_PRIORITY_UNKNOWN; i++) {
    if (!g_main_context_iteration (NULL, FALSE)) {
      g_usleep (1000);
    }
  }
  g_assert_cmpint (kith_priority_get (), ==, KITH_PRIORITY_RTKIT);
  run_sound (&probe);
  known = giver.n;
  turn (&giver.n, MAX (known, 2));
  g_autofree gchar *loop
      = g_strdup_printf ("MakeThreadHighPriority(%d, -11)", (gint)syscall (SYS_gettid));
  g_autofree gchar *thread = g_strdup_printf ("MakeThreadRealtime(%d, 10)", probe.tid);
  g_assert_nonnull (strstr (giver.asked->str, loop));
  g_assert_nonnull (strstr (giver.asked->str, thread));
  kith_priority_end ();
  g_string_free (giver.asked, TRUE);
}

static void
test_neither (void)
{
  Probe probe = { 0 };

  if (!g_test_subprocess ()) {
    g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/dev/null/no-bus", TRUE);
    g_test_trap_subprocess (NULL, 20 * G_USEC_PER_SEC, 0);
    g_test_trap_assert_passed ();
    return;
  }
  lose_rights ();
  kith_priority_find ();
  run_sound (&probe); /* the answer of the bus that is not there comes meanwhile */
  for (guint i = 0; i < 5000 && kith_priority_get () == KITH_PRIORITY_UNKNOWN; i++) {
    if (!g_main_context_iteration (NULL, FALSE)) {
      g_usleep (1000);
    }
  }
  g_assert_cmpint (kith_priority_get (), ==, KITH_PRIORITY_NONE);
  g_assert_cmpint (probe.policy & ~SCHED_RESET_ON_FORK, ==, SCHED_OTHER);
  g_assert_cmpint (own_nice (), ==, 0);
  kith_priority_end ();
}

int
main (int argc, char **argv)
{
  as_any_other (); /* first of all: GLib remembers how it found this thread */
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add_func ("/media-priority/limits", test_limits);
  g_test_add_func ("/media-priority/run-away", test_run_away);
  g_test_add_func ("/media-priority/rtkit", test_rtkit);
  g_test_add_func ("/media-priority/neither", test_neither);
  return g_test_run ();
}
