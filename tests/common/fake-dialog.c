/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A dialog of the fake stack: the states of an INVITE without its syntax. */
#include "common/fake-dialog.h"

#include "base/error.h"

typedef enum { WAITING, ANSWERED, CONFIRMED, ENDING, ENDED } Stage;

struct _KithFakeDialog {
  GObject parent_instance;
  gchar *call_id, *remote_uri, *remote_display, *request_user, *local_host, *remote_sdp, *local_sdp,
      *target, *reason, *moved_to, *source, *phone;
  gboolean outgoing, has_rung, is_elsewhere, answer_due;
  gboolean offers; /* our new offer is out */
  gboolean takes_info;
  guint peer_reason;
  guint link_id, reoffer_status;
  Stage stage;
  KithFakeDialogSend send;
  KithFakeDialogGone gone;
  gpointer user_data;
};

static void kith_fake_dialog_iface_init (KithDialogInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithFakeDialog,
                               kith_fake_dialog,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_DIALOG,
                                                      kith_fake_dialog_iface_init))

GVariant *
kith_fake_message (const char *name, ...)
{
  GVariantBuilder builder;
  va_list args;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  va_start (args, name);
  while (name != NULL) {
    const char *value = va_arg (args, const char *);
    if (value != NULL) {
      g_variant_builder_add (&builder, "{ss}", name, value);
    }
    name = va_arg (args, const char *);
  }
  va_end (args);
  return g_variant_builder_end (&builder);
}

const char *
kith_fake_message_get (GVariant *message, const char *name)
{
  const char *value = NULL;

  return g_variant_lookup (message, name, "&s", &value) ? value : NULL;
}

static void
send_verb (KithFakeDialog *self, const char *verb, const char *sdp, const char *text)
{
  self->send (
      self,
      kith_fake_message ("verb", verb, "call-id", self->call_id, "sdp", sdp, "text", text, NULL),
      self->user_data);
}

void
kith_fake_dialog_end (KithFakeDialog *self, guint status, const char *phrase)
{
  if (self->stage == ENDED) {
    return;
  }
  g_object_ref (self);
  self->stage = ENDED;
  self->gone (self, self->user_data);
  g_signal_emit_by_name (self, "ended", status, phrase != NULL ? phrase : "");
  g_object_unref (self);
}

static gboolean
on_own_end (gpointer user_data)
{
  kith_fake_dialog_end (user_data, 200, "OK");
  return G_SOURCE_REMOVE;
}

/* Our own verb ended it: "ended" (200) comes from the loop. */
static void
end_by_verb (KithFakeDialog *self)
{
  self->stage = ENDING;
  g_idle_add_full (G_PRIORITY_DEFAULT, on_own_end, g_object_ref (self), g_object_unref);
}

static void
take_sdp (KithFakeDialog *self, const char *sdp)
{
  if (sdp != NULL) {
    g_free (self->remote_sdp);
    self->remote_sdp = g_strdup (sdp);
  }
}

/* The answer to an INVITE without an offer is one itself: the ACK waits for the test. */
static void
take_answer (KithFakeDialog *self, const char *sdp)
{
  gboolean waits = self->stage == WAITING;

  if (!waits || self->local_sdp != NULL) {
    /* an answer that crossed our CANCEL is hung up */
    send_verb (self, waits ? "ack" : "bye", NULL, NULL);
  }
  if (waits) {
    self->stage = CONFIRMED;
    take_sdp (self, sdp);
    g_signal_emit_by_name (self, "answered", sdp);
  }
}

static void
take_ack (KithFakeDialog *self, const char *sdp)
{
  if (self->stage == ANSWERED) {
    self->stage = CONFIRMED;
    take_sdp (self, sdp);
    g_signal_emit_by_name (self, "confirmed");
  } else if (self->stage == CONFIRMED && self->answer_due) {
    self->answer_due = FALSE;
    take_sdp (self, sdp);
    g_signal_emit_by_name (self, "reanswered", sdp);
  }
}

static void
take_reoffer (KithFakeDialog *self, const char *sdp)
{
  guint signal_id = g_signal_lookup ("reoffered", KITH_TYPE_DIALOG);

  if (self->offers) {
    send_verb (self, "reanswer", NULL, "491");
    return;
  }
  if (sdp == NULL) {
    self->answer_due = TRUE;
    g_signal_emit_by_name (self, "offer-wanted");
    return;
  }
  take_sdp (self, sdp);
  if (g_signal_has_handler_pending (self, signal_id, 0, FALSE)) {
    g_signal_emit (self, signal_id, 0, sdp);
  } else {
    send_verb (self, "reanswer", self->local_sdp, "200");
  }
}

