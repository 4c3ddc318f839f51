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

  g_free (entry->code);
  g_clear_pointer (&entry->values, g_variant_unref);
  g_free (entry->text);
  g_free (entry);
}

static KithTraceEntry *
entry_copy (const KithTraceEntry *entry)
{
  KithTraceEntry *copy = g_memdup2 (entry, sizeof *entry);

  copy->code = g_strdup (entry->code);
  copy->values = entry->values != NULL ? g_variant_ref (entry->values) : NULL;
  copy->text = g_strdup (entry->text);
  return copy;
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
    g_ptr_array_add (copy->entries, entry_copy (trace->entries->pdata[i]));
  }
  return copy;
}

static gboolean
is_same (const KithTraceEntry *one, const KithTraceEntry *other)
{
  if (one->kind != other->kind || g_strcmp0 (one->code, other->code) != 0) {
    return FALSE;
  }
  return one->code != NULL ? g_variant_equal (one->values, other->values)
                           : g_str_equal (one->text, other->text);
}

/* TRUE when the time line told the same just now: a trouble that several parts met is one. */
static gboolean
is_told (const KithTrace *trace, const KithTraceEntry *told)
{
  for (guint i = trace->entries->len; i > 0; i--) {
    const KithTraceEntry *entry = trace->entries->pdata[i - 1];
    gboolean same = is_same (entry, told);
    if (told->kind != KITH_TRACE_TROUBLE || ABS (told->at_us - entry->at_us) > SAME_TROUBLE_US) {
      return same && i == trace->entries->len;
    }
    if (same) {
      return TRUE;
    }
  }
  return FALSE;
}

static void
add (KithTrace *trace, const KithTraceEntry *told)
{
  if (trace->entries->len >= KITH_TRACE_MAX) {
    trace->dropped++;
    return;
  }
  if (is_told (trace, told)) {
    return;
  }
  guint place = trace->entries->len;
  while (place > 0 && ((KithTraceEntry *)trace->entries->pdata[place - 1])->at_us > told->at_us) {
    place--;
  }
  g_ptr_array_insert (trace->entries, (gint)place, entry_copy (told));
}

/* To @trace, or to all that follow it; each has a clock of its own. */
static void
add_now (KithTrace *trace, const KithTraceEntry *told)
{
  KithTraceEntry now = *told;

  for (guint i = 0; trace->followers != NULL && i < trace->followers->len; i++) {
    add_now (trace->followers->pdata[i], told);
  }
  if (trace->followers == NULL) {
    now.at_us
        = trace->clock != NULL ? trace->wall_less_monotonic + kith_clock_now (trace->clock) : 0;
    add (trace, &now);
  }
}

static void
add_at (KithTrace *trace, const KithTraceEntry *told)
{
  for (guint i = 0; trace->followers != NULL && i < trace->followers->len; i++) {
    add_at (trace->followers->pdata[i], told);
  }
  if (trace->followers == NULL) {
    add (trace, told);
  }
}

/* A time line is kept for long, and others have a say in its texts: they are cut. (transfer
   full) */
static GVariant *
cut_values (GVariant *values)
{
  GVariantBuilder cut;
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_builder_init (&cut, G_VARIANT_TYPE_VARDICT);
  g_variant_iter_init (&iter, values);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value)) {
    if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)) {
      g_autofree gchar *text
          = kith_text_safe (g_variant_get_string (value, NULL), -1, KITH_TRACE_TEXT_MAX);
      g_variant_builder_add (&cut, "{sv}", name, g_variant_new_string (text));
    } else {
      g_variant_builder_add (&cut, "{sv}", name, value);
    }
    g_variant_unref (value);
  }
  return g_variant_ref_sink (g_variant_builder_end (&cut));
}

/* @saying (transfer full). */
static void
say (KithTrace *trace, const gint64 *at_us, KithTraceKind kind, KithSaying *owned)
{
  g_autoptr (KithSaying) saying = owned;

  if (trace == NULL) {
    return;
  }
  g_autoptr (GVariant) all = kith_saying_get_values (saying);
  g_autoptr (GVariant) values = cut_values (all);
  const KithTraceEntry told = {
    .at_us = at_us != NULL ? *at_us : 0,
    .kind = kind,
    .code = (gchar *)kith_saying_get_code (saying),
    .values = values,
  };
  if (at_us != NULL) {
    add_at (trace, &told);
  } else {
    add_now (trace, &told);
  }
}

void
kith_trace_say_at (KithTrace *trace, gint64 at_us, KithTraceKind kind, KithSaying *saying)
{
  say (trace, &at_us, kind, saying);
}

void
kith_trace_say (KithTrace *trace, KithTraceKind kind, KithSaying *saying)
{
  say (trace, NULL, kind, saying);
}

void
kith_trace_tell (KithTrace *trace, KithTraceKind kind, const char *code)
{
  say (trace, NULL, kind, kith_saying_new (code));
}

void
kith_trace_tell_of (KithTrace *trace,
                    KithTraceKind kind,
                    const char *code,
                    const char *name,
                    const char *text)
{
  KithSaying *saying = kith_saying_new (code);

  kith_saying_put (saying, name, text);
  say (trace, NULL, kind, saying);
}

void
kith_trace_keep (KithTrace *trace,
                 gint64 at_us,
                 KithTraceKind kind,
                 const char *code,
                 GVariant *values,
                 const char *raw)
{
  g_autofree gchar *text = clean (raw);
  gboolean is_coded = *code != '\0' && values != NULL;
  g_autoptr (GVariant) cut = is_coded ? cut_values (values) : NULL;
  const KithTraceEntry told = {
    .at_us = at_us,
    .kind = kind,
    .code = is_coded ? (gchar *)code : NULL,
    .values = cut,
    .text = text,
  };

  add_at (trace, &told);
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
kith_trace_add_nat (KithTrace *trace,
                    gboolean theirs,
                    KithNatKind kind,
                    const char *seen_as,
                    const char *mapped_by)
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
  KithSaying *saying = kith_saying_new (theirs ? "step-nat-theirs" : "step-nat-ours");
  kith_saying_put (saying, "nat", kith_nat_kind_word (trace->nat[side]));
  kith_saying_put (saying, "seen-as", seen_as);
  kith_saying_put (saying, "mapped-by", mapped_by);
  kith_trace_say (trace, KITH_TRACE_NAT, saying);
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
