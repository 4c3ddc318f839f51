/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the checks of the doctor share. */
#pragma once

#include "node/doctor/doctor.h"

G_BEGIN_DECLS

typedef struct {
  const KithPatient *patient;
  GPtrArray *findings;
} KithRound;

/* Adds a row; the values of @code are still to be put. (transfer none) */
KithSaying *
kith_doctor_note (KithRound *round, const char *id, KithHealth health, const char *code);

/* The same with a whole @saying (transfer full). */
void
kith_doctor_note_saying (KithRound *round, const char *id, KithHealth health, KithSaying *saying);

gint64 kith_doctor_wall (const KithPatient *patient);

/* The checks of what is kept on the disk, and of the port for telephones. */
void kith_doctor_identity (KithRound *round);
void kith_doctor_sip (KithRound *round);
void kith_doctor_phones (KithRound *round);
void kith_doctor_trunks (KithRound *round);
void kith_doctor_disk (KithRound *round);
void kith_doctor_database (KithRound *round);

/* The checks of what was named by hand. */
void kith_doctor_bootstrap (KithRound *round);
void kith_doctor_device (KithRound *round);
void kith_doctor_contacts_file (KithRound *round);

/* The checks of the way to others. */
void kith_doctor_network (KithRound *round);
void kith_doctor_registration (KithRound *round);
void kith_doctor_nat (KithRound *round);
void kith_doctor_mapping (KithRound *round);
void kith_doctor_stun (KithRound *round);
void kith_doctor_turn (KithRound *round);
void kith_doctor_friends (KithRound *round);
void kith_doctor_relay (KithRound *round);

G_END_DECLS