/* As the engine does it; whoever made the call waits longer when both offered at once. */
static void
take_reanswer (KithFakeDialog *self, const char *sdp)
{
  guint status = self->reoffer_status;

  if (!self->offers) {
    return; /* the test offered it, not the node */
  }
  self->offers = FALSE;
  if (status < 300) {
    g_signal_emit_by_name (self, "reoffer-answered", sdp);
  } else if (status == 481 || status == 408) {
    kith_fake_dialog_end (self, status, "");
  } else {
    guint retry_ms = status == 500 ? 2000 : status != 491 ? 0 : self->outgoing ? 2100 : 10;
    g_signal_emit_by_name (self, "reoffer-failed", status, retry_ms);
  }
}

void
kith_fake_dialog_take (KithFakeDialog *self, GVariant *message)
{
  g_autoptr (KithFakeDialog) kept = g_object_ref (self);
  const char *verb = kith_fake_message_get (message, "verb");
  const char *sdp = kith_fake_message_get (message, "sdp");
  const char *text = kith_fake_message_get (message, "text");
  gboolean waits = self->stage == WAITING;
  gboolean lives = self->stage == ANSWERED || self->stage == CONFIRMED;

  if (g_str_equal (verb, "ring") && waits && self->outgoing && !self->has_rung) {
    self->has_rung = TRUE;
    g_signal_emit_by_name (self, "ringing");
  } else if (g_str_equal (verb, "answer") && self->outgoing) {
    take_answer (self, sdp);
  } else if (g_str_equal (verb, "early") && waits && self->outgoing) {
    g_signal_emit_by_name (self, "early", sdp);
  } else if (g_str_equal (verb, "refuse") && waits && self->outgoing) {
    const char *number = kith_fake_message_get (message, "reason");
    self->peer_reason = number != NULL ? (guint)g_ascii_strtoull (number, NULL, 10) : 0;
    self->moved_to = g_strdup (kith_fake_message_get (message, "moved-to"));
    kith_fake_dialog_end (self,
                          (guint)g_ascii_strtoull (text, NULL, 10),
                          kith_fake_message_get (message, "phrase"));
  } else if (g_str_equal (verb, "ack")) {
    take_ack (self, sdp);
  } else if ((g_str_equal (verb, "cancel") && waits && !self->outgoing)
             || (g_str_equal (verb, "bye") && lives)) {
    g_free (self->reason);
    self->reason = g_strdup (text);
    self->is_elsewhere = g_strcmp0 (text, "completed elsewhere") == 0;
    kith_fake_dialog_end (self, 0, "");
  } else if (g_str_equal (verb, "info") && lives) {
    g_signal_emit_by_name (self, "pressed", (guint)text[0]);
  } else if (g_str_equal (verb, "reoffer") && lives) {
    take_reoffer (self, sdp);
  } else if (g_str_equal (verb, "reanswer") && lives) {
    self->reoffer_status = (guint)g_ascii_strtoull (text, NULL, 10);
    take_sdp (self, sdp);
    take_reanswer (self, sdp);
  }
}

static const char *
fake_get_call_id (KithDialog *dialog)
{
  return KITH_FAKE_DIALOG (dialog)->call_id;
}

static gboolean
fake_is_outgoing (KithDialog *dialog)
{
  return KITH_FAKE_DIALOG (dialog)->outgoing;
}

static guint
fake_get_link_id (KithDialog *dialog)
{
  return KITH_FAKE_DIALOG (dialog)->link_id;
}

static const char *
fake_get_remote_uri (KithDialog *dialog)
{
  return KITH_FAKE_DIALOG (dialog)->remote_uri;
}

static const char *
fake_get_remote_display (KithDialog *dialog)
{
  return KITH_FAKE_DIALOG (dialog)->remote_display;
}

static const char *
fake_get_local_host (KithDialog *dialog)
{
  return KITH_FAKE_DIALOG (dialog)->local_host;
}

static const char *
fake_get_moved_to (KithDialog *dialog)
{
  return KITH_FAKE_DIALOG (dialog)->moved_to;
}

static gboolean
fake_is_elsewhere (KithDialog *dialog)
{
  return KITH_FAKE_DIALOG (dialog)->is_elsewhere;
}

static const char *
fake_get_remote_host (KithDialog *dialog)
{
  const char *source = KITH_FAKE_DIALOG (dialog)->source;

  return *source != '\0' ? source : NULL;
}

static const char *
fake_get_phone (KithDialog *dialog)
{
  return KITH_FAKE_DIALOG (dialog)->phone;
}

