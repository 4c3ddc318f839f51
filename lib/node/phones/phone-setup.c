/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A list of phones that are being set up, each with its token; templates are read when one asks. */
#include "node/phones/phone-setup.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"

#define REST_MS 60000  /* after it registered */
#define ANSWER_MS 2000 /* for the desk */
#define MAX_TEMPLATES 64
#define MAX_SEEKERS 16

/* One phone that is being set up. */
typedef struct {
  KithPhoneSetup *owner;
  gchar *name;
  gchar *password;
  KithPhoneSecret secret; /* another one: the password is not right any more */
  guint8 token[KITH_SETUP_TOKEN_LEN];
  gint64 until_us; /* wall time */
  gboolean is_registered;
  KithTimer timer;                     /* its end */
  gint64 find_until_us;                /* phones that look for settings are told until then */
  gchar given[KITH_SETUP_MAC_LEN + 1]; /* to this phone, "": none */
  GTask *task;                         /* who waits until it is open, or NULL */
  KithTimer patience;
} Opening;

struct _KithPhoneSetup {
  GObject parent_instance;
  KithPhoneSetupParts parts;
  gchar *template_dir;
  KithSetupDesk *desk;                  /* NULL: none */
  GPtrArray *openings;                  /* of Opening */
  KithSetupSeeker seekers[MAX_SEEKERS]; /* the last ones, id 0: none */
  guint n_sought;
};

G_DEFINE_FINAL_TYPE (KithPhoneSetup, kith_phone_setup, G_TYPE_OBJECT)

static guint signal_fetched;
static guint signal_found;

static void
opening_free (gpointer data)
{
  Opening *opening = data;

  kith_timer_finish (&opening->timer);
  kith_timer_finish (&opening->patience);
  explicit_bzero (opening->password, strlen (opening->password));
  explicit_bzero (opening->token, sizeof opening->token);
  g_free (opening->password);
  g_free (opening->name);
  g_clear_object (&opening->task);
  g_free (opening);
}

static Opening *
find (KithPhoneSetup *setup, const char *name)
{
  for (guint i = 0; i < setup->openings->len; i++) {
    Opening *opening = setup->openings->pdata[i];
    if (strcmp (opening->name, name) == 0) {
      return opening;
    }
  }
  return NULL;
}

/* As long as the one that waits longest for a phone. */
static void
tell_seek (KithPhoneSetup *setup)
{
  const gint64 now_us = kith_clock_now (setup->parts.clock);
  gint64 last_us = now_us;

  for (guint i = 0; i < setup->openings->len; i++) {
    last_us = MAX (last_us, ((const Opening *)setup->openings->pdata[i])->find_until_us);
  }
  if (setup->desk != NULL) {
    kith_setup_desk_seek (setup->desk,
                          (guint)((last_us - now_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC));
  }
}

/* Ends it: nobody may ask for its document any more. @error: (transfer full) (nullable): for who
   waits that it opens. */
static void
end (Opening *opening, GError *error)
{
  KithPhoneSetup *setup = opening->owner;
  g_autoptr (GTask) task = g_steal_pointer (&opening->task);
  const gboolean was_sought = opening->find_until_us > kith_clock_now (setup->parts.clock);

  if (setup->desk != NULL) {
    kith_setup_desk_put_token (setup->desk, opening->token, setup->parts.port, 0);
  }
  (void)g_ptr_array_remove_fast (setup->openings, opening);
  if (was_sought) {
    tell_seek (setup);
  }
  if (task != NULL) {
    g_task_return_error (
        task,
        error != NULL ? error
                      : g_error_new_literal (KITH_ERROR, KITH_ERROR_CANCELLED, "It was ended"));
  }
}

static void
on_over (gpointer data)
{
  end (data, NULL);
}

static void
on_no_answer (gpointer data)
{
  end (data,
       g_error_new_literal (KITH_ERROR,
                            KITH_ERROR_NOT_READY,
                            "kith-edge does not answer: see `kith doctor`"));
}

/* Opening */

static void
tell_desk (Opening *opening)
{
  KithPhoneSetup *setup = opening->owner;
  const gint64 left = (opening->until_us - kith_clock_wall (setup->parts.clock)) / G_USEC_PER_SEC;

  kith_setup_desk_put_token (setup->desk,
                             opening->token,
                             setup->parts.port,
                             (guint)CLAMP (left, 1, KITH_SETUP_SECONDS_MAX));
}

static gboolean
check (KithPhoneSetup *setup, const char *name, guint seconds, GError **error)
{
  if (setup->parts.port == 0) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_NOT_READY,
                         "Set-up over the network is switched off: setup-port in [phones] of "
                         "kith.conf is 0");
    return FALSE;
  }
  if (seconds < KITH_SETUP_SECONDS_LEAST || seconds > KITH_SETUP_SECONDS_MAX) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "A phone is set up within %u to %u seconds",
                 KITH_SETUP_SECONDS_LEAST,
                 KITH_SETUP_SECONDS_MAX);
    return FALSE;
  }
  if (setup->openings->len >= KITH_SETUP_TOKENS_MAX && find (setup, name) == NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_LIMIT_REACHED,
                 "%u phones are being set up: try again when one is done",
                 KITH_SETUP_TOKENS_MAX);
    return FALSE;
  }
  if (setup->desk == NULL || setup->parts.sip_port (setup->parts.user_data) == 0) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_NOT_READY,
                         "kith-edge does not serve SIP now: see `kith doctor`");
    return FALSE;
  }
  return TRUE;
}

