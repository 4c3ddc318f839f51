/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens that come with time, and two tables of what waits for one. */
#include "edge/worker/registrar/phone-news.h"

#define TICK_MS 50

struct _KithPhoneNews {
  KithClock *clock;
  KithPhoneNewsFuncs funcs;
  gint64 tokens; /* thousandths */
  gint64 at_us;
  GHashTable *bindings; /* id → whether kithd does not know of it */
  GHashTable *phones;   /* phone → digest */
  KithTimer timer;
};

static void
fill (KithPhoneNews *news)
{
  const gint64 now_us = kith_clock_now (news->clock);

  news->tokens += (now_us - news->at_us) * KITH_NEWS_RATE / 1000;
  news->tokens = MIN (news->tokens, KITH_NEWS_BURST * 1000);
  news->at_us = now_us;
}

static gboolean
take (KithPhoneNews *news)
{
  if (news->tokens < 1000) {
    return FALSE;
  }
  news->tokens -= 1000;
  return TRUE;
}

/* Any one that waits. FALSE: none does. */
static gboolean
take_any (GHashTable *table, gpointer *key, gpointer *value)
{
  GHashTableIter iter;

  g_hash_table_iter_init (&iter, table);
  if (!g_hash_table_iter_next (&iter, key, value)) {
    return FALSE;
  }
  g_hash_table_iter_remove (&iter);
  return TRUE;
}

static gboolean
waits (const KithPhoneNews *news)
{
  return g_hash_table_size (news->bindings) + g_hash_table_size (news->phones) > 0;
}

static void
on_tick (gpointer data)
{
  KithPhoneNews *news = data;
  gpointer key;
  gpointer value;

  fill (news);
  while (waits (news) && take (news)) {
    if (take_any (news->bindings, &key, &value)) {
      news->funcs.bound (news->funcs.data, GPOINTER_TO_UINT (key));
    } else if (take_any (news->phones, &key, &value)) {
      news->funcs.heard (news->funcs.data, key, (KithPhoneDigest)GPOINTER_TO_UINT (value));
    }
  }
  if (waits (news)) {
    kith_timer_set_ms (&news->timer, TICK_MS);
  }
}

static void
tick_soon (KithPhoneNews *news)
{
  if (!kith_timer_is_set (&news->timer)) {
    kith_timer_set_ms (&news->timer, TICK_MS);
  }
}

KithPhoneNews *
kith_phone_news_new (KithClock *clock, const KithPhoneNewsFuncs *funcs)
{
  KithPhoneNews *news = g_new0 (KithPhoneNews, 1);

  news->clock = g_object_ref (clock);
  news->funcs = *funcs;
  news->tokens = KITH_NEWS_BURST * 1000;
  news->at_us = kith_clock_now (clock);
  news->bindings = g_hash_table_new (NULL, NULL);
  news->phones = g_hash_table_new (NULL, NULL);
  kith_timer_init (&news->timer, clock, on_tick, news);
  return news;
}

void
kith_phone_news_free (KithPhoneNews *news)
{
  if (news != NULL) {
    kith_timer_finish (&news->timer);
    g_hash_table_unref (news->bindings);
    g_hash_table_unref (news->phones);
    g_object_unref (news->clock);
    g_free (news);
  }
}

gboolean
kith_phone_news_may_tell (KithPhoneNews *news)
{
  fill (news);
  return take (news);
}

void
kith_phone_news_bound_later (KithPhoneNews *news, guint32 id, gboolean is_new)
{
  const gboolean was_new
      = GPOINTER_TO_UINT (g_hash_table_lookup (news->bindings, GUINT_TO_POINTER (id))) != 0;

  (void)g_hash_table_insert (news->bindings,
                             GUINT_TO_POINTER (id),
                             GUINT_TO_POINTER (is_new || was_new ? 1 : 0));
  tick_soon (news);
}

gboolean
kith_phone_news_forget (KithPhoneNews *news, guint32 id)
{
  gpointer is_new = NULL;

  return g_hash_table_steal_extended (news->bindings, GUINT_TO_POINTER (id), NULL, &is_new)
         && is_new != NULL;
}

void
kith_phone_news_heard_later (KithPhoneNews *news, gpointer phone, KithPhoneDigest digest)
{
  (void)g_hash_table_insert (news->phones, phone, GUINT_TO_POINTER (digest));
  tick_soon (news);
}

void
kith_phone_news_forget_phone (KithPhoneNews *news, gpointer phone)
{
  (void)g_hash_table_remove (news->phones, phone);
}
