/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the list. */
#include "model/phone/ring-plan.h"

#include <string.h>

#include "base/error.h"
#include "model/names/name.h"

static const struct {
  const char *word;
  gboolean has_name;
} words[KITH_N_RING_TARGETS] = {
  [KITH_RING_AGENT] = { "agent", FALSE },     [KITH_RING_PHONE] = { "phone/", TRUE },
  [KITH_RING_PHONES] = { "phones", FALSE },   [KITH_RING_ME] = { "me", FALSE },
  [KITH_RING_CONTACT] = { "contact/", TRUE },
};

static gboolean
refuse (const char *item, GError **error)
{
  g_set_error (
      error,
      KITH_ERROR,
      KITH_ERROR_INVALID_ARGUMENTS,
      "\"%s\" does not ring: a list of agent, phones and phone/NAME, each with @SECONDS (1 "
      "to %u) if it is to ring later, such as agent;phone/desk;phone/dect@10",
      item,
      KITH_RING_LATEST_S);
  return FALSE;
}

static gboolean
read_name (const char *text, KithRingRow *row)
{
  gchar phone[KITH_PHONE_NAME_MAX + 1];

  if (row->target == KITH_RING_PHONE) {
    gboolean ok = kith_phone_name_normalize (text, phone, NULL);
    (void)g_strlcpy (row->name, ok ? phone : "", sizeof row->name);
    return ok;
  }
  g_autofree gchar *name = kith_name_normalize (text, NULL);
  return name != NULL && g_strlcpy (row->name, name, sizeof row->name) < sizeof row->name;
}

static gboolean
read_row (const char *item, KithRingRow *row)
{
  const char *at = strrchr (item, '@');
  g_autofree gchar *text = at != NULL ? g_strndup (item, (gsize)(at - item)) : g_strdup (item);
  guint64 after_s = 0;

  *row = (KithRingRow){ 0 };
  if (at != NULL
      && !g_ascii_string_to_unsigned (at + 1, 10, 1, KITH_RING_LATEST_S, &after_s, NULL)) {
    return FALSE;
  }
  row->after_s = (guint)after_s;
  for (guint i = 0; i < KITH_N_RING_TARGETS; i++) {
    if (words[i].has_name ? g_str_has_prefix (text, words[i].word)
                          : strcmp (text, words[i].word) == 0) {
      row->target = (KithRingTarget)i;
      return !words[i].has_name || read_name (text + strlen (words[i].word), row);
    }
  }
  return FALSE;
}

static gboolean
has_row (const KithRingPlan *plan, const KithRingRow *row)
{
  for (guint i = 0; i < plan->n; i++) {
    if (plan->rows[i].target == row->target && strcmp (plan->rows[i].name, row->name) == 0) {
      return TRUE;
    }
  }
  return FALSE;
}

void
kith_ring_plan_init (KithRingPlan *plan)
{
  *plan
      = (KithRingPlan){ .n = 2,
                        .rows = { { .target = KITH_RING_AGENT }, { .target = KITH_RING_PHONES } } };
}

gboolean
kith_ring_plan_parse (const char *text, KithRingPlan *plan, GError **error)
{
  g_auto (GStrv) items = g_strsplit (text, ";", -1);
  KithRingRow row;

  *plan = (KithRingPlan){ 0 };
  for (guint i = 0; items[i] != NULL; i++) {
    const char *item = g_strstrip (items[i]);
    if (*item == '\0' && items[i + 1] == NULL && plan->n > 0) {
      break; /* a semicolon at the end */
    }
    if (plan->n >= KITH_RING_PLAN_MAX || !read_row (item, &row) || has_row (plan, &row)) {
      return refuse (item, error);
    }
    plan->rows[plan->n++] = row;
  }
  return plan->n > 0 || refuse (text, error);
}

const KithRingRow *
kith_ring_plan_find (const KithRingPlan *plan, KithRingTarget target)
{
  for (guint i = 0; i < plan->n; i++) {
    if (plan->rows[i].target == target) {
      return &plan->rows[i];
    }
  }
  return NULL;
}
