/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes one JSON value (RFC 8259) on one line. */
#include "common/json-writer.h"

#include <math.h>
#include <string.h>

typedef struct {
  gchar close;
  gboolean has_items;
} KithJsonLevel;

struct _KithJson {
  GString *text;
  GArray *levels; /* of KithJsonLevel */
};

KithJson *
kith_json_new (void)
{
  KithJson *json = g_new0 (KithJson, 1);

  json->text = g_string_new (NULL);
  json->levels = g_array_new (FALSE, FALSE, sizeof (KithJsonLevel));
  return json;
}

void
kith_json_free (KithJson *json)
{
  if (json == NULL) {
    return;
  }
  g_string_free (json->text, TRUE);
  g_array_unref (json->levels);
  g_free (json);
}

gchar *
kith_json_finish (KithJson *json)
{
  gchar *text;

  while (json->levels->len > 0) {
    kith_json_close (json);
  }
  text = g_strdup (json->text->str);
  kith_json_free (json);
  return text;
}

/* Characters that may stand as they are: those that show as themselves and change nothing around them. */
static gboolean
is_plain (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  if (c < 0x80) {
    return c >= 0x20 && c != 0x7f;
  }
  return type != G_UNICODE_CONTROL && type != G_UNICODE_FORMAT && type != G_UNICODE_UNASSIGNED
         && type != G_UNICODE_PRIVATE_USE && type != G_UNICODE_SURROGATE
         && type != G_UNICODE_LINE_SEPARATOR && type != G_UNICODE_PARAGRAPH_SEPARATOR;
}

static void
append_escaped (GString *text, gunichar c)
{
  if (c == '"' || c == '\\') {
    g_string_append_c (text, '\\');
    g_string_append_c (text, (gchar)c);
  } else if (c == '\n') {
    g_string_append (text, "\\n");
  } else if (is_plain (c)) {
    g_string_append_unichar (text, c);
  } else if (c >= 0x10000) {
    g_string_append_printf (text,
                            "\\u%04x\\u%04x",
                            0xd800 + ((c - 0x10000) >> 10),
                            0xdc00 + ((c - 0x10000) & 0x3ff));
  } else {
    g_string_append_printf (text, "\\u%04x", c);
  }
}

static void
append_string (GString *text, const char *value)
{
  g_autofree gchar *valid = g_utf8_make_valid (value, -1);
  const gchar *at;

  g_string_append_c (text, '"');
  for (at = valid; *at != '\0'; at = g_utf8_next_char (at)) {
    append_escaped (text, g_utf8_get_char (at));
  }
  g_string_append_c (text, '"');
}

/* Everything that comes before a value: the comma and the name. */
static void
begin (KithJson *json, const char *key)
{
  KithJsonLevel *level = NULL;

  if (json->levels->len > 0) {
    level = &g_array_index (json->levels, KithJsonLevel, json->levels->len - 1);
    if (level->has_items) {
      g_string_append (json->text, ", ");
    }
    level->has_items = TRUE;
  }
  if (key != NULL && level != NULL && level->close == '}') {
    append_string (json->text, key);
    g_string_append (json->text, ": ");
  }
}

static void
open_level (KithJson *json, const char *key, gchar open, gchar close)
{
  KithJsonLevel level = { close, FALSE };

  begin (json, key);
  g_string_append_c (json->text, open);
  g_array_append_val (json->levels, level);
}

static void
add_raw (KithJson *json, const char *key, const char *raw)
{
  begin (json, key);
  g_string_append (json->text, raw);
}

static gboolean
is_string_dictionary (GVariant *value)
{
  const GVariantType *type = g_variant_get_type (value);

  return g_variant_type_is_subtype_of (type, G_VARIANT_TYPE_DICTIONARY)
         && g_variant_type_is_subtype_of (type, G_VARIANT_TYPE ("a{s*}"));
}

static gint
compare_entries (gconstpointer a, gconstpointer b)
{
  g_autoptr (GVariant) name_a = g_variant_get_child_value (*(GVariant *const *)a, 0);
  g_autoptr (GVariant) name_b = g_variant_get_child_value (*(GVariant *const *)b, 0);

  return strcmp (g_variant_get_string (name_a, NULL), g_variant_get_string (name_b, NULL));
}

