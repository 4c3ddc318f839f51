/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes one JSON value (RFC 8259) on one line: a thin cover over json-glib, for what it does not
   do for terminals and D-Bus. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _KithJson KithJson;

/* An empty writer; free with kith_json_free() or kith_json_finish(). */
KithJson *kith_json_new (void);
void kith_json_free (KithJson *json);

/* The text, with everything that is still open closed. Frees @json. (transfer full) */
gchar *kith_json_finish (KithJson *json);

/* In all of these @key is the member's name inside an object and NULL inside an array or at the
   top. */
void kith_json_open_object (KithJson *json, const char *key);
void kith_json_open_array (KithJson *json, const char *key);

/* Closes the innermost object or array. */
void kith_json_close (KithJson *json);

/* Any bytes: broken UTF-8 becomes U+FFFD; control, format and other characters that a terminal
   could act on become \uXXXX. NULL: null. */
void kith_json_add_string (KithJson *json, const char *key, const char *value);
void kith_json_add_int (KithJson *json, const char *key, gint64 value);
void kith_json_add_bool (KithJson *json, const char *key, gboolean value);

/* What json_gvariant_serialize() makes of @value; members of dictionaries in the order of their
   names, null for what is not a number and for the infinities. @value is not consumed unless it is
   floating. */
void kith_json_add_variant (KithJson *json, const char *key, GVariant *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithJson, kith_json_free)

G_END_DECLS
