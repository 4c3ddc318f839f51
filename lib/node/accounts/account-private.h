/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of an account, shared by the file of its state and that of its records. */
#pragma once

#include "node/accounts/account.h"
#include "node/directory/other-device.h"
#include "node/directory/publication.h"

G_BEGIN_DECLS

#define KITH_CLAIM_LIFE_S 86400

struct _KithAccount {
  GObject parent_instance;
  KithClock *clock;
  KithVault *vault;
  KithLinkMaker *maker;
  KithNat *nat;
  GPtrArray *locators;
  guint8 work_bits;
  gboolean hidden; /* nothing of where we are is in the records */
  gchar *uri;
  KithRegistrationState state;
  gchar *detail;
  gchar *full_address;
  gint64 registered_at;
  KithPublication *claim;
  KithPublication *reach;
  KithPublication *copy;  /* of reach, beside the claim */
  guint8 name_secret[32]; /* of our own name */
  guint64 reach_seq;
  KithOtherDevice *other; /* while started */
  KithReach told;         /* what the record says, without sequence, times and signature */
  gint64 claim_issued;    /* seconds */
  GCancellable *working;
  gboolean started;
  guint republish_timer;
  guint slot_timer;      /* until changed addresses are published */
  guint nat_timer;       /* until another kind of NAT is */
  gboolean had_address;  /* this host had an address that is not loopback at some time … */
  gboolean had_company;  /* other nodes answered at some time */
  gboolean lost_network; /* … and has none now */
  guint miss_timer;      /* until the record must have been read back */
};

/* account-records.c: makes the claim, and the reach record (@gone: that says goodbye), and
   publishes them. */
void kith_account_publish_claim (KithAccount *account);
void kith_account_publish_reach (KithAccount *account, gboolean gone);

/* account-records.c: what there is to say of this device now. */
void kith_account_fill_reach (KithAccount *account, gboolean gone, KithReach *reach);

G_END_DECLS