/* The members stand in the order of their names, as the dictionaries of D-Bus have none. */
static void
add_dictionary (KithJson *json, const char *key, GVariant *value)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func ((GDestroyNotify)g_variant_unref);
  gsize n = g_variant_n_children (value);

  for (gsize i = 0; i < n; i++) {
    g_ptr_array_add (entries, g_variant_get_child_value (value, i));
  }
  g_ptr_array_sort (entries, compare_entries);
  open_level (json, key, '{', '}');
  for (guint i = 0; i < entries->len; i++) {
    g_autoptr (GVariant) name = g_variant_get_child_value (entries->pdata[i], 0);
    g_autoptr (GVariant) member = g_variant_get_child_value (entries->pdata[i], 1);

    kith_json_add_variant (json, g_variant_get_string (name, NULL), member);
  }
  kith_json_close (json);
}

static void
add_container (KithJson *json, const char *key, GVariant *value)
{
  GVariantIter iter;
  GVariant *child;

  if (is_string_dictionary (value)) {
    add_dictionary (json, key, value);
    return;
  }
  open_level (json, key, '[', ']');
  g_variant_iter_init (&iter, value);
  while ((child = g_variant_iter_next_value (&iter)) != NULL) {
    kith_json_add_variant (json, NULL, child);
    g_variant_unref (child);
  }
  kith_json_close (json);
}

void
kith_json_open_object (KithJson *json, const char *key)
{
  open_level (json, key, '{', '}');
}

void
kith_json_open_array (KithJson *json, const char *key)
{
  open_level (json, key, '[', ']');
}

void
kith_json_close (KithJson *json)
{
  if (json->levels->len > 0) {
    KithJsonLevel *level = &g_array_index (json->levels, KithJsonLevel, json->levels->len - 1);

    g_string_append_c (json->text, level->close);
    g_array_set_size (json->levels, json->levels->len - 1);
  }
}

void
kith_json_add_string (KithJson *json, const char *key, const char *value)
{
  begin (json, key);
  if (value == NULL) {
    g_string_append (json->text, "null");
  } else {
    append_string (json->text, value);
  }
}

void
kith_json_add_int (KithJson *json, const char *key, gint64 value)
{
  begin (json, key);
  g_string_append_printf (json->text, "%" G_GINT64_FORMAT, value);
}

void
kith_json_add_bool (KithJson *json, const char *key, gboolean value)
{
  add_raw (json, key, value ? "true" : "false");
}

void
kith_json_add_double (KithJson *json, const char *key, double value)
{
  gchar buffer[G_ASCII_DTOSTR_BUF_SIZE];

  add_raw (json,
           key,
           isfinite (value) ? g_ascii_formatd (buffer, sizeof buffer, "%.12g", value) : "null");
}

void
kith_json_add_variant (KithJson *json, const char *key, GVariant *value)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (value);
  g_autoptr (GVariant) inner = NULL;
  g_autofree gchar *raw = NULL;

  switch (g_variant_classify (held)) {
  case G_VARIANT_CLASS_STRING:
  case G_VARIANT_CLASS_OBJECT_PATH:
  case G_VARIANT_CLASS_SIGNATURE:
    kith_json_add_string (json, key, g_variant_get_string (held, NULL));
    break;
  case G_VARIANT_CLASS_BOOLEAN:
    kith_json_add_bool (json, key, g_variant_get_boolean (held));
    break;
  case G_VARIANT_CLASS_DOUBLE:
    kith_json_add_double (json, key, g_variant_get_double (held));
    break;
  case G_VARIANT_CLASS_BYTE:
    kith_json_add_int (json, key, g_variant_get_byte (held));
    break;
  case G_VARIANT_CLASS_INT16:
  case G_VARIANT_CLASS_UINT16:
  case G_VARIANT_CLASS_INT32:
  case G_VARIANT_CLASS_UINT32:
  case G_VARIANT_CLASS_INT64:
  case G_VARIANT_CLASS_UINT64:
  case G_VARIANT_CLASS_HANDLE:
    raw = g_variant_print (held, FALSE);
    add_raw (json, key, raw);
    break;
  case G_VARIANT_CLASS_VARIANT:
    inner = g_variant_get_variant (held);
    kith_json_add_variant (json, key, inner);
    break;
  case G_VARIANT_CLASS_ARRAY:
  case G_VARIANT_CLASS_TUPLE:
  case G_VARIANT_CLASS_DICT_ENTRY:
  case G_VARIANT_CLASS_MAYBE:
    add_container (json, key, held);
    break;
  }
}