static Opening *
opening_new (KithPhoneSetup *setup, const char *name, const char *password, guint seconds)
{
  Opening *opening = g_new0 (Opening, 1);

  opening->owner = setup;
  opening->name = g_strdup (name);
  opening->password = g_strdup (password);
  kith_phone_secret_make (name, password, &opening->secret);
  opening->until_us = kith_clock_wall (setup->parts.clock) + (gint64)seconds * G_USEC_PER_SEC;
  kith_timer_init (&opening->timer, setup->parts.clock, on_over, opening);
  kith_timer_init (&opening->patience, setup->parts.clock, on_no_answer, opening);
  kith_timer_set_ms (&opening->timer, seconds * 1000);
  kith_timer_set_ms (&opening->patience, ANSWER_MS);
  return opening;
}

void
kith_phone_setup_open_async (KithPhoneSetup *setup,
                             const char *name,
                             const char *password,
                             guint seconds,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (setup, NULL, callback, user_data);
  GError *error = NULL;
  Opening *old = find (setup, name);

  if (!check (setup, name, seconds, &error)) {
    g_task_return_error (task, error);
    return;
  }
  if (old != NULL) {
    end (old, NULL);
  }
  Opening *opening = opening_new (setup, name, password, seconds);
  if (!kith_random_bytes (opening->token, sizeof opening->token)) {
    opening_free (opening);
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_FAILED,
                             "The system gives no random numbers");
    return;
  }
  opening->task = g_steal_pointer (&task);
  g_ptr_array_add (setup->openings, opening);
  tell_desk (opening);
}

typedef struct {
  gchar *address;
  gint64 until_us;
} Opened;

static void
opened_free (gpointer data)
{
  Opened *opened = data;

  g_free (opened->address);
  g_free (opened);
}

gchar *
kith_phone_setup_open_finish (KithPhoneSetup *setup,
                              GAsyncResult *result,
                              gint64 *until_us,
                              GError **error)
{
  Opened *opened = g_task_propagate_pointer (G_TASK (result), error);
  gchar *address = opened != NULL ? g_steal_pointer (&opened->address) : NULL;

  if (opened != NULL) {
    *until_us = opened->until_us;
    opened_free (opened);
  }
  return address;
}

/* The address that a phone is given. @towards_it: (nullable): our host. (transfer full) */
static gchar *
make_address (const Opening *opening, const char *towards_it)
{
  const KithPhoneSetupParts *parts = &opening->owner->parts;
  g_autofree gchar *server
      = towards_it != NULL ? g_strdup (towards_it) : parts->server (parts->user_data);
  g_autofree gchar *token = kith_base32_encode (opening->token, sizeof opening->token);

  return g_strdup_printf ("http://%s:%u/p/%s/", server, parts->port, token);
}

