/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table behind the error domain. */
#include "base/error.h"

typedef struct {
  const char *dbus_name;
  const char *text;
} ErrorRow;

#define ROW(code, word, sentence) [code] = { "org.kith.Kith1.Error." word, sentence }

static const ErrorRow rows[KITH_N_ERRORS] = {
  ROW (KITH_ERROR_FAILED, "Failed", "The operation failed"),
  ROW (KITH_ERROR_INVALID_ARGUMENTS, "InvalidArguments", "An argument is not valid"),
  ROW (KITH_ERROR_INVALID_ADDRESS, "InvalidAddress", "This is not an address"),
  ROW (KITH_ERROR_NOT_FOUND, "NotFound", "Nobody of that name was found"),
  ROW (KITH_ERROR_AMBIGUOUS, "Ambiguous", "Several people use that name"),
  ROW (KITH_ERROR_NOT_READY, "NotReady", "The daemon is not ready for this yet"),
  ROW (KITH_ERROR_WRONG_STATE, "WrongState", "This cannot be done in the present state"),
  ROW (KITH_ERROR_IN_PROGRESS, "InProgress", "The same operation is already under way"),
  ROW (KITH_ERROR_NOT_AUTHORIZED, "NotAuthorized", "You are not allowed to do this"),
  ROW (KITH_ERROR_UNTRUSTED, "Untrusted", "The peer's identity could not be proved"),
  ROW (KITH_ERROR_UNREACHABLE, "Unreachable", "The peer cannot be reached"),
  ROW (KITH_ERROR_UNSUPPORTED, "Unsupported", "This is not supported"),
  ROW (KITH_ERROR_EXISTS, "Exists", "It exists already"),
  ROW (KITH_ERROR_LIMIT_REACHED, "LimitReached", "A limit was reached"),
  ROW (KITH_ERROR_CANCELLED, "Cancelled", "The operation was cancelled"),
  ROW (KITH_ERROR_TIMED_OUT, "TimedOut", "The operation took too long"),
  ROW (KITH_ERROR_PROTOCOL, "Protocol", "The peer broke the protocol"),
  ROW (KITH_ERROR_MEDIA, "Media", "The audio could not be set up"),
};

GQuark
kith_error_quark (void)
{
  static gsize once = 0;
  static GQuark quark;

  if (g_once_init_enter (&once)) {
    quark = g_quark_from_static_string ("kith-error-quark");
    for (gint code = 0; code < KITH_N_ERRORS; code++) {
      g_dbus_error_register_error (quark, code, rows[code].dbus_name);
    }
    g_once_init_leave (&once, 1);
  }
  return quark;
}

const char *
kith_error_dbus_name (KithError code)
{
  return (guint)code < KITH_N_ERRORS ? rows[code].dbus_name : NULL;
}

const char *
kith_error_text (KithError code)
{
  return (guint)code < KITH_N_ERRORS ? rows[code].text : NULL;
}
