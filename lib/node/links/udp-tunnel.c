/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decides when the tunnel is needed, makes it, and makes it anew when it breaks. */
#include "node/links/udp-tunnel.h"

#include "base/error.h"
#include "base/log.h"
#include "net/local-addresses.h"

#define LOG "tunnel"
#define SILENT_MS 2000   /* the locator knows whom to ask, and nobody answers */
#define ASK_MS 1000      /* between two looks while the locator is not online */
#define USELESS_MS 30000 /* nobody answers through the tunnel either */
/* the locator counts as online for 30 s after the last answer: a tunnel that broke is made anew
   without waiting for that */
#define REMEMBER_MS 35000
#define PAUSE_MS 2000 /* after a failure; doubled … */
#define PAUSE_MAX_MS 300000

/* One of two places for a gate, so that a new one can be made while the old one still serves. */
typedef struct {
  KithUdpTunnel *tunnel; /* (unowned) */
  KithTurnGate *gate;    /* NULL: free */
} Slot;

struct _KithUdpTunnel {
  KithClock *clock;
  KithTurn *turn;
  KithLocator *locator; /* (owned) */
  KithNat *nat;         /* (nullable, owned) */
  KithTunnelMode mode;
  Slot slots[2];
  Slot *used;              /* whose gate the locator uses, or NULL */
  gboolean was_told;       /* that UDP is blocked and nothing can be done */
  gboolean nat_is_past;    /* a node answered directly since the NAT was judged */
  gint64 offline_us;       /* since when the locator is not online, 0: it is */
  gint64 on_us;            /* since when the tunnel is on */
  gint64 not_before_us;    /* of the next attempt */
  gint64 blocked_until_us; /* the tunnel broke: UDP counts as blocked until then */
  guint pause_ms;
  guint timer;
  KithAddressWatch *watch;
  void (*changed) (gpointer user_data); /* NULL: nobody asks */
  gpointer changed_data;
};

static void look (KithUdpTunnel *tunnel);

static void
close_gate (Slot *slot)
{
  if (slot->gate != NULL) {
    kith_turn_close_gate (slot->tunnel->turn, g_steal_pointer (&slot->gate));
  }
}

/* The one way in which the locator gets another way for its datagrams; @port 0: directly. */
static void
lead (KithUdpTunnel *tunnel, guint16 port, const guint8 *token)
{
  (void)kith_locator_set_tunnel (tunnel->locator, port, token);
  if (tunnel->changed != NULL) {
    tunnel->changed (tunnel->changed_data);
  }
}

static gboolean
on_time (gpointer user_data)
{
  KithUdpTunnel *tunnel = user_data;

  tunnel->timer = 0;
  look (tunnel);
  return G_SOURCE_REMOVE;
}

static void
look_later (KithUdpTunnel *tunnel, guint ms)
{
  kith_clock_cancel (tunnel->clock, &tunnel->timer);
  tunnel->timer = kith_clock_add (tunnel->clock, ms, on_time, tunnel);
}

static void
stop_using (KithUdpTunnel *tunnel, const char *why)
{
  if (tunnel->used != NULL) {
    tunnel->used = NULL;
    tunnel->offline_us = 0;
    lead (tunnel, 0, NULL);
    kith_info (LOG, "the tunnel is closed: %s", why);
  }
}

static void
drop (KithUdpTunnel *tunnel, const char *why)
{
  stop_using (tunnel, why);
  for (guint i = 0; i < G_N_ELEMENTS (tunnel->slots); i++) {
    close_gate (&tunnel->slots[i]);
  }
}

static gboolean
is_being_made (KithUdpTunnel *tunnel)
{
  for (guint i = 0; i < G_N_ELEMENTS (tunnel->slots); i++) {
    if (tunnel->slots[i].gate != NULL && tunnel->used != &tunnel->slots[i]) {
      return TRUE;
    }
  }
  return FALSE;
}

static void
pause_after_failure (KithUdpTunnel *tunnel)
{
  tunnel->pause_ms = CLAMP (tunnel->pause_ms * 2, PAUSE_MS, PAUSE_MAX_MS);
  tunnel->not_before_us = kith_clock_now (tunnel->clock) + (gint64)tunnel->pause_ms * 1000;
  look_later (tunnel, tunnel->pause_ms);
}

/* The gate */

