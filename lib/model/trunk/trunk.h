/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trunk, which is an account of ours at a conventional SIP registrar, as a value without its
   password. */
#pragma once

#include "model/call/number.h"
#include "model/net/endpoint.h"
#include "model/sip/sip-next-hop.h"

G_BEGIN_DECLS

#define KITH_TRUNK_NAME_MAX 24
#define KITH_TRUNK_HOST_MAX 253
#define KITH_TRUNK_USER_MAX 64
#define KITH_TRUNK_PIN_MAX 64 /* hexadecimal digits of a SHA-256 */
#define KITH_TRUNK_LIST_MAX 255
#define KITH_TRUNK_CODE_MAX 8
#define KITH_TRUNK_PASSWORD_MAX 128
#define KITH_TRUNK_SOURCES_MAX 8
#define KITH_TRUNK_CALLS_MAX 32
#define KITH_TRUNKS_MAX 16

/* How our number is told to the trunk. */
typedef enum {
  KITH_TRUNK_IDENTITY_FROM,
  KITH_TRUNK_IDENTITY_PPI, /* P-Preferred-Identity */
  KITH_TRUNK_IDENTITY_PAI, /* P-Asserted-Identity */
  KITH_TRUNK_IDENTITY_RPID /* Remote-Party-ID */
} KithTrunkIdentity;

/* What becomes of a hold by the other side of a bridged call. */
typedef enum {
  KITH_TRUNK_HOLD_LOCAL, /* it hears the tone that we make */
  KITH_TRUNK_HOLD_PASS   /* it is told */
} KithTrunkHold;

/* Where and as whom we register. Texts are "" where nothing is said. */
typedef struct {
  gchar domain[KITH_TRUNK_HOST_MAX + 1]; /* a name or a number, with or without ":PORT" */
  gchar user[KITH_TRUNK_USER_MAX + 1];
  gchar number[KITH_NUMBER_MAX + 1];    /* ours, "+4930123456" */
  gchar proxy[KITH_TRUNK_HOST_MAX + 1]; /* the outbound proxy, as @domain; "": the domain itself */
  KithSipTransport transport;           /* ANY: as the DNS says, else UDP */
  gchar ca[KITH_TRUNK_LIST_MAX + 1];    /* a file of certificates in the place of the system's */
  gchar pin[KITH_TRUNK_PIN_MAX + 1];    /* the SHA-256 of its certificate, in the place of all */
} KithTrunkAccount;

/* Calls to it. */
typedef struct {
  KithNumberFormat format;
  KithTrunkIdentity identity;
  gchar country[KITH_TRUNK_CODE_MAX + 1];  /* "": that of [dial] */
  gchar area[KITH_TRUNK_CODE_MAX + 1];     /* "": that of [dial] */
  gchar prefixes[KITH_TRUNK_LIST_MAX + 1]; /* "+49;+43": which numbers go by it; "": any */
  gchar allow[KITH_TRUNK_LIST_MAX + 1];    /* KithTollRules */
  gchar deny[KITH_TRUNK_LIST_MAX + 1];
  guint max_calls; /* at once: 1 to KITH_TRUNK_CALLS_MAX */
} KithTrunkCalls;

/* Calls from it. */
typedef struct {
  gchar rings[KITH_TRUNK_LIST_MAX + 1]; /* as [ring] me: "me", "phone/desk;contact/bob@10" */
  KithTrunkHold hold;
  guint n_sources;
  KithEndpoint sources[KITH_TRUNK_SOURCES_MAX]; /* accept-from: hosts of it, too; port 0 */
} KithTrunkCallers;

/* Without pointers: copied by assignment. */
typedef struct {
  gchar name[KITH_TRUNK_NAME_MAX + 1]; /* kith_trunk_name_check() */
  KithTrunkAccount account;
  KithTrunkCalls calls;
  KithTrunkCallers callers;
  gint64 since; /* seconds since the epoch; 0: it stands in kith.conf */
} KithTrunk;

/* A trunk of kith.conf. */
typedef struct {
  KithTrunk trunk;
  guint line;
  gchar *password; /* (nullable) */
} KithTrunkLine;

/* Wipes the password. */
KITH_API void kith_trunk_line_free (KithTrunkLine *line);

/* 1 to 24 of a to z, 0 to 9, "-" and ".", with a letter among them. FALSE and
   KITH_ERROR_INVALID_ARGUMENTS with a name that would do. */
KITH_API gboolean kith_trunk_name_check (const char *name, GError **error);

/* A trunk of that name with the defaults of all that is not said: no domain and no user yet. */
KITH_API KithTrunk kith_trunk_default (const char *name);

/* The keys that a trunk has, in the order in which they are shown; ends with NULL (static):
   "domain", "user", "number", "proxy", "transport", "ca", "pin", "accept-from", "hold", "rings",
   "format", "identity", "country", "area", "prefixes", "allow", "deny", "max-calls". */
KITH_API const char *const *kith_trunk_keys (void);

/* Sets one of them as it stands in kith.conf; "" is the default. FALSE and
   KITH_ERROR_INVALID_ARGUMENTS, and @trunk is as it was: no such key, or no such value. */
KITH_API gboolean kith_trunk_set (KithTrunk *trunk,
                                  const char *key,
                                  const char *value,
                                  GError **error);

/* The same back, for a key that there is; "" is the default. (transfer full) */
KITH_API gchar *kith_trunk_get (const KithTrunk *trunk, const char *key);

/* FALSE and KITH_ERROR_INVALID_ARGUMENTS: something is missing without which it cannot register. */
KITH_API gboolean kith_trunk_check (const KithTrunk *trunk, GError **error);

/* FALSE and KITH_ERROR_INVALID_ARGUMENTS: it is empty, too long, or has a control character. */
KITH_API gboolean kith_trunk_password_check (const char *password, GError **error);

/* "from", "ppi", "pai", "rpid"; "local", "pass" (static). */
KITH_API const char *kith_trunk_identity_word (KithTrunkIdentity identity);
KITH_API const char *kith_trunk_hold_word (KithTrunkHold hold);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithTrunkLine, kith_trunk_line_free)

G_END_DECLS
