/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes persons with Ed25519 keys and carries their knocks. */
#include "link-fixture.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

guint links_alive;
const char *const *person_stun_servers;
KithNat *person_fake_nat;

/* The certificate's bytes in this test: the value itself, signed over everything before the
   signature. */
#define SIGNED_LEN G_STRUCT_OFFSET (KithDeviceCert, signature)

static void
export_raw (gnutls_privkey_t key, guint8 *public_key, guint8 *secret)
{
  gnutls_datum_t x;
  gnutls_datum_t y;
  gnutls_datum_t k;
  gnutls_ecc_curve_t curve;

  g_assert_cmpint (gnutls_privkey_export_ecc_raw2 (key, &curve, &x, &y, &k, 0), >=, 0);
  memcpy (public_key, x.data, 32);
  if (secret != NULL) {
    memcpy (secret, k.data, 32);
    memcpy (secret + 32, x.data, 32);
  }
  gnutls_free (x.data);
  gnutls_free (y.data);
  gnutls_free (k.data);
}

GBytes *
person_get_device_cert (gpointer user_data)
{
  Person *person = user_data;
  KithDeviceCert cert;
  gnutls_datum_t data = { (void *)&cert, SIGNED_LEN };
  gnutls_datum_t signature;

  memset (&cert, 0, sizeof cert);
  cert.identity = person->identity;
  cert.device = person->device;
  if (person->other_key != NULL) {
    memcpy (cert.device.bytes, person->other_key, sizeof cert.device.bytes);
  }
  cert.not_after = person->not_after;
  g_assert_cmpint (gnutls_privkey_sign_data2 (person->identity_key,
                                              GNUTLS_SIGN_EDDSA_ED25519,
                                              0,
                                              &data,
                                              &signature),
                   >=,
                   0);
  g_assert_cmpuint (signature.size, ==, sizeof cert.signature);
  memcpy (cert.signature, signature.data, sizeof cert.signature);
  gnutls_free (signature.data);
  if (person->tamper) {
    cert.signature[7] ^= 1;
  }
  return g_bytes_new (&cert, sizeof cert);
}

gboolean
person_verify_device_cert (const guint8 *data, gsize len, KithDeviceCert *cert, gpointer user_data)
{
  gnutls_pubkey_t key;
  gnutls_datum_t x;
  gnutls_datum_t bytes = { (void *)cert, SIGNED_LEN };
  gnutls_datum_t signature;

  if (len != sizeof *cert) {
    return FALSE;
  }
  memcpy (cert, data, len);
  x = (gnutls_datum_t){ cert->identity.bytes, 32 };
  signature = (gnutls_datum_t){ cert->signature, sizeof cert->signature };
  gnutls_pubkey_init (&key);
  gboolean good
      = gnutls_pubkey_import_ecc_raw (key, GNUTLS_ECC_CURVE_ED25519, &x, NULL) >= 0
        && gnutls_pubkey_verify_data2 (key, GNUTLS_SIGN_EDDSA_ED25519, 0, &bytes, &signature) >= 0;
  gnutls_pubkey_deinit (key);
  return good && cert->not_after > g_get_real_time () / G_USEC_PER_SEC;
}

static void
on_gone (gpointer data, GObject *where)
{
  links_alive--;
}

void
watch_link (KithLink *link)
{
  links_alive++;
  g_object_weak_ref (G_OBJECT (link), on_gone, NULL);
}

static void
on_accepted (KithLinkMaker *maker, KithLink *link, Person *person)
{
  g_ptr_array_add (person->accepted, g_object_ref (link));
}

static void
on_slot_changed (KithLinkMaker *maker, Person *person)
{
  person->slot_changes++;
}

typedef struct {
  Person *to;
  KithKnock knock;
} Delivery;

static gboolean
deliver (gpointer user_data)
{
  g_autofree Delivery *delivery = user_data;

  kith_link_maker_take_knock (delivery->to->maker, &delivery->knock);
  return G_SOURCE_REMOVE;
}

static void
on_knock (KithLinkMaker *maker, const KithPeerKey *identity, const KithKnock *knock, Person *person)
{
  person->knocks++;
  if (person->peer == NULL || !kith_peer_key_equal (identity, &person->peer->identity)) {
    return;
  }
  Delivery *delivery = g_new0 (Delivery, 1);
  delivery->to = person->peer;
  delivery->knock = *knock;
  delivery->knock.device.identity = person->identity;
  delivery->knock.device.device = person->device;
  if (person->knock_filter != NULL && !person->knock_filter (person, &delivery->knock)) {
    g_free (delivery);
    return;
  }
  g_timeout_add (person->knock_delay, deliver, delivery);
}

static gboolean
is_known (const KithPeerKey *identity, gpointer user_data)
{
  const Person *person = user_data;

  return person->known != NULL && kith_peer_key_equal (person->known, identity);
}

