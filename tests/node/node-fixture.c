/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds hosts and peers for the stories. */
#include "node/node-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"

#define THREADS_S 30 /* on a busy machine; who leaks the clock fails after that */

void
world_init (World *world, gint64 wall_us)
{
  g_assert_true (kith_identity_init ());
  kith_log_setup (g_test_verbose () ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_WARNING, FALSE);
  world->clock = kith_clock_new_manual (wall_us);
  world->dht = kith_fake_dht_new (world->clock);
  world->net = kith_fake_net_new (world->clock);
  world->exchange = kith_fake_exchange_new ();
  world->n_hosts = 0;
}

/* The work of a claim is evaluated in a thread. When nobody waits for it any more it goes on, and
   its search keeps the clock until it is over. */
static void
wait_for_threads (World *world)
{
  gint64 until = g_get_monotonic_time () + (gint64)THREADS_S * G_USEC_PER_SEC;

  while (G_OBJECT (world->clock)->ref_count > 1 && g_get_monotonic_time () < until) {
    settle ();
    g_usleep (1000);
  }
}

void
world_clear (World *world)
{
  settle ();
  g_assert_finalize_object (world->exchange);
  g_assert_finalize_object (world->net);
  g_assert_finalize_object (world->dht);
  wait_for_threads (world);
  g_assert_finalize_object (world->clock);
}

void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE)) {
  }
}

void
pass (World *world, guint ms)
{
  settle ();
  while (ms > 0) {
    guint step = MIN (ms, 500);
    kith_clock_advance (world->clock, step);
    settle ();
    ms -= step;
  }
}

/* Hosts */

static KithStanding
judge_peer (const KithPeerKey *identity, gpointer user_data)
{
  Host *host = user_data;
  g_auto (GStrv) names = kith_trust_list (host->trust);
  KithPeerKey key;

  for (guint i = 0; names[i] != NULL; i++) {
    if (kith_trust_get_pin (host->trust, names[i], &key) && kith_peer_key_equal (&key, identity)) {
      return KITH_STANDING_KNOWN;
    }
  }
  if (kith_contacts_find (host->contacts, identity) != NULL) {
    return KITH_STANDING_KNOWN;
  }
  return host->config->strangers_ring ? KITH_STANDING_STRANGER : KITH_STANDING_REFUSED;
}

static void
on_state (KithCall *call, guint before, guint after, guint reason, Host *host)
{
  /* first the properties, then the word */
  g_assert_cmpuint (after, ==, kith_call_get_state (call));
  g_assert_cmpuint (reason, ==, kith_call_get_reason (call));
  g_string_append_printf (host->story,
                          "%u:%s",
                          kith_call_get_id (call),
                          kith_call_state_word (after));
  if (after == KITH_CALL_ENDED) {
    g_string_append_printf (host->story, "(%s)", kith_reason_word (reason));
  }
  g_string_append_c (host->story, ' ');
}

static void
on_added (KithCallList *list, KithCall *call, Host *host)
{
  g_ptr_array_add (host->calls, g_object_ref (call));
  g_signal_connect (call, "state-changed", G_CALLBACK (on_state), host);
  if (kith_call_get_state (call) != KITH_CALL_NEW) { /* an incoming one: it has its first state */
    on_state (call, KITH_CALL_NEW, kith_call_get_state (call), kith_call_get_reason (call), host);
  }
}

static void
on_removed (KithCallList *list, KithCall *call, Host *host)
{
  host->n_removed++;
}

static void
make_context (Host *host)
{
  g_autofree gchar *key = kith_peer_key_to_text (host_key (host));

  host->context = (KithCallContext){
    .clock = host->world->clock,
    .config = host->config,
    .trust = host->trust,
    .contacts = host->contacts,
    .store = host->store,
    .met = host->met,
    .directory = host->directory,
    .links = host->links,
    .sip = host->sip,
    .media = host->media,
    .bridge = KITH_BRIDGE (host->media),
    .nat = host->nat,
    .name = kith_vault_get_name (host->vault),
    .sip_identity = g_strdup_printf ("sip:%s@%s.kith.alt", kith_vault_get_name (host->vault), key),
    .identity = *host_key (host),
  };
  host->list = kith_call_list_new (&host->context);
  g_signal_connect (host->list, "added", G_CALLBACK (on_added), host);
  g_signal_connect (host->list, "removed", G_CALLBACK (on_removed), host);
}

