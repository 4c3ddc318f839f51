/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One plain sentence about a call: what happened, why, and what to do about it. */
#pragma once

#include "base/export.h"
#include "model/call/call-facts.h"
#include "words/saying.h"

G_BEGIN_DECLS

typedef struct {
  gchar *cause;  /* one or two sentences, never empty */
  gchar *remedy; /* what to do, "" when there is nothing to be mended */
} KithExplain;

/* A pure function of @facts: the first row of a table that fits, with the values in its words.
   (transfer full) */
KITH_API KithSaying *kith_explain_say (const KithCallFacts *facts);

/* The same in words. Safe to show, without line breaks. (transfer full) */
KITH_API KithExplain *kith_explain_tell (const KithCallFacts *facts);
KITH_API void kith_explain_free (KithExplain *explain);

/* Cause and remedy as one text. (transfer full) */
KITH_API gchar *kith_explain_sentence (const KithExplain *explain);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithExplain, kith_explain_free)

G_END_DECLS
