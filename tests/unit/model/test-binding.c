/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a REGISTER does to a phone's bindings, rule by rule, all or nothing; and which URIs mean the
   same. */
#include <string.h>

#include "model/sip/binding.h"
#include "model/sip/sip-same.h"

#define SECOND ((gint64)G_USEC_PER_SEC)
#define URN1 "\"<urn:uuid:00000000-0000-1000-8000-000000000001>\""
#define URN2 "\"<urn:uuid:00000000-0000-1000-8000-000000000002>\""

static const KithBindingRules rules
    = { .least = 60, .usual = 300, .most = 3600, .most_natted = 120 };

typedef struct {
  KithBindingSet set;
  KithBindingOrigin origin;
  guint32 last_id;
  GString *events; /* "+uri", "=uri", "-uri" */
  const char *call_id;
  guint cseq;
} Phone;

static void
begin (Phone *phone)
{
  memset (phone, 0, sizeof *phone);
  phone->events = g_string_new (NULL);
  phone->call_id = "c1";
  phone->origin.last_id = &phone->last_id;
  phone->origin.transport = KITH_SIP_TRANSPORT_UDP;
  phone->origin.now = 1000 * SECOND;
  g_assert_true (kith_endpoint_parse ("192.0.2.7:5060", &phone->origin.source));
}

static void
end (Phone *phone)
{
  kith_bindings_clear (&phone->set);
  g_assert_cmpuint (phone->set.n, ==, 0);
  g_string_free (phone->events, TRUE);
}

static void
note (KithBindingEvent event, const KithBinding *binding, gpointer user_data)
{
  g_string_append_printf (user_data, "%c%s ", "+=-"[event], binding -> uri);
}

/* A REGISTER with these header lines; its status. */
static guint
send (Phone *phone, const char *headers)
{
  g_autofree gchar *text = g_strdup_printf ("REGISTER sip:kith SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n"
                                            "From: <sip:desk@kith>;tag=1\r\nTo: <sip:desk@kith>\r\n"
                                            "Call-ID: %s\r\nCSeq: %u REGISTER\r\n%s"
                                            "Content-Length: 0\r\n\r\n",
                                            phone->call_id,
                                            ++phone->cseq,
                                            headers);
  static KithSipLines lines;
  KithRegistration registration;

  g_assert_true (kith_sip_lines_read (&lines, text, strlen (text)));
  guint status = kith_registration_read (&lines, &registration);
  if (status == 0) {
    status = kith_bindings_change (&phone->set,
                                   &registration,
                                   &rules,
                                   &phone->origin,
                                   note,
                                   phone->events);
  }
  return status;
}

static void
check (Phone *phone, const char *events, const char *contacts)
{
  g_autoptr (GString) out = g_string_new (NULL);

  kith_bindings_print (&phone->set, phone->origin.now, NULL, out);
  g_assert_cmpstr (phone->events->str, ==, events);
  g_assert_cmpstr (out->str, ==, contacts);
  g_string_truncate (phone->events, 0);
}

static void
test_life (void)
{
  Phone phone;

  begin (&phone);
  g_assert_cmpuint (send (&phone, ""), ==, 200);
  check (&phone, "", "");
  g_assert_cmpuint (send (&phone, "Contact: <sip:desk@192.0.2.7:5060>\r\n"), ==, 200);
  check (&phone, "+sip:desk@192.0.2.7:5060 ", "Contact: <sip:desk@192.0.2.7:5060>;expires=300\r\n");
  phone.origin.now += 100 * SECOND + 1;
  check (&phone, "", "Contact: <sip:desk@192.0.2.7:5060>;expires=200\r\n");
  g_assert_cmpuint (
      send (&phone, "Contact: <sip:%64esk@192.0.2.7:5060;x=y>;q=0.5\r\nExpires: 600\r\n"),
      ==,
      200);
  check (&phone,
         "=sip:%64esk@192.0.2.7:5060;x=y ",
         "Contact: <sip:%64esk@192.0.2.7:5060;x=y>;expires=600;q=0.500\r\n");
  g_assert_cmpint (phone.set.items[0]->since, ==, 1000 * SECOND); /* of old */
  g_assert_cmpuint (
      send (&phone,
            "Contact: \"D, D\" <sip:a@192.0.2.7>;expires=90, sip:b@192.0.2.7;expires=0\r\n"),
      ==,
      200);
  check (&phone,
         "+sip:a@192.0.2.7 ",
         "Contact: <sip:%64esk@192.0.2.7:5060;x=y>;expires=600;q=0.500\r\n"
         "Contact: <sip:a@192.0.2.7>;expires=90\r\n");
  g_assert_cmpuint (send (&phone, "Contact: <sip:a@192.0.2.7>\r\nExpires: 0\r\n"), ==, 200);
  check (&phone,
         "-sip:a@192.0.2.7 ",
         "Contact: <sip:%64esk@192.0.2.7:5060;x=y>;expires=600;q=0.500\r\n");
  phone.origin.now += 600 * SECOND;
  g_assert_cmpuint (send (&phone, ""), ==, 200);
  check (&phone, "-sip:%64esk@192.0.2.7:5060;x=y ", "");
  end (&phone);
}

