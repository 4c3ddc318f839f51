/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A list of phones that look for their settings; one that gets an address is sent 200 and NOTIFY,
   the latter until it answers. */
#include "edge/worker/setup/setup-pnp.h"

#include <string.h>

#include "base/random.h"
#include "model/phone/setup-template.h"
#include "model/sip/sip-scan.h"
#include "model/sip/sip-splice.h"

#define REPEAT_MS 500 /* the first time, then twice as long each time */
#define MOST_SENDS 6
#define TAG_CHARS 16

typedef struct {
  KithSetupPnp *pnp;
  guint32 id;
  KithWay way;
  GString *request; /* as it was scanned */
  gchar *call_id;
  gchar tag[TAG_CHARS + 1]; /* ours */
  gint64 end_us;
  gchar *address; /* that it gets, NULL: none yet */
  guint sends;    /* of the NOTIFY */
  KithTimer timer;
} Seeker;

struct _KithSetupPnp {
  KithClock *clock;
  const KithSetupPnpFuncs *funcs;
  gpointer data;
  GPtrArray *seekers; /* of Seeker, the oldest first */
  gboolean is_open;
  guint32 last; /* id */
  KithTimer end;
  gint64 second; /* in which … */
  guint heard;   /* … so many new ones were heard */
  KithSipScan scan;
  KithSipLines lines;
};

static void
seeker_free (gpointer data)
{
  Seeker *seeker = data;

  kith_timer_finish (&seeker->timer);
  g_string_free (seeker->request, TRUE);
  if (seeker->address != NULL) {
    explicit_bzero (seeker->address, strlen (seeker->address));
    g_free (seeker->address);
  }
  g_free (seeker->call_id);
  g_free (seeker);
}

/* Answering */

/* Where it listens: the port of its Contact where that is of the same host, else the one that it
   sends from; so nobody else is ever sent to. @uri: its Contact, or empty. */
static KithWay
way_back (const Seeker *seeker, const KithSipLines *lines, KithSipPiece *uri)
{
  gchar host[64];
  KithSipPiece contact, params;
  KithSipUriParts parts;
  KithWay way = seeker->way;

  kith_way_host (&way.to.peer, FALSE, host, sizeof host);
  *uri = kith_sip_piece (NULL);
  if (kith_sip_lines_element (lines, KITH_HEADER_CONTACT, 0, &contact)
      && kith_sip_piece_name (contact, uri, &params) && kith_sip_uri_split (*uri, &parts)
      && kith_sip_piece_is (parts.host, host)) {
    way.to.peer.port = parts.port != 0 ? parts.port : KITH_PNP_PORT;
  } else {
    *uri = kith_sip_piece (NULL);
  }
  return way;
}

/* "192.168.1.5:40000": ours towards it. */
static void
print_own (const Seeker *seeker, gchar *out, gsize room)
{
  KithEndpoint own = { .family = 4 };
  gchar host[64];

  memcpy (own.ip, seeker->way.own, 4);
  kith_way_host (&own, TRUE, host, sizeof host);
  (void)g_snprintf (out, room, "%s:%u", host, seeker->pnp->funcs->port (seeker->pnp->data));
}

static void
send_ok (Seeker *seeker, const KithSipLines *lines)
{
  KithSetupPnp *pnp = seeker->pnp;
  g_autoptr (GString) out = g_string_new (NULL);
  gchar own[80];
  gchar host[64];

  print_own (seeker, own, sizeof own);
  kith_way_host (&seeker->way.to.peer, FALSE, host, sizeof host);
  g_autofree gchar *more = g_strdup_printf ("Contact: <sip:%s>\r\nExpires: 0\r\n", own);
  const KithSipReply reply = { .status = 200,
                               .phrase = "OK",
                               .to_tag = seeker->tag,
                               .received = host,
                               .rport = seeker->way.to.peer.port,
                               .lines = more };
  if (kith_sip_reply (lines, &reply, out)) {
    pnp->funcs->send (pnp->data, &seeker->way, out->str, out->len);
  }
}

