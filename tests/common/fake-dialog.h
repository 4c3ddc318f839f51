/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the fake stack and its dialogs know of each other. */
#pragma once

#include "common/fake-sip.h"

G_BEGIN_DECLS

/* Hands a message (a{ss}, floating) of @dialog to its peer; owned by the stack. */
typedef void (*KithFakeDialogSend) (KithFakeDialog *dialog, GVariant *message, gpointer user_data);

/* The dialog has ended: the stack forgets it. */
typedef void (*KithFakeDialogGone) (KithFakeDialog *dialog, gpointer user_data);

typedef struct {
  const char *call_id, *remote_uri, *remote_display, *request_user, *local_host, *remote_sdp,
      *local_sdp, *source, *phone;
  gboolean outgoing;
  guint link_id;
  KithFakeDialogSend send;
  KithFakeDialogGone gone;
  gpointer user_data;
} KithFakeDialogInit;

KithFakeDialog *kith_fake_dialog_new (const KithFakeDialogInit *init);

/* A message of the peer. */
void kith_fake_dialog_take (KithFakeDialog *dialog, GVariant *message);

/* Ends it with @status and "ended", at once; nothing is sent. */
void kith_fake_dialog_end (KithFakeDialog *dialog, guint status, const char *phrase);

gboolean kith_fake_dialog_has_ended (KithFakeDialog *dialog);

/* The peer's host for messages without a link. */
void kith_fake_dialog_set_target (KithFakeDialog *dialog, const char *target);
const char *kith_fake_dialog_get_target (KithFakeDialog *dialog);

/* a{ss} from name, value, …, NULL; NULL values are left out. */
GVariant *kith_fake_message (const char *name, ...) G_GNUC_NULL_TERMINATED;

/* The value of @name, or NULL; as long as @message lives. */
const char *kith_fake_message_get (GVariant *message, const char *name);

G_END_DECLS
