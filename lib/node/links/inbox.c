/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Watches and fills inboxes in the locators. */
#include "node/links/inbox.h"

#include <string.h>

#include "base/log.h"
#include "identity/seal.h"
#include "model/names/epoch.h"

#define MAX_SEEN 1280      /* of each kind: taken, and what is not for us */
#define MAX_PER_MINUTE 600 /* knocks opened, by each way; each costs half a millisecond */
#define KNOWN_A_MINUTE 120 /* of them taken: of contacts and pinned keys */
/* … and of those of whom nothing is known: anybody can be as many as wanted */
#define STRANGERS_A_MINUTE 60
#define ROTATE_MS (60 * 1000)
#define POLL_MS 1000   /* between looks while somebody waits urgently */
#define SETTLE_MS 5000 /* of looking after a change of address */

typedef struct {
  KithLocator *locator; /* (owned) */
  guint id;
  gint64 epoch;
} Watch;

/* Values that came, the oldest of which is forgotten. */
typedef struct {
  GHashTable *set; /* of GBytes */
  GQueue order;    /* the same, oldest first */
} Seen;

/* What came by one way in this minute. */
typedef struct {
  guint opened;
  guint of_known, of_strangers;
} Budget;

struct _KithInbox {
  GObject parent_instance;
  KithClock *clock;
  KithVault *vault;
  GPtrArray *locators;
  guint8 name_secret[32];  /* of our own name */
  GPtrArray *watches;      /* of Watch */
  Seen knocks;             /* taken; outlives KITH_KNOCK_TOLERANCE, whatever else comes */
  Seen noise;              /* what is not for us comes again with every look, too */
  Budget found;            /* in the locators */
  Budget carried;          /* by friends: who floods the locators does not shut these out */
  KithInboxKnown is_known; /* NULL: nobody is */
  gpointer known_data;
  guint timer;
  guint urgent;        /* how many wait for a knock without a path */
  guint settling;      /* timer: our address has changed a moment ago */
  guint poll;          /* timer */
  GCancellable *asked; /* of the look-ups under way */
};

G_DEFINE_FINAL_TYPE (KithInbox, kith_inbox, G_TYPE_OBJECT)

