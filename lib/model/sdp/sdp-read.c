/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads session descriptions as telephones write them: strict in the lines that are used, deaf to
   the others. */
#include "model/sdp/sdp-private.h"

#include <string.h>

#include "base/error.h"
#include "model/sdp/sdp-place.h"

#define BLANKS " \t"
#define TOKENS "!#$%&'*+-.^_`{|}~" /* RFC 8866 section 9, token-char, besides letters and digits */
#define MAX_PTIME 500
#define MAX_MEDIA_WORD 32 /* of a line that must be completed */

gboolean
kith_sdp_refuse (guint line, GError **error, const char *why)
{
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_PROTOCOL,
               "The session description is broken in line %u: %s",
               line,
               why);
  return FALSE;
}

void
kith_sdp_text_clear (KithSdpText *text)
{
  for (guint i = 0; i < text->n_sections; i++) {
    g_free (text->sections[i].connection.text);
    g_free (text->sections[i].refusal);
  }
  g_free (text->connection.text);
  memset (text, 0, sizeof *text);
}

/* The number that @text begins with; 0 when there is none or it is greater than @max. */
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

static gboolean
is_number (const char *text, guint64 max)
{
  gsize len = strlen (text);

  return len > 0 && strspn (text, "0123456789") == len
         && (number_at (text, max) != 0 || strspn (text, "0") == len);
}

/* The words of @text between blanks; the last one of @max has the rest. (transfer full) */
static GStrv
words_of (const char *text, guint max)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint n = 1; *(text += strspn (text, BLANKS)) != '\0'; n++) {
    gsize len = n < max ? strcspn (text, BLANKS) : strlen (text);
    g_autofree gchar *word = g_strndup (text, len);
    g_strv_builder_add (builder, n < max ? word : g_strchomp (word));
    text += len;
  }
  return g_strv_builder_end (builder);
}

static KithProfile
profile_of (const char *protocol)
{
  static const struct {
    const char *name;
    KithProfile profile;
  } rows[] = { { "RTP/AVP", KITH_PROFILE_RTP_AVP },
               { "RTP/AVPF", KITH_PROFILE_RTP_AVPF },
               { "RTP/SAVP", KITH_PROFILE_RTP_SAVP },
               { "UDP/TLS/RTP/SAVP", KITH_PROFILE_DTLS_SAVP } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (g_ascii_strcasecmp (protocol, rows[i].name) == 0) {
      return rows[i].profile;
    }
  }
  return KITH_PROFILE_OTHER;
}

/* TRUE when nothing stands in @value that stands in no m=: a bad byte in its formats made a library
   that many use loop for ever. */
static gboolean
has_media_bytes (const char *value)
{
  for (const char *p = value; *p != '\0'; p++) {
    if (!g_ascii_isalnum (*p) && strchr (TOKENS "/" BLANKS, *p) == NULL) {
      return FALSE;
    }
  }
  return TRUE;
}

/* Parts between slashes, none of them empty. */
static gboolean
is_protocol (const char *text)
{
  return text[0] != '/' && !g_str_has_suffix (text, "/") && strstr (text, "//") == NULL;
}

/* "49170" or "49170/2". */
static gboolean
take_port (KithSdpSection *section, const char *word)
{
  g_auto (GStrv) parts = g_strsplit (word, "/", 3);
  guint n = g_strv_length (parts);

  if (n < 1 || n > 2 || !is_number (parts[0], G_MAXUINT16)
      || (n == 2 && !is_number (parts[1], G_MAXUINT16))) {
    return FALSE;
  }
  section->port = (guint16)number_at (parts[0], G_MAXUINT16);
  return TRUE;
}

static void
take_formats (KithSdpSection *section, const char *protocol, GStrv words)
{
  g_autofree gchar *upper = g_ascii_strup (protocol, -1);
  gboolean is_rtp = strstr (upper, "RTP/") != NULL;

  for (guint i = 0; is_rtp && words[i] != NULL; i++) {
    if (is_number (words[i], KITH_SDP_PAYLOAD_TYPES - 1)) {
      section->formats[section->n_formats++] = (guint8)number_at (words[i], 255);
    }
  }
  if (is_rtp && section->n_formats == 0 && section->port != 0) {
    section->broken = "\"m=\" has no payload type from 0 to 127";
  }
}

