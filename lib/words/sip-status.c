/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of SIP statuses in words. */
#include "words/sip-status.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "words/word-table.h"

#define MAX_PHRASE 60

/* clang-format off */
static const KithWords rows[] = {
  { "status-400", ONE ("it could not read the call"),
    HELP ("Please report it with the output of “kith why --json” and the model of the phone.") },
  { "status-401", ONE ("it wants a password, as a PBX or a provider does of its own telephones"),
    HELP ("Kith does not log in at servers: call the other telephone itself (sip:USER@HOST), or use an address that may be called without a password.") },
  { "status-402", ONE ("it wants to be paid"),
    HELP ("Call another address.") },
  { "status-403", ONE ("it does not let you call"),
    HELP ("Ask whoever runs it to let your calls in, or call another address.") },
  { "status-404", ONE ("there is nobody of that name or number"),
    HELP ("Check the address: user, host and port.") },
  { "status-405", ONE ("it takes no calls: what answers there is no telephone"),
    HELP ("Check the address: user, host and port.") },
  { "status-406", ONE ("it can do nothing with the kinds of audio that Kith offers"),
    HELP ("Let it offer Opus or G.711 without encryption (RTP/AVP), or call a Kith address.") },
  { "status-407", ONE ("it wants a password, as a PBX or a provider does of its own telephones"),
    HELP ("Kith does not log in at servers: call the other telephone itself (sip:USER@HOST), or use an address that may be called without a password.") },
  { "status-408", ONE ("it waited for the telephone in vain"),
    HELP ("See that the other telephone is on and logged in there.") },
  { "status-410", ONE ("that address is used no more"),
    HELP ("Ask for the new one.") },
  { "status-413", ONE ("the call's description is too long for it"),
    HELP ("Please report it with the output of “kith why --json” and the model of the phone.") },
  { "status-414", ONE ("the address is too long for it"),
    HELP ("Check the address: user, host and port.") },
  { "status-415", ONE ("it can do nothing with the kinds of audio that Kith offers"),
    HELP ("Let it offer Opus or G.711 without encryption (RTP/AVP), or call a Kith address.") },
  { "status-416", ONE ("it does not know this kind of address"),
    HELP ("Write it as sip:USER@HOST.") },
  { "status-420", ONE ("it asks for an extension of SIP that Kith does not have"),
    HELP ("In its settings, let 100rel, session timers and the like be supported instead of required.") },
  { "status-421", ONE ("it insists on an extension of SIP that Kith does not have"),
    HELP ("In its settings, let 100rel, session timers and the like be supported instead of required.") },
  { "status-422", ONE ("it insists on session timers with another time than was agreed"),
    HELP ("In its settings, switch session timers off, or let them be supported instead of required.") },
  { "status-423", ONE ("a time is too short for it"),
    HELP ("Please report it with the output of “kith why --json” and the model of the phone.") },
  { "status-429", ONE ("it wants to know on whose behalf you call"),
    HELP ("Please report it with the output of “kith why --json” and the model of the phone.") },
  { "status-433", ONE ("it takes no anonymous calls"),
    HELP ("Call another address.") },
  { "status-480", ONE ("the telephone is there, but takes no call now: declined, away or set to do not disturb"),
    HELP ("Try again later.") },
  { "status-481", ONE ("it does not know this call, or knows it no more"),
    HELP ("Call again.") },
  { "status-482", ONE ("the call went round in a circle between servers"),
    HELP ("See to where the other telephone forwards its calls.") },
  { "status-483", ONE ("the call passed through too many servers"),
    HELP ("See to where the other telephone forwards its calls.") },
  { "status-484", ONE ("the number is not complete"),
    HELP ("Dial the whole number.") },
  { "status-485", ONE ("several people fit the address"),
    HELP ("Use a more precise one.") },
  { "status-486", ONE ("the line is busy"),
    HELP ("Try again later.") },
  { "status-487", ONE ("the call was taken back on its way"),
    HELP ("Call again.") },
  { "status-488", ONE ("it shares no codec or encryption with your phone, or insists on encryption (SRTP)"),
    HELP ("Let it offer Opus or G.711 without encryption (RTP/AVP), or call a Kith address.") },
  { "status-489", ONE ("it does not know what was asked of it"),
    HELP ("Please report it with the output of “kith why --json” and the model of the phone.") },
  { "status-491", ONE ("both sides wanted something at the same moment"),
    HELP ("Call again in a moment.") },
  { "status-493", ONE ("it insists on encryption of its own kind"),
    HELP ("Let it offer Opus or G.711 without encryption (RTP/AVP), or call a Kith address.") },
  { "status-494", ONE ("it insists on an agreement about security (RFC 3329) that Kith does not have"),
    HELP ("Kith does not log in at servers: call the other telephone itself (sip:USER@HOST), or use an address that may be called without a password.") },
  { "status-500", ONE ("something went wrong within it"),
    HELP ("Try again; if it stays so, its log says more, or a restart of it helps.") },
  { "status-501", ONE ("it does not know how to take a call: what answers there is no telephone"),
    HELP ("Check the address: user, host and port.") },
  { "status-502", ONE ("the next server behind it gave no good answer"),
    HELP ("Try again later.") },
  { "status-503", ONE ("it is overloaded or out of service"),
    HELP ("Try again later.") },
  { "status-504", ONE ("the next server behind it did not answer in time"),
    HELP ("Try again later.") },
  { "status-505", ONE ("it speaks another version of SIP"),
    HELP ("Please report it with the output of “kith why --json” and the model of the phone.") },
  { "status-513", ONE ("the call's description is too long for it"),
    HELP ("Please report it with the output of “kith why --json” and the model of the phone.") },
  { "status-580", ONE ("it could not set the audio's quality aside"),
    HELP ("Try again later.") },
  { "status-600", ONE ("the line is busy, everywhere"),
    HELP ("Try again later.") },
  { "status-603", ONE ("the call was declined"),
    NULL },
  { "status-604", ONE ("there is nobody of that name or number anywhere"),
    HELP ("Check the address: user, host and port.") },
  { "status-606", ONE ("it can do nothing with the kinds of audio that Kith offers"),
    HELP ("Let it offer Opus or G.711 without encryption (RTP/AVP), or call a Kith address.") },
  { "status-607", ONE ("whoever is called does not want your calls"),
    NULL },
  { "status-608", ONE ("a filter on the way refused the call"),
    HELP ("Ask whoever runs it to let your calls in.") },
};
/* clang-format on */

const KithWords *
kith_status_words_at (guint index)
{
  return index < G_N_ELEMENTS (rows) ? &rows[index] : NULL;
}

static const KithWords *
find (guint status)
{
  g_autofree gchar *code = g_strdup_printf ("status-%u", status);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (strcmp (rows[i].code, code) == 0) {
      return &rows[i];
    }
  }
  return NULL;
}

const char *
kith_sip_status_what (guint status)
{
  const KithWords *words = find (status);

  return words != NULL ? kith_words_translate (words->text) : NULL;
}

KithSaying *
kith_sip_status_saying (guint status)
{
  const KithWords *words = find (status);

  return words != NULL ? kith_saying_new (words->code) : NULL;
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
