/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A host without libspandsp: calls do without G.722 and say nothing of it. */
#include <gmodule.h>
#include <string.h>

#include "base/error.h"
#include "media-pair.h"
#include "media/codec/g722.h"
#include "media/playout/voice-decoder.h"

static guint asked;

/* Takes the place of GLib's for what is linked into this program, and for nothing else. */
GModule *
g_module_open (const gchar *name, GModuleFlags flags)
{
  g_assert_nonnull (strstr (name, "spandsp"));
  (void)flags;
  asked++;
  return NULL;
}

static void
test_absent (void)
{
  Pair pair;
  g_autoptr (GError) error = NULL;

  pair_init (&pair, &(PairConfig){ .sockets = TRUE });
  g_autoptr (KithOffer) offer = kith_media_get_local (pair.alice.media, &error);
  g_assert_no_error (error);
  KithStream *audio = kith_offer_audio (offer);
  for (guint i = 0; i < audio->n_codecs; i++) {
    g_assert_cmpint (audio->codecs[i].id, !=, KITH_CODEC_G722);
  }
  g_assert_cmpuint (audio->n_codecs, ==, 4);
  g_assert_cmpint (audio->codecs[1].id, ==, KITH_CODEC_PCMA);
  audio->codecs[0] = (KithOfferedCodec){ KITH_CODEC_G722, 9 };
  audio->n_codecs = 1;
  g_assert_false (kith_media_set_remote (pair.bob.media, offer, FALSE, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_UNSUPPORTED);
  g_assert_null (kith_voice_decoder_new (KITH_CODEC_G722, 0));
  g_assert_null (kith_g722_encoder_new (16000));
  g_assert_cmpuint (asked, ==, 1); /* it is not looked for again and again */
  pair_clear (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/g722-absent/absent", test_absent);
  return g_test_run ();
}
