/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks friends for channels, the quickest first, and the next one when one refuses or goes. */
#include "node/relay/detours.h"

#include <string.h>

#include "base/log.h"
#include "node/relay/detours-private.h"

#define MAX_DETOURS 64
#define LINK_ID_LABEL "EXPORTER-kith-link-id"

G_DEFINE_FINAL_TYPE (KithDetours, kith_detours, G_TYPE_OBJECT)

static void
detour_free (gpointer data)
{
  KithDetourChannel *detour = data;

  kith_link_unhold (detour->link);
  g_object_unref (detour->link);
  g_free (detour);
}

KithTrace *
kith_detours_get_trace (KithDetours *detours, const KithPeerKey *identity)
{
  return detours->trace_func != NULL ? detours->trace_func (identity, detours->trace_data) : NULL;
}

const char *
kith_detours_name_of (KithDetours *detours, const KithPeerKey *friend_key)
{
  const KithContact *person = kith_contacts_find (detours->contacts, friend_key);

  return person != NULL ? person->name : "a friend";
}

/* Detours */

static gboolean
on_send (const guint8 *packet, gsize len, gpointer user_data)
{
  KithDetourChannel *detour = user_data;
  guint8 frame[KITH_FRAME_MAX];

  if (len > sizeof frame - KITH_CHANNEL_ID_LEN) {
    return FALSE;
  }
  memcpy (frame, &detour->number, KITH_CHANNEL_ID_LEN);
  memcpy (frame + KITH_CHANNEL_ID_LEN, packet, len);
  return kith_link_send_frame (detour->link, frame, len + KITH_CHANNEL_ID_LEN);
}

static void
tell_closed (KithDetours *detours, KithLink *link, const guint8 *channel, KithRelayReason reason)
{
  KithFriendLink *entry = kith_friend_links_find (detours->linked, link);
  KithRelayNote note = { .kind = KITH_NOTE_CHANNEL, .op = KITH_CHANNEL_CLOSED, .reason = reason };

  memcpy (note.channel, channel, sizeof note.channel);
  if (entry != NULL) {
    (void)kith_friend_links_send (entry, &note);
  }
}

static void
on_released (gpointer user_data)
{
  KithDetourChannel *detour = user_data;
  KithDetours *detours = detour->owner;

  detour->id = 0;
  tell_closed (detours, detour->link, (const guint8 *)&detour->number, KITH_RELAY_DONE);
  (void)g_hash_table_remove (detours->detours, &detour->number);
}

/* Takes the channel of @note over @link for the link with @identity. FALSE: the maker has no use for it. */
static gboolean
add_detour (KithDetours *detours,
            KithFriendLink *from,
            const KithPeerKey *identity,
            const guint8 *link_id,
            const KithRelayNote *note)
{
  KithDetourChannel *detour = g_new0 (KithDetourChannel, 1);
  guint other_ms = note->op == KITH_CHANNEL_OPENED ? note->other_rtt_ms : note->asker_rtt_ms;
  guint delay_ms = ((guint)kith_friend_links_rtt (from) + other_ms + 1) / 2;

  memcpy (&detour->number, note->channel, sizeof detour->number);
  detour->owner = detours;
  detour->link = g_object_ref (from->link);
  kith_link_hold (detour->link);
  detour->friend_key = from->identity;
  detour->identity = *identity;
  memcpy (detour->link_id, link_id, sizeof detour->link_id);
  if (g_hash_table_size (detours->detours) >= MAX_DETOURS
      || g_hash_table_contains (detours->detours, &detour->number)) {
    detour_free (detour);
    return FALSE;
  }
  g_hash_table_insert (detours->detours, &detour->number, detour);
  guint64 number = detour->number;
  KithDetour way = { .friend_key = from->identity,
                     .delay_ms = delay_ms,
                     .send = on_send,
                     .released = on_released,
                     .user_data = detour };
  guint id = kith_link_maker_add_detour (detours->maker, link_id, &way);
  detour = g_hash_table_lookup (detours->detours, &number); /* it may be released already */
  if (id == 0) {
    (void)g_hash_table_remove (detours->detours, &number);
    return FALSE;
  }
  if (detour != NULL) {
    detour->id = id;
    kith_detours_tell_given (detours, identity, &from->identity, delay_ms);
  }
  return TRUE;
}

