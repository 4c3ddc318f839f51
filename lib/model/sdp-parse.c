/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the audio stream that concerns us out of a session description that passed the check. */
#include <arpa/inet.h>
#include <string.h>

#include "base/error.h"
#include "model/endpoint.h"
#include "model/offer.h"

#define DEFAULT_PTIME 20
#define MAX_PTIME 500
#define N_PAYLOAD_TYPES 128

/* One m= section while it is read. */
typedef struct {
  gboolean is_audio;
  guint16 port;
  KithProfile profile;
  gchar **formats;                    /* payload types as text */
  gint8 codec_of_pt[N_PAYLOAD_TYPES]; /* KithCodecId, -1: unknown */
  const char *connection;             /* value of c=, NULL: the session's */
  gboolean has_direction;
  KithDirection direction;
  gboolean rtcp_mux;
  guint16 rtcp_port;
  guint ptime, maxptime;
  guint32 ssrc;
} Section;

typedef struct {
  gchar **lines; /* without ends of line */
  guint64 session_id, session_version;
  const char *connection;
  KithDirection direction;
  guint n_sections;
  Section sections[KITH_SDP_MAX_MEDIA];
  gchar *refusals[KITH_SDP_MAX_MEDIA]; /* each m= with port 0 */
} Parse;

static void
parse_clear (Parse *parse)
{
  for (guint i = 0; i < parse->n_sections; i++) {
    g_strfreev (parse->sections[i].formats);
    g_free (parse->refusals[i]);
  }
  g_strfreev (parse->lines);
}

static guint64
number_at (const char *text, guint64 max)
{
  guint64 value = 0;

  for (; g_ascii_isdigit (*text); text++) {
    guint64 digit = (guint64)(*text - '0');
    if (value > (max - digit) / 10) {
      return 0;
    }
    value = value * 10 + digit;
  }
  return value;
}

static KithProfile
profile_of (const char *protocol)
{
  if (strcmp (protocol, "RTP/AVP") == 0) {
    return KITH_PROFILE_RTP_AVP;
  }
  if (strcmp (protocol, "RTP/SAVP") == 0) {
    return KITH_PROFILE_RTP_SAVP;
  }
  return strcmp (protocol, "UDP/TLS/RTP/SAVP") == 0 ? KITH_PROFILE_DTLS_SAVP : KITH_PROFILE_OTHER;
}

static void
begin_section (Parse *parse, const char *value)
{
  Section *section = &parse->sections[parse->n_sections];
  g_auto (GStrv) words = g_strsplit (value, " ", -1);
  g_autofree gchar *formats = g_strjoinv (" ", words + 3);

  section->is_audio = strcmp (words[0], "audio") == 0;
  section->port = (guint16)number_at (words[1], G_MAXUINT16);
  section->profile = profile_of (words[2]);
  section->formats = g_strdupv (words + 3);
  for (gint pt = 0; pt < N_PAYLOAD_TYPES; pt++) {
    const KithCodec *codec = kith_codec_find (NULL, 0, pt);
    section->codec_of_pt[pt] = codec != NULL ? (gint8)codec->id : -1;
  }
  parse->refusals[parse->n_sections] = g_strdup_printf ("%s 0 %s %s", words[0], words[2], formats);
  parse->n_sections++;
}

/* "96 opus/48000/2": what RFC 8866 section 6.6 says; a codec with another number of channels than we know is not ours. */
static void
take_rtpmap (Section *section, const char *value)
{
  g_auto (GStrv) words = g_strsplit (value, " ", 3);

  if (g_strv_length (words) < 2 || !g_ascii_isdigit (words[0][0])) {
    return;
  }
  guint64 pt = number_at (words[0], G_MAXUINT16);
  g_auto (GStrv) parts = g_strsplit (words[1], "/", 4);
  guint n_parts = g_strv_length (parts);
  if (pt >= N_PAYLOAD_TYPES || n_parts < 2) {
    return;
  }
  const KithCodec *codec = kith_codec_find (parts[0], (guint)number_at (parts[1], G_MAXUINT32), -1);
  guint64 channels = n_parts > 2 ? number_at (parts[2], G_MAXUINT16) : 1;
  gboolean ours = codec != NULL && channels == codec->channels;
  section->codec_of_pt[pt] = ours ? (gint8)codec->id : -1;
}

