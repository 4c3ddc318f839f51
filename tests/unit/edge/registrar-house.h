/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A registrar with one phone, "desk", on a clock that the test moves, and a phone that knows the
   digest. */
#pragma once

#include <string.h>

#include "edge/worker/registrar/edge-registrar.h"
#include "edge/worker/registrar/phone-keeper.h"
#include "model/phone/phone-password.h"

#define PASSWORD "7k2f-9qxm-41tr-c8ne"
#define NOON_US (G_GINT64_CONSTANT (1767268800) * G_USEC_PER_SEC)
#define NOON_S G_GINT64_CONSTANT (1767268800)

typedef struct {
  KithClock *clock;
  KithEdgeRegistrar *registrar;
  KithRegisterFrom from;
  KithRegisterReply reply;
  GString *told; /* frames for kithd, a line each */
  GString *said; /* what the phones are asked, the same */
  gint64 expires_s;
  guint last_id;
  guint32 asked; /* the mark of the last OPTIONS */
  /* of the next REGISTER */
  guint cseq, nc;
  const char *branch;
  const char *to;
  gchar *nonce;
} House;

static inline void
on_frame (const KithEdgeFrame *frame, gpointer user_data)
{
  House *house = user_data;

  switch ((int)frame->type) {
  case KITH_EDGE_BOUND:
    g_string_append_printf (house->told,
                            "bound %s %u %s\n",
                            frame->binding.phone,
                            frame->binding.id,
                            frame->binding.contact);
    house->expires_s = frame->binding.expires_s;
    house->last_id = frame->binding.id;
    return;
  case KITH_EDGE_UNBOUND:
    g_string_append_printf (house->told, "unbound %u\n", frame->binding.id);
    return;
  case KITH_EDGE_PHONE_STATE:
    g_string_append_printf (house->told,
                            "%s is %u %s\n",
                            frame->report.phone,
                            frame->report.event,
                            frame->report.text);
    return;
  case KITH_EDGE_LOG:
    g_string_append_printf (house->told, "log %s\n", frame->text.text);
    return;
  case KITH_EDGE_REACHED:
    g_string_append_printf (house->told,
                            "reach %u %s %u ms\n",
                            frame->reach.id,
                            frame->reach.silent ? "silent" : "there",
                            frame->reach.round_trip_ms);
    return;
  default:
    g_assert_not_reached ();
  }
}

/* What it is asked is kept as a line. */
static inline void
on_ask (const KithBinding *binding, gpointer user_data)
{
  House *house = user_data;

  house->asked = binding->asked;
  g_string_append_printf (house->said, "ask %u\n", binding->id);
}

static inline void
on_ping (const KithBinding *binding, gpointer user_data)
{
  House *house = user_data;

  g_string_append_printf (house->said, "ping %u\n", binding->id);
}

static const KithRegistrarFuncs funcs = { on_frame, on_ask, on_ping };

static inline void
order_phone (House *house, const char *name, KithPhoneDigest digest)
{
  KithEdgeFrame frame = { .type = KITH_EDGE_PHONE };

  (void)g_strlcpy (frame.phone.name, name, sizeof frame.phone.name);
  (void)g_strlcpy (frame.phone.number, "11", sizeof frame.phone.number);
  frame.phone.digest = digest;
  kith_phone_secret_make (name, PASSWORD, &frame.phone.secret);
  kith_edge_registrar_order (house->registrar, &frame);
}

static inline void
order_open (House *house, gboolean outside)
{
  const KithEdgeFrame frame
      = { .type = KITH_EDGE_OPEN, .rules = { .outside = outside, .max_expires_s = 3600 } };

  kith_edge_registrar_order (house->registrar, &frame);
}

static inline void
house_up (House *house, gconstpointer data)
{
  guint8 key[KITH_EDGE_KEY_LEN];

  memset (key, 7, sizeof key);
  house->clock = kith_clock_new_manual (NOON_US);
  house->told = g_string_new (NULL);
  house->said = g_string_new (NULL);
  house->registrar = kith_edge_registrar_new (house->clock, key, &funcs, house);
  house->reply.lines = g_string_new (NULL);
  house->from
      = (KithRegisterFrom){ .transport = KITH_SIP_TRANSPORT_UDP,
                            .source = { .family = 4, .ip = { 192, 168, 1, 7 }, .port = 5062 },
                            .source_key = 7 };
  house->cseq = 1;
  house->nc = 1;
  house->to = "desk";
  order_phone (house, "desk", KITH_PHONE_DIGEST_AUTO);
  order_open (house, FALSE);
}

