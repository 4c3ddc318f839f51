/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The DHT that is a table in memory, and the locators on it. */
#include "common/fake-locator.h"

#include <string.h>

#include "base/error.h"

#define LIFE_US (600 * G_USEC_PER_SEC)
#define MAX_VALUES 64

typedef struct {
  guint8 location[KITH_LOCATION_LEN];
  GBytes *bytes;
  gint64 born_us;
} Value;

struct _KithFakeDht {
  GObject parent_instance;
  KithClock *clock;
  guint delay_ms, tail_ms;
  gboolean connected;
  GPtrArray *values;   /* of Value */
  GPtrArray *locators; /* of KithFakeLocator, not owned */
  guint n_puts, n_look_ups;
};

typedef struct {
  guint id;
  guint8 location[KITH_LOCATION_LEN];
  KithFoundFunc found; /* a watch */
  gpointer user_data;
  GBytes *kept; /* a publication */
} Open;

struct _KithFakeLocator {
  GObject parent_instance;
  KithFakeDht *dht;
  const char *name;
  KithLocatorState state;
  guint last_id;
  guint generation; /* rises with each stop and death: what is under way then is void */
  GPtrArray *open;  /* of Open */
};

/* One value on its way to one watch. */
typedef struct {
  KithFakeLocator *locator;
  guint watch_id;
  GBytes *bytes;
} Delivery;

typedef struct {
  guint8 location[KITH_LOCATION_LEN];
  gboolean has_location;
  gboolean went_out; /* the DHT was connected when it was asked */
  KithFoundFunc found;
  gpointer user_data;
  guint generation;
} LookUp;

static void kith_fake_locator_iface_init (KithLocatorInterface *iface);

G_DEFINE_FINAL_TYPE (KithFakeDht, kith_fake_dht, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE_WITH_CODE (KithFakeLocator,
                               kith_fake_locator,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_LOCATOR,
                                                      kith_fake_locator_iface_init))

/* The table */

static void
value_free (gpointer data)
{
  Value *value = data;

  g_bytes_unref (value->bytes);
  g_free (value);
}

static gboolean
is_live (KithFakeDht *dht, const Value *value)
{
  return dht->clock == NULL || kith_clock_now (dht->clock) < value->born_us + LIFE_US;
}

static void
open_free (gpointer data)
{
  Open *open = data;

  g_clear_pointer (&open->kept, g_bytes_unref);
  g_free (open);
}

static Open *
find_open (KithFakeLocator *self, guint id)
{
  for (guint i = 0; i < self->open->len; i++) {
    Open *open = self->open->pdata[i];
    if (open->id == id) {
      return open;
    }
  }
  return NULL;
}

static gboolean
on_deliver (gpointer user_data)
{
  Delivery *delivery = user_data;
  KithFakeLocator *self = delivery->locator;
  Open *open = find_open (self, delivery->watch_id);

  if (open != NULL && self->state == KITH_LOCATOR_ONLINE
      && open->found (KITH_LOCATOR (self), delivery->bytes, NULL, open->user_data)
             == G_SOURCE_REMOVE) {
    kith_locator_unwatch (KITH_LOCATOR (self), delivery->watch_id);
  }
  return G_SOURCE_REMOVE;
}

static void
delivery_free (gpointer data)
{
  Delivery *delivery = data;

  g_object_unref (delivery->locator);
  g_bytes_unref (delivery->bytes);
  g_free (delivery);
}

static void
deliver (KithFakeLocator *self, const Open *open, GBytes *bytes)
{
  Delivery *delivery = g_new0 (Delivery, 1);

  delivery->locator = g_object_ref (self);
  delivery->watch_id = open->id;
  delivery->bytes = g_bytes_ref (bytes);
  g_idle_add_full (G_PRIORITY_DEFAULT, on_deliver, delivery, delivery_free);
}

void
kith_fake_dht_put (KithFakeDht *dht, const guint8 *location, GBytes *bytes)
{
  Value *value = g_new0 (Value, 1);

  memcpy (value->location, location, KITH_LOCATION_LEN);
  value->bytes = g_bytes_ref (bytes);
  value->born_us = dht->clock != NULL ? kith_clock_now (dht->clock) : 0;
  g_ptr_array_add (dht->values, value);
  dht->n_puts++;
  for (guint i = 0; i < dht->locators->len; i++) {
    KithFakeLocator *locator = dht->locators->pdata[i];
    for (guint j = 0; j < locator->open->len; j++) {
      Open *open = locator->open->pdata[j];
      if (open->found != NULL && memcmp (open->location, location, KITH_LOCATION_LEN) == 0) {
        deliver (locator, open, bytes);
      }
    }
  }
}

