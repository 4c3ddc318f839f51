/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The longest prefix that fits a number decides; then the counters. */
#include "model/call/toll.h"

#include "model/call/number.h"

/* Numbers that cost more than a call: in the countries whose lists are public and short, and those
   that belong to no country (satellites, international networks and premium numbers). */
static const char premium[]
    = "+49900;+49137;+49180;+49118;"               /* Germany */
      "+43900;+43901;+43930;+43931;+43939;+43118;" /* Austria */
      "+41900;+41901;+41906;+4118;"                /* Switzerland */
      "+449;+44870;+44871;+44872;+44873;+44118;"   /* United Kingdom */
      "+1900;+1976;+1809;+1829;+1849;+1876;"       /* North America, and islands with its code */
      "+3389;+33118;"                              /* France */
      "+31900;+31906;+31909;+3118;"                /* Netherlands */
      "+870;+878;+881;+882;+883;+888;+979";

KithTollRules
kith_toll_rules_home (void)
{
  return (KithTollRules){ .calls = 2, .calls_an_hour = 30 };
}

KithTollRules
kith_toll_rules_contact (void)
{
  return (KithTollRules){ .calls = 1,
                          .calls_an_hour = 10,
                          .seconds_a_day = 3600,
                          .seconds_a_call = 3600 };
}

static KithToll
check_number (const KithTollRules *rules, const char *number)
{
  g_autofree gchar *own = rules->country != NULL && *rules->country != '\0'
                              ? g_strconcat ("+", rules->country, NULL)
                              : NULL;
  gsize allowed = MAX (kith_number_match (number, own), kith_number_match (number, rules->allow));
  gsize denied = kith_number_match (number, rules->deny);
  gsize costly = kith_number_match (number, premium);

  if (denied > 0 && denied >= allowed) {
    return KITH_TOLL_DENIED;
  }
  if (costly > 0 && costly > allowed) {
    return KITH_TOLL_PREMIUM;
  }
  return allowed > 0 ? KITH_TOLL_YES : KITH_TOLL_FOREIGN;
}

KithToll
kith_toll_check (const KithTollRules *rules,
                 const KithTollUse *use,
                 const char *number,
                 guint *seconds)
{
  KithToll toll = check_number (rules, number);
  guint longest = rules->seconds_a_call;

  if (toll != KITH_TOLL_YES) {
    return toll;
  }
  if (use->calls >= rules->calls) {
    return KITH_TOLL_CALLS;
  }
  if (rules->calls_an_hour > 0 && use->calls_this_hour >= rules->calls_an_hour) {
    return KITH_TOLL_HOUR;
  }
  if (rules->seconds_a_day > 0) {
    if (use->seconds_today >= rules->seconds_a_day) {
      return KITH_TOLL_DAY;
    }
    guint left = rules->seconds_a_day - use->seconds_today;
    longest = longest > 0 ? MIN (longest, left) : left;
  }
  if (seconds != NULL) {
    *seconds = longest;
  }
  return KITH_TOLL_YES;
}

static gboolean
is_most (guint used, guint quota)
{
  return quota > 0 && (guint64)used * 5 >= (guint64)quota * 4;
}

gboolean
kith_toll_is_near (const KithTollRules *rules, const KithTollUse *use)
{
  return is_most (use->seconds_today, rules->seconds_a_day)
         || is_most (use->calls_this_hour, rules->calls_an_hour);
}
