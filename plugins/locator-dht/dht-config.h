/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings of the DHT locator: the group [dht] of kith.conf, checked. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KITH_DHT_GROUP "dht"
#define KITH_DHT_DEFAULT_PORT 4222
#define KITH_DHT_DEFAULT_NETWORK 0x4B495448u /* "KITH": nodes of other networks do not see us */

/* A host to begin with. */
typedef struct {
  gchar *host; /* a name or a number */
  guint16 port;
} KithDhtHost;

typedef struct {
  gchar *worker; /* path of the worker program, or NULL: kith-dht in the libexec folder */
  guint16 port;  /* 0: any */
  guint32 network;
  gboolean discovery;   /* look for nodes on the LAN and be found there */
  guint check_s;        /* how often kept records are read back */
  guint max_publish;    /* records published at one time */
  guint max_watch;      /* locations watched */
  guint max_look_up;    /* look-ups under way */
  GPtrArray *bootstrap; /* of KithDhtHost */
} KithDhtConfig;

/* Reads the group [dht]; a missing group or key means the default. (transfer full), or NULL and
   KITH_ERROR_INVALID_ARGUMENTS that names the key, what it says and what is allowed, also for keys
   that do not exist. */
KithDhtConfig *kith_dht_config_read (GKeyFile *file, GError **error);
void kith_dht_config_free (KithDhtConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithDhtConfig, kith_dht_config_free)

G_END_DECLS
