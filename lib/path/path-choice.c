/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judges paths by what is known of them: heard before silent, direct before relayed, the newest
   among equals. */
#include "path/path-choice.h"

guint
kith_path_rank (const KithPath *path)
{
  if (!path->proved) {
    return 2;
  }
  return path->stale || path->doomed ? 1 : 0;
}

gboolean
kith_path_is_better (KithPath *a, KithPath *b)
{
  if (kith_path_rank (a) != kith_path_rank (b)) {
    return kith_path_rank (a) < kith_path_rank (b);
  }
  if (!a->proved) {
    return a->worked < b->worked;
  }
  KithPathClass ours = kith_path_get_class (a);
  KithPathClass theirs = kith_path_get_class (b);
  if (ours != theirs) {
    return ours < theirs;
  }
  /* The peer speaks over the one that was heard last. */
  if (ABS (a->heard - b->heard) > KITH_PATH_LEAD_US) {
    return a->heard > b->heard;
  }
  if (ours == KITH_PATH_FRIEND && a->friend_path.delay_ms != b->friend_path.delay_ms) {
    return a->friend_path.delay_ms < b->friend_path.delay_ms;
  }
  return a->proved_at > b->proved_at;
}

gboolean
kith_path_could_be_better (KithPath *path, KithPath *current)
{
  if (current == NULL || current == path || kith_path_rank (current) > 0) {
    return TRUE;
  }
  KithPathClass ours = kith_path_get_class (path);
  KithPathClass used = kith_path_get_class (current);
  return ours < used
         || (ours == used
             && (ours == KITH_PATH_FRIEND
                     ? path->friend_path.delay_ms < current->friend_path.delay_ms
                     : path->made > current->proved_at));
}
