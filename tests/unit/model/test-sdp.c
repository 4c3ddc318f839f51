/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Session descriptions of other programs are understood, ours come back as they went, and every
   limit is kept. */
#include <string.h>

#include "base/error.h"
#include "model/sdp/offer.h"

#define HEAD "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"

typedef struct {
  const char *file;
  const char *host;
  guint16 port, rtcp_port;
  gboolean rtcp_mux;
  KithProfile profile;
  KithDirection direction;
  guint ptime, maxptime;
  const char *codecs; /* "pt:name …" */
  guint32 ssrc;
  guint64 session_id, session_version;
  guint media_index, n_media;
} Real;

static const Real reals[] = {
  { "baresip-1.0.0.sdp",
    "192.0.2.2",
    11494,
    11495,
    FALSE,
    KITH_PROFILE_RTP_AVP,
    KITH_DIRECTION_SENDRECV,
    20,
    0,
    "96:opus 9:G722 0:PCMU 8:PCMA 101:telephone-event",
    2974840949u,
    3059284429u,
    370814832u,
    0,
    1 },
  { "linphone-5.2.sdp",
    "192.0.2.21",
    7078,
    7079,
    FALSE,
    KITH_PROFILE_RTP_AVP,
    KITH_DIRECTION_SENDRECV,
    20,
    0,
    "96:opus 0:PCMU 8:PCMA 100:telephone-event",
    0,
    1652,
    3125,
    0,
    2 },
  { "asterisk-18.sdp",
    "198.51.100.9",
    17326,
    17327,
    FALSE,
    KITH_PROFILE_RTP_AVP,
    KITH_DIRECTION_SENDRECV,
    20,
    140,
    "0:PCMU 8:PCMA 9:G722 101:telephone-event",
    0,
    1863434250,
    1863434250,
    0,
    1 },
  { "asterisk-18-hold.sdp",
    "2001:db8::9",
    17326,
    17327,
    FALSE,
    KITH_PROFILE_RTP_AVP,
    KITH_DIRECTION_SENDONLY,
    20,
    140,
    "0:PCMU 101:telephone-event",
    0,
    1863434250,
    1863434251,
    0,
    1 },
  { "chrome-120.sdp",
    NULL,
    9,
    9,
    TRUE,
    KITH_PROFILE_OTHER,
    KITH_DIRECTION_SENDONLY, /* by c=0.0.0.0, which ordinary SIP takes at its word */
    20,
    0,
    "111:opus 63:red 9:G722 0:PCMU 8:PCMA 126:telephone-event",
    3570614608u,
    G_GUINT64_CONSTANT (4611731400430051336),
    2,
    0,
    2 },
  { "kith-link.sdp",
    NULL,
    9,
    9,
    TRUE,
    KITH_PROFILE_RTP_SAVP,
    KITH_DIRECTION_SENDRECV,
    20,
    0,
    "96:opus 9:G722 0:PCMU 8:PCMA 101:telephone-event",
    305419896,
    7,
    1,
    0,
    1 },
  { "rfc3264-two-streams.sdp",
    "192.0.2.4",
    49920,
    49921,
    FALSE,
    KITH_PROFILE_RTP_AVP,
    KITH_DIRECTION_SENDRECV,
    30,
    0,
    "8:PCMA 0:PCMU",
    0,
    2890844730u,
    2890844731u,
    2,
    3 },
  { "old-phone-hold.sdp",
    NULL,
    16384,
    16385,
    FALSE,
    KITH_PROFILE_RTP_AVP,
    KITH_DIRECTION_SENDONLY,
    20,
    0,
    "0:PCMU 8:PCMA",
    0,
    12345,
    1,
    0,
    1 },
};

static gchar *
codecs_text (const KithOffer *offer)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < kith_offer_audio (offer)->n_codecs; i++) {
    const KithCodec *codec = kith_codec_get (kith_offer_audio (offer)->codecs[i].id);
    g_string_append_printf (out,
                            "%s%u:%s",
                            i > 0 ? " " : "",
                            kith_offer_audio (offer)->codecs[i].pt,
                            codec->name);
  }
  return g_string_free (out, FALSE);
}