/* The friend over @link carries this no more. */
static void
lose (KithDetours *detours, KithDetourChannel *detour)
{
  guint64 number = detour->number;

  if (detour->id != 0) {
    kith_link_maker_remove_detour (detours->maker,
                                   detour->id); /* the link may tell of it: @detour may be gone */
  }
  (void)g_hash_table_remove (detours->detours, &number);
}

/* TRUE when the link has no path of its own: a friend carries it, or nothing does since a friend left. */
static gboolean
is_needy (const KithFriendLink *entry)
{
  KithLinkPath path = { 0 };

  kith_link_get_path (entry->link, &path);
  return path.is_relayed_by_friend || path.remote.family == 0;
}

/* The link to @identity that runs over a friend now, or is without a path: its number, by which another detour can be given to it. */
static gboolean
find_needy (KithDetours *detours, const KithPeerKey *identity, guint8 link_id[KITH_SEED_LEN])
{
  g_autoptr (GPtrArray) all = kith_friend_links_list (detours->linked);

  for (guint i = 0; i < all->len; i++) {
    KithFriendLink *entry = all->pdata[i];
    if (kith_peer_key_equal (&entry->identity, identity)
        && kith_link_get_state (entry->link) != KITH_LINK_CLOSED && is_needy (entry)
        && kith_link_export_key (entry->link, LINK_ID_LABEL, NULL, 0, link_id, KITH_SEED_LEN)) {
      return TRUE;
    }
  }
  return FALSE;
}

/* A channel for the link of @link_id with @identity is missing: the next friend is asked, if the link still needs one. */
static void
replace (KithDetours *detours,
         const KithPeerKey *identity,
         const guint8 link_id[KITH_SEED_LEN],
         const KithPeerKey *without)
{
  guint8 exported[KITH_SEED_LEN];
  KithDetourAsk *ask = NULL;

  if (find_needy (detours, identity, exported)) {
    ask = kith_detours_get_ask (detours,
                                identity,
                                exported); /* it is up: the friend needs no knock for it */
  } else {
    ask = kith_detours_find_ask (detours, link_id); /* it is being made */
  }
  if (ask != NULL) {
    (void)g_hash_table_add (ask->tried, g_memdup2 (without, sizeof *without));
    kith_detours_ask_next (detours, ask);
  }
}

/* Notes */

/* Lets the friend over @link know that it may tell the asker of us. */
static void
tell_taken (KithDetours *detours, KithLink *link, const KithPeerKey *asker, gboolean proved)
{
  KithFriendLink *entry = kith_friend_links_find (detours->linked, link);
  const KithRelayNote note
      = { .kind = KITH_NOTE_CHANNEL, .op = KITH_CHANNEL_TAKEN, .peer = *asker };

  if (entry != NULL && detours->takes_func != NULL
      && detours->takes_func (asker, proved, detours->takes_data)) {
    (void)kith_friend_links_send (entry, &note);
  }
}

void
kith_detours_take_carried (KithDetours *detours, KithFriendLink *from, const KithRelayNote *note)
{
  KithInboxVerdict verdict = KITH_INBOX_BAD;
  KithLink *link = from->link;

  if (kith_contacts_find_friend (detours->contacts, &from->identity) == NULL) {
    return; /* whom we did not choose does not carry for us */
  }
  if (note->knock_len > 0) {
    g_autoptr (GBytes) sealed = g_bytes_new (note->knock, note->knock_len);
    verdict = kith_inbox_take (detours->inbox, sealed);
  }
  gboolean is_good = note->knock_len == 0 || verdict != KITH_INBOX_BAD;
  from = kith_friend_links_find (detours->linked, link); /* the knock may have closed it */
  gboolean is_used = note->has_channel && from != NULL && is_good
                     && !kith_friend_links_is_carried (from)
                     && add_detour (detours, from, &note->peer, note->link_id, note);
  tell_taken (detours, link, &note->peer, is_used || verdict != KITH_INBOX_BAD);
  if (note->has_channel && from != NULL && !is_used) {
    tell_closed (detours, link, note->channel, KITH_RELAY_OTHER);
  }
}

