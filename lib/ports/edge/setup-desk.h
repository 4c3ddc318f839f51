/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port to the desk where phones fetch their settings: documents by HTTP, for a short while, and
   the address of that for phones that look for one by multicast. */
#pragma once

#include <glib-object.h>

#include "base/export.h"
#include "model/net/endpoint.h"
#include "model/phone/setup-template.h"

G_BEGIN_DECLS

#define KITH_SETUP_TOKEN_LEN 16     /* bytes */
#define KITH_SETUP_TOKENS_MAX 8     /* at the same time */
#define KITH_SETUP_SECONDS_MAX 3600 /* for which one may be open */
#define KITH_SETUP_WORD_MAX 40      /* characters of a vendor, or of a model */
#define KITH_SETUP_ADDRESS_MAX 120  /* … and of an address */
#define KITH_SETUP_MAC_LEN 12       /* digits */

/* A phone asks for its document. */
typedef struct {
  guint32 id; /* of this question */
  guint8 token[KITH_SETUP_TOKEN_LEN];
  KithEndpoint source;
  KithEndpoint own; /* our address towards it, family 0: not known */
  gchar file[KITH_SETUP_FILE_MAX + 1];
  gchar agent[KITH_SETUP_AGENT_MAX + 1]; /* User-Agent, of visible ASCII and blanks, or "" */
} KithSetupQuestion;

/* A phone looks for where to fetch its settings ("SIP PnP": event ua-profile of RFC 6080). What it
   says of itself is in visible ASCII, or "". */
typedef struct {
  guint32 id; /* of this search: the same while the phone repeats it */
  KithEndpoint source;
  KithEndpoint own; /* our address towards it */
  gchar vendor[KITH_SETUP_WORD_MAX + 1];
  gchar model[KITH_SETUP_WORD_MAX + 1];
  gchar mac[KITH_SETUP_MAC_LEN + 1]; /* in lower case */
} KithSetupSeeker;

/* What it gets. */
typedef struct {
  guint32 id;
  guint status; /* 200, or 404 without the rest */
  const char *type;
  const char *text; /* of at most KITH_SETUP_DOCUMENT_MAX bytes */
} KithSetupAnswer;

#define KITH_TYPE_SETUP_DESK (kith_setup_desk_get_type ())
KITH_API
G_DECLARE_INTERFACE (KithSetupDesk, kith_setup_desk, KITH, SETUP_DESK, GObject)

/**
 * KithSetupDeskInterface: main thread. It forgets all when its process ends.
 *
 * Signals: "ready" (): a desk runs that has no token. "opened" (guint port, gint problem): it
 * listens there, or why not (errno). "asked" (const KithSetupQuestion *): to be answered at once.
 * "sought" (const KithSetupSeeker *): a phone looks for its settings, and gets no answer but by
 * kith_setup_desk_give().
 */
struct _KithSetupDeskInterface {
  GTypeInterface parent_interface;
  void (*put_token) (KithSetupDesk *self, const guint8 *token, guint16 port, guint seconds);
  void (*answer) (KithSetupDesk *self, const KithSetupAnswer *answer);
  void (*seek) (KithSetupDesk *self, guint seconds);
  void (*give) (KithSetupDesk *self, guint32 id, const char *address);
};

/* Who knows @token (KITH_SETUP_TOKEN_LEN bytes) may ask from now on, for @seconds; 0: no more. It
   listens on @port while there is a token: "opened" follows each time, but for 0 seconds. */
KITH_API void
kith_setup_desk_put_token (KithSetupDesk *self, const guint8 *token, guint16 port, guint seconds);

/* Answers a question; one that nobody waits for any more is passed over. */
KITH_API void kith_setup_desk_answer (KithSetupDesk *self, const KithSetupAnswer *answer);

/* Phones that look for their settings are told as "sought" from now on, for @seconds (at most
   KITH_SETUP_SECONDS_MAX); 0: no more. */
KITH_API void kith_setup_desk_seek (KithSetupDesk *self, guint seconds);

/* Tells the phone of that search @address (visible ASCII, at most KITH_SETUP_ADDRESS_MAX); one that
   looks no more is passed over. */
KITH_API void kith_setup_desk_give (KithSetupDesk *self, guint32 id, const char *address);

/* For those who are one: emit its signals. */
KITH_API void kith_setup_desk_tell_ready (KithSetupDesk *self);
KITH_API void kith_setup_desk_tell_opened (KithSetupDesk *self, guint port, int problem);
KITH_API void kith_setup_desk_tell_asked (KithSetupDesk *self, const KithSetupQuestion *question);
KITH_API void kith_setup_desk_tell_sought (KithSetupDesk *self, const KithSetupSeeker *seeker);

G_END_DECLS