static gboolean
begin_section (KithSdpText *text, guint line, const char *value, GError **error)
{
  g_auto (GStrv) words = words_of (value, G_MAXUINT);
  guint n = g_strv_length (words);

  if (text->n_sections == KITH_SDP_MAX_MEDIA) {
    return kith_sdp_refuse (line, error, "there are more than 16 \"m=\"");
  }
  if (n > KITH_SDP_MAX_FORMATS + 3) {
    return kith_sdp_refuse (line, error, "\"m=\" has more than 32 formats");
  }
  gboolean good = has_media_bytes (value) && (n < 1 || strchr (words[0], '/') == NULL)
                  && (n < 3 || is_protocol (words[2]));
  for (guint i = 3; i < n; i++) {
    good = good && strchr (words[i], '/') == NULL;
  }
  if (!good) {
    return kith_sdp_refuse (line, error, "\"m=\" has a character that has no place there");
  }
  KithSdpSection *section = &text->sections[text->n_sections++];
  section->line = line;
  for (gint pt = 0; pt < KITH_SDP_PAYLOAD_TYPES; pt++) {
    const KithCodec *codec = kith_codec_find (NULL, 0, pt);
    section->codec_of_pt[pt] = codec != NULL ? (gint8)codec->id : -1;
  }
  section->is_audio = n > 0 && g_ascii_strcasecmp (words[0], "audio") == 0;
  section->profile = n > 2 ? profile_of (words[2]) : KITH_PROFILE_OTHER;
  if (n > 3) {
    g_autofree gchar *formats = g_strjoinv (" ", words + 3);
    section->refusal = g_strdup_printf ("%s 0 %s %s", words[0], words[2], formats);
  } else {
    section->refusal = g_strdup_printf ("%.*s 0 RTP/AVP 0", MAX_MEDIA_WORD, n > 0 ? words[0] : "x");
  }
  if (n < 2 || !take_port (section, words[1])) {
    section->broken = "the port in \"m=\" is not a number up to 65535";
  } else if (n < 4 && section->port != 0) {
    section->broken = "\"m=\" is not media, port, protocol and formats";
  } else if (n >= 4) {
    take_formats (section, words[2], words + 3);
  }
  return TRUE;
}

/* "96 opus/48000/2": what RFC 8866 section 6.6 says; a codec with another number of channels than
   we know is not ours. */
