/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the daemon makes of what the UPnP helper says, whatever it says. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "common/absent.h"
#include "router/upnp-client.h"

typedef struct {
  gboolean is_found, is_failed;
  KithEndpoint lan, outer;
  guint n_mapped;
  guint16 port, outer_port;
  guint lifetime_s;
} Seen;

static void
on_found (const KithEndpoint *lan, const KithEndpoint *outer, gpointer user_data)
{
  Seen *seen = user_data;

  seen->is_found = TRUE;
  seen->lan = *lan;
  seen->outer = *outer;
}

static void
on_failed (gpointer user_data)
{
  ((Seen *)user_data)->is_failed = TRUE;
}

static void
on_mapped (guint16 port, const KithEndpoint *outer, guint lifetime_s, gpointer user_data)
{
  Seen *seen = user_data;

  seen->n_mapped++;
  seen->port = port;
  seen->outer_port = outer != NULL ? outer->port : 0;
  seen->lifetime_s = lifetime_s;
}

static const KithMapperEvents events
    = { .found = on_found, .failed = on_failed, .mapped = on_mapped };

static gboolean
on_time (gpointer user_data)
{
  *(gboolean *)user_data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
run_until (const gboolean *done)
{
  gboolean late = FALSE;
  guint timer = g_timeout_add (5000, on_time, &late);

  while (!*done && !late) {
    g_main_context_iteration (NULL, TRUE);
  }
  g_assert_false (late);
  g_source_remove (timer);
}

/* A program that says @find when it is asked for a router, and @add when it is asked for a mapping.
   (transfer full) */
static gchar *
make_helper (const char *find, const char *add)
{
  g_autofree gchar *text
      = g_strdup_printf ("#!/bin/sh\ncase $1 in\nfind) %s ;;\nadd) %s ;;\nesac\n", find, add);
  gchar *dir = g_dir_make_tmp ("kith-upnp-XXXXXX", NULL);
  gchar *path = g_build_filename (dir, "helper", NULL);

  g_assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
  g_free (dir);
  return path;
}

static void
remove_helper (const char *path)
{
  g_autofree gchar *dir = g_path_get_dirname (path);

  g_unlink (path);
  g_rmdir (dir);
}

#define ROUTER "echo ok 192.168.7.2 203.0.113.5 urn:service http://192.168.7.1:80/ctl"

static void
test_mapping (void)
{
  g_autofree gchar *path = make_helper (ROUTER, "echo ok $5");
  Seen seen = { 0 };
  KithUpnp *client = kith_upnp_new (path, &events, &seen);

  g_assert_false (seen.is_found);
  run_until (&seen.is_found);
  g_assert_cmpuint (seen.lan.ip[3], ==, 2);
  g_assert_cmpuint (seen.outer.ip[0], ==, 203);
  kith_upnp_map (client, 40001, 3600);
  kith_upnp_map (client, 40002, 3600);
  for (guint i = 0; i < 500 && seen.n_mapped < 2; i++) {
    g_main_context_iteration (NULL, FALSE);
    g_usleep (10000);
  }
  g_assert_cmpuint (seen.n_mapped, ==, 2);
  g_assert_cmpuint (seen.port, ==, 40002);
  g_assert_cmpuint (seen.outer_port, ==, 40002); /* the fifth word of the command line */
  g_assert_cmpuint (seen.lifetime_s, ==, 3600);
  kith_upnp_free (client);
  remove_helper (path);
}

static void
test_refused (void)
{
  static const char *const answers[]
      = { "echo refused 725", "echo ok", "echo ok 99999", "echo ok 0", "true", "echo ok 4 4" };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_autofree gchar *path = make_helper (ROUTER, answers[i]);
    Seen seen = { 0 };
    KithUpnp *client = kith_upnp_new (path, &events, &seen);

    run_until (&seen.is_found);
    kith_upnp_map (client, 40001, 3600);
    for (guint k = 0; k < 500 && seen.n_mapped < 1; k++) {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (10000);
    }
    g_assert_cmpuint (seen.n_mapped, ==, 1);
    g_assert_cmpuint (seen.outer_port, ==, 0);
    kith_upnp_free (client);
    remove_helper (path);
  }
}

static void
test_no_router (void)
{
  static const char *const answers[] = {
    "echo none",
    "true",
    "echo ok 192.168.7.2",
    "echo ok here 203.0.113.5 a b",
    "echo ok 192.168.7.2 ::1 a b",
    "echo ok 192.168.7.2 203.0.113.5 a b c",
    "head -c 100000 /dev/zero",
    "head -c 100000 /dev/zero | tr '\\0' x",
    "kill -9 $$",
  };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_autofree gchar *path = make_helper (answers[i], "true");
    Seen seen = { 0 };
    KithUpnp *client = kith_upnp_new (path, &events, &seen);

    run_until (&seen.is_failed);
    g_assert_false (seen.is_found);
    kith_upnp_map (client, 40001, 3600); /* nothing to ask: no answer */
    kith_upnp_unmap (client, 40001);
    kith_upnp_free (client);
    remove_helper (path);
  }
}

/* Without the program; and the client may go at any time. */
static void
test_no_helper (void)
{
  g_autofree gchar *slow = make_helper ("sleep 3", "true");
  Seen seen = { 0 };
  KithUpnp *client = kith_upnp_new (absent_path ("kith-upnp"), &events, &seen);

  run_until (&seen.is_failed);
  kith_upnp_free (client);
  kith_upnp_free (kith_upnp_new (slow, &events, &seen));
  seen.is_failed = FALSE;
  for (guint i = 0; i < 20; i++) {
    g_main_context_iteration (NULL, FALSE);
    g_usleep (5000);
  }
  g_assert_false (seen.is_failed);
  remove_helper (slow);
}

/* The real helper, told to speak to a service of this host, does not: whoever answers on the local
   network could name any URL. */
static void
test_not_to_ourselves (void)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) service
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
  g_autofree gchar *said = NULL;

  g_assert_no_error (error);
  g_assert_true (g_socket_bind (service, any, FALSE, NULL) && g_socket_listen (service, NULL));
  g_autoptr (GSocketAddress) here = g_socket_get_local_address (service, NULL);
  g_autofree gchar *url
      = g_strdup_printf ("http://127.0.0.1:%u/ctl",
                         g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (here)));
  const char *words[] = { KITH_UPNP, "add", url, "urn:x", "192.168.7.2", "40001", "60", NULL };
  g_assert_true (g_spawn_sync (NULL,
                               (gchar **)words,
                               NULL,
                               G_SPAWN_DEFAULT,
                               NULL,
                               NULL,
                               &said,
                               NULL,
                               NULL,
                               &error));
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (said, "refused"));
  g_socket_set_blocking (service, FALSE);
  g_autoptr (GSocket) caller = g_socket_accept (service, NULL, NULL);
  g_assert_null (caller);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/upnp-client/mapping", test_mapping);
  g_test_add_func ("/upnp-client/refused", test_refused);
  g_test_add_func ("/upnp-client/no-router", test_no_router);
  g_test_add_func ("/upnp-client/no-helper", test_no_helper);
  g_test_add_func ("/upnp-client/not-to-ourselves", test_not_to_ourselves);
  return g_test_run ();
}
