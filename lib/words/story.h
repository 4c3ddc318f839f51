/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One plain sentence about a call: what happened, why, and what to do about it. */
#pragma once

#include "model/call/call-facts.h"

G_BEGIN_DECLS

typedef struct {
  gchar *cause;  /* one or two sentences, never empty */
  gchar *remedy; /* what to do, "" when there is nothing to be mended */
} KithStory;

/* A pure function of @facts: the first row of a table that fits. Safe to show, without line breaks. (transfer full) */
KithStory *kith_story_tell (const KithCallFacts *facts);
void kith_story_free (KithStory *story);

/* Cause and remedy as one text. (transfer full) */
gchar *kith_story_sentence (const KithStory *story);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithStory, kith_story_free)

G_END_DECLS
