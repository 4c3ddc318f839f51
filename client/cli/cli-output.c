/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the program says, to people and to programs. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/output-stream.h"
#include "cli/text/wrap-text.h"

#define MAX_SHOWN 600
#define FIELD_COLUMN 14 /* where the text of a field starts */

gchar *
kith_cli_safe (const char *text)
{
  if (text == NULL || *text == '\0') {
    return g_strdup ("–");
  }
  return kith_text_safe (text, -1, MAX_SHOWN);
}

void
kith_cli_say (const char *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  kith_output_write (text, FALSE);
}

const char *
kith_cli_colour (KithCli *cli, KithColour colour)
{
  if (!cli->has_colour) {
    return "";
  }
  switch (colour) {
  case KITH_COLOUR_PLAIN:
    return "\033[0m";
  case KITH_COLOUR_STRONG:
    return "\033[1m";
  case KITH_COLOUR_GOOD:
    return "\033[32m";
  case KITH_COLOUR_BAD:
    return "\033[31m";
  case KITH_COLOUR_QUIET:
    return "\033[2m";
  }
  return "";
}

void
kith_cli_field (KithCli *cli, const char *label, const char *text)
{
  g_autofree gchar *safe = NULL;
  g_autofree gchar *wrapped = NULL;

  if (text == NULL || *text == '\0') {
    return;
  }
  safe = kith_cli_safe (text);
  wrapped = kith_wrap_text (safe, FIELD_COLUMN);
  kith_cli_say ("  %s%-11s%s %s\n",
                kith_cli_colour (cli, KITH_COLOUR_QUIET),
                label,
                kith_cli_colour (cli, KITH_COLOUR_PLAIN),
                wrapped);
}

void
kith_cli_put_json (KithJson *json)
{
  g_autofree gchar *object = kith_json_finish (json);
  g_autofree gchar *line = g_strconcat (object, "\n", NULL);

  kith_output_write (line, TRUE);
}

void
kith_cli_put_text (KithCli *cli, const char *key, const char *text)
{
  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_json_add_string (json, key, text);
    kith_cli_put_json (json);
  } else {
    kith_cli_say ("%s", text);
  }
}

static gchar *
kebab (const char *camel)
{
  GString *text = g_string_new (NULL);
  const char *at;

  for (at = camel; *at != '\0'; at++) {
    if (g_ascii_isupper (*at) && at != camel) {
      g_string_append_c (text, '-');
    }
    g_string_append_c (text, g_ascii_tolower (*at));
  }
  return g_string_free (text, FALSE);
}

void
kith_cli_json_properties (KithJson *json, gpointer proxy)
{
  g_auto (GStrv) names = NULL;
  guint i;

  names = proxy != NULL ? g_dbus_proxy_get_cached_property_names (G_DBUS_PROXY (proxy)) : NULL;
  for (i = 0; names != NULL && names[i] != NULL; i++) {
    g_autoptr (GVariant) value = g_dbus_proxy_get_cached_property (G_DBUS_PROXY (proxy), names[i]);
    g_autofree gchar *key = kebab (names[i]);

    if (value != NULL) {
      kith_json_add_variant (json, key, value);
    }
  }
}

/* (transfer full) (nullable): NULL for no time */
static GDateTime *
local_time (gint64 time_us)
{
  g_autoptr (GDateTime) utc
      = time_us > 0 ? g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC) : NULL;

  return utc != NULL ? g_date_time_to_local (utc) : NULL;
}

gchar *
kith_cli_date_text (gint64 time_us)
{
  g_autoptr (GDateTime) local = local_time (time_us);

  return local != NULL ? g_date_time_format (local, "%Y-%m-%d %H:%M:%S") : g_strdup ("");
}

gchar *
kith_cli_clock_text (gint64 time_us)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autoptr (GDateTime) local = local_time (time_us);

  if (local != NULL && g_date_time_get_day_of_year (local) == g_date_time_get_day_of_year (now)
      && g_date_time_get_year (local) == g_date_time_get_year (now)) {
    return g_date_time_format (local, "%H:%M:%S");
  }
  return kith_cli_date_text (time_us);
}

/* The same words as kith_cli_fail() makes of the errors that lead to these exit codes. */
static const char *
word_of (int exit_code)
{
  switch (exit_code) {
  case KITH_EXIT_USAGE:
    return "invalid-arguments";
  case KITH_EXIT_SEVERAL:
    return "ambiguous";
  case KITH_EXIT_NONE:
    return "not-found";
  case KITH_EXIT_NO_DAEMON:
    return "no-daemon";
  default:
    return "failed";
  }
}

/* @key, @more: (nullable): one more member. */
static void
put_error (KithCli *cli, const char *word, const char *text, const char *key, GVariant *more)
{
  g_autofree gchar *safe = kith_cli_safe (text);

  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_json_add_string (json, "error", word);
    kith_json_add_string (json, "message", text);
    if (more != NULL) {
      kith_json_add_variant (json, key, more);
    }
    kith_cli_put_json (json);
  }
  g_printerr ("kith: %s\n", safe);
}

int
kith_cli_complain (KithCli *cli, int exit_code, const char *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  put_error (cli, word_of (exit_code), text, NULL, NULL);
  return exit_code;
}

static int
exit_code_of (const GError *error)
{
  if (kith_daemon_view_is_absence (error)) {
    return KITH_EXIT_NO_DAEMON;
  }
  if (g_error_matches (error, KITH_ERROR, KITH_ERROR_INVALID_ADDRESS)
      || g_error_matches (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS)
      || g_error_matches (error, KITH_ERROR, KITH_ERROR_UNSUPPORTED)) {
    return KITH_EXIT_USAGE;
  }
  if (g_error_matches (error, KITH_ERROR, KITH_ERROR_AMBIGUOUS)) {
    return KITH_EXIT_SEVERAL;
  }
  return g_error_matches (error, KITH_ERROR, KITH_ERROR_NOT_FOUND) ? KITH_EXIT_NONE
                                                                   : KITH_EXIT_FAILED;
}

int
kith_cli_fail (KithCli *cli, const GError *error)
{
  return kith_cli_fail_with (cli, error, NULL, NULL);
}

int
kith_cli_fail_with (KithCli *cli, const GError *error, const char *key, GVariant *more)
{
  int code = exit_code_of (error);
  const char *name = error->domain == KITH_ERROR ? kith_error_dbus_name (error->code) : NULL;
  const char *text = error->message;

  if (*text == '\0' && name != NULL) {
    text = kith_error_text (error->code);
  }
  if (name != NULL) {
    g_autofree gchar *word = kebab (strrchr (name, '.') + 1);
    put_error (cli, word, text, key, more);
  } else {
    put_error (cli, code == KITH_EXIT_NO_DAEMON ? "no-daemon" : "failed", text, key, more);
  }
  return code;
}
