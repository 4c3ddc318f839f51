/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers to offers follow RFC 3264. */
#include <string.h>

#include "base/error.h"
#include "model/sdp/sdp-session.h"

static void
add (KithOffer *offer, KithCodecId id, guint8 pt)
{
  kith_offer_audio (offer)->codecs[kith_offer_audio (offer)->n_codecs++]
      = (KithOfferedCodec){ id, pt };
}

/* Everything we can do, on 192.0.2.1. */
static KithOffer *
make_local (void)
{
  KithOffer *local = kith_offer_new ();

  kith_offer_audio (local)->host = g_strdup ("192.0.2.1");
  kith_offer_audio (local)->port = 4000;
  kith_offer_audio (local)->rtcp_mux = TRUE;
  kith_offer_audio (local)->rtcp_port = 4000;
  kith_offer_audio (local)->ssrc = 77;
  local->session_id = 5;
  local->session_version = 6;
  add (local, KITH_CODEC_OPUS, 96);
  add (local, KITH_CODEC_G722, 9);
  add (local, KITH_CODEC_PCMU, 0);
  add (local, KITH_CODEC_PCMA, 8);
  add (local, KITH_CODEC_TELEPHONE_EVENT, 101);
  return local;
}

static KithOffer *
make_remote (void)
{
  KithOffer *remote = kith_offer_new ();

  kith_offer_audio (remote)->host = g_strdup ("192.0.2.2");
  kith_offer_audio (remote)->port = 5000;
  kith_offer_audio (remote)->rtcp_port = 5001;
  return remote;
}

static void
test_codecs (void)
{
  g_autoptr (KithOffer) local = make_local ();
  g_autoptr (KithOffer) remote = make_remote ();
  add (remote, KITH_CODEC_TELEPHONE_EVENT, 97);
  add (remote, KITH_CODEC_PCMA, 8);
  add (remote, KITH_CODEC_OPUS, 111);
  g_autoptr (KithOffer) answer = kith_offer_answer (remote, local, NULL);

  g_assert_cmpuint (kith_offer_audio (answer)->n_codecs, ==, 2);
  g_assert_cmpuint (kith_offer_audio (answer)->codecs[0].id,
                    ==,
                    KITH_CODEC_PCMA); /* the offerer's order */
  g_assert_cmpuint (kith_offer_audio (answer)->codecs[0].pt, ==, 8);
  g_assert_cmpuint (kith_offer_audio (answer)->codecs[1].id, ==, KITH_CODEC_TELEPHONE_EVENT);
  g_assert_cmpuint (kith_offer_audio (answer)->codecs[1].pt, ==, 97); /* the offerer's number */
  g_assert_cmpstr (kith_offer_audio (answer)->host, ==, "192.0.2.1");
  g_assert_cmpuint (kith_offer_audio (answer)->port, ==, 4000);
  g_assert_cmpuint (kith_offer_audio (answer)->ssrc, ==, 77);
  g_assert_cmpuint (answer->session_id, ==, 5);
}

static void
test_refusals (void)
{
  g_autoptr (KithOffer) local = make_local ();
  g_autoptr (KithOffer) remote = make_remote ();
  g_autoptr (GError) none = NULL;
  g_autoptr (GError) profile = NULL;
  g_autoptr (GError) other = NULL;
  g_autoptr (GError) closed = NULL;

  add (remote, KITH_CODEC_TELEPHONE_EVENT, 97); /* alone it is no voice */
  g_assert_null (kith_offer_answer (remote, local, &none));
  g_assert_error (none, KITH_ERROR, KITH_ERROR_UNSUPPORTED);
  add (remote, KITH_CODEC_OPUS, 96);
  kith_offer_audio (remote)->profile = KITH_PROFILE_RTP_SAVP;
  g_assert_null (kith_offer_answer (remote, local, &profile));
  g_assert_error (profile, KITH_ERROR, KITH_ERROR_UNSUPPORTED);
  kith_offer_audio (remote)->profile = kith_offer_audio (local)->profile = KITH_PROFILE_OTHER;
  g_assert_null (kith_offer_answer (remote, local, &other));
  g_assert_error (other, KITH_ERROR, KITH_ERROR_UNSUPPORTED);
  kith_offer_audio (remote)->profile = kith_offer_audio (local)->profile = KITH_PROFILE_RTP_AVP;
  kith_offer_audio (remote)->port = 0;
  g_assert_null (kith_offer_answer (remote, local, &closed));
  g_assert_error (closed, KITH_ERROR, KITH_ERROR_UNSUPPORTED);
}

