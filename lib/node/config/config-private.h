/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files that read kith.conf share. */
#pragma once

#include "node/config/config.h"

G_BEGIN_DECLS

/* Sets "FILE: [GROUP] KEY=VALUE: @needed is needed"; @value NULL: without it. FALSE. */
gboolean kith_config_refuse (GError **error,
                             const KithConfig *config,
                             const char *group,
                             const char *key,
                             const char *value,
                             const char *needed);

/* The text of a key, NULL without it. FALSE: it is there, but its escapes or its bytes are wrong.
   @text: (out) (transfer full) */
gboolean kith_config_get_text (const KithConfig *config,
                               const char *group,
                               const char *key,
                               gchar **text,
                               GError **error);

/* Reads the file at @config->path into @config->file, and notes its size and time; one that was not
   asked for may be missing. FALSE and
   KITH_ERROR_INVALID_ARGUMENTS: no line of it is shown, as a secret may stand there. */
gboolean kith_config_read_file (KithConfig *config, GError **error);

/* Takes the spaces around the items of @list away, and leaves out those that are named again and
   those beyond KITH_CONFIG_MAX_LIST, which is noted in @config->left_out. */
void kith_config_bound_list (KithConfig *config, const char *group, const char *key, GStrv list);

/* "HOST", "HOST:PORT", "[IPV6]" or "[IPV6]:PORT". */
gboolean kith_config_is_place (const char *text);

/* The group that was meant by one that nothing reads, NULL when it is read or none is near: such as
   "turn". (transfer none) */
gboolean kith_config_is_read (const KithConfig *config, const char *group);
const char *kith_config_nearest_group (const char *group);

/* Groups [turn] and [turn NAME] */
gboolean kith_config_is_turn_group (const char *group);
const char *const *kith_config_turn_keys (void);
gboolean kith_config_read_turn_groups (KithConfig *config, GError **error);

/* Groups [phone NAME] */
gboolean kith_config_is_phone_group (const char *group);
const char *const *kith_config_phone_keys (void);
gboolean kith_config_read_phone_groups (KithConfig *config, GError **error);

/* Groups [route NAME] */
gboolean kith_config_is_route_group (const char *group);
const char *const *kith_config_route_keys (void);
gboolean kith_config_read_route_groups (KithConfig *config, GError **error);

/* Groups [trunk NAME] */
gboolean kith_config_is_trunk_group (const char *group);
const char *const *kith_config_trunk_keys (void);
gboolean kith_config_read_trunk_groups (KithConfig *config, GError **error);

G_END_DECLS
