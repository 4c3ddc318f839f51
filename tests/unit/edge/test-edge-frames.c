/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frames between kithd and kith-edge: round trips, every truncation, every bound. */
#include <string.h>

#include "edge/edge-frames.h"

static const KithEdgeFrameType types[]
    = { KITH_EDGE_START,       KITH_EDGE_HOST,    KITH_EDGE_KNOWN,      KITH_EDGE_PING,
        KITH_EDGE_QUIT,        KITH_EDGE_READY,   KITH_EDGE_STATUS,     KITH_EDGE_LOG,
        KITH_EDGE_FAILED,      KITH_EDGE_PHONE,   KITH_EDGE_PHONE_GONE, KITH_EDGE_BIND,
        KITH_EDGE_UNBIND,      KITH_EDGE_OPEN,    KITH_EDGE_BOUND,      KITH_EDGE_UNBOUND,
        KITH_EDGE_PHONE_STATE, KITH_EDGE_REACHED, KITH_EDGE_ROLE,       KITH_EDGE_ROUTE,
        KITH_EDGE_CALL,        KITH_EDGE_SETUP,   KITH_EDGE_DOCUMENT,   KITH_EDGE_SETUP_STATE,
        KITH_EDGE_QUESTION,    KITH_EDGE_TRUSTED, KITH_EDGE_SEEK,       KITH_EDGE_ADDRESS,
        KITH_EDGE_SEEKER };

static KithEdgeOrigin
origin_of (KithEdgeFrameType type)
{
  return type < KITH_EDGE_READY ? KITH_EDGE_FROM_KITHD : KITH_EDGE_FROM_EDGE;
}

static KithEndpoint
endpoint (guint i)
{
  return i % 2 == 0 ? (KithEndpoint){ .family = 4, .ip = { 192, 0, 2, (guint8)i } }
                    : (KithEndpoint){ .family = 6, .ip = { 0x20, 1, [15] = (guint8)i } };
}

static void
fill_name (gchar name[KITH_PHONE_NAME_MAX + 1])
{
  memset (name, 'n', KITH_PHONE_NAME_MAX);
}

static void
fill_phone (KithPhone *phone)
{
  fill_name (phone->name);
  memset (phone->number, '3', KITH_PHONE_NUMBER_MAX);
  phone->rights = KITH_PHONE_DOOR;
  phone->digest = KITH_PHONE_DIGEST_SHA256;
  phone->secret.has_md5 = TRUE;
  phone->secret.has_sha256 = TRUE;
  memset (phone->secret.md5, 0xab, sizeof phone->secret.md5);
  memset (phone->secret.sha256, 0xcd, sizeof phone->secret.sha256);
}

static void
fill_binding (KithEdgeBinding *binding)
{
  binding->id = G_MAXUINT32;
  fill_name (binding->phone);
  memset (binding->contact, 'c', KITH_BINDING_CONTACT_MAX);
  memset (binding->instance, 'i', KITH_BINDING_INSTANCE_MAX);
  memset (binding->call_id, 'd', KITH_BINDING_CALL_ID_MAX);
  memset (binding->path, 'p', KITH_BINDING_PATH_MAX);
  memset (binding->user_agent, 'u', KITH_BINDING_AGENT_MAX);
  binding->reg_id = 2;
  binding->q = 1000;
  binding->cseq = G_MAXUINT32;
  binding->expires_s = 4102444800;
  binding->transport = KITH_PHONE_TLS;
  binding->source = endpoint (1);
  binding->natted = TRUE;
}

static void
fill_report (KithPhoneReport *report)
{
  fill_name (report->phone);
  report->event = KITH_PHONE_MISTAKEN;
  report->transport = KITH_PHONE_TLS;
  report->source = endpoint (1);
  report->round_trip_ms = 3;
  report->digest = KITH_PHONE_DIGEST_MD5;
  memset (report->text, 't', KITH_BINDING_AGENT_MAX);
}

