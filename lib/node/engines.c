/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the engines out of the configuration and answers what the links ask about identities. */
#include "node/engines.h"

#include "base/error.h"
#include "base/random.h"
#include "edge/edge-host.h"
#include "identity/seal.h"
#include "link/maker/nat-watch.h"
#include "link/maker/quic-link-maker.h"
#include "media/engine.h"
#include "node/node-private.h"
#include "sip/stack.h"
#include "turn/turn-pool.h"

static gint64
now_s (KithNode *node)
{
  return kith_clock_wall (node->clock) / G_USEC_PER_SEC;
}

static GBytes *
get_device_cert (gpointer user_data)
{
  KithNode *node = user_data;
  return kith_device_cert_encode (kith_vault_get_device_cert (node->vault, now_s (node)), NULL);
}

static gboolean
verify_device_cert (const guint8 *data, gsize len, KithDeviceCert *cert, gpointer user_data)
{
  KithNode *node = user_data;
  return kith_device_cert_decode (data, len, cert, NULL)
         && kith_device_cert_verify (cert, now_s (node), NULL);
}

static gboolean
is_known (const KithPeerKey *identity, gpointer user_data)
{
  return kith_node_is_known (user_data, identity);
}

static KithMediaMaker *
make_media (const KithConfig *config, GError **error)
{
  const KithMediaEngineConfig media = {
    .audio_in = config->audio_in,
    .audio_out = config->audio_out,
    .buffer_ms = config->buffer_ms,
    .frame_ms = config->frame_ms,
    .dscp = config->audio_dscp,
  };

  return kith_media_engine_new (&media, error);
}

/* The user agent, and the worker with its sockets; FALSE: without randomness nobody could tell what
   is theirs. */
static gboolean
make_sip (KithNode *node, GError **error)
{
  const KithConfig *config = node->config;
  g_autofree gchar *program = g_build_filename (config->libexec_dir, "kith-edge", NULL);
  guint8 key[KITH_EDGE_KEY_LEN];
  const KithSipStackConfig sip = {
    .bind = config->sip_enabled ? config->sip_bind : NULL,
    .edge_key = config->sip_enabled ? key : NULL,
  };
  const KithEdgeHostConfig edge = {
    .program = program,
    .bind = config->sip_bind,
    .port = config->sip_port,
    .plain_in = config->sip_plain_in,
    .strangers_ring = config->strangers_ring,
    .trusted = (const char *const *)config->sip_trusted,
    .dscp = config->sip_dscp,
    .role = config->sip_role,
    .routes = (const KithEdgeRoute *)(const void *)config->routes->data,
    .n_routes = config->routes->len,
    .key = key,
  };

  if (!kith_random_bytes (key, sizeof key)) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_FAILED,
                         "the system gives no random numbers");
    return FALSE;
  }
  node->sip = kith_sip_stack_new (&sip);
  node->edge = config->sip_enabled ? kith_edge_host_new (&edge) : NULL;
  explicit_bzero (key, sizeof key);
  return TRUE;
}

/* NULL: no server is configured, or none is wanted. */
static KithTurn *
make_turn (const KithConfig *config)
{
  return config->turn_servers->len > 0 && !config->lan_only
             ? kith_turn_pool_new (config->turn_servers)
             : NULL;
}

static KithNat *
make_nat (const KithConfig *config)
{
  g_autofree gchar *upnp_helper = g_build_filename (config->libexec_dir, "kith-upnp", NULL);

  return kith_nat_watch_new ((const char *const *)config->stun_servers,
                             config->port_mapping ? upnp_helper : NULL);
}

static KithLinkMaker *
make_links (KithNode *node, GError **error)
{
  const KithLinkConfig link = {
    .device_secret = kith_vault_get_device_secret (node->vault),
    .get_device_cert = get_device_cert,
    .verify_device_cert = verify_device_cert,
    .is_known = is_known,
    .user_data = node,
    .nat = node->config->lan_only ? NULL : node->nat,
    .turn = node->turn,
    .dscp = node->config->audio_dscp,
  };

  return kith_quic_link_maker_new (&link, error);
}

gboolean
kith_engines_make (KithNode *node, GError **error)
{
  node->media = make_media (node->config, error);
  if (node->media == NULL) {
    return FALSE;
  }
  if (!make_sip (node, error)) {
    return FALSE;
  }
  node->turn = make_turn (node->config);
  node->nat = make_nat (node->config);
  node->maker = make_links (node, error);
  return node->maker != NULL;
}
