/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps of an outgoing call: who, where, link, INVITE. */
#include "node/call/call-private.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "node/call/caller.h"
#include "words/explain-rows.h"

#define DIAL_MS 3800
#define MAX_NAMESAKES 4
#define NAT_AGAIN_MS                                                                               \
  2000 /* without a path: a device that has just started may know its NAT by now */

#define NO_NETWORK "this host has no network address"

static KithReason
reason_of_error (const GError *error)
{
  if (error->domain != KITH_ERROR) {
    return KITH_REASON_INTERNAL;
  }
  switch ((KithError)error->code) {
  case KITH_ERROR_NOT_FOUND:
  case KITH_ERROR_UNREACHABLE:
  case KITH_ERROR_NOT_READY:
  case KITH_ERROR_TIMED_OUT:
    return KITH_REASON_UNREACHABLE;
  case KITH_ERROR_AMBIGUOUS:
    return KITH_REASON_AMBIGUOUS;
  case KITH_ERROR_UNTRUSTED:
    return KITH_REASON_UNTRUSTED;
  case KITH_ERROR_NOT_AUTHORIZED:
    return KITH_REASON_UNAUTHORIZED;
  case KITH_ERROR_UNSUPPORTED:
    return KITH_REASON_NOT_ACCEPTABLE;
  case KITH_ERROR_LIMIT_REACHED:
    return KITH_REASON_BUSY;
  case KITH_ERROR_MEDIA:
    return KITH_REASON_MEDIA_FAILED;
  case KITH_ERROR_CANCELLED:
    return KITH_REASON_LOCAL;
  case KITH_ERROR_FAILED:
  case KITH_ERROR_INVALID_ARGUMENTS:
  case KITH_ERROR_INVALID_ADDRESS:
  case KITH_ERROR_WRONG_STATE:
  case KITH_ERROR_IN_PROGRESS:
  case KITH_ERROR_EXISTS:
  case KITH_ERROR_PROTOCOL:
    return KITH_REASON_INTERNAL;
  }
  return KITH_REASON_INTERNAL;
}

static gchar *
side_text (const char *who, KithNatKind kind)
{
  return kind == KITH_NAT_BLOCKED
             ? g_strdup_printf ("%s in a network that blocks UDP", who)
             : g_strdup_printf ("%s behind a %s", who, kith_nat_kind_text (kind));
}

/* Why no path can have been found; NULL when neither our network nor the NATs explain it. (transfer full) */
static gchar *
explain_nat (KithCall *call)
{
  if (!kith_link_pool_has_address (call->context->links)) {
    return g_strdup (NO_NETWORK);
  }
  kith_call_trace_our_nat (call);
  KithNatKind ours = kith_trace_get_nat (call->trace, FALSE);
  KithNatKind theirs = kith_trace_get_nat (call->trace, TRUE);
  if (kith_nat_can_meet (ours, theirs)) {
    return NULL;
  }
  if (ours == KITH_NAT_SYMMETRIC && theirs == KITH_NAT_SYMMETRIC) {
    return g_strdup ("both sides are behind a symmetric NAT, between which there is no direct "
                     "path: a TURN server or a friend of both who relays is needed");
  }
  g_autofree gchar *they
      = g_strconcat (call->peer_name != NULL ? call->peer_name : "their node", " is", NULL);
  g_autofree gchar *us = side_text ("you are", ours);
  g_autofree gchar *them = side_text (they, theirs);
  return ours == KITH_NAT_BLOCKED || theirs == KITH_NAT_BLOCKED
             ? g_strdup_printf ("%s: a TURN server by TCP or TLS, or a friend of both who relays, "
                                "is needed",
                                ours == KITH_NAT_BLOCKED ? us : them)
             : g_strdup_printf ("%s and %s, between which there is no direct path: a TURN server "
                                "or a friend of both who relays is needed",
                                us,
                                them);
}

/* Why no friend carries, after the rest of the cause; "" without any. (transfer full) */
static gchar *
explain_friend (KithCall *call)
{
  const char *friend_name = "";
  KithRelayObstacle hurdle = kith_trace_get_hurdle (call->trace, &friend_name);
  g_autofree gchar *text
      = kith_relay_obstacle_text (hurdle,
                                  friend_name,
                                  call->peer_name != NULL ? call->peer_name : "the other side",
                                  FALSE);

  return *text != '\0' ? g_strconcat ("; ", text, NULL) : g_steal_pointer (&text);
}

