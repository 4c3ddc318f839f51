/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The body of a NOTIFY of the package "dialog" (RFC 4235). */
#include "model/phone/watch.h"
#include "model/phone/xml-text.h"

static const char *
state_word (KithWatchedState state)
{
  switch (state) {
  case KITH_WATCHED_TRYING:
    return "trying";
  case KITH_WATCHED_EARLY:
    return "early";
  case KITH_WATCHED_CONFIRMED:
    return "confirmed";
  case KITH_WATCHED_TERMINATED:
    return "terminated";
  }
  return "terminated";
}

/* One side; phones dial its target to pick the call up. */
static void
put_side (GString *out, const char *side, const char *name, const char *uri)
{
  if (uri == NULL || *uri == '\0') {
    return;
  }
  g_string_append_printf (out, "<%s><identity", side);
  kith_xml_put_attribute (out, "display", name, KITH_WATCH_NAME_MAX);
  g_string_append_c (out, '>');
  kith_xml_put (out, uri, KITH_WATCH_URI_MAX);
  g_string_append (out, "</identity><target");
  kith_xml_put_attribute (out, "uri", uri, KITH_WATCH_URI_MAX);
  g_string_append_printf (out, "/></%s>\n", side);
}

gchar *
kith_dialog_info_print (const char *entity, guint version, const KithWatchedCall *calls, guint n)
{
  GString *out = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                               "<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\"");

  g_string_append_printf (out, " version=\"%u\" state=\"full\"", version);
  kith_xml_put_attribute (out, "entity", entity, KITH_WATCH_URI_MAX);
  g_string_append (out, ">\n");
  for (guint i = 0; i < MIN (n, KITH_WATCH_DIALOGS_MAX); i++) {
    g_string_append (out, "<dialog");
    kith_xml_put_attribute (out, "id", calls[i].id, KITH_WATCH_NAME_MAX);
    kith_xml_put_attribute (out, "call-id", calls[i].id, KITH_WATCH_NAME_MAX);
    g_string_append_printf (out,
                            " direction=\"%s\">\n<state>%s</state>\n",
                            calls[i].outgoing ? "initiator" : "recipient",
                            state_word (calls[i].state));
    put_side (out, "local", NULL, entity);
    put_side (out, "remote", calls[i].remote_name, calls[i].remote_uri);
    g_string_append (out, "</dialog>\n");
  }
  g_string_append (out, "</dialog-info>\n");
  return g_string_free (out, FALSE);
}
