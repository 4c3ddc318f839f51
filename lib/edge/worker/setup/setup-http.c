/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A connection reads one request, asks kithd, writes the answer and ends. */
#include "edge/worker/setup/setup-http.h"

#include <string.h>

#include "base/text.h"

#define TOKEN_CHARS 26 /* of KITH_SETUP_TOKEN_LEN bytes in base 32 */

typedef struct {
  guint8 bytes[KITH_SETUP_TOKEN_LEN];
  gint64 end_us;
  guint fetches;
} Token;

typedef struct {
  KithSetupHttp *http;
  guint32 stream;
  KithEndpoint source, own;
  GString *request;
  guint32 question; /* that kithd has; 0: none yet */
  KithTimer timer;
} Client;

struct _KithSetupHttp {
  KithClock *clock;
  const KithSetupFuncs *funcs;
  gpointer data;
  GArray *tokens;      /* of Token */
  GHashTable *clients; /* stream → Client */
  guint16 port;        /* 0: it does not listen */
  guint32 last;        /* question */
  KithTimer timer;     /* the end of the first token to end */
  gint64 second;       /* in which … */
  guint accepted;      /* … so many connections were taken */
};

static void
client_free (gpointer data)
{
  Client *client = data;

  kith_timer_finish (&client->timer);
  g_string_free (client->request, TRUE);
  g_free (client);
}

/* Tokens */

static void
stop (KithSetupHttp *http)
{
  GHashTableIter iter;
  gpointer stream;

  if (http->port != 0) {
    http->port = 0;
    http->funcs->unlisten (http->data);
  }
  g_hash_table_iter_init (&iter, http->clients);
  while (g_hash_table_iter_next (&iter, &stream, NULL)) {
    g_hash_table_iter_remove (&iter);
    http->funcs->close (http->data, GPOINTER_TO_UINT (stream));
  }
}

/* Forgets the tokens whose time is over; without one it listens no more. */
static void
on_time (gpointer data)
{
  KithSetupHttp *http = data;
  const gint64 now = kith_clock_now (http->clock);
  gint64 next = G_MAXINT64;

  for (guint i = http->tokens->len; i > 0; i--) {
    const Token *token = &g_array_index (http->tokens, Token, i - 1);
    if (token->end_us <= now) {
      g_array_remove_index_fast (http->tokens, i - 1);
    } else {
      next = MIN (next, token->end_us);
    }
  }
  if (http->tokens->len == 0) {
    stop (http);
  } else {
    kith_timer_set_ms (&http->timer, (guint)((next - now) / 1000 + 1));
  }
}

/* As long for one that differs in its last bit as for one that is right. */
static Token *
find_token (KithSetupHttp *http, const guint8 *bytes)
{
  Token *found = NULL;

  for (guint i = 0; i < http->tokens->len; i++) {
    Token *token = &g_array_index (http->tokens, Token, i);
    guint8 differs = 0;
    for (gsize k = 0; k < sizeof token->bytes; k++) {
      differs |= token->bytes[k] ^ bytes[k];
    }
    found = differs == 0 ? token : found;
  }
  return found;
}

static void
tell_state (KithSetupHttp *http, guint16 port, int problem)
{
  KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = KITH_EDGE_SETUP_STATE;
  frame->setup_state = (KithEdgeSetupState){ port, (guint16)problem };
  http->funcs->tell (http->data, frame);
  g_free (frame);
}

static void
take_setup (KithSetupHttp *http, const KithEdgeSetup *setup)
{
  Token *token = find_token (http, setup->token);
  int problem = 0;

  if (token == NULL && setup->seconds > 0 && http->tokens->len < KITH_SETUP_TOKENS_MAX) {
    Token fresh = { .fetches = 0 };
    memcpy (fresh.bytes, setup->token, sizeof fresh.bytes);
    g_array_append_val (http->tokens, fresh);
    token = &g_array_index (http->tokens, Token, http->tokens->len - 1);
  }
  if (token != NULL) {
    token->end_us = kith_clock_now (http->clock) + (gint64)setup->seconds * G_USEC_PER_SEC;
  }
  if (token != NULL && setup->seconds > 0 && http->port != setup->port) {
    if (http->port != 0) {
      http->funcs->unlisten (http->data);
    }
    problem = http->funcs->listen (http->data, setup->port);
    http->port = problem == 0 ? setup->port : 0;
  }
  on_time (http);
  if (setup->seconds > 0) {
    tell_state (http, setup->port, problem);
  }
}