static void
on_opened (KithSetupDesk *desk, guint port, gint problem, KithPhoneSetup *setup)
{
  for (guint i = setup->openings->len; i > 0; i--) {
    Opening *opening = setup->openings->pdata[i - 1];
    if (problem != 0) {
      end (opening,
           g_error_new (KITH_ERROR,
                        KITH_ERROR_FAILED,
                        "Port %u cannot be opened (%s): choose another one with setup-port in "
                        "[phones] of kith.conf",
                        port,
                        g_strerror (problem)));
    } else if (opening->task != NULL) {
      g_autoptr (GTask) task = g_steal_pointer (&opening->task);
      Opened *opened = g_new0 (Opened, 1);
      kith_timer_clear (&opening->patience);
      opened->address = make_address (opening, NULL);
      opened->until_us = opening->until_us;
      g_task_return_pointer (task, opened, opened_free);
    }
  }
}

/* Answering */

/* The address at which the phone reached us, without brackets. (transfer full) */
static gchar *
server_for (KithPhoneSetup *setup, const KithSetupQuestion *question)
{
  g_autofree gchar *text = question->own.family != 0 ? kith_endpoint_to_text (&question->own)
                                                     : setup->parts.server (setup->parts.user_data);
  gchar *end = text[0] == '[' ? strchr (text, ']') : strchr (text, ':');

  if (end != NULL) {
    *end = '\0';
  }
  return g_strdup (text + (text[0] == '[' ? 1 : 0));
}

