/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port to whatever makes the audio of calls and knows the sound devices. */
#pragma once

#include "ports/media/media.h"

G_BEGIN_DECLS

#define KITH_TYPE_MEDIA_MAKER (kith_media_maker_get_type ())
KITH_API
G_DECLARE_INTERFACE (KithMediaMaker, kith_media_maker, KITH, MEDIA_MAKER, GObject)

/* Carries one packet of media to the peer. On a thread of the audio's, which it does not hold up,
   also on two at once; never after kith_media_stop(), which waits for one that is running. FALSE
   when it was dropped. */
typedef gboolean (*KithMediaSendFunc) (const guint8 *data, gsize len, gpointer user_data);

/* How the packets travel: over a link (send set, SRTP keys set) or over sockets of its own
   (local_host set). */
typedef struct {
  KithMediaSendFunc send; /* NULL: own UDP sockets */
  gpointer send_data;
  const char *local_host; /* own sockets: the address to bind and to write into c= */
  gboolean listen_only;   /* no microphone is wanted: silence is sent */
  gboolean has_keys;
  guint8 local_key[KITH_SRTP_KEY_LEN]; /* protects what we send */
  guint8 remote_key[KITH_SRTP_KEY_LEN];
} KithMediaTransport;

/* Sound runs before everything else on this machine: by whose leave. */
typedef enum {
  KITH_PRIORITY_UNKNOWN, /* nobody was asked yet, or there is no answer yet */
  KITH_PRIORITY_NONE,    /* by nobody's: threads run as any other */
  KITH_PRIORITY_LIMITS,  /* the limits of this process, or its rights, allow it */
  KITH_PRIORITY_RTKIT    /* the service rtkit gives it, on the system bus */
} KithPriority;

/* KithMediaMakerInterface: main thread. */
struct _KithMediaMakerInterface {
  GTypeInterface parent_interface;
  KithMedia *(*create) (KithMediaMaker *self,
                        const KithMediaTransport *transport,
                        const char *id,
                        GError **error);
  gboolean (*check) (KithMediaMaker *self, gboolean microphone, GError **error);
  void (*look_async) (KithMediaMaker *self, GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*look_finish) (KithMediaMaker *self,
                           GAsyncResult *result,
                           gchar **microphone,
                           gchar **loudspeaker,
                           GError **error);
  KithPriority (*get_priority) (KithMediaMaker *self);
};

/* The media of call @id (such as "call/3": for logs and file names). (transfer full), NULL and
   KITH_ERROR_MEDIA. */
KITH_API KithMedia *kith_media_maker_create (KithMediaMaker *self,
                                             const KithMediaTransport *transport,
                                             const char *id,
                                             GError **error);

/* Asks which devices are the default ones now. It may take as long as the sound server likes: the
   caller sets a limit and forgets. The callback comes once, never from within. FALSE: it does not
   look (@callback is not called). */
KITH_API gboolean kith_media_maker_look_async (KithMediaMaker *self,
                                               GAsyncReadyCallback callback,
                                               gpointer user_data);

/* Names for people, "" when there is none. (out) (transfer full); KITH_ERROR_MEDIA,
   KITH_ERROR_IN_PROGRESS (an earlier look has no answer). */
KITH_API gboolean kith_media_maker_look_finish (KithMediaMaker *self,
                                                GAsyncResult *result,
                                                gchar **microphone,
                                                gchar **loudspeaker,
                                                GError **error);

/* FALSE and KITH_ERROR_MEDIA, with cause and remedy, when a call could not use the microphone (else
   the loudspeaker) now. Never blocks, opens nothing. */
KITH_API gboolean kith_media_maker_check (KithMediaMaker *self,
                                          gboolean microphone,
                                          GError **error);

/* Whether sound goes on while the machine is busy. */
KITH_API KithPriority kith_media_maker_get_priority (KithMediaMaker *self);

G_END_DECLS
