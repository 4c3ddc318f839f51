/* SPDX-License-Identifier: GPL-3.0-or-later */
/* REGISTER, case by case, on a clock that the test moves: who may, what becomes of the bindings,
   what kithd is told, and who gets no answer. */
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

static void
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
static void
on_ask (const KithBinding *binding, gpointer user_data)
{
  House *house = user_data;

  house->asked = binding->asked;
  g_string_append_printf (house->said, "ask %u\n", binding->id);
}

static void
on_ping (const KithBinding *binding, gpointer user_data)
{
  House *house = user_data;

  g_string_append_printf (house->said, "ping %u\n", binding->id);
}

static const KithRegistrarFuncs funcs = { on_frame, on_ask, on_ping };

static void
order_phone (House *house, const char *name, KithPhoneDigest digest)
{
  KithEdgeFrame frame = { .type = KITH_EDGE_PHONE };

  (void)g_strlcpy (frame.phone.name, name, sizeof frame.phone.name);
  (void)g_strlcpy (frame.phone.number, "11", sizeof frame.phone.number);
  frame.phone.digest = digest;
  kith_phone_secret_make (name, PASSWORD, &frame.phone.secret);
  kith_edge_registrar_order (house->registrar, &frame);
}

static void
order_open (House *house, gboolean outside)
{
  const KithEdgeFrame frame
      = { .type = KITH_EDGE_OPEN, .rules = { .outside = outside, .max_expires_s = 3600 } };

  kith_edge_registrar_order (house->registrar, &frame);
}

static void
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

static void
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
static guint
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
static void
take_nonce (House *house)
{
  const char *at = strstr (house->reply.lines->str, "nonce=\"");

  g_assert_nonnull (at);
  at += strlen ("nonce=\"");
  g_free (house->nonce);
  house->nonce = g_strndup (at, strcspn (at, "\""));
  house->nc = 1;
}

static gchar *
hash (KithDigestAlgorithm algorithm, const char *text)
{
  return g_compute_checksum_for_string (algorithm == KITH_DIGEST_MD5 ? G_CHECKSUM_MD5
                                                                     : G_CHECKSUM_SHA256,
                                        text,
                                        -1);
}

/* An Authorization line, computed here as RFC 7616 says. */
static gchar *
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
static guint
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

static guint
enter (House *house, const char *lines)
{
  return enter_as (house, KITH_DIGEST_SHA256, lines);
}

static void
assert_told (House *house, const char *told)
{
  g_assert_cmpstr (house->told->str, ==, told);
  g_string_truncate (house->told, 0);
}

static gboolean
says (House *house, const char *text)
{
  return strstr (house->reply.lines->str, text) != NULL;
}

#define CONTACT "Contact: <sip:desk@192.168.1.7:5062>\r\n"
#define LONG_CONTACT "Contact: <sip:desk@192.168.1.7:5062>;expires=3600\r\n"

static void
test_register (House *house, gconstpointer data)
{
  g_assert_cmpuint (send (house, CONTACT, NULL), ==, 401);
  const char *sha = strstr (house->reply.lines->str, "algorithm=SHA-256");
  const char *md5 = strstr (house->reply.lines->str, "algorithm=MD5");
  g_assert_true (sha != NULL && md5 != NULL && sha < md5);
  g_assert_true (says (house, "realm=\"kith\""));
  g_assert_true (says (house, "qop=\"auth\""));
  g_assert_false (says (house, "stale=true"));
  assert_told (house, "");
  house->cseq++;
  take_nonce (house);
  g_assert_cmpuint (enter (house, CONTACT), ==, 200);
  g_assert_true (says (house, "<sip:desk@192.168.1.7:5062>;expires=300"));
  g_assert_true (says (house, "Date: Thu, 01 Jan 2026 12:00:00 GMT\r\n"));
  assert_told (house, "bound desk 1 sip:desk@192.168.1.7:5062\ndesk is 0 Yealink SIP-T31P\n");
  g_assert_cmpint (house->expires_s, ==, NOON_S + 300);

  /* a question: who is there */
  g_assert_cmpuint (enter (house, ""), ==, 200);
  g_assert_true (says (house, "sip:desk@192.168.1.7:5062"));
  /* a refresh has the same number */
  kith_clock_advance (house->clock, 60000);
  g_assert_cmpuint (enter (house, CONTACT "Expires: 7200\r\n"), ==, 200);
  g_assert_true (says (house, ";expires=3600"));
  g_assert_cmpuint (house->last_id, ==, 1);
  g_assert_cmpint (house->expires_s, ==, NOON_S + 3660);
  g_string_truncate (house->told, 0);
  /* gone */
  g_assert_cmpuint (enter (house, "Contact: *\r\nExpires: 0\r\n"), ==, 200);
  g_assert_false (says (house, "sip:desk@"));
  assert_told (house, "unbound 1\n");
}

