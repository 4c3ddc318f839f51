/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One record a subscription, found by nua's handle; nua keeps its dialog and its time. */
#include "sip/sip-notifier.h"

#include <string.h>

#include "base/log.h"
#include "sip/dialog/sip-words.h"
#include "sip/sip-private.h"

typedef struct {
  KithSipWatches *owner;
  guint id;
  KithWatchEvent event;
  nua_handle_t *handle;
  gchar *call_id, *phone, *user, *entity, *contact;
  gboolean is_over; /* its last NOTIFY is on its way */
} Watch;

struct _KithSipWatches {
  KithSipStack *stack;   /* not owned: it owns this */
  GHashTable *by_handle; /* of Watch (owned) */
  GHashTable *by_id;     /* the same, while they are not over */
  guint last_id;
  KithWatchJudge judge;
  gpointer judge_data;
};

static void
watch_free (gpointer data)
{
  Watch *watch = data;
  KithSipStack *stack = watch->owner->stack;

  kith_call_ids_retire (stack->call_ids,
                        watch->call_id,
                        kith_clock_now (kith_clock_get_default ()));
  nua_handle_destroy (watch->handle);
  g_free (watch->call_id);
  g_free (watch->phone);
  g_free (watch->user);
  g_free (watch->entity);
  g_free (watch->contact);
  g_free (watch);
}

KithSipWatches *
kith_sip_watches_new (KithSipStack *stack)
{
  KithSipWatches *watches = g_new0 (KithSipWatches, 1);

  watches->stack = stack;
  watches->by_handle = g_hash_table_new_full (NULL, NULL, NULL, watch_free);
  watches->by_id = g_hash_table_new (NULL, NULL);
  return watches;
}

void
kith_sip_watches_free (KithSipWatches *watches)
{
  g_hash_table_unref (watches->by_id);
  g_hash_table_unref (watches->by_handle);
  g_free (watches);
}

guint
kith_sip_watches_count (KithSipWatches *watches)
{
  return g_hash_table_size (watches->by_id);
}

static KithWatch
facts_of (const Watch *watch)
{
  return (KithWatch){ watch->id, watch->event, watch->phone, watch->user, watch->entity };
}

/* It is no more: whoever speaks of it is told. */
static void
finish (Watch *watch)
{
  KithSipWatches *watches = watch->owner;
  const gboolean is_news = g_hash_table_remove (watches->by_id, GUINT_TO_POINTER (watch->id));
  const guint id = watch->id;

  (void)g_hash_table_remove (watches->by_handle, watch->handle);
  kith_sip_stack_poke (watches->stack);
  if (is_news) {
    kith_notifier_tell_ended (KITH_NOTIFIER (watches->stack), id);
  }
}

/* What asks */

/* How long it is to last: *@seconds. FALSE: too short. */
static gboolean
read_expires (const sip_t *sip, guint *seconds)
{
  const guint64 wanted = sip->sip_expires != NULL ? sip->sip_expires->ex_delta : KITH_WATCH_MOST_S;

  *seconds = (guint)MIN (wanted, KITH_WATCH_MOST_S);
  return *seconds == 0 || *seconds >= KITH_WATCH_LEAST_S;
}

guint
kith_sip_watches_judge (KithSipWatches *watches, const char *phone, const sip_t *sip)
{
  KithWatch watch = { .phone = phone };
  guint seconds = 0, of_phone = 0;

  if (sip->sip_event == NULL || !kith_watch_event_find (sip->sip_event->o_type, &watch.event)) {
    return 489;
  }
  if (sip->sip_contact == NULL || sip->sip_contact->m_url->url_type != url_sip) {
    return 400;
  }
  if (!read_expires (sip, &seconds)) {
    return 423;
  }
  /* also those that nua has not told of yet */
  if (kith_call_ids_watching (watches->stack->call_ids, phone, &of_phone) >= KITH_WATCHES_MAX
      || of_phone >= KITH_WATCHES_OF_PHONE) {
    return 503;
  }
  g_autofree gchar *user = kith_sip_words_user (sip->sip_request->rq_url);
  g_autofree gchar *entity = kith_sip_words_uri (sip->sip_request->rq_url);
  watch.user = user;
  watch.entity = entity;
  return watches->judge != NULL ? watches->judge (&watch, watches->judge_data) : 404;
}