/* Once for each friend and link: knocks are repeated. */
static void
trace_carrier (KithDetours *detours,
               const KithPeerKey *friend_key,
               const KithDetourRequest *request)
{
  KithDetourAsk *ask = kith_detours_find_ask (detours, request->link_id);

  if (ask == NULL || g_hash_table_add (ask->carriers, g_memdup2 (friend_key, sizeof *friend_key))) {
    kith_trace_add (kith_detours_get_trace (detours, &request->identity),
                    KITH_TRACE_KNOCK,
                    "knock carried by %s in %" G_GINT64_FORMAT " ms",
                    kith_detours_name_of (detours, friend_key),
                    (kith_clock_now (detours->clock) - request->at_us) / 1000);
  }
}

static void
take_answer (KithDetours *detours,
             KithFriendLink *from,
             const KithDetourRequest *request,
             const KithRelayNote *note)
{
  KithTrace *trace = kith_detours_get_trace (detours, &request->identity);

  switch (note->op) {
  case KITH_CHANNEL_OPENED:
  case KITH_CHANNEL_PASSED:
  case KITH_CHANNEL_NONE:
    trace_carrier (detours, &from->identity, request);
    break;
  case KITH_CHANNEL_REFUSED:
  case KITH_CHANNEL_CLOSED:
  case KITH_CHANNEL_TAKEN:
    break;
  }
  kith_trace_mark (trace, KITH_MARK_FRIEND_ASKED);
  if (note->op == KITH_CHANNEL_REFUSED || note->op == KITH_CHANNEL_NONE) {
    kith_detours_tell_refused (detours, &request->identity, &from->identity, note->reason);
  }
}

static gboolean
take_closed (KithDetours *detours, KithFriendLink *from, const KithRelayNote *note)
{
  guint64 number;

  memcpy (&number, note->channel, sizeof number);
  KithDetourChannel *detour = g_hash_table_lookup (detours->detours, &number);
  if (detour == NULL || detour->link != from->link) {
    return FALSE;
  }
  KithPeerKey identity = detour->identity;
  guint8 link_id[KITH_SEED_LEN];
  memcpy (link_id, detour->link_id, sizeof link_id);
  KithPeerKey friend_key = from->identity;
  kith_detours_tell_ended (detours, &identity, &friend_key, note->reason);
  lose (detours, detour);
  if (note->reason != KITH_RELAY_DONE) {
    replace (detours, &identity, link_id, &friend_key);
  }
  return TRUE;
}

gboolean
kith_detours_take_channel (KithDetours *detours, KithFriendLink *from, const KithRelayNote *note)
{
  if (note->op == KITH_CHANNEL_CLOSED) {
    return take_closed (detours, from, note);
  }
  KithDetourRequest *found = kith_detours_find_request (detours, from->link, note->request);
  if (found == NULL) {
    if (note->op == KITH_CHANNEL_OPENED) {
      tell_closed (detours, from->link, note->channel, KITH_RELAY_DONE);
    }
    return FALSE;
  }
  const KithDetourRequest request = *found;
  KithPeerKey friend_key = from->identity;
  (void)g_ptr_array_remove (detours->requests, found);
  take_answer (detours, from, &request, note);
  if (note->op == KITH_CHANNEL_OPENED) {
    if (!request.wants_channel
        || !add_detour (detours, from, &request.identity, request.link_id, note)) {
      tell_closed (detours, request.link, note->channel, KITH_RELAY_DONE);
    }
  } else if (request.wants_channel) {
    replace (detours, &request.identity, request.link_id, &friend_key);
  }
  return TRUE;
}