static void
test_md5 (House *house, gconstpointer data)
{
  g_assert_cmpuint (enter_as (house, KITH_DIGEST_MD5, CONTACT), ==, 200);
  g_assert_cmpuint (kith_edge_registrar_find (house->registrar, kith_sip_piece ("desk"))->set.n,
                    ==,
                    1);
}

/* The digest that kithd says is the only one. */
static void
test_digest_of_phone (House *house, gconstpointer data)
{
  order_phone (house, "desk", KITH_PHONE_DIGEST_SHA256);
  g_assert_cmpuint (send (house, CONTACT, NULL), ==, 401);
  g_assert_false (says (house, "MD5"));
  take_nonce (house);
  house->cseq++;
  g_assert_cmpuint (enter_as (house, KITH_DIGEST_MD5, CONTACT), ==, 401);
  order_phone (house, "desk", KITH_PHONE_DIGEST_MD5);
  house->cseq++;
  g_assert_cmpuint (send (house, CONTACT, NULL), ==, 401);
  g_assert_false (says (house, "SHA-256"));
}

static void
assert_challenges (House *house, gboolean sha256)
{
  g_assert_cmpuint (send (house, CONTACT, NULL), ==, 401);
  g_assert_cmpint (says (house, "SHA-256"), ==, sha256);
  g_assert_true (says (house, "MD5"));
  house->cseq++;
}

/* One that comes back with nothing twice gets MD5 alone, from then on. */
static void
test_first_challenge_only (House *house, gconstpointer data)
{
  assert_challenges (house, TRUE);
  assert_challenges (house, TRUE);
  assert_challenges (house, FALSE);
  take_nonce (house);
  g_assert_cmpuint (enter_as (house, KITH_DIGEST_MD5, CONTACT), ==, 200);
  assert_challenges (house, FALSE);
  kith_clock_advance (house->clock, (KITH_NONCE_LIFE_S + 1) * 1000);
  g_assert_cmpuint (enter_as (house, KITH_DIGEST_MD5, CONTACT),
                    ==,
                    401); /* also when it is stale */
  g_assert_false (says (house, "SHA-256"));
}

/* So does one that gave up, and tries again later. */
static void
test_gives_up (House *house, gconstpointer data)
{
  KithEdgeFrame other = { .type = KITH_EDGE_PHONE, .phone = { .name = "desk", .number = "11" } };

  assert_challenges (house, TRUE);
  kith_clock_advance (house->clock, 5000);
  assert_challenges (house, FALSE);
  kith_phone_secret_make ("desk", "another-password", &other.phone.secret);
  kith_edge_registrar_order (house->registrar, &other); /* another phone, it may be */
  assert_challenges (house, TRUE);
}

/* Unknown users and wrong passwords have the same answer. */
static void
test_wrong (House *house, gconstpointer data)
{
  static const char *const users[] = { "desk", "nobody" };

  for (guint i = 0; i < G_N_ELEMENTS (users); i++) {
    house->to = users[i];
    g_assert_cmpuint (send (house, CONTACT, NULL), ==, 401);
    take_nonce (house);
    house->cseq++;
    g_autofree gchar *wrong = authorize (house, KITH_DIGEST_SHA256, users[i], "guess-guess");
    g_assert_cmpuint (send (house, CONTACT, wrong), ==, 403);
    g_assert_cmpstr (house->reply.phrase, ==, "Wrong user or password");
    g_assert_cmpuint (house->reply.lines->len, ==, 0);
    house->cseq++;
  }
  assert_told (house, "desk is 2 \n"); /* of the one who is none nothing is told */

  /* another's credentials */
  order_phone (house, "attic", KITH_PHONE_DIGEST_AUTO);
  house->to = "attic";
  g_autofree gchar *other = authorize (house, KITH_DIGEST_SHA256, "desk", PASSWORD);
  g_assert_cmpuint (send (house, CONTACT, other), ==, 403);
}

