/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A description that names a host in place of an address: looked up once, when we dialled the call
   or answer it, and never waited for. */
#include "base/log.h"
#include "node/call/leg/leg-private.h"

/* Their description with the address that was found takes the place of the one with the name. */
static void
aim (KithLeg *leg)
{
  g_autoptr (KithOffer) remote = g_steal_pointer (&leg->target.offer);
  g_autoptr (GError) error = NULL;

  KithStream *audio = kith_offer_audio (remote);
  audio->host = g_strdup (leg->target.host);
  g_clear_pointer (&audio->host_name, g_free);
  if (leg->media != NULL
      && !kith_media_set_remote (leg->media, remote, leg->target.is_answer, &error)) {
    KithSaying *failed = kith_saying_new ("step-aim-failed");
    kith_saying_put (failed, "host", leg->target.name);
    kith_saying_put (failed, "error", error->message);
    kith_leg_say (leg, KITH_TRACE_TROUBLE, failed);
    return;
  }
  KithSaying *saying = kith_saying_new ("step-aimed");
  kith_saying_put (saying, "host", leg->target.name);
  kith_saying_put (saying, "address", leg->target.host);
  kith_leg_say (leg, KITH_TRACE_MEDIA, saying);
}

/* The first address of the family that this call's sound has. (transfer full) (nullable) */
static gchar *
choose_host (KithLeg *leg, GList *addresses)
{
  const char *ours = leg->dialog != NULL ? kith_dialog_get_local_host (leg->dialog) : "";
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
  g_autoptr (KithLeg) leg = user_data;
  g_autoptr (GError) error = NULL;
  GList *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);

  if (!g_error_matches (error,
                        G_IO_ERROR,
                        G_IO_ERROR_CANCELLED)) { /* else another one counts, or none */
    g_clear_object (&leg->target.lookup);
    leg->target.host = choose_host (leg, addresses);
    if (leg->target.offer != NULL && leg->target.host != NULL) {
      aim (leg);
    } else if (leg->target.offer != NULL) {
      kith_leg_tell_of (leg, KITH_TRACE_TROUBLE, "step-aim-not-found", "host", leg->target.name);
    }
  }
  g_resolver_free_addresses (addresses);
}

void
kith_leg_aim_sound (KithLeg *leg)
{
  if (leg->target.offer == NULL || !leg->voice.may_speak) {
    return;
  }
  const char *name = kith_offer_audio (leg->target.offer)->host_name;
  if (g_strcmp0 (leg->target.name, name) == 0) {
    if (leg->target.host != NULL) {
      aim (leg);
    }
    return; /* looked up before, or under way */
  }
  kith_leg_forget_target (leg);
  leg->target.name = g_strdup (name);
  leg->target.lookup = g_cancellable_new ();
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  g_resolver_lookup_by_name_async (resolver,
                                   leg->target.name,
                                   leg->target.lookup,
                                   on_found,
                                   g_object_ref (leg));
}

void
kith_leg_take_target (KithLeg *leg, const KithOffer *remote, gboolean we_offered)
{
  g_clear_pointer (&leg->target.offer, kith_offer_free);
  if (kith_offer_audio (remote)->host_name != NULL && leg->link == NULL) {
    leg->target.offer = kith_offer_copy (remote);
    leg->target.is_answer = we_offered;
    kith_leg_aim_sound (leg);
  }
}

void
kith_leg_forget_target (KithLeg *leg)
{
  if (leg->target.lookup != NULL) {
    g_cancellable_cancel (leg->target.lookup);
    g_clear_object (&leg->target.lookup);
  }
  g_clear_pointer (&leg->target.name, g_free);
  g_clear_pointer (&leg->target.host, g_free);
}