static void
make_stores (Host *host, const char *name)
{
  g_autofree gchar *conf = NULL;
  g_autoptr (GError) error = NULL;

  host->dir = g_dir_make_tmp ("kith-node-XXXXXX", &error);
  g_assert_no_error (error);
  conf = g_build_filename (host->dir, "kith.conf", NULL);
  g_assert_true (g_file_set_contents (conf, "[node]\nwork-bits=0\n", -1, &error));
  host->config = kith_config_load (conf, &error);
  g_assert_no_error (error);
  host->vault = kith_vault_create (host->dir, name, NULL, &host->words, &error);
  g_assert_no_error (error);
  host->trust = kith_trust_open (host->dir, &error);
  g_assert_no_error (error);
  host->database = kith_database_open_in_memory (&error);
  g_assert_no_error (error);
  host->store = kith_store_new (host->database);
  host->met = kith_met_keys_new (host->store, &error);
  g_assert_no_error (error);
  host->contacts
      = kith_contacts_new (host->world->clock, host->trust, host->store, host_key (host), &error);
  g_assert_no_error (error);
}

Host *
host_new_bare (World *world, const char *name)
{
  Host *host = g_new0 (Host, 1);
  g_autoptr (GError) error = NULL;

  host->world = world;
  host->address = g_strdup_printf ("192.0.2.%u", ++world->n_hosts);
  host->calls = g_ptr_array_new_with_free_func (g_object_unref);
  host->story = g_string_new (NULL);
  make_stores (host, name);
  host->directory = kith_directory_new (world->clock, host->trust, host->config->work_bits);
  gint64 now = kith_clock_wall (world->clock) / G_USEC_PER_SEC;
  host->maker
      = kith_fake_link_maker_new (world->net, kith_vault_get_device_cert (host->vault, now));
  host->nat = kith_fake_nat_new ();
  host->sip = kith_fake_sip_new (world->exchange, host->address, 5060);
  host->media = kith_fake_media_maker_new ();
  kith_fake_media_maker_set_auto_flow (KITH_FAKE_MEDIA_MAKER (host->media), TRUE);
  g_assert_true (kith_sip_start (host->sip, &error));
  g_assert_true (kith_link_maker_start (host->maker, &error));
  host->links = kith_link_pool_new (host->directory, host->maker, host->sip, judge_peer, host);
  make_context (host);
  return host;
}

/* Friends of the host, with little to give so that limits can be reached. */
static void
make_friends (Host *host)
{
  const KithFriendsParts parts = {
    .clock = host->world->clock,
    .contacts = host->contacts,
    .links = host->links,
    .maker = host->maker,
    .inbox = host->inbox,
    .locators = kith_directory_get_locators (host->directory),
  };
  const KithRelayLimits limits
      = { .enabled = TRUE, .max_calls = 2, .max_kbit = 200, .max_megabytes = 1 };

  host->friends = kith_friends_new (&parts, &limits);
}

guint
host_befriend (Host *host, Host *friend, gboolean relay)
{
  g_autoptr (KithFound) found = kith_found_new ();
  g_autoptr (GError) error = NULL;

  found->name = g_strdup (kith_vault_get_name (friend->vault));
  found->key = *host_key (friend);
  const KithContact *person = contact_add_now (host->contacts, found, NULL, relay, &error);
  g_assert_no_error (error);
  return person->id;
}

KithFakeLink *
host_link (Host *host, Host *peer)
{
  KithFakeLink *youngest = NULL;

  for (guint id = 1; id < 2000; id++) {
    KithLink *link = kith_link_pool_get (host->links, id);
    if (link != NULL
        && kith_peer_key_equal (&kith_link_get_peer (link)->identity, host_key (peer))) {
      youngest = KITH_FAKE_LINK (link);
    }
  }
  return youngest;
}

Host *
host_new (World *world, const char *name)
{
  static const guint8 no_tag[KITH_TAG_LEN];
  Host *host = host_new_bare (world, name);
  GPtrArray *locators = kith_directory_get_locators (host->directory);
  g_autoptr (GError) error = NULL;

  host->locator = kith_fake_locator_new (world->dht, "dht");
  kith_directory_add (host->directory, host->locator);
  kith_locator_start (host->locator);
  host->inbox = kith_inbox_new (world->clock, host->vault, locators);
  kith_link_pool_set_inbox (host->links, host->inbox);
  /* real work takes time */
  g_assert_true (kith_vault_set_work (host->vault, 0, 0, no_tag, &error));
  host->account = kith_account_new (world->clock, host->vault, host->maker, host->nat, locators, 0);
  make_friends (host);
  kith_account_start (host->account, host->context.sip_identity);
  settle ();
  return host;
}

/* Reading a directory while files vanish from it may pass over some: it is read again until it is
   empty. */