static void
send_notify (Seeker *seeker, const KithSipLines *lines)
{
  KithSetupPnp *pnp = seeker->pnp;
  KithSipPiece from, to, event, uri;
  const KithWay way = way_back (seeker, lines, &uri);
  g_autoptr (GString) out = g_string_new ("NOTIFY ");
  gchar own[80];
  gchar host[64];

  print_own (seeker, own, sizeof own);
  kith_way_host (&way.to.peer, TRUE, host, sizeof host);
  (void)kith_sip_lines_get (lines, KITH_HEADER_FROM, &from);
  (void)kith_sip_lines_get (lines, KITH_HEADER_TO, &to);
  (void)kith_sip_lines_get (lines, KITH_HEADER_EVENT, &event);
  if (uri.len > 0) {
    g_string_append_len (out, uri.at, (gssize)uri.len);
  } else {
    g_string_append_printf (out, "sip:%s:%u", host, way.to.peer.port);
  }
  g_string_append_printf (out,
                          " SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\n"
                          "Max-Forwards: 70\r\nFrom: %.*s;tag=%s\r\nTo: %.*s\r\nCall-ID: %s\r\n"
                          "CSeq: 1 NOTIFY\r\nContact: <sip:%s>\r\nEvent: %.*s\r\n"
                          "Subscription-State: terminated;reason=timeout\r\n"
                          "Content-Type: application/url\r\nContent-Length: %" G_GSIZE_FORMAT
                          "\r\n\r\n%s",
                          own,
                          seeker->tag,
                          KITH_SIP_PIECE (to),
                          seeker->tag,
                          KITH_SIP_PIECE (from),
                          seeker->call_id,
                          own,
                          KITH_SIP_PIECE (event),
                          strlen (seeker->address),
                          seeker->address);
  pnp->funcs->send (pnp->data, &way, out->str, out->len);
  explicit_bzero (out->str, out->len);
}

/* 200 and NOTIFY, or the latter once more. */
static void
say (Seeker *seeker, gboolean with_ok)
{
  KithSetupPnp *pnp = seeker->pnp;

  if (!kith_sip_lines_read (&pnp->lines, seeker->request->str, seeker->request->len)) {
    return;
  }
  if (with_ok) {
    send_ok (seeker, &pnp->lines);
  }
  send_notify (seeker, &pnp->lines);
  seeker->sends++;
  if (seeker->sends < MOST_SENDS) {
    kith_timer_set_ms (&seeker->timer, REPEAT_MS << (seeker->sends - 1));
  } else {
    kith_timer_set (&seeker->timer, seeker->end_us);
  }
}

/* Hearing */

static void
on_timer (gpointer data)
{
  Seeker *seeker = data;

  if (seeker->address != NULL && seeker->sends < MOST_SENDS) {
    say (seeker, FALSE);
  } else {
    (void)g_ptr_array_remove (seeker->pnp->seekers, seeker);
  }
}

/* Visible ASCII, cut. */
static void
copy_word (KithSipPiece piece, gchar word[KITH_SETUP_WORD_MAX + 1])
{
  gsize n = 0;

  for (gsize i = 0; i < piece.len && n < KITH_SETUP_WORD_MAX; i++) {
    if (g_ascii_isprint (piece.at[i])) {
      word[n++] = piece.at[i];
    }
  }
  word[n] = '\0';
}

/* "MAC%3a00135E874B49", "MAC001565F4F9E1", "MAC=00304fa99948" before the at-sign: the 12 digits
   that end there. */
static gboolean
read_user_mac (KithSipPiece from, gchar mac[KITH_SETUP_MAC_LEN + 1])
{
  KithSipPiece uri, params;
  KithSipUriParts parts;

  if (!kith_sip_piece_name (from, &uri, &params) || !kith_sip_uri_split (uri, &parts)
      || parts.user.len < KITH_SETUP_MAC_LEN) {
    return FALSE;
  }
  g_autofree gchar *end
      = g_strndup (parts.user.at + parts.user.len - KITH_SETUP_MAC_LEN, KITH_SETUP_MAC_LEN);
  return kith_setup_find_mac (end, mac);
}

