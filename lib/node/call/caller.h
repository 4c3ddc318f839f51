/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who the other side of a call is: judged by the key, never by what it says of itself. */
#pragma once

#include "node/call/leg/call-context.h"

G_BEGIN_DECLS

/* Who it is, as far as it is known. */
typedef struct {
  gchar *address; /* what was dialled, or the peer's URI */
  gchar *name;
  KithPeerKey key; /* zero: ordinary SIP */
  gchar *tag;
  gchar *own_name;      /* of a contact who has another name here: what they call themselves */
  gchar *pin_name;      /* outgoing: the name that an answered call pins, or NULL */
  gchar *source;        /* incoming by ordinary SIP: the IP address that it came from */
  gchar *phone;         /* it is a phone of the house: its name */
  gchar *located_by;    /* outgoing: the locator that found them */
  gboolean is_stranger; /* incoming: neither a contact nor pinned */
  KithTrustLevel trust;
  guint seen_calls;  /* answered calls with this key before this one … */
  gint64 seen_since; /* … and when the first of them was, in seconds */
} KithCallWho;

/* Frees the texts. */
void kith_call_who_clear (KithCallWho *who);

/* A contact, or one whose key is pinned to a name. */
gboolean kith_caller_is_known (const KithCallContext *context, const KithPeerKey *key);

/* Who calls us is known by the key of the link: name, own name, tag and trust are those of the
   contact, else of the pin; without either the name is the one that they give themselves, and the
   trust says whether this key was met before or the name is somebody else's. By ordinary SIP
   nothing is known: name and address are what is said, without tags. @uri, @display: of the
   INVITE. */
void kith_caller_name (KithCallWho *who,
                       const KithCallContext *context,
                       const char *uri,
                       const char *display);

/* It is the phone @name of the house (NULL: it is none), whatever it says of itself. */
void kith_caller_is_phone (KithCallWho *who, const char *name);

/* We call a contact: the same for the key that was found, whatever was dialled. */
void kith_caller_name_callee (KithCallWho *who, const KithCallContext *context);

/* The call was answered, and their audio has come: the key was met. */
void kith_caller_met (const KithCallWho *who, const KithCallContext *context, const char *log_id);

G_END_DECLS
