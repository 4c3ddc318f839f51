/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way of a leg to the callee: link or next hop, and INVITE. */
#include "base/error.h"
#include "base/log.h"
#include "node/call/leg/leg-private.h"

#define DIAL_MS 3800
#define TOO_LATE "no path to them was found in time"

/* Without a path: a device that has just started may know its NAT by now. */
#define NAT_AGAIN_MS 2000

static void
fail (KithLeg *leg, const GError *error)
{
  gboolean is_kith = !kith_peer_key_is_zero (&leg->key);

  if (is_kith && g_error_matches (error, KITH_ERROR, KITH_ERROR_UNREACHABLE)) {
    kith_leg_end_unreachable (leg, error->message);
    return;
  }
  KithReason reason = kith_reason_from_error (error);
  kith_call_findings_note_network (leg->findings, leg->context, is_kith); /* it may have gone */
  gboolean lacks_network = is_kith && reason == KITH_REASON_UNREACHABLE
                           && !kith_link_pool_has_address (leg->context->links);
  kith_leg_end (leg, reason, lacks_network ? KITH_NO_ADDRESS_TEXT : error->message);
}

/* TRUE when an answer still matters: the leg has not ended meanwhile. */
static gboolean
goes_on (KithLeg *leg)
{
  return leg->state != KITH_LEG_ENDED;
}

/* Invites over the link or, with @local_host, by ordinary SIP. */
static gboolean
invite (KithLeg *leg, const char *request_uri, const char *local_host, GError **error)
{
  const KithCallContext *context = leg->context;
  g_autofree gchar *user
      = g_uri_escape_string (leg->dialing.as != NULL ? leg->dialing.as : "", NULL, FALSE);
  g_autofree gchar *as = g_strdup_printf ("sip:%s@kith.alt", user);
  KithDialParams params = {
    .request_uri = request_uri,
    .from_uri = leg->dialing.as != NULL ? as : context->sip_identity,
    .display = leg->dialing.as != NULL ? leg->dialing.as : context->name,
    .link_id = leg->link != NULL ? kith_link_get_id (leg->link) : 0,
    .phone = leg->phone,
  };

  if (!kith_leg_make_media (leg, local_host, error)) {
    return FALSE;
  }
  g_autofree gchar *sdp = kith_leg_make_offer (leg, error);
  if (sdp == NULL) {
    return FALSE;
  }
  KithDialog *dialog = kith_sip_dial (context->sip, &params, sdp, error);
  if (dialog == NULL) {
    return FALSE;
  }
  kith_leg_take_dialog (leg, dialog);
  kith_leg_tell (leg,
                 KITH_TRACE_SIP,
                 leg->link != NULL ? "step-invite-sent" : "step-invite-sent-sip");
  return kith_leg_key_media (leg, error);
}

/* Kith: over a link */

/* What we call a contact is ours alone: only the name that they gave themselves is sent. */
static const char *
called_name (const KithLeg *leg)
{
  KithContacts *contacts = leg->context->contacts;
  const KithContact *person = contacts != NULL ? kith_contacts_find (contacts, &leg->key) : NULL;
  const char *name = person != NULL ? person->own_name : leg->name;

  return name != NULL ? name : "anyone";
}

static void open_link (KithLeg *leg);

static void
on_linked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KithLeg) leg = user_data;
  g_autoptr (GError) error = NULL;
  gboolean reused = FALSE;
  KithLinkReport report = { 0 };
  g_autoptr (KithLink) link
      = kith_link_pool_open_finish (leg->context->links, result, &reused, &report, &error);

  if (!goes_on (leg)) {
    return;
  }
  kith_call_findings_take_report (leg->findings, &report);
  if (link == NULL && g_cancellable_is_cancelled (leg->cancellable)) { /* on_dial_time() */
    kith_leg_end_unreachable (leg, TOO_LATE);
    return;
  }
  if (link == NULL) {
    fail (leg, error);
    return;
  }
  if (reused && kith_leg_is_link_used_up (link)) {
    leg->dialing.attempt = KITH_LEG_TRY_FRESH;
    open_link (leg);
    return;
  }
  if (!reused) {
    kith_clock_cancel (leg->context->clock, &leg->dialing.dial_timer);
  } else if (leg->dialing.attempt == KITH_LEG_TRY_FIRST) {
    leg->dialing.attempt = KITH_LEG_TRY_WARM;
  }
  kith_leg_hold_link (leg, link);
  kith_leg_take_path (leg);
  if (reused) { /* no record was looked at */
    kith_leg_find_their_nat (leg);
  }
  g_autofree gchar *key = kith_peer_key_to_text (&leg->key);
  g_autofree gchar *user = g_uri_escape_string (called_name (leg), NULL, FALSE);
  g_autofree gchar *uri = g_strdup_printf ("sip:%s@%s.kith.alt", user, key);
  if (!invite (leg, uri, NULL, &error)) {
    fail (leg, error);
    return;
  }
  kith_leg_notify (leg);
}

