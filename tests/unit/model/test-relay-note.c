/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The notes between friends: round trips, bounds, and every byte that is too much or too few. */
#include <string.h>

#include "model/talk/relay-note.h"

static void
fill (KithRelayNote *note)
{
  memset (note, 0, sizeof *note);
  memset (note->peer.bytes, 0xb0, sizeof note->peer.bytes);
  memset (note->link_id, 0x1d, sizeof note->link_id);
}

/* Writes, reads, compares; then every shorter text and one longer is refused. */
static void
check (const KithRelayNote *note, gsize expected)
{
  guint8 bytes[KITH_RELAY_NOTE_MAX + 1] = { 0 };
  guint8 again[KITH_RELAY_NOTE_MAX];
  KithRelayNote read;
  gsize len = kith_relay_note_write (note, bytes);

  g_assert_cmpuint (len, ==, expected);
  g_assert_true (kith_relay_note_read (bytes, len, &read));
  g_assert_cmpmem (&read, sizeof read, note, sizeof *note);
  g_assert_cmpuint (kith_relay_note_write (&read, again), ==, len);
  g_assert_cmpmem (again, len, bytes, len);
  for (gsize i = 0; i < len; i++) {
    g_assert_false (kith_relay_note_read (bytes, i, &read));
  }
  g_assert_false (kith_relay_note_read (bytes, len + 1, &read));
  bytes[1] = 2; /* a later version */
  g_assert_false (kith_relay_note_read (bytes, len, &read));
}

static void
test_carry (void)
{
  KithRelayNote note;

  fill (&note);
  note.kind = KITH_NOTE_CARRY;
  note.request = 0xdeadbeef;
  note.has_channel = TRUE;
  check (&note, 2 + 1 + 4 + 32 + 16 + 2);
  note.knock_len = KITH_RECORD_MAX;
  memset (note.knock, 0x77, note.knock_len);
  check (&note, 2 + 1 + 4 + 32 + 16 + 2 + KITH_RECORD_MAX);
  note.has_channel = FALSE;
  check (&note, 2 + 1 + 4 + 32 + 16 + 2 + KITH_RECORD_MAX);
}

static void
test_carried (void)
{
  KithRelayNote note;

  fill (&note);
  note.kind = KITH_NOTE_CARRIED;
  note.knock_len = 1;
  note.knock[0] = 9;
  check (&note, 2 + 1 + 32 + 16 + 2 + 1);
  note.has_channel = TRUE;
  memset (note.channel, 0xc4, sizeof note.channel);
  note.asker_rtt_ms = KITH_RELAY_RTT_MAX;
  note.other_rtt_ms = 18;
  check (&note, 2 + 1 + 32 + 16 + 12 + 2 + 1);
  note.knock_len = KITH_RECORD_MAX;
  memset (note.knock, 0x77, note.knock_len);
  check (&note, 2 + 1 + 32 + 16 + 12 + 2 + KITH_RECORD_MAX);
}

static void
test_channel (void)
{
  KithRelayNote note = { .kind = KITH_NOTE_CHANNEL, .op = KITH_CHANNEL_OPENED, .request = 7 };

  memset (note.channel, 0xc4, sizeof note.channel);
  note.asker_rtt_ms = 12;
  note.other_rtt_ms = 300;
  check (&note, 2 + 1 + 4 + 12);
  note = (KithRelayNote){ .kind = KITH_NOTE_CHANNEL, .op = KITH_CHANNEL_PASSED, .request = 7 };
  check (&note, 2 + 1 + 4);
  note.op = KITH_CHANNEL_REFUSED;
  note.reason = KITH_RELAY_DONE;
  check (&note, 2 + 1 + 4 + 1);
  note.op = KITH_CHANNEL_NONE;
  check (&note, 2 + 1 + 4 + 1);
  note = (KithRelayNote){ .kind = KITH_NOTE_CHANNEL,
                          .op = KITH_CHANNEL_CLOSED,
                          .reason = KITH_RELAY_GONE };
  memset (note.channel, 0xc4, sizeof note.channel);
  check (&note, 2 + 1 + 8 + 1);
  note = (KithRelayNote){ .kind = KITH_NOTE_CHANNEL, .op = KITH_CHANNEL_TAKEN };
  check (&note, 2 + 1 + 32);
  memset (note.peer.bytes, 0xa1, sizeof note.peer.bytes);
  check (&note, 2 + 1 + 32);
}

