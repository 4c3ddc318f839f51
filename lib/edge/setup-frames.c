/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each field is checked the same way on both sides. */
#include "edge/setup-frames.h"

#include <string.h>

#include "model/net/endpoint-wire.h"

static gboolean
is_visible (const char *text, gsize len)
{
  for (gsize i = 0; i < len; i++) {
    if (!g_ascii_isprint (text[i])) {
      return FALSE;
    }
  }
  return TRUE;
}

/* @most: at most 255 */
static void
put_text (KithWireWriter *w, const char *text, gsize most)
{
  const gsize len = strnlen (text, most + 1);

  w->ok = w->ok && len <= most && is_visible (text, len);
  kith_wire_put_number (w, len, 1);
  kith_wire_put (w, text, w->ok ? len : 0);
}

static void
get_text (KithWireReader *r, char *text, gsize most)
{
  const gsize len = kith_wire_get_number (r, 1);

  r->ok = r->ok && len <= most;
  text[0] = '\0';
  if (r->ok) {
    kith_wire_get (r, text, len);
    r->ok = r->ok && is_visible (text, len);
    text[r->ok ? len : 0] = '\0';
  }
}

static gboolean
is_setup (const KithEdgeSetup *setup)
{
  return setup->port > 0 && setup->seconds <= KITH_SETUP_SECONDS_MAX;
}

void
kith_edge_put_setup (KithWireWriter *w, const KithEdgeSetup *setup)
{
  w->ok = w->ok && is_setup (setup);
  kith_wire_put (w, setup->token, sizeof setup->token);
  kith_wire_put_number (w, setup->port, 2);
  kith_wire_put_number (w, setup->seconds, 2);
}

void
kith_edge_get_setup (KithWireReader *r, KithEdgeSetup *setup)
{
  kith_wire_get (r, setup->token, sizeof setup->token);
  setup->port = (guint16)kith_wire_get_number (r, 2);
  setup->seconds = (guint16)kith_wire_get_number (r, 2);
  r->ok = r->ok && is_setup (setup);
}

void
kith_edge_put_setup_state (KithWireWriter *w, const KithEdgeSetupState *state)
{
  kith_wire_put_number (w, state->port, 2);
  kith_wire_put_number (w, state->problem, 2);
}

void
kith_edge_get_setup_state (KithWireReader *r, KithEdgeSetupState *state)
{
  state->port = (guint16)kith_wire_get_number (r, 2);
  state->problem = (guint16)kith_wire_get_number (r, 2);
}

void
kith_edge_put_question (KithWireWriter *w, const KithSetupQuestion *question)
{
  kith_wire_put_number (w, question->id, 4);
  kith_wire_put (w, question->token, sizeof question->token);
  kith_endpoint_put (w, &question->source);
  kith_endpoint_put (w, &question->own);
  put_text (w, question->file, KITH_SETUP_FILE_MAX);
  put_text (w, question->agent, KITH_SETUP_AGENT_MAX);
}

void
kith_edge_get_question (KithWireReader *r, KithSetupQuestion *question)
{
  question->id = (guint32)kith_wire_get_number (r, 4);
  kith_wire_get (r, question->token, sizeof question->token);
  kith_endpoint_get (r, &question->source, FALSE);
  kith_endpoint_get (r, &question->own, TRUE);
  get_text (r, question->file, KITH_SETUP_FILE_MAX);
  get_text (r, question->agent, KITH_SETUP_AGENT_MAX);
}

static gboolean
is_document (const KithEdgeDocument *document, gsize len)
{
  return (document->status == 200 && document->type[0] != '\0' && len > 0
          && len <= KITH_SETUP_DOCUMENT_MAX)
         || (document->status == 404 && document->type[0] == '\0' && len == 0);
}

void
kith_edge_put_document (KithWireWriter *w, const KithEdgeDocument *document)
{
  const gsize len = strnlen (document->text, sizeof document->text);

  w->ok = w->ok && is_document (document, len);
  kith_wire_put_number (w, document->id, 4);
  kith_wire_put_number (w, document->status, 2);
  put_text (w, document->type, KITH_SETUP_TYPE_MAX);
  kith_wire_put (w, document->text, w->ok ? len : 0);
}

void
kith_edge_get_document (KithWireReader *r, KithEdgeDocument *document)
{
  document->id = (guint32)kith_wire_get_number (r, 4);
  document->status = (guint16)kith_wire_get_number (r, 2);
  get_text (r, document->type, KITH_SETUP_TYPE_MAX);
  const gsize len = r->left;
  r->ok = r->ok && is_document (document, len) && memchr (r->at, '\0', len) == NULL;
  document->text[0] = '\0';
  if (r->ok) {
    kith_wire_get (r, document->text, len);
    document->text[len] = '\0';
  }
}

void
kith_edge_put_seek (KithWireWriter *w, guint seconds)
{
  w->ok = w->ok && seconds <= KITH_SETUP_SECONDS_MAX;
  kith_wire_put_number (w, seconds, 2);
}

guint
kith_edge_get_seek (KithWireReader *r)
{
  const guint seconds = (guint)kith_wire_get_number (r, 2);

  r->ok = r->ok && seconds <= KITH_SETUP_SECONDS_MAX;
  return r->ok ? seconds : 0;
}

void
kith_edge_put_setup_address (KithWireWriter *w, const KithEdgeSetupAddress *address)
{
  kith_wire_put_number (w, address->id, 4);
  put_text (w, address->text, KITH_SETUP_ADDRESS_MAX);
}

void
kith_edge_get_setup_address (KithWireReader *r, KithEdgeSetupAddress *address)
{
  address->id = (guint32)kith_wire_get_number (r, 4);
  get_text (r, address->text, KITH_SETUP_ADDRESS_MAX);
}

void
kith_edge_put_seeker (KithWireWriter *w, const KithSetupSeeker *seeker)
{
  kith_wire_put_number (w, seeker->id, 4);
  kith_endpoint_put (w, &seeker->source);
  kith_endpoint_put (w, &seeker->own);
  put_text (w, seeker->vendor, KITH_SETUP_WORD_MAX);
  put_text (w, seeker->model, KITH_SETUP_WORD_MAX);
  put_text (w, seeker->mac, KITH_SETUP_MAC_LEN);
}

void
kith_edge_get_seeker (KithWireReader *r, KithSetupSeeker *seeker)
{
  seeker->id = (guint32)kith_wire_get_number (r, 4);
  kith_endpoint_get (r, &seeker->source, FALSE);
  kith_endpoint_get (r, &seeker->own, TRUE);
  get_text (r, seeker->vendor, KITH_SETUP_WORD_MAX);
  get_text (r, seeker->model, KITH_SETUP_WORD_MAX);
  get_text (r, seeker->mac, KITH_SETUP_MAC_LEN);
}