/* @why: what is said when the NATs do not explain it. */
static void
end_unreachable (KithCall *call, const char *why)
{
  g_autofree gchar *nat = explain_nat (call);
  g_autofree gchar *friend = nat != NULL ? explain_friend (call) : g_strdup ("");
  g_autofree gchar *detail = g_strconcat (nat != NULL ? nat : why, friend, NULL);
  kith_call_mark_turn (call); /* it may be known by now */
  guint marks = kith_trace_get_marks (call->trace);

  if (nat == NULL && (marks & KITH_MARK_KNOWN_ONLY) != 0 && (marks & KITH_MARK_PEER_ANSWERED) == 0
      && call->linked_at == 0 && !call->retried) {
    kith_call_end (call,
                   KITH_REASON_UNAUTHORIZED,
                   "they answer only people they know, and did not answer");
    return;
  }
  kith_call_end (call, KITH_REASON_UNREACHABLE, detail);
}

static void
fail (KithCall *call, const GError *error)
{
  if (g_error_matches (error, KITH_ERROR, KITH_ERROR_UNREACHABLE)
      && !kith_peer_key_is_zero (&call->peer_key)
      && !kith_peer_key_equal (&call->peer_key, &call->context->identity)) {
    end_unreachable (call, error->message);
    return;
  }
  KithReason reason = reason_of_error (error);
  kith_call_trace_network (call); /* it may have gone since the call began */
  gboolean lacks_network = reason == KITH_REASON_UNREACHABLE
                           && !kith_peer_key_is_zero (&call->peer_key)
                           && !kith_link_pool_has_address (call->context->links);
  kith_call_end (call, reason, lacks_network ? NO_NETWORK : error->message);
}

/* TRUE when an answer still matters: the call has not ended meanwhile. */
static gboolean
goes_on (KithCall *call)
{
  return call->state != KITH_CALL_ENDED;
}

/* Invites over the link or, with @local_host, by ordinary SIP. */
static gboolean
invite (KithCall *call, const char *request_uri, const char *local_host, GError **error)
{
  const KithCallContext *context = call->context;
  KithDialParams params = {
    .request_uri = request_uri,
    .from_uri = context->sip_identity,
    .display = context->name,
    .link_id = call->link != NULL ? kith_link_get_id (call->link) : 0,
  };

  if (!kith_call_make_media (call, local_host, error)) {
    return FALSE;
  }
  g_autofree gchar *sdp = kith_call_make_offer (call, error);
  if (sdp == NULL) {
    return FALSE;
  }
  KithDialog *dialog = kith_sip_dial (context->sip, &params, sdp, error);
  if (dialog == NULL) {
    return FALSE;
  }
  kith_call_take_dialog (call, dialog);
  kith_trace_add (call->trace,
                  KITH_TRACE_SIP,
                  "INVITE sent %s",
                  call->link != NULL ? "over the link" : "by ordinary SIP");
  return kith_call_key_media (call, error);
}

/* Kith: over a link */

/* What we call a contact is ours alone: only the name that they gave themselves is sent. */
static const char *
called_name (const KithCall *call)
{
  KithContacts *contacts = call->context->contacts;
  const KithPerson *person
      = contacts != NULL ? kith_contacts_find (contacts, &call->peer_key) : NULL;
  const char *name = person != NULL ? person->own_name : call->peer_name;

  return name != NULL ? name : "anyone";
}

static void
on_linked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KithCall) call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (KithLink) link
      = kith_link_pool_open_finish (call->context->links, result, &call->link_reused, &error);

  if (!goes_on (call)) {
    return;
  }
  if (link == NULL) {
    fail (call, error);
    return;
  }
  if (!call->link_reused) {
    kith_clock_cancel (call->context->clock, &call->dial_timer);
  }
  call->link = g_steal_pointer (&link);
  kith_link_hold (call->link);
  kith_call_trace_link (call);
  kith_call_follow_link (call);
  call->linked_at = kith_clock_wall (call->context->clock);
  kith_call_take_path (call);
  if (call->link_reused) { /* no record was looked at */
    kith_call_trace_their_nat (call);
  }
  g_autofree gchar *key = kith_peer_key_to_text (&call->peer_key);
  g_autofree gchar *user = g_uri_escape_string (called_name (call), NULL, FALSE);
  g_autofree gchar *uri = g_strdup_printf ("sip:%s@%s.kith.alt", user, key);
  if (!invite (call, uri, NULL, &error)) {
    fail (call, error);
    return;
  }
  kith_call_notify (call);
}

static gboolean
on_dial_time (gpointer user_data)
{
  KithCall *call = user_data;

  call->dial_timer = 0;
  call->linked_at = 0; /* a link that was up, if any, led to nobody */
  end_unreachable (call, "no path to them was found in time");
  return G_SOURCE_REMOVE;
}

static gboolean
on_nat_time (gpointer user_data)
{
  KithCall *call = user_data;

  call->nat_timer = 0;
  if (call->link == NULL) {
    kith_call_trace_their_nat (call);
  }
  return G_SOURCE_REMOVE;
}