enum { SIGNAL_KNOCK, SIGNAL_SEALED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
watch_free (gpointer data)
{
  Watch *watch = data;

  kith_locator_unwatch (watch->locator, watch->id);
  g_object_unref (watch->locator);
  g_free (watch);
}

/* The whole value counts: who copies a part of one to something else must not make the real one
   look old. */
static void
remember (Seen *seen, GBytes *value)
{
  if (seen->order.length == MAX_SEEN) {
    g_hash_table_remove (seen->set, g_queue_pop_head (&seen->order));
  }
  GBytes *kept = g_bytes_new (g_bytes_get_data (value, NULL), g_bytes_get_size (value));
  g_hash_table_add (seen->set, kept);
  g_queue_push_tail (&seen->order, kept);
}

/* TRUE when a knock of @identity has room in this minute. */
static gboolean
spend (KithInbox *inbox, Budget *budget, const KithPeerKey *identity)
{
  if (inbox->is_known != NULL && inbox->is_known (identity, inbox->known_data)) {
    return budget->of_known++ < KNOWN_A_MINUTE;
  }
  return budget->of_strangers++ < STRANGERS_A_MINUTE;
}

static KithInboxVerdict
take (KithInbox *inbox, GBytes *sealed, Budget *budget)
{
  g_autoptr (KithInbox) kept = g_object_ref (inbox);
  g_autoptr (GBytes) inner = NULL;
  g_autoptr (GError) error = NULL;
  KithKnock knock;

  if (budget->opened >= MAX_PER_MINUTE || g_bytes_get_size (sealed) > KITH_RECORD_MAX) {
    return KITH_INBOX_BAD;
  }
  if (g_hash_table_contains (inbox->knocks.set, sealed)) {
    return KITH_INBOX_SEEN;
  }
  if (g_hash_table_contains (inbox->noise.set, sealed)) {
    return KITH_INBOX_BAD;
  }
  if (!kith_vault_unseal (inbox->vault, sealed, &inner)) {
    remember (&inbox->noise, sealed);
    return KITH_INBOX_BAD; /* garbage costs half a microsecond */
  }
  budget->opened++;
  if (!kith_knock_open (inner,
                        kith_vault_get_identity (inbox->vault),
                        kith_clock_wall (inbox->clock) / G_USEC_PER_SEC,
                        &knock,
                        &error)) {
    remember (&inbox->noise, sealed);
    kith_debug ("inbox", "a knock was dropped: %s", error->message);
    return KITH_INBOX_BAD;
  }
  if (!spend (inbox, budget, &knock.device.identity)) {
    return KITH_INBOX_BAD; /* it may come again */
  }
  remember (&inbox->knocks, sealed);
  kith_debug ("inbox", "a knock of kind %d came", (int)knock.kind);
  g_signal_emit (inbox, signals[SIGNAL_KNOCK], 0, &knock);
  return KITH_INBOX_NEW;
}

KithInboxVerdict
kith_inbox_take (KithInbox *inbox, GBytes *sealed)
{
  return take (inbox, sealed, &inbox->carried);
}

static gboolean
on_found (KithLocator *locator, GBytes *value, const KithFound *contact, gpointer user_data)
{
  KithInbox *inbox = user_data;

  if (value != NULL) {
    (void)take (inbox, value, &inbox->found);
  }
  return G_SOURCE_CONTINUE;
}

static void
watch_location (KithInbox *inbox, gint64 epoch, const guint8 *location)
{
  for (guint i = 0; i < inbox->locators->len; i++) {
    KithLocator *locator = inbox->locators->pdata[i];
    guint id = kith_locator_watch (locator, location, on_found, inbox);
    if (id != 0) {
      Watch *watch = g_new0 (Watch, 1);
      watch->locator = g_object_ref (locator);
      watch->id = id;
      watch->epoch = epoch;
      g_ptr_array_add (inbox->watches, watch);
    }
  }
}

static void
watch_epoch (KithInbox *inbox, gint64 epoch)
{
  guint8 location[KITH_LOCATION_LEN];

  kith_inbox_location (kith_vault_get_identity (inbox->vault), epoch, location);
  watch_location (inbox, epoch, location);
  kith_name_inbox_location (inbox->name_secret, epoch, location);
  watch_location (inbox, epoch, location);
}

static gboolean
is_watched (KithInbox *inbox, gint64 epoch)
{
  for (guint i = 0; i < inbox->watches->len; i++) {
    if (((Watch *)inbox->watches->pdata[i])->epoch == epoch) {
      return TRUE;
    }
  }
  return FALSE;
}

static void
watch_days (KithInbox *inbox)
{
  gint64 wall = kith_clock_wall (inbox->clock);
  gint64 days[2] = { kith_epoch_at (wall), kith_epoch_neighbour (wall) };

  for (guint i = inbox->watches->len; i > 0; i--) {
    Watch *watch = inbox->watches->pdata[i - 1];
    if (watch->epoch != days[0] && watch->epoch != days[1]) {
      g_ptr_array_remove_index (inbox->watches, i - 1);
    }
  }
  for (guint i = 0; i < G_N_ELEMENTS (days); i++) {
    if (!is_watched (inbox, days[i])) {
      watch_epoch (inbox, days[i]);
    }
  }
}

static gboolean
on_minute (gpointer user_data)
{
  KithInbox *inbox = user_data;

  inbox->found = inbox->carried = (Budget){ 0 };
  watch_days (inbox);
  return G_SOURCE_CONTINUE;
}

static void
on_polled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KithInbox) inbox = user_data;

  (void)kith_locator_look_up_finish (KITH_LOCATOR (source), result, NULL);
}

/* A watch is told of what comes, by nodes that know an address of ours which may be gone: ask, from
   where we are now. */
static gboolean
on_poll (gpointer user_data)
{
  KithInbox *inbox = user_data;
  guint8 location[KITH_LOCATION_LEN];
  KithQuery query = { .location = location };

  kith_inbox_location (kith_vault_get_identity (inbox->vault),
                       kith_epoch_at (kith_clock_wall (inbox->clock)),
                       location);
  for (guint i = 0; i < inbox->locators->len; i++) {
    kith_locator_look_up_async (inbox->locators->pdata[i],
                                &query,
                                on_found,
                                inbox->asked,
                                on_polled,
                                g_object_ref (inbox));
  }
  return G_SOURCE_CONTINUE;
}

static void
stop_polling (KithInbox *inbox)
{
  if (inbox->asked != NULL) {
    kith_clock_cancel (inbox->clock, &inbox->poll);
    g_cancellable_cancel (inbox->asked);
    g_clear_object (&inbox->asked);
  }
}

void
kith_inbox_set_urgent (KithInbox *inbox, gboolean urgent)
{
  inbox->urgent = urgent ? inbox->urgent + 1 : MAX (inbox->urgent, 1) - 1;
  if (inbox->urgent > 0 && inbox->asked == NULL) {
    inbox->asked = g_cancellable_new ();
    inbox->poll = kith_clock_add (inbox->clock, POLL_MS, on_poll, inbox);
  } else if (inbox->urgent == 0) {
    stop_polling (inbox);
  }
}

static gboolean
on_settled (gpointer user_data)
{
  KithInbox *inbox = user_data;

  inbox->settling = 0;
  kith_inbox_set_urgent (inbox, FALSE);
  return G_SOURCE_REMOVE;
}

