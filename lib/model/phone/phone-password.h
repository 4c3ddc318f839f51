/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passwords of phones: made, and turned into what is kept of them. */
#pragma once

#include "model/phone/phone.h"

G_BEGIN_DECLS

#define KITH_PHONE_REALM "kith"
/* four groups of four characters, with a hyphen between them that belongs to it: 80 bits */
#define KITH_PHONE_PASSWORD_LEN 19
#define KITH_PHONE_PASSWORD_LEAST 8 /* characters of one that is not made here */
#define KITH_PHONE_PASSWORD_MOST 64

/* "7k2f-9qxm-41tr-c8ne" in Crockford's letters, which none can be taken for another of. FALSE: the
   system gives no random numbers. The caller wipes it. */
KITH_API gboolean kith_phone_password_make (gchar password[KITH_PHONE_PASSWORD_LEN + 1]);

/* 8 to 64 characters of ASCII that can be seen. FALSE and KITH_ERROR_INVALID_ARGUMENTS, which does
   not show it. */
KITH_API gboolean kith_phone_password_check (const char *password, GError **error);

/* What is kept of @password of the phone @name (in its normal form). */
KITH_API void
kith_phone_secret_make (const char *name, const char *password, KithPhoneSecret *secret);

G_END_DECLS