static void
dial_kith (KithCall *call)
{
  if (!call->retried) {
    /* One wait for both tries, over a warm link that may be dead and over a fresh one. */
    call->dial_timer = kith_clock_add (call->context->clock, DIAL_MS, on_dial_time, call);
    call->nat_timer = kith_clock_add (call->context->clock, NAT_AGAIN_MS, on_nat_time, call);
  }
  const KithLinkWish wish = { .identity = call->peer_key,
                              .fresh = call->retried,
                              .urgent = TRUE,
                              .prepared = call->prepared,
                              .trace = call->trace };
  call->prepared = 0;
  kith_link_pool_open_async (call->context->links,
                             &wish,
                             call->cancellable,
                             on_linked,
                             g_object_ref (call));
}

/* Ordinary SIP */

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KithCall) call = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *local_host = NULL;
  g_autofree gchar *hop = kith_sip_resolve_finish (call->context->sip, result, &local_host, &error);

  if (!goes_on (call)) {
    return;
  }
  g_free (call->next_hop);
  call->next_hop = g_strdup (hop);
  if (hop == NULL || !invite (call, call->address->sip_uri, local_host, &error)) {
    fail (call, error);
  }
}

static void
dial_sip (KithCall *call)
{
  kith_sip_resolve_async (call->context->sip,
                          call->address->sip_uri,
                          call->cancellable,
                          on_resolved,
                          g_object_ref (call));
}

gboolean
kith_call_fail_over (KithCall *call, guint status)
{
  if (!call->outgoing || call->link != NULL || call->rang || call->answered
      || call->next_hop == NULL || (status != 408 && status != 503)
      || !kith_sip_give_up_hop (call->context->sip, call->address->sip_uri, call->next_hop)) {
    return FALSE;
  }
  kith_info (call->log_id, "%u: the next address of the host is tried", status);
  kith_trace_add (call->trace,
                  KITH_TRACE_TROUBLE,
                  "%s: the next address of the host is tried",
                  status == 408 ? "no response" : "refused");
  kith_call_drop_dialog (call, KITH_REASON_NONE);
  kith_call_drop_media (call); /* of our address towards that one */
  call->sip_status = 0;        /* nor is what it said the answer of the next one */
  dial_sip (call);
  return TRUE;
}

/* Who */

/* Takes the facts of the one @contact that is meant. FALSE when the call cannot go there. */
static gboolean
take_contact (KithCall *call, const KithContact *contact, GError **error)
{
  const KithCallContext *context = call->context;

  g_free (call->located_by);
  call->located_by = g_strdup (contact->source);
  call->proof = contact->proof;
  call->peer_key = contact->key;
  if (contact->name != NULL && call->peer_name == NULL) {
    call->peer_name = g_strdup (contact->name);
  }
  if (contact->has_tag) {
    g_free (call->peer_tag);
    call->peer_tag = kith_base32_encode (contact->tag, KITH_TAG_LEN);
  }
  if (contact->sip_uri != NULL && kith_peer_key_is_zero (&contact->key)) {
    g_autoptr (KithAddress) sip = kith_address_parse (contact->sip_uri, error);
    if (sip == NULL) {
      return FALSE;
    }
    if (sip->kind != KITH_ADDRESS_SIP) {
      g_set_error (error,
                   KITH_ERROR,
                   KITH_ERROR_INVALID_ADDRESS,
                   "the contact's address is no SIP URI");
      return FALSE;
    }
    kith_address_free (call->address);
    call->address = g_steal_pointer (&sip);
    return TRUE;
  }
  if (kith_peer_key_equal (&contact->key, &context->identity)) {
    kith_trace_mark (call->trace, KITH_MARK_SELF);
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_UNREACHABLE, "that is your own address");
    return FALSE;
  }
  if (call->peer_name != NULL) {
    call->trust = kith_trust_judge (context->trust, call->peer_name, &call->peer_key);
    call->pin_name = g_strdup (call->peer_name);
  }
  kith_caller_name_callee (call);
  return TRUE;
}

/* Who it is, and by whom that is known. */
static void
trace_located (KithCall *call, GPtrArray *contacts)
{
  gint64 took_us = kith_clock_wall (call->context->clock) - call->started_at;

  if (contacts == NULL) {
    kith_trace_add (call->trace,
                    KITH_TRACE_LOOK_UP,
                    "nobody was found in %" G_GINT64_FORMAT " ms",
                    took_us / 1000);
    return;
  }
  const KithContact *first = contacts->pdata[0];
  g_autofree gchar *key = kith_peer_key_to_text (&first->key);
  gboolean has_key = !kith_peer_key_is_zero (&first->key);
  g_autofree gchar *many
      = contacts->len > 1 ? g_strdup_printf (", %u of that name", contacts->len) : g_strdup ("");
  kith_trace_add (call->trace,
                  KITH_TRACE_LOOK_UP,
                  "found by %s in %" G_GINT64_FORMAT " ms%s%s%.8s, proof: %s",
                  strcmp (first->source, "petname") == 0 ? "your contacts and earlier calls"
                                                         : first->source,
                  took_us / 1000,
                  many,
                  has_key ? ", key " : "",
                  has_key ? key : "",
                  kith_proof_word (first->proof));
}