static void
fill_route (KithEdgeRoute *route)
{
  fill_name (route->name);
  memset (route->domain, 'd', KITH_EDGE_ROUTE_DOMAIN_MAX);
  route->next = endpoint (1);
  route->next.port = 5060;
  route->tcp = TRUE;
  route->n_from = KITH_EDGE_ROUTE_FROM_MAX;
  for (guint i = 0; i < KITH_EDGE_ROUTE_FROM_MAX; i++) {
    route->from[i] = (KithEdgeNet){ .net = endpoint (i), .bits = 32 };
  }
}

static void
fill_start (KithEdgeStart *start)
{
  *start = (KithEdgeStart){ .port = 5060,
                            .plain_in = TRUE,
                            .strangers = KITH_EDGE_STRANGERS_REFUSE,
                            .max_connections = 256,
                            .max_connections_a_source = 16,
                            .dscp = 63,
                            .n_binds = 2,
                            .binds = { endpoint (0), endpoint (1) } };
  memset (start->key, 0xab, sizeof start->key);
}

static void
fill_tls (KithEdgeTls *tls)
{
  tls->port = G_MAXUINT16;
  memset (tls->chain, 'c', KITH_EDGE_PEM_MAX);
  memset (tls->key, 'k', KITH_EDGE_PEM_MAX);
}

/* As large as one may be. */
static void
fill_document (KithEdgeDocument *document)
{
  document->id = G_MAXUINT32;
  document->status = 200;
  memset (document->type, 't', KITH_SETUP_TYPE_MAX);
  memset (document->text, 'x', KITH_SETUP_DOCUMENT_MAX);
}

static void
fill_seeker (KithSetupSeeker *seeker)
{
  seeker->id = G_MAXUINT32;
  seeker->source = endpoint (2);
  seeker->own = endpoint (4);
  memset (seeker->vendor, 'v', KITH_SETUP_WORD_MAX);
  memset (seeker->model, 'm', KITH_SETUP_WORD_MAX);
  memset (seeker->mac, 'a', KITH_SETUP_MAC_LEN);
}

static void
fill_question (KithSetupQuestion *question)
{
  question->id = G_MAXUINT32;
  question->source = endpoint (1);
  question->own = endpoint (3);
  memset (question->file, 'f', KITH_SETUP_FILE_MAX);
  memset (question->agent, 'a', KITH_SETUP_AGENT_MAX);
}

static void
fill_trusted (KithEdgeTrusted *trusted)
{
  trusted->n = KITH_EDGE_TRUSTED_MAX;
  for (guint i = 0; i < KITH_EDGE_TRUSTED_MAX; i++) {
    trusted->list[i] = (KithIpNetwork){ endpoint (i), i % 2 == 0 ? 32 : 128 };
  }
}

static void
fill_sockets (KithEdgeSockets *sockets)
{
  sockets->n = KITH_EDGE_SOCKETS_MAX;
  for (guint i = 0; i < KITH_EDGE_SOCKETS_MAX; i++) {
    sockets->list[i] = (KithEdgeSocket){ .protocol = i % 2 == 0 ? KITH_EDGE_UDP : KITH_EDGE_TCP,
                                         .address = endpoint (i),
                                         .problem = (guint16)(i * 1000) };
    sockets->list[i].address.port = 5060;
  }
}

/* One of those about the set-up of phones. */
static void
fill_setup_frame (KithEdgeFrame *frame)
{
  switch ((int)frame->type) {
  case KITH_EDGE_SETUP:
    frame->setup = (KithEdgeSetup){ { 1, 2, 3 }, 5080, KITH_SETUP_SECONDS_MAX };
    return;
  case KITH_EDGE_DOCUMENT:
    fill_document (&frame->document);
    return;
  case KITH_EDGE_SETUP_STATE:
    frame->setup_state = (KithEdgeSetupState){ 5080, 98 };
    return;
  case KITH_EDGE_SEEK:
    frame->seek_s = KITH_SETUP_SECONDS_MAX;
    return;
  case KITH_EDGE_ADDRESS:
    frame->setup_address.id = 7;
    memset (frame->setup_address.text, 'h', KITH_SETUP_ADDRESS_MAX);
    return;
  case KITH_EDGE_SEEKER:
    fill_seeker (&frame->seeker);
    return;
  case KITH_EDGE_QUESTION:
    fill_question (&frame->question);
    return;
  default:
    g_assert_not_reached ();
  }
}

