/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemon's seat on the bus: the connection and the name, taken again when the bus comes
   back. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _KithdSeat KithdSeat;

/* Why a seat cannot be had. */
typedef enum {
  KITHD_SEAT_NO_BUS, /* the bus cannot be reached */
  KITHD_SEAT_TAKEN,  /* another process owns the name */
  KITHD_SEAT_DENIED, /* the bus does not let this user own the name */
} KithdSeatRefusal;

/**
 * KithdSeatFuncs:
 * What the owner is told, on the main thread, never from within a function of the seat.
 * connected: export everything now, before the name is asked for. FALSE: nothing can be served; the
 * seat rests then.
 * owned: the name is ours.
 * lost: what was exported is void now: it follows every "connected" that said TRUE, unless the seat
 * is freed first.
 * refused: there is no seat. Before the first "owned" that is final; later the seat tries again by
 * itself, for as long as it takes, and tells the same refusal only once.
 */
typedef struct {
  gboolean (*connected) (GDBusConnection *connection, gpointer user_data);
  void (*owned) (gpointer user_data);
  void (*lost) (gpointer user_data);
  void (*refused) (KithdSeatRefusal why, const char *text, gpointer user_data);
} KithdSeatFuncs;

/* Begins to take the seat on the bus at @address. @funcs is borrowed. (transfer full) */
KithdSeat *kithd_seat_new (const char *address, const KithdSeatFuncs *funcs, gpointer user_data);

/* Leaves the bus; nothing is told any more. */
void kithd_seat_free (KithdSeat *seat);

/* The connection while the name is ours, or NULL. (transfer none) */
GDBusConnection *kithd_seat_get_connection (KithdSeat *seat);

/* @address without "guid=", which a bus that was started anew has another of. (transfer full) */
gchar *kithd_seat_plain_address (const char *address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithdSeat, kithd_seat_free)

G_END_DECLS
