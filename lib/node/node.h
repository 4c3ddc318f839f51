/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The node: joins identity, locators, links, SIP and media into a telephone. */
#pragma once

#include <gio/gio.h>

#include "model/call/call-facts.h"
#include "model/names/found.h"
#include "model/names/registration-state.h"
#include "model/net/nat-facts.h"
#include "node/accounts/trunks.h"
#include "node/call/call.h"
#include "node/config/config.h"
#include "node/doctor/doctor.h"
#include "node/people/contacts.h"
#include "node/phones/phone-setup.h"
#include "node/phones/phones.h"
#include "node/phones/watchers.h"

G_BEGIN_DECLS

#define KITH_TYPE_NODE (kith_node_get_type ())
G_DECLARE_FINAL_TYPE (KithNode, kith_node, KITH, NODE, GObject)

/**
 * KithNode signals: "call-added" (KithCall), "call-removed" (KithCall: 30 s after its end),
 * "plugin-changed" (const char *name),
 * "account-changed" (): one of the account's facts changed, "nat-changed" (): kith_node_get_nat()
 * has news, "relay-changed" (): kith_node_get_relay() has news.
 */

/* (transfer full). @config is copied by reference and must outlive the node. */
KithNode *kith_node_new (KithConfig *config, GError **error);

/* Opens vault and trust store and starts SIP, links, media and locators. KITH_ERROR_NOT_FOUND
   without an identity: the node runs all the same, in the state "no identity", and
   kith_node_create_identity() completes the start. */
gboolean kith_node_start (KithNode *node, GError **error);

/* Ends the calls, withdraws the records, says goodbye on the links, stops the locators; within 3
   s. */