static void
on_gate_ready (guint16 port, const guint8 token[KITH_TURN_TOKEN_LEN], gpointer user_data)
{
  Slot *slot = user_data;
  KithUdpTunnel *tunnel = slot->tunnel;

  if (tunnel->used != NULL) {
    close_gate (tunnel->used);
  } else {
    kith_info (LOG,
               "%s: the DHT goes through the TURN server",
               tunnel->mode == KITH_TUNNEL_ALWAYS ? "turn-tunnel is always"
                                                  : "UDP is blocked here");
  }
  tunnel->used = slot;
  tunnel->on_us = kith_clock_now (tunnel->clock);
  lead (tunnel, port, token);
  look_later (tunnel, USELESS_MS);
}

static void
on_gate_failed (const char *why, gpointer user_data)
{
  Slot *slot = user_data;
  KithUdpTunnel *tunnel = slot->tunnel;

  close_gate (slot);
  kith_turn_suspect (tunnel->turn);
  if (tunnel->used == slot) {
    stop_using (tunnel, why);
    tunnel->blocked_until_us = kith_clock_now (tunnel->clock) + (gint64)REMEMBER_MS * 1000;
  } else {
    kith_info (LOG, "the TURN server gives no tunnel: %s", why);
  }
  if (tunnel->used == NULL && !is_being_made (tunnel)) {
    pause_after_failure (tunnel);
  }
}

static const KithTurnGateEvents gate_events = { on_gate_ready, on_gate_failed };

static void
tell_why_not (KithUdpTunnel *tunnel, const GError *error)
{
  if (!g_error_matches (error, KITH_ERROR, KITH_ERROR_NOT_FOUND)) {
    kith_warning (LOG, "no tunnel: %s", error->message);
  } else if (!tunnel->was_told) {
    kith_warning (LOG, "nobody answers by UDP, and %s; see [turn] in kith.conf(5)", error->message);
    tunnel->was_told = TRUE;
  }
}

/* Makes a gate; while another is in use, that one serves until the new one is there. */
static void
make (KithUdpTunnel *tunnel)
{
  g_autoptr (GError) error = NULL;
  Slot *slot = &tunnel->slots[tunnel->used == &tunnel->slots[0] ? 1 : 0];

  KithTurnGate *gate = kith_turn_open_gate (tunnel->turn, &gate_events, slot, &error);
  if (gate != NULL || !g_error_matches (error, KITH_ERROR, KITH_ERROR_NOT_FOUND)) {
    close_gate (slot);
    slot->gate = gate;
  }
  if (gate == NULL) {
    tell_why_not (tunnel, error);
    pause_after_failure (tunnel);
  }
}

/* The decision */

static gboolean
has_bootstrap (KithLocator *locator)
{
  g_autoptr (GVariant) status = kith_locator_get_status (locator);
  gboolean has = FALSE;

  return status != NULL && g_variant_lookup (status, "has-bootstrap", "b", &has) && has;
}

static gboolean
is_blocked_nat (KithUdpTunnel *tunnel)
{
  KithNatFacts facts = { 0 };

  if (tunnel->nat != NULL) {
    kith_nat_get_facts (tunnel->nat, &facts);
  }
  return facts.kind == KITH_NAT_BLOCKED;
}

static gboolean
is_needed (KithUdpTunnel *tunnel, gint64 now)
{
  if (tunnel->mode == KITH_TUNNEL_ALWAYS) {
    return TRUE;
  }
  return !kith_turn_is_udp_open (tunnel->turn) && has_bootstrap (tunnel->locator)
         && (now < tunnel->blocked_until_us || (!tunnel->nat_is_past && is_blocked_nat (tunnel))
             || (tunnel->offline_us != 0 && now - tunnel->offline_us >= (gint64)SILENT_MS * 1000));
}

static void
look (KithUdpTunnel *tunnel)
{
  gint64 now = kith_clock_now (tunnel->clock);
  gboolean online = kith_locator_get_state (tunnel->locator) == KITH_LOCATOR_ONLINE;

  tunnel->offline_us = online ? 0 : tunnel->offline_us != 0 ? tunnel->offline_us : now;
  if (tunnel->used != NULL) {
    if (online) {
      tunnel->pause_ms = 0;
    } else if (tunnel->mode == KITH_TUNNEL_AUTO
               && now - MAX (tunnel->on_us, tunnel->offline_us) >= (gint64)USELESS_MS * 1000) {
      drop (tunnel, "nobody answers through it either");
      pause_after_failure (tunnel);
    } else {
      look_later (tunnel, USELESS_MS);
    }
    return;
  }
  if (is_being_made (tunnel)) {
    return;
  }
  if (now >= tunnel->not_before_us && is_needed (tunnel, now)) {
    make (tunnel);
  } else if (!online || tunnel->mode == KITH_TUNNEL_ALWAYS || now < tunnel->blocked_until_us) {
    look_later (tunnel, ASK_MS);
  }
}