static void
fill (KithEdgeFrame *frame, KithEdgeFrameType type)
{
  memset (frame, 0, sizeof *frame);
  frame->type = type;
  switch ((int)type) { /* those of trunks: test-trunk-frames */
  case KITH_EDGE_START:
    fill_start (&frame->start);
    return;
  case KITH_EDGE_HOST:
  case KITH_EDGE_KNOWN:
    frame->addresses.n = KITH_EDGE_ADDRESSES_MAX;
    for (guint i = 0; i < KITH_EDGE_ADDRESSES_MAX; i++) {
      frame->addresses.list[i] = endpoint (i);
    }
    return;
  case KITH_EDGE_PING:
  case KITH_EDGE_QUIT:
    return;
  case KITH_EDGE_TLS:
    fill_tls (&frame->tls);
    return;
  case KITH_EDGE_READY:
  case KITH_EDGE_TLS_READY:
    fill_sockets (&frame->sockets);
    return;
  case KITH_EDGE_STATUS:
    frame->status.memory_kib = 3500;
    frame->status.connections = 7;
    for (guint i = 0; i < KITH_EDGE_N_COUNTS; i++) {
      frame->status.counts[i] = (1ull << 40) + i;
    }
    return;
  case KITH_EDGE_LOG:
    frame->text.level = KITH_EDGE_WARNING;
    frame->text.who = endpoint (1);
    memset (frame->text.text, 't', KITH_EDGE_TEXT_MAX);
    return;
  case KITH_EDGE_FAILED:
    memset (frame->text.text, 'f', KITH_EDGE_TEXT_MAX);
    return;
  case KITH_EDGE_PHONE:
    fill_phone (&frame->phone);
    return;
  case KITH_EDGE_PHONE_GONE:
    fill_name (frame->phone.name);
    return;
  case KITH_EDGE_BIND:
  case KITH_EDGE_BOUND:
    fill_binding (&frame->binding);
    return;
  case KITH_EDGE_UNBIND:
  case KITH_EDGE_UNBOUND:
    frame->binding.id = G_MAXUINT32;
    return;
  case KITH_EDGE_OPEN:
    frame->rules = (KithPhoneRules){ .outside = TRUE, .max_expires_s = KITH_PHONE_MOST_EXPIRES_S };
    return;
  case KITH_EDGE_ROLE:
    frame->role = KITH_EDGE_ROLE_STATELESS;
    return;
  case KITH_EDGE_ROUTE:
    fill_route (&frame->route);
    return;
  case KITH_EDGE_CALL:
    frame->call = (KithProxiedCall){ .id = G_MAXUINT64,
                                     .phase = KITH_PROXIED_TERMINATED,
                                     .status = 699,
                                     .caller = "desk" };
    fill_name (frame->call.callee);
    return;
  case KITH_EDGE_TRUSTED:
    fill_trusted (&frame->trusted);
    return;
  case KITH_EDGE_PHONE_STATE:
    fill_report (&frame->report);
    return;
  case KITH_EDGE_REACHED:
    frame->reach = (KithPhoneReach){ G_MAXUINT32, TRUE, 60000 };
    return;
  default:
    fill_setup_frame (frame);
    return;
  }
}

