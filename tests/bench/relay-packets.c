/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a friend takes to pass one packet on, and whether it allocates anything for it:
   relay-packets [PACKETS]. */
#include <glib/gstdio.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "contact-now.h"
#include "identity/vault.h"
#include "node/relay/relay-server.h"

/* A link that takes every frame and forgets it. */
#define TYPE_SINK_LINK (sink_link_get_type ())
G_DECLARE_FINAL_TYPE (SinkLink, sink_link, SINK, LINK, GObject)

struct _SinkLink {
  GObject parent_instance;
  KithDeviceCert peer;
  guint64 frames, bytes;
  guint8 note[KITH_NOTE_MAX];
};

static void sink_link_iface_init (KithLinkInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (SinkLink,
                               sink_link,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_LINK, sink_link_iface_init))

static KithLinkState
sink_get_state (KithLink *link)
{
  return KITH_LINK_UP;
}

static const KithDeviceCert *
sink_get_peer (KithLink *link)
{
  return &SINK_LINK (link)->peer;
}

static void
sink_get_path (KithLink *link, KithLinkPath *path)
{
  path->rtt_ms = 10;
}

static gboolean
sink_export_key (KithLink *link,
                 const char *label,
                 const guint8 *context,
                 gsize context_len,
                 guint8 *key,
                 gsize key_len)
{
  memset (key, 1, key_len);
  return TRUE;
}

static void
sink_hold (KithLink *link)
{
}

static gboolean
sink_send_note (KithLink *link, const guint8 *data, gsize len)
{
  memcpy (SINK_LINK (link)->note, data, len);
  return TRUE;
}

static gboolean
sink_send_frame (KithLink *link, const guint8 *data, gsize len)
{
  SINK_LINK (link)->frames++;
  SINK_LINK (link)->bytes += len;
  return TRUE;
}

static void
sink_link_iface_init (KithLinkInterface *iface)
{
  iface->get_state = sink_get_state;
  iface->get_peer = sink_get_peer;
  iface->get_path = sink_get_path;
  iface->export_key = sink_export_key;
  iface->hold = sink_hold;
  iface->unhold = sink_hold;
  iface->send_note = sink_send_note;
  iface->send_frame = sink_send_frame;
}

static void
sink_link_class_init (SinkLinkClass *klass)
{
}

static void
sink_link_init (SinkLink *link)
{
}

static SinkLink *
add_friend (KithContacts *contacts, KithFriendLinks *linked, guint8 mark, const char *name)
{
  SinkLink *link = g_object_new (TYPE_SINK_LINK, NULL);
  g_autoptr (KithFound) found = kith_found_new ();

  memset (&link->peer.identity, mark, KITH_KEY_LEN);
  found->name = g_strdup (name);
  found->key = link->peer.identity;
  (void)contact_add_now (contacts, found, NULL, TRUE, NULL);
  kith_friend_links_add (linked, KITH_LINK (link))->flags = KITH_RELAY_MAY;
  return link;
}

int
main (int argc, char **argv)
{
  guint64 n = argc > 1 ? g_ascii_strtoull (argv[1], NULL, 10) : 10 * 1000 * 1000;
  const KithRelayLimits limits
      = { .enabled = TRUE, .max_calls = 4, .max_kbit = 100000000, .max_megabytes = 1000000 };
  const KithPeerKey self = { { 1 } };
  g_autofree gchar *dir = g_dir_make_tmp ("kith-bench-XXXXXX", NULL);
  KithClock *clock = kith_clock_get_default ();
  g_autoptr (KithTrust) trust = kith_identity_init () ? kith_trust_open (dir, NULL) : NULL;
  g_autoptr (KithDatabase) database = kith_database_open_in_memory (NULL);
  g_autoptr (KithStore) store = kith_store_new (database);
  g_autoptr (KithContacts) contacts = kith_contacts_new (clock, trust, store, &self, NULL);
  g_autoptr (KithFriendLinks) linked = kith_friend_links_new (clock, contacts);
  SinkLink *a = add_friend (contacts, linked, 10, "alice");
  SinkLink *b = add_friend (contacts, linked, 20, "bob");
  g_autoptr (KithRelayServer) relay = kith_relay_server_new (clock, contacts, linked, &limits);
  KithRelayNote ask
      = { .kind = KITH_NOTE_CARRY, .peer = b->peer.identity, .has_channel = TRUE, .request = 1 };
  KithRelayNote opened;
  guint8 frame[KITH_CHANNEL_ID_LEN + 172] = { 0 }; /* a packet of audio */

  kith_relay_server_take_carry (relay, kith_friend_links_find (linked, KITH_LINK (a)), &ask);
  if (!kith_relay_note_read (a->note, 2 + 1 + 4 + 12, &opened)
      || opened.op != KITH_CHANNEL_OPENED) {
    g_printerr ("relay-packets: no channel was given\n");
    return EXIT_FAILURE;
  }
  memcpy (frame, opened.channel, KITH_CHANNEL_ID_LEN);
  size_t heap = mallinfo2 ().uordblks;
  gint64 start = g_get_monotonic_time ();
  for (guint64 i = 0; i < n; i++) {
    (void)kith_relay_server_take_frame (relay, KITH_LINK (a), frame, sizeof frame);
  }
  gint64 us = g_get_monotonic_time () - start;
  g_print ("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
           " packets passed on, %.3f us each, %zd bytes of heap more\n",
           b->frames,
           n,
           (double)us / (double)n,
           (ssize_t)(mallinfo2 ().uordblks - heap));
  gboolean passed = b->frames > 0;
  g_autofree gchar *file = g_build_filename (dir, "trust", NULL);
  (void)g_remove (file);
  (void)g_rmdir (dir);
  g_object_unref (a);
  g_object_unref (b);
  return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}
