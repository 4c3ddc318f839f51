/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who the other side of a call is: judged by the key, never by what it says of itself. */
#pragma once

#include "node/call/call-context.h"
#include "node/call/call.h"

G_BEGIN_DECLS

/* A contact, or one whose key is pinned to a name. */
gboolean kith_caller_is_known (const KithCallContext *context, const KithPeerKey *key);

/* Who calls us is known by the key of the link: name, own name, tag and trust are those of the contact, else of the pin; without either the name is the one
   that they give themselves, and the trust says whether this key was met before or the name is somebody else's. By ordinary SIP nothing is known: name and
   address are what is said, without tags. @uri, @display: of the INVITE. */
void kith_caller_name (KithCall *call, const char *uri, const char *display);

/* We call a contact: the same for the key that was found, whatever was dialled. */
void kith_caller_name_callee (KithCall *call);

/* The call was answered, and their audio has come: the key was met. */
void kith_caller_met (KithCall *call);

G_END_DECLS
