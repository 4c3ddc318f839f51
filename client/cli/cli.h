/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run of `kith`: its command line, its daemon, and the ways to say something. */
#pragma once

#include <gio/gio.h>

#include "common/daemon-view.h"
#include "common/json-writer.h"

G_BEGIN_DECLS

typedef struct _KithVerb KithVerb;
typedef struct _KithOption KithOption;

/* Exit codes that are no reason of a call; their meaning is in kith_verb_exits(). */
enum {
  KITH_EXIT_OK = 0,
  KITH_EXIT_FAILED = 1,
  KITH_EXIT_USAGE = 2,
  KITH_EXIT_UNPROVED = 3,
  KITH_EXIT_SEVERAL = 4,
  KITH_EXIT_NONE = 5,
  KITH_EXIT_REVOKED = 6,
  KITH_EXIT_NO_DAEMON = 7,
  KITH_EXIT_INTERRUPTED = 130,
};

typedef enum {
  KITH_COLOUR_PLAIN,
  KITH_COLOUR_STRONG,
  KITH_COLOUR_GOOD,
  KITH_COLOUR_BAD,
  KITH_COLOUR_QUIET
} KithColour;

typedef struct {
  const KithVerb *verb;
  GPtrArray *arguments; /* (element-type utf8) */
  GHashTable *options;  /* name → value, "" for a switch */
  gboolean is_json;
  gboolean has_colour;
  KithDaemonView *daemon;
  int connect_code; /* of kith_cli_connect() that failed: the program's own then; else 0 */
} KithCli;

/* The whole program: returns its exit code. */
int kith_cli_main (int argc, char **argv);

/* Fills @cli from the command line. FALSE: a usage error, *@why (transfer full) says which and what
   would be right. */
gboolean kith_cli_parse (KithCli *cli, int argc, char **argv, gchar **why);
void kith_cli_clear (KithCli *cli);

/* The value of an option of the verb, "" for a switch; NULL if it was not given. */
const char *kith_cli_option (KithCli *cli, const char *name);

/* A number of seconds from 1 to 86400; 0 if it was not given. FALSE after having complained about
   another value. */
gboolean kith_cli_option_seconds (KithCli *cli, const char *name, guint *seconds);

/* The argument, or NULL. */
const char *kith_cli_argument (KithCli *cli, guint index);

/* Connects to the daemon; with @start the bus may start it. FALSE after having complained: the exit
   code is KITH_EXIT_NO_DAEMON, or what the refusal means (another user's daemon:
   KITH_EXIT_FAILED). */
gboolean kith_cli_connect (KithCli *cli, gboolean start);

/* The same without a word: FALSE and @error. */
gboolean kith_cli_try_connect (KithCli *cli, gboolean start, GError **error);

/* The same as kith_daemon_view_invoke() on this run's daemon. */
GVariant *kith_cli_invoke (KithCli *cli,
                           gpointer proxy,
                           const char *method,
                           GVariant *parameters,
                           GError **error);

/* Says what went wrong on stderr (with --json also on stdout) and gives the exit code for it. */
int kith_cli_fail (KithCli *cli, const GError *error);

/* The same; with --json the object has @more as the member @key too. */
int kith_cli_fail_with (KithCli *cli, const GError *error, const char *key, GVariant *more);
int kith_cli_complain (KithCli *cli, int exit_code, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* Writes to stdout at once; what could not be written makes the exit code KITH_EXIT_FAILED in the
   end. Text of others goes through kith_cli_safe() first. */
void kith_cli_say (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* @text of whatever origin, fit for a terminal; "–" if it is empty or NULL. (transfer full) */
gchar *kith_cli_safe (const char *text);

/* "  label     text", the text made safe; nothing if it is empty. */
void kith_cli_field (KithCli *cli, const char *label, const char *text);

/* Starts and ends a colour; "" when there are none. */
const char *kith_cli_colour (KithCli *cli, KithColour colour);

/* One whole text: as it is, or with --json as the member @key of an object. */
void kith_cli_put_text (KithCli *cli, const char *key, const char *text);

/* Writes the object on one line and frees it. */
void kith_cli_put_json (KithJson *json);

/* Adds all properties of @proxy to the open object, "PeerName" as "peer-name". @proxy may be
   NULL. */
void kith_cli_json_properties (KithJson *json, gpointer proxy);

/* "2026-11-21 14:03:11"; "" for 0. @time_us since the epoch. (transfer full) */
gchar *kith_cli_date_text (gint64 time_us);

/* "14:03:11" of today, else with the date; "" for 0. @time_us since the epoch. (transfer full) */
gchar *kith_cli_clock_text (gint64 time_us);

G_END_DECLS
