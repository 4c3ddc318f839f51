/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kithd listens for half a minute at a time, so that it stops soon after this program did. */
#include "cli/verbs/phone/phone-find.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/text/phone-text.h"

#define HOLD_S 30
#define RENEW_S 15
#define SETTLE_MS 1500 /* for others that look, too; a phone asks for 5 s at least */
#define MOST 9

typedef struct {
  guint id;
  gchar *mac;
  gchar *text; /* "Yealink T31P (805ec0aabb01) at 192.168.1.40" */
} Found;

struct _KithPhoneFinder {
  KithCli *cli;
  KithBusPhone *phone;
  gchar mac[13];    /* the one that is wanted, or "" */
  GPtrArray *found; /* of Found */
  gboolean may_ask;
  gboolean is_given;
  gboolean is_asking;
  gulong handler;
  guint renew, settle, input; /* sources, 0: none */
};

static void
found_free (gpointer data)
{
  Found *found = data;

  g_free (found->mac);
  g_free (found->text);
  g_free (found);
}

gboolean
kith_phone_finder_read_mac (const char *text, gchar mac[13])
{
  guint n = 0;

  for (const char *at = text; *at != '\0'; at++) {
    if (g_ascii_isxdigit (*at) && n < 12) {
      mac[n++] = g_ascii_tolower (*at);
    } else if (strchr (":-.", *at) == NULL) {
      return FALSE;
    }
  }
  mac[n] = '\0';
  return n == 12;
}

/* FALSE: kithd said why not, which is told. */
static gboolean
invoke (KithPhoneFinder *finder, const char *method, guint value)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
      = kith_cli_invoke (finder->cli, finder->phone, method, g_variant_new ("(u)", value), &error);

  if (reply == NULL && !finder->cli->is_json) {
    g_autofree gchar *safe = kith_cli_safe (error->message);
    kith_cli_say ("%s\n", safe);
  }
  return reply != NULL;
}

static void
give (KithPhoneFinder *finder, const Found *found)
{
  if (!invoke (finder, "GiveSetup", found->id)) {
    return;
  }
  finder->is_given = TRUE;
  if (!finder->cli->is_json) {
    g_autofree gchar *clock = kith_cli_clock_text (g_get_real_time ());
    kith_cli_say ("%s  %s is told where its settings are\n", clock, found->text);
  }
}

/* Asking */

static void
say_choice (KithPhoneFinder *finder, guint i)
{
  kith_cli_say ("  %u  %s\n", i + 1, ((const Found *)finder->found->pdata[i])->text);
}

static gboolean
on_input (int fd, GIOCondition condition, gpointer data)
{
  KithPhoneFinder *finder = data;
  char line[64] = "";
  const gboolean is_open = fgets (line, sizeof line, stdin) != NULL;
  const guint64 n = g_ascii_strtoull (line, NULL, 10);

  if (is_open && n >= 1 && n <= finder->found->len) {
    give (finder, finder->found->pdata[n - 1]);
  } else if (is_open && line[strspn (line, " \t\r\n")] != '\0') {
    kith_cli_say ("A number from 1 to %u: ", finder->found->len);
    return G_SOURCE_CONTINUE;
  }
  finder->is_asking = FALSE;
  finder->input = 0;
  return G_SOURCE_REMOVE;
}

static void
ask (KithPhoneFinder *finder)
{
  kith_cli_say ("More than one phone looks for its settings:\n");
  for (guint i = 0; i < finder->found->len; i++) {
    say_choice (finder, i);
  }
  kith_cli_say ("Which one is it? [1-%u, Enter: none of them] ", finder->found->len);
  finder->is_asking = TRUE;
  finder->input = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, on_input, finder);
}

static gboolean
on_settled (gpointer data)
{
  KithPhoneFinder *finder = data;

  finder->settle = 0;
  if (finder->found->len == 1) {
    give (finder, finder->found->pdata[0]);
  } else {
    ask (finder);
  }
  return G_SOURCE_REMOVE;
}

/* Finding */

