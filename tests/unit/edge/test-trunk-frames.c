/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frames of trunks between kithd and kith-edge: round trips, every truncation, every bound. */
#include <string.h>

#include "edge/edge-frames.h"

#define UUID "12345678-1234-8234-9234-123456789abc"

static const KithEdgeFrameType types[]
    = { KITH_EDGE_TRUNK,   KITH_EDGE_TRUNK_GONE,  KITH_EDGE_TRUNK_RETRY, KITH_EDGE_DIGEST,
        KITH_EDGE_TARGETS, KITH_EDGE_TRUNK_STATE, KITH_EDGE_ASK_DIGEST,  KITH_EDGE_RESOLVE };

static KithEdgeOrigin
origin_of (KithEdgeFrameType type)
{
  return type < KITH_EDGE_READY ? KITH_EDGE_FROM_KITHD : KITH_EDGE_FROM_EDGE;
}

static KithEndpoint
endpoint (guint i)
{
  return i % 2 == 0 ? (KithEndpoint){ .family = 4, .port = 5060, .ip = { 192, 0, 2, (guint8)i } }
                    : (KithEndpoint){ .family = 6, .port = 5061, .ip = { 0x20, 1, [15] = 1 } };
}

static void
fill_trunk (KithEdgeTrunk *trunk)
{
  memset (trunk->name, 'n', KITH_TRUNK_NAME_MAX);
  memset (trunk->domain, 'd', KITH_TRUNK_HOST_MAX);
  memset (trunk->user, 'u', KITH_TRUNK_USER_MAX);
  (void)g_strlcpy (trunk->number, "+4930123456", sizeof trunk->number);
  memset (trunk->proxy, 'p', KITH_TRUNK_HOST_MAX);
  memset (trunk->pin, 'a', KITH_TRUNK_PIN_MAX);
  (void)g_strlcpy (trunk->instance, UUID, sizeof trunk->instance);
  trunk->transport = KITH_SIP_TRANSPORT_TLS;
  trunk->n_sources = KITH_TRUNK_SOURCES_MAX;
  for (guint i = 0; i < KITH_TRUNK_SOURCES_MAX; i++) {
    trunk->sources[i] = endpoint (i);
  }
  memset (trunk->certificates, 'c', KITH_TRUNK_CERTIFICATES_MAX);
  trunk->certificates[7] = '\n';
}

/* As large as one may be. */
static void
fill (KithEdgeFrame *frame, KithEdgeFrameType type)
{
  memset (frame, 0, sizeof *frame);
  frame->type = type;
  switch ((int)type) {
  case KITH_EDGE_TRUNK:
    fill_trunk (&frame->trunk);
    return;
  case KITH_EDGE_TRUNK_GONE:
  case KITH_EDGE_TRUNK_RETRY:
    memset (frame->trunk.name, 'n', KITH_TRUNK_NAME_MAX);
    return;
  case KITH_EDGE_DIGEST:
    frame->answer.id = G_MAXUINT32;
    memset (frame->answer.cnonce, 'c', 32);
    memset (frame->answer.response, 'e', 64);
    return;
  case KITH_EDGE_TARGETS:
    frame->targets.id = 1;
    frame->targets.n = KITH_EDGE_TARGETS_MAX;
    for (guint i = 0; i < KITH_EDGE_TARGETS_MAX; i++) {
      frame->targets.list[i]
          = (KithEdgeTarget){ .transport = KITH_SIP_TRANSPORT_TCP, .endpoint = endpoint (i) };
    }
    memset (frame->targets.text, 't', 200);
    return;
  case KITH_EDGE_TRUNK_STATE:
    memset (frame->line.trunk, 'n', KITH_TRUNK_NAME_MAX);
    frame->line.state = KITH_TRUNK_FAILED;
    frame->line.reason = KITH_TRUNK_NO_PASSWORD;
    frame->line.status = 401;
    frame->line.retry_s = 600;
    frame->line.expires_s = 300;
    frame->line.transport = KITH_SIP_TRANSPORT_TLS;
    frame->line.peer = endpoint (1);
    frame->line.n_targets = KITH_EDGE_TARGETS_MAX;
    memset (frame->line.text, 't', 200);
    return;
  case KITH_EDGE_ASK_DIGEST:
    frame->challenge.id = 1;
    memset (frame->challenge.trunk, 'n', KITH_TRUNK_NAME_MAX);
    frame->challenge.sha256 = TRUE;
    frame->challenge.session = TRUE;
    frame->challenge.has_qop = TRUE;
    memset (frame->challenge.realm, 'r', KITH_TRUNK_REALM_MAX);
    memset (frame->challenge.nonce, 'x', KITH_TRUNK_NONCE_MAX);
    memset (frame->challenge.uri, 'u', sizeof frame->challenge.uri - 1);
    return;
  case KITH_EDGE_RESOLVE:
    frame->resolve.id = 1;
    memset (frame->resolve.host, 'h', KITH_TRUNK_HOST_MAX);
    frame->resolve.port = 5070;
    frame->resolve.transport = KITH_SIP_TRANSPORT_TLS;
    return;
  default:
    g_assert_not_reached ();
  }
}

