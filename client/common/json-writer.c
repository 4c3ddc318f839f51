/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds JSON with json-glib and writes it on one line that no terminal acts on. */
#include "common/json-writer.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

struct _KithJson {
  JsonNode *root;
  GPtrArray *open; /* of JsonNode (unowned) */
};

KithJson *
kith_json_new (void)
{
  KithJson *json = g_new0 (KithJson, 1);

  json->open = g_ptr_array_new ();
  return json;
}

void
kith_json_free (KithJson *json)
{
  if (json == NULL) {
    return;
  }
  g_clear_pointer (&json->root, json_node_unref);
  g_ptr_array_unref (json->open);
  g_free (json);
}

/* Characters that may stand as they are: those that show as themselves and change nothing around
   them. */
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

gchar *
kith_json_finish (KithJson *json)
{
  g_autofree gchar *dense = json_to_string (json->root, FALSE);
  GString *text = g_string_new (NULL);
  gboolean in_string = FALSE;
  gboolean is_escaped = FALSE;

  for (const gchar *at = dense; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);
    if (is_plain (c)) {
      g_string_append_unichar (text, c);
    } else if (c >= 0x10000) {
      g_string_append_printf (text,
                              "\\u%04x\\u%04x",
                              0xd800 + ((c - 0x10000) >> 10),
                              0xdc00 + ((c - 0x10000) & 0x3ff));
    } else {
      g_string_append_printf (text, "\\u%04x", c);
    }
    in_string = in_string != (c == '"' && !is_escaped);
    is_escaped = c == '\\' && !is_escaped;
    if (!in_string && (c == ',' || c == ':')) {
      g_string_append_c (text, ' ');
    }
  }
  kith_json_free (json);
  return g_string_free (text, FALSE);
}

/* Takes @node into the innermost object or array. */
static void
add (KithJson *json, const char *key, JsonNode *node)
{
  JsonNode *into = json->open->len > 0 ? json->open->pdata[json->open->len - 1] : NULL;

  if (into == NULL) {
    json->root = node;
  } else if (JSON_NODE_HOLDS_OBJECT (into)) {
    json_object_set_member (json_node_get_object (into), key, node);
  } else {
    json_array_add_element (json_node_get_array (into), node);
  }
}

void
kith_json_open_object (KithJson *json, const char *key)
{
  g_autoptr (JsonObject) object = json_object_new ();
  JsonNode *node = json_node_init_object (json_node_alloc (), object);

  add (json, key, node);
  g_ptr_array_add (json->open, node);
}

void
kith_json_open_array (KithJson *json, const char *key)
{
  g_autoptr (JsonArray) array = json_array_new ();
  JsonNode *node = json_node_init_array (json_node_alloc (), array);

  add (json, key, node);
  g_ptr_array_add (json->open, node);
}

void
kith_json_close (KithJson *json)
{
  g_ptr_array_set_size (json->open, (gint)json->open->len - 1);
}

void
kith_json_add_string (KithJson *json, const char *key, const char *value)
{
  g_autofree gchar *valid = value != NULL ? g_utf8_make_valid (value, -1) : NULL;
  JsonNode *node = json_node_alloc ();

  add (json, key, valid != NULL ? json_node_init_string (node, valid) : json_node_init_null (node));
}

void
kith_json_add_int (KithJson *json, const char *key, gint64 value)
{
  add (json, key, json_node_init_int (json_node_alloc (), value));
}

void
kith_json_add_bool (KithJson *json, const char *key, gboolean value)
{
  add (json, key, json_node_init_boolean (json_node_alloc (), value));
}

/* Puts members in the order of their names, as the dictionaries of D-Bus have none; what is no
   number becomes null. */
static void
tidy (JsonNode *node)
{
  g_autoptr (GList) list = NULL;

  if (JSON_NODE_HOLDS_OBJECT (node)) {
    JsonObject *from = json_node_get_object (node);
    g_autoptr (JsonObject) to = json_object_new ();
    list = g_list_sort (json_object_get_members (from), (GCompareFunc)strcmp);
    for (GList *at = list; at != NULL; at = at->next) {
      JsonNode *member = json_object_get_member (from, at->data);
      tidy (member);
      json_object_set_member (to, at->data, json_node_ref (member));
    }
    json_node_set_object (node, to);
  } else if (JSON_NODE_HOLDS_ARRAY (node)) {
    list = json_array_get_elements (json_node_get_array (node));
    for (GList *at = list; at != NULL; at = at->next) {
      tidy (at->data);
    }
  } else if (json_node_get_value_type (node) == G_TYPE_DOUBLE
             && !isfinite (json_node_get_double (node))) {
    json_node_init_null (node);
  }
}

void
kith_json_add_variant (KithJson *json, const char *key, GVariant *value)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (value);
  JsonNode *node = json_gvariant_serialize (held);

  tidy (node);
  add (json, key, node);
}