/* Answering */

static void
answer (Client *client, const char *status, const char *type, const char *text)
{
  KithSetupHttp *http = client->http;
  const guint32 stream = client->stream;
  const gsize len = strlen (text);
  g_autofree gchar *head
      = g_strdup_printf ("HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %" G_GSIZE_FORMAT
                         "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
                         status,
                         type,
                         len);

  (void)g_hash_table_remove (http->clients, GUINT_TO_POINTER (stream));
  http->funcs->write (http->data, stream, head, strlen (head));
  http->funcs->write (http->data, stream, text, len);
  http->funcs->close (http->data, stream);
}

static void
refuse (Client *client, const char *status)
{
  answer (client, status, "text/plain", "");
}

static void
on_late (gpointer data)
{
  Client *client = data;

  refuse (client, client->question != 0 ? "503 Service Unavailable" : "408 Request Timeout");
}

static void
take_document (KithSetupHttp *http, const KithEdgeDocument *document)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, http->clients);
  while (document->id != 0 && g_hash_table_iter_next (&iter, NULL, &value)) {
    Client *client = value;
    if (client->question != document->id) {
      continue;
    }
    if (document->status == 200) {
      answer (client, "200 OK", document->type, document->text);
    } else {
      refuse (client, "404 Not Found");
    }
    return;
  }
}

/* Asking */

/* The value of User-Agent, cut and in visible letters. */
static void
read_agent (const char *head, gchar agent[KITH_SETUP_AGENT_MAX + 1])
{
  static const char name[] = "\nuser-agent:";
  gsize n = 0;

  for (const char *at = strchr (head, '\n'); at != NULL; at = strchr (at + 1, '\n')) {
    if (g_ascii_strncasecmp (at, name, sizeof name - 1) == 0) {
      at += sizeof name - 1;
      at += strspn (at, " \t");
      while (n < KITH_SETUP_AGENT_MAX && g_ascii_isprint (at[n])) {
        agent[n] = at[n];
        n++;
      }
      break;
    }
  }
  agent[n] = '\0';
}

/* The last part of a path, up to a question mark: FALSE: it is no name of a file. */
static gboolean
read_file (const char *path, gsize len, gchar file[KITH_SETUP_FILE_MAX + 1])
{
  gsize begin = 0;
  gsize end = 0;

  for (; end < len && path[end] != '?'; end++) {
    if (path[end] == '/') {
      begin = end + 1;
    } else if (!g_ascii_isalnum (path[end]) && strchr ("._-:", path[end]) == NULL) {
      return FALSE;
    }
  }
  if (end - begin > KITH_SETUP_FILE_MAX) {
    return FALSE;
  }
  memcpy (file, path + begin, end - begin);
  file[end - begin] = '\0';
  return TRUE;
}

/* "/p/TOKEN[/FILE]". NULL: there is nothing. */
static Token *
read_path (KithSetupHttp *http, const char *path, gsize len, gchar *file)
{
  gchar text[TOKEN_CHARS + 1];
  guint8 bytes[KITH_SETUP_TOKEN_LEN];

  if (len < 3 + TOKEN_CHARS || strncmp (path, "/p/", 3) != 0) {
    return NULL;
  }
  memcpy (text, path + 3, TOKEN_CHARS);
  text[TOKEN_CHARS] = '\0';
  path += 3 + TOKEN_CHARS;
  len -= 3 + TOKEN_CHARS;
  return (len == 0 || *path == '/' || *path == '?')
                 && kith_base32_decode (text, bytes, sizeof bytes) && read_file (path, len, file)
             ? find_token (http, bytes)
             : NULL;
}

static void
ask (Client *client, const Token *token, const char *file)
{
  KithSetupHttp *http = client->http;
  KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  http->last = http->last == G_MAXUINT32 ? 1 : http->last + 1;
  client->question = http->last;
  kith_timer_set_ms (&client->timer, KITH_SETUP_PATIENCE_MS);
  frame->type = KITH_EDGE_QUESTION;
  frame->question.id = client->question;
  frame->question.source = client->source;
  frame->question.own = client->own;
  memcpy (frame->question.token, token->bytes, sizeof token->bytes);
  (void)g_strlcpy (frame->question.file, file, sizeof frame->question.file);
  read_agent (client->request->str, frame->question.agent);
  http->funcs->tell (http->data, frame);
  g_free (frame);
}