static const char *
fake_get_request_user (KithDialog *dialog)
{
  return KITH_FAKE_DIALOG (dialog)->request_user;
}

static const char *
fake_get_remote_sdp (KithDialog *dialog)
{
  return KITH_FAKE_DIALOG (dialog)->remote_sdp;
}

static void
fake_ring (KithDialog *dialog)
{
  KithFakeDialog *self = KITH_FAKE_DIALOG (dialog);

  if (!self->outgoing && self->stage == WAITING) {
    send_verb (self, "ring", NULL, NULL);
  }
}

static void
fake_progress (KithDialog *dialog, const char *sdp)
{
  KithFakeDialog *self = KITH_FAKE_DIALOG (dialog);

  if (!self->outgoing && self->stage == WAITING) {
    send_verb (self, "early", sdp, NULL);
  }
}

static gboolean
fake_press (KithDialog *dialog, char key)
{
  KithFakeDialog *self = KITH_FAKE_DIALOG (dialog);
  const gchar text[] = { key, '\0' };

  if (!self->takes_info || (self->stage != ANSWERED && self->stage != CONFIRMED)) {
    return FALSE;
  }
  send_verb (self, "info", NULL, text);
  return TRUE;
}

static void
fake_answer (KithDialog *dialog, const char *sdp)
{
  KithFakeDialog *self = KITH_FAKE_DIALOG (dialog);

  if (!self->outgoing && self->stage == WAITING) {
    self->stage = ANSWERED;
    g_free (self->local_sdp);
    self->local_sdp = g_strdup (sdp);
    send_verb (self, "answer", sdp, NULL);
  }
}

static void
reject (KithFakeDialog *self, guint status, const char *phrase, const char *reason)
{
  if (!self->outgoing && self->stage == WAITING) {
    g_autofree gchar *text = g_strdup_printf ("%u", status);
    self->send (self,
                kith_fake_message ("verb",
                                   "refuse",
                                   "call-id",
                                   self->call_id,
                                   "text",
                                   text,
                                   "phrase",
                                   phrase,
                                   "reason",
                                   reason,
                                   NULL),
                self->user_data);
    end_by_verb (self);
  }
}

static void
fake_reject (KithDialog *dialog, guint status, const char *phrase)
{
  reject (KITH_FAKE_DIALOG (dialog), status, phrase, NULL);
}

static void
fake_refuse (KithDialog *dialog, KithReason why)
{
  KithFakeDialog *self = KITH_FAKE_DIALOG (dialog);
  g_autofree gchar *number = self->link_id != 0 ? g_strdup_printf ("%u", (guint)why) : NULL;

  reject (self, kith_reason_to_sip (why), NULL, number);
}

static guint
fake_get_peer_reason (KithDialog *dialog)
{
  return KITH_FAKE_DIALOG (dialog)->peer_reason;
}

static void
fake_hang_up (KithDialog *dialog, const char *reason_word)
{
  KithFakeDialog *self = KITH_FAKE_DIALOG (dialog);

  if (self->stage == ENDING || self->stage == ENDED) {
    return;
  }
  if (self->stage == WAITING && !self->outgoing) {
    fake_reject (dialog, 603, "Decline");
    return;
  }
  send_verb (self, self->stage == WAITING ? "cancel" : "bye", NULL, reason_word);
  end_by_verb (self);
}

static void
fake_reanswer (KithDialog *dialog, guint status, const char *sdp)
{
  KithFakeDialog *self = KITH_FAKE_DIALOG (dialog);
  g_autofree gchar *text = g_strdup_printf ("%u", status);

  if (self->stage == ANSWERED || self->stage == CONFIRMED) {
    send_verb (self, "reanswer", sdp, text);
  }
}

static gboolean
fake_reoffer (KithDialog *dialog, const char *sdp, GError **error)
{
  KithFakeDialog *self = KITH_FAKE_DIALOG (dialog);

  if (self->stage != CONFIRMED) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_WRONG_STATE, "there is no answered call");
    return FALSE;
  }
  if (self->offers || self->answer_due) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_IN_PROGRESS, "another offer is under way");
    return FALSE;
  }
  kith_fake_dialog_reoffer (self, sdp);
  self->offers = TRUE;
  return TRUE;
}