static void
test_state (void)
{
  KithRelayNote note = { .kind = KITH_NOTE_RELAY_STATE };

  check (&note, 3);
  note.flags = KITH_RELAY_MAY | KITH_RELAY_CARRIES | KITH_RELAY_GIVES;
  check (&note, 3);
}

/* What cannot be written, and what is not read though its length is right. */
static void
test_bounds (void)
{
  guint8 bytes[KITH_RELAY_NOTE_MAX];
  KithRelayNote note;

  fill (&note);
  note.kind = KITH_NOTE_CARRY;
  g_assert_cmpuint (kith_relay_note_write (&note, bytes), ==, 0); /* neither knock nor channel */
  note.knock_len = KITH_RECORD_MAX + 1;
  g_assert_cmpuint (kith_relay_note_write (&note, bytes), ==, 0);
  note = (KithRelayNote){ .kind = KITH_NOTE_CHANNEL };
  g_assert_cmpuint (kith_relay_note_write (&note, bytes), ==, 0); /* no such op */
  note = (KithRelayNote){ .kind = KITH_NOTE_RELAY_STATE, .flags = 0x100 };
  g_assert_cmpuint (kith_relay_note_write (&note, bytes), ==, 0);
  note = (KithRelayNote){ .kind = KITH_NOTE_MOVE };
  g_assert_cmpuint (kith_relay_note_write (&note, bytes), ==, 0);

  const guint8 no_kind[] = { 20, 1, 0 };
  const guint8 op[] = { KITH_NOTE_CHANNEL, 1, 6, 0, 0, 0, 0 };
  g_assert_false (kith_relay_note_read (no_kind, sizeof no_kind, &note));
  g_assert_false (kith_relay_note_read (op, sizeof op, &note));
  fill (&note);
  note.kind = KITH_NOTE_CARRY;
  note.has_channel = TRUE;
  gsize len = kith_relay_note_write (&note, bytes);
  bytes[2] = 3;
  g_assert_false (kith_relay_note_read (bytes, len, &note)); /* an unknown flag */
  bytes[2] = 0;
  g_assert_false (kith_relay_note_read (bytes, len, &note)); /* nothing is asked */
}

/* What a newer program says: its reasons and bits are numbers like others, its kinds are no notes
   of ours. */
static void
test_of_tomorrow (void)
{
  static const guint8 flags[] = { KITH_NOTE_RELAY_STATE, 1, 0x80 | KITH_RELAY_GIVES };
  static const guint8 refused[] = { KITH_NOTE_CHANNEL, 1, KITH_CHANNEL_REFUSED, 0, 0, 0, 5, 250 };
  static const guint8 kind[] = { 32, 1, 0 };
  KithRelayNote note;

  g_assert_true (kith_relay_note_read (flags, sizeof flags, &note));
  g_assert_cmpuint (note.flags & KITH_RELAY_GIVES, ==, KITH_RELAY_GIVES);
  g_assert_cmpuint (note.flags & KITH_RELAY_MAY, ==, 0);
  g_assert_true (kith_relay_note_read (refused, sizeof refused, &note));
  g_assert_cmpuint (note.request, ==, 5);
  g_assert_cmpuint (note.reason, ==, 250);
  g_assert_nonnull (strstr (kith_relay_reason_text (note.reason), "newer"));
  g_assert_false (kith_relay_note_read (kind, sizeof kind, &note));
}

static void
test_texts (void)
{
  for (guint reason = KITH_RELAY_OTHER; reason <= KITH_RELAY_DONE; reason++) {
    for (guint other = 0; other < reason; other++) {
      g_assert_cmpstr (kith_relay_reason_text ((KithRelayReason)reason),
                       !=,
                       kith_relay_reason_text ((KithRelayReason)other));
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/relay-note/carry", test_carry);
  g_test_add_func ("/model/relay-note/carried", test_carried);
  g_test_add_func ("/model/relay-note/channel", test_channel);
  g_test_add_func ("/model/relay-note/state", test_state);
  g_test_add_func ("/model/relay-note/bounds", test_bounds);
  g_test_add_func ("/model/relay-note/of-tomorrow", test_of_tomorrow);
  g_test_add_func ("/model/relay-note/texts", test_texts);
  return g_test_run ();
}
