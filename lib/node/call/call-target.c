/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A description that names a host in place of an address: looked up once, when we dialled the call or answer it, and never waited for. */
#include "base/log.h"
#include "node/call/call-private.h"

/* Their description with the address that was found takes the place of the one with the name. */
static void
aim (KithCall *call)
{
  g_autoptr (KithOffer) remote = g_steal_pointer (&call->unaimed);
  g_autoptr (GError) error = NULL;

  remote->host = g_strdup (call->target_host);
  g_clear_pointer (&remote->host_name, g_free);
  if (call->media != NULL
      && !kith_media_set_remote (call->media, remote, call->unaimed_answers, &error)) {
    kith_trace_add (call->trace,
                    KITH_TRACE_TROUBLE,
                    "our sound cannot go to %s, which they name: %s",
                    call->target_name,
                    error->message);
    return;
  }
  kith_trace_add (call->trace,
                  KITH_TRACE_MEDIA,
                  "our sound goes to %s, which is %s",
                  call->target_name,
                  call->target_host);
}

/* The first address of the family that this call's sound has. (transfer full) (nullable) */
static gchar *
choose_host (KithCall *call, GList *addresses)
{
  const char *ours = call->dialog != NULL ? kith_dialog_get_local_host (call->dialog) : "";
  GSocketFamily family = strchr (ours, ':') != NULL ? G_SOCKET_FAMILY_IPV6 : G_SOCKET_FAMILY_IPV4;

  for (GList *l = addresses; l != NULL; l = l->next) {
    if (g_inet_address_get_family (l->data) == family) {
      return g_inet_address_to_string (l->data);
    }
  }
  return NULL;
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KithCall) call = user_data;
  g_autoptr (GError) error = NULL;
  GList *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);

  if (!g_error_matches (error,
                        G_IO_ERROR,
                        G_IO_ERROR_CANCELLED)) { /* else another one counts, or none */
    g_clear_object (&call->target_lookup);
    call->target_host = choose_host (call, addresses);
    if (call->unaimed != NULL && call->target_host != NULL) {
      aim (call);
    } else if (call->unaimed != NULL) {
      kith_trace_add (call->trace,
                      KITH_TRACE_TROUBLE,
                      "our sound cannot go to %s, which they name: it is not found",
                      call->target_name);
    }
  }
  g_resolver_free_addresses (addresses);
}

void
kith_call_aim_sound (KithCall *call)
{
  if (call->unaimed == NULL || !call->accepted) {
    return;
  }
  if (g_strcmp0 (call->target_name, call->unaimed->host_name) == 0) {
    if (call->target_host != NULL) {
      aim (call);
    }
    return; /* looked up before, or under way */
  }
  kith_call_forget_target (call);
  call->target_name = g_strdup (call->unaimed->host_name);
  call->target_lookup = g_cancellable_new ();
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  g_resolver_lookup_by_name_async (resolver,
                                   call->target_name,
                                   call->target_lookup,
                                   on_found,
                                   g_object_ref (call));
}

void
kith_call_take_target (KithCall *call, const KithOffer *remote, gboolean we_offered)
{
  g_clear_pointer (&call->unaimed, kith_offer_free);
  if (remote->host_name != NULL && call->link == NULL) {
    call->unaimed = kith_offer_copy (remote);
    call->unaimed_answers = we_offered;
    kith_call_aim_sound (call);
  }
}

void
kith_call_forget_target (KithCall *call)
{
  if (call->target_lookup != NULL) {
    g_cancellable_cancel (call->target_lookup);
    g_clear_object (&call->target_lookup);
  }
  g_clear_pointer (&call->target_name, g_free);
  g_clear_pointer (&call->target_host, g_free);
}
