/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps what was told. */
#include "common/fake-notifier.h"

typedef struct {
  KithWatch watch;
  gchar *phone, *user, *entity, *body;
  guint n;
  gboolean is_ended;
  KithWatchEnd why;
} Told;

struct _KithFakeNotifier {
  GObject parent_instance;
  GPtrArray *all; /* of Told: the id is the index and one */
  KithWatchJudge judge;
  gpointer judge_data;
};

static void iface_init (KithNotifierInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithFakeNotifier,
                               kith_fake_notifier,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_NOTIFIER, iface_init))

static void
told_free (gpointer data)
{
  Told *told = data;

  g_free (told->phone);
  g_free (told->user);
  g_free (told->entity);
  g_free (told->body);
  g_free (told);
}

static void
kith_fake_notifier_finalize (GObject *object)
{
  g_ptr_array_unref (KITH_FAKE_NOTIFIER (object)->all);
  G_OBJECT_CLASS (kith_fake_notifier_parent_class)->finalize (object);
}

static void
kith_fake_notifier_class_init (KithFakeNotifierClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_fake_notifier_finalize;
}

static void
kith_fake_notifier_init (KithFakeNotifier *fake)
{
  fake->all = g_ptr_array_new_with_free_func (told_free);
}

static Told *
told_of (KithFakeNotifier *fake, guint id)
{
  g_assert_cmpuint (id, >, 0);
  g_assert_cmpuint (id, <=, fake->all->len);
  return fake->all->pdata[id - 1];
}

static void
set_judge (KithNotifier *self, KithWatchJudge judge, gpointer user_data)
{
  KITH_FAKE_NOTIFIER (self)->judge = judge;
  KITH_FAKE_NOTIFIER (self)->judge_data = user_data;
}

static void
notify (KithNotifier *self, guint id, const char *body)
{
  Told *told = told_of (KITH_FAKE_NOTIFIER (self), id);

  g_assert_false (told->is_ended);
  g_free (told->body);
  told->body = g_strdup (body);
  told->n++;
}

static void
end (KithNotifier *self, guint id, KithWatchEnd why)
{
  Told *told = told_of (KITH_FAKE_NOTIFIER (self), id);

  g_assert_false (told->is_ended);
  told->is_ended = TRUE;
  told->why = why;
}

static void
iface_init (KithNotifierInterface *iface)
{
  iface->set_judge = set_judge;
  iface->notify = notify;
  iface->end = end;
}

KithFakeNotifier *
kith_fake_notifier_new (void)
{
  return g_object_new (KITH_TYPE_FAKE_NOTIFIER, NULL);
}

guint
kith_fake_notifier_subscribe (KithFakeNotifier *fake,
                              const char *phone,
                              const char *user,
                              KithWatchEvent event,
                              guint *id)
{
  g_autofree gchar *entity = g_strdup_printf ("sip:%s@192.168.1.5", user);
  KithWatch watch = { .event = event, .phone = phone, .user = user, .entity = entity };
  const guint status = fake->judge != NULL ? fake->judge (&watch, fake->judge_data) : 404;

  if (status != 0) {
    return status;
  }
  Told *told = g_new0 (Told, 1);
  told->phone = g_strdup (phone);
  told->user = g_strdup (user);
  told->entity = g_steal_pointer (&entity);
  told->watch = (KithWatch){ fake->all->len + 1, event, told->phone, told->user, told->entity };
  g_ptr_array_add (fake->all, told);
  if (id != NULL) {
    *id = told->watch.id;
  }
  kith_notifier_tell_wanted (KITH_NOTIFIER (fake), &told->watch);
  return 0;
}

void
kith_fake_notifier_refresh (KithFakeNotifier *fake, guint id)
{
  kith_notifier_tell_wanted (KITH_NOTIFIER (fake), &told_of (fake, id)->watch);
}

void
kith_fake_notifier_end (KithFakeNotifier *fake, guint id)
{
  told_of (fake, id)->is_ended = TRUE;
  kith_notifier_tell_ended (KITH_NOTIFIER (fake), id);
}

guint
kith_fake_notifier_count (KithFakeNotifier *fake, guint id)
{
  return told_of (fake, id)->n;
}

const char *
kith_fake_notifier_body (KithFakeNotifier *fake, guint id)
{
  return told_of (fake, id)->body;
}

gboolean
kith_fake_notifier_was_ended (KithFakeNotifier *fake, guint id, KithWatchEnd *why)
{
  const Told *told = told_of (fake, id);

  if (why != NULL) {
    *why = told->why;
  }
  return told->is_ended;
}
