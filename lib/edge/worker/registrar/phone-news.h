/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What kithd is told of phones, at a pace at which it can read. */
#pragma once

#include "base/clock.h"
#include "model/phone/phone.h"

G_BEGIN_DECLS

#define KITH_NEWS_BURST 512 /* that are told at once … */
#define KITH_NEWS_RATE 1000 /* … and in a second; the rest waits, and is told once, as it is then */

typedef struct _KithPhoneNews KithPhoneNews;

/* What tells now what had to wait. */
typedef struct {
  void (*bound) (gpointer data, guint32 id);
  void (*heard) (gpointer data, gpointer phone, KithPhoneDigest digest);
  gpointer data;
} KithPhoneNewsFuncs;

KithPhoneNews *kith_phone_news_new (KithClock *clock, const KithPhoneNewsFuncs *funcs);
void kith_phone_news_free (KithPhoneNews *news);

/* TRUE: one more may be told now. */
gboolean kith_phone_news_may_tell (KithPhoneNews *news);

/* The binding @id waits. @is_new: kithd does not know of it. */
void kith_phone_news_bound_later (KithPhoneNews *news, guint32 id, gboolean is_new);

/* It was told, or is no more. TRUE: kithd does not know of it. */
gboolean kith_phone_news_forget (KithPhoneNews *news, guint32 id);

/* That @phone registered waits. @phone: what stands for it; the same for heard(). */
void kith_phone_news_heard_later (KithPhoneNews *news, gpointer phone, KithPhoneDigest digest);

/* It was told, or is no more. */
void kith_phone_news_forget_phone (KithPhoneNews *news, gpointer phone);

G_END_DECLS