static void
check_frame (KithEdgeFrameType type)
{
  static KithEdgeFrame frame, back;
  static guint8 bytes[KITH_EDGE_FRAME_MAX + 1], second[KITH_EDGE_FRAME_MAX];
  const KithEdgeOrigin origin = origin_of (type);
  const gboolean has_text
      = type == KITH_EDGE_LOG || type == KITH_EDGE_FAILED || type == KITH_EDGE_DOCUMENT;
  const gsize stride
      = type == KITH_EDGE_HOST || type == KITH_EDGE_KNOWN || type == KITH_EDGE_TLS ? 97 : 1;
  KithWireReader body;
  gsize used = 0;

  fill (&frame, type);
  const gsize len = kith_edge_frame_encode (&frame, bytes, sizeof bytes);
  g_assert_cmpuint (len, >=, 3);
  g_assert_cmpint (kith_frame_split (bytes, len, KITH_EDGE_FRAME_MAX, &body, &used),
                   ==,
                   KITH_SPLIT_FRAME);
  g_assert_cmpuint (used, ==, len);
  g_assert_true (kith_edge_frame_decode (body, origin, &back));
  g_assert_cmpmem (&back, sizeof back, &frame, sizeof frame);

  /* The other side may not send it; no byte may be missing or left over; no room may be overrun. */
  g_assert_false (kith_edge_frame_decode (body, 1 - origin, &back));
  for (gsize cut = 0; cut < len; cut += stride) {
    g_assert_cmpuint (kith_edge_frame_encode (&frame, second, cut), ==, 0);
  }
  for (gsize cut = 0; cut < len - 2 && !has_text; cut += stride) {
    g_assert_false (
        kith_edge_frame_decode ((KithWireReader){ bytes + 2, cut, true }, origin, &back));
  }
  bytes[len] = 't';
  g_assert_false (
      kith_edge_frame_decode ((KithWireReader){ bytes + 2, len - 1, true }, origin, &back));
}

static void
test_round_trip (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    check_frame (types[i]);
  }
}

/* Fills a frame of @type, sets @field of it, and finds that it is not written. */
#define assert_refused(kind, field, value)                                                         \
  fill (&frame, kind);                                                                             \
  frame.field = value;                                                                             \
  g_assert_cmpuint (kith_edge_frame_encode (&frame, bytes, sizeof bytes), ==, 0)

static void
test_bounds (void)
{
  static KithEdgeFrame frame;
  static guint8 bytes[KITH_EDGE_FRAME_MAX];

  assert_refused (KITH_EDGE_START, start.dscp, 64);
  assert_refused (KITH_EDGE_START, start.n_binds, 0);
  assert_refused (KITH_EDGE_START, start.n_binds, 3);
  assert_refused (KITH_EDGE_START, start.binds[1].family, 0);
  assert_refused (KITH_EDGE_START, start.binds[0].family, 5);
  assert_refused (KITH_EDGE_START, start.strangers, (KithEdgeStrangers)2);
  assert_refused (KITH_EDGE_HOST, addresses.n, KITH_EDGE_ADDRESSES_MAX + 1);
  assert_refused (KITH_EDGE_KNOWN, addresses.list[1023].family, 0);
  assert_refused (KITH_EDGE_TRUSTED, trusted.n, KITH_EDGE_TRUSTED_MAX + 1);
  assert_refused (KITH_EDGE_TRUSTED, trusted.list[0].prefix, 33);
  assert_refused (KITH_EDGE_TRUSTED, trusted.list[31].prefix, 127); /* ends with a one */
  assert_refused (KITH_EDGE_TRUSTED, trusted.list[31].address.family, 0);
  assert_refused (KITH_EDGE_READY, sockets.n, KITH_EDGE_SOCKETS_MAX + 1);
  assert_refused (KITH_EDGE_READY, sockets.list[0].protocol, (KithEdgeProtocol)2);
  assert_refused (KITH_EDGE_READY, sockets.list[7].address.family, 0);
  assert_refused (KITH_EDGE_LOG, text.level, (KithEdgeLevel)3);
  assert_refused (KITH_EDGE_LOG, text.text[0], '\0');
  assert_refused (KITH_EDGE_LOG, text.text[KITH_EDGE_TEXT_MAX], 't');
  assert_refused (KITH_EDGE_FAILED, type, (KithEdgeFrameType)(KITH_EDGE_PHONE_STATE + 1));
  assert_refused (KITH_EDGE_FAILED, type, (KithEdgeFrameType)0);
  assert_refused (KITH_EDGE_SEEK, seek_s, KITH_SETUP_SECONDS_MAX + 1);
  assert_refused (KITH_EDGE_ADDRESS, setup_address.text[0], '\n');
  assert_refused (KITH_EDGE_SEEKER, seeker.model[3], '\x7f');
  assert_refused (KITH_EDGE_SEEKER, seeker.source.family, 5);
}

