/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the library of SRTP ready. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Once for the life of the process, as soon as SRTP is needed: libsrtp2 stands on NSS in Debian,
   which is loaded, tests itself and is unloaded with each session that is alone, 10 ms of work a
   call. One session that is never used stays. Main thread. */
void kith_srtp_keep (void);

G_END_DECLS