void
kith_inbox_renew (KithInbox *inbox)
{
  g_ptr_array_set_size (inbox->watches, 0);
  watch_days (inbox);
  if (inbox->settling != 0) {
    kith_clock_cancel (inbox->clock, &inbox->settling);
  } else {
    kith_inbox_set_urgent (inbox, TRUE);
  }
  inbox->settling = kith_clock_add (inbox->clock, SETTLE_MS, on_settled, inbox);
}

static void
kith_inbox_dispose (GObject *object)
{
  KithInbox *inbox = KITH_INBOX (object);

  if (inbox->clock != NULL) {
    kith_clock_cancel (inbox->clock, &inbox->settling);
    kith_clock_cancel (inbox->clock, &inbox->timer);
    stop_polling (inbox);
  }
  g_clear_pointer (&inbox->watches, g_ptr_array_unref);
  g_clear_pointer (&inbox->locators, g_ptr_array_unref);
  g_clear_pointer (&inbox->knocks.set, g_hash_table_unref);
  g_clear_pointer (&inbox->noise.set, g_hash_table_unref);
  g_queue_clear (&inbox->knocks.order);
  g_queue_clear (&inbox->noise.order);
  g_clear_object (&inbox->vault);
  g_clear_object (&inbox->clock);
  G_OBJECT_CLASS (kith_inbox_parent_class)->dispose (object);
}

static void
kith_inbox_class_init (KithInboxClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kith_inbox_dispose;
  signals[SIGNAL_KNOCK] = g_signal_new ("knock",
                                        KITH_TYPE_INBOX,
                                        G_SIGNAL_RUN_LAST,
                                        0,
                                        NULL,
                                        NULL,
                                        NULL,
                                        G_TYPE_NONE,
                                        1,
                                        G_TYPE_POINTER);
  signals[SIGNAL_SEALED] = g_signal_new ("sealed",
                                         KITH_TYPE_INBOX,
                                         G_SIGNAL_RUN_LAST,
                                         0,
                                         NULL,
                                         NULL,
                                         NULL,
                                         G_TYPE_NONE,
                                         3,
                                         G_TYPE_POINTER,
                                         G_TYPE_POINTER,
                                         G_TYPE_BYTES);
}

static void
seen_init (Seen *seen)
{
  seen->set
      = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
  g_queue_init (&seen->order);
}

static void
kith_inbox_init (KithInbox *inbox)
{
  inbox->watches = g_ptr_array_new_with_free_func (watch_free);
  seen_init (&inbox->knocks);
  seen_init (&inbox->noise);
}

KithInbox *
kith_inbox_new (KithClock *clock, KithVault *vault, GPtrArray *locators)
{
  KithInbox *inbox = g_object_new (KITH_TYPE_INBOX, NULL);

  inbox->clock = g_object_ref (clock);
  inbox->vault = g_object_ref (vault);
  inbox->locators = g_ptr_array_ref (locators);
  kith_name_secret (kith_vault_get_name (vault), inbox->name_secret);
  watch_days (inbox);
  inbox->timer = kith_clock_add (clock, ROTATE_MS, on_minute, inbox);
  return inbox;
}

void
kith_inbox_set_known_func (KithInbox *inbox, KithInboxKnown func, gpointer user_data)
{
  inbox->is_known = func;
  inbox->known_data = user_data;
}

static void
leave (KithInbox *inbox, const guint8 *location, GBytes *sealed)
{
  for (guint i = 0; i < inbox->locators->len; i++) {
    (void)kith_locator_publish (inbox->locators->pdata[i], location, sealed, FALSE);
  }
}

void
kith_inbox_send (KithInbox *inbox,
                 const KithPeerKey *identity,
                 const guint8 *name_secret,
                 const KithKnock *knock)
{
  gint64 wall = kith_clock_wall (inbox->clock);
  KithKnock signed_knock = *knock;
  guint8 location[KITH_LOCATION_LEN];
  g_autoptr (GError) error = NULL;

  signed_knock.issued = wall / G_USEC_PER_SEC;
  if (!kith_vault_sign_knock (inbox->vault,
                              &signed_knock,
                              identity,
                              wall / G_USEC_PER_SEC,
                              &error)) {
    kith_warning ("inbox", "cannot sign a knock: %s", error->message);
    return;
  }
  g_autoptr (GBytes) sealed = kith_knock_seal (&signed_knock, identity, &error);
  if (sealed == NULL) {
    kith_warning ("inbox", "cannot seal a knock: %s", error->message);
    return;
  }
  kith_debug ("inbox",
              "a knock of kind %d goes to %s",
              (int)signed_knock.kind,
              name_secret != NULL ? "both inboxes" : "one inbox");
  g_signal_emit (inbox, signals[SIGNAL_SEALED], 0, identity, &signed_knock, sealed);
  if (name_secret != NULL) { /* first: its nodes are known */
    kith_name_inbox_location (name_secret, kith_epoch_at (wall), location);
    leave (inbox, location, sealed);
  }
  kith_inbox_location (identity, kith_epoch_at (wall), location);
  leave (inbox, location, sealed);
}
