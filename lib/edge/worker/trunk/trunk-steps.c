/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One machine a trunk: its state by one table, its request under way, and the targets that are
   left. */
#include "edge/worker/trunk/trunk-register.h"

#include <errno.h>
#include <string.h>

#include "base/random.h"
#include "base/text.h"
#include "edge/worker/traffic/branch.h"
#include "edge/worker/trunk/trunk-register-private.h"
#include "model/sip/transaction.h"

#define RESOLVE_MS 10000 /* kithd answers by then, or something is wrong; a digest likewise */
#define PONG_MS 10000
#define PING "\r\n\r\n"
#define MAX_TEXT 100 /* characters of strangers that are told */
/* so long an address of the DNS is one of the trunk's */
#define SOURCE_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

/* State: one door */

static KithEdgeFrame *
frame_new (KithEdgeFrameType type)
{
  KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = type;
  return frame;
}

static void
tell_state (KithTrunkRegister *self)
{
  g_autofree KithEdgeFrame *frame = frame_new (KITH_EDGE_TRUNK_STATE);
  KithTrunkReport *report = &frame->line;
  const gint64 left_us = self->until_us - kith_clock_now (self->clock);

  (void)g_strlcpy (report->trunk, self->trunk.name, sizeof report->trunk);
  report->state = self->state;
  report->status = self->news.status;
  if (self->state == KITH_TRUNK_FAILED) {
    report->reason = self->news.reason;
    report->retry_s = (self->news.wait_ms + 999) / 1000;
  }
  if (kith_trunk_state_serves (self->state) && left_us > 0) {
    report->expires_s = (guint32)(left_us / G_USEC_PER_SEC);
  }
  report->n_targets = self->places.n;
  if (self->places.n > 0) {
    report->transport = self->places.list[self->places.at].transport;
    report->peer = self->places.list[self->places.at].endpoint;
  }
  (void)g_strlcpy (report->text, self->news.text, sizeof report->text);
  self->funcs.tell (self->funcs.data, frame);
}

gboolean
kith_trunk_register_step (KithTrunkRegister *self, KithTrunkEvent event)
{
  const KithTrunkState old = self->state;

  if (!kith_trunk_state_next (old, event, &self->state)) {
    return FALSE;
  }
  if (self->state != old || event == KITH_TRUNK_EVENT_ACCEPTED) {
    tell_state (self);
  }
  return TRUE;
}

void
kith_trunk_register_note (KithTrunkRegister *self,
                          KithTrunkReason reason,
                          guint status,
                          const char *text,
                          gsize len)
{
  g_autofree gchar *safe = kith_text_safe (text, (gssize)len, MAX_TEXT);

  self->news.reason = reason;
  self->news.status = (guint16)status;
  (void)g_strlcpy (self->news.text, safe, sizeof self->news.text);
}

static void
note (KithTrunkRegister *self, KithTrunkReason reason, const char *text)
{
  kith_trunk_register_note (self, reason, 0, text, strlen (text));
}

/* What was under way is nobody's business any more. */
static void
drop_request (KithTrunkRegister *self)
{
  self->request.is_pending = FALSE;
  self->request.ends = FALSE;
  self->proof.asked_id = 0;
  kith_timer_clear (&self->repeat);
}

static void
drop_proof (KithTrunkRegister *self)
{
  self->proof.challenges = 0;
  g_string_truncate (self->proof.lines, 0);
}

static void
close_line (KithTrunkRegister *self)
{
  drop_request (self);
  drop_proof (self);
  self->until_us = 0;
  self->resolve_id = 0;
  self->flow.owes_pong = FALSE;
  kith_timer_clear (&self->ping);
}

void
kith_trunk_register_fail (KithTrunkRegister *self, guint32 retry_after_s)
{
  close_line (self);
  self->news.tries++;
  self->news.wait_ms = kith_trunk_wait_ms (self->news.reason,
                                           self->news.tries,
                                           retry_after_s,
                                           kith_random_uint32 ());
  kith_timer_set_ms (&self->timer, self->news.wait_ms);
  (void)kith_trunk_register_step (self, KITH_TRUNK_EVENT_REFUSED);
}

/* Where it is */

