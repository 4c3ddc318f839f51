/* SPDX-License-Identifier: GPL-3.0-or-later */
/* QR codes by libqrencode. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The code of @text (at most 512 bytes) for a terminal: two modules a character by half blocks,
   light on dark and dark on light alike, with its margin; each line ends with a line feed.
   (transfer full), or NULL: it is too long. Any thread. */
gchar *kith_qr_text (const char *text);

G_END_DECLS
