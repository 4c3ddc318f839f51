/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A mailbox whose messages are calls. */
#include "path/path-box.h"

typedef struct {
  GDestroyNotify func, drop;
  gpointer data;
} Call;

static void
on_call (gpointer message, gpointer user_data)
{
  Call *call = message;

  call->func (call->data);
  g_free (call);
}

static void
call_drop (gpointer message)
{
  Call *call = message;

  call->drop (call->data);
  g_free (call);
}

KithMailbox *
kith_path_box_new (void)
{
  return kith_mailbox_new (NULL, G_MAXUINT, on_call, call_drop, NULL);
}

void
kith_path_box_post (KithMailbox *box, GDestroyNotify func, GDestroyNotify drop, gpointer data)
{
  Call *call = g_new (Call, 1);

  *call = (Call){ func, drop, data };
  if (!kith_mailbox_post (box, call)) {
    call_drop (call);
  }
}
