/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fields of those frames between kithd and kith-edge that are about the set-up of phones. */
#pragma once

#include "base/wire.h"
#include "ports/edge/setup-desk.h"

G_BEGIN_DECLS

typedef struct {
  guint8 token[KITH_SETUP_TOKEN_LEN];
  guint16 port;
  guint16 seconds; /* 0: it is no more */
} KithEdgeSetup;

typedef struct {
  guint16 port;
  guint16 problem; /* errno; 0: it listens */
} KithEdgeSetupState;

typedef struct {
  guint32 id;
  guint16 status; /* 200 or 404 */
  gchar type[KITH_SETUP_TYPE_MAX + 1];
  gchar text[KITH_SETUP_DOCUMENT_MAX + 1];
} KithEdgeDocument;

typedef struct {
  guint32 id; /* of a KithSetupSeeker */
  gchar text[KITH_SETUP_ADDRESS_MAX + 1];
} KithEdgeSetupAddress;

/* As in phone-frames.h. token (16), port u16, seconds u16. */
void kith_edge_put_setup (KithWireWriter *w, const KithEdgeSetup *setup);
void kith_edge_get_setup (KithWireReader *r, KithEdgeSetup *setup);

/* port u16, problem u16. */
void kith_edge_put_setup_state (KithWireWriter *w, const KithEdgeSetupState *state);
void kith_edge_get_setup_state (KithWireReader *r, KithEdgeSetupState *state);

/* id u32, token (16), source, own, file, agent: each text its length u8 and its bytes. */
void kith_edge_put_question (KithWireWriter *w, const KithSetupQuestion *question);
void kith_edge_get_question (KithWireReader *r, KithSetupQuestion *question);

/* id u32, status u16, type (length u8), text (to the end). */
void kith_edge_put_document (KithWireWriter *w, const KithEdgeDocument *document);
void kith_edge_get_document (KithWireReader *r, KithEdgeDocument *document);

/* seconds u16. */
void kith_edge_put_seek (KithWireWriter *w, guint seconds);
guint kith_edge_get_seek (KithWireReader *r);

/* id u32, address (length u8). */
void kith_edge_put_setup_address (KithWireWriter *w, const KithEdgeSetupAddress *address);
void kith_edge_get_setup_address (KithWireReader *r, KithEdgeSetupAddress *address);

/* id u32, source, own, vendor, model, MAC: each text its length u8 and its bytes. */
void kith_edge_put_seeker (KithWireWriter *w, const KithSetupSeeker *seeker);
void kith_edge_get_seeker (KithWireReader *r, KithSetupSeeker *seeker);

G_END_DECLS