/* What it says of itself. FALSE: it looks for something else. */
static gboolean
read_seeker (const KithSipLines *lines, KithSetupSeeker *told)
{
  KithSipPiece event, name, value, from, agent;

  if (!kith_sip_piece_is (lines->method, "SUBSCRIBE")
      || !kith_sip_lines_get (lines, KITH_HEADER_EVENT, &event)
      || !kith_sip_piece_next (&event, ';', &name) || !kith_sip_piece_is (name, "ua-profile")) {
    return FALSE;
  }
  if (kith_sip_piece_param (event, "vendor", &value)) {
    copy_word (value, told->vendor);
  }
  if (kith_sip_piece_param (event, "model", &value)) {
    copy_word (value, told->model);
  }
  if (!kith_sip_lines_get (lines, KITH_HEADER_FROM, &from) || !read_user_mac (from, told->mac)) {
    told->mac[0] = '\0';
  }
  if (told->vendor[0] == '\0' && told->model[0] == '\0'
      && kith_sip_lines_get (lines, KITH_HEADER_USER_AGENT, &agent)) {
    copy_word (agent, told->model);
  }
  return TRUE;
}

static gboolean
is_same_host (const Seeker *seeker, const KithWay *way)
{
  return kith_endpoint_is_same_host (&seeker->way.to.peer, &way->to.peer);
}

static Seeker *
find (KithSetupPnp *pnp, const KithWay *way, KithSipPiece call_id)
{
  for (guint i = 0; i < pnp->seekers->len; i++) {
    Seeker *seeker = pnp->seekers->pdata[i];
    if (is_same_host (seeker, way)
        && kith_sip_piece_same (kith_sip_piece (seeker->call_id), call_id)) {
      return seeker;
    }
  }
  return NULL;
}

static gboolean
is_too_often (KithSetupPnp *pnp)
{
  const gint64 second = kith_clock_now (pnp->clock) / G_USEC_PER_SEC;

  if (second != pnp->second) {
    pnp->second = second;
    pnp->heard = 0;
  }
  return ++pnp->heard > KITH_PNP_SEEKERS_A_SECOND;
}

/* The oldest one of the same host, or of all, goes where there are enough. */
static void
make_room (KithSetupPnp *pnp, const KithWay *way)
{
  Seeker *oldest = NULL;
  guint same = 0;

  for (guint i = pnp->seekers->len; i > 0; i--) {
    Seeker *seeker = pnp->seekers->pdata[i - 1];
    if (is_same_host (seeker, way)) {
      oldest = seeker;
      same++;
    }
  }
  if (same >= KITH_PNP_SEEKERS_A_SOURCE) {
    (void)g_ptr_array_remove (pnp->seekers, oldest);
  } else if (pnp->seekers->len >= KITH_PNP_SEEKERS) {
    (void)g_ptr_array_remove_index (pnp->seekers, 0);
  }
}

static void
take_new (KithSetupPnp *pnp, const KithWay *way, KithSipPiece call_id, KithEdgeFrame *frame)
{
  Seeker *seeker = g_new0 (Seeker, 1);

  make_room (pnp, way);
  seeker->pnp = pnp;
  pnp->last = pnp->last == G_MAXUINT32 ? 1 : pnp->last + 1;
  seeker->id = pnp->last;
  seeker->way = *way;
  seeker->request = g_string_new_len (pnp->scan.text->str, (gssize)pnp->scan.text->len);
  seeker->call_id = g_strndup (call_id.at, call_id.len);
  (void)g_snprintf (seeker->tag,
                    sizeof seeker->tag,
                    "%016" G_GINT64_MODIFIER "x",
                    kith_random_uint64 ());
  seeker->end_us = kith_clock_now (pnp->clock) + KITH_PNP_PATIENCE_MS * 1000;
  kith_timer_init (&seeker->timer, pnp->clock, on_timer, seeker);
  kith_timer_set (&seeker->timer, seeker->end_us);
  g_ptr_array_add (pnp->seekers, seeker);
  frame->type = KITH_EDGE_SEEKER;
  frame->seeker.id = seeker->id;
  frame->seeker.source = way->to.peer;
  frame->seeker.own.family = 4;
  memcpy (frame->seeker.own.ip, way->own, 4);
  pnp->funcs->tell (pnp->data, frame);
}