static void
remove_dir (const char *path)
{
  for (guint i = 0; i < 5 && g_rmdir (path) != 0; i++) {
    g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
      g_autofree gchar *file = g_build_filename (path, name, NULL);
      g_assert_cmpint (g_remove (file), ==, 0);
    }
  }
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

void
host_free (Host *host)
{
  for (guint i = 0; i < host->calls->len; i++) {
    g_signal_handlers_disconnect_by_data (host->calls->pdata[i], host);
  }
  g_clear_pointer (&host->calls, g_ptr_array_unref);
  g_signal_handlers_disconnect_by_data (host->list, host);
  g_object_unref (host->list);
  g_clear_object (&host->account);
  g_clear_object (&host->friends);
  kith_link_pool_set_inbox (host->links, NULL);
  g_clear_object (&host->inbox);
  settle ();
  kith_link_maker_stop (host->maker);
  settle ();
  g_object_unref (host->links);
  settle ();
  g_assert_finalize_object (host->maker);
  g_assert_finalize_object (host->nat);
  g_assert_finalize_object (host->sip);
  g_assert_finalize_object (host->media);
  g_object_unref (host->directory);
  settle ();
  if (host->locator != NULL) {
    g_assert_cmpuint (kith_fake_locator_count_open (KITH_FAKE_LOCATOR (host->locator)), ==, 0);
    g_assert_finalize_object (host->locator);
  }
  contact_flush_now (host->contacts);
  g_assert_finalize_object (host->contacts);
  if (host->phones != NULL) {
    g_assert_finalize_object (host->phones);
    g_assert_finalize_object (host->registrar);
  }
  kith_met_keys_free (host->met);
  g_assert_finalize_object (host->store);
  g_assert_finalize_object (host->database);
  g_assert_finalize_object (host->trust);
  g_assert_finalize_object (host->vault);
  kith_config_free (host->config);
  remove_dir (host->dir);
  g_free (host->words);
  g_free (host->dir);
  g_free (host->address);
  g_free (host->context.sip_identity);
  g_string_free (host->story, TRUE);
  g_free (host);
}

const KithPeerKey *
host_key (Host *host)
{
  return kith_vault_get_identity (host->vault);
}

const KithPeerKey *
host_device (Host *host)
{
  return kith_vault_get_device (host->vault);
}

KithCall *
host_dial (Host *host, const char *address)
{
  g_autoptr (GError) error = NULL;
  KithCall *call = kith_call_list_dial (host->list, address, &error);

  g_assert_no_error (error);
  settle ();
  return call;
}

KithCall *
host_call (Host *host)
{
  return host->calls->len > 0 ? host->calls->pdata[host->calls->len - 1] : NULL;
}

gboolean
call_is_reconnecting (KithCall *call)
{
  gboolean reconnecting;

  g_object_get (call, "reconnecting", &reconnecting, NULL);
  return reconnecting;
}

KithFakeMedia *
host_spy (Host *host)
{
  return kith_fake_media_maker_get_last (KITH_FAKE_MEDIA_MAKER (host->media));
}

static void
on_accepted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  int *code = user_data;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (*code, ==, -2); /* exactly once */
  *code = kith_call_accept_finish (KITH_CALL (source), result, &error) ? -1 : error->code;
  g_assert_true (error == NULL || error->domain == KITH_ERROR);
}

int
host_accept (Host *host, KithCall *call)
{
  int code = -2;

  kith_call_accept_async (call, NULL, on_accepted, &code);
  settle ();
  g_assert_cmpint (code, !=, -2);
  return code;
}

gchar *
host_tell (Host *host)
{
  gchar *told = g_strchomp (g_strdup (host->story->str));

  g_string_truncate (host->story, 0);
  return told;
}

void
host_skip (Host *host)
{
  g_string_truncate (host->story, 0);
}

gboolean
host_has_pins (Host *host)
{
  g_auto (GStrv) names = kith_trust_list (host->trust);

  return names[0] != NULL;
}

void
host_assert_idle (Host *host)
{
  settle ();
  g_assert_cmpuint (kith_fake_media_maker_count_live (KITH_FAKE_MEDIA_MAKER (host->media)), ==, 0);
  g_assert_cmpuint (kith_fake_sip_count_dialogs (KITH_FAKE_SIP (host->sip)), ==, 0);
  g_assert_cmpuint (kith_fake_link_maker_count_prepared (KITH_FAKE_LINK_MAKER (host->maker)),
                    ==,
                    0);
  for (guint i = 0; i < host->calls->len; i++) {
    g_assert_cmpint (kith_call_get_state (host->calls->pdata[i]), ==, KITH_CALL_ENDED);
  }
  for (guint id = 1; id < 2000; id++) {
    KithLink *link = kith_link_pool_get (host->links, id);
    if (link != NULL) {
      g_assert_cmpuint (kith_fake_link_get_holds (KITH_FAKE_LINK (link)), ==, 0);
    }
  }
}