/* The one with that MAC address, anew, or one more. NULL: there are too many. */
static const Found *
keep (KithPhoneFinder *finder, guint id, const char *mac, const char *text, gboolean *is_new)
{
  Found *found = NULL;

  for (guint i = 0; i < finder->found->len && *mac != '\0' && found == NULL; i++) {
    Found *old = finder->found->pdata[i];
    found = strcmp (old->mac, mac) == 0 ? old : NULL;
  }
  *is_new = found == NULL;
  if (found == NULL && finder->found->len < MOST) {
    found = g_new0 (Found, 1);
    found->mac = g_strdup (mac);
    found->text = g_strdup (text);
    g_ptr_array_add (finder->found, found);
  }
  if (found != NULL) {
    found->id = id;
  }
  return found;
}

static void
say_how (KithPhoneFinder *finder, const Found *found)
{
  if (!finder->cli->is_json && *found->mac != '\0') {
    kith_cli_say ("%s looks for its settings: `kith phone password %s --mac %s` gives it these\n",
                  found->text,
                  kith_bus_phone_get_name (finder->phone),
                  found->mac);
  }
}

static void
on_found (KithBusPhone *phone,
          guint id,
          const char *vendor,
          const char *model,
          const char *mac,
          const char *address,
          KithPhoneFinder *finder)
{
  g_autofree gchar *what = g_strdup_printf ("%s%s%s%s%s%s at %.*s",
                                            *vendor != '\0' ? vendor : "A phone",
                                            *model != '\0' ? " " : "",
                                            model,
                                            *mac != '\0' ? " (" : "",
                                            mac,
                                            *mac != '\0' ? ")" : "",
                                            (int)strcspn (address, ":"),
                                            address);
  g_autofree gchar *safe = kith_cli_safe (what);
  gboolean is_new = FALSE;

  if (finder->is_given || (finder->mac[0] != '\0' && strcmp (finder->mac, mac) != 0)) {
    return;
  }
  const Found *found = keep (finder, id, mac, safe, &is_new);
  if (found == NULL) {
    return;
  }
  if (finder->mac[0] != '\0') {
    give (finder, found);
  } else if (!finder->may_ask) {
    if (is_new) {
      say_how (finder, found);
    }
  } else if (finder->is_asking) {
    if (is_new) {
      kith_cli_say ("\n");
      say_choice (finder, finder->found->len - 1);
    }
  } else if (finder->settle == 0) {
    finder->settle = g_timeout_add (SETTLE_MS, on_settled, finder);
  }
}

static gboolean
on_renew (gpointer data)
{
  KithPhoneFinder *finder = data;

  if (invoke (finder, "Find", HOLD_S)) {
    return G_SOURCE_CONTINUE;
  }
  finder->renew = 0;
  return G_SOURCE_REMOVE;
}

KithPhoneFinder *
kith_phone_finder_new (KithCli *cli, KithBusPhone *phone, const char *mac)
{
  KithPhoneFinder *finder = g_new0 (KithPhoneFinder, 1);

  finder->cli = cli;
  finder->phone = phone;
  if (mac != NULL) {
    (void)g_strlcpy (finder->mac, mac, sizeof finder->mac);
  }
  finder->may_ask = !cli->is_json && isatty (STDIN_FILENO) && isatty (STDOUT_FILENO);
  finder->found = g_ptr_array_new_with_free_func (found_free);
  finder->handler = g_signal_connect (phone, "found", G_CALLBACK (on_found), finder);
  if (invoke (finder, "Find", HOLD_S)) {
    finder->renew = g_timeout_add_seconds (RENEW_S, on_renew, finder);
  }
  return finder;
}

void
kith_phone_finder_free (KithPhoneFinder *finder)
{
  guint *sources[] = { &finder->settle, &finder->input };

  g_signal_handler_disconnect (finder->phone, finder->handler);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++) {
    if (*sources[i] != 0) {
      g_source_remove (*sources[i]);
    }
  }
  if (finder->renew != 0) {
    g_source_remove (finder->renew);
    (void)invoke (finder, "Find", 0);
  }
  g_ptr_array_unref (finder->found);
  g_free (finder);
}
