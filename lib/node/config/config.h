/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemon's configuration: kith.conf, with the options of the command line laid over it. */
#pragma once

#include <glib.h>

#include "model/net/turn-server.h"
#include "model/phone/edge-role.h"
#include "model/phone/phone-import.h"
#include "model/phone/ring-plan.h"
#include "model/trunk/trunk.h"

G_BEGIN_DECLS

#define KITH_CONFIG_MAX_LIST 16 /* names of a list that are used */

/* When the DHT's datagrams go through a TURN server: while UDP is blocked, never, or at all
   times. */
typedef enum { KITH_TUNNEL_AUTO, KITH_TUNNEL_NEVER, KITH_TUNNEL_ALWAYS } KithTunnelMode;

typedef struct {
  GKeyFile *file;       /* for plugins; never NULL */
  gchar *path;          /* the file, whether it is there or not; never NULL */
  gboolean was_given;   /* it was asked for by its path */
  GHashTable *lines;    /* group → number of the line where it begins first; never NULL */
  gchar *twice;         /* a group that the file has more than once, or NULL */
  GPtrArray *left_out;  /* of gchar: what a list names for nothing; never NULL */
  gint64 read_size;     /* bytes it had when it was read, -1: there was none */
  gint64 read_mtime_us; /* … and when it was changed last */
  gchar *state_dir;     /* keys, trust, state: $XDG_STATE_HOME/kith or --state-dir */
  gchar *config_dir;
  gchar *libexec_dir;
  gchar *plugin_dir;
  /* [node] */
  GStrv locators;          /* in order, default "static;dht" */
  guint8 work_bits;        /* work-bits: default 10; 0 on a private test network */
  gboolean strangers_ring; /* strangers = ring | refuse (default ring) */
  guint ring_timeout_s;    /* default 60, 5 to 600 */
  guint max_calls; /* that go on at the same time, those that ring among them; default 8, 1 to 32 */
  /* [sip] */
  gboolean sip_enabled; /* default TRUE */
  gchar *sip_bind;      /* default "::": all addresses of IPv6 and IPv4 */
  guint16 sip_port;     /* default 5060; 0: any */
  guint16 sip_tls_port; /* kith_config_get_tls_port() */
  /* accept calls of ordinary SIP phones (default TRUE), shown as unencrypted */
  gboolean sip_plain_in;
  KithEdgeRole sip_role; /* mode = proxy | redirect | stateless (default proxy) */
  /* of KithEdgeRoute: groups [route NAME], in the order of the file; never NULL */
  GArray *routes;
  GStrv sip_trusted; /* networks whose hosts may send as much as they like; default none */
  guint8 sip_dscp;   /* of packets of ordinary SIP, default 24, 0 (none) to 63 */
  /* [phones] */
  gboolean phones_enabled;       /* default TRUE */
  guint phones_max;              /* default 256, 0 to 100000 */
  KithPhoneRules phones_rules;   /* outside: default FALSE; max-expires: default 3600 s */
  KithPhoneDigest phones_digest; /* of those that have none of their own; default auto */
  /* of KithPhoneLine: groups [phone NAME], in the order of the file; never NULL */
  GPtrArray *phones;
  guint phones_setup_port; /* where they fetch their settings; default 5080, 0: nowhere */
  gchar *phones_dir;       /* of the templates of these */
  /* of KithTrunkLine: groups [trunk NAME], in the order of the file; never NULL */
  GPtrArray *trunks;
  /* [ring] */
  KithRingPlan ring_me; /* me: agents and phones that ring for the owner, and when; default all */
  /* [bridge] */
  guint bridge_max_calls; /* of phones, at the same time; default 32, 1 to 256 */
  /* [link] */
  GStrv stun_servers;         /* "host:port", optional */
  gboolean lan_only;          /* host candidates only */
  gboolean port_mapping;      /* routers are asked to let others in (PCP, NAT-PMP, UPnP) */
  KithTunnelMode turn_tunnel; /* turn-tunnel = auto | never | always (default auto) */
  /* of KithTurnServer: groups [turn] and [turn NAME], in the order of the file; never NULL */
  GPtrArray *turn_servers;
  /* [relay] */
  gboolean relay_enabled;    /* carry packets between contacts with relay on, default TRUE */
  guint relay_max_calls;     /* at once, default 4, 1 to 64 */
  guint relay_max_kbit;      /* of one call, each way, default 200, 16 to 10000 */
  guint relay_max_megabytes; /* a day for one contact, default 500, 1 to 1000000 */
  /* [history] */
  guint history_keep; /* calls, default 100, 0 (none) to 100 */
  /* [audio] */
  gchar *audio_in;   /* file played as microphone (WAV or raw), or NULL: default device */
  gchar *audio_out;  /* file the peer is recorded to (WAV), or NULL */
  guint buffer_ms;   /* jitter buffer at the start, default 20, 10 to 200 */
  guint frame_ms;    /* Opus frame, 10 or 20, default 20 */
  guint8 audio_dscp; /* of packets of voice, and of links: default 46, 0 (none) to 63 */
} KithConfig;

/* Reads @path (NULL: $XDG_CONFIG_HOME/kith/kith.conf; missing is fine) and checks every key: an
   unknown group, key or value is KITH_ERROR_INVALID_ARGUMENTS naming file, group, key and what is
   allowed. Groups of plugin names are left to the plugins. */
KithConfig *kith_config_load (const char *path, GError **error);
void kith_config_free (KithConfig *config);

/* Reads the fields anew from @config->file, for keys that were laid over it (options of the command
   line). KITH_ERROR_INVALID_ARGUMENTS. */
gboolean kith_config_apply (KithConfig *config, GError **error);

/* The port of SIP over TLS, 0: none. Who chose another port than 5060 chooses this one, too. */
guint16 kith_config_get_tls_port (const KithConfig *config);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithConfig, kith_config_free)

G_END_DECLS