void
host_break_links (Host *host)
{
  for (guint id = 1; id < 2000; id++) {
    KithLink *link = kith_link_pool_get (host->links, id);
    if (link != NULL) {
      kith_fake_link_break (KITH_FAKE_LINK (link));
    }
  }
  settle ();
}

void
speak (Host *host)
{
  if (host_spy (host) != NULL) {
    kith_fake_media_tick (host_spy (host));
  }
  settle ();
}

void
talk (Host *caller, Host *callee, const char *address)
{
  KithCall *call = host_dial (caller, address);

  assert_state (call, "ringing");
  assert_state (host_call (callee), "incoming");
  g_assert_cmpint (host_accept (callee, host_call (callee)), ==, -1);
  speak (caller);
  speak (callee);
  assert_state (call, "active");
  assert_state (host_call (callee), "active");
}

gchar *
call_text (KithCall *call, const char *property)
{
  gchar *text = NULL;

  g_object_get (call, property, &text, NULL);
  return text;
}

gint64
call_number (KithCall *call, const char *property)
{
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (call), property);
  gint64 number = 0;
  guint small = 0;

  g_assert_nonnull (spec);
  if (spec->value_type == G_TYPE_INT64) {
    g_object_get (call, property, &number, NULL);
    return number;
  }
  g_object_get (call, property, &small, NULL);
  return small;
}

/* Peers */

static void
on_peer_ringing (KithDialog *dialog, Peer *peer)
{
  g_string_append (peer->heard, "ringing ");
}

static void
on_peer_early (KithDialog *dialog, const char *sdp, Peer *peer)
{
  g_string_append (peer->heard, "early ");
}

static void
on_peer_pressed (KithDialog *dialog, guint key, Peer *peer)
{
  g_string_append_printf (peer->heard, "key(%c) ", (char)key);
}

static void
on_peer_answered (KithDialog *dialog, const char *sdp, Peer *peer)
{
  g_string_append (peer->heard, "answered ");
}

static void
on_peer_ended (KithDialog *dialog, guint status, const char *phrase, Peer *peer)
{
  g_string_append_printf (peer->heard, "ended(%u) ", status);
}

static void
take_dialog (Peer *peer, KithDialog *dialog)
{
  if (peer->dialog != NULL) {
    g_signal_handlers_disconnect_by_data (peer->dialog, peer);
  }
  g_set_object (&peer->dialog, dialog);
  g_signal_connect (dialog, "ringing", G_CALLBACK (on_peer_ringing), peer);
  g_signal_connect (dialog, "early", G_CALLBACK (on_peer_early), peer);
  g_signal_connect (dialog, "answered", G_CALLBACK (on_peer_answered), peer);
  g_signal_connect (dialog, "pressed", G_CALLBACK (on_peer_pressed), peer);
  g_signal_connect (dialog, "ended", G_CALLBACK (on_peer_ended), peer);
}

static void
on_peer_incoming (KithSip *sip, KithDialog *dialog, Peer *peer)
{
  take_dialog (peer, dialog);
}

Peer *
peer_new (World *world, guint8 mark)
{
  Peer *peer = g_new0 (Peer, 1);
  g_autofree gchar *address = g_strdup_printf ("198.51.100.%u", mark);
  g_autofree gchar *key = NULL;

  peer->world = world;
  memset (&peer->cert.identity, mark, KITH_KEY_LEN);
  memset (&peer->cert.device, mark + 1, KITH_KEY_LEN);
  key = kith_peer_key_to_text (&peer->cert.identity);
  peer->identity = g_strdup_printf ("sip:mallory@%s.kith.alt", key);
  peer->heard = g_string_new (NULL);
  peer->sip = kith_fake_sip_new (world->exchange, address, 5060);
  g_assert_true (kith_sip_start (peer->sip, NULL));
  g_signal_connect (peer->sip, "incoming", G_CALLBACK (on_peer_incoming), peer);
  return peer;
}

