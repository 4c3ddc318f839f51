/* SPDX-License-Identifier: GPL-3.0-or-later */
/* REGISTER, case by case, on a clock that the test moves: who may, what becomes of the bindings,
   what kithd is told, and who gets no answer. */
#include "edge/worker/registrar/phone-news.h"
#include "registrar-house.h"

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
  kith_clock_advance (house->clock, 1000);
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

/* Two devices with one account that are asked in the same second do not use up each other's
   nonce. */
static void
test_two_at_once (House *house, gconstpointer data)
{
  g_assert_cmpuint (send (house, CONTACT, NULL), ==, 401);
  take_nonce (house);
  g_autofree gchar *first = g_strdup (house->nonce);
  house->cseq++;
  g_assert_cmpuint (send (house, CONTACT, NULL), ==, 401);
  take_nonce (house);
  g_assert_cmpstr (house->nonce, !=, first);
  house->cseq++;
  g_assert_cmpuint (enter (house, CONTACT), ==, 200);
  g_free (house->nonce);
  house->nonce = g_steal_pointer (&first);
  house->nc = 1;
  g_assert_cmpuint (enter (house, CONTACT), ==, 200);
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

#define INSTANCE "+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-805EC0000000>\""

/* RFC 5627: a GRUU for whoever asks and has an instance, the same each time. */
static void
test_gruu (House *house, gconstpointer data)
{
  static const char contact[] = "Contact: <sip:desk@192.168.1.7:5062>;" INSTANCE "\r\n";
  static const char with_gruu[] = "Supported: gruu, path\r\n"
                                  "Contact: <sip:desk@192.168.1.7:5062>;" INSTANCE "\r\n";
  static const char gruu[]
      = "pub-gruu=\"sip:desk@192.168.1.5;gr=urn:uuid:00000000-0000-1000-8000-805EC0000000\"";

  g_assert_cmpuint (enter (house, contact), ==, 200);
  g_assert_false (says (house, "gruu=")); /* not asked for */
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpuint (enter (house, with_gruu), ==, 200);
    g_assert_true (says (house, gruu));
    g_assert_false (says (house, "temp-gruu"));
    g_assert_true (says (house, "Supported: path, outbound, gruu\r\n"));
  }
  g_assert_cmpuint (enter (house, "Contact: *\r\nExpires: 0\r\n"), ==, 200);
  g_assert_cmpuint (enter (house, "Supported: gruu\r\n" CONTACT), ==, 200);
  g_assert_false (says (house, "gruu=")); /* without an instance there is none */
}

/* Two flows of a phone, no third; one that comes again takes the place of its own. */
static void
test_flows (House *house, gconstpointer data)
{
  for (guint i = 1; i <= 3; i++) {
    g_autofree gchar *contact
        = g_strdup_printf ("Contact: <sip:desk@192.168.1.7:506%u>;reg-id=%u;" INSTANCE "\r\n",
                           i,
                           i);
    house->from.source.port = (guint16)(5060 + i);
    g_assert_cmpuint (enter (house, contact), ==, i <= 2 ? 200 : 439);
    if (i <= 2) {
      g_assert_true (says (house, "Require: outbound\r\n"));
    }
  }
  g_assert_cmpstr (house->reply.phrase, ==, "First Hop Lacks Outbound Support");
  house->from.source.port = 40001; /* the phone comes again by another port */
  g_assert_cmpuint (
      enter (house, "Contact: <sip:desk@192.168.1.7:40001>;reg-id=2;" INSTANCE "\r\n"),
      ==,
      200);
  const KithTabled *desk = kith_edge_registrar_find (house->registrar, kith_sip_piece ("desk"));
  g_assert_cmpuint (desk->set.n, ==, 2);
  g_assert_cmpuint (desk->set.items[1]->source.port, ==, 40001);
  g_assert_cmpuint (desk->set.items[0]->source.port, ==, 5061);
}

