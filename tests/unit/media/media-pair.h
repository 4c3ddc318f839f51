/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two audio ends in one process, joined by a link that can lose packets or by sockets on
   loopback. */
#pragma once

#include "base/mailbox.h"
#include "media/engine.h"
#include "stall.h"
#include "tone-detect.h"

G_BEGIN_DECLS

typedef struct _Party Party;

struct _Party {
  KithMailbox *box; /* the packets that it sends, on their way to the main loop */
  KithMediaMaker *maker;
  KithMedia *media;
  Party *peer;
  gchar *recording;
  guint8 keys[2][KITH_SRTP_KEY_LEN]; /* local, remote */
  gboolean started;
  guint sent, sent_early; /* packets given to the link, of them before start */
  guint proved;           /* packets that proved to be the other's */
  guint lose_percent;
  guint flowing, failures;
  gchar *why;
  GString *tones;
  void (*spy) (Party *party, const guint8 *data, gsize len);   /* sees what is sent */
  void (*carry) (Party *party, const guint8 *data, gsize len); /* takes it to the peer, sometime */
  gpointer carry_data;
};

typedef struct {
  Party alice, bob; /* alice offers */
  gchar *directory;
  KithMediaStats talking; /* of bob, while both still speak */
} Pair;

typedef struct {
  const char *alice_in, *bob_in; /* audio_in; default "tone:440" and "tone:660" */
  guint buffer_ms, frame_ms;     /* 0: 20 and 20 */
  gboolean sockets;
  gboolean bob_device;       /* bob has the default sound device in place of files */
  KithMediaMaker *bob_maker; /* … or that of another pair's bob: it is one daemon with two calls */
  gboolean wrong_key;        /* bob's idea of alice's key is wrong */
} PairConfig;

void pair_init (Pair *pair, const PairConfig *config);
void pair_clear (Pair *pair);

/* Offer and answer with the codecs of @codec first, or all when KITH_N_CODECS; set_remote on both
   sides. */
void pair_agree (Pair *pair, KithCodecId codec);
void party_start (Party *party);

/* Runs the main loop for @ms. */
void run_ms (guint ms);

/* How @hz sounds in the recording of @party. */
KithToneReport party_hears (Party *party, double hz);

/* Agreed, started, talked for @ms, stopped. */
void pair_talk (Pair *pair, KithCodecId codec, guint ms);

guint count_threads (void);
guint count_fds (void);
guint rss_kb (void);

G_END_DECLS
