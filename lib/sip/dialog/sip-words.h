/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a request says of who calls whom. */
#pragma once

#include "sip/sofia/sofia.h"

G_BEGIN_DECLS

/* The URI as text; "" when it is longer than we take. (transfer full) */
gchar *kith_sip_words_uri (const url_t *url);

/* Its user part without escapes, or "". (transfer full) */
gchar *kith_sip_words_user (const url_t *url);

/* A display name without the quotes that the library leaves around it. (transfer full) */
gchar *kith_sip_words_display (const char *display);

G_END_DECLS
