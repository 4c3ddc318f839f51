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
find (KithEarlyAgents *early, guint id)
{
  for (guint i = 0; i < early->agents->len; i++) {
    Agent *agent = early->agents->pdata[i];
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
  KithEarlyAgents *early = g_new0 (KithEarlyAgents, 1);

  early->hub = kith_path_hub_ref (hub);
  early->agents = g_ptr_array_new_with_free_func (agent_free);
  return early;
}

void
kith_early_agents_free (KithEarlyAgents *early)
{
  if (early == NULL) {
    return;
  }
  g_ptr_array_unref (early->agents);
  kith_path_hub_unref (early->hub);
  g_free (early);
}

guint
kith_early_agents_add (KithEarlyAgents *early)
{
  guint8 seed[KITH_SEED_LEN]; /* that nobody knows; the real one comes later */
  g_autoptr (GError) error = NULL;

  if (early->agents->len >= KITH_MAX_EARLY_AGENTS || !kith_random_bytes (seed, sizeof seed)) {
    return 0;
  }
  KithPath *path
      = kith_path_new_ice (early->hub, KITH_PATH_FIRST, KITH_ICE_CALLER, seed, FALSE, &error);
  if (path == NULL) {
    kith_debug ("link", "no agent could be prepared: %s", error->message);
    return 0;
  }
  Agent *agent = g_new0 (Agent, 1);
  agent->owner = early;
  agent->id = early->last_id = MAX (early->last_id + 1, 1);
  agent->path = path;
  agent->had_stun = early->hub->stun_host != NULL;
  kith_timer_init (&agent->deadline, early->hub->clock, on_deadline, agent);
  kith_timer_set_ms (&agent->deadline, early->hub->prepared_ms);
  g_ptr_array_add (early->agents, agent);
  return agent->id;
}

void
kith_early_agents_drop (KithEarlyAgents *early, guint id)
{
  (void)g_ptr_array_remove_fast (early->agents, find (early, id));
}

void
kith_early_agents_clear (KithEarlyAgents *early)
{
  g_ptr_array_set_size (early->agents, 0);
}

KithPath *
kith_early_agents_take (KithEarlyAgents *early, guint id)
{
  Agent *agent = find (early, id);
  KithPath *path = NULL;

  if (agent == NULL) {
    return NULL;
  }
  if (agent->had_stun || early->hub->stun_host == NULL) {
    path = g_steal_pointer (&agent->path);
  }
  (void)g_ptr_array_remove_fast (early->agents, agent);
  return path;
}

guint
kith_early_agents_count (KithEarlyAgents *early)
{
  return early->agents->len;
}