static void
test_other_realm (House *house, gconstpointer data)
{
  g_assert_cmpuint (send (house,
                          CONTACT,
                          "Authorization: Digest username=\"desk\", realm=\"asterisk\", "
                          "nonce=\"1\", uri=\"sip:192.168.1.5\", "
                          "response=\"00112233445566778899aabbccddeeff\"\r\n"),
                    ==,
                    401);
  assert_told (house, "desk is 3 asterisk\n");
}

/* Five wrong passwords, then silence, longer each time; others are heard. */
static void
test_silence (House *house, gconstpointer data)
{
  g_assert_cmpuint (send (house, CONTACT, NULL), ==, 401);
  take_nonce (house);
  for (guint round = 0; round < 2; round++) {
    for (guint i = 0; i < KITH_GUESSES; i++) {
      g_autofree gchar *wrong = authorize (house, KITH_DIGEST_MD5, "desk", "guess-guess");
      house->cseq++;
      g_assert_cmpuint (send (house, CONTACT, wrong), ==, 403);
    }
    g_assert_cmpuint (send (house, CONTACT, NULL), ==, 0);
    kith_clock_advance (house->clock, (KITH_SILENCE_S << round) * 1000 - 1);
    g_assert_cmpuint (enter (house, CONTACT), ==, 0);
    house->from.source_key = 8;
    g_assert_cmpuint (send (house, CONTACT, NULL), ==, 401);
    house->from.source_key = 7;
    kith_clock_advance (house->clock, 1);
    g_assert_cmpuint (send (house, CONTACT, NULL), ==, 401);
  }
  /* four in a minute are forgiven */
  for (guint i = 0; i < 12; i++) {
    g_autofree gchar *wrong = authorize (house, KITH_DIGEST_MD5, "desk", "guess-guess");
    house->cseq++;
    kith_clock_advance (house->clock, 15001);
    g_assert_cmpuint (send (house, CONTACT, wrong), ==, 403);
  }
}

/* From outside, without phones, and before all was told: nothing. */
static void
test_strangers (House *house, gconstpointer data)
{
  const KithEndpoint inside = house->from.source;
  const KithEndpoint outside = { .family = 4, .ip = { 203, 0, 113, 9 }, .port = 5060 };
  guint8 key[KITH_EDGE_KEY_LEN] = { 0 };

  house->from.source = outside;
  g_assert_cmpuint (send (house, CONTACT, NULL), ==, 0);
  order_open (house, TRUE);
  g_assert_cmpuint (send (house, CONTACT, NULL), ==, 401);
  house->from.source = inside;
  kith_edge_registrar_free (house->registrar);
  house->registrar = kith_edge_registrar_new (house->clock, key, &funcs, house);
  order_open (house, FALSE);
  g_assert_cmpuint (send (house, CONTACT, NULL), ==, 0);
  kith_edge_registrar_free (house->registrar);
  house->registrar = kith_edge_registrar_new (house->clock, key, &funcs, house);
  order_phone (house, "desk", KITH_PHONE_DIGEST_AUTO);
  g_assert_cmpuint (send (house, CONTACT, NULL), ==, 0);
}