static void
on_state_changed (KithLocator *locator, guint state, KithUdpTunnel *tunnel)
{
  look (tunnel);
}

static void
on_nat_changed (KithNat *nat, KithUdpTunnel *tunnel)
{
  tunnel->nat_is_past = FALSE;
  look (tunnel);
}

/* A server works that did not, or another one is the best. */
static void
on_turn (gpointer user_data)
{
  KithUdpTunnel *tunnel = user_data;

  tunnel->not_before_us = 0;
  look (tunnel);
}

static void
on_direct_heard (KithLocator *locator, KithUdpTunnel *tunnel)
{
  if (tunnel->mode == KITH_TUNNEL_AUTO) {
    tunnel->nat_is_past = TRUE;
    tunnel->blocked_until_us = 0;
    drop (tunnel, "UDP works");
    tunnel->pause_ms = 0;
  }
}

/* Another network: the connection of the old one is worth nothing, but that shows late. */
static void
on_addresses (gpointer user_data)
{
  KithUdpTunnel *tunnel = user_data;

  tunnel->not_before_us = 0;
  tunnel->pause_ms = 0;
  tunnel->was_told = FALSE;
  if (tunnel->used != NULL) {
    make (tunnel);
  } else {
    drop (tunnel, "another network"); /* one that is being made */
    look (tunnel);
  }
}

KithUdpTunnel *
kith_udp_tunnel_new (KithClock *clock,
                     KithTurn *turn,
                     GPtrArray *locators,
                     KithNat *nat,
                     KithTunnelMode mode)
{
  KithUdpTunnel *tunnel = g_new0 (KithUdpTunnel, 1);

  tunnel->clock = g_object_ref (clock);
  tunnel->turn = g_object_ref (turn);
  tunnel->mode = mode;
  tunnel->slots[0].tunnel = tunnel->slots[1].tunnel = tunnel;
  g_set_object (&tunnel->nat, nat);
  for (guint i = 0; i < locators->len && tunnel->locator == NULL; i++) {
    if (kith_locator_set_tunnel (locators->pdata[i], 0, NULL)) {
      tunnel->locator = g_object_ref (locators->pdata[i]);
    }
  }
  if (tunnel->locator == NULL || mode == KITH_TUNNEL_NEVER) {
    return tunnel;
  }
  g_signal_connect (tunnel->locator, "state-changed", G_CALLBACK (on_state_changed), tunnel);
  g_signal_connect (tunnel->locator, "direct-heard", G_CALLBACK (on_direct_heard), tunnel);
  if (nat != NULL) {
    g_signal_connect (nat, "changed", G_CALLBACK (on_nat_changed), tunnel);
  }
  g_signal_connect_swapped (turn, "changed", G_CALLBACK (on_turn), tunnel);
  tunnel->watch = kith_address_watch_new (on_addresses, tunnel);
  look (tunnel);
  return tunnel;
}

void
kith_udp_tunnel_free (KithUdpTunnel *tunnel)
{
  if (tunnel == NULL) {
    return;
  }
  tunnel->changed = NULL;
  if (tunnel->locator != NULL) {
    g_signal_handlers_disconnect_by_data (tunnel->locator, tunnel);
    drop (tunnel, "the node stops");
  }
  if (tunnel->nat != NULL) {
    g_signal_handlers_disconnect_by_data (tunnel->nat, tunnel);
    g_object_unref (tunnel->nat);
  }
  kith_clock_cancel (tunnel->clock, &tunnel->timer);
  g_clear_pointer (&tunnel->watch, kith_address_watch_free);
  g_clear_object (&tunnel->locator);
  g_signal_handlers_disconnect_by_data (tunnel->turn, tunnel);
  g_object_unref (tunnel->turn);
  g_object_unref (tunnel->clock);
  g_free (tunnel);
}

void
kith_udp_tunnel_set_changed (KithUdpTunnel *tunnel,
                             void (*changed) (gpointer user_data),
                             gpointer user_data)
{
  tunnel->changed = changed;
  tunnel->changed_data = user_data;
}