static gboolean
take_direction (const char *name, KithDirection *direction)
{
  static const char *const words[] = { "sendrecv", "sendonly", "recvonly", "inactive" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    if (strcmp (name, words[i]) == 0) {
      *direction = (KithDirection)i;
      return TRUE;
    }
  }
  return FALSE;
}

static guint
milliseconds (const char *value)
{
  guint64 ms = number_at (value, G_MAXUINT32);

  return ms <= MAX_PTIME ? (guint)ms : 0;
}

static void
take_attribute (Parse *parse, const char *line)
{
  Section *section = parse->n_sections > 0 ? &parse->sections[parse->n_sections - 1] : NULL;
  const char *colon = strchr (line, ':');
  const char *value = colon != NULL ? colon + 1 : "";
  g_autofree gchar *name
      = colon != NULL ? g_strndup (line, (gsize)(colon - line)) : g_strdup (line);
  KithDirection direction;

  if (colon == NULL && take_direction (name, &direction)) {
    if (section == NULL) {
      parse->direction = direction;
    } else {
      section->direction = direction;
      section->has_direction = TRUE;
    }
    return;
  }
  if (section == NULL) {
    return;
  }
  if (strcmp (name, "rtpmap") == 0) {
    take_rtpmap (section, value);
  } else if (strcmp (name, "rtcp-mux") == 0) {
    section->rtcp_mux = TRUE;
  } else if (strcmp (name, "rtcp") == 0) {
    section->rtcp_port = (guint16)number_at (value, G_MAXUINT16);
  } else if (strcmp (name, "ptime") == 0) {
    section->ptime = milliseconds (value);
  } else if (strcmp (name, "maxptime") == 0) {
    section->maxptime = milliseconds (value);
  } else if (strcmp (name, "ssrc") == 0 && section->ssrc == 0) {
    section->ssrc = (guint32)number_at (value, G_MAXUINT32);
  }
}

static void
take_line (Parse *parse, const char *line)
{
  const char *value = line + 2;

  if (line[0] == 'o') {
    g_auto (GStrv) words = g_strsplit (value, " ", -1);
    parse->session_id = number_at (words[1], G_MAXUINT64);
    parse->session_version = number_at (words[2], G_MAXUINT64);
  } else if (line[0] == 'c') {
    if (parse->n_sections == 0) {
      parse->connection = value;
    } else if (parse->sections[parse->n_sections - 1].connection == NULL) {
      parse->sections[parse->n_sections - 1].connection = value;
    }
  } else if (line[0] == 'm') {
    begin_section (parse, value);
  } else if (line[0] == 'a') {
    take_attribute (parse, value);
  }
}

/* Codecs that we know, in the order of the m= line, each once. Returns whether one of them carries voice. */
static gboolean
take_codecs (const Section *section, KithOffer *offer)
{
  gboolean seen[KITH_N_CODECS] = { FALSE };
  gboolean has_voice = FALSE;

  for (guint i = 0; section->formats[i] != NULL; i++) {
    guint64 pt = number_at (section->formats[i], G_MAXUINT16);
    gint id = pt < N_PAYLOAD_TYPES ? section->codec_of_pt[pt] : -1;
    if (id < 0 || seen[id] || offer->n_codecs == KITH_OFFER_MAX_CODECS) {
      continue;
    }
    seen[id] = TRUE;
    has_voice = has_voice || kith_codec_is_voice (id);
    offer->codecs[offer->n_codecs++] = (KithOfferedCodec){ (KithCodecId)id, (guint8)pt };
  }
  return has_voice;
}

/* The host of c= into @offer: a literal to which one may send, or "0.0.0.0" and "::" for none. */
static gboolean
take_host (const char *connection, KithOffer *offer, GError **error)
{
  KithCandidate address = { .family = 4, .port = 1 };
  static const guint8 zeros[16];
  char shown[INET6_ADDRSTRLEN];

  if (connection == NULL) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_PROTOCOL,
                         "The session description has no \"c=\" for its audio");
    return FALSE;
  }
  g_auto (GStrv) words = g_strsplit (connection, " ", -1);
  address.family = strcmp (words[1], "IP6") == 0 ? 6 : 4;
  int family = address.family == 6 ? AF_INET6 : AF_INET;
  if (inet_pton (family, words[2], address.ip) != 1) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_UNSUPPORTED,
                         "The session description sends the audio to a name or a group; only an IP "
                         "address of one host is supported");
    return FALSE;
  }
  if (memcmp (address.ip, zeros, address.family == 6 ? 16 : 4) == 0) {
    return TRUE;
  }
  if ((address.family == 4 && address.ip[0] >= 224)
      || (address.family == 6 && address.ip[0] == 0xff)) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_UNSUPPORTED,
                         "The session description sends the audio to a group; only an IP address "
                         "of one host is supported");
    return FALSE;
  }
  offer->host = g_strdup (inet_ntop (family, address.ip, shown, sizeof shown));
  return TRUE;
}

