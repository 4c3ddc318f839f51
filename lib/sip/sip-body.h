/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one kind of body that we take: a session description that passed the strict check. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * kith_sip_body_sdp:
 * @type: the value of Content-Type, parameters included, or NULL
 * @body: @len bytes, not NUL-terminated; may be NULL when @len is 0
 * @sdp: (out) (transfer full) (nullable): the text, or NULL when there is no body
 *
 * Takes application/sdp alone, or as the only such part of a multipart/mixed of depth 1 (RFC 2046
 * section 5.1) whose other parts may be ignored (RFC 5621). Every text passes kith_sdp_check().
 * Returns: 0, or the status that refuses it: 400 (broken), 413 (too large), 415 (of another kind).
 */
guint kith_sip_body_sdp (const char *type, const char *body, gsize len, gchar **sdp);

G_END_DECLS
