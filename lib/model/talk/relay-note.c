/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes and reads the notes between friends: kind, version, then fields of fixed length, the knock
   last. */
#include "model/talk/relay-note.h"

#include <string.h>

#define VERSION 1

enum { FLAG_CHANNEL = 1 };

typedef struct {
  guint8 *at;
  gsize len;
} Writer;

/* After the first failure everything fails. */
typedef struct {
  const guint8 *at;
  gsize left;
  gboolean ok;
} Reader;

static void
put (Writer *writer, const void *data, gsize len)
{
  if (len > 0) {
    memcpy (writer->at + writer->len, data, len);
    writer->len += len;
  }
}

static void
put_uint (Writer *writer, guint32 value, guint n_bytes)
{
  for (guint i = n_bytes; i > 0; i--) {
    writer->at[writer->len++] = (guint8)(value >> (8 * (i - 1)));
  }
}

static void
take (Reader *reader, void *out, gsize len)
{
  if (!reader->ok || reader->left < len) {
    reader->ok = FALSE;
    return;
  }
  memcpy (out, reader->at, len);
  reader->at += len;
  reader->left -= len;
}

static guint32
take_uint (Reader *reader, guint n_bytes)
{
  guint8 bytes[4] = { 0 };
  guint32 value = 0;

  take (reader, bytes, n_bytes);
  for (guint i = 0; i < n_bytes; i++) {
    value = value << 8 | bytes[i];
  }
  return value;
}

/* Writing */

static void
put_channel (Writer *writer, const KithRelayNote *note)
{
  put (writer, note->channel, sizeof note->channel);
  put_uint (writer, note->asker_rtt_ms, 2);
  put_uint (writer, note->other_rtt_ms, 2);
}

static void
put_knock (Writer *writer, const KithRelayNote *note)
{
  put_uint (writer, (guint32)note->knock_len, 2);
  put (writer, note->knock, note->knock_len);
}

static gboolean
put_carry (Writer *writer, const KithRelayNote *note)
{
  if (note->knock_len > KITH_RECORD_MAX || (note->knock_len == 0 && !note->has_channel)) {
    return FALSE;
  }
  put_uint (writer, note->has_channel ? FLAG_CHANNEL : 0, 1);
  if (note->kind == KITH_NOTE_CARRY) {
    put_uint (writer, note->request, 4);
  }
  put (writer, note->peer.bytes, sizeof note->peer.bytes);
  put (writer, note->link_id, sizeof note->link_id);
  if (note->kind == KITH_NOTE_CARRIED && note->has_channel) {
    put_channel (writer, note);
  }
  put_knock (writer, note);
  return TRUE;
}

static gboolean
put_op (Writer *writer, const KithRelayNote *note)
{
  put_uint (writer, note->op, 1);
  switch (note->op) {
  case KITH_CHANNEL_OPENED:
    put_uint (writer, note->request, 4);
    put_channel (writer, note);
    return TRUE;
  case KITH_CHANNEL_PASSED:
    put_uint (writer, note->request, 4);
    return TRUE;
  case KITH_CHANNEL_REFUSED:
  case KITH_CHANNEL_NONE:
    put_uint (writer, note->request, 4);
    put_uint (writer, note->reason, 1);
    return TRUE;
  case KITH_CHANNEL_CLOSED:
    put (writer, note->channel, sizeof note->channel);
    put_uint (writer, note->reason, 1);
    return TRUE;
  case KITH_CHANNEL_TAKEN:
    put (writer, note->peer.bytes, sizeof note->peer.bytes);
    return TRUE;
  }
  return FALSE;
}

gsize
kith_relay_note_write (const KithRelayNote *note, guint8 out[KITH_RELAY_NOTE_MAX])
{
  Writer writer = { .at = out };
  gboolean ok = FALSE;

  put_uint (&writer, note->kind, 1);
  put_uint (&writer, VERSION, 1);
  switch (note->kind) {
  case KITH_NOTE_CARRY:
  case KITH_NOTE_CARRIED:
    ok = put_carry (&writer, note);
    break;
  case KITH_NOTE_CHANNEL:
    ok = (guint)note->reason <= G_MAXUINT8 && put_op (&writer, note);
    break;
  case KITH_NOTE_RELAY_STATE:
    put_uint (&writer, note->flags, 1);
    ok = note->flags <= G_MAXUINT8;
    break;
  case KITH_NOTE_STANDBY:
  case KITH_NOTE_MOVE:
    break;
  }
  return ok ? writer.len : 0;
}