static void
assert_same (const KithOffer *a, const KithOffer *b)
{
  g_autofree gchar *a_codecs = codecs_text (a);
  g_autofree gchar *b_codecs = codecs_text (b);

  g_assert_cmpstr (a_codecs, ==, b_codecs);
  g_assert_cmpstr (kith_offer_audio (a)->host, ==, kith_offer_audio (b)->host);
  g_assert_cmpuint (kith_offer_audio (a)->port, ==, kith_offer_audio (b)->port);
  g_assert_cmpuint (kith_offer_audio (a)->rtcp_port, ==, kith_offer_audio (b)->rtcp_port);
  g_assert_true (kith_offer_audio (a)->rtcp_mux == kith_offer_audio (b)->rtcp_mux);
  g_assert_cmpuint (kith_offer_audio (a)->profile, ==, kith_offer_audio (b)->profile);
  g_assert_cmpuint (kith_offer_audio (a)->direction, ==, kith_offer_audio (b)->direction);
  g_assert_cmpuint (kith_offer_audio (a)->ptime, ==, kith_offer_audio (b)->ptime);
  g_assert_cmpuint (kith_offer_audio (a)->maxptime, ==, kith_offer_audio (b)->maxptime);
  g_assert_cmpuint (kith_offer_audio (a)->ssrc, ==, kith_offer_audio (b)->ssrc);
  g_assert_cmpuint (a->session_id, ==, b->session_id);
  g_assert_cmpuint (a->session_version, ==, b->session_version);
  g_assert_cmpuint (kith_offer_audio (a)->media_index, ==, kith_offer_audio (b)->media_index);
  g_assert_cmpuint (a->n_media, ==, b->n_media);
  for (guint i = 0; i < KITH_SDP_MAX_MEDIA; i++) {
    g_assert_cmpstr (a->media_lines[i], ==, b->media_lines[i]);
  }
}

static KithSdpUse
use_of (const char *file)
{
  return strcmp (file, "kith-link.sdp") == 0 ? KITH_SDP_LINK : KITH_SDP_PLAIN;
}

static KithOffer *
load (const char *file)
{
  g_autofree gchar *path = g_build_filename (KITH_TEST_DATA, "sdp", file, NULL);
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;
  gsize len;

  g_assert_true (g_file_get_contents (path, &text, &len, &error));
  KithOffer *offer = kith_sdp_parse (text, len, use_of (file), &error);
  g_test_message ("%s: %s", file, error != NULL ? error->message : "good");
  g_assert_no_error (error);
  return offer;
}

static void
test_real (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (reals); i++) {
    const Real *real = &reals[i];
    g_autoptr (KithOffer) offer = load (real->file);
    g_autofree gchar *codecs = codecs_text (offer);
    g_assert_cmpstr (codecs, ==, real->codecs);
    g_assert_cmpstr (kith_offer_audio (offer)->host, ==, real->host);
    g_assert_cmpuint (kith_offer_audio (offer)->port, ==, real->port);
    g_assert_cmpuint (kith_offer_audio (offer)->rtcp_port, ==, real->rtcp_port);
    g_assert_true (kith_offer_audio (offer)->rtcp_mux == real->rtcp_mux);
    g_assert_cmpuint (kith_offer_audio (offer)->profile, ==, real->profile);
    g_assert_cmpuint (kith_offer_audio (offer)->direction, ==, real->direction);
    g_assert_cmpuint (kith_offer_audio (offer)->ptime, ==, real->ptime);
    g_assert_cmpuint (kith_offer_audio (offer)->maxptime, ==, real->maxptime);
    g_assert_cmpuint (kith_offer_audio (offer)->ssrc, ==, real->ssrc);
    g_assert_cmpuint (offer->session_id, ==, real->session_id);
    g_assert_cmpuint (offer->session_version, ==, real->session_version);
    g_assert_cmpuint (kith_offer_audio (offer)->media_index, ==, real->media_index);
    g_assert_cmpuint (offer->n_media, ==, real->n_media);
  }
  g_autoptr (KithOffer) three = load ("rfc3264-two-streams.sdp");
  g_assert_cmpstr (three->media_lines[0], ==, "video 0 RTP/AVP 31");
  g_assert_cmpstr (three->media_lines[1], ==, "application 0 udp wb");
  g_assert_null (three->media_lines[2]);
}

/* Printed and parsed again it is the same, for all that can be printed: a profile of ours, and a
   host with its own port. */