static void
test_rtcp (void)
{
  g_autoptr (KithOffer) local = make_local ();
  g_autoptr (KithOffer) remote = make_remote ();
  add (remote, KITH_CODEC_PCMU, 0);

  g_autoptr (KithOffer) apart = kith_offer_answer (remote, local, NULL);
  g_assert_false (kith_offer_audio (apart)->rtcp_mux); /* not offered, so not answered */
  g_assert_cmpuint (kith_offer_audio (apart)->rtcp_port, ==, 4001);
  kith_offer_audio (remote)->rtcp_mux = TRUE;
  g_autoptr (KithOffer) together = kith_offer_answer (remote, local, NULL);
  g_assert_true (kith_offer_audio (together)->rtcp_mux);
  g_assert_cmpuint (kith_offer_audio (together)->rtcp_port, ==, 4000);
  kith_offer_audio (local)->rtcp_mux = FALSE;
  kith_offer_audio (local)->rtcp_port = 4711;
  g_autoptr (KithOffer) unable = kith_offer_answer (remote, local, NULL);
  g_assert_false (kith_offer_audio (unable)->rtcp_mux);
  g_assert_cmpuint (kith_offer_audio (unable)->rtcp_port, ==, 4711);
}

/* RFC 3264 section 6.1, all 16 pairs: rows what is offered, columns what we are willing to do. */
static void
test_directions (void)
{
  enum {
    SR = KITH_DIRECTION_SENDRECV,
    SO = KITH_DIRECTION_SENDONLY,
    RO = KITH_DIRECTION_RECVONLY,
    IN = KITH_DIRECTION_INACTIVE
  };
  static const guint expected[4][4] = {
    /* offered sendrecv */ { SR, SO, RO, IN },
    /* offered sendonly */ { RO, IN, RO, IN },
    /* offered recvonly */ { SO, SO, IN, IN },
    /* offered inactive */ { IN, IN, IN, IN },
  };
  g_autoptr (KithOffer) local = make_local ();
  g_autoptr (KithOffer) remote = make_remote ();
  add (remote, KITH_CODEC_PCMU, 0);

  for (guint offered = 0; offered < 4; offered++) {
    for (guint willing = 0; willing < 4; willing++) {
      kith_offer_audio (remote)->direction = (KithDirection)offered;
      kith_offer_audio (local)->direction = (KithDirection)willing;
      g_autoptr (KithOffer) answer = kith_offer_answer (remote, local, NULL);
      g_assert_cmpuint (kith_offer_audio (answer)->direction, ==, expected[offered][willing]);
    }
  }
}

static void
test_ptime (void)
{
  g_autoptr (KithOffer) local = make_local ();
  g_autoptr (KithOffer) remote = make_remote ();
  add (remote, KITH_CODEC_PCMU, 0);
  kith_offer_audio (remote)->maxptime = 10;
  g_autoptr (KithOffer) answer = kith_offer_answer (remote, local, NULL);

  g_assert_cmpuint (kith_offer_audio (answer)->ptime, ==, 10);
}

/* On a link: no host, no port, and still an answer. */
static void
test_link (void)
{
  g_autoptr (KithOffer) local = make_local ();
  g_autoptr (KithOffer) remote = make_remote ();
  add (remote, KITH_CODEC_OPUS, 96);
  g_clear_pointer (&kith_offer_audio (local)->host, g_free);
  g_clear_pointer (&kith_offer_audio (remote)->host, g_free);
  kith_offer_audio (remote)->port = kith_offer_audio (local)->port = 9;
  kith_offer_audio (remote)->rtcp_mux = TRUE;
  kith_offer_audio (remote)->profile = kith_offer_audio (local)->profile = KITH_PROFILE_RTP_SAVP;
  g_autoptr (KithOffer) answer = kith_offer_answer (remote, local, NULL);
  g_autofree gchar *text = kith_sdp_print (answer);

  g_assert_nonnull (strstr (text, "m=audio 9 RTP/SAVP 96\r\n"));
  g_assert_nonnull (strstr (text, "c=IN IP4 0.0.0.0\r\n"));
}

