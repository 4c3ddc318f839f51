/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors, texts and options as the bus wants them. */
#include "bus-reply.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "bus/names.h"

static gint
code_of (const GError *error)
{
  if (error->domain == KITH_ERROR && kith_error_dbus_name ((KithError)error->code) != NULL) {
    return error->code;
  }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    return KITH_ERROR_CANCELLED;
  }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)) {
    return KITH_ERROR_TIMED_OUT;
  }
  return KITH_ERROR_FAILED;
}

void
kithd_reply_error (GDBusMethodInvocation *invocation, GError *error)
{
  g_autoptr (GError) owned = error;

  if (owned == NULL) {
    kithd_reply_code (invocation, KITH_ERROR_FAILED, kith_error_text (KITH_ERROR_FAILED));
    return;
  }
  kithd_reply_code (invocation, code_of (owned), owned->message);
}

void
kithd_reply_code (GDBusMethodInvocation *invocation, gint code, const char *text)
{
  g_autofree gchar *safe = kithd_bus_text (text);

  g_dbus_method_invocation_return_dbus_error (invocation,
                                              kith_error_dbus_name ((KithError)code),
                                              safe);
}

gchar *
kithd_bus_text (const char *text)
{
  return kith_text_safe (text != NULL ? text : "", -1, KITH_BUS_MAX_TEXT);
}

gboolean
kithd_check_options (GVariant *options, const char *key, const char **value, GError **error)
{
  GVariantIter iter;
  const char *name = NULL;
  GVariant *item = NULL;

  if (value != NULL) {
    *value = NULL;
  }
  if (g_variant_n_children (options) > KITH_BUS_MAX_OPTIONS) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "More than %d options",
                 KITH_BUS_MAX_OPTIONS);
    return FALSE;
  }
  g_variant_iter_init (&iter, options);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &item)) {
    const char *problem = NULL;
    if (key == NULL || strcmp (name, key) != 0) {
      problem = "is not known";
    } else if (!g_variant_is_of_type (item, G_VARIANT_TYPE_STRING)) {
      problem = "must be a string";
    } else if (g_variant_get_size (item) > KITH_BUS_MAX_TEXT + 1) {
      problem = "is too long";
    }
    if (problem != NULL) {
      g_autofree gchar *safe = kith_text_safe (name, -1, 64);
      g_set_error (error,
                   KITH_ERROR,
                   KITH_ERROR_INVALID_ARGUMENTS,
                   "The option “%s” %s",
                   safe,
                   problem);
      g_variant_unref (item); /* g_variant_iter_loop() leaves it to whoever breaks out */
      return FALSE;
    }
    *value = g_variant_get_string (item, NULL); /* lives in @options */
  }
  return TRUE;
}
