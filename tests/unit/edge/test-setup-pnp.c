/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phones that look for their settings by multicast, on a clock that the test moves: who is told to
   kithd, what is said to whom, and how often. */
#include <string.h>

#include "edge/worker/setup/setup-pnp.h"

#define EVENT "ua-profile;profile-type=\"device\";vendor=\"Yealink\";model=\"T31P\";version=\"1\""

typedef struct {
  KithClock *clock;
  KithSetupPnp *pnp;
  GString *said;
  GString *sent; /* the last message */
  guint32 id;    /* that was told last */
  gboolean is_open;
  gboolean may_open;
} House;

static gboolean
on_open (gpointer data)
{
  House *house = data;

  house->is_open = house->may_open;
  g_string_append (house->said, house->is_open ? "open\n" : "cannot\n");
  return house->is_open;
}

static void
on_close (gpointer data)
{
  g_assert_true (((House *)data)->is_open);
  ((House *)data)->is_open = FALSE;
  g_string_append (((House *)data)->said, "close\n");
}

/* The first line, and where it goes. */
static void
on_send (gpointer data, const KithWay *way, const char *text, gsize len)
{
  House *house = data;
  g_autofree gchar *to = kith_endpoint_to_text (&way->to.peer);

  g_assert_true (house->is_open);
  g_assert_cmpuint (len, ==, strlen (text));
  g_string_assign (house->sent, text);
  g_string_append_printf (house->said, "%s < %.*s\n", to, (int)strcspn (text, "\r"), text);
}

static guint16
on_port (gpointer data)
{
  return 40000;
}

static void
on_tell (gpointer data, const KithEdgeFrame *frame)
{
  House *house = data;
  const KithSetupSeeker *seeker = &frame->seeker;

  g_assert_cmpint (frame->type, ==, KITH_EDGE_SEEKER);
  house->id = seeker->id;
  g_string_append_printf (house->said, "%s|%s|%s\n", seeker->vendor, seeker->model, seeker->mac);
}

static const KithSetupPnpFuncs funcs = { on_open, on_close, on_send, on_port, on_tell };

static void
order (House *house, KithEdgeFrameType type, guint value)
{
  g_autofree KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = type;
  if (type == KITH_EDGE_SEEK) {
    frame->seek_s = value;
  } else {
    frame->setup_address.id = value;
    (void)g_strlcpy (frame->setup_address.text, "http://10.0.0.1:5080/p/0/", 40);
  }
  kith_setup_pnp_order (house->pnp, frame);
}

static void
hear (House *house, const char *from, const char *text)
{
  KithWay way = { .own = { 10, 0, 0, 1 } };

  g_assert_true (kith_endpoint_parse (from, &way.to.peer));
  kith_setup_pnp_datagram (house->pnp, &way, (const guint8 *)text, strlen (text));
}

/* (transfer full) */
static gchar *
subscribe (const char *user, const char *call_id, const char *contact, const char *event)
{
  return g_strdup_printf (
      "SUBSCRIBE sip:x@224.0.1.75 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.7:5060;rport\r\n"
      "From: <sip:%s@224.0.1.75>;tag=1\r\nTo: <sip:%s@224.0.1.75>\r\nCall-ID: %s\r\n"
      "CSeq: 1 SUBSCRIBE\r\nContact: <%s>\r\nEvent: %s\r\nExpires: 0\r\n"
      "Content-Length: 0\r\n\r\n",
      user,
      user,
      call_id,
      contact,
      event);
}

static void
look (House *house, const char *from, const char *call_id)
{
  g_autofree gchar *text = subscribe ("MAC%3a805EC0AABB01", call_id, "sip:10.0.0.7:5062", EVENT);

  hear (house, from, text);
}

static void
assert_said (House *house, const char *said)
{
  g_assert_cmpstr (house->said->str, ==, said);
  g_string_truncate (house->said, 0);
}

