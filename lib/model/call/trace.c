/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the entries of a time line and cleans their texts. */
#include "model/call/trace.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

#define MAX_NAME 128 /* characters of a friend's */
#define SAME_TROUBLE_US (5 * G_USEC_PER_SEC)

struct _KithTrace {
  grefcount refs;
  KithClock *clock;           /* or NULL */
  gint64 wall_less_monotonic; /* at its beginning: a clock that is set later moves no entry */
  GPtrArray *entries;
  guint dropped;
  guint marks;
  KithNatKind nat[2];  /* ours, theirs */
  gboolean has_nat[2]; /* there is an entry of it … */
  KithNatKind told[2]; /* … which says this */
  KithRelayObstacle obstacle;
  gchar *friend_name;   /* whose obstacle; NULL: none */
  GPtrArray *followers; /* of KithTrace: to whom it passes all on; NULL: it keeps it */
};

static const char *const kind_words[] = {
  [KITH_TRACE_LOOK_UP] = "look-up", [KITH_TRACE_REACH] = "reach",
  [KITH_TRACE_NAT] = "nat",         [KITH_TRACE_CANDIDATE] = "candidate",
  [KITH_TRACE_KNOCK] = "knock",     [KITH_TRACE_PAIR] = "pair",
  [KITH_TRACE_PATH] = "path",       [KITH_TRACE_KEYS] = "keys",
  [KITH_TRACE_SIP] = "sip",         [KITH_TRACE_MEDIA] = "media",
  [KITH_TRACE_TROUBLE] = "trouble", [KITH_TRACE_STATE] = "state",
  [KITH_TRACE_END] = "end",
};

static void
entry_free (gpointer data)
{
  KithTraceEntry *entry = data;

  g_free (entry->text);
  g_free (entry);
}

/* One line of valid text of at most KITH_TRACE_TEXT_MAX bytes that begins with a capital. */
static gchar *
clean (const char *raw)
{
  g_autofree gchar *valid = g_utf8_make_valid (raw, -1);
  GString *text = g_string_new (NULL);

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar letter = g_utf8_get_char (at);
    gchar bytes[6];
    gsize len = (gsize)g_unichar_to_utf8 (letter, bytes);
    if (text->len + len > KITH_TRACE_TEXT_MAX) {
      break;
    }
    if (text->len == 0 && letter < 128) {
      g_string_append_c (text,
                         g_ascii_isprint ((gchar)letter) ? g_ascii_toupper ((gchar)letter) : '?');
    } else if (g_unichar_isprint (letter)) {
      g_string_append_len (text, bytes, (gssize)len);
    } else {
      g_string_append_c (text, '?');
    }
  }
  return g_string_free (text, FALSE);
}

KithTrace *
kith_trace_new (KithClock *clock)
{
  KithTrace *trace = g_new0 (KithTrace, 1);

  g_ref_count_init (&trace->refs);
  if (clock != NULL) {
    trace->clock = g_object_ref (clock);
    trace->wall_less_monotonic = kith_clock_wall (clock) - kith_clock_now (clock);
  }
  trace->entries = g_ptr_array_new_with_free_func (entry_free);
  return trace;
}

KithTrace *
kith_trace_new_shared (void)
{
  KithTrace *trace = kith_trace_new (NULL);

  trace->followers = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_trace_unref);
  return trace;
}

void
kith_trace_follow (KithTrace *trace, KithTrace *shared)
{
  if (!g_ptr_array_find (shared->followers, trace, NULL)) {
    g_ptr_array_add (shared->followers, kith_trace_ref (trace));
  }
}

void
kith_trace_unfollow (KithTrace *trace, KithTrace *shared)
{
  (void)g_ptr_array_remove (shared->followers, trace);
}

guint
kith_trace_count_followers (KithTrace *shared)
{
  return shared->followers->len;
}

KithTrace *
kith_trace_ref (KithTrace *trace)
{
  g_ref_count_inc (&trace->refs);
  return trace;
}

void
kith_trace_unref (KithTrace *trace)
{
  if (g_ref_count_dec (&trace->refs)) {
    g_ptr_array_unref (trace->entries);
    g_clear_pointer (&trace->followers, g_ptr_array_unref);
    g_free (trace->friend_name);
    g_clear_object (&trace->clock);
    g_free (trace);
  }
}

KithTrace *
kith_trace_copy (KithTrace *trace)
{
  KithTrace *copy = g_memdup2 (trace, sizeof *trace);

  g_ref_count_init (&copy->refs);
  copy->clock = NULL;
  copy->followers = NULL;
  copy->friend_name = g_strdup (trace->friend_name);
  copy->entries = g_ptr_array_new_full (trace->entries->len, entry_free);
  for (guint i = 0; i < trace->entries->len; i++) {
    KithTraceEntry *entry = g_memdup2 (trace->entries->pdata[i], sizeof *entry);
    entry->text = g_strdup (entry->text);
    g_ptr_array_add (copy->entries, entry);
  }
  return copy;
}

/* TRUE when the time line told the same just now: a trouble that several parts met is one. */
static gboolean
is_told (const KithTrace *trace, gint64 at_us, KithTraceKind kind, const char *text)
{
  for (guint i = trace->entries->len; i > 0; i--) {
    const KithTraceEntry *entry = trace->entries->pdata[i - 1];
    gboolean same = entry->kind == kind && g_str_equal (entry->text, text);
    if (kind != KITH_TRACE_TROUBLE || ABS (at_us - entry->at_us) > SAME_TROUBLE_US) {
      return same && i == trace->entries->len;
    }
    if (same) {
      return TRUE;
    }
  }
  return FALSE;
}

