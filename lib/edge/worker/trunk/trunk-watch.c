/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A short list: there are few trunks. */
#include "edge/worker/trunk/trunk-watch.h"

#include <string.h>

#define TOKEN "kd"

struct _KithTrunkWatch {
  KithClock *clock;
  const guint8 *key;
  KithTrunkFuncs funcs;
  GPtrArray *all;     /* of KithTrunkRegister */
  GPtrArray *leaving; /* the same: forgotten by kithd, and maybe not yet by their registrars */
};

static void
register_free (gpointer data)
{
  kith_trunk_register_free (data);
}

KithTrunkWatch *
kith_trunk_watch_new (KithClock *clock, const guint8 *key, const KithTrunkFuncs *funcs)
{
  KithTrunkWatch *watch = g_new0 (KithTrunkWatch, 1);

  watch->clock = g_object_ref (clock);
  watch->key = key;
  watch->funcs = *funcs;
  watch->all = g_ptr_array_new_with_free_func (register_free);
  watch->leaving = g_ptr_array_new_with_free_func (register_free);
  return watch;
}

void
kith_trunk_watch_free (KithTrunkWatch *watch)
{
  if (watch != NULL) {
    g_ptr_array_unref (watch->all);
    g_ptr_array_unref (watch->leaving);
    g_object_unref (watch->clock);
    g_free (watch);
  }
}

KithTrunkRegister *
kith_trunk_watch_find (KithTrunkWatch *watch, const char *name)
{
  for (guint i = 0; i < watch->all->len; i++) {
    if (strcmp (kith_trunk_register_get (watch->all->pdata[i])->name, name) == 0) {
      return watch->all->pdata[i];
    }
  }
  return NULL;
}

/* One of those of now, then one of those that leave; NULL: that was the last. */
static KithTrunkRegister *
nth (KithTrunkWatch *watch, guint i)
{
  if (i < watch->all->len) {
    return watch->all->pdata[i];
  }
  i -= watch->all->len;
  return i < watch->leaving->len ? watch->leaving->pdata[i] : NULL;
}

static void
sweep (KithTrunkWatch *watch)
{
  for (guint i = watch->leaving->len; i > 0; i--) {
    if (!kith_trunk_register_leaves (watch->leaving->pdata[i - 1])) {
      (void)g_ptr_array_remove_index (watch->leaving, i - 1);
    }
  }
}

static void
let_go (KithTrunkWatch *watch, const char *name)
{
  guint i = 0;
  KithTrunkRegister *one = kith_trunk_watch_find (watch, name);

  sweep (watch);
  if (one == NULL || !g_ptr_array_find (watch->all, one, &i)) {
    return;
  }
  one = g_ptr_array_steal_index (watch->all, i);
  kith_trunk_register_stop (one);
  if (kith_trunk_register_leaves (one) && watch->leaving->len < KITH_TRUNKS_MAX) {
    g_ptr_array_add (watch->leaving, one);
  } else {
    kith_trunk_register_free (one);
  }
}

static void
put (KithTrunkWatch *watch, const KithEdgeTrunk *trunk)
{
  KithTrunkRegister *one = kith_trunk_watch_find (watch, trunk->name);

  if (one != NULL) {
    kith_trunk_register_change (one, trunk);
  } else if (watch->all->len < KITH_TRUNKS_MAX) {
    g_ptr_array_add (watch->all,
                     kith_trunk_register_new (watch->clock, watch->key, trunk, &watch->funcs));
  }
}

void
kith_trunk_watch_order (KithTrunkWatch *watch, const KithEdgeFrame *frame)
{
  KithTrunkRegister *one = NULL;

  switch ((int)frame->type) {
  case KITH_EDGE_TRUNK:
    put (watch, &frame->trunk);
    return;
  case KITH_EDGE_TRUNK_GONE:
    let_go (watch, frame->trunk.name);
    return;
  case KITH_EDGE_TRUNK_RETRY:
    one = kith_trunk_watch_find (watch, frame->trunk.name);
    if (one != NULL) {
      kith_trunk_register_retry (one);
    }
    return;
  case KITH_EDGE_DIGEST:
    for (guint i = 0; (one = nth (watch, i)) != NULL; i++) {
      if (kith_trunk_register_answer (one, &frame->answer)) {
        return;
      }
    }
    return;
  case KITH_EDGE_TARGETS:
    for (guint i = 0; i < watch->all->len; i++) {
      if (kith_trunk_register_targets (watch->all->pdata[i], &frame->targets)) {
        return;
      }
    }
    return;
  default:
    return;
  }
}

