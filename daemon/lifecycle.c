/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sd_notify protocol by hand: datagrams to the socket named in NOTIFY_SOCKET. */
#include "lifecycle.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

struct _KithdLifecycle {
  gchar *socket; /* path, or "@name" in the abstract namespace, or NULL */
  guint64 watchdog_us;
  guint timer;
};

static void
notify (KithdLifecycle *lifecycle, const char *text)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  gsize len = lifecycle->socket != NULL ? strlen (lifecycle->socket) : 0;

  if (len < 2 || len >= sizeof (address.sun_path)) {
    return;
  }
  memcpy (address.sun_path, lifecycle->socket, len);
  if (address.sun_path[0] == '@') {
    address.sun_path[0] = '\0';
  }
  int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    return;
  }
  socklen_t size = (socklen_t)(G_STRUCT_OFFSET (struct sockaddr_un, sun_path) + len);
  if (sendto (fd, text, strlen (text), MSG_NOSIGNAL, (struct sockaddr *)&address, size) < 0) {
    kith_warning ("daemon", "the supervisor cannot be told “%s”: %s", text, g_strerror (errno));
  }
  (void)close (fd);
}

static gboolean
on_watchdog (gpointer user_data)
{
  notify (user_data, "WATCHDOG=1");
  return G_SOURCE_CONTINUE;
}

void
kithd_lifecycle_harden (void)
{
  const struct rlimit none = { 0, 0 };

  (void)setrlimit (RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* the leak sanitizer has to look at us */
  (void)prctl (PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
  (void)umask (077);
  (void)signal (SIGPIPE, SIG_IGN);
}

KithdLifecycle *
kithd_lifecycle_new (void)
{
  KithdLifecycle *lifecycle = g_new0 (KithdLifecycle, 1);
  const char *usec = g_getenv ("WATCHDOG_USEC");
  const char *pid = g_getenv ("WATCHDOG_PID");

  lifecycle->socket = g_strdup (g_getenv ("NOTIFY_SOCKET"));
  if (usec != NULL && (pid == NULL || g_ascii_strtoll (pid, NULL, 10) == getpid ())) {
    lifecycle->watchdog_us = g_ascii_strtoull (usec, NULL, 10);
  }
  g_unsetenv ("NOTIFY_SOCKET");
  g_unsetenv ("WATCHDOG_USEC");
  g_unsetenv ("WATCHDOG_PID");
  return lifecycle;
}

void
kithd_lifecycle_free (KithdLifecycle *lifecycle)
{
  kith_clock_cancel (kith_clock_get_default (), &lifecycle->timer);
  g_free (lifecycle->socket);
  g_free (lifecycle);
}

void
kithd_lifecycle_ready (KithdLifecycle *lifecycle)
{
  notify (lifecycle, "READY=1");
  if (lifecycle->watchdog_us > 0 && lifecycle->timer == 0) {
    guint64 half_ms = lifecycle->watchdog_us / 2000;
    lifecycle->timer = kith_clock_add (kith_clock_get_default (),
                                       (guint)CLAMP (half_ms, 1, G_MAXINT),
                                       on_watchdog,
                                       lifecycle);
  }
}

void
kithd_lifecycle_stopping (KithdLifecycle *lifecycle)
{
  notify (lifecycle, "STOPPING=1");
}
