/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps of the database's form, each written in the file that owns its tables. */
#pragma once

/* SQL text of one step, run in a transaction once in the life of a database. A step that was
   released is never changed: add the next one. Each is listed in the table of database.c, in the
   order in which they came. */
extern const char kith_schema_history_1[];  /* history.c */
extern const char kith_schema_history_2[];  /* history.c */
extern const char kith_schema_contacts_1[]; /* contact-store.c */
extern const char kith_schema_history_3[];  /* history.c */
extern const char kith_schema_history_4[];  /* history.c */
extern const char kith_schema_seen_1[];     /* seen-keys.c */
extern const char kith_schema_history_5[];  /* history.c */
extern const char kith_schema_phones_1[];   /* phone-store.c */
extern const char kith_schema_contacts_2[]; /* contact-store.c */
extern const char kith_schema_trunks_1[];   /* trunk-store.c */