/* What nua tells */

static Watch *
watch_new (KithSipWatches *watches, const KithCallId *entry, nua_handle_t *handle, const sip_t *sip)
{
  Watch *watch = g_new0 (Watch, 1);
  g_autofree gchar *host = kith_sip_resolver_local_host (watches->stack->resolver, entry->next_hop);
  const char *own = host != NULL ? host : "127.0.0.1";

  watch->owner = watches;
  watch->handle = handle;
  watch->call_id = g_strdup (sip->sip_call_id->i_id);
  watch->phone = g_strdup (entry->phone);
  watch->user = kith_sip_words_user (sip->sip_request->rq_url);
  watch->entity = kith_sip_words_uri (sip->sip_request->rq_url);
  watch->contact = g_strdup_printf (
      strchr (own, ':') != NULL ? "<sip:[%s]:%u%s>" : "<sip:%s:%u%s>",
      own,
      watches->stack->edge_port,
      g_str_has_suffix (entry->next_hop, ";transport=tcp") ? ";transport=tcp" : "");
  (void)kith_watch_event_find (sip->sip_event->o_type, &watch->event);
  return watch;
}

/* Says yes, for so many seconds; the state follows from who is told. */
static void
accept_it (Watch *watch, const sip_t *sip)
{
  KithSipStack *stack = watch->owner->stack;
  guint seconds = 0;
  gchar expires[16];

  if (!read_expires (sip, &seconds)) {
    seconds = KITH_WATCH_LEAST_S; /* of a refresh */
  }
  (void)g_snprintf (expires, sizeof expires, "%u", seconds);
  nua_respond (watch->handle,
               SIP_200_OK,
               NUTAG_WITH_THIS (stack->nua),
               SIPTAG_EXPIRES_STR (expires),
               SIPTAG_CONTACT_STR (watch->contact),
               TAG_END ());
  kith_sip_stack_poke (stack);
}

static void
begin (KithSipWatches *watches, nua_handle_t *handle, const sip_t *sip)
{
  KithCallId *entry
      = sip != NULL ? kith_call_ids_find (watches->stack->call_ids, sip->sip_call_id->i_id) : NULL;

  if (entry == NULL || entry->phone == NULL || watches->stack->stopping != NULL) {
    nua_respond (handle,
                 SIP_480_TEMPORARILY_UNAVAILABLE,
                 NUTAG_WITH_THIS (watches->stack->nua),
                 TAG_END ());
    nua_handle_destroy (handle);
    return;
  }
  Watch *watch = watch_new (watches, entry, handle, sip);
  watch->id = ++watches->last_id;
  entry->forget_us = 0;
  entry->ringing = FALSE;
  g_hash_table_insert (watches->by_handle, handle, watch);
  g_hash_table_insert (watches->by_id, GUINT_TO_POINTER (watch->id), watch);
  kith_debug ("sip",
              "%s watches %s (%s)",
              watch->phone,
              watch->user,
              kith_watch_event_word (watch->event));
  accept_it (watch, sip);
  const KithWatch facts = facts_of (watch);
  kith_notifier_tell_wanted (KITH_NOTIFIER (watches->stack), &facts);
}

/* nua says yes to a refresh itself, and repeats its last NOTIFY: it is followed by one with the
   state of now. */
static void
refresh (Watch *watch, int status, const sip_t *sip)
{
  if (status < 200) {
    accept_it (watch, sip);
  }
  if (sip->sip_expires != NULL && sip->sip_expires->ex_delta == 0) {
    return; /* that was its end */
  }
  const KithWatch facts = facts_of (watch);
  kith_notifier_tell_wanted (KITH_NOTIFIER (watch->owner->stack), &facts);
}

/* A NOTIFY was answered, or nobody answered it: what nua says of its state is not always so. */
static void
on_notified (Watch *watch, int status, tagi_t tags[])
{
  int substate = nua_substate_active;

  tl_gets (tags, NUTAG_SUBSTATE_REF (substate), TAG_END ());
  if (status >= 200
      && (watch->is_over || substate == nua_substate_terminated
          || (status >= 300 && status != 401 && status != 407))) {
    kith_debug ("sip", "%s watches %s no more (%d)", watch->phone, watch->user, status);
    finish (watch);
  }
}

