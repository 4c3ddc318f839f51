/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a leg writes into the call's time line of its link, and of the peer's NAT. */
#include "node/call/leg/leg-private.h"
#include "words/step-words.h"

void
kith_leg_say (KithLeg *leg, KithTraceKind kind, KithSaying *saying)
{
  kith_saying_put (saying, KITH_STEP_PHONE, leg->phone);
  kith_trace_say (leg->findings->trace, kind, saying);
}

void
kith_leg_tell_of (KithLeg *leg,
                  KithTraceKind kind,
                  const char *code,
                  const char *name,
                  const char *text)
{
  KithSaying *saying = kith_saying_new (code);

  if (name != NULL) {
    kith_saying_put (saying, name, text);
  }
  kith_leg_say (leg, kind, saying);
}

static void
take_their_nat (KithLeg *leg, KithNatKind kind)
{
  if (leg->state != KITH_LEG_ENDED) {
    kith_call_findings_note_their_nat (leg->findings, kind);
  }
}

static void
on_their_nat (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KithLeg) leg = user_data;
  g_autofree KithReach *reach = kith_directory_reach_finish (KITH_DIRECTORY (source), result, NULL);

  if (reach != NULL) {
    if (leg->link != NULL) {
      kith_link_pool_set_peer_nat (leg->link, reach->nat);
    }
    take_their_nat (leg, reach->nat);
  }
}

void
kith_leg_find_their_nat (KithLeg *leg)
{
  KithNatKind kind;

  if (leg->link != NULL && kith_link_pool_get_peer_nat (leg->link, &kind)) {
    take_their_nat (leg, kind);
  } else {
    kith_directory_reach_async (leg->context->directory,
                                &leg->key,
                                leg->cancellable,
                                on_their_nat,
                                g_object_ref (leg));
  }
}

/* The link */

static void
on_moving (KithLink *link, gboolean moving, KithLeg *leg)
{
  kith_trace_mark (leg->findings->trace, KITH_MARK_SILENCE); /* the link itself adds the lines */
}

static void
on_path_changed (KithLink *link, KithLeg *leg)
{
  KithLinkPath path;

  kith_trace_mark (leg->findings->trace, KITH_MARK_MOVED);
  kith_link_get_path (link, &path);
  if (path.is_relayed_by_friend) {
    kith_call_findings_note_carried (leg->findings);
  }
}

void
kith_leg_trace_link (KithLeg *leg)
{
  KithLinkPath path;

  /* One that was made for this call told its beginning already, and does not repeat it. */
  kith_link_add_trace (leg->link, leg->findings->trace);
  kith_link_get_path (leg->link, &path);
  if (path.is_relayed_by_friend) {
    kith_call_findings_note_carried (leg->findings);
  }
  g_signal_connect (leg->link, "moving", G_CALLBACK (on_moving), leg);
  g_signal_connect (leg->link, "path-changed", G_CALLBACK (on_path_changed), leg);
}

void
kith_leg_trace_unlink (KithLeg *leg)
{
  if (leg->link != NULL) {
    g_signal_handlers_disconnect_by_func (leg->link, on_moving, leg);
    g_signal_handlers_disconnect_by_func (leg->link, on_path_changed, leg);
    kith_link_remove_trace (leg->link, leg->findings->trace);
  }
}