static void
test_round_trip (void)
{
  guint n_done = 0;

  for (guint i = 0; i < G_N_ELEMENTS (reals); i++) {
    if (reals[i].profile == KITH_PROFILE_OTHER || (reals[i].host == NULL && reals[i].port != 9)) {
      continue;
    }
    g_autoptr (KithOffer) offer = load (reals[i].file);
    g_autofree gchar *text = kith_sdp_print (offer);
    g_autoptr (GError) error = NULL;
    g_autoptr (KithOffer) again
        = kith_sdp_parse (text, strlen (text), use_of (reals[i].file), &error);
    g_assert_no_error (error);
    assert_same (offer, again);
    g_autoptr (KithOffer) copy = kith_offer_copy (offer);
    assert_same (offer, copy);
    n_done++;
  }
  g_assert_cmpuint (n_done, ==, 6);
}

static void
test_own_text (void)
{
  g_autoptr (KithOffer) offer = load ("kith-link.sdp");
  g_autofree gchar *path = g_build_filename (KITH_TEST_DATA, "sdp", "kith-link.sdp", NULL);
  g_autofree gchar *text = NULL;
  g_autofree gchar *printed = kith_sdp_print (offer);

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (printed, ==, text);
}

/* A link's description says port 9 and no host, whatever the port field says. */
static void
test_print_link (void)
{
  g_autoptr (KithOffer) offer = kith_offer_new ();
  kith_offer_audio (offer)->codecs[kith_offer_audio (offer)->n_codecs++]
      = (KithOfferedCodec){ KITH_CODEC_PCMU, 0 };
  g_autofree gchar *text = kith_sdp_print (offer);

  g_assert_nonnull (strstr (text, "c=IN IP4 0.0.0.0\r\n"));
  g_assert_nonnull (strstr (text, "m=audio 9 RTP/AVP 0\r\n"));
  kith_offer_audio (offer)->media_index = 100; /* out of bounds: still a text */
  offer->n_media = 0;
  g_autofree gchar *odd = kith_sdp_print (offer);
  g_assert_true (kith_sdp_check (odd, strlen (odd), NULL));
}

static gboolean
checks (const char *text, gssize len)
{
  g_autoptr (GError) error = NULL;
  gboolean good = kith_sdp_check (text, len < 0 ? strlen (text) : (gsize)len, &error);

  g_assert_true (good == (error == NULL));
  if (!good) {
    g_assert_error (error, KITH_ERROR, KITH_ERROR_PROTOCOL);
    g_assert_nonnull (strstr (error->message, "line "));
  }
  return good;
}

