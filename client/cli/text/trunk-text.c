/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trunks in words, and a password that is never in an argument. */
#include "cli/text/trunk-text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "cli/text/wrap-text.h"
#include "cli/verb.h"

#define MAX_PASSWORD 512

gchar *
kith_trunk_text_remedy (const char *name,
                        const char *reason,
                        const char *domain,
                        guint status,
                        const char *detail)
{
  g_autofree gchar *said = *detail != '\0' && status > 0 ? g_strdup_printf ("%u %s", status, detail)
                           : *detail != '\0'             ? g_strdup (detail)
                                                         : g_strdup_printf ("%u", status);

  if (g_str_equal (reason, "not-found")) {
    return g_strdup_printf ("nobody knows where %s is (%s): check --domain and the network",
                            domain,
                            said);
  }
  if (g_str_equal (reason, "no-answer")) {
    return g_strdup_printf ("%s does not answer (%s): check --domain, --proxy, --transport and the "
                            "firewall",
                            domain,
                            said);
  }
  if (g_str_equal (reason, "wrong-password")) {
    return g_strdup_printf ("%s refuses the password: `kith trunk set %s --password-file FILE` "
                            "gives another one",
                            domain,
                            name);
  }
  if (g_str_equal (reason, "no-password")) {
    return g_strdup_printf ("%s asks for a password: `kith trunk set %s --password-file FILE` "
                            "gives it one",
                            domain,
                            name);
  }
  if (g_str_equal (reason, "refuses-user")) {
    return g_strdup_printf ("%s refuses this user (%s): check --user", domain, said);
  }
  if (g_str_equal (reason, "busy")) {
    return g_strdup_printf ("%s cannot do it now (%s): it is tried again", domain, said);
  }
  if (g_str_equal (reason, "certificate")) {
    return g_strdup_printf ("%s is not who it says it is (%s): check --domain, --ca or --pin",
                            domain,
                            said);
  }
  if (g_str_equal (reason, "protocol")) {
    return g_strdup_printf ("%s says what makes no sense here (%s): check --domain and --transport",
                            domain,
                            said);
  }
  return g_strdup ("");
}

/* ", next try 14:08:00", or nothing. (transfer full) */
static gchar *
retry_text (KithBusTrunk *trunk)
{
  g_autofree gchar *clock = kith_cli_clock_text (kith_bus_trunk_get_retry_at (trunk));

  return *clock != '\0' ? g_strconcat (", next try ", clock, NULL) : g_strdup ("");
}

gchar *
kith_trunk_text_state (KithBusTrunk *trunk)
{
  const char *state = kith_bus_trunk_get_state (trunk);
  const char *reason = kith_bus_trunk_get_state_reason (trunk);
  g_autofree gchar *until = kith_cli_clock_text (kith_bus_trunk_get_expires_at (trunk));
  g_autofree gchar *since = kith_cli_clock_text (kith_bus_trunk_get_state_since (trunk));

  if (!kith_bus_trunk_get_enabled (trunk)) {
    return g_strdup ("off");
  }
  if (g_strcmp0 (state, "registered") == 0 || g_strcmp0 (state, "refreshing") == 0) {
    return *until != '\0' ? g_strdup_printf ("registered until %s", until)
                          : g_strdup ("registered");
  }
  if (g_strcmp0 (state, "failed") == 0) {
    g_autofree gchar *retry = retry_text (trunk);
    g_autofree gchar *words = kith_cli_safe (reason);
    g_strdelimit (words, "-", ' ');
    return g_strdup_printf ("%s since %s%s", words, since, retry);
  }
  return g_strdup (state);
}

static KithColour
colour_of (KithBusTrunk *trunk)
{
  const char *state = kith_bus_trunk_get_state (trunk);

  return g_strcmp0 (state, "registered") == 0 || g_strcmp0 (state, "refreshing") == 0
             ? KITH_COLOUR_GOOD
         : g_strcmp0 (state, "failed") == 0 ? KITH_COLOUR_BAD
                                            : KITH_COLOUR_PLAIN;
}

void
kith_trunk_text_list (KithCli *cli, GPtrArray *trunks)
{
  guint width = 4;

  for (guint i = 0; i < trunks->len; i++) {
    KithBusTrunk *trunk = kith_bus_object_peek_trunk (trunks->pdata[i]);
    width = MAX (width, (guint)g_utf8_strlen (kith_bus_trunk_get_name (trunk), -1));
  }
  for (guint i = 0; i < trunks->len; i++) {
    KithBusTrunk *trunk = kith_bus_object_peek_trunk (trunks->pdata[i]);
    g_autofree gchar *safe = kith_cli_safe (kith_bus_trunk_get_name (trunk));
    g_autofree gchar *name = kith_fit_text (safe, width);
    g_autofree gchar *user = kith_cli_safe (kith_bus_trunk_get_user (trunk));
    g_autofree gchar *domain = kith_cli_safe (kith_bus_trunk_get_domain (trunk));
    g_autofree gchar *state = kith_trunk_text_state (trunk);

    kith_cli_say ("%s  %s%s%s  %s@%s\n",
                  name,
                  kith_cli_colour (cli, colour_of (trunk)),
                  state,
                  kith_cli_colour (cli, KITH_COLOUR_PLAIN),
                  user,
                  domain);
  }
}

