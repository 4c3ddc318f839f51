/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks again whenever a fact of the account changed. */
#include "settled.h"

#include "base/clock.h"

#define PATIENCE_MS 3000

typedef struct {
  KithNode *node;
  gulong changed;
  guint timer;
  KithdSettledFunc func;
  gpointer user_data;
} Wait;

static void
finish (Wait *wait)
{
  g_signal_handler_disconnect (wait->node, wait->changed);
  kith_clock_cancel (kith_clock_get_default (), &wait->timer);
  wait->func (wait->user_data);
  g_object_unref (wait->node);
  g_free (wait);
}

static void
on_changed (KithNode *node, Wait *wait)
{
  if (kith_node_is_settled (node)) {
    finish (wait);
  }
}

static gboolean
on_late (gpointer user_data)
{
  finish (user_data);
  return G_SOURCE_REMOVE;
}

void
kithd_when_settled (KithNode *node, KithdSettledFunc func, gpointer user_data)
{
  if (kith_node_is_settled (node)) {
    func (user_data);
    return;
  }
  Wait *wait = g_new0 (Wait, 1);
  wait->node = g_object_ref (node);
  wait->func = func;
  wait->user_data = user_data;
  wait->changed = g_signal_connect (node, "account-changed", G_CALLBACK (on_changed), wait);
  wait->timer = kith_clock_add (kith_clock_get_default (), PATIENCE_MS, on_late, wait);
}