/* What is no description, passes a limit, or has an audio line that would be used and cannot be. */
static const char *const broken[] = {
  "",
  "\r\n",
  "v=0\r\n",
  "v=0\r\nnonsense\r\n",
  "v=1\r\no=- 1 2 IN IP4 h\r\ns=-\r\nt=0 0\r\n",
  "o=- 1 2 IN IP4 h\r\nv=0\r\ns=-\r\nt=0 0\r\n",
  "v=00\r\n",
  "<sdp>\r\nv=0\r\n",
  HEAD "m=audio 1 RTP/AVP\r\n",
  HEAD "m=audio 1 RTP/AVP \r\n",
  HEAD "m=audio 1\r\n",
  HEAD "m=audio x RTP/AVP 0\r\n",
  HEAD "m=audio -1 RTP/AVP 0\r\n",
  HEAD "m=audio 65536 RTP/AVP 0\r\n",
  HEAD "m=audio 1/ RTP/AVP 0\r\n",
  HEAD "m=audio 1/65536 RTP/AVP 0\r\n",
  HEAD "m=audio 1/2/3 RTP/AVP 0\r\n",
  HEAD "m=au(dio 1 RTP/AVP 0\r\n",
  HEAD "m=au/dio 1 RTP/AVP 0\r\n",
  HEAD "m=audio 1 RTP//AVP 0\r\n",
  HEAD "m=audio 1 /RTP/AVP 0\r\n",
  HEAD "m=audio 1 RTP/AVP/ 0\r\n",
  HEAD "m=audio 1 R(P/AVP 0\r\n",
  HEAD "m=audio 1 RTP/AVP 128\r\n",
  HEAD "m=audio 1 RTP/AVP x\r\n",
  HEAD "m=audio 1 RTP/AVP 0\x1b[1m\r\n",
  HEAD "m=audio 1 RTP/AVP 0 \xc3\xa4\r\n",
  HEAD "m=audio 1 UDP/TLS/RTP/SAVPF /\r\n",
  HEAD "m=audio 1 UDP/TLS/RTP/SAVPF 0/1\r\n",
  HEAD "m=audio 1 RTP/AVP 0\r\nm=application 1 udp w(b\r\n",
  HEAD "m=audio 1 RTP/AVP 0\r\nm=application 1 udp /\r\n",
  HEAD "m=video 0 RTP/AVP 31\r\nm=audio 65536 RTP/AVP 0\r\n",
  HEAD "m=audio 0 RTP/AVP 0\r\nm=audio x RTP/AVP 0\r\n",
  "v=0\r\ns=-\r\nt=0 0\r\nm=audio 1 RTP/AVP 0\r\n", /* no c= anywhere */
  "v=0\r\nm=audio 1 RTP/AVP 0\r\nc=IN IP4\r\n",
  "v=0\r\nm=audio 1 RTP/AVP 0\r\nc=IN IP4 a b\r\n",
  "v=0\r\nm=audio 1 RTP/AVP 0\r\nc=XX IP4 1.2.3.4\r\n",
  "v=0\r\nm=audio 1 RTP/AVP 0\r\nc=IN IPX 1.2.3.4\r\n",
  "v=0\r\nm=audio 1 RTP/AVP 0\r\nc=IN IP4 <1>\r\n",
  "v=0\r\nm=audio 1 RTP/AVP 0\r\nc=IN IP4 1.2.3\r\n",
  "v=0\r\nm=audio 1 RTP/AVP 0\r\nc=IN IP4 1.2.3.256\r\n",
  "v=0\r\nm=audio 1 RTP/AVP 0\r\nc=IN IP4 2130706433\r\n",
  "v=0\r\nm=audio 1 RTP/AVP 0\r\nc=IN IP6 1::2::3\r\n",
  "v=0\r\nm=audio 1 RTP/AVP 0\r\nc=IN IP4 1.2.3.4/x\r\n",
  "v=0\r\nm=audio 1 RTP/AVP 0\r\nc=IN IP4 host.example/..\r\n",
  "v=0\r\nm=audio 1 RTP/AVP 0\r\nc=IN IP4 -host.example\r\n",
  "v=0\r\nm=audio 1 RTP/AVP 0\r\nc=IN IP4 host..example\r\n",
  "v=0\r\nm=audio 1 RTP/AVP 0\r\nc=IN IP4 host\x1b.example\r\n",
};

static void
test_broken (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (broken); i++) {
    g_test_message ("case %u: %s", i, broken[i]);
    g_assert_false (checks (broken[i], -1));
    g_autoptr (GError) error = NULL;
    g_assert_null (kith_sdp_parse (broken[i], strlen (broken[i]), KITH_SDP_PLAIN, &error));
    g_assert_error (error, KITH_ERROR, KITH_ERROR_PROTOCOL);
  }
  g_assert_false (checks (HEAD "a=x\0y\r\n", sizeof HEAD + 6));
  g_assert_true (checks (HEAD, -1));
  g_assert_true (checks (HEAD "m=audio 1/2 RTP/AVP 0 127\r\n", -1));
  g_assert_true (checks (HEAD "m=audio 1 RTP/AVP 0", -1)); /* no end of the last line */
  g_assert_true (checks (HEAD "\r\n\n\r\n", -1));
  g_assert_true (checks (HEAD "\0\0", sizeof HEAD + 1)); /* a C string with its end */
}

static gchar *
repeat (const char *head, const char *piece, guint n, const char *tail)
{
  GString *out = g_string_new (head);

  for (guint i = 0; i < n; i++) {
    g_string_append (out, piece);
  }
  return g_string_free (g_string_append (out, tail), FALSE);
}