static void
set_up (House *house, gconstpointer data)
{
  house->clock = kith_clock_new_manual (0);
  house->said = g_string_new (NULL);
  house->sent = g_string_new (NULL);
  house->may_open = TRUE;
  house->pnp = kith_setup_pnp_new (house->clock, &funcs, house);
}

static void
tear_down (House *house, gconstpointer data)
{
  kith_setup_pnp_free (house->pnp);
  g_assert_false (house->is_open);
  g_string_free (house->said, TRUE);
  g_string_free (house->sent, TRUE);
  g_object_unref (house->clock);
}

#define FOUND "Yealink|T31P|805ec0aabb01\n"
#define OK "10.0.0.7:5060 < SIP/2.0 200 OK\n"
#define NOTIFY "10.0.0.7:5062 < NOTIFY sip:10.0.0.7:5062 SIP/2.0\n"

static void
test_given (House *house, gconstpointer data)
{
  look (house, "10.0.0.7:5060", "a");
  assert_said (house, ""); /* it is closed */
  order (house, KITH_EDGE_SEEK, 30);
  look (house, "10.0.0.7:5060", "a");
  look (house, "10.0.0.7:5060", "a");
  assert_said (house, "open\n" FOUND);
  order (house, KITH_EDGE_ADDRESS, house->id + 1);
  assert_said (house, "");
  order (house, KITH_EDGE_ADDRESS, house->id);
  assert_said (house, OK NOTIFY);
  g_assert_nonnull (
      strstr (house->sent->str, "\r\nTo: <sip:MAC%3a805EC0AABB01@224.0.1.75>;tag=1\r\n"));
  g_assert_nonnull (strstr (house->sent->str, "\r\nEvent: " EVENT "\r\n"));
  g_assert_nonnull (strstr (house->sent->str, "\r\n\r\nhttp://10.0.0.1:5080/p/0/"));
  g_assert_nonnull (
      strstr (house->sent->str, "\r\nVia: SIP/2.0/UDP 10.0.0.1:40000;branch=z9hG4bK"));
  kith_clock_advance (house->clock, 500);
  assert_said (house, NOTIFY);
  look (house, "10.0.0.7:5060", "a");
  assert_said (house, OK);
  hear (house,
        "10.0.0.7:5062",
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.1:40000\r\nFrom: <sip:x@a>;tag=2\r\n"
        "To: <sip:x@a>;tag=1\r\nCall-ID: a\r\nCSeq: 1 NOTIFY\r\nContent-Length: 0\r\n\r\n");
  kith_clock_advance (house->clock, 29000);
  assert_said (house, "");
  kith_clock_advance (house->clock, 500);
  assert_said (house, "close\n");
}

static void
test_repeated (House *house, gconstpointer data)
{
  order (house, KITH_EDGE_SEEK, 3600);
  look (house, "10.0.0.7:5060", "a");
  order (house, KITH_EDGE_ADDRESS, house->id);
  kith_clock_advance (house->clock, 120000);
  assert_said (house, "open\n" FOUND OK NOTIFY NOTIFY NOTIFY NOTIFY NOTIFY NOTIFY);
  look (house, "10.0.0.7:5060", "a"); /* forgotten, so it is told anew */
  assert_said (house, FOUND);
  order (house, KITH_EDGE_SEEK, 0);
  assert_said (house, "close\n");
}

static void
test_words (House *house, gconstpointer data)
{
  static const struct {
    const char *user, *event, *said;
  } rows[] = {
    { "MAC805ec0aabb01", EVENT, FOUND },
    { "MAC=805ec0aabb01", "ua-profile ; vendor=Yealink;model=T31P", FOUND },
    { "MAC%3A80-5e-c0", "ua-profile", "||\n" },
    { "00000001", "UA-PROFILE;model=\"440HD\"", "|440HD|\n" },
    { "MAC805ec0aabb0x", "ua-profile;vendor=\"a\x01\x1b[b\"", "a[b||\n" },
    { "x", "presence;vendor=\"a\"", "" },
    { "x", "ua-profiles", "" },
  };

  order (house, KITH_EDGE_SEEK, 3600);
  assert_said (house, "open\n");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *id = g_strdup_printf ("w%u", i);
    g_autofree gchar *text = subscribe (rows[i].user, id, "sip:10.0.0.7", rows[i].event);
    kith_clock_advance (house->clock, 1000);
    hear (house, "10.0.0.7:5060", text);
    assert_said (house, rows[i].said);
  }
}