/* A number for life, and what the phone calls itself. */
static void
test_ids (void)
{
  g_autofree gchar *longer = g_strnfill (KITH_BINDING_MAX_AGENT + 1, 'x');
  Phone phone;

  begin (&phone);
  phone.last_id = 41;
  phone.origin.user_agent = kith_sip_piece ("Phone 1");
  g_assert_cmpuint (send (&phone, "Contact: <sip:a@192.0.2.7>, <sip:b@192.0.2.7>\r\n"), ==, 200);
  g_assert_cmpuint (phone.set.items[0]->id, ==, 42);
  g_assert_cmpuint (phone.set.items[1]->id, ==, 43);
  g_assert_cmpstr (phone.set.items[1]->user_agent, ==, "Phone 1");
  phone.origin.user_agent = kith_sip_piece (longer);
  g_assert_cmpuint (send (&phone, "Contact: <sip:%62@192.0.2.7>, <sip:c@192.0.2.7>\r\n"), ==, 200);
  g_assert_cmpuint (phone.set.items[1]->id, ==, 43);
  g_assert_cmpstr (phone.set.items[1]->uri, ==, "sip:%62@192.0.2.7");
  g_assert_cmpuint (strlen (phone.set.items[1]->user_agent), ==, KITH_BINDING_MAX_AGENT);
  g_assert_cmpuint (phone.set.items[2]->id, ==, 44);
  phone.origin.user_agent = kith_sip_piece (NULL);
  g_assert_cmpuint (send (&phone, "Contact: <sip:b@192.0.2.7>\r\n"), ==, 200);
  g_assert_null (phone.set.items[1]->user_agent);
  KithBinding *copy = kith_binding_copy (phone.set.items[0]);
  g_assert_true (copy->id == 42 && g_str_equal (copy->user_agent, "Phone 1")
                 && g_str_equal (copy->call_id, "c1") && copy->path == NULL);
  g_free (copy);
  end (&phone);
}

static void
test_times (void)
{
  Phone phone;

  begin (&phone);
  g_assert_cmpuint (send (&phone, "Contact: <sip:a@192.0.2.7>;expires=59\r\n"), ==, 423);
  g_assert_cmpuint (send (&phone, "Contact: <sip:a@192.0.2.7>\r\nExpires: 1\r\n"), ==, 423);
  check (&phone, "", "");
  g_assert_cmpuint (send (&phone, "Contact: <sip:a@192.0.2.7>;expires=60\r\nExpires: 1\r\n"),
                    ==,
                    200);
  check (&phone, "+sip:a@192.0.2.7 ", "Contact: <sip:a@192.0.2.7>;expires=60\r\n");
  g_assert_cmpuint (send (&phone, "Contact: <sip:a@192.0.2.7>;expires=4294967295\r\n"), ==, 200);
  check (&phone, "=sip:a@192.0.2.7 ", "Contact: <sip:a@192.0.2.7>;expires=3600\r\n");
  g_assert_cmpuint (send (&phone, "Contact: <sip:a@192.0.2.7>;expires=soon\r\n"), ==, 200);
  check (&phone, "=sip:a@192.0.2.7 ", "Contact: <sip:a@192.0.2.7>;expires=300\r\n");
  g_assert_cmpuint (send (&phone, "Contact: <sip:b@10.0.0.1>;expires=3600\r\n"), ==, 200);
  check (&phone,
         "+sip:b@10.0.0.1 ",
         "Contact: <sip:a@192.0.2.7>;expires=300\r\nContact: <sip:b@10.0.0.1>;expires=120\r\n");
  g_assert_false (kith_binding_is_natted (phone.set.items[0]));
  g_assert_true (kith_binding_is_natted (phone.set.items[1]));
  phone.origin.transport = KITH_SIP_TRANSPORT_TCP; /* keeps its way open by itself */
  g_assert_cmpuint (send (&phone, "Contact: <sip:b@10.0.0.1>;expires=3600\r\n"), ==, 200);
  g_assert_cmpint (phone.set.items[1]->until, ==, phone.origin.now + 3600 * SECOND);
  end (&phone);
}