/* Each limit: exactly at it is good, one above is refused. */
static void
test_limits (void)
{
  const guint head_lines = 5;
  g_autofree gchar *lines_at = repeat (HEAD, "a=x\r\n", KITH_SDP_MAX_LINES - head_lines, "");
  g_autofree gchar *lines_above = repeat (HEAD, "a=x\r\n", KITH_SDP_MAX_LINES - head_lines + 1, "");
  g_autofree gchar *line_at = repeat (HEAD "a=x:", "y", KITH_SDP_MAX_LINE - 4, "\r\n");
  g_autofree gchar *line_above = repeat (HEAD "a=x:", "y", KITH_SDP_MAX_LINE - 3, "\r\n");
  g_autofree gchar *media_at = repeat (HEAD, "m=audio 1 RTP/AVP 0\r\n", KITH_SDP_MAX_MEDIA, "");
  g_autofree gchar *media_above
      = repeat (HEAD, "m=audio 1 RTP/AVP 0\r\n", KITH_SDP_MAX_MEDIA + 1, "");
  g_autofree gchar *formats_at
      = repeat (HEAD "m=audio 1 RTP/AVP", " 0", KITH_SDP_MAX_FORMATS, "\r\n");
  g_autofree gchar *formats_above
      = repeat (HEAD "m=audio 1 RTP/AVP", " 0", KITH_SDP_MAX_FORMATS + 1, "\r\n");
  const char *at[] = { lines_at, line_at, media_at, formats_at };
  const char *above[] = { lines_above, line_above, media_above, formats_above };

  for (guint i = 0; i < G_N_ELEMENTS (at); i++) {
    g_test_message ("limit %u", i);
    g_assert_true (checks (at[i], -1));
    g_assert_false (checks (above[i], -1));
  }

  /* 32 lines of 1000 bytes, then one that fills up to the byte. */
  g_autofree gchar *line = g_strnfill (1000 - 6, 'y');
  g_autofree gchar *whole_line = g_strdup_printf ("a=x:%s\r\n", line);
  g_autofree gchar *most = repeat (HEAD, whole_line, 32, "");
  gsize rest = KITH_SDP_MAX - strlen (most) - 6;
  g_autofree gchar *filler = g_strnfill (rest, 'z');
  g_autofree gchar *size_at = g_strdup_printf ("%sa=x:%s\r\n", most, filler);
  g_autofree gchar *size_above = g_strdup_printf ("%sa=x:%sz\r\n", most, filler);
  g_assert_cmpuint (strlen (size_at), ==, KITH_SDP_MAX);
  g_assert_true (checks (size_at, -1));
  g_assert_false (checks (size_above, -1));
}

typedef struct {
  const char *text;
  gint code;
} NotForUs;

static const NotForUs not_for_us[] = {
  { HEAD, KITH_ERROR_UNSUPPORTED },
  { HEAD "m=video 1 RTP/AVP 31\r\n", KITH_ERROR_UNSUPPORTED },
  { HEAD "m=audio 1 RTP/AVP 18\r\n", KITH_ERROR_UNSUPPORTED },
  { HEAD "m=audio 1 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n", KITH_ERROR_UNSUPPORTED },
  { HEAD "m=audio 1 RTP/AVP 96\r\na=rtpmap:96 opus/48000\r\n",
    KITH_ERROR_UNSUPPORTED }, /* Opus always has two channels */
  { HEAD "m=audio 1 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000/2\r\n", KITH_ERROR_UNSUPPORTED }, /* stereo */
  { HEAD "m=audio 1 RTP/AVP 0\r\na=rtpmap:0 speex/8000\r\n",
    KITH_ERROR_UNSUPPORTED }, /* another meaning of a static number */
  { HEAD "m=audio 1 RTP/AVP 0\r\nc=IN IP4 224.2.1.1/127\r\n", KITH_ERROR_UNSUPPORTED },
  { HEAD "m=audio 1 RTP/AVP 0\r\nc=IN IP4 224.2.1.1\r\n", KITH_ERROR_UNSUPPORTED },
  { HEAD "m=audio 1 RTP/AVP 0\r\nc=IN IP4 255.255.255.255\r\n", KITH_ERROR_UNSUPPORTED },
  { HEAD "m=audio 1 RTP/AVP 0\r\nc=IN IP6 ff02::1\r\n", KITH_ERROR_UNSUPPORTED },
  { HEAD "m=audio 1 RTP/AVP 0\r\nc=IN IP4 224.2.1.1/127/3\r\n", KITH_ERROR_UNSUPPORTED },
  { HEAD "m=audio 0 RTP/AVP\r\n", KITH_ERROR_UNSUPPORTED },
  { HEAD "m=audio 5000 udp g711\r\n", KITH_ERROR_UNSUPPORTED },
  { HEAD "M=audio 1 RTP/AVP 0\r\n", KITH_ERROR_UNSUPPORTED },
  { "v=0\r\no=- 1 2 IN IP4 h", KITH_ERROR_UNSUPPORTED },
};

