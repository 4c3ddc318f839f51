/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One end of a link whose other end is in the same process. */
#include "common/fake-link.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "model/net/ssrc-claims.h"

struct _KithFakeLink {
  GObject parent_instance;
  guint id;
  guint secret; /* the same at both ends */
  KithLinkState state;
  KithReason reason; /* once closed */
  gchar *why;        /* what the peer said, if it was the peer */
  KithDeviceCert peer;
  gboolean outgoing;
  GWeakRef other;
  int sip_fd;           /* for the taker, -1 once taken */
  int watch_fd;         /* our own hold on the same socket, to shut it down */
  KithSsrcClaims media; /* of KithLinkMediaFunc */
  KithLinkFrameFunc frame_func;
  gpointer frame_data;
  guint holds, sent, notes, frames;
  guint rtt_ms;
  KithPeerKey friend_key; /* zero: nobody carries it */
  guint friend_delay_ms;
  gint64 since_us;
  gboolean has_path;
  KithLinkPath path; /* what the test says */
};

typedef enum { EVENT_END, EVENT_MEDIA, EVENT_NOTE, EVENT_FRAME } EventKind;

typedef struct {
  KithFakeLink *link;
  EventKind kind;
  GBytes *packet; /* NULL: the end of the link */
  KithReason reason;
} Event;

static void kith_fake_link_iface_init (KithLinkInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithFakeLink,
                               kith_fake_link,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_LINK, kith_fake_link_iface_init))

static gboolean
on_event (gpointer user_data)
{
  Event *event = user_data;
  KithFakeLink *self = event->link;
  KithSsrcClaim claim;

  if (event->kind == EVENT_END) {
    g_signal_emit_by_name (self, "closed", (guint)event->reason);
  } else if (self->state != KITH_LINK_CLOSED) {
    gsize len;
    const guint8 *data = g_bytes_get_data (event->packet, &len);
    if (event->kind == EVENT_NOTE) {
      g_signal_emit_by_name (self, "note", event->packet);
    } else if (event->kind == EVENT_FRAME && self->frame_func != NULL) {
      (void)self->frame_func (KITH_LINK (self), data, len, self->frame_data);
    } else if (event->kind == EVENT_MEDIA
               && kith_ssrc_claims_find (&self->media, data, len, &claim)) {
      if (((KithLinkMediaFunc)claim.func) (KITH_LINK (self), data, len, claim.data)) {
        g_signal_emit_by_name (self, "media");
      }
    }
  }
  return G_SOURCE_REMOVE;
}

static void
event_free (gpointer data)
{
  Event *event = data;

  g_object_unref (event->link);
  g_clear_pointer (&event->packet, g_bytes_unref);
  g_free (event);
}

static void
post (KithFakeLink *self, EventKind kind, GBytes *packet, KithReason reason)
{
  Event *event = g_new0 (Event, 1);

  event->link = g_object_ref (self);
  event->kind = kind;
  event->packet = packet;
  event->reason = reason;
  g_idle_add_full (G_PRIORITY_DEFAULT, on_event, event, event_free);
}

static void
end (KithFakeLink *self, KithReason reason)
{
  if (self->state == KITH_LINK_CLOSED) {
    return;
  }
  self->state = KITH_LINK_CLOSED;
  self->reason = reason;
  (void)shutdown (self->watch_fd, SHUT_RDWR); /* the taker of the stream reads its end */
  post (self, EVENT_END, NULL, reason);
}

static void
end_both (KithFakeLink *self, KithReason here, KithReason there)
{
  g_autoptr (KithFakeLink) other = g_weak_ref_get (&self->other);

  end (self, here);
  if (other != NULL) {
    end (other, there);
  }
}

static guint
fake_get_id (KithLink *link)
{
  return KITH_FAKE_LINK (link)->id;
}

static KithLinkState
fake_get_state (KithLink *link)
{
  return KITH_FAKE_LINK (link)->state;
}

