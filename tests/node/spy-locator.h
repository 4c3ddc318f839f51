/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A locator that notes what is published and watched, and says what the test tells it to. */
#pragma once

#include "ports/locator.h"

G_BEGIN_DECLS

#define TYPE_SPY_LOCATOR (spy_locator_get_type ())
G_DECLARE_FINAL_TYPE (SpyLocator, spy_locator, SPY, LOCATOR, GObject)

/* One publish() or watch(). */
typedef struct {
  guint id;
  guint8 location[KITH_LOCATION_LEN];
  GBytes *value; /* NULL: a watch */
  gboolean keep;
  gboolean open; /* not taken back yet */
  KithFoundFunc found;
  gpointer user_data;
} SpyNote;

/* ONLINE from the start. */
KithLocator *spy_locator_new (const char *name);

/* Sets the state and says so. */
void spy_locator_set_state (SpyLocator *spy, KithLocatorState state);

/* The answer to every look-up of a name (copied), or NULL. */
void spy_locator_set_contact (SpyLocator *spy, const KithFound *contact);

/* All notes, oldest first (of SpyNote, transfer none). */
GPtrArray *spy_locator_get_notes (SpyLocator *spy);

/* The open note at @location with a value (@watch FALSE) or without, or NULL. */
SpyNote *spy_locator_find (SpyLocator *spy, const guint8 *location, gboolean watch);
guint spy_locator_count_open (SpyLocator *spy);

/* Delivers @value to every open watch of @location. */
void spy_locator_deliver (SpyLocator *spy, const guint8 *location, GBytes *value);

/* From now on it takes tunnels, and says that it knows whom to ask. */
void spy_locator_take_tunnel (SpyLocator *spy);

/* The port of the tunnel it uses, 0: none; and how many it was given. */
guint16 spy_locator_get_tunnel (SpyLocator *spy, guint *n_tunnels);

G_END_DECLS
