/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spy locator. */
#include "node/spy-locator.h"

#include <string.h>

struct _SpyLocator {
  GObject parent_instance;
  const char *name;
  KithLocatorState state;
  KithFound *contact;
  GPtrArray *notes; /* of SpyNote */
  gboolean takes_tunnel;
  guint16 tunnel;
  guint n_tunnels;
};

static void spy_locator_iface_init (KithLocatorInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (SpyLocator,
                               spy_locator,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_LOCATOR, spy_locator_iface_init))

static void
note_free (gpointer data)
{
  SpyNote *note = data;

  g_clear_pointer (&note->value, g_bytes_unref);
  g_free (note);
}

static SpyNote *
add_note (SpyLocator *spy, const guint8 *location)
{
  SpyNote *note = g_new0 (SpyNote, 1);

  note->id = spy->notes->len + 1;
  note->open = TRUE;
  memcpy (note->location, location, KITH_LOCATION_LEN);
  g_ptr_array_add (spy->notes, note);
  return note;
}

static const char *
spy_get_name (KithLocator *locator)
{
  return SPY_LOCATOR (locator)->name;
}

static KithLocatorState
spy_get_state (KithLocator *locator)
{
  return SPY_LOCATOR (locator)->state;
}

/* It knows whom to ask. */
static GVariant *
spy_get_status (KithLocator *locator)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "has-bootstrap", "b", SPY_LOCATOR (locator)->takes_tunnel);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static gboolean
spy_set_tunnel (KithLocator *locator, guint16 port, const guint8 token[KITH_LOCATOR_TOKEN_LEN])
{
  SpyLocator *spy = SPY_LOCATOR (locator);

  spy->tunnel = port;
  spy->n_tunnels += port != 0;
  return spy->takes_tunnel;
}

static void
spy_start (KithLocator *locator)
{
}

typedef struct {
  KithFoundFunc found;
  gpointer user_data;
  gboolean by_name;
} LookUp;

static gboolean
on_look_up (gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  SpyLocator *spy = g_task_get_source_object (task);
  LookUp *look_up = g_task_get_task_data (task);

  if (look_up->by_name && spy->contact != NULL
      && !g_cancellable_is_cancelled (g_task_get_cancellable (task))) {
    (void)look_up->found (KITH_LOCATOR (spy), NULL, spy->contact, look_up->user_data);
  }
  g_task_return_boolean (task, TRUE);
  return G_SOURCE_REMOVE;
}

static void
spy_look_up_async (KithLocator *locator,
                   const KithQuery *query,
                   KithFoundFunc found,
                   GCancellable *cancellable,
                   GAsyncReadyCallback callback,
                   gpointer user_data)
{
  GTask *task = g_task_new (locator, cancellable, callback, user_data);
  LookUp *look_up = g_new0 (LookUp, 1);

  look_up->found = found;
  look_up->user_data = user_data;
  look_up->by_name = query->name != NULL;
  g_task_set_task_data (task, look_up, g_free);
  g_idle_add_full (G_PRIORITY_DEFAULT, on_look_up, task, NULL);
}

static gboolean
spy_look_up_finish (KithLocator *locator, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static guint
spy_publish (KithLocator *locator, const guint8 *location, GBytes *value, gboolean keep)
{
  SpyNote *note = add_note (SPY_LOCATOR (locator), location);

  g_assert_cmpuint (g_bytes_get_size (value), <=, KITH_RECORD_MAX);
  note->value = g_bytes_ref (value);
  note->keep = keep;
  note->open = keep;
  return note->id;
}

static guint
spy_watch (KithLocator *locator, const guint8 *location, KithFoundFunc found, gpointer user_data)
{
  SpyNote *note = add_note (SPY_LOCATOR (locator), location);

  note->found = found;
  note->user_data = user_data;
  return note->id;
}

static void
spy_close (KithLocator *locator, guint id)
{
  SpyLocator *spy = SPY_LOCATOR (locator);

  g_assert_cmpuint (id, >, 0);
  g_assert_cmpuint (id, <=, spy->notes->len);
  SpyNote *note = spy->notes->pdata[id - 1];
  g_assert_true (note->open); /* only once */
  note->open = FALSE;
}

static void
spy_locator_iface_init (KithLocatorInterface *iface)
{
  iface->get_name = spy_get_name;
  iface->get_state = spy_get_state;
  iface->start = spy_start;
  iface->look_up_async = spy_look_up_async;
  iface->look_up_finish = spy_look_up_finish;
  iface->publish = spy_publish;
  iface->unpublish = spy_close;
  iface->watch = spy_watch;
  iface->unwatch = spy_close;
  iface->get_status = spy_get_status;
  iface->set_tunnel = spy_set_tunnel;
}

static void
spy_locator_finalize (GObject *object)
{
  SpyLocator *spy = SPY_LOCATOR (object);

  g_ptr_array_unref (spy->notes);
  g_clear_pointer (&spy->contact, kith_found_free);
  G_OBJECT_CLASS (spy_locator_parent_class)->finalize (object);
}

static void
spy_locator_class_init (SpyLocatorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = spy_locator_finalize;
}

static void
spy_locator_init (SpyLocator *spy)
{
  spy->notes = g_ptr_array_new_with_free_func (note_free);
  spy->state = KITH_LOCATOR_ONLINE;
}

KithLocator *
spy_locator_new (const char *name)
{
  SpyLocator *spy = g_object_new (TYPE_SPY_LOCATOR, NULL);

  spy->name = name;
  return KITH_LOCATOR (spy);
}

void
spy_locator_set_state (SpyLocator *spy, KithLocatorState state)
{
  if (spy->state != state) {
    spy->state = state;
    kith_locator_emit_state_changed (KITH_LOCATOR (spy));
  }
}

void
spy_locator_set_contact (SpyLocator *spy, const KithFound *contact)
{
  g_clear_pointer (&spy->contact, kith_found_free);
  spy->contact = contact != NULL ? kith_found_copy (contact) : NULL;
}

GPtrArray *
spy_locator_get_notes (SpyLocator *spy)
{
  return spy->notes;
}

SpyNote *
spy_locator_find (SpyLocator *spy, const guint8 *location, gboolean watch)
{
  for (guint i = 0; i < spy->notes->len; i++) {
    SpyNote *note = spy->notes->pdata[i];
    if (note->open && (note->value == NULL) == watch
        && memcmp (note->location, location, KITH_LOCATION_LEN) == 0) {
      return note;
    }
  }
  return NULL;
}

guint
spy_locator_count_open (SpyLocator *spy)
{
  guint n = 0;

  for (guint i = 0; i < spy->notes->len; i++) {
    n += ((SpyNote *)spy->notes->pdata[i])->open ? 1 : 0;
  }
  return n;
}

void
spy_locator_deliver (SpyLocator *spy, const guint8 *location, GBytes *value)
{
  for (guint i = 0; i < spy->notes->len; i++) {
    SpyNote *note = spy->notes->pdata[i];
    if (note->open && note->found != NULL
        && memcmp (note->location, location, KITH_LOCATION_LEN) == 0) {
      (void)note->found (KITH_LOCATOR (spy), value, NULL, note->user_data);
    }
  }
}

void
spy_locator_take_tunnel (SpyLocator *spy)
{
  spy->takes_tunnel = TRUE;
}

guint16
spy_locator_get_tunnel (SpyLocator *spy, guint *n_tunnels)
{
  *n_tunnels = spy->n_tunnels;
  return spy->tunnel;
}
