/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests how often the main loop is woken by media that comes over an agent. */
#include <string.h>

#include "common/own-time.h"
#include "link-fixture.h"
#include "path/ice-inlet.h"

#define PEER_SSRC 0x01020304
#define PACKET_MS 20
#define RUN_MS 2000

typedef struct {
  guint heard, other;
} Told;

static void
on_told (KithIceTold what, gpointer user_data)
{
  Told *told = user_data;

  told->heard += what == KITH_ICE_TOLD_HEARD ? 1 : 0;
  told->other += what != KITH_ICE_TOLD_HEARD ? 1 : 0;
}

static const KithIceInletEvents events = { .told = on_told };

static gboolean
on_media (KithLink *link, const guint8 *data, gsize len, gpointer user_data)
{
  (*(guint *)user_data)++;
  return data[len - 1] != 0; /* 0: it does not prove to be the peer's */
}

static gboolean
on_way (gpointer way, const guint8 *data, gsize len)
{
  return TRUE;
}

static void
test_heard (void)
{
  KithMailbox *box = kith_path_box_new ();
  Told told = { 0 };
  KithIceInlet *inlet = kith_ice_inlet_new (box, &events, &told);
  g_autoptr (KithPathMedia) media = kith_path_media_new (kith_clock_get_default (), box, on_way);
  g_autoptr (GObject) link = g_object_new (G_TYPE_OBJECT, NULL); /* nobody looks at it */
  guint8 packet[20] = { 0x80, 96, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4, [19] = 1 };
  guint taken = 0;

  kith_path_media_open (media, (KithLink *)(gpointer)link);
  g_assert_true (kith_path_media_claim (media, PEER_SSRC, on_media, &taken, NULL));
  kith_ice_inlet_set_media (inlet, media);
  for (guint ms = 0; ms < RUN_MS; ms += PACKET_MS) {
    kith_ice_inlet_on_datagram (NULL, 1, 1, sizeof packet, (gchar *)packet, inlet);
    run_for (PACKET_MS);
    g_assert_cmpuint (told.heard, >, 0); /* the first one at once */
  }
  g_test_message ("told %u times of %u packets", told.heard, taken);
  g_assert_cmpuint (taken, ==, RUN_MS / PACKET_MS);
  g_assert_cmpuint (told.heard, >=, RUN_MS / 120);
  g_assert_cmpuint (told.heard, <=, RUN_MS / 100);
  run_for (500); /* after a silence the next one is told at once, too */
  guint before = told.heard;
  packet[19] = 0;
  kith_ice_inlet_on_datagram (NULL, 1, 1, sizeof packet, (gchar *)packet, inlet);
  run_for (1);
  g_assert_cmpuint (told.heard, ==, before); /* … but for anybody's */
  packet[19] = 1;
  kith_ice_inlet_on_datagram (NULL, 1, 1, sizeof packet, (gchar *)packet, inlet);
  run_for (1);
  g_assert_cmpuint (told.heard, ==, before + 1);
  g_assert_cmpuint (told.other, ==, 0);
  kith_path_media_shut (media);
  kith_ice_inlet_shut (inlet);
  kith_ice_inlet_unref (inlet);
  kith_mailbox_free (box);
}

int
main (int argc, char **argv)
{
  own_time_begin ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ice-inlet/heard", test_heard);
  return g_test_run ();
}
