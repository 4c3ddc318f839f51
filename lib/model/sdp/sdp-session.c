/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One id for all descriptions of a session, and a version that rises when they change. */
#include "model/sdp/sdp-session.h"

gchar *
kith_sdp_session_print (KithSdpSession *session, const KithOffer *offer)
{
  g_return_val_if_fail (session != NULL && offer != NULL, NULL);
  g_autoptr (KithOffer) next = kith_offer_copy (offer);

  if (session->last != NULL) {
    next->session_id = session->id;
    next->session_version = session->version;
  }
  gchar *text = kith_sdp_print (next);
  if (session->last != NULL && g_strcmp0 (text, session->last) != 0) {
    next->session_version++;
    g_free (text);
    text = kith_sdp_print (next);
  }
  session->id = next->session_id;
  session->version = next->session_version;
  g_free (session->last);
  session->last = g_strdup (text);
  return text;
}

void
kith_sdp_session_clear (KithSdpSession *session)
{
  g_clear_pointer (&session->last, g_free);
  session->id = session->version = 0;
}
