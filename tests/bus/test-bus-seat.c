/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The seat on the bus: taken, lost with the bus, and taken again; held by another meanwhile. */
#include "bus-fixture.h"
#include "objects/bus-seat.h"

typedef struct {
  guint connected;
  guint owned;
  guint lost;
  gboolean owns;
  guint refused;
  KithdSeatRefusal why;
} Heard;

static gboolean
on_connected (GDBusConnection *connection, gpointer user_data)
{
  ((Heard *)user_data)->connected++;
  return TRUE;
}

static void
on_owned (gpointer user_data)
{
  Heard *heard = user_data;

  heard->owned++;
  heard->owns = TRUE;
}

static void
on_lost (gpointer user_data)
{
  Heard *heard = user_data;

  heard->lost++;
  heard->owns = FALSE;
}

static void
on_refused (KithdSeatRefusal why, const char *text, gpointer user_data)
{
  Heard *heard = user_data;

  g_assert_nonnull (text);
  heard->refused++;
  heard->why = why;
}

static const KithdSeatFuncs funcs = {
  .connected = on_connected,
  .owned = on_owned,
  .lost = on_lost,
  .refused = on_refused,
};

static gboolean
is_owned (gpointer user_data)
{
  return ((Heard *)user_data)->owns;
}

static gboolean
is_lost (gpointer user_data)
{
  return ((Heard *)user_data)->lost > 0;
}

static gboolean
is_taken (gpointer user_data)
{
  const Heard *heard = user_data;

  return heard->refused > 0 && heard->why == KITHD_SEAT_TAKEN;
}

static void
call_bus (Bus *bus, const char *method, GVariant *parameters)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (bus->connection,
                                                            "org.freedesktop.DBus",
                                                            "/org/freedesktop/DBus",
                                                            "org.freedesktop.DBus",
                                                            method,
                                                            parameters,
                                                            NULL,
                                                            G_DBUS_CALL_FLAGS_NONE,
                                                            5000,
                                                            NULL,
                                                            &error);
  g_assert_no_error (error);
}

/* The bus dies; when it is back another program has the name; when that lets go of it the seat is
   ours again. */
static void
test_comes_back (void)
{
  Bus bus;
  Heard heard = { 0 };

  bus_up (&bus);
  g_autoptr (KithdSeat) seat = kithd_seat_new (bus.address, &funcs, &heard);
  g_assert_true (bus_wait (5000, is_owned, &heard));
  g_assert_nonnull (kithd_seat_get_connection (seat));
  bus_kill (&bus);
  g_assert_true (bus_wait (5000, is_lost, &heard));
  g_assert_null (kithd_seat_get_connection (seat));
  bus_restart (&bus);
  call_bus (&bus, "RequestName", g_variant_new ("(su)", KITH_BUS_NAME, 0));
  g_assert_true (bus_wait (10000, is_taken, &heard));
  g_assert_cmpuint (heard.owned, ==, 1);
  call_bus (&bus, "ReleaseName", g_variant_new ("(s)", KITH_BUS_NAME));
  g_assert_true (bus_wait (10000, is_owned, &heard));
  g_assert_cmpuint (heard.connected, ==, heard.lost + 1);
  g_clear_pointer (&seat, kithd_seat_free);
  bus_down (&bus);
}

/* At the start a name that is taken is final: nothing is tried again. */
static void
test_taken_at_start (void)
{
  Bus bus;
  Heard heard = { 0 };

  bus_up (&bus);
  call_bus (&bus, "RequestName", g_variant_new ("(su)", KITH_BUS_NAME, 0));
  g_autoptr (KithdSeat) seat = kithd_seat_new (bus.address, &funcs, &heard);
  g_assert_true (bus_wait (5000, is_taken, &heard));
  call_bus (&bus, "ReleaseName", g_variant_new ("(s)", KITH_BUS_NAME));
  g_assert_false (bus_wait (400, is_owned, &heard));
  g_assert_cmpuint (heard.connected, ==, 1);
  g_clear_pointer (&seat, kithd_seat_free);
  bus_down (&bus);
}

static void
test_addresses (void)
{
  static const struct {
    const char *given, *plain;
  } cases[] = {
    { "unix:path=/run/bus", "unix:path=/run/bus" },
    { "unix:path=/run/bus,guid=00ff", "unix:path=/run/bus" },
    { "unix:guid=00ff,path=/run/bus", "unix:path=/run/bus" },
    { "unix:path=/run/guid=1,guid=00ff;tcp:host=h,port=1,guid=22",
      "unix:path=/run/guid=1;tcp:host=h,port=1" },
    { "", "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *plain = kithd_seat_plain_address (cases[i].given);
    g_assert_cmpstr (plain, ==, cases[i].plain);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bus/seat/addresses", test_addresses);
  g_test_add_func ("/bus/seat/comes-back", test_comes_back);
  g_test_add_func ("/bus/seat/taken-at-start", test_taken_at_start);
  return g_test_run ();
}
