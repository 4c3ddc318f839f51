/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interface of a desk for set-up: its signals and wrappers. */
#include "ports/edge/setup-desk.h"

#include <string.h>

G_DEFINE_INTERFACE (KithSetupDesk, kith_setup_desk, G_TYPE_OBJECT)

static void
kith_setup_desk_default_init (KithSetupDeskInterface *iface)
{
  const GType type = G_TYPE_FROM_INTERFACE (iface);
  const GSignalFlags last = G_SIGNAL_RUN_LAST;

  g_signal_new ("ready", type, last, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("opened", type, last, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_INT);
  g_signal_new ("asked", type, last, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  g_signal_new ("sought", type, last, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
}

void
kith_setup_desk_put_token (KithSetupDesk *self, const guint8 *token, guint16 port, guint seconds)
{
  g_return_if_fail (KITH_IS_SETUP_DESK (self));
  g_return_if_fail (seconds <= KITH_SETUP_SECONDS_MAX);
  KITH_SETUP_DESK_GET_IFACE (self)->put_token (self, token, port, seconds);
}

void
kith_setup_desk_answer (KithSetupDesk *self, const KithSetupAnswer *answer)
{
  g_return_if_fail (KITH_IS_SETUP_DESK (self));
  KITH_SETUP_DESK_GET_IFACE (self)->answer (self, answer);
}

void
kith_setup_desk_seek (KithSetupDesk *self, guint seconds)
{
  g_return_if_fail (KITH_IS_SETUP_DESK (self));
  g_return_if_fail (seconds <= KITH_SETUP_SECONDS_MAX);
  KITH_SETUP_DESK_GET_IFACE (self)->seek (self, seconds);
}

void
kith_setup_desk_give (KithSetupDesk *self, guint32 id, const char *address)
{
  g_return_if_fail (KITH_IS_SETUP_DESK (self));
  g_return_if_fail (strlen (address) <= KITH_SETUP_ADDRESS_MAX);
  KITH_SETUP_DESK_GET_IFACE (self)->give (self, id, address);
}

void
kith_setup_desk_tell_ready (KithSetupDesk *self)
{
  g_signal_emit_by_name (self, "ready");
}

void
kith_setup_desk_tell_opened (KithSetupDesk *self, guint port, int problem)
{
  g_signal_emit_by_name (self, "opened", port, problem);
}

void
kith_setup_desk_tell_asked (KithSetupDesk *self, const KithSetupQuestion *question)
{
  g_signal_emit_by_name (self, "asked", question);
}

void
kith_setup_desk_tell_sought (KithSetupDesk *self, const KithSetupSeeker *seeker)
{
  g_signal_emit_by_name (self, "sought", seeker);
}