static void
test_phone_bounds (void)
{
  static KithEdgeFrame frame;
  static guint8 bytes[KITH_EDGE_FRAME_MAX];

  assert_refused (KITH_EDGE_PHONE, phone.name[0], 'N');
  assert_refused (KITH_EDGE_PHONE, phone.name[0], '\0');
  assert_refused (KITH_EDGE_PHONE, phone.name[KITH_PHONE_NAME_MAX], 'n'); /* without an end */
  assert_refused (KITH_EDGE_PHONE, phone.number[0], '0');
  assert_refused (KITH_EDGE_PHONE, phone.number[KITH_PHONE_NUMBER_MAX], '3');
  assert_refused (KITH_EDGE_PHONE, phone.rights, (KithPhoneClass)3);
  assert_refused (KITH_EDGE_PHONE, phone.digest, (KithPhoneDigest)3);
  assert_refused (KITH_EDGE_PHONE_GONE, phone.name[0], '.');
  assert_refused (KITH_EDGE_BIND, binding.id, 0);
  assert_refused (KITH_EDGE_BIND, binding.contact[KITH_BINDING_CONTACT_MAX], 'c');
  assert_refused (KITH_EDGE_BIND, binding.q, 1001);
  assert_refused (KITH_EDGE_BIND, binding.expires_s, -1);
  assert_refused (KITH_EDGE_BOUND, binding.source.family, 0);
  assert_refused (KITH_EDGE_BOUND, binding.transport, (KithPhoneTransport)3);
  assert_refused (KITH_EDGE_UNBIND, binding.id, 0);
  assert_refused (KITH_EDGE_UNBOUND, binding.id, 0);
  assert_refused (KITH_EDGE_OPEN, rules.max_expires_s, 59);
  assert_refused (KITH_EDGE_OPEN, rules.max_expires_s, KITH_PHONE_MOST_EXPIRES_S + 1);
  assert_refused (KITH_EDGE_PHONE_STATE, report.event, KITH_PHONE_LEFT);
  assert_refused (KITH_EDGE_PHONE_STATE, report.text[KITH_BINDING_AGENT_MAX], 't');
  assert_refused (KITH_EDGE_REACHED, reach.id, 0);
  assert_refused (KITH_EDGE_ROLE, role, (KithEdgeRole)3);
  assert_refused (KITH_EDGE_ROUTE, route.name[0], '\0');
  assert_refused (KITH_EDGE_ROUTE, route.domain[3], '/');
  assert_refused (KITH_EDGE_ROUTE, route.next.port, 0);
  assert_refused (KITH_EDGE_ROUTE, route.n_from, KITH_EDGE_ROUTE_FROM_MAX + 1);
  assert_refused (KITH_EDGE_ROUTE, route.from[0].bits, 129);
  assert_refused (KITH_EDGE_CALL, call.phase, (KithProxiedPhase)3);
  assert_refused (KITH_EDGE_CALL, call.status, 700);
  assert_refused (KITH_EDGE_CALL, call.caller[0], '\0');
  fill (&frame, KITH_EDGE_PHONE); /* nothing that would open it */
  frame.phone.secret.has_md5 = FALSE;
  frame.phone.secret.has_sha256 = FALSE;
  g_assert_cmpuint (kith_edge_frame_encode (&frame, bytes, sizeof bytes), ==, 0);
}

/* A binding as the rest of the program has it, to a frame and back. */
static void
test_bindings (void)
{
  static KithEdgeFrame frame;

  fill (&frame, KITH_EDGE_BIND);
  g_autoptr (KithPhoneBinding) full = kith_edge_binding_to (&frame.binding);
  KithEdgeBinding back;
  g_assert_true (kith_edge_binding_from (full, &back));
  g_assert_cmpmem (&back, sizeof back, &frame.binding, sizeof back);

  frame.binding.instance[0] = '\0';
  frame.binding.path[0] = '\0';
  frame.binding.user_agent[0] = '\0';
  g_autoptr (KithPhoneBinding) sparse = kith_edge_binding_to (&frame.binding);
  g_assert_null (sparse->instance);
  g_assert_null (sparse->path);
  g_assert_null (sparse->user_agent);
  g_assert_true (kith_edge_binding_from (sparse, &back));
  g_assert_cmpstr (back.instance, ==, "");

  frame.binding.contact[0] = '\0'; /* nowhere */
  g_assert_null (kith_edge_binding_to (&frame.binding));
  g_free (g_steal_pointer (&sparse->contact));
  g_assert_false (kith_edge_binding_from (sparse, &back));
}