/* Nobody but who asks is sent to, whatever Contact says. */
static void
test_contact (House *house, gconstpointer data)
{
  static const char *const contacts[]
      = { "sip:10.0.0.8:53", "sip:example.org", "tel:1", "sip:[fd00::1]:9" };

  order (house, KITH_EDGE_SEEK, 3600);
  for (guint i = 0; i < G_N_ELEMENTS (contacts); i++) {
    g_autofree gchar *id = g_strdup_printf ("c%u", i);
    g_autofree gchar *text = subscribe ("MAC805ec0aabb01", id, contacts[i], EVENT);
    hear (house, "10.0.0.7:1024", text);
    g_string_truncate (house->said, 0);
    order (house, KITH_EDGE_ADDRESS, house->id);
    assert_said (house,
                 "10.0.0.7:1024 < SIP/2.0 200 OK\n"
                 "10.0.0.7:1024 < NOTIFY sip:10.0.0.7:1024 SIP/2.0\n");
  }
}

static guint
count_lines (const House *house)
{
  guint n = 0;

  for (const char *at = house->said->str; *at != '\0'; at++) {
    n += *at == '\n';
  }
  return n;
}

static void
test_bounds (House *house, gconstpointer data)
{
  static char long_text[KITH_PNP_DATAGRAM_MAX + 2];

  order (house, KITH_EDGE_SEEK, 3600);
  g_string_truncate (house->said, 0);
  look (house, "8.8.8.8:5060", "a"); /* not of this network */
  look (house, "[fd00::2]:5060", "a");
  memset (long_text, 'a', sizeof long_text - 1);
  hear (house, "10.0.0.7:5060", long_text);
  hear (house, "10.0.0.7:5060", "SUBSCRIBE");
  assert_said (house, "");
  for (guint i = 0; i < 100; i++) {
    g_autofree gchar *id = g_strdup_printf ("b%u", i);
    look (house, "10.0.0.7:5060", id);
  }
  g_assert_cmpuint (count_lines (house), ==, KITH_PNP_SEEKERS_A_SECOND);
  g_string_truncate (house->said, 0);
  order (house, KITH_EDGE_ADDRESS, 1); /* pushed out by the others of the same host */
  assert_said (house, "");
  order (house, KITH_EDGE_ADDRESS, house->id);
  assert_said (house, OK NOTIFY);
}

static void
test_cannot (House *house, gconstpointer data)
{
  house->may_open = FALSE;
  order (house, KITH_EDGE_SEEK, 30);
  look (house, "10.0.0.7:5060", "a");
  g_assert_false (kith_setup_pnp_is_open (house->pnp));
  assert_said (house, "cannot\n");
  house->may_open = TRUE;
  order (house, KITH_EDGE_SEEK, 30); /* tried again when it is renewed */
  look (house, "10.0.0.7:5060", "a");
  assert_said (house, "open\n" FOUND);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (House *house, gconstpointer data);
  } tests[] = {
    { "/setup-pnp/given", test_given },   { "/setup-pnp/repeated", test_repeated },
    { "/setup-pnp/words", test_words },   { "/setup-pnp/contact", test_contact },
    { "/setup-pnp/bounds", test_bounds }, { "/setup-pnp/cannot", test_cannot },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_test_add (tests[i].path, House, NULL, set_up, tests[i].test, tear_down);
  }
  return g_test_run ();
}
