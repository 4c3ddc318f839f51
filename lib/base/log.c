/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One door through which every line of log goes. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define MAX_LINE 2000

static GLogLevelFlags least_level = G_LOG_LEVEL_INFO;
static gboolean personal_allowed = FALSE;

static const char *
level_word (GLogLevelFlags level)
{
  if (level & G_LOG_LEVEL_CRITICAL) {
    return "error";
  }
  if (level & G_LOG_LEVEL_WARNING) {
    return "warning";
  }
  if (level & G_LOG_LEVEL_MESSAGE) {
    return "notice";
  }
  return level & G_LOG_LEVEL_INFO ? "info" : "debug";
}

static const char *
level_priority (GLogLevelFlags level)
{
  if (level & G_LOG_LEVEL_CRITICAL) {
    return "3";
  }
  if (level & G_LOG_LEVEL_WARNING) {
    return "4";
  }
  if (level & G_LOG_LEVEL_MESSAGE) {
    return "5";
  }
  return level & G_LOG_LEVEL_INFO ? "6" : "7";
}

static gboolean
write_journal (GLogLevelFlags level, const char *object, const char *text)
{
  const GLogField fields[] = {
    { "MESSAGE", text, -1 },
    { "PRIORITY", level_priority (level), -1 },
    { "KITH_OBJECT", object, -1 },
    { "SYSLOG_IDENTIFIER", "kithd", -1 },
  };
  return g_log_writer_journald (level, fields, G_N_ELEMENTS (fields), NULL) == G_LOG_WRITER_HANDLED;
}

void
kith_log (GLogLevelFlags level, const char *object, const char *format, ...)
{
  static gsize once = 0;
  static gboolean to_journal;

  if ((level & G_LOG_LEVEL_MASK) > least_level) {
    return;
  }
  if (g_once_init_enter (&once)) {
    to_journal = g_log_writer_is_journald (STDERR_FILENO);
    g_once_init_leave (&once, 1);
  }
  va_list args;
  va_start (args, format);
  g_autofree gchar *raw = g_strdup_vprintf (format, args);
  va_end (args);
  g_autofree gchar *safe = kith_text_safe (raw, -1, MAX_LINE);
  const char *who = object != NULL ? object : "kith";

  if (to_journal) {
    g_autofree gchar *line = g_strdup_printf ("%s: %s", who, safe);
    if (write_journal (level, who, line)) {
      return;
    }
  }
  gint64 now = kith_clock_thread_wall ();
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (now / G_USEC_PER_SEC);
  g_autofree gchar *stamp = time != NULL ? g_date_time_format (time, "%H:%M:%S") : g_strdup ("--");
  (void)fprintf (stderr,
                 "%s.%03d %-7s %s: %s\n",
                 stamp,
                 (int)(now / 1000 % 1000),
                 level_word (level),
                 who,
                 safe);
}

void
kith_log_setup (GLogLevelFlags least, gboolean personal)
{
  least_level = least;
  personal_allowed = personal;
}

const char *
kith_personal (const char *text)
{
  if (personal_allowed) {
    return text != NULL ? text : "(none)";
  }
  return "(personal)";
}
