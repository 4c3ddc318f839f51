/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line a socket, its address in hexadecimal words of this host's byte order. */
#include "model/net/socket-table.h"

#include <string.h>

#define LISTENS "0A"

enum { FIELD_LOCAL = 1, FIELD_STATE = 3, FIELD_UID = 7, FIELD_INODE = 9, N_FIELDS };

/* "0100007F:13C4" and the same with 32 digits. Returns the length of the address, 0: it cannot be
   read. */
static gsize
read_address (const char *text, guint8 ip[16], guint16 *port)
{
  const char *colon = strchr (text, ':');
  gsize digits = colon != NULL ? (gsize)(colon - text) : 0;
  guint64 number = 0;

  if ((digits != 8 && digits != 32)
      || !g_ascii_string_to_unsigned (colon + 1, 16, 0, G_MAXUINT16, &number, NULL)) {
    return 0;
  }
  *port = (guint16)number;
  for (gsize i = 0; i < digits / 8; i++) {
    g_autofree gchar *word = g_strndup (text + 8 * i, 8);
    if (!g_ascii_string_to_unsigned (word, 16, 0, G_MAXUINT32, &number, NULL)) {
      return 0;
    }
    guint32 part = (guint32)number;
    memcpy (ip + 4 * i, &part, sizeof part); /* the kernel prints it as it lies in memory */
  }
  return digits / 2;
}

static gboolean
is_any (const guint8 *ip, gsize len)
{
  static const guint8 zero[16] = { 0 };

  return memcmp (ip, zero, len) == 0;
}

/* The fields, which any number of blanks separates. (transfer full) */
static GStrv
split (const char *line)
{
  g_auto (GStrv) parts = g_strsplit_set (line, " \t", -1);
  g_autoptr (GPtrArray) fields = g_ptr_array_new ();

  for (guint i = 0; parts[i] != NULL; i++) {
    if (*parts[i] != '\0') {
      g_ptr_array_add (fields, g_strdup (parts[i]));
    }
  }
  g_ptr_array_add (fields, NULL);
  return (GStrv)g_ptr_array_steal (fields, NULL);
}

static gboolean
read_line (const char *line,
           gboolean is_tcp,
           const guint8 *ip,
           gsize ip_len,
           guint16 port,
           KithSocketHolder *holder)
{
  g_auto (GStrv) fields = split (line);
  guint8 theirs[16];
  guint16 their_port = 0;
  guint64 uid = 0;

  if (g_strv_length (fields) < N_FIELDS) {
    return FALSE;
  }
  gsize len = read_address (fields[FIELD_LOCAL], theirs, &their_port);
  if (len == 0 || their_port != port || (is_tcp && strcmp (fields[FIELD_STATE], LISTENS) != 0)) {
    return FALSE;
  }
  if (ip != NULL && !is_any (ip, ip_len) && !is_any (theirs, len)
      && (len != ip_len || memcmp (theirs, ip, len) != 0)) {
    return FALSE;
  }
  if (!g_ascii_string_to_unsigned (fields[FIELD_UID], 10, 0, G_MAXUINT32, &uid, NULL)
      || !g_ascii_string_to_unsigned (fields[FIELD_INODE],
                                      10,
                                      1,
                                      G_MAXUINT64,
                                      &holder->inode,
                                      NULL)) {
    return FALSE;
  }
  holder->uid = (guint32)uid;
  return TRUE;
}

gboolean
kith_socket_table_find (const char *table,
                        gboolean is_tcp,
                        const guint8 *ip,
                        gsize ip_len,
                        guint16 port,
                        KithSocketHolder *holder)
{
  for (const char *line = table; line != NULL && *line != '\0';) {
    const char *end = strchr (line, '\n');
    g_autofree gchar *one = end != NULL ? g_strndup (line, (gsize)(end - line)) : g_strdup (line);
    if (read_line (one, is_tcp, ip, ip_len, port, holder)) {
      return TRUE;
    }
    line = end != NULL ? end + 1 : NULL;
  }
  return FALSE;
}