static void
kith_fake_dialog_iface_init (KithDialogInterface *iface)
{
  iface->get_call_id = fake_get_call_id;
  iface->is_outgoing = fake_is_outgoing;
  iface->get_link_id = fake_get_link_id;
  iface->get_remote_uri = fake_get_remote_uri;
  iface->get_remote_display = fake_get_remote_display;
  iface->get_local_host = fake_get_local_host;
  iface->get_remote_host = fake_get_remote_host;
  iface->get_phone = fake_get_phone;
  iface->get_request_user = fake_get_request_user;
  iface->get_remote_sdp = fake_get_remote_sdp;
  iface->ring = fake_ring;
  iface->press = fake_press;
  iface->progress = fake_progress;
  iface->answer = fake_answer;
  iface->reject = fake_reject;
  iface->refuse = fake_refuse;
  iface->get_peer_reason = fake_get_peer_reason;
  iface->hang_up = fake_hang_up;
  iface->reanswer = fake_reanswer;
  iface->reoffer = fake_reoffer;
  iface->get_moved_to = fake_get_moved_to;
  iface->is_elsewhere = fake_is_elsewhere;
}

static void
kith_fake_dialog_finalize (GObject *object)
{
  KithFakeDialog *self = KITH_FAKE_DIALOG (object);
  gchar *texts[] = { self->call_id,    self->remote_uri, self->remote_display, self->request_user,
                     self->local_host, self->remote_sdp, self->local_sdp,      self->target,
                     self->reason,     self->moved_to,   self->source,         self->phone };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_free (texts[i]);
  }
  G_OBJECT_CLASS (kith_fake_dialog_parent_class)->finalize (object);
}

static void
kith_fake_dialog_class_init (KithFakeDialogClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_fake_dialog_finalize;
}

static void
kith_fake_dialog_init (KithFakeDialog *self)
{
  self->stage = WAITING;
}

KithFakeDialog *
kith_fake_dialog_new (const KithFakeDialogInit *init)
{
  KithFakeDialog *self = g_object_new (KITH_TYPE_FAKE_DIALOG, NULL);

  self->call_id = g_strdup (init->call_id);
  self->remote_uri = g_strdup (init->remote_uri);
  self->remote_display = g_strdup (init->remote_display);
  self->request_user = g_strdup (init->request_user);
  self->local_host = g_strdup (init->local_host);
  self->source = g_strdup (init->source != NULL ? init->source : "");
  self->phone = g_strdup (init->phone);
  self->remote_sdp = g_strdup (init->remote_sdp);
  self->local_sdp = g_strdup (init->local_sdp);
  self->outgoing = init->outgoing;
  self->link_id = init->link_id;
  self->send = init->send;
  self->gone = init->gone;
  self->user_data = init->user_data;
  return self;
}

gboolean
kith_fake_dialog_has_ended (KithFakeDialog *dialog)
{
  return dialog->stage == ENDED;
}

void
kith_fake_dialog_set_target (KithFakeDialog *dialog, const char *target)
{
  g_free (dialog->target);
  dialog->target = g_strdup (target);
}

const char *
kith_fake_dialog_get_target (KithFakeDialog *dialog)
{
  return dialog->target;
}

void
kith_fake_dialog_early (KithFakeDialog *dialog, const char *sdp)
{
  send_verb (dialog, "early", sdp, NULL);
}

void
kith_fake_dialog_move (KithFakeDialog *dialog, const char *uri)
{
  dialog->send (dialog,
                kith_fake_message ("verb",
                                   "refuse",
                                   "call-id",
                                   dialog->call_id,
                                   "text",
                                   "302",
                                   "phrase",
                                   "Moved Temporarily",
                                   "moved-to",
                                   uri,
                                   NULL),
                dialog->user_data);
  end_by_verb (dialog);
}

void
kith_fake_dialog_cancel_elsewhere (KithFakeDialog *dialog)
{
  send_verb (dialog, "cancel", NULL, "completed elsewhere");
  end_by_verb (dialog);
}

void
kith_fake_dialog_ack (KithFakeDialog *dialog, const char *sdp)
{
  send_verb (dialog, "ack", sdp, NULL);
}

const char *
kith_fake_dialog_get_heard_sdp (KithFakeDialog *dialog)
{
  return dialog->remote_sdp;
}

void
kith_fake_dialog_reoffer (KithFakeDialog *dialog, const char *sdp)
{
  dialog->reoffer_status = 0;
  g_free (dialog->local_sdp);
  dialog->local_sdp = g_strdup (sdp);
  send_verb (dialog, "reoffer", sdp, NULL);
}

guint
kith_fake_dialog_get_reoffer_status (KithFakeDialog *dialog)
{
  return dialog->reoffer_status;
}

const char *
kith_fake_dialog_get_request_user (KithFakeDialog *dialog)
{
  return dialog->request_user;
}

const char *
kith_fake_dialog_get_reason (KithFakeDialog *dialog)
{
  return dialog->reason;
}

void
kith_fake_dialog_set_takes_info (KithFakeDialog *self, gboolean takes)
{
  self->takes_info = takes;
}
