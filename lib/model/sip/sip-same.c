/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compares part by part; nothing is written anew. */
#include "model/sip/sip-same.h"

#include "model/sip/sip-next-hop.h"

/* What a URI's user means, one byte after the other: %41 is "A". */
static guint
next_of_user (KithSipPiece *user)
{
  gint high = user->len >= 3 && *user->at == '%' ? g_ascii_xdigit_value (user->at[1]) : -1;
  gint low = high >= 0 ? g_ascii_xdigit_value (user->at[2]) : -1;
  guint byte = low >= 0 ? (guint)(high << 4 | low) : (guchar)*user->at;

  *user = kith_sip_piece_from (*user, low >= 0 ? 3 : 1);
  return byte;
}

static gboolean
same_user (KithSipPiece a, KithSipPiece b)
{
  while (a.len > 0 && b.len > 0) {
    if (next_of_user (&a) != next_of_user (&b)) {
      return FALSE;
    }
  }
  return a.len == 0 && b.len == 0;
}

static gboolean
same_letters (KithSipPiece a, KithSipPiece b)
{
  return a.len == b.len && (a.len == 0 || g_ascii_strncasecmp (a.at, b.at, a.len) == 0);
}

static gboolean
same_host (KithSipPiece a, KithSipPiece b)
{
  KithEndpoint x = { 0 };
  KithEndpoint y = { 0 };

  if (kith_sip_host_is_number (a, &x) && kith_sip_host_is_number (b, &y)) {
    return kith_endpoint_is_same_host (&x, &y);
  }
  return same_letters (a, b);
}

/* @a's parameters agree with those of @b: what both have is the same, and some must be in both. */
static gboolean
params_agree (KithSipPiece a, KithSipPiece b)
{
  static const char *const both[] = { "transport", "user", "ttl", "method", "maddr" };
  KithSipPiece item, name, value, other;

  while (kith_sip_piece_next (&a, ';', &item)) {
    kith_sip_piece_pair (item, &name, &value);
    g_autofree gchar *text = g_strndup (name.at, name.len);
    if (kith_sip_piece_param (b, text, &other)) {
      if (!same_letters (value, other)) {
        return FALSE;
      }
      continue;
    }
    for (gsize i = 0; i < G_N_ELEMENTS (both); i++) {
      if (kith_sip_piece_is (name, both[i])) {
        return FALSE;
      }
    }
  }
  return TRUE;
}

gboolean
kith_sip_uri_means (KithSipPiece a, KithSipPiece b)
{
  KithSipUriParts x, y;

  if (kith_sip_piece_same (a, b)) {
    return TRUE;
  }
  return kith_sip_uri_split (a, &x) && kith_sip_uri_split (b, &y) && x.secure == y.secure
         && (x.user.at != NULL) == (y.user.at != NULL) && same_user (x.user, y.user)
         && same_host (x.host, y.host) && x.port == y.port && params_agree (x.params, y.params)
         && params_agree (y.params, x.params);
}