/* Four Paths are kept in their order; five are too many. */
static void
test_paths (House *house, gconstpointer data)
{
  g_assert_cmpuint (enter (house,
                           "Supported: path\r\nPath: <sip:10.0.0.1;lr>, <sip:10.0.0.2;lr>\r\n"
                           "Path: <sip:10.0.0.3;lr>\r\nPath: <sip:10.0.0.4;lr>\r\n" CONTACT),
                    ==,
                    200);
  g_assert_true (says (house, "Path: <sip:10.0.0.2;lr>\r\nPath: <sip:10.0.0.3;lr>\r\n"));
  const KithTabled *desk = kith_edge_registrar_find (house->registrar, kith_sip_piece ("desk"));
  g_assert_cmpstr (desk->set.items[0]->path,
                   ==,
                   "<sip:10.0.0.1;lr>, <sip:10.0.0.2;lr>, <sip:10.0.0.3;lr>, <sip:10.0.0.4;lr>");
  g_assert_cmpuint (enter (house,
                           "Path: <sip:10.0.0.1;lr>, <sip:10.0.0.2;lr>, <sip:10.0.0.3;lr>\r\n"
                           "Path: <sip:10.0.0.4;lr>, <sip:10.0.0.5;lr>\r\n" CONTACT),
                    ==,
                    400);
}

/* The seventh place of a phone: 503, unless one of the others does not answer. */
static void
test_places (House *house, gconstpointer data)
{
  for (guint i = 0; i < KITH_BINDINGS_MAX; i++) {
    g_autofree gchar *contact
        = g_strdup_printf ("Contact: <sip:desk@192.168.1.7:600%u>;expires=3600\r\n", i);
    g_assert_cmpuint (enter (house, contact), ==, 200);
  }
  g_assert_cmpuint (enter (house, LONG_CONTACT), ==, 503);
  g_assert_true (says (house, "Retry-After: "));
  kith_clock_advance (house->clock, 3 * KITH_KEEPER_AGAIN_MS + KITH_KEEPER_PATIENCE_MS);
  g_string_truncate (house->told, 0);
  g_clear_pointer (&house->nonce, g_free);
  g_assert_cmpuint (enter (house, LONG_CONTACT), ==, 200);
  assert_told (house,
               "unbound 1\nbound desk 7 sip:desk@192.168.1.7:5062\ndesk is 0 Yealink SIP-T31P\n");
}

/* Longer each time, up to an hour; each silence is told once; long without a guess, and it is
   forgiven. */
static void
test_long_silence (House *house, gconstpointer data)
{
  guint silence_s = KITH_SILENCE_S;

  g_assert_cmpuint (send (house, CONTACT, NULL), ==, 401);
  take_nonce (house);
  for (guint round = 0; round < 9; round++) {
    g_autofree gchar *told
        = g_strdup_printf ("log 5 wrong passwords within a minute: it gets no answer for %u s\n",
                           silence_s);
    g_autofree gchar *wrong = authorize (house, KITH_DIGEST_MD5, "nobody", "guess-guess");
    house->to = "nobody";
    for (guint i = 0; i < KITH_GUESSES; i++) {
      house->cseq++;
      g_assert_cmpuint (send (house, CONTACT, wrong), ==, 403);
    }
    for (guint i = 0; i < 20; i++) {
      g_assert_cmpuint (send (house, CONTACT, wrong), ==, 0);
    }
    assert_told (house, told);
    kith_clock_advance (house->clock, silence_s * 1000 - 1);
    g_assert_cmpuint (send (house, CONTACT, NULL), ==, 0);
    kith_clock_advance (house->clock, 1);
    silence_s = round == 7 ? KITH_SILENCE_S : MIN (2 * silence_s, KITH_SILENCE_MOST_S);
    if (round == 7) {
      kith_clock_advance (house->clock, KITH_SILENCE_MOST_S * 1000);
    }
  }
}