static inline void
house_down (House *house, gconstpointer data)
{
  kith_edge_registrar_free (house->registrar);
  g_string_free (house->reply.lines, TRUE);
  g_string_free (house->told, TRUE);
  g_string_free (house->said, TRUE);
  g_object_unref (house->clock);
  g_free (house->nonce);
}

/* Sends a REGISTER with these header lines, and @authorization (nullable). */
static inline guint
send (House *house, const char *lines, const char *authorization)
{
  g_autofree gchar *text = g_strdup_printf (
      "REGISTER sip:192.168.1.5 SIP/2.0\r\n"
      "Via: SIP/2.0/UDP 192.168.1.7:5062;branch=z9hG4bK%s%u\r\n"
      "From: <sip:%s@192.168.1.5>;tag=1\r\nTo: <sip:%s@192.168.1.5>\r\n"
      "Call-ID: reg-1@192.168.1.7\r\nCSeq: %u REGISTER\r\nUser-Agent: Yealink SIP-T31P\r\n%s%s"
      "Content-Length: 0\r\n\r\n",
      house->branch != NULL ? house->branch : "b",
      house->branch != NULL ? 0 : house->cseq,
      house->to,
      house->to,
      house->cseq,
      lines,
      authorization != NULL ? authorization : "");
  static KithSipLines request;

  g_assert_true (kith_sip_lines_read (&request, text, strlen (text)));
  kith_edge_registrar_take (house->registrar, &request, &house->from, &house->reply);
  return house->reply.status;
}

/* The nonce of the challenge that came. */
static inline void
take_nonce (House *house)
{
  const char *at = strstr (house->reply.lines->str, "nonce=\"");

  g_assert_nonnull (at);
  at += strlen ("nonce=\"");
  g_free (house->nonce);
  house->nonce = g_strndup (at, strcspn (at, "\""));
  house->nc = 1;
}

static inline gchar *
hash (KithDigestAlgorithm algorithm, const char *text)
{
  return g_compute_checksum_for_string (algorithm == KITH_DIGEST_MD5 ? G_CHECKSUM_MD5
                                                                     : G_CHECKSUM_SHA256,
                                        text,
                                        -1);
}

/* An Authorization line, computed here as RFC 7616 says. */
static inline gchar *
authorize (House *house, KithDigestAlgorithm algorithm, const char *user, const char *password)
{
  g_autofree gchar *a1 = g_strdup_printf ("%s:kith:%s", user, password);
  g_autofree gchar *ha1 = hash (algorithm, a1);
  g_autofree gchar *ha2 = hash (algorithm, "REGISTER:sip:192.168.1.5");
  g_autofree gchar *all
      = g_strdup_printf ("%s:%s:%08x:0a4f:auth:%s", ha1, house->nonce, house->nc, ha2);
  g_autofree gchar *response = hash (algorithm, all);

  return g_strdup_printf (
      "Authorization: Digest username=\"%s\", realm=\"kith\", nonce=\"%s\", "
      "uri=\"sip:192.168.1.5\", response=\"%s\", algorithm=%s, cnonce=\"0a4f\", qop=auth, "
      "nc=%08x\r\n",
      user,
      house->nonce,
      response,
      kith_digest_algorithm_word (algorithm),
      house->nc);
}

/* The same with the right password and a nonce, which is asked for first. */
static inline guint
enter_as (House *house, KithDigestAlgorithm algorithm, const char *lines)
{
  if (house->nonce == NULL) {
    g_assert_cmpuint (send (house, lines, NULL), ==, 401);
    take_nonce (house);
    house->cseq++;
  }
  g_autofree gchar *authorization = authorize (house, algorithm, house->to, PASSWORD);
  const guint status = send (house, lines, authorization);
  house->cseq++;
  house->nc++;
  return status;
}

static inline guint
enter (House *house, const char *lines)
{
  return enter_as (house, KITH_DIGEST_SHA256, lines);
}

static inline void
assert_told (House *house, const char *told)
{
  g_assert_cmpstr (house->told->str, ==, told);
  g_string_truncate (house->told, 0);
}

static inline gboolean
says (House *house, const char *text)
{
  return strstr (house->reply.lines->str, text) != NULL;
}

#define CONTACT "Contact: <sip:desk@192.168.1.7:5062>\r\n"
#define LONG_CONTACT "Contact: <sip:desk@192.168.1.7:5062>;expires=3600\r\n"