/* What an encoder of ours never writes. */
static void
test_garbage (void)
{
  static KithEdgeFrame frame, back;
  static guint8 bytes[KITH_EDGE_FRAME_MAX];
  static const struct {
    KithEdgeFrameType type;
    gsize at; /* behind the type */
    guint8 value;
  } cases[] = {
    { KITH_EDGE_START, 2, 2 },    /* neither yes nor no */
    { KITH_EDGE_START, 3, 2 },    /* a way to treat strangers that is none */
    { KITH_EDGE_START, 8, 64 },   /* a mark that is none */
    { KITH_EDGE_START, 41, 0 },   /* nothing to bind */
    { KITH_EDGE_START, 41, 3 },   /* … and too much */
    { KITH_EDGE_START, 42, 5 },   /* no family */
    { KITH_EDGE_HOST, 0, 255 },   /* more than there are */
    { KITH_EDGE_KNOWN, 2, 0 },    /* an address that is none */
    { KITH_EDGE_READY, 0, 9 },    /* too many */
    { KITH_EDGE_READY, 1, 2 },    /* a protocol that is none */
    { KITH_EDGE_STATUS, 8, 255 }, /* counters of another version */
    { KITH_EDGE_LOG, 0, 3 },      /* a level that is none */
    { KITH_EDGE_LOG, 30, 0 },     /* a text that ends before its end */
    { KITH_EDGE_FAILED, 0, 0 },       { KITH_EDGE_PHONE, 0, 25 }, /* a name that is too long */
    { KITH_EDGE_PHONE, 1, 'N' },                                  /* … and one that is none */
    { KITH_EDGE_PHONE, 26, '0' },                                 /* a number that is none */
    { KITH_EDGE_PHONE, 32, 3 },                                   /* a class that is none */
    { KITH_EDGE_PHONE, 34, 2 },                                   /* neither yes nor no */
    { KITH_EDGE_BIND, 31, '\n' },                                 /* a line end in the contact */
    { KITH_EDGE_BOUND, 4, 0 },                                    /* a phone without a name */
    { KITH_EDGE_OPEN, 0, 2 },                                     /* neither yes nor no */
    { KITH_EDGE_OPEN, 1, 1 },                                     /* registrations for years */
    { KITH_EDGE_PHONE_STATE, 25, 4 },                             /* an event that is not told */
    { KITH_EDGE_PHONE_STATE, 26, 3 },                             /* a transport that is none */
    { KITH_EDGE_REACHED, 4, 2 },                                  /* neither yes nor no */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    fill (&frame, cases[i].type);
    const gsize len = kith_edge_frame_encode (&frame, bytes, sizeof bytes);
    bytes[3 + cases[i].at] = cases[i].value;
    g_assert_false (kith_edge_frame_decode ((KithWireReader){ bytes + 2, len - 2, true },
                                            origin_of (cases[i].type),
                                            &back));
  }
}

static void
test_words (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < KITH_EDGE_N_COUNTS; i++) {
    g_assert_true (g_hash_table_add (seen, (gpointer)kith_edge_count_word ((KithEdgeCount)i)));
  }
  g_assert_false (g_hash_table_contains (seen, kith_edge_count_word (KITH_EDGE_N_COUNTS)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/edge-frames/round-trip", test_round_trip);
  g_test_add_func ("/edge-frames/bounds", test_bounds);
  g_test_add_func ("/edge-frames/garbage", test_garbage);
  g_test_add_func ("/edge-frames/words", test_words);
  g_test_add_func ("/edge-frames/phone-bounds", test_phone_bounds);
  g_test_add_func ("/edge-frames/bindings", test_bindings);
  return g_test_run ();
}