void
kith_trace_add_at (KithTrace *trace, gint64 at_us, KithTraceKind kind, const char *raw)
{
  if (trace == NULL) {
    return;
  }
  for (guint i = 0; trace->followers != NULL && i < trace->followers->len; i++) {
    kith_trace_add_at (trace->followers->pdata[i], at_us, kind, raw);
  }
  if (trace->followers != NULL) {
    return;
  }
  if (trace->entries->len >= KITH_TRACE_MAX) {
    trace->dropped++;
    return;
  }
  g_autofree gchar *text = clean (raw);
  if (is_told (trace, at_us, kind, text)) {
    return;
  }
  KithTraceEntry *entry = g_new0 (KithTraceEntry, 1);
  entry->at_us = at_us;
  entry->kind = kind;
  entry->text = g_steal_pointer (&text);
  guint place = trace->entries->len;
  while (place > 0 && ((KithTraceEntry *)trace->entries->pdata[place - 1])->at_us > at_us) {
    place--;
  }
  g_ptr_array_insert (trace->entries, (gint)place, entry);
}

/* Each time line has a clock of its own. */
static void
add_now (KithTrace *trace, KithTraceKind kind, const char *text)
{
  for (guint i = 0; trace->followers != NULL && i < trace->followers->len; i++) {
    add_now (trace->followers->pdata[i], kind, text);
  }
  if (trace->followers == NULL) {
    gint64 at_us
        = trace->clock != NULL ? trace->wall_less_monotonic + kith_clock_now (trace->clock) : 0;
    kith_trace_add_at (trace, at_us, kind, text);
  }
}

void
kith_trace_add (KithTrace *trace, KithTraceKind kind, const char *format, ...)
{
  va_list arguments;

  if (trace == NULL) {
    return;
  }
  va_start (arguments, format);
  g_autofree gchar *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  add_now (trace, kind, text);
}

void
kith_trace_mark (KithTrace *trace, KithTraceMark mark)
{
  if (trace != NULL) {
    trace->marks |= (guint)mark;
    for (guint i = 0; trace->followers != NULL && i < trace->followers->len; i++) {
      kith_trace_mark (trace->followers->pdata[i], mark);
    }
  }
}

guint
kith_trace_get_marks (KithTrace *trace)
{
  return trace->marks;
}

void
kith_trace_set_nat (KithTrace *trace, gboolean theirs, KithNatKind kind)
{
  if (trace != NULL && kind != KITH_NAT_UNKNOWN) {
    trace->nat[theirs ? 1 : 0] = kind;
  }
}

void
kith_trace_guess_nat (KithTrace *trace, gboolean theirs, KithNatKind kind)
{
  if (trace != NULL && trace->nat[theirs ? 1 : 0] == KITH_NAT_UNKNOWN) {
    kith_trace_set_nat (trace, theirs, kind);
  }
}

void
kith_trace_add_nat (KithTrace *trace, gboolean theirs, KithNatKind kind, const char *more)
{
  const guint side = theirs ? 1 : 0;

  if (trace == NULL) {
    return;
  }
  kith_trace_set_nat (trace, theirs, kind);
  if (trace->has_nat[side] && trace->told[side] == trace->nat[side]) {
    return;
  }
  trace->has_nat[side] = TRUE;
  trace->told[side] = trace->nat[side];
  kith_trace_add (trace,
                  KITH_TRACE_NAT,
                  "%s: %s%s",
                  theirs ? "theirs" : "ours",
                  kith_nat_kind_text (trace->nat[side]),
                  more != NULL ? more : "");
}

KithNatKind
kith_trace_get_nat (KithTrace *trace, gboolean theirs)
{
  return trace != NULL ? trace->nat[theirs ? 1 : 0] : KITH_NAT_UNKNOWN;
}

void
kith_trace_set_obstacle (KithTrace *trace, KithRelayObstacle obstacle, const char *friend_name)
{
  if (trace != NULL) {
    g_free (trace->friend_name);
    trace->obstacle = obstacle;
    trace->friend_name
        = obstacle != KITH_RELAY_OBSTACLE_NONE ? kith_text_safe (friend_name, -1, MAX_NAME) : NULL;
  }
}

KithRelayObstacle
kith_trace_get_obstacle (KithTrace *trace, const char **friend_name)
{
  if (friend_name != NULL) {
    *friend_name = trace != NULL && trace->friend_name != NULL ? trace->friend_name : "";
  }
  return trace != NULL ? trace->obstacle : KITH_RELAY_OBSTACLE_NONE;
}

void
kith_trace_set_dropped (KithTrace *trace, guint dropped)
{
  trace->dropped = dropped;
}

GPtrArray *
kith_trace_get_entries (KithTrace *trace)
{
  return trace->entries;
}

guint
kith_trace_get_dropped (KithTrace *trace)
{
  return trace->dropped;
}

const char *
kith_trace_kind_word (KithTraceKind kind)
{
  return (guint)kind < G_N_ELEMENTS (kind_words) ? kind_words[kind] : "state";
}

int
kith_trace_kind_parse (const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (kind_words); i++) {
    if (g_str_equal (kind_words[i], word)) {
      return (int)i;
    }
  }
  return -1;
}
