/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one error domain of Kith, with a D-Bus name and a plain English text for each code. */
#pragma once

#include <gio/gio.h>

#include "base/export.h"

G_BEGIN_DECLS

/**
 * KithError:
 *
 * Every function of Kith that can fail reports one of these in domain #KITH_ERROR. The names on
 * D-Bus are `org.kith.Kith1.Error.` followed by the word in kith_error_dbus_name().
 */
typedef enum {
  KITH_ERROR_FAILED,
  KITH_ERROR_INVALID_ARGUMENTS,
  KITH_ERROR_INVALID_ADDRESS,
  KITH_ERROR_NOT_FOUND,
  KITH_ERROR_AMBIGUOUS,
  KITH_ERROR_NOT_READY,
  KITH_ERROR_WRONG_STATE,
  KITH_ERROR_IN_PROGRESS,
  KITH_ERROR_NOT_AUTHORIZED,
  KITH_ERROR_UNTRUSTED,
  KITH_ERROR_UNREACHABLE,
  KITH_ERROR_UNSUPPORTED,
  KITH_ERROR_EXISTS,
  KITH_ERROR_LIMIT_REACHED,
  KITH_ERROR_CANCELLED,
  KITH_ERROR_TIMED_OUT,
  KITH_ERROR_PROTOCOL,
  KITH_ERROR_MEDIA,
} KithError;

#define KITH_N_ERRORS (KITH_ERROR_MEDIA + 1)
#define KITH_ERROR (kith_error_quark ())

/* The GQuark of the domain; registers the D-Bus names with GDBus on first use. Any thread. */
KITH_API GQuark kith_error_quark (void);

/* The full D-Bus error name of @code (static string). NULL if @code is no KithError. */
KITH_API const char *kith_error_dbus_name (KithError code);

/* A plain English default sentence for @code, without a full stop (static string). */
KITH_API const char *kith_error_text (KithError code);

G_END_DECLS