/* The other streams are refused in their places, with their media, protocol and formats. */
static void
test_other_streams (void)
{
  static const char text[] = "v=0\r\no=- 1 2 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 "
                             "0\r\nm=video 9000 RTP/AVP 31 32\r\n"
                             "m=audio 5000 RTP/AVP 0\r\nm=application 7000 udp wb\r\n";
  g_autoptr (KithOffer) local = make_local ();
  g_autoptr (KithOffer) remote = kith_sdp_parse (text, strlen (text), KITH_SDP_PLAIN, NULL);
  g_autoptr (KithOffer) answer = kith_offer_answer (remote, local, NULL);
  g_autofree gchar *printed = kith_sdp_print (answer);
  const char *video = strstr (printed, "m=video 0 RTP/AVP 31 32\r\n");
  const char *audio = strstr (printed, "m=audio 4000 RTP/AVP 0\r\n");
  const char *application = strstr (printed, "m=application 0 udp wb\r\n");

  g_assert_true (video != NULL && audio != NULL && application != NULL);
  g_assert_true (video < audio && audio < application);
  g_autoptr (KithOffer) again = kith_sdp_parse (printed, strlen (printed), KITH_SDP_PLAIN, NULL);
  g_assert_cmpuint (kith_offer_audio (again)->media_index, ==, 1);
  g_assert_cmpuint (again->n_media, ==, 3);
}

static void
assert_origin (const char *text, const char *origin)
{
  g_autofree gchar *line = g_strdup_printf ("v=0\r\no=- %s IN IP4 192.0.2.1\r\n", origin);

  g_assert_true (g_str_has_prefix (text, line));
}

/* RFC 3264 section 8: one id, and a version that is one more with each change, never for the same
   text. */
