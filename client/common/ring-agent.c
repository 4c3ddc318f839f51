/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The client's side of org.kith.Kith1.Agent. */
#include "common/ring-agent.h"

#include "base/error.h"
#include "bus/names.h"

#define AGENT_PATH "/org/kith/Kith1/client/agent"

struct _KithRingAgent {
  KithDaemonView *view;
  KithBusAgent *skeleton;
  gboolean is_registered;
  KithRingFunc func;
  gpointer user_data;
};

/* Only the daemon itself may ring. */
static gboolean
is_from_daemon (KithRingAgent *agent, GDBusMethodInvocation *invocation)
{
  GDBusObjectManagerClient *objects
      = G_DBUS_OBJECT_MANAGER_CLIENT (kith_daemon_view_get_objects (agent->view));
  g_autofree gchar *owner = g_dbus_object_manager_client_get_name_owner (objects);

  if (g_strcmp0 (owner, g_dbus_method_invocation_get_sender (invocation)) == 0) {
    return TRUE;
  }
  g_dbus_method_invocation_return_error_literal (invocation,
                                                 KITH_ERROR,
                                                 KITH_ERROR_NOT_AUTHORIZED,
                                                 "only kithd may call this agent");
  return FALSE;
}

static gboolean
on_incoming_call (KithBusAgent *skeleton,
                  GDBusMethodInvocation *invocation,
                  const gchar *path,
                  gpointer user_data)
{
  KithRingAgent *agent = user_data;

  if (!is_from_daemon (agent, invocation)) {
    return TRUE;
  }
  kith_bus_agent_complete_incoming_call (skeleton, invocation);
  agent->func (path, agent->user_data);
  return TRUE;
}

static gboolean
on_release (KithBusAgent *skeleton, GDBusMethodInvocation *invocation, gpointer user_data)
{
  KithRingAgent *agent = user_data;

  if (!is_from_daemon (agent, invocation)) {
    return TRUE;
  }
  agent->is_registered = FALSE;
  kith_bus_agent_complete_release (skeleton, invocation);
  return TRUE;
}

KithRingAgent *
kith_ring_agent_new (KithDaemonView *view, KithRingFunc func, gpointer user_data, GError **error)
{
  const gchar *roles[] = { KITH_BUS_ROLE_RING, NULL };
  g_autoptr (KithRingAgent) agent = g_new0 (KithRingAgent, 1);
  g_autoptr (GVariant) reply = NULL;

  agent->view = view;
  agent->func = func;
  agent->user_data = user_data;
  agent->skeleton = kith_bus_agent_skeleton_new ();
  g_signal_connect (agent->skeleton, "handle-incoming-call", G_CALLBACK (on_incoming_call), agent);
  g_signal_connect (agent->skeleton, "handle-release", G_CALLBACK (on_release), agent);
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (agent->skeleton),
                                         kith_daemon_view_get_connection (view),
                                         AGENT_PATH,
                                         error)) {
    return NULL;
  }
  agent->is_registered = TRUE;
  reply = kith_daemon_view_invoke (view,
                                   kith_daemon_view_get_manager (view),
                                   "RegisterAgent",
                                   g_variant_new ("(o^as)", AGENT_PATH, roles),
                                   -1,
                                   error);
  if (reply == NULL) {
    agent->is_registered = FALSE;
    return NULL;
  }
  return g_steal_pointer (&agent);
}

void
kith_ring_agent_free (KithRingAgent *agent)
{
  if (agent == NULL) {
    return;
  }
  if (agent->is_registered && !kith_daemon_view_is_gone (agent->view)) {
    g_autoptr (GVariant) reply
        = kith_daemon_view_invoke (agent->view,
                                   kith_daemon_view_get_manager (agent->view),
                                   "UnregisterAgent",
                                   g_variant_new ("(o)", AGENT_PATH),
                                   -1,
                                   NULL);
  }
  g_signal_handlers_disconnect_by_data (agent->skeleton, agent);
  if (g_dbus_interface_skeleton_get_connection (G_DBUS_INTERFACE_SKELETON (agent->skeleton))
      != NULL) {
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (agent->skeleton));
  }
  g_object_unref (agent->skeleton);
  g_free (agent);
}