/* Reads the template @file of the directory. (transfer full), or NULL. */
static KithSetupTemplate *
read_template (KithPhoneSetup *setup, const char *file)
{
  g_autofree gchar *path = g_build_filename (setup->template_dir, file, NULL);
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;
  gsize len = 0;

  KithSetupTemplate *template = g_file_get_contents (path, &text, &len, &error)
                                    ? kith_setup_template_parse (text, len, &error)
                                    : NULL;
  if (template == NULL) {
    kith_warning ("phone", "%s is left out: %s", path, error->message);
  }
  return template;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* The template that fits best: (transfer full), or NULL. In the order of their names, so that it is
   the same each time. */
static KithSetupTemplate *
choose_template (KithPhoneSetup *setup, const KithSetupQuestion *question)
{
  g_autoptr (GDir) dir = g_dir_open (setup->template_dir, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (KithSetupTemplate) best = NULL;
  guint best_fit = 0;

  for (const char *name = dir != NULL ? g_dir_read_name (dir) : NULL; name != NULL;
       name = g_dir_read_name (dir)) {
    if (g_str_has_suffix (name, ".tmpl") && names->len < MAX_TEMPLATES) {
      g_ptr_array_add (names, g_strdup (name));
    }
  }
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++) {
    g_autoptr (KithSetupTemplate) template = read_template (setup, names->pdata[i]);
    const guint fit = template != NULL
                          ? kith_setup_template_fits (template, question->file, question->agent)
                          : 0;
    if (fit > best_fit) {
      g_clear_pointer (&best, kith_setup_template_free);
      best = g_steal_pointer (&template);
      best_fit = fit;
    }
  }
  return g_steal_pointer (&best);
}

static void
answer_with (Opening *opening,
             const KithSetupTemplate *template,
             const KithSetupQuestion *question,
             const char *mac)
{
  KithPhoneSetup *setup = opening->owner;
  const KithPhoneEntry *entry = kith_phones_get (setup->parts.phones, opening->name);
  g_autofree gchar *server = server_for (setup, question);
  const KithSetupValues values = {
    .user = opening->name,
    .number = entry != NULL ? entry->phone.number : "",
    .password = opening->password,
    .server = server,
    .port = setup->parts.sip_port (setup->parts.user_data),
    .mac = mac,
  };
  gchar *text = kith_setup_template_fill (template, &values);
  const KithSetupAnswer answer = { .id = question->id,
                                   .status = text != NULL ? 200 : 404,
                                   .type = kith_setup_template_get_media_type (template),
                                   .text = text };

  kith_setup_desk_answer (setup->desk, &answer);
  if (text != NULL) {
    explicit_bzero (text, strlen (text));
    g_free (text);
  }
}

static Opening *
find_token (KithPhoneSetup *setup, const guint8 *token)
{
  for (guint i = 0; i < setup->openings->len; i++) {
    Opening *opening = setup->openings->pdata[i];
    if (memcmp (opening->token, token, sizeof opening->token) == 0) {
      return opening;
    }
  }
  return NULL;
}

static void
on_asked (KithSetupDesk *desk, const KithSetupQuestion *question, KithPhoneSetup *setup)
{
  Opening *opening = find_token (setup, question->token);
  g_autoptr (KithSetupTemplate) template
      = opening != NULL ? choose_template (setup, question) : NULL;
  gchar mac[13];

  if (template == NULL) {
    const KithSetupAnswer nothing = { .id = question->id, .status = 404 };
    kith_setup_desk_answer (desk, &nothing);
    return;
  }
  if (!kith_setup_find_mac (question->file, mac)) {
    (void)kith_setup_find_mac (question->agent, mac);
  }
  answer_with (opening, template, question, mac);
  g_signal_emit (setup, signal_fetched, 0, opening->name, question->agent, mac);
}

static void
on_ready (KithSetupDesk *desk, KithPhoneSetup *setup)
{
  for (guint i = 0; i < setup->openings->len; i++) {
    tell_desk (setup->openings->pdata[i]);
  }
  memset (setup->seekers, 0, sizeof setup->seekers); /* their ids were the other one's */
  tell_seek (setup);
}

/* Phones that look for their settings */

static void
give (Opening *opening, const KithSetupSeeker *seeker)
{
  gchar own[64];

  (void)g_snprintf (own,
                    sizeof own,
                    "%u.%u.%u.%u",
                    seeker->own.ip[0],
                    seeker->own.ip[1],
                    seeker->own.ip[2],
                    seeker->own.ip[3]);
  g_autofree gchar *address = make_address (opening, seeker->own.family == 4 ? own : NULL);
  (void)g_strlcpy (opening->given, seeker->mac, sizeof opening->given);
  kith_setup_desk_give (opening->owner->desk, seeker->id, address);
}

static gboolean
is_finding (const Opening *opening)
{
  return opening->find_until_us > kith_clock_now (opening->owner->parts.clock);
}

static void
on_sought (KithSetupDesk *desk, const KithSetupSeeker *seeker, KithPhoneSetup *setup)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; i < setup->openings->len; i++) {
    Opening *opening = setup->openings->pdata[i];
    if (!is_finding (opening)) {
      continue;
    }
    if (seeker->mac[0] != '\0' && strcmp (opening->given, seeker->mac) == 0) {
      give (opening, seeker);
      return;
    }
    g_strv_builder_add (names, opening->name);
  }
  setup->seekers[setup->n_sought++ % MAX_SEEKERS] = *seeker;
  g_auto (GStrv) waiting = g_strv_builder_end (names);
  for (guint i = 0; waiting[i] != NULL; i++) {
    g_signal_emit (setup, signal_found, 0, waiting[i], seeker);
  }
}

/* NULL and KITH_ERROR_NOT_READY. */
static Opening *
find_open (KithPhoneSetup *setup, const char *name, GError **error)
{
  Opening *opening = find (setup, name);

  if (opening == NULL || setup->desk == NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_NOT_READY,
                 "The settings of %s cannot be fetched now: `kith phone password %s` opens them",
                 name,
                 name);
    return NULL;
  }
  return opening;
}

gboolean
kith_phone_setup_find (KithPhoneSetup *setup, const char *name, guint seconds, GError **error)
{
  Opening *opening = find_open (setup, name, error);

  if (opening == NULL) {
    return FALSE;
  }
  if (seconds > KITH_SETUP_SECONDS_MAX) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "A phone is waited for at most %u seconds",
                 KITH_SETUP_SECONDS_MAX);
    return FALSE;
  }
  opening->find_until_us = kith_clock_now (setup->parts.clock) + (gint64)seconds * G_USEC_PER_SEC;
  tell_seek (setup);
  return TRUE;
}

