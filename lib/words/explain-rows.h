/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which cause and which remedy fit a call that ended. */
#pragma once

#include "base/export.h"
#include "model/call/call-facts.h"

G_BEGIN_DECLS

/* How a call's detail begins when nobody shows the tag that was dialled, but others go by the name. */
#define KITH_OTHER_TAG "the name is there, but with another key than this tag"

/* The text of the first row that fits @facts, with words in braces to be filled in: {peer} {detail} {short} {time} {quality} {ringing} {status} {ours}
   {theirs} {address} {hurdle} {help}. *@remedy: what to do, "" when there is nothing. All static. */
KITH_API const char *kith_explain_find (const KithCallFacts *facts, const char **remedy);

G_END_DECLS