static gboolean
on_dial_time (gpointer user_data)
{
  KithLeg *leg = user_data;

  leg->dialing.dial_timer = 0;
  leg->linked_at = 0; /* a link that was up, if any, led to nobody */
  if (leg->link == NULL) {
    g_cancellable_cancel (leg->cancellable); /* on_linked() hears what was found out so far */
  } else {
    kith_leg_end_unreachable (leg, TOO_LATE);
  }
  return G_SOURCE_REMOVE;
}

static gboolean
on_nat_time (gpointer user_data)
{
  KithLeg *leg = user_data;

  leg->dialing.nat_timer = 0;
  if (leg->link == NULL) {
    kith_leg_find_their_nat (leg);
  }
  return G_SOURCE_REMOVE;
}

static void
open_link (KithLeg *leg)
{
  const KithLinkWish wish = { .identity = leg->key,
                              .fresh = leg->dialing.attempt == KITH_LEG_TRY_FRESH,
                              .urgent = TRUE,
                              .prepared = leg->dialing.prepared,
                              .trace = leg->findings->trace };
  leg->dialing.prepared = 0;
  kith_link_pool_open_async (leg->context->links,
                             &wish,
                             leg->cancellable,
                             on_linked,
                             g_object_ref (leg));
}

static void
dial_kith (KithLeg *leg)
{
  if (leg->dialing.attempt != KITH_LEG_TRY_FRESH) {
    /* One wait for both tries, over a warm link that may be dead and over a fresh one. */
    leg->dialing.dial_timer = kith_clock_add (leg->context->clock, DIAL_MS, on_dial_time, leg);
    leg->dialing.nat_timer = kith_clock_add (leg->context->clock, NAT_AGAIN_MS, on_nat_time, leg);
  }
  open_link (leg);
}

/* Ordinary SIP */

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KithLeg) leg = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *local_host = NULL;
  g_autofree gchar *hop = kith_sip_resolve_finish (leg->context->sip, result, &local_host, &error);

  if (!goes_on (leg)) {
    return;
  }
  g_free (leg->dialing.next_hop);
  leg->dialing.next_hop = g_strdup (hop);
  if (hop == NULL || !invite (leg, leg->dialing.sip_uri, local_host, &error)) {
    fail (leg, error);
  }
}

static void
dial_sip (KithLeg *leg)
{
  kith_sip_resolve_async (leg->context->sip,
                          leg->dialing.sip_uri,
                          leg->cancellable,
                          on_resolved,
                          g_object_ref (leg));
}

gboolean
kith_leg_fail_over (KithLeg *leg, guint status)
{
  if (leg->side == KITH_LEG_CALLER || leg->link != NULL || leg->told.rang
      || kith_leg_state_is_answered (leg->state) || leg->dialing.next_hop == NULL
      || (status != 408 && status != 503)
      || !kith_sip_give_up_hop (leg->context->sip, leg->dialing.sip_uri, leg->dialing.next_hop)) {
    return FALSE;
  }
  kith_info (leg->log_id, "%u: the next address of the host is tried", status);
  kith_leg_tell (leg, KITH_TRACE_TROUBLE, status == 408 ? "step-hop-silent" : "step-hop-refused");
  kith_leg_drop_dialog (leg, KITH_REASON_NONE);
  kith_leg_drop_media (leg); /* of our address towards that one */
  leg->told.status = 0;      /* nor is what it said the answer of the next one */
  dial_sip (leg);
  return TRUE;
}

void
kith_leg_redial (KithLeg *leg)
{
  kith_leg_unfollow_link (leg);
  kith_leg_drop_dialog (leg, KITH_REASON_NONE);
  kith_leg_drop_media (leg);
  kith_leg_drop_link (leg);
  leg->linked_at = 0; /* it led to nobody */
  leg->dialing.attempt = KITH_LEG_TRY_FRESH;
  dial_kith (leg);
}

void
kith_leg_dial (KithLeg *leg, guint prepared, const char *sip_uri)
{
  leg->dialing.prepared = prepared;
  leg->dialing.sip_uri = g_strdup (sip_uri);
  (void)kith_leg_change_state (leg, KITH_LEG_EVENT_DIAL);
  if (kith_peer_key_is_zero (&leg->key)) {
    dial_sip (leg);
  } else {
    dial_kith (leg);
  }
}
