/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trunks in kith-edge, as the node sees them: frames to it and from it, and the DNS. */
#include <string.h>

#include "base/error.h"
#include "edge/edge-host-private.h"
#include "net/sip-targets.h"

#define MACHINE_ID "/etc/machine-id"

/* What a question to the DNS needs to be answered. */
typedef struct {
  GWeakRef host;
  guint32 id;
  guint run; /* of the process that asked */
} Asked;

/* (transfer full) */
static KithEdgeFrame *
frame_new (KithEdgeFrameType type)
{
  KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = type;
  return frame;
}

static gboolean
is_running (KithTrunkLines *self)
{
  return kith_edge_host_is_up (KITH_HOSTED_EDGE (self));
}

/* The same for this account at this machine, whenever it registers (RFC 5626 section 4.1). */
static void
make_instance (const KithTrunk *trunk, gchar out[KITH_EDGE_INSTANCE_LEN + 1])
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree gchar *machine = NULL;
  guint8 hash[32];
  gsize len = sizeof hash;

  if (!g_file_get_contents (MACHINE_ID, &machine, NULL, NULL)) {
    machine = g_strdup (g_get_host_name ());
  }
  g_autofree gchar *text = g_strdup_printf ("kith trunk\n%s\n%s\n%s@%s",
                                            machine,
                                            trunk->name,
                                            trunk->account.user,
                                            trunk->account.domain);
  g_checksum_update (sum, (const guchar *)text, (gssize)strlen (text));
  g_checksum_get_digest (sum, hash, &len);
  hash[6] = (guint8)((hash[6] & 0x0f) | 0x80); /* RFC 9562: of our own making */
  hash[8] = (guint8)((hash[8] & 0x3f) | 0x80);
  gsize at = 0;
  for (guint i = 0; i < 16; i++) {
    const gboolean dash = i == 4 || i == 6 || i == 8 || i == 10;
    g_snprintf (out + at, KITH_EDGE_INSTANCE_LEN + 1 - at, "%s%02x", dash ? "-" : "", hash[i]);
    at += dash ? 3 : 2;
  }
}

static void
put (KithTrunkLines *self, const KithTrunk *trunk, const char *certificates)
{
  g_autofree KithEdgeFrame *frame = frame_new (KITH_EDGE_TRUNK);
  KithEdgeTrunk *told = &frame->trunk;
  const KithTrunkAccount *account = &trunk->account;

  (void)g_strlcpy (told->name, trunk->name, sizeof told->name);
  (void)g_strlcpy (told->domain, account->domain, sizeof told->domain);
  (void)g_strlcpy (told->user, account->user, sizeof told->user);
  (void)g_strlcpy (told->number, account->number, sizeof told->number);
  (void)g_strlcpy (told->proxy, account->proxy, sizeof told->proxy);
  (void)g_strlcpy (told->pin, account->pin, sizeof told->pin);
  make_instance (trunk, told->instance);
  told->transport = account->transport;
  told->n_sources = trunk->callers.n_sources;
  memcpy (told->sources, trunk->callers.sources, sizeof told->sources);
  (void)g_strlcpy (told->certificates,
                   certificates != NULL ? certificates : "",
                   sizeof told->certificates);
  kith_edge_host_send (KITH_HOSTED_EDGE (self), frame);
}

static void
send_name (KithTrunkLines *self, KithEdgeFrameType type, const char *name)
{
  g_autofree KithEdgeFrame *frame = frame_new (type);

  (void)g_strlcpy (frame->trunk.name, name, sizeof frame->trunk.name);
  kith_edge_host_send (KITH_HOSTED_EDGE (self), frame);
}

static void
remove_one (KithTrunkLines *self, const char *name)
{
  send_name (self, KITH_EDGE_TRUNK_GONE, name);
}

static void
retry (KithTrunkLines *self, const char *name)
{
  send_name (self, KITH_EDGE_TRUNK_RETRY, name);
}

static void
answer (KithTrunkLines *self, const KithTrunkAnswer *value)
{
  g_autofree KithEdgeFrame *frame = frame_new (KITH_EDGE_DIGEST);

  frame->answer = *value;
  kith_edge_host_send (KITH_HOSTED_EDGE (self), frame);
}

void
kith_edge_host_trunks_init (KithTrunkLinesInterface *iface)
{
  iface->is_running = is_running;
  iface->put = put;
  iface->remove = remove_one;
  iface->retry = retry;
  iface->answer = answer;
}

static void
on_targets (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Asked *asked = user_data;
  g_autoptr (KithEdgeHost) self = g_weak_ref_get (&asked->host);
  g_autoptr (GError) error = NULL;
  g_autofree KithEdgeFrame *frame = frame_new (KITH_EDGE_TARGETS);
  KithSipTarget list[KITH_EDGE_TARGETS_MAX];

  g_weak_ref_clear (&asked->host);
  frame->targets.id = asked->id;
  frame->targets.n = kith_sip_targets_finish (result, list, G_N_ELEMENTS (list), &error);
  for (guint i = 0; i < frame->targets.n; i++) {
    frame->targets.list[i].transport = list[i].transport;
    frame->targets.list[i].endpoint = list[i].endpoint;
  }
  if (error != NULL) {
    g_autofree gchar *text = g_utf8_make_valid (error->message, -1);
    g_strdelimit (text, "\r\n\t", ' ');
    (void)g_utf8_strncpy (frame->targets.text, text, 50);
  }
  if (self != NULL && kith_edge_host_run (self) == asked->run) {
    kith_edge_host_send (self, frame);
  }
}

static void
resolve (KithEdgeHost *self, const KithEdgeResolve *question)
{
  Asked *asked = g_new0 (Asked, 1);

  g_weak_ref_init (&asked->host, self);
  asked->id = question->id;
  asked->run = kith_edge_host_run (self);
  kith_sip_targets_async (question->host, question->port, question->transport, on_targets, asked);
}

gboolean
kith_edge_host_hear_trunk (KithEdgeHost *self, const KithEdgeFrame *frame)
{
  switch ((int)frame->type) {
  case KITH_EDGE_TRUNK_STATE:
    kith_trunk_lines_tell_report (KITH_TRUNK_LINES (self), &frame->line);
    return TRUE;
  case KITH_EDGE_ASK_DIGEST:
    kith_trunk_lines_tell_question (KITH_TRUNK_LINES (self), &frame->challenge);
    return TRUE;
  case KITH_EDGE_RESOLVE:
    resolve (self, &frame->resolve);
    return TRUE;
  default:
    return FALSE;
  }
}