static void
take_message (KithSetupPnp *pnp, const KithWay *way)
{
  const KithSipLines *lines = &pnp->lines;
  KithSipPiece call_id;
  g_autofree KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  (void)kith_sip_lines_get (lines, KITH_HEADER_CALL_ID, &call_id);
  Seeker *seeker = find (pnp, way, call_id);
  if (lines->status != 0) {
    if (seeker != NULL && seeker->address != NULL && lines->status >= 200
        && kith_sip_piece_is (lines->method, "NOTIFY")) {
      seeker->sends = MOST_SENDS; /* it knows, or will not hear of it */
      kith_timer_set (&seeker->timer, seeker->end_us);
    }
  } else if (seeker == NULL) {
    if (read_seeker (lines, &frame->seeker) && !is_too_often (pnp)) {
      take_new (pnp, way, call_id, frame);
    }
  } else if (seeker->address != NULL && kith_sip_piece_is (lines->method, "SUBSCRIBE")) {
    send_ok (seeker, lines); /* a repetition */
  }
}

void
kith_setup_pnp_datagram (KithSetupPnp *pnp, const KithWay *way, const guint8 *bytes, gsize len)
{
  static const guint8 none[4];

  if (!pnp->is_open || len > KITH_PNP_DATAGRAM_MAX || way->to.peer.family != 4
      || way->to.peer.port == 0 || kith_endpoint_is_public (&way->to.peer)
      || memcmp (way->own, none, sizeof none) == 0) {
    return;
  }
  if (kith_sip_scan_run (&pnp->scan, bytes, len) == KITH_SIP_SCAN_PASS
      && kith_sip_lines_read (&pnp->lines, pnp->scan.text->str, pnp->scan.text->len)) {
    take_message (pnp, way);
  }
  kith_sip_scan_rest (&pnp->scan);
}

/* Orders */

static void
shut (gpointer data)
{
  KithSetupPnp *pnp = data;

  kith_timer_clear (&pnp->end);
  g_ptr_array_set_size (pnp->seekers, 0);
  if (pnp->is_open) {
    pnp->is_open = FALSE;
    pnp->funcs->close (pnp->data);
  }
}

static void
take_address (KithSetupPnp *pnp, const KithEdgeSetupAddress *address)
{
  for (guint i = 0; i < pnp->seekers->len; i++) {
    Seeker *seeker = pnp->seekers->pdata[i];
    if (seeker->id == address->id && seeker->address == NULL) {
      seeker->address = g_strdup (address->text);
      say (seeker, TRUE);
      return;
    }
  }
}

void
kith_setup_pnp_order (KithSetupPnp *pnp, const KithEdgeFrame *frame)
{
  if (frame->type == KITH_EDGE_ADDRESS) {
    take_address (pnp, &frame->setup_address);
  } else if (frame->type == KITH_EDGE_SEEK && frame->seek_s == 0) {
    shut (pnp);
  } else if (frame->type == KITH_EDGE_SEEK) {
    pnp->is_open = pnp->is_open || pnp->funcs->open (pnp->data);
    kith_timer_set_ms (&pnp->end, frame->seek_s * 1000);
  }
}

gboolean
kith_setup_pnp_is_open (const KithSetupPnp *pnp)
{
  return pnp->is_open;
}

KithSetupPnp *
kith_setup_pnp_new (KithClock *clock, const KithSetupPnpFuncs *funcs, gpointer data)
{
  KithSetupPnp *pnp = g_new0 (KithSetupPnp, 1);

  pnp->clock = clock;
  pnp->funcs = funcs;
  pnp->data = data;
  pnp->seekers = g_ptr_array_new_with_free_func (seeker_free);
  kith_sip_scan_init (&pnp->scan, FALSE);
  kith_timer_init (&pnp->end, clock, shut, pnp);
  return pnp;
}

void
kith_setup_pnp_free (KithSetupPnp *pnp)
{
  if (pnp != NULL) {
    shut (pnp);
    kith_timer_finish (&pnp->end);
    g_ptr_array_unref (pnp->seekers);
    kith_sip_scan_clear (&pnp->scan);
    g_free (pnp);
  }
}
