/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells an agent of the TURN server in use, and looks whether it still has a relayed address. */
#include "path/ice-relays.h"

#include "base/clock.h"
#include "base/log.h"
#include "path/ice-candidate.h"

#define MAX_RELAYS 8    /* times that one agent is told of a TURN server; libnice takes no more */
#define RELAY_LOOK_S 15 /* between two looks whether it still has a relayed address */

struct _KithIceRelays {
  NiceAgent *agent; /* (not owned) */
  guint stream;
  KithTurn *turn;
  KithIceRelaysFunc changed;
  gpointer user_data;
  guint n_relays;     /* TURN servers that the agent was told of */
  gboolean is_asking; /* … and it has not answered yet */
  guint relay_timer;
};

static gboolean
has_relayed (KithIceRelays *relays)
{
  GSList *list
      = nice_agent_get_local_candidates (relays->agent, relays->stream, KITH_ICE_COMPONENT);
  gboolean found = FALSE;

  for (GSList *one = list; one != NULL; one = one->next) {
    found = found || ((NiceCandidate *)one->data)->type == NICE_CANDIDATE_TYPE_RELAYED;
  }
  g_slist_free_full (list, (GDestroyNotify)nice_candidate_free);
  return found;
}

/* A server that gave no address, or with which the connection broke, is asked about; add_relay()
   follows when one works. */
static void
look_at_relay (KithIceRelays *relays)
{
  if (relays->n_relays > 0 && !relays->is_asking && !has_relayed (relays)) {
    relays->changed (relays->user_data); /* one candidate less */
    kith_turn_suspect (relays->turn);
  }
}

static gboolean
on_relay_time (gpointer user_data)
{
  look_at_relay (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
tell_relay (KithIceRelays *relays, const KithTurnRelay *relay)
{
  NiceAddress address;
  gchar host[NICE_ADDRESS_STRING_LEN];

  if (!kith_ice_to_nice (&relay->address, &address)) {
    return FALSE;
  }
  nice_address_to_string (&address, host);
  return nice_agent_set_relay_info (relays->agent,
                                    relays->stream,
                                    KITH_ICE_COMPONENT,
                                    host,
                                    relay->address.port,
                                    relay->user,
                                    relay->password,
                                    relay->tcp ? NICE_RELAY_TYPE_TURN_TCP
                                               : NICE_RELAY_TYPE_TURN_UDP);
}

/* Tells the agent of the TURN server in use; it may be gathering already. Another one only when it
   has no address of the last. */
static void
add_relay (gpointer user_data)
{
  KithIceRelays *relays = user_data;
  KithTurnRelay relay;

  if (relays->is_asking || relays->n_relays >= MAX_RELAYS
      || (relays->n_relays > 0 && has_relayed (relays))
      || !kith_turn_get_relay (relays->turn, &relay) || !tell_relay (relays, &relay)) {
    return;
  }
  if (relays->n_relays++ > 0) {
    kith_debug ("turn", "a relayed address is asked for again");
  }
  relays->is_asking = TRUE;
  if (relays->relay_timer == 0) {
    relays->relay_timer
        = kith_clock_add (kith_clock_get_default (), RELAY_LOOK_S * 1000, on_relay_time, relays);
  }
}

/* The one in use may be what is gone. */
static void
add_second (KithIceRelays *relays)
{
  KithTurnRelay relay;

  if (relays->n_relays == 1 && kith_turn_get_second (relays->turn, &relay)
      && tell_relay (relays, &relay)) {
    relays->n_relays++;
  }
}

KithIceRelays *
kith_ice_relays_new (NiceAgent *agent,
                     guint stream,
                     KithTurn *turn,
                     gboolean two,
                     KithIceRelaysFunc changed,
                     gpointer user_data)
{
  KithIceRelays *relays = g_new0 (KithIceRelays, 1);

  relays->agent = agent;
  relays->stream = stream;
  relays->turn = g_object_ref (turn);
  relays->changed = changed;
  relays->user_data = user_data;
  g_signal_connect_swapped (turn, "changed", G_CALLBACK (add_relay), relays);
  add_relay (relays);
  if (two) {
    add_second (relays);
  }
  return relays;
}

void
kith_ice_relays_gathered (KithIceRelays *relays)
{
  if (relays->is_asking) {
    relays->is_asking = FALSE;
    look_at_relay (relays);
  }
}

gboolean
kith_ice_relays_has_asked (KithIceRelays *relays)
{
  return relays->n_relays > 0;
}

void
kith_ice_relays_free (KithIceRelays *relays)
{
  kith_clock_cancel (kith_clock_get_default (), &relays->relay_timer);
  g_signal_handlers_disconnect_by_data (relays->turn, relays);
  g_object_unref (relays->turn);
  g_free (relays);
}
