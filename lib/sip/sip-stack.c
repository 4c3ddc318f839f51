/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stack object: what it owns and how the port's functions reach its parts. */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "sip/sip-private.h"
#include "sip/sofia/sofia-source.h"

static void kith_sip_stack_iface_init (KithSipInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithSipStack,
                               kith_sip_stack,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_SIP, kith_sip_stack_iface_init)
                                   G_IMPLEMENT_INTERFACE (KITH_TYPE_NOTIFIER,
                                                          kith_sip_watches_iface_init))

static void
kith_sip_stack_finalize (GObject *object)
{
  KithSipStack *stack = KITH_SIP_STACK (object);

  if (stack->nua != NULL) {
    kith_warning ("sip", "the stack was dropped without being stopped");
    kith_clock_cancel (kith_clock_get_default (), &stack->sweep_timer);
    kith_hooks_remove (&stack->doors);
    g_source_destroy (stack->source);
    g_source_unref (stack->source);
  }
  kith_sip_watches_free (stack->watches);
  g_hash_table_unref (stack->dialogs);
  kith_sip_links_free (stack->links);
  kith_sip_edge_clear (&stack->edge);
  kith_call_ids_free (stack->call_ids);
  kith_sip_resolver_free (stack->resolver);
  g_free (stack->bind);
  g_free (stack->port_problem);
  G_OBJECT_CLASS (kith_sip_stack_parent_class)->finalize (object);
}

static void
kith_sip_stack_class_init (KithSipStackClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_sip_stack_finalize;
}

static void
kith_sip_stack_init (KithSipStack *stack)
{
  stack->links = kith_sip_links_new ();
  stack->call_ids = kith_call_ids_new ();
  stack->watches = kith_sip_watches_new (stack);
  stack->dialogs = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  (void)kith_random_bytes (stack->tag_key, sizeof stack->tag_key);
  (void)kith_random_bytes (stack->token_key, sizeof stack->token_key);
  stack->edge.end = -1;
}

static gboolean
start (KithSip *sip, GError **error)
{
  KithSipStack *stack = KITH_SIP_STACK (sip);

  if (stack->root != NULL) {
    g_set_error (error, KITH_ERROR, KITH_ERROR_WRONG_STATE, "The SIP stack was started before");
    return FALSE;
  }
  if (kith_sip_stack_open (stack, error)) {
    return TRUE;
  }
  kith_sip_stack_close (stack);
  return FALSE;
}

static gboolean
attach_link (KithSip *sip,
             guint link_id,
             int fd,
             const char *peer_user,
             const char *peer_host,
             GError **error)
{
  KithSipStack *stack = KITH_SIP_STACK (sip);

  if (stack->nua == NULL || stack->stopping != NULL || link_id == 0 || peer_host == NULL) {
    (void)close (fd);
    g_set_error (error, KITH_ERROR, KITH_ERROR_NOT_READY, "The SIP stack takes no link now");
    return FALSE;
  }
  gboolean ok = kith_sip_links_attach (stack->links, link_id, fd, peer_user, peer_host, error);
  kith_sip_stack_poke (stack);
  return ok;
}

static int
open_edge (KithSip *sip, GError **error)
{
  KithSipStack *stack = KITH_SIP_STACK (sip);

  if (!stack->has_edge || stack->nua == NULL || stack->stopping != NULL) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_NOT_READY,
                         "The SIP stack takes no edge now");
    return -1;
  }
  return kith_sip_edge_take_end (stack, error);
}

static void
set_edge (KithSip *sip, guint16 port, guint16 tls, const char *problem, int error_number)
{
  KithSipStack *stack = KITH_SIP_STACK (sip);
  gboolean news = stack->port != port || stack->port_errno != error_number
                  || g_strcmp0 (stack->port_problem, problem) != 0;

  stack->edge_tls_port = tls != 0 ? tls : stack->edge_tls_port;
  if (!stack->has_edge || !news) {
    return;
  }
  stack->port = port;
  stack->edge_port = port != 0 ? port : stack->edge_port;
  stack->port_errno = error_number;
  g_free (stack->port_problem);
  stack->port_problem = g_strdup (problem);
  g_signal_emit_by_name (stack, "port-changed");
}