/* Counts of a nonce rise; what was used or is old is stale. */
static void
test_nonces (House *house, gconstpointer data)
{
  g_assert_cmpuint (enter (house, CONTACT), ==, 200);
  house->nc = 1;
  g_assert_cmpuint (enter (house, CONTACT), ==, 401);
  g_assert_true (says (house, "stale=true"));
  house->nc = 40;
  g_assert_cmpuint (enter (house, CONTACT), ==, 200);
  house->nc = 9; /* late, within the window */
  g_assert_cmpuint (enter (house, CONTACT), ==, 200);
  house->nc = 9;
  g_assert_cmpuint (enter (house, CONTACT), ==, 401);
  house->nc = 8; /* too late */
  g_assert_cmpuint (enter (house, CONTACT), ==, 401);
  kith_clock_advance (house->clock, (KITH_NONCE_LIFE_S + 1) * 1000);
  house->nc = 41;
  g_assert_cmpuint (enter (house, CONTACT), ==, 401);
  g_assert_true (says (house, "stale=true"));
  take_nonce (house);
  g_assert_cmpuint (enter (house, CONTACT), ==, 200);

  /* one that we never made */
  g_free (house->nonce);
  house->nonce = g_strdup ("695659c00123456789abcdef");
  house->nc = 1;
  g_assert_cmpuint (enter (house, CONTACT), ==, 401);
  g_assert_true (says (house, "stale=true"));

  /* of more nonces than are remembered none can be used again */
  gchar *first = NULL;
  kith_clock_advance (house->clock, 1000); /* a stale answer brings the nonce of the next second */
  for (guint i = 0; i < KITH_NONCE_USES + 1; i++) {
    kith_clock_advance (house->clock, 1000);
    g_assert_cmpuint (send (house, CONTACT, NULL), ==, 401);
    house->cseq++;
    take_nonce (house);
    first = first == NULL ? g_strdup (house->nonce) : first;
    g_assert_cmpuint (enter (house, CONTACT), ==, 200);
  }
  g_free (house->nonce);
  house->nonce = first;
  house->nc = 1;
  g_assert_cmpuint (enter (house, CONTACT), ==, 401);
}

/* The same datagram again has the same answer, and changes nothing. */
static void
test_repetition (House *house, gconstpointer data)
{
  g_assert_cmpuint (send (house, CONTACT, NULL), ==, 401);
  take_nonce (house);
  house->cseq++;
  house->branch = "same";
  g_autofree gchar *authorization = authorize (house, KITH_DIGEST_SHA256, "desk", PASSWORD);
  g_assert_cmpuint (send (house, CONTACT, authorization), ==, 200);
  g_string_truncate (house->told, 0);
  kith_clock_advance (house->clock, 500);
  g_assert_cmpuint (send (house, CONTACT, authorization), ==, 200);
  g_assert_true (says (house, "sip:desk@192.168.1.7:5062"));
  assert_told (house, "");
  house->from.source.ip[3] = 66; /* from somewhere else it is none */
  g_assert_cmpuint (send (house, CONTACT, authorization), ==, 401);
  house->from.source.ip[3] = 7;
  kith_clock_advance (house->clock, 32000);
  g_assert_cmpuint (send (house, CONTACT, authorization), ==, 401);
}

static void
test_refused_changes (House *house, gconstpointer data)
{
  g_assert_cmpuint (enter (house, CONTACT "Expires: 59\r\n"), ==, 423);
  g_assert_true (says (house, "Min-Expires: 60\r\n"));
  g_assert_cmpuint (enter (house, "Contact: *\r\n"), ==, 400);
  g_assert_cmpuint (enter (house, "Contact: <mailto:a@b>\r\n"), ==, 400);
  g_assert_cmpuint (enter (house, CONTACT), ==, 200);
  house->cseq--; /* the number of before, in another transaction */
  house->branch = "other";
  g_assert_cmpuint (enter (house, CONTACT "Expires: 0\r\n"), ==, 500);
  g_assert_cmpuint (kith_edge_registrar_find (house->registrar, kith_sip_piece ("desk"))->set.n,
                    ==,
                    1);
}

static void
test_outbound (House *house, gconstpointer data)
{
  g_assert_cmpuint (enter (house,
                           "Supported: outbound, path\r\nPath: <sip:10.0.0.9;lr>\r\n"
                           "Contact: <sip:desk@192.168.1.7:5062>;reg-id=1;"
                           "+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-805EC0000000>\"\r\n"),
                    ==,
                    200);
  g_assert_true (says (house, "Require: outbound\r\n"));
  g_assert_true (says (house, "Path: <sip:10.0.0.9;lr>\r\n"));
  const KithTabled *desk = kith_edge_registrar_find (house->registrar, kith_sip_piece ("desk"));
  g_assert_cmpstr (desk->set.items[0]->instance,
                   ==,
                   "<urn:uuid:00000000-0000-1000-8000-805EC0000000>");
}

