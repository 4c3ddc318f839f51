/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The set-up of phones: for a short while a phone may fetch all that it needs by one address. */
#pragma once

#include "base/clock.h"
#include "node/phones/phones.h"
#include "ports/edge/setup-desk.h"

G_BEGIN_DECLS

#define KITH_SETUP_SECONDS_LEAST 60

/* Main thread. A password that is not known otherwise any more is kept while its phone is set up,
   at most a minute longer than until it registers. */
#define KITH_TYPE_PHONE_SETUP (kith_phone_setup_get_type ())
G_DECLARE_FINAL_TYPE (KithPhoneSetup, kith_phone_setup, KITH, PHONE_SETUP, GObject)

/**
 * KithPhoneSetup signals: "fetched" (const char *name, const char *agent, const char *mac): the
 * phone's document was asked for; texts of strangers in visible ASCII, @mac "" when not known.
 * "found" (const char *name, const KithSetupSeeker *): some phone looks for its settings while
 * @name waits for one; it gets nothing but by kith_phone_setup_give().
 */

typedef struct {
  KithClock *clock;
  KithPhones *phones;
  const char *template_dir;
  guint16 port; /* 0: switched off */
  /* The port of SIP now, 0: none; and an address of this host for phones, one of IPv6 in brackets
     (transfer full). */
  guint16 (*sip_port) (gpointer user_data);
  gchar *(*server) (gpointer user_data);
  gpointer user_data;
} KithPhoneSetupParts;

/* @parts are copied, what they point to is owned or outlives it. (transfer full) */
KithPhoneSetup *kith_phone_setup_new (const KithPhoneSetupParts *parts);

/* From now on @desk is where phones ask; once. */
void kith_phone_setup_attach (KithPhoneSetup *setup, KithSetupDesk *desk);

/**
 * kith_phone_setup_open_async:
 * @name: of a phone that there is
 * @password: its own; copied
 * @seconds: KITH_SETUP_SECONDS_LEAST to KITH_SETUP_SECONDS_MAX
 *
 * Another one of the same phone ends. KITH_ERROR_NOT_READY (switched off, or kith-edge does not
 * run), KITH_ERROR_LIMIT_REACHED (KITH_SETUP_TOKENS_MAX phones are being set up),
 * KITH_ERROR_INVALID_ARGUMENTS (seconds), KITH_ERROR_FAILED (the port is taken).
 */
void kith_phone_setup_open_async (KithPhoneSetup *setup,
                                  const char *name,
                                  const char *password,
                                  guint seconds,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);

/* "http://192.168.1.5:5080/p/…/" (transfer full), and until when, in wall time; NULL and an
   error. */
gchar *kith_phone_setup_open_finish (KithPhoneSetup *setup,
                                     GAsyncResult *result,
                                     gint64 *until_us,
                                     GError **error);

/**
 * kith_phone_setup_find:
 * @seconds: at most KITH_SETUP_SECONDS_MAX; 0: no more
 * For so long phones that look for their settings by multicast are told as "found". FALSE and
 * KITH_ERROR_NOT_READY: the settings of @name cannot be fetched now; KITH_ERROR_INVALID_ARGUMENTS.
 */
gboolean
kith_phone_setup_find (KithPhoneSetup *setup, const char *name, guint seconds, GError **error);

/**
 * kith_phone_setup_give:
 * @id: of a KithSetupSeeker
 * That phone is told where the settings of @name are; it is told again, unasked, when it looks once
 * more while @name waits. FALSE and KITH_ERROR_NOT_READY as above; KITH_ERROR_NOT_FOUND.
 */
gboolean
kith_phone_setup_give (KithPhoneSetup *setup, const char *name, guint32 id, GError **error);

G_END_DECLS
