/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps of an outgoing call before it has a leg: whom the address means. */
#include "node/call/call-private.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "words/explain-rows.h"

#define MAX_NAMESAKES 4

static void
note_network (KithCall *call)
{
  const KithAddress *address = call->look_up.address;

  kith_call_findings_note_network (call->findings,
                                   call->context,
                                   address->kind != KITH_ADDRESS_SIP);
}

static void
fail (KithCall *call, const GError *error)
{
  KithReason reason = kith_reason_from_error (error);
  note_network (call); /* it may have gone since the call began */
  gboolean lacks_network = reason == KITH_REASON_UNREACHABLE
                           && !kith_peer_key_is_zero (&call->who.key)
                           && !kith_link_pool_has_address (call->context->links);
  kith_call_end (call, reason, lacks_network ? KITH_NO_ADDRESS_TEXT : error->message);
}

/* TRUE when an answer still matters: the call has not ended meanwhile. */
static gboolean
goes_on (KithCall *call)
{
  return call->step != KITH_CALL_STEP_OVER;
}

/* Takes the facts of the one @contact that is meant. FALSE when the call cannot go there. */
static gboolean
take_contact (KithCall *call, const KithFound *contact, GError **error)
{
  const KithCallContext *context = call->context;

  g_free (call->who.located_by);
  call->who.located_by = g_strdup (contact->source);
  call->who.key = contact->key;
  if (contact->name != NULL && call->who.name == NULL) {
    call->who.name = g_strdup (contact->name);
  }
  if (contact->has_tag) {
    g_free (call->who.tag);
    call->who.tag = kith_base32_encode (contact->tag, KITH_TAG_LEN);
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
    kith_address_free (call->look_up.address);
    call->look_up.address = g_steal_pointer (&sip);
    return TRUE;
  }
  if (kith_peer_key_equal (&contact->key, &context->identity)) {
    kith_trace_mark (call->findings->trace, KITH_MARK_SELF);
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_UNREACHABLE, "that is your own address");
    return FALSE;
  }
  if (call->who.name != NULL) {
    call->who.trust = kith_trust_judge (context->trust, call->who.name, &call->who.key);
    call->who.pin_name = g_strdup (call->who.name);
  }
  kith_caller_name_callee (&call->who, context);
  return TRUE;
}

/* Who it is, and by whom that is known. */
static void
trace_located (KithCall *call, GPtrArray *contacts)
{
  const KithFound *first = contacts != NULL ? contacts->pdata[0] : NULL;
  gboolean is_known = first != NULL && strcmp (first->source, "petname") == 0;
  KithSaying *saying = kith_saying_new (first == NULL ? "step-found-nobody"
                                        : is_known    ? "step-found-known"
                                                      : "step-found");

  kith_saying_put_time (saying,
                        "took-ms",
                        kith_clock_wall (call->context->clock) - call->at.started);
  if (first != NULL) {
    g_autofree gchar *key = kith_peer_key_to_text (&first->key);
    g_autofree gchar *start = g_strndup (key, 8);
    kith_saying_put (saying, "source", is_known ? NULL : first->source);
    kith_saying_put (saying, "key", kith_peer_key_is_zero (&first->key) ? NULL : start);
    kith_saying_put (saying, "proof", kith_proof_word (first->proof));
    if (contacts->len > 1) {
      kith_saying_put_number (saying, "claims", contacts->len);
    }
  }
  kith_trace_say (call->findings->trace, KITH_TRACE_LOOK_UP, saying);
}

/* ": bob~9f2vmg55, bob~7k2f9qxm" */
static void
append_addresses (GString *text, GPtrArray *contacts)
{
  const char *before = ": ";

  for (guint i = 0; i < MIN (contacts->len, MAX_NAMESAKES); i++) {
    const KithFound *contact = contacts->pdata[i];
    if (contact->name != NULL && contact->has_tag) {
      g_autofree gchar *address = kith_name_with_tag (contact->name, contact->tag);
      g_string_append_printf (text, "%s%s", before, address);
      before = ", ";
    }
  }
}

/* Nobody shows the tag, but others may go by the name: it may have been copied wrongly, or somebody
   has a new key. */
