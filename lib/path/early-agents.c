/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A few agents that wait for their seed, each for a bounded time. */
#include "path/early-agents.h"

#include "base/log.h"
#include "base/random.h"

typedef struct {
  KithEarlyAgents *owner;
  guint id;
  KithPath *path; /* (owned) */
  gboolean had_stun;
  KithTimer deadline;
} Agent;

struct _KithEarlyAgents {
  KithPathHub *hub;
  GPtrArray *agents; /* of Agent (owned) */
  guint last_id;
};

static void
agent_free (gpointer data)
{
  Agent *agent = data;

  kith_timer_finish (&agent->deadline);
  g_clear_pointer (&agent->path, kith_path_free);
  g_free (agent);
}

static Agent *
find (KithEarlyAgents *prepared, guint id)
{
  for (guint i = 0; i < prepared->agents->len; i++) {
    Agent *agent = prepared->agents->pdata[i];
    if (agent->id == id) {
      return agent;
    }
  }
  return NULL;
}

static void
on_deadline (gpointer user_data)
{
  Agent *agent = user_data;

  (void)g_ptr_array_remove_fast (agent->owner->agents, agent);
}

KithEarlyAgents *
kith_early_agents_new (KithPathHub *hub)
{
  KithEarlyAgents *prepared = g_new0 (KithEarlyAgents, 1);

  prepared->hub = kith_path_hub_ref (hub);
  prepared->agents = g_ptr_array_new_with_free_func (agent_free);
  return prepared;
}

void
kith_early_agents_free (KithEarlyAgents *prepared)
{
  if (prepared == NULL) {
    return;
  }
  g_ptr_array_unref (prepared->agents);
  kith_path_hub_unref (prepared->hub);
  g_free (prepared);
}

guint
kith_early_agents_add (KithEarlyAgents *prepared)
{
  guint8 seed[KITH_SEED_LEN]; /* that nobody knows; the real one comes later */
  g_autoptr (GError) error = NULL;

  if (prepared->agents->len >= KITH_MAX_EARLY_AGENTS || !kith_random_bytes (seed, sizeof seed)) {
    return 0;
  }
  KithPath *path
      = kith_path_new_ice (prepared->hub, KITH_PATH_FIRST, KITH_ICE_CALLER, seed, FALSE, &error);
  if (path == NULL) {
    kith_debug ("link", "no agent could be prepared: %s", error->message);
    return 0;
  }
  Agent *agent = g_new0 (Agent, 1);
  agent->owner = prepared;
  agent->id = prepared->last_id = MAX (prepared->last_id + 1, 1);
  agent->path = path;
  agent->had_stun = prepared->hub->stun_host != NULL;
  kith_timer_init (&agent->deadline, prepared->hub->clock, on_deadline, agent);
  kith_timer_set_ms (&agent->deadline, prepared->hub->prepared_ms);
  g_ptr_array_add (prepared->agents, agent);
  return agent->id;
}

void
kith_early_agents_drop (KithEarlyAgents *prepared, guint id)
{
  (void)g_ptr_array_remove_fast (prepared->agents, find (prepared, id));
}

void
kith_early_agents_clear (KithEarlyAgents *prepared)
{
  g_ptr_array_set_size (prepared->agents, 0);
}

KithPath *
kith_early_agents_take (KithEarlyAgents *prepared, guint id)
{
  Agent *agent = find (prepared, id);
  KithPath *path = NULL;

  if (agent == NULL) {
    return NULL;
  }
  if (agent->had_stun || prepared->hub->stun_host == NULL) {
    path = g_steal_pointer (&agent->path);
  }
  (void)g_ptr_array_remove_fast (prepared->agents, agent);
  return path;
}

guint
kith_early_agents_count (KithEarlyAgents *prepared)
{
  return prepared->agents->len;
}
