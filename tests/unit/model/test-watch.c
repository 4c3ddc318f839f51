/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bodies of NOTIFY: what they say, and that no text of a stranger gets out of its place. */
#include <string.h>

#include "model/phone/watch.h"

static const char evil[] = "\"/><state>confirmed</state>&amp;'\x01\x1f\x7f\xff\r\n]]>\xc3";

/* Each tag that opens is closed in its turn, and each text is one that XML may have. */
static void
on_start (GMarkupParseContext *context,
          const gchar *element,
          const gchar **names,
          const gchar **values,
          gpointer data,
          GError **error)
{
  GString *seen = data;

  g_string_append_printf (seen, "%s", element);
  for (guint i = 0; names[i] != NULL; i++) {
    g_string_append_printf (seen, " %s=%s", names[i], values[i]);
  }
  g_string_append_c (seen, '\n');
}

static void
on_text (GMarkupParseContext *context, const gchar *text, gsize len, gpointer data, GError **error)
{
  if (strspn (text, " \n") < len) {
    g_string_append_printf (data, "%.*s\n", (int)len, text);
  }
}

/* What a parser reads in @xml. (transfer full) */
static gchar *
read_back (const char *xml)
{
  static const GMarkupParser parser = { .start_element = on_start, .text = on_text };
  GString *seen = g_string_new (NULL);
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&parser, 0, seen, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_utf8_validate (xml, -1, NULL));
  g_markup_parse_context_parse (context, xml, -1, &error);
  g_assert_no_error (error);
  g_markup_parse_context_end_parse (context, &error);
  g_assert_no_error (error);
  return g_string_free (seen, FALSE);
}

static void
test_words (void)
{
  for (guint i = 0; i < KITH_N_WATCH_EVENTS; i++) {
    KithWatchEvent event = KITH_N_WATCH_EVENTS;
    g_assert_true (kith_watch_event_find (kith_watch_event_word ((KithWatchEvent)i), &event));
    g_assert_cmpuint (event, ==, i);
    g_assert_nonnull (strchr (kith_watch_event_type (event), '/'));
  }
  KithWatchEvent event;
  g_assert_true (kith_watch_event_find ("Dialog", &event));
  g_assert_false (kith_watch_event_find ("dialog.winfo", &event));
  g_assert_false (kith_watch_event_find ("", &event));
  g_assert_false (kith_watch_event_find (NULL, &event));
}

static void
test_dialog_info (void)
{
  const KithWatchedCall calls[] = { { "7", KITH_WATCHED_EARLY, FALSE, "sip:bob@kith.alt", "Bob" },
                                    { "8", KITH_WATCHED_CONFIRMED, TRUE, NULL, NULL } };
  g_autofree gchar *idle = kith_dialog_info_print ("sip:desk@192.168.1.5", 3, NULL, 0);
  g_autofree gchar *idle_back = read_back (idle);
  g_autofree gchar *busy = kith_dialog_info_print ("sip:desk@192.168.1.5", 4, calls, 2);
  g_autofree gchar *back = read_back (busy);

  g_assert_cmpstr (idle_back,
                   ==,
                   "dialog-info xmlns=urn:ietf:params:xml:ns:dialog-info version=3 state=full "
                   "entity=sip:desk@192.168.1.5\n");
  g_assert_cmpstr (back,
                   ==,
                   "dialog-info xmlns=urn:ietf:params:xml:ns:dialog-info version=4 state=full "
                   "entity=sip:desk@192.168.1.5\n"
                   "dialog id=7 call-id=7 direction=recipient\nstate\nearly\n"
                   "local\nidentity\nsip:desk@192.168.1.5\ntarget uri=sip:desk@192.168.1.5\n"
                   "remote\nidentity display=Bob\nsip:bob@kith.alt\ntarget uri=sip:bob@kith.alt\n"
                   "dialog id=8 call-id=8 direction=initiator\nstate\nconfirmed\n"
                   "local\nidentity\nsip:desk@192.168.1.5\ntarget uri=sip:desk@192.168.1.5\n");
}

static void
test_pidf (void)
{
  const KithWatchedPresence there = { TRUE, TRUE, "in a call" };
  const KithWatchedPresence away = { FALSE, FALSE, NULL };
  g_autofree gchar *open = kith_pidf_print ("sip:desk@host", &there);
  g_autofree gchar *open_back = read_back (open);
  g_autofree gchar *closed = kith_pidf_print ("sip:desk@host", &away);
  g_autofree gchar *closed_back = read_back (closed);

  g_assert_nonnull (strstr (open_back, "entity=sip:desk@host\ntuple id=t1\nstatus\nbasic\nopen\n"));
  g_assert_nonnull (strstr (open_back, "in a call\n"));
  g_assert_nonnull (strstr (open_back, "rpid:on-the-phone\n"));
  g_assert_nonnull (strstr (closed_back, "basic\nclosed\n"));
  g_assert_null (strstr (closed_back, "note"));
  g_assert_null (strstr (closed_back, "rpid:on-the-phone"));
}

static void
test_messages (void)
{
  const KithWatchedMessages some = { 2, 5 };
  const KithWatchedMessages none = { 0, 5 };
  g_autofree gchar *yes = kith_message_summary_print ("sip:desk@host", &some);
  g_autofree gchar *no = kith_message_summary_print ("sip:desk@host\r\nX: y", &none);

  g_assert_cmpstr (yes,
                   ==,
                   "Messages-Waiting: yes\r\nMessage-Account: sip:desk@host\r\n"
                   "Voice-Message: 2/5 (0/0)\r\n");
  g_assert_cmpstr (no,
                   ==,
                   "Messages-Waiting: no\r\nMessage-Account: sip:desk@hostX:y\r\n"
                   "Voice-Message: 0/5 (0/0)\r\n");
}

/* No text gets out of its place, however long and odd it is. */
static void
test_escapes (void)
{
  g_autofree gchar *text = g_strnfill (4000, 'x');
  const char *const odd[] = { evil, text, "\xf0\x9f\x98\x80\xf0\x9f", "\xed\xa0\x80", "]]>", "" };

  for (guint i = 0; i < G_N_ELEMENTS (odd); i++) {
    const KithWatchedCall call = { odd[i], KITH_WATCHED_EARLY, FALSE, odd[i], odd[i] };
    const KithWatchedPresence presence = { TRUE, TRUE, odd[i] };
    g_autofree gchar *info = kith_dialog_info_print (odd[i], 1, &call, 1);
    g_autofree gchar *info_back = read_back (info);
    g_autofree gchar *pidf = kith_pidf_print (odd[i], &presence);
    g_autofree gchar *pidf_back = read_back (pidf);
    g_assert_null (strstr (info_back, "state\nconfirmed\n"));
    g_assert_cmpuint (strlen (info), <, 8000);
    g_assert_cmpuint (strlen (pidf), <, 4000);
  }
  KithWatchedCall many[20] = { { "1", KITH_WATCHED_EARLY, FALSE, text, text } };
  for (guint i = 1; i < G_N_ELEMENTS (many); i++) {
    many[i] = many[0];
  }
  g_autofree gchar *info = kith_dialog_info_print (text, 1, many, G_N_ELEMENTS (many));
  g_assert_cmpuint (strlen (info), <, 16384);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/watch/words", test_words);
  g_test_add_func ("/model/watch/dialog-info", test_dialog_info);
  g_test_add_func ("/model/watch/pidf", test_pidf);
  g_test_add_func ("/model/watch/messages", test_messages);
  g_test_add_func ("/model/watch/escapes", test_escapes);
  return g_test_run ();
}
