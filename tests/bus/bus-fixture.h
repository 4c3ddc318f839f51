/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A private message bus with the real kithd on it, for tests. */
#pragma once

#include <gio/gio.h>

#include "bus/kith-bus.h"
#include "bus/names.h"

typedef struct {
  gchar *dir;     /* temporary; removed at the end */
  gchar *state;   /* --state-dir */
  gchar *address; /* of the bus */
  GSubprocess *bus;
  GSubprocess *daemon; /* or NULL */
  GDBusConnection *connection;
  const char *const *prefix; /* (nullable): words before the daemon's command line, borrowed */
} Bus;

/* Starts the bus, which lets every user of the machine in, and connects to it. */
void bus_up (Bus *bus);
void bus_down (Bus *bus);

/* dbus-daemon with the file @config; fills in process and address. */
void bus_begin (Bus *bus, const char *config);

/* (transfer full) */
GDBusConnection *bus_connect (const char *address);

/* Kills the bus with our connection to it, and starts another at the same place. */
void bus_kill (Bus *bus);
void bus_restart (Bus *bus);

/* Waits until kithd is on the bus. */
void bus_wait_ready (Bus *bus);

/* Starts kithd (no DHT, any SIP port on 127.0.0.1, silence as microphone) and waits for its name.
   @extra: (nullable) more options. */
void bus_start_daemon (Bus *bus, const char *const *extra);

/* From now on the bus starts such a kithd itself when it is asked for. */
void bus_offer_daemon (Bus *bus);

/* Starts it without waiting. (transfer full) */
GSubprocess *bus_spawn_daemon (Bus *bus, const char *const *extra);

/* Turns the main loop until @process ends (20 s at most). Returns its exit status. */
int bus_wait_exit (GSubprocess *process);

/* Calls org.kith.Kith1.IFACE.METHOD; NULL and @error, or the reply. @parameters is consumed.
   (transfer full) */
GVariant *bus_call (Bus *bus,
                    const char *path,
                    const char *iface,
                    const char *method,
                    GVariant *parameters,
                    GError **error);

/* The same, which must fail with org.kith.Kith1.Error.@word. */
void bus_call_fails (Bus *bus,
                     const char *path,
                     const char *iface,
                     const char *method,
                     GVariant *parameters,
                     const char *word);

/* A property; it must exist. (transfer full) */
GVariant *bus_get (Bus *bus, const char *path, const char *iface, const char *property);
gchar *bus_get_text (Bus *bus, const char *path, const char *iface, const char *property);

/* a{oa{sa{sv}}} (transfer full) */
GVariant *bus_get_objects (Bus *bus);

/* Makes the identity "alice". (transfer full): its words */
gchar *bus_make_identity (Bus *bus);

/* Calls an unknown name. (transfer full): the call's path */
gchar *bus_dial (Bus *bus, const char *address);

/* Turns the main loop until @done says TRUE. FALSE after @ms. */
gboolean bus_wait (guint ms, gboolean (*done) (gpointer user_data), gpointer user_data);

/* Waits until the call at @path is in the state @word. */
void bus_wait_call_state (Bus *bus, const char *path, const char *word);
