/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps code and values of what is to be said. */
#include "model/call/saying-value.h"

#include "base/text.h"

#define MAX_TEXT 2000

struct _KithSaying {
  gchar *code;
  GVariantDict values;
};

KithSaying *
kith_saying_new_with (const char *code, GVariant *values)
{
  KithSaying *saying = g_new0 (KithSaying, 1);

  saying->code = g_strdup (code);
  g_variant_dict_init (&saying->values, values);
  return saying;
}

KithSaying *
kith_saying_new (const char *code)
{
  return kith_saying_new_with (code, NULL);
}

void
kith_saying_free (KithSaying *saying)
{
  g_free (saying->code);
  g_variant_dict_clear (&saying->values);
  g_free (saying);
}

void
kith_saying_put (KithSaying *saying, const char *name, const char *text)
{
  if (text == NULL || *text == '\0') {
    g_variant_dict_remove (&saying->values, name);
    return;
  }
  g_autofree gchar *safe = kith_text_safe (text, -1, MAX_TEXT);
  g_variant_dict_insert (&saying->values, name, "s", safe);
}

void
kith_saying_put_number (KithSaying *saying, const char *name, guint number)
{
  g_variant_dict_insert (&saying->values, name, "u", number);
}

void
kith_saying_put_figure (KithSaying *saying, const char *name, double figure)
{
  g_variant_dict_insert (&saying->values, name, "d", figure);
}

void
kith_saying_put_flag (KithSaying *saying, const char *name, gboolean flag)
{
  if (flag) {
    g_variant_dict_insert (&saying->values, name, "b", TRUE);
  } else {
    g_variant_dict_remove (&saying->values, name);
  }
}

void
kith_saying_put_time (KithSaying *saying, const char *name, gint64 us)
{
  g_variant_dict_insert (&saying->values, name, "x", MAX (us, 0) / 1000);
}

void
kith_saying_put_list (KithSaying *saying, const char *name, GPtrArray *list)
{
  GVariantBuilder builder;

  if (list == NULL || list->len == 0) {
    g_variant_dict_remove (&saying->values, name);
    return;
  }
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("as"));
  for (guint i = 0; i < list->len; i++) {
    g_autofree gchar *safe = kith_text_safe (list->pdata[i], -1, MAX_TEXT);
    g_variant_builder_add (&builder, "s", safe);
  }
  g_variant_dict_insert_value (&saying->values, name, g_variant_builder_end (&builder));
}

static GVariant *
pack (KithSaying *part)
{
  g_autoptr (GVariant) values = kith_saying_get_values (part);
  GVariant *pair = g_variant_new ("(s@a{sv})", part->code, values);

  kith_saying_free (part);
  return pair;
}

void
kith_saying_put_saying (KithSaying *saying, const char *name, KithSaying *part)
{
  g_variant_dict_insert_value (&saying->values, name, pack (part));
}

void
kith_saying_add_saying (KithSaying *saying, const char *name, KithSaying *part)
{
  g_autoptr (GVariant) before
      = g_variant_dict_lookup_value (&saying->values, name, G_VARIANT_TYPE ("a(sa{sv})"));
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sa{sv})"));
  for (gsize i = 0; before != NULL && i < g_variant_n_children (before); i++) {
    g_autoptr (GVariant) one = g_variant_get_child_value (before, i);
    g_variant_builder_add_value (&builder, one);
  }
  g_variant_builder_add_value (&builder, pack (part));
  g_variant_dict_insert_value (&saying->values, name, g_variant_builder_end (&builder));
}

const char *
kith_saying_get_code (const KithSaying *saying)
{
  return saying->code;
}

/* What GVariantDict gives away it has no more. */
GVariant *
kith_saying_get_values (KithSaying *saying)
{
  GVariant *values = g_variant_ref_sink (g_variant_dict_end (&saying->values));

  g_variant_dict_init (&saying->values, values);
  return values;
}
