/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the servers that a test made up, and the gates at them. */
#include "fake-turn.h"

#include <string.h>

#include "base/error.h"

#define NOBODY G_MAXUINT

typedef struct {
  const char *label;
  KithTurnTransport transport;
  KithTurnState state;
  const char *why;
} Server;

struct _KithTurnGate {
  const KithTurnGateEvents *events;
  gpointer user_data;
};

struct _KithFakeTurn {
  GObject parent_instance;
  Server servers[KITH_TURN_MAX_SERVERS];
  guint n, used;
  guint losses, n_checks, n_doubts, n_stops, n_opened;
  GPtrArray *gates; /* of KithTurnGate (owned), the youngest last */
};

static void fake_turn_iface_init (KithTurnInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithFakeTurn,
                               kith_fake_turn,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_TURN, fake_turn_iface_init))

/* The index of the best server that works beside @except, or NOBODY. */
static guint
find_best (KithFakeTurn *self, guint except)
{
  guint best = NOBODY;

  for (guint i = 0; i < self->n; i++) {
    if (i != except && self->servers[i].state == KITH_TURN_WORKS
        && (best == NOBODY || self->servers[i].transport < self->servers[best].transport)) {
      best = i;
    }
  }
  return best;
}

static gboolean
fill_relay (KithFakeTurn *self, guint index, KithTurnRelay *relay)
{
  if (index == NOBODY) {
    return FALSE;
  }
  *relay = (KithTurnRelay){
    .address = { .family = 4, .ip = { 192, 0, 2, (guint8)(1 + index) }, .port = KITH_TURN_PORT },
    .tcp = self->servers[index].transport != KITH_TURN_UDP,
    .user = "user",
    .password = "password",
  };
  return TRUE;
}

static void
fake_check (KithTurn *turn)
{
  KITH_FAKE_TURN (turn)->n_checks++;
}

static void
fake_suspect (KithTurn *turn)
{
  KITH_FAKE_TURN (turn)->n_doubts++;
}

static void
fake_stop (KithTurn *turn)
{
  KITH_FAKE_TURN (turn)->n_stops++;
  KITH_FAKE_TURN (turn)->used = NOBODY;
}

static gboolean
fake_get_relay (KithTurn *turn, KithTurnRelay *relay)
{
  return fill_relay (KITH_FAKE_TURN (turn), KITH_FAKE_TURN (turn)->used, relay);
}

static gboolean
fake_get_second (KithTurn *turn, KithTurnRelay *relay)
{
  KithFakeTurn *self = KITH_FAKE_TURN (turn);

  return self->used != NOBODY && fill_relay (self, find_best (self, self->used), relay);
}

static guint
fake_get_losses (KithTurn *turn)
{
  return KITH_FAKE_TURN (turn)->losses;
}

static gboolean
fake_is_udp_open (KithTurn *turn)
{
  KithFakeTurn *self = KITH_FAKE_TURN (turn);
  guint best = find_best (self, NOBODY);

  return best != NOBODY && self->servers[best].transport == KITH_TURN_UDP;
}

static guint
fake_get_n (KithTurn *turn)
{
  return KITH_FAKE_TURN (turn)->n;
}

static void
fake_get_facts (KithTurn *turn, guint index, KithTurnFacts *facts)
{
  const Server *server = &KITH_FAKE_TURN (turn)->servers[index];

  *facts = (KithTurnFacts){ .label = server->label,
                            .transport = server->transport,
                            .state = server->state,
                            .is_used = KITH_FAKE_TURN (turn)->used == index,
                            .why = server->state == KITH_TURN_FAILED ? server->why : NULL };
}

static KithTurnGate *
fake_open_gate (KithTurn *turn,
                const KithTurnGateEvents *events,
                gpointer user_data,
                GError **error)
{
  KithFakeTurn *self = KITH_FAKE_TURN (turn);
  gboolean has = FALSE;

  for (guint i = 0; i < self->n; i++) {
    has = has
          || (self->servers[i].transport != KITH_TURN_UDP
              && self->servers[i].state != KITH_TURN_FAILED);
  }
  if (!has) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_NOT_FOUND, "there is no such server");
    return NULL;
  }
  KithTurnGate *gate = g_new0 (KithTurnGate, 1);
  gate->events = events;
  gate->user_data = user_data;
  self->n_opened++;
  g_ptr_array_add (self->gates, gate);
  return gate;
}