static KithReason
fake_get_reason (KithLink *link)
{
  return KITH_FAKE_LINK (link)->reason;
}

static const KithDeviceCert *
fake_get_peer (KithLink *link)
{
  return &KITH_FAKE_LINK (link)->peer;
}

static gboolean
fake_is_outgoing (KithLink *link)
{
  return KITH_FAKE_LINK (link)->outgoing;
}

static int
fake_take_sip (KithLink *link)
{
  KithFakeLink *self = KITH_FAKE_LINK (link);
  int fd = self->sip_fd;

  self->sip_fd = -1;
  return fd;
}

static gboolean
fake_send_media (KithLink *link, const guint8 *data, gsize len)
{
  KithFakeLink *self = KITH_FAKE_LINK (link);
  g_autoptr (KithFakeLink) other = g_weak_ref_get (&self->other);

  if (self->state == KITH_LINK_CLOSED || other == NULL) {
    return FALSE;
  }
  self->sent++;
  post (other, EVENT_MEDIA, g_bytes_new (data, len), KITH_REASON_NONE);
  return TRUE;
}

static gboolean
fake_send_note (KithLink *link, const guint8 *data, gsize len)
{
  KithFakeLink *self = KITH_FAKE_LINK (link);
  g_autoptr (KithFakeLink) other = g_weak_ref_get (&self->other);

  if (self->state == KITH_LINK_CLOSED || other == NULL) {
    return FALSE;
  }
  self->notes++;
  post (other, EVENT_NOTE, g_bytes_new (data, len), KITH_REASON_NONE);
  return TRUE;
}

static gboolean
fake_send_frame (KithLink *link, const guint8 *data, gsize len)
{
  KithFakeLink *self = KITH_FAKE_LINK (link);
  g_autoptr (KithFakeLink) other = g_weak_ref_get (&self->other);

  if (self->state == KITH_LINK_CLOSED || other == NULL) {
    return FALSE;
  }
  self->frames++;
  post (other, EVENT_FRAME, g_bytes_new (data, len), KITH_REASON_NONE);
  return TRUE;
}

static void
fake_set_frame_func (KithLink *link, KithLinkFrameFunc func, gpointer user_data)
{
  KithFakeLink *self = KITH_FAKE_LINK (link);

  self->frame_func = func;
  self->frame_data = user_data;
}

static gboolean
fake_claim_media (KithLink *link,
                  guint32 remote_ssrc,
                  KithLinkMediaFunc func,
                  gpointer user_data,
                  GError **error)
{
  KithFakeLink *self = KITH_FAKE_LINK (link);

  if (self->state == KITH_LINK_CLOSED) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_WRONG_STATE, "the link is closed");
    return FALSE;
  }
  return kith_ssrc_claims_add (&self->media, remote_ssrc, G_CALLBACK (func), user_data, error);
}

static void
fake_release_media (KithLink *link, guint32 remote_ssrc, gpointer user_data)
{
  (void)kith_ssrc_claims_remove (&KITH_FAKE_LINK (link)->media, remote_ssrc, user_data);
}

static guint64
fake_get_unclaimed (KithLink *link)
{
  return KITH_FAKE_LINK (link)->media.unclaimed;
}

/* A hash of the link's secret, the label and the context, as long as it is asked for. */
static gboolean
fake_export_key (KithLink *link,
                 const char *label,
                 const guint8 *context,
                 gsize context_len,
                 guint8 *key,
                 gsize key_len)
{
  KithFakeLink *self = KITH_FAKE_LINK (link);

  if (self->state == KITH_LINK_CLOSED) {
    return FALSE;
  }
  for (gsize done = 0; done < key_len;) {
    g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
    guint8 block[32];
    gsize block_len = sizeof block;
    guint64 head[] = { self->secret, done };
    g_checksum_update (sum, (const guchar *)head, sizeof head);
    g_checksum_update (sum, (const guchar *)label, (gssize)strlen (label) + 1);
    g_checksum_update (sum, context, (gssize)context_len);
    g_checksum_get_digest (sum, block, &block_len);
    gsize n = MIN (block_len, key_len - done);
    memcpy (key + done, block, n);
    done += n;
  }
  return TRUE;
}