/* Reading */

static void
take_channel (Reader *reader, KithRelayNote *note)
{
  take (reader, note->channel, sizeof note->channel);
  note->asker_rtt_ms = (guint16)take_uint (reader, 2);
  note->other_rtt_ms = (guint16)take_uint (reader, 2);
}

static void
take_carry (Reader *reader, KithRelayNote *note)
{
  guint32 flags = take_uint (reader, 1);

  reader->ok = reader->ok && flags <= FLAG_CHANNEL;
  note->has_channel = flags == FLAG_CHANNEL;
  if (note->kind == KITH_NOTE_CARRY) {
    note->request = take_uint (reader, 4);
  }
  take (reader, note->peer.bytes, sizeof note->peer.bytes);
  take (reader, note->link_id, sizeof note->link_id);
  if (note->kind == KITH_NOTE_CARRIED && note->has_channel) {
    take_channel (reader, note);
  }
  note->knock_len = take_uint (reader, 2);
  if (note->knock_len > KITH_RECORD_MAX || (note->knock_len == 0 && !note->has_channel)) {
    reader->ok = FALSE;
    return;
  }
  take (reader, note->knock, note->knock_len);
}

static void
take_reason (Reader *reader, KithRelayNote *note)
{
  note->reason = (KithRelayReason)take_uint (reader, 1); /* a number of tomorrow, too */
}

static void
take_op (Reader *reader, KithRelayNote *note)
{
  note->op = (KithChannelOp)take_uint (reader, 1);
  switch (note->op) {
  case KITH_CHANNEL_OPENED:
    note->request = take_uint (reader, 4);
    take_channel (reader, note);
    return;
  case KITH_CHANNEL_PASSED:
    note->request = take_uint (reader, 4);
    return;
  case KITH_CHANNEL_REFUSED:
  case KITH_CHANNEL_NONE:
    note->request = take_uint (reader, 4);
    take_reason (reader, note);
    return;
  case KITH_CHANNEL_CLOSED:
    take (reader, note->channel, sizeof note->channel);
    take_reason (reader, note);
    return;
  case KITH_CHANNEL_TAKEN:
    take (reader, note->peer.bytes, sizeof note->peer.bytes);
    return;
  }
  reader->ok = FALSE;
}

gboolean
kith_relay_note_read (const guint8 *data, gsize len, KithRelayNote *note)
{
  Reader reader = { .at = data, .left = len, .ok = len <= KITH_RELAY_NOTE_MAX };

  memset (note, 0, sizeof *note);
  note->kind = (KithNoteKind)take_uint (&reader, 1);
  if (take_uint (&reader, 1) != VERSION) {
    return FALSE;
  }
  switch (note->kind) {
  case KITH_NOTE_CARRY:
  case KITH_NOTE_CARRIED:
    take_carry (&reader, note);
    break;
  case KITH_NOTE_CHANNEL:
    take_op (&reader, note);
    break;
  case KITH_NOTE_RELAY_STATE:
    note->flags = take_uint (&reader, 1); /* bits of tomorrow, too */
    break;
  case KITH_NOTE_STANDBY:
  case KITH_NOTE_MOVE:
    return FALSE;
  }
  return reader.ok && reader.left == 0 && note->kind >= KITH_NOTE_FIRST_OF_NODE
         && note->kind <= KITH_NOTE_RELAY_STATE;
}

const char *
kith_relay_reason_text (KithRelayReason reason)
{
  switch (reason) {
  case KITH_RELAY_STRANGER:
    return "does not have us as a contact with relay on";
  case KITH_RELAY_NOT_LINKED:
    return "has no link to them, or not with relay on";
  case KITH_RELAY_UNWANTED:
    return "may not relay for them";
  case KITH_RELAY_OFF:
    return "has relaying switched off";
  case KITH_RELAY_BUSY:
    return "relays enough already";
  case KITH_RELAY_QUOTA:
    return "has relayed enough today";
  case KITH_RELAY_IDLE:
    return "had nothing to relay";
  case KITH_RELAY_GONE:
    return "has lost the link to them";
  case KITH_RELAY_DONE:
    return "is not needed any more";
  case KITH_RELAY_OTHER:
    return "does not relay this";
  }
  return "does not relay this, for a reason that is newer than this program";
}