gboolean
kith_sip_watches_event (KithSipWatches *watches,
                        nua_event_t event,
                        int status,
                        nua_handle_t *handle,
                        sip_t const *sip,
                        tagi_t tags[])
{
  Watch *watch = handle != NULL ? g_hash_table_lookup (watches->by_handle, handle) : NULL;

  if (watch == NULL && event == nua_i_subscribe && handle != NULL && status < 200) {
    begin (watches, handle, sip);
    return TRUE;
  }
  if (watch == NULL) {
    return FALSE;
  }
  if (event == nua_i_subscribe && sip != NULL) {
    refresh (watch, status, sip);
  } else if (event == nua_r_notify) {
    on_notified (watch, status, tags);
  } else if (event == nua_i_terminated || event == nua_i_error) {
    finish (watch);
  }
  return TRUE;
}

/* The port */

static KithSipWatches *
watches_of (KithNotifier *self)
{
  return KITH_SIP_STACK (self)->watches;
}

static void
set_judge (KithNotifier *self, KithWatchJudge judge, gpointer user_data)
{
  watches_of (self)->judge = judge;
  watches_of (self)->judge_data = user_data;
}

static void
send_notify (Watch *watch, const char *body)
{
  nua_notify (watch->handle,
              NUTAG_SUBSTATE (nua_substate_active),
              SIPTAG_EVENT_STR (kith_watch_event_word (watch->event)),
              SIPTAG_CONTACT_STR (watch->contact),
              SIPTAG_CONTENT_TYPE_STR (kith_watch_event_type (watch->event)),
              SIPTAG_PAYLOAD_STR (body),
              TAG_END ());
  kith_sip_stack_poke (watch->owner->stack);
}

static void
notify (KithNotifier *self, guint id, const char *body)
{
  Watch *watch = g_hash_table_lookup (watches_of (self)->by_id, GUINT_TO_POINTER (id));

  if (watch != NULL) {
    send_notify (watch, body);
  }
}

static void
say_goodbye (Watch *watch, KithWatchEnd why)
{
  watch->is_over = TRUE;
  nua_notify (watch->handle,
              NUTAG_SUBSTATE (nua_substate_terminated),
              SIPTAG_EVENT_STR (kith_watch_event_word (watch->event)),
              SIPTAG_CONTACT_STR (watch->contact),
              SIPTAG_SUBSCRIPTION_STATE_STR (why == KITH_WATCH_NO_RESOURCE
                                                 ? "terminated;reason=noresource"
                                                 : "terminated;reason=deactivated"),
              TAG_END ());
  kith_sip_stack_poke (watch->owner->stack);
}

static void
end (KithNotifier *self, guint id, KithWatchEnd why)
{
  KithSipWatches *watches = watches_of (self);
  Watch *watch = g_hash_table_lookup (watches->by_id, GUINT_TO_POINTER (id));

  if (watch != NULL) {
    (void)g_hash_table_remove (watches->by_id, GUINT_TO_POINTER (id));
    say_goodbye (watch, why);
  }
}

void
kith_sip_watches_iface_init (KithNotifierInterface *iface)
{
  iface->set_judge = set_judge;
  iface->notify = notify;
  iface->end = end;
}

gboolean
kith_sip_watches_stop (KithSipWatches *watches)
{
  GHashTableIter iter;
  gpointer value = NULL;
  const gboolean any = g_hash_table_size (watches->by_handle) > 0;

  g_hash_table_remove_all (watches->by_id);
  g_hash_table_iter_init (&iter, watches->by_handle);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (!((Watch *)value)->is_over) {
      say_goodbye (value, KITH_WATCH_DEACTIVATED);
    }
  }
  return any;
}

void
kith_sip_watches_clear (KithSipWatches *watches)
{
  g_hash_table_remove_all (watches->by_id);
  g_hash_table_remove_all (watches->by_handle);
}