/* Time, lost connections, and kithd end bindings. */
static void
test_ends (House *house, gconstpointer data)
{
  g_assert_cmpuint (enter (house, CONTACT "Expires: 60\r\n"), ==, 200);
  house->from.transport = KITH_SIP_TRANSPORT_TCP;
  house->from.flow = 5;
  g_assert_cmpuint (enter (house, "Contact: <sip:desk@192.168.1.7:5070;transport=tcp>\r\n"),
                    ==,
                    200);
  g_assert_cmpuint (enter (house, "Contact: <sip:desk@192.168.1.7:5071;transport=tcp>\r\n"),
                    ==,
                    200);
  g_string_truncate (house->told, 0);
  kith_clock_advance (house->clock, 59000);
  assert_told (house, "");
  kith_clock_advance (house->clock, 2000); /* nobody asks: it is told all the same */
  assert_told (house, "unbound 1\n");
  const KithEdgeFrame end = { .type = KITH_EDGE_UNBIND, .binding = { .id = 2 } };
  kith_edge_registrar_order (house->registrar, &end);
  kith_edge_registrar_order (house->registrar, &end);
  assert_told (house, "unbound 2\n");
  kith_edge_registrar_lost (house->registrar, 6);
  assert_told (house, "");
  kith_edge_registrar_lost (house->registrar, 5);
  assert_told (house, "unbound 3\n");
}

/* A new edge: what kithd kept is there, and numbers go on. */
static void
test_bind (House *house, gconstpointer data)
{
  KithEdgeFrame bind = { .type = KITH_EDGE_BIND };

  bind.binding = (KithEdgeBinding){ .id = 41,
                                    .phone = "desk",
                                    .contact = "sip:desk@192.168.1.9",
                                    .call_id = "c",
                                    .cseq = 1,
                                    .q = 1000,
                                    .expires_s = NOON_S + 100,
                                    .source = house->from.source };
  kith_edge_registrar_order (house->registrar, &bind);
  bind.binding.id = 42;
  bind.binding.expires_s = NOON_S;
  kith_edge_registrar_order (house->registrar, &bind);
  assert_told (house, "unbound 42\n"); /* it ran out meanwhile */
  bind.binding.id = 43;
  bind.binding.expires_s = NOON_S + 100;
  (void)g_strlcpy (bind.binding.phone, "nobody", sizeof bind.binding.phone);
  kith_edge_registrar_order (house->registrar, &bind);
  assert_told (house, "unbound 43\n");
  g_assert_cmpuint (enter (house, CONTACT), ==, 200);
  g_assert_cmpuint (house->last_id, ==, 44);
  g_assert_true (says (house, "sip:desk@192.168.1.9"));
  g_string_truncate (house->told, 0);
  const KithEdgeFrame gone = { .type = KITH_EDGE_PHONE_GONE, .phone = { .name = "desk" } };
  kith_edge_registrar_order (house->registrar, &gone);
  assert_told (house, "unbound 41\nunbound 44\n");
  g_assert_null (kith_edge_registrar_find (house->registrar, kith_sip_piece ("desk")));
}

/* What the phones were asked since, and what kithd heard of it. */
static void
assert_said (House *house, const char *said, const char *told)
{
  g_assert_cmpstr (house->said->str, ==, said);
  g_string_truncate (house->said, 0);
  assert_told (house, told);
}

/* It is asked soon, then each minute; three that have no answer, and it is not to be reached; one
   answer, and it is. */