gboolean
kith_detours_take_frame (KithDetours *detours, KithLink *link, const guint8 *data, gsize len)
{
  guint64 number;

  if (len <= KITH_CHANNEL_ID_LEN) {
    return FALSE;
  }
  memcpy (&number, data, sizeof number);
  const KithDetourChannel *detour = g_hash_table_lookup (detours->detours, &number);
  if (detour == NULL || detour->link != link) {
    return FALSE;
  }
  return kith_link_maker_detour_input (detours->maker,
                                       detour->id,
                                       data + KITH_CHANNEL_ID_LEN,
                                       len - KITH_CHANNEL_ID_LEN);
}

/* The detours over @link: (transfer container), each to be looked up again by its number. */
static GArray *
list_over (KithDetours *detours, KithLink *link)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint64));
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, detours->detours);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    KithDetourChannel *detour = value;
    if (detour->link == link) {
      g_array_append_val (numbers, detour->number);
    }
  }
  return numbers;
}

/* Gives up one detour and asks another friend. */
static void
give_up (KithDetours *detours, KithDetourChannel *detour, KithDetourGivenUp why)
{
  const KithDetourChannel lost = *detour;

  tell_closed (detours,
               lost.link,
               (const guint8 *)&lost.number,
               why == KITH_DETOUR_UNWANTED ? KITH_RELAY_UNWANTED : KITH_RELAY_DONE);
  kith_detours_tell_given_up (detours, &lost.identity, &lost.friend_key, why);
  lose (detours, detour);
  replace (detours, &lost.identity, lost.link_id, &lost.friend_key);
}

/* TRUE when a friend who is heard could carry to @identity in the place of @friend_key. */
static gboolean
has_other (KithDetours *detours, const KithPeerKey *identity, const KithPeerKey *friend_key)
{
  g_autoptr (GPtrArray) friends
      = kith_friend_links_friends (detours->linked, KITH_RELAY_CARRIES | KITH_RELAY_GIVES);

  for (guint i = 0; i < friends->len; i++) {
    const KithFriendLink *entry = friends->pdata[i];
    if (!kith_peer_key_equal (&entry->identity, identity)
        && !kith_peer_key_equal (&entry->identity, friend_key)) {
      return TRUE;
    }
  }
  return FALSE;
}

void
kith_detours_suspect_link (KithDetours *detours, KithLink *link)
{
  g_autoptr (GArray) numbers = list_over (detours, link);

  kith_detours_forget_requests (detours, link);
  for (guint i = 0; i < numbers->len; i++) {
    KithDetourChannel *detour
        = g_hash_table_lookup (detours->detours, &g_array_index (numbers, guint64, i));
    if (detour != NULL && has_other (detours, &detour->identity, &detour->friend_key)) {
      give_up (detours, detour, KITH_DETOUR_QUIET);
    }
  }
}

static void
leave_link (KithDetours *detours, KithLink *link, KithDetourGivenUp why)
{
  g_autoptr (GArray) numbers = list_over (detours, link);

  kith_detours_forget_requests (detours, link);
  for (guint i = 0; i < numbers->len; i++) {
    KithDetourChannel *detour
        = g_hash_table_lookup (detours->detours, &g_array_index (numbers, guint64, i));
    if (detour != NULL) {
      give_up (detours, detour, why);
    }
  }
}

void
kith_detours_drop_link (KithDetours *detours, KithLink *link)
{
  leave_link (detours, link, KITH_DETOUR_LINK_GONE);
}

void
kith_detours_refuse_link (KithDetours *detours, KithLink *link)
{
  leave_link (detours, link, KITH_DETOUR_UNWANTED);
}

void
kith_detours_forgive (KithDetours *detours, const KithPeerKey *friend_key)
{
  for (guint i = 0; i < detours->asks->len; i++) {
    const KithDetourAsk *ask = detours->asks->pdata[i];
    (void)g_hash_table_remove (ask->tried, friend_key);
  }
}