static void
test_not_for_us (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (not_for_us); i++) {
    g_autoptr (GError) error = NULL;
    g_test_message ("case %u", i);
    g_assert_null (
        kith_sdp_parse (not_for_us[i].text, strlen (not_for_us[i].text), KITH_SDP_PLAIN, &error));
    g_assert_error (error, KITH_ERROR, not_for_us[i].code);
  }
}

static KithOffer *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  KithOffer *offer = kith_sdp_parse (text, strlen (text), KITH_SDP_PLAIN, &error);

  g_assert_no_error (error);
  return offer;
}

static void
test_levels (void)
{
  g_autoptr (KithOffer) session = parse (HEAD "a=recvonly\r\nm=audio 1 RTP/AVP 0\r\n");
  g_assert_cmpuint (kith_offer_audio (session)->direction, ==, KITH_DIRECTION_RECVONLY);
  g_autoptr (KithOffer) media
      = parse (HEAD "a=recvonly\r\nm=audio 1 RTP/AVP 0\r\na=inactive\r\nc=IN IP6 2001:DB8::5\r\n");
  g_assert_cmpuint (kith_offer_audio (media)->direction, ==, KITH_DIRECTION_INACTIVE);
  g_assert_cmpstr (kith_offer_audio (media)->host, ==, "2001:db8::5");
  g_autoptr (KithOffer) other
      = parse (HEAD "m=video 1 RTP/AVP 31\r\na=inactive\r\nm=audio 1 RTP/AVP 0\r\n");
  g_assert_cmpuint (kith_offer_audio (other)->direction,
                    ==,
                    KITH_DIRECTION_SENDRECV); /* the video's attribute is the video's */
  g_autoptr (KithOffer) rtcp
      = parse (HEAD "m=audio 5000 RTP/AVP 0\r\na=rtcp:6000 IN IP4 192.0.2.9\r\n");
  g_assert_cmpuint (kith_offer_audio (rtcp)->rtcp_port, ==, 6000);
  g_autoptr (KithOffer) top = parse (HEAD "m=audio 65535 RTP/AVP 0\r\n");
  g_assert_cmpuint (kith_offer_audio (top)->rtcp_port, ==, 0); /* there is no port above */
  g_autoptr (KithOffer) dtls = parse (HEAD "m=audio 5000 UDP/TLS/RTP/SAVP 0\r\n");
  g_assert_cmpuint (kith_offer_audio (dtls)->profile, ==, KITH_PROFILE_DTLS_SAVP);
  g_autoptr (KithOffer) odd = parse (
      HEAD
      "m=audio 1 RTP/AVP 0\r\na=ptime:99999999999\r\na=maxptime:x\r\na=ssrc:99999999999 x\r\n");
  g_assert_cmpuint (kith_offer_audio (odd)->ptime, ==, 20);
  g_assert_cmpuint (kith_offer_audio (odd)->maxptime, ==, 0);
  g_assert_cmpuint (kith_offer_audio (odd)->ssrc, ==, 0);
  g_autoptr (KithOffer) refused = parse (HEAD "m=audio 0 RTP/AVP 0\r\n");
  g_assert_cmpuint (kith_offer_audio (refused)->port, ==, 0);
}

/* A stream that works is taken before one that is refused or of a strange profile, wherever it
   stands. */
static void
test_choice (void)
{
  g_autoptr (KithOffer) offer
      = parse (HEAD "m=audio 0 RTP/AVP 0\r\nm=audio 2 RTP/SAVPF 0\r\nm=audio 3 RTP/AVP 18\r\n"
                    "m=audio 4 RTP/AVP 8\r\nm=audio 5 RTP/AVP 0\r\n");

  g_assert_cmpuint (kith_offer_audio (offer)->port, ==, 4);
  g_assert_cmpuint (kith_offer_audio (offer)->media_index, ==, 3);
  g_assert_cmpuint (offer->n_media, ==, 5);
  g_assert_cmpstr (offer->media_lines[1], ==, "audio 0 RTP/SAVPF 0");
}

