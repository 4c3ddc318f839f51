/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Remembers what it is told, and tells what the test says. */
#include "common/fake-registrar.h"

struct _KithFakeRegistrar {
  GObject parent_instance;
  GHashTable *phones;   /* name → KithPhone */
  GHashTable *bindings; /* id → KithPhoneBinding */
  KithPhoneRules rules;
  gboolean is_running;
  gboolean is_open;
  guint last_id;
};

static void iface_init (KithRegistrarInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithFakeRegistrar,
                               kith_fake_registrar,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_REGISTRAR, iface_init))

static gboolean
is_running (KithRegistrar *self)
{
  return KITH_FAKE_REGISTRAR (self)->is_running;
}

static void
put_phone (KithRegistrar *self, const KithPhone *phone)
{
  KithFakeRegistrar *fake = KITH_FAKE_REGISTRAR (self);

  if (fake->is_running) {
    g_hash_table_insert (fake->phones, g_strdup (phone->name), g_memdup2 (phone, sizeof *phone));
  }
}

static void
put_binding (KithRegistrar *self, const KithPhoneBinding *binding)
{
  KithFakeRegistrar *fake = KITH_FAKE_REGISTRAR (self);

  g_assert_true (fake->is_running);
  g_assert_false (fake->is_open);
  g_assert_nonnull (kith_fake_registrar_get_phone (fake, binding->phone));
  fake->last_id = MAX (fake->last_id, binding->id);
  g_hash_table_insert (fake->bindings,
                       GUINT_TO_POINTER (binding->id),
                       kith_phone_binding_copy (binding));
}

static void
remove_binding (KithRegistrar *self, guint id)
{
  KithFakeRegistrar *fake = KITH_FAKE_REGISTRAR (self);

  if (g_hash_table_remove (fake->bindings, GUINT_TO_POINTER (id))) {
    kith_registrar_tell_unbound (self, id);
  }
}

static void
remove_phone (KithRegistrar *self, const char *name)
{
  KithFakeRegistrar *fake = KITH_FAKE_REGISTRAR (self);
  g_autoptr (GList) all = g_hash_table_get_values (fake->bindings);

  (void)g_hash_table_remove (fake->phones, name);
  for (GList *l = all; l != NULL; l = l->next) {
    const KithPhoneBinding *binding = l->data;
    if (g_str_equal (binding->phone, name)) {
      remove_binding (self, binding->id);
    }
  }
}

static void
open_it (KithRegistrar *self, const KithPhoneRules *rules)
{
  KithFakeRegistrar *fake = KITH_FAKE_REGISTRAR (self);

  fake->rules = *rules;
  fake->is_open = TRUE;
}

static void
iface_init (KithRegistrarInterface *iface)
{
  iface->is_running = is_running;
  iface->put_phone = put_phone;
  iface->remove_phone = remove_phone;
  iface->put_binding = put_binding;
  iface->remove_binding = remove_binding;
  iface->open = open_it;
}

static void
kith_fake_registrar_finalize (GObject *object)
{
  KithFakeRegistrar *fake = KITH_FAKE_REGISTRAR (object);

  g_hash_table_unref (fake->phones);
  g_hash_table_unref (fake->bindings);
  G_OBJECT_CLASS (kith_fake_registrar_parent_class)->finalize (object);
}

static void
kith_fake_registrar_class_init (KithFakeRegistrarClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_fake_registrar_finalize;
}

static void
kith_fake_registrar_init (KithFakeRegistrar *fake)
{
  fake->phones = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  fake->bindings
      = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)kith_phone_binding_free);
}

KithFakeRegistrar *
kith_fake_registrar_new (void)
{
  return g_object_new (KITH_TYPE_FAKE_REGISTRAR, NULL);
}

void
kith_fake_registrar_start (KithFakeRegistrar *fake)
{
  fake->is_running = TRUE;
  kith_registrar_tell_fresh (KITH_REGISTRAR (fake));
}

void
kith_fake_registrar_die (KithFakeRegistrar *fake)
{
  fake->is_running = FALSE;
  fake->is_open = FALSE;
  fake->last_id = 0;
  g_hash_table_remove_all (fake->phones);
  g_hash_table_remove_all (fake->bindings);
}

const KithPhone *
kith_fake_registrar_get_phone (KithFakeRegistrar *fake, const char *name)
{
  return g_hash_table_lookup (fake->phones, name);
}

const KithPhoneBinding *
kith_fake_registrar_get_binding (KithFakeRegistrar *fake, guint id)
{
  return g_hash_table_lookup (fake->bindings, GUINT_TO_POINTER (id));
}

const KithPhoneRules *
kith_fake_registrar_get_rules (KithFakeRegistrar *fake)
{
  return fake->is_open ? &fake->rules : NULL;
}

guint
kith_fake_registrar_count_phones (KithFakeRegistrar *fake)
{
  return g_hash_table_size (fake->phones);
}

guint
kith_fake_registrar_count_bindings (KithFakeRegistrar *fake)
{
  return g_hash_table_size (fake->bindings);
}

guint
kith_fake_registrar_register (KithFakeRegistrar *fake,
                              const char *name,
                              const char *source,
                              gint64 expires_s,
                              guint id)
{
  g_autoptr (KithPhoneBinding) binding = g_new0 (KithPhoneBinding, 1);

  binding->id = id > 0 ? id : ++fake->last_id;
  (void)g_strlcpy (binding->phone, name, sizeof binding->phone);
  g_assert_true (kith_endpoint_parse (source, &binding->source));
  binding->contact = g_strdup_printf ("sip:%s@%s", name, source);
  binding->call_id = g_strdup ("reg-1@phone");
  binding->user_agent = g_strdup ("Yealink SIP-T31P 124.86");
  binding->q = 1000;
  binding->cseq = 1;
  binding->expires_s = expires_s;
  binding->transport = KITH_PHONE_TLS;
  g_hash_table_insert (fake->bindings,
                       GUINT_TO_POINTER (binding->id),
                       kith_phone_binding_copy (binding));
  kith_registrar_tell_bound (KITH_REGISTRAR (fake), binding);
  kith_fake_registrar_report (fake, name, KITH_PHONE_HEARD, source, binding->user_agent);
  return binding->id;
}

void
kith_fake_registrar_unregister (KithFakeRegistrar *fake, guint id)
{
  remove_binding (KITH_REGISTRAR (fake), id);
}

void
kith_fake_registrar_report (KithFakeRegistrar *fake,
                            const char *name,
                            KithPhoneEvent event,
                            const char *source,
                            const char *text)
{
  KithPhoneReport report = { .event = event, .transport = KITH_PHONE_TLS };

  (void)g_strlcpy (report.phone, name, sizeof report.phone);
  (void)g_strlcpy (report.text, text, sizeof report.text);
  g_assert_true (kith_endpoint_parse (source, &report.source));
  report.digest = event == KITH_PHONE_HEARD ? KITH_PHONE_DIGEST_SHA256 : KITH_PHONE_DIGEST_AUTO;
  kith_registrar_tell_report (KITH_REGISTRAR (fake), &report);
}

void
kith_fake_registrar_reach (KithFakeRegistrar *fake, guint id, guint round_trip_ms)
{
  const KithPhoneReach reach
      = { .id = id, .silent = round_trip_ms == 0, .round_trip_ms = round_trip_ms };

  kith_registrar_tell_reach (KITH_REGISTRAR (fake), &reach);
}
