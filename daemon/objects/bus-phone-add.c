/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The methods of the manager that add phones. */
#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "bus-phone-setup.h"
#include "bus-phone.h"
#include "bus-reply.h"
#include "bus/names.h"
#include "model/phone/phone-import.h"
#include "model/phone/phone-password.h"

#define MAX_FILE (16 * 1024 * 1024)

typedef struct {
  KithNode *node; /* owned */
  GDBusMethodInvocation *invocation;
  guint seconds; /* of its set-up; 0: none */
} Request;

static Request *
request_new (KithNode *node, GDBusMethodInvocation *invocation, guint seconds)
{
  Request *request = g_new0 (Request, 1);

  request->node = g_object_ref (node);
  request->invocation = invocation;
  request->seconds = seconds;
  return request;
}

static void
request_free (Request *request)
{
  g_object_unref (request->node);
  g_free (request);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Request, request_free)

/* The phones of the node, or NULL: it has answered why there are none. */
static KithPhones *
find_phones (KithNode *node, GDBusMethodInvocation *invocation)
{
  KithPhones *phones = kith_node_get_phones (node);

  if (phones != NULL) {
    return phones;
  }
  kithd_reply_code (invocation,
                    KITH_ERROR_NOT_READY,
                    !kith_node_has_phones (node)
                        ? "Phones are switched off: set enabled=true in [sip] and [phones] of "
                          "kith.conf, and start kithd anew"
                        : "There is no identity yet: make one with “kith init NAME”");
  return NULL;
}

/* Adding one */

/* FALSE and KITH_ERROR_INVALID_ARGUMENTS: an option that is not known, or is of another type. The
   texts live in @options. */
static gboolean
read_options (GVariant *options, KithPhoneWishes *wishes, guint32 *seconds, GError **error)
{
  const struct {
    const char *name;
    const char *format;
    gpointer to;
  } rows[] = { { "number", "&s", &wishes->number },
               { "class", "&s", &wishes->rights },
               { "digest", "&s", &wishes->digest },
               { "setup", "u", seconds } };
  GVariantDict dict;

  if (g_variant_n_children (options) > KITH_BUS_MAX_OPTIONS) {
    return kithd_check_options (options, NULL, NULL, error);
  }
  g_variant_dict_init (&dict, options);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (g_variant_lookup (options, rows[i].name, rows[i].format, rows[i].to)) {
      (void)g_variant_dict_remove (&dict, rows[i].name);
    }
  }
  g_autoptr (GVariant) rest = g_variant_ref_sink (g_variant_dict_end (&dict));
  return kithd_check_options (rest, NULL, NULL, error)
         && (*seconds == 0 || kithd_setup_check_seconds (*seconds, error));
}

static void
reply_added (GDBusMethodInvocation *invocation,
             const char *name,
             const char *password,
             GVariant *setup)
{
  g_autofree gchar *path = kithd_phone_path (name);

  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(os@a{sv})", path, password, setup));
}

static void
on_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Request) request = user_data;
  g_autofree gchar *name = NULL;
  gchar *password = NULL;
  GError *error = NULL;

  if (!kith_phones_change_finish (KITH_PHONES (source), result, &name, &password, &error)) {
    kithd_reply_error (request->invocation, error);
    return;
  }
  kithd_setup_answer (request->node,
                      request->invocation,
                      name,
                      password,
                      request->seconds,
                      reply_added);
}

static gboolean
on_handle_add_phone (KithBusManager *skeleton,
                     GDBusMethodInvocation *invocation,
                     const char *name,
                     GVariant *options,
                     gpointer user_data)
{
  KithPhones *phones = find_phones (user_data, invocation);
  KithPhoneWishes wishes = { NULL };
  guint32 seconds = 0;
  GError *error = NULL;

  if (phones == NULL) {
    return TRUE;
  }
  if (!read_options (options, &wishes, &seconds, &error)) {
    kithd_reply_error (invocation, error);
    return TRUE;
  }
  kith_phones_add_async (phones,
                         name,
                         &wishes,
                         on_added,
                         request_new (user_data, invocation, seconds));
  return TRUE;
}

/* Adding many */

/* The text of the file, which the caller wipes and frees; NULL and an error. */
static gchar *
read_file (int fd, gsize *len, GError **error)
{
  struct stat st;

  *len = 0;
  if (fstat (fd, &st) != 0 || !S_ISREG (st.st_mode) || st.st_size > MAX_FILE) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_INVALID_ARGUMENTS,
                         "that is no file of at most 16 MiB");
    return NULL;
  }
  gchar *text = g_malloc ((gsize)st.st_size + 1);
  while (*len < (gsize)st.st_size) {
    const ssize_t n = pread (fd, text + *len, (gsize)st.st_size - *len, (off_t)*len);
    if (n <= 0) {
      break;
    }
    *len += (gsize)n;
  }
  return text;
}

static void
on_imported (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  const guint n = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (invocation), "phones"));
  GError *error = NULL;

  if (kith_phones_change_finish (KITH_PHONES (source), result, NULL, NULL, &error)) {
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(u)", n));
  } else {
    kithd_reply_error (invocation, error);
  }
}

static gboolean
on_handle_import_phones (KithBusManager *skeleton,
                         GDBusMethodInvocation *invocation,
                         GUnixFDList *files,
                         GVariant *file,
                         gpointer user_data)
{
  KithPhones *phones = find_phones (user_data, invocation);
  GError *error = NULL;
  gsize len = 0;

  if (phones == NULL) {
    return TRUE;
  }
  const int fd
      = files != NULL ? g_unix_fd_list_get (files, g_variant_get_handle (file), &error) : -1;
  gchar *text = error == NULL ? read_file (fd, &len, &error) : NULL;
  GPtrArray *lines = text != NULL
                         ? kith_phone_import_read (text, len, kith_phones_get_max (phones), &error)
                         : NULL;
  if (fd >= 0) {
    (void)close (fd);
  }
  if (text != NULL) {
    explicit_bzero (text, len);
    g_free (text);
  }
  if (lines == NULL) {
    kithd_reply_error (invocation, error);
    return TRUE;
  }
  g_object_set_data (G_OBJECT (invocation), "phones", GUINT_TO_POINTER (lines->len));
  kith_phones_import_async (phones, lines, on_imported, invocation);
  return TRUE;
}

void
kithd_phones_bind (KithBusManager *manager, KithNode *node)
{
  g_signal_connect_object (manager, "handle-add-phone", G_CALLBACK (on_handle_add_phone), node, 0);
  g_signal_connect_object (manager,
                           "handle-import-phones",
                           G_CALLBACK (on_handle_import_phones),
                           node,
                           0);
}