static void
test_keeper (House *house, gconstpointer data)
{
  g_assert_cmpuint (enter (house, LONG_CONTACT), ==, 200);
  g_string_truncate (house->told, 0);
  kith_clock_advance (house->clock, KITH_KEEPER_SOON_MS - 1);
  assert_said (house, "", "");
  kith_clock_advance (house->clock, 1);
  assert_said (house, "ask 1\n", "");
  kith_clock_advance (house->clock, 7);
  kith_edge_registrar_hear (house->registrar, 1, house->asked - 2); /* another one's */
  kith_edge_registrar_hear (house->registrar, 2, house->asked);
  assert_told (house, "");
  kith_edge_registrar_hear (house->registrar, 1, house->asked);
  assert_told (house, "reach 1 there 7 ms\n");
  kith_edge_registrar_hear (house->registrar, 1, house->asked); /* said once */
  kith_clock_advance (house->clock, KITH_KEEPER_AGAIN_MS - 8);
  assert_said (house, "", "");
  for (guint i = 0; i < KITH_BINDING_MISSES; i++) { /* silent: over UDP each is said four times */
    kith_clock_advance (house->clock, KITH_KEEPER_PATIENCE_MS + 1);
    assert_said (house,
                 "ask 1\nask 1\nask 1\nask 1\n",
                 i == KITH_BINDING_MISSES - 1 ? "reach 1 silent 7 ms\n" : "");
    kith_clock_advance (house->clock, KITH_KEEPER_AGAIN_MS - KITH_KEEPER_PATIENCE_MS - 1);
  }
  kith_clock_advance (house->clock, 1);
  kith_edge_registrar_hear (house->registrar, 1, house->asked);
  assert_told (house, "reach 1 there 1 ms\n");
  /* two misses do not make it flap */
  for (guint i = 0; i < 4; i++) {
    kith_clock_advance (house->clock, 2 * KITH_KEEPER_AGAIN_MS);
    assert_told (house, "");
    kith_clock_advance (house->clock, KITH_KEEPER_AGAIN_MS);
    kith_edge_registrar_hear (house->registrar, 1, house->asked);
    g_string_truncate (house->told, 0);
  }
}

/* A REGISTER is an answer, too; a binding that is gone is not asked; over TCP nothing is said
   twice. */
static void
test_keeper_register (House *house, gconstpointer data)
{
  g_assert_cmpuint (enter (house, LONG_CONTACT), ==, 200);
  kith_clock_advance (house->clock, 2 * KITH_KEEPER_AGAIN_MS + 10000);
  g_string_truncate (house->told, 0);
  g_assert_cmpuint (enter (house, LONG_CONTACT), ==, 200);
  kith_clock_advance (house->clock, KITH_KEEPER_AGAIN_MS);
  assert_told (house, "bound desk 1 sip:desk@192.168.1.7:5062\ndesk is 0 Yealink SIP-T31P\n");
  g_assert_cmpuint (enter (house, "Contact: *\r\nExpires: 0\r\n"), ==, 200);
  g_string_truncate (house->said, 0);
  kith_clock_advance (house->clock, KITH_KEEPER_AGAIN_MS);
  g_assert_cmpstr (house->said->str, ==, "");

  house->from.transport = KITH_SIP_TRANSPORT_TCP;
  house->from.flow = 5;
  g_assert_cmpuint (enter (house, "Contact: <sip:desk@192.168.9.7:5070;transport=tcp>\r\n"),
                    ==,
                    200);
  kith_clock_advance (house->clock, KITH_KEEPER_AGAIN_MS);
  g_assert_cmpstr (house->said->str, ==, "ask 2\n");
}

/* Behind a NAT the way is kept open each 25 s, over UDP, as long as it is behind one. */
static void
test_keeper_nat (House *house, gconstpointer data)
{
  static const char contact[]
      = "Contact: <sip:desk@10.0.0.7:5062>;reg-id=1;+sip.instance=\"<urn:x:1>\"\r\n";
  static const char direct[]
      = "Contact: <sip:desk@192.168.1.7:5062>;reg-id=1;+sip.instance=\"<urn:x:1>\";expires=600\r\n";

  g_assert_cmpuint (enter (house, contact), ==, 200);
  g_assert_true (says (house, ";expires=120;"));
  kith_clock_advance (house->clock, KITH_KEEPER_PING_MS - 1);
  g_assert_null (strstr (house->said->str, "ping"));
  g_assert_cmpuint (enter (house, contact), ==, 200); /* that changes nothing */
  g_string_truncate (house->said, 0);
  kith_clock_advance (house->clock, 1);
  g_assert_cmpstr (house->said->str, ==, "ping 1\n");
  kith_clock_advance (house->clock, KITH_KEEPER_PING_MS - 1);
  g_assert_cmpstr (house->said->str, ==, "ping 1\n");
  kith_clock_advance (house->clock, 1);
  g_assert_cmpstr (house->said->str, ==, "ping 1\nping 1\n");
  g_assert_cmpuint (enter (house, direct), ==, 200);
  g_string_truncate (house->said, 0);
  kith_clock_advance (house->clock, 2 * KITH_KEEPER_PING_MS);
  g_assert_null (strstr (house->said->str, "ping"));
}

