/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bounded list of agents, each watched for its departure. */
#include "agents.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "bus/names.h"

#define REPLY_TIMEOUT_MS 5000

typedef struct {
  KithdAgents *agents; /* back pointer */
  gchar *sender;
  gchar *path;
  guint watch;
} Agent;

struct _KithdAgents {
  GDBusConnection *connection;
  GPtrArray *list; /* of Agent */
};

static void
agent_free (gpointer data)
{
  Agent *agent = data;

  g_bus_unwatch_name (agent->watch);
  g_free (agent->sender);
  g_free (agent->path);
  g_free (agent);
}

KithdAgents *
kithd_agents_new (GDBusConnection *connection)
{
  KithdAgents *agents = g_new0 (KithdAgents, 1);

  agents->connection = g_object_ref (connection);
  agents->list = g_ptr_array_new_with_free_func (agent_free);
  return agents;
}

void
kithd_agents_free (KithdAgents *agents)
{
  g_ptr_array_unref (agents->list);
  g_object_unref (agents->connection);
  g_free (agents);
}

static Agent *
find (KithdAgents *agents, const char *sender, const char *path)
{
  for (guint i = 0; i < agents->list->len; i++) {
    Agent *agent = g_ptr_array_index (agents->list, i);
    if (strcmp (agent->sender, sender) == 0 && strcmp (agent->path, path) == 0) {
      return agent;
    }
  }
  return NULL;
}

static gboolean
roles_are_known (const char *const *roles, GError **error)
{
  for (guint i = 0; roles[i] != NULL; i++) {
    if (strcmp (roles[i], KITH_BUS_ROLE_RING) != 0) {
      g_set_error_literal (error,
                           KITH_ERROR,
                           KITH_ERROR_INVALID_ARGUMENTS,
                           "The only role of an agent is “" KITH_BUS_ROLE_RING "”");
      return FALSE;
    }
  }
  return TRUE;
}

static void
on_agent_vanished (GDBusConnection *connection, const gchar *name, gpointer user_data)
{
  Agent *agent = user_data;

  kith_debug ("bus", "the agent %s%s has left", agent->sender, agent->path);
  g_ptr_array_remove (agent->agents->list, agent);
}

static void
on_agent_replied (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply == NULL) {
    kith_info ("bus", "an agent failed: %s", error->message);
  }
}

static void
call_agent (KithdAgents *agents, const Agent *agent, const char *method, GVariant *parameters)
{
  g_dbus_connection_call (agents->connection,
                          agent->sender,
                          agent->path,
                          KITH_BUS_IFACE_AGENT,
                          method,
                          parameters,
                          NULL,
                          G_DBUS_CALL_FLAGS_NO_AUTO_START,
                          REPLY_TIMEOUT_MS,
                          NULL,
                          on_agent_replied,
                          NULL);
}

gboolean
kithd_agents_add (KithdAgents *agents,
                  const char *sender,
                  const char *path,
                  const char *const *roles,
                  GError **error)
{
  if (!roles_are_known (roles, error)) {
    return FALSE;
  }
  if (strlen (path) > KITH_BUS_MAX_TEXT) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "The path is longer than %d bytes",
                 KITH_BUS_MAX_TEXT);
    return FALSE;
  }
  if (find (agents, sender, path) != NULL) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_EXISTS, "This agent is registered already");
    return FALSE;
  }
  if (agents->list->len >= KITH_BUS_MAX_AGENTS) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_LIMIT_REACHED,
                 "There are %d agents: end one of them first",
                 KITH_BUS_MAX_AGENTS);
    return FALSE;
  }
  Agent *agent = g_new0 (Agent, 1);
  agent->agents = agents;
  agent->sender = g_strdup (sender);
  agent->path = g_strdup (path);
  g_ptr_array_add (agents->list, agent);
  agent->watch = g_bus_watch_name_on_connection (agents->connection,
                                                 sender,
                                                 G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                 NULL,
                                                 on_agent_vanished,
                                                 agent,
                                                 NULL);
  return TRUE;
}

gboolean
kithd_agents_remove (KithdAgents *agents, const char *sender, const char *path, GError **error)
{
  Agent *agent = find (agents, sender, path);

  if (agent == NULL) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_NOT_FOUND,
                         "You have registered no such agent");
    return FALSE;
  }
  g_ptr_array_remove (agents->list, agent);
  return TRUE;
}

void
kithd_agents_tell (KithdAgents *agents, const char *sender, const char *path, const char *call_path)
{
  for (guint i = 0; i < agents->list->len; i++) {
    const Agent *agent = g_ptr_array_index (agents->list, i);
    if (sender == NULL
        || (strcmp (agent->sender, sender) == 0 && g_strcmp0 (agent->path, path) == 0)) {
      call_agent (agents, agent, "IncomingCall", g_variant_new ("(o)", call_path));
    }
  }
}

void
kithd_agents_release (KithdAgents *agents)
{
  for (guint i = 0; i < agents->list->len; i++) {
    call_agent (agents, g_ptr_array_index (agents->list, i), "Release", NULL);
  }
  g_ptr_array_set_size (agents->list, 0);
}