static void
fake_close_gate (KithTurn *turn, KithTurnGate *gate)
{
  g_assert_true (g_ptr_array_remove (KITH_FAKE_TURN (turn)->gates, gate));
}

static void
fake_turn_iface_init (KithTurnInterface *iface)
{
  iface->check = fake_check;
  iface->suspect = fake_suspect;
  iface->stop = fake_stop;
  iface->get_relay = fake_get_relay;
  iface->get_second = fake_get_second;
  iface->get_losses = fake_get_losses;
  iface->is_udp_open = fake_is_udp_open;
  iface->get_n = fake_get_n;
  iface->get_facts = fake_get_facts;
  iface->open_gate = fake_open_gate;
  iface->close_gate = fake_close_gate;
}

static void
kith_fake_turn_finalize (GObject *object)
{
  g_ptr_array_unref (KITH_FAKE_TURN (object)->gates);
  G_OBJECT_CLASS (kith_fake_turn_parent_class)->finalize (object);
}

static void
kith_fake_turn_class_init (KithFakeTurnClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_fake_turn_finalize;
}

static void
kith_fake_turn_init (KithFakeTurn *self)
{
  self->used = NOBODY;
  self->gates = g_ptr_array_new_with_free_func (g_free);
}

KithTurn *
kith_fake_turn_new (void)
{
  return g_object_new (KITH_TYPE_FAKE_TURN, NULL);
}

guint
kith_fake_turn_add (KithFakeTurn *turn, const char *label, KithTurnTransport transport)
{
  g_assert_cmpuint (turn->n, <, KITH_TURN_MAX_SERVERS);
  turn->servers[turn->n] = (Server){ .label = label, .transport = transport };
  return turn->n++;
}

void
kith_fake_turn_set_state (KithFakeTurn *turn, guint index, KithTurnState state, const char *why)
{
  guint used = turn->used;

  g_assert_cmpuint (index, <, turn->n);
  turn->servers[index].state = state;
  turn->servers[index].why = why;
  turn->used = find_best (turn, NOBODY);
  if (turn->used != used && turn->used != NOBODY) {
    g_signal_emit_by_name (turn, "changed");
  }
}

void
kith_fake_turn_lose (KithFakeTurn *turn)
{
  turn->losses++;
  g_signal_emit_by_name (turn, "changed");
}

guint
kith_fake_turn_count_checks (KithFakeTurn *turn)
{
  return turn->n_checks;
}

guint
kith_fake_turn_count_doubts (KithFakeTurn *turn)
{
  return turn->n_doubts;
}

guint
kith_fake_turn_count_stops (KithFakeTurn *turn)
{
  return turn->n_stops;
}

guint
kith_fake_turn_count_opened (KithFakeTurn *turn)
{
  return turn->n_opened;
}

guint
kith_fake_turn_count_gates (KithFakeTurn *turn)
{
  return turn->gates->len;
}

gboolean
kith_fake_turn_gate_ready (KithFakeTurn *turn, guint16 port)
{
  static const guint8 token[KITH_TURN_TOKEN_LEN] = { 1, 2, 3 };

  if (turn->gates->len == 0) {
    return FALSE;
  }
  const KithTurnGate *gate = turn->gates->pdata[turn->gates->len - 1];
  gate->events->ready (port, token, gate->user_data);
  return TRUE;
}

gboolean
kith_fake_turn_gate_fail (KithFakeTurn *turn, const char *why)
{
  if (turn->gates->len == 0) {
    return FALSE;
  }
  const KithTurnGate *gate = turn->gates->pdata[turn->gates->len - 1];
  gate->events->failed (why, gate->user_data);
  return TRUE;
}