static void
test_star (void)
{
  Phone phone;

  begin (&phone);
  g_assert_cmpuint (send (&phone, "Contact: <sip:a@192.0.2.7>, <sip:b@192.0.2.7>\r\n"), ==, 200);
  g_string_truncate (phone.events, 0);
  g_assert_cmpuint (send (&phone, "Contact: *\r\n"), ==, 400);
  g_assert_cmpuint (send (&phone, "Contact: *\r\nExpires: 60\r\n"), ==, 400);
  g_assert_cmpuint (send (&phone, "Contact: *\r\nExpires: x\r\n"), ==, 400);
  g_assert_cmpuint (send (&phone, "Contact: *, <sip:a@192.0.2.7>\r\nExpires: 0\r\n"), ==, 400);
  g_assert_cmpuint (send (&phone, "Contact: *\r\nContact: *\r\nExpires: 0\r\n"), ==, 400);
  phone.cseq = 0;
  g_assert_cmpuint (send (&phone, "Contact: *\r\nExpires: 0\r\n"), ==, 500);
  g_assert_cmpuint (phone.set.n, ==, 2);
  check (&phone,
         "",
         "Contact: <sip:a@192.0.2.7>;expires=300\r\nContact: <sip:b@192.0.2.7>;expires=300\r\n");
  g_assert_cmpuint (send (&phone, "Contact: *\r\nExpires: 0\r\n"), ==, 200);
  check (&phone, "-sip:b@192.0.2.7 -sip:a@192.0.2.7 ", "");
  end (&phone);
}

/* Old requests change nothing, and nothing else in them either. */
static void
test_order (void)
{
  Phone phone;
  static const char both[]
      = "Contact: <sip:a@192.0.2.7>;expires=300\r\nContact: <sip:b@192.0.2.7>;expires=300\r\n";

  begin (&phone);
  g_assert_cmpuint (send (&phone, "Contact: <sip:a@192.0.2.7>, <sip:b@192.0.2.7>\r\n"), ==, 200);
  g_string_truncate (phone.events, 0);
  phone.cseq = 0;
  g_assert_cmpuint (send (&phone, "Contact: <sip:c@192.0.2.7>, <sip:b@192.0.2.7>;expires=0\r\n"),
                    ==,
                    500);
  check (&phone, "", both);
  phone.cseq = 5;
  g_assert_cmpuint (
      send (&phone, "Contact: <sip:a@192.0.2.7>;expires=0, <sip:c@192.0.2.7>;expires=1\r\n"),
      ==,
      423);
  check (&phone, "", both);
  phone.cseq = 0; /* after a restart of the phone */
  phone.call_id = "c2";
  g_assert_cmpuint (send (&phone, "Contact: <sip:a@192.0.2.7>;expires=0\r\n"), ==, 200);
  check (&phone, "-sip:a@192.0.2.7 ", "Contact: <sip:b@192.0.2.7>;expires=300\r\n");
  end (&phone);
}

static void
test_flows (void)
{
  Phone phone;
  g_autoptr (GString) out = g_string_new (NULL);

  begin (&phone);
  phone.origin.flow = 7;
  g_assert_cmpuint (
      send (&phone, "Contact: <sip:a@192.0.2.7:1>;+sip.instance=" URN1 ";reg-id=1\r\n"),
      ==,
      200);
  phone.origin.flow = 8;
  g_assert_cmpuint (
      send (&phone, "Contact: <sip:a@192.0.2.7:2>;reg-id=2;+sip.instance=" URN1 "\r\n"),
      ==,
      200);
  phone.origin.flow = 9; /* the phone started again, at another port */
  g_assert_cmpuint (
      send (&phone, "Contact: <sip:a@192.0.2.7:3>;+sip.instance=" URN1 ";reg-id=1\r\n"),
      ==,
      200);
  g_assert_cmpuint (
      send (&phone, "Contact: <sip:a@192.0.2.7:4>;+sip.instance=" URN1 ";reg-id=3\r\n"),
      ==,
      439);
  g_assert_cmpuint (
      send (&phone, "Contact: <sip:a@192.0.2.7:4>;+sip.instance=" URN2 ";reg-id=1\r\n"),
      ==,
      200);
  g_assert_cmpstr (phone.events->str,
                   ==,
                   "+sip:a@192.0.2.7:1 +sip:a@192.0.2.7:2 =sip:a@192.0.2.7:3 +sip:a@192.0.2.7:4 ");
  g_assert_cmpuint (send (&phone, "Contact: <sip:a@192.0.2.7:4>;+sip.instance=" URN2 "\r\n"),
                    ==,
                    200);
  g_assert_cmpuint (phone.set.n, ==, 4); /* without a number the URI is the key */
  kith_bindings_print (&phone.set, phone.origin.now, "sip:desk@kith", out);
  g_assert_true (g_str_has_prefix (
      out->str,
      "Contact: <sip:a@192.0.2.7:3>;expires=300;+sip.instance=" URN1
      ";pub-gruu=\"sip:desk@kith;gr=urn:uuid:00000000-0000-1000-8000-000000000001\""
      ";reg-id=1\r\n"));
  g_string_truncate (phone.events, 0);
  kith_bindings_expire (&phone.set, phone.origin.now, 9, note, phone.events);
  g_assert_cmpstr (phone.events->str,
                   ==,
                   "-sip:a@192.0.2.7:4 -sip:a@192.0.2.7:4 -sip:a@192.0.2.7:3 ");
  g_assert_cmpuint (phone.set.n, ==, 1);
  g_assert_cmpuint (phone.set.items[0]->flow, ==, 8);
  end (&phone);
}