static void
fake_get_path (KithLink *link, KithLinkPath *path)
{
  KithFakeLink *self = KITH_FAKE_LINK (link);

  if (self->has_path) {
    *path = self->path;
    return;
  }
  (void)kith_endpoint_parse (self->outgoing ? "192.0.2.1:4001" : "192.0.2.2:4002",
                             &path->local.endpoint);
  (void)kith_endpoint_parse (self->outgoing ? "192.0.2.2:4002" : "192.0.2.1:4001",
                             &path->remote.endpoint);
  path->rtt_ms = path->least_rtt_ms = self->rtt_ms;
  path->is_relayed_by_friend = !kith_peer_key_is_zero (&self->friend_key);
  path->friend_key = self->friend_key;
  path->friend_delay_ms = self->friend_delay_ms;
  path->since_us = self->since_us;
}

static void
fake_hold (KithLink *link)
{
  KITH_FAKE_LINK (link)->holds++;
}

static void
fake_unhold (KithLink *link)
{
  KithFakeLink *self = KITH_FAKE_LINK (link);

  g_assert_cmpuint (self->holds, >, 0);
  self->holds--;
}

static void
fake_close (KithLink *link, KithReason why)
{
  g_autoptr (KithFakeLink) other = g_weak_ref_get (&KITH_FAKE_LINK (link)->other);
  g_autofree gchar *text = NULL;
  KithReason there = kith_reason_from_peer (why, NULL, &text);

  if (other != NULL && other->why == NULL) {
    other->why = g_steal_pointer (&text);
  }
  end_both (KITH_FAKE_LINK (link), KITH_REASON_LOCAL, there);
}

static const char *
fake_get_why (KithLink *link)
{
  KithFakeLink *self = KITH_FAKE_LINK (link);

  return self->state != KITH_LINK_CLOSED ? NULL
         : self->why != NULL             ? self->why
                                         : kith_reason_word (self->reason);
}

static void
kith_fake_link_iface_init (KithLinkInterface *iface)
{
  iface->get_id = fake_get_id;
  iface->get_state = fake_get_state;
  iface->get_reason = fake_get_reason;
  iface->get_peer = fake_get_peer;
  iface->is_outgoing = fake_is_outgoing;
  iface->take_sip = fake_take_sip;
  iface->send_media = fake_send_media;
  iface->send_note = fake_send_note;
  iface->send_frame = fake_send_frame;
  iface->set_frame_func = fake_set_frame_func;
  iface->claim_media = fake_claim_media;
  iface->release_media = fake_release_media;
  iface->get_unclaimed = fake_get_unclaimed;
  iface->export_key = fake_export_key;
  iface->get_path = fake_get_path;
  iface->hold = fake_hold;
  iface->unhold = fake_unhold;
  iface->close = fake_close;
  iface->get_why = fake_get_why;
}

static void
kith_fake_link_dispose (GObject *object)
{
  KithFakeLink *self = KITH_FAKE_LINK (object);
  g_autoptr (KithFakeLink) other = g_weak_ref_get (&self->other);

  if (self->state != KITH_LINK_CLOSED) { /* the last reference is gone: as a program that ends */
    self->state = KITH_LINK_CLOSED;
    (void)shutdown (self->watch_fd, SHUT_RDWR);
    if (other != NULL) {
      end (other, KITH_REASON_REMOTE);
    }
  }
  G_OBJECT_CLASS (kith_fake_link_parent_class)->dispose (object);
}

