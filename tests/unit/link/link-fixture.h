/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two link makers in one process with real keys and real sockets, for the tests of the link. */
#pragma once

#include <gnutls/abstract.h>

#include "link/maker/nat-watch.h"
#include "link/maker/quic-link-maker.h"
#include "stall.h"

G_BEGIN_DECLS

typedef struct Person Person;

/* One side: an identity key, a device key, a link maker, and what it told. */
struct Person {
  const char *name;
  gnutls_privkey_t identity_key;
  guint8 device_secret[64];
  KithPeerKey identity;
  KithPeerKey device;
  gint64 not_after;         /* of the certificate it shows */
  gboolean tamper;          /* the certificate it shows has a broken signature */
  const guint8 *other_key;  /* its certificate speaks of this device key instead */
  const KithPeerKey *known; /* a contact; NULL: none */
  KithLinkMaker *maker;
  KithNat *nat;
  Person *peer;      /* where its knocks go; NULL: nowhere */
  guint knock_delay; /* ms */
  /* Looks at a knock before it is delivered, and may change it; FALSE: it is lost. NULL: all
     arrive. */
  gboolean (*knock_filter) (Person *from, KithKnock *knock);
  GPtrArray *accepted;
  guint knocks;
  guint slot_changes;
};

/* What persons made from now on are configured with; NULL: none. */
extern const char *const *person_stun_servers;

/* What persons made from now on know of their NAT; NULL: what is found out. */
extern KithNat *person_fake_nat;

Person *person_new (const char *name);

/* The encoded device certificate that @user_data, a Person, shows; and the check of anybody's. */
GBytes *person_get_device_cert (gpointer user_data);
gboolean
person_verify_device_cert (const guint8 *data, gsize len, KithDeviceCert *cert, gpointer user_data);
void person_free (Person *person);
void person_start (Person *person);

/* Knocks of each go to the other. */
void persons_wire (Person *a, Person *b);

/* Where @person can be reached now. */
void person_get_target (Person *person, gboolean with_slot, KithLinkTarget *target);

/* Runs the loop until *@done or @ms have gone by; TRUE when done. */
gboolean run_until (const gboolean *done, guint ms);
void run_for (guint ms);

/* One kith_link_maker_open_async() waited for. */
KithLink *person_open (Person *person, const KithLinkTarget *target, GError **error);

/* Opens @a → @b and fetches b's end. */
void connect_both (Person *a, Person *b, gboolean with_slot, KithLink **ours, KithLink **theirs);

/* Number of GObjects of links alive, by weak references set in connect_both() and person_open(). */
extern guint links_alive;
void watch_link (KithLink *link);

/* A SIP message with so many bytes in its body, as the link passes it on unchanged. (transfer
   full) */
GString *sip_message (gsize body);

/* Writes SIP messages with @len bytes in their bodies at @from and reads them at @to, running the
   loop; all bytes must be equal. */
void carry (int from, int to, gsize len);

G_END_DECLS
