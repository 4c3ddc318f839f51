/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A UDP socket that asks STUN questions, repeats them and finds out which answer belongs to
   which. */
#pragma once

#include "model/net/stun.h"

G_BEGIN_DECLS

#define KITH_STUN_MAX_QUESTIONS 40

/* What becomes of a question. */
typedef struct {
  guint id; /* chosen by the asker, > 0 */
  KithEndpoint to;
  gboolean change_ip;
  gboolean change_port;
  guint16 response_port;
} KithStunQuestion;

/* Main thread. */
typedef struct _KithStunSocket KithStunSocket;

typedef struct {
  /* A binding answer (success or error) with a transaction id of ours came from @from: to question
     @id of @asker. Several may come. */
  void (*answered) (KithStunSocket *asker,
                    guint id,
                    const KithStun *answer,
                    const KithEndpoint *from,
                    guint rtt_ms,
                    gpointer user_data);
} KithStunEvents;

/* Bound to any port, of the family 4 or 6. @events is kept. NULL when there is no socket. (transfer
   full) */
KithStunSocket *
kith_stun_socket_new (guint family, const KithStunEvents *events, gpointer user_data);

/* No event follows. */
void kith_stun_socket_free (KithStunSocket *asker);

/* Answers that come to @asker may belong to questions of @other, and the other way round; NULL: no
   more. Both must live until then. */
void kith_stun_socket_join (KithStunSocket *asker, KithStunSocket *other);

guint16 kith_stun_socket_get_port (KithStunSocket *asker);

/* Asks at once, and again after 100, 200 and 400 ms, until an answer came. FALSE when the network
   refuses at once, or there are too many. */
gboolean kith_stun_socket_ask (KithStunSocket *asker, const KithStunQuestion *question);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithStunSocket, kith_stun_socket_free)

G_END_DECLS
