/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the last calls and their time lines in the database. */
#include "store/schema.h"

const char kith_schema_history_1[]
    = "CREATE TABLE calls ("
      " number INTEGER PRIMARY KEY,"
      " outgoing INTEGER NOT NULL, reason TEXT NOT NULL, sip_status INTEGER NOT NULL,"
      " peer_address TEXT NOT NULL, peer_name TEXT NOT NULL, peer_key TEXT NOT NULL, peer_tag TEXT "
      "NOT NULL,"
      " trust TEXT NOT NULL, encryption TEXT NOT NULL, located_by TEXT NOT NULL, codec TEXT NOT "
      "NULL,"
      " path TEXT NOT NULL, path_kind TEXT NOT NULL, detail TEXT NOT NULL,"
      " nat TEXT NOT NULL, peer_nat TEXT NOT NULL,"
      " started_at INTEGER NOT NULL, located_at INTEGER NOT NULL, linked_at INTEGER NOT NULL,"
      " rang_at INTEGER NOT NULL, answered_at INTEGER NOT NULL, flowing_at INTEGER NOT NULL,"
      " ended_at INTEGER NOT NULL,"
      " packets_sent INTEGER NOT NULL, packets_received INTEGER NOT NULL, packets_lost INTEGER NOT "
      "NULL,"
      " jitter_us INTEGER NOT NULL, rtt_us INTEGER NOT NULL, buffer_ms INTEGER NOT NULL,"
      " remote_loss_ppm INTEGER NOT NULL, mos REAL NOT NULL,"
      " dropped INTEGER NOT NULL) STRICT;"
      "CREATE TABLE call_entries ("
      " call INTEGER NOT NULL REFERENCES calls (number) ON DELETE CASCADE,"
      " at_us INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL) STRICT;"
      "CREATE INDEX call_entries_by_call ON call_entries (call)";