static void
test_version (void)
{
  g_autoptr (KithOffer) local = make_local ();
  KithSdpSession session = { 0 };
  static const struct {
    KithDirection direction;
    const char *origin;
  } rows[] = {
    { KITH_DIRECTION_SENDRECV, "5 6" }, { KITH_DIRECTION_SENDRECV, "5 6" },
    { KITH_DIRECTION_RECVONLY, "5 7" }, { KITH_DIRECTION_RECVONLY, "5 7" },
    { KITH_DIRECTION_INACTIVE, "5 8" }, { KITH_DIRECTION_SENDRECV, "5 9" },
    { KITH_DIRECTION_SENDRECV, "5 9" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    kith_offer_audio (local)->direction = rows[i].direction;
    g_autofree gchar *text = kith_sdp_session_print (&session, local);
    assert_origin (text, rows[i].origin);
    local->session_id += 1000; /* the id is that of the first, whatever a later one says */
    local->session_version = 1;
  }
  kith_offer_audio (local)->codecs[0].pt = 99;
  g_autofree gchar *codec = kith_sdp_session_print (&session, local);
  assert_origin (codec, "5 10");
  kith_sdp_session_clear (&session);
  g_autofree gchar *anew = kith_sdp_session_print (&session, local);
  assert_origin (anew, "7005 1");
  kith_sdp_session_clear (&session);
}

/* A second stream of ours: with a direction and a place of its own, copied and printed; no answer
   takes one that is offered to us yet. */
static void
test_two_streams (void)
{
  g_autoptr (KithOffer) local = make_local ();
  KithSdpSession session = { 0 };

  local->streams[1] = (KithStream){ .kind = KITH_STREAM_VIDEO,
                                    .media_index = 1,
                                    .host = g_strdup ("192.0.2.9"),
                                    .port = 6000,
                                    .rtcp_mux = TRUE,
                                    .profile = KITH_PROFILE_RTP_AVP,
                                    .direction = KITH_DIRECTION_SENDONLY,
                                    .ptime = 20,
                                    .ssrc = 5 };
  local->n_streams = local->n_media = 2;
  g_autoptr (KithOffer) copy = kith_offer_copy (local);
  g_autofree gchar *text = kith_sdp_session_print (&session, copy);
  const char *video = strstr (text, "\r\nm=video 6000 RTP/AVP 0\r\nc=IN IP4 192.0.2.9\r\n");
  g_assert_nonnull (video);
  g_assert_nonnull (strstr (video, "a=ssrc:5 "));
  g_assert_nonnull (strstr (video, "a=sendonly\r\n"));
  g_assert_true (strstr (text, "a=sendrecv\r\n") < video);
  assert_origin (text, "5 6");
  copy->streams[1].direction = KITH_DIRECTION_INACTIVE; /* of the one alone */
  g_autofree gchar *held = kith_sdp_session_print (&session, copy);
  assert_origin (held, "5 7");
  g_assert_nonnull (strstr (held, "a=sendrecv\r\n"));
  g_assert_nonnull (strstr (held, "a=inactive\r\n"));
  kith_sdp_session_clear (&session);

  g_autoptr (KithOffer) read = kith_sdp_parse (text, strlen (text), KITH_SDP_PLAIN, NULL);
  g_assert_cmpuint (read->n_streams, ==, 1);
  g_assert_cmpstr (read->media_lines[1], ==, "video 0 RTP/AVP 0");
  g_assert_true (kith_offer_audio (read) == &read->streams[0]);
  g_autoptr (KithOffer) able = kith_offer_copy (copy);
  g_autoptr (KithOffer) answer = kith_offer_answer (read, able, NULL);
  g_assert_cmpuint (answer->n_streams, ==, 1);
  g_autofree gchar *refusal = kith_sdp_print (answer);
  g_assert_nonnull (strstr (refusal, "\r\nm=video 0 RTP/AVP 0\r\n"));

  read->n_streams = 0; /* nothing but video */
  g_autoptr (GError) error = NULL;
  g_assert_null (kith_offer_audio (read));
  g_assert_null (kith_offer_answer (read, able, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_UNSUPPORTED);
}

/* Two legs: what the caller likes is offered to the other side, and what that chose is answered. */
static void
test_prefer (void)
{
  static const KithCodecId wanted[] = { KITH_CODEC_PCMA,
                                        KITH_CODEC_G722,
                                        KITH_CODEC_OPUS,
                                        KITH_CODEC_PCMU,
                                        KITH_CODEC_TELEPHONE_EVENT };
  g_autoptr (KithOffer) local = make_local ();
  g_autoptr (KithOffer) caller = make_remote ();
  g_autoptr (KithOffer) chosen = make_remote ();
  add (caller, KITH_CODEC_TELEPHONE_EVENT, 97);
  add (caller, KITH_CODEC_PCMA, 8);
  add (caller, KITH_CODEC_G722, 9);
  add (chosen, KITH_CODEC_G722, 9);

  kith_offer_prefer (local, caller);
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++) {
    g_assert_cmpint (kith_offer_audio (local)->codecs[i].id, ==, wanted[i]);
  }
  kith_offer_prefer (caller, chosen);
  g_autoptr (KithOffer) answer = kith_offer_answer (caller, local, NULL);
  g_assert_cmpint (kith_offer_audio (answer)->codecs[0].id, ==, KITH_CODEC_G722);
  g_assert_cmpint (kith_offer_audio (answer)->codecs[1].id, ==, KITH_CODEC_TELEPHONE_EVENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/offer/codecs", test_codecs);
  g_test_add_func ("/model/offer/prefer", test_prefer);
  g_test_add_func ("/model/offer/refusals", test_refusals);
  g_test_add_func ("/model/offer/rtcp", test_rtcp);
  g_test_add_func ("/model/offer/directions", test_directions);
  g_test_add_func ("/model/offer/ptime", test_ptime);
  g_test_add_func ("/model/offer/link", test_link);
  g_test_add_func ("/model/offer/other-streams", test_other_streams);
  g_test_add_func ("/model/offer/version", test_version);
  g_test_add_func ("/model/offer/two-streams", test_two_streams);
  return g_test_run ();
}
