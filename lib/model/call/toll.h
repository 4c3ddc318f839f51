/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a call over a trunk may cost: which numbers, how many calls, how many minutes. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/**
 * KithTollRules:
 * @country: (nullable): our country's code, "49": its numbers are allowed
 * @allow: (nullable): prefixes that are allowed, too, "+43;+4179"; "*": all countries
 * @deny: (nullable): prefixes that are not; of @allow, @deny, the country and the built-in list of
 * premium numbers the longest prefix counts, and of equals that of @deny
 * @calls: at once
 * @calls_an_hour, @seconds_a_day, @seconds_a_call: 0: no limit
 * For one caller at one trunk.
 */
typedef struct {
  const char *country;
  const char *allow;
  const char *deny;
  guint calls;
  guint calls_an_hour;
  guint seconds_a_day;
  guint seconds_a_call;
} KithTollRules;

/* For me and for phones of class "home"; and for a contact with a grant. The texts are NULL. */
KITH_API KithTollRules kith_toll_rules_home (void);
KITH_API KithTollRules kith_toll_rules_contact (void);

/* What the same caller has used so far. */
typedef struct {
  guint calls;           /* now */
  guint calls_this_hour; /* begun in the last 60 minutes */
  guint seconds_today;
} KithTollUse;

typedef enum {
  KITH_TOLL_YES,
  KITH_TOLL_PREMIUM, /* of the built-in list */
  KITH_TOLL_DENIED,  /* by @deny */
  KITH_TOLL_FOREIGN, /* another country that nobody allowed */
  KITH_TOLL_CALLS,
  KITH_TOLL_HOUR,
  KITH_TOLL_DAY,
} KithToll;

/**
 * kith_toll_check:
 * @number: "+4930123456"
 * @seconds: (out) (nullable): how long the call may last; 0: no limit
 * Emergency calls are not to be asked about.
 */
KITH_API KithToll kith_toll_check (const KithTollRules *rules,
                                   const KithTollUse *use,
                                   const char *number,
                                   guint *seconds);

/* TRUE when the owner should hear of it: the day's or the hour's quota is used to four fifths. */
KITH_API gboolean kith_toll_is_near (const KithTollRules *rules, const KithTollUse *use);

G_END_DECLS