/* SRTP lines beside plain ones: each kind of call takes its own, and never the other, whatever
   comes first. */
static void
test_profiles (void)
{
  static const char srtp[] = "m=audio 2 RTP/SAVP 0\r\n";
  static const char plain[] = "m=audio 4 RTP/AVP 0\r\n";
  static const char feedback[] = "m=audio 6 RTP/AVPF 0\r\n";
  static const struct {
    const char *first, *second;
    KithSdpUse use;
    guint port;
    KithProfile profile;
  } rows[] = {
    { srtp, plain, KITH_SDP_PLAIN, 4, KITH_PROFILE_RTP_AVP },
    { plain, srtp, KITH_SDP_PLAIN, 4, KITH_PROFILE_RTP_AVP },
    { srtp, plain, KITH_SDP_LINK, 2, KITH_PROFILE_RTP_SAVP },
    { plain, srtp, KITH_SDP_LINK, 2, KITH_PROFILE_RTP_SAVP },
    { srtp, feedback, KITH_SDP_PLAIN, 6, KITH_PROFILE_RTP_AVPF },
    { feedback, plain, KITH_SDP_PLAIN, 6, KITH_PROFILE_RTP_AVPF },
    { srtp, "", KITH_SDP_PLAIN, 2, KITH_PROFILE_RTP_SAVP }, /* to be refused by its name */
    { plain, "", KITH_SDP_LINK, 4, KITH_PROFILE_RTP_AVP },
    { feedback, "", KITH_SDP_LINK, 6, KITH_PROFILE_RTP_AVPF },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *text = g_strconcat (HEAD, rows[i].first, rows[i].second, NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (KithOffer) offer = kith_sdp_parse (text, strlen (text), rows[i].use, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (kith_offer_audio (offer)->port, ==, rows[i].port);
    g_assert_cmpuint (kith_offer_audio (offer)->profile, ==, rows[i].profile);
  }
}

/* RFC 3264 section 8.4, both families, at both levels, with every attribute; on a link it is how we
   write that there is no address. */
static void
test_hold (void)
{
  static const struct {
    const char *attribute;
    KithDirection plain, link;
  } rows[] = {
    { "", KITH_DIRECTION_SENDONLY, KITH_DIRECTION_SENDRECV },
    { "a=sendrecv\r\n", KITH_DIRECTION_SENDONLY, KITH_DIRECTION_SENDRECV },
    { "a=sendonly\r\n", KITH_DIRECTION_SENDONLY, KITH_DIRECTION_SENDONLY },
    { "a=recvonly\r\n", KITH_DIRECTION_INACTIVE, KITH_DIRECTION_RECVONLY },
    { "a=inactive\r\n", KITH_DIRECTION_INACTIVE, KITH_DIRECTION_INACTIVE },
  };
  static const char *const forms[] = {
    "v=0\r\nc=IN IP4 0.0.0.0\r\n%sm=audio 5004 RTP/AVP 0\r\n",
    "v=0\r\nc=IN IP6 ::\r\n%sm=audio 9 RTP/AVP 0\r\n",
    "v=0\r\nc=IN IP4 192.0.2.7\r\nm=audio 5004 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n%s",
    "v=0\r\nc=IN IP4 192.0.2.7\r\nm=audio 5004 RTP/AVP 0\r\n%sc=IN IP6 ::\r\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows) * G_N_ELEMENTS (forms); i++) {
    guint row = i / G_N_ELEMENTS (forms);
    g_auto (GStrv) parts = g_strsplit (forms[i % G_N_ELEMENTS (forms)], "%s", 2);
    g_autofree gchar *text = g_strconcat (parts[0], rows[row].attribute, parts[1], NULL);
    g_autoptr (KithOffer) plain = kith_sdp_parse (text, strlen (text), KITH_SDP_PLAIN, NULL);
    g_autoptr (KithOffer) link = kith_sdp_parse (text, strlen (text), KITH_SDP_LINK, NULL);
    g_assert_null (kith_offer_audio (plain)->host);
    g_assert_cmpuint (kith_offer_audio (plain)->direction, ==, rows[row].plain);
    g_assert_cmpuint (kith_offer_audio (link)->direction, ==, rows[row].link);
  }
}

/* One form of the table: "VERDICT PAYLOAD-TYPE HOST PORT DIRECTION" and what must come of it. */
static void
try_form (const char *name, const char *verdict, const char *text, gsize len)
{
  static const char *const directions[] = { "sendrecv", "sendonly", "recvonly", "inactive" };
  g_autoptr (GError) error = NULL;
  g_autoptr (KithOffer) offer = kith_sdp_parse (text, len, KITH_SDP_PLAIN, &error);
  g_autofree gchar *got = NULL;

  if (g_error_matches (error, KITH_ERROR, KITH_ERROR_PROTOCOL)) {
    got = g_strdup ("400 - - 0 -");
  } else if (offer == NULL || kith_offer_audio (offer)->profile == KITH_PROFILE_OTHER
             || kith_offer_audio (offer)->port == 0
             || kith_offer_audio (offer)->profile == KITH_PROFILE_RTP_SAVP) {
    got = g_strdup ("488 - - 0 -");
  } else {
    got = g_strdup_printf ("rings %u %s %u %s",
                           kith_offer_audio (offer)->codecs[0].pt,
                           kith_offer_audio (offer)->host != NULL ? kith_offer_audio (offer)->host
                           : kith_offer_audio (offer)->host_name != NULL
                               ? kith_offer_audio (offer)->host_name
                               : "-",
                           kith_offer_audio (offer)->port,
                           directions[kith_offer_audio (offer)->direction]);
  }
  g_test_message ("%s: %s", name, error != NULL ? error->message : got);
  g_assert_cmpstr (got, ==, verdict);
  g_assert_true (kith_sdp_check (text, len, NULL) == !g_str_has_prefix (verdict, "400"));
}

/* CRLF for LF, a byte for each \\xHH, and no end of line at the end when a backslash stands there.
   (transfer full) */
static GString *
bytes_of (const char *text)
{
  gboolean open = g_str_has_suffix (text, "\\");
  GString *bytes = g_string_new (NULL);

  for (const char *p = text; *p != '\0' && !(open && p[1] == '\0'); p++) {
    if (p[0] == '\\' && p[1] == 'x') {
      gint value = g_ascii_xdigit_value (p[2]) * 16 + g_ascii_xdigit_value (p[3]);
      g_string_append_c (bytes, (char)value);
      p += 3;
    } else {
      g_string_append (bytes, *p == '\n' ? "\r\n" : (const char[]){ *p, '\0' });
    }
  }
  return g_string_append (bytes, open ? "" : "\r\n");
}

static void
test_odd_forms (void)
{
  g_autofree gchar *path = g_build_filename (KITH_TEST_DATA, "sdp", "odd-forms.txt", NULL);
  g_autofree gchar *whole = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents (path, &whole, NULL, NULL));
  g_auto (GStrv) forms = g_strsplit (whole, "\n== ", -1);
  for (guint i = 1; forms[i] != NULL; i++, n++) {
    g_auto (GStrv) parts = g_strsplit (forms[i], "\n", 3); /* name, "=> " and verdict, text */
    GString *bytes = bytes_of (parts[2]);
    try_form (parts[0], parts[1] + 3, bytes->str, bytes->len);
    g_string_free (bytes, TRUE);
  }
  g_assert_cmpuint (n, >=, 80);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/sdp/real", test_real);
  g_test_add_func ("/model/sdp/round-trip", test_round_trip);
  g_test_add_func ("/model/sdp/own-text", test_own_text);
  g_test_add_func ("/model/sdp/print-link", test_print_link);
  g_test_add_func ("/model/sdp/broken", test_broken);
  g_test_add_func ("/model/sdp/limits", test_limits);
  g_test_add_func ("/model/sdp/not-for-us", test_not_for_us);
  g_test_add_func ("/model/sdp/levels", test_levels);
  g_test_add_func ("/model/sdp/choice", test_choice);
  g_test_add_func ("/model/sdp/profiles", test_profiles);
  g_test_add_func ("/model/sdp/hold", test_hold);
  g_test_add_func ("/model/sdp/odd-forms", test_odd_forms);
  return g_test_run ();
}
