/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranks: what ends the search, what the caller can act on, what says something of a person, and
   what says nothing. */
#include "model/phone/sip-best.h"

typedef enum {
  RANK_GLOBAL,    /* 6xx: nobody else will do */
  RANK_REDIRECT,  /* 3xx */
  RANK_CHALLENGE, /* 401, 407: with a password it goes on */
  RANK_REPAIR,    /* what the caller may mend, and ask again */
  RANK_BUSY,      /* somebody is there */
  RANK_REFUSED,   /* any other 4xx */
  RANK_CANCELLED, /* 487 */
  RANK_AWAY,      /* 480 */
  RANK_SERVER,    /* 5xx */
  RANK_OVERLOAD,  /* 503 */
  RANK_SILENCE,   /* 408, 430: nobody was reached */
} Rank;

guint
kith_sip_best_rank (guint status)
{
  if (status < 300 || status > 699) {
    return G_MAXUINT;
  }
  switch (status) {
  case 401:
  case 407:
    return RANK_CHALLENGE;
  case 415:
  case 420:
  case 484:
  case 488:
    return RANK_REPAIR;
  case 486:
    return RANK_BUSY;
  case 487:
    return RANK_CANCELLED;
  case 480:
    return RANK_AWAY;
  case 503:
    return RANK_OVERLOAD;
  case KITH_SIP_BEST_SILENCE:
  case 430:
    return RANK_SILENCE;
  default:
    break;
  }
  return status >= 600   ? RANK_GLOBAL
         : status >= 500 ? RANK_SERVER
         : status >= 400 ? RANK_REFUSED
                         : RANK_REDIRECT;
}

gboolean
kith_sip_best_is_better (guint status, guint than)
{
  return kith_sip_best_rank (status) < kith_sip_best_rank (than);
}

guint
kith_sip_best_status (guint status)
{
  return status == 503 ? 500 : status;
}

gboolean
kith_sip_best_is_challenge (guint status)
{
  return status == 401 || status == 407;
}