void
kith_trunk_register_begin (KithTrunkRegister *self)
{
  g_autofree KithEdgeFrame *frame = frame_new (KITH_EDGE_RESOLVE);
  const char *from = *self->trunk.proxy != '\0' ? self->trunk.proxy : self->trunk.domain;

  close_line (self);
  self->resolve_id = ++self->last_id;
  frame->resolve.id = self->resolve_id;
  frame->resolve.port = kith_trunk_host_split (from, frame->resolve.host);
  frame->resolve.transport = self->trunk.transport;
  kith_timer_set_ms (&self->timer, RESOLVE_MS);
  self->funcs.tell (self->funcs.data, frame);
}

/* The next target that was not tried: first those that did not fail lately. FALSE: none is left. */
static gboolean
choose_target (KithTrunkRegister *self)
{
  KithTrunkPlaces *places = &self->places;
  const gint64 now_us = kith_clock_now (self->clock);

  for (guint pass = 0; pass < 2; pass++) {
    for (guint i = 0; i < places->n; i++) {
      if ((places->tried & 1u << i) == 0 && (pass > 0 || places->rest_until_us[i] <= now_us)) {
        places->tried |= 1u << i;
        places->at = i;
        return TRUE;
      }
    }
  }
  return FALSE;
}

/* Another place gets no credentials of this one (RFC 3261 section 22). */
static void
go_to_target (KithTrunkRegister *self)
{
  const KithEdgeTarget *target = &self->places.list[self->places.at];

  drop_request (self);
  drop_proof (self);
  kith_timer_clear (&self->ping);
  self->until_us = 0;
  self->flow.may_tell = TRUE;
  memset (&self->request.way, 0, sizeof self->request.way);
  kith_way_set_transport (&self->request.way, target->transport);
  self->request.way.to.peer = target->endpoint;
  kith_trunk_register_request (self);
}

void
kith_trunk_register_next (KithTrunkRegister *self, guint32 retry_after_s)
{
  KithTrunkPlaces *places = &self->places;

  places->rest_until_us[places->at]
      = kith_clock_now (self->clock) + KITH_TRUNK_REST_S * (gint64)G_USEC_PER_SEC;
  drop_request (self);
  if (!choose_target (self)) {
    kith_trunk_register_fail (self, retry_after_s);
    return;
  }
  (void)kith_trunk_register_step (self, KITH_TRUNK_EVENT_SILENT);
  go_to_target (self);
}

/* What did not serve lately is remembered of those that are the same. */
static void
take_places (KithTrunkRegister *self, const KithEdgeTargets *targets)
{
  KithTrunkPlaces places = { .n = targets->n, .known_us = kith_clock_now (self->clock) };

  memcpy (places.list, targets->list, sizeof places.list);
  for (guint i = 0; i < places.n; i++) {
    for (guint k = 0; k < self->places.n; k++) {
      if (places.list[i].transport == self->places.list[k].transport
          && kith_endpoint_is_same (&places.list[i].endpoint, &self->places.list[k].endpoint)) {
        places.rest_until_us[i] = self->places.rest_until_us[k];
      }
    }
  }
  self->places = places;
}

gboolean
kith_trunk_register_targets (KithTrunkRegister *self, const KithEdgeTargets *targets)
{
  if (targets->id != self->resolve_id || self->state != KITH_TRUNK_RESOLVING) {
    return FALSE;
  }
  self->resolve_id = 0;
  kith_timer_clear (&self->timer);
  if (targets->n == 0) {
    note (self, KITH_TRUNK_NOT_FOUND, targets->text);
    kith_trunk_register_fail (self, 0);
    return TRUE;
  }
  take_places (self, targets);
  self->seen = (KithEndpoint){ 0 };
  (void)choose_target (self);
  (void)kith_trunk_register_step (self, KITH_TRUNK_EVENT_FOUND);
  go_to_target (self);
  return TRUE;
}

/* The request */

/* Another one is made when there is something to say. */
static void
drop_connection (KithTrunkRegister *self)
{
  const guint32 stream = self->request.way.stream;

  self->request.way.stream = 0;
  if (stream != 0) {
    self->funcs.drop (self->funcs.data, stream);
  }
}