static guint16
rtcp_port_of (const Section *section)
{
  if (section->rtcp_mux) {
    return section->port;
  }
  if (section->rtcp_port != 0) {
    return section->rtcp_port;
  }
  return section->port == 0 || section->port == G_MAXUINT16 ? 0 : (guint16)(section->port + 1);
}

/* "c=0.0.0.0" with a real port is how old phones put a call on hold (RFC 3264 section 8.4): nothing may be sent there. */
static KithDirection
direction_of (const Parse *parse, const Section *section, gboolean has_host)
{
  KithDirection direction = section->has_direction ? section->direction : parse->direction;

  if (has_host || section->port == 0 || section->port == 9) {
    return direction;
  }
  if (direction == KITH_DIRECTION_SENDRECV) {
    return KITH_DIRECTION_SENDONLY;
  }
  return direction == KITH_DIRECTION_RECVONLY ? KITH_DIRECTION_INACTIVE : direction;
}

static KithOffer *
make_offer (Parse *parse, guint index, GError **error)
{
  const Section *section = &parse->sections[index];
  g_autoptr (KithOffer) offer = kith_offer_new ();

  (void)take_codecs (section, offer);
  if (!take_host (section->connection != NULL ? section->connection : parse->connection,
                  offer,
                  error)) {
    return NULL;
  }
  offer->port = section->port;
  offer->rtcp_mux = section->rtcp_mux;
  offer->rtcp_port = rtcp_port_of (section);
  offer->profile = section->profile;
  offer->direction = direction_of (parse, section, offer->host != NULL);
  offer->ptime = section->ptime != 0 ? section->ptime : DEFAULT_PTIME;
  offer->maxptime = section->maxptime;
  offer->ssrc = section->ssrc;
  offer->session_id = parse->session_id;
  offer->session_version = parse->session_version;
  offer->media_index = index;
  offer->n_media = parse->n_sections;
  for (guint i = 0; i < parse->n_sections; i++) {
    offer->media_lines[i] = i != index ? g_steal_pointer (&parse->refusals[i]) : NULL;
  }
  return g_steal_pointer (&offer);
}

/* The first audio stream with a codec of ours; one that is refused or of a strange profile only if there is no other. */
static gboolean
choose_section (const Parse *parse, guint *index)
{
  gint fallback = -1;

  for (guint i = 0; i < parse->n_sections; i++) {
    const Section *section = &parse->sections[i];
    g_autoptr (KithOffer) probe = kith_offer_new ();
    if (!section->is_audio || !take_codecs (section, probe)) {
      continue;
    }
    if (section->port != 0 && section->profile != KITH_PROFILE_OTHER) {
      *index = i;
      return TRUE;
    }
    fallback = fallback < 0 ? (gint)i : fallback;
  }
  *index = fallback < 0 ? 0 : (guint)fallback;
  return fallback >= 0;
}

KithOffer *
kith_sdp_parse (const char *text, gsize len, GError **error)
{
  Parse parse = { 0 };
  guint index = 0;
  KithOffer *offer = NULL;

  if (!kith_sdp_check (text, len, error)) {
    return NULL;
  }
  g_autofree gchar *copy = g_strndup (text, len);
  parse.lines = g_strsplit (copy, "\n", -1);
  for (guint i = 0; parse.lines[i] != NULL; i++) {
    g_strchomp (parse.lines[i]);
    if (parse.lines[i][0] != '\0') {
      take_line (&parse, parse.lines[i]);
    }
  }
  if (choose_section (&parse, &index)) {
    offer = make_offer (&parse, index, error);
  } else {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_UNSUPPORTED,
                         "The other side offers no audio with a codec that is known here");
  }
  parse_clear (&parse);
  return offer;
}
