/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The desk for set-up in kith-edge, as the node sees it: frames to it and from it. */
#include <string.h>

#include "edge/edge-host-private.h"

static void
put_token (KithSetupDesk *self, const guint8 *token, guint16 port, guint seconds)
{
  g_autofree KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = KITH_EDGE_SETUP;
  memcpy (frame->setup.token, token, sizeof frame->setup.token);
  frame->setup.port = port;
  frame->setup.seconds = (guint16)seconds;
  kith_edge_host_send (KITH_HOSTED_EDGE (self), frame);
}

static void
answer_it (KithSetupDesk *self, const KithSetupAnswer *answer)
{
  g_autofree KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);
  KithEdgeDocument *document = &frame->document;

  frame->type = KITH_EDGE_DOCUMENT;
  document->id = answer->id;
  document->status = (guint16)answer->status;
  if (answer->status == 200) {
    (void)g_strlcpy (document->type, answer->type, sizeof document->type);
    (void)g_strlcpy (document->text, answer->text, sizeof document->text);
  }
  kith_edge_host_send (KITH_HOSTED_EDGE (self), frame);
  explicit_bzero (document->text, sizeof document->text);
}

static void
seek_them (KithSetupDesk *self, guint seconds)
{
  g_autofree KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = KITH_EDGE_SEEK;
  frame->seek_s = seconds;
  kith_edge_host_send (KITH_HOSTED_EDGE (self), frame);
}

static void
give_it (KithSetupDesk *self, guint32 id, const char *address)
{
  g_autofree KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = KITH_EDGE_ADDRESS;
  frame->setup_address.id = id;
  (void)g_strlcpy (frame->setup_address.text, address, sizeof frame->setup_address.text);
  kith_edge_host_send (KITH_HOSTED_EDGE (self), frame);
}

void
kith_edge_host_setup_init (KithSetupDeskInterface *iface)
{
  iface->put_token = put_token;
  iface->answer = answer_it;
  iface->seek = seek_them;
  iface->give = give_it;
}

void
kith_edge_host_hear_setup (KithEdgeHost *self, const KithEdgeFrame *frame)
{
  if (frame->type == KITH_EDGE_SETUP_STATE) {
    kith_setup_desk_tell_opened (KITH_SETUP_DESK (self),
                                 frame->setup_state.port,
                                 frame->setup_state.problem);
  } else if (frame->type == KITH_EDGE_SEEKER) {
    kith_setup_desk_tell_sought (KITH_SETUP_DESK (self), &frame->seeker);
  } else {
    kith_setup_desk_tell_asked (KITH_SETUP_DESK (self), &frame->question);
  }
}
