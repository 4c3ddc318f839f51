/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The body of a NOTIFY of the package "presence": PIDF (RFC 3863) with an activity (RFC 4480). */
#include "model/phone/watch.h"
#include "model/phone/xml-text.h"

gchar *
kith_pidf_print (const char *entity, const KithWatchedPresence *presence)
{
  GString *out = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                               "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\""
                               " xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\""
                               " xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\"");

  kith_xml_put_attribute (out, "entity", entity, KITH_WATCH_URI_MAX);
  g_string_append_printf (out,
                          ">\n<tuple id=\"t1\"><status><basic>%s</basic></status>",
                          presence->open ? "open" : "closed");
  if (presence->note != NULL && *presence->note != '\0') {
    g_string_append (out, "<note>");
    kith_xml_put (out, presence->note, KITH_WATCH_NAME_MAX);
    g_string_append (out, "</note>");
  }
  g_string_append (out, "</tuple>\n");
  if (presence->busy) {
    g_string_append (out,
                     "<dm:person id=\"p1\"><rpid:activities><rpid:on-the-phone/>"
                     "</rpid:activities></dm:person>\n");
  }
  g_string_append (out, "</presence>\n");
  return g_string_free (out, FALSE);
}
