/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a final SIP status of an ordinary telephone or server means for people, and what to do about
   it. */
#pragma once

#include <glib.h>

#include "base/export.h"
#include "words/saying.h"

G_BEGIN_DECLS

/* One clause that goes on after "the phone says …: ", such as "it wants a password"; NULL when the
   status says nothing more than its reason (static). */
KITH_API const char *kith_sip_status_what (guint status);

/* How the peer put it: “Busy Here” (SIP 486), or SIP 486 without a phrase. @detail: (nullable): the
   status, a blank and the peer's phrase, of any origin; safe to show and short. (transfer full) */
KITH_API gchar *kith_sip_status_said (guint status, const char *detail);

/* The clause as a value, "status-404", whose help says what to do about it; NULL where there are no
   words. (transfer full) (nullable) */
KITH_API KithSaying *kith_sip_status_saying (guint status);

G_END_DECLS
