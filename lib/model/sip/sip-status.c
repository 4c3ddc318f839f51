/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of SIP statuses in words. */
#include "model/sip/sip-status.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define MAX_PHRASE 60

#define NO_LOGIN                                                                                   \
  "Kith does not log in at servers: call the other telephone itself (sip:USER@HOST), or use an "   \
  "address that may be called without a password."
#define CODECS "Let it offer Opus or G.711 without encryption (RTP/AVP), or call a Kith address."
#define REPORT "Please report it with the output of “kith why --json” and the model of the phone."
#define CHECK "Check the address: user, host and port."
#define LATER "Try again later."

typedef struct {
  guint status;
  const char *what;
  const char *remedy;
} StatusRow;

static const StatusRow rows[] = {
  { 400, "it could not read the call", REPORT },
  { 401, "it wants a password, as a PBX or a provider does of its own telephones", NO_LOGIN },
  { 402, "it wants to be paid", "Call another address." },
  { 403,
    "it does not let you call",
    "Ask whoever runs it to let your calls in, or call another address." },
  { 404, "there is nobody of that name or number", CHECK },
  { 405, "it takes no calls: what answers there is no telephone", CHECK },
  { 406, "it can do nothing with the kinds of audio that Kith offers", CODECS },
  { 407, "it wants a password, as a PBX or a provider does of its own telephones", NO_LOGIN },
  { 408,
    "it waited for the telephone in vain",
    "See that the other telephone is on and logged in there." },
  { 410, "that address is used no more", "Ask for the new one." },
  { 413, "the call's description is too long for it", REPORT },
  { 414, "the address is too long for it", CHECK },
  { 415, "it can do nothing with the kinds of audio that Kith offers", CODECS },
  { 416, "it does not know this kind of address", "Write it as sip:USER@HOST." },
  { 420,
    "it asks for an extension of SIP that Kith does not have",
    "In its settings, let 100rel, session timers and the like be supported instead of required." },
  { 421,
    "it insists on an extension of SIP that Kith does not have",
    "In its settings, let 100rel, session timers and the like be supported instead of required." },
  { 422,
    "it insists on session timers with another time than was agreed",
    "In its settings, switch session timers off, or let them be supported instead of required." },
  { 423, "a time is too short for it", REPORT },
  { 429, "it wants to know on whose behalf you call", REPORT },
  { 433, "it takes no anonymous calls", "Call another address." },
  { 480,
    "the telephone is there, but takes no call now: declined, away or set to do not disturb",
    LATER },
  { 481, "it does not know this call, or knows it no more", "Call again." },
  { 482,
    "the call went round in a circle between servers",
    "See to where the other telephone forwards its calls." },
  { 483,
    "the call passed through too many servers",
    "See to where the other telephone forwards its calls." },
  { 484, "the number is not complete", "Dial the whole number." },
  { 485, "several people fit the address", "Use a more precise one." },
  { 486, "the line is busy", LATER },
  { 487, "the call was taken back on its way", "Call again." },
  { 488,
    "it shares no codec or encryption with your phone, or insists on encryption (SRTP)",
    CODECS },
  { 489, "it does not know what was asked of it", REPORT },
  { 491, "both sides wanted something at the same moment", "Call again in a moment." },
  { 493, "it insists on encryption of its own kind", CODECS },
  { 494, "it insists on an agreement about security (RFC 3329) that Kith does not have", NO_LOGIN },
  { 500,
    "something went wrong within it",
    "Try again; if it stays so, its log says more, or a restart of it helps." },
  { 501, "it does not know how to take a call: what answers there is no telephone", CHECK },
  { 502, "the next server behind it gave no good answer", LATER },
  { 503, "it is overloaded or out of service", LATER },
  { 504, "the next server behind it did not answer in time", LATER },
  { 505, "it speaks another version of SIP", REPORT },
  { 513, "the call's description is too long for it", REPORT },
  { 580, "it could not set the audio's quality aside", LATER },
  { 600, "the line is busy, everywhere", LATER },
  { 603, "the call was declined", "" },
  { 604, "there is nobody of that name or number anywhere", CHECK },
  { 606, "it can do nothing with the kinds of audio that Kith offers", CODECS },
  { 607, "whoever is called does not want your calls", "" },
  { 608, "a filter on the way refused the call", "Ask whoever runs it to let your calls in." },
};

static const StatusRow *
find (guint status)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (rows[i].status == status) {
      return &rows[i];
    }
  }
  return NULL;
}

const char *
kith_sip_status_what (guint status)
{
  const StatusRow *row = find (status);

  return row != NULL ? row->what : NULL;
}

const char *
kith_sip_status_remedy (guint status)
{
  const StatusRow *row = find (status);

  return row != NULL ? row->remedy : "";
}

gchar *
kith_sip_status_said (guint status, const char *detail)
{
  char *rest = NULL;

  if (detail != NULL && strtoul (detail, &rest, 10) == status && rest != detail && *rest == ' ') {
    g_autofree gchar *phrase = kith_text_safe (rest + 1, -1, MAX_PHRASE);
    g_strstrip (phrase);
    if (*phrase != '\0') {
      return g_strdup_printf ("“%s” (SIP %u)", phrase, status);
    }
  }
  return g_strdup_printf ("SIP %u", status);
}