guint
kith_detours_count (KithDetours *detours)
{
  return g_hash_table_size (detours->detours);
}

/* Life */

static void
kith_detours_dispose (GObject *object)
{
  KithDetours *detours = KITH_DETOURS (object);
  GHashTableIter iter;
  gpointer value;

  if (detours->clock != NULL) {
    kith_clock_cancel (detours->clock, &detours->timer);
  }
  if (detours->inbox != NULL) {
    g_signal_handlers_disconnect_by_data (detours->inbox, detours);
  }
  g_hash_table_iter_init (&iter, detours->detours);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const KithDetourChannel *detour = value;
    if (detour->id != 0) {
      kith_link_maker_remove_detour (detours->maker, detour->id);
    }
    g_hash_table_iter_remove (&iter);
  }
  g_ptr_array_set_size (detours->asks, 0);
  g_ptr_array_set_size (detours->requests, 0);
  g_clear_object (&detours->inbox);
  g_clear_object (&detours->maker);
  g_clear_object (&detours->contacts);
  g_clear_object (&detours->clock);
  G_OBJECT_CLASS (kith_detours_parent_class)->dispose (object);
}

static void
kith_detours_finalize (GObject *object)
{
  KithDetours *detours = KITH_DETOURS (object);

  g_hash_table_unref (detours->detours);
  g_ptr_array_unref (detours->requests);
  g_ptr_array_unref (detours->asks);
  G_OBJECT_CLASS (kith_detours_parent_class)->finalize (object);
}

static void
kith_detours_class_init (KithDetoursClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kith_detours_dispose;
  G_OBJECT_CLASS (klass)->finalize = kith_detours_finalize;
  g_signal_new ("obstacle",
                KITH_TYPE_DETOURS,
                G_SIGNAL_RUN_LAST,
                0,
                NULL,
                NULL,
                NULL,
                G_TYPE_NONE,
                3,
                G_TYPE_POINTER,
                G_TYPE_UINT,
                G_TYPE_STRING);
}

static void
kith_detours_init (KithDetours *detours)
{
  detours->asks = g_ptr_array_new_with_free_func (kith_detours_free_ask);
  detours->requests = g_ptr_array_new_with_free_func (g_free);
  detours->detours = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, detour_free);
}

KithDetours *
kith_detours_new (KithClock *clock,
                  KithContacts *contacts,
                  KithFriendLinks *linked,
                  KithLinkMaker *maker,
                  KithInbox *inbox)
{
  KithDetours *detours = g_object_new (KITH_TYPE_DETOURS, NULL);

  detours->clock = g_object_ref (clock);
  detours->contacts = g_object_ref (contacts);
  detours->linked = linked;
  detours->maker = g_object_ref (maker);
  detours->inbox = g_object_ref (inbox);
  g_signal_connect (inbox, "sealed", G_CALLBACK (kith_detours_on_sealed), detours);
  return detours;
}

void
kith_detours_set_trace_func (KithDetours *detours, KithDetoursTrace func, gpointer user_data)
{
  detours->trace_func = func;
  detours->trace_data = user_data;
}

void
kith_detours_set_call_func (KithDetours *detours, KithDetoursHasCall func, gpointer user_data)
{
  detours->call_func = func;
  detours->call_data = user_data;
}

gboolean
kith_detours_has_call (KithDetours *detours, const KithPeerKey *identity)
{
  return detours->call_func != NULL && detours->call_func (identity, detours->call_data);
}

void
kith_detours_set_takes_func (KithDetours *detours, KithDetoursTakes func, gpointer user_data)
{
  detours->takes_func = func;
  detours->takes_data = user_data;
}

void
kith_detours_set_worth_func (KithDetours *detours, KithDetoursWorth func, gpointer user_data)
{
  detours->worth_func = func;
  detours->worth_data = user_data;
}