static void
take_rtpmap (KithSdpSection *section, const char *value)
{
  g_auto (GStrv) words = words_of (value, 3);

  if (g_strv_length (words) < 2 || !is_number (words[0], KITH_SDP_PAYLOAD_TYPES - 1)) {
    return;
  }
  guint64 pt = number_at (words[0], KITH_SDP_PAYLOAD_TYPES);
  g_auto (GStrv) parts = g_strsplit (words[1], "/", 4);
  guint n_parts = g_strv_length (parts);
  if (n_parts < 2) {
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
    if (g_ascii_strcasecmp (name, words[i]) == 0) {
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
take_section_attribute (KithSdpSection *section, const char *name, const char *value)
{
  if (g_ascii_strcasecmp (name, "rtpmap") == 0) {
    take_rtpmap (section, value);
  } else if (g_ascii_strcasecmp (name, "rtcp-mux") == 0) {
    section->rtcp_mux = TRUE;
  } else if (g_ascii_strcasecmp (name, "rtcp") == 0) {
    section->rtcp_port = (guint16)number_at (value, G_MAXUINT16);
  } else if (g_ascii_strcasecmp (name, "ptime") == 0) {
    section->ptime = milliseconds (value);
  } else if (g_ascii_strcasecmp (name, "maxptime") == 0) {
    section->maxptime = milliseconds (value);
  } else if (g_ascii_strcasecmp (name, "ssrc") == 0 && section->ssrc == 0) {
    section->ssrc = (guint32)number_at (value, G_MAXUINT32);
  }
}

static void
take_attribute (KithSdpText *text, KithSdpSection *section, gchar *line)
{
  gchar *colon = strchr (line, ':');
  const char *value = "";
  KithDirection direction;

  if (colon != NULL) {
    *colon = '\0';
    value = g_strstrip (colon + 1);
  }
  const char *name = g_strstrip (line);
  if (take_direction (name, &direction)) {
    if (section == NULL) {
      text->direction = direction;
    } else {
      section->direction = direction;
      section->has_direction = TRUE;
    }
  } else if (section != NULL) {
    take_section_attribute (section, name, value);
  }
}

/* "user id version IN IP4 host": its numbers, as far as they are some; a user may have blanks. */
static void
take_origin (KithSdpText *text, const char *value)
{
  g_auto (GStrv) words = words_of (value, G_MAXUINT);
  guint n = g_strv_length (words);

  text->has_origin = TRUE;
  if (n >= 5) {
    text->session_id = number_at (words[n - 5], G_MAXUINT64);
    text->session_version = number_at (words[n - 4], G_MAXUINT64);
  }
}

static void
take_connection (KithSdpConnection *connection, const char *value)
{
  if (connection->place == KITH_SDP_AT_NOTHING || connection->place == KITH_SDP_AT_BROKEN) {
    g_clear_pointer (&connection->text, g_free);
    connection->place = kith_sdp_place_parse (value, &connection->text);
  }
}

static gboolean
has_controls (const char *line)
{
  for (; *line != '\0'; line++) {
    if (((guint8)*line < 0x20 && *line != '\t') || *line == 0x7f) {
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
take_line (KithSdpText *text, guint number, gchar *line, GError **error)
{
  KithSdpSection *section = text->n_sections > 0 ? &text->sections[text->n_sections - 1] : NULL;
  gchar *value = line[0] != '\0' && line[1] == '=' ? line + 2 : NULL;

  if (value == NULL) {
    return TRUE;
  }
  if (line[0] == 'm') {
    return begin_section (text, number, value, error);
  }
  if (has_controls (value)) {
    return TRUE;
  }
  if (line[0] == 'o' && section == NULL) {
    take_origin (text, value);
  } else if (line[0] == 'c') {
    take_connection (section != NULL ? &section->connection : &text->connection, value);
  } else if (line[0] == 'a') {
    take_attribute (text, section, value);
  }
  return TRUE;
}

/* What stands before and behind a description of some devices and is none of it: a byte order mark,
   empty lines, the NUL of a C string. */
static void
trim (const char **data, gsize *len)
{
  if (*len >= 3 && memcmp (*data, "\xef\xbb\xbf", 3) == 0) {
    *data += 3;
    *len -= 3;
  }
  while (*len > 0 && strchr ("\r\n", (*data)[*len - 1]) != NULL) { /* NUL is found, too */
    (*len)--;
  }
}

static gboolean
is_first_line (const char *line)
{
  g_autofree gchar *value = line[0] == 'v' && line[1] == '=' ? g_strdup (line + 2) : NULL;

  return value != NULL && strcmp (g_strstrip (value), "0") == 0;
}

gboolean
kith_sdp_read (KithSdpText *text, const char *data, gsize len, GError **error)
{
  gboolean begun = FALSE;
  guint number = 0;

  memset (text, 0, sizeof *text);
  if (len == 0 || len > KITH_SDP_MAX) {
    return kith_sdp_refuse (1, error, "the whole is empty or longer than 32768 bytes");
  }
  trim (&data, &len);
  if (memchr (data, '\0', len) != NULL) {
    return kith_sdp_refuse (1, error, "the whole has a NUL byte");
  }
  for (const char *at = data, *end = data + len; at < end;) {
    const char *newline = memchr (at, '\n', (gsize)(end - at));
    gsize line_len = (gsize)((newline != NULL ? newline : end) - at);
    number++;
    if (number > KITH_SDP_MAX_LINES || line_len > KITH_SDP_MAX_LINE + 1) {
      return kith_sdp_refuse (number,
                              error,
                              number > KITH_SDP_MAX_LINES ? "there are more than 256 lines"
                                                          : "it is longer than 1024 bytes");
    }
    g_autofree gchar *line = g_strndup (at, line_len);
    g_strstrip (line);
    at = newline != NULL ? newline + 1 : end;
    if (!begun && *line != '\0' && !is_first_line (line)) {
      return kith_sdp_refuse (number, error, "it begins with \"v=0\"");
    }
    if (strlen (line) > KITH_SDP_MAX_LINE) {
      return kith_sdp_refuse (number, error, "it is longer than 1024 bytes");
    }
    if (begun && !take_line (text, number, line, error)) {
      return FALSE;
    }
    begun = begun || *line != '\0';
  }
  return text->n_sections > 0 || text->has_origin
         || kith_sdp_refuse (MAX (number, 1), error, "there is nothing of a session but \"v=0\"");
}

const KithSdpConnection *
kith_sdp_connection_of (const KithSdpText *text, const KithSdpSection *section)
{
  return section->connection.place != KITH_SDP_AT_NOTHING ? &section->connection
                                                          : &text->connection;
}

const char *
kith_sdp_fault_of (const KithSdpText *text, const KithSdpSection *section)
{
  const KithSdpConnection *connection = kith_sdp_connection_of (text, section);

  if (section->broken != NULL || section->port == 0) {
    return section->broken;
  }
  return connection->place == KITH_SDP_AT_NOTHING  ? "there is no \"c=\" for it"
         : connection->place == KITH_SDP_AT_BROKEN ? "its \"c=\" is not a network and an address"
                                                   : NULL;
}
