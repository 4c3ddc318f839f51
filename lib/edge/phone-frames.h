/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fields of those frames between kithd and kith-edge that are about phones. */
#pragma once

#include "base/wire.h"
#include "model/phone/phone-binding.h"
#include "model/phone/phone-state.h"
#include "model/phone/phone.h"

G_BEGIN_DECLS

/* A KithPhoneBinding with its texts in it; "" where that has NULL. */
typedef struct {
  guint32 id;
  gchar phone[KITH_PHONE_NAME_MAX + 1];
  gchar contact[KITH_BINDING_CONTACT_MAX + 1];
  gchar instance[KITH_BINDING_INSTANCE_MAX + 1];
  gchar call_id[KITH_BINDING_CALL_ID_MAX + 1];
  gchar path[KITH_BINDING_PATH_MAX + 1];
  gchar user_agent[KITH_BINDING_AGENT_MAX + 1];
  guint8 reg_id;
  guint16 q;
  guint32 cseq;
  gint64 expires_s;
  KithPhoneTransport transport;
  KithEndpoint source;
  gboolean natted;
} KithEdgeBinding;

/* FALSE: @value is not sound (kith_phone_binding_is_sound()). Any thread, as all here. */
gboolean kith_edge_binding_from (const KithPhoneBinding *value, KithEdgeBinding *binding);

/* (transfer full), or NULL: it is not sound. */
KithPhoneBinding *kith_edge_binding_to (const KithEdgeBinding *binding);

/* They write and read one kind of fields each, and clear the ok of what they are given where one is
   out of bounds. A text is its length (u8 where it can be 255 bytes at most, else u16) and its
   bytes, none of them a control character; numbers have 1, 2 or 4 bytes, times 8; flags are 0 or
   1. */
void kith_edge_put_name (KithWireWriter *w, const char *name);
void kith_edge_get_name (KithWireReader *r, gchar name[KITH_PHONE_NAME_MAX + 1]);

/* name, number, class, digest, which secrets there are (2 flags), MD5 (16), SHA-256 (32). */
void kith_edge_put_phone (KithWireWriter *w, const KithPhone *phone);
void kith_edge_get_phone (KithWireReader *r, KithPhone *phone);

/* In the order of the struct; the address as kith_endpoint_put() does. */
void kith_edge_put_binding (KithWireWriter *w, const KithEdgeBinding *binding);
void kith_edge_get_binding (KithWireReader *r, KithEdgeBinding *binding);

/* outside u8, longest registration in seconds u32. */
void kith_edge_put_rules (KithWireWriter *w, const KithPhoneRules *rules);
void kith_edge_get_rules (KithWireReader *r, KithPhoneRules *rules);

/* name, event u8, transport u8, source, round trip u32, digest u8, text. */
void kith_edge_put_report (KithWireWriter *w, const KithPhoneReport *report);
void kith_edge_get_report (KithWireReader *r, KithPhoneReport *report);

/* id u32, silent u8, round trip in ms u32. */
void kith_edge_put_reach (KithWireWriter *w, const KithPhoneReach *reach);
void kith_edge_get_reach (KithWireReader *r, KithPhoneReach *reach);

G_END_DECLS
