/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The certificates of SIP over TLS: a CA of our own, which stays here, and what it signs for this
   host. */
#pragma once

#include "base/clock.h"

G_BEGIN_DECLS

typedef struct _KithTlsKeeper KithTlsKeeper;

/* What is shown from now on, as PEM: the first, and each that is made anew. */
typedef void (*KithTlsKeeperFresh) (const char *chain, const char *key, gpointer user_data);

/* Reads them from @state_dir, or makes and writes them, on a thread; again when this host's
   addresses change, and each day for their age. Main thread. (transfer full) */
KithTlsKeeper *kith_tls_keeper_new (KithClock *clock,
                                    const char *state_dir,
                                    KithTlsKeeperFresh fresh,
                                    gpointer user_data);
void kith_tls_keeper_free (KithTlsKeeper *keeper);

/* The CA's certificate, which phones are to trust, as PEM; NULL: it is not there yet. (transfer
   none) */
const char *kith_tls_keeper_get_ca (KithTlsKeeper *keeper);

/* The CA's SHA-256: "3A:5F:…"; NULL as above. (transfer none) */
const char *kith_tls_keeper_get_fingerprint (KithTlsKeeper *keeper);

/* Why there are none; NULL: there are, or will be in a moment. (transfer none) */
const char *kith_tls_keeper_get_problem (KithTlsKeeper *keeper);

G_END_DECLS