/* Nothing is to be heard from there. */
static void
on_silence (KithTrunkRegister *self, const char *why)
{
  if (!self->request.is_pending) {
    return;
  }
  if (self->request.ends) { /* nobody waits for that */
    drop_request (self);
    *self->old = '\0';
    return;
  }
  drop_connection (self);
  note (self, KITH_TRUNK_NO_ANSWER, why);
  kith_trunk_register_next (self, 0);
}

/* The host alone of "host:port" or "[2001:db8::1]:port". (transfer full) */
static gchar *
host_of (const char *place)
{
  return *place == '[' ? g_strndup (place + 1, strcspn (place + 1, "]"))
                       : g_strndup (place, strcspn (place, ":"));
}

/* Whom it believes: one key, certain CAs, or those of the system. FALSE: what it is given is of no
   use. */
static gboolean
find_trust (KithTrunkRegister *self)
{
  const KithEdgeTrunk *trunk = &self->trunk;
  guint8 pin[KITH_TLS_PIN_LEN];

  if (self->trust != NULL || (*trunk->pin == '\0' && *trunk->certificates == '\0')) {
    return TRUE;
  }
  if (*trunk->pin == '\0') {
    self->trust = kith_tls_trust_new_cas (trunk->certificates, strlen (trunk->certificates), NULL);
  } else if (kith_hex_decode (trunk->pin, pin, sizeof pin)) {
    self->trust = kith_tls_trust_new_pin (pin, NULL);
  }
  return self->trust != NULL;
}

/* Whom it speaks to has to prove that it is the domain, or the proxy that stands for it (RFC
   5922). */
static gboolean
connect_safely (KithTrunkRegister *self)
{
  const KithEdgeTrunk *trunk = &self->trunk;
  g_autofree gchar *host = host_of (*trunk->proxy != '\0' ? trunk->proxy : trunk->domain);

  if (!find_trust (self)) {
    note (self, KITH_TRUNK_CERTIFICATE, "the certificates of ca= cannot be read");
    return FALSE;
  }
  const KithTlsPeer peer = { .trust = self->trust, .domain = host };
  return self->funcs.connect (self->funcs.data, &self->request.way, &peer) == 0;
}

static gboolean
transmit (KithTrunkRegister *self)
{
  KithTrunkSent *sent = &self->request;

  if (sent->way.to.tls && sent->way.stream == 0 && !connect_safely (self)) {
    return FALSE;
  }
  const int why = self->funcs.send (self->funcs.data, &sent->way, sent->text->str, sent->text->len);

  return why == 0 || why == EAGAIN || why == ENOBUFS;
}

static gboolean
write_request (KithTrunkRegister *self)
{
  KithTrunkSent *sent = &self->request;
  const KithSipTransport transport = self->places.list[self->places.at].transport;
  gchar mark[KITH_EDGE_MARK + 1];

  if (!self->funcs.own_address (self->funcs.data, &sent->way, &self->own)) {
    return FALSE;
  }
  (void)g_snprintf (sent->branch,
                    sizeof sent->branch,
                    KITH_TRUNK_BRANCH "%016" G_GINT64_MODIFIER "x",
                    kith_random_uint64 ());
  if (!sent->ends) {
    kith_trunk_contact_print (&self->trunk,
                              self->seen.family != 0 ? &self->seen : &self->own,
                              transport,
                              self->contact);
  }
  g_autofree gchar *branch = kith_branch_outward (self->key, kith_sip_piece (sent->branch), mark);
  const KithTrunkRequest request = { .trunk = &self->trunk,
                                     .own = self->own,
                                     .transport = transport,
                                     .branch = branch,
                                     .tag = self->tag,
                                     .call_id = self->call_id,
                                     .cseq = ++self->cseq,
                                     .contact = sent->ends ? self->old : self->contact,
                                     .ends = sent->ends,
                                     .expires_s = self->ask_s,
                                     .credentials = self->proof.lines->str };
  kith_trunk_request_print (&request, sent->text);
  return TRUE;
}

