/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A contact: a person whom the user has chosen to keep, as a value. */
#pragma once

#include <glib.h>

#include "base/export.h"
#include "model/names/name.h"
#include "model/names/peer-key.h"

G_BEGIN_DECLS

/* What a contact does for us, as far as they said. */
typedef enum {
  KITH_RELAYS_UNKNOWN, /* no link to them is up, or it just came up */
  KITH_RELAYS_NO,      /* they have not set relay on for us */
  KITH_RELAYS_OFFERS,  /* offers of calls, but no packets: relaying is switched off there */
  KITH_RELAYS_YES
} KithRelaysForUs;

typedef struct {
  guint id;        /* from 1; never given to another one */
  gchar *name;     /* what the user calls them: normal form, of one contact only */
  gchar *own_name; /* what they call themselves, or NULL */
  KithPeerKey key;
  guint8 tag[KITH_TAG_LEN]; /* with has_tag: of own_name and key */
  gboolean has_tag;
  gchar *number;                 /* by which phones of the house dial them, or NULL */
  gboolean relay;                /* a friend: we carry for each other */
  gint64 since;                  /* seconds since the epoch */
  guint64 relayed;               /* bytes that we relayed for them, in all */
  gint64 relayed_day;            /* days since the epoch … */
  guint64 relayed_today;         /* … on which it was so much */
  gboolean online;               /* a link to them is up; not kept */
  KithRelaysForUs relays_for_us; /* not kept */
} KithContact;

/* "unknown", "no", "offers", "yes" (static). */
KITH_API const char *kith_relays_word (KithRelaysForUs relays);

KITH_API KithContact *kith_contact_new (void);
KITH_API KithContact *kith_contact_copy (const KithContact *person);
KITH_API void kith_contact_free (KithContact *person);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithContact, kith_contact_free)

/* What to dial to mean exactly this one: "bob~7k2f9qxm", or the key as long as the tag is not
   known. (transfer full) */
KITH_API gchar *kith_contact_full_address (const KithContact *person);

G_END_DECLS
