/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs kith-upnp and reads the one line that it says. */
#include "router/upnp-client.h"

#include <gio/gio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define HELPER_MS 8000
#define MAX_LINE 512
#define MAX_WAITING 8

typedef struct {
  guint16 port; /* 0: look for the router */
  guint lifetime_s;
} Job;

struct _KithUpnp {
  gchar *helper;
  const KithMapperEvents *events;
  gpointer user_data;
  Job waiting[MAX_WAITING]; /* the first one is under way while there is a process */
  guint n_waiting;
  GSubprocess *process;
  GCancellable *reading;
  gchar line[MAX_LINE + 1];
  guint timer;
  gchar *lan, *service, *url; /* NULL: no router yet */
};

static void next (KithUpnp *client);

static void
end_process (KithUpnp *client)
{
  kith_clock_cancel (kith_clock_get_default (), &client->timer);
  if (client->process != NULL) {
    g_subprocess_force_exit (client->process);
    g_clear_object (&client->process);
  }
  g_clear_object (&client->reading);
}

static gboolean
parse_address (const char *text, KithEndpoint *address)
{
  g_autofree gchar *with_port = g_strconcat (text, ":0", NULL);

  return kith_endpoint_parse (with_port, address) && address->family == 4;
}

static guint16
parse_port (const char *text)
{
  const guint64 port = g_ascii_strtoull (text, NULL, 10);

  return port <= G_MAXUINT16 ? (guint16)port : 0;
}

/* What became of @job; @port 0: it is refused, or nothing was heard. */
static void
tell_mapped (KithUpnp *client, const Job *job, guint16 port)
{
  const KithEndpoint outer = { .port = port };

  client->events->mapped (job->port,
                          port != 0 ? &outer : NULL,
                          port != 0 ? job->lifetime_s : client->line[0] != '\0',
                          client->user_data);
}

/* "ok LAN OUTER SERVICE URL" */
static gboolean
take_router (KithUpnp *client, gchar **words)
{
  KithEndpoint lan;
  KithEndpoint outer;

  if (g_strv_length (words) != 5 || strcmp (words[0], "ok") != 0 || !parse_address (words[1], &lan)
      || !parse_address (words[2], &outer)) {
    return FALSE;
  }
  client->lan = g_strdup (words[1]);
  client->service = g_strdup (words[3]);
  client->url = g_strdup (words[4]);
  client->events->found (&lan, &outer, client->user_data);
  return TRUE;
}

/* The helper said its line, or nothing. */
static void
take_line (KithUpnp *client)
{
  const Job job = client->waiting[0];
  g_auto (GStrv) words = NULL;

  client->line[strcspn (client->line, "\n")] = '\0';
  words = g_strsplit (client->line, " ", 6);
  client->n_waiting--;
  memmove (client->waiting, client->waiting + 1, client->n_waiting * sizeof *client->waiting);
  if (job.port == 0) {
    if (!take_router (client, words)) {
      client->events->failed (client->user_data);
    }
  } else if (g_strv_length (words) == 2 && strcmp (words[0], "ok") == 0) {
    tell_mapped (client, &job, parse_port (words[1]));
  } else {
    kith_debug ("link", "the router refuses a port mapping by UPnP: %s", client->line);
    tell_mapped (client, &job, 0);
  }
  next (client);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  gsize len = 0;

  (void)g_input_stream_read_all_finish (G_INPUT_STREAM (source), result, &len, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    return; /* the client may be gone */
  }
  KithUpnp *client = user_data;
  client->line[MIN (len, (gsize)MAX_LINE)] = '\0';
  end_process (client);
  take_line (client);
}

static gboolean
on_too_late (gpointer user_data)
{
  KithUpnp *client = user_data;

  client->timer = 0;
  g_subprocess_force_exit (client->process); /* its end closes the pipe */
  return G_SOURCE_REMOVE;
}

static gboolean
on_no_helper (gpointer user_data)
{
  KithUpnp *client = user_data;

  client->timer = 0;
  client->line[0] = '\0';
  take_line (client);
  return G_SOURCE_REMOVE;
}

static GSubprocess *
launch (const char *const *words, GSubprocessFlags flags)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (flags | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  const char *const environment[] = { NULL };

  g_subprocess_launcher_set_environ (launcher, (gchar **)environment);
  GSubprocess *process = g_subprocess_launcher_spawnv (launcher, words, &error);
  if (process == NULL) {
    kith_warning ("link",
                  "ports cannot be mapped by UPnP: %s; is Kith installed completely?",
                  error->message);
  }
  return process;
}

/* Starts the first of the jobs that wait. */
static void
next (KithUpnp *client)
{
  g_autofree gchar *port = NULL;
  g_autofree gchar *lifetime = NULL;
  const char *words[] = { client->helper, "find", NULL, NULL, NULL, NULL, NULL, NULL };

  if (client->n_waiting == 0 || client->process != NULL || client->timer != 0) {
    return;
  }
  if (client->waiting[0].port != 0) {
    port = g_strdup_printf ("%u", client->waiting[0].port);
    lifetime = g_strdup_printf ("%u", client->waiting[0].lifetime_s);
    words[1] = "add";
    words[2] = client->url;
    words[3] = client->service;
    words[4] = client->lan;
    words[5] = port;
    words[6] = lifetime;
  }
  client->process = launch (words, G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  if (client->process == NULL) {
    client->timer = kith_clock_add (kith_clock_get_default (), 0, on_no_helper, client);
    return;
  }
  client->timer = kith_clock_add (kith_clock_get_default (), HELPER_MS, on_too_late, client);
  client->reading = g_cancellable_new ();
  memset (client->line, 0, sizeof client->line);
  g_input_stream_read_all_async (g_subprocess_get_stdout_pipe (client->process),
                                 client->line,
                                 MAX_LINE,
                                 G_PRIORITY_DEFAULT,
                                 client->reading,
                                 on_read,
                                 client);
}

static void
add (KithUpnp *client, guint16 port, guint lifetime_s)
{
  if (client->n_waiting < MAX_WAITING) {
    client->waiting[client->n_waiting++] = (Job){ port, lifetime_s };
    next (client);
  }
}

KithUpnp *
kith_upnp_new (const char *helper, const KithMapperEvents *events, gpointer user_data)
{
  KithUpnp *client = g_new0 (KithUpnp, 1);

  client->helper = g_strdup (helper);
  client->events = events;
  client->user_data = user_data;
  add (client, 0, 0);
  return client;
}

void
kith_upnp_map (KithUpnp *client, guint16 port, guint lifetime_s)
{
  if (client->url != NULL) {
    add (client, port, lifetime_s);
  }
}

void
kith_upnp_unmap (KithUpnp *client, guint16 outer_port)
{
  g_autofree gchar *port = g_strdup_printf ("%u", outer_port);
  const char *words[] = { client->helper, "remove", client->url, client->service, port, NULL };

  if (client->url != NULL) {
    g_autoptr (GSubprocess) process = launch (words, G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  }
}

void
kith_upnp_free (KithUpnp *client)
{
  if (client == NULL) {
    return;
  }
  if (client->reading != NULL) {
    g_cancellable_cancel (client->reading);
  }
  end_process (client);
  g_free (client->helper);
  g_free (client->lan);
  g_free (client->service);
  g_free (client->url);
  g_free (client);
}