/* When all are due at once, they are asked one after the other, and all within the round. */
static void
test_keeper_many (House *house, gconstpointer data)
{
  KithEdgeFrame bind = { .type = KITH_EDGE_BIND };

  bind.binding = (KithEdgeBinding){ .contact = "sip:d@192.168.1.9",
                                    .call_id = "c",
                                    .cseq = 1,
                                    .q = 1000,
                                    .expires_s = NOON_S + 3600,
                                    .source = house->from.source };
  for (guint i = 1; i <= 20000; i++) {
    bind.binding.id = i;
    (void)g_snprintf (bind.binding.phone, sizeof bind.binding.phone, "p%u", i);
    order_phone (house, bind.binding.phone, KITH_PHONE_DIGEST_MD5);
    kith_edge_registrar_order (house->registrar, &bind);
  }
  kith_clock_advance (house->clock, KITH_KEEPER_SOON_MS);
  const gsize line = strlen ("ask 1\n");
  g_assert_cmpuint (house->said->len / line, <=, 40);
  kith_clock_advance (house->clock, (KITH_KEEPER_ROUND_S + 1) * 1000);
  g_assert_nonnull (strstr (house->said->str, "ask 20000\n"));
  g_assert_cmpstr (house->told->str, ==, "");
}

/* An INVITE that calls itself @user's, with @authorization (nullable). */
static KithEdgeWho
dial (House *house, const char *user, const char *authorization)
{
  g_autofree gchar *text
      = g_strdup_printf ("INVITE sip:bob@192.168.1.5 SIP/2.0\r\n"
                         "Via: SIP/2.0/UDP 192.168.1.7:5062;branch=z9hG4bKi%u\r\n"
                         "From: <sip:%s@192.168.1.5>;tag=1\r\nTo: <sip:bob@192.168.1.5>\r\n"
                         "Call-ID: i-1@192.168.1.7\r\nCSeq: %u INVITE\r\n%s"
                         "Content-Length: 0\r\n\r\n",
                         house->cseq,
                         user,
                         house->cseq,
                         authorization != NULL ? authorization : "");
  static KithSipLines request;
  const char *phone = NULL;

  house->cseq++;
  g_assert_true (kith_sip_lines_read (&request, text, strlen (text)));
  KithEdgeWho who
      = kith_edge_registrar_who (house->registrar, &request, &house->from, &phone, &house->reply);
  g_assert_cmpstr (phone, ==, who == KITH_EDGE_WHO_PHONE ? "desk" : NULL);
  return who;
}

/* The credentials for that, which are a proxy's. */
static gchar *
authorize_call (House *house, const char *password)
{
  g_autofree gchar *a1 = g_strdup_printf ("desk:kith:%s", password);
  g_autofree gchar *ha1 = hash (KITH_DIGEST_SHA256, a1);
  g_autofree gchar *ha2 = hash (KITH_DIGEST_SHA256, "INVITE:sip:bob@192.168.1.5");
  g_autofree gchar *all
      = g_strdup_printf ("%s:%s:%08x:0a4f:auth:%s", ha1, house->nonce, house->nc, ha2);
  g_autofree gchar *response = hash (KITH_DIGEST_SHA256, all);

  return g_strdup_printf ("Proxy-Authorization: Digest username=\"desk\", realm=\"kith\", "
                          "nonce=\"%s\", uri=\"sip:bob@192.168.1.5\", response=\"%s\", "
                          "algorithm=SHA-256, cnonce=\"0a4f\", qop=auth, nc=%08x\r\n",
                          house->nonce,
                          response,
                          house->nc++);
}