/* ": bob~9f2vmg55, bob~7k2f9qxm" */
static void
append_addresses (GString *text, GPtrArray *contacts)
{
  const char *before = ": ";

  for (guint i = 0; i < MIN (contacts->len, MAX_NAMESAKES); i++) {
    const KithContact *contact = contacts->pdata[i];
    if (contact->name != NULL && contact->has_tag) {
      g_autofree gchar *address = kith_name_with_tag (contact->name, contact->tag);
      g_string_append_printf (text, "%s%s", before, address);
      before = ", ";
    }
  }
}

/* Nobody shows the tag, but others may go by the name: it may have been copied wrongly, or somebody has a new key. */
static void
on_namesakes (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KithCall) call = user_data;
  g_autoptr (GPtrArray) contacts
      = kith_directory_resolve_finish (call->context->locations, result, NULL);

  if (!goes_on (call)) {
    return;
  }
  GString *detail = g_string_new ("nobody in the network goes by this name");
  if (contacts != NULL) {
    call->namesakes = contacts->len;
    g_string_assign (detail, KITH_OTHER_TAG);
    append_addresses (detail, contacts);
  }
  kith_call_end (call, KITH_REASON_NOT_FOUND, detail->str);
  g_string_free (detail, TRUE);
}

static void
look_for_namesakes (KithCall *call)
{
  const KithAddress name = { .kind = KITH_ADDRESS_NAME, .name = call->address->name };

  kith_directory_resolve_async (call->context->locations,
                                &name,
                                call->cancellable,
                                on_namesakes,
                                g_object_ref (call));
}

static void
on_located (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KithCall) call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) contacts
      = kith_directory_resolve_finish (call->context->locations, result, &error);

  if (!goes_on (call)) {
    return;
  }
  trace_located (call, contacts);
  if (contacts == NULL) {
    kith_call_trace_network (call);
    gboolean nobody = g_error_matches (error, KITH_ERROR, KITH_ERROR_NOT_FOUND);
    if (nobody && !kith_link_pool_has_address (call->context->links)) {
      kith_call_end (call, KITH_REASON_UNREACHABLE, NO_NETWORK);
    } else if (nobody && call->address->kind == KITH_ADDRESS_TAGGED) {
      look_for_namesakes (call);
    } else {
      kith_call_end (call,
                     nobody ? KITH_REASON_NOT_FOUND : reason_of_error (error),
                     error->message);
    }
    return;
  }
  if (contacts->len > 1) {
    g_autofree gchar *detail
        = g_strdup_printf ("%u people use the name: call one of them by tag or key", contacts->len);
    kith_call_end (call, KITH_REASON_AMBIGUOUS, detail);
    return;
  }
  if (!take_contact (call, contacts->pdata[0], &error)) {
    fail (call, error);
    return;
  }
  call->located_at = kith_clock_wall (call->context->clock);
  (void)kith_call_change_state (call, KITH_CALL_EVENT_DIAL, KITH_REASON_NONE);
  g_autofree gchar *hindrance
      = call->gate != NULL ? call->gate->find_hindrance (call, call->gate_data) : NULL;
  if (hindrance != NULL) {
    kith_call_end (call, KITH_REASON_BUSY, hindrance);
    return;
  }
  if (kith_peer_key_is_zero (&call->peer_key)) {
    dial_sip (call);
  } else {
    dial_kith (call);
  }
}

void
kith_call_dial (KithCall *call)
{
  if (call->retried) {
    dial_kith (call);
    return;
  }
  g_autoptr (GError) error = NULL;

  kith_call_trace_nat (call);
  (void)kith_call_change_state (call, KITH_CALL_EVENT_LOCATE, KITH_REASON_NONE);
  if (!kith_call_check_sound (call, &error)) { /* before anybody's telephone rings */
    fail (call, error);
    return;
  }
  if (!kith_directory_knows (call->context->locations, call->address)) {
    call->prepared = kith_link_pool_prepare (call->context->links); /* to whomever it will be */
  }
  kith_directory_resolve_async (call->context->locations,
                                call->address,
                                call->cancellable,
                                on_located,
                                g_object_ref (call));
}