/* Most phones are at rest, and nothing is kept of what they did. */
static void
test_rest (House *house, gconstpointer data)
{
  g_assert_cmpuint (enter (house, LONG_CONTACT), ==, 200);
  const KithTabled *desk = kith_edge_registrar_find (house->registrar, kith_sip_piece ("desk"));
  g_assert_nonnull (desk->lately);
  kith_clock_advance (house->clock, KITH_NONCE_LIFE_S * 1000);
  g_assert_nonnull (desk->lately);
  kith_clock_advance (house->clock, 3000);
  g_assert_null (desk->lately);
  g_assert_cmpuint (desk->set.n, ==, 1);
  g_assert_cmpuint (enter (house, LONG_CONTACT), ==, 401); /* the nonce is as old */
  g_assert_true (says (house, "stale=true"));
}

/* A connection that is gone takes what registered by it along, at once. */
static void
test_lost (House *house, gconstpointer data)
{
  house->from.transport = KITH_SIP_TRANSPORT_TCP;
  for (guint i = 1; i <= 2; i++) {
    g_autofree gchar *contact
        = g_strdup_printf ("Contact: <sip:desk@192.168.1.7:506%u;transport=tcp>\r\n", i);
    house->from.flow = i;
    g_assert_cmpuint (enter (house, contact), ==, 200);
  }
  g_string_truncate (house->told, 0);
  kith_edge_registrar_lost (house->registrar, 1);
  assert_told (house, "unbound 1\n");
  g_assert_cmpuint (enter (house, ""), ==, 200);
  g_assert_false (says (house, ":5061"));
  g_assert_true (says (house, ":5062"));
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

static guint
count_told (House *house, const char *what)
{
  guint n = 0;

  for (const char *at = strstr (house->told->str, what); at != NULL; at = strstr (at + 1, what)) {
    n++;
  }
  return n;
}

/* However often a phone registers, kithd is told at a pace at which it can read; in the end it
   knows all, as it is then. */
static void
test_storm (House *house, gconstpointer data)
{
  g_assert_cmpuint (enter (house, CONTACT), ==, 200);
  for (guint i = 0; i < 1000; i++) {
    g_assert_cmpuint (enter (house, CONTACT), ==, 200);
  }
  g_assert_cmpuint (count_told (house, "bound desk 1 ") + count_told (house, "desk is"),
                    ==,
                    KITH_NEWS_BURST);
  g_string_truncate (house->told, 0);
  kith_clock_advance (house->clock, 1000);
  g_assert_cmpuint (enter (house, LONG_CONTACT), ==, 200);
  assert_told (house,
               "bound desk 1 sip:desk@192.168.1.7:5062\ndesk is 0 Yealink SIP-T31P\n"
               "bound desk 1 sip:desk@192.168.1.7:5062\ndesk is 0 Yealink SIP-T31P\n");
  g_assert_cmpint (house->expires_s, ==, NOON_S + 1 + 3600);

  /* what is gone before kithd heard of it never was */
  for (guint i = 0; i < 1000; i++) {
    g_assert_cmpuint (enter (house, CONTACT), ==, 200);
  }
  g_string_truncate (house->told, 0);
  g_assert_cmpuint (enter (house, "Contact: <sip:desk@192.168.1.7:5064>\r\n"), ==, 200);
  g_assert_cmpuint (enter (house, "Contact: <sip:desk@192.168.1.7:5064>;expires=0\r\n"), ==, 200);
  assert_told (house, "");
  g_assert_cmpuint (enter (house, "Contact: *\r\nExpires: 0\r\n"), ==, 200);
  assert_told (house, "unbound 1\n");
  kith_clock_advance (house->clock, 1000);
  assert_told (house, "");
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
  ADD ("two-at-once", test_two_at_once);
  ADD ("repetition", test_repetition);
  ADD ("refused-changes", test_refused_changes);
  ADD ("outbound", test_outbound);
  ADD ("ends", test_ends);
  ADD ("gruu", test_gruu);
  ADD ("flows", test_flows);
  ADD ("paths", test_paths);
  ADD ("places", test_places);
  ADD ("long-silence", test_long_silence);
  ADD ("lost", test_lost);
  ADD ("rest", test_rest);
  ADD ("bind", test_bind);
  ADD ("who", test_who);
  ADD ("who-by-connection", test_who_by_connection);
  ADD ("many", test_many);
  ADD ("storm", test_storm);
  return g_test_run ();
}