static gboolean
drop (gpointer data)
{
  GPtrArray *dialogs = data;

  for (guint i = 0; i < dialogs->len; i++) {
    kith_sip_dialog_finish (dialogs->pdata[i], 503, "The link is gone", FALSE);
  }
  return G_SOURCE_REMOVE;
}

void
kith_sip_stack_drop_link (KithSipStack *stack, guint link_id)
{
  GPtrArray *dialogs = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer key = NULL;

  g_hash_table_iter_init (&iter, stack->dialogs);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    if (((KithSipDialog *)key)->link_id == link_id) {
      g_ptr_array_add (dialogs, g_object_ref (key));
    }
  }
  g_idle_add_full (G_PRIORITY_DEFAULT, drop, dialogs, (GDestroyNotify)g_ptr_array_unref);
}

static void
detach_link (KithSip *sip, guint link_id)
{
  KithSipStack *stack = KITH_SIP_STACK (sip);

  if (kith_sip_links_detach (stack->links, link_id)) {
    kith_sip_stack_drop_link (stack, link_id);
    kith_sip_stack_poke (stack);
  }
}

static void
resolve_async (KithSip *sip,
               const char *uri,
               GCancellable *cancellable,
               GAsyncReadyCallback callback,
               gpointer user_data)
{
  kith_sip_resolver_resolve_async (KITH_SIP_STACK (sip)->resolver,
                                   uri,
                                   cancellable,
                                   callback,
                                   user_data);
}

static gchar *
resolve_finish (KithSip *sip, GAsyncResult *result, gchar **local_host, GError **error)
{
  return kith_sip_resolver_resolve_finish (KITH_SIP_STACK (sip)->resolver,
                                           result,
                                           local_host,
                                           error);
}

static guint16
get_port (KithSip *sip)
{
  return KITH_SIP_STACK (sip)->port;
}

static void
set_judge (KithSip *sip, KithJudgeFunc judge, gpointer user_data)
{
  KITH_SIP_STACK (sip)->judge = judge;
  KITH_SIP_STACK (sip)->judge_data = user_data;
}

static const char *
get_port_problem (KithSip *sip)
{
  return KITH_SIP_STACK (sip)->port_problem;
}

static int
get_port_errno (KithSip *sip)
{
  return KITH_SIP_STACK (sip)->port_errno;
}

static gboolean
give_up_hop (KithSip *sip, const char *uri, const char *hop)
{
  return kith_sip_resolver_give_up (KITH_SIP_STACK (sip)->resolver, uri, hop);
}

static void
kith_sip_stack_iface_init (KithSipInterface *iface)
{
  iface->start = start;
  iface->stop_async = kith_sip_stack_stop_async;
  iface->stop_finish = kith_sip_stack_stop_finish;
  iface->attach_link = attach_link;
  iface->detach_link = detach_link;
  iface->resolve_async = resolve_async;
  iface->resolve_finish = resolve_finish;
  iface->dial = kith_sip_stack_dial;
  iface->get_port = get_port;
  iface->get_port_problem = get_port_problem;
  iface->get_port_errno = get_port_errno;
  iface->give_up_hop = give_up_hop;
  iface->set_judge = set_judge;
  iface->open_edge = open_edge;
  iface->set_edge = set_edge;
}

void
kith_sip_stack_poke (KithSipStack *stack)
{
  kith_sofia_source_poke (stack->source);
}

KithSip *
kith_sip_stack_new (const KithSipStackConfig *config)
{
  KithSipStack *stack = g_object_new (KITH_TYPE_SIP_STACK, NULL);

  stack->bind = g_strdup (config->bind);
  stack->resolver = kith_sip_resolver_new (config->bind);
  if (config->bind != NULL && config->edge_key != NULL) {
    stack->has_edge = TRUE;
    memcpy (stack->token_key, config->edge_key, sizeof stack->token_key);
  }
  return KITH_SIP (stack);
}