void
kith_trunk_text_say (KithCli *cli, KithBusTrunk *trunk)
{
  g_autofree gchar *name = kith_cli_safe (kith_bus_trunk_get_name (trunk));
  g_autofree gchar *state = kith_trunk_text_state (trunk);
  g_autofree gchar *remedy = kith_trunk_text_remedy (kith_bus_trunk_get_name (trunk),
                                                     kith_bus_trunk_get_state_reason (trunk),
                                                     kith_bus_trunk_get_domain (trunk),
                                                     kith_bus_trunk_get_last_status (trunk),
                                                     kith_bus_trunk_get_detail (trunk));
  GVariant *settings = kith_bus_trunk_get_settings (trunk);
  const guint line = kith_bus_trunk_get_config_line (trunk);
  GVariantIter iter;
  const char *key = NULL;
  const char *value = NULL;

  kith_cli_say ("%s\n", name);
  kith_cli_field (cli, "state", state);
  if (g_strcmp0 (kith_bus_trunk_get_state (trunk), "failed") == 0) {
    kith_cli_field (cli, "why", remedy);
  }
  kith_cli_field (cli, "registrar", kith_bus_trunk_get_registrar (trunk));
  kith_cli_field (cli, "password", kith_bus_trunk_get_has_password (trunk) ? "set" : "none");
  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_next (&iter, "{&s&s}", &key, &value)) {
    kith_cli_field (cli, key, value);
  }
  if (line > 0) {
    g_autofree gchar *where = g_strdup_printf ("kith.conf, line %u", line);
    kith_cli_field (cli, "set in", where);
  }
}

/* Passwords */

/* A line of @stream without its end. FALSE: there is none. */
static gboolean
read_line (FILE *stream, gchar *text, gsize room)
{
  if (fgets (text, (int)room, stream) == NULL) {
    return FALSE;
  }
  text[strcspn (text, "\r\n")] = '\0';
  return *text != '\0';
}

static gboolean
ask_terminal (gchar *text, gsize room)
{
  struct termios before, hidden;

  if (tcgetattr (STDIN_FILENO, &before) != 0) {
    return FALSE;
  }
  hidden = before;
  hidden.c_lflag &= ~(tcflag_t)ECHO;
  fputs ("Password of the trunk (it is not shown): ", stderr);
  (void)tcsetattr (STDIN_FILENO, TCSAFLUSH, &hidden);
  const gboolean ok = read_line (stdin, text, room);
  (void)tcsetattr (STDIN_FILENO, TCSAFLUSH, &before);
  fputs ("\n", stderr);
  return ok;
}

/* A file of no name with @text in it. -1 and errno. */
static int
keep (const gchar *text)
{
  const gsize len = strlen (text);
  const int fd = memfd_create ("password", MFD_CLOEXEC);

  if (fd >= 0 && write (fd, text, len) != (ssize_t)len) {
    (void)close (fd);
    return -1;
  }
  return fd;
}

int
kith_trunk_text_password (KithCli *cli, gboolean ask, int *code)
{
  const char *path = kith_cli_option (cli, "password-file");
  gchar text[MAX_PASSWORD] = "";
  gboolean ok = FALSE;

  if (path != NULL && !g_str_equal (path, "-")) {
    FILE *file = fopen (path, "re");
    g_autofree gchar *safe = kith_cli_safe (path);
    if (file == NULL) {
      *code = kith_cli_complain (cli, KITH_EXIT_FAILED, "%s: %s", safe, g_strerror (errno));
      return -1;
    }
    ok = read_line (file, text, sizeof text);
    (void)fclose (file);
    if (!ok) {
      *code = kith_cli_complain (cli, KITH_EXIT_FAILED, "%s: there is no password in it", safe);
      return -1;
    }
  } else if (path != NULL) {
    ok = read_line (stdin, text, sizeof text);
  } else if (ask) {
    ok = isatty (STDIN_FILENO) == 1 ? ask_terminal (text, sizeof text)
                                    : read_line (stdin, text, sizeof text);
  }
  if (!ok) {
    return -2;
  }
  const int fd = keep (text);
  explicit_bzero (text, sizeof text);
  if (fd < 0) {
    *code = kith_cli_complain (cli, KITH_EXIT_FAILED, "no memory: %s", g_strerror (errno));
  }
  return fd;
}