gboolean
kith_trunk_watch_take (KithTrunkWatch *watch, const KithSipLines *response, KithSipPiece branch)
{
  KithTrunkRegister *one = NULL;

  for (guint i = 0; (one = nth (watch, i)) != NULL; i++) {
    if (kith_trunk_register_take (one, response, branch)) {
      return TRUE;
    }
  }
  /* of a REGISTER that nobody waits for any more */
  return branch.len >= strlen (KITH_TRUNK_BRANCH)
         && strncmp (branch.at, KITH_TRUNK_BRANCH, strlen (KITH_TRUNK_BRANCH)) == 0;
}

void
kith_trunk_watch_refused (KithTrunkWatch *watch, const KithEndpoint *peer)
{
  KithTrunkRegister *one = NULL;

  for (guint i = 0; (one = nth (watch, i)) != NULL; i++) {
    kith_trunk_register_refused (one, peer);
  }
}

void
kith_trunk_watch_lost (KithTrunkWatch *watch, guint32 stream)
{
  KithTrunkRegister *one = NULL;

  for (guint i = 0; (one = nth (watch, i)) != NULL; i++) {
    kith_trunk_register_lost (one, stream);
  }
}

void
kith_trunk_watch_distrusted (KithTrunkWatch *watch, guint32 stream, const char *why)
{
  KithTrunkRegister *one = NULL;

  for (guint i = 0; (one = nth (watch, i)) != NULL; i++) {
    kith_trunk_register_distrusted (one, stream, why);
  }
}

void
kith_trunk_watch_pong (KithTrunkWatch *watch, guint32 stream)
{
  for (guint i = 0; i < watch->all->len; i++) {
    kith_trunk_register_pong (watch->all->pdata[i], stream);
  }
}

void
kith_trunk_watch_moved (KithTrunkWatch *watch)
{
  for (guint i = 0; i < watch->all->len; i++) {
    kith_trunk_register_moved (watch->all->pdata[i]);
  }
}

/* "+4930…" and "4930…" are one number. */
static gboolean
is_number (KithSipPiece user, const char *number)
{
  KithSipPiece digits = user;

  if (digits.len > 0 && digits.at[0] == '+') {
    digits = kith_sip_piece_from (digits, 1);
  }
  return *number == '+' && kith_sip_piece_is (digits, number + 1);
}

/* TRUE if the Request-URI is the account, the number, or an address that we gave out in a
   dialog. */
static gboolean
is_called (const KithEdgeTrunk *trunk, KithSipPiece uri)
{
  KithSipUriParts parts;
  KithSipPiece value;

  return kith_sip_uri_split (uri, &parts)
         && (kith_sip_piece_same (parts.user, kith_sip_piece (trunk->user))
             || is_number (parts.user, trunk->number)
             || kith_sip_piece_param (parts.params, TOKEN, &value));
}

KithTrunkRegister *
kith_trunk_watch_who (KithTrunkWatch *watch, const KithSipLines *request, const KithWay *way)
{
  const gboolean begins = kith_sip_lines_tag (request, KITH_HEADER_TO).len == 0;

  for (guint i = 0; i < watch->all->len; i++) {
    KithTrunkRegister *one = watch->all->pdata[i];
    if (kith_trunk_register_is_source (one, way)
        && (!begins || is_called (kith_trunk_register_get (one), request->uri))) {
      return one;
    }
  }
  return NULL;
}

guint
kith_trunk_watch_sources (KithTrunkWatch *watch, KithEndpoint *hosts, guint room)
{
  guint n = 0;

  for (guint i = 0; i < watch->all->len; i++) {
    n += kith_trunk_register_sources (watch->all->pdata[i], hosts + n, room - n);
  }
  return n;
}

void
kith_trunk_watch_stop (KithTrunkWatch *watch)
{
  for (guint i = 0; i < watch->all->len; i++) {
    kith_trunk_register_stop (watch->all->pdata[i]);
  }
}

gboolean
kith_trunk_watch_waits (KithTrunkWatch *watch)
{
  KithTrunkRegister *one = NULL;

  for (guint i = 0; (one = nth (watch, i)) != NULL; i++) {
    if (kith_trunk_register_leaves (one)) {
      return TRUE;
    }
  }
  return FALSE;
}
