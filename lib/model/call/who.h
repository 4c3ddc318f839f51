/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who the other side of a call is, in words: the same ones in every list, sentence and live
   view. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/* The longest text that kith_who_unproved() gives back, in characters. */
#define KITH_WHO_MAX 64

/* What is known, as a call has it on the bus. NULL is as good as "". */
typedef struct {
  const char *name;       /* the user's own for them, or what they call themselves */
  const char *own_name;   /* of a contact who has another name here: what they call themselves */
  const char *tag;        /* of their own name and key */
  const char *key;        /* "": ordinary SIP, or nobody was found */
  const char *address;    /* what was dialled, or the caller's */
  const char *encryption; /* "none": ordinary SIP */
  const char *trust;      /* "unknown", "seen", "verified" or "mismatch" */
} KithWho;

/* The name: "bob~7k2f9qxm"; "mum (alice~7k2f9qxm)" of a contact who calls herself alice; the
   address without a name. Of ordinary SIP, whose names are only said: "\"Bob\"
   <sip:bob@192.0.2.7>", or "desk (ordinary SIP)" of an address that the user gave a name. Not made
   safe. (transfer full) */
KITH_API gchar *kith_who_name (const KithWho *who);

/* The name, and what a list must say of it: "bob (ANOTHER KEY than before)". Not made safe.
   (transfer full) */
KITH_API gchar *kith_who_text (const KithWho *who);

/* A name that is only said, without what looks like a tag: who has proved nothing has none.
   "bob~9f2vmg55" is "bob"; other tildes, of whatever alphabet, are blanks. At most KITH_WHO_MAX
   characters, fit to be shown; NULL when nothing is left. (transfer full) */
KITH_API gchar *kith_who_unproved (const char *text);

/* An address of ordinary SIP that is only said, as it is but for tildes, which are written as %7E:
   it means the same, and has no tag. (transfer full) */
KITH_API gchar *kith_who_unproved_uri (const char *uri);

/* The user of "sip:user@KEY.kith.alt", as far as it is a name: what a caller over a link says of
   itself. (transfer full) (nullable) */
KITH_API gchar *kith_who_claimed_on_link (const char *uri);

/* What an ordinary telephone says of itself, by kith_who_unproved(). @display: (nullable).
   (transfer full) (nullable) */
KITH_API gchar *kith_who_claimed_by_sip (const char *uri, const char *display);

G_END_DECLS