void kith_node_stop_async (KithNode *node,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
gboolean kith_node_stop_finish (KithNode *node, GAsyncResult *result, GError **error);

/* Makes an identity (@words NULL) or restores one and starts with it. KITH_ERROR_EXISTS,
   KITH_ERROR_INVALID_ADDRESS. Once the key is on the disk it says TRUE, so that the words are
   shown, also when the node cannot start with it: kith_node_get_start_problem().
   @shown: (out) (transfer full): the 12 words; the caller wipes and frees. */
gboolean kith_node_create_identity (KithNode *node,
                                    const char *name,
                                    const char *words,
                                    gchar **shown,
                                    GError **error);

/* Why the start with a new identity failed, NULL: it did not. (transfer none) */
const char *kith_node_get_start_problem (KithNode *node);

/* Starts an outgoing call; @listen_only: without our microphone. (transfer none): owned by the
   node. KITH_ERROR_INVALID_ADDRESS, KITH_ERROR_NOT_READY, KITH_ERROR_LIMIT_REACHED (8). */
KithCall *
kith_node_dial (KithNode *node, const char *address, gboolean listen_only, GError **error);

/* Who answers to @address: GPtrArray of KithFound, (transfer full) from _finish;
   KITH_ERROR_NOT_FOUND. */
void kith_node_resolve_async (KithNode *node,
                              const char *address,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
GPtrArray *kith_node_resolve_finish (KithNode *node, GAsyncResult *result, GError **error);

/* The contacts; NULL without an identity. (transfer none): it may outlive the node's stop. */
KithContacts *kith_node_get_contacts (KithNode *node);

/* The phones of the house; NULL without an identity, and where they are switched off. (transfer
   none): they may outlive the node's stop. */
KithPhones *kith_node_get_phones (KithNode *node);

/* Their set-up over the network; NULL as above. (transfer none) */
KithPhoneSetup *kith_node_get_phone_setup (KithNode *node);

/* Who watches them; NULL as long as nobody can. (transfer none) */
KithWatchers *kith_node_get_watchers (KithNode *node);
/* The trunks; NULL without an identity. (transfer none) */
KithTrunks *kith_node_get_trunks (KithNode *node);

/* TRUE when kith.conf lets phones register. */
gboolean kith_node_has_phones (KithNode *node);

/* Addresses of this host at which a phone finds it, the best first; none while there is no network.
   (transfer full) */
GStrv kith_node_get_servers (KithNode *node);

/* Looks @address up and adds who it is: exactly one, proved or known from before. @name:
   (nullable): what to call them.
   _finish: the id of the contact, or 0: those of kith_node_resolve_async() and
   kith_contacts_add_async(); KITH_ERROR_AMBIGUOUS, KITH_ERROR_UNTRUSTED (not proved),
   KITH_ERROR_UNSUPPORTED (plain SIP). */
void kith_node_add_contact_async (KithNode *node,
                                  const char *address,
                                  const char *name,
                                  gboolean relay,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
guint kith_node_add_contact_finish (KithNode *node, GAsyncResult *result, GError **error);

/* The calls that are exported: (transfer container). */
GList *kith_node_get_calls (KithNode *node);

/* Where calls that ended are kept, also those of earlier runs of the daemon; NULL: not started, or
   stopped. (transfer none) */
KithStore *kith_node_get_store (KithNode *node);

/* The file that was put aside since it was damaged, as long as it is there: contacts and calls in
   it are unknown. NULL: none. (transfer full) */
gchar *kith_node_get_put_aside (KithNode *node);

/* Forgets all calls that ended, and who was met, once the store did. */
void kith_node_forget_past (KithNode *node);

/* All about the call of this number, 0: the newest one, if it goes on or ended in the last seconds;
   NULL: the store may know it. (transfer full) */
KithCallFacts *kith_node_get_facts (KithNode *node, guint number);

/* Examines all parts, within 3 s. _finish: (transfer full) (element-type KithFinding), never
   NULL. */
void kith_node_diagnose_async (KithNode *node, GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *kith_node_diagnose_finish (KithNode *node, GAsyncResult *result);

/* What does not work or will not last, as far as it is known without asking anybody: rows of the
   examination that are a warning or bad. (transfer full) (element-type KithFinding) */
GPtrArray *kith_node_get_notices (KithNode *node);

/* The account's facts. Strings "" when unknown. */
gboolean kith_node_has_identity (KithNode *node);
const char *kith_node_get_name (KithNode *node);
/* "alice~7k2f9qxm", or "alice" while the tag is computed */
const char *kith_node_get_full_address (KithNode *node);
gchar *kith_node_get_key_text (KithNode *node); /* (transfer full) */
KithRegistrationState kith_node_get_registration (KithNode *node);
const char *kith_node_get_registration_detail (KithNode *node);
gint64 kith_node_get_registered_at (KithNode *node);
guint16 kith_node_get_sip_port (KithNode *node);
/* Why there is none although there should be one, such as "port 5060 is taken by baresip (process
   4711)", or NULL. (transfer none) */
const char *kith_node_get_sip_problem (KithNode *node);

/* TRUE unless ordinary SIP is about to get its port, or to be told that it cannot:
   "account-changed" follows then. */
gboolean kith_node_is_settled (KithNode *node);

/* SIP over TLS: rows of Manager.SipTls. a{sv}. (transfer full) */
GVariant *kith_node_get_sip_tls (KithNode *node);

/* The processes that run beside this one: rows of Manager.Workers. aa{sv}. (transfer full) */
GVariant *kith_node_get_workers (KithNode *node);

/* Calls between two phones of the house that the node has no part in: rows of Manager.HouseCalls.
   aa{sv}. (transfer full) */
GVariant *kith_node_get_house_calls (KithNode *node);

/* Counters and gauges as OpenMetrics text (base/open-metrics.h); at any time. (transfer full) */
gchar *kith_node_get_metrics (KithNode *node);

/* What is known of the NAT; all unknown without an identity. */
void kith_node_get_nat (KithNode *node, KithNatFacts *facts);
/* What is relayed for friends, see kith_relay_server_get_status(): a{sv}, empty without an
   identity. (transfer full), not floating. */
GVariant *kith_node_get_relay (KithNode *node);

/* Plugins: a(sssssa{sv}) name, kind, version, state word, last error, status. (transfer full), not
   floating. */
GVariant *kith_node_get_plugins (KithNode *node);

G_END_DECLS
