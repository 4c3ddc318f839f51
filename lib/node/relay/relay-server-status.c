/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is shown of the relay to its owner. */
#include "model/names/epoch.h"
#include "node/relay/relay-server-private.h"

static const char *
name_of (KithRelayServer *relay, const KithRelayLeg *leg)
{
  const KithContact *person = kith_contacts_get (relay->contacts, leg->person);

  return person != NULL ? person->name : "";
}

static gboolean
is_same_pair (const KithRelayServerChannel *a, const KithRelayServerChannel *b)
{
  guint first = b->legs[0].person;
  guint second = b->legs[1].person;

  return (a->legs[0].person == first && a->legs[1].person == second)
         || (a->legs[0].person == second && a->legs[1].person == first);
}

/* A call that moves has several channels for a while: it counts once, since the first and with the
   bytes of all. */
static void
add_pair (KithRelayServer *relay, guint at, GVariantBuilder *pairs, GVariantBuilder *idle)
{
  const KithRelayServerChannel *channel = relay->channels->pdata[at];
  guint64 bytes = 0;
  gint64 since = channel->since_us;
  gboolean all_idle = TRUE;

  for (guint i = 0; i < relay->channels->len; i++) {
    KithRelayServerChannel *other = relay->channels->pdata[i];
    if (is_same_pair (other, channel)) {
      if (i < at) {
        return; /* it was counted with the first one */
      }
      bytes += other->bytes;
      since = MIN (since, other->since_us);
      all_idle = all_idle && kith_relay_server_is_idle (relay, other);
    }
  }
  const char *first = name_of (relay, &channel->legs[0]);
  const char *second = name_of (relay, &channel->legs[1]);
  g_variant_builder_add (pairs, "(ssxt)", first, second, since, bytes);
  if (all_idle) {
    g_variant_builder_add (idle, "(ss)", first, second);
  }
}

/* Whose bytes of the day are used up. */
static void
add_spent (KithRelayServer *relay, GVariantBuilder *spent)
{
  g_autoptr (GPtrArray) people = kith_contacts_list (relay->contacts);

  for (guint i = 0; i < people->len; i++) {
    const KithContact *person = people->pdata[i];
    if (person->relay && kith_relay_server_is_spent (&relay->limits, relay->contacts, person)) {
      g_variant_builder_add (spent, "s", person->name);
    }
  }
}

GVariant *
kith_relay_server_get_status (KithRelayServer *relay)
{
  GVariantDict dict;
  GVariantBuilder pairs;
  GVariantBuilder idle;
  GVariantBuilder spent;

  for (guint i = 0; i < relay->channels->len; i++) {
    kith_relay_server_count_bytes (relay, relay->channels->pdata[i]);
  }
  g_variant_builder_init (&pairs, G_VARIANT_TYPE ("a(ssxt)"));
  g_variant_builder_init (&idle, G_VARIANT_TYPE ("a(ss)"));
  for (guint i = 0; i < relay->channels->len; i++) {
    add_pair (relay, i, &pairs, &idle);
  }
  g_variant_builder_init (&spent, G_VARIANT_TYPE ("as"));
  add_spent (relay, &spent);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "enabled", "b", relay->limits.enabled);
  g_variant_dict_insert (&dict, "calls", "u", kith_relay_server_count_pairs (relay));
  g_variant_dict_insert_value (&dict, "pairs", g_variant_builder_end (&pairs));
  g_variant_dict_insert_value (&dict, "idle", g_variant_builder_end (&idle));
  g_variant_dict_insert (&dict,
                         "bytes-today",
                         "t",
                         relay->day == kith_epoch_at (kith_clock_wall (relay->clock)) ? relay->today
                                                                                      : 0);
  g_variant_dict_insert (&dict, "bytes", "t", relay->bytes);
  g_variant_dict_insert (&dict, "max-calls", "u", relay->limits.max_calls);
  g_variant_dict_insert (&dict, "max-kbit", "u", relay->limits.max_kbit);
  g_variant_dict_insert (&dict, "max-megabytes-per-day", "u", relay->limits.max_megabytes);
  g_variant_dict_insert_value (&dict, "spent", g_variant_builder_end (&spent));
  g_variant_dict_insert (&dict,
                         "day-ends-at",
                         "x",
                         kith_epoch_end_us (kith_clock_wall (relay->clock)));
  return g_variant_dict_end (&dict);
}