/* The request is all there. */
static void
take_request (Client *client)
{
  const char *line = client->request->str;
  gchar file[KITH_SETUP_FILE_MAX + 1] = "";
  const gsize method = strcspn (line, " \r\n");

  if (method != 3 || strncmp (line, "GET ", 4) != 0) {
    refuse (client, "405 Method Not Allowed\r\nAllow: GET");
    return;
  }
  const char *path = line + 4;
  const gsize len = strcspn (path, " \r\n");
  if (strncmp (path + len, " HTTP/1.", 8) != 0) {
    refuse (client, "400 Bad Request");
    return;
  }
  Token *token = read_path (client->http, path, len, file);
  if (token == NULL || token->fetches >= KITH_SETUP_FETCHES) {
    refuse (client, "404 Not Found");
    return;
  }
  token->fetches++;
  ask (client, token, file);
}

/* Connections */

/* Each keeps a descriptor for a moment after its end. */
static gboolean
is_too_often (KithSetupHttp *http)
{
  const gint64 second = kith_clock_now (http->clock) / G_USEC_PER_SEC;

  if (second != http->second) {
    http->second = second;
    http->accepted = 0;
  }
  return ++http->accepted > KITH_SETUP_CONNECTIONS_A_SECOND;
}

gboolean
kith_setup_http_accept (KithSetupHttp *http,
                        guint32 stream,
                        const KithEndpoint *source,
                        const KithEndpoint *own)
{
  GHashTableIter iter;
  gpointer value;
  guint same = 0;

  g_hash_table_iter_init (&iter, http->clients);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const Client *other = value;
    same += memcmp (other->source.ip, source->ip, sizeof source->ip) == 0 ? 1 : 0;
  }
  if (http->port == 0 || kith_endpoint_is_public (source) || is_too_often (http)
      || g_hash_table_size (http->clients) >= KITH_SETUP_CONNECTIONS
      || same >= KITH_SETUP_CONNECTIONS_A_SOURCE) {
    return FALSE;
  }
  Client *client = g_new0 (Client, 1);
  client->http = http;
  client->stream = stream;
  client->source = *source;
  client->own = *own;
  client->request = g_string_new (NULL);
  kith_timer_init (&client->timer, http->clock, on_late, client);
  kith_timer_set_ms (&client->timer, KITH_SETUP_PATIENCE_MS);
  g_hash_table_insert (http->clients, GUINT_TO_POINTER (stream), client);
  return TRUE;
}

void
kith_setup_http_bytes (KithSetupHttp *http, guint32 stream, const guint8 *data, gsize len)
{
  Client *client = g_hash_table_lookup (http->clients, GUINT_TO_POINTER (stream));

  if (client == NULL || client->question != 0) {
    return; /* whatever follows a request */
  }
  if (memchr (data, '\0', len) != NULL) {
    refuse (client, "400 Bad Request");
    return;
  }
  const gsize room = KITH_SETUP_REQUEST_MAX - client->request->len;
  g_string_append_len (client->request, (const char *)data, (gssize)MIN (len, room));
  if (strstr (client->request->str, "\r\n\r\n") != NULL) {
    take_request (client);
  } else if (len >= room) {
    refuse (client, "431 Request Header Fields Too Large");
  }
}

void
kith_setup_http_closed (KithSetupHttp *http, guint32 stream)
{
  (void)g_hash_table_remove (http->clients, GUINT_TO_POINTER (stream));
}

void
kith_setup_http_order (KithSetupHttp *http, const KithEdgeFrame *frame)
{
  if (frame->type == KITH_EDGE_SETUP) {
    take_setup (http, &frame->setup);
  } else if (frame->type == KITH_EDGE_DOCUMENT) {
    take_document (http, &frame->document);
  }
}

KithSetupHttp *
kith_setup_http_new (KithClock *clock, const KithSetupFuncs *funcs, gpointer data)
{
  KithSetupHttp *http = g_new0 (KithSetupHttp, 1);

  http->clock = clock;
  http->funcs = funcs;
  http->data = data;
  http->tokens = g_array_new (FALSE, FALSE, sizeof (Token));
  http->clients = g_hash_table_new_full (NULL, NULL, NULL, client_free);
  kith_timer_init (&http->timer, clock, on_time, http);
  return http;
}

void
kith_setup_http_free (KithSetupHttp *http)
{
  if (http != NULL) {
    kith_timer_finish (&http->timer);
    g_hash_table_unref (http->clients);
    g_array_unref (http->tokens);
    g_free (http);
  }
}