static void
check_frame (KithEdgeFrameType type)
{
  static KithEdgeFrame frame, back;
  static guint8 bytes[KITH_EDGE_FRAME_MAX + 1], second[KITH_EDGE_FRAME_MAX];
  const KithEdgeOrigin origin = origin_of (type);
  const gsize stride = type == KITH_EDGE_TRUNK ? 97 : 1;
  KithWireReader body;
  gsize used = 0;

  fill (&frame, type);
  const gsize len = kith_edge_frame_encode (&frame, bytes, sizeof bytes);
  g_assert_cmpuint (len, >=, 3);
  g_assert_cmpint (kith_frame_split (bytes, len, KITH_EDGE_FRAME_MAX, &body, &used),
                   ==,
                   KITH_SPLIT_FRAME);
  g_assert_true (kith_edge_frame_decode (body, origin, &back));
  g_assert_cmpmem (&back, sizeof back, &frame, sizeof frame);
  g_assert_false (kith_edge_frame_decode (body, 1 - origin, &back));
  for (gsize cut = 0; cut < len; cut += stride) {
    g_assert_cmpuint (kith_edge_frame_encode (&frame, second, cut), ==, 0);
  }
  for (gsize cut = 0; cut < len - 2; cut += stride) {
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

  assert_refused (KITH_EDGE_TRUNK, trunk.name[0], 'N');
  assert_refused (KITH_EDGE_TRUNK, trunk.name[KITH_TRUNK_NAME_MAX], 'n');
  assert_refused (KITH_EDGE_TRUNK, trunk.domain[0], '\0');
  assert_refused (KITH_EDGE_TRUNK, trunk.domain[3], '\r');
  assert_refused (KITH_EDGE_TRUNK, trunk.user[0], '\0');
  assert_refused (KITH_EDGE_TRUNK, trunk.user[3], '"');
  assert_refused (KITH_EDGE_TRUNK, trunk.number[0], '0');
  assert_refused (KITH_EDGE_TRUNK, trunk.instance[0], 'x');
  assert_refused (KITH_EDGE_TRUNK, trunk.pin[0], 'g');
  assert_refused (KITH_EDGE_TRUNK, trunk.transport, (KithSipTransport)4);
  assert_refused (KITH_EDGE_TRUNK, trunk.n_sources, KITH_TRUNK_SOURCES_MAX + 1);
  assert_refused (KITH_EDGE_TRUNK, trunk.sources[7].family, 0);
  assert_refused (KITH_EDGE_TRUNK, trunk.certificates[KITH_TRUNK_CERTIFICATES_MAX], 'c');
  assert_refused (KITH_EDGE_TRUNK_GONE, trunk.name[0], '\0');
  assert_refused (KITH_EDGE_DIGEST, answer.id, 0);
  assert_refused (KITH_EDGE_TARGETS, targets.id, 0);
  assert_refused (KITH_EDGE_TARGETS, targets.n, KITH_EDGE_TARGETS_MAX + 1);
  assert_refused (KITH_EDGE_TARGETS, targets.list[0].transport, KITH_SIP_TRANSPORT_ANY);
  assert_refused (KITH_EDGE_TARGETS, targets.list[15].endpoint.port, 0);
  assert_refused (KITH_EDGE_TRUNK_STATE, line.state, KITH_N_TRUNK_STATES);
  assert_refused (KITH_EDGE_TRUNK_STATE, line.reason, KITH_N_TRUNK_REASONS);
  assert_refused (KITH_EDGE_ASK_DIGEST, challenge.id, 0);
  assert_refused (KITH_EDGE_ASK_DIGEST, challenge.nonce[KITH_TRUNK_NONCE_MAX], 'x');
  assert_refused (KITH_EDGE_RESOLVE, resolve.id, 0);
  assert_refused (KITH_EDGE_RESOLVE, resolve.host[0], '\0');
  assert_refused (KITH_EDGE_RESOLVE, resolve.host[0], '/');
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
    { KITH_EDGE_TRUNK, 0, 0 },         /* no name */
    { KITH_EDGE_TRUNK, 30, '\n' },     /* a line end in the domain */
    { KITH_EDGE_DIGEST, 5, 'g' },      /* no hash */
    { KITH_EDGE_DIGEST, 40, '"' },     /* … */
    { KITH_EDGE_TARGETS, 4, 17 },      /* too many */
    { KITH_EDGE_TARGETS, 5, 0 },       /* a transport that is none */
    { KITH_EDGE_TRUNK_STATE, 25, 6 },  /* a state that is none */
    { KITH_EDGE_TRUNK_STATE, 26, 9 },  /* a reason that is none */
    { KITH_EDGE_ASK_DIGEST, 29, 2 },   /* neither yes nor no */
    { KITH_EDGE_ASK_DIGEST, 40, '"' }, /* a realm that ends its quotes */
    { KITH_EDGE_RESOLVE, 5, ' ' },     /* no host */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    fill (&frame, cases[i].type);
    const gsize len = kith_edge_frame_encode (&frame, bytes, sizeof bytes);
    bytes[3 + cases[i].at] = cases[i].value;
    g_test_message ("%u", i);
    g_assert_false (kith_edge_frame_decode ((KithWireReader){ bytes + 2, len - 2, true },
                                            origin_of (cases[i].type),
                                            &back));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trunk-frames/round-trip", test_round_trip);
  g_test_add_func ("/trunk-frames/bounds", test_bounds);
  g_test_add_func ("/trunk-frames/garbage", test_garbage);
  return g_test_run ();
}
