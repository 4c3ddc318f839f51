/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Locators on a DHT that is a table in memory: what one publishes the others find. */
#pragma once

#include "base/clock.h"
#include "ports/locator.h"

G_BEGIN_DECLS

#define KITH_TYPE_FAKE_DHT (kith_fake_dht_get_type ())
G_DECLARE_FINAL_TYPE (KithFakeDht, kith_fake_dht, KITH, FAKE_DHT, GObject)
#define KITH_TYPE_FAKE_LOCATOR (kith_fake_locator_get_type ())
G_DECLARE_FINAL_TYPE (KithFakeLocator, kith_fake_locator, KITH, FAKE_LOCATOR, GObject)

/* An empty DHT. Without @clock there are no delays and nothing expires; with it values live 10
   minutes unless they are kept. */
KithFakeDht *kith_fake_dht_new (KithClock *clock);

/* Look-ups take @ms (needs a clock); 0: the next turn of the loop. */
void kith_fake_dht_set_delay (KithFakeDht *dht, guint ms);

/* Look-ups end @ms after they have told all that there is, as when a node near the place is dead
   (needs a clock). */
void kith_fake_dht_set_tail (KithFakeDht *dht, guint ms);

/* FALSE: all locators that run become ALONE, look-ups find and puts reach nothing; TRUE: ONLINE
   again, kept values are put anew. */
void kith_fake_dht_set_connected (KithFakeDht *dht, gboolean connected);

/* What a stranger might do: put any bytes, or take away all that is at @location (an eclipse).
   Watchers are told of the former. */
void kith_fake_dht_put (KithFakeDht *dht, const guint8 *location, GBytes *value);
void kith_fake_dht_forget (KithFakeDht *dht, const guint8 *location);

/* How many live values are at @location, and in all. */
guint kith_fake_dht_count (KithFakeDht *dht, const guint8 *location);
guint kith_fake_dht_count_all (KithFakeDht *dht);

/* Puts that reached the DHT, and look-ups that were asked, so far. */
guint kith_fake_dht_get_puts (KithFakeDht *dht);
guint kith_fake_dht_get_look_ups (KithFakeDht *dht);

/**
 * kith_fake_locator_new:
 * A locator named @name (static string) on @dht. After start() it is JOINING, and one turn of the
 * loop later ONLINE or ALONE.
 */
KithLocator *kith_fake_locator_new (KithFakeDht *dht, const char *name);

/* As if the worker died: OFFLINE at once, look-ups fail with NOT_READY; watches and kept values
   stay and work again after start(). */
void kith_fake_locator_die (KithFakeLocator *locator);

/* Watches and kept values that are open: 0 after a clean end. */
guint kith_fake_locator_count_open (KithFakeLocator *locator);

G_END_DECLS
