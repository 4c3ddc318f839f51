/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The method of the manager that adds trunks, and how a password comes in. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../bus-reply.h"
#include "base/error.h"
#include "bus-trunk.h"

#define PASSWORD "password"
#define MAX_OPTIONS 32

gchar *
kithd_trunk_read_password (GUnixFDList *files, gint32 handle, GError **error)
{
  const int fd = files != NULL ? g_unix_fd_list_get (files, handle, error) : -1;
  gchar text[KITH_TRUNK_PASSWORD_MAX + 3] = "";
  struct stat st;

  if (fd < 0) {
    if (error != NULL && *error == NULL) {
      g_set_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS, "There is no such file");
    }
    return NULL;
  }
  const gboolean is_file = fstat (fd, &st) == 0 && S_ISREG (st.st_mode);
  const ssize_t n = is_file ? pread (fd, text, sizeof text - 1, 0) : -1;
  (void)close (fd);
  text[MAX (n, 0)] = '\0';
  text[strcspn (text, "\r\n")] = '\0';
  gchar *password = is_file && kith_trunk_password_check (text, error) ? g_strdup (text) : NULL;
  explicit_bzero (text, sizeof text);
  if (!is_file) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "The password must stand in a file");
  }
  return password;
}

/* FALSE and KITH_ERROR_INVALID_ARGUMENTS. The password is the caller's to wipe. */
static gboolean
read_options (GVariant *options,
              GUnixFDList *files,
              GHashTable *values,
              gchar **password,
              GError **error)
{
  GVariantIter iter;
  const char *key = NULL;
  GVariant *value = NULL;
  gboolean ok = g_variant_n_children (options) <= MAX_OPTIONS;

  if (!ok) {
    g_set_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS, "Too many options");
  }
  g_variant_iter_init (&iter, options);
  while (ok && g_variant_iter_next (&iter, "{&sv}", &key, &value)) {
    if (strcmp (key, PASSWORD) == 0 && *password == NULL
        && g_variant_is_of_type (value, G_VARIANT_TYPE_HANDLE)) {
      *password = kithd_trunk_read_password (files, g_variant_get_handle (value), error);
      ok = *password != NULL;
    } else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)) {
      g_hash_table_insert (values, g_strdup (key), g_variant_dup_string (value, NULL));
    } else {
      g_set_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS, "Option %s is no text", key);
      ok = FALSE;
    }
    g_variant_unref (value);
  }
  return ok;
}

static void
on_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  const char *name = g_object_get_data (G_OBJECT (invocation), "trunk");
  GError *error = NULL;

  if (!kith_trunks_change_finish (KITH_TRUNKS (source), result, &error)) {
    kithd_reply_error (invocation, error);
    return;
  }
  g_autofree gchar *path = kithd_trunk_path (name);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", path));
}

static gboolean
on_handle_add_trunk (KithBusManager *skeleton,
                     GDBusMethodInvocation *invocation,
                     GUnixFDList *files,
                     const char *name,
                     GVariant *options,
                     gpointer user_data)
{
  KithTrunks *trunks = kith_node_get_trunks (user_data);
  g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  gchar *password = NULL;
  GError *error = NULL;

  if (trunks == NULL) {
    kithd_reply_code (invocation,
                      KITH_ERROR_NOT_READY,
                      "There is no identity yet: make one with “kith init NAME”");
    return TRUE;
  }
  if (!read_options (options, files, values, &password, &error)) {
    kithd_reply_error (invocation, error);
  } else {
    const KithTrunkWishes wishes = { .values = values, .password = password };
    g_object_set_data_full (G_OBJECT (invocation), "trunk", g_strdup (name), g_free);
    kith_trunks_add_async (trunks, name, &wishes, on_added, invocation);
  }
  if (password != NULL) {
    explicit_bzero (password, strlen (password));
    g_free (password);
  }
  return TRUE;
}

void
kithd_trunks_bind (KithBusManager *manager, KithNode *node)
{
  g_signal_connect_object (manager, "handle-add-trunk", G_CALLBACK (on_handle_add_trunk), node, 0);
}
