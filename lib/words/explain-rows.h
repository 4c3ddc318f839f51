/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which words fit a call that ended. */
#pragma once

#include "base/export.h"
#include "model/call/call-facts.h"

G_BEGIN_DECLS

/* How a call's detail begins when nobody shows the tag that was dialled, but others go by the
   name. */
#define KITH_OTHER_TAG "the name is there, but with another key than this tag"

/* The code of the first row that fits @facts of a call that ended, such as "call-fine-local"
   (static). */
KITH_API const char *kith_explain_find (const KithCallFacts *facts);

G_END_DECLS