void
kith_fake_dht_forget (KithFakeDht *dht, const guint8 *location)
{
  for (guint i = dht->values->len; i > 0; i--) {
    Value *value = dht->values->pdata[i - 1];
    if (memcmp (value->location, location, KITH_LOCATION_LEN) == 0) {
      g_ptr_array_remove_index (dht->values, i - 1);
    }
  }
}

guint
kith_fake_dht_count (KithFakeDht *dht, const guint8 *location)
{
  guint n = 0;

  for (guint i = 0; i < dht->values->len; i++) {
    Value *value = dht->values->pdata[i];
    n += is_live (dht, value)
                 && (location == NULL || memcmp (value->location, location, KITH_LOCATION_LEN) == 0)
             ? 1
             : 0;
  }
  return n;
}

guint
kith_fake_dht_count_all (KithFakeDht *dht)
{
  return kith_fake_dht_count (dht, NULL);
}

guint
kith_fake_dht_get_puts (KithFakeDht *dht)
{
  return dht->n_puts;
}

guint
kith_fake_dht_get_look_ups (KithFakeDht *dht)
{
  return dht->n_look_ups;
}

void
kith_fake_dht_set_delay (KithFakeDht *dht, guint ms)
{
  g_assert_true (ms == 0 || dht->clock != NULL);
  dht->delay_ms = ms;
}

void
kith_fake_dht_set_tail (KithFakeDht *dht, guint ms)
{
  g_assert_true (ms == 0 || dht->clock != NULL);
  dht->tail_ms = ms;
}

static void
kith_fake_dht_finalize (GObject *object)
{
  KithFakeDht *dht = KITH_FAKE_DHT (object);

  g_ptr_array_unref (dht->values);
  g_ptr_array_unref (dht->locators);
  g_clear_object (&dht->clock);
  G_OBJECT_CLASS (kith_fake_dht_parent_class)->finalize (object);
}

static void
kith_fake_dht_class_init (KithFakeDhtClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_fake_dht_finalize;
}

static void
kith_fake_dht_init (KithFakeDht *dht)
{
  dht->connected = TRUE;
  dht->values = g_ptr_array_new_with_free_func (value_free);
  dht->locators = g_ptr_array_new ();
}

KithFakeDht *
kith_fake_dht_new (KithClock *clock)
{
  KithFakeDht *dht = g_object_new (KITH_TYPE_FAKE_DHT, NULL);

  g_set_object (&dht->clock, clock);
  return dht;
}

/* The locator */

static void
set_state (KithFakeLocator *self, KithLocatorState state)
{
  if (self->state != state) {
    self->state = state;
    kith_locator_emit_state_changed (KITH_LOCATOR (self));
  }
}

/* What was put before, and what this locator keeps, becomes known when it is online. */
static void
come_online (KithFakeLocator *self)
{
  set_state (self, KITH_LOCATOR_ONLINE);
  for (guint i = 0; i < self->open->len; i++) {
    Open *open = self->open->pdata[i];
    if (open->kept != NULL) {
      kith_fake_dht_put (self->dht, open->location, open->kept);
    }
  }
  for (guint i = 0; i < self->open->len; i++) {
    Open *open = self->open->pdata[i];
    for (guint j = 0; open->found != NULL && j < self->dht->values->len; j++) {
      Value *value = self->dht->values->pdata[j];
      if (is_live (self->dht, value)
          && memcmp (value->location, open->location, KITH_LOCATION_LEN) == 0) {
        deliver (self, open, value->bytes);
      }
    }
  }
}

static gboolean
on_joined (gpointer user_data)
{
  KithFakeLocator *self = user_data;

  if (self->state != KITH_LOCATOR_JOINING) {
    return G_SOURCE_REMOVE;
  }
  if (self->dht->connected) {
    come_online (self);
  } else {
    set_state (self, KITH_LOCATOR_ALONE);
  }
  return G_SOURCE_REMOVE;
}