void
kith_trunk_register_request (KithTrunkRegister *self)
{
  KithTrunkSent *sent = &self->request;

  sent->is_pending = TRUE;
  sent->repeats = 0;
  sent->silent_us = kith_clock_now (self->clock) + KITH_TRUNK_TARGET_MS * G_GINT64_CONSTANT (1000);
  if (!write_request (self) || !transmit (self)) {
    on_silence (self, "there is no way to it from here");
    return;
  }
  kith_timer_set_ms (
      &self->repeat,
      sent->way.to.tcp
          ? KITH_TRUNK_TARGET_MS
          : kith_transaction_repeat_ms (KITH_TRANSACTION_CLIENT, KITH_TRANSACTION_TRYING, 0));
}

static void
on_repeat (gpointer user_data)
{
  KithTrunkRegister *self = user_data;
  KithTrunkSent *sent = &self->request;
  const gint64 now_us = kith_clock_now (self->clock);

  if (!sent->is_pending) {
    return;
  }
  if (now_us >= sent->silent_us || (!sent->way.to.tcp && !transmit (self))) {
    on_silence (self, "no answer");
    return;
  }
  const guint ms = kith_transaction_repeat_ms (KITH_TRANSACTION_CLIENT,
                                               KITH_TRANSACTION_TRYING,
                                               ++sent->repeats);
  const gint64 next_us = now_us + (gint64)ms * 1000;
  kith_timer_set (&self->repeat,
                  sent->way.to.tcp ? sent->silent_us : MIN (next_us, sent->silent_us));
}

/* Registered at the place at hand: once more, for longer or from elsewhere. */
static void
refresh (KithTrunkRegister *self, KithTrunkEvent event)
{
  if (!kith_trunk_register_step (self, event)) {
    return;
  }
  drop_request (self);
  drop_proof (self);
  kith_timer_clear (&self->timer);
  self->places.tried = 1u << self->places.at;
  self->flow.may_tell = TRUE;
  kith_trunk_register_request (self);
}

static void
on_timer (gpointer user_data)
{
  KithTrunkRegister *self = user_data;

  switch (self->state) {
  case KITH_TRUNK_RESOLVING:
    note (self, KITH_TRUNK_NOT_FOUND, "the DNS does not answer");
    kith_trunk_register_fail (self, 0);
    return;
  case KITH_TRUNK_REGISTERING:
  case KITH_TRUNK_REFRESHING:
    note (self, KITH_TRUNK_PROTOCOL, "kithd did not answer its challenge");
    kith_trunk_register_fail (self, 0);
    return;
  case KITH_TRUNK_REGISTERED:
    refresh (self, KITH_TRUNK_EVENT_DUE);
    return;
  case KITH_TRUNK_FAILED:
    (void)kith_trunk_register_step (self, KITH_TRUNK_EVENT_DUE);
    kith_trunk_register_begin (self);
    return;
  case KITH_TRUNK_OFF:
    return;
  }
}

/* How the way to it is kept open */

static void
on_ping (gpointer user_data)
{
  KithTrunkRegister *self = user_data;
  KithTrunkSent *sent = &self->request;

  if (self->flow.owes_pong) {
    self->flow.owes_pong = FALSE;
    drop_connection (self);
    refresh (self, KITH_TRUNK_EVENT_MOVED);
    return;
  }
  kith_trunk_register_moved (self);
  if (!kith_trunk_state_serves (self->state)) {
    return;
  }
  (void)self->funcs.send (self->funcs.data, &sent->way, PING, strlen (PING));
  self->flow.owes_pong = sent->way.to.tcp && self->flow.outbound;
  kith_timer_set_ms (&self->ping, self->flow.owes_pong ? PONG_MS : self->flow.ping_ms);
}

void
kith_trunk_register_pong (KithTrunkRegister *self, guint32 stream)
{
  if (self->flow.owes_pong && stream == self->request.way.stream) {
    self->flow.owes_pong = FALSE;
    kith_timer_set_ms (&self->ping, self->flow.ping_ms);
  }
}

void
kith_trunk_register_refused (KithTrunkRegister *self, const KithEndpoint *peer)
{
  const KithWay *way = &self->request.way;

  if (way->to.tcp || !kith_endpoint_is_same (&way->to.peer, peer)) {
    return;
  }
  if (self->request.is_pending) {
    on_silence (self, "nobody listens there");
  } else if (self->state == KITH_TRUNK_REGISTERED) {
    refresh (self, KITH_TRUNK_EVENT_DUE);
  }
}