Person *
person_new (const char *name)
{
  Person *person = g_new0 (Person, 1);
  gnutls_privkey_t device;

  person->name = name;
  person->not_after = g_get_real_time () / G_USEC_PER_SEC + 3600;
  person->accepted = g_ptr_array_new_with_free_func (g_object_unref);
  gnutls_privkey_init (&person->identity_key);
  gnutls_privkey_init (&device);
  g_assert_cmpint (gnutls_privkey_generate (person->identity_key, GNUTLS_PK_EDDSA_ED25519, 256, 0),
                   >=,
                   0);
  g_assert_cmpint (gnutls_privkey_generate (device, GNUTLS_PK_EDDSA_ED25519, 256, 0), >=, 0);
  export_raw (person->identity_key, person->identity.bytes, NULL);
  export_raw (device, person->device.bytes, person->device_secret);
  gnutls_privkey_deinit (device);

  g_autoptr (GError) error = NULL;
  person->nat = person_fake_nat != NULL ? g_object_ref (person_fake_nat)
                                        : kith_nat_watch_new (person_stun_servers, NULL);
  KithLinkConfig config = {
    .device_secret = person->device_secret,
    .get_device_cert = person_get_device_cert,
    .verify_device_cert = person_verify_device_cert,
    .is_known = is_known,
    .user_data = person,
    .nat = person->nat,
  };
  person->maker = kith_quic_link_maker_new (&config, &error);
  g_assert_no_error (error);
  g_signal_connect (person->maker, "accepted", G_CALLBACK (on_accepted), person);
  g_signal_connect (person->maker, "slot-changed", G_CALLBACK (on_slot_changed), person);
  g_signal_connect (person->maker, "knock", G_CALLBACK (on_knock), person);
  return person;
}

void
person_free (Person *person)
{
  kith_link_maker_stop (person->maker);
  g_assert_finalize_object (person->maker);
  g_object_unref (person->nat);
  g_ptr_array_unref (person->accepted);
  gnutls_privkey_deinit (person->identity_key);
  g_free (person);
}

void
person_start (Person *person)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (kith_link_maker_start (person->maker, &error));
  g_assert_no_error (error);
}

void
persons_wire (Person *a, Person *b)
{
  a->peer = b;
  b->peer = a;
}

void
person_get_target (Person *person, gboolean with_slot, KithLinkTarget *target)
{
  KithReach reach = { 0 };

  *target = (KithLinkTarget){ .identity = person->identity, .device = person->device };
  if (with_slot) {
    g_assert_true (kith_link_maker_get_slot (person->maker, &reach));
    target->has_slot = TRUE;
    memcpy (target->slot_seed, reach.slot_seed, sizeof target->slot_seed);
    target->n_candidates = reach.n_candidates;
    memcpy (target->candidates, reach.candidates, sizeof target->candidates);
  }
}

static gboolean
on_time (gpointer user_data)
{
  *(gboolean *)user_data = TRUE;
  return G_SOURCE_REMOVE;
}

gboolean
run_until (const gboolean *done, guint ms)
{
  gboolean over = FALSE;
  guint timer = g_timeout_add (ms, on_time, &over);
  StallWatch watch;

  stall_watch_start (&watch);
  while (!*done && !over) {
    g_main_context_iteration (NULL, TRUE);
  }
  stall_watch_stop (&watch);
  if (!over) {
    g_source_remove (timer);
  }
  return *done;
}

void
run_for (guint ms)
{
  gboolean never = FALSE;

  (void)run_until (&never, ms);
}

typedef struct {
  gboolean done;
  KithLink *link;
  GError *error;
} Opened;

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Opened *opened = user_data;

  opened->link
      = kith_link_maker_open_finish (KITH_LINK_MAKER (source), result, NULL, &opened->error);
  opened->done = TRUE;
}

KithLink *
person_open (Person *person, const KithLinkTarget *target, GError **error)
{
  Opened opened = { 0 };

  kith_link_maker_open_async (person->maker, target, NULL, on_opened, &opened);
  g_assert_true (run_until (&opened.done, 8000));
  g_assert_true ((opened.link == NULL) == (opened.error != NULL));
  if (opened.link != NULL) {
    watch_link (opened.link);
  } else {
    g_propagate_error (error, opened.error);
  }
  return opened.link;
}

void
connect_both (Person *a, Person *b, gboolean with_slot, KithLink **ours, KithLink **theirs)
{
  g_autoptr (GError) error = NULL;
  KithLinkTarget target;

  person_get_target (b, with_slot, &target);
  *ours = person_open (a, &target, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 100 && b->accepted->len == 0; i++) {
    run_for (10);
  }
  g_assert_cmpuint (b->accepted->len, ==, 1);
  *theirs = g_ptr_array_steal_index (b->accepted, 0);
  watch_link (*theirs);
}

GString *
sip_message (gsize body)
{
  GString *out = g_string_new (NULL);

  g_string_printf (out,
                   "OPTIONS sip:x@y SIP/2.0\r\nVia: SIP/2.0/TCP y;branch=z9hG4bK1\r\nFrom: "
                   "<sip:x@y>;tag=1\r\nTo: "
                   "<sip:x@y>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\nContent-Length: %" G_GSIZE_FORMAT
                   "\r\n\r\n",
                   body);
  for (gsize i = 0; i < body; i++) {
    /* no NUL: tests compare texts */
    g_string_append_c (out, (char)('0' + (i * 7 + (i >> 11)) % 64));
  }
  return out;
}

void
carry (int from, int to, gsize len)
{
  g_autoptr (GString) out = g_string_new (NULL);
  gsize sent = 0;
  gsize got = 0;
  gint64 end = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;

  for (gsize left = len; left > 0; left -= MIN (left, 30000)) {
    g_autoptr (GString) message = sip_message (MIN (left, 30000));
    g_string_append_len (out, message->str, (gssize)message->len);
  }
  g_autofree char *in = g_malloc (out->len);
  while (got < out->len) {
    ssize_t n = sent < out->len ? write (from, out->str + sent, out->len - sent) : 0;
    sent += n > 0 ? (gsize)n : 0;
    n = read (to, in + got, out->len - got);
    g_assert_cmpint (n, !=, 0);
    got += n > 0 ? (gsize)n : 0;
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    if (n < 0) {
      g_assert_cmpint (errno, ==, EAGAIN);
      run_for (1);
    }
  }
  g_assert_cmpmem (in, out->len, out->str, out->len);
}
