/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the kernel's tables of sockets to the process that has it open. */
#include "net/port-holder.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "model/net/socket-table.h"

#define MAX_TABLE (4 * 1024 * 1024)
#define MAX_LOOKS 20000 /* processes and open files looked at: tens of ms */
#define MAX_NAME 32

/* Files of /proc have no size. (transfer full) (nullable) */
static gchar *
read_table (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  g_autoptr (GString) text = g_string_new (NULL);
  gchar part[16384];
  gssize n = fd >= 0 ? 1 : 0;

  while (n > 0 && text->len < MAX_TABLE) {
    n = read (fd, part, sizeof part);
    if (n > 0) {
      g_string_append_len (text, part, n);
    }
  }
  if (fd >= 0) {
    (void)close (fd);
  }
  return text->len > 0 ? g_strdup (text->str) : NULL;
}

static gboolean
find_socket (const char *address, guint16 port, KithSocketHolder *holder)
{
  static const struct {
    const char *path;
    gboolean is_tcp;
  } tables[] = {
    { "/proc/net/udp", FALSE },
    { "/proc/net/tcp", TRUE },
    { "/proc/net/udp6", FALSE },
    { "/proc/net/tcp6", TRUE },
  };
  g_autoptr (GInetAddress) inet = g_inet_address_new_from_string (address);

  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++) {
    g_autofree gchar *text = read_table (tables[i].path);
    if (text != NULL
        && kith_socket_table_find (text,
                                   tables[i].is_tcp,
                                   inet != NULL ? g_inet_address_to_bytes (inet) : NULL,
                                   inet != NULL ? g_inet_address_get_native_size (inet) : 0,
                                   port,
                                   holder)) {
      return TRUE;
    }
  }
  return FALSE;
}

/* TRUE when the process has the socket open; *@looks is what may still be looked at. */
static gboolean
has_socket (const char *pid, const char *wanted, guint *looks)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%s/fd", pid);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && *looks > 0 && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *link = g_build_filename (path, name, NULL);
    char target[64];
    ssize_t len = readlink (link, target, sizeof target - 1);
    (*looks)--;
    target[MAX (len, 0)] = '\0';
    if (strcmp (target, wanted) == 0) {
      return TRUE;
    }
  }
  return FALSE;
}

/* The number of the process that has the socket open. (transfer full) (nullable) */
static gchar *
find_process (guint64 inode)
{
  g_autofree gchar *wanted = g_strdup_printf ("socket:[%" G_GUINT64_FORMAT "]", inode);
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  guint looks = MAX_LOOKS;
  const char *name;

  while (dir != NULL && looks > 0 && (name = g_dir_read_name (dir)) != NULL) {
    if (g_ascii_isdigit (*name)) {
      looks--;
      if (has_socket (name, wanted, &looks)) {
        return g_strdup (name);
      }
    }
  }
  return NULL;
}

gchar *
kith_port_holder (const char *address, guint16 port, guint64 *seen)
{
  KithSocketHolder holder;
  guint64 before = *seen;

  *seen = 0;
  if (!find_socket (address, port, &holder)) {
    return g_strdup ("another program");
  }
  *seen = holder.inode;
  if (holder.inode == before && before != 0) {
    return NULL;
  }
  g_autofree gchar *pid = find_process (holder.inode);
  if (pid == NULL) {
    return holder.uid == 0 ? g_strdup ("a program of root")
                           : g_strdup_printf ("a program of user %u", holder.uid);
  }
  g_autofree gchar *path = g_strdup_printf ("/proc/%s/comm", pid);
  g_autofree gchar *comm = read_table (path);
  g_autofree gchar *safe
      = kith_text_safe (comm != NULL ? g_strchomp (comm) : "a program", -1, MAX_NAME);
  return g_strdup_printf ("%s (process %s)", safe, pid);
}
