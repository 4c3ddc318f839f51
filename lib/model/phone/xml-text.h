/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stranger's text within XML. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Appends @text, at most @most bytes of it and no half characters: what means something in XML is
   escaped, what may not be in it (control characters, bytes that are no UTF-8) becomes "?". */
void kith_xml_put (GString *out, const char *text, gsize most);

/* ' name="text"', or nothing for NULL and "". */
void kith_xml_put_attribute (GString *out, const char *name, const char *text, gsize most);

G_END_DECLS