void
peer_link (Peer *peer, Host *host)
{
  KithFakeLink *ours = NULL;
  g_autoptr (KithFakeLink) theirs = NULL;
  gint64 now = kith_clock_wall (peer->world->clock) / G_USEC_PER_SEC;
  g_autofree gchar *key = kith_peer_key_to_text (host_key (host));
  g_autofree gchar *name = g_strconcat (key, ".kith.alt", NULL);

  if (peer->link != NULL) {
    kith_sip_detach_link (peer->sip, kith_link_get_id (KITH_LINK (peer->link)));
    g_object_unref (peer->link);
  }
  kith_fake_link_new_pair (&peer->cert,
                           kith_vault_get_device_cert (host->vault, now),
                           &ours,
                           &theirs);
  peer->link = ours;
  g_signal_emit_by_name (host->maker, "accepted", theirs);
  g_assert_true (kith_sip_attach_link (peer->sip,
                                       kith_link_get_id (KITH_LINK (ours)),
                                       kith_link_take_sip (KITH_LINK (ours)),
                                       NULL,
                                       name,
                                       NULL));
}

void
peer_invite (Peer *peer, Host *host, const char *user, const char *sdp)
{
  g_autofree gchar *key = kith_peer_key_to_text (host_key (host));
  g_autofree gchar *uri
      = peer->link != NULL
            ? g_strdup_printf ("sip:%s@%s.kith.alt", user, key)
            : g_strdup_printf ("sip:%s%s%s", user, *user != '\0' ? "@" : "", host->address);
  KithDialParams params = {
    .request_uri = uri,
    .from_uri = peer->link != NULL ? peer->identity : "sip:phone@198.51.100.7",
    .display = "A telephone",
    .link_id = peer->link != NULL ? kith_link_get_id (KITH_LINK (peer->link)) : 0,
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (KithDialog) dialog
      = KITH_SIP_GET_IFACE (peer->sip)->dial (peer->sip,
                                              &params,
                                              sdp,
                                              &error); /* NULL is allowed for a peer */

  g_assert_no_error (error);
  take_dialog (peer, dialog);
}

void
peer_free (Peer *peer)
{
  if (peer->dialog != NULL) {
    g_signal_handlers_disconnect_by_data (peer->dialog, peer);
  }
  g_signal_handlers_disconnect_by_data (peer->sip, peer);
  if (peer->link != NULL) {
    kith_fake_link_break (peer->link);
    kith_sip_detach_link (peer->sip, kith_link_get_id (KITH_LINK (peer->link)));
  }
  settle ();
  g_clear_object (&peer->dialog);
  g_clear_object (&peer->link);
  g_assert_finalize_object (peer->sip);
  g_string_free (peer->heard, TRUE);
  g_free (peer->identity);
  g_free (peer);
}

gchar *
make_sdp (const char *profile)
{
  return g_strdup_printf ("v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\n"
                          "t=0 0\r\nm=audio 9 %s 96 0\r\na=rtpmap:96 opus/48000/2\r\n"
                          "a=rtpmap:0 PCMU/8000\r\na=ssrc:7 cname:x\r\na=sendrecv\r\n",
                          profile);
}

static void
on_phone_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree gchar *password = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (kith_phones_change_finish (KITH_PHONES (source), result, NULL, &password, &error));
  g_assert_no_error (error);
  *(gboolean *)user_data = TRUE;
}

static void
make_phones (Host *host)
{
  const KithPhonesParts parts = { .clock = host->world->clock,
                                  .store = host->store,
                                  .max = 16,
                                  .rules = { .max_expires_s = 3600 } };
  g_autoptr (GError) error = NULL;

  host->phones = kith_phones_new (&parts, &error);
  g_assert_no_error (error);
  host->registrar = kith_fake_registrar_new ();
  kith_phones_attach (host->phones, KITH_REGISTRAR (host->registrar));
  kith_fake_registrar_start (host->registrar);
  host->context.phones = host->phones;
}

Peer *
host_add_phone (Host *host, const char *name, const char *rights, guint8 mark)
{
  const KithPhoneWishes wishes = { .rights = rights };
  g_autofree gchar *address = g_strdup_printf ("198.51.100.%u", mark);
  g_autofree gchar *source = g_strconcat (address, ":5060", NULL);
  gint64 now = kith_clock_wall (host->world->clock) / G_USEC_PER_SEC;
  gboolean is_added = FALSE;

  if (host->phones == NULL) {
    make_phones (host);
  }
  kith_phones_add_async (host->phones, name, &wishes, on_phone_added, &is_added);
  while (!is_added) {
    (void)g_main_context_iteration (NULL, TRUE);
  }
  (void)kith_fake_registrar_register (host->registrar, name, source, now + 3600, 0);
  kith_fake_sip_set_phone (KITH_FAKE_SIP (host->sip), address, name);
  return peer_new (host->world, mark);
}