void
kith_trunk_register_lost (KithTrunkRegister *self, guint32 stream)
{
  if (stream == 0 || self->request.way.stream != stream) {
    return;
  }
  self->request.way.stream = 0;
  if (self->request.is_pending) {
    on_silence (self, "the connection ended");
  } else if (self->state == KITH_TRUNK_REGISTERED) {
    refresh (self, KITH_TRUNK_EVENT_MOVED);
  }
}

void
kith_trunk_register_distrusted (KithTrunkRegister *self, guint32 stream, const char *why)
{
  if (stream == 0 || self->request.way.stream != stream) {
    return;
  }
  self->request.way.stream = 0;
  if (self->request.is_pending && !self->request.ends) {
    note (self, KITH_TRUNK_CERTIFICATE, why);
    kith_trunk_register_next (self, 0);
  } else if (self->request.is_pending) {
    on_silence (self, why);
  } else if (self->state == KITH_TRUNK_REGISTERED) {
    refresh (self, KITH_TRUNK_EVENT_MOVED);
  }
}

void
kith_trunk_register_moved (KithTrunkRegister *self)
{
  KithEndpoint own;

  if (self->state == KITH_TRUNK_FAILED) {
    const gboolean waits
        = self->news.reason == KITH_TRUNK_NO_ANSWER || self->news.reason == KITH_TRUNK_NOT_FOUND;
    if (waits && kith_trunk_register_step (self, KITH_TRUNK_EVENT_MOVED)) {
      kith_trunk_register_begin (self);
    }
    return;
  }
  if (self->state == KITH_TRUNK_OFF || self->state == KITH_TRUNK_RESOLVING
      || (self->funcs.own_address (self->funcs.data, &self->request.way, &own)
          && kith_endpoint_is_same (&own, &self->own))) {
    return;
  }
  if (self->state == KITH_TRUNK_REGISTERING) {
    (void)kith_trunk_register_step (self, KITH_TRUNK_EVENT_MOVED);
    kith_trunk_register_begin (self);
    return;
  }
  (void)g_strlcpy (self->old, self->contact, sizeof self->old);
  self->seen = (KithEndpoint){ 0 };
  drop_connection (self); /* from the old address */
  refresh (self, KITH_TRUNK_EVENT_MOVED);
}

/* Life */

KithTrunkRegister *
kith_trunk_register_new (KithClock *clock,
                         const guint8 *key,
                         const KithEdgeTrunk *trunk,
                         const KithTrunkFuncs *funcs)
{
  KithTrunkRegister *self = g_new0 (KithTrunkRegister, 1);

  self->clock = g_object_ref (clock);
  self->key = key;
  self->funcs = *funcs;
  self->request.text = g_string_new (NULL);
  self->proof.lines = g_string_new (NULL);
  self->last_id = kith_random_uint32 () >> 1;
  self->cseq = kith_random_uint32 () >> 2;
  (void)
      g_snprintf (self->tag, sizeof self->tag, "%016" G_GINT64_MODIFIER "x", kith_random_uint64 ());
  (void)g_snprintf (self->call_id,
                    sizeof self->call_id,
                    "%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x",
                    kith_random_uint64 (),
                    kith_random_uint64 ());
  kith_timer_init (&self->timer, clock, on_timer, self);
  kith_timer_init (&self->repeat, clock, on_repeat, self);
  kith_timer_init (&self->ping, clock, on_ping, self);
  kith_trunk_register_change (self, trunk);
  return self;
}

void
kith_trunk_register_free (KithTrunkRegister *self)
{
  if (self != NULL) {
    kith_timer_finish (&self->timer);
    kith_timer_finish (&self->repeat);
    kith_timer_finish (&self->ping);
    g_string_free (self->request.text, TRUE);
    g_string_free (self->proof.lines, TRUE);
    g_clear_pointer (&self->trust, kith_tls_trust_unref);
    g_object_unref (self->clock);
    g_free (self);
  }
}

