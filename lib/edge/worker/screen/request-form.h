/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the addresses of a request can be read, for who answers it without a parser of all
   headers. */
#pragma once

#include "model/sip/sip-lines.h"

G_BEGIN_DECLS

/* The name of the first header of the request that is malformed: From, To, Call-ID, Contact, Route
   or Record-Route; NULL: none is. Static. */
const char *kith_sip_form_fault (const KithSipLines *request);

G_END_DECLS
