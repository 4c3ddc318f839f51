/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registrar in kith-edge, as the node sees it: frames to it and from it. */
#include <string.h>

#include "edge/edge-host-private.h"

/* (transfer full) */
static KithEdgeFrame *
frame_new (KithEdgeFrameType type)
{
  KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = type;
  return frame;
}

static gboolean
is_running (KithRegistrar *self)
{
  return kith_edge_host_is_up (KITH_HOSTED_EDGE (self));
}

static void
put_phone (KithRegistrar *self, const KithPhone *phone)
{
  g_autofree KithEdgeFrame *frame = frame_new (KITH_EDGE_PHONE);

  frame->phone = *phone;
  kith_edge_host_send (KITH_HOSTED_EDGE (self), frame);
  explicit_bzero (&frame->phone, sizeof frame->phone);
}

static void
remove_phone (KithRegistrar *self, const char *name)
{
  g_autofree KithEdgeFrame *frame = frame_new (KITH_EDGE_PHONE_GONE);

  (void)g_strlcpy (frame->phone.name, name, sizeof frame->phone.name);
  kith_edge_host_send (KITH_HOSTED_EDGE (self), frame);
}

static void
put_binding (KithRegistrar *self, const KithPhoneBinding *binding)
{
  g_autofree KithEdgeFrame *frame = frame_new (KITH_EDGE_BIND);

  if (kith_edge_binding_from (binding, &frame->binding)) {
    kith_edge_host_send (KITH_HOSTED_EDGE (self), frame);
  }
}

static void
remove_binding (KithRegistrar *self, guint id)
{
  g_autofree KithEdgeFrame *frame = frame_new (KITH_EDGE_UNBIND);

  frame->binding.id = id;
  kith_edge_host_send (KITH_HOSTED_EDGE (self), frame);
}

static void
open_it (KithRegistrar *self, const KithPhoneRules *rules)
{
  g_autofree KithEdgeFrame *frame = frame_new (KITH_EDGE_OPEN);

  frame->rules = *rules;
  kith_edge_host_send (KITH_HOSTED_EDGE (self), frame);
}

void
kith_edge_host_registrar_init (KithRegistrarInterface *iface)
{
  iface->is_running = is_running;
  iface->put_phone = put_phone;
  iface->remove_phone = remove_phone;
  iface->put_binding = put_binding;
  iface->remove_binding = remove_binding;
  iface->open = open_it;
}

gboolean
kith_edge_host_hear (KithEdgeHost *self, const KithEdgeFrame *frame)
{
  KithRegistrar *registrar = KITH_REGISTRAR (self);

  switch ((int)frame->type) {
  case KITH_EDGE_BOUND: {
    g_autoptr (KithPhoneBinding) binding = kith_edge_binding_to (&frame->binding);
    if (binding == NULL) {
      return FALSE;
    }
    kith_registrar_tell_bound (registrar, binding);
    return TRUE;
  }
  case KITH_EDGE_UNBOUND:
    kith_registrar_tell_unbound (registrar, frame->binding.id);
    return TRUE;
  case KITH_EDGE_PHONE_STATE:
    kith_registrar_tell_report (registrar, &frame->report);
    return TRUE;
  case KITH_EDGE_REACHED:
    kith_registrar_tell_reach (registrar, &frame->reach);
    return TRUE;
  default:
    return FALSE;
  }
}