static void
on_namesakes (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KithCall) call = user_data;
  g_autoptr (GPtrArray) contacts
      = kith_directory_resolve_finish (call->context->directory, result, NULL);

  if (!goes_on (call)) {
    return;
  }
  GString *detail = g_string_new ("nobody in the network goes by this name");
  if (contacts != NULL) {
    call->look_up.namesakes = contacts->len;
    g_string_assign (detail, KITH_OTHER_TAG);
    append_addresses (detail, contacts);
  }
  kith_call_end (call, KITH_REASON_NOT_FOUND, detail->str);
  g_string_free (detail, TRUE);
}

static void
look_for_namesakes (KithCall *call)
{
  const KithAddress name = { .kind = KITH_ADDRESS_NAME, .name = call->look_up.address->name };

  kith_directory_resolve_async (call->context->directory,
                                &name,
                                KITH_SEARCH_TO_CALL,
                                call->look_up.cancellable,
                                on_namesakes,
                                g_object_ref (call));
}

/* The way to them begins. */
static void
start_leg (KithCall *call, const char *sip_uri)
{
  KithLeg *leg = kith_call_make_leg (call, KITH_LEG_CALLEE);
  guint prepared = call->look_up.prepared;

  call->look_up.prepared = 0;
  kith_call_add_leg (call, leg);
  if (call->house.joined != NULL) {
    kith_leg_prefer (leg, call->house.joined);
  }
  kith_leg_dial (leg, prepared, sip_uri);
}

static void
on_located (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KithCall) call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) contacts
      = kith_directory_resolve_finish (call->context->directory, result, &error);

  if (!goes_on (call)) {
    return;
  }
  trace_located (call, contacts);
  if (contacts == NULL) {
    note_network (call);
    gboolean nobody = g_error_matches (error, KITH_ERROR, KITH_ERROR_NOT_FOUND);
    if (nobody && !kith_link_pool_has_address (call->context->links)) {
      kith_call_end (call, KITH_REASON_UNREACHABLE, KITH_NO_ADDRESS_TEXT);
    } else if (nobody && call->look_up.address->kind == KITH_ADDRESS_TAGGED) {
      look_for_namesakes (call);
    } else {
      kith_call_end (call,
                     nobody ? KITH_REASON_NOT_FOUND : kith_reason_from_error (error),
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
  call->at.located = kith_clock_wall (call->context->clock);
  kith_call_set_step (call, KITH_CALL_STEP_FOUND, "dial");
  g_autofree gchar *hindrance
      = call->gate != NULL ? call->gate->find_hindrance (call, call->gate_data) : NULL;
  if (hindrance != NULL) {
    kith_call_end (call, KITH_REASON_BUSY, hindrance);
    return;
  }
  start_leg (call, call->look_up.address->sip_uri);
}

/* A phone of the house: there is nothing to look up. */
static void
dial_phone (KithCall *call)
{
  g_autofree gchar *uri = kith_call_find_phone (call->context, call->who.phone);

  kith_trace_mark (call->findings->trace, KITH_MARK_PHONE);
  if (uri == NULL) {
    kith_trace_tell_of (call->findings->trace,
                        KITH_TRACE_SIP,
                        "step-phone-not-there",
                        "device",
                        call->who.phone);
    kith_call_end (call, KITH_REASON_UNREACHABLE, "that phone is not registered now");
    return;
  }
  call->at.located = kith_clock_wall (call->context->clock);
  kith_call_set_step (call, KITH_CALL_STEP_FOUND, "dial");
  start_leg (call, uri);
}

void
kith_call_dial (KithCall *call)
{
  g_autoptr (GError) error = NULL;

  if (call->who.phone == NULL) {
    note_network (call);
    kith_call_findings_note_turn (call->findings, call->context);
    kith_call_findings_note_nat (call->findings, call->context);
  }
  kith_call_set_step (call, KITH_CALL_STEP_LOOK_UP, "locate");
  if (call->house.caller == NULL
      && !kith_leg_check_sound (call->context, call->listen_only, &error)) {
    fail (call, error); /* before anybody's telephone rings */
    return;
  }
  if (call->who.phone != NULL) {
    dial_phone (call);
    return;
  }
  if (!kith_directory_knows (call->context->directory, call->look_up.address)) {
    /* to whomever it will be */
    call->look_up.prepared = kith_link_pool_prepare (call->context->links);
  }
  kith_directory_resolve_async (call->context->directory,
                                call->look_up.address,
                                KITH_SEARCH_TO_CALL,
                                call->look_up.cancellable,
                                on_located,
                                g_object_ref (call));
}