/* Says that the contact goes, and does not wait for an answer. */
static void
say_goodbye (KithTrunkRegister *self)
{
  if (kith_trunk_state_serves (self->state)) {
    (void)g_strlcpy (self->old, self->contact, sizeof self->old);
    self->request.ends = TRUE;
    if (write_request (self)) {
      (void)transmit (self);
    }
  }
}

void
kith_trunk_register_change (KithTrunkRegister *self, const KithEdgeTrunk *trunk)
{
  if (strcmp (trunk->domain, self->trunk.domain) != 0
      || strcmp (trunk->user, self->trunk.user) != 0) {
    say_goodbye (self);
  }
  self->trunk = *trunk;
  g_clear_pointer (&self->trust, kith_tls_trust_unref);
  self->news = (KithTrunkNews){ 0 };
  self->places = (KithTrunkPlaces){ 0 };
  self->ask_s = KITH_TRUNK_ASK_S;
  *self->old = '\0';
  *self->route = '\0';
  (void)kith_trunk_register_step (self, KITH_TRUNK_EVENT_WANTED);
  kith_trunk_register_begin (self);
}

void
kith_trunk_register_retry (KithTrunkRegister *self)
{
  if (self->state == KITH_TRUNK_REGISTERED) {
    refresh (self, KITH_TRUNK_EVENT_DUE);
  } else if (self->state == KITH_TRUNK_FAILED) { /* else it is about to */
    self->news.tries = 0;
    (void)kith_trunk_register_step (self, KITH_TRUNK_EVENT_WANTED);
    kith_trunk_register_begin (self);
  }
}

void
kith_trunk_register_stop (KithTrunkRegister *self)
{
  const gboolean serves = kith_trunk_state_serves (self->state);

  close_line (self);
  kith_timer_clear (&self->timer);
  self->news = (KithTrunkNews){ 0 };
  if (kith_trunk_register_step (self, KITH_TRUNK_EVENT_STOPPED) && serves) {
    (void)g_strlcpy (self->old, self->contact, sizeof self->old);
    self->request.ends = TRUE;
    kith_trunk_register_request (self);
  }
}

gboolean
kith_trunk_register_leaves (KithTrunkRegister *self)
{
  return self->request.ends && (self->request.is_pending || self->proof.asked_id != 0);
}

/* What others ask */

const KithEdgeTrunk *
kith_trunk_register_get (KithTrunkRegister *self)
{
  return &self->trunk;
}

KithTrunkState
kith_trunk_register_state (KithTrunkRegister *self)
{
  return self->state;
}

const KithWay *
kith_trunk_register_way (KithTrunkRegister *self)
{
  return kith_trunk_state_serves (self->state) ? &self->request.way : NULL;
}

const char *
kith_trunk_register_route (KithTrunkRegister *self)
{
  return *self->route != '\0' ? self->route : NULL;
}

gboolean
kith_trunk_register_is_source (KithTrunkRegister *self, const KithWay *way)
{
  KithEndpoint hosts[KITH_EDGE_TARGETS_MAX + KITH_TRUNK_SOURCES_MAX];
  const guint n = kith_trunk_register_sources (self, hosts, G_N_ELEMENTS (hosts));

  if (way->stream != 0 && way->stream == self->request.way.stream) {
    return TRUE;
  }
  for (guint i = 0; i < n; i++) {
    if (kith_endpoint_is_same_host (&hosts[i], &way->to.peer)) {
      return TRUE;
    }
  }
  return FALSE;
}

guint
kith_trunk_register_sources (KithTrunkRegister *self, KithEndpoint *hosts, guint room)
{
  const KithTrunkPlaces *places = &self->places;
  const gboolean fresh = kith_trunk_state_serves (self->state)
                         || kith_clock_now (self->clock) - places->known_us < SOURCE_US;
  guint n = 0;

  for (guint i = 0; i < self->trunk.n_sources && n < room; i++) {
    hosts[n++] = self->trunk.sources[i];
  }
  for (guint i = 0; fresh && i < places->n && n < room; i++) {
    hosts[n] = places->list[i].endpoint;
    hosts[n++].port = 0;
  }
  return n;
}