void
kith_fake_dht_set_connected (KithFakeDht *dht, gboolean connected)
{
  g_autoptr (GPtrArray) locators = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < dht->locators->len; i++) {
    g_ptr_array_add (locators, g_object_ref (dht->locators->pdata[i]));
  }
  dht->connected = connected;
  for (guint i = 0; i < locators->len; i++) {
    KithFakeLocator *locator = locators->pdata[i];
    if (connected && locator->state == KITH_LOCATOR_ALONE) {
      come_online (locator);
    } else if (!connected && locator->state != KITH_LOCATOR_OFFLINE) {
      set_state (locator, KITH_LOCATOR_ALONE);
    }
  }
}

static const char *
fake_get_name (KithLocator *locator)
{
  return KITH_FAKE_LOCATOR (locator)->name;
}

static KithLocatorState
fake_get_state (KithLocator *locator)
{
  return KITH_FAKE_LOCATOR (locator)->state;
}

static void
fake_start (KithLocator *locator)
{
  KithFakeLocator *self = KITH_FAKE_LOCATOR (locator);

  if (self->state == KITH_LOCATOR_OFFLINE) {
    set_state (self, KITH_LOCATOR_JOINING);
    g_idle_add_full (G_PRIORITY_DEFAULT, on_joined, g_object_ref (self), g_object_unref);
  }
}

void
kith_fake_locator_die (KithFakeLocator *locator)
{
  locator->generation++;
  set_state (locator, KITH_LOCATOR_OFFLINE);
}

static void
fake_stop_async (KithLocator *locator,
                 GCancellable *cancellable,
                 GAsyncReadyCallback callback,
                 gpointer user_data)
{
  KithFakeLocator *self = KITH_FAKE_LOCATOR (locator);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_ptr_array_set_size (self->open, 0);
  kith_fake_locator_die (self);
  g_task_return_boolean (task, TRUE);
}

static gboolean
fake_stop_finish (KithLocator *locator, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
tell_found (KithFakeLocator *self, const LookUp *look_up)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);

  for (guint i = 0; i < self->dht->values->len && found->len < MAX_VALUES; i++) {
    Value *value = self->dht->values->pdata[i];
    if (is_live (self->dht, value)
        && memcmp (value->location, look_up->location, KITH_LOCATION_LEN) == 0) {
      g_ptr_array_add (found, g_bytes_ref (value->bytes));
    }
  }
  for (guint i = 0; i < found->len; i++) {
    if (look_up->found (KITH_LOCATOR (self), found->pdata[i], NULL, look_up->user_data)
        == G_SOURCE_REMOVE) {
      return;
    }
  }
}

static gboolean
on_look_up_end (gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  if (g_cancellable_is_cancelled (g_task_get_cancellable (task))) {
    g_task_return_new_error (task, KITH_ERROR, KITH_ERROR_CANCELLED, "The look-up was cancelled");
  } else {
    g_task_return_boolean (task, TRUE);
  }
  return G_SOURCE_REMOVE;
}

static gboolean
on_look_up (gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KithFakeLocator *self = g_task_get_source_object (task);
  LookUp *look_up = g_task_get_task_data (task);

  if (g_cancellable_is_cancelled (g_task_get_cancellable (task))) {
    g_task_return_new_error (task, KITH_ERROR, KITH_ERROR_CANCELLED, "The look-up was cancelled");
  } else if (self->state == KITH_LOCATOR_OFFLINE || look_up->generation != self->generation) {
    g_task_return_new_error (task, KITH_ERROR, KITH_ERROR_NOT_READY, "The locator does not run");
  } else {
    if (look_up->has_location && look_up->went_out && self->dht->connected) {
      tell_found (self, look_up);
    }
    if (self->dht->tail_ms > 0) {
      kith_clock_add (self->dht->clock,
                      self->dht->tail_ms,
                      on_look_up_end,
                      g_steal_pointer (&task));
      return G_SOURCE_REMOVE;
    }
    g_task_return_boolean (task, TRUE);
  }
  return G_SOURCE_REMOVE;
}