static void
test_most (void)
{
  Phone phone;

  begin (&phone);
  g_assert_cmpuint (
      send (&phone, "Contact: <sip:1@192.0.2.7>, <sip:2@192.0.2.7>, <sip:3@192.0.2.7>\r\n"),
      ==,
      200);
  phone.origin.now += SECOND;
  g_assert_cmpuint (
      send (&phone, "Contact: <sip:4@192.0.2.7>, <sip:5@192.0.2.7>, <sip:6@192.0.2.7>\r\n"),
      ==,
      200);
  g_string_truncate (phone.events, 0);
  g_assert_cmpuint (send (&phone, "Contact: <sip:7@192.0.2.7>\r\n"), ==, 503);
  g_assert_cmpuint (send (&phone, "Contact: <sip:6@192.0.2.7>\r\n"), ==, 200);
  g_assert_cmpuint (send (&phone, "Contact: <sip:7@192.0.2.7>, <sip:6@192.0.2.7>;expires=0\r\n"),
                    ==,
                    200);
  g_assert_cmpstr (phone.events->str, ==, "=sip:6@192.0.2.7 -sip:6@192.0.2.7 +sip:7@192.0.2.7 ");
  g_string_truncate (phone.events, 0);
  phone.set.items[1]->unreachable = TRUE;
  phone.set.items[3]->unreachable = TRUE;
  g_assert_cmpuint (
      send (&phone, "Contact: <sip:8@192.0.2.7>, <sip:9@192.0.2.7>, <sip:2@192.0.2.7>\r\n"),
      ==,
      503);
  g_assert_cmpuint (send (&phone, "Contact: <sip:8@192.0.2.7>, <sip:2@192.0.2.7>\r\n"), ==, 200);
  g_assert_cmpstr (phone.events->str, ==, "-sip:4@192.0.2.7 +sip:8@192.0.2.7 =sip:2@192.0.2.7 ");
  g_assert_cmpuint (phone.set.n, ==, 6);
  g_assert_false (phone.set.items[1]->unreachable); /* it has just spoken */
  g_string_truncate (phone.events, 0);
  phone.set.items[0]->unreachable = TRUE; /* the older of two goes, wherever it stands */
  phone.set.items[4]->unreachable = TRUE;
  phone.set.items[4]->since = phone.set.items[0]->since - 1;
  guint32 gone = phone.set.items[4]->id;
  g_assert_cmpuint (send (&phone, "Contact: <sip:new@192.0.2.7>\r\n"), ==, 200);
  for (guint i = 0; i < phone.set.n; i++) {
    g_assert_cmpuint (phone.set.items[i]->id, !=, gone);
  }
  phone.set.items[2]->unreachable = TRUE; /* twice the same one needs one place */
  g_assert_cmpuint (
      send (&phone, "Contact: <sip:2@192.0.2.7>;expires=0, <sip:2@192.0.2.7>;expires=0\r\n"),
      ==,
      200);
  g_assert_cmpuint (phone.set.n, ==, 5);
  end (&phone);
}