gboolean
kith_phone_setup_give (KithPhoneSetup *setup, const char *name, guint32 id, GError **error)
{
  Opening *opening = find_open (setup, name, error);

  if (opening == NULL) {
    return FALSE;
  }
  for (guint i = 0; i < MAX_SEEKERS && id != 0; i++) {
    if (setup->seekers[i].id == id) {
      give (opening, &setup->seekers[i]);
      return TRUE;
    }
  }
  g_set_error_literal (error,
                       KITH_ERROR,
                       KITH_ERROR_NOT_FOUND,
                       "That phone looks for its settings no more: restart it");
  return FALSE;
}

/* What becomes of the phones */

static void
on_changed (KithPhones *phones, const KithPhoneEntry *entry, KithPhoneSetup *setup)
{
  Opening *opening = find (setup, entry->phone.name);

  if (opening == NULL) {
    return;
  }
  if (memcmp (&opening->secret.sha256, &entry->phone.secret.sha256, sizeof opening->secret.sha256)
      != 0) {
    end (opening, NULL);
  } else if (entry->state == KITH_PHONE_OK && !opening->is_registered) {
    opening->is_registered = TRUE;
    kith_timer_set_ms (&opening->timer, REST_MS);
  }
}

static void
on_removed (KithPhones *phones, const KithPhoneEntry *entry, KithPhoneSetup *setup)
{
  Opening *opening = find (setup, entry->phone.name);

  if (opening != NULL) {
    end (opening, NULL);
  }
}

void
kith_phone_setup_attach (KithPhoneSetup *setup, KithSetupDesk *desk)
{
  g_return_if_fail (setup->desk == NULL);
  setup->desk = g_object_ref (desk);
  g_signal_connect (desk, "ready", G_CALLBACK (on_ready), setup);
  g_signal_connect (desk, "opened", G_CALLBACK (on_opened), setup);
  g_signal_connect (desk, "asked", G_CALLBACK (on_asked), setup);
  g_signal_connect (desk, "sought", G_CALLBACK (on_sought), setup);
}

KithPhoneSetup *
kith_phone_setup_new (const KithPhoneSetupParts *parts)
{
  KithPhoneSetup *setup = g_object_new (KITH_TYPE_PHONE_SETUP, NULL);

  setup->parts = *parts;
  setup->parts.phones = g_object_ref (parts->phones);
  setup->template_dir = g_strdup (parts->template_dir);
  g_signal_connect (parts->phones, "changed", G_CALLBACK (on_changed), setup);
  g_signal_connect (parts->phones, "removed", G_CALLBACK (on_removed), setup);
  return setup;
}

static void
kith_phone_setup_finalize (GObject *object)
{
  KithPhoneSetup *setup = KITH_PHONE_SETUP (object);

  if (setup->desk != NULL) {
    g_signal_handlers_disconnect_by_data (setup->desk, setup);
  }
  g_signal_handlers_disconnect_by_data (setup->parts.phones, setup);
  g_ptr_array_unref (setup->openings);
  g_clear_object (&setup->desk);
  g_object_unref (setup->parts.phones);
  g_free (setup->template_dir);
  G_OBJECT_CLASS (kith_phone_setup_parent_class)->finalize (object);
}

static void
kith_phone_setup_class_init (KithPhoneSetupClass *class)
{
  G_OBJECT_CLASS (class)->finalize = kith_phone_setup_finalize;
  signal_fetched = g_signal_new ("fetched",
                                 KITH_TYPE_PHONE_SETUP,
                                 G_SIGNAL_RUN_LAST,
                                 0,
                                 NULL,
                                 NULL,
                                 NULL,
                                 G_TYPE_NONE,
                                 3,
                                 G_TYPE_STRING,
                                 G_TYPE_STRING,
                                 G_TYPE_STRING);
  signal_found = g_signal_new ("found",
                               KITH_TYPE_PHONE_SETUP,
                               G_SIGNAL_RUN_LAST,
                               0,
                               NULL,
                               NULL,
                               NULL,
                               G_TYPE_NONE,
                               2,
                               G_TYPE_STRING,
                               G_TYPE_POINTER);
}

static void
kith_phone_setup_init (KithPhoneSetup *setup)
{
  setup->openings = g_ptr_array_new_with_free_func (opening_free);
}
