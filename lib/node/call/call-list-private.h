/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of the list of calls, shared by the files that keep it and that let calls in. */
#pragma once

#include "model/call/ring-book.h"
#include "node/call/call-list.h"
#include "node/call/foreground.h"

G_BEGIN_DECLS

struct _KithCallList {
  GObject parent_instance;
  const KithCallContext *context;
  GQueue calls; /* of KithCall (owned), oldest first */
  KithRingBook *rings;
  KithForeground *foreground;
  guint last_id;
  guint sweeper;
  guint refused_tokens; /* call-incoming.c: callers who may still be told of as refused, … */
  gint64 refused_us;    /* … as of then */
  GHashTable *dialled;  /* call-phones.c: name of a phone → how much it dials; or NULL */
};

/* call-list.c: takes @call (transfer full) and follows it. */
void kith_call_list_add (KithCallList *list, KithCall *call);

/* call-list.c: tells others of it. */
void kith_call_list_tell (KithCallList *list, KithCall *call);

/* call-incoming.c: listens to the SIP stack; stops to. */
void kith_call_list_open_door (KithCallList *list);
void kith_call_list_shut_door (KithCallList *list);

G_END_DECLS
