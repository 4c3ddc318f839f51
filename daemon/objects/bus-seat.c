/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One attempt after the other: connect, ask for the name, hold both until they are gone. */
#include "bus-seat.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "bus/names.h"

#define FIRST_WAIT_MS 200
#define MAX_WAIT_MS 5000
#define DO_NOT_QUEUE 4 /* of RequestName, and its answers */
#define PRIMARY_OWNER 1
#define ALREADY_OWNER 4

#define DBUS "org.freedesktop.DBus"
#define DBUS_PATH "/org/freedesktop/DBus"

struct _KithdSeat {
  gchar *address;
  const KithdSeatFuncs *funcs;
  gpointer user_data;
  GDBusConnection *connection;
  GCancellable *cancellable; /* of what is under way */
  gulong closed_id;
  guint lost_id; /* subscription of NameLost */
  guint timer;
  guint wait_ms;
  gboolean exported; /* "connected" said TRUE, "lost" is due */
  gboolean owns;
  gboolean owned_once;
  gint told; /* the refusal that was told last, -1: none */
};

static void begin (gpointer data);

/* One entry, "TRANSPORT:KEY=VALUE,KEY=VALUE", without its guid. */
static gchar *
plain_entry (const char *entry)
{
  const char *colon = strchr (entry, ':');
  g_auto (GStrv) pairs = g_strsplit (colon != NULL ? colon + 1 : "", ",", -1);
  g_autoptr (GString) plain
      = g_string_new_len (entry, colon != NULL ? colon + 1 - entry : (gssize)strlen (entry));
  gboolean first = TRUE;

  for (guint i = 0; pairs[i] != NULL; i++) {
    if (!g_str_has_prefix (pairs[i], "guid=")) {
      g_string_append_printf (plain, "%s%s", first ? "" : ",", pairs[i]);
      first = FALSE;
    }
  }
  return g_strdup (plain->str);
}

gchar *
kithd_seat_plain_address (const char *address)
{
  g_auto (GStrv) entries = g_strsplit (address, ";", -1);
  GStrv plain = g_new0 (gchar *, g_strv_length (entries) + 1);

  for (guint i = 0; entries[i] != NULL; i++) {
    plain[i] = plain_entry (entries[i]);
  }
  gchar *text = g_strjoinv (";", plain);
  g_strfreev (plain);
  return text;
}

static gboolean
on_wait_over (gpointer data)
{
  KithdSeat *seat = data;

  seat->timer = 0;
  begin (seat);
  return G_SOURCE_REMOVE;
}

static void
drop_connection (KithdSeat *seat)
{
  if (seat->connection == NULL) {
    return;
  }
  seat->owns = FALSE;
  g_signal_handler_disconnect (seat->connection, seat->closed_id);
  if (seat->lost_id != 0) {
    g_dbus_connection_signal_unsubscribe (seat->connection, seat->lost_id);
    seat->lost_id = 0;
  }
  if (!g_dbus_connection_is_closed (seat->connection)) {
    g_dbus_connection_close (seat->connection, NULL, NULL, NULL);
  }
  g_clear_object (&seat->connection);
}

static void
try_later (KithdSeat *seat)
{
  if (seat->timer == 0) {
    seat->timer = kith_clock_add (kith_clock_get_default (), seat->wait_ms, on_wait_over, seat);
    seat->wait_ms = MIN (2 * seat->wait_ms, MAX_WAIT_MS);
  }
}

static void
void_exports (KithdSeat *seat)
{
  if (seat->exported) {
    seat->exported = FALSE;
    seat->funcs->lost (seat->user_data);
  }
}

/* There is no seat now. */
static void
refuse (KithdSeat *seat, KithdSeatRefusal why, const char *text)
{
  void_exports (seat);
  drop_connection (seat);
  if (seat->owned_once) {
    try_later (seat);
  }
  if (seat->told != (gint)why) {
    seat->told = (gint)why;
    seat->funcs->refused (why, text, seat->user_data);
  }
}

static void
lose (KithdSeat *seat)
{
  if (seat->owns) {
    seat->owns = FALSE;
    void_exports (seat);
    drop_connection (seat);
    seat->wait_ms = FIRST_WAIT_MS;
    try_later (seat);
  } else {
    refuse (seat, KITHD_SEAT_NO_BUS, "it closed the connection");
  }
}