static void
test_paths (void)
{
  Phone phone;

  begin (&phone);
  g_assert_cmpuint (send (&phone,
                          "Contact: <sip:a@192.0.2.7>\r\nPath: <sip:p;lr>,<sip:q;lr>\r\n"
                          "Path: <sip:r;lr>\r\n"),
                    ==,
                    200);
  g_assert_cmpstr (phone.set.items[0]->path, ==, "<sip:p;lr>, <sip:q;lr>, <sip:r;lr>");
  g_assert_cmpuint (send (&phone,
                          "Contact: <sip:a@192.0.2.7>\r\n"
                          "Path: <sip:p>, <sip:q>, <sip:r>, <sip:s>, <sip:t>\r\n"),
                    ==,
                    400);
  g_assert_cmpuint (send (&phone, "Contact: <sip:a@192.0.2.7>\r\n"), ==, 200);
  g_assert_null (phone.set.items[0]->path);
  end (&phone);
}

static void
test_bad (void)
{
  static const char *const rows[] = {
    "Contact: <tel:1>\r\n",
    "Contact: <sip:a@192.0.2.7\r\n",
    "Contact: sip:a>b@192.0.2.7\r\n",
    "Contact: <sip:a b@192.0.2.7>\r\n",
    "Contact: <sip:a@192.0.2.7>;q=1.5\r\n",
    "Contact: <sip:a@192.0.2.7>;q=0.1234\r\n",
    "Contact: <sip:a@192.0.2.7>;q=.5\r\n",
    "Contact: <sip:a@192.0.2.7>;q\r\n",
    "Contact: <sip:a@192.0.2.7>;reg-id=0;+sip.instance=" URN1 "\r\n",
    "Contact: <sip:a@192.0.2.7>;reg-id=x;+sip.instance=" URN1 "\r\n",
    "Contact: <sip:a@192.0.2.7>;reg-id=2147483648;+sip.instance=" URN1 "\r\n",
    "Contact: <sip:a@192.0.2.7>;+sip.instance=\"a\\\"b\"\r\n",
    "Contact: <sip:a@192.0.2.7>;reg-id=1;+sip.instance=" URN1 ", <sip:b@192.0.2.7>\r\n",
  };
  Phone phone;

  begin (&phone);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_test_message ("%s", rows[i]);
    g_assert_cmpuint (send (&phone, rows[i]), ==, 400);
  }
  g_assert_cmpuint (phone.set.n, ==, 0);
  g_assert_cmpuint (send (&phone, "Contact: <sip:a@192.0.2.7>;reg-id=1;q=1.000\r\n"), ==, 200);
  g_assert_cmpuint (phone.set.items[0]->reg_id, ==, 0); /* without an instance it means nothing */
  end (&phone);
}

typedef struct {
  const char *a;
  const char *b;
  gboolean same;
} Pair;

/* Most of them are those of RFC 3261 section 19.1.4. */
static void
test_same (void)
{
  static const Pair rows[] = {
    { "sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp", TRUE },
    { "sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", TRUE },
    { "sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on", TRUE },
    { "sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;newparam=6", FALSE },
    { "sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0::1]", TRUE },
    { "SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", FALSE },
    { "sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", FALSE },
    { "sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", FALSE },
    { "sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", FALSE },
    { "sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", FALSE },
    { "sip:bob@biloxi.com", "sips:bob@biloxi.com", FALSE },
    { "sip:bob@biloxi.com", "sip:biloxi.com", FALSE },
    { "sip:@biloxi.com", "sip:biloxi.com", FALSE },
    { "sip:a@b;user=phone", "sip:a@b", FALSE },
    { "sip:a%4@b", "sip:a%254@b", TRUE },
    { "sip:ab@h", "sip:abc@h", FALSE },
    { "tel:1", "tel:1", TRUE },
    { "tel:1", "tel:2", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    KithSipPiece a = kith_sip_piece (rows[i].a);
    KithSipPiece b = kith_sip_piece (rows[i].b);
    g_test_message ("%s %s", rows[i].a, rows[i].b);
    g_assert_cmpint (kith_sip_uri_means (a, b), ==, rows[i].same);
    g_assert_cmpint (kith_sip_uri_means (b, a), ==, rows[i].same);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/binding/life", test_life);
  g_test_add_func ("/model/binding/ids", test_ids);
  g_test_add_func ("/model/binding/times", test_times);
  g_test_add_func ("/model/binding/star", test_star);
  g_test_add_func ("/model/binding/order", test_order);
  g_test_add_func ("/model/binding/flows", test_flows);
  g_test_add_func ("/model/binding/most", test_most);
  g_test_add_func ("/model/binding/paths", test_paths);
  g_test_add_func ("/model/binding/bad", test_bad);
  g_test_add_func ("/model/binding/same", test_same);
  return g_test_run ();
}
