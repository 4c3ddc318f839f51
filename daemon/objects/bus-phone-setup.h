/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of a new password: what to type into the phone, and where it can fetch that. */
#pragma once

#include <gio/gio.h>

#include "node/node.h"

G_BEGIN_DECLS

/* Answers the method; @setup (transfer floating): a{sv}. */
typedef void (*KithdSetupReply) (GDBusMethodInvocation *invocation,
                                 const char *name,
                                 const char *password,
                                 GVariant *setup);

/**
 * kithd_setup_answer:
 * @password: (transfer full): of the phone @name; wiped
 * @seconds: for which its settings can be fetched; 0: they cannot
 * @reply: is called once, with "problem" in its setup when they cannot although they should
 */
void kithd_setup_answer (KithNode *node,
                         GDBusMethodInvocation *invocation,
                         const char *name,
                         gchar *password,
                         guint seconds,
                         KithdSetupReply reply);

/* FALSE and KITH_ERROR_INVALID_ARGUMENTS: no such time. */
gboolean kithd_setup_check_seconds (guint seconds, GError **error);

G_END_DECLS