static void
on_closed (GDBusConnection *connection, gboolean vanished, GError *error, KithdSeat *seat)
{
  if (seat->owns) {
    kith_warning ("bus",
                  "the bus has gone: calls go on, and kithd comes back to it when it is there");
  }
  g_cancellable_cancel (seat->cancellable); /* the question for the name, if it is under way */
  g_object_unref (seat->cancellable);
  seat->cancellable = g_cancellable_new ();
  lose (seat);
}

static void
on_name_lost (GDBusConnection *connection,
              const gchar *sender,
              const gchar *path,
              const gchar *interface,
              const gchar *signal,
              GVariant *parameters,
              gpointer user_data)
{
  KithdSeat *seat = user_data;

  if (seat->owns) {
    kith_warning ("bus", "the name " KITH_BUS_NAME " was taken away");
    lose (seat);
  }
}

static void
on_name_asked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  KithdSeat *seat = user_data;
  guint answer = 0;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    return; /* the seat may be gone */
  }
  if (reply == NULL) {
    KithdSeatRefusal why = g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED)
                               ? KITHD_SEAT_DENIED
                               : KITHD_SEAT_NO_BUS;
    g_dbus_error_strip_remote_error (error);
    refuse (seat, why, error->message);
    return;
  }
  g_variant_get (reply, "(u)", &answer);
  if (answer != PRIMARY_OWNER && answer != ALREADY_OWNER) {
    refuse (seat, KITHD_SEAT_TAKEN, KITH_BUS_NAME " is taken");
    return;
  }
  seat->owns = TRUE;
  seat->owned_once = TRUE;
  seat->told = -1;
  seat->wait_ms = FIRST_WAIT_MS;
  seat->funcs->owned (seat->user_data);
}

static void
ask_name (KithdSeat *seat)
{
  seat->lost_id = g_dbus_connection_signal_subscribe (seat->connection,
                                                      DBUS,
                                                      DBUS,
                                                      "NameLost",
                                                      DBUS_PATH,
                                                      KITH_BUS_NAME,
                                                      G_DBUS_SIGNAL_FLAGS_NONE,
                                                      on_name_lost,
                                                      seat,
                                                      NULL);
  g_dbus_connection_call (seat->connection,
                          DBUS,
                          DBUS_PATH,
                          DBUS,
                          "RequestName",
                          g_variant_new ("(su)", KITH_BUS_NAME, DO_NOT_QUEUE),
                          G_VARIANT_TYPE ("(u)"),
                          G_DBUS_CALL_FLAGS_NONE,
                          -1,
                          seat->cancellable,
                          on_name_asked,
                          seat);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection
      = g_dbus_connection_new_for_address_finish (result, &error);
  KithdSeat *seat = user_data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    return; /* the seat may be gone */
  }
  if (connection == NULL) {
    refuse (seat, KITHD_SEAT_NO_BUS, error->message);
    return;
  }
  seat->connection = g_steal_pointer (&connection);
  g_dbus_connection_set_exit_on_close (seat->connection, FALSE);
  seat->closed_id = g_signal_connect (seat->connection, "closed", G_CALLBACK (on_closed), seat);
  seat->exported = seat->funcs->connected (seat->connection, seat->user_data);
  if (seat->exported) {
    ask_name (seat);
  }
}

static void
begin (gpointer data)
{
  KithdSeat *seat = data;

  g_dbus_connection_new_for_address (seat->address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                         | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                     NULL,
                                     seat->cancellable,
                                     on_connected,
                                     seat);
}

KithdSeat *
kithd_seat_new (const char *address, const KithdSeatFuncs *funcs, gpointer user_data)
{
  KithdSeat *seat = g_new0 (KithdSeat, 1);

  seat->address = kithd_seat_plain_address (address);
  seat->funcs = funcs;
  seat->user_data = user_data;
  seat->cancellable = g_cancellable_new ();
  seat->wait_ms = FIRST_WAIT_MS;
  seat->told = -1;
  begin (seat);
  return seat;
}

void
kithd_seat_free (KithdSeat *seat)
{
  g_cancellable_cancel (seat->cancellable);
  kith_clock_cancel (kith_clock_get_default (), &seat->timer);
  drop_connection (seat);
  g_object_unref (seat->cancellable);
  g_free (seat->address);
  g_free (seat);
}

GDBusConnection *
kithd_seat_get_connection (KithdSeat *seat)
{
  return seat->owns ? seat->connection : NULL;
}
