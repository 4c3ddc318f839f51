/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layouts of RFC 6887 sections 7 and 11, byte by byte. */
#include "router/pcp-message.h"

#include <string.h>

#define VERSION 2
#define NAT_PMP_VERSION 0
#define HEADER_LEN 24
#define MAP_LEN 36
#define IS_RESPONSE 0x80
#define NAT_PMP_LEAST 8
#define NAT_PMP_ADDRESS_LEN 12

static const guint8 mapped_prefix[12] = { [10] = 0xff, [11] = 0xff }; /* ::ffff:0:0/96 */

static void
put_u32 (guint8 *at, guint32 value)
{
  at[0] = (guint8)(value >> 24);
  at[1] = (guint8)(value >> 16);
  at[2] = (guint8)(value >> 8);
  at[3] = (guint8)value;
}

static guint32
get_u32 (const guint8 *at)
{
  return (guint32)at[0] << 24 | (guint32)at[1] << 16 | (guint32)at[2] << 8 | at[3];
}

static void
put_u16 (guint8 *at, guint16 value)
{
  at[0] = (guint8)(value >> 8);
  at[1] = (guint8)value;
}

static guint16
get_u16 (const guint8 *at)
{
  return (guint16)(at[0] << 8 | at[1]);
}

/* IPv4 in its mapped form (section 5). */
static void
put_ip (guint8 at[16], const KithEndpoint *address)
{
  if (address->family == 6) {
    memcpy (at, address->ip, 16);
  } else {
    memcpy (at, mapped_prefix, sizeof mapped_prefix);
    memcpy (at + sizeof mapped_prefix, address->ip, 4);
  }
}

static void
get_ip (const guint8 at[16], KithEndpoint *address)
{
  *address = (KithEndpoint){ 0 };
  if (memcmp (at, mapped_prefix, sizeof mapped_prefix) == 0) {
    address->family = 4;
    memcpy (address->ip, at + sizeof mapped_prefix, 4);
  } else {
    address->family = 6;
    memcpy (address->ip, at, 16);
  }
}

static void
put_header (guint8 *data, KithPcpOpcode opcode, guint32 lifetime_s, const KithEndpoint *client)
{
  memset (data, 0, HEADER_LEN);
  data[0] = VERSION;
  data[1] = (guint8)opcode;
  put_u32 (data + 4, lifetime_s);
  put_ip (data + 8, client);
}

gsize
kith_pcp_write_announce (const KithEndpoint *client, guint8 data[KITH_PCP_REQUEST_MAX])
{
  put_header (data, KITH_PCP_ANNOUNCE, 0, client);
  return HEADER_LEN;
}

gsize
kith_pcp_write_map (const KithPcpMapRequest *request, guint8 data[KITH_PCP_REQUEST_MAX])
{
  guint8 *map = data + HEADER_LEN;
  KithEndpoint suggested = { .family = request->client.family };

  G_STATIC_ASSERT (HEADER_LEN + MAP_LEN == KITH_PCP_REQUEST_MAX);
  if (request->lifetime_s != 0 && request->suggested.family == request->client.family) {
    suggested = request->suggested;
  }
  put_header (data, KITH_PCP_MAP, request->lifetime_s, &request->client);
  memset (map, 0, MAP_LEN);
  memcpy (map, request->nonce, KITH_PCP_NONCE_LEN);
  map[12] = KITH_PCP_UDP;
  put_u16 (map + 16, request->client.port);
  put_u16 (map + 18, suggested.port);
  put_ip (map + 20, &suggested);
  return HEADER_LEN + MAP_LEN;
}

static void
read_map (const guint8 *map, KithPcpResponse *response)
{
  response->has_map = TRUE;
  memcpy (response->nonce, map, KITH_PCP_NONCE_LEN);
  response->protocol = map[12];
  response->port = get_u16 (map + 16);
  get_ip (map + 20, &response->external);
  response->external.port = get_u16 (map + 18);
}

gboolean
kith_pcp_read (const guint8 *data, gsize len, KithPcpResponse *response)
{
  *response = (KithPcpResponse){ 0 };
  if (len < NAT_PMP_LEAST || len > KITH_PCP_MAX || (data[1] & IS_RESPONSE) == 0) {
    return FALSE;
  }
  response->opcode = data[1] & (guint8)~IS_RESPONSE;
  response->result = data[3]; /* NAT-PMP's has 16 bits, of which these are the lower ones */
  if (data[0] != VERSION) {
    return response->result == KITH_PCP_UNSUPP_VERSION;
  }
  if (len < HEADER_LEN || len % 4 != 0) {
    return FALSE;
  }
  response->lifetime_s = get_u32 (data + 4);
  response->epoch_s = get_u32 (data + 8);
  if (response->opcode == KITH_PCP_MAP && len >= HEADER_LEN + MAP_LEN) {
    read_map (data + HEADER_LEN, response);
  }
  return response->has_map || response->opcode != KITH_PCP_MAP
         || response->result != KITH_PCP_SUCCESS;
}

gboolean
kith_pcp_is_announcement (const guint8 *data, gsize len)
{
  KithPcpResponse response;

  if (len == NAT_PMP_ADDRESS_LEN && data[0] == NAT_PMP_VERSION) {
    return data[1] == IS_RESPONSE && data[2] == 0 && data[3] == 0;
  }
  return kith_pcp_read (data, len, &response) && response.opcode == KITH_PCP_ANNOUNCE
         && response.result == KITH_PCP_SUCCESS;
}

const char *
kith_pcp_result_text (guint8 result)
{
  static const char *const texts[] = {
    [KITH_PCP_SUCCESS] = "done",
    [KITH_PCP_UNSUPP_VERSION] = "it speaks another version of PCP",
    [KITH_PCP_NOT_AUTHORIZED] = "its policy forbids it",
    [KITH_PCP_MALFORMED_REQUEST] = "it does not understand the request",
    [KITH_PCP_UNSUPP_OPCODE] = "it does not map ports by PCP",
    [KITH_PCP_UNSUPP_OPTION] = "it does not know an option of the request",
    [KITH_PCP_MALFORMED_OPTION] = "it does not understand an option of the request",
    [KITH_PCP_NETWORK_FAILURE] = "it has no address of its own on the internet",
    [KITH_PCP_NO_RESOURCES] = "it has no room for more mappings",
    [KITH_PCP_UNSUPP_PROTOCOL] = "it does not map UDP",
    [KITH_PCP_USER_EX_QUOTA] = "this host has as many mappings as it may have",
    [KITH_PCP_CANNOT_PROVIDE_EXTERNAL] = "the outer port is taken",
    [KITH_PCP_ADDRESS_MISMATCH] = "another NAT is between this host and it",
    [KITH_PCP_EXCESSIVE_REMOTE_PEERS] = "it cannot keep that many filters",
  };

  return result < G_N_ELEMENTS (texts) ? texts[result] : "it does not say why";
}

gboolean
kith_pcp_epoch_goes_on (const KithPcpEpoch *before, const KithPcpEpoch *now)
{
  const gint64 server = now->server_s - before->server_s;
  const gint64 client = now->client_s - before->client_s;

  return server >= -1 && client + 2 >= server - server / 16 && server + 2 >= client - client / 16;
}