static void
kith_fake_link_finalize (GObject *object)
{
  KithFakeLink *self = KITH_FAKE_LINK (object);

  if (self->sip_fd >= 0) {
    close (self->sip_fd);
  }
  close (self->watch_fd);
  g_free (self->why);
  g_weak_ref_clear (&self->other);
  G_OBJECT_CLASS (kith_fake_link_parent_class)->finalize (object);
}

static void
kith_fake_link_class_init (KithFakeLinkClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kith_fake_link_dispose;
  G_OBJECT_CLASS (klass)->finalize = kith_fake_link_finalize;
}

static void
kith_fake_link_init (KithFakeLink *self)
{
  static guint last_id;

  self->id = ++last_id;
  self->rtt_ms = 1;
  self->since_us = g_get_real_time ();
  self->sip_fd = self->watch_fd = -1;
  g_weak_ref_init (&self->other, NULL);
}

static KithFakeLink *
make_end (const KithDeviceCert *peer, int fd, guint secret, gboolean outgoing)
{
  KithFakeLink *self = g_object_new (KITH_TYPE_FAKE_LINK, NULL);

  self->peer = *peer;
  self->sip_fd = fd;
  self->watch_fd = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  self->secret = secret;
  self->outgoing = outgoing;
  return self;
}

void
kith_fake_link_new_pair (const KithDeviceCert *opener_cert,
                         const KithDeviceCert *acceptor_cert,
                         KithFakeLink **opener,
                         KithFakeLink **acceptor)
{
  static guint last_secret = 1000;
  int fds[2] = { -1, -1 };

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), ==, 0);
  last_secret++;
  *opener = make_end (acceptor_cert, fds[0], last_secret, TRUE);
  *acceptor = make_end (opener_cert, fds[1], last_secret, FALSE);
  g_weak_ref_set (&(*opener)->other, *acceptor);
  g_weak_ref_set (&(*acceptor)->other, *opener);
}

void
kith_fake_link_break (KithFakeLink *link)
{
  end_both (link, KITH_REASON_NETWORK_LOST, KITH_REASON_NETWORK_LOST);
}

void
kith_fake_link_end (KithFakeLink *link, KithReason reason)
{
  end (link, reason);
}

void
kith_fake_link_set_suspect (KithFakeLink *link, gboolean suspect)
{
  if (link->state != KITH_LINK_CLOSED) {
    link->state = suspect ? KITH_LINK_SUSPECT : KITH_LINK_UP;
    g_signal_emit_by_name (link, "suspect", suspect);
  }
}

void
kith_fake_link_set_moving (KithFakeLink *link, gboolean moving)
{
  if (link->state != KITH_LINK_CLOSED) {
    g_signal_emit_by_name (link, "moving", moving);
  }
}

void
kith_fake_link_set_path (KithFakeLink *link, const KithLinkPath *path)
{
  link->has_path = TRUE;
  link->path = *path;
  g_signal_emit_by_name (link, "path-changed");
}

KithFakeLink *
kith_fake_link_get_other (KithFakeLink *link)
{
  g_autoptr (KithFakeLink) other = g_weak_ref_get (&link->other);

  return other; /* somebody else holds it, or it is gone as soon as this returns */
}

guint
kith_fake_link_get_holds (KithFakeLink *link)
{
  return link->holds;
}

guint
kith_fake_link_get_sent (KithFakeLink *link)
{
  return link->sent;
}

void
kith_fake_link_set_rtt (KithFakeLink *link, guint ms)
{
  link->rtt_ms = ms;
}

void
kith_fake_link_set_friend (KithFakeLink *link, const KithPeerKey *key, guint delay_ms)
{
  const KithPeerKey nobody = { 0 };

  link->friend_key = key != NULL ? *key : nobody;
  link->friend_delay_ms = key != NULL ? delay_ms : 0;
  g_signal_emit_by_name (link, "path-changed");
}

guint
kith_fake_link_get_notes (KithFakeLink *link)
{
  return link->notes;
}

guint
kith_fake_link_get_frames (KithFakeLink *link)
{
  return link->frames;
}