static void
fake_look_up_async (KithLocator *locator,
                    const KithQuery *query,
                    KithFoundFunc found,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  KithFakeLocator *self = KITH_FAKE_LOCATOR (locator);
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  LookUp *look_up = g_new0 (LookUp, 1);

  look_up->has_location = query->location != NULL;
  look_up->went_out = self->dht->connected;
  if (query->location != NULL) {
    memcpy (look_up->location, query->location, KITH_LOCATION_LEN);
  }
  look_up->found = found;
  look_up->user_data = user_data;
  look_up->generation = self->generation;
  g_task_set_check_cancellable (task, FALSE); /* the error's domain is ours */
  g_task_set_task_data (task, look_up, g_free);
  self->dht->n_look_ups++;
  if (self->dht->delay_ms > 0) {
    kith_clock_add (self->dht->clock, self->dht->delay_ms, on_look_up, task);
  } else {
    g_idle_add_full (G_PRIORITY_DEFAULT, on_look_up, task, NULL);
  }
}

static gboolean
fake_look_up_finish (KithLocator *locator, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static Open *
add_open (KithFakeLocator *self, const guint8 *location)
{
  Open *open = g_new0 (Open, 1);

  open->id = ++self->last_id;
  memcpy (open->location, location, KITH_LOCATION_LEN);
  g_ptr_array_add (self->open, open);
  return open;
}

static void
remove_open (KithFakeLocator *self, guint id)
{
  Open *open = find_open (self, id);

  if (open != NULL) {
    g_ptr_array_remove (self->open, open);
  }
}

static guint
fake_publish (KithLocator *locator, const guint8 *location, GBytes *value, gboolean keep)
{
  KithFakeLocator *self = KITH_FAKE_LOCATOR (locator);

  if (g_bytes_get_size (value) > KITH_RECORD_MAX) {
    return 0;
  }
  if (self->state == KITH_LOCATOR_ONLINE && self->dht->connected) {
    kith_fake_dht_put (self->dht, location, value);
  }
  if (!keep) {
    return ++self->last_id;
  }
  Open *open = add_open (self, location);
  open->kept = g_bytes_ref (value);
  return open->id;
}

static void
fake_close (KithLocator *locator, guint id)
{
  remove_open (KITH_FAKE_LOCATOR (locator), id);
}

static guint
fake_watch (KithLocator *locator, const guint8 *location, KithFoundFunc found, gpointer user_data)
{
  KithFakeLocator *self = KITH_FAKE_LOCATOR (locator);
  Open *open = add_open (self, location);

  open->found = found;
  open->user_data = user_data;
  for (guint i = 0; i < self->dht->values->len; i++) {
    Value *value = self->dht->values->pdata[i];
    if (is_live (self->dht, value) && memcmp (value->location, location, KITH_LOCATION_LEN) == 0) {
      deliver (self, open, value->bytes);
    }
  }
  return open->id;
}

static GVariant *
fake_get_status (KithLocator *locator)
{
  KithFakeLocator *self = KITH_FAKE_LOCATOR (locator);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "peers", "u", self->state == KITH_LOCATOR_ONLINE ? 1u : 0u);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
kith_fake_locator_iface_init (KithLocatorInterface *iface)
{
  iface->get_name = fake_get_name;
  iface->get_state = fake_get_state;
  iface->start = fake_start;
  iface->stop_async = fake_stop_async;
  iface->stop_finish = fake_stop_finish;
  iface->look_up_async = fake_look_up_async;
  iface->look_up_finish = fake_look_up_finish;
  iface->publish = fake_publish;
  iface->unpublish = fake_close;
  iface->watch = fake_watch;
  iface->unwatch = fake_close;
  iface->get_status = fake_get_status;
}

static void
kith_fake_locator_finalize (GObject *object)
{
  KithFakeLocator *self = KITH_FAKE_LOCATOR (object);

  g_ptr_array_remove (self->dht->locators, self);
  g_ptr_array_unref (self->open);
  g_object_unref (self->dht);
  G_OBJECT_CLASS (kith_fake_locator_parent_class)->finalize (object);
}

static void
kith_fake_locator_class_init (KithFakeLocatorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_fake_locator_finalize;
}

static void
kith_fake_locator_init (KithFakeLocator *self)
{
  self->open = g_ptr_array_new_with_free_func (open_free);
}

KithLocator *
kith_fake_locator_new (KithFakeDht *dht, const char *name)
{
  KithFakeLocator *self = g_object_new (KITH_TYPE_FAKE_LOCATOR, NULL);

  self->dht = g_object_ref (dht);
  self->name = name;
  g_ptr_array_add (dht->locators, self);
  return KITH_LOCATOR (self);
}

guint
kith_fake_locator_count_open (KithFakeLocator *locator)
{
  return locator->open->len;
}