/* Who calls: a phone is believed where it gave its password lately, else it is asked. */
static void
test_who (House *house, gconstpointer data)
{
  g_assert_cmpint (dial (house, "desk", NULL), ==, KITH_EDGE_WHO_OTHER); /* not registered */
  g_assert_cmpuint (enter (house, LONG_CONTACT), ==, 200);
  g_assert_cmpint (dial (house, "desk", NULL), ==, KITH_EDGE_WHO_PHONE);
  g_assert_cmpint (dial (house, "dect", NULL), ==, KITH_EDGE_WHO_OTHER);
  house->from.source.ip[3] = 8; /* another host that knows the name */
  g_assert_cmpint (dial (house, "desk", NULL), ==, KITH_EDGE_WHO_OTHER);
  house->from.source.ip[3] = 7;
  house->from.source.port = 40000; /* the same host, another program */
  g_assert_cmpint (dial (house, "desk", NULL), ==, KITH_EDGE_WHO_ASKED);
  g_assert_cmpuint (house->reply.status, ==, 407);
  g_assert_nonnull (strstr (house->reply.lines->str, "Proxy-Authenticate: Digest"));
  house->from.source.port = 5062;
  kith_clock_advance (house->clock, (KITH_NONCE_LIFE_S + 1) * 1000);
  g_assert_cmpint (dial (house, "desk", NULL), ==, KITH_EDGE_WHO_ASKED);
  take_nonce (house);
  g_autofree gchar *wrong = authorize_call (house, "guess-guess-guess-guess");
  g_assert_cmpint (dial (house, "desk", wrong), ==, KITH_EDGE_WHO_ASKED);
  g_assert_cmpuint (house->reply.status, ==, 403);
  g_autofree gchar *right = authorize_call (house, PASSWORD);
  g_assert_cmpint (dial (house, "desk", right), ==, KITH_EDGE_WHO_PHONE);
  g_assert_cmpint (dial (house, "desk", NULL), ==, KITH_EDGE_WHO_PHONE);
}

/* A connection that it registered by is enough; another one of the same host is not. */
static void
test_who_by_connection (House *house, gconstpointer data)
{
  house->from.transport = KITH_SIP_TRANSPORT_TCP;
  house->from.flow = 4;
  g_assert_cmpuint (enter (house, LONG_CONTACT), ==, 200);
  kith_clock_advance (house->clock, (KITH_NONCE_LIFE_S + 1) * 1000);
  g_assert_cmpint (dial (house, "desk", NULL), ==, KITH_EDGE_WHO_PHONE);
  house->from.flow = 5;
  g_assert_cmpint (dial (house, "desk", NULL), ==, KITH_EDGE_WHO_ASKED);
}

/* Many phones, some of which go: each is found, none twice. */
static void
test_many (House *house, gconstpointer data)
{
  KithEdgeFrame gone = { .type = KITH_EDGE_PHONE_GONE };

  for (guint i = 0; i < 1000; i++) {
    g_autofree gchar *name = g_strdup_printf ("p%u", i);
    order_phone (house, name, KITH_PHONE_DIGEST_AUTO);
  }
  for (guint i = 0; i < 1000; i += 3) {
    g_snprintf (gone.phone.name, sizeof gone.phone.name, "p%u", i);
    kith_edge_registrar_order (house->registrar, &gone);
  }
  for (guint i = 0; i < 1000; i++) {
    g_autofree gchar *name = g_strdup_printf ("p%u", i);
    const KithTabled *tabled = kith_edge_registrar_find (house->registrar, kith_sip_piece (name));
    g_assert_true ((tabled != NULL) == (i % 3 != 0));
    g_assert_true (tabled == NULL || g_str_equal (tabled->phone.name, name));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/registrar/" name, House, NULL, house_up, func, house_down)
  ADD ("register", test_register);
  ADD ("md5", test_md5);
  ADD ("digest-of-phone", test_digest_of_phone);
  ADD ("first-challenge-only", test_first_challenge_only);
  ADD ("gives-up", test_gives_up);
  ADD ("wrong", test_wrong);
  ADD ("other-realm", test_other_realm);
  ADD ("silence", test_silence);
  ADD ("strangers", test_strangers);
  ADD ("nonces", test_nonces);
  ADD ("repetition", test_repetition);
  ADD ("refused-changes", test_refused_changes);
  ADD ("outbound", test_outbound);
  ADD ("ends", test_ends);
  ADD ("keeper", test_keeper);
  ADD ("keeper-register", test_keeper_register);
  ADD ("keeper-nat", test_keeper_nat);
  ADD ("keeper-many", test_keeper_many);
  ADD ("bind", test_bind);
  ADD ("who", test_who);
  ADD ("who-by-connection", test_who_by_connection);
  ADD ("many", test_many);
  return g_test_run ();
}
